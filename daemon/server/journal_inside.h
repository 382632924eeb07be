/* Shared by journal.c (appending, on a worker) and journal_file.c (lines, and the file as a whole). */
#ifndef QF_SERVER_JOURNAL_INSIDE_H
#define QF_SERVER_JOURNAL_INSIDE_H

#include "daemon/server/journal.h"

#include <sys/types.h>

#define JOURNAL_FILE_MAX ((size_t)JOURNAL_LINES * 512)

void journal_line_state(struct qf_buf *out, const struct qf_trading_state *row);
void journal_line_cancel(struct qf_buf *out, int64_t order);
void journal_line_trip(struct qf_buf *out, const struct qf_breaker *row);
void journal_lines(struct qf_buf *out, const struct journal_rows *rows);
bool journal_write_all(int fd, const char *p, size_t n) QF_MUST_CHECK;
/* Puts b in the place of the file: written beside it, fsynced, renamed. Returns the new file, open for appending, or -1 when the old
 * one stands as it was. *ret_ok: the folder is on the disk as well. */
int journal_write_anew(const char *path, const struct qf_buf *b, bool *ret_ok) QF_MUST_CHECK;
/* Cuts off what a crash or a full disk left behind the last whole line. fd: open for reading and appending.
 * *ret_good: bytes of lines that hold. */
bool journal_cut_tail(int fd, off_t *ret_good) QF_MUST_CHECK;

#endif
