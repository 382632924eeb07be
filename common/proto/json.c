#include "common/proto/json.h"

#include <string.h>

#include "common/proto/scan.h"
#include "common/str.h"

/* --- scanners: from a position to the one behind what was there, or NULL after fail(). Nothing is kept but the cursor. */

static const char *fail(struct qf_json *j, const char *at, const char *why)
{
    j->p = at;
    j->why = why;
    return NULL;
}

static const char *fail_here(struct qf_json *j, const char *p, const char *why)
{
    return fail(j, p, p == j->end ? "it ends too early" : why);
}

/* A byte that is not there reads as NUL, which is nowhere in the grammar. */
static char at(const struct qf_json *j, const char *p)
{
    return p < j->end ? *p : '\0';
}

static const char *blanks(const struct qf_json *j, const char *p)
{
    while (p < j->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *digits(const struct qf_json *j, const char *p)
{
    while (is_digit(at(j, p)))
        p++;
    return p;
}

static const char *number(struct qf_json *j, const char *p)
{
    p += *p == '-';
    if (!is_digit(at(j, p)))
        return fail_here(j, p, "a digit is missing");
    p = *p == '0' ? p + 1 : digits(j, p);
    if (is_digit(at(j, p)))
        return fail(j, p, "a number begins with 0");
    if (at(j, p) == '.') {
        const char *start = ++p;
        p = digits(j, p);
        if (p == start)
            return fail_here(j, p, "a digit is missing");
    }
    if (at(j, p) == 'e' || at(j, p) == 'E') {
        p++;
        p += at(j, p) == '+' || at(j, p) == '-';
        const char *start = p;
        p = digits(j, p);
        if (p == start)
            return fail_here(j, p, "a digit is missing");
    }
    return p;
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hexadecimal digits; -1 when they are not there. */
static int32_t hex4(const struct qf_json *j, const char *p)
{
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int h = hex_value(at(j, p + i));
        if (h < 0)
            return -1;
        v = v << 4 | h;
    }
    return v;
}

/* What stands behind a backslash for one character; 0 when nothing does. */
static char simple_escape(char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *hit = c == '\0' ? NULL : strchr(from, c);
    return hit == NULL ? '\0' : to[hit - from];
}

static const char *escape(struct qf_json *j, const char *p)
{
    if (simple_escape(at(j, p + 1)) != '\0')
        return p + 2;
    if (at(j, p + 1) == 'u' && j->end - p >= 6 && hex4(j, p + 2) >= 0)
        return p + 6;
    return fail(j, p, j->end - p < 2 ? "it ends too early" : "an escape that is none");
}

/* From behind the opening quote to behind the closing one. */
static const char *string(struct qf_json *j, const char *p)
{
    uint32_t cp;
    for (;;) {
        p = qf_scan_plain(p, j->end);
        if (p == j->end)
            return fail(j, p, "a text without its closing quote");
        if (*p == '"')
            return p + 1;
        if ((unsigned char)*p < 0x20)
            return fail(j, p, "a control character in a text");
        if (*p == '\\') {
            p = escape(j, p);
            if (p == NULL)
                return NULL;
        } else {
            size_t n = qf_utf8_next(p, (size_t)(j->end - p), &cp);
            if (n == 0)
                return fail(j, p, "a text that is not UTF-8");
            p += n;
        }
    }
}

static const char *literal(struct qf_json *j, const char *p, const char *word, size_t n)
{
    if ((size_t)(j->end - p) < n || memcmp(p, word, n) != 0)
        return fail(j, p, "a word that is none of true, false, null");
    return p + n;
}

static const char *scalar(struct qf_json *j, const char *p)
{
    switch (at(j, p)) {
    case '"':
        return string(j, p + 1);
    case 't':
        return literal(j, p, "true", 4);
    case 'f':
        return literal(j, p, "false", 5);
    case 'n':
        return literal(j, p, "null", 4);
    default:
        if (at(j, p) == '-' || is_digit(at(j, p)))
            return number(j, p);
        return fail_here(j, p, "a value is missing");
    }
}

/* A key and its colon, blanks around them. */
static const char *key_and_colon(struct qf_json *j, const char *p)
{
    p = blanks(j, p);
    if (at(j, p) != '"')
        return fail_here(j, p, "a key in quotes is missing");
    p = string(j, p + 1);
    if (p == NULL)
        return NULL;
    p = blanks(j, p);
    return at(j, p) == ':' ? p + 1 : fail_here(j, p, "a colon is missing");
}

/* --- any value, without recursion: one bit a bracket that is open says whether it is an object's. */

struct nest {
    uint64_t objects;
    int depth;
};

/* Behind an opening bracket: its first member, or the closing one. *ret_value = a value comes next. */
static const char *nest_open(struct qf_json *j, struct nest *n, const char *p, bool *ret_value)
{
    bool object = *p == '{';
    if (j->depth + n->depth >= QF_JSON_DEPTH)
        return fail(j, p, "it is nested too deep");
    p = blanks(j, p + 1);
    *ret_value = at(j, p) != (object ? '}' : ']');
    if (!*ret_value)
        return p + 1;
    n->objects = n->objects << 1 | object;
    n->depth++;
    return object ? key_and_colon(j, p) : p;
}

/* Behind a value inside of a bracket: a comma and what goes on after it, or the bracket's end. */
static const char *nest_next(struct qf_json *j, struct nest *n, const char *p, bool *ret_value)
{
    bool object = n->objects & 1;
    p = blanks(j, p);
    *ret_value = at(j, p) == ',';
    if (*ret_value)
        return object ? key_and_colon(j, p + 1) : p + 1;
    if (at(j, p) != (object ? '}' : ']'))
        return fail_here(j, p, "a comma or a closing bracket is missing");
    n->objects >>= 1;
    n->depth--;
    return p + 1;
}

static const char *any_value(struct qf_json *j, const char *p)
{
    struct nest n = { 0 };
    bool value = true;
    do {
        if (value) {
            p = blanks(j, p);
            value = false;
            p = at(j, p) == '{' || at(j, p) == '[' ? nest_open(j, &n, p, &value) : scalar(j, p);
        } else {
            p = nest_next(j, &n, p, &value);
        }
    } while (p != NULL && (value || n.depth > 0));
    return p;
}

enum qf_err qf_json_validate(const char *p, size_t n, size_t *ret_at)
{
    struct qf_json j;
    const char *value;
    size_t value_n;
    qf_json_begin(&j, p, n);
    enum qf_err err = qf_json_skip(&j, &value, &value_n);
    if (err == QF_OK)
        err = qf_json_finish(&j);
    if (err != QF_OK && ret_at != NULL)
        *ret_at = (size_t)(j.p - j.start);
    return err;
}

/* --- cursor */

void qf_json_begin(struct qf_json *j, const char *p, size_t n)
{
    *j = (struct qf_json){ .start = p, .p = p, .end = p + n };
}

enum qf_json_kind qf_json_peek(struct qf_json *j)
{
    j->p = blanks(j, j->p);
    if (j->p == j->end)
        return QF_J_END;
    switch (*j->p) {
    case '{':
        return QF_J_OBJECT;
    case '[':
        return QF_J_ARRAY;
    case '"':
        return QF_J_STRING;
    case 't':
        return QF_J_TRUE;
    case 'f':
        return QF_J_FALSE;
    case 'n':
        return QF_J_NULL;
    default:
        return *j->p == '-' || is_digit(*j->p) ? QF_J_NUMBER : QF_J_BAD;
    }
}

static enum qf_err take_to(struct qf_json *j, const char *p)
{
    if (p == NULL)
        return QF_ESYNTAX;
    j->p = p;
    return QF_OK;
}

enum qf_err qf_json_open(struct qf_json *j, char bracket)
{
    const char *p = blanks(j, j->p);
    if (at(j, p) != bracket)
        p = fail_here(j, p, bracket == '{' ? "an object was expected" : "a list was expected");
    else if (j->depth >= QF_JSON_DEPTH)
        p = fail(j, p, "it is nested too deep");
    if (p == NULL)
        return QF_ESYNTAX;
    j->depth++;
    j->p = p + 1;
    return QF_OK;
}

/* The closing bracket, or the comma before the next member. */
static enum qf_err next_member(struct qf_json *j, bool first, char bracket, bool *ret_more)
{
    const char *p = blanks(j, j->p);
    bool more = at(j, p) != bracket;
    if (more && !first && at(j, p) != ',')
        return take_to(j, fail_here(j, p, "a comma or a closing bracket is missing"));
    j->depth -= !more;
    j->p = more && first ? p : p + 1;
    *ret_more = more;
    return QF_OK;
}

enum qf_err qf_json_next_item(struct qf_json *j, bool first, bool *ret_more)
{
    return next_member(j, first, ']', ret_more);
}

static enum qf_err take_key(struct qf_json *j, char *key, size_t cap, size_t *ret_n)
{
    const char *p = blanks(j, j->p);
    if (at(j, p) != '"')
        return take_to(j, fail_here(j, p, "a key in quotes is missing"));
    enum qf_err err = qf_json_string(j, false, key, cap, ret_n);
    if (err != QF_OK && err != QF_ERANGE)
        return err;
    p = err == QF_OK ? j->p : string(j, p + 1);
    if (p == NULL)
        return QF_ESYNTAX;
    p = blanks(j, p);
    if (at(j, p) != ':')
        return take_to(j, fail_here(j, p, "a colon is missing"));
    j->p = p + 1;
    return err;
}

enum qf_err qf_json_next_key(struct qf_json *j, bool first, char *key, size_t cap, size_t *ret_n, bool *ret_more)
{
    enum qf_err err = next_member(j, first, '}', ret_more);
    return err == QF_OK && *ret_more ? take_key(j, key, cap, ret_n) : err;
}

bool qf_json_take_key(struct qf_json *j, bool first, const char *key, size_t n)
{
    const char *p = j->p;
    if (!first && at(j, p++) != ',')
        return false;
    if ((size_t)(j->end - p) < n || memcmp(p, key, n) != 0)
        return false;
    j->p = p + n;
    return true;
}

enum qf_err qf_json_i64(struct qf_json *j, int64_t *ret)
{
    const char *start = blanks(j, j->p), *p = start;
    bool negative = at(j, p) == '-', over = false;
    int64_t v = 0; /* kept negative: its range is the larger one */
    p += negative;
    const char *first = p;
    for (; is_digit(at(j, p)); p++)
        over = over || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *p - '0', &v);
    if (p == first || (*first == '0' && p - first > 1) || at(j, p) == '.' || at(j, p) == 'e' || at(j, p) == 'E')
        return take_to(j, fail_here(j, start, "a whole number was expected"));
    if (over || (!negative && v == INT64_MIN)) {
        j->why = "a whole number that is too large";
        return QF_ERANGE;
    }
    *ret = negative ? v : -v;
    return take_to(j, p);
}

enum qf_err qf_json_number(struct qf_json *j, const char **ret_p, size_t *ret_n)
{
    const char *start = blanks(j, j->p);
    bool begins = at(j, start) == '-' || is_digit(at(j, start));
    const char *p = begins ? number(j, start) : fail_here(j, start, "a number was expected");
    if (p == NULL)
        return QF_ESYNTAX;
    *ret_p = start;
    *ret_n = (size_t)(p - start);
    return take_to(j, p);
}

enum qf_err qf_json_bool(struct qf_json *j, bool *ret)
{
    const char *start = blanks(j, j->p);
    bool yes = at(j, start) == 't';
    if (!yes && at(j, start) != 'f')
        return take_to(j, fail_here(j, start, "true or false was expected"));
    const char *p = yes ? literal(j, start, "true", 4) : literal(j, start, "false", 5);
    if (p != NULL)
        *ret = yes;
    return take_to(j, p);
}

enum qf_err qf_json_skip(struct qf_json *j, const char **ret_p, size_t *ret_n)
{
    const char *start = blanks(j, j->p), *p = any_value(j, start);
    if (p == NULL)
        return QF_ESYNTAX;
    *ret_p = start;
    *ret_n = (size_t)(p - start);
    return take_to(j, p);
}

enum qf_err qf_json_finish(struct qf_json *j)
{
    const char *p = blanks(j, j->p);
    return take_to(j, p == j->end ? p : fail(j, p, "something stands behind its end"));
}

/* --- decoding a string */

/* \uXXXX, or two of them that make one character. U+0000 would end a C string early; half of a pair is no character. */
static const char *decode_escape(struct qf_json *j, const char *p, uint32_t *ret_cp)
{
    char simple = simple_escape(at(j, p + 1));
    if (simple != '\0') {
        *ret_cp = (unsigned char)simple;
        return p + 2;
    }
    if (escape(j, p) == NULL)
        return NULL;
    uint32_t cp = (uint32_t)hex4(j, p + 2);
    if (cp == 0)
        return fail(j, p, "the character U+0000 in a text");
    if (cp < 0xD800 || cp > 0xDFFF) {
        *ret_cp = cp;
        return p + 6;
    }
    int32_t low = cp < 0xDC00 && at(j, p + 6) == '\\' && at(j, p + 7) == 'u' ? hex4(j, p + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return fail(j, p, "half of a surrogate pair in a text");
    *ret_cp = 0x10000 + ((cp - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    return p + 12;
}

/* The character at p that is not plain. */
static const char *decode_special(struct qf_json *j, const char *p, bool strict_text, uint32_t *ret_cp)
{
    const char *behind;
    if ((unsigned char)*p < 0x20)
        return fail(j, p, "a control character in a text");
    if (*p == '\\') {
        behind = decode_escape(j, p, ret_cp);
    } else {
        size_t n = qf_utf8_next(p, (size_t)(j->end - p), ret_cp);
        behind = n == 0 ? fail(j, p, "a text that is not UTF-8") : p + n;
    }
    if (behind != NULL && strict_text && qf_cp_forbidden(*ret_cp))
        return fail(j, p, "a character that must not be in a text");
    return behind;
}

enum qf_err qf_json_string(struct qf_json *j, bool strict_text, char *out, size_t cap, size_t *ret_n)
{
    const char *p = blanks(j, j->p);
    size_t n = 0;
    qf_assert(cap > 0);
    if (at(j, p) != '"')
        return take_to(j, fail_here(j, p, "a text in quotes was expected"));
    for (p++;;) {
        const char *run = p;
        p = qf_scan_plain(p, j->end);
        if ((size_t)(p - run) >= cap - n)
            return QF_ERANGE;
        memcpy(out + n, run, (size_t)(p - run));
        n += (size_t)(p - run);
        if (p == j->end)
            return take_to(j, fail(j, p, "a text without its closing quote"));
        if (*p == '"')
            break;
        char bytes[4];
        uint32_t cp = 0;
        p = decode_special(j, p, strict_text, &cp);
        if (p == NULL)
            return QF_ESYNTAX;
        size_t k = qf_utf8_put(cp, bytes);
        if (k >= cap - n)
            return QF_ERANGE;
        memcpy(out + n, bytes, k);
        n += k;
    }
    out[n] = '\0';
    *ret_n = n;
    return take_to(j, p + 1);
}
