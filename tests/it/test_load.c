/* Reading the desk: everything open, the newest of the rest, in slices that hold nobody up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/load.h"
#include "tests/it/pg.h"

struct seen {
    uint32_t rows[QF_TABLE_COUNT], bars;
    bool done, failed;
    struct load_facts facts;
    char why[LOAD_WHY];
    /* some of what came */
    int64_t last_id[QF_TABLE_COUNT];
    bool out_of_order, parents_late;
    struct qf_order order7;
    struct qf_control head;
    char args[80];
    struct qf_bar bar;
    enum qf_err answer;      /* what row returns for `refuse` */
    enum qf_table_id refuse;
};

static struct qf_loop *loop;
static struct pg_base base;
static struct db_wait *w;
static struct qf_arena texts;

static void keep_some(struct seen *s, enum qf_table_id table, const void *row)
{
    if (table == QF_TABLE_orders && ((const struct qf_order *)row)->id == 7)
        s->order7 = *(const struct qf_order *)row;
    if (table == QF_TABLE_control_log)
        s->head = *(const struct qf_control *)row;
    if (table == QF_TABLE_approvals) {
        const struct qf_approval *a = row;
        qf_str_copyn(s->args, sizeof s->args, a->args.p, a->args.n);
    }
}

static enum qf_err on_row(void *arg, enum qf_table_id table, const void *row)
{
    struct seen *s = arg;
    s->rows[table]++;
    if (table == QF_TABLE_orders || table == QF_TABLE_executions || table == QF_TABLE_lots) {
        const int64_t id = *(const int64_t *)(const void *)((const char *)row + qf_tables[table].rec->fields[0].off);
        s->out_of_order = s->out_of_order || id <= s->last_id[table];
        s->last_id[table] = id;
    }
    if (table == QF_TABLE_orders && (s->rows[QF_TABLE_accounts] == 0 || s->rows[QF_TABLE_instruments] == 0))
        s->parents_late = true;
    keep_some(s, table, row);
    return table == s->refuse ? s->answer : QF_OK;
}

static void on_bar(void *arg, const struct qf_bar *row)
{
    struct seen *s = arg;
    s->bars++;
    s->bar = *row;
}

static void on_done(void *arg, const struct load_facts *facts)
{
    struct seen *s = arg;
    s->facts = *facts;
    s->done = true;
}

static void on_failed(void *arg, const char *why)
{
    struct seen *s = arg;
    qf_str_copy(s->why, sizeof s->why, why);
    s->failed = true;
}

static struct loader *begin_load(struct seen *s)
{
    const struct loader_callbacks cb = { .row = on_row, .bar = on_bar, .done = on_done, .failed = on_failed, .arg = s };
    return loader_new(loop, base.daemon, &texts, &cb);
}

/* Runs it to its end; returns the longest time the loop was held up, in us. */
static int64_t run(struct seen *s, struct loader *l)
{
    int64_t longest = 0;
    const int64_t until = qf_now_mono() + 60 * 1000000000LL;
    while (!s->done && !s->failed && qf_now_mono() < until) {
        struct timespec cpu1, cpu2; /* time of our own, not of the machine's other work */
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu1);
        qf_loop_once(loop, 20 * QF_MS);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu2);
        const int64_t us = (cpu2.tv_sec - cpu1.tv_sec) * 1000000LL + (cpu2.tv_nsec - cpu1.tv_nsec) / 1000;
        longest = us > longest ? us : longest;
    }
    loader_free(l);
    return longest;
}

static int setup(void **state)
{
    (void)state;
    pg_fresh(&base);
    w = pg_connect(base.owner);
    qf_arena_init(&texts, 64 * 1024 * 1024);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    db_wait_close(w);
    qf_arena_release(&texts);
    return 0;
}

static void test_empty(void **state)
{
    struct seen s = { .refuse = QF_TABLE_COUNT };
    const struct desk_seq zero = { 0 };
    (void)state;
    run(&s, begin_load(&s));
    assert_true(s.done);
    assert_int_equal(s.facts.rows, 0);
    assert_false(s.facts.has_peak);
    assert_memory_equal(&s.facts.seq, &zero, sizeof zero);
}

static void test_everything(void **state)
{
    struct seen s = { .refuse = QF_TABLE_COUNT };
    (void)state;
    pg_sample(w, 100);
    pg_do(w, "UPDATE orders SET state = 'PARTIAL', quantity = quantity + 1 WHERE id = 7");
    pg_do(w, "INSERT INTO approvals VALUES (5, 'risk.resume', '{\"a\":\"\xc3\xa4\"}', '', '', 'ann', now(), '', "
             "'PENDING', NULL, NULL, now())");
    pg_do(w, "UPDATE lots SET remaining = 0 WHERE id > 90");
    pg_do(w, "INSERT INTO system_events VALUES (3, now(), 'warn', 'x', 'y')");
    pg_do(w, "INSERT INTO incidents VALUES (2, now(), 'error', 'open', 'f', 't', NULL), (4, now(), 'error', "
             "'resolved', 'f', 't', NULL)");
    pg_do(w, "INSERT INTO trading_state VALUES ('firm', '', 'CLOSE_ONLY', 3, true, 'r', 'bob', now())");
    pg_do(w, "INSERT INTO limits VALUES ('firm', '', 'MAX_QTY', 5, NULL, 'bob', '', NULL, now()), ('firm', '', "
             "'MAX_NOTIONAL', 5, NULL, 'bob', '',"
             " now() - interval '1 s', now())");
    pg_do(w, "INSERT INTO sessions VALUES (8, 'ann', 'admin', 'j', 'unix', now(), now(), now(), NULL, NULL),"
             " (9, 'ann', 'admin', 'k', 'unix', now(), now(), now(), now(), 'logout')");
    pg_do(w, "INSERT INTO equity SELECT '', timestamptz '2025-01-01Z' + i * interval '1 min', 100 + i % 7, 0, 0, 0, 0, "
             "2, 0, 0, false, now()"
             " FROM generate_series(1, 20) i");
    pg_do(w, "INSERT INTO bars SELECT 'X', 60, timestamptz '2025-01-01Z' + i * interval '1 min', 1, 2, 1, i / 100.0 + "
             "1, 5 FROM generate_series(1, 90) i");
    pg_do(w, "UPDATE requests SET at = now() - interval '80 hours' WHERE ref = 'ref1'");
    run(&s, begin_load(&s));
    assert_string_equal(s.why, "");
    assert_true(s.done);
    assert_int_equal(s.rows[QF_TABLE_users], 2);
    assert_int_equal(s.rows[QF_TABLE_sessions], 1);
    assert_int_equal(s.rows[QF_TABLE_instruments], 2);
    assert_int_equal(s.rows[QF_TABLE_accounts], 2);
    assert_int_equal(s.rows[QF_TABLE_limits], 2); /* one whose time is over too */
    assert_int_equal(s.rows[QF_TABLE_trading_state], 1);
    assert_int_equal(s.rows[QF_TABLE_approvals], 1);
    assert_string_equal(s.args, "{\"a\":\"\xc3\xa4\"}");
    assert_int_equal(s.rows[QF_TABLE_orders], 100);
    assert_int_equal(s.rows[QF_TABLE_executions], 100);
    assert_int_equal(s.rows[QF_TABLE_lots], 90);
    assert_int_equal(s.rows[QF_TABLE_positions], 4);
    assert_int_equal(s.rows[QF_TABLE_trades], 4);
    assert_int_equal(s.rows[QF_TABLE_cash], 2);
    assert_int_equal(s.rows[QF_TABLE_equity], 20);
    assert_int_equal(s.rows[QF_TABLE_system_events], 1);
    assert_int_equal(s.rows[QF_TABLE_incidents], 1);
    assert_int_equal(s.rows[QF_TABLE_requests], 99);
    assert_int_equal(s.rows[QF_TABLE_control_log], 1);
    assert_int_equal(s.bars, 2);
    assert_int_equal(s.bar.close, 190000000); /* the newest comes last */
    assert_false(s.out_of_order || s.parents_late);
    assert_int_equal(s.head.cmd_no, 100);
    assert_int_equal(s.order7.state, QF_ORDER_PARTIAL);
    assert_string_equal(s.order7.ref, "ref7");
    assert_true(QF_HAS(&s.order7, order, price));
    assert_false(QF_HAS(&s.order7, order, reason));
    /* numbers of what was not read are taken all the same */
    assert_int_equal(s.facts.seq.order, 100);
    assert_int_equal(s.facts.seq.lot, 100);
    assert_int_equal(s.facts.seq.session, 9);
    assert_int_equal(s.facts.seq.incident, 4);
    assert_int_equal(s.facts.seq.event, 3);
    assert_int_equal(s.facts.seq.approval, 5);
    assert_int_equal(s.facts.seq.ledger, 202);
    assert_int_equal(s.facts.seq.cmd, 100);
    assert_true(s.facts.has_peak);
    assert_true(s.facts.peak == 104 * (qf_money)QF_ONE);
}

/* A large desk: only what is open and the newest 4,096 of the ended orders are read, and the loop is never held up
 * long. */
static void test_slices(void **state)
{
    struct seen s = { .refuse = QF_TABLE_COUNT };
    (void)state;
    pg_sample(w, 20000);
    pg_do(w, "UPDATE orders SET state = 'WORKING' WHERE id <= 1000");
    const int64_t longest = run(&s, begin_load(&s));
    assert_true(s.done);
    assert_int_equal(s.rows[QF_TABLE_orders], 1000 + QF_KEEP_CLOSED_ORDERS);
    assert_int_equal(s.rows[QF_TABLE_executions], 20000);
    assert_int_equal(s.rows[QF_TABLE_lots], 20000);
    assert_int_equal(s.rows[QF_TABLE_requests], 20000);
    assert_false(s.out_of_order);
    print_message("    %llu rows in %lld ms, longest slice %lld us\n", (unsigned long long)s.facts.rows,
                  (long long)s.facts.us / 1000, (long long)longest);
    if (getenv("QF_SANITIZED") == NULL)
        assert_true(longest < 10000);
}

static void test_stored_nonsense(void **state)
{
    struct seen s = { .refuse = QF_TABLE_COUNT };
    (void)state;
    pg_sample(w, 10);
    pg_do(w, "ALTER TABLE orders DROP CONSTRAINT orders_side_check");
    pg_do(w, "UPDATE orders SET side = 'HOLD' WHERE id = 4");
    run(&s, begin_load(&s));
    assert_true(s.failed);
    assert_false(s.done);
    assert_non_null(strstr(s.why, "order.side"));
}

static void test_row_refused(void **state)
{
    struct seen s = { .refuse = QF_TABLE_positions, .answer = QF_ENOENT };
    (void)state;
    pg_sample(w, 10);
    run(&s, begin_load(&s));
    assert_true(s.failed);
    assert_non_null(strstr(s.why, "position"));
}

static void test_connection_lost(void **state)
{
    struct seen s = { .refuse = QF_TABLE_COUNT };
    int pid = 0;
    char text[80];
    (void)state;
    pg_sample(w, 20000);
    struct db_wait *admin = pg_connect(base.admin);
    struct loader *l = begin_load(&s);
    while (s.rows[QF_TABLE_orders] == 0)
        qf_loop_once(loop, 20 * QF_MS);
    assert_int_equal(pg_backends(admin, "qfd load", &pid, 1), 1);
    qf_str_fmt(text, sizeof text, "SELECT pg_terminate_backend(%d)", pid);
    pg_do(admin, text);
    run(&s, l);
    assert_true(s.failed);
    assert_false(s.done);
    db_wait_close(admin);
}

static void test_abandoned(void **state)
{
    struct seen s = { .refuse = QF_TABLE_COUNT };
    const bool never = false;
    (void)state;
    pg_sample(w, 20000);
    struct loader *l = begin_load(&s);
    while (s.rows[QF_TABLE_executions] == 0)
        qf_loop_once(loop, 20 * QF_MS);
    loader_free(l);
    pg_wait(loop, &never, 300);
    assert_false(s.done || s.failed);
    loader_free(begin_load(&s)); /* before it is even connected */
    pg_wait(loop, &never, 100);
    assert_false(s.done || s.failed);
}

static int begin(void **state)
{
    (void)state;
    pg_begin();
    loop = qf_loop_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    qf_loop_free(loop);
    pg_end();
    return 0;
}

#define LOAD_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_TEST(test_empty),           LOAD_TEST(test_everything),  LOAD_TEST(test_slices),
        LOAD_TEST(test_stored_nonsense), LOAD_TEST(test_row_refused), LOAD_TEST(test_connection_lost),
        LOAD_TEST(test_abandoned),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
