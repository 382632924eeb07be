/* What the files behind risk.h share. */
#ifndef QF_RISK_IN_H
#define QF_RISK_IN_H

#include "daemon/quant/risk.h"

bool risk_all_finite(const double *x, size_t n);
/* A window that is not empty and whose returns are all finite. */
bool risk_good_returns(const struct risk_window *w);
/* Sum of a[i] b[i]; always the same order of additions. */
double risk_dot(const double *a, const double *b, size_t n);
/* risk_pnl of a window known to be good. */
void risk_pnl_of(const struct risk_window *w, double *out);

#endif
