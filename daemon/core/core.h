/* What the files of core share among themselves; no other room includes this. */
#ifndef QF_CORE_CORE_H
#define QF_CORE_CORE_H

#include <string.h>

#include "common/str.h"
#include "daemon/core/state.h"

/* --- rows by slot; the slot is known to be live */
static inline struct core_instrument *instrument_at(const struct desk *d, uint32_t slot)
{
    return tab_at(&d->instruments, slot);
}
static inline struct core_account *account_at(const struct desk *d, uint32_t slot)
{
    return tab_at(&d->accounts, slot);
}
static inline struct core_position *position_at(const struct desk *d, uint32_t slot)
{
    return tab_at(&d->positions, slot);
}
static inline struct core_order *order_at(const struct desk *d, uint32_t slot)
{
    return tab_at(&d->orders, slot);
}
static inline struct core_lot *lot_at(const struct desk *d, uint32_t slot)
{
    return tab_at(&d->lots, slot);
}
static inline struct core_cash *cash_at(const struct desk *d, uint32_t slot)
{
    return tab_at(&d->cash, slot);
}
static inline struct currency *currency_of(const struct desk *d, const struct core_instrument *i)
{
    return &d->currencies[i->currency];
}

/* --- links.c: lists through rows of a table, by slot */
struct links {
    char *rows;
    uint32_t stride;
    size_t next, key; /* offsets of the link (uint32_t) and of the key (int64_t) */
};
/* Sorts the list by its key, smallest first; what is nearly sorted takes one walk. Returns the new head. */
uint32_t links_sort(const struct links *l, uint32_t head);

/* --- group.c */
void groups_clear(struct desk *d);
uint32_t group_find(const struct desk *d, enum qf_scope scope, const char *name);
/* Finds or makes it, with the limits and the state that bind it. */
uint32_t group_get(struct desk *d, enum qf_scope scope, const char *name);
/* Binds every group of a scope to the limits of one control anew. */
void groups_bind(struct desk *d, enum qf_scope scope, enum qf_control_code control);
/* The limit that binds now, NULL when there is none: one whose time is over gives way to '*'. */
const struct qf_limit *group_limit(const struct desk *d, const struct group *g, enum qf_control_code control,
                                   qf_time wall);
/* The groups an account's holding of an instrument counts in, by scope. */
void groups_of(const struct core_account *a, const struct core_instrument *i, uint32_t ret[DESK_GROUPS]);
/* Finds or makes; TAB_NONE when there are too many currencies. */
uint32_t currency_get(struct desk *d, const char *name);
uint32_t currency_find(const struct desk *d, const char *name);
void nets_clear(struct desk *d);
uint32_t net_find(const struct desk *d, uint32_t group, uint32_t instrument);
uint32_t net_get(struct desk *d, uint32_t group, uint32_t instrument);

/* --- worth.c: what a position counts in the sums */
struct worth {
    bool priced;
    qf_money gross, value, reserved;
    qf_money high, low; /* value with every open buy filled, with every open sale filled */
};
/* Of a quantity with open orders, in the base currency. priced = false: no mark, no rate, or
 * beyond what money can be. */
void worth_of(const struct desk *d, uint32_t instrument, qf_qty quantity, qf_qty open_buy, qf_qty open_sell,
              qf_money reserved, struct worth *ret);
/* Counts the position anew after anything it depends on has changed; the two below do not do it by themselves. */
void position_recount(struct desk *d, struct core_position *p);
/* Open orders of the position have changed by so much. */
void position_open_add(struct desk *d, struct core_position *p, enum qf_side side, qf_qty quantity, qf_money reserved);
/* Its quantity has changed by so much (the row has the new one already). */
void position_quantity_add(struct desk *d, struct core_position *p, qf_qty quantity);
/* Every position in instruments of this currency: its rate has changed. */
void currency_recount(struct desk *d, uint32_t currency);
/* Puts the rates of all currencies down anew; whose has changed is recounted. */
void rates_refresh(struct desk *d);
/* Exact cost, false when it is more than a NUMERIC(38,16) holds. */
bool cost_fits(qf_price price, qf_qty quantity, int64_t mult, qf_cost *ret);
/* Into the base currency, rounded half-even; false: no rate, or it would not fit. */
bool currency_base(const struct currency *c, qf_money v, qf_money *ret);
/* What a buy of so much holds back: its price and the estimated fee. Sells hold nothing. 0 when it does not fit. */
qf_money order_reserve(const struct desk *d, const struct core_instrument *i, const struct qf_order *o);
/* Estimated fee of a notional. */
qf_money fee_of(const struct desk *d, qf_money notional);

/* --- position.c: rows that an order or fill needs */
/* Finds; NULL when there is none. */
struct core_position *position_find(const struct desk *d, const struct core_account *a,
                                    const struct core_instrument *i);
struct core_cash *cash_find(const struct desk *d, const struct core_account *a, const char *currency);
/* Finds or makes it, flat. NULL when the table is full. */
struct core_position *position_get(struct desk *d, struct batch *b, struct core_account *a, struct core_instrument *i,
                                   qf_time wall);
struct core_cash *cash_get(struct desk *d, struct batch *b, struct core_account *a, const char *currency, qf_time wall);
/* Empties the index position_find asks; position_link fills it. */
void holdings_clear(struct desk *d);
/* Links a row that was just added or loaded: index, lists, groups, nets. Sums are not counted. */
void position_link(struct desk *d, struct core_position *p);
void cash_link(struct desk *d, struct core_cash *c);
void order_link(struct desk *d, struct core_order *o);
/* Its account, instrument and position (TAB_NONE when there is none). */
void order_find_places(struct desk *d, struct core_order *o);
/* Takes it out of the open ones, into the ended ones; the oldest ended one may be dropped from memory (b not NULL). */
void order_unlink(struct desk *d, struct batch *b, struct core_order *o);
/* Puts an ended order into the list of ended ones. */
void order_link_ended(struct desk *d, struct core_order *o);
/* The ended order that ended first leaves the memory; its row is in the database. b NULL while loading. */
void order_forget_oldest(struct desk *d, struct batch *b);
qf_qty order_left(const struct qf_order *o);

/* --- rebuild.c: a settings row that was just added */
void instrument_link(struct desk *d, struct core_instrument *i);
void account_link(struct desk *d, struct core_account *a);
/* state.c: takes the state of an old desk, its degradation too, where it is newer. */
void state_inherit(struct desk *d, const struct core_state *was);

/* --- lots.c and trade.c, parts of fill_book */
/* All that a fill changes, worked out before anything is touched. */
struct booking {
    const struct fill *fill;
    struct core_position *position;
    int64_t execution;        /* its number */
    int64_t mult;
    qf_time at;               /* market time */
    qf_qty signed_qty;        /* of the fill: a sale is negative */
    qf_qty closed, opened;    /* unsigned: how much of it closes what was there, how much opens */
    qf_qty quantity;          /* of the position afterwards, signed */
    qf_cost cost, fifo_cost;  /* of the position afterwards */
    qf_money amount;          /* cash it moves, rounded once */
    qf_money realized, fifo_realized; /* by this fill */
};
/* Exact cost that closing so much (unsigned) of the oldest lots takes away, signed like the position. */
bool lots_cost(const struct desk *d, const struct core_position *p, qf_qty closed, int64_t mult, qf_cost *ret);
/* Closes the oldest lots, opens a new one. The table is never too full for it: see lots.c. */
void lots_book(struct desk *d, struct batch *b, struct booking *k);
/* Links the lots of all positions, oldest first. */
void lots_link(struct desk *d);
/* Ends, begins and goes on with round trips. */
void trade_book(struct desk *d, struct batch *b, const struct booking *k);

/* --- seen.c */
size_t seen_size(void);
void seen_init(struct seen *s);
bool seen_has(const struct seen *s, const char *venue, const char *exec_id);
/* Remembers it; forgets the oldest ones by the million. b NULL while loading. */
void seen_add(struct seen *s, struct batch *b, const char *venue, const char *exec_id);
/* Some have been forgotten, or were never loaded. */
bool seen_forgot(const struct seen *s);
void seen_set_forgot(struct seen *s);

/* --- recent.c */
size_t recent_size(void);
void recent_clear(struct recent *r);
uint64_t recent_hash(const struct core_account *a, const struct core_instrument *i, enum qf_side side,
                     enum qf_order_type type, qf_qty quantity, qf_price price, const struct desk *d);
void recent_add(struct recent *r, uint64_t hash, qf_time market, qf_time wall);
/* How many of this hash came within the window; stops counting beyond `most`. */
int64_t recent_count(const struct recent *r, uint64_t hash, qf_time market, qf_time wall, int64_t window, int64_t most);

/* --- control.c: tables whose room CAPACITY is about */
#define CAPACITY_TABS 5
void capacity_tabs(const struct desk *d, const struct tab *ret[CAPACITY_TABS]);

/* --- breaker.c: what the other files tell the breakers */
size_t watch_size(void);
/* An order was refused by the gate or by its venue. */
void watch_reject(struct desk *d, qf_time wall);
/* An order or a cancel was let through. */
void watch_message(struct desk *d, qf_time wall);
/* A round trip of the account is over. */
void watch_round_trip(struct desk *d, struct batch *b, const struct core_account *a, bool lost);
/* Counts and trips of an old desk. */
void watch_inherit(struct desk *d, const struct desk *old);

/* --- status.c */
/* Fall of the firm's equity, flows taken out, from its highest as a share of 10^-8; 0 = none. false: it is not known, because a
 * position has no price or a currency no rate, or there is nothing to fall from. */
bool desk_drawdown(const struct desk *d, qf_money *ret);
/* Profit of the day of all positions. O(1) while nothing has changed. */
qf_money desk_day_pnl(const struct desk *d);

/* --- rate of messages (recent.c) */
int64_t rate_now(const struct group *g, qf_time wall);
void rate_add(struct desk *d, const char *user, qf_time wall);
/* The trader's group of a user, NULL when there is none. */
struct group *group_of_user(const struct desk *d, const struct core_account *a, const char *user);

/* --- rows.c */
/* Market value in the instrument's currency; a flat position is worth 0 also without a mark. */
bool position_value(const struct desk *d, const struct core_position *p, qf_money *ret);
/* Profit since the last close, fees included, in the instrument's currency. */
bool position_day_pnl(const struct desk *d, const struct core_position *p, qf_money *ret);

/* --- status.c, points.c: totals of the firm in the base currency */
struct totals {
    qf_money cash, flows, realized, fees, cost;
    bool incomplete; /* a position without price, or money without a rate */
};
void firm_totals(const struct desk *d, struct totals *t);
/* Equity less flows at the last close before the month (the year) the market clock is in; false: there was none. */
bool points_month_start(const struct desk *d, qf_money *ret);
bool points_year_start(const struct desk *d, qf_money *ret);
/* Takes what the old desk has newer. */
void points_inherit(struct desk *d, const struct desk *old);

/* --- small */
/* A refusal that is no control's. */
void core_refuse(struct qf_refusal *r, enum qf_reason reason, const char *field, const char *message);
/* Writes a and b, one behind the other, into dst, cut to fit. */
void core_join(char *dst, size_t cap, const char *a, const char *b);
/* Writes text behind what dst holds, cut to fit. */
void core_append(char *dst, size_t cap, const char *text);
/* Price the position's day began at: the close before market day `day`. false when none is known. */
bool close_before(const struct desk *d, uint32_t instrument, qf_time day, qf_price *ret);
/* The shown average of an exact cost; false when flat. */
bool average_of(qf_cost cost, qf_qty quantity, int64_t mult, qf_price *ret);

#endif
