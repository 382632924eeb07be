/* Where orders go: the contract every venue keeps.
 *
 * The daemon offers an order once its row is durable. The venue answers by reports, each at most once in its own eyes; the desk
 * knows fills by (venue, exec_id) and may be told twice. Reports never come from inside send or cancel, but from the venue's own
 * turns on the loop, so that the caller is never re-entered. A report may lead to further sends and cancels.
 *
 * After a restart (or a reloaded desk) every open order is offered again under its id, with what the desk has of it. A venue that
 * knows it acknowledges again; a venue that keeps its book in memory only (paper) takes the desk's numbers for the truth. */
#ifndef QF_VENUE_VENUE_H
#define QF_VENUE_VENUE_H

#include "daemon/core/order.h"

struct venue_order {
    int64_t id;
    uint32_t instrument;    /* the desk's slot */
    enum qf_side side;
    enum qf_order_type type;
    enum qf_tif tif;
    qf_qty quantity;
    qf_price price;         /* LIMIT */
    qf_qty lot;             /* fills are multiples of it */
    int64_t multiplier;
    qf_qty filled;          /* by fills that are durable */
    int64_t fills;          /* how many: the next one is number fills + 1 */
    qf_time at;             /* market time it was placed */
};

/* The report is core's struct report: kind, order id, exec_id, quantity, price, fee, market time, reason. */
typedef void (*venue_report_fn)(void *arg, const struct report *r);

struct venue;
struct venue_ops {
    /* QF_EFULL: its book is full, nothing was taken (no report follows). */
    enum qf_err (*send)(struct venue *v, const struct venue_order *o);
    /* CANCELLED follows, or CANCEL_REJECTED when the order is not there (filled meanwhile, or never was). */
    void (*cancel)(struct venue *v, int64_t id);
    /* The market's clock has moved; called before the prices of that instant are marked. May be NULL. */
    void (*clock)(struct venue *v);
    /* The instrument's price has been marked anew. May be NULL. */
    void (*quote)(struct venue *v, uint32_t instrument);
    /* Forget every order: the desk was loaded anew and offers all that are open. */
    void (*reset)(struct venue *v);
    /* Orders in its book. */
    uint32_t (*open)(const struct venue *v);
    void (*free)(struct venue *v);
};
struct venue {
    const struct venue_ops *ops;
    char name[17];
};

#endif
