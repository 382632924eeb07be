/* Sessions and the commands about people, on a real desk, real connections and real topics; the lane is played by the test: what is
 * applied becomes durable when it says so, or is undone. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/server/passwd.h"
#include "daemon/server/server.h"
#include "daemon/server/topic.h"
#include "daemon/server/worker.h"

#define PASSWORD "a password of some length"
#define OTHER "another password of some length"

union answer {
    struct qf_signed_in signed_in;
    struct qf_user user;
    struct qf_user_list user_list;
    struct qf_session_list session_list;
};

struct server {
    struct qf_loop *loop;
    struct desk *desk;
    struct batch *batch;
    uint64_t no;
    struct conn_table *conns;
    struct topics *topics;
    struct worker *worker;
    struct sessions *sessions;
    struct conf conf;
    enum qf_db_state db;
    qf_time wall;
    struct qf_arena arena;
    char dir[64];
    int doors, audited;  /* commands of the system; rows of the audit trail */
    char detail[256];    /* of the last of them */
    /* the answer to the last call */
    bool answered;
    enum handled how;
    struct qf_refusal refusal;
    union answer out;
};

static struct server *w;

/* --- what the daemon's other parts would be */
struct qf_loop *server_loop(struct server *s) { return s->loop; }
const struct conf *server_conf(struct server *s) { return &s->conf; }
struct desk *server_desk(struct server *s) { return s->desk; }
struct topics *server_topics(struct server *s) { return s->topics; }
struct worker *server_worker(struct server *s) { return s->worker; }
struct conn_table *server_conns(struct server *s) { return s->conns; }
enum qf_db_state server_db(struct server *s) { return s->db; }
struct sessions *server_sessions(struct server *s) { return s->sessions; }

static void note(struct server *s, const struct ctx *c, enum handled h)
{
    if (c->audited != AUDITED)
        return;
    s->audited++;
    qf_str_fmt(s->detail, sizeof s->detail, "%s %s", c->actor.user, h == HANDLED ? c->detail : qf_refusal_word(&c->refusal));
}

enum handled door(struct server *s, const char *user, const char *method, handler_fn fn, const void *in, struct qf_refusal *ret)
{
    struct ctx c = { .s = s, .cmd = QF_CMD_COUNT, .desk = s->desk, .batch = s->batch, .actor = { user, QF_ROLE_ADMIN, 0, s->wall },
                     .signed_in = true, .source = "system", .ref = "", .arena = &s->arena };
    (void)method;
    if (s->db != QF_DB_READY) {
        qf_refuse(ret, QF_R_NOT_READY, "", NULL);
        return REFUSED;
    }
    enum handled h = fn(&c, in, NULL);
    s->doors += c.audited != AUDITED_NOTHING;
    note(s, &c, h);
    *ret = c.refusal;
    return h;
}

struct later {
    struct ctx c;
    char user[33], source[65];
};

struct later *later_take(struct ctx *c)
{
    struct later *l = qf_xalloc(sizeof *l);
    l->c = *c;
    qf_str_copy(l->user, sizeof l->user, c->actor.user);
    qf_str_copy(l->source, sizeof l->source, c->source);
    l->c.actor.user = l->user;
    l->c.source = l->source;
    return l;
}

static void keep_answer(struct server *s, const struct ctx *c, enum handled h)
{
    s->answered = true;
    s->how = h;
    s->refusal = c->refusal;
    note(s, c, h);
}

void later_refuse(struct later *l, const struct qf_refusal *r)
{
    l->c.refusal = *r;
    keep_answer(l->c.s, &l->c, REFUSED);
    free(l);
}

void later_write(struct later *l, handler_fn fn, void *in, void (*release)(void *in))
{
    struct server *s = l->c.s;
    struct conn *conn = conn_find(s->conns, l->c.conn);
    memset(&s->out, 0, sizeof s->out);
    l->c.batch = s->batch;
    l->c.actor.wall = s->wall;
    l->c.actor.session = conn ? conn_who(conn)->session : 0;
    keep_answer(s, &l->c, fn(&l->c, in, &s->out));
    if (release)
        release(in);
    free(l);
}

#define HANDLER_OF(ident) enum handled api_##ident(struct ctx *c, const void *in, void *out);
#define ALL(X) \
    X(auth_login) X(auth_resume) X(auth_logout) X(auth_whoami) X(user_list) X(user_add) X(user_set) X(user_password) X(session_list) \
    X(session_kill)
ALL(HANDLER_OF)
static const handler_fn handlers[QF_CMD_COUNT] = {
#define ROW(ident) [QF_CMD_##ident] = api_##ident,
    ALL(ROW)
};

/* --- the world */
static void on_line(void *arg, struct conn *c, const char *line, size_t n)
{
    (void)arg, (void)c, (void)line, (void)n;
}

static void on_opened(void *arg, struct conn *c)
{
    session_opened(arg, c);
}

static void on_closed(void *arg, struct conn *c)
{
    topic_leave(((struct server *)arg)->topics, c);
    session_closed(arg, c);
}

static void on_drained(void *arg, struct conn *c)
{
    topic_drained(((struct server *)arg)->topics, c);
}

static void durable(void)
{
    static const enum qf_table_id tables[] = { QF_TABLE_users, QF_TABLE_sessions };
    const void *rows;
    batch_seal(w->batch);
    for (size_t t = 0; t < QF_LEN(tables); t++)
        for (uint32_t i = 0, n = batch_rows(w->batch, tables[t], &rows); i < n; i++)
            session_changed(w, t == 0 ? ((const struct qf_user *)rows)[i].name : ((const struct qf_session *)rows)[i].username);
    batch_reset(w->batch, ++w->no);
}

static void undone(void)
{
    batch_undo(w->batch);
    desk_rebuild(w->desk);
    session_changed(w, NULL);
    batch_reset(w->batch, ++w->no);
}

static void add_user(const char *name, enum qf_role role, const char *password, int64_t uid)
{
    struct qf_user u = { .role = (int32_t)role, .created = w->wall, .updated = w->wall };
    qf_str_copy(u.name, sizeof u.name, name);
    qf_rec_fill(&qf_rec_user, &u);
    if (password) {
        assert_int_equal(passwd_hash(password, session_cost(w->sessions), u.password), QF_OK);
        QF_SET(&u, user, password);
    }
    if (uid >= 0) {
        u.os_uid = uid;
        QF_SET(&u, user, os_uid);
    }
    assert_int_equal(desk_put_user(w->desk, w->batch, &u), QF_OK);
}

static int set_up(void **state)
{
    static struct server s;
    const struct conn_callbacks cb = { on_line, on_opened, on_closed, on_drained, &s };
    const struct desk_conf desk = { .name = "test", .base = "USD" };
    char why[200];
    (void)state;
    memset(&s, 0, sizeof s);
    w = &s;
    qf_str_copy(s.dir, sizeof s.dir, "/tmp/qf_people.XXXXXX");
    if (!mkdtemp(s.dir))
        return -1;
    s.conf = (struct conf){ .token_minutes = 15, .argon_ops = 1, .argon_mem_kib = 8 };
    qf_str_copy(s.conf.state_dir, sizeof s.conf.state_dir, s.dir);
    void *desk_memory = qf_map_lazy(desk_size()), *batch_memory = qf_map_lazy(batch_size());
    s.desk = desk_init(desk_memory, &desk);
    s.batch = batch_init(batch_memory);
    batch_reset(s.batch, ++s.no);
    s.loop = qf_loop_new();
    s.worker = worker_new(s.loop, 1, 64);
    s.conns = conn_table_new(s.loop, &cb);
    s.topics = topics_new(s.conns);
    s.sessions = sessions_new(&s, &s.conf, why, sizeof why);
    s.db = QF_DB_READY;
    s.wall = qf_now_wall();
    qf_arena_init(&s.arena, 16 << 20);
    if (!s.sessions)
        return -1;
    add_user("root", QF_ROLE_ADMIN, PASSWORD, -1);
    add_user("ana", QF_ROLE_RISK, PASSWORD, -1);
    add_user("bo", QF_ROLE_TRADER, PASSWORD, -1);
    durable();
    return 0;
}

static int tear_down(void **state)
{
    char path[128];
    (void)state;
    worker_free(w->worker);
    conn_table_free(w->conns);
    topics_free(w->topics);
    sessions_free(w->sessions);
    qf_loop_free(w->loop);
    qf_arena_release(&w->arena);
    qf_unmap(w->desk, desk_size());
    qf_unmap(w->batch, batch_size());
    qf_str_fmt(path, sizeof path, "%s/token.key", w->dir);
    unlink(path);
    return rmdir(w->dir);
}

/* --- connections and calls */
struct end {
    int fd;
    uint64_t number;
};

static struct end dial(const char *source)
{
    int sv[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
    struct conn *c = conn_take(w->conns, sv[0], NULL, source);
    assert_non_null(c);
    return (struct end){ sv[1], conn_number(c) };
}

static struct end net(void)
{
    return dial("10.0.0.7:99 tls");
}

static void hang_up(struct end e)
{
    close(e.fd);
    for (int i = 0; i < 6; i++)
        qf_loop_once(w->loop, 0);
    assert_null(conn_find(w->conns, e.number));
}

static struct who *who(struct end e)
{
    struct conn *c = conn_find(w->conns, e.number);
    assert_non_null(c);
    return conn_who(c);
}

static void fill_ctx(struct ctx *c, struct conn *conn, enum qf_cmd_id cmd)
{
    const struct who *p = conn_who(conn);
    bool write = qf_cmds[cmd].cls == QF_CLASS_WRITE;
    *c = (struct ctx){ .s = w, .cmd = cmd, .desk = w->desk, .batch = write ? w->batch : NULL,
                       .actor = { p->signed_in ? p->user : "", p->role, p->session, w->wall }, .signed_in = p->signed_in,
                       .conn = conn_number(conn), .source = conn_source(conn), .ref = "", .arena = &w->arena };
}

static void wait_for_answer(void)
{
    int64_t end = qf_now_mono() + 10000000000LL;
    while (!w->answered && qf_now_mono() < end)
        qf_loop_once(w->loop, 1000);
    assert_true(w->answered);
}

/* As dispatch does it. */
static enum handled call(struct end e, enum qf_cmd_id cmd, const void *in)
{
    struct conn *conn = conn_find(w->conns, e.number);
    struct ctx c;
    assert_non_null(conn);
    qf_arena_reset(&w->arena);
    memset(&w->out, 0, sizeof w->out);
    memset(&w->refusal, 0, sizeof w->refusal);
    w->answered = false;
    session_use(w, conn, cmd, w->wall);
    if (!session_may(conn_who(conn), cmd, &w->refusal))
        return w->how = REFUSED;
    if (qf_cmds[cmd].cls != QF_CLASS_READ)
        session_row(w, conn);
    fill_ctx(&c, conn, cmd);
    enum handled h = handlers[cmd](&c, in, &w->out);
    if (h == LATER)
        wait_for_answer();
    else
        keep_answer(w, &c, h);
    return w->how;
}

static enum handled login(struct end e, const char *user, const char *password)
{
    struct qf_login in = { 0 };
    qf_str_copy(in.user, sizeof in.user, user);
    qf_str_copy(in.password, sizeof in.password, password);
    return call(e, QF_CMD_auth_login, &in);
}

static struct end signed_in(const char *user)
{
    struct end e = net();
    assert_int_equal(login(e, user, PASSWORD), HANDLED);
    durable();
    assert_true(who(e)->signed_in);
    return e;
}

static enum handled resume(struct end e, const char *token)
{
    struct qf_resume in = { 0 };
    qf_str_copy(in.token, sizeof in.token, token);
    return call(e, QF_CMD_auth_resume, &in);
}

static void expect_refused(enum handled h, enum qf_reason reason)
{
    assert_int_equal(h, REFUSED);
    if (w->refusal.reason != reason)
        fail_msg("refused with %s, not %s", qf_refusal_word(&w->refusal), qf_reasons[reason].name);
}

static uint32_t live_rows(void)
{
    return w->desk->sessions.count;
}

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
    static const struct { const char *user, *password; } tries[] = {
        { "ana", "wrong" }, { "nobody", PASSWORD }, { "off", PASSWORD }, { "uidonly", PASSWORD }, { "uidonly", "" }, { "ANA", PASSWORD },
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

static int64_t time_of(const char *user)
{
    int64_t best = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct end e = net();
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
    add_user("cy", QF_ROLE_TRADER, PASSWORD, -1);
    durable();
    int64_t known = time_of("cy"), unknown = time_of("nobody");
    assert_true(unknown > known / 2 && unknown < known * 2);
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
    assert_int_equal(w->out.signed_in.session, 0);
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
    struct qf_user_set in = { .os_uid = 4243 };
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

/* --- changes reach who is there */
static void subscribe(struct end e, enum qf_topic_id topic)
{
    uint64_t seq;
    struct qf_refusal r = { 0 };
    assert_true(session_may_topic(who(e), topic, &r));
    assert_int_equal(topic_subscribe(w->topics, topic, conn_find(w->conns, e.number), &seq), QF_OK);
    topic_start(w->topics, topic, conn_find(w->conns, e.number));
}

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
    assert_int_equal(login(e, "cy.x-1_", PASSWORD), HANDLED);
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
    u.must_change = false;
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
        TEST(a_change_of_role_reaches_connections_and_subscriptions),
        TEST(disabling_ends_everything_of_a_user),
        TEST(a_log_in_begun_before_a_disable_fails),
        TEST(ones_own_password_needs_the_old_one_and_ends_other_sessions),
        TEST(guessing_the_old_password_is_slowed_down_too),
        TEST(a_password_set_by_an_admin_must_be_changed_first),
        TEST(users_are_added_once_under_a_plain_name),
        TEST(the_last_admin_stays),
        TEST(lists_are_in_order_and_count),
        TEST(use_renews_a_session_at_most_once_a_minute),
        TEST(without_use_it_ends_after_fifteen_minutes),
        TEST(a_uid_connection_goes_on_after_a_long_silence),
        TEST(each_role_may_what_the_table_says),
    };
    return cmocka_run_group_tests_name("people", tests, NULL, NULL);
}
