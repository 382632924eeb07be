/* The back-test of value at risk: exceptions, Kupiec's ratio, the Basel zones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/quant/backtest.h"
#include "tests/unit/near.h"

static double work[64];

static void kupiec_by_hand(void **state)
{
    double lr, p;
    (void)state;
    backtest_kupiec(100, 5, 0.05, &lr, &p); /* exactly what was to be expected */
    assert_near(lr, 0, 1e-12);
    assert_near(p, 1, 1e-6);
    backtest_kupiec(100, 0, 0.05, &lr, &p);
    assert_near(lr, -200 * log(0.95), 1e-12);
    backtest_kupiec(10, 10, 0.5, &lr, &p);
    assert_near(lr, -20 * log(0.5), 1e-12);
    backtest_kupiec(255, 7, 0.01, &lr, &p); /* 5.4970..: just inside at 99 %, outside at 95 % */
    assert_near(lr, -2 * (248 * log(0.99) + 7 * log(0.01) - 248 * log(248.0 / 255) - 7 * log(7.0 / 255)), 1e-10);
    assert_true(p > 0.01 && p < 0.05);
}

static void the_basel_zones(void **state)
{
    (void)state;
    for (size_t x = 0; x <= 20; x++)
        assert_int_equal(backtest_traffic_light(250, x, 0.01), x < 5 ? BACKTEST_GREEN : x < 10 ? BACKTEST_YELLOW : BACKTEST_RED);
    assert_string_equal(backtest_light_name(BACKTEST_YELLOW), "yellow");
}

/* Ten days of +1 %, then a fall: the VaR of the days before is a gain, and the fall is the exception. */
static void a_fall_out_of_calm_is_an_exception(void **state)
{
    double closes[14], var[4], q = 10;
    size_t exceptions[4];
    struct backtest_verdict v;
    (void)state;
    closes[0] = 100;
    for (size_t i = 1; i < 14; i++)
        closes[i] = closes[i - 1] * (i == 12 ? 0.9 : i == 13 ? 1 : 1.01);
    struct backtest_in in = { .closes = closes, .quantities = &q, .rows = 14, .cols = 1, .window = 5, .confidence = 0.8, .first = 9,
                              .last = 12 };
    assert_int_equal(backtest_run(&in, &v, var, exceptions, work), QF_OK);
    assert_int_equal(v.days, 4);
    assert_near(var[0], -0.01 * 10 * closes[9], 1e-9);
    assert_int_equal(v.exceptions, 1);
    assert_int_equal(exceptions[0], 12);
    /* the fall is in the window now: position 4 x 0.2 = 0.8 between -10 % and +1 % */
    assert_near(var[3], -(-0.1 + 0.8 * 0.11) * 10 * closes[12], 1e-9);
    q = -10; /* short: the fall is a gain, each rise no worse than the VaR made of rises */
    assert_int_equal(backtest_run(&in, &v, var, NULL, work), QF_OK);
    assert_near(var[0], 0.01 * 10 * closes[9], 1e-9);
}

/* Two positions, windows of one return: VaR is the loss of the last day. Quantities 10 and -20.
 *   row    0     1     2      3
 *   A      10    11    9.9    9.9      returns +10 %, -10 %, 0
 *   B      0.5   0.5   0.5    0.55     returns 0, 0, +10 %
 * At row 1: values 110 and -10, window +11: VaR -11; then -11, worse than +11: an exception.
 * At row 2: values 99 and -10, window -9.9: VaR 9.9; then -1. */
static void two_positions_by_hand(void **state)
{
    const double closes[] = { 10, 0.5, 11, 0.5, 9.9, 0.5, 9.9, 0.55 }, quantities[] = { 10, -20 };
    double var[2];
    size_t exceptions[2];
    struct backtest_verdict v;
    struct backtest_in in = { .closes = closes, .quantities = quantities, .rows = 4, .cols = 2, .window = 1,
                              .confidence = 0.99, .first = 1, .last = 2 };
    (void)state;
    assert_int_equal(backtest_run(&in, &v, var, exceptions, work), QF_OK);
    assert_near(var[0], -11, 1e-12);
    assert_near(var[1], 9.9, 1e-12);
    assert_int_equal(v.days, 2);
    assert_int_equal(v.exceptions, 1);
    assert_int_equal(exceptions[0], 2);
    const double quiet[] = { 10, 10, 9.95 };
    in = (struct backtest_in){ .closes = quiet, .quantities = (double[]){ 10 }, .rows = 3, .cols = 1, .window = 1,
                               .confidence = 0.9, .first = 1, .last = 1 };
    assert_int_equal(backtest_run(&in, &v, var, exceptions, work), QF_OK); /* VaR 0, then half a unit lost */
    assert_int_equal(v.exceptions, 1);
}

static void a_backtest_needs_room_and_prices(void **state)
{
    double closes[20], q = 1;
    struct backtest_verdict v = { .days = 77 };
    struct backtest_in good = { .closes = closes, .quantities = &q, .rows = 20, .cols = 1, .window = 5, .confidence = 0.9, .first = 5,
                                .last = 18 };
    (void)state;
    for (size_t i = 0; i < 20; i++)
        closes[i] = 10 + (double)(i % 3);
    struct backtest_in in = good;
    in.first = 4;
    assert_int_equal(backtest_run(&in, &v, NULL, NULL, work), QF_ERANGE);
    in = good;
    in.last = 19;
    assert_int_equal(backtest_run(&in, &v, NULL, NULL, work), QF_ERANGE);
    in = good;
    in.window = 0;
    assert_int_equal(backtest_run(&in, &v, NULL, NULL, work), QF_ERANGE);
    in = good;
    in.confidence = 1;
    assert_int_equal(backtest_run(&in, &v, NULL, NULL, work), QF_ERANGE);
    in = good;
    in.cols = 0;
    assert_int_equal(backtest_run(&in, &v, NULL, NULL, work), QF_ERANGE);
    closes[19] = -1;
    assert_int_equal(backtest_run(&good, &v, NULL, NULL, work), QF_ERANGE);
    closes[19] = INFINITY;
    assert_int_equal(backtest_run(&good, &v, NULL, NULL, work), QF_ERANGE);
    closes[19] = 0.5;
    closes[0] = 0;
    assert_int_equal(backtest_run(&good, &v, NULL, NULL, work), QF_ERANGE);
    assert_int_equal(v.days, 77);
    closes[0] = 10;
    assert_int_equal(backtest_run(&good, &v, NULL, NULL, work), QF_OK);
    assert_int_equal(v.days, 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kupiec_by_hand),
        cmocka_unit_test(the_basel_zones),
        cmocka_unit_test(a_fall_out_of_calm_is_an_exception),
        cmocka_unit_test(two_positions_by_hand),
        cmocka_unit_test(a_backtest_needs_room_and_prices),
    };
    return cmocka_run_group_tests_name("backtest", tests, NULL, NULL);
}
