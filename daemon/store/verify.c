#include "daemon/store/verify.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/db.h"
#include "daemon/store/queries.h"

#define KEYS_SHOWN 5

/* source holds 16 bytes. */
static const struct check {
    const char *query, *source, *words;
} checks[] = {
    { "verify_order_fills", "orders", "are not the sum of their executions" },
    { "verify_filled_orders", "order states", "do not fit what is filled" },
    { "verify_execution_orders", "executions", "have no such order" },
    { "verify_execution_once", "executions", "are booked twice" },
    { "verify_execution_amounts", "executions", "moved another amount than price x quantity" },
    { "verify_execution_ledger", "executions", "do not stand in the ledger as they are" },
    { "verify_ledger_executions", "ledger", "rows belong to no execution" },
    { "verify_positions", "positions", "are not the sum of their executions" },
    { "verify_lots", "positions", "are not the sum of their lots" },
    { "verify_lot_executions", "lots", "have no such execution" },
    { "verify_trades", "positions", "do not fit their round trips" },
    { "verify_cash", "cash", "is not the sum of its ledger" },
    { "verify_accounts", "accounts", "are named but do not exist" },
    { "verify_symbols", "instruments", "are named but do not exist" },
    { "verify_audited_orders", "orders", "have no row in the audit trail" },
    { "verify_requests", "requests", "have no row in the audit trail" },
    { "verify_audit_numbers", "audit", "rows are numbered with a gap" },
    { "verify_audit_chain", "audit", "rows do not carry the hash of the row before" },
    { "verify_approvals", "approvals", "were granted by nobody else" },
    { "verify_breakers", "breakers", "are tripped and the audit trail knows nothing of it" },
};

struct verify {
    struct verify_callbacks cb;
    struct db *db;
    size_t next; /* check whose answer comes next */
    bool failed;
    bool ended;  /* the caller has been told */
    struct qf_verify_report report;
    struct qf_event findings[QF_LEN(checks)];
    char why[VERIFY_WHY];
};

static void problem(struct verify *v, const char *why)
{
    if (!v->failed)
        qf_str_copy(v->why, sizeof v->why, why);
    v->failed = true;
}

static void describe(const struct check *c, const struct db_rows *rows, char *out, size_t cap)
{
    const int n = db_rows_count(rows);
    size_t at = qf_str_fmt(out, cap, "%d%s %s:", n, n == 1000 ? " or more" : "", c->words);
    for (int i = 0; i < n && i < KEYS_SHOWN; i++) {
        char key[80];
        db_rows_text(rows, i, 0, key, sizeof key);
        at += qf_str_fmt(out + at, cap - at, "%s %s", i > 0 ? "," : "", key);
    }
    if (n > KEYS_SHOWN)
        qf_str_fmt(out + at, cap - at, " ...");
}

static void on_check(void *arg, const struct db_answer *a)
{
    struct verify *v = arg;
    const struct check *c = &checks[v->next++];
    if (a->kind == DB_FAIL)
        problem(v, a->message);
    if (a->kind != DB_ROWS || db_rows_count(a->rows) == 0)
        return;
    struct qf_event *f = &v->findings[v->report.findings_n++];
    f->id = db_rows_count(a->rows);
    f->at = qf_now_wall();
    f->severity = QF_SEV_ERROR;
    qf_str_copy(f->source, sizeof f->source, c->source);
    describe(c, a->rows, f->message, sizeof f->message);
    qf_rec_fill(&qf_rec_event, f);
    v->report.broken += f->id;
}

static void on_counts(void *arg, const struct db_answer *a)
{
    struct verify *v = arg;
    if (a->kind == DB_FAIL)
        problem(v, a->message);
    if (a->kind != DB_ROWS)
        return;
    v->report.orders = db_rows_i64(a->rows, 0, 0, 0);
    v->report.executions = db_rows_i64(a->rows, 0, 1, 0);
}

static void on_other(void *arg, const struct db_answer *a)
{
    if (a->kind == DB_FAIL)
        problem(arg, a->message);
}

static void give_up(struct verify *v, const char *why)
{
    if (v->ended)
        return; /* the connection may go after the report was given */
    v->ended = true;
    v->cb.failed(v->cb.arg, why);
}

static void on_end(void *arg, const struct db_answer *a)
{
    struct verify *v = arg;
    if (a->kind != DB_SYNC)
        return; /* lost: on_down follows */
    if (v->failed) {
        give_up(v, v->why);
        return;
    }
    v->ended = true;
    v->report.ok = v->report.broken == 0;
    v->report.findings = v->findings;
    qf_rec_fill(&qf_rec_verify_report, &v->report);
    v->cb.done(v->cb.arg, &v->report);
}

static void on_down(void *arg, const char *why)
{
    give_up(arg, why);
}

/* All in one pipeline: the server goes from check to check, and a failure skips the rest. */
static void on_up(void *arg)
{
    struct verify *v = arg;
    enum qf_err err = db_query(v->db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, 0, on_other, v);
    for (size_t i = 0; i < QF_LEN(checks) && err == QF_OK; i++)
        err = db_query(v->db, query_text(checks[i].query), NULL, 0, on_check, v);
    if (err == QF_OK)
        err = db_query(v->db, query_text("verify_counts"), NULL, 0, on_counts, v);
    if (err == QF_OK)
        err = db_query(v->db, "COMMIT", NULL, 0, on_other, v);
    if (err == QF_OK)
        err = db_sync(v->db, on_end, v);
    if (err != QF_OK)
        give_up(v, qf_err_text(err));
}

struct verify *verify_new(struct qf_loop *loop, const char *conninfo, const struct verify_callbacks *cb)
{
    struct verify *v = qf_xalloc(sizeof *v);
    *v = (struct verify){ .cb = *cb };
    const struct db_conf conf = { .conninfo = conninfo, .name = "qfd verify" };
    v->db = db_open(loop, &conf, &(struct db_events){ .up = on_up, .down = on_down, .arg = v });
    return v;
}

void verify_free(struct verify *v)
{
    if (v == NULL)
        return;
    db_close(v->db);
    free(v);
}

/* --- waiting */
struct wait {
    bool ended;
    enum qf_err err;
    struct qf_verify_report *report;
    void (*found)(void *arg, const struct qf_event *finding);
    void *arg;
    char *why;
};

static void on_wait_done(void *arg, const struct qf_verify_report *report)
{
    struct wait *w = arg;
    for (uint32_t i = 0; i < report->findings_n && w->found != NULL; i++)
        w->found(w->arg, &report->findings[i]);
    *w->report = *report;
    w->report->findings = NULL; /* they go with the verifier */
    w->report->findings_n = 0;
    w->ended = true;
}

static void on_wait_failed(void *arg, const char *why)
{
    struct wait *w = arg;
    w->err = QF_ECLOSED;
    qf_str_copy(w->why, VERIFY_WHY, why);
    w->ended = true;
}

enum qf_err verify_wait(const char *conninfo, struct qf_verify_report *ret,
                        void (*found)(void *arg, const struct qf_event *finding), void *arg, char ret_why[VERIFY_WHY])
{
    struct wait w = { .report = ret, .found = found, .arg = arg, .why = ret_why };
    const struct verify_callbacks cb = { .done = on_wait_done, .failed = on_wait_failed, .arg = &w };
    struct qf_loop *loop = qf_loop_new();
    struct verify *v = verify_new(loop, conninfo, &cb);
    while (!w.ended)
        qf_loop_once(loop, 100 * QF_MS);
    if (w.err != QF_OK && v->failed)
        w.err = QF_ESTATE;
    verify_free(v);
    qf_loop_free(loop);
    return w.err;
}
