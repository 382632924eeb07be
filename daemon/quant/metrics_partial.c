/* Partial moments: what lies below and above a minimum acceptable return (mar), each divided by all n present. */
#include "daemon/quant/metrics_in.h"

#include <math.h>

enum side { BELOW, ABOVE };

/* How far r lies on this side of the mar; 0 on the other. */
static double beyond(double r, double mar, enum side side)
{
    double d = side == ABOVE ? r - mar : mar - r;
    return d > 0 ? d : 0;
}

static double partial(const struct metric_in *in, double mar, enum side side, double order)
{
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (isnan(in->values[i]))
            continue;
        double d = beyond(in->values[i], mar, side);
        sum += order == 1 ? d : order == 2 ? d * d : d > 0 ? pow(d, order) : 0;
        count++;
    }
    return sum / (double)count;
}

static double frequency(const struct metric_in *in, enum side side)
{
    size_t hits = 0;
    for (size_t i = 0; i < in->n; i++)
        hits += beyond(in->values[i], in->mar, side) > 0 ? 1 : 0;
    return (double)hits / (double)stat_count(in->values, in->n);
}

size_t metric_downside_deviation(const struct metric_in *in, double *out)
{
    *out = sqrt(partial(in, in->mar, BELOW, 2));
    return 1;
}

size_t metric_downside_potential(const struct metric_in *in, double *out)
{
    *out = partial(in, in->mar, BELOW, 1);
    return 1;
}

size_t metric_downside_frequency(const struct metric_in *in, double *out)
{
    *out = frequency(in, BELOW);
    return 1;
}

size_t metric_upside_risk(const struct metric_in *in, double *out)
{
    *out = sqrt(partial(in, in->mar, ABOVE, 2));
    return 1;
}

size_t metric_upside_potential(const struct metric_in *in, double *out)
{
    *out = partial(in, in->mar, ABOVE, 1);
    return 1;
}

size_t metric_upside_frequency(const struct metric_in *in, double *out)
{
    *out = frequency(in, ABOVE);
    return 1;
}

size_t metric_volatility_skewness(const struct metric_in *in, double *out)
{
    *out = partial(in, in->mar, ABOVE, 2) / partial(in, in->mar, BELOW, 2);
    return 1;
}

size_t metric_variability_skewness(const struct metric_in *in, double *out)
{
    *out = sqrt(partial(in, in->mar, ABOVE, 2) / partial(in, in->mar, BELOW, 2));
    return 1;
}

size_t metric_omega_sharpe_ratio(const struct metric_in *in, double *out)
{
    double down = partial(in, in->mar, BELOW, 1);
    *out = (partial(in, in->mar, ABOVE, 1) - down) / down;
    return 1;
}

size_t metric_kappa(const struct metric_in *in, double *out)
{
    double down = partial(in, in->mar, BELOW, in->order);
    *out = (stat_mean(in->values, in->n) - in->mar) / pow(down, 1 / in->order);
    return 1;
}

size_t metric_bernardo_ledoit(const struct metric_in *in, double *out)
{
    *out = partial(in, 0, ABOVE, 1) / partial(in, 0, BELOW, 1);
    return 1;
}

size_t metric_d_ratio(const struct metric_in *in, double *out)
{
    double sums[2] = { 0, 0 }, counts[2] = { 0, 0 };
    for (size_t i = 0; i < in->n; i++) {
        if (!(fabs(in->values[i]) > 0))
            continue;
        enum side side = in->values[i] > 0 ? ABOVE : BELOW;
        sums[side] += fabs(in->values[i]);
        counts[side]++;
    }
    *out = counts[BELOW] * sums[BELOW] / (counts[ABOVE] * sums[ABOVE]);
    return 1;
}
