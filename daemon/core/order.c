#include "daemon/core/core.h"

/* A slot is given to another order only after QF_KEEP_CLOSED_ORDERS others have ended; two batches, all that undo can
 * reach, end fewer, so a cancel request by slot cannot meet the wrong order. */
_Static_assert(QF_KEEP_CLOSED_ORDERS > 2 * QF_BATCH_COMMANDS, "ended orders kept");

/* --- what is wanted */

static bool bad_shape(const struct intent *in, struct qf_refusal *r)
{
    if (in->type == QF_TYPE_LIMIT && !in->has_price) {
        core_refuse(r, QF_R_INVALID_PARAMS, "price", "a LIMIT order needs a price");
        return true;
    }
    if (in->type == QF_TYPE_MARKET && in->has_price) {
        core_refuse(r, QF_R_INVALID_PARAMS, "price", "a MARKET order has no price");
        return true;
    }
    return false;
}

bool order_intent(const struct desk *d, const struct actor *who, const struct qf_order_check *req, struct intent *ret,
                  struct qf_refusal *ret_refusal)
{
    bool named = QF_HAS(req, order_check, account);
    memset(ret, 0, sizeof(*ret));
    if (!named && !desk_may_choose(d, who, ret_refusal))
        return false;
    ret->who = who;
    ret->instrument = desk_instrument(d, req->symbol);
    ret->account = named ? desk_account(d, req->account) : desk_default_account(d, who->user, who->role);
    qf_str_copy(ret->symbol, sizeof(ret->symbol), req->symbol);
    qf_str_copy(ret->account_name, sizeof(ret->account_name),
                named                  ? req->account
                : ret->account != NULL ? ret->account->row.name
                                       : "");
    ret->side = (enum qf_side)req->side;
    ret->has_price = QF_HAS(req, order_check, price);
    ret->price = ret->has_price ? req->price : 0;
    ret->type = QF_HAS(req, order_check, type) ? (enum qf_order_type)req->type
                : ret->has_price               ? QF_TYPE_LIMIT
                                               : QF_TYPE_MARKET;
    ret->tif = QF_HAS(req, order_check, tif) ? (enum qf_tif)req->tif : QF_TIF_DAY;
    ret->quantity = req->quantity;
    return !bad_shape(ret, ret_refusal);
}

/* --- placing */

static void order_image(const struct desk *d, const struct intent *in, const char *ref, struct qf_order *o)
{
    qf_price mid;
    memset(o, 0, sizeof(*o));
    qf_rec_fill(&qf_rec_order, o);
    qf_str_copy(o->ref, sizeof(o->ref), ref);
    qf_str_copy(o->account, sizeof(o->account), in->account->row.name);
    qf_str_copy(o->symbol, sizeof(o->symbol), in->instrument->row.symbol);
    qf_str_copy(o->by, sizeof(o->by), in->who->user);
    qf_str_copy(o->venue, sizeof(o->venue), in->instrument->row.venue);
    o->side = (int32_t)in->side;
    o->type = (int32_t)in->type;
    o->tif = (int32_t)in->tif;
    o->state = QF_ORDER_PENDING;
    o->quantity = in->quantity;
    o->at = d->market_now;
    o->created = o->updated = in->who->wall;
    if (in->has_price) {
        o->price = in->price;
        QF_SET(o, order, price);
    }
    if (desk_mark_price(d, tab_slot(&d->instruments, in->instrument), &mid)) {
        o->arrival = mid;
        QF_SET(o, order, arrival);
    }
}

/* The position and the cash row are made with the order, so that its fills never want for room. */
static bool make_places(struct desk *d, struct batch *b, const struct intent *in, struct qf_refusal *r)
{
    const struct tab *o = &d->orders;
    struct core_position *p = position_find(d, in->account, in->instrument);
    struct core_cash *c = cash_find(d, in->account, in->instrument->row.currency);
    if (o->count == o->cap || (p == NULL && d->positions.count == d->positions.cap) ||
        (c == NULL && d->cash.count == d->cash.cap)) {
        core_refuse(r, QF_R_REFUSED, "", "the desk's tables are full");
        r->control = QF_CTL_CAPACITY;
        return false;
    }
    p = position_get(d, b, in->account, in->instrument, in->who->wall);
    c = cash_get(d, b, in->account, in->instrument->row.currency, in->who->wall);
    qf_assert(p != NULL && c != NULL);
    return true;
}

static void note_order(struct desk *d, const struct intent *in, const struct core_order *o)
{
    recent_add(d->recent, recent_hash(in->account, in->instrument, in->side, in->type, in->quantity, in->price, d),
               o->row.at, o->row.created);
    gate_count(d, in);
}

/* What is refused because trading is stopped, or because somebody sends too much, is held off by that already and tells nothing about the
 * orders: one trader who goes on sending must not stop the firm, nor a stop trip a breaker that has to be re-armed after it. */
static bool counts_as_reject(int32_t control)
{
    return control != QF_CTL_HALTED && control != QF_CTL_MSG_RATE;
}

bool order_place(struct desk *d, struct batch *b, const struct intent *in, const char *ref, struct qf_order *ret,
                 struct qf_refusal *ret_refusal)
{
    struct gate_answer a;
    struct qf_order image;
    gate_ask(d, in, false, &a);
    if (!a.pass) {
        gate_refusal(d, in, &a, ret_refusal);
        if (counts_as_reject(ret_refusal->control))
            watch_reject(d, in->who->wall);
        return false;
    }
    if (!make_places(d, b, in, ret_refusal)) {
        watch_reject(d, in->who->wall);
        return false;
    }
    order_image(d, in, ref, &image);
    image.id = desk_next(d, b, &d->seq.order);
    struct core_order *o = tab_add(&d->orders, b, &image);
    qf_assert(o != NULL);
    d->cancel_asked[tab_slot(&d->orders, o)] = 0;
    order_link(d, o);
    position_recount(d, position_at(d, o->position));
    note_order(d, in, o);
    batch_effect(b, EFFECT_SEND, o->row.id);
    d->version++;
    if (ret != NULL)
        *ret = o->row;
    return true;
}

/* --- cancelling */

bool order_cancel(struct desk *d, struct batch *b, const struct actor *who, int64_t id, struct qf_order *ret,
                  struct qf_refusal *ret_refusal)
{
    struct core_order *o = desk_order(d, id);
    if (o == NULL) {
        core_refuse(ret_refusal, QF_R_NOT_FOUND, "id", "no such order among the open ones and those that just ended");
        return false;
    }
    if (!desk_owns(who, &account_at(d, o->account)->row)) {
        core_refuse(ret_refusal, QF_R_NOT_OWNER, "id", "");
        return false;
    }
    if (!order_is_open(o->row.state)) {
        core_refuse(ret_refusal, QF_R_BAD_STATE, "id", "the order has ended");
        return false;
    }
    uint32_t slot = tab_slot(&d->orders, o);
    tab_edit(&d->orders, b, o);
    qf_str_copy(o->row.cancel_by, sizeof(o->row.cancel_by), who->user);
    QF_SET(&o->row, order, cancel_by);
    o->row.updated = who->wall;
    if (d->cancel_asked[slot] == 0)
        d->cancel_asked[slot] = who->wall;
    rate_add(d, who->user, who->wall);
    batch_effect(b, EFFECT_CANCEL, id);
    d->version++;
    if (ret != NULL)
        *ret = o->row;
    return true;
}

uint32_t order_cancels_due(struct desk *d, struct batch *b)
{
    uint32_t count = 0;
    for (uint32_t i = d->first_open; i != TAB_NONE; i = order_at(d, i)->next_open) {
        if (d->cancel_asked[i] == 0)
            continue;
        batch_effect(b, EFFECT_CANCEL, order_at(d, i)->row.id);
        count++;
    }
    return count;
}

/* --- to the venue */

void order_sent(struct desk *d, struct batch *b, int64_t id, qf_time wall)
{
    struct core_order *o = desk_order(d, id);
    if (o == NULL || o->row.state != QF_ORDER_PENDING)
        return;
    tab_touch(&d->orders, b, o);
    o->row.state = QF_ORDER_SENT;
    o->row.updated = wall;
    d->version++;
}

/* Does the order, which counts among the open ones already, only close? */
static bool only_closes(const struct desk *d, const struct core_order *o)
{
    const struct core_position *p = position_at(d, o->position);
    if (o->row.side == QF_SIDE_BUY)
        return p->row.quantity < 0 && (qf_i128)p->row.quantity + p->open_buy <= 0;
    return p->row.quantity > 0 && (qf_i128)p->row.quantity - p->open_sell >= 0;
}

bool venue_may_send(const struct desk *d, int64_t id)
{
    const struct core_order *o = desk_order(d, id);
    if (o == NULL || (o->row.state != QF_ORDER_PENDING && o->row.state != QF_ORDER_SENT) ||
        d->cancel_asked[tab_slot(&d->orders, o)] != 0)
        return false;
    enum qf_desk_state rules = state_effective(d, account_at(d, o->account));
    return rules == QF_STATE_ACTIVE || (rules == QF_STATE_CLOSE_ONLY && only_closes(d, o));
}
