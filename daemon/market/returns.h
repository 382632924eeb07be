/* Returns of the twenty names: the factors, their scales, and one draw for all. Shared by the market and by its past. */
#ifndef QF_MARKET_RETURNS_H
#define QF_MARKET_RETURNS_H

#include "common/clock.h"
#include "daemon/market/rng.h"
#include "daemon/market/universe.h"

/* Present variance of each factor in parts of its usual one (mean 1). */
struct returns {
    struct rng rng;
    double market;
    double sector[UNIVERSE_SECTORS];
    double own[UNIVERSE_NAMES];
};

void returns_init(struct returns *r, uint64_t seed);
/* Lets the scales wander one step (a minute; a day in the past). */
void returns_wander(struct returns *r);
/* One draw for all names over `us` of time at this activity: fractions, between -0.3 and 0.3. */
void returns_draw(struct returns *r, int64_t us, double activity, double out[UNIVERSE_NAMES]);
/* Present variance of a name in parts of its usual one. */
double returns_heat(const struct returns *r, int name);

#endif
