/* Limits, and what takes two people on a real desk, with the ways round it that one person might try. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/it/desk_world.h"

static struct desk_world world;
static struct rpc ann, eve; /* risk officer; a second admin */

static int start(void **state)
{
    *state = &world;
    world_start(&world);
    assert_true(proc_adduser_password(&world.proc, "eve", "admin", WORLD_PASSWORD));
    assert_true(proc_adduser_password(&world.proc, "max", "risk", WORLD_PASSWORD));
    world_wait_prices(&world);
    world_sign_in(&world, &ann, "ann");
    world_sign_in(&world, &eve, "eve");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rpc_release(&ann);
    rpc_release(&eve);
    world_stop(&world);
    return 0;
}

/* --- short words */

static struct qf_limit_set limit(enum qf_scope scope, const char *name, enum qf_control_code control, int64_t hard)
{
    struct qf_limit_set in = { .scope = (int32_t)scope, .control = (int32_t)control, .hard = (qf_money)hard * QF_ONE };
    qf_str_copy(in.name, sizeof in.name, name);
    qf_str_copy(in.reason, sizeof in.reason, "test");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_limit_set, &in);
    if (*name)
        QF_SET(&in, limit_set, name);
    return in;
}

static struct qf_limit_set until(struct qf_limit_set in, qf_time at)
{
    in.until = at;
    QF_SET(&in, limit_set, until);
    return in;
}

static void done(struct qf_limit_set in)
{
    world_do(&world, &ann, QF_CMD_limit_set, &in);
}

static int64_t pending(void)
{
    const struct qf_approval_list *l = world_do(&world, &world.boss, QF_CMD_approval_list, NULL);
    assert_true(l->approvals_n > 0 && l->approvals[0].state == QF_APPROVAL_PENDING);
    return l->approvals[0].id;
}

static const struct qf_approval_id *decision(int64_t id)
{
    static struct qf_approval_id in;
    in = (struct qf_approval_id){ .id = id };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_approval_id, &in);
    return &in;
}

/* Asked by ann; nothing is changed. */
static int64_t needs_another(struct qf_limit_set in)
{
    world_refused(&world, &ann, QF_CMD_limit_set, &in, "TOO_LOOSE");
    return pending();
}

static void granted(struct qf_limit_set in)
{
    world_do(&world, &world.boss, QF_CMD_approval_grant, decision(needs_another(in)));
}

/* -1: there is none. */
static int64_t hard(enum qf_scope scope, const char *name, enum qf_control_code control)
{
    const struct qf_limit_list *l = world_do(&world, &world.boss, QF_CMD_limit_list, NULL);
    for (uint32_t i = 0; i < l->limits_n; i++)
        if (l->limits[i].scope == (int32_t)scope && l->limits[i].control == (int32_t)control && qf_str_eq(l->limits[i].name, name))
            return (int64_t)(l->limits[i].hard / QF_ONE);
    return -1;
}

/* --- limits */

static void a_limit_is_about_something_that_exists(void **state)
{
    (void)state;
    const struct { enum qf_scope scope; const char *good; } scopes[] = {
        { QF_SCOPE_TRADER, "bob" }, { QF_SCOPE_ACCOUNT, "desk" }, { QF_SCOPE_SYMBOL, "KO" }, { QF_SCOPE_STRATEGY, "*" }, { QF_SCOPE_SECTOR, "*" },
    };
    for (size_t i = 0; i < QF_LEN(scopes); i++) {
        struct qf_limit_set in = limit(scopes[i].scope, "nosuch", QF_CTL_NET_EXPOSURE, 900000000);
        world_refused(&world, &ann, QF_CMD_limit_set, &in, "NOT_FOUND");
        in = limit(scopes[i].scope, scopes[i].good, QF_CTL_NET_EXPOSURE, 900000000);
        world_do(&world, &ann, QF_CMD_limit_set, &in);
    }
    struct qf_limit_set var = limit(QF_SCOPE_TRADER, "bob", QF_CTL_VAR_99_1D, 1);
    world_refused(&world, &ann, QF_CMD_limit_set, &var, "INVALID_PARAMS");
}

/* The warning of the new desk's gross limit is 85 % of 30 million. */
static void a_limit_keeps_its_warning(void **state)
{
    (void)state;
    const qf_money million = (qf_money)1000000 * QF_ONE;
    struct qf_limit_set in = limit(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, 28000000);
    const struct qf_limit *l = world_do(&world, &ann, QF_CMD_limit_set, &in);
    assert_true(QF_HAS(l, limit, warn) && l->warn == 255 * million / 10);
    in = limit(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, 14000000);
    l = world_do(&world, &ann, QF_CMD_limit_set, &in);
    assert_true(l->warn == 1275 * million / 100); /* at the same share */
    assert_true(QF_HAS(l, limit, incomplete) && !l->incomplete);
}

/* The own limit of a name rules in place of the one of all names, so a higher one is a looser one. */
static void a_limit_of_its_own_is_no_way_round_the_one_of_all(void **state)
{
    (void)state;
    assert_int_equal(hard(QF_SCOPE_SYMBOL, "*", QF_CTL_POSITION), 40000);
    int64_t id = needs_another(limit(QF_SCOPE_SYMBOL, "AAPL", QF_CTL_POSITION, 1000000));
    assert_int_equal(hard(QF_SCOPE_SYMBOL, "AAPL", QF_CTL_POSITION), -1);
    done(limit(QF_SCOPE_SYMBOL, "*", QF_CTL_POSITION, 39000));
    world_refused(&world, &world.boss, QF_CMD_approval_grant, decision(id), "STALE_APPROVAL");
    done(limit(QF_SCOPE_SYMBOL, "AAPL", QF_CTL_POSITION, 39000));
    done(until(limit(QF_SCOPE_SYMBOL, "KO", QF_CTL_POSITION, 100), qf_now_wall() + QF_HOUR)); /* then the one of all rules again */
    needs_another(limit(QF_SCOPE_SYMBOL, "KO", QF_CTL_POSITION, 101));
}

static void what_was_loosened_over_the_one_of_all_goes_back_to_it(void **state)
{
    (void)state;
    granted(until(limit(QF_SCOPE_SYMBOL, "MSFT", QF_CTL_POSITION, 50000), qf_now_wall() + 2 * QF_SEC));
    assert_int_equal(hard(QF_SCOPE_SYMBOL, "MSFT", QF_CTL_POSITION), 50000);
    sleep(4);
    assert_int_equal(hard(QF_SCOPE_SYMBOL, "MSFT", QF_CTL_POSITION), -1);
}

static void one_person_cannot_keep_what_was_loosened_for_a_time(void **state)
{
    (void)state;
    qf_time at = qf_now_wall() + QF_HOUR;
    granted(until(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 25000), at));
    needs_another(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 25000));
    needs_another(until(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 25000), at + QF_HOUR));
    needs_another(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 20001));
    done(until(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 24000), at));
    needs_another(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 24000));
    done(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, 20000)); /* what it goes back to anyway */
    assert_int_equal(hard(QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY), 20000);
}

/* An older request of the same limit must not put back what stood before that one. */
static void a_time_that_ran_out_while_nothing_ran_goes_back_to_the_newest(void **state)
{
    (void)state;
    granted(until(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, 3000000), qf_now_wall() + 2 * QF_SEC));
    sleep(4);
    assert_int_equal(hard(QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL), 2500000);
    done(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, 1000000));
    qf_time at = qf_now_wall() + 2 * QF_SEC;
    granted(until(limit(QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, 1500000), at));
    rpc_close(&world.boss);
    rpc_release(&ann);
    rpc_release(&eve);
    proc_stop(&world.proc);
    while (qf_now_wall() < at + QF_SEC)
        usleep(100000);
    assert_true(proc_start(&world.proc));
    assert_true(rpc_connect(&world.boss, world.proc.socket));
    world_sign_in(&world, &ann, "ann");
    world_sign_in(&world, &eve, "eve");
    for (int i = 0; i < 50 && hard(QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL) < 0; i++)
        usleep(100000);
    assert_int_equal(hard(QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL), 1000000);
}

static void a_flood_of_requests_pushes_no_granted_one_out(void **state)
{
    (void)state;
    qf_time at = qf_now_wall() + 20 * QF_SEC;
    granted(until(limit(QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE, 13000000), at));
    for (int i = 0; i < 520; i++)
        world_do(&world, &ann, QF_CMD_approval_deny, decision(needs_another(limit(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, 90000000))));
    while (qf_now_wall() < at + 3 * QF_SEC)
        usleep(100000);
    assert_int_equal(hard(QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE), 12000000);
}

/* --- people */

static struct qf_user_set role(const char *user, enum qf_role is)
{
    struct qf_user_set in = { .role = (int32_t)is };
    qf_str_copy(in.name, sizeof in.name, user);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_user_set, &in);
    QF_SET(&in, user_set, role);
    return in;
}

/* Whoever sets a password knows it: with the grant of somebody else's request he would be two people. */
static void a_password_set_meanwhile_makes_a_request_stale(void **state)
{
    (void)state;
    struct qf_user_set in = role("bob", QF_ROLE_RISK);
    struct qf_user_password word = { .has = 0 };
    world_do(&world, &world.boss, QF_CMD_user_set, &in);
    int64_t id = pending();
    qf_str_copy(word.name, sizeof word.name, "bob");
    qf_str_copy(word.password, sizeof word.password, "known to eve only");
    world_ref(&world, word.client_ref);
    qf_rec_fill(&qf_rec_user_password, &word);
    QF_SET(&word, user_password, name);
    world_do(&world, &eve, QF_CMD_user_password, &word);
    world_refused(&world, &eve, QF_CMD_approval_grant, decision(id), "STALE_APPROVAL");
}

static void a_request_ends_with_the_right_to_make_it(void **state)
{
    (void)state;
    struct qf_user_set in = role("ann", QF_ROLE_VIEWER);
    int64_t id = needs_another(limit(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, 90000000));
    world_do(&world, &world.boss, QF_CMD_user_set, &in);
    world_refused(&world, &eve, QF_CMD_approval_grant, decision(id), "FORBIDDEN");
    assert_non_null(strstr(world.line.refusal.message, "ann"));
    assert_int_equal(hard(QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE), 14000000);
    world_do(&world, &eve, QF_CMD_approval_deny, decision(id));
    assert_int_equal(proc_verify(&world.proc), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_about_something_that_exists),
        cmocka_unit_test(a_limit_keeps_its_warning),
        cmocka_unit_test(a_limit_of_its_own_is_no_way_round_the_one_of_all),
        cmocka_unit_test(what_was_loosened_over_the_one_of_all_goes_back_to_it),
        cmocka_unit_test(one_person_cannot_keep_what_was_loosened_for_a_time),
        cmocka_unit_test(a_time_that_ran_out_while_nothing_ran_goes_back_to_the_newest),
        cmocka_unit_test(a_flood_of_requests_pushes_no_granted_one_out),
        cmocka_unit_test(a_password_set_meanwhile_makes_a_request_stale),
        cmocka_unit_test(a_request_ends_with_the_right_to_make_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
