/* A record as an object on the wire, and refusals as the error object. */
#include "common/proto/wire.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/proto/scan.h"
#include "common/proto/value.h"
#include "common/str.h"

/* --- values of a bounded size: written behind their key into room that was made for them before */

#define VALUE_MAX (QF_DEC_TEXT + 2) /* the longest of them that is no text */
#define PIECE_MAX 1024              /* texts that may be longer on the wire are streamed */

/* Both ends of the room may be written beyond what is used: keys are copied in one piece. */
static char *write_key(char *p, const struct qf_field *f)
{
    memcpy(p, f->key, sizeof f->key);
    return p + f->key_n;
}

static char *write_quoted(char *p, const char *text, size_t n)
{
    *p++ = '"';
    memcpy(p, text, n);
    p[n] = '"';
    return p + n + 1;
}

static char *write_bool(char *p, const struct qf_field *f, const void *o)
{
    bool yes = *(const bool *)qf_value_of(f, o);
    memcpy(p, yes ? "true " : "false", 5);
    return p + (yes ? 4 : 5);
}

static char *write_i64(char *p, const struct qf_field *f, const void *o)
{
    return p + qf_dec_format(*(const int64_t *)qf_value_of(f, o), 0, p);
}

static char *write_decimal(char *p, const struct qf_field *f, const void *o)
{
    *p++ = '"';
    p += qf_dec_format(qf_value_load(f, o), qf_value_scale(f->type), p);
    *p++ = '"';
    return p;
}

static char *write_time(char *p, const struct qf_field *f, const void *o)
{
    *p++ = '"';
    p += qf_time_format(*(const qf_time *)qf_value_of(f, o), p);
    *p++ = '"';
    return p;
}

static char *write_real(char *p, const struct qf_field *f, const void *o)
{
    double v = *(const double *)qf_value_of(f, o);
    if (isfinite(v))
        return p + qf_value_real_text(v, p);
    memcpy(p, "null", 4);
    return p + 4;
}

/* The words of the rows are plain: they need no escapes. */
static char *write_enum(char *p, const struct qf_field *f, const void *o)
{
    int32_t value = *(const int32_t *)qf_value_of(f, o);
    qf_assert(value >= 0 && value < f->en->count);
    return write_quoted(p, f->en->texts[value], strlen(f->en->texts[value]));
}

static char *(*const writers[QF_T_COUNT])(char *, const struct qf_field *, const void *) = {
    [QF_T_bool] = write_bool,     [QF_T_i64] = write_i64,       [QF_T_price] = write_decimal, [QF_T_qty] = write_decimal,
    [QF_T_money] = write_decimal, [QF_T_cost] = write_decimal,  [QF_T_time] = write_time,     [QF_T_real] = write_real,
    [QF_T_enum] = write_enum,
};

/* --- text and lists: streamed */

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

static void put_streamed(struct qf_buf *b, const struct qf_field *f, const void *o, bool mask_secrets)
{
    const struct qf_str *s = qf_value_of(f, o);
    if (f->type == QF_T_list)
        put_list(b, f, o, mask_secrets);
    else if (f->type == QF_T_text)
        qf_json_put_string(b, (const char *)(const void *)s, strnlen((const char *)(const void *)s, (size_t)f->max));
    else if (f->type == QF_T_str)
        qf_json_put_string(b, s->p, s->n);
    else
        qf_buf_add(b, s->p, s->n);
}

/* --- a member: comma, key, value */

/* Room for n bytes and one more (the buffer's own NUL may stand in the last), or NULL when only less is left: then the member is made
 * beside the buffer and may still fit. */
static char *room_for(struct qf_buf *b, size_t n)
{
    if (b->failed || n >= b->max - b->len)
        return NULL;
    return b->cap - b->len > n ? b->p + b->len : qf_buf_room(b, n + 1);
}

static void put_member(struct qf_buf *b, char comma, const struct qf_field *f, const void *o)
{
    char beside[1 + QF_KEY_BYTES + VALUE_MAX];
    char *room = room_for(b, sizeof beside), *start = room == NULL ? beside : room, *p = start;
    *p++ = comma;
    p = write_key(p, f);
    p = writers[f->type](p, f, o);
    if (room == NULL)
        qf_buf_add(b, start, (size_t)(p - start));
    else
        b->len += (size_t)(p - start);
}

/* A text without anything to escape, which is nearly every one; false when there is, and nothing is written. */
static bool put_plain_member(struct qf_buf *b, char comma, const struct qf_field *f, const void *o)
{
    const char *text = qf_value_of(f, o);
    size_t n = strnlen(text, (size_t)f->max);
    char *room = n <= PIECE_MAX ? room_for(b, 1 + QF_KEY_BYTES + 2 + n) : NULL, *p = room;
    if (room == NULL || qf_scan_plain(text, text + n) != text + n)
        return false;
    *p++ = comma;
    p = write_key(p, f);
    p = write_quoted(p, text, n);
    b->len += (size_t)(p - room);
    return true;
}

static void put_field(struct qf_buf *b, char comma, const struct qf_field *f, const void *o, bool mask_secrets)
{
    bool masked = mask_secrets && (f->flags & QF_F_SECRET) != 0;
    if (!masked && writers[f->type] != NULL) {
        put_member(b, comma, f, o);
        return;
    }
    if (!masked && f->type == QF_T_text && put_plain_member(b, comma, f, o))
        return;
    qf_buf_char(b, comma);
    qf_buf_add(b, f->key, f->key_n);
    if (masked)
        qf_buf_add(b, "\"***\"", 5);
    else
        put_streamed(b, f, o, mask_secrets);
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
        put_field(b, comma, f, o, mask_secrets);
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
