/* What wall time brings: pushes, samples, expiries and pruning. (What market time brings: points.h) */
#ifndef QF_SERVER_PERIODIC_H
#define QF_SERVER_PERIODIC_H

#include "daemon/server/server.h"

struct periodic;
/* Starts its timers. */
struct periodic *periodic_new(struct server *s);
void periodic_free(struct periodic *p);
/* Something was pushed: the topics are flushed in the next round of the loop. */
void periodic_flush_soon(struct server *s);

#endif
