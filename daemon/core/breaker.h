/* Breakers: each watches one figure and trips by itself. What a kind watches is one row of a table (breaker_see.c); looking changes
 * nothing and is asked ten times a second and whenever something that is counted has reached a level.
 *
 * A row is armed when it has a level and has not tripped. One that tripped stays so until it is re-armed: its row carries that over a
 * restart, and from the moment it trips until its row is durable a mark in kept memory does, which no undone batch takes away.
 *
 * The row '*' of a strategy kind is about each strategy that has no row of its own. When it trips, the strategy gets one: it follows
 * '*' (level, window and action are read there) until somebody sets a level for the strategy itself.
 *
 * LOSS_STREAK counts in its row: +1 with each round trip whose profit less fees is below zero, 0 with any other. So the count is undone
 * with its fill and read back at a start. */
#ifndef QF_CORE_BREAKER_H
#define QF_CORE_BREAKER_H

#include "daemon/core/desk.h"

#define BREAKER_TEXT 121 /* bytes of qf_breaker.trip, and of the state's reason */

enum feed_word {
    FEED_RUNS,   /* prices should come */
    FEED_RESTS,  /* paused or at its end on purpose: nobody waits for its prices */
    FEED_FAILED  /* should run and does not: the market's clock may stand, so the wall clock counts */
};

/* What the desk cannot know by itself. */
struct breaker_world {
    qf_time wall;
    qf_time watching;     /* wall time since which prices were to be had; 0 = not yet: STALE_FEED sees nothing */
    int64_t database_us;  /* how long a batch has been waiting for the database, or the database has been away; 0 = it answers */
    enum feed_word (*feed)(void *arg, uint32_t instrument);
    void *arg;
};

/* One figure. */
struct breaker_sight {
    bool has;
    qf_money now;         /* 10^-8, in the kind's unit */
    char subject[41];     /* which instrument or strategy it is of, "" */
};

struct breaker_kind {
    enum qf_breaker_code code;
    const char *unit;     /* "money", "percent", "count", "seconds", "milliseconds" */
    bool strategies;      /* may be about a strategy */
    bool window;          /* its window_s may be set */
    int64_t window_s;     /* when nothing else is said; 0 = it has none */
    enum qf_desk_state action; /* when nothing else is said */
    bool resets;          /* re-arming begins its figure anew; the others are re-armed only when their figure is below the level */
    qf_money most;        /* highest level that can be seen */
    /* b: the row whose window counts; strategy: group of the strategy, TAB_NONE = the firm. */
    void (*see)(const struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, uint32_t strategy,
                struct breaker_sight *ret);
};
extern const struct breaker_kind breaker_kinds[QF_breaker_code_COUNT];

/* --- tripping */
struct breaker_trip {
    enum qf_breaker_code code;
    char strategy[25];        /* "" = the firm */
    enum qf_desk_state action;
    qf_time since;            /* wall */
    char words[BREAKER_TEXT]; /* "DAY_LOSS 812,300.00, level 750,000.00"; begins with the word of the code */
};
/* Calls fn for each armed row whose figure is at its level or beyond, once for each strategy of a row '*'. Changes nothing; fn may latch. */
void breaker_look(struct desk *d, const struct breaker_world *w, void (*fn)(void *arg, const struct breaker_trip *t), void *arg);
/* Something counted has reached its level since this was asked last. */
bool breaker_hit(struct desk *d);
/* It has tripped, from now on, whatever becomes of any batch. false: it had already. */
bool breaker_latch(struct desk *d, const struct breaker_trip *t);
/* Those that were latched so, and not armed again since: they lie in the desk until it changes. */
uint32_t breaker_trips(const struct desk *d, const struct breaker_trip **ret);
/* An image of the row with nothing but the trip in it. */
void breaker_trip_row(const struct breaker_trip *t, struct qf_breaker *ret);
/* Its row in the batch; the strategy's own row is made when there is none. QF_EFULL: no room for that one; it stays latched in memory. */
enum qf_err breaker_write(struct desk *d, struct batch *b, const struct breaker_trip *t, qf_time wall) QF_MUST_CHECK;
/* Lets it watch again. Refused: NOT_FOUND, ALREADY (it has not tripped), BAD_STATE (its figure is still at its level or beyond). b NULL:
 * only says what it would do. */
bool breaker_rearm(struct desk *d, struct batch *b, const struct breaker_world *w, enum qf_breaker_code code, const char *strategy,
                   struct qf_refusal *ret_refusal);

/* --- rows */
/* The row of firm (strategy "") or strategy; NULL when there is none. */
const struct qf_breaker *breaker_find(const struct desk *d, enum qf_breaker_code code, const char *strategy);
/* An image of a row that is not there yet: off, with what its kind begins with. */
void breaker_blank(enum qf_breaker_code code, const char *strategy, struct qf_breaker *ret);
/* Every kind of the firm, also those that are off, then the strategies' rows by kind and name, with what they see now. Returns how many. */
uint32_t breaker_rows(struct desk *d, const struct breaker_world *w, struct qf_breaker *out, uint32_t most);
/* One row as breaker_rows shows it. */
void breaker_row(struct desk *d, const struct breaker_world *w, const struct qf_breaker *b, struct qf_breaker *ret);
/* How many have tripped. */
int64_t breaker_tripped(const struct desk *d);
/* What was undone and is decided again must not count twice. */
void breaker_forget_messages(struct desk *d);

#endif
