/* 3 Risk: states, breakers, limits; the run of the portfolio's risk; requests for a second person. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/overlays.h"
#include "tui/screens/risk_in.h"
#include "tui/screens/screens.h"

/* --- what no topic gives */

static void run_answer(void *arg, const struct tui_answer *answer)
{
    struct risk *x = arg;
    x->run_call = 0;
    x->error[0] = '\0';
    if (answer->kind == TUI_ANSWER_REFUSED)
        qf_str_fmt(x->error, sizeof x->error, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    tui_app_touch(x->cells.app);
}

/* The topic brings each run; asking for one makes the daemon work it out when there is none yet. */
static void ask_run(struct risk *x)
{
    if (!x->run_call && tui_app_live(x->cells.app))
        x->run_call = tui_app_call(x->cells.app, QF_CMD_risk_run, NULL, run_answer, x);
}

static void correlation_answer(void *arg, const struct tui_answer *answer)
{
    struct risk *x = arg;
    x->correlation_call = 0;
    if (answer->kind != TUI_ANSWER_OK)
        return; /* the panel goes on waiting; the next run asks again */
    free(x->correlations);
    x->correlations = tui_record_copy(&qf_rec_correlation_list, answer->rep);
    tui_app_touch(x->cells.app);
}

/* Correlations change with the window, not with each price: asked for once a run, and at most every half minute. */
static void ask_correlation(struct risk *x)
{
    const struct qf_risk_run *run = risk_run_of(x->cells.app);
    qf_time now = tui_app_now(x->cells.app);
    bool shown = x->board.panes[PANE_CORRELATION].r.h > 0 || (x->board.zoom && x->board.focus == PANE_CORRELATION);
    if (!shown || !run || run->names < 2 || run->id == x->correlations_of || x->correlation_call ||
        now < x->correlations_next || !tui_app_live(x->cells.app))
        return;
    x->correlations_of = run->id;
    x->correlations_next = now + 30 * QF_SEC;
    x->correlation_call = tui_app_call(x->cells.app, QF_CMD_risk_correlation, NULL, correlation_answer, x);
}

/* --- lifecycle */

static void *risk_open(struct tui_app *app)
{
    struct risk *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
#define LIST(pane, words, of, def, fn) \
    [pane] = {.name = words, .topic = of, .table = tui_table_new(&def, x), .draw = fn, .hides = true }
    const struct board_pane panes[] = {
        LIST(PANE_STATES, "states", QF_TOPIC_states, risk_states, risk_draw_states),
        LIST(PANE_BREAKERS, "breakers", QF_TOPIC_breakers, risk_breakers, risk_draw_breakers),
        LIST(PANE_LIMITS, "limits", QF_TOPIC_limits, risk_limits, risk_draw_limits),
        [PANE_VAR] = {.name = "the run", .topic = QF_TOPIC_risk, .draw = risk_draw_var, .hides = true},
        [PANE_DAYS] = {.name = "the run", .topic = QF_TOPIC_risk, .draw = risk_draw_days, .hides = true},
        LIST(PANE_COMPONENTS, "the run", QF_TOPIC_risk, tui_risk_components, risk_draw_components),
        LIST(PANE_STRESS, "the run", QF_TOPIC_risk, risk_stresses, risk_draw_stress),
        [PANE_SIDES] = {.name = "the desk", .topic = QF_TOPIC_desk, .draw = risk_draw_sides, .passive = true},
        LIST(PANE_EXPOSURE, "the run", QF_TOPIC_risk, risk_exposures, risk_draw_exposure),
        [PANE_CORRELATION] = {.name = "the run", .topic = QF_TOPIC_risk, .draw = risk_draw_correlation, .hides = true},
        LIST(PANE_APPROVALS, "approvals", QF_TOPIC_approvals, risk_approvals, risk_draw_requests),
        LIST(PANE_STOPS, "stops", QF_TOPIC_stops, risk_stops, NULL),
    };
#undef LIST
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
    x->board.focus = PANE_LIMITS;
    return x;
}

static void risk_close(void *state)
{
    struct risk *x = state;
    tui_app_forget(x->cells.app, x->run_call);
    tui_app_forget(x->cells.app, x->correlation_call);
    free(x->correlations);
    board_free(&x->board);
    free(x);
}

static void risk_show(void *state)
{
    ask_run(state);
}

static void risk_tick(void *state)
{
    struct risk *x = state;
    if (!risk_run_of(x->cells.app))
        ask_run(x);
    ask_correlation(x);
}

static void make_room(struct risk *x, size_t n)
{
    if (n <= x->board.kept_cap)
        return;
    x->board.kept_cap = n;
    x->board.kept = qf_xrealloc(x->board.kept, n * sizeof *x->board.kept);
}

/* Rows of a list inside the newest run. */
static void fill_part(struct risk *x, int pane, const void *rows, uint32_t n, size_t size, qf_time now)
{
    make_room(x, n);
    for (uint32_t i = 0; i < n; i++)
        x->board.kept[i] = (const char *)rows + i * size;
    tui_table_fill(x->board.panes[pane].table, (const void *const *)x->board.kept, n, now,
                   tui_app_has_dialog(x->cells.app));
}

static void fill_run(struct risk *x, qf_time now)
{
    static const struct qf_risk_run none;
    const struct qf_risk_run *run = risk_run_of(x->cells.app);
    run = run ? run : &none;
    fill_part(x, PANE_COMPONENTS, run->components, run->components_n, sizeof *run->components, now);
    fill_part(x, PANE_STRESS, run->stress, run->stress_n, sizeof *run->stress, now);
    fill_part(x, PANE_EXPOSURE, run->exposures, run->exposures_n, sizeof *run->exposures, now);
}

/* One line a kind is enough while nothing has happened: a breaker that is off and was never set stands back for one of
 * its kind that watches; a strategy's own row for the row of all strategies, which shows the worst of them; and that
 * one for those that have tripped. Zoomed, the panel shows every row. */
static bool stands_back(const struct qf_breaker *b, const void *const *rows, size_t n)
{
    bool other = false, tripped = false;
    for (size_t i = 0; i < n; i++) {
        const struct qf_breaker *o = rows[i];
        if (o == b || o->code != b->code)
            continue;
        other = other || QF_HAS(o, breaker, level);
        tripped = tripped || (o->follows && o->tripped);
    }
    if (b->tripped)
        return false;
    if (strcmp(b->name, "*") == 0)
        return tripped;
    return other && (b->follows || (!QF_HAS(b, breaker, level) && b->owner[0] == '\0'));
}

static void fill_breakers(struct risk *x, qf_time now)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->cells.app), QF_TOPIC_breakers, &rows), k = 0;
    bool all = x->board.zoom && x->board.focus == PANE_BREAKERS;
    make_room(x, n);
    for (size_t i = 0; i < n; i++)
        if (all || !stands_back(rows[i], rows, n))
            x->board.kept[k++] = rows[i];
    tui_table_fill(x->board.panes[PANE_BREAKERS].table, (const void *const *)x->board.kept, k, now,
                   tui_app_has_dialog(x->cells.app));
}

static void update(struct risk *x)
{
    qf_time now = tui_app_now(x->cells.app);
    x->board.panes[PANE_APPROVALS].absent = !tui_app_may(x->cells.app, QF_P_AUDIT);
    board_fill(&x->board, PANE_STATES, QF_TOPIC_states, now);
    fill_breakers(x, now);
    board_fill(&x->board, PANE_LIMITS, QF_TOPIC_limits, now);
    board_fill(&x->board, PANE_STOPS, QF_TOPIC_stops, now);
    board_fill(&x->board, PANE_APPROVALS, QF_TOPIC_approvals, now);
    fill_run(x, now);
}

static void risk_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct risk *x = state;
    update(x);
    board_clear(&x->board);
    risk_layout(x, v, body);
    board_draw(&x->board, v, body);
}

/* --- the selected row, when it is of that panel */

static const void *selected_of(const struct risk *x, int pane)
{
    return x->board.focus == pane ? tui_table_selected(x->board.panes[pane].table) : NULL;
}

/* --- actions */

enum { DO_RESUME, DO_REARM, DO_LEVEL, DO_STOP, DO_EDIT, DO_NEW, DO_FLATTEN };

static const char *strategy_of(const struct qf_trading_state *s)
{
    return s && s->scope == QF_SCOPE_STRATEGY ? s->name : "";
}

static void take_choice(void *arg, int number)
{
    struct risk *x = arg;
    struct tui_app *app = x->cells.app;
    update(x);
    const void *state = selected_of(x, PANE_STATES), *limit = selected_of(x, PANE_LIMITS),
               *breaker = selected_of(x, PANE_BREAKERS);
    if (number == DO_STOP)
        tui_app_open(app, tui_stop_of(app, strategy_of(state)));
    else if (number == DO_FLATTEN)
        risk_open_flatten(app, strategy_of(state));
    else if (number == DO_NEW)
        risk_edit_limit(app, NULL);
    else if (number == DO_RESUME && state)
        risk_ask_resume(app, state);
    else if (number == DO_EDIT && limit)
        risk_edit_limit(app, limit);
    else if (number == DO_REARM && breaker)
        risk_ask_rearm(app, breaker);
    else if (number == DO_LEVEL && breaker)
        risk_edit_breaker(app, breaker);
}

static int state_choices(const struct qf_trading_state *s, struct tui_choice *c)
{
    static char resume[48], stop[64], flatten[64];
    const char *of = strategy_of(s);
    qf_str_fmt(resume, sizeof resume, "request %s", s->state == QF_STATE_HALTED ? "CLOSE_ONLY" : "ACTIVE");
    qf_str_fmt(stop, sizeof stop, "stop %s", of[0] ? of : "the firm");
    qf_str_fmt(flatten, sizeof flatten, "flatten plan of %s", of[0] ? of : "the firm");
    c[0] = (struct tui_choice){'r', resume, s->state == QF_STATE_ACTIVE ? "it is ACTIVE" : "", DO_RESUME};
    c[1] = (struct tui_choice){'X', stop, "", DO_STOP};
    c[2] = (struct tui_choice){'f', flatten, "", DO_FLATTEN};
    return 3;
}

static int breaker_choices(const struct qf_breaker *b, struct tui_choice *c)
{
    c[0] = (struct tui_choice){'r', "re-arm (request)", b->tripped ? "" : "it has not tripped", DO_REARM};
    c[1] = (struct tui_choice){'e', "set level", "", DO_LEVEL};
    return 2;
}

static void open_menu(struct risk *x)
{
    struct tui_choice c[6];
    const void *state = selected_of(x, PANE_STATES), *limit = selected_of(x, PANE_LIMITS),
               *breaker = selected_of(x, PANE_BREAKERS);
    int n = 0;
    if (state)
        n = state_choices(state, c);
    else if (breaker)
        n = breaker_choices(breaker, c);
    else if (limit)
        c[n++] = (struct tui_choice){'e', "edit this limit", "", DO_EDIT};
    if (!state && !breaker)
        c[n++] = (struct tui_choice){'n', "new limit", "", DO_NEW};
    if (!state) {
        c[n++] = (struct tui_choice){'f', "flatten plan", "", DO_FLATTEN};
        c[n++] = (struct tui_choice){'X', "stop", "", DO_STOP};
    }
    tui_app_open(x->cells.app, tui_menu_new("Actions", c, n, take_choice, x));
}

/* 'e': the breaker under the selection, else the selected limit. */
static bool edit(struct risk *x)
{
    const void *breaker = selected_of(x, PANE_BREAKERS);
    const void *limit = tui_table_selected(x->board.panes[PANE_LIMITS].table);
    if (breaker)
        risk_edit_breaker(x->cells.app, breaker);
    else if (limit)
        risk_edit_limit(x->cells.app, limit);
    else
        tui_app_say(x->cells.app, TUI_TEXT, "no limit to edit; a adds one");
    return true;
}

/* --- Enter */

static void open_exposure(struct tui_app *app, const struct qf_exposure *e)
{
    if (e->scope == QF_SCOPE_SYMBOL)
        positions_open(app, e->name);
    else
        tui_app_say(app, TUI_TEXT, "%s %s: z shows long, short, gross and net; / filters",
                    qf_enum_text(&qf_enum_scope, e->scope), e->name);
}

static bool open_row(struct risk *x)
{
    struct tui_app *app = x->cells.app;
    struct tui_table *t = board_list(&x->board);
    const void *row = t ? tui_table_selected(t) : NULL;
    if (x->board.focus == PANE_VAR || x->board.focus == PANE_DAYS)
        return risk_say_run(app), risk_run_of(app) != NULL;
    if (!row)
        return false;
    if (x->board.focus == PANE_STATES)
        risk_say_state(app, row);
    else if (x->board.focus == PANE_BREAKERS)
        risk_say_breaker(app, row);
    else if (x->board.focus == PANE_LIMITS)
        risk_say_limit(app, row);
    else if (x->board.focus == PANE_COMPONENTS)
        risk_say_component(app, row);
    else if (x->board.focus == PANE_STRESS)
        risk_open_scenario(app, ((const struct qf_stress_result *)row)->scenario);
    else if (x->board.focus == PANE_EXPOSURE)
        open_exposure(app, row);
    else if (x->board.focus == PANE_STOPS)
        tui_open_stop_report(app, row);
    else
        tui_app_open(app, tui_approval_new(app, ((const struct qf_approval *)row)->id));
    return true;
}

static bool risk_act(void *state, enum tui_action action)
{
    struct risk *x = state;
    update(x);
    switch (action) {
    case TUI_DO_OPEN:
        return open_row(x);
    case TUI_DO_RISK_ACTIONS:
        return open_menu(x), true;
    case TUI_DO_EDIT:
        return edit(x);
    case TUI_DO_WHAT_IF:
        return risk_open_stress(x->cells.app), true;
    case TUI_DO_FLATTEN:
        return risk_open_flatten(x->cells.app, ""), true;
    default:
        return board_act(&x->board, action);
    }
}

/* --- words of the palette */

static const struct {
    const char *word;
    int pane;
} words[] = {{"LIM", PANE_LIMITS},   {"VAR", PANE_VAR},       {"VARX", PANE_DAYS},
             {"BRK", PANE_BREAKERS}, {"STRESS", PANE_STRESS}, {"EXPO", PANE_EXPOSURE}};

static void risk_go(void *state, const char *word, const char *arg)
{
    struct risk *x = state;
    char why[120];
    update(x);
    for (size_t i = 0; i < QF_LEN(words); i++)
        if (strcmp(words[i].word, word) == 0)
            board_focus(&x->board, words[i].pane);
    struct tui_table *t = board_list(&x->board);
    if (t && !tui_table_filter(t, arg, why, sizeof why))
        tui_app_say(x->cells.app, TUI_WARN, "%s", why);
}

static struct tui_table *risk_list(void *state)
{
    return board_list(&((struct risk *)state)->board);
}

/* Positions are there for the flatten report: what is still held. */
static const int topics[] = {QF_TOPIC_limits, QF_TOPIC_breakers, QF_TOPIC_risk, QF_TOPIC_positions};

const struct tui_screen screen_risk = {
    .digit = 3,
    .perm = QF_P_VIEW,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = risk_open,
    .close = risk_close,
    .show = risk_show,
    .draw = risk_draw,
    .act = risk_act,
    .tick = risk_tick,
    .go = risk_go,
    .list = risk_list,
};
