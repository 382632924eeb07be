/* 'c': which columns the list in front shows, in which order; kept for the user. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/app_in.h"
#include "tui/overlays.h"

#define MOST 24
#define ACROSS 3

struct columns {
    struct tui_dialog d;
    struct tui_table *table;
    struct tui_column_choice choices[MOST], before[MOST];
    int n, at;
};

/* --- as kept: "+Bid size,-Volume,Age": shown, not shown, as the width says; in their order */

static void key_of(const struct tui_table *t, char *out, size_t cap)
{
    qf_str_fmt(out, cap, "columns %s", tui_table_def(t)->title);
}

static void to_text(const struct columns *x, char *out, size_t cap)
{
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < x->n; i++)
        n += qf_str_fmt(out + n, cap - n, "%s%s%s", i ? "," : "",
                        x->choices[i].want > 0   ? "+"
                        : x->choices[i].want < 0 ? "-"
                                                 : "",
                        x->choices[i].title);
}

void tui_columns_kept(struct tui_app *app, struct tui_table *t)
{
    char key[80], text[512], *at = text;
    struct tui_column_choice c[MOST];
    int n = 0;
    key_of(t, key, sizeof key);
    qf_str_copy(text, sizeof text, tui_prefs_get(app->prefs, tui_app_user(app), key));
    while (*at && n < MOST) {
        size_t len = strcspn(at, ",");
        bool more = at[len] != '\0';
        at[len] = '\0';
        int8_t want = *at == '+' ? 1 : *at == '-' ? -1 : 0;
        c[n++] = (struct tui_column_choice){at + (want != 0), want, false};
        at += len + more;
    }
    if (n)
        tui_table_choose(t, c, n);
}

static void keep(const struct columns *x)
{
    char key[80], text[512];
    key_of(x->table, key, sizeof key);
    to_text(x, text, sizeof text);
    if (tui_prefs_set(x->d.app->prefs, tui_app_user(x->d.app), key, text) != QF_OK)
        tui_app_say(x->d.app, TUI_WARN, "the columns hold for this run only: the file with settings cannot be written");
    else
        tui_app_say(x->d.app, TUI_TEXT, "columns of %s are kept", tui_table_def(x->table)->title);
}

/* --- the dialog */

static bool is_on(const struct tui_column_choice *c)
{
    return c->want ? c->want > 0 : c->natural;
}

static int lines(const struct columns *x)
{
    return (x->n + ACROSS - 1) / ACROSS;
}

static void columns_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)h;
    *ret_w = w < 62 ? w : 62;
    *ret_h = lines((const struct columns *)d) + 6;
}

static void columns_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct columns *x = (struct columns *)d;
    int cell = r.w / ACROSS, used, all;
    for (int i = 0; i < x->n; i++) {
        int px = r.x + i % ACROSS * cell, py = r.y + i / ACROSS;
        unsigned before = tui_canvas_flags(v->canvas, i == x->at ? TUI_F_SELECTED : 0);
        if (i == x->at)
            tui_fill(v->canvas, (struct tui_rect){px, py, cell - 1, 1}, TUI_TEXT, ' ', ' ');
        tui_textf(v->canvas, px, py, TUI_TEXT, "%c[%c] ", i == x->at ? '>' : ' ', is_on(&x->choices[i]) ? 'x' : ' ');
        tui_text_fit(v->canvas, px + 5, py, cell - 6, TUI_TEXT, x->choices[i].title);
        tui_canvas_flags(v->canvas, before);
    }
    tui_table_used(x->table, &used, &all);
    tui_textf(v->canvas, r.x, r.y + r.h - 3, TUI_DIM, "uses %d of %d columns; one that has no room is left out", used, all);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Space on, off   < > move   r default   Enter keeps");
}

static void apply(struct columns *x)
{
    tui_table_choose(x->table, x->choices, x->n);
}

/* What is wished for is only kept where it differs from what the width says: it then still follows the width. */
static void turn(struct columns *x)
{
    struct tui_column_choice *c = &x->choices[x->at];
    bool on = !is_on(c);
    c->want = on == c->natural ? 0 : on ? 1 : -1;
    apply(x);
}

static void move_column(struct columns *x, int step)
{
    int to = x->at + step;
    if (to < 0 || to >= x->n)
        return;
    struct tui_column_choice c = x->choices[x->at];
    x->choices[x->at] = x->choices[to];
    x->choices[to] = c;
    x->at = to;
    apply(x);
}

static void as_made(struct columns *x)
{
    tui_table_choose(x->table, NULL, 0);
    x->n = tui_table_choices(x->table, x->choices, MOST);
}

static bool move_focus(struct columns *x, tui_key key)
{
    int step = key == TUI_KEY_LEFT || key == 'h'    ? -1
               : key == TUI_KEY_RIGHT || key == 'l' ? 1
               : key == TUI_KEY_UP || key == 'k'    ? -ACROSS
               : key == TUI_KEY_DOWN || key == 'j'  ? ACROSS
                                                    : 0;
    if (step && x->at + step >= 0 && x->at + step < x->n)
        x->at += step;
    return step != 0;
}

static enum tui_verdict columns_key(struct tui_dialog *d, tui_key key)
{
    struct columns *x = (struct columns *)d;
    if (key == TUI_KEY_ESC) {
        tui_table_choose(x->table, x->before, x->n);
        return TUI_CLOSE;
    }
    if (key == TUI_KEY_ENTER) {
        keep(x);
        return TUI_CLOSE;
    }
    if (move_focus(x, key))
        return TUI_STAY;
    if (key == ' ')
        turn(x);
    else if (key == '<' || key == '>')
        move_column(x, key == '<' ? -1 : 1);
    else if (key == 'r')
        as_made(x);
    return TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

void tui_open_columns(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {columns_size, columns_draw, columns_key, NULL, plain_free, NULL};
    struct tui_table *t = tui_app_list(app);
    if (!t)
        return;
    struct columns *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->table = t;
    x->n = tui_table_choices(t, x->choices, MOST);
    memcpy(x->before, x->choices, sizeof x->before);
    qf_str_fmt(x->d.title, sizeof x->d.title, "Columns of %s, kept for %s", tui_table_def(t)->title, tui_app_user(app));
    tui_app_open(app, &x->d);
}
