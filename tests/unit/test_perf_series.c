/* What one book did, from rows as the database gives them: books added up, currencies, points left out, a day that goes on, symbols. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/performance_in.h"

#define DAY(n) ((qf_time)(19000 + (n)) * QF_DAY) /* the end of day n - 1 */

static struct qf_arena arena;
static struct perf_account accounts[2];
static struct perf_symbol symbols[1];
static struct perf_rate rates[1];
static struct perf_desk desk;
static struct qf_refusal refusal;
static struct perf w;
static struct perf_list points;

static int begin(void **state)
{
    (void)state;
    qf_arena_init(&arena, 16 * 1024 * 1024);
    memset(accounts, 0, sizeof accounts);
    memset(symbols, 0, sizeof symbols);
    qf_str_copy(accounts[0].name, sizeof accounts[0].name, "us");
    qf_str_copy(accounts[0].currency, sizeof accounts[0].currency, "USD");
    qf_str_copy(accounts[1].name, sizeof accounts[1].name, "eu");
    qf_str_copy(accounts[1].currency, sizeof accounts[1].currency, "EUR");
    qf_str_copy(accounts[0].strategy, sizeof accounts[0].strategy, "both");
    qf_str_copy(accounts[1].strategy, sizeof accounts[1].strategy, "both");
    symbols[0] = (struct perf_symbol){ .name = "AAA", .currency = "USD", .multiplier = 10, .priced = true, .price = 12 * QF_ONE };
    rates[0] = (struct perf_rate){ .currency = "EUR", .now = 110000000 };
    desk = (struct perf_desk){ .base = "USD", .now = DAY(5) + QF_HOUR, .accounts = accounts, .symbols = symbols, .rates = rates,
                               .account_n = 2, .symbol_n = 1, .rate_n = 1 };
    refusal = (struct qf_refusal){ .reason = 0 };
    w = (struct perf){ .desk = &desk, .arena = &arena, .refusal = &refusal, .scope = QF_SCOPE_STRATEGY, .name = "both", .currency = "USD" };
    points = (struct perf_list){ .p = NULL };
    return 0;
}

static int end(void **state)
{
    (void)state;
    qf_arena_release(&arena);
    return 0;
}

static void point(uint32_t account, qf_time at, int64_t equity, int64_t flows, bool incomplete)
{
    struct perf_row *p = perf_more(&arena, &points, sizeof *p);
    assert_non_null(p);
    *p = (struct perf_row){ at, (qf_money)equity * QF_ONE, (qf_money)flows * QF_ONE, 0, account, incomplete };
}

static struct perf_series take(bool firm)
{
    struct perf_series s;
    const bool *members = firm ? NULL : perf_members(&w, QF_SCOPE_STRATEGY, "both");
    assert_true(perf_book_series(&w, &points, members, &s));
    return s;
}

static void same(double got, double want)
{
    if (!(fabs(got - want) < 1e-12))
        fail_msg("%.15g is not %.15g", got, want);
}

static void books_are_added_up_in_the_base_currency(void **state)
{
    (void)state;
    point(0, DAY(1), 1000, 1000, false);
    point(0, DAY(2), 1100, 1000, false);
    point(0, DAY(3), 1100, 1000, false);
    point(1, DAY(2), 500, 500, false); /* opened a day later: its money is a flow */
    point(1, DAY(3), 600, 500, false);
    struct perf_series s = take(false);
    assert_int_equal(s.n, 3);
    assert_true(s.equity[1] == (qf_money)1650 * QF_ONE);
    assert_true(s.flow[1] == (qf_money)550 * QF_ONE);
    same(s.r[0], 1650.0 / 1550 - 1);
    same(s.r[1], 1760.0 / 1650 - 1);
    assert_false(s.now);
    assert_false(w.incomplete);
}

static void without_a_rate_a_day_is_left_out_and_said(void **state)
{
    (void)state;
    rates[0].now = -1;
    point(0, DAY(1), 1000, 1000, false);
    point(0, DAY(2), 1100, 1000, false);
    point(1, DAY(2), 500, 500, false);
    struct perf_series s = take(false);
    assert_int_equal(s.n, 1);
    assert_true(w.incomplete);
    assert_non_null(strstr(w.missing, "no rate of EUR"));
}

static void flows_of_a_day_that_is_left_out_are_not_lost(void **state)
{
    (void)state;
    point(PERF_FIRM, DAY(1), 1000, 1000, false);
    point(PERF_FIRM, DAY(2), 5, 1500, true);
    point(PERF_FIRM, DAY(3), 1650, 1500, false);
    struct perf_series s = take(true);
    assert_int_equal(s.n, 2);
    assert_true(s.flow[1] == (qf_money)500 * QF_ONE);
    same(s.r[0], 0.1);
    assert_true(w.incomplete);
}

static void the_last_point_of_a_day_is_its_close(void **state)
{
    (void)state;
    point(PERF_FIRM, DAY(1) - QF_HOUR, 900, 900, false); /* the daemon was not there at midnight */
    point(PERF_FIRM, DAY(2), 990, 900, false);
    point(PERF_FIRM, DAY(3), 990, 900, false);
    struct perf_series s = take(true);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.day[0], 19000);
    assert_int_equal(s.day[1], 19001);
    same(s.r[0], 0.1);
}

static void a_day_that_goes_on_is_no_close(void **state)
{
    (void)state;
    point(PERF_FIRM, DAY(4), 1000, 1000, false);
    point(PERF_FIRM, DAY(5), 1100, 1000, false);
    point(PERF_FIRM, DAY(5) + QF_MIN, 2000, 1500, false);
    struct perf_series s = take(true);
    assert_int_equal(s.n, 2);
    assert_true(s.now && s.now_at == DAY(5) + QF_MIN); /* no price since the start: as it was stored */
    same(s.now_r, 2000.0 / 1600 - 1);
    desk.live = true;
    desk.firm = (struct qf_equity){ .equity = (qf_money)1760 * QF_ONE, .flows = (qf_money)1600 * QF_ONE };
    s = take(true);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.now_at, desk.now);
    assert_true(s.now_flow == (qf_money)600 * QF_ONE);
    same(s.now_r, 1760.0 / 1700 - 1);
    w.to = DAY(5) + QF_MIN; /* as it stood then: stored rows alone */
    s = take(true);
    assert_true(s.now && s.now_at == DAY(5) + QF_MIN && s.now_equity == (qf_money)2000 * QF_ONE);
    desk.firm.incomplete = true;
    w.to = 0;
    s = take(true);
    assert_true(w.incomplete);
}

/* --- capital of its own */

static void held(int64_t gross)
{
    ((struct perf_row *)points.p)[points.n - 1].gross = (qf_money)gross * QF_ONE;
}

/* No return, no Sharpe ratio, no fall, but what was earned; each with the reason. */
static void nothing_of_returns_is_defined(const struct perf_series *s)
{
    struct qf_performance out = { .has = 0 };
    const double profits[] = { 30, -10 }, days[] = { 1, 1 };
    int seen = 0;
    assert_true(s->unfunded);
    const struct sheet_in in = { .day = s->day, .at = s->at, .equity = s->equity, .r = s->r, .n = s->n - 1, .now = s->now, .now_at = s->now_at,
                                 .now_equity = s->now_equity, .now_r = s->now_r, .daily = true, .periods = 252, .window = 2, .has_trades = true,
                                 .profits = profits, .days = days, .trades = 2, .span = 3, .capital = (double)NAN, .undefined = PERF_UNFUNDED };
    assert_true(sheet_fill(&in, &arena, &out));
    for (uint32_t i = 0; i < out.metrics_n; i++) {
        const struct qf_metric_row *m = &out.metrics[i];
        if (qf_str_eq(m->metric, "win_rate") || qf_str_eq(m->metric, "expectancy"))
            assert_true(QF_HAS(m, metric_row, value));
        if (qf_str_eq(m->metric, "sharpe_ratio") || qf_str_eq(m->metric, "max_drawdown") || qf_str_eq(m->metric, "total_return") ||
            qf_str_eq(m->metric, "annual_volatility") || qf_str_eq(m->metric, "equity_drawdown[share]")) {
            assert_false(QF_HAS(m, metric_row, value));
            assert_string_equal(m->reason, PERF_UNFUNDED);
            seen++;
        }
    }
    assert_int_equal(seen, 5);
    assert_int_equal(out.drawdowns_n, 0);
    for (uint32_t i = 0; i < out.points_n; i++)
        assert_true(QF_HAS(&out.points[i], perf_point, equity) && !QF_HAS(&out.points[i], perf_point, level) &&
                    !QF_HAS(&out.points[i], perf_point, drawdown));
    for (size_t i = 0; i + 1 < s->n; i++)
        assert_true(isnan(s->r[i]));
}

static void without_deposits_there_are_no_returns(void **state)
{
    (void)state;
    point(0, DAY(1), 10, 0, false);
    point(0, DAY(2), 367, 0, false); /* would be 3570 % */
    point(0, DAY(3), -300, 0, false);
    struct perf_series s = take(false);
    nothing_of_returns_is_defined(&s);
}

static void a_base_of_nothing_has_no_return(void **state)
{
    (void)state;
    point(0, DAY(1), 1000, 1000, false);
    point(0, DAY(2), 0, 0, false); /* all of it was taken out, and trading went on */
    point(0, DAY(3), 50, 0, false);
    struct perf_series s = take(false);
    nothing_of_returns_is_defined(&s);
}

static void a_base_below_a_hundredth_of_what_is_held_has_no_return(void **state)
{
    (void)state;
    point(0, DAY(1), 1000, 1000, false);
    point(0, DAY(2), 1500, 1000, false);
    held(100000);
    struct perf_series s = take(false);
    assert_false(s.unfunded); /* just 1 % */
    same(s.r[0], 0.5);
    held(100101);
    s = take(false);
    nothing_of_returns_is_defined(&s);
    held(0);
    desk.live = true;
    accounts[0].now = (struct qf_equity){ .equity = (qf_money)1600 * QF_ONE, .flows = (qf_money)1000 * QF_ONE, .gross = (qf_money)200000 * QF_ONE };
    s = take(false);
    assert_true(s.now && isnan(s.now_r));
    nothing_of_returns_is_defined(&s);
}

static void an_account_that_waits_for_its_money_has_capital(void **state)
{
    (void)state;
    point(0, DAY(1), 0, 0, false);
    point(0, DAY(2), 0, 0, false);
    point(0, DAY(3), 1100, 1000, false);
    struct perf_series s = take(false);
    assert_false(s.unfunded);
    assert_true(isnan(s.r[0]));
    same(s.r[1], 0.1);
}

/* --- currencies whose rate moves */

static void price(int32_t day, int64_t close);

static void rate_is_price_of_aaa(void)
{
    rates[0] = (struct perf_rate){ .currency = "EUR", .symbol = "AAA", .now = QF_ONE };
}

static void what_rates_do_to_money_of_the_firm_is_no_flow(void **state)
{
    (void)state;
    rate_is_price_of_aaa();
    price(19000, 2);
    price(19001, 1);
    point(PERF_FIRM, DAY(1), 2000, 2000, false); /* 1,000 USD, 500 EUR at 2 */
    point(PERF_FIRM, DAY(2), 1500, 1500, false); /* as it is stored: at the rate of now */
    point(PERF_FIRM, DAY(3), 1600, 1600, false);
    point(0, DAY(1), 1000, 1000, false);
    point(0, DAY(2), 1000, 1000, false);
    point(0, DAY(3), 1000, 1000, false);
    point(1, DAY(1), 500, 500, false);
    point(1, DAY(2), 500, 500, false);
    point(1, DAY(3), 600, 600, false);
    desk.live = true;
    desk.now = DAY(3) + QF_HOUR;
    desk.firm = (struct qf_equity){ .equity = (qf_money)1700 * QF_ONE, .flows = (qf_money)1650 * QF_ONE };
    accounts[0].now = (struct qf_equity){ .equity = (qf_money)1050 * QF_ONE, .flows = (qf_money)1050 * QF_ONE };
    accounts[1].now = (struct qf_equity){ .equity = (qf_money)650 * QF_ONE, .flows = (qf_money)600 * QF_ONE };
    struct perf_series firm = take(true), sum = take(false);
    assert_int_equal(firm.n, 3);
    assert_true(firm.flow[1] == 0);
    same(firm.r[0], 1500.0 / 2000 - 1);
    assert_true(firm.flow[2] == (qf_money)100 * QF_ONE);
    same(firm.r[1], 0);
    assert_true(firm.now && firm.now_flow == (qf_money)50 * QF_ONE);
    same(firm.now_r, 1700.0 / 1650 - 1);
    for (int i = 0; i < 2; i++)
        same(firm.r[i], sum.r[i]); /* its accounts together say the same */
    same(firm.now_r, sum.now_r);
}

static void accounts_alone_make_no_close_of_the_firm(void **state)
{
    (void)state;
    point(PERF_FIRM, DAY(2), 1600, 1600, false);
    point(PERF_FIRM, DAY(3), 1760, 1600, false);
    point(1, DAY(1), 500, 500, false);
    point(1, DAY(2), 500, 500, false);
    point(1, DAY(3), 500, 500, false);
    struct perf_series s = take(true);
    assert_int_equal(s.n, 2);
    same(s.r[0], 0.1);
    assert_false(w.incomplete);
}

static void flows_of_a_day_without_a_rate_are_not_lost(void **state)
{
    (void)state;
    rate_is_price_of_aaa();
    price(19000, 2);
    price(19020, 2);
    point(1, DAY(1), 500, 500, false);
    point(1, DAY(12), 700, 700, false); /* no close of the rate within a week */
    point(1, DAY(21), 700, 700, false);
    struct perf_series s = take(false);
    assert_int_equal(s.n, 2);
    assert_true(s.flow[1] == (qf_money)400 * QF_ONE);
    same(s.r[0], 0);
    assert_true(w.incomplete);
}

/* --- symbols */

static void price(int32_t day, int64_t close)
{
    struct perf_prices *p = w.prices.n ? w.prices.p : perf_more(&arena, &w.prices, sizeof *p);
    assert_non_null(p);
    qf_str_copy(p->name, sizeof p->name, "AAA");
    struct perf_price *row = perf_more(&arena, &p->rows, sizeof *row);
    assert_non_null(row);
    *row = (struct perf_price){ day, close * QF_ONE };
}

static struct qf_perf_traded traded(int32_t day, int64_t quantity, int64_t at)
{
    qf_money value = (qf_money)quantity * at * 10 * QF_ONE, size = value < 0 ? -value : value;
    return (struct qf_perf_traded){ .symbol = "AAA", .currency = "USD", .day = (qf_time)day * QF_DAY, .fills = 1,
                                    .quantity = (qf_money)quantity * QF_ONE, .amount = -value, .fees = QF_ONE,
                                    .bought = quantity > 0 ? size : 0, .sold = quantity < 0 ? size : 0 };
}

static void a_symbol_is_its_fills_and_its_closes(void **state)
{
    (void)state;
    struct perf_series s;
    const struct qf_perf_traded fills[] = { traded(19001, 100, 9), traded(19003, -100, 13) };
    price(19000, 8);
    price(19001, 10);
    price(19002, 11);
    price(19003, 99); /* flat by then */
    desk.now = DAY(4);
    assert_true(perf_symbol_series(&w, "AAA", fills, 2, &s));
    assert_int_equal(s.n, 4);
    assert_int_equal(s.day[0], 19000); /* nothing was made before the first fill */
    assert_true(s.equity[1] == (qf_money)(1000 - 1) * QF_ONE); /* 100 x 10 x (10 - 9), fee 1 */
    assert_true(s.equity[2] == (qf_money)(2000 - 1) * QF_ONE);
    assert_true(s.equity[3] == (qf_money)(4000 - 2) * QF_ONE);
    same(s.r[0], 999.0 / 10000);  /* on 10,000 held at the close */
    same(s.r[1], 1000.0 / 11000);
    same(s.r[2], 1999.0 / 13000); /* on what was sold */
    assert_false(w.incomplete);
}

static void a_missing_close_is_made_up_by_the_next_one(void **state)
{
    (void)state;
    struct perf_series s;
    const struct qf_perf_traded fills[] = { traded(19001, 100, 9), traded(19002, 100, 10) };
    price(19001, 10);
    price(19003, 12);
    desk.now = DAY(4);
    assert_true(perf_symbol_series(&w, "AAA", fills, 2, &s));
    assert_int_equal(s.n, 3); /* before, day 1, day 3 */
    assert_true(s.equity[2] == (qf_money)(3000 + 2000 - 2) * QF_ONE);
    assert_true(w.incomplete);
    assert_non_null(strstr(w.missing, "no daily close of AAA"));
    w.from = DAY(2);
    assert_true(perf_symbol_series(&w, "AAA", fills, 2, &s));
    assert_int_equal(s.n, 2);
    assert_int_equal(s.at[0], DAY(2));
}

static void a_range_goes_back_in_months(void **state)
{
    (void)state;
    const qf_time now = qf_time_from_civil(2024, 3, 31) + 14 * QF_HOUR;
    assert_int_equal(perf_range_start(QF_RANGE_ALL, now), 0);
    assert_int_equal(perf_range_start(QF_RANGE_D1, now), qf_time_from_civil(2024, 3, 31));
    assert_int_equal(perf_range_start(QF_RANGE_D1, qf_time_from_civil(2024, 3, 31)), qf_time_from_civil(2024, 3, 30));
    assert_int_equal(perf_range_start(QF_RANGE_W1, now), now - 7 * QF_DAY);
    assert_int_equal(perf_range_start(QF_RANGE_M1, now), qf_time_from_civil(2024, 3, 1)); /* the end of February */
    assert_int_equal(perf_range_start(QF_RANGE_M3, now), qf_time_from_civil(2023, 12, 31) + 14 * QF_HOUR);
    assert_int_equal(perf_range_start(QF_RANGE_Y1, now), qf_time_from_civil(2023, 3, 31) + 14 * QF_HOUR);
    assert_int_equal(perf_range_start(QF_RANGE_YTD, now), qf_time_from_civil(2024, 1, 1));
    assert_int_equal(perf_range_start(QF_RANGE_YTD, qf_time_from_civil(2024, 1, 1)), qf_time_from_civil(2023, 1, 1));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(books_are_added_up_in_the_base_currency),
        TEST(without_a_rate_a_day_is_left_out_and_said),
        TEST(flows_of_a_day_that_is_left_out_are_not_lost),
        TEST(the_last_point_of_a_day_is_its_close),
        TEST(a_day_that_goes_on_is_no_close),
        TEST(without_deposits_there_are_no_returns),
        TEST(a_base_of_nothing_has_no_return),
        TEST(a_base_below_a_hundredth_of_what_is_held_has_no_return),
        TEST(an_account_that_waits_for_its_money_has_capital),
        TEST(what_rates_do_to_money_of_the_firm_is_no_flow),
        TEST(accounts_alone_make_no_close_of_the_firm),
        TEST(flows_of_a_day_without_a_rate_are_not_lost),
        TEST(a_symbol_is_its_fills_and_its_closes),
        TEST(a_missing_close_is_made_up_by_the_next_one),
        TEST(a_range_goes_back_in_months),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
