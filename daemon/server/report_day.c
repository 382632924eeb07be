/* The day in one record: change of equity, its parts, and profit since month and year began. */
#include "daemon/server/report_inside.h"

/* Profit since a point, deposits and withdrawals taken out; share: of equity then with the flows since added, as on the
 * first line of every screen. */
static void profit_since(const struct qf_equity *is, const struct qf_equity *was, qf_money *ret, bool *ret_has,
                         double *ret_share)
{
    *ret = (is->equity - is->flows) - (was->equity - was->flows);
    *ret_has = is->equity > *ret;
    if (*ret_has)
        *ret_share = (double)*ret / (double)(is->equity - *ret);
}

static bool since(struct report_making *m, qf_time at, qf_money *ret, double *ret_share, bool *ret_found, bool *ret_has)
{
    struct qf_equity point;
    if (!report_read_point(m, at, &point, ret_found))
        return false;
    *ret_found = *ret_found && !point.incomplete;
    if (*ret_found)
        profit_since(&m->close, &point, ret, ret_has, ret_share);
    return true;
}

static bool periods(struct report_making *m, struct qf_report_day *d)
{
    struct qf_civil c;
    bool month = false, year = false, month_share = false, year_share = false;
    qf_time_civil(m->close.at - 1, &c);
    if (!since(m, qf_time_from_civil(c.year, c.month, 1), &d->month_pnl, &d->month_share, &month, &month_share) ||
        !since(m, qf_time_from_civil(c.year, 1, 1), &d->year_pnl, &d->year_share, &year, &year_share))
        return false;
    d->has |= (month ? QF_BIT(report_day, month_pnl) : 0) |
              (month && month_share ? QF_BIT(report_day, month_share) : 0) | (year ? QF_BIT(report_day, year_pnl) : 0) |
              (year && year_share ? QF_BIT(report_day, year_share) : 0);
    return true;
}

/* The curve ends at the close: its last point says how far below the highest it is. */
static void drawdown(const struct report_making *m, struct qf_report_day *d)
{
    const struct qf_performance *p = m->report.performance;
    const struct qf_perf_point *last = p != NULL && p->points_n > 0 ? &p->points[p->points_n - 1] : NULL;
    if (last == NULL || !QF_HAS(last, perf_point, drawdown))
        return;
    d->drawdown = last->drawdown;
    QF_SET(d, report_day, drawdown);
}

/* --- the identity */

static bool several_currencies(const struct report_making *m)
{
    const struct qf_report_moves *k = m->moves.p;
    for (size_t i = 0; i < m->moves.n; i++)
        if (!qf_str_eq(k[i].currency, m->ask->base))
            return true;
    return false;
}

/* What the day itself moved, at the rates of its close; false: a rate is missing. */
static bool moved(struct report_making *m, struct equity_change *ret)
{
    const struct qf_report_moves *k = m->moves.p;
    int32_t day = perf_day(m->close.at);
    *ret = (struct equity_change){0};
    for (size_t i = 0; i < m->moves.n; i++) {
        qf_money flows, realized, fees;
        if (!perf_convert(&m->perf, k[i].currency, k[i].flows, day, false, &flows) ||
            !perf_convert(&m->perf, k[i].currency, k[i].realized, day, false, &realized) ||
            !perf_convert(&m->perf, k[i].currency, k[i].fees, day, false, &fees))
            return false;
        ret->flows += flows;
        ret->realized += realized;
        ret->fees += fees;
    }
    return true;
}

/* A point's sums of all flows, profits and fees stand at the rates of the point: between two points they change when a
 * rate does, though nothing was paid, traded or charged. That part is what rates made of the money that is there, and
 * it is told apart. What is left of roundings is no such thing. */
static void rates_apart(struct report_making *m, struct equity_change *k)
{
    struct equity_change day;
    if (!several_currencies(m) || !moved(m, &day))
        return;
    qf_money rates = (k->flows + k->realized - k->fees) - (day.flows + day.realized - day.fees);
    k->flows = day.flows;
    k->realized = day.realized;
    k->fees = day.fees;
    k->rates = qf_abs128(rates) > k->rounding ? rates : 0;
    k->gap = k->equity - (k->realized + k->unrealized - k->fees + k->flows + k->rates);
}

/* Flows are those of the day; on a desk with one currency this is what the two points say. */
static void profit_of_day(const struct report_making *m, struct qf_report_day *d)
{
    qf_money capital = d->equity - d->pnl;
    if (!m->has_before)
        return;
    QF_SET(d, report_day, from);
    QF_SET(d, report_day, start);
    if (capital <= 0)
        return;
    d->pnl_share = (double)d->pnl / (double)capital;
    QF_SET(d, report_day, pnl_share);
}

bool report_day(struct report_making *m)
{
    struct qf_report_day *d = report_room(m, 1, sizeof *d);
    const struct qf_equity *is = &m->close, *was = &m->before;
    struct equity_change k;
    if (d == NULL)
        return false;
    qf_rec_fill(&qf_rec_report_day, d);
    equity_change(was, is, is, 6 * (qf_money)m->rates.n, &k); /* conversions may round, one currency may not */
    rates_apart(m, &k);
    d->from = was->at, d->to = is->at;
    d->start = was->equity, d->equity = is->equity;
    d->change = k.equity, d->realized = k.realized, d->unrealized = k.unrealized, d->fees = k.fees, d->flows = k.flows;
    d->rates = k.rates, d->gap = k.gap, d->holds = !k.broken;
    d->pnl = k.equity - k.flows;
    d->cash = is->cash, d->gross = is->gross, d->net = is->net;
    d->incomplete = is->incomplete || (m->has_before && was->incomplete);
    profit_of_day(m, d);
    drawdown(m, d);
    m->report.incomplete |= d->incomplete;
    m->report.day = d;
    m->report.day_n = 1;
    return periods(m, d);
}
