/* The growing delay after failed log-ins, by user name and by source. Unknown names are counted like known ones. The
 * table is bounded: the entry that has been quiet longest makes room. */
#ifndef QF_SERVER_THROTTLE_H
#define QF_SERVER_THROTTLE_H

#include "common/clock.h"

#define THROTTLE_ENTRIES 8192
#define THROTTLE_FREE_USER 3    /* failures without a delay */
#define THROTTLE_FREE_SOURCE 10 /* a source may be many people behind one address */
#define THROTTLE_MAX_US (60 * QF_SEC)
#define THROTTLE_QUIET_US (15 * QF_MIN) /* after so long without a failure all is forgotten */

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle *t);
/* now: us of a clock that never goes back (CLOCK_MONOTONIC), or setting the clock would shorten or stretch a delay.
 * An attempt is about to be made. 0: go on, and it counts as a failure until throttle_passed; else the us to wait, and
 * nothing is counted. Attempts at the same time so count each other. */
int64_t throttle_try(struct throttle *t, const char *user, const char *source, qf_time now);
/* The attempt was good: the user's failures are forgotten and the source's are one less. */
void throttle_passed(struct throttle *t, const char *user, const char *source);
/* The attempt was not made after all: both counts go back by one. */
void throttle_cancel(struct throttle *t, const char *user, const char *source);

#endif
