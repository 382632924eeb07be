/* Scenarios a new simulated desk begins with: two plain shocks, and the worst week its own past has. */
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/market/tick.h"
#include "daemon/quant/stress.h"
#include "daemon/quant/window.h"
#include "daemon/server/risk_inside.h"


static enum handled add_scenario(struct ctx *c, const void *in, void *out)
{
    struct qf_scenario row = *(const struct qf_scenario *)in;
    (void)out;
    row.updated = c->actor.wall;
    qf_str_fmt(c->detail, sizeof c->detail, "%s added", row.name);
    return desk_put_scenario(c->desk, c->batch, &row) == QF_OK ? HANDLED : REFUSED;
}

static void add(struct server *s, struct qf_scenario *row, const char *name)
{
    struct qf_refusal r = { 0 };
    qf_str_copy(row->name, sizeof row->name, name);
    qf_str_copy(row->owner, sizeof row->owner, SYSTEM_USER);
    qf_rec_fill(&qf_rec_scenario, row);
    (void)door(s, SYSTEM_USER, "scenario.set", add_scenario, row, &r);
}

void risk_seed(struct server *s)
{
    static const struct { const char *name, *shocks; } first[] = { { "All -5%", "all -5" }, { "Tech -10%", "sector Technology -10" } };
    for (size_t i = 0; i < QF_LEN(first); i++) {
        struct qf_scenario row = { .has = 0 };
        qf_str_copy(row.shocks, sizeof row.shocks, first[i].shocks);
        QF_SET(&row, scenario, shocks);
        add(s, &row, first[i].name);
    }
}

/* --- the worst week: mean returns of all names, day by day */

struct day_sum {
    qf_time day;
    double sum;
    uint32_t names;
};

static int by_name_and_day(const void *a, const void *b)
{
    const struct qf_bar *x = *(const struct qf_bar *const *)a, *y = *(const struct qf_bar *const *)b;
    int names = strcmp(x->symbol, y->symbol);
    return names ? names : (x->at > y->at) - (x->at < y->at);
}

static int by_day(const void *a, const void *b)
{
    qf_time x = ((const struct day_sum *)a)->day, y = ((const struct day_sum *)b)->day;
    return (x > y) - (x < y);
}

static uint32_t daily(const struct qf_bar *rows, uint32_t n, const struct qf_bar **ret)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < n; i++)
        if (rows[i].period == MARKET_DAY && rows[i].close > 0)
            ret[found++] = &rows[i];
    qsort(ret, found, sizeof *ret, by_name_and_day);
    return found;
}

/* One entry a day, its sum over the names. */
static size_t merge(struct day_sum *days, size_t n)
{
    size_t kept = 0;
    qsort(days, n, sizeof *days, by_day);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && days[kept - 1].day == days[i].day) {
            days[kept - 1].sum += days[i].sum;
            days[kept - 1].names++;
        } else {
            days[kept++] = days[i];
        }
    }
    return kept;
}

static size_t returns_of(const struct qf_bar *const *bars, uint32_t n, struct day_sum *ret)
{
    size_t found = 0;
    for (uint32_t i = 1; i < n; i++)
        if (qf_str_eq(bars[i]->symbol, bars[i - 1]->symbol))
            ret[found++] = (struct day_sum){ bars[i]->at, (double)bars[i]->close / (double)bars[i - 1]->close - 1, 1 };
    return merge(ret, found);
}

/* A market that knows no weekend has seven days in its week. */
static size_t week_of(const struct day_sum *days, size_t n)
{
    struct qf_civil c;
    for (size_t i = 0; i < n; i++) {
        qf_time_civil(days[i].day, &c);
        if (c.weekday == 0 || c.weekday == 6)
            return 7;
    }
    return 5;
}

static void add_window(struct server *s, const struct day_sum *days, size_t n)
{
    size_t week = week_of(days, n);
    double *mean = qf_xalloc((n + 1) * sizeof *mean);
    for (size_t i = 0; i < n; i++)
        mean[i] = days[i].sum / days[i].names;
    size_t at = stress_worst_span(mean, n, week);
    free(mean);
    if (at == 0 || at >= n)
        return; /* the close before the first return has no day of its own */
    struct qf_scenario row = { .since = days[at - 1].day, .until = days[at + week - 1].day };
    row.has |= QF_BIT(scenario, since) | QF_BIT(scenario, until);
    add(s, &row, "Worst week");
}

void risk_seed_history(struct server *s, const struct qf_bar *rows, uint32_t n)
{
    const struct qf_bar **bars = qf_xalloc((n + 1) * sizeof *bars);
    struct day_sum *days = qf_xalloc((n + 1) * sizeof *days);
    uint32_t found = daily(rows, n, bars);
    size_t returns = returns_of(bars, found, days);
    if (returns >= WINDOW_LEAST && commit_room(s->commit))
        add_window(s, days, returns);
    free(bars);
    free(days);
}
