/* What the gate says about what would be held: POSITION, GROSS_EXPOSURE, CASH, and what only closes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define BUY QF_SIDE_BUY
#define SELL QF_SIDE_SELL
#define PASS (-1)
#define assert_num(got, text) assert_true((got) == num(text))

static struct kit *k;

static int setup(void **state)
{
    (void)state;
    k = kit_new();
    kit_prices(k);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_free(k);
    return 0;
}

static int ask(enum qf_side side, const char *quantity, const char *symbol, const char *price)
{
    return kit_ask(k, &k->bo, "desk", side, quantity, symbol, price);
}

static struct qf_limit limit_row(enum qf_scope scope, const char *name, enum qf_control_code control)
{
    struct qf_limit like = { .scope = (int32_t)scope, .control = (int32_t)control }, ret;
    qf_str_copy(like.name, sizeof(like.name), name);
    const struct qf_limit *l = tab_find(&k->d->limits, &like);
    assert_non_null(l);
    desk_limit_row(k->d, l, &ret);
    return ret;
}

/* Working orders count at their worst on either side; what brings the sum back passes whatever it is. */
static void net_exposure_takes_each_side_at_its_worst(void **state)
{
    (void)state;
    kit_price(k, "AAPL", "100", "100");
    kit_price(k, "NVDA", "100", "100");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE, "10000");
    kit_book(k, "desk", BUY, "60", "AAPL", "100", "0");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "30", "NVDA", "99") > 0); /* up to 9,000 */
    assert_num(limit_row(QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE).used, "9000");
    assert_int_equal(ask(BUY, "10", "AAPL", NULL), PASS);
    assert_int_equal(ask(BUY, "11", "AAPL", NULL), QF_CTL_NET_EXPOSURE);
    assert_num(k->refusal.used, "9000");
    assert_num(k->refusal.after, "10100");
    assert_num(k->refusal.largest, "10");
    assert_int_equal(ask(SELL, "160", "NVDA", NULL), PASS); /* 6,000 - 16,000 */
    assert_int_equal(ask(SELL, "161", "NVDA", NULL), QF_CTL_NET_EXPOSURE);
    kit_book(k, "gamma", SELL, "300", "JPM", "210", "0"); /* -63,003 at the middle: far below */
    assert_num(limit_row(QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE).used, "57003");
    assert_int_equal(ask(SELL, "1", "NVDA", NULL), QF_CTL_NET_EXPOSURE);
    assert_int_equal(ask(SELL, "60", "AAPL", NULL), PASS); /* closes only */
    assert_int_equal(ask(BUY, "400", "NVDA", NULL), PASS); /* towards zero */
    kit_check_sums(k);
}

static void value_at_risk_above_its_limit_lets_only_what_closes_through(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D, "500000");
    kit_book(k, "desk", BUY, "60", "AAPL", "100", "0");
    assert_false(QF_HAS(&(struct qf_limit){ .has = limit_row(QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D).has }, limit, used));
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), PASS); /* no run yet */
    k->d->has_var = true;
    k->d->var_99 = num("500000");
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), PASS);
    k->d->var_99 = num("500000.01");
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_VAR_99_1D);
    assert_string_equal(k->refusal.message, "firm value at risk is 500,000.01");
    assert_int_equal(ask(SELL, "60", "AAPL", NULL), PASS);
    assert_int_equal(ask(SELL, "61", "AAPL", NULL), QF_CTL_VAR_99_1D);
    assert_num(limit_row(QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D).used, "500000.01");
    assert_int_equal(limit_row(QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D).used_bp, 10000);
}

/* A sum without the positions that have no price says so, in the groups they are in and no other. */
static void a_limit_says_when_its_figure_is_incomplete(void **state)
{
    (void)state;
    kit_instrument(k, "NEW", "Tech", "USD", "0.01", "1", 1, false);
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "1000000");
    kit_limit(k, QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE, "1000000");
    kit_limit(k, QF_SCOPE_SECTOR, "Bank", QF_CTL_NET_EXPOSURE, "1000000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_POSITION, "1000000");
    assert_false(limit_row(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE).incomplete);
    kit_book(k, "desk", BUY, "60", "NEW", "100", "0");
    assert_true(limit_row(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE).incomplete);
    assert_true(limit_row(QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE).incomplete);
    assert_false(limit_row(QF_SCOPE_SECTOR, "Bank", QF_CTL_NET_EXPOSURE).incomplete);
    assert_false(limit_row(QF_SCOPE_FIRM, "", QF_CTL_POSITION).incomplete);
    kit_price(k, "NEW", "100", "100");
    assert_false(limit_row(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE).incomplete);
    assert_false(limit_row(QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE).incomplete);
    kit_check_sums(k);
}

static void position_of_an_account(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_ACCOUNT, "desk", QF_CTL_POSITION, "100");
    kit_book(k, "desk", BUY, "60", "AAPL", "100", "0");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "30", "AAPL", "99") > 0);
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), PASS);
    assert_int_equal(ask(BUY, "11", "AAPL", "99"), QF_CTL_POSITION);
    assert_num(k->refusal.used, "90");
    assert_num(k->refusal.after, "101");
    assert_num(k->refusal.largest, "10");
    assert_int_equal(ask(SELL, "160", "AAPL", NULL), PASS);
    assert_int_equal(ask(SELL, "161", "AAPL", NULL), QF_CTL_POSITION); /* to -101 */
    assert_int_equal(ask(BUY, "100", "NVDA", NULL), PASS); /* per symbol */
}

/* Symbol and firm see the symbol over all accounts, trader and strategy over theirs. */
static void position_over_accounts(void **state)
{
    (void)state;
    kit_book(k, "desk", BUY, "50", "AAPL", "100", "0");
    kit_book(k, "alpha", BUY, "20", "AAPL", "100", "0");
    kit_book(k, "beta", BUY, "10", "AAPL", "100", "0");
    kit_limit(k, QF_SCOPE_SYMBOL, "AAPL", QF_CTL_POSITION, "100");
    assert_int_equal(ask(BUY, "20", "AAPL", NULL), PASS);
    assert_int_equal(ask(BUY, "21", "AAPL", NULL), QF_CTL_POSITION);
    assert_string_equal(k->refusal.scope, "symbol AAPL");
    assert_num(k->refusal.used, "80");
    kit_limit(k, QF_SCOPE_TRADER, "bo", QF_CTL_POSITION, "80");
    assert_int_equal(ask(BUY, "11", "AAPL", NULL), QF_CTL_POSITION);
    assert_string_equal(k->refusal.scope, "trader bo");
    assert_num(k->refusal.used, "70");
    kit_limit(k, QF_SCOPE_STRATEGY, "*", QF_CTL_POSITION, "31");
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "2", "AAPL", NULL), QF_CTL_POSITION);
    assert_string_equal(k->refusal.scope, "strategy mom");
    assert_num(k->refusal.used, "30");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_POSITION, "85");
    assert_int_equal(ask(BUY, "6", "AAPL", NULL), QF_CTL_POSITION);
    assert_int_equal(ask(BUY, "85", "NVDA", NULL), QF_CTL_POSITION); /* bo's own 80 */
    assert_string_equal(k->refusal.scope, "trader bo");
}

/* What only closes is never refused by limits, however far above them the desk is. */
static void closing_is_never_refused_by_limits(void **state)
{
    (void)state;
    kit_book(k, "desk", SELL, "20000", "AAPL", "100", "0"); /* brings 2,000,000 in, so 3,000,000 are there */
    kit_price(k, "AAPL", "200", "200.02");                  /* and 4,000,400 are needed to close */
    kit_limit(k, QF_SCOPE_ACCOUNT, "desk", QF_CTL_POSITION, "5");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "5");
    assert_int_equal(ask(BUY, "20000", "AAPL", NULL), PASS);
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), PASS); /* far above all three still */
    assert_int_equal(ask(BUY, "20006", "AAPL", NULL), QF_CTL_POSITION); /* through zero it is a new position */
    assert_int_equal(ask(BUY, "20001", "AAPL", NULL), QF_CTL_GROSS_EXPOSURE);
    assert_int_equal(ask(SELL, "1", "AAPL", NULL), QF_CTL_POSITION);
}

static void gross_exposure_counts_working_orders(void **state)
{
    (void)state;
    kit_price(k, "AAPL", "100", "100");
    kit_price(k, "NVDA", "120", "120");
    kit_book(k, "desk", BUY, "100", "AAPL", "100", "0");
    kit_book(k, "beta", SELL, "100", "NVDA", "120", "0");
    kit_limit(k, QF_SCOPE_SECTOR, "Tech", QF_CTL_GROSS_EXPOSURE, "30000");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "50", "AAPL", "90") > 0); /* at the mark of 100, not at 90 */
    assert_int_equal(ask(BUY, "30", "AAPL", "90"), PASS);
    assert_int_equal(ask(BUY, "31", "AAPL", "90"), QF_CTL_GROSS_EXPOSURE);
    assert_string_equal(k->refusal.scope, "sector Tech");
    assert_num(k->refusal.used, "27000");
    assert_num(k->refusal.after, "30100");
    assert_num(k->refusal.largest, "30");
    assert_string_equal(k->refusal.message, "sector Tech gross would be 30,100.00");
    assert_int_equal(ask(BUY, "100", "JPM", NULL), PASS);
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "40000");
    assert_int_equal(ask(BUY, "100", "JPM", NULL), QF_CTL_GROSS_EXPOSURE);
    assert_string_equal(k->refusal.scope, "firm");
}

/* A sale against a long position does not add to the worst case until it passes through to the other side. */
static void gross_exposure_takes_the_worse_side(void **state)
{
    (void)state;
    kit_price(k, "AAPL", "100", "100");
    kit_book(k, "desk", BUY, "100", "AAPL", "100", "0");
    kit_limit(k, QF_SCOPE_ACCOUNT, "desk", QF_CTL_GROSS_EXPOSURE, "10000");
    assert_int_equal(ask(SELL, "200", "AAPL", NULL), PASS);
    assert_int_equal(ask(SELL, "201", "AAPL", NULL), QF_CTL_GROSS_EXPOSURE);
}

static void cash_must_cover_buys_and_their_fees(void **state)
{
    (void)state;
    assert_int_equal(ask(BUY, "10000", "AAPL", "100"), QF_CTL_CASH); /* 1,000,000 and 100 of fee */
    assert_num(k->refusal.used, "0");
    assert_num(k->refusal.after, "1000100");
    assert_num(k->refusal.limit, "1000000");
    assert_num(k->refusal.largest, "9999");
    assert_string_equal(k->refusal.scope, "account desk");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "5000", "AAPL", "100") > 0);
    assert_int_equal(ask(BUY, "5000", "AAPL", "100"), QF_CTL_CASH);
    assert_num(k->refusal.used, "500050");
    assert_int_equal(ask(SELL, "100000", "AAPL", NULL), PASS);
    assert_int_equal(ask(BUY, "3000", "SAP", "180"), QF_CTL_CASH); /* 540,000 EUR are 594,000 USD */
    assert_int_equal(ask(BUY, "2500", "SAP", "180"), PASS);
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "9000", "AAPL", "100"), PASS); /* each account its own */
}

static void no_rate(void **state)
{
    (void)state;
    kit_instrument(k, "TKO", "", "JPY", "0.01", "1", 1, false);
    kit_price(k, "TKO", "100", "100");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "1");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "1");
    assert_int_equal(ask(BUY, "1", "TKO", NULL), QF_CTL_NO_RATE);
    assert_string_equal(k->refusal.scope, "currency JPY");
    kit_rate(k, "JPY", "0.005", NULL);
    assert_int_equal(ask(BUY, "1", "TKO", NULL), PASS);
}

int main(void)
{
#define GATE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        GATE_TEST(position_of_an_account),
        GATE_TEST(net_exposure_takes_each_side_at_its_worst),
        GATE_TEST(value_at_risk_above_its_limit_lets_only_what_closes_through),
        GATE_TEST(a_limit_says_when_its_figure_is_incomplete),
        GATE_TEST(position_over_accounts),
        GATE_TEST(closing_is_never_refused_by_limits),
        GATE_TEST(gross_exposure_counts_working_orders),
        GATE_TEST(gross_exposure_takes_the_worse_side),
        GATE_TEST(cash_must_cover_buys_and_their_fees),
        GATE_TEST(no_rate),
    };
    return cmocka_run_group_tests_name("gate, what is held", tests, NULL, NULL);
}
