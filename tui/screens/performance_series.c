/* The points and rows of the performance screen, made once when an answer comes: a draw only reads them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tui/screens/performance_in.h"

static double units(qf_money m)
{
    return (double)m / (double)QF_ONE;
}

static double or_gap(bool there, double v)
{
    return there && isfinite(v) ? v : NAN;
}

static void take_point(struct performance *x, int i, const struct qf_perf_point *p, double scale)
{
    x->equity[i] = (struct tui_point){p->at, or_gap(QF_HAS(p, perf_point, equity), units(p->equity))};
    x->drawdown[i] = (struct tui_point){p->at, or_gap(QF_HAS(p, perf_point, drawdown), p->drawdown)};
    x->bench[i] = (struct tui_point){p->at, or_gap(QF_HAS(p, perf_point, benchmark), p->benchmark * scale)};
    x->sharpe[i] = (struct tui_point){p->at, or_gap(QF_HAS(p, perf_point, sharpe), p->sharpe)};
    x->volatility[i] = (struct tui_point){p->at, or_gap(QF_HAS(p, perf_point, volatility), p->volatility)};
    x->has_bench = x->has_bench || !isnan(x->bench[i].v);
}

/* 1 of the benchmark is drawn where the first known equity is, so that both lines begin together. */
static double bench_scale(const struct qf_performance *d)
{
    for (uint32_t i = 0; i < d->points_n; i++)
        if (QF_HAS(&d->points[i], perf_point, equity) && QF_HAS(&d->points[i], perf_point, benchmark) &&
            d->points[i].benchmark > 0)
            return units(d->points[i].equity) / d->points[i].benchmark;
    return NAN;
}

static struct tui_point *room(struct tui_point *old, size_t n)
{
    return qf_xrealloc(old, (n + 1) * sizeof *old);
}

void perf_now(struct performance *x)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->cells.app));
    int n = x->points_n = x->closes_n;
    if (x->scope != QF_SCOPE_FIRM || !d || !QF_HAS(d, desk_status, market_time) || n < 2 ||
        x->equity[n - 1].at >= d->market_time)
        return;
    x->equity[n] = (struct tui_point){d->market_time, units(d->equity)};
    x->drawdown[n] = (struct tui_point){d->market_time, (double)d->drawdown_bp / 10000};
    x->bench[n] = x->sharpe[n] = x->volatility[n] = (struct tui_point){d->market_time, NAN};
    x->points_n++;
}

void perf_series(struct performance *x)
{
    const struct qf_performance *d = perf_data(x);
    size_t n = d ? d->points_n : 0;
    x->equity = room(x->equity, n);
    x->drawdown = room(x->drawdown, n);
    x->bench = room(x->bench, n);
    x->sharpe = room(x->sharpe, n);
    x->volatility = room(x->volatility, n);
    x->points_n = x->closes_n = (int)n;
    x->has_bench = false;
    double scale = d ? bench_scale(d) : NAN;
    for (size_t i = 0; i < n; i++)
        take_point(x, (int)i, &d->points[i], scale);
}

static const void **list_rows(const void **old, const void *rows, size_t n, size_t size)
{
    old = qf_xrealloc(old, (n + 1) * sizeof *old);
    for (size_t i = 0; i < n; i++)
        old[i] = (const char *)rows + i * size;
    return old;
}

static void fill(struct performance *x, int pane, const void **rows, size_t n)
{
    tui_table_fill(x->board.panes[pane].table, rows, n, tui_app_now(x->cells.app), false);
}

void perf_rows(struct performance *x)
{
    const struct qf_performance *d = perf_data(x);
    const struct qf_performance_group_list *g = perf_list(x);
    size_t metrics_n = d ? d->metrics_n : 0, falls_n = d ? d->drawdowns_n : 0, groups_n = g ? g->groups_n : 0;
    x->metrics = list_rows(x->metrics, d ? d->metrics : NULL, metrics_n, sizeof *d->metrics);
    x->falls = list_rows(x->falls, d ? d->drawdowns : NULL, falls_n, sizeof *d->drawdowns);
    x->groups = list_rows(x->groups, g ? g->groups : NULL, groups_n, sizeof *g->groups);
    fill(x, PERF_METRICS, x->metrics, metrics_n);
    fill(x, PERF_FALLS, x->falls, falls_n);
    fill(x, PERF_GROUPS, x->groups, groups_n);
}

void perf_settle(struct performance *x)
{
    static const int lists[] = {PERF_METRICS, PERF_FALLS, PERF_GROUPS};
    for (size_t i = 0; i < QF_LEN(lists); i++)
        if (tui_table_waits(x->board.panes[lists[i]].table, tui_app_now(x->cells.app), false)) {
            perf_rows(x);
            return;
        }
}

void perf_series_free(struct performance *x)
{
    struct tui_point *points[] = {x->equity, x->drawdown, x->bench, x->sharpe, x->volatility};
    for (size_t i = 0; i < QF_LEN(points); i++)
        free(points[i]);
    free(x->metrics);
    free(x->falls);
    free(x->groups);
}
