/* The validator and the cursor: they move over a document by the scanners of scan.c. */
#include "common/proto/json.h"

#include <string.h>

#include "common/proto/scan.h"
#include "common/str.h"

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
    j->p = qf_scan_blanks(j, j->p);
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
        return *j->p == '-' || qf_scan_is_digit(*j->p) ? QF_J_NUMBER : QF_J_BAD;
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
    const char *p = qf_scan_blanks(j, j->p);
    if (qf_scan_at(j, p) != bracket)
        p = qf_scan_fail_here(j, p, bracket == '{' ? "an object was expected" : "a list was expected");
    else if (j->depth >= QF_JSON_DEPTH)
        p = qf_scan_fail(j, p, "it is nested too deep");
    if (p == NULL)
        return QF_ESYNTAX;
    j->depth++;
    j->p = p + 1;
    return QF_OK;
}

/* The closing bracket, or the comma before the next member. */
static enum qf_err next_member(struct qf_json *j, bool first, char bracket, bool *ret_more)
{
    const char *p = qf_scan_blanks(j, j->p);
    bool more = qf_scan_at(j, p) != bracket;
    if (more && !first && qf_scan_at(j, p) != ',')
        return take_to(j, qf_scan_fail_here(j, p, "a comma or a closing bracket is missing"));
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
    const char *p = qf_scan_blanks(j, j->p);
    if (qf_scan_at(j, p) != '"')
        return take_to(j, qf_scan_fail_here(j, p, "a key in quotes is missing"));
    enum qf_err err = qf_json_string(j, false, key, cap, ret_n) == QF_OK ? QF_OK : QF_ERANGE;
    p = err == QF_OK ? j->p : qf_scan_string(j, p + 1);
    if (p == NULL)
        return QF_ESYNTAX;
    p = qf_scan_blanks(j, p);
    if (qf_scan_at(j, p) != ':')
        return take_to(j, qf_scan_fail_here(j, p, "a colon is missing"));
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
    if (!first && qf_scan_at(j, p++) != ',')
        return false;
    if ((size_t)(j->end - p) < n || memcmp(p, key, n) != 0)
        return false;
    j->p = p + n;
    return true;
}

enum qf_err qf_json_i64(struct qf_json *j, int64_t *ret)
{
    const char *start = qf_scan_blanks(j, j->p), *p = start;
    bool negative = qf_scan_at(j, p) == '-', over = false;
    int64_t v = 0; /* kept negative: its range is the larger one */
    p += negative;
    const char *first = p;
    for (; qf_scan_is_digit(qf_scan_at(j, p)); p++)
        over = over || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *p - '0', &v);
    if (p == first || (*first == '0' && p - first > 1) || qf_scan_at(j, p) == '.' || qf_scan_at(j, p) == 'e' || qf_scan_at(j, p) == 'E')
        return take_to(j, qf_scan_fail_here(j, start, "a whole number was expected"));
    if (over || (!negative && v == INT64_MIN)) {
        j->why = "a whole number that is too large";
        return QF_ERANGE;
    }
    *ret = negative ? v : -v;
    return take_to(j, p);
}

enum qf_err qf_json_number(struct qf_json *j, const char **ret_p, size_t *ret_n)
{
    const char *start = qf_scan_blanks(j, j->p);
    bool begins = qf_scan_at(j, start) == '-' || qf_scan_is_digit(qf_scan_at(j, start));
    const char *p = begins ? qf_scan_number(j, start) : qf_scan_fail_here(j, start, "a number was expected");
    if (p == NULL)
        return QF_ESYNTAX;
    *ret_p = start;
    *ret_n = (size_t)(p - start);
    return take_to(j, p);
}

enum qf_err qf_json_bool(struct qf_json *j, bool *ret)
{
    const char *start = qf_scan_blanks(j, j->p);
    bool yes = qf_scan_at(j, start) == 't';
    if (!yes && qf_scan_at(j, start) != 'f')
        return take_to(j, qf_scan_fail_here(j, start, "true or false was expected"));
    const char *p = yes ? qf_scan_literal(j, start, "true", 4) : qf_scan_literal(j, start, "false", 5);
    if (p != NULL)
        *ret = yes;
    return take_to(j, p);
}

enum qf_err qf_json_skip(struct qf_json *j, const char **ret_p, size_t *ret_n)
{
    const char *start = qf_scan_blanks(j, j->p), *p = qf_scan_value(j, start);
    if (p == NULL)
        return QF_ESYNTAX;
    *ret_p = start;
    *ret_n = (size_t)(p - start);
    return take_to(j, p);
}

enum qf_err qf_json_finish(struct qf_json *j)
{
    const char *p = qf_scan_blanks(j, j->p);
    return take_to(j, p == j->end ? p : qf_scan_fail(j, p, "something stands behind its end"));
}

/* --- decoding a string */

/* \uXXXX, or two of them that make one character. U+0000 would end a C string early; half of a pair is no character. */
static const char *decode_escape(struct qf_json *j, const char *p, uint32_t *ret_cp)
{
    char simple = qf_scan_simple_escape(qf_scan_at(j, p + 1));
    if (simple != '\0') {
        *ret_cp = (unsigned char)simple;
        return p + 2;
    }
    if (qf_scan_escape(j, p) == NULL)
        return NULL;
    uint32_t cp = (uint32_t)qf_scan_hex4(j, p + 2);
    if (cp == 0)
        return qf_scan_fail(j, p, "the character U+0000 in a text");
    if (cp < 0xD800 || cp > 0xDFFF) {
        *ret_cp = cp;
        return p + 6;
    }
    int32_t low = cp < 0xDC00 && qf_scan_at(j, p + 6) == '\\' && qf_scan_at(j, p + 7) == 'u' ? qf_scan_hex4(j, p + 8) : -1;
    if (low < 0xDC00 || low > 0xDFFF)
        return qf_scan_fail(j, p, "half of a surrogate pair in a text");
    *ret_cp = 0x10000 + ((cp - 0xD800) << 10) + ((uint32_t)low - 0xDC00);
    return p + 12;
}

/* The character at p that is not plain. */
static const char *decode_special(struct qf_json *j, const char *p, bool strict_text, uint32_t *ret_cp)
{
    const char *behind;
    if ((unsigned char)*p < 0x20)
        return qf_scan_fail(j, p, "a control character in a text");
    if (*p == '\\') {
        behind = decode_escape(j, p, ret_cp);
    } else {
        size_t n = qf_utf8_next(p, (size_t)(j->end - p), ret_cp);
        behind = n == 0 ? qf_scan_fail(j, p, "a text that is not UTF-8") : p + n;
    }
    if (behind != NULL && strict_text && qf_cp_forbidden(*ret_cp))
        return qf_scan_fail(j, p, "a character that must not be in a text");
    return behind;
}

enum qf_err qf_json_string(struct qf_json *j, bool strict_text, char *out, size_t cap, size_t *ret_n)
{
    const char *p = qf_scan_blanks(j, j->p);
    size_t n = 0;
    qf_assert(cap > 0);
    if (qf_scan_at(j, p) != '"')
        return take_to(j, qf_scan_fail_here(j, p, "a text in quotes was expected"));
    for (p++;;) {
        const char *run = p;
        p = qf_scan_plain(p, j->end);
        if ((size_t)(p - run) >= cap - n)
            return QF_ERANGE;
        memcpy(out + n, run, (size_t)(p - run));
        n += (size_t)(p - run);
        if (p == j->end)
            return take_to(j, qf_scan_fail(j, p, "a text without its closing quote"));
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
