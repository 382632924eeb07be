/* Plain statistics of arrays of doubles. NaN stands for a missing value: every function here passes over it and
 * counts what is present. N is the number of elements, n of those present. Nothing allocates, keeps state or looks
 * at a clock; where work space is needed the caller hands it in and the header says how much. Units are those of the
 * values unless said otherwise. */
#ifndef QF_STATS_H
#define QF_STATS_H

#include "common/base.h"

/* A fused multiply-add rounds once where two operations round twice: other numbers on other machines. gcc in ISO
 * mode (-std=c11) does not contract; clang has to be told, in every file that calculates. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

/* --- one series. All give NaN when nothing is present. */

/* n. */
size_t stat_count(const double *x, size_t n);
/* Sum over those present; 0 for none. */
double stat_sum(const double *x, size_t n);
/* Taken about the first value present: the mean of equal values is exactly that value, so their deviation is exactly
 * 0. */
double stat_mean(const double *x, size_t n);
/* Sum of squared distances from the mean over n - ddof (1: sample, 0: population), and its root. NaN when n <= ddof. */
double stat_var(const double *x, size_t n, unsigned ddof);
double stat_sd(const double *x, size_t n, unsigned ddof);
/* Central moment of this order: the mean of (x - mean)^order. */
double stat_moment(const double *x, size_t n, int order);
/* Moment skewness m3 / m2^1.5 and moment kurtosis m4 / m2^2 (3 for a normal distribution). 0/0 = NaN when all values
 * are equal. */
double stat_skewness(const double *x, size_t n);
double stat_kurtosis(const double *x, size_t n);

/* --- two series of N elements each, over the pairs where both are present */

size_t stat_pairs(const double *x, const double *y, size_t n);
/* Mean of x over those pairs. */
double stat_pair_mean(const double *x, const double *y, size_t n);
/* NaN when there are no more than ddof pairs. */
double stat_cov(const double *x, const double *y, size_t n, unsigned ddof);
/* Pearson's, between -1 and 1; NaN when one of them never moves. */
double stat_corr(const double *x, const double *y, size_t n);

/* --- order. These arrays are changed in place and hold no NaN. */

/* Copies the values present to `out` (room for N) and returns n. */
size_t stat_present(const double *x, size_t n, double *out);
/* Ascending. In place, without memory of its own, at most n log n steps. */
void stat_sort(double *x, size_t n);
/* Rearranges so that x[k] is what sorting would put there, nothing before it is larger and nothing behind it
 * smaller; k < n. */
void stat_select(double *x, size_t n, size_t k);
/* floor((n - 1) q). A product that rounding left within 1e-9 below a whole number counts as that number: (501 - 1) x
 * (1 - 0.9) is 50. */
size_t stat_position(size_t n, double q);
/* The q-quantile, 0 <= q <= 1: position (n - 1) q of the ascending values, linear between neighbours (type 7 of
 * Hyndman and Fan 1996, "Sample quantiles in statistical packages"). NaN when n = 0. Leaves x rearranged. */
double stat_quantile(double *x, size_t n, double q);
/* Mean of the k + 1 smallest values, k = stat_position(n, q): independent of their order to the last bit. NaN when n
 * = 0. Leaves x rearranged. */
double stat_tail_mean(double *x, size_t n, double q);

/* --- distributions */

/* z with P(Z <= z) = p for a standard normal Z; -inf and inf at 0 and 1, NaN outside. Relative error about 1e-16:
 * Wichura 1988, "Algorithm AS 241: the percentage points of the normal distribution", PPND16. */
double stat_normal_quantile(double p);
/* The same of a block, to the last bit. */
#define STAT_BLOCK 64
void stat_normal_quantiles(const double p[STAT_BLOCK], double out[STAT_BLOCK]);
/* exp(-z^2/2) / sqrt(2 pi). */
double stat_normal_density(double z);
/* P(X > x) of chi-square with one degree of freedom: erfc(sqrt(x/2)). 1 for x <= 0. */
double stat_chi2_1_tail(double x);
/* P(X <= x) of the number of successes in n trials of probability p, 0 < p < 1. Summed in logarithms, so that large
 * n do not underflow. */
double stat_binomial_cdf(size_t x, size_t n, double p);

#endif
