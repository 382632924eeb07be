/* Fills of the paper venue: what a quote offers and which orders take it. The rules stand in paper.h. */
#include "daemon/venue/paper_inner.h"

static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

uint64_t paper_draw(const struct paper *p, const struct venue_order *o)
{
    uint64_t x = scramble(p->conf.seed + 0x9e3779b97f4a7c15ULL);

    x = scramble(x ^ (uint64_t)o->id);
    return scramble(x ^ (uint64_t)(o->fills + 1) * 0x9e3779b97f4a7c15ULL);
}

/* --- the quote */

static qf_qty share(qf_qty of, int64_t bp)
{
    return (qf_qty)((qf_i128)of * bp / 10000);
}

/* Volume since the quote before, 0 when it is not known. The day's volume begins anew every day. */
static qf_qty traded(const struct paper_market *m, const struct paper_quote *q)
{
    if (!m->seen || q->volume == 0)
        return 0;
    return q->volume >= m->quote.volume ? q->volume - m->quote.volume : q->volume;
}

static void offer(const struct paper *p, struct paper_market *m, int side, qf_qty size, qf_qty volume)
{
    m->depth[side] = size > 0 ? PAPER_SIZED : volume > 0 ? PAPER_VOLUME : PAPER_OPEN;
    m->left[side] = size > 0 ? size : share(volume, p->conf.share_bp);
}

static bool same_quote(const struct paper_quote *a, const struct paper_quote *b)
{
    return a->has_bid == b->has_bid && a->has_ask == b->has_ask && a->bid == b->bid && a->ask == b->ask &&
           a->bid_size == b->bid_size && a->ask_size == b->ask_size && a->volume == b->volume && a->at == b->at;
}

/* Looks at the market. What was taken from a quote stays taken until another one comes. */
static bool look(struct paper *p, uint32_t instrument, struct paper_market **ret)
{
    struct paper_market *m = &p->markets[instrument];
    struct paper_quote q = { 0 };

    if (!p->conf.quote(p->conf.arg, instrument, &q))
        return false;
    if (!m->seen || !same_quote(&m->quote, &q)) {
        qf_qty volume = traded(m, &q);
        offer(p, m, QF_SIDE_BUY, q.ask_size, volume);
        offer(p, m, QF_SIDE_SELL, q.bid_size, volume);
        m->quote = q;
        m->seen = true;
    }
    *ret = m;
    return true;
}

static bool touch(const struct paper_market *m, enum qf_side side, qf_price *ret)
{
    *ret = side == QF_SIDE_BUY ? m->quote.ask : m->quote.bid;
    return side == QF_SIDE_BUY ? m->quote.has_ask : m->quote.has_bid;
}

/* Is there an opposite price as good as the order's limit? */
static bool meets(const struct paper_market *m, const struct venue_order *o, qf_price *ret_touch)
{
    if (!touch(m, o->side, ret_touch))
        return false;
    if (o->type == QF_TYPE_MARKET)
        return true;
    return o->side == QF_SIDE_BUY ? *ret_touch <= o->price : *ret_touch >= o->price;
}

/* --- how much */

static qf_qty whole_lots(qf_qty q, qf_qty lot)
{
    return q - q % lot;
}

/* Where only a share is known: between half of it and all, by the draw (all, where all is configured); one lot at least. */
static qf_qty drawn(const struct paper *p, const struct venue_order *o, qf_qty most)
{
    qf_qty less = p->conf.share_bp == 10000 ? 0 : most / 2;
    qf_qty q = most - (qf_qty)(paper_draw(p, o) % (uint64_t)(less + 1));

    q = whole_lots(q, o->lot);
    return q > 0 ? q : o->lot;
}

static qf_qty quantity(const struct paper *p, const struct paper_market *m, const struct venue_order *o)
{
    qf_qty rest = o->quantity - o->filled;
    qf_qty q = m->left[o->side];

    if (o->tif == QF_TIF_FOK)
        return m->depth[o->side] != PAPER_SIZED || q >= rest ? rest : 0;
    if (m->depth[o->side] == PAPER_OPEN)
        q = drawn(p, o, share(o->quantity, p->conf.share_bp));
    else if (m->depth[o->side] == PAPER_VOLUME)
        q = q > 0 ? drawn(p, o, q) : 0;
    return q < rest ? whole_lots(q, o->lot) : rest;
}

static bool used_up(const struct paper_market *m, enum qf_side side)
{
    return m->depth[side] != PAPER_OPEN && m->left[side] <= 0;
}

/* --- fills */

static void take(struct paper *p, struct paper_market *m, struct venue_order *o, qf_price price, qf_time at)
{
    qf_qty q = quantity(p, m, o);

    if (q == 0)
        return;
    m->left[o->side] -= q < m->left[o->side] ? q : m->left[o->side];
    o->filled += q;
    o->fills++;
    qf_money fee = paper_fee_of(&p->conf.fee, price, q, o->multiplier, o->fills == 1);
    paper_say_fill(p, o, q, price, fee, at);
}

static void end(struct paper *p, uint32_t n, enum report_kind kind, qf_time at, const char *reason)
{
    paper_say(p, kind, &p->orders[n].o, at, reason);
    paper_drop(p, n);
}

static bool only_once(enum qf_tif tif)
{
    return tif == QF_TIF_IOC || tif == QF_TIF_FOK;
}

void paper_try(struct paper *p, uint32_t n, qf_time at)
{
    struct paper_order *po = &p->orders[n];
    struct venue_order *o = &po->o;
    struct paper_market *m = NULL;
    qf_price price = 0;

    if (po->expires <= at) {
        end(p, n, REPORT_EXPIRED, po->expires, "the market day is over");
        return;
    }
    if (look(p, o->instrument, &m) && meets(m, o, &price)) {
        po->taker = true;
        take(p, m, o, price, at);
    }
    if (o->filled == o->quantity)
        paper_drop(p, n);
    else if (only_once(o->tif))
        end(p, n, REPORT_CANCELLED, at, po->taker ? "not enough at its price" : "no market at its price");
    else
        paper_rest(p, n);
}

/* One resting order that the market has come to; it is out of its heap. false: it is gone. */
static bool fill_resting(struct paper *p, struct paper_market *m, uint32_t n, qf_price price, qf_time at)
{
    struct paper_order *po = &p->orders[n];

    if (po->expires <= at) {
        end(p, n, REPORT_EXPIRED, po->expires, "the market day is over");
        return false;
    }
    bool at_touch = po->taker || po->o.type == QF_TYPE_MARKET;
    take(p, m, &po->o, at_touch ? price : po->o.price, at);
    if (po->o.filled < po->o.quantity)
        return true;
    paper_drop(p, n);
    return false;
}

static void match_side(struct paper *p, struct paper_market *m, enum qf_side side, qf_time at)
{
    uint32_t aside = 0, n;
    qf_price price = 0;

    while ((n = m->resting[side]) != 0 && !used_up(m, side) && meets(m, &p->orders[n].o, &price)) {
        heap_remove(p->nodes, &m->resting[side], n);
        if (fill_resting(p, m, n, price, at)) {
            p->orders[n].next = aside;
            aside = n;
        }
    }
    while (aside != 0) {
        n = aside;
        aside = p->orders[n].next;
        paper_rest(p, n);
    }
}

void paper_match(struct paper *p, uint32_t instrument, qf_time at)
{
    struct paper_market *m = &p->markets[instrument];

    if (m->resting[QF_SIDE_BUY] == 0 && m->resting[QF_SIDE_SELL] == 0 && !m->seen)
        return; /* nobody has ever asked for this instrument */
    if (!look(p, instrument, &m))
        return;
    match_side(p, m, QF_SIDE_BUY, at);
    match_side(p, m, QF_SIDE_SELL, at);
}
