/* The scanners of JSON: from a position to the one behind what was there, or NULL when it was not: then the cursor stands at the
 * first byte that is wrong and says why. Nothing else of the cursor is touched. */
#include "common/proto/scan.h"

#include "common/str.h"

const char *qf_scan_fail(struct qf_json *j, const char *at, const char *why)
{
    j->p = at;
    j->why = why;
    return NULL;
}

const char *qf_scan_fail_here(struct qf_json *j, const char *p, const char *why)
{
    return qf_scan_fail(j, p, p == j->end ? "it ends too early" : why);
}

static const char *digits(const struct qf_json *j, const char *p)
{
    while (qf_scan_is_digit(qf_scan_at(j, p)))
        p++;
    return p;
}

const char *qf_scan_number(struct qf_json *j, const char *p)
{
    p += *p == '-';
    if (!qf_scan_is_digit(qf_scan_at(j, p)))
        return qf_scan_fail_here(j, p, "a digit is missing");
    p = *p == '0' ? p + 1 : digits(j, p);
    if (qf_scan_is_digit(qf_scan_at(j, p)))
        return qf_scan_fail(j, p, "a number begins with 0");
    if (qf_scan_at(j, p) == '.') {
        const char *start = ++p;
        p = digits(j, p);
        if (p == start)
            return qf_scan_fail_here(j, p, "a digit is missing");
    }
    if (qf_scan_at(j, p) == 'e' || qf_scan_at(j, p) == 'E') {
        p++;
        p += qf_scan_at(j, p) == '+' || qf_scan_at(j, p) == '-';
        const char *start = p;
        p = digits(j, p);
        if (p == start)
            return qf_scan_fail_here(j, p, "a digit is missing");
    }
    return p;
}

static int hex_value(char c)
{
    if (qf_scan_is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Four hexadecimal digits; -1 when they are not there. */
int32_t qf_scan_hex4(const struct qf_json *j, const char *p)
{
    int32_t v = 0;
    for (int i = 0; i < 4; i++) {
        int h = hex_value(qf_scan_at(j, p + i));
        if (h < 0)
            return -1;
        v = v << 4 | h;
    }
    return v;
}

/* What stands behind a backslash for one character; 0 when nothing does. */
char qf_scan_simple_escape(char c)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *hit = c == '\0' ? NULL : strchr(from, c);
    return hit == NULL ? '\0' : to[hit - from];
}

const char *qf_scan_escape(struct qf_json *j, const char *p)
{
    if (qf_scan_simple_escape(qf_scan_at(j, p + 1)) != '\0')
        return p + 2;
    if (qf_scan_at(j, p + 1) == 'u' && j->end - p >= 6 && qf_scan_hex4(j, p + 2) >= 0)
        return p + 6;
    return qf_scan_fail(j, p, j->end - p < 2 ? "it ends too early" : "an escape that is none");
}

/* From behind the opening quote to behind the closing one. */
const char *qf_scan_string(struct qf_json *j, const char *p)
{
    uint32_t cp;
    for (;;) {
        p = qf_scan_plain(p, j->end);
        if (p == j->end)
            return qf_scan_fail(j, p, "a text without its closing quote");
        if (*p == '"')
            return p + 1;
        if ((unsigned char)*p < 0x20)
            return qf_scan_fail(j, p, "a control character in a text");
        if (*p == '\\') {
            p = qf_scan_escape(j, p);
            if (p == NULL)
                return NULL;
        } else {
            size_t n = qf_utf8_next(p, (size_t)(j->end - p), &cp);
            if (n == 0)
                return qf_scan_fail(j, p, "a text that is not UTF-8");
            p += n;
        }
    }
}

const char *qf_scan_literal(struct qf_json *j, const char *p, const char *word, size_t n)
{
    if ((size_t)(j->end - p) < n || memcmp(p, word, n) != 0)
        return qf_scan_fail(j, p, "a word that is none of true, false, null");
    return p + n;
}

static const char *scalar(struct qf_json *j, const char *p)
{
    switch (qf_scan_at(j, p)) {
    case '"':
        return qf_scan_string(j, p + 1);
    case 't':
        return qf_scan_literal(j, p, "true", 4);
    case 'f':
        return qf_scan_literal(j, p, "false", 5);
    case 'n':
        return qf_scan_literal(j, p, "null", 4);
    default:
        if (qf_scan_at(j, p) == '-' || qf_scan_is_digit(qf_scan_at(j, p)))
            return qf_scan_number(j, p);
        return qf_scan_fail_here(j, p, "a value is missing");
    }
}

/* A key and its colon, blanks around them. */
static const char *key_and_colon(struct qf_json *j, const char *p)
{
    p = qf_scan_blanks(j, p);
    if (qf_scan_at(j, p) != '"')
        return qf_scan_fail_here(j, p, "a key in quotes is missing");
    p = qf_scan_string(j, p + 1);
    if (p == NULL)
        return NULL;
    p = qf_scan_blanks(j, p);
    return qf_scan_at(j, p) == ':' ? p + 1 : qf_scan_fail_here(j, p, "a colon is missing");
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
        return qf_scan_fail(j, p, "it is nested too deep");
    p = qf_scan_blanks(j, p + 1);
    *ret_value = qf_scan_at(j, p) != (object ? '}' : ']');
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
    p = qf_scan_blanks(j, p);
    *ret_value = qf_scan_at(j, p) == ',';
    if (*ret_value)
        return object ? key_and_colon(j, p + 1) : p + 1;
    if (qf_scan_at(j, p) != (object ? '}' : ']'))
        return qf_scan_fail_here(j, p, "a comma or a closing bracket is missing");
    n->objects >>= 1;
    n->depth--;
    return p + 1;
}

const char *qf_scan_value(struct qf_json *j, const char *p)
{
    struct nest n = { 0 };
    bool value = true;
    do {
        if (value) {
            p = qf_scan_blanks(j, p);
            value = false;
            p = qf_scan_at(j, p) == '{' || qf_scan_at(j, p) == '[' ? nest_open(j, &n, p, &value) : scalar(j, p);
        } else {
            p = nest_next(j, &n, p, &value);
        }
    } while (p != NULL && (value || n.depth > 0));
    return p;
}
