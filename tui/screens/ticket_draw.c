/* How the ticket looks: in a box of 80 columns, or docked in 46 at the right of the live screen. */
#include <stdlib.h>
#include <string.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/ticket.h"

/* --- the market */

static void side_text(const struct qf_quote *q, bool bid, char *out, size_t cap)
{
    char price[TUI_FMT], size[TUI_FMT];
    bool there = bid ? QF_HAS(q, quote, bid) : QF_HAS(q, quote, ask);
    bool sized = bid ? QF_HAS(q, quote, bid_size) : QF_HAS(q, quote, ask_size);
    qf_qty quantity = bid ? q->bid_size : q->ask_size;
    tui_fmt_price(price, bid ? q->bid : q->ask, tui_decimals(q->tick), 0);
    tui_fmt_qty(size, quantity, tui_decimals_of(quantity), false, 9);
    qf_str_fmt(out, cap, "%s %s%s%s", bid ? "bid" : "ask", there ? price : "none", there && sized ? " x " : "",
               there && sized ? size : "");
}

void ticket_market(const struct cells *cells, const char *symbol, char *out, size_t cap)
{
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(cells->app), symbol);
    char bid[80], ask[80];
    if (!q) {
        qf_str_fmt(out, cap, symbol[0] ? "no quote of %s" : "no symbol", symbol);
        return;
    }
    side_text(q, true, bid, sizeof bid);
    side_text(q, false, ask, sizeof ask);
    qf_str_fmt(out, cap, "%s   %s", bid, ask);
}

static void steps_text(const struct ticket *x, char *out, size_t cap)
{
    const struct qf_instrument *i = tui_app_instrument(x->d.app, tui_form_text(&x->form, TICKET_SYMBOL));
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(x->d.app), tui_form_text(&x->form, TICKET_SYMBOL));
    char lot[TUI_FMT], tick[TUI_FMT], age[TUI_FMT] = "";
    out[0] = '\0';
    if (q && QF_HAS(q, quote, received))
        tui_fmt_age(age, tui_app_desk_now(x->d.app) - q->received);
    if (!i)
        return;
    qf_dec_format(i->lot, QF_SCALE, lot);
    qf_dec_format(i->tick, QF_SCALE, tick);
    qf_str_fmt(out, cap, "%s   lot %s   tick %s", age, lot, tick);
}

static void draw_mode(const struct tui_view *v, int x, int y)
{
    static const enum tui_role roles[] = {
        [QF_MODE_SIMULATED] = TUI_SIMULATED, [QF_MODE_PAPER] = TUI_PAPER, [QF_MODE_REAL] = TUI_REAL};
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    if (d && d->mode >= 0 && d->mode < QF_money_mode_COUNT)
        tui_text(v->canvas, x, y, roles[d->mode], qf_enum_text(&qf_enum_money_mode, d->mode));
}

/* --- the controls, worst first */

#define MAX_CHECKS 64

static int worst_first(const void *pa, const void *pb)
{
    const struct qf_gate_check *a = *(const struct qf_gate_check *const *)pa,
                               *b = *(const struct qf_gate_check *const *)pb;
    if (a->pass != b->pass)
        return a->pass ? 1 : -1;
    int64_t x = QF_HAS(a, gate_check, used_bp) ? a->used_bp : -1, y = QF_HAS(b, gate_check, used_bp) ? b->used_bp : -1;
    return x != y ? (x < y) - (x > y) : a->control - b->control;
}

static int sort_checks(const struct qf_gate_report *g, const struct qf_gate_check **ret, int *ret_passed)
{
    int n = (int)(g->checks_n < MAX_CHECKS ? g->checks_n : MAX_CHECKS);
    *ret_passed = 0;
    for (int i = 0; i < n; i++) {
        ret[i] = &g->checks[i];
        *ret_passed += g->checks[i].pass;
    }
    qsort(ret, (size_t)n, sizeof *ret, worst_first);
    return n;
}

/* A control without numbers that passes needs no line of its own. */
static bool is_plain(const struct qf_gate_check *k)
{
    return k->pass && !QF_HAS(k, gate_check, limit);
}

static enum tui_role check_role(const struct qf_gate_check *k)
{
    return !k->pass ? TUI_BAD : k->used_bp > 8500 ? TUI_WARN : TUI_UP;
}

static void number(const struct qf_gate_check *k, bool there, qf_money m, int w, char out[TUI_FMT])
{
    out[0] = '\0';
    if (there)
        cells_control(out, k->control, m, w);
}

static void draw_used(const struct tui_view *v, int x, int y, int bar, const struct qf_gate_check *k)
{
    char share[TUI_FMT];
    enum tui_role role = check_role(k);
    if (!QF_HAS(k, gate_check, used_bp)) {
        tui_text_right(v->canvas, x, y, bar + 6, role, k->pass ? "pass" : "REFUSED");
        return;
    }
    tui_bar(v->canvas, x, y, bar, role, k->used_bp / 10);
    tui_fmt_bp(share, k->used_bp, 0, false);
    tui_text_right(v->canvas, x + bar, y, 6, role, share);
}

/* "sector Technology" is "Technology" where columns are few: the control says which kind it is. */
static const char *short_scope(const struct qf_gate_check *k, int columns)
{
    static const char *const kinds[] = {"sector ", "symbol ", "strategy ", "account ", "trader "};
    for (size_t i = 0; i < QF_LEN(kinds); i++)
        if (strncmp(k->scope, kinds[i], strlen(kinds[i])) == 0 && (int)strlen(k->scope) > columns)
            return k->scope + strlen(kinds[i]);
    return k->scope;
}

static void draw_check_wide(const struct tui_view *v, struct tui_rect r, const struct qf_gate_check *k)
{
    char text[TUI_FMT];
    tui_text_fit(v->canvas, r.x, r.y, 15, TUI_TEXT, qf_enum_text(&qf_enum_control_code, k->control));
    tui_text_fit(v->canvas, r.x + 16, r.y, 14, TUI_TEXT, short_scope(k, 14));
    number(k, QF_HAS(k, gate_check, now), k->now, 11, text);
    tui_text_right(v->canvas, r.x + 30, r.y, 12, TUI_DIM, text);
    number(k, QF_HAS(k, gate_check, after), k->after, 11, text);
    tui_text_right(v->canvas, r.x + 42, r.y, 12, TUI_TEXT, text);
    number(k, QF_HAS(k, gate_check, limit), k->limit, 11, text);
    tui_text_right(v->canvas, r.x + 54, r.y, 12, TUI_DIM, text);
    draw_used(v, r.x + 67, r.y, r.w - 67 - 6 > 1 ? r.w - 67 - 6 : 1, k);
}

static void draw_check_narrow(const struct tui_view *v, struct tui_rect r, const struct qf_gate_check *k)
{
    char text[TUI_FMT];
    tui_text_fit(v->canvas, r.x, r.y, 14, TUI_TEXT, qf_enum_text(&qf_enum_control_code, k->control));
    tui_text_fit(v->canvas, r.x + 15, r.y, 9, TUI_DIM, short_scope(k, 9));
    number(k, QF_HAS(k, gate_check, after), k->after, 8, text);
    tui_text_right(v->canvas, r.x + 24, r.y, 9, TUI_TEXT, text);
    draw_used(v, r.x + 34, r.y, r.w - 34 - 6 > 1 ? r.w - 34 - 6 : 1, k);
}

static void draw_passes(const struct tui_view *v, struct tui_rect r, const struct qf_gate_check *const *k, int n)
{
    char text[256] = "pass:";
    for (int i = 0; i < n; i++)
        if (is_plain(k[i])) {
            size_t len = strlen(text);
            qf_str_fmt(text + len, sizeof text - len, "  %s", qf_enum_text(&qf_enum_control_code, k[i]->control));
        }
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, text);
}

void ticket_draw_checks(const struct tui_view *v, struct tui_rect r, const struct qf_gate_report *g)
{
    const struct qf_gate_check *k[MAX_CHECKS];
    int passed, n = sort_checks(g, k, &passed), y = r.y, hidden = 0;
    for (int i = 0; i < n; i++) {
        if (is_plain(k[i]))
            continue;
        if (y >= r.y + r.h - 1) {
            hidden++;
            continue;
        }
        struct tui_rect line = {r.x, y++, r.w, 1};
        if (r.w >= 70)
            draw_check_wide(v, line, k[i]);
        else
            draw_check_narrow(v, line, k[i]);
    }
    struct tui_rect last = {r.x, y, r.w, 1};
    if (hidden)
        tui_textf(v->canvas, last.x, last.y, TUI_DIM, "%d more pass", hidden);
    else
        draw_passes(v, last, k, n);
}

static void draw_verdict(const struct ticket *x, const struct tui_view *v, struct tui_rect r)
{
    const struct qf_gate_report *g = x->report;
    const struct qf_gate_check *k[MAX_CHECKS];
    char text[256], money[TUI_FMT] = "", fee[TUI_FMT] = "", largest[TUI_FMT];
    if (x->why[0]) {
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_WARN, x->why);
        return;
    }
    if (!ticket_checked(x)) {
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, "asking the gate");
        return;
    }
    int passed, n = sort_checks(g, k, &passed);
    if (!g->pass) {
        qf_str_fmt(text, sizeof text, "%d of %d pass. REFUSED: %s %s", passed, n,
                   n ? qf_enum_text(&qf_enum_control_code, k[0]->control) : "", n ? k[0]->scope : "");
        tui_glyph(v->canvas, r.x, r.y, TUI_BAD, 0x25b2, '!');
        tui_text_fit(v->canvas, r.x + 2, r.y, r.w - 2, TUI_BAD, text);
        if (QF_HAS(g, gate_report, largest) && g->largest > 0 && r.h > 1) {
            tui_fmt_qty(largest, g->largest, tui_decimals_of(g->largest), false, 0);
            tui_textf(v->canvas, r.x + 2, r.y + 1, TUI_TEXT, "%s would pass: Ctrl-N takes it", largest);
        }
        return;
    }
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    if (QF_HAS(g, gate_report, base_notional))
        tui_fmt_money(money, g->base_notional, 2, 0);
    if (QF_HAS(g, gate_report, fee))
        tui_fmt_money(fee, g->fee, 2, 0);
    int at = r.x + tui_textf(v->canvas, r.x, r.y, TUI_UP, "%d of %d pass", passed, n);
    tui_textf(v->canvas, at + 2, r.y, TUI_TEXT, "%s %s  fee ~%s", money, d ? d->base : "", fee);
}

/* --- the form */

static void draw_field(const struct ticket *x, const struct tui_view *v, int i, int px, int py, int label, int w)
{
    bool off = i == TICKET_PRICE && strcmp(tui_form_text(&x->form, TICKET_TYPE), "MARKET") == 0;
    tui_text(v->canvas, px, py, TUI_DIM, x->form.fields[i].label);
    if (off)
        tui_text(v->canvas, px + label, py, TUI_DIM, "[  at market]");
    else
        tui_form_draw(&x->form, i, v->canvas, px + label, py, w, true, x->form.focus == i);
}

/* In CLOSE_ONLY the desk takes only what makes a position smaller. */
static bool draw_state_note(const struct tui_view *v, struct tui_rect r)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    if (!d || d->state != QF_STATE_CLOSE_ONLY)
        return false;
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_WARN, "CLOSE_ONLY: reduces positions only");
    return true;
}

static void draw_hint(const struct ticket *x, const struct tui_view *v, struct tui_rect r)
{
    bool good = ticket_checked(x) && x->report->pass && !x->check_only, narrow = r.w < 70;
    bool offer = ticket_checked(x) && !x->report->pass && !x->why[0]; /* the other half of the line is taken */
    const char *text =
        good ? (narrow ? "Enter reviews, then y sends" : "Enter reviews   Space changes a choice   Esc back")
             : (narrow || offer ? "Esc back" : "Space changes a choice   Esc back");
    if (narrow)
        tui_text_fit(v->canvas, r.x, r.y, r.w, good ? TUI_TEXT : TUI_DIM, text);
    else
        tui_text_right(v->canvas, r.x + r.w - (int)strlen(text), r.y, (int)strlen(text), good ? TUI_TEXT : TUI_DIM,
                       text);
}

static void draw_edit_wide(const struct ticket *x, const struct tui_view *v, struct tui_rect r)
{
    char text[200], steps[120];
    static const int at[TICKET_FIELDS][2] = {
        [TICKET_SYMBOL] = {0, 0},   [TICKET_TYPE] = {26, 0},  [TICKET_TIF] = {52, 0},
        [TICKET_QUANTITY] = {0, 1}, [TICKET_PRICE] = {26, 1}, [TICKET_ACCOUNT] = {52, 1}};
    for (int i = 0; i < TICKET_FIELDS; i++)
        draw_field(x, v, i, r.x + at[i][0], r.y + at[i][1], 9, 15);
    ticket_market(&x->cells, tui_form_text(&x->form, TICKET_SYMBOL), text, sizeof text);
    steps_text(x, steps, sizeof steps);
    int used = tui_text_fit(v->canvas, r.x, r.y + 2, r.w - 11, TUI_TEXT, text);
    tui_text_fit(v->canvas, r.x + used + 3, r.y + 2, r.w - used - 14, TUI_DIM, steps);
    draw_mode(v, r.x + r.w - 9, r.y + 2);
    tui_text(v->canvas, r.x, r.y + 3, TUI_DIM, "Control         Scope                  Now       After       Limit");
    tui_text_right(v->canvas, r.x, r.y + 3, r.w, TUI_DIM, "Used");
    if (x->report)
        ticket_draw_checks(v, (struct tui_rect){r.x, r.y + 4, r.w, r.h - 7}, x->report);
    draw_verdict(x, v, (struct tui_rect){r.x, r.y + r.h - 2, r.w, 2});
    (void)draw_state_note(v, (struct tui_rect){r.x, r.y + r.h - 3, r.w, 1});
    draw_hint(x, v, (struct tui_rect){r.x, r.y + r.h - 1, r.w, 1});
}

static void draw_edit_narrow(const struct ticket *x, const struct tui_view *v, struct tui_rect r)
{
    static const int order[TICKET_FIELDS] = {TICKET_SYMBOL, TICKET_QUANTITY, TICKET_TYPE,
                                             TICKET_PRICE,  TICKET_TIF,      TICKET_ACCOUNT};
    const struct qf_instrument *i = tui_app_instrument(v->app, tui_form_text(&x->form, TICKET_SYMBOL));
    char market[200], lot[TUI_FMT], tick[TUI_FMT];
    for (int k = 0; k < TICKET_FIELDS; k++)
        draw_field(x, v, order[k], r.x, r.y + k, 10, 18);
    if (i) {
        qf_dec_format(i->lot, QF_SCALE, lot);
        qf_dec_format(i->tick, QF_SCALE, tick);
        tui_textf(v->canvas, r.x + 30, r.y + 1, TUI_DIM, "lot %s", lot);
        tui_textf(v->canvas, r.x + 30, r.y + 3, TUI_DIM, "tick %s", tick);
    }
    ticket_market(&x->cells, tui_form_text(&x->form, TICKET_SYMBOL), market, sizeof market);
    tui_text_fit(v->canvas, r.x, r.y + 6, r.w, TUI_TEXT, market);
    if (!draw_state_note(v, (struct tui_rect){r.x, r.y + 7, r.w, 1})) {
        tui_text(v->canvas, r.x, r.y + 7, TUI_HEADING, "Controls after this order");
        tui_text_right(v->canvas, r.x, r.y + 7, r.w, TUI_DIM, "worst first");
    }
    if (x->report)
        ticket_draw_checks(v, (struct tui_rect){r.x, r.y + 8, r.w, r.h - 10}, x->report);
    draw_verdict(x, v, (struct tui_rect){r.x, r.y + r.h - 2, r.w, 2});
    if (!ticket_checked(x) || x->report->pass)
        draw_hint(x, v, (struct tui_rect){r.x, r.y + r.h - 1, r.w, 1});
}

/* --- the other stages */

static void order_words(const struct ticket *x, char *out, size_t cap)
{
    const struct qf_order_place *o = &x->order;
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->d.app));
    char quantity[TUI_FMT], price[TUI_FMT] = "", money[TUI_FMT] = "";
    tui_fmt_qty(quantity, o->quantity, tui_decimals_of(o->quantity), false, 0);
    int own = tui_decimals_of(o->price), tick = tui_decimals(cells_tick(&x->cells, o->symbol));
    if (QF_HAS(o, order_place, price))
        tui_fmt_price(price, o->price, own > tick ? own : tick, 0);
    if (x->report && QF_HAS(x->report, gate_report, base_notional))
        tui_fmt_money(money, x->report->base_notional, 2, 0);
    qf_str_fmt(out, cap, "%s %s %s %s%s%s %s, book %s, %s %s, %s", qf_enum_text(&qf_enum_side, o->side), quantity,
               o->symbol, qf_enum_text(&qf_enum_order_type, o->type), price[0] ? " " : "", price,
               qf_enum_text(&qf_enum_tif, o->tif), x->report ? x->report->account : "", money, d ? d->base : "",
               d ? qf_enum_text(&qf_enum_money_mode, d->mode) : "");
}

static void say_refusal(const struct ticket *x, struct tui_lines *l)
{
    const struct qf_refusal *f = &x->refusal;
    char a[TUI_FMT] = "", b[TUI_FMT] = "", c[TUI_FMT] = "", n[TUI_FMT];
    int32_t control = f->reason == QF_R_REFUSED ? f->control : -1;
    tui_lines_add(l, TUI_BAD, "%s", x->reason);
    tui_lines_wrap(l, TUI_TEXT, qf_refusal_text(f), 42);
    if (f->field[0])
        tui_lines_add(l, TUI_TEXT, "field   %s", f->field);
    if (f->has_used)
        cells_control(a, control, f->used, 0);
    if (f->has_limit)
        cells_control(b, control, f->limit, 0);
    if (f->has_after)
        cells_control(c, control, f->after, 0);
    if (f->has_limit)
        tui_lines_add(l, TUI_TEXT, "limit %s   used %s   after %s", b, a, c);
    if (f->has_largest && f->largest > 0) {
        tui_fmt_qty(n, f->largest, tui_decimals_of(f->largest), false, 0);
        tui_lines_add(l, TUI_TEXT, "largest quantity that passes: %s", n);
    }
}

static void draw_stage(const struct ticket *x, const struct tui_view *v, struct tui_rect r)
{
    struct tui_lines l = {0};
    char words[256];
    const char *button = "Back";
    order_words(x, words, sizeof words);
    if (x->stage == TICKET_REFUSED) {
        say_refusal(x, &l);
        button = "Back to the ticket";
    } else {
        tui_lines_wrap(&l, TUI_HEADING, words, (size_t)(r.w < 100 ? r.w : 100));
        tui_lines_add(&l, TUI_TEXT, "%s", "");
    }
    if (x->stage == TICKET_SENT)
        tui_lines_add(&l, TUI_DIM, "sent, waiting for the desk");
    if (x->stage == TICKET_UNKNOWN) {
        tui_lines_wrap(&l, TUI_WARN,
                       "not known whether it was taken; asking with the same reference, nothing is done twice",
                       (size_t)r.w);
        tui_lines_add(&l, TUI_DIM, "reference %s", x->order.client_ref);
    }
    tui_lines_draw(&l, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - 1});
    struct tui_rect foot = {r.x, r.y + r.h - 1, r.w, 1};
    if (x->stage == TICKET_REVIEW) {
        tui_text(v->canvas, r.x + r.w - 7, foot.y, TUI_ACCENT, "y");
        tui_text(v->canvas, r.x + r.w - 6, foot.y, TUI_TEXT, " sends");
        foot.w -= 9;
    }
    if (x->stage == TICKET_REVIEW || x->stage == TICKET_REFUSED)
        tui_buttons(v->canvas, foot, &button, 1, 0);
}

void ticket_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct ticket *x = (struct ticket *)d;
    if (x->stage != TICKET_EDIT)
        draw_stage(x, v, r);
    else if (r.w >= 70)
        draw_edit_wide(x, v, r);
    else
        draw_edit_narrow(x, v, r);
}

/* --- the dock while no ticket is open */

static qf_qty held(const struct tui_app *app, const char *symbol)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(app), QF_TOPIC_positions, &rows);
    qf_qty sum = 0;
    for (size_t i = 0; i < n; i++)
        if (qf_str_eq(((const struct qf_position *)rows[i])->symbol, symbol))
            sum += ((const struct qf_position *)rows[i])->quantity;
    return sum;
}

static void put_line(const struct tui_view *v, struct tui_rect r, int *y, const char *label, const char *text)
{
    if (*y >= r.y + r.h)
        return;
    tui_text(v->canvas, r.x, *y, TUI_DIM, label);
    tui_text_fit(v->canvas, r.x + 11, (*y)++, r.w - 11, TUI_TEXT, text);
}

void ticket_idle(const struct tui_view *v, struct tui_rect r, const char *symbol)
{
    const struct qf_instrument *i = tui_app_instrument(v->app, symbol);
    const struct qf_quote *q = tui_cache_quote(tui_app_cache(v->app), symbol);
    char text[200];
    int y = r.y;
    if (!q) {
        tui_text_fit(v->canvas, r.x, y, r.w, TUI_DIM, "no symbol is selected");
        return;
    }
    put_line(v, r, &y, "symbol", symbol);
    if (i) {
        char lot[TUI_FMT], tick[TUI_FMT];
        qf_dec_format(i->lot, QF_SCALE, lot);
        qf_dec_format(i->tick, QF_SCALE, tick);
        put_line(v, r, &y, "name", i->name);
        put_line(v, r, &y, "sector", i->sector);
        qf_str_fmt(text, sizeof text, "lot %s  tick %s  %s", lot, tick, i->currency);
        put_line(v, r, &y, "steps", text);
        qf_str_fmt(text, sizeof text, "%s at %s", qf_enum_text(&qf_enum_inst_status, i->status), i->venue);
        put_line(v, r, &y, "venue", text);
    }
    side_text(q, true, text, sizeof text);
    put_line(v, r, &y, "bid", text + 4);
    side_text(q, false, text, sizeof text);
    put_line(v, r, &y, "ask", text + 4);
    tui_fmt_qty(text, held(v->app, symbol), tui_decimals_of(held(v->app, symbol)), true, 0);
    put_line(v, r, &y, "held", text);
    if (tui_app_may(v->app, QF_P_TRADE) && y + 1 < r.y + r.h)
        tui_text_fit(v->canvas, r.x, y + 1, r.w, TUI_DIM, "b buys, s sells, p asks the gate only");
}
