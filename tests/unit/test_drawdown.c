/* Falls of a series of levels: episodes, the curve below the peak, the deepest of all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/quant/drawdown.h"
#include "tests/unit/near.h"

static void assert_episode(const struct drawdown *d, size_t peak, size_t trough, int recovery, double depth)
{
    assert_int_equal(d->peak, peak);
    assert_int_equal(d->trough, trough);
    assert_int_equal(d->recovered, recovery >= 0);
    if (recovery >= 0)
        assert_int_equal(d->recovery, recovery);
    assert_near(d->depth, depth, 1e-15);
}

static void episodes_come_deepest_first(void **state)
{
    /*                      0    1   2    3    4   5    6    7   8 */
    const double levels[] = { 100, 90, 100, 120, 60, 130, 104, 91, 117 };
    struct drawdown d[5];
    (void)state;
    assert_int_equal(drawdown_worst(levels, 9, d, 5), 3);
    assert_episode(&d[0], 3, 4, 5, -0.5);
    assert_episode(&d[1], 5, 7, -1, -0.3);
    assert_episode(&d[2], 0, 1, 2, -0.1);
}

static void only_the_deepest_are_kept(void **state)
{
    const double levels[] = { 100, 90, 100, 120, 60, 130, 104, 91, 117 };
    struct drawdown d[2];
    (void)state;
    assert_int_equal(drawdown_worst(levels, 9, d, 2), 2);
    assert_episode(&d[0], 3, 4, 5, -0.5);
    assert_episode(&d[1], 5, 7, -1, -0.3);
    assert_int_equal(drawdown_worst(levels, 9, d, 0), 0);
}

/* The last row at the peak begins a fall, the first at the bottom is its trough, and touching the peak again ends
 * it. */
static void ties(void **state)
{
    const double levels[] = { 10, 10, 8, 9, 8, 10, 10, 5, 10.5 };
    struct drawdown d[3];
    (void)state;
    assert_int_equal(drawdown_worst(levels, 9, d, 3), 2);
    assert_episode(&d[0], 6, 7, 8, -0.5);
    assert_episode(&d[1], 1, 2, 5, 8.0 / 10 - 1);
}

static void equal_depths_keep_their_order(void **state)
{
    const double levels[] = { 4, 2, 4, 8, 4, 8, 16, 8, 16 };
    struct drawdown d[2];
    (void)state;
    assert_int_equal(drawdown_worst(levels, 9, d, 2), 2);
    assert_int_equal(d[0].peak, 0);
    assert_int_equal(d[1].peak, 3);
}

static void rows_without_a_level_count_for_nothing(void **state)
{
    const double levels[] = { NAN, 10, NAN, 5, NAN, NAN, 10 };
    double out[7];
    struct drawdown d[2];
    (void)state;
    assert_int_equal(drawdown_worst(levels, 7, d, 2), 1);
    assert_episode(&d[0], 1, 3, 6, -0.5);
    drawdown_underwater(levels, 7, out);
    assert_near(out[0], NAN, 0);
    assert_near(out[1], 0, 0);
    assert_near(out[2], NAN, 0);
    assert_near(out[3], -0.5, 0);
    assert_near(out[6], 0, 0);
}

static void nothing_fell(void **state)
{
    const double up[] = { 1, 2, 2, 3 }, none[] = { NAN, NAN };
    struct drawdown d[2];
    (void)state;
    for (size_t n = 0; n <= 4; n++)
        assert_int_equal(drawdown_worst(up, n, d, 2), 0);
    assert_int_equal(drawdown_worst(none, 2, d, 2), 0);
    assert_near(drawdown_max(up, 4), 0, 0);
    assert_near(drawdown_max(up, 0), NAN, 0);
    assert_near(drawdown_max(none, 2), NAN, 0);
}

/* Any walk: nothing lies above 0, and the deepest point of the curve, the deepest episode and the maximum are one
 * number. */
static void curve_episodes_and_maximum_agree(void **state)
{
    uint64_t seed = 11;
    (void)state;
    for (int round = 0; round < 300; round++) {
        double levels[200], curve[200], lowest = 0;
        struct drawdown d[200];
        size_t n = 1 + (size_t)round % 200;
        levels[0] = 100;
        for (size_t i = 1; i < n; i++)
            levels[i] = levels[i - 1] * (1 + random_one(&seed) / 20);
        drawdown_underwater(levels, n, curve);
        for (size_t i = 0; i < n; i++) {
            assert_true(curve[i] <= 0 && curve[i] > -1);
            lowest = curve[i] < lowest ? curve[i] : lowest;
        }
        size_t found = drawdown_worst(levels, n, d, 200);
        assert_true(drawdown_max(levels, n) == lowest);
        assert_true(lowest == (found > 0 ? d[0].depth : 0));
        for (size_t i = 0; i < found; i++) {
            assert_true(d[i].depth < 0 && d[i].peak < d[i].trough && (i == 0 || d[i].depth >= d[i - 1].depth));
            assert_true(curve[d[i].peak] == 0 && curve[d[i].trough] == d[i].depth);
            assert_true(!d[i].recovered || (d[i].recovery > d[i].trough && curve[d[i].recovery] == 0));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(episodes_come_deepest_first),
        cmocka_unit_test(only_the_deepest_are_kept),
        cmocka_unit_test(ties),
        cmocka_unit_test(equal_depths_keep_their_order),
        cmocka_unit_test(rows_without_a_level_count_for_nothing),
        cmocka_unit_test(nothing_fell),
        cmocka_unit_test(curve_episodes_and_maximum_agree),
    };
    return cmocka_run_group_tests_name("drawdown", tests, NULL, NULL);
}
