/* Exposures by sector, strategy, trader and symbol, and how the names move together. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/screens/risk_in.h"

#define EXPOSURE(row) ((const struct qf_exposure *)(row))
#define MOST 40 /* names a matrix can show */

/* --- exposures */

static void exposure_scope(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = qf_enum_text(&qf_enum_scope, EXPOSURE(row)->scope);
    v->role = TUI_DIM;
}

static void exposure_name(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = EXPOSURE(row)->scope == QF_SCOPE_FIRM ? "all" : cells_name(EXPOSURE(row)->name);
}

static void exposure_gross(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_money(v->text, EXPOSURE(row)->gross, 0, v->width);
}

static void exposure_net(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_money(v->text, EXPOSURE(row)->net, 0, v->width);
}

static void exposure_long(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_money(v->text, EXPOSURE(row)->long_value, 0, v->width);
}

static void exposure_short(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_money(v->text, EXPOSURE(row)->short_value, 0, v->width);
}

static void exposure_share(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(EXPOSURE(row), exposure, share_bp))
        tui_fmt_bp(v->text, EXPOSURE(row)->share_bp, 1, false);
    v->role = TUI_DIM;
}

static void exposure_bar(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (!QF_HAS(EXPOSURE(row), exposure, share_bp))
        return;
    v->kind = TUI_V_BAR;
    v->role = TUI_INFO;
    v->permille = EXPOSURE(row)->share_bp / 10;
}

/* Firm, sectors, strategies, traders, accounts, symbols: the order a committee reads them in. */
static int rank_of(int32_t scope)
{
    static const int ranks[QF_scope_COUNT] = {[QF_SCOPE_FIRM] = 0,   [QF_SCOPE_SECTOR] = 1,  [QF_SCOPE_STRATEGY] = 2,
                                              [QF_SCOPE_TRADER] = 3, [QF_SCOPE_ACCOUNT] = 4, [QF_SCOPE_SYMBOL] = 5};
    return scope >= 0 && scope < QF_scope_COUNT ? ranks[scope] : QF_scope_COUNT;
}

static int by_gross(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (EXPOSURE(a)->gross < EXPOSURE(b)->gross) - (EXPOSURE(a)->gross > EXPOSURE(b)->gross);
}

static int by_scope(void *ctx, const void *a, const void *b)
{
    int x = rank_of(EXPOSURE(a)->scope), y = rank_of(EXPOSURE(b)->scope);
    return x != y ? x - y : by_gross(ctx, a, b);
}

static int by_net(void *ctx, const void *a, const void *b)
{
    qf_money x = qf_abs128(EXPOSURE(a)->net), y = qf_abs128(EXPOSURE(b)->net);
    (void)ctx;
    return (x < y) - (x > y);
}

static const struct tui_column columns[] = {
    {"Of", 8, 0, TUI_LEFT, 0, 0, 0, "by scope", exposure_scope, by_scope},
    {"Name", 8, 1, TUI_LEFT, 1, 0, 0, NULL, exposure_name, NULL},
    {"Long", 12, 1, TUI_RIGHT, 0, 72, 0, NULL, exposure_long, NULL},
    {"Short", 12, 1, TUI_RIGHT, 0, 72, 0, NULL, exposure_short, NULL},
    {"Gross", 10, 1, TUI_RIGHT, 0, 47, 0, "by gross", exposure_gross, by_gross},
    {"Net", 10, 1, TUI_RIGHT, 0, 0, 0, "by net", exposure_net, by_net},
    {"% NAV", 6, 1, TUI_RIGHT, 0, 0, 0, NULL, exposure_share, NULL},
    {"", 14, 1, TUI_LEFT, 0, 88, 0, NULL, exposure_bar, NULL},
};
const struct tui_table_def risk_exposures = {.title = "Exposures",
                                             .empty = "no positions",
                                             .rec = &qf_rec_exposure,
                                             .columns = columns,
                                             .columns_n = (int)QF_LEN(columns),
                                             .sort = 0};

void risk_draw_exposure(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    struct tui_panel_look own;
    const struct qf_risk_run *run = risk_run_of(v->app);
    const char *missing = risk_run_missing(run);
    risk_run_look(x, v, look, &own);
    if (missing[0] && !own.look.loading && tui_table_all(x->board.panes[PANE_EXPOSURE].table) == 0)
        own.look.loading = missing;
    if (run && run->incomplete) {
        own.look.note = "INCOMPLETE";
        own.look.note_role = TUI_BAD;
    }
    tui_table_draw(x->board.panes[PANE_EXPOSURE].table, v->canvas, r, &own.look);
}

/* --- how the names move together */

/* The names with the largest parts first: those whose pairs matter. The row that stands for the rest is none. */
static int names_of(const struct qf_risk_run *run, const char **ret, int most)
{
    int n = 0;
    for (uint32_t i = 0; i < run->components_n && n < most; i++)
        if (strcmp(run->components[i].symbol, "OTHERS") != 0)
            ret[n++] = run->components[i].symbol;
    return n;
}

struct matrix {
    const char *name[MOST];
    int n;
    double of[MOST][MOST]; /* below the diagonal; NaN = not known */
};

static int place_of(const struct matrix *m, const char *symbol)
{
    for (int i = 0; i < m->n; i++)
        if (strcmp(m->name[i], symbol) == 0)
            return i;
    return -1;
}

static void fill_matrix(struct matrix *m, const struct qf_correlation_list *list)
{
    for (int i = 0; i < m->n; i++)
        for (int k = 0; k < m->n; k++)
            m->of[i][k] = NAN;
    for (uint32_t i = 0; i < list->pairs_n; i++) {
        const struct qf_correlation *p = &list->pairs[i];
        int a = place_of(m, p->a), b = a < 0 ? -1 : place_of(m, p->b);
        if (b >= 0 && QF_HAS(p, correlation, value))
            m->of[a > b ? a : b][a > b ? b : a] = p->value;
    }
}

/* The number carries the meaning, the tone only helps the eye: strong pairs stand out, weak ones step back. */
static void draw_pair(const struct tui_view *v, int x, int y, double value)
{
    char text[TUI_FMT] = "n/a";
    enum tui_role role = TUI_DIM;
    if (!isnan(value)) {
        double hundredths = nearbyint(value * 100);
        qf_str_fmt(text, sizeof text, hundredths == 0 ? "0" : "%+.0f", hundredths);
        role = fabs(value) >= 0.695 ? TUI_HEADING : fabs(value) >= 0.395 ? TUI_TEXT : TUI_DIM;
    }
    tui_text_right(v->canvas, x, y, 4, role, text);
}

static void draw_matrix(const struct tui_view *v, struct tui_rect r, const struct matrix *m)
{
    for (int i = 0; i < m->n; i++) {
        tui_text_fit(v->canvas, r.x + 1, r.y + 1 + i, 7, TUI_TEXT, m->name[i]);
        tui_text_right(v->canvas, r.x + 9 + i * 5, r.y, 4, TUI_DIM, m->name[i]);
        for (int k = 0; k < i; k++)
            draw_pair(v, r.x + 9 + k * 5, r.y + 1 + i, m->of[i][k]);
        tui_text_right(v->canvas, r.x + 9 + i * 5, r.y + 1 + i, 4, TUI_DIM, ".");
    }
}

void risk_draw_correlation(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    const struct qf_risk_run *run = risk_run_of(v->app);
    struct tui_panel_look own;
    struct matrix m = {.n = 0};
    char title[64] = "Correlation";
    risk_run_look(x, v, look, &own);
    int most = (r.w - 10) / 5 < r.h - 2 ? (r.w - 10) / 5 : r.h - 2;
    if (run && x->correlations)
        m.n = names_of(run, m.name, most < 0 ? 0 : most > MOST ? MOST : most);
    if (m.n)
        qf_str_fmt(title, sizeof title, r.w < 48 ? "Correlation x100, %d of n %lld" : "Correlation x100, %d names, n %lld", m.n,
                   (long long)x->correlations->window);
    struct tui_rect inside = tui_app_panel(v, r, title, &own);
    if (own.look.loading)
        return;
    const char *missing = risk_run_missing(run);
    if (m.n < 2) {
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM,
                     missing[0]         ? missing
                     : !x->correlations && run && run->names > 1 ? "waiting for correlations"
                                        : "fewer than two names with enough days");
        return;
    }
    unsigned before = tui_canvas_flags(v->canvas, 0);
    tui_canvas_flags(v->canvas, before | (own.look.stale ? TUI_F_STALE : 0U));
    fill_matrix(&m, x->correlations);
    draw_matrix(v, inside, &m);
    tui_canvas_flags(v->canvas, before);
}
