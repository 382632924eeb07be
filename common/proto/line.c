/* What a daemon says, as a client reads it: answers and notifications. Lenient: members that are not known are skipped. */
#include "common/proto/frame.h"

#include <string.h>

#include "common/str.h"

#define KEY_MAX 32

/* A member that is known: its reader takes the value. */
struct member {
    const char *name;
    enum qf_err (*read)(struct qf_json *, void *);
};

static enum qf_err skip(struct qf_json *j)
{
    const char *p;
    size_t n;
    return qf_json_skip(j, &p, &n);
}

static enum qf_err read_member(struct qf_json *j, const struct member *table, const char *key, size_t n, void *o)
{
    for (; table->name != NULL; table++)
        if (qf_str_eqn(table->name, key, n))
            return table->read(j, o);
    return skip(j);
}

/* Walks an object by a table that ends with an empty row. */
static enum qf_err read_object(struct qf_json *j, const struct member *table, void *o)
{
    char key[KEY_MAX];
    size_t n = 0;
    bool more = true;
    enum qf_err err = qf_json_open(j, '{');
    for (bool first = true; err == QF_OK; first = false) {
        err = qf_json_next_key(j, first, key, sizeof key, &n, &more);
        if (err == QF_OK && !more)
            return QF_OK;
        if (err == QF_OK)
            err = read_member(j, table, key, n, o);
        else if (err == QF_ERANGE) /* a key longer than any that is known */
            err = skip(j);
    }
    return err;
}

/* A text that has to fit; what is no text, or longer, is passed over and leaves out as it was. */
static enum qf_err read_text(struct qf_json *j, char *out, size_t cap)
{
    char text[sizeof((struct qf_refusal *)0)->message];
    size_t n;
    qf_assert(cap <= sizeof text);
    if (qf_json_peek(j) != QF_J_STRING)
        return skip(j);
    struct qf_json before = *j;
    if (qf_json_string(j, false, text, sizeof text, &n) != QF_OK) {
        *j = before;
        return skip(j);
    }
    qf_str_copyn(out, cap, text, n);
    return QF_OK;
}

static enum qf_err read_amount(struct qf_json *j, bool *ret_there, qf_money *ret)
{
    char text[QF_DEC_TEXT] = "";
    enum qf_err err = read_text(j, text, sizeof text);
    if (err == QF_OK)
        *ret_there = qf_money_parse(text, strlen(text), ret) == QF_OK;
    return err;
}

/* --- error */

static enum qf_err data_reason(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    return read_text(j, l->reason, sizeof l->reason);
}

static enum qf_err data_field(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    return read_text(j, l->refusal.field, sizeof l->refusal.field);
}

static enum qf_err data_scope(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    return read_text(j, l->refusal.scope, sizeof l->refusal.scope);
}

static enum qf_err data_limit(struct qf_json *j, void *o)
{
    struct qf_refusal *r = &((struct qf_line *)o)->refusal;
    return read_amount(j, &r->has_limit, &r->limit);
}

static enum qf_err data_used(struct qf_json *j, void *o)
{
    struct qf_refusal *r = &((struct qf_line *)o)->refusal;
    return read_amount(j, &r->has_used, &r->used);
}

static enum qf_err data_after(struct qf_json *j, void *o)
{
    struct qf_refusal *r = &((struct qf_line *)o)->refusal;
    return read_amount(j, &r->has_after, &r->after);
}

static enum qf_err data_largest(struct qf_json *j, void *o)
{
    struct qf_refusal *r = &((struct qf_line *)o)->refusal;
    qf_money v = 0;
    enum qf_err err = read_amount(j, &r->has_largest, &v);
    r->has_largest = r->has_largest && qf_abs128(v) <= QF_PRICE_MAX;
    r->largest = r->has_largest ? (qf_qty)v : 0;
    return err;
}

static const struct member data_members[] = {
    { "reason", data_reason }, { "field", data_field }, { "scope", data_scope },     { "limit", data_limit },
    { "used", data_used },     { "after", data_after }, { "largest", data_largest }, { NULL, NULL },
};

static enum qf_err error_code(struct qf_json *j, void *o)
{
    int64_t code = 0;
    enum qf_err err = qf_json_peek(j) == QF_J_NUMBER ? qf_json_i64(j, &code) : skip(j);
    if (err == QF_OK && code >= INT32_MIN && code <= INT32_MAX)
        ((struct qf_line *)o)->code = (int)code;
    return err;
}

static enum qf_err error_message(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    return read_text(j, l->refusal.message, sizeof l->refusal.message);
}

static enum qf_err error_data(struct qf_json *j, void *o)
{
    return qf_json_peek(j) == QF_J_OBJECT ? read_object(j, data_members, o) : skip(j);
}

static const struct member error_members[] = {
    { "code", error_code }, { "message", error_message }, { "data", error_data }, { NULL, NULL },
};

/* The word decides: it is one of the reasons, or of the controls of the gate. */
static void name_reason(struct qf_line *l)
{
    size_t n = strlen(l->reason);
    int reason = qf_reason_find(l->reason, n), control = qf_enum_find(&qf_enum_control_code, l->reason, n);
    l->refusal.control = reason < 0 ? control : -1;
    l->refusal.reason = reason >= 0 ? (enum qf_reason)reason : control >= 0 ? QF_R_REFUSED : QF_R_INTERNAL;
}

/* --- pushes */

static enum qf_err push_topic(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    return read_text(j, l->topic, sizeof l->topic);
}

static enum qf_err push_number(struct qf_json *j, uint64_t *ret)
{
    int64_t v = 0;
    enum qf_err err = qf_json_i64(j, &v);
    if (err == QF_OK && v < 0)
        err = QF_ERANGE;
    if (err == QF_OK)
        *ret = (uint64_t)v;
    return err;
}

static enum qf_err push_from(struct qf_json *j, void *o)
{
    return push_number(j, &((struct qf_line *)o)->from);
}

static enum qf_err push_seq(struct qf_json *j, void *o)
{
    return push_number(j, &((struct qf_line *)o)->seq);
}

static enum qf_err push_rows(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    if (qf_json_peek(j) != QF_J_ARRAY)
        return QF_ESYNTAX;
    return qf_json_skip(j, &l->body, &l->body_n);
}

/* "[]" counts as missing. */
static enum qf_err push_deleted(struct qf_json *j, void *o)
{
    struct qf_line *l = o;
    if (qf_json_peek(j) != QF_J_ARRAY)
        return QF_ESYNTAX;
    enum qf_err err = qf_json_skip(j, &l->deleted, &l->deleted_n);
    if (err == QF_OK && l->deleted_n == 2) {
        l->deleted = NULL;
        l->deleted_n = 0;
    }
    return err;
}

static const struct member push_members[] = {
    { "topic", push_topic }, { "from", push_from },       { "seq", push_seq },
    { "rows", push_rows },   { "deleted", push_deleted }, { "reason", data_reason }, { NULL, NULL },
};

/* --- the line. Members may come in any order, so params are kept as bytes until the method is known. */

struct answer {
    struct qf_line *line;
    char method[32];
    const char *result, *params;
    size_t result_n, params_n;
    bool has_error;
};

static enum qf_err top_id(struct qf_json *j, void *o)
{
    return qf_json_peek(j) == QF_J_NUMBER ? qf_json_i64(j, &((struct answer *)o)->line->id) : skip(j);
}

static enum qf_err top_result(struct qf_json *j, void *o)
{
    struct answer *a = o;
    return qf_json_skip(j, &a->result, &a->result_n);
}

static enum qf_err top_error(struct qf_json *j, void *o)
{
    struct answer *a = o;
    a->has_error = true;
    return read_object(j, error_members, a->line);
}

static enum qf_err top_method(struct qf_json *j, void *o)
{
    struct answer *a = o;
    return read_text(j, a->method, sizeof a->method);
}

static enum qf_err top_params(struct qf_json *j, void *o)
{
    struct answer *a = o;
    return qf_json_skip(j, &a->params, &a->params_n);
}

static const struct member top_members[] = {
    { "id", top_id },         { "result", top_result }, { "error", top_error },
    { "method", top_method }, { "params", top_params }, { NULL, NULL },
};

static enum qf_err finish_push(struct answer *a)
{
    struct qf_json j;
    bool update = qf_str_eq(a->method, "topic.update");
    if (!update && !qf_str_eq(a->method, "topic.dropped"))
        return QF_EVERSION;
    if (a->params == NULL)
        return QF_ESYNTAX;
    a->line->kind = update ? QF_LINE_PUSH : QF_LINE_DROP;
    qf_json_begin(&j, a->params, a->params_n);
    if (read_object(&j, push_members, a->line) != QF_OK || a->line->topic[0] == '\0' || (update && a->line->body == NULL))
        return QF_ESYNTAX;
    return QF_OK;
}

static enum qf_err finish_answer(struct answer *a)
{
    struct qf_line *l = a->line;
    if (a->has_error) {
        l->kind = QF_LINE_ERROR;
        name_reason(l);
        return QF_OK;
    }
    if (a->result == NULL)
        return a->method[0] == '\0' ? QF_ESYNTAX : finish_push(a);
    l->kind = QF_LINE_RESULT;
    l->body = a->result;
    l->body_n = a->result_n;
    return QF_OK;
}

enum qf_err qf_line_read(const char *line, size_t n, struct qf_line *ret)
{
    struct qf_json j;
    struct qf_line l;
    memset(&l, 0, sizeof l);
    l.refusal.control = -1;
    struct answer a = { .line = &l };
    qf_json_begin(&j, line, n);
    if (read_object(&j, top_members, &a) != QF_OK || qf_json_finish(&j) != QF_OK)
        return QF_ESYNTAX;
    enum qf_err err = finish_answer(&a);
    if (err == QF_OK)
        *ret = l;
    return err;
}
