/* What is written off the critical path: bars, and the pruning of old requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/limits.h"
#include "common/str.h"
#include "daemon/store/bulk.h"
#include "tests/it/pg.h"

#define REQUESTS 1000

static struct qf_loop *loop;
static struct pg_base base;
static struct db_wait *w;
static struct bulk *bulk;

static void wait_for(const bool *what)
{
    if (!pg_wait(loop, what, 20000))
        fail_msg("it did not come (%s)", bulk_why(bulk));
}

static void wait_up(void)
{
    const bool never = false;
    pg_wait(loop, &never, 100); /* the loss itself may still be on its way */
    for (int i = 0; i < 200 && !bulk_idle(bulk); i++)
        qf_loop_once(loop, 50 * QF_MS);
    assert_true(bulk_idle(bulk));
}

struct written {
    bool ended, ok;
    int calls;
    uint32_t bad;
};

static void on_written(void *arg, bool ok, uint32_t bad)
{
    struct written *x = arg;
    *x = (struct written){ .ended = true, .ok = ok, .calls = x->calls + 1, .bad = bad };
}

static struct qf_bar bar_of(const char *symbol, qf_time at, qf_price close)
{
    struct qf_bar b = {
        .period = 60, .at = at, .open = close, .high = close + 1, .low = close - 1, .close = close, .volume = QF_ONE
    };
    qf_str_copy(b.symbol, sizeof b.symbol, symbol);
    qf_rec_fill(&qf_rec_bar, &b);
    return b;
}

static struct written write_bars(int64_t epoch, const struct qf_bar *bars, uint32_t n)
{
    struct written x = { .ended = false };
    bulk_bars(bulk, epoch, bars, n, on_written, &x);
    assert_false(x.ended);
    assert_false(bulk_idle(bulk));
    wait_for(&x.ended);
    assert_int_equal(x.calls, 1);
    return x;
}

static int64_t epoch(void)
{
    return pg_i64(w, "SELECT epoch FROM lease");
}

static void test_bars(void **state)
{
    static struct qf_bar bars[BULK_BARS];
    const qf_time start = qf_time_from_civil(2024, 1, 30);
    (void)state;
    for (int i = 0; i < BULK_BARS; i++)
        bars[i] = bar_of("X", start + (i / 2) * 5 * QF_MIN, QF_ONE + i); /* each time twice: the second one counts */
    struct written x = write_bars(epoch(), bars, BULK_BARS);
    assert_true(x.ok);
    assert_int_equal(x.bad, 0);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars"), BULK_BARS / 2);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars_default"), 0);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE ((close - 1) * 100000000)::bigint % 2 = 1"),
                     BULK_BARS / 2);
    bars[0].close = bars[0].high = 99 * QF_ONE; /* and over what is there */
    assert_true(write_bars(epoch(), bars, 1).ok);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE close = 99"), 1);
    struct qf_bar old = bar_of("X", -QF_DAY, QF_ONE); /* 1969: no month of its own */
    assert_true(write_bars(epoch(), &old, 1).ok);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars_default"), 1);
}

/* One bar that can never be stored must not keep the others out, nor the queue standing. */
static void test_bad_bar(void **state)
{
    struct qf_bar bars[50];
    (void)state;
    for (int i = 0; i < 50; i++)
        bars[i] = bar_of("F", qf_time_from_civil(2030, 5, 1) + i * QF_MIN, QF_ONE);
    bars[17].low = 5 * QF_ONE;
    struct written x = write_bars(epoch(), bars, 50);
    assert_true(x.ok);
    assert_int_equal(x.bad, 1);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE symbol = 'F'"), 49);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars_default WHERE symbol = 'F'"), 0);
}

static void test_stale_epoch(void **state)
{
    struct qf_bar b = bar_of("Z", qf_time_from_civil(2030, 5, 1), QF_ONE);
    struct written x = { .ended = false };
    (void)state;
    assert_false(write_bars(epoch() + 1, &b, 1).ok);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE symbol = 'Z'"), 0);
    bulk_prune(bulk, epoch() - 1, qf_now_wall() + QF_DAY, on_written, &x);
    wait_for(&x.ended);
    assert_false(x.ok);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM requests"), REQUESTS);
}

static void test_prune(void **state)
{
    struct written x = { .ended = false };
    (void)state;
    pg_do(w, "UPDATE requests SET at = at - interval '100 hours' WHERE cmd_no <= 300");
    bulk_prune(bulk, epoch(), qf_now_wall() - QF_REQUEST_KEEP_US, on_written, &x);
    wait_for(&x.ended);
    assert_true(x.ok);
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM requests"), REQUESTS - 300);
    assert_int_equal(pg_i64(w, "SELECT min(cmd_no) FROM requests"), 301);
}

static void test_bulk_comes_back(void **state)
{
    struct qf_bar b = bar_of("Y", qf_time_from_civil(2031, 5, 1), QF_ONE);
    struct written x = { .ended = false };
    (void)state;
    pg_do(w, "BEGIN");
    pg_do(w, "LOCK TABLE bars IN ACCESS EXCLUSIVE MODE");
    bulk_bars(bulk, epoch(), &b, 1, on_written, &x);
    const bool never = false;
    pg_wait(loop, &never, 100);
    pg_terminate(&base, "qfd bulk");
    wait_for(&x.ended);
    assert_false(x.ok);
    assert_int_equal(x.calls, 1);
    pg_do(w, "ROLLBACK");
    wait_up();
    assert_true(write_bars(epoch(), &b, 1).ok); /* the same again later */
    assert_int_equal(pg_i64(w, "SELECT count(*) FROM bars WHERE symbol = 'Y'"), 1);
}

static int begin(void **state)
{
    (void)state;
    pg_begin();
    pg_fresh(&base);
    w = pg_connect(base.owner);
    pg_do(w, "INSERT INTO requests SELECT 'ann', 'ref' || i, 'order.place', repeat('a', 64), i, '', now() FROM "
             "generate_series(1, 1000) i");
    loop = qf_loop_new();
    bulk = bulk_new(loop, base.daemon);
    wait_up();
    return 0;
}

static int end(void **state)
{
    struct qf_bar b = bar_of("X", 0, QF_ONE);
    struct written x = { .ended = false };
    (void)state;
    bulk_bars(bulk, epoch(), &b, 1, on_written, &x); /* let go unanswered */
    bulk_free(bulk);
    db_wait_close(w);
    qf_loop_free(loop);
    pg_end();
    return x.ended ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bars),  cmocka_unit_test(test_bad_bar),         cmocka_unit_test(test_stale_epoch),
        cmocka_unit_test(test_prune), cmocka_unit_test(test_bulk_comes_back),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
