/* Sign in. Skipped where the daemon knows the operating system's user; shown again when a session ends. Which part was
 * wrong is never said, and a daemon that is not there leaves what was typed alone. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/app.h"
#include "tui/form.h"
#include "tui/screens/screens.h"

enum { USER, PASSWORD };

struct login {
    struct tui_app *app;
    struct tui_form form;
    int64_t call;
    char why[160];
};

static void *login_open(struct tui_app *app)
{
    struct login *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->app = app;
    tui_form_init(&x->form, &qf_rec_login);
    tui_form_add(&x->form, "user", "user");
    tui_form_add(&x->form, "password", "password");
    return x;
}

static void login_close(void *state)
{
    struct login *x = state;
    tui_app_forget(x->app, x->call);
    tui_form_wipe(&x->form);
    explicit_bzero(x, sizeof *x);
    free(x);
}

/* --- drawing */

static void draw_top(const struct tui_view *v)
{
    static const enum tui_role roles[] = {
        [QF_MODE_SIMULATED] = TUI_SIMULATED, [QF_MODE_PAPER] = TUI_PAPER, [QF_MODE_REAL] = TUI_REAL};
    const struct tui_link_status *s = tui_app_status(v->app);
    int w = tui_canvas_w(v->canvas);
    char text[TUI_FMT];
    bool up = s->state != TUI_LINK_DOWN;
    unsigned before = tui_canvas_flags(v->canvas, TUI_F_BAR);
    tui_fill(v->canvas, (struct tui_rect){0, 0, w, 1}, TUI_BAR, ' ', ' ');
    int at = 1 + tui_text(v->canvas, 1, 0, TUI_HEADING, "QuantumFond");
    if (up && s->hello.mode >= 0 && s->hello.mode < QF_money_mode_COUNT)
        tui_text(v->canvas, at + 2, 0, roles[s->hello.mode], qf_enum_text(&qf_enum_money_mode, s->hello.mode));
    tui_text(v->canvas, w - 12, 0, TUI_DIM, "link");
    tui_glyph(v->canvas, w - 7, 0, up ? TUI_UP : TUI_BAD, up ? 0x25cf : 0x25cb, up ? '*' : 'o');
    if (up && s->latency_us >= 0) {
        tui_fmt_link(text, s->latency_us);
        tui_text_right(v->canvas, w - 6, 0, 6, TUI_DIM, text);
    }
    tui_canvas_flags(v->canvas, before);
}

static void draw_box(const struct login *x, const struct tui_view *v, struct tui_rect r)
{
    const struct tui_link_status *s = tui_app_status(x->app);
    tui_box(v->canvas, r, "Sign in");
    tui_text(v->canvas, r.x + 3, r.y + 2, TUI_DIM, "desk");
    tui_text_fit(v->canvas, r.x + 14, r.y + 2, r.w - 16, TUI_TEXT, s->where);
    for (int i = USER; i <= PASSWORD; i++) {
        tui_text(v->canvas, r.x + 3, r.y + 4 + 2 * i, TUI_DIM, x->form.fields[i].label);
        tui_form_draw(&x->form, i, v->canvas, r.x + 14, r.y + 4 + 2 * i, r.w - 17, false, x->form.focus == i);
    }
}

/* What keeps one from signing in just now: no daemon, an answer that is awaited, the last refusal. */
static void status_text(const struct login *x, char *out, size_t cap, enum tui_role *ret_role)
{
    const struct tui_link_status *s = tui_app_status(x->app);
    char left[TUI_FMT];
    *ret_role = TUI_WARN;
    if (s->state == TUI_LINK_DOWN) {
        tui_fmt_span(left, s->retry_at - tui_app_now(x->app) + 500 * QF_MS);
        qf_str_fmt(out, cap, "no desk at %s, trying again in %s%s%s", s->where[0] ? s->where : "this socket", left,
                   s->why[0] ? ": " : "", s->why);
    } else if (x->call) {
        *ret_role = TUI_DIM;
        qf_str_copy(out, cap, "signing in");
    } else {
        qf_str_copy(out, cap, x->why);
    }
}

static void login_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct login *x = state;
    struct tui_rect box = {(body.w - 42) / 2, (body.h - 10) / 2 - 1, 42, 9};
    struct tui_lines l = {0};
    char why[256];
    enum tui_role role;
    draw_top(v);
    draw_box(x, v, box);
    status_text(x, why, sizeof why, &role);
    if (why[0]) {
        tui_lines_wrap(&l, role, why, 38);
        if (role == TUI_WARN)
            tui_glyph(v->canvas, box.x, box.y + box.h + 1, TUI_WARN, 0x25b2, '!');
        tui_lines_draw(&l, v->canvas, (struct tui_rect){box.x + 2, box.y + box.h + 1, 40, 3});
    }
    tui_text_right(v->canvas, 0, body.h - 3, body.w, TUI_DIM, "Every sign-in and every refused one is recorded.");
    unsigned before = tui_canvas_flags(v->canvas, TUI_F_BAR);
    tui_fill(v->canvas, (struct tui_rect){0, body.h - 1, body.w, 1}, TUI_BAR, ' ', ' ');
    static const char *const keys[][2] = {
        {"Tab", "Next field"}, {"Enter", "Sign in"}, {"Ctrl-U", "Clear"}, {"Esc", "Leave"}};
    int at = 1;
    for (size_t i = 0; i < QF_LEN(keys); i++) {
        at += tui_text(v->canvas, at, body.h - 1, TUI_ACCENT, keys[i][0]) + 1;
        at += tui_text(v->canvas, at, body.h - 1, TUI_TEXT, keys[i][1]) + 2;
    }
    tui_canvas_flags(v->canvas, before);
}

/* --- signing in */

static void on_login(void *arg, const struct tui_answer *answer)
{
    struct login *x = arg;
    x->call = 0;
    tui_app_touch(x->app);
    if (answer->kind == TUI_ANSWER_OK)
        return; /* the link is READY now and takes us to the first screen */
    tui_form_set(&x->form, PASSWORD, "");
    x->form.focus = PASSWORD;
    if (answer->kind == TUI_ANSWER_LOST)
        qf_str_copy(x->why, sizeof x->why, "no answer: the link went");
    else
        qf_str_fmt(x->why, sizeof x->why, "Not signed in: %s.", qf_refusal_text(answer->refusal));
}

static void sign_in(struct login *x)
{
    struct qf_login req;
    struct qf_arena arena;
    const char *why = "";
    int bad = 0;
    if (tui_app_status(x->app)->state != TUI_LINK_OPEN || x->call)
        return;
    memset(&req, 0, sizeof req);
    qf_arena_init(&arena, 1024);
    if (tui_form_read(&x->form, &req, &arena, &bad, &why) != QF_OK) {
        qf_str_fmt(x->why, sizeof x->why, "%s %s", x->form.fields[bad].label, why);
        x->form.focus = bad;
    } else {
        x->why[0] = '\0';
        x->call = tui_app_call(x->app, QF_CMD_auth_login, &req, on_login, x);
    }
    qf_arena_release(&arena);
    explicit_bzero(&req, sizeof req);
}

static bool login_key(void *state, tui_key key)
{
    struct login *x = state;
    if (key == TUI_KEY_ESC || key == TUI_CTRL('C') || key == TUI_CTRL('L'))
        return false;
    if (key == TUI_KEY_ENTER && x->form.focus == USER && tui_form_text(&x->form, PASSWORD)[0] == '\0')
        x->form.focus = PASSWORD;
    else if (key == TUI_KEY_ENTER)
        sign_in(x);
    else if (key == TUI_KEY_TAB || key == TUI_KEY_BACKTAB || key == TUI_KEY_DOWN || key == TUI_KEY_UP)
        x->form.focus = x->form.focus == USER ? PASSWORD : USER;
    else
        (void)tui_form_key(&x->form, key);
    return true;
}

static bool login_act(void *state, enum tui_action action)
{
    (void)state, (void)action;
    return false;
}

const struct tui_screen screen_login = {
    .digit = 0,
    .perm = QF_P_ANYONE,
    .open = login_open,
    .close = login_close,
    .draw = login_draw,
    .act = login_act,
    .key = login_key,
};
