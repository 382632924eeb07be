/* A streaming reader of CSV (RFC 4180), plain or gzip. Everything in the file is hostile: lines, columns and bytes are bounded,
 * nothing is allocated per line, and what is wrong is said with file, line and column.
 *
 * Taken: LF or CRLF, a last line without an end, quoted values with doubled quotes and line ends inside, a UTF-8 byte order mark,
 * empty lines (skipped). Refused: another number of columns than the first line has, a quote inside a value that did not begin
 * with one, anything behind a closing quote, a carriage return alone, control characters. */
#ifndef QF_CSV_H
#define QF_CSV_H

#include "common/source.h"

#define CSV_MAX_COLUMNS 4097        /* a date and a close for each of QF_MAX_INSTRUMENTS */
#define CSV_MAX_LINE (128 * 1024)   /* 4,097 columns of 31 bytes */

struct csv;
struct csv_cell {
    const char *p; /* not terminated; valid until the next csv_next */
    size_t n;
};

/* NULL: why says what is wrong. */
struct csv *csv_open(const char *path, char why[QF_WHY_TEXT]) QF_MUST_CHECK;
/* Over bytes that stay the caller's and must outlive it; `name` stands for the file in messages. */
struct csv *csv_memory(const char *name, const void *p, size_t n) QF_MUST_CHECK;
void csv_close(struct csv *c);

/* The next line's cells. QF_ENOENT at the end. QF_ESYNTAX, QF_ERANGE (too long, too many columns), QF_EIO: csv_why has the
 * message and every later call gives the same. */
enum qf_err csv_next(struct csv *c, const struct csv_cell **ret_cells, size_t *ret_n) QF_MUST_CHECK;
/* Says that the current line's column (from 0; `name` may be NULL) is wrong; from now on the reader has failed with `err`. */
enum qf_err csv_fault(struct csv *c, enum qf_err err, size_t column, const char *name, const char *what);
/* "prices.csv.gz:17: column 3 (close): not a number"; "" while nothing is wrong. */
const char *csv_why(const struct csv *c);
/* The line the current record begins in, from 1. */
int64_t csv_line(const struct csv *c);

#endif
