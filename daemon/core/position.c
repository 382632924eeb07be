#include "daemon/core/core.h"

_Static_assert(DESK_HOLDING_PLACES >= 2 * QF_MAX_POSITIONS, "holdings");

/* An index of its own, by slots: every order and fill asks it, and hashing two names costs more than all the rest of
 * the look-up. */
static uint32_t *holding_place(const struct desk *d, uint32_t account, uint32_t instrument)
{
    uint64_t h = ((uint64_t)account << 32 | instrument) * 0x9E3779B97F4A7C15ULL;
    uint32_t i = (uint32_t)(h >> 40) & (DESK_HOLDING_PLACES - 1);
    for (; d->holdings[i] != 0; i = (i + 1) & (DESK_HOLDING_PLACES - 1)) {
        const struct core_position *p = position_at(d, d->holdings[i] - 1);
        if (p->account == account && p->instrument == instrument)
            break;
    }
    return &d->holdings[i];
}

void holdings_clear(struct desk *d)
{
    memset(d->holdings, 0, DESK_HOLDING_PLACES * sizeof(uint32_t));
}

struct core_position *position_find(const struct desk *d, const struct core_account *a, const struct core_instrument *i)
{
    uint32_t slot = *holding_place(d, tab_slot(&d->accounts, a), tab_slot(&d->instruments, i));
    return slot == 0 ? NULL : position_at(d, slot - 1);
}

void position_link(struct desk *d, struct core_position *p)
{
    struct core_account *a = desk_account(d, p->row.account);
    struct core_instrument *i = desk_instrument(d, p->row.symbol);
    qf_assert(a != NULL && i != NULL);
    uint32_t slot = tab_slot(&d->positions, p);
    p->account = tab_slot(&d->accounts, a);
    p->instrument = tab_slot(&d->instruments, i);
    *holding_place(d, p->account, p->instrument) = slot + 1;
    p->next_same = i->first_position;
    i->first_position = slot;
    p->next_account = a->first_position;
    a->first_position = slot;
    p->first_lot = p->last_lot = TAB_NONE;
    groups_of(a, i, p->groups);
    p->nets[0] = net_get(d, i->group_symbol, p->instrument);
    p->nets[1] = net_get(d, a->group_trader, p->instrument);
    p->nets[2] = a->group_strategy == TAB_NONE ? TAB_NONE : net_get(d, a->group_strategy, p->instrument);
    position_quantity_add(d, p, p->row.quantity);
}

struct core_position *position_get(struct desk *d, struct batch *b, struct core_account *a, struct core_instrument *i,
                                   qf_time wall)
{
    struct core_position *p = position_find(d, a, i);
    if (p != NULL)
        return p;
    struct qf_position image = { .updated = wall };
    qf_rec_fill(&qf_rec_position, &image);
    qf_str_copy(image.account, sizeof(image.account), a->row.name);
    qf_str_copy(image.symbol, sizeof(image.symbol), i->row.symbol);
    qf_str_copy(image.currency, sizeof(image.currency), i->row.currency);
    p = tab_add(&d->positions, b, &image);
    if (p != NULL)
        position_link(d, p);
    return p;
}

/* --- cash */

void cash_link(struct desk *d, struct core_cash *c)
{
    struct core_account *a = desk_account(d, c->row.account);
    qf_assert(a != NULL);
    c->account = tab_slot(&d->accounts, a);
    c->currency = currency_get(d, c->row.currency);
    qf_assert(c->currency != TAB_NONE);
    c->next = a->first_cash;
    a->first_cash = tab_slot(&d->cash, c);
    d->currencies[c->currency].cash += c->row.balance;
    d->currencies[c->currency].flows += c->row.flows;
}

/* An account has cash in one currency or two. */
struct core_cash *cash_find(const struct desk *d, const struct core_account *a, const char *currency)
{
    for (uint32_t i = a->first_cash; i != TAB_NONE; i = cash_at(d, i)->next)
        if (strcmp(cash_at(d, i)->row.currency, currency) == 0)
            return cash_at(d, i);
    return NULL;
}

struct core_cash *cash_get(struct desk *d, struct batch *b, struct core_account *a, const char *currency, qf_time wall)
{
    struct core_cash *c = cash_find(d, a, currency);
    if (c != NULL || currency_get(d, currency) == TAB_NONE)
        return c;
    struct qf_cash image = { .updated = wall };
    qf_rec_fill(&qf_rec_cash, &image);
    qf_str_copy(image.account, sizeof(image.account), a->row.name);
    qf_str_copy(image.currency, sizeof(image.currency), currency);
    c = tab_add(&d->cash, b, &image);
    if (c != NULL)
        cash_link(d, c);
    return c;
}

/* --- orders in their lists */

qf_qty order_left(const struct qf_order *o)
{
    return o->filled >= o->quantity ? 0 : o->quantity - o->filled; /* an over-fill leaves nothing */
}

static void count_order(struct desk *d, const struct core_position *p, int64_t by)
{
    for (size_t k = 0; k < DESK_GROUPS; k++)
        if (p->groups[k] != TAB_NONE)
            d->groups[p->groups[k]].open_orders += by;
}

static void push_same(struct desk *d, struct core_order *o, uint32_t slot)
{
    struct core_instrument *i = instrument_at(d, o->instrument);
    o->prev_inst = TAB_NONE;
    o->next_inst = i->first_order;
    if (i->first_order != TAB_NONE)
        order_at(d, i->first_order)->prev_inst = slot;
    i->first_order = slot;
}

static void push_open(struct desk *d, struct core_order *o, uint32_t slot)
{
    o->prev_open = TAB_NONE;
    o->next_open = d->first_open;
    if (d->first_open != TAB_NONE)
        order_at(d, d->first_open)->prev_open = slot;
    d->first_open = slot;
    d->open_count++;
}

void order_find_places(struct desk *d, struct core_order *o)
{
    const struct core_account *a = desk_account(d, o->row.account);
    const struct core_instrument *i = desk_instrument(d, o->row.symbol);
    qf_assert(a != NULL && i != NULL);
    const struct core_position *p = position_find(d, a, i);
    o->account = tab_slot(&d->accounts, a);
    o->instrument = tab_slot(&d->instruments, i);
    o->position = p == NULL ? TAB_NONE : tab_slot(&d->positions, p);
}

void order_link(struct desk *d, struct core_order *o)
{
    uint32_t slot = tab_slot(&d->orders, o);
    order_find_places(d, o);
    if (o->position == TAB_NONE) { /* only in a database that something else wrote to */
        struct core_position *made =
            position_get(d, NULL, account_at(d, o->account), instrument_at(d, o->instrument), o->row.created);
        qf_assert(made != NULL);
        o->position = tab_slot(&d->positions, made);
    }
    push_same(d, o, slot);
    push_open(d, o, slot);
    struct core_position *p = position_at(d, o->position);
    o->reserved = order_reserve(d, instrument_at(d, o->instrument), &o->row);
    position_open_add(d, p, (enum qf_side)o->row.side, order_left(&o->row), o->reserved);
    count_order(d, p, +1);
}

void order_link_ended(struct desk *d, struct core_order *o)
{
    uint32_t slot = tab_slot(&d->orders, o);
    o->reserved = 0;
    o->prev_inst = o->next_inst = TAB_NONE;
    o->prev_open = TAB_NONE;
    o->next_open = d->first_ended;
    if (d->first_ended != TAB_NONE)
        order_at(d, d->first_ended)->prev_open = slot;
    else
        d->last_ended = slot;
    d->first_ended = slot;
    d->ended_count++;
}

/* The ended order that ended first leaves the memory; its row is in the database. */
void order_forget_oldest(struct desk *d, struct batch *b)
{
    struct core_order *o = order_at(d, d->last_ended);
    d->last_ended = o->prev_open;
    if (d->last_ended != TAB_NONE)
        order_at(d, d->last_ended)->next_open = TAB_NONE;
    else
        d->first_ended = TAB_NONE;
    d->ended_count--;
    tab_drop(&d->orders, b, o);
}

void order_unlink(struct desk *d, struct batch *b, struct core_order *o)
{
    struct core_position *p = position_at(d, o->position);
    *(o->prev_inst == TAB_NONE ? &instrument_at(d, o->instrument)->first_order
                               : &order_at(d, o->prev_inst)->next_inst) = o->next_inst;
    if (o->next_inst != TAB_NONE)
        order_at(d, o->next_inst)->prev_inst = o->prev_inst;
    *(o->prev_open == TAB_NONE ? &d->first_open : &order_at(d, o->prev_open)->next_open) = o->next_open;
    if (o->next_open != TAB_NONE)
        order_at(d, o->next_open)->prev_open = o->prev_open;
    d->open_count--;
    position_open_add(d, p, (enum qf_side)o->row.side, -order_left(&o->row), -o->reserved);
    count_order(d, p, -1);
    order_link_ended(d, o);
    while (d->ended_count > QF_KEEP_CLOSED_ORDERS)
        order_forget_oldest(d, b);
}
