#include "daemon/core/core.h"

bool desk_mark_price(const struct desk *d, uint32_t instrument, qf_price *ret)
{
    const struct mark *m = &d->marks[instrument];
    if (m->has_bid && m->has_ask)
        *ret = (qf_price)qf_div_even((qf_i128)m->bid + m->ask, 2);
    else if (m->has_last)
        *ret = m->last;
    else
        return false;
    return true;
}

bool desk_touch(const struct desk *d, uint32_t instrument, enum qf_side side, qf_price *ret)
{
    const struct mark *m = &d->marks[instrument];
    if (side == QF_SIDE_BUY && m->has_ask)
        *ret = m->ask;
    else if (side == QF_SIDE_SELL && m->has_bid)
        *ret = m->bid;
    else if (m->has_last)
        *ret = m->last;
    else
        return false;
    return true;
}

bool desk_stale(const struct desk *d, uint32_t instrument)
{
    const struct mark *m = &d->marks[instrument];
    qf_price price;
    return !desk_mark_price(d, instrument, &price) || d->market_now - m->at > m->max_age;
}

/* The close before a market day: what the feed said it was, or, when nothing has come on that day, the last price there
 * is. */
bool close_before(const struct desk *d, uint32_t instrument, qf_time day, qf_price *ret)
{
    const struct mark *m = &d->marks[instrument];
    if (m->at != 0 && m->day < day)
        return desk_mark_price(d, instrument, ret);
    if (!m->has_close)
        return false;
    *ret = m->close;
    return true;
}

/* The first price of a day: what was the price becomes the close before it. */
static void roll_day(struct desk *d, uint32_t instrument, qf_time day)
{
    struct mark *m = &d->marks[instrument];
    qf_price last;
    if (day <= m->day && m->at != 0)
        return;
    if (m->at != 0 && desk_mark_price(d, instrument, &last)) {
        m->close = last;
        m->has_close = true;
    }
    m->day = day;
    m->volume = 0;
}

static void take_prices(struct mark *m, const struct tick *t)
{
    if (t->has_bid) {
        m->bid = t->bid;
        m->bid_size = t->bid_size;
    }
    if (t->has_ask) {
        m->ask = t->ask;
        m->ask_size = t->ask_size;
    }
    if (t->has_last)
        m->last = t->last;
    m->has_bid = m->has_bid || t->has_bid;
    m->has_ask = m->has_ask || t->has_ask;
    m->has_last = m->has_last || t->has_last;
    if (t->volume > 0)
        m->volume = m->volume > QF_PRICE_MAX - t->volume ? QF_PRICE_MAX : m->volume + t->volume;
}

void desk_mark(struct desk *d, uint32_t instrument, const struct tick *t, qf_time wall, int64_t max_age_us)
{
    struct core_instrument *i = instrument_at(d, instrument);
    struct mark *m = &d->marks[instrument];
    roll_day(d, instrument, qf_time_day(t->at));
    take_prices(m, t);
    m->at = t->at > m->at ? t->at : m->at;
    m->received = wall;
    m->max_age = max_age_us;
    d->newest_mark = instrument;
    desk_clock(d, t->at);
    for (uint32_t p = i->first_position; p != TAB_NONE; p = position_at(d, p)->next_same)
        position_recount(d, position_at(d, p));
    if (i->is_rate)
        rates_refresh(d);
    d->version++;
}

void desk_mark_bad(struct desk *d, uint32_t instrument)
{
    d->marks[instrument].bad++;
    d->version++;
}

void desk_set_close(struct desk *d, uint32_t instrument, qf_price close)
{
    struct mark *m = &d->marks[instrument];
    if (m->at != 0)
        return;
    m->close = close;
    m->has_close = true;
    d->version++;
}

void desk_clock(struct desk *d, qf_time at)
{
    if (at <= d->market_now)
        return;
    d->market_now = at;
    d->version++;
}

int64_t desk_rate(const struct desk *d, const char *currency)
{
    uint32_t c = currency_find(d, currency);
    return c == TAB_NONE ? DESK_NO_RATE : d->currencies[c].now;
}

bool desk_to_base(const struct desk *d, const char *currency, qf_money v, qf_money *ret)
{
    uint32_t c = currency_find(d, currency);
    return c != TAB_NONE && currency_base(&d->currencies[c], v, ret);
}
