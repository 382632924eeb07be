/* The desk as a whole: look-ups, settings, prices and rates, sums by group, totals, loading, taking over. */
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
    kit_check_sums(k);
    kit_free(k);
    return 0;
}

static uint32_t slot_of(const char *symbol)
{
    return tab_slot(&k->d->instruments, desk_instrument(k->d, symbol));
}

static const struct group *group(enum qf_scope scope, const char *name)
{
    const struct group *g = desk_group(k->d, scope, name);
    assert_non_null(g);
    return g;
}

static void things_are_found_by_name(void **state)
{
    (void)state;
    assert_string_equal(desk_instrument(k->d, "ES")->row.symbol, "ES");
    assert_null(desk_instrument(k->d, "es"));
    assert_null(desk_instrument(k->d, "A_SYMBOL_THAT_IS_FAR_TOO_LONG"));
    assert_null(desk_account(k->d, ""));
    assert_string_equal(desk_account(k->d, "beta")->row.owner, "cy");
    assert_int_equal(desk_user(k->d, "ana")->role, QF_ROLE_RISK);
    assert_null(desk_user(k->d, "nobody"));
    assert_null(desk_position(k->d, "desk", "AAPL"));
    assert_true(desk_owns(&k->bo, &desk_account(k->d, "desk")->row));
    assert_false(desk_owns(&k->cy, &desk_account(k->d, "desk")->row));
    assert_true(desk_owns(&k->ana, &desk_account(k->d, "desk")->row));
}

static void a_user_is_found_by_its_system_number(void **state)
{
    (void)state;
    struct qf_user u = *desk_user(k->d, "bo");
    u.os_uid = 0;
    QF_SET(&u, user, os_uid);
    assert_null(desk_user_uid(k->d, 0)); /* nobody is root by having none */
    assert_int_equal(desk_put_user(k->d, k->b, &u), QF_OK);
    assert_string_equal(desk_user_uid(k->d, 0)->name, "bo");
    assert_null(desk_user_uid(k->d, 1000));
}

static void sessions_end_and_leave(void **state)
{
    (void)state;
    const void *rows;
    struct qf_session s = { .username = "bo" };
    qf_rec_fill(&qf_rec_session, &s);
    s.id = desk_next(k->d, k->b, &k->d->seq.session);
    assert_int_equal(desk_put_session(k->d, k->b, &s), QF_OK);
    assert_non_null(desk_session(k->d, s.id));
    s.ended = k->wall;
    QF_SET(&s, session, ended);
    assert_int_equal(desk_put_session(k->d, k->b, &s), QF_OK);
    assert_null(desk_session(k->d, s.id));
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_sessions, &rows), 1);
    assert_int_equal(((const struct qf_session *)rows)->ended, k->wall);
    batch_reset(k->b, ++k->no);
}

static void put_approval(int64_t id, enum qf_approval_state s, const char *args)
{
    struct qf_approval a = { .id = id, .state = (int32_t)s, .args = { args, (uint32_t)strlen(args) } };
    qf_rec_fill(&qf_rec_approval, &a);
    assert_int_equal(desk_put_approval(k->d, k->b, &a), QF_OK);
}

static void approvals_keep_their_arguments(void **state)
{
    (void)state;
    char args[] = "{\"strategy\":\"mom\"}";
    struct qf_approval like = { .id = 1 };
    put_approval(1, QF_APPROVAL_PENDING, args);
    memset(args, 'x', sizeof(args) - 1);
    const struct qf_approval *a = tab_find(&k->d->approvals, &like);
    assert_memory_equal(a->args.p, "{\"strategy\":\"mom\"}", a->args.n);
    struct qf_approval changed = *a; /* its args point into the desk */
    changed.state = QF_APPROVAL_GRANTED;
    assert_int_equal(desk_put_approval(k->d, k->b, &changed), QF_OK);
    assert_memory_equal(a->args.p, "{\"strategy\":\"mom\"}", a->args.n);
    kit_commit(k);
    for (int64_t id = 2; id <= QF_MAX_APPROVALS; id++)
        put_approval(id, QF_APPROVAL_PENDING, "{}");
    put_approval(QF_MAX_APPROVALS + 1, QF_APPROVAL_PENDING,
                 "{\"n\":2}"); /* takes the place of the one that is decided */
    assert_null(tab_find(&k->d->approvals, &like));
    struct qf_approval more = { .id = 9999 };
    assert_int_equal(desk_put_approval(k->d, k->b, &more), QF_EFULL);
    batch_undo(k->b);
    a = tab_find(&k->d->approvals, &like);
    assert_non_null(a);
    assert_memory_equal(a->args.p, "{\"strategy\":\"mom\"}", a->args.n);
    batch_reset(k->b, ++k->no);
}

/* --- prices */

static void the_mark_is_the_middle_else_the_last(void **state)
{
    (void)state;
    qf_price p;
    struct tick t = { .has_last = true, .last = num64("55"), .at = k->market };
    kit_instrument(k, "NEW", "", "USD", "0.01", "1", 1, false);
    assert_false(desk_mark_price(k->d, slot_of("NEW"), &p));
    assert_true(desk_stale(k->d, slot_of("NEW")));
    desk_mark(k->d, slot_of("NEW"), &t, k->wall, QF_SEC);
    assert_true(desk_mark_price(k->d, slot_of("NEW"), &p));
    assert_num(p, "55");
    assert_true(desk_touch(k->d, slot_of("NEW"), BUY, &p));
    assert_num(p, "55");
    kit_price(k, "NEW", "54.99", "55");
    assert_true(desk_mark_price(k->d, slot_of("NEW"), &p));
    assert_num(p, "54.995");
    assert_true(desk_touch(k->d, slot_of("NEW"), BUY, &p));
    assert_num(p, "55");
    assert_true(desk_touch(k->d, slot_of("NEW"), SELL, &p));
    assert_num(p, "54.99");
}

static void the_clock_never_goes_back(void **state)
{
    (void)state;
    struct tick t = { .has_last = true, .last = num64("55"), .at = k->market - QF_HOUR };
    desk_mark(k->d, slot_of("AAPL"), &t, k->wall, QF_SEC);
    assert_int_equal(k->d->market_now, k->market);
    assert_int_equal(k->d->marks[slot_of("AAPL")].at, k->market);
    desk_clock(k->d, k->market - 1);
    assert_int_equal(k->d->market_now, k->market);
    desk_clock(k->d, k->market + 1);
    assert_int_equal(k->d->market_now, k->market + 1);
}

static void a_quote_row_says_what_there_is(void **state)
{
    (void)state;
    struct qf_quote q;
    desk_quote_row(k->d, slot_of("AAPL"), &q);
    assert_num(q.bid, "100");
    assert_num(q.last, "100.01"); /* the middle: its feed has no trades */
    assert_false(QF_HAS(&q, quote, prev_close));
    assert_false(q.stale);
    desk_mark_bad(k->d, slot_of("AAPL"));
    kit_wait(k, QF_DAY);
    kit_price(k, "AAPL", "101", "101.02");
    desk_quote_row(k->d, slot_of("AAPL"), &q);
    assert_num(q.prev_close, "100.01");
    assert_int_equal(q.bad, 1);
    desk_quote_row(k->d, slot_of("NVDA"), &q);
    assert_true(q.stale);
    kit_instrument(k, "NEW", "", "USD", "0.01", "1", 1, false);
    desk_quote_row(k->d, slot_of("NEW"), &q);
    assert_false(QF_HAS(&q, quote, at) || QF_HAS(&q, quote, bid) || QF_HAS(&q, quote, last));
    desk_set_close(k->d, slot_of("NEW"), num64("9"));
    kit_price(k, "NEW", "10", "10");
    desk_quote_row(k->d, slot_of("NEW"), &q);
    assert_num(q.prev_close, "9");
}

static void volume_is_of_the_day(void **state)
{
    (void)state;
    struct tick t = { .has_last = true, .last = num64("55"), .volume = num64("7"), .at = k->market };
    desk_mark(k->d, slot_of("AAPL"), &t, k->wall, QF_SEC);
    desk_mark(k->d, slot_of("AAPL"), &t, k->wall, QF_SEC);
    assert_num(k->d->marks[slot_of("AAPL")].volume, "14");
    t.at += QF_DAY;
    desk_mark(k->d, slot_of("AAPL"), &t, k->wall, QF_SEC);
    assert_num(k->d->marks[slot_of("AAPL")].volume, "7");
}

/* --- rates */

static void rates_are_fixed_or_follow_a_price(void **state)
{
    (void)state;
    qf_money base;
    assert_num(desk_rate(k->d, "EUR"), "1.1");
    assert_num(desk_rate(k->d, "USD"), "1");
    assert_int_equal(desk_rate(k->d, "JPY"), DESK_NO_RATE);
    assert_true(desk_to_base(k->d, "EUR", num("10"), &base));
    assert_num(base, "11");
    assert_false(desk_to_base(k->d, "JPY", num("10"), &base));
    kit_book(k, "desk", BUY, "10", "SAP", "180", "0");
    kit_rate(k, "EUR", NULL, "EURUSD"); /* an instrument that is not there yet */
    assert_int_equal(desk_rate(k->d, "EUR"), DESK_NO_RATE);
    assert_int_equal(k->d->unpriced, 1);
    kit_instrument(k, "EURUSD", "", "USD", "0.0001", "1", 1, false);
    kit_price(k, "EURUSD", "1.2", "1.2");
    assert_num(desk_rate(k->d, "EUR"), "1.2");
    assert_num(group(QF_SCOPE_SYMBOL, "SAP")->value_net, "2160.12"); /* 10 x 180.01 x 1.2 */
    kit_price(k, "EURUSD", "1.3", "1.3");
    assert_num(group(QF_SCOPE_SYMBOL, "SAP")->value_net, "2340.13");
    assert_int_equal(k->d->unpriced, 0);
}

static void an_inverse_rate_divides(void **state)
{
    (void)state;
    struct qf_rate r = { .currency = "JPY", .symbol = "USDJPY", .inverse = true }, row;
    qf_rec_fill(&qf_rec_rate, &r);
    QF_SET(&r, rate, symbol);
    kit_instrument(k, "USDJPY", "", "JPY", "0.01", "1", 1, false);
    kit_price(k, "USDJPY", "160", "160");
    assert_int_equal(desk_put_rate(k->d, k->b, &r), QF_OK);
    assert_num(desk_rate(k->d, "JPY"), "0.00625");
    desk_rate_row(k->d, &r, &row);
    assert_true(QF_HAS(&row, rate, now));
    assert_num(row.now, "0.00625");
}

/* --- sums */

static void sums_by_group_follow_every_price(void **state)
{
    (void)state;
    kit_price(k, "AAPL", "100", "100");
    kit_price(k, "JPM", "200", "200");
    kit_book(k, "desk", BUY, "10", "AAPL", "100", "0");
    kit_book(k, "alpha", SELL, "5", "AAPL", "100", "0");
    kit_book(k, "beta", BUY, "2", "JPM", "200", "0");
    assert_num(group(QF_SCOPE_FIRM, "")->value_net, "900");
    assert_num(group(QF_SCOPE_FIRM, "")->value_gross, "1900");
    assert_num(group(QF_SCOPE_FIRM, "")->value_long, "1400");
    assert_num(group(QF_SCOPE_FIRM, "")->value_short, "-500");
    assert_num(group(QF_SCOPE_TRADER, "bo")->value_net, "500");
    assert_num(group(QF_SCOPE_STRATEGY, "mom")->value_gross, "900");
    assert_num(group(QF_SCOPE_SECTOR, "Tech")->value_gross, "1500");
    assert_num(group(QF_SCOPE_SYMBOL, "AAPL")->value_net, "500");
    assert_num(group(QF_SCOPE_ACCOUNT, "beta")->gross, "400");
    kit_price(k, "AAPL", "110", "110");
    assert_num(group(QF_SCOPE_FIRM, "")->value_net, "950");
    assert_num(group(QF_SCOPE_STRATEGY, "mom")->value_short, "-550");
}

static void a_moved_account_takes_its_sums_along(void **state)
{
    (void)state;
    kit_book(k, "alpha", BUY, "10", "AAPL", "100", "0");
    assert_true(kit_place(k, &k->bo, "alpha", BUY, "10", "NVDA", "119") > 0);
    struct qf_account a = desk_account(k->d, "alpha")->row;
    qf_str_copy(a.owner, sizeof(a.owner), "cy");
    QF_DROP(&a, account, strategy);
    assert_int_equal(desk_put_account(k->d, k->b, &a), QF_OK);
    assert_num(group(QF_SCOPE_TRADER, "bo")->gross, "0");
    assert_num(group(QF_SCOPE_TRADER, "cy")->gross, "2200.2");
    assert_num(group(QF_SCOPE_STRATEGY, "mom")->gross, "0");
    struct qf_instrument i = desk_instrument(k->d, "AAPL")->row;
    qf_str_copy(i.sector, sizeof(i.sector), "Toys");
    assert_int_equal(desk_put_instrument(k->d, k->b, &i), QF_OK);
    assert_num(group(QF_SCOPE_SECTOR, "Toys")->gross, "1000.1");
    assert_num(group(QF_SCOPE_SECTOR, "Tech")->gross, "1200.1");
}

/* --- totals */

static void the_first_line_adds_up(void **state)
{
    (void)state;
    struct qf_desk_status s;
    kit_price(k, "AAPL", "100", "100");
    kit_book(k, "desk", BUY, "1000", "AAPL", "100", "10");
    kit_price(k, "AAPL", "103", "103");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "10", "AAPL", "100") > 0);
    desk_status_row(k->d, &s);
    assert_num(s.cash, "3899990");
    assert_num(s.equity, "4002990");
    assert_num(s.unrealized, "3000");
    assert_num(s.fees, "10");
    assert_num(s.day_pnl, "2990");
    assert_num(s.day_start, "4000000");
    assert_num(s.gross, "103000");
    assert_num(s.reserved, "1000.1");
    assert_int_equal(s.positions, 1);
    assert_int_equal(s.working, 1);
    assert_int_equal(s.drawdown_bp, 0);
    assert_num(s.peak, "2990");
    assert_int_equal(s.state, QF_STATE_ACTIVE);
    assert_false(s.stale);
    assert_string_equal(s.base, "USD");
}

static void drawdown_is_from_the_persisted_peak(void **state)
{
    (void)state;
    struct qf_desk_status s;
    struct qf_equity e;
    kit_price(k, "AAPL", "100", "100");
    kit_book(k, "desk", BUY, "1000", "AAPL", "100", "0");
    kit_price(k, "AAPL", "200", "200");
    desk_equity_row(k->d, NULL, k->wall, &e);
    assert_num(e.equity, "4100000");
    desk_equity_taken(k->d, &e);
    assert_num(k->d->peak, "100000");
    kit_price(k, "AAPL", "159", "159");
    desk_status_row(k->d, &s);
    assert_int_equal(s.drawdown_bp, -100); /* 41,000 of 4,100,000 */
    assert_true(s.flows == num("4000000") && s.equity - s.flows - s.peak == -num("41000"));
    kit_cash(k, "desk", "USD", "4100000"); /* money put in is no profit and makes no peak */
    desk_status_row(k->d, &s);
    assert_num(s.peak, "100000");
    assert_int_equal(s.drawdown_bp, -50);
    assert_true(s.flows == num("8100000") && s.equity - s.flows - s.peak == -num("41000"));
    e.incomplete = true;
    e.equity = num("9000000");
    desk_equity_taken(k->d, &e);
    assert_num(k->d->peak, "100000");
    kit_wait(k, QF_DAY);
    desk_equity_row(k->d, NULL, k->wall, &e);
    desk_equity_taken(k->d, &e);
    assert_num(k->d->day_open_equity, "100000"); /* as the last point of the day before left it */
}

static void what_has_no_price_makes_totals_incomplete(void **state)
{
    (void)state;
    struct qf_desk_status s;
    struct qf_equity e;
    kit_instrument(k, "NEW", "", "USD", "0.01", "1", 1, false);
    kit_book(k, "desk", BUY, "10", "NEW", "5", "0");
    desk_status_row(k->d, &s);
    assert_int_equal(s.unpriced, 1);
    desk_equity_row(k->d, NULL, k->wall, &e);
    assert_true(e.incomplete);
    desk_equity_row(k->d, desk_account(k->d, "desk"), k->wall, &e);
    assert_true(e.incomplete);
    desk_equity_row(k->d, desk_account(k->d, "beta"), k->wall, &e);
    assert_false(e.incomplete);
    kit_price(k, "NEW", "5", "5");
    desk_equity_row(k->d, NULL, k->wall, &e);
    assert_false(e.incomplete);
    kit_book(k, "desk", SELL, "10", "NEW", "5", "0");
    desk_status_row(k->d, &s);
    assert_int_equal(s.unpriced, 0);
    assert_int_equal(s.positions, 0);
}

static void limits_show_what_is_used(void **state)
{
    (void)state;
    kit_price(k, "AAPL", "100", "100");
    kit_limit(k, QF_SCOPE_SECTOR, "Tech", QF_CTL_GROSS_EXPOSURE, "4000");
    kit_limit(k, QF_SCOPE_ACCOUNT, "*", QF_CTL_POSITION, "50");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_POSITION, "100");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "100");
    kit_book(k, "desk", BUY, "20", "AAPL", "100", "0");
    kit_book(k, "beta", BUY, "15", "AAPL", "100", "0");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "5", "AAPL", "90") > 0);
    static const struct {
        const char *used;
        int64_t bp;
    } want[] = { { "4000", 10000 }, { "25", 5000 }, { "40", 4000 }, { NULL, 0 } };
    uint32_t i = 0, n = 0;
    for (const struct qf_limit *l; (l = tab_next(&k->d->limits, &i)) != NULL; n++) {
        struct qf_limit row;
        desk_limit_row(k->d, l, &row);
        assert_int_equal(QF_HAS(&row, limit, used), want[n].used != NULL);
        if (want[n].used == NULL)
            continue;
        assert_num(row.used, want[n].used);
        assert_int_equal(row.used_bp, want[n].bp);
    }
    assert_int_equal(n, 4);
}

/* --- loading and taking over */

static void copy_rows(struct desk *to, enum qf_table_id table, const struct tab *from)
{
    uint32_t i = 0;
    for (const void *row; (row = tab_next(from, &i)) != NULL;)
        assert_int_equal(desk_load(to, table, row), QF_OK);
}

/* A second desk, loaded from the rows of the first, as after a reconnect. */
static struct desk *loaded_from(const struct desk *d)
{
    struct desk *to = desk_init(qf_map_lazy(desk_size()), &d->conf);
    const struct tab *const tabs[] = {&d->users,  &d->instruments, &d->rates,     &d->accounts, &d->limits, &d->states,
                                      &d->orders, &d->lots,        &d->positions, &d->trades,   &d->cash};
    for (size_t i = 0; i < QF_LEN(tabs); i++)
        copy_rows(to, tabs[i]->table, tabs[i]);
    desk_rebuild(to);
    return to;
}

static void busy_desk(void)
{
    kit_rate(k, "EUR", NULL, "EURUSD");
    kit_instrument(k, "EURUSD", "", "USD", "0.0001", "1", 1, false);
    kit_price(k, "EURUSD", "1.2", "1.2");
    kit_limit(k, QF_SCOPE_SYMBOL, "*", QF_CTL_MAX_QTY, "1000");
    for (int i = 0; i < 50; i++) {
        kit_book(k, i % 3 ? "desk" : "alpha", i % 4 ? BUY : SELL, "7", i % 2 ? "AAPL" : "SAP", i % 5 ? "100.5" : "99",
                 "0.01");
        assert_true(
            kit_place(k, &k->bo, i % 3 ? "desk" : "alpha", i % 2 ? BUY : SELL, "3", "NVDA", i % 2 ? "110" : "130") > 0);
    }
    assert_true(state_raise(k->d, k->b, "mom", QF_STATE_CLOSE_ONLY, true, "streak", "breaker", k->wall, NULL));
}

static void a_desk_loaded_from_rows_is_the_same_desk(void **state)
{
    (void)state;
    struct qf_desk_status was, is;
    busy_desk();
    struct desk *to = loaded_from(k->d);
    desk_inherit(to, k->d);
    desk_status_row(k->d, &was);
    desk_status_row(to, &is);
    assert_memory_equal(&was, &is, sizeof(was));
    for (uint32_t i = 0; i < k->d->group_count; i++) {
        const struct group *a = &k->d->groups[i], *b = desk_group(to, a->scope, a->name);
        assert_non_null(b);
        assert_true(a->gross == b->gross && a->reserved == b->reserved && a->value_net == b->value_net);
        assert_int_equal(a->open_orders, b->open_orders);
    }
    assert_int_equal(to->seq.order, k->d->seq.order);
    assert_int_equal(state_effective(to, desk_account(to, "alpha")), QF_STATE_CLOSE_ONLY);
    assert_true(to->version > k->d->version);
    qf_unmap(to, desk_size());
}

static void a_new_desk_takes_over_what_no_row_holds(void **state)
{
    (void)state;
    busy_desk();
    struct desk *to = loaded_from(k->d);
    int64_t id = kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "90"), other = id - 1; /* id is not in the new desk */
    assert_true(order_cancel(k->d, k->b, &k->bo, other, NULL, &k->refusal));
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_HALTED, true, "r", "ana", k->wall, NULL)); /* after the load */
    assert_true(state_raise(k->d, NULL, "mom", QF_STATE_CANCEL_ONLY, false, "slow", "lane", k->wall, NULL));
    k->d->peak = num("77");
    desk_inherit(to, k->d);
    assert_int_equal(desk_group(to, QF_SCOPE_TRADER, "bo")->rate_count, group(QF_SCOPE_TRADER, "bo")->rate_count);
    assert_true(group(QF_SCOPE_TRADER, "bo")->rate_count > 0);
    assert_int_equal(to->market_now, k->d->market_now);
    assert_false(venue_may_send(to, other));
    assert_null(desk_order(to, id));
    assert_int_equal(state_effective(to, NULL), QF_STATE_HALTED);
    assert_true(state_lift(to, "mom", NULL));
    assert_true(to->peak == num("77"));
    assert_false(desk_stale(to, tab_slot(&to->instruments, desk_instrument(to, "AAPL"))));
    qf_unmap(to, desk_size());
}

static void rows_that_hang_in_the_air_are_not_loaded(void **state)
{
    (void)state;
    struct qf_order o = { .id = 900, .account = "gone", .symbol = "AAPL", .quantity = 1 };
    struct qf_position p = { .account = "desk", .symbol = "GONE" };
    struct qf_lot l = { .id = 900, .account = "desk", .symbol = "GONE", .remaining = 1 };
    struct qf_cash c = { .account = "gone", .currency = "USD" };
    struct qf_limit bad = { .scope = 77, .control = 1 };
    struct qf_user twice = *desk_user(k->d, "bo");
    struct qf_position mad = { .account = "desk", .symbol = "AAPL", .quantity = INT64_MIN };
    struct qf_lot huge = { .id = 901, .account = "desk", .symbol = "AAPL", .remaining = INT64_MIN };
    struct qf_order none = { .id = 901, .account = "desk", .symbol = "AAPL", .quantity = -1 };
    assert_int_equal(desk_load(k->d, QF_TABLE_positions, &mad), QF_ERANGE);
    assert_int_equal(desk_load(k->d, QF_TABLE_lots, &huge), QF_ERANGE);
    assert_int_equal(desk_load(k->d, QF_TABLE_orders, &none), QF_ERANGE);
    assert_int_equal(desk_load(k->d, QF_TABLE_orders, &o), QF_ENOENT);
    assert_int_equal(desk_load(k->d, QF_TABLE_positions, &p), QF_ENOENT);
    assert_int_equal(desk_load(k->d, QF_TABLE_lots, &l), QF_ENOENT);
    assert_int_equal(desk_load(k->d, QF_TABLE_cash, &c), QF_ENOENT);
    assert_int_equal(desk_load(k->d, QF_TABLE_limits, &bad), QF_ERANGE);
    assert_int_equal(desk_load(k->d, QF_TABLE_users, &twice), QF_EEXIST);
}

static void numbers_go_on_where_the_rows_end(void **state)
{
    (void)state;
    struct qf_ledger l = { .id = 500 };
    struct qf_control c = { .cmd_no = 600 };
    struct qf_lot closed = { .id = 700, .account = "desk", .symbol = "AAPL" };
    struct qf_trade t = { .id = 800, .state = QF_TRADE_CLOSED };
    struct qf_session s = { .id = 900, .ended = 1 };
    QF_SET(&s, session, ended);
    assert_int_equal(desk_load(k->d, QF_TABLE_ledger, &l), QF_OK);
    assert_int_equal(desk_load(k->d, QF_TABLE_control_log, &c), QF_OK);
    assert_int_equal(desk_load(k->d, QF_TABLE_lots, &closed), QF_OK);
    assert_int_equal(desk_load(k->d, QF_TABLE_trades, &t), QF_OK);
    assert_int_equal(desk_load(k->d, QF_TABLE_sessions, &s), QF_OK);
    assert_int_equal(desk_next(k->d, k->b, &k->d->seq.ledger), 501);
    assert_int_equal(desk_next(k->d, k->b, &k->d->seq.cmd), 601);
    assert_int_equal(desk_next(k->d, k->b, &k->d->seq.lot), 701);
    assert_int_equal(desk_next(k->d, k->b, &k->d->seq.trade), 801);
    assert_int_equal(desk_next(k->d, k->b, &k->d->seq.session), 901);
    assert_int_equal(k->d->lots.count + k->d->trades.count + k->d->sessions.count, 0);
    batch_undo(k->b);
    assert_int_equal(k->d->seq.cmd, 600);
    desk_rebuild(k->d);
    batch_reset(k->b, ++k->no);
}

/* What is not stored is there all the same after loading: prices are shown with the decimals of the tick. */
static void a_loaded_row_has_what_is_not_stored(void **state)
{
    struct qf_position p = { .quantity = num64("100"), .cost = num("9000") * QF_ONE, .day = KIT_START }, row;
    struct qf_cash c = { .balance = num("5") }, shown;
    (void)state;
    qf_rec_fill(&qf_rec_position, &p);
    qf_rec_fill(&qf_rec_cash, &c);
    QF_DROP(&p, position, tick);
    QF_DROP(&p, position, stale);
    QF_DROP(&c, cash, reserved);
    qf_str_copy(p.account, sizeof p.account, "gamma");
    qf_str_copy(p.symbol, sizeof p.symbol, "AAPL");
    qf_str_copy(p.currency, sizeof p.currency, "USD");
    assert_int_equal(desk_load(k->d, QF_TABLE_positions, &p), QF_OK);
    desk_rebuild(k->d);
    desk_position_row(k->d, desk_position(k->d, "gamma", "AAPL"), &row);
    assert_true(QF_HAS(&row, position, tick) && QF_HAS(&row, position, stale));
    assert_int_equal(row.tick, num64("0.01"));
    desk_cash_row(k->d, &c, &shown);
    assert_true(QF_HAS(&shown, cash, reserved));
}

int main(void)
{
#define DESK_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        DESK_TEST(things_are_found_by_name),
        DESK_TEST(a_user_is_found_by_its_system_number),
        DESK_TEST(sessions_end_and_leave),
        DESK_TEST(approvals_keep_their_arguments),
        DESK_TEST(the_mark_is_the_middle_else_the_last),
        DESK_TEST(the_clock_never_goes_back),
        DESK_TEST(a_quote_row_says_what_there_is),
        DESK_TEST(volume_is_of_the_day),
        DESK_TEST(rates_are_fixed_or_follow_a_price),
        DESK_TEST(an_inverse_rate_divides),
        DESK_TEST(sums_by_group_follow_every_price),
        DESK_TEST(a_moved_account_takes_its_sums_along),
        DESK_TEST(the_first_line_adds_up),
        DESK_TEST(drawdown_is_from_the_persisted_peak),
        DESK_TEST(what_has_no_price_makes_totals_incomplete),
        DESK_TEST(limits_show_what_is_used),
        DESK_TEST(a_desk_loaded_from_rows_is_the_same_desk),
        DESK_TEST(a_new_desk_takes_over_what_no_row_holds),
        DESK_TEST(rows_that_hang_in_the_air_are_not_loaded),
        DESK_TEST(numbers_go_on_where_the_rows_end),
        DESK_TEST(a_loaded_row_has_what_is_not_stored),
    };
    return cmocka_run_group_tests_name("desk", tests, NULL, NULL);
}
