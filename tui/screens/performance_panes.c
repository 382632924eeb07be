/* The panels of the performance screen and where they stand. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/screens/performance_in.h"
#include "tui/screens/ranges.h"

void perf_look(const struct performance *x, const struct perf_answer *of, const struct tui_panel_look *look,
               struct tui_panel_look *ret)
{
    *ret = *look;
    ret->look.age = look->look.age ? ret->age : NULL;
    ret->look.loading = NULL;
    ret->look.error = of->error[0] ? of->error : NULL;
    ret->look.stale = look->look.stale || ret->look.error;
    if (of->rec || of->error[0])
        return;
    char age[TUI_FMT];
    int64_t waited = tui_app_now(x->cells.app) - of->asked;
    tui_fmt_age(age, waited);
    if (waited < 5 * QF_SEC)
        qf_str_fmt(ret->loading, sizeof ret->loading, "waiting for performance, %s", age);
    else
        qf_str_copy(ret->loading, sizeof ret->loading, "no answer, Ctrl-R asks again");
    ret->look.loading = ret->loading;
}

/* The inside of a panel made of the figures; its height is 0 when there are none to draw: the reason then stands there.
 */
static struct tui_rect figures(const struct performance *x, const struct tui_view *v, struct tui_rect r,
                               const char *title, const struct tui_panel_look *look)
{
    struct tui_panel_look mine;
    perf_look(x, &x->data, look, &mine);
    struct tui_rect in = tui_app_panel(v, r, title, &mine);
    const struct qf_performance *d = perf_data(x);
    bool none = d && d->points_n < 2;
    if (mine.look.error) {
        tui_text_fit(v->canvas, in.x + 1, in.y, in.w - 1, TUI_BAD, mine.look.error);
        in.y++;
        in.h--;
    }
    if (none)
        tui_text_fit(v->canvas, in.x + 1, in.y, in.w - 1, TUI_DIM,
                     QF_HAS(d, performance, reason) ? d->reason : "no two closes in this time");
    if (!d || none)
        in.h = 0;
    return in;
}

/* --- equity and drawdown */

static void equity_title(const struct performance *x, int w, char *out, size_t cap)
{
    const struct qf_performance *d = perf_data(x);
    bool firm = x->scope == QF_SCOPE_FIRM;
    size_t n = qf_str_fmt(out, cap, "%s%s%s, %s", x->scope == QF_SCOPE_SYMBOL ? "Profit" : "Equity", firm ? "" : " ",
                          firm ? "" : cells_name(x->name), range_words(x->range));
    if (d && d->currency[0])
        n += qf_str_fmt(out + n, cap - n, ", %s", d->currency);
    if (firm && (w >= 70 || (!x->benchmark[0] && !x->eye.from)))
        n += qf_str_fmt(out + n, cap - n, ", close + now");
    if (x->has_bench)
        n += qf_str_fmt(out + n, cap - n, w < 70 ? "; dotted %s" : "; dotted = benchmark %s", x->benchmark);
    else if (d && x->benchmark[0])
        n += qf_str_fmt(out + n, cap - n, "; no closes of %s", x->benchmark);
    if (x->eye.from)
        n += qf_str_fmt(out + n, cap - n, w < 70 ? "; a part" : "; a part, _ shows more");
    if (d && d->incomplete)
        qf_str_fmt(out + n, cap - n, "; INCOMPLETE");
}

/* " 10 Sep 2025  equity 22,460,361.70  dd -4.40% " */
static void crosshair_words(const struct performance *x, int at, bool narrow, char *out, size_t cap)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char value[TUI_FMT] = "n/a", fall[TUI_FMT] = "n/a", clock[TUI_FMT] = "";
    struct qf_civil c;
    qf_time_civil(x->equity[at].at, &c);
    if (x->points_n > 1 && x->equity[x->points_n - 1].at - x->equity[0].at < 8 * QF_DAY)
        qf_str_fmt(clock, sizeof clock, " %02d:%02d", c.hour, c.minute);
    if (!isnan(x->equity[at].v))
        tui_fmt_money(value, (qf_money)llround(x->equity[at].v * 100) * (QF_ONE / 100), 2, 0);
    if (!isnan(x->drawdown[at].v))
        tui_fmt_bp(fall, llround(x->drawdown[at].v * 10000), 2, true);
    const char *word = narrow ? "" : x->scope == QF_SCOPE_SYMBOL ? "profit " : "equity ";
    qf_str_fmt(out, cap, " %02d %s %d%s  %s%s  dd %s ", c.day, months[c.month - 1], c.year, clock, word, value, fall);
}

static void draw_equity(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    const struct performance *x = screen;
    char title[160], words[160];
    equity_title(x, r.w, title, sizeof title);
    struct tui_panel_look mine = *look;
    const struct qf_performance *d = perf_data(x);
    bool warned = d && d->points_n > 1 && QF_HAS(d, performance, reason); /* there are figures, and something about them */
    if (warned && (int)(strlen(title) + strlen(d->reason)) < r.w - 16) {
        mine.look.note = d->reason;
        mine.look.note_role = TUI_WARN;
    }
    struct tui_rect in = figures(x, v, r, title, &mine);
    if (in.h < 1)
        return;
    int at = tui_eye_index(&x->eye, x->equity, x->points_n);
    if (at >= 0)
        crosshair_words(x, at, in.w < 60, words, sizeof words);
    struct tui_line_chart chart = {.points = x->equity,
                                   .n = x->points_n,
                                   .second = x->bench,
                                   .second_n = x->has_bench ? x->points_n : 0,
                                   .role = TUI_CHART,
                                   .crosshair = at,
                                   .say = words,
                                   .from = x->eye.from,
                                   .to = x->eye.to,
                                   .lower = x->drawdown,
                                   .lower_n = x->points_n,
                                   .lower_role = TUI_DOWN,
                                   .lower_title = "drawdown",
                                   .lower_percent = true};
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale || x->data.error[0] ? TUI_F_STALE : 0);
    tui_chart_lines(v->canvas, in, &chart);
    tui_canvas_flags(v->canvas, before);
}

/* --- rolling figures */

static void draw_rolling(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    const struct performance *x = screen;
    struct tui_rect in = figures(x, v, r, "Rolling Sharpe and volatility, 63 returns", look);
    int known = 0;
    for (int i = 0; i < x->points_n; i++)
        known += !isnan(x->sharpe[i].v);
    if (in.h < 1)
        return;
    if (known < 2) {
        tui_text_fit(v->canvas, in.x + 1, in.y, in.w - 1, TUI_DIM, "needs more than 63 returns; t shows a longer time");
        return;
    }
    struct tui_line_chart chart = {.points = x->sharpe,
                                   .n = x->points_n,
                                   .role = TUI_CHART,
                                   .crosshair = tui_eye_index(&x->eye, x->sharpe, x->points_n),
                                   .from = x->eye.from,
                                   .to = x->eye.to,
                                   .lower = x->volatility,
                                   .lower_n = x->points_n,
                                   .lower_role = TUI_INFO,
                                   .lower_title = "volatility a year",
                                   .lower_percent = true};
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    tui_chart_lines(v->canvas, in, &chart);
    tui_canvas_flags(v->canvas, before);
}

/* --- metrics, drawdowns */

static void metrics_foot(const struct performance *x, const struct tui_view *v, struct tui_rect r)
{
    const struct qf_performance *d = perf_data(x);
    struct tui_lines l = {0};
    char text[80];
    qf_str_fmt(text, sizeof text, "net of fees, %g a year", d->periods_per_year);
    tui_lines_add(&l, TUI_DIM, "%s", text);
    tui_lines_add(&l, TUI_DIM, "%s", "rf 0, ddof 1, MAR 0");
    tui_lines_draw(&l, v->canvas, r);
}

static void draw_metrics(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct performance *x = screen;
    const struct qf_performance *d = perf_data(x);
    struct tui_panel_look mine;
    char title[48];
    perf_look(x, &x->data, look, &mine);
    qf_str_fmt(title, sizeof title, "Metrics, n=%lld", d ? (long long)d->n : 0LL);
    mine.look.title = d ? title : "Metrics";
    if (d && QF_HAS(d, performance, reason) && d->metrics_n == 0) {
        struct tui_rect in = tui_app_panel(v, r, title, &mine);
        tui_text_fit(v->canvas, in.x, in.y, in.w, TUI_DIM, d->reason);
        return;
    }
    int foot = d && r.w < 36 && r.h > 8 ? 2 : 0; /* conventions have no column there */
    tui_table_draw(x->board.panes[PERF_METRICS].table, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - foot},
                   &mine.look);
    if (foot)
        metrics_foot(x, v, (struct tui_rect){r.x, r.y + r.h - foot, r.w, foot});
}

static void draw_falls(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct performance *x = screen;
    struct tui_panel_look mine;
    perf_look(x, &x->data, look, &mine);
    mine.look.no_titles = r.h < 6;
    mine.look.title = r.w < 46 ? "Worst drawdowns" : NULL;
    tui_table_draw(x->board.panes[PERF_FALLS].table, v->canvas, r, &mine.look);
}

/* --- months */

#define MAX_MONTHS 400

static void draw_months(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    const struct performance *x = screen;
    const struct qf_performance *d = perf_data(x);
    struct tui_month m[MAX_MONTHS];
    char title[64];
    int n = 0, years;
    for (uint32_t i = 0; d && i < d->months_n && n < MAX_MONTHS; i++)
        if (QF_HAS(&d->months[i], perf_month, value) && d->months[i].month >= 0 && d->months[i].month <= 12)
            m[n++] = (struct tui_month){(int)d->months[i].year, (int)d->months[i].month, d->months[i].value};
    /* the heading counts what did not fit, so it is drawn after the table */
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale || x->data.error[0] ? TUI_F_STALE : 0);
    int above = x->data.error[0] ? 2 : 1;
    struct tui_rect table = {r.x, r.y + above, r.w, r.h - above};
    int drawn = tui_chart_months(v->canvas, table, m, n, &years);
    tui_canvas_flags(v->canvas, before);
    if (drawn < years)
        qf_str_fmt(title, sizeof title, "Months, %% net of fees, %d of %d years", drawn, years);
    else
        qf_str_fmt(title, sizeof title, "Months, %% net of fees");
    struct tui_rect in = figures(x, v, r, title, look);
    if (n == 0 && in.h > 0)
        tui_text_fit(v->canvas, in.x + 1, in.y, in.w - 1, TUI_DIM, "no month yet");
}

/* --- strategies, traders, symbols */

static void draw_groups(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct performance *x = screen;
    const struct qf_performance_group_list *g = perf_list(x);
    struct tui_table *t = x->board.panes[PERF_GROUPS].table;
    struct tui_panel_look mine;
    char title[96];
    const void *const *rows;
    perf_look(x, &x->list, look, &mine);
    size_t n = tui_table_view(t, &rows), all = g ? g->groups_n : 0;
    bool low = r.h < 6, note = r.w >= 100 && r.h >= (int)all + 4;
    mine.look.no_titles = r.w < 100;
    mine.look.no_total = low;
    int room = r.h - 1 - !mine.look.no_titles - !low - note;
    size_t shown = room < 0 ? 0 : n < (size_t)room ? n : (size_t)room;
    if (shown < all)
        qf_str_fmt(title, sizeof title, "%s %zu of %zu, %s", perf_scope_title(x->list_scope), shown, all,
                   range_words(x->list_range));
    else
        qf_str_fmt(title, sizeof title, "%s %zu, %s", perf_scope_title(x->list_scope), all, range_words(x->list_range));
    size_t len = strlen(title);
    qf_str_fmt(title + len, sizeof title - len, ", %s", tui_table_sort_word(t));
    mine.look.title = g ? title : perf_scope_title(x->list_scope);
    tui_table_draw(t, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - note}, &mine.look);
    if (note && all)
        tui_text_fit(v->canvas, r.x + 1, r.y + 3 + (int)shown, r.w - 1, TUI_DIM,
                     "a return is on the row's own capital; the total is on the fund, so the column does not add");
}

/* --- the board */

void perf_panes(struct performance *x)
{
    const struct board_pane panes[] = {
        [PERF_EQUITY] = {.name = "performance", .topic = QF_TOPIC_equity, .draw = draw_equity},
        [PERF_METRICS] = {.name = "performance",
                          .topic = QF_TOPIC_equity,
                          .table = tui_table_new(&perf_metrics_def, x),
                          .draw = draw_metrics},
        [PERF_FALLS] = {.name = "performance",
                        .topic = QF_TOPIC_equity,
                        .table = tui_table_new(&perf_falls_def, x),
                        .draw = draw_falls,
                        .hides = true},
        [PERF_MONTHS] = {.name = "performance", .topic = QF_TOPIC_equity, .draw = draw_months},
        [PERF_GROUPS] = {.name = "performance",
                         .topic = QF_TOPIC_equity,
                         .table = tui_table_new(&perf_groups_def, x),
                         .draw = draw_groups},
        [PERF_ROLLING] = {.name = "performance", .topic = QF_TOPIC_equity, .draw = draw_rolling, .hides = true},
    };
    for (size_t i = 0; i < QF_LEN(panes); i++)
        board_add(&x->board, &panes[i]);
}

static int year_lines(const struct performance *x, int most)
{
    const struct qf_performance *d = perf_data(x);
    int years = 0;
    for (uint32_t i = 0; d && i < d->months_n; i++)
        years += d->months[i].month == 0;
    return 2 + (years < 3 ? 3 : years > most ? most : years);
}

/* The panel beside the charts: metrics, or what has the focus of those that have no room of their own. */
static void put_beside(struct performance *x, struct tui_rect r)
{
    struct board_pane *p = x->board.panes;
    int falls = r.h >= 20 ? 5 : 0;
    if (x->board.focus == PERF_FALLS && !falls) {
        p[PERF_FALLS].r = r;
        return;
    }
    p[PERF_METRICS].r = (struct tui_rect){r.x, r.y, r.w, r.h - falls};
    if (falls)
        p[PERF_FALLS].r = (struct tui_rect){r.x, r.y + r.h - falls, r.w, falls};
}

static void put_foot(struct performance *x, struct tui_rect b, int top, int months)
{
    struct board_pane *p = x->board.panes;
    p[PERF_MONTHS].r = (struct tui_rect){b.x, b.y + top, b.w, months};
    p[PERF_GROUPS].r = (struct tui_rect){b.x, b.y + top + months, b.w, b.h - top - months};
}

static void layout_two(struct performance *x, const struct tui_view *v, struct tui_rect b)
{
    struct board_pane *p = x->board.panes;
    int side = b.w >= 120 ? 39 : b.w < 80 ? 24 : 29, most = b.h >= 36 ? 3 + (b.h - 36) / 6 : 3;
    int months = b.h < 18 ? 4 : year_lines(x, most), groups = b.h >= 36 ? b.h / 4 : b.h < 18 ? 2 : 3 + (b.h - 20) / 4;
    int top = b.h - months - groups;
    struct tui_rect chart = {b.x, b.y, b.w - side - 1, top};
    p[x->board.focus == PERF_ROLLING ? PERF_ROLLING : PERF_EQUITY].r = chart;
    put_beside(x, (struct tui_rect){b.x + b.w - side, b.y, side, top});
    put_foot(x, b, top, months);
    if (!x->board.zoom)
        board_rule(v, b.x + b.w - side - 1, chart);
}

static void layout_three(struct performance *x, const struct tui_view *v, struct tui_rect b)
{
    struct board_pane *p = x->board.panes;
    const struct qf_performance_group_list *g = perf_list(x);
    int need = (g ? (int)g->groups_n : 5) + 4, most = b.h / 4 + 2;
    int side = 52, metrics = 60, chart = b.w - side - metrics - 2, months = year_lines(x, 8), groups = need < most ? need : most;
    int top = b.h - months - groups, falls = top / 3;
    p[PERF_EQUITY].r = (struct tui_rect){b.x, b.y, chart, top};
    p[PERF_METRICS].r = (struct tui_rect){b.x + chart + 1, b.y, metrics, top};
    p[PERF_ROLLING].r = (struct tui_rect){b.x + chart + metrics + 2, b.y, side, top - falls};
    p[PERF_FALLS].r = (struct tui_rect){b.x + chart + metrics + 2, b.y + top - falls, side, falls};
    put_foot(x, b, top, months);
    if (x->board.zoom)
        return;
    board_rule(v, b.x + chart, (struct tui_rect){b.x, b.y, 1, top});
    board_rule(v, b.x + chart + metrics + 1, (struct tui_rect){b.x, b.y, 1, top});
}

void perf_layout(struct performance *x, const struct tui_view *v, struct tui_rect body)
{
    if (body.w >= 200)
        layout_three(x, v, body);
    else
        layout_two(x, v, body);
}
