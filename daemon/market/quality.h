/* Keeps bad prices out of the marks, and counts them.
 *
 * Kept out, first reason that fits:
 *   time     earlier than the price before it of the same instrument
 *   zero     a price that is zero, or negative where the instrument does not allow that; a quantity below zero
 *   crossed  bid above ask
 *   jump     further from the last good price than the feed believes; when `accept` prices in a row agree with each other (none
 *            further from the first of them than the same limit), the market has really moved: the last of them is taken
 * Counted only: locked (bid = ask), same_time, gaps (longer than `gap` since the price before, good or bad). */
#ifndef QF_MARKET_QUALITY_H
#define QF_MARKET_QUALITY_H

#include "daemon/market/tick.h"

enum quality { QUALITY_GOOD, QUALITY_TIME, QUALITY_ZERO, QUALITY_CROSSED, QUALITY_JUMP };

/* What a feed believes. */
struct quality_rule {
    int32_t jump_bp;  /* basis points of the last good price; 0 = any jump */
    int32_t accept;   /* prices in a row that make a jump true; 0 = never */
    int64_t gap;      /* us */
};
#define QUALITY_ACCEPT 3      /* one or two wild prints happen, three that agree are a market */
#define QUALITY_GAP QF_MIN

struct quality_count {
    int64_t taken;
    int64_t zero, crossed, jump, time; /* kept out */
    int64_t locked, same_time, gaps;
    int64_t max_gap;                   /* us */
};

/* Of one instrument. Zeroed = no price seen. */
struct quality_state {
    bool has_good, has_seen, has_candidate;
    qf_price good;       /* the price jumps are measured from */
    qf_price candidate;  /* the first of a row of jumped prices */
    int32_t run;         /* how many agree with it, itself included */
    qf_time seen;        /* market time of the last price that was not earlier than its forerunner */
};

/* Judges one price and moves state and counters (both pointers may be the same object's; of the symbol and of the feed). */
enum quality quality_check(const struct quality_rule *rule, bool negative, struct quality_state *s, const struct market_tick *t,
                           struct quality_count *symbol, struct quality_count *feed);
/* Prices kept out, of every kind. */
int64_t quality_bad(const struct quality_count *c);
/* The price the filter starts from after a restart: the last stored one. */
void quality_start(struct quality_state *s, qf_price good);

#endif
