/* The bad-tick filter: every reason, in order, and how a real gap recovers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/market/quality.h"

static const struct quality_rule rule = { .jump_bp = 2000, .accept = 3, .gap = QF_MIN };
static struct quality_state state;
static struct quality_count symbol, feed;
static qf_time now;

static int fresh(void **unused)
{
    (void)unused;
    state = (struct quality_state){ 0 };
    symbol = feed = (struct quality_count){ 0 };
    now = 1000 * QF_SEC;
    return 0;
}

static enum quality give(const struct tick *t, bool negative)
{
    struct market_tick m = { .price = *t };

    m.price.at = now;
    return quality_check(&rule, negative, &state, &m, &symbol, &feed);
}

static enum quality quote(qf_price bid, qf_price ask)
{
    now += QF_SEC;
    return give(&(struct tick){ .has_bid = true, .has_ask = true, .bid = bid, .ask = ask }, false);
}

static enum quality last(qf_price p)
{
    now += QF_SEC;
    return give(&(struct tick){ .has_last = true, .last = p }, false);
}

static void test_good_prices_pass(void **unused)
{
    (void)unused;
    assert_int_equal(quote(100, 101), QUALITY_GOOD);
    assert_int_equal(quote(100, 100), QUALITY_GOOD);
    assert_int_equal(last(119), QUALITY_GOOD);
    assert_int_equal(symbol.taken, 3);
    assert_int_equal(symbol.locked, 1);
    assert_int_equal(feed.taken, 3);
    assert_int_equal(quality_bad(&symbol), 0);
}

static void test_zero_and_negative(void **unused)
{
    (void)unused;
    assert_int_equal(last(0), QUALITY_ZERO);
    assert_int_equal(last(-5), QUALITY_ZERO);
    assert_int_equal(quote(0, 5), QUALITY_ZERO);
    assert_int_equal(quote(5, 0), QUALITY_ZERO);
    now += QF_SEC;
    assert_int_equal(give(&(struct tick){ 0 }, false), QUALITY_ZERO); /* no price at all */
    now += QF_SEC;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = 5, .volume = -1 }, false), QUALITY_ZERO);
    assert_int_equal(symbol.zero, 6);
    assert_int_equal(quality_bad(&feed), 6);
    /* where the instrument allows it */
    now += QF_SEC;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = -5 }, true), QUALITY_GOOD);
    now += QF_SEC;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = 0 }, true), QUALITY_JUMP);
}

static void test_a_bar_with_a_zero_low(void **unused)
{
    struct market_tick m = { .price = { .has_last = true, .last = 5, .at = now },
                             .bar = { .period = MARKET_MINUTE, .open = 5, .high = 6, .low = 0, .close = 5 } };

    (void)unused;
    assert_int_equal(quality_check(&rule, false, &state, &m, &symbol, &feed), QUALITY_ZERO);
}

static void test_crossed(void **unused)
{
    (void)unused;
    assert_int_equal(quote(101, 100), QUALITY_CROSSED);
    assert_int_equal(symbol.crossed, 1);
    assert_false(state.has_good);
}

static void test_a_single_wild_print_is_kept_out(void **unused)
{
    (void)unused;
    assert_int_equal(last(100), QUALITY_GOOD);
    assert_int_equal(last(120), QUALITY_GOOD);      /* exactly 20 % */
    assert_int_equal(last(145), QUALITY_JUMP);      /* 20.8 % of 120 */
    assert_int_equal(last(121), QUALITY_GOOD);
    assert_int_equal(last(90), QUALITY_JUMP);
    assert_int_equal(last(120), QUALITY_GOOD);
    assert_int_equal(symbol.jump, 2);
    assert_int_equal(state.good, 120);
}

static void test_a_real_gap_recovers(void **unused)
{
    (void)unused;
    assert_int_equal(last(100), QUALITY_GOOD);
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(51), QUALITY_JUMP);
    assert_int_equal(last(52), QUALITY_GOOD); /* the third that agrees */
    assert_int_equal(state.good, 52);
    assert_int_equal(last(51), QUALITY_GOOD);
    assert_int_equal(symbol.jump, 2);
}

static void test_wild_prints_that_disagree_never_recover(void **unused)
{
    (void)unused;
    assert_int_equal(last(100), QUALITY_GOOD);
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(200), QUALITY_JUMP);
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(200), QUALITY_JUMP);
    assert_int_equal(last(300), QUALITY_JUMP);
    assert_int_equal(last(101), QUALITY_GOOD);
    /* a good price in between starts the count anew */
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(100), QUALITY_GOOD);
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(50), QUALITY_JUMP);
    assert_int_equal(last(50), QUALITY_GOOD);
}

/* A right quote does not carry a wild trade with it, nor the other way round. */
static void test_quote_and_trade_are_both_judged(void **unused)
{
    (void)unused;
    assert_int_equal(quote(100, 102), QUALITY_GOOD);
    now += QF_SEC;
    struct tick t = { .has_bid = true, .has_ask = true, .has_last = true, .bid = 100, .ask = 102, .last = 150 };
    assert_int_equal(give(&t, false), QUALITY_JUMP);
    now += QF_SEC;
    t = (struct tick){ .has_bid = true, .has_ask = true, .has_last = true, .bid = 150, .ask = 152, .last = 101 };
    assert_int_equal(give(&t, false), QUALITY_JUMP);
    now += QF_SEC;
    t = (struct tick){ .has_bid = true, .bid = 60 };
    assert_int_equal(give(&t, false), QUALITY_JUMP);
    assert_int_equal(symbol.jump, 3);
}

static void test_time_never_goes_back(void **unused)
{
    (void)unused;
    assert_int_equal(last(100), QUALITY_GOOD);
    now -= QF_SEC + 1;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = 100 }, false), QUALITY_TIME);
    now += 1;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = 100 }, false), QUALITY_TIME);
    now += QF_SEC;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = 100 }, false), QUALITY_GOOD);
    assert_int_equal(symbol.time, 2);
    assert_int_equal(symbol.same_time, 1);
}

static void test_gaps_are_counted_from_any_price(void **unused)
{
    (void)unused;
    assert_int_equal(last(100), QUALITY_GOOD);
    now += QF_MIN - QF_SEC;
    assert_int_equal(last(100), QUALITY_GOOD); /* exactly a minute is no gap */
    now += QF_MIN;
    assert_int_equal(last(0), QUALITY_ZERO);
    now += 2 * QF_MIN;
    assert_int_equal(last(100), QUALITY_GOOD);
    assert_int_equal(symbol.gaps, 2);
    assert_int_equal(symbol.max_gap, 2 * QF_MIN + QF_SEC);
}

static void test_start_from_a_stored_price(void **unused)
{
    (void)unused;
    quality_start(&state, 100);
    assert_int_equal(last(150), QUALITY_JUMP);
    assert_int_equal(last(110), QUALITY_GOOD);
}

static void test_largest_numbers(void **unused)
{
    (void)unused;
    assert_int_equal(quote(QF_PRICE_MAX, QF_PRICE_MAX), QUALITY_GOOD);
    assert_int_equal(last(1), QUALITY_JUMP);
    now += QF_SEC;
    assert_int_equal(give(&(struct tick){ .has_last = true, .last = -QF_PRICE_MAX }, true), QUALITY_JUMP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good_prices_pass, fresh),
        cmocka_unit_test_setup(test_zero_and_negative, fresh),
        cmocka_unit_test_setup(test_a_bar_with_a_zero_low, fresh),
        cmocka_unit_test_setup(test_crossed, fresh),
        cmocka_unit_test_setup(test_a_single_wild_print_is_kept_out, fresh),
        cmocka_unit_test_setup(test_a_real_gap_recovers, fresh),
        cmocka_unit_test_setup(test_wild_prints_that_disagree_never_recover, fresh),
        cmocka_unit_test_setup(test_quote_and_trade_are_both_judged, fresh),
        cmocka_unit_test_setup(test_time_never_goes_back, fresh),
        cmocka_unit_test_setup(test_gaps_are_counted_from_any_price, fresh),
        cmocka_unit_test_setup(test_start_from_a_stored_price, fresh),
        cmocka_unit_test_setup(test_largest_numbers, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
