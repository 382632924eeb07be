/* PostgreSQL's binary NUMERIC: groups of four decimal digits, so that 10^-8 is two groups behind the point and 10^-16
 * four. */
#ifndef QF_STORE_NUMERIC_H
#define QF_STORE_NUMERIC_H

#include "common/base.h"

#define NUMERIC_BYTES 28 /* at most: 8 of head, 10 groups of two (2^127 has 39 digits) */

/* v at 10^-scale, scale a multiple of 4. Returns the bytes written (8 + two a group). */
size_t numeric_put(qf_i128 v, int scale, unsigned char out[NUMERIC_BYTES]);
/* The other way. QF_ESYNTAX: not a NUMERIC; QF_ERANGE: NaN, infinite, beyond 2^127 - 1 or with more decimals than
 * `scale`. */
enum qf_err numeric_get(const unsigned char *p, size_t n, int scale, qf_i128 *ret) QF_MUST_CHECK;

#endif
