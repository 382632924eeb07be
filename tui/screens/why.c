/* 'w': what the gate says to a working order now, as if what is left of it were sent again. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/screens/screens.h"
#include "tui/screens/ticket.h"

struct why {
    struct tui_dialog d;
    struct qf_order order; /* as it was when asked */
    int64_t call;
    qf_time asked;
    struct qf_gate_report *report; /* NULL until there is an answer */
    char error[160];
};

static void why_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d;
    *ret_w = w < 80 ? w : 80;
    *ret_h = h - 4 < 18 ? h - 4 : 18;
}

static void order_words(const struct why *x, char *out, size_t cap)
{
    char left[TUI_FMT], price[TUI_FMT] = "";
    const struct qf_order *o = &x->order;
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(x->d.app), o->symbol);
    tui_fmt_qty(left, o->quantity - o->filled, tui_decimals_of(o->quantity), false, 0);
    if (QF_HAS(o, order, price))
        tui_fmt_price(price, o->price, tui_decimals(q ? q->tick : 0), 0);
    qf_str_fmt(out, cap, "%s %s %s %s%s%s %s, book %s, by %s", qf_enum_text(&qf_enum_side, o->side), left, o->symbol,
               qf_enum_text(&qf_enum_order_type, o->type), price[0] ? " " : "", price,
               qf_enum_text(&qf_enum_tif, o->tif), o->account, o->by);
}

static void draw_answer(const struct why *x, const struct tui_view *v, struct tui_rect r)
{
    const struct qf_gate_report *g = x->report;
    int passed = 0;
    for (uint32_t i = 0; i < g->checks_n; i++)
        passed += g->checks[i].pass;
    ticket_draw_checks(v, (struct tui_rect){r.x, r.y, r.w, r.h - 1}, g);
    tui_glyph(v->canvas, r.x, r.y + r.h - 1, g->pass ? TUI_UP : TUI_BAD, g->pass ? 0x25cf : 0x25b2, g->pass ? '*' : '!');
    tui_textf(v->canvas, r.x + 2, r.y + r.h - 1, g->pass ? TUI_UP : TUI_BAD, "%d of %u pass%s", passed, g->checks_n,
              g->pass ? "" : ": sent again it would be REFUSED");
}

static void why_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    const struct why *x = (const struct why *)d;
    char words[200], age[TUI_FMT];
    order_words(x, words, sizeof words);
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_HEADING, words);
    tui_text_fit(v->canvas, r.x, r.y + 1, r.w, TUI_DIM, "the gate's answer now, to what is left of it; nothing is sent");
    if (QF_HAS(&x->order, order, reason) && x->order.reason[0])
        tui_textf(v->canvas, r.x, r.y + 2, TUI_WARN, "its reason: %s", x->order.reason);
    tui_fmt_age(age, tui_app_now(v->app) - x->asked);
    if (x->error[0])
        tui_text_fit(v->canvas, r.x, r.y + 3, r.w, TUI_WARN, x->error);
    else if (x->report)
        draw_answer(x, v, (struct tui_rect){r.x, r.y + 3, r.w, r.h - 4});
    else
        tui_textf(v->canvas, r.x, r.y + 3, TUI_DIM, "asking the gate, %s", age);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM, "w asks again   Esc back");
}

static void on_report(void *arg, const struct tui_answer *answer)
{
    struct why *x = arg;
    x->call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        free(x->report);
        x->report = tui_record_copy(&qf_rec_gate_report, answer->rep);
        x->error[0] = '\0';
    } else if (answer->kind == TUI_ANSWER_LOST) {
        qf_str_copy(x->error, sizeof x->error, "no answer, the link went");
    } else {
        qf_str_fmt(x->error, sizeof x->error, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    }
}

static void ask(struct why *x)
{
    const struct qf_order *o = &x->order;
    struct qf_order_check q;
    memset(&q, 0, sizeof q);
    qf_str_copy(q.symbol, sizeof q.symbol, o->symbol);
    qf_str_copy(q.account, sizeof q.account, o->account);
    q.side = o->side;
    q.quantity = o->quantity - o->filled;
    q.type = o->type;
    q.tif = o->tif;
    q.price = o->price;
    q.has = QF_BIT(order_check, symbol) | QF_BIT(order_check, side) | QF_BIT(order_check, quantity) |
            QF_BIT(order_check, type) | QF_BIT(order_check, tif) | QF_BIT(order_check, account);
    if (QF_HAS(o, order, price))
        QF_SET(&q, order_check, price);
    x->asked = tui_app_now(x->d.app);
    x->call = tui_app_call(x->d.app, QF_CMD_order_check, &q, on_report, x);
}

static enum tui_verdict why_key(struct tui_dialog *d, tui_key key)
{
    struct why *x = (struct why *)d;
    if (key == 'w' && !x->call)
        ask(x);
    return key == TUI_KEY_ESC || key == TUI_KEY_ENTER || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

static void why_free(struct tui_dialog *d)
{
    struct why *x = (struct why *)d;
    tui_app_forget(d->app, x->call);
    free(x->report);
    free(x);
}

void why_open(struct tui_app *app, int64_t id)
{
    static const struct tui_dialog_ops ops = {why_size, why_draw, why_key, NULL, why_free, NULL};
    struct qf_order key = {.id = id};
    const struct qf_order *o = tui_cache_find(tui_app_cache(app), QF_TOPIC_orders, &key);
    if (!o) {
        tui_app_say(app, TUI_TEXT, "no working order %lld", (long long)id);
        return;
    }
    struct why *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->order = *o;
    qf_str_fmt(x->d.title, sizeof x->d.title, "Why %lld", (long long)id);
    tui_app_open(app, &x->d);
    ask(x);
}
