#include "daemon/market/returns.h"

#include <math.h>

/* A fused multiply-add rounds once where two operations round twice: other numbers on other machines. gcc in ISO mode (-std=c11)
 * does not contract; clang has to be told. */
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#endif

#define MARKET_YEAR 0.16 /* deviation over a year */
#define SECTOR_YEAR 0.08
#define YEAR_US (365.0 * 86400.0 * 1e6)
#define KEEP 0.85        /* part of a scale that stays from one step of wandering to the next */
#define SCALE_MOST 25.0  /* five times the usual deviation */
#define RETURN_MOST 0.3

void returns_init(struct returns *r, uint64_t seed)
{
    rng_seed(&r->rng, seed);
    r->market = 1;
    for (int i = 0; i < UNIVERSE_SECTORS; i++)
        r->sector[i] = 1;
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        r->own[i] = 1;
}

/* 3 / chi2(5) has mean 1, and a normal times its root is Student's t. */
static void wander(struct rng *rng, double *scale)
{
    double next = KEEP * *scale + (1 - KEEP) * (3.0 / rng_chi2(rng, 5));

    *scale = next < SCALE_MOST ? next : SCALE_MOST;
}

void returns_wander(struct returns *r)
{
    wander(&r->rng, &r->market);
    for (int i = 0; i < UNIVERSE_SECTORS; i++)
        wander(&r->rng, &r->sector[i]);
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        wander(&r->rng, &r->own[i]);
}

static double clamp(double x)
{
    if (x > RETURN_MOST)
        return RETURN_MOST;
    return x < -RETURN_MOST ? -RETURN_MOST : x;
}

void returns_draw(struct returns *r, int64_t us, double activity, double out[UNIVERSE_NAMES])
{
    double time = activity * ((double)us / YEAR_US);
    double market = MARKET_YEAR * sqrt(time * r->market) * rng_student(&r->rng);
    double sector[UNIVERSE_SECTORS];

    for (int i = 0; i < UNIVERSE_SECTORS; i++)
        sector[i] = SECTOR_YEAR * sqrt(time * r->sector[i]) * rng_student(&r->rng);
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        double own = universe[i].own * sqrt(time * r->own[i]) * rng_student(&r->rng);
        out[i] = clamp(universe[i].beta * market + sector[universe[i].sector_no] + own);
    }
}

double returns_heat(const struct returns *r, int name)
{
    const struct universe_name *n = &universe[name];
    double m = n->beta * MARKET_YEAR;
    double usual = m * m + SECTOR_YEAR * SECTOR_YEAR + n->own * n->own;
    double now = m * m * r->market + SECTOR_YEAR * SECTOR_YEAR * r->sector[n->sector_no] + n->own * n->own * r->own[name];

    return now / usual;
}
