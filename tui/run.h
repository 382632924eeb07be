/* Joins console, terminal and event loop: keys in, frames out, at most 20 a second and only when something changed. */
#ifndef QF_TUI_RUN_H
#define QF_TUI_RUN_H

#include "common/loop.h"
#include "tui/link.h"
#include "tui/screen.h"

struct tui_run_options {
    const struct tui_link *link;
    const struct tui_screen *const *screens; /* NULL at the end */
    const struct tui_screen *login;
    const char *theme; /* a word of tui_style_find; NULL = dark */
    bool ascii;
    const char *prefs; /* file with the settings of users; NULL = none are kept */
    qf_time (*now)(void *arg); /* our wall clock; NULL = the system's */
    void *arg;
};

/* Runs until the user leaves or the terminal goes. 0 when all was well, 2 when there is no usable terminal or no such
 * theme (the reason then stands on standard error). The loop stays the caller's. */
int tui_run(struct qf_loop *loop, const struct tui_run_options *options);

#endif
