/* The paper venue: restarts, fees, and that nothing but orders, market and seed decides what it does. */
#include "tests/unit/paper_world.h"

/* --- restarts */

static void test_offered_again(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 100, 50);

    (void)state;
    market(0, 100, 102, 0, 0);
    send(&o);
    send(&o);
    said("ACK 1 +0\nACK 1 +0\n");
    assert_int_equal(w.v->ops->open(w.v), 1);
    clock_to(1);
    market(0, 40, 50, 0, 30);
    said("FILL 1 30@50 fee 0 1-1 +1\n");
    /* the desk lost that fill with its batch: it is made anew under the same id */
    send(&o);
    clock_to(2);
    market(0, 40, 50, 0, 20);
    said("ACK 1 +1\nFILL 1 20@50 fee 0 1-1 +2\n");
}

static void test_after_a_restart(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 100, 50);

    (void)state;
    o.filled = 70;
    o.fills = 3;
    build(); /* an empty book */
    send(&o);
    clock_to(1);
    market(0, 40, 50, 0, 0);
    said("ACK 1 +0\nFILL 1 30@50 fee 0 1-4 +1\n");
}

static void test_a_day_order_of_yesterday(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 100, 0);

    (void)state;
    o.tif = QF_TIF_DAY;
    o.at = T0 - QF_HOUR;
    market(0, 40, 50, 0, 0);
    send(&o);
    clock_to(1);
    said("ACK 1 +0\nEXPIRED 1 +0 (the market day is over)\n");
}

static void test_reset(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 100, 50), b = order(2, QF_SIDE_BUY, 100, 0);

    (void)state;
    w.conf.latency = QF_SEC;
    build();
    market(0, 100, 102, 0, 0);
    send(&a);
    clock_to(QF_SEC);
    send(&b);
    w.v->ops->reset(w.v);
    assert_int_equal(w.v->ops->open(w.v), 0);
    qf_buf_clear(&w.said);
    clock_to(5 * QF_SEC);
    market(0, 40, 42, 0, 0);
    said("");
    a.filled = 10;
    a.fills = 1;
    send(&a);
    clock_to(7 * QF_SEC);
    said("ACK 1 +5000000\nFILL 1 90@42 fee 0 1-2 +6000000\n");
}

static void test_what_cannot_be_filled(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 0, 0);

    (void)state;
    send(&o);
    o = order(2, QF_SIDE_BUY, 10, 0);
    o.filled = 10;
    send(&o);
    o = order(3, QF_SIDE_BUY, 10, 0);
    o.instrument = QF_MAX_INSTRUMENTS;
    send(&o);
    said("REJECTED 1 +0 (its quantity cannot be filled)\nREJECTED 2 +0 (its quantity cannot be filled)\n"
         "REJECTED 3 +0 (its instrument is not known here)\n");
}

static void test_a_full_book(void **state)
{
    (void)state;
    w.conf.max_orders = 3;
    build();
    for (int64_t id = 1; id <= 3; id++) {
        struct venue_order o = order(id, QF_SIDE_BUY, 10, 50);
        send(&o);
    }
    struct venue_order o = order(4, QF_SIDE_BUY, 10, 50);
    assert_int_equal(w.v->ops->send(w.v, &o), QF_EFULL);
    w.v->ops->cancel(w.v, 2);
    assert_int_equal(w.v->ops->send(w.v, &o), QF_OK);
    said("ACK 1 +0\nACK 2 +0\nACK 3 +0\nCANCELLED 2 +0 (cancelled)\nACK 4 +0\n");
    /* reports that nobody takes are bounded too */
    for (int i = 0; i < 100; i++)
        w.v->ops->cancel(w.v, 1000 + i);
    assert_int_equal(w.v->ops->send(w.v, &o), QF_EFULL);
    w.v->ops->cancel(w.v, 4);
    assert_int_equal(w.v->ops->open(w.v), 2);
}

/* --- fees */

static void test_fees(void **state)
{
    struct paper_fee rows[] = { { .venue = "*", .bp_e2 = 100 }, { .venue = "nyse", .per_unit = QF_ONE / 200, .minimum = QF_ONE } };
    const qf_price p = 50 * QF_ONE;

    (void)state;
    assert_ptr_equal(paper_fee_find(rows, 2, "nyse"), &rows[1]);
    assert_ptr_equal(paper_fee_find(rows, 2, "lse"), &rows[0]);
    assert_null(paper_fee_find(&rows[1], 1, "lse"));
    /* 1 bp of 50 x 200 = 1; x 10 with a multiplier of 10 */
    assert_true(paper_fee_of(&rows[0], p, 200 * QF_ONE, 1, true) == QF_ONE);
    assert_true(paper_fee_of(&rows[0], p, 200 * QF_ONE, 10, true) == 10 * QF_ONE);
    assert_true(paper_fee_of(&rows[0], -p, 200 * QF_ONE, 1, true) == QF_ONE);
    /* half a cent a share, 1 at least, once an order */
    assert_true(paper_fee_of(&rows[1], p, 1000 * QF_ONE, 1, true) == 5 * QF_ONE);
    assert_true(paper_fee_of(&rows[1], p, 10 * QF_ONE, 1, true) == QF_ONE);
    assert_true(paper_fee_of(&rows[1], p, 10 * QF_ONE, 1, false) == QF_ONE / 20);
    /* half-even at the last digit: 0.00000001 x 1 x 0.5 bp is far below it; 2.5 and 3.5 units of 10^-8 */
    struct paper_fee half = { .bp_e2 = 5000 }; /* 50 bp */
    assert_true(paper_fee_of(&half, 500, QF_ONE, 1, true) == 2);
    assert_true(paper_fee_of(&half, 700, QF_ONE, 1, true) == 4);
    /* the largest numbers do not break it */
    assert_true(paper_fee_of(&half, QF_PRICE_MAX, QF_PRICE_MAX, QF_MULT_MAX, true) >= 0);
}

static void test_fees_of_partial_fills(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 30 * QF_ONE, 0);

    (void)state;
    w.conf.fee = (struct paper_fee){ .per_unit = 10, .minimum = 150 };
    build();
    market(0, 100, 102, 0, 10 * QF_ONE);
    send(&o);
    (void)paper_run(w.v, UINT32_MAX);
    clock_to(1);
    market(0, 100, 102, 0, 50 * QF_ONE);
    said("ACK 1 +0\nFILL 1 1000000000@102 fee 150 1-1 +0\nFILL 1 2000000000@102 fee 200 1-2 +1\n");
}

/* --- determinism and size */

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

static void random_order(uint64_t *x, int64_t id)
{
    struct venue_order o = order(id, (enum qf_side)(next_random(x) % 2), (qf_qty)(1 + next_random(x) % 500), 0);

    o.instrument = (uint32_t)(next_random(x) % NAMES);
    o.tif = (enum qf_tif)(next_random(x) % 4);
    if (next_random(x) % 3 > 0) {
        o.type = QF_TYPE_LIMIT;
        o.price = (qf_price)(980 + next_random(x) % 40);
    }
    send(&o);
}

/* A long random day. turns: whether the loop gets its turns in between; that may move no fill. */
static void random_day(bool turns, struct qf_buf *fills)
{
    uint64_t x = 88172645463325252ULL;
    qf_qty size = 0;

    w.now = T0;
    memset(w.known, 0, sizeof w.known);
    build();
    for (int64_t i = 1; i <= 20000; i++) {
        if (next_random(&x) % 4 == 0)
            w.v->ops->cancel(w.v, (int64_t)(1 + next_random(&x) % (uint64_t)i));
        random_order(&x, i);
        if (turns)
            (void)paper_run(w.v, 3);
        w.now += (qf_time)(next_random(&x) % QF_SEC);
        w.v->ops->clock(w.v);
        qf_price bid = (qf_price)(990 + next_random(&x) % 20);
        size = next_random(&x) % 3 == 0 ? 0 : (qf_qty)(next_random(&x) % 300);
        market((uint32_t)(next_random(&x) % NAMES), bid, bid + 1 + (qf_price)(next_random(&x) % 3), size, size);
    }
    qf_buf_clear(fills);
    for (const char *p = strstr(qf_buf_cstr(&w.said), "FILL"); p != NULL; p = strstr(p + 4, "FILL"))
        qf_buf_add(fills, p, strcspn(p, "\n") + 1);
    qf_buf_clear(&w.said);
}

static void test_the_same_again(void **state)
{
    struct qf_buf a, b;

    (void)state;
    w.conf.latency = 20 * QF_MS;
    w.conf.jitter = 5 * QF_MS;
    w.conf.share_bp = 3000;
    qf_buf_init(&a, 64 << 20);
    qf_buf_init(&b, 64 << 20);
    random_day(false, &a);
    random_day(true, &b);
    assert_true(fills_of(qf_buf_cstr(&a)) > 10000);
    assert_string_equal(qf_buf_cstr(&a), qf_buf_cstr(&b));
    w.conf.seed = 2;
    random_day(false, &b);
    assert_string_not_equal(qf_buf_cstr(&a), qf_buf_cstr(&b));
    qf_buf_release(&a);
    qf_buf_release(&b);
}

/* Every order ends with what it was sent for: filled quantities never pass it, and each exec id comes once, in order. */
static void test_nothing_is_filled_twice(void **state)
{
    struct qf_buf fills;
    static qf_qty filled[20001];
    static int64_t number[20001];

    (void)state;
    w.conf.share_bp = 3000;
    memset(filled, 0, sizeof filled);
    memset(number, 0, sizeof number);
    qf_buf_init(&fills, 64 << 20);
    random_day(false, &fills);
    for (const char *p = qf_buf_cstr(&fills); *p != '\0'; p = strchr(p, '\n') + 1) {
        char *end = NULL;
        int64_t id = strtoll(p + strlen("FILL "), &end, 10);
        qf_qty q = strtoll(end, &end, 10);
        const char *exec = strstr(end, " fee 0 ") + strlen(" fee 0 ");
        int64_t again = strtoll(exec, &end, 10);
        assert_int_equal(*end, '-');
        int64_t n = strtoll(end + 1, NULL, 10);
        assert_int_equal(id, again);
        assert_int_equal(n, ++number[id]);
        assert_true(q > 0);
        filled[id] += q;
        assert_true(filled[id] <= 500);
    }
    qf_buf_release(&fills);
}

/* A price move looks at the orders it reaches, not at all of them: 60,000 that rest far away cost nothing. */
static void test_many_resting_orders(void **state)
{
    (void)state;
    market(0, 1000, 1001, 0, 0);
    for (int64_t id = 1; id <= 60000; id++) {
        struct venue_order o = order(id, QF_SIDE_BUY, 10, 100 + id % 500);
        send(&o);
        if (id % 1000 == 0)
            (void)paper_run(w.v, UINT32_MAX);
    }
    qf_buf_clear(&w.said);
    int64_t begin = qf_now_mono();
    for (int i = 1; i <= 100000; i++) {
        clock_to(i);
        market(0, 1000 + i % 2, 1002, 0, 0);
    }
    int64_t per_tick = (qf_now_mono() - begin) / 100000;
    said("");
    assert_true(per_tick < 20000); /* ns; walking all of them would take a hundred times as long */
    for (int64_t id = 60000; id >= 1; id -= 7)
        w.v->ops->cancel(w.v, id);
    (void)paper_run(w.v, UINT32_MAX);
    qf_buf_clear(&w.said);
    uint32_t left = w.v->ops->open(w.v);
    clock_to(200000);
    market(0, 90, 95, 0, 0);
    assert_int_equal(fills_of(qf_buf_cstr(&w.said)), left);
    assert_int_equal(w.v->ops->open(w.v), 0);
}

/* With a loop the reports come by themselves, in its next turns. */
static void test_on_the_loop(void **state)
{
    struct qf_loop *loop = qf_loop_new();

    (void)state;
    w.v->ops->free(w.v);
    w.v = paper_new(&w.conf, loop);
    market(0, 100, 102, 0, 0);
    for (int64_t id = 1; id <= 1000; id++) {
        struct venue_order o = order(id, QF_SIDE_BUY, 1, 50);
        send(&o);
    }
    assert_int_equal(w.said.len, 0);
    for (int i = 0; i < 20; i++)
        qf_loop_once(loop, 1000);
    assert_non_null(strstr(qf_buf_cstr(&w.said), "ACK 1000 "));
    w.v->ops->free(w.v);
    w.v = paper_new(&w.conf, NULL);
    qf_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_offered_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_after_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_day_order_of_yesterday, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_filled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_book, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fees, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fees_of_partial_fills, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_same_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_filled_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_resting_orders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_on_the_loop, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
