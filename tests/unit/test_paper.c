/* The paper venue: latency in market time, the touch, shared sizes, shares, the kinds of order, cancels. */
#include "tests/unit/paper_world.h"

/* --- price and latency */

static void test_a_market_order(void **state)
{
    (void)state;
    market(0, 100, 102, 0, 0);
    struct venue_order buy = order(7, QF_SIDE_BUY, 10, 0), sell = order(8, QF_SIDE_SELL, 5, 0);
    send(&buy);
    send(&sell);
    assert_int_equal(w.said.len, 0); /* never from inside */
    said("ACK 7 +0\nACK 8 +0\nFILL 7 10@102 fee 0 7-1 +0\nFILL 8 5@100 fee 0 8-1 +0\n");
    assert_int_equal(w.v->ops->open(w.v), 0);
}

static void test_latency_is_market_time(void **state)
{
    (void)state;
    w.conf.latency = 50 * QF_MS;
    build();
    market(0, 100, 102, 0, 0);
    struct venue_order o = order(1, QF_SIDE_BUY, 10, 0);
    send(&o);
    said("ACK 1 +0\n"); /* the clock stands: acknowledged, waiting */
    clock_to(49 * QF_MS);
    said("");
    market(0, 200, 202, 0, 0);
    said("");
    clock_to(60 * QF_MS); /* due at 50 ms: the price of then is the one before this instant's */
    market(0, 300, 302, 0, 0);
    said("FILL 1 10@202 fee 0 1-1 +50000\n");
}

static void test_jitter_is_drawn(void **state)
{
    char first[256];

    (void)state;
    w.conf.latency = 10 * QF_MS;
    w.conf.jitter = 10 * QF_MS;
    for (int i = 0; i < 2; i++) {
        w.now = T0;
        build();
        market(0, 100, 102, 0, 0);
        struct venue_order a = order(1, QF_SIDE_BUY, 1, 0), b = order(2, QF_SIDE_BUY, 1, 0);
        send(&a);
        send(&b);
        clock_to(9999);
        (void)paper_run(w.v, 2); /* the acknowledgements */
        qf_buf_clear(&w.said);
        clock_to(20 * QF_MS);
        assert_int_equal(w.v->ops->open(w.v), 0);
        if (i == 0)
            qf_str_copy(first, sizeof first, qf_buf_cstr(&w.said));
        else
            assert_string_equal(first, qf_buf_cstr(&w.said));
        qf_buf_clear(&w.said);
    }
    assert_null(strstr(first, "+10000\n")); /* seed 1 draws neither of them nothing */
}

static void test_a_limit_order(void **state)
{
    (void)state;
    market(0, 100, 102, 0, 0);
    struct venue_order better = order(1, QF_SIDE_BUY, 3, 105), rests = order(2, QF_SIDE_BUY, 4, 101);
    struct venue_order sell = order(3, QF_SIDE_SELL, 2, 103);
    send(&better);
    send(&rests);
    send(&sell);
    said("ACK 1 +0\nACK 2 +0\nACK 3 +0\nFILL 1 3@102 fee 0 1-1 +0\n"); /* at the ask, not at its limit */
    clock_to(1);
    market(0, 101, 102, 0, 0); /* touched on its own side only */
    said("");
    clock_to(2);
    market(0, 99, 100, 0, 0); /* the market comes to it: at its own limit */
    said("FILL 2 4@101 fee 0 2-1 +2\n");
    clock_to(3);
    market(0, 104, 105, 0, 0);
    said("FILL 3 2@103 fee 0 3-1 +3\n");
}

static void test_no_price_yet(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 3, 0), b = order(2, QF_SIDE_BUY, 3, 0), c = order(3, QF_SIDE_SELL, 3, 0);

    (void)state;
    b.tif = QF_TIF_IOC;
    send(&a);
    send(&b);
    said("ACK 1 +0\nACK 2 +0\nCANCELLED 2 +0 (no market at its price)\n");
    clock_to(1);
    market(0, 100, 0, 0, 0); /* one side only */
    send(&c);
    said("ACK 3 +1\nFILL 3 3@100 fee 0 3-1 +1\n");
    clock_to(2);
    market(0, 100, 101, 0, 0);
    said("FILL 1 3@101 fee 0 1-1 +2\n");
}

static void test_negative_prices(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 3, -30);

    (void)state;
    market(0, -37, -36, 0, 0);
    send(&o);
    said("ACK 1 +0\nFILL 1 3@-36 fee 0 1-1 +0\n");
}

/* --- sizes */

static void test_a_known_size_is_shared(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 60, 0), b = order(2, QF_SIDE_BUY, 70, 0);

    (void)state;
    market(0, 100, 102, 500, 100);
    send(&a);
    send(&b);
    said("ACK 1 +0\nACK 2 +0\nFILL 1 60@102 fee 0 1-1 +0\nFILL 2 40@102 fee 0 2-1 +0\n");
    w.v->ops->quote(w.v, 0); /* the same quote again has nothing more */
    said("");
    clock_to(1);
    market(0, 101, 103, 500, 20);
    said("FILL 2 20@103 fee 0 2-2 +1\n");
    clock_to(2);
    market(0, 101, 103, 500, 20); /* the same numbers at a later time are a new quote */
    said("FILL 2 10@103 fee 0 2-3 +2\n");
}

static void test_best_price_first_then_the_lower_id(void **state)
{
    struct venue_order o[] = { order(5, QF_SIDE_BUY, 10, 100), order(6, QF_SIDE_BUY, 10, 101), order(3, QF_SIDE_BUY, 10, 101),
                               order(4, QF_SIDE_BUY, 10, 99) };

    (void)state;
    market(0, 100, 110, 0, 50);
    for (size_t i = 0; i < QF_LEN(o); i++)
        send(&o[i]);
    (void)paper_run(w.v, UINT32_MAX);
    qf_buf_clear(&w.said);
    clock_to(1);
    market(0, 90, 100, 0, 25);
    said("FILL 3 10@101 fee 0 3-1 +1\nFILL 6 10@101 fee 0 6-1 +1\nFILL 5 5@100 fee 0 5-1 +1\n");
    clock_to(2);
    market(0, 90, 95, 0, 100);
    said("FILL 5 5@100 fee 0 5-2 +2\nFILL 4 10@99 fee 0 4-1 +2\n");
}

static void test_sells_best_price_first(void **state)
{
    struct venue_order o[] = { order(1, QF_SIDE_SELL, 10, 105), order(2, QF_SIDE_SELL, 10, 103), order(3, QF_SIDE_SELL, 10, 0) };

    (void)state;
    market(0, 0, 110, 50, 50);
    for (size_t i = 0; i < QF_LEN(o); i++)
        send(&o[i]);
    (void)paper_run(w.v, UINT32_MAX);
    qf_buf_clear(&w.said);
    clock_to(1);
    market(0, 106, 110, 25, 50);
    said("FILL 3 10@106 fee 0 3-1 +1\nFILL 2 10@103 fee 0 2-1 +1\nFILL 1 5@105 fee 0 1-1 +1\n");
}

static void test_whole_lots(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 300, 0);

    (void)state;
    o.lot = 100;
    market(0, 100, 102, 0, 250);
    send(&o);
    said("ACK 1 +0\nFILL 1 200@102 fee 0 1-1 +0\n");
    clock_to(1);
    market(0, 100, 102, 0, 99); /* less than a lot */
    said("");
    clock_to(2);
    market(0, 100, 102, 0, 100);
    said("FILL 1 100@102 fee 0 1-2 +2\n");
}

/* Sizes not known: shares of the order, between half of share_bp and all of it, until it is full. */
static void test_a_share_of_the_order(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 1000, 0);
    qf_qty before = 0;

    (void)state;
    w.conf.share_bp = 2000;
    build();
    market(0, 100, 102, 0, 0);
    send(&o);
    (void)paper_run(w.v, UINT32_MAX);
    for (int i = 1; w.v->ops->open(w.v) > 0; i++) {
        assert_true(i < 12);
        clock_to(i);
        market(0, 100, 102, 0, 0);
    }
    const char *text = qf_buf_cstr(&w.said);
    assert_true(fills_of(text) >= 5 && fills_of(text) <= 10);
    for (const char *p = strstr(text, "FILL"); p != NULL; p = strstr(p + 1, "FILL")) {
        qf_qty q = strtoll(p + strlen("FILL 1 "), NULL, 10);
        before += q;
        assert_true(q <= 200 && (q >= 100 || before == 1000));
    }
    assert_int_equal(before, 1000);
}

/* Sizes not known, volume known: a share of what was traded since the quote before, for all orders together. */
static void test_a_share_of_the_volume(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 1000, 0), b = order(2, QF_SIDE_BUY, 1000, 0);

    (void)state;
    w.conf.share_bp = 1000;
    build();
    w.known[0] = true;
    w.quotes[0] = (struct paper_quote){ .has_ask = true, .ask = 102, .volume = 50000, .at = w.now };
    w.v->ops->quote(w.v, 0);
    send(&a);
    send(&b);
    (void)paper_run(w.v, UINT32_MAX); /* nothing to compare with yet: shares of the orders */
    qf_buf_clear(&w.said);
    clock_to(1);
    w.quotes[0] = (struct paper_quote){ .has_ask = true, .ask = 102, .volume = 51000, .at = w.now };
    w.v->ops->quote(w.v, 0); /* 1,000 traded: 100 for us */
    qf_qty first = 0, second = 0;
    const char *text = qf_buf_cstr(&w.said);
    assert_int_equal(fills_of(text), 2);
    first = strtoll(strstr(text, "FILL 1 ") + 7, NULL, 10);
    second = strtoll(strstr(text, "FILL 2 ") + 7, NULL, 10);
    assert_true(first >= 50 && first <= 100);
    assert_true(second >= (100 - first) / 2 && first + second <= 100);
    qf_buf_clear(&w.said);
    clock_to(2);
    w.quotes[0] = (struct paper_quote){ .has_ask = true, .ask = 102, .volume = 300, .at = w.now }; /* a new day */
    w.v->ops->quote(w.v, 0);
    text = qf_buf_cstr(&w.said);
    assert_true(strtoll(strstr(text, "FILL 1 ") + 7, NULL, 10) <= 30);
}

/* --- kinds */

static void test_ioc(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 150, 102), b = order(2, QF_SIDE_BUY, 10, 101), c = order(3, QF_SIDE_BUY, 10, 0);

    (void)state;
    a.tif = b.tif = c.tif = QF_TIF_IOC;
    market(0, 100, 102, 0, 100);
    send(&a);
    send(&b);
    send(&c);
    said("ACK 1 +0\nACK 2 +0\nACK 3 +0\nFILL 1 100@102 fee 0 1-1 +0\nCANCELLED 1 +0 (not enough at its price)\n"
         "CANCELLED 2 +0 (no market at its price)\nCANCELLED 3 +0 (not enough at its price)\n");
    assert_int_equal(w.v->ops->open(w.v), 0);
}

static void test_fok(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 101, 0), b = order(2, QF_SIDE_BUY, 100, 0), c = order(3, QF_SIDE_SELL, 1000, 0);

    (void)state;
    w.conf.share_bp = 100;
    build();
    a.tif = b.tif = c.tif = QF_TIF_FOK;
    market(0, 100, 102, 0, 100);
    send(&a);
    send(&b);
    send(&c);
    said("ACK 1 +0\nACK 2 +0\nACK 3 +0\nCANCELLED 1 +0 (not enough at its price)\nFILL 2 100@102 fee 0 2-1 +0\n"
         "FILL 3 1000@100 fee 0 3-1 +0\n");
}

static void test_day_orders_expire(void **state)
{
    struct venue_order day = order(1, QF_SIDE_BUY, 10, 50), gtc = order(2, QF_SIDE_BUY, 10, 50), late = order(3, QF_SIDE_BUY, 10, 50);

    (void)state;
    w.conf.day_end = 21 * QF_HOUR;
    build();
    day.tif = late.tif = QF_TIF_DAY;
    market(0, 100, 102, 0, 0);
    send(&day);
    send(&gtc);
    clock_to(20 * QF_HOUR);
    said("ACK 1 +0\nACK 2 +0\n");
    clock_to(21 * QF_HOUR - 1);
    said("");
    clock_to(21 * QF_HOUR);
    said("EXPIRED 1 +75600000000 (the market day is over)\n");
    late.at = w.now; /* placed at the end itself: the next day's */
    send(&late);
    clock_to(44 * QF_HOUR);
    said("ACK 3 +75600000000\n");
    clock_to(46 * QF_HOUR);
    said("EXPIRED 3 +162000000000 (the market day is over)\n");
    assert_int_equal(w.v->ops->open(w.v), 1);
}

/* A clock that leaps over the end of the day: what was due before it is tried, what was due behind it has expired. */
static void test_day_end_between_two_instants(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 10, 0), b = order(2, QF_SIDE_BUY, 10, 0), c = order(3, QF_SIDE_SELL, 10, 101);

    (void)state;
    w.conf.latency = QF_SEC;
    build();
    a.tif = b.tif = c.tif = QF_TIF_DAY;
    market(0, 100, 102, 0, 0);
    clock_to(QF_DAY - 2 * QF_SEC);
    a.at = c.at = w.now;
    send(&a);
    send(&c);
    clock_to(QF_DAY - QF_SEC / 2);
    b.at = w.now;
    send(&b);
    (void)paper_run(w.v, UINT32_MAX);
    qf_buf_clear(&w.said);
    clock_to(QF_DAY + QF_HOUR);
    market(0, 200, 202, 0, 0); /* no fill for the sell: its day is over */
    said("EXPIRED 2 +86400000000 (the market day is over)\nEXPIRED 3 +86400000000 (the market day is over)\n");
}

/* --- cancels */

static void test_cancel(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 10, 50), b = order(2, QF_SIDE_BUY, 10, 50), c = order(3, QF_SIDE_BUY, 10, 50);

    (void)state;
    market(0, 100, 102, 0, 0);
    send(&a);
    send(&b);
    send(&c);
    said("ACK 1 +0\nACK 2 +0\nACK 3 +0\n");
    w.v->ops->cancel(w.v, 2);
    assert_int_equal(w.said.len, 0); /* not from inside, but it is done: no fill may follow */
    w.now = T0 + 1;
    market(0, 40, 42, 0, 0);
    said("CANCELLED 2 +0 (cancelled)\nFILL 1 10@50 fee 0 1-1 +1\nFILL 3 10@50 fee 0 3-1 +1\n");
    w.v->ops->cancel(w.v, 1);
    w.v->ops->cancel(w.v, 77);
    said("CANCEL_REJECTED 1 +1 (the order is not in the book)\nCANCEL_REJECTED 77 +1 (the order is not in the book)\n");
}

/* A stop must work although the clock stands. */
static void test_cancel_while_the_clock_stands(void **state)
{
    struct venue_order o = order(1, QF_SIDE_BUY, 10, 0);

    (void)state;
    w.conf.latency = QF_SEC;
    build();
    market(0, 100, 102, 0, 0);
    send(&o);
    w.v->ops->cancel(w.v, 1);
    said("ACK 1 +0\nCANCELLED 1 +0 (cancelled)\n");
    clock_to(2 * QF_SEC);
    said("");
}

/* What a report leads to may cancel and send while the market is being matched. */
static void test_the_listener_acts(void **state)
{
    struct venue_order a = order(1, QF_SIDE_BUY, 10, 50), b = order(2, QF_SIDE_BUY, 10, 40), c = order(3, QF_SIDE_BUY, 10, 50);

    (void)state;
    market(0, 100, 102, 0, 0);
    send(&a);
    send(&b);
    send(&c);
    said("ACK 1 +0\nACK 2 +0\nACK 3 +0\n");
    w.cancel_on_fill = 2;
    w.send_on_fill = true;
    clock_to(1);
    market(0, 44, 45, 0, 0);
    said("FILL 1 10@50 fee 0 1-1 +1\nFILL 3 10@50 fee 0 3-1 +1\nCANCELLED 2 +1 (cancelled)\nACK 99 +1\nFILL 99 1@44 fee 0 99-1 +1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_market_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_latency_is_market_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jitter_is_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_limit_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_price_yet, setup, teardown),
        cmocka_unit_test_setup_teardown(test_negative_prices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_known_size_is_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(test_best_price_first_then_the_lower_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sells_best_price_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whole_lots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_share_of_the_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_share_of_the_volume, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ioc, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fok, setup, teardown),
        cmocka_unit_test_setup_teardown(test_day_orders_expire, setup, teardown),
        cmocka_unit_test_setup_teardown(test_day_end_between_two_instants, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_while_the_clock_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_listener_acts, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
