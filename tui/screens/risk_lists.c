/* The lists of the risk screen that are no figures of a run: states as a tree, limits, stops, approvals. */
#include <string.h>

#include "common/str.h"
#include "tui/request.h"
#include "tui/screens/risk_in.h"

/* --- the tree of states */

#define STATE RISK_STATE

static void state_name(void *ctx, const void *row, struct tui_value *v)
{
    const struct risk *x = ctx;
    const void *const *rows;
    size_t n = tui_table_view(x->board.panes[PANE_STATES].table, &rows);
    if (STATE(row)->scope == QF_SCOPE_FIRM) {
        qf_str_copy(v->text, sizeof v->text, "Firm");
        return;
    }
    v->glyph = n && rows[n - 1] == row ? 0x2514 : 0x251c;
    v->ascii = n && rows[n - 1] == row ? '`' : '+';
    v->glyph_role = TUI_RULE;
    v->more = STATE(row)->name;
}

/* The most severe state above rules; a strategy's own one comes back when the firm's is lifted. */
static int32_t firm_state(const struct risk *x)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->cells.app));
    return d ? d->state : QF_STATE_ACTIVE;
}

static int32_t effective(const struct risk *x, const struct qf_trading_state *s)
{
    int32_t firm = firm_state(x);
    return firm > s->state ? firm : s->state;
}

/* Its own state; dim while a more severe one of the firm rules, for then it is not what happens. */
static void state_word(void *ctx, const void *row, struct tui_value *v)
{
    cells_state(STATE(row)->state, &v->glyph, &v->ascii, &v->glyph_role);
    if (effective(ctx, STATE(row)) != STATE(row)->state)
        v->glyph_role = TUI_DIM;
    v->role = v->glyph_role;
    v->more = qf_enum_text(&qf_enum_desk_state, STATE(row)->state);
}

static void state_effective(void *ctx, const void *row, struct tui_value *v)
{
    int32_t state = effective(ctx, STATE(row));
    cells_state(state, &v->glyph, &v->ascii, &v->glyph_role);
    v->role = v->glyph_role;
    v->more = qf_enum_text(&qf_enum_desk_state, state);
}

static void state_since(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_since(v->text, STATE(row)->since, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static void state_brief(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_brief(v->text, STATE(row)->since, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static void state_by(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = STATE(row)->by;
    v->role = TUI_DIM;
}

static void state_reason(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = STATE(row)->reason;
    v->role = TUI_DIM;
}

static int by_tree(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return STATE(a)->scope != STATE(b)->scope ? STATE(a)->scope - STATE(b)->scope
                                              : strcmp(STATE(a)->name, STATE(b)->name);
}

static const struct tui_column state_columns[] = {
    {"Name", 8, 0, TUI_LEFT, 1, 0, 0, "firm first", state_name, by_tree},
    {"State", 13, 1, TUI_LEFT, 0, 0, 0, NULL, state_word, NULL},
    {"Effective", 13, 1, TUI_LEFT, 0, 80, 0, NULL, state_effective, NULL},
    {"Since", 8, 1, TUI_RIGHT, 0, 33, 43, NULL, state_brief, NULL},
    {"Since", 10, 1, TUI_RIGHT, 0, 44, 0, NULL, state_since, NULL},
    {"By", 8, 2, TUI_LEFT, 0, 44, 0, NULL, state_by, NULL},
    {"Reason", 15, 1, TUI_LEFT, 0, 59, 99, NULL, state_reason, NULL},
    {"Reason", 40, 1, TUI_LEFT, 0, 100, 0, NULL, state_reason, NULL},
};
const struct tui_table_def risk_states = {.title = "State",
                                          .empty = "the desk has sent no state",
                                          .rec = &qf_rec_trading_state,
                                          .columns = state_columns,
                                          .columns_n = (int)QF_LEN(state_columns),
                                          .sort = 0,
                                          .bare = true,
                                          .plain = true};

/* The line under a narrow tree: since when the selected state is, else the most severe one, and what rules all. */
static const struct qf_trading_state *told_of(const struct risk *x, bool focused)
{
    const void *const *rows;
    size_t n = tui_table_view(x->board.panes[PANE_STATES].table, &rows);
    const struct qf_trading_state *worst = focused ? tui_table_selected(x->board.panes[PANE_STATES].table) : NULL;
    for (size_t i = 0; i < n && !focused; i++)
        if (!worst || STATE(rows[i])->state > worst->state)
            worst = rows[i];
    return worst;
}

void risk_draw_states(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    struct tui_table *t = x->board.panes[PANE_STATES].table;
    struct tui_panel_look own = *look;
    const struct qf_trading_state *s = told_of(x, look->look.focused);
    bool line = r.w < 34 && s && !look->look.loading && r.h > tui_table_height(t);
    char text[TUI_FMT];
    own.look.age = look->look.age ? own.age : NULL;
    char note[32];
    if (firm_state(x) != QF_STATE_ACTIVE && r.w >= 34) {
        qf_str_fmt(note, sizeof note, "firm %s", qf_enum_text(&qf_enum_desk_state, firm_state(x)));
        own.look.note = note;
        own.look.note_role = firm_state(x) == QF_STATE_HALTED ? TUI_BAD : TUI_WARN;
    } else if (r.w >= 34) {
        own.look.title = r.w < 45 ? "State, since" : r.w < 60 ? "State, since, by" : "State, since, by, reason";
    }
    tui_table_draw(t, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - line}, &own.look);
    if (!line)
        return;
    tui_fmt_since(text, s->since, v->now);
    int y = r.y + tui_table_height(t);
    if (firm_state(x) > s->state)
        tui_textf(v->canvas, r.x, y, TUI_WARN, "firm %s rules", qf_enum_text(&qf_enum_desk_state, firm_state(x)));
    else
        tui_textf(v->canvas, r.x, y, TUI_DIM, "since %s", text);
}

/* --- limits */

#define LIMIT RISK_LIMIT

static void limit_scope(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    cells_limit_scope(row, v->text, sizeof v->text);
}

static void limit_control(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = qf_enum_text(&qf_enum_control_code, LIMIT(row)->control);
}

static void limit_used(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(LIMIT(row), limit, used))
        cells_control(v->text, LIMIT(row)->control, LIMIT(row)->used, v->width);
    else
        qf_str_copy(v->text, sizeof v->text, v->width < 9 ? "order" : "per order");
    v->role = QF_HAS(LIMIT(row), limit, used) ? TUI_TEXT : TUI_DIM;
}

static void limit_hard(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    cells_control(v->text, LIMIT(row)->control, LIMIT(row)->hard, v->width);
    v->role = TUI_DIM;
}

static void limit_warn(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(LIMIT(row), limit, warn))
        tui_fmt_share(v->text, LIMIT(row)->warn, LIMIT(row)->hard, 0, false);
    v->role = TUI_DIM;
}

static void limit_bar(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (!QF_HAS(LIMIT(row), limit, used_bp))
        return;
    v->kind = TUI_V_BAR;
    v->role = cells_limit_role(row);
    v->permille = LIMIT(row)->used_bp / 10;
}

static void limit_share(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(LIMIT(row), limit, used_bp))
        tui_fmt_bp(v->text, LIMIT(row)->used_bp, 0, false);
    v->role = cells_limit_role(row);
}

static void limit_left(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(LIMIT(row), limit, used))
        cells_control(v->text, LIMIT(row)->control, LIMIT(row)->hard - LIMIT(row)->used, v->width);
}

static void limit_owner(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = LIMIT(row)->owner;
    v->role = TUI_DIM;
}

static void limit_until(void *ctx, const void *row, struct tui_value *v)
{
    if (QF_HAS(LIMIT(row), limit, until))
        tui_fmt_time(v->text, LIMIT(row)->until, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static int by_share(void *ctx, const void *a, const void *b)
{
    int64_t x = QF_HAS(LIMIT(a), limit, used_bp) ? LIMIT(a)->used_bp : -1,
            y = QF_HAS(LIMIT(b), limit, used_bp) ? LIMIT(b)->used_bp : -1;
    (void)ctx;
    return (x < y) - (x > y);
}

static int by_scope(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return LIMIT(a)->scope != LIMIT(b)->scope ? LIMIT(a)->scope - LIMIT(b)->scope
                                              : strcmp(LIMIT(a)->name, LIMIT(b)->name);
}

static int by_control(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return LIMIT(a)->control - LIMIT(b)->control;
}

static const struct tui_column limit_columns[] = {
    {"Scope", 9, 0, TUI_LEFT, 1, 0, 0, "by scope", limit_scope, by_scope},
    {"Control", 14, 1, TUI_LEFT, 0, 0, 0, "by control", limit_control, by_control},
    {"Used", 7, 1, TUI_RIGHT, 0, 44, 79, NULL, limit_used, NULL},
    {"Limit", 7, 1, TUI_RIGHT, 0, 50, 79, NULL, limit_hard, NULL},
    {"Used", 12, 1, TUI_RIGHT, 0, 80, 0, NULL, limit_used, NULL},
    {"Limit", 12, 1, TUI_RIGHT, 0, 80, 0, NULL, limit_hard, NULL},
    {"Headroom", 12, 1, TUI_RIGHT, 0, 110, 0, NULL, limit_left, NULL},
    {"Warn", 4, 1, TUI_RIGHT, 0, 80, 0, NULL, limit_warn, NULL},
    {"", 6, 1, TUI_LEFT, 0, 55, 79, NULL, limit_bar, NULL},
    {"", 14, 1, TUI_LEFT, 0, 80, 0, NULL, limit_bar, NULL},
    {"Used %", 6, 1, TUI_RIGHT, 0, 80, 0, "by % used", limit_share, by_share},
    {"%", 4, 1, TUI_RIGHT, 0, 0, 79, NULL, limit_share, by_share},
    {"Owner", 8, 2, TUI_LEFT, 0, 130, 0, NULL, limit_owner, NULL},
    {"Until", 16, 1, TUI_LEFT, 0, 150, 0, NULL, limit_until, NULL},
};
const struct tui_table_def risk_limits = {.title = "Limits",
                                          .empty = "no limits are set; a adds one",
                                          .rec = &qf_rec_limit,
                                          .columns = limit_columns,
                                          .columns_n = (int)QF_LEN(limit_columns),
                                          .sort = 10};

/* How many of them do not count positions that have no price or no rate. */
static int limits_incomplete(const struct tui_table *t)
{
    const void *const *rows;
    size_t n = tui_table_view(t, &rows);
    int count = 0;
    for (size_t i = 0; i < n; i++)
        count += QF_HAS(LIMIT(rows[i]), limit, incomplete) && LIMIT(rows[i])->incomplete;
    return count;
}

void risk_draw_limits(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct tui_table *t = ((struct risk *)screen)->board.panes[PANE_LIMITS].table;
    struct tui_panel_look own = *look;
    char note[32];
    int incomplete = limits_incomplete(t);
    own.look.age = look->look.age ? own.age : NULL;
    if (incomplete) {
        qf_str_fmt(note, sizeof note, "INCOMPLETE %d", incomplete);
        own.look.note = note;
        own.look.note_role = TUI_BAD;
    } else if (r.w >= 80 && !look->look.loading) {
        own.look.note = "working orders counted";
        own.look.note_role = TUI_DIM;
    }
    tui_table_draw(t, v->canvas, r, &own.look);
}

/* --- stops */

#define STOP(row) ((const struct qf_stop_report *)(row))

static void stop_id(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    qf_str_fmt(v->text, sizeof v->text, "S-%lld", (long long)STOP(row)->id);
}

static void stop_at(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_brief(v->text, STOP(row)->blocked, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static void stop_when(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_short(v->text, STOP(row)->blocked, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static void stop_scope(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = STOP(row)->scope + (strncmp(STOP(row)->scope, "strategy ", 9) == 0 ? 9 : 0);
}

static void stop_result(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    bool open = STOP(row)->open > 0;
    v->glyph = open ? 0x25b2 : 0x25cf;
    v->ascii = open ? '!' : '*';
    v->glyph_role = open ? TUI_WARN : TUI_UP;
    if (open)
        qf_str_fmt(v->text, sizeof v->text, "%lld open", (long long)STOP(row)->open);
    else
        qf_str_fmt(v->text, sizeof v->text, "%lld done", (long long)STOP(row)->requested);
}

static int by_stop(void *ctx, const void *a, const void *b)
{
    (void)ctx; /* numbers are each scope's own */
    return (STOP(a)->blocked < STOP(b)->blocked) - (STOP(a)->blocked > STOP(b)->blocked);
}

static const struct tui_column stop_columns[] = {
    {"Stop", 6, 0, TUI_LEFT, 0, 0, 0, "newest first", stop_id, by_stop},
    {"At", 8, 1, TUI_LEFT, 0, 0, 51, NULL, stop_at, NULL},
    {"At", 12, 1, TUI_LEFT, 0, 52, 0, NULL, stop_when, NULL},
    {"Scope", 8, 1, TUI_LEFT, 1, 0, 0, NULL, stop_scope, NULL},
    {"Cancels", 11, 1, TUI_LEFT, 0, 0, 0, NULL, stop_result, NULL},
};
const struct tui_table_def risk_stops = {.title = "Stops",
                                         .empty = "no stop since the desk began",
                                         .rec = &qf_rec_stop_report,
                                         .columns = stop_columns,
                                         .columns_n = (int)QF_LEN(stop_columns),
                                         .sort = 0};

/* --- approvals */

#define APPROVAL(row) ((const struct qf_approval *)(row))

static void approval_id(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    bool waits = APPROVAL(row)->state == QF_APPROVAL_PENDING;
    qf_str_fmt(v->text, sizeof v->text, "A-%lld", (long long)APPROVAL(row)->id);
    v->glyph = waits ? 0x25b2 : ' ';
    v->ascii = '!';
    v->glyph_role = TUI_WARN;
    v->role = waits ? TUI_WARN : TUI_TEXT;
}

static void approval_what(void *ctx, const void *row, struct tui_value *v)
{
    static char text[300]; /* drawn before the next row is asked */
    struct tui_request q;
    tui_request_read(((struct cells *)ctx)->app, row, &q);
    qf_str_fmt(text, sizeof text, "%s to %s", q.subject[0] ? q.subject : APPROVAL(row)->method, q.after);
    v->more = text;
}

static void approval_by(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = APPROVAL(row)->asked_by;
    v->role = TUI_DIM;
}

static void approval_left(void *ctx, const void *row, struct tui_value *v)
{
    if (APPROVAL(row)->state == QF_APPROVAL_PENDING)
        tui_fmt_deadline(v->text, APPROVAL(row)->expires - tui_app_desk_now(((struct cells *)ctx)->app));
    else
        qf_str_copy(v->text, sizeof v->text, qf_enum_text(&qf_enum_approval_state, APPROVAL(row)->state));
    v->role = TUI_DIM;
}

static int by_need(void *ctx, const void *a, const void *b)
{
    bool x = APPROVAL(a)->state == QF_APPROVAL_PENDING, y = APPROVAL(b)->state == QF_APPROVAL_PENDING;
    (void)ctx;
    return x != y ? y - x : (APPROVAL(a)->id < APPROVAL(b)->id) - (APPROVAL(a)->id > APPROVAL(b)->id);
}

static const struct tui_column approval_columns[] = {
    {"", 7, 0, TUI_LEFT, 0, 0, 0, "waiting first", approval_id, by_need},
    {"", 10, 1, TUI_LEFT, 2, 0, 0, NULL, approval_what, NULL},
    {"", 7, 1, TUI_LEFT, 0, 0, 0, NULL, approval_by, NULL},
    {"", 9, 1, TUI_RIGHT, 0, 0, 0, NULL, approval_left, NULL},
};
const struct tui_table_def risk_approvals = {.title = "Approvals",
                                             .empty = "nothing waits for a second person",
                                             .rec = &qf_rec_approval,
                                             .columns = approval_columns,
                                             .columns_n = (int)QF_LEN(approval_columns),
                                             .sort = 0,
                                             .bare = true};
