/* The simulated market's random numbers: xoshiro256** (Blackman and Vigna, 2018, "Scrambled linear pseudorandom number
 * generators"), its state filled by splitmix64. Only integer steps, and doubles made by exact operations, so that the same seed
 * gives the same numbers on every machine. Not for secrets. */
#ifndef QF_MARKET_RNG_H
#define QF_MARKET_RNG_H

#include "common/base.h"

struct rng {
    uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_next(struct rng *r);
/* 0 .. n - 1, n > 0, without bias worth a thought (n is far below 2^32). */
uint32_t rng_below(struct rng *r, uint32_t n);
/* Mean 0, variance 1: the sum of twelve uniform numbers less six (Irwin-Hall). Tails end at 6; no logarithm or cosine is needed,
 * whose last bit differs between C libraries. */
double rng_normal(struct rng *r);
/* The sum of n squared normals. */
double rng_chi2(struct rng *r, int n);
/* Student's t with 5 degrees of freedom, scaled to variance 1. */
double rng_student(struct rng *r);

#endif
