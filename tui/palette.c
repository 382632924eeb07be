/* ':': words that go somewhere or do something, found by their letters. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/form.h"
#include "tui/overlays.h"

#define FOUND 8
#define HISTORY 16

static char history[HISTORY][TUI_FIELD_TEXT]; /* of this run; newest first */
static int history_n;

struct palette {
    struct tui_dialog d;
    struct tui_form form;
    const struct tui_word_row *found[FOUND];
    int n, at, past; /* past: which one of the history shows, -1 = none */
};

static void palette_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 60 ? w : 60;
    *ret_h = FOUND + 5;
}

static void split_word(const char *text, char *word, size_t cap, const char **ret_arg)
{
    size_t n = strcspn(text, " ");
    qf_str_copyn(word, cap, text, n);
    *ret_arg = text[n] ? text + n + 1 : "";
}

static void palette_find(struct palette *x)
{
    char word[32];
    const char *arg;
    split_word(tui_form_text(&x->form, 0), word, sizeof word, &arg);
    x->n = tui_word_find(word, x->found, FOUND);
    x->at = 0;
}

static void palette_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct palette *x = (struct palette *)d;
    tui_text(v->canvas, r.x, r.y, TUI_ACCENT, ":");
    tui_form_draw(&x->form, 0, v->canvas, r.x + 2, r.y, r.w - 2, false, true);
    for (int i = 0; i < x->n; i++) {
        const struct tui_word_row *row = x->found[i];
        bool may = tui_app_may(v->app, row->perm);
        char right[64] = "";
        if (!may) {
            char who[48];
            tui_who_may(row->perm, who, sizeof who);
            qf_str_fmt(right, sizeof right, "needs %s", who);
        }
        unsigned before = tui_canvas_flags(v->canvas, i == x->at ? TUI_F_SELECTED : 0);
        tui_fill(v->canvas, (struct tui_rect){r.x, r.y + 1 + i, r.w, 1}, TUI_TEXT, ' ', ' ');
        tui_textf(v->canvas, r.x, r.y + 1 + i, may ? TUI_TEXT : TUI_DIM, "%c %-6s %-7s", i == x->at ? '>' : ' ',
                  row->word, row->arg);
        tui_text_fit(v->canvas, r.x + 17, r.y + 1 + i, r.w - 17 - (int)strlen(right), may ? TUI_TEXT : TUI_DIM,
                     row->help);
        tui_text_right(v->canvas, r.x + 17, r.y + 1 + i, r.w - 17, TUI_DIM, right);
        tui_canvas_flags(v->canvas, before);
    }
    if (x->n == 0)
        tui_text(v->canvas, r.x + 2, r.y + 1, TUI_DIM, "no such word; ? lists them");
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Up Down choose   Tab completes   Enter goes");
}

static void remember(const char *text)
{
    if (history_n < HISTORY)
        history_n++;
    memmove(history[1], history[0], sizeof history[0] * (size_t)(history_n - 1));
    qf_str_copy(history[0], sizeof history[0], text);
}

static enum tui_verdict palette_go(struct palette *x)
{
    char word[32], arg_copy[TUI_FIELD_TEXT];
    const char *arg;
    if (x->n == 0)
        return TUI_STAY;
    const struct tui_word_row *row = x->found[x->at];
    split_word(tui_form_text(&x->form, 0), word, sizeof word, &arg);
    qf_str_copy(arg_copy, sizeof arg_copy, arg);
    remember(tui_form_text(&x->form, 0));
    tui_app_word(x->d.app, row, arg_copy);
    return TUI_CLOSE;
}

/* Up in an untouched field brings back what was typed before. */
static void palette_past(struct palette *x, int step)
{
    int past = x->past + step;
    if (past < -1 || past >= history_n)
        return;
    x->past = past;
    tui_form_set(&x->form, 0, past < 0 ? "" : history[past]);
    palette_find(x);
}

static void palette_move(struct palette *x, int step)
{
    bool untouched = tui_form_text(&x->form, 0)[0] == '\0' || x->past >= 0;
    if (untouched && x->at == 0 && (step < 0 || x->past >= 0))
        palette_past(x, -step);
    else if (x->at + step >= 0 && x->at + step < x->n)
        x->at += step;
}

static enum tui_verdict palette_key(struct tui_dialog *d, tui_key key)
{
    struct palette *x = (struct palette *)d;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER)
        return palette_go(x);
    if (key == TUI_KEY_UP || key == TUI_KEY_DOWN) {
        palette_move(x, key == TUI_KEY_UP ? -1 : 1);
    } else if (key == TUI_KEY_TAB && x->n) {
        char text[40];
        qf_str_fmt(text, sizeof text, "%s ", x->found[x->at]->word);
        tui_form_set(&x->form, 0, text);
        palette_find(x);
    } else if (tui_form_key(&x->form, key)) {
        x->past = -1;
        palette_find(x);
    }
    return TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

struct tui_dialog *tui_palette_new(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {palette_size, palette_draw, palette_key, NULL, plain_free, NULL};
    struct palette *x = qf_xalloc(sizeof *x);
    (void)app;
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->past = -1;
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, "", 100, false);
    qf_str_copy(x->d.title, sizeof x->d.title, "Go");
    palette_find(x);
    return &x->d;
}
