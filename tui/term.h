/* The terminal: the only file that knows ncurses. Draws the cells of a canvas that changed, reads keys. */
#ifndef QF_TUI_TERM_H
#define QF_TUI_TERM_H

#include "tui/canvas.h"
#include "tui/keys.h"

struct tui_term;

struct tui_term_options {
    enum tui_theme theme; /* wanted; a terminal with fewer colours gets another one */
    bool ascii;           /* never more than ASCII */
};

/* Takes standard input and output, which must be a terminal. An unknown TERM is taken for xterm-256color. On failure
 * nothing was touched and why (at most cap bytes) says what to do: QF_ESTATE not a terminal, QF_EVERSION it cannot move
 * the cursor. */
enum qf_err tui_term_open(const struct tui_term_options *options, struct tui_term **ret, char *why,
                          size_t cap) QF_MUST_CHECK;
/* Gives the terminal back as it was. NULL is fine. */
void tui_term_close(struct tui_term *t);

void tui_term_size(const struct tui_term *t, int *ret_w, int *ret_h);
/* Asks the kernel for the size again, after SIGWINCH. True when it is another one. */
bool tui_term_resize(struct tui_term *t);
enum tui_charset tui_term_charset(const struct tui_term *t);
enum tui_theme tui_term_theme(const struct tui_term *t);
/* Another theme; the next draw paints all cells. Returns the one in use, which may be another. */
enum tui_theme tui_term_set_theme(struct tui_term *t, enum tui_theme theme);

/* The next key without waiting; false when there is none. Call it until it says so: several may be held that no poll
 * shows. */
bool tui_term_key(struct tui_term *t, tui_key *ret);
/* Standard input has ended: the terminal is gone. */
bool tui_term_gone(const struct tui_term *t);

/* Sends the cells that differ from what was drawn last. Returns how many. */
int tui_term_draw(struct tui_term *t, const struct tui_canvas *c);
/* To the clipboard of the terminal one sits at, also over ssh (OSC 52). Terminals that do not know it ignore it. */
void tui_term_copy(struct tui_term *t, const char *text, size_t n);
/* The next draw paints the whole screen, whatever garbage stands there. */
void tui_term_repaint(struct tui_term *t);
/* Can the line take more now? A draw while it cannot would stop the program. */
bool tui_term_ready(const struct tui_term *t);

#endif
