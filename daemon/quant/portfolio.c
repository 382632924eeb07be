#include "daemon/quant/portfolio.h"

#include <math.h>
#include <string.h>

#include "daemon/quant/blas.h"
#include "daemon/quant/risk_in.h"
#include "daemon/quant/stats.h"
#include "daemon/quant/window.h"

const double portfolio_confidence[PORTFOLIO_CONFIDENCES] = { 0.90, 0.95, 0.975, 0.99 };
const double portfolio_days[PORTFOLIO_HORIZONS] = { 1, 10 };

#define BACKTEST_LEAST 30 /* returns of its smallest value at risk */

/* One run: what comes in and what the steps hand on. */
struct run {
    const struct portfolio_in *in;
    struct portfolio_out *out;
    struct risk_window w;
    double *returns, *pnl, *c_mv, *scratch;
};

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* --- the back-test's size */

static size_t backtest_window(size_t returns)
{
    size_t half = returns / 2 < PORTFOLIO_BACKTEST ? returns / 2 : PORTFOLIO_BACKTEST;
    return larger(half, BACKTEST_LEAST);
}

static size_t backtest_days(size_t returns)
{
    size_t window = backtest_window(returns), behind = returns > window ? returns - window : 0;
    return behind < PORTFOLIO_BACKTEST ? behind : PORTFOLIO_BACKTEST;
}

/* --- work space: returns, P&L and C mv last; the rest is used by one step after the other */

static bool has_matrix(size_t returns, size_t cols)
{
    return cols <= returns;
}

static size_t monte_carlo_work(size_t n, size_t cols, size_t paths)
{
    size_t matrix = has_matrix(n, cols) ? cols * cols + RISK_COVARIANCE_WORK(n, cols) : 0;
    return larger(n, cols) + 2 * paths + matrix;
}

static size_t backtest_work(size_t n, size_t cols)
{
    return backtest_days(n) * (cols + n) + backtest_window(n);
}

size_t portfolio_work(const struct portfolio_in *in)
{
    size_t n = in->rows - 1, cols = in->cols;
    size_t step = larger(RISK_VARIANCE_WORK(n, cols), larger(monte_carlo_work(n, cols, in->paths), backtest_work(n, cols)));
    return n * cols + n + cols + step;
}

static void lay_out(struct run *r, double *work)
{
    size_t n = r->in->rows - 1, cols = r->in->cols;
    r->returns = work;
    r->pnl = r->returns + n * cols;
    r->c_mv = r->pnl + n;
    r->scratch = r->c_mv + cols;
    r->w = (struct risk_window){ r->returns, r->in->mv, n, cols };
}

/* --- methods */

static enum qf_err of_profits(const double *pnl, size_t n, struct portfolio_figure to[][PORTFOLIO_HORIZONS], double *work)
{
    struct risk_tail tail;
    for (size_t c = 0; c < PORTFOLIO_CONFIDENCES; c++)
        for (size_t h = 0; h < PORTFOLIO_HORIZONS; h++) {
            enum qf_err err = risk_historical(pnl, n, portfolio_confidence[c], portfolio_days[h], &tail, work);
            if (err != QF_OK)
                return err;
            to[c][h] = (struct portfolio_figure){ tail.var, tail.es };
        }
    return QF_OK;
}

static enum qf_err of_variance(const struct risk_variance *v, struct portfolio_figure to[][PORTFOLIO_HORIZONS])
{
    struct risk_normal normal;
    for (size_t c = 0; c < PORTFOLIO_CONFIDENCES; c++)
        for (size_t h = 0; h < PORTFOLIO_HORIZONS; h++) {
            enum qf_err err = risk_normal(v, portfolio_confidence[c], portfolio_days[h], &normal);
            if (err != QF_OK)
                return err;
            to[c][h] = (struct portfolio_figure){ normal.var, normal.es };
        }
    return QF_OK;
}

static enum qf_err run_historical(struct run *r)
{
    enum qf_err err = risk_pnl(&r->w, r->pnl);
    return err != QF_OK ? err : of_profits(r->pnl, r->w.rows, r->out->figure[PORTFOLIO_HISTORICAL], r->scratch);
}

static enum qf_err run_ewma(struct run *r)
{
    struct risk_variance v;
    enum qf_err err = risk_variance(&r->w, RISK_EWMA, PORTFOLIO_LAMBDA, &v, r->c_mv, r->scratch);
    return err != QF_OK ? err : of_variance(&v, r->out->figure[PORTFOLIO_EWMA]);
}

static enum qf_err run_sample(struct run *r)
{
    struct risk_variance v;
    struct risk_normal normal;
    enum qf_err err = risk_variance(&r->w, RISK_SAMPLE, 0, &v, r->c_mv, r->scratch);
    if (err == QF_OK)
        err = of_variance(&v, r->out->figure[PORTFOLIO_SAMPLE]);
    if (err == QF_OK)
        err = risk_normal(&v, portfolio_confidence[PORTFOLIO_99], 1, &normal);
    if (err != QF_OK)
        return err;
    r->out->undiversified = normal.undiversified_var;
    risk_components(&normal, r->c_mv, r->in->mv, r->in->cols, 1, r->out->component, r->out->marginal);
    return QF_OK;
}

/* --- Monte Carlo */

/* C = L L' with L from Cholesky: as many normals a path as names. */
static bool loadings_of_names(struct run *r, double *v, double *scratch)
{
    double *cov = scratch, *work = cov + r->w.cols * r->w.cols;
    if (!has_matrix(r->w.rows, r->w.cols) || risk_covariance(&r->w, RISK_SAMPLE, 0, cov, work) != QF_OK ||
        risk_cholesky(cov, r->w.cols) != QF_OK)
        return false;
    risk_mc_loadings(cov, r->in->mv, r->w.cols, 1, v);
    return true;
}

/* The window itself is a root of C: C = X'X/(rows - 1) with X the returns less their means, so the P&L of each day less its mean, over the
 * root of rows - 1, are loadings too: as many normals a path as days. For more names than days. */
static void loadings_of_days(struct run *r, double *v)
{
    double mean = stat_mean(r->pnl, r->w.rows), root = sqrt((double)(r->w.rows - 1));
    for (size_t t = 0; t < r->w.rows; t++)
        v[t] = (r->pnl[t] - mean) / root;
}

static enum qf_err run_monte_carlo(struct run *r)
{
    size_t paths = r->in->paths, n = r->w.cols;
    double *v = r->scratch, *out = v + larger(r->w.rows, r->w.cols), *work = out + paths;
    if (!loadings_of_names(r, v, work + paths)) {
        loadings_of_days(r, v);
        n = r->w.rows;
    }
    risk_mc_run(v, n, r->in->seed, paths, r->in->threads, out);
    return of_profits(out, paths, r->out->figure[PORTFOLIO_MONTE_CARLO], work);
}

/* --- the back-test: what backtest_run does, for all days in one product */

/* Market values of each evening before a judged day, and what they made on each day of the whole window. */
static const double *evenings(struct run *r, size_t first, size_t days, double *values, double *profits)
{
    for (size_t d = 0; d < days; d++)
        for (size_t i = 0; i < r->in->cols; i++)
            values[d * r->in->cols + i] = r->in->units[i] * r->in->closes[(first + d) * r->in->cols + i];
    blas_products(values, days, r->returns, r->w.rows, r->in->cols, profits);
    return profits;
}

static double gain(const struct portfolio_in *in, size_t row)
{
    const double *is = in->closes + row * in->cols, *was = is - in->cols;
    double sum = 0;
    for (size_t i = 0; i < in->cols; i++)
        sum += in->units[i] * (is[i] - was[i]);
    return sum;
}

static enum qf_err run_backtest(struct run *r)
{
    struct portfolio_out *out = r->out;
    size_t n = r->w.rows, days = backtest_days(n), window = backtest_window(n), first = n - days; /* row of the first evening */
    double *values = r->scratch, *profits = values + days * r->in->cols, *work = profits + days * n, p = portfolio_confidence[PORTFOLIO_99];
    struct risk_tail tail;
    out->backtest_window = window;
    out->backtest = (struct backtest_verdict){ .days = days };
    if (days == 0)
        return QF_OK;
    evenings(r, first, days, values, profits);
    for (size_t d = 0; d < days; d++) {
        enum qf_err err = risk_historical(profits + d * n + first + d - window, window, p, 1, &tail, work);
        if (err != QF_OK)
            return err;
        out->day_var[d] = tail.var;
        out->day_pnl[d] = gain(r->in, first + d + 1);
        out->backtest.exceptions += out->day_pnl[d] < -tail.var;
    }
    out->first_day = first + 1;
    backtest_kupiec(days, out->backtest.exceptions, 1 - p, &out->backtest.lr, &out->backtest.p_value);
    out->backtest.light = backtest_traffic_light(days, out->backtest.exceptions, 1 - p);
    return QF_OK;
}

static bool good(const struct portfolio_in *in)
{
    if (in->rows < 3 || in->cols == 0 || in->paths == 0 || !risk_all_finite(in->closes, in->rows * in->cols) ||
        !risk_all_finite(in->mv, in->cols) || !risk_all_finite(in->units, in->cols))
        return false;
    for (size_t i = 0; i < in->rows * in->cols; i++)
        if (!(in->closes[i] > 0))
            return false;
    return true;
}

enum qf_err portfolio_run(const struct portfolio_in *in, struct portfolio_out *ret, double *work)
{
    static enum qf_err (*const steps[])(struct run *) = { run_historical, run_ewma, run_sample, run_monte_carlo, run_backtest };
    struct run r = { .in = in, .out = ret };
    enum qf_err err = good(in) ? QF_OK : QF_ERANGE;
    if (err != QF_OK)
        return err;
    lay_out(&r, work);
    window_returns(in->closes, in->rows, in->cols, r.returns);
    ret->returns = r.w.rows;
    for (size_t i = 0; i < QF_LEN(steps) && err == QF_OK; i++)
        err = steps[i](&r);
    return err;
}

enum qf_err portfolio_correlation(const double *closes, size_t rows, size_t cols, const size_t *which, size_t n, double *ret, double *work)
{
    double *returns = work, *mv = returns + rows * n, *rest = mv + n;
    if (rows < 3 || n == 0)
        return QF_ERANGE;
    memset(mv, 0, n * sizeof *mv);
    for (size_t t = 0; t + 1 < rows; t++)
        for (size_t i = 0; i < n; i++)
            returns[t * n + i] = closes[(t + 1) * cols + which[i]] / closes[t * cols + which[i]] - 1;
    const struct risk_window w = { returns, mv, rows - 1, n };
    enum qf_err err = risk_covariance(&w, RISK_SAMPLE, 0, ret, rest);
    if (err == QF_OK)
        risk_correlation(ret, n, ret);
    return err;
}
