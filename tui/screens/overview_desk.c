/* Equity and the desk's totals on the overview. */
#include <string.h>

#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/overview_in.h"
#include "tui/screens/ranges.h"

static const struct tui_cache *cache_of(const struct overview *x)
{
    return tui_app_cache(x->cells.app);
}

/* --- equity */

static void equity_title(const struct overview *x, int w, char *out, size_t cap)
{
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    size_t n = qf_str_fmt(out, cap, "Equity, %s%s%s", range_words(x->range), d ? ", " : "", d ? d->base : "");
    if (x->bench_n > 1)
        n += qf_str_fmt(out + n, cap - n, w < 60 ? "; dotted %s" : "; dotted = benchmark %s", x->benchmark);
    if (x->eye.from)
        qf_str_fmt(out + n, cap - n, w < 60 ? "; a part" : "; a part, _ shows more");
}

void overview_draw_equity(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    const struct tui_point *points;
    char title[120];
    struct tui_panel_look mine = *look;
    int n = tui_history_equity_points(tui_app_history(x->cells.app), &points);
    mine.look.loading = NULL;
    equity_title(x, r.w, title, sizeof title);
    struct tui_rect inside = tui_app_panel(v, r, title, &mine);
    if (!x->equity_loaded && n == 0) {
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM, "waiting for equity");
        return;
    }
    struct tui_line_chart chart = {.points = points,
                                   .n = n,
                                   .second = x->bench,
                                   .second_n = x->bench_n,
                                   .role = TUI_CHART,
                                   .crosshair = tui_eye_index(&x->eye, points, n),
                                   .from = x->eye.from,
                                   .to = x->eye.to};
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    tui_chart_lines(v->canvas, inside, &chart);
    tui_canvas_flags(v->canvas, before);
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

/* The share line 1 has, and its amount to the cent. The peak is kept with all flows taken out. */
static void put_drawdown(struct writer *w, const struct qf_desk_status *d)
{
    char amount[TUI_FMT], share[TUI_FMT];
    qf_money fall = d->equity - d->flows - d->peak;
    tui_fmt_pnl(amount, fall < 0 ? fall : 0, 2, w->r.w < 30 ? 9 : w->r.w - 20);
    tui_fmt_bp(share, d->drawdown_bp, 2, true);
    put_total(w, "Drawdown", TUI_TEXT, amount, share);
}

/* A profit since a close that may not be there yet. */
static void put_since(struct writer *w, const char *label, bool there, qf_money pnl, qf_money start)
{
    if (there)
        put_money(w, label, pnl, start, true);
    else
        put_total(w, label, TUI_DIM, "no close yet", "");
}

static enum tui_role var_role(const struct qf_desk_status *d, int64_t permille)
{
    return d->var_incomplete || permille >= 1000 ? TUI_BAD : permille >= 850 ? TUI_WARN : TUI_UP;
}

/* "VaR 99 1d  326,321.94 ======.. 73%": the bar is full when the limit is reached. */
static void put_var(struct writer *w, const struct qf_desk_status *d)
{
    char amount[TUI_FMT], share[TUI_FMT] = "";
    qf_i128 permille = 0;
    bool limited = QF_HAS(d, desk_status, var_limit) && d->var_limit > 0, wide = w->r.w >= 40;
    if (w->y >= w->r.y + w->r.h)
        return;
    if (!QF_HAS(d, desk_status, var_99)) {
        put_total(w, "VaR 99 1d", TUI_DIM, "no run yet", "");
        return;
    }
    if (limited && qf_muldiv(d->var_99, 1000, d->var_limit, &permille) != QF_OK)
        permille = 1000;
    permille = permille > 99999 ? 99999 : permille < 0 ? 0 : permille;
    enum tui_role role = limited || d->var_incomplete ? var_role(d, (int64_t)permille) : TUI_TEXT;
    tui_fmt_money(amount, d->var_99, wide ? 2 : 0, wide ? 14 : 10);
    tui_text(w->c, w->r.x, w->y, TUI_DIM, "VaR 99 1d");
    int edge = wide ? 26 : w->r.w - 5, bar = wide ? w->r.w - 34 : w->r.w - 25;
    tui_text_right(w->c, w->r.x + edge - 14, w->y, 14, d->var_incomplete ? TUI_BAD : TUI_TEXT, amount);
    if (limited && bar >= 4)
        tui_bar(w->c, w->r.x + (wide ? 27 : 10), w->y, bar > 12 ? 12 : bar, role, (int64_t)permille);
    if (limited)
        tui_fmt_share(share, d->var_99, d->var_limit, 0, false);
    tui_text_right(w->c, w->r.x + w->r.w - 6, w->y, 6, role, d->var_incomplete && wide ? "INCOMP" : share);
    w->y++;
}

static void put_es(struct writer *w, const struct qf_desk_status *d)
{
    char amount[TUI_FMT];
    if (w->y >= w->r.y + w->r.h || !QF_HAS(d, desk_status, es_975))
        return;
    tui_fmt_money(amount, d->es_975, 2, 14);
    tui_text(w->c, w->r.x, w->y, TUI_DIM, "ES 97.5 1d");
    tui_text_right(w->c, w->r.x + 12, w->y, 14, TUI_TEXT, amount);
    w->y++;
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

static void put_totals(struct writer *w, const struct qf_desk_status *d)
{
    put_money(w, "Day", d->day_pnl, d->day_start, true);
    put_since(w, "Month", QF_HAS(d, desk_status, month_pnl), d->month_pnl, d->month_start);
    put_since(w, "Year", QF_HAS(d, desk_status, year_pnl), d->year_pnl, d->year_start);
    put_drawdown(w, d);
    put_money(w, "Gross", d->gross, d->equity, false);
    put_money(w, "Net", d->net, d->equity, false);
    put_money(w, "Cash", d->cash, d->equity, false);
    put_var(w, d);
    if (w->r.w >= 40)
        put_es(w, d);
}

static void put_more(struct writer *w, const struct qf_desk_status *d)
{
    put_money(w, "Unrealised", d->unrealized, 0, true);
    put_money(w, "Realised", d->realized, 0, true);
    put_money(w, "Fees", d->fees, 0, false);
    put_money(w, "Long", d->long_value, d->equity, false);
    put_money(w, "Short", d->short_value, d->equity, false);
    put_money(w, "Buys reserve", d->reserved, 0, false);
}

void overview_draw_desk(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    const struct qf_desk_status *d = tui_cache_desk(cache_of(x));
    struct tui_rect inside = tui_app_panel(v, r, "Desk", look);
    inside.w = inside.w > TOTALS_W ? TOTALS_W : inside.w;
    struct writer w = {v->canvas, inside, inside.y};
    if (!d)
        return;
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    if (d->unpriced) {
        char text[64];
        qf_str_fmt(text, sizeof text, "INCOMPLETE: %lld unpriced", (long long)d->unpriced);
        put_total(&w, "", TUI_BAD, text, "");
    }
    put_totals(&w, d);
    if (x->board.panes[PANE_LIMITS].r.h == 0)
        put_limits(x, &w);
    else
        put_more(&w, d);
    tui_canvas_flags(v->canvas, before);
}

