/* The paper venue: fills against the market's own bid and ask. Deterministic: what it does follows from the orders, the market and
 * the seed; its one random draw is a hash of seed, order id and fill number, so a restart in between changes nothing of it.
 *
 * Rules
 *   latency   An order meets the market `latency` (plus up to `jitter`, by the draw) of market time after it came: the price that
 *             holds then. When the clock stands it waits. The acknowledgement does not wait, and a cancel acts at once: a stop
 *             must not hang on a clock that may stand.
 *   price     On that first try a buy fills at the ask, a sell at the bid, if that is as good as its limit. A limit order that
 *             rests is filled at its own limit when the opposite side reaches it (ask <= limit for a buy): the market came to it.
 *             A touch on its own side (bid = limit) or a trade there does not fill it: it stands behind those who were there.
 *             A market order whose rest waits is filled at the touch of each later quote.
 *   quantity  At most the size at the touch, shared by all orders that take from the same quote: best price first, then the order
 *             that came first (the lower id). Where sizes are not known: a share of the volume since the quote before; where that
 *             is not known either, the same share of the order's own quantity. The share is `share_bp`, lowered by the draw to
 *             not less than half; at 10000 it is not lowered, so that an order fills at once. Fills are whole lots; one lot at
 *             least when only shares are known.
 *   IOC       One try: what does not fill is CANCELLED. FOK: all of the rest in one fill or CANCELLED; sizes that are not known
 *             are enough. DAY: EXPIRED at the first end of a market day after it was placed. GTC: until cancelled.
 *   no price  An order that meets no opposite price waits for one; IOC and FOK are CANCELLED.
 *   fee       See struct paper_fee.
 *   ids       A fill is "<order id>-<fill number>".
 *   again     A known id offered again is acknowledged again. If the desk's numbers differ (its batch failed), they are taken: the
 *             fill is made anew under the same id. */
#ifndef QF_VENUE_PAPER_H
#define QF_VENUE_PAPER_H

#include "daemon/venue/venue.h"

struct qf_loop;

/* One row a venue. A fill's fee is notional x bp + quantity x per_unit, each rounded half-even to 10^-8; the first fill of an order
 * costs at least `minimum` (only the first: so the minimum is paid once an order, and no memory of earlier fees is needed). */
struct paper_fee {
    char venue[17];     /* "*" = any other */
    int64_t bp_e2;      /* 1/100 of a basis point of price x quantity x multiplier */
    qf_money per_unit;  /* for a quantity of 1 */
    qf_money minimum;
};
/* The row of a venue, the one of "*", or NULL. */
const struct paper_fee *paper_fee_find(const struct paper_fee *rows, size_t n, const char *venue);
qf_money paper_fee_of(const struct paper_fee *fee, qf_price price, qf_qty quantity, int64_t multiplier, bool first);

/* The market as it stands. Sizes 0 = not known. volume: of the day so far, 0 = not known. */
struct paper_quote {
    bool has_bid, has_ask;
    qf_price bid, ask;
    qf_qty bid_size, ask_size;
    qf_qty volume;
    qf_time at;
};

struct paper_conf {
    char name[17];
    uint64_t seed;
    int64_t latency;    /* us of market time */
    int64_t jitter;     /* us more at most */
    int64_t share_bp;   /* 1 .. 10000 */
    int64_t day_end;    /* us after midnight UTC at which the market day ends, 0 .. QF_DAY; 0 = midnight */
    struct paper_fee fee;
    uint32_t max_orders;    /* 0 = QF_MAX_OPEN_ORDERS */
    /* false: no price that an order may be filled at (none yet, or stale). */
    bool (*quote)(void *arg, uint32_t instrument, struct paper_quote *ret);
    qf_time (*now)(void *arg);
    venue_report_fn report;
    void *arg;
};

/* loop: for reports that wait for their turn; NULL = the caller runs paper_run itself. */
struct venue *paper_new(const struct paper_conf *conf, struct qf_loop *loop) QF_MUST_CHECK;
/* Gives out reports that wait, at most `max`; returns how many are left. */
uint32_t paper_run(struct venue *v, uint32_t max);

#endif
