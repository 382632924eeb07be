/* Cancel and close with their effect shown first, and an order with its life. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/screens/cells.h"
#include "tui/screens/screens.h"
#include "tui/screens/ticket.h"

static const struct qf_order *find_order(const struct tui_app *app, int64_t id)
{
    struct qf_order key = {.id = id};
    return tui_cache_find(tui_app_cache(app), QF_TOPIC_orders, &key);
}

/* --- cancel */

#define MAX_CANCELS 64

struct cancel {
    struct tui_app *app;
    int64_t ids[MAX_CANCELS];
    int n;
};

/* Cash a working buy holds: what is left of it at its limit. 0 when that cannot be said. */
static qf_money held_cash(const struct tui_app *app, const struct qf_order *o)
{
    const struct qf_instrument *i = tui_app_instrument(app, o->symbol);
    if (o->side != QF_SIDE_BUY || !QF_HAS(o, order, price) || !i)
        return 0;
    return qf_cost_money(qf_cost_of(o->price, o->quantity - o->filled, i->multiplier));
}

static void cancel_line(const struct tui_app *app, const struct qf_order *o, struct tui_lines *l)
{
    char left[TUI_FMT], all[TUI_FMT], price[TUI_FMT] = "market";
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(app), o->symbol);
    int decimals = tui_decimals_of(o->quantity);
    tui_fmt_qty(left, o->quantity - o->filled, decimals, false, 0);
    tui_fmt_qty(all, o->quantity, decimals, false, 0);
    if (QF_HAS(o, order, price))
        tui_fmt_price(price, o->price, tui_decimals(q ? q->tick : 0), 0);
    tui_lines_add(l, TUI_TEXT, "%6lld %-4s %-6s %8s left of %8s @ %9s", (long long)o->id,
                  qf_enum_text(&qf_enum_side, o->side), o->symbol, left, all, price);
}

static bool cancel_effect(void *ctx, struct tui_effect *ret)
{
    const struct cancel *x = ctx;
    qf_money cash = 0;
    int left = 0;
    for (int i = 0; i < x->n; i++) {
        const struct qf_order *o = find_order(x->app, x->ids[i]);
        if (!o)
            continue;
        left++;
        cash += held_cash(x->app, o);
        ret->stamp = ret->stamp * 31 + (uint64_t)o->id + (uint64_t)o->filled;
        if (left <= 12)
            cancel_line(x->app, o, &ret->lines);
    }
    if (left > 12)
        tui_lines_add(&ret->lines, TUI_DIM, "and %d more", left - 12);
    tui_lines_add(&ret->lines, TUI_TEXT, "%s", "");
    if (cash) {
        char text[TUI_FMT];
        tui_fmt_money(text, cash, 2, 0);
        tui_lines_add(&ret->lines, TUI_TEXT, "frees    %s of cash", text);
    }
    tui_lines_add(&ret->lines, TUI_DIM, "the venue may still fill before it confirms");
    qf_str_fmt(ret->act, sizeof ret->act, left == 1 ? "y cancels it" : "y cancels %d", left);
    return left > 0;
}

static void on_cancel(void *arg, const struct tui_answer *answer)
{
    if (tui_app_refused(arg, "cancel", answer))
        return;
    const struct qf_order *o = answer->rep;
    tui_app_say(arg, TUI_TEXT, "order %lld %s: cancel asked", (long long)o->id, o->symbol);
}

static void cancel_yes(void *ctx, struct tui_app *app)
{
    const struct cancel *x = ctx;
    for (int i = 0; i < x->n; i++) {
        struct qf_order_cancel req;
        if (!find_order(app, x->ids[i]))
            continue;
        memset(&req, 0, sizeof req);
        req.id = x->ids[i];
        tui_app_ref(req.client_ref);
        qf_rec_fill(&qf_rec_order_cancel, &req);
        (void)tui_app_call(app, QF_CMD_order_cancel, &req, on_cancel, app);
    }
}

void cancel_open(struct tui_app *app, const struct qf_order *const *orders, size_t n)
{
    static const struct tui_confirm_def def = {"Keep", cancel_effect, cancel_yes, free};
    char title[48];
    struct cancel *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->app = app;
    for (size_t i = 0; i < n && i < MAX_CANCELS; i++)
        x->ids[x->n++] = orders[i]->id;
    if (x->n == 1)
        qf_str_fmt(title, sizeof title, "Cancel order %lld", (long long)x->ids[0]);
    else
        qf_str_fmt(title, sizeof title, "Cancel %d orders", x->n);
    tui_app_open(app, tui_confirm_new(title, &def, x));
}

/* --- close */

struct close {
    struct tui_app *app;
    char account[25], symbol[17];
    int64_t call;
    qf_time asked_at;
    struct qf_gate_report *report; /* of the order it would send */
    char why[120];
};

static const struct qf_position *find_position(const struct close *x)
{
    struct qf_position key;
    memset(&key, 0, sizeof key);
    qf_str_copy(key.account, sizeof key.account, x->account);
    qf_str_copy(key.symbol, sizeof key.symbol, x->symbol);
    return tui_cache_find(tui_app_cache(x->app), QF_TOPIC_positions, &key);
}

static void on_close_check(void *arg, const struct tui_answer *answer)
{
    struct close *x = arg;
    x->call = 0;
    tui_app_touch(x->app);
    if (answer->kind == TUI_ANSWER_OK) {
        free(x->report);
        x->report = tui_record_copy(&qf_rec_gate_report, answer->rep);
        x->why[0] = '\0';
    } else if (answer->kind == TUI_ANSWER_REFUSED) {
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    }
}

/* The gate is asked about the order it would be, once a second while the question stands. */
static void ask_close_check(struct close *x, const struct qf_position *p)
{
    struct qf_order_check req;
    qf_time now = tui_app_now(x->app);
    if (x->call || now - x->asked_at < QF_SEC || !tui_app_live(x->app))
        return;
    memset(&req, 0, sizeof req);
    qf_str_copy(req.symbol, sizeof req.symbol, x->symbol);
    qf_str_copy(req.account, sizeof req.account, x->account);
    req.side = p->quantity > 0 ? QF_SIDE_SELL : QF_SIDE_BUY;
    req.quantity = qf_abs64(p->quantity);
    req.type = QF_TYPE_MARKET;
    QF_SET(&req, order_check, symbol);
    QF_SET(&req, order_check, account);
    QF_SET(&req, order_check, side);
    QF_SET(&req, order_check, quantity);
    QF_SET(&req, order_check, type);
    x->asked_at = now;
    x->call = tui_app_call(x->app, QF_CMD_order_check, &req, on_close_check, x);
}

static void say_estimate(const struct close *x, const struct qf_position *p, struct tui_lines *l)
{
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(x->app), x->symbol);
    const struct qf_instrument *i = tui_app_instrument(x->app, x->symbol);
    bool sells = p->quantity > 0;
    char price[TUI_FMT], fee[TUI_FMT] = "n/a", gain[TUI_FMT];
    if (!q || !i || !(sells ? QF_HAS(q, quote, bid) : QF_HAS(q, quote, ask)))
        return;
    qf_price at = sells ? q->bid : q->ask;
    bool has_fee = x->report && QF_HAS(x->report, gate_report, fee);
    qf_money m = qf_cost_money(qf_cost_of(at, p->quantity, i->multiplier)) - tui_cost_money(p->cost) -
                 (has_fee ? x->report->fee : 0);
    tui_fmt_price(price, at, tui_decimals(q->tick), 0);
    if (has_fee)
        tui_fmt_money(fee, x->report->fee, 2, 0);
    tui_fmt_pnl(gain, m, 2, 0);
    tui_lines_add(l, TUI_TEXT, "estimate    at %s %s   fee %s", sells ? "bid" : "ask", price, fee);
    tui_lines_add(l, TUI_TEXT, "realises    %s%s", gain, has_fee ? " after fee" : " before fee");
}

static void say_resting(const struct close *x, struct tui_lines *l)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->app), QF_TOPIC_orders, &rows);
    for (size_t i = 0; i < n; i++) {
        const struct qf_order *o = rows[i];
        char left[TUI_FMT];
        if (!qf_str_eq(o->symbol, x->symbol) || !qf_str_eq(o->account, x->account))
            continue;
        tui_fmt_qty(left, o->quantity - o->filled, tui_decimals_of(o->quantity), false, 0);
        tui_lines_add(l, TUI_WARN, "order %lld %s %s rests and may still fill", (long long)o->id,
                      qf_enum_text(&qf_enum_side, o->side), left);
    }
}

static void say_gate(const struct close *x, struct tui_lines *l)
{
    int passed = 0;
    if (x->why[0])
        tui_lines_wrap(l, TUI_WARN, x->why, 56);
    if (!x->report)
        return;
    for (uint32_t i = 0; i < x->report->checks_n; i++)
        passed += x->report->checks[i].pass;
    if (x->report->pass)
        tui_lines_add(l, TUI_TEXT, "%d of %u controls pass", passed, x->report->checks_n);
    for (uint32_t i = 0; i < x->report->checks_n; i++)
        if (!x->report->checks[i].pass)
            tui_lines_add(l, TUI_BAD, "refuses: %s %s",
                          qf_enum_text(&qf_enum_control_code, x->report->checks[i].control),
                          x->report->checks[i].scope);
}

static bool close_effect(void *ctx, struct tui_effect *ret)
{
    struct close *x = ctx;
    const struct qf_position *p = find_position(x);
    char quantity[TUI_FMT], average[TUI_FMT] = "n/a", value[TUI_FMT] = "n/a";
    if (!p || p->quantity == 0)
        return false;
    ask_close_check(x, p);
    int decimals = tui_decimals_of(p->quantity);
    tui_fmt_qty(quantity, p->quantity, decimals, true, 0);
    if (QF_HAS(p, position, average))
        tui_fmt_price(average, p->average, tui_decimals(p->tick) + 2 > 8 ? 8 : tui_decimals(p->tick) + 2, 0);
    if (QF_HAS(p, position, value))
        tui_fmt_money(value, p->value, 2, 0);
    tui_lines_add(&ret->lines, TUI_TEXT, "now         %s @ %s", quantity, average);
    tui_lines_add(&ret->lines, TUI_TEXT, "value       %s %s", value, p->currency);
    tui_fmt_qty(quantity, qf_abs64(p->quantity), decimals, false, 0);
    tui_lines_add(&ret->lines, TUI_HEADING, "sends       %s %s %s  MARKET  book %s", p->quantity > 0 ? "SELL" : "BUY",
                  quantity, x->symbol, x->account);
    say_estimate(x, p, &ret->lines);
    say_resting(x, &ret->lines);
    say_gate(x, &ret->lines);
    qf_str_copy(ret->act, sizeof ret->act, "y closes");
    ret->stamp = (uint64_t)p->quantity;
    return true;
}

static void on_close(void *arg, const struct tui_answer *answer)
{
    if (tui_app_refused(arg, "close", answer))
        return;
    const struct qf_order *o = answer->rep;
    tui_app_say(arg, TUI_TEXT, "order %lld closes %s", (long long)o->id, o->symbol);
}

static void close_yes(void *ctx, struct tui_app *app)
{
    const struct close *x = ctx;
    struct qf_position_close req;
    memset(&req, 0, sizeof req);
    qf_str_copy(req.account, sizeof req.account, x->account);
    qf_str_copy(req.symbol, sizeof req.symbol, x->symbol);
    tui_app_ref(req.client_ref);
    qf_rec_fill(&qf_rec_position_close, &req);
    QF_SET(&req, position_close, account);
    (void)tui_app_call(app, QF_CMD_position_close, &req, on_close, app);
}

static void close_free(void *ctx)
{
    struct close *x = ctx;
    tui_app_forget(x->app, x->call);
    free(x->report);
    free(x);
}

void close_open(struct tui_app *app, const struct qf_position *position)
{
    static const struct tui_confirm_def def = {"Keep", close_effect, close_yes, close_free};
    char title[48];
    struct close *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->app = app;
    qf_str_copy(x->account, sizeof x->account, position->account);
    qf_str_copy(x->symbol, sizeof x->symbol, position->symbol);
    qf_str_fmt(title, sizeof title, "Close %s", x->symbol);
    tui_app_open(app, tui_confirm_new(title, &def, x));
}

/* --- where other screens lead */

void positions_open(struct tui_app *app, const char *symbol)
{
    char copy[17]; /* it often stands in a row of the screen that is left here, and goes with it */
    qf_str_copy(copy, sizeof copy, symbol);
    for (int i = 0; i < tui_words_n; i++)
        if (qf_str_eq(tui_words[i].word, "POS"))
            tui_app_word(app, &tui_words[i], copy);
}

static void say_instrument(const struct qf_instrument *i, struct tui_lines *l)
{
    char lot[TUI_FMT], tick[TUI_FMT];
    qf_dec_format(i->lot, QF_SCALE, lot);
    qf_dec_format(i->tick, QF_SCALE, tick);
    tui_lines_add(l, TUI_HEADING, "%s", i->name[0] ? i->name : i->symbol);
    tui_lines_add(l, TUI_TEXT, "sector   %s", i->sector);
    tui_lines_add(l, TUI_TEXT, "steps    lot %s, tick %s, multiplier %lld", lot, tick, (long long)i->multiplier);
    tui_lines_add(l, TUI_TEXT, "venue    %s, %s, in %s", i->venue, qf_enum_text(&qf_enum_inst_status, i->status),
                  i->currency);
}

void instrument_open(struct tui_app *app, const char *symbol)
{
    struct cells cells = {.app = app};
    const struct qf_instrument *i = tui_app_instrument(app, symbol);
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(app), symbol);
    struct tui_lines l = {0};
    char market[200], at[TUI_FMT] = "never";
    if (i)
        say_instrument(i, &l);
    if (q) {
        ticket_market(&cells, symbol, market, sizeof market);
        if (QF_HAS(q, quote, received))
            tui_fmt_time(at, q->received, tui_app_desk_now(app));
        tui_lines_add(&l, TUI_TEXT, "market   %s", market);
        tui_lines_add(&l, q->stale ? TUI_WARN : TUI_TEXT, "feed     %s, last price %s%s", q->feed, at,
                      q->stale ? ", STALE" : "");
        tui_lines_add(&l, q->bad ? TUI_WARN : TUI_DIM, "kept out %lld bad prices since the start", (long long)q->bad);
    }
    tui_app_open(app, tui_text_new(symbol, &l));
}

/* --- an order and its life */

/* With the decimals of its tick, or more where it has more. */
static void fmt_price(const struct tui_app *app, const char *symbol, qf_price p, char out[TUI_FMT])
{
    const struct qf_instrument *i = tui_app_instrument(app, symbol);
    int tick = tui_decimals(i ? i->tick : 0), own = tui_decimals_of(p);
    tui_fmt_price(out, p, own > tick ? own : tick, 0);
}

static void say_order(const struct tui_app *app, const struct qf_order *o, struct tui_lines *l)
{
    char quantity[TUI_FMT], filled[TUI_FMT], price[TUI_FMT] = "", at[TUI_FMT], fees[TUI_FMT];
    int decimals = tui_decimals_of(o->quantity);
    tui_fmt_qty(quantity, o->quantity, decimals, false, 0);
    tui_fmt_qty(filled, o->filled, tui_decimals_of(o->filled), false, 0);
    if (QF_HAS(o, order, price))
        fmt_price(app, o->symbol, o->price, price);
    tui_fmt_time(at, o->created, tui_app_desk_now(app));
    tui_fmt_money(fees, o->fees, 2, 0);
    tui_lines_add(l, TUI_HEADING, "%s %s %s %s %s %s", qf_enum_text(&qf_enum_side, o->side), quantity, o->symbol,
                  qf_enum_text(&qf_enum_order_type, o->type), price, qf_enum_text(&qf_enum_tif, o->tif));
    tui_lines_add(l, TUI_TEXT, "state    %s%s%s", qf_enum_text(&qf_enum_order_state, o->state),
                  QF_HAS(o, order, reason) ? ": " : "", QF_HAS(o, order, reason) ? o->reason : "");
    tui_lines_add(l, TUI_TEXT, "filled   %s of %s, fills %lld, fees %s", filled, quantity, (long long)o->fills, fees);
    tui_lines_add(l, TUI_TEXT, "book     %s   venue %s", o->account, o->venue);
    tui_lines_add(l, TUI_TEXT, "placed   %s by %s, reference %s", at, o->by, o->ref);
    if (QF_HAS(o, order, cancel_by) && o->cancel_by[0])
        tui_lines_add(l, TUI_TEXT, "cancel   asked by %s", o->cancel_by);
}

static void say_fill(const struct tui_app *app, const struct qf_execution *e, struct tui_lines *l)
{
    char at[TUI_FMT], quantity[TUI_FMT], price[TUI_FMT], fee[TUI_FMT];
    tui_fmt_short(at, e->at, tui_app_market_now(app));
    tui_fmt_qty(quantity, e->quantity, tui_decimals_of(e->quantity), false, 0);
    fmt_price(app, e->symbol, e->price, price);
    tui_fmt_money(fee, e->fee, 2, 0);
    tui_lines_add(l, TUI_TEXT, "%-12s %10s at %-12s fee %-10s %s", at, quantity, price, fee, e->exec_id);
}

static void on_detail(void *arg, const struct tui_answer *answer)
{
    struct tui_app *app = arg;
    struct tui_lines l = {0};
    char title[48];
    if (tui_app_refused(app, "order", answer))
        return;
    const struct qf_order_detail *d = answer->rep;
    if (d->order_n == 0)
        return;
    say_order(app, &d->order[0], &l);
    tui_lines_add(&l, TUI_TEXT, "%s", "");
    tui_lines_add(&l, TUI_DIM, d->executions_n ? "fills, oldest first" : "no fills yet");
    for (uint32_t i = 0; i < d->executions_n; i++)
        say_fill(app, &d->executions[i], &l);
    qf_str_fmt(title, sizeof title, "Order %lld", (long long)d->order[0].id);
    tui_app_open(app, tui_text_new(title, &l));
}

void order_detail_open(struct tui_app *app, int64_t id)
{
    struct qf_order_id req;
    memset(&req, 0, sizeof req);
    req.id = id;
    qf_rec_fill(&qf_rec_order_id, &req);
    (void)tui_app_call(app, QF_CMD_order_show, &req, on_detail, app);
}
