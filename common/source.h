/* Bytes of a file or of memory, plain or gzip, told apart by their first two bytes. The only file that knows zlib is source.c. */
#ifndef QF_SOURCE_H
#define QF_SOURCE_H

#include "common/base.h"

struct source;

/* Opens a regular file for reading (anything else is refused: a pipe could stop the loop). NULL: why says what is wrong. */
struct source *source_open(const char *path, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
/* The same over `n` bytes that stay the caller's and must outlive it. */
struct source *source_memory(const void *p, size_t n) QF_MUST_CHECK;
/* The next bytes, at most `n` (> 0), unpacked. *ret_n = 0 is the end. QF_EIO when the system fails, QF_ESYNTAX when the
 * compressed data is damaged or cut short; why then holds the words and later calls fail the same way. */
enum qf_err source_read(struct source *s, void *p, size_t n, size_t *ret_n, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
/* NULL is fine. */
void source_close(struct source *s);

#endif
