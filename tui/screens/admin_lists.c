/* The lists of the admin screen: users, sessions, the audit trail. Approvals look as on the risk screen. */
#include <string.h>

#include "common/str.h"
#include "tui/screens/admin_in.h"
#include "tui/screens/lists.h"

#define USER(row) ((const struct qf_user *)(row))
#define SESSION(row) ((const struct qf_session *)(row))
#define CONTROL(row) ((const struct qf_control *)(row))

static qf_time now_of(void *ctx)
{
    return tui_app_desk_now(((struct cells *)ctx)->app);
}

/* --- users */

static void user_name(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = USER(row)->name;
}

static void user_role(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = qf_enum_text(&qf_enum_role, USER(row)->role);
}

static void user_os(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(USER(row), user, os_uid))
        qf_str_fmt(v->text, sizeof v->text, "%lld", (long long)USER(row)->os_uid);
    else
        qf_str_copy(v->text, sizeof v->text, "none");
    v->role = TUI_DIM;
}

static void user_status(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_user *u = row;
    (void)ctx;
    v->glyph = u->disabled ? 0x25cb : 0x25cf;
    v->ascii = u->disabled ? 'o' : '*';
    v->glyph_role = u->disabled ? TUI_DIM : u->must_change ? TUI_WARN : TUI_UP;
    v->role = u->disabled ? TUI_DIM : TUI_TEXT;
    qf_str_copy(v->text, sizeof v->text, u->disabled ? "disabled" : u->must_change ? "must change password" : "active");
}

static void user_sessions(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_count(v->text, USER(row)->sessions);
    v->role = USER(row)->sessions ? TUI_TEXT : TUI_DIM;
}

static void user_last(void *ctx, const void *row, struct tui_value *v)
{
    if (QF_HAS(USER(row), user, last_login))
        tui_fmt_time(v->text, USER(row)->last_login, now_of(ctx));
    else
        qf_str_copy(v->text, sizeof v->text, "never");
    v->role = TUI_DIM;
}

static void user_since(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_time(v->text, USER(row)->created, now_of(ctx));
    v->role = TUI_DIM;
}

static int by_user(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(USER(a)->name, USER(b)->name);
}

static int by_role(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return USER(b)->role - USER(a)->role;
}

static const struct tui_column user_columns[] = {
    {"User", 10, 0, TUI_LEFT, 1, 0, 0, "by name", user_name, by_user},
    {"Role", 8, 1, TUI_LEFT, 0, 0, 0, "by role", user_role, by_role},
    {"OS user", 8, 1, TUI_RIGHT, 0, 0, 0, NULL, user_os, NULL},
    {"Status", 22, 2, TUI_LEFT, 0, 0, 0, NULL, user_status, NULL},
    {"Sessions", 8, 1, TUI_RIGHT, 0, 0, 0, NULL, user_sessions, NULL},
    {"Last sign-in", 16, 2, TUI_LEFT, 0, 0, 0, NULL, user_last, NULL},
    {"Added", 16, 2, TUI_LEFT, 0, 110, 0, NULL, user_since, NULL},
};
static const struct tui_table_def users_def = {.title = "Users",
                                               .empty = "no users",
                                               .rec = &qf_rec_user,
                                               .columns = user_columns,
                                               .columns_n = (int)QF_LEN(user_columns),
                                               .sort = 0};

/* --- sessions */

static void session_id(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    qf_str_fmt(v->text, sizeof v->text, "%lld", (long long)SESSION(row)->id);
    v->role = TUI_DIM;
}

static void session_user(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = SESSION(row)->username;
}

static void session_source(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = SESSION(row)->source;
    v->role = TUI_DIM;
}

static void session_command(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(SESSION(row), session, last_command))
        v->more = SESSION(row)->last_command;
    v->role = TUI_DIM;
}

static void session_idle(void *ctx, const void *row, struct tui_value *v)
{
    char age[TUI_FMT];
    tui_fmt_span(age, now_of(ctx) - SESSION(row)->seen);
    qf_str_fmt(v->text, sizeof v->text, "idle %s", age);
}

static int by_idle(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (SESSION(a)->seen > SESSION(b)->seen) - (SESSION(a)->seen < SESSION(b)->seen);
}

static const struct tui_column session_columns[] = {
    {"Id", 5, 0, TUI_RIGHT, 0, 0, 0, NULL, session_id, NULL},
    {"User", 7, 1, TUI_LEFT, 0, 0, 0, NULL, session_user, NULL},
    {"From", 10, 1, TUI_LEFT, 1, 34, 0, NULL, session_source, NULL},
    {"Last", 20, 1, TUI_LEFT, 0, 58, 0, NULL, session_command, NULL},
    {"", 9, 1, TUI_RIGHT, 0, 0, 0, "by idle time", session_idle, by_idle},
};
static const struct tui_table_def sessions_def = {.title = "Sessions",
                                                  .empty = "no sessions",
                                                  .rec = &qf_rec_session,
                                                  .columns = session_columns,
                                                  .columns_n = (int)QF_LEN(session_columns),
                                                  .sort = 4};

/* --- audit */

static void audit_number(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_count(v->text, CONTROL(row)->cmd_no);
    v->role = TUI_DIM;
}

static void audit_time(void *ctx, const void *row, struct tui_value *v)
{
    if (v->width < 12)
        tui_fmt_brief(v->text, CONTROL(row)->at, now_of(ctx));
    else
        tui_fmt_short(v->text, CONTROL(row)->at, now_of(ctx));
    v->role = TUI_DIM;
}

static void audit_who(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_control *c = row;
    (void)ctx;
    if (c->username[0])
        qf_str_fmt(v->text, sizeof v->text, "%s@%s", c->username, c->role);
    else
        qf_str_copy(v->text, sizeof v->text, "nobody");
}

static void audit_method(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = CONTROL(row)->method;
}

static void audit_outcome(void *ctx, const void *row, struct tui_value *v)
{
    bool done = CONTROL(row)->outcome == QF_OUTCOME_DONE;
    (void)ctx;
    v->glyph = done ? 0x25cf : 0x25b2;
    v->ascii = done ? '*' : '!';
    v->glyph_role = done ? TUI_UP : TUI_WARN;
    v->role = done ? TUI_TEXT : TUI_WARN;
    v->more = qf_enum_text(&qf_enum_outcome, CONTROL(row)->outcome);
}

/* A refusal's word, else what came of it, else what was asked. */
static void audit_detail(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_control *c = row;
    struct qf_str s = QF_HAS(c, control, detail) && c->detail.n ? c->detail : c->args;
    (void)ctx;
    v->role = TUI_DIM;
    if (QF_HAS(c, control, reason) && c->reason[0])
        v->more = c->reason;
    else
        qf_str_copyn(v->text, sizeof v->text, s.p, s.n);
}

static void audit_source(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = CONTROL(row)->source;
    v->role = TUI_DIM;
}

static int by_number(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (CONTROL(a)->cmd_no < CONTROL(b)->cmd_no) - (CONTROL(a)->cmd_no > CONTROL(b)->cmd_no);
}

static const struct tui_column audit_columns[] = {
    {"Seq", 8, 0, TUI_RIGHT, 0, 0, 0, "newest first", audit_number, by_number},
    {"Time", 8, 1, TUI_LEFT, 0, 0, 139, NULL, audit_time, NULL},
    {"Time", 12, 1, TUI_LEFT, 0, 140, 0, NULL, audit_time, NULL},
    {"Who", 14, 2, TUI_LEFT, 0, 0, 0, NULL, audit_who, NULL},
    {"From", 18, 1, TUI_LEFT, 0, 110, 0, NULL, audit_source, NULL},
    {"Command", 16, 1, TUI_LEFT, 0, 0, 0, NULL, audit_method, NULL},
    {"Outcome", 9, 1, TUI_LEFT, 0, 0, 0, NULL, audit_outcome, NULL},
    {"Detail", 14, 2, TUI_LEFT, 2, 0, 0, NULL, audit_detail, NULL},
};
static const struct tui_table_def audit_def = {.title = "Audit",
                                               .empty = "no rows yet",
                                               .rec = &qf_rec_control,
                                               .columns = audit_columns,
                                               .columns_n = (int)QF_LEN(audit_columns),
                                               .sort = 0};

void admin_panes(struct admin *x)
{
    const struct board_pane panes[] = {
        [PANE_USERS] = {.name = "users", .topic = QF_TOPIC_users, .table = tui_table_new(&users_def, x)},
        [PANE_SESSIONS] = {.name = "sessions", .topic = QF_TOPIC_sessions, .table = tui_table_new(&sessions_def, x)},
        [PANE_REQUESTS] = {.name = "approvals",
                           .topic = QF_TOPIC_approvals,
                           .table = tui_table_new(&risk_approvals, x)},
        [PANE_AUDIT] = {.name = "the audit trail", .topic = QF_TOPIC_audit, .table = tui_table_new(&audit_def, x)},
    };
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
}
