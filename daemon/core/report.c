/* What a venue says about an order, and what becomes of the order. */
#include "daemon/core/core.h"

/* What a report does to an order in a state. */
enum act {
    BAD,     /* it cannot be: the order stays as it is, the venue is told BAD_STATE */
    KNOWN,   /* it is so already */
    STAY,    /* taken note of; the state stays */
    FILL,    /* booked; PARTIAL or FILLED */
    LATE,    /* booked though the order had ended; FILLED when that makes it whole */
    WORK,    /* WORKING, or PARTIAL when something is filled */
    CANCEL,  /* CANCELLED */
    REJECT,  /* REJECTED */
    EXPIRE   /* EXPIRED */
};

#define REPORTS (REPORT_EXPIRED + 1)
static const uint8_t acts[QF_order_state_COUNT][REPORTS] = {
    /*                    ACK    FILL  CANCELLED CANCEL_REJECTED REJECTED EXPIRED */
    [QF_ORDER_PENDING] = { WORK,  FILL, CANCEL,   STAY,           REJECT,  EXPIRE },
    [QF_ORDER_SENT] = {    WORK,  FILL, CANCEL,   STAY,           REJECT,  EXPIRE },
    [QF_ORDER_WORKING] = { KNOWN, FILL, CANCEL,   STAY,           REJECT,  EXPIRE },
    [QF_ORDER_PARTIAL] = { KNOWN, FILL, CANCEL,   STAY,           CANCEL,  EXPIRE },
    [QF_ORDER_FILLED] = {  KNOWN, LATE, BAD,      KNOWN,          BAD,     BAD },
    [QF_ORDER_CANCELLED] = { BAD, LATE, KNOWN,    KNOWN,          BAD,     BAD },
    [QF_ORDER_EXPIRED] = { BAD,   LATE, BAD,      KNOWN,          BAD,     KNOWN },
    [QF_ORDER_REJECTED] = { BAD,  LATE, BAD,      KNOWN,          KNOWN,   BAD },
    [QF_ORDER_UNKNOWN] = { WORK,  FILL, CANCEL,   STAY,           REJECT,  EXPIRE },
};

/* Once something is filled an order can be cancelled or expire, but it cannot have been refused. */
static int32_t state_after(enum act act, const struct qf_order *o)
{
    bool some = o->filled > 0, whole = o->filled >= o->quantity;
    switch (act) {
    case FILL: return whole ? QF_ORDER_FILLED : QF_ORDER_PARTIAL;
    case LATE: return whole ? QF_ORDER_FILLED : o->state;
    case WORK: return some ? QF_ORDER_PARTIAL : QF_ORDER_WORKING;
    case CANCEL: return QF_ORDER_CANCELLED;
    case REJECT: return some ? QF_ORDER_CANCELLED : QF_ORDER_REJECTED;
    case EXPIRE: return QF_ORDER_EXPIRED;
    default: return o->state;
    }
}

/* The state moves on; an order that ends leaves the open ones. A fill by itself is no reason why an order ended. */
static void move_on(struct desk *d, struct batch *b, struct core_order *o, enum act act, const struct report *r,
                    qf_time wall)
{
    bool was_open = order_is_open(o->row.state);
    struct core_position *p = o->position == TAB_NONE ? NULL : position_at(d, o->position);
    o->row.state = state_after(act, &o->row);
    o->row.updated = wall;
    if (r->reason[0] != '\0' && r->kind != REPORT_FILL) {
        qf_str_copy(o->row.reason, sizeof(o->row.reason), r->reason);
        QF_SET(&o->row, order, reason);
    }
    if (was_open && !order_is_open(o->row.state))
        order_unlink(d, b, o); /* o is the newest of the ended ones, so it is still in memory after this */
    if (was_open && p != NULL)
        position_recount(d, p);
}

/* --- fills */

/* The part of the order that is still open gets smaller, and with it what it counts in limits and holds of the cash. */
static void count_fill(struct desk *d, struct core_order *o, const struct report *r, const struct qf_execution *e)
{
    bool open = order_is_open(o->row.state);
    qf_qty left = order_left(&o->row);
    const struct core_instrument *i = instrument_at(d, o->instrument);
    qf_cost value = 0;
    if (cost_fits(r->price, r->quantity, i->row.multiplier, &value) &&
        qf_add(o->row.value, value, QF_COST_MAX - 1, &value) == QF_OK)
        o->row.value = value;
    o->row.filled = o->row.filled > QF_PRICE_MAX - r->quantity ? QF_PRICE_MAX : o->row.filled + r->quantity;
    o->row.fees += e->fee;
    o->row.fills++;
    if (!open)
        return;
    qf_money reserved = order_reserve(d, i, &o->row);
    position_open_add(d, position_at(d, o->position), (enum qf_side)o->row.side, order_left(&o->row) - left,
                      reserved - o->reserved);
    o->reserved = reserved;
}

static bool refuse_fill(enum qf_err err, struct qf_refusal *r)
{
    if (err == QF_EEXIST)
        core_refuse(r, QF_R_ALREADY, "exec_id", "this execution is booked already");
    else if (err == QF_ERANGE)
        core_refuse(r, QF_R_INTERNAL, "quantity", "an execution that no position can hold");
    else
        core_refuse(r, QF_R_INTERNAL, "", "no room for an execution");
    return false;
}

/* Books a fill at the venue's word. What is more than the order asked for is booked all the same: it has happened. */
static bool take_fill(struct desk *d, struct batch *b, const struct actor *who, struct core_order *o,
                      const struct report *r, struct qf_refusal *ret)
{
    struct qf_execution e;
    struct fill f = { .account = account_at(d, o->account),
                     .instrument = instrument_at(d, o->instrument),
                     .order_id = o->row.id,
                     .side = (enum qf_side)o->row.side,
                     .quantity = r->quantity,
                     .price = r->price,
                     .fee = r->fee,
                     .venue = r->venue[0] != '\0' ? r->venue : o->row.venue,
                     .exec_id = r->exec_id,
                     .at = r->at };
    qf_qty left = order_left(&o->row);
    enum qf_err err = fill_book(d, b, who, &f, &e);
    if (err != QF_OK)
        return refuse_fill(err, ret);
    tab_edit(&d->orders, b, o);
    count_fill(d, o, r, &e);
    bool ended = !order_is_open(o->row.state) && o->row.state != QF_ORDER_FILLED;
    if (ended)
        core_refuse(ret, QF_R_BAD_STATE, "quantity", "fill of an order that had ended; booked");
    else if (r->quantity > left)
        core_refuse(ret, QF_R_BAD_STATE, "quantity", "over-fill: more than was left of the order; booked");
    return true;
}

/* --- any report */

static void no_refusal(struct qf_refusal *r)
{
    memset(r, 0, sizeof(*r));
    r->control = -1;
}

/* The venue did not cancel: the request is over for an order that rests there. One that has not arrived yet stays held
 * back. */
static void cancel_refused(struct desk *d, const struct core_order *o)
{
    if (o->row.state == QF_ORDER_WORKING || o->row.state == QF_ORDER_PARTIAL)
        d->cancel_asked[tab_slot(&d->orders, o)] = 0;
}

bool order_report(struct desk *d, struct batch *b, const struct actor *who, const struct report *r,
                  struct qf_order *ret, struct qf_refusal *ret_refusal)
{
    struct core_order *o = desk_order(d, r->order_id);
    no_refusal(ret_refusal);
    if (o == NULL || (int)r->kind >= REPORTS) {
        core_refuse(ret_refusal, QF_R_NOT_FOUND, "order_id", "no such order in memory");
        return false;
    }
    enum act act = (enum act)acts[o->row.state][r->kind];
    if (act == BAD || act == KNOWN) {
        core_refuse(ret_refusal, act == BAD ? QF_R_BAD_STATE : QF_R_ALREADY, "order_id",
                    act == BAD ? "the order has ended" : "");
        return false;
    }
    if (r->kind == REPORT_FILL) {
        if (!take_fill(d, b, who, o, r, ret_refusal))
            return false;
    } else {
        tab_edit(&d->orders, b, o);
    }
    if (r->kind == REPORT_CANCEL_REJECTED)
        cancel_refused(d, o);
    if (act == REJECT)
        watch_reject(d, who->wall);
    move_on(d, b, o, act, r, who->wall);
    d->version++;
    if (ret != NULL)
        *ret = o->row;
    return true;
}
