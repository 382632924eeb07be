/* 1-minute and daily bars from ticks, the queue they wait in for the database, and the last hour's closes.
 *
 * A tick counts with its trade; an instrument that has never traded counts with the middle of its quotes (or the one side there
 * is). A bar ends when its feed's clock reaches its end; a minute without a price has no bar. A feed that gives whole bars
 * (market_tick.bar) has them queued as they are; its minutes still make the day.
 * Days are UTC days. A tick earlier than the end of a bar that was closed already changes no bar and is counted as late. */
#ifndef QF_MARKET_BARS_H
#define QF_MARKET_BARS_H

#include "common/limits.h"
#include "daemon/market/tick.h"

#define BARS_SPARK 60

struct bars;

struct bars *bars_new(void) QF_MUST_CHECK;
void bars_free(struct bars *b);

/* A good tick. Returns how many bars had to be dropped because the queue was full (0 or more). */
uint32_t bars_tick(struct bars *b, const struct market_tick *t);
/* The clock of the instrument's feed: closes what has ended by then. Returns drops as above. */
uint32_t bars_clock(struct bars *b, uint32_t slot, qf_time market);
/* Closes what is open, ended or not: the recording is over, the daemon stops. Returns drops. */
uint32_t bars_finish(struct bars *b, uint32_t slot);

/* --- what was stored before the start */
/* The bar of the day that is still going, so that it goes on; ignored when a newer one is open already. */
void bars_load_day(struct bars *b, const struct market_bar *day);
/* Closes of minutes, oldest first; the newest BARS_SPARK are kept. Replaces what is there. */
void bars_load_spark(struct bars *b, uint32_t slot, const qf_price *closes, uint32_t n);
/* Another instrument takes the slot. */
void bars_forget(struct bars *b, uint32_t slot);

/* --- the queue, at most QF_BAR_QUEUE bars */
uint32_t bars_waiting(const struct bars *b);
bool bars_half_full(const struct bars *b);
/* The oldest bars that lie side by side, at most `max`; 0 = none. They stay until bars_taken. */
uint32_t bars_peek(const struct bars *b, uint32_t max, const struct market_bar **ret);
/* The oldest n are written (or given up). */
void bars_taken(struct bars *b, uint32_t n);
int64_t bars_dropped(const struct bars *b);
int64_t bars_late(const struct bars *b);

/* --- readers */
/* Minute closes, oldest first, the running minute last: at most BARS_SPARK + 1. Returns how many. */
uint32_t bars_spark(const struct bars *b, uint32_t slot, qf_price out[BARS_SPARK + 1]);
/* The bar still open (period MARKET_MINUTE or MARKET_DAY); false when there is none. */
bool bars_open(const struct bars *b, uint32_t slot, uint32_t period, struct market_bar *ret);

#endif
