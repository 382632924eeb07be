/* What paper.c (the book) and paper_match.c (fills) share. Nobody else includes it. */
#ifndef QF_VENUE_PAPER_INNER_H
#define QF_VENUE_PAPER_INNER_H

#include "common/loop.h"
#include "daemon/venue/heap.h"
#include "daemon/venue/paper.h"

enum paper_place { PAPER_FREE, PAPER_WAITING, PAPER_RESTING };

struct paper_order {
    struct venue_order o;
    enum paper_place place;
    bool taker;              /* met a price on its first try: later fills are at the touch, not at its limit */
    qf_time expires;         /* DAY; else INT64_MAX */
    uint32_t next;           /* in the list of free ones, or of those set aside during a match */
};

/* What is known of an instrument's latest quote, and what is left of it to take. */
enum paper_depth { PAPER_OPEN, PAPER_SIZED, PAPER_VOLUME };
struct paper_market {
    uint32_t resting[2];     /* heaps by side: best price on top, then the lower id */
    bool seen;
    struct paper_quote quote;
    enum paper_depth depth[2]; /* for buys, for sells */
    qf_qty left[2];
};

struct paper {
    struct venue venue;
    struct paper_conf conf;
    struct qf_timer *timer;
    /* orders, numbered from 1 */
    uint32_t max;
    struct paper_order *orders;
    struct heap_node *nodes;
    uint32_t top, free, count;
    uint32_t *index;         /* by id: number, open addressing */
    uint32_t mask;
    uint32_t waiting;        /* heap by due time */
    qf_time next_expiry;     /* no order expires before */
    struct paper_market *markets; /* QF_MAX_INSTRUMENTS */
    /* reports, a ring */
    struct report *reports;
    uint32_t ring, first, reports_n;
    bool giving;
};

/* --- paper.c */
void paper_say(struct paper *p, enum report_kind kind, const struct venue_order *o, qf_time at, const char *reason);
void paper_say_fill(struct paper *p, const struct venue_order *o, qf_qty quantity, qf_price price, qf_money fee, qf_time at);
/* Ends it: out of the index, its number is free again. In no heap any more. */
void paper_drop(struct paper *p, uint32_t n);
/* Puts it among the resting orders of its instrument. */
void paper_rest(struct paper *p, uint32_t n);

/* --- paper_match.c */
/* A number that only seed, order id and fill number decide. */
uint64_t paper_draw(const struct paper *p, const struct venue_order *o);
/* The order's first try, at its due time; it is in no heap. */
void paper_try(struct paper *p, uint32_t n, qf_time at);
/* A new quote: what rests on both sides of the instrument. */
void paper_match(struct paper *p, uint32_t instrument, qf_time at);

#endif
