/* What the run says name by name and scenario by scenario: parts of the value at risk, which add up, and stress. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/screens/risk_in.h"

#define PART(row) ((const struct qf_risk_component *)(row))
#define STRESS(row) ((const struct qf_stress_result *)(row))

/* --- parts of the value at risk */

static void part_symbol(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = PART(row)->symbol;
}

static void part_value(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_money(v->text, PART(row)->value, 0, v->width);
}

static void part_amount(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_money(v->text, PART(row)->component, 0, v->width);
}

/* A name that takes risk away has no bar: its amount has a minus. */
static void part_bar(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->kind = TUI_V_BAR;
    v->role = TUI_INFO;
    v->permille = PART(row)->share_bp > 0 ? PART(row)->share_bp / 10 : 0;
}

static void part_share(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_bp(v->text, PART(row)->share_bp, 0, false);
    v->role = TUI_DIM;
}

static void part_marginal(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    bool there = QF_HAS(PART(row), risk_component, marginal) && !isnan(PART(row)->marginal);
    if (there)
        qf_str_fmt(v->text, sizeof v->text, "%.4f", PART(row)->marginal + 0.0);
    else
        qf_str_copy(v->text, sizeof v->text, "n/a");
    v->role = TUI_DIM;
}

static int by_part(void *ctx, const void *a, const void *b)
{
    qf_money x = qf_abs128(PART(a)->component), y = qf_abs128(PART(b)->component);
    (void)ctx;
    return (x < y) - (x > y);
}

static int by_name(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(PART(a)->symbol, PART(b)->symbol);
}

enum { C_SYMBOL, C_VALUE, C_PART, C_BAR, C_WIDE_BAR, C_SHARE, C_MARGINAL };

static const struct tui_column part_columns[] = {
    [C_SYMBOL] = {"Name", 9, 0, TUI_LEFT, 1, 0, 0, "by name", part_symbol, by_name},
    [C_VALUE] = {"Value", 12, 1, TUI_RIGHT, 0, 60, 0, NULL, part_value, NULL},
    [C_PART] = {"VaR 99", 9, 1, TUI_RIGHT, 0, 0, 0, "by part", part_amount, by_part},
    [C_BAR] = {"", 11, 1, TUI_LEFT, 0, 34, 59, NULL, part_bar, NULL},
    [C_WIDE_BAR] = {"", 24, 1, TUI_LEFT, 0, 60, 0, NULL, part_bar, NULL},
    [C_SHARE] = {"", 4, 1, TUI_RIGHT, 0, 0, 0, NULL, part_share, NULL},
    [C_MARGINAL] = {"A unit more", 11, 2, TUI_RIGHT, 0, 80, 0, NULL, part_marginal, NULL},
};

static void sum_cell(int column, qf_money sum, qf_money value, int64_t bp, struct tui_value *ret)
{
    if (column == C_PART)
        tui_fmt_money(ret->text, sum, 0, ret->width);
    else if (column == C_VALUE)
        tui_fmt_money(ret->text, value, 0, ret->width);
    else if (column == C_SHARE)
        tui_fmt_bp(ret->text, bp, 0, false);
}

/* Sums over all parts, or over those that are not shown. The share of a sum is worked out from the sum. */
struct sums {
    qf_money part, value, shown_part, shown_value;
};

static void add_up(const struct cells *x, const void *const *shown, size_t n, struct sums *ret)
{
    const struct qf_risk_run *run = risk_run_of(x->app);
    *ret = (struct sums){0};
    for (uint32_t i = 0; run && i < run->components_n; i++) {
        ret->part += run->components[i].component;
        ret->value += run->components[i].value;
    }
    for (size_t i = 0; i < n; i++) {
        ret->shown_part += PART(shown[i])->component;
        ret->shown_value += PART(shown[i])->value;
    }
}

static int64_t share_bp(qf_money part, qf_money whole)
{
    qf_i128 bp = 0;
    return whole && qf_muldiv(part, 10000, whole, &bp) == QF_OK ? (int64_t)bp : 0;
}

static void part_others(void *ctx, const void *const *shown, size_t n, size_t hidden, int column, struct tui_value *ret)
{
    struct sums s;
    add_up(ctx, shown, n, &s);
    int64_t bp = share_bp(s.part - s.shown_part, s.part);
    ret->role = TUI_TEXT;
    if (column == C_SYMBOL)
        cells_others(ret->text, sizeof ret->text, hidden);
    sum_cell(column, s.part - s.shown_part, s.value - s.shown_value, bp, ret);
    if ((column == C_BAR || column == C_WIDE_BAR) && bp > 0) {
        ret->kind = TUI_V_BAR;
        ret->role = TUI_INFO;
        ret->permille = bp / 10;
        qf_str_copy(ret->text, sizeof ret->text, " "); /* a bar alone would not be drawn in a row of sums */
    }
}

static void part_total(void *ctx, int column, struct tui_value *ret)
{
    struct sums s;
    add_up(ctx, NULL, 0, &s);
    if (column == C_SYMBOL)
        qf_str_copy(ret->text, sizeof ret->text, "Total");
    sum_cell(column, s.part, s.value, s.part ? 10000 : 0, ret);
}

const struct tui_table_def tui_risk_components = {.title = "Component VaR 99",
                                              .empty = "no figures",
                                              .rec = &qf_rec_risk_component,
                                              .columns = part_columns,
                                              .columns_n = (int)QF_LEN(part_columns),
                                              .sort = C_PART,
                                              .others = part_others,
                                              .total = part_total};

/* --- a list of the run in its panel */

static void draw_list(struct risk *x, int pane, const struct tui_view *v, struct tui_rect r, const char *title,
                      const struct tui_panel_look *look, bool titles)
{
    struct tui_panel_look own;
    struct tui_table *t = x->board.panes[pane].table;
    const struct qf_risk_run *run = risk_run_of(v->app);
    risk_run_look(x, v, look, &own);
    if (!tui_table_filter_text(t)[0])
        own.look.title = title;
    own.look.no_titles = !titles;
    const char *missing = risk_run_missing(run);
    if (missing[0] && !own.look.loading)
        own.look.loading = missing;
    if (run && run->incomplete) {
        own.look.note = "INCOMPLETE";
        own.look.note_role = TUI_BAD;
    }
    tui_table_draw(t, v->canvas, r, &own.look);
}

void risk_draw_components(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    char title[64];
    const struct qf_risk_run *run = risk_run_of(v->app);
    size_t n = tui_table_all(x->board.panes[PANE_COMPONENTS].table), k;
    bool note = run && run->incomplete && r.w < 56;
    k = qf_str_fmt(title, sizeof title, note || r.w < 34 ? "Component VaR" : "Component VaR 99 sample");
    if (!note && r.w >= 38)
        qf_str_fmt(title + k, sizeof title - k, r.w < 44 ? ", %zu" : ", %zu names", n);
    draw_list(x, PANE_COMPONENTS, v, r, title, look, r.w > 60);
}

/* --- stress */

static void stress_name(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = STRESS(row)->scenario;
}

static void stress_pnl(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(STRESS(row), stress_result, pnl)) {
        tui_fmt_pnl(v->text, STRESS(row)->pnl, 0, v->width);
        v->role = tui_sign_role(STRESS(row)->pnl);
    } else {
        qf_str_copy(v->text, sizeof v->text, "n/a");
        v->role = TUI_DIM;
    }
}

static void stress_share(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (!QF_HAS(STRESS(row), stress_result, equity_bp) || !QF_HAS(STRESS(row), stress_result, pnl))
        return;
    tui_fmt_bp(v->text, STRESS(row)->equity_bp, 2, true);
    v->role = tui_sign_role(STRESS(row)->pnl);
}

static void stress_worst(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = QF_HAS(STRESS(row), stress_result, worst) ? STRESS(row)->worst : "";
    v->role = TUI_DIM;
}

static void stress_note(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(STRESS(row), stress_result, reason))
        v->more = STRESS(row)->reason;
    else if (STRESS(row)->missing)
        qf_str_fmt(v->text, sizeof v->text, "%lld missing", (long long)STRESS(row)->missing);
    v->role = TUI_BAD;
}

/* In narrow panels only a mark: the figure is not of all names. */
static void stress_mark(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (STRESS(row)->missing)
        qf_str_copy(v->text, sizeof v->text, "!");
    v->role = TUI_BAD;
}

static int by_loss(void *ctx, const void *a, const void *b)
{
    bool x = QF_HAS(STRESS(a), stress_result, pnl), y = QF_HAS(STRESS(b), stress_result, pnl);
    (void)ctx;
    if (!x || !y)
        return y - x;
    return (STRESS(a)->pnl > STRESS(b)->pnl) - (STRESS(a)->pnl < STRESS(b)->pnl);
}

static int by_scenario(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(STRESS(a)->scenario, STRESS(b)->scenario);
}

static const struct tui_column stress_columns[] = {
    {"Scenario", 15, 0, TUI_LEFT, 1, 0, 0, "by name", stress_name, by_scenario},
    {"P&L", 11, 1, TUI_RIGHT, 0, 0, 0, "by loss", stress_pnl, by_loss},
    {"% NAV", 7, 1, TUI_RIGHT, 0, 0, 0, NULL, stress_share, NULL},
    {"", 1, 0, TUI_LEFT, 0, 0, 59, NULL, stress_mark, NULL},
    {"Worst", 8, 2, TUI_LEFT, 0, 48, 0, NULL, stress_worst, NULL},
    {"", 30, 2, TUI_LEFT, 0, 80, 0, NULL, stress_note, NULL},
};
const struct tui_table_def risk_stresses = {.title = "Stress",
                                            .empty = "no scenarios; w then n adds one",
                                            .rec = &qf_rec_stress_result,
                                            .columns = stress_columns,
                                            .columns_n = (int)QF_LEN(stress_columns),
                                            .sort = 1};

void risk_draw_stress(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    char title[64];
    size_t n = tui_table_all(x->board.panes[PANE_STRESS].table);
    int room = r.h - 1;
    if (room < (int)n)
        qf_str_fmt(title, sizeof title, "Stress %d of %zu, by loss", room, n);
    else
        qf_str_fmt(title, sizeof title, "Stress %zu, by loss", n);
    draw_list(x, PANE_STRESS, v, r, r.w < 60 ? title : NULL, look, r.w >= 60);
}

/* --- exposure: by side in a few lines */

static void put_side(const struct tui_view *v, struct tui_rect r, int y, const char *label, qf_money m, qf_money equity,
                     bool total)
{
    char amount[TUI_FMT], share[TUI_FMT];
    if (y >= r.y + r.h)
        return;
    tui_fmt_money(amount, m, 0, 14);
    tui_fmt_share(share, m, equity, 1, false);
    enum tui_role role = total ? TUI_HEADING : TUI_TEXT;
    int edge = r.x + r.w - (r.x + r.w < tui_canvas_w(v->canvas) ? 2 : 1);
    edge = edge > r.x + 50 ? r.x + 50 : edge;
    tui_text(v->canvas, r.x + 1, y, role, label);
    tui_text_right(v->canvas, edge - 8 - 15, y, 15, role, amount);
    tui_text_right(v->canvas, edge - 7, y, 7, TUI_DIM, share);
}

void risk_draw_sides(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    struct tui_panel_look own = *look;
    (void)screen;
    own.look.age = look->look.age ? own.age : NULL;
    if (d && d->unpriced) {
        own.look.note = r.w > 48 ? "INCOMPLETE" : "INCOMP.";
        own.look.note_role = TUI_BAD;
    }
    struct tui_rect inside = tui_app_panel(v, r, r.w > 48 ? "Exposure by side, % NAV" : "Exposure by side", &own);
    int y = inside.y;
    if (!d || own.look.loading)
        return;
    unsigned before = tui_canvas_flags(v->canvas, 0);
    tui_canvas_flags(v->canvas, before | (own.look.stale ? TUI_F_STALE : 0U));
    put_side(v, inside, y++, "Long", d->long_value, d->equity, false);
    put_side(v, inside, y++, "Short", d->short_value, d->equity, false);
    put_side(v, inside, y++, "Net", d->net, d->equity, true);
    put_side(v, inside, y++, "Gross", d->gross, d->equity, false);
    put_side(v, inside, y++, "Cash", d->cash, d->equity, false);
    put_side(v, inside, y++, "Buys reserve", d->reserved, d->equity, false);
    tui_canvas_flags(v->canvas, before);
}
