#include "tui/screens/command_form.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"

struct command_form {
    struct tui_dialog d;
    struct command_def def;
    struct tui_form form;
    int focus; /* a field, or n = Cancel, n + 1 = the act */
    int64_t call;
    bool over;
    char why[160], ref[65];
    struct command_judge judge;
    void *before;  /* own copy of what the judge compares with */
    uint64_t sent; /* hash of what went out under ref: the same again keeps its reference */
};

static const struct qf_rec *request(const struct command_form *x)
{
    return qf_cmds[x->def.cmd].req;
}

static int word_lines(const struct command_form *x)
{
    int n = 0;
    while (n < 4 && x->def.words[n])
        n++;
    return n;
}

static void form_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct command_form *x = (const struct command_form *)d;
    (void)h;
    *ret_w = w < 64 ? w : 64;
    *ret_h = x->form.n + word_lines(x) + (x->judge.fn ? 7 : 6);
}

static void form_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct command_form *x = (struct command_form *)d;
    const char *labels[] = {"Cancel", x->def.act};
    int y = r.y;
    for (int i = 0; i < x->form.n; i++, y++) {
        tui_text_fit(v->canvas, r.x, y, 12, TUI_DIM, x->form.fields[i].label);
        tui_form_draw(&x->form, i, v->canvas, r.x + 13, y, r.w - 13, !x->form.fields[i].fixed, x->focus == i);
    }
    y++;
    for (int i = 0; i < word_lines(x); i++, y++)
        tui_text_fit(v->canvas, r.x, y, r.w, TUI_DIM, x->def.words[i]);
    if (x->judge.fn) {
        char verdict[128] = "";
        enum tui_role role = x->judge.fn(x->before, &x->form, verdict, sizeof verdict);
        tui_text_fit(v->canvas, r.x, y, r.w, role, verdict);
    }
    tui_text_fit(v->canvas, r.x, r.y + r.h - 2, r.w, TUI_WARN, x->call ? "sent, waiting for the desk" : x->why);
    tui_buttons(v->canvas, (struct tui_rect){r.x, r.y + r.h - 1, r.w, 1}, labels, 2, x->focus - x->form.n);
}

static void on_answer(void *arg, const struct tui_answer *answer)
{
    struct command_form *x = arg;
    x->call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        x->over = true;
        tui_app_say(x->d.app, TUI_TEXT, "%s", x->def.done);
    } else if (answer->kind == TUI_ANSWER_REFUSED && answer->refusal->reason == QF_R_TOO_LOOSE) {
        x->over = true; /* not done, but asked for: the request waits in the inbox */
        tui_app_say(x->d.app, TUI_WARN, "%s", qf_refusal_text(answer->refusal));
    } else if (answer->kind == TUI_ANSWER_LOST || answer->refusal->reason == QF_R_UNKNOWN_OUTCOME) {
        qf_str_copy(x->why, sizeof x->why, "not known whether it was done; sending it again does it once");
    } else {
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    }
}

static uint64_t typed(const struct command_form *x)
{
    uint64_t h = 7;
    for (int i = 0; i < x->form.n; i++)
        h = h * 31 + qf_hash(tui_form_text(&x->form, i), strlen(tui_form_text(&x->form, i)));
    return h;
}

/* Another content is another request; the same one keeps its reference, so that it is never done twice. */
static void set_ref(struct command_form *x, void *req)
{
    const struct qf_field *f = qf_rec_field(request(x), "client_ref", strlen("client_ref"));
    if (!f)
        return;
    if (x->ref[0] == '\0' || x->sent != typed(x))
        tui_app_ref(x->ref);
    x->sent = typed(x);
    qf_str_copy((char *)req + f->off, 65, x->ref);
    *(uint64_t *)req |= 1ULL << (unsigned)(f - request(x)->fields);
}

static void send(struct command_form *x)
{
    struct qf_arena arena;
    const char *why = "";
    int bad = 0;
    void *req = qf_xalloc(request(x)->size);
    memset(req, 0, request(x)->size);
    qf_arena_init(&arena, 8192);
    if (tui_form_read(&x->form, req, &arena, &bad, &why) != QF_OK) {
        qf_str_fmt(x->why, sizeof x->why, "%s %s", x->form.fields[bad].label, why);
        x->focus = x->form.focus = bad;
    } else {
        set_ref(x, req);
        x->why[0] = '\0';
        x->call = tui_app_call(x->d.app, x->def.cmd, req, on_answer, x);
    }
    qf_arena_release(&arena);
    explicit_bzero(req, request(x)->size);
    free(req);
}

static void move(struct command_form *x, int step)
{
    int places = x->form.n + 2;
    do
        x->focus = (x->focus + step + places) % places;
    while (x->focus < x->form.n && x->form.fields[x->focus].fixed);
    if (x->focus < x->form.n)
        x->form.focus = x->focus;
}

static enum tui_verdict form_key(struct tui_dialog *d, tui_key key)
{
    struct command_form *x = (struct command_form *)d;
    bool in_field = x->focus < x->form.n;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (x->call)
        return TUI_STAY;
    if (key == TUI_KEY_ENTER && x->focus == x->form.n)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER && x->focus == x->form.n + 1)
        send(x);
    else if (key == TUI_KEY_TAB || key == TUI_KEY_DOWN || key == TUI_KEY_ENTER)
        move(x, 1);
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_UP)
        move(x, -1);
    else if (!in_field && (key == TUI_KEY_LEFT || key == TUI_KEY_RIGHT))
        x->focus = x->focus == x->form.n ? x->form.n + 1 : x->form.n;
    else if (in_field)
        (void)tui_form_key(&x->form, key);
    return TUI_STAY;
}

static enum tui_verdict form_tick(struct tui_dialog *d, qf_time now)
{
    (void)now;
    return ((struct command_form *)d)->over ? TUI_CLOSE : TUI_STAY;
}

static void form_free(struct tui_dialog *d)
{
    struct command_form *x = (struct command_form *)d;
    tui_app_forget(d->app, x->call);
    tui_form_wipe(&x->form);
    free(x->before);
    free(x);
}

struct tui_dialog *command_form_new(struct tui_app *app, const struct command_def *def,
                                    const struct command_field *fields, int n)
{
    return command_form_judged(app, def, NULL, fields, n);
}

struct tui_dialog *command_form_judged(struct tui_app *app, const struct command_def *def,
                                       const struct command_judge *judge, const struct command_field *fields, int n)
{
    static const struct tui_dialog_ops ops = {form_size, form_draw, form_key, form_tick, form_free, NULL};
    struct command_form *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->def = *def;
    if (judge) {
        x->judge = *judge;
        x->before = qf_xalloc(judge->before_size);
        memcpy(x->before, judge->before, judge->before_size);
    }
    tui_form_init(&x->form, request(x));
    for (int i = 0; i < n; i++) {
        tui_form_add(&x->form, fields[i].name, fields[i].label);
        tui_form_set(&x->form, i, fields[i].preset ? fields[i].preset : "");
        x->form.fields[i].fixed = fields[i].fixed;
    }
    x->focus = -1;
    move(x, 1);
    qf_str_copy(x->d.title, sizeof x->d.title, def->title);
    return &x->d;
}
