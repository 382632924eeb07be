/* 1 Overview: equity, the desk's totals, movers, working orders, alerts. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/screens/board.h"
#include "tui/screens/cells.h"
#include "tui/screens/overview_in.h"
#include "tui/screens/ranges.h"
#include "tui/screens/screens.h"

/* --- movers: positions added up by symbol */

static struct qf_position *mover_of(struct overview *x, const struct qf_position *p)
{
    for (int i = 0; i < x->movers_n; i++)
        if (qf_str_eq(x->movers[i].symbol, p->symbol))
            return &x->movers[i];
    if (x->movers_n == x->movers_cap) {
        x->movers_cap = x->movers_cap ? x->movers_cap * 2 : 32;
        x->movers = qf_xrealloc(x->movers, (size_t)x->movers_cap * sizeof *x->movers);
    }
    struct qf_position *m = &x->movers[x->movers_n++];
    memset(m, 0, sizeof *m);
    qf_str_copy(m->symbol, sizeof m->symbol, p->symbol);
    m->tick = p->tick;
    return m;
}

static void add_mover(struct overview *x, const struct qf_position *p)
{
    bool counts = p->quantity != 0 || (QF_HAS(p, position, base_day_pnl) && p->base_day_pnl != 0);
    if (!counts)
        return;
    struct qf_position *m = mover_of(x, p);
    m->quantity += p->quantity;
    m->stale = m->stale || p->stale;
    if (QF_HAS(p, position, last)) {
        m->last = p->last;
        QF_SET(m, position, last);
    }
    if (QF_HAS(p, position, base_day_pnl)) {
        m->base_day_pnl += p->base_day_pnl;
        QF_SET(m, position, base_day_pnl);
    }
    if (QF_HAS(p, position, base_value)) {
        m->base_value += p->base_value;
        QF_SET(m, position, base_value);
    }
}

static void update_movers(struct overview *x)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->cells.app), QF_TOPIC_positions, &rows);
    x->movers_n = 0;
    for (size_t i = 0; i < n; i++)
        add_mover(x, rows[i]);
    x->mover_rows = qf_xrealloc(x->mover_rows, (size_t)(x->movers_n + 1) * sizeof *x->mover_rows);
    for (int i = 0; i < x->movers_n; i++) {
        QF_SET(&x->movers[i], position, symbol);
        QF_SET(&x->movers[i], position, account);
        x->mover_rows[i] = &x->movers[i];
    }
}

/* --- what is asked for */

static void on_equity(void *arg, const struct tui_answer *answer)
{
    struct overview *x = arg;
    x->equity_call = 0;
    if (!tui_app_refused(x->cells.app, "equity", answer)) {
        tui_history_equity(tui_app_history(x->cells.app), answer->rep);
        x->equity_loaded = true;
    }
    tui_app_touch(x->cells.app);
}

static void ask_equity(struct overview *x)
{
    struct qf_equity_query q;
    memset(&q, 0, sizeof q);
    q.from = range_from(x->cells.app, x->range);
    x->blind = !tui_cache_desk(tui_app_cache(x->cells.app));
    QF_SET(&q, equity_query, from);
    tui_app_forget(x->cells.app, x->equity_call);
    x->equity_call = tui_app_call(x->cells.app, QF_CMD_equity_points, &q, on_equity, x);
}

/* The benchmark over the same time; its 1 is drawn where the equity line begins. */
static void on_bench(void *arg, const struct tui_answer *answer)
{
    struct overview *x = arg;
    x->bench_call = 0;
    x->bench_n = 0;
    tui_app_touch(x->cells.app);
    if (tui_app_refused(x->cells.app, "benchmark", answer))
        return;
    const struct qf_performance *p = answer->rep;
    double scale = 0;
    x->bench = qf_xrealloc(x->bench, (p->points_n + 1) * sizeof *x->bench);
    for (uint32_t i = 0; i < p->points_n; i++) {
        const struct qf_perf_point *at = &p->points[i];
        bool there = QF_HAS(at, perf_point, benchmark) && at->benchmark > 0;
        if (there && scale == 0 && QF_HAS(at, perf_point, equity))
            scale = (double)at->equity / (double)QF_ONE / at->benchmark;
        if (there && scale > 0)
            x->bench[x->bench_n++] = (struct tui_point){at->at, at->benchmark * scale};
    }
    if (x->bench_n < 2)
        tui_app_say(x->cells.app, TUI_TEXT, "no two closes of %s in this time", x->benchmark);
}

static void ask_bench(struct overview *x)
{
    struct qf_performance_query q;
    memset(&q, 0, sizeof q);
    tui_app_forget(x->cells.app, x->bench_call);
    x->bench_call = x->bench_n = 0;
    if (!x->benchmark[0])
        return;
    q.scope = QF_SCOPE_FIRM;
    q.range = x->range;
    qf_str_copy(q.benchmark, sizeof q.benchmark, x->benchmark);
    q.has = QF_BIT(performance_query, scope) | QF_BIT(performance_query, range) | QF_BIT(performance_query, benchmark);
    x->bench_call = tui_app_call(x->cells.app, QF_CMD_performance_get, &q, on_bench, x);
}

static void set_benchmark(void *arg, const char *symbol)
{
    struct overview *x = arg;
    qf_str_copy(x->benchmark, sizeof x->benchmark, symbol);
    ask_bench(x);
}

static void on_sparks(void *arg, const struct tui_answer *answer)
{
    struct overview *x = arg;
    x->sparks_call = 0;
    if (answer->kind == TUI_ANSWER_OK)
        tui_history_sparks(tui_app_history(x->cells.app), answer->rep);
    tui_app_touch(x->cells.app);
}

static void overview_show(void *state)
{
    struct overview *x = state;
    ask_equity(x);
    ask_bench(x);
    overview_ask_accounts(x);
    tui_app_forget(x->cells.app, x->sparks_call);
    x->sparks_call = tui_app_call(x->cells.app, QF_CMD_quote_sparks, NULL, on_sparks, x);
}

/* Without the market's clock the range was counted from ours, which a replay is far from. */
static void overview_tick(void *state)
{
    struct overview *x = state;
    if (x->blind && tui_cache_desk(tui_app_cache(x->cells.app)) && tui_app_live(x->cells.app))
        ask_equity(x);
}

/* --- lifecycle */

static void *overview_open(struct tui_app *app)
{
    struct overview *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
    x->range = QF_RANGE_M3;
    overview_panes(x);
    x->board.focus = PANE_MOVERS;
    overview_plan_kept(x);
    return x;
}

static void overview_close(void *state)
{
    struct overview *x = state;
    tui_app_forget(x->cells.app, x->equity_call);
    tui_app_forget(x->cells.app, x->sparks_call);
    tui_app_forget(x->cells.app, x->bench_call);
    tui_app_forget(x->cells.app, x->accounts_call);
    free(x->accounts);
    free(x->bench);
    board_free(&x->board);
    free(x->movers);
    free(x->mover_rows);
    free(x);
}

static void update(struct overview *x)
{
    qf_time now = tui_app_now(x->cells.app);
    bool hold = tui_app_has_dialog(x->cells.app);
    cells_update(&x->cells);
    update_movers(x);
    tui_table_fill(x->board.panes[PANE_MOVERS].table, (const void *const *)x->mover_rows, (size_t)x->movers_n, now,
                   hold);
    board_fill(&x->board, PANE_ORDERS, QF_TOPIC_orders, now);
    board_fill(&x->board, PANE_ALERTS, QF_TOPIC_events, now);
    board_fill(&x->board, PANE_FILLS, QF_TOPIC_executions, now);
    board_fill(&x->board, PANE_LIMITS, QF_TOPIC_limits, now);
}

static void overview_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct overview *x = state;
    update(x);
    board_clear(&x->board);
    overview_layout(x, v, body);
    board_draw(&x->board, v, body);
}

/* --- keys */

static void turn_range(struct overview *x, int step)
{
    x->range = range_turn(x->range, step);
    memset(&x->eye, 0, sizeof x->eye);
    ask_equity(x);
    ask_bench(x);
}

static bool move_crosshair(struct overview *x, int step)
{
    const struct tui_point *points;
    int n = tui_history_equity_points(tui_app_history(x->cells.app), &points);
    return x->board.focus == PANE_EQUITY && tui_eye_move(&x->eye, points, n, step);
}

static void look_closer(struct overview *x, bool in)
{
    const struct tui_point *points;
    int n = tui_history_equity_points(tui_app_history(x->cells.app), &points);
    if (!tui_eye_zoom(&x->eye, points, n, in))
        tui_app_say(x->cells.app, TUI_TEXT, "%s", in ? "closer shows no more" : "this is all of it");
}

static void turn_benchmark(struct overview *x)
{
    if (x->benchmark[0])
        set_benchmark(x, "");
    else
        benchmark_open(x->cells.app, set_benchmark, x);
}

static const char *selected_symbol(const struct overview *x)
{
    const struct tui_table *t = board_list(&x->board);
    const void *row = t ? tui_table_selected(t) : NULL;
    if (row && x->board.focus == PANE_MOVERS)
        return ((const struct qf_position *)row)->symbol;
    if (row && x->board.focus == PANE_ORDERS)
        return ((const struct qf_order *)row)->symbol;
    return "";
}

static void open_event(struct tui_app *app, const struct qf_event *e)
{
    struct tui_lines l = {0};
    char at[TUI_FMT];
    tui_fmt_time(at, e->at, 0);
    tui_lines_add(&l, TUI_DIM, "%s UTC   %s   %s", at, e->source, qf_enum_text(&qf_enum_severity, e->severity));
    tui_lines_add(&l, TUI_TEXT, "%s", "");
    tui_lines_wrap(&l, TUI_TEXT, e->message, 74);
    char title[32];
    qf_str_fmt(title, sizeof title, "Event %lld", (long long)e->id);
    tui_app_open(app, tui_text_new(title, &l));
}

static bool open_row(struct overview *x)
{
    const struct tui_table *t = board_list(&x->board);
    const void *row = t ? tui_table_selected(t) : NULL;
    if (x->board.focus == PANE_EQUITY)
        return board_act(&x->board, TUI_DO_ZOOM);
    if (!row)
        return false;
    if (x->board.focus == PANE_MOVERS) {
        positions_open(x->cells.app, ((const struct qf_position *)row)->symbol);
    } else if (x->board.focus == PANE_ORDERS) {
        order_detail_open(x->cells.app, ((const struct qf_order *)row)->id);
    } else if (x->board.focus == PANE_ALERTS) {
        open_event(x->cells.app, row);
    } else if (x->board.focus == PANE_FILLS && QF_HAS((const struct qf_execution *)row, execution, order_id)) {
        order_detail_open(x->cells.app, ((const struct qf_execution *)row)->order_id);
    } else if (x->board.focus == PANE_LIMITS) {
        tui_app_show(x->cells.app, 3);
    } else {
        return false;
    }
    return true;
}

static bool overview_act(void *state, enum tui_action action)
{
    struct overview *x = state;
    update(x);
    switch (action) {
    case TUI_DO_RANGE:
    case TUI_DO_RANGE_BACK:
        turn_range(x, action == TUI_DO_RANGE ? 1 : -1);
        return true;
    case TUI_DO_LEFT:
    case TUI_DO_RIGHT:
        return move_crosshair(x, action == TUI_DO_LEFT ? -1 : 1);
    case TUI_DO_ZOOM_IN:
    case TUI_DO_ZOOM_OUT:
        look_closer(x, action == TUI_DO_ZOOM_IN);
        return true;
    case TUI_DO_ARRANGE:
        overview_arrange(x);
        return true;
    case TUI_DO_BENCHMARK_LINE:
        turn_benchmark(x);
        return true;
    case TUI_DO_ESCAPE:
        memset(&x->eye, 0, sizeof x->eye);
        return board_act(&x->board, action);
    case TUI_DO_BUY:
    case TUI_DO_SELL:
        tui_app_open(x->cells.app,
                     ticket_new(x->cells.app, action == TUI_DO_BUY ? QF_SIDE_BUY : QF_SIDE_SELL, selected_symbol(x)));
        return true;
    case TUI_DO_OPEN:
        return open_row(x);
    default:
        return board_act(&x->board, action);
    }
}

static const char *overview_why_not(void *state, enum tui_action action)
{
    return trading_why_not(((struct overview *)state)->cells.app, action);
}

static struct tui_table *overview_list(void *state)
{
    return board_list(&((struct overview *)state)->board);
}

static const int topics[] = {QF_TOPIC_positions, QF_TOPIC_quotes, QF_TOPIC_equity, QF_TOPIC_limits, QF_TOPIC_cash};

const struct tui_screen screen_overview = {
    .digit = 1,
    .perm = QF_P_VIEW,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = overview_open,
    .close = overview_close,
    .show = overview_show,
    .draw = overview_draw,
    .act = overview_act,
    .why_not = overview_why_not,
    .tick = overview_tick,
    .list = overview_list,
};
