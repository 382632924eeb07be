/* Risk of a portfolio of market values over a window of returns.
 *
 * A window has `rows` days, oldest first, of `cols` positions each: returns[row * cols + col], simple returns of one
 * day. Market values are in money (the base currency), below 0 for shorts; so are P&L, value at risk (VaR) and expected
 * shortfall (ES). Losses are positive and not floored at 0: a negative VaR is a gain. A confidence is above 0 and below
 * 1, e.g. 0.99.
 * Missing numbers have no place here: whoever fills a window leaves positions without prices out and says so. A NaN or
 * an infinite number gives QF_ERANGE, as do an empty window and a confidence outside; outputs are then untouched.
 * Nothing allocates; work space is the caller's. */
#ifndef QF_RISK_H
#define QF_RISK_H

#include "common/base.h"

struct risk_window {
    const double *returns; /* rows x cols */
    const double *mv;      /* cols */
    size_t rows, cols;
};

/* --- exposure: sums over market values. HHI = sum of squared shares of gross; both 0 when gross is 0. */
struct risk_exposure {
    double gross, net, long_side, short_side; /* short_side <= 0 */
    double largest, hhi;                      /* share of gross of the largest position; 1 = one position only */
};
enum qf_err risk_exposure(const double *mv, size_t n, struct risk_exposure *ret) QF_MUST_CHECK;

/* --- historical simulation */

/* P&L of today's positions on each day of the window: out[row] = sum of mv x return. `out` has room for rows; it is written also when a
 * return is not finite or a sum is too large. */
enum qf_err risk_pnl(const struct risk_window *w, double *out) QF_MUST_CHECK;

struct risk_tail {
    double var, es;
    double worst, best, mean; /* of the P&L as it was given, never scaled */
};
/* VaR = -(quantile of the P&L at position (n - 1)(1 - c), linear between neighbours), ES = -(mean of the k + 1 worst),
 * k = floor((n - 1)(1 - c)). Both are multiplied by sqrt(days) (1: as they are). `work`: n doubles. */
enum qf_err risk_historical(const double *pnl, size_t n, double confidence, double days, struct risk_tail *ret,
                            double *work) QF_MUST_CHECK;

/* --- parametric: normal with mean 0 and covariance C of the window's returns */

enum risk_weights {
    RISK_EWMA,  /* C = sum of w r r', w proportional to lambda^age, newest age 0, weights adding up to 1, no mean removed
                 * (RiskMetrics technical document 1996) */
    RISK_SAMPLE /* mean removed, rows - 1; at least two rows, else QF_ERANGE */
};

/* What does not depend on confidence or horizon; one day. */
struct risk_variance {
    double variance;     /* mv' C mv */
    double undiversified; /* sum of |mv| sqrt(C_ii) */
};
#define RISK_VARIANCE_WORK(rows, cols) (2 * (rows) + 2 * (cols))
/* C itself is never made: C mv = sum of w (r - mean)(pnl - mean), so this takes rows x cols steps, not rows x
 * cols^2. ret_c_mv: room for cols, (C mv) of each position. lambda: 0 < lambda <= 1, only for RISK_EWMA. `work`:
 * RISK_VARIANCE_WORK doubles. */
enum qf_err risk_variance(const struct risk_window *w, enum risk_weights how, double lambda, struct risk_variance *ret,
                          double *ret_c_mv, double *work) QF_MUST_CHECK;

struct risk_normal {
    double sigma, var, es, undiversified_var;
    double z; /* normal quantile of the confidence */
};
/* Over `days` (> 0): variance times days. VaR = z sigma, ES = density(z)/(1 - c) sigma, undiversified = z sum of
 * |mv| sqrt(C_ii). (Jorion 2007, "Value at Risk", chapters 7 and 10) */
enum qf_err risk_normal(const struct risk_variance *v, double confidence, double days, struct risk_normal *ret) QF_MUST_CHECK;
/* Of each position: component = z mv (C mv)/sigma (they add up to VaR), marginal = z (C mv)/sigma (VaR for one more
 * unit of market value), both over `days`. 0 when sigma is 0. Either output may be NULL; else room for cols. */
void risk_components(const struct risk_normal *r, const double *c_mv, const double *mv, size_t cols, double days,
                     double *ret_component, double *ret_marginal);

/* --- covariance and correlation as matrices: cols x cols, row by row, symmetric */

#define RISK_BLOCK 64 /* rows multiplied at a time */
#define RISK_COVARIANCE_WORK(rows, cols) ((rows) + (1 + RISK_BLOCK) * (cols))
enum qf_err risk_covariance(const struct risk_window *w, enum risk_weights how, double lambda, double *ret,
                            double *work) QF_MUST_CHECK;
/* From a covariance; NaN for a position that does not move. `ret` may be `cov` itself. */
void risk_correlation(const double *cov, size_t cols, double *ret);
/* Lower triangle L with L L' = cov, zeros above, in place. A variance that is 0 to rounding gives a column of zeros
 * (more positions than days leave the matrix singular). QF_ERANGE: the matrix is not positive semidefinite; it is
 * then partly overwritten. */
enum qf_err risk_cholesky(double *cov, size_t cols) QF_MUST_CHECK;

/* --- Monte Carlo: P&L of a portfolio under normal returns */

/* P&L = mv' L z = v' z with z independent standard normals: v = L' mv sqrt(days) is all a portfolio needs of the
 * covariance. `chol` from risk_cholesky; `ret_v`: cols. */
void risk_mc_loadings(const double *chol, const double *mv, size_t cols, double days, double *ret_v);
/* out[k] = v' z of path first + k. Each path has a stream of its own, made of the seed and its number: the same
 * paths come out however they are split among calls and threads. z by inverse transform of xoshiro256** uniforms. */
void risk_mc_paths(const double *v, size_t cols, uint64_t seed, uint64_t first, size_t count, double *out);
/* The same on several threads (see parallel.h): the same bytes for any number of them. */
void risk_mc_run(const double *v, size_t cols, uint64_t seed, size_t count, unsigned threads, double *out);

#endif
