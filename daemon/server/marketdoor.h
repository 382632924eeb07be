/* The market's way in: prices mark the desk and meet the venue's orders at once; bars go to the database off the critical path.
 * Nothing here waits for the lane, and nothing is audited. */
#ifndef QF_SERVER_MARKETDOOR_H
#define QF_SERVER_MARKETDOOR_H

#include "daemon/market/feed.h"
#include "daemon/server/server.h"

struct market;

/* The feeds of conf, not started. NULL: why. */
struct market *market_new(struct server *s, char *why, size_t why_cap);
void market_free(struct market *m);
/* Before the end: no more prices, and the open bars join those that wait for the database. */
void market_finish(struct server *s);

/* --- at the start, in this order */
/* Instruments that the recordings of feeds with autocreate need and the desk has not: made through the door. */
bool market_autocreate(struct server *s);
/* A stored bar of the instrument that will have this slot, oldest first within period. */
void market_load_bar(struct server *s, uint32_t slot, const struct qf_bar *row);
/* Every instrument to its feed; then the feeds begin. */
void market_start(struct server *s);

/* An instrument is new or has changed, durable. */
void market_instrument(struct server *s, const struct qf_instrument *row);
/* The desk was loaded anew: same slots, same symbols. */
void market_reloaded(struct server *s);

/* The next slice of the quotes that have changed; true: that was the last one of the round. */
bool market_push_quotes(struct server *s);
/* The same for the positions whose instrument's mark has moved. */
bool market_push_positions(struct server *s);
void market_push_feeds(struct server *s);
/* Prices become stale by themselves: the next round looks also at this part (from 0) of so many of all instruments. Equal rows are not
 * sent again. */
void market_look(struct server *s, uint32_t part, uint32_t parts);
/* Writes what waits. */
void market_write_bars(struct server *s);

struct feeds *market_feeds(struct server *s);
struct bars *market_bars(struct server *s);

#endif
