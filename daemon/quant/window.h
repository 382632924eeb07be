/* Which days a window of returns is made of, and which names take part. Closes are matched by date, never by place: names rest on different
 * days. What is left out is told with the reason, so that a total can say that it is incomplete.
 *
 *   calendar  the days on which names worth nine tenths of gross have a close (half of gross, when that gives too few); Saturdays and
 *             Sundays only when every name has closes on them; of the last WINDOW_SPAN days, the newest `most`
 *   names     a name needs WINDOW_LEAST closes, and one on nine tenths of the calendar's days; otherwise it is left out
 *             (when nobody has so many, the calendar is that of the heaviest name)
 *   window    the days of the calendar on which all names that are left have a close; when fewer than WINDOW_LEAST days or than half the
 *             calendar remain, the name with the fewest closes goes as well, and so on
 *
 * A return goes from one day of the window to the next: over a weekend it is one return, as everywhere. */
#ifndef QF_WINDOW_H
#define QF_WINDOW_H

#include "common/base.h"

#define WINDOW_LEAST 31   /* closes: 30 returns */
#define WINDOW_MOST 1001  /* closes a window may have */
#define WINDOW_SPAN 1500  /* days looked back from the newest close */

struct window_name {
    const int32_t *days;  /* since 1970-01-01, ascending, each once */
    const double *closes; /* one that is not finite or not above 0 counts as none */
    size_t n;
    double weight;        /* |market value|; all 0: all names weigh the same */
};

enum window_fate { WINDOW_IN, WINDOW_FEW, WINDOW_GAPS };

struct window {
    int32_t days[WINDOW_MOST]; /* oldest first */
    size_t rows;               /* closes; 0: no window, or no name */
    size_t cols;               /* names that take part */
    size_t calendar;           /* days of the calendar */
};

/* ret_fate, ret_have: room for n; how many of the calendar's days the name has (WINDOW_FEW: closes in all). most: WINDOW_LEAST to
 * WINDOW_MOST closes. */
void window_align(const struct window_name *names, size_t n, size_t most, struct window *ret, enum window_fate *ret_fate, size_t *ret_have);
/* Closes of the names that take part, in their order: ret[row * w->cols + col]. */
void window_fill(const struct window *w, const struct window_name *names, size_t n, const enum window_fate *fate, double *ret);
/* ret[(rows - 1) x cols] = closes[row + 1]/closes[row] - 1. */
void window_returns(const double *closes, size_t rows, size_t cols, double *ret);

#endif
