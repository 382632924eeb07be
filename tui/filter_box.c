/* '/': the filter of the list in front, applied at every key. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/form.h"
#include "tui/overlays.h"

struct filter_box {
    struct tui_dialog d;
    struct tui_table *table;
    struct tui_form form;
    char before[TUI_FILTER_MAX + 1], why[120];
};

static void filter_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 60 ? w : 60;
    *ret_h = 6;
}

static void filter_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct filter_box *x = (struct filter_box *)d;
    const void *const *rows;
    tui_text(v->canvas, r.x, r.y, TUI_ACCENT, "/");
    tui_form_draw(&x->form, 0, v->canvas, r.x + 2, r.y, r.w - 2, false, true);
    if (x->why[0])
        tui_text_fit(v->canvas, r.x + 2, r.y + 1, r.w - 2, TUI_WARN, x->why);
    else
        tui_textf(v->canvas, r.x + 2, r.y + 1, TUI_DIM, "%zu of %zu", tui_table_view(x->table, &rows),
                  tui_table_all(x->table));
    tui_text_fit(v->canvas, r.x + 2, r.y + 2, r.w - 2, TUI_DIM, "word  !word  /regex/  field = != < <= > >= ~  && ||");
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Enter keeps   Esc clears   Tab fields");
}

static void filter_apply(struct filter_box *x)
{
    x->why[0] = '\0';
    (void)tui_table_filter(x->table, tui_form_text(&x->form, 0), x->why, sizeof x->why);
}

/* Tab completes or turns through the names of the fields. */
static void filter_complete(struct filter_box *x)
{
    const struct qf_rec *rec = tui_table_def(x->table)->rec;
    const char *text = tui_form_text(&x->form, 0);
    size_t from = strlen(text), n;
    while (from > 0 && text[from - 1] != ' ')
        from--;
    n = strlen(text + from);
    const struct qf_field *exact = qf_rec_field(rec, text + from, n);
    int start = exact ? (int)(exact - rec->fields) + 1 : 0;
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[(start + i) % rec->count];
        if (!exact && strncmp(f->name, text + from, n) != 0)
            continue;
        char out[TUI_FIELD_TEXT];
        qf_str_fmt(out, sizeof out, "%.*s%s", (int)from, text, f->name);
        tui_form_set(&x->form, 0, out);
        return;
    }
}

static enum tui_verdict filter_key(struct tui_dialog *d, tui_key key)
{
    struct filter_box *x = (struct filter_box *)d;
    if (key == TUI_KEY_ENTER)
        return x->why[0] ? TUI_STAY : TUI_CLOSE;
    if (key == TUI_KEY_ESC) {
        (void)tui_table_filter(x->table, "", x->why, sizeof x->why);
        return TUI_CLOSE;
    }
    if (key == TUI_KEY_TAB)
        filter_complete(x);
    else
        (void)tui_form_key(&x->form, key);
    filter_apply(x);
    return TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

void tui_open_filter(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {filter_size, filter_draw, filter_key, NULL, plain_free, NULL};
    void *state;
    const struct tui_screen *s = tui_app_screen(app, &state);
    struct tui_table *table = s && s->list ? s->list(state) : NULL;
    if (!table) {
        tui_app_say(app, TUI_TEXT, "/: this panel is no list");
        return;
    }
    struct filter_box *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->table = table;
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, "", TUI_FILTER_MAX, false);
    tui_form_set(&x->form, 0, tui_table_filter_text(table));
    qf_str_fmt(x->d.title, sizeof x->d.title, "Filter %s", tui_table_def(table)->title);
    tui_app_open(app, &x->d);
}
