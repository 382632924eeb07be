/* The commands about people, and how their changes reach who is there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/people_world.h"

/* --- changes reach who is there */
static enum handled set_role(struct end admin, const char *user, enum qf_role role)
{
    struct qf_user_set in = { .role = (int32_t)role };
    qf_str_copy(in.name, sizeof in.name, user);
    QF_SET(&in, user_set, role);
    return call(admin, QF_CMD_user_set, &in);
}

static enum handled disable(struct end admin, const char *user)
{
    struct qf_user_set in = { .disabled = true };
    qf_str_copy(in.name, sizeof in.name, user);
    QF_SET(&in, user_set, disabled);
    return call(admin, QF_CMD_user_set, &in);
}

static void a_change_of_role_reaches_connections_and_subscriptions(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), e = signed_in("ana");
    struct qf_refusal r = { 0 };
    subscribe(e, QF_TOPIC_audit);
    subscribe(e, QF_TOPIC_orders);
    assert_int_equal(set_role(admin, "ana", QF_ROLE_VIEWER), HANDLED);
    assert_true(session_may(who(e), QF_CMD_risk_stop, &r));
    assert_true(topic_wanted(w->topics, QF_TOPIC_audit));
    durable();
    assert_true(who(e)->signed_in);
    assert_false(session_may(who(e), QF_CMD_risk_stop, &r));
    assert_int_equal(r.reason, QF_R_FORBIDDEN);
    assert_false(topic_wanted(w->topics, QF_TOPIC_audit));
    assert_true(topic_wanted(w->topics, QF_TOPIC_orders));
    hang_up(admin);
    hang_up(e);
}

static void disabling_ends_everything_of_a_user(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), a = signed_in("bo"), b = signed_in("bo"), other = signed_in("ana");
    subscribe(a, QF_TOPIC_orders);
    assert_int_equal(live_rows(), 4);
    assert_int_equal(disable(admin, "bo"), HANDLED);
    assert_string_equal(w->detail, "root bo trader disabled, 2 sessions ended");
    durable();
    assert_false(who(a)->signed_in || who(b)->signed_in);
    assert_true(who(other)->signed_in);
    assert_false(topic_wanted(w->topics, QF_TOPIC_orders));
    assert_int_equal(live_rows(), 2);
    expect_refused(login(a, "bo", PASSWORD), QF_R_LOGIN_FAILED);
    hang_up(admin);
    hang_up(a);
    hang_up(b);
    hang_up(other);
}

static void a_log_in_begun_before_a_disable_fails(void **state)
{
    (void)state;
    struct end e = net();
    struct conn *conn = conn_find(w->conns, e.number);
    struct qf_login in = { .user = "bo", .password = PASSWORD };
    struct ctx c;
    session_use(w, conn, QF_CMD_auth_login, w->wall);
    fill_ctx(&c, conn, QF_CMD_auth_login);
    w->answered = false;
    assert_int_equal(api_auth_login(&c, &in, &w->out), LATER);
    struct qf_user u = *desk_user(w->desk, "bo");
    u.disabled = true;
    assert_int_equal(desk_put_user(w->desk, w->batch, &u), QF_OK);
    wait_for_answer();
    expect_refused(w->how, QF_R_LOGIN_FAILED);
    assert_int_equal(live_rows(), 0);
    hang_up(e);
}

/* --- passwords */
static enum handled change(struct end e, const char *name, const char *old, const char *password)
{
    struct qf_user_password in = { 0 };
    if (name) {
        qf_str_copy(in.name, sizeof in.name, name);
        QF_SET(&in, user_password, name);
    }
    if (old) {
        qf_str_copy(in.old, sizeof in.old, old);
        QF_SET(&in, user_password, old);
    }
    qf_str_copy(in.password, sizeof in.password, password);
    return call(e, QF_CMD_user_password, &in);
}

static void ones_own_password_needs_the_old_one_and_ends_other_sessions(void **state)
{
    (void)state;
    struct end a = signed_in("bo"), b = signed_in("bo");
    expect_refused(change(a, NULL, NULL, OTHER), QF_R_INVALID_PARAMS);
    expect_refused(change(a, NULL, PASSWORD, "short"), QF_R_BAD_PASSWORD);
    expect_refused(change(a, NULL, PASSWORD, PASSWORD), QF_R_BAD_PASSWORD);
    expect_refused(change(a, NULL, "wrong", OTHER), QF_R_LOGIN_FAILED);
    assert_int_equal(change(a, NULL, PASSWORD, OTHER), HANDLED);
    durable();
    assert_true(who(a)->signed_in);
    assert_false(who(b)->signed_in);
    expect_refused(login(b, "bo", PASSWORD), QF_R_LOGIN_FAILED);
    assert_int_equal(login(b, "bo", OTHER), HANDLED);
    durable();
    hang_up(a);
    hang_up(b);
}

static void guessing_the_old_password_is_slowed_down_too(void **state)
{
    (void)state;
    struct end e = signed_in("bo");
    for (int i = 0; i < 3; i++)
        expect_refused(change(e, NULL, "wrong", OTHER), QF_R_LOGIN_FAILED);
    expect_refused(change(e, NULL, PASSWORD, OTHER), QF_R_LOGIN_DELAYED);
    hang_up(e);
}

/* Hashing takes a while; the right is asked for again when it is over. */
static void who_lost_the_right_meanwhile_sets_nobodys_password(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), e = signed_in("bo");
    struct conn *conn = conn_find(w->conns, admin.number);
    struct qf_user_password in = { .name = "bo", .password = OTHER };
    struct ctx c;
    QF_SET(&in, user_password, name);
    fill_ctx(&c, conn, QF_CMD_user_password);
    w->answered = false;
    assert_int_equal(api_user_password(&c, &in, &w->out), LATER);
    struct qf_user u = *desk_user(w->desk, "root");
    u.role = QF_ROLE_VIEWER;
    assert_int_equal(desk_put_user(w->desk, w->batch, &u), QF_OK);
    wait_for_answer();
    expect_refused(w->how, QF_R_FORBIDDEN);
    durable();
    assert_true(who(e)->signed_in);
    assert_int_equal(login(e, "bo", PASSWORD), HANDLED);
    hang_up(admin);
    hang_up(e);
}

/* Else an admin could choose a risk officer's password, sign in as that person and agree to their own requests. */
static void nobody_makes_a_second_person_by_a_password(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), ana = signed_in("ana"), e = net();
    assert_int_equal(change(admin, "ana", NULL, OTHER), HANDLED);
    const struct qf_user *u = desk_user(w->desk, "ana");
    assert_true(u->disabled && u->must_change);
    assert_non_null(strstr(w->detail, "A-1 user.set: ana: enabled as risk"));
    assert_non_null(strstr(w->detail, "1 sessions ended"));
    durable();
    assert_false(who(ana)->signed_in);
    expect_refused(login(e, "ana", OTHER), QF_R_LOGIN_FAILED);
    hang_up(admin);
    hang_up(ana);
    hang_up(e);
}

static void a_password_set_by_an_admin_must_be_changed_first(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), e = signed_in("bo"), trader = signed_in("ana");
    struct qf_refusal r = { 0 };
    expect_refused(change(trader, "bo", NULL, OTHER), QF_R_FORBIDDEN);
    expect_refused(change(admin, "nobody", NULL, OTHER), QF_R_NOT_FOUND);
    assert_int_equal(change(admin, "bo", NULL, OTHER), HANDLED);
    durable();
    assert_false(who(e)->signed_in);
    assert_int_equal(login(e, "bo", OTHER), HANDLED);
    assert_true(w->out.signed_in.must_change);
    durable();
    assert_true(who(e)->must_change);
    assert_false(session_may(who(e), QF_CMD_order_place, &r));
    assert_int_equal(r.reason, QF_R_MUST_CHANGE);
    assert_false(session_may(who(e), QF_CMD_position_list, &r));
    assert_false(session_may_topic(who(e), QF_TOPIC_orders, &r));
    assert_int_equal(change(e, NULL, OTHER, PASSWORD), HANDLED);
    durable();
    assert_true(session_may(who(e), QF_CMD_order_place, &r));
    hang_up(admin);
    hang_up(e);
    hang_up(trader);
}

/* --- users */
static enum handled add(struct end admin, const char *name, enum qf_role role, const char *password, int64_t uid)
{
    struct qf_user_add in = { .role = (int32_t)role };
    qf_str_copy(in.name, sizeof in.name, name);
    if (password) {
        qf_str_copy(in.password, sizeof in.password, password);
        QF_SET(&in, user_add, password);
    }
    if (uid >= 0) {
        in.os_uid = uid;
        QF_SET(&in, user_add, os_uid);
    }
    return call(admin, QF_CMD_user_add, &in);
}

/* What a second person does with the request, as approval.grant calls it. */
static enum handled agree(struct end who_, const struct qf_user_set *in, const char *asked_by)
{
    struct qf_approval a = { .id = 1 };
    struct ctx c;
    qf_str_copy(a.asked_by, sizeof a.asked_by, asked_by);
    fill_ctx(&c, conn_find(w->conns, who_.number), QF_CMD_approval_grant);
    c.batch = w->batch;
    enum handled h = approval_user_set.may(&c, in, &a) ? approval_user_set.apply(&c, in, &a) : REFUSED;
    w->refusal = c.refusal;
    return h;
}

static struct qf_user_set enabling(const char *name)
{
    struct qf_user_set in = { .disabled = false };
    qf_str_copy(in.name, sizeof in.name, name);
    QF_SET(&in, user_set, disabled);
    return in;
}

static const struct qf_approval *request(int64_t id)
{
    const struct qf_approval like = { .id = id };
    const struct qf_approval *a = tab_find(&w->desk->approvals, &like);
    assert_non_null(a);
    return a;
}

static void a_new_user_has_no_right_until_another_person_agrees(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), ana = signed_in("ana"), e = net();
    struct qf_user_set in = enabling("cy");
    assert_int_equal(add(admin, "cy", QF_ROLE_TRADER, PASSWORD, -1), HANDLED);
    assert_true(w->out.user.disabled);
    assert_true(QF_HAS(&w->out.user, user, approval));
    const struct qf_approval *a = request(w->out.user.approval);
    assert_string_equal(a->method, "user.set");
    assert_memory_equal(a->before, "cy: disabled, trader, changed ", 30);
    assert_string_equal(a->after, "cy: enabled as trader");
    assert_string_equal(a->asked_by, "root");
    assert_non_null(strstr(w->detail, "A-1 user.set"));
    durable();
    expect_refused(login(e, "cy", PASSWORD), QF_R_LOGIN_FAILED);
    assert_int_equal(call(admin, QF_CMD_user_set, &in), HANDLED); /* the same person asking again only makes another request */
    assert_true(desk_user(w->desk, "cy")->disabled);
    assert_int_equal(agree(ana, &in, "root"), HANDLED);
    durable();
    assert_int_equal(login(e, "cy", PASSWORD), HANDLED);
    hang_up(e);
    hang_up(ana);
    hang_up(admin);
}

static enum handled set_uid(struct end admin, const char *user, int64_t uid)
{
    struct qf_user_set in = { .os_uid = uid };
    qf_str_copy(in.name, sizeof in.name, user);
    QF_SET(&in, user_set, os_uid);
    return call(admin, QF_CMD_user_set, &in);
}

/* What gives rights or a way in becomes a request, what takes them is done. */
static void rights_are_given_by_two_and_taken_by_one(void **state)
{
    (void)state;
    struct end admin = signed_in("root");
    const struct qf_user *bo = desk_user(w->desk, "bo");
    assert_int_equal(set_role(admin, "bo", QF_ROLE_RISK), HANDLED);
    assert_int_equal(bo->role, QF_ROLE_TRADER);
    assert_string_equal(request(w->out.user.approval)->after, "bo: enabled as risk");
    assert_int_equal(set_uid(admin, "bo", 4711), HANDLED);
    assert_false(QF_HAS(bo, user, os_uid));
    assert_string_equal(request(w->out.user.approval)->after, "bo: enabled as trader, OS user id 4711");
    assert_int_equal(set_role(admin, "bo", QF_ROLE_VIEWER), HANDLED);
    assert_int_equal(bo->role, QF_ROLE_VIEWER);
    assert_false(QF_HAS(&w->out.user, user, approval));
    assert_int_equal(disable(admin, "bo"), HANDLED);
    assert_true(bo->disabled);
    add_user("uid", QF_ROLE_TRADER, NULL, 4712);
    assert_int_equal(set_uid(admin, "uid", -1), HANDLED);
    assert_false(QF_HAS(desk_user(w->desk, "uid"), user, os_uid));
    struct qf_user_set both = { .role = QF_ROLE_RISK, .disabled = true };
    qf_str_copy(both.name, sizeof both.name, "ana");
    both.role = QF_ROLE_ADMIN;
    QF_SET(&both, user_set, role);
    QF_SET(&both, user_set, disabled);
    expect_refused(call(admin, QF_CMD_user_set, &both), QF_R_INVALID_PARAMS);
    hang_up(admin);
}

/* The rights that could make somebody their own second person are another admin's to give; a risk officer's where there is none. */
static void strong_rights_are_granted_by_another_admin(void **state)
{
    (void)state;
    struct end ana = signed_in("ana");
    struct qf_user_set in = { .role = QF_ROLE_RISK };
    qf_str_copy(in.name, sizeof in.name, "bo");
    QF_SET(&in, user_set, role);
    assert_int_equal(agree(ana, &in, "root"), HANDLED); /* root is the only admin */
    add_user("second", QF_ROLE_ADMIN, PASSWORD, -1);
    durable();
    struct end second = signed_in("second");
    in.role = QF_ROLE_ADMIN;
    expect_refused(agree(ana, &in, "root"), QF_R_FORBIDDEN);
    assert_int_equal(agree(second, &in, "root"), HANDLED);
    in.role = QF_ROLE_TRADER;
    assert_int_equal(agree(ana, &in, "root"), HANDLED);
    in = (struct qf_user_set){ .name = "ana", .role = QF_ROLE_ADMIN };
    QF_SET(&in, user_set, role);
    expect_refused(agree(ana, &in, "root"), QF_R_FORBIDDEN);
    in = (struct qf_user_set){ .name = "second", .role = QF_ROLE_RISK };
    QF_SET(&in, user_set, role);
    expect_refused(agree(second, &in, "root"), QF_R_SECOND_PERSON); /* nor does anybody agree to their own */
    hang_up(ana);
    hang_up(second);
}

static void deny_all(void)
{
    uint32_t i = 0;
    for (struct qf_approval *a; (a = tab_next(&w->desk->approvals, &i)) != NULL;) {
        struct qf_approval image = *a;
        image.state = QF_APPROVAL_DENIED;
        assert_int_equal(desk_put_approval(w->desk, w->batch, &image), QF_OK);
    }
    durable();
}

/* Requests that were decided take no room, however many there were; and one person's cannot keep out another's. */
static void there_is_always_room_for_another_request(void **state)
{
    (void)state;
    struct end admin = signed_in("root");
    add_user("second", QF_ROLE_ADMIN, PASSWORD, -1);
    durable();
    struct end second = signed_in("second");
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < APPROVALS_OWN; i++)
            assert_int_equal(set_role(admin, "bo", QF_ROLE_RISK), HANDLED);
        expect_refused(set_role(admin, "bo", QF_ROLE_RISK), QF_R_REFUSED);
        assert_int_equal(w->refusal.control, QF_CTL_CAPACITY);
        assert_int_equal(set_role(second, "bo", QF_ROLE_RISK), HANDLED);
        deny_all();
    }
    hang_up(admin);
    hang_up(second);
}

static void users_are_added_once_under_a_plain_name(void **state)
{
    (void)state;
    static const char *const bad[] = { "1st", "a b", "a/b", "-x", "", "system", "a;b" };
    struct end admin = signed_in("root");
    for (size_t i = 0; i < QF_LEN(bad); i++)
        expect_refused(add(admin, bad[i], QF_ROLE_TRADER, NULL, -1), QF_R_INVALID_PARAMS);
    assert_int_equal(add(admin, "cy.x-1_", QF_ROLE_TRADER, PASSWORD, 4244), HANDLED);
    assert_string_equal(w->out.user.name, "cy.x-1_");
    assert_true(w->out.user.must_change);
    assert_false(QF_HAS(&w->out.user, user, password)); /* never told */
    expect_refused(add(admin, "cy.x-1_", QF_ROLE_TRADER, PASSWORD, -1), QF_R_ALREADY);
    expect_refused(add(admin, "dee", QF_ROLE_TRADER, NULL, 4244), QF_R_ALREADY);
    assert_string_equal(w->refusal.field, "os_uid");
    expect_refused(add(admin, "dee", QF_ROLE_TRADER, "fourteen chars", -1), QF_R_BAD_PASSWORD);
    expect_refused(add(admin, "a-name-of-fifteen", QF_ROLE_TRADER, "A-name-of-fifteen", -1), QF_R_BAD_PASSWORD);
    assert_int_equal(add(admin, "dee", QF_ROLE_FEED, NULL, -1), HANDLED);
    assert_false(w->out.user.must_change);
    durable();
    struct end e = net();
    expect_refused(login(e, "dee", ""), QF_R_LOGIN_FAILED); /* no password is not the empty one */
    expect_refused(login(e, "cy.x-1_", PASSWORD), QF_R_LOGIN_FAILED);
    hang_up(e);
    hang_up(admin);
}

static void the_last_admin_stays(void **state)
{
    (void)state;
    struct end admin = signed_in("root");
    expect_refused(disable(admin, "root"), QF_R_LAST_ADMIN);
    expect_refused(set_role(admin, "root", QF_ROLE_VIEWER), QF_R_SECOND_PERSON);
    expect_refused(set_role(admin, "nobody", QF_ROLE_VIEWER), QF_R_NOT_FOUND);
    assert_int_equal(add(admin, "second", QF_ROLE_ADMIN, PASSWORD, -1), HANDLED);
    durable();
    struct qf_user u = *desk_user(w->desk, "second");
    u.must_change = u.disabled = false;
    assert_int_equal(desk_put_user(w->desk, w->batch, &u), QF_OK);
    durable();
    struct end second = signed_in("second");
    assert_int_equal(set_role(second, "root", QF_ROLE_VIEWER), HANDLED);
    durable();
    assert_int_equal(who(admin)->role, QF_ROLE_VIEWER);
    expect_refused(disable(second, "second"), QF_R_LAST_ADMIN);
    expect_refused(set_role(admin, "second", QF_ROLE_VIEWER), QF_R_FORBIDDEN);
    hang_up(admin);
    hang_up(second);
}

static void lists_are_in_order_and_count(void **state)
{
    (void)state;
    struct end admin = signed_in("root"), a = signed_in("bo"), b = signed_in("bo");
    assert_int_equal(call(admin, QF_CMD_user_list, NULL), HANDLED);
    assert_int_equal(w->out.user_list.users_n, 3);
    assert_string_equal(w->out.user_list.users[0].name, "ana");
    assert_string_equal(w->out.user_list.users[1].name, "bo");
    assert_int_equal(w->out.user_list.users[1].sessions, 2);
    assert_int_equal(w->out.user_list.users[0].sessions, 0);
    w->wall += QF_SEC;
    assert_int_equal(call(b, QF_CMD_auth_whoami, NULL), HANDLED);
    w->wall += QF_SEC;
    assert_int_equal(call(admin, QF_CMD_session_list, NULL), HANDLED);
    const struct qf_session_list *l = &w->out.session_list;
    assert_int_equal(l->sessions_n, 3);
    assert_string_equal(l->sessions[0].username, "root"); /* it has just asked */
    assert_string_equal(l->sessions[0].last_command, "session.list");
    assert_int_equal(l->sessions[1].id, who(b)->session);
    assert_string_equal(l->sessions[1].last_command, "auth.whoami");
    assert_int_equal(l->sessions[2].id, who(a)->session);
    hang_up(admin);
    hang_up(a);
    hang_up(b);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_change_of_role_reaches_connections_and_subscriptions),
        TEST(disabling_ends_everything_of_a_user),
        TEST(a_log_in_begun_before_a_disable_fails),
        TEST(ones_own_password_needs_the_old_one_and_ends_other_sessions),
        TEST(guessing_the_old_password_is_slowed_down_too),
        TEST(who_lost_the_right_meanwhile_sets_nobodys_password),
        TEST(nobody_makes_a_second_person_by_a_password),
        TEST(a_password_set_by_an_admin_must_be_changed_first),
        TEST(a_new_user_has_no_right_until_another_person_agrees),
        TEST(rights_are_given_by_two_and_taken_by_one),
        TEST(strong_rights_are_granted_by_another_admin),
        TEST(there_is_always_room_for_another_request),
        TEST(users_are_added_once_under_a_plain_name),
        TEST(the_last_admin_stays),
        TEST(lists_are_in_order_and_count),
    };
    return cmocka_run_group_tests_name("people", tests, NULL, NULL);
}
