/* The panel of requests for a second person: the selected one, as many words of it as there are lines. */
#include <string.h>

#include "common/str.h"
#include "tui/request.h"
#include "tui/screens/risk_in.h"

static int waiting_of(const struct tui_table *t)
{
    const void *const *rows;
    size_t n = tui_table_view(t, &rows);
    int waiting = 0;
    for (size_t i = 0; i < n; i++)
        waiting += ((const struct qf_approval *)rows[i])->state == QF_APPROVAL_PENDING;
    return waiting;
}

/* The one in front: the selected one while the panel has the focus, else the first that waits. */
static const struct qf_approval *shown_of(const struct tui_table *t, bool focused)
{
    const void *const *rows;
    size_t n = tui_table_view(t, &rows);
    if (focused)
        return tui_table_selected(t);
    for (size_t i = 0; i < n; i++)
        if (((const struct qf_approval *)rows[i])->state == QF_APPROVAL_PENDING)
            return rows[i];
    return NULL;
}

static void deadline_words(const struct tui_view *v, const struct qf_approval *a, char *out, size_t cap)
{
    char left[TUI_FMT];
    tui_fmt_deadline(left, a->expires - v->now);
    qf_str_fmt(out, cap, a->expires > v->now ? "expires in %s" : "expired", left);
}

/* "30,000,000 to 34,000,000": without decimals that say nothing. */
static void change_words(const struct tui_request *q, char *out, size_t cap)
{
    char before[128], after[128];
    qf_str_copy(before, sizeof before, q->before);
    qf_str_copy(after, sizeof after, q->after);
    size_t a = strlen(before), b = strlen(after);
    if (q->number && a > 3 && b > 3 && strcmp(before + a - 3, ".00") == 0 && strcmp(after + b - 3, ".00") == 0)
        before[a - 3] = after[b - 3] = '\0';
    qf_str_fmt(out, cap, "%s to %s", before, after);
}

static void brief(const struct tui_view *v, const struct qf_approval *a, struct tui_lines *l)
{
    struct tui_request q;
    char change[300], left[TUI_FMT + 16];
    bool mine = tui_request_own(v->app, a), may = tui_app_may(v->app, QF_P_RISK);
    tui_request_read(v->app, a, &q);
    if (q.number)
        change_words(&q, change, sizeof change);
    else
        qf_str_fmt(change, sizeof change, "to %s", q.after);
    deadline_words(v, a, left, sizeof left);
    size_t verb = strcspn(q.what, " ");
    tui_lines_add(l, TUI_WARN, "A-%lld %.*s %s", (long long)a->id, (int)verb, q.what, q.subject);
    tui_lines_add(l, TUI_TEXT, "%s, by %s", change, a->asked_by);
    tui_lines_add(l, TUI_DIM, "%s; %s", mine ? "your own request" : may ? "you may decide" : "risk decides", left);
}

static void at_length(const struct tui_view *v, const struct qf_approval *a, int w, struct tui_lines *l)
{
    struct tui_request q;
    char text[TUI_FMT + 128], asked[TUI_FMT];
    tui_request_read(v->app, a, &q);
    tui_fmt_time(asked, a->asked, v->now);
    tui_lines_add(l, TUI_WARN, "A-%lld %s", (long long)a->id, q.what);
    tui_lines_add(l, TUI_TEXT, "%s", q.subject[0] ? q.subject : a->method);
    change_words(&q, text, sizeof text);
    tui_lines_wrap(l, TUI_TEXT, text, (size_t)w);
    tui_lines_add(l, TUI_DIM, "asked %s by %s", asked, a->asked_by);
    if (a->reason[0])
        tui_lines_add(l, TUI_DIM, "\"%s\"", a->reason);
    tui_request_who(v->app, a, text, sizeof text);
    tui_lines_add(l, TUI_TEXT, "%s", text);
    deadline_words(v, a, text, sizeof text);
    tui_lines_add(l, TUI_DIM, "%s", text);
}

static void draw_one(const struct tui_view *v, struct tui_rect r, const struct qf_approval *a, bool stale)
{
    struct tui_lines l = {0};
    if (r.h < 6)
        brief(v, a, &l);
    else
        at_length(v, a, r.w - 2, &l);
    unsigned before = tui_canvas_flags(v->canvas, 0);
    tui_canvas_flags(v->canvas, before | (stale ? TUI_F_STALE : 0U));
    tui_glyph(v->canvas, r.x, r.y, TUI_WARN, 0x25b2, '!');
    tui_lines_draw(&l, v->canvas, (struct tui_rect){r.x + 2, r.y, r.w - 2, r.h < l.n ? r.h : l.n});
    tui_canvas_flags(v->canvas, before);
}

void risk_draw_requests(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct tui_table *t = ((struct risk *)screen)->board.panes[PANE_APPROVALS].table;
    struct tui_panel_look own = *look;
    const struct qf_approval *a = shown_of(t, look->look.focused);
    int waiting = waiting_of(t);
    char title[64];
    own.look.age = look->look.age ? own.age : NULL;
    if (r.w >= 64 || (a && a->state != QF_APPROVAL_PENDING) || tui_table_filter_text(t)[0]) {
        tui_table_draw(t, v->canvas, r, &own.look); /* zoomed, or among those that are decided: the list */
        return;
    }
    qf_str_copy(title, sizeof title, "Approvals");
    if (waiting)
        qf_str_fmt(title, sizeof title, "Approvals %d waiting", waiting);
    struct tui_rect inside = tui_app_panel(v, r, title, &own);
    inside.w -= inside.x + inside.w < tui_canvas_w(v->canvas) ? 1 : 0;
    if (own.look.loading)
        return;
    if (a)
        draw_one(v, inside, a, own.look.stale);
    else
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM, "nothing waits for a second person");
}
