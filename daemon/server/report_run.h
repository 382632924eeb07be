/* report.make: one report as a piece of long work. Everything in it is read from one snapshot of the database and is as
 * it stood at a close, and as it was known when that close was recorded; the desk's memory is never asked. So a report
 * of a day is the same whenever it is made. */
#ifndef QF_SERVER_REPORT_RUN_H
#define QF_SERVER_REPORT_RUN_H

#include "daemon/server/server.h"

/* Starts it; HANDLED: *ret is its job. REFUSED: NOT_READY without a database, INVALID_PARAMS for a time that is not
 * over yet. */
enum handled report_start(struct ctx *c, const struct qf_report_make *in, struct qf_job *ret);

#endif
