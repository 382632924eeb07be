/* What-if: given moves of prices, or what happened between two days. */
#ifndef QF_STRESS_H
#define QF_STRESS_H

#include "common/base.h"

#define STRESS_SHOCKS 64
#define STRESS_NAME 33

enum stress_on { STRESS_ALL, STRESS_SECTOR, STRESS_SYMBOL };

struct stress_shock {
    enum stress_on on;
    char name[STRESS_NAME]; /* of the sector or symbol */
    double move;            /* of the price: -0.05 = 5 % down */
};
struct stress_plan {
    struct stress_shock shocks[STRESS_SHOCKS];
    size_t n;
};

/* Reads "all -5, sector Tech -10, symbol NVDA -20": pieces between commas, moves in per cent from -100 to 1000 with at most four decimals,
 * names as they are written (a sector's may have blanks in it), nothing twice. QF_ESYNTAX: why says which piece is wrong and what it should be.
 * QF_EFULL: more than STRESS_SHOCKS pieces. */
enum qf_err stress_parse(const char *text, struct stress_plan *ret, char *why, size_t why_cap) QF_MUST_CHECK;
/* The most special shock counts: symbol before sector before all. 0 when none is about this name. */
double stress_move(const struct stress_plan *p, const char *symbol, const char *sector);

struct stress_sum {
    double pnl;
    size_t missing; /* moves that are no number; they count nothing */
    size_t worst;   /* index of the largest loss; n: nothing loses */
};
/* P&L = sum of mv x move. */
void stress_add_up(const double *mv, const double *moves, size_t n, struct stress_sum *ret);

/* The `span` returns one after the other that lose most when compounded; equal ones: the first. Returns the index of the first of them, n when
 * there are fewer than span (> 0) or one is no number. */
size_t stress_worst_span(const double *returns, size_t n, size_t span);

#endif
