/* States of the desk: raising, lowering, degradations, the journal, the cancels of a stop. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

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

static bool raise_to(const char *strategy, enum qf_desk_state s)
{
    return state_raise(k->d, k->b, strategy, s, true, "reason", "ana", k->wall, NULL);
}

static bool lower_to(const char *strategy, enum qf_desk_state s)
{
    return state_lower(k->d, k->b, strategy, s, "again", "max", k->wall, NULL, &k->refusal);
}

static enum qf_desk_state rules(const char *account)
{
    return state_effective(k->d, account == NULL ? NULL : desk_account(k->d, account));
}

static void the_most_severe_rules(void **state)
{
    (void)state;
    assert_int_equal(rules(NULL), QF_STATE_ACTIVE);
    assert_null(state_row(k->d, NULL));
    assert_true(raise_to("mom", QF_STATE_CANCEL_ONLY));
    assert_int_equal(rules(NULL), QF_STATE_ACTIVE);
    assert_int_equal(rules("desk"), QF_STATE_ACTIVE);
    assert_int_equal(rules("alpha"), QF_STATE_CANCEL_ONLY);
    assert_true(raise_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_int_equal(rules("desk"), QF_STATE_CLOSE_ONLY);
    assert_int_equal(rules("alpha"), QF_STATE_CANCEL_ONLY);
}

static void raising_counts_and_is_written(void **state)
{
    (void)state;
    struct qf_trading_state s;
    const void *rows;
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, true, "drawdown", "ana", 77, &s));
    assert_int_equal(s.n, 1);
    assert_int_equal(s.state, QF_STATE_CLOSE_ONLY);
    assert_true(s.latched);
    assert_string_equal(s.reason, "drawdown");
    assert_string_equal(s.by, "ana");
    assert_int_equal(s.since, 77);
    assert_false(raise_to(NULL, QF_STATE_CLOSE_ONLY)); /* there already */
    assert_true(raise_to(NULL, QF_STATE_HALTED));
    assert_false(raise_to(NULL, QF_STATE_CANCEL_ONLY)); /* less severe */
    assert_int_equal(state_row(k->d, NULL)->n, 2);
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_trading_state, &rows), 1);
    assert_int_equal(((const struct qf_trading_state *)rows)->state, QF_STATE_HALTED);
}

static void halted_is_left_only_into_close_only(void **state)
{
    (void)state;
    assert_true(raise_to(NULL, QF_STATE_HALTED));
    assert_false(lower_to(NULL, QF_STATE_ACTIVE));
    assert_int_equal(k->refusal.reason, QF_R_BAD_STATE);
    assert_false(lower_to(NULL, QF_STATE_CANCEL_ONLY));
    assert_false(lower_to(NULL, QF_STATE_HALTED));
    assert_int_equal(k->refusal.reason, QF_R_ALREADY);
    assert_false(lower_to("mom", QF_STATE_ACTIVE));
    assert_int_equal(k->refusal.reason, QF_R_ALREADY);
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    assert_true(lower_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_true(state_row(k->d, NULL)->latched);
    assert_true(lower_to(NULL, QF_STATE_ACTIVE));
    assert_false(state_row(k->d, NULL)->latched);
    assert_int_equal(state_row(k->d, NULL)->n, 3);
}

/* A raise outlives the batch it fell into, a lowering does not; a number is never given twice. */
static void undo_takes_back_a_lowering_only(void **state)
{
    (void)state;
    assert_true(raise_to(NULL, QF_STATE_HALTED));
    batch_undo(k->b);
    desk_rebuild(k->d);
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    batch_reset(k->b, ++k->no);
    assert_true(lower_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_int_equal(state_row(k->d, NULL)->n, 2);
    batch_undo(k->b);
    desk_rebuild(k->d);
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    assert_int_equal(state_row(k->d, NULL)->n, 1);
    batch_reset(k->b, ++k->no);
    assert_true(lower_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_int_equal(state_row(k->d, NULL)->n, 3);
}

/* Resume granted, and before it is durable somebody stops: the stop was acknowledged and stays. */
static void a_stop_after_a_lowering_outlives_its_undo(void **state)
{
    (void)state;
    assert_true(raise_to(NULL, QF_STATE_CLOSE_ONLY));
    batch_reset(k->b, ++k->no);
    assert_true(lower_to(NULL, QF_STATE_ACTIVE));
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_HALTED, true, "r", "ana", k->wall, NULL));
    batch_undo(k->b);
    state_keep_raises(k->d);
    desk_rebuild(k->d);
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    assert_int_equal(state_row(k->d, NULL)->n, 3);
    batch_reset(k->b, ++k->no);
    state_write(k->d, k->b);
    assert_true(batch_wanted(k->b));
}

/* Two people let go on, somebody stops less severely, and the letting go on turns out not to be durable: then it was never let go on. */
static void a_lesser_stop_after_a_lowering_does_not_lower_when_that_is_undone(void **state)
{
    (void)state;
    assert_true(raise_to(NULL, QF_STATE_HALTED));
    batch_reset(k->b, ++k->no);
    assert_true(lower_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_CANCEL_ONLY, true, "r", "ana", k->wall, NULL));
    batch_undo(k->b);
    assert_true(state_keep_raises(k->d));
    assert_false(state_keep_raises(k->d));
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    assert_true(state_row(k->d, NULL)->latched);
    assert_string_equal(state_row(k->d, NULL)->reason, "reason"); /* the halt's own */
    assert_int_equal(state_row(k->d, NULL)->n, 4); /* above the journal's 3, which would lower it at a start */
    batch_reset(k->b, ++k->no);
    state_write(k->d, k->b);
    assert_true(batch_wanted(k->b));
}

/* A daemon that ended under a stop: its orders are not offered to rest again. */
static void after_loading_cancels_are_asked_again(void **state)
{
    (void)state;
    kit_prices(k);
    int64_t id = kit_place(k, &k->bo, "desk", QF_SIDE_BUY, "10", "AAPL", "99.00");
    assert_true(id > 0);
    uint32_t slot = tab_slot(&k->d->orders, desk_order(k->d, id));
    state_ask_cancels(k->d, k->wall);
    assert_int_equal(k->d->cancel_asked[slot], 0);
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_HALTED, true, "r", "ana", k->wall, NULL));
    state_ask_cancels(k->d, k->wall);
    assert_int_equal(k->d->cancel_asked[slot], k->wall);
}

static void what_was_raised_without_a_batch_is_written_later(void **state)
{
    (void)state;
    const void *rows;
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_HALTED, true, "r", "ana", k->wall, NULL));
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_trading_state, &rows), 0);
    batch_reset(k->b, ++k->no);
    state_write(k->d, k->b);
    assert_true(batch_wanted(k->b));
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_trading_state, &rows), 1);
}

static void what_the_database_has_is_not_written_again(void **state)
{
    (void)state;
    struct qf_trading_state row = { .scope = QF_SCOPE_FIRM, .state = QF_STATE_CLOSE_ONLY, .n = 8 };
    qf_rec_fill(&qf_rec_trading_state, &row);
    assert_int_equal(desk_load(k->d, QF_TABLE_trading_state, &row), QF_OK);
    desk_rebuild(k->d);
    assert_int_equal(rules(NULL), QF_STATE_CLOSE_ONLY);
    state_write(k->d, k->b);
    assert_false(batch_wanted(k->b));
    assert_true(raise_to(NULL, QF_STATE_CANCEL_ONLY));
    assert_int_equal(state_row(k->d, NULL)->n, 9);
}

/* --- degradations */

static bool degrade(enum qf_desk_state s)
{
    return state_raise(k->d, NULL, NULL, s, false, "DB_SLOW", "lane", k->wall, NULL);
}

static void a_degradation_lifts_itself_and_hides_nothing(void **state)
{
    (void)state;
    struct qf_trading_state s;
    assert_true(raise_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_true(degrade(QF_STATE_CANCEL_ONLY));
    assert_false(degrade(QF_STATE_CANCEL_ONLY));
    assert_int_equal(rules(NULL), QF_STATE_CANCEL_ONLY);
    assert_true(state_shown(k->d, NULL, &s));
    assert_string_equal(s.reason, "DB_SLOW");
    assert_false(s.latched);
    assert_int_equal(state_row(k->d, NULL)->state, QF_STATE_CLOSE_ONLY);
    assert_int_equal(state_row(k->d, NULL)->n, 1);
    assert_true(state_lift(k->d, NULL, &s));
    assert_false(state_lift(k->d, NULL, &s));
    assert_int_equal(s.state, QF_STATE_CLOSE_ONLY);
    assert_string_equal(s.reason, "reason");
    assert_int_equal(rules(NULL), QF_STATE_CLOSE_ONLY);
}

static void people_cannot_lift_a_degradation_nor_it_a_halt(void **state)
{
    (void)state;
    assert_true(degrade(QF_STATE_CANCEL_ONLY));
    assert_false(lower_to(NULL, QF_STATE_ACTIVE));
    assert_true(raise_to(NULL, QF_STATE_HALTED));
    assert_true(lower_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_int_equal(rules(NULL), QF_STATE_CANCEL_ONLY);
    assert_true(state_lift(k->d, NULL, NULL));
    assert_int_equal(rules(NULL), QF_STATE_CLOSE_ONLY);
    const void *rows;
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_trading_state, &rows), 1);
    assert_int_equal(((const struct qf_trading_state *)rows)->state, QF_STATE_CLOSE_ONLY);
}

/* --- the journal */

static struct qf_trading_state journal(enum qf_desk_state s, int64_t n)
{
    struct qf_trading_state row = { .scope = QF_SCOPE_FIRM, .state = (int32_t)s, .n = n, .latched = true };
    qf_rec_fill(&qf_rec_trading_state, &row);
    return row;
}

static void take(enum qf_desk_state s, int64_t n)
{
    struct qf_trading_state row = journal(s, n);
    state_take(k->d, &row);
}

static void the_higher_number_rules_and_at_equal_the_more_severe(void **state)
{
    (void)state;
    take(QF_STATE_CLOSE_ONLY, 5);
    assert_int_equal(rules(NULL), QF_STATE_CLOSE_ONLY);
    take(QF_STATE_HALTED, 4);
    assert_int_equal(rules(NULL), QF_STATE_CLOSE_ONLY);
    take(QF_STATE_HALTED, 5);
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    take(QF_STATE_ACTIVE, 5);
    assert_int_equal(rules(NULL), QF_STATE_HALTED);
    take(QF_STATE_ACTIVE, 6);
    assert_int_equal(rules(NULL), QF_STATE_ACTIVE);
    assert_true(raise_to(NULL, QF_STATE_CLOSE_ONLY));
    assert_int_equal(state_row(k->d, NULL)->n, 7);
}

/* --- cancels */

static void count_one(void *arg, const struct core_order *o)
{
    *(int64_t *)arg += o->row.id;
}

static void a_stop_asks_for_the_cancels_in_its_scope(void **state)
{
    (void)state;
    int64_t a = kit_place(k, &k->bo, "desk", QF_SIDE_BUY, "1", "AAPL", "99");
    int64_t b = kit_place(k, &k->bo, "alpha", QF_SIDE_BUY, "1", "AAPL", "99");
    int64_t c = kit_place(k, &k->cy, "beta", QF_SIDE_BUY, "1", "NVDA", "99"), sum = 0;
    int64_t ended = kit_place(k, &k->cy, "beta", QF_SIDE_BUY, "2", "NVDA", "99");
    assert_true(kit_report(k, ended, REPORT_EXPIRED));
    assert_int_equal(state_cancel_orders(k->d, "mom", k->wall, count_one, &sum), 2);
    assert_int_equal(sum, b + c);
    assert_true(venue_may_send(k->d, a));
    assert_false(venue_may_send(k->d, b));
    sum = 0;
    assert_int_equal(state_cancel_orders(k->d, NULL, k->wall, count_one, &sum), 3);
    assert_int_equal(sum, a + b + c);
    assert_false(venue_may_send(k->d, a));
}

static void every_strategy_is_listed_once(void **state)
{
    (void)state;
    struct qf_trading_state rows[8];
    assert_int_equal(state_list(k->d, 5, rows, 8), 2); /* the firm, and "mom" of two accounts */
    assert_int_equal(rows[0].scope, QF_SCOPE_FIRM);
    assert_string_equal(rows[1].name, "mom");
    assert_int_equal(rows[1].state, QF_STATE_ACTIVE);
    assert_true(rows[1].since == desk_account(k->d, "alpha")->row.created);
    assert_true(raise_to("mom", QF_STATE_CLOSE_ONLY));
    assert_true(raise_to("gone", QF_STATE_HALTED)); /* set, and without an account */
    assert_int_equal(state_list(k->d, 5, rows, 8), 3);
    assert_int_equal(state_list(k->d, 5, rows, 2), 2);
}

int main(void)
{
#define STATE_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        STATE_TEST(the_most_severe_rules),
        STATE_TEST(raising_counts_and_is_written),
        STATE_TEST(halted_is_left_only_into_close_only),
        STATE_TEST(undo_takes_back_a_lowering_only),
        STATE_TEST(a_stop_after_a_lowering_outlives_its_undo),
        STATE_TEST(a_lesser_stop_after_a_lowering_does_not_lower_when_that_is_undone),
        STATE_TEST(after_loading_cancels_are_asked_again),
        STATE_TEST(what_was_raised_without_a_batch_is_written_later),
        STATE_TEST(what_the_database_has_is_not_written_again),
        STATE_TEST(a_degradation_lifts_itself_and_hides_nothing),
        STATE_TEST(people_cannot_lift_a_degradation_nor_it_a_halt),
        STATE_TEST(the_higher_number_rules_and_at_equal_the_more_severe),
        STATE_TEST(a_stop_asks_for_the_cancels_in_its_scope),
        STATE_TEST(every_strategy_is_listed_once),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
