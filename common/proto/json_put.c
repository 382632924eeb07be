/* The writer: straight into the buffer's memory where there is room, else by way of a small piece on the stack. */
#include "common/proto/json.h"

#include <string.h>

#include "common/money.h"
#include "common/proto/scan.h"
#include "common/str.h"

/* One character that is not plain as it stands: its escape, itself, or U+FFFD for a byte that is no UTF-8. Returns the bytes of
 * the source that are done. */
static size_t put_special(struct qf_buf *b, const char *p, size_t left)
{
    static const char hex[] = "0123456789abcdef";
    static const char shorts[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    unsigned char c = (unsigned char)*p;
    const char *hit = c == '\0' ? NULL : strchr(shorts, c);
    if (hit != NULL) {
        qf_buf_add(b, (const char[]){ '\\', letters[hit - shorts] }, 2);
    } else if (c < 0x20 || c == 0x7F) {
        qf_buf_add(b, (const char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
    } else {
        uint32_t cp;
        size_t n = qf_utf8_next(p, left, &cp);
        qf_buf_add(b, n == 0 ? "\xEF\xBF\xBD" : p, n == 0 ? 3 : n);
        return n == 0 ? 1 : n;
    }
    return 1;
}

void qf_json_put_string(struct qf_buf *b, const char *p, size_t n)
{
    const char *end = p + n;
    qf_buf_char(b, '"');
    while (p < end && !b->failed) {
        const char *run = p;
        p = qf_scan_plain(p, end);
        if (p > run)
            qf_buf_add(b, run, (size_t)(p - run));
        if (p < end)
            p += put_special(b, p, (size_t)(end - p));
    }
    qf_buf_char(b, '"');
}

void qf_json_put_i64(struct qf_buf *b, int64_t v)
{
    char tmp[QF_DEC_TEXT];
    qf_buf_add(b, tmp, qf_dec_format(v, 0, tmp));
}

void qf_json_put_dec(struct qf_buf *b, qf_i128 v, int scale)
{
    char tmp[QF_DEC_TEXT + 2];
    size_t n = qf_dec_format(v, scale, tmp + 1);
    tmp[0] = '"';
    tmp[n + 1] = '"';
    qf_buf_add(b, tmp, n + 2);
}
