#include "daemon/server/later.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/store/reader.h"

struct later {
    struct server *s;
    struct job *job;
    void *in;
    void (*release)(void *in);
};

struct later *later_take(struct ctx *c)
{
    struct later *l = qf_xalloc(sizeof *l);
    l->s = c->s;
    l->job = job_own(c->job, NULL, 0);
    l->job->later = l;
    return l;
}

void later_free(struct later *l)
{
    if (l->release)
        l->release(l->in);
    free(l->job);
    free(l);
}

void later_done(struct later *l, void *out)
{
    struct waiter w = job_waiter(l->job);
    answer_body(l->s, l->job->cmd, out, NULL);
    answer_now(l->s, &w, l->s->body.p, l->s->body.len);
    later_free(l);
}

void later_refuse(struct later *l, const struct qf_refusal *r)
{
    struct waiter w = job_waiter(l->job);
    answer_refusal(l->s, &w, r);
    later_free(l);
}

void later_write(struct later *l, handler_fn fn, void *in, void (*release)(void *in))
{
    struct server *s = l->s;
    struct qf_refusal r = { 0 };
    l->in = in;
    l->release = release;
    l->job->fn = fn;
    l->job->in = in;
    l->job->wall = qf_now_wall();
    if (!commit_batch(s->commit))
        qf_refuse(&r, commit_trouble(s->commit) == TROUBLE_LOADING ? QF_R_NOT_READY : QF_R_DB_SLOW, "", NULL);
    else if (commit_backlog(s->commit, l->job) == QF_OK)
        return;
    else
        qf_refuse(&r, QF_R_BUSY, "", NULL);
    later_refuse(l, &r);
}

/* --- answers of yesterday */

static void on_stored(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct later *l = arg;
    const struct qf_request *row = rows;
    struct waiter w = job_waiter(l->job);
    struct qf_refusal r = { 0 };
    char hash[DIGEST_HEX];
    digest_hex(l->job->hash, DIGEST_BYTES, hash);
    if (err == QF_OK && n > 0 && qf_str_eq(row->args_hash, hash)) {
        answer_now(l->s, &w, row->answer.p, row->answer.n);
        later_free(l);
        return;
    }
    if (err != QF_OK)
        qf_refuse(&r, QF_R_DB_SLOW, "", NULL);
    else if (n > 0)
        qf_refuse(&r, QF_R_REF_REUSED, "client_ref", NULL);
    else /* older than what is kept: sent again it is new */
        qf_refuse(&r, QF_R_NOT_DONE, "client_ref", NULL);
    if (err == QF_OK && n == 0)
        requests_forget(l->s->requests, l->job->user, l->job->ref);
    later_refuse(l, &r);
}

bool later_stored(struct server *s, const struct job *j)
{
    struct qf_refusal r = { 0 };
    struct later *l = qf_xalloc(sizeof *l);
    l->s = s;
    l->job = job_own(j, NULL, 0);
    l->job->later = l;
    if (reader_names(s->reader, "request_by_ref", &qf_rec_request, j->user, j->ref, on_stored, l) == QF_OK)
        return true;
    qf_refuse(&r, QF_R_DB_SLOW, "", NULL);
    later_refuse(l, &r);
    return true;
}
