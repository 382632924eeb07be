/* Dialogs: boxes above a screen. The harmless answer has the focus; what acts is a second, named key. The console drops
 * keys pressed within 300 ms of a dialog's opening, so that nothing typed ahead can act. */
#ifndef QF_TUI_DIALOG_H
#define QF_TUI_DIALOG_H

#include "tui/screen.h"

enum tui_verdict { TUI_STAY, TUI_CLOSE };

struct tui_dialog;
struct tui_dialog_ops {
    /* Size of the box for a screen of w x h; never more than it. */
    void (*size)(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h);
    /* inside: the box without its rules and one blank at each side. */
    void (*draw)(struct tui_dialog *d, const struct tui_view *v, struct tui_rect inside);
    enum tui_verdict (*key)(struct tui_dialog *d, tui_key key);
    /* At least every 50 ms while it is open; NULL = nothing. */
    enum tui_verdict (*tick)(struct tui_dialog *d, qf_time now);
    void (*free)(struct tui_dialog *d);
    /* True: it stands in this panel of the screen, not in a box above it. NULL = never. */
    bool (*dock)(const struct tui_dialog *d, int w, int h, struct tui_rect *ret);
};

/* The first member of each kind. */
struct tui_dialog {
    const struct tui_dialog_ops *ops;
    struct tui_app *app;
    char title[64];
    qf_time opened;  /* our wall time; keys before opened + 300 ms are dropped */
    bool keeps_link; /* useful while the link is lost (help) */
    struct tui_dialog *below;
};

/* --- text in lines, for dialogs made of words */
#define TUI_LINES 40
struct tui_lines {
    int n;
    struct {
        enum tui_role role;
        char text[128];
    } line[TUI_LINES];
};
void tui_lines_add(struct tui_lines *l, enum tui_role role, const char *fmt, ...) QF_PRINTF(3, 4);
/* Longer text over several lines of at most w columns, broken at blanks. */
void tui_lines_wrap(struct tui_lines *l, enum tui_role role, const char *text, size_t w);
void tui_lines_draw(const struct tui_lines *l, struct tui_canvas *c, struct tui_rect r);

/* Buttons at the right end of a line; the one in focus stands reversed in brackets. */
void tui_buttons(struct tui_canvas *c, struct tui_rect line, const char *const *labels, int n, int focus);

/* --- yes or no. The effect is asked for again all the time it is shown. When what would be sent is another thing than
 * before, the 300 ms begin anew: nobody says yes to what was not yet read. Estimates that move with the market do not
 * count. */
struct tui_effect {
    struct tui_lines lines; /* what would happen */
    char act[48];           /* what the key does: "y cancels 2" */
    uint64_t stamp;         /* of what would be sent */
};
struct tui_confirm_def {
    const char *keep;                                  /* the harmless button: "Keep" */
    bool (*effect)(void *ctx, struct tui_effect *ret); /* ret is zeroed; false = there is nothing left to do */
    void (*yes)(void *ctx, struct tui_app *app);
    void (*free)(void *ctx);
};
/* ctx is the dialog's from now on. */
struct tui_dialog *tui_confirm_new(const char *title, const struct tui_confirm_def *def, void *ctx);

/* --- reading only */
struct tui_dialog *tui_text_new(const char *title, const struct tui_lines *lines);

#endif
