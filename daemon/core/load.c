/* One row from the database into the empty desk. Stored rows are hostile like everything from outside: what an index or
 * a link is made from is looked at here. */
#include "daemon/core/core.h"

typedef enum qf_err (*load_fn)(struct desk *d, const void *row);

static enum qf_err add_row(struct tab *t, const void *row)
{
    if (tab_find(t, row) != NULL)
        return QF_EEXIST;
    return tab_add(t, NULL, row) == NULL ? QF_EFULL : QF_OK;
}

static void count_up(int64_t *counter, int64_t id)
{
    if (id > *counter)
        *counter = id;
}

static bool below(int32_t value, int count)
{
    return value >= 0 && value < count;
}

/* A quantity the arithmetic of core reckons with: its magnitude can be taken, and two of them can be added. */
static bool sane(qf_qty quantity)
{
    return quantity >= -QF_PRICE_MAX && quantity <= QF_PRICE_MAX;
}

static bool sane_money(qf_money v)
{
    return v >= -QF_MONEY_MAX && v <= QF_MONEY_MAX;
}

static bool sane_cost(qf_cost v)
{
    return v > -QF_COST_MAX && v < QF_COST_MAX;
}

static bool known(const struct desk *d, const char *account, const char *symbol)
{
    return desk_account(d, account) != NULL && desk_instrument(d, symbol) != NULL;
}

static enum qf_err load_user(struct desk *d, const void *row)
{
    return add_row(&d->users, row);
}

static enum qf_err load_session(struct desk *d, const void *row)
{
    const struct qf_session *s = row;
    count_up(&d->seq.session, s->id);
    return QF_HAS(s, session, ended) ? QF_OK : add_row(&d->sessions, row);
}

static enum qf_err load_instrument(struct desk *d, const void *row)
{
    const struct qf_instrument *i = row;
    if (i->tick <= 0 || i->lot <= 0 || i->multiplier < 1 || i->multiplier > QF_MULT_MAX)
        return QF_ERANGE;
    return currency_get(d, i->currency) == TAB_NONE ? QF_EFULL : add_row(&d->instruments, row);
}

static enum qf_err load_rate(struct desk *d, const void *row)
{
    const struct qf_rate *r = row;
    return currency_get(d, r->currency) == TAB_NONE ? QF_EFULL : add_row(&d->rates, row);
}

static enum qf_err load_account(struct desk *d, const void *row)
{
    const struct qf_account *a = row;
    return currency_get(d, a->currency) == TAB_NONE ? QF_EFULL : add_row(&d->accounts, row);
}

static enum qf_err load_limit(struct desk *d, const void *row)
{
    const struct qf_limit *l = row;
    if (!below(l->scope, QF_scope_COUNT) || !below(l->control, QF_control_code_COUNT))
        return QF_ERANGE;
    return add_row(&d->limits, row);
}

static enum qf_err load_breaker(struct desk *d, const void *row)
{
    const struct qf_breaker *b = row;
    bool firm = b->scope == QF_SCOPE_FIRM, level = QF_HAS(b, breaker, level);
    if (!below(b->code, QF_breaker_code_COUNT) || !below(b->action, QF_desk_state_COUNT) || (!firm && b->scope != QF_SCOPE_STRATEGY) ||
        firm != (b->name[0] == '\0') || (level && (b->level <= 0 || b->level > QF_MONEY_MAX)) || b->window_s < 0 ||
        b->window_s > QF_DAY / QF_SEC || b->streak < 0 || b->streak == INT64_MAX)
        return QF_ERANGE;
    return add_row(&d->breakers, row);
}

static enum qf_err load_scenario(struct desk *d, const void *row)
{
    return add_row(&d->scenarios, row);
}

static enum qf_err load_state(struct desk *d, const void *row)
{
    const struct qf_trading_state *s = row;
    if (!below(s->scope, QF_scope_COUNT) || !below(s->state, QF_desk_state_COUNT))
        return QF_ERANGE;
    enum qf_err err = add_row(&d->states, row);
    if (err != QF_OK)
        return err;
    struct core_state *c = tab_find(&d->states, row);
    c->stored_n = c->last_n = s->n;
    return QF_OK;
}

static enum qf_err load_approval(struct desk *d, const void *row)
{
    const struct qf_approval *a = row;
    count_up(&d->seq.approval, a->id);
    if (tab_find(&d->approvals, row) != NULL)
        return QF_EEXIST;
    return desk_put_approval(d, NULL, a);
}

static enum qf_err load_order(struct desk *d, const void *row)
{
    const struct qf_order *o = row;
    count_up(&d->seq.order, o->id);
    if (!below(o->state, QF_order_state_COUNT) || !below(o->side, QF_side_COUNT) || o->quantity <= 0 ||
        !sane(o->quantity) || o->filled < 0 || !sane(o->filled) || !sane(o->price) || !sane(o->arrival))
        return QF_ERANGE;
    return known(d, o->account, o->symbol) ? add_row(&d->orders, row) : QF_ENOENT;
}

/* Numbers have no gaps: when the first one loaded is not 1, older ones are there that were not. */
static enum qf_err load_execution(struct desk *d, const void *row)
{
    const struct qf_execution *e = row;
    if (d->seq.execution == 0 && e->id > 1)
        seen_set_forgot(d->seen);
    count_up(&d->seq.execution, e->id);
    if (seen_has(d->seen, e->venue, e->exec_id))
        return QF_EEXIST;
    seen_add(d->seen, NULL, e->venue, e->exec_id);
    return QF_OK;
}

static enum qf_err load_lot(struct desk *d, const void *row)
{
    const struct qf_lot *l = row;
    count_up(&d->seq.lot, l->id);
    if (l->remaining == 0)
        return QF_OK;
    if (!sane(l->remaining) || !sane(l->price))
        return QF_ERANGE;
    return known(d, l->account, l->symbol) ? add_row(&d->lots, row) : QF_ENOENT;
}

static enum qf_err load_position(struct desk *d, const void *row)
{
    const struct qf_position *p = row;
    if (!sane(p->quantity) || !sane(p->day_quantity) || !sane(p->day_close) || !sane_cost(p->cost) ||
        !sane_cost(p->fifo_cost) || !sane_money(p->realized) || !sane_money(p->fifo_realized) || !sane_money(p->fees) ||
        !sane_money(p->day_flow))
        return QF_ERANGE;
    return known(d, p->account, p->symbol) ? add_row(&d->positions, row) : QF_ENOENT;
}

static enum qf_err load_trade(struct desk *d, const void *row)
{
    const struct qf_trade *t = row;
    count_up(&d->seq.trade, t->id);
    return t->state == QF_TRADE_OPEN ? add_row(&d->trades, row) : QF_OK;
}

static enum qf_err load_cash(struct desk *d, const void *row)
{
    const struct qf_cash *c = row;
    if (!sane_money(c->balance) || !sane_money(c->flows))
        return QF_ERANGE;
    if (desk_account(d, c->account) == NULL)
        return QF_ENOENT;
    return currency_get(d, c->currency) == TAB_NONE ? QF_EFULL : add_row(&d->cash, row);
}

static enum qf_err load_ledger(struct desk *d, const void *row)
{
    count_up(&d->seq.ledger, ((const struct qf_ledger *)row)->id);
    return QF_OK;
}

static enum qf_err load_equity(struct desk *d, const void *row)
{
    const struct qf_equity *e = row;
    const struct core_account *a = desk_account(d, e->account);
    if (!sane_money(e->equity) || !sane_money(e->realized) || !sane_money(e->unrealized) || !sane_money(e->fees) ||
        !sane_money(e->flows))
        return QF_ERANGE;
    struct qf_equity *kept = e->account[0] == '\0' ? &d->points->firm : a == NULL ? NULL : &d->points->accounts[tab_slot(&d->accounts, a)];
    if (kept != NULL && e->at > kept->at)
        *kept = *e;
    if (e->account[0] == '\0')
        desk_equity_taken(d, e);
    return QF_OK;
}

static enum qf_err load_event(struct desk *d, const void *row)
{
    count_up(&d->seq.event, ((const struct qf_event *)row)->id);
    return QF_OK;
}

static enum qf_err load_incident(struct desk *d, const void *row)
{
    count_up(&d->seq.incident, ((const struct qf_incident *)row)->id);
    return QF_OK;
}

static enum qf_err load_control(struct desk *d, const void *row)
{
    count_up(&d->seq.cmd, ((const struct qf_control *)row)->cmd_no);
    return QF_OK;
}

static const load_fn loads[QF_TABLE_COUNT] = {
    [QF_TABLE_users] = load_user,           [QF_TABLE_sessions] = load_session,
    [QF_TABLE_instruments] = load_instrument, [QF_TABLE_rates] = load_rate,
    [QF_TABLE_accounts] = load_account,     [QF_TABLE_limits] = load_limit,
    [QF_TABLE_breakers] = load_breaker,
    [QF_TABLE_scenarios] = load_scenario,
    [QF_TABLE_trading_state] = load_state,  [QF_TABLE_approvals] = load_approval,
    [QF_TABLE_orders] = load_order,         [QF_TABLE_executions] = load_execution,
    [QF_TABLE_lots] = load_lot,             [QF_TABLE_positions] = load_position,
    [QF_TABLE_trades] = load_trade,         [QF_TABLE_cash] = load_cash,
    [QF_TABLE_ledger] = load_ledger,        [QF_TABLE_equity] = load_equity,
    [QF_TABLE_system_events] = load_event,  [QF_TABLE_incidents] = load_incident,
    [QF_TABLE_control_log] = load_control,
};

/* Tables without a loader have nothing the desk keeps. */
enum qf_err desk_load(struct desk *d, enum qf_table_id table, const void *row)
{
    return loads[table] == NULL ? QF_OK : loads[table](d, row);
}
