/* Answers that come from the database: pages of the big tables. Each asks and returns LATER, or REFUSED. */
#ifndef QF_API_PAGES_H
#define QF_API_PAGES_H

#include "daemon/server/server.h"

enum handled pages_orders(struct ctx *c, const struct qf_order_query *in);
enum handled pages_order(struct ctx *c, int64_t id);
enum handled pages_executions(struct ctx *c, const struct qf_page_query *in);
enum handled pages_trades(struct ctx *c, const struct qf_page_query *in);
enum handled pages_ledger(struct ctx *c, const struct qf_page_query *in);
enum handled pages_equity(struct ctx *c, const struct qf_equity_query *in);
enum handled pages_bars(struct ctx *c, const struct qf_bar_query *in);
enum handled pages_events(struct ctx *c, const struct qf_event_query *in);
enum handled pages_audit(struct ctx *c, const struct qf_audit_query *in);
enum handled pages_audit_verify(struct ctx *c);

#endif
