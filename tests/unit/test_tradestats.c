/* Statistics of closed trades: worked out by hand, where they are undefined, and what must hold for any trades. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "daemon/quant/tradestats.h"

#define MOST 400
static double work[MOST];

static double ask(const char *name, const struct trade_in *in)
{
    const struct trade_row *row = trade_find(name);
    assert_non_null(row);
    double v = trade_eval(row, in);
    assert_int_equal(trade_reason(row, in, v) == NULL, isfinite(v) != 0);
    return v;
}

static const char *why(const char *name, const struct trade_in *in)
{
    const struct trade_row *row = trade_find(name);
    const char *reason = trade_reason(row, in, trade_eval(row, in));
    assert_non_null(reason);
    return reason;
}

static void same(double got, double want)
{
    if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
        fail_msg("%.17g is not %.17g", got, want);
}

static void worked_out_by_hand(void **state)
{
    (void)state;
    const double profits[] = { 100, -50, 30, 20, 0, -10, -40, 60 }, days[] = { 1, 2, 0.5, 4, 1, 1, 3, 2.5 };
    const struct trade_in in = { profits, days, 8, 3e6, 1e6, 73, work };
    same(ask("trades", &in), 8);
    same(ask("win_rate", &in), 0.5);
    same(ask("profit_factor", &in), 2.1);
    same(ask("average_win", &in), 52.5);
    same(ask("average_loss", &in), -100.0 / 3);
    same(ask("payoff_ratio", &in), 52.5 / (100.0 / 3));
    same(ask("largest_win", &in), 100);
    same(ask("largest_loss", &in), -50);
    same(ask("mean_holding_days", &in), 15.0 / 8);
    same(ask("median_holding_days", &in), 1.5);
    same(ask("longest_win_streak", &in), 2);
    same(ask("longest_loss_streak", &in), 2);
    same(ask("current_streak", &in), 1);
    same(ask("turnover", &in), 3.0 * 365 / 73);
}

static void a_streak_ends_with_a_trade_of_nothing(void **state)
{
    (void)state;
    const double profits[] = { -1, -1, -1, 0 }, days[] = { 1, 1, 1, 1 };
    struct trade_in in = { profits, days, 4, 0, 1, 1, work };
    same(ask("current_streak", &in), 0);
    in.n = 3;
    same(ask("current_streak", &in), -3);
    same(ask("longest_win_streak", &in), 0);
}

static void what_is_undefined_says_why(void **state)
{
    (void)state;
    const double won[] = { 5, 6 }, lost[] = { -5, -6 }, days[] = { 1, 1 };
    struct trade_in in = { won, days, 0, 0, NAN, 10, work };
    same(ask("trades", &in), 0);
    assert_string_equal(why("win_rate", &in), "no round trip was closed");
    assert_string_equal(why("current_streak", &in), "no round trip was closed");
    assert_string_equal(why("turnover", &in), "no equity it could be held against");
    in.n = 2;
    assert_string_equal(why("profit_factor", &in), "no trade lost");
    assert_string_equal(why("average_loss", &in), "no trade lost");
    assert_string_equal(why("largest_loss", &in), "no trade lost");
    assert_string_equal(why("payoff_ratio", &in), "no trade won, or none lost");
    in.profits = lost;
    assert_string_equal(why("average_win", &in), "no trade won");
    same(ask("profit_factor", &in), 0);
    in.capital = 0;
    assert_string_equal(why("turnover", &in), "no equity it could be held against");
}

static void every_row_has_words_and_a_unit(void **state)
{
    (void)state;
    size_t n;
    const struct trade_row *rows = trade_rows(&n);
    assert_true(n >= 14);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(trade_find(rows[i].name), &rows[i]);
        assert_true(rows[i].convention[0] && rows[i].unit[0]);
    }
    assert_null(trade_find("no such thing"));
}

/* Whatever the trades: parts make the whole, and nothing but streaks depends on their order. */
static void what_holds_for_any_trades(void **state)
{
    (void)state;
    static double profits[MOST], days[MOST];
    srand(7);
    for (int round = 0; round < 500; round++) {
        size_t n = 1 + (size_t)rand() % (MOST - 1);
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            profits[i] = (double)(rand() % 2001 - 1000);
            days[i] = (double)(rand() % 100);
            sum += profits[i];
        }
        struct trade_in in = { profits, days, n, 1, 1, 1, work };
        double won = 0, lost = 0;
        for (size_t i = 0; i < n; i++)
            *(profits[i] > 0 ? &won : &lost) += profits[i];
        assert_true(ask("win_rate", &in) >= 0 && ask("win_rate", &in) <= 1);
        if (lost < 0 && won > 0) {
            same(ask("profit_factor", &in) * -lost + lost, sum);
            assert_true(ask("largest_loss", &in) <= ask("average_loss", &in) && ask("average_win", &in) <= ask("largest_win", &in));
        }
        assert_true(ask("longest_win_streak", &in) + ask("longest_loss_streak", &in) <= (double)n);
        assert_true(fabs(ask("current_streak", &in)) <= fmax(ask("longest_win_streak", &in), ask("longest_loss_streak", &in)));
        double rate = ask("win_rate", &in), median = ask("median_holding_days", &in);
        for (size_t i = 0; i + 1 < n; i++) {
            size_t k = i + (size_t)rand() % (n - i);
            double p = profits[i], d = days[i];
            profits[i] = profits[k], days[i] = days[k];
            profits[k] = p, days[k] = d;
        }
        same(ask("win_rate", &in), rate);
        same(ask("median_holding_days", &in), median);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(worked_out_by_hand),
        cmocka_unit_test(a_streak_ends_with_a_trade_of_nothing),
        cmocka_unit_test(what_is_undefined_says_why),
        cmocka_unit_test(every_row_has_words_and_a_unit),
        cmocka_unit_test(what_holds_for_any_trades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
