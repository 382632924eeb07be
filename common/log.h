/* Log lines of the programs (never of a library room): one JSON object a line on a descriptor, Elastic Common Schema names,
 * invalid bytes replaced, at most 2 KiB, one write(2) each. Only dispatch, commit, lane and main call it. */
#ifndef QF_LOG_H
#define QF_LOG_H

#include "common/base.h"

enum qf_log_level { QF_LOG_DEBUG, QF_LOG_INFO, QF_LOG_WARN, QF_LOG_ERROR };

/* fd stays the caller's. service: the program's name, kept by pointer. text: plain lines for a terminal instead of JSON. */
void qf_log_open(int fd, const char *service, enum qf_log_level least, bool text);
/* `where`: the room that speaks, such as "lane" (event.dataset). */
void qf_log(enum qf_log_level level, const char *where, const char *fmt, ...) QF_PRINTF(3, 4);

#endif
