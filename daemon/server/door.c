/* The one door: every command that changes something is decided here, whoever brings it. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/server/breakers.h"
#include "daemon/server/inside.h"
#include "daemon/server/later.h"

/* --- jobs */

void job_begin(struct server *s, struct job *j, struct conn *c, enum qf_cmd_id cmd, const struct qf_frame_id *id, qf_time wall)
{
    (void)s;
    const struct who *w = conn_who(c);
    memset(j, 0, sizeof *j);
    j->cmd = cmd;
    j->method = qf_cmds[cmd].name;
    j->signed_in = w->signed_in;
    qf_str_copy(j->user, sizeof j->user, w->signed_in ? w->user : "");
    j->role = w->role;
    j->session = w->session;
    j->wall = wall;
    j->source = conn_source(c);
    j->ref = "";
    j->conn = conn_number(c);
    j->id = *id;
    j->began = qf_now_mono();
}

void job_system(struct job *j, const char *user, const char *method, qf_time wall)
{
    memset(j, 0, sizeof *j);
    j->system = j->daemon = true;
    j->cmd = QF_CMD_COUNT;
    j->method = method;
    j->signed_in = true;
    qf_str_copy(j->user, sizeof j->user, user);
    j->role = QF_ROLE_ADMIN;
    j->wall = wall;
    j->source = "system";
    j->ref = "";
    j->args = (struct qf_str){ "{}", 2 };
    j->began = qf_now_mono();
}

/* Too long for a row of the trail: what it was can still be proved by its hash. */
static void cut_args(struct qf_buf *b, const unsigned char hash[DIGEST_BYTES])
{
    char hex[DIGEST_HEX];
    size_t n = b->len;
    digest_hex(hash, DIGEST_BYTES, hex);
    qf_buf_clear(b);
    qf_buf_fmt(b, "{\"bytes\":%zu,\"blake2b\":\"%s\"}", n, hex);
}

void job_args(struct server *s, struct job *j, struct qf_arena *arena)
{
    struct qf_buf *b = &s->args;
    qf_buf_clear(b);
    qf_wire_encode(b, qf_cmds[j->cmd].req, j->in, true);
    qf_assert(!b->failed); /* larger than any request line */
    struct digest d; /* the method too: two commands may take the same arguments */
    digest_begin(&d);
    digest_field(&d, qf_cmds[j->cmd].name, strlen(qf_cmds[j->cmd].name));
    digest_field(&d, b->p, b->len);
    digest_end(&d, j->hash);
    if (b->len > AUDIT_ARGS_MAX)
        cut_args(b, j->hash);
    j->args.p = qf_arena_copy(arena, b->p, b->len);
    qf_assert(j->args.p);
    j->args.n = (uint32_t)b->len;
}

static char *move(char **at, const void *p, size_t n)
{
    char *here = *at;
    if (n)
        memcpy(here, p, n);
    here[n] = '\0';
    *at += n + 1;
    return here;
}

/* One block: the job, its request (aligned for any record), its texts. */
struct job *job_own(const struct job *like, const void *in, size_t size)
{
    size_t head = (sizeof *like + 15) & ~(size_t)15, body = (size + 15) & ~(size_t)15;
    size_t source = strlen(like->source), ref = strlen(like->ref), method = strlen(like->method);
    char *p = qf_xalloc(head + body + source + ref + method + like->args.n + 4);
    struct job *j = (struct job *)(void *)p;
    *j = *like;
    j->next = NULL;
    j->owned = true;
    if (size)
        memcpy(p + head, in, size);
    j->in = size ? p + head : NULL;
    char *at = p + head + body;
    j->source = move(&at, like->source, source);
    j->ref = move(&at, like->ref, ref);
    j->method = move(&at, like->method, method);
    j->args.p = move(&at, like->args.p, like->args.n);
    return j;
}

void job_free(struct job *j)
{
    if (j->later)
        later_free(j->later);
    else
        free(j);
}

struct waiter job_waiter(const struct job *j)
{
    return (struct waiter){ .conn = j->conn, .id = j->id, .cmd = j->cmd, .began = j->began };
}

void job_ctx(struct server *s, struct ctx *c, const struct job *j)
{
    *c = (struct ctx){
        .s = s, .cmd = j->cmd, .desk = s->desk, .actor = { j->user, j->role, j->session, j->wall }, .signed_in = j->signed_in,
        .conn = j->conn, .source = j->source, .ref = j->ref, .id = j->id, .job = j,
    };
}

/* --- what the audit trail and the table of requests get */

static void put_control(struct server *s, const struct job *j, const struct ctx *c, enum handled h, struct batch *b)
{
    struct qf_buf detail;
    qf_buf_init(&detail, AUDIT_DETAIL_MAX);
    struct qf_control row = { .at = j->wall, .outcome = QF_OUTCOME_DONE, .args = j->args };
    qf_str_copy(row.username, sizeof row.username, j->user);
    qf_str_copy(row.role, sizeof row.role, j->daemon ? "system" : j->signed_in ? qf_enum_text(&qf_enum_role, j->role) : "");
    qf_str_copy(row.source, sizeof row.source, j->source);
    qf_str_copy(row.method, sizeof row.method, j->method);
    row.session = j->session;
    if (j->session > 0)
        QF_SET(&row, control, session);
    qf_str_copy(row.ref, sizeof row.ref, j->ref);
    if (*j->ref)
        QF_SET(&row, control, ref);
    if (h == HANDLED) {
        qf_buf_str(&detail, c->detail);
    } else {
        row.outcome = QF_OUTCOME_REFUSED;
        qf_str_copy(row.reason, sizeof row.reason, qf_refusal_word(&c->refusal));
        QF_SET(&row, control, reason);
        qf_wire_refusal(&detail, &c->refusal);
    }
    if (c->counted)
        row.outcome = QF_OUTCOME_COUNTED;
    row.detail = (struct qf_str){ detail.p, (uint32_t)detail.len };
    if (detail.len > 0)
        QF_SET(&row, control, detail);
    audit_append(&s->audit, b, &row);
    qf_buf_release(&detail);
}

static void put_request(struct server *s, const struct job *j, struct batch *b)
{
    struct qf_request row = { .cmd_no = s->audit.cmd_no, .answer = { s->body.p, (uint32_t)s->body.len }, .at = j->wall };
    qf_str_copy(row.username, sizeof row.username, j->user);
    qf_str_copy(row.ref, sizeof row.ref, j->ref);
    qf_str_copy(row.method, sizeof row.method, j->method);
    digest_hex(j->hash, DIGEST_BYTES, row.args_hash);
    qf_rec_fill(&qf_rec_request, &row);
    batch_append(b, QF_TABLE_requests, &row);
    requests_add(s->requests, b, j->user, j->ref, j->hash, j->wall, s->body.p, s->body.len);
}

/* --- answers given before */

bool door_repeated(struct server *s, const struct job *j)
{
    struct request_answer a;
    struct waiter w = job_waiter(j);
    if (!*j->ref)
        return false;
    switch (requests_find(s->requests, j->user, j->ref, j->hash, &a)) {
    case REQUEST_DONE:
        answer_now(s, &w, a.body, a.n);
        return true;
    case REQUEST_FLYING:
        return commit_join(s->commit, a.batch, &w, a.body, a.n);
    case REQUEST_STORED:
        return later_stored(s, j);
    default:
        return false;
    }
}

/* --- deciding */

/* Reasons that say "not now": nothing is remembered of them, the same ref may be tried again. */
static bool passing(enum qf_reason r)
{
    return r == QF_R_NOT_READY || r == QF_R_DB_SLOW || r == QF_R_BUSY || r == QF_R_NOT_DONE;
}

/* Whoever sends too much must not fill the tables with it: beyond ten a second such a refusal is only counted. */
static bool is_flood(const struct qf_refusal *r)
{
    return r->reason == QF_R_REFUSED && r->control == QF_CTL_MSG_RATE;
}

/* A late job was begun under a session that may have ended meanwhile; a command decided again gets the session's present row. */
static bool still_there(struct server *s, struct job *j, struct qf_refusal *ret)
{
    struct conn *c = j->conn ? conn_find(s->conns, j->conn) : NULL;
    if (!c)
        return !j->later;
    if (j->later && !session_may(conn_who(c), j->cmd, ret))
        return false;
    session_row(s, c);
    if (j->signed_in)
        j->session = conn_who(c)->session;
    if (j->later) /* a role may have been taken away while a worker was busy */
        j->role = conn_who(c)->role;
    return true;
}

static enum handled run(struct server *s, struct job *j, struct ctx *c, void **ret_out)
{
    struct request_answer a;
    if (*j->ref && requests_find(s->requests, j->user, j->ref, j->hash, &a) == REQUEST_OTHER) {
        qf_refuse(&c->refusal, QF_R_REF_REUSED, "client_ref", NULL);
        return REFUSED;
    }
    if (*j->ref && !requests_room(s->requests, j->wall)) {
        qf_refuse(&c->refusal, QF_R_BUSY, "", NULL);
        return REFUSED;
    }
    *ret_out = j->cmd < QF_CMD_COUNT ? qf_arena_alloc(c->arena, qf_cmds[j->cmd].rep->size) : NULL;
    qf_assert(*ret_out || j->cmd == QF_CMD_COUNT);
    return j->fn(c, j->in, *ret_out);
}

static enum job_end finish(struct server *s, struct job *j, struct ctx *c, enum handled h, void *out)
{
    struct waiter w = job_waiter(j);
    if (h == LATER || c->audited == AUDITED_NOTHING)
        return JOB_OVER;
    if (h == REFUSED && (passing(c->refusal.reason) || (is_flood(&c->refusal) && !refuse_uncounted(s, j)))) {
        answer_refusal(s, &w, &c->refusal);
        return JOB_OVER;
    }
    batch_command(c->batch);
    if (c->audited == AUDITED)
        put_control(s, j, c, h, c->batch);
    if (j->system)
        return JOB_COMMAND;
    if (h == HANDLED) {
        answer_body(s, j->cmd, out, NULL);
    } else {
        qf_buf_clear(&s->body);
        qf_frame_error(&s->body, &c->refusal);
    }
    if (*j->ref && c->refusal.reason != QF_R_REF_REUSED)
        put_request(s, j, c->batch);
    commit_reply(s->commit, &w, s->body.p, s->body.len);
    return JOB_COMMAND;
}

enum job_end door_decide(void *arg, struct job *j)
{
    struct server *s = arg;
    struct qf_refusal refusal = { .reason = QF_R_COUNT };
    struct waiter w = job_waiter(j);
    if (!j->system && !still_there(s, j, &refusal)) {
        if (refusal.reason != QF_R_COUNT)
            answer_refusal(s, &w, &refusal);
        return JOB_OVER;
    }
    if (door_repeated(s, j))
        return JOB_OVER;
    struct ctx c;
    void *out = NULL;
    job_ctx(s, &c, j);
    c.batch = commit_batch(s->commit);
    c.arena = commit_arena(s->commit);
    enum handled h = run(s, j, &c, &out);
    enum job_end end = finish(s, j, &c, h, out);
    breakers_event(s);
    return end;
}

/* --- the system's own */

enum handled door(struct server *s, const char *user, const char *method, handler_fn fn, const void *in, struct qf_refusal *ret)
{
    struct ctx c;
    if (!commit_batch(s->commit)) {
        qf_refuse(ret, QF_R_NOT_READY, "", NULL);
        return REFUSED;
    }
    struct job *j = qf_arena_alloc(commit_arena(s->commit), sizeof *j);
    qf_assert(j);
    job_system(j, user, method, qf_now_wall());
    job_ctx(s, &c, j);
    c.batch = commit_batch(s->commit);
    c.arena = commit_arena(s->commit);
    enum handled h = fn(&c, in, NULL);
    if (finish(s, j, &c, h, NULL) == JOB_COMMAND)
        commit_add(s->commit, j);
    *ret = c.refusal;
    return h;
}

bool door_fact_of(struct server *s, const struct job *like, handler_fn fn, const void *in, size_t size)
{
    struct job *j = job_own(like, in, size);
    j->system = true;
    j->fn = fn;
    j->conn = 0;
    j->later = NULL;
    if (commit_backlog(s->commit, j) == QF_OK)
        return true;
    job_free(j);
    return false;
}

bool door_fact(struct server *s, const char *user, const char *method, handler_fn fn, const void *in, size_t size)
{
    struct job j;
    job_system(&j, user, method, qf_now_wall());
    return door_fact_of(s, &j, fn, in, size);
}

/* The database refuses a row of this command also when it is alone: our bug. The desk goes on without it. */
void door_guilty(void *arg, struct job *j, const char *sqlstate, const char *message)
{
    struct server *s = arg;
    char detail[512];
    struct qf_refusal r = { 0 };
    struct waiter w = job_waiter(j);
    qf_refuse(&r, QF_R_INTERNAL, "", NULL);
    if (!j->system)
        answer_refusal(s, &w, &r);
    qf_str_fmt(detail, sizeof detail, "%s by %s: SQLSTATE %s: %s", j->method, j->user, sqlstate, message);
    qf_log(QF_LOG_ERROR, "commit", "a row was refused by the database: %s", detail);
    if (!qf_str_eq(j->method, "incident"))
        server_incident(s, QF_SEV_ERROR, "row-refused", "The database refused a row of a command", detail);
}
