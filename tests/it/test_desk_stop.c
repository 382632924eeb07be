/* The stop does not wait for the database: it blocks, cancels and answers while PostgreSQL stands still, and is there afterwards. */
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

static void freeze(void)
{
    proc_signal_postgres(&world.proc, SIGSTOP);
}

static enum qf_db_state db_state(struct qf_desk_status *ret)
{
    const struct qf_overview *o = world_do(&world, &ann, QF_CMD_overview_get, NULL);
    assert_int_equal(o->desk_n, 1);
    if (ret)
        *ret = o->desk[0];
    return (enum qf_db_state)o->desk[0].db;
}

static void thaw(void)
{
    proc_signal_postgres(&world.proc, SIGCONT);
    for (int i = 0; i < 400; i++) {
        if (db_state(NULL) == QF_DB_READY)
            return;
        usleep(25000);
    }
    fail_msg("the database does not come back");
}

/* The clock of the test around one call. */
static int64_t took_ms(struct rpc *r, enum qf_cmd_id cmd, const void *req, const void **ret_rep)
{
    int64_t began = qf_now_mono();
    if (rpc_call(r, cmd, req, ret_rep, &world.line) != RPC_OK)
        fail_msg("%s: %s %s", qf_cmds[cmd].name, world.line.reason, world.line.refusal.message);
    return (qf_now_mono() - began) / 1000000;
}

static void say_stop(struct qf_risk_stop *in)
{
    *in = (struct qf_risk_stop){ .has = 0 };
    qf_str_copy(in->reason, sizeof in->reason, "test");
    QF_SET(in, risk_stop, reason);
}

static const struct qf_stop_report *stop_until_done(void)
{
    struct qf_risk_stop in;
    const void *rep = NULL;
    say_stop(&in);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(rpc_call(&ann, QF_CMD_risk_stop, &in, &rep, &world.line), RPC_OK);
        if (((const struct qf_stop_report *)rep)->open == 0)
            return rep;
        usleep(20000);
    }
    fail_msg("the stop does not end");
    return NULL;
}

static enum qf_desk_state state_of(const char *strategy)
{
    const struct qf_risk_state *s = world_do(&world, &ann, QF_CMD_risk_state, NULL);
    for (uint32_t i = 0; i < s->states_n; i++) {
        const struct qf_trading_state *row = &s->states[i];
        if (strategy ? row->scope == QF_SCOPE_STRATEGY && qf_str_eq(row->name, strategy) : row->scope == QF_SCOPE_FIRM)
            return (enum qf_desk_state)row->state;
    }
    return QF_STATE_ACTIVE;
}

/* Two people bring the firm (strategy NULL) or a strategy back to ACTIVE. */
static void resume_scope(const char *strategy)
{
    for (int steps = 0; steps < 3; steps++) {
        struct qf_risk_resume in = { .has = 0 };
        struct qf_approval_id id = { .has = 0 };
        if (state_of(strategy) == QF_STATE_ACTIVE)
            return;
        qf_str_copy(in.reason, sizeof in.reason, "test");
        world_ref(&world, in.client_ref);
        qf_rec_fill(&qf_rec_risk_resume, &in);
        if (strategy) {
            qf_str_copy(in.strategy, sizeof in.strategy, strategy);
            QF_SET(&in, risk_resume, strategy);
        }
        id.id = ((const struct qf_approval *)world_do(&world, &ann, QF_CMD_risk_resume, &in))->id;
        world_ref(&world, id.client_ref);
        qf_rec_fill(&qf_rec_approval_id, &id);
        world_refused(&world, &ann, QF_CMD_approval_grant, &id, "SECOND_PERSON");
        world_ref(&world, id.client_ref);
        world_do(&world, &world.boss, QF_CMD_approval_grant, &id);
    }
    fail_msg("it is not ACTIVE again");
}

static void resume(void)
{
    resume_scope(NULL);
}

static int64_t resting(int64_t quantity)
{
    int64_t id = world_order(&world, &bob, "KO", QF_SIDE_BUY, quantity, world_below(&world, "KO"));
    world_wait_state(&world, id, QF_ORDER_WORKING);
    return id;
}

static const struct qf_order_list *all_orders(void)
{
    struct qf_order_query q = { .all = true };
    QF_SET(&q, order_query, all);
    return world_do(&world, &bob, QF_CMD_order_list, &q);
}

static void new_risk_is_refused_and_reads_go_on_while_it_stands_still(void **state)
{
    (void)state;
    struct qf_desk_status desk;
    struct qf_order_place in = { .side = QF_SIDE_BUY, .quantity = QF_ONE };
    qf_str_copy(in.symbol, sizeof in.symbol, "KO");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    freeze();
    int64_t first = rpc_send(&bob, QF_CMD_order_place, &in); /* makes the database be noticed */
    assert_true(first > 0);
    usleep(500000);
    struct qf_order_place second = in;
    world_ref(&world, second.client_ref);
    world_refused(&world, &world.boss, QF_CMD_order_place, &second, "DB_SLOW");
    usleep(1000000);
    assert_int_not_equal(db_state(&desk), QF_DB_READY);
    assert_true(desk.unsettled >= 1);
    assert_int_equal(desk.state, QF_STATE_CANCEL_ONLY);
    thaw();
    assert_int_not_equal(rpc_receive(&bob, &world.line), RPC_LOST); /* settled one way or the other */
    const void *rep = NULL;
    assert_int_equal(rpc_call(&bob, QF_CMD_order_place, &in, &rep, &world.line), RPC_OK); /* and never twice */
    assert_int_equal(db_state(&desk), QF_DB_READY);
    assert_int_equal(desk.state, QF_STATE_ACTIVE);
    const struct qf_order_list *l = all_orders();
    int placed = 0;
    for (uint32_t i = 0; i < l->orders_n; i++)
        placed += qf_str_eq(l->orders[i].ref, in.client_ref);
    assert_int_equal(placed, 1);
}

static void a_cancel_does_not_wait_for_it(void **state)
{
    (void)state;
    const void *rep = NULL;
    struct qf_order_cancel in = { .id = resting(7) };
    struct qf_cash_move poke = { .amount = QF_ONE };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_order_cancel, &in);
    qf_str_copy(poke.account, sizeof poke.account, "desk");
    world_ref(&world, poke.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &poke);
    freeze();
    assert_true(rpc_send(&world.boss, QF_CMD_cash_deposit, &poke) > 0);
    usleep(400000);
    assert_true(took_ms(&bob, QF_CMD_order_cancel, &in, &rep) < 200);
    assert_true(QF_HAS((const struct qf_order *)rep, order, cancel_by));
    thaw();
    assert_int_not_equal(rpc_receive(&world.boss, &world.line), RPC_LOST);
    world_wait_state(&world, in.id, QF_ORDER_CANCELLED);
}

static void the_stop_answers_while_the_database_stands_still(void **state)
{
    (void)state;
    const void *rep = NULL;
    struct qf_risk_stop in;
    int64_t a = resting(11), b = resting(12);
    say_stop(&in);
    freeze();
    int64_t ms = took_ms(&ann, QF_CMD_risk_stop, &in, &rep);
    assert_true(ms < 200);
    const struct qf_stop_report *r = rep;
    assert_int_equal(r->state, QF_STATE_HALTED);
    assert_int_equal(r->requested, 2);
    assert_true(r->journaled);
    int64_t n = r->id;
    r = stop_until_done(); /* the venue confirms without the database too */
    assert_int_equal(r->id, n);
    assert_int_equal(r->confirmed, 2);
    assert_int_equal(r->open, 0);
    usleep(1500000);
    thaw();
    world_wait_state(&world, a, QF_ORDER_CANCELLED);
    world_wait_state(&world, b, QF_ORDER_CANCELLED);
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = QF_ONE };
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    world_refused(&world, &bob, QF_CMD_order_place, &order, "HALTED");
    struct qf_audit_query q = { .limit = 50 };
    qf_str_copy(q.method, sizeof q.method, "risk.stop");
    QF_SET(&q, audit_query, method);
    const struct qf_audit_page *page = world_do(&world, &ann, QF_CMD_audit_list, &q);
    assert_int_equal(page->rows_n, 1);
    assert_string_equal(page->rows[0].username, "ann");
    resume();
}

static void an_order_that_was_being_written_never_leaves_after_the_stop(void **state)
{
    (void)state;
    const void *rep = NULL;
    struct qf_risk_stop in;
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = 3 * QF_ONE };
    qf_str_copy(order.symbol, sizeof order.symbol, "JPM");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    say_stop(&in);
    freeze();
    assert_true(rpc_send(&bob, QF_CMD_order_place, &order) > 0); /* a market order: it would be filled at once */
    usleep(100000);
    assert_true(took_ms(&ann, QF_CMD_risk_stop, &in, &rep) < 200);
    thaw();
    assert_int_equal(rpc_receive(&bob, &world.line), RPC_OK); /* accepted, durable */
    const struct qf_order_list *l = all_orders();
    int64_t id = 0;
    for (uint32_t i = 0; i < l->orders_n; i++)
        if (qf_str_eq(l->orders[i].ref, order.client_ref))
            id = l->orders[i].id;
    assert_true(id > 0);
    world_wait_state(&world, id, QF_ORDER_CANCELLED);
    const struct qf_order_detail *d;
    world_state(&world, id, &d);
    assert_int_equal(d->executions_n, 0);
    resume();
}

/* --- the stop, then kill -9, then a start: with PostgreSQL frozen and with PostgreSQL gone, of the firm and of a strategy */

#define STRATEGY "mom"

/* An account of the strategy, and an order that rests in it. */
static int64_t resting_in_strategy(void)
{
    static bool made;
    struct qf_account_add add = { .has = 0 };
    struct qf_cash_move cash = { .amount = 1000000 * (qf_money)QF_ONE };
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = 5 * QF_ONE, .price = world_below(&world, "KO") };
    qf_str_copy(add.name, sizeof add.name, "mom-book");
    qf_str_copy(add.owner, sizeof add.owner, "boss");
    qf_str_copy(add.strategy, sizeof add.strategy, STRATEGY);
    world_ref(&world, add.client_ref);
    qf_rec_fill(&qf_rec_account_add, &add);
    QF_SET(&add, account_add, strategy);
    qf_str_copy(cash.account, sizeof cash.account, "mom-book");
    world_ref(&world, cash.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &cash);
    if (!made) {
        world_do(&world, &world.boss, QF_CMD_account_add, &add);
        world_do(&world, &world.boss, QF_CMD_cash_deposit, &cash);
    }
    made = true;
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    qf_str_copy(order.account, sizeof order.account, "mom-book");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    QF_SET(&order, order_place, account);
    QF_SET(&order, order_place, price);
    int64_t id = ((const struct qf_order *)world_do(&world, &world.boss, QF_CMD_order_place, &order))->id;
    world_wait_state(&world, id, QF_ORDER_WORKING);
    return id;
}

/* kill -9 of qfd, a start, everybody signed in again. */
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
}

static void kill_postgres(void)
{
    pid_t master = proc_postmaster(&world.proc);
    assert_true(master > 0);
    proc_signal_postgres(&world.proc, SIGKILL);
    for (int i = 0; i < 400 && kill(master, 0) == 0; i++)
        usleep(5000);
}

static void outlives(bool gone, const char *strategy)
{
    const void *rep = NULL;
    struct qf_risk_stop in;
    world_wait_prices(&world);
    int64_t order = strategy ? resting_in_strategy() : resting(21), other = strategy ? resting(22) : 0;
    say_stop(&in);
    if (strategy) {
        qf_str_copy(in.strategy, sizeof in.strategy, strategy);
        QF_SET(&in, risk_stop, strategy);
    }
    if (gone)
        kill_postgres();
    else
        freeze();
    assert_true(took_ms(&ann, QF_CMD_risk_stop, &in, &rep) < 200);
    const struct qf_stop_report *r = rep;
    assert_true(r->journaled);
    assert_int_equal(r->requested, 1);
    crash_and_start();
    assert_int_equal(state_of(strategy), QF_STATE_HALTED);
    world_wait_state(&world, order, QF_ORDER_CANCELLED); /* also what the venue had not answered for */
    if (strategy) { /* the others go on */
        assert_int_equal(state_of(NULL), QF_STATE_ACTIVE);
        world_wait_state(&world, other, QF_ORDER_WORKING);
    }
    world_wait_prices(&world);
    struct qf_order_place place = { .side = QF_SIDE_BUY, .quantity = QF_ONE };
    qf_str_copy(place.symbol, sizeof place.symbol, "KO");
    qf_str_copy(place.account, sizeof place.account, strategy ? "mom-book" : "desk");
    world_ref(&world, place.client_ref);
    qf_rec_fill(&qf_rec_order_place, &place);
    QF_SET(&place, order_place, account);
    world_refused(&world, &world.boss, QF_CMD_order_place, &place, "HALTED");
    resume_scope(strategy);
}

static void a_stop_outlives_a_kill_with_the_database_frozen(void **state)
{
    (void)state;
    outlives(false, NULL);
}

static void a_stop_outlives_a_kill_with_the_database_gone(void **state)
{
    (void)state;
    outlives(true, NULL);
}

static void a_strategys_stop_outlives_a_kill_with_the_database_frozen(void **state)
{
    (void)state;
    outlives(false, STRATEGY);
}

static void a_strategys_stop_outlives_a_kill_with_the_database_gone(void **state)
{
    (void)state;
    outlives(true, STRATEGY);
}

static void close_only_lets_through_what_reduces(void **state)
{
    (void)state;
    struct qf_risk_stop in;
    world_wait_prices(&world);
    int64_t id = world_order(&world, &bob, "KO", QF_SIDE_BUY, 40, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    say_stop(&in);
    in.state = QF_STATE_CLOSE_ONLY;
    QF_SET(&in, risk_stop, state);
    const struct qf_stop_report *r = world_do(&world, &ann, QF_CMD_risk_stop, &in);
    assert_int_equal(r->requested, 0);
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = QF_ONE };
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    world_refused(&world, &bob, QF_CMD_order_place, &order, "HALTED");
    id = world_order(&world, &bob, "KO", QF_SIDE_SELL, 10, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
    resume();
    assert_int_equal(proc_verify(&world.proc), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_risk_is_refused_and_reads_go_on_while_it_stands_still),
        cmocka_unit_test(a_cancel_does_not_wait_for_it),
        cmocka_unit_test(the_stop_answers_while_the_database_stands_still),
        cmocka_unit_test(an_order_that_was_being_written_never_leaves_after_the_stop),
        cmocka_unit_test(a_stop_outlives_a_kill_with_the_database_frozen),
        cmocka_unit_test(a_stop_outlives_a_kill_with_the_database_gone),
        cmocka_unit_test(close_only_lets_through_what_reduces),
        cmocka_unit_test(a_strategys_stop_outlives_a_kill_with_the_database_frozen),
        cmocka_unit_test(a_strategys_stop_outlives_a_kill_with_the_database_gone),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
