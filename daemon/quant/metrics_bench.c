/* Against a benchmark: regression, capture, and what the CAPM makes of them. r = returns, b = benchmark. */
#include "daemon/quant/metrics_in.h"

#include <math.h>

/* A benchmark of a smaller variance does not move; what is divided by it would be rounding. */
#define NO_VARIANCE 1e-30

/* Two series of the same length, element by element. */
struct pairs {
    const double *r, *b;
    size_t n;
};

static struct pairs all(const struct metric_in *in)
{
    return (struct pairs){ in->values, in->benchmark, in->n };
}

/* The elements with b > 0 (sign 1) or b < 0 (sign -1), copied to the work space. */
static struct pairs chosen(const struct metric_in *in, int sign)
{
    double *r = in->work, *b = in->work + in->n;
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (!(in->benchmark[i] * sign > 0))
            continue;
        r[n] = in->values[i];
        b[n++] = in->benchmark[i];
    }
    return (struct pairs){ r, b, n };
}

static double beta_of(struct pairs p)
{
    double mean = stat_pair_mean(p.b, p.r, p.n), var = 0;
    size_t count = stat_pairs(p.b, p.r, p.n);
    for (size_t i = 0; i < p.n; i++)
        if (!isnan(p.r[i]) && !isnan(p.b[i]))
            var += (p.b[i] - mean) * (p.b[i] - mean);
    var /= (double)count;
    return p.n < 2 || !(var >= NO_VARIANCE) ? NAN : stat_cov(p.r, p.b, p.n, 0) / var;
}

static double alpha_of(struct pairs p, double beta, double periods_per_year)
{
    if (p.n < 2)
        return NAN;
    double mean = stat_pair_mean(p.r, p.b, p.n) - beta * stat_pair_mean(p.b, p.r, p.n);
    return pow(1 + mean, periods_per_year) - 1;
}

static size_t both_of(struct pairs p, double periods_per_year, double *out)
{
    out[1] = beta_of(p);
    out[0] = alpha_of(p, out[1], periods_per_year);
    return 2;
}

size_t metric_beta(const struct metric_in *in, double *out)
{
    *out = beta_of(all(in));
    return 1;
}

size_t metric_alpha(const struct metric_in *in, double *out)
{
    *out = alpha_of(all(in), beta_of(all(in)), in->periods_per_year);
    return 1;
}

size_t metric_alpha_beta(const struct metric_in *in, double *out)
{
    return both_of(all(in), in->periods_per_year, out);
}

size_t metric_up_alpha_beta(const struct metric_in *in, double *out)
{
    return both_of(chosen(in, 1), in->periods_per_year, out);
}

size_t metric_down_alpha_beta(const struct metric_in *in, double *out)
{
    return both_of(chosen(in, -1), in->periods_per_year, out);
}

/* --- capture */

static double capture_of(struct pairs p, double periods_per_year)
{
    return metric_geometric(p.r, p.n, periods_per_year) / metric_geometric(p.b, p.n, periods_per_year);
}

size_t metric_capture(const struct metric_in *in, double *out)
{
    *out = capture_of(all(in), in->periods_per_year);
    return 1;
}

size_t metric_up_capture(const struct metric_in *in, double *out)
{
    *out = capture_of(chosen(in, 1), in->periods_per_year);
    return 1;
}

size_t metric_down_capture(const struct metric_in *in, double *out)
{
    *out = capture_of(chosen(in, -1), in->periods_per_year);
    return 1;
}

size_t metric_up_down_capture(const struct metric_in *in, double *out)
{
    double up = capture_of(chosen(in, 1), in->periods_per_year);
    *out = up / capture_of(chosen(in, -1), in->periods_per_year);
    return 1;
}

/* --- fragility: does the return bend with the benchmark? Taleb, Canetti and others 2012, "A new heuristic measure
 * of fragility and tail risks" */

/* Place in the series of the pair that comes `rank`-th when pairs are sorted by b and pairs of equal b keep their
 * order. */
static size_t place(struct pairs p, size_t rank, double *work)
{
    for (size_t i = 0; i < p.n; i++)
        work[i] = p.b[i];
    stat_select(work, p.n, rank);
    double value = work[rank];
    for (size_t i = 0; i < p.n; i++)
        rank -= p.b[i] < value ? 1 : 0;
    for (size_t i = 0;; i++)
        if (p.b[i] == value && rank-- == 0)
            return i;
}

/* n/2 rounded half to even: 4.5 is 4, 5.5 is 6. */
static size_t half_even(size_t n)
{
    size_t half = n / 2;
    return n % 2 == 1 && half % 2 == 1 ? half + 1 : half;
}

/* `p` holds no missing value and n >= 1 pairs. */
static double fragility(struct pairs p, double *work)
{
    size_t first = place(p, 0, work), mid = place(p, half_even(p.n), work), last = place(p, p.n - 1, work);
    double range = p.b[last] - p.b[first], from_start = 0.5, from_end = 0.5;
    if (range != 0) {
        from_start = (p.b[mid] - p.b[first]) / range;
        from_end = (p.b[last] - p.b[mid]) / range;
    }
    return from_start * p.r[first] + from_end * p.r[last] - p.r[mid];
}

size_t metric_beta_fragility(const struct metric_in *in, double *out)
{
    double *r = in->work, *b = in->work + in->n, *ranks = in->work + 2 * in->n;
    size_t n = 0;
    for (size_t i = 0; i < in->n; i++) {
        if (isnan(in->values[i]) || isnan(in->benchmark[i]))
            continue;
        r[n] = in->values[i];
        b[n++] = in->benchmark[i];
    }
    *out = n > 0 ? fragility((struct pairs){ r, b, n }, ranks) : NAN;
    return 1;
}

/* --- CAPM; G = geometric yearly return */

static double jensen(const struct metric_in *in)
{
    return metric_geometric(in->values, in->n, in->periods_per_year) -
           beta_of(all(in)) * metric_geometric(in->benchmark, in->n, in->periods_per_year);
}

static double specific(const struct metric_in *in)
{
    double beta = beta_of(all(in));
    for (size_t i = 0; i < in->n; i++)
        in->work[i] = in->values[i] - beta * in->benchmark[i];
    return stat_sd(in->work, in->n, 0) * sqrt(in->periods_per_year);
}

size_t metric_jensen_alpha(const struct metric_in *in, double *out)
{
    *out = jensen(in);
    return 1;
}

size_t metric_specific_risk(const struct metric_in *in, double *out)
{
    *out = specific(in);
    return 1;
}

size_t metric_appraisal_ratio(const struct metric_in *in, double *out)
{
    *out = jensen(in) / specific(in);
    return 1;
}

size_t metric_treynor_modified(const struct metric_in *in, double *out)
{
    double systematic = fabs(beta_of(all(in))) * stat_sd(in->benchmark, in->n, 0) * sqrt(in->periods_per_year);
    *out = metric_geometric(in->values, in->n, in->periods_per_year) / systematic;
    return 1;
}

size_t metric_fama_beta(const struct metric_in *in, double *out)
{
    *out = stat_sd(in->values, in->n, 0) / stat_sd(in->benchmark, in->n, 0);
    return 1;
}

size_t metric_m_squared(const struct metric_in *in, double *out)
{
    double ratio = stat_sd(in->benchmark, in->n, 1) / stat_sd(in->values, in->n, 1);
    *out = metric_geometric(in->values, in->n, in->periods_per_year) * ratio;
    return 1;
}
