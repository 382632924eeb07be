#include "daemon/server/marketdoor.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/effects.h"
#include "daemon/server/inside.h"
#include "daemon/server/market_inside.h"
#include "daemon/server/points.h"
#include "daemon/store/bulk.h"

/* Rows shown at one go: then the loop does something else. With 200 readers of 250 bytes a row it is 13 MB to be copied. */
#define ROWS_A_SLICE 256

/* --- what the feeds say */

static void on_clock(void *arg, int feed, qf_time at)
{
    struct server *s = arg;
    (void)feed;
    if (at <= s->desk->market_now)
        return;
    points_clock(s, at);
    desk_clock(s->desk, at);
    effects_clock(s);
}

static void on_tick(void *arg, int feed, const struct market_tick *t, int64_t max_age)
{
    struct server *s = arg;
    (void)feed;
    if (s->stopping || !tab_at(&s->desk->instruments, t->slot))
        return;
    desk_mark(s->desk, t->slot, &t->price, t->received, max_age);
    effects_quote(s, t->slot);
    s->market->quote_moved[t->slot] = s->market->position_moved[t->slot] = true;
}

static void on_status(void *arg, int feed)
{
    struct server *s = arg;
    struct qf_feed row;
    if (s->stopping)
        return;
    feeds_row(s->market->feeds, feed, &row);
    topic_row(s->topics, QF_TOPIC_feeds, &row);
    if (row.status == QF_FEEDST_FAILED)
        server_event(s, QF_SEV_ERROR, "feed", "%s has failed: %s", row.name, row.reason);
    else
        server_event(s, QF_SEV_INFO, "feed", "%s is %s", row.name, qf_enum_text(&qf_enum_feed_status, row.status));
}

/* Asked before each slice of a replay, which can make bars faster than once a second writes them. */
static bool on_hold(void *arg)
{
    struct server *s = arg;
    if (bars_waiting(s->market->bars) >= BULK_BARS)
        market_write_bars(s);
    return effects_hold(s);
}

/* --- the feeds of conf */

static bool take_files(const struct conf_feed *in, struct feed_conf *out, char *why, size_t why_cap)
{
    _Static_assert(QF_LEN(((struct conf_feed *)0)->files) <= REPLAY_MAX_FILES, "files of one feed");
    out->file_count = (size_t)in->file_count;
    for (int i = 0; i < in->file_count; i++)
        if (!qf_str_copy(out->files[i], sizeof out->files[i], in->files[i])) {
            qf_str_fmt(why, why_cap, "feed %s: the name of a file is too long", in->name);
            return false;
        }
    return true;
}

static bool add_feed(struct market *m, const struct conf_feed *in, char *why, size_t why_cap)
{
    struct feed_conf out = { .kind = (enum qf_feed_kind)in->kind, .speed = in->speed, .max_age = in->max_age_ms * QF_MS,
                             .jump_bp = (int32_t)in->jump_bp, .seed = (uint64_t)in->seed, .step = in->step_ms * QF_MS,
                             .spread = { .bp_e2 = in->half_spread_bp_e2 } };
    char reason[QF_WHY_TEXT];
    qf_str_copy(out.name, sizeof out.name, in->name);
    if (!take_files(in, &out, why, why_cap))
        return false;
    if (feeds_add(m->feeds, &out, reason) < 0) {
        qf_str_fmt(why, why_cap, "feed %s: %s", in->name, reason);
        return false;
    }
    return true;
}

struct market *market_new(struct server *s, char *why, size_t why_cap)
{
    struct market *m = qf_xalloc(sizeof *m);
    const struct feed_sink sink = { .arg = s, .clock = on_clock, .tick = on_tick, .status = on_status, .hold = on_hold };
    m->bars = bars_new();
    m->feeds = feeds_new(s->loop, m->bars, &sink);
    for (int i = 0; i < s->conf->feed_count; i++)
        if (!add_feed(m, &s->conf->feeds[i], why, why_cap)) {
            market_free(m);
            return NULL;
        }
    return m;
}

void market_free(struct market *m)
{
    if (!m)
        return;
    feeds_free(m->feeds);
    bars_free(m->bars);
    free(m->closes);
    free(m);
}

struct feeds *market_feeds(struct server *s)
{
    return s->market->feeds;
}

struct bars *market_bars(struct server *s)
{
    return s->market->bars;
}

/* --- pushes */

/* The prices kept out are counted by the feed; the desk shows them with the quote. */
static void take_bad(struct server *s, uint32_t slot)
{
    const struct quality_count *q = feeds_symbol_quality(s->market->feeds, slot);
    while (q && s->desk->marks[slot].bad < quality_bad(q))
        desk_mark_bad(s->desk, slot);
}

static void push_quote(struct server *s, uint32_t slot)
{
    struct qf_quote row;
    s->market->quote_moved[slot] = false;
    take_bad(s, slot);
    desk_quote_row(s->desk, slot, &row);
    topic_row(s->topics, QF_TOPIC_quotes, &row); /* a price is nothing a batch could undo */
}

bool market_push_quotes(struct server *s)
{
    struct market *m = s->market;
    uint32_t top = s->desk->instruments.top, shown = 0;
    for (; m->quotes_at < top && shown < ROWS_A_SLICE; m->quotes_at++)
        if (m->quote_moved[m->quotes_at]) {
            push_quote(s, m->quotes_at);
            shown++;
        }
    if (m->quotes_at < top)
        return false;
    m->quotes_at = 0;
    return true;
}

static uint32_t push_positions_of(struct server *s, uint32_t slot)
{
    const struct core_instrument *i = tab_at(&s->desk->instruments, slot);
    uint32_t n = 0;
    for (uint32_t at = i->first_position; at != TAB_NONE; n++) {
        const struct core_position *p = tab_at(&s->desk->positions, at);
        struct qf_position row;
        desk_position_row(s->desk, p, &row);
        server_push(s, QF_TOPIC_positions, &row);
        at = p->next_same;
    }
    return n;
}

bool market_push_positions(struct server *s)
{
    struct market *m = s->market;
    uint32_t top = s->desk->instruments.top, shown = 0;
    for (; m->positions_at < top && shown < ROWS_A_SLICE; m->positions_at++)
        if (m->position_moved[m->positions_at]) {
            m->position_moved[m->positions_at] = false;
            shown += push_positions_of(s, m->positions_at);
        }
    if (m->positions_at < top)
        return false;
    m->positions_at = 0;
    return true;
}

void market_push_feeds(struct server *s)
{
    for (int i = 0; i < feeds_count(s->market->feeds); i++) {
        struct qf_feed row;
        feeds_row(s->market->feeds, i, &row);
        topic_row(s->topics, QF_TOPIC_feeds, &row);
    }
}

void market_look(struct server *s, uint32_t part, uint32_t parts)
{
    struct market *m = s->market;
    uint32_t top = s->desk->instruments.top, from = top * part / parts, to = top * (part + 1) / parts;
    memset(m->quote_moved + from, true, (to - from) * sizeof *m->quote_moved);
}
