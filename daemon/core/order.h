/* Life of an order: placed, cancelled, reported by its venue. All on the open batch. */
#ifndef QF_CORE_ORDER_H
#define QF_CORE_ORDER_H

#include "daemon/core/gate.h"

/* Fills an intent from a request, with the defaults (LIMIT when there is a price, DAY, the user's own account). Never
 * fails: what is unknown stays NULL and the gate says so. A LIMIT without a price or a MARKET with one: *ret refusal,
 * false. */
bool order_intent(const struct desk *d, const struct actor *who, const struct qf_order_check *req, struct intent *ret,
                  struct qf_refusal *ret_refusal);

/* Gate, then apply. On acceptance: a PENDING order row, reserves, EFFECT_SEND; *ret = its row. On refusal: false and
 * *ret_refusal; nothing changed. ref: client_ref. */
bool order_place(struct desk *d, struct batch *b, const struct intent *in, const char *ref, struct qf_order *ret,
                 struct qf_refusal *ret_refusal);

/* Asks for the cancel: EFFECT_CANCEL (again if asked before). Refused: NOT_FOUND, NOT_OWNER, BAD_STATE when it has
 * ended. */
bool order_cancel(struct desk *d, struct batch *b, const struct actor *who, int64_t id, struct qf_order *ret,
                  struct qf_refusal *ret_refusal);

/* Puts EFFECT_CANCEL again for every open order whose cancel was asked for: cancel requests outlive an undone batch and
 * a new desk, the effects that were to carry them do not. Call it after batch_undo + desk_rebuild and after
 * desk_inherit. Returns how many. */
uint32_t order_cancels_due(struct desk *d, struct batch *b);

/* A venue's word about an order. */
enum report_kind { REPORT_ACK, REPORT_FILL, REPORT_CANCELLED, REPORT_CANCEL_REJECTED, REPORT_REJECTED, REPORT_EXPIRED };
struct report {
    enum report_kind kind;
    int64_t order_id;
    char venue[17];
    char exec_id[65];       /* REPORT_FILL: the venue's own id */
    qf_qty quantity;        /* REPORT_FILL */
    qf_price price;
    qf_money fee;           /* instrument's currency, a cost */
    qf_time at;             /* market time */
    char reason[65];
};
/* Applies it. A fill is never refused (over-fills are booked and say so in *ret_refusal with ok = true); one already
 * booked changes nothing (ALREADY). false and *ret_refusal: NOT_FOUND, ALREADY, BAD_STATE. ret (may be NULL): the
 * order's row. */
bool order_report(struct desk *d, struct batch *b, const struct actor *who, const struct report *r,
                  struct qf_order *ret, struct qf_refusal *ret_refusal);
/* The order has been handed to its venue: PENDING -> SENT. Joins the batch without asking for one. */
void order_sent(struct desk *d, struct batch *b, int64_t id, qf_time wall);

/* A fill that belongs to no order (a broker's statement). false and *ret_refusal: ALREADY when known, NOT_FOUND ... */
struct fill {
    struct core_account *account;
    struct core_instrument *instrument;
    int64_t order_id;       /* 0 = none */
    enum qf_side side;
    qf_qty quantity;
    qf_price price;
    qf_money fee;
    const char *venue, *exec_id;
    qf_time at;
};
/* Books a fill into position, lots, round trip, cash and ledger (ledger.c). ALREADY: QF_EEXIST; QF_ERANGE: a number
 * would not fit (nothing changed); QF_EFULL: a table is full. ret (may be NULL): the execution. */
enum qf_err fill_book(struct desk *d, struct batch *b, const struct actor *who, const struct fill *f,
                      struct qf_execution *ret) QF_MUST_CHECK;
/* Is (venue, exec_id) booked? Knows at least the newest QF_MAX_EXEC_IDS / 2; the database knows all. */
bool fill_known(const struct desk *d, const char *venue, const char *exec_id);
/* Some older ids are not in memory any more: ask the database before booking what may be old (a broker's statement). */
bool fill_forgotten(const struct desk *d);

/* Asked once more at the door to the venue: false after a stop. Only orders that exist, are PENDING or SENT, whose
 * cancel was not asked, under a state that still lets them through. */
bool venue_may_send(const struct desk *d, int64_t id);

/* Is the order still open (counts in limits)? */
static inline bool order_is_open(int32_t state)
{
    return state == QF_ORDER_PENDING || state == QF_ORDER_SENT || state == QF_ORDER_WORKING ||
           state == QF_ORDER_PARTIAL || state == QF_ORDER_UNKNOWN;
}

#endif
