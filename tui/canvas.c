#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"

struct tui_canvas {
    int w, h;
    enum tui_charset charset;
    unsigned flags;
    struct tui_rect clip;
    int cursor_x, cursor_y;
    struct tui_cell *cells;
};

struct tui_canvas *tui_canvas_new(int w, int h, enum tui_charset charset)
{
    struct tui_canvas *c = qf_xalloc(sizeof *c);
    memset(c, 0, sizeof *c);
    c->charset = charset;
    tui_canvas_resize(c, w, h);
    return c;
}

void tui_canvas_free(struct tui_canvas *c)
{
    if (!c)
        return;
    free(c->cells);
    free(c);
}

void tui_canvas_resize(struct tui_canvas *c, int w, int h)
{
    c->w = w < 1 ? 1 : w;
    c->h = h < 1 ? 1 : h;
    c->cells = qf_xrealloc(c->cells, sizeof *c->cells * (size_t)c->w * (size_t)c->h);
    tui_canvas_clear(c);
}

void tui_canvas_clear(struct tui_canvas *c)
{
    c->flags = 0;
    c->clip = (struct tui_rect){0, 0, c->w, c->h};
    c->cursor_x = c->cursor_y = -1;
    for (int i = 0; i < c->w * c->h; i++)
        c->cells[i] = (struct tui_cell){' ', TUI_TEXT, 0};
}

int tui_canvas_w(const struct tui_canvas *c)
{
    return c->w;
}

int tui_canvas_h(const struct tui_canvas *c)
{
    return c->h;
}

enum tui_charset tui_canvas_charset(const struct tui_canvas *c)
{
    return c->charset;
}

const struct tui_cell *tui_canvas_cell(const struct tui_canvas *c, int x, int y)
{
    qf_assert(x >= 0 && y >= 0 && x < c->w && y < c->h);
    return &c->cells[y * c->w + x];
}

void tui_canvas_row(const struct tui_canvas *c, int y, struct qf_buf *out)
{
    for (int x = 0; x < c->w; x++) {
        char utf8[4];
        uint32_t cp = tui_canvas_cell(c, x, y)->cp;
        if (cp)
            qf_buf_add(out, utf8, qf_utf8_put(cp, utf8));
    }
}

unsigned tui_canvas_flags(struct tui_canvas *c, unsigned flags)
{
    unsigned before = c->flags;
    c->flags = flags;
    return before;
}

struct tui_rect tui_canvas_clip(struct tui_canvas *c, struct tui_rect r)
{
    struct tui_rect before = c->clip;
    int x1 = r.x + r.w < c->w ? r.x + r.w : c->w, y1 = r.y + r.h < c->h ? r.y + r.h : c->h;
    r.x = r.x < 0 ? 0 : r.x;
    r.y = r.y < 0 ? 0 : r.y;
    c->clip = (struct tui_rect){r.x, r.y, x1 > r.x ? x1 - r.x : 0, y1 > r.y ? y1 - r.y : 0};
    return before;
}

void tui_canvas_cursor(struct tui_canvas *c, int x, int y)
{
    bool in = x >= 0 && y >= 0 && x < c->w && y < c->h;
    c->cursor_x = in ? x : -1;
    c->cursor_y = in ? y : -1;
}

void tui_canvas_cursor_at(const struct tui_canvas *c, int *ret_x, int *ret_y)
{
    *ret_x = c->cursor_x;
    *ret_y = c->cursor_y;
}

static bool inside(const struct tui_canvas *c, int x, int y)
{
    return x >= c->clip.x && y >= c->clip.y && x < c->clip.x + c->clip.w && y < c->clip.y + c->clip.h;
}

static void set(struct tui_canvas *c, int x, int y, enum tui_role role, uint32_t cp)
{
    if (inside(c, x, y))
        c->cells[y * c->w + x] = (struct tui_cell){cp, (uint8_t)role, (uint8_t)c->flags};
}

/* Overwriting one half of a wide character leaves no half behind. */
static void heal(struct tui_canvas *c, int x, int y, int w)
{
    if (!inside(c, x, y))
        return;
    if (x > 0 && c->cells[y * c->w + x].cp == 0)
        c->cells[y * c->w + x - 1].cp = ' ';
    int end = x + w;
    if (end < c->w && c->cells[y * c->w + end].cp == 0)
        c->cells[y * c->w + end].cp = ' ';
}

void tui_glyph(struct tui_canvas *c, int x, int y, enum tui_role role, uint32_t cp, char ascii)
{
    if (role == TUI_BAD && cp >= 0x2581 && cp <= 0x2588)
        role = TUI_DOWN; /* a block is its own ground: themes that give BAD a ground would show it the wrong way round */
    heal(c, x, y, 1);
    set(c, x, y, role, c->charset == TUI_ASCII && cp >= 0x80 ? (uint32_t)ascii : cp);
}

/* What stands for a character where there is only ASCII; bars, heat maps and warnings give theirs themselves
 * (tui_glyph). */
static uint32_t to_ascii(uint32_t cp)
{
    static const struct {
        uint32_t cp;
        char ascii;
    } map[] = {
        {0x2500, '-'}, {0x2502, '|'}, {0x250c, '+'}, {0x2510, '+'}, {0x2514, '+'}, {0x2518, '+'},
        {0x251c, '+'}, {0x2524, '+'}, {0x252c, '+'}, {0x2534, '+'}, {0x253c, '+'}, {0x2581, '_'},
        {0x2582, '.'}, {0x2583, '-'}, {0x2584, '~'}, {0x2585, '='}, {0x2586, '+'}, {0x2587, '*'},
        {0x2588, '#'}, {0x25b2, '^'}, {0x25bc, 'v'}, {0x25cf, '*'}, {0x25cb, 'o'},
    };
    for (size_t i = 0; i < QF_LEN(map); i++)
        if (map[i].cp == cp)
            return (uint32_t)map[i].ascii;
    return '?';
}

/* One character of a text: its code point, its columns and its bytes. Broken bytes are taken one by one. */
static size_t next_char(const char *s, size_t n, uint32_t *ret_cp, int *ret_cols)
{
    size_t len = qf_utf8_next(s, n, ret_cp);
    if (len == 0 || qf_cp_forbidden(*ret_cp)) {
        *ret_cp = '?';
        *ret_cols = 1;
        return len ? len : 1;
    }
    char one[5] = {0};
    memcpy(one, s, len);
    *ret_cols = (int)qf_str_columns(one);
    return len;
}

static void put_char(struct tui_canvas *c, int x, int y, enum tui_role role, uint32_t cp, int cols)
{
    bool cut = cols == 2 && (!inside(c, x, y) || !inside(c, x + 1, y));
    if (c->charset == TUI_ASCII && cp >= 0x80)
        cp = to_ascii(cp);
    heal(c, x, y, cols);
    if (cut) { /* half of a wide character cannot be shown */
        set(c, x, y, role, ' ');
        set(c, x + 1, y, role, ' ');
        return;
    }
    set(c, x, y, role, cp);
    if (cols == 2)
        set(c, x + 1, y, role, cp < 0x80 ? ' ' : 0);
}

/* Draws characters while they fit into w columns; marks that take no column are left out. */
static int draw(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const char *s)
{
    size_t n = strlen(s);
    int used = 0;
    while (n > 0) {
        uint32_t cp;
        int cols;
        size_t len = next_char(s, n, &cp, &cols);
        if (used + cols > w)
            break;
        if (cols > 0)
            put_char(c, x + used, y, role, cp, cols);
        used += cols;
        s += len;
        n -= len;
    }
    return used;
}

/* Columns a text takes here: as drawn, broken bytes count 1. */
static int columns(const char *s)
{
    size_t n = strlen(s);
    int used = 0;
    while (n > 0) {
        uint32_t cp;
        int cols;
        size_t len = next_char(s, n, &cp, &cols);
        used += cols;
        s += len;
        n -= len;
    }
    return used;
}

int tui_text(struct tui_canvas *c, int x, int y, enum tui_role role, const char *s)
{
    return draw(c, x, y, INT32_MAX / 2, role, s);
}

int tui_textf(struct tui_canvas *c, int x, int y, enum tui_role role, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return tui_text(c, x, y, role, text);
}

int tui_text_fit(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const char *s)
{
    if (w <= 0)
        return 0;
    if (columns(s) <= w)
        return draw(c, x, y, w, role, s);
    int used = draw(c, x, y, w - 1, role, s);
    set(c, x + used, y, role, '~');
    return used + 1;
}

void tui_text_right(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const char *s)
{
    int cols = columns(s);
    tui_text_fit(c, cols < w ? x + w - cols : x, y, w, role, s);
}

void tui_fill(struct tui_canvas *c, struct tui_rect r, enum tui_role role, uint32_t cp, char ascii)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            tui_glyph(c, x, y, role, cp, ascii);
}

void tui_mark(struct tui_canvas *c, struct tui_rect r, unsigned flags)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            if (inside(c, x, y))
                c->cells[y * c->w + x].flags |= (uint8_t)flags;
}

static void hrule(struct tui_canvas *c, int x, int y, int w)
{
    tui_fill(c, (struct tui_rect){x, y, w, 1}, TUI_RULE, 0x2500, '-');
}

void tui_heading(struct tui_canvas *c, int x, int y, int w, const struct tui_heading *h)
{
    int note = h->note ? columns(h->note) + 1 : 0, age = h->age ? columns(h->age) + 1 : 0;
    int tail = note + age ? note + age + 2 : 0; /* " note age ─" */
    hrule(c, x, y, w);
    if (tail > w - 8) { /* no room for both: the title is worth more */
        tail = note = age = 0;
    }
    int room = w - 3 - tail; /* "─ " before the title, " " behind it */
    unsigned before = c->flags;
    c->flags |= h->focused ? TUI_F_REVERSE : 0U;
    tui_text(c, x + 1, y, TUI_RULE, " ");
    int title = tui_text_fit(c, x + 2, y, room, TUI_HEADING, h->title);
    c->flags = before;
    set(c, x + 1, y, TUI_RULE, ' ');
    set(c, x + 2 + title, y, TUI_RULE, ' ');
    if (!tail)
        return;
    int at = x + w - tail;
    at += tui_text(c, at, y, TUI_RULE, " ");
    if (note)
        at += tui_text(c, at, y, h->note_role, h->note) + tui_text(c, at + note - 1, y, TUI_RULE, " ");
    if (age)
        at += tui_text(c, at, y, h->age_role, h->age) + tui_text(c, at + age - 1, y, TUI_RULE, " ");
}

void tui_vrule(struct tui_canvas *c, int x, int y, int h)
{
    tui_fill(c, (struct tui_rect){x, y, 1, h}, TUI_RULE, 0x2502, '|');
}

void tui_box(struct tui_canvas *c, struct tui_rect r, const char *title)
{
    tui_fill(c, r, TUI_TEXT, ' ', ' ');
    hrule(c, r.x, r.y, r.w);
    hrule(c, r.x, r.y + r.h - 1, r.w);
    tui_vrule(c, r.x, r.y, r.h);
    tui_vrule(c, r.x + r.w - 1, r.y, r.h);
    tui_glyph(c, r.x, r.y, TUI_RULE, 0x250c, '+');
    tui_glyph(c, r.x + r.w - 1, r.y, TUI_RULE, 0x2510, '+');
    tui_glyph(c, r.x, r.y + r.h - 1, TUI_RULE, 0x2514, '+');
    tui_glyph(c, r.x + r.w - 1, r.y + r.h - 1, TUI_RULE, 0x2518, '+');
    if (title[0] == '\0')
        return;
    set(c, r.x + 2, r.y, TUI_RULE, ' ');
    int used = tui_text_fit(c, r.x + 3, r.y, r.w - 6, TUI_HEADING, title);
    set(c, r.x + 3 + used, r.y, TUI_RULE, ' ');
}
