/* Who takes the pieces of a job, and who may end it. */
#include <string.h>

#include "common/base64.h"
#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/jobs_inside.h"

/* --- may it */

static enum handled refuse(struct ctx *c, enum qf_reason reason, const char *field, const char *message)
{
    qf_refuse(&c->refusal, reason, field, message ? "%s" : NULL, message);
    return REFUSED;
}

/* One's own, or anybody's for who sees to people. */
static bool is_his(const struct ctx *c, const struct jobs_run *r)
{
    return qf_str_eq(r->row.by, c->actor.user) || qf_may(c->signed_in, c->actor.role, qf_cmds[QF_CMD_user_add].perm);
}

/* --- pieces */

/* A piece that would end inside of a character, or is no text at all, goes as base64. */
static bool encode(struct qf_arena *arena, const struct piece *piece, struct qf_job_piece *out)
{
    out->size = (int64_t)piece->n;
    out->end = piece->end;
    out->base64 = !qf_utf8_valid(piece->p, piece->n) || memchr(piece->p, 0, piece->n) != NULL;
    out->data = (struct qf_str){ piece->p, (uint32_t)piece->n };
    if (!out->base64)
        return true;
    char *text = qf_arena_alloc(arena, QF_BASE64_TEXT(piece->n) + 1);
    if (!text)
        return false;
    out->data = (struct qf_str){ text, (uint32_t)qf_base64_put(piece->p, piece->n, text) };
    return true;
}

/* Why nothing can be had from it at this offset. */
static void wrong(struct jobs_run *r, struct qf_refusal *ret)
{
    const bool ended = r->row.state == QF_JOB_FAILED || r->row.state == QF_JOB_CANCELLED;
    if (ended)
        qf_refuse(ret, QF_R_BAD_STATE, "id", "the %s %s%s%s", r->row.kind, r->row.state == QF_JOB_FAILED ? "failed" : "was cancelled",
                  QF_HAS(&r->row, job, reason) ? ": " : "", r->row.reason);
    else if (!r->pieces)
        qf_refuse(ret, QF_R_NOT_FOUND, "offset", "its bytes are not kept any more");
    else
        qf_refuse(ret, QF_R_INVALID_PARAMS, "offset", "the next piece begins at %lld", (long long)pieces_next(r->pieces));
}

static enum pieces_got ask(struct jobs_run *r, int64_t offset, struct piece *ret)
{
    const bool there = r->pieces && r->row.state != QF_JOB_FAILED && r->row.state != QF_JOB_CANCELLED;
    return there ? pieces_ask(r->pieces, offset, ret) : PIECES_WRONG;
}

static void answer_piece(struct jobs_run *r, const struct jobs_ask *a, const struct piece *piece)
{
    struct qf_job_piece out = { .id = r->row.id, .offset = a->offset };
    struct qf_refusal refusal = { 0 };
    struct qf_arena arena;
    qf_arena_init(&arena, QF_ARENA_REQUEST);
    if (encode(&arena, piece, &out)) {
        later_done(a->later, &out);
    } else {
        qf_refuse(&refusal, QF_R_TOO_LARGE, "", NULL);
        later_refuse(a->later, &refusal);
    }
    qf_arena_release(&arena);
}

/* Who waits may have gone, or may not see it any more: then he is no reader. */
static bool still_may(const struct jobs_run *r, const struct jobs_ask *a)
{
    struct conn *c = conn_find(r->s->conns, a->conn);
    return c && qf_may(conn_who(c)->signed_in, conn_who(c)->role, qf_cmds[r->work.like].perm);
}

/* One that can be answered now; false when none can. */
static bool serve_one(struct jobs_run *r)
{
    for (int i = 0; i < r->asks; i++) {
        const struct jobs_ask a = r->ask[i];
        struct piece piece;
        struct qf_refusal refusal = { 0 };
        const bool may = still_may(r, &a);
        enum pieces_got got = may ? ask(r, a.offset, &piece) : PIECES_WRONG;
        if (got == PIECES_LATER)
            continue;
        r->ask[i] = r->ask[--r->asks];
        r->asked_ns = may ? qf_now_mono() : r->asked_ns;
        if (got == PIECES_READY) {
            answer_piece(r, &a, &piece);
        } else {
            wrong(r, &refusal);
            if (!may)
                qf_refuse(&refusal, QF_R_FORBIDDEN, "", NULL);
            later_refuse(a.later, &refusal);
        }
        return true;
    }
    return false;
}

void jobs_serve(struct jobs_run *r)
{
    while (serve_one(r))
        ;
}

static enum handled wait_for(struct ctx *c, struct jobs_run *r, int64_t offset)
{
    if (r->asks == JOBS_ASKS)
        return refuse(c, QF_R_BUSY, "", "enough people wait for its pieces");
    r->ask[r->asks++] = (struct jobs_ask){ later_take(c), c->conn, offset };
    return LATER;
}

enum handled jobs_read(struct ctx *c, const struct qf_job_read *in, struct qf_job_piece *out)
{
    struct jobs_run *r = jobs_find(c->s->jobs, in->id);
    struct piece piece;
    c->plain = true;
    if (!r)
        return refuse(c, QF_R_NOT_FOUND, "id", NULL);
    if (!is_his(c, r))
        return refuse(c, QF_R_FORBIDDEN, "id", "it is somebody else's");
    if (!qf_may(c->signed_in, c->actor.role, qf_cmds[r->work.like].perm))
        return refuse(c, QF_R_FORBIDDEN, "", NULL);
    enum pieces_got got = ask(r, in->offset, &piece);
    if (got == PIECES_WRONG) {
        wrong(r, &c->refusal);
        return REFUSED;
    }
    r->conn = c->conn;
    r->asked_ns = qf_now_mono();
    if (got == PIECES_LATER)
        return wait_for(c, r, in->offset);
    *out = (struct qf_job_piece){ .id = r->row.id, .offset = in->offset };
    bool fits = encode(c->arena, &piece, out);
    jobs_serve(r); /* one that was asked ahead of this one */
    return fits ? HANDLED : refuse(c, QF_R_TOO_LARGE, "", NULL);
}

/* --- ending one */

struct cancel {
    struct jobs *jobs;
    int64_t id;
    char by[33];
};

static void on_cancel(void *arg, bool ok)
{
    const struct cancel *x = arg;
    struct jobs_run *r = ok ? jobs_find(x->jobs, x->id) : NULL;
    char why[64];
    qf_str_fmt(why, sizeof why, "cancelled by %s", x->by);
    if (r)
        jobs_end(r, why);
}

enum handled jobs_cancel(struct ctx *c, int64_t id, struct qf_job *out)
{
    struct jobs_run *r = jobs_find(c->s->jobs, id);
    if (!r)
        return refuse(c, QF_R_NOT_FOUND, "id", NULL);
    if (!is_his(c, r))
        return refuse(c, QF_R_FORBIDDEN, "id", "it is somebody else's");
    if (r->row.state != QF_JOB_RUNNING)
        return refuse(c, QF_R_ALREADY, "id", "it has ended");
    struct cancel *x = qf_arena_alloc(c->arena, sizeof *x);
    if (!x)
        return refuse(c, QF_R_TOO_LARGE, "", NULL);
    *x = (struct cancel){ .jobs = c->s->jobs, .id = id };
    qf_str_copy(x->by, sizeof x->by, c->actor.user);
    commit_tell_me(c->s->commit, on_cancel, x);
    *out = r->row;
    out->state = QF_JOB_CANCELLED;
    return HANDLED;
}
