/* What the console keeps for a user over its runs: colours, columns of lists. One text file; a line is
 * "USER<tab>KEY<tab>VALUE". Nothing in it is needed: what is missing or broken is as if it had never been set. */
#ifndef QF_TUI_PREFS_H
#define QF_TUI_PREFS_H

#include "common/base.h"

struct tui_prefs;

/* path "" or NULL: kept in memory only. The file is read now; a file that others could have written is not. */
struct tui_prefs *tui_prefs_new(const char *path);
void tui_prefs_free(struct tui_prefs *p);
/* "" when it was never set; valid until the next set. */
const char *tui_prefs_get(const struct tui_prefs *p, const char *user, const char *key);
/* Kept at once: written beside the file, then put in its place. value "" forgets it. Keys and values have no tabs or
 * line ends. QF_EIO: it holds for this run only. */
enum qf_err tui_prefs_set(struct tui_prefs *p, const char *user, const char *key, const char *value) QF_MUST_CHECK;
/* $XDG_STATE_HOME/quantumfond/console, or below ~/.local/state; "" when there is no home. */
void tui_prefs_default(char *out, size_t cap);

#endif
