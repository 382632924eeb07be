/* Every performance metric by name, with its convention beside it. One table lists them, so that whoever shows a number
 * can show how it was worked out, and whoever cannot show one can say why.
 *
 * Common rules. Returns are simple returns of one period (0.01 = 1 %); NaN is a missing one. N = elements, missing ones
 * counted; n = those present. Means, sums and products run over those present; sd divides by n - 1 where nothing else
 * is said. A = periods in a year. x/0 is infinite, 0/0 undefined (NaN). Quantiles: position (n - 1) q, linear between
 * neighbours.
 * Sources: the definitions and their published results in empyrical (value at risk, capture, alpha and beta families),
 * in PerformanceAnalytics with Bacon 2008, "Practical portfolio performance measurement and attribution" (partial
 * moments, adjusted and skew ratios, the CAPM family) and in freqtrade (expectancy, drawdown of money).
 * Nothing allocates: results and work space are the caller's. */
#ifndef QF_METRICS_H
#define QF_METRICS_H

#include "common/base.h"

/* What a row wants to be given. Returns (or prices, or profits) always come in metric_in.values. */
enum metric_needs {
    METRIC_RETURNS = 1,
    METRIC_PRICES = 2,     /* values are prices */
    METRIC_PROFITS = 4,    /* values are profits of closed trades, in money */
    METRIC_BENCHMARK = 8,
    METRIC_DATES = 16,
    METRIC_LEVELS = 32     /* first and last level and the days between; no values */
};

/* How many numbers a row gives. */
enum metric_shape {
    METRIC_ONE,
    METRIC_PAIR,    /* [alpha, beta] */
    METRIC_FOUR,    /* [fall, fall / peak, peak index, trough index] */
    METRIC_SERIES   /* up to one for each element */
};

enum metric_unit {
    METRIC_NUMBER,   /* a ratio */
    METRIC_FRACTION, /* 0.01 = 1 % */
    METRIC_MONEY,    /* the unit of the profits */
    METRIC_MIXED
};

enum metric_bucket { METRIC_WEEK, METRIC_MONTH, METRIC_QUARTER, METRIC_YEAR };

struct metric_in {
    const double *values;          /* N of them, oldest first */
    const double *benchmark;       /* N returns of the benchmark, or NULL */
    const double *risk_free;       /* N returns without risk, or NULL: risk_free_rate in each period */
    const double *required;        /* N required returns, or NULL: required_return in each period */
    const int32_t *dates;          /* N days since 1970-01-01, ascending, or NULL */
    size_t n;
    double periods_per_year;       /* A: 252 daily, 52 weekly, 12 monthly, 4 quarterly, 1 yearly; > 0 */
    double risk_free_rate;         /* per period */
    double required_return;        /* per period; of omega_ratio: a year */
    double benchmark_constant;     /* information_ratio without a benchmark; per period */
    double cutoff;                 /* of value at risk, 0 to 1 */
    double mar;                    /* minimum acceptable return, per period */
    double order;                  /* of kappa, > 0 */
    double starting_value;         /* cum_returns: 0 = as a return, else as a level */
    double start, end, days;       /* cagr_levels, equity_drawdown (start) */
    bool relative;                 /* equity_drawdown: deepest in per cent of the peak, not in money */
    enum metric_bucket to;         /* aggregate_returns */
    double *work;                  /* METRIC_WORK(n) doubles */
};
#define METRIC_WORK(n) (3 * (n))
/* No inputs, and what stands in for parameters nobody gave: daily periods, no risk-free or required return, 5 %
 * tail, order 2, months. */
struct metric_in metric_defaults(void);

struct metric {
    const char *name;
    const char *convention;  /* one line for people; shown beside the number */
    const char *undefined;   /* why it may have no value although nothing is missing; NULL: it always has one then */
    unsigned needs;          /* bits of enum metric_needs */
    unsigned least;          /* fewer elements give NaN (a series: nothing) */
    enum metric_shape shape;
    enum metric_unit unit;
    bool annualised;         /* depends on periods_per_year */
    bool rolls;              /* roll_<name> exists */
    size_t (*fn)(const struct metric_in *in, double *out);
};

/* All rows, in the order they are shown in; *ret_n of them. */
const struct metric *metric_rows(size_t *ret_n);
/* The row of a name, NULL when there is none. "roll_sharpe_ratio" gives sharpe_ratio with *ret_roll = true, where
 * the row rolls. */
const struct metric *metric_find(const char *name, bool *ret_roll);

/* Doubles that metric_eval may write for n elements; rolling ones over any window. */
size_t metric_room(const struct metric *m, bool roll, size_t n);
/* One metric: writes its numbers to `out` and how many to *ret_n. Undefined numbers are NaN (or infinite, where the
 * convention says so). QF_ENOENT: an input the row needs is not there. QF_ERANGE: a parameter outside what metric_in
 * says, or dates that go back. */
enum qf_err metric_eval(const struct metric *m, const struct metric_in *in, double *out, size_t *ret_n) QF_MUST_CHECK;
/* The metric on every full window of `window` (> 0, else QF_ERANGE) elements, oldest first; pairs lie one behind the
 * other. *ret_n = 0 when there are fewer elements. QF_ENOENT also when the row does not roll. in->work:
 * METRIC_WORK(window) doubles. */
enum qf_err metric_roll(const struct metric *m, const struct metric_in *in, size_t window, double *out,
                        size_t *ret_n) QF_MUST_CHECK;
/* Why `value`, a result of this row on this input, is no number to show (NaN or infinite): a phrase. NULL when it is
 * one. */
const char *metric_reason(const struct metric *m, const struct metric_in *in, double value);

/* Number of the calendar bucket a day (since 1970-01-01) lies in; equal numbers are one bucket, later ones are
 * larger. Weeks are those of ISO 8601, Monday to Sunday. */
int32_t metric_bucket_of(int32_t day, enum metric_bucket to);

#endif
