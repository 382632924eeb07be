/* 6 Performance: equity and drawdown, metrics, months, strategies or traders or symbols. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/screens/performance_in.h"
#include "tui/screens/ranges.h"
#include "tui/screens/screens.h"

#define AGAIN (5 * QF_SEC) /* figures are worked out anew from all closes: not more often */

/* --- asking */

/* Keeps a good answer, or the reason why there is none; the last good one stays. */
static bool take(struct performance *x, struct perf_answer *a, const struct qf_rec *rec,
                 const struct tui_answer *answer)
{
    a->call = 0;
    tui_app_touch(x->cells.app);
    if (answer->kind == TUI_ANSWER_OK) {
        free(a->rec);
        a->rec = tui_record_copy(rec, answer->rep);
        a->error[0] = '\0';
        return true;
    }
    if (answer->kind == TUI_ANSWER_LOST)
        qf_str_copy(a->error, sizeof a->error, "no answer, the link went; Ctrl-R asks again");
    else
        qf_str_fmt(a->error, sizeof a->error, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    return false;
}

static void on_data(void *arg, const struct tui_answer *answer)
{
    struct performance *x = arg;
    if (!take(x, &x->data, &qf_rec_performance, answer))
        return;
    perf_series(x);
    perf_rows(x);
}

static void on_list(void *arg, const struct tui_answer *answer)
{
    struct performance *x = arg;
    if (take(x, &x->list, &qf_rec_performance_group_list, answer))
        perf_rows(x);
}

static void begin(struct performance *x, struct perf_answer *a, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn)
{
    tui_app_forget(x->cells.app, a->call);
    a->call = tui_app_call(x->cells.app, cmd, req, fn, x);
    a->asked = tui_app_now(x->cells.app);
}

static void ask_data(struct performance *x)
{
    struct qf_performance_query q;
    memset(&q, 0, sizeof q);
    q.scope = x->scope;
    q.range = x->range;
    QF_SET(&q, performance_query, scope);
    QF_SET(&q, performance_query, range);
    qf_str_copy(q.name, sizeof q.name, x->name);
    qf_str_copy(q.benchmark, sizeof q.benchmark, x->benchmark);
    if (x->name[0])
        QF_SET(&q, performance_query, name);
    if (x->benchmark[0])
        QF_SET(&q, performance_query, benchmark);
    x->seen = tui_cache_version(tui_app_cache(x->cells.app), QF_TOPIC_equity);
    begin(x, &x->data, QF_CMD_performance_get, &q, on_data);
}

static void ask_list(struct performance *x)
{
    struct qf_performance_groups q;
    memset(&q, 0, sizeof q);
    q.scope = x->list_scope;
    q.range = x->list_range;
    QF_SET(&q, performance_groups, scope);
    QF_SET(&q, performance_groups, range);
    begin(x, &x->list, QF_CMD_performance_groups, &q, on_list);
}

/* What shows belongs to another question: it goes at once, so that no figure stands under a wrong heading. */
static void drop(struct perf_answer *a)
{
    free(a->rec);
    a->rec = NULL;
    a->error[0] = '\0';
}

static void new_data(struct performance *x)
{
    drop(&x->data);
    memset(&x->eye, 0, sizeof x->eye);
    perf_series(x);
    perf_rows(x);
    ask_data(x);
}

static void new_list(struct performance *x)
{
    drop(&x->list);
    perf_rows(x);
    ask_list(x);
}

/* --- lifecycle */

static void *performance_open(struct tui_app *app)
{
    struct performance *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
    x->range = QF_RANGE_ALL;
    x->list_range = QF_RANGE_YTD;
    x->scope = QF_SCOPE_FIRM;
    x->list_scope = QF_SCOPE_STRATEGY;
    perf_panes(x);
    x->board.focus = PERF_EQUITY;
    perf_series(x);
    perf_rows(x);
    return x;
}

static void performance_close(void *state)
{
    struct performance *x = state;
    tui_app_forget(x->cells.app, x->data.call);
    tui_app_forget(x->cells.app, x->list.call);
    free(x->data.rec);
    free(x->list.rec);
    perf_series_free(x);
    board_free(&x->board);
    free(x);
}

static void performance_show(void *state)
{
    ask_data(state);
    ask_list(state);
}

/* Another equity point was taken: everything here is made of those. */
static void performance_tick(void *state)
{
    struct performance *x = state;
    if (x->data.call || !tui_app_live(x->cells.app) || tui_app_now(x->cells.app) - x->data.asked < AGAIN ||
        tui_cache_version(tui_app_cache(x->cells.app), QF_TOPIC_equity) == x->seen)
        return;
    performance_show(x);
}

/* --- the identity: the daemon checks it at every equity point and tells of a break as an event */

static const struct qf_equity *newest_point(const struct tui_cache *cache)
{
    const void *const *rows;
    const struct qf_equity *newest = NULL;
    size_t n = tui_cache_rows(cache, QF_TOPIC_equity, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct qf_equity *e = rows[i];
        if (e->account[0] == '\0' && (!newest || e->at > newest->at))
            newest = e;
    }
    return newest;
}

static const struct qf_event *newest_break(const struct tui_cache *cache)
{
    const void *const *rows;
    const struct qf_event *newest = NULL;
    size_t n = tui_cache_rows(cache, QF_TOPIC_events, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct qf_event *e = rows[i];
        if (strstr(e->message, "quity identity") && (!newest || e->id > newest->id))
            newest = e;
    }
    return newest;
}

static void note_identity(const struct performance *x)
{
    const struct tui_cache *cache = tui_app_cache(x->cells.app);
    const struct qf_equity *point = newest_point(cache);
    const struct qf_event *bad = newest_break(cache);
    if (bad)
        tui_app_note(x->cells.app, TUI_WARN, bad->at, bad->message);
    else if (point && !point->incomplete)
        tui_app_note(x->cells.app, TUI_TEXT, point->at,
                     "equity identity holds: change = realised + unrealised - fees + flows");
}

static void performance_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct performance *x = state;
    perf_now(x);
    perf_settle(x);
    note_identity(x);
    board_clear(&x->board);
    perf_layout(x, v, body);
    board_draw(&x->board, v, body);
}

/* --- keys */

static void turn_range(struct performance *x, int step)
{
    if (x->board.focus == PERF_GROUPS) {
        x->list_range = range_turn(x->list_range, step);
        new_list(x);
        return;
    }
    x->range = range_turn(x->range, step);
    new_data(x);
}

static void show_whose(struct performance *x, int scope, const char *name)
{
    x->scope = scope;
    qf_str_copy(x->name, sizeof x->name, name);
    new_data(x);
}

/* Strategies, traders, symbols, and round again with the firm above them. */
static void turn_view(struct performance *x)
{
    static const int next[] = {[QF_SCOPE_FIRM] = QF_SCOPE_STRATEGY, [QF_SCOPE_STRATEGY] = QF_SCOPE_TRADER,
                               [QF_SCOPE_TRADER] = QF_SCOPE_SYMBOL, [QF_SCOPE_ACCOUNT] = QF_SCOPE_STRATEGY,
                               [QF_SCOPE_SECTOR] = QF_SCOPE_STRATEGY, [QF_SCOPE_SYMBOL] = QF_SCOPE_STRATEGY};
    x->list_scope = next[x->list_scope];
    if (x->list_scope == QF_SCOPE_STRATEGY && x->scope != QF_SCOPE_FIRM)
        show_whose(x, QF_SCOPE_FIRM, "");
    new_list(x);
}

static void set_benchmark(void *arg, const char *symbol)
{
    struct performance *x = arg;
    qf_str_copy(x->benchmark, sizeof x->benchmark, symbol);
    ask_data(x); /* the figures stay: only what is measured against it changes */
}

static void turn_benchmark(struct performance *x)
{
    if (x->benchmark[0])
        set_benchmark(x, "");
    else
        benchmark_open(x->cells.app, set_benchmark, x);
}

static void say_metric(struct performance *x, const struct qf_metric_row *m)
{
    struct tui_lines l = {0};
    char value[TUI_FMT], n[TUI_FMT];
    perf_metric_text(value, m, 0);
    tui_fmt_count(n, m->n);
    tui_lines_add(&l, TUI_HEADING, "%s  %s", perf_metric_label(m), value);
    tui_lines_add(&l, TUI_TEXT, "%s", "");
    tui_lines_add(&l, TUI_TEXT, "name        %s", m->metric);
    if (QF_HAS(m, metric_row, value))
        tui_lines_add(&l, TUI_TEXT, "value       %.12g, a %s", m->value, m->unit);
    else
        tui_lines_add(&l, TUI_TEXT, "not defined: %s", QF_HAS(m, metric_row, reason) ? m->reason : "no reason given");
    tui_lines_add(&l, TUI_TEXT, "made of     %s elements", n);
    tui_lines_add(&l, TUI_TEXT, "%s", "");
    tui_lines_wrap(&l, TUI_TEXT, m->convention, 70);
    if (perf_data(x))
        tui_lines_wrap(&l, TUI_DIM, perf_data(x)->basis, 70);
    tui_app_open(x->cells.app, tui_text_new("Metric", &l));
}

static bool open_row(struct performance *x)
{
    const struct tui_table *t = board_list(&x->board);
    const void *row = t ? tui_table_selected(t) : NULL;
    if (!t)
        return board_act(&x->board, TUI_DO_ZOOM);
    if (!row)
        return false;
    if (x->board.focus == PERF_METRICS)
        say_metric(x, row);
    else if (x->board.focus == PERF_FALLS)
        x->eye.at = ((const struct qf_perf_drawdown *)row)->trough;
    else
        show_whose(x, ((const struct qf_perf_group *)row)->scope, ((const struct qf_perf_group *)row)->name);
    return true;
}

/* Back by one thing: the zoomed panel, the crosshair, the part of the time, the one whose figures these are. */
static bool step_back(struct performance *x)
{
    bool looking = x->eye.at || x->eye.from;
    if (x->board.zoom)
        return board_act(&x->board, TUI_DO_ESCAPE);
    if (looking)
        memset(&x->eye, 0, sizeof x->eye);
    else if (x->scope != QF_SCOPE_FIRM)
        show_whose(x, QF_SCOPE_FIRM, "");
    else
        return board_act(&x->board, TUI_DO_ESCAPE);
    return true;
}

static bool performance_act(void *state, enum tui_action action)
{
    struct performance *x = state;
    perf_settle(x);
    switch (action) {
    case TUI_DO_RANGE:
    case TUI_DO_RANGE_BACK:
        turn_range(x, action == TUI_DO_RANGE ? 1 : -1);
        return true;
    case TUI_DO_LEFT:
    case TUI_DO_RIGHT:
        return tui_eye_move(&x->eye, x->equity, x->points_n, action == TUI_DO_LEFT ? -1 : 1);
    case TUI_DO_ZOOM_IN:
    case TUI_DO_ZOOM_OUT:
        if (!tui_eye_zoom(&x->eye, x->equity, x->points_n, action == TUI_DO_ZOOM_IN))
            tui_app_say(x->cells.app, TUI_TEXT, "%s", action == TUI_DO_ZOOM_IN ? "closer shows no more" : "this is all of it");
        return true;
    case TUI_DO_BENCHMARK:
        turn_benchmark(x);
        return true;
    case TUI_DO_TURN_VIEW:
        turn_view(x);
        return true;
    case TUI_DO_ESCAPE:
        return step_back(x);
    case TUI_DO_OPEN:
        return open_row(x);
    default:
        return board_act(&x->board, action);
    }
}

static struct tui_table *performance_list(void *state)
{
    return board_list(&((struct performance *)state)->board);
}

/* A range in letters: "3m", "YTD". -1 when it is none. */
static int find_range(const char *text)
{
    char upper[8];
    size_t n = 0;
    for (; text[n] && n + 1 < sizeof upper; n++)
        upper[n] = (char)(text[n] >= 'a' && text[n] <= 'z' ? text[n] - 'a' + 'A' : text[n]);
    upper[n] = '\0';
    return qf_enum_find(&qf_enum_perf_range, upper, n);
}

static void go_group(struct performance *x, const char *name)
{
    const struct qf_performance_group_list *g = perf_list(x);
    for (uint32_t i = 0; g && i < g->groups_n; i++)
        if (qf_str_eq(g->groups[i].name, name)) {
            show_whose(x, g->groups[i].scope, name);
            return;
        }
    tui_app_say(x->cells.app, TUI_TEXT, "no %s among the rows; v turns to others", name);
}

/* "none", a symbol, or nothing, which is EQUAL. */
static void go_benchmark(struct performance *x, const char *typed)
{
    const char *name = qf_str_eq(typed, "none") ? "" : benchmark_named(x->cells.app, typed[0] ? typed : "EQUAL");
    if (name)
        set_benchmark(x, name);
    else
        tui_app_say(x->cells.app, TUI_TEXT, "no instrument %s; m shows all", typed);
}

static void performance_go(void *state, const char *word, const char *arg)
{
    static const struct {
        const char *word;
        int pane;
    } panes[] = {{"METR", PERF_METRICS}, {"DDN", PERF_FALLS}, {"MON", PERF_MONTHS}, {"PNL", PERF_GROUPS}};
    struct performance *x = state;
    for (size_t i = 0; i < QF_LEN(panes); i++)
        if (qf_str_eq(panes[i].word, word))
            board_focus(&x->board, panes[i].pane);
    if (qf_str_eq(word, "BM"))
        go_benchmark(x, arg);
    else if (qf_str_eq(word, "PRF") && arg[0] && find_range(arg) >= 0) {
        x->range = find_range(arg);
        new_data(x);
    } else if (qf_str_eq(word, "PNL") && arg[0])
        go_group(x, arg);
}

static const int topics[] = {QF_TOPIC_equity};

const struct tui_screen screen_performance = {
    .digit = 6,
    .perm = QF_P_VIEW,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = performance_open,
    .close = performance_close,
    .show = performance_show,
    .draw = performance_draw,
    .act = performance_act,
    .tick = performance_tick,
    .go = performance_go,
    .list = performance_list,
};
