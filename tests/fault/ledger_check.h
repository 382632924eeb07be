/* Reads a whole desk over the socket and judges it: positions from executions, cash from amounts and fees, profit by an
 * independent way of computing it. */
#ifndef QF_TEST_LEDGER_CHECK_H
#define QF_TEST_LEDGER_CHECK_H

#include "tests/help/rpc.h"

struct ledger_check {
    struct qf_order *orders;         /* by id */
    struct qf_execution *executions; /* by id */
    struct qf_position *positions;
    struct qf_cash *cash;
    char (*refs)[65];                /* of the audit rows of order.place that were done */
    uint32_t orders_n, executions_n, positions_n, cash_n, refs_n;
};

/* Everything, page by page, when the desk stands still. false: something could not be read. */
bool ledger_read(struct ledger_check *l, const char *socket_path);
void ledger_free(struct ledger_check *l);
const struct qf_order *ledger_order(const struct ledger_check *l, int64_t id);
/* Says each finding through check(ok, what, a, b). */
void ledger_judge(const struct ledger_check *l, void (*check)(bool ok, const char *what, long long a, long long b));
/* The same orders, executions, positions and cash (what is stored, not the marks)? */
bool ledger_same(const struct ledger_check *a, const struct ledger_check *b);

#endif
