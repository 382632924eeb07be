/* Closing positions to the end: orders that could not be sent with risk.flatten itself, because resting orders had to go first or one
 * order was not enough, follow as soon as nothing is open in the position any more - through the gate, in the name of who asked, for
 * FLATTEN_KEEP_US at most. What is left then, or is refused, becomes an event. It is kept in memory only: after a crash a position is
 * either closed or still there, and nothing is sent by itself. */
#ifndef QF_SERVER_FLATTEN_H
#define QF_SERVER_FLATTEN_H

#include "daemon/core/flatten.h"
#include "daemon/server/server.h"

#define FLATTEN_KEEP_US (30 * QF_SEC)

struct flattens;
struct flattens *flattens_new(void);
void flattens_free(struct flattens *f);
/* From the handler: this position is to be closed; begins when the open batch is durable. */
void flattens_add(struct ctx *c, const char *account, const char *symbol);
/* Ten times a second. */
void flattens_tick(struct server *s, qf_time wall);

#endif
