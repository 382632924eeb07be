/* '?': help made from the key table, for this screen and this role. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/overlays.h"

struct help {
    struct tui_dialog d;
    int top, lines;
};

static void help_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d;
    *ret_w = w < 80 ? w : 80;
    *ret_h = h - 2;
}

/* A key this role may not use says who may. */
static void help_text(const struct tui_app *app, const struct tui_key_row *row, char *out, size_t cap,
                      enum tui_role *ret_role)
{
    char who[64];
    bool may = tui_app_may(app, row->perm);
    *ret_role = may ? TUI_TEXT : TUI_DIM;
    if (may) {
        qf_str_copy(out, cap, row->help);
        return;
    }
    tui_who_may(row->perm, who, sizeof who);
    qf_str_fmt(out, cap, "%s: needs %s", row->help, who);
}

struct writer {
    struct help *x;
    const struct tui_view *v;
    struct tui_rect r;
    int line; /* next line of the whole text */
};

/* Row of the next line of the text; negative when it is scrolled out of sight. */
static int next_y(struct writer *w)
{
    int y = w->line++ - w->x->top;
    return y < 0 || y >= w->r.h - 1 ? -1 : w->r.y + y;
}

static void write_title(struct writer *w, const char *text)
{
    int y = next_y(w);
    if (y >= 0)
        tui_text_fit(w->v->canvas, w->r.x, y, w->r.w, TUI_HEADING, text);
}

static void write_key(struct writer *w, const struct tui_key_row *row)
{
    char text[128];
    enum tui_role role;
    int y = next_y(w);
    if (y < 0)
        return;
    help_text(w->v->app, row, text, sizeof text, &role);
    tui_text(w->v->canvas, w->r.x, y, TUI_ACCENT, row->label);
    tui_text_fit(w->v->canvas, w->r.x + 12, y, w->r.w - 12, role, text);
}

/* Keys of everywhere stand two in a line, so that all of it fits a usual terminal. */
static void write_pair(struct writer *w, const struct tui_key_row *a, const struct tui_key_row *b)
{
    int y = next_y(w), half = w->r.w / 2;
    for (int i = 0; i < 2 && y >= 0; i++) {
        const struct tui_key_row *row = i ? b : a;
        char text[128];
        enum tui_role role;
        if (!row)
            continue;
        int x = w->r.x + i * half;
        help_text(w->v->app, row, text, sizeof text, &role);
        tui_text(w->v->canvas, x, y, TUI_ACCENT, row->label);
        tui_text_fit(w->v->canvas, x + 12, y, half - 13, role, text);
    }
}

static void write_words(struct writer *w)
{
    char line[80] = "";
    for (int i = 0; i < tui_words_n; i++) {
        if (!tui_app_may(w->v->app, tui_words[i].perm))
            continue;
        if (strlen(line) + strlen(tui_words[i].word) + 1 > (size_t)w->r.w) {
            int y = next_y(w);
            if (y >= 0)
                tui_text(w->v->canvas, w->r.x, y, TUI_TEXT, line);
            line[0] = '\0';
        }
        size_t n = strlen(line);
        qf_str_fmt(line + n, sizeof line - n, "%s ", tui_words[i].word);
    }
    int y = next_y(w);
    if (y >= 0)
        tui_text(w->v->canvas, w->r.x, y, TUI_TEXT, line);
}

static void write_keys(struct writer *w, int digit)
{
    const struct tui_key_row *left = NULL;
    write_title(w, "This screen");
    for (int i = 0; i < tui_keys_n; i++)
        if (tui_keys[i].where != TUI_AT_ANY && tui_keys[i].where & (1U << digit) && tui_keys[i].help[0])
            write_key(w, &tui_keys[i]);
    w->line++;
    write_title(w, "Everywhere");
    for (int i = 0; i < tui_keys_n; i++) {
        if (tui_keys[i].where != TUI_AT_ANY)
            continue;
        if (!tui_app_may(w->v->app, tui_keys[i].perm)) { /* who may needs the whole line */
            write_key(w, &tui_keys[i]);
            continue;
        }
        if (left)
            write_pair(w, left, &tui_keys[i]);
        left = left ? NULL : &tui_keys[i];
    }
    if (left)
        write_pair(w, left, NULL);
}

static void help_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct help *x = (struct help *)d;
    struct writer w = {x, v, r, 0};
    write_keys(&w, tui_app_digit(v->app));
    w.line++;
    write_title(&w, "Words, after :");
    write_words(&w);
    w.line++;
    int y = next_y(&w), at = r.x;
    if (y >= 0) {
        at += tui_text(v->canvas, at, y, TUI_DIM, "Colour never alone:  ");
        tui_glyph(v->canvas, at, y, TUI_UP, 0x25b2, '^');
        at += 1 + tui_text(v->canvas, at + 1, y, TUI_TEXT, " gain  ");
        tui_glyph(v->canvas, at, y, TUI_DOWN, 0x25bc, 'v');
        at += 1 + tui_text(v->canvas, at + 1, y, TUI_TEXT, " loss  ");
        tui_glyph(v->canvas, at, y, TUI_UP, 0x25cf, '*');
        at += 1 + tui_text(v->canvas, at + 1, y, TUI_TEXT, " fine  ");
        tui_glyph(v->canvas, at, y, TUI_BAD, 0x2588, '#');
        tui_text(v->canvas, at + 1, y, TUI_TEXT, " stopped  ~ cut");
    }
    x->lines = w.line;
    const char *more = x->lines > x->top + r.h - 1 ? "Down shows more   Esc back" : "Esc back";
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, more);
}

static enum tui_verdict help_key(struct tui_dialog *d, tui_key key)
{
    struct help *x = (struct help *)d;
    if ((key == TUI_KEY_DOWN || key == 'j' || key == TUI_KEY_PAGEDOWN) && x->top + 4 < x->lines)
        x->top += key == TUI_KEY_PAGEDOWN ? 10 : 1;
    if (key == TUI_KEY_UP || key == 'k' || key == TUI_KEY_PAGEUP)
        x->top -= key == TUI_KEY_PAGEUP ? 10 : 1;
    x->top = x->top < 0 ? 0 : x->top > x->lines - 4 ? x->lines - 4 : x->top;
    return key == TUI_KEY_ESC || key == '?' || key == 'q' || key == TUI_KEY_ENTER ? TUI_CLOSE : TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

struct tui_dialog *tui_help_new(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {help_size, help_draw, help_key, NULL, plain_free, NULL};
    struct help *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.keeps_link = true;
    x->lines = 100;
    qf_str_fmt(x->d.title, sizeof x->d.title, "Help, for %s@%s", tui_app_user(app),
               qf_enum_text(&qf_enum_role, tui_app_status(app)->who.role));
    return &x->d;
}
