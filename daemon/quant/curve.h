/* A track record as a curve: returns from closes and flows, what a year has in periods, months, which points are worth drawing.
 * Days count from 1970-01-01. Nothing allocates. */
#ifndef QF_CURVE_H
#define QF_CURVE_H

#include "common/base.h"

/* Return of a period that began with e0, had `flow` put in (taken out: below 0) at its beginning and ended with e1: e1/(e0 + flow)
 * - 1. NaN when e0 + flow is not above 0. */
double curve_return(double e0, double flow, double e1);
/* levels[0] = 1, levels[i + 1] = levels[i] (1 + r[i]); a missing return changes nothing. `levels`: n + 1. */
void curve_levels(const double *r, size_t n, double *levels);

/* Periods in a year, told from the days the returns end on: by their median distance daily, weekly, monthly, quarterly or yearly;
 * daily ones are 365 when at least one in seven lies on a Saturday or Sunday, else 252. */
double curve_periods(const int32_t *days, size_t n);
/* "252 (no closes on weekends)" and so on, for people. */
const char *curve_periods_words(double periods);

/* Sharpe ratio and annual volatility of every full window (>= 2) of returns, as metrics.h has them: the window that ends with r[i - 1]
 * gives sharpe[i] and volatility[i], i from `window` to n; the others stay as they are. risk_free: per period. */
void curve_rolling(const double *r, size_t n, size_t window, double risk_free, double periods, double *sharpe, double *volatility);

struct curve_month {
    int year, month; /* month 0: the whole year */
    double value;    /* compounded; NaN when all of it is missing */
    bool partial;
};
/* Months and years of n returns that end on `days`, newest year first, in a year its months from 1 on and then the whole year. base:
 * the day the first return began on, days[0] - 1 when that is not known; a first or last month or year not covered whole is
 * partial. Writes at most `cap`, returns how many. */
size_t curve_months(const int32_t *days, const double *r, size_t n, int32_t base, double periods, struct curve_month *ret, size_t cap);

/* Which of n points to keep of a curve that is to have at most `cap` (>= 8): first and last, evenly those between, and the points
 * of the highest and lowest level and of the deepest drawdown. keep: n flags. Returns how many are kept. */
size_t curve_thin(const double *levels, const double *drawdowns, size_t n, size_t cap, bool *keep);

#endif
