/* One of many names: type letters, choose with Up and Down, Enter takes it. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/form.h"
#include "tui/overlays.h"

#define SHOWN 10

struct pick {
    struct tui_dialog d;
    struct tui_form form;
    char (*names)[33];
    int *found;
    int n, found_n, at;
    tui_pick_fn fn;
    void *arg;
};

static bool has_start(const char *name, const char *typed)
{
    while (*typed && toupper((unsigned char)*name) == toupper((unsigned char)*typed))
        name++, typed++;
    return *typed == '\0';
}

static bool holds(const char *name, const char *typed)
{
    for (; *name; name++)
        if (has_start(name, typed))
            return true;
    return *typed == '\0';
}

/* Names that begin so first, then those that have it anywhere. */
static void search(struct pick *x)
{
    const char *typed = tui_form_text(&x->form, 0);
    x->found_n = x->at = 0;
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < x->n; i++)
            if (has_start(x->names[i], typed) ? round == 0 : round == 1 && holds(x->names[i], typed))
                x->found[x->found_n++] = i;
}

static void pick_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 48 ? w : 48;
    *ret_h = SHOWN + 5;
}

static void pick_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct pick *x = (struct pick *)d;
    int top = x->at >= SHOWN ? x->at - SHOWN + 1 : 0;
    tui_form_draw(&x->form, 0, v->canvas, r.x, r.y, r.w, true, true);
    for (int i = 0; i < SHOWN && top + i < x->found_n; i++) {
        unsigned before = tui_canvas_flags(v->canvas, top + i == x->at ? TUI_F_SELECTED : 0);
        tui_fill(v->canvas, (struct tui_rect){r.x, r.y + 1 + i, r.w, 1}, TUI_TEXT, ' ', ' ');
        tui_textf(v->canvas, r.x, r.y + 1 + i, TUI_TEXT, "%c %s", top + i == x->at ? '>' : ' ',
                  x->names[x->found[top + i]]);
        tui_canvas_flags(v->canvas, before);
    }
    if (x->found_n == 0)
        tui_text(v->canvas, r.x + 2, r.y + 1, TUI_DIM, "nothing of that name");
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Up Down choose   Enter takes   Esc back");
}

static enum tui_verdict pick_key(struct tui_dialog *d, tui_key key)
{
    struct pick *x = (struct pick *)d;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER && x->found_n) {
        x->fn(x->arg, x->names[x->found[x->at]]);
        return TUI_CLOSE;
    }
    if (key == TUI_KEY_UP && x->at > 0)
        x->at--;
    else if (key == TUI_KEY_DOWN && x->at + 1 < x->found_n)
        x->at++;
    else if (key != TUI_KEY_UP && key != TUI_KEY_DOWN && tui_form_key(&x->form, key))
        search(x);
    return TUI_STAY;
}

static void pick_free(struct tui_dialog *d)
{
    struct pick *x = (struct pick *)d;
    free(x->names);
    free(x->found);
    free(x);
}

struct tui_dialog *tui_pick_new(const char *title, const char *const *names, int n, tui_pick_fn fn, void *arg)
{
    static const struct tui_dialog_ops ops = {pick_size, pick_draw, pick_key, NULL, pick_free, NULL};
    struct pick *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->n = n;
    x->fn = fn;
    x->arg = arg;
    x->names = qf_xalloc(sizeof *x->names * (size_t)(n + 1));
    x->found = qf_xalloc(sizeof *x->found * (size_t)(n + 1));
    for (int i = 0; i < n; i++)
        qf_str_copy(x->names[i], sizeof x->names[i], names[i]);
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, "", 32, false);
    qf_str_copy(x->d.title, sizeof x->d.title, title);
    search(x);
    return &x->d;
}
