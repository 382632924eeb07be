/* A line from a peer. The frame reader and the validator have to agree on what is JSON; a frame that was read is written as a client
 * writes it and read again, and has to be the same; the client's reader takes the same bytes as a daemon's answer. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

/* The frame in the form and order a client gives it. */
static void write_frame(struct qf_buf *b, const struct qf_frame *f)
{
    qf_buf_str(b, "{\"jsonrpc\":\"2.0\"");
    if (f->id.n > 0) {
        qf_buf_str(b, ",\"id\":");
        qf_buf_add(b, f->id.text, f->id.n);
    }
    qf_buf_str(b, ",\"method\":");
    qf_json_put_string(b, f->method, strlen(f->method));
    if (f->params != NULL) {
        qf_buf_str(b, ",\"params\":");
        qf_buf_add(b, f->params, f->params_n);
    }
    qf_buf_char(b, '}');
}

static void check_round_trip(const struct qf_frame *f)
{
    struct qf_frame again;
    struct qf_refusal refusal;
    struct qf_buf b;
    qf_buf_init(&b, 2 * QF_FRAME_MAX);
    write_frame(&b, f);
    qf_assert(!b.failed);
    qf_assert(qf_frame_read(b.p, b.len, &again, &refusal) == QF_OK);
    qf_assert(strcmp(again.id.text, f->id.text) == 0 && again.id.n == f->id.n && strcmp(again.method, f->method) == 0);
    qf_assert((again.params == NULL) == (f->params == NULL) && again.params_n == f->params_n);
    qf_assert(f->params_n == 0 || memcmp(again.params, f->params, f->params_n) == 0);
    qf_buf_release(&b);
}

/* A refusal is answered: it has to be one line of JSON, whatever the peer wrote. */
static void check_answer(const struct qf_frame *f, const struct qf_refusal *r)
{
    struct qf_buf body, line;
    struct qf_line read;
    qf_buf_init(&body, 4096);
    qf_buf_init(&line, 8192);
    qf_frame_error(&body, r);
    qf_frame_answer(&line, &f->id, body.p, body.len);
    qf_assert(!body.failed && !line.failed && line.len > 1 && memchr(line.p, '\n', line.len) == line.p + line.len - 1);
    qf_assert(qf_json_validate(line.p, line.len, NULL) == QF_OK);
    qf_assert(qf_line_read(line.p, line.len - 1, &read) == QF_OK && read.kind == QF_LINE_ERROR);
    qf_assert(read.refusal.reason == r->reason && strcmp(read.refusal.message, qf_refusal_text(r)) == 0);
    qf_buf_release(&body);
    qf_buf_release(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    const char *text = (const char *)p;
    struct qf_frame frame;
    struct qf_refusal refusal;
    struct qf_line line;
    size_t at = 0;
    if (n > QF_FRAME_MAX)
        return 0;
    enum qf_err valid = qf_json_validate(text, n, &at);
    qf_assert(valid == QF_OK || at <= n);
    enum qf_err read = qf_frame_read(text, n, &frame, &refusal);
    if (read == QF_OK) {
        qf_assert(valid == QF_OK);
        qf_assert(frame.params == NULL || qf_json_validate(frame.params, frame.params_n, NULL) == QF_OK);
        check_round_trip(&frame);
    } else {
        qf_assert((refusal.reason == QF_R_PARSE) == (valid != QF_OK));
        check_answer(&frame, &refusal);
    }
    if (qf_line_read(text, n, &line) == QF_OK)
        qf_assert(valid == QF_OK && (line.body == NULL || qf_json_validate(line.body, line.body_n, NULL) == QF_OK));
    return 0;
}
