/* One row for each strategy, trader, account or symbol. Everything is read once and then parted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/curve.h"
#include "daemon/quant/drawdown.h"
#include "daemon/quant/metrics.h"
#include "daemon/server/performance_in.h"

#define SPARK 60
#define NAMES_MAX 4096 /* of the answer's list */

/* One of them: rows of g->traded it has (symbols), and its round trips. */
struct group_name {
    char name[33];
    size_t from, to;
    int64_t trades, won;
};

struct groups {
    struct perf *w;
    enum qf_scope scope;
    struct perf_list points, trades, traded;
    struct perf_list names; /* struct group_name */
};

static struct group_name *name_at(const struct groups *g, size_t i)
{
    return (struct group_name *)g->names.p + i;
}

/* Symbols come in order and are asked for in any: the last one is looked at first. */
static size_t find_name(const struct groups *g, const char *name, size_t guess)
{
    if (guess < g->names.n && qf_str_eq(name_at(g, guess)->name, name))
        return guess;
    for (size_t i = 0; i < g->names.n; i++)
        if (qf_str_eq(name_at(g, i)->name, name))
            return i;
    return g->names.n;
}

static bool add_name(struct groups *g, const char *name, size_t from, size_t to)
{
    struct group_name *n;
    if (g->names.n == NAMES_MAX || find_name(g, name, 0) < g->names.n)
        return true;
    if ((n = perf_more(g->w->arena, &g->names, sizeof *n)) == NULL)
        return perf_full(g->w);
    qf_str_copy(n->name, sizeof n->name, name);
    n->from = from;
    n->to = to;
    return true;
}

static const char *name_of(const struct groups *g, const struct perf_account *a)
{
    return g->scope == QF_SCOPE_STRATEGY ? a->strategy : g->scope == QF_SCOPE_TRADER ? a->owner : a->name;
}

static bool find_symbols(struct groups *g)
{
    const struct qf_perf_traded *t = g->traded.p;
    for (size_t i = 0, to; i < g->traded.n; i = to) {
        for (to = i + 1; to < g->traded.n && qf_str_eq(t[to].symbol, t[i].symbol);)
            to++;
        if (!add_name(g, t[i].symbol, i, to))
            return false;
    }
    return true;
}

static bool find_names(struct groups *g)
{
    const struct perf_desk *d = g->w->desk;
    for (size_t i = 0; g->scope != QF_SCOPE_SYMBOL && i < d->account_n; i++)
        if (!add_name(g, name_of(g, &d->accounts[i]), 0, 0))
            return false;
    return g->scope != QF_SCOPE_SYMBOL || find_symbols(g);
}

/* Each trade once, whoever they belong to. */
static bool count_trades(struct groups *g)
{
    const struct perf_trade *t = g->trades.p;
    const struct perf_desk *d = g->w->desk;
    size_t at = 0, *group_of = qf_arena_alloc(g->w->arena, (d->account_n + 1) * sizeof *group_of);
    if (!group_of)
        return perf_full(g->w);
    for (size_t i = 0; g->scope != QF_SCOPE_SYMBOL && i < d->account_n; i++)
        group_of[i] = find_name(g, name_of(g, &d->accounts[i]), 0);
    for (size_t i = 0; i < g->trades.n; i++) {
        at = g->scope == QF_SCOPE_SYMBOL ? find_name(g, t[i].symbol, at) : t[i].account < d->account_n ? group_of[t[i].account] : g->names.n;
        if (at == g->names.n)
            continue;
        name_at(g, at)->trades++;
        name_at(g, at)->won += t[i].profit > 0;
    }
    return true;
}

/* --- one of them */

static bool series_of(struct groups *g, const struct group_name *n, const bool *members, struct perf_series *s)
{
    const struct qf_perf_traded *t = g->traded.p;
    if (g->scope != QF_SCOPE_SYMBOL)
        return perf_book_series(g->w, &g->points, members, s);
    return perf_symbol_series(g->w, n->name, t + n->from, n->to - n->from, s);
}

static bool fill_spark(struct groups *g, const double *levels, size_t n, struct qf_perf_group *row)
{
    size_t count = n < SPARK ? n : SPARK;
    row->spark = qf_arena_alloc(g->w->arena, (count + 1) * sizeof *row->spark);
    if (!row->spark)
        return perf_full(g->w);
    for (size_t i = 0; i < count; i++) {
        struct qf_perf_value *v = &row->spark[row->spark_n++];
        v->v = levels[count < 2 ? 0 : i * (n - 1) / (count - 1)];
        QF_SET(v, perf_value, v);
    }
    return true;
}

static void set_real(struct qf_perf_group *row, double *into, uint64_t bit, double v)
{
    if (!isfinite(v))
        return;
    *into = v;
    row->has |= bit;
}

static double sharpe_of(const struct perf_series *s, double periods, double *work)
{
    struct metric_in in = metric_defaults();
    bool roll;
    double out = (double)NAN;
    size_t n;
    in.values = s->r;
    in.work = work;
    in.n = s->n - 1;
    in.periods_per_year = periods;
    return s->n >= 3 && metric_eval(metric_find("sharpe_ratio", &roll), &in, &out, &n) == QF_OK ? out : (double)NAN;
}

static bool measure(struct groups *g, const struct perf_series *s, struct qf_perf_group *row)
{
    size_t n = s->n + (s->now ? 1 : 0);
    double *levels = qf_arena_alloc(g->w->arena, (n + 1) * sizeof *levels);
    double *work = qf_arena_alloc(g->w->arena, METRIC_WORK(s->n + 1) * sizeof *work);
    if (!levels || !work)
        return perf_full(g->w);
    double periods = perf_periods(g->w, s);
    if (isnan(periods))
        return false;
    curve_levels(s->r, s->n - 1, levels);
    if (s->now)
        levels[s->n] = levels[s->n - 1] * (isnan(s->now_r) ? 1 : 1 + s->now_r);
    row->pnl = (s->now ? s->now_equity - s->now_flow : s->equity[s->n - 1]) - s->equity[0];
    for (size_t i = 1; i < s->n; i++)
        row->pnl -= s->flow[i];
    QF_SET(row, perf_group, pnl);
    if (s->unfunded)
        return true;
    if (n >= 2)
        set_real(row, &row->value, QF_BIT(perf_group, value), levels[n - 1] - 1);
    set_real(row, &row->sharpe, QF_BIT(perf_group, sharpe), sharpe_of(s, periods, work));
    if (s->n >= 2)
        set_real(row, &row->max_drawdown, QF_BIT(perf_group, max_drawdown), drawdown_max(levels, s->n));
    return fill_spark(g, levels, n, row);
}

static bool fill_row(struct groups *g, const struct group_name *n, struct qf_perf_group *row)
{
    struct perf_series s;
    const bool *members = NULL;
    g->w->incomplete = false;
    g->w->missing[0] = '\0';
    if (g->scope != QF_SCOPE_SYMBOL && (members = perf_members(g->w, g->scope, n->name)) == NULL)
        return perf_full(g->w);
    if (!series_of(g, n, members, &s))
        return false;
    row->scope = (int32_t)g->scope;
    qf_str_copy(row->name, sizeof row->name, n->name);
    row->trades = n->trades;
    if (n->trades > 0)
        set_real(row, &row->win_rate, QF_BIT(perf_group, win_rate), (double)n->won / (double)n->trades);
    if (s.n > 0 && !measure(g, &s, row))
        return false;
    if (s.unfunded && s.n >= 2)
        qf_str_copy(row->reason, sizeof row->reason, PERF_UNFUNDED);
    else if (g->w->incomplete)
        qf_str_copy(row->reason, sizeof row->reason, g->w->missing);
    else if (s.n < 2)
        qf_str_fmt(row->reason, sizeof row->reason, "needs 2 closes, has %zu", s.n);
    if (*row->reason)
        QF_SET(row, perf_group, reason);
    qf_rec_fill(&qf_rec_perf_group, row);
    return true;
}

static int by_profit(const void *a_, const void *b_)
{
    const struct qf_perf_group *a = a_, *b = b_;
    bool x = QF_HAS(a, perf_group, pnl), y = QF_HAS(b, perf_group, pnl);
    if (x != y)
        return x ? -1 : 1;
    return a->pnl != b->pnl ? (a->pnl > b->pnl ? -1 : 1) : strcmp(a->name, b->name);
}

bool perf_groups(struct perf *w, enum qf_scope scope, struct qf_perf_group **ret, uint32_t *ret_n)
{
    struct groups g = { .w = w, .scope = scope };
    bool symbols = scope == QF_SCOPE_SYMBOL;
    if (!(symbols ? perf_read_traded(w, NULL, NULL, 0, &g.traded) : perf_read_points(w, NULL, &g.points)) ||
        !perf_read_trades(w, NULL, NULL, w->from, &g.trades) || !find_names(&g) || !count_trades(&g))
        return false;
    struct qf_perf_group *rows = qf_arena_alloc(w->arena, (g.names.n + 1) * sizeof *rows);
    if (!rows)
        return perf_full(w);
    for (size_t i = 0; i < g.names.n; i++)
        if (!fill_row(&g, name_at(&g, i), &rows[i]))
            return false;
    qsort(rows, g.names.n, sizeof *rows, by_profit);
    *ret = rows;
    *ret_n = (uint32_t)g.names.n;
    return true;
}

bool performance_make_groups(struct scan *scan, const struct perf_desk *desk, enum qf_scope scope, enum qf_perf_range range, qf_time to,
                             struct qf_arena *arena, struct qf_performance_group_list *ret, struct qf_refusal *ret_refusal)
{
    struct perf w = { .scan = scan, .desk = desk, .arena = arena, .refusal = ret_refusal, .scope = scope, .name = "",
                      .currency = desk->base, .to = to };
    memset(ret, 0, sizeof *ret);
    w.from = perf_range_start(range, to ? to : desk->now);
    if (!perf_groups(&w, scope, &ret->groups, &ret->groups_n))
        return false;
    for (uint32_t i = 0; i < ret->groups_n; i++)
        ret->pnl += ret->groups[i].pnl;
    if (ret->groups_n > 0)
        QF_SET(ret, performance_group_list, pnl);
    return true;
}
