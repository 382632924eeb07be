/* The thin path, for real: market in, order, gate, fill, position, profit; seen live and kept. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/it/desk_world.h"

static struct desk_world world;
static struct rpc bob;

static int start(void **state)
{
    *state = &world;
    world_start(&world);
    world_wait_prices(&world);
    world_sign_in(&world, &bob, "bob");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rpc_release(&bob);
    world_stop(&world);
    return 0;
}

static const struct qf_cash *cash_of(const char *account)
{
    const struct qf_cash_list *l = world_do(&world, &world.boss, QF_CMD_cash_list, NULL);
    for (uint32_t i = 0; i < l->cash_n; i++)
        if (qf_str_eq(l->cash[i].account, account))
            return &l->cash[i];
    fail_msg("no cash of %s", account);
    return NULL;
}

static bool position_of(const char *symbol, struct qf_position *ret)
{
    struct qf_position_query q = { .flat = true };
    QF_SET(&q, position_query, flat);
    const struct qf_position_list *l = world_do(&world, &world.boss, QF_CMD_position_list, &q);
    for (uint32_t i = 0; i < l->positions_n; i++)
        if (qf_str_eq(l->positions[i].symbol, symbol) && qf_str_eq(l->positions[i].account, "desk")) {
            *ret = l->positions[i];
            return true;
        }
    return false;
}

/* An empty list would say that there is nothing in a book that does not exist. */
static void a_list_of_what_does_not_exist_is_refused(void **state)
{
    struct qf_page_query account = { .account = "nosuch" }, symbol = { .symbol = "NOSUCH" };
    struct qf_order_query orders = { .account = "nosuch" };
    struct qf_position_query positions = { .symbol = "NOSUCH" };
    struct qf_equity_query equity = { .account = "nosuch" };
    const enum qf_cmd_id pages[] = { QF_CMD_execution_list, QF_CMD_trade_list, QF_CMD_ledger_list, QF_CMD_lot_list };
    (void)state;
    QF_SET(&account, page_query, account);
    QF_SET(&symbol, page_query, symbol);
    QF_SET(&orders, order_query, account);
    QF_SET(&positions, position_query, symbol);
    QF_SET(&equity, equity_query, account);
    for (size_t i = 0; i < QF_LEN(pages); i++) {
        world_refused(&world, &world.boss, pages[i], &account, "NOT_FOUND");
        world_refused(&world, &world.boss, pages[i], &symbol, "NOT_FOUND");
    }
    world_refused(&world, &world.boss, QF_CMD_order_list, &orders, "NOT_FOUND");
    world_refused(&world, &world.boss, QF_CMD_position_list, &positions, "NOT_FOUND");
    world_refused(&world, &world.boss, QF_CMD_equity_points, &equity, "NOT_FOUND");
    qf_str_copy(equity.account, sizeof equity.account, "desk");
    (void)world_do(&world, &world.boss, QF_CMD_equity_points, &equity);
}

/* Cash = deposits + amounts - fees, position = sum of executions, both from all executions there are. */
static void books_agree(const char *symbol)
{
    struct qf_page_query q = { .limit = 500 };
    struct qf_position p = { .quantity = 0 };
    qf_money cash = 0;
    qf_qty quantity = 0;
    QF_SET(&q, page_query, limit);
    const struct qf_execution_list *l = world_do(&world, &world.boss, QF_CMD_execution_list, &q);
    assert_true(l->executions_n < 500);
    for (uint32_t i = 0; i < l->executions_n; i++) {
        const struct qf_execution *e = &l->executions[i];
        cash += e->amount - e->fee;
        if (qf_str_eq(e->symbol, symbol))
            quantity += e->side == QF_SIDE_BUY ? e->quantity : -e->quantity;
    }
    const struct qf_cash *c = cash_of("desk");
    assert_true(c->balance == c->flows + cash);
    (void)position_of(symbol, &p);
    assert_true(p.quantity == quantity);
}

static void a_new_desk_has_names_an_account_and_limits(void **state)
{
    (void)state;
    const struct qf_instrument_list *names = world_do(&world, &world.boss, QF_CMD_instrument_list, NULL);
    assert_int_equal(names->instruments_n, 20);
    const struct qf_account_list *accounts = world_do(&world, &world.boss, QF_CMD_account_list, NULL);
    assert_int_equal(accounts->accounts_n, 1);
    assert_string_equal(accounts->accounts[0].owner, "bob");
    assert_true(cash_of("desk")->balance == (qf_money)25000000 * QF_ONE);
    const struct qf_limit_list *limits = world_do(&world, &world.boss, QF_CMD_limit_list, NULL);
    assert_true(limits->limits_n >= 6);
}

static void an_order_is_filled_and_the_books_agree(void **state)
{
    (void)state;
    const struct qf_order_detail *d;
    int64_t id = world_order(&world, &bob, "AAPL", QF_SIDE_BUY, 100, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    assert_int_equal(world_state(&world, id, &d), QF_ORDER_FILLED);
    assert_true(d->executions_n >= 1);
    assert_true(d->order[0].filled == 100 * QF_ONE);
    books_agree("AAPL");
    struct qf_position p;
    assert_true(position_of("AAPL", &p));
    assert_true(QF_HAS(&p, position, average) && QF_HAS(&p, position, unrealized));
    const struct qf_trade_list *t = world_do(&world, &bob, QF_CMD_trade_list, &(struct qf_page_query){ .has = 0 });
    assert_int_equal(t->trades_n, 1);
    assert_int_equal(t->trades[0].state, QF_TRADE_OPEN);
    const struct qf_lot_list *lots = world_do(&world, &bob, QF_CMD_lot_list, &(struct qf_page_query){ .has = 0 });
    assert_true(lots->lots_n >= 1);
    const struct qf_ledger_list *ledger = world_do(&world, &bob, QF_CMD_ledger_list, &(struct qf_page_query){ .has = 0 });
    assert_true(ledger->ledger_n >= 3);
}

static void closing_a_position_makes_it_flat(void **state)
{
    (void)state;
    struct qf_position p;
    struct qf_position_close in = { .has = 0 };
    int64_t id = world_order(&world, &bob, "MSFT", QF_SIDE_BUY, 10, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    qf_str_copy(in.symbol, sizeof in.symbol, "MSFT");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_position_close, &in);
    const struct qf_order *o = world_do(&world, &bob, QF_CMD_position_close, &in);
    assert_int_equal(o->side, QF_SIDE_SELL);
    assert_int_equal(o->tif, QF_TIF_IOC);
    world_wait_state(&world, o->id, QF_ORDER_FILLED);
    assert_true(position_of("MSFT", &p));
    assert_true(p.quantity == 0 && p.cost == 0);
    books_agree("MSFT");
    world_ref(&world, in.client_ref);
    world_refused(&world, &bob, QF_CMD_position_close, &in, "NOT_FOUND");
}

static void resting_orders_are_cancelled_one_and_all(void **state)
{
    (void)state;
    struct qf_order_cancel one = { .has = 0 };
    struct qf_order_cancel_all all = { .has = 0 };
    int64_t a = world_order(&world, &bob, "KO", QF_SIDE_BUY, 10, world_below(&world, "KO"));
    int64_t b = world_order(&world, &bob, "KO", QF_SIDE_BUY, 11, world_below(&world, "KO"));
    world_wait_state(&world, a, QF_ORDER_WORKING);
    one.id = a;
    world_ref(&world, one.client_ref);
    qf_rec_fill(&qf_rec_order_cancel, &one);
    world_do(&world, &bob, QF_CMD_order_cancel, &one);
    world_wait_state(&world, a, QF_ORDER_CANCELLED);
    world_ref(&world, all.client_ref);
    qf_rec_fill(&qf_rec_order_cancel_all, &all);
    const struct qf_cancelled *c = world_do(&world, &bob, QF_CMD_order_cancel_all, &all);
    assert_int_equal(c->requested, 1);
    world_wait_state(&world, b, QF_ORDER_CANCELLED);
    const struct qf_order_list *open = world_do(&world, &bob, QF_CMD_order_list, &(struct qf_order_query){ .has = 0 });
    assert_int_equal(open->orders_n, 0);
    assert_int_equal(open->total, 0);
}

static void the_same_reference_gets_the_same_bytes(void **state)
{
    (void)state;
    struct qf_order_place in = { .side = QF_SIDE_BUY, .quantity = 5 * QF_ONE };
    char first[2048];
    qf_str_copy(in.symbol, sizeof in.symbol, "JPM");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    world_do(&world, &bob, QF_CMD_order_place, &in);
    size_t n = world.line.body_n;
    assert_true(n < sizeof first);
    memcpy(first, world.line.body, n);
    world_do(&world, &bob, QF_CMD_order_place, &in);
    assert_int_equal(world.line.body_n, n);
    assert_memory_equal(world.line.body, first, n);
    in.quantity = 6 * QF_ONE;
    world_refused(&world, &bob, QF_CMD_order_place, &in, "REF_REUSED");
    in.quantity = 5 * QF_ONE;
    rpc_close(&bob);
    world_restart(&world); /* the answer now comes from the table */
    rpc_release(&bob);
    world_sign_in(&world, &bob, "bob");
    world_do(&world, &bob, QF_CMD_order_place, &in);
    assert_int_equal(world.line.body_n, n);
    assert_memory_equal(world.line.body, first, n);
    in.quantity = 6 * QF_ONE;
    world_refused(&world, &bob, QF_CMD_order_place, &in, "REF_REUSED");
    world_wait_prices(&world);
}

static void a_refusal_is_an_answer_too(void **state)
{
    (void)state;
    struct qf_order_place in = { .side = QF_SIDE_BUY, .quantity = 1000000 * QF_ONE };
    qf_str_copy(in.symbol, sizeof in.symbol, "AAPL");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    world_refused(&world, &bob, QF_CMD_order_place, &in, "MAX_QTY");
    assert_true(world.line.refusal.has_limit && world.line.refusal.limit == (qf_money)20000 * QF_ONE);
    assert_true(world.line.refusal.has_largest);
    world_refused(&world, &bob, QF_CMD_order_place, &in, "MAX_QTY");
    struct qf_order_check check = { .side = QF_SIDE_BUY, .quantity = in.quantity };
    qf_str_copy(check.symbol, sizeof check.symbol, "AAPL");
    qf_rec_fill(&qf_rec_order_check, &check);
    const struct qf_gate_report *g = world_do(&world, &bob, QF_CMD_order_check, &check);
    assert_false(g->pass);
    assert_true(g->checks_n > 8);
    assert_string_equal(g->account, "desk");
}

static void a_broker_statement_is_booked_once(void **state)
{
    (void)state;
    struct qf_fill_row rows[3] = { { .has = 0 } };
    struct qf_fill_import in = { .rows = rows, .rows_n = 3 };
    for (int i = 0; i < 3; i++) {
        qf_str_fmt(rows[i].fill_id, sizeof rows[i].fill_id, "F-%d", i);
        rows[i].ts = qf_now_wall();
        qf_str_copy(rows[i].symbol, sizeof rows[i].symbol, "PFE");
        rows[i].side = QF_SIDE_BUY;
        rows[i].quantity = 7 * QF_ONE;
        rows[i].price = 29 * QF_ONE;
        rows[i].fee = QF_ONE / 4;
        qf_rec_fill(&qf_rec_fill_row, &rows[i]);
    }
    qf_str_copy(in.account, sizeof in.account, "desk");
    qf_str_copy(in.broker, sizeof in.broker, "acme");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_fill_import, &in);
    const struct qf_imported *r = world_do(&world, &world.boss, QF_CMD_fill_import, &in);
    assert_int_equal(r->taken, 3);
    world_ref(&world, in.client_ref); /* sent again as something new: the broker's ids keep it from being booked twice */
    r = world_do(&world, &world.boss, QF_CMD_fill_import, &in);
    assert_int_equal(r->taken, 0);
    assert_int_equal(r->known, 3);
    books_agree("PFE");
    rows[2].quantity = 8 * QF_ONE;
    qf_str_copy(rows[2].symbol, sizeof rows[2].symbol, "NOPE");
    world_ref(&world, in.client_ref);
    world_refused(&world, &world.boss, QF_CMD_fill_import, &in, "NOT_FOUND");
}

static void money_moves_by_people_and_is_seen(void **state)
{
    (void)state;
    struct qf_cash_move in = { .amount = 1000 * QF_ONE };
    qf_str_copy(in.account, sizeof in.account, "desk");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &in);
    qf_money before = cash_of("desk")->balance;
    world_do(&world, &world.boss, QF_CMD_cash_deposit, &in);
    assert_true(cash_of("desk")->balance == before + 1000 * QF_ONE);
    world_ref(&world, in.client_ref);
    world_do(&world, &world.boss, QF_CMD_cash_withdraw, &in);
    assert_true(cash_of("desk")->balance == before);
    in.amount = (qf_money)1000000000 * QF_ONE;
    world_ref(&world, in.client_ref);
    world_refused(&world, &world.boss, QF_CMD_cash_withdraw, &in, "BAD_STATE");
    struct qf_account_add add = { .has = 0 };
    qf_str_copy(add.name, sizeof add.name, "second");
    qf_str_copy(add.owner, sizeof add.owner, "nobody");
    world_ref(&world, add.client_ref);
    qf_rec_fill(&qf_rec_account_add, &add);
    world_refused(&world, &world.boss, QF_CMD_account_add, &add, "NOT_FOUND");
}

static void prices_come_from_outside_as_well(void **state)
{
    (void)state;
    struct rpc tick;
    struct qf_instrument_set set = { .lot = QF_ONE };
    struct qf_quote_in quote = { .bid = 10 * QF_ONE, .ask = 11 * QF_ONE };
    struct qf_quote_publish in = { .quotes = &quote, .quotes_n = 1 };
    struct qf_rate_set rate = { .value = 2 * QF_ONE };
    qf_str_copy(set.symbol, sizeof set.symbol, "OUT");
    qf_str_copy(set.feed, sizeof set.feed, "outside");
    qf_str_copy(set.currency, sizeof set.currency, "GBP");
    world_ref(&world, set.client_ref);
    qf_rec_fill(&qf_rec_instrument_set, &set);
    QF_SET(&set, instrument_set, feed);
    QF_SET(&set, instrument_set, currency);
    world_do(&world, &world.boss, QF_CMD_instrument_set, &set);
    qf_str_copy(rate.currency, sizeof rate.currency, "GBP");
    world_ref(&world, rate.client_ref);
    qf_rec_fill(&qf_rec_rate_set, &rate);
    QF_SET(&rate, rate_set, value);
    world_do(&world, &world.boss, QF_CMD_rate_set, &rate);
    const struct qf_rate_list *rates = world_do(&world, &bob, QF_CMD_rate_list, NULL);
    assert_int_equal(rates->rates_n, 1);
    world_sign_in(&world, &tick, "tick");
    qf_str_copy(quote.symbol, sizeof quote.symbol, "OUT");
    qf_rec_fill(&qf_rec_quote_in, &quote);
    QF_SET(&quote, quote_in, bid);
    QF_SET(&quote, quote_in, ask);
    qf_rec_fill(&qf_rec_quote_publish, &in);
    const struct qf_published *p = world_do(&world, &tick, QF_CMD_quote_publish, &in);
    assert_int_equal(p->taken, 1);
    quote.bid = 12 * QF_ONE; /* crossed */
    p = world_do(&world, &tick, QF_CMD_quote_publish, &in);
    assert_int_equal(p->bad, 1);
    rpc_release(&tick);
}

static void feeds_are_steered(void **state)
{
    (void)state;
    struct qf_feed_set in = { .has = 0 };
    qf_str_copy(in.name, sizeof in.name, "sim");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_feed_set, &in);
    const struct qf_feed *f = world_do(&world, &world.boss, QF_CMD_feed_pause, &in);
    assert_int_equal(f->status, QF_FEEDST_PAUSED);
    world_ref(&world, in.client_ref);
    f = world_do(&world, &world.boss, QF_CMD_feed_resume, &in);
    assert_int_not_equal(f->status, QF_FEEDST_PAUSED);
    const struct qf_feed_list *l = world_do(&world, &bob, QF_CMD_feed_list, NULL);
    assert_int_equal(l->feeds_n, 2);
}

static void history_can_be_read(void **state)
{
    (void)state;
    struct qf_bar_query bars = { .period = 86400, .limit = 50 };
    qf_str_copy(bars.symbol, sizeof bars.symbol, "AAPL");
    qf_rec_fill(&qf_rec_bar_query, &bars);
    QF_SET(&bars, bar_query, period);
    QF_SET(&bars, bar_query, limit);
    const struct qf_bar_list *b = world_do(&world, &bob, QF_CMD_bar_list, &bars);
    assert_int_equal(b->bars_n, 50);
    const struct qf_spark_list *sparks = world_do(&world, &bob, QF_CMD_quote_sparks, NULL);
    assert_true(sparks->sparks_n >= 20);
    world_do(&world, &bob, QF_CMD_equity_points, &(struct qf_equity_query){ .has = 0 });
    struct qf_order_query all = { .all = true };
    QF_SET(&all, order_query, all);
    const struct qf_order_list *orders = world_do(&world, &bob, QF_CMD_order_list, &all);
    assert_true(orders->orders_n >= 4);
    struct qf_event_query events = { .before = 1000000 };
    QF_SET(&events, event_query, before);
    const struct qf_event_list *e = world_do(&world, &bob, QF_CMD_system_events, &events);
    assert_true(e->events_n >= 1);
    const struct qf_overview *o = world_do(&world, &bob, QF_CMD_overview_get, NULL);
    assert_int_equal(o->desk_n, 1);
    const struct qf_sample_list *s = world_do(&world, &bob, QF_CMD_system_sample, NULL);
    assert_true(s->samples_n >= 1);
    const struct qf_latency *l = world_do(&world, &bob, QF_CMD_system_latency, &(struct qf_latency_query){ .has = 0 });
    assert_string_equal(l->method, "order.place");
    world_do(&world, &bob, QF_CMD_rpc_discover, NULL);
    assert_true(world.line.body_n > 10000);
    const struct qf_hello *h = world_do(&world, &bob, QF_CMD_hello, NULL);
    assert_string_equal(h->name, "qfd");
}

static void a_topic_begins_with_all_rows_and_goes_on(void **state)
{
    (void)state;
    struct qf_subscribe in = { .has = 0 };
    qf_str_copy(in.topic, sizeof in.topic, "orders");
    qf_rec_fill(&qf_rec_subscribe, &in);
    const struct qf_subscribed *s = world_do(&world, &bob, QF_CMD_topic_subscribe, &in);
    assert_string_equal(s->topic, "orders");
    world_refused(&world, &bob, QF_CMD_topic_subscribe, &in, "ALREADY");
    int64_t id = world_order(&world, &bob, "KO", QF_SIDE_BUY, 3, world_below(&world, "KO"));
    char want[32];
    bool seen = false;
    qf_str_fmt(want, sizeof want, "\"id\":%lld", (long long)id);
    for (int i = 0; i < 100 && !seen; i++) {
        char *room = qf_buf_room(&bob.in, 65536);
        ssize_t n = read(bob.fd, room, 65536);
        assert_true(n > 0);
        bob.in.len += (size_t)n;
        const char *text = qf_buf_cstr(&bob.in);
        seen = strstr(text, "topic.update") != NULL && strstr(text, want) != NULL && text[bob.in.len - 1] == '\n';
    }
    assert_true(seen);
    qf_buf_clear(&bob.in);
    world_do(&world, &bob, QF_CMD_topic_unsubscribe, &in);
    world_refused(&world, &bob, QF_CMD_topic_unsubscribe, &in, "NOT_FOUND");
}

static void the_trail_holds_and_the_tables_agree(void **state)
{
    (void)state;
    const struct qf_audit_verdict *v = world_do(&world, &world.boss, QF_CMD_audit_verify, NULL);
    assert_true(v->ok);
    assert_true(v->rows > 20);
    const struct qf_audit_page *page = world_do(&world, &world.boss, QF_CMD_audit_list, &(struct qf_audit_query){ .has = 0 });
    assert_true(page->rows_n > 20);
    world_restart(&world);
    books_agree("AAPL");
    assert_int_equal(proc_verify(&world.proc), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_desk_has_names_an_account_and_limits),
        cmocka_unit_test(an_order_is_filled_and_the_books_agree),
        cmocka_unit_test(closing_a_position_makes_it_flat),
        cmocka_unit_test(resting_orders_are_cancelled_one_and_all),
        cmocka_unit_test(a_refusal_is_an_answer_too),
        cmocka_unit_test(the_same_reference_gets_the_same_bytes),
        cmocka_unit_test(a_broker_statement_is_booked_once),
        cmocka_unit_test(money_moves_by_people_and_is_seen),
        cmocka_unit_test(prices_come_from_outside_as_well),
        cmocka_unit_test(feeds_are_steered),
        cmocka_unit_test(history_can_be_read),
        cmocka_unit_test(a_list_of_what_does_not_exist_is_refused),
        cmocka_unit_test(a_topic_begins_with_all_rows_and_goes_on),
        cmocka_unit_test(the_trail_holds_and_the_tables_agree),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
