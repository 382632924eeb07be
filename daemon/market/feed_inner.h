/* What feed.c (registry and path of a price) and feed_drive.c (timers) share. Nobody else includes it. */
#ifndef QF_MARKET_FEED_INNER_H
#define QF_MARKET_FEED_INNER_H

#include "daemon/market/feed.h"
#include "daemon/market/pace.h"

#define FEED_INDEX 16384 /* four times QF_MAX_INSTRUMENTS, a power of two */

struct feed {
    struct feeds *fs;
    int number;
    struct feed_conf conf;
    enum qf_feed_status status;
    bool started;
    qf_time clock;             /* 0 = no event yet */
    qf_time minute;            /* number of the minute bars were last closed for */
    qf_time received;
    int64_t max_age;
    struct quality_rule rule;
    struct quality_count count;
    int64_t ticks, dropped, symbols;
    char reason[QF_WHY_TEXT];

    struct pace pace;
    struct qf_timer *timer;
    struct sim *sim;
    struct replay *replay;
    qf_time seen;              /* replay: prices up to here are passed over */
};

struct feed_slot {
    int owner;                 /* number of its feed + 1; 0 = free, as zero pages are */
    char symbol[17];
    bool negative;
    qf_price tick;
    int sim_name;              /* index in universe */
    struct quality_state state;
    struct quality_count count;
};

struct feeds {
    struct qf_loop *loop;
    struct bars *bars;
    struct feed_sink sink;
    struct feed *feeds[QF_MAX_FEEDS];
    int count;
    struct feed_slot *slots;   /* QF_MAX_INSTRUMENTS, mapped lazily */
    uint32_t top;              /* slots ever used */
    uint16_t *index;           /* by symbol: slot + 1, open addressing, FEED_INDEX entries */
};

/* The slot of a symbol (n bytes) or NULL. */
struct feed_slot *feed_slot_find(const struct feeds *fs, const char *symbol, size_t n);
static inline uint32_t feed_slot_no(const struct feeds *fs, const struct feed_slot *s)
{
    return (uint32_t)(s - fs->slots);
}

/* The path of a price of feed f: filter, bars, sink. t->slot is one f owns, or owned a moment ago (QUALITY_TIME). */
enum quality feed_take(struct feed *f, struct market_tick *t);
/* Moves the feed's clock (never back): closes bars that ended, tells the sink. */
void feed_clock_to(struct feed *f, qf_time market);
void feed_set_status(struct feed *f, enum qf_feed_status status);
/* Status FAILED or ENDED: bars are closed, the timer stops. */
void feed_stop(struct feed *f, enum qf_feed_status status, const char *reason);

/* --- feed_drive.c */
/* The simulated market goes on from the slot's last good price, else from the universe's. */
void feed_sim_name(struct feed *f, const struct feed_slot *s);
bool feed_open(struct feed *f, qf_time market, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
void feed_go(struct feed *f);     /* the timer runs from now, the pace from the present clock */
void feed_close(struct feed *f);

#endif
