/* The console: the frame round the screens, the way of a key, dialogs, messages, and what screens may ask for. Pure as
 * far as terminals and sockets go: it draws into a canvas and speaks through a link, so tests drive it without either.
 */
#ifndef QF_TUI_APP_H
#define QF_TUI_APP_H

#include "tui/cache.h"
#include "tui/dialog.h"
#include "tui/history.h"
#include "tui/link.h"
#include "tui/screen.h"
#include "tui/table.h"

#define TUI_MIN_W 60
#define TUI_MIN_H 18

struct tui_app_options {
    const struct tui_link *link;             /* kept */
    const struct tui_screen *const *screens; /* NULL at the end; kept */
    const struct tui_screen *login;          /* shown while nobody is signed in */
    qf_time (*now)(void *arg);               /* our wall clock */
    void *arg;
    enum tui_theme theme;
    /* What only who runs it can do; NULL = nothing. wake: something is new to draw. */
    void (*wake)(void *arg);
    void (*repaint)(void *arg);
    enum tui_theme (*set_theme)(void *arg, enum tui_theme theme);
    void (*copy)(void *arg, const char *text, size_t n); /* to the clipboard */
    const char *prefs; /* file with the settings of users; NULL = not kept */
    bool theme_fixed;  /* asked for on the command line: the one kept does not count */
};

/* --- for who runs it */
struct tui_app *tui_app_new(const struct tui_app_options *options);
void tui_app_free(struct tui_app *app);
void tui_app_key(struct tui_app *app, tui_key key);
/* Timers; call it when tui_app_due has come. */
void tui_app_tick(struct tui_app *app);
/* Our wall time at which tick wants to be called next. */
qf_time tui_app_due(const struct tui_app *app);
/* Is there something new to draw? Keys make it so at once, data too; who draws sees to the 20 a second. */
bool tui_app_dirty(const struct tui_app *app);
/* Was the last change a key? Then the draw should not wait. */
bool tui_app_urgent(const struct tui_app *app);
/* Draws the whole screen of the canvas's size. The canvas must be the same one each time. */
void tui_app_draw(struct tui_app *app, struct tui_canvas *c);
/* The user has asked to leave. */
bool tui_app_done(const struct tui_app *app);

/* --- for screens and dialogs */
const struct tui_cache *tui_app_cache(const struct tui_app *app);
struct tui_history *tui_app_history(const struct tui_app *app);
/* Lot, multiplier, sector of a symbol; NULL until the daemon has answered, or when it has none of that name. */
const struct qf_instrument *tui_app_instrument(const struct tui_app *app, const char *symbol);
/* All of them, by symbol; none until the daemon has answered. */
const struct qf_instrument *tui_app_instruments(const struct tui_app *app, size_t *ret_n);
const struct tui_link_status *tui_app_status(const struct tui_app *app);
qf_time tui_app_now(const struct tui_app *app);      /* our wall clock */
qf_time tui_app_desk_now(const struct tui_app *app); /* the daemon's */
/* The market's clock, which fills, prices and closes are of; the daemon's wall clock until there is one. */
qf_time tui_app_market_now(const struct tui_app *app);
bool tui_app_may(const struct tui_app *app, enum qf_perm perm);
const char *tui_app_user(const struct tui_app *app);
/* Signed in, link up, picture not frozen: a command can be sent. */
bool tui_app_live(const struct tui_app *app);
bool tui_app_has_dialog(const struct tui_app *app);
bool tui_app_covered(const struct tui_dialog *d); /* another dialog stands above this one */
/* What this user chose before, "" = nothing; and keeping it over the runs. Says so when it holds for this run only. */
const char *tui_app_kept(const struct tui_app *app, const char *key);
void tui_app_keep(struct tui_app *app, const char *key, const char *value);
void tui_app_touch(struct tui_app *app); /* something changed: draw */
void tui_app_retry(struct tui_app *app); /* connect now */
void tui_app_leave(struct tui_app *app);

/* Sends a command; see tui_link_ops.call. 0 = no link; a message is then shown. */
int64_t tui_app_call(struct tui_app *app, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg);
void tui_app_forget(struct tui_app *app, int64_t id);
/* A new client_ref: "qf-" and 16 random hexadecimal digits. */
void tui_app_ref(char out[65]);

/* The message strip. role TUI_TEXT says it happened, TUI_WARN and TUI_BAD that it did not. */
void tui_app_say(struct tui_app *app, enum tui_role role, const char *fmt, ...) QF_PRINTF(3, 4);
/* What stands there while nothing else was said and this screen is in front: of the desk's instant `at`. */
void tui_app_note(struct tui_app *app, enum tui_role role, qf_time at, const char *text);
/* A refusal or a lost answer as a message, after what was tried: "cancel 48213". False when the answer is good. */
bool tui_app_refused(struct tui_app *app, const char *what, const struct tui_answer *answer);

void tui_app_open(struct tui_app *app, struct tui_dialog *d); /* takes d */
void tui_app_show(struct tui_app *app, int digit);            /* another screen */
void tui_app_do(struct tui_app *app, enum tui_action action); /* as if its key were pressed */
void tui_app_word(struct tui_app *app, const struct tui_word_row *row, const char *arg);
int tui_app_digit(const struct tui_app *app); /* of the screen in front */
const struct tui_screen *tui_app_screen(const struct tui_app *app, void **ret_state);
/* The list in front with the rows there are now; NULL when the panel is none. Rows live until the next push. */
struct tui_table *tui_app_list(struct tui_app *app);
/* Why an action cannot be done here and now; "" when it can. */
const char *tui_app_why_not(const struct tui_app *app, enum tui_action action, enum qf_perm perm);

/* --- panels */
struct tui_panel_look {
    struct tui_table_look look;
    char age[TUI_FMT], loading[96];
};
/* Age, staleness and the words while waiting, for a panel that shows a topic. name: "positions". */
void tui_app_look(const struct tui_app *app, enum qf_topic_id topic, const char *name, bool focused,
                  struct tui_panel_look *ret);
/* A panel of words and charts with its heading; returns what is left for its inside. */
struct tui_rect tui_app_panel(const struct tui_view *v, struct tui_rect r, const char *title,
                              const struct tui_panel_look *look);

/* --- alerts (events of warn and above) */
int tui_app_unread(const struct tui_app *app);
bool tui_app_is_unread(const struct tui_app *app, const struct qf_event *e);
void tui_app_read_alerts(struct tui_app *app);

#endif
