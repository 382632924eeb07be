/* Monte Carlo: independent standard normals weighed by a portfolio's loadings. */
#include <math.h>

#include "daemon/quant/parallel.h"
#include "daemon/quant/risk_in.h"
#include "daemon/quant/stats.h"

/* --- xoshiro256** (Blackman and Vigna 2018, "Scrambled linear pseudorandom number generators"), its state filled by
 * splitmix64 */

struct stream {
    uint64_t s[4];
};

static uint64_t splitmix(uint64_t *x)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15ULL;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static uint64_t rotated(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

/* Scrambled twice: neighbouring seeds and neighbouring paths begin far from each other. */
static void begin(struct stream *r, uint64_t seed, uint64_t path)
{
    uint64_t x = path;
    x = splitmix(&x) ^ seed;
    for (int i = 0; i < 4; i++)
        r->s[i] = splitmix(&x);
}

static uint64_t next(struct stream *r)
{
    uint64_t *s = r->s, out = rotated(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return out;
}

/* Between 2^-53 and 1 - 2^-53, so that no normal is infinite: 52 bits and a half, all exact. */
static double uniform(struct stream *r)
{
    return ((double)(next(r) >> 12) + 0.5) * 0x1p-52;
}

/* --- paths */

void risk_mc_loadings(const double *chol, const double *mv, size_t cols, double days, double *ret_v)
{
    for (size_t k = 0; k < cols; k++)
        ret_v[k] = 0;
    for (size_t i = 0; i < cols; i++)
        for (size_t k = 0; k <= i; k++)
            ret_v[k] += chol[i * cols + k] * mv[i];
    for (size_t k = 0; k < cols; k++)
        ret_v[k] *= sqrt(days);
}

static double few(const double *v, size_t n, struct stream *r)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += v[k] * stat_normal_quantile(uniform(r));
    return sum;
}

static double path(const double *v, size_t cols, struct stream *r)
{
    double u[STAT_BLOCK], z[STAT_BLOCK], sum = 0;
    for (size_t k = 0; k < cols; k += STAT_BLOCK) {
        size_t n = cols - k < STAT_BLOCK ? cols - k : STAT_BLOCK;
        if (n < STAT_BLOCK / 2) /* a block would draw mostly for nothing */
            return sum + few(v + k, n, r);
        for (size_t i = 0; i < STAT_BLOCK; i++)
            u[i] = i < n ? uniform(r) : 0.5;
        stat_normal_quantiles(u, z);
        for (size_t i = 0; i < n; i++)
            sum += v[k + i] * z[i];
    }
    return sum;
}

void risk_mc_paths(const double *v, size_t cols, uint64_t seed, uint64_t first, size_t count, double *out)
{
    for (size_t p = 0; p < count; p++) {
        struct stream r;
        begin(&r, seed, first + p);
        out[p] = path(v, cols, &r);
    }
}

#define PATHS_BLOCK 512

struct paths {
    const double *v;
    size_t cols;
    uint64_t seed;
    double *out;
};

static void some_paths(void *arg, size_t first, size_t count)
{
    const struct paths *p = arg;
    risk_mc_paths(p->v, p->cols, p->seed, first, count, p->out + first);
}

void risk_mc_run(const double *v, size_t cols, uint64_t seed, size_t count, unsigned threads, double *out)
{
    struct paths p = { v, cols, seed, out };
    parallel_blocks(threads, count, PATHS_BLOCK, some_paths, &p);
}
