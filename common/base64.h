/* Bytes as text (RFC 4648, with padding). */
#ifndef QF_BASE64_H
#define QF_BASE64_H

#include "common/base.h"

/* Bytes qf_base64_put writes for n of them, without NUL. */
#define QF_BASE64_TEXT(n) (((n) + 2) / 3 * 4)

/* Returns the bytes written: QF_BASE64_TEXT(n). */
size_t qf_base64_put(const void *p, size_t n, char *out);
/* out holds n / 4 * 3 bytes; may be the text itself. QF_ESYNTAX: anything but whole groups of the alphabet, padded at the end. */
enum qf_err qf_base64_get(const char *p, size_t n, void *out, size_t *ret_n) QF_MUST_CHECK;

#endif
