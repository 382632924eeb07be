/* The portfolio's risk at the close, by the very code that works it out while the desk runs (risk_math): only the
 * snapshot it is given is made of stored rows. */
#include <stdlib.h>
#include <string.h>

#include "daemon/server/report_inside.h"

/* --- closes of a name, up to the close of the report */

static struct risk_series *series_of(const struct report_making *m, const struct perf_prices *prices)
{
    const struct perf_price *rows = prices->rows.p;
    size_t n = prices->rows.n, most = m->ask->window + 2;
    while (n > 0 && rows[n - 1].day > perf_day(m->close.at))
        n--;
    size_t from = n > most ? n - most : 0;
    struct risk_series *s = qf_xalloc(sizeof *s);
    s->holders = 1;
    qf_str_copy(s->symbol, sizeof s->symbol, prices->name);
    s->days = qf_xalloc((n - from + 1) * sizeof *s->days);
    s->closes = qf_xalloc((n - from + 1) * sizeof *s->closes);
    for (size_t i = from; i < n; i++) {
        s->days[s->n] = rows[i].day;
        s->closes[s->n++] = (double)rows[i].close / (double)QF_ONE;
    }
    return s;
}

/* Names of one currency share what its rate was. */
static bool take_fx(struct report_making *m, const char *currency, struct risk_name *n)
{
    const struct risk_snapshot *s = &m->risk.snapshot;
    const struct perf_rate *rate = NULL;
    for (size_t i = 0; i < m->desk.rate_n && rate == NULL; i++)
        rate = qf_str_eq(m->desk.rates[i].currency, currency) ? &m->desk.rates[i] : NULL;
    if (rate == NULL || *rate->symbol == '\0' || qf_str_eq(currency, m->desk.base))
        return true;
    for (uint32_t i = 0; i < s->names_n && n->fx.series == NULL; i++)
        if (s->names[i].fx.series != NULL && qf_str_eq(s->names[i].fx.symbol, rate->symbol)) {
            n->fx.series = s->names[i].fx.series;
            n->fx.series->holders++;
        }
    qf_str_copy(n->fx.symbol, sizeof n->fx.symbol, rate->symbol);
    n->fx.inverse = rate->inverse;
    const struct perf_prices *prices = n->fx.series != NULL ? NULL : perf_prices(&m->perf, rate->symbol);
    if (prices != NULL)
        n->fx.series = series_of(m, prices);
    if (n->fx.series == NULL)
        jobs_failed(m->run, "%s", m->refusal.message);
    return n->fx.series != NULL;
}

/* --- names: positions of all accounts together */

static struct risk_name *name_of(struct risk_snapshot *s, const char *symbol)
{
    for (uint32_t i = 0; i < s->names_n; i++)
        if (qf_str_eq(s->names[i].symbol, symbol))
            return &s->names[i];
    struct risk_name *n = &s->names[s->names_n++];
    qf_str_copy(n->symbol, sizeof n->symbol, symbol);
    return n;
}

static bool add_name(struct report_making *m, const struct qf_report_holding *h, const struct report_value *v)
{
    struct risk_name *n = name_of(&m->risk.snapshot, h->symbol);
    const struct qf_instrument *k = report_instrument(m, h->symbol);
    qf_money rate;
    n->value += v->base;
    n->quantity += h->quantity;
    n->lacks = v->lacks != NULL ? v->lacks : n->lacks;
    if (n->series != NULL || k == NULL)
        return true;
    const struct perf_prices *prices = perf_prices(&m->perf, h->symbol);
    if (prices == NULL) {
        jobs_failed(m->run, "%s", m->refusal.message);
        return false;
    }
    n->series = series_of(m, prices);
    n->multiplier = k->multiplier;
    qf_str_copy(n->sector, sizeof n->sector, k->sector);
    if (perf_convert(&m->perf, k->currency, QF_ONE, perf_day(m->close.at), false, &rate))
        n->rate = (qf_price)rate;
    return take_fx(m, k->currency, n);
}

/* --- exposures, as the desk sums them up */

static void add_group(struct risk_snapshot *s, int32_t scope, const char *name, qf_money value)
{
    struct qf_exposure *e = NULL;
    for (uint32_t i = 0; i < s->groups_n && e == NULL; i++)
        e = s->groups[i].scope == scope && qf_str_eq(s->groups[i].name, name) ? &s->groups[i] : NULL;
    if (e == NULL) {
        e = &s->groups[s->groups_n++];
        *e = (struct qf_exposure){.scope = scope};
        qf_str_copy(e->name, sizeof e->name, name);
        qf_rec_fill(&qf_rec_exposure, e);
    }
    e->gross += qf_abs128(value);
    e->net += value;
    e->long_value += value > 0 ? value : 0;
    e->short_value += value < 0 ? value : 0;
}

static void add_groups(struct report_making *m, const struct qf_report_holding *h, qf_money value)
{
    struct risk_snapshot *s = &m->risk.snapshot;
    const struct qf_account *a = report_account(m, h->account);
    const struct qf_instrument *k = report_instrument(m, h->symbol);
    add_group(s, QF_SCOPE_FIRM, "", value);
    if (value == 0)
        return;
    add_group(s, QF_SCOPE_ACCOUNT, h->account, value);
    add_group(s, QF_SCOPE_SYMBOL, h->symbol, value);
    if (a != NULL)
        add_group(s, QF_SCOPE_TRADER, a->owner, value);
    if (a != NULL && a->strategy[0] != '\0')
        add_group(s, QF_SCOPE_STRATEGY, a->strategy, value);
    if (k != NULL && k->sector[0] != '\0')
        add_group(s, QF_SCOPE_SECTOR, k->sector, value);
}

static bool take_names(struct report_making *m)
{
    struct risk_snapshot *s = &m->risk.snapshot;
    const struct qf_report_holding *h = m->held.p;
    struct report_value v;
    s->names = qf_xalloc((m->held.n + 1) * sizeof *s->names);
    s->groups = qf_xalloc((5 * m->held.n + 1) * sizeof *s->groups);
    add_group(s, QF_SCOPE_FIRM, "", 0);
    for (size_t i = 0; i < m->held.n; i++) {
        if (h[i].quantity == 0)
            continue;
        if (!report_value_of(m, &h[i], perf_day(m->close.at), &v) || !add_name(m, &h[i], &v))
            return false;
        add_groups(m, &h[i], v.lacks == NULL ? v.base : 0);
    }
    return true;
}

/* Long and short of the same name in two accounts may leave nothing to lose: the desk leaves such a name out. */
static void drop_flat(struct risk_snapshot *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->names_n; i++) {
        if (s->names[i].quantity != 0 || s->names[i].lacks != NULL)
            s->names[kept++] = s->names[i];
        else
            series_release(s->names[i].series), series_release(s->names[i].fx.series);
    }
    s->names_n = kept;
}

/* --- limits and scenarios */

static const struct qf_limit *firm_limit(const struct report_making *m, int32_t control)
{
    const struct qf_limit *rows = m->limits.p;
    for (size_t i = 0; i < m->limits.n; i++)
        if (rows[i].scope == QF_SCOPE_FIRM && rows[i].control == control)
            return &rows[i];
    return NULL;
}

static void take_limits(struct report_making *m)
{
    struct risk_snapshot *s = &m->risk.snapshot;
    const struct qf_limit *var = firm_limit(m, QF_CTL_VAR_99_1D);
    s->has_limit = var != NULL;
    s->limit = var != NULL ? var->hard : 0;
    s->has_warn = var != NULL && QF_HAS(var, limit, warn);
    s->warn = s->has_warn ? var->warn : 0;
}

static bool take_scenarios(struct report_making *m)
{
    struct risk_snapshot *s = &m->risk.snapshot;
    const struct qf_scenario *rows = m->scenarios.p;
    s->scenarios = qf_xalloc((m->scenarios.n + 1) * sizeof *s->scenarios);
    for (size_t i = 0; i < m->scenarios.n; i++) {
        bool window = QF_HAS(&rows[i], scenario, since);
        if (window && rows[i].until >= m->close.at)
            continue; /* its end was not known then */
        struct risk_scenario *x = &s->scenarios[s->scenarios_n++];
        x->row = rows[i];
        if (window && (!report_read_day(m, rows[i].since, &x->since) || !report_read_day(m, rows[i].until, &x->until)))
            return false;
    }
    return true;
}

/* --- the run */

bool report_risk(struct report_making *m)
{
    struct risk_result *x = &m->risk;
    m->has_risk = true;
    qf_arena_init(&x->arena, 256 * 1024 * 1024);
    if (!take_names(m) || !take_scenarios(m))
        return false;
    drop_flat(&x->snapshot);
    take_limits(m);
    x->snapshot.at = m->close.at;
    x->snapshot.equity = m->close.equity;
    x->snapshot.window = m->ask->window;
    x->snapshot.paths = m->ask->paths;
    x->snapshot.seed = m->ask->seed;
    risk_math(x);
    x->run.took_us = 0; /* how long it took is no part of the report */
    x->run.recorded = m->close.at;
    m->report.risk = &x->run;
    m->report.risk_n = 1;
    m->report.correlations = x->correlations.pairs;
    m->report.correlations_n = x->correlations.pairs_n;
    return true;
}

void report_risk_free(struct report_making *m)
{
    if (!m->has_risk)
        return;
    risk_drop(&m->risk.snapshot);
    qf_arena_release(&m->risk.arena);
}

/* --- what is used of the limits */

static qf_money larger(qf_money a, qf_money b)
{
    return a > b ? a : b;
}

/* Quantity of a symbol over the accounts a limit is about; the largest where it is about several. */
static qf_money quantity_used(const struct report_making *m, const struct qf_limit *l)
{
    const struct qf_report_holding *h = m->held.p;
    qf_money used = 0;
    for (size_t i = 0; i < m->held.n; i++) {
        const struct qf_instrument *k = report_instrument(m, h[i].symbol);
        qf_money sum = 0;
        if ((l->scope == QF_SCOPE_SYMBOL && !qf_str_eq(l->name, "*") && !qf_str_eq(l->name, h[i].symbol)) ||
            (l->scope == QF_SCOPE_SECTOR && !qf_str_eq(l->name, "*") && (k == NULL || !qf_str_eq(l->name, k->sector))))
            continue;
        for (size_t j = 0; j < m->held.n; j++)
            sum += qf_str_eq(h[j].symbol, h[i].symbol) ? h[j].quantity : 0;
        used = larger(used, qf_abs128(sum));
    }
    return used;
}

static qf_money exposure_used(const struct report_making *m, const struct qf_limit *l)
{
    const struct qf_risk_run *k = m->report.risk;
    qf_money used = 0;
    for (uint32_t i = 0; i < k->exposures_n; i++) {
        const struct qf_exposure *e = &k->exposures[i];
        if (e->scope == l->scope && (qf_str_eq(l->name, "*") || qf_str_eq(l->name, e->name)))
            used = larger(used, l->control == QF_CTL_NET_EXPOSURE ? qf_abs128(e->net) : e->gross);
    }
    return used;
}

/* false: this limit is about single orders, or about what cannot be told later. */
static bool used_of(const struct report_making *m, const struct qf_limit *l, qf_money *ret)
{
    const struct qf_risk_run *k = m->report.risk;
    bool accounts = l->scope == QF_SCOPE_STRATEGY || l->scope == QF_SCOPE_TRADER || l->scope == QF_SCOPE_ACCOUNT;
    *ret = 0;
    if (l->control == QF_CTL_GROSS_EXPOSURE || l->control == QF_CTL_NET_EXPOSURE)
        *ret = exposure_used(m, l);
    else if (l->control == QF_CTL_POSITION && !accounts)
        *ret = quantity_used(m, l);
    else if (l->control == QF_CTL_VAR_99_1D && l->scope == QF_SCOPE_FIRM && QF_HAS(k, risk_run, var_99))
        *ret = k->var_99;
    else
        return false;
    return true;
}

static void use(const struct report_making *m, struct qf_limit *l)
{
    qf_i128 share;
    l->has &= ~(QF_BIT(limit, used) | QF_BIT(limit, used_bp));
    if (!used_of(m, l, &l->used))
        return;
    QF_SET(l, limit, used);
    if (l->hard <= 0 || qf_muldiv(l->used, 10000, l->hard, &share) != QF_OK || share > INT64_MAX)
        return;
    l->used_bp = (int64_t)share;
    QF_SET(l, limit, used_bp);
}

static int by_use(const void *a_, const void *b_)
{
    const struct qf_limit *a = a_, *b = b_;
    int64_t x = QF_HAS(a, limit, used_bp) ? a->used_bp : -1, y = QF_HAS(b, limit, used_bp) ? b->used_bp : -1;
    if (x != y)
        return x < y ? 1 : -1;
    if (a->control != b->control || a->scope != b->scope)
        return a->control != b->control ? a->control - b->control : a->scope - b->scope;
    return strcmp(a->name, b->name);
}

static int by_code(const void *a_, const void *b_)
{
    const struct qf_breaker *a = a_, *b = b_;
    if (a->tripped != b->tripped || a->code != b->code)
        return a->tripped != b->tripped ? (a->tripped ? -1 : 1) : a->code - b->code;
    return a->scope != b->scope ? a->scope - b->scope : strcmp(a->name, b->name);
}

bool report_limits(struct report_making *m)
{
    struct qf_report *r = &m->report;
    r->limits = m->limits.p;
    r->limits_n = (uint32_t)m->limits.n;
    r->breakers = m->breakers.p;
    r->breakers_n = (uint32_t)m->breakers.n;
    for (uint32_t i = 0; i < r->limits_n; i++)
        use(m, &r->limits[i]);
    if (r->limits_n > 0)
        qsort(r->limits, r->limits_n, sizeof *r->limits, by_use);
    if (r->breakers_n > 0)
        qsort(r->breakers, r->breakers_n, sizeof *r->breakers, by_code);
    return true;
}
