/* 3 Risk: states, limits with what is used of them, exposure, the last stop, approvals. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/chart.h"
#include "tui/overlays.h"
#include "tui/screens/command_form.h"
#include "tui/screens/groups.h"
#include "tui/screens/risk_in.h"
#include "tui/screens/screens.h"

#define STATE(row) ((const struct qf_trading_state *)(row))
#define STOP(row) ((const struct qf_stop_report *)(row))
#define APPROVAL(row) ((const struct qf_approval *)(row))

/* --- exposure by side */

static void put_side(const struct tui_view *v, struct tui_rect r, int *y, const char *label, qf_money m,
                     qf_money equity, bool total)
{
    char amount[TUI_FMT], share[TUI_FMT];
    if (*y >= r.y + r.h)
        return;
    tui_fmt_money(amount, m, 0, r.w - 20);
    tui_fmt_share(share, m, equity, 1, false);
    tui_text(v->canvas, r.x + 1, *y, total ? TUI_HEADING : TUI_TEXT, label);
    tui_text_right(v->canvas, r.x + 10, *y, r.w - 20, total ? TUI_HEADING : TUI_TEXT, amount);
    tui_text_right(v->canvas, r.x + r.w - 9, *y, 8, TUI_DIM, share);
    (*y)++;
}

static void draw_exposure(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->cells.app));
    struct tui_rect inside = tui_app_panel(v, r, "Exposure by side, % NAV", look);
    int y = inside.y;
    if (!d)
        return;
    put_side(v, inside, &y, "Long", d->long_value, d->equity, false);
    put_side(v, inside, &y, "Short", d->short_value, d->equity, false);
    put_side(v, inside, &y, "Net", d->net, d->equity, true);
    put_side(v, inside, &y, "Gross", d->gross, d->equity, false);
    put_side(v, inside, &y, "Cash", d->cash, d->equity, false);
    put_side(v, inside, &y, "Buys reserve", d->reserved, d->equity, false);
    if (y < inside.y + inside.h)
        tui_text_fit(v->canvas, inside.x + 1, y, inside.w - 1, d->unpriced ? TUI_BAD : TUI_DIM,
                     d->unpriced ? "INCOMPLETE: a price or rate is missing" : "limits also count working orders");
}

static void draw_sectors(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    (void)screen;
    groups_draw(v, r, look, GROUPS_SECTOR);
}

static void draw_books(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    (void)screen;
    groups_draw(v, r, look, GROUPS_BOOK);
}

/* --- lifecycle */

static void *risk_open(struct tui_app *app)
{
    struct risk *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
    const struct board_pane panes[] = {
        [PANE_STATES] = {.name = "states", .topic = QF_TOPIC_states, .table = tui_table_new(&risk_states, x)},
        [PANE_LIMITS] = {.name = "limits", .topic = QF_TOPIC_limits, .table = tui_table_new(&risk_limits, x)},
        [PANE_EXPOSURE] = {.name = "the desk", .topic = QF_TOPIC_desk, .draw = draw_exposure, .passive = true},
        [PANE_NAMES] = {.name = "positions", .topic = QF_TOPIC_positions, .table = tui_table_new(&risk_names, x)},
        [PANE_SECTORS] = {.name = "positions", .topic = QF_TOPIC_positions, .draw = draw_sectors, .passive = true},
        [PANE_BOOKS] = {.name = "positions", .topic = QF_TOPIC_positions, .draw = draw_books, .passive = true},
        [PANE_STOPS] = {.name = "stops", .topic = QF_TOPIC_stops, .table = tui_table_new(&risk_stops, x)},
        [PANE_APPROVALS] = {.name = "approvals",
                            .topic = QF_TOPIC_approvals,
                            .table = tui_table_new(&risk_approvals, x)},
    };
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
    x->board.focus = PANE_LIMITS;
    return x;
}

static void risk_close(void *state)
{
    board_free(&((struct risk *)state)->board);
    free(state);
}

static bool is_held(const void *row)
{
    return ((const struct qf_position *)row)->quantity != 0;
}

static void update(struct risk *x)
{
    qf_time now = tui_app_now(x->cells.app);
    board_fill(&x->board, PANE_STATES, QF_TOPIC_states, now);
    board_fill(&x->board, PANE_LIMITS, QF_TOPIC_limits, now);
    board_fill_some(&x->board, PANE_NAMES, QF_TOPIC_positions, is_held, now);
    board_fill(&x->board, PANE_STOPS, QF_TOPIC_stops, now);
    board_fill(&x->board, PANE_APPROVALS, QF_TOPIC_approvals, now);
}

/* --- layout */

/* The panels at the foot side by side, each with its width; what the role may not see leaves its room to its
 * neighbours. */
static void row_of(struct risk *x, const struct tui_view *v, struct tui_rect r, const int *panes, int n)
{
    int at = r.x;
    for (int i = 0; i < n; i++) {
        int w = (r.w - (at - r.x)) / (n - i) - (i + 1 < n ? 1 : 0);
        x->board.panes[panes[i]].r = (struct tui_rect){at, r.y, w, r.h};
        at += w;
        if (i + 1 < n && !x->board.zoom)
            board_rule(v, at, r);
        at++;
    }
}

/* Puts a second panel under the first when the first needs only `need` lines and the second gets at least `least`. */
static void below(struct risk *x, int first, int second, int need, int least)
{
    struct tui_rect *a = &x->board.panes[first].r;
    if (a->h < need + least)
        return;
    x->board.panes[second].r = (struct tui_rect){a->x, a->y + need, a->w, a->h - need};
    a->h = need;
}

static void layout_foot(struct risk *x, const struct tui_view *v, struct tui_rect r, bool narrow)
{
    bool approvals = tui_app_may(x->cells.app, QF_P_AUDIT);
    const int few[] = {PANE_EXPOSURE, approvals ? PANE_APPROVALS : PANE_STOPS};
    const int all[] = {PANE_EXPOSURE, PANE_NAMES, approvals ? PANE_APPROVALS : PANE_STOPS};
    if (narrow) {
        row_of(x, v, r, few, 2);
        return;
    }
    row_of(x, v, r, all, 3);
    below(x, PANE_EXPOSURE, approvals ? PANE_STOPS : PANE_SECTORS, 8, 4);
    below(x, PANE_NAMES, PANE_BOOKS, tui_table_height(x->board.panes[PANE_NAMES].table) + 1,
          groups_count(x->cells.app, GROUPS_BOOK) + 1);
    if (approvals)
        below(x, PANE_APPROVALS, PANE_SECTORS, 7, groups_count(x->cells.app, GROUPS_SECTOR) + 1);
}

static void layout(struct risk *x, const struct tui_view *v, struct tui_rect b)
{
    bool narrow = b.w < 120;
    int left = narrow ? (b.w < 80 ? 23 : 24) : b.w < 200 ? 34 : 72, foot = narrow ? b.h * 7 / 20 : b.h * 9 / 20;
    int states = tui_table_height(x->board.panes[PANE_STATES].table),
        limits = tui_table_height(x->board.panes[PANE_LIMITS].table);
    int need = states > limits ? states : limits, top = b.h - foot;
    if (!narrow && need < top) /* what the limits do not need the positions take */
        top = need > b.h / 4 ? need : b.h / 4;
    x->board.panes[PANE_STATES].r = (struct tui_rect){b.x, b.y, left, top};
    x->board.panes[PANE_LIMITS].r = (struct tui_rect){b.x + left + 1, b.y, b.w - left - 1, top};
    if (!x->board.zoom)
        board_rule(v, b.x + left, (struct tui_rect){b.x, b.y, b.w, top});
    layout_foot(x, v, (struct tui_rect){b.x, b.y + top, b.w, b.h - top}, narrow);
}

static void risk_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct risk *x = state;
    update(x);
    board_clear(&x->board);
    layout(x, v, body);
    board_draw(&x->board, v, body);
}

/* --- keys */

static void edit_limit(struct risk *x, const struct qf_limit *l)
{
    static const struct command_def set = {
        "Edit limit",
        QF_CMD_limit_set,
        "Set",
        "the limit is set",
        {"tighter is done at once", "looser becomes a request: a second person decides", NULL}};
    char hard[TUI_FMT] = "", warn[TUI_FMT] = "", until[QF_TIME_TEXT] = "";
    if (l) {
        qf_dec_format(l->hard, QF_SCALE, hard);
        if (QF_HAS(l, limit, warn))
            qf_dec_format(l->warn, QF_SCALE, warn);
        if (QF_HAS(l, limit, until))
            qf_time_format(l->until, until);
    }
    const struct command_field fields[] = {
        {"scope", "scope", l ? qf_enum_text(&qf_enum_scope, l->scope) : "firm", l != NULL},
        {"name", "name", l ? l->name : "", l != NULL},
        {"control", "control", l ? qf_enum_text(&qf_enum_control_code, l->control) : "GROSS_EXPOSURE", l != NULL},
        {"hard", "hard", hard, false},
        {"warn", "warn", warn, false},
        {"until", "until, UTC", until, false},
        {"reason", "reason", "", false},
    };
    struct command_def def = set;
    if (!l)
        def.title = "New limit";
    tui_app_open(x->cells.app, command_form_new(x->cells.app, &def, fields, (int)QF_LEN(fields)));
}

static void ask_resume(struct risk *x, const struct qf_trading_state *s)
{
    static const struct command_def resume = {"Request to resume",
                                              QF_CMD_risk_resume,
                                              "Request",
                                              "asked; another person has to agree",
                                              {"this is a request: another risk officer or admin decides",
                                               "out of HALTED the way leads to CLOSE_ONLY first", NULL}};
    const struct command_field fields[] = {
        {"strategy", "strategy", s->scope == QF_SCOPE_STRATEGY ? s->name : "", true},
        {"state", "to state", s->state == QF_STATE_HALTED ? "CLOSE_ONLY" : "ACTIVE", false},
        {"reason", "reason", "", false},
    };
    tui_app_open(x->cells.app, command_form_new(x->cells.app, &resume, fields, (int)QF_LEN(fields)));
}

enum { DO_RESUME, DO_STOP, DO_EDIT, DO_NEW, DO_OPEN };

static void take_choice(void *arg, int number)
{
    struct risk *x = arg;
    update(x);
    const void *row = tui_table_selected(board_list(&x->board));
    if (number == DO_STOP)
        tui_app_do(x->cells.app, TUI_DO_STOP);
    else if (number == DO_NEW)
        edit_limit(x, NULL);
    else if (number == DO_OPEN)
        tui_app_do(x->cells.app, TUI_DO_OPEN);
    else if (number == DO_RESUME && row && x->board.focus == PANE_STATES)
        ask_resume(x, row);
    else if (number == DO_EDIT && row && x->board.focus == PANE_LIMITS)
        edit_limit(x, row);
}

static void open_menu(struct risk *x)
{
    const void *row = tui_table_selected(board_list(&x->board));
    bool state = x->board.focus == PANE_STATES && row, limit = x->board.focus == PANE_LIMITS && row;
    bool may = tui_app_may(x->cells.app, QF_P_RISK);
    const char *need = "needs risk or admin";
    bool active = state && STATE(row)->state == QF_STATE_ACTIVE;
    const struct tui_choice choices[] = {
        {'r', "request to resume",
         !may     ? need
         : !state ? "on a state"
         : active ? "it is ACTIVE"
                  : "",
         DO_RESUME},
        {'X', "stop", may ? "" : need, DO_STOP},
        {'e', "edit this limit",
         !may    ? need
         : limit ? ""
                 : "on a limit",
         DO_EDIT},
        {'n', "new limit", may ? "" : need, DO_NEW},
    };
    tui_app_open(x->cells.app, tui_menu_new("Actions", choices, (int)QF_LEN(choices), take_choice, x));
}

static void say_state(struct risk *x, const struct qf_trading_state *s)
{
    struct tui_lines l = {0};
    char since[TUI_FMT];
    tui_fmt_time(since, s->since, tui_app_desk_now(x->cells.app));
    tui_lines_add(&l, TUI_HEADING, "%s %s", s->scope == QF_SCOPE_FIRM ? "firm" : s->name,
                  qf_enum_text(&qf_enum_desk_state, s->state));
    tui_lines_wrap(&l, TUI_DIM,
                   qf_enum_desk_state.words[s->state >= 0 && s->state < QF_desk_state_COUNT ? s->state : 0], 56);
    tui_lines_add(&l, TUI_TEXT, "since    %s UTC, by %s", since, s->by);
    tui_lines_add(&l, TUI_TEXT, "reason   %s", s->reason);
    tui_lines_add(&l, TUI_TEXT,
                  s->latched ? "latched: only people can lift it" : "lifts itself when its cause is gone");
    tui_lines_add(&l, TUI_DIM, "change %lld", (long long)s->n);
    tui_app_open(x->cells.app, tui_text_new("State", &l));
}

static void say_limit(struct risk *x, const struct qf_limit *l)
{
    struct tui_lines t = {0};
    char hard[TUI_FMT], used[TUI_FMT] = "asked per order", when[TUI_FMT];
    cells_control(hard, l->control, l->hard, 0);
    if (QF_HAS(l, limit, used))
        cells_control(used, l->control, l->used, 0);
    tui_fmt_time(when, l->updated, tui_app_desk_now(x->cells.app));
    tui_lines_add(&t, TUI_HEADING, "%s %s %s", qf_enum_text(&qf_enum_scope, l->scope), l->name,
                  qf_enum_text(&qf_enum_control_code, l->control));
    if (l->control >= 0 && l->control < QF_control_code_COUNT)
        tui_lines_wrap(&t, TUI_DIM, qf_enum_control_code.words[l->control], 56);
    tui_lines_add(&t, TUI_TEXT, "used     %s of %s", used, hard);
    tui_lines_add(&t, TUI_TEXT, "set by   %s, %s", l->owner, when);
    tui_lines_wrap(&t, TUI_TEXT, l->reason, 56);
    tui_app_open(x->cells.app, tui_text_new("Limit", &t));
}

static bool open_row(struct risk *x)
{
    const void *row = board_list(&x->board) ? tui_table_selected(board_list(&x->board)) : NULL;
    if (!row)
        return false;
    if (x->board.focus == PANE_STATES)
        say_state(x, row);
    else if (x->board.focus == PANE_LIMITS)
        say_limit(x, row);
    else if (x->board.focus == PANE_NAMES)
        positions_open(x->cells.app, ((const struct qf_position *)row)->symbol);
    else if (x->board.focus == PANE_STOPS)
        tui_open_stop_report(x->cells.app, STOP(row)->id);
    else
        tui_app_open(x->cells.app, tui_approval_new(x->cells.app, APPROVAL(row)->id));
    return true;
}

static bool risk_act(void *state, enum tui_action action)
{
    struct risk *x = state;
    update(x);
    if (action == TUI_DO_OPEN)
        return open_row(x);
    if (action == TUI_DO_ACTIONS)
        return open_menu(x), true;
    if (action == TUI_DO_EDIT) {
        const void *row = tui_table_selected(x->board.panes[PANE_LIMITS].table);
        if (row)
            edit_limit(x, row);
        else
            tui_app_say(x->cells.app, TUI_TEXT, "no limit to edit; a adds one");
        return true;
    }
    return board_act(&x->board, action);
}

static const char *risk_why_not(void *state, enum tui_action action)
{
    bool may = tui_app_may(((struct risk *)state)->cells.app, QF_P_RISK);
    return action == TUI_DO_ACTIONS && !may ? "needs risk or admin" : "";
}

static void risk_go(void *state, const char *word, const char *arg)
{
    struct risk *x = state;
    char why[120];
    (void)word;
    update(x);
    board_focus(&x->board, PANE_LIMITS);
    if (!tui_table_filter(x->board.panes[PANE_LIMITS].table, arg, why, sizeof why))
        tui_app_say(x->cells.app, TUI_WARN, "%s", why);
}

static struct tui_table *risk_list(void *state)
{
    return board_list(&((struct risk *)state)->board);
}

static const int topics[] = {QF_TOPIC_limits, QF_TOPIC_positions};

const struct tui_screen screen_risk = {
    .digit = 3,
    .perm = QF_P_VIEW,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = risk_open,
    .close = risk_close,
    .draw = risk_draw,
    .act = risk_act,
    .why_not = risk_why_not,
    .go = risk_go,
    .list = risk_list,
};
