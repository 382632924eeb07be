#include "daemon/store/reader.h"

#include <stdlib.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/embedded.h"
#include "daemon/store/row.h"

#define PAUSE_FIRST_US (100 * QF_MS)
#define PAUSE_MAX_US (5 * QF_SEC)
#define STATEMENT_MS 10000 /* a person who waits longer has given up */

/* One unanswered question. */
struct ask {
    struct ask *next, **link; /* all that are unanswered, so that reader_free can let them go */
    struct reader *r;
    const struct qf_rec *rec; /* NULL: a server sample */
    reader_fn fn;
    reader_sample_fn sample_fn;
    void *arg;
};

struct reader {
    struct qf_loop *loop;
    char *conninfo;
    struct db *db;
    struct qf_timer *timer; /* the pause before the next try */
    int64_t pause_us;
    bool up;
    uint32_t asks;
    struct ask *first;
    struct qf_arena arena;  /* of one answer */
    char why[DB_WHY];
};

/* --- answers */
static enum qf_err decode(struct reader *r, const struct qf_rec *rec, const struct db_rows *rows, void **ret,
                          uint32_t *ret_n)
{
    struct row_map map;
    const uint32_t n = (uint32_t)db_rows_count(rows);
    enum qf_err err = row_map(rec, rows, false, &map, r->why);
    char *out = err == QF_OK ? qf_arena_alloc(&r->arena, (size_t)n * rec->size + 1) : NULL;
    if (err == QF_OK && out == NULL)
        err = QF_ENOMEM;
    for (uint32_t i = 0; i < n && err == QF_OK; i++)
        err = row_decode(&map, rows, (int)i, out + (size_t)i * rec->size, &r->arena, r->why);
    *ret = out;
    *ret_n = n;
    return err;
}

static enum qf_err failure(const struct db_answer *a)
{
    return a->kind == DB_FAIL ? QF_ESTATE : QF_ECLOSED;
}

static void give_rows(struct reader *r, const struct ask *ask, const struct db_answer *a)
{
    void *rows = NULL;
    uint32_t n = 0;
    enum qf_err err = a->kind == DB_ROWS ? decode(r, ask->rec, a->rows, &rows, &n) : failure(a);
    ask->fn(ask->arg, err, err == QF_OK ? rows : NULL, err == QF_OK ? n : 0);
}

static void give_sample(const struct ask *ask, const struct db_answer *a)
{
    struct reader_sample s = { .size = 0 };
    if (a->kind == DB_ROWS && db_rows_count(a->rows) == 1) {
        s.size = db_rows_i64(a->rows, 0, 0, 0);
        s.connections = db_rows_i64(a->rows, 0, 1, 0);
        s.locks_waiting = db_rows_i64(a->rows, 0, 2, 0);
        s.wal_bytes = db_rows_i64(a->rows, 0, 3, 0);
        db_rows_text(a->rows, 0, 4, s.version, sizeof s.version);
        ask->sample_fn(ask->arg, QF_OK, &s);
    } else {
        ask->sample_fn(ask->arg, failure(a), NULL);
    }
}

static void link_ask(struct reader *r, struct ask *ask)
{
    ask->next = r->first;
    ask->link = &r->first;
    if (r->first != NULL)
        r->first->link = &ask->next;
    r->first = ask;
    r->asks++;
}

static void free_ask(struct ask *ask)
{
    *ask->link = ask->next;
    if (ask->next != NULL)
        ask->next->link = ask->link;
    ask->r->asks--;
    free(ask);
}

static void on_answer(void *arg, const struct db_answer *a)
{
    const struct ask ask = *(struct ask *)arg;
    free_ask(arg);
    qf_arena_reset(&ask.r->arena);
    if (ask.rec != NULL)
        give_rows(ask.r, &ask, a);
    else
        give_sample(&ask, a);
}

/* Each question in a pipeline of its own: one that is refused must not take the next one with it. */
static enum qf_err send(struct reader *r, const char *query, const struct ask *like, const struct db_param *params,
                        int n)
{
    if (!r->up)
        return QF_ECLOSED;
    if (r->asks >= READER_ASKS)
        return QF_EFULL;
    struct ask *ask = qf_xalloc(sizeof *ask);
    *ask = *like;
    link_ask(r, ask);
    enum qf_err err = db_send(r->db, query, params, n, on_answer, ask);
    if (err != QF_OK) {
        free_ask(ask);
        return err;
    }
    /* A sync that cannot be sent means that the connection is gone: then the question is answered so, from the loop. */
    qf_assert(db_sync(r->db, NULL, NULL) != QF_EFULL);
    return QF_OK;
}

enum qf_err reader_ask(struct reader *r, const char *query, const struct qf_rec *rec, const struct db_param *params,
                       int n, reader_fn fn, void *arg)
{
    const struct ask like = { .r = r, .rec = rec, .fn = fn, .arg = arg };
    return send(r, query, &like, params, n);
}

enum qf_err reader_server(struct reader *r, reader_sample_fn fn, void *arg)
{
    const struct ask like = { .r = r, .sample_fn = fn, .arg = arg };
    return send(r, "server_sample", &like, NULL, 0);
}

/* --- parameters spelled out */
enum qf_err reader_page(struct reader *r, const char *query, const struct qf_rec *rec, const struct reader_page *page,
                        reader_fn fn, void *arg)
{
    unsigned char before[8], limit[8];
    const struct db_param p[] = { db_i64(page->before > 0 ? page->before : INT64_MAX, before), db_text(page->first),
                                  db_text(page->second), db_i64(page->limit, limit) };
    return reader_ask(r, query, rec, p, (int)QF_LEN(p), fn, arg);
}

enum qf_err reader_number(struct reader *r, const char *query, const struct qf_rec *rec, int64_t number, reader_fn fn,
                          void *arg)
{
    unsigned char room[8];
    const struct db_param p = db_i64(number, room);
    return reader_ask(r, query, rec, &p, 1, fn, arg);
}

enum qf_err reader_names(struct reader *r, const char *query, const struct qf_rec *rec, const char *first,
                         const char *second, reader_fn fn, void *arg)
{
    const struct db_param p[] = { db_text(first), db_text(second) };
    return reader_ask(r, query, rec, p, (int)QF_LEN(p), fn, arg);
}

enum qf_err reader_events(struct reader *r, int64_t before, enum qf_severity least, int64_t limit, reader_fn fn,
                          void *arg)
{
    unsigned char number[8], count[8];
    const struct db_param p[] = { db_i64(before > 0 ? before : INT64_MAX, number),
                                  db_text(qf_enum_text(&qf_enum_severity, (int32_t)least)), db_i64(limit, count) };
    return reader_ask(r, "events_page", &qf_rec_event, p, (int)QF_LEN(p), fn, arg);
}

enum qf_err reader_audit(struct reader *r, int64_t from, int64_t limit, reader_fn fn, void *arg)
{
    unsigned char number[8], count[8];
    const struct db_param p[] = { db_i64(from, number), db_i64(limit, count) };
    return reader_ask(r, "audit_range", &qf_rec_control, p, (int)QF_LEN(p), fn, arg);
}

static struct db_param time_or_null(const qf_time *t, unsigned char room[8])
{
    return t != NULL ? db_time(*t, room) : (struct db_param){ .p = NULL };
}

enum qf_err reader_equity(struct reader *r, const char *account, const qf_time *from, int64_t limit, reader_fn fn,
                          void *arg)
{
    unsigned char at[8], count[8];
    const struct db_param p[] = { db_text(account), time_or_null(from, at), db_i64(limit, count) };
    return reader_ask(r, "equity_points", &qf_rec_equity, p, (int)QF_LEN(p), fn, arg);
}

enum qf_err reader_bars(struct reader *r, const char *symbol, int64_t period, const qf_time *from, int64_t limit,
                        reader_fn fn, void *arg)
{
    unsigned char seconds[8], at[8], count[8];
    const struct db_param p[] = { db_text(symbol), db_i64(period, seconds), time_or_null(from, at),
                                  db_i64(limit, count) };
    return reader_ask(r, "bars_page", &qf_rec_bar, p, (int)QF_LEN(p), fn, arg);
}

/* --- connecting */
static void connect_reader(void *arg);

static void lose(struct reader *r, const char *why)
{
    qf_str_copy(r->why, sizeof r->why, why);
    r->up = false;
    db_close(r->db);
    r->db = NULL;
    qf_timer_once(r->timer, r->pause_us);
    r->pause_us = r->pause_us * 2 < PAUSE_MAX_US ? r->pause_us * 2 : PAUSE_MAX_US;
}

static void on_down(void *arg, const char *why)
{
    lose(arg, why);
}

static void on_prepared(void *arg, const struct db_answer *a)
{
    struct reader *r = arg;
    if (a->kind == DB_FAIL && r->why[0] == '\0')
        qf_str_copy(r->why, sizeof r->why, a->message);
}

static void on_ready(void *arg, const struct db_answer *a)
{
    struct reader *r = arg;
    if (a->kind != DB_SYNC)
        return;
    if (r->why[0] != '\0') {
        char why[DB_WHY];
        qf_str_copy(why, sizeof why, r->why);
        lose(r, why); /* a statement does not fit the schema */
        return;
    }
    r->up = true;
    r->pause_us = PAUSE_FIRST_US;
}

static void on_up(void *arg)
{
    struct reader *r = arg;
    r->why[0] = '\0';
    enum qf_err err = db_query(r->db, "SET default_transaction_read_only = on", NULL, 0, on_prepared, r);
    for (const struct qf_query *q = qf_queries; q->name != NULL && err == QF_OK; q++)
        err = db_prepare(r->db, q->name, q->text, on_prepared, r);
    if (err == QF_OK)
        err = db_sync(r->db, on_ready, r);
    if (err != QF_OK)
        lose(r, qf_err_text(err));
}

static void connect_reader(void *arg)
{
    struct reader *r = arg;
    const struct db_conf conf = {
        .conninfo = r->conninfo, .name = "qfd reader", .statement_ms = STATEMENT_MS, .plans = DB_PLANS_CUSTOM
    };
    r->db = db_open(r->loop, &conf, &(struct db_events){ .up = on_up, .down = on_down, .arg = r });
}

struct reader *reader_new(struct qf_loop *loop, const char *conninfo)
{
    struct reader *r = qf_xalloc(sizeof *r);
    *r = (struct reader){ .loop = loop, .pause_us = PAUSE_FIRST_US, .why = "not connected yet" };
    r->conninfo = qf_xstrdup(conninfo);
    r->timer = qf_timer_new(loop, connect_reader, r);
    qf_arena_init(&r->arena, READER_ANSWER);
    connect_reader(r);
    return r;
}

void reader_free(struct reader *r)
{
    if (r == NULL)
        return;
    db_close(r->db);
    while (r->first != NULL)
        free_ask(r->first);
    qf_timer_free(r->timer);
    qf_arena_release(&r->arena);
    free(r->conninfo);
    free(r);
}

bool reader_up(const struct reader *r)
{
    return r->up;
}

const char *reader_why(const struct reader *r)
{
    return r->up ? "" : r->why;
}
