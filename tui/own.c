/* 'L': what this session has sent, as command lines one could type in a shell. Secrets are never kept. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/app_in.h"
#include "tui/overlays.h"

/* One write on its way: its answer passes through here, so that the line can say what became of it. */
struct tui_own_call {
    struct tui_app *app;
    tui_answer_fn fn;
    void *arg;
    int64_t id;
    uint64_t line; /* number of its line */
    struct tui_own_call *next;
};

struct tui_own_line *tui_own_find(struct tui_app *app, uint64_t number)
{
    struct tui_own_line *l = &app->own[number % TUI_OWN_LINES];
    return l->number == number && number > app->own_first ? l : NULL;
}

/* In quotes where a shell would take the text apart. */
static void put_word(struct qf_buf *out, const char *text)
{
    if (text[0] && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:+@%,") == strlen(text)) {
        qf_buf_str(out, text);
        return;
    }
    qf_buf_char(out, '\'');
    for (; *text; text++)
        if (*text == '\'')
            qf_buf_str(out, "'\\''");
        else
            qf_buf_char(out, *text);
    qf_buf_char(out, '\'');
}

/* "qf order place --symbol NVDA --side BUY": the general form, which every command has. */
static void put_line(struct qf_buf *out, enum qf_cmd_id cmd, const void *req)
{
    const struct qf_rec *rec = qf_cmds[cmd].req;
    qf_buf_str(out, "qf ");
    for (const char *p = qf_cmds[cmd].name; *p; p++)
        qf_buf_char(out, *p == '.' ? ' ' : *p);
    for (int i = 0; req && i < rec->count; i++) {
        char text[512];
        const struct qf_field *f = &rec->fields[i];
        bool skip = f->flags & (QF_F_SECRET | QF_F_HIDDEN) || f->type == QF_T_list || !qf_rec_has(rec, req, f);
        if (skip || strcmp(f->name, "client_ref") == 0)
            continue;
        qf_field_text(f, rec, req, text, sizeof text);
        qf_buf_str(out, " --");
        for (const char *p = f->name; *p; p++)
            qf_buf_char(out, *p == '_' ? '-' : *p);
        qf_buf_char(out, ' ');
        put_word(out, text);
    }
}

uint64_t tui_own_note(struct tui_app *app, enum qf_cmd_id cmd, const void *req)
{
    struct qf_buf text;
    uint64_t number = ++app->own_n;
    struct tui_own_line *l = &app->own[number % TUI_OWN_LINES];
    qf_buf_init(&text, 65536);
    put_line(&text, cmd, req);
    l->number = number;
    l->at = tui_app_desk_now(app);
    l->role = TUI_DIM;
    qf_str_copyn(l->text, sizeof l->text, text.p, text.len);
    qf_str_copy(l->outcome, sizeof l->outcome, "sent");
    qf_buf_release(&text);
    return number;
}

static void unlink_call(struct tui_app *app, const struct tui_own_call *c)
{
    struct tui_own_call **at = &app->own_calls;
    while (*at && *at != c)
        at = &(*at)->next;
    if (*at)
        *at = c->next;
}

void tui_own_outcome(struct tui_app *app, uint64_t number, enum tui_role role, const char *words)
{
    struct tui_own_line *l = tui_own_find(app, number);
    if (!l)
        return;
    l->role = role;
    qf_str_copy(l->outcome, sizeof l->outcome, words);
}

static void on_own(void *arg, const struct tui_answer *answer)
{
    struct tui_own_call *c = arg;
    tui_answer_fn fn = c->fn;
    void *fn_arg = c->arg;
    bool good = answer->kind == TUI_ANSWER_OK;
    tui_own_outcome(c->app, c->line, good ? TUI_UP : TUI_WARN,
                    good ? "done" : answer->kind == TUI_ANSWER_LOST ? "no answer" : answer->reason);
    unlink_call(c->app, c);
    free(c);
    fn(fn_arg, answer);
}

int64_t tui_own_call(struct tui_app *app, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg)
{
    struct tui_own_call *c = qf_xalloc(sizeof *c);
    *c = (struct tui_own_call){app, fn, arg, 0, 0, NULL};
    c->id = tui_link_call(app->o.link, cmd, req, on_own, c);
    if (c->id == 0) {
        free(c);
        return 0;
    }
    c->line = tui_own_note(app, cmd, req);
    c->next = app->own_calls;
    app->own_calls = c;
    return c->id;
}

void tui_own_forget(struct tui_app *app, int64_t id)
{
    struct tui_own_call *c = app->own_calls;
    while (c && c->id != id)
        c = c->next;
    if (!c)
        return;
    unlink_call(app, c);
    free(c);
}

void tui_own_free(struct tui_app *app)
{
    while (app->own_calls) {
        app->o.link->ops->forget(app->o.link->impl, app->own_calls->id);
        tui_own_forget(app, app->own_calls->id);
    }
}

/* --- the dialog */

struct own {
    struct tui_dialog d;
    int at; /* lines back from the newest */
};

static int lines_there(const struct tui_app *app)
{
    uint64_t n = app->own_n - app->own_first;
    return n < TUI_OWN_LINES ? (int)n : TUI_OWN_LINES;
}

static void own_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d;
    *ret_w = w < 80 ? w : w - 4 < 116 ? w - 4 : 116;
    *ret_h = h - 4 < 24 ? h - 4 : 24;
}

static void draw_line(const struct own *x, const struct tui_view *v, struct tui_rect r, int back)
{
    struct tui_app *app = x->d.app;
    const struct tui_own_line *l = tui_own_find(app, app->own_n - (uint64_t)back);
    char time[TUI_FMT];
    if (!l)
        return;
    unsigned before = tui_canvas_flags(v->canvas, back == x->at ? TUI_F_SELECTED : 0);
    tui_fill(v->canvas, r, TUI_TEXT, ' ', ' ');
    tui_fmt_clock(time, l->at);
    tui_text(v->canvas, r.x, r.y, TUI_DIM, time);
    tui_text_fit(v->canvas, r.x + 9, r.y, r.w - 9 - 15, TUI_TEXT, l->text);
    tui_text_right(v->canvas, r.x + r.w - 14, r.y, 14, l->role, l->outcome);
    tui_canvas_flags(v->canvas, before);
}

static void own_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    const struct own *x = (const struct own *)d;
    int page = r.h - 2, top = x->at >= page ? x->at - page + 1 : 0;
    if (lines_there(d->app) == 0)
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, "nothing was sent in this session yet");
    for (int i = 0; i < page && top + i < lines_there(d->app); i++)
        draw_line(x, v, (struct tui_rect){r.x, r.y + i, r.w, 1}, top + i);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "y copies the line   Enter shows it whole   Esc back");
}

static void show_whole(const struct own *x)
{
    const struct tui_own_line *l = tui_own_find(x->d.app, x->d.app->own_n - (uint64_t)x->at);
    struct tui_lines lines = {0};
    if (!l)
        return;
    tui_lines_wrap(&lines, TUI_TEXT, l->text, 74);
    tui_lines_add(&lines, TUI_TEXT, "%s", "");
    tui_lines_add(&lines, l->role, "%s", l->outcome);
    tui_app_open(x->d.app, tui_text_new("Command", &lines));
}

static enum tui_verdict own_key(struct tui_dialog *d, tui_key key)
{
    struct own *x = (struct own *)d;
    const struct tui_own_line *l = tui_own_find(d->app, d->app->own_n - (uint64_t)x->at);
    if (key == TUI_KEY_ESC || key == 'L' || key == 'q')
        return TUI_CLOSE;
    if ((key == TUI_KEY_DOWN || key == 'j') && x->at + 1 < lines_there(d->app))
        x->at++;
    else if ((key == TUI_KEY_UP || key == 'k') && x->at > 0)
        x->at--;
    else if (key == 'y' && l && d->app->o.copy) {
        d->app->o.copy(d->app->o.arg, l->text, strlen(l->text));
        tui_app_say(d->app, TUI_TEXT, "command line copied");
    } else if (key == TUI_KEY_ENTER)
        show_whole(x);
    return TUI_STAY;
}

static void plain_free(struct tui_dialog *d)
{
    free(d);
}

void tui_open_own(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {own_size, own_draw, own_key, NULL, plain_free, NULL};
    struct own *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.keeps_link = true;
    qf_str_fmt(x->d.title, sizeof x->d.title, "Commands of %s in this session, newest first", tui_app_user(app));
    tui_app_open(app, &x->d);
}
