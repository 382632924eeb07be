#include "daemon/server/breakers.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/journal.h"
#include "daemon/server/market_inside.h"
#include "daemon/server/stops.h"

#define BREAKER_USER "breaker"

struct breakers {
    qf_time watching;            /* wall time since which prices were to be had; 0 = not yet */
    int64_t away_since;          /* monotonic ns since the database does not answer; 0 = it does */
    enum feed_word feeds[QF_MAX_FEEDS];
    int feeds_n;
    bool looking;                /* a trip makes commands, and those look again */
};

struct breakers *breakers_new(void)
{
    return qf_xalloc(sizeof(struct breakers));
}

void breakers_free(struct breakers *b)
{
    free(b);
}

/* --- the world */

static enum feed_word word_of(int32_t status)
{
    switch (status) {
    case QF_FEEDST_PAUSED:
    case QF_FEEDST_ENDED: return FEED_RESTS;
    case QF_FEEDST_FAILED: return FEED_FAILED;
    default: return FEED_RUNS;
    }
}

static void read_feeds(struct server *s)
{
    struct breakers *b = s->breakers;
    b->feeds_n = s->market ? feeds_count(market_feeds(s)) : 0;
    for (int i = 0; i < b->feeds_n && i < QF_MAX_FEEDS; i++) {
        struct qf_feed row;
        feeds_row(market_feeds(s), i, &row);
        b->feeds[i] = word_of(row.status);
    }
}

/* An instrument nobody gives prices for waits for them all the same. */
static enum feed_word feed_of(void *arg, uint32_t slot)
{
    struct server *s = arg;
    int feed = s->market ? feeds_owner(market_feeds(s), slot) : -1;
    return feed < 0 || feed >= s->breakers->feeds_n ? FEED_RUNS : s->breakers->feeds[feed];
}

/* A batch that waits, or the whole time since the database gave no answer. */
static int64_t database_us(struct server *s)
{
    struct breakers *b = s->breakers;
    int64_t waits = commit_oldest_us(s->commit), now = qf_now_mono();
    if (commit_trouble(s->commit) == TROUBLE_NONE)
        b->away_since = 0;
    else if (b->away_since == 0)
        b->away_since = now - waits * 1000;
    int64_t away = b->away_since == 0 ? 0 : (now - b->away_since) / 1000;
    return away > waits ? away : waits;
}

void breakers_world(struct server *s, struct breaker_world *ret)
{
    qf_time wall = qf_now_wall();
    if (s->breakers->watching == 0 && s->market && s->market->started)
        s->breakers->watching = wall;
    read_feeds(s);
    *ret = (struct breaker_world){ .wall = wall, .watching = s->breakers->watching, .database_us = database_us(s), .feed = feed_of,
                                   .arg = s };
}

/* --- rows of the topic */

static void push_one(struct server *s, enum qf_breaker_code code, const char *strategy)
{
    struct breaker_world w;
    struct qf_breaker blank, row;
    const struct qf_breaker *b = breaker_find(s->desk, code, strategy);
    breaker_blank(code, strategy, &blank);
    blank.follows = *strategy != '\0';
    breakers_world(s, &w);
    breaker_row(s->desk, &w, b ? b : &blank, &row);
    topic_row(s->topics, QF_TOPIC_breakers, &row); /* a breaker that trips waits for no batch */
}

static void each_row(struct server *s, void (*fn)(struct server *s, const struct qf_breaker *row))
{
    struct breaker_world w;
    uint32_t most = s->desk->breakers.count + QF_breaker_code_COUNT + 64;
    struct qf_breaker *rows = qf_xalloc(most * sizeof *rows);
    breakers_world(s, &w);
    uint32_t n = breaker_rows(s->desk, &w, rows, most);
    for (uint32_t i = 0; i < n; i++)
        fn(s, &rows[i]);
    free(rows);
}

static void push_row(struct server *s, const struct qf_breaker *row)
{
    server_push(s, QF_TOPIC_breakers, row);
}

static void show_row(struct server *s, const struct qf_breaker *row)
{
    topic_row(s->topics, QF_TOPIC_breakers, row);
}

void breakers_push(struct server *s)
{
    each_row(s, push_row);
}

void breakers_show(struct server *s)
{
    topic_clear(s->topics, QF_TOPIC_breakers);
    each_row(s, show_row);
}

void breakers_sealed(struct server *s, const struct batch *b)
{
    const void *rows;
    struct breaker_world w;
    uint32_t n = batch_rows(b, QF_TABLE_breakers, &rows);
    if (n > 0)
        breakers_world(s, &w);
    for (uint32_t i = 0; i < n; i++) {
        struct qf_breaker row;
        breaker_row(s->desk, &w, (const struct qf_breaker *)rows + i, &row);
        (void)commit_push(s->commit, QF_TOPIC_breakers, &row);
    }
}

/* --- tripping */

static enum handled write_trip(struct ctx *c, const void *in, void *out)
{
    const struct breaker_trip *t = in;
    (void)out;
    qf_str_fmt(c->detail, sizeof c->detail, "%s%s: %s", *t->strategy ? "strategy " : "firm", t->strategy, t->words);
    if (breaker_write(c->desk, c->batch, t, c->actor.wall) == QF_OK)
        return HANDLED;
    qf_refuse(&c->refusal, QF_R_REFUSED, "", "no room for the breaker's row; it stays tripped until qfd ends");
    c->refusal.control = QF_CTL_CAPACITY;
    return REFUSED_NOTED;
}

static void remember(struct server *s, const struct breaker_trip *t)
{
    if (!door_fact(s, BREAKER_USER, "breaker.trip", write_trip, t, sizeof *t))
        server_event(s, QF_SEV_ERROR, "breaker", "the row of %s could not be kept: too many wait", t->words);
}

static void tell(struct server *s, const struct breaker_trip *t)
{
    char title[121], detail[300], print[65];
    const char *code = qf_enum_text(&qf_enum_breaker_code, (int32_t)t->code), *action = qf_enum_text(&qf_enum_desk_state, (int32_t)t->action);
    qf_str_fmt(print, sizeof print, "breaker-%s-%s", code, t->strategy);
    qf_str_fmt(title, sizeof title, "Breaker tripped, %s%s %s: %s", *t->strategy ? "strategy " : "firm", t->strategy, action, t->words);
    qf_str_fmt(detail, sizeof detail, "%s. It is latched: two people re-arm it, and two people leave the state %s.", t->words, action);
    server_incident(s, QF_SEV_ERROR, print, title, detail);
}

static void on_line(void *arg, bool ok)
{
    if (!ok)
        server_event(arg, QF_SEV_ERROR, "breaker", "a breaker has tripped, but state/stop.journal could not be written");
}

/* Before the state: there may be none to raise, and then nothing else would outlive a crash. */
static void journal(struct server *s, const struct breaker_trip *t)
{
    struct qf_breaker row;
    breaker_trip_row(t, &row);
    journal_trip(s->journal, &row, on_line, s);
}

static void on_trip(void *arg, const struct breaker_trip *t)
{
    struct server *s = arg;
    if (!breaker_latch(s->desk, t))
        return;
    journal(s, t);
    (void)stops_raise(s, *t->strategy ? t->strategy : NULL, t->action, t->words, BREAKER_USER);
    remember(s, t);
    tell(s, t);
    push_one(s, t->code, t->strategy);
}

static void look(struct server *s)
{
    struct breaker_world w;
    if (s->breakers->looking || !s->loaded || s->stopping || s->without_market || !s->journal)
        return;
    s->breakers->looking = true;
    breakers_world(s, &w);
    breaker_look(s->desk, &w, on_trip, s);
    s->breakers->looking = false;
}

void breakers_tick(struct server *s, qf_time wall)
{
    (void)wall;
    look(s);
}

void breakers_event(struct server *s)
{
    if (breaker_hit(s->desk))
        look(s);
}

/* --- what a crash left */

/* The reason of a state a breaker raised begins with the word of its kind. */
static int code_of(const char *reason)
{
    for (int c = 0; c < QF_breaker_code_COUNT; c++) {
        const char *word = qf_enum_text(&qf_enum_breaker_code, c);
        size_t n = strlen(word);
        if (strncmp(reason, word, n) == 0 && reason[n] == ' ')
            return c;
    }
    return -1;
}

/* A row that was armed again, or set, after the trip says more than it. */
static void take_again(struct server *s, const struct breaker_trip *t)
{
    const struct qf_breaker *b = breaker_find(s->desk, t->code, t->strategy);
    if (b && (b->tripped || b->updated >= t->since))
        return;
    if (breaker_latch(s->desk, t))
        remember(s, t);
}

void breakers_journaled(struct server *s, const struct qf_breaker *row)
{
    struct breaker_trip t = { .code = (enum qf_breaker_code)row->code, .action = (enum qf_desk_state)row->action, .since = row->since };
    if ((row->scope == QF_SCOPE_FIRM) != (*row->name == '\0') || qf_str_eq(row->name, "*"))
        return;
    qf_str_copy(t.strategy, sizeof t.strategy, row->name);
    qf_str_copy(t.words, sizeof t.words, row->trip);
    take_again(s, &t);
}

void breakers_recover(struct server *s)
{
    uint32_t i = 0;
    const struct core_state *state;
    while ((state = tab_next(&s->desk->states, &i)) != NULL) {
        const struct qf_trading_state *row = &state->row;
        int code = code_of(row->reason);
        if (code < 0 || row->state == QF_STATE_ACTIVE || !qf_str_eq(row->by, BREAKER_USER))
            continue;
        struct breaker_trip t = { .code = (enum qf_breaker_code)code, .action = (enum qf_desk_state)row->state, .since = row->since };
        qf_str_copy(t.strategy, sizeof t.strategy, row->scope == QF_SCOPE_FIRM ? "" : row->name);
        qf_str_copy(t.words, sizeof t.words, row->reason);
        take_again(s, &t);
    }
}
