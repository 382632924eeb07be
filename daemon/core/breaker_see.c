/* What each kind of breaker watches. Called about ten times a second: a walk over all positions is affordable, one for each strategy is
 * not. */
#include "daemon/core/breaker_in.h"

/* --- counted events */

/* The n-th newest lies within the window. Times come from the wall clock, which may be set back: what lies ahead of now does not count. */
bool ring_reached(const struct ring *r, int64_t n, qf_time wall, qf_time window)
{
    if (n <= 0 || n > WATCH_RING || r->count < (uint64_t)n)
        return false;
    qf_time at = r->at[(r->count - (uint64_t)n) & (WATCH_RING - 1)];
    return at > wall - window && at <= wall;
}

int64_t ring_within(const struct ring *r, qf_time wall, qf_time window)
{
    int64_t n = 0;
    for (; n < WATCH_RING && (uint64_t)n < r->count; n++) {
        qf_time at = r->at[(r->count - 1 - (uint64_t)n) & (WATCH_RING - 1)];
        if (at <= wall - window || at > wall)
            break;
    }
    return n;
}

static void see_count(const struct ring *r, const struct qf_breaker *b, qf_time wall, struct breaker_sight *ret)
{
    ret->has = true;
    ret->now = (qf_money)ring_within(r, wall, b->window_s * QF_SEC) * QF_ONE;
}

static void see_rejects(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                        struct breaker_sight *ret)
{
    (void)strategy;
    see_count(&d->watch->rejects, b, w->wall, ret);
}

static void see_messages(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                         struct breaker_sight *ret)
{
    (void)strategy;
    see_count(&d->watch->messages, b, w->wall, ret);
}

/* --- money */

/* One walk for all strategies, once for each version of the desk. */
static void sum_strategies(const struct desk *d)
{
    uint32_t i = 0;
    qf_money one, base;
    struct watch *t = d->watch;
    if (t->sums_version == d->version)
        return;
    for (uint32_t g = 0; g < d->group_count; g++)
        t->day_pnl[g] = 0;
    for (struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;)
        if (p->groups[QF_SCOPE_STRATEGY] != TAB_NONE && position_day_pnl(d, p, &one) &&
            currency_base(currency_of(d, instrument_at(d, p->instrument)), one, &base))
            t->day_pnl[p->groups[QF_SCOPE_STRATEGY]] += base;
    t->sums_version = d->version;
}

/* A loss is positive. A position without price or rate counts nothing: what is known is lost for certain. */
static void see_day_loss(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                         struct breaker_sight *ret)
{
    (void)w;
    (void)b;
    if (strategy != TAB_NONE)
        sum_strategies(d);
    ret->has = true;
    ret->now = strategy == TAB_NONE ? -desk_day_pnl(d) : -d->watch->day_pnl[strategy];
}

/* Without all prices the equity is a number too low, and would trip it at every start: then it sees nothing. */
static void see_drawdown(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                         struct breaker_sight *ret)
{
    (void)w;
    (void)b;
    (void)strategy;
    ret->has = desk_drawdown(d, &ret->now);
}

static void see_streak(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                       struct breaker_sight *ret)
{
    (void)w;
    const struct qf_breaker *own =
        strategy == TAB_NONE ? b : breaker_find(d, QF_BRK_LOSS_STREAK, d->groups[strategy].name);
    ret->has = true;
    ret->now = own == NULL ? 0 : (qf_money)own->streak * QF_ONE;
}

/* --- the world outside */

/* How long the instrument has been without a good price: nothing while its price is as young as its feed allows. The market's clock
 * counts, as everywhere for prices; the wall clock where there never was one, or the feed that moves the market's clock has failed. */
static qf_time silence(const struct desk *d, const struct breaker_world *w, uint32_t slot)
{
    const struct mark *m = &d->marks[slot];
    enum feed_word word = w->feed(w->arg, slot);
    if (word == FEED_RESTS || w->watching == 0)
        return 0;
    qf_time seen = m->received > w->watching ? m->received : w->watching;
    if (m->at == 0 || word == FEED_FAILED)
        return w->wall - seen;
    return d->market_now - m->at > m->max_age ? d->market_now - m->at : 0;
}

static void see_silence(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                        struct breaker_sight *ret)
{
    uint32_t i = 0;
    qf_time most = -1;
    (void)b;
    (void)strategy;
    for (const struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;) {
        if (p->row.quantity == 0 && p->open_buy == 0 && p->open_sell == 0)
            continue;
        qf_time age = silence(d, w, p->instrument);
        if (age <= most)
            continue;
        most = age;
        qf_str_copy(ret->subject, sizeof(ret->subject), p->row.symbol);
    }
    ret->has = most >= 0;
    ret->now = most > 0 ? (qf_money)most * (QF_ONE / QF_SEC) : 0;
}

static void see_database(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                         struct breaker_sight *ret)
{
    (void)d;
    (void)b;
    (void)strategy;
    ret->has = true;
    ret->now = (qf_money)w->database_us * (QF_ONE / QF_MS);
}

#define COUNTS ((qf_money)WATCH_RING * QF_ONE)
const struct breaker_kind breaker_kinds[QF_breaker_code_COUNT] = {
    { QF_BRK_DAY_LOSS, "money", true, false, 0, QF_STATE_HALTED, false, QF_MONEY_MAX, see_day_loss },
    { QF_BRK_DRAWDOWN, "percent", false, false, 0, QF_STATE_HALTED, false, QF_ONE, see_drawdown },
    { QF_BRK_LOSS_STREAK, "count", true, false, 0, QF_STATE_CLOSE_ONLY, true, (qf_money)1000000 * QF_ONE, see_streak },
    { QF_BRK_REJECT_STORM, "count", false, true, 10, QF_STATE_CANCEL_ONLY, false, COUNTS, see_rejects },
    { QF_BRK_MESSAGE_RATE, "count", false, false, 1, QF_STATE_CANCEL_ONLY, false, COUNTS, see_messages },
    { QF_BRK_STALE_FEED, "seconds", false, false, 0, QF_STATE_CLOSE_ONLY, false, QF_MONEY_MAX, see_silence },
    { QF_BRK_DATABASE, "milliseconds", false, false, 0, QF_STATE_CANCEL_ONLY, false, QF_MONEY_MAX, see_database },
};
