#include "daemon/store/scan.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/queries.h"
#include "daemon/store/row.h"

#define ROUND_US (100 * QF_MS)  /* cancel is looked at so often while waiting; answers wake it at once */
#define STATEMENT_MS 120000     /* one portion: a filter may have to pass over many rows before it finds the first */
#define LOCK_MS 10000
#define PATIENCE_MS (STATEMENT_MS + 10000) /* the server has ended the statement by then, if it is alive */
#define TEXT_MAX 8192
#define AHEAD 2                 /* portions asked for beside the one that is looked at: the server never waits for us */
/* A reader may pause an export for longer than a session may stand idle otherwise; who gave up on it ends it in time. */
#define BEGIN_TEXT "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
#define SNAPSHOT_TEXT "SELECT set_config('idle_in_transaction_session_timeout', '10min', true)"

#define FETCH_TEXT_(n) "FETCH " #n " FROM scan"
#define FETCH_TEXT(n) FETCH_TEXT_(n)

/* A portion: asked for, answered, handed out. */
struct portion {
    char *rows;            /* SCAN_ROWS records */
    uint32_t n;
    struct qf_arena texts;
};

struct scan {
    struct qf_loop *loop;
    struct db *db;
    const atomic_bool *cancel;
    bool up, down;
    int owed;              /* syncs without an answer */
    int64_t patience_ns, heard_ns; /* heard: the last answer, or when waiting began */
    bool open;             /* the cursor is */
    bool ended;            /* its last portion was handed out */
    enum qf_err err;       /* the first thing that went wrong */
    char why[DB_WHY];
    /* the statement that runs */
    const struct qf_rec *rec;
    bool part, mapped;
    struct row_map map;
    size_t rows_cap;       /* bytes of each portion's rows */
    struct portion portion[AHEAD + 1];
    uint64_t asked, got, out; /* portions of this statement; number i lies in i % (AHEAD + 1) */
};

static void fail(struct scan *s, enum qf_err err, const char *why)
{
    if (s->err != QF_OK)
        return;
    s->err = err;
    qf_str_copy(s->why, sizeof s->why, why);
}

static void on_up(void *arg)
{
    ((struct scan *)arg)->up = true;
}

static void on_down(void *arg, const char *why)
{
    struct scan *s = arg;
    s->down = true;
    fail(s, QF_ECLOSED, why);
}

/* --- answers */
static void on_done(void *arg, const struct db_answer *a)
{
    struct scan *s = arg;
    s->heard_ns = qf_now_mono();
    if (a->kind == DB_FAIL)
        fail(s, QF_ESTATE, a->message);
}

static enum qf_err decode(struct scan *s, const struct db_rows *rows, char why[ROW_WHY])
{
    enum qf_err err = s->mapped ? QF_OK : row_map(s->rec, rows, s->part, &s->map, why);
    struct portion *p = &s->portion[s->got % QF_LEN(s->portion)];
    s->mapped = true;
    p->n = (uint32_t)db_rows_count(rows);
    qf_assert(p->n <= SCAN_ROWS && s->got < s->asked);
    for (uint32_t i = 0; i < p->n && err == QF_OK; i++)
        err = row_decode(&s->map, rows, (int)i, p->rows + (size_t)i * s->rec->size, &p->texts, why);
    s->got++;
    return err;
}

static void on_rows(void *arg, const struct db_answer *a)
{
    struct scan *s = arg;
    char why[ROW_WHY] = "";
    on_done(s, a);
    if (a->kind != DB_ROWS)
        return;
    enum qf_err err = decode(s, a->rows, why);
    if (err != QF_OK)
        fail(s, err, why);
}

static void on_settled(void *arg, const struct db_answer *a)
{
    struct scan *s = arg;
    (void)a; /* lost: on_down follows */
    s->heard_ns = qf_now_mono();
    s->owed--;
}

/* --- asking and waiting */
static bool cancelled(struct scan *s)
{
    if (s->cancel != NULL && atomic_load_explicit(s->cancel, memory_order_relaxed))
        fail(s, QF_ECLOSED, "cancelled");
    return s->err != QF_OK;
}

/* What the caller did before he came for an answer was no silence of the server. */
static void begin_waiting(struct scan *s)
{
    s->heard_ns = qf_now_mono();
}

static void wait_a_little(struct scan *s)
{
    qf_loop_once(s->loop, ROUND_US);
    if (!s->down && qf_now_mono() - s->heard_ns > s->patience_ns)
        fail(s, QF_ECLOSED, "the database does not answer");
}

static void settle(struct scan *s)
{
    begin_waiting(s);
    while (s->owed > 0 && !s->down && !cancelled(s))
        wait_a_little(s);
}

static void sent(struct scan *s, enum qf_err err)
{
    if (err != QF_OK)
        fail(s, QF_ECLOSED, "the connection is closed");
}

static void ask(struct scan *s, const char *text, const struct db_param *params, int n, db_fn fn)
{
    if (s->err == QF_OK)
        sent(s, db_query(s->db, text, params, n, fn, s));
}

static void sync_up(struct scan *s)
{
    if (s->err != QF_OK)
        return;
    s->owed++;
    sent(s, db_sync(s->db, on_settled, s));
}

/* As many as may be under way, unless the last one was short: then there are no more. */
static void ask_portions(struct scan *s)
{
    while (!s->ended && s->err == QF_OK && s->asked - s->out < AHEAD) {
        qf_arena_reset(&s->portion[s->asked % QF_LEN(s->portion)].texts);
        s->asked++;
        ask(s, FETCH_TEXT(SCAN_ROWS), NULL, 0, on_rows);
        sync_up(s);
    }
}

/* --- life */
enum qf_err scan_open(const char *conninfo, const atomic_bool *cancel, struct scan **ret, char *why, size_t why_cap)
{
    struct scan *s = qf_xalloc(sizeof *s);
    const struct db_conf conf = { .conninfo = conninfo, .name = "qfd scan", .statement_ms = STATEMENT_MS, .lock_ms = LOCK_MS };
    *s = (struct scan){ .loop = qf_loop_new(), .cancel = cancel, .patience_ns = PATIENCE_MS * 1000000LL };
    for (size_t i = 0; i < QF_LEN(s->portion); i++)
        qf_arena_init(&s->portion[i].texts, SCAN_TEXTS);
    s->db = db_open(s->loop, &conf, &(struct db_events){ .up = on_up, .down = on_down, .arg = s });
    while (!s->up && !s->down && !cancelled(s))
        qf_loop_once(s->loop, ROUND_US);
    ask(s, BEGIN_TEXT, NULL, 0, on_done);
    ask(s, SNAPSHOT_TEXT, NULL, 0, on_done);
    sync_up(s);
    settle(s);
    if (s->err == QF_OK) {
        *ret = s;
        return QF_OK;
    }
    enum qf_err err = s->err;
    qf_str_copy(why, why_cap, s->why);
    scan_close(s);
    return err;
}

void scan_close(struct scan *s)
{
    if (s == NULL)
        return;
    db_close(s->db);
    qf_loop_free(s->loop);
    for (size_t i = 0; i < QF_LEN(s->portion); i++) {
        qf_arena_release(&s->portion[i].texts);
        free(s->portion[i].rows);
    }
    free(s);
}

void scan_patience(struct scan *s, int ms)
{
    qf_assert(ms > 0);
    s->patience_ns = ms * 1000000LL;
}

const char *scan_why(const struct scan *s)
{
    return s->why;
}

/* --- portions */
static void room_for(struct scan *s, const struct qf_rec *rec)
{
    size_t need = SCAN_ROWS * rec->size;
    for (size_t i = 0; i < QF_LEN(s->portion) && need > s->rows_cap; i++)
        s->portion[i].rows = qf_xrealloc(s->portion[i].rows, need);
    s->rows_cap = need > s->rows_cap ? need : s->rows_cap;
}

/* What is on its way belongs to the statement before: it is waited for and dropped. */
static void end_statement(struct scan *s)
{
    settle(s);
    for (size_t i = 0; i < QF_LEN(s->portion); i++)
        qf_arena_reset(&s->portion[i].texts);
    s->asked = s->got = s->out = 0;
    if (s->open)
        ask(s, "CLOSE scan", NULL, 0, on_done);
    s->open = false;
}

enum qf_err scan_begin(struct scan *s, const char *query, const struct qf_rec *rec, bool part, const struct db_param *params, int n)
{
    char text[TEXT_MAX];
    qf_assert(qf_str_fmt(text, sizeof text, "DECLARE scan NO SCROLL CURSOR FOR %s", query_text(query)) < sizeof text - 1);
    end_statement(s);
    room_for(s, rec);
    s->rec = rec;
    s->part = part;
    s->mapped = s->ended = false;
    ask(s, text, params, n, on_done);
    s->open = s->err == QF_OK;
    ask_portions(s);
    return s->err;
}

enum qf_err scan_next(struct scan *s, const void **ret_rows, uint32_t *ret_n)
{
    const struct portion *p = &s->portion[s->out % QF_LEN(s->portion)];
    if (s->ended || s->asked == 0) {
        *ret_n = 0;
        return s->err;
    }
    begin_waiting(s);
    while (s->got == s->out && !s->down && !cancelled(s))
        wait_a_little(s);
    if (cancelled(s))
        return s->err;
    s->out++;
    s->ended = p->n < SCAN_ROWS;
    ask_portions(s); /* into the room of the portion before this one */
    *ret_rows = p->rows;
    *ret_n = p->n;
    return s->err;
}

static enum qf_err walk(struct scan *s, scan_fn fn, void *arg)
{
    const char *rows = NULL;
    uint32_t n = 1;
    bool more = true;
    enum qf_err err = QF_OK;
    while (more && n > 0) {
        const void *p;
        err = scan_next(s, &p, &n);
        if (err != QF_OK)
            return err;
        rows = p;
        for (uint32_t i = 0; i < n && more; i++)
            more = fn(arg, rows + (size_t)i * s->rec->size);
    }
    return QF_OK;
}

enum qf_err scan_rows(struct scan *s, const char *query, const struct qf_rec *rec, const struct db_param *params, int n, scan_fn fn,
                      void *arg)
{
    enum qf_err err = scan_begin(s, query, rec, false, params, n);
    return err != QF_OK ? err : walk(s, fn, arg);
}

enum qf_err scan_part(struct scan *s, const char *query, const struct qf_rec *rec, const struct db_param *params, int n, scan_fn fn,
                      void *arg)
{
    enum qf_err err = scan_begin(s, query, rec, true, params, n);
    return err != QF_OK ? err : walk(s, fn, arg);
}
