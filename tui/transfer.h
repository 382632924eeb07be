/* What the daemon makes, taken piece by piece into a file: an export or a report. It goes on while its dialog is
 * closed. The file is never written over; it is gone again when the work fails or is cancelled. */
#ifndef QF_TUI_TRANSFER_H
#define QF_TUI_TRANSFER_H

#include "tui/app.h"

enum tui_transfer_state { TUI_TRANSFER_RUNS, TUI_TRANSFER_DONE, TUI_TRANSFER_FAILED, TUI_TRANSFER_CANCELLED };

struct tui_transfer_status {
    enum tui_transfer_state state;
    char path[200];
    char title[81];      /* what the daemon calls it */
    int64_t done, total; /* rows or steps; total 0 = not known */
    int64_t bytes;       /* in the file */
    qf_time began;       /* our wall time */
    char why[160];       /* FAILED */
};

struct tui_transfer;

/* Sends cmd (export.start or report.make) and writes what comes to path, which must not exist. NULL and *ret_why when
 * the file cannot be made. */
struct tui_transfer *tui_transfer_new(struct tui_app *app, enum qf_cmd_id cmd, const void *req, const char *path,
                                      char *ret_why, size_t cap);
/* Leaves it: a file that is not whole is removed, the daemon is told. NULL is fine. */
void tui_transfer_free(struct tui_transfer *t);
void tui_transfer_cancel(struct tui_transfer *t);
void tui_transfer_tick(struct tui_transfer *t); /* once a second; NULL is fine */
const struct tui_transfer_status *tui_transfer_status(const struct tui_transfer *t);

#endif
