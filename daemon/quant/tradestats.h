/* Statistics of closed round trips, by name, with the convention beside each number as in metrics.h. A trade's profit is net of
 * its fees; one of exactly 0 is neither won nor lost, but counts as a trade and ends a streak.
 * Source: the trade statistics of freqtrade and of Tharp 2006, "Trade your way to financial freedom" (expectancy, payoff). */
#ifndef QF_TRADESTATS_H
#define QF_TRADESTATS_H

#include "common/base.h"

struct trade_in {
    const double *profits; /* of each closed trade, net of fees, in money; in the order they were closed */
    const double *days;    /* how long each was open, in days of market time */
    size_t n;
    double traded;         /* |value| bought and sold over the time, in money */
    double capital;        /* mean of the closes of equity over the time, in money; NaN = not known */
    double span;           /* how long that was, in calendar days */
    double *work;          /* n doubles */
};

struct trade_row {
    const char *name;
    const char *unit;       /* "number", "fraction", "money", "days", "count", as on the wire */
    const char *convention; /* one line for people */
    const char *undefined;  /* why it may have no value although there are trades; NULL: it always has one then */
    bool always;            /* has a value without trades, too */
    double (*fn)(const struct trade_in *in);
};

/* All rows in the order they are shown in. (expectancy and expectancy_ratio are rows of metrics.h.) */
const struct trade_row *trade_rows(size_t *ret_n);
/* NULL when there is none of that name. */
const struct trade_row *trade_find(const char *name);
/* NaN or infinite when it is not defined. */
double trade_eval(const struct trade_row *row, const struct trade_in *in);
/* Why `value` is no number to show; NULL when it is one. */
const char *trade_reason(const struct trade_row *row, const struct trade_in *in, double value);

#endif
