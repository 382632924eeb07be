/* A record as an object on the wire, and refusals as the error object. */
#include "common/proto/wire.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/proto/value.h"
#include "common/str.h"

/* --- values */

static void put_bool(struct qf_buf *b, const void *p)
{
    bool yes = *(const bool *)p;
    qf_buf_add(b, yes ? "true" : "false", yes ? 4 : 5);
}

static void put_str(struct qf_buf *b, const struct qf_str *s)
{
    qf_json_put_string(b, s->p, s->n);
}

static void put_time(struct qf_buf *b, qf_time t)
{
    char text[QF_TIME_TEXT + 2];
    size_t n = qf_time_format(t, text + 1);
    text[0] = '"';
    text[n + 1] = '"';
    qf_buf_add(b, text, n + 2);
}

static void put_real(struct qf_buf *b, double v)
{
    char text[QF_REAL_TEXT];
    if (isfinite(v))
        qf_buf_add(b, text, qf_value_real_text(v, text));
    else
        qf_buf_add(b, "null", 4);
}

/* The words of the rows are plain: they need no escapes. */
static void put_enum(struct qf_buf *b, const struct qf_enum *en, int32_t value)
{
    qf_assert(value >= 0 && value < en->count);
    qf_buf_char(b, '"');
    qf_buf_str(b, en->texts[value]);
    qf_buf_char(b, '"');
}

static void put_list(struct qf_buf *b, const struct qf_field *f, const void *o, bool mask_secrets)
{
    const char *rows = *(const char *const *)qf_value_of(f, o);
    uint32_t n = *(const uint32_t *)(const void *)((const char *)o + f->off_n);
    qf_buf_char(b, '[');
    for (uint32_t i = 0; i < n && !b->failed; i++) {
        if (i > 0)
            qf_buf_char(b, ',');
        qf_wire_encode(b, f->item, rows + (size_t)i * f->item->size, mask_secrets);
    }
    qf_buf_char(b, ']');
}

static void put_value(struct qf_buf *b, const struct qf_field *f, const void *o, bool mask_secrets)
{
    const void *p = qf_value_of(f, o);
    switch (f->type) {
    case QF_T_bool:
        put_bool(b, p);
        break;
    case QF_T_i64:
        qf_json_put_i64(b, *(const int64_t *)p);
        break;
    case QF_T_text:
        qf_json_put_string(b, p, strnlen(p, (size_t)f->max));
        break;
    case QF_T_str:
        put_str(b, p);
        break;
    case QF_T_json:
        qf_buf_add(b, ((const struct qf_str *)p)->p, ((const struct qf_str *)p)->n);
        break;
    case QF_T_time:
        put_time(b, *(const qf_time *)p);
        break;
    case QF_T_real:
        put_real(b, *(const double *)p);
        break;
    case QF_T_enum:
        put_enum(b, f->en, *(const int32_t *)p);
        break;
    case QF_T_list:
        put_list(b, f, o, mask_secrets);
        break;
    default:
        qf_json_put_dec(b, qf_value_load(f, o), qf_value_scale(f->type));
    }
}

void qf_wire_encode(struct qf_buf *b, const struct qf_rec *rec, const void *o, bool mask_secrets)
{
    uint64_t has = *(const uint64_t *)o;
    char comma = '{';
    qf_assert(rec->count == 64 || has >> rec->count == 0);
    for (; has != 0; has &= has - 1) {
        const struct qf_field *f = &rec->fields[__builtin_ctzll(has)];
        if ((f->flags & QF_F_HIDDEN) != 0)
            continue;
        qf_buf_char(b, comma);
        qf_buf_add(b, f->key, f->key_n);
        if (mask_secrets && (f->flags & QF_F_SECRET) != 0)
            qf_buf_add(b, "\"***\"", 5);
        else
            put_value(b, f, o, mask_secrets);
        comma = ',';
    }
    if (comma == '{')
        qf_buf_char(b, comma);
    qf_buf_char(b, '}');
}

/* --- refusals */

void qf_refuse(struct qf_refusal *r, enum qf_reason reason, const char *field, const char *fmt, ...)
{
    *r = (struct qf_refusal){ .reason = reason, .control = -1 };
    if (field != NULL)
        qf_str_copy(r->field, sizeof r->field, field);
    if (fmt == NULL)
        return;
    char text[2 * sizeof r->message]; /* longer than the place for it, so that the cut is made where no character is split */
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    qf_assert(n >= 0);
    qf_str_copy(r->message, sizeof r->message, text);
}

static bool is_control(const struct qf_refusal *r)
{
    return r->reason == QF_R_REFUSED && r->control >= 0 && r->control < QF_control_code_COUNT;
}

const char *qf_refusal_text(const struct qf_refusal *r)
{
    if (r->message[0] != '\0')
        return r->message;
    return (unsigned)r->reason < QF_R_COUNT ? qf_reasons[r->reason].text : qf_reasons[QF_R_INTERNAL].text;
}

const char *qf_refusal_word(const struct qf_refusal *r)
{
    if (is_control(r))
        return qf_enum_control_code.texts[r->control];
    return (unsigned)r->reason < QF_R_COUNT ? qf_reasons[r->reason].name : qf_reasons[QF_R_INTERNAL].name;
}

static void put_text_member(struct qf_buf *b, const char *key, const char *text)
{
    if (text[0] == '\0')
        return;
    qf_buf_str(b, key);
    qf_json_put_string(b, text, strlen(text));
}

static void put_amount_member(struct qf_buf *b, const char *key, bool there, qf_i128 v)
{
    if (!there)
        return;
    qf_buf_str(b, key);
    qf_json_put_dec(b, v, QF_SCALE);
}

void qf_wire_refusal(struct qf_buf *b, const struct qf_refusal *r)
{
    enum qf_reason reason = (unsigned)r->reason < QF_R_COUNT ? r->reason : QF_R_INTERNAL;
    qf_buf_str(b, "{\"code\":");
    qf_json_put_i64(b, qf_reasons[reason].code);
    put_text_member(b, ",\"message\":", qf_refusal_text(r));
    put_text_member(b, ",\"data\":{\"reason\":", qf_refusal_word(r));
    put_text_member(b, ",\"field\":", r->field);
    put_text_member(b, ",\"scope\":", r->scope);
    put_amount_member(b, ",\"limit\":", r->has_limit, r->limit);
    put_amount_member(b, ",\"used\":", r->has_used, r->used);
    put_amount_member(b, ",\"after\":", r->has_after, r->after);
    put_amount_member(b, ",\"largest\":", r->has_largest, r->largest);
    qf_buf_str(b, "}}");
}
