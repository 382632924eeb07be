#include "tui/screens/cells.h"

#include <string.h>

#include "common/str.h"

static struct cells *cells(void *ctx)
{
    return ctx;
}

/* --- what several columns share */

static void widen(int *decimals, int64_t v)
{
    int n = tui_decimals_of(v);
    if (n > *decimals)
        *decimals = n;
}

void cells_update(struct cells *x)
{
    const struct tui_cache *cache = tui_app_cache(x->app);
    const void *const *rows;
    /* versions only grow, so their sum is another one after every push */
    uint64_t version = 1 + tui_cache_version(cache, QF_TOPIC_orders) + tui_cache_version(cache, QF_TOPIC_positions);
    if (version == x->seen)
        return;
    x->seen = version;
    size_t n = tui_cache_rows(cache, QF_TOPIC_orders, &rows);
    x->qty_decimals = 0;
    for (size_t i = 0; i < n; i++) {
        const struct qf_order *o = rows[i];
        widen(&x->qty_decimals, o->quantity);
        widen(&x->qty_decimals, o->filled);
    }
    n = tui_cache_rows(tui_app_cache(x->app), QF_TOPIC_positions, &rows);
    for (size_t i = 0; i < n; i++)
        widen(&x->qty_decimals, ((const struct qf_position *)rows[i])->quantity);
}

qf_price cells_tick(const struct cells *x, const char *symbol)
{
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(x->app), symbol);
    return q ? q->tick : 0;
}

int64_t cells_change_bp(const struct qf_quote *q, bool *ret_known)
{
    qf_i128 share;
    *ret_known = q && QF_HAS(q, quote, last) && QF_HAS(q, quote, prev_close) && q->prev_close != 0 &&
                 qf_muldiv((qf_i128)q->last - q->prev_close, 10000, q->prev_close, &share) == QF_OK;
    return *ret_known ? (int64_t)share : 0;
}

static void put_money(struct tui_value *v, qf_money m, int decimals)
{
    tui_fmt_money(v->text, m, decimals, v->width);
}

/* A profit with its glyph one column left of the number's field. */
static void put_pnl(struct tui_value *v, qf_money m, bool glyph)
{
    tui_fmt_pnl(v->text, m, 2, glyph ? v->width - 1 : v->width);
    v->role = tui_sign_role(m);
    if (!glyph)
        return;
    v->glyph = tui_sign_glyph(m);
    v->ascii = m > 0 ? '^' : 'v';
    v->glyph_role = v->role;
}

static void put_change(struct tui_value *v, const struct qf_quote *q, bool glyph)
{
    bool known;
    int64_t bp = cells_change_bp(q, &known);
    if (!known)
        return;
    tui_fmt_bp(v->text, bp, 2, true);
    v->role = tui_sign_role(bp);
    v->glyph = glyph ? tui_sign_glyph(bp) : 0;
    v->ascii = bp > 0 ? '^' : 'v';
    v->glyph_role = v->role;
}

static void put_spark(const struct cells *x, const char *symbol, struct tui_value *v)
{
    v->kind = TUI_V_SPARK;
    v->role = TUI_CHART;
    v->points_n = tui_history_spark(tui_app_history(x->app), symbol, &v->points);
}

static void put_price(const struct cells *x, const char *symbol, qf_price price, int extra, struct tui_value *v)
{
    int decimals = tui_decimals(cells_tick(x, symbol)) + extra;
    tui_fmt_price(v->text, price, decimals > 8 ? 8 : decimals, v->width);
}

static int sign_of(qf_i128 v)
{
    return (v > 0) - (v < 0);
}

/* --- orders */

#define ORDER(row) ((const struct qf_order *)(row))

CELL(order_id)
{
    (void)ctx;
    qf_str_fmt(v->text, sizeof v->text, "%lld", (long long)ORDER(row)->id);
    v->role = TUI_DIM;
}

CELL(order_side)
{
    (void)ctx;
    bool buy = ORDER(row)->side == QF_SIDE_BUY;
    qf_str_copy(v->text, sizeof v->text, buy ? "BUY" : "SELL");
    v->role = buy ? TUI_BUY : TUI_SELL;
}

CELL(order_symbol)
{
    (void)ctx;
    v->more = ORDER(row)->symbol;
}

CELL(order_quantity)
{
    tui_fmt_qty(v->text, ORDER(row)->quantity, cells(ctx)->qty_decimals, false, v->width);
}

CELL(order_filled)
{
    tui_fmt_qty(v->text, ORDER(row)->filled, cells(ctx)->qty_decimals, false, v->width);
    v->role = ORDER(row)->filled ? TUI_TEXT : TUI_DIM;
}

CELL(order_left)
{
    tui_fmt_qty(v->text, ORDER(row)->quantity - ORDER(row)->filled, cells(ctx)->qty_decimals, false, v->width);
}

CELL(order_at)
{
    (void)ctx, (void)row;
    qf_str_copy(v->text, sizeof v->text, "@");
    v->role = TUI_DIM;
}

CELL(order_price)
{
    const struct qf_order *o = row;
    if (QF_HAS(o, order, price))
        put_price(ctx, o->symbol, o->price, 0, v);
    else
        qf_str_copy(v->text, sizeof v->text, "MKT");
}

/* A buy waits for the offer to come down to its limit, a sale for the bid to come up. */
CELL(order_away)
{
    const struct qf_order *o = row;
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(cells(ctx)->app), o->symbol);
    bool buy = o->side == QF_SIDE_BUY;
    if (!QF_HAS(o, order, price) || !q || !(buy ? QF_HAS(q, quote, ask) : QF_HAS(q, quote, bid)))
        return;
    qf_price away = buy ? q->ask - o->price : o->price - q->bid;
    put_price(ctx, o->symbol, away < 0 ? 0 : away, 0, v);
    v->role = TUI_DIM;
}

CELL(order_tif)
{
    (void)ctx;
    qf_str_copy(v->text, sizeof v->text, qf_enum_text(&qf_enum_tif, ORDER(row)->tif));
    v->role = TUI_DIM;
}

/* Words for people; what is on its way or not known stands out. */
CELL(order_state)
{
    static const struct {
        const char *word;
        enum tui_role role;
    } look[QF_order_state_COUNT] = {
        [QF_ORDER_PENDING] = {"pending", TUI_DIM},  [QF_ORDER_SENT] = {"sent", TUI_DIM},
        [QF_ORDER_WORKING] = {"working", TUI_TEXT}, [QF_ORDER_PARTIAL] = {"partly", TUI_INFO},
        [QF_ORDER_UNKNOWN] = {"UNKNOWN", TUI_BAD},
    };
    int32_t s = ORDER(row)->state;
    (void)ctx;
    if (QF_HAS(ORDER(row), order, cancel_by) && ORDER(row)->cancel_by[0] && s != QF_ORDER_UNKNOWN) {
        qf_str_copy(v->text, sizeof v->text, "cancelling");
        v->role = TUI_WARN;
    } else if (s >= 0 && s < QF_order_state_COUNT && look[s].word) {
        qf_str_copy(v->text, sizeof v->text, look[s].word);
        v->role = look[s].role;
    } else {
        qf_str_copy(v->text, sizeof v->text, qf_enum_text(&qf_enum_order_state, s));
    }
}

CELL(order_account)
{
    (void)ctx;
    v->more = ORDER(row)->account;
}

CELL(order_by)
{
    (void)ctx;
    v->more = ORDER(row)->by;
}

CELL(order_ref)
{
    (void)ctx;
    v->more = ORDER(row)->ref;
    v->role = TUI_DIM;
}

CELL(order_age)
{
    tui_fmt_span(v->text, tui_app_desk_now(cells(ctx)->app) - ORDER(row)->created);
    v->role = TUI_DIM;
}

CELL(order_percent)
{
    (void)ctx;
    tui_fmt_share(v->text, ORDER(row)->filled, ORDER(row)->quantity, 0, false);
    v->role = ORDER(row)->filled ? TUI_TEXT : TUI_DIM;
}

ORDER_BY(order_newest)
{
    (void)ctx;
    return sign_of((qf_i128)ORDER(b)->id - ORDER(a)->id);
}

ORDER_BY(order_symbol)
{
    (void)ctx;
    return strcmp(ORDER(a)->symbol, ORDER(b)->symbol);
}

ORDER_BY(order_side)
{
    (void)ctx;
    return ORDER(a)->side - ORDER(b)->side;
}

/* --- positions */

#define POSITION(row) ((const struct qf_position *)(row))

CELL(position_symbol)
{
    (void)ctx;
    v->more = POSITION(row)->symbol;
}

CELL(position_quantity)
{
    tui_fmt_qty(v->text, POSITION(row)->quantity, cells(ctx)->qty_decimals, true, v->width);
}

CELL(position_average)
{
    (void)ctx;
    const struct qf_position *p = row;
    int decimals = tui_decimals(p->tick) + 2;
    if (QF_HAS(p, position, average))
        tui_fmt_price(v->text, p->average, decimals > 8 ? 8 : decimals, v->width);
}

CELL(position_last)
{
    (void)ctx;
    const struct qf_position *p = row;
    if (QF_HAS(p, position, last))
        tui_fmt_price(v->text, p->last, tui_decimals(p->tick), v->width);
    else
        qf_str_copy(v->text, sizeof v->text, "n/a");
}

/* Value and profit in the base currency, so that the column can be added up; without a rate there is none. */
static void put_or_na(struct tui_value *v, bool there, qf_money m, bool pnl)
{
    if (!there) {
        qf_str_copy(v->text, sizeof v->text, "n/a");
        v->role = TUI_WARN;
    } else if (pnl) {
        put_pnl(v, m, true);
    } else {
        put_money(v, m, 2);
    }
}

CELL(position_value)
{
    (void)ctx;
    put_or_na(v, QF_HAS(POSITION(row), position, base_value), POSITION(row)->base_value, false);
}

CELL(position_whole)
{
    (void)ctx;
    if (QF_HAS(POSITION(row), position, base_value))
        put_money(v, POSITION(row)->base_value, 0);
    else
        put_or_na(v, false, 0, false);
}

CELL(position_nav)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(cells(ctx)->app));
    if (d && QF_HAS(POSITION(row), position, base_value))
        tui_fmt_share(v->text, POSITION(row)->base_value, d->equity, 2, false);
    v->text[strcspn(v->text, "%")] = '\0';
    v->role = TUI_DIM;
}

CELL(position_realized)
{
    (void)ctx;
    put_pnl(v, POSITION(row)->realized, false);
}

CELL(position_unrealized)
{
    (void)ctx;
    if (QF_HAS(POSITION(row), position, unrealized))
        put_pnl(v, POSITION(row)->unrealized, false);
    else
        qf_str_copy(v->text, sizeof v->text, "n/a");
}

CELL(position_day)
{
    (void)ctx;
    put_or_na(v, QF_HAS(POSITION(row), position, base_day_pnl), POSITION(row)->base_day_pnl, true);
}

CELL(position_account)
{
    (void)ctx;
    v->more = POSITION(row)->account;
}

CELL(position_change)
{
    put_change(v, tui_cache_quote(tui_app_cache(cells(ctx)->app), POSITION(row)->symbol), false);
}

CELL(position_spark)
{
    put_spark(ctx, POSITION(row)->symbol, v);
}

CELL(position_fees)
{
    (void)ctx;
    put_money(v, POSITION(row)->fees, 2);
    v->role = TUI_DIM;
}

/* Unrealised by lots: market value less what the open lots cost. */
CELL(position_fifo)
{
    (void)ctx;
    const struct qf_position *p = row;
    if (QF_HAS(p, position, value))
        put_pnl(v, p->value - tui_cost_money(p->fifo_cost), false);
}

ORDER_BY(position_day)
{
    (void)ctx;
    return sign_of(qf_abs128(POSITION(b)->base_day_pnl) - qf_abs128(POSITION(a)->base_day_pnl));
}

ORDER_BY(position_symbol)
{
    (void)ctx;
    int c = strcmp(POSITION(a)->symbol, POSITION(b)->symbol);
    return c ? c : strcmp(POSITION(a)->account, POSITION(b)->account);
}

ORDER_BY(position_value)
{
    (void)ctx;
    return sign_of(qf_abs128(POSITION(b)->base_value) - qf_abs128(POSITION(a)->base_value));
}

bool stale_position(void *ctx, const void *row)
{
    (void)ctx;
    return POSITION(row)->stale;
}

/* --- quotes */

#define QUOTE(row) ((const struct qf_quote *)(row))

CELL(quote_symbol)
{
    (void)ctx;
    v->more = QUOTE(row)->symbol;
}

static void put_quote(struct tui_value *v, const struct qf_quote *q, bool there, qf_price p)
{
    if (there)
        tui_fmt_price(v->text, p, tui_decimals(q->tick), v->width);
}

CELL(quote_bid)
{
    (void)ctx;
    put_quote(v, row, QF_HAS(QUOTE(row), quote, bid), QUOTE(row)->bid);
}

CELL(quote_ask)
{
    (void)ctx;
    put_quote(v, row, QF_HAS(QUOTE(row), quote, ask), QUOTE(row)->ask);
}

CELL(quote_last)
{
    (void)ctx;
    put_quote(v, row, QF_HAS(QUOTE(row), quote, last), QUOTE(row)->last);
}

CELL(quote_spread)
{
    (void)ctx;
    const struct qf_quote *q = row;
    put_quote(v, q, QF_HAS(q, quote, bid) && QF_HAS(q, quote, ask), q->ask - q->bid);
    v->role = TUI_DIM;
}

CELL(quote_change)
{
    (void)ctx;
    put_change(v, row, true);
}

CELL(quote_spark)
{
    put_spark(ctx, QUOTE(row)->symbol, v);
}

static void put_size(struct tui_value *v, bool there, qf_qty q)
{
    if (there)
        tui_fmt_size(v->text, q);
    v->role = TUI_DIM;
}

CELL(quote_volume)
{
    (void)ctx;
    put_size(v, QF_HAS(QUOTE(row), quote, volume), QUOTE(row)->volume);
}

CELL(quote_bid_size)
{
    (void)ctx;
    put_size(v, QF_HAS(QUOTE(row), quote, bid_size), QUOTE(row)->bid_size);
}

CELL(quote_ask_size)
{
    (void)ctx;
    put_size(v, QF_HAS(QUOTE(row), quote, ask_size), QUOTE(row)->ask_size);
}

CELL(quote_age)
{
    const struct qf_quote *q = row;
    if (!QF_HAS(q, quote, received))
        return;
    int64_t age = tui_app_desk_now(cells(ctx)->app) - q->received;
    tui_fmt_age(v->text, age);
    v->role = q->stale ? TUI_WARN : age > 2 * QF_SEC ? TUI_TEXT : TUI_DIM;
    v->own_role = true;
}

CELL(quote_status)
{
    (void)ctx;
    if (!QUOTE(row)->stale)
        return;
    qf_str_copy(v->text, sizeof v->text, "STALE");
    v->role = TUI_WARN;
    v->own_role = true;
}

CELL(quote_feed)
{
    (void)ctx;
    v->more = QUOTE(row)->feed;
    v->role = TUI_DIM;
}

ORDER_BY(quote_symbol)
{
    (void)ctx;
    return strcmp(QUOTE(a)->symbol, QUOTE(b)->symbol);
}

ORDER_BY(quote_change)
{
    bool known;
    (void)ctx;
    return sign_of((qf_i128)cells_change_bp(b, &known) - cells_change_bp(a, &known));
}

ORDER_BY(quote_volume)
{
    (void)ctx;
    return sign_of((qf_i128)QUOTE(b)->volume - QUOTE(a)->volume);
}

bool stale_quote(void *ctx, const void *row)
{
    (void)ctx;
    return QUOTE(row)->stale;
}
