/* The run of the portfolio's risk: value at risk by method, its limit, the back-test, and the chart of its days. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/chart.h"
#include "tui/chart_days.h"
#include "tui/screens/risk_in.h"

#define OUTDATED (30 * QF_SEC) /* prices that much newer than the run: its figures are of another market */
#define METHOD_W 12
#define DAY_W 35 /* of a day in numbers */

const struct qf_risk_run *risk_run_of(const struct tui_app *app)
{
    return tui_cache_one(tui_app_cache(app), QF_TOPIC_risk);
}

void risk_run_look(const struct risk *x, const struct tui_view *v, const struct tui_panel_look *look,
                   struct tui_panel_look *ret)
{
    const struct qf_risk_run *run = risk_run_of(v->app);
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    *ret = *look;
    ret->look.age = NULL;
    if (ret->look.loading)
        return;
    if (x->error[0])
        ret->look.error = x->error;
    if (!run)
        return;
    bool old = d && run->names > 0 &&
               (d->stale || (QF_HAS(d, desk_status, received) && d->received - run->recorded > OUTDATED));
    int64_t age = v->now - run->recorded;
    tui_fmt_age(ret->age, age);
    ret->look.age = ret->age;
    ret->look.age_role = old || look->look.stale ? TUI_WARN : age > 2 * QF_SEC ? TUI_TEXT : TUI_DIM;
    ret->look.stale = look->look.stale || old;
}

const char *risk_run_missing(const struct qf_risk_run *run)
{
    if (!run)
        return "no run yet; Ctrl-R asks for one";
    if (run->names == 0)
        return "no positions: nothing at risk";
    return QF_HAS(run, risk_run, reason) ? run->reason : "";
}

/* "INCOMPLETE: 2 unpriced: LLY KO" */
static void say_unpriced(const struct qf_risk_run *run, char *out, size_t cap)
{
    size_t n = qf_str_fmt(out, cap, "INCOMPLETE: %u unpriced:", (unsigned)run->missing_n);
    for (uint32_t i = 0; i < run->missing_n; i++)
        n += qf_str_fmt(out + n, cap - n, " %s", run->missing[i].symbol);
}

/* --- columns */

struct column {
    bool es;
    int64_t bp;
};
static const struct column three[] = {{false, 9500}, {false, 9900}, {true, 9750}};
static const struct column four[] = {{false, 9500}, {false, 9900}, {true, 9750}, {true, 9900}};
static const struct column eight[] = {{false, 9000}, {false, 9500}, {false, 9750}, {false, 9900},
                                      {true, 9000},  {true, 9500},  {true, 9750},  {true, 9900}};

struct columns {
    const struct column *of;
    int n, w, x;  /* columns, their width, where the first begins */
    int limit_at; /* behind VaR 99, where its limit ends */
};

static struct columns columns_of(struct tui_rect r)
{
    int room = r.w - METHOD_W;
    struct columns c = {three, (int)QF_LEN(three), 8, r.x + METHOD_W - 1, 0};
    if (room < 36)
        c.n = room < 24 ? room / 8 : c.n;
    else if (room >= 80)
        c = (struct columns){eight, (int)QF_LEN(eight), room / 8, r.x + METHOD_W, 0};
    else
        c = (struct columns){four, (int)QF_LEN(four), room / 4, r.x + METHOD_W, 0};
    c.w = c.w > 11 ? 11 : c.w;
    for (int i = 0; i < c.n; i++)
        if (!c.of[i].es && c.of[i].bp == 9900)
            c.limit_at = c.x + (i + 1) * c.w;
    return c;
}

static void draw_titles(const struct tui_view *v, const struct columns *c, struct tui_rect r)
{
    tui_text(v->canvas, r.x, r.y, TUI_DIM, "Method");
    for (int i = 0; i < c->n; i++) {
        char text[TUI_FMT];
        qf_str_fmt(text, sizeof text, c->of[i].bp % 100 ? "%s %lld.%lld" : "%s %lld", c->of[i].es ? "ES" : "VaR",
                   (long long)c->of[i].bp / 100, (long long)c->of[i].bp % 100 / 10);
        tui_text_right(v->canvas, c->x + i * c->w, r.y, c->w, TUI_DIM, text);
    }
}

static const struct qf_var_row *find_row(const struct qf_risk_run *run, int method, int64_t bp, int64_t days)
{
    for (uint32_t i = 0; i < run->vars_n; i++) {
        const struct qf_var_row *row = &run->vars[i];
        if (row->method == method && row->confidence_bp == bp && row->days == days)
            return row;
    }
    return NULL;
}

static void draw_method(const struct tui_view *v, const struct columns *c, struct tui_rect r,
                        const struct qf_risk_run *run, int method, int64_t days)
{
    static const char *const names[QF_var_method_COUNT] = {[QF_VARM_HISTORICAL] = "Historical",
                                                           [QF_VARM_EWMA] = "EWMA 0.94",
                                                           [QF_VARM_SAMPLE] = "Sample cov",
                                                           [QF_VARM_MONTE_CARLO] = "Monte Carlo"};
    tui_text_fit(v->canvas, r.x, r.y, METHOD_W, TUI_TEXT, names[method]);
    for (int i = 0; i < c->n; i++) {
        const struct qf_var_row *row = find_row(run, method, c->of[i].bp, days);
        bool es = c->of[i].es, there = row && (es ? QF_HAS(row, var_row, es) : QF_HAS(row, var_row, var));
        char text[TUI_FMT] = "n/a";
        if (there)
            tui_fmt_money(text, es ? row->es : row->var, 0, c->w - 1);
        tui_text_right(v->canvas, c->x + i * c->w, r.y, c->w, there ? TUI_TEXT : TUI_DIM, text);
    }
}

/* --- the lines below the table */

static void draw_limit(const struct tui_view *v, const struct columns *c, struct tui_rect r,
                       const struct qf_risk_run *run)
{
    static const enum tui_role roles[QF_risk_status_COUNT] = {TUI_DIM, TUI_UP, TUI_WARN, TUI_BAD};
    enum tui_role role = run->status >= 0 && run->status < QF_risk_status_COUNT ? roles[run->status] : TUI_DIM;
    char text[TUI_FMT];
    int edge = c->limit_at ? c->limit_at : r.x + 27, bar = edge + 1, w = r.x + r.w - 6 - bar;
    tui_text(v->canvas, r.x, r.y, TUI_TEXT, edge - r.x > 35 ? "Limit, VaR 99 historical" : "Limit VaR 99");
    if (!QF_HAS(run, risk_run, var_limit)) {
        tui_text_right(v->canvas, edge - 8, r.y, 8, TUI_DIM, "none set");
        return;
    }
    tui_fmt_money(text, run->var_limit, 0, edge - r.x - 13);
    tui_text_right(v->canvas, r.x + 13, r.y, edge - r.x - 13, TUI_DIM, text);
    if (!QF_HAS(run, risk_run, var_used_bp))
        return;
    if (w > 3)
        tui_bar(v->canvas, bar, r.y, w > 20 ? 20 : w, role, run->var_used_bp / 10);
    tui_fmt_bp(text, run->var_used_bp, 0, false);
    tui_text_right(v->canvas, w > 20 ? bar + 20 : r.x + r.w - 6, r.y, 6, role, text);
}

/* The light is a word; the colour only repeats it. */
static void draw_light(const struct tui_view *v, struct tui_rect r, const struct qf_risk_run *run)
{
    static const struct {
        uint32_t cp;
        char ascii;
        enum tui_role role;
    } look[QF_light_COUNT] = {[QF_LIGHT_NONE] = {0x25cb, 'o', TUI_DIM},
                              [QF_LIGHT_GREEN] = {0x25cf, '*', TUI_UP},
                              [QF_LIGHT_YELLOW] = {0x25b2, '!', TUI_WARN},
                              [QF_LIGHT_RED] = {0x2588, '#', TUI_BAD}};
    int light = run->light >= 0 && run->light < QF_light_COUNT ? run->light : QF_LIGHT_NONE;
    bool wide = r.w >= 52;
    char text[TUI_FMT];
    int x = r.x + (wide ? 36 : run->exceptions > 9 ? 29 : 28); /* the light; what is left of it ends a blank before */
    if (run->backtest_days == 0) {
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, "Back-test: too few days yet");
        return;
    }
    qf_str_fmt(text, sizeof text, wide ? "Back-test %lld days" : "Back-test %lldd", (long long)run->backtest_days);
    tui_text(v->canvas, r.x, r.y, TUI_TEXT, text);
    qf_str_fmt(text, sizeof text, "%lld exception%s", (long long)run->exceptions, run->exceptions == 1 ? "" : "s");
    tui_text_right(v->canvas, x - (wide ? 16 : 15), r.y, 14, TUI_TEXT, text);
    tui_glyph(v->canvas, x, r.y, look[light].role, look[light].cp, look[light].ascii);
    tui_text(v->canvas, x + 2, r.y, look[light].role,
             light == QF_LIGHT_NONE ? "too few days" : qf_enum_text(&qf_enum_light, light));
    if (wide && run->backtest_days == 250 && light != QF_LIGHT_NONE)
        tui_text(v->canvas, x + 9, r.y, TUI_DIM, "0-4 5-9 10+");
}

static void kupiec_words(const struct qf_risk_run *run, char *out, size_t cap)
{
    size_t n = 0;
    if (QF_HAS(run, risk_run, kupiec_lr) && !isnan(run->kupiec_lr))
        n = qf_str_fmt(out, cap, "Kupiec LR %.2f", run->kupiec_lr);
    else
        n = qf_str_fmt(out, cap, "Kupiec n/a");
    if (QF_HAS(run, risk_run, kupiec_p) && !isnan(run->kupiec_p))
        n += qf_str_fmt(out + n, cap - n, ", p %.2f", run->kupiec_p);
    if (QF_HAS(run, risk_run, expected) && !isnan(run->expected))
        qf_str_fmt(out + n, cap - n, ", expected %.1f", run->expected);
}

static void run_words(const struct qf_risk_run *run, char *out, size_t cap)
{
    char day[QF_TIME_TEXT] = "";
    size_t n = qf_str_fmt(out, cap, "run %lld, seed %lld", (long long)run->id, (long long)run->seed);
    if (!QF_HAS(run, risk_run, window_to))
        return;
    qf_time_format(run->window_to, day);
    qf_str_fmt(out + n, cap - n, ", window to %.10s", day);
}

static void concentration_words(const struct qf_risk_run *run, char *out, size_t cap)
{
    char text[TUI_FMT];
    size_t n = qf_str_fmt(out, cap, "%s", "");
    if (QF_HAS(run, risk_run, undiversified)) {
        tui_fmt_money(text, run->undiversified, 0, 0);
        n += qf_str_fmt(out + n, cap - n, "undiversified %s   ", text);
    }
    if (QF_HAS(run, risk_run, largest) && QF_HAS(run, risk_run, largest_bp)) {
        tui_fmt_bp(text, run->largest_bp, 1, false);
        n += qf_str_fmt(out + n, cap - n, "largest %s %s of gross   ", run->largest, text);
    }
    if (QF_HAS(run, risk_run, hhi) && !isnan(run->hhi) && run->hhi > 0)
        qf_str_fmt(out + n, cap - n, "concentration %.3f = %.1f equal names", run->hhi, 1 / run->hhi);
}

static void priced_words(const struct qf_risk_run *run, char *out, size_t cap)
{
    if (run->incomplete)
        say_unpriced(run, out, cap);
    else
        qf_str_fmt(out, cap, run->names == 1 ? "positive = loss; its %lld name priced" : "positive = loss; all %lld names priced",
                   (long long)run->names);
}

/* What is left of the panel below limit and back-test, most needed first. */
static void draw_notes(const struct tui_view *v, struct tui_rect r, const struct qf_risk_run *run)
{
    typedef void (*words_fn)(const struct qf_risk_run *, char *, size_t);
    static const words_fn notes[] = {kupiec_words, priced_words, run_words, concentration_words};
    for (size_t i = 0; i < QF_LEN(notes) && (int)i < r.h; i++) {
        char text[160];
        notes[i](run, text, sizeof text);
        bool bad = notes[i] == priced_words && run->incomplete;
        tui_text_fit(v->canvas, r.x, r.y + (int)i, r.w, bad ? TUI_BAD : TUI_DIM, text);
    }
}

/* --- the panel */

static const int order[] = {QF_VARM_HISTORICAL, QF_VARM_EWMA, QF_VARM_SAMPLE, QF_VARM_MONTE_CARLO};

/* Ten days below one day, where there is room for both. */
static int draw_tables(const struct tui_view *v, const struct columns *c, struct tui_rect r,
                       const struct qf_risk_run *run)
{
    int y = r.y;
    draw_titles(v, c, (struct tui_rect){r.x, y++, r.w, 1});
    for (size_t i = 0; i < QF_LEN(order); i++)
        draw_method(v, c, (struct tui_rect){r.x, y++, r.w, 1}, run, order[i], 1);
    if (r.h < 15)
        return y;
    tui_text_fit(v->canvas, r.x, y++, r.w, TUI_DIM, "10 days, scaled by the root of 10");
    for (size_t i = 0; i < QF_LEN(order); i++)
        draw_method(v, c, (struct tui_rect){r.x, y++, r.w, 1}, run, order[i], 10);
    return y;
}

static void draw_figures(const struct tui_view *v, struct tui_rect r, const struct qf_risk_run *run)
{
    struct columns c = columns_of(r);
    int y = draw_tables(v, &c, r, run), end = r.y + r.h;
    char text[160];
    draw_limit(v, &c, (struct tui_rect){r.x, y++, r.w, 1}, run);
    if (run->incomplete && y == end - 1) { /* the only line left: that the figures are incomplete comes first */
        say_unpriced(run, text, sizeof text);
        tui_text_fit(v->canvas, r.x, y, r.w, TUI_BAD, text);
        return;
    }
    draw_light(v, (struct tui_rect){r.x, y++, r.w, 1}, run);
    draw_notes(v, (struct tui_rect){r.x, y, r.w, end - y}, run);
}

static void title_of(const struct qf_risk_run *run, const struct qf_desk_status *d, int w, char *out, size_t cap)
{
    size_t n = qf_str_fmt(out, cap, "VaR and ES 1d");
    bool incomplete = run && run->incomplete;
    if (d && !(incomplete && w < 70))
        n += qf_str_fmt(out + n, cap - n, ", loss in %s", d->base);
    if (run && !incomplete && run->window > 0 && w >= 44)
        qf_str_fmt(out + n, cap - n, ", n %lld", (long long)run->window);
}

/* First row of a panel of words: the reason the newest answer failed. Returns what is left. */
static struct tui_rect put_error(const struct tui_view *v, struct tui_rect r, const char *error)
{
    if (!error || r.h < 1)
        return r;
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_BAD, error);
    return (struct tui_rect){r.x, r.y + 1, r.w, r.h - 1};
}

void risk_draw_var(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    const struct qf_risk_run *run = risk_run_of(v->app);
    struct tui_panel_look own;
    char title[64], note[96];
    risk_run_look(screen, v, look, &own);
    title_of(run, tui_cache_desk(tui_app_cache(v->app)), r.w, title, sizeof title);
    if (run && run->incomplete) {
        say_unpriced(run, note, sizeof note);
        own.look.note = (int)strlen(note) + 26 > r.w ? "INCOMPLETE" : note;
        own.look.note_role = TUI_BAD;
    }
    struct tui_rect inside = tui_app_panel(v, r, title, &own);
    inside.w -= inside.x + inside.w < tui_canvas_w(v->canvas) ? 1 : 0;
    if (own.look.loading)
        return;
    inside = put_error(v, inside, own.look.error);
    const char *missing = risk_run_missing(run);
    if (missing[0]) {
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, run && run->names ? TUI_BAD : TUI_DIM, missing);
        return;
    }
    unsigned before = tui_canvas_flags(v->canvas, 0);
    tui_canvas_flags(v->canvas, before | (own.look.stale || own.look.error ? TUI_F_STALE : 0U));
    draw_figures(v, inside, run);
    tui_canvas_flags(v->canvas, before);
}

/* --- the days of the back-test */

static double units(qf_money v)
{
    return (double)v / (double)QF_ONE;
}

static void draw_day_row(const struct tui_view *v, int x, int y, const struct qf_risk_day *d)
{
    char day[QF_TIME_TEXT], text[TUI_FMT];
    qf_time_format(d->day, day);
    tui_textf(v->canvas, x, y, TUI_DIM, "%.10s", day);
    tui_fmt_pnl(text, d->pnl, 0, 11);
    tui_text_right(v->canvas, x + 11, y, 11, tui_sign_role(d->pnl), text);
    tui_fmt_money(text, d->var, 0, 10);
    tui_text_right(v->canvas, x + 23, y, 10, TUI_DIM, text);
    if (d->exception)
        tui_glyph(v->canvas, x + 34, y, TUI_BAD, 0x25bc, 'v');
}

/* Under a tall chart, the same days as numbers, newest first, in as many columns as fit. */
static void draw_day_list(const struct tui_view *v, struct tui_rect r, const struct qf_risk_run *run)
{
    int columns = (r.w + 3) / (DAY_W + 3), rows = r.h - 1;
    for (int k = 0; k < columns; k++)
        tui_text(v->canvas, r.x + k * (DAY_W + 3), r.y, TUI_DIM, "Day                P&L     VaR 99");
    for (int i = 0; i < (int)run->days_n && i < columns * rows; i++)
        draw_day_row(v, r.x + i / rows * (DAY_W + 3), r.y + 1 + i % rows, &run->days[(int)run->days_n - 1 - i]);
}

static void draw_chart(const struct tui_view *v, struct tui_rect r, const struct qf_risk_run *run)
{
    struct tui_day *day = qf_xalloc(sizeof *day * (run->days_n + 1));
    for (uint32_t i = 0; i < run->days_n; i++)
        day[i] = (struct tui_day){run->days[i].day, units(run->days[i].pnl), units(run->days[i].var),
                                  run->days[i].exception};
    struct tui_day_chart chart = {day, (int)run->days_n,
                                  QF_HAS(run, risk_run, var_limit) ? units(run->var_limit) : NAN};
    tui_chart_days(v->canvas, r, &chart);
    free(day);
}

void risk_draw_days(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    const struct qf_risk_run *run = risk_run_of(v->app);
    struct tui_panel_look own;
    char title[64] = "Day P&L against VaR 99";
    risk_run_look(screen, v, look, &own);
    if (run && run->days_n)
        qf_str_fmt(title, sizeof title, "Day P&L against VaR 99, %d days", tui_chart_days_shown(r.w, (int)run->days_n));
    struct tui_rect inside = tui_app_panel(v, r, title, &own);
    if (own.look.loading)
        return;
    if (!run || run->days_n == 0) {
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM,
                     run && run->names ? "no day of the back-test yet: too few daily closes" : risk_run_missing(run));
        return;
    }
    int list = inside.h >= 19 ? inside.h / 2 : 0, spare = inside.w - 9 - (int)run->days_n;
    int side = !list && spare >= DAY_W && spare < (int)run->days_n ? DAY_W + 1 : 0;
    unsigned before = tui_canvas_flags(v->canvas, 0);
    tui_canvas_flags(v->canvas, before | (own.look.stale ? TUI_F_STALE : 0U));
    draw_chart(v, (struct tui_rect){inside.x, inside.y, inside.w - side, inside.h - list}, run);
    if (side)
        draw_day_list(v, (struct tui_rect){inside.x + inside.w - DAY_W, inside.y, DAY_W, inside.h}, run);
    if (list)
        draw_day_list(v, (struct tui_rect){inside.x + 1, inside.y + inside.h - list + 1, inside.w - 1, list - 1}, run);
    tui_canvas_flags(v->canvas, before);
}
