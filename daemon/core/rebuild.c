/* Everything derived, anew from the rows: after loading, after undo, and after a setting moved rows from one group to
 * another. */
#include "daemon/core/core.h"

static void clear_currencies(struct desk *d)
{
    for (uint32_t i = 0; i < d->currency_count; i++) {
        struct currency *c = &d->currencies[i];
        c->first_instrument = TAB_NONE;
        c->cash = c->flows = c->realized = c->fees = c->cost = 0;
    }
}

static void link_users(struct desk *d)
{
    uint32_t i = 0;
    for (struct qf_user *u; (u = tab_next(&d->users, &i)) != NULL;)
        group_get(d, QF_SCOPE_TRADER, u->name);
}

void instrument_link(struct desk *d, struct core_instrument *i)
{
    uint32_t slot = tab_slot(&d->instruments, i);
    i->first_position = i->first_order = TAB_NONE;
    i->group_symbol = group_get(d, QF_SCOPE_SYMBOL, i->row.symbol);
    i->group_sector = i->row.sector[0] == '\0' ? TAB_NONE : group_get(d, QF_SCOPE_SECTOR, i->row.sector);
    i->currency = currency_get(d, i->row.currency);
    qf_assert(i->currency != TAB_NONE);
    i->is_base = i->currency == 0;
    i->next_currency = d->currencies[i->currency].first_instrument;
    d->currencies[i->currency].first_instrument = slot;
}

void account_link(struct desk *d, struct core_account *a)
{
    uint32_t slot = tab_slot(&d->accounts, a);
    bool strategy = QF_HAS(&a->row, account, strategy) && a->row.strategy[0] != '\0';
    a->first_position = a->first_cash = TAB_NONE;
    a->group_account = group_get(d, QF_SCOPE_ACCOUNT, a->row.name);
    a->group_trader = group_get(d, QF_SCOPE_TRADER, a->row.owner);
    a->group_strategy = strategy ? group_get(d, QF_SCOPE_STRATEGY, a->row.strategy) : TAB_NONE;
    struct group *g = &d->groups[a->group_trader];
    if (!a->row.closed && (g->account == TAB_NONE || strcmp(a->row.name, account_at(d, g->account)->row.name) < 0))
        g->account = slot;
    g->own_open += !a->row.closed;
}

static void link_settings(struct desk *d)
{
    uint32_t i = 0;
    for (struct core_instrument *in; (in = tab_next(&d->instruments, &i)) != NULL;)
        instrument_link(d, in);
    i = 0;
    for (struct core_account *a; (a = tab_next(&d->accounts, &i)) != NULL;)
        account_link(d, a);
    i = 0;
    for (struct core_cash *c; (c = tab_next(&d->cash, &i)) != NULL;)
        cash_link(d, c);
}

static void link_positions(struct desk *d)
{
    uint32_t i = 0;
    d->not_flat = d->unpriced = 0;
    for (struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;) {
        memset((char *)p + sizeof(p->row), 0, sizeof(*p) - sizeof(p->row));
        position_link(d, p);
        struct currency *c = currency_of(d, instrument_at(d, p->instrument));
        c->realized += p->row.realized;
        c->fees += p->row.fees;
        c->cost += qf_cost_money(p->row.cost);
    }
}

static void recount_positions(struct desk *d)
{
    uint32_t i = 0;
    for (struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;)
        position_recount(d, p);
}

/* --- orders */

static struct links order_links(const struct desk *d, size_t key)
{
    return (struct links){ .rows = d->orders.rows,
                          .stride = d->orders.row_size,
                          .next = offsetof(struct core_order, next_open),
                          .key = key };
}

/* All orders in one list by id, oldest first, through next_open. */
static uint32_t orders_by_id(struct desk *d)
{
    uint32_t head = TAB_NONE, *tail = &head, i = 0;
    for (struct core_order *o; (o = tab_next(&d->orders, &i)) != NULL;) {
        *tail = tab_slot(&d->orders, o);
        o->next_open = TAB_NONE;
        tail = &o->next_open;
    }
    struct links l = order_links(d, offsetof(struct core_order, row.id));
    return links_sort(&l, head);
}

static void note_recent(struct desk *d, const struct core_order *o)
{
    const struct qf_order *r = &o->row;
    uint64_t h = recent_hash(account_at(d, o->account), instrument_at(d, o->instrument), (enum qf_side)r->side,
                             (enum qf_order_type)r->type, r->quantity, QF_HAS(r, order, price) ? r->price : 0, d);
    recent_add(d->recent, h, r->at, r->created);
}

/* The ended ones by the time they ended, so that the one that ended first is the first to go. */
static void link_ended(struct desk *d, uint32_t head)
{
    struct links l = order_links(d, offsetof(struct core_order, row.updated));
    head = links_sort(&l, head);
    while (head != TAB_NONE) {
        struct core_order *o = order_at(d, head);
        head = o->next_open;
        order_link_ended(d, o);
    }
    while (d->ended_count > QF_KEEP_CLOSED_ORDERS) /* only after loading more of them than are kept */
        order_forget_oldest(d, NULL);
}

static void link_orders(struct desk *d)
{
    uint32_t ended = TAB_NONE, next = orders_by_id(d);
    d->first_open = d->first_ended = d->last_ended = TAB_NONE;
    d->open_count = d->ended_count = 0;
    while (next != TAB_NONE) {
        struct core_order *o = order_at(d, next);
        uint32_t slot = next;
        next = o->next_open;
        order_find_places(d, o);
        note_recent(d, o);
        if (order_is_open(o->row.state)) {
            order_link(d, o);
        } else {
            o->next_open = ended;
            ended = slot;
        }
    }
    link_ended(d, ended);
}

/* Counts of messages belong to the running second, not to the rows: they move over from groups that were there before. */
static void carry_rates(struct desk *d, const struct group *old, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct group *g = old[i].rate_count == 0 ? NULL : desk_group(d, old[i].scope, old[i].name);
        if (g == NULL)
            continue;
        g->rate_second = old[i].rate_second;
        g->rate_count = old[i].rate_count;
    }
}

void desk_rebuild(struct desk *d)
{
    uint32_t old_groups = d->group_count;
    groups_clear(d);
    nets_clear(d);
    holdings_clear(d);
    recent_clear(d->recent);
    clear_currencies(d);
    link_users(d);
    link_settings(d);
    link_positions(d);
    lots_link(d);
    link_orders(d);
    rates_refresh(d);
    recount_positions(d);
    carry_rates(d, d->groups_spare, old_groups);
    d->version++;
}

/* --- what a new desk takes over from the one before it */

static void inherit_marks(struct desk *d, const struct desk *old)
{
    uint32_t i = 0;
    for (const struct core_instrument *was; (was = tab_next(&old->instruments, &i)) != NULL;) {
        const struct core_instrument *is = desk_instrument(d, was->row.symbol);
        const struct mark *m = &old->marks[tab_slot(&old->instruments, was)];
        if (is == NULL || (m->at == 0 && m->bad == 0 && !m->has_close))
            continue;
        d->marks[tab_slot(&d->instruments, is)] = *m;
        if (tab_slot(&old->instruments, was) == old->newest_mark)
            d->newest_mark = tab_slot(&d->instruments, is);
    }
}

static void inherit_cancels(struct desk *d, const struct desk *old)
{
    uint32_t i = 0;
    for (const struct core_order *was; (was = tab_next(&old->orders, &i)) != NULL;) {
        qf_time asked = old->cancel_asked[tab_slot(&old->orders, was)];
        const struct core_order *is = asked == 0 ? NULL : desk_order(d, was->row.id);
        if (is != NULL)
            d->cancel_asked[tab_slot(&d->orders, is)] = asked;
    }
}

static void inherit_states(struct desk *d, const struct desk *old)
{
    uint32_t i = 0;
    for (const struct core_state *was; (was = tab_next(&old->states, &i)) != NULL;)
        state_inherit(d, was);
}

static void inherit_equity(struct desk *d, const struct desk *old)
{
    if (old->peak > d->peak)
        d->peak = old->peak;
    points_inherit(d, old);
    if (old->last_equity_at < d->last_equity_at)
        return;
    d->last_equity_at = old->last_equity_at;
    d->has_month = old->has_month;
    d->month_start = old->month_start;
    d->has_year = old->has_year;
    d->year_start = old->year_start;
    d->day = old->day;
    d->day_open_equity = old->day_open_equity;
    d->last_equity = old->last_equity;
}

void desk_inherit(struct desk *d, const struct desk *old)
{
    desk_clock(d, old->market_now);
    inherit_marks(d, old);
    inherit_cancels(d, old);
    inherit_states(d, old);
    inherit_equity(d, old);
    desk_risk_taken(d, old->has_var, old->var_99, old->es_975, old->var_incomplete);
    watch_inherit(d, old);
    d->causes = old->causes;
    d->version = old->version > d->version
                     ? old->version
                     : d->version; /* a cached answer of the old desk is never taken for one of this */
    desk_rebuild(d);
    carry_rates(d, old->groups, old->group_count);
}
