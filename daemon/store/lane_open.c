#include "daemon/store/lane_open.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/store/row.h"

#define TEXT_MAX (16 * 1024)

/* What a server must be to be trusted with the books. Settings are read after the session's own were made. */
static const char check_text[] =
    "SELECT current_setting('server_version_num')::bigint >= 150000, pg_encoding_to_char(encoding) = 'UTF8',"
    " current_setting('fsync')::boolean, current_setting('full_page_writes')::boolean,"
    " current_setting('synchronous_commit') IN ('on', 'remote_apply'), NOT pg_is_in_recovery(),"
    " NOT current_setting('transaction_read_only')::boolean, pg_backend_pid() = $1::bigint"
    " FROM pg_database WHERE datname = current_database()";
static const char *const check_words[] = {
    "PostgreSQL is older than 15",
    "the database's encoding is not UTF8",
    "the server runs with fsync off",
    "the server runs with full_page_writes off",
    "the server runs with synchronous_commit off",
    "the server is in recovery",
    "the server takes reads only",
    "a connection pooler stands between us and the server",
};

static const char lease_text[] = "SELECT instance, host FROM lease";
static const char lock_text[] = "SELECT pg_try_advisory_lock(7157002)";
static const char bump_text[] =
    "UPDATE lease SET epoch = epoch + 1, pid = pg_backend_pid(), instance = $1, host = $2, since = clock_timestamp(),"
    " started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()) RETURNING epoch";
/* Two ways to be in our way: holding the lock, or (an older lane without it) holding the lease row. */
static const char evict_text[] =
    "SELECT pg_terminate_backend(x.pid) FROM ("
    " SELECT a.pid FROM lease l JOIN pg_stat_activity a ON a.pid = l.pid AND a.backend_start = l.started"
    " UNION SELECT k.pid FROM pg_locks k JOIN pg_database d ON d.oid = k.database AND d.datname = current_database()"
    " WHERE k.locktype = 'advisory' AND k.granted AND k.classid = 0 AND k.objid = 7157002) x"
    " WHERE x.pid <> pg_backend_pid()";

static const struct {
    const char *name, *text;
} fixed[] = {
    { "begin", "BEGIN" },
    { "fence", "SELECT 1/count(*) FROM (SELECT 1 FROM lease WHERE epoch = $1 FOR NO KEY UPDATE) x" },
    { "commit", "COMMIT" },
    { "rollback", "ROLLBACK" },
};

static void decide(struct lane_open *o);

/* --- answers */
static void problem(struct lane_open *o, const char *why)
{
    if (o->problem[0] == '\0')
        qf_str_copy(o->problem, sizeof o->problem, why);
}

/* For statements that must not fail. Returns their rows. */
static const struct db_rows *rows_of(struct lane_open *o, const struct db_answer *a)
{
    if (a->kind == DB_ROWS)
        return a->rows;
    if (a->kind == DB_FAIL)
        problem(o, a->message);
    return NULL;
}

static void on_check(void *arg, const struct db_answer *a)
{
    struct lane_open *o = arg;
    const struct db_rows *r = rows_of(o, a);
    for (int i = 0; r != NULL && i < (int)QF_LEN(check_words); i++)
        if (db_rows_i64(r, 0, i, 0) != 1)
            problem(o, check_words[i]);
}

static void on_lease(void *arg, const struct db_answer *a)
{
    struct lane_open *o = arg;
    const struct db_rows *r = rows_of(o, a);
    if (r == NULL)
        return;
    if (db_rows_count(r) != 1) {
        problem(o, "the lease row is missing");
        return;
    }
    db_rows_text(r, 0, 0, o->holder_instance, sizeof o->holder_instance);
    db_rows_text(r, 0, 1, o->holder, sizeof o->holder);
}

static void on_lock(void *arg, const struct db_answer *a)
{
    struct lane_open *o = arg;
    const struct db_rows *r = rows_of(o, a);
    o->locked = r != NULL && db_rows_i64(r, 0, 0, 0) == 1;
    o->blocked = !o->locked;
}

static void on_bump(void *arg, const struct db_answer *a)
{
    struct lane_open *o = arg;
    if (a->kind == DB_FAIL && strcmp(a->state, "55P03") == 0) { /* lock_not_available: an older backend holds the row */
        o->blocked = true;
        return;
    }
    const struct db_rows *r = rows_of(o, a);
    if (r == NULL)
        return;
    o->epoch = db_rows_i64(r, 0, 0, 0);
    o->bumped = true;
    qf_str_copy(o->holder_instance, sizeof o->holder_instance, o->instance);
}

static void on_evict(void *arg, const struct db_answer *a)
{
    (void)rows_of(arg, a);
}

static void on_prepared(void *arg, const struct db_answer *a)
{
    struct lane_open *o = arg;
    if (a->kind == DB_FAIL)
        problem(o, a->message);
}

static void on_step(void *arg, const struct db_answer *a)
{
    if (a->kind == DB_SYNC) /* otherwise the connection is lost, and its owner will say so */
        decide(arg);
}

/* --- steps */
static void give_up(struct lane_open *o, const char *why)
{
    lane_open_stop(o);
    o->failed(o->arg, why);
}

static void ask(struct lane_open *o, const char *text, const struct db_param *params, int n, db_fn fn)
{
    if (db_query(o->db, text, params, n, fn, o) != QF_OK)
        problem(o, "the statement could not be sent");
}

static void end_step(struct lane_open *o)
{
    qf_timer_once(o->timer, LANE_STEP_US);
    if (o->problem[0] != '\0' || db_sync(o->db, on_step, o) != QF_OK)
        give_up(o, o->problem[0] != '\0' ? o->problem : "the connection is closed");
}

void lane_open_begin(struct lane_open *o, struct db *db)
{
    unsigned char room[8];
    const struct db_param pid = db_i64(db_backend(db), room);
    o->db = db;
    o->locked = o->bumped = o->prepared = o->blocked = o->pausing = false;
    o->began_ns = qf_now_mono();
    o->evicted_ns = 0;
    o->problem[0] = '\0';
    ask(o, check_text, &pid, 1, on_check);
    ask(o, lease_text, NULL, 0, on_lease);
    end_step(o);
}

static void send_lock(struct lane_open *o)
{
    ask(o, lock_text, NULL, 0, on_lock);
    end_step(o);
}

static void send_bump(struct lane_open *o)
{
    const struct db_param p[] = { db_text(o->instance), db_text(o->host) };
    ask(o, bump_text, p, 2, on_bump);
    end_step(o);
}

static void send_evict(struct lane_open *o)
{
    o->evicted_ns = qf_now_mono();
    ask(o, evict_text, NULL, 0, on_evict);
    end_step(o);
}

static void send_prepare(struct lane_open *o)
{
    struct qf_buf text;
    qf_buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < QF_LEN(fixed); i++)
        if (db_prepare(o->db, fixed[i].name, fixed[i].text, on_prepared, o) != QF_OK)
            problem(o, "the statement could not be sent");
    for (int t = 0; t < QF_TABLE_COUNT; t++) {
        qf_buf_clear(&text);
        row_insert_text(&qf_tables[t], &text);
        qf_assert(!text.failed);
        if (db_prepare(o->db, qf_tables[t].name, qf_buf_cstr(&text), on_prepared, o) != QF_OK)
            problem(o, "the statement could not be sent");
    }
    qf_buf_release(&text);
    o->prepared = true;
    end_step(o);
}

static bool ours(const struct lane_open *o)
{
    return o->epoch > 0 && qf_str_eq(o->holder_instance, o->instance);
}

static void refuse(struct lane_open *o)
{
    qf_str_fmt(o->refused, sizeof o->refused, "another daemon (on %s) is at work on this database",
               o->holder[0] != '\0' ? o->holder : "an unknown host");
    give_up(o, o->refused);
}

/* Somebody holds the lock, or the lease row for longer than a second. May we end that backend, and when? */
static void wait_or_evict(struct lane_open *o)
{
    const int64_t now = qf_now_mono(), second = LANE_LOCK_MS * QF_MS;
    const int64_t waited_us = (now - o->began_ns) / 1000, quiet_us = (now - o->evicted_ns) / 1000;
    /* With the lock in hand, who holds the lease row is a relic. */
    const bool may = o->takeover || ours(o) || o->locked;
    o->blocked = false;
    if (!may && waited_us > LANE_REFUSE_US) {
        refuse(o);
    } else if (may && quiet_us > second && (o->takeover || waited_us > second)) {
        send_evict(o);
    } else {
        o->pausing = true;
        qf_timer_once(o->timer, LANE_LOCK_RETRY_US);
    }
}

static void finish(struct lane_open *o)
{
    qf_timer_stop(o->timer);
    o->refused[0] = '\0';
    o->takeover = false; /* once is enough: from here on somebody else's lock is respected */
    o->ready(o->arg, o->epoch);
}

static void decide(struct lane_open *o)
{
    if (o->problem[0] != '\0') {
        give_up(o, o->problem);
    } else if (o->epoch > 0 && !o->bumped && !ours(o)) {
        o->fenced = true;
        refuse(o);
    } else if (o->blocked) {
        wait_or_evict(o);
    } else if (o->takeover && !o->bumped) {
        send_bump(o); /* first the epoch, then the lock: the other one must find the lease taken when it comes back */
    } else if (!o->locked) {
        send_lock(o);
    } else if (!o->bumped) {
        send_bump(o);
    } else if (!o->prepared) {
        send_prepare(o);
    } else {
        finish(o);
    }
}

static void on_timer(void *arg)
{
    struct lane_open *o = arg;
    if (!o->pausing) {
        give_up(o, "no answer while taking the lane");
        return;
    }
    o->pausing = false;
    decide(o);
}

void lane_open_stop(struct lane_open *o)
{
    qf_timer_stop(o->timer);
    o->db = NULL;
}

void lane_open_init(struct lane_open *o, struct qf_loop *loop, bool takeover, void (*ready)(void *arg, int64_t epoch),
                    void (*failed)(void *arg, const char *why), void *arg)
{
    unsigned char id[16];
    *o = (struct lane_open){ .takeover = takeover, .ready = ready, .failed = failed, .arg = arg };
    o->timer = qf_timer_new(loop, on_timer, o);
    qf_assert(getrandom(id, sizeof id, 0) == (ssize_t)sizeof id);
    for (size_t i = 0; i < sizeof id; i++)
        snprintf(o->instance + 2 * i, 3, "%02x", id[i]);
    if (gethostname(o->host, sizeof o->host - 1) != 0)
        o->host[0] = '\0';
}

void lane_open_release(struct lane_open *o)
{
    qf_timer_free(o->timer);
    o->timer = NULL;
}
