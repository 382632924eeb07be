/* Asking the table of metrics in tests, and two short series whose figures are easily worked out by hand. */
#ifndef QF_TESTS_METRIC_ASK_H
#define QF_TESTS_METRIC_ASK_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/quant/metrics.h"
#include "tests/unit/near.h"

#define MOST 512

static double work[METRIC_WORK(MOST)];

static inline const struct metric *row(const char *name)
{
    bool roll;
    const struct metric *m = metric_find(name, &roll);
    if (m == NULL || roll)
        fail_msg("no row %s", name);
    return m;
}

static inline size_t numbers(const char *name, struct metric_in in, double *out)
{
    size_t n = 99;
    in.work = work;
    assert_int_equal(metric_eval(row(name), &in, out, &n), QF_OK);
    return n;
}

static inline double one(const char *name, struct metric_in in)
{
    double out[4];
    assert_int_equal(numbers(name, in, out), 1);
    return out[0];
}

static inline struct metric_in of(const double *values, size_t n)
{
    struct metric_in in = metric_defaults();
    in.values = values;
    in.n = n;
    in.periods_per_year = 4;
    return in;
}

/* r: mean 0.05, squared distances 0.13, level 1.1 0.88 1.144 1.144. b: mean 0.05, squared distances 0.05; cov sum
 * 0.06: beta 1.2. */
static const double r[] = { 0.1, -0.2, 0.3, 0 }, b[] = { 0.2, -0.1, 0.1, 0 };

static inline struct metric_in hand(void)
{
    struct metric_in in = of(r, 4);
    in.benchmark = b;
    return in;
}

#endif
