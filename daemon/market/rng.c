#include "daemon/market/rng.h"

#include <math.h>

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15ULL;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static uint64_t rotl(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

void rng_seed(struct rng *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix(&seed);
}

uint64_t rng_next(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t out = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

double rng_normal(struct rng *r)
{
    uint32_t sum = 0;

    for (int i = 0; i < 3; i++) {
        uint64_t x = rng_next(r);
        sum += (uint32_t)(x & 0xffff) + (uint32_t)(x >> 16 & 0xffff) + (uint32_t)(x >> 32 & 0xffff) + (uint32_t)(x >> 48);
    }
    /* mean 12 x 65535 / 2, variance 65536^2 - 1; both divisions by a power of two are exact */
    return ((double)sum - 393210.0) / 65536.0;
}

double rng_chi2(struct rng *r, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++) {
        double z = rng_normal(r);
        sum += z * z;
    }
    return sum;
}

double rng_student(struct rng *r)
{
    double z = rng_normal(r);

    /* t = z / sqrt(chi2 / 5) has variance 5 / 3; sqrt is correctly rounded everywhere (IEEE 754) */
    return z * sqrt(3.0 / rng_chi2(r, 5));
}
