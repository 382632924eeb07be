/* The write lane against a real server: what is in doubt, and who may write at all. */
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
#include "common/str.h"
#include "tests/it/lane_world.h"

/* --- the connection goes */
static void test_killed_while_idle(void **state)
{
    char text[80];
    (void)state;
    qf_str_fmt(text, sizeof text, "SELECT pg_terminate_backend(%d)", lane_backend());
    seen.connected = false;
    pg_do(w, text);
    wait_for(&seen.lost);
    assert_false(seen.doubt || seen.failed);
    assert_false(lane_idle(lane));
    wait_for(&seen.connected);
    assert_int_equal(seen.epoch, 2);
    fill_orders(1, 1);
    lane_world_send();
    expect_durable();
}

/* Terminated while its first statement waits: the refusal came before any COMMIT, so it is surely not done. */
static void test_killed_with_a_batch(void **state)
{
    char text[80];
    (void)state;
    int pid = lane_backend();
    block_orders();
    fill_orders(1, 5);
    lane_world_send();
    run_for(100);
    qf_str_fmt(text, sizeof text, "SELECT pg_terminate_backend(%d)", pid);
    pg_do(w, text);
    wait_for(&seen.lost);
    assert_true(seen.failed);
    assert_false(seen.doubt);
    assert_int_equal(seen.how, LANE_NOT_DONE);
    assert_string_equal(seen.state, "57P01");
    pg_do(w, "COMMIT");
    wait_for(&seen.connected);
    assert_int_equal(lane_world_orders(), 0);
}

/* No answer for a second: given up. The batch still waits for its lock then; what matters is that its fate is sealed before the
 * lane says it is connected again. */
static void test_unanswered_is_doubt(void **state)
{
    (void)state;
    block_orders();
    fill_orders(1, 5);
    const int64_t began = qf_now_mono();
    lane_world_send();
    wait_for(&seen.doubt);
    const int64_t ms = (qf_now_mono() - began) / 1000000;
    assert_in_range(ms, 750, 1400);
    assert_true(seen.slow);
    assert_false(seen.durable || seen.failed);
    assert_ptr_equal(seen.batch, batch);
    wait_for(&seen.lost);
    pg_do(w, "COMMIT"); /* the old backend may go on now, if it has not noticed yet that nobody is there */
    wait_for(&seen.connected);
    const int64_t at_connect = lane_world_orders();
    assert_true(at_connect == 0 || at_connect == 5);
    run_for(2000);
    assert_int_equal(lane_world_orders(), at_connect);
    assert_int_equal(seen.epoch, 2);
}

static void signal_all(struct db_wait *from, int signo)
{
    int pids[40], n = pg_backends(from, "qfd lane", pids, 40);
    for (int i = 0; i < n; i++)
        assert_int_equal(kill(pids[i], signo), 0);
    assert_int_equal(kill(cluster_pid(pg_cluster()), signo), 0);
}

/* The whole server stands still for three seconds with a batch in its ears. The old backend wakes up and does what it was told -
 * or meets the new epoch. Whichever it is, it is so before the lane is connected again. */
static void test_frozen_server(void **state)
{
    int pid = lane_backend();
    (void)state;
    for (int round = 0; round < 3; round++) {
        const int64_t before = lane_world_orders();
        signal_all(w, SIGSTOP);
        fill_orders(1 + round * 100, 100);
        lane_world_send();
        wait_for(&seen.doubt);
        run_for(2000);
        assert_false(seen.connected);
        assert_int_equal(kill(cluster_pid(pg_cluster()), SIGCONT), 0);
        assert_int_equal(kill(pid, SIGCONT), 0);
        wait_for(&seen.connected);
        const int64_t after = lane_world_orders();
        print_message("    round %d: the batch in doubt %s\n", round, after == before ? "was not done" : "was done");
        assert_true(after == before || after == before + 100);
        run_for(1500);
        assert_int_equal(lane_world_orders(), after);
        pid = lane_backend();
    }
}

/* A backend killed hard: the server drops everybody and recovers. */
static void test_server_crash(void **state)
{
    (void)state;
    fill_orders(1, 10);
    lane_world_send();
    expect_durable();
    int pid = lane_backend();
    seen.connected = false;
    assert_int_equal(kill(pid, SIGKILL), 0);
    wait_for(&seen.lost);
    wait_for(&seen.connected);
    db_wait_close(w);
    w = pg_connect(base.owner);
    assert_int_equal(lane_world_orders(), 10);
    fill_orders(11, 10);
    lane_world_send();
    expect_durable();
    assert_int_equal(lane_world_orders(), 20);
}

/* The server commits but warns: it is not plainly durable. */
static void test_warning_is_doubt(void **state)
{
    (void)state;
    pg_do(w, "CREATE FUNCTION murmur() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'hm'; RETURN NEW; END $$");
    pg_do(w, "CREATE TRIGGER murmur BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION murmur()");
    fill_orders(1, 1);
    lane_world_send();
    wait_for(&seen.doubt);
    assert_false(seen.durable || seen.failed);
    wait_for(&seen.connected);
    assert_int_equal(lane_world_orders(), 1);
}

/* --- who may write */
static void test_stale_epoch_writes_nothing(void **state)
{
    (void)state;
    pg_do(w, "UPDATE lease SET epoch = epoch + 1, instance = 'somebody else'");
    fill_orders(1, 10);
    lane_world_send();
    wait_for(&seen.lost);
    assert_true(seen.failed);
    assert_int_equal(seen.how, LANE_FENCED);
    assert_int_equal(lane_world_orders(), 0);
    assert_string_not_equal(lane_refused(lane), "");
    run_for(1500); /* and it never comes back */
    assert_int_equal(seen.connects, 1);
    assert_false(lane_idle(lane));
}

static void test_second_daemon_refuses(void **state)
{
    struct seen other;
    (void)state;
    struct lane *second = open_lane(&other, false);
    wait_for(&other.lost);
    assert_int_equal(other.connects, 0);
    assert_non_null(strstr(lane_refused(second), "another daemon"));
    lane_free(second);
    fill_orders(1, 1);
    lane_world_send();
    expect_durable(); /* the first one did not notice */
    assert_int_equal(lane_epoch(lane), 1);
}

static void test_takeover(void **state)
{
    struct seen other;
    (void)state;
    seen.lost = false;
    struct lane *second = open_lane(&other, true);
    wait_for(&other.connected);
    assert_int_equal(other.epoch, 2);
    assert_string_equal(lane_refused(second), "");
    wait_for(&seen.lost);
    run_for(3000);
    assert_int_equal(seen.connects, 1); /* the first one has seen who is there now, and stays away */
    assert_string_not_equal(lane_refused(lane), "");
    assert_int_equal(other.losts, 0);
    assert_int_equal(pg_i64(w, "SELECT epoch FROM lease"), 2);
    batch_reset(batch, ++batch_number);
    batch_command(batch);
    struct qf_order o = order_of(1);
    batch_put(batch, QF_TABLE_orders, &o);
    batch_seal(batch);
    lane_send(second, batch);
    wait_for(&other.durable);
    lane_free(second);
}

/* A daemon that was killed leaves its backend for a moment; the next one waits for it instead of refusing. */
static void test_next_daemon_waits_for_a_dying_one(void **state)
{
    struct seen other;
    (void)state;
    block_orders();
    fill_orders(1, 1);
    lane_world_send();
    run_for(50);
    lane_free(lane); /* as if killed: the backend waits for a lock and does not know yet */
    lane = open_lane(&other, false);
    run_for(300);
    pg_do(w, "COMMIT");
    wait_for(&other.connected);
    assert_int_equal(other.epoch, 2);
    const int64_t at_connect = lane_world_orders();
    run_for(1000);
    assert_int_equal(lane_world_orders(), at_connect);
}

/* Somebody holds the lease row without the lock (an older lane, forgotten): it is ended by what the row says of it. */
static void test_forgotten_holder_of_the_lease(void **state)
{
    struct seen other;
    (void)state;
    lane_free(lane);
    struct db_wait *old = pg_connect(base.daemon);
    pg_do(old, "UPDATE lease SET pid = pg_backend_pid(), started = (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())");
    pg_do(old, "BEGIN");
    pg_do(old, "SELECT * FROM lease FOR UPDATE");
    const int64_t began = qf_now_mono();
    lane = open_lane(&other, false);
    wait_for(&other.connected);
    assert_true((qf_now_mono() - began) / 1000000 >= 900); /* not before it had its second */
    db_wait_close(old);
}

/* --- which servers are taken */
static void test_unsafe_server_is_refused(void **state)
{
    struct seen other;
    (void)state;
    lane_free(lane);
    pg_do(w, "ALTER ROLE qf_daemon SET synchronous_commit = off");
    lane = open_lane(&other, false);
    wait_for(&other.lost);
    assert_non_null(strstr(other.why, "synchronous_commit"));
    assert_int_equal(pg_i64(w, "SELECT epoch FROM lease"), 1); /* it touched nothing */
    pg_do(w, "ALTER ROLE qf_daemon RESET synchronous_commit");
    wait_for(&other.connected); /* it tries again by itself */
    lane_free(lane);
    pg_do(w, "ALTER ROLE qf_daemon SET default_transaction_read_only = on");
    lane = open_lane(&other, false);
    wait_for(&other.lost);
    assert_non_null(strstr(other.why, "reads only"));
    pg_do(w, "ALTER ROLE qf_daemon RESET default_transaction_read_only");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LANE_TEST(test_killed_while_idle),
        LANE_TEST(test_killed_with_a_batch),
        LANE_TEST(test_unanswered_is_doubt),
        LANE_TEST(test_frozen_server),
        LANE_TEST(test_server_crash),
        LANE_TEST(test_warning_is_doubt),
        LANE_TEST(test_stale_epoch_writes_nothing),
        LANE_TEST(test_second_daemon_refuses),
        LANE_TEST(test_takeover),
        LANE_TEST(test_next_daemon_waits_for_a_dying_one),
        LANE_TEST(test_forgotten_holder_of_the_lease),
        LANE_TEST(test_unsafe_server_is_refused),
    };
    return cmocka_run_group_tests(tests, lane_world_begin, lane_world_end);
}
