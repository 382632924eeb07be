/* From a line to a command: who, may it, what does it say, and by which way it is decided. */
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/stops.h"

/* A line that waits for room in a batch. Its connection is not read meanwhile, so there is one a connection at most. */
struct parked {
    struct parked *next;
    uint64_t conn;
    size_t n;
    char line[];
};

static void park(struct server *s, struct conn *c, const char *line, size_t n)
{
    struct parked *p = qf_xalloc(sizeof *p + n);
    p->conn = conn_number(c);
    p->n = n;
    memcpy(p->line, line, n);
    *s->parked_last = p;
    s->parked_last = &p->next;
    conn_pause(c, true);
}

void dispatch_moved(struct server *s)
{
    while (s->parked && (commit_room(s->commit) || !commit_wait_helps(s->commit))) {
        struct parked *p = s->parked;
        s->parked = p->next;
        if (!s->parked)
            s->parked_last = &s->parked;
        struct conn *c = conn_find(s->conns, p->conn);
        if (c) {
            conn_pause(c, false);
            conn_who(c)->in_flight--;
            dispatch_line(s, c, p->line, p->n);
        }
        free(p);
    }
}

void dispatch_free(struct server *s)
{
    for (struct parked *p = s->parked, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    s->parked = NULL;
    s->parked_last = &s->parked;
}

/* --- reads and feeds */

static void read_answer(struct server *s, const struct job *j, struct ctx *c, const void *in, void *out)
{
    struct waiter w = job_waiter(j);
    if (!answer_body(s, j->cmd, out, c->raw && c->raw->len ? c->raw : NULL))
        c->plain = true;
    enum qf_err err = c->plain ? QF_ENOENT : commit_hold(s->commit, &w, s->body.p, s->body.len);
    if (err == QF_ENOENT)
        answer_now(s, &w, s->body.p, s->body.len);
    if (err == QF_EFULL) {
        qf_refuse(&c->refusal, QF_R_BUSY, "", NULL);
        answer_refusal(s, &w, &c->refusal);
    }
    if (c->after)
        c->after(c, in);
}

static void run_read(struct server *s, struct job *j, struct qf_buf *raw)
{
    struct ctx c;
    struct waiter w = job_waiter(j);
    job_ctx(s, &c, j);
    c.arena = &s->arena;
    c.raw = raw;
    void *out = qf_arena_alloc(&s->arena, qf_cmds[j->cmd].rep->size);
    qf_assert(out);
    switch (s->handlers[j->cmd](&c, j->in, out)) {
    case HANDLED: read_answer(s, j, &c, j->in, out); break;
    case LATER: break;
    default: answer_refusal(s, &w, &c.refusal); break;
    }
}

static void dispatch_read(struct server *s, struct job *j)
{
    struct qf_buf raw;
    struct qf_refusal r = { 0 };
    struct waiter w = job_waiter(j);
    if (!s->loaded && qf_cmds[j->cmd].perm != QF_P_ANYONE) {
        qf_refuse(&r, QF_R_NOT_READY, "", NULL);
        answer_refusal(s, &w, &r);
        return;
    }
    qf_buf_init(&raw, QF_ANSWER_MAX);
    run_read(s, j, &raw);
    qf_buf_release(&raw);
}

static void dispatch_feed(struct server *s, struct job *j)
{
    struct ctx c;
    struct waiter w = job_waiter(j);
    job_ctx(s, &c, j);
    c.arena = &s->arena;
    void *out = qf_arena_alloc(&s->arena, qf_cmds[j->cmd].rep->size);
    qf_assert(out);
    enum handled h = s->handlers[j->cmd](&c, j->in, out);
    if (!j->id.n)
        return;
    if (h == HANDLED && answer_body(s, j->cmd, out, NULL))
        answer_now(s, &w, s->body.p, s->body.len);
    else
        answer_refusal(s, &w, &c.refusal);
}

/* --- writes */

static bool is_new_risk(enum qf_cmd_id cmd)
{
    return cmd == QF_CMD_order_place || cmd == QF_CMD_position_close;
}

/* No batch will take it, and waiting would not help. */
static void refuse_trouble(struct server *s, struct conn *c, struct job *j)
{
    struct qf_refusal r = { 0 };
    bool loading = commit_trouble(s->commit) == TROUBLE_LOADING || !s->loaded;
    if (s->stopping)
        qf_refuse(&r, QF_R_NOT_READY, "", "the daemon is ending");
    else
        qf_refuse(&r, loading ? QF_R_NOT_READY : QF_R_DB_SLOW, "", NULL);
    refuse_line(s, c, j, REFUSED_RATE, &r);
}

static void dispatch_write(struct server *s, struct conn *c, struct job *like)
{
    enum commit_trouble t = commit_trouble(s->commit);
    if (door_repeated(s, like))
        return;
    if (t != TROUBLE_NONE && stops_cancel(s, like))
        return;
    bool room = commit_room(s->commit) || commit_wait_helps(s->commit);
    if (!commit_batch(s->commit) || !room || s->stopping || (t == TROUBLE_SLOW && is_new_risk(like->cmd))) {
        refuse_trouble(s, c, like);
        return;
    }
    struct job *j = qf_arena_alloc(commit_arena(s->commit), sizeof *j);
    qf_assert(j);
    *j = *like;
    j->source = qf_arena_copy(commit_arena(s->commit), like->source, strlen(like->source));
    qf_assert(j->source);
    commit_take(s->commit, j);
}

/* auth.resume works without the database for who may stop. */
static bool resume_halt(struct server *s, struct conn *c, const struct job *j)
{
    struct qf_signed_in out = { 0 };
    struct qf_refusal r = { 0 };
    struct waiter w = job_waiter(j);
    if (j->cmd != QF_CMD_auth_resume || commit_batch(s->commit) || !s->loaded)
        return false;
    if (session_resume_halt(s, c, j->in, &out, &r)) {
        answer_body(s, j->cmd, &out, NULL);
        answer_now(s, &w, s->body.p, s->body.len);
    } else {
        answer_refusal(s, &w, &r);
    }
    return true;
}

/* --- a request */

static const struct qf_field *ref_field(const struct qf_rec *rec)
{
    return rec->count ? qf_rec_field(rec, "client_ref", 10) : NULL;
}

/* Decodes the parameters strictly into arena. */
static bool decode(const struct qf_frame *f, struct job *j, struct qf_arena *arena, struct qf_refusal *r)
{
    const struct qf_rec *rec = qf_cmds[j->cmd].req;
    struct qf_wire_error error;
    struct qf_json json;
    void *in = qf_arena_alloc(arena, rec->size);
    qf_assert(in);
    qf_json_begin(&json, f->params ? f->params : "{}", f->params ? f->params_n : 2);
    if (qf_wire_decode(&json, rec, QF_WIRE_STRICT, in, arena, &error) != QF_OK || qf_json_finish(&json) != QF_OK) {
        qf_refuse(r, QF_R_INVALID_PARAMS, "", "%s", error.message);
        qf_str_copy(r->field, sizeof r->field, error.field);
        return false;
    }
    j->in = in;
    const struct qf_field *ref = ref_field(rec);
    if (ref)
        j->ref = (const char *)in + ref->off;
    return true;
}

static void dispatch_command(struct server *s, struct conn *c, const struct qf_frame *f, struct job *j, const char *line, size_t n)
{
    struct qf_refusal r = { 0 };
    bool write = qf_cmds[j->cmd].cls == QF_CLASS_WRITE;
    if (write)
        commit_unclog(s->commit);
    if (write && !commit_room(s->commit) && commit_wait_helps(s->commit)) {
        park(s, c, line, n);
        return;
    }
    struct qf_arena *arena = write && commit_batch(s->commit) ? commit_arena(s->commit) : &s->arena;
    if (!decode(f, j, arena, &r)) {
        refuse_line(s, c, j, REFUSED_MALFORMED, &r);
        return;
    }
    switch (qf_cmds[j->cmd].cls) {
    case QF_CLASS_READ: dispatch_read(s, j); return;
    case QF_CLASS_FEED: dispatch_feed(s, j); return;
    case QF_CLASS_STOP:
        job_args(s, j, arena);
        session_row(s, c);
        j->session = conn_who(c)->session;
        stops_command(s, j);
        return;
    case QF_CLASS_WRITE: break;
    }
    if (resume_halt(s, c, j))
        return;
    job_args(s, j, arena);
    j->fn = s->handlers[j->cmd];
    dispatch_write(s, c, j);
}

/* The checks that need no parameters. */
static bool may_go_on(struct server *s, struct conn *c, const struct qf_frame *f, struct job *j)
{
    struct qf_refusal r = { 0 };
    struct who *w = conn_who(c);
    if (!f->id.n && qf_cmds[j->cmd].cls != QF_CLASS_FEED) {
        qf_refuse(&r, QF_R_INVALID_REQUEST, "id", "a request needs an id");
        refuse_line(s, c, j, REFUSED_MALFORMED, &r);
        return false;
    }
    if (w->in_flight > QF_MAX_IN_FLIGHT) {
        qf_refuse(&r, QF_R_BUSY, "", "this connection has too many requests unanswered");
        refuse_line(s, c, j, REFUSED_RATE, &r);
        return false;
    }
    if (!session_may(w, j->cmd, &r)) {
        refuse_line(s, c, j, REFUSED_FORBIDDEN, &r);
        return false;
    }
    return true;
}

void dispatch_line(void *arg, struct conn *c, const char *line, size_t n)
{
    struct server *s = arg;
    struct qf_frame f;
    struct qf_refusal r = { 0 };
    struct job j;
    qf_time wall = qf_now_wall();
    qf_arena_reset(&s->arena);
    bool good = qf_frame_read(line, n, &f, &r) == QF_OK;
    int cmd = good ? qf_cmd_find(f.method, strlen(f.method)) : -1;
    if (good && cmd < 0)
        qf_refuse(&r, QF_R_UNKNOWN_METHOD, "method", NULL);
    session_use(s, c, cmd, wall);
    job_begin(s, &j, c, cmd < 0 ? QF_CMD_hello : (enum qf_cmd_id)cmd, &f.id, wall);
    s->requests_total++;
    if (f.id.n)
        conn_who(c)->in_flight++;
    if (cmd < 0) {
        j.method = "?";
        refuse_line(s, c, &j, REFUSED_MALFORMED, &r);
        return;
    }
    if (may_go_on(s, c, &f, &j))
        dispatch_command(s, c, &f, &j, line, n);
}
