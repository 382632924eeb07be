/* States of the firm and of strategies; the most severe rules. Raising is instant and never undone; lowering goes
 * through the lane.
 *
 * Two layers. What people set, and what a breaker latched, is the row of trading_state: kept over a restart, lowered
 * only by people. A degradation (the database is slow, a feed is silent) lies above it in memory only and lifts itself
 * when its cause is gone; so it can neither hide nor lift what people set. */
#ifndef QF_CORE_STATE_H
#define QF_CORE_STATE_H

#include "daemon/core/order.h"

/* What rules for an order of this account (firm and its strategy, both layers). account NULL: the firm alone. */
enum qf_desk_state state_effective(const struct desk *d, const struct core_account *account);
/* The firm's row (strategy NULL) or a strategy's, as it is stored; NULL when it was never set. */
const struct qf_trading_state *state_row(const struct desk *d, const char *strategy);
/* The same as it rules now: the degradation in place of the row where it is more severe. false when neither was ever
 * set. */
bool state_shown(const struct desk *d, const char *strategy, struct qf_trading_state *ret);
/* The same, also before anybody has set it: ACTIVE since the first account of it was opened, `otherwise` when it has none. */
void state_or_active(const struct desk *d, const char *strategy, qf_time otherwise, struct qf_trading_state *ret);
/* The firm's and then every strategy's that has a state or an account, at most `most` (> 0) in all. Returns how many. */
uint32_t state_list(const struct desk *d, qf_time otherwise, struct qf_trading_state *out, uint32_t most);

/* Raises severity at once. latched: the row, n counts up; b may be NULL (no batch can be had now): then it is written
 * later with state_write. Not latched: the degradation; b is not used, n stays. ret (may be NULL): what rules now, as
 * state_shown. Does nothing and returns false when that state or a more severe one is there already in that layer, or
 * when the table of states is full. A less severe latched state never replaces a more severe one. */
bool state_raise(struct desk *d, struct batch *b, const char *strategy, enum qf_desk_state state, bool latched,
                 const char *reason, const char *by, qf_time wall, struct qf_trading_state *ret);
/* The cause of a degradation is gone. false when there was none. ret (may be NULL): what rules now. */
bool state_lift(struct desk *d, const char *strategy, struct qf_trading_state *ret);
/* Lowers the row (only after two people agreed). HALTED is left only into CLOSE_ONLY (BAD_STATE otherwise); ALREADY
 * when it is not above `state`. Undone with the batch, but its n is never used again. */
bool state_lower(struct desk *d, struct batch *b, const char *strategy, enum qf_desk_state state, const char *reason,
                 const char *by, qf_time wall, struct qf_trading_state *ret, struct qf_refusal *ret_refusal);
/* From the journal at start: takes it when its n is higher, or equal and more severe. */
void state_take(struct desk *d, const struct qf_trading_state *row);
/* Marks every state row whose n the database may not have as dirty in b. */
void state_write(struct desk *d, struct batch *b);

/* After an undo: a raise that came after a lowering stays although the lowering is taken back. A raise to less than what was lowered
 * gives way to that, under a number above its own. true: it did so, and the journal has to hear of it. */
bool state_keep_raises(struct desk *d);

/* After loading: marks again what was to be cancelled when the daemon ended - all open orders under HALTED, and those whose row says
 * who asked. Their cancels leave with the offer to the venue. */
void state_ask_cancels(struct desk *d, qf_time wall);
/* Orders a stop must cancel: walks open orders in scope (strategy NULL = all) and calls fn for each; it marks the
 * cancel request (kept memory). Returns how many. */
typedef void (*state_cancel_fn)(void *arg, const struct core_order *o);
uint32_t state_cancel_orders(struct desk *d, const char *strategy, qf_time wall, state_cancel_fn fn, void *arg);

#endif
