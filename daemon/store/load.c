#include "daemon/store/load.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/numeric.h"
#include "daemon/store/queries.h"
#include "daemon/store/row.h"

#define TEXT_MAX 4096
#define STATEMENT_MS 120000 /* the longest single step: a scan that gives the first rows of a large table */

/* Parents first, as the desk needs them. */
static const struct step {
    const char *query;
    enum qf_table_id table; /* QF_TABLE_COUNT: bars */
    bool part;
} steps[] = {
    { "load_users", QF_TABLE_users, false },
    { "load_sessions", QF_TABLE_sessions, false },
    { "load_instruments", QF_TABLE_instruments, false },
    { "load_rates", QF_TABLE_rates, false },
    { "load_accounts", QF_TABLE_accounts, false },
    { "load_limits", QF_TABLE_limits, false },
    { "load_breakers", QF_TABLE_breakers, false },
    { "load_scenarios", QF_TABLE_scenarios, false },
    { "load_trading_state", QF_TABLE_trading_state, false },
    { "load_approvals", QF_TABLE_approvals, false },
    { "load_orders", QF_TABLE_orders, false },
    { "load_executions", QF_TABLE_executions, true },
    { "load_lots", QF_TABLE_lots, false },
    { "load_positions", QF_TABLE_positions, false },
    { "load_trades", QF_TABLE_trades, false },
    { "load_cash", QF_TABLE_cash, false },
    { "load_equity", QF_TABLE_equity, false },
    { "load_system_events", QF_TABLE_system_events, false },
    { "load_incidents", QF_TABLE_incidents, false },
    { "load_requests", QF_TABLE_requests, true },
    { "load_control_log", QF_TABLE_control_log, false },
    { "load_bars", QF_TABLE_COUNT, false },
};

#define FETCH_TEXT_(n) "FETCH " #n " FROM load"
#define FETCH_TEXT(n) FETCH_TEXT_(n)

struct loader {
    struct loader_callbacks cb;
    struct db *db;
    struct qf_arena *texts;
    size_t step;
    struct row_map map;
    bool mapped;          /* of this step */
    int got;              /* rows of the last slice */
    char problem[LOAD_WHY];
    void *row;            /* one record, aligned for any */
    int64_t began_ns;
    struct load_facts facts;
};

static void send_step(struct loader *l);

/* --- the end */
static void fail(struct loader *l, const char *why)
{
    char text[LOAD_WHY];
    qf_str_copy(text, sizeof text, why);
    db_close(l->db);
    l->db = NULL;
    l->cb.failed(l->cb.arg, text); /* may free l */
}

static void finish(struct loader *l)
{
    db_close(l->db);
    l->db = NULL;
    l->facts.us = (qf_now_mono() - l->began_ns) / 1000;
    const struct load_facts facts = l->facts;
    l->cb.done(l->cb.arg, &facts); /* may free l */
}

static void problem(struct loader *l, const char *why)
{
    if (l->problem[0] == '\0')
        qf_str_copy(l->problem, sizeof l->problem, why);
}

/* --- rows */
static const struct qf_rec *record_of(const struct step *s)
{
    return s->table == QF_TABLE_COUNT ? &qf_rec_bar : qf_tables[s->table].rec;
}

static void hand_out(struct loader *l, const struct step *s)
{
    enum qf_err err = QF_OK;
    if (s->table == QF_TABLE_COUNT)
        l->cb.bar(l->cb.arg, l->row);
    else
        err = l->cb.row(l->cb.arg, s->table, l->row);
    if (err != QF_OK) {
        char why[LOAD_WHY];
        qf_str_fmt(why, sizeof why, "a stored row of %s cannot be used: %s", record_of(s)->name, qf_err_text(err));
        problem(l, why);
    }
}

static void on_rows(void *arg, const struct db_answer *a)
{
    struct loader *l = arg;
    const struct step *s = &steps[l->step];
    char why[ROW_WHY];
    l->got = 0;
    if (a->kind == DB_FAIL)
        problem(l, a->message);
    if (a->kind != DB_ROWS)
        return;
    if (!l->mapped && row_map(record_of(s), a->rows, s->part, &l->map, why) != QF_OK)
        problem(l, why);
    l->mapped = true;
    l->got = db_rows_count(a->rows);
    for (int i = 0; i < l->got && l->problem[0] == '\0'; i++) {
        if (row_decode(&l->map, a->rows, i, l->row, l->texts, why) != QF_OK)
            problem(l, why);
        else
            hand_out(l, s);
    }
    l->facts.rows += (uint64_t)l->got;
}

static void on_done(void *arg, const struct db_answer *a)
{
    if (a->kind == DB_FAIL)
        problem(arg, a->message);
}

static void on_slice(void *arg, const struct db_answer *a)
{
    struct loader *l = arg;
    if (a->kind != DB_SYNC)
        return; /* lost: on_down follows */
    if (l->problem[0] != '\0') {
        fail(l, l->problem);
        return;
    }
    if (l->got < LOAD_ROWS) {
        l->step++;
        l->mapped = false;
    }
    send_step(l);
}

/* --- numbers, the last step */
static void take_level(struct loader *l, const struct db_rows *rows, int column, bool *ret_has, qf_money *ret)
{
    int n = 0;
    const void *p = db_rows_value(rows, 0, column, &n);
    *ret_has = p != NULL;
    if (p != NULL && numeric_get(p, (size_t)n, QF_SCALE, ret) != QF_OK)
        problem(l, "a stored level of the equity is no amount");
}

static void on_numbers(void *arg, const struct db_answer *a)
{
    struct loader *l = arg;
    on_done(arg, a);
    if (a->kind != DB_ROWS)
        return;
    int64_t *const into[] = { &l->facts.seq.order,   &l->facts.seq.execution, &l->facts.seq.lot,
                              &l->facts.seq.trade,   &l->facts.seq.ledger,    &l->facts.seq.event,
                              &l->facts.seq.session, &l->facts.seq.approval,  &l->facts.seq.incident,
                              &l->facts.seq.cmd };
    for (size_t i = 0; i < QF_LEN(into); i++)
        *into[i] = db_rows_i64(a->rows, 0, (int)i, 0);
    take_level(l, a->rows, (int)QF_LEN(into), &l->facts.has_peak, &l->facts.peak);
    take_level(l, a->rows, (int)QF_LEN(into) + 1, &l->facts.has_month, &l->facts.month_start);
    take_level(l, a->rows, (int)QF_LEN(into) + 2, &l->facts.has_year, &l->facts.year_start);
}

static void on_finished(void *arg, const struct db_answer *a)
{
    struct loader *l = arg;
    if (a->kind != DB_SYNC)
        return;
    if (l->problem[0] != '\0')
        fail(l, l->problem);
    else
        finish(l);
}

/* --- sending: what cannot be sent is told by on_down, the connection is gone then */
static void send_numbers(struct loader *l)
{
    if (db_query(l->db, query_text("load_numbers"), NULL, 0, on_numbers, l) != QF_OK ||
        db_query(l->db, "COMMIT", NULL, 0, on_done, l) != QF_OK || db_sync(l->db, on_finished, l) != QF_OK)
        fail(l, "the connection is closed");
}

/* A new cursor when the step begins, then slice by slice. */
static void send_step(struct loader *l)
{
    char text[TEXT_MAX];
    bool sent = true;
    if (l->step == QF_LEN(steps)) {
        send_numbers(l);
        return;
    }
    if (!l->mapped) {
        qf_assert(qf_str_fmt(text, sizeof text, "DECLARE load NO SCROLL CURSOR FOR %s",
                             query_text(steps[l->step].query)) < sizeof text - 1);
        sent = (l->step == 0 || db_query(l->db, "CLOSE load", NULL, 0, on_done, l) == QF_OK) &&
               db_query(l->db, text, NULL, 0, on_done, l) == QF_OK;
    }
    sent = sent && db_query(l->db, FETCH_TEXT(LOAD_ROWS), NULL, 0, on_rows, l) == QF_OK &&
           db_sync(l->db, on_slice, l) == QF_OK;
    if (!sent)
        fail(l, "the connection is closed");
}

static void on_up(void *arg)
{
    struct loader *l = arg;
    if (db_query(l->db, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", NULL, 0, on_done, l) != QF_OK)
        fail(l, "the connection is closed");
    else
        send_step(l);
}

static void on_down(void *arg, const char *why)
{
    fail(arg, why);
}

struct loader *loader_new(struct qf_loop *loop, const char *conninfo, struct qf_arena *texts,
                          const struct loader_callbacks *cb)
{
    size_t largest = sizeof(struct qf_bar);
    struct loader *l = qf_xalloc(sizeof *l);
    *l = (struct loader){ .cb = *cb, .texts = texts, .began_ns = qf_now_mono() };
    for (int t = 0; t < QF_TABLE_COUNT; t++)
        largest = qf_tables[t].rec->size > largest ? qf_tables[t].rec->size : largest;
    l->row = qf_xalloc(largest); /* malloc aligns for int128 */
    const struct db_conf conf = { .conninfo = conninfo, .name = "qfd load", .statement_ms = STATEMENT_MS };
    l->db = db_open(loop, &conf, &(struct db_events){ .up = on_up, .down = on_down, .arg = l });
    return l;
}

void loader_free(struct loader *l)
{
    if (l == NULL)
        return;
    db_close(l->db);
    free(l->row);
    free(l);
}
