/* The console as qf starts it: all screens of this release on a link. Made in tui/screens, where the table of screens
 * stands. */
#ifndef QF_TUI_CONSOLE_H
#define QF_TUI_CONSOLE_H

#include "common/loop.h"
#include "tui/link.h"

/* Runs until the user leaves. theme: a word of tui_style_find, NULL = dark. Returns the program's exit status. */
int console_run(struct qf_loop *loop, const struct tui_link *link, const char *theme);

#endif
