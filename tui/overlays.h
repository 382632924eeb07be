/* The dialogs every screen has. Those that need nothing more than to be opened are made here by name; the console opens
 * them. */
#ifndef QF_TUI_OVERLAYS_H
#define QF_TUI_OVERLAYS_H

#include "tui/app.h"

struct tui_dialog *tui_help_new(struct tui_app *app);
struct tui_dialog *tui_palette_new(struct tui_app *app);
struct tui_dialog *tui_alerts_new(struct tui_app *app); /* opening it reads them */
struct tui_dialog *tui_inbox_new(struct tui_app *app);
struct tui_dialog *tui_stop_new(struct tui_app *app);
/* The same with a strategy chosen already; "" = the firm. */
struct tui_dialog *tui_stop_of(struct tui_app *app, const char *strategy);
/* must: it was reset and has to be changed before anything else. */
struct tui_dialog *tui_password_new(struct tui_app *app, bool must);

/* The filter of the list in front; says so when there is none. */
void tui_open_filter(struct tui_app *app);
/* The report of a stop, shown as it is given until the topic has it. */
void tui_open_stop_report(struct tui_app *app, const struct qf_stop_report *report);
/* That of the newest one, whatever its scope; says so when there is none. */
void tui_open_newest_stop(struct tui_app *app);
void tui_open_sign_out(struct tui_app *app);
/* Once a loss: since is when the link went. */
void tui_open_link_lost(struct tui_app *app, qf_time since);
/* --- what a list can do besides; each says so when there is none in front */
/* The selected row, or all rows with their head line, to the terminal's clipboard. */
void tui_copy_list(struct tui_app *app, bool all);
/* Which columns it shows, in which order; kept for the user. */
void tui_open_columns(struct tui_app *app);
/* The columns its user has chosen before, for a list just made. */
void tui_columns_kept(struct tui_app *app, struct tui_table *t);
/* What this session has sent, as command lines. */
void tui_open_own(struct tui_app *app);
/* A list, a table or a report into a file, or the one that is under way. */
void tui_open_export(struct tui_app *app);
/* One of many names, found by typing; fn gets the one taken. names are copied. */
typedef void (*tui_pick_fn)(void *arg, const char *name);
struct tui_dialog *tui_pick_new(const char *title, const char *const *names, int n, tui_pick_fn fn, void *arg);
/* One request of the inbox. */
struct tui_dialog *tui_approval_new(struct tui_app *app, int64_t id);
/* Actions of a row: a list of labels, Enter or its letter takes one. */
struct tui_choice {
    char key;
    const char *label;
    const char *why_not; /* "" = can be done */
    int number;          /* handed to fn */
};
typedef void (*tui_choice_fn)(void *arg, int number);
/* choices are copied (their texts are not); arg must outlive the dialog. */
struct tui_dialog *tui_menu_new(const char *title, const struct tui_choice *choices, int n, tui_choice_fn fn,
                                void *arg);

#endif
