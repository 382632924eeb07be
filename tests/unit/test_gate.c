/* Every control of the gate: what passes, what is refused, and with which numbers. */
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

/* The whole answer; the line of a control and scope. */
static struct gate_answer *whole(enum qf_side side, const char *quantity, const char *symbol, const char *price)
{
    static struct gate_answer a;
    struct intent in;
    kit_intent(k, &k->bo, "desk", side, quantity, symbol, price, &in);
    gate_ask(k->d, &in, true, &a);
    return &a;
}

static const struct gate_line *line_of(const struct gate_answer *a, enum qf_control_code control, const char *scope)
{
    for (int i = 0; i < a->count; i++)
        if (a->lines[i].control == control && strcmp(a->lines[i].scope, scope) == 0)
            return &a->lines[i];
    return NULL;
}

static void an_ordinary_order_passes(void **state)
{
    (void)state;
    assert_int_equal(ask(BUY, "100", "AAPL", "100"), PASS);
    assert_int_equal(ask(BUY, "100", "AAPL", NULL), PASS);
    assert_int_equal(ask(SELL, "100", "AAPL", "100.05"), PASS);
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "1", "AAPL", NULL), PASS);
    assert_int_equal(kit_ask(k, &k->ana, "beta", SELL, "1", "AAPL", NULL), PASS);
}

static void halted(void **state)
{
    (void)state;
    struct qf_trading_state s;
    assert_true(state_raise(k->d, k->b, "mom", QF_STATE_CANCEL_ONLY, true, "test", "ana", k->wall, &s));
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), PASS);
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_string_equal(k->refusal.scope, "strategy mom");
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_HALTED, true, "test", "ana", k->wall, &s));
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_string_equal(k->refusal.scope, "firm");
    assert_false(k->refusal.has_largest);
}

static void close_only_lets_closing_through(void **state)
{
    (void)state;
    kit_book(k, "desk", BUY, "100", "AAPL", "100", "0");
    kit_book(k, "desk", SELL, "50", "NVDA", "120", "0");
    int64_t working = kit_place(k, &k->bo, "desk", SELL, "30", "AAPL", "101");
    assert_true(working > 0);
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, true, "test", "ana", k->wall, NULL));
    assert_int_equal(ask(SELL, "70", "AAPL", NULL), PASS);
    assert_int_equal(ask(SELL, "71", "AAPL", NULL), QF_CTL_HALTED); /* 30 are being sold already */
    assert_num(k->refusal.largest, "70");
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_int_equal(ask(BUY, "50", "NVDA", NULL), PASS);
    assert_int_equal(ask(BUY, "51", "NVDA", NULL), QF_CTL_HALTED);
    assert_int_equal(ask(SELL, "1", "NVDA", NULL), QF_CTL_HALTED);
    assert_int_equal(ask(SELL, "1", "JPM", NULL), QF_CTL_HALTED);
    kit_book(k, "desk", SELL, "0.5", "BTC", "60000", "0");
    assert_int_equal(ask(BUY, "0.5", "BTC", NULL), PASS);
    assert_int_equal(ask(BUY, "0.50000001", "BTC", NULL), QF_CTL_HALTED);
}

static void not_authorised(void **state)
{
    (void)state;
    assert_int_equal(kit_ask(k, &k->bo, "beta", BUY, "1", "AAPL", NULL), QF_CTL_NOT_AUTHORISED);
    assert_string_equal(k->refusal.scope, "account beta");
    assert_string_equal(k->refusal.field, "account");
    assert_int_equal(kit_ask(k, &k->bo, "nowhere", BUY, "1", "AAPL", NULL), QF_CTL_NOT_AUTHORISED);
    struct qf_account a = desk_account(k->d, "desk")->row;
    a.closed = true;
    assert_int_equal(desk_put_account(k->d, k->b, &a), QF_OK);
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_NOT_AUTHORISED);
}

static void unknown_symbol(void **state)
{
    (void)state;
    assert_int_equal(ask(BUY, "1", "NOPE", NULL), QF_CTL_UNKNOWN_SYMBOL);
    assert_string_equal(k->refusal.scope, "symbol NOPE");
    struct qf_instrument i = desk_instrument(k->d, "AAPL")->row;
    i.status = QF_INST_SUSPENDED;
    assert_int_equal(desk_put_instrument(k->d, k->b, &i), QF_OK);
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_UNKNOWN_SYMBOL);
}

static void max_qty_of_each_scope(void **state)
{
    (void)state;
    const struct {
        enum qf_scope scope;
        const char *name, *text;
    } scopes[] = { { QF_SCOPE_FIRM, "", "order" },         { QF_SCOPE_TRADER, "bo", "trader bo" },
                   { QF_SCOPE_ACCOUNT, "desk", "account desk" }, { QF_SCOPE_SECTOR, "Tech", "sector Tech" },
                   { QF_SCOPE_SYMBOL, "AAPL", "symbol AAPL" } };
    const char *hard = "500", *next[] = { "400", "300", "200", "100", "50" };
    for (size_t i = 0; i < QF_LEN(scopes); i++) {
        kit_limit(k, scopes[i].scope, scopes[i].name, QF_CTL_MAX_QTY, hard);
        assert_int_equal(ask(BUY, hard, "AAPL", NULL), PASS);
        char over[16];
        qf_str_fmt(over, sizeof(over), "%d", (int)strtol(hard, NULL, 10) + 1);
        assert_int_equal(ask(BUY, over, "AAPL", NULL), QF_CTL_MAX_QTY);
        assert_string_equal(k->refusal.scope, scopes[i].text);
        assert_num(k->refusal.after, over);
        assert_num(k->refusal.limit, hard);
        assert_num(k->refusal.largest, hard);
        hard = next[i];
    }
    kit_limit(k, QF_SCOPE_STRATEGY, "mom", QF_CTL_MAX_QTY, "10");
    assert_int_equal(ask(BUY, "11", "AAPL", NULL), PASS);
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "11", "AAPL", NULL), QF_CTL_MAX_QTY);
}

/* '*' is each one of the scope; one's own row goes before it, also when it is looser; one that is
 * over gives way again. */
static void a_star_is_each_one(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_SYMBOL, "*", QF_CTL_MAX_QTY, "10");
    assert_int_equal(ask(BUY, "11", "NVDA", NULL), QF_CTL_MAX_QTY);
    struct qf_limit own = { .scope = QF_SCOPE_SYMBOL, .name = "AAPL", .control = QF_CTL_MAX_QTY, .hard = num("20") };
    qf_rec_fill(&qf_rec_limit, &own);
    own.until = k->wall + QF_MIN;
    QF_SET(&own, limit, until);
    assert_int_equal(desk_put_limit(k->d, k->b, &own), QF_OK);
    assert_int_equal(ask(BUY, "20", "AAPL", NULL), PASS);
    kit_wait(k, 2 * QF_MIN);
    assert_int_equal(ask(BUY, "20", "AAPL", NULL), QF_CTL_MAX_QTY);
    kit_instrument(k, "NEW", "", "USD", "0.01", "1", 1, false); /* one that comes later is bound too */
    kit_price(k, "NEW", "10", "10");
    assert_int_equal(ask(BUY, "11", "NEW", NULL), QF_CTL_MAX_QTY);
}

static void max_notional_in_base_currency(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "100000");
    assert_int_equal(ask(BUY, "1000", "AAPL", "100"), PASS);
    assert_int_equal(ask(BUY, "1000", "AAPL", "100.01"), QF_CTL_MAX_NOTIONAL);
    assert_num(k->refusal.after, "100010");
    assert_num(k->refusal.largest, "999");
    assert_string_equal(k->refusal.message, "order value would be 100,010.00");
    assert_int_equal(ask(SELL, "1000", "AAPL", NULL), PASS);           /* at the bid of 100 */
    assert_int_equal(ask(BUY, "1000", "AAPL", NULL), QF_CTL_MAX_NOTIONAL); /* at the ask of 100.02 */
    assert_int_equal(ask(SELL, "506", "SAP", "180"), QF_CTL_MAX_NOTIONAL); /* 506 x 180 x 1.10 = 100,188 */
    assert_int_equal(ask(SELL, "505", "SAP", "180"), PASS);
    assert_int_equal(ask(SELL, "1", "ES", "5000"), QF_CTL_MAX_NOTIONAL); /* 50 x 5,000 */
}

static void a_value_that_no_money_holds_is_refused_without_a_limit(void **state)
{
    (void)state;
    kit_instrument(k, "HUGE", "", "USD", "0.01", "1", 1000000, false);
    kit_price(k, "HUGE", "90000000000", "90000000000");
    assert_int_equal(ask(SELL, "90000000000", "HUGE", NULL), QF_CTL_MAX_NOTIONAL);
    kit_instrument(k, "EURO", "", "EUR", "0.01", "1", 1, false);
    kit_rate(k, "EUR", "90000000000", NULL);
    kit_price(k, "EURO", "90000000000", "90000000000");
    assert_int_equal(ask(SELL, "90000000000", "EURO", NULL), QF_CTL_MAX_NOTIONAL);
    whole(SELL, "90000000000", "EURO", NULL);
    whole(SELL, "90000000000", "HUGE", NULL);
}

/* An order that money can hold may still lead to a position that it cannot. */
static void a_position_that_no_money_holds_is_refused_without_a_limit(void **state)
{
    (void)state;
    kit_instrument(k, "HUGE", "", "USD", "0.01", "1", 1000000, false);
    kit_price(k, "HUGE", "200000", "200000");
    assert_int_equal(ask(SELL, "20000000000", "HUGE", NULL), PASS);
    assert_int_equal(kit_book(k, "desk", SELL, "40000000000", "HUGE", "1", "0"), QF_OK);
    assert_int_equal(ask(SELL, "20000000000", "HUGE", NULL), QF_CTL_POSITION);
    assert_int_equal(ask(SELL, "9000000000", "HUGE", NULL), PASS);
    kit_instrument(k, "MANY", "", "USD", "0.01", "1", 1, false);
    kit_price(k, "MANY", "1", "1");
    assert_int_equal(kit_book(k, "desk", SELL, "90000000000", "MANY", "1", "0"), QF_OK);
    assert_int_equal(ask(SELL, "5000000000", "MANY", NULL), QF_CTL_POSITION);
    whole(SELL, "90000000000", "MANY", NULL);
    whole(BUY, "90000000000", "MANY", NULL);
}

static void price_band(void **state)
{
    (void)state;
    kit_price(k, "AAPL", "99.99", "100.01");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_PRICE_BAND, "0.05");
    assert_int_equal(ask(BUY, "1", "AAPL", "105"), PASS);
    assert_int_equal(ask(BUY, "1", "AAPL", "105.01"), QF_CTL_PRICE_BAND);
    assert_num(k->refusal.after, "0.0501");
    assert_string_equal(k->refusal.scope, "mid 100");
    assert_string_equal(k->refusal.field, "price");
    assert_string_equal(k->refusal.message, "mid 100 distance would be 5.01%");
    assert_false(k->refusal.has_largest);
    assert_int_equal(ask(BUY, "1", "AAPL", "50"), PASS);  /* far below is no danger to a buyer */
    assert_int_equal(ask(SELL, "1", "AAPL", "95"), PASS);
    assert_int_equal(ask(SELL, "1", "AAPL", "94.99"), QF_CTL_PRICE_BAND);
    assert_int_equal(ask(SELL, "1", "AAPL", "200"), PASS);
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), PASS);
}

static void tick_and_sign_of_the_price(void **state)
{
    (void)state;
    assert_int_equal(ask(BUY, "1", "AAPL", "100.005"), QF_CTL_TICK);
    assert_string_equal(k->refusal.message, "the price 100.005 is not a multiple of the tick 0.01");
    assert_int_equal(ask(BUY, "1", "AAPL", "0"), QF_CTL_TICK);
    assert_string_equal(k->refusal.message, "the price 0 is not above zero");
    assert_int_equal(ask(BUY, "1", "AAPL", "-1"), QF_CTL_TICK);
    assert_int_equal(ask(BUY, "1", "OIL", "-37.63"), PASS);
    assert_int_equal(ask(BUY, "1", "ES", "5000.25"), PASS);
    assert_int_equal(ask(BUY, "1", "ES", "5000.30"), QF_CTL_TICK);
}

static void lot(void **state)
{
    (void)state;
    assert_int_equal(ask(BUY, "1.5", "AAPL", NULL), QF_CTL_LOT);
    assert_string_equal(k->refusal.message, "the quantity 1.5 is not a multiple of the lot 1");
    assert_int_equal(ask(BUY, "0", "AAPL", NULL), QF_CTL_LOT);
    assert_int_equal(ask(BUY, "0.00000001", "BTC", NULL), PASS);
}

static void stale_and_missing_prices(void **state)
{
    (void)state;
    kit_instrument(k, "NEW", "", "USD", "0.01", "1", 1, false);
    assert_int_equal(ask(BUY, "1", "NEW", "10"), QF_CTL_MD_STALE);
    struct tick t = { .has_bid = true, .has_ask = true, .bid = num64("10"), .ask = num64("10"), .at = k->market };
    desk_mark(k->d, tab_slot(&k->d->instruments, desk_instrument(k->d, "NEW")), &t, k->wall, 2 * QF_SEC);
    assert_int_equal(ask(BUY, "1", "NEW", "10"), PASS);
    kit_wait(k, 2 * QF_SEC);
    assert_int_equal(ask(BUY, "1", "NEW", "10"), PASS);
    kit_wait(k, 1);
    assert_int_equal(ask(BUY, "1", "NEW", "10"), QF_CTL_MD_STALE);
    assert_num(k->refusal.after, "2.000001");
    assert_num(k->refusal.limit, "2");
    kit_instrument(k, "BIDS", "", "USD", "0.01", "1", 1, false);
    t.has_ask = false;
    desk_mark(k->d, tab_slot(&k->d->instruments, desk_instrument(k->d, "BIDS")), &t, k->wall, QF_HOUR);
    assert_int_equal(ask(BUY, "1", "BIDS", NULL), QF_CTL_MD_STALE); /* nothing to buy at */
}

static void duplicates(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        assert_true(kit_place(k, &k->bo, "desk", SELL, "7", "AAPL", "101") > 0); /* no row, no limit */
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "2");
    kit_wait(k, QF_SEC + 1);
    for (int i = 0; i < 3; i++)
        assert_true(kit_place(k, &k->bo, "desk", BUY, "10", "AAPL", "99") > 0);
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), QF_CTL_DUPLICATE);
    assert_num(k->refusal.after, "3");
    assert_string_equal(k->refusal.scope, "1s window");
    assert_int_equal(ask(BUY, "10", "AAPL", "99.01"), PASS);
    assert_int_equal(ask(BUY, "11", "AAPL", "99"), PASS);
    assert_int_equal(ask(SELL, "10", "AAPL", "99"), PASS);
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "10", "AAPL", "99"), PASS);
    kit_wait(k, QF_SEC + 1);
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), PASS);
}

/* What was undone was never sent. */
static void an_undone_order_is_no_duplicate(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "1");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "10", "AAPL", "99") > 0);
    kit_commit(k);
    assert_true(kit_place(k, &k->bo, "desk", BUY, "10", "AAPL", "99") > 0);
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), QF_CTL_DUPLICATE);
    batch_undo(k->b);
    desk_rebuild(k->d);
    batch_reset(k->b, ++k->no);
    assert_true(kit_place(k, &k->bo, "desk", BUY, "10", "AAPL", "99") > 0);
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), QF_CTL_DUPLICATE);
}

/* The market's clock stands at the end of a replay; the same order is no duplicate for ever. */
static void a_standing_clock_makes_no_duplicates(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "0");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "10", "AAPL", "99") > 0);
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), QF_CTL_DUPLICATE);
    k->wall = k->bo.wall += 2 * QF_SEC;
    assert_int_equal(ask(BUY, "10", "AAPL", "99"), PASS);
}

static void messages_a_second(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_TRADER, "bo", QF_CTL_MSG_RATE, "3");
    int64_t id = kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "99");
    assert_true(id > 0);
    assert_true(kit_place(k, &k->bo, "alpha", BUY, "1", "AAPL", "99") > 0);
    assert_true(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal)); /* counts */
    assert_int_equal(ask(BUY, "1", "AAPL", "99"), QF_CTL_MSG_RATE);
    assert_num(k->refusal.used, "3");
    assert_num(k->refusal.after, "4");
    assert_string_equal(k->refusal.scope, "trader bo");
    assert_true(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal)); /* is never refused */
    assert_int_equal(kit_ask(k, &k->cy, "beta", BUY, "1", "AAPL", "99"), PASS);
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MSG_RATE, "4");
    assert_int_equal(kit_ask(k, &k->cy, "beta", BUY, "1", "AAPL", "99"), QF_CTL_MSG_RATE);
    assert_string_equal(k->refusal.scope, "firm");
    kit_wait(k, QF_SEC);
    assert_int_equal(ask(BUY, "1", "AAPL", "99"), PASS);
}

/* A refused order is no message; and a person without an account is counted by name. */
static void messages_of_somebody_without_an_account(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_TRADER, "ana", QF_CTL_MSG_RATE, "1");
    assert_int_equal(kit_place(k, &k->ana, "desk", BUY, "1.5", "AAPL", "99"), 0);
    assert_true(kit_place(k, &k->ana, "desk", BUY, "1", "AAPL", "99") > 0);
    assert_int_equal(kit_ask(k, &k->ana, "desk", BUY, "1", "AAPL", "99"), QF_CTL_MSG_RATE);
    assert_int_equal(ask(BUY, "1", "AAPL", "99"), PASS);
}

/* --- the whole answer */

static void every_control_says_its_line(void **state)
{
    (void)state;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "1000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "50000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_PRICE_BAND, "0.05");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "3");
    kit_limit(k, QF_SCOPE_TRADER, "*", QF_CTL_MSG_RATE, "50");
    kit_limit(k, QF_SCOPE_SYMBOL, "AAPL", QF_CTL_POSITION, "400");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "45000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE, "60000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_VAR_99_1D, "1000");
    k->d->has_var = true;
    k->d->var_99 = num("999");
    const struct gate_answer *a = whole(BUY, "500", "AAPL", "100.02");
    assert_false(a->pass);
    bool seen[QF_control_code_COUNT] = { false };
    int last = 0;
    for (int i = 0; i < a->count; i++) {
        assert_true((int)a->lines[i].control >= last); /* in the order they are asked */
        last = (int)a->lines[i].control;
        seen[last] = true;
    }
    for (int c = 0; c < QF_control_code_COUNT; c++)
        assert_true(seen[c]);
    assert_false(line_of(a, QF_CTL_MAX_NOTIONAL, "order")->pass);
    assert_false(line_of(a, QF_CTL_POSITION, "symbol AAPL")->pass);
    assert_false(line_of(a, QF_CTL_GROSS_EXPOSURE, "firm")->pass);
    assert_num(line_of(a, QF_CTL_GROSS_EXPOSURE, "firm")->after, "50005");
    assert_true(line_of(a, QF_CTL_MAX_QTY, "order")->pass);
    assert_true(line_of(a, QF_CTL_MSG_RATE, "trader bo")->has_now);
    assert_num(line_of(a, QF_CTL_CASH, "account desk")->after, "50015.001"); /* 50,010 and 1 bp */
    assert_num(line_of(a, QF_CTL_PRICE_BAND, "mid 100.01")->after, "0.00009999");
    assert_true(line_of(a, QF_CTL_HALTED, "firm")->pass);
    assert_num(a->notional, "50010");
    assert_num(a->fee, "5.001");
    for (int c = 0; c < QF_control_code_COUNT; c++)
        assert_non_null(gate_unit((enum qf_control_code)c));
}

static void a_halt_says_since_when_by_whom_and_why(void **state)
{
    (void)state;
    kit_wait(k, 13 * QF_SEC);
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_HALTED, true, "drawdown", "ana", k->wall, NULL));
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_string_equal(k->refusal.message, "HALTED since 14:30:13 by ana: drawdown");
    k->wall += 2 * QF_DAY;
    k->bo.wall = k->wall;
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_string_equal(k->refusal.message, "HALTED since 2026-09-24 14:30:13 by ana: drawdown");
    struct qf_refusal ignored;
    assert_true(state_lower(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, "", "cy", k->wall, NULL, &ignored));
    assert_int_equal(ask(BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_string_equal(k->refusal.message, "CLOSE_ONLY since 14:30:13 by cy");
    /* the strategy's own state is the more severe one */
    assert_true(state_raise(k->d, k->b, "mom", QF_STATE_CANCEL_ONLY, true, "streak", "breaker", k->wall, NULL));
    assert_int_equal(kit_ask(k, &k->bo, "alpha", BUY, "1", "AAPL", NULL), QF_CTL_HALTED);
    assert_string_equal(k->refusal.message, "CANCEL_ONLY since 14:30:13 by breaker: streak");
}

static void only_the_first_refusal_is_a_line_on_the_way_in(void **state)
{
    (void)state;
    struct intent in;
    struct gate_answer a;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "1");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "1");
    kit_intent(k, &k->bo, "desk", BUY, "5", "AAPL", NULL, &in);
    gate_ask(k->d, &in, false, &a);
    assert_int_equal(a.count, 1);
    assert_int_equal(a.lines[0].control, QF_CTL_MAX_QTY);
    kit_intent(k, &k->bo, "desk", SELL, "1", "AAPL", "100", &in);
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "1000");
    gate_ask(k->d, &in, false, &a);
    assert_true(a.pass);
    assert_int_equal(a.count, 0);
}

/* The largest that passes passes, and one lot more does not. */
static void the_largest_is_the_largest(void **state)
{
    (void)state;
    static const char *const symbols[] = { "AAPL", "ES", "BTC", "SAP" };
    uint64_t seed = 3;
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "700000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "0");
    kit_book(k, "desk", BUY, "300", "AAPL", "100", "0");
    for (int i = 0; i < 200; i++) {
        struct intent in;
        struct gate_answer a;
        qf_qty largest, same;
        kit_intent(k, &k->bo, "desk", chance_below(&seed, 2) ? BUY : SELL, "1", symbols[i % 4], NULL, &in);
        in.quantity = in.instrument->row.lot;
        if (i % 10 == 0)
            assert_true(order_place(k->d, k->b, &in, "r", NULL, &k->refusal) || k->refusal.control != PASS);
        in.quantity *= (qf_qty)chance_below(&seed, 5000);
        gate_ask(k->d, &in, true, &a);
        bool any = gate_largest(k->d, &in, NULL, &largest);
        assert_int_equal(gate_largest(k->d, &in, &a, &same), any);
        if (!any)
            continue;
        assert_int_equal(same, largest); /* what is known already changes the way, not the end */
        in.quantity = largest + in.instrument->row.lot;
        gate_ask(k->d, &in, false, &a);
        assert_false(a.pass);
        in.quantity = largest;
        in.who = &k->bo;
        gate_ask(k->d, &in, false, &a);
        assert_true(a.pass || a.lines[0].control == QF_CTL_DUPLICATE);
        kit_wait(k, QF_MS);
    }
}

int main(void)
{
#define GATE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        GATE_TEST(an_ordinary_order_passes),
        GATE_TEST(halted),
        GATE_TEST(close_only_lets_closing_through),
        GATE_TEST(not_authorised),
        GATE_TEST(unknown_symbol),
        GATE_TEST(max_qty_of_each_scope),
        GATE_TEST(a_star_is_each_one),
        GATE_TEST(max_notional_in_base_currency),
        GATE_TEST(a_value_that_no_money_holds_is_refused_without_a_limit),
        GATE_TEST(a_position_that_no_money_holds_is_refused_without_a_limit),
        GATE_TEST(price_band),
        GATE_TEST(tick_and_sign_of_the_price),
        GATE_TEST(lot),
        GATE_TEST(stale_and_missing_prices),
        GATE_TEST(duplicates),
        GATE_TEST(an_undone_order_is_no_duplicate),
        GATE_TEST(a_standing_clock_makes_no_duplicates),
        GATE_TEST(messages_a_second),
        GATE_TEST(messages_of_somebody_without_an_account),
        GATE_TEST(every_control_says_its_line),
        GATE_TEST(a_halt_says_since_when_by_whom_and_why),
        GATE_TEST(only_the_first_refusal_is_a_line_on_the_way_in),
        GATE_TEST(the_largest_is_the_largest),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
