/* Returns from closes and flows, periods of a year told from dates, months and years, thinning. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "common/clock.h"
#include "daemon/quant/curve.h"
#include "daemon/quant/metrics.h"

static int32_t day(int year, int month, int of_month)
{
    return (int32_t)(qf_time_from_civil(year, month, of_month) / QF_DAY);
}

static void same(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12))
        fail_msg("%.17g is not %.17g", got, want);
}

static void flows_are_there_from_the_beginning_of_their_day(void **state)
{
    (void)state;
    same(curve_return(100, 0, 110), 0.1);
    same(curve_return(100, 100, 220), 0.1);
    same(curve_return(0, 50, 55), 0.1);  /* the first money earns from its own day on */
    same(curve_return(100, -50, 55), 0.1);
    assert_true(isnan(curve_return(0, 0, 5)));
    assert_true(isnan(curve_return(100, -100, 1)));
    const double r[] = { 0.1, NAN, -0.5 };
    double levels[4];
    curve_levels(r, 3, levels);
    same(levels[0], 1);
    same(levels[2], 1.1);
    same(levels[3], 0.55);
}

static void a_year_is_told_from_the_dates(void **state)
{
    (void)state;
    int32_t days[800];
    size_t n = 0;
    for (int32_t d = day(2024, 1, 1); n < 500; d++)
        if ((d + 4) % 7 != 0 && (d + 4) % 7 != 6) /* no Sundays, no Saturdays */
            days[n++] = d;
    same(curve_periods(days, n), 252);
    days[n - 1]++; /* one stray day is no habit */
    same(curve_periods(days, n), 252);
    for (n = 0; n < 400; n++)
        days[n] = day(2024, 1, 1) + (int32_t)n;
    same(curve_periods(days, n), 365);
    for (size_t i = 0; i < 100; i++)
        days[i] = day(2020, 1, 3) + 7 * (int32_t)i;
    same(curve_periods(days, 100), 52);
    for (int i = 0; i < 60; i++)
        days[i] = day(2020 + (i + 1) / 12, (i + 1) % 12 + 1, 1) - 1;
    same(curve_periods(days, 60), 12);
    for (int i = 0; i < 20; i++)
        days[i] = day(2020 + (i + 1) * 3 / 12, (i + 1) * 3 % 12 + 1, 1) - 1;
    same(curve_periods(days, 20), 4);
    for (int i = 0; i < 10; i++)
        days[i] = day(2010 + i, 12, 31);
    same(curve_periods(days, 10), 1);
    same(curve_periods(days, 1), 252);
    same(curve_periods(days, 0), 252);
}

static void months_and_years_compound(void **state)
{
    (void)state;
    int32_t days[400];
    double r[400], all = 1, january = 1;
    size_t n = 0;
    struct curve_month m[40];
    for (int32_t d = day(2024, 11, 15); d <= day(2025, 2, 10); d++, n++) {
        days[n] = d;
        r[n] = 0.001 * (double)(n % 5) - 0.0015;
        all *= d >= day(2025, 1, 1) ? 1 + r[n] : 1;
        january *= d >= day(2025, 1, 1) && d <= day(2025, 1, 31) ? 1 + r[n] : 1;
    }
    size_t count = curve_months(days, r, n, days[0] - 1, 365, m, 40);
    assert_int_equal(count, 6); /* Jan Feb 2025, year; Nov Dec 2024, year */
    assert_true(m[0].year == 2025 && m[0].month == 1 && !m[0].partial);
    same(m[0].value, january - 1);
    assert_true(m[1].month == 2 && m[1].partial);
    assert_true(m[2].month == 0 && m[2].partial);
    same(m[2].value, all - 1);
    assert_true(m[3].year == 2024 && m[3].month == 11 && m[3].partial);
    assert_true(m[4].month == 12 && !m[4].partial);
    assert_int_equal(curve_months(days, r, n, days[0] - 1, 365, m, 2), 2); /* room is kept to */
    count = curve_months(days + 16, r + 16, 31, day(2024, 11, 30), 365, m, 40);
    assert_int_equal(count, 2);
    assert_true(m[0].month == 12 && !m[0].partial); /* the whole of December, and nothing else of its year */
    assert_true(m[1].month == 0 && m[1].partial);
    r[20] = NAN;
    for (size_t i = 0; i < n; i++)
        r[i] = NAN;
    (void)curve_months(days, r, n, days[0] - 1, 365, m, 40);
    assert_true(isnan(m[0].value));
}

/* Every month times the others is the whole. */
static void months_multiply_to_the_years(void **state)
{
    (void)state;
    static int32_t days[3000];
    static double r[3000];
    static struct curve_month m[400];
    srand(3);
    int32_t d = day(2012, 3, 7);
    for (size_t i = 0; i < 3000; i++) {
        days[i] = d += 1 + rand() % 3;
        r[i] = (double)(rand() % 2001 - 1000) / 50000;
    }
    size_t n = curve_months(days, r, 3000, day(2012, 3, 6), 252, m, 400);
    double whole = 1, year = 1, years = 1;
    for (size_t i = 0; i < 3000; i++)
        whole *= 1 + r[i];
    for (size_t i = 0; i < n; i++) {
        if (m[i].month != 0) {
            year *= 1 + m[i].value;
            continue;
        }
        assert_true(fabs(year - 1 - m[i].value) < 1e-10);
        years *= year;
        year = 1;
    }
    assert_true(fabs(years / whole - 1) < 1e-10);
}

/* The quick way gives what the table's rows give. */
static void rolling_is_what_the_metrics_say(void **state)
{
    (void)state;
    static double r[700], sharpe[701], volatility[701], want[700], work[METRIC_WORK(700)];
    const char *const names[] = { "roll_sharpe_ratio", "roll_annual_volatility" };
    const size_t windows[] = { 2, 3, 20, 63, 700 };
    struct metric_in in = metric_defaults();
    srand(9);
    for (size_t i = 0; i < 700; i++)
        r[i] = i % 97 == 5 ? (double)NAN : i > 600 && i < 680 ? 0.001 : (double)(rand() % 2001 - 1000) / 40000;
    in.values = r;
    in.n = 700;
    in.risk_free_rate = 0.0001;
    in.work = work;
    for (size_t w = 0; w < QF_LEN(windows); w++) {
        curve_rolling(r, 700, windows[w], 0.0001, 252, sharpe, volatility);
        for (size_t k = 0; k < 2; k++) {
            bool rolls;
            size_t n;
            assert_int_equal(metric_roll(metric_find(names[k], &rolls), &in, windows[w], want, &n), QF_OK);
            assert_int_equal(n, 701 - windows[w]);
            for (size_t i = 0; i < n; i++) {
                double got = k ? volatility[i + windows[w]] : sharpe[i + windows[w]];
                assert_true(isfinite(want[i]) ? fabs(got - want[i]) <= 1e-9 * fmax(1, fabs(want[i])) : !isfinite(got));
            }
        }
    }
}

static void thinning_keeps_what_matters(void **state)
{
    (void)state;
    static double levels[9999], falls[9999];
    static bool keep[9999];
    srand(5);
    for (size_t i = 0; i < 9999; i++) {
        levels[i] = 1 + (double)rand() / RAND_MAX;
        falls[i] = -(double)rand() / RAND_MAX;
    }
    levels[1234] = 3;
    levels[777] = 0.5;
    falls[4321] = -2;
    size_t n = curve_thin(levels, falls, 9999, 200, keep), count = 0;
    assert_true(n <= 200 && n > 190);
    for (size_t i = 0; i < 9999; i++)
        count += keep[i] ? 1 : 0;
    assert_int_equal(count, n);
    assert_true(keep[0] && keep[9998] && keep[1234] && keep[777] && keep[4321]);
    assert_int_equal(curve_thin(levels, falls, 200, 200, keep), 200);
    assert_int_equal(curve_thin(levels, falls, 1, 200, keep), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flows_are_there_from_the_beginning_of_their_day),
        cmocka_unit_test(a_year_is_told_from_the_dates),
        cmocka_unit_test(months_and_years_compound),
        cmocka_unit_test(months_multiply_to_the_years),
        cmocka_unit_test(rolling_is_what_the_metrics_say),
        cmocka_unit_test(thinning_keeps_what_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
