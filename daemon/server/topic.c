/* Who reads which topic, and how far it is. A reader that is up to date gets the one line all get; one that is behind
 * gets pieces of its own, at most PIECE bytes of rows each, as fast as it takes them. */
#include "daemon/server/topic.h"

#include "common/proto/frame.h"
#include "common/str.h"
#include "daemon/core/order.h"
#include "daemon/server/rows.h"
#include "daemon/server/session.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of rows of one sequence number, and of one piece: two of them and one row more fit in QF_ANSWER_MAX. */
#define PIECE (1024 * 1024)

/* Topics that are streams of events: no state to be rebuilt from all rows. */
static const int keep_newest[QF_TOPIC_COUNT] = {
    [QF_TOPIC_executions] = TOPIC_STREAM, [QF_TOPIC_audit] = TOPIC_STREAM, [QF_TOPIC_events] = TOPIC_STREAM,
    [QF_TOPIC_equity] = TOPIC_STREAM,     [QF_TOPIC_system] = 1,
};

struct reader {
    struct conn *conn;
    uint32_t at;          /* in the topic's array */
    bool started;
    uint64_t seq;         /* what it has */
    int64_t behind_since; /* CLOCK_MONOTONIC ns: could not be sent anything since; 0 = is not behind */
};

struct topic {
    enum qf_topic_id id;
    struct rows rows;
    uint64_t seq;         /* of the last line; rows above it are waiting */
    size_t waiting;       /* their bytes */
    bool cleared;         /* the next line begins anew */
    struct reader **reader;
    uint32_t readers, cap;
};

/* One line for many. */
struct line {
    uint32_t refs;
    size_t n;
    char bytes[];
};

struct topics {
    struct conn_table *conns;
    struct topic topic[QF_TOPIC_COUNT];
    struct reader **of[QF_MAX_CONNECTIONS]; /* by slot: QF_TOPIC_COUNT readers, NULL before the first */
    struct qf_buf buf;
    uint64_t pushed, dropped;
    int64_t patience_ns;
};

/* --- lines */
static void line_release(const void *p, size_t n, void *arg)
{
    struct line *l = arg;
    (void)p, (void)n;
    if (--l->refs == 0)
        free(l);
}

static void put_rows(struct qf_buf *b, const struct row *from, const struct row *to, bool deleted)
{
    bool first = true;
    for (const struct row *w = from; w != to; w = w->next) {
        if (w->deleted != deleted)
            continue;
        if (!first)
            qf_buf_char(b, ',');
        first = false;
        qf_buf_add(b, w->bytes, w->n);
    }
}

/* The update with rows [from, to). deletes: also tell what is gone. */
static void put_update(struct qf_buf *b, const struct topic *t, uint64_t old, uint64_t seq, const struct row *from,
                       const struct row *to)
{
    qf_buf_clear(b);
    qf_frame_push_begin(b, qf_topics[t->id].name, old, seq);
    put_rows(b, from, to, false);
    qf_buf_str(b, "],\"deleted\":[");
    if (old > 0)
        put_rows(b, from, to, true);
    qf_buf_str(b, "]}}\n");
    qf_assert(!b->failed);
}

static struct line *line_of(const struct qf_buf *b)
{
    struct line *l = qf_xalloc(sizeof *l + b->len);
    l->refs = 1; /* the maker's */
    l->n = b->len;
    memcpy(l->bytes, b->p, b->len);
    return l;
}

/* --- readers */
static bool keeps_up(const struct reader *r)
{
    return conn_out(r->conn) <= CONN_OUT_LOW;
}

/* Where a piece that begins at `from` ends: between two sequence numbers. */
static struct row *piece_end(struct row *from, uint64_t *ret_seq)
{
    size_t n = 0;
    struct row *w = from;
    while (w && (n < PIECE || w->seq == w->prev->seq)) {
        n += w->n;
        *ret_seq = w->seq;
        w = w->next;
    }
    return w;
}

static void send_piece(struct topics *ts, struct topic *t, struct reader *r)
{
    uint64_t old = r->seq < t->rows.forgotten ? 0 : r->seq, seq = t->seq;
    struct row *from = rows_after(&t->rows, old);
    struct row *to = piece_end(from, &seq);
    if (!to)
        seq = t->seq;
    put_update(&ts->buf, t, old, seq, from, to);
    conn_send(r->conn, ts->buf.p, ts->buf.len);
    ts->pushed++;
    r->seq = seq;
    r->behind_since = 0;
}

/* Sends what it lacks, as long as it takes it. */
static void serve(struct topics *ts, struct topic *t, struct reader *r)
{
    if (!r->started)
        return;
    while (r->seq < t->seq && keeps_up(r))
        send_piece(ts, t, r);
    if (r->seq < t->seq && r->behind_since == 0)
        r->behind_since = qf_now_mono();
}

static void remove_reader(struct topics *ts, struct topic *t, struct reader *r)
{
    ts->of[conn_slot(r->conn)][t->id] = NULL;
    struct reader *last = t->reader[--t->readers];
    t->reader[r->at] = last;
    last->at = r->at;
    free(r);
}

/* Ends a subscription and tells its reader why. */
static void drop(struct topics *ts, struct topic *t, struct reader *r, const char *reason)
{
    struct qf_buf *b = &ts->buf;
    qf_buf_clear(b);
    qf_buf_fmt(b,
               "{\"jsonrpc\":\"2.0\",\"method\":\"topic.dropped\",\"params\":{\"topic\":\"%s\",\"reason\":\"%s\"}}\n",
               qf_topics[t->id].name, reason);
    conn_send(r->conn, b->p, b->len);
    remove_reader(ts, t, r);
}

static void drop_stuck(struct topics *ts, struct topic *t, int64_t now)
{
    for (uint32_t i = t->readers; i-- > 0;) {
        struct reader *r = t->reader[i];
        if (r->behind_since > 0 && now - r->behind_since > ts->patience_ns) {
            ts->dropped++;
            drop(ts, t, r, "BEHIND");
        }
    }
}

/* --- updates */
static void send_line(struct topics *ts, struct topic *t, uint64_t before, struct line **l, struct reader *r)
{
    if (!*l) {
        put_update(&ts->buf, t, before, t->seq, rows_after(&t->rows, t->seq - 1), NULL);
        *l = line_of(&ts->buf);
    }
    (*l)->refs++;
    conn_send_shared(r->conn, (*l)->bytes, (*l)->n, line_release, *l);
    ts->pushed++;
    r->seq = t->seq;
}

static uint64_t least_seq(const struct topic *t)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < t->readers; i++)
        if (t->reader[i]->seq < least)
            least = t->reader[i]->seq;
    return least;
}

static void flush(struct topics *ts, struct topic *t)
{
    t->waiting += rows_retire(&t->rows, t->seq + 1);
    if (t->waiting == 0 && !t->cleared)
        return;
    uint64_t before = t->cleared ? 0 : t->seq;
    t->seq++;
    t->waiting = 0;
    t->cleared = false;
    struct line *l = NULL;
    for (uint32_t i = 0; i < t->readers; i++) {
        struct reader *r = t->reader[i];
        if (r->started && r->seq == before && keeps_up(r))
            send_line(ts, t, before, &l, r);
        else
            serve(ts, t, r);
    }
    if (l)
        line_release(NULL, 0, l);
    rows_trim(&t->rows, least_seq(t));
}

void topics_flush(struct topics *ts)
{
    int64_t now = qf_now_mono();
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        flush(ts, &ts->topic[i]);
        drop_stuck(ts, &ts->topic[i], now);
    }
    conn_table_flush(ts->conns); /* all topics of a reader in one write, and now */
}

/* A burst is sent in lines of bounded size. */
static void changed(struct topics *ts, struct topic *t, size_t n)
{
    t->waiting += n;
    if (t->waiting > PIECE)
        flush(ts, t);
}

void topic_row(struct topics *ts, enum qf_topic_id id, const void *row)
{
    struct topic *t = &ts->topic[id];
    changed(ts, t, rows_put(&t->rows, row, t->seq + 1));
}

void topic_delete(struct topics *ts, enum qf_topic_id id, const void *key)
{
    struct topic *t = &ts->topic[id];
    changed(ts, t, rows_delete(&t->rows, key, t->seq + 1));
}

void topic_clear(struct topics *ts, enum qf_topic_id id)
{
    struct topic *t = &ts->topic[id];
    rows_clear(&t->rows);
    t->waiting = 0;
    t->cleared = true;
    for (uint32_t i = 0; i < t->readers; i++)
        t->reader[i]->seq = 0;
}

/* --- subscriptions */
static struct reader *reader_of(const struct topics *ts, enum qf_topic_id id, const struct conn *c)
{
    struct reader **of = ts->of[conn_slot(c)];
    return of ? of[id] : NULL;
}

static int subscriptions(const struct topics *ts, const struct conn *c)
{
    int n = 0;
    for (int i = 0; i < QF_TOPIC_COUNT; i++)
        n += reader_of(ts, (enum qf_topic_id)i, c) != NULL;
    return n;
}

static void add_reader(struct topics *ts, struct topic *t, struct conn *c)
{
    struct reader ***of = &ts->of[conn_slot(c)];
    if (!*of)
        *of = qf_xalloc(QF_TOPIC_COUNT * sizeof **of);
    if (t->readers == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 8;
        t->reader = qf_xrealloc(t->reader, t->cap * sizeof *t->reader);
    }
    struct reader *r = qf_xalloc(sizeof *r);
    *r = (struct reader){ .conn = c, .at = t->readers };
    t->reader[t->readers++] = r;
    (*of)[t->id] = r;
}

enum qf_err topic_subscribe(struct topics *ts, enum qf_topic_id id, struct conn *c, uint64_t *ret_seq)
{
    struct topic *t = &ts->topic[id];
    if (reader_of(ts, id, c))
        return QF_EEXIST;
    if (subscriptions(ts, c) >= QF_MAX_SUBSCRIPTIONS)
        return QF_EFULL;
    flush(ts, t); /* so that what it gets first is a state all others have, too */
    add_reader(ts, t, c);
    *ret_seq = t->seq;
    return QF_OK;
}

void topic_start(struct topics *ts, enum qf_topic_id id, struct conn *c)
{
    struct reader *r = reader_of(ts, id, c);
    if (!r || r->started)
        return;
    r->started = true;
    flush(ts, &ts->topic[id]);
    if (r->seq == 0 && keeps_up(r))
        send_piece(ts, &ts->topic[id], r); /* also when there is no row: it has to know that */
    serve(ts, &ts->topic[id], r);
}

enum qf_err topic_unsubscribe(struct topics *ts, enum qf_topic_id id, struct conn *c)
{
    struct reader *r = reader_of(ts, id, c);
    if (!r)
        return QF_ENOENT;
    remove_reader(ts, &ts->topic[id], r);
    return QF_OK;
}

void topic_leave(struct topics *ts, struct conn *c)
{
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        struct reader *r = reader_of(ts, (enum qf_topic_id)i, c);
        if (r)
            remove_reader(ts, &ts->topic[i], r);
    }
    free(ts->of[conn_slot(c)]);
    ts->of[conn_slot(c)] = NULL;
}

void topic_recheck(struct topics *ts, struct conn *c, bool signed_in, int role)
{
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        struct reader *r = reader_of(ts, (enum qf_topic_id)i, c);
        if (r && !qf_may(signed_in, role, qf_topics[i].perm))
            drop(ts, &ts->topic[i], r, signed_in ? "FORBIDDEN" : "SESSION_ENDED");
    }
}

void topic_drained(struct topics *ts, struct conn *c)
{
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        struct reader *r = reader_of(ts, (enum qf_topic_id)i, c);
        if (!r || r->seq == ts->topic[i].seq)
            continue;
        flush(ts, &ts->topic[i]);
        serve(ts, &ts->topic[i], r);
    }
}

/* --- all */
static bool order_has_ended(const void *record)
{
    return !order_is_open(((const struct qf_order *)record)->state);
}

struct topics *topics_new(struct conn_table *conns)
{
    struct topics *ts = qf_xalloc(sizeof *ts);
    ts->conns = conns;
    ts->patience_ns = TOPIC_BEHIND_NS;
    qf_buf_init(&ts->buf, QF_ANSWER_MAX);
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        bool orders = i == QF_TOPIC_orders;
        ts->topic[i].id = (enum qf_topic_id)i;
        ts->topic[i].seq = 1; /* 0 is "nothing yet" */
        rows_init(&ts->topic[i].rows, qf_topics[i].rec, keep_newest[i], orders ? order_has_ended : NULL,
                  orders ? TOPIC_ENDED : 0);
    }
    return ts;
}

void topics_free(struct topics *ts)
{
    if (!ts)
        return;
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        struct topic *t = &ts->topic[i];
        while (t->readers > 0)
            remove_reader(ts, t, t->reader[0]);
        free(t->reader);
        rows_release(&t->rows);
    }
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++)
        free(ts->of[i]);
    qf_buf_release(&ts->buf);
    free(ts);
}

void topics_patience(struct topics *ts, int64_t ns)
{
    ts->patience_ns = ns;
}

bool topic_wanted(const struct topics *ts, enum qf_topic_id id)
{
    return ts->topic[id].readers > 0;
}

uint64_t topics_pushed(const struct topics *ts)
{
    return ts->pushed;
}

uint64_t topics_dropped(const struct topics *ts)
{
    return ts->dropped;
}

uint32_t topic_rows(const struct topics *ts, enum qf_topic_id id)
{
    return ts->topic[id].rows.live;
}
