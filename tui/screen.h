/* What a screen is to the console: a row of functions and what it needs. One file of tui/screens implements one; the
 * table of all is handed to the console by who starts it, so that this room names none of them. */
#ifndef QF_TUI_SCREEN_H
#define QF_TUI_SCREEN_H

#include "common/proto/proto.h"
#include "tui/canvas.h"
#include "tui/keys.h"

struct tui_app;

/* What drawing gets. */
struct tui_view {
    struct tui_app *app;
    struct tui_canvas *canvas;
    qf_time now; /* the daemon's wall clock, as far as we know it */
};

struct tui_screen {
    int digit;         /* its key and its place in the row of tabs */
    enum qf_perm perm; /* who may see it */
    const int *topics; /* enum qf_topic_id, followed while it shows; those the role may not see are left out */
    int topics_n;
    void *(*open)(struct tui_app *app); /* once, at the first visit; its state lives until sign-out */
    void (*close)(void *state);
    void (*show)(void *state); /* it comes to the front: ask for what no topic gives; NULL = nothing */
    void (*draw)(void *state, const struct tui_view *v, struct tui_rect body);
    /* False: the action means nothing in the present panel; the console then says so. */
    bool (*act)(void *state, enum tui_action action);
    /* Why the action cannot be done now ("" = it can): greys it on the key line and in the palette. NULL = always can.
     */
    const char *(*why_not)(void *state, enum tui_action action);
    void (*tick)(void *state); /* once a second; NULL = nothing */
    /* A word of the palette with its argument: bring that panel to the front. */
    void (*go)(void *state, const char *word, const char *arg);
    /* The list in front, for the filter dialog; NULL = the panel is none. */
    struct tui_table *(*list)(void *state);
    /* Takes all keys itself, as the login screen does; NULL = keys come as actions. False: quit or resize keys are left
     * over. */
    bool (*key)(void *state, tui_key key);
};

#endif
