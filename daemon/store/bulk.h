/* What is written off the critical path: bars, and the pruning of old requests. A connection of its own that connects
 * again by itself; the write lane never waits for it. It writes only while the lease is at the lane's epoch. */
#ifndef QF_STORE_BULK_H
#define QF_STORE_BULK_H

#include "common/clock.h"
#include "common/loop.h"
#include "common/proto/proto.h"

#define BULK_BARS 2048 /* bars a call: about 10 ms of the server's time */

struct bulk;

/* conninfo: of the daemon's role; copied. */
struct bulk *bulk_new(struct qf_loop *loop, const char *conninfo);
/* What is under way gets no answer any more. NULL is fine. */
void bulk_free(struct bulk *b);
/* Connected, and nothing under way? */
bool bulk_idle(const struct bulk *b);
/* Why it is not connected; "" when it is. */
const char *bulk_why(const struct bulk *b);

/* ok = false: nothing was written (the connection is gone, the epoch is over): the same again later. ok: written; `bad`
 * rows were not, because the database would never take them (a bar whose low is above its high). */
typedef void (*bulk_fn)(void *arg, bool ok, uint32_t bad);

/* Writes n <= BULK_BARS bars, over those that are there; of several with one key the last counts. Only when idle. The
 * rows are copied. fn is called once, never before this returns. epoch: of the lane. */
void bulk_bars(struct bulk *b, int64_t epoch, const struct qf_bar *rows, uint32_t n, bulk_fn fn, void *arg);
/* Takes away answered requests from before `before`, at most 10,000 a call. Only when idle. */
void bulk_prune(struct bulk *b, int64_t epoch, qf_time before, bulk_fn fn, void *arg);

#endif
