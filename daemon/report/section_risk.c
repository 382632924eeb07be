/* The portfolio's risk: value at risk by method, what it is made of, what would happen if, and whether it was right. */
#include <math.h>
#include <stdlib.h>

#include "common/str.h"
#include "daemon/report/sections.h"
#include "daemon/report/words.h"

static const struct qf_risk_run *run_of(const struct qf_report *r)
{
    return r->risk_n > 0 ? &r->risk[0] : NULL;
}

static void money(struct doc *d, const char *label, bool there, qf_money v, const char *beside)
{
    char a[WORDS];
    doc_fact(d, there ? DOC_PLAIN : DOC_DIM, label, there ? words_money(a, v, 2, false) : "n/a", beside);
}

static enum doc_tone status_tone(int32_t status)
{
    return status == QF_RISKST_BREACH ? DOC_BAD : status == QF_RISKST_WARN ? DOC_WARN : DOC_PLAIN;
}

void section_risk_facts(struct doc *d, const struct qf_report *r)
{
    const struct qf_risk_run *k = run_of(r);
    char a[WORDS], b[WORDS];
    if (k == NULL)
        return;
    if (QF_HAS(k, risk_run, reason))
        doc_sentence(d, DOC_WARN, "No figures: %s", k->reason);
    doc_panel(d, DOC_FACTS, "", "", false);
    bool var = QF_HAS(k, risk_run, var_99), used = QF_HAS(k, risk_run, var_used_bp);
    doc_fact(d, var ? status_tone(k->status) : DOC_DIM, "VaR 99, 1 day",
             var ? words_money(a, k->var_99, 2, false) : "n/a",
             used ? doc_fmt(d, "%s used", words_bp(b, k->var_used_bp, 0, false)) : "no limit");
    money(d, "ES 97.5, 1 day", QF_HAS(k, risk_run, es_975), k->es_975, "");
    money(d, "VaR limit", QF_HAS(k, risk_run, var_limit), k->var_limit,
          used ? qf_enum_text(&qf_enum_risk_status, k->status) : "");
    money(d, "Undiversified", QF_HAS(k, risk_run, undiversified), k->undiversified, "all at once");
    money(d, "Equity", true, k->equity, r->base);
    bool hhi = QF_HAS(k, risk_run, hhi) && isfinite(k->hhi), largest = QF_HAS(k, risk_run, largest_bp);
    doc_fact(d, hhi ? DOC_PLAIN : DOC_DIM, "HHI", hhi ? words_number(a, k->hhi, 3, false) : "n/a", "1 = one name");
    doc_fact(d, largest ? DOC_PLAIN : DOC_DIM, "Largest name", largest ? words_bp(a, k->largest_bp, 1, false) : "n/a",
             largest ? k->largest : "");
    doc_fact(d, DOC_PLAIN, "Names held", words_count(a, k->names), k->incomplete ? "INCOMPLETE" : "all priced");
    if (QF_HAS(k, risk_run, window_from) && QF_HAS(k, risk_run, window_to))
        doc_note(d, DOC_DIM, "Window of %lld daily returns, %s to %s. Losses are positive; %s.", (long long)k->window,
                 words_date(a, k->window_from), words_date(b, k->window_to),
                 "figures are of the positions held at this close");
}

/* --- value at risk and expected shortfall: one table each, methods down, confidences across */
#define CONFIDENCES 4
static const int64_t confidences[CONFIDENCES] = {9000, 9500, 9750, 9900};
static const struct doc_column var_columns[] = {
    {"Method", DOC_TEXT, 0, false}, {"Days", DOC_NUMBER, 0, false},  {"90%", DOC_NUMBER, 0, false},
    {"95%", DOC_NUMBER, 0, false},  {"97.5%", DOC_NUMBER, 0, false}, {"99%", DOC_NUMBER, 0, false},
};

static void var_cells(struct doc_table *t, const struct qf_risk_run *k, int32_t method, int64_t days, bool es)
{
    char a[WORDS];
    for (size_t c = 0; c < CONFIDENCES; c++) {
        bool there = false;
        qf_money v = 0;
        for (uint32_t i = 0; i < k->vars_n; i++) {
            const struct qf_var_row *row = &k->vars[i];
            if (row->method != method || row->days != days || row->confidence_bp != confidences[c])
                continue;
            there = es ? QF_HAS(row, var_row, es) : QF_HAS(row, var_row, var);
            v = es ? row->es : row->var;
        }
        doc_cell(t, there ? c == CONFIDENCES - 1 ? DOC_STRONG : DOC_PLAIN : DOC_DIM,
                 there ? words_money(a, v, 0, false) : "n/a");
    }
}

static void vars(struct doc *d, const struct qf_risk_run *k, const char *title, bool es)
{
    char a[WORDS];
    int32_t method = -1;
    int64_t days = -1;
    struct doc_table *t =
        doc_table(d, title, "loss positive, whole units", true, var_columns, QF_LEN(var_columns), k->vars_n);
    if (t != NULL)
        t->empty = "n/a";
    for (uint32_t i = 0; i < k->vars_n; i++) {
        bool known = k->vars[i].method == method && k->vars[i].days == days;
        for (uint32_t j = 0; j < i && !known; j++)
            known = k->vars[j].method == k->vars[i].method && k->vars[j].days == k->vars[i].days;
        if (known)
            continue;
        method = k->vars[i].method;
        days = k->vars[i].days;
        doc_row(t);
        doc_cell(t, DOC_PLAIN, qf_enum_text(&qf_enum_var_method, method));
        doc_cell(t, DOC_PLAIN, words_count(a, days));
        var_cells(t, k, method, days, es);
    }
}

void section_vars(struct doc *d, const struct qf_report *r)
{
    const struct qf_risk_run *k = run_of(r);
    if (k == NULL)
        return;
    vars(d, k, "Value at risk", false);
    vars(d, k, "Expected shortfall", true);
    doc_sentence(d, DOC_DIM,
                 "historical: %s. ewma: %s. sample: %s. monte-carlo: %s (%lld paths, seed %lld). Ten days are one day "
                 "times the root of ten.",
                 qf_enum_var_method.words[QF_VARM_HISTORICAL], qf_enum_var_method.words[QF_VARM_EWMA],
                 qf_enum_var_method.words[QF_VARM_SAMPLE], qf_enum_var_method.words[QF_VARM_MONTE_CARLO],
                 (long long)k->paths, (long long)k->seed);
}

/* --- back-test */
static struct doc_chart *day_chart(struct doc *d, const struct qf_risk_run *k)
{
    size_t n = k->days_n;
    struct doc_chart *c = d->failed ? NULL : qf_arena_alloc(d->arena, sizeof *c);
    double *y = c == NULL ? NULL : qf_arena_alloc(d->arena, 2 * n * sizeof *y);
    qf_time *at = y == NULL ? NULL : qf_arena_alloc(d->arena, n * sizeof *at);
    bool *marks = at == NULL ? NULL : qf_arena_alloc(d->arena, n * sizeof *marks);
    if (marks == NULL) {
        d->failed = true;
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        at[i] = k->days[i].day;
        y[i] = (double)k->days[i].pnl / (double)QF_ONE;
        y[n + i] = -(double)k->days[i].var / (double)QF_ONE;
        marks[i] = k->days[i].exception;
    }
    *c = (struct doc_chart){.n = n,
                            .at = at,
                            .unit = CHART_MONEY,
                            .bars = y,
                            .marks = marks,
                            .bars_name = "P&L of the day",
                            .marks_name = "worse than VaR",
                            .n_lines = 1};
    c->lines[0] = (struct chart_curve){"-VaR 99 of the evening before", y + n, CHART_LIMIT};
    return c;
}

static enum doc_tone light_tone(int32_t light)
{
    return light == QF_LIGHT_GREEN    ? DOC_OK
           : light == QF_LIGHT_YELLOW ? DOC_WARN
           : light == QF_LIGHT_RED    ? DOC_BAD
                                      : DOC_DIM;
}

void section_backtest(struct doc *d, const struct qf_report *r)
{
    const struct qf_risk_run *k = run_of(r);
    char a[WORDS], b[WORDS];
    if (k == NULL)
        return;
    if (k->backtest_days == 0) {
        doc_sentence(d, DOC_DIM, "Back-test: n/a, too few days.");
        return;
    }
    doc_panel(d, DOC_FACTS, "Back-test of VaR 99, 1 day, historical",
              doc_fmt(d, "%lld days", (long long)k->backtest_days), false);
    doc_fact(d, light_tone(k->light), "Basel light", qf_enum_text(&qf_enum_light, k->light), "");
    doc_fact(d, DOC_PLAIN, "Exceptions", words_count(a, k->exceptions),
             QF_HAS(k, risk_run, expected) ? doc_fmt(d, "expected %s", words_number(b, k->expected, 1, false)) : "");
    bool lr = QF_HAS(k, risk_run, kupiec_lr) && isfinite(k->kupiec_lr),
         p = QF_HAS(k, risk_run, kupiec_p) && isfinite(k->kupiec_p);
    doc_fact(d, DOC_PLAIN, "Kupiec LR", lr ? words_number(a, k->kupiec_lr, 2, false) : "n/a", "chi2, 1 df");
    doc_fact(d, DOC_PLAIN, "p-value", p ? words_number(a, k->kupiec_p, 2, false) : "n/a", "");
    doc_note(d, DOC_DIM,
             "%s: %s. What the positions of this close would have made on each day against the value at risk of the "
             "evening before.",
             qf_enum_text(&qf_enum_light, k->light), qf_enum_light.words[k->light]);
    if (k->days_n < 2)
        return;
    struct doc_chart *c = day_chart(d, k);
    if (c != NULL)
        doc_panel(d, DOC_CHART, "Day P&L against VaR 99", doc_fmt(d, "the newest %u days", k->days_n), false)->chart =
            c;
}

/* --- components beside stress */
static const struct doc_column component_columns[] = {
    {"Symbol", DOC_TEXT, 0, false}, {"Value", DOC_NUMBER, 1, false}, {"Part of VaR", DOC_NUMBER, 0, false},
    {"", DOC_BAR, 2, false},        {"Share", DOC_NUMBER, 0, false},
};
static const struct doc_column stress_columns[] = {
    {"Scenario", DOC_TEXT, 0, false},
    {"Worst", DOC_TEXT, 2, false},
    {"P&L", DOC_NUMBER, 0, false},
    {"Of equity", DOC_NUMBER, 0, false},
};

static void components(struct doc *d, const struct qf_risk_run *k)
{
    char a[WORDS];
    qf_money sum = 0;
    int64_t share = 0, most = 1;
    struct doc_table *t =
        doc_table(d, "Component VaR 99, 1 day, sample covariance", doc_fmt(d, "%u names", k->components_n), true,
                  component_columns, QF_LEN(component_columns), k->components_n + 1);
    if (t != NULL)
        t->empty = "n/a";
    for (uint32_t i = 0; i < k->components_n; i++)
        most = llabs(k->components[i].share_bp) > most ? llabs(k->components[i].share_bp) : most;
    for (uint32_t i = 0; i < k->components_n; i++) {
        const struct qf_risk_component *c = &k->components[i];
        doc_row(t);
        doc_cell(t, DOC_STRONG, c->symbol);
        doc_cell(t, DOC_PLAIN, words_money(a, c->value, 0, false));
        doc_cell(t, DOC_PLAIN, words_money(a, c->component, 0, false));
        doc_bar(t, c->share_bp < 0 ? DOC_OK : DOC_PLAIN, (double)llabs(c->share_bp) / (double)most);
        doc_cell(t, DOC_PLAIN, words_bp(a, c->share_bp, 1, false));
        sum += c->component;
        share += c->share_bp;
    }
    if (k->components_n == 0)
        return;
    doc_total(t);
    doc_cell(t, DOC_PLAIN, "Total");
    doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_PLAIN, words_money(a, sum, 0, false));
    doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_PLAIN, words_bp(a, share, 1, false));
}

static void stress(struct doc *d, const struct qf_risk_run *k)
{
    char a[WORDS];
    struct doc_table *t = doc_table(d, "Stress", doc_fmt(d, "%u scenarios, worst first", k->stress_n), true,
                                    stress_columns, QF_LEN(stress_columns), k->stress_n);
    if (t != NULL)
        t->empty = "no scenarios; qf scenario set adds one";
    for (uint32_t i = 0; i < k->stress_n; i++) {
        const struct qf_stress_result *s = &k->stress[i];
        bool there = QF_HAS(s, stress_result, pnl), share = QF_HAS(s, stress_result, equity_bp);
        doc_row(t);
        doc_cell(t, DOC_PLAIN, s->scenario);
        doc_cell(t, DOC_DIM, QF_HAS(s, stress_result, worst) ? s->worst : "");
        doc_cell(t, there ? words_tone(s->pnl) : DOC_DIM, there ? words_money(a, s->pnl, 0, true) : "n/a");
        doc_cell(t, share ? words_tone(s->equity_bp) : DOC_DIM, share ? words_bp(a, s->equity_bp, 2, true) : "n/a");
    }
    for (uint32_t i = 0; i < k->stress_n; i++) {
        const struct qf_stress_result *s = &k->stress[i];
        if (QF_HAS(s, stress_result, reason))
            doc_note(d, DOC_WARN, "%s: %s", s->scenario, s->reason);
        else if (s->missing > 0)
            doc_note(d, DOC_WARN, "INCOMPLETE: %s leaves out %lld without the prices it needs", s->scenario,
                     (long long)s->missing);
    }
}

void section_components(struct doc *d, const struct qf_report *r)
{
    const struct qf_risk_run *k = run_of(r);
    if (k == NULL)
        return;
    components(d, k);
    stress(d, k);
}

/* --- exposures */
static const struct doc_column exposure_columns[] = {
    {"Scope", DOC_TEXT, 0, false},       {"", DOC_TEXT, 0, false},      {"Gross", DOC_NUMBER, 0, false},
    {"Of equity", DOC_NUMBER, 2, false}, {"Net", DOC_NUMBER, 0, false}, {"Long", DOC_NUMBER, 1, false},
    {"Short", DOC_NUMBER, 1, false},
};

void section_exposures(struct doc *d, const struct qf_report *r)
{
    const struct qf_risk_run *k = run_of(r);
    char a[WORDS];
    if (k == NULL)
        return;
    struct doc_table *t = doc_table(d, "Exposures at the close", "open orders not counted, whole units", false,
                                    exposure_columns, QF_LEN(exposure_columns), k->exposures_n);
    if (t != NULL)
        t->empty = "nothing is held";
    int32_t last = -1;
    for (uint32_t i = 0; i < k->exposures_n; i++) {
        const struct qf_exposure *e = &k->exposures[i];
        bool share = QF_HAS(e, exposure, share_bp);
        doc_row(t);
        doc_cell(t, DOC_STRONG, e->scope == last ? "" : qf_enum_text(&qf_enum_scope, e->scope));
        doc_cell(t, DOC_PLAIN, e->name[0] != '\0' ? e->name : e->scope == QF_SCOPE_FIRM ? "" : "(none)");
        doc_cell(t, DOC_PLAIN, words_money(a, e->gross, 0, false));
        doc_cell(t, DOC_PLAIN, share ? words_bp(a, e->share_bp, 1, false) : "n/a");
        doc_cell(t, DOC_PLAIN, words_money(a, e->net, 0, true));
        doc_cell(t, DOC_PLAIN, words_money(a, e->long_value, 0, false));
        doc_cell(t, DOC_PLAIN, words_money(a, e->short_value, 0, false));
        last = e->scope;
    }
}

/* --- correlations: the largest names, a half matrix */
#define CORRELATED 12

static size_t correlated_names(const struct qf_report *r, const char **ret)
{
    size_t n = 0;
    for (uint32_t i = 0; i < r->correlations_n; i++) {
        const char *pair[2] = {r->correlations[i].a, r->correlations[i].b};
        for (int k = 0; k < 2; k++) {
            bool known = false;
            for (size_t j = 0; j < n && !known; j++)
                known = qf_str_eq(ret[j], pair[k]);
            if (!known && n < CORRELATED)
                ret[n++] = pair[k];
        }
    }
    return n;
}

static void correlation_cell(struct doc_table *t, const struct qf_report *r, const char *x, const char *y)
{
    char a[WORDS];
    for (uint32_t i = 0; i < r->correlations_n; i++) {
        const struct qf_correlation *c = &r->correlations[i];
        bool is = (qf_str_eq(c->a, x) && qf_str_eq(c->b, y)) || (qf_str_eq(c->a, y) && qf_str_eq(c->b, x));
        if (!is)
            continue;
        bool there = QF_HAS(c, correlation, value) && isfinite(c->value);
        doc_cell(t,
                 !there                  ? DOC_DIM
                 : fabs(c->value) >= 0.7 ? DOC_STRONG
                                         : DOC_PLAIN,
                 there ? words_number(a, c->value, 2, false) : "n/a");
        return;
    }
    doc_cell(t, DOC_PLAIN, "");
}

void section_correlations(struct doc *d, const struct qf_report *r)
{
    const char *names[CORRELATED];
    size_t n = correlated_names(r, names);
    struct doc_column *columns = d->failed || n < 2 ? NULL : qf_arena_alloc(d->arena, (n + 1) * sizeof *columns);
    if (columns == NULL) {
        d->failed |= n >= 2;
        return;
    }
    columns[0] = (struct doc_column){"", DOC_TEXT, 0, false};
    for (size_t k = 0; k < n; k++)
        columns[k + 1] = (struct doc_column){doc_copy(d, names[k]), DOC_NUMBER, (uint8_t)(k > 6 ? k : 0), false};
    struct doc_table *t =
        doc_table(d, "Correlations of daily returns", doc_fmt(d, "the %zu largest names", n), false, columns, n + 1, n);
    for (size_t i = 0; i < n; i++) {
        doc_row(t);
        doc_cell(t, DOC_STRONG, names[i]);
        for (size_t k = 0; k < n; k++) {
            if (k < i)
                correlation_cell(t, r, names[i], names[k]);
            else
                doc_cell(t, DOC_DIM, k == i ? "1.00" : "");
        }
    }
}
