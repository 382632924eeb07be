/* Pages from the database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/store/queries.h"
#include "daemon/store/reader.h"
#include "tests/it/pg.h"

#define ORDERS 1000

static struct qf_loop *loop;
static struct pg_base base;
static struct db_wait *w;
static struct reader *reader;

struct got {
    bool ended;
    int calls;
    enum qf_err err;
    uint32_t n;
    int64_t first, last; /* numbers of the first and the last row */
    bool other;          /* a row of another account or symbol than asked for */
    char text[64];
    qf_money money;
};

static void on_orders(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct got *g = arg;
    const struct qf_order *o = rows;
    *g = (struct got){ .ended = true, .calls = g->calls + 1, .err = err, .n = n };
    for (uint32_t i = 0; i < n; i++)
        g->other = g->other || !qf_str_eq(o[i].account, "a") || !qf_str_eq(o[i].symbol, "X");
    if (n > 0) {
        g->first = o[0].id;
        g->last = o[n - 1].id;
        qf_str_copy(g->text, sizeof g->text, o[0].ref);
    }
}

static void on_ids(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct got *g = arg;
    *g = (struct got){ .ended = true, .calls = g->calls + 1, .err = err, .n = n };
    (void)rows;
}

static void on_equity(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct got *g = arg;
    const struct qf_equity *e = rows;
    *g = (struct got){ .ended = true, .calls = g->calls + 1, .err = err, .n = n };
    for (uint32_t i = 1; i < n; i++)
        g->other = g->other || e[i].at <= e[i - 1].at;
    if (n > 0)
        g->money = e[n - 1].equity;
}

static void on_request(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct got *g = arg;
    const struct qf_request *r = rows;
    *g = (struct got){ .ended = true, .calls = g->calls + 1, .err = err, .n = n };
    if (n > 0) {
        g->first = r->cmd_no;
        qf_str_copyn(g->text, sizeof g->text, r->answer.p, r->answer.n);
    }
}

static void wait_for(const bool *what)
{
    if (!pg_wait(loop, what, 20000))
        fail_msg("it did not come (%s)", reader_why(reader));
}

static struct got page(const char *query, const struct qf_rec *rec, const struct reader_page *p, reader_fn fn)
{
    struct got g = { .ended = false };
    assert_int_equal(reader_page(reader, query, rec, p, fn, &g), QF_OK);
    assert_false(g.ended); /* never before the call returns */
    wait_for(&g.ended);
    assert_int_equal(g.calls, 1);
    assert_int_equal(g.err, QF_OK);
    return g;
}

static struct got orders(int64_t before, const char *account, const char *symbol, int64_t limit)
{
    return page("orders_page", &qf_rec_order, &(struct reader_page){ before, account, symbol, limit }, on_orders);
}

static void test_pages(void **state)
{
    (void)state;
    struct got g = orders(0, NULL, NULL, 10);
    assert_int_equal(g.n, 10);
    assert_int_equal(g.first, ORDERS);
    assert_int_equal(g.last, ORDERS - 9);
    assert_string_equal(g.text, "ref1000");
    g = orders(g.last, NULL, NULL, 10);
    assert_int_equal(g.first, ORDERS - 10);
    g = orders(5, NULL, NULL, 10);
    assert_int_equal(g.n, 4);
    assert_int_equal(g.last, 1);
    g = orders(1, NULL, NULL, 10);
    assert_int_equal(g.n, 0);
    g = orders(0, "a", "X", 500);
    assert_int_equal(g.n, ORDERS / 4);
    assert_false(g.other);
    g = orders(0, "a", NULL, 500);
    assert_int_equal(g.n, ORDERS / 2);
    assert_true(g.other); /* symbol F too */
    g = orders(0, "nobody'; DROP TABLE orders --", NULL, 500);
    assert_int_equal(g.n, 0);
}

static void test_every_page(void **state)
{
    struct reader_page all = { 0, NULL, NULL, 100 };
    (void)state;
    assert_int_equal(page("executions_page", &qf_rec_execution, &all, on_ids).n, 100);
    assert_int_equal(page("trades_page", &qf_rec_trade, &all, on_ids).n, 4);
    assert_int_equal(page("ledger_page", &qf_rec_ledger, &all, on_ids).n, 100);
    assert_int_equal(page("audit_page", &qf_rec_control, &all, on_ids).n, 100);
    all.first = "b";
    all.second = "F";
    assert_int_equal(page("trades_page", &qf_rec_trade, &all, on_ids).n, 1);
    all.limit = 500;
    assert_int_equal(page("executions_page", &qf_rec_execution, &all, on_ids).n, ORDERS / 4);
    assert_int_equal(page("ledger_page", &qf_rec_ledger, &all, on_ids).n, 500); /* cash and fee of each */
    all.first = "ann";
    all.second = "order.cancel";
    assert_int_equal(page("audit_page", &qf_rec_control, &all, on_ids).n, 0);
}

static void test_lookups(void **state)
{
    struct got g = { .ended = false };
    (void)state;
    assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_order, 77, on_orders, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.first, 77);
    g.ended = false;
    assert_int_equal(reader_number(reader, "executions_of_order", &qf_rec_execution, 77, on_ids, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 1);
    g.ended = false;
    assert_int_equal(reader_names(reader, "execution_by_exec_id", &qf_rec_execution, "paper", "77-1", on_ids, &g),
                     QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 1);
    g.ended = false;
    assert_int_equal(reader_names(reader, "request_by_ref", &qf_rec_request, "ann", "ref77", on_request, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.first, 77);
    assert_string_equal(g.text, "\"result\":{}");
    g.ended = false;
    assert_int_equal(reader_names(reader, "request_by_ref", &qf_rec_request, "bob", "ref77", on_request, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 0);
    g.ended = false;
    assert_int_equal(reader_audit(reader, 990, 500, on_ids, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 11);
}

/* Thinned evenly, oldest first, and the newest point is always there. */
static void test_equity(void **state)
{
    struct got g = { .ended = false };
    (void)state;
    const int64_t limits[] = { 1, 7, 100, 999, 1000, 2000 };
    for (size_t i = 0; i < QF_LEN(limits); i++) {
        g.ended = false;
        assert_int_equal(reader_equity(reader, "", NULL, limits[i], on_equity, &g), QF_OK);
        wait_for(&g.ended);
        assert_in_range(g.n, limits[i] > 1000 ? 1000 : limits[i] / 2, limits[i]);
        assert_false(g.other);
        assert_true(g.money == 1000 * (qf_money)QF_ONE);
    }
    const qf_time from = qf_time_from_civil(2025, 1, 1) + 991 * QF_MIN;
    g.ended = false;
    assert_int_equal(reader_equity(reader, "", &from, 500, on_equity, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 10);
}

static void test_events(void **state)
{
    struct got g = { .ended = false };
    (void)state;
    const struct {
        enum qf_severity least;
        uint32_t n;
    } wanted[] = { { QF_SEV_INFO, 9 }, { QF_SEV_WARN, 6 }, { QF_SEV_ERROR, 3 } };
    pg_do(w, "INSERT INTO system_events SELECT i, now(), CASE i % 3 WHEN 0 THEN 'info' WHEN 1 THEN 'warn' ELSE 'error' "
             "END, 's', 'm'"
             " FROM generate_series(1, 9) i");
    for (size_t i = 0; i < QF_LEN(wanted); i++) {
        g.ended = false;
        assert_int_equal(reader_events(reader, 0, wanted[i].least, 100, on_ids, &g), QF_OK);
        wait_for(&g.ended);
        assert_int_equal(g.n, wanted[i].n);
    }
}

/* The first page must cost the same at any size: no plan may walk a table or sort it. */
struct plan {
    char text[4000];
};

static void on_plan(void *arg, const struct db_answer *a)
{
    struct plan *p = arg;
    size_t at = 0;
    for (int i = 0; i < db_rows_count(a->rows); i++) {
        db_rows_text(a->rows, i, 0, p->text + at, sizeof p->text - at - 2);
        at = strlen(p->text);
        p->text[at++] = '\n';
        p->text[at] = '\0';
    }
}

/* The statement with its parameters written in, as the planner sees them under force_custom_plan. */
static void explain(struct db_wait *c, const char *query, const char *const values[4], struct plan *ret)
{
    char text[4000] = "EXPLAIN ";
    struct db_error error;
    size_t at = strlen(text);
    for (const char *p = query_text(query); *p != '\0'; p++) {
        if (*p == '$')
            at += qf_str_fmt(text + at, sizeof text - at, "%s", values[*++p - '1']);
        else
            text[at++] = *p;
    }
    text[at] = '\0';
    if (db_wait_query(c, text, NULL, 0, on_plan, ret, &error) != QF_OK)
        fail_msg("%s: %s", text, error.why);
}

static void test_pages_use_their_index(void **state)
{
    static const char *const filters[][2] = { { "NULL", "NULL" }, { "'a'", "NULL" }, { "NULL", "'X'" } };
    static const char *const queries[] = { "orders_page", "executions_page", "ledger_page", "audit_page",
                                           "trades_page" };
    (void)state;
    struct db_wait *c = pg_connect(base.daemon);
    for (size_t q = 0; q < QF_LEN(queries); q++) {
        for (size_t f = 0; f < QF_LEN(filters); f++) {
            const char *const values[] = { "9000000000", filters[f][0], filters[f][1], "10" };
            struct plan p = { .text = "" };
            if (q == QF_LEN(queries) - 1)
                pg_do(c, "SET enable_seqscan = off"); /* four trades: reading them all would be right */
            explain(c, queries[q], values, &p);
            const bool by_execution =
                qf_str_eq(queries[q], "ledger_page") && f == 2; /* the symbol is the execution's */
            if (strstr(p.text, "Sort") != NULL || (strstr(p.text, "Seq Scan") != NULL && !by_execution))
                fail_msg("%s (%s, %s):\n%s", queries[q], filters[f][0], filters[f][1], p.text);
        }
    }
    db_wait_close(c);
}

static void test_stored_bars(void **state)
{
    struct got g = { .ended = false };
    const qf_time from = qf_time_from_civil(2025, 1, 1) + 31 * QF_MIN;
    (void)state;
    pg_do(w, "INSERT INTO bars SELECT 'X', 60, timestamptz '2025-01-01Z' + i * interval '1 min', 1, 2, 1, 1, 5 FROM "
             "generate_series(1, 40) i");
    assert_int_equal(reader_bars(reader, "X", 60, &from, 500, on_ids, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 10);
    g.ended = false;
    assert_int_equal(reader_bars(reader, "X", 60, NULL, 30, on_ids, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 30);
    g.ended = false;
    assert_int_equal(reader_bars(reader, "X", 86400, NULL, 30, on_ids, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.n, 0);
}

static void on_sample(void *arg, enum qf_err err, const struct reader_sample *s)
{
    struct got *g = arg;
    g->ended = true;
    g->err = err;
    if (err == QF_OK) {
        g->first = s->size;
        g->last = s->wal_bytes;
        g->n = (uint32_t)s->connections;
        qf_str_copy(g->text, sizeof g->text, s->version);
    }
}

static void test_server(void **state)
{
    struct got g = { .ended = false };
    (void)state;
    assert_int_equal(reader_server(reader, on_sample, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.err, QF_OK);
    assert_true(g.first > 1000000);
    assert_true(g.last > 1000000);
    assert_true(g.n >= 2);
    assert_true(g.text[0] == '1');
}

/* Many at once, in the order they were asked; one that is refused takes no other with it. */
static void test_many_at_once(void **state)
{
    static struct got g[READER_ASKS];
    (void)state;
    memset(g, 0, sizeof g);
    for (int i = 0; i < READER_ASKS; i++)
        assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_order, i + 1, on_orders, &g[i]), QF_OK);
    struct got one = { .ended = false };
    assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_order, 1, on_orders, &one), QF_EFULL);
    wait_for(&g[READER_ASKS - 1].ended);
    for (int i = 0; i < READER_ASKS; i++) {
        assert_int_equal(g[i].calls, 1);
        assert_int_equal(g[i].n, i < ORDERS ? 1 : 0);
    }
    assert_false(one.ended);
}

static void test_refusals(void **state)
{
    struct got bad = { .ended = false }, good = { .ended = false }, wrong = { .ended = false };
    const struct db_param junk = { .p = "abc", .n = 3 };
    (void)state;
    assert_int_equal(reader_ask(reader, "order_by_id", &qf_rec_order, &junk, 1, on_orders, &bad), QF_OK);
    assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_order, 5, on_orders, &good), QF_OK);
    assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_trade, 5, on_ids, &wrong),
                     QF_OK); /* another record's columns */
    wait_for(&wrong.ended);
    assert_int_equal(bad.err, QF_ESTATE);
    assert_int_equal(good.err, QF_OK);
    assert_int_equal(good.n, 1);
    assert_int_equal(wrong.err, QF_EVERSION);
    /* it cannot write */
    struct got write = { .ended = false };
    unsigned char room[8];
    const struct db_param at = db_time(qf_now_wall(), room);
    assert_int_equal(reader_ask(reader, "requests_prune", &qf_rec_request, &at, 1, on_ids, &write), QF_OK);
    wait_for(&write.ended);
    assert_int_equal(write.err, QF_ESTATE);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM requests"), ORDERS);
}

static void wait_up(void)
{
    const bool never = false;
    pg_wait(loop, &never, 100); /* the loss itself may still be on its way */
    for (int i = 0; i < 200 && !reader_up(reader); i++)
        qf_loop_once(loop, 50 * QF_MS);
    assert_true(reader_up(reader));
}

static void test_reader_comes_back(void **state)
{
    struct got g = { .ended = false };
    (void)state;
    pg_do(w, "BEGIN");
    pg_do(w, "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_order, 5, on_orders, &g), QF_OK);
    const bool never = false;
    pg_wait(loop, &never, 100);
    pg_terminate(&base, "qfd reader");
    wait_for(&g.ended);
    assert_true(g.err == QF_ECLOSED || g.err == QF_ESTATE); /* the server's last word may still have come */
    assert_int_equal(g.calls, 1);
    pg_do(w, "ROLLBACK");
    wait_up();
    g.ended = false;
    assert_int_equal(reader_number(reader, "order_by_id", &qf_rec_order, 5, on_orders, &g), QF_OK);
    wait_for(&g.ended);
    assert_int_equal(g.err, QF_OK);
}

static int begin(void **state)
{
    (void)state;
    w = pg_begin_one(&base, ORDERS);
    pg_do(w, "INSERT INTO equity SELECT '', timestamptz '2025-01-01Z' + i * interval '1 min', i, 0, 0, 0, 0, 0, 0, 0, "
             "false, now()"
             " FROM generate_series(1, 1000) i");
    loop = qf_loop_new();
    reader = reader_new(loop, base.daemon);
    struct got g;
    if (reader_number(reader, "order_by_id", &qf_rec_order, 1, on_orders, &g) != QF_ECLOSED)
        return -1; /* not connected yet: nothing may be asked */
    wait_up();
    return 0;
}

static int end(void **state)
{
    struct got g = { .ended = false };
    (void)state;
    enum qf_err err = reader_number(reader, "order_by_id", &qf_rec_order, 1, on_orders, &g); /* let go unanswered */
    reader_free(reader);
    db_wait_close(w);
    qf_loop_free(loop);
    pg_end();
    return err == QF_OK && !g.ended ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_every_page),
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_equity),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_pages_use_their_index),
        cmocka_unit_test(test_stored_bars),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_reader_comes_back),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
