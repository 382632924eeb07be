/* A run, on a worker's thread: from the snapshot to the record. It looks at nothing that the loop changes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/portfolio.h"
#include "daemon/quant/window.h"
#include "daemon/server/risk_inside.h"

#define COMPONENTS 500 /* rows of each list, as portfolio.def says */
#define EXPOSURES 500
#define MISSING 500
#define DAYS 60
#define MANY_DRAWS 2000000 /* normals from which on two threads draw them */

/* What the steps hand on; arrays of one entry a name are in the order of the snapshot. */
struct math {
    struct risk_result *x;
    struct window window;
    struct window_name *names;
    enum window_fate *fate;
    size_t *have;
    size_t *col;            /* of the window: index of the name */
    double *mv, *units, *closes, *work;
    struct portfolio_out out;
};

static void *rows(struct risk_result *x, size_t n, size_t size)
{
    void *p = qf_arena_alloc(&x->arena, n * size + 1);
    qf_assert(p);
    return p;
}

/* --- which names, which days */

static void align(struct math *m)
{
    struct risk_snapshot *s = &m->x->snapshot;
    for (uint32_t i = 0; i < s->names_n; i++) {
        m->names[i] = (struct window_name){ .weight = risk_double(s->names[i].value) };
        if (!s->names[i].lacks)
            risk_base_closes(&s->names[i], &m->x->arena, &m->names[i]);
    }
    window_align(m->names, s->names_n, s->window + 1, &m->window, m->fate, m->have);
    for (uint32_t i = 0, col = 0; i < s->names_n; i++)
        if (m->fate[i] == WINDOW_IN)
            m->col[col++] = i;
}

static void missing_row(struct math *m, const struct risk_name *n, uint32_t i)
{
    struct qf_risk_run *run = &m->x->run;
    run->incomplete = true;
    if (run->missing_n == MISSING)
        return;
    struct qf_unpriced *u = &run->missing[run->missing_n++];
    qf_str_copy(u->symbol, sizeof u->symbol, n->symbol);
    if (n->lacks)
        qf_str_copy(u->reason, sizeof u->reason, n->lacks);
    else if (!n->series)
        qf_str_copy(u->reason, sizeof u->reason, "its daily closes are not read yet");
    else if (*n->fx.symbol && !n->fx.series)
        qf_str_fmt(u->reason, sizeof u->reason, "daily closes of its rate %s are not read yet", n->fx.symbol);
    else if (m->fate[i] == WINDOW_FEW)
        qf_str_fmt(u->reason, sizeof u->reason, "%zu daily closes, %d are needed", m->have[i], WINDOW_LEAST);
    else if (m->fate[i] == WINDOW_GAPS)
        qf_str_fmt(u->reason, sizeof u->reason, "daily closes of %zu of the window's %zu days", m->have[i], m->window.calendar);
    else
        qf_str_copy(u->reason, sizeof u->reason, "too few days on which all names have closes");
    qf_rec_fill(&qf_rec_unpriced, u);
}

static void list_missing(struct math *m)
{
    const struct risk_snapshot *s = &m->x->snapshot;
    m->x->run.missing = rows(m->x, s->names_n < MISSING ? s->names_n : MISSING, sizeof *m->x->run.missing);
    for (uint32_t i = 0; i < s->names_n; i++)
        if (s->names[i].lacks || m->fate[i] != WINDOW_IN || m->window.rows == 0)
            missing_row(m, &s->names[i], i);
}

/* --- figures */

/* A rate that moves is in the closes already. */
static double units_of(const struct risk_name *n)
{
    double rate = *n->fx.symbol ? 1 : (double)n->rate / QF_ONE;
    return risk_double(n->quantity) * (double)n->multiplier * rate;
}

static bool reserve(struct math *m, struct portfolio_in *in)
{
    const struct risk_snapshot *s = &m->x->snapshot;
    size_t n = m->window.cols, closes = n * m->window.rows;
    m->closes = malloc((closes + 1) * sizeof(double));
    m->mv = malloc((4 * n + 2 * PORTFOLIO_BACKTEST) * sizeof(double));
    if (!m->closes || !m->mv)
        return false;
    m->units = m->mv + n;
    m->out.component = m->units + n;
    m->out.marginal = m->out.component + n;
    m->out.day_pnl = m->out.marginal + n;
    m->out.day_var = m->out.day_pnl + PORTFOLIO_BACKTEST;
    size_t draws = s->paths * (n < m->window.rows ? n : m->window.rows);
    *in = (struct portfolio_in){ .mv = m->mv, .units = m->units, .closes = m->closes, .rows = m->window.rows, .cols = n, .seed = s->seed,
                                 .paths = s->paths, .threads = draws > MANY_DRAWS ? 2 : 1 };
    m->work = malloc(portfolio_work(in) * sizeof(double));
    return m->work;
}

static void reason(struct risk_result *x, const char *why)
{
    qf_str_copy(x->run.reason, sizeof x->run.reason, why);
    QF_SET(&x->run, risk_run, reason);
}

/* All figures, or why there are none. */
static bool figures(struct math *m)
{
    struct portfolio_in in;
    if (!reserve(m, &in)) {
        reason(m->x, "not enough memory");
        return false;
    }
    for (size_t c = 0; c < m->window.cols; c++) {
        m->mv[c] = risk_double(m->x->snapshot.names[m->col[c]].value);
        m->units[c] = units_of(&m->x->snapshot.names[m->col[c]]);
    }
    window_fill(&m->window, m->names, m->x->snapshot.names_n, m->fate, m->closes);
    if (portfolio_run(&in, &m->out, m->work) == QF_OK)
        return true;
    reason(m->x, "a number among its prices or values is too large to reckon with");
    return false;
}

/* --- into the record */

static const int64_t confidence_bp[PORTFOLIO_CONFIDENCES] = { 9000, 9500, 9750, 9900 };
static const enum qf_var_method methods[PORTFOLIO_METHODS] = {
    [PORTFOLIO_HISTORICAL] = QF_VARM_HISTORICAL, [PORTFOLIO_EWMA] = QF_VARM_EWMA,
    [PORTFOLIO_SAMPLE] = QF_VARM_SAMPLE, [PORTFOLIO_MONTE_CARLO] = QF_VARM_MONTE_CARLO,
};

static void put_var(struct math *m, size_t method, size_t c, size_t h)
{
    const struct portfolio_figure *f = &m->out.figure[method][c][h];
    struct qf_var_row *row = &m->x->run.vars[m->x->run.vars_n++];
    *row = (struct qf_var_row){ .method = (int32_t)methods[method], .confidence_bp = confidence_bp[c], .days = (int64_t)portfolio_days[h] };
    qf_rec_fill(&qf_rec_var_row, row);
    if (risk_money(f->var, &row->var))
        QF_SET(row, var_row, var);
    if (risk_money(f->es, &row->es))
        QF_SET(row, var_row, es);
}

static void put_headline(struct math *m)
{
    struct qf_risk_run *run = &m->x->run;
    const struct risk_snapshot *s = &m->x->snapshot;
    double var = m->out.figure[PORTFOLIO_HISTORICAL][PORTFOLIO_99][0].var;
    if (risk_money(var, &run->var_99))
        QF_SET(run, risk_run, var_99);
    if (risk_money(m->out.figure[PORTFOLIO_HISTORICAL][PORTFOLIO_975][0].es, &run->es_975))
        QF_SET(run, risk_run, es_975);
    if (risk_money(m->out.undiversified, &run->undiversified))
        QF_SET(run, risk_run, undiversified);
    run->status = (int32_t)risk_status_of(s->has_limit, risk_double(s->limit), s->has_warn, risk_double(s->warn), var);
    if (s->has_limit && s->limit > 0) {
        run->var_used_bp = risk_bp(var, risk_double(s->limit));
        QF_SET(run, risk_run, var_used_bp);
    }
}

static void put_vars(struct math *m)
{
    m->x->run.vars = rows(m->x, PORTFOLIO_METHODS * PORTFOLIO_CONFIDENCES * PORTFOLIO_HORIZONS, sizeof *m->x->run.vars);
    for (size_t h = 0; h < PORTFOLIO_HORIZONS; h++)
        for (size_t method = 0; method < PORTFOLIO_METHODS; method++)
            for (size_t c = 0; c < PORTFOLIO_CONFIDENCES; c++)
                put_var(m, method, c, h);
}

/* --- components */

static int by_part(const void *a, const void *b)
{
    const struct qf_risk_component *x = a, *y = b;
    qf_i128 p = qf_abs128(x->component), q = qf_abs128(y->component);
    return p != q ? (p < q ? 1 : -1) : strcmp(x->symbol, y->symbol);
}

static void component_row(struct math *m, size_t c, double whole, struct qf_risk_component *row)
{
    const struct risk_name *n = &m->x->snapshot.names[m->col[c]];
    qf_str_copy(row->symbol, sizeof row->symbol, n->symbol);
    row->value = n->value;
    qf_rec_fill(&qf_rec_risk_component, row);
    (void)risk_money(m->out.component[c], &row->component);
    row->share_bp = risk_bp(m->out.component[c], whole);
    row->marginal = m->out.marginal[c];
    QF_SET(row, risk_component, marginal);
}

static void put_others(struct qf_risk_run *run, double whole)
{
    struct qf_risk_component sum = { .symbol = "OTHERS" };
    for (uint32_t i = COMPONENTS - 1; i < run->components_n; i++) {
        sum.value += run->components[i].value;
        sum.component += run->components[i].component;
    }
    sum.share_bp = risk_bp(risk_double(sum.component), whole);
    qf_rec_fill(&qf_rec_risk_component, &sum);
    run->components[COMPONENTS - 1] = sum;
    run->components_n = COMPONENTS;
}

static void put_components(struct math *m)
{
    struct qf_risk_run *run = &m->x->run;
    double whole = m->out.figure[PORTFOLIO_SAMPLE][PORTFOLIO_99][0].var;
    run->components = rows(m->x, m->window.cols, sizeof *run->components);
    for (size_t c = 0; c < m->window.cols; c++)
        component_row(m, c, whole, &run->components[run->components_n++]);
    qsort(run->components, run->components_n, sizeof *run->components, by_part);
    if (run->components_n > COMPONENTS)
        put_others(run, whole);
}

/* --- the back-test */

static void put_light(struct math *m)
{
    static const enum qf_light lights[] = { [BACKTEST_GREEN] = QF_LIGHT_GREEN, [BACKTEST_YELLOW] = QF_LIGHT_YELLOW, [BACKTEST_RED] = QF_LIGHT_RED };
    const struct backtest_verdict *b = &m->out.backtest;
    struct qf_risk_run *run = &m->x->run;
    run->backtest_days = (int64_t)b->days;
    run->backtest_window = (int64_t)m->out.backtest_window;
    run->exceptions = (int64_t)b->exceptions;
    run->light = QF_LIGHT_NONE;
    if (b->days == 0)
        return;
    run->expected = (double)b->days * (1 - portfolio_confidence[PORTFOLIO_99]);
    run->kupiec_lr = b->lr;
    run->kupiec_p = b->p_value;
    run->has |= QF_BIT(risk_run, expected) | QF_BIT(risk_run, kupiec_lr) | QF_BIT(risk_run, kupiec_p);
    if (b->days >= PORTFOLIO_LIGHT)
        run->light = (int32_t)lights[b->light];
}

static void put_days(struct math *m)
{
    struct qf_risk_run *run = &m->x->run;
    size_t days = m->out.backtest.days, from = days > DAYS ? days - DAYS : 0;
    run->days = rows(m->x, days - from, sizeof *run->days);
    for (size_t d = from; d < days; d++) {
        struct qf_risk_day *row = &run->days[run->days_n];
        if (!risk_money(m->out.day_pnl[d], &row->pnl) || !risk_money(m->out.day_var[d], &row->var))
            continue;
        row->day = (qf_time)m->window.days[m->out.first_day + d] * QF_DAY;
        row->exception = m->out.day_pnl[d] < -m->out.day_var[d];
        qf_rec_fill(&qf_rec_risk_day, row);
        run->days_n++;
    }
}

/* --- exposure and concentration: of every name that has a value, window or not */

static int by_scope(const void *a, const void *b)
{
    const struct qf_exposure *x = a, *y = b;
    if (x->scope != y->scope)
        return x->scope - y->scope;
    return x->gross != y->gross ? (x->gross < y->gross ? 1 : -1) : strcmp(x->name, y->name);
}

static void put_exposures(struct risk_result *x)
{
    struct risk_snapshot *s = &x->snapshot;
    qsort(s->groups, s->groups_n, sizeof *s->groups, by_scope);
    x->run.exposures_n = s->groups_n < EXPOSURES ? s->groups_n : EXPOSURES;
    x->run.exposures = s->groups;
    for (uint32_t i = 0; i < x->run.exposures_n; i++) {
        if (s->equity <= 0)
            continue;
        s->groups[i].share_bp = risk_bp(risk_double(s->groups[i].gross), risk_double(s->equity));
        QF_SET(&s->groups[i], exposure, share_bp);
    }
}

static void put_concentration(struct math *m)
{
    const struct risk_snapshot *s = &m->x->snapshot;
    struct qf_risk_run *run = &m->x->run;
    const struct risk_name *largest = NULL;
    double gross = 0, squares = 0;
    for (uint32_t i = 0; i < s->names_n; i++) {
        double v = fabs(risk_double(s->names[i].lacks ? 0 : s->names[i].value));
        gross += v;
        squares += v * v;
        if (v > 0 && (!largest || qf_abs128(s->names[i].value) > qf_abs128(largest->value)))
            largest = &s->names[i];
    }
    if (!largest)
        return;
    run->hhi = squares / (gross * gross);
    qf_str_copy(run->largest, sizeof run->largest, largest->symbol);
    run->largest_bp = risk_bp(fabs(risk_double(largest->value)), gross);
    run->has |= QF_BIT(risk_run, hhi) | QF_BIT(risk_run, largest) | QF_BIT(risk_run, largest_bp);
}

/* --- correlations of the largest names */

static int by_value(const void *a, const void *b, void *mv_)
{
    const double *mv = mv_;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    double p = fabs(mv[x]), q = fabs(mv[y]);
    return p != q ? (p < q ? 1 : -1) : (x > y) - (x < y);
}

static void put_pairs(struct math *m, const size_t *which, size_t n, const double *matrix)
{
    struct qf_correlation_list *l = &m->x->correlations;
    l->pairs = rows(m->x, n * (n - 1) / 2, sizeof *l->pairs);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            struct qf_correlation *row = &l->pairs[l->pairs_n++];
            double value = matrix[i * n + j];
            qf_str_copy(row->a, sizeof row->a, m->x->snapshot.names[m->col[which[i]]].symbol);
            qf_str_copy(row->b, sizeof row->b, m->x->snapshot.names[m->col[which[j]]].symbol);
            qf_rec_fill(&qf_rec_correlation, row);
            if (!isfinite(value))
                continue;
            row->value = fmax(-1, fmin(1, value)); /* rounding */
            QF_SET(row, correlation, value);
        }
}

static void put_correlations(struct math *m)
{
    size_t cols = m->window.cols, n = cols < RISK_CORRELATED ? cols : RISK_CORRELATED;
    size_t *which = malloc(cols * sizeof *which);
    double *matrix = malloc(n * n * sizeof *matrix), *work = malloc(PORTFOLIO_CORRELATION_WORK(m->window.rows, n) * sizeof *work);
    m->x->correlations.window = (int64_t)m->out.returns;
    for (size_t i = 0; which && i < cols; i++)
        which[i] = i;
    if (which)
        qsort_r(which, cols, sizeof *which, by_value, m->mv);
    if (which && matrix && work && n > 1 &&
        portfolio_correlation(m->closes, m->window.rows, cols, which, n, matrix, work) == QF_OK)
        put_pairs(m, which, n, matrix);
    free(which);
    free(matrix);
    free(work);
}

/* --- the whole */

static void begin(struct risk_result *x)
{
    const struct risk_snapshot *s = &x->snapshot;
    x->run = (struct qf_risk_run){ .at = s->at, .seed = (int64_t)s->seed, .paths = (int64_t)s->paths, .names = s->names_n, .equity = s->equity,
                                   .status = QF_RISKST_NONE, .light = QF_LIGHT_NONE };
    qf_rec_fill(&qf_rec_risk_run, &x->run);
    qf_rec_fill(&qf_rec_correlation_list, &x->correlations);
    if (s->has_limit) {
        x->run.var_limit = s->limit;
        QF_SET(&x->run, risk_run, var_limit);
    }
}

/* Nothing is held: nothing can be lost. */
static void nothing_held(struct risk_result *x)
{
    reason(x, "no positions");
    x->run.has |= QF_BIT(risk_run, var_99) | QF_BIT(risk_run, es_975);
    if (!x->snapshot.has_limit)
        return;
    x->run.status = QF_RISKST_OK;
    QF_SET(&x->run, risk_run, var_used_bp);
}

static void put_window(struct math *m)
{
    struct qf_risk_run *run = &m->x->run;
    run->window = (int64_t)m->out.returns;
    run->window_from = (qf_time)m->window.days[1] * QF_DAY; /* the first return ends there */
    run->window_to = (qf_time)m->window.days[m->window.rows - 1] * QF_DAY;
    run->has |= QF_BIT(risk_run, window_from) | QF_BIT(risk_run, window_to);
}

static void put_all(struct math *m)
{
    put_window(m);
    put_vars(m);
    put_headline(m);
    put_components(m);
    put_light(m);
    put_days(m);
    put_correlations(m);
}

static void with_names(struct math *m)
{
    align(m);
    list_missing(m);
    put_concentration(m);
    if (m->window.rows == 0)
        reason(m->x, "no name has the daily closes it needs");
    else if (figures(m))
        put_all(m);
    free(m->closes);
    free(m->mv);
    free(m->work);
}

static int by_symbol(const void *a, const void *b)
{
    return strcmp(((const struct risk_name *)a)->symbol, ((const struct risk_name *)b)->symbol);
}

void risk_math(struct risk_result *x)
{
    uint32_t n = x->snapshot.names_n;
    struct math m = { .x = x };
    int64_t began = qf_now_mono();
    if (n > 0) /* slots change with a restart: the draws of the Monte Carlo must not */
        qsort(x->snapshot.names, n, sizeof *x->snapshot.names, by_symbol);
    begin(x);
    put_exposures(x);
    m.names = qf_arena_alloc(&x->arena, (n + 1) * sizeof *m.names);
    m.fate = qf_arena_alloc(&x->arena, (n + 1) * sizeof *m.fate);
    m.have = qf_arena_alloc(&x->arena, (n + 1) * sizeof *m.have);
    m.col = qf_arena_alloc(&x->arena, (n + 1) * sizeof *m.col);
    qf_assert(m.names && m.fate && m.have && m.col);
    if (n > 0)
        with_names(&m);
    else
        nothing_held(x);
    risk_stress_of(x);
    risk_metrics_of(x);
    x->run.took_us = (qf_now_mono() - began) / 1000;
}
