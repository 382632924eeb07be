/* Breakers: what each kind watches, when it trips, that it stays tripped, and what re-arming takes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "daemon/core/breaker.h"
#include "daemon/core/core.h"
#include "tests/unit/desk_help.h"

#define BUY QF_SIDE_BUY
#define SELL QF_SIDE_SELL

static struct kit *k;
static struct breaker_world world;
static enum feed_word word;
static struct breaker_trip trips[16];
static uint32_t trips_n;

static enum feed_word feed(void *arg, uint32_t instrument)
{
    (void)arg;
    (void)instrument;
    return word;
}

static int setup(void **state)
{
    (void)state;
    k = kit_new();
    kit_prices(k);
    word = FEED_RUNS;
    world = (struct breaker_world){ .watching = k->wall, .feed = feed };
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_free(k);
    return 0;
}

static void set(enum qf_breaker_code code, const char *strategy, const char *level)
{
    struct qf_breaker b;
    breaker_blank(code, strategy, &b);
    if (level != NULL) {
        b.level = num(level);
        QF_SET(&b, breaker, level);
    }
    assert_int_equal(desk_put_breaker(k->d, k->b, &b), QF_OK);
}

/* Latches and writes like the server does. */
static void on_trip(void *arg, const struct breaker_trip *t)
{
    (void)arg;
    assert_true(trips_n < QF_LEN(trips));
    trips[trips_n++] = *t;
    assert_true(breaker_latch(k->d, t));
}

static uint32_t look(void)
{
    trips_n = 0;
    world.wall = k->wall;
    breaker_look(k->d, &world, on_trip, NULL);
    for (uint32_t i = 0; i < trips_n; i++)
        assert_int_equal(breaker_write(k->d, k->b, &trips[i], k->wall), QF_OK);
    return trips_n;
}

static bool rearm(enum qf_breaker_code code, const char *strategy)
{
    world.wall = k->wall;
    return breaker_rearm(k->d, k->b, &world, code, strategy, &k->refusal);
}

static struct qf_breaker shown(enum qf_breaker_code code, const char *strategy)
{
    static struct qf_breaker rows[64];
    world.wall = k->wall;
    uint32_t n = breaker_rows(k->d, &world, rows, QF_LEN(rows));
    for (uint32_t i = 0; i < n; i++)
        if (rows[i].code == (int32_t)code && strcmp(rows[i].name, strategy) == 0)
            return rows[i];
    fail_msg("no such row");
    return rows[0];
}

/* One round trip with this result before fees, for a fee of 0. */
static void round_trip(const char *account, const char *sold_at)
{
    assert_int_equal(kit_book(k, account, BUY, "1", "AAPL", "100", "0"), QF_OK);
    assert_int_equal(kit_book(k, account, SELL, "1", "AAPL", sold_at, "0"), QF_OK);
}

static void events_ahead_of_a_clock_set_back_do_not_count(void **state)
{
    (void)state;
    set(QF_BRK_REJECT_STORM, "", "3");
    for (int i = 0; i < 5; i++)
        watch_reject(k->d, k->wall + QF_HOUR);
    assert_int_equal(look(), 0);
    watch_reject(k->d, k->wall);
    watch_reject(k->d, k->wall);
    assert_int_equal(look(), 0);
    watch_reject(k->d, k->wall);
    assert_int_equal(look(), 1);
}

/* --- the list */

static void all_seven_are_listed_also_when_they_are_off(void **state)
{
    (void)state;
    struct qf_breaker rows[32];
    world.wall = k->wall;
    set(QF_BRK_DAY_LOSS, "mom", "10");
    set(QF_BRK_LOSS_STREAK, "*", "3");
    set(QF_BRK_DAY_LOSS, "*", "20");
    uint32_t n = breaker_rows(k->d, &world, rows, QF_LEN(rows));
    assert_int_equal(n, QF_breaker_code_COUNT + 3);
    for (int c = 0; c < QF_breaker_code_COUNT; c++) {
        assert_int_equal(rows[c].code, c);
        assert_int_equal(rows[c].scope, QF_SCOPE_FIRM);
        assert_false(QF_HAS(&rows[c], breaker, level) || rows[c].tripped);
        assert_int_equal(breaker_kinds[c].code, c);
    }
    assert_string_equal(rows[7].name, "*"); /* by kind and name */
    assert_string_equal(rows[8].name, "mom");
    assert_int_equal(rows[9].code, QF_BRK_LOSS_STREAK);
    assert_int_equal(breaker_rows(k->d, &world, rows, 8), 8);
    assert_int_equal(look(), 0);
}

/* --- money */

static void day_loss_of_firm_and_strategy(void **state)
{
    (void)state;
    set(QF_BRK_DAY_LOSS, "", "1000");
    set(QF_BRK_DAY_LOSS, "*", "500");
    kit_book(k, "alpha", BUY, "100", "AAPL", "100.01", "0"); /* mom */
    kit_book(k, "desk", BUY, "100", "AAPL", "100.01", "0");
    kit_price(k, "AAPL", "95.01", "95.01"); /* 500 lost in each of them */
    kit_price(k, "AAPL", "95.02", "95.02");
    assert_int_equal(look(), 0);
    assert_true(shown(QF_BRK_DAY_LOSS, "").now == num("998"));
    assert_int_equal(shown(QF_BRK_DAY_LOSS, "").used_bp, 9980);
    assert_string_equal(shown(QF_BRK_DAY_LOSS, "*").subject, "mom");
    kit_price(k, "AAPL", "95.01", "95.01");
    assert_int_equal(look(), 2);
    assert_string_equal(trips[0].words, "DAY_LOSS 1,000.00, level 1,000.00");
    assert_string_equal(trips[0].strategy, "");
    assert_int_equal(trips[0].action, QF_STATE_HALTED);
    assert_string_equal(trips[1].strategy, "mom");
    assert_int_equal(look(), 0); /* latched */
    assert_int_equal(breaker_tripped(k->d), 2);
    assert_true(shown(QF_BRK_DAY_LOSS, "mom").tripped && shown(QF_BRK_DAY_LOSS, "mom").follows);
    assert_false(shown(QF_BRK_DAY_LOSS, "*").tripped);
    kit_price(k, "AAPL", "120", "120");
    assert_int_equal(look(), 0);
    assert_true(shown(QF_BRK_DAY_LOSS, "").tripped); /* also when the loss is gone */
    assert_true(shown(QF_BRK_DAY_LOSS, "").now < 0);
    assert_true(rearm(QF_BRK_DAY_LOSS, ""));
    assert_int_equal(breaker_tripped(k->d), 1);
    kit_price(k, "AAPL", "90", "90");
    assert_int_equal(look(), 1); /* the firm again, the strategy is still latched */
}

static void a_position_without_price_hides_no_known_loss(void **state)
{
    (void)state;
    set(QF_BRK_DAY_LOSS, "", "100");
    kit_instrument(k, "NEW", "Tech", "USD", "0.01", "1", 1, false);
    kit_book(k, "desk", BUY, "10", "NEW", "100", "0");
    kit_book(k, "desk", BUY, "100", "AAPL", "102", "0");
    assert_int_equal(look(), 1);
}

static void drawdown_from_the_highest(void **state)
{
    (void)state;
    struct qf_equity point;
    set(QF_BRK_DRAWDOWN, "", "0.08");
    kit_book(k, "desk", BUY, "10000", "AAPL", "100.01", "0"); /* 4,000,000 in all; mid 100.01 */
    desk_equity_row(k->d, NULL, k->wall, &point);
    desk_equity_taken(k->d, &point);
    assert_true(shown(QF_BRK_DRAWDOWN, "").now == 0);
    kit_price(k, "AAPL", "200.01", "200.01"); /* 5,000,000 */
    desk_equity_row(k->d, NULL, k->wall, &point);
    desk_equity_taken(k->d, &point);
    kit_price(k, "AAPL", "160.02", "160.02");
    assert_int_equal(look(), 0);
    kit_price(k, "AAPL", "160.01", "160.01"); /* 4,600,000 */
    assert_int_equal(look(), 1);
    assert_string_equal(trips[0].words, "DRAWDOWN 8.00 %, level 8.00 %");
    assert_int_equal(shown(QF_BRK_DRAWDOWN, "").used_bp, 10000);
    /* it stays measured from the same height: re-armed it would trip again */
    assert_false(rearm(QF_BRK_DRAWDOWN, ""));
    assert_int_equal(k->refusal.reason, QF_R_BAD_STATE);
    assert_string_equal(k->refusal.message, "it would trip again at once: DRAWDOWN 8.00 %, level 8.00 %");
    struct qf_breaker b = *breaker_find(k->d, QF_BRK_DRAWDOWN, "");
    b.level = num("0.1");
    assert_int_equal(desk_put_breaker(k->d, k->b, &b), QF_OK); /* its level was changed; it is still tripped */
    assert_int_equal(breaker_tripped(k->d), 1);
    assert_true(rearm(QF_BRK_DRAWDOWN, ""));
    assert_int_equal(look(), 0);
}

/* At a start positions come before their prices: equity is too low then, and nothing may trip by it. */
static void an_incomplete_equity_is_no_drawdown(void **state)
{
    (void)state;
    set(QF_BRK_DRAWDOWN, "", "0.01");
    k->d->peak = num("1000");
    kit_instrument(k, "NEW", "Tech", "USD", "0.01", "1", 1, false);
    kit_book(k, "desk", BUY, "9000", "NEW", "100", "0");
    assert_false(QF_HAS(&(struct qf_breaker){ .has = shown(QF_BRK_DRAWDOWN, "").has }, breaker, now));
    assert_int_equal(look(), 0);
    kit_price(k, "NEW", "50", "50");
    assert_int_equal(look(), 1);
}

/* --- losses in a row */

static void losses_in_a_row(void **state)
{
    (void)state;
    set(QF_BRK_LOSS_STREAK, "", "5");
    set(QF_BRK_LOSS_STREAK, "*", "3");
    round_trip("alpha", "99");
    round_trip("alpha", "99");
    assert_int_equal(kit_book(k, "alpha", BUY, "1", "AAPL", "100", "0.5"), QF_OK); /* a gain of 1, fees of 1: no loss */
    assert_int_equal(kit_book(k, "alpha", SELL, "1", "AAPL", "101", "0.5"), QF_OK);
    assert_int_equal(breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom")->streak, 0);
    round_trip("alpha", "99");
    round_trip("beta", "99"); /* the same strategy */
    round_trip("desk", "99"); /* the firm's only */
    assert_int_equal(look(), 0);
    assert_int_equal(breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom")->streak, 2);
    assert_int_equal(breaker_find(k->d, QF_BRK_LOSS_STREAK, "")->streak, 3);
    assert_int_equal(kit_book(k, "alpha", BUY, "1", "AAPL", "100", "0.5"), QF_OK); /* lost by its fees alone */
    assert_int_equal(kit_book(k, "alpha", SELL, "1", "AAPL", "100.9", "0.5"), QF_OK);
    assert_int_equal(look(), 1);
    assert_string_equal(trips[0].words, "LOSS_STREAK 3, level 3");
    assert_string_equal(trips[0].strategy, "mom");
    assert_int_equal(trips[0].action, QF_STATE_CLOSE_ONLY);
    assert_true(rearm(QF_BRK_LOSS_STREAK, "mom")); /* counts from 0 */
    assert_int_equal(look(), 0);
    round_trip("alpha", "99");
    assert_int_equal(look(), 1); /* the fifth of the firm */
    assert_string_equal(trips[0].strategy, "");
    assert_int_equal(breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom")->streak, 1);
}

/* What was undone has not happened; what was stored is there after a start. */
static void a_streak_is_undone_and_loaded_with_its_row(void **state)
{
    (void)state;
    set(QF_BRK_LOSS_STREAK, "*", "3");
    round_trip("alpha", "99");
    kit_commit(k);
    round_trip("alpha", "99");
    assert_int_equal(breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom")->streak, 2);
    batch_undo(k->b);
    desk_rebuild(k->d);
    assert_int_equal(breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom")->streak, 1);
    struct qf_breaker row = *breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom"), star = *breaker_find(k->d, QF_BRK_LOSS_STREAK, "*");
    struct kit *other = kit_new();
    assert_int_equal(desk_load(other->d, QF_TABLE_breakers, &star), QF_OK);
    assert_int_equal(desk_load(other->d, QF_TABLE_breakers, &row), QF_OK);
    assert_int_equal(desk_load(other->d, QF_TABLE_breakers, &row), QF_EEXIST);
    struct kit *first = k;
    k = other;
    kit_prices(k);
    round_trip("beta", "99");
    assert_int_equal(look(), 0);
    round_trip("beta", "99");
    assert_int_equal(look(), 1);
    kit_free(other);
    k = first;
    row.scope = QF_SCOPE_SECTOR;
    assert_int_equal(desk_load(k->d, QF_TABLE_breakers, &row), QF_ERANGE);
    row.scope = QF_SCOPE_STRATEGY;
    row.streak = -1;
    assert_int_equal(desk_load(k->d, QF_TABLE_breakers, &row), QF_ERANGE);
}

/* A strategy's row follows '*' until a level is set for it. */
static void an_own_row_follows_the_star(void **state)
{
    (void)state;
    set(QF_BRK_LOSS_STREAK, "*", "3");
    round_trip("alpha", "99");
    round_trip("alpha", "99");
    assert_true(breaker_find(k->d, QF_BRK_LOSS_STREAK, "mom")->follows);
    assert_true(shown(QF_BRK_LOSS_STREAK, "mom").level == num("3"));
    set(QF_BRK_LOSS_STREAK, "*", "2");
    assert_int_equal(look(), 1);
    assert_true(rearm(QF_BRK_LOSS_STREAK, "mom"));
    set(QF_BRK_LOSS_STREAK, "mom", "10");
    round_trip("alpha", "99");
    round_trip("alpha", "99");
    assert_int_equal(look(), 0);
    set(QF_BRK_LOSS_STREAK, "*", NULL); /* off */
    assert_int_equal(look(), 0);
    set(QF_BRK_LOSS_STREAK, "mom", NULL);
    for (int i = 0; i < 20; i++)
        round_trip("alpha", "99");
    assert_int_equal(look(), 0);
}

/* --- counts */

static void a_storm_of_refusals(void **state)
{
    (void)state;
    set(QF_BRK_REJECT_STORM, "", "4");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "10");
    int64_t id = kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "99");
    assert_true(id > 0);
    assert_int_equal(kit_place(k, &k->bo, "desk", BUY, "11", "AAPL", "99"), 0);
    kit_wait(k, 9 * QF_SEC);
    assert_int_equal(kit_place(k, &k->bo, "desk", BUY, "11", "AAPL", "99"), 0);
    assert_false(breaker_hit(k->d));
    kit_wait(k, 2 * QF_SEC); /* the first is out of the window of 10 s */
    assert_int_equal(kit_place(k, &k->bo, "desk", BUY, "11", "AAPL", "99"), 0);
    assert_true(kit_report(k, id, REPORT_REJECTED)); /* the venue's count too */
    assert_int_equal(look(), 0);
    assert_true(shown(QF_BRK_REJECT_STORM, "").now == num("3"));
    assert_int_equal(kit_place(k, &k->bo, "desk", BUY, "11", "AAPL", "99"), 0);
    assert_true(breaker_hit(k->d)); /* known at the event, not only when somebody looks */
    assert_false(breaker_hit(k->d));
    assert_int_equal(look(), 1);
    assert_string_equal(trips[0].words, "REJECT_STORM 4, level 4");
    assert_int_equal(trips[0].action, QF_STATE_CANCEL_ONLY);
    assert_false(rearm(QF_BRK_REJECT_STORM, ""));
    kit_wait(k, 11 * QF_SEC);
    assert_true(rearm(QF_BRK_REJECT_STORM, ""));
    assert_false(rearm(QF_BRK_REJECT_STORM, ""));
    assert_int_equal(k->refusal.reason, QF_R_ALREADY);
    assert_false(rearm(QF_BRK_DATABASE, ""));
    assert_int_equal(k->refusal.reason, QF_R_NOT_FOUND);
}

/* A stop, and somebody who sends too much, are held off already. */
static void a_stop_and_a_flood_are_no_storm(void **state)
{
    (void)state;
    set(QF_BRK_REJECT_STORM, "", "4");
    kit_limit(k, QF_SCOPE_TRADER, "*", QF_CTL_MSG_RATE, "1");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "99") > 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(kit_place(k, &k->bo, "desk", BUY, "2", "AAPL", "99"), 0);
        assert_int_equal(k->refusal.control, QF_CTL_MSG_RATE);
    }
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, true, "", "ana", k->wall, NULL));
    for (int i = 0; i < 10; i++)
        assert_int_equal(kit_place(k, &k->cy, "gamma", BUY, "2", "AAPL", "99"), 0);
    assert_false(breaker_hit(k->d));
    assert_true(shown(QF_BRK_REJECT_STORM, "").now == 0);
}

static void messages_a_second_over_the_turn_of_a_second(void **state)
{
    (void)state;
    set(QF_BRK_MESSAGE_RATE, "", "4");
    k->wall = k->wall / QF_SEC * QF_SEC + 900 * QF_MS;
    k->bo.wall = k->wall;
    int64_t id = kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "99");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "2", "AAPL", "99") > 0);
    kit_wait(k, 200 * QF_MS);
    assert_true(kit_place(k, &k->bo, "desk", BUY, "3", "AAPL", "99") > 0);
    assert_int_equal(look(), 0);
    assert_true(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal)); /* a cancel is a message */
    assert_true(breaker_hit(k->d));
    assert_int_equal(look(), 1);
    kit_wait(k, QF_SEC);
    assert_true(shown(QF_BRK_MESSAGE_RATE, "").now == 0);
    assert_true(rearm(QF_BRK_MESSAGE_RATE, ""));
}

static void a_clock_set_back_trips_nothing(void **state)
{
    (void)state;
    set(QF_BRK_MESSAGE_RATE, "", "3");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "99") > 0);
    assert_true(kit_place(k, &k->bo, "desk", BUY, "2", "AAPL", "99") > 0);
    k->wall -= QF_HOUR;
    k->bo.wall = k->wall;
    assert_true(kit_place(k, &k->bo, "desk", BUY, "3", "AAPL", "99") > 0);
    assert_false(breaker_hit(k->d));
}

/* --- the world outside */

static void silence_of_what_is_held_or_worked(void **state)
{
    (void)state;
    set(QF_BRK_STALE_FEED, "", "60");
    kit_wait(k, 2 * QF_HOUR); /* prices are good for an hour */
    assert_int_equal(look(), 0); /* nothing is held */
    kit_price(k, "AAPL", "100", "100");
    assert_true(kit_place(k, &k->bo, "desk", BUY, "1", "AAPL", "99") > 0);
    assert_int_equal(look(), 0);
    assert_true(shown(QF_BRK_STALE_FEED, "").now == 0);
    kit_wait(k, QF_HOUR);
    assert_int_equal(look(), 0); /* as old as its feed allows */
    kit_wait(k, 1);
    word = FEED_RESTS;
    assert_int_equal(look(), 0); /* ended on purpose */
    word = FEED_RUNS;
    assert_true(QF_HAS(&(struct qf_breaker){ .has = shown(QF_BRK_STALE_FEED, "").has }, breaker, subject));
    assert_int_equal(look(), 1);
    assert_string_equal(trips[0].words, "STALE_FEED AAPL 3,600 s, level 60 s");
    assert_false(rearm(QF_BRK_STALE_FEED, ""));
    kit_price(k, "AAPL", "100", "100");
    assert_true(rearm(QF_BRK_STALE_FEED, ""));
    /* a feed that failed moves no clock: the wall's counts */
    word = FEED_FAILED;
    k->wall += 59 * QF_SEC;
    assert_int_equal(look(), 0);
    k->wall += QF_SEC;
    assert_int_equal(look(), 1);
}

static void a_price_that_never_came_is_waited_for_from_the_start(void **state)
{
    (void)state;
    set(QF_BRK_STALE_FEED, "", "60");
    kit_instrument(k, "NEW", "Tech", "USD", "0.01", "1", 1, false);
    kit_book(k, "desk", BUY, "1", "NEW", "100", "0");
    world.watching = 0;
    k->wall += QF_HOUR;
    assert_int_equal(look(), 0); /* no feed has begun */
    world.watching = k->wall;
    k->wall += 59 * QF_SEC;
    assert_int_equal(look(), 0);
    k->wall += QF_SEC;
    assert_int_equal(look(), 1);
    assert_string_equal(trips[0].words, "STALE_FEED NEW 60 s, level 60 s");
}

static void the_database(void **state)
{
    (void)state;
    set(QF_BRK_DATABASE, "", "30000");
    world.database_us = 29999 * QF_MS;
    assert_int_equal(look(), 0);
    world.database_us = 30000 * QF_MS;
    assert_int_equal(look(), 1);
    assert_string_equal(trips[0].words, "DATABASE 30,000 ms, level 30,000 ms");
    assert_false(rearm(QF_BRK_DATABASE, ""));
    world.database_us = 0;
    assert_true(rearm(QF_BRK_DATABASE, ""));
}

/* --- latched */

/* From the moment it trips until its row is durable it is latched by kept memory: no undo and no new desk takes that away. */
static void a_trip_outlives_its_batch_and_a_new_desk(void **state)
{
    (void)state;
    set(QF_BRK_DATABASE, "", "1000");
    set(QF_BRK_DAY_LOSS, "*", "100");
    kit_book(k, "alpha", BUY, "100", "AAPL", "102", "0");
    kit_commit(k);
    world.database_us = QF_MIN;
    assert_int_equal(look(), 2);
    struct breaker_trip database = trips[0], loss = trips[1];
    batch_undo(k->b);
    desk_rebuild(k->d);
    assert_false(breaker_find(k->d, QF_BRK_DATABASE, "")->tripped);
    assert_null(breaker_find(k->d, QF_BRK_DAY_LOSS, "mom"));
    assert_int_equal(look(), 0);
    assert_int_equal(breaker_tripped(k->d), 2);
    assert_true(shown(QF_BRK_DATABASE, "").tripped);
    assert_true(shown(QF_BRK_DAY_LOSS, "mom").tripped); /* the row that is to come */
    struct kit *next = kit_new();
    struct qf_breaker row = *breaker_find(k->d, QF_BRK_DATABASE, "");
    assert_int_equal(desk_load(next->d, QF_TABLE_breakers, &row), QF_OK);
    desk_inherit(next->d, k->d);
    assert_int_equal(breaker_tripped(next->d), 2);
    struct kit *first = k;
    k = next;
    batch_reset(k->b, ++k->no);
    assert_int_equal(look(), 0);
    assert_int_equal(breaker_write(k->d, k->b, &database, k->wall), QF_OK); /* decided again */
    assert_int_equal(breaker_write(k->d, k->b, &loss, k->wall), QF_OK);
    assert_true(breaker_find(k->d, QF_BRK_DATABASE, "")->tripped);
    assert_true(breaker_find(k->d, QF_BRK_DAY_LOSS, "mom")->tripped);
    assert_int_equal(breaker_tripped(k->d), 2);
    kit_commit(k);
    world.database_us = 0;
    assert_true(rearm(QF_BRK_DATABASE, ""));
    assert_int_equal(breaker_tripped(k->d), 1);
    batch_undo(k->b); /* the second person's batch fails: it is tripped as before */
    desk_rebuild(k->d);
    assert_int_equal(breaker_tripped(k->d), 2);
    assert_true(shown(QF_BRK_DATABASE, "").tripped);
    kit_free(next);
    k = first;
}

/* A stored row that tripped does not trip again. */
static void a_loaded_trip_stays(void **state)
{
    (void)state;
    struct qf_breaker b;
    breaker_blank(QF_BRK_DATABASE, "", &b);
    b.level = num("1");
    b.tripped = true;
    b.since = k->wall;
    b.has |= QF_BIT(breaker, level) | QF_BIT(breaker, since);
    assert_int_equal(desk_load(k->d, QF_TABLE_breakers, &b), QF_OK);
    world.database_us = QF_MIN;
    assert_int_equal(look(), 0);
    assert_int_equal(breaker_tripped(k->d), 1);
    struct qf_desk_status s;
    desk_status_row(k->d, &s);
    assert_int_equal(s.tripped, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(events_ahead_of_a_clock_set_back_do_not_count),
        T(all_seven_are_listed_also_when_they_are_off),
        T(day_loss_of_firm_and_strategy),
        T(a_position_without_price_hides_no_known_loss),
        T(drawdown_from_the_highest),
        T(an_incomplete_equity_is_no_drawdown),
        T(losses_in_a_row),
        T(a_streak_is_undone_and_loaded_with_its_row),
        T(an_own_row_follows_the_star),
        T(a_storm_of_refusals),
        T(a_stop_and_a_flood_are_no_storm),
        T(messages_a_second_over_the_turn_of_a_second),
        T(a_clock_set_back_trips_nothing),
        T(silence_of_what_is_held_or_worked),
        T(a_price_that_never_came_is_waited_for_from_the_start),
        T(the_database),
        T(a_trip_outlives_its_batch_and_a_new_desk),
        T(a_loaded_trip_stays),
    };
    return cmocka_run_group_tests_name("breaker", tests, NULL, NULL);
}
