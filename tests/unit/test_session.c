/* Signing in by password, token and uid; what becomes of it when batches are undone, the database is away, or time
 * passes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/people_world.h"

/* --- by password */
static void a_log_in_holds_when_it_is_durable(void **state)
{
    (void)state;
    struct end e = net();
    expect_refused(call(e, QF_CMD_auth_whoami, NULL), QF_R_NOT_SIGNED_IN);
    assert_int_equal(login(e, "ana", PASSWORD), HANDLED);
    assert_string_equal(w->out.signed_in.user, "ana");
    assert_int_equal(w->out.signed_in.role, QF_ROLE_RISK);
    assert_string_equal(w->out.signed_in.permissions, "view trade risk halt audit incident");
    assert_true(QF_HAS(&w->out.signed_in, signed_in, token));
    assert_int_equal(w->out.signed_in.session, 1);
    assert_string_equal(w->detail, " ana signed in, session 1");
    assert_false(who(e)->signed_in); /* applied, not yet in the database */
    durable();
    assert_true(who(e)->signed_in);
    assert_string_equal(who(e)->user, "ana");
    assert_int_equal(who(e)->session, 1);
    assert_int_equal(call(e, QF_CMD_auth_whoami, NULL), HANDLED);
    assert_false(QF_HAS(&w->out.signed_in, signed_in, token));
    const struct qf_session *row = desk_session(w->desk, 1);
    assert_string_equal(row->source, "10.0.0.7:99 tls");
    assert_int_equal(row->expires, row->started + 15 * QF_MIN);
    assert_int_equal(strlen(row->jti), 32);
    assert_true(QF_HAS(desk_user(w->desk, "ana"), user, last_login));
    hang_up(e);
}

static void a_log_in_that_was_undone_never_held(void **state)
{
    (void)state;
    struct end e = net();
    assert_int_equal(login(e, "ana", PASSWORD), HANDLED);
    undone();
    assert_false(who(e)->signed_in);
    assert_int_equal(live_rows(), 0);
    assert_false(QF_HAS(desk_user(w->desk, "ana"), user, last_login));
    struct end other = net(); /* its number is given to somebody else now */
    assert_int_equal(login(other, "bo", PASSWORD), HANDLED);
    durable();
    assert_int_equal(who(other)->session, 1);
    assert_false(who(e)->signed_in);
    hang_up(e);
    hang_up(other);
}

static void all_failures_look_alike(void **state)
{
    (void)state;
    add_user("off", QF_ROLE_TRADER, PASSWORD, -1);
    struct qf_user off = *desk_user(w->desk, "off");
    off.disabled = true;
    assert_int_equal(desk_put_user(w->desk, w->batch, &off), QF_OK);
    add_user("uidonly", QF_ROLE_TRADER, NULL, 4242);
    durable();
    static const struct { const char *user, *password;
    } tries[] = {
        { "ana", "wrong" },      { "nobody", PASSWORD }, { "off", PASSWORD },
        { "uidonly", PASSWORD }, { "uidonly", "" },      { "ANA", PASSWORD },
    };
    struct qf_refusal first;
    for (size_t i = 0; i < QF_LEN(tries); i++) {
        struct end e = net();
        int audited = w->audited;
        expect_refused(login(e, tries[i].user, tries[i].password), QF_R_LOGIN_FAILED);
        if (i == 0)
            first = w->refusal;
        assert_memory_equal(&w->refusal, &first, sizeof first);
        assert_int_equal(w->audited, audited + 1);
        assert_int_equal(live_rows(), 0);
        hang_up(e);
    }
    assert_false(passwd_outdated(session_dummy(w->sessions), session_cost(w->sessions))); /* the same work */
    assert_false(passwd_verify(session_dummy(w->sessions), PASSWORD));
}

/* The quickest of three: what a busy machine adds is never the same twice. */
static int64_t time_of(const char *user, const char *source)
{
    int64_t best = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct end e = dial(source);
        int64_t begin = qf_now_mono();
        expect_refused(login(e, user, "wrong"), QF_R_LOGIN_FAILED);
        int64_t took = qf_now_mono() - begin;
        best = took < best ? took : best;
        hang_up(e);
    }
    return best;
}

static void an_unknown_user_takes_as_long_as_a_wrong_password(void **state)
{
    (void)state;
    w->conf.argon_mem_kib = 16384;
    w->conf.argon_ops = 2;
    char why[200];
    sessions_free(w->sessions);
    w->sessions = sessions_new(w, &w->conf, why, sizeof why);
    bool alike = false;
    for (int round = 0; round < 4 && !alike; round++) { /* other names from elsewhere: many failures are answered more slowly */
        char known_name[8], unknown_name[16], source[32];
        qf_str_fmt(source, sizeof source, "10.0.1.%d:99 tls", round + 1);
        qf_str_fmt(known_name, sizeof known_name, "cy%d", round);
        qf_str_fmt(unknown_name, sizeof unknown_name, "nobody%d", round);
        add_user(known_name, QF_ROLE_TRADER, PASSWORD, -1);
        durable();
        int64_t known = time_of(known_name, source), unknown = time_of(unknown_name, source);
        alike = unknown > known / 2 && unknown < known * 2;
    }
    assert_true(alike);
}

static void failures_are_answered_more_and_more_slowly(void **state)
{
    (void)state;
    struct end e = net();
    for (int i = 0; i < 3; i++)
        expect_refused(login(e, "ana", "wrong"), QF_R_LOGIN_FAILED);
    expect_refused(login(e, "ana", PASSWORD), QF_R_LOGIN_DELAYED); /* not even the right one */
    assert_true(w->refusal.has_limit && w->refusal.limit == 1 * QF_ONE);
    assert_non_null(strstr(w->refusal.message, "wait 1 second"));
    assert_int_equal(login(e, "bo", PASSWORD), HANDLED); /* others are not kept out */
    durable();
    for (int i = 0; i < 30; i++)
        login(e, "ana", "wrong");
    assert_non_null(conn_find(w->conns, e.number)); /* somebody we know may go on asking */
    struct end stranger = net();
    for (int i = 0; i < 11; i++)
        expect_refused(login(stranger, "ana", "wrong"), QF_R_LOGIN_DELAYED);
    assert_null(conn_find(w->conns, stranger.number)); /* a stranger is cut off */
    close(stranger.fd);
    hang_up(e);
}

static void a_password_of_another_cost_is_hashed_anew(void **state)
{
    (void)state;
    char why[200], old[PASSWD_STRING];
    qf_str_copy(old, sizeof old, desk_user(w->desk, "ana")->password);
    w->conf.argon_ops = 2;
    sessions_free(w->sessions);
    w->sessions = sessions_new(w, &w->conf, why, sizeof why);
    hang_up(signed_in("ana"));
    const char *now = desk_user(w->desk, "ana")->password;
    assert_string_not_equal(now, old);
    assert_false(passwd_outdated(now, session_cost(w->sessions)));
    assert_true(passwd_verify(now, PASSWORD));
    hang_up(signed_in("ana"));
}

/* --- by token */
static void a_token_opens_another_connection_of_the_same_session(void **state)
{
    (void)state;
    char token[1025];
    struct end a = net(), b = net();
    assert_int_equal(login(a, "ana", PASSWORD), HANDLED);
    qf_str_copy(token, sizeof token, w->out.signed_in.token);
    durable();
    w->wall += 5 * QF_MIN;
    assert_int_equal(resume(b, token), HANDLED);
    assert_true(QF_HAS(&w->out.signed_in, signed_in, token)); /* renewed */
    assert_true(w->out.signed_in.expires > w->wall + 14 * QF_MIN);
    assert_false(who(b)->signed_in);
    durable();
    assert_true(who(b)->signed_in);
    assert_int_equal(who(b)->session, who(a)->session);
    assert_int_equal(live_rows(), 1);
    w->wall += 11 * QF_MIN; /* the first token is over, the second is not */
    struct end c = net();
    expect_refused(resume(c, token), QF_R_SESSION_ENDED);
    expect_refused(resume(c, "eyJhbGciOiJub25lIn0.e30."), QF_R_LOGIN_FAILED);
    hang_up(a);
    hang_up(b);
    hang_up(c);
}

static void the_token_of_an_ended_session_is_worth_nothing(void **state)
{
    (void)state;
    char token[1025];
    struct end a = net(), b = net();
    assert_int_equal(login(a, "ana", PASSWORD), HANDLED);
    qf_str_copy(token, sizeof token, w->out.signed_in.token);
    durable();
    assert_int_equal(call(a, QF_CMD_auth_logout, NULL), HANDLED);
    assert_true(who(a)->signed_in); /* until it is durable */
    durable();
    assert_false(who(a)->signed_in);
    expect_refused(call(a, QF_CMD_auth_whoami, NULL), QF_R_SESSION_ENDED);
    expect_refused(resume(b, token), QF_R_SESSION_ENDED);
    assert_int_equal(login(a, "ana", PASSWORD), HANDLED); /* the same connection may sign in again */
    durable();
    assert_true(who(a)->signed_in);
    expect_refused(resume(b, token), QF_R_SESSION_ENDED);
    hang_up(a);
    hang_up(b);
}

/* --- by uid */
static void a_known_uid_is_signed_in_when_it_connects(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_VIEWER, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix");
    assert_true(who(e)->signed_in);
    assert_string_equal(who(e)->user, "me");
    assert_true(session_peer_known(w, conn_find(w->conns, e.number)));
    assert_int_equal(call(e, QF_CMD_auth_whoami, NULL), HANDLED);
    assert_false(QF_HAS(&w->out.signed_in, signed_in, session));
    assert_int_equal(live_rows(), 0); /* who only looks leaves no row */
    hang_up(e);
    session_tick(w, w->wall);
    assert_int_equal(w->doors, 0);
    struct end far = net();
    assert_false(who(far)->signed_in);
    assert_false(session_peer_known(w, conn_find(w->conns, far.number)));
    hang_up(far);
}

static void its_first_change_gets_a_row_that_ends_with_the_connection(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_ADMIN, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix");
    struct qf_user_set in = { .disabled = true };
    qf_str_copy(in.name, sizeof in.name, "bo");
    QF_SET(&in, user_set, disabled);
    assert_int_equal(call(e, QF_CMD_user_set, &in), HANDLED);
    assert_int_equal(who(e)->session, 1);
    assert_int_equal(live_rows(), 1);
    assert_int_equal(w->doors, 1); /* signing in is a row of the trail of its own */
    durable();
    assert_true(who(e)->signed_in);
    assert_int_equal(call(e, QF_CMD_auth_whoami, NULL), HANDLED);
    assert_true(QF_HAS(&w->out.signed_in, signed_in, session));
    assert_int_equal(w->out.signed_in.session, 1);
    session_tick(w, w->wall);
    assert_int_equal(live_rows(), 1);
    hang_up(e);
    session_tick(w, w->wall);
    assert_int_equal(live_rows(), 0);
    const void *rows;
    batch_seal(w->batch);
    assert_int_equal(batch_rows(w->batch, QF_TABLE_sessions, &rows), 1);
    assert_string_equal(((const struct qf_session *)rows)->end_reason, "closed");
    batch_reset(w->batch, ++w->no);
}

static void a_row_that_was_undone_is_made_again(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_TRADER, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix");
    struct conn *c = conn_find(w->conns, e.number);
    session_row(w, c);
    assert_int_equal(who(e)->session, 1);
    undone();
    assert_true(who(e)->signed_in);
    assert_int_equal(who(e)->session, 0);
    assert_int_equal(live_rows(), 0);
    session_row(w, c);
    session_row(w, c);
    assert_int_equal(live_rows(), 1);
    durable();
    assert_true(who(e)->signed_in);
    hang_up(e);
}

static void a_connection_that_stays_gets_a_row(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_VIEWER, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix");
    session_tick(w, w->wall);
    assert_int_equal(live_rows(), 0);
    usleep(2100000);
    session_tick(w, w->wall);
    assert_int_equal(live_rows(), 1);
    durable();
    hang_up(e);
}

static void who_was_killed_does_not_come_back_by_uid_on_the_same_connection(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_TRADER, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix"), admin = signed_in("root");
    session_row(w, conn_find(w->conns, e.number));
    durable();
    struct qf_session_id in = { .id = who(e)->session };
    assert_int_equal(call(admin, QF_CMD_session_kill, &in), HANDLED);
    durable();
    assert_false(who(e)->signed_in);
    expect_refused(call(e, QF_CMD_auth_whoami, NULL), QF_R_SESSION_ENDED);
    expect_refused(call(admin, QF_CMD_session_kill, &in), QF_R_NOT_FOUND);
    hang_up(e);
    hang_up(admin);
}

static void a_uid_that_is_taken_away_ends_what_it_opened(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_TRADER, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix"), admin = signed_in("root");
    struct qf_user_set in = { .os_uid = -1 };
    qf_str_copy(in.name, sizeof in.name, "me");
    QF_SET(&in, user_set, os_uid);
    assert_int_equal(call(admin, QF_CMD_user_set, &in), HANDLED);
    durable();
    assert_false(who(e)->signed_in);
    hang_up(e);
    hang_up(admin);
}

/* --- without the database */
static void without_the_database_who_may_stop_may_come_in(void **state)
{
    (void)state;
    char token[1025], traders[1025];
    struct qf_resume in = { 0 };
    struct qf_signed_in out = { 0 };
    struct qf_refusal r = { 0 };
    struct end a = net();
    assert_int_equal(login(a, "ana", PASSWORD), HANDLED);
    qf_str_copy(token, sizeof token, w->out.signed_in.token);
    assert_int_equal(login(a, "bo", PASSWORD), HANDLED);
    qf_str_copy(traders, sizeof traders, w->out.signed_in.token);
    durable();
    w->db = QF_DB_DOWN;
    struct end b = net();
    struct conn *c = conn_find(w->conns, b.number);
    qf_str_copy(in.token, sizeof in.token, traders);
    assert_false(session_resume_halt(w, c, &in, &out, &r));
    assert_int_equal(r.reason, QF_R_NOT_READY);
    qf_str_copy(in.token, sizeof in.token, "nonsense");
    assert_false(session_resume_halt(w, c, &in, &out, &r));
    assert_int_equal(r.reason, QF_R_LOGIN_FAILED);
    qf_str_copy(in.token, sizeof in.token, token);
    assert_true(session_resume_halt(w, c, &in, &out, &r));
    assert_string_equal(out.user, "ana");
    assert_true(who(b)->halt_only);
    assert_true(session_may(who(b), QF_CMD_risk_stop, &r));
    assert_true(session_may(who(b), QF_CMD_order_cancel_all, &r));
    assert_true(session_may(who(b), QF_CMD_position_list, &r));
    assert_false(session_may(who(b), QF_CMD_order_place, &r));
    assert_int_equal(r.reason, QF_R_NOT_READY);
    w->db = QF_DB_READY;
    session_use(w, c, QF_CMD_hello, w->wall);
    assert_true(session_may(who(b), QF_CMD_order_place, &r));
    hang_up(a);
    hang_up(b);
}

static void without_the_database_a_uid_comes_in_only_to_stop(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_TRADER, NULL, (int64_t)getuid());
    durable();
    w->db = QF_DB_DOWN;
    struct end e = dial("unix");
    assert_false(who(e)->signed_in);
    hang_up(e);
    struct qf_user u = *desk_user(w->desk, "me");
    u.role = QF_ROLE_RISK;
    assert_int_equal(desk_put_user(w->desk, w->batch, &u), QF_OK);
    durable();
    e = dial("unix");
    assert_true(who(e)->signed_in && who(e)->halt_only);
    session_row(w, conn_find(w->conns, e.number)); /* cannot be written, and nothing breaks */
    assert_int_equal(who(e)->session, 0);
    w->db = QF_DB_READY;
    session_use(w, conn_find(w->conns, e.number), QF_CMD_hello, w->wall);
    assert_false(who(e)->halt_only);
    hang_up(e);
}

/* --- time */
static void use_renews_a_session_at_most_once_a_minute(void **state)
{
    (void)state;
    struct end e = signed_in("bo");
    int64_t id = who(e)->session;
    w->wall = who(e)->seen; /* the log-in took real time */
    qf_time begin = desk_session(w->desk, id)->seen;
    int doors = w->doors;
    for (int second = 1; second <= 40 * 60; second++) { /* far beyond 15 minutes */
        w->wall += QF_SEC;
        assert_int_equal(call(e, QF_CMD_auth_whoami, NULL), HANDLED);
        session_tick(w, w->wall);
        durable();
    }
    assert_true(who(e)->signed_in);
    assert_in_range(w->doors - doors, 35, 40);
    assert_true(desk_session(w->desk, id)->seen > begin + 38 * QF_MIN);
    assert_true(desk_session(w->desk, id)->expires > w->wall + 13 * QF_MIN);
    hang_up(e);
}

static void without_use_it_ends_after_fifteen_minutes(void **state)
{
    (void)state;
    struct end e = signed_in("bo"), watching = signed_in("ana");
    subscribe(watching, QF_TOPIC_orders);
    w->wall += 14 * QF_MIN;
    session_tick(w, w->wall);
    durable();
    assert_true(who(e)->signed_in);
    w->wall += 2 * QF_MIN;
    session_tick(w, w->wall);
    durable();
    assert_false(who(watching)->signed_in);
    assert_false(topic_wanted(w->topics, QF_TOPIC_orders));
    assert_int_equal(live_rows(), 0);
    expect_refused(call(e, QF_CMD_auth_whoami, NULL), QF_R_SESSION_ENDED);
    hang_up(e);
    hang_up(watching);
}

static void a_uid_connection_goes_on_after_a_long_silence(void **state)
{
    (void)state;
    add_user("me", QF_ROLE_VIEWER, NULL, (int64_t)getuid());
    durable();
    struct end e = dial("unix");
    session_row(w, conn_find(w->conns, e.number));
    durable();
    w->wall += 20 * QF_MIN;
    session_tick(w, w->wall);
    durable();
    assert_int_equal(live_rows(), 0);
    assert_int_equal(call(e, QF_CMD_auth_whoami, NULL), HANDLED);
    hang_up(e);
}

/* --- the whole table: each role and each command */
static void each_role_may_what_the_table_says(void **state)
{
    (void)state;
    int allowed = 0;
    for (int role = 0; role < QF_role_COUNT; role++)
        for (int cmd = 0; cmd < QF_CMD_COUNT; cmd++) {
            struct who p = { .signed_in = true, .role = role };
            struct qf_refusal r = { 0 };
            bool may = session_may(&p, (enum qf_cmd_id)cmd, &r);
            assert_int_equal(may, qf_perms[qf_cmds[cmd].perm].role[role]);
            if (!may)
                assert_int_equal(r.reason, QF_R_FORBIDDEN);
            allowed += may;
            p.signed_in = false;
            assert_int_equal(session_may(&p, (enum qf_cmd_id)cmd, &r), qf_cmds[cmd].perm == QF_P_ANYONE);
        }
    assert_in_range(allowed, QF_CMD_COUNT, QF_role_COUNT * QF_CMD_COUNT - 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_log_in_holds_when_it_is_durable),
        TEST(a_log_in_that_was_undone_never_held),
        TEST(all_failures_look_alike),
        TEST(an_unknown_user_takes_as_long_as_a_wrong_password),
        TEST(failures_are_answered_more_and_more_slowly),
        TEST(a_password_of_another_cost_is_hashed_anew),
        TEST(a_token_opens_another_connection_of_the_same_session),
        TEST(the_token_of_an_ended_session_is_worth_nothing),
        TEST(a_known_uid_is_signed_in_when_it_connects),
        TEST(its_first_change_gets_a_row_that_ends_with_the_connection),
        TEST(a_row_that_was_undone_is_made_again),
        TEST(a_connection_that_stays_gets_a_row),
        TEST(who_was_killed_does_not_come_back_by_uid_on_the_same_connection),
        TEST(a_uid_that_is_taken_away_ends_what_it_opened),
        TEST(without_the_database_who_may_stop_may_come_in),
        TEST(without_the_database_a_uid_comes_in_only_to_stop),
        TEST(use_renews_a_session_at_most_once_a_minute),
        TEST(without_use_it_ends_after_fifteen_minutes),
        TEST(a_uid_connection_goes_on_after_a_long_silence),
        TEST(each_role_may_what_the_table_says),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
