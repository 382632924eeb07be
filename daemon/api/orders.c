/* order.*, position.*: the desk's daily bread. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/api/pages.h"
#include "daemon/core/gate.h"

/* "48213 BUY 2000 NVDA LIMIT 121.2" for the audit trail. */
static void say_order(struct ctx *c, const struct qf_order *o)
{
    char quantity[QF_DEC_TEXT], price[QF_DEC_TEXT];
    qf_str_fmt(c->detail, sizeof c->detail, "%" PRId64 " %s %s %s %s%s%s %s in %s", o->id, qf_enum_text(&qf_enum_side, o->side),
               help_dec(o->quantity, quantity), o->symbol, qf_enum_text(&qf_enum_order_type, o->type),
               QF_HAS(o, order, price) ? " " : "", QF_HAS(o, order, price) ? help_dec(o->price, price) : "",
               qf_enum_text(&qf_enum_tif, o->tif), o->account);
}

/* order_place has the fields of order_check and a reference. */
static void as_check(const struct qf_order_place *in, struct qf_order_check *out)
{
    *out = (struct qf_order_check){ .side = in->side, .quantity = in->quantity, .type = in->type, .price = in->price, .tif = in->tif };
    qf_str_copy(out->symbol, sizeof out->symbol, in->symbol);
    qf_str_copy(out->account, sizeof out->account, in->account);
    qf_rec_fill(&qf_rec_order_check, out);
    if (QF_HAS(in, order_place, type))
        QF_SET(out, order_check, type);
    if (QF_HAS(in, order_place, price))
        QF_SET(out, order_check, price);
    if (QF_HAS(in, order_place, tif))
        QF_SET(out, order_check, tif);
    if (QF_HAS(in, order_place, account))
        QF_SET(out, order_check, account);
}

HANDLER(order_place, order_place, order)
{
    struct qf_order_check check;
    struct intent intent;
    as_check(in, &check);
    if (!order_intent(c->desk, &c->actor, &check, &intent, &c->refusal) ||
        !order_place(c->desk, c->batch, &intent, in->client_ref, out, &c->refusal))
        return REFUSED;
    say_order(c, out);
    return HANDLED;
}

/* --- the gate's whole answer */

static void show_line(const struct gate_line *line, struct qf_gate_check *ret)
{
    ret->control = (int32_t)line->control;
    qf_str_copy(ret->scope, sizeof ret->scope, line->scope);
    ret->pass = line->pass;
    ret->now = line->now;
    ret->after = line->after;
    ret->limit = line->limit;
    qf_rec_fill(&qf_rec_gate_check, ret);
    if (line->has_now)
        QF_SET(ret, gate_check, now);
    if (line->has_after)
        QF_SET(ret, gate_check, after);
    if (line->has_limit)
        QF_SET(ret, gate_check, limit);
    qf_i128 bp;
    if (!line->has_after || !line->has_limit || line->limit <= 0 || qf_muldiv(line->after, 10000, line->limit, &bp) != QF_OK ||
        bp > INT64_MAX || bp < INT64_MIN)
        return;
    ret->used_bp = (int64_t)bp;
    QF_SET(ret, gate_check, used_bp);
}

static void show_amounts(const struct gate_answer *a, struct qf_gate_report *out)
{
    if (!a->has_notional)
        return;
    out->notional = a->notional;
    out->base_notional = a->base_notional;
    out->fee = a->fee;
    QF_SET(out, gate_report, notional);
    QF_SET(out, gate_report, base_notional);
    QF_SET(out, gate_report, fee);
}

HANDLER(order_check, order_check, gate_report)
{
    struct intent intent;
    struct gate_answer a;
    if (!order_intent(c->desk, &c->actor, in, &intent, &c->refusal))
        return REFUSED;
    gate_ask(c->desk, &intent, true, &a);
    out->pass = a.pass;
    qf_str_copy(out->account, sizeof out->account, intent.account_name);
    show_amounts(&a, out);
    if (gate_largest(c->desk, &intent, &a, &out->largest))
        QF_SET(out, gate_report, largest);
    out->checks = help_rows(c, (size_t)a.count, sizeof *out->checks);
    if (!out->checks)
        return REFUSED;
    out->checks_n = (uint32_t)a.count;
    for (int i = 0; i < a.count; i++)
        show_line(&a.lines[i], &out->checks[i]);
    return HANDLED;
}

/* --- cancelling */

HANDLER(order_cancel, order_cancel, order)
{
    if (!order_cancel(c->desk, c->batch, &c->actor, in->id, out, &c->refusal))
        return REFUSED;
    say_order(c, out);
    return HANDLED;
}

static int64_t cancel_matching(struct ctx *c, const char *account, const char *symbol)
{
    struct qf_refusal ignored;
    int64_t n = 0;
    for (uint32_t slot = c->desk->first_open, next; slot != TAB_NONE; slot = next) {
        const struct core_order *o = tab_at(&c->desk->orders, slot);
        const struct core_account *a = tab_at(&c->desk->accounts, o->account);
        next = o->next_open;
        if ((account && !qf_str_eq(account, o->row.account)) || (symbol && !qf_str_eq(symbol, o->row.symbol)) ||
            !desk_owns(&c->actor, &a->row))
            continue;
        n += order_cancel(c->desk, c->batch, &c->actor, o->row.id, NULL, &ignored);
    }
    return n;
}

HANDLER(order_cancel_all, order_cancel_all, cancelled)
{
    out->requested = cancel_matching(c, QF_HAS(in, order_cancel_all, account) ? in->account : NULL,
                                     QF_HAS(in, order_cancel_all, symbol) ? in->symbol : NULL);
    qf_str_fmt(c->detail, sizeof c->detail, "%" PRId64 " cancels asked for", out->requested);
    return HANDLED;
}

/* --- lists */

HANDLER(order_list, order_query, order_list)
{
    if (!HELP_KNOWN(c, in, order_query))
        return REFUSED;
    if (QF_HAS(in, order_query, all) && in->all)
        return pages_orders(c, in);
    int64_t before = QF_HAS(in, order_query, before) ? in->before : INT64_MAX;
    int64_t limit = QF_HAS(in, order_query, limit) ? in->limit : 100;
    out->total = c->desk->open_count;
    out->orders = help_rows(c, (size_t)limit, sizeof *out->orders);
    if (!out->orders)
        return REFUSED;
    for (uint32_t slot = c->desk->first_open; slot != TAB_NONE && out->orders_n < limit;) {
        const struct core_order *o = tab_at(&c->desk->orders, slot);
        slot = o->next_open;
        if (o->row.id >= before || (QF_HAS(in, order_query, account) && !qf_str_eq(in->account, o->row.account)) ||
            (QF_HAS(in, order_query, symbol) && !qf_str_eq(in->symbol, o->row.symbol)))
            continue;
        out->orders[out->orders_n++] = o->row;
    }
    return HANDLED;
}

HANDLER(order_show, order_id, order_detail)
{
    (void)out;
    return pages_order(c, in->id);
}

/* --- positions */

static int by_account_and_symbol(const void *a, const void *b)
{
    const struct qf_position *x = a, *y = b;
    int order = strcmp(x->account, y->account);
    return order ? order : strcmp(x->symbol, y->symbol);
}

HANDLER(position_list, position_query, position_list)
{
    uint32_t i = 0;
    const struct core_position *p;
    bool flat = QF_HAS(in, position_query, flat) && in->flat;
    uint32_t most = c->desk->positions.count < 4096 ? c->desk->positions.count : 4096;
    if (!HELP_KNOWN(c, in, position_query))
        return REFUSED;
    out->positions = help_rows(c, most, sizeof *out->positions);
    if (!out->positions)
        return REFUSED;
    while ((p = tab_next(&c->desk->positions, &i)) != NULL && out->positions_n < most) {
        if ((!flat && p->row.quantity == 0) || (QF_HAS(in, position_query, account) && !qf_str_eq(in->account, p->row.account)) ||
            (QF_HAS(in, position_query, symbol) && !qf_str_eq(in->symbol, p->row.symbol)))
            continue;
        desk_position_row(c->desk, p, &out->positions[out->positions_n++]);
    }
    qsort(out->positions, out->positions_n, sizeof *out->positions, by_account_and_symbol);
    return HANDLED;
}

static const struct core_position *held(struct ctx *c, const struct qf_position_close *in)
{
    if (!QF_HAS(in, position_close, account) && !desk_may_choose(c->desk, &c->actor, &c->refusal))
        return NULL;
    const struct core_account *own = desk_default_account(c->desk, c->actor.user, c->actor.role);
    const char *account = QF_HAS(in, position_close, account) ? in->account : own ? own->row.name : "";
    const struct core_position *p = desk_position(c->desk, account, in->symbol);
    if (!p || p->row.quantity == 0) {
        help_refuse(c, QF_R_NOT_FOUND, "symbol", "there is nothing to close");
        return NULL;
    }
    return p;
}

/* A market order for all of it, through the gate like any other; what rests in the same place is cancelled first. */
HANDLER(position_close, position_close, order)
{
    const struct core_position *p = held(c, in);
    struct qf_order_check check = { .type = QF_TYPE_MARKET, .tif = QF_TIF_IOC };
    struct intent intent;
    struct gate_answer a;
    if (!p)
        return REFUSED;
    check.side = p->row.quantity > 0 ? QF_SIDE_SELL : QF_SIDE_BUY;
    check.quantity = qf_abs64(p->row.quantity);
    qf_str_copy(check.symbol, sizeof check.symbol, p->row.symbol);
    qf_str_copy(check.account, sizeof check.account, p->row.account);
    qf_rec_fill(&qf_rec_order_check, &check);
    check.has |= QF_BIT(order_check, type) | QF_BIT(order_check, tif) | QF_BIT(order_check, account);
    if (!order_intent(c->desk, &c->actor, &check, &intent, &c->refusal))
        return REFUSED;
    gate_ask(c->desk, &intent, false, &a);
    if (!a.pass) {
        gate_refusal(c->desk, &intent, &a, &c->refusal);
        return REFUSED;
    }
    (void)cancel_matching(c, check.account, check.symbol);
    if (!order_place(c->desk, c->batch, &intent, in->client_ref, out, &c->refusal))
        return REFUSED_NOTED;
    say_order(c, out);
    return HANDLED;
}
