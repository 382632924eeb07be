#include "daemon/venue/paper.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/venue/paper_inner.h"

#define RING_FACTOR 8  /* reports per order: half of the ring for sends and cancels that wait, half for one turn's own */
#define RUN_SLICE 256  /* reports given out in one turn of the loop, a millisecond or so of the desk's work */

/* --- reports: said into a ring, given out when the book is in order */

static struct report *say(struct paper *p, enum report_kind kind, const struct venue_order *o, qf_time at)
{
    qf_assert(p->reports_n < p->ring);
    struct report *r = &p->reports[(p->first + p->reports_n++) % p->ring];

    memset(r, 0, sizeof *r);
    r->kind = kind;
    r->order_id = o->id;
    r->at = at;
    qf_str_copy(r->venue, sizeof r->venue, p->venue.name);
    return r;
}

void paper_say(struct paper *p, enum report_kind kind, const struct venue_order *o, qf_time at, const char *reason)
{
    qf_str_copy(say(p, kind, o, at)->reason, sizeof p->reports->reason, reason);
}

void paper_say_fill(struct paper *p, const struct venue_order *o, qf_qty quantity, qf_price price, qf_money fee, qf_time at)
{
    struct report *r = say(p, REPORT_FILL, o, at);

    r->quantity = quantity;
    r->price = price;
    r->fee = fee;
    qf_str_fmt(r->exec_id, sizeof r->exec_id, "%" PRId64 "-%" PRId64, o->id, o->fills);
}

static bool ring_is_half_full(const struct paper *p)
{
    return p->reports_n >= p->ring / 2;
}

/* Gives out the oldest reports. What a report leads to may send and cancel; that only adds to the ring. */
static void give(struct paper *p, uint32_t max)
{
    if (p->giving)
        return;
    p->giving = true;
    for (uint32_t i = 0; i < max && p->reports_n > 0; i++) {
        struct report r = p->reports[p->first];
        p->first = (p->first + 1) % p->ring;
        p->reports_n--;
        if (p->reports_n == 0)
            p->first = 0; /* stay on the first pages: a ring that turns would touch them all */
        p->conf.report(p->conf.arg, &r);
    }
    p->giving = false;
}

static void wake(struct paper *p)
{
    if (p->timer != NULL)
        qf_timer_once(p->timer, 0);
}

/* --- the book */

static struct paper *paper_of(struct venue *v)
{
    return (struct paper *)(void *)v;
}

static uint32_t home(const struct paper *p, int64_t id)
{
    return (uint32_t)qf_hash(&id, sizeof id) & p->mask;
}

/* Where the id stands in the index, or the empty place where it would. */
static uint32_t place_of(const struct paper *p, int64_t id)
{
    uint32_t at = home(p, id);

    while (p->index[at] != 0 && p->orders[p->index[at]].o.id != id)
        at = (at + 1) & p->mask;
    return at;
}

/* Takes an entry out and moves those behind it that would be cut off from their home (Knuth, volume 3, 6.4, algorithm R). */
static void index_remove(struct paper *p, int64_t id)
{
    uint32_t hole = place_of(p, id);

    p->index[hole] = 0;
    for (uint32_t at = (hole + 1) & p->mask; p->index[at] != 0; at = (at + 1) & p->mask) {
        uint32_t from = home(p, p->orders[p->index[at]].o.id);
        if (((at - from) & p->mask) < ((at - hole) & p->mask))
            continue;
        p->index[hole] = p->index[at];
        p->index[at] = 0;
        hole = at;
    }
}

static uint32_t paper_alloc(struct paper *p)
{
    uint32_t n = p->free;

    if (n != 0)
        p->free = p->orders[n].next;
    else if (p->top < p->max)
        n = ++p->top;
    if (n != 0)
        p->count++;
    return n;
}

void paper_drop(struct paper *p, uint32_t n)
{
    index_remove(p, p->orders[n].o.id);
    p->orders[n].place = PAPER_FREE;
    p->orders[n].next = p->free;
    p->free = n;
    p->count--;
}

void paper_rest(struct paper *p, uint32_t n)
{
    const struct venue_order *o = &p->orders[n].o;
    struct heap_node *node = &p->nodes[n];

    if (o->type == QF_TYPE_MARKET)
        node->key = INT64_MIN;
    else
        node->key = o->side == QF_SIDE_BUY ? -o->price : o->price;
    node->tie = o->id;
    p->orders[n].place = PAPER_RESTING;
    heap_add(p->nodes, &p->markets[o->instrument].resting[o->side], n);
}

static void wait_for(struct paper *p, uint32_t n, qf_time due)
{
    p->nodes[n].key = due;
    p->nodes[n].tie = p->orders[n].o.id;
    p->orders[n].place = PAPER_WAITING;
    heap_add(p->nodes, &p->waiting, n);
}

static void take_out(struct paper *p, uint32_t n)
{
    const struct venue_order *o = &p->orders[n].o;

    if (p->orders[n].place == PAPER_WAITING)
        heap_remove(p->nodes, &p->waiting, n);
    else
        heap_remove(p->nodes, &p->markets[o->instrument].resting[o->side], n);
}

/* --- send and cancel */

/* The first end of a market day after `at`. */
static qf_time day_end(const struct paper *p, qf_time at)
{
    qf_time end = qf_time_day(at) + p->conf.day_end;

    return end > at ? end : end + QF_DAY;
}

static qf_time due_time(const struct paper *p, const struct venue_order *o)
{
    qf_time now = p->conf.now(p->conf.arg);
    qf_time from = now > o->at ? now : o->at;

    return from + p->conf.latency + (qf_time)(paper_draw(p, o) % (uint64_t)(p->conf.jitter + 1));
}

static const char *what_is_wrong(const struct venue_order *o)
{
    if (o->quantity <= 0 || o->filled < 0 || o->filled >= o->quantity || o->lot <= 0 || o->fills < 0)
        return "its quantity cannot be filled";
    if (o->instrument >= QF_MAX_INSTRUMENTS || o->multiplier <= 0)
        return "its instrument is not known here";
    return NULL;
}

/* Known already: the desk's numbers are the truth. */
static void send_again(struct paper *p, uint32_t n, const struct venue_order *o, qf_time now)
{
    p->orders[n].o.filled = o->filled;
    p->orders[n].o.fills = o->fills;
    paper_say(p, REPORT_ACK, o, now, "");
}

static enum qf_err send_new(struct paper *p, const struct venue_order *o, qf_time now)
{
    uint32_t n = paper_alloc(p);

    if (n == 0)
        return QF_EFULL;
    struct paper_order *po = &p->orders[n];
    *po = (struct paper_order){ .o = *o, .expires = o->tif == QF_TIF_DAY ? day_end(p, o->at) : INT64_MAX };
    p->index[place_of(p, o->id)] = n;
    if (po->expires < p->next_expiry)
        p->next_expiry = po->expires;
    wait_for(p, n, due_time(p, o));
    paper_say(p, REPORT_ACK, o, now, "");
    return QF_OK;
}

static enum qf_err paper_send(struct venue *v, const struct venue_order *o)
{
    struct paper *p = paper_of(v);
    qf_time now = p->conf.now(p->conf.arg);
    const char *wrong = what_is_wrong(o);
    enum qf_err err = QF_OK;

    if (ring_is_half_full(p))
        return QF_EFULL;
    uint32_t n = p->index[place_of(p, o->id)];
    if (wrong != NULL)
        paper_say(p, REPORT_REJECTED, o, now, wrong);
    else if (n != 0)
        send_again(p, n, o, now);
    else
        err = send_new(p, o, now);
    wake(p);
    return err;
}

static void paper_cancel(struct venue *v, int64_t id)
{
    struct paper *p = paper_of(v);
    qf_time now = p->conf.now(p->conf.arg);
    uint32_t n = p->index[place_of(p, id)];

    if (n != 0) {
        take_out(p, n);
        paper_say(p, REPORT_CANCELLED, &p->orders[n].o, now, "cancelled");
        paper_drop(p, n);
    } else if (!ring_is_half_full(p)) {
        /* when so much waits, the end of that order is among it and answers for this */
        struct venue_order unknown = { .id = id };
        paper_say(p, REPORT_CANCEL_REJECTED, &unknown, now, "the order is not in the book");
    }
    wake(p);
}

/* --- the market moves */

static void try_due(struct paper *p, qf_time now)
{
    while (p->waiting != 0 && p->nodes[p->waiting].key <= now) {
        uint32_t n = p->waiting;
        heap_remove(p->nodes, &p->waiting, n);
        paper_try(p, n, p->nodes[n].key);
    }
}

/* Walks all orders, once a market day. */
static void expire(struct paper *p, qf_time now)
{
    if (now < p->next_expiry)
        return;
    p->next_expiry = INT64_MAX;
    for (uint32_t n = 1; n <= p->top; n++) {
        struct paper_order *po = &p->orders[n];
        if (po->place == PAPER_FREE)
            continue;
        if (po->expires > now) {
            p->next_expiry = po->expires < p->next_expiry ? po->expires : p->next_expiry;
            continue;
        }
        take_out(p, n);
        paper_say(p, REPORT_EXPIRED, &po->o, po->expires, "the market day is over");
        paper_drop(p, n);
    }
}

static void paper_clock(struct venue *v)
{
    struct paper *p = paper_of(v);
    qf_time now = p->conf.now(p->conf.arg);

    try_due(p, now);
    expire(p, now);
    give(p, UINT32_MAX);
}

static void paper_quote_moved(struct venue *v, uint32_t instrument)
{
    struct paper *p = paper_of(v);

    qf_assert(instrument < QF_MAX_INSTRUMENTS);
    paper_match(p, instrument, p->conf.now(p->conf.arg));
    give(p, UINT32_MAX);
}

uint32_t paper_run(struct venue *v, uint32_t max)
{
    struct paper *p = paper_of(v);

    if (!ring_is_half_full(p))
        try_due(p, p->conf.now(p->conf.arg)); /* without latency an order need not wait for the clock to move */
    give(p, max);
    return p->reports_n;
}

static void paper_timer(void *arg)
{
    struct paper *p = arg;

    if (paper_run(&p->venue, RUN_SLICE) > 0)
        wake(p);
}

/* --- life */

static uint32_t paper_open(const struct venue *v)
{
    return ((const struct paper *)(const void *)v)->count;
}

static void paper_reset(struct venue *v)
{
    struct paper *p = paper_of(v);

    for (uint32_t i = 0; i < QF_MAX_INSTRUMENTS; i++) {
        if (p->markets[i].resting[0] != 0 || p->markets[i].resting[1] != 0)
            p->markets[i].resting[0] = p->markets[i].resting[1] = 0;
    }
    memset(p->index, 0, ((size_t)p->mask + 1) * sizeof *p->index);
    for (uint32_t n = 1; n <= p->top; n++)
        p->orders[n].place = PAPER_FREE;
    p->top = p->free = p->count = p->waiting = 0;
    p->first = p->reports_n = 0;
    p->next_expiry = INT64_MAX;
}

static void paper_free(struct venue *v)
{
    struct paper *p = paper_of(v);

    if (p->timer != NULL)
        qf_timer_free(p->timer);
    qf_unmap(p->orders, ((size_t)p->max + 1) * sizeof *p->orders);
    qf_unmap(p->nodes, ((size_t)p->max + 1) * sizeof *p->nodes);
    qf_unmap(p->index, ((size_t)p->mask + 1) * sizeof *p->index);
    qf_unmap(p->markets, QF_MAX_INSTRUMENTS * sizeof *p->markets);
    qf_unmap(p->reports, (size_t)p->ring * sizeof *p->reports);
    free(p);
}

static const struct venue_ops paper_ops = {
    .send = paper_send,
    .cancel = paper_cancel,
    .clock = paper_clock,
    .quote = paper_quote_moved,
    .reset = paper_reset,
    .open = paper_open,
    .free = paper_free,
};

static void map_tables(struct paper *p)
{
    p->mask = 1;
    while (p->mask < p->max * 4)
        p->mask = p->mask * 2 + 1;
    p->ring = p->max * RING_FACTOR;
    p->orders = qf_map_lazy(((size_t)p->max + 1) * sizeof *p->orders);
    p->nodes = qf_map_lazy(((size_t)p->max + 1) * sizeof *p->nodes);
    p->index = qf_map_lazy(((size_t)p->mask + 1) * sizeof *p->index);
    p->markets = qf_map_lazy(QF_MAX_INSTRUMENTS * sizeof *p->markets);
    p->reports = qf_map_lazy((size_t)p->ring * sizeof *p->reports);
    qf_assert(p->orders && p->nodes && p->index && p->markets && p->reports);
}

struct venue *paper_new(const struct paper_conf *conf, struct qf_loop *loop)
{
    struct paper *p = qf_xalloc(sizeof *p);

    qf_assert(conf->latency >= 0 && conf->jitter >= 0 && conf->share_bp >= 1 && conf->share_bp <= 10000);
    qf_assert(conf->day_end >= 0 && conf->day_end <= QF_DAY);
    memset(p, 0, sizeof *p);
    p->conf = *conf;
    p->max = conf->max_orders > 0 ? conf->max_orders : QF_MAX_OPEN_ORDERS;
    p->next_expiry = INT64_MAX;
    p->venue.ops = &paper_ops;
    qf_str_copy(p->venue.name, sizeof p->venue.name, conf->name);
    map_tables(p);
    if (loop != NULL)
        p->timer = qf_timer_new(loop, paper_timer, p);
    return &p->venue;
}
