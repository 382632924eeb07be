/* States of the firm and of strategies; the most severe rules. Raising is instant and never undone; lowering goes through the lane. */
#ifndef QF_CORE_STATE_H
#define QF_CORE_STATE_H

#include "daemon/core/order.h"

/* What rules for an order of this account (firm and its strategy). account NULL: the firm alone. */
enum qf_desk_state state_effective(const struct desk *d, const struct core_account *account);
/* The firm's row (strategy NULL) or a strategy's; NULL when it was never set. */
const struct qf_trading_state *state_row(const struct desk *d, const char *strategy);

/* Raises severity at once (n counts up). b may be NULL (no batch can be had now): then the row must be marked dirty later with
 * state_write. Does nothing and returns false when that state or a more severe one is there already with latched as asked. */
bool state_raise(struct desk *d, struct batch *b, const char *strategy, enum qf_desk_state state, bool latched, const char *reason,
                 const char *by, qf_time wall, struct qf_trading_state *ret);
/* Lowers it (only after two people agreed). HALTED is left only into CLOSE_ONLY. */
bool state_lower(struct desk *d, struct batch *b, const char *strategy, enum qf_desk_state state, const char *reason, const char *by,
                 qf_time wall, struct qf_trading_state *ret, struct qf_refusal *ret_refusal);
/* From the journal at start: takes it when its n is higher, or equal and more severe. */
void state_take(struct desk *d, const struct qf_trading_state *row);
/* Marks every state row whose n the database may not have as dirty in b. */
void state_write(struct desk *d, struct batch *b);

/* Orders a stop must cancel: walks open orders in scope (strategy NULL = all) and calls fn for each; it marks the cancel request
 * (kept memory). Returns how many. */
typedef void (*state_cancel_fn)(void *arg, const struct core_order *o);
uint32_t state_cancel_orders(struct desk *d, const char *strategy, qf_time wall, state_cancel_fn fn, void *arg);

#endif
