/* '>': a list, a table or a report to a file, with its progress. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/app_in.h"
#include "tui/chart.h"
#include "tui/fetch.h"
#include "tui/form.h"
#include "tui/list_text.h"
#include "tui/overlays.h"
#include "tui/transfer.h"

enum { WHAT_LIST, WHAT_TABLE, WHAT_REPORT };
enum { ROW_WHAT, ROW_FORMAT, ROW_FILE, ROW_GO, ROWS };

/* What can be exported: the list in front, the daemon's tables, its reports. */
static const struct {
    int kind, number;
    enum qf_perm perm;
} things[] = {
    {WHAT_LIST, 0, QF_P_VIEW},
    {WHAT_REPORT, QF_REPORT_TEARSHEET, QF_P_VIEW}, {WHAT_REPORT, QF_REPORT_DAILY, QF_P_VIEW},
    {WHAT_REPORT, QF_REPORT_RISK, QF_P_VIEW},      {WHAT_TABLE, QF_EXPORT_ORDERS, QF_P_VIEW},
    {WHAT_TABLE, QF_EXPORT_EXECUTIONS, QF_P_VIEW}, {WHAT_TABLE, QF_EXPORT_TRADES, QF_P_VIEW},
    {WHAT_TABLE, QF_EXPORT_POSITIONS, QF_P_VIEW},  {WHAT_TABLE, QF_EXPORT_EQUITY, QF_P_VIEW},
    {WHAT_TABLE, QF_EXPORT_LEDGER, QF_P_VIEW},     {WHAT_TABLE, QF_EXPORT_AUDIT, QF_P_AUDIT},
};

struct export_box {
    struct tui_dialog d;
    struct tui_table *table; /* the list in front; NULL = none */
    int what, format, row;   /* what: of things */
    struct tui_form form;    /* the file's name */
    bool named;              /* by the user: it no longer follows what and format */
    char why[200];
};

/* --- what, in which format, into which file */

static const struct qf_enum *formats(const struct export_box *x)
{
    return things[x->what].kind == WHAT_REPORT ? &qf_enum_report_format : &qf_enum_export_format;
}

static int formats_n(const struct export_box *x)
{
    return things[x->what].kind == WHAT_LIST ? 1 : formats(x)->count; /* a list is written here, as CSV */
}

static const char *format_word(const struct export_box *x)
{
    return qf_enum_text(formats(x), x->format);
}

static void what_text(const struct export_box *x, char *out, size_t cap)
{
    const void *const *rows;
    if (things[x->what].kind == WHAT_LIST)
        qf_str_fmt(out, cap, "this list: %s, %zu rows", tui_table_def(x->table)->title, tui_table_view(x->table, &rows));
    else if (things[x->what].kind == WHAT_TABLE)
        qf_str_fmt(out, cap, "table %s", qf_enum_text(&qf_enum_export_what, things[x->what].number));
    else
        qf_str_fmt(out, cap, "report %s", qf_enum_text(&qf_enum_report_kind, things[x->what].number));
}

static void base_name(const struct export_box *x, char *out, size_t cap)
{
    if (things[x->what].kind == WHAT_LIST)
        qf_str_copy(out, cap, tui_table_def(x->table)->title);
    else if (things[x->what].kind == WHAT_TABLE)
        qf_str_copy(out, cap, qf_enum_text(&qf_enum_export_what, things[x->what].number));
    else
        qf_str_copy(out, cap, qf_enum_text(&qf_enum_report_kind, things[x->what].number));
    for (char *p = out; *p; p++)
        *p = *p == ' ' || *p == '/' ? '-' : *p >= 'A' && *p <= 'Z' ? (char)(*p - 'A' + 'a') : *p;
}

/* "orders-20260924-143207.csv": of this second, so that it hardly ever stands there already. */
static void name_file(struct export_box *x)
{
    char base[64], name[TUI_FIELD_TEXT];
    struct qf_civil c;
    if (x->named)
        return;
    qf_time_civil(tui_app_desk_now(x->d.app), &c);
    base_name(x, base, sizeof base);
    const char *word = format_word(x), *end = strcmp(word, "text") == 0 ? "txt" : word;
    qf_str_fmt(name, sizeof name, "%s-%04d%02d%02d-%02d%02d%02d.%s", base, c.year, c.month, c.day, c.hour, c.minute,
               c.second, end);
    tui_form_set(&x->form, 0, name);
}

static bool is_offered(const struct export_box *x, int what)
{
    return (things[what].kind != WHAT_LIST || x->table) && tui_app_may(x->d.app, things[what].perm);
}

static void turn_what(struct export_box *x, int step)
{
    int n = (int)QF_LEN(things);
    do
        x->what = (x->what + step + n) % n;
    while (!is_offered(x, x->what));
    x->format = things[x->what].kind == WHAT_REPORT ? QF_REPF_PDF : 0;
    name_file(x);
}

static void turn_format(struct export_box *x, int step)
{
    x->format = (x->format + step + formats_n(x)) % formats_n(x);
    name_file(x);
}

/* --- starting */

/* The rows as they stand in the list: written at once, no daemon needed. */
static void write_list(struct export_box *x)
{
    const char *path = tui_form_text(&x->form, 0);
    const void *const *rows;
    char why[QF_WHY_TEXT];
    struct fetch_file *file = fetch_file_new(path, false, why);
    struct qf_buf text;
    if (!file) {
        qf_str_copyn(x->why, sizeof x->why, why, strcspn(why, ";")); /* what follows is advice for the command line */
        return;
    }
    (void)tui_app_list(x->d.app); /* what was shown may have gone since the last draw */
    size_t n = tui_table_view(x->table, &rows);
    bool good = true;
    qf_buf_init(&text, 65536);
    tui_list_head(&text, tui_table_def(x->table)->rec, true);
    for (size_t i = 0; i < n && good; i++) {
        tui_list_row(&text, tui_table_def(x->table)->rec, rows[i], true);
        good = fetch_file_take(file, text.p, text.len);
        qf_buf_clear(&text);
    }
    qf_buf_release(&text);
    if (fetch_file_keep(file, why)) /* says why too when a row was not taken */
        tui_app_say(x->d.app, TUI_TEXT, "%zu rows are in %s", n, path);
    else
        qf_str_copy(x->why, sizeof x->why, why);
}

static void start_table(struct export_box *x)
{
    struct qf_export_start q;
    memset(&q, 0, sizeof q);
    q.what = things[x->what].number;
    q.format = x->format;
    tui_app_ref(q.client_ref);
    q.has = QF_BIT(export_start, what) | QF_BIT(export_start, format) | QF_BIT(export_start, client_ref);
    x->d.app->transfer =
        tui_transfer_new(x->d.app, QF_CMD_export_start, &q, tui_form_text(&x->form, 0), x->why, sizeof x->why);
}

static void start_report(struct export_box *x)
{
    struct qf_report_make q;
    memset(&q, 0, sizeof q);
    q.kind = things[x->what].number;
    q.format = x->format;
    tui_app_ref(q.client_ref);
    q.has = QF_BIT(report_make, kind) | QF_BIT(report_make, format) | QF_BIT(report_make, client_ref);
    x->d.app->transfer =
        tui_transfer_new(x->d.app, QF_CMD_report_make, &q, tui_form_text(&x->form, 0), x->why, sizeof x->why);
}

static enum tui_verdict start(struct export_box *x)
{
    int kind = things[x->what].kind;
    x->why[0] = '\0';
    if (tui_form_text(&x->form, 0)[0] == '\0') {
        qf_str_copy(x->why, sizeof x->why, "the file needs a name");
        return TUI_STAY;
    }
    if (kind == WHAT_LIST) {
        write_list(x);
        return x->why[0] ? TUI_STAY : TUI_CLOSE;
    }
    tui_transfer_free(x->d.app->transfer);
    x->d.app->transfer = NULL;
    if (kind == WHAT_TABLE)
        start_table(x);
    else
        start_report(x);
    return TUI_STAY;
}

/* --- the dialog */

static const struct tui_transfer_status *running(const struct export_box *x)
{
    const struct tui_transfer *t = x->d.app->transfer;
    return t && tui_transfer_status(t)->state == TUI_TRANSFER_RUNS ? tui_transfer_status(t) : NULL;
}

static void export_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 64 ? w : 64;
    *ret_h = 10;
}

static void draw_progress(const struct tui_view *v, struct tui_rect r, const struct tui_transfer_status *s)
{
    char bytes[TUI_FMT], done[TUI_FMT], total[TUI_FMT] = "", span[TUI_FMT];
    tui_fmt_bytes(bytes, s->bytes);
    tui_fmt_count(done, s->done);
    tui_fmt_span(span, tui_app_now(v->app) - s->began);
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_HEADING, s->title);
    tui_text_fit(v->canvas, r.x, r.y + 1, r.w, TUI_DIM, s->path);
    if (s->total > 0) {
        tui_fmt_count(total, s->total);
        tui_bar(v->canvas, r.x, r.y + 3, r.w - 7, TUI_INFO, s->done * 1000 / s->total);
        tui_textf(v->canvas, r.x + r.w - 5, r.y + 3, TUI_TEXT, "%4lld%%", (long long)(s->done * 100 / s->total));
    } else {
        tui_text(v->canvas, r.x, r.y + 3, TUI_DIM, "how much there is is not known yet");
    }
    tui_textf(v->canvas, r.x, r.y + 4, TUI_TEXT, "%s%s%s done   %s in the file   %s", done, total[0] ? " of " : "", total,
              bytes, span);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "a cancels   Esc leaves it running, > comes back");
}

static void draw_row(const struct tui_view *v, struct tui_rect r, int row, const char *label, const char *text, bool focus)
{
    tui_text(v->canvas, r.x, r.y + row, TUI_DIM, label);
    unsigned before = tui_canvas_flags(v->canvas, focus ? TUI_F_SELECTED : 0);
    tui_textf(v->canvas, r.x + 9, r.y + row, TUI_TEXT, "< %-*s >", r.w - 13, text);
    tui_canvas_flags(v->canvas, before);
}

static void draw_last(const struct export_box *x, const struct tui_view *v, struct tui_rect r)
{
    const struct tui_transfer *t = x->d.app->transfer;
    const struct tui_transfer_status *s = t ? tui_transfer_status(t) : NULL;
    if (x->why[0])
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_WARN, x->why);
    else if (s && s->state == TUI_TRANSFER_DONE)
        tui_textf(v->canvas, r.x, r.y, TUI_TEXT, "the last one is in %s", s->path);
    else if (s && s->state == TUI_TRANSFER_FAILED)
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_WARN, s->why);
}

static void export_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct export_box *x = (struct export_box *)d;
    const char *labels[] = {"Cancel", "Write"};
    char what[100];
    if (running(x)) {
        draw_progress(v, r, running(x));
        return;
    }
    what_text(x, what, sizeof what);
    draw_row(v, r, 0, "what", what, x->row == ROW_WHAT);
    draw_row(v, r, 1, "format", things[x->what].kind == WHAT_LIST ? "csv" : format_word(x), x->row == ROW_FORMAT);
    tui_text(v->canvas, r.x, r.y + 2, TUI_DIM, "file");
    tui_form_draw(&x->form, 0, v->canvas, r.x + 9, r.y + 2, r.w - 9, true, x->row == ROW_FILE);
    tui_text_fit(v->canvas, r.x + 9, r.y + 3, r.w - 9, TUI_DIM, "in the folder the console was started in, or a path");
    draw_last(x, v, (struct tui_rect){r.x, r.y + 5, r.w, 1});
    tui_text(v->canvas, r.x, r.y + r.h - 1, TUI_DIM, "Left Right choose   Tab moves on");
    tui_buttons(v->canvas, (struct tui_rect){r.x, r.y + r.h - 1, r.w, 1}, labels, 2, x->row >= ROW_GO ? x->row - ROW_GO : -1);
}

static enum tui_verdict enter(struct export_box *x)
{
    if (x->row == ROW_GO)
        return TUI_CLOSE;
    if (x->row == ROW_GO + 1)
        return start(x);
    x->row = x->row + 1 < ROW_GO ? x->row + 1 : ROW_GO + 1;
    return TUI_STAY;
}

static void choose(struct export_box *x, tui_key key)
{
    int step = key == TUI_KEY_LEFT ? -1 : 1;
    if (x->row == ROW_WHAT)
        turn_what(x, step);
    else if (x->row == ROW_FORMAT)
        turn_format(x, step);
    else if (x->row >= ROW_GO)
        x->row = x->row == ROW_GO ? ROW_GO + 1 : ROW_GO;
}

static enum tui_verdict export_key(struct tui_dialog *d, tui_key key)
{
    struct export_box *x = (struct export_box *)d;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (running(x)) {
        if (key == 'a')
            tui_transfer_cancel(d->app->transfer);
        return TUI_STAY;
    }
    if (key == TUI_KEY_ENTER)
        return enter(x);
    if (key == TUI_KEY_TAB || key == TUI_KEY_DOWN)
        x->row = (x->row + 1) % (ROWS + 1);
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_UP)
        x->row = (x->row + ROWS) % (ROWS + 1);
    else if (x->row == ROW_FILE) {
        if (tui_form_key(&x->form, key))
            x->named = true;
    } else if (key == TUI_KEY_LEFT || key == TUI_KEY_RIGHT || key == ' ')
        choose(x, key);
    return TUI_STAY;
}

/* While something is under way the bar moves. */
static enum tui_verdict export_tick(struct tui_dialog *d, qf_time now)
{
    (void)now;
    if (running((struct export_box *)d))
        tui_transfer_tick(d->app->transfer);
    return TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

void tui_open_export(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {export_size, export_draw, export_key, export_tick, plain_free, NULL};
    struct export_box *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->table = tui_app_list(app);
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, "file", TUI_FIELD_TEXT - 1, false);
    /* on performance the report is what one wants, elsewhere the list one looks at */
    x->what = app->digit == 6 || !x->table ? 0 : -1;
    turn_what(x, 1);
    qf_str_copy(x->d.title, sizeof x->d.title, "Export");
    tui_app_open(app, &x->d);
}
