/* The rows of sessions: begun, renewed, ended, shown. */
#include "daemon/server/session_impl.h"

#include "common/str.h"

#include <stdlib.h>
#include <string.h>

#define RENEW_US QF_MIN /* a row's time of last use is at most so much behind, and written at most so often */

bool session_live(const struct qf_session *row)
{
    return !QF_HAS(row, session, ended);
}

struct qf_session *session_row_of(const struct desk *d, const struct who *w)
{
    struct qf_session *row = w->session > 0 ? desk_session(d, w->session) : NULL;
    return row && session_live(row) && row->started == w->started && qf_str_eq(row->username, w->user) ? row : NULL;
}

/* A row without a token's id belongs to one uid connection and ends with it. */
static bool is_peers(const struct qf_session *row)
{
    return *row->jti == '\0';
}

/* --- begin and end, in the open batch */
enum qf_err session_begin(struct ctx *c, const struct qf_user *u, struct qf_session *ret)
{
    struct qf_session row = { .role = u->role, .started = c->actor.wall, .seen = c->actor.wall };
    row.expires = row.started + server_sessions(c->s)->lasts_us;
    if (c->desk->sessions.count >= c->desk->sessions.cap)
        return QF_EFULL;
    row.id = desk_next(c->desk, c->batch, &c->desk->seq.session);
    qf_str_copy(row.username, sizeof row.username, u->name);
    qf_str_copy(row.source, sizeof row.source, c->source);
    if (c->cmd == QF_CMD_auth_login)
        token_new_jti(row.jti);
    qf_rec_fill(&qf_rec_session, &row);
    enum qf_err err = desk_put_session(c->desk, c->batch, &row);
    if (err != QF_OK)
        return err;
    *ret = row;
    if (!is_peers(&row))
        session_join(c, &row);
    return QF_OK;
}

void session_join(struct ctx *c, const struct qf_session *row)
{
    struct conn *conn = conn_find(server_conns(c->s), c->conn);
    if (!conn)
        return;
    struct who *w = conn_who(conn);
    w->next_session = row->id;
    w->next_started = row->started;
    qf_str_copy(w->next_user, sizeof w->next_user, row->username);
}

static void end_row(struct ctx *c, const struct qf_session *row, const char *reason)
{
    struct qf_session image = *row;
    image.ended = c->actor.wall;
    qf_str_copy(image.end_reason, sizeof image.end_reason, reason);
    QF_SET(&image, session, ended);
    QF_SET(&image, session, end_reason);
    enum qf_err err = desk_put_session(c->desk, c->batch, &image);
    qf_assert(err == QF_OK); /* the row is there: nothing can be full */
}

enum qf_err session_end(struct ctx *c, int64_t id, const char *reason)
{
    const struct qf_session *row = desk_session(c->desk, id);
    if (!row || !session_live(row))
        return QF_ENOENT;
    end_row(c, row, reason);
    return QF_OK;
}

uint32_t session_end_all(struct ctx *c, const char *user, int64_t except, const char *reason)
{
    uint32_t i = 0, n = 0;
    for (const struct qf_session *row; (row = tab_next(&c->desk->sessions, &i)) != NULL;) {
        if (!session_live(row) || row->id == except || !qf_str_eq(row->username, user))
            continue;
        end_row(c, row, reason);
        n++;
    }
    return n;
}

/* --- tokens */
static bool refuse(struct qf_refusal *ret, enum qf_reason reason)
{
    qf_refuse(ret, reason, "", NULL);
    return false;
}

bool session_of_token(struct server *s, const char *token, qf_time wall, struct qf_session **ret_row,
                      struct qf_user **ret_user, struct qf_refusal *ret_refusal)
{
    struct token_claims claims;
    enum qf_err err = token_check(server_sessions(s)->key, token, wall, &claims);
    if (err != QF_OK)
        return refuse(ret_refusal, err == QF_ETIMEOUT ? QF_R_SESSION_ENDED : QF_R_LOGIN_FAILED);
    struct qf_session *row = desk_session(server_desk(s), claims.session);
    struct qf_user *u = desk_user(server_desk(s), claims.user);
    if (!row || !u || u->disabled || !session_live(row) || is_peers(row) || !qf_str_eq(row->jti, claims.jti) ||
        !qf_str_eq(row->username, claims.user))
        return refuse(ret_refusal, QF_R_SESSION_ENDED);
    *ret_row = row;
    *ret_user = u;
    return true;
}

static void put_permissions(int role, char *out, size_t cap)
{
    size_t n = 0;
    *out = '\0';
    for (int p = QF_P_SIGNED_IN + 1; p < QF_P_COUNT; p++)
        if (qf_may(true, role, (enum qf_perm)p))
            n += qf_str_fmt(out + n, cap - n, "%s%s", n ? " " : "", qf_perms[p].text);
}

static void put_token(struct sessions *ss, const struct qf_session *row, qf_time wall, struct qf_signed_in *ret)
{
    struct token_claims claims = { .session = row->id, .issued = wall - wall % QF_SEC };
    claims.expires = claims.issued + ss->lasts_us;
    qf_str_copy(claims.user, sizeof claims.user, row->username);
    qf_str_copy(claims.jti, sizeof claims.jti, row->jti);
    enum qf_err err = token_make(ss->key, &claims, ret->token, sizeof ret->token);
    qf_assert(err == QF_OK);
    QF_SET(ret, signed_in, token);
    ret->expires = claims.expires;
}

void session_fill(struct server *s, const struct qf_user *u, const struct qf_session *row, bool must_change,
                  qf_time wall, bool with_token, struct qf_signed_in *ret)
{
    struct sessions *ss = server_sessions(s);
    const struct core_account *account = desk_default_account(server_desk(s), u->name, u->role);
    *ret = (struct qf_signed_in){
        .role = u->role, .expires = wall + ss->lasts_us, .must_change = must_change
    };
    if (row) {
        ret->session = row->id;
        QF_SET(ret, signed_in, session);
    }
    qf_str_copy(ret->user, sizeof ret->user, u->name);
    put_permissions(u->role, ret->permissions, sizeof ret->permissions);
    if (account) {
        qf_str_copy(ret->account, sizeof ret->account, account->row.name);
        QF_SET(ret, signed_in, account);
    }
    if (with_token && row)
        put_token(ss, row, wall, ret);
    qf_rec_fill(&qf_rec_signed_in, ret);
}

void session_reply(struct ctx *c, const struct qf_user *u, const struct qf_session *row, bool with_token,
                   struct qf_signed_in *ret)
{
    session_fill(c->s, u, row, row && !is_peers(row) && u->must_change, c->actor.wall, with_token, ret);
}

/* --- what connections say of rows */
static void use_one(void *arg, struct conn *c)
{
    struct server *s = arg;
    const struct who *w = conn_who(c);
    const struct qf_session *row = w->signed_in ? session_row_of(server_desk(s), w) : NULL;
    if (!row)
        return;
    struct session_use *u = &server_sessions(s)->use[tab_slot(&server_desk(s)->sessions, row)];
    u->connected = true;
    if (w->seen > u->seen) {
        u->seen = w->seen;
        u->last_cmd = w->last_cmd;
    }
}

static void gather_use(struct server *s)
{
    struct sessions *ss = server_sessions(s);
    memset(ss->use, 0, sizeof ss->use);
    conn_each(server_conns(s), use_one, s);
}

static const struct session_use *use_of(struct server *s, const struct qf_session *row)
{
    return &server_sessions(s)->use[tab_slot(&server_desk(s)->sessions, row)];
}

static qf_time last_seen(struct server *s, const struct qf_session *row)
{
    const struct session_use *u = use_of(s, row);
    return u->seen > row->seen ? u->seen : row->seen;
}

/* --- once a second */
/* Why a row is over, NULL when it is not. */
static const char *over(struct server *s, const struct qf_session *row, qf_time wall)
{
    if (is_peers(row) && !use_of(s, row)->connected)
        return "closed";
    return wall - last_seen(s, row) > server_sessions(s)->lasts_us ? "expired" : NULL;
}

static bool is_due(struct server *s, const struct qf_session *row)
{
    return last_seen(s, row) - row->seen >= RENEW_US;
}

static void renew(struct ctx *c, const struct qf_session *row)
{
    struct qf_session image = *row;
    image.seen = last_seen(c->s, row);
    image.expires = image.seen + server_sessions(c->s)->lasts_us;
    enum qf_err err = desk_put_session(c->desk, c->batch, &image);
    qf_assert(err == QF_OK);
}

/* No row of the audit trail: each row of sessions says itself when and why it ended. */
static enum handled sweep(struct ctx *c, const void *in, void *out)
{
    uint32_t i = 0, n = 0;
    (void)in, (void)out;
    gather_use(c->s);
    for (const struct qf_session *row; (row = tab_next(&c->desk->sessions, &i)) != NULL;) {
        const char *why = session_live(row) ? over(c->s, row, c->actor.wall) : NULL;
        bool due = session_live(row) && !why && is_due(c->s, row);
        if (why)
            end_row(c, row, why);
        else if (due)
            renew(c, row);
        n += why || due;
    }
    c->audited = n > 0 ? AUDITED_NOT : AUDITED_NOTHING;
    return HANDLED;
}

static bool is_wanted(struct server *s, qf_time wall)
{
    uint32_t i = 0;
    gather_use(s);
    for (const struct qf_session *row; (row = tab_next(&server_desk(s)->sessions, &i)) != NULL;)
        if (session_live(row) && (over(s, row, wall) || is_due(s, row)))
            return true;
    return false;
}

void session_tick(struct server *s, qf_time wall)
{
    struct qf_refusal r = { 0 };
    session_tick_conns(s, wall);
    if (session_lane(s) && is_wanted(s, wall))
        door(s, "system", "session.sweep", sweep, NULL, &r);
}

/* --- for readers */
static int by_use(const void *a, const void *b)
{
    const struct qf_session *x = a, *y = b;
    return x->seen != y->seen ? (x->seen < y->seen) - (x->seen > y->seen) : (x->id > y->id) - (x->id < y->id);
}

static void copy_row(struct server *s, const struct qf_session *row, struct qf_session *out)
{
    const struct session_use *u = use_of(s, row);
    *out = *row;
    out->seen = last_seen(s, row);
    out->expires = out->seen + server_sessions(s)->lasts_us;
    if (u->last_cmd > 0) {
        qf_str_copy(out->last_command, sizeof out->last_command, qf_cmds[u->last_cmd - 1].name);
        QF_SET(out, session, last_command);
    }
}

struct qf_session *session_rows(struct server *s, struct qf_arena *arena, uint32_t *ret_n)
{
    const struct tab *t = &server_desk(s)->sessions;
    uint32_t i = 0, n = 0;
    struct qf_session *out = qf_arena_alloc(arena, ((size_t)t->count + 1) * sizeof *out);
    if (!out)
        return NULL;
    gather_use(s);
    for (const struct qf_session *row; (row = tab_next(t, &i)) != NULL;)
        if (session_live(row))
            copy_row(s, row, &out[n++]);
    qsort(out, n, sizeof *out, by_use);
    *ret_n = n;
    return out;
}
