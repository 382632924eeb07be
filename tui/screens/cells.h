/* Cells that several screens show: orders, positions, quotes. Every function is the `value` or `compare` of a table's
 * column; its ctx is a struct cells. */
#ifndef QF_TUI_CELLS_H
#define QF_TUI_CELLS_H

#include "tui/app.h"

struct cells {
    struct tui_app *app;
    int qty_decimals; /* of the quantities now shown: one column has one number of decimals */
    uint64_t seen;    /* changes of orders and positions they were found in; 0 = not yet */
};

/* Looks through orders and positions for the decimals their quantities need. */
void cells_update(struct cells *x);
/* The instrument's price step, from quote or position; 0 = not known. */
qf_price cells_tick(const struct cells *x, const char *symbol);
/* "+2.26%" since the last close; "" when there is none. Returns the sign's value. */
int64_t cells_change_bp(const struct qf_quote *q, bool *ret_known);

#define CELL(name) void cell_##name(void *ctx, const void *row, struct tui_value *v)
#define ORDER_BY(name) int by_##name(void *ctx, const void *a, const void *b)

/* --- orders */
CELL(order_id);
CELL(order_side);
CELL(order_symbol);
CELL(order_quantity);
CELL(order_filled);
CELL(order_left);
CELL(order_at); /* "@" */
CELL(order_price);
CELL(order_away); /* how far the market has to move */
CELL(order_tif);
CELL(order_state);
CELL(order_account);
CELL(order_by);
CELL(order_ref);
CELL(order_age);
CELL(order_percent); /* filled */
ORDER_BY(order_newest);
ORDER_BY(order_symbol);
ORDER_BY(order_side);

/* --- positions */
CELL(position_symbol);
CELL(position_quantity);
CELL(position_average);
CELL(position_last);
CELL(position_value);
CELL(position_whole); /* the same in whole units */
CELL(position_nav);   /* share of equity */
CELL(position_realized);
CELL(position_unrealized);
CELL(position_day);
CELL(position_account);
CELL(position_change);
CELL(position_spark);
CELL(position_fees);
CELL(position_fifo);    /* unrealised by first in first out */
ORDER_BY(position_day); /* largest |day P&L| first */
ORDER_BY(position_symbol);
ORDER_BY(position_value);
bool stale_position(void *ctx, const void *row);

/* --- quotes */
CELL(quote_symbol);
CELL(quote_bid);
CELL(quote_ask);
CELL(quote_last);
CELL(quote_change);
CELL(quote_spark);
CELL(quote_volume);
CELL(quote_age);
CELL(quote_status); /* STALE */
CELL(quote_bid_size);
CELL(quote_ask_size);
CELL(quote_spread);
CELL(quote_feed);
ORDER_BY(quote_symbol);
ORDER_BY(quote_change);
ORDER_BY(quote_volume);
bool stale_quote(void *ctx, const void *row);

/* --- events */
CELL(event_glyph);
CELL(event_time);
CELL(event_when); /* the same with the time on other days, in 12 columns */
CELL(event_source);
CELL(event_message);
CELL(event_read); /* "unread" */
ORDER_BY(event_newest);

/* --- the gate's numbers, each control in its unit. width as in format.h. */
void cells_control(char out[TUI_FMT], int32_t control, qf_money v, int width);
/* Glyph and role of a trading state. */
void cells_state(int32_t state, uint32_t *ret_cp, char *ret_ascii, enum tui_role *ret_role);
/* What a limit is about, in few letters: "firm", "sector Tech", "NVDA". */
void cells_limit_scope(const struct qf_limit *l, char *out, size_t cap);
/* Role of a share of a limit: bad when it is used up, warn when it passes its own warning. */
enum tui_role cells_limit_role(const struct qf_limit *l);

/* What stands for a group without a name: accounts of no strategy, say. */
const char *cells_name(const char *name);
/* "12 others", "1 other" */
void cells_others(char *out, size_t cap, size_t n);

#endif
