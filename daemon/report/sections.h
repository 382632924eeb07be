/* The sections of the reports: each puts its panels into the document, or nothing when the record has nothing for it.
 */
#ifndef QF_REPORT_SECTIONS_H
#define QF_REPORT_SECTIONS_H

#include "common/proto/proto.h"
#include "daemon/report/model.h"

typedef void (*section_fn)(struct doc *d, const struct qf_report *r);

/* section_day.c */
void section_incomplete(struct doc *d, const struct qf_report *r);
void section_day_facts(struct doc *d, const struct qf_report *r);
void section_identity(struct doc *d, const struct qf_report *r);
void section_parts(struct doc *d, const struct qf_report *r);
void section_positions(struct doc *d, const struct qf_report *r);
void section_executions(struct doc *d, const struct qf_report *r);
void section_trades(struct doc *d, const struct qf_report *r);
void section_missing(struct doc *d, const struct qf_report *r);

/* section_performance.c */
void section_performance_facts(struct doc *d, const struct qf_report *r);
void section_curve(struct doc *d, const struct qf_report *r);
void section_months(struct doc *d, const struct qf_report *r);
void section_drawdowns(struct doc *d, const struct qf_report *r);
void section_trade_statistics(struct doc *d, const struct qf_report *r);
void section_rolling(struct doc *d, const struct qf_report *r);
void section_groups(struct doc *d, const struct qf_report *r);
void section_metrics(struct doc *d, const struct qf_report *r);

/* section_risk.c */
void section_risk_facts(struct doc *d, const struct qf_report *r);
void section_vars(struct doc *d, const struct qf_report *r);
void section_backtest(struct doc *d, const struct qf_report *r);
void section_components(struct doc *d, const struct qf_report *r);
void section_exposures(struct doc *d, const struct qf_report *r);
void section_correlations(struct doc *d, const struct qf_report *r);
void section_risk_missing(struct doc *d, const struct qf_report *r);

/* section_limits.c */
void section_risk_line(struct doc *d, const struct qf_report *r);
void section_limits(struct doc *d, const struct qf_report *r);
void section_breakers(struct doc *d, const struct qf_report *r);
void section_basis(struct doc *d, const struct qf_report *r);

#endif
