/* Points of the equity curve, what a month and a year began with, and the identity between two points. */
#include "daemon/core/core.h"

/* --- points */

static void firm_equity(const struct desk *d, struct qf_equity *ret)
{
    const struct group *firm = &d->groups[0];
    struct totals t;
    firm_totals(d, &t);
    ret->cash = t.cash;
    ret->realized = t.realized;
    ret->unrealized = firm->value_net - t.cost;
    ret->fees = t.fees;
    ret->flows = t.flows;
    ret->gross = firm->value_gross;
    ret->net = firm->value_net;
    ret->incomplete = t.incomplete;
}

/* From one currency into another; the same one is exact. */
static bool convert(const struct currency *from, const struct currency *to, qf_money v, qf_money *ret)
{
    qf_money base;
    if (from == to || v == 0) {
        *ret = v;
        return true;
    }
    return currency_base(from, v, &base) && to->now != DESK_NO_RATE && qf_muldiv(base, QF_ONE, to->now, ret) == QF_OK;
}

struct account_sum {
    const struct currency *to;
    struct qf_equity *row;
};

static void add_to(struct account_sum *s, const struct currency *from, qf_money v, qf_money *sum)
{
    qf_money own;
    if (convert(from, s->to, v, &own))
        *sum += own;
    else
        s->row->incomplete = true;
}

static void add_position(const struct desk *d, struct account_sum *s, const struct core_position *p)
{
    const struct currency *c = currency_of(d, instrument_at(d, p->instrument));
    qf_money value, before = s->row->net;
    if (!position_value(d, p, &value)) {
        s->row->incomplete = true;
        value = 0;
    }
    add_to(s, c, value, &s->row->net);
    s->row->gross += qf_abs128(s->row->net - before);
    add_to(s, c, value - qf_cost_money(p->row.cost), &s->row->unrealized);
    add_to(s, c, p->row.realized, &s->row->realized);
    add_to(s, c, p->row.fees, &s->row->fees);
}

static void account_equity(const struct desk *d, const struct core_account *a, struct qf_equity *ret)
{
    struct account_sum s = { .to = &d->currencies[currency_find(d, a->row.currency)], .row = ret };
    for (uint32_t i = a->first_cash; i != TAB_NONE; i = cash_at(d, i)->next) {
        const struct core_cash *c = cash_at(d, i);
        add_to(&s, &d->currencies[c->currency], c->row.balance, &ret->cash);
        add_to(&s, &d->currencies[c->currency], c->row.flows, &ret->flows);
    }
    for (uint32_t i = a->first_position; i != TAB_NONE; i = position_at(d, i)->next_account)
        add_position(d, &s, position_at(d, i));
}

void desk_equity_row(const struct desk *d, const struct core_account *a, qf_time wall, struct qf_equity *ret)
{
    memset(ret, 0, sizeof(*ret));
    qf_rec_fill(&qf_rec_equity, ret);
    ret->at = d->market_now != 0 ? d->market_now : wall;
    ret->recorded = wall;
    if (a == NULL) {
        firm_equity(d, ret);
    } else {
        qf_str_copy(ret->account, sizeof(ret->account), a->row.name);
        account_equity(d, a, ret);
    }
    ret->equity = ret->cash + ret->net;
}

/* --- what a month and a year began with */

static int month_of(qf_time at)
{
    struct qf_civil c;
    qf_time_civil(at, &c);
    return c.year * 12 + c.month - 1;
}

/* The new point opens a month, or a year (of 12): it is that close itself when it lies on the border. */
static void roll(struct desk *d, qf_time at, qf_money level, int months, bool *has, qf_money *start)
{
    int is = month_of(at) / months;
    if (d->last_equity_at == 0 || is == month_of(d->last_equity_at) / months)
        return;
    *has = true;
    *start = month_of(at - 1) / months != is ? level : d->last_equity;
}

void desk_equity_taken(struct desk *d, const struct qf_equity *point)
{
    qf_money level = point->equity - point->flows;
    qf_time day = qf_time_day(point->at);
    if (point->incomplete)
        return;
    if (level > d->peak)
        d->peak = level;
    roll(d, point->at, level, 1, &d->has_month, &d->month_start);
    roll(d, point->at, level, 12, &d->has_year, &d->year_start);
    if (day > d->day) {
        d->day_open_equity = d->day == 0 || day == point->at ? level : d->last_equity;
        d->day = day;
    }
    d->last_equity = level;
    d->last_equity_at = point->at;
    d->version++;
}

void desk_set_periods(struct desk *d, bool has_month, qf_money month_start, bool has_year, qf_money year_start)
{
    d->has_month = has_month;
    d->month_start = has_month ? month_start : 0;
    d->has_year = has_year;
    d->year_start = has_year ? year_start : 0;
    d->version++;
}

/* The clock may be in a new month already while the newest point is of the one before. */
static bool start_of(const struct desk *d, int months, bool has, qf_money start, qf_money *ret)
{
    bool moved = d->last_equity_at != 0 && d->market_now != 0 &&
                 month_of(d->market_now) / months > month_of(d->last_equity_at) / months;
    *ret = moved ? d->last_equity : start;
    return moved || has;
}

bool points_month_start(const struct desk *d, qf_money *ret)
{
    return start_of(d, 1, d->has_month, d->month_start, ret);
}

bool points_year_start(const struct desk *d, qf_money *ret)
{
    return start_of(d, 12, d->has_year, d->year_start, ret);
}

/* --- the identity */

void equity_change(const struct qf_equity *was, const struct qf_equity *is, const struct qf_equity *then, qf_money rounding,
                   struct equity_change *ret)
{
    *ret = (struct equity_change){ .equity = is->equity - was->equity,
                                   .realized = then->realized - was->realized,
                                   .unrealized = then->unrealized - was->unrealized,
                                   .fees = then->fees - was->fees,
                                   .flows = then->flows - was->flows,
                                   .rates = is->equity - then->equity,
                                   .rounding = rounding };
    ret->gap = ret->equity - (ret->realized + ret->unrealized - ret->fees + ret->flows + ret->rates);
    ret->broken = qf_abs128(ret->gap) > rounding;
}

/* Units of 10^-8 that conversions may take from the sum of the parts, in two points: half a unit each, and once more divided by
 * the rate when it goes on into another currency. 0 where nothing is converted. */
static qf_money rounding_of(const struct desk *d, const struct core_account *a)
{
    qf_money n = 0;
    if (a == NULL)
        return 6 * ((qf_money)d->currency_count - 1);
    uint32_t own = currency_find(d, a->row.currency);
    qf_price rate = d->currencies[own].now;
    for (uint32_t i = a->first_cash; i != TAB_NONE; i = cash_at(d, i)->next)
        n += cash_at(d, i)->currency != own ? 2 : 0;
    for (uint32_t i = a->first_position; i != TAB_NONE; i = position_at(d, i)->next_account)
        n += instrument_at(d, position_at(d, i)->instrument)->currency != own ? 4 : 0;
    return n * (rate > 0 ? 2 + QF_ONE / rate : 2);
}

static bool rates_moved(const struct desk *d)
{
    for (uint32_t i = 0; d->points->has_rates && i < d->points->rates_n; i++)
        if (d->points->rates[i] != d->currencies[i].now)
            return true;
    return false;
}

/* A currency that was not there then keeps its rate: nothing was held in it. */
static void swap_rates(struct desk *d)
{
    for (uint32_t i = 0; i < d->points->rates_n; i++) {
        qf_price now = d->currencies[i].now;
        d->currencies[i].now = d->points->rates[i];
        d->points->rates[i] = now;
    }
}

/* The firm's market value is kept at the rates of now: here it is added up anew. */
static void firm_walked(const struct desk *d, struct qf_equity *ret)
{
    uint32_t at = 0;
    struct totals t;
    qf_money value, base;
    firm_totals(d, &t);
    for (const struct core_position *p; (p = tab_next(&d->positions, &at)) != NULL;)
        if (position_value(d, p, &value) && currency_base(currency_of(d, instrument_at(d, p->instrument)), value, &base))
            ret->net += base;
    ret->cash = t.cash;
    ret->realized = t.realized;
    ret->unrealized = ret->net - t.cost;
    ret->fees = t.fees;
    ret->flows = t.flows;
}

static void at_rates_of_then(struct desk *d, const struct core_account *a, struct qf_equity *ret)
{
    memset(ret, 0, sizeof(*ret));
    swap_rates(d);
    if (a == NULL)
        firm_walked(d, ret);
    else
        account_equity(d, a, ret);
    ret->equity = ret->cash + ret->net;
    swap_rates(d);
}

bool desk_points_take(struct desk *d, const struct core_account *a, const struct qf_equity *is, struct equity_change *ret)
{
    struct qf_equity *kept = a == NULL ? &d->points->firm : &d->points->accounts[tab_slot(&d->accounts, a)];
    const struct qf_equity was = *kept;
    struct qf_equity then = *is;
    qf_money rounding = rounding_of(d, a);
    *kept = *is;
    if (is->incomplete || was.at == 0 || was.incomplete)
        return false;
    if (rates_moved(d))
        at_rates_of_then(d, a, &then);
    equity_change(&was, is, &then, rounding, ret);
    return true;
}

void desk_points_rates(struct desk *d)
{
    for (uint32_t i = 0; i < d->currency_count; i++)
        d->points->rates[i] = d->currencies[i].now;
    d->points->rates_n = d->currency_count;
    d->points->has_rates = true;
}

void points_inherit(struct desk *d, const struct desk *old)
{
    uint32_t at = 0;
    if (old->points->firm.at > d->points->firm.at)
        d->points->firm = old->points->firm;
    for (const struct core_account *was; (was = tab_next(&old->accounts, &at)) != NULL;) {
        const struct qf_equity *point = &old->points->accounts[tab_slot(&old->accounts, was)];
        const struct core_account *is = desk_account(d, was->row.name);
        if (is != NULL && point->at > d->points->accounts[tab_slot(&d->accounts, is)].at)
            d->points->accounts[tab_slot(&d->accounts, is)] = *point;
    }
}
