/* Inside of the console, for app.c, follow.c and frame.c only. */
#ifndef QF_TUI_APP_IN_H
#define QF_TUI_APP_IN_H

#include "tui/app.h"

#include "tui/prefs.h"

#define TUI_DIGITS 10
#define TUI_MESSAGE 200
#define TUI_OWN_LINES 128

/* One command of this session as a command line, and what became of it. */
struct tui_own_line {
    uint64_t number; /* from 1; 0 = none */
    qf_time at;
    enum tui_role role;
    char text[400], outcome[24];
};
struct tui_own_call;
struct tui_transfer;

struct tui_slot {
    const struct tui_screen *screen;
    void *state; /* NULL until the first visit */
};

struct tui_message {
    enum tui_role role;
    char text[TUI_MESSAGE];
    qf_time at;    /* the daemon's wall time */
    qf_time until; /* our wall time; until then only a worse one takes its place */
    bool note;     /* anything else may take its place */
};

struct tui_app {
    struct tui_app_options o;
    struct tui_cache *cache;
    struct tui_history *history;
    struct tui_slot slots[TUI_DIGITS]; /* by digit; 0 = login */
    int digit, before;                 /* in front, and the one before it */
    struct tui_dialog *top;
    bool wanted[QF_TOPIC_COUNT];   /* followed */
    qf_time asked[QF_TOPIC_COUNT]; /* since when, our wall time */
    enum tui_link_state state;     /* as last told of */
    qf_time lost_at;               /* our wall time the link went; 0 = it is there */
    qf_time lost_told;             /* the loss its box was shown for */
    char user[33];                 /* who the screens were opened for */
    struct tui_message message;
    struct qf_instrument_list *instruments; /* NULL until answered */
    int64_t instruments_call;
    int64_t read_id; /* alerts up to this event are read */
    bool dirty, urgent, done, frozen;
    int w, h; /* of the last draw */
    qf_time frozen_at, next_second;
    uint64_t drawn; /* changes of the cache the last draw saw */
    struct tui_prefs *prefs;
    struct tui_own_line own[TUI_OWN_LINES]; /* by number, round and round */
    uint64_t own_first, own_n;              /* number before the first of this user, and of the newest */
    struct tui_own_call *own_calls;         /* still without an answer */
    struct tui_transfer *transfer;          /* the export or report under way, or the last one; NULL = none yet */
};

/* follow.c: topics in and out, messages made of news */
void tui_follow(struct tui_app *app);      /* subscribes what the screen in front needs, leaves the rest */
void tui_follow_none(struct tui_app *app); /* signed out */
void tui_follow_listen(struct tui_app *app);
void tui_news(struct tui_app *app, enum tui_role role, const char *fmt, ...) QF_PRINTF(3, 4);

/* act.c: the colours this user chose before */
void tui_app_kept_theme(struct tui_app *app);

/* own.c: commands that change something, kept as command lines */
int64_t tui_own_call(struct tui_app *app, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg);
void tui_own_forget(struct tui_app *app, int64_t id);
/* A command that goes another way: its line's number, and what became of it. */
uint64_t tui_own_note(struct tui_app *app, enum qf_cmd_id cmd, const void *req);
void tui_own_outcome(struct tui_app *app, uint64_t number, enum tui_role role, const char *words);
struct tui_own_line *tui_own_find(struct tui_app *app, uint64_t number);
void tui_own_free(struct tui_app *app);

/* app.c: what happens when the link's state changes; something is new */
void tui_app_link_changed(struct tui_app *app);
bool tui_app_has_screen(const struct tui_app *app, int digit); /* it exists and the role may see it */

/* frame.c: lines 1 and 2, message strip and key line */
void tui_frame_draw(const struct tui_view *v, bool only_first);
void tui_frame_too_small(const struct tui_view *v);
struct tui_rect tui_frame_body(const struct tui_canvas *c);

#endif
