/* What closing positions would do. Pure: a preview that changes nothing, and the next order of one position.
 *
 * Orders never exceed what is held, also when resting orders fill meanwhile: a position's order is only made when no order is open in
 * that position any more, so that nothing but itself can move it. Its resting orders are cancelled first; the order follows when the
 * last of them has ended, and is for what is held then - more or less than was shown when some of them were filled on the way. What one
 * order cannot close (MAX_QTY, MAX_NOTIONAL, a book too thin) the next one does, each again only when nothing is open there. */
#ifndef QF_CORE_FLATTEN_H
#define QF_CORE_FLATTEN_H

#include "daemon/core/gate.h"

#define FLATTEN_PLAN_TEXT 33

struct flatten_what { /* NULL: all */
    const char *strategy, *account, *symbol;
};

/* Positions held in that scope, sorted by account and symbol, as rows of a plan; out: room for `most`. Returns how many there are; when it
 * is more than `most` nothing is in out. plan: says what would be done - position, side, quantity and the orders to be cancelled, not
 * prices, which move on while somebody reads it. */
uint32_t flatten_plan(const struct desk *d, const struct actor *who, const struct flatten_what *what, struct qf_flatten_row *out,
                      uint32_t most, char plan[FLATTEN_PLAN_TEXT]);

/* The next order of a position. */
enum flatten_step {
    FLATTEN_DONE,    /* nothing is held */
    FLATTEN_WAIT,    /* orders are open in it */
    FLATTEN_ORDER,   /* *ret_in is it: a MARKET IOC order for what is held, or the largest part that passes */
    FLATTEN_LATER,   /* a control refuses that will let it through in a moment: too many messages, too many alike */
    FLATTEN_REFUSED  /* *ret_refusal says by what */
};
/* who must live as long as *ret_in. */
enum flatten_step flatten_next(const struct desk *d, const struct actor *who, const char *account, const char *symbol, struct intent *ret_in,
                               struct qf_refusal *ret_refusal);

#endif
