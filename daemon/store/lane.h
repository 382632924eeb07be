/* The write lane: one connection, one batch at a time as one transaction. See ARCHITECTURE.md for the rules it keeps.
 */
#ifndef QF_STORE_LANE_H
#define QF_STORE_LANE_H

#include "common/loop.h"
#include "daemon/core/batch.h"

struct lane;

/* How a batch ended that is not durable. */
enum lane_failure {
    LANE_NOT_DONE, /* surely not done, safe to repeat: never sent, or SQLSTATE class 40, 53, 57 */
    LANE_GUILTY,   /* class 22, 23, 42, P0001: a row of ours is wrong; decide the commands again one per transaction */
    LANE_FENCED    /* another daemon has taken over: this one must write nothing any more */
};

struct lane_callbacks {
    /* The lane is ready for the first batch of a new epoch: the desk has to be loaded (again) before one is sent. */
    void (*connected)(void *arg, int64_t epoch);
    void (*durable)(void *arg, struct batch *b);
    void (*failed)(void *arg, struct batch *b, enum lane_failure how, const char *sqlstate, const char *message);
    /* Sent and unanswered for 250 ms (slow = true), or answered again (false). */
    void (*slow)(void *arg, bool slow);
    /* Unanswered for 1 s, or the connection broke with a batch sent: closed; whether b is in the database is settled
     * after the reconnect by its keys. The lane does not touch b any more. */
    void (*doubt)(void *arg, struct batch *b);
    /* The connection is gone or could not be made; it is tried again by itself with growing pauses. */
    void (*lost)(void *arg, const char *why);
    void *arg;
};

struct lane_conf {
    const char *conninfo; /* of the daemon's own role; hostaddr or socket folder, never a name to be resolved */
    bool takeover;        /* go on although another daemon holds the advisory lock (its epoch is fenced off) */
    int64_t slow_us, doubt_us;
};

/* Starts connecting. conf's strings are copied. */
struct lane *lane_new(struct qf_loop *loop, const struct lane_conf *conf, const struct lane_callbacks *cb);
void lane_free(struct lane *l);
/* Free to take a batch? */
bool lane_idle(const struct lane *l);
/* Sends a sealed batch. Only when idle. The batch stays the caller's and must not change until durable, failed or
 * doubt. */
void lane_send(struct lane *l, struct batch *b);
int64_t lane_epoch(const struct lane *l);
/* Why another daemon keeps us out, "" when nobody does. */
const char *lane_refused(const struct lane *l);

#endif
