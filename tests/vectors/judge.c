#include "tests/vectors/judge.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"

/* --- cases */

void judge_begin(struct judge *j, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(j->id, sizeof(j->id), fmt, args);
    va_end(args);
    j->why[0] = '\0';
}

void judge_fail(struct judge *j, const char *fmt, ...)
{
    va_list args;
    if (j->why[0] != '\0')
        return;
    va_start(args, fmt);
    vsnprintf(j->why, sizeof(j->why), fmt, args);
    va_end(args);
}

/* Names come from files: what could steer a terminal is not printed. */
static void print_clean(const char *text)
{
    for (; *text != '\0'; text++)
        putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

void judge_end(struct judge *j)
{
    if (j->why[0] == '\0') {
        j->passed++;
        return;
    }
    j->failed++;
    print_clean(j->file);
    printf(": ");
    print_clean(j->id);
    printf(": ");
    print_clean(j->why);
    printf("\n");
}

void judge_broken(struct judge *j, const char *id, const char *fmt, ...)
{
    va_list args;
    judge_begin(j, "%s", id);
    va_start(args, fmt);
    vsnprintf(j->why, sizeof(j->why), fmt, args);
    va_end(args);
    judge_end(j);
}

bool judge_agrees(double got, double want, struct tolerance t)
{
    if (isnan(want) || isnan(got))
        return isnan(want) && isnan(got);
    if (isinf(want) || isinf(got))
        return got == want;
    return fabs(got - want) <= fmax(t.absolute, t.relative * fabs(want));
}

void judge_number(struct judge *j, const char *what, double got, double want, struct tolerance t)
{
    if (!judge_agrees(got, want, t))
        judge_fail(j, "%s is %.15g, wanted %.15g", what, got, want);
}

void judge_text(struct judge *j, const char *what, const char *got, const char *want)
{
    if (strcmp(got, want) != 0)
        judge_fail(j, "%s is %s, wanted %s", what, got, want);
}

/* --- JSON */

struct json_object *member(struct json_object *o, const char *name)
{
    struct json_object *v = NULL;
    return json_object_is_type(o, json_type_object) && json_object_object_get_ex(o, name, &v) ? v : NULL;
}

size_t list_length(struct json_object *o)
{
    return json_object_is_type(o, json_type_array) ? json_object_array_length(o) : 0;
}

struct json_object *item(struct json_object *o, size_t i)
{
    return i < list_length(o) ? json_object_array_get_idx(o, i) : NULL;
}

struct json_object *object_of(struct json_object *o)
{
    static struct json_object *empty;
    if (json_object_is_type(o, json_type_object))
        return o;
    if (empty == NULL)
        empty = json_object_new_object();
    return empty;
}

const char *text_of(struct json_object *o)
{
    return json_object_is_type(o, json_type_string) ? json_object_get_string(o) : "";
}

const char *member_text(struct json_object *o, const char *name)
{
    return text_of(member(o, name));
}

bool number_of(struct json_object *o, double *ret)
{
    const struct {
        const char *word;
        double value;
    } words[] = { { "nan", NAN }, { "inf", INFINITY }, { "-inf", -INFINITY } };
    if (o == NULL) /* json-c's null */
        *ret = NAN;
    else if (json_object_is_type(o, json_type_double) || json_object_is_type(o, json_type_int))
        *ret = json_object_get_double(o);
    else {
        for (size_t i = 0; i < QF_LEN(words); i++)
            if (strcmp(text_of(o), words[i].word) == 0) {
                *ret = words[i].value;
                return true;
            }
        return false;
    }
    return true;
}

double member_number(struct json_object *o, const char *name, double otherwise)
{
    double v;
    struct json_object *m = member(o, name);
    return m != NULL && number_of(m, &v) ? v : otherwise;
}

struct tolerance tolerance_of(struct json_object *doc)
{
    struct json_object *t = member(doc, "tolerance");
    return (struct tolerance){ member_number(t, "absolute", 0), member_number(t, "relative", 0) };
}

/* --- files */

static bool found(const char *folder, const char *name, char *out, size_t cap)
{
    if (folder == NULL || qf_str_fmt(out, cap, "%s/%s", folder, name) + 1 >= cap)
        return false;
    return access(out, R_OK) == 0;
}

bool input_path(const struct judge *j, const char *name, char *out, size_t cap)
{
    return name[0] != '\0' && (found(j->data, name, out, cap) || found(j->folder, name, out, cap));
}
