/* Covariances of a window: the variance of one portfolio without the matrix, and the matrix where it is asked for. */
#include <math.h>
#include <string.h>

#include "daemon/quant/blas.h"
#include "daemon/quant/risk_in.h"
#include "daemon/quant/stats.h"

/* A pivot this small against its variance is rounding: the position moves with those before it. */
#define NO_PIVOT 1e-10

/* --- weights of the days, oldest first, and what they make of a window */

static bool good_weights(const struct risk_window *w, enum risk_weights how, double lambda)
{
    return how == RISK_SAMPLE ? w->rows > 1 : lambda > 0 && lambda <= 1;
}

static void fill_weights(enum risk_weights how, double lambda, size_t rows, double *weight)
{
    double each = 1, sum = 0;
    for (size_t t = rows; t-- > 0; each *= lambda) {
        weight[t] = how == RISK_SAMPLE ? 1 / (double)(rows - 1) : each;
        sum += weight[t];
    }
    for (size_t t = 0; how == RISK_EWMA && t < rows; t++)
        weight[t] /= sum;
}

/* What is taken from each return: the column's mean, or nothing for EWMA. */
static void fill_means(const struct risk_window *w, enum risk_weights how, double *mean)
{
    memset(mean, 0, w->cols * sizeof(*mean));
    if (how == RISK_EWMA)
        return;
    for (size_t t = 0; t < w->rows; t++)
        for (size_t i = 0; i < w->cols; i++)
            mean[i] += w->returns[t * w->cols + i];
    for (size_t i = 0; i < w->cols; i++)
        mean[i] /= (double)w->rows;
}

enum qf_err risk_variance(const struct risk_window *w, enum risk_weights how, double lambda, struct risk_variance *ret,
                          double *ret_c_mv, double *work)
{
    double *weight = work, *pnl = weight + w->rows, *mean = pnl + w->rows, *diagonal = mean + w->cols;
    if (!risk_good_returns(w) || !good_weights(w, how, lambda) || !risk_all_finite(w->mv, w->cols))
        return QF_ERANGE;
    fill_weights(how, lambda, w->rows, weight);
    fill_means(w, how, mean);
    risk_pnl_of(w, pnl);
    double centre = risk_dot(mean, w->mv, w->cols), undiversified = 0;
    memset(ret_c_mv, 0, w->cols * sizeof(*ret_c_mv));
    memset(diagonal, 0, w->cols * sizeof(*diagonal));
    for (size_t t = 0; t < w->rows; t++) {
        const double *r = w->returns + t * w->cols;
        double pull = weight[t] * (pnl[t] - centre);
        for (size_t i = 0; i < w->cols; i++) {
            double x = r[i] - mean[i];
            ret_c_mv[i] += pull * x;
            diagonal[i] += weight[t] * x * x;
        }
    }
    for (size_t i = 0; i < w->cols; i++)
        undiversified += fabs(w->mv[i]) * sqrt(diagonal[i]);
    double variance = risk_dot(ret_c_mv, w->mv, w->cols);
    *ret = (struct risk_variance){ .variance = variance > 0 ? variance : 0, .undiversified = undiversified };
    return QF_OK;
}

/* --- matrices */

/* Rows t .. t + n - 1 with their means taken out, each times the root of its weight: their squares add up to the covariance. */
static void fill_block(const struct risk_window *w, const double *weight, const double *mean, size_t t, size_t n, double *out)
{
    for (size_t k = 0; k < n; k++) {
        double root = sqrt(weight[t + k]);
        const double *r = w->returns + (t + k) * w->cols;
        for (size_t i = 0; i < w->cols; i++)
            out[k * w->cols + i] = root * (r[i] - mean[i]);
    }
}

static void mirror(double *cov, size_t cols)
{
    for (size_t i = 0; i < cols; i++)
        for (size_t j = 0; j < i; j++)
            cov[j * cols + i] = cov[i * cols + j];
}

enum qf_err risk_covariance(const struct risk_window *w, enum risk_weights how, double lambda, double *ret, double *work)
{
    double *weight = work, *mean = weight + w->rows, *block = mean + w->cols;
    if (!risk_good_returns(w) || !good_weights(w, how, lambda))
        return QF_ERANGE;
    fill_weights(how, lambda, w->rows, weight);
    fill_means(w, how, mean);
    memset(ret, 0, w->cols * w->cols * sizeof(*ret));
    for (size_t t = 0; t < w->rows; t += RISK_BLOCK) {
        size_t n = w->rows - t < RISK_BLOCK ? w->rows - t : RISK_BLOCK;
        fill_block(w, weight, mean, t, n, block);
        blas_add_squares(block, n, w->cols, ret);
    }
    mirror(ret, w->cols);
    return QF_OK;
}

void risk_correlation(const double *cov, size_t cols, double *ret)
{
    for (size_t i = 0; i < cols; i++) /* off the diagonal first: it is read until the end */
        for (size_t j = 0; j < cols; j++)
            if (i != j)
                ret[i * cols + j] = cov[i * cols + j] / (sqrt(cov[i * cols + i]) * sqrt(cov[j * cols + j]));
    for (size_t i = 0; i < cols; i++)
        ret[i * cols + i] = cov[i * cols + i] > 0 ? 1 : NAN;
}

/* What row i and column k < i of L make of cov[i][k], less what the columns before k explain. */
static double rest(const double *l, size_t cols, size_t i, size_t k)
{
    return l[i * cols + k] - risk_dot(l + i * cols, l + k * cols, k);
}

enum qf_err risk_cholesky(double *cov, size_t cols)
{
    for (size_t i = 0; i < cols; i++) {
        for (size_t k = 0; k < i; k++)
            cov[i * cols + k] = cov[k * cols + k] > 0 ? rest(cov, cols, i, k) / cov[k * cols + k] : 0;
        double own = cov[i * cols + i], pivot = rest(cov, cols, i, i);
        if (!(own >= 0) || !(pivot >= -NO_PIVOT * own))
            return QF_ERANGE;
        cov[i * cols + i] = pivot > NO_PIVOT * own ? sqrt(pivot) : 0;
    }
    for (size_t i = 0; i < cols; i++)
        memset(cov + i * cols + i + 1, 0, (cols - i - 1) * sizeof(*cov));
    return QF_OK;
}
