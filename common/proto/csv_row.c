#include "common/proto/csv_row.h"

#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "common/money.h"
#include "common/proto/value.h"
#include "common/str.h"

/* --- texts */

static bool is_blank(uint32_t cp)
{
    return cp == ' ' || cp == '\n' || cp == '\v' || cp == '\f' || cp == 0xA0 || cp == 0x3000 || cp == 0xFEFF || (cp >= 0x2000 && cp <= 0x200D);
}

static bool begins_formula(uint32_t cp)
{
    return cp == '=' || cp == '+' || cp == '-' || cp == '@' || cp == '\t' || cp == '\r' || cp == 0xFF1D || cp == 0xFF0B ||
           cp == 0xFF0D || cp == 0xFF20 || cp == 0x2212; /* a minus sign is taken for one too */
}

bool qf_csv_risky(const char *p, size_t n)
{
    uint32_t cp;
    for (size_t i = 0, k; i < n; i += k) {
        k = qf_utf8_next(p + i, n - i, &cp);
        if (k == 0 || !is_blank(cp))
            return k > 0 && begins_formula(cp);
    }
    return false;
}

/* What each byte asks for: nothing, quotes around, or a close look because it is the first and may begin a formula. */
enum { PLAIN = 0, QUOTE = 1, LOOK = 2 };
static const uint8_t byte_kind[256] = {
    ['"'] = QUOTE, [','] = QUOTE, [';'] = QUOTE, ['\r'] = QUOTE | LOOK, ['\n'] = QUOTE | LOOK, ['\t'] = QUOTE | LOOK, ['\v'] = LOOK,
    ['\f'] = LOOK, [' '] = LOOK, ['='] = LOOK, ['+'] = LOOK, ['-'] = LOOK, ['@'] = LOOK,
    [0xC2] = LOOK, [0xE2] = LOOK, [0xE3] = LOOK, [0xEF] = LOOK, /* lead bytes of the wide and strange ones */
};

static bool needs_quotes(const char *p, size_t n)
{
    uint8_t kinds = 0;
    for (size_t i = 0; i < n; i++)
        kinds |= byte_kind[(unsigned char)p[i]];
    return (kinds & QUOTE) != 0 || p[0] == ' ' || p[n - 1] == ' ';
}

/* At most 2 n + 3 bytes. */
static char *put_hard(char *o, const char *p, size_t n, bool risky)
{
    bool quotes = risky || needs_quotes(p, n);
    if (quotes)
        *o++ = '"';
    if (risky)
        *o++ = '\'';
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"')
            *o++ = '"';
        *o++ = p[i];
    }
    if (quotes)
        *o++ = '"';
    return o;
}

/* Most texts are short and hold nothing of interest: one pass. */
static char *put_text(char *o, const char *p, size_t n)
{
    if (n == 0)
        return o;
    uint8_t kinds = byte_kind[(unsigned char)p[0]] | (p[n - 1] == ' ');
    for (size_t i = 0; i < n; i++) {
        kinds |= byte_kind[(unsigned char)p[i]] & QUOTE;
        o[i] = p[i];
    }
    if (kinds == PLAIN)
        return o + n;
    return put_hard(o, p, n, (kinds & LOOK) != 0 && qf_csv_risky(p, n));
}

/* --- values of a bounded size */

#define HEAD_BYTES 11 /* "2026-09-24T" */

static char *put_two(char *o, unsigned v)
{
    o[0] = (char)('0' + v / 10);
    o[1] = (char)('0' + v % 10);
    return o + 2;
}

static const char *day_text(struct qf_csv *c, int64_t day)
{
    const size_t at = (uint64_t)day % QF_CSV_DAYS;
    if (c->days[at].day != day) {
        char text[QF_TIME_TEXT];
        (void)qf_time_format(day * QF_DAY, text);
        memcpy(c->days[at].text, text, HEAD_BYTES);
        c->days[at].day = day;
    }
    return c->days[at].text;
}

/* Rows lie close to each other in time: a day is worked out when it is new, the rest is three divisions. */
static char *put_time(struct qf_csv *c, char *o, qf_time t)
{
    const qf_time day = t >= 0 ? t / QF_DAY : -1;
    if (t < 0 || day > 2932896) /* before 1970, behind 9999 */
        return o + qf_time_format(t, o);
    const uint64_t in_day = (uint64_t)(t - day * QF_DAY);
    const uint32_t seconds = (uint32_t)(in_day / QF_SEC);
    uint32_t us = (uint32_t)(in_day % QF_SEC);
    memcpy(o, day_text(c, day), HEAD_BYTES);
    o = put_two(o + HEAD_BYTES, seconds / 3600);
    *o++ = ':';
    o = put_two(o, seconds / 60 % 60);
    *o++ = ':';
    o = put_two(o, seconds % 60);
    if (us != 0) {
        bool milli = us % 1000 == 0;
        us = milli ? us / 1000 : us;
        *o = '.';
        for (char *d = o + (milli ? 3 : 6); d > o; d--, us /= 10)
            *d = (char)('0' + us % 10);
        o += milli ? 4 : 7;
    }
    *o++ = 'Z';
    return o;
}

static char *put_enum(char *o, const struct qf_field *f, int32_t value)
{
    const char *text = qf_enum_text(f->en, value);
    size_t n = strlen(text);
    memcpy(o, text, n);
    return o + n;
}

static char *put_real(char *o, double v)
{
    return isfinite(v) ? o + qf_value_real_text(v, o) : o;
}

static char *put_value(struct qf_csv *c, char *o, const struct qf_field *f, const void *row)
{
    const void *v = qf_value_of(f, row);
    switch (f->type) {
    case QF_T_bool:
        return *(const bool *)v ? memcpy(o, "true", 4), o + 4 : (memcpy(o, "false", 5), o + 5);
    case QF_T_time:
        return put_time(c, o, *(const qf_time *)v);
    case QF_T_enum:
        return put_enum(o, f, *(const int32_t *)v);
    case QF_T_real:
        return put_real(o, *(const double *)v);
    default:
        return o + qf_dec_format(qf_value_load(f, row), qf_value_scale(f->type), o);
    }
}

/* --- rows */

static size_t width_of(const struct qf_field *f)
{
    if (f->type == QF_T_text)
        return 2 * (size_t)f->max + 3;
    if (f->type == QF_T_str || f->type == QF_T_json)
        return 3;
    size_t n = QF_DEC_TEXT;
    for (int i = 0; f->type == QF_T_enum && i < f->en->count; i++)
        n = strlen(f->en->texts[i]) > n ? strlen(f->en->texts[i]) : n;
    return n;
}

void qf_csv_init(struct qf_csv *c, const struct qf_rec *rec, unsigned without)
{
    *c = (struct qf_csv){ .rec = rec };
    for (int i = 0; i < QF_CSV_DAYS; i++)
        c->days[i].day = -1;
    qf_assert(rec->count <= QF_CSV_COLUMNS);
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (f->type == QF_T_list || (f->flags & (QF_F_HIDDEN | without)) != 0)
            continue;
        c->field[c->columns++] = (uint8_t)i;
        c->room += 1 + width_of(f);
    }
}

void qf_csv_head(const struct qf_csv *c, struct qf_buf *b)
{
    for (int i = 0; i < c->columns; i++)
        qf_buf_fmt(b, "%s%s", i > 0 ? "," : "", c->rec->fields[c->field[i]].name);
}

/* The bytes of the record and of the room for it: str fields count twice, each could be a quote. */
static size_t room_of(const struct qf_csv *c, const void *o)
{
    size_t n = c->room;
    for (int i = 0; i < c->columns; i++) {
        const struct qf_field *f = &c->rec->fields[c->field[i]];
        if (f->type == QF_T_str || f->type == QF_T_json)
            n += 2 * (size_t)((const struct qf_str *)qf_value_of(f, o))->n;
    }
    return n;
}

static char *put_words(char *p, const struct qf_field *f, const void *o)
{
    const char *text = qf_value_of(f, o);
    size_t n;
    if (f->type == QF_T_text) {
        n = strnlen(text, (size_t)f->max);
    } else {
        const struct qf_str *s = qf_value_of(f, o);
        text = s->p;
        n = s->n;
    }
    if ((f->flags & QF_F_SECRET) != 0)
        return put_text(p, "***", 3);
    if (n == 0 && (f->flags & QF_F_OPT) != 0) {
        memcpy(p, "\"\"", 2);
        return p + 2;
    }
    return put_text(p, text, n);
}

void qf_csv_row(struct qf_csv *c, struct qf_buf *b, const void *o)
{
    char *start = qf_buf_room(b, room_of(c, o) + 1), *p = start;
    const uint64_t has = *(const uint64_t *)o;
    if (!start)
        return;
    for (int i = 0; i < c->columns; i++) {
        const struct qf_field *f = &c->rec->fields[c->field[i]];
        if (i > 0)
            *p++ = ',';
        if ((has >> c->field[i] & 1) == 0)
            continue;
        p = f->type == QF_T_text || f->type == QF_T_str || f->type == QF_T_json ? put_words(p, f, o) : put_value(c, p, f, o);
    }
    b->len += (size_t)(p - start);
}
