/* The write lane against a real server: what is durable, and what failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/verdict.h"
#include "tests/it/lane_world.h"

/* --- durable */
static void test_commits(void **state)
{
    (void)state;
    assert_int_equal(seen.epoch, 1);
    assert_int_equal(lane_epoch(lane), 1);
    assert_string_equal(lane_refused(lane), "");
    fill_orders(1, 3);
    add_execution(1, 2, "2-1"); /* of an order in the same batch: parents go first */
    lane_world_send();
    expect_durable();
    assert_int_equal(lane_world_orders(), 3);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM executions"), 1);
    struct qf_order o = order_of(2);
    o.state = QF_ORDER_FILLED;
    batch_reset(batch, ++batch_number);
    batch_command(batch);
    batch_put(batch, QF_TABLE_orders, &o);
    lane_world_send();
    expect_durable();
    assert_int_equal(lane_world_orders(), 3);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM orders WHERE state = 'FILLED'"), 1);
}

static void test_thousands(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        fill_orders(1 + i * 20000, 20000);
        lane_world_send();
        expect_durable();
    }
    assert_int_equal(lane_world_orders(), 100000);
}

/* --- failed: a row of ours is wrong */
static void test_bad_row_among_good_ones(void **state)
{
    (void)state;
    fill_orders(1, 99);
    struct qf_order bad = order_of(100);
    bad.filled = -1;
    batch_put(batch, QF_TABLE_orders, &bad);
    lane_world_send();
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_GUILTY);
    assert_string_equal(seen.state, "23514");
    assert_non_null(strstr(seen.why, "orders_filled_check"));
    assert_true(lane_idle(lane)); /* it was rolled back: the next one may go */
    assert_int_equal(lane_world_orders(), 0);
    fill_orders(1, 99);
    lane_world_send();
    expect_durable();
    assert_int_equal(lane_world_orders(), 99);
    assert_int_equal(seen.connects, 1);
}

static void test_double_booking(void **state)
{
    (void)state;
    fill_orders(1, 1);
    add_execution(1, 1, "1-1");
    lane_world_send();
    expect_durable();
    fill_orders(2, 1);
    add_execution(2, 1, "1-1");
    lane_world_send();
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_GUILTY);
    assert_string_equal(seen.state, "23505");
    assert_int_equal(lane_world_orders(), 1);
}

/* A rule that is looked at only at the end: then it is COMMIT that fails. */
static void test_commit_refused(void **state)
{
    (void)state;
    pg_do(w, "ALTER TABLE executions ALTER CONSTRAINT executions_order_id_fkey DEFERRABLE INITIALLY DEFERRED");
    fill_orders(1, 1);
    add_execution(1, 99, "99-1");
    lane_world_send();
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_GUILTY);
    assert_string_equal(seen.state, "23503");
    assert_int_equal(lane_world_orders(), 0);
}

/* --- COMMIT in a failed transaction: the server answers with success. This is what the verdict is about. */
struct answers {
    struct verdict v;
    enum db_kind kind;
    char tag[16];
    bool ended;
};

static void on_last_answer(void *arg, const struct db_answer *a)
{
    struct answers *s = arg;
    s->kind = a->kind;
    qf_str_copy(s->tag, sizeof s->tag, a->tag);
    verdict_take(&s->v, VERDICT_COMMIT, a);
}

static void on_end(void *arg, const struct db_answer *a)
{
    (void)a;
    ((struct answers *)arg)->ended = true;
}

static void mark_up(void *arg)
{
    *(bool *)arg = true;
}

static void mark_down(void *arg, const char *why)
{
    (void)arg;
    fail_msg("%s", why);
}

static void test_commit_answered_with_rollback(void **state)
{
    const struct db_conf conf = { .conninfo = base.daemon, .name = "test" };
    struct answers s = { .ended = false };
    bool up = false;
    (void)state;
    struct db *d = db_open(loop, &conf, &(struct db_events){ .up = mark_up, .down = mark_down, .arg = &up });
    wait_for(&up);
    assert_int_equal(db_query(d, "BEGIN", NULL, 0, NULL, NULL), QF_OK);
    assert_int_equal(db_query(d, "SELECT 1/0", NULL, 0, NULL, NULL), QF_OK);
    assert_int_equal(db_sync(d, NULL, NULL), QF_OK);
    verdict_begin(&s.v, db_warnings(d));
    assert_int_equal(db_query(d, "COMMIT", NULL, 0, on_last_answer, &s), QF_OK);
    assert_int_equal(db_sync(d, on_end, &s), QF_OK);
    wait_for(&s.ended);
    assert_int_equal(s.kind, DB_DONE); /* success, says the protocol */
    assert_string_equal(s.tag, "ROLLBACK");
    assert_int_equal(verdict_of(&s.v, db_warnings(d)), VERDICT_FAILED);
    db_close(d);
}

/* --- failed: the database could not */
static void test_cancelled_statement(void **state)
{
    char text[80];
    (void)state;
    int pid = lane_backend();
    block_orders();
    fill_orders(1, 1);
    lane_world_send();
    run_for(100);
    qf_str_fmt(text, sizeof text, "SELECT pg_cancel_backend(%d)", pid);
    pg_do(w, text);
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_NOT_DONE);
    assert_string_equal(seen.state, "57014");
    assert_true(lane_idle(lane));
    pg_do(w, "ROLLBACK");
    assert_int_equal(lane_world_orders(), 0);
    fill_orders(1, 1);
    lane_world_send(); /* safe to repeat */
    expect_durable();
    assert_int_equal(lane_world_orders(), 1);
}

static void test_slow_then_answered(void **state)
{
    (void)state;
    block_orders();
    fill_orders(1, 1);
    lane_world_send();
    wait_for(&seen.slow);
    assert_false(seen.quick);
    pg_do(w, "COMMIT");
    expect_durable();
    assert_true(seen.quick);
    assert_int_equal(lane_world_orders(), 1);
}

static void test_quick_batches_are_not_slow(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        fill_orders(1 + i, 1);
        lane_world_send();
        expect_durable();
        assert_false(seen.slow || seen.quick);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LANE_TEST(test_commits),
        LANE_TEST(test_thousands),
        LANE_TEST(test_bad_row_among_good_ones),
        LANE_TEST(test_double_booking),
        LANE_TEST(test_commit_refused),
        LANE_TEST(test_commit_answered_with_rollback),
        LANE_TEST(test_cancelled_statement),
        LANE_TEST(test_slow_then_answered),
        LANE_TEST(test_quick_batches_are_not_slow),
    };
    return cmocka_run_group_tests(tests, lane_world_begin, lane_world_end);
}
