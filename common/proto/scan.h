/* Eight bytes of text at a time: where does the run of plain characters end that stand for themselves in a JSON string? */
#ifndef QF_SCAN_H
#define QF_SCAN_H

#include "common/base.h"

#include <endian.h>
#include <string.h>

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
