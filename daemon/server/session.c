/* Who sits on a connection. */
#include "daemon/server/session_impl.h"

#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/topic.h"

#include <stdlib.h>
#include <string.h>

#define NOBODY_UID 65534       /* a uid from a namespace that ours does not know looks like this: it may be anybody's */
#define PEER_ROW_NS 2000000000LL /* a uid connection older than this gets its row without having changed anything */

struct sessions *sessions_new(struct server *s, const struct conf *conf, char *why, size_t why_cap)
{
    (void)s;
    if (passwd_init() != QF_OK) {
        qf_str_fmt(why, why_cap, "libsodium cannot be initialised");
        return NULL;
    }
    struct token_key *key = token_key_open(conf->state_dir, why, why_cap);
    if (!key)
        return NULL;
    struct sessions *ss = qf_xalloc(sizeof *ss);
    ss->key = key;
    ss->throttle = throttle_new();
    ss->cost = (struct passwd_cost){ .ops = conf->argon_ops, .mem_kib = conf->argon_mem_kib };
    ss->lasts_us = conf->token_minutes * QF_MIN;
    passwd_nobodys(&ss->cost, ss->nobodys);
    return ss;
}

void sessions_free(struct sessions *ss)
{
    if (!ss)
        return;
    token_key_free(ss->key);
    throttle_free(ss->throttle);
    free(ss);
}

struct throttle *session_throttle(struct sessions *ss)
{
    return ss->throttle;
}

const struct passwd_cost *session_cost(const struct sessions *ss)
{
    return &ss->cost;
}

const char *session_dummy(const struct sessions *ss)
{
    return ss->nobodys;
}

void session_source(struct ctx *c, char *out, size_t cap)
{
    struct conn *conn = conn_find(server_conns(c->s), c->conn);
    int64_t uid, pid;
    if (conn && conn_peer(conn, &uid, &pid))
        qf_str_fmt(out, cap, "uid %lld", (long long)uid);
    else
        qf_str_copy(out, cap, c->source);
}

/* --- in and out */
bool session_lane(struct server *s)
{
    enum qf_db_state db = server_db(s);
    return db == QF_DB_READY || db == QF_DB_SLOW;
}

static bool may_stop(const struct qf_user *u)
{
    return qf_may(true, u->role, qf_cmds[QF_CMD_risk_stop].perm);
}

bool session_peer_may(struct server *s, const struct qf_user *u)
{
    return u && !u->disabled && (session_lane(s) || may_stop(u));
}

static struct qf_user *peer_user(struct server *s, const struct conn *c)
{
    int64_t uid, pid;
    if (!conn_peer(c, &uid, &pid) || uid == NOBODY_UID)
        return NULL;
    return desk_user_uid(server_desk(s), uid);
}

static void sit(struct who *w, const struct qf_user *u, enum session_via via, qf_time wall)
{
    w->signed_in = true;
    w->via = via;
    w->ended = false;
    w->role = u->role;
    w->must_change = via == VIA_TOKEN && u->must_change;
    w->seen = wall;
    qf_str_copy(w->user, sizeof w->user, u->name);
}

void session_out(struct server *s, struct conn *c)
{
    struct who *w = conn_who(c);
    w->signed_in = w->must_change = w->halt_only = false;
    w->ended = true;
    w->via = VIA_NONE;
    w->session = 0;
    *w->user = '\0';
    topic_recheck(server_topics(s), c, false, 0);
}

static void try_peer(struct server *s, struct conn *c, qf_time wall)
{
    struct who *w = conn_who(c);
    const struct qf_user *u = w->signed_in || w->ended ? NULL : peer_user(s, c);
    if (!session_peer_may(s, u))
        return;
    sit(w, u, VIA_PEER, wall);
    w->session = 0;
    w->halt_only = !session_lane(s);
}

bool session_peer_known(struct server *s, const struct conn *c)
{
    return session_peer_may(s, peer_user(s, c));
}

void session_opened(struct server *s, struct conn *c)
{
    try_peer(s, c, qf_now_wall());
}

/* Its row, if it has one of its own, is ended by the next tick: a desk full of short commands then ends them together.
 */
void session_closed(struct server *s, struct conn *c)
{
    (void)s;
    memset(conn_who(c), 0, sizeof *conn_who(c));
}

/* Too long without a command. A known uid needs no password to go on: its next command signs it in again. */
static void expire(struct server *s, struct conn *c)
{
    bool peer = conn_who(c)->via == VIA_PEER;
    session_out(s, c);
    conn_who(c)->ended = !peer;
}

void session_use(struct server *s, struct conn *c, int cmd, qf_time wall)
{
    struct who *w = conn_who(c);
    if (w->signed_in && wall - w->seen > server_sessions(s)->lasts_us)
        expire(s, c);
    if (!w->signed_in)
        try_peer(s, c, wall);
    if (w->halt_only && session_lane(s))
        w->halt_only = false;
    if (cmd >= 0)
        w->last_cmd = cmd + 1;
    w->seen = wall;
}

/* --- may it? */
static bool refuse(struct qf_refusal *ret, enum qf_reason reason)
{
    qf_refuse(ret, reason, "", NULL);
    return false;
}

/* What somebody with a first password may do besides changing it: leave, look who it is, and stop - stopping never
 * waits. */
static bool before_change(enum qf_cmd_id cmd)
{
    return cmd == QF_CMD_user_password || cmd == QF_CMD_auth_logout || cmd == QF_CMD_auth_whoami ||
           qf_cmds[cmd].cls == QF_CLASS_STOP;
}

/* Cancels are part of stopping. */
static bool stops(enum qf_cmd_id cmd)
{
    return qf_cmds[cmd].cls == QF_CLASS_STOP || cmd == QF_CMD_order_cancel || cmd == QF_CMD_order_cancel_all;
}

bool session_may(const struct who *w, enum qf_cmd_id cmd, struct qf_refusal *ret)
{
    const struct qf_cmd *row = &qf_cmds[cmd];
    if (row->perm == QF_P_ANYONE)
        return true;
    if (!w->signed_in)
        return refuse(ret, w->ended ? QF_R_SESSION_ENDED : QF_R_NOT_SIGNED_IN);
    if (w->must_change && !before_change(cmd))
        return refuse(ret, QF_R_MUST_CHANGE);
    if (!qf_may(true, w->role, row->perm))
        return refuse(ret, QF_R_FORBIDDEN);
    if (w->halt_only && row->cls != QF_CLASS_READ && !stops(cmd))
        return refuse(ret, QF_R_NOT_READY);
    return true;
}

bool session_may_topic(const struct who *w, enum qf_topic_id topic, struct qf_refusal *ret)
{
    if (!w->signed_in)
        return refuse(ret, w->ended ? QF_R_SESSION_ENDED : QF_R_NOT_SIGNED_IN);
    if (w->must_change)
        return refuse(ret, QF_R_MUST_CHANGE);
    return qf_may(true, w->role, qf_topics[topic].perm) || refuse(ret, QF_R_FORBIDDEN);
}

/* --- what became durable */
/* A log-in of this connection: it holds from now on. */
static void promote(struct server *s, struct conn *c, qf_time wall)
{
    struct who *w = conn_who(c);
    const struct qf_session *row = desk_session(server_desk(s), w->next_session);
    const struct qf_user *u = desk_user(server_desk(s), w->next_user);
    if (!row || !u || u->disabled || !session_live(row) || row->started != w->next_started ||
        !qf_str_eq(row->username, w->next_user))
        return;
    sit(w, u, VIA_TOKEN, wall);
    w->session = row->id;
    w->started = row->started;
    w->halt_only = false;
    w->next_session = 0;
}

/* Does what it is signed in with still hold? all: the desk was loaded anew or a batch undone, so that a row of a uid
 * connection may be missing without having been ended. */
static bool holds(struct server *s, struct conn *c, const struct qf_user *u, bool all)
{
    struct who *w = conn_who(c);
    bool row = session_row_of(server_desk(s), w) != NULL;
    if (!u || u->disabled)
        return false;
    if (w->via == VIA_TOKEN)
        return row;
    if (!row && w->session != 0) {
        if (!all)
            return false;
        w->session = 0; /* it gets another one */
    }
    return peer_user(s, c) == u;
}

struct changed {
    struct server *s;
    const char *user;
    qf_time wall;
};

static void changed_one(void *arg, struct conn *c)
{
    struct changed *ch = arg;
    struct who *w = conn_who(c);
    if (w->next_session != 0 && (!ch->user || qf_str_eq(w->next_user, ch->user)))
        promote(ch->s, c, ch->wall);
    if (!w->signed_in || (ch->user && !qf_str_eq(w->user, ch->user)))
        return;
    const struct qf_user *u = desk_user(server_desk(ch->s), w->user);
    if (!holds(ch->s, c, u, ch->user == NULL)) {
        session_out(ch->s, c);
        return;
    }
    w->role = u->role;
    w->must_change = w->via == VIA_TOKEN && u->must_change;
    topic_recheck(server_topics(ch->s), c, !w->must_change, w->role);
}

void session_changed(struct server *s, const char *user)
{
    struct changed ch = { s, user, qf_now_wall() };
    conn_each(server_conns(s), changed_one, &ch);
}

/* --- without the database */
bool session_resume_halt(struct server *s, struct conn *c, const struct qf_resume *in, struct qf_signed_in *ret,
                         struct qf_refusal *ret_refusal)
{
    struct qf_session *row;
    struct qf_user *u;
    struct who *w = conn_who(c);
    qf_time wall = qf_now_wall();
    if (!session_of_token(s, in->token, wall, &row, &u, ret_refusal))
        return false;
    if (!may_stop(u))
        return refuse(ret_refusal, QF_R_NOT_READY);
    sit(w, u, VIA_TOKEN, wall);
    w->session = row->id;
    w->started = row->started;
    w->halt_only = true;
    topic_recheck(server_topics(s), c, !w->must_change, w->role); /* it may be another person than before */
    session_fill(s, u, row, u->must_change, wall, true, ret);
    return true;
}

/* --- rows of uid connections */
static enum handled open_peer(struct ctx *c, const void *in, void *out)
{
    struct conn *conn = conn_find(server_conns(c->s), (uint64_t)(uintptr_t)in);
    struct who *w = conn ? conn_who(conn) : NULL;
    const struct qf_user *u = conn ? peer_user(c->s, conn) : NULL;
    struct qf_session row;
    int64_t uid, pid;
    (void)out;
    c->source = "unix";
    if (!u || w->via != VIA_PEER || !qf_str_eq(u->name, w->user) || !conn_peer(conn, &uid, &pid) ||
        session_begin(c, u, &row) != QF_OK) {
        qf_refuse(&c->refusal, QF_R_BUSY, "", NULL);
        return REFUSED;
    }
    struct qf_user image = *u;
    image.last_login = c->actor.wall;
    QF_SET(&image, user, last_login);
    enum qf_err err = desk_put_user(c->desk, c->batch, &image);
    qf_assert(err == QF_OK); /* a user that is there has its place */
    w->session = row.id;
    w->started = row.started;
    qf_str_fmt(c->detail, sizeof c->detail, "session %lld, uid %lld on the Unix socket", (long long)row.id,
               (long long)uid);
    return HANDLED;
}

void session_row(struct server *s, struct conn *c)
{
    struct who *w = conn_who(c);
    struct qf_refusal r = { 0 };
    if (!w->signed_in || w->via != VIA_PEER || session_row_of(server_desk(s), w))
        return;
    w->session = 0;
    _Static_assert(sizeof(uintptr_t) == sizeof(uint64_t), "a connection's number goes where a pointer goes");
    if (session_lane(s))
        door(s, w->user, "auth.peer", open_peer, (const void *)(uintptr_t)conn_number(c), &r);
}

/* --- once a second */
static void tick_one(void *arg, struct conn *c)
{
    struct changed *ch = arg;
    struct who *w = conn_who(c);
    if (!w->signed_in)
        return;
    if (ch->wall - w->seen > server_sessions(ch->s)->lasts_us && w->in_flight == 0)
        expire(ch->s, c);
    else if (w->via == VIA_PEER && qf_now_mono() - conn_since(c) > PEER_ROW_NS)
        session_row(ch->s, c);
}

void session_tick_conns(struct server *s, qf_time wall)
{
    struct changed ch = { s, NULL, wall };
    conn_each(server_conns(s), tick_one, &ch);
}
