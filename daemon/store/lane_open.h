/* Taking the lane: what a new connection has to go through before it may write.
 *
 *   check    version, encoding, durability settings, no recovery, no pooler in between
 *   lock     the advisory lock of the one daemon. An own backend of before that still holds it is ended after a second;
 * somebody else's means refusal, unless we were told to take over epoch    lease.epoch + 1, committed: waits for
 * whatever an earlier backend still holds, and fences it off prepare  every statement of the lane */
#ifndef QF_STORE_LANE_OPEN_H
#define QF_STORE_LANE_OPEN_H

#include "common/mem.h"
#include "daemon/store/db.h"

#define LANE_STEP_US 5000000     /* a step unanswered for so long: the connection is given up */
#define LANE_LOCK_MS 1000        /* lock_timeout of the lane: an older backend may hold the lease that long */
#define LANE_LOCK_RETRY_US 50000
#define LANE_REFUSE_US 4000000   /* a dying daemon's backend needs a moment to notice; a living one never lets go */

struct lane_open {
    struct qf_timer *timer;
    struct db *db;         /* the lane's */
    bool takeover;
    char instance[33];     /* of this daemon, random */
    char host[64];
    int64_t epoch;         /* last one that was ours; 0 = none yet */
    bool fenced;           /* another daemon has taken over: never again */
    char refused[160];
    /* this connection */
    bool locked, bumped, prepared;
    bool blocked;          /* the last try for the lock or the lease row met somebody else */
    bool pausing;          /* the timer is a pause before the next try, not the end of our patience */
    int64_t began_ns, evicted_ns;
    char holder[64], holder_instance[33]; /* the lease as found */
    char problem[DB_WHY];  /* "" while all is well */
    void (*ready)(void *arg, int64_t epoch);
    void (*failed)(void *arg, const char *why);
    void *arg;
};

void lane_open_init(struct lane_open *o, struct qf_loop *loop, bool takeover, void (*ready)(void *arg, int64_t epoch),
                    void (*failed)(void *arg, const char *why), void *arg);
void lane_open_release(struct lane_open *o);
/* The connection is up: go. Either ready or failed is called later, once, unless lane_open_stop comes before. */
void lane_open_begin(struct lane_open *o, struct db *db);
void lane_open_stop(struct lane_open *o);

#endif
