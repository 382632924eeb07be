/* What time brings: equity points by market time; pushes, samples, expiries and pruning by wall time. */
#ifndef QF_SERVER_PERIODIC_H
#define QF_SERVER_PERIODIC_H

#include "daemon/server/server.h"

struct periodic;
/* Starts its timers. */
struct periodic *periodic_new(struct server *s);
void periodic_free(struct periodic *p);
/* The market clock is about to move to `at`: points that fall due on the way are taken with the marks as they are. */
void periodic_market(struct server *s, qf_time at);
/* Something was pushed: the topics are flushed in the next round of the loop. */
void periodic_flush_soon(struct server *s);

#endif
