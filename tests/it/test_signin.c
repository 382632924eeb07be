/* Signing in on a real desk: what outlives a restart and a kill, what the audit trail says, and who comes in while
 * PostgreSQL stands still. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"

#define PASSWORD "a password of some length"

static struct proc p;
static struct rpc a, b, second; /* second: another admin, who grants */
static struct qf_line line;

static void connect_to(struct rpc *r)
{
    if (!rpc_connect(r, p.socket))
        fail_msg("nobody listens at %s", p.socket);
}

static const void *done(struct rpc *r, enum qf_cmd_id cmd, const void *in)
{
    const void *out = NULL;
    enum rpc_result got = rpc_call(r, cmd, in, &out, &line);
    if (got != RPC_OK)
        fail_msg("%s: %s", qf_cmds[cmd].name, got == RPC_LOST ? "lost" : line.reason);
    return out;
}

static void refused(struct rpc *r, enum qf_cmd_id cmd, const void *in, const char *reason)
{
    assert_int_equal(rpc_call(r, cmd, in, NULL, &line), RPC_REFUSED);
    assert_string_equal(line.reason, reason);
}

/* Named fields by hand: the bits follow from what is set. */
static struct qf_login login_of(const char *user, const char *password)
{
    struct qf_login in = { 0 };
    qf_str_copy(in.user, sizeof in.user, user);
    qf_str_copy(in.password, sizeof in.password, password);
    qf_rec_fill(&qf_rec_login, &in);
    return in;
}

static struct qf_signed_in log_in(struct rpc *r, const char *user)
{
    struct qf_login in = login_of(user, PASSWORD);
    return *(const struct qf_signed_in *)done(r, QF_CMD_auth_login, &in);
}

static struct qf_resume token_of(const char *token)
{
    struct qf_resume in = { 0 };
    qf_str_copy(in.token, sizeof in.token, token);
    qf_rec_fill(&qf_rec_resume, &in);
    return in;
}

static struct qf_approval_id request_id(int64_t id, const char *ref)
{
    struct qf_approval_id in = { .id = id };
    qf_str_fmt(in.client_ref, sizeof in.client_ref, "grant-%s", ref);
    in.has = QF_BIT(approval_id, id) | QF_BIT(approval_id, client_ref);
    return in;
}

/* Who asked cannot grant it; another admin can, once. */
static void granted(const struct qf_user *u, const char *ref)
{
    assert_true(QF_HAS(u, user, approval));
    struct qf_approval_id in = request_id(u->approval, ref);
    refused(&a, QF_CMD_approval_grant, &in, "SECOND_PERSON");
    assert_int_equal(((const struct qf_approval *)done(&second, QF_CMD_approval_grant, &in))->state, QF_APPROVAL_GRANTED);
}

static void add_user(const char *name, enum qf_role role, const char *ref)
{
    struct qf_user_add in = { .role = (int32_t)role };
    qf_str_copy(in.name, sizeof in.name, name);
    qf_str_copy(in.password, sizeof in.password, PASSWORD "!");
    qf_str_copy(in.client_ref, sizeof in.client_ref, ref);
    qf_rec_fill(&qf_rec_user_add, &in);
    QF_SET(&in, user_add, password);
    struct qf_user added = *(const struct qf_user *)done(&a, QF_CMD_user_add, &in);
    struct qf_login early = login_of(name, PASSWORD "!");
    assert_true(added.disabled);
    refused(&b, QF_CMD_auth_login, &early, "LOGIN_FAILED");
    granted(&added, ref);
    /* its first password has to be changed */
    struct qf_login first = login_of(name, PASSWORD "!");
    assert_true(((const struct qf_signed_in *)done(&b, QF_CMD_auth_login, &first))->must_change);
    refused(&b, QF_CMD_overview_get, NULL, "MUST_CHANGE");
    struct qf_user_password change = { 0 };
    qf_str_copy(change.old, sizeof change.old, PASSWORD "!");
    qf_str_copy(change.password, sizeof change.password, PASSWORD);
    qf_str_copy(change.client_ref, sizeof change.client_ref, ref);
    qf_rec_fill(&qf_rec_user_password, &change);
    QF_SET(&change, user_password, old);
    done(&b, QF_CMD_user_password, &change);
    done(&b, QF_CMD_overview_get, NULL);
}

static int start(void **state)
{
    (void)state;
    rpc_init(&a);
    rpc_init(&b);
    proc_make(&p, "[auth]\nargon_ops = 1\nargon_mem_kib = 8\n[listen]\ntcp_address = 127.0.0.1\ntcp_port = 0\n");
    if (!proc_adduser(&p, "me", "admin", (long)getuid()) || !proc_start(&p))
        return -1;
    connect_to(&a);
    connect_to(&b);
    if (!proc_adduser_password(&p, "second", "admin", PASSWORD))
        return -1;
    rpc_init(&second);
    connect_to(&second);
    log_in(&second, "second");
    add_user("ana", QF_ROLE_RISK, "add-ana");
    add_user("bo", QF_ROLE_TRADER, "add-bo");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rpc_release(&a);
    rpc_release(&b);
    rpc_release(&second);
    proc_free(&p);
    return 0;
}

static void reconnect(struct rpc *r)
{
    rpc_close(r);
    connect_to(r);
}

static void the_users_uid_needs_no_password(void **state)
{
    (void)state;
    reconnect(&a);
    assert_true(((const struct qf_hello *)done(&a, QF_CMD_hello, NULL))->peer_known);
    const struct qf_signed_in *who = done(&a, QF_CMD_auth_whoami, NULL);
    assert_string_equal(who->user, "me");
    assert_int_equal(who->role, QF_ROLE_ADMIN);
}

static void a_token_outlives_restart_and_kill(void **state)
{
    (void)state;
    reconnect(&b);
    struct qf_signed_in who = log_in(&b, "ana");
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            proc_stop(&p);
        else
            proc_signal(&p, SIGKILL);
        assert_true(proc_start(&p));
        reconnect(&a);
        reconnect(&b);
        struct qf_resume in = token_of(who.token);
        struct qf_signed_in again = *(const struct qf_signed_in *)done(&b, QF_CMD_auth_resume, &in);
        assert_string_equal(again.user, "ana");
        assert_int_equal(again.session, who.session);
        who = again;
    }
    done(&b, QF_CMD_auth_logout, NULL);
    refused(&b, QF_CMD_overview_get, NULL, "SESSION_ENDED");
    proc_signal(&p, SIGKILL); /* an ended one stays ended */
    assert_true(proc_start(&p));
    reconnect(&a);
    reconnect(&b);
    struct qf_resume in = token_of(who.token);
    refused(&b, QF_CMD_auth_resume, &in, "SESSION_ENDED");
}

static void disabling_reaches_an_open_connection(void **state)
{
    (void)state;
    reconnect(&b);
    log_in(&b, "bo");
    done(&b, QF_CMD_position_list, NULL);
    struct qf_user_set in = { .disabled = true };
    qf_str_copy(in.name, sizeof in.name, "bo");
    qf_str_copy(in.client_ref, sizeof in.client_ref, "off");
    in.has = QF_BIT(user_set, name) | QF_BIT(user_set, disabled) | QF_BIT(user_set, client_ref);
    done(&a, QF_CMD_user_set, &in);
    refused(&b, QF_CMD_position_list, NULL, "SESSION_ENDED");
    struct qf_login again = login_of("bo", PASSWORD);
    refused(&b, QF_CMD_auth_login, &again, "LOGIN_FAILED");
    in.disabled = false;
    qf_str_copy(in.client_ref, sizeof in.client_ref, "on");
    struct qf_user asked = *(const struct qf_user *)done(&a, QF_CMD_user_set, &in);
    refused(&b, QF_CMD_auth_login, &again, "LOGIN_FAILED"); /* enabling is giving rights */
    reconnect(&second);
    log_in(&second, "second");
    granted(&asked, "on");
    log_in(&b, "bo");
}

/* What a request was about has changed meanwhile: nobody gets what nobody agreed to. */
static void a_request_about_a_user_goes_stale(void **state)
{
    (void)state;
    struct qf_user_set in = { .role = QF_ROLE_RISK };
    qf_str_copy(in.name, sizeof in.name, "bo");
    qf_str_copy(in.client_ref, sizeof in.client_ref, "up");
    in.has = QF_BIT(user_set, name) | QF_BIT(user_set, role) | QF_BIT(user_set, client_ref);
    struct qf_user asked = *(const struct qf_user *)done(&a, QF_CMD_user_set, &in);
    assert_int_equal(asked.role, QF_ROLE_TRADER);
    struct qf_user_set down = in;
    down.role = QF_ROLE_VIEWER;
    qf_str_copy(down.client_ref, sizeof down.client_ref, "down");
    assert_int_equal(((const struct qf_user *)done(&a, QF_CMD_user_set, &down))->role, QF_ROLE_VIEWER);
    struct qf_approval_id id = request_id(asked.approval, "stale");
    refused(&second, QF_CMD_approval_grant, &id, "STALE_APPROVAL");
    qf_str_copy(in.client_ref, sizeof in.client_ref, "up again");
    in.role = QF_ROLE_TRADER;
    asked = *(const struct qf_user *)done(&a, QF_CMD_user_set, &in);
    granted(&asked, "trader again");
    const struct qf_user_list *l = done(&a, QF_CMD_user_list, NULL);
    for (uint32_t i = 0; i < l->users_n; i++)
        if (qf_str_eq(l->users[i].name, "bo"))
            assert_int_equal(l->users[i].role, QF_ROLE_TRADER);
}

static void a_peer_sign_in_is_remembered(void **state)
{
    (void)state;
    const struct qf_user_list *l = done(&a, QF_CMD_user_list, NULL);
    for (uint32_t i = 0; i < l->users_n; i++)
        if (qf_str_eq(l->users[i].name, "me"))
            assert_true(QF_HAS(&l->users[i], user, last_login) && qf_now_wall() - l->users[i].last_login < QF_HOUR);
}

static void the_trail_knows_every_log_in_and_no_password(void **state)
{
    (void)state;
    reconnect(&b);
    struct qf_login bad = login_of("nobody", "this is my secret");
    refused(&b, QF_CMD_auth_login, &bad, "LOGIN_FAILED");
    log_in(&b, "ana");
    struct qf_audit_query in = { .limit = 500 };
    QF_SET(&in, audit_query, limit);
    const struct qf_audit_page *page = done(&a, QF_CMD_audit_list, &in);
    int good = 0, failed = 0, peers = 0;
    for (uint32_t i = 0; i < page->rows_n; i++) {
        const struct qf_control *row = &page->rows[i];
        bool login = qf_str_eq(row->method, "auth.login");
        good += login && row->outcome == QF_OUTCOME_DONE;
        failed += login && row->outcome == QF_OUTCOME_REFUSED && qf_str_eq(row->reason, "LOGIN_FAILED");
        peers += qf_str_eq(row->method, "auth.peer") && qf_str_eq(row->username, "me");
        assert_null(memmem(row->args.p, row->args.n, "secret", 6));
        assert_null(memmem(row->args.p, row->args.n, "password of", 11));
        assert_null(memmem(row->args.p, row->args.n, "eyJ", 3)); /* nor a token */
    }
    assert_true(good >= 3 && failed >= 1 && peers >= 1);
}

static void while_the_database_stands_still_one_comes_in_to_stop(void **state)
{
    (void)state;
    struct qf_risk_stop halt = { 0 };
    struct rpc c;
    rpc_init(&c);
    reconnect(&b);
    struct qf_signed_in ana = log_in(&b, "ana"), bo = log_in(&b, "bo");
    proc_signal_postgres(&p, SIGSTOP);
    struct qf_login in = login_of("ana", PASSWORD);
    int64_t end = qf_now_mono() + 10000000000LL;
    while (rpc_call(&b, QF_CMD_auth_login, &in, NULL, &line) != RPC_REFUSED && qf_now_mono() < end)
        usleep(10000); /* until the lane has noticed */
    struct qf_resume token = token_of(ana.token);
    end = qf_now_mono() + 10000000000LL;
    bool resumed = false;
    while (!resumed && qf_now_mono() < end) {
        connect_to(&c);
        resumed = rpc_call(&c, QF_CMD_auth_resume, &token, NULL, &line) == RPC_OK;
        usleep(50000);
    }
    assert_true(resumed);
    done(&c, QF_CMD_overview_get, NULL);
    halt.has = 0;
    done(&c, QF_CMD_risk_stop, &halt);
    reconnect(&c);
    token = token_of(bo.token);
    assert_int_equal(rpc_call(&c, QF_CMD_auth_resume, &token, NULL, &line),
                     RPC_REFUSED); /* a trader cannot stop, so cannot come in */
    proc_signal_postgres(&p, SIGCONT);
    end = qf_now_mono() + 30000000000LL;
    bool back = false;
    while (!back && qf_now_mono() < end) {
        connect_to(&c);
        back = rpc_call(&c, QF_CMD_auth_resume, &token, NULL, &line) == RPC_OK;
        usleep(100000);
    }
    assert_true(back);
    const struct qf_risk_state *now = done(&c, QF_CMD_risk_state, NULL);
    assert_int_equal(now->effective, QF_STATE_HALTED);
    rpc_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_users_uid_needs_no_password),
        cmocka_unit_test(a_token_outlives_restart_and_kill),
        cmocka_unit_test(disabling_reaches_an_open_connection),
        cmocka_unit_test(a_request_about_a_user_goes_stale),
        cmocka_unit_test(a_peer_sign_in_is_remembered),
        cmocka_unit_test(the_trail_knows_every_log_in_and_no_password),
        cmocka_unit_test(while_the_database_stands_still_one_comes_in_to_stop),
    };
    return cmocka_run_group_tests_name("signin", tests, start, stop);
}
