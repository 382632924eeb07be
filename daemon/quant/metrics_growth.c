/* What compounds: levels, yearly rates, falls from a peak. */
#include "daemon/quant/metrics_in.h"

#include <math.h>

#include "common/clock.h"

/* The level after one more return; a missing one changes nothing. */
static double step(double level, double r)
{
    return isnan(r) ? level : level * (1 + r);
}

double metric_growth(const double *returns, size_t n)
{
    double level = n > 0 ? 1 : NAN;
    for (size_t i = 0; i < n; i++)
        level = step(level, returns[i]);
    return level;
}

double metric_geometric(const double *returns, size_t n, double periods_per_year)
{
    return pow(metric_growth(returns, n), periods_per_year / (double)n) - 1;
}

size_t metric_simple_returns(const struct metric_in *in, double *out)
{
    for (size_t i = 1; i < in->n; i++)
        out[i - 1] = in->values[i] / in->values[i - 1] - 1;
    return in->n > 0 ? in->n - 1 : 0;
}

static double shown(double level, double starting_value)
{
    return starting_value == 0 ? level - 1 : level * starting_value;
}

size_t metric_cum_returns(const struct metric_in *in, double *out)
{
    double level = 1;
    for (size_t i = 0; i < in->n; i++) {
        level = step(level, in->values[i]);
        out[i] = shown(level, in->starting_value);
    }
    return in->n;
}

size_t metric_cum_return_final(const struct metric_in *in, double *out)
{
    *out = shown(metric_growth(in->values, in->n), in->starting_value);
    return 1;
}

int32_t metric_bucket_of(int32_t day, enum metric_bucket to)
{
    struct qf_civil c;
    if (to == METRIC_WEEK) /* 1970-01-01 was a Thursday: weeks begin at day -3 */
        return (day + 3 >= 0 ? day + 3 : day + 3 - 6) / 7;
    qf_time_civil((qf_time)day * QF_DAY, &c);
    if (to == METRIC_YEAR)
        return c.year;
    return to == METRIC_QUARTER ? c.year * 4 + (c.month - 1) / 3 : c.year * 12 + c.month - 1;
}

size_t metric_aggregate_returns(const struct metric_in *in, double *out)
{
    size_t count = 0, from = 0;
    for (size_t i = 1; i <= in->n; i++) {
        if (i < in->n && metric_bucket_of(in->dates[i], in->to) == metric_bucket_of(in->dates[from], in->to))
            continue;
        out[count++] = metric_growth(in->values + from, i - from) - 1;
        from = i;
    }
    return count;
}

size_t metric_annual_return(const struct metric_in *in, double *out)
{
    *out = metric_geometric(in->values, in->n, in->periods_per_year);
    return 1;
}

/* --- falls; the first peak is the capital before the first return */

struct fall {
    double level, peak;
};

static double fall_after(struct fall *f, double r)
{
    f->level = step(f->level, r);
    if (f->level > f->peak)
        f->peak = f->level;
    return f->level / f->peak - 1;
}

static double deepest(const double *returns, size_t n)
{
    struct fall f = { 1, 1 };
    double lowest = n > 0 ? 0 : NAN;
    for (size_t i = 0; i < n; i++)
        lowest = fmin(lowest, fall_after(&f, returns[i]));
    return lowest;
}

size_t metric_max_drawdown(const struct metric_in *in, double *out)
{
    *out = deepest(in->values, in->n);
    return 1;
}

size_t metric_calmar_ratio(const struct metric_in *in, double *out)
{
    double down = deepest(in->values, in->n);
    *out = down < 0 ? metric_geometric(in->values, in->n, in->periods_per_year) / fabs(down) : NAN;
    return 1;
}

/* Mean of |drawdown|^power after each return present. */
static double mean_fall(const double *returns, size_t n, int power)
{
    struct fall f = { 1, 1 };
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(returns[i]))
            continue;
        double d = fabs(fall_after(&f, returns[i]));
        sum += power == 2 ? d * d : d;
        count++;
    }
    return sum / (double)count;
}

size_t metric_pain_index(const struct metric_in *in, double *out)
{
    *out = mean_fall(in->values, in->n, 1);
    return 1;
}

size_t metric_ulcer_index(const struct metric_in *in, double *out)
{
    *out = sqrt(mean_fall(in->values, in->n, 2));
    return 1;
}

size_t metric_stability(const struct metric_in *in, double *out)
{
    double *logs = in->work, *rows = in->work + in->n, sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (isnan(in->values[i]))
            continue;
        sum += log1p(in->values[i]);
        logs[count] = sum;
        rows[count] = (double)count;
        count++;
    }
    double r = stat_corr(logs, rows, count);
    *out = r * r;
    return 1;
}
