/* A grid of cells that a screen draws into; what happens to it later (a terminal, a test's text file) is not its
 * business. Everything is clipped. Stored text can never move a cursor: forbidden and broken characters are shown as
 * '?'. */
#ifndef QF_TUI_CANVAS_H
#define QF_TUI_CANVAS_H

#include "common/base.h"
#include "common/mem.h"
#include "tui/style.h"

/* What the far end can show. */
enum tui_charset {
    TUI_BRAILLE, /* UTF-8 with braille */
    TUI_BLOCKS,  /* UTF-8 on a font without braille, such as the Linux console's */
    TUI_ASCII
};

struct tui_rect {
    int x, y, w, h;
};

struct tui_cell {
    uint32_t cp; /* 0 = the second half of a wide character */
    uint8_t role;
    uint8_t flags;
};

struct tui_canvas;

/* Blank, `w` x `h` cells, at least 1 x 1. */
struct tui_canvas *tui_canvas_new(int w, int h, enum tui_charset charset);
void tui_canvas_free(struct tui_canvas *c);
/* Another size, blank. */
void tui_canvas_resize(struct tui_canvas *c, int w, int h);
void tui_canvas_clear(struct tui_canvas *c);
int tui_canvas_w(const struct tui_canvas *c);
int tui_canvas_h(const struct tui_canvas *c);
enum tui_charset tui_canvas_charset(const struct tui_canvas *c);
const struct tui_cell *tui_canvas_cell(const struct tui_canvas *c, int x, int y);
/* Appends row y as UTF-8, every column of it. */
void tui_canvas_row(const struct tui_canvas *c, int y, struct qf_buf *out);

/* Flags that every cell drawn from now on carries; returns those before, to be set again. */
unsigned tui_canvas_flags(struct tui_canvas *c, unsigned flags);
/* Nothing outside r is drawn from now on; returns the clip before. */
struct tui_rect tui_canvas_clip(struct tui_canvas *c, struct tui_rect r);
/* Where a text cursor stands; x < 0 = hidden. Hidden again after clear. */
void tui_canvas_cursor(struct tui_canvas *c, int x, int y);
void tui_canvas_cursor_at(const struct tui_canvas *c, int *ret_x, int *ret_y);

/* One character; `ascii` is what stands there when the far end has no UTF-8. */
void tui_glyph(struct tui_canvas *c, int x, int y, enum tui_role role, uint32_t cp, char ascii);
/* Text from column x on. Returns the columns it took (also when some were clipped). */
int tui_text(struct tui_canvas *c, int x, int y, enum tui_role role, const char *s);
int tui_textf(struct tui_canvas *c, int x, int y, enum tui_role role, const char *fmt, ...) QF_PRINTF(5, 6);
/* Text in w columns; longer text is cut and ends in '~'. Returns the columns it took. */
int tui_text_fit(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const char *s);
/* The same, right-aligned: the last character stands in column x + w - 1. */
void tui_text_right(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const char *s);
/* Fills with one character. */
void tui_fill(struct tui_canvas *c, struct tui_rect r, enum tui_role role, uint32_t cp, char ascii);
/* Adds flags to what is drawn already. */
void tui_mark(struct tui_canvas *c, struct tui_rect r, unsigned flags);

/* What a heading rule says: "─ Title ────── note 0.3s ─". */
struct tui_heading {
    const char *title;
    const char *note; /* before the age; NULL = none */
    const char *age;  /* NULL = none */
    enum tui_role note_role, age_role;
    bool focused; /* the title stands reversed */
};
void tui_heading(struct tui_canvas *c, int x, int y, int w, const struct tui_heading *h);
/* A vertical rule between panels. */
void tui_vrule(struct tui_canvas *c, int x, int y, int h);
/* A dialog's box with its inside blank and its title in the upper edge. */
void tui_box(struct tui_canvas *c, struct tui_rect r, const char *title);

#endif
