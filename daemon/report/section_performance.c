/* How well it went: curves, months, falls, trades, and every metric with its convention. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/tradestats.h"
#include "daemon/report/sections.h"
#include "daemon/report/words.h"

static const struct qf_performance *performance_of(const struct qf_report *r)
{
    return r->performance_n > 0 ? &r->performance[0] : NULL;
}

static const struct qf_metric_row *metric_of(const struct qf_performance *p, const char *name)
{
    for (uint32_t i = 0; i < p->metrics_n; i++)
        if (qf_str_eq(p->metrics[i].metric, name))
            return &p->metrics[i];
    return NULL;
}

/* A headline figure: two decimals, its convention in a few words beside it. */
static void headline(struct doc *d, const struct qf_performance *p, const char *metric, const char *label, bool sign,
                     const char *beside)
{
    char a[WORDS];
    const struct qf_metric_row *m = metric_of(p, metric);
    if (m == NULL)
        return;
    bool there = QF_HAS(m, metric_row, value) && isfinite(m->value);
    if (!there) {
        doc_fact(d, DOC_DIM, label, "n/a", QF_HAS(m, metric_row, reason) ? m->reason : "");
        return;
    }
    bool share = qf_str_eq(m->unit, "fraction");
    doc_fact(d, sign ? words_tone_real(m->value) : DOC_PLAIN, label,
             share ? words_share(a, m->value, 2, sign) : words_number(a, m->value, 2, false), beside);
}

void section_performance_facts(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    char a[WORDS], b[WORDS];
    if (p == NULL)
        return;
    if (QF_HAS(p, performance, reason))
        doc_sentence(d, DOC_WARN, "No figures: %s", p->reason);
    doc_panel(d, DOC_FACTS, "", "", false);
    if (QF_HAS(p, performance, end))
        doc_fact(d, DOC_STRONG, "Equity", words_money(a, p->end, 2, false), p->currency);
    if (QF_HAS(p, performance, pnl))
        doc_fact(d, words_tone(p->pnl), "Profit", words_money(a, p->pnl, 2, true), "net of fees");
    headline(d, p, "total_return", "Total return", true, "");
    headline(d, p, "annual_return", "CAGR", true, "a year");
    headline(d, p, "annual_volatility", "Volatility", false, "a year");
    headline(d, p, "sharpe_ratio", "Sharpe", false, "rf 0");
    headline(d, p, "sortino_ratio", "Sortino", false, "MAR 0");
    headline(d, p, "calmar_ratio", "Calmar", false, "");
    headline(d, p, "max_drawdown", "Max drawdown", true, "on closes");
    headline(d, p, "value_at_risk", "Daily VaR 95", true, "");
    headline(d, p, "win_rate", "Win rate", false, "of trades");
    headline(d, p, "profit_factor", "Profit factor", false, "net of fees");
    headline(d, p, "beta", "Beta", false, p->benchmark);
    headline(d, p, "alpha", "Alpha", true, "a year");
    headline(d, p, "information_ratio", "Information ratio", false, p->benchmark);
    if (QF_HAS(p, performance, from) && QF_HAS(p, performance, to))
        doc_note(d, DOC_DIM, "%s to %s, %lld daily returns; %s", words_date(a, p->from - 1), words_date(b, p->to - 1),
                 (long long)p->n, p->basis);
    if (p->incomplete)
        doc_note(d, DOC_WARN, "INCOMPLETE: points with missing prices were left out.");
}

/* --- curves */
struct curves {
    qf_time *at;
    double *equity, *level, *benchmark, *fall, *sharpe, *volatility;
    bool has_benchmark, has_fall, has_equity;
    size_t rolled;
};

static double *column(struct doc *d, size_t n)
{
    double *p = d->failed ? NULL : qf_arena_alloc(d->arena, n * sizeof *p);
    d->failed |= p == NULL;
    return p;
}

static bool columns_of(struct doc *d, const struct qf_performance *p, struct curves *c)
{
    size_t n = p->points_n;
    *c = (struct curves){.equity = column(d, n),
                         .level = column(d, n),
                         .benchmark = column(d, n),
                         .fall = column(d, n),
                         .sharpe = column(d, n),
                         .volatility = column(d, n)};
    c->at = d->failed ? NULL : qf_arena_alloc(d->arena, n * sizeof *c->at);
    d->failed |= c->at == NULL;
    for (size_t i = 0; i < n && !d->failed; i++) {
        const struct qf_perf_point *q = &p->points[i];
        c->at[i] = q->at - 1; /* the close at midnight belongs to the day that ended */
        c->equity[i] = QF_HAS(q, perf_point, equity) ? (double)q->equity / (double)QF_ONE : NAN;
        c->level[i] = QF_HAS(q, perf_point, level) ? q->level - 1 : NAN;
        c->benchmark[i] = QF_HAS(q, perf_point, benchmark) ? q->benchmark - 1 : NAN;
        c->fall[i] = QF_HAS(q, perf_point, drawdown) ? q->drawdown : NAN;
        c->sharpe[i] = QF_HAS(q, perf_point, sharpe) ? q->sharpe : NAN;
        c->volatility[i] = QF_HAS(q, perf_point, volatility) ? q->volatility : NAN;
        c->has_equity |= isfinite(c->equity[i]);
        c->has_benchmark |= isfinite(c->benchmark[i]);
        c->has_fall |= isfinite(c->fall[i]);
        c->rolled += isfinite(c->sharpe[i]) ? 1 : 0;
    }
    return !d->failed;
}

static struct doc_chart *chart(struct doc *d, const struct doc_chart *image)
{
    struct doc_chart *c = d->failed ? NULL : qf_arena_alloc(d->arena, sizeof *c);
    d->failed |= c == NULL;
    if (c != NULL)
        *c = *image;
    return c;
}

void section_curve(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    struct curves c;
    if (p == NULL || (p->points_n < 2 && r->kind == QF_REPORT_DAILY))
        return;
    if (p->points_n < 2) {
        doc_sentence(d, DOC_DIM, "No curve: it needs 2 closes, has %u.", p->points_n);
        return;
    }
    if (!columns_of(d, p, &c))
        return;
    bool returns = r->kind == QF_REPORT_TEARSHEET || !c.has_equity;
    struct doc_chart image = {.n = p->points_n,
                              .at = c.at,
                              .unit = returns ? CHART_SHARE : CHART_MONEY,
                              .n_lines = 1,
                              .under = c.has_fall ? c.fall : NULL,
                              .under_name = "drawdown"};
    image.lines[0] =
        (struct chart_curve){returns ? "return, net of fees" : "equity", returns ? c.level : c.equity, CHART_LINE};
    if (returns && c.has_benchmark)
        image.lines[image.n_lines++] =
            (struct chart_curve){doc_fmt(d, "benchmark %s", p->benchmark), c.benchmark, CHART_LINE2};
    struct doc_chart *made = chart(d, &image);
    if (made == NULL)
        return;
    doc_panel(d, DOC_CHART, returns ? "Return and drawdown" : "Equity and drawdown",
              doc_fmt(d, "%u closes, %s", p->points_n, p->currency), false)
        ->chart = made;
}

void section_rolling(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    struct curves c;
    if (p == NULL || p->points_n < 2 || !columns_of(d, p, &c))
        return;
    if (c.rolled < 2) {
        doc_sentence(d, DOC_DIM, "Rolling Sharpe ratio and volatility: n/a, fewer returns than their window.");
        return;
    }
    size_t from = 0; /* the first window ends there */
    while (!isfinite(c.sharpe[from]))
        from++;
    struct doc_chart image = {.n = p->points_n - from, .at = c.at + from, .unit = CHART_NUMBER, .n_lines = 1};
    image.lines[0] = (struct chart_curve){"Sharpe ratio of the window that ends there", c.sharpe + from, CHART_LINE};
    struct doc_chart *sharpe = chart(d, &image);
    image.unit = CHART_SHARE;
    image.lines[0] =
        (struct chart_curve){"annual volatility of the window that ends there", c.volatility + from, CHART_LINE};
    struct doc_chart *volatility = chart(d, &image);
    if (d->failed)
        return;
    doc_panel(d, DOC_CHART, "Rolling Sharpe ratio", "", true)->chart = sharpe;
    doc_panel(d, DOC_CHART, "Rolling volatility", "", true)->chart = volatility;
}

/* --- months: one row a year, the number first, its shade second */
static const struct doc_column month_columns[] = {
    {"Year", DOC_TEXT, 0, false},  {"Jan", DOC_NUMBER, 0, false}, {"Feb", DOC_NUMBER, 0, false},
    {"Mar", DOC_NUMBER, 0, false}, {"Apr", DOC_NUMBER, 0, false}, {"May", DOC_NUMBER, 0, false},
    {"Jun", DOC_NUMBER, 0, false}, {"Jul", DOC_NUMBER, 0, false}, {"Aug", DOC_NUMBER, 0, false},
    {"Sep", DOC_NUMBER, 0, false}, {"Oct", DOC_NUMBER, 0, false}, {"Nov", DOC_NUMBER, 0, false},
    {"Dec", DOC_NUMBER, 0, false}, {"All", DOC_NUMBER, 0, false},
};

/* Shades end at 1.5 % and 4 % of a month. */
static int heat_of(double v)
{
    int deep = fabs(v) >= 0.04 ? 3 : fabs(v) >= 0.015 ? 2 : fabs(v) >= 0.0005 ? 1 : 0;
    return v < 0 ? -deep : deep;
}

static const struct qf_perf_month *month_of(const struct qf_performance *p, int64_t year, int64_t month)
{
    for (uint32_t i = 0; i < p->months_n; i++)
        if (p->months[i].year == year && p->months[i].month == month)
            return &p->months[i];
    return NULL;
}

static void month_cell(struct doc_table *t, const struct qf_perf_month *m, bool whole_year)
{
    char a[WORDS];
    if (m == NULL || !QF_HAS(m, perf_month, value) || !isfinite(m->value))
        doc_heat(t, 0, m == NULL ? "" : "n/a");
    else if (whole_year)
        doc_cell(t, DOC_STRONG, words_number(a, m->value * 100, 1, true));
    else
        doc_heat(t, heat_of(m->value), words_number(a, m->value * 100, 1, true));
}

void section_months(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    bool partial = false;
    if (p == NULL || p->months_n == 0)
        return;
    struct doc_table *t =
        doc_table(d, "Monthly returns, %, net of fees", "", false, month_columns, QF_LEN(month_columns), p->months_n);
    if (t == NULL)
        return;
    t->heat = true;
    int64_t last = -1;
    for (uint32_t i = 0; i < p->months_n; i++) {
        partial |= p->months[i].partial && p->months[i].month != 0;
        if (p->months[i].year == last)
            continue;
        last = p->months[i].year;
        doc_row(t);
        doc_cellf(t, DOC_STRONG, "%lld", (long long)last);
        for (int64_t m = 1; m <= 12; m++)
            month_cell(t, month_of(p, last, m), false);
        month_cell(t, month_of(p, last, 0), true);
    }
    if (partial)
        doc_note(d, DOC_DIM, "The first and last month or year may not be whole.");
}

/* --- falls and trades, side by side */
static const struct doc_column fall_columns[] = {
    {"Peak", DOC_TEXT, 0, false},   {"Trough", DOC_TEXT, 0, false},  {"Recovered", DOC_TEXT, 0, false},
    {"Days", DOC_NUMBER, 0, false}, {"Depth", DOC_NUMBER, 0, false},
};

void section_drawdowns(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    char a[WORDS];
    if (p == NULL)
        return;
    uint32_t n = p->drawdowns_n < 10 ? p->drawdowns_n : 10;
    struct doc_table *t = doc_table(d, "Deepest drawdowns", doc_fmt(d, "%u, deepest first", n), true, fall_columns,
                                    QF_LEN(fall_columns), n);
    if (t != NULL)
        t->empty = "it never fell";
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_perf_drawdown *f = &p->drawdowns[i];
        bool over = QF_HAS(f, perf_drawdown, recovery);
        doc_row(t);
        doc_cell(t, DOC_PLAIN, words_date(a, f->peak - 1));
        doc_cell(t, DOC_PLAIN, words_date(a, f->trough - 1));
        doc_cell(t, over ? DOC_PLAIN : DOC_DIM, over ? words_date(a, f->recovery - 1) : "not yet");
        doc_cell(t, DOC_PLAIN, words_count(a, f->days));
        doc_cell(t, DOC_DOWN, words_share(a, f->depth, 2, true));
    }
}

static const struct doc_column trade_columns[] = {
    {"Trades", DOC_TEXT, 0, false}, {"Value", DOC_NUMBER, 0, false}, {"", DOC_TEXT, 0, true}};

/* "profit_factor" -> "Profit factor", "alpha_beta[beta]" -> "Alpha beta: beta" */
static const char *label_of(struct doc *d, const char *name)
{
    char text[64];
    size_t part = strcspn(name, "[");
    if (qf_str_eq(name, "cagr"))
        return "CAGR";
    const char *of = name[part] == '[' ? name + part + 1 : "";
    qf_str_fmt(text, sizeof text, "%.*s%s%.*s", (int)part, name, *of != '\0' ? ": " : "", (int)strcspn(of, "]"), of);
    for (char *p = text; *p != '\0'; p++)
        if (*p == '_')
            *p = ' ';
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    return doc_copy(d, text);
}

static void metric_cells(struct doc *d, struct doc_table *t, const struct qf_metric_row *m, bool count)
{
    char a[WORDS];
    bool there = QF_HAS(m, metric_row, value) && isfinite(m->value);
    doc_row(t);
    doc_cell(t, DOC_PLAIN, label_of(d, m->metric));
    doc_cell(t, there ? DOC_STRONG : DOC_DIM, there ? words_metric(a, m->value, m->unit) : "n/a");
    if (count)
        doc_cell(t, DOC_PLAIN, words_count(a, m->n));
    if (!there && QF_HAS(m, metric_row, reason))
        doc_cellf(t, DOC_WARN, "%s; %s", m->reason, m->convention);
    else
        doc_cellf(t, DOC_DIM, "%s%s%s", qf_str_eq(m->unit, "days") ? "days; " : "",
                  qf_str_eq(m->unit, "money") ? "money; " : "", m->convention);
}

static bool of_trades(const struct qf_metric_row *m)
{
    return trade_find(m->metric) != NULL || strncmp(m->metric, "expectancy", 10) == 0;
}

static void metric_table(struct doc *d, const struct qf_performance *p, struct doc_table *t, bool trades)
{
    for (uint32_t i = 0; i < p->metrics_n; i++)
        if (of_trades(&p->metrics[i]) == trades)
            metric_cells(d, t, &p->metrics[i], !trades);
}

void section_trade_statistics(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    if (p == NULL)
        return;
    struct doc_table *t = doc_table(d, "Trade statistics", "round trips, net of fees", false, trade_columns,
                                    QF_LEN(trade_columns), p->metrics_n);
    if (t != NULL)
        t->empty = "none: the record is not one of trades";
    metric_table(d, p, t, true);
}

static const struct doc_column metric_columns[] = {
    {"Metric", DOC_TEXT, 0, false},
    {"Value", DOC_NUMBER, 0, false},
    {"n", DOC_NUMBER, 1, false},
    {"Convention", DOC_TEXT, 0, true},
};

void section_metrics(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    if (p == NULL)
        return;
    const char *aside = QF_HAS(p, performance, benchmark) ? doc_fmt(d, "against %s", p->benchmark) : "no benchmark";
    struct doc_table *t = doc_table(d, "Metrics, with their conventions", aside, false, metric_columns,
                                    QF_LEN(metric_columns), p->metrics_n);
    if (t != NULL)
        t->empty = "none";
    metric_table(d, p, t, false);
}

/* --- strategies */
static const struct doc_column group_columns[] = {
    {"", DOC_TEXT, 0, false},         {"Return", DOC_NUMBER, 0, false}, {"Sharpe", DOC_NUMBER, 0, false},
    {"Max dd", DOC_NUMBER, 2, false}, {"Trades", DOC_NUMBER, 1, false}, {"Win", DOC_NUMBER, 1, false},
    {"P&L", DOC_NUMBER, 0, false},
};

static void group_share(struct doc_table *t, bool there, double v, int decimals, bool sign)
{
    char a[WORDS];
    there = there && isfinite(v);
    doc_cell(t,
             !there ? DOC_DIM
             : sign ? words_tone_real(v)
                    : DOC_PLAIN,
             there ? words_share(a, v, decimals, sign) : "n/a");
}

static void group_row(struct doc_table *t, const struct qf_perf_group *g)
{
    char a[WORDS];
    bool sharpe = QF_HAS(g, perf_group, sharpe) && isfinite(g->sharpe), pnl = QF_HAS(g, perf_group, pnl);
    doc_row(t);
    doc_cell(t, DOC_STRONG, g->name[0] != '\0' ? g->name : "(none)");
    group_share(t, QF_HAS(g, perf_group, value), g->value, 2, true);
    doc_cell(t, sharpe ? DOC_PLAIN : DOC_DIM, sharpe ? words_number(a, g->sharpe, 2, false) : "n/a");
    group_share(t, QF_HAS(g, perf_group, max_drawdown), g->max_drawdown, 2, true);
    doc_cell(t, DOC_PLAIN, words_count(a, g->trades));
    group_share(t, QF_HAS(g, perf_group, win_rate), g->win_rate, 1, false);
    doc_cell(t, pnl ? words_tone(g->pnl) : DOC_DIM, pnl ? words_money(a, g->pnl, 2, true) : "n/a");
}

void section_groups(struct doc *d, const struct qf_report *r)
{
    const struct qf_performance *p = performance_of(r);
    char a[WORDS];
    if (p == NULL || p->groups_n == 0)
        return;
    struct doc_table *t = doc_table(d, "Strategies", doc_fmt(d, "%u, by profit, on their own capital", p->groups_n),
                                    true, group_columns, QF_LEN(group_columns), p->groups_n + 1);
    qf_money sum = 0;
    int64_t trades = 0;
    bool all = true;
    for (uint32_t i = 0; i < p->groups_n; i++) {
        group_row(t, &p->groups[i]);
        all &= QF_HAS(&p->groups[i], perf_group, pnl);
        sum += p->groups[i].pnl;
        trades += p->groups[i].trades;
    }
    doc_total(t);
    doc_cell(t, DOC_PLAIN, all ? "Total" : "Total, incomplete");
    for (int i = 0; i < 3; i++)
        doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_PLAIN, words_count(a, trades));
    doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, words_tone(sum), words_money(a, sum, 2, true));
    for (uint32_t i = 0; i < p->groups_n; i++)
        if (QF_HAS(&p->groups[i], perf_group, reason))
            doc_note(d, DOC_DIM, "%s: %s", p->groups[i].name, p->groups[i].reason);
}
