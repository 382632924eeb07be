/* What wider terminals show besides: sectors, books, limits, fills. */
#include <string.h>

#include "common/str.h"
#include "tui/screens/groups.h"
#include "tui/screens/overview_in.h"

/* --- sectors and books */

void overview_draw_sectors(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    (void)screen;
    groups_draw(v, r, look, GROUPS_SECTOR);
}

void overview_draw_books(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    (void)screen;
    groups_draw(v, r, look, GROUPS_BOOK);
}

/* --- limits and fills, on wide screens */

static int by_used(void *ctx, const void *a, const void *b)
{
    int64_t x = ((const struct qf_limit *)a)->used_bp, y = ((const struct qf_limit *)b)->used_bp;
    (void)ctx;
    return (x < y) - (x > y);
}

static void limit_scope(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    cells_limit_scope(row, v->text, sizeof v->text);
}

static void limit_control(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = qf_enum_text(&qf_enum_control_code, ((const struct qf_limit *)row)->control);
}

static void limit_bar(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_limit *l = row;
    (void)ctx;
    if (!QF_HAS(l, limit, used_bp)) {
        qf_str_copy(v->text, sizeof v->text, "per order");
        v->role = TUI_DIM;
        return;
    }
    v->kind = TUI_V_BAR;
    v->role = cells_limit_role(l);
    v->permille = l->used_bp / 10;
}

static void limit_share(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_limit *l = row;
    (void)ctx;
    v->role = cells_limit_role(l);
    if (QF_HAS(l, limit, used_bp))
        tui_fmt_bp(v->text, l->used_bp, 0, false);
}

static const struct tui_column limit_columns[] = {
    {"Scope", 14, 0, TUI_LEFT, 1, 0, 0, NULL, limit_scope, NULL},
    {"Control", 14, 1, TUI_LEFT, 0, 0, 0, NULL, limit_control, NULL},
    {"", 10, 1, TUI_LEFT, 0, 0, 0, NULL, limit_bar, NULL},
    {"Used %", 6, 1, TUI_RIGHT, 0, 0, 0, "by % used", limit_share, by_used},
};
const struct tui_table_def overview_limits = {.title = "Limits",
                                              .empty = "no limits are set",
                                              .rec = &qf_rec_limit,
                                              .columns = limit_columns,
                                              .columns_n = (int)QF_LEN(limit_columns),
                                              .sort = 3};

#define FILL(row) ((const struct qf_execution *)(row))

static void fill_time(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_short(v->text, FILL(row)->at, tui_app_market_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

static void fill_side(void *ctx, const void *row, struct tui_value *v)
{
    bool buy = FILL(row)->side == QF_SIDE_BUY;
    (void)ctx;
    qf_str_copy(v->text, sizeof v->text, buy ? "BUY" : "SELL");
    v->role = buy ? TUI_BUY : TUI_SELL;
}

static void fill_symbol(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = FILL(row)->symbol;
}

static void fill_quantity(void *ctx, const void *row, struct tui_value *v)
{
    tui_fmt_qty(v->text, FILL(row)->quantity, ((struct cells *)ctx)->qty_decimals, false, v->width);
}

static void fill_price(void *ctx, const void *row, struct tui_value *v)
{
    int tick = tui_decimals(cells_tick(ctx, FILL(row)->symbol)), own = tui_decimals_of(FILL(row)->price);
    tui_fmt_price(v->text, FILL(row)->price, own > tick ? own : tick, v->width);
}

static void fill_by(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = FILL(row)->account;
    v->role = TUI_DIM;
}

static int by_fill(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (FILL(a)->id < FILL(b)->id) - (FILL(a)->id > FILL(b)->id);
}

static const struct tui_column fill_columns[] = {
    {"Time", 12, 0, TUI_LEFT, 0, 0, 0, "newest first", fill_time, by_fill},
    {"Side", 4, 1, TUI_LEFT, 0, 0, 0, NULL, fill_side, NULL},
    {"Symbol", 6, 1, TUI_LEFT, 1, 0, 0, NULL, fill_symbol, NULL},
    {"Quantity", 8, 1, TUI_RIGHT, 0, 0, 0, NULL, fill_quantity, NULL},
    {"Price", 9, 1, TUI_RIGHT, 0, 0, 0, NULL, fill_price, NULL},
    {"Book", 8, 1, TUI_LEFT, 0, 0, 0, NULL, fill_by, NULL},
};
const struct tui_table_def overview_fills = {.title = "Fills",
                                             .empty = "no fills since you signed in",
                                             .rec = &qf_rec_execution,
                                             .columns = fill_columns,
                                             .columns_n = (int)QF_LEN(fill_columns),
                                             .sort = 0};
