/* Was VaR right? Each day's historical VaR against what the same positions lost the day after. */
#ifndef QF_BACKTEST_H
#define QF_BACKTEST_H

#include "common/base.h"

/* closes[row * cols + col]: prices in money, oldest first, > 0; quantities stay as they are, below 0 for shorts. */
struct backtest_in {
    const double *closes, *quantities;
    size_t rows, cols;
    size_t window;     /* returns a VaR is made of */
    double confidence; /* above 0, below 1 */
    size_t first, last; /* rows a VaR is made at: window <= first <= last <= rows - 2 */
};

enum backtest_light { BACKTEST_GREEN, BACKTEST_YELLOW, BACKTEST_RED };
/* "green", "yellow", "red". */
const char *backtest_light_name(enum backtest_light light);

struct backtest_verdict {
    size_t days, exceptions;
    double lr, p_value; /* Kupiec */
    enum backtest_light light;
};

#define BACKTEST_WORK(window, cols) (2 * (window) + (cols))
/* An exception is a day t + 1 on which sum of quantity x (close[t+1] - close[t]) < -VaR(t); VaR(t) as in
 * risk_historical from the `window` returns that end at t.
 * ret_var: room for last - first + 1, VaR of each row from `first` on; NULL: not wanted. ret_exceptions: room for as
 * many, the rows t + 1 of the exceptions; NULL: not wanted. `work`: BACKTEST_WORK doubles.
 * QF_ERANGE: rows or confidence outside what is said above, a price that is not finite or not above 0. */
enum qf_err backtest_run(const struct backtest_in *in, struct backtest_verdict *ret, double *ret_var,
                         size_t *ret_exceptions, double *work) QF_MUST_CHECK;

/* Kupiec 1995, "Techniques for verifying the accuracy of risk measurement models": x exceptions in n days (n > 0, x
 * <= n) against the probability p of one: LR = -2 ln[(1-p)^(n-x) p^x / ((1-x/n)^(n-x) (x/n)^x)], chi-square with one
 * degree of freedom. */
void backtest_kupiec(size_t n, size_t x, double p, double *ret_lr, double *ret_p_value);
/* The Basel zones (1996 supplement, annex 10a), for any number of days: yellow from the number of exceptions on up
 * to which the probability is 95 %, red from 99.99 %. For 250 days at 99 %: yellow 5 to 9, red from 10. */
enum backtest_light backtest_traffic_light(size_t n, size_t x, double p);

#endif
