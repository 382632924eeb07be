/* Inside of the JSON cursor: its scanners, from a position to the one behind what was there; NULL after qf_scan_fail. */
#ifndef QF_SCAN_H
#define QF_SCAN_H

#include <endian.h>
#include <string.h>

#include "common/proto/json.h"

/* Notes where and why; returns NULL. The second one for what is also reached at the document's end. */
const char *qf_scan_fail(struct qf_json *j, const char *at, const char *why);
const char *qf_scan_fail_here(struct qf_json *j, const char *p, const char *why);
/* p: at the number's first byte, which is a digit or a minus. */
const char *qf_scan_number(struct qf_json *j, const char *p);
/* p: behind the opening quote. */
const char *qf_scan_string(struct qf_json *j, const char *p);
/* p: at the backslash. */
const char *qf_scan_escape(struct qf_json *j, const char *p);
/* What stands behind a backslash for one character; 0 when nothing does. */
char qf_scan_simple_escape(char c);
/* Four hexadecimal digits; -1 when they are not there. */
int32_t qf_scan_hex4(const struct qf_json *j, const char *p);
const char *qf_scan_literal(struct qf_json *j, const char *p, const char *word, size_t n);
/* Any value, whatever it holds, without recursion. */
const char *qf_scan_value(struct qf_json *j, const char *p);

/* A byte that is not there reads as NUL, which is nowhere in the grammar. */
static inline char qf_scan_at(const struct qf_json *j, const char *p)
{
    return p < j->end ? *p : '\0';
}

static inline const char *qf_scan_blanks(const struct qf_json *j, const char *p)
{
    while (p < j->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline bool qf_scan_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- eight bytes of text at a time: where does the run of plain characters end that stand for themselves in a string? */

#define QF_EACH(byte) (0x0101010101010101ULL * (byte))

/* The top bit of each byte that is below 0x20, a quote, a backslash, DEL or above. Only the lowest marked byte is certain: a borrow
 * or carry can mark the byte above a marked one, which does no harm where one looks for the first. */
static inline uint64_t qf_scan_marks(uint64_t x)
{
    uint64_t quote = x ^ QF_EACH('"'), backslash = x ^ QF_EACH('\\');
    uint64_t low = (x - QF_EACH(0x20)) & ~x;
    return ((quote - QF_EACH(1)) & ~quote) | ((backslash - QF_EACH(1)) & ~backslash) | low | x | (x + QF_EACH(1));
}

static inline bool qf_scan_is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/* The first byte in [p, end) that is not plain; end when all are. */
static inline const char *qf_scan_plain(const char *p, const char *end)
{
    while (end - p >= 8) {
        uint64_t x;
        memcpy(&x, p, 8);
        uint64_t marks = qf_scan_marks(le64toh(x)) & QF_EACH(0x80);
        if (marks != 0)
            return p + __builtin_ctzll(marks) / 8;
        p += 8;
    }
    while (p < end && qf_scan_is_plain((unsigned char)*p))
        p++;
    return p;
}

#endif
