/* Return for risk: deviations, ratios and tails of one series. */
#include "daemon/quant/metrics_in.h"

#include <math.h>

size_t metric_annual_volatility(const struct metric_in *in, double *out)
{
    *out = stat_sd(in->values, in->n, 1) * sqrt(in->periods_per_year);
    return 1;
}

/* work[i] = values[i] less the i-th of a series, or a constant when there is none. */
static const double *less(const struct metric_in *in, const double *series, double constant)
{
    for (size_t i = 0; i < in->n; i++)
        in->work[i] = in->values[i] - (series != NULL ? series[i] : constant);
    return in->work;
}

size_t metric_sharpe_ratio(const struct metric_in *in, double *out)
{
    const double *x = less(in, in->risk_free, in->risk_free_rate);
    *out = stat_mean(x, in->n) / stat_sd(x, in->n, 1) * sqrt(in->periods_per_year);
    return 1;
}

/* Root of the mean of min(x, 0)^2 over those present, a year. */
static double downside(const double *x, size_t n, double periods_per_year)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (x[i] < 0)
            sum += x[i] * x[i];
    return sqrt(sum / (double)stat_count(x, n)) * sqrt(periods_per_year);
}

size_t metric_downside_risk(const struct metric_in *in, double *out)
{
    *out = downside(less(in, in->required, in->required_return), in->n, in->periods_per_year);
    return 1;
}

size_t metric_sortino_ratio(const struct metric_in *in, double *out)
{
    const double *x = less(in, in->required, in->required_return);
    *out = stat_mean(x, in->n) * in->periods_per_year / downside(x, in->n, in->periods_per_year);
    return 1;
}

/* The required return is a yearly one here. */
size_t metric_omega_ratio(const struct metric_in *in, double *out)
{
    double each = pow(1 + in->required_return, 1 / in->periods_per_year) - 1, gain = 0, loss = 0;
    const double *x = less(in, in->risk_free, in->risk_free_rate);
    for (size_t i = 0; i < in->n; i++) {
        double y = x[i] - each;
        gain += y > 0 ? y : 0;
        loss -= y < 0 ? y : 0;
    }
    *out = in->required_return > -1 && loss > 0 ? gain / loss : NAN;
    return 1;
}

size_t metric_information_ratio(const struct metric_in *in, double *out)
{
    const double *x = less(in, in->benchmark, in->benchmark_constant);
    *out = stat_mean(x, in->n) / stat_sd(x, in->n, 1);
    return 1;
}

/* --- tails */

size_t metric_tail_ratio(const struct metric_in *in, double *out)
{
    size_t n = stat_present(in->values, in->n, in->work);
    double high = fabs(stat_quantile(in->work, n, 0.95));
    *out = high / fabs(stat_quantile(in->work, n, 0.05));
    return 1;
}

size_t metric_value_at_risk(const struct metric_in *in, double *out)
{
    size_t n = stat_present(in->values, in->n, in->work);
    *out = stat_quantile(in->work, n, in->cutoff);
    return 1;
}

size_t metric_conditional_value_at_risk(const struct metric_in *in, double *out)
{
    size_t n = stat_present(in->values, in->n, in->work);
    *out = stat_tail_mean(in->work, n, in->cutoff);
    return 1;
}

/* --- shape of the distribution */

/* Pezier and White 2006, "The relative merits of investable hedge fund indices", as in Bacon 2008. */
size_t metric_adjusted_sharpe_ratio(const struct metric_in *in, double *out)
{
    double yearly = stat_sd(in->values, in->n, 1) * sqrt(in->periods_per_year);
    double s = metric_geometric(in->values, in->n, in->periods_per_year) / yearly;
    double skew = stat_skewness(in->values, in->n), kurt = stat_kurtosis(in->values, in->n);
    *out = s * (1 + skew / 6 * s - (kurt - 3) / 24 * s * s);
    return 1;
}

size_t metric_skewness_kurtosis_ratio(const struct metric_in *in, double *out)
{
    *out = stat_skewness(in->values, in->n) / stat_kurtosis(in->values, in->n);
    return 1;
}

static double kurtosis_sample(const double *x, size_t count)
{
    double n = (double)stat_count(x, count), var = stat_var(x, count, 1);
    return n * (n + 1) / ((n - 1) * (n - 2) * (n - 3)) * (stat_moment(x, count, 4) * n) / (var * var);
}

size_t metric_kurtosis_sample(const struct metric_in *in, double *out)
{
    *out = stat_count(in->values, in->n) > 3 ? kurtosis_sample(in->values, in->n) : NAN;
    return 1;
}

size_t metric_kurtosis_sample_excess(const struct metric_in *in, double *out)
{
    double n = (double)stat_count(in->values, in->n);
    *out = n > 3 ? kurtosis_sample(in->values, in->n) - 3 * (n - 1) * (n - 1) / ((n - 2) * (n - 3)) : NAN;
    return 1;
}
