/* Changing one's password, and signing out. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/form.h"
#include "tui/overlays.h"

/* --- password */

enum { OLD, NEW, AGAIN };

struct password {
    struct tui_dialog d;
    struct tui_form form;
    bool must, sent;
    int64_t call;
    char why[160];
};

static void password_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 60 ? w : 60;
    *ret_h = 11;
}

static bool same(const struct password *x)
{
    return strcmp(tui_form_text(&x->form, NEW), tui_form_text(&x->form, AGAIN)) == 0;
}

static void password_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct password *x = (struct password *)d;
    static const char *const labels[] = {"now", "new", "again"};
    size_t n = strlen(tui_form_text(&x->form, NEW));
    for (int i = 0; i < 3; i++) {
        tui_text(v->canvas, r.x, r.y + i, TUI_DIM, labels[i]);
        tui_form_draw(&x->form, i, v->canvas, r.x + 8, r.y + i, 27, true, x->form.focus == i);
    }
    if (n)
        tui_textf(v->canvas, r.x + 37, r.y + NEW, TUI_DIM, "%zu characters", n);
    if (tui_form_text(&x->form, AGAIN)[0])
        tui_text(v->canvas, r.x + 37, r.y + AGAIN, same(x) ? TUI_DIM : TUI_WARN, same(x) ? "the same" : "not the same");
    tui_text_fit(v->canvas, r.x, r.y + 4, r.w, TUI_DIM, "any characters, spaces too; no forced mix");
    tui_text_fit(v->canvas, r.x, r.y + 5, r.w, x->why[0] ? TUI_WARN : TUI_DIM,
                 x->why[0] ? x->why
                 : x->must ? "it was reset: choose your own before anything else"
                           : "ends your other sessions");
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM,
                   x->sent ? "sent, waiting" : "Tab next field   Enter changes   Esc cancel");
}

static void password_answer(void *arg, const struct tui_answer *answer)
{
    struct password *x = arg;
    x->call = 0;
    x->sent = false;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        tui_app_say(x->d.app, TUI_TEXT, "your password is changed");
        x->must = false;
        x->sent = true; /* closes at the next tick */
        x->call = -1;
    } else if (answer->kind == TUI_ANSWER_REFUSED) {
        qf_str_fmt(x->why, sizeof x->why, "refused: %s", qf_refusal_text(answer->refusal));
    } else {
        qf_str_copy(x->why, sizeof x->why, "no answer, the link went; try to sign in with the new one");
    }
}

static void password_send(struct password *x)
{
    struct qf_user_password req;
    const char *why = "";
    int bad = 0;
    struct qf_arena arena;
    memset(&req, 0, sizeof req);
    if (!same(x)) {
        qf_str_copy(x->why, sizeof x->why, "the two new ones are not the same");
        return;
    }
    qf_arena_init(&arena, 1024);
    enum qf_err err = tui_form_read(&x->form, &req, &arena, &bad, &why);
    qf_arena_release(&arena);
    if (err != QF_OK) {
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", x->form.fields[bad].label, why);
    } else {
        tui_app_ref(req.client_ref);
        QF_SET(&req, user_password, client_ref);
        x->call = tui_app_call(x->d.app, QF_CMD_user_password, &req, password_answer, x);
        x->sent = x->call != 0;
        x->why[0] = '\0';
    }
    explicit_bzero(&req, sizeof req);
}

static enum tui_verdict password_key(struct tui_dialog *d, tui_key key)
{
    struct password *x = (struct password *)d;
    if (key == TUI_KEY_ESC && !x->must)
        return TUI_CLOSE;
    if (key == TUI_KEY_ESC)
        tui_app_say(d->app, TUI_WARN, "the password has to be changed first; Ctrl-C leaves");
    if (key == TUI_CTRL('C'))
        tui_app_leave(d->app);
    if (x->sent)
        return TUI_STAY;
    if (key == TUI_KEY_ENTER && x->form.focus == AGAIN)
        password_send(x);
    else if (key == TUI_KEY_TAB || key == TUI_KEY_DOWN || key == TUI_KEY_ENTER)
        (void)(tui_form_move(&x->form, 1) || (x->form.focus = OLD, true));
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_UP)
        (void)tui_form_move(&x->form, -1);
    else
        (void)tui_form_key(&x->form, key);
    return TUI_STAY;
}

static enum tui_verdict password_tick(struct tui_dialog *d, qf_time now)
{
    (void)now;
    return ((struct password *)d)->call < 0 ? TUI_CLOSE : TUI_STAY;
}

static void password_free(struct tui_dialog *d)
{
    struct password *x = (struct password *)d;
    if (x->call > 0)
        tui_app_forget(d->app, x->call);
    tui_form_wipe(&x->form);
    free(x);
}

struct tui_dialog *tui_password_new(struct tui_app *app, bool must)
{
    static const struct tui_dialog_ops ops = {password_size, password_draw, password_key,
                                              password_tick, password_free, NULL};
    struct password *x = qf_xalloc(sizeof *x);
    (void)app;
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->must = must;
    tui_form_init(&x->form, &qf_rec_user_password);
    tui_form_add(&x->form, "old", "now");
    tui_form_add(&x->form, "password", "new");
    tui_form_add_text(&x->form, "again", 128, true);
    qf_str_copy(x->d.title, sizeof x->d.title, "Change your password");
    return &x->d;
}

/* --- signing out */

static bool out_effect(void *ctx, struct tui_effect *ret)
{
    (void)ctx;
    tui_lines_add(&ret->lines, TUI_TEXT, "ends this session at once; orders and strategies go on");
    tui_lines_add(&ret->lines, TUI_TEXT, "%s", "");
    qf_str_copy(ret->act, sizeof ret->act, "y signs out");
    return true;
}

static void out_answer(void *arg, const struct tui_answer *answer)
{
    (void)tui_app_refused(arg, "sign out", answer);
}

static void out_yes(void *ctx, struct tui_app *app)
{
    (void)ctx;
    (void)tui_app_call(app, QF_CMD_auth_logout, NULL, out_answer, app);
}

void tui_open_sign_out(struct tui_app *app)
{
    static const struct tui_confirm_def def = {"Stay", out_effect, out_yes, NULL};
    tui_app_open(app, tui_confirm_new("Sign out", &def, NULL));
}
