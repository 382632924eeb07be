/* Equity points: the identity between two of them, and what a day, a month and a year began with. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/core/core.h"
#include "tests/unit/desk_help.h"

static struct kit *k;

static int begin(void **state)
{
    (void)state;
    k = kit_new();
    kit_prices(k);
    return 0;
}

static int end(void **state)
{
    (void)state;
    kit_free(k);
    return 0;
}

static bool take(const char *account, struct equity_change *ret)
{
    struct qf_equity row;
    const struct core_account *a = *account ? desk_account(k->d, account) : NULL;
    desk_equity_row(k->d, a, k->wall, &row);
    return desk_points_take(k->d, a, &row, ret);
}

/* Points of everybody; how many of them were broken. */
static int take_all(void)
{
    struct equity_change c;
    int broken = take("", &c) && c.broken;
    uint32_t at = 0;
    for (const struct core_account *a; (a = tab_next(&k->d->accounts, &at)) != NULL;)
        broken += take(a->row.name, &c) && c.broken;
    desk_points_rates(k->d);
    return broken;
}

static void assert_num(qf_money got, const char *want)
{
    char text[QF_DEC_TEXT];
    qf_dec_format(got, QF_SCALE, text);
    assert_string_equal(text, want);
}

static void each_term_is_named(void **state)
{
    (void)state;
    struct equity_change c;
    assert_false(take("desk", &c)); /* nothing to compare with */
    desk_points_rates(k->d);
    kit_book(k, "desk", QF_SIDE_BUY, "1000", "AAPL", "100", "10");
    kit_book(k, "desk", QF_SIDE_SELL, "400", "AAPL", "101", "4");
    kit_cash(k, "desk", "USD", "500");
    kit_price(k, "AAPL", "110", "110");
    assert_true(take("desk", &c));
    assert_num(c.equity, "6886");
    assert_num(c.realized, "400");
    assert_num(c.unrealized, "6000");
    assert_num(c.fees, "14");
    assert_num(c.flows, "500");
    assert_num(c.rates, "0");
    assert_num(c.gap, "0");
    assert_num(c.rounding, "0"); /* one currency: exact */
    assert_false(c.broken);
    assert_true(take("desk", &c));
    assert_num(c.equity, "0");
}

static void what_a_rate_does_is_a_term_of_its_own(void **state)
{
    (void)state;
    struct equity_change c;
    kit_cash(k, "desk", "EUR", "1000");
    assert_int_equal(take_all(), 0);
    kit_rate(k, "EUR", "1.20", NULL);
    kit_cash(k, "desk", "USD", "7");
    assert_true(take("desk", &c));
    assert_num(c.equity, "107");
    assert_num(c.rates, "100");
    assert_num(c.flows, "7");
    assert_num(c.gap, "0");
    assert_false(c.broken);
    assert_true(take("", &c));
    assert_num(c.rates, "100");
    assert_num(c.flows, "7");
    assert_false(c.broken);
}

static void a_break_is_told_once(void **state)
{
    (void)state;
    struct equity_change c;
    assert_int_equal(take_all(), 0);
    struct core_cash *cash = tab_at(&k->d->cash, desk_account(k->d, "desk")->first_cash);
    cash->row.balance += 300;
    k->d->currencies[0].cash += 300;
    assert_true(take("desk", &c));
    assert_true(c.broken);
    assert_true(c.gap == 300);
    assert_true(take("", &c));
    assert_true(c.broken && c.gap == 300);
    assert_int_equal(take_all(), 0); /* the next change is counted from there */
}

static void the_first_point_after_loading_is_held_against_the_stored_one(void **state)
{
    (void)state;
    struct equity_change c;
    struct qf_equity row;
    desk_equity_row(k->d, desk_account(k->d, "desk"), k->wall, &row);
    row.at -= QF_MIN;
    assert_int_equal(desk_load(k->d, QF_TABLE_equity, &row), QF_OK);
    assert_false(k->d->points->has_rates);
    struct core_cash *cash = tab_at(&k->d->cash, desk_account(k->d, "desk")->first_cash);
    cash->row.balance -= 5;
    assert_true(take("desk", &c));
    assert_true(c.broken && c.gap == -5);
    row.equity = QF_MONEY_MAX + 1; /* a stored row is not trusted */
    row.at += QF_HOUR;
    assert_int_equal(desk_load(k->d, QF_TABLE_equity, &row), QF_ERANGE);
}

static void nothing_is_said_of_incomplete_points(void **state)
{
    (void)state;
    struct equity_change c;
    kit_instrument(k, "NEW", "", "USD", "0.01", "1", 1, false);
    assert_int_equal(take_all(), 0);
    kit_book(k, "desk", QF_SIDE_BUY, "10", "NEW", "5", "0");
    assert_false(take("desk", &c));
    kit_price(k, "NEW", "6", "6");
    assert_false(take("desk", &c)); /* the one before was */
    assert_true(take("desk", &c));
}

/* Whatever happens, in whatever currencies: no point breaks, and without conversions not one unit is lost. */
static void it_holds_whatever_happens(void **state)
{
    (void)state;
    static const char *const accounts[] = { "desk", "alpha", "beta", "gamma" }, *const symbols[] = { "AAPL", "NVDA", "JPM", "ES", "SAP", "BTC" };
    uint64_t seed = 99;
    char quantity[40], price[40], fee[40];
    struct equity_change c;
    assert_int_equal(take_all(), 0);
    for (int round = 0; round < 4000; round++) {
        const char *account = accounts[chance_below(&seed, 4)], *symbol = symbols[chance_below(&seed, 6)];
        bool btc = strcmp(symbol, "BTC") == 0;
        qf_dec_format((qf_i128)(1 + chance_below(&seed, 1000)) * (btc ? 1234567 : QF_ONE), QF_SCALE, quantity);
        qf_dec_format((qf_i128)(5000 + chance_below(&seed, 20000)) * 1000000 + (btc ? 7 : 0), QF_SCALE, price);
        qf_dec_format((qf_i128)chance_below(&seed, 500000000), QF_SCALE, fee);
        kit_book(k, account, chance_below(&seed, 2) ? QF_SIDE_BUY : QF_SIDE_SELL, quantity, symbol, price, fee);
        kit_price(k, symbol, price, price);
        if (chance_below(&seed, 10) == 0)
            kit_cash(k, account, chance_below(&seed, 3) ? "USD" : "EUR", fee);
        if (chance_below(&seed, 20) == 0) {
            qf_dec_format((qf_i128)(100000000 + chance_below(&seed, 30000000)), QF_SCALE, price);
            kit_rate(k, "EUR", price, NULL);
        }
        kit_wait(k, QF_SEC);
        if (round % 7 == 0)
            assert_int_equal(take_all(), 0);
        if (round % 50 == 0)
            kit_commit(k);
    }
    kit_book(k, "desk", QF_SIDE_BUY, "1", "JPM", "210.33333333", "0.00000001");
    assert_true(take("desk", &c));
    assert_true(qf_abs128(c.gap) <= c.rounding);
    assert_true(c.rounding < 1000); /* a hundred-thousandth of a cent: a real break is not taken for rounding */
}

/* --- periods */

static void point(int year, int month, int day, int hour, const char *equity, const char *flows)
{
    struct qf_equity e = { .at = qf_time_from_civil(year, month, day) + hour * QF_HOUR, .equity = num(equity), .flows = num(flows) };
    qf_rec_fill(&qf_rec_equity, &e);
    desk_clock(k->d, e.at);
    desk_equity_taken(k->d, &e);
}

static void a_month_begins_with_the_last_close_of_the_one_before(void **state)
{
    (void)state;
    qf_money v;
    point(2027, 1, 30, 12, "100", "0");
    assert_false(points_month_start(k->d, &v)); /* nothing is known of December */
    point(2027, 1, 31, 12, "110", "0");
    point(2027, 2, 1, 0, "115", "0"); /* the close of the last of January */
    assert_true(points_month_start(k->d, &v));
    assert_num(v, "115");
    assert_num(k->d->day_open_equity, "115");
    point(2027, 2, 3, 9, "140", "20");
    assert_true(points_month_start(k->d, &v));
    assert_num(v, "115");
    assert_false(points_year_start(k->d, &v));
    point(2027, 3, 5, 9, "150", "20"); /* no close at the border: the last point before it */
    assert_true(points_month_start(k->d, &v));
    assert_num(v, "120");
    point(2027, 12, 31, 23, "200", "20");
    point(2028, 1, 1, 0, "210", "20");
    assert_true(points_year_start(k->d, &v));
    assert_num(v, "190");
    desk_clock(k->d, qf_time_from_civil(2028, 2, 1) + QF_HOUR); /* a new month, and no point of it yet */
    assert_true(points_month_start(k->d, &v));
    assert_num(v, "190");
}

static void the_first_line_says_month_and_year(void **state)
{
    (void)state;
    struct qf_desk_status s;
    struct qf_equity e;
    desk_equity_row(k->d, NULL, k->wall, &e);
    desk_equity_taken(k->d, &e);
    desk_status_row(k->d, &s);
    assert_false(QF_HAS(&s, desk_status, month_pnl) || QF_HAS(&s, desk_status, year_pnl));
    desk_set_periods(k->d, true, num("-1000"), true, num("2000"));
    kit_book(k, "desk", QF_SIDE_BUY, "100", "AAPL", "100", "0");
    kit_price(k, "AAPL", "110", "110");
    desk_status_row(k->d, &s);
    assert_true(QF_HAS(&s, desk_status, month_pnl) && QF_HAS(&s, desk_status, year_start));
    assert_num(s.month_pnl, "2000");
    assert_true(s.month_start == s.equity - s.month_pnl);
    assert_num(s.year_pnl, "-1000");
    desk_set_periods(k->d, false, 5, false, 5);
    desk_status_row(k->d, &s);
    assert_false(QF_HAS(&s, desk_status, month_pnl));
}

static void a_new_desk_takes_over_what_the_old_one_knew(void **state)
{
    (void)state;
    struct kit *next = kit_new();
    qf_money v;
    point(2027, 1, 30, 12, "100", "0");
    point(2027, 2, 1, 0, "115", "0");
    assert_int_equal(take_all(), 0);
    desk_inherit(next->d, k->d);
    assert_true(points_month_start(next->d, &v));
    assert_num(v, "115");
    assert_int_equal(next->d->points->firm.at, k->d->points->firm.at);
    assert_int_equal(next->d->points->accounts[tab_slot(&next->d->accounts, desk_account(next->d, "beta"))].at, k->d->points->firm.at);
    kit_free(next);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_term_is_named),
        TEST(what_a_rate_does_is_a_term_of_its_own),
        TEST(a_break_is_told_once),
        TEST(the_first_point_after_loading_is_held_against_the_stored_one),
        TEST(nothing_is_said_of_incomplete_points),
        TEST(it_holds_whatever_happens),
        TEST(a_month_begins_with_the_last_close_of_the_one_before),
        TEST(the_first_line_says_month_and_year),
        TEST(a_new_desk_takes_over_what_the_old_one_knew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
