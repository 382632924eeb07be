/* An object on the wire into a record: one pass, each field by the reader of its type. */
#include "common/proto/wire.h"

#include <math.h>
#include <string.h>

#include "common/proto/value.h"
#include "common/str.h"

#define LOOK_AHEAD 3 /* fields tried in their order before a key is decoded and looked up */
#define LIST_FIRST 4 /* rows a list begins with; then it doubles */
#define KEY_MAX 64
_Static_assert(sizeof((struct qf_wire_error *)0)->message >= QF_PHRASE, "phrases are written straight into the message");

struct reader {
    struct qf_json *j;
    struct qf_arena *arena;
    struct qf_wire_error *error; /* message is a phrase until qf_wire_decode puts the path in front */
    bool strict;
};

static enum qf_err read_object(struct reader *r, const struct qf_rec *rec, void *o);

/* --- errors. `why` goes on after the field's name: "must be true or false". */

static enum qf_err wrong(struct reader *r, enum qf_err err, const char *why)
{
    qf_str_copy(r->error->message, sizeof r->error->message, why);
    return err;
}

/* The bytes are no JSON, or text that is refused: the cursor knows which. */
static enum qf_err wrong_bytes(struct reader *r)
{
    qf_str_fmt(r->error->message, sizeof r->error->message, "is wrong: %s", r->j->why);
    return QF_ESYNTAX;
}

static enum qf_err out_of_memory(struct reader *r)
{
    return wrong(r, QF_ENOMEM, "is too much for memory");
}

/* The phrase for a value or length of v. */
static enum qf_err out_of_range(struct reader *r, const struct qf_field *f, qf_i128 v)
{
    return qf_value_range(f, v, r->error->message);
}

/* --- one reader a type */

static enum qf_err read_bool(struct reader *r, const struct qf_field *f, void *o)
{
    return qf_json_bool(r->j, qf_value_at(f, o)) == QF_OK ? QF_OK : wrong(r, QF_ESYNTAX, "must be true or false");
}

static enum qf_err read_i64(struct reader *r, const struct qf_field *f, void *o)
{
    int64_t v = 0;
    enum qf_err err = qf_json_peek(r->j) == QF_J_NUMBER ? qf_json_i64(r->j, &v) : QF_ESYNTAX;
    if (err == QF_ESYNTAX)
        return wrong(r, err, "must be a whole number");
    if (err == QF_ERANGE) /* beyond 64 bits: the phrase is that of the nearest bound */
        return out_of_range(r, f, *r->j->p == '-' ? (qf_i128)INT64_MIN - 1 : (qf_i128)INT64_MAX + 1);
    if (r->strict && (v < f->min || v > f->max))
        return out_of_range(r, f, v);
    *(int64_t *)qf_value_at(f, o) = v;
    return QF_OK;
}

static enum qf_err read_text(struct reader *r, const struct qf_field *f, void *o)
{
    size_t n = 0;
    if (qf_json_peek(r->j) != QF_J_STRING)
        return wrong(r, QF_ESYNTAX, "must be text in quotes");
    enum qf_err err = qf_json_string(r->j, r->strict, qf_value_at(f, o), (size_t)f->max + 1, &n);
    if (err == QF_ERANGE)
        return out_of_range(r, f, f->max + 1);
    if (err != QF_OK)
        return wrong_bytes(r);
    return r->strict && (qf_i128)n < f->min ? out_of_range(r, f, (qf_i128)n) : QF_OK;
}

/* The text's bytes on the wire bound what it decodes to: an escape is never shorter than its character. A text that would be too
 * long even if all of it were escapes is refused before memory is asked for it. */
static enum qf_err read_str(struct reader *r, const struct qf_field *f, void *o)
{
    struct qf_json look = *r->j;
    const char *p;
    size_t n = 0;
    if (qf_json_peek(r->j) != QF_J_STRING)
        return wrong(r, QF_ESYNTAX, "must be text in quotes");
    if (qf_json_skip(&look, &p, &n) != QF_OK) {
        r->j->why = look.why;
        return wrong_bytes(r);
    }
    if (n - 2 > (size_t)f->max * 6)
        return out_of_range(r, f, f->max + 1);
    char *text = qf_arena_alloc(r->arena, n - 1);
    if (text == NULL)
        return out_of_memory(r);
    if (qf_json_string(r->j, r->strict, text, n - 1, &n) != QF_OK)
        return wrong_bytes(r);
    if ((qf_i128)n > f->max || (r->strict && (qf_i128)n < f->min))
        return out_of_range(r, f, (qf_i128)n);
    *(struct qf_str *)qf_value_at(f, o) = (struct qf_str){ text, (uint32_t)n };
    return QF_OK;
}

static enum qf_err read_json(struct reader *r, const struct qf_field *f, void *o)
{
    const char *p;
    size_t n;
    if (qf_json_skip(r->j, &p, &n) != QF_OK)
        return wrong_bytes(r);
    if (n > (size_t)f->max)
        return out_of_range(r, f, (qf_i128)n);
    char *copy = qf_arena_copy(r->arena, p, n);
    if (copy == NULL)
        return out_of_memory(r);
    *(struct qf_str *)qf_value_at(f, o) = (struct qf_str){ copy, (uint32_t)n };
    return QF_OK;
}

static enum qf_err parse_decimal(struct reader *r, const struct qf_field *f, const char *p, size_t n, qf_i128 *ret)
{
    bool wide = f->type == QF_T_money || f->type == QF_T_cost;
    if (r->strict)
        return qf_value_decimal(f, p, n, ret, r->error->message);
    return qf_dec_parse(p, n, qf_value_scale(f->type), wide ? QF_COST_MAX : INT64_MAX, ret);
}

static enum qf_err read_decimal(struct reader *r, const struct qf_field *f, void *o)
{
    char text[2 * QF_DEC_TEXT];
    size_t n = 0;
    qf_i128 v = 0;
    enum qf_err err = QF_ESYNTAX;
    if (qf_json_peek(r->j) == QF_J_STRING && qf_json_string(r->j, r->strict, text, sizeof text, &n) == QF_OK)
        err = parse_decimal(r, f, text, n, &v);
    if (err == QF_ESYNTAX || (err != QF_OK && !r->strict))
        return wrong(r, err, "must be a decimal in quotes, such as \"100.25\"");
    if (err == QF_OK)
        qf_value_store(f, o, v);
    return err;
}

static enum qf_err read_time(struct reader *r, const struct qf_field *f, void *o)
{
    char text[64];
    size_t n = 0;
    if (qf_json_peek(r->j) != QF_J_STRING || qf_json_string(r->j, r->strict, text, sizeof text, &n) != QF_OK ||
        qf_time_parse(text, n, qf_value_at(f, o)) != QF_OK)
        return wrong(r, QF_ESYNTAX, "must be a time in quotes, such as \"2026-09-24T14:32:07Z\"");
    return QF_OK;
}

/* NaN stands as null on the wire: JSON has no word for it. */
static enum qf_err read_real(struct reader *r, const struct qf_field *f, void *o)
{
    double v = (double)NAN;
    const char *p = "";
    size_t n = 0;
    enum qf_json_kind kind = qf_json_peek(r->j);
    enum qf_err err = kind == QF_J_NULL ? qf_json_skip(r->j, &p, &n) : qf_json_number(r->j, &p, &n);
    if (err == QF_OK && kind != QF_J_NULL)
        err = qf_value_real(p, n, &v);
    if (err != QF_OK)
        return wrong(r, err, "must be a number or null");
    *(double *)qf_value_at(f, o) = v;
    return QF_OK;
}

static enum qf_err read_enum(struct reader *r, const struct qf_field *f, void *o)
{
    char text[64];
    size_t n = 0;
    int value = -1;
    if (qf_json_peek(r->j) == QF_J_STRING && qf_json_string(r->j, r->strict, text, sizeof text, &n) == QF_OK)
        value = qf_enum_find(f->en, text, n);
    if (value < 0) {
        qf_value_enum_why(f->en, r->error->message);
        return QF_ESYNTAX;
    }
    *(int32_t *)qf_value_at(f, o) = value;
    return QF_OK;
}

/* --- lists */

struct list {
    char *rows;
    uint32_t n, cap;
};

/* In place where nothing was put into the arena since, which is so for rows without texts and lists of their own. */
static bool list_grow(struct reader *r, const struct qf_field *f, struct list *l)
{
    uint32_t most = (uint32_t)f->max, cap = l->cap == 0 ? LIST_FIRST : l->cap * 2;
    cap = cap > most ? most : cap;
    if (l->cap > 0 && qf_arena_resize(r->arena, l->rows, (size_t)l->cap * f->item->size, (size_t)cap * f->item->size)) {
        l->cap = cap;
        return true;
    }
    char *rows = qf_arena_alloc(r->arena, (size_t)cap * f->item->size);
    if (rows == NULL)
        return false;
    if (l->n > 0)
        memcpy(rows, l->rows, (size_t)l->n * f->item->size);
    l->rows = rows;
    l->cap = cap;
    return true;
}

/* Puts "quotes[3]" or "quotes[3]." in front of the path that the row has left. */
static void prefix_path(struct qf_wire_error *e, const struct qf_field *f, uint32_t row)
{
    char inner[sizeof e->field];
    qf_str_copy(inner, sizeof inner, e->field);
    qf_str_fmt(e->field, sizeof e->field, "%s[%u]%s%s", f->name, row, inner[0] == '\0' ? "" : ".", inner);
}

static enum qf_err read_row(struct reader *r, const struct qf_field *f, struct list *l)
{
    if ((qf_i128)l->n >= f->max)
        return out_of_range(r, f, f->max + 1);
    if (l->n == l->cap && !list_grow(r, f, l))
        return out_of_memory(r);
    enum qf_err err = read_object(r, f->item, l->rows + (size_t)l->n * f->item->size);
    if (err != QF_OK)
        prefix_path(r->error, f, l->n);
    l->n++;
    return err;
}

static enum qf_err read_list(struct reader *r, const struct qf_field *f, void *o)
{
    struct list l = { 0 };
    bool more = true;
    if (qf_json_peek(r->j) != QF_J_ARRAY || qf_json_open(r->j, '[') != QF_OK)
        return wrong(r, QF_ESYNTAX, "must be a list");
    for (bool first = true;; first = false) {
        if (qf_json_next_item(r->j, first, &more) != QF_OK)
            return wrong_bytes(r);
        if (!more)
            break;
        enum qf_err err = read_row(r, f, &l);
        if (err != QF_OK)
            return err;
    }
    if (l.rows != NULL) /* gives back what the last doubling took too much */
        qf_arena_resize(r->arena, l.rows, (size_t)l.cap * f->item->size, (size_t)l.n * f->item->size);
    *(void **)qf_value_at(f, o) = l.rows;
    *(uint32_t *)(void *)((char *)o + f->off_n) = l.n;
    return QF_OK;
}

/* --- objects */

static enum qf_err (*const readers[QF_T_COUNT])(struct reader *, const struct qf_field *, void *) = {
    [QF_T_bool] = read_bool,     [QF_T_i64] = read_i64,       [QF_T_text] = read_text,     [QF_T_str] = read_str,
    [QF_T_json] = read_json,     [QF_T_price] = read_decimal, [QF_T_qty] = read_decimal,   [QF_T_money] = read_decimal,
    [QF_T_cost] = read_decimal,  [QF_T_time] = read_time,     [QF_T_real] = read_real,     [QF_T_enum] = read_enum,
    [QF_T_list] = read_list,
};

/* A null in an answer is a value that is not there, but for reals, where it is NaN. */
static bool is_absent(struct reader *r, const struct qf_field *f)
{
    return !r->strict && f->type != QF_T_real && qf_json_peek(r->j) == QF_J_NULL;
}

static enum qf_err skip(struct reader *r)
{
    const char *p;
    size_t n;
    return qf_json_skip(r->j, &p, &n) == QF_OK ? QF_OK : wrong_bytes(r);
}

static enum qf_err read_field(struct reader *r, const struct qf_rec *rec, const struct qf_field *f, void *o)
{
    uint64_t bit = 1ULL << (unsigned)(f - rec->fields), *has = o;
    enum qf_err err;
    if (r->strict && (*has & bit) != 0)
        err = wrong(r, QF_ESYNTAX, "is given twice");
    else if (r->strict && (f->flags & (QF_F_READONLY | QF_F_VIRTUAL)) != 0)
        err = wrong(r, QF_ESYNTAX, "cannot be set");
    else if (is_absent(r, f))
        return skip(r);
    else
        err = readers[f->type](r, f, o);
    if (err == QF_OK)
        *has |= bit;
    else if (r->error->field[0] == '\0')
        qf_str_copy(r->error->field, sizeof r->error->field, f->name);
    return err;
}

static enum qf_err unknown_field(struct reader *r, const char *key, size_t n)
{
    if (!r->strict)
        return skip(r);
    if (n == 0 || !qf_value_text_clean(key, n))
        return wrong(r, QF_ESYNTAX, "there is a field whose name is no name");
    qf_str_copyn(r->error->field, sizeof r->error->field, key, n);
    return wrong(r, QF_ESYNTAX, "is no field here");
}

/* The field that comes next. Most writers keep to the order of the rows, so those right behind the last one are compared with the
 * bytes as they are. *ret_f = NULL when the field is not known, *ret_more = false at the closing brace. */
static enum qf_err next_field(struct reader *r, const struct qf_rec *rec, const struct qf_field *from, bool first,
                              char key[KEY_MAX], size_t *ret_n, const struct qf_field **ret_f, bool *ret_more)
{
    *ret_more = true;
    for (const struct qf_field *f = from; f->name != NULL && f < from + LOOK_AHEAD; f++) {
        if ((f->flags & QF_F_HIDDEN) == 0 && qf_json_take_key(r->j, first, f->key, f->key_n)) {
            *ret_f = f;
            return QF_OK;
        }
    }
    enum qf_err err = qf_json_next_key(r->j, first, key, KEY_MAX, ret_n, ret_more);
    if (err != QF_OK && err != QF_ERANGE)
        return wrong_bytes(r);
    if (err == QF_ERANGE) /* longer than any field's name */
        *ret_n = 0;
    const struct qf_field *f = *ret_more && err == QF_OK ? qf_rec_field(rec, key, *ret_n) : NULL;
    *ret_f = f != NULL && (f->flags & QF_F_HIDDEN) != 0 ? NULL : f;
    return QF_OK;
}

static enum qf_err check_missing(struct reader *r, const struct qf_rec *rec, const void *o)
{
    uint64_t missing = *rec->asked & ~*(const uint64_t *)o;
    if (missing == 0 || !r->strict)
        return QF_OK;
    qf_str_copy(r->error->field, sizeof r->error->field, rec->fields[__builtin_ctzll(missing)].name);
    return wrong(r, QF_ESYNTAX, "is missing");
}

static enum qf_err read_object(struct reader *r, const struct qf_rec *rec, void *o)
{
    const struct qf_field *next = rec->fields, *f = NULL;
    char key[KEY_MAX];
    size_t n = 0;
    bool more = true;
    if (qf_json_peek(r->j) != QF_J_OBJECT || qf_json_open(r->j, '{') != QF_OK)
        return wrong(r, QF_ESYNTAX, "must be an object");
    for (bool first = true;; first = false) {
        enum qf_err err = next_field(r, rec, next, first, key, &n, &f, &more);
        if (err == QF_OK && !more)
            return check_missing(r, rec, o);
        if (err == QF_OK)
            err = f == NULL ? unknown_field(r, key, n) : read_field(r, rec, f, o);
        if (err != QF_OK)
            return err;
        next = f == NULL ? next : f + 1;
    }
}

/* A phrase becomes a sentence: "quotes[3].price must be ...". */
static void finish_message(struct qf_wire_error *e)
{
    char phrase[sizeof e->message];
    qf_str_copy(phrase, sizeof phrase, e->message);
    if (e->field[0] != '\0')
        qf_str_fmt(e->message, sizeof e->message, "%s %s", e->field, phrase);
    else if (strncmp(phrase, "there ", 6) != 0)
        qf_str_fmt(e->message, sizeof e->message, "params %s", phrase);
}

enum qf_err qf_wire_decode(struct qf_json *j, const struct qf_rec *rec, enum qf_wire_mode mode, void *o, struct qf_arena *arena,
                           struct qf_wire_error *ret_error)
{
    struct reader r = { .j = j, .arena = arena, .error = ret_error, .strict = mode == QF_WIRE_STRICT };
    ret_error->field[0] = '\0';
    ret_error->message[0] = '\0';
    memset(o, 0, rec->size);
    enum qf_err err = read_object(&r, rec, o);
    if (err != QF_OK)
        finish_message(ret_error);
    return err;
}
