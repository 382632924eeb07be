#include "daemon/market/simulated.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/market/returns.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* as in returns.c */
#endif

#define WANDER_MOST 60       /* minutes of wandering made up for after a long step */
#define LONGEST QF_DAY       /* a longer step moves prices as a day does */
#define SPREAD_MOST 8        /* times the usual spread */
#define ROUND_LOT 100        /* shares sizes are shown in */

struct name {
    double fair;        /* what a share is worth now, in ticks */
    double low, high;   /* fair never leaves these: a share that runs for months keeps a believable price */
    qf_price tick;
    qf_time next_quote;
    qf_time traded;     /* volume has been given up to here */
    double left;        /* shares not given yet, less than one lot */
};

struct sim {
    struct sim_conf conf;
    struct returns returns;
    qf_time now;
    qf_time wandered;   /* minute the scales were last moved for */
    struct name names[UNIVERSE_NAMES];
};

/* The state a seed and a start make. Mixed, so that neighbouring starts have nothing in common. */
static uint64_t mix(uint64_t seed, qf_time start)
{
    struct rng r;

    rng_seed(&r, seed ^ ((uint64_t)start * 0x9e3779b97f4a7c15ULL));
    return rng_next(&r);
}

struct sim *sim_new(const struct sim_conf *conf)
{
    struct sim *s = qf_xalloc(sizeof *s);

    memset(s, 0, sizeof *s);
    s->conf = *conf;
    if (s->conf.day <= 0)
        s->conf.day = QF_DAY;
    s->now = conf->start;
    s->wandered = conf->start / QF_MIN;
    returns_init(&s->returns, mix(conf->seed, conf->start));
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        sim_set_name(s, i, universe[i].price, universe[i].tick);
    return s;
}

void sim_free(struct sim *s)
{
    free(s);
}

void sim_set_name(struct sim *s, int name, qf_price price, qf_price tick)
{
    struct name *n = &s->names[name];

    qf_assert(name >= 0 && name < UNIVERSE_NAMES && price > 0 && tick > 0);
    n->tick = tick;
    n->fair = (double)price / (double)tick;
    n->low = n->fair / 50;
    n->high = n->fair * 50;
    if (n->low < 10 && n->fair >= 10)
        n->low = 10; /* a spread needs room above zero */
    n->traded = s->now;
}

qf_time sim_time(const struct sim *s)
{
    return s->now;
}

double sim_activity(const struct sim *s, qf_time market)
{
    double u = (double)(market % s->conf.day) / (double)s->conf.day;
    double v = 2 * u - 1;

    return 0.5 + 1.5 * (v * v);
}

/* --- one step of time */

static void wander(struct sim *s, qf_time market)
{
    qf_time minute = market / QF_MIN;
    qf_time steps = minute - s->wandered;

    for (qf_time i = 0; i < steps && i < WANDER_MOST; i++)
        returns_wander(&s->returns);
    s->wandered = minute;
}

static void move(struct sim *s, qf_time market, double activity)
{
    int64_t us = market - s->now;
    double r[UNIVERSE_NAMES];

    returns_draw(&s->returns, us < LONGEST ? us : LONGEST, activity, r);
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        struct name *n = &s->names[i];
        double fair = n->fair * (1 + r[i]);
        if (fair >= n->low && fair <= n->high)
            n->fair = fair;
    }
}

/* --- one name's quote */

static int64_t spread_ticks(const struct sim *s, int name)
{
    int64_t usual = universe[name].spread;
    int64_t now = (int64_t)((double)usual * returns_heat(&s->returns, name) + 0.5);

    if (now < 1)
        return 1;
    return now < usual * SPREAD_MOST ? now : usual * SPREAD_MOST;
}

static qf_qty size(struct sim *s, double activity)
{
    uint32_t lots = 1 + rng_below(&s->returns.rng, 12) + rng_below(&s->returns.rng, 12);

    return (qf_qty)(1 + (int64_t)((double)lots * activity)) * ROUND_LOT * QF_ONE;
}

static void quote(struct sim *s, int name, double activity, struct tick *t)
{
    const struct name *n = &s->names[name];
    int64_t spread = spread_ticks(s, name);
    /* fair lies in the middle of the spread, the rest of the division falls on either side by its own fraction */
    int64_t bid = (int64_t)(n->fair - (double)spread / 2 + 0.5);

    if (bid < 1)
        bid = 1;
    t->bid = bid * n->tick;
    t->ask = (bid + spread) * n->tick;
    t->bid_size = size(s, activity);
    t->ask_size = size(s, activity);
    t->has_bid = t->has_ask = true;
}

/* Shares since the name's last quote: what a usual day has in that time, times the activity, times a draw with mean 1 (half a
 * chi square of two). What is less than a share waits. */
static qf_qty volume(struct sim *s, int name, qf_time market, double activity)
{
    struct name *n = &s->names[name];
    int64_t us = market - n->traded;
    double rate = (double)universe[name].day_volume * 1000 / (double)QF_DAY;

    n->left += rate * (double)(us < LONGEST ? us : LONGEST) * activity * (rng_chi2(&s->returns.rng, 2) / 2);
    n->traded = market;
    int64_t shares = (int64_t)n->left;
    n->left -= (double)shares;
    return shares * QF_ONE;
}

static void trade(struct sim *s, int name, qf_time market, double activity, struct tick *t)
{
    bool first = s->names[name].next_quote == 0;
    bool up = rng_next(&s->returns.rng) >> 63;

    t->volume = volume(s, name, market, activity);
    if (t->volume == 0 && !first)
        return;
    t->last = up ? t->ask : t->bid;
    t->has_last = true;
}

static void tick(struct sim *s, int name, qf_time market, double activity, struct market_tick *out)
{
    memset(out, 0, sizeof *out);
    out->slot = (uint32_t)name;
    out->price.at = market;
    quote(s, name, activity, &out->price);
    trade(s, name, market, activity, &out->price);
    s->names[name].next_quote = market + SIM_QUOTE_LEAST + rng_below(&s->returns.rng, SIM_QUOTE_MORE) * QF_MS;
}

size_t sim_step(struct sim *s, qf_time market, struct market_tick out[UNIVERSE_NAMES])
{
    size_t n = 0;

    if (market <= s->now)
        return 0;
    double activity = sim_activity(s, market);
    wander(s, market);
    move(s, market, activity);
    s->now = market;
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        if (market >= s->names[i].next_quote)
            tick(s, i, market, activity, &out[n++]);
    }
    return n;
}
