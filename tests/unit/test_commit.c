/* Batches with a fake database: what leaves when, and what is undone, decided again or kept in doubt. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/commit_toy.h"

static void an_answer_leaves_only_when_its_batch_is_durable(void **state)
{
    struct toy *t = *state;
    add(t, 7, 5);
    assert_int_equal(t->told_n, 0);
    turn(t);
    assert_non_null(t->sent);
    assert_int_equal(t->told_n, 0);
    assert_int_equal(commit_unsettled(t->commit), 1);
    durable(t);
    assert_int_equal(t->told_n, 1);
    assert_int_equal(t->told[0].conn, 7);
    assert_string_equal(t->told[0].body, "sum 5");
    assert_int_equal(t->durable_sum, 5);
    assert_int_equal(t->told_before, 0); /* sessions and requests are settled before anybody is told */
    assert_int_equal(commit_unsettled(t->commit), 0);
    assert_true(commit_idle(t->commit));
}

static void commands_gather_while_a_batch_is_out(void **state)
{
    struct toy *t = *state;
    add(t, 1, 1);
    turn(t);
    for (int i = 0; i < 100; i++)
        add(t, 2, 1);
    turn(t);
    assert_int_equal(t->batches, 1);
    durable(t);
    assert_int_equal(t->batches, 2); /* at once, without waiting for another turn */
    assert_int_equal(t->sent_jobs, 100);
    durable(t);
    assert_int_equal(t->told_n, 101);
    assert_int_equal(commit_done(t->commit), 101);
}

static void a_full_batch_takes_no_more(void **state)
{
    struct toy *t = *state;
    add(t, 1, 1);
    turn(t);
    int n = 0;
    while (commit_room(t->commit)) {
        add(t, 2, 1);
        n++;
    }
    assert_int_equal(n, QF_BATCH_COMMANDS);
    assert_true(commit_wait_helps(t->commit));
    durable(t);
    assert_true(commit_room(t->commit));
}

static void a_read_leaves_with_what_it_saw(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 9, .cmd = QF_CMD_order_list };
    assert_int_equal(commit_hold(t->commit, &w, "r", 1), QF_ENOENT); /* nothing is open */
    add(t, 1, 1);
    turn(t);
    assert_int_equal(commit_hold(t->commit, &w, "first", 5), QF_OK);
    add(t, 1, 1);
    w.conn = 10;
    assert_int_equal(commit_hold(t->commit, &w, "second", 6), QF_OK);
    durable(t);
    assert_int_equal(t->told_n, 2);
    assert_string_equal(t->told[1].body, "first");
    durable(t);
    assert_int_equal(t->told_n, 4);
    assert_string_equal(t->told[3].body, "second");
}

static void held_reads_are_bounded(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 9, .cmd = QF_CMD_order_list };
    add(t, 1, 1);
    char *big = qf_xalloc(1024 * 1024);
    int n = 0;
    while (commit_hold(t->commit, &w, big, 1024 * 1024) == QF_OK)
        n++;
    assert_int_equal(n, 16);
    free(big);
    turn(t);
    durable(t);
    assert_int_equal(commit_hold(t->commit, &w, "x", 1), QF_ENOENT);
}

static void a_failed_batch_and_the_one_behind_it_are_undone(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    turn(t);
    add(t, 2, 7);
    assert_int_equal(t->sum, 12);
    failed(t, LANE_NOT_DONE);
    assert_int_equal(t->sum, 0);
    assert_int_equal(t->undone, 2);
    assert_int_equal(t->rebuilt, 1);
    assert_int_equal(t->reopened, 2); /* at the start and now */
    assert_int_equal(t->told_n, 2);
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_int_equal(t->told[1].reason, QF_R_NOT_DONE);
    add(t, 1, 3);
    settle_all(t);
    assert_int_equal(t->durable_sum, 3);
}

static void only_the_guilty_command_is_refused(void **state)
{
    struct toy *t = *state;
    t->bad = 50;
    add(t, 999, 1000);
    turn(t);
    for (int64_t i = 1; i <= 60; i++)
        add(t, (uint64_t)i, i);
    fact(t, 2000);
    settle_all(t);
    assert_string_equal(t->guilty, "50 23505 duplicate");
    assert_int_equal(t->told_n, 60); /* 59 and the first; the guilty one is told by who handles `guilty` */
    for (int i = 0; i < t->told_n; i++)
        assert_int_equal(t->told[i].reason, QF_R_COUNT);
    assert_int_equal(t->durable_sum, 1000 + 2000 + 60 * 61 / 2 - 50 + 100000);
    assert_int_equal(t->sum, t->durable_sum);
    assert_true(commit_idle(t->commit));
    assert_int_equal(commit_unsettled(t->commit), 0);
}

static void commands_wait_while_others_are_decided_again(void **state)
{
    struct toy *t = *state;
    t->bad = 2;
    add(t, 1, 1);
    add(t, 2, 2);
    add(t, 3, 3);
    turn(t);
    database(t);
    assert_false(commit_room(t->commit));
    assert_true(commit_wait_helps(t->commit));
    settle_all(t);
    assert_true(commit_room(t->commit));
    assert_int_equal(t->sum, 4 + 100000);
}

static void losing_the_connection_while_deciding_again_answers_everybody(void **state)
{
    struct toy *t = *state;
    t->bad = 2;
    for (int64_t i = 1; i <= 4; i++)
        add(t, (uint64_t)i, i);
    fact(t, 40);
    turn(t);
    database(t); /* guilty: now one by one, the first is out */
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    assert_int_equal(t->told_n, 3);
    commit_connected(t->commit);
    commit_settled(t->commit, true);
    assert_int_equal(t->told_n, 4);
    assert_string_equal(t->told[3].body, "sum 1");
    commit_ready(t->commit);
    settle_all(t);
    assert_int_equal(t->durable_sum, 41);
}

static void a_doubtful_batch_stays_until_the_database_tells(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 9, .cmd = QF_CMD_order_list };
    add(t, 1, 5);
    turn(t);
    assert_int_equal(commit_hold(t->commit, &w, "read", 4), QF_OK);
    add(t, 2, 7);
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    assert_int_equal(t->sum, 5); /* the open one is undone, the doubtful one stands */
    assert_int_equal(commit_trouble(t->commit), TROUBLE_DOUBT);
    assert_int_equal(commit_unsettled(t->commit), 1);
    assert_null(commit_batch(t->commit));
    assert_int_equal(t->told_n, 2); /* NOT_DONE to the second, the read goes on */
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_string_equal(t->told[1].body, "read");
    commit_connected(t->commit);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_LOADING);
    commit_settled(t->commit, false);
    assert_int_equal(t->sum, 0);
    assert_int_equal(t->told[2].reason, QF_R_NOT_DONE);
    commit_ready(t->commit);
    assert_true(commit_room(t->commit));
}

static void a_repeat_joins_the_batch_of_the_first(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 3, .cmd = QF_CMD_order_place };
    add(t, 1, 5);
    uint64_t no = batch_no(commit_batch(t->commit));
    turn(t);
    assert_true(commit_join(t->commit, no, &w, "same", 4));
    assert_false(commit_join(t->commit, no + 5, &w, "same", 4));
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    w.conn = 4;
    assert_true(commit_join(t->commit, no, &w, "same", 4));
    assert_int_equal(t->told_n, 0);
    commit_connected(t->commit);
    commit_settled(t->commit, true);
    assert_int_equal(t->told_n, 3);
    assert_string_equal(t->told[2].body, "same");
}

static void a_fenced_daemon_takes_nothing_any_more(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    turn(t);
    failed(t, LANE_FENCED);
    assert_true(commit_fenced(t->commit));
    assert_false(commit_room(t->commit));
    assert_false(commit_wait_helps(t->commit));
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_int_equal(t->sum, 0);
}

static void slow_is_said_and_ends(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    turn(t);
    commit_on_slow(t->commit, true);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_SLOW);
    assert_false(commit_wait_helps(t->commit));
    assert_true(commit_room(t->commit));
    durable(t);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_NONE);
}

static void a_job_without_rows_sends_no_batch(void **state)
{
    struct toy *t = *state;
    add(t, 1, 0);
    fact(t, 0);
    turn(t);
    assert_null(t->sent);
    assert_int_equal(t->dropped, 1);
    assert_int_equal(commit_unsettled(t->commit), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_leaves_only_when_its_batch_is_durable),
        CASE(commands_gather_while_a_batch_is_out),
        CASE(a_full_batch_takes_no_more),
        CASE(a_read_leaves_with_what_it_saw),
        CASE(held_reads_are_bounded),
        CASE(a_failed_batch_and_the_one_behind_it_are_undone),
        CASE(only_the_guilty_command_is_refused),
        CASE(commands_wait_while_others_are_decided_again),
        CASE(losing_the_connection_while_deciding_again_answers_everybody),
        CASE(a_doubtful_batch_stays_until_the_database_tells),
        CASE(a_repeat_joins_the_batch_of_the_first),
        CASE(a_fenced_daemon_takes_nothing_any_more),
        CASE(slow_is_said_and_ends),
        CASE(a_job_without_rows_sends_no_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
