/* The whole risk of a portfolio in one go: value at risk and expected shortfall by four methods, its parts, and the back-test. What each
 * figure is stands in risk.h and backtest.h; here is only what belongs together. Nothing allocates. */
#ifndef QF_PORTFOLIO_H
#define QF_PORTFOLIO_H

#include "daemon/quant/backtest.h"
#include "daemon/quant/risk.h"

enum portfolio_method { PORTFOLIO_HISTORICAL, PORTFOLIO_EWMA, PORTFOLIO_SAMPLE, PORTFOLIO_MONTE_CARLO, PORTFOLIO_METHODS };
#define PORTFOLIO_CONFIDENCES 4 /* 90, 95, 97.5, 99 % */
#define PORTFOLIO_HORIZONS 2    /* 1 and 10 days, scaled by the root */
extern const double portfolio_confidence[PORTFOLIO_CONFIDENCES];
extern const double portfolio_days[PORTFOLIO_HORIZONS];
#define PORTFOLIO_975 2
#define PORTFOLIO_99 3
#define PORTFOLIO_LAMBDA 0.94
#define PORTFOLIO_BACKTEST 250 /* days, and returns of each value at risk, at most */
#define PORTFOLIO_LIGHT 30     /* days the traffic light needs */

struct portfolio_in {
    const double *mv;     /* cols: market values, base currency */
    const double *units;  /* cols: what one unit of price is worth: quantity x multiplier x rate, signed */
    const double *closes; /* rows x cols, oldest first, > 0 */
    size_t rows, cols;    /* rows: closes, one more than returns; at least 3 */
    uint64_t seed;        /* of the Monte Carlo */
    size_t paths;         /* > 0 */
    unsigned threads;     /* of the Monte Carlo; the figures do not depend on it */
};

struct portfolio_figure {
    double var, es; /* losses positive */
};

struct portfolio_out {
    struct portfolio_figure figure[PORTFOLIO_METHODS][PORTFOLIO_CONFIDENCES][PORTFOLIO_HORIZONS];
    double undiversified; /* 99 %, 1 day, sample covariance */
    size_t returns;       /* in the window */
    /* Each value at risk of the back-test is historical, 99 %, 1 day, of `backtest_window` returns: half of what there is, from 30 to
     * PORTFOLIO_BACKTEST; the days are the newest ones behind them. */
    size_t backtest_window;
    struct backtest_verdict backtest; /* .days = 0: too few returns, the rest means nothing */
    size_t first_day;     /* row of the first day it judges; the others follow one by one */
    /* The caller's arrays. */
    double *component, *marginal; /* cols: of the sample covariance's VaR at 99 %, 1 day; components add up to it */
    double *day_pnl, *day_var;    /* PORTFOLIO_BACKTEST: profit of each day, VaR of the evening before */
};

/* Doubles of work space that portfolio_run takes. */
size_t portfolio_work(const struct portfolio_in *in);
/* QF_ERANGE: a number that is not finite, a close that is not above 0, or too few rows. */
enum qf_err portfolio_run(const struct portfolio_in *in, struct portfolio_out *ret, double *work) QF_MUST_CHECK;

/* Correlations of n of the names (`which`: their columns), n x n, row by row; NaN where a name does not move. Sample covariance.
 * work: PORTFOLIO_CORRELATION_WORK doubles. */
#define PORTFOLIO_CORRELATION_WORK(rows, n) ((rows) * (n) + (n) + RISK_COVARIANCE_WORK(rows, n))
enum qf_err portfolio_correlation(const double *closes, size_t rows, size_t cols, const size_t *which, size_t n, double *ret,
                                  double *work) QF_MUST_CHECK;

#endif
