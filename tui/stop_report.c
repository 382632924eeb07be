/* The report of a stop, order by order, while the venue's answers come in. The topic keeps it alive; Esc closes, :STOPS
 * reopens. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/overlays.h"

struct report {
    struct tui_dialog d;
    int top;
    struct qf_stop_report *first; /* as it was when it was opened, until the topic has it */
};

static const struct qf_stop_report *find(const struct report *x)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->d.app), QF_TOPIC_stops, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct qf_stop_report *r = rows[i];
        if (r->id == x->first->id && strcmp(r->scope, x->first->scope) == 0) /* each scope counts its own */
            return r;
    }
    return x->first;
}

static void report_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct qf_stop_report *r = find((const struct report *)d);
    int rows = r ? (int)r->orders_n : 0, most = h - 14 > 1 ? h - 14 : 1;
    *ret_w = w < 64 ? w : 64;
    *ret_h = 10 + (rows < 1 ? 1 : rows > most ? most : rows);
}

/* "02.119": seconds and milliseconds within the minute; the minute stands in the title. */
static void short_time(char out[TUI_FMT], qf_time t)
{
    char text[TUI_FMT];
    tui_fmt_exact(text, t);
    qf_str_copy(out, TUI_FMT, text + 6);
}

static void draw_result(const struct tui_view *v, int x, int y, const struct qf_stop_order *o)
{
    char text[TUI_FMT + 16], number[TUI_FMT];
    bool waiting = !QF_HAS(o, stop_order, answered), filled = o->filled_since > 0;
    if (waiting) {
        tui_fmt_age(number, v->now - o->asked);
        qf_str_fmt(text, sizeof text, "waiting %s", number);
    } else if (filled) {
        tui_fmt_qty(number, o->filled_since, tui_decimals_of(o->filled_since), false, 0);
        qf_str_fmt(text, sizeof text, "filled %s", number);
    } else {
        qf_str_copy(text, sizeof text,
                    o->state == QF_ORDER_CANCELLED ? "cancelled" : qf_enum_text(&qf_enum_order_state, o->state));
    }
    bool fine = !waiting && (o->state == QF_ORDER_CANCELLED || filled);
    tui_glyph(v->canvas, x, y, fine ? TUI_UP : TUI_WARN, fine ? 0x25cf : 0x25cb, fine ? '*' : 'o');
    tui_text_fit(v->canvas, x + 2, y, 18, fine ? TUI_TEXT : TUI_WARN, text);
}

static void draw_order(const struct tui_view *v, int x, int y, const struct qf_stop_order *o)
{
    char text[TUI_FMT];
    tui_fmt_count(text, o->id);
    char *comma;
    while ((comma = strchr(text, ',')) != NULL) /* an order's number is a name, not an amount */
        memmove(comma, comma + 1, strlen(comma));
    tui_text_right(v->canvas, x, y, 7, TUI_DIM, text);
    tui_text_fit(v->canvas, x + 8, y, 8, TUI_TEXT, o->symbol);
    tui_fmt_qty(text, o->left, tui_decimals_of(o->left), false, 0);
    tui_text_right(v->canvas, x + 16, y, 10, TUI_TEXT, text);
    short_time(text, o->asked);
    tui_text(v->canvas, x + 28, y, TUI_DIM, text);
    if (QF_HAS(o, stop_order, answered))
        short_time(text, o->answered);
    else
        qf_str_copy(text, sizeof text, "none");
    tui_text(v->canvas, x + 36, y, TUI_DIM, text);
    draw_result(v, x + 44, y, o);
}

static void draw_orders(const struct tui_view *v, struct report *x, const struct qf_stop_report *rep, struct tui_rect r)
{
    static const char titles[] = "     Id Symbol        Left  Asked   Answer  Result";
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, titles);
    if (rep->orders_n == 0)
        tui_text(v->canvas, r.x + 1, r.y + 1, TUI_DIM, "no order was working");
    for (int i = 0; i + x->top < (int)rep->orders_n && i < r.h - 1; i++)
        draw_order(v, r.x, r.y + 1 + i, &rep->orders[i + x->top]);
}

static void report_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct report *x = (struct report *)d;
    const struct qf_stop_report *rep = find(x);
    char blocked[TUI_FMT];
    if (!rep)
        return;
    int y = r.y;
    tui_fmt_exact(blocked, rep->blocked);
    tui_textf(v->canvas, r.x, y++, TUI_TEXT, "blocked %s   nothing left after this", blocked);
    tui_textf(v->canvas, r.x, y++, TUI_TEXT, "requested %lld  confirmed %lld  filled %lld  open %lld  failed %lld",
              (long long)rep->requested, (long long)rep->confirmed, (long long)rep->filled, (long long)rep->open,
              (long long)rep->failed);
    draw_orders(v, x, rep, (struct tui_rect){r.x, y + 1, r.w, r.h - 6});
    y = r.y + r.h - 3;
    if (rep->open) {
        tui_glyph(v->canvas, r.x, y, TUI_WARN, 0x25b2, '!');
        tui_textf(v->canvas, r.x + 2, y, TUI_WARN, "%lld unconfirmed; the stop is not done until this is 0",
                  (long long)rep->open);
    } else {
        tui_glyph(v->canvas, r.x, y, TUI_UP, 0x25cf, '*');
        tui_text(v->canvas, r.x + 2, y, TUI_TEXT, "done: every cancel is answered");
    }
    if (!rep->journaled)
        tui_text_fit(v->canvas, r.x, y + 1, r.w, TUI_WARN, "not yet in the journal file");
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Esc closes, :STOPS reopens");
}

static enum tui_verdict report_key(struct tui_dialog *d, tui_key key)
{
    struct report *x = (struct report *)d;
    const struct qf_stop_report *rep = find(x);
    if ((key == TUI_KEY_DOWN || key == 'j') && rep && x->top + 1 < (int)rep->orders_n)
        x->top++;
    if ((key == TUI_KEY_UP || key == 'k') && x->top > 0)
        x->top--;
    return key == TUI_KEY_ESC || key == TUI_KEY_ENTER || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

static enum tui_verdict report_tick(struct tui_dialog *d, qf_time now)
{
    const struct qf_stop_report *rep = find((struct report *)d);
    (void)now;
    if (!rep)
        return TUI_CLOSE;
    char at[TUI_FMT];
    tui_fmt_exact(at, rep->blocked);
    qf_str_fmt(d->title, sizeof d->title, "Stop S-%lld, %s %s since %s", (long long)rep->id, rep->scope,
               qf_enum_text(&qf_enum_desk_state, rep->state), at);
    return TUI_STAY;
}

static void report_free(struct tui_dialog *d)
{
    free(((struct report *)d)->first);
    free(d);
}

void tui_open_stop_report(struct tui_app *app, const struct qf_stop_report *first)
{
    static const struct tui_dialog_ops ops = {report_size, report_draw, report_key, report_tick, report_free, NULL};
    struct report *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->d.keeps_link = true;
    x->first = tui_record_copy(&qf_rec_stop_report, first);
    (void)report_tick(&x->d, 0);
    tui_app_open(app, &x->d);
}

/* By the time it blocked: numbers are each scope's own. */
void tui_open_newest_stop(struct tui_app *app)
{
    const void *const *rows;
    const struct qf_stop_report *newest = NULL;
    size_t n = tui_cache_rows(tui_app_cache(app), QF_TOPIC_stops, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct qf_stop_report *r = rows[i];
        if (!newest || r->blocked > newest->blocked)
            newest = r;
    }
    if (newest)
        tui_open_stop_report(app, newest);
    else
        tui_app_say(app, TUI_TEXT, "no stop has been made since the desk began");
}
