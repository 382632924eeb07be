#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "tui/format.h"

#define ONE ((qf_money)QF_ONE)
#define NOW 1790260327000000LL /* 2026-09-24 14:32:07 UTC */

static void money_is_grouped_and_squeezed_only_when_it_must(void **state)
{
    char t[TUI_FMT];
    (void)state;
    tui_fmt_money(t, 2186100 * ONE, 2, 0);
    assert_string_equal(t, "2,186,100.00");
    tui_fmt_money(t, 2186100 * ONE, 2, 12);
    assert_string_equal(t, "2,186,100.00");
    tui_fmt_money(t, 10968780 * ONE, 0, 9);
    assert_string_equal(t, "10.97M");
    tui_fmt_money(t, 486030 * ONE, 0, 6);
    assert_string_equal(t, "486.03k");
    tui_fmt_money(t, -(qf_money)12345678901234 * ONE, 2, 10);
    assert_string_equal(t, "-12.35T");
}

static void profit_carries_a_sign_and_zero_has_none(void **state)
{
    char t[TUI_FMT];
    (void)state;
    tui_fmt_pnl(t, 5714570 * ONE / 100, 2, 0);
    assert_string_equal(t, "+57,145.70");
    tui_fmt_pnl(t, -1519340 * ONE / 100, 2, 0);
    assert_string_equal(t, "-15,193.40");
    tui_fmt_pnl(t, 0, 2, 0);
    assert_string_equal(t, "0.00");
    tui_fmt_pnl(t, 1, 2, 0);
    assert_string_equal(t, "0.00");
    tui_fmt_pnl(t, -1, 2, 0);
    assert_string_equal(t, "0.00");
    tui_fmt_pnl(t, ONE * 9 / 1000, 2, 0);
    assert_string_equal(t, "+0.01");
    assert_int_equal(tui_sign_role(5), TUI_UP);
    assert_int_equal(tui_sign_role(-5), TUI_DOWN);
    assert_int_equal(tui_sign_role(0), TUI_DIM);
    assert_int_equal(tui_sign_glyph(0), ' ');
}

static void prices_have_the_decimals_of_their_tick(void **state)
{
    char t[TUI_FMT];
    (void)state;
    assert_int_equal(tui_decimals(QF_ONE / 100), 2);
    assert_int_equal(tui_decimals(5 * QF_ONE), 0);
    assert_int_equal(tui_decimals(1), 8);
    assert_int_equal(tui_decimals(QF_ONE / 4), 2);
    assert_int_equal(tui_decimals(0), 2);
    tui_fmt_price(t, 12145 * QF_ONE / 100, 2, 0);
    assert_string_equal(t, "121.45");
    tui_fmt_price(t, 6123450 * (QF_ONE / 100), 2, 9);
    assert_string_equal(t, "61,234.50");
    tui_fmt_price(t, 6123450 * (QF_ONE / 100), 2, 8);
    assert_string_equal(t, "61234.50");
    tui_fmt_price(t, 6123450 * (QF_ONE / 100), 2, 7);
    assert_string_equal(t, "61234.5");
    tui_fmt_price(t, QF_PRICE_MAX, 2, 6);
    assert_true(strlen(t) <= 7);
    tui_fmt_qty(t, -20000 * QF_ONE, 0, true, 0);
    assert_string_equal(t, "-20,000");
    tui_fmt_qty(t, QF_ONE / 2, 1, true, 0);
    assert_string_equal(t, "+0.5");
    assert_int_equal(tui_decimals_of(QF_ONE / 1000), 3);
}

static void sizes_keep_three_figures(void **state)
{
    char t[TUI_FMT];
    static const struct {
        int64_t units;
        const char *text;
    } cases[] = {{0, "0"},         {38, "38"},         {999, "999"},        {1234, "1.23k"},
                 {412000, "412k"}, {8410000, "8.41M"}, {41900000, "41.9M"}, {2100000000, "2.10G"}};
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        tui_fmt_size(t, cases[i].units * QF_ONE);
        assert_string_equal(t, cases[i].text);
    }
    tui_fmt_size(t, QF_ONE / 4);
    assert_string_equal(t, "0.2500");
}

static void shares_are_exact_and_never_divide_by_nothing(void **state)
{
    char t[TUI_FMT];
    (void)state;
    tui_fmt_bp(t, 9101, 2, false);
    assert_string_equal(t, "91.01%");
    tui_fmt_bp(t, 9101, 0, false);
    assert_string_equal(t, "91%");
    tui_fmt_bp(t, -110, 2, true);
    assert_string_equal(t, "-1.10%");
    tui_fmt_bp(t, 0, 2, true);
    assert_string_equal(t, "0.00%");
    tui_fmt_share(t, 8500310, 2509930950, 2, true);
    assert_string_equal(t, "+0.34%");
    tui_fmt_share(t, 1, 0, 2, true);
    assert_string_equal(t, "n/a");
}

static void spans_have_one_unit(void **state)
{
    char t[TUI_FMT];
    static const struct {
        int64_t us;
        const char *age, *span;
    } cases[] = {{-5, "0.0s", "0s"},    {300000, "0.3s", "0s"},      {9940000, "9.9s", "9s"},
                 {9960000, "9s", "9s"}, {14 * QF_SEC, "14s", "14s"}, {59900000, "59s", "59s"},
                 {QF_MIN, "1m", "1m"},  {125 * QF_MIN, "2h", "2h"},  {4 * QF_DAY, "4d", "4d"}};
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        tui_fmt_age(t, cases[i].us);
        assert_string_equal(t, cases[i].age);
        tui_fmt_span(t, cases[i].us);
        assert_string_equal(t, cases[i].span);
    }
    tui_fmt_deadline(t, 72 * QF_MIN);
    assert_string_equal(t, "1h 12m");
    tui_fmt_deadline(t, 65 * QF_SEC);
    assert_string_equal(t, "1m 05s");
    tui_fmt_deadline(t, -1);
    assert_string_equal(t, "0s");
}

static void times_say_the_day_only_when_it_is_another(void **state)
{
    char t[TUI_FMT];
    (void)state;
    tui_fmt_time(t, NOW - 15 * QF_SEC, NOW);
    assert_string_equal(t, "14:31:52");
    tui_fmt_time(t, NOW - QF_DAY, NOW);
    assert_string_equal(t, "2026-09-23 14:32");
    tui_fmt_time(t, 0, NOW);
    assert_string_equal(t, "");
    tui_fmt_since(t, NOW - QF_DAY, NOW);
    assert_string_equal(t, "2026-09-23");
    tui_fmt_brief(t, NOW - QF_DAY, NOW);
    assert_string_equal(t, "23 Sep");
    tui_fmt_brief(t, NOW - 366 * QF_DAY, NOW);
    assert_string_equal(t, "Sep 2025");
    tui_fmt_short(t, NOW - 15 * QF_SEC, NOW);
    assert_string_equal(t, "14:31:52");
    tui_fmt_short(t, NOW - QF_DAY, NOW);
    assert_string_equal(t, "23 Sep 14:32");
    tui_fmt_short(t, NOW - 366 * QF_DAY, NOW);
    assert_string_equal(t, "23 Sep 2025");
    tui_fmt_short(t, 0, NOW);
    assert_string_equal(t, "");
    tui_fmt_exact(t, NOW + 118 * QF_MS);
    assert_string_equal(t, "14:32:07.118");
    tui_fmt_axis(t, NOW, QF_DAY);
    assert_string_equal(t, "14:32");
    tui_fmt_axis(t, NOW, 90 * QF_DAY);
    assert_string_equal(t, "24 Sep");
    tui_fmt_axis(t, NOW, 365 * QF_DAY); /* both ends of a year would read alike without it */
    assert_string_equal(t, "Sep 26");
}

static void latencies_and_bytes(void **state)
{
    char t[TUI_FMT];
    (void)state;
    tui_fmt_latency(t, 610);
    assert_string_equal(t, "0.61ms");
    tui_fmt_latency(t, 2100);
    assert_string_equal(t, "2.1ms");
    tui_fmt_latency(t, 250000);
    assert_string_equal(t, "250ms");
    tui_fmt_latency(t, 1200000);
    assert_string_equal(t, "1.2s");
    tui_fmt_link(t, 1262000);
    assert_string_equal(t, "1.3s");
    tui_fmt_link(t, 400);
    assert_string_equal(t, "0.4ms");
    tui_fmt_bytes(t, 512);
    assert_string_equal(t, "512B");
    tui_fmt_bytes(t, (31LL << 30) / 10);
    assert_string_equal(t, "3.1G");
    tui_fmt_bytes(t, 41LL << 30);
    assert_string_equal(t, "41G");
    tui_fmt_bytes(t, -1);
    assert_string_equal(t, "0B");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(money_is_grouped_and_squeezed_only_when_it_must),
        cmocka_unit_test(profit_carries_a_sign_and_zero_has_none),
        cmocka_unit_test(prices_have_the_decimals_of_their_tick),
        cmocka_unit_test(sizes_keep_three_figures),
        cmocka_unit_test(shares_are_exact_and_never_divide_by_nothing),
        cmocka_unit_test(spans_have_one_unit),
        cmocka_unit_test(times_say_the_day_only_when_it_is_another),
        cmocka_unit_test(latencies_and_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
