#include "tui/dialog.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/app.h"
#include "tui/overlays.h"

#define BOX_W 60

void tui_lines_add(struct tui_lines *l, enum tui_role role, const char *fmt, ...)
{
    va_list ap;
    if (l->n == TUI_LINES)
        return;
    va_start(ap, fmt);
    vsnprintf(l->line[l->n].text, sizeof l->line[0].text, fmt, ap);
    va_end(ap);
    l->line[l->n++].role = role;
}

/* Bytes of text that fit into w columns, up to a blank where there is one; never half a character. */
static size_t line_bytes(const char *text, size_t w)
{
    size_t n = 0, blank = 0, columns = 0, left = strlen(text);
    while (n < left && columns < w) {
        uint32_t cp;
        size_t len = qf_utf8_next(text + n, left - n, &cp);
        if (text[n] == ' ')
            blank = n;
        n += len ? len : 1;
        columns++;
    }
    return n < left && blank ? blank : n;
}

void tui_lines_wrap(struct tui_lines *l, enum tui_role role, const char *text, size_t w)
{
    do {
        size_t n = line_bytes(text, w);
        tui_lines_add(l, role, "%.*s", (int)n, text);
        text += n;
        while (*text == ' ')
            text++;
    } while (*text);
}

void tui_lines_draw(const struct tui_lines *l, struct tui_canvas *c, struct tui_rect r)
{
    for (int i = 0; i < l->n && i < r.h; i++)
        tui_text_fit(c, r.x, r.y + i, r.w, l->line[i].role, l->line[i].text);
    if (l->n > r.h && r.h > 0) {
        tui_fill(c, (struct tui_rect){r.x, r.y + r.h - 1, r.w, 1}, TUI_TEXT, ' ', ' ');
        tui_textf(c, r.x, r.y + r.h - 1, TUI_DIM, "%d more lines; a larger window shows them", l->n - r.h + 1);
    }
}

void tui_buttons(struct tui_canvas *c, struct tui_rect line, const char *const *labels, int n, int focus)
{
    int width = 0;
    for (int i = 0; i < n; i++)
        width += (int)qf_str_columns(labels[i]) + (i ? 7 : 4);
    int x = line.x + line.w - width;
    for (int i = 0; i < n; i++) {
        unsigned before = tui_canvas_flags(c, i == focus ? TUI_F_REVERSE : 0);
        x += tui_textf(c, x, line.y, i == focus ? TUI_ACCENT : TUI_TEXT, "[ %s ]", labels[i]);
        tui_canvas_flags(c, before);
        x += 3;
    }
}

static void box_size(int lines, int w, int h, int *ret_w, int *ret_h)
{
    *ret_w = BOX_W < w ? BOX_W : w;
    *ret_h = lines + 2 < h ? lines + 2 : h;
}

/* --- yes or no */

struct confirm {
    struct tui_dialog d;
    const struct tui_confirm_def *def;
    void *ctx;
    struct tui_effect shown;
};

static void confirm_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    box_size(((const struct confirm *)d)->shown.lines.n + 1, w, h, ret_w, ret_h);
}

/* What would happen now. When it is another thing than was shown, the reader gets the time to read it. */
static enum tui_verdict confirm_tick(struct tui_dialog *d, qf_time now)
{
    struct confirm *x = (struct confirm *)d;
    struct tui_effect fresh;
    memset(&fresh, 0, sizeof fresh);
    if (!x->def->effect(x->ctx, &fresh)) {
        tui_app_say(d->app, TUI_TEXT, "%s: nothing is left to do", d->title);
        return TUI_CLOSE;
    }
    if (fresh.stamp != x->shown.stamp)
        d->opened = now;
    if (memcmp(&fresh, &x->shown, sizeof fresh) != 0)
        tui_app_touch(d->app);
    x->shown = fresh;
    return TUI_STAY;
}

static void confirm_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct confirm *x = (struct confirm *)d;
    struct tui_rect lines = {r.x, r.y, r.w, r.h - 1};
    tui_lines_draw(&x->shown.lines, v->canvas, lines);
    int y = r.y + r.h - 1, at = r.x + r.w - (int)strlen(x->shown.act);
    tui_text(v->canvas, at, y, TUI_ACCENT, "y");
    tui_text(v->canvas, at + 1, y, TUI_TEXT, x->shown.act + 1);
    const char *keep = x->def->keep;
    tui_buttons(v->canvas, (struct tui_rect){r.x, y, at - 2 - r.x, 1}, &keep, 1, 0);
}

static enum tui_verdict confirm_key(struct tui_dialog *d, tui_key key)
{
    struct confirm *x = (struct confirm *)d;
    if (key == 'y') {
        if (!tui_app_live(d->app)) {
            tui_app_say(d->app, TUI_WARN, "not sent: the link is lost");
            return TUI_STAY;
        }
        x->def->yes(x->ctx, d->app);
        return TUI_CLOSE;
    }
    return key == TUI_KEY_ENTER || key == TUI_KEY_ESC || key == 'n' || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

static void confirm_free(struct tui_dialog *d)
{
    struct confirm *x = (struct confirm *)d;
    if (x->def->free)
        x->def->free(x->ctx);
    free(x);
}

struct tui_dialog *tui_confirm_new(const char *title, const struct tui_confirm_def *def, void *ctx)
{
    static const struct tui_dialog_ops ops = {confirm_size, confirm_draw, confirm_key,
                                              confirm_tick, confirm_free, NULL};
    struct confirm *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->def = def;
    x->ctx = ctx;
    qf_str_copy(x->d.title, sizeof x->d.title, title);
    (void)def->effect(ctx, &x->shown);
    return &x->d;
}

/* --- reading only */

struct text {
    struct tui_dialog d;
    struct tui_lines lines;
};

static void text_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct text *x = (const struct text *)d;
    size_t widest = BOX_W - 4;
    for (int i = 0; i < x->lines.n; i++)
        if (qf_str_columns(x->lines.line[i].text) > widest)
            widest = qf_str_columns(x->lines.line[i].text);
    box_size(x->lines.n + 1, w, h, ret_w, ret_h);
    *ret_w = (int)widest + 4 < w ? (int)widest + 4 : w;
    *ret_w = *ret_w > 80 ? 80 : *ret_w;
}

static void text_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    tui_lines_draw(&((struct text *)d)->lines, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - 1});
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Esc back");
}

static enum tui_verdict text_key(struct tui_dialog *d, tui_key key)
{
    (void)d;
    return key == TUI_KEY_ESC || key == TUI_KEY_ENTER || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

static void text_free(struct tui_dialog *d)
{
    free(d);
}

struct tui_dialog *tui_text_new(const char *title, const struct tui_lines *lines)
{
    static const struct tui_dialog_ops ops = {text_size, text_draw, text_key, NULL, text_free, NULL};
    struct text *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.keeps_link = true;
    x->lines = *lines;
    qf_str_copy(x->d.title, sizeof x->d.title, title);
    return &x->d;
}

/* --- a list of choices */

#define MAX_CHOICES 12

struct menu {
    struct tui_dialog d;
    struct tui_choice choices[MAX_CHOICES];
    int n, at;
    tui_choice_fn fn;
    void *arg;
};

static void menu_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    box_size(((const struct menu *)d)->n + 2, w, h, ret_w, ret_h);
}

static void menu_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct menu *m = (struct menu *)d;
    for (int i = 0; i < m->n; i++) {
        const struct tui_choice *x = &m->choices[i];
        bool can = x->why_not[0] == '\0';
        unsigned before = tui_canvas_flags(v->canvas, i == m->at ? TUI_F_SELECTED : 0);
        tui_fill(v->canvas, (struct tui_rect){r.x, r.y + i, r.w, 1}, TUI_TEXT, ' ', ' ');
        tui_textf(v->canvas, r.x, r.y + i, TUI_TEXT, "%c", i == m->at ? '>' : ' ');
        tui_textf(v->canvas, r.x + 2, r.y + i, can ? TUI_ACCENT : TUI_DIM, "%c", x->key);
        int used = tui_text_fit(v->canvas, r.x + 5, r.y + i, r.w - 5, can ? TUI_TEXT : TUI_DIM, x->label);
        if (!can)
            tui_text_right(v->canvas, r.x + 7 + used, r.y + i, r.w - 7 - used, TUI_DIM, x->why_not);
        tui_canvas_flags(v->canvas, before);
    }
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Enter takes it   Esc back");
}

static enum tui_verdict menu_take(struct menu *m, int i)
{
    const struct tui_choice *x = &m->choices[i];
    if (x->why_not[0]) {
        tui_app_say(m->d.app, TUI_WARN, "%s: %s", x->label, x->why_not);
        return TUI_STAY;
    }
    m->fn(m->arg, x->number);
    return TUI_CLOSE;
}

static enum tui_verdict menu_key(struct tui_dialog *d, tui_key key)
{
    struct menu *m = (struct menu *)d;
    for (int i = 0; i < m->n; i++)
        if (key == (tui_key)(unsigned char)m->choices[i].key)
            return menu_take(m, i);
    if (key == TUI_KEY_ENTER && m->n)
        return menu_take(m, m->at);
    if (key == TUI_KEY_UP && m->at > 0)
        m->at--;
    if (key == TUI_KEY_DOWN && m->at + 1 < m->n)
        m->at++;
    return key == TUI_KEY_ESC ? TUI_CLOSE : TUI_STAY;
}

struct tui_dialog *tui_menu_new(const char *title, const struct tui_choice *choices, int n, tui_choice_fn fn, void *arg)
{
    static const struct tui_dialog_ops ops = {menu_size, menu_draw, menu_key, NULL, text_free, NULL};
    qf_assert(n <= MAX_CHOICES);
    struct menu *m = qf_xalloc(sizeof *m);
    memset(m, 0, sizeof *m);
    m->d.ops = &ops;
    m->n = n;
    m->fn = fn;
    m->arg = arg;
    memcpy(m->choices, choices, sizeof *choices * (size_t)n);
    qf_str_copy(m->d.title, sizeof m->d.title, title);
    return &m->d;
}
