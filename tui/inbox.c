/* 'i': requests that wait for a second person, and the dialog that decides one. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/form.h"
#include "tui/overlays.h"
#include "tui/request.h"

static const struct qf_approval *find(const struct tui_app *app, int64_t id)
{
    struct qf_approval key;
    memset(&key, 0, sizeof key);
    key.id = id;
    return tui_cache_find(tui_app_cache(app), QF_TOPIC_approvals, &key);
}

/* --- the list */

#define SHOWN 100

struct inbox {
    struct tui_dialog d;
    int64_t ids[SHOWN];
    int n, at;
};

static void inbox_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    int n = ((const struct inbox *)d)->n;
    *ret_w = w < 80 ? w : 80;
    *ret_h = n + 4 < h - 4 ? n + 4 : h - 4;
    *ret_h = *ret_h < 6 ? 6 : *ret_h;
}

/* Those that wait first, then the newest. */
static int by_need(const void *pa, const void *pb)
{
    const struct qf_approval *a = *(const struct qf_approval *const *)pa, *b = *(const struct qf_approval *const *)pb;
    bool wa = a->state == QF_APPROVAL_PENDING, wb = b->state == QF_APPROVAL_PENDING;
    if (wa != wb)
        return wb - wa;
    return (a->id < b->id) - (a->id > b->id);
}

static void inbox_collect(struct inbox *x, const struct tui_app *app)
{
    const void *const *rows;
    const struct qf_approval *sorted[SHOWN];
    size_t n = tui_cache_rows(tui_app_cache(app), QF_TOPIC_approvals, &rows);
    n = n > SHOWN ? SHOWN : n;
    for (size_t i = 0; i < n; i++)
        sorted[i] = rows[i];
    qsort(sorted, n, sizeof sorted[0], by_need);
    for (size_t i = 0; i < n; i++)
        x->ids[i] = sorted[i]->id;
    x->n = (int)n;
    x->at = x->at < x->n ? x->at : x->n ? x->n - 1 : 0;
}

static void draw_request(const struct tui_view *v, struct tui_rect r, const struct qf_approval *a, bool selected)
{
    char time[TUI_FMT], left[TUI_FMT], what[300];
    struct tui_request q;
    bool waits = a->state == QF_APPROVAL_PENDING;
    unsigned before = tui_canvas_flags(v->canvas, selected ? TUI_F_SELECTED : 0);
    tui_fill(v->canvas, r, TUI_TEXT, ' ', ' ');
    tui_fmt_since(time, a->asked, v->now);
    tui_fmt_deadline(left, a->expires - v->now);
    if (waits)
        tui_glyph(v->canvas, r.x, r.y, TUI_WARN, 0x25b2, '!');
    tui_textf(v->canvas, r.x + 2, r.y, TUI_TEXT, "A-%lld", (long long)a->id);
    tui_text(v->canvas, r.x + 9, r.y, TUI_DIM, time);
    tui_text_fit(v->canvas, r.x + 20, r.y, 9, TUI_TEXT, a->asked_by);
    tui_request_read(v->app, a, &q);
    qf_str_fmt(what, sizeof what, "%s to %s", q.subject[0] ? q.subject : a->method, q.after);
    tui_text_fit(v->canvas, r.x + 30, r.y, r.w - 30 - 12, TUI_TEXT, what);
    tui_text_right(v->canvas, r.x + r.w - 11, r.y, 11, waits ? TUI_WARN : TUI_DIM,
                   waits ? left : qf_enum_text(&qf_enum_approval_state, a->state));
    tui_canvas_flags(v->canvas, before);
}

static void inbox_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct inbox *x = (struct inbox *)d;
    inbox_collect(x, v->app);
    if (x->n == 0)
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, "no requests; loosening a limit or resuming makes one");
    for (int i = 0; i < x->n && i < r.h - 1; i++)
        draw_request(v, (struct tui_rect){r.x, r.y + i, r.w, 1}, find(v->app, x->ids[i]), i == x->at);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Enter opens   Esc back");
}

static enum tui_verdict inbox_key(struct tui_dialog *d, tui_key key)
{
    struct inbox *x = (struct inbox *)d;
    if ((key == TUI_KEY_DOWN || key == 'j') && x->at + 1 < x->n)
        x->at++;
    if ((key == TUI_KEY_UP || key == 'k') && x->at > 0)
        x->at--;
    if (key == TUI_KEY_ENTER && x->n)
        tui_app_open(d->app, tui_approval_new(d->app, x->ids[x->at]));
    return key == TUI_KEY_ESC || key == 'i' || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

struct tui_dialog *tui_inbox_new(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {inbox_size, inbox_draw, inbox_key, NULL, plain_free, NULL};
    struct inbox *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    inbox_collect(x, app);
    qf_str_copy(x->d.title, sizeof x->d.title, "Approvals");
    return &x->d;
}

/* --- one request */

enum button { LATER, DENY, GRANT };

struct approval {
    struct tui_dialog d;
    int64_t id, call;
    struct tui_form form;
    int focus; /* 0 the reason, then the buttons */
    bool done;
};

static bool may_decide(const struct approval *x, const struct qf_approval *a)
{
    return a->state == QF_APPROVAL_PENDING && tui_app_may(x->d.app, QF_P_RISK);
}

/* One line of before or after, with how much of it is used where that can be told. */
static void say_value(struct tui_lines *l, enum tui_role role, const char *label, const struct tui_request *q,
                      const char *value, const char *used)
{
    if (q->number) {
        tui_lines_add(l, role, "%-9s %20s%s%s", label, value, used[0] ? "   used " : "", used);
        return;
    }
    struct tui_lines words = {0}; /* longer ones go on below themselves */
    tui_lines_wrap(&words, role, value, 46);
    for (int i = 0; i < words.n && i < 3; i++)
        tui_lines_add(l, role, "%-9s %s", i ? "" : label, words.line[i].text);
}

static void describe(const struct approval *x, const struct qf_approval *a, qf_time now, struct tui_lines *l)
{
    char asked[TUI_FMT], expires[TUI_FMT], who[128];
    struct tui_request q;
    tui_request_read(x->d.app, a, &q);
    tui_fmt_time(asked, a->asked, now);
    tui_fmt_time(expires, a->expires, now);
    tui_request_who(x->d.app, a, who, sizeof who);
    tui_lines_add(l, TUI_TEXT, "asked     %s by %s", asked, a->asked_by);
    tui_lines_add(l, TUI_TEXT, "reason    %s", a->reason);
    tui_lines_add(l, TUI_TEXT, "%s", "");
    tui_lines_add(l, TUI_TEXT, "%-9s %s", q.subject[0] ? "about" : "command", q.subject[0] ? q.subject : a->method);
    say_value(l, TUI_TEXT, "before", &q, q.before, q.used_before);
    say_value(l, TUI_HEADING, "after", &q, q.after, q.used_after);
    if (q.until[0])
        tui_lines_add(l, TUI_TEXT, "until     %s, then goes back", q.until);
    else
        tui_lines_add(l, TUI_DIM, "expires   %s UTC", expires);
    tui_lines_add(l, TUI_TEXT, "%s", "");
    tui_lines_add(l, TUI_TEXT, "%s", who);
}

/* As high as its words, and five lines for the reason, the buttons and the box. */
static void approval_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct approval *x = (const struct approval *)d;
    const struct qf_approval *a = find(d->app, x->id);
    struct tui_lines l = {0};
    if (a)
        describe(x, a, tui_app_desk_now(d->app), &l);
    *ret_w = w < 60 ? w : 60;
    *ret_h = l.n + 6 < h - 1 ? l.n + 6 : h - 1;
}

/* Buttons there are: Later, and what the role may do. */
static int buttons(const struct approval *x, const struct qf_approval *a, const char **labels)
{
    labels[LATER] = "Later";
    if (!may_decide(x, a))
        return 1;
    labels[DENY] = tui_request_own(x->d.app, a) ? "Withdraw" : "Deny";
    labels[GRANT] = "Grant";
    return tui_request_own(x->d.app, a) ? 2 : 3;
}

static void approval_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct approval *x = (struct approval *)d;
    const struct qf_approval *a = find(v->app, x->id);
    const char *labels[3];
    struct tui_lines l = {0};
    if (!a)
        return;
    describe(x, a, v->now, &l);
    tui_lines_draw(&l, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - 3});
    int y = r.y + r.h - 3;
    if (may_decide(x, a)) {
        tui_text(v->canvas, r.x, y, TUI_DIM, "reason of yours");
        tui_form_draw(&x->form, 0, v->canvas, r.x + 16, y, r.w - 16, true, x->focus == 0);
    }
    int n = buttons(x, a, labels);
    tui_buttons(v->canvas, (struct tui_rect){r.x, y + 2, r.w, 1}, labels, n, x->focus - 1);
    if (x->call)
        tui_text(v->canvas, r.x, y + 2, TUI_DIM, "sent, waiting");
}

static void approval_answer(void *arg, const struct tui_answer *answer)
{
    struct approval *x = arg;
    char what[32];
    x->call = 0;
    x->done = true;
    qf_str_fmt(what, sizeof what, "A-%lld", (long long)x->id);
    if (tui_app_refused(x->d.app, what, answer))
        return;
    const struct qf_approval *a = answer->rep;
    tui_app_say(x->d.app, TUI_TEXT, "%s %s", what, qf_enum_text(&qf_enum_approval_state, a->state));
}

static void decide(struct approval *x, bool grant)
{
    struct qf_approval_id req;
    memset(&req, 0, sizeof req);
    req.id = x->id;
    QF_SET(&req, approval_id, id);
    if (tui_form_text(&x->form, 0)[0]) {
        qf_str_copy(req.reason, sizeof req.reason, tui_form_text(&x->form, 0));
        QF_SET(&req, approval_id, reason);
    }
    tui_app_ref(req.client_ref);
    QF_SET(&req, approval_id, client_ref);
    x->call = tui_app_call(x->d.app, grant ? QF_CMD_approval_grant : QF_CMD_approval_deny, &req, approval_answer, x);
}

static enum tui_verdict approval_key(struct tui_dialog *d, tui_key key)
{
    struct approval *x = (struct approval *)d;
    const struct qf_approval *a = find(d->app, x->id);
    const char *labels[3];
    if (key == TUI_KEY_ESC || !a)
        return TUI_CLOSE;
    int n = buttons(x, a, labels), first = may_decide(x, a) ? 0 : 1;
    if (x->call)
        return TUI_STAY;
    if (key == TUI_KEY_TAB || key == TUI_KEY_RIGHT || key == TUI_KEY_DOWN)
        x->focus = x->focus >= n ? first : x->focus + 1;
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_LEFT || key == TUI_KEY_UP)
        x->focus = x->focus <= first ? n : x->focus - 1;
    else if (key == TUI_KEY_ENTER && x->focus <= 1 + LATER)
        return x->focus == 0 ? (x->focus = 1, TUI_STAY) : TUI_CLOSE;
    else if (key == TUI_KEY_ENTER)
        decide(x, x->focus - 1 == GRANT);
    else if (x->focus == 0)
        (void)tui_form_key(&x->form, key);
    return TUI_STAY;
}

static enum tui_verdict approval_tick(struct tui_dialog *d, qf_time now)
{
    struct approval *x = (struct approval *)d;
    const struct qf_approval *a = find(d->app, x->id);
    char left[TUI_FMT];
    (void)now;
    if (x->done || !a)
        return TUI_CLOSE;
    tui_fmt_deadline(left, a->expires - tui_app_desk_now(d->app));
    if (a->state == QF_APPROVAL_PENDING)
        qf_str_fmt(d->title, sizeof d->title, "Approval A-%lld, expires in %s", (long long)x->id, left);
    else
        qf_str_fmt(d->title, sizeof d->title, "Approval A-%lld", (long long)x->id);
    return TUI_STAY;
}

static void approval_free(struct tui_dialog *d)
{
    tui_app_forget(d->app, ((struct approval *)d)->call);
    free(d);
}

struct tui_dialog *tui_approval_new(struct tui_app *app, int64_t id)
{
    static const struct tui_dialog_ops ops = {approval_size, approval_draw, approval_key,
                                              approval_tick, approval_free, NULL};
    struct approval *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->id = id;
    x->focus = 1; /* Later */
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, "reason", 120, false);
    (void)approval_tick(&x->d, 0);
    return &x->d;
}
