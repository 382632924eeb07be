/* Bytes to lines. The usual case - whole lines in one read - is delivered straight from the table's scratch, without a
 * copy. */
#include "daemon/server/conn_impl.h"

#include <string.h>

/* A line, one read behind it, and what TLS still held at its end. */
#define IN_MAX (QF_FRAME_MAX + 2 * CONN_SCRATCH + 1)
#define IN_KEEP 4096 /* an idle connection keeps no larger buffer */

static size_t line_max(const struct conn *c)
{
    return c->who.signed_in ? QF_FRAME_MAX : QF_FRAME_STRANGER;
}

/* One error for the whole line, without an id: nobody looked for one. */
static void answer_too_long(struct conn *c)
{
    struct qf_refusal r;
    struct qf_frame_id none = { .n = 0 };
    struct qf_buf body, out;
    qf_buf_init(&body, 4096);
    qf_buf_init(&out, 4096);
    qf_refuse(&r, QF_R_TOO_LARGE, "", "a request may have at most %zu bytes", line_max(c));
    qf_frame_error(&body, &r);
    qf_frame_answer(&out, &none, body.p, body.len);
    conn_send(c, out.p, out.len);
    qf_buf_release(&body);
    qf_buf_release(&out);
}

static void too_long(struct conn *c)
{
    c->t->stats.long_lines++;
    answer_too_long(c);
    if (++c->long_lines >= 2 && !c->who.signed_in)
        conn_close(c);
}

static void deliver_line(struct conn *c, const char *line, size_t n)
{
    if (n > line_max(c)) {
        too_long(c);
        return;
    }
    c->heard = qf_now_mono();
    c->t->stats.lines++;
    c->t->cb.line(c->t->cb.arg, c, line, n);
}

/* Begin of a line without an end. Returns how much of it is used up. */
static size_t partial(struct conn *c, size_t n)
{
    if (!c->skipping && n <= line_max(c)) {
        c->scanned = n;
        return 0;
    }
    if (!c->skipping)
        too_long(c);
    c->skipping = true;
    return n;
}

/* Delivers the whole lines of p, at most CONN_ROUND of them. Returns how many bytes are used up; c->pending tells
 * whether there may be whole lines in the rest. */
static size_t deliver(struct conn *c, const char *p, size_t n)
{
    size_t at = 0, skip = c->scanned;
    c->scanned = 0;
    c->pending = false;
    for (int lines = 0; at < n; lines++) {
        if (lines == CONN_ROUND || !conn_reads(c)) {
            c->pending = true;
            break;
        }
        const char *end = memchr(p + at + skip, '\n', n - at - skip);
        skip = 0;
        if (!end)
            return at + partial(c, n - at);
        size_t len = (size_t)(end - (p + at));
        if (c->skipping)
            c->skipping = false;
        else
            deliver_line(c, p + at, len);
        at += len + 1;
    }
    return at;
}

/* Between cork and uncork all answers to this connection gather, and leave in one write. */
static size_t deliver_corked(struct conn *c, const char *p, size_t n)
{
    qf_assert(!c->t->corked);
    c->t->corked = c;
    size_t used = deliver(c, p, n);
    c->t->corked = NULL;
    conn_uncork(c);
    return used;
}

static void after(struct conn *c)
{
    if (c->in.len == 0 && c->in.cap > IN_KEEP)
        qf_buf_release(&c->in);
    if (c->pending && conn_reads(c))
        conn_want_more(c);
    if (c->eof && !c->pending && c->who.in_flight == 0)
        conn_close(c);
    conn_io_update(c);
}

static void keep(struct conn *c, const char *p, size_t n)
{
    qf_buf_add(&c->in, p, n);
    if (c->in.failed)
        conn_kill(c);
}

void conn_bytes(struct conn *c, const char *p, size_t n)
{
    c->t->stats.bytes_in += n;
    if (c->in.max == 0)
        qf_buf_init(&c->in, IN_MAX);
    if (c->in.len == 0) {
        size_t used = deliver_corked(c, p, n);
        if (used < n)
            keep(c, p + used, n - used);
        after(c);
        return;
    }
    keep(c, p, n);
    if (!c->dead)
        conn_more(c);
}

void conn_more(struct conn *c)
{
    if (c->in.len > 0 && conn_reads(c)) {
        size_t used = deliver_corked(c, c->in.p, c->in.len);
        qf_buf_drop(&c->in, used);
    }
    after(c);
}

void conn_want_more(struct conn *c)
{
    if (c->in_more)
        return;
    c->in_more = true;
    c->next_more = c->t->more;
    c->t->more = c;
    conn_soon(c->t);
}

/* Answers that are still owed are waited for: a script may send its commands and close its side at once. */
void conn_eof(struct conn *c)
{
    c->eof = true;
    after(c);
}
