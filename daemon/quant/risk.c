#include "daemon/quant/risk.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "daemon/quant/blas.h"
#include "daemon/quant/risk_in.h"
#include "daemon/quant/stats.h"

/* A finite sum has finite parts only; one that is not may be of large numbers, and each is looked at. */
bool risk_all_finite(const double *x, size_t n)
{
    if (n == 0 || (n < INT_MAX && isfinite(blas_sum_abs(x, n))))
        return true;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static bool good_confidence(double c)
{
    return c > 0 && c < 1;
}

bool risk_good_returns(const struct risk_window *w)
{
    return w->rows > 0 && w->cols > 0 && risk_all_finite(w->returns, w->rows * w->cols);
}

/* --- exposure */

enum qf_err risk_exposure(const double *mv, size_t n, struct risk_exposure *ret)
{
    struct risk_exposure e = { 0 };
    double squares = 0;
    if (!risk_all_finite(mv, n))
        return QF_ERANGE;
    for (size_t i = 0; i < n; i++) {
        e.long_side += mv[i] > 0 ? mv[i] : 0;
        e.short_side += mv[i] < 0 ? mv[i] : 0;
        e.gross += fabs(mv[i]);
        e.net += mv[i];
        e.largest = fmax(e.largest, fabs(mv[i]));
    }
    for (size_t i = 0; i < n && e.gross > 0; i++)
        squares += mv[i] / e.gross * (mv[i] / e.gross);
    e.hhi = squares;
    e.largest = e.gross > 0 ? e.largest / e.gross : 0;
    *ret = e;
    return QF_OK;
}

/* --- historical */

double risk_dot(const double *a, const double *b, size_t n)
{
    double even = 0, odd = 0; /* two sums: one addition need not wait for the other */
    for (size_t i = 0; i + 1 < n; i += 2) {
        even += a[i] * b[i];
        odd += a[i + 1] * b[i + 1];
    }
    return n % 2 == 1 ? even + odd + a[n - 1] * b[n - 1] : even + odd;
}

void risk_pnl_of(const struct risk_window *w, double *out)
{
    blas_rows(w->returns, w->rows, w->cols, w->mv, out);
}

enum qf_err risk_pnl(const struct risk_window *w, double *out)
{
    if (w->rows == 0 || w->cols == 0 || !risk_all_finite(w->mv, w->cols))
        return QF_ERANGE;
    risk_pnl_of(w, out);
    return risk_all_finite(out, w->rows) ? QF_OK : QF_ERANGE; /* a return that is not finite makes a sum that is not, also times 0 */
}

static void extremes(const double *x, size_t n, double *ret_least, double *ret_most)
{
    *ret_least = *ret_most = x[0];
    for (size_t i = 1; i < n; i++) {
        *ret_least = x[i] < *ret_least ? x[i] : *ret_least;
        *ret_most = x[i] > *ret_most ? x[i] : *ret_most;
    }
}

enum qf_err risk_historical(const double *pnl, size_t n, double confidence, double days, struct risk_tail *ret,
                            double *work)
{
    if (n == 0 || !good_confidence(confidence) || !(days > 0) || !risk_all_finite(pnl, n))
        return QF_ERANGE;
    memcpy(work, pnl, n * sizeof(*work));
    ret->var = -stat_quantile(work, n, 1 - confidence) * sqrt(days);
    ret->es = -stat_tail_mean(work, n, 1 - confidence) * sqrt(days);
    extremes(pnl, n, &ret->worst, &ret->best);
    ret->mean = stat_mean(pnl, n);
    return QF_OK;
}

/* --- parametric */

enum qf_err risk_normal(const struct risk_variance *v, double confidence, double days, struct risk_normal *ret)
{
    if (!good_confidence(confidence) || !(days > 0) || !isfinite(v->variance) || v->variance < 0)
        return QF_ERANGE;
    double z = stat_normal_quantile(confidence), sigma = sqrt(v->variance * days);
    *ret = (struct risk_normal){ .sigma = sigma,
                                 .z = z,
                                 .var = z * sigma,
                                 .es = stat_normal_density(z) / (1 - confidence) * sigma,
                                 .undiversified_var = z * v->undiversified * sqrt(days) };
    return QF_OK;
}

void risk_components(const struct risk_normal *r, const double *c_mv, const double *mv, size_t cols, double days,
                     double *ret_component, double *ret_marginal)
{
    double scale = r->sigma > 0 ? r->z * days / r->sigma : 0;
    for (size_t i = 0; i < cols; i++) {
        if (ret_marginal != NULL)
            ret_marginal[i] = scale * c_mv[i];
        if (ret_component != NULL)
            ret_component[i] = scale * c_mv[i] * mv[i];
    }
}
