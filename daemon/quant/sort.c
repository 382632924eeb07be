/* Sorting and selecting: what quantiles and tails need, without memory of its own (qsort of the C library may
 * allocate). */
#include "daemon/quant/stats.h"

#include <math.h>

#define SMALL 24 /* below this, insertion is faster than splitting */

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(double *x, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        double v = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > v; j--)
            x[j] = x[j - 1];
        x[j] = v;
    }
}

static void sift(double *x, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && x[child + 1] > x[child])
            child++;
        if (!(x[child] > x[root]))
            return;
        swap(&x[root], &x[child]);
    }
}

static void heap_sort(double *x, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(x, i, n);
    for (size_t end = n; end-- > 1;) {
        swap(&x[0], &x[end]);
        sift(x, 0, end);
    }
}

static double middle_of_three(double a, double b, double c)
{
    double low = fmin(a, b), high = fmax(a, b);
    return c < low ? low : c > high ? high : c;
}

/* Splits about the middle of first, middle and last: afterwards x[0 .. *ret_left) <= x[*ret_right .. n), and what
 * lies between the two equals the pivot. Both parts are shorter than n (Hoare's scheme, which also halves runs of
 * equal values). */
static void split(double *x, size_t n, size_t *ret_left, size_t *ret_right)
{
    double pivot = middle_of_three(x[0], x[n / 2], x[n - 1]);
    size_t i = 0, j = n;
    while (i < j) {
        while (x[i] < pivot)
            i++;
        while (x[j - 1] > pivot)
            j--;
        if (i < j)
            swap(&x[i++], &x[--j]);
    }
    *ret_left = j;
    *ret_right = i;
}

/* Splitting that goes wrong this often (twice the number of bits in n) meets an order made to slow it down. */
static int patience(size_t n)
{
    int bits = 2;
    for (; n > 1; n /= 2)
        bits += 2;
    return bits;
}

static void sort_within(double *x, size_t n, int left)
{
    while (n > SMALL) {
        size_t a, b;
        if (left-- == 0) {
            heap_sort(x, n);
            return;
        }
        split(x, n, &a, &b);
        if (a < n - b) { /* the shorter part by a call, so that calls never lie deeper than the bits of n */
            sort_within(x, a, left);
            x += b;
            n -= b;
        } else {
            sort_within(x + b, n - b, left);
            n = a;
        }
    }
    insertion_sort(x, n);
}

void stat_sort(double *x, size_t n)
{
    sort_within(x, n, patience(n));
}

void stat_select(double *x, size_t n, size_t k)
{
    qf_assert(k < n);
    for (int left = patience(n); n > SMALL; left--) {
        size_t a, b;
        if (left == 0) {
            heap_sort(x, n);
            return;
        }
        split(x, n, &a, &b);
        if (k < a) {
            n = a;
        } else if (k >= b) {
            x += b;
            n -= b;
            k -= b;
        } else {
            return;
        }
    }
    insertion_sort(x, n);
}

size_t stat_present(const double *x, size_t n, double *out)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            out[count++] = x[i];
    return count;
}

size_t stat_position(size_t n, double q)
{
    double at = (double)(n - 1) * q, whole = nearbyint(at);
    return (size_t)(fabs(at - whole) < 1e-9 ? whole : floor(at));
}

static double smallest(const double *x, size_t n)
{
    double least = x[0];
    for (size_t i = 1; i < n; i++)
        least = x[i] < least ? x[i] : least;
    return least;
}

double stat_quantile(double *x, size_t n, double q)
{
    if (n == 0)
        return NAN;
    qf_assert(q >= 0 && q <= 1);
    size_t k = stat_position(n, q);
    double part = (double)(n - 1) * q - (double)k;
    stat_select(x, n, k);
    if (k + 1 == n || part <= 0)
        return x[k];
    return x[k] + part * (smallest(x + k + 1, n - k - 1) - x[k]);
}

double stat_tail_mean(double *x, size_t n, double q)
{
    if (n == 0)
        return NAN;
    qf_assert(q >= 0 && q <= 1);
    size_t k = stat_position(n, q);
    stat_select(x, n, k);
    stat_sort(x, k + 1);
    return stat_mean(x, k + 1);
}
