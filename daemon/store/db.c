#include "daemon/store/db.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"

#define DB_PARAMS_MAX 64
#define DB_CONNECT_MS 5000

enum owed_kind { OWED_SESSION, OWED_STATEMENT, OWED_SYNC, OWED_SCRIPT };
struct owed {
    enum owed_kind kind;
    bool answered; /* fn was called; the NULL that ends the statement is still to come */
    db_fn fn;
    void *arg;
};

struct db {
    struct qf_loop *loop;
    struct db_events ev;
    PGconn *conn;
    struct qf_watch *watch;
    struct qf_timer *timer;    /* connecting takes too long, or the first failure has to be told */
    char *conninfo, *name;
    char statement_ms[16], lock_ms[16];
    enum db_plans plans;
    bool is_up, is_down, closed;
    int depth;                 /* callbacks we are inside of: db_close must not free under them */
    struct owed *owed;         /* ring of DB_OWED_MAX */
    uint32_t owed_first, owed_count;
    uint64_t warnings;
    char script_state[6], script_why[DB_WHY]; /* first failure of the script that runs */
    char why[DB_WHY];          /* the last thing the server or libpq complained of */
};

/* The session is set by a statement and not by the connection's options, so that what the owner of an outside server
 * put into its conninfo stays. A backend whose client is gone notices within half a second, also in the middle of a
 * statement. */
static const char session_text[] =
    "SELECT set_config('search_path', 'qf, pg_temp', false), set_config('timezone', 'UTC', false),"
    " set_config('statement_timeout', $1, false), set_config('lock_timeout', $2, false),"
    " set_config('idle_in_transaction_session_timeout', '60s', false), set_config('client_min_messages', 'warning', "
    "false),"
    " set_config('plan_cache_mode', $3, false), set_config('jit', 'off', false),"
    " set_config('client_connection_check_interval', '500ms', false)";

static const char *const plan_words[] = { [DB_PLANS_AUTO] = "auto", [DB_PLANS_CUSTOM] = "force_custom_plan",
                                          [DB_PLANS_GENERIC] = "force_generic_plan" };

static void keep_why(struct db *d, const char *text)
{
    qf_str_copy(d->why, sizeof d->why, text != NULL && text[0] != '\0' ? text : "the connection was closed");
    d->why[strcspn(d->why, "\r\n")] = '\0';
}

static void free_if_closed(struct db *d)
{
    if (!d->closed || d->depth > 0)
        return;
    qf_timer_free(d->timer);
    free(d->owed);
    free(d->conninfo);
    free(d->name);
    free(d);
}

static void drop_connection(struct db *d)
{
    qf_watch_free(d->watch); /* before the descriptor is closed */
    d->watch = NULL;
    if (d->conn != NULL)
        PQfinish(d->conn);
    d->conn = NULL;
    d->is_up = false;
}

void db_close(struct db *d)
{
    if (d == NULL || d->closed)
        return;
    d->closed = true;
    d->owed_count = 0;
    drop_connection(d);
    qf_timer_stop(d->timer);
    free_if_closed(d);
}

/* --- answers */
static void give(struct db *d, const struct owed *o, const struct db_answer *a)
{
    if (o->fn != NULL && !d->closed)
        o->fn(o->arg, a);
}

static struct owed *head(struct db *d)
{
    return &d->owed[d->owed_first];
}

static void pop(struct db *d)
{
    d->owed_first = (d->owed_first + 1) % DB_OWED_MAX;
    d->owed_count--;
}

/* Everybody who waits is told, then the owner. */
static void lost(struct db *d)
{
    if (d->is_down || d->closed)
        return;
    d->is_down = true;
    drop_connection(d);
    qf_timer_stop(d->timer);
    const struct db_answer a = { .kind = DB_LOST, .state = "", .message = d->why, .tag = "" };
    while (d->owed_count > 0 && !d->closed) {
        struct owed o = *head(d);
        pop(d);
        if (!o.answered)
            give(d, &o, &a);
    }
    if (!d->closed)
        d->ev.down(d->ev.arg, d->why);
}

static void session_ready(struct db *d, const struct db_answer *a)
{
    if (a->kind == DB_ROWS) {
        qf_timer_stop(d->timer);
        d->is_up = true;
        d->ev.up(d->ev.arg);
    } else {
        keep_why(d, a->message);
        lost(d);
    }
}

static void answer_head(struct db *d, const struct db_answer *a)
{
    struct owed o = *head(d);
    head(d)->answered = true;
    if (o.kind == OWED_SESSION)
        session_ready(d, a);
    else
        give(d, &o, a);
}

static struct db_answer read_result(struct db *d, const PGresult *r)
{
    struct db_answer a = { .kind = DB_FAIL, .state = "", .message = "", .tag = "" };
    const char *state;
    switch (PQresultStatus(r)) {
    case PGRES_COMMAND_OK:
        a.kind = DB_DONE;
        a.tag = PQcmdStatus((PGresult *)(uintptr_t)r);
        break;
    case PGRES_TUPLES_OK:
        a.kind = DB_ROWS;
        a.rows = (const struct db_rows *)r;
        break;
    case PGRES_PIPELINE_ABORTED:
        a.kind = DB_SKIPPED;
        break;
    default:
        state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        const char *primary = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
        keep_why(d, primary != NULL ? primary : PQresultErrorMessage(r));
        a.state = state != NULL ? state : ""; /* libpq's own errors have none */
        a.message = d->why;
    }
    return a;
}

/* A script gives one answer for all its statements, at its end: its first failure, or that it is through. */
static void script_result(struct db *d, const struct db_answer *a)
{
    if (a->kind == DB_FAIL && d->script_state[0] == '\0') {
        qf_str_copy(d->script_state, sizeof d->script_state, a->state[0] != '\0' ? a->state : "08006");
        qf_str_copy(d->script_why, sizeof d->script_why, a->message);
    }
}

static void script_end(struct db *d)
{
    struct owed o = *head(d);
    const bool failed = d->script_state[0] != '\0';
    const struct db_answer end = { .kind = failed ? DB_FAIL : DB_DONE, .state = d->script_state,
                                   .message = failed ? d->script_why : "", .tag = "" };
    pop(d);
    PQenterPipelineMode(d->conn);
    give(d, &o, &end);
}

/* No result where one must come: the server went in the middle of a message, and libpq would say so for ever. */
static bool given_up(struct db *d)
{
    if (d->why[0] == '\0')
        keep_why(d, PQerrorMessage(d->conn));
    return false;
}

/* One result of libpq, NULL for the end of a statement. Returns false when the connection is gone. */
static bool take_result(struct db *d, PGresult *r)
{
    enum owed_kind kind = head(d)->kind;
    if (r == NULL) {
        if (kind == OWED_SCRIPT)
            script_end(d);
        else if (head(d)->answered)
            pop(d);
        else
            return given_up(d);
        return true;
    }
    if (PQresultStatus(r) == PGRES_PIPELINE_SYNC) {
        const struct db_answer a = { .kind = DB_SYNC, .state = "", .message = "", .tag = "" };
        struct owed o = *head(d);
        pop(d);
        give(d, &o, &a);
        return true;
    }
    const struct db_answer a = read_result(d, r);
    if (a.kind == DB_FAIL && a.state[0] == '\0' && PQstatus(d->conn) == CONNECTION_BAD)
        return false;
    if (kind == OWED_SCRIPT)
        script_result(d, &a);
    else if (!head(d)->answered)
        answer_head(d, &a);
    return true;
}

static bool deliver(struct db *d)
{
    while (d->owed_count > 0 && d->conn != NULL && !PQisBusy(d->conn)) {
        PGresult *r = PQgetResult(d->conn);
        bool alive = take_result(d, r);
        PQclear(r);
        if (!alive || d->closed)
            return alive;
    }
    return true;
}

static void flush(struct db *d)
{
    int r = PQflush(d->conn);
    if (r < 0)
        return; /* the server's last words are still to be read: reading tells that it is gone */
    qf_watch_set(d->watch, r > 0 ? QF_READ | QF_WRITE : QF_READ);
}

static void on_ready(int fd, int what, void *arg)
{
    struct db *d = arg;
    (void)fd;
    d->depth++;
    bool alive = true;
    if ((what & QF_READ) != 0) {
        alive = PQconsumeInput(d->conn) != 0;
        if (!alive)
            keep_why(d, PQerrorMessage(d->conn));
        alive = deliver(d) && alive; /* what came before the end still counts */
    }
    if (!d->closed && !d->is_down) {
        if (alive && PQstatus(d->conn) != CONNECTION_BAD)
            flush(d);
        else
            lost(d);
    }
    d->depth--;
    free_if_closed(d);
}

void db_pump(struct db *d)
{
    if (d->conn != NULL && d->is_up)
        on_ready(PQsocket(d->conn), QF_READ, d);
}

/* A notice outside of any answer. Warnings are counted; a fatal one is why the connection goes next. */
static void on_notice(void *arg, const PGresult *r)
{
    struct db *d = arg;
    const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != NULL && (strcmp(severity, "WARNING") == 0 || strcmp(severity, "FATAL") == 0)) {
        d->warnings++;
        keep_why(d, PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY));
    }
}

/* --- sending */
static enum qf_err owe(struct db *d, enum owed_kind kind, db_fn fn, void *arg)
{
    if (d->conn == NULL || d->is_down)
        return QF_ECLOSED;
    if (d->owed_count >= DB_OWED_MAX)
        return QF_EFULL;
    d->owed[(d->owed_first + d->owed_count) % DB_OWED_MAX] = (struct owed){ .kind = kind, .fn = fn, .arg = arg };
    d->owed_count++;
    return QF_OK;
}

/* libpq could not queue it: nothing is owed for it. */
static enum qf_err unless_sent(struct db *d, int sent)
{
    if (sent)
        return QF_OK;
    d->owed_count--;
    keep_why(d, PQerrorMessage(d->conn));
    return QF_ECLOSED;
}

struct params {
    const char *values[DB_PARAMS_MAX];
    int lengths[DB_PARAMS_MAX];
    int formats[DB_PARAMS_MAX];
};

static void spread(const struct db_param *params, int n, struct params *ret)
{
    qf_assert(n >= 0 && n <= DB_PARAMS_MAX);
    for (int i = 0; i < n; i++) {
        ret->values[i] = params[i].p;
        ret->lengths[i] = params[i].n;
        ret->formats[i] = 1;
    }
}

enum qf_err db_prepare(struct db *d, const char *name, const char *text, db_fn fn, void *arg)
{
    enum qf_err err = owe(d, OWED_STATEMENT, fn, arg);
    return err != QF_OK ? err : unless_sent(d, PQsendPrepare(d->conn, name, text, 0, NULL));
}

enum qf_err db_send(struct db *d, const char *name, const struct db_param *params, int n, db_fn fn, void *arg)
{
    struct params p;
    spread(params, n, &p);
    enum qf_err err = owe(d, OWED_STATEMENT, fn, arg);
    return err != QF_OK ? err
                        : unless_sent(d, PQsendQueryPrepared(d->conn, name, n, p.values, p.lengths, p.formats, 1));
}

static enum qf_err query(struct db *d, enum owed_kind kind, const char *text, const struct db_param *params, int n,
                         db_fn fn, void *arg)
{
    struct params p;
    spread(params, n, &p);
    enum qf_err err = owe(d, kind, fn, arg);
    return err != QF_OK ? err
                        : unless_sent(d, PQsendQueryParams(d->conn, text, n, NULL, p.values, p.lengths, p.formats, 1));
}

enum qf_err db_query(struct db *d, const char *text, const struct db_param *params, int n, db_fn fn, void *arg)
{
    return query(d, OWED_STATEMENT, text, params, n, fn, arg);
}

enum qf_err db_sync(struct db *d, db_fn fn, void *arg)
{
    enum qf_err err = owe(d, OWED_SYNC, fn, arg);
    if (err == QF_OK)
        err = unless_sent(d, PQpipelineSync(d->conn));
    if (err == QF_OK)
        flush(d);
    return err;
}

enum qf_err db_script(struct db *d, const char *text, db_fn fn, void *arg)
{
    if (d->owed_count > 0)
        return QF_EBUSY;
    if (d->conn == NULL || !PQexitPipelineMode(d->conn))
        return QF_ECLOSED;
    d->script_state[0] = '\0';
    enum qf_err err = owe(d, OWED_SCRIPT, fn, arg);
    if (err == QF_OK)
        err = unless_sent(d, PQsendQuery(d->conn, text));
    if (err == QF_OK)
        flush(d);
    return err;
}

/* --- connecting */
static bool begin_session(struct db *d)
{
    if (PQsetnonblocking(d->conn, 1) != 0 || !PQenterPipelineMode(d->conn))
        return false;
    d->watch = qf_watch_new(d->loop, PQsocket(d->conn), QF_READ, on_ready, d);
    const struct db_param p[] = { db_text(d->statement_ms), db_text(d->lock_ms),
                                  db_text(plan_words[d->plans]) };
    return query(d, OWED_SESSION, session_text, p, (int)QF_LEN(p), NULL, NULL) == QF_OK &&
           db_sync(d, NULL, NULL) == QF_OK;
}

static void poll_connect(int fd, int what, void *arg)
{
    struct db *d = arg;
    (void)fd, (void)what;
    d->depth++;
    PostgresPollingStatusType want = PQconnectPoll(d->conn);
    /* The socket can be another one after each step (next address, TLS retry): a new watch every time. */
    qf_watch_free(d->watch);
    d->watch = NULL;
    if (want == PGRES_POLLING_READING || want == PGRES_POLLING_WRITING) {
        d->watch = qf_watch_new(d->loop, PQsocket(d->conn), want == PGRES_POLLING_READING ? QF_READ : QF_WRITE,
                                poll_connect, d);
    } else if (want != PGRES_POLLING_OK || !begin_session(d)) {
        keep_why(d, PQerrorMessage(d->conn));
        lost(d);
    }
    d->depth--;
    free_if_closed(d);
}

static void on_timer(void *arg)
{
    struct db *d = arg;
    d->depth++;
    if (d->conn != NULL && PQstatus(d->conn) != CONNECTION_BAD)
        keep_why(d, "no connection within the time allowed");
    lost(d);
    d->depth--;
    free_if_closed(d);
}

static void start(struct db *d, int connect_ms)
{
    const char *const keys[] = { "dbname", "application_name", "client_encoding", NULL };
    const char *const values[] = { d->conninfo, d->name, "UTF8", NULL };
    d->conn = PQconnectStartParams(keys, values, 1);
    if (d->conn == NULL || PQstatus(d->conn) == CONNECTION_BAD) {
        keep_why(d, d->conn != NULL ? PQerrorMessage(d->conn) : "no memory for a connection");
        qf_timer_once(d->timer, 0);
        return;
    }
    PQsetNoticeReceiver(d->conn, on_notice, d);
    d->watch = qf_watch_new(d->loop, PQsocket(d->conn), QF_WRITE, poll_connect, d); /* the first wait is for writing */
    qf_timer_once(d->timer, (connect_ms > 0 ? connect_ms : DB_CONNECT_MS) * QF_MS);
}

struct db *db_open(struct qf_loop *loop, const struct db_conf *conf, const struct db_events *ev)
{
    struct db *d = qf_xalloc(sizeof *d);
    *d = (struct db){ .loop = loop, .ev = *ev, .plans = conf->plans };
    d->conninfo = qf_xstrdup(conf->conninfo);
    d->name = qf_xstrdup(conf->name);
    d->owed = qf_xalloc(DB_OWED_MAX * sizeof *d->owed);
    qf_str_fmt(d->statement_ms, sizeof d->statement_ms, "%d", conf->statement_ms);
    qf_str_fmt(d->lock_ms, sizeof d->lock_ms, "%d", conf->lock_ms);
    d->timer = qf_timer_new(loop, on_timer, d);
    start(d, conf->connect_ms);
    return d;
}

int db_backend(const struct db *d)
{
    return d->conn != NULL ? PQbackendPID(d->conn) : 0;
}

bool db_outside_transaction(const struct db *d)
{
    return d->conn != NULL && PQtransactionStatus(d->conn) == PQTRANS_IDLE;
}

uint64_t db_warnings(const struct db *d)
{
    return d->warnings;
}
