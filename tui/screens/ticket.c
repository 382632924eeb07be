/* The order ticket: a form with the gate's whole answer beside it while one types; review in words; sent by a second
 * act. */
#include "tui/screens/ticket.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/screens/live_in.h"

#define PAUSE (150 * QF_MS)  /* nobody types for so long: the gate is asked */
#define RECHECK (1 * QF_SEC) /* the market moves under an open ticket */
#define RETRY (2 * QF_SEC)   /* an outcome nobody knows is asked for again */

/* --- the order in the form */

static uint64_t form_hash(const struct ticket *x)
{
    uint64_t h = 1;
    for (int i = 0; i < x->form.n; i++) {
        const char *text = tui_form_text(&x->form, i);
        h = h * 31 + qf_hash(text, strlen(text)) + (uint64_t)i;
    }
    return h;
}

bool ticket_read(const struct ticket *x, struct qf_order_check *ret, char *why, size_t cap)
{
    struct qf_arena arena;
    int bad = 0;
    const char *what = "";
    memset(ret, 0, sizeof *ret);
    qf_arena_init(&arena, 4096);
    enum qf_err err = tui_form_read(&x->form, ret, &arena, &bad, &what);
    qf_arena_release(&arena);
    if (err != QF_OK) {
        qf_str_fmt(why, cap, "%s %s", x->form.fields[bad].label, what);
        return false;
    }
    ret->side = x->side;
    QF_SET(ret, order_check, side);
    if (ret->type == QF_TYPE_MARKET)
        QF_DROP(ret, order_check, price);
    else if (!QF_HAS(ret, order_check, price)) {
        qf_str_copy(why, cap, "a limit order needs a price");
        return false;
    }
    return true;
}

static void copy_to_order(const struct qf_order_check *c, struct qf_order_place *o)
{
    memset(o, 0, sizeof *o);
    qf_str_copy(o->symbol, sizeof o->symbol, c->symbol);
    o->side = c->side;
    o->quantity = c->quantity;
    o->type = c->type;
    o->price = c->price;
    o->tif = c->tif;
    qf_str_copy(o->account, sizeof o->account, c->account);
    QF_SET(o, order_place, symbol);
    QF_SET(o, order_place, side);
    QF_SET(o, order_place, quantity);
    QF_SET(o, order_place, type);
    QF_SET(o, order_place, tif);
    if (QF_HAS(c, order_check, price))
        QF_SET(o, order_place, price);
    if (QF_HAS(c, order_check, account))
        QF_SET(o, order_place, account);
    tui_app_ref(o->client_ref);
    QF_SET(o, order_place, client_ref);
}

/* --- pre-check */

bool ticket_checked(const struct ticket *x)
{
    return x->report && x->answered == x->typed;
}

static void on_check(void *arg, const struct tui_answer *answer)
{
    struct ticket *x = arg;
    x->check_call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        free(x->report);
        x->report = tui_record_copy(&qf_rec_gate_report, answer->rep);
        x->answered = x->asked;
        x->why[0] = '\0';
    } else if (answer->kind == TUI_ANSWER_REFUSED) {
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    }
}

static void ask_check(struct ticket *x, qf_time now)
{
    struct qf_order_check req;
    x->asked = x->typed;
    x->asked_at = now;
    if (!ticket_read(x, &req, x->why, sizeof x->why))
        return;
    if (tui_app_live(x->d.app))
        x->check_call = tui_app_call(x->d.app, QF_CMD_order_check, &req, on_check, x);
}

static void watch_form(struct ticket *x, qf_time now)
{
    uint64_t typed = form_hash(x);
    if (typed != x->typed) {
        x->typed = typed;
        x->typed_at = now;
    }
    bool paused = x->asked != x->typed && now - x->typed_at >= PAUSE,
         old = x->asked == x->typed && now - x->asked_at >= RECHECK;
    if (!x->check_call && (paused || old))
        ask_check(x, now);
}

/* --- sending */

static void go(struct ticket *x, enum ticket_stage stage)
{
    x->stage = stage;
    x->d.opened = tui_app_now(x->d.app); /* another picture: keys typed ahead are not meant for it */
    tui_app_touch(x->d.app);
}

static void on_place(void *arg, const struct tui_answer *answer)
{
    struct ticket *x = arg;
    x->place_call = 0;
    if (answer->kind == TUI_ANSWER_OK) {
        const struct qf_order *o = answer->rep;
        char quantity[TUI_FMT];
        tui_fmt_qty(quantity, o->quantity, tui_decimals_of(o->quantity), false, 0);
        tui_app_say(x->d.app, TUI_TEXT, "order %lld taken: %s %s %s", (long long)o->id,
                    qf_enum_text(&qf_enum_side, o->side), quantity, o->symbol);
        go(x, TICKET_OVER);
        return;
    }
    bool unknown = answer->kind == TUI_ANSWER_LOST || answer->refusal->reason == QF_R_UNKNOWN_OUTCOME;
    if (unknown) {
        x->retry_at = tui_app_now(x->d.app) + RETRY;
        go(x, TICKET_UNKNOWN);
        return;
    }
    x->refusal = *answer->refusal;
    qf_str_copy(x->reason, sizeof x->reason, answer->reason);
    go(x, TICKET_REFUSED);
}

/* The same reference as before: what was taken is answered, not taken twice. */
static void send_order(struct ticket *x)
{
    x->place_call = tui_app_call(x->d.app, QF_CMD_order_place, &x->order, on_place, x);
    if (x->place_call)
        go(x, TICKET_SENT);
}

static void review(struct ticket *x)
{
    struct qf_order_check req;
    if (x->check_only) {
        tui_app_say(x->d.app, TUI_TEXT, "a pre-check sends nothing; Esc, then b or s opens a ticket");
    } else if (!ticket_read(x, &req, x->why, sizeof x->why)) {
        tui_app_say(x->d.app, TUI_WARN, "%s", x->why);
    } else if (!ticket_checked(x)) {
        tui_app_say(x->d.app, TUI_TEXT, "the gate has not answered yet");
    } else if (!x->report->pass) {
        tui_app_say(x->d.app, TUI_WARN, "a control refuses: nothing to send%s",
                    QF_HAS(x->report, gate_report, largest) ? "; Ctrl-N takes the largest that passes" : "");
    } else {
        copy_to_order(&req, &x->order);
        go(x, TICKET_REVIEW);
    }
}

static void take_largest(struct ticket *x)
{
    char text[TUI_FMT];
    if (!x->report || !QF_HAS(x->report, gate_report, largest) || x->report->largest <= 0) {
        tui_app_say(x->d.app, TUI_TEXT, "no quantity would pass");
        return;
    }
    qf_dec_format(x->report->largest, QF_SCALE, text);
    tui_form_set(&x->form, TICKET_QUANTITY, text);
}

/* --- keys */

static enum tui_verdict edit_key(struct ticket *x, tui_key key)
{
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER)
        review(x);
    else if (key == TUI_CTRL('N'))
        take_largest(x);
    else if (key == TUI_KEY_TAB || key == TUI_KEY_DOWN)
        (void)(tui_form_move(&x->form, 1) || (x->form.focus = 0, true));
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_UP)
        (void)(tui_form_move(&x->form, -1) || (x->form.focus = x->form.n - 1, true));
    else
        (void)tui_form_key(&x->form, key);
    return TUI_STAY;
}

static enum tui_verdict ticket_key(struct tui_dialog *d, tui_key key)
{
    struct ticket *x = (struct ticket *)d;
    switch (x->stage) {
    case TICKET_EDIT:
        return edit_key(x, key);
    case TICKET_REVIEW:
        if (key == 'y')
            send_order(x);
        else if (key == TUI_KEY_ENTER || key == TUI_KEY_ESC)
            go(x, TICKET_EDIT);
        return TUI_STAY;
    case TICKET_REFUSED:
        if (key == TUI_KEY_ENTER || key == TUI_KEY_ESC)
            go(x, TICKET_EDIT);
        return TUI_STAY;
    case TICKET_SENT:
    case TICKET_UNKNOWN:
        if (key == TUI_CTRL('C'))
            tui_app_leave(d->app);
        else if (key == TUI_KEY_ESC)
            tui_app_say(d->app, TUI_TEXT, "waiting for the answer to %s", x->order.client_ref);
        return TUI_STAY;
    default:
        return TUI_CLOSE;
    }
}

static enum tui_verdict ticket_tick(struct tui_dialog *d, qf_time now)
{
    struct ticket *x = (struct ticket *)d;
    if (x->stage == TICKET_OVER)
        return TUI_CLOSE;
    if (x->stage == TICKET_EDIT)
        watch_form(x, now);
    if (x->stage == TICKET_UNKNOWN && now >= x->retry_at && tui_app_live(d->app)) {
        x->retry_at = now + RETRY;
        send_order(x);
    }
    return TUI_STAY;
}

/* --- lifecycle */

static void ticket_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct ticket *x = (const struct ticket *)d;
    *ret_w = w < 80 ? w : 80;
    static const int heights[] = {[TICKET_EDIT] = 21,    [TICKET_REVIEW] = 6,   [TICKET_SENT] = 7,
                                  [TICKET_REFUSED] = 11, [TICKET_UNKNOWN] = 10, [TICKET_OVER] = 6};
    *ret_h = heights[x->stage] < h - 2 ? heights[x->stage] : h - 2;
}

static bool ticket_dock(const struct tui_dialog *d, int w, int h, struct tui_rect *ret)
{
    return tui_app_digit(d->app) == screen_live.digit && live_dock(w, h, ret);
}

static void ticket_free(struct tui_dialog *d)
{
    struct ticket *x = (struct ticket *)d;
    tui_app_forget(d->app, x->check_call);
    tui_app_forget(d->app, x->place_call);
    free(x->report);
    free(x);
}

static void fill_form(struct ticket *x, const char *symbol)
{
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(x->d.app), symbol);
    const struct tui_link_status *s = tui_app_status(x->d.app);
    char price[TUI_FMT] = "";
    bool buy = x->side == QF_SIDE_BUY;
    if (q && (buy ? QF_HAS(q, quote, ask) : QF_HAS(q, quote, bid)))
        tui_fmt_price(price, buy ? q->ask : q->bid, tui_decimals(q->tick), 0);
    tui_form_init(&x->form, &qf_rec_order_check);
    tui_form_add(&x->form, "quantity", "quantity");
    tui_form_add(&x->form, "type", "type");
    tui_form_add(&x->form, "price", "price");
    tui_form_add(&x->form, "tif", "until");
    tui_form_add(&x->form, "account", "book");
    tui_form_add(&x->form, "symbol", "symbol");
    tui_form_set(&x->form, TICKET_TYPE, price[0] ? "LIMIT" : "MARKET");
    tui_form_set(&x->form, TICKET_PRICE, price);
    tui_form_set(&x->form, TICKET_TIF, "DAY");
    tui_form_set(&x->form, TICKET_ACCOUNT, QF_HAS(&s->who, signed_in, account) ? s->who.account : "");
    tui_form_set(&x->form, TICKET_SYMBOL, symbol);
}

static struct ticket *make(struct tui_app *app, int32_t side, const char *symbol)
{
    static const struct tui_dialog_ops ops = {ticket_size, ticket_draw, ticket_key,
                                              ticket_tick, ticket_free, ticket_dock};
    struct ticket *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->cells.app = app;
    x->side = side;
    fill_form(x, symbol);
    x->typed_at = tui_app_now(app);
    return x;
}

struct tui_dialog *ticket_new(struct tui_app *app, int32_t side, const char *symbol)
{
    struct ticket *x = make(app, side, symbol);
    qf_str_fmt(x->d.title, sizeof x->d.title, "%s %s, not sent", side == QF_SIDE_BUY ? "Buy" : "Sell", symbol);
    return &x->d;
}

struct tui_dialog *ticket_check_new(struct tui_app *app, int32_t side, const char *symbol)
{
    struct ticket *x = make(app, side, symbol);
    x->check_only = true;
    qf_str_fmt(x->d.title, sizeof x->d.title, "Pre-check: %s %s", side == QF_SIDE_BUY ? "buy" : "sell", symbol);
    return &x->d;
}
