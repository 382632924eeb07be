/* The console on the fixed desk without a terminal: press keys, let time pass, look at the screen. */
#ifndef QF_TESTS_TUI_WORLD_H
#define QF_TESTS_TUI_WORLD_H

#include "tests/tui/fake.h"
#include "tui/app.h"

struct world {
    struct fake *fake;
    struct tui_link link;
    struct tui_app *app;
    struct tui_canvas *canvas;
    char copied[4096]; /* what went to the clipboard last, as far as it fits */
    size_t copied_n;
    int themes; /* times the colours were changed */
    enum tui_theme theme;
};
/* File with the settings of users for the worlds opened from now on; NULL = none. */
extern const char *world_prefs;

/* role: enum qf_role, -1 = nobody is signed in. */
void world_open(struct world *w, int role, int columns, int rows, enum tui_charset charset);
/* The same on a desk that has nothing yet, or that does not answer. */
void world_open_as(struct world *w, int role, int columns, int rows, enum tui_charset charset, bool empty, bool silent);
void world_close(struct world *w);
/* Time passes; what waits is delivered. Then the screen is drawn. */
void world_wait(struct world *w, int64_t us);
/* Presses keys by their names, blank-separated ("2 Down b Enter C-n Space"), 400 ms apart; then draws. */
void world_keys(struct world *w, const char *names);
/* Types text, no time between its letters. */
void world_type(struct world *w, const char *text);
void world_resize(struct world *w, int columns, int rows);
/* Row y as text; valid until the next call. */
const char *world_row(struct world *w, int y);
/* Is the text on one row of the screen? */
bool world_shows(struct world *w, const char *text);
/* All rows, one a line. */
const char *world_text(struct world *w);

#endif
