/* What a feed gives: one good or bad price of one instrument, maybe with the bar it stands for. */
#ifndef QF_MARKET_TICK_H
#define QF_MARKET_TICK_H

#include "daemon/core/desk.h"

#define MARKET_MINUTE 60    /* the two periods of a bar, in seconds */
#define MARKET_DAY 86400

struct market_bar {
    uint32_t slot;          /* instrument */
    uint32_t period;        /* seconds: MARKET_MINUTE or MARKET_DAY; 0 = no bar */
    qf_time at;             /* open of the period */
    qf_price open, high, low, close;
    qf_qty volume;          /* 0 = none or not known */
};

struct market_tick {
    struct tick price;      /* what the desk marks with; price.at is market time */
    uint32_t slot;          /* instrument */
    qf_time received;       /* wall time */
    struct market_bar bar;  /* period 0 unless the feed gives whole bars */
};

/* The middle of two prices, rounded half-even. */
static inline qf_price market_middle(qf_price a, qf_price b)
{
    return (qf_price)qf_div_even((qf_i128)a + b, 2);
}

#endif
