/* JSON-RPC 2.0 frames, one line each: reading a request's envelope, writing answers and notifications, and for clients the
 * other way round. The envelope is strict: jsonrpc, method, params, id, each once, nothing else. */
#ifndef QF_FRAME_H
#define QF_FRAME_H

#include "common/proto/wire.h"

#define QF_FRAME_MAX (2 * 1024 * 1024)   /* a request line: a track record of 20,000 days */
#define QF_FRAME_STRANGER (256 * 1024)   /* of somebody who has not signed in: a thousand of them must not fill the memory */
#define QF_ANSWER_MAX (4 * 1024 * 1024)  /* an answer or push line */

/* An id: an integer or a string of at most 64 bytes, kept as its JSON text so that it goes back byte for byte. */
struct qf_frame_id {
    char text[80]; /* "" = there was none */
    uint8_t n;
};

struct qf_frame {
    struct qf_frame_id id;
    char method[48];
    const char *params; /* bytes in the line, an object; NULL = none */
    size_t params_n;
};

/* Reads one line (without its '\n'). A line longer than QF_FRAME_MAX is the caller's matter (TOO_LARGE). On error *ret says what
 * is wrong (QF_R_PARSE, QF_R_INVALID_REQUEST) and ret_frame->id is filled when it could be read. A frame without id is read; who
 * may send one is the caller's question. */
enum qf_err qf_frame_read(const char *line, size_t n, struct qf_frame *ret_frame, struct qf_refusal *ret) QF_MUST_CHECK;

/* {"jsonrpc":"2.0","id":ID, and then what body holds, from "result": or "error": on, without the last brace } and \n. */
void qf_frame_answer(struct qf_buf *out, const struct qf_frame_id *id, const char *body, size_t n);
/* body = "result":{...} */
void qf_frame_result(struct qf_buf *body, const struct qf_rec *rec, const void *o);
/* body = "error":{...} */
void qf_frame_error(struct qf_buf *body, const struct qf_refusal *r);
/* {"jsonrpc":"2.0","id":N,"method":"...","params":{...}}\n from a record; rec NULL = no params. */
void qf_frame_request(struct qf_buf *out, int64_t id, const char *method, const struct qf_rec *rec, const void *o);

/* --- pushes: {"jsonrpc":"2.0","method":"topic.update","params":{"topic":T,"from":A,"seq":B,"rows":[...],"deleted":[...]}}\n */
void qf_frame_push_begin(struct qf_buf *out, const char *topic, uint64_t from, uint64_t seq);
void qf_frame_push_row(struct qf_buf *out, const struct qf_rec *rec, const void *o, bool first);
void qf_frame_push_end(struct qf_buf *out); /* with an empty "deleted" */

/* --- the client's side */
enum qf_line_kind { QF_LINE_RESULT, QF_LINE_ERROR, QF_LINE_PUSH, QF_LINE_DROP };
struct qf_line {
    enum qf_line_kind kind;
    int64_t id;             /* of the request answered; 0 when none */
    const char *body;       /* the result, or the rows array of a push, as bytes of the line */
    size_t body_n;
    struct qf_refusal refusal; /* QF_LINE_ERROR; reason QF_R_INTERNAL for words this client does not know */
    char reason[32];        /* the word as it came */
    int code;
    const char *deleted;    /* the deleted array of a push as bytes of the line; NULL when it is empty or missing */
    size_t deleted_n;
    char topic[24];         /* QF_LINE_PUSH, QF_LINE_DROP (method topic.dropped) */
    uint64_t from, seq;
};
/* Reads one line of a daemon (without its '\n'); members it does not know are skipped. QF_ESYNTAX: not JSON or not one of the four;
 * QF_EVERSION: a notification this client does not know, which it had better ignore. */
enum qf_err qf_line_read(const char *line, size_t n, struct qf_line *ret) QF_MUST_CHECK;

#endif
