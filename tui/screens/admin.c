/* 8 Admin: users, sessions, approvals, the audit trail. Risk officers see approvals and audit only. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/overlays.h"
#include "tui/screens/admin_in.h"
#include "tui/screens/command_form.h"
#include "tui/screens/screens.h"

#define USER(row) ((const struct qf_user *)(row))
#define SESSION(row) ((const struct qf_session *)(row))
#define CONTROL(row) ((const struct qf_control *)(row))

/* --- the audit trail: the topic's stream, and a page of older rows behind it */

static void on_page(void *arg, const struct tui_answer *answer)
{
    struct admin *x = arg;
    x->page_call = 0;
    if (!tui_app_refused(x->cells.app, "audit trail", answer)) {
        free(x->page);
        x->page = tui_record_copy(&qf_rec_audit_page, answer->rep);
    }
    tui_app_touch(x->cells.app);
}

static void admin_show(void *state)
{
    struct admin *x = state;
    struct qf_audit_query q;
    memset(&q, 0, sizeof q);
    q.limit = 200;
    QF_SET(&q, audit_query, limit);
    tui_app_forget(x->cells.app, x->page_call);
    x->page_call = tui_app_call(x->cells.app, QF_CMD_audit_list, &q, on_page, x);
}

static void fill_audit(struct admin *x, qf_time now)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->cells.app), QF_TOPIC_audit, &rows), k = 0;
    size_t older = x->page ? x->page->rows_n : 0;
    int64_t oldest = INT64_MAX;
    x->audit_rows = qf_xrealloc(x->audit_rows, (n + older + 1) * sizeof *x->audit_rows);
    for (size_t i = 0; i < n; i++) {
        oldest = CONTROL(rows[i])->cmd_no < oldest ? CONTROL(rows[i])->cmd_no : oldest;
        x->audit_rows[k++] = rows[i];
    }
    for (size_t i = 0; i < older; i++)
        if (x->page->rows[i].cmd_no < oldest)
            x->audit_rows[k++] = &x->page->rows[i];
    tui_table_fill(x->board.panes[PANE_AUDIT].table, (const void *const *)x->audit_rows, k, now,
                   tui_app_has_dialog(x->cells.app));
}

static void on_verdict(void *arg, const struct tui_answer *answer)
{
    struct admin *x = arg;
    x->verify_call = 0;
    if (tui_app_refused(x->cells.app, "verify", answer))
        return;
    const struct qf_audit_verdict *v = answer->rep;
    char rows[TUI_FMT], broken[TUI_FMT];
    x->verified = v->ok ? 1 : -1;
    x->verified_at = tui_app_now(x->cells.app);
    tui_fmt_count(rows, v->rows);
    tui_fmt_count(broken, v->broken_at);
    if (v->ok) {
        qf_str_copy(x->verdict, sizeof x->verdict, "chain verified");
        tui_app_say(x->cells.app, TUI_TEXT, "audit trail: %s rows checked, every link holds", rows);
    } else {
        qf_str_fmt(x->verdict, sizeof x->verdict, "BROKEN at %s", broken);
        tui_app_say(x->cells.app, TUI_BAD, "audit trail BROKEN at row %s", broken);
    }
}

/* --- lifecycle */

static void *admin_open(struct tui_app *app)
{
    struct admin *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
    admin_panes(x);
    bool all = tui_app_may(app, QF_P_ADMIN);
    x->board.panes[PANE_USERS].absent = !all;
    x->board.panes[PANE_SESSIONS].absent = !all;
    x->board.focus = all ? PANE_USERS : PANE_AUDIT;
    return x;
}

static void admin_close(void *state)
{
    struct admin *x = state;
    tui_app_forget(x->cells.app, x->page_call);
    tui_app_forget(x->cells.app, x->verify_call);
    board_free(&x->board);
    free(x->page);
    free(x->audit_rows);
    free(x);
}

static void update(struct admin *x)
{
    qf_time now = tui_app_now(x->cells.app);
    board_fill(&x->board, PANE_USERS, QF_TOPIC_users, now);
    board_fill(&x->board, PANE_SESSIONS, QF_TOPIC_sessions, now);
    board_fill(&x->board, PANE_REQUESTS, QF_TOPIC_approvals, now);
    fill_audit(x, now);
}

static void side_by_side(struct admin *x, const struct tui_view *v, struct tui_rect r)
{
    struct board_pane *p = x->board.panes;
    int right = r.w / 2;
    p[PANE_SESSIONS].r = (struct tui_rect){r.x, r.y, r.w - right - 1, r.h};
    p[PANE_REQUESTS].r = (struct tui_rect){r.x + r.w - right, r.y, right, r.h};
    if (!x->board.zoom)
        board_rule(v, r.x + r.w - right - 1, r);
}

static void layout(struct admin *x, const struct tui_view *v, struct tui_rect b)
{
    struct board_pane *p = x->board.panes;
    bool all = !p[PANE_USERS].absent;
    int need[3] = {tui_table_height(p[PANE_USERS].table), 8, tui_table_height(p[PANE_AUDIT].table)},
        least[3] = {7, 6, 6}, h[3];
    for (int i = 0; i < 3 && b.h < 20; i++)
        least[i] -= 2;
    if (!all) {
        need[0] = least[0] = 0;
        need[1] = tui_table_height(p[PANE_REQUESTS].table) + 1;
    }
    board_share(b.h, 3, least, need, x->board.focus == PANE_USERS ? 0 : x->board.focus == PANE_AUDIT ? 2 : -1, h);
    struct tui_rect mid = {b.x, b.y + h[0], b.w, h[1]};
    if (all) {
        p[PANE_USERS].r = (struct tui_rect){b.x, b.y, b.w, h[0]};
        side_by_side(x, v, mid);
    } else {
        p[PANE_REQUESTS].r = mid;
    }
    p[PANE_AUDIT].r = (struct tui_rect){b.x, b.y + h[0] + h[1], b.w, h[2]};
}

static void admin_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct admin *x = state;
    update(x);
    board_clear(&x->board);
    layout(x, v, body);
    if (x->verified) {
        x->board.panes[PANE_AUDIT].note = x->verdict;
        x->board.panes[PANE_AUDIT].note_role = x->verified > 0 ? TUI_UP : TUI_BAD;
    }
    board_draw(&x->board, v, body);
}

/* --- commands */

static void set_user(struct admin *x, const struct qf_user *u)
{
    static const struct command_def def = {
        "Change a user",
        QF_CMD_user_set,
        "Change",
        "what takes rights away is done, what gives them is a request",
        {"giving rights waits for a second person; disabling ends all sessions", NULL}};
    char uid[TUI_FMT] = "";
    if (QF_HAS(u, user, os_uid))
        qf_str_fmt(uid, sizeof uid, "%lld", (long long)u->os_uid);
    const struct command_field fields[] = {
        {"name", "user", u->name, true},
        {"role", "role (request)", qf_enum_text(&qf_enum_role, u->role), false},
        {"disabled", "disabled", u->disabled ? "true" : "false", false},
        {"os_uid", "OS user id", uid, false},
    };
    tui_app_open(x->cells.app, command_form_new(x->cells.app, &def, fields, (int)QF_LEN(fields)));
}

static void add_user(struct admin *x)
{
    static const struct command_def def = {"New user",
                                           QF_CMD_user_add,
                                           "Add",
                                           "added, and disabled until another person agrees: see Requests",
                                           {"disabled until another person agrees to the request",
                                            "a first password is changed at once; an OS user id needs none", NULL}};
    static const struct command_field fields[] = {
        {"name", "user", "", false},
        {"role", "role", "viewer", false},
        {"os_uid", "OS user id", "", false},
        {"password", "password", "", false},
    };
    tui_app_open(x->cells.app, command_form_new(x->cells.app, &def, fields, (int)QF_LEN(fields)));
}

static void reset_password(struct admin *x, const struct qf_user *u)
{
    static const struct command_def def = {
        "Reset a password",
        QF_CMD_user_password,
        "Reset",
        "the password is reset",
        {"ends the user's other sessions; it has to be changed at the next sign-in", NULL}};
    const struct command_field fields[] = {{"name", "user", u->name, true}, {"password", "password", "", false}};
    tui_app_open(x->cells.app, command_form_new(x->cells.app, &def, fields, (int)QF_LEN(fields)));
}

struct kill {
    struct tui_app *app;
    int64_t id;
};

static const struct qf_session *find_session(const struct kill *k)
{
    struct qf_session key;
    memset(&key, 0, sizeof key);
    key.id = k->id;
    return tui_cache_find(tui_app_cache(k->app), QF_TOPIC_sessions, &key);
}

static bool kill_effect(void *ctx, struct tui_effect *ret)
{
    const struct kill *k = ctx;
    const struct qf_session *s = find_session(k);
    char since[TUI_FMT];
    if (!s)
        return false;
    tui_fmt_time(since, s->started, tui_app_desk_now(k->app));
    tui_lines_add(&ret->lines, TUI_TEXT, "session %lld of %s, %s", (long long)s->id, s->username, s->source);
    tui_lines_add(&ret->lines, TUI_TEXT, "signed in %s UTC", since);
    tui_lines_add(&ret->lines, TUI_TEXT, "%s", "");
    tui_lines_add(&ret->lines, TUI_DIM, "it ends at once; what it has sent stays");
    qf_str_copy(ret->act, sizeof ret->act, "y ends it");
    return true;
}

static void on_kill(void *arg, const struct tui_answer *answer)
{
    if (!tui_app_refused(arg, "end session", answer))
        tui_app_say(arg, TUI_TEXT, "the session has ended");
}

static void kill_yes(void *ctx, struct tui_app *app)
{
    struct qf_session_id req;
    memset(&req, 0, sizeof req);
    req.id = ((const struct kill *)ctx)->id;
    tui_app_ref(req.client_ref);
    qf_rec_fill(&qf_rec_session_id, &req);
    (void)tui_app_call(app, QF_CMD_session_kill, &req, on_kill, app);
}

static void end_session(struct admin *x, const struct qf_session *s)
{
    static const struct tui_confirm_def def = {"Keep", kill_effect, kill_yes, free};
    struct kill *k = qf_xalloc(sizeof *k);
    k->app = x->cells.app;
    k->id = s->id;
    tui_app_open(x->cells.app, tui_confirm_new("End a session", &def, k));
}

static void verify(struct admin *x)
{
    if (!x->verify_call)
        x->verify_call = tui_app_call(x->cells.app, QF_CMD_audit_verify, NULL, on_verdict, x);
    if (x->verify_call)
        tui_app_say(x->cells.app, TUI_TEXT, "checking the chain of the audit trail");
}

/* --- keys */

static void wrap_str(struct tui_lines *l, const char *label, struct qf_str s)
{
    char text[512];
    qf_str_copyn(text, sizeof text, s.p, s.n);
    tui_lines_add(l, TUI_DIM, "%s", label);
    tui_lines_wrap(l, TUI_TEXT, text[0] ? text : "none", 76);
}

static void say_row(struct admin *x, const struct qf_control *c)
{
    struct tui_lines l = {0};
    char at[TUI_FMT], title[48], number[TUI_FMT];
    tui_fmt_time(at, c->at, tui_app_desk_now(x->cells.app));
    tui_fmt_count(number, c->cmd_no);
    tui_lines_add(&l, TUI_HEADING, "%s  %s", c->method, qf_enum_text(&qf_enum_outcome, c->outcome));
    tui_lines_add(&l, TUI_TEXT, "%s UTC  %s%s%s  %s", at, c->username, c->username[0] ? "@" : "", c->role, c->source);
    if (QF_HAS(c, control, reason))
        tui_lines_add(&l, TUI_WARN, "%s", c->reason);
    wrap_str(&l, "arguments", c->args);
    if (QF_HAS(c, control, detail))
        wrap_str(&l, "came of it", c->detail);
    tui_lines_add(&l, TUI_DIM, "reference %s", QF_HAS(c, control, ref) ? c->ref : "none");
    tui_lines_add(&l, TUI_DIM, "hash %s", c->hash);
    tui_lines_add(&l, TUI_DIM, "prev %s", c->prev);
    qf_str_fmt(title, sizeof title, "Audit row %s", number);
    tui_app_open(x->cells.app, tui_text_new(title, &l));
}

enum { DO_SET, DO_RESET, DO_NEW, DO_END, DO_VERIFY };

static void take_choice(void *arg, int number)
{
    struct admin *x = arg;
    update(x);
    const void *row = tui_table_selected(board_list(&x->board));
    if (number == DO_NEW)
        add_user(x);
    else if (number == DO_VERIFY)
        verify(x);
    else if (number == DO_SET && row && x->board.focus == PANE_USERS)
        set_user(x, row);
    else if (number == DO_RESET && row && x->board.focus == PANE_USERS)
        reset_password(x, row);
    else if (number == DO_END && row && x->board.focus == PANE_SESSIONS)
        end_session(x, row);
}

static void open_menu(struct admin *x)
{
    bool all = !x->board.panes[PANE_USERS].absent;
    const void *row = tui_table_selected(board_list(&x->board));
    bool user = x->board.focus == PANE_USERS && row, session = x->board.focus == PANE_SESSIONS && row;
    const char *need = "needs admin";
    const struct tui_choice choices[] = {
        {'e', "change role, state or OS user",
         !all   ? need
         : user ? ""
                : "on a user",
         DO_SET},
        {'p', "reset the password",
         !all   ? need
         : user ? ""
                : "on a user",
         DO_RESET},
        {'n', "new user", all ? "" : need, DO_NEW},
        {'k', "end the session",
         !all      ? need
         : session ? ""
                   : "on a session",
         DO_END},
        {'v', "check the audit chain", "", DO_VERIFY},
    };
    tui_app_open(x->cells.app, tui_menu_new("Actions", choices, (int)QF_LEN(choices), take_choice, x));
}

static bool open_row(struct admin *x)
{
    const void *row = tui_table_selected(board_list(&x->board));
    if (!row)
        return false;
    if (x->board.focus == PANE_AUDIT)
        say_row(x, row);
    else if (x->board.focus == PANE_REQUESTS)
        tui_app_open(x->cells.app, tui_approval_new(x->cells.app, ((const struct qf_approval *)row)->id));
    else
        open_menu(x);
    return true;
}

static bool admin_act(void *state, enum tui_action action)
{
    struct admin *x = state;
    update(x);
    switch (action) {
    case TUI_DO_OPEN:
        return open_row(x);
    case TUI_DO_ACTIONS:
        return open_menu(x), true;
    case TUI_DO_NEW:
        return add_user(x), true;
    case TUI_DO_VERIFY:
        return verify(x), true;
    default:
        return board_act(&x->board, action);
    }
}

static void admin_go(void *state, const char *word, const char *arg)
{
    struct admin *x = state;
    char why[120];
    update(x);
    int pane = qf_str_eq(word, "USR") ? PANE_USERS : qf_str_eq(word, "SES") ? PANE_SESSIONS : PANE_AUDIT;
    board_focus(&x->board, pane);
    if (!tui_table_filter(x->board.panes[pane].table, arg, why, sizeof why))
        tui_app_say(x->cells.app, TUI_WARN, "%s", why);
}

static struct tui_table *admin_list(void *state)
{
    return board_list(&((struct admin *)state)->board);
}

static const int topics[] = {QF_TOPIC_users, QF_TOPIC_sessions, QF_TOPIC_audit};

const struct tui_screen screen_admin = {
    .digit = 8,
    .perm = QF_P_AUDIT,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = admin_open,
    .close = admin_close,
    .show = admin_show,
    .draw = admin_draw,
    .act = admin_act,
    .go = admin_go,
    .list = admin_list,
};
