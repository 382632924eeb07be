/* What fills do: exact cost, lots, round trips, cash, the identity to the last digit, the figures of the day. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define assert_num(got, text) assert_true((got) == num(text))

/* An exact cost, written with 16 decimals. */
static qf_cost cost(const char *text)
{
    qf_i128 v;
    assert_int_equal(qf_dec_parse(text, strlen(text), 16, QF_COST_MAX, &v), QF_OK);
    return v;
}

static void book(struct kit *k, enum qf_side side, const char *quantity, const char *symbol, const char *price,
                 const char *fee)
{
    assert_int_equal(kit_book(k, "desk", side, quantity, symbol, price, fee), QF_OK);
}

/* The only open round trip, or the last row of the batch's trades. */
static struct qf_trade batch_trade(struct kit *k, uint32_t i)
{
    const void *rows;
    assert_true(i < batch_rows(k->b, QF_TABLE_trades, &rows));
    return ((const struct qf_trade *)rows)[i];
}

static uint32_t open_lots(const struct kit *k, const char *symbol, qf_qty *ret_sum)
{
    const struct core_position *p = desk_position(k->d, "desk", symbol);
    uint32_t n = 0;
    *ret_sum = 0;
    for (uint32_t i = p->first_lot; i != TAB_NONE; n++) {
        const struct core_lot *l = tab_at(&k->d->lots, i);
        *ret_sum += l->row.remaining;
        i = l->next;
    }
    return n;
}

static void buying_moves_cash_and_cost(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_prices(k);
    book(k, QF_SIDE_BUY, "100", "AAPL", "100.02", "1.25");
    struct qf_position p = kit_position(k, "desk", "AAPL");
    assert_num(p.quantity, "100");
    assert_true(p.cost == cost("10002"));
    assert_num(p.average, "100.02");
    assert_num(p.value, "10001"); /* at the middle */
    assert_num(p.unrealized, "-1");
    assert_num(p.realized, "0");
    assert_num(p.fees, "1.25");
    assert_num(kit_cash_row(k, "desk", "USD").balance, "989996.75");
    kit_check_identity(k);
    kit_check_sums(k);
    kit_free(k);
}

/* 3 at 1.00000001 are 3.00000003 exactly; a third of that closed takes what muldiv gives, and closing all leaves
 * nothing. */
static void a_reduction_takes_its_share_of_the_exact_cost(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_instrument(k, "X", "", "USD", "0.00000001", "0.00000001", 1, false);
    book(k, QF_SIDE_BUY, "0.00000003", "X", "0.33333333", "0");
    book(k, QF_SIDE_BUY, "0.00000004", "X", "0.50000001", "0");
    /* cost: 0.0000000099999999 + 0.0000000200000004 = 0.0000000300000003; 2 of 7 are 857142943.71 units of 10^-16 */
    assert_true(kit_position(k, "desk", "X").cost == cost("0.0000000300000003"));
    book(k, QF_SIDE_SELL, "0.00000002", "X", "0.6", "0");
    assert_true(kit_position(k, "desk", "X").cost == cost("0.0000000214285716"));
    book(k, QF_SIDE_SELL, "0.00000005", "X", "0.6", "0");
    struct qf_position p = kit_position(k, "desk", "X");
    assert_int_equal(p.quantity, 0);
    assert_true(p.cost == 0 && p.fifo_cost == 0);
    /* cash moved: 0 - 0.00000001 (rounded 0.999..) - 0.00000002 + 0.00000001 + 0.00000003, and that is what was
     * realised */
    assert_num(p.realized, "0.00000001");
    assert_true(p.realized == p.fifo_realized);
    kit_check_identity(k);
    kit_free(k);
}

static void through_zero_closes_everything_first(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_prices(k);
    book(k, QF_SIDE_BUY, "50", "AAPL", "100", "0");
    book(k, QF_SIDE_SELL, "80", "AAPL", "101", "0.8");
    struct qf_position p = kit_position(k, "desk", "AAPL");
    assert_num(p.quantity, "-30");
    assert_true(p.cost == cost("-3030"));
    assert_num(p.realized, "50");
    assert_num(p.average, "101");
    batch_seal(k->b);
    struct qf_trade first = batch_trade(k, 0), second = batch_trade(k, 1);
    assert_int_equal(first.state, QF_TRADE_CLOSED);
    assert_int_equal(first.side, QF_SIDE_BUY);
    assert_num(first.quantity, "50");
    assert_num(first.closed_quantity, "50");
    assert_true(first.entry_cost == cost("5000") && first.exit_value == cost("5050"));
    assert_num(first.realized, "50");
    assert_num(first.fees, "0.5");
    assert_int_equal(first.executions, 2);
    assert_int_equal(second.state, QF_TRADE_OPEN);
    assert_int_equal(second.side, QF_SIDE_SELL);
    assert_num(second.quantity, "30");
    assert_num(second.fees, "0.3");
    assert_true(second.entry_cost == cost("3030"));
    assert_int_equal(p.trade_id, second.id);
    kit_free(k);
}

static void flat_ends_the_round_trip(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    book(k, QF_SIDE_SELL, "10", "JPM", "211", "0.1");
    book(k, QF_SIDE_SELL, "10", "JPM", "213", "0.1");
    book(k, QF_SIDE_BUY, "20", "JPM", "210", "0.2");
    batch_seal(k->b);
    struct qf_trade t = batch_trade(k, 0);
    assert_int_equal(t.side, QF_SIDE_SELL);
    assert_int_equal(t.state, QF_TRADE_CLOSED);
    assert_true(QF_HAS(&t, trade, closed));
    assert_num(t.quantity, "20");
    assert_num(t.realized, "40");
    assert_num(t.fees, "0.4");
    assert_int_equal(k->d->trades.count, 0);
    struct qf_position p = kit_position(k, "desk", "JPM");
    assert_false(QF_HAS(&p, position, trade_id));
    kit_free(k);
}

static void the_oldest_lot_closes_first(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    qf_qty sum;
    book(k, QF_SIDE_BUY, "10", "AAPL", "100", "0");
    book(k, QF_SIDE_BUY, "10", "AAPL", "110", "0");
    book(k, QF_SIDE_BUY, "10", "AAPL", "120", "0");
    book(k, QF_SIDE_SELL, "15", "AAPL", "130", "0");
    struct qf_position p = kit_position(k, "desk", "AAPL");
    assert_num(p.fifo_realized, "400");  /* 10 x 30 + 5 x 20 */
    assert_num(p.realized, "300");       /* 15 x 20 */
    assert_true(p.fifo_cost == cost("1750"));
    assert_true(p.cost == cost("1650"));
    assert_int_equal(open_lots(k, "AAPL", &sum), 2);
    assert_num(sum, "15");
    kit_check_sums(k);
    kit_free(k);
}

static void multiplier_and_currency_count(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_prices(k);
    book(k, QF_SIDE_BUY, "2", "ES", "5000", "4");
    struct qf_position p = kit_position(k, "desk", "ES");
    assert_true(p.cost == cost("500000"));
    assert_num(p.average, "5000");
    assert_num(p.unrealized, "12.5"); /* the middle is 5000.125 */
    book(k, QF_SIDE_BUY, "10", "SAP", "180", "0");
    p = kit_position(k, "desk", "SAP");
    assert_num(p.value, "1800.1");
    assert_num(p.base_value, "1980.11");
    assert_num(kit_cash_row(k, "desk", "EUR").balance, "-1800");
    struct qf_desk_status s;
    desk_status_row(k->d, &s);
    assert_num(s.cash, "3498016"); /* 4,000,000 - 500,000 - 4, and 1,800 EUR that are owed, at 1.10 */
    kit_free(k);
}

static void an_execution_is_booked_once(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    struct fill f = { .account = desk_account(k->d, "desk"),
                     .instrument = desk_instrument(k->d, "AAPL"),
                     .side = QF_SIDE_BUY,
                     .quantity = num64("1"),
                     .price = num64("100"),
                     .venue = "x",
                     .exec_id = "1",
                     .at = k->market };
    assert_false(fill_known(k->d, "x", "1"));
    assert_int_equal(fill_book(k->d, k->b, &k->sys, &f, NULL), QF_OK);
    assert_true(fill_known(k->d, "x", "1"));
    assert_false(fill_known(k->d, "x1", ""));
    assert_int_equal(fill_book(k->d, k->b, &k->sys, &f, NULL), QF_EEXIST);
    f.venue = "y";
    assert_int_equal(fill_book(k->d, k->b, &k->sys, &f, NULL), QF_OK);
    assert_num(kit_position(k, "desk", "AAPL").quantity, "2");
    kit_free(k);
}

static void what_no_number_can_hold_is_not_booked(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_instrument(k, "BIG", "", "USD", "0.01", "1", 1000000, false);
    struct snapshot *s = kit_snapshot(k);
    assert_int_equal(kit_book(k, "desk", QF_SIDE_BUY, "90000000000", "BIG", "90000000000", "0"), QF_ERANGE);
    assert_int_equal(kit_book(k, "desk", QF_SIDE_BUY, "0", "AAPL", "1", "0"), QF_ERANGE);
    kit_check_same(k, s);
    book(k, QF_SIDE_BUY, "90000000000", "AAPL", "1", "0");
    assert_int_equal(kit_book(k, "desk", QF_SIDE_BUY, "90000000000", "AAPL", "1", "0"), QF_ERANGE);
    kit_free(k);
}

static void each_movement_is_a_row_of_the_ledger(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    const void *rows;
    book(k, QF_SIDE_BUY, "10", "AAPL", "100", "1.5");
    book(k, QF_SIDE_SELL, "10", "AAPL", "101", "0");
    assert_int_equal(batch_rows(k->b, QF_TABLE_ledger, &rows), 3);
    const struct qf_ledger *l = rows;
    assert_int_equal(l[0].kind, QF_LEDGER_TRADE);
    assert_num(l[0].amount, "-1000");
    assert_int_equal(l[1].kind, QF_LEDGER_FEE);
    assert_num(l[1].amount, "-1.5");
    assert_int_equal(l[0].execution, l[1].execution);
    assert_num(l[2].amount, "1010");
    assert_int_equal(batch_rows(k->b, QF_TABLE_executions, &rows), 2);
    const struct qf_execution *e = rows;
    assert_num(e[1].realized, "10");
    assert_num(e[1].amount, "1010");
    assert_false(QF_HAS(&e[0], execution, order_id));
    kit_free(k);
}

static enum qf_err move(struct kit *k, enum qf_ledger_kind kind, const char *account, const char *amount)
{
    return desk_cash_move(k->d, k->b, &k->sys, account, "USD", kind, num(amount), "", NULL);
}

static void cash_goes_in_and_out(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    assert_int_equal(move(k, QF_LEDGER_DEPOSIT, "desk", "5"), QF_OK);
    assert_int_equal(move(k, QF_LEDGER_WITHDRAWAL, "desk", "2.5"), QF_OK);
    assert_num(kit_cash_row(k, "desk", "USD").balance, "1000002.5");
    assert_num(kit_cash_row(k, "desk", "USD").flows, "1000002.5");
    assert_int_equal(move(k, QF_LEDGER_DEPOSIT, "nobody", "5"), QF_ENOENT);
    assert_int_equal(move(k, QF_LEDGER_DEPOSIT, "desk", "0"), QF_ERANGE);
    assert_int_equal(move(k, QF_LEDGER_DEPOSIT, "desk", "-1"), QF_ERANGE);
    assert_int_equal(move(k, QF_LEDGER_WITHDRAWAL, "desk", "1000002.50000001"), QF_EDENIED);
    assert_int_equal(move(k, QF_LEDGER_WITHDRAWAL, "desk", "1000002.5"), QF_OK);
    kit_check_sums(k);
    kit_free(k);
}

/* What an open buy holds cannot be taken out. */
static void held_cash_stays(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_prices(k);
    assert_true(kit_place(k, &k->bo, "desk", QF_SIDE_BUY, "1000", "AAPL", "100") > 0);
    assert_num(kit_cash_row(k, "desk", "USD").reserved, "100010"); /* and 1 bp of fee */
    assert_int_equal(move(k, QF_LEDGER_WITHDRAWAL, "desk", "899990.00000001"), QF_EDENIED);
    assert_int_equal(move(k, QF_LEDGER_WITHDRAWAL, "desk", "899990"), QF_OK);
    kit_free(k);
}

/* --- the day */

static void day_pnl_counts_what_was_held_and_what_was_traded(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_price(k, "AAPL", "100", "100");
    book(k, QF_SIDE_BUY, "100", "AAPL", "99", "2");
    struct qf_position p = kit_position(k, "desk", "AAPL");
    assert_num(p.day_pnl, "98"); /* 100 x 1 - 2 */
    kit_wait(k, QF_DAY);
    p = kit_position(k, "desk", "AAPL"); /* nothing has come on the new day: the price is its close */
    assert_num(p.day_pnl, "0");
    kit_price(k, "AAPL", "103", "103");
    assert_num(kit_position(k, "desk", "AAPL").day_pnl, "300"); /* close was 100; the row is of the day before */
    book(k, QF_SIDE_SELL, "40", "AAPL", "104", "1");
    kit_price(k, "AAPL", "105", "105");
    p = kit_position(k, "desk", "AAPL");
    assert_num(p.day_pnl, "459"); /* 60 x 5 + 40 x 4 - 1 */
    assert_num(p.day_quantity, "100");
    assert_num(p.day_close, "100");
    book(k, QF_SIDE_SELL, "60", "AAPL", "105", "0");
    p = kit_position(k, "desk", "AAPL");
    assert_num(p.day_pnl, "459"); /* flat, and the day stays what it was */
    struct qf_desk_status s;
    desk_status_row(k->d, &s);
    assert_num(s.day_pnl, "459");
    assert_true(s.day_start == s.equity - s.day_pnl);
    kit_free(k);
}

static void a_fill_for_an_earlier_day_was_held_when_the_day_began(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_price(k, "AAPL", "100", "100");
    kit_wait(k, QF_DAY);
    kit_price(k, "AAPL", "102", "102");
    book(k, QF_SIDE_BUY, "10", "AAPL", "101", "0");
    struct fill late = { .account = desk_account(k->d, "desk"),
                        .instrument = desk_instrument(k->d, "AAPL"),
                        .side = QF_SIDE_BUY,
                        .quantity = num64("5"),
                        .price = num64("50"),
                        .venue = "x",
                        .exec_id = "1",
                        .at = k->market - QF_DAY };
    assert_int_equal(fill_book(k->d, k->b, &k->sys, &late, NULL), QF_OK);
    assert_num(kit_position(k, "desk", "AAPL").day_pnl, "20"); /* 10 x 1 + 5 x 2 */
    kit_free(k);
}

/* --- many fills */

static void random_price(uint64_t *seed, const char *symbol, char out[32])
{
    if (strcmp(symbol, "BTC") == 0 || strcmp(symbol, "X") == 0)
        qf_str_fmt(out, 32, "%llu.%08llu", (unsigned long long)chance_below(seed, 3),
                   (unsigned long long)(1 + chance_below(seed, 99999999)));
    else
        qf_str_fmt(out, 32, "%llu.%02llu", (unsigned long long)(50 + chance_below(seed, 100)),
                   (unsigned long long)chance_below(seed, 100));
}

static void random_quantity(uint64_t *seed, const char *symbol, char out[32])
{
    if (strcmp(symbol, "BTC") == 0 || strcmp(symbol, "X") == 0)
        qf_str_fmt(out, 32, "%llu.%08llu", (unsigned long long)chance_below(seed, 2),
                   (unsigned long long)(1 + chance_below(seed, 99999999)));
    else
        qf_str_fmt(out, 32, "%llu", (unsigned long long)(1 + chance_below(seed, 50)));
}

static void random_fill(struct kit *k, uint64_t *seed)
{
    static const char *const symbols[] = {"AAPL", "ES", "BTC", "X", "OIL"}, *const accounts[] = {"desk", "alpha",
                                                                                                 "beta"};
    const char *symbol = symbols[chance_below(seed, QF_LEN(symbols))],
               *account = accounts[chance_below(seed, QF_LEN(accounts))];
    char price[32], quantity[32], fee[32], mark[32];
    random_price(seed, symbol, price);
    random_quantity(seed, symbol, quantity);
    qf_str_fmt(fee, sizeof(fee), "0.%08llu", (unsigned long long)chance_below(seed, 100000000));
    random_price(seed, symbol, mark);
    kit_price(k, symbol, mark, mark);
    assert_int_equal(
        kit_book(k, account, chance_below(seed, 2) == 0 ? QF_SIDE_BUY : QF_SIDE_SELL, quantity, symbol, price, fee),
        QF_OK);
}

/* The identity holds after every single fill, and when all is closed, cash is what was put in, plus what was realised,
 * less fees. */
static void the_cash_identity_holds_to_the_last_digit(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    uint64_t seed = 20260924;
    kit_instrument(k, "X", "", "USD", "0.00000001", "0.00000001", 3, false);
    for (int i = 0; i < 20000; i++) {
        random_fill(k, &seed);
        kit_check_identity(k);
        if (i % 100 == 99)
            kit_commit(k);
        if (i % 2500 == 2499) {
            kit_check_sums(k);
            kit_wait(k, QF_DAY / 3);
        }
    }
    kit_free(k);
}

/* The rows of the executions alone, added up by somebody else, give the same cash, profit and quantity. */
struct added_up {
    qf_money amount, fees, realized;
    qf_qty quantity;
};

static void add_up(const struct kit *k, struct added_up *sum, const char *account, const char *symbol)
{
    const void *rows;
    uint32_t n = batch_rows(k->b, QF_TABLE_executions, &rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_execution *e = (const struct qf_execution *)rows + i;
        if (strcmp(e->account, account) != 0 || strcmp(e->symbol, symbol) != 0)
            continue;
        sum->amount += e->amount;
        sum->fees += e->fee;
        sum->realized += e->realized;
        sum->quantity += e->side == QF_SIDE_BUY ? e->quantity : -e->quantity;
    }
}

static void executions_alone_give_the_position(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    uint64_t seed = 7;
    struct added_up sum = { 0 };
    kit_instrument(k, "X", "", "USD", "0.00000001", "0.00000001", 3, false);
    for (int i = 0; i < 5000; i++) {
        random_fill(k, &seed);
        if (i % 100 == 99) {
            add_up(k, &sum, "alpha", "X");
            kit_commit(k);
        }
    }
    struct qf_position p = kit_position(k, "alpha", "X");
    assert_int_equal(p.quantity, sum.quantity);
    assert_true(p.fees == sum.fees && p.realized == sum.realized);
    assert_true(p.realized == sum.amount + qf_cost_money(p.cost));
    assert_true(p.fifo_realized == sum.amount + qf_cost_money(p.fifo_cost));
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buying_moves_cash_and_cost),
        cmocka_unit_test(a_reduction_takes_its_share_of_the_exact_cost),
        cmocka_unit_test(through_zero_closes_everything_first),
        cmocka_unit_test(flat_ends_the_round_trip),
        cmocka_unit_test(the_oldest_lot_closes_first),
        cmocka_unit_test(multiplier_and_currency_count),
        cmocka_unit_test(an_execution_is_booked_once),
        cmocka_unit_test(what_no_number_can_hold_is_not_booked),
        cmocka_unit_test(each_movement_is_a_row_of_the_ledger),
        cmocka_unit_test(cash_goes_in_and_out),
        cmocka_unit_test(held_cash_stays),
        cmocka_unit_test(day_pnl_counts_what_was_held_and_what_was_traded),
        cmocka_unit_test(a_fill_for_an_earlier_day_was_held_when_the_day_began),
        cmocka_unit_test(the_cash_identity_holds_to_the_last_digit),
        cmocka_unit_test(executions_alone_give_the_position),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
