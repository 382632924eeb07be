/* The simulated market: twenty names that move together, jump now and then, and trade round the clock. A pure state machine: the
 * same seed, the same start and the same instants give the same ticks, byte for byte. It owns no timer; feed.h paces it.
 *
 * How a price moves. A name's return over a step is beta x market + sector + own. Each of the three is Student's t with 5 degrees
 * of freedom times a scale, and the scales themselves wander from minute to minute as a mixture that again has t tails: extremes
 * stay in the sums over minutes and hours, and quiet and wild times come in clusters. Deviations over a year of 365 days:
 * market 16 %, sector 8 %, own as in universe.c. Activity over the day is a U, 0.5 + 1.5 (2u - 1)^2 with u the part of the day
 * that is over (mean 1): variance, volume and sizes follow it. The spread is the name's own times its present variance, in ticks.
 * Doubles are used with + - * / and sqrt only, which IEEE 754 rounds exactly, and never contracted to fused operations. */
#ifndef QF_MARKET_SIMULATED_H
#define QF_MARKET_SIMULATED_H

#include "daemon/market/tick.h"
#include "daemon/market/universe.h"

struct sim;

struct sim_conf {
    uint64_t seed;
    qf_time start;      /* market time of the first step's begin; part of the seed, so that a restart does not repeat itself */
    int64_t day;        /* length of the day of the U shape, us; 0 = 24 h. Days begin at multiples of it since the epoch */
};

#define SIM_QUOTE_LEAST (500 * QF_MS) /* a name quotes anew after 0.5 to 1.5 s, one second on average: never stale at 2 s */
#define SIM_QUOTE_MORE 1000           /* ms */

struct sim *sim_new(const struct sim_conf *conf) QF_MUST_CHECK;
void sim_free(struct sim *s);
/* Where a name (index in universe) goes on from, and its price step. Before the first step, or later to correct it. price > 0. */
void sim_set_name(struct sim *s, int name, qf_price price, qf_price tick);
/* Moves the market to `market` (later than before, else nothing happens) and writes the ticks of the names that quote then, in the
 * order of the universe: slot = index of the name, price.at = market, received = 0. Returns how many. The first step quotes all.
 * A long step is one large move, not many small ones. */
size_t sim_step(struct sim *s, qf_time market, struct market_tick out[UNIVERSE_NAMES]);
qf_time sim_time(const struct sim *s);
/* What activity the U has at an instant (0.5 to 2). */
double sim_activity(const struct sim *s, qf_time market);

/* A past that ends at conf->start with the prices given: `days` daily bars up to the day before, then 60 one-minute bars up to the
 * minute before, names in the order of the universe within each period, oldest period first; bar.slot = index of the name. So
 * that charts and the close of the day before are there at the first start. days <= SIM_MAX_DAYS. */
#define SIM_MAX_DAYS 3000
#define SIM_HISTORY_MINUTES 60
typedef void (*sim_bar_fn)(void *arg, const struct market_bar *bar);
void sim_history(const struct sim_conf *conf, const qf_price prices[UNIVERSE_NAMES], int days, sim_bar_fn fn, void *arg);

#endif
