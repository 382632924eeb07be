/* risk.flatten*: what closing positions would do, and doing it. */
#include <inttypes.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/core/flatten.h"
#include "daemon/core/state.h"
#include "daemon/server/flatten.h"

#define ROWS_MAX 4096 /* of a plan */

static bool known(struct ctx *c, const struct flatten_what *w)
{
    if (w->strategy && !desk_group(c->desk, QF_SCOPE_STRATEGY, w->strategy))
        help_refuse(c, QF_R_NOT_FOUND, "strategy", "no account belongs to a strategy of that name");
    else if (w->account && !desk_account(c->desk, w->account))
        help_refuse(c, QF_R_NOT_FOUND, "account", NULL);
    else if (w->symbol && !desk_instrument(c->desk, w->symbol))
        help_refuse(c, QF_R_NOT_FOUND, "symbol", NULL);
    else
        return true;
    return false;
}

static enum handled make_plan(struct ctx *c, const struct flatten_what *w, struct qf_flatten_plan *out)
{
    uint32_t most = c->desk->not_flat < ROWS_MAX ? c->desk->not_flat : ROWS_MAX;
    if (!known(c, w))
        return REFUSED;
    out->rows = help_rows(c, most + 1, sizeof *out->rows);
    if (!out->rows)
        return REFUSED;
    out->rows_n = flatten_plan(c->desk, &c->actor, w, out->rows, most, out->plan);
    if (out->rows_n > most)
        return help_refuse(c, QF_R_TOO_LARGE, "", "more than %d positions: close them by strategy, account or symbol", ROWS_MAX);
    return HANDLED;
}

/* Sums over the rows; a position without price leaves the gross out, as everywhere. */
static void add_up(const struct ctx *c, struct qf_flatten_plan *out)
{
    out->gross = c->desk->groups[0].value_gross;
    if (c->desk->unpriced == 0)
        QF_SET(out, flatten_plan, gross);
    for (uint32_t i = 0; i < out->rows_n; i++) {
        bool refused = QF_HAS(&out->rows[i], flatten_row, reason);
        out->refused += refused;
        out->orders += !refused;
        out->cancels += out->rows[i].cancels;
    }
}

HANDLER(risk_flatten_plan, flatten_query, flatten_plan)
{
    const struct flatten_what w = { QF_HAS(in, flatten_query, strategy) ? in->strategy : NULL,
                                    QF_HAS(in, flatten_query, account) ? in->account : NULL,
                                    QF_HAS(in, flatten_query, symbol) ? in->symbol : NULL };
    enum handled h = make_plan(c, &w, out);
    if (h == HANDLED)
        add_up(c, out);
    return h;
}

/* --- doing it */

/* Under CANCEL_ONLY and HALTED nothing may be sent; a strategy's own state is the gate's to see. */
static bool may_trade(struct ctx *c, const char *strategy)
{
    struct qf_trading_state firm, own;
    state_or_active(c->desk, NULL, c->actor.wall, &firm);
    if (strategy && state_shown(c->desk, strategy, &own) && own.state > firm.state)
        firm = own;
    if (firm.state <= QF_STATE_CLOSE_ONLY)
        return true;
    help_refuse(c, QF_R_BAD_STATE, "", "%s %s is %s; positions are closed under ACTIVE or CLOSE_ONLY",
                firm.scope == QF_SCOPE_FIRM ? "the firm" : "strategy", firm.name, qf_enum_text(&qf_enum_desk_state, firm.state));
    return false;
}

static int64_t cancel_resting(struct ctx *c, const struct qf_flatten_row *row)
{
    struct qf_refusal ignored;
    int64_t n = 0;
    for (uint32_t slot = desk_instrument(c->desk, row->symbol)->first_order, next; slot != TAB_NONE && row->cancels > 0; slot = next) {
        const struct core_order *o = tab_at(&c->desk->orders, slot);
        next = o->next_inst;
        if (qf_str_eq(o->row.account, row->account))
            n += order_cancel(c->desk, c->batch, &c->actor, o->row.id, NULL, &ignored);
    }
    return n;
}

static void send_one(struct ctx *c, const struct qf_flatten_do *in, struct qf_flatten_row *row)
{
    struct intent intent;
    struct qf_order order;
    struct qf_refusal r = { .control = -1 };
    if (flatten_next(c->desk, &c->actor, row->account, row->symbol, &intent, &r) != FLATTEN_ORDER)
        return;
    if (!order_place(c->desk, c->batch, &intent, in->client_ref, &order, &r))
        return;
    row->order_id = order.id;
    row->quantity = order.quantity;
    QF_SET(row, flatten_row, order_id);
}

/* What cannot be sent now follows by itself (server/flatten.h); what is refused for good is left and said. */
static void flatten_rows(struct ctx *c, const struct qf_flatten_do *in, struct qf_flatten_plan *out)
{
    for (uint32_t i = 0; i < out->rows_n; i++) {
        struct qf_flatten_row *row = &out->rows[i];
        if (QF_HAS(row, flatten_row, reason)) {
            out->refused++;
            continue;
        }
        row->cancels = cancel_resting(c, row);
        out->cancels += row->cancels;
        send_one(c, in, row);
        out->orders += QF_HAS(row, flatten_row, order_id);
        flattens_add(c, row->account, row->symbol);
    }
}

HANDLER(risk_flatten, flatten_do, flatten_plan)
{
    const struct flatten_what w = { QF_HAS(in, flatten_do, strategy) ? in->strategy : NULL,
                                    QF_HAS(in, flatten_do, account) ? in->account : NULL,
                                    QF_HAS(in, flatten_do, symbol) ? in->symbol : NULL };
    if (!may_trade(c, w.strategy) || make_plan(c, &w, out) != HANDLED)
        return REFUSED;
    if (!qf_str_eq(in->plan, out->plan))
        return help_refuse(c, QF_R_BAD_STATE, "plan", "positions or orders have changed since; look at the plan again");
    out->gross = c->desk->groups[0].value_gross;
    if (c->desk->unpriced == 0)
        QF_SET(out, flatten_plan, gross);
    flatten_rows(c, in, out);
    qf_str_fmt(c->detail, sizeof c->detail, "plan %s: %" PRId64 " orders sent, %" PRId64 " cancels asked, %" PRId64 " refused, of %u positions%s%s",
               in->plan, out->orders, out->cancels, out->refused, out->rows_n, QF_HAS(in, flatten_do, reason) ? ": " : "",
               QF_HAS(in, flatten_do, reason) ? in->reason : "");
    return HANDLED;
}
