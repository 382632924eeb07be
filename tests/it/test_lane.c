/* The write lane against a real server: what is durable, what failed, what is in doubt, and who may write at all. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/lane.h"
#include "daemon/store/verdict.h"
#include "tests/it/pg.h"

#define LONG_MS 20000

struct seen {
    bool connected, durable, failed, doubt, lost, slow, quick;
    int connects, losts;
    int64_t epoch;
    struct batch *batch;
    enum lane_failure how;
    char state[6], why[160];
};

static struct qf_loop *loop;
static struct pg_base base;
static struct db_wait *w; /* somebody else's connection, as the owner */
static struct lane *lane;
static struct seen seen;
static void *memory;
static struct batch *batch;
static uint64_t batch_number;

static void on_connected(void *arg, int64_t epoch)
{
    struct seen *s = arg;
    s->connected = true;
    s->connects++;
    s->epoch = epoch;
}

static void on_durable(void *arg, struct batch *b)
{
    struct seen *s = arg;
    s->durable = true;
    s->batch = b;
}

static void on_failed(void *arg, struct batch *b, enum lane_failure how, const char *sqlstate, const char *message)
{
    struct seen *s = arg;
    s->failed = true;
    s->batch = b;
    s->how = how;
    qf_str_copy(s->state, sizeof s->state, sqlstate);
    qf_str_copy(s->why, sizeof s->why, message);
}

static void on_slow(void *arg, bool slow)
{
    struct seen *s = arg;
    *(slow ? &s->slow : &s->quick) = true;
}

static void on_doubt(void *arg, struct batch *b)
{
    struct seen *s = arg;
    s->doubt = true;
    s->batch = b;
}

static void on_lost(void *arg, const char *why)
{
    struct seen *s = arg;
    s->lost = true;
    s->losts++;
    qf_str_copy(s->why, sizeof s->why, why);
}

static struct lane *open_lane(struct seen *s, bool takeover)
{
    const struct lane_conf conf = { .conninfo = base.daemon, .takeover = takeover, .slow_us = 250 * QF_MS, .doubt_us = QF_SEC };
    const struct lane_callbacks cb = { .connected = on_connected, .durable = on_durable, .failed = on_failed, .slow = on_slow,
                                       .doubt = on_doubt, .lost = on_lost, .arg = s };
    memset(s, 0, sizeof *s);
    return lane_new(loop, &conf, &cb);
}

static void wait_for(const bool *what)
{
    if (!pg_wait(loop, what, LONG_MS))
        fail_msg("it did not come (last word: %s)", seen.why);
}

static void run_for(int ms)
{
    const bool never = false;
    pg_wait(loop, &never, ms);
}

/* --- batches */
static struct qf_order order_of(int64_t id)
{
    struct qf_order o = { .id = id, .ref = "r", .account = "a", .symbol = "X", .quantity = QF_ONE, .by = "u", .venue = "paper",
                          .type = QF_TYPE_MARKET };
    qf_rec_fill(&qf_rec_order, &o);
    return o;
}

static void fill_orders(int64_t from, int n)
{
    batch_reset(batch, ++batch_number);
    for (int i = 0; i < n; i++) {
        struct qf_order o = order_of(from + i);
        batch_command(batch);
        batch_put(batch, QF_TABLE_orders, &o);
    }
}

static void add_execution(int64_t id, int64_t order_id, const char *exec_id)
{
    struct qf_execution e = { .id = id, .order_id = order_id, .account = "a", .symbol = "X", .quantity = QF_ONE, .price = QF_ONE,
                              .currency = "USD", .amount = -QF_ONE, .venue = "paper" };
    qf_str_copy(e.exec_id, sizeof e.exec_id, exec_id);
    qf_rec_fill(&qf_rec_execution, &e);
    QF_SET(&e, execution, order_id);
    batch_append(batch, QF_TABLE_executions, &e);
}

static void send(void)
{
    batch_seal(batch);
    seen.durable = seen.failed = seen.doubt = seen.lost = seen.slow = seen.quick = seen.connected = false;
    seen.batch = NULL;
    assert_true(lane_idle(lane));
    lane_send(lane, batch);
    assert_false(lane_idle(lane));
}

static int64_t orders(void)
{
    return pg_i64(w, "SELECT count(*) FROM orders");
}

static void expect_durable(void)
{
    wait_for(&seen.durable);
    assert_false(seen.failed || seen.doubt || seen.lost);
    assert_ptr_equal(seen.batch, batch);
    assert_true(lane_idle(lane));
}

static int lane_backend(void)
{
    int pid = 0;
    assert_int_equal(pg_backends(w, "qfd lane", &pid, 1), 1);
    return pid;
}

/* --- a database and a lane for each test */
static int setup(void **state)
{
    (void)state;
    pg_fresh(&base);
    w = pg_connect(base.admin);
    pg_do(w, "SET search_path = qf");
    lane = open_lane(&seen, false);
    wait_for(&seen.connected);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lane_free(lane);
    db_wait_close(w);
    return 0;
}

/* --- durable */
static void test_commits(void **state)
{
    (void)state;
    assert_int_equal(seen.epoch, 1);
    assert_int_equal(lane_epoch(lane), 1);
    assert_string_equal(lane_refused(lane), "");
    fill_orders(1, 3);
    add_execution(1, 2, "2-1"); /* of an order in the same batch: parents go first */
    send();
    expect_durable();
    assert_int_equal(orders(), 3);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM executions"), 1);
    struct qf_order o = order_of(2);
    o.state = QF_ORDER_FILLED;
    batch_reset(batch, ++batch_number);
    batch_command(batch);
    batch_put(batch, QF_TABLE_orders, &o);
    send();
    expect_durable();
    assert_int_equal(orders(), 3);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM orders WHERE state = 'FILLED'"), 1);
}

static void test_thousands(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        fill_orders(1 + i * 20000, 20000);
        send();
        expect_durable();
    }
    assert_int_equal(orders(), 100000);
}

/* --- failed: a row of ours is wrong */
static void test_bad_row_among_good_ones(void **state)
{
    (void)state;
    fill_orders(1, 99);
    struct qf_order bad = order_of(100);
    bad.filled = -1;
    batch_put(batch, QF_TABLE_orders, &bad);
    send();
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_GUILTY);
    assert_string_equal(seen.state, "23514");
    assert_non_null(strstr(seen.why, "orders_filled_check"));
    assert_true(lane_idle(lane)); /* it was rolled back: the next one may go */
    assert_int_equal(orders(), 0);
    fill_orders(1, 99);
    send();
    expect_durable();
    assert_int_equal(orders(), 99);
    assert_int_equal(seen.connects, 1);
}

static void test_double_booking(void **state)
{
    (void)state;
    fill_orders(1, 1);
    add_execution(1, 1, "1-1");
    send();
    expect_durable();
    fill_orders(2, 1);
    add_execution(2, 1, "1-1");
    send();
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_GUILTY);
    assert_string_equal(seen.state, "23505");
    assert_int_equal(orders(), 1);
}

/* A rule that is looked at only at the end: then it is COMMIT that fails. */
static void test_commit_refused(void **state)
{
    (void)state;
    pg_do(w, "ALTER TABLE executions ALTER CONSTRAINT executions_order_id_fkey DEFERRABLE INITIALLY DEFERRED");
    fill_orders(1, 1);
    add_execution(1, 99, "99-1");
    send();
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_GUILTY);
    assert_string_equal(seen.state, "23503");
    assert_int_equal(orders(), 0);
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
static void block_orders(void)
{
    pg_do(w, "BEGIN");
    pg_do(w, "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
}

static void test_cancelled_statement(void **state)
{
    char text[80];
    (void)state;
    int pid = lane_backend();
    block_orders();
    fill_orders(1, 1);
    send();
    run_for(100);
    qf_str_fmt(text, sizeof text, "SELECT pg_cancel_backend(%d)", pid);
    pg_do(w, text);
    wait_for(&seen.failed);
    assert_int_equal(seen.how, LANE_NOT_DONE);
    assert_string_equal(seen.state, "57014");
    assert_true(lane_idle(lane));
    pg_do(w, "ROLLBACK");
    assert_int_equal(orders(), 0);
    fill_orders(1, 1);
    send(); /* safe to repeat */
    expect_durable();
    assert_int_equal(orders(), 1);
}

static void test_slow_then_answered(void **state)
{
    (void)state;
    block_orders();
    fill_orders(1, 1);
    send();
    wait_for(&seen.slow);
    assert_false(seen.quick);
    pg_do(w, "COMMIT");
    expect_durable();
    assert_true(seen.quick);
    assert_int_equal(orders(), 1);
}

static void test_quick_batches_are_not_slow(void **state)
{
    (void)state;
    for (int i = 0; i < 50; i++) {
        fill_orders(1 + i, 1);
        send();
        expect_durable();
        assert_false(seen.slow || seen.quick);
    }
}

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
    send();
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
    send();
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
    assert_int_equal(orders(), 0);
}

/* No answer for a second: given up. The batch still waits for its lock then; what matters is that its fate is sealed before the
 * lane says it is connected again. */
static void test_unanswered_is_doubt(void **state)
{
    (void)state;
    block_orders();
    fill_orders(1, 5);
    const int64_t began = qf_now_mono();
    send();
    wait_for(&seen.doubt);
    const int64_t ms = (qf_now_mono() - began) / 1000000;
    assert_in_range(ms, 950, 1500);
    assert_true(seen.slow);
    assert_false(seen.durable || seen.failed);
    assert_ptr_equal(seen.batch, batch);
    wait_for(&seen.lost);
    pg_do(w, "COMMIT"); /* the old backend may go on now, if it has not noticed yet that nobody is there */
    wait_for(&seen.connected);
    const int64_t at_connect = orders();
    assert_true(at_connect == 0 || at_connect == 5);
    run_for(2000);
    assert_int_equal(orders(), at_connect);
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
        const int64_t before = orders();
        signal_all(w, SIGSTOP);
        fill_orders(1 + round * 100, 100);
        send();
        wait_for(&seen.doubt);
        run_for(2000);
        assert_false(seen.connected);
        assert_int_equal(kill(cluster_pid(pg_cluster()), SIGCONT), 0);
        assert_int_equal(kill(pid, SIGCONT), 0);
        wait_for(&seen.connected);
        const int64_t after = orders();
        print_message("    round %d: the batch in doubt %s\n", round, after == before ? "was not done" : "was done");
        assert_true(after == before || after == before + 100);
        run_for(1500);
        assert_int_equal(orders(), after);
        pid = lane_backend();
    }
}

/* A backend killed hard: the server drops everybody and recovers. */
static void test_server_crash(void **state)
{
    (void)state;
    fill_orders(1, 10);
    send();
    expect_durable();
    int pid = lane_backend();
    seen.connected = false;
    assert_int_equal(kill(pid, SIGKILL), 0);
    wait_for(&seen.lost);
    wait_for(&seen.connected);
    db_wait_close(w);
    w = pg_connect(base.owner);
    assert_int_equal(orders(), 10);
    fill_orders(11, 10);
    send();
    expect_durable();
    assert_int_equal(orders(), 20);
}

/* The server commits but warns: it is not plainly durable. */
static void test_warning_is_doubt(void **state)
{
    (void)state;
    pg_do(w, "CREATE FUNCTION murmur() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'hm'; RETURN NEW; END $$");
    pg_do(w, "CREATE TRIGGER murmur BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION murmur()");
    fill_orders(1, 1);
    send();
    wait_for(&seen.doubt);
    assert_false(seen.durable || seen.failed);
    wait_for(&seen.connected);
    assert_int_equal(orders(), 1);
}

/* --- who may write */
static void test_stale_epoch_writes_nothing(void **state)
{
    (void)state;
    pg_do(w, "UPDATE lease SET epoch = epoch + 1, instance = 'somebody else'");
    fill_orders(1, 10);
    send();
    wait_for(&seen.lost);
    assert_true(seen.failed);
    assert_int_equal(seen.how, LANE_FENCED);
    assert_int_equal(orders(), 0);
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
    send();
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
    send();
    run_for(50);
    lane_free(lane); /* as if killed: the backend waits for a lock and does not know yet */
    lane = open_lane(&other, false);
    run_for(300);
    pg_do(w, "COMMIT");
    wait_for(&other.connected);
    assert_int_equal(other.epoch, 2);
    const int64_t at_connect = orders();
    run_for(1000);
    assert_int_equal(orders(), at_connect);
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

static int begin(void **state)
{
    (void)state;
    pg_begin();
    loop = qf_loop_new();
    cluster_watch(pg_cluster(), loop, NULL, NULL);
    memory = qf_map_lazy(batch_size());
    batch = batch_init(memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    qf_unmap(memory, batch_size());
    pg_end();
    qf_loop_free(loop);
    return 0;
}

#define LANE_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
    return cmocka_run_group_tests(tests, begin, end);
}
