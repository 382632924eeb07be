/* What readers get: records with their VIRTUAL fields filled. Nothing is changed here. */
#include "daemon/core/core.h"

bool average_of(qf_cost cost, qf_qty quantity, int64_t mult, qf_price *ret)
{
    qf_i128 price;
    if (quantity == 0 || qf_muldiv(cost, 1, (qf_i128)quantity * mult, &price) != QF_OK ||
        qf_abs128(price) > QF_PRICE_MAX)
        return false;
    *ret = (qf_price)price;
    return true;
}

/* price x quantity x multiplier as money; 0 for nothing. */
static bool value_of(qf_price price, qf_qty quantity, int64_t mult, qf_money *ret)
{
    qf_cost cost;
    if (!cost_fits(price, quantity, mult, &cost))
        return false;
    *ret = qf_cost_money(cost);
    return true;
}

/* --- positions */

bool position_value(const struct desk *d, const struct core_position *p, qf_money *ret)
{
    qf_price mark;
    *ret = 0;
    if (p->row.quantity == 0)
        return true;
    return desk_mark_price(d, p->instrument, &mark) &&
           value_of(mark, p->row.quantity, instrument_at(d, p->instrument)->row.multiplier, ret);
}

/* What was held when the market day of now began, and the cash its executions have moved since. The row's figures are
 * of the day of its last fill; on any later day nothing has moved. */
static void day_start(const struct desk *d, const struct core_position *p, qf_time *ret_day, qf_qty *ret_quantity,
                      qf_money *ret_flow)
{
    *ret_day = d->market_now != 0 ? qf_time_day(d->market_now) : p->row.day;
    bool same = *ret_day == p->row.day;
    *ret_quantity = same ? p->row.day_quantity : p->row.quantity;
    *ret_flow = same ? p->row.day_flow : 0;
}

/* quantity x mark - quantity then x close before + cash since: so the day's profit with fees, whatever was traded. */
bool position_day_pnl(const struct desk *d, const struct core_position *p, qf_money *ret)
{
    qf_time day;
    qf_qty quantity;
    qf_price close;
    qf_money value, before = 0, flow;
    int64_t mult = instrument_at(d, p->instrument)->row.multiplier;
    if (!position_value(d, p, &value))
        return false;
    day_start(d, p, &day, &quantity, &flow);
    if (quantity != 0) {
        if (!close_before(d, p->instrument, day, &close)) {
            if (day == p->row.day && QF_HAS(&p->row, position, day_close))
                close = p->row.day_close;
            else if (!average_of(p->row.cost, p->row.quantity, mult, &close))
                return false;
        }
        if (!value_of(close, quantity, mult, &before))
            return false;
    }
    *ret = value - before + flow;
    return true;
}

static void fill_value(const struct desk *d, const struct core_position *p, struct qf_position *ret)
{
    const struct currency *c = currency_of(d, instrument_at(d, p->instrument));
    if (!position_value(d, p, &ret->value))
        return;
    ret->unrealized = ret->value - qf_cost_money(ret->cost);
    QF_SET(ret, position, value);
    QF_SET(ret, position, unrealized);
    if (currency_base(c, ret->value, &ret->base_value))
        QF_SET(ret, position, base_value);
    if (!position_day_pnl(d, p, &ret->day_pnl))
        return;
    QF_SET(ret, position, day_pnl);
    if (currency_base(c, ret->day_pnl, &ret->base_day_pnl))
        QF_SET(ret, position, base_day_pnl);
}

void desk_position_row(const struct desk *d, const struct core_position *p, struct qf_position *ret)
{
    const struct qf_instrument *i = &instrument_at(d, p->instrument)->row;
    *ret = p->row;
    qf_rec_fill(&qf_rec_position, ret); /* a row from the database has no bits for what is not stored */
    ret->tick = i->tick;
    ret->stale = desk_stale(d, p->instrument);
    if (average_of(p->row.cost, p->row.quantity, i->multiplier, &ret->average))
        QF_SET(ret, position, average);
    if (desk_mark_price(d, p->instrument, &ret->last))
        QF_SET(ret, position, last);
    fill_value(d, p, ret);
}

/* --- small records */

static void quote_prices(const struct mark *m, struct qf_quote *ret)
{
    if (m->has_bid) {
        ret->bid = m->bid;
        QF_SET(ret, quote, bid);
    }
    if (m->has_ask) {
        ret->ask = m->ask;
        QF_SET(ret, quote, ask);
    }
    if (m->has_bid && m->bid_size > 0) {
        ret->bid_size = m->bid_size;
        QF_SET(ret, quote, bid_size);
    }
    if (m->has_ask && m->ask_size > 0) {
        ret->ask_size = m->ask_size;
        QF_SET(ret, quote, ask_size);
    }
    if (m->has_close) {
        ret->prev_close = m->close;
        QF_SET(ret, quote, prev_close);
    }
}

void desk_quote_row(const struct desk *d, uint32_t instrument, struct qf_quote *ret)
{
    const struct mark *m = &d->marks[instrument];
    const struct qf_instrument *i = &instrument_at(d, instrument)->row;
    memset(ret, 0, sizeof(*ret));
    qf_rec_fill(&qf_rec_quote, ret);
    qf_str_copy(ret->symbol, sizeof(ret->symbol), i->symbol);
    qf_str_copy(ret->feed, sizeof(ret->feed), i->feed);
    ret->tick = i->tick;
    ret->bad = m->bad;
    ret->stale = desk_stale(d, instrument);
    quote_prices(m, ret);
    if (m->has_last)
        ret->last = m->last;
    if (m->has_last || desk_mark_price(d, instrument, &ret->last))
        QF_SET(ret, quote, last);
    if (m->at == 0)
        return;
    ret->volume = m->volume;
    ret->at = m->at;
    ret->received = m->received;
    ret->has |= QF_BIT(quote, volume) | QF_BIT(quote, at) | QF_BIT(quote, received);
}

void desk_cash_row(const struct desk *d, const struct qf_cash *c, struct qf_cash *ret)
{
    const struct core_account *a = desk_account(d, c->account);
    *ret = *c;
    qf_rec_fill(&qf_rec_cash, ret);
    ret->reserved = 0;
    for (uint32_t i = a == NULL ? TAB_NONE : a->first_position; i != TAB_NONE; i = position_at(d, i)->next_account)
        if (strcmp(instrument_at(d, position_at(d, i)->instrument)->row.currency, c->currency) == 0)
            ret->reserved += position_at(d, i)->reserved;
}

void desk_rate_row(const struct desk *d, const struct qf_rate *r, struct qf_rate *ret)
{
    *ret = *r;
    ret->now = desk_rate(d, r->currency);
    if (ret->now == DESK_NO_RATE)
        QF_DROP(ret, rate, now);
    else
        QF_SET(ret, rate, now);
}
