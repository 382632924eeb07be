/* 'y' and 'Y': a row or a table to the terminal's clipboard. */
#include <string.h>

#include "tui/app_in.h"
#include "tui/list_text.h"
#include "tui/overlays.h"

#define CLIPBOARD 74000 /* terminals take about 100,000 bytes of base64 at once and throw longer ones away */

/* Whole rows only, as many as the clipboard takes. */
static size_t put_rows(struct qf_buf *text, const struct qf_rec *rec, const void *const *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t before = text->len;
        tui_list_row(text, rec, rows[i], false);
        if (text->len > CLIPBOARD) {
            text->len = before;
            return i;
        }
    }
    return n;
}

static void copy_rows(struct tui_app *app, const struct tui_table *t, bool all)
{
    const struct qf_rec *rec = tui_table_def(t)->rec;
    const void *one[1] = {tui_table_selected(t)}, *const *rows = one;
    size_t n = all ? tui_table_view(t, &rows) : 1;
    struct qf_buf text;
    qf_buf_init(&text, 4 * CLIPBOARD);
    if (all)
        tui_list_head(&text, rec, false);
    size_t done = put_rows(&text, rec, rows, n);
    app->o.copy(app->o.arg, text.p, text.len);
    if (!all)
        tui_app_say(app, TUI_TEXT, "row copied, all its fields in full");
    else if (done == n)
        tui_app_say(app, TUI_TEXT, "table copied: %zu rows with their head line", n);
    else
        tui_app_say(app, TUI_WARN, "only %zu of %zu rows fit the clipboard; > writes them all to a file", done, n);
    qf_buf_release(&text);
}

void tui_copy_list(struct tui_app *app, bool all)
{
    const struct tui_table *t = tui_app_list(app);
    if (!app->o.copy)
        tui_app_say(app, TUI_WARN, "this terminal has no clipboard");
    else if (!t || !tui_table_selected(t))
        tui_app_say(app, TUI_TEXT, "no row to copy");
    else
        copy_rows(app, t, all);
}
