#include "daemon/server/effects.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/stops.h"
#include "daemon/venue/paper.h"

#define HOLD_WAITING 4096 /* reports in the backlog: a replay waits until the database has taken them */

/* What a venue has of the order in a slot. Not undone with a batch: the venue does not forget either. */
struct offered {
    int64_t id;
    enum { OFFER_NONE, OFFER_MADE, OFFER_WITHHELD } state;
};

struct venues {
    struct venue *paper;
    struct offered *offered; /* by slot of desk.orders */
};

/* --- reports */

static void describe(struct ctx *c, const struct report *r, const struct qf_order *o)
{
    static const char *const words[] = { "acknowledged", "fill", "cancelled", "cancel rejected", "rejected", "expired" };
    char quantity[QF_DEC_TEXT], price[QF_DEC_TEXT];
    if (r->kind != REPORT_FILL) {
        qf_str_fmt(c->detail, sizeof c->detail, "%" PRId64 " %s%s%s", r->order_id, words[r->kind], *r->reason ? ": " : "", r->reason);
        return;
    }
    qf_dec_format(r->quantity, QF_SCALE, quantity);
    qf_dec_format(r->price, QF_SCALE, price);
    qf_str_fmt(c->detail, sizeof c->detail, "%" PRId64 " %s %s %s at %s (%s)", r->order_id,
               o->side == QF_SIDE_BUY ? "bought" : "sold", quantity, o->symbol, price, r->exec_id);
}

static enum handled take_report(struct ctx *c, const void *in, void *out)
{
    const struct report *r = in;
    struct qf_order row = { 0 };
    (void)out;
    if (!order_report(c->desk, c->batch, &c->actor, r, &row, &c->refusal)) {
        if (c->refusal.reason == QF_R_ALREADY)
            c->audited = AUDITED_NOTHING;
        return REFUSED_NOTED;
    }
    describe(c, r, &row);
    return HANDLED;
}

static void on_report(void *arg, const struct report *r)
{
    struct server *s = arg;
    stops_report(s, r);
    if (!door_fact(s, r->venue, "venue.report", take_report, r, sizeof *r))
        server_event(s, QF_SEV_ERROR, "venue", "a report about order %" PRId64 " could not be kept: too many wait", r->order_id);
}

/* An order that never left ends here: no venue will say so. */
static void withhold(struct server *s, const struct core_order *o, const char *why)
{
    struct offered *f = &s->venues->offered[tab_slot(&s->desk->orders, o)];
    struct report r = { .kind = REPORT_CANCELLED, .order_id = o->row.id, .at = s->desk->market_now };
    if (f->id == o->row.id && f->state != OFFER_NONE)
        return;
    *f = (struct offered){ o->row.id, OFFER_WITHHELD };
    qf_str_copy(r.venue, sizeof r.venue, o->row.venue);
    qf_str_copy(r.reason, sizeof r.reason, why);
    on_report(s, &r);
}

/* --- the paper venue's view of the market */

static bool paper_sees(void *arg, uint32_t instrument, struct paper_quote *ret)
{
    struct server *s = arg;
    const struct mark *m = &s->desk->marks[instrument];
    if (desk_stale(s->desk, instrument) || (!m->has_bid && !m->has_ask))
        return false;
    *ret = (struct paper_quote){ .has_bid = m->has_bid, .has_ask = m->has_ask, .bid = m->bid, .ask = m->ask,
                                 .bid_size = m->bid_size, .ask_size = m->ask_size, .volume = m->volume, .at = m->at };
    return true;
}

static qf_time paper_now(void *arg)
{
    return ((struct server *)arg)->desk->market_now;
}

struct venues *venues_new(struct server *s)
{
    const struct conf *conf = s->conf;
    struct paper_conf paper = { .name = "paper", .seed = (uint64_t)conf->seed, .latency = conf->latency_us,
                                .share_bp = conf->fill_share_bp, .quote = paper_sees, .now = paper_now, .report = on_report, .arg = s };
    paper.fee = (struct paper_fee){ .venue = "*", .bp_e2 = conf->fee_bp_e2, .minimum = conf->fee_min };
    struct venues *v = qf_xalloc(sizeof *v);
    v->paper = paper_new(&paper, s->loop);
    v->offered = qf_xalloc(QF_MAX_ORDERS * sizeof *v->offered);
    qf_assert(v->paper);
    return v;
}

void venues_free(struct venues *v)
{
    if (!v)
        return;
    v->paper->ops->free(v->paper);
    free(v->offered);
    free(v);
}

bool effects_venue(struct server *s, const char *name)
{
    return qf_str_eq(s->venues->paper->name, name);
}

/* --- sending */

static void fill_order(const struct desk *d, const struct core_order *o, struct venue_order *ret)
{
    const struct core_instrument *i = tab_at(&d->instruments, o->instrument);
    *ret = (struct venue_order){
        .id = o->row.id, .instrument = o->instrument, .side = (enum qf_side)o->row.side, .type = (enum qf_order_type)o->row.type,
        .tif = (enum qf_tif)o->row.tif, .quantity = o->row.quantity, .price = o->row.price, .lot = i->row.lot,
        .multiplier = i->row.multiplier, .filled = o->row.filled, .fills = o->row.fills, .at = o->row.at,
    };
}

static void offer(struct server *s, const struct core_order *o)
{
    struct venue_order v;
    fill_order(s->desk, o, &v);
    if (s->venues->paper->ops->send(s->venues->paper, &v) != QF_OK) {
        withhold(s, o, "the venue is full");
        return;
    }
    s->venues->offered[tab_slot(&s->desk->orders, o)] = (struct offered){ o->row.id, OFFER_MADE };
    if (o->row.state == QF_ORDER_PENDING && commit_batch(s->commit))
        order_sent(s->desk, commit_batch(s->commit), o->row.id, qf_now_wall());
}

static const char *why_not(struct server *s, const struct core_order *o)
{
    if (s->desk->cancel_asked[tab_slot(&s->desk->orders, o)])
        return "cancelled before it left";
    return "stopped before it left";
}

static void send(struct server *s, int64_t id)
{
    const struct core_order *o = desk_order(s->desk, id);
    if (!o || !order_is_open(o->row.state))
        return;
    if (venue_may_send(s->desk, id))
        offer(s, o);
    else
        withhold(s, o, why_not(s, o));
}

void effects_cancel(struct server *s, int64_t id)
{
    const struct core_order *o = desk_order(s->desk, id);
    if (!o || !order_is_open(o->row.state))
        return;
    const struct offered *f = &s->venues->offered[tab_slot(&s->desk->orders, o)];
    if (f->id == id && f->state == OFFER_MADE)
        s->venues->paper->ops->cancel(s->venues->paper, id);
    /* else it has not left: its own effect finds the cancel when its batch is durable, and withholds it */
}

void effects_run(struct server *s, const struct batch *b)
{
    const struct effect *e;
    uint32_t n = batch_effects(b, &e);
    for (uint32_t i = 0; i < n; i++) {
        if (e[i].kind == EFFECT_SEND)
            send(s, e[i].order_id);
        else
            effects_cancel(s, e[i].order_id);
    }
}

void effects_offer_all(struct server *s)
{
    struct desk *d = s->desk;
    s->venues->paper->ops->reset(s->venues->paper);
    memset(s->venues->offered, 0, QF_MAX_ORDERS * sizeof *s->venues->offered);
    for (uint32_t slot = d->first_open, next; slot != TAB_NONE; slot = next) {
        const struct core_order *o = tab_at(&d->orders, slot);
        next = o->next_open;
        bool left = o->row.state != QF_ORDER_PENDING; /* it may have reached the venue before: it is offered, then cancelled */
        if (left || venue_may_send(d, o->row.id))
            offer(s, o);
        else
            withhold(s, o, why_not(s, o));
        if (left && d->cancel_asked[slot])
            effects_cancel(s, o->row.id);
    }
}

/* --- the market */

void effects_clock(struct server *s)
{
    s->venues->paper->ops->clock(s->venues->paper);
}

void effects_quote(struct server *s, uint32_t instrument)
{
    s->venues->paper->ops->quote(s->venues->paper, instrument);
}

bool effects_hold(struct server *s)
{
    enum commit_trouble t = commit_trouble(s->commit);
    return commit_waiting(s->commit) > HOLD_WAITING || t == TROUBLE_DOUBT || t == TROUBLE_DOWN || t == TROUBLE_LOADING;
}
