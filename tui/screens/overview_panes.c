/* The lists of the overview: movers, working orders, alerts; and the table of its panels. */
#include <string.h>

#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/overview_in.h"

static const struct tui_cache *cache_of(const struct overview *x)
{
    return tui_app_cache(x->cells.app);
}

/* --- movers */

static void mover_total(void *ctx, int column, struct tui_value *v)
{
    struct overview *x = ctx;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    struct qf_position sum;
    memset(&sum, 0, sizeof sum);
    if (column == 0)
        qf_str_fmt(v->text, sizeof v->text, "Total %d", x->movers_n);
    if (!d)
        return;
    sum.base_day_pnl = d->day_pnl;
    sum.base_value = d->net;
    QF_SET(&sum, position, base_day_pnl);
    QF_SET(&sum, position, base_value);
    if (column == 4)
        cell_position_whole(ctx, &sum, v);
    else if (column == 5)
        cell_position_nav(ctx, &sum, v);
    else if (column == 7)
        cell_position_day(ctx, &sum, v);
    v->role = column == 7 ? v->role : TUI_HEADING;
}

/* What the rows above do not show of line 1's day P&L. */
static void mover_others(void *ctx, const void *const *shown, size_t shown_n, size_t hidden, int column,
                         struct tui_value *v)
{
    struct overview *x = ctx;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    struct qf_position rest;
    if (column == 0)
        cells_others(v->text, sizeof v->text, hidden);
    if (!d)
        return;
    memset(&rest, 0, sizeof rest);
    rest.base_day_pnl = d->day_pnl;
    rest.base_value = d->net;
    for (size_t i = 0; i < shown_n; i++) {
        rest.base_day_pnl -= ((const struct qf_position *)shown[i])->base_day_pnl;
        rest.base_value -= ((const struct qf_position *)shown[i])->base_value;
    }
    QF_SET(&rest, position, base_day_pnl);
    QF_SET(&rest, position, base_value);
    if (column == 4)
        cell_position_whole(ctx, &rest, v);
    else if (column == 7)
        cell_position_day(ctx, &rest, v);
}

static const struct tui_column mover_columns[] = {
    {"Symbol", 6, 0, TUI_LEFT, 1, 0, 0, "by symbol", cell_position_symbol, by_position_symbol},
    {"Quantity", 8, 1, TUI_RIGHT, 0, 47, 0, NULL, cell_position_quantity, NULL},
    {"Last", 8, 1, TUI_RIGHT, 0, 36, 0, NULL, cell_position_last, NULL},
    {"Chg %", 7, 1, TUI_RIGHT, 0, 36, 0, NULL, cell_position_change, NULL},
    {"Value", 11, 1, TUI_RIGHT, 0, 59, 0, "by value", cell_position_whole, by_position_value},
    {"% NAV", 6, 1, TUI_RIGHT, 0, 66, 0, NULL, cell_position_nav, NULL},
    {"1 hour", 8, 1, TUI_LEFT, 0, 75, 0, NULL, cell_position_spark, NULL},
    {"Day P&L", 13, 1, TUI_RIGHT, 0, 0, 0, "by day P&L", cell_position_day, by_position_day},
};
static const struct tui_table_def movers_def = {.title = "Movers",
                                                .empty = "no positions; 2 shows the market, b opens a ticket",
                                                .rec = &qf_rec_position,
                                                .columns = mover_columns,
                                                .columns_n = (int)QF_LEN(mover_columns),
                                                .sort = 7,
                                                .stale = stale_position,
                                                .total = mover_total,
                                                .others = mover_others};

static void draw_movers(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    struct tui_table *t = x->board.panes[PANE_MOVERS].table;
    struct tui_panel_look mine = *look;
    mine.look.no_titles = r.h < 10; /* five movers and the rest are worth more than their titles */
    tui_table_draw(t, v->canvas, r, &mine.look);
    char cash[TUI_FMT];
    if (x->movers_n || !d || look->look.loading || r.h < 2)
        return;
    tui_fmt_money(cash, d->cash, 2, 0);
    tui_fill(v->canvas, (struct tui_rect){r.x, r.y + 1, r.w, 1}, TUI_TEXT, ' ', ' ');
    tui_textf(v->canvas, r.x + 1, r.y + 1, TUI_DIM, "no positions, cash %s", cash);
}

/* --- working orders */

static const struct tui_column order_columns[] = {
    {"Id", 6, 0, TUI_RIGHT, 0, 0, 0, "newest first", cell_order_id, by_order_newest},
    {"Side", 4, 1, TUI_LEFT, 0, 0, 0, "by side", cell_order_side, by_order_side},
    {"Symbol", 5, 1, TUI_LEFT, 1, 0, 0, "by symbol", cell_order_symbol, by_order_symbol},
    {"Quantity", 7, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_order_quantity, NULL},
    {"", 1, 1, TUI_LEFT, 0, 36, 0, NULL, cell_order_at, NULL},
    {"Price", 7, 1, TUI_RIGHT, 0, 36, 41, NULL, cell_order_price, NULL},
    {"Price", 9, 1, TUI_RIGHT, 0, 42, 0, NULL, cell_order_price, NULL},
    {"", 4, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_order_percent, NULL},
    {"Age", 4, 1, TUI_RIGHT, 0, 45, 0, NULL, cell_order_age, NULL},
};
static const struct tui_table_def orders_def = {.title = "Working orders",
                                                .empty = "no working orders; b opens a ticket",
                                                .rec = &qf_rec_order,
                                                .columns = order_columns,
                                                .columns_n = (int)QF_LEN(order_columns),
                                                .sort = 0,
                                                .bare = true};

static const struct overview_strategy *most_severe(const struct overview_strategy *s, int n, int *ret_active)
{
    const struct overview_strategy *worst = NULL;
    *ret_active = 0;
    for (int i = 0; i < n; i++) {
        *ret_active += s[i].state == QF_STATE_ACTIVE;
        if (!worst || s[i].state > worst->state)
            worst = &s[i];
    }
    return worst;
}

static void draw_state_line(struct overview *x, const struct tui_view *v, struct tui_rect r)
{
    struct overview_strategy s[MAX_STATES];
    int active, n = overview_strategies(x, s);
    const struct overview_strategy *worst = most_severe(s, n, &active);
    if (!tui_cache_loaded(cache_of(x), QF_TOPIC_states))
        return;
    int at = r.x + tui_text(v->canvas, r.x, r.y, TUI_DIM, "state ");
    if (!worst) {
        tui_text_fit(v->canvas, at, r.y, r.w - 6, TUI_TEXT, "no strategies");
        return;
    }
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    if (d && d->state != QF_STATE_ACTIVE) { /* theirs come back when the firm's is lifted */
        enum tui_role firm = d->state == QF_STATE_HALTED ? TUI_BAD : TUI_WARN;
        at += tui_textf(v->canvas, at, r.y, firm, "firm %s", qf_enum_text(&qf_enum_desk_state, d->state));
        tui_text_fit(v->canvas, at, r.y, r.x + r.w - at, TUI_TEXT, " rules all strategies");
        return;
    }
    at += tui_textf(v->canvas, at, r.y, TUI_TEXT, "%d of %d strategies active", active, n);
    if (active == n)
        return;
    uint32_t cp;
    char ascii;
    enum tui_role role;
    cells_state(worst->state, &cp, &ascii, &role);
    at += tui_text(v->canvas, at, r.y, TUI_TEXT, ", ");
    at += tui_text_fit(v->canvas, at, r.y, r.x + r.w - at - 2, role, worst->name);
    tui_glyph(v->canvas, at + 1, r.y, role, cp, ascii);
}

static void draw_orders(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    bool states = x->board.panes[PANE_STATES].r.h == 0;
    int foot = 1 + states;
    tui_table_draw(x->board.panes[PANE_ORDERS].table, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - foot},
                   &look->look);
    struct tui_rect line = {r.x, r.y + r.h - foot, r.w, 1};
    if (d) {
        char text[TUI_FMT];
        tui_fmt_money(text, d->reserved, 2, 0);
        tui_text(v->canvas, line.x, line.y, TUI_DIM, "buys reserve");
        tui_text_right(v->canvas, line.x + 13, line.y, 20, TUI_TEXT, text);
    }
    line.y++;
    if (states)
        draw_state_line(x, v, line);
}

/* --- alerts */

static const struct tui_column alert_columns[] = {
    {"", 1, 0, TUI_LEFT, 0, 0, 0, NULL, cell_event_glyph, NULL},
    {"Time", 8, 1, TUI_LEFT, 0, 0, 99, "newest first", cell_event_time, by_event_newest},
    {"Time", 12, 1, TUI_LEFT, 0, 100, 0, "newest first", cell_event_when, by_event_newest},
    {"What", 20, 1, TUI_LEFT, 2, 0, 0, NULL, cell_event_message, NULL},
    {"Source", 9, 1, TUI_LEFT, 0, 0, 0, NULL, cell_event_source, NULL},
    {"", 6, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_event_read, NULL},
};
static const struct tui_table_def alerts_def = {.title = "Alerts",
                                                .empty = "nothing has happened yet",
                                                .rec = &qf_rec_event,
                                                .columns = alert_columns,
                                                .columns_n = (int)QF_LEN(alert_columns),
                                                .sort = 1,
                                                .bare = true};

static void draw_alerts(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    struct tui_panel_look mine = *look;
    char title[64];
    qf_str_fmt(title, sizeof title, "Alerts %d unread, newest first", tui_app_unread(v->app));
    mine.look.title = title;
    tui_table_draw(x->board.panes[PANE_ALERTS].table, v->canvas, r, &mine.look);
}

void overview_panes(struct overview *x)
{
    const struct board_pane panes[] = {
        [PANE_EQUITY] = {.name = "equity", .topic = QF_TOPIC_equity, .draw = overview_draw_equity},
        [PANE_DESK] = {.name = "the desk", .topic = QF_TOPIC_desk, .draw = overview_draw_desk, .passive = true},
        [PANE_MOVERS] = {.name = "positions",
                         .topic = QF_TOPIC_positions,
                         .table = tui_table_new(&movers_def, x),
                         .draw = draw_movers},
        [PANE_ORDERS] = {.name = "orders",
                         .topic = QF_TOPIC_orders,
                         .table = tui_table_new(&orders_def, x),
                         .draw = draw_orders},
        [PANE_STATES] = {.name = "states", .topic = QF_TOPIC_states, .draw = overview_draw_states, .passive = true},
        [PANE_SECTORS] = {.name = "positions",
                          .topic = QF_TOPIC_positions,
                          .draw = overview_draw_sectors,
                          .passive = true},
        [PANE_BOOKS] = {.name = "positions", .topic = QF_TOPIC_positions, .draw = overview_draw_books, .passive = true},
        [PANE_LIMITS] = {.name = "limits", .topic = QF_TOPIC_limits, .table = tui_table_new(&overview_limits, x)},
        [PANE_FILLS] = {.name = "fills", .topic = QF_TOPIC_executions, .table = tui_table_new(&overview_fills, x)},
        [PANE_ALERTS] = {.name = "events",
                         .topic = QF_TOPIC_events,
                         .table = tui_table_new(&alerts_def, x),
                         .draw = draw_alerts},
    };
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
}
