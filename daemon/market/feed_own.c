/* Which feed gives which instrument its prices, and the prices that come from outside. */
#include <string.h>

#include "common/str.h"
#include "daemon/market/feed_inner.h"

/* --- instruments */

struct feed_slot *feed_slot_find(const struct feeds *fs, const char *symbol, size_t n)
{
    uint32_t at = (uint32_t)qf_hash(symbol, n) & (FEED_INDEX - 1);

    for (; fs->index[at] != 0; at = (at + 1) & (FEED_INDEX - 1)) {
        struct feed_slot *s = &fs->slots[fs->index[at] - 1];
        if (qf_str_eqn(s->symbol, symbol, n))
            return s;
    }
    return NULL;
}

static void index_add(struct feeds *fs, uint32_t slot)
{
    const char *symbol = fs->slots[slot].symbol;
    uint32_t at = (uint32_t)qf_hash(symbol, strlen(symbol)) & (FEED_INDEX - 1);

    while (fs->index[at] != 0)
        at = (at + 1) & (FEED_INDEX - 1);
    fs->index[at] = (uint16_t)(slot + 1);
}

/* Taking an entry out of open addressing breaks chains; that is rare here, so the index is simply made anew. */
static void index_rebuild(struct feeds *fs)
{
    memset(fs->index, 0, FEED_INDEX * sizeof *fs->index);
    for (uint32_t i = 0; i < fs->top; i++) {
        if (fs->slots[i].owner != 0)
            index_add(fs, i);
    }
}

int feeds_owner(const struct feeds *fs, uint32_t slot)
{
    qf_assert(slot < QF_MAX_INSTRUMENTS);
    return fs->slots[slot].owner - 1;
}

void feeds_disown(struct feeds *fs, uint32_t slot)
{
    int owner = feeds_owner(fs, slot);

    if (owner < 0)
        return;
    fs->feeds[owner]->dropped += bars_finish(fs->bars, slot);
    bars_forget(fs->bars, slot);
    fs->feeds[owner]->symbols--;
    memset(&fs->slots[slot], 0, sizeof fs->slots[slot]);
    index_rebuild(fs);
}

static bool may_own(struct feeds *fs, const struct feed *f, const struct feed_instrument *in, char why[QF_WHY_TEXT])
{
    const struct feed_slot *same = feed_slot_find(fs, in->symbol, strlen(in->symbol));
    int owner = feeds_owner(fs, in->slot);

    if (same != NULL && feed_slot_no(fs, same) != in->slot)
        owner = same->owner - 1;
    else if (owner >= 0 && same == NULL)
        qf_bug("another symbol in this slot", __FILE__, __LINE__);
    else if (owner < 0 || owner == f->number)
        owner = -1;
    if (owner >= 0)
        qf_str_fmt(why, QF_WHY_TEXT, "%s has its prices from the feed %s already", in->symbol, fs->feeds[owner]->conf.name);
    else if (f->conf.kind == QF_FEED_SIMULATED && universe_find(in->symbol, strlen(in->symbol)) < 0)
        qf_str_fmt(why, QF_WHY_TEXT, "the simulated market has no %s", in->symbol);
    else
        return true;
    return false;
}

static void join(struct feeds *fs, struct feed *f, const struct feed_instrument *in)
{
    struct feed_slot *s = &fs->slots[in->slot];

    memset(s, 0, sizeof *s);
    s->owner = f->number + 1;
    qf_str_copy(s->symbol, sizeof s->symbol, in->symbol);
    s->sim_name = universe_find(in->symbol, strlen(in->symbol));
    if (in->slot >= fs->top)
        fs->top = in->slot + 1;
    index_add(fs, in->slot);
    f->symbols++;
    /* a recording begins where it begins, however far from what was stored last; a market that goes on does not */
    if (in->last > 0 && f->conf.kind != QF_FEED_REPLAY)
        quality_start(&s->state, in->last);
}

bool feeds_own(struct feeds *fs, int feed, const struct feed_instrument *in, char why[QF_WHY_TEXT])
{
    qf_assert(feed >= 0 && feed < fs->count);
    struct feed *f = fs->feeds[feed];

    qf_assert(in->slot < QF_MAX_INSTRUMENTS && in->tick > 0 && in->symbol[0] != '\0');
    if (!may_own(fs, f, in, why))
        return false;
    struct feed_slot *s = &fs->slots[in->slot];
    bool fresh = s->owner == 0;
    bool other_tick = s->tick != in->tick;
    if (fresh)
        join(fs, f, in);
    s->tick = in->tick;
    s->negative = in->negative;
    if (f->sim != NULL && (fresh || other_tick))
        feed_sim_name(f, s);
    return true;
}

/* --- quote.publish */

static void publish_tick(const struct qf_quote_in *q, qf_time wall, uint32_t slot, struct market_tick *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->slot = slot;
    ret->received = wall;
    ret->price = (struct tick){
        .has_bid = QF_HAS(q, quote_in, bid), .has_ask = QF_HAS(q, quote_in, ask), .has_last = QF_HAS(q, quote_in, last),
        .bid = QF_HAS(q, quote_in, bid) ? q->bid : 0, .ask = QF_HAS(q, quote_in, ask) ? q->ask : 0,
        .last = QF_HAS(q, quote_in, last) ? q->last : 0,
        .bid_size = QF_HAS(q, quote_in, bid_size) ? q->bid_size : 0,
        .ask_size = QF_HAS(q, quote_in, ask_size) ? q->ask_size : 0,
        .volume = QF_HAS(q, quote_in, volume) ? q->volume : 0,
        .at = QF_HAS(q, quote_in, at) ? q->at : wall,
    };
}

/* The running publish feed this symbol's price may come from, or NULL. */
static struct feed *publisher(struct feeds *fs, int feed, const struct feed_slot *s)
{
    if (s == NULL || (feed >= 0 && s->owner - 1 != feed))
        return NULL;
    struct feed *f = fs->feeds[s->owner - 1];
    bool on = f->status == QF_FEEDST_RUNNING || f->status == QF_FEEDST_IDLE;
    return f->conf.kind == QF_FEED_PUBLISH && f->started && on ? f : NULL;
}

/* NULL: it was taken, else why not. */
static const char *publish_one(struct feeds *fs, int feed, const struct qf_quote_in *q, qf_time wall)
{
    static const char *const words[] = {
        [QUALITY_GOOD] = NULL, [QUALITY_TIME] = "earlier than the price before it",
        [QUALITY_ZERO] = "a zero or negative price or quantity", [QUALITY_CROSSED] = "the bid is above the ask",
        [QUALITY_JUMP] = "too far from the last good price",
    };
    struct market_tick t;
    struct feed_slot *s = feed_slot_find(fs, q->symbol, strlen(q->symbol));
    struct feed *f = publisher(fs, feed, s);

    if (s == NULL)
        return "no feed has this symbol";
    if (f == NULL)
        return "its prices come from another feed, or the feed is paused";
    publish_tick(q, wall, feed_slot_no(fs, s), &t);
    if (t.price.at > wall + FEED_AHEAD) {
        /* taken, it would carry the clock with it, and every right price after it would be late */
        s->count.time++;
        f->count.time++;
        return "its time is ahead of the clock";
    }
    return words[feed_take(f, &t)];
}

static void keep_out(struct qf_kept_out *k, size_t row, const struct qf_quote_in *q, const char *why)
{
    memset(k, 0, sizeof *k);
    k->row = (int64_t)row;
    qf_str_copy(k->symbol, sizeof k->symbol, q->symbol);
    qf_str_copy(k->reason, sizeof k->reason, why);
    qf_rec_fill(&qf_rec_kept_out, k);
}

void feeds_publish(struct feeds *fs, int feed, const struct qf_quote_in *rows, size_t n, qf_time wall, struct qf_kept_out *kept,
                   struct qf_published *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->kept = kept;
    for (size_t i = 0; i < n; i++) {
        const char *why = publish_one(fs, feed, &rows[i], wall);
        ret->taken += why == NULL;
        ret->bad += why != NULL;
        if (why != NULL)
            keep_out(&kept[ret->kept_n++], i, &rows[i], why);
    }
    qf_rec_fill(&qf_rec_published, ret);
}
