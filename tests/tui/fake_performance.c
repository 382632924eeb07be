/* Performance of the fixed desk, its jobs and what they make. Figures are invented; totals are the sums of their rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/str.h"
#include "tests/tui/fake_in.h"

#define CLOSES 714
#define FIRST_EQUITY 18435189.0
#define LAST_EQUITY 25099309.50

static qf_money money(const char *text)
{
    qf_i128 v = 0;
    qf_assert(qf_dec_parse(text, strlen(text), QF_SCALE, QF_MONEY_MAX, &v) == QF_OK);
    return v;
}

/* --- curves */

static double noise(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double)(*seed >> 8) / 16777216.0 - 0.5;
}

/* A walk from a to b, the same for the same seed. */
static void walk(double *v, int n, double a, double b, double step, uint32_t seed)
{
    v[0] = a;
    for (int i = 1; i < n; i++)
        v[i] = v[i - 1] * (1 + noise(&seed) * step);
    double end = v[n - 1];
    for (int i = 0; i < n; i++)
        v[i] *= pow(b / end, (double)i / (n - 1));
}

/* Closes of the last CLOSES weekdays before today. */
static qf_time close_of(const struct fake *f, int back)
{
    qf_time day = f->now - f->now % QF_DAY;
    struct qf_civil c;
    for (int left = back + 1; left > 0;) {
        day -= QF_DAY;
        qf_time_civil(day, &c);
        left -= c.weekday != 0 && c.weekday != 6;
    }
    return day + 20 * QF_HOUR;
}

static qf_time day_of(const char *text)
{
    int y = (int)strtol(text, NULL, 10), m = (int)strtol(text + 5, NULL, 10), d = (int)strtol(text + 8, NULL, 10);
    return qf_time_from_civil(y, m, d);
}

static int first_close(int range)
{
    static const int closes[] = {[QF_RANGE_D1] = 2,  [QF_RANGE_W1] = 6,    [QF_RANGE_M1] = 22, [QF_RANGE_M3] = 65,
                                 [QF_RANGE_YTD] = 190, [QF_RANGE_Y1] = 261, [QF_RANGE_ALL] = CLOSES};
    return CLOSES - closes[range];
}

static void make_points(const struct fake *f, const struct qf_performance_query *q, struct qf_performance *p,
                        struct qf_arena *a)
{
    static double equity[CLOSES], bench[CLOSES];
    int first = first_close(QF_HAS(q, performance_query, range) ? q->range : QF_RANGE_ALL), n = CLOSES - first;
    double peak = 0, share = q->scope == QF_SCOPE_FIRM ? 1 : 0.2;
    walk(equity, CLOSES, FIRST_EQUITY, LAST_EQUITY, 0.016, 7);
    walk(bench, CLOSES, 1, 1.31, 0.022, 11);
    p->points = qf_arena_alloc(a, sizeof *p->points * (size_t)n);
    p->points_n = (uint32_t)n;
    for (int i = 0; i < n; i++) {
        struct qf_perf_point *x = &p->points[i];
        double v = equity[first + i] * share;
        peak = fmax(peak, v);
        x->at = close_of(f, CLOSES - 1 - first - i);
        x->equity = (qf_money)(v * 100) * (QF_ONE / 100);
        x->level = equity[first + i] / equity[first];
        x->drawdown = v / peak - 1;
        x->benchmark = bench[first + i] / bench[first];
        x->sharpe = 1.2 + sin(i / 40.0);
        x->volatility = 0.092 + 0.02 * cos(i / 55.0);
        x->has = ~0ULL;
        if (!QF_HAS(q, performance_query, benchmark))
            QF_DROP(x, perf_point, benchmark);
        if (i < 63) {
            QF_DROP(x, perf_point, sharpe);
            QF_DROP(x, perf_point, volatility);
        }
    }
    p->from = p->points[0].at;
    p->to = p->points[n - 1].at;
    p->n = n - 1;
}

/* --- figures */

static const struct {
    const char *metric;
    double value;
    const char *unit;
    int64_t n;
    const char *convention, *reason;
} metrics[] = {
    {"total_return", 0.3661, "fraction", 713, "product of 1 + r, less 1", NULL},
    {"cagr", 0.1212, "fraction", 713, "(product of 1 + r)^(A/N) - 1; N counts missing ones; A = 252", NULL},
    {"annual_volatility", 0.0920, "fraction", 713, "sd x sqrt(A), ddof 1; A = 252", NULL},
    {"sharpe_ratio", 1.24, "number", 713, "mean(r - rf)/sd(r - rf) x sqrt(A); rf 0 per period, ddof 1, A = 252", NULL},
    {"sortino_ratio", 1.86, "number", 713, "mean(r - q) x A / downside risk; q 0 per period, over all n", NULL},
    {"max_drawdown", -0.0742, "fraction", 713, "min of level/peak - 1; the peak begins at the capital put in", NULL},
    {"calmar_ratio", 1.63, "number", 713, "annual return / |max drawdown|", NULL},
    {"drawdown_now", -0.0110, "fraction", 713, "level / highest level - 1", NULL},
    {"win_rate", 0.538, "fraction", 3418, "round trips with a profit net of fees / all", NULL},
    {"profit_factor", 1.31, "number", 3418, "sum of wins / sum of losses, net of fees", NULL},
    {"expectancy", 1412.06, "money", 3418, "P(win) x mean win - P(loss) x mean loss", NULL},
    {"payoff_ratio", 1.13, "number", 3418, "mean win / mean loss", NULL},
    {"beta", 0.47, "number", 713, "cov(r, b)/var(b) over pairs where both are present", NULL},
    {"alpha", 0.0721, "fraction", 713, "(1 + mean(r - beta b))^A - 1", NULL},
    {"information_ratio", 0.26, "number", 713, "mean(r - b)/sd(r - b), not annualised", NULL},
    {"money_weighted_return", 0, "fraction", 0, "internal rate of return of the flows", "no flows yet"},
    {"tail_ratio", 1.08, "number", 713, "|95th percentile| / |5th percentile|", NULL},
    {"ulcer_index", 0.0213, "fraction", 713, "root mean square of the drawdown after each return", NULL},
};

static void make_metrics(struct qf_performance *p, struct qf_arena *a)
{
    p->metrics = qf_arena_alloc(a, sizeof *p->metrics * QF_LEN(metrics));
    p->metrics_n = QF_LEN(metrics);
    for (size_t i = 0; i < QF_LEN(metrics); i++) {
        struct qf_metric_row *m = &p->metrics[i];
        qf_str_copy(m->metric, sizeof m->metric, metrics[i].metric);
        qf_str_copy(m->unit, sizeof m->unit, metrics[i].unit);
        qf_str_copy(m->convention, sizeof m->convention, metrics[i].convention);
        m->value = metrics[i].value;
        m->n = metrics[i].n;
        m->has = ~0ULL & ~QF_BIT(metric_row, reason);
        if (!metrics[i].reason)
            continue;
        qf_str_copy(m->reason, sizeof m->reason, metrics[i].reason);
        QF_DROP(m, metric_row, value);
        QF_SET(m, metric_row, reason);
    }
}

/* -99 = not there yet. The last of each row is the year. */
static const struct {
    int year;
    double values[13];
} months[] = {
    {2026, {2.7, 4.3, -1.7, 1.1, 0.2, 2.2, 1.4, -2.4, 1.6, -99, -99, -99, 9.54}},
    {2025, {1.7, 2.6, -2.6, 5.2, 7.0, -2.5, -0.6, 1.9, -0.9, -1.9, 4.5, -1.2, 13.68}},
    {2024, {-1.6, 6.5, 3.0, 3.2, -3.2, 1.8, 1.9, -1.2, -2.1, 2.1, -2.2, 1.7, 9.70}},
};

static void make_months(struct qf_performance *p, struct qf_arena *a)
{
    p->months = qf_arena_alloc(a, sizeof *p->months * QF_LEN(months) * 13);
    for (size_t i = 0; i < QF_LEN(months); i++)
        for (int m = 0; m < 13; m++)
            if (months[i].values[m] > -99)
                p->months[p->months_n++] =
                    (struct qf_perf_month){~0ULL, months[i].year, m == 12 ? 0 : m + 1, months[i].values[m] / 100, false};
}

static const struct {
    const char *peak, *trough, *recovery;
    double depth;
    int64_t days;
} falls[] = {
    {"2024-07-25", "2024-09-30", "2025-01-22", -0.0742, 181}, {"2025-06-17", "2025-10-20", "2025-12-03", -0.0626, 169},
    {"2026-04-23", "2026-05-19", "2026-06-10", -0.0500, 48},  {"2024-02-02", "2024-02-28", "2024-03-21", -0.0444, 48},
    {"2026-08-03", "2026-08-28", NULL, -0.0388, 52},          {"2025-03-03", "2025-03-17", "2025-04-04", -0.0301, 32},
};

static void make_falls(struct qf_performance *p, struct qf_arena *a)
{
    p->drawdowns = qf_arena_alloc(a, sizeof *p->drawdowns * QF_LEN(falls));
    p->drawdowns_n = QF_LEN(falls);
    for (size_t i = 0; i < QF_LEN(falls); i++) {
        struct qf_perf_drawdown *d = &p->drawdowns[i];
        d->peak = day_of(falls[i].peak);
        d->trough = day_of(falls[i].trough);
        d->depth = falls[i].depth;
        d->days = falls[i].days;
        d->has = ~0ULL;
        if (falls[i].recovery)
            d->recovery = day_of(falls[i].recovery);
        else
            QF_DROP(d, perf_drawdown, recovery);
    }
}

/* --- groups */

struct group {
    const char *name, *pnl;
    double value, sharpe, fall, win; /* sharpe -99: not defined */
    int64_t trades;
};
static const struct group strategies[] = {
    {"mom-us", "1204310.42", 0.1982, 1.61, -0.0410, 0.561, 402}, {"core", "688120.75", 0.0781, 1.12, -0.0537, 0.605, 38},
    {"xgb-5m", "402655.10", 0.0805, 0.94, -0.0322, 0.524, 611},  {"", "61240.33", 0.0306, 0.41, -0.0290, 0.508, 61},
    {"mrv-us", "-163148.49", -0.0376, -0.42, -0.0688, 0.457, 92},
};
static const struct group traders[] = {
    {"bo", "1953671.50", 0.1105, 1.32, -0.0511, 0.552, 501},
    {"xgb", "402655.10", 0.0805, 0.94, -0.0322, 0.524, 611},
    {"ana", "-163148.49", -0.0376, -99, -0.0688, 0.457, 92},
};

static void make_group(struct qf_perf_group *g, const struct group *from, int scope, int i, struct qf_arena *a)
{
    static double levels[26];
    g->scope = scope;
    qf_str_copy(g->name, sizeof g->name, from->name);
    g->pnl = money(from->pnl);
    g->value = from->value;
    g->sharpe = from->sharpe;
    g->max_drawdown = from->fall;
    g->trades = from->trades;
    g->win_rate = from->win;
    g->has = ~0ULL & ~QF_BIT(perf_group, reason);
    if (from->sharpe < -90) {
        QF_DROP(g, perf_group, sharpe);
        qf_str_copy(g->reason, sizeof g->reason, "it stood still on most days");
        QF_SET(g, perf_group, reason);
    }
    walk(levels, 26, 1, 1 + from->value, 0.03, (uint32_t)(31 + i));
    g->spark = qf_arena_alloc(a, sizeof *g->spark * 26);
    g->spark_n = 26;
    for (int k = 0; k < 26; k++)
        g->spark[k] = (struct qf_perf_value){~0ULL, levels[k]};
}

void fake_groups(const struct fake *f, const struct qf_performance_groups *q, struct qf_performance_group_list *rep,
                 struct qf_arena *a)
{
    bool by_trader = q->scope == QF_SCOPE_TRADER;
    const struct group *from = by_trader ? traders : strategies;
    size_t n = q->scope == QF_SCOPE_SYMBOL || f->positions_n == 0 ? 0 : by_trader ? QF_LEN(traders) : QF_LEN(strategies);
    rep->groups = qf_arena_alloc(a, sizeof *rep->groups * (n + 1));
    rep->groups_n = (uint32_t)n;
    rep->has = ~0ULL;
    for (size_t i = 0; i < n; i++) {
        make_group(&rep->groups[i], &from[i], q->scope, (int)i, a);
        rep->pnl += rep->groups[i].pnl;
    }
}

void fake_performance(const struct fake *f, const struct qf_performance_query *q, struct qf_performance *rep,
                      struct qf_arena *a)
{
    rep->scope = q->scope;
    qf_str_copy(rep->name, sizeof rep->name, q->name);
    qf_str_copy(rep->currency, sizeof rep->currency, "USD");
    qf_str_copy(rep->basis, sizeof rep->basis, "close to close, net of fees, flows taken out at the beginning of their day");
    rep->periods_per_year = 252;
    rep->has = ~0ULL & ~QF_BIT(performance, reason);
    if (f->positions_n == 0) { /* a desk that has just been opened */
        qf_str_copy(rep->reason, sizeof rep->reason, "needs 2 closes, has 1");
        QF_SET(rep, performance, reason);
        return;
    }
    make_points(f, q, rep, a);
    make_metrics(rep, a);
    make_months(rep, a);
    make_falls(rep, a);
}

/* An account of each strategy, of its name. */
void fake_accounts(const struct fake *f, struct qf_account_list *rep, struct qf_arena *a)
{
    rep->accounts = qf_arena_alloc(a, sizeof *rep->accounts * FAKE_STATES);
    rep->has = ~0ULL;
    for (int i = 0; i < FAKE_STATES; i++) {
        if (f->states[i].scope != QF_SCOPE_STRATEGY)
            continue;
        struct qf_account *account = &rep->accounts[rep->accounts_n++];
        qf_str_copy(account->name, sizeof account->name, f->states[i].name);
        qf_str_copy(account->strategy, sizeof account->strategy, f->states[i].name);
        qf_str_copy(account->currency, sizeof account->currency, "USD");
        account->has = ~0ULL;
    }
}

/* --- a job: an export of 400,000 bytes, ten of them a row */

#define JOB_BYTES 400000

void fake_job(struct fake *f, struct qf_job *rep)
{
    f->job.id = 7;
    f->job.done = 0;
    f->job.total = JOB_BYTES / 10;
    f->job.state = QF_JOB_RUNNING;
    qf_str_copy(f->job.kind, sizeof f->job.kind, "export");
    qf_str_copy(f->job.title, sizeof f->job.title, "export of executions, csv");
    f->job.has = ~0ULL & ~QF_BIT(job, reason);
    *rep = f->job;
}

void fake_piece(struct fake *f, const struct qf_job_read *q, struct qf_job_piece *rep, struct qf_arena *a)
{
    int64_t left = q->offset < JOB_BYTES ? JOB_BYTES - q->offset : 0, n = left < QF_PIECE_BYTES ? left : QF_PIECE_BYTES;
    char *text = qf_arena_alloc(a, (size_t)n + 1);
    for (int64_t i = 0; i < n; i++)
        text[i] = (q->offset + i) % 10 == 9 ? '\n' : 'x';
    f->job.done = (q->offset + n) / 10;
    f->pending[QF_TOPIC_jobs] = f->followed[QF_TOPIC_jobs];
    rep->id = q->id;
    rep->offset = q->offset;
    rep->size = n;
    rep->data = (struct qf_str){text, (uint32_t)n};
    rep->end = q->offset + n >= JOB_BYTES;
    rep->has = ~0ULL;
}
