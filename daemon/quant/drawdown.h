/* Falls of a series of levels (equity, prices; any unit, > 0), oldest first. A level that is missing (NaN) is passed
 * over: it is neither a peak nor a trough. Nothing allocates. */
#ifndef QF_DRAWDOWN_H
#define QF_DRAWDOWN_H

#include "common/base.h"

/* From the last row at a peak (equal peaks: the last) to the first row at or above it. Rows count from 0. */
struct drawdown {
    size_t peak, trough;
    size_t recovery; /* meaningless while not recovered */
    bool recovered;
    double depth;    /* trough / peak - 1, below 0; equal troughs: the first */
};

/* The `cap` deepest falls into `ret`, deepest first, of equal depth the earlier first. Returns how many were
 * written: fewer than `cap` when there are no more. */
size_t drawdown_worst(const double *levels, size_t n, struct drawdown *ret, size_t cap);
/* level / highest level so far - 1, for each row: 0 at a peak, else below 0; NaN where the level is missing. `out`
 * has room for n. */
void drawdown_underwater(const double *levels, size_t n, double *out);
/* The lowest of them: 0 when nothing fell, NaN when no level is present. */
double drawdown_max(const double *levels, size_t n);

#endif
