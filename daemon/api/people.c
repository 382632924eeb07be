/* auth.*, session.*, user.password: who is who. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/api/users.h"
#include "daemon/server/passwd.h"
#include "daemon/server/throttle.h"
#include "daemon/server/worker.h"

/* --- signing in by password. Unknown user, wrong password, disabled user, user without a password: one answer, and the
 * same work for it, on a worker and at the door. */

struct login {
    struct later *later;
    struct throttle *throttle;
    char user[33], source[80];
    char password[129];
    char stored[PASSWD_STRING]; /* what it is verified against */
    char fresh[PASSWD_STRING]; /* the same password at the present cost, when the stored one was made at another; else
                                  "" */
    struct passwd_cost cost;
    bool known;                 /* stored is the user's own */
    bool good;
};

static qf_time steady(void)
{
    return qf_now_mono() / 1000;
}

static struct login *login_new(struct ctx *c, const struct qf_login *in, const char *source)
{
    struct login *l = qf_xalloc(sizeof *l);
    const struct qf_user *u = desk_user(c->desk, in->user);
    struct sessions *ss = server_sessions(c->s);
    l->known = u && !u->disabled && QF_HAS(u, user, password);
    l->throttle = session_throttle(ss);
    l->cost = *session_cost(ss);
    qf_str_copy(l->user, sizeof l->user, in->user);
    qf_str_copy(l->source, sizeof l->source, source);
    qf_str_copy(l->password, sizeof l->password, in->password);
    qf_str_copy(l->stored, sizeof l->stored, l->known ? u->password : session_dummy(ss));
    return l;
}

static void login_run(void *job)
{
    struct login *l = job;
    l->good = passwd_verify(l->stored, l->password) && l->known;
    if (l->good && passwd_outdated(l->stored, &l->cost) && passwd_hash(l->password, &l->cost, l->fresh) != QF_OK)
        *l->fresh = '\0'; /* next time */
    passwd_wipe(l->password, sizeof l->password);
}

/* The user may have changed while the password was looked at. */
static const struct qf_user *login_user(const struct ctx *c, const struct login *l)
{
    const struct qf_user *u = l->good ? desk_user(c->desk, l->user) : NULL;
    return u && !u->disabled && qf_str_eq(u->password, l->stored) ? u : NULL;
}

static enum handled login_decide(struct ctx *c, const void *in, void *out)
{
    const struct login *l = in;
    const struct qf_user *u = login_user(c, l);
    struct qf_session row;
    if (!u)
        return help_refuse(c, QF_R_LOGIN_FAILED, "", NULL);
    struct qf_user image = *u;
    if (session_begin(c, u, &row) != QF_OK)
        return help_refuse(c, QF_R_BUSY, "", "there are %d sessions already", QF_MAX_SESSIONS);
    image.last_login = c->actor.wall;
    QF_SET(&image, user, last_login);
    if (*l->fresh)
        qf_str_copy(image.password, sizeof image.password, l->fresh);
    enum qf_err err = desk_put_user(c->desk, c->batch, &image);
    qf_assert(err == QF_OK); /* a user that is there has its place */
    session_reply(c, u, &row, true, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s signed in, session %lld", u->name, (long long)row.id);
    return HANDLED;
}

static void login_free(void *job)
{
    struct login *l = job;
    passwd_wipe(l, sizeof *l);
    free(l);
}

static void login_done(void *job)
{
    struct login *l = job;
    if (l->good)
        throttle_passed(l->throttle, l->user, l->source);
    later_write(l->later, login_decide, l, login_free);
}

/* A stranger that goes on asking while it has to wait is cut off: each refusal is a row of the audit trail. */
static enum handled delayed(struct ctx *c, int64_t us)
{
    struct conn *conn = conn_find(server_conns(c->s), c->conn);
    int64_t seconds = (us + QF_SEC - 1) / QF_SEC;
    if (conn && !conn_who(conn)->signed_in && ++conn_who(conn)->errors_unsigned > QF_MAX_UNSIGNED_ERRORS)
        conn_close(conn);
    help_refuse(c, QF_R_LOGIN_DELAYED, "", "too many failures; wait %lld second%s", (long long)seconds,
                seconds == 1 ? "" : "s");
    c->refusal.has_limit = true;
    c->refusal.limit = (qf_money)seconds * QF_ONE;
    return REFUSED;
}

HANDLER(auth_login, login, signed_in)
{
    char source[80];
    struct throttle *t = session_throttle(server_sessions(c->s));
    (void)out;
    session_source(c, source, sizeof source);
    int64_t us = throttle_try(t, in->user, source, steady());
    if (us > 0)
        return delayed(c, us);
    struct login *l = login_new(c, in, source);
    if (worker_add(server_worker(c->s), login_run, login_done, l) != QF_OK) {
        throttle_cancel(t, in->user, source);
        login_free(l);
        return help_refuse(c, QF_R_BUSY, "", "too many log-ins at once");
    }
    l->later = later_take(c); /* the worker does not touch it, and its end comes by the loop */
    return LATER;
}

/* --- other ways in, and out */
HANDLER(auth_resume, resume, signed_in)
{
    struct qf_session *row, image;
    struct qf_user *u;
    if (!session_of_token(c->s, in->token, c->actor.wall, &row, &u, &c->refusal))
        return REFUSED;
    image = *row;
    image.seen = c->actor.wall; /* written each time: with this row's batch the connection is signed in */
    image.expires = image.seen + server_conf(c->s)->token_minutes * QF_MIN;
    if (desk_put_session(c->desk, c->batch, &image) != QF_OK)
        return help_refuse(c, QF_R_BUSY, "", NULL);
    session_join(c, &image);
    session_reply(c, u, &image, true, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s resumed session %lld", u->name, (long long)image.id);
    return HANDLED;
}

HANDLER(auth_logout, none, none)
{
    (void)in, (void)out;
    if (session_end(c, c->actor.session, "signed out") != QF_OK)
        return help_refuse(c, QF_R_SESSION_ENDED, "", NULL);
    qf_str_fmt(c->detail, sizeof c->detail, "session %lld", (long long)c->actor.session);
    return HANDLED;
}

HANDLER(auth_whoami, none, signed_in)
{
    const struct qf_user *u = desk_user(c->desk, c->actor.user);
    (void)in;
    if (!u)
        return help_refuse(c, QF_R_SESSION_ENDED, "", NULL);
    session_reply(c, u, c->actor.session > 0 ? desk_session(c->desk, c->actor.session) : NULL, false, out);
    return HANDLED;
}

/* --- a password is changed: the old one verified and the new one hashed on a worker */
struct change {
    struct later *later;
    struct throttle *throttle;
    char user[33], source[80];
    char old[129], password[129];
    char stored[PASSWD_STRING]; /* "" = there was none */
    char hash[PASSWD_STRING];
    struct passwd_cost cost;
    bool own, good;
};

static void change_run(void *job)
{
    struct change *h = job;
    h->good = !h->own || !*h->stored || passwd_verify(h->stored, h->old);
    if (h->good && passwd_hash(h->password, &h->cost, h->hash) != QF_OK)
        *h->hash = '\0';
    passwd_wipe(h->old, sizeof h->old);
    passwd_wipe(h->password, sizeof h->password);
}

/* Who knows the password of somebody that grants requests could be their own second person: that user is disabled until another
 * person agrees. */
static bool may_be_second(const struct qf_user *u)
{
    return u->role == QF_ROLE_ADMIN || u->role == QF_ROLE_RISK;
}

static enum handled put_password(struct ctx *c, const struct qf_user *u, const char *hash, bool own)
{
    struct qf_user image = *u, shown;
    qf_str_copy(image.password, sizeof image.password, hash);
    QF_SET(&image, user, password);
    image.must_change = !own;
    image.updated = c->actor.wall;
    if (!own && !u->disabled && may_be_second(u))
        return users_put_disabled(c, &image, &shown);
    enum qf_err err = desk_put_user(c->desk, c->batch, &image);
    return err == QF_OK ? HANDLED : help_failed(c, err, "name");
}

/* Hashing takes a while: whoever began it may have lost the right meanwhile, durably or in the batch that is open. */
static bool still_admin(const struct ctx *c)
{
    const struct qf_user *by = desk_user(c->desk, c->actor.user);
    return by && !by->disabled && qf_may(c->signed_in, by->role, qf_cmds[QF_CMD_user_add].perm);
}

static enum handled change_decide(struct ctx *c, const void *job, void *out)
{
    const struct change *h = job;
    const struct qf_user *u = desk_user(c->desk, h->user);
    (void)out;
    if (!h->own && !still_admin(c))
        return help_refuse(c, QF_R_FORBIDDEN, "name", NULL);
    if (!h->good || !u || (h->own && !qf_str_eq(u->password, h->stored)))
        return help_refuse(c, QF_R_LOGIN_FAILED, "old", NULL);
    if (!*h->hash)
        return help_refuse(c, QF_R_BUSY, "password", "there is no memory for the password");
    if (put_password(c, u, h->hash, h->own) != HANDLED)
        return REFUSED;
    size_t said = strlen(c->detail); /* a request, when one was made */
    uint32_t ended = session_end_all(c, h->user, h->own ? c->actor.session : 0, "password changed");
    qf_str_fmt(c->detail + said, sizeof c->detail - said, "%s%s, %u sessions ended", said ? "; " : "", h->user, ended);
    return HANDLED;
}

static void change_free(void *job)
{
    passwd_wipe(job, sizeof(struct change));
    free(job);
}

static void change_done(void *job)
{
    struct change *h = job;
    if (h->own && h->good)
        throttle_passed(h->throttle, h->user, h->source);
    later_write(h->later, change_decide, h, change_free);
}

static struct change *change_new(struct ctx *c, const struct qf_user_password *in, const struct qf_user *u, bool own,
                                 const char *source)
{
    struct change *h = qf_xalloc(sizeof *h);
    h->own = own;
    h->throttle = session_throttle(server_sessions(c->s));
    h->cost = *session_cost(server_sessions(c->s));
    qf_str_copy(h->user, sizeof h->user, u->name);
    qf_str_copy(h->source, sizeof h->source, source);
    qf_str_copy(h->stored, sizeof h->stored, u->password);
    qf_str_copy(h->password, sizeof h->password, in->password);
    if (QF_HAS(in, user_password, old))
        qf_str_copy(h->old, sizeof h->old, in->old);
    return h;
}

/* What can be said before any password is looked at. */
static enum handled may_change(struct ctx *c, const struct qf_user_password *in, const struct qf_user *u, bool own)
{
    const char *broken = u ? passwd_rule(u->name, in->password) : NULL;
    if (!own && !qf_may(c->signed_in, c->actor.role, qf_cmds[QF_CMD_user_add].perm))
        return help_refuse(c, QF_R_FORBIDDEN, "name", NULL); /* another's is set by whoever may add users */
    if (!u)
        return help_refuse(c, QF_R_NOT_FOUND, "name", NULL);
    if (broken)
        return help_refuse(c, QF_R_BAD_PASSWORD, "password", "%s", broken);
    if (own && *u->password && !QF_HAS(in, user_password, old))
        return help_refuse(c, QF_R_INVALID_PARAMS, "old", "your present password is needed");
    if (own && *u->password && qf_str_eq(in->old, in->password))
        return help_refuse(c, QF_R_BAD_PASSWORD, "password", "the password is the one you have");
    return HANDLED;
}

HANDLER(user_password, user_password, none)
{
    const char *name = QF_HAS(in, user_password, name) ? in->name : c->actor.user;
    const struct qf_user *u = desk_user(c->desk, name);
    bool own = qf_str_eq(name, c->actor.user);
    struct throttle *t = session_throttle(server_sessions(c->s));
    char source[80];
    (void)out;
    if (may_change(c, in, u, own) != HANDLED)
        return REFUSED;
    session_source(c, source, sizeof source);
    int64_t us = own ? throttle_try(t, name, source, steady()) : 0;
    if (us > 0)
        return delayed(c, us);
    struct change *h = change_new(c, in, u, own, source);
    if (worker_add(server_worker(c->s), change_run, change_done, h) != QF_OK) {
        if (own)
            throttle_cancel(t, name, source);
        change_free(h);
        return help_refuse(c, QF_R_BUSY, "", NULL);
    }
    h->later = later_take(c);
    return LATER;
}

/* --- sessions */
HANDLER(session_list, none, session_list)
{
    (void)in;
    out->sessions = session_rows(c->s, c->arena, &out->sessions_n);
    return out->sessions ? HANDLED : help_refuse(c, QF_R_TOO_LARGE, "", NULL);
}

HANDLER(session_kill, session_id, none)
{
    const struct qf_session *row = desk_session(c->desk, in->id);
    (void)out;
    if (!row || !session_live(row))
        return help_refuse(c, QF_R_NOT_FOUND, "id", "there is no live session %lld", (long long)in->id);
    qf_str_fmt(c->detail, sizeof c->detail, "session %lld of %s", (long long)row->id, row->username);
    return session_end(c, in->id, "killed") == QF_OK ? HANDLED : help_refuse(c, QF_R_NOT_FOUND, "id", NULL);
}
