#include "common/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- bounded copies */

/* The largest cut of at most n bytes that does not end inside a UTF-8 sequence: steps back over continuation bytes. Bytes that
 * are no UTF-8 anyway are cut where they are. */
static size_t cut_at(const char *s, size_t n)
{
    size_t k = n;
    while (k > 0 && n - k < 4 && ((unsigned char)s[k] & 0xC0U) == 0x80)
        k--;
    return ((unsigned char)s[k] & 0xC0U) == 0x80 ? n : k;
}

bool qf_str_copyn(char *dst, size_t cap, const char *src, size_t n)
{
    qf_assert(cap > 0);
    bool whole = n < cap;
    size_t len = whole ? n : cut_at(src, cap - 1);
    if (len > 0)
        memcpy(dst, src, len);
    dst[len] = '\0';
    return whole;
}

bool qf_str_copy(char *dst, size_t cap, const char *src)
{
    return qf_str_copyn(dst, cap, src, strlen(src));
}

/* vsnprintf cuts anywhere; a sequence it cut in two is taken off. */
static size_t drop_half_sequence(char *s, size_t n)
{
    uint32_t cp;
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)s[n - back];
        if (c < 0x80)
            break;
        if (c >= 0xC0) {
            if (qf_utf8_next(s + n - back, back, &cp) == 0)
                n -= back;
            break;
        }
    }
    s[n] = '\0';
    return n;
}

size_t qf_str_fmt(char *dst, size_t cap, const char *fmt, ...)
{
    qf_assert(cap > 0);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(dst, cap, fmt, ap);
    va_end(ap);
    qf_assert(n >= 0);
    return (size_t)n < cap ? (size_t)n : drop_half_sequence(dst, cap - 1);
}

bool qf_str_eq(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool qf_str_eqn(const char *a, const char *b, size_t bn)
{
    return strncmp(a, b, bn) == 0 && memchr(b, '\0', bn) == NULL && a[bn] == '\0';
}

/* --- UTF-8 */

/* The second byte decides about overlong forms, surrogates and what lies above U+10FFFF; its range depends on the first. */
static bool second_ok(unsigned char first, unsigned char second)
{
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

size_t qf_utf8_next(const char *p, size_t n, uint32_t *ret_cp)
{
    if (n == 0)
        return 0;
    unsigned char first = (unsigned char)p[0];
    if (first < 0x80) {
        *ret_cp = first;
        return 1;
    }
    size_t len = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (len == 0 || len > n || !second_ok(first, (unsigned char)p[1]))
        return 0;
    uint32_t cp = first & (0x7FU >> len);
    for (size_t i = 1; i < len; i++) {
        unsigned char c = (unsigned char)p[i];
        if ((c & 0xC0U) != 0x80)
            return 0;
        cp = cp << 6 | (c & 0x3FU);
    }
    *ret_cp = cp;
    return len;
}

size_t qf_utf8_put(uint32_t cp, char out[4])
{
    qf_assert(cp <= 0x10FFFF && !(cp >= 0xD800 && cp <= 0xDFFF));
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    size_t len = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, cp >>= 6)
        out[i] = (char)(0x80U | (cp & 0x3FU));
    out[0] = (char)((0xF00U >> len & 0xF0U) | cp);
    return len;
}

/* ASCII from here on, eight bytes at a time: most text is nothing else. */
static size_t ascii_bytes(const char *p, size_t n)
{
    size_t i = 0;
    for (uint64_t eight; n - i >= sizeof eight; i += sizeof eight) {
        memcpy(&eight, p + i, sizeof eight);
        if ((eight & 0x8080808080808080U) != 0)
            break;
    }
    while (i < n && (unsigned char)p[i] < 0x80)
        i++;
    return i;
}

bool qf_utf8_valid(const char *p, size_t n)
{
    uint32_t cp;
    for (size_t i = ascii_bytes(p, n), k; i < n; i += k, i += ascii_bytes(p + i, n - i)) {
        k = qf_utf8_next(p + i, n - i, &cp);
        if (k == 0)
            return false;
    }
    return true;
}

bool qf_cp_forbidden(uint32_t cp)
{
    if (cp < 0xA0)
        return cp < 0x20 || cp >= 0x7F;
    if (cp < 0x2000)
        return cp == 0x061C;
    if (cp <= 0x2069)
        return cp == 0x200E || cp == 0x200F || (cp >= 0x2028 && cp <= 0x202E) || cp >= 0x2066;
    return cp == 0xFEFF || (cp >= 0xFDD0 && cp <= 0xFDEF) || (cp & 0xFFFEU) == 0xFFFE;
}

/* --- hash */

uint64_t qf_hash(const void *p, size_t n)
{
    const unsigned char *s = p;
    uint64_t h = 0xCBF29CE484222325ULL;
    for (size_t i = 0; i < n; i++)
        h = (h ^ s[i]) * 0x100000001B3ULL;
    return h;
}

/* --- names */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool qf_name_ok(const char *s)
{
    if (!is_plain(*s) && *s != '^')
        return false;
    for (; *s; s++)
        if (*s == ' ' ? s[1] == ' ' || s[1] == '\0' : !is_plain(*s) && !strchr("._-/&+:=^#@", *s))
            return false;
    return true;
}
