#include "daemon/quant/curve.h"

#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "daemon/quant/metrics.h"
#include "daemon/quant/stats.h"

double curve_return(double e0, double flow, double e1)
{
    return e0 + flow > 0 ? e1 / (e0 + flow) - 1 : NAN;
}

void curve_levels(const double *r, size_t n, double *levels)
{
    levels[0] = 1;
    for (size_t i = 0; i < n; i++)
        levels[i + 1] = isnan(r[i]) ? levels[i] : levels[i] * (1 + r[i]);
}

/* --- the calendar */

static bool weekend(int32_t day)
{
    int32_t weekday = (day % 7 + 11) % 7; /* 1970-01-01 was a Thursday: 0 = Sunday */
    return weekday == 0 || weekday == 6;
}

#define GAP_MAX 400

/* The median distance of two days, by counting: there is no room to sort in. */
static int median_gap(const int32_t *days, size_t n)
{
    size_t counts[GAP_MAX + 1] = { 0 }, seen = 0;
    for (size_t i = 1; i < n; i++) {
        int32_t gap = days[i] - days[i - 1];
        counts[gap < 0 ? 0 : gap > GAP_MAX ? GAP_MAX : gap]++;
    }
    for (int gap = 0; gap <= GAP_MAX; gap++)
        if ((seen += counts[gap]) * 2 >= n - 1)
            return gap;
    return GAP_MAX;
}

double curve_periods(const int32_t *days, size_t n)
{
    static const struct { int gap; double periods; } rows[] = { { 10, 52 }, { 45, 12 }, { 135, 4 }, { GAP_MAX, 1 } };
    size_t free_days = 0, at = 0;
    int gap = n < 2 ? 1 : median_gap(days, n);
    for (size_t i = 0; i < n; i++)
        free_days += weekend(days[i]) ? 1 : 0;
    if (gap <= 3)
        return free_days > 0 && free_days * 7 >= n ? 365 : 252;
    while (gap > rows[at].gap)
        at++;
    return rows[at].periods;
}

const char *curve_periods_words(double periods)
{
    return periods >= 360 ? "365 (closes on weekends, too)" : periods >= 200 ? "252 (no closes on weekends)" : periods >= 50 ? "52 (weekly)"
         : periods >= 10 ? "12 (monthly)" : periods >= 3 ? "4 (quarterly)" : "1 (yearly)";
}

/* The first day a return after this one could end on. */
static int32_t next_day(int32_t day, double periods)
{
    if (periods >= 200) {
        do
            day++;
        while (periods < 360 && weekend(day));
        return day;
    }
    return day + (periods >= 50 ? 7 : periods >= 10 ? 31 : periods >= 3 ? 92 : 366);
}

/* --- months and years */

struct months {
    const int32_t *days;
    const double *r;
    size_t n;
    int32_t base;
    double periods;
    struct curve_month *ret;
    size_t count, cap;
};

static double compounded(const double *r, size_t n)
{
    double level = 1;
    size_t present = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(r[i]))
            continue;
        level *= 1 + r[i];
        present++;
    }
    return present > 0 ? level - 1 : NAN;
}

static void put(struct months *m, int month, size_t from, size_t to)
{
    enum metric_bucket kind = month == 0 ? METRIC_YEAR : METRIC_MONTH;
    int32_t bucket = metric_bucket_of(m->days[from], kind);
    bool begins = from > 0 || metric_bucket_of(m->base, kind) != bucket;
    bool ends = to < m->n || metric_bucket_of(next_day(m->days[to - 1], m->periods), kind) != bucket;
    if (m->count == m->cap)
        return;
    m->ret[m->count++] = (struct curve_month){ .year = metric_bucket_of(m->days[from], METRIC_YEAR), .month = month,
                                               .value = compounded(m->r + from, to - from), .partial = !begins || !ends };
}

static void put_year(struct months *m, size_t from, size_t to)
{
    for (size_t at = from; at < to;) {
        int32_t month = metric_bucket_of(m->days[at], METRIC_MONTH);
        size_t next = at + 1;
        while (next < to && metric_bucket_of(m->days[next], METRIC_MONTH) == month)
            next++;
        put(m, month % 12 + 1, at, next);
        at = next;
    }
    put(m, 0, from, to);
}

/* The first day of the year a day lies in: one question to the calendar for a whole year. */
static int32_t new_year(int32_t day)
{
    return (int32_t)(qf_time_from_civil(metric_bucket_of(day, METRIC_YEAR), 1, 1) / QF_DAY);
}

size_t curve_months(const int32_t *days, const double *r, size_t n, int32_t base, double periods, struct curve_month *ret, size_t cap)
{
    struct months m = { days, r, n, base, periods, ret, 0, cap };
    for (size_t to = n; to > 0;) {
        size_t from = to - 1;
        int32_t first = new_year(days[to - 1]);
        while (from > 0 && days[from - 1] >= first)
            from--;
        put_year(&m, from, to);
        to = from;
    }
    return m.count;
}

/* --- rolling. Both figures need the same sums, and a window has many neighbours: four sums side by side, so that none waits for
 * the one before it. Taken about the first value, so that equal values have no deviation at all. */

static double sum4(const double *x, size_t n, double about, bool squared)
{
    double s[4] = { 0 };
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        for (size_t k = 0; k < 4; k++) {
            double d = x[i + k] - about;
            s[k] += squared ? d * d : d;
        }
    for (; i < n; i++)
        s[0] += squared ? (x[i] - about) * (x[i] - about) : x[i] - about;
    return (s[0] + s[1]) + (s[2] + s[3]);
}

void curve_rolling(const double *r, size_t n, size_t window, double risk_free, double periods, double *sharpe, double *volatility)
{
    for (size_t end = window; end <= n; end++) {
        const double *x = r + end - window;
        double mean = x[0] + sum4(x, window, x[0], false) / (double)window;
        double sd = sqrt(sum4(x, window, mean, true) / (double)(window - 1));
        if (isnan(sd)) { /* something is missing: the slower way passes over it */
            mean = stat_mean(x, window);
            sd = stat_sd(x, window, 1);
        }
        sharpe[end] = (mean - risk_free) / sd * sqrt(periods);
        volatility[end] = sd * sqrt(periods);
    }
}

/* --- thinning */

static size_t extreme(const double *x, size_t n, bool highest)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (isnan(x[best]) || (highest ? x[i] > x[best] : x[i] < x[best]))
            best = i;
    return best;
}

size_t curve_thin(const double *levels, const double *drawdowns, size_t n, size_t cap, bool *keep)
{
    size_t kept = 0, even = cap - 3;
    memset(keep, n <= cap, n * sizeof *keep);
    if (n > cap) {
        for (size_t i = 0; i < even; i++)
            keep[(size_t)((double)i * (double)(n - 1) / (double)(even - 1) + 0.5)] = true;
        keep[extreme(levels, n, true)] = keep[extreme(levels, n, false)] = keep[extreme(drawdowns, n, false)] = true;
    }
    for (size_t i = 0; i < n; i++)
        kept += keep[i] ? 1 : 0;
    return kept;
}
