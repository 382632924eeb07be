/* Comparing doubles in tests, and a chance that is the same every time. */
#ifndef QF_TESTS_NEAR_H
#define QF_TESTS_NEAR_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* NaN equals NaN and an infinity itself; else |got - want| <= within. */
static inline bool near_to(double got, double want, double within)
{
    if (isnan(got) || isnan(want))
        return isnan(got) && isnan(want);
    return got == want || fabs(got - want) <= within;
}

#define assert_near(got, want, within) \
    do { \
        double got_ = (got), want_ = (want); \
        if (!near_to(got_, want_, (within))) \
            fail_msg("%s is %.17g, wanted %.17g", #got, got_, want_); \
    } while (0)

/* Between -1 and 1, uniform: splitmix64. */
static inline double random_one(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15ULL;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return (double)(int64_t)(z ^ z >> 31) * 0x1p-63;
}

/* Any order of x[0 .. n). */
static inline void shuffle(double *x, size_t n, uint64_t *state)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)((random_one(state) + 1) / 2 * (double)i) % i;
        double t = x[i - 1];
        x[i - 1] = x[j];
        x[j] = t;
    }
}

#endif
