#include "tui/filter.h"

#include <ctype.h>
#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/str.h"

#define MAX_TERMS 16

enum kind { WORD, REGEX, COMPARE };
enum op { EQ, NE, LT, LE, GT, GE, LIKE };

struct term {
    enum kind kind;
    bool not ;
    bool new_group; /* || stood before it */
    char text[TUI_FILTER_MAX + 1];
    regex_t regex;
    const struct qf_field *field;
    enum op op;
};

struct tui_filter {
    const struct qf_rec *rec;
    struct term terms[MAX_TERMS];
    int n;
    void *values[MAX_TERMS]; /* records that hold the value compared with; NULL = compared as text */
};

/* What is being read, and where it began, for the place of an error. */
struct reader {
    const char *start, *p;
    char *why;
    size_t cap;
};

static bool fail(struct reader *r, const char *what, const char *which)
{
    qf_str_fmt(r->why, r->cap, "at character %d: %s%s", (int)(r->p - r->start) + 1, what, which);
    return false;
}

static void skip_blanks(struct reader *r)
{
    while (*r->p == ' ')
        r->p++;
}

static bool at_join(const char *p)
{
    return (p[0] == '&' && p[1] == '&') || (p[0] == '|' && p[1] == '|');
}

/* The one field of that name, or the only one that begins so. */
static const struct qf_field *find_field(const struct qf_rec *rec, const char *name, size_t n)
{
    const struct qf_field *found = qf_rec_field(rec, name, n);
    for (int i = 0; i < rec->count && !found; i++)
        if (strncmp(rec->fields[i].name, name, n) == 0)
            found = &rec->fields[i];
    return found;
}

static size_t name_length(const char *p)
{
    size_t n = 0;
    while (isalnum((unsigned char)p[n]) || p[n] == '_')
        n++;
    return n;
}

static bool read_op(const char **p, enum op *ret)
{
    static const struct {
        const char *text;
        enum op op;
    } ops[] = {{"!=", NE}, {"<=", LE}, {">=", GE}, {"=", EQ}, {"<", LT}, {">", GT}, {"~", LIKE}};
    for (size_t i = 0; i < QF_LEN(ops); i++)
        if (strncmp(*p, ops[i].text, strlen(ops[i].text)) == 0) {
            *p += strlen(ops[i].text);
            *ret = ops[i].op;
            return true;
        }
    return false;
}

/* Text up to the next && or ||, without the blanks round it. */
static void read_text(struct reader *r, char *out)
{
    size_t n = 0;
    skip_blanks(r);
    while (r->p[n] && !at_join(r->p + n))
        n++;
    const char *from = r->p;
    r->p += n;
    while (n > 0 && from[n - 1] == ' ')
        n--;
    qf_str_copyn(out, TUI_FILTER_MAX + 1, from, n);
}

static bool read_regex(struct reader *r, struct term *t)
{
    const char *end = strchr(r->p + 1, '/');
    if (!end)
        return fail(r, "the expression has no end /", "");
    char pattern[TUI_FILTER_MAX + 1];
    qf_str_copyn(pattern, sizeof pattern, r->p + 1, (size_t)(end - r->p - 1));
    if (regcomp(&t->regex, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
        return fail(r, "not a regular expression", "");
    t->kind = REGEX;
    r->p = end + 1;
    return true;
}

/* The value is read into a record of its own, by the same rules a form has. */
static bool read_value(struct tui_filter *f, struct reader *r, struct term *t, void **ret)
{
    const char *why = "", *at;
    struct qf_arena arena;
    skip_blanks(r);
    at = r->p;
    read_text(r, t->text);
    if (t->op == LIKE || t->field->type == QF_T_str || t->field->type == QF_T_json || t->field->type == QF_T_list) {
        t->op = t->op == NE ? NE : LIKE;
        return true;
    }
    qf_arena_init(&arena, 4096);
    void *o = qf_xalloc(f->rec->size);
    memset(o, 0, f->rec->size);
    enum qf_err err = qf_field_parse(t->field, f->rec, o, t->text, strlen(t->text), &arena, &why);
    qf_arena_release(&arena);
    if (err != QF_OK && t->field->type != QF_T_text && t->field->type != QF_T_enum) {
        free(o);
        r->p = at;
        return fail(r, why, "");
    }
    if (err != QF_OK) { /* part of a word, or another case: compared as text */
        free(o);
        return true;
    }
    *ret = o;
    return true;
}

static bool read_term(struct tui_filter *f, struct reader *r, struct term *t, void **ret_value)
{
    skip_blanks(r);
    if (*r->p == '\0' || at_join(r->p))
        return fail(r, "something is missing", "");
    if (*r->p == '!' && r->p[1] != '=') {
        t->not = true;
        r->p++;
        skip_blanks(r);
    }
    if (*r->p == '/')
        return read_regex(r, t);
    size_t n = name_length(r->p);
    const char *after = r->p + n;
    while (*after == ' ')
        after++;
    if (n == 0 || !read_op(&after, &t->op)) {
        t->kind = WORD;
        read_text(r, t->text);
        return true;
    }
    t->kind = COMPARE;
    t->field = find_field(f->rec, r->p, n);
    if (!t->field) {
        char name[TUI_FILTER_MAX + 1];
        qf_str_copyn(name, sizeof name, r->p, n);
        return fail(r, "no field ", name);
    }
    r->p = after;
    return read_value(f, r, t, ret_value);
}

static bool read_all(struct tui_filter *f, struct reader *r)
{
    bool new_group = false;
    skip_blanks(r);
    while (*r->p) {
        if (f->n == MAX_TERMS)
            return fail(r, "too long", "");
        f->terms[f->n].new_group = new_group;
        f->n++; /* counted first: what it has built is then freed with the rest */
        if (!read_term(f, r, &f->terms[f->n - 1], &f->values[f->n - 1]))
            return false;
        skip_blanks(r);
        if (*r->p == '\0')
            return true;
        if (!at_join(r->p))
            return fail(r, "&& or || expected", "");
        new_group = *r->p == '|';
        r->p += 2;
        skip_blanks(r);
        if (*r->p == '\0')
            return fail(r, "something is missing", "");
    }
    return true;
}

struct tui_filter *tui_filter_new(const struct qf_rec *rec, const char *text, char *why, size_t cap)
{
    struct tui_filter *f = qf_xalloc(sizeof *f);
    memset(f, 0, sizeof *f);
    f->rec = rec;
    struct reader r = {text, text, why, cap};
    if (strlen(text) > TUI_FILTER_MAX) {
        fail(&r, "too long", "");
    } else if (read_all(f, &r)) {
        return f;
    }
    tui_filter_free(f);
    return NULL;
}

void tui_filter_free(struct tui_filter *f)
{
    if (!f)
        return;
    for (int i = 0; i < f->n; i++) {
        if (f->terms[i].kind == REGEX)
            regfree(&f->terms[i].regex);
        free(f->values[i]);
    }
    free(f);
}

/* --- matching */

static bool looked_at(const struct qf_field *f)
{
    return f->type == QF_T_text || f->type == QF_T_enum || (f->type == QF_T_i64 && f->flags & QF_F_KEY);
}

static bool word_in(const struct tui_filter *f, const struct term *t, const void *row)
{
    char text[256];
    for (int i = 0; i < f->rec->count; i++) {
        const struct qf_field *field = &f->rec->fields[i];
        if (!looked_at(field) || !qf_rec_has(f->rec, row, field))
            continue;
        qf_field_text(field, f->rec, row, text, sizeof text);
        if (t->kind == REGEX ? regexec(&t->regex, text, 0, NULL, 0) == 0 : strcasestr(text, t->text) != NULL)
            return true;
    }
    return false;
}

#define TYPED(type, o, f) (*(const type *)(const void *)((const char *)(o) + (f)->off))

/* Less, equal or more, by the field's own type. */
static int compare(const struct qf_field *f, const void *a, const void *b)
{
    switch (f->type) {
    case QF_T_bool:
        return (int)TYPED(bool, a, f) - (int)TYPED(bool, b, f);
    case QF_T_i64:
    case QF_T_price:
    case QF_T_qty:
    case QF_T_time:
        return TYPED(int64_t, a, f) < TYPED(int64_t, b, f) ? -1 : TYPED(int64_t, a, f) > TYPED(int64_t, b, f);
    case QF_T_money:
    case QF_T_cost:
        return TYPED(qf_i128, a, f) < TYPED(qf_i128, b, f) ? -1 : TYPED(qf_i128, a, f) > TYPED(qf_i128, b, f);
    case QF_T_enum:
        return TYPED(int32_t, a, f) - TYPED(int32_t, b, f);
    case QF_T_real:
        return TYPED(double, a, f) < TYPED(double, b, f) ? -1 : TYPED(double, a, f) > TYPED(double, b, f);
    default:
        return strcasecmp((const char *)a + f->off, (const char *)b + f->off);
    }
}

static bool compare_holds(const struct tui_filter *f, const struct term *t, const void *value, const void *row)
{
    if (!qf_rec_has(f->rec, row, t->field))
        return t->op == NE;
    if (!value) {
        char text[256];
        qf_field_text(t->field, f->rec, row, text, sizeof text);
        bool in = strcasestr(text, t->text) != NULL, same = strcasecmp(text, t->text) == 0;
        return t->op == LIKE ? in : t->op == EQ ? same : t->op == NE ? !same : false;
    }
    int c = compare(t->field, row, value);
    const bool holds[] = {[EQ] = c == 0, [NE] = c != 0, [LT] = c<0, [LE] = c <= 0, [GT] = c> 0, [GE] = c >= 0};
    return holds[t->op];
}

bool tui_filter_match(const struct tui_filter *f, const void *row)
{
    bool group = true;
    for (int i = 0; i < f->n; i++) {
        const struct term *t = &f->terms[i];
        if (t->new_group) {
            if (group)
                return true;
            group = true;
        }
        bool hit = t->kind == COMPARE ? compare_holds(f, t, f->values[i], row) : word_in(f, t, row);
        group = group && hit != t->not ;
    }
    return group;
}
