#include "daemon/quant/backtest.h"

#include <math.h>

#include "daemon/quant/risk.h"
#include "daemon/quant/stats.h"

const char *backtest_light_name(enum backtest_light light)
{
    static const char *const names[] = { "green", "yellow", "red" };
    qf_assert((size_t)light < QF_LEN(names));
    return names[light];
}

/* x ln y with 0 ln 0 = 0: no exceptions, or nothing else. */
static double x_log_y(double x, double y)
{
    return x > 0 ? x * log(y) : 0;
}

void backtest_kupiec(size_t n, size_t x, double p, double *ret_lr, double *ret_p_value)
{
    double hit = (double)x, miss = (double)(n - x), share = hit / (double)n;
    double expected = x_log_y(miss, 1 - p) + x_log_y(hit, p);
    double seen = x_log_y(miss, 1 - share) + x_log_y(hit, share);
    *ret_lr = fmax(-2 * (expected - seen), 0); /* rounding may leave it below 0 where both agree */
    *ret_p_value = stat_chi2_1_tail(*ret_lr);
}

enum backtest_light backtest_traffic_light(size_t n, size_t x, double p)
{
    double reached = stat_binomial_cdf(x, n, p);
    return reached < 0.95 ? BACKTEST_GREEN : reached < 0.9999 ? BACKTEST_YELLOW : BACKTEST_RED;
}

static bool good(const struct backtest_in *in)
{
    if (in->cols == 0 || in->window == 0 || in->window > in->first || in->first > in->last || in->last + 1 >= in->rows)
        return false;
    for (size_t i = 0; i < in->rows * in->cols; i++)
        if (!(in->closes[i] > 0) || !isfinite(in->closes[i]))
            return false;
    return true;
}

/* P&L of today's market values (those of row t) on each day of the window that ends at t. */
static void window_pnl(const struct backtest_in *in, size_t t, double *mv, double *pnl)
{
    for (size_t i = 0; i < in->cols; i++)
        mv[i] = in->quantities[i] * in->closes[t * in->cols + i];
    for (size_t d = 0; d < in->window; d++) {
        const double *now = in->closes + (t - in->window + 1 + d) * in->cols, *was = now - in->cols;
        pnl[d] = 0;
        for (size_t i = 0; i < in->cols; i++)
            pnl[d] += mv[i] * (now[i] / was[i] - 1);
    }
}

static double gain_after(const struct backtest_in *in, size_t t)
{
    const double *was = in->closes + t * in->cols, *is = was + in->cols;
    double gain = 0;
    for (size_t i = 0; i < in->cols; i++)
        gain += in->quantities[i] * (is[i] - was[i]);
    return gain;
}

enum qf_err backtest_run(const struct backtest_in *in, struct backtest_verdict *ret, double *ret_var,
                         size_t *ret_exceptions, double *work)
{
    double *pnl = work, *scratch = pnl + in->window, *mv = scratch + in->window;
    struct risk_tail tail;
    size_t exceptions = 0;
    if (!good(in))
        return QF_ERANGE;
    for (size_t t = in->first; t <= in->last; t++) {
        window_pnl(in, t, mv, pnl);
        enum qf_err err = risk_historical(pnl, in->window, in->confidence, 1, &tail, scratch);
        if (err != QF_OK)
            return err;
        if (ret_var != NULL)
            ret_var[t - in->first] = tail.var;
        if (!(gain_after(in, t) < -tail.var))
            continue;
        if (ret_exceptions != NULL)
            ret_exceptions[exceptions] = t + 1;
        exceptions++;
    }
    ret->days = in->last - in->first + 1;
    ret->exceptions = exceptions;
    backtest_kupiec(ret->days, exceptions, 1 - in->confidence, &ret->lr, &ret->p_value);
    ret->light = backtest_traffic_light(ret->days, exceptions, 1 - in->confidence);
    return QF_OK;
}
