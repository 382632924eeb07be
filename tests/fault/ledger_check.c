#include "tests/fault/ledger_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"

/* ---------------------------------------------------------------- reading */

/* Appends n records of `size` bytes to an array that grows. */
static void *append(void *all, uint32_t *n, const void *rows, uint32_t more, size_t size)
{
    if (more == 0) return all;
    all = qf_xrealloc(all, (size_t)(*n + more) * size);
    memcpy((char *)all + (size_t)*n * size, rows, (size_t)more * size);
    *n += more;
    return all;
}

static bool read_orders(struct ledger_check *l, struct rpc *r)
{
    struct qf_order_query q = {.all = true, .limit = 500};
    const void *rep = NULL;
    QF_SET(&q, order_query, all);
    QF_SET(&q, order_query, limit);
    for (;;) {
        if (rpc_call(r, QF_CMD_order_list, &q, &rep, NULL) != RPC_OK) return false;
        const struct qf_order_list *p = rep;
        l->orders = append(l->orders, &l->orders_n, p->orders, p->orders_n, sizeof *p->orders);
        if (p->orders_n < 500) return true;
        q.before = p->orders[p->orders_n - 1].id;
        QF_SET(&q, order_query, before);
    }
}

static bool read_executions(struct ledger_check *l, struct rpc *r)
{
    struct qf_page_query q = {.limit = 500};
    const void *rep = NULL;
    QF_SET(&q, page_query, limit);
    for (;;) {
        if (rpc_call(r, QF_CMD_execution_list, &q, &rep, NULL) != RPC_OK) return false;
        const struct qf_execution_list *p = rep;
        l->executions = append(l->executions, &l->executions_n, p->executions, p->executions_n, sizeof *p->executions);
        if (p->executions_n < 500) return true;
        q.before = p->executions[p->executions_n - 1].id;
        QF_SET(&q, page_query, before);
    }
}

static bool read_audit(struct ledger_check *l, struct rpc *r)
{
    struct qf_audit_query q = {.limit = 500};
    const void *rep = NULL;
    QF_SET(&q, audit_query, limit);
    QF_SET(&q, audit_query, method);
    qf_str_copy(q.method, sizeof q.method, "order.place");
    for (;;) {
        if (rpc_call(r, QF_CMD_audit_list, &q, &rep, NULL) != RPC_OK) return false;
        const struct qf_audit_page *p = rep;
        for (uint32_t i = 0; i < p->rows_n; i++)
            if (p->rows[i].outcome == QF_OUTCOME_DONE) l->refs = append(l->refs, &l->refs_n, p->rows[i].ref, 1, sizeof *l->refs);
        if (p->rows_n < 500) return true;
        q.before = p->rows[p->rows_n - 1].cmd_no;
        QF_SET(&q, audit_query, before);
    }
}

static bool read_state(struct ledger_check *l, struct rpc *r)
{
    struct qf_position_query q = {.flat = true};
    const void *rep = NULL;
    QF_SET(&q, position_query, flat);
    if (rpc_call(r, QF_CMD_position_list, &q, &rep, NULL) != RPC_OK) return false;
    const struct qf_position_list *p = rep;
    l->positions = append(NULL, &l->positions_n, p->positions, p->positions_n, sizeof *p->positions);
    if (rpc_call(r, QF_CMD_cash_list, NULL, &rep, NULL) != RPC_OK) return false;
    const struct qf_cash_list *c = rep;
    l->cash = append(NULL, &l->cash_n, c->cash, c->cash_n, sizeof *c->cash);
    return true;
}

static int64_t id_of(const void *row, size_t off)
{
    return *(const int64_t *)((const char *)row + off);
}

static int order_by_id(const void *a, const void *b)
{
    int64_t x = id_of(a, offsetof(struct qf_order, id)), y = id_of(b, offsetof(struct qf_order, id));
    return (x > y) - (x < y);
}

static int execution_by_id(const void *a, const void *b)
{
    int64_t x = id_of(a, offsetof(struct qf_execution, id)), y = id_of(b, offsetof(struct qf_execution, id));
    return (x > y) - (x < y);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Cancels whatever still rests and waits until nothing moves: a desk that is read page by page has to stand still. */
static bool settle(struct rpc *r)
{
    struct qf_order_cancel_all q = {0};
    const void *rep = NULL;
    for (int i = 0; i < 400; i++) {
        qf_str_fmt(q.client_ref, sizeof q.client_ref, "settle-%d-%lld", i, (long long)qf_now_mono());
        qf_rec_fill(&qf_rec_order_cancel_all, &q);
        (void)rpc_call(r, QF_CMD_order_cancel_all, &q, NULL, NULL);
        usleep(50000);
        if (rpc_call(r, QF_CMD_order_list, NULL, &rep, NULL) != RPC_OK) return false;
        if (((const struct qf_order_list *)rep)->total == 0) return true;
    }
    return false;
}

bool ledger_read(struct ledger_check *l, const char *socket_path)
{
    struct rpc r;
    *l = (struct ledger_check){0};
    rpc_init(&r);
    bool ok = rpc_connect(&r, socket_path) && settle(&r) && read_orders(l, &r) && read_executions(l, &r) && read_audit(l, &r) &&
              read_state(l, &r);
    rpc_release(&r);
    if (l->orders_n) qsort(l->orders, l->orders_n, sizeof *l->orders, order_by_id);
    if (l->executions_n) qsort(l->executions, l->executions_n, sizeof *l->executions, execution_by_id);
    if (l->refs_n) qsort(l->refs, l->refs_n, sizeof *l->refs, by_text);
    return ok;
}

void ledger_free(struct ledger_check *l)
{
    free(l->orders);
    free(l->executions);
    free(l->positions);
    free(l->cash);
    free(l->refs);
    *l = (struct ledger_check){0};
}

const struct qf_order *ledger_order(const struct ledger_check *l, int64_t id)
{
    struct qf_order like = {.id = id};
    return l->orders_n ? bsearch(&like, l->orders, l->orders_n, sizeof like, order_by_id) : NULL;
}

/* ---------------------------------------------------------------- judging */

static qf_i128 signed_qty(const struct qf_execution *e)
{
    return e->side == QF_SIDE_BUY ? (qf_i128)e->quantity : -(qf_i128)e->quantity;
}

static bool same_place(const struct qf_execution *e, const struct qf_position *p)
{
    return qf_str_eq(e->account, p->account) && qf_str_eq(e->symbol, p->symbol);
}

/* Quantity: the sum of what was bought less what was sold. Profit, without average cost at all: what came in less what went out,
 * plus what is left at its cost, is what was realised. Both to the last digit. */
static void judge_position(const struct ledger_check *l, const struct qf_position *p, long *bad_qty, long *bad_pnl, long *bad_fees)
{
    qf_i128 qty = 0, amount = 0, fees = 0, realized = 0;
    for (uint32_t i = 0; i < l->executions_n; i++) {
        const struct qf_execution *e = &l->executions[i];
        if (!same_place(e, p)) continue;
        qty += signed_qty(e);
        amount += e->amount;
        fees += e->fee;
        realized += e->realized;
    }
    *bad_qty += qty != p->quantity;
    *bad_fees += fees != p->fees;
    *bad_pnl += realized != p->realized || amount + qf_cost_money(p->cost) != p->realized;
}

static void judge_cash(const struct ledger_check *l, const struct qf_cash *c, long *bad)
{
    qf_i128 sum = c->flows;
    for (uint32_t i = 0; i < l->executions_n; i++) {
        const struct qf_execution *e = &l->executions[i];
        if (qf_str_eq(e->account, c->account) && qf_str_eq(e->currency, c->currency)) sum += e->amount - e->fee;
    }
    *bad += sum != c->balance;
}

/* Each amount is price x quantity, rounded once; recomputed here. The multiplier of all instruments in the storm is 1. */
static long bad_amounts(const struct ledger_check *l)
{
    long bad = 0;
    for (uint32_t i = 0; i < l->executions_n; i++) {
        const struct qf_execution *e = &l->executions[i];
        qf_i128 want = qf_div_even(-signed_qty(e) * (qf_i128)e->price, QF_ONE);
        if (signed_qty(e) > 0) want = -qf_div_even(signed_qty(e) * (qf_i128)e->price, QF_ONE);
        bad += want != e->amount;
    }
    return bad;
}

static long bad_orders(const struct ledger_check *l)
{
    long bad = 0;
    qf_i128 *filled = qf_xalloc((l->orders_n + 1) * sizeof *filled);
    memset(filled, 0, (l->orders_n + 1) * sizeof *filled);
    for (uint32_t i = 0; i < l->executions_n; i++) {
        const struct qf_order *o = ledger_order(l, l->executions[i].order_id);
        if (!o)
            bad++;
        else
            filled[o - l->orders] += l->executions[i].quantity;
    }
    for (uint32_t i = 0; i < l->orders_n; i++) bad += filled[i] != l->orders[i].filled || filled[i] > l->orders[i].quantity;
    free(filled);
    return bad;
}

static long without_audit(const struct ledger_check *l)
{
    long bad = 0;
    for (uint32_t i = 0; i < l->orders_n; i++)
        bad += !l->refs_n || !bsearch(l->orders[i].ref, l->refs, l->refs_n, sizeof *l->refs, by_text);
    return bad;
}

void ledger_judge(const struct ledger_check *l, void (*check)(bool ok, const char *what, long long a, long long b))
{
    long qty = 0, pnl = 0, fees = 0, cash = 0;
    for (uint32_t i = 0; i < l->positions_n; i++) judge_position(l, &l->positions[i], &qty, &pnl, &fees);
    for (uint32_t i = 0; i < l->cash_n; i++) judge_cash(l, &l->cash[i], &cash);
    check(l->executions_n > 0, "orders were filled", l->executions_n, l->orders_n);
    check(qty == 0, "position = sum of executions", qty, l->positions_n);
    check(fees == 0, "fees of a position = fees of its executions", fees, l->positions_n);
    check(pnl == 0, "profit = amounts + what is left at cost, to the last digit", pnl, l->positions_n);
    check(cash == 0, "cash = flows + amounts - fees, to the last digit", cash, l->cash_n);
    long amounts = bad_amounts(l), orders = bad_orders(l), audit = without_audit(l);
    check(amounts == 0, "every amount is price x quantity rounded once", amounts, l->executions_n);
    check(orders == 0, "filled of an order = sum of its executions", orders, l->orders_n);
    check(audit == 0, "no order is without an audit row", audit, l->orders_n);
}

static bool same_rows(const struct qf_rec *rec, const void *a, const void *b, uint32_t n)
{
    char x[4096], y[4096];
    for (uint32_t i = 0; i < n; i++)
        for (int f = 0; f < rec->count; f++) {
            if (rec->fields[f].flags & QF_F_VIRTUAL) continue;
            qf_field_text(&rec->fields[f], rec, (const char *)a + (size_t)i * rec->size, x, sizeof x);
            qf_field_text(&rec->fields[f], rec, (const char *)b + (size_t)i * rec->size, y, sizeof y);
            if (qf_str_eq(x, y)) continue;
            printf("# %s %u %s: %s, then %s\n", rec->name, i, rec->fields[f].name, x, y);
            return false;
        }
    return true;
}

bool ledger_same(const struct ledger_check *a, const struct ledger_check *b)
{
    return a->orders_n == b->orders_n && a->executions_n == b->executions_n && a->positions_n == b->positions_n &&
           a->cash_n == b->cash_n && same_rows(&qf_rec_order, a->orders, b->orders, a->orders_n) &&
           same_rows(&qf_rec_execution, a->executions, b->executions, a->executions_n) &&
           same_rows(&qf_rec_position, a->positions, b->positions, a->positions_n) &&
           same_rows(&qf_rec_cash, a->cash, b->cash, a->cash_n);
}
