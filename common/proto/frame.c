/* The envelope of a request, and the lines a daemon and a client write. */
#include "common/proto/frame.h"

#include <string.h>

#include "common/str.h"

#define ID_TEXT_MAX 64 /* bytes of an id that is a string */

/* --- reading a request. A fault of the envelope is noted and the line read on: the id that the answer has to bear may come last.
 * Only bytes that are no JSON end it at once. */

struct envelope {
    struct qf_frame *frame;
    struct qf_refusal *refusal;
    bool faulty;
    unsigned seen; /* a bit a member */
};

static void fault(struct envelope *e, const char *field, const char *message)
{
    if (!e->faulty)
        qf_refuse(e->refusal, QF_R_INVALID_REQUEST, field, "%s", message);
    e->faulty = true;
}

static void read_version(struct envelope *e, const char *p, size_t n)
{
    if (n != 5 || memcmp(p, "\"2.0\"", 5) != 0)
        fault(e, "jsonrpc", "jsonrpc must be \"2.0\"");
}

static void read_method(struct envelope *e, const char *p, size_t n)
{
    struct qf_json j;
    qf_json_begin(&j, p, n);
    if (qf_json_string(&j, true, e->frame->method, sizeof e->frame->method, &n) != QF_OK) {
        e->frame->method[0] = '\0';
        fault(e, "method", "method must be a name in quotes, such as \"order.place\"");
    }
}

static void read_params(struct envelope *e, const char *p, size_t n)
{
    if (*p == '{') {
        e->frame->params = p;
        e->frame->params_n = n;
    } else {
        fault(e, "params", "params must be an object, or left out");
    }
}

/* An id that cannot be taken is not kept: the answer then bears none. */
static void read_id(struct envelope *e, const char *p, size_t n)
{
    struct qf_json j;
    char text[ID_TEXT_MAX + 1];
    int64_t number;
    size_t text_n;
    qf_json_begin(&j, p, n);
    enum qf_err err = *p == '"' ? qf_json_string(&j, true, text, sizeof text, &text_n) : qf_json_i64(&j, &number);
    if (err != QF_OK || n >= sizeof e->frame->id.text) {
        fault(e, "id", "id must be an integer or a string of at most 64 bytes");
        return;
    }
    memcpy(e->frame->id.text, p, n);
    e->frame->id.text[n] = '\0';
    e->frame->id.n = (uint8_t)n;
}

static const struct {
    const char *name, *key, *twice;
    uint8_t key_n;
    void (*read)(struct envelope *, const char *, size_t);
} members[] = { /* in the order in which they are usually written */
    { "jsonrpc", "\"jsonrpc\":", "jsonrpc is given twice", 10, read_version },
    { "id", "\"id\":", "id is given twice", 5, read_id },
    { "method", "\"method\":", "method is given twice", 9, read_method },
    { "params", "\"params\":", "params is given twice", 9, read_params },
};
enum { NONE = QF_LEN(members) };

/* Index of the next member, NONE for one that is unknown. *ret_more as in qf_json_next_key. */
static enum qf_err next_member(struct qf_json *j, bool first, size_t *ret_which, bool *ret_more)
{
    char key[16];
    size_t n, i;
    for (i = 0; i < NONE; i++) {
        if (qf_json_take_key(j, first, members[i].key, members[i].key_n)) {
            *ret_which = i;
            *ret_more = true;
            return QF_OK;
        }
    }
    enum qf_err err = qf_json_next_key(j, first, key, sizeof key, &n, ret_more);
    if (err == QF_OK && *ret_more)
        for (i = 0; i < NONE && !qf_str_eqn(members[i].name, key, n); i++) {
        }
    *ret_which = i;
    return err == QF_ERANGE ? QF_OK : err;
}

static void take_member(struct envelope *e, size_t which, const char *p, size_t n)
{
    if (which == NONE) {
        fault(e, "", "a request has jsonrpc, method, params and id, and nothing else");
    } else if (e->seen & (1U << which)) {
        fault(e, members[which].name, members[which].twice);
    } else {
        e->seen |= 1U << which;
        members[which].read(e, p, n);
    }
}

static enum qf_err read_members(struct qf_json *j, struct envelope *e)
{
    const char *p;
    size_t n, which = NONE;
    bool more = true;
    enum qf_err err = qf_json_open(j, '{');
    for (bool first = true; err == QF_OK; first = false) {
        err = next_member(j, first, &which, &more);
        if (err == QF_OK && !more)
            return qf_json_finish(j);
        if (err == QF_OK)
            err = qf_json_skip(j, &p, &n);
        if (err == QF_OK)
            take_member(e, which, p, n);
    }
    return err;
}

static enum qf_err refuse_bytes(const struct qf_json *j, struct qf_refusal *ret)
{
    qf_refuse(ret, QF_R_PARSE, NULL, "the line is not valid JSON: %s, at byte %zu", j->why, (size_t)(j->p - j->start));
    return QF_ESYNTAX;
}

/* The line holds no object: either it is no JSON, or JSON of another kind. */
static enum qf_err refuse_kind(struct qf_json *j, bool is_list, struct qf_refusal *ret)
{
    const char *p;
    size_t n;
    if (qf_json_skip(j, &p, &n) != QF_OK || qf_json_finish(j) != QF_OK)
        return refuse_bytes(j, ret);
    qf_refuse(ret, QF_R_INVALID_REQUEST, NULL, "%s",
              is_list ? "several requests in one list are not taken; send a line for each" : "a request is an object");
    return QF_ESYNTAX;
}

enum qf_err qf_frame_read(const char *line, size_t n, struct qf_frame *ret_frame, struct qf_refusal *ret)
{
    struct qf_json j;
    struct envelope e = { .frame = ret_frame, .refusal = ret };
    ret_frame->id = (struct qf_frame_id){ .n = 0 };
    ret_frame->method[0] = '\0';
    ret_frame->params = NULL;
    ret_frame->params_n = 0;
    qf_json_begin(&j, line, n);
    enum qf_json_kind kind = qf_json_peek(&j);
    if (kind != QF_J_OBJECT)
        return refuse_kind(&j, kind == QF_J_ARRAY, ret);
    if (read_members(&j, &e) != QF_OK)
        return refuse_bytes(&j, ret);
    if ((e.seen & 1U) == 0)
        fault(&e, "jsonrpc", "jsonrpc is missing; it must be \"2.0\"");
    if ((e.seen & 4U) == 0)
        fault(&e, "method", "method is missing");
    return e.faulty ? QF_ESYNTAX : QF_OK;
}

/* --- writing */

void qf_frame_answer(struct qf_buf *out, const struct qf_frame_id *id, const char *body, size_t n)
{
    static const char head[] = "{\"jsonrpc\":\"2.0\",\"id\":";
    qf_buf_add(out, head, sizeof head - 1);
    qf_buf_add(out, id->n > 0 ? id->text : "null", id->n > 0 ? id->n : 4);
    qf_buf_char(out, ',');
    qf_buf_add(out, body, n);
    qf_buf_add(out, "}\n", 2);
}

void qf_frame_result(struct qf_buf *body, const struct qf_rec *rec, const void *o)
{
    qf_buf_str(body, "\"result\":");
    qf_wire_encode(body, rec, o, false);
}

void qf_frame_error(struct qf_buf *body, const struct qf_refusal *r)
{
    qf_buf_str(body, "\"error\":");
    qf_wire_refusal(body, r);
}

void qf_frame_request(struct qf_buf *out, int64_t id, const char *method, const struct qf_rec *rec, const void *o)
{
    qf_buf_str(out, "{\"jsonrpc\":\"2.0\",\"id\":");
    qf_json_put_i64(out, id);
    qf_buf_str(out, ",\"method\":");
    qf_json_put_string(out, method, strlen(method));
    if (rec != NULL) {
        qf_buf_str(out, ",\"params\":");
        qf_wire_encode(out, rec, o, false);
    }
    qf_buf_str(out, "}\n");
}

void qf_frame_push_begin(struct qf_buf *out, const char *topic, uint64_t from, uint64_t seq)
{
    qf_assert(from <= INT64_MAX && seq <= INT64_MAX);
    qf_buf_str(out, "{\"jsonrpc\":\"2.0\",\"method\":\"topic.update\",\"params\":{\"topic\":");
    qf_json_put_string(out, topic, strlen(topic));
    qf_buf_str(out, ",\"from\":");
    qf_json_put_i64(out, (int64_t)from);
    qf_buf_str(out, ",\"seq\":");
    qf_json_put_i64(out, (int64_t)seq);
    qf_buf_str(out, ",\"rows\":[");
}

void qf_frame_push_row(struct qf_buf *out, const struct qf_rec *rec, const void *o, bool first)
{
    if (!first)
        qf_buf_char(out, ',');
    qf_wire_encode(out, rec, o, false);
}

void qf_frame_push_end(struct qf_buf *out)
{
    qf_buf_str(out, "],\"deleted\":[]}}\n");
}
