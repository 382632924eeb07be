/* The past of the simulated market: walked backwards from the prices it starts with. */
#include "daemon/market/simulated.h"

#include <stdlib.h>

#include "common/mem.h"
#include "daemon/market/returns.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF /* as in returns.c */
#endif

/* One period's closes of all names; [0] is the newest. */
typedef qf_price row[UNIVERSE_NAMES];

struct past {
    struct returns returns;
    qf_price ticks[UNIVERSE_NAMES];
    row *closes;        /* closes[0] = the price now, closes[k] = k periods ago */
};

/* The price before a return of r led to `now`: at least a tick, on the grid of ticks. */
static qf_price before(qf_price now, double r, qf_price tick)
{
    int64_t ticks = (int64_t)((double)now / (1 + r) / (double)tick + 0.5);

    return (ticks < 1 ? 1 : ticks) * tick;
}

/* Fills closes[1 .. n]. The newest step lasts `newest` us, each other `period`. */
static void walk_back(struct past *p, int n, int64_t newest, int64_t period)
{
    double r[UNIVERSE_NAMES];

    for (int k = 1; k <= n; k++) {
        returns_wander(&p->returns);
        returns_draw(&p->returns, k == 1 ? newest : period, 1, r);
        for (int i = 0; i < UNIVERSE_NAMES; i++)
            p->closes[k][i] = before(p->closes[k - 1][i], r[i], p->ticks[i]);
    }
}

/* Up to a third of a usual spread of steps beyond open and close, in ticks. */
static qf_price beyond(struct past *p, int name, qf_price from)
{
    double most = (double)from / (double)p->ticks[name] / 400;

    return rng_below(&p->returns.rng, (uint32_t)most + 2) * p->ticks[name];
}

static void give(struct past *p, int name, uint32_t period, qf_time at, qf_price open, qf_price close, sim_bar_fn fn, void *arg)
{
    qf_price high = open > close ? open : close, low = open > close ? close : open;
    double shares = (double)universe[name].day_volume * 1000 * ((double)period / MARKET_DAY) * (rng_chi2(&p->returns.rng, 4) / 4);
    /* minutes stay closer to their ends than days: their range grows with the root of time, here a fortieth */
    qf_price reach = period == MARKET_DAY ? 1 : 40;
    qf_price down = beyond(p, name, low) / reach / p->ticks[name] * p->ticks[name];
    qf_price up = beyond(p, name, high) / reach / p->ticks[name] * p->ticks[name];

    fn(arg, &(struct market_bar){ .slot = (uint32_t)name, .period = period, .at = at, .open = open, .high = high + up,
                                  .low = low > down ? low - down : low, .close = close, .volume = (qf_qty)shares * QF_ONE });
}

/* Gives the bars oldest first. The newest of `first` .. 1 periods ago ended at `end`; bar k closes at closes[k + skip]. */
static void give_all(struct past *p, int count, int skip, uint32_t period, qf_time end, sim_bar_fn fn, void *arg)
{
    qf_time length = (qf_time)period * QF_SEC;

    for (int k = count; k >= 1; k--) {
        for (int i = 0; i < UNIVERSE_NAMES; i++) {
            qf_price close = p->closes[k - 1 + skip][i];
            qf_price open = p->closes[k + skip][i];
            give(p, i, period, end - k * length, open, close, fn, arg);
        }
    }
}

static void set_now(struct past *p, const qf_price prices[UNIVERSE_NAMES])
{
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        p->ticks[i] = universe[i].tick;
        p->closes[0][i] = prices[i];
    }
}

void sim_history(const struct sim_conf *conf, const qf_price prices[UNIVERSE_NAMES], int days, sim_bar_fn fn, void *arg)
{
    struct past p;
    qf_time today = qf_time_day(conf->start);
    qf_time minute = conf->start - conf->start % QF_MIN;
    int64_t so_far = conf->start - today;

    qf_assert(days >= 0 && days <= SIM_MAX_DAYS);
    p.closes = qf_xalloc((size_t)(SIM_MAX_DAYS + 2) * sizeof *p.closes);
    returns_init(&p.returns, conf->seed ^ 0x70617374ULL);
    set_now(&p, prices);
    walk_back(&p, days + 1, so_far > QF_MIN ? so_far : QF_MIN, QF_DAY);
    give_all(&p, days, 1, MARKET_DAY, today, fn, arg);
    walk_back(&p, SIM_HISTORY_MINUTES, QF_MIN, QF_MIN);
    give_all(&p, SIM_HISTORY_MINUTES, 0, MARKET_MINUTE, minute, fn, arg);
    free(p.closes);
}
