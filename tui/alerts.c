/* '!': the alerts, newest first. And the box that stands there while the link is lost. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/overlays.h"

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

/* --- alerts */

#define SHOWN 200

struct alerts {
    struct tui_dialog d;
    const struct qf_event *rows[SHOWN]; /* of the draw */
    int n, top;
};

static void alerts_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d;
    *ret_w = w < 120 ? w : 120;
    *ret_h = h - 4;
}

static int newest_first(const void *pa, const void *pb)
{
    const struct qf_event *a = *(const struct qf_event *const *)pa, *b = *(const struct qf_event *const *)pb;
    return (a->id < b->id) - (a->id > b->id);
}

static void alerts_collect(struct alerts *x, const struct tui_cache *cache)
{
    const void *const *rows;
    size_t n = tui_cache_rows(cache, QF_TOPIC_events, &rows);
    x->n = 0;
    for (size_t i = 0; i < n && x->n < SHOWN; i++)
        if (((const struct qf_event *)rows[i])->severity >= QF_SEV_WARN)
            x->rows[x->n++] = rows[i];
    qsort(x->rows, (size_t)x->n, sizeof x->rows[0], newest_first);
}

static void alerts_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct alerts *x = (struct alerts *)d;
    alerts_collect(x, tui_app_cache(v->app));
    tui_app_read_alerts(v->app); /* those that come while it is open are seen, too */
    if (x->n == 0)
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, "no alerts; System lists all events");
    for (int i = 0; i + x->top < x->n && i < r.h - 1; i++) {
        const struct qf_event *e = x->rows[i + x->top];
        char time[TUI_FMT];
        enum tui_role role = e->severity == QF_SEV_ERROR ? TUI_BAD : TUI_WARN;
        tui_fmt_time(time, e->at, v->now);
        tui_glyph(v->canvas, r.x, r.y + i, role, e->severity == QF_SEV_ERROR ? 0x2588 : 0x25b2,
                  e->severity == QF_SEV_ERROR ? '#' : '!');
        tui_text(v->canvas, r.x + 2, r.y + i, TUI_DIM, time);
        tui_text_fit(v->canvas, r.x + 19, r.y + i, 9, TUI_INFO, e->source);
        tui_text_fit(v->canvas, r.x + 29, r.y + i, r.w - 29, TUI_TEXT, e->message);
    }
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Esc back");
}

static enum tui_verdict alerts_key(struct tui_dialog *d, tui_key key)
{
    struct alerts *x = (struct alerts *)d;
    if ((key == TUI_KEY_DOWN || key == 'j') && x->top + 1 < x->n)
        x->top++;
    if ((key == TUI_KEY_UP || key == 'k') && x->top > 0)
        x->top--;
    return key == TUI_KEY_ESC || key == TUI_KEY_ENTER || key == '!' || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

struct tui_dialog *tui_alerts_new(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {alerts_size, alerts_draw, alerts_key, NULL, plain_free, NULL};
    struct alerts *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.keeps_link = true;
    alerts_collect(x, tui_app_cache(app));
    qf_str_fmt(x->d.title, sizeof x->d.title, "Alerts %d, newest first", x->n);
    return &x->d;
}

/* --- the link is lost */

struct lost {
    struct tui_dialog d;
    qf_time since;
    qf_time desk; /* what the screen shows is as of this */
    int64_t working;
};

static const struct tui_dialog_ops lost_ops;

static void lost_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 60 ? w : 60;
    *ret_h = 10;
}

static void lost_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct lost *x = (struct lost *)d;
    const struct tui_link_status *s = tui_app_status(v->app);
    char clock[TUI_FMT], retry[TUI_FMT];
    struct tui_lines l = {0};
    tui_fmt_clock(clock, x->desk);
    tui_fmt_span(retry, s->retry_at - tui_app_now(v->app) + 500 * QF_MS);
    tui_lines_add(&l, TUI_TEXT, "everything on screen is as of %s UTC", clock);
    tui_lines_add(&l, TUI_TEXT, "nothing can be sent from here; the desk keeps running");
    tui_lines_add(&l, TUI_TEXT, "orders working when the link went: %lld", (long long)x->working);
    tui_lines_add(&l, TUI_TEXT, "%s", "");
    tui_lines_add(&l, TUI_TEXT, "trying again in %s, attempt %d, %s", retry, s->attempt, s->where);
    char answer[120];
    qf_str_fmt(answer, sizeof answer, "answer was: %s", s->why[0] ? s->why : "no answer");
    tui_lines_wrap(&l, TUI_DIM, answer, 56);
    tui_lines_draw(&l, v->canvas, r);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Esc looks at the screen   r now   q leave");
}

static enum tui_verdict lost_key(struct tui_dialog *d, tui_key key)
{
    if (key == 'r')
        tui_app_retry(d->app);
    if (key == 'q')
        tui_app_leave(d->app);
    return key == TUI_KEY_ESC || key == TUI_KEY_ENTER ? TUI_CLOSE : TUI_STAY;
}

static enum tui_verdict lost_tick(struct tui_dialog *d, qf_time now)
{
    struct lost *x = (struct lost *)d;
    char age[TUI_FMT];
    if (tui_app_status(d->app)->state != TUI_LINK_DOWN)
        return TUI_CLOSE;
    tui_fmt_span(age, now - x->since);
    qf_str_fmt(d->title, sizeof d->title, "Link lost %s", age);
    return TUI_STAY;
}

static const struct tui_dialog_ops lost_ops = {lost_size, lost_draw, lost_key, lost_tick, plain_free, NULL};

void tui_open_link_lost(struct tui_app *app, qf_time since)
{
    const struct qf_desk_status *desk = tui_cache_desk(tui_app_cache(app));
    struct lost *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &lost_ops;
    x->since = since;
    x->desk = since + tui_app_status(app)->clock_offset_us;
    x->working = desk ? desk->working : 0;
    x->d.app = app;
    (void)lost_tick(&x->d, tui_app_now(app));
    tui_app_open(app, &x->d);
}
