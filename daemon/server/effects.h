/* What leaves the desk for a venue, and what comes back from there. */
#ifndef QF_SERVER_EFFECTS_H
#define QF_SERVER_EFFECTS_H

#include "daemon/core/order.h"
#include "daemon/server/server.h"

struct venues;

/* The paper venue, as conf says. */
struct venues *venues_new(struct server *s);
void venues_free(struct venues *v);
/* Is there a venue of this name? */
bool effects_venue(struct server *s, const char *name);

/* The effects of a durable batch: every order is asked for once more (venue_may_send) before it leaves. */
void effects_run(struct server *s, const struct batch *b);
/* A cancel that does not wait for the lane; the request is marked already. */
void effects_cancel(struct server *s, int64_t order);
/* The desk was loaded anew: every open order is offered again. */
void effects_offer_all(struct server *s);

/* The market moved (marketdoor.c). */
void effects_clock(struct server *s);
void effects_quote(struct server *s, uint32_t instrument);
/* Too much waits for the database: the market has to wait too, where it can. */
bool effects_hold(struct server *s);

#endif
