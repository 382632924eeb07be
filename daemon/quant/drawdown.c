#include "daemon/quant/drawdown.h"

#include <math.h>

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* see stats.h */
#endif

/* Keeps ret[0 .. n) deepest first; what does not fit falls off the end. Returns the new n. */
static size_t keep(struct drawdown *ret, size_t n, size_t cap, const struct drawdown *d)
{
    size_t at = n;
    while (at > 0 && ret[at - 1].depth > d->depth)
        at--;
    if (at == cap)
        return n;
    n = n < cap ? n + 1 : n;
    for (size_t i = n - 1; i > at; i--)
        ret[i] = ret[i - 1];
    ret[at] = *d;
    return n;
}

size_t drawdown_worst(const double *levels, size_t n, struct drawdown *ret, size_t cap)
{
    struct drawdown d = { 0 };
    size_t kept = 0;
    bool begun = false;
    for (size_t i = 0; i < n; i++) {
        if (isnan(levels[i]))
            continue;
        if (!begun || levels[i] >= levels[d.peak]) {
            d.recovery = i;
            d.recovered = true;
            if (begun && d.depth < 0)
                kept = keep(ret, kept, cap, &d);
            d = (struct drawdown){ .peak = i, .trough = i };
            begun = true;
        } else if (levels[i] < levels[d.trough]) {
            d.trough = i;
            d.depth = levels[i] / levels[d.peak] - 1;
        }
    }
    return begun && d.depth < 0 ? keep(ret, kept, cap, &d) : kept;
}

void drawdown_underwater(const double *levels, size_t n, double *out)
{
    double peak = NAN;
    for (size_t i = 0; i < n; i++) {
        if (!(levels[i] <= peak) && !isnan(levels[i]))
            peak = levels[i];
        out[i] = levels[i] == peak ? 0 : levels[i] / peak - 1;
    }
}

double drawdown_max(const double *levels, size_t n)
{
    double peak = NAN, lowest = NAN;
    for (size_t i = 0; i < n; i++) {
        if (isnan(levels[i]))
            continue;
        if (!(levels[i] <= peak))
            peak = levels[i];
        double fall = levels[i] == peak ? 0 : levels[i] / peak - 1;
        lowest = fall < lowest || isnan(lowest) ? fall : lowest;
    }
    return lowest;
}
