/* state/stop.journal: what must hold although the database does not answer. Raised states and cancels, one line each, on the disk
 * (fsync) before a cancel leaves and before anybody is told that trading has stopped. Read at start, before anything is taken.
 *
 * A line is 16 hexadecimal digits (the first 8 bytes of BLAKE2b over the rest), a blank, a letter, a blank and the record:
 * S and a trading_state as JSON, or C and an order's number. A line that does not hold ends the reading: it was cut by a crash. */
#ifndef QF_SERVER_JOURNAL_H
#define QF_SERVER_JOURNAL_H

#include "common/proto/proto.h"
#include "daemon/server/worker.h"

#define JOURNAL_LINES 131072 /* lines read at start; a cancel of every open order fits */

struct journal;

struct journal_reader {
    void (*state)(void *arg, const struct qf_trading_state *row);
    void (*cancel)(void *arg, int64_t order);
    void *arg;
};
/* Reads the file in order; a missing one is empty. QF_EIO when it cannot be read; *ret_cut (may be NULL): the last line was damaged. */
enum qf_err journal_read(const char *path, const struct journal_reader *reader, bool *ret_cut) QF_MUST_CHECK;
/* Puts n states in the place of everything in it: written beside it, fsynced, renamed. */
enum qf_err journal_rewrite(const char *path, const struct qf_trading_state *states, size_t n) QF_MUST_CHECK;

/* Opens it for appending (0600). NULL: errno tells. worker does the writing and stays the caller's. */
struct journal *journal_open(const char *path, struct worker *worker);
/* Waits for nothing: lines not yet on the disk are written by whoever holds them. Call it after worker_free. */
void journal_close(struct journal *j);

/* Appends a line; done(arg, ok) is called on the loop when it is on the disk together with all lines before it, or could not be
 * written. Lines that come while others are being written go out together. */
typedef void (*journal_done_fn)(void *arg, bool ok);
void journal_state(struct journal *j, const struct qf_trading_state *row, journal_done_fn done, void *arg);
void journal_cancel(struct journal *j, int64_t order, journal_done_fn done, void *arg);

#endif
