/* Facts, which happened whether the database answers or not: they are never lost, and keep the order they came in. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/commit_toy.h"

static void assert_order(struct toy *t, int n)
{
    assert_int_equal(t->order_n, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(t->order[i], i + 1);
}

static void facts_survive_a_failed_batch_in_order(void **state)
{
    struct toy *t = *state;
    fact(t, 5);
    turn(t);
    fact(t, 7);
    add(t, 2, 100);
    failed(t, LANE_NOT_DONE);
    settle_all(t);
    assert_int_equal(t->durable_sum, 12);
    assert_int_equal(t->dropped, 2);
}

/* The batch behind the doubtful one is given up first; its facts came later all the same. */
static void facts_of_two_failed_batches_keep_their_order(void **state)
{
    struct toy *t = *state;
    fact(t, 1);
    fact(t, 2);
    turn(t);
    fact(t, 3);
    fact(t, 4);
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    fact(t, 5);
    commit_connected(t->commit);
    commit_settled(t->commit, false);
    fact(t, 6);
    t->order_n = 0;
    commit_ready(t->commit);
    settle_all(t);
    assert_order(t, 6);
    assert_int_equal(t->durable_sum, 21);
}

static void facts_that_waited_stay_behind_those_of_a_failed_batch(void **state)
{
    struct toy *t = *state;
    fact(t, 1);
    turn(t);
    fact(t, 2);
    failed(t, LANE_NOT_DONE);
    turn(t);
    fact(t, 3);
    t->order_n = 0;
    failed(t, LANE_NOT_DONE);
    fact(t, 4);
    settle_all(t);
    assert_order(t, 4);
    assert_int_equal(t->durable_sum, 10);
    assert_int_equal(t->dropped, 4);
}

static void a_fact_alone_waits_a_moment_for_company(void **state)
{
    struct toy *t = *state;
    turn(t); /* the hurry of the start is over */
    fact(t, 5);
    turn(t);
    assert_null(t->sent);
    for (int i = 0; i < 100 && !t->sent; i++)
        qf_loop_once(t->loop, 1000);
    durable(t);
    fact(t, 6);
    add(t, 1, 7); /* takes it along at once */
    turn(t);
    assert_int_equal(t->sent_jobs, 2);
    durable(t);
    assert_int_equal(t->durable_sum, 18);
}

static void a_lost_connection_with_nothing_out_undoes_the_open_batch(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    fact(t, 9);
    commit_on_lost(t->commit);
    assert_int_equal(t->sum, 0);
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_DOWN);
    fact(t, 1);
    assert_int_equal(commit_waiting(t->commit), 2);
    commit_connected(t->commit);
    commit_ready(t->commit);
    settle_all(t);
    assert_int_equal(t->durable_sum, 10);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(facts_survive_a_failed_batch_in_order),
        CASE(facts_of_two_failed_batches_keep_their_order),
        CASE(facts_that_waited_stay_behind_those_of_a_failed_batch),
        CASE(a_fact_alone_waits_a_moment_for_company),
        CASE(a_lost_connection_with_nothing_out_undoes_the_open_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
