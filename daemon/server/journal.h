/* state/stop.journal: what must hold although the database does not answer. Raised states and cancels, one line each, on the disk
 * (fsync) before a cancel leaves and before anybody is told that trading has stopped. Read at start, before anything is taken.
 *
 * A line is 16 hexadecimal digits (the first 8 bytes of BLAKE2b over the rest), a blank, a letter, a blank and the record:
 * S and a trading_state as JSON, B and a breaker that has tripped, or C and an order's number. A line that does not hold (cut by a crash or a full disk) is left out;
 * those behind it count. What a failed write leaves behind is cut off before the next one, and when the file is opened. */
#ifndef QF_SERVER_JOURNAL_H
#define QF_SERVER_JOURNAL_H

#include "common/proto/proto.h"
#include "daemon/server/worker.h"

#define JOURNAL_LINES 131072 /* lines read at start; a cancel of every open order fits */
#define JOURNAL_GROWN_BYTES (8 * 1024 * 1024) /* longer than this it should begin anew; a cancel of every open order fits */

struct journal;

struct journal_reader {
    void (*state)(void *arg, const struct qf_trading_state *row);
    void (*cancel)(void *arg, int64_t order);
    void (*trip)(void *arg, const struct qf_breaker *row); /* tripped, with since and trip */
    void *arg;
};
/* All that has to stand in the file. */
struct journal_rows {
    const struct qf_trading_state *states;
    size_t states_n;
    const struct qf_breaker *trips;
    size_t trips_n;
    const int64_t *cancels;
    size_t cancels_n;
};
/* Reads the file in order; a missing one is empty. QF_EIO when it cannot be read; *ret_damaged (may be NULL): a line did not hold. */
enum qf_err journal_read(const char *path, const struct journal_reader *reader, bool *ret_damaged) QF_MUST_CHECK;
/* Puts these rows in the place of everything in it: written beside it, fsynced, renamed. */
enum qf_err journal_rewrite(const char *path, const struct journal_rows *rows) QF_MUST_CHECK;

/* Opens it for appending (0600) and cuts off a damaged end. NULL: errno tells. worker does the writing and stays the caller's; it
 * should have nothing else to do that takes long. */
struct journal *journal_open(const char *path, struct worker *worker);
/* Waits for nothing: lines not yet on the disk are written by whoever holds them. Call it after worker_free. */
void journal_close(struct journal *j);

/* Appends a line; done(arg, ok) is called on the loop when it is on the disk together with all lines before it, or could not be
 * written. Lines that come while others are being written go out together. */
typedef void (*journal_done_fn)(void *arg, bool ok);
void journal_state(struct journal *j, const struct qf_trading_state *row, journal_done_fn done, void *arg);
void journal_cancel(struct journal *j, int64_t order, journal_done_fn done, void *arg);
void journal_trip(struct journal *j, const struct qf_breaker *row, journal_done_fn done, void *arg);

/* Is the file still the one at its path, and is there room on its disk? Asked once a second: a journal that was taken away, or could not
 * take a line, is to be noticed before a stop needs it. Reads no file and writes none. */
void journal_look(struct journal *j);

/* Lines are missing in the file because it could not be written, until journal_renew has succeeded; or its disk is full now. */
bool journal_failed(const struct journal *j);
/* It has grown too long or lines are missing: the owner should call journal_renew, at most once a second. */
bool journal_wants_new(const struct journal *j);
/* Puts these rows (copied) in the place of everything that was written or is being written; lines that come later stand
 * behind them. Written beside it, fsynced, renamed: a crash leaves the old file or the new one. Does nothing while one is under way. */
void journal_renew(struct journal *j, const struct journal_rows *rows);

#endif
