/* The registry of feeds: what gives prices, how fast, how good they are, and who owns which instrument. One feed gives an
 * instrument its prices; what comes from another is kept out.
 *
 * The way of a price: its feed -> the quality filter -> bars -> the sink. Before the first price of an instant the sink's clock is
 * called with that instant, so that what falls due before it (a venue's latency, the end of a day) meets the market as it was.
 *
 * Clocks. Each feed has its own and it never goes back. simulated and replay: moved by their events; between two events of a
 * replay at speed > 0 it goes on with real time, so that prices age over a weekend; at speed 0 events alone move it. Paused or
 * ended it stands. publish: the wall clock, from the first price on, so that prices age when the publisher is gone.
 *
 * Everything happens on the loop, in slices of about 0.3 ms. A replay also waits while the bar queue is half full or the sink says
 * hold; the others drop bars then and count them. */
#ifndef QF_MARKET_FEED_H
#define QF_MARKET_FEED_H

#include "common/loop.h"
#include "daemon/market/bars.h"
#include "daemon/market/quality.h"
#include "daemon/market/replay.h"
#include "daemon/market/simulated.h"

#define FEED_SLICE_NS 300000LL     /* of the loop's time at once: an order takes half a dozen rounds of it to be answered */
#define FEED_SLICE_EVENTS 5000     /* and events; whichever comes first */
#define FEED_AHEAD QF_SEC          /* a published price may be this far ahead of the wall clock: two machines' clocks differ */

struct feeds;

/* What the layer above does with it. All are called on the loop; none may free the registry. */
struct feed_sink {
    void *arg;
    void (*clock)(void *arg, int feed, qf_time market);
    void (*tick)(void *arg, int feed, const struct market_tick *t, int64_t max_age); /* good ones only; max_age us */
    void (*status)(void *arg, int feed);    /* its row has changed: running, paused, ended, failed. May be NULL */
    bool (*hold)(void *arg);                /* true: a replay has to wait. May be NULL */
};

struct feed_conf {
    char name[25];
    enum qf_feed_kind kind;
    int64_t speed;            /* times real time; 0 = as fast as possible. publish: not used */
    int64_t max_age;          /* us; 0 = by kind: simulated 2 s, quotes 5 s, minute bars 5 min, daily 5 days, publish 5 s */
    int32_t jump_bp;          /* 0 = by kind: 20 %, daily data 100 % */
    /* simulated */
    uint64_t seed;
    int64_t step;             /* market time between two rounds, us; 0 = 100 ms */
    int64_t day;              /* of the U shape, us; 0 = 24 h */
    /* replay */
    char files[REPLAY_MAX_FILES][256];
    size_t file_count;
    char symbol[17];          /* of files that name none */
    bool exchange_time;
    struct format_spread spread;
};

struct feeds *feeds_new(struct qf_loop *loop, struct bars *bars, const struct feed_sink *sink) QF_MUST_CHECK;
void feeds_free(struct feeds *fs);

/* --- feeds, by number from 0 */
/* Adds one, not started. -1: why says what is wrong (name taken or empty, too many). */
int feeds_add(struct feeds *fs, const struct feed_conf *conf, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
int feeds_count(const struct feeds *fs);
int feeds_find(const struct feeds *fs, const char *name); /* -1: none */
/* The conf of a replay's files, for replay_survey. */
void feeds_replay_conf(const struct feeds *fs, int feed, struct replay_conf *ret);

/* Before feeds_start of a replay that goes on after a restart: prices up to and with this market time were seen already and are
 * passed over, neither judged nor counted. Without it a recording begins at its beginning, behind a desk's clock that is further. */
void feeds_replay_from(struct feeds *fs, int feed, qf_time seen);
/* Starts it (paused: opened, but waiting for feeds_resume). market: where a simulated feed's clock begins, the later of the wall
 * clock and the last stored market time; a replay does not look at it. A replay's files are opened; when that fails the feed is FAILED, false, and why (also in
 * its row) says where. */
bool feeds_start(struct feeds *fs, int feed, qf_time market, bool paused, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
/* false, why: not running / not paused. A feed that ended or failed stays so. */
bool feeds_pause(struct feeds *fs, int feed, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
bool feeds_resume(struct feeds *fs, int feed, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
bool feeds_set_speed(struct feeds *fs, int feed, int64_t speed, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
/* Closes every open bar into the queue: before the daemon ends. */
void feeds_finish(struct feeds *fs);

/* --- instruments */
struct feed_instrument {
    uint32_t slot;          /* the desk's, below QF_MAX_INSTRUMENTS */
    const char *symbol;
    qf_price tick;          /* > 0 */
    bool negative;          /* prices of zero and below are allowed */
    qf_price last;          /* last stored price: where the simulated market goes on, and what jumps are measured from; 0 = none */
};
/* The feed owns it from now on. Again with the same feed: tick and negative are taken, the rest is kept. false, why: another feed
 * owns it (feeds_disown first), or the simulated market has no such name. */
bool feeds_own(struct feeds *fs, int feed, const struct feed_instrument *in, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
void feeds_disown(struct feeds *fs, uint32_t slot);
int feeds_owner(const struct feeds *fs, uint32_t slot); /* -1: nobody */

/* --- quote.publish: rows as they came; wall: now. feed: the publishing feed, -1 = whichever owns the symbol.
 * Counts those taken and those kept out (bad price, not a symbol of a running publish feed, time ahead of the wall clock). kept: room
 * for n, the caller's; ret->kept points to it: each price kept out with its reason. */
void feeds_publish(struct feeds *fs, int feed, const struct qf_quote_in *rows, size_t n, qf_time wall, struct qf_kept_out *kept,
                   struct qf_published *ret);

/* --- readers */
void feeds_row(const struct feeds *fs, int feed, struct qf_feed *ret);
const struct quality_count *feeds_symbol_quality(const struct feeds *fs, uint32_t slot);

#endif
