/* Totals: the first line of every screen. */
#include "daemon/core/breaker.h"
#include "daemon/core/core.h"

static qf_money larger(qf_money a, qf_money b)
{
    return a > b ? a : b;
}

static void add_base(const struct currency *c, qf_money v, qf_money *sum, bool *incomplete)
{
    qf_money base;
    if (currency_base(c, v, &base))
        *sum += base;
    else
        *incomplete = true;
}

void firm_totals(const struct desk *d, struct totals *t)
{
    *t = (struct totals){ .incomplete = d->unpriced > 0 };
    for (uint32_t i = 0; i < d->currency_count; i++) {
        const struct currency *c = &d->currencies[i];
        add_base(c, c->cash, &t->cash, &t->incomplete);
        add_base(c, c->flows, &t->flows, &t->incomplete);
        add_base(c, c->realized, &t->realized, &t->incomplete);
        add_base(c, c->fees, &t->fees, &t->incomplete);
        add_base(c, c->cost, &t->cost, &t->incomplete);
    }
}

qf_money desk_day_pnl(const struct desk *d)
{
    uint32_t i = 0;
    qf_money sum = 0, one, base;
    if (d->day_answer->version == d->version)
        return d->day_answer->pnl;
    for (struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;)
        if (position_day_pnl(d, p, &one) && currency_base(currency_of(d, instrument_at(d, p->instrument)), one, &base))
            sum += base;
    *d->day_answer = (struct day_answer){ .version = d->version, .pnl = sum };
    return sum;
}

static void status_state(const struct desk *d, struct qf_desk_status *ret)
{
    struct qf_trading_state s;
    ret->state = (int32_t)state_effective(d, NULL);
    if (!state_shown(d, NULL, &s))
        return;
    qf_str_copy(ret->state_reason, sizeof(ret->state_reason), s.reason);
    qf_str_copy(ret->state_by, sizeof(ret->state_by), s.by);
    ret->state_since = s.since;
    ret->has |= QF_BIT(desk_status, state_reason) | QF_BIT(desk_status, state_by) | QF_BIT(desk_status, state_since);
}

static void status_market(const struct desk *d, struct qf_desk_status *ret)
{
    ret->stale = d->newest_mark == TAB_NONE || desk_stale(d, d->newest_mark);
    if (d->market_now != 0) {
        ret->market_time = d->market_now;
        QF_SET(ret, desk_status, market_time);
    }
    if (d->newest_mark != TAB_NONE) {
        ret->received = d->marks[d->newest_mark].received;
        QF_SET(ret, desk_status, received);
    }
}

/* Fall from the peak as a share of what the peak would be with today's flows in it. */
static int64_t drawdown_bp(qf_money peak, qf_money less_flows, qf_money flows)
{
    qf_i128 bp;
    qf_money level = peak + flows;
    if (level <= 0 || less_flows >= peak || qf_muldiv(less_flows - peak, 10000, level, &bp) != QF_OK || bp < -INT64_MAX)
        return 0;
    return (int64_t)bp;
}

bool desk_drawdown(const struct desk *d, qf_money *ret)
{
    struct totals t;
    qf_i128 share;
    firm_totals(d, &t);
    qf_money less_flows = t.cash + d->groups[0].value_net - t.flows, peak = larger(d->peak, less_flows), level = peak + t.flows;
    if (t.incomplete || level <= 0 || qf_muldiv(peak - less_flows, QF_ONE, level, &share) != QF_OK || share > QF_MONEY_MAX)
        return false;
    *ret = share;
    return true;
}

/* Profit since the last close of the month, the year before; less_flows: equity now, flows taken out. */
static void status_periods(const struct desk *d, qf_money less_flows, struct qf_desk_status *ret)
{
    qf_money start;
    if (points_month_start(d, &start)) {
        ret->month_pnl = less_flows - start;
        ret->month_start = ret->equity - ret->month_pnl;
        ret->has |= QF_BIT(desk_status, month_pnl) | QF_BIT(desk_status, month_start);
    }
    if (points_year_start(d, &start)) {
        ret->year_pnl = less_flows - start;
        ret->year_start = ret->equity - ret->year_pnl;
        ret->has |= QF_BIT(desk_status, year_pnl) | QF_BIT(desk_status, year_start);
    }
}

static void status_money(const struct desk *d, struct qf_desk_status *ret)
{
    const struct group *firm = &d->groups[0];
    struct totals t;
    firm_totals(d, &t);
    ret->cash = t.cash;
    ret->equity = t.cash + firm->value_net;
    ret->realized = t.realized;
    ret->fees = t.fees;
    ret->flows = t.flows;
    ret->unrealized = firm->value_net - t.cost;
    ret->gross = firm->value_gross;
    ret->net = firm->value_net;
    ret->long_value = firm->value_long;
    ret->short_value = firm->value_short;
    ret->reserved = firm->reserved;
    ret->day_pnl = desk_day_pnl(d);
    ret->day_start = ret->equity - ret->day_pnl;
    ret->peak = larger(d->peak, ret->equity - t.flows);
    ret->drawdown_bp = drawdown_bp(ret->peak, ret->equity - t.flows, t.flows);
    status_periods(d, ret->equity - t.flows, ret);
}

/* What waits for people. */
static void status_waiting(const struct desk *d, struct qf_desk_status *ret)
{
    uint32_t i = 0;
    ret->tripped = breaker_tripped(d);
    for (const struct qf_approval *a; (a = tab_next(&d->approvals, &i)) != NULL;)
        ret->approvals += a->state == QF_APPROVAL_PENDING;
}

static void status_risk(const struct desk *d, struct qf_desk_status *ret)
{
    ret->var_incomplete = d->var_incomplete;
    if (!d->has_var)
        return;
    ret->var_99 = d->var_99;
    ret->es_975 = d->es_975;
    ret->has |= QF_BIT(desk_status, var_99) | QF_BIT(desk_status, es_975);
}

void desk_status_row(const struct desk *d, struct qf_desk_status *ret)
{
    memset(ret, 0, sizeof(*ret));
    qf_rec_fill(&qf_rec_desk_status, ret);
    qf_str_copy(ret->name, sizeof(ret->name), d->conf.name);
    qf_str_copy(ret->base, sizeof(ret->base), d->conf.base);
    ret->mode = (int32_t)d->conf.mode;
    ret->positions = d->not_flat;
    ret->working = d->open_count;
    ret->unpriced = d->unpriced;
    status_state(d, ret);
    status_waiting(d, ret);
    status_money(d, ret);
    status_market(d, ret);
    status_risk(d, ret);
}
