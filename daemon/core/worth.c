#include "daemon/core/core.h"

bool cost_fits(qf_price price, qf_qty quantity, int64_t mult, qf_cost *ret)
{
    qf_cost cost;
    if (qf_cost_try(price, quantity, mult, &cost) != QF_OK || qf_abs128(cost) >= QF_COST_MAX)
        return false;
    *ret = cost;
    return true;
}

bool currency_base(const struct currency *c, qf_money v, qf_money *ret)
{
    qf_money base = v;
    if (c->now == DESK_NO_RATE && v != 0)
        return false;
    if (v != 0 && c->now != QF_ONE && qf_muldiv(v, c->now, QF_ONE, &base) != QF_OK)
        return false;
    if (qf_abs128(base) > QF_MONEY_MAX)
        return false;
    *ret = base;
    return true;
}

qf_money fee_of(const struct desk *d, qf_money notional)
{
    return d->conf.fee_bp_e2 == 0 ? 0 : qf_div_even(notional * d->conf.fee_bp_e2, 1000000);
}

/* A market order holds its quantity at the middle it was placed at: that stands in its row, so a desk loaded from rows
 * holds the same. */
qf_money order_reserve(const struct desk *d, const struct core_instrument *i, const struct qf_order *o)
{
    qf_cost cost;
    qf_price price = QF_HAS(o, order, price) ? o->price : QF_HAS(o, order, arrival) ? o->arrival : 0;
    if (o->side != QF_SIDE_BUY || price <= 0 || !cost_fits(price, order_left(o), i->row.multiplier, &cost))
        return 0;
    qf_money notional = qf_cost_money(cost);
    return notional + fee_of(d, notional);
}

/* The larger of what is held when all buys fill and when all sells fill. */
static qf_i128 worst_quantity(qf_qty quantity, qf_qty open_buy, qf_qty open_sell)
{
    qf_i128 high = qf_abs128((qf_i128)quantity + open_buy);
    qf_i128 low = qf_abs128((qf_i128)quantity - open_sell);
    return high > low ? high : low;
}

static bool base_value(const struct currency *c, const struct core_instrument *i, qf_price mark, qf_i128 quantity,
                       qf_money *ret)
{
    qf_cost cost;
    return qf_abs128(quantity) <= QF_PRICE_MAX && cost_fits(mark, (qf_qty)quantity, i->row.multiplier, &cost) &&
           currency_base(c, qf_cost_money(cost), ret);
}

void worth_of(const struct desk *d, uint32_t instrument, qf_qty quantity, qf_qty open_buy, qf_qty open_sell,
              qf_money reserved, struct worth *ret)
{
    const struct core_instrument *i = instrument_at(d, instrument);
    const struct currency *c = currency_of(d, i);
    qf_price mark;
    *ret = (struct worth){ .priced = quantity == 0 };
    if (reserved != 0 && !currency_base(c, reserved, &ret->reserved))
        ret->reserved = 0;
    qf_i128 worst = worst_quantity(quantity, open_buy, open_sell);
    if (worst == 0 || c->now == DESK_NO_RATE || !desk_mark_price(d, instrument, &mark))
        return;
    qf_money gross, value;
    if (!base_value(c, i, mark, quantity, &value) || !base_value(c, i, mark, worst, &gross))
        return;
    ret->high = ret->low = value;
    if (open_buy != 0 && !base_value(c, i, mark, (qf_i128)quantity + open_buy, &ret->high))
        return;
    if (open_sell != 0 && !base_value(c, i, mark, (qf_i128)quantity - open_sell, &ret->low))
        return;
    ret->priced = true;
    ret->value = value;
    ret->gross = qf_abs128(gross);
}

/* --- the sums */

static qf_money above_zero(qf_money v)
{
    return v > 0 ? v : 0;
}

static void group_move(struct group *g, const struct core_position *was, const struct worth *is)
{
    g->gross += is->gross - was->gross;
    g->reserved += is->reserved - was->base_reserved;
    g->net_high += is->high - was->net_high;
    g->net_low += is->low - was->net_low;
    if (is->value == was->value)
        return;
    g->value_net += is->value - was->value;
    g->value_gross += qf_abs128(is->value) - qf_abs128(was->value);
    g->value_long += above_zero(is->value) - above_zero(was->value);
    g->value_short -= above_zero(-is->value) - above_zero(-was->value);
}

static void count_kinds(struct desk *d, struct core_position *p, bool priced)
{
    bool held = p->row.quantity != 0, unpriced = held && !priced;
    d->not_flat = d->not_flat + held - p->counted;
    d->unpriced = d->unpriced + unpriced - p->counted_unpriced;
    for (size_t k = 0; unpriced != p->counted_unpriced && k < DESK_GROUPS; k++)
        if (p->groups[k] != TAB_NONE)
            d->groups[p->groups[k]].unpriced += unpriced ? 1 : UINT32_MAX; /* one less, by wrapping */
    p->counted = held;
    p->counted_unpriced = unpriced;
}

void position_recount(struct desk *d, struct core_position *p)
{
    struct worth w;
    worth_of(d, p->instrument, p->row.quantity, p->open_buy, p->open_sell, p->reserved, &w);
    for (size_t k = 0; k < DESK_GROUPS; k++)
        if (p->groups[k] != TAB_NONE)
            group_move(&d->groups[p->groups[k]], p, &w);
    count_kinds(d, p, w.priced);
    p->gross = w.gross;
    p->net_high = w.high;
    p->net_low = w.low;
    p->value = w.value;
    p->base_reserved = w.reserved;
    p->priced = w.priced;
}

void position_open_add(struct desk *d, struct core_position *p, enum qf_side side, qf_qty quantity, qf_money reserved)
{
    bool buy = side == QF_SIDE_BUY;
    *(buy ? &p->open_buy : &p->open_sell) += quantity;
    p->reserved += reserved;
    for (size_t k = 0; k < QF_LEN(p->nets); k++)
        if (p->nets[k] != TAB_NONE)
            *(buy ? &d->nets[p->nets[k]].open_buy : &d->nets[p->nets[k]].open_sell) += quantity;
}

void position_quantity_add(struct desk *d, struct core_position *p, qf_qty quantity)
{
    for (size_t k = 0; k < QF_LEN(p->nets); k++)
        if (p->nets[k] != TAB_NONE)
            d->nets[p->nets[k]].quantity += quantity;
}

/* --- rates */

void currency_recount(struct desk *d, uint32_t currency)
{
    for (uint32_t i = d->currencies[currency].first_instrument; i != TAB_NONE; i = instrument_at(d, i)->next_currency)
        for (uint32_t p = instrument_at(d, i)->first_position; p != TAB_NONE; p = position_at(d, p)->next_same)
            position_recount(d, position_at(d, p));
}

/* The rate a row gives now: its fixed value, or the price of its instrument, or 1 divided by that. */
static qf_price rate_value(const struct desk *d, const struct qf_rate *r)
{
    qf_price price;
    qf_i128 value;
    if (QF_HAS(r, rate, value))
        return r->value > 0 ? r->value : DESK_NO_RATE;
    const struct core_instrument *i = QF_HAS(r, rate, symbol) ? desk_instrument(d, r->symbol) : NULL;
    if (i == NULL || !desk_mark_price(d, tab_slot(&d->instruments, i), &price) || price <= 0)
        return DESK_NO_RATE;
    value = r->inverse ? qf_div_even((qf_i128)QF_ONE * QF_ONE, price) : price;
    return value > 0 && value <= QF_PRICE_MAX ? (qf_price)value : DESK_NO_RATE;
}

static void mark_rate_instruments(struct desk *d)
{
    uint32_t at = 0;
    for (struct qf_rate *r; (r = tab_next(&d->rates, &at)) != NULL;) {
        struct core_instrument *i = QF_HAS(r, rate, symbol) ? desk_instrument(d, r->symbol) : NULL;
        if (i != NULL)
            i->is_rate = true;
    }
}

void rates_refresh(struct desk *d)
{
    mark_rate_instruments(d);
    for (uint32_t k = 1; k < d->currency_count; k++) { /* the base currency is worth 1 whatever a row says */
        struct currency *c = &d->currencies[k];
        struct qf_rate like;
        qf_str_copy(like.currency, sizeof(like.currency), c->name);
        const struct qf_rate *r = tab_find(&d->rates, &like);
        qf_price now = r == NULL ? DESK_NO_RATE : rate_value(d, r);
        c->rate = r == NULL ? TAB_NONE : tab_slot(&d->rates, r);
        if (now == c->now)
            continue;
        c->now = now;
        currency_recount(d, k);
    }
}
