#include "daemon/quant/stats.h"

#include <math.h>

size_t stat_count(const double *x, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += isnan(x[i]) ? 0 : 1;
    return count;
}

double stat_sum(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            sum += x[i];
    return sum;
}

double stat_mean(const double *x, size_t n)
{
    double about = NAN, sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        if (count++ == 0)
            about = isfinite(x[i]) ? x[i] : 0;
        sum += x[i] - about;
    }
    return about + sum / (double)count;
}

double stat_var(const double *x, size_t n, unsigned ddof)
{
    double mean = stat_mean(x, n), sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        sum += (x[i] - mean) * (x[i] - mean);
        count++;
    }
    return count > ddof ? sum / (double)(count - ddof) : NAN;
}

double stat_sd(const double *x, size_t n, unsigned ddof)
{
    return sqrt(stat_var(x, n, ddof));
}

/* x^k for small k: exact steps, no library whose last bit differs. */
static double power(double x, int k)
{
    double out = 1;
    while (k-- > 0)
        out *= x;
    return out;
}

double stat_moment(const double *x, size_t n, int order)
{
    double mean = stat_mean(x, n), sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        sum += power(x[i] - mean, order);
        count++;
    }
    return count > 0 ? sum / (double)count : NAN;
}

double stat_skewness(const double *x, size_t n)
{
    double m2 = stat_moment(x, n, 2);
    return stat_moment(x, n, 3) / (m2 * sqrt(m2));
}

double stat_kurtosis(const double *x, size_t n)
{
    double m2 = stat_moment(x, n, 2);
    return stat_moment(x, n, 4) / (m2 * m2);
}

/* --- pairs */

static bool both(const double *x, const double *y, size_t i)
{
    return !isnan(x[i]) && !isnan(y[i]);
}

size_t stat_pairs(const double *x, const double *y, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += both(x, y, i) ? 1 : 0;
    return count;
}

double stat_pair_mean(const double *x, const double *y, size_t n)
{
    double about = NAN, sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!both(x, y, i))
            continue;
        if (count++ == 0)
            about = isfinite(x[i]) ? x[i] : 0;
        sum += x[i] - about;
    }
    return about + sum / (double)count;
}

double stat_cov(const double *x, const double *y, size_t n, unsigned ddof)
{
    double mx = stat_pair_mean(x, y, n), my = stat_pair_mean(y, x, n), sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!both(x, y, i))
            continue;
        sum += (x[i] - mx) * (y[i] - my);
        count++;
    }
    return count > ddof ? sum / (double)(count - ddof) : NAN;
}

double stat_corr(const double *x, const double *y, size_t n)
{
    double mx = stat_pair_mean(x, y, n), my = stat_pair_mean(y, x, n), xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        if (!both(x, y, i))
            continue;
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    double r = xy / (sqrt(xx) * sqrt(yy));
    return r > 1 ? 1 : r < -1 ? -1 : r; /* NaN passes through */
}

/* --- distributions */

double stat_normal_density(double z)
{
    return exp(-z * z / 2) * 0.39894228040143267794;
}

double stat_chi2_1_tail(double x)
{
    return x > 0 ? erfc(sqrt(x / 2)) : isnan(x) ? x : 1;
}

double stat_binomial_cdf(size_t x, size_t n, double p)
{
    double term = (double)n * log1p(-p), odds = log(p) - log1p(-p), sum = exp(term);
    for (size_t k = 1; k <= x && k <= n; k++) {
        term += log((double)(n - k + 1)) - log((double)k) + odds;
        sum += exp(term);
    }
    return sum < 1 ? sum : 1;
}

/* c[0] + c[1] x + ... + c[7] x^7 */
static inline double polynomial(const double c[8], double x)
{
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0];
}

/* The coefficients of AS 241: the middle, the tails down to exp(-25), and what is beyond. */
static const double mid_num[8] = { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
                                   1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4, 3.3430575583588128105e+4,
                                   2.5090809287301226727e+3 };
static const double mid_den[8] = { 1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
                                   2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
                                   5.2264952788528545610e+3 };
static const double tail_num[8] = { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
                                    3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
                                    2.27238449892691845833e-2, 7.74545014278341407640e-4 };
static const double tail_den[8] = { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
                                    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
                                    1.05075007164441684324e-9 };
static const double far_num[8] = { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
                                   2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                                   2.71155556874348757815e-5, 2.01033439929228813265e-7 };
static const double far_den[8] = { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
                                   7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
                                   2.04426310338993978564e-15 };

#define MIDDLE 0.425

static inline double middle(double q)
{
    double r = 0.180625 - q * q;
    return q * polynomial(mid_num, r) / polynomial(mid_den, r);
}

double stat_normal_quantile(double p)
{
    double q = p - 0.5;
    if (fabs(q) <= MIDDLE)
        return middle(q);
    double tail = q < 0 ? p : 1 - p;
    if (!(tail > 0))
        return tail == 0 ? copysign(INFINITY, q) : NAN;
    double r = sqrt(-log(tail));
    double z = r <= 5 ? polynomial(tail_num, r - 1.6) / polynomial(tail_den, r - 1.6)
                      : polynomial(far_num, r - 5) / polynomial(far_den, r - 5);
    return q < 0 ? -z : z;
}

/* The middle of all first, without a question in the loop, so that the compiler can take two at a time; then the tails. */
void stat_normal_quantiles(const double p[restrict STAT_BLOCK], double out[restrict STAT_BLOCK])
{
    for (int i = 0; i < STAT_BLOCK; i++)
        out[i] = middle(p[i] - 0.5);
    for (int i = 0; i < STAT_BLOCK; i++)
        if (!(fabs(p[i] - 0.5) <= MIDDLE))
            out[i] = stat_normal_quantile(p[i]);
}
