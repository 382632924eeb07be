/* Plain text of a person into a field: one small reader a type, in a table. */
#include <string.h>
#include <strings.h>

#include "common/clock.h"
#include "common/proto/json.h"
#include "common/proto/value.h"
#include "common/str.h"

struct input {
    const struct qf_field *f;
    void *o;
    const char *p;
    size_t n;
    struct qf_arena *arena;
    char *why;
};

static enum qf_err fail(const struct input *in, enum qf_err err, const char *why)
{
    qf_str_copy(in->why, QF_PHRASE, why);
    return err;
}

static bool is_word(const struct input *in, const char *word)
{
    return strlen(word) == in->n && strncasecmp(word, in->p, in->n) == 0;
}

static enum qf_err parse_bool(const struct input *in)
{
    bool yes = is_word(in, "yes") || is_word(in, "true");
    if (!yes && !is_word(in, "no") && !is_word(in, "false"))
        return fail(in, QF_ESYNTAX, "must be yes or no");
    *(bool *)qf_value_at(in->f, in->o) = yes;
    return QF_OK;
}

static enum qf_err parse_number(const struct input *in)
{
    qf_i128 v;
    enum qf_err err = qf_value_decimal(in->f, in->p, in->n, &v, in->why);
    bool whole = in->f->type == QF_T_i64;
    if (err == QF_ESYNTAX || (whole && memchr(in->p, '.', in->n) != NULL))
        return fail(in, QF_ESYNTAX, whole ? "must be a whole number" : "must be a decimal such as 100.25");
    if (err == QF_OK)
        qf_value_store(in->f, in->o, v);
    return err;
}

static enum qf_err check_text(const struct input *in)
{
    if (!qf_value_text_clean(in->p, in->n))
        return fail(in, QF_ESYNTAX, "has characters that cannot be shown");
    return qf_value_range(in->f, (qf_i128)in->n, in->why);
}

static enum qf_err parse_text(const struct input *in)
{
    enum qf_err err = check_text(in);
    if (err == QF_OK)
        qf_str_copyn(qf_value_at(in->f, in->o), (size_t)in->f->max + 1, in->p, in->n);
    return err;
}

static enum qf_err keep_str(const struct input *in)
{
    char *copy = qf_arena_copy(in->arena, in->p, in->n);
    if (copy == NULL)
        return fail(in, QF_ENOMEM, "is too much for memory");
    *(struct qf_str *)qf_value_at(in->f, in->o) = (struct qf_str){ copy, (uint32_t)in->n };
    return QF_OK;
}

static enum qf_err parse_str(const struct input *in)
{
    enum qf_err err = check_text(in);
    return err == QF_OK ? keep_str(in) : err;
}

static enum qf_err parse_json(const struct input *in)
{
    if (qf_json_validate(in->p, in->n, NULL) != QF_OK)
        return fail(in, QF_ESYNTAX, "must be JSON");
    return in->n > (size_t)in->f->max ? qf_value_range(in->f, (qf_i128)in->n, in->why) : keep_str(in);
}

static enum qf_err parse_time(const struct input *in)
{
    if (qf_time_parse(in->p, in->n, qf_value_at(in->f, in->o)) != QF_OK)
        return fail(in, QF_ESYNTAX, "must be a time such as 2026-09-24T14:32:07Z or a day such as 2026-09-24");
    return QF_OK;
}

static enum qf_err parse_real(const struct input *in)
{
    struct qf_json j;
    const char *p;
    size_t n;
    qf_json_begin(&j, in->p, in->n);
    if (qf_json_number(&j, &p, &n) != QF_OK || n != in->n || qf_value_real(p, n, qf_value_at(in->f, in->o)) != QF_OK)
        return fail(in, QF_ESYNTAX, "must be a number such as 0.25");
    return QF_OK;
}

static enum qf_err parse_enum(const struct input *in)
{
    for (int i = 0; i < in->f->en->count; i++) {
        if (is_word(in, in->f->en->texts[i])) {
            *(int32_t *)qf_value_at(in->f, in->o) = i;
            return QF_OK;
        }
    }
    qf_value_enum_why(in->f->en, in->why);
    return QF_ESYNTAX;
}

static enum qf_err parse_list(const struct input *in)
{
    return fail(in, QF_ESTATE, "cannot be typed");
}

static enum qf_err (*const readers[QF_T_COUNT])(const struct input *) = {
    [QF_T_bool] = parse_bool,    [QF_T_i64] = parse_number,   [QF_T_text] = parse_text,    [QF_T_str] = parse_str,
    [QF_T_json] = parse_json,    [QF_T_price] = parse_number, [QF_T_qty] = parse_number,   [QF_T_money] = parse_number,
    [QF_T_cost] = parse_number,  [QF_T_time] = parse_time,    [QF_T_real] = parse_real,    [QF_T_enum] = parse_enum,
    [QF_T_list] = parse_list,
};

enum qf_err qf_field_parse(const struct qf_field *f, const struct qf_rec *rec, void *o, const char *text, size_t n,
                           struct qf_arena *arena, const char **ret_why)
{
    static _Thread_local char why[QF_PHRASE];
    struct input in = { .f = f, .o = o, .p = text, .n = n, .arena = arena, .why = why };
    enum qf_err err = readers[f->type](&in);
    if (err == QF_OK)
        *(uint64_t *)o |= 1ULL << (unsigned)(f - rec->fields);
    else
        *ret_why = why;
    return err;
}
