/* A server of people for tests: a real desk, real connections and real topics; the lane is played by the test. What is
 * applied becomes durable when the test says so, or is undone. Included by one file a program, after cmocka. */
#ifndef QF_TESTS_PEOPLE_WORLD_H
#define QF_TESTS_PEOPLE_WORLD_H

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/api/approvals.h"
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

static inline void note(struct server *s, const struct ctx *c, enum handled h)
{
    if (c->audited != AUDITED)
        return;
    s->audited++;
    qf_str_fmt(s->detail, sizeof s->detail, "%s %s", c->actor.user,
               h == HANDLED ? c->detail : qf_refusal_word(&c->refusal));
}

enum handled door(struct server *s, const char *user, const char *method, handler_fn fn, const void *in,
                  struct qf_refusal *ret)
{
    struct ctx c = { .s = s,
                     .cmd = QF_CMD_COUNT,
                     .desk = s->desk,
                     .batch = s->batch,
                     .actor = { user, QF_ROLE_ADMIN, 0, s->wall },
                     .signed_in = true,
                     .source = "system",
                     .ref = "",
                     .arena = &s->arena };
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

static inline void keep_answer(struct server *s, const struct ctx *c, enum handled h)
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
    X(auth_login) X(auth_resume) X(auth_logout) X(auth_whoami) X(user_list) X(user_add) X(user_set) X(user_password) \
    X(session_list) X(session_kill)
ALL(HANDLER_OF)
static const handler_fn handlers[QF_CMD_COUNT] = {
#define ROW(ident) [QF_CMD_##ident] = api_##ident,
    ALL(ROW)
};

/* --- the world */
static inline void on_line(void *arg, struct conn *c, const char *line, size_t n)
{
    (void)arg, (void)c, (void)line, (void)n;
}

static inline void on_opened(void *arg, struct conn *c)
{
    session_opened(arg, c);
}

static inline void on_closed(void *arg, struct conn *c)
{
    topic_leave(((struct server *)arg)->topics, c);
    session_closed(arg, c);
}

static inline void on_drained(void *arg, struct conn *c)
{
    topic_drained(((struct server *)arg)->topics, c);
}

static inline void durable(void)
{
    static const enum qf_table_id tables[] = { QF_TABLE_users, QF_TABLE_sessions };
    const void *rows;
    batch_seal(w->batch);
    for (size_t t = 0; t < QF_LEN(tables); t++)
        for (uint32_t i = 0, n = batch_rows(w->batch, tables[t], &rows); i < n; i++)
            session_changed(w, t == 0 ? ((const struct qf_user *)rows)[i].name
                                      : ((const struct qf_session *)rows)[i].username);
    batch_reset(w->batch, ++w->no);
}

static inline void undone(void)
{
    batch_undo(w->batch);
    desk_rebuild(w->desk);
    session_changed(w, NULL);
    batch_reset(w->batch, ++w->no);
}

static inline void add_user(const char *name, enum qf_role role, const char *password, int64_t uid)
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

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
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

static inline struct end dial(const char *source)
{
    int sv[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
    struct conn *c = conn_take(w->conns, sv[0], NULL, source);
    assert_non_null(c);
    return (struct end){ sv[1], conn_number(c) };
}

static inline struct end net(void)
{
    return dial("10.0.0.7:99 tls");
}

static inline void hang_up(struct end e)
{
    close(e.fd);
    for (int i = 0; i < 6; i++)
        qf_loop_once(w->loop, 0);
    assert_null(conn_find(w->conns, e.number));
}

static inline struct who *who(struct end e)
{
    struct conn *c = conn_find(w->conns, e.number);
    assert_non_null(c);
    return conn_who(c);
}

static inline void fill_ctx(struct ctx *c, struct conn *conn, enum qf_cmd_id cmd)
{
    const struct who *p = conn_who(conn);
    bool write = qf_cmds[cmd].cls == QF_CLASS_WRITE;
    *c = (struct ctx){ .s = w,
                       .cmd = cmd,
                       .desk = w->desk,
                       .batch = write ? w->batch : NULL,
                       .actor = { p->signed_in ? p->user : "", p->role, p->session, w->wall },
                       .signed_in = p->signed_in,
                       .conn = conn_number(conn),
                       .source = conn_source(conn),
                       .ref = "",
                       .arena = &w->arena };
}

static inline void wait_for_answer(void)
{
    int64_t end = qf_now_mono() + 10000000000LL;
    while (!w->answered && qf_now_mono() < end)
        qf_loop_once(w->loop, 1000);
    assert_true(w->answered);
}

/* As dispatch does it. */
static inline enum handled call(struct end e, enum qf_cmd_id cmd, const void *in)
{
    struct conn *conn = conn_find(w->conns, e.number);
    struct ctx c;
    assert_non_null(conn);
    qf_arena_reset(&w->arena);
    memset(&w->out, 0, sizeof w->out);
    memset(&w->refusal, 0, sizeof w->refusal);
    w->answered = false;
    session_use(w, conn, (int)cmd, w->wall);
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

static inline enum handled login(struct end e, const char *user, const char *password)
{
    struct qf_login in = { 0 };
    qf_str_copy(in.user, sizeof in.user, user);
    qf_str_copy(in.password, sizeof in.password, password);
    return call(e, QF_CMD_auth_login, &in);
}

static inline struct end signed_in(const char *user)
{
    struct end e = net();
    assert_int_equal(login(e, user, PASSWORD), HANDLED);
    durable();
    assert_true(who(e)->signed_in);
    return e;
}

static inline enum handled resume(struct end e, const char *token)
{
    struct qf_resume in = { 0 };
    qf_str_copy(in.token, sizeof in.token, token);
    return call(e, QF_CMD_auth_resume, &in);
}

static inline void expect_refused(enum handled h, enum qf_reason reason)
{
    assert_int_equal(h, REFUSED);
    if (w->refusal.reason != reason)
        fail_msg("refused with %s, not %s", qf_refusal_word(&w->refusal), qf_reasons[reason].name);
}

static inline uint32_t live_rows(void)
{
    return w->desk->sessions.count;
}

static inline void subscribe(struct end e, enum qf_topic_id topic)
{
    uint64_t seq;
    struct qf_refusal r = { 0 };
    assert_true(session_may_topic(who(e), topic, &r));
    assert_int_equal(topic_subscribe(w->topics, topic, conn_find(w->conns, e.number), &seq), QF_OK);
    topic_start(w->topics, topic, conn_find(w->conns, e.number));
}

#endif
