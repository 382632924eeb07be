/* Which days and which names a window of returns is made of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/quant/window.h"
#include "tests/unit/near.h"

#define NAMES 24
#define DAYS 400
#define MONDAY 19996 /* 2024-09-30 */

static int32_t days[NAMES][DAYS];
static double closes[NAMES][DAYS];
static struct window_name names[NAMES];
static enum window_fate fate[NAMES];
static size_t have[NAMES];
static struct window w;

/* 1970-01-01 (day 0) was a Thursday. */
static bool weekend(int32_t day)
{
    return day % 7 == 2 || day % 7 == 3;
}

/* n closes up to and with day `last`; price = 100 + day, so that what is matched can be told. */
static void fill(size_t i, size_t n, int32_t last, bool weekends, double weight)
{
    size_t k = n;
    for (int32_t day = last; k > 0; day--) {
        if (!weekends && weekend(day))
            continue;
        days[i][--k] = day;
        closes[i][k] = 100.0 + day + (double)i * 1000;
    }
    names[i] = (struct window_name){ days[i], closes[i], n, weight };
}

static void drop(size_t i, size_t at)
{
    assert_true(at < names[i].n);
    names[i].n--;
    memmove(&days[i][at], &days[i][at + 1], (names[i].n - at) * sizeof days[i][0]);
    memmove(&closes[i][at], &closes[i][at + 1], (names[i].n - at) * sizeof closes[i][0]);
}

static void align(size_t n, size_t most)
{
    window_align(names, n, most, &w, fate, have);
}

static void names_of_the_same_days(void **state)
{
    double out[DAYS * NAMES], r[DAYS * NAMES];
    (void)state;
    for (size_t i = 0; i < 3; i++)
        fill(i, 300, MONDAY, false, 100);
    align(3, 251);
    assert_int_equal(w.rows, 251);
    assert_int_equal(w.cols, 3);
    assert_int_equal(w.days[250], days[0][299]);
    window_fill(&w, names, 3, fate, out);
    for (size_t t = 0; t < w.rows; t++)
        for (size_t i = 0; i < 3; i++)
            assert_near(out[t * 3 + i], 100.0 + w.days[t] + (double)i * 1000, 0);
    window_returns(out, w.rows, 3, r);
    assert_near(r[0], out[3] / out[0] - 1, 0);
    assert_near(r[249 * 3 + 2], out[250 * 3 + 2] / out[249 * 3 + 2] - 1, 0);
}

/* One name rests at weekends, the other never does: Monday's return of both is that since Friday. */
static void weekends_count_when_all_have_them(void **state)
{
    double out[DAYS * NAMES];
    (void)state;
    fill(0, 200, MONDAY, true, 1000);
    fill(1, 140, MONDAY, false, 10);
    align(2, 501);
    assert_int_equal(w.cols, 2);
    assert_true(w.rows >= 130);
    for (size_t t = 0; t < w.rows; t++)
        assert_false(weekend(w.days[t]));
    window_fill(&w, names, 2, fate, out);
    for (size_t t = 0; t < w.rows; t++)
        assert_near(out[2 * t] + 1000, out[2 * t + 1], 0);
    fill(1, 200, MONDAY, true, 10);
    align(2, 501);
    assert_int_equal(w.rows, 200);
}

/* A holiday of one name is a day of nobody. */
static void a_holiday_is_left_out_for_all(void **state)
{
    (void)state;
    fill(0, 100, MONDAY, true, 50);
    fill(1, 100, MONDAY, true, 50);
    int32_t gone = days[1][40];
    drop(1, 40);
    align(2, 501);
    assert_int_equal(w.rows, 99);
    assert_int_equal(w.cols, 2);
    for (size_t t = 0; t < w.rows; t++)
        assert_true(w.days[t] != gone);
}

static void a_name_with_few_closes_does_not_shorten_the_window(void **state)
{
    (void)state;
    fill(0, 300, MONDAY, true, 900);
    fill(1, 30, MONDAY, true, 50);   /* one too few */
    fill(2, 60, MONDAY, true, 50);   /* enough, but a fifth of the window */
    fill(3, 300, MONDAY, true, 0);
    align(4, 301);
    assert_int_equal(fate[0], WINDOW_IN);
    assert_int_equal(fate[1], WINDOW_FEW);
    assert_int_equal(have[1], 30);
    assert_int_equal(fate[2], WINDOW_GAPS);
    assert_int_equal(have[2], 60);
    assert_int_equal(fate[3], WINDOW_IN);
    assert_int_equal(w.rows, 300);
    assert_int_equal(w.calendar, 300);
}

/* When what is short is most of the book, the book is short. */
static void a_young_book_has_a_short_window(void **state)
{
    (void)state;
    fill(0, 300, MONDAY, true, 100);
    fill(1, 60, MONDAY, true, 900);
    align(2, 501);
    assert_int_equal(w.cols, 2);
    assert_int_equal(w.rows, 60);
}

static void names_that_are_never_there_together(void **state)
{
    (void)state;
    fill(0, 60, MONDAY, true, 500);
    fill(1, 60, MONDAY - 200, true, 500);
    align(2, 501);
    assert_int_equal(w.cols, 1);
    assert_int_equal(w.rows, 60);
    fill(1, 40, MONDAY - 1400, true, 400); /* within the span still */
    align(2, 501);
    assert_int_equal(fate[1], WINDOW_GAPS);
    fill(1, 40, MONDAY - 5000, true, 400);
    align(2, 501);
    assert_int_equal(w.cols, 1);
}

static void closes_that_are_none_count_as_none(void **state)
{
    (void)state;
    fill(0, 40, MONDAY, true, 1);
    closes[0][3] = 0;
    closes[0][4] = -5;
    closes[0][5] = NAN;
    align(1, 501);
    assert_int_equal(w.rows, 37);
    for (size_t t = 0; t < w.rows; t++)
        assert_true(w.days[t] < days[0][3] || w.days[t] > days[0][5]);
    for (size_t k = 0; k < 10; k++)
        closes[0][k] = INFINITY;
    align(1, 501);
    assert_int_equal(fate[0], WINDOW_FEW);
    assert_int_equal(w.rows, 0);
    align(0, 501);
    assert_int_equal(w.rows, 0);
}

/* A few days each: they are nobody's days. */
static void scattered_gaps_do_not_end_the_window(void **state)
{
    uint64_t seed = 3;
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        fill(i, 300, MONDAY, true, 100);
        for (size_t k = 0; k < 7 * i; k++)
            drop(i, (size_t)((random_one(&seed) + 1) / 2 * (double)(names[i].n - 1)));
    }
    align(4, 501);
    assert_int_equal(w.cols, 4);
    assert_true(w.rows >= 250 && w.rows <= 300 - 21);
    static double out[DAYS * 4];
    window_fill(&w, names, 4, fate, out);
    for (size_t t = 0; t < w.rows; t++)
        for (size_t i = 0; i < 4; i++)
            assert_near(out[t * 4 + i], 100.0 + w.days[t] + (double)i * 1000, 0);
}

/* Each of many names lacks other days, the later ones more: the poorest go until half of the calendar is left. */
static void the_poorest_go_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < NAMES; i++) {
        fill(i, 300, MONDAY, true, 100);
        for (size_t k = 0; k < 6 + i; k++)
            drop(i, (i + 13 * k) % names[i].n);
    }
    align(NAMES, 501);
    assert_true(w.cols > 5 && w.cols < NAMES);
    assert_true(w.calendar > 200 && 2 * w.rows >= w.calendar);
    for (size_t i = 0; i < NAMES; i++)
        assert_int_equal(fate[i], i < w.cols ? WINDOW_IN : WINDOW_GAPS);
}

/* A name without a tenth of the days is left out, one without a twentieth is not. */
static void nine_tenths_of_the_days_are_enough(void **state)
{
    (void)state;
    fill(0, 300, MONDAY, true, 1000);
    fill(1, 300, MONDAY, true, 1);
    for (size_t k = 0; k < 15; k++)
        drop(1, 20);
    align(2, 501);
    assert_int_equal(fate[1], WINDOW_IN);
    assert_int_equal(w.rows, 285);
    for (size_t k = 0; k < 20; k++)
        drop(1, 20);
    align(2, 501);
    assert_int_equal(fate[1], WINDOW_GAPS);
    assert_int_equal(have[1], 265);
    assert_int_equal(w.rows, 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_the_same_days),
        cmocka_unit_test(weekends_count_when_all_have_them),
        cmocka_unit_test(a_holiday_is_left_out_for_all),
        cmocka_unit_test(a_name_with_few_closes_does_not_shorten_the_window),
        cmocka_unit_test(a_young_book_has_a_short_window),
        cmocka_unit_test(names_that_are_never_there_together),
        cmocka_unit_test(closes_that_are_none_count_as_none),
        cmocka_unit_test(scattered_gaps_do_not_end_the_window),
        cmocka_unit_test(the_poorest_go_first),
        cmocka_unit_test(nine_tenths_of_the_days_are_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
