/* How the flatten dialog looks: the list with its totals, the confirmation in words, the report. */
#include <string.h>

#include "common/str.h"
#include "tui/screens/flatten.h"

#define HEAD 1 /* titles */
#define FOOT 5 /* totals, notes, buttons */

static int rows_of(const struct flatten *x)
{
    int n = x->plan ? (int)x->plan->rows_n : 0;
    return n < 1 ? 1 : n;
}

void flatten_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct flatten *x = (const struct flatten *)d;
    bool list = x->stage == FLATTEN_PLAN || x->stage == FLATTEN_DONE;
    int most = h - 4 > 12 ? h - 4 : 12, need = rows_of(x) + HEAD + FOOT + 1;
    *ret_w = list ? (w < 80 ? w : 80) : (w < 64 ? w : 64);
    *ret_h = !list ? 15 : need < most ? need : most;
}

void flatten_add_up(const struct tui_app *app, const struct qf_flatten_plan *plan, struct flatten_sums *ret)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(app));
    *ret = (struct flatten_sums){.one_currency = true};
    for (uint32_t i = 0; i < plan->rows_n; i++) {
        const struct qf_flatten_row *row = &plan->rows[i];
        const struct qf_instrument *in = tui_app_instrument(app, row->symbol);
        qf_money value = QF_HAS(row, flatten_row, value) ? qf_abs128(row->value) : 0;
        bool buy = row->side == QF_SIDE_BUY;
        if (QF_HAS(row, flatten_row, reason))
            continue; /* it stays: nothing of it is realised */
        *(buy ? &ret->buys : &ret->sells) += 1;
        *(buy ? &ret->buy_value : &ret->sell_value) += value;
        ret->fees += QF_HAS(row, flatten_row, fee) ? row->fee : 0;
        ret->realizes += QF_HAS(row, flatten_row, realizes) ? row->realizes : 0;
        ret->one_currency = ret->one_currency && d && in && strcmp(in->currency, d->base) == 0;
    }
}

/* --- the list */

enum { X_BOOK = 0, X_SYMBOL = 10, X_SIDE = 19, X_QUANTITY = 24, X_AT = 36, X_VALUE = 47, X_GAIN = 60, X_CANCELS = 73 };

static void draw_titles(const struct tui_view *v, struct tui_rect r, bool done)
{
    tui_text(v->canvas, r.x + X_BOOK, r.y, TUI_DIM, "Book");
    tui_text(v->canvas, r.x + X_SYMBOL, r.y, TUI_DIM, "Symbol");
    tui_text(v->canvas, r.x + X_SIDE, r.y, TUI_DIM, "Side");
    tui_text_right(v->canvas, r.x + X_QUANTITY, r.y, 11, TUI_DIM, "Quantity");
    tui_text_right(v->canvas, r.x + X_AT, r.y, 10, TUI_DIM, done ? "Order" : "At about");
    tui_text_right(v->canvas, r.x + X_VALUE, r.y, 12, TUI_DIM, done ? "Held now" : "Value");
    tui_text_right(v->canvas, r.x + X_GAIN, r.y, 12, TUI_DIM, done ? "State" : "Realises");
    tui_text_right(v->canvas, r.x + X_CANCELS, r.y, 3, TUI_DIM, "Cxl");
}

/* What is left of a position that was to be closed; 0 = nothing. */
static qf_qty held_of(const struct tui_app *app, const struct qf_flatten_row *row)
{
    struct qf_position key;
    memset(&key, 0, sizeof key);
    qf_str_copy(key.account, sizeof key.account, row->account);
    qf_str_copy(key.symbol, sizeof key.symbol, row->symbol);
    const struct qf_position *p = tui_cache_find(tui_app_cache(app), QF_TOPIC_positions, &key);
    return p ? p->quantity : 0;
}

/* An order that could not be sent at once, because others had to go first, follows by itself. */
static const char *state_of(const struct tui_app *app, const struct qf_flatten_row *row)
{
    struct qf_order key;
    memset(&key, 0, sizeof key);
    key.id = row->order_id;
    if (held_of(app, row) == 0)
        return "closed";
    if (!QF_HAS(row, flatten_row, order_id))
        return "follows";
    const struct qf_order *o = tui_cache_find(tui_app_cache(app), QF_TOPIC_orders, &key);
    return o ? qf_enum_text(&qf_enum_order_state, o->state) : "sent";
}

static void draw_at(const struct tui_view *v, struct tui_rect r, const struct qf_flatten_row *row, bool done)
{
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(v->app), row->symbol);
    char text[TUI_FMT] = "";
    if (done) {
        if (QF_HAS(row, flatten_row, order_id))
            qf_str_fmt(text, sizeof text, "%lld", (long long)row->order_id);
        else
            qf_str_copy(text, sizeof text, "-");
    } else if (QF_HAS(row, flatten_row, price)) {
        int own = tui_decimals_of(row->price), tick = q ? tui_decimals(q->tick) : 2;
        tui_fmt_price(text, row->price, own > tick ? own : tick, 10);
    }
    tui_text_right(v->canvas, r.x + X_AT, r.y, 10, TUI_TEXT, text);
}

static void draw_gain(const struct tui_view *v, struct tui_rect r, const struct qf_flatten_row *row, bool done)
{
    char text[TUI_FMT] = "n/a";
    if (QF_HAS(row, flatten_row, reason)) {
        tui_glyph(v->canvas, r.x + X_GAIN, r.y, TUI_WARN, 0x25b2, '!');
        tui_text_fit(v->canvas, r.x + X_GAIN + 2, r.y, 14, TUI_WARN, row->reason);
        return;
    }
    if (done) {
        bool closed = held_of(v->app, row) == 0;
        tui_glyph(v->canvas, r.x + X_GAIN + 1, r.y, closed ? TUI_UP : TUI_WARN, closed ? 0x25cf : 0x25cb,
                  closed ? '*' : 'o');
        tui_text_right(v->canvas, r.x + X_GAIN, r.y, 12, TUI_TEXT, state_of(v->app, row));
        return;
    }
    if (QF_HAS(row, flatten_row, realizes))
        tui_fmt_pnl(text, row->realizes, 0, 12);
    tui_text_right(v->canvas, r.x + X_GAIN, r.y, 12,
                   QF_HAS(row, flatten_row, realizes) ? tui_sign_role(row->realizes) : TUI_DIM, text);
}

static void draw_row(const struct tui_view *v, struct tui_rect r, const struct qf_flatten_row *row, bool done)
{
    bool buy = row->side == QF_SIDE_BUY;
    char text[TUI_FMT];
    tui_text_fit(v->canvas, r.x + X_BOOK, r.y, 9, TUI_TEXT, row->account);
    tui_text_fit(v->canvas, r.x + X_SYMBOL, r.y, 8, TUI_TEXT, row->symbol);
    tui_text(v->canvas, r.x + X_SIDE, r.y, buy ? TUI_BUY : TUI_SELL, buy ? "BUY" : "SELL");
    tui_fmt_qty(text, row->quantity, tui_decimals_of(row->quantity), false, 11);
    tui_text_right(v->canvas, r.x + X_QUANTITY, r.y, 11, TUI_TEXT, text);
    draw_at(v, r, row, done);
    if (done)
        tui_fmt_qty(text, held_of(v->app, row), tui_decimals_of(held_of(v->app, row)), true, 12);
    else if (QF_HAS(row, flatten_row, value))
        tui_fmt_money(text, row->value, 0, 12);
    else
        qf_str_copy(text, sizeof text, "n/a");
    tui_text_right(v->canvas, r.x + X_VALUE, r.y, 12, TUI_TEXT, text);
    draw_gain(v, r, row, done);
    if (row->cancels) {
        tui_fmt_count(text, row->cancels);
        tui_text_right(v->canvas, r.x + X_CANCELS, r.y, 3, TUI_DIM, text);
    }
}

static void draw_done_totals(const struct tui_view *v, struct tui_rect r, const struct flatten *x)
{
    int open = 0, n = (int)x->plan->rows_n;
    for (int i = 0; i < n; i++)
        open += held_of(v->app, &x->plan->rows[i]) != 0;
    tui_textf(v->canvas, r.x, r.y, TUI_HEADING, "%lld orders sent, %lld cancels asked, %lld refused",
              (long long)x->plan->orders, (long long)x->plan->cancels, (long long)x->plan->refused);
    char text[48];
    qf_str_fmt(text, sizeof text, "%d of %d still held", open, n);
    tui_text_right(v->canvas, r.x + r.w - 24, r.y, 24, open ? TUI_WARN : TUI_UP, text);
}

static void draw_totals(const struct tui_view *v, struct tui_rect r, const struct flatten *x)
{
    struct flatten_sums s;
    char text[TUI_FMT];
    flatten_add_up(v->app, x->plan, &s);
    tui_textf(v->canvas, r.x, r.y, TUI_HEADING, "%lld order%s, %lld %s", (long long)x->plan->orders,
              x->plan->orders == 1 ? "" : "s", (long long)x->plan->refused, x->plan->refused == 1 ? "stays" : "stay");
    tui_fmt_money(text, s.buy_value + s.sell_value, 0, 12);
    tui_text_right(v->canvas, r.x + X_VALUE, r.y, 12, TUI_HEADING, text);
    if (x->plan->cancels) {
        tui_fmt_count(text, x->plan->cancels);
        tui_text_right(v->canvas, r.x + X_CANCELS, r.y, 3, TUI_HEADING, text);
    }
    if (s.one_currency)
        tui_fmt_pnl(text, s.realizes, 0, 12);
    else
        qf_str_copy(text, sizeof text, "n/a");
    tui_text_right(v->canvas, r.x + X_GAIN, r.y, 12, s.one_currency ? tui_sign_role(s.realizes) : TUI_DIM, text);
}

static void draw_foot(const struct tui_view *v, struct tui_rect r, const struct flatten *x)
{
    static const char *const labels[] = {"Leave it", "Confirm"};
    char age[TUI_FMT], more[96] = "";
    int n = (int)x->plan->rows_n;
    tui_fmt_age(age, tui_app_now(v->app) - x->planned);
    if (n > x->page)
        qf_str_fmt(more, sizeof more, "rows %d to %d of %d, Up Down", x->top + 1,
                   x->top + x->page < n ? x->top + x->page : n, n);
    tui_text_fit(v->canvas, r.x, r.y + FOOT - 2, r.w - 30, TUI_DIM, more); /* left of the buttons */
    if (x->stage == FLATTEN_DONE) {
        draw_done_totals(v, (struct tui_rect){r.x, r.y, r.w, 1}, x);
        tui_textf(v->canvas, r.x, r.y + 1, TUI_DIM, "%s", "orders that wait for a cancel follow by themselves");
        tui_text_right(v->canvas, r.x, r.y + FOOT - 2, r.w, TUI_DIM, "Esc closes");
        return;
    }
    draw_totals(v, (struct tui_rect){r.x, r.y, r.w, 1}, x);
    tui_textf(v->canvas, r.x, r.y + 1, TUI_DIM, "%smarket orders, prices %s old",
              x->plan->refused ? "totals without those that stay; " : "", age);
    tui_text_fit(v->canvas, r.x, r.y + 2, r.w, x->why[0] ? TUI_WARN : TUI_DIM,
                 x->why[0]         ? x->why
                 : x->plan->orders ? "nothing is sent from here: Confirm asks once more"
                 : x->plan->rows_n ? "no order could be sent now: the rows say why"
                                   : "");
    tui_buttons(v->canvas, (struct tui_rect){r.x, r.y + FOOT - 2, r.w, 1}, labels, x->plan->orders ? 2 : 1, x->focus);
}

static void draw_list(const struct tui_view *v, struct tui_rect r, struct flatten *x)
{
    bool done = x->stage == FLATTEN_DONE;
    x->page = r.h - HEAD - (FOOT - 1) > 1 ? r.h - HEAD - (FOOT - 1) : 1;
    draw_titles(v, (struct tui_rect){r.x, r.y, r.w, 1}, done);
    if (x->plan->rows_n == 0)
        tui_text(v->canvas, r.x, r.y + 1, TUI_DIM, "no positions: there is nothing to close");
    for (int i = 0; i < x->page && i + x->top < (int)x->plan->rows_n; i++)
        draw_row(v, (struct tui_rect){r.x, r.y + 1 + i, r.w, 1}, &x->plan->rows[i + x->top], done);
    draw_foot(v, (struct tui_rect){r.x, r.y + r.h - (FOOT - 1), r.w, FOOT - 1}, x);
}

/* --- the confirmation */

static void say_side(struct tui_lines *l, const char *what, int64_t n, qf_money value)
{
    char text[TUI_FMT];
    tui_fmt_money(text, value, 0, 0);
    tui_lines_add(l, TUI_TEXT, "  %-10s %3lld market order%s for about %s", what, (long long)n, n == 1 ? " " : "s",
                  text);
}

static void say_effect(const struct tui_view *v, const struct flatten *x, struct tui_lines *l)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    struct flatten_sums s;
    char text[TUI_FMT];
    flatten_add_up(v->app, x->plan, &s);
    tui_lines_add(l, TUI_HEADING, "closes %s, %s money", x->strategy[0] ? x->strategy : "every position of the firm",
                  d ? qf_enum_text(&qf_enum_money_mode, d->mode) : "unknown");
    tui_lines_add(l, TUI_TEXT, "  %-10s %3lld working order%s first", "cancels", (long long)x->plan->cancels,
                  x->plan->cancels == 1 ? "" : "s");
    say_side(l, "sells", s.sells, s.sell_value);
    say_side(l, "buys", s.buys, s.buy_value);
    if (s.one_currency) {
        tui_fmt_pnl(text, s.realizes - s.fees, 0, 0);
        tui_lines_add(l, TUI_TEXT, "  %-10s about %s after fees", "realises", text);
    }
    tui_lines_add(l, x->plan->refused ? TUI_WARN : TUI_DIM, "  %-10s %3lld position%s that cannot be closed now",
                  "stay", (long long)x->plan->refused, x->plan->refused == 1 ? "" : "s");
    tui_lines_add(l, TUI_DIM, "refused when the plan has become another one by then");
}

static void draw_confirm(const struct tui_view *v, struct tui_rect r, const struct flatten *x)
{
    struct tui_lines l = {0};
    const char *leave = "Leave it";
    int y = r.y + r.h - 3;
    say_effect(v, x, &l);
    tui_lines_draw(&l, v->canvas, (struct tui_rect){r.x, r.y, r.w, y - r.y});
    tui_text(v->canvas, r.x, y, TUI_TEXT, "type " FLATTEN_WORD " to do it");
    tui_form_draw(&x->form, FLATTEN_TYPED, v->canvas, r.x + 23, y, 10, true, x->focus == FLATTEN_TYPED);
    tui_text(v->canvas, r.x + 35, y, TUI_DIM, "reason");
    tui_form_draw(&x->form, FLATTEN_REASON, v->canvas, r.x + 42, y, r.w - 42, true, x->focus == FLATTEN_REASON);
    tui_text_fit(v->canvas, r.x, y + 1, r.w, x->why[0] ? TUI_WARN : TUI_DIM,
                 x->stage == FLATTEN_SENT ? "sent, waiting for the desk" : x->why);
    tui_text(v->canvas, r.x, y + 2, TUI_DIM,
             strcmp(tui_form_text(&x->form, FLATTEN_TYPED), FLATTEN_WORD) == 0 ? "Enter closes them" : "Tab moves");
    tui_buttons(v->canvas, (struct tui_rect){r.x, y + 2, r.w, 1}, &leave, 1, x->focus == FLATTEN_LEAVE ? 0 : -1);
}

void flatten_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct flatten *x = (struct flatten *)d;
    if (!x->plan) {
        tui_text_fit(v->canvas, r.x, r.y, r.w, x->why[0] ? TUI_WARN : TUI_DIM,
                     x->why[0] ? x->why : "waiting for the plan");
        tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "Esc back");
    } else if (x->stage == FLATTEN_PLAN || x->stage == FLATTEN_DONE) {
        draw_list(v, r, x);
    } else {
        draw_confirm(v, r, x);
    }
}
