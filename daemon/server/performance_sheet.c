/* The numbers of a track record: metrics with their conventions, curve, months, falls. Pure: it sees arrays only. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/curve.h"
#include "daemon/quant/drawdown.h"
#include "daemon/quant/metrics.h"
#include "daemon/quant/tradestats.h"
#include "daemon/server/performance_in.h"

#define METRICS_MAX 128
#define POINTS_MAX 2000
#define MONTHS_MAX 1300
#define FALLS_MAX 20

struct sheet {
    const struct sheet_in *in;
    struct qf_arena *arena;
    struct qf_performance *out;
    struct metric_in metrics;
    size_t all;                    /* points: n + 1, and now */
    double *levels, *bench, *under; /* of all points */
    double *sharpe, *volatility;   /* rolling, of all points; NaN where the window is not full */
};

static void *room(struct sheet *s, size_t n, size_t size)
{
    return qf_arena_alloc(s->arena, n * size + 1);
}

static qf_time point_at(const struct sheet_in *in, size_t i)
{
    return i > in->n ? in->now_at : in->at ? in->at[i] : ((qf_time)in->day[i] + 1) * QF_DAY;
}

/* --- one row */

static struct qf_metric_row *add_row(struct sheet *s, const char *name, const char *part, const char *unit, int64_t n)
{
    struct qf_metric_row *row = &s->out->metrics[s->out->metrics_n];
    qf_assert(s->out->metrics_n < METRICS_MAX);
    s->out->metrics_n++;
    qf_str_fmt(row->metric, sizeof row->metric, *part ? "%s[%s]" : "%s%s", name, part);
    qf_str_copy(row->unit, sizeof row->unit, unit);
    row->n = n;
    qf_rec_fill(&qf_rec_metric_row, row);
    return row;
}

static void set_value(struct qf_metric_row *row, double value, const char *reason)
{
    if (isfinite(value) && !reason) {
        row->value = value;
        QF_SET(row, metric_row, value);
        return;
    }
    qf_str_copy(row->reason, sizeof row->reason, reason ? reason : "not defined");
    QF_SET(row, metric_row, reason);
}

/* --- metrics of returns */

/* The figures a convention speaks of, behind it. */
static void say_convention(const struct sheet *s, const struct metric *m, struct qf_metric_row *row)
{
    char text[200];
    size_t n = qf_str_fmt(text, sizeof text, "%s", m->convention);
    if (m->annualised)
        n += qf_str_fmt(text + n, sizeof text - n, "; A = %g", s->metrics.periods_per_year);
    if (strstr(m->convention, "rf"))
        n += qf_str_fmt(text + n, sizeof text - n, "; rf = %g", s->metrics.risk_free_rate);
    if (strstr(m->convention, " q") && !strstr(m->convention, "quantile"))
        n += qf_str_fmt(text + n, sizeof text - n, "; q = %g", s->in->mar);
    if (strstr(m->convention, "mar"))
        n += qf_str_fmt(text + n, sizeof text - n, "; mar = %g", s->in->mar);
    if (strstr(m->convention, "cutoff"))
        n += qf_str_fmt(text + n, sizeof text - n, "; cutoff = %g", s->metrics.cutoff);
    if (strstr(m->convention, "order"))
        (void)qf_str_fmt(text + n, sizeof text - n, "; order = %g", s->metrics.order);
    qf_str_copy(row->convention, sizeof row->convention, text);
}

static const char *unit_of(const struct metric *m, size_t part)
{
    static const char *const four[] = { "money", "fraction", "count", "count" };
    static const char *const units[] = { "number", "fraction", "money" };
    if (m->shape == METRIC_FOUR)
        return four[part];
    return m->unit == METRIC_MIXED ? "number" : units[m->unit];
}

/* What a metric is asked: returns, or the profits of closed trades. */
static struct metric_in input_of(const struct sheet *s, const struct metric *m)
{
    struct metric_in in = s->metrics;
    if (m->needs & METRIC_PROFITS) {
        in.values = s->in->profits;
        in.n = s->in->trades;
    }
    if (strcmp(m->name, "omega_ratio") == 0) /* its required return is a year's */
        in.required_return = pow(1 + s->in->mar, in.periods_per_year) - 1;
    return in;
}

/* Why it is not asked at all; NULL: it is. */
static const char *not_asked(const struct sheet *s, const struct metric *m)
{
    bool relative = (m->needs & METRIC_BENCHMARK) || strcmp(m->name, "information_ratio") == 0;
    if ((m->needs & METRIC_PROFITS) && !s->in->has_trades)
        return "a track record has no trades";
    if ((m->needs & METRIC_PROFITS) && s->in->trades == 0)
        return "no round trip was closed";
    if (!(m->needs & METRIC_PROFITS) && s->in->undefined)
        return s->in->undefined;
    if (relative && !s->in->b)
        return "no benchmark was asked for";
    return NULL;
}

static void metric_rows_of(struct sheet *s, const struct metric *m)
{
    static const char *const pair[] = { "alpha", "beta" }, *const four[] = { "fall", "share", "peak", "trough" };
    struct metric_in in = input_of(s, m);
    double values[4] = { (double)NAN, (double)NAN, (double)NAN, (double)NAN };
    size_t n = 0, parts = m->shape == METRIC_PAIR ? 2 : m->shape == METRIC_FOUR ? 4 : 1;
    const char *why = not_asked(s, m);
    if (!why && metric_eval(m, &in, values, &n) != QF_OK)
        why = "cannot be worked out from this";
    for (size_t i = 0; i < parts; i++) {
        struct qf_metric_row *row = add_row(s, m->name, parts == 2 ? pair[i] : parts == 4 ? four[i] : "", unit_of(m, i), (int64_t)in.n);
        say_convention(s, m, row);
        const char *share = parts == 4 && i == 1 ? s->in->undefined : NULL; /* of equity */
        set_value(row, values[i], why ? why : share ? share : metric_reason(m, &in, values[i]));
    }
}

static void metrics_prepare(struct sheet *s, double *work)
{
    s->metrics = metric_defaults();
    s->metrics.values = s->in->r;
    s->metrics.benchmark = s->in->b;
    s->metrics.dates = s->in->day + 1;
    s->metrics.n = s->in->n;
    s->metrics.periods_per_year = s->in->periods;
    s->metrics.risk_free_rate = s->in->risk_free;
    s->metrics.required_return = s->metrics.mar = s->in->mar;
    s->metrics.start = s->in->start > 0 ? s->in->start : 0;
    s->metrics.work = work;
}

/* --- what no row of the table says */

static void total_rows(struct sheet *s)
{
    const struct sheet_in *in = s->in;
    const char *why = s->all < 2 ? "no returns" : in->undefined;
    struct qf_metric_row *row = add_row(s, "total_return", "", "fraction", (int64_t)(in->n + in->now));
    qf_str_copy(row->convention, sizeof row->convention, in->now ? "product of 1 + r, to now" : "product of 1 + r, to the last close");
    set_value(row, s->levels[s->all - 1] - 1, why);
    row = add_row(s, "drawdown_now", "", "fraction", (int64_t)(in->n + in->now));
    qf_str_copy(row->convention, sizeof row->convention, "last level / highest level of the range - 1");
    set_value(row, s->under[s->all - 1], why);
}

static void trade_rows_of(struct sheet *s, double *work)
{
    const struct sheet_in *in = s->in;
    const struct trade_in t = { in->profits, in->days, in->trades, in->traded, in->capital, in->span, work };
    size_t n;
    const struct trade_row *rows = trade_rows(&n);
    for (size_t i = 0; i < n && in->has_trades; i++) {
        double value = trade_eval(&rows[i], &t);
        struct qf_metric_row *row = add_row(s, rows[i].name, "", rows[i].unit, (int64_t)in->trades);
        qf_str_copy(row->convention, sizeof row->convention, rows[i].convention);
        set_value(row, value, trade_reason(&rows[i], &t, value));
    }
}

static bool fill_metrics(struct sheet *s)
{
    size_t n, most = s->in->n > s->in->trades ? s->in->n : s->in->trades;
    const struct metric *rows = metric_rows(&n);
    double *work = room(s, METRIC_WORK(most + 1), sizeof *work);
    s->out->metrics = room(s, METRICS_MAX, sizeof *s->out->metrics);
    if (!work || !s->out->metrics)
        return false;
    metrics_prepare(s, work);
    s->metrics.start = s->in->start;
    total_rows(s);
    for (size_t i = 0; i < n && s->in->daily; i++) {
        s->metrics.end = s->levels[s->in->n];
        if (rows[i].needs & METRIC_LEVELS) {
            s->metrics.start = 1;
            s->metrics.days = (double)(s->in->day[s->in->n] - s->in->day[0]);
        }
        if (rows[i].shape != METRIC_SERIES)
            metric_rows_of(s, &rows[i]);
        s->metrics.start = s->in->start;
    }
    trade_rows_of(s, work);
    return true;
}

/* --- the curve */

static void bench_levels(struct sheet *s)
{
    double level = 1;
    for (size_t i = 0; i < s->all; i++) {
        double b = i == 0 || !s->in->b ? (double)NAN : i > s->in->n ? s->in->now_b : s->in->b[i - 1];
        level *= isnan(b) ? 1 : 1 + b;
        s->bench[i] = s->in->b ? level : (double)NAN;
    }
}

static void roll(struct sheet *s)
{
    for (size_t i = 0; i < s->all; i++)
        s->sharpe[i] = s->volatility[i] = (double)NAN;
    if (s->in->daily && !s->in->undefined && s->in->n >= s->in->window)
        curve_rolling(s->in->r, s->in->n, s->in->window, s->in->risk_free, s->in->periods, s->sharpe, s->volatility);
}

static bool make_curve(struct sheet *s)
{
    s->all = s->in->n + 1 + (s->in->now ? 1 : 0);
    s->levels = room(s, s->all + 1, sizeof(double));
    s->bench = room(s, s->all, sizeof(double));
    s->under = room(s, s->all, sizeof(double));
    s->sharpe = room(s, s->all, sizeof(double));
    s->volatility = room(s, s->all, sizeof(double));
    if (!s->levels || !s->bench || !s->under || !s->sharpe || !s->volatility)
        return false;
    curve_levels(s->in->r, s->in->n, s->levels);
    if (s->in->now)
        s->levels[s->in->n + 1] = s->levels[s->in->n] * (isnan(s->in->now_r) ? 1 : 1 + s->in->now_r);
    drawdown_underwater(s->levels, s->all, s->under);
    bench_levels(s);
    roll(s);
    return true;
}

static void fill_point(const struct sheet *s, size_t i, struct qf_perf_point *p)
{
    p->at = point_at(s->in, i);
    if (s->in->equity) {
        p->equity = i > s->in->n ? s->in->now_equity : s->in->equity[i];
        QF_SET(p, perf_point, equity);
    }
    const struct { double v; double *into; uint64_t bit; } reals[] = {
        { s->levels[i], &p->level, QF_BIT(perf_point, level) },
        { s->under[i], &p->drawdown, QF_BIT(perf_point, drawdown) },
        { s->bench[i], &p->benchmark, QF_BIT(perf_point, benchmark) },
        { s->sharpe[i], &p->sharpe, QF_BIT(perf_point, sharpe) },
        { s->volatility[i], &p->volatility, QF_BIT(perf_point, volatility) },
    };
    for (size_t k = 0; k < QF_LEN(reals) && !s->in->undefined; k++)
        if (isfinite(reals[k].v)) {
            *reals[k].into = reals[k].v;
            p->has |= reals[k].bit;
        }
    qf_rec_fill(&qf_rec_perf_point, p);
}

static bool fill_points(struct sheet *s)
{
    bool *keep = room(s, s->all, sizeof *keep);
    s->out->points = room(s, s->all < POINTS_MAX ? s->all : POINTS_MAX, sizeof *s->out->points);
    if (!keep || !s->out->points)
        return false;
    (void)curve_thin(s->levels, s->under, s->all, POINTS_MAX, keep);
    for (size_t i = 0; i < s->all; i++)
        if (keep[i])
            fill_point(s, i, &s->out->points[s->out->points_n++]);
    return true;
}

/* --- months and falls */

static bool fill_months(struct sheet *s)
{
    const struct sheet_in *in = s->in;
    size_t n = in->n + (in->now ? 1 : 0);
    struct curve_month *months = room(s, MONTHS_MAX, sizeof *months);
    int32_t *days = room(s, n + 1, sizeof *days);
    double *r = room(s, n + 1, sizeof *r);
    s->out->months = room(s, MONTHS_MAX, sizeof *s->out->months);
    if (!months || !days || !r || !s->out->months)
        return false;
    memcpy(days, in->day + 1, in->n * sizeof *days);
    memcpy(r, in->r, in->n * sizeof *r);
    if (in->now) {
        days[in->n] = perf_day(in->now_at);
        r[in->n] = in->now_r;
    }
    size_t count = n == 0 ? 0 : curve_months(days, r, n, in->day[0], in->periods, months, MONTHS_MAX);
    size_t newest = 0; /* the row of the newest year */
    while (newest < count && months[newest].month != 0)
        newest++;
    for (size_t i = 0; i < count; i++) {
        struct qf_perf_month *m = &s->out->months[s->out->months_n++];
        bool open = in->now && i + 1 >= newest && i <= newest; /* the last month of the newest year, and that year */
        *m = (struct qf_perf_month){ .year = months[i].year, .month = months[i].month, .partial = months[i].partial || open };
        qf_rec_fill(&qf_rec_perf_month, m);
        if (isfinite(months[i].value)) {
            m->value = months[i].value;
            QF_SET(m, perf_month, value);
        }
    }
    return true;
}

static bool fill_falls(struct sheet *s)
{
    struct drawdown falls[FALLS_MAX];
    size_t n = drawdown_worst(s->levels, s->in->n + 1, falls, FALLS_MAX);
    s->out->drawdowns = room(s, FALLS_MAX, sizeof *s->out->drawdowns);
    if (!s->out->drawdowns)
        return false;
    for (size_t i = 0; i < n; i++) {
        struct qf_perf_drawdown *d = &s->out->drawdowns[s->out->drawdowns_n++];
        size_t end = falls[i].recovered ? falls[i].recovery : s->in->n;
        *d = (struct qf_perf_drawdown){ .peak = point_at(s->in, falls[i].peak), .trough = point_at(s->in, falls[i].trough),
                                        .depth = falls[i].depth, .days = s->in->day[end] - s->in->day[falls[i].peak] };
        qf_rec_fill(&qf_rec_perf_drawdown, d);
        if (falls[i].recovered) {
            d->recovery = point_at(s->in, end);
            QF_SET(d, perf_drawdown, recovery);
        }
    }
    return true;
}

bool sheet_fill(const struct sheet_in *in, struct qf_arena *arena, struct qf_performance *ret)
{
    struct sheet s = { .in = in, .arena = arena, .out = ret };
    ret->n = in->daily ? (int64_t)in->n : 0;
    ret->periods_per_year = in->periods;
    ret->from = point_at(in, 0);
    ret->to = point_at(in, in->n + (in->now ? 1 : 0));
    ret->has |= QF_BIT(performance, from) | QF_BIT(performance, to);
    if (in->now) {
        ret->now = in->now_at;
        QF_SET(ret, performance, now);
    }
    if (!make_curve(&s) || !fill_metrics(&s) || !fill_points(&s))
        return false;
    return !in->daily || in->undefined || (fill_months(&s) && fill_falls(&s));
}
