/* 2 Live: quotes, the ticket, working orders, positions. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/overlays.h"
#include "tui/screens/board.h"
#include "tui/screens/cells.h"
#include "tui/screens/lists.h"
#include "tui/screens/live_in.h"
#include "tui/screens/screens.h"

enum { PANE_QUOTES, PANE_TICKET, PANE_ORDERS, PANE_FILLS, PANE_POSITIONS };

/* Of the positions. */
enum {
    COL_AVERAGE = 2,
    COL_VALUE = 4,
    COL_NAV = 6,
    COL_REALIZED,
    COL_UNREALIZED,
    COL_FIFO,
    COL_FEES,
    COL_DAY,
    COL_BOOK,
    POSITION_COLUMNS
};

struct live {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
    int64_t sparks_call;
    struct tui_table_def positions; /* its own: which columns fit depends on how many accounts there are */
    struct tui_column position_columns[POSITION_COLUMNS];
};

/* --- columns */

static const struct tui_column quote_columns[] = {
    {"Symbol", 7, 0, TUI_LEFT, 1, 0, 0, "by symbol", cell_quote_symbol, by_quote_symbol},
    {"Bid size", 8, 1, TUI_RIGHT, 0, 110, 0, NULL, cell_quote_bid_size, NULL},
    {"Bid", 8, 1, TUI_RIGHT, 0, 0, 79, NULL, cell_quote_bid, NULL},
    {"Ask", 8, 1, TUI_RIGHT, 0, 0, 79, NULL, cell_quote_ask, NULL},
    {"Last", 8, 1, TUI_RIGHT, 0, 0, 79, NULL, cell_quote_last, NULL},
    {"Bid", 9, 1, TUI_RIGHT, 0, 80, 0, NULL, cell_quote_bid, NULL},
    {"Ask", 9, 1, TUI_RIGHT, 0, 80, 0, NULL, cell_quote_ask, NULL},
    {"Ask size", 8, 1, TUI_RIGHT, 0, 110, 0, NULL, cell_quote_ask_size, NULL},
    {"Spread", 7, 1, TUI_RIGHT, 0, 110, 0, NULL, cell_quote_spread, NULL},
    {"Last", 9, 1, TUI_RIGHT, 0, 80, 0, NULL, cell_quote_last, NULL},
    {"Chg %", 8, 1, TUI_RIGHT, 0, 0, 0, "by change", cell_quote_change, by_quote_change},
    {"1 hour", 8, 1, TUI_LEFT, 0, 0, 73, NULL, cell_quote_spark, NULL},
    {"1 hour", 12, 1, TUI_LEFT, 0, 74, 99, NULL, cell_quote_spark, NULL},
    {"1 hour", 24, 1, TUI_LEFT, 0, 100, 0, NULL, cell_quote_spark, NULL},
    {"Volume", 6, 1, TUI_RIGHT, 0, 66, 0, "by volume", cell_quote_volume, by_quote_volume},
    {"Age", 5, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_quote_age, NULL},
    {"", 5, 1, TUI_LEFT, 0, 0, 0, NULL, cell_quote_status, NULL},
    {"Feed", 10, 1, TUI_LEFT, 0, 120, 0, NULL, cell_quote_feed, NULL},
};
static const struct tui_table_def quotes_def = {.title = "Quotes",
                                                .empty = "no instruments; an admin adds them with qf instrument set",
                                                .rec = &qf_rec_quote,
                                                .columns = quote_columns,
                                                .columns_n = (int)QF_LEN(quote_columns),
                                                .sort = 0,
                                                .stale = stale_quote};

static const struct tui_column order_columns[] = {
    {"Id", 6, 0, TUI_RIGHT, 0, 0, 0, "newest first", cell_order_id, by_order_newest},
    {"Side", 4, 1, TUI_LEFT, 0, 0, 0, "by side", cell_order_side, by_order_side},
    {"Symbol", 6, 1, TUI_LEFT, 1, 0, 0, "by symbol", cell_order_symbol, by_order_symbol},
    {"Quantity", 8, 1, TUI_RIGHT, 0, 0, 119, NULL, cell_order_quantity, NULL},
    {"Filled", 8, 1, TUI_RIGHT, 0, 0, 119, NULL, cell_order_filled, NULL},
    {"Quantity", 10, 1, TUI_RIGHT, 0, 120, 0, NULL, cell_order_quantity, NULL},
    {"Filled", 9, 1, TUI_RIGHT, 0, 120, 0, NULL, cell_order_filled, NULL},
    {"Left", 9, 1, TUI_RIGHT, 0, 120, 0, NULL, cell_order_left, NULL},
    {"Price", 9, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_order_price, NULL},
    {"Away", 6, 1, TUI_RIGHT, 0, 76, 0, NULL, cell_order_away, NULL},
    {"TIF", 3, 2, TUI_LEFT, 0, 76, 0, NULL, cell_order_tif, NULL},
    {"State", 10, 2, TUI_LEFT, 0, 120, 0, NULL, cell_order_state, NULL},
    {"Book", 8, 1, TUI_LEFT, 0, 66, 0, NULL, cell_order_account, NULL},
    {"By", 6, 1, TUI_LEFT, 0, 76, 0, NULL, cell_order_by, NULL},
    {"Ref", 11, 1, TUI_LEFT, 0, 120, 159, NULL, cell_order_ref, NULL},
    {"Ref", 24, 1, TUI_LEFT, 0, 160, 0, NULL, cell_order_ref, NULL},
    {"Age", 4, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_order_age, NULL},
};
static const struct tui_table_def orders_def = {.title = "Working orders",
                                                .empty = "no working orders; b opens a ticket",
                                                .rec = &qf_rec_order,
                                                .columns = order_columns,
                                                .columns_n = (int)QF_LEN(order_columns),
                                                .sort = 0};

/* Sums of the rows that are shown, in the base currency; unrealised and realised only while all have one currency. */
static void position_total(void *ctx, int column, struct tui_value *v);

static const struct tui_column position_columns[] = {
    {"Symbol", 7, 0, TUI_LEFT, 1, 0, 0, "by symbol", cell_position_symbol, by_position_symbol},
    {"Quantity", 9, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_position_quantity, NULL},
    [COL_AVERAGE] = {"Average", 10, 1, TUI_RIGHT, 0, 70, 0, NULL, cell_position_average, NULL},
    {"Last", 8, 1, TUI_RIGHT, 0, 0, 0, NULL, cell_position_last, NULL},
    [COL_VALUE] = {"Value", 13, 1, TUI_RIGHT, 0, 0, 0, "by value", cell_position_value, by_position_value},
    {"1 hour", 12, 2, TUI_LEFT, 0, 160, 0, NULL, cell_position_spark, NULL},
    [COL_NAV] = {"% NAV", 7, 1, TUI_RIGHT, 0, 120, 0, NULL, cell_position_nav, NULL},
    [COL_REALIZED] = {"Realised", 13, 1, TUI_RIGHT, 0, 120, 0, NULL, cell_position_realized, NULL},
    [COL_UNREALIZED] = {"Unrealised", 13, 1, TUI_RIGHT, 0, 78, 0, NULL, cell_position_unrealized, NULL},
    [COL_FIFO] = {"FIFO unreal.", 13, 1, TUI_RIGHT, 0, 160, 0, NULL, cell_position_fifo, NULL},
    [COL_FEES] = {"Fees", 10, 1, TUI_RIGHT, 0, 160, 0, NULL, cell_position_fees, NULL},
    [COL_DAY] = {"Day P&L", 14, 1, TUI_RIGHT, 0, 0, 0, "by day P&L", cell_position_day, by_position_day},
    [COL_BOOK] = {"Book", 9, 1, TUI_LEFT, 0, 120, 0, NULL, cell_position_account, NULL},
};
static const struct tui_table_def positions_def = {.title = "Positions",
                                                   .empty = "no positions; b buys the selected quote",
                                                   .rec = &qf_rec_position,
                                                   .columns = position_columns,
                                                   .columns_n = (int)QF_LEN(position_columns),
                                                   .sort = COL_DAY,
                                                   .stale = stale_position,
                                                   .total = position_total};

struct sums {
    struct qf_position p;
    bool one_currency;
};

static void add_up(const struct live *x, struct sums *s)
{
    const void *const *rows;
    size_t n = tui_table_view(x->board.panes[PANE_POSITIONS].table, &rows);
    memset(s, 0, sizeof *s);
    s->one_currency = true;
    for (size_t i = 0; i < n; i++) {
        const struct qf_position *p = rows[i];
        s->one_currency = s->one_currency && qf_str_eq(p->currency, ((const struct qf_position *)rows[0])->currency);
        s->p.base_value += p->base_value;
        s->p.base_day_pnl += p->base_day_pnl;
        s->p.realized += p->realized;
        s->p.unrealized += p->unrealized;
        s->p.fees += p->fees;
        s->p.value += p->value;
        s->p.fifo_cost += p->fifo_cost;
    }
    s->p.has = ~0ULL;
}

static void position_total(void *ctx, int column, struct tui_value *v)
{
    const struct live *x = ctx;
    struct sums s;
    add_up(x, &s);
    if (column == 0) {
        const void *const *rows;
        qf_str_fmt(v->text, sizeof v->text, "Total %zu", tui_table_view(x->board.panes[PANE_POSITIONS].table, &rows));
        return;
    }
    bool own_currency = column >= COL_REALIZED && column <= COL_FEES;
    if (own_currency && !s.one_currency)
        qf_str_copy(v->text, sizeof v->text, "mixed");
    else if (column == COL_VALUE || column == COL_NAV || column == COL_DAY || own_currency)
        position_columns[column].value(ctx, &s.p, v);
}

/* --- lifecycle */

static void on_sparks(void *arg, const struct tui_answer *answer)
{
    struct live *x = arg;
    x->sparks_call = 0;
    if (answer->kind == TUI_ANSWER_OK)
        tui_history_sparks(tui_app_history(x->cells.app), answer->rep);
    tui_app_touch(x->cells.app);
}

static void live_show(void *state)
{
    struct live *x = state;
    tui_app_forget(x->cells.app, x->sparks_call);
    x->sparks_call = tui_app_call(x->cells.app, QF_CMD_quote_sparks, NULL, on_sparks, x);
}

static const char *quoted_symbol(const struct live *x)
{
    const struct qf_quote *q = tui_table_selected(x->board.panes[PANE_QUOTES].table);
    return q ? q->symbol : "";
}

static void draw_ticket(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct live *x = screen;
    char title[48];
    qf_str_fmt(title, sizeof title, "Instrument %s", quoted_symbol(x));
    struct tui_rect inside = tui_app_panel(v, r, title, look);
    inside.x++;
    inside.w--;
    ticket_idle(v, inside, quoted_symbol(x));
}

static void *live_open(struct tui_app *app)
{
    struct live *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
    memcpy(x->position_columns, position_columns, sizeof x->position_columns);
    x->positions = positions_def;
    x->positions.columns = x->position_columns;
    const struct board_pane panes[] = {
        [PANE_QUOTES] = {.name = "quotes", .topic = QF_TOPIC_quotes, .table = tui_table_new(&quotes_def, x)},
        [PANE_TICKET] = {.name = "ticket", .topic = -1, .draw = draw_ticket, .passive = true},
        [PANE_ORDERS] = {.name = "orders", .topic = QF_TOPIC_orders, .table = tui_table_new(&orders_def, x)},
        [PANE_FILLS] = {.name = "fills", .topic = QF_TOPIC_executions, .table = tui_table_new(&overview_fills, x)},
        [PANE_POSITIONS] = {.name = "positions",
                            .topic = QF_TOPIC_positions,
                            .table = tui_table_new(&x->positions, x)},
    };
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
    return x;
}

static void live_close(void *state)
{
    struct live *x = state;
    tui_app_forget(x->cells.app, x->sparks_call);
    board_free(&x->board);
    free(x);
}

static bool is_held(const void *row)
{
    const struct qf_position *p = row;
    return p->quantity != 0 || (QF_HAS(p, position, base_day_pnl) && p->base_day_pnl != 0);
}

/* Two rows of one symbol must not look like one position: with several accounts a narrow list shows whose instead of the average. */
static void show_books(struct live *x)
{
    const void *const *rows;
    size_t n = tui_table_view(x->board.panes[PANE_POSITIONS].table, &rows);
    bool several = false;
    for (size_t i = 1; i < n && !several; i++)
        several = !qf_str_eq(((const struct qf_position *)rows[0])->account, ((const struct qf_position *)rows[i])->account);
    x->position_columns[COL_BOOK].from_w = several ? 70 : position_columns[COL_BOOK].from_w;
    x->position_columns[COL_AVERAGE].from_w = several ? 92 : position_columns[COL_AVERAGE].from_w;
}

static void update(struct live *x)
{
    qf_time now = tui_app_now(x->cells.app);
    cells_update(&x->cells);
    board_fill(&x->board, PANE_QUOTES, QF_TOPIC_quotes, now);
    board_fill(&x->board, PANE_ORDERS, QF_TOPIC_orders, now);
    board_fill(&x->board, PANE_FILLS, QF_TOPIC_executions, now);
    board_fill_some(&x->board, PANE_POSITIONS, QF_TOPIC_positions, is_held, now);
    show_books(x);
}

/* --- layout */

#define DOCK_W 46
#define FILLS_W 53

/* Half the body and a little less for quotes and ticket, whatever the data: nothing moves because a row came. */
static int upper_height(int body_h)
{
    int h = body_h * 16 / 36;
    return h < 12 ? (body_h > 24 ? 12 : body_h / 2) : h;
}

bool live_dock(int w, int h, struct tui_rect *ret)
{
    int up = upper_height(h - 4);
    if (w < 120 || up < 14)
        return false;
    *ret = (struct tui_rect){w - DOCK_W, 2, DOCK_W, up};
    return true;
}

static void layout_wide(struct live *x, const struct tui_view *v, struct tui_rect b)
{
    struct board_pane *p = x->board.panes;
    int up = upper_height(b.h), rest = b.h - up, h[2], need[2], least[2] = {4, 6};
    need[0] = tui_table_height(p[PANE_ORDERS].table);
    need[1] = tui_table_height(p[PANE_POSITIONS].table);
    if (b.w >= 200 && need[0] < rest / 3) /* room for the fills beside them */
        need[0] = rest / 3;
    if (least[0] < need[0]) /* a few orders are always in sight */
        least[0] = need[0] < rest * 2 / 5 ? need[0] : rest * 2 / 5;
    board_share(rest, 2, least, need, x->board.focus == PANE_ORDERS ? 0 : 1, h);
    p[PANE_QUOTES].r = (struct tui_rect){b.x, b.y, b.w - DOCK_W - 1, up};
    p[PANE_TICKET].r = (struct tui_rect){b.x + b.w - DOCK_W, b.y, DOCK_W, up};
    int fills = b.w >= 200 ? FILLS_W : 0;
    p[PANE_ORDERS].r = (struct tui_rect){b.x, b.y + up, fills ? b.w - fills - 1 : b.w, h[0]};
    p[PANE_FILLS].r = (struct tui_rect){b.x + b.w - fills, b.y + up, fills, fills ? h[0] : 0};
    p[PANE_POSITIONS].r = (struct tui_rect){b.x, b.y + up + h[0], b.w, h[1]};
    if (fills && !x->board.zoom)
        board_rule(v, b.x + b.w - fills - 1, p[PANE_ORDERS].r);
    if (!x->board.zoom)
        board_rule(v, b.x + b.w - DOCK_W - 1, p[PANE_QUOTES].r);
}

/* One above the other; the focused list takes the rows its neighbours do not need. */
static void layout_narrow(struct live *x, struct tui_rect b)
{
    struct board_pane *p = x->board.panes;
    static const int panes[] = {PANE_QUOTES, PANE_ORDERS, PANE_POSITIONS};
    int least[3] = {b.h - 10, 5, 5}, need[3], h[3], y = b.y, focus = 0;
    for (int i = 0; i < 3; i++) {
        need[i] = tui_table_height(p[panes[i]].table);
        focus = panes[i] == x->board.focus ? i : focus;
    }
    if (focus != 0)
        least[0] = b.h * 7 / 20;
    board_share(b.h, 3, least, need, focus, h);
    for (int i = 0; i < 3; i++) {
        p[panes[i]].r = (struct tui_rect){b.x, y, b.w, h[i]};
        y += h[i];
    }
}

static void live_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct live *x = state;
    struct tui_rect dock;
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->cells.app));
    update(x);
    board_clear(&x->board);
    if (live_dock(body.w, body.h + 4, &dock))
        layout_wide(x, v, body);
    else
        layout_narrow(x, body);
    if (d) {
        x->board.panes[PANE_QUOTES].note = qf_enum_text(&qf_enum_money_mode, d->mode);
        x->board.panes[PANE_QUOTES].note_role = TUI_DIM;
    }
    board_draw(&x->board, v, body);
}

/* --- keys */

static const char *symbol_of(const struct live *x)
{
    const void *row = tui_table_selected(board_list(&x->board));
    if (row && x->board.focus == PANE_ORDERS)
        return ((const struct qf_order *)row)->symbol;
    if (row && x->board.focus == PANE_POSITIONS)
        return ((const struct qf_position *)row)->symbol;
    return quoted_symbol(x);
}

static void open_ticket(struct live *x, int32_t side)
{
    tui_app_open(x->cells.app, ticket_new(x->cells.app, side, symbol_of(x)));
}

/* A pre-check asks about the side that would close what is held. */
static void open_check(struct live *x)
{
    const struct qf_position *p = x->board.focus == PANE_POSITIONS ? tui_table_selected(board_list(&x->board)) : NULL;
    int32_t side = p && p->quantity > 0 ? QF_SIDE_SELL : QF_SIDE_BUY;
    tui_app_open(x->cells.app, ticket_check_new(x->cells.app, side, symbol_of(x)));
}

#define MAX_MARKED 64

static bool cancel(struct live *x)
{
    const void *marked[MAX_MARKED];
    struct tui_table *t = x->board.panes[PANE_ORDERS].table;
    size_t n = tui_table_marked(t, marked, MAX_MARKED);
    if (n == 0 && tui_table_selected(t)) {
        marked[0] = tui_table_selected(t);
        n = 1;
    }
    if (n == 0) {
        tui_app_say(x->cells.app, TUI_TEXT, "no working order to cancel");
        return true;
    }
    cancel_open(x->cells.app, (const struct qf_order *const *)marked, n);
    return true;
}

static bool close_position(struct live *x)
{
    const struct qf_position *p = tui_table_selected(x->board.panes[PANE_POSITIONS].table);
    if (!p || p->quantity == 0)
        tui_app_say(x->cells.app, TUI_TEXT, "no position to close");
    else
        close_open(x->cells.app, p);
    return true;
}

static bool ask_why(struct live *x)
{
    const struct qf_order *o = tui_table_selected(x->board.panes[PANE_ORDERS].table);
    if (o)
        why_open(x->cells.app, o->id);
    else
        tui_app_say(x->cells.app, TUI_TEXT, "no working order to ask about");
    return true;
}

static void say_position(struct live *x, const struct qf_position *p)
{
    struct tui_lines l = {0};
    char a[TUI_FMT], b[TUI_FMT];
    tui_fmt_qty(a, p->quantity, tui_decimals_of(p->quantity), true, 0);
    tui_lines_add(&l, TUI_HEADING, "%s %s in %s, %s", a, p->symbol, p->account, p->currency);
    qf_dec_format(p->cost, 16, a);
    qf_dec_format(p->fifo_cost, 16, b);
    tui_lines_add(&l, TUI_TEXT, "cost         %s", a);
    tui_lines_add(&l, TUI_TEXT, "cost, FIFO   %s", b);
    tui_fmt_pnl(a, p->realized, 2, 0);
    tui_fmt_pnl(b, p->fifo_realized, 2, 0);
    tui_lines_add(&l, TUI_TEXT, "realised     %s   FIFO %s, before fees", a, b);
    tui_fmt_money(a, p->fees, 2, 0);
    tui_lines_add(&l, TUI_TEXT, "fees         %s", a);
    tui_fmt_qty(a, p->day_quantity, tui_decimals_of(p->day_quantity), true, 0);
    tui_fmt_pnl(b, p->day_flow, 2, 0);
    tui_lines_add(&l, TUI_TEXT, "day began    %s, cash of the day %s", a, b);
    tui_app_open(x->cells.app, tui_text_new("Position", &l));
}

static bool open_row(struct live *x)
{
    const void *row = tui_table_selected(board_list(&x->board));
    if (!row)
        return false;
    if (x->board.focus == PANE_ORDERS)
        order_detail_open(x->cells.app, ((const struct qf_order *)row)->id);
    else if (x->board.focus == PANE_FILLS && QF_HAS((const struct qf_execution *)row, execution, order_id))
        order_detail_open(x->cells.app, ((const struct qf_execution *)row)->order_id);
    else if (x->board.focus == PANE_POSITIONS)
        say_position(x, row);
    else if (x->board.focus == PANE_QUOTES)
        instrument_open(x->cells.app, ((const struct qf_quote *)row)->symbol);
    else
        return false;
    return true;
}

enum { DO_BUY, DO_SELL, DO_CANCEL, DO_CLOSE, DO_CHECK, DO_OPEN };

static void take_choice(void *arg, int number)
{
    static const enum tui_action actions[] = {
        [DO_BUY] = TUI_DO_BUY,     [DO_SELL] = TUI_DO_SELL,   [DO_CANCEL] = TUI_DO_CANCEL,
        [DO_CLOSE] = TUI_DO_CLOSE, [DO_CHECK] = TUI_DO_CHECK, [DO_OPEN] = TUI_DO_OPEN};
    tui_app_do(((struct live *)arg)->cells.app, actions[number]);
}

static void open_menu(struct live *x)
{
    bool order = x->board.focus == PANE_ORDERS, position = x->board.focus == PANE_POSITIONS;
    const struct tui_choice choices[] = {
        {'b', "buy", "", DO_BUY},
        {'s', "sell", "", DO_SELL},
        {'p', "pre-check, sends nothing", "", DO_CHECK},
        {'d', "cancel the order", order ? "" : "on an order", DO_CANCEL},
        {'f', "close the position", position ? "" : "on a position", DO_CLOSE},
        {'o', "open the row", order || position ? "" : "on an order or position", DO_OPEN},
    };
    char title[48];
    qf_str_fmt(title, sizeof title, "Actions: %s", symbol_of(x));
    tui_app_open(x->cells.app, tui_menu_new(title, choices, (int)QF_LEN(choices), take_choice, x));
}

static bool live_act(void *state, enum tui_action action)
{
    struct live *x = state;
    update(x);
    switch (action) {
    case TUI_DO_BUY:
        return open_ticket(x, QF_SIDE_BUY), true;
    case TUI_DO_SELL:
        return open_ticket(x, QF_SIDE_SELL), true;
    case TUI_DO_CHECK:
        return open_check(x), true;
    case TUI_DO_CANCEL:
        return cancel(x);
    case TUI_DO_WHY:
        return ask_why(x);
    case TUI_DO_CLOSE:
        return close_position(x);
    case TUI_DO_OPEN:
        return open_row(x);
    case TUI_DO_ACTIONS:
        return open_menu(x), true;
    default:
        return board_act(&x->board, action);
    }
}

const char *trading_why_not(struct tui_app *app, enum tui_action action)
{
    static char text[160];
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(app));
    char since[TUI_FMT] = "";
    bool opens = action == TUI_DO_BUY || action == TUI_DO_SELL;
    if (!opens || !d || (d->state != QF_STATE_HALTED && d->state != QF_STATE_CANCEL_ONLY))
        return "";
    if (QF_HAS(d, desk_status, state_since))
        tui_fmt_short(since, d->state_since, tui_app_desk_now(app));
    qf_str_fmt(text, sizeof text, "%s since %s by %s: %s", qf_enum_text(&qf_enum_desk_state, d->state), since,
               QF_HAS(d, desk_status, state_by) ? d->state_by : "the desk",
               QF_HAS(d, desk_status, state_reason) ? d->state_reason : "");
    return text;
}

static const char *live_why_not(void *state, enum tui_action action)
{
    const struct live *x = state;
    if (action == TUI_DO_MARK && x->board.focus != PANE_ORDERS)
        return "only orders are marked";
    return trading_why_not(x->cells.app, action);
}

static void live_go(void *state, const char *word, const char *arg)
{
    struct live *x = state;
    char why[120];
    update(x);
    if (qf_str_eq(word, "WHY") && arg[0]) {
        why_open(x->cells.app, strtoll(arg, NULL, 10));
        return;
    }
    int pane = qf_str_eq(word, "ORD") || qf_str_eq(word, "WHY") ? PANE_ORDERS : qf_str_eq(word, "POS") ? PANE_POSITIONS : PANE_QUOTES;
    board_focus(&x->board, pane);
    if (pane == PANE_QUOTES && arg[0]) {
        struct qf_quote key;
        memset(&key, 0, sizeof key);
        qf_str_copy(key.symbol, sizeof key.symbol, arg);
        for (char *p = key.symbol; *p; p++)
            *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
        tui_table_select(x->board.panes[pane].table, &key);
    } else if (!tui_table_filter(x->board.panes[pane].table, arg, why, sizeof why)) {
        tui_app_say(x->cells.app, TUI_WARN, "%s", why);
    }
}

static struct tui_table *live_list(void *state)
{
    return board_list(&((struct live *)state)->board);
}

static const int topics[] = {QF_TOPIC_quotes, QF_TOPIC_positions};

const struct tui_screen screen_live = {
    .digit = 2,
    .perm = QF_P_VIEW,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = live_open,
    .close = live_close,
    .show = live_show,
    .draw = live_draw,
    .act = live_act,
    .why_not = live_why_not,
    .go = live_go,
    .list = live_list,
};
