/* Answers on their way out. */
#include "daemon/server/inside.h"

void answer_now(struct server *s, const struct waiter *w, const char *body, size_t n)
{
    struct conn *c = w->conn ? conn_find(s->conns, w->conn) : NULL;
    s->answers_total++;
    if (!c)
        return;
    if (w->id.n && conn_who(c)->in_flight > 0)
        conn_who(c)->in_flight--;
    qf_buf_clear(&s->frame);
    qf_frame_answer(&s->frame, &w->id, body, n);
    conn_send(c, s->frame.p, s->frame.len);
    sampler_record(s->sampler, w->cmd, (qf_now_mono() - w->began) / 1000, qf_now_wall());
}

void answer_refusal(struct server *s, const struct waiter *w, const struct qf_refusal *r)
{
    qf_buf_clear(&s->body);
    qf_frame_error(&s->body, r);
    answer_now(s, w, s->body.p, s->body.len);
}

static bool too_large(struct server *s)
{
    struct qf_refusal r = { 0 };
    qf_refuse(&r, QF_R_TOO_LARGE, "", NULL);
    qf_buf_clear(&s->body);
    qf_frame_error(&s->body, &r);
    return false;
}

bool answer_body(struct server *s, enum qf_cmd_id cmd, void *out, const struct qf_buf *raw)
{
    qf_buf_clear(&s->body);
    if (raw) {
        qf_buf_str(&s->body, "\"result\":");
        qf_buf_add(&s->body, raw->p, raw->len);
    } else {
        qf_rec_fill(qf_cmds[cmd].rep, out);
        qf_frame_result(&s->body, qf_cmds[cmd].rep, out);
    }
    return s->body.failed || (raw && raw->failed) ? too_large(s) : true;
}

void answer_waiter(void *arg, const struct waiter *w)
{
    answer_now(arg, w, w->body, w->n);
}

void answer_refused(void *arg, const struct waiter *w, enum qf_reason reason)
{
    struct qf_refusal r = { 0 };
    qf_refuse(&r, reason, "", NULL);
    answer_refusal(arg, w, &r);
}
