/* Breakers, degradation and flattening on a real desk: within a second of the event, without the database, over kill -9, and two people
 * to begin again. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/it/desk_world.h"

static struct desk_world world;
static struct rpc ann, bob;

static int start(void **state)
{
    *state = &world;
    world_start_two(&world, &ann, &bob);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    world_stop_two(&world, &ann, &bob);
    return 0;
}

/* --- short words */

static struct qf_breaker breaker(enum qf_breaker_code code)
{
    const struct qf_breaker_list *l = world_do(&world, &ann, QF_CMD_breaker_list, NULL);
    for (uint32_t i = 0; i < l->breakers_n; i++)
        if (l->breakers[i].code == (int32_t)code && l->breakers[i].scope == QF_SCOPE_FIRM)
            return l->breakers[i];
    fail_msg("no row");
    return (struct qf_breaker){ .has = 0 };
}

static struct qf_breaker_set setting(enum qf_breaker_code code, qf_money level)
{
    struct qf_breaker_set in = { .code = (int32_t)code, .level = level };
    qf_str_copy(in.reason, sizeof in.reason, "test");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_breaker_set, &in);
    if (level > 0)
        QF_SET(&in, breaker_set, level);
    return in;
}

/* By ann; tighter or from off it is done at once. */
static void set_level(enum qf_breaker_code code, qf_money level)
{
    struct qf_breaker_set in = setting(code, level);
    world_do(&world, &ann, QF_CMD_breaker_set, &in);
}

static const struct qf_approval *newest_approval(void)
{
    const struct qf_approval_list *l = world_do(&world, &world.boss, QF_CMD_approval_list, NULL);
    assert_true(l->approvals_n > 0);
    return &l->approvals[0];
}

/* Ann asked; she cannot grant it herself, boss can. */
static void grant(int64_t id)
{
    struct qf_approval_id in = { .id = id };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_approval_id, &in);
    world_refused(&world, &ann, QF_CMD_approval_grant, &in, "SECOND_PERSON");
    world_ref(&world, in.client_ref);
    world_do(&world, &world.boss, QF_CMD_approval_grant, &in);
}

static void loosen(enum qf_breaker_code code, qf_money level)
{
    struct qf_breaker_set in = setting(code, level);
    world_refused(&world, &ann, QF_CMD_breaker_set, &in, "TOO_LOOSE");
    const struct qf_approval *a = newest_approval();
    assert_string_equal(a->method, "breaker.set");
    grant(a->id);
}

static struct qf_breaker_rearm rearming(enum qf_breaker_code code)
{
    struct qf_breaker_rearm in = { .code = (int32_t)code };
    qf_str_copy(in.reason, sizeof in.reason, "looked into");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_breaker_rearm, &in);
    return in;
}

static void rearm(enum qf_breaker_code code)
{
    struct qf_breaker_rearm in = rearming(code);
    const struct qf_approval *a = world_do(&world, &ann, QF_CMD_breaker_rearm, &in);
    int64_t id = a->id;
    assert_non_null(strstr(a->before, "tripped"));
    assert_true(breaker(code).tripped); /* asking is not doing */
    grant(id);
    assert_false(breaker(code).tripped);
}

static struct qf_trading_state firm(void)
{
    const struct qf_risk_state *s = world_do(&world, &ann, QF_CMD_risk_state, NULL);
    return s->states[0];
}

static void resume(void)
{
    for (int steps = 0; steps < 4; steps++) {
        struct qf_risk_resume in = { .has = 0 };
        if (firm().state == QF_STATE_ACTIVE)
            return;
        qf_str_copy(in.reason, sizeof in.reason, "test");
        world_ref(&world, in.client_ref);
        qf_rec_fill(&qf_rec_risk_resume, &in);
        grant(((const struct qf_approval *)world_do(&world, &ann, QF_CMD_risk_resume, &in))->id);
    }
    fail_msg("the firm is not ACTIVE again");
}

/* Milliseconds until the firm is in that state, at most two seconds. */
static int64_t until_state(enum qf_desk_state state)
{
    int64_t began = qf_now_mono();
    while (qf_now_mono() - began < 2000000000LL) {
        if (firm().state == (int32_t)state)
            return (qf_now_mono() - began) / 1000000;
        usleep(5000);
    }
    fail_msg("the firm is %s", qf_enum_text(&qf_enum_desk_state, firm().state));
    return 0;
}

static void crash_and_start(void)
{
    proc_signal(&world.proc, SIGKILL);
    proc_signal_postgres(&world.proc, SIGCONT);
    rpc_release(&ann);
    rpc_release(&bob);
    rpc_close(&world.boss);
    assert_true(proc_start(&world.proc));
    assert_true(rpc_connect(&world.boss, world.proc.socket));
    world_sign_in(&world, &ann, "ann");
    world_sign_in(&world, &bob, "bob");
    world_wait_prices(&world);
}

static bool in_trail(const char *method, const char *user, const char *words)
{
    struct qf_audit_query q = { .limit = 20 };
    qf_str_copy(q.method, sizeof q.method, method);
    qf_rec_fill(&qf_rec_audit_query, &q);
    QF_SET(&q, audit_query, method);
    QF_SET(&q, audit_query, limit);
    const void *rep = NULL;
    if (rpc_call(&ann, QF_CMD_audit_list, &q, &rep, &world.line) != RPC_OK)
        return false; /* the database is still away */
    const struct qf_audit_page *page = rep;
    for (uint32_t i = 0; i < page->rows_n; i++) {
        const struct qf_control *row = &page->rows[i];
        char detail[200];
        qf_str_copyn(detail, sizeof detail, row->detail.p ? row->detail.p : "", row->detail.n);
        if (qf_str_eq(row->username, user) && strstr(detail, words))
            return true;
    }
    return false;
}

static bool told(const char *words)
{
    const struct qf_event_list *l = world_do(&world, &ann, QF_CMD_system_events, NULL);
    for (uint32_t i = 0; i < l->events_n; i++)
        if (strstr(l->events[i].message, words))
            return true;
    return false;
}

/* --- breakers */

static void a_new_desk_has_all_seven(void **state)
{
    (void)state;
    const struct qf_breaker_list *l = world_do(&world, &ann, QF_CMD_breaker_list, NULL);
    assert_int_equal(l->breakers_n, QF_breaker_code_COUNT + 1); /* and '*' of LOSS_STREAK */
    for (int c = 0; c < QF_breaker_code_COUNT; c++)
        assert_int_equal(l->breakers[c].code, c);
    assert_true(breaker(QF_BRK_DAY_LOSS).level == (qf_money)750000 * QF_ONE);
    assert_false(QF_HAS(&(struct qf_breaker){ .has = breaker(QF_BRK_LOSS_STREAK).has }, breaker, level));
    assert_true(breaker(QF_BRK_DATABASE).now < (qf_money)1000 * QF_ONE);
    struct qf_breaker_set in = setting(QF_BRK_DAY_LOSS, QF_ONE);
    world_refused(&world, &bob, QF_CMD_breaker_set, &in, "FORBIDDEN");
    in = setting(QF_BRK_DRAWDOWN, 2 * (qf_money)QF_ONE);
    world_refused(&world, &ann, QF_CMD_breaker_set, &in, "INVALID_PARAMS");
    in = setting(QF_BRK_DATABASE, QF_ONE);
    qf_str_copy(in.name, sizeof in.name, "*");
    QF_SET(&in, breaker_set, name);
    world_refused(&world, &ann, QF_CMD_breaker_set, &in, "INVALID_PARAMS");
    in = setting(QF_BRK_DAY_LOSS, QF_ONE);
    qf_str_copy(in.name, sizeof in.name, "nosuch");
    QF_SET(&in, breaker_set, name);
    world_refused(&world, &ann, QF_CMD_breaker_set, &in, "NOT_FOUND");
}

/* Refused where the breaker was quicker. */
static void sell_again(void)
{
    struct qf_order_place in = { .side = QF_SIDE_SELL, .quantity = 100 * QF_ONE };
    qf_str_copy(in.symbol, sizeof in.symbol, "KO");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    if (rpc_call(&bob, QF_CMD_order_place, &in, NULL, &world.line) == RPC_REFUSED)
        assert_string_equal(world.line.reason, "HALTED");
}

static void a_loss_halts_within_a_second_and_stays(void **state)
{
    (void)state;
    int64_t resting = world_order(&world, &bob, "KO", QF_SIDE_BUY, 5, world_below(&world, "KO"));
    world_wait_state(&world, resting, QF_ORDER_WORKING);
    set_level(QF_BRK_DAY_LOSS, QF_ONE / 100);
    int64_t id = world_order(&world, &bob, "KO", QF_SIDE_BUY, 100, 0);
    sell_again(); /* spread and fees are lost for certain; the price alone might rise first */
    world_wait_state(&world, id, QF_ORDER_FILLED);
    assert_true(until_state(QF_STATE_HALTED) < 1000);
    struct qf_breaker b = breaker(QF_BRK_DAY_LOSS);
    assert_true(b.tripped);
    assert_non_null(strstr(b.trip, "DAY_LOSS"));
    struct qf_trading_state s = firm();
    assert_true(s.latched);
    assert_string_equal(s.by, "breaker");
    assert_string_equal(s.reason, b.trip);
    world_wait_state(&world, resting, QF_ORDER_CANCELLED); /* HALTED cancels */
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = QF_ONE };
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    world_refused(&world, &bob, QF_CMD_order_place, &order, "HALTED");
    assert_non_null(strstr(world.line.refusal.message, "by breaker: DAY_LOSS"));
    const struct qf_overview *o = world_do(&world, &ann, QF_CMD_overview_get, NULL);
    assert_int_equal(o->desk[0].tripped, 1);
    assert_true(in_trail("breaker.trip", "breaker", "DAY_LOSS") && in_trail("risk.stop", "breaker", "HALTED"));
    assert_true(told("Breaker tripped"));
    crash_and_start();
    assert_true(breaker(QF_BRK_DAY_LOSS).tripped);
    assert_int_equal(firm().state, QF_STATE_HALTED);
}

static void arming_it_again_needs_two_people_and_its_cause_gone(void **state)
{
    (void)state;
    struct qf_breaker_rearm in = rearming(QF_BRK_DAY_LOSS);
    if (breaker(QF_BRK_DAY_LOSS).now >= breaker(QF_BRK_DAY_LOSS).level) {
        world_refused(&world, &ann, QF_CMD_breaker_rearm, &in, "BAD_STATE");
        assert_non_null(strstr(world.line.refusal.message, "it would trip again at once: DAY_LOSS"));
    }
    loosen(QF_BRK_DAY_LOSS, (qf_money)1000000 * QF_ONE);
    assert_true(breaker(QF_BRK_DAY_LOSS).tripped); /* a new level does not arm it */
    rearm(QF_BRK_DAY_LOSS);
    assert_int_equal(firm().state, QF_STATE_HALTED); /* nor does arming it lift the state */
    resume();
    in = rearming(QF_BRK_DAY_LOSS);
    world_refused(&world, &ann, QF_CMD_breaker_rearm, &in, "ALREADY");
    in = rearming(QF_BRK_LOSS_STREAK);
    world_refused(&world, &ann, QF_CMD_breaker_rearm, &in, "NOT_FOUND");
}

static void refusals_in_a_row_trip_at_the_last_of_them(void **state)
{
    (void)state;
    set_level(QF_BRK_REJECT_STORM, 6 * (qf_money)QF_ONE);
    for (int i = 0; i < 6; i++) {
        struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = 30000 * QF_ONE };
        qf_str_copy(order.symbol, sizeof order.symbol, "KO");
        world_ref(&world, order.client_ref);
        qf_rec_fill(&qf_rec_order_place, &order);
        assert_int_equal(firm().state, QF_STATE_ACTIVE);
        world_refused(&world, &bob, QF_CMD_order_place, &order, "MAX_QTY");
    }
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY); /* no waiting: the sixth answer came after it */
    assert_true(breaker(QF_BRK_REJECT_STORM).tripped);
    loosen(QF_BRK_REJECT_STORM, 100 * (qf_money)QF_ONE);
    rearm(QF_BRK_REJECT_STORM);
    resume();
}

/* The row '*' watches each strategy: the one that loses is stopped and gets a row of its own, nobody else is touched. */
static void a_strategy_that_loses_is_stopped_alone(void **state)
{
    (void)state;
    struct qf_account_add add = { .has = 0 };
    struct qf_cash_move cash = { .amount = (qf_money)1000000 * QF_ONE };
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = 100 * QF_ONE };
    struct qf_breaker_set in = setting(QF_BRK_DAY_LOSS, QF_ONE / 100);
    qf_str_copy(add.name, sizeof add.name, "mom-book");
    qf_str_copy(add.owner, sizeof add.owner, "boss");
    qf_str_copy(add.strategy, sizeof add.strategy, "mom");
    world_ref(&world, add.client_ref);
    qf_rec_fill(&qf_rec_account_add, &add);
    QF_SET(&add, account_add, strategy);
    world_do(&world, &world.boss, QF_CMD_account_add, &add);
    qf_str_copy(cash.account, sizeof cash.account, "mom-book");
    world_ref(&world, cash.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &cash);
    world_do(&world, &world.boss, QF_CMD_cash_deposit, &cash);
    qf_str_copy(in.name, sizeof in.name, "*");
    QF_SET(&in, breaker_set, name);
    world_do(&world, &ann, QF_CMD_breaker_set, &in);
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    qf_str_copy(order.account, sizeof order.account, "mom-book");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    QF_SET(&order, order_place, account);
    int64_t id = ((const struct qf_order *)world_do(&world, &world.boss, QF_CMD_order_place, &order))->id;
    world_wait_state(&world, id, QF_ORDER_FILLED);
    const struct qf_risk_state *s;
    int64_t began = qf_now_mono();
    do { /* the price may rise before it falls */
        usleep(100000);
        s = world_do(&world, &ann, QF_CMD_risk_state, NULL);
    } while ((s->states_n < 2 || s->states[1].state != QF_STATE_HALTED) && qf_now_mono() - began < 20000000000LL);
    assert_int_equal(s->effective, QF_STATE_ACTIVE);
    assert_int_equal(s->states_n, 2);
    assert_string_equal(s->states[1].name, "mom");
    assert_int_equal(s->states[1].state, QF_STATE_HALTED);
    world_ref(&world, order.client_ref);
    world_refused(&world, &world.boss, QF_CMD_order_place, &order, "HALTED");
    assert_string_equal(world.line.refusal.scope, "strategy mom");
    crash_and_start();
    const struct qf_breaker_list *l = world_do(&world, &ann, QF_CMD_breaker_list, NULL);
    bool own = false;
    for (uint32_t i = 0; i < l->breakers_n; i++)
        own = own || (qf_str_eq(l->breakers[i].name, "mom") && l->breakers[i].tripped && l->breakers[i].follows);
    assert_true(own);
    assert_int_equal(proc_verify(&world.proc), 0);
}

static const struct qf_degradation *degradation(enum qf_cause cause)
{
    const struct qf_degradation_list *l = world_do(&world, &ann, QF_CMD_risk_degrade, NULL);
    assert_int_equal(l->rows_n, QF_cause_COUNT);
    assert_int_equal(l->rows[cause].cause, cause);
    return &l->rows[cause];
}

/* Frozen: the breaker trips, the state is journaled, qfd is killed; what a new one finds is the journal alone. */
static void a_trip_outlives_a_kill_with_the_database_frozen(void **state)
{
    (void)state;
    struct qf_cash_move poke = { .amount = QF_ONE };
    set_level(QF_BRK_DATABASE, 2500 * (qf_money)QF_ONE);
    qf_str_copy(poke.account, sizeof poke.account, "desk");
    world_ref(&world, poke.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &poke);
    assert_false(degradation(QF_CAUSE_DATABASE_SLOW)->active || degradation(QF_CAUSE_DATABASE_DOUBT)->active);
    proc_signal_postgres(&world.proc, SIGSTOP);
    assert_true(rpc_send(&world.boss, QF_CMD_cash_deposit, &poke) > 0);
    usleep(500000);
    assert_true(degradation(QF_CAUSE_DATABASE_SLOW)->active); /* this read waits for nothing */
    usleep(700000);
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY);
    assert_string_equal(firm().by, "database");
    assert_false(breaker(QF_BRK_DATABASE).tripped);
    int64_t began = qf_now_mono(); /* 1.2 s after the freeze: 1.3 s to go, and a second to trip in */
    while (!breaker(QF_BRK_DATABASE).tripped) {
        assert_true(qf_now_mono() - began < 2300000000LL);
        usleep(10000);
    }
    assert_true(degradation(QF_CAUSE_DATABASE_DOUBT)->active || degradation(QF_CAUSE_DATABASE_LOST)->active);
    assert_true(firm().latched);
    assert_string_equal(firm().by, "breaker");
    usleep(200000); /* the journal's fsync */
    crash_and_start();
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY);
    assert_string_equal(firm().by, "breaker");
    assert_true(firm().latched);
    assert_true(breaker(QF_BRK_DATABASE).tripped);
    assert_false(degradation(QF_CAUSE_DATABASE_LOST)->active);
    crash_and_start(); /* by now it is in the database too */
    assert_true(breaker(QF_BRK_DATABASE).tripped);
    loosen(QF_BRK_DATABASE, 30000 * (qf_money)QF_ONE);
    rearm(QF_BRK_DATABASE);
    resume();
}

/* Nothing is raised where somebody has stopped already; that the breaker has tripped must be known all the same. */
static void a_trip_under_a_stop_outlives_a_kill_too(void **state)
{
    (void)state;
    struct qf_risk_stop stop = { .has = 0 };
    struct qf_cash_move poke = { .amount = QF_ONE };
    qf_rec_fill(&qf_rec_risk_stop, &stop);
    set_level(QF_BRK_DATABASE, 1500 * (qf_money)QF_ONE);
    world_do(&world, &ann, QF_CMD_risk_stop, &stop);
    usleep(300000); /* its row is in the database */
    qf_str_copy(poke.account, sizeof poke.account, "desk");
    world_ref(&world, poke.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &poke);
    proc_signal_postgres(&world.proc, SIGSTOP);
    assert_true(rpc_send(&world.boss, QF_CMD_cash_deposit, &poke) > 0);
    int64_t began = qf_now_mono();
    while (!breaker(QF_BRK_DATABASE).tripped) {
        assert_true(qf_now_mono() - began < 2600000000LL);
        usleep(10000);
    }
    assert_string_equal(firm().by, "ann");
    usleep(200000); /* the journal's fsync */
    crash_and_start();
    assert_string_equal(firm().by, "ann");
    assert_int_equal(firm().state, QF_STATE_HALTED);
    assert_true(breaker(QF_BRK_DATABASE).tripped);
    for (int i = 0; i < 100 && !in_trail("breaker.trip", "breaker", "DATABASE 1,5"); i++)
        usleep(20000);
    loosen(QF_BRK_DATABASE, 30000 * (qf_money)QF_ONE);
    rearm(QF_BRK_DATABASE);
    crash_and_start();
    assert_false(breaker(QF_BRK_DATABASE).tripped); /* the journal's line is older than that */
    resume();
}

/* The same without the kill: rows follow when the database is back. */
static void a_trip_while_the_database_is_gone_is_written_later(void **state)
{
    (void)state;
    const struct qf_overview *o;
    set_level(QF_BRK_DATABASE, 300 * (qf_money)QF_ONE);
    pid_t master = proc_postmaster(&world.proc);
    assert_true(master > 0);
    proc_signal_postgres(&world.proc, SIGKILL);
    int64_t began = qf_now_mono();
    while (!breaker(QF_BRK_DATABASE).tripped) {
        assert_true(qf_now_mono() - began < 1600000000LL);
        usleep(10000);
    }
    for (int i = 0; i < 800; i++) {
        o = world_do(&world, &ann, QF_CMD_overview_get, NULL);
        if (o->desk[0].db == QF_DB_READY)
            break;
        usleep(25000);
    }
    for (int i = 0; i < 100 && !in_trail("breaker.trip", "breaker", "DATABASE"); i++)
        usleep(20000);
    assert_true(in_trail("breaker.trip", "breaker", "DATABASE"));
    assert_string_equal(firm().by, "breaker");
    loosen(QF_BRK_DATABASE, 30000 * (qf_money)QF_ONE);
    rearm(QF_BRK_DATABASE);
    resume();
}

/* --- flatten */

static const struct qf_flatten_plan *plan(struct rpc *r)
{
    return world_do(&world, r, QF_CMD_risk_flatten_plan, NULL);
}

static struct qf_flatten_do doing(const char *text)
{
    struct qf_flatten_do in = { .has = 0 };
    qf_str_copy(in.plan, sizeof in.plan, text);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_flatten_do, &in);
    return in;
}

static bool flat(void)
{
    const struct qf_position_list *l = world_do(&world, &ann, QF_CMD_position_list, NULL);
    return l->positions_n == 0;
}

/* No order of it was larger than what was held when it was made: then no position has changed its side. */
static void never_through_zero(int64_t after)
{
    struct qf_page_query q = { .limit = 500 };
    qf_rec_fill(&qf_rec_page_query, &q);
    QF_SET(&q, page_query, limit);
    const struct qf_trade_list *l = world_do(&world, &ann, QF_CMD_trade_list, &q);
    for (uint32_t i = 0; i < l->trades_n; i++)
        assert_true(l->trades[i].id <= after);
}

static void flattening_closes_everything_and_never_more(void **state)
{
    (void)state;
    struct qf_flatten_query who = { .has = 0 };
    world_refused(&world, &bob, QF_CMD_risk_flatten_plan, &who, "FORBIDDEN");
    int64_t id = world_order(&world, &bob, "KO", QF_SIDE_BUY, 200, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    id = world_order(&world, &bob, "JPM", QF_SIDE_SELL, 50, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    int64_t resting = world_order(&world, &bob, "KO", QF_SIDE_BUY, 10, world_below(&world, "KO"));
    world_wait_state(&world, resting, QF_ORDER_WORKING);
    const struct qf_flatten_plan *p = plan(&ann);
    assert_int_equal(p->rows_n, 2);
    assert_string_equal(p->rows[0].symbol, "JPM");
    assert_int_equal(p->rows[0].side, QF_SIDE_BUY);
    assert_true(p->rows[1].quantity >= 200 * QF_ONE && p->rows[1].cancels == 1);
    assert_int_equal(p->refused, 0);
    char text[33];
    qf_str_copy(text, sizeof text, p->plan);
    id = world_order(&world, &bob, "JPM", QF_SIDE_SELL, 1, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    struct qf_flatten_do in = doing(text);
    world_refused(&world, &ann, QF_CMD_risk_flatten, &in, "BAD_STATE"); /* something moved since */
    struct qf_page_query q = { .limit = 1 };
    qf_rec_fill(&qf_rec_page_query, &q);
    QF_SET(&q, page_query, limit);
    const struct qf_trade_list *trades = world_do(&world, &ann, QF_CMD_trade_list, &q);
    int64_t last = trades->trades_n > 0 ? trades->trades[0].id : 0;
    in = doing(plan(&ann)->plan);
    const struct qf_flatten_plan *done = world_do(&world, &ann, QF_CMD_risk_flatten, &in);
    assert_int_equal(done->rows_n, 2);
    assert_int_equal(done->orders, 1);  /* JPM at once, KO when its resting order is gone */
    assert_int_equal(done->cancels, 1);
    assert_true(QF_HAS(&done->rows[0], flatten_row, order_id));
    int64_t closing = done->rows[0].order_id;
    for (int i = 0; i < 400 && !flat(); i++)
        usleep(25000);
    assert_true(flat());
    world_wait_state(&world, resting, QF_ORDER_CANCELLED);
    const struct qf_order_detail *d;
    world_state(&world, closing, &d);
    assert_string_equal(d->order[0].by, "ann");
    assert_int_equal(d->order[0].tif, QF_TIF_IOC);
    never_through_zero(last);
    assert_int_equal(plan(&ann)->rows_n, 0);
}

static void flattening_is_for_active_and_close_only(void **state)
{
    (void)state;
    struct qf_risk_stop in = { .state = QF_STATE_CLOSE_ONLY };
    int64_t id = world_order(&world, &bob, "KO", QF_SIDE_BUY, 20, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    qf_rec_fill(&qf_rec_risk_stop, &in);
    QF_SET(&in, risk_stop, state);
    in.state = QF_STATE_CANCEL_ONLY;
    world_do(&world, &ann, QF_CMD_risk_stop, &in);
    struct qf_flatten_do now = doing(plan(&ann)->plan);
    world_refused(&world, &ann, QF_CMD_risk_flatten, &now, "BAD_STATE");
    resume();
    in.state = QF_STATE_CLOSE_ONLY;
    world_do(&world, &ann, QF_CMD_risk_stop, &in);
    now = doing(plan(&ann)->plan);
    world_do(&world, &ann, QF_CMD_risk_flatten, &now);
    for (int i = 0; i < 400 && !flat(); i++)
        usleep(25000);
    assert_true(flat());
    resume();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_desk_has_all_seven),
        cmocka_unit_test(a_loss_halts_within_a_second_and_stays),
        cmocka_unit_test(arming_it_again_needs_two_people_and_its_cause_gone),
        cmocka_unit_test(refusals_in_a_row_trip_at_the_last_of_them),
        cmocka_unit_test(a_trip_outlives_a_kill_with_the_database_frozen),
        cmocka_unit_test(a_trip_under_a_stop_outlives_a_kill_too),
        cmocka_unit_test(a_trip_while_the_database_is_gone_is_written_later),
        cmocka_unit_test(flattening_closes_everything_and_never_more),
        cmocka_unit_test(flattening_is_for_active_and_close_only),
        cmocka_unit_test(a_strategy_that_loses_is_stopped_alone),
    };
    return cmocka_run_group_tests_name("desk_breakers", tests, start, stop);
}
