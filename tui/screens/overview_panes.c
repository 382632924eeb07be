/* The main panels of the overview: equity, the desk's totals, movers, working orders, alerts. */
#include <string.h>

#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/overview_in.h"

static const struct tui_cache *cache_of(const struct overview *x)
{
    return tui_app_cache(x->cells.app);
}

/* --- equity */

static void draw_equity(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    const struct tui_point *points;
    char title[64];
    struct tui_panel_look mine = *look;
    int n = tui_history_equity_points(tui_app_history(x->cells.app), &points);
    mine.look.loading = NULL;
    qf_str_fmt(title, sizeof title, "Equity, %s%s%s", overview_range(x), d ? ", " : "", d ? d->base : "");
    struct tui_rect inside = tui_app_panel(v, r, title, &mine);
    if (!x->equity_loaded && n == 0) {
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM, "waiting for equity");
        return;
    }
    struct tui_line_chart chart = {.points = points, .n = n, .role = TUI_CHART, .crosshair = x->crosshair};
    tui_chart_lines(v->canvas, inside, &chart);
}

/* --- the desk's totals */

struct writer {
    struct tui_canvas *c;
    struct tui_rect r;
    int y;
};

/* One line: label, amount, share. Nothing when there is no room for it. */
static void put_total(struct writer *w, const char *label, enum tui_role role, const char *amount, const char *share)
{
    if (w->y >= w->r.y + w->r.h)
        return;
    int used = tui_text(w->c, w->r.x, w->y, TUI_DIM, label);
    int edge = w->r.w < 30 && !share[0] ? 0 : 9; /* on the narrowest screens a number alone takes the share's room */
    tui_text_right(w->c, w->r.x + used + 1, w->y, w->r.w - edge - used - 1, role, amount);
    tui_text_right(w->c, w->r.x + w->r.w - 8, w->y, 8, role, share);
    w->y++;
}

static void put_money(struct writer *w, const char *label, qf_money m, qf_money whole, bool pnl)
{
    char amount[TUI_FMT], share[TUI_FMT] = "";
    if (pnl)
        tui_fmt_pnl(amount, m, 2, w->r.w < 30 ? 9 : w->r.w - 20);
    else
        tui_fmt_money(amount, m, 2, w->r.w < 30 ? 9 : w->r.w - 20);
    if (whole)
        tui_fmt_share(share, m, whole, 2, pnl);
    put_total(w, label, pnl ? tui_sign_role(m) : TUI_TEXT, amount, share);
}

static void put_drawdown(struct writer *w, const struct qf_desk_status *d)
{
    char amount[TUI_FMT], share[TUI_FMT];
    /* the share is known to 0.01 %, so the amount is given as a size and not to the cent */
    qf_money fall = d->drawdown_bp > -10000 ? qf_div_even(d->equity * d->drawdown_bp, 10000 + d->drawdown_bp) : -d->equity;
    tui_fmt_size(amount, (qf_qty)(qf_abs128(fall) > QF_PRICE_MAX ? QF_PRICE_MAX : fall));
    tui_fmt_bp(share, d->drawdown_bp, 2, true);
    put_total(w, "Drawdown", TUI_TEXT, amount, share);
}

/* Limits by share used, largest first. */
static void put_limit(struct writer *w, const struct qf_limit *l)
{
    char name[80], share[TUI_FMT];
    if (w->y >= w->r.y + w->r.h)
        return;
    enum tui_role role = cells_limit_role(l);
    char scope[48];
    cells_limit_scope(l, scope, sizeof scope);
    qf_str_fmt(name, sizeof name, "%s %s", scope, qf_enum_text(&qf_enum_control_code, l->control));
    int bar = w->r.w / 5;
    tui_text_fit(w->c, w->r.x, w->y, w->r.w - bar - 6, TUI_DIM, name);
    tui_bar(w->c, w->r.x + w->r.w - bar - 5, w->y, bar, role, l->used_bp / 10);
    tui_fmt_bp(share, l->used_bp, 0, false);
    tui_text_right(w->c, w->r.x + w->r.w - 5, w->y, 5, role, share);
    w->y++;
}

static void put_limits(const struct overview *x, struct writer *w)
{
    const void *const *rows;
    size_t n = tui_table_view(x->board.panes[PANE_LIMITS].table, &rows);
    for (size_t i = 0; i < n; i++)
        if (QF_HAS((const struct qf_limit *)rows[i], limit, used_bp))
            put_limit(w, rows[i]);
}

static void draw_desk(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    struct tui_rect inside = tui_app_panel(v, r, "Desk", look);
    struct writer w = {v->canvas, inside, inside.y};
    if (!d)
        return;
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    if (d->unpriced) {
        char text[64];
        qf_str_fmt(text, sizeof text, "INCOMPLETE: %lld unpriced", (long long)d->unpriced);
        put_total(&w, "", TUI_BAD, text, "");
    }
    put_money(&w, "Day", d->day_pnl, d->day_start, true);
    put_drawdown(&w, d);
    put_money(&w, "Gross", d->gross, d->equity, false);
    put_money(&w, "Net", d->net, d->equity, false);
    put_money(&w, "Cash", d->cash, d->equity, false);
    put_money(&w, "Unrealised", d->unrealized, 0, true);
    put_money(&w, "Realised", d->realized, 0, true);
    bool tall = inside.h >= 12;
    if (tall) {
        put_money(&w, "Fees", d->fees, 0, false);
        put_money(&w, "Long", d->long_value, d->equity, false);
        put_money(&w, "Short", d->short_value, d->equity, false);
    }
    if (x->board.panes[PANE_LIMITS].r.h == 0)
        put_limits(x, &w);
    else
        put_money(&w, "Buys reserve", d->reserved, 0, false);
    tui_canvas_flags(v->canvas, before);
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
        qf_str_fmt(v->text, sizeof v->text, "%zu others", hidden);
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
    {"Quantity", 8, 1, TUI_RIGHT, 0, 60, 0, NULL, cell_position_quantity, NULL},
    {"Last", 8, 1, TUI_RIGHT, 0, 36, 0, NULL, cell_position_last, NULL},
    {"Chg %", 7, 1, TUI_RIGHT, 0, 36, 0, NULL, cell_position_change, NULL},
    {"Value", 11, 1, TUI_RIGHT, 0, 60, 0, "by value", cell_position_whole, by_position_value},
    {"% NAV", 6, 1, TUI_RIGHT, 0, 60, 0, NULL, cell_position_nav, NULL},
    {"1 hour", 8, 1, TUI_LEFT, 0, 60, 0, NULL, cell_position_spark, NULL},
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

static void draw_state_line(struct overview *x, const struct tui_view *v, struct tui_rect r)
{
    const struct qf_trading_state *s[MAX_STATES];
    int active, n = overview_strategies(x, s, MAX_STATES, &active);
    if (!tui_cache_loaded(cache_of(x), QF_TOPIC_states))
        return;
    int at = r.x + tui_text(v->canvas, r.x, r.y, TUI_DIM, "state ");
    if (n == 0) {
        tui_text_fit(v->canvas, at, r.y, r.w - 6, TUI_TEXT, "no strategies");
        return;
    }
    at += tui_textf(v->canvas, at, r.y, TUI_TEXT, "%d of %d strategies active", active, n);
    if (active == n)
        return;
    uint32_t cp;
    char ascii;
    enum tui_role role;
    cells_state(s[0]->state, &cp, &ascii, &role);
    at += tui_text(v->canvas, at, r.y, TUI_TEXT, ", ");
    at += tui_text_fit(v->canvas, at, r.y, r.x + r.w - at - 2, role, s[0]->name);
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
    {"Time", 8, 1, TUI_LEFT, 0, 0, 0, "newest first", cell_event_time, by_event_newest},
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
        [PANE_EQUITY] = {.name = "equity", .topic = QF_TOPIC_equity, .draw = draw_equity},
        [PANE_DESK] = {.name = "the desk", .topic = QF_TOPIC_desk, .draw = draw_desk, .passive = true},
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
