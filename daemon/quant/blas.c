#include "daemon/quant/blas.h"

#include <cblas.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void one_thread(void)
{
    openblas_set_num_threads(1);
}

static int as_int(size_t n)
{
    qf_assert(n > 0 && n <= INT_MAX);
    return (int)n;
}

double blas_sum_abs(const double *x, size_t n)
{
    (void)pthread_once(&once, one_thread);
    return cblas_dasum(as_int(n), x, 1);
}

void blas_rows(const double *a, size_t rows, size_t cols, const double *x, double *out)
{
    (void)pthread_once(&once, one_thread);
    memset(out, 0, rows * sizeof *out); /* what stood there must not get in, not even a NaN times 0 */
    cblas_dgemv(CblasRowMajor, CblasNoTrans, as_int(rows), as_int(cols), 1, a, as_int(cols), x, 1, 0, out, 1);
}

void blas_add_squares(const double *x, size_t rows, size_t cols, double *ret)
{
    (void)pthread_once(&once, one_thread);
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasTrans, as_int(cols), as_int(rows), 1, x, as_int(cols), 1, ret, as_int(cols));
}

void blas_products(const double *a, size_t m, const double *b, size_t n, size_t k_n, double *out)
{
    (void)pthread_once(&once, one_thread);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, as_int(m), as_int(n), as_int(k_n), 1, a, as_int(k_n), b, as_int(k_n), 0, out,
                as_int(n));
}
