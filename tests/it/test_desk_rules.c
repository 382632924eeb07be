/* Who may do what: the whole table of roles and commands, and what needs a second person. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/it/desk_world.h"

static struct desk_world world;
static struct rpc ann, bob, vic, tick;

static int start(void **state)
{
    *state = &world;
    world_start(&world);
    world_wait_prices(&world);
    world_sign_in(&world, &ann, "ann");
    world_sign_in(&world, &bob, "bob");
    world_sign_in(&world, &vic, "vic");
    world_sign_in(&world, &tick, "tick");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rpc_release(&ann);
    rpc_release(&bob);
    rpc_release(&vic);
    rpc_release(&tick);
    world_stop(&world);
    return 0;
}

/* Parameters nobody takes: who may is told so, who may not is told that, and nothing is done in either case. */
static void ask(struct rpc *r, enum qf_cmd_id cmd, char reason[32])
{
    struct qf_line line;
    char text[256];
    size_t n = qf_str_fmt(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":\"%s\",\"params\":{\"no_such_field\":1}}\n",
                          (long long)++r->id, qf_cmds[cmd].name);
    assert_int_equal(send(r->fd, text, n, 0), n);
    assert_int_equal(rpc_receive(r, &line), RPC_REFUSED);
    assert_int_equal(line.id, r->id);
    qf_str_copy(reason, 32, line.reason);
}

static void every_role_may_what_the_table_says(void **state)
{
    (void)state;
    const struct { struct rpc *r; enum qf_role role; } people[] = {
        { &vic, QF_ROLE_VIEWER }, { &bob, QF_ROLE_TRADER }, { &ann, QF_ROLE_RISK }, { &world.boss, QF_ROLE_ADMIN }, { &tick, QF_ROLE_FEED },
    };
    int asked = 0, refused = 0;
    for (size_t p = 0; p < QF_LEN(people); p++)
        for (int cmd = 0; cmd < QF_CMD_COUNT; cmd++) {
            char reason[32];
            ask(people[p].r, (enum qf_cmd_id)cmd, reason);
            bool may = qf_may(true, (int)people[p].role, qf_cmds[cmd].perm);
            if (!qf_str_eq(reason, may ? "INVALID_PARAMS" : "FORBIDDEN"))
                fail_msg("%s as %s: %s", qf_cmds[cmd].name, qf_enum_text(&qf_enum_role, (int32_t)people[p].role), reason);
            asked++;
            refused += !may;
        }
    assert_int_equal(asked, 5 * QF_CMD_COUNT);
    assert_true(refused > 60);
}

static void topics_ask_the_same_question(void **state)
{
    (void)state;
    const struct { struct rpc *r; enum qf_role role; } people[] = {
        { &vic, QF_ROLE_VIEWER }, { &bob, QF_ROLE_TRADER }, { &ann, QF_ROLE_RISK }, { &tick, QF_ROLE_FEED },
    };
    for (size_t p = 0; p < QF_LEN(people); p++)
        for (int t = 0; t < QF_TOPIC_COUNT; t++) {
            struct qf_subscribe in = { .has = 0 };
            qf_str_copy(in.topic, sizeof in.topic, qf_topics[t].name);
            qf_rec_fill(&qf_rec_subscribe, &in);
            if (qf_may(true, (int)people[p].role, qf_topics[t].perm)) {
                world_do(&world, people[p].r, QF_CMD_topic_subscribe, &in);
                world_do(&world, people[p].r, QF_CMD_topic_unsubscribe, &in);
            } else {
                world_refused(&world, people[p].r, QF_CMD_topic_subscribe, &in, "FORBIDDEN");
            }
        }
}

static void refusals_beyond_ten_a_second_are_one_counted_row(void **state)
{
    (void)state;
    char reason[32];
    sleep(2);
    for (int i = 0; i < 300; i++)
        ask(&vic, QF_CMD_user_list, reason);
    sleep(3);
    struct qf_audit_query q = { .limit = 500 };
    qf_str_copy(q.user, sizeof q.user, "vic");
    QF_SET(&q, audit_query, limit);
    QF_SET(&q, audit_query, user);
    const struct qf_audit_page *page = world_do(&world, &ann, QF_CMD_audit_list, &q);
    int rows = 0, counted = 0;
    for (uint32_t i = 0; i < page->rows_n; i++) {
        rows += qf_str_eq(page->rows[i].method, "user.list");
        counted += page->rows[i].outcome == QF_OUTCOME_COUNTED;
    }
    assert_true(rows >= 10 && rows < 60);
    assert_true(counted >= 1);
}

static void who_sends_too_much_is_counted_not_written(void **state)
{
    (void)state;
    struct qf_audit_query q = { .limit = 500 };
    int refused = 0, rows = 0, counted = 0;
    for (int i = 0; i < 300; i++) {
        struct qf_order_place in = { .side = QF_SIDE_BUY, .quantity = (1 + i) * QF_ONE, .price = world_below(&world, "KO") };
        qf_str_copy(in.symbol, sizeof in.symbol, "KO");
        world_ref(&world, in.client_ref);
        qf_rec_fill(&qf_rec_order_place, &in);
        QF_SET(&in, order_place, price);
        if (rpc_call(&bob, QF_CMD_order_place, &in, NULL, &world.line) == RPC_OK)
            continue;
        assert_string_equal(world.line.reason, "MSG_RATE");
        refused++;
    }
    assert_true(refused > 50);
    sleep(3);
    qf_str_copy(q.user, sizeof q.user, "bob");
    QF_SET(&q, audit_query, limit);
    QF_SET(&q, audit_query, user);
    const struct qf_audit_page *page = world_do(&world, &ann, QF_CMD_audit_list, &q);
    for (uint32_t i = 0; i < page->rows_n; i++) {
        rows += page->rows[i].outcome == QF_OUTCOME_REFUSED && qf_str_eq(page->rows[i].reason, "MSG_RATE");
        counted += page->rows[i].outcome == QF_OUTCOME_COUNTED;
    }
    assert_true(rows >= 10 && rows <= 40);
    assert_true(counted >= 1);
    struct qf_order_cancel_all all = { .has = 0 };
    world_ref(&world, all.client_ref);
    qf_rec_fill(&qf_rec_order_cancel_all, &all);
    world_do(&world, &world.boss, QF_CMD_order_cancel_all, &all);
}

static void a_stranger_that_keeps_erring_is_cut_off(void **state)
{
    (void)state;
    struct rpc r;
    struct qf_line line;
    rpc_init(&r);
    assert_true(rpc_connect(&r, world.proc.socket));
    world_do(&world, &r, QF_CMD_auth_logout, NULL);
    int answered = 0;
    for (int i = 0; i < 50; i++) {
        if (send(r.fd, "rubbish\n", 8, MSG_NOSIGNAL) != 8 || rpc_receive(&r, &line) != RPC_REFUSED)
            break;
        assert_string_equal(line.reason, "PARSE");
        answered++;
    }
    assert_in_range(answered, 10, 12);
    rpc_release(&r);
}

static void the_signed_in_keep_their_connection_whatever_they_send(void **state)
{
    (void)state;
    struct qf_line line;
    for (int i = 0; i < 50; i++) {
        assert_int_equal(send(bob.fd, "[]\n", 3, 0), 3);
        assert_int_equal(rpc_receive(&bob, &line), RPC_REFUSED);
    }
    world_do(&world, &bob, QF_CMD_auth_whoami, NULL);
}

/* --- limits */

static void limit(struct qf_limit_set *in, int64_t hard)
{
    *in = (struct qf_limit_set){ .scope = QF_SCOPE_FIRM, .control = QF_CTL_MAX_QTY, .hard = (qf_money)hard * QF_ONE };
    qf_str_copy(in->reason, sizeof in->reason, "test");
    world_ref(&world, in->client_ref);
    qf_rec_fill(&qf_rec_limit_set, in);
}

static int64_t pending(void)
{
    const struct qf_approval_list *l = world_do(&world, &ann, QF_CMD_approval_list, NULL);
    assert_true(l->approvals_n > 0);
    assert_int_equal(l->approvals[0].state, QF_APPROVAL_PENDING);
    return l->approvals[0].id;
}

static struct qf_approval_id *decision(int64_t id)
{
    static struct qf_approval_id in;
    in = (struct qf_approval_id){ .id = id };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_approval_id, &in);
    return &in;
}

static void a_tighter_limit_holds_at_once(void **state)
{
    (void)state;
    struct qf_limit_set in;
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = 600 * QF_ONE };
    limit(&in, 500);
    world_do(&world, &ann, QF_CMD_limit_set, &in);
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    world_refused(&world, &bob, QF_CMD_order_place, &order, "MAX_QTY");
}

static void a_looser_limit_needs_a_second_person(void **state)
{
    (void)state;
    struct qf_limit_set in;
    limit(&in, 5000);
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "TOO_LOOSE");
    int64_t id = pending();
    world_refused(&world, &ann, QF_CMD_approval_grant, decision(id), "SECOND_PERSON");
    const struct qf_approval *a = world_do(&world, &world.boss, QF_CMD_approval_grant, decision(id));
    assert_int_equal(a->state, QF_APPROVAL_GRANTED);
    assert_string_equal(a->decided_by, "boss");
    world_refused(&world, &world.boss, QF_CMD_approval_grant, decision(id), "BAD_STATE");
    int64_t order = world_order(&world, &bob, "KO", QF_SIDE_BUY, 600, world_below(&world, "KO"));
    assert_true(order > 0);
}

static void a_request_goes_stale_when_what_it_would_change_has_changed(void **state)
{
    (void)state;
    struct qf_limit_set in;
    limit(&in, 9000);
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "TOO_LOOSE");
    int64_t id = pending();
    limit(&in, 4000);
    world_do(&world, &world.boss, QF_CMD_limit_set, &in);
    world_refused(&world, &world.boss, QF_CMD_approval_grant, decision(id), "STALE_APPROVAL");
    world_refused(&world, &world.boss, QF_CMD_approval_grant, decision(id), "BAD_STATE");
}

static void a_request_can_be_denied_or_withdrawn(void **state)
{
    (void)state;
    struct qf_limit_set in;
    limit(&in, 9000);
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "TOO_LOOSE");
    const struct qf_approval *a = world_do(&world, &world.boss, QF_CMD_approval_deny, decision(pending()));
    assert_int_equal(a->state, QF_APPROVAL_DENIED);
    limit(&in, 9000);
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "TOO_LOOSE");
    a = world_do(&world, &ann, QF_CMD_approval_deny, decision(pending()));
    assert_int_equal(a->state, QF_APPROVAL_WITHDRAWN);
}

static qf_money max_qty(void)
{
    const struct qf_limit_list *l = world_do(&world, &ann, QF_CMD_limit_list, NULL);
    for (uint32_t i = 0; i < l->limits_n; i++)
        if (l->limits[i].scope == QF_SCOPE_FIRM && l->limits[i].control == QF_CTL_MAX_QTY)
            return l->limits[i].hard;
    return -1;
}

static void a_limit_loosened_until_a_time_goes_back_by_itself(void **state)
{
    (void)state;
    struct qf_limit_set in;
    qf_money before = max_qty();
    limit(&in, 7777);
    in.until = qf_now_wall() + 2 * QF_SEC;
    QF_SET(&in, limit_set, until);
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "TOO_LOOSE");
    world_do(&world, &world.boss, QF_CMD_approval_grant, decision(pending()));
    assert_true(max_qty() == (qf_money)7777 * QF_ONE);
    sleep(4);
    assert_true(max_qty() == before);
}

static void senseless_limits_are_refused(void **state)
{
    (void)state;
    struct qf_limit_set in;
    limit(&in, 100);
    in.control = QF_CTL_TICK;
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "INVALID_PARAMS");
    limit(&in, -1);
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "INVALID_PARAMS");
    limit(&in, 100);
    in.scope = QF_SCOPE_SYMBOL;
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "INVALID_PARAMS");
}

/* --- accounts belong to somebody */

static void nobody_trades_on_an_account_of_another(void **state)
{
    (void)state;
    struct qf_account_add add = { .has = 0 };
    struct qf_order_place order = { .side = QF_SIDE_BUY, .quantity = QF_ONE };
    qf_str_copy(add.name, sizeof add.name, "boss-own");
    qf_str_copy(add.owner, sizeof add.owner, "boss");
    world_ref(&world, add.client_ref);
    qf_rec_fill(&qf_rec_account_add, &add);
    world_do(&world, &world.boss, QF_CMD_account_add, &add);
    qf_str_copy(order.symbol, sizeof order.symbol, "KO");
    qf_str_copy(order.account, sizeof order.account, "boss-own");
    world_ref(&world, order.client_ref);
    qf_rec_fill(&qf_rec_order_place, &order);
    QF_SET(&order, order_place, account);
    world_refused(&world, &bob, QF_CMD_order_place, &order, "NOT_AUTHORISED");
}

/* A name that cannot be told from another one, and money nobody can count, are kept out where they would be made. */
static void names_and_money_have_to_make_sense(void **state)
{
    (void)state;
    static const char *const names[] = { "desk ", " desk", "de  sk", "de\xe2\x80\x8bsk", "d\xd0\xb5sk" };
    struct qf_account_add add = { .has = 0 };
    struct qf_instrument_set inst = { .has = 0 };
    struct qf_scenario_set scenario = { .has = 0 };
    struct qf_cash_move move = { .amount = QF_ONE };
    qf_str_copy(add.owner, sizeof add.owner, "boss");
    qf_rec_fill(&qf_rec_account_add, &add);
    qf_rec_fill(&qf_rec_instrument_set, &inst);
    qf_rec_fill(&qf_rec_scenario_set, &scenario);
    for (size_t i = 0; i < QF_LEN(names); i++) {
        qf_str_copy(add.name, sizeof add.name, names[i]);
        world_ref(&world, add.client_ref);
        world_refused(&world, &world.boss, QF_CMD_account_add, &add, "INVALID_PARAMS");
        qf_str_copy(inst.symbol, sizeof inst.symbol, names[i]);
        world_ref(&world, inst.client_ref);
        world_refused(&world, &world.boss, QF_CMD_instrument_set, &inst, "INVALID_PARAMS");
        qf_str_copy(scenario.name, sizeof scenario.name, names[i]);
        world_ref(&world, scenario.client_ref);
        world_refused(&world, &ann, QF_CMD_scenario_set, &scenario, "INVALID_PARAMS");
        assert_string_equal(world.line.refusal.message, QF_NAME_RULE);
    }
    assert_string_equal(world.line.refusal.message, QF_NAME_RULE);
    qf_str_copy(move.account, sizeof move.account, "desk");
    qf_str_copy(move.currency, sizeof move.currency, "UDS");
    world_ref(&world, move.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &move);
    QF_SET(&move, cash_move, currency);
    world_refused(&world, &world.boss, QF_CMD_cash_deposit, &move, "INVALID_PARAMS");
    assert_string_equal(world.line.refusal.field, "currency");
    QF_DROP(&move, cash_move, currency);
    move.amount = QF_MONEY_MAX;
    world_ref(&world, move.client_ref);
    world_refused(&world, &world.boss, QF_CMD_cash_deposit, &move, "INVALID_PARAMS");
    assert_string_equal(world.line.refusal.field, "amount");
    assert_non_null(strstr(world.line.refusal.message, "holds at most"));
}

static void people_come_and_go(void **state)
{
    (void)state;
    struct qf_user_set off = { .disabled = true };
    const struct qf_user_list *users = world_do(&world, &world.boss, QF_CMD_user_list, NULL);
    assert_int_equal(users->users_n, 5);
    const struct qf_session_list *live = world_do(&world, &world.boss, QF_CMD_session_list, NULL);
    assert_true(live->sessions_n >= 4);
    qf_str_copy(off.name, sizeof off.name, "vic");
    world_ref(&world, off.client_ref);
    qf_rec_fill(&qf_rec_user_set, &off);
    QF_SET(&off, user_set, disabled);
    world_do(&world, &world.boss, QF_CMD_user_set, &off);
    world_refused(&world, &vic, QF_CMD_overview_get, NULL, "SESSION_ENDED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_may_what_the_table_says),
        cmocka_unit_test(topics_ask_the_same_question),
        cmocka_unit_test(refusals_beyond_ten_a_second_are_one_counted_row),
        cmocka_unit_test(who_sends_too_much_is_counted_not_written),
        cmocka_unit_test(a_stranger_that_keeps_erring_is_cut_off),
        cmocka_unit_test(the_signed_in_keep_their_connection_whatever_they_send),
        cmocka_unit_test(a_tighter_limit_holds_at_once),
        cmocka_unit_test(a_looser_limit_needs_a_second_person),
        cmocka_unit_test(a_request_goes_stale_when_what_it_would_change_has_changed),
        cmocka_unit_test(a_request_can_be_denied_or_withdrawn),
        cmocka_unit_test(a_limit_loosened_until_a_time_goes_back_by_itself),
        cmocka_unit_test(senseless_limits_are_refused),
        cmocka_unit_test(nobody_trades_on_an_account_of_another),
        cmocka_unit_test(names_and_money_have_to_make_sense),
        cmocka_unit_test(people_come_and_go),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
