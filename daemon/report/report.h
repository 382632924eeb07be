/* Reports: a day, a tear sheet, a risk report, as text, JSON, page or paper. What goes in is one record (struct
 * qf_report of common/proto/report.def), handed in whole; nothing is read from anywhere else, and the same record gives
 * the same bytes. */
#ifndef QF_REPORT_REPORT_H
#define QF_REPORT_REPORT_H

#include "common/mem.h"
#include "common/proto/proto.h"

#define REPORT_MAX (32 * 1024 * 1024)     /* bytes of one report */
#define REPORT_MEMORY (256 * 1024 * 1024) /* of the arena a report is made in: 5,000 executions take about 5 MB */

/* Sets the short hash of everything else in the record. */
enum qf_err report_sign(struct qf_report *r) QF_MUST_CHECK;
/* Appends the report in this format (enum qf_report_format) to out. arena: for the document; the caller's to release.
 * QF_ENOMEM: the arena or out is full. QF_EIO: paper could not be written. *ret_why then is one phrase, valid as long
 * as the program. */
enum qf_err report_write(const struct qf_report *r, int32_t format, struct qf_arena *arena, struct qf_buf *out,
                         const char **ret_why) QF_MUST_CHECK;
/* Gives back what fonts keep for the next report, before a program ends; no report may be under way. */
void report_forget(void);
/* "QuantumFond daily report" */
const char *report_title(int32_t kind);
/* The sections of a kind, in their order: name of the i-th, NULL when there are no more. */
const char *report_section(int32_t kind, size_t i);

#endif
