/* One answer of performance.get, from the rows to the record. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/curve.h"
#include "daemon/server/performance_in.h"

#define WINDOW 63
#define GROUPS_MAX 1024 /* of the answer's list */

/* --- what the desk knows */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct perf_account *)a)->name, ((const struct perf_account *)b)->name);
}

static void copy_accounts(const struct desk *d, struct perf_desk *p)
{
    uint32_t i = 0;
    const struct core_account *a;
    while ((a = tab_next(&d->accounts, &i)) != NULL) {
        struct perf_account *to = &p->accounts[p->account_n++];
        qf_str_copy(to->name, sizeof to->name, a->row.name);
        qf_str_copy(to->owner, sizeof to->owner, a->row.owner);
        qf_str_copy(to->currency, sizeof to->currency, a->row.currency);
        if (QF_HAS(&a->row, account, strategy))
            qf_str_copy(to->strategy, sizeof to->strategy, a->row.strategy);
        desk_equity_row(d, a, 0, &to->now);
    }
    qsort(p->accounts, p->account_n, sizeof *p->accounts, by_name);
}

static void copy_symbols(const struct desk *d, struct perf_desk *p)
{
    uint32_t i = 0;
    const struct core_instrument *k;
    while ((k = tab_next(&d->instruments, &i)) != NULL) {
        struct perf_symbol *to = &p->symbols[p->symbol_n++];
        qf_str_copy(to->name, sizeof to->name, k->row.symbol);
        qf_str_copy(to->currency, sizeof to->currency, k->row.currency);
        to->multiplier = k->row.multiplier;
        to->priced = desk_mark_price(d, tab_slot(&d->instruments, k), &to->price);
    }
}

static void copy_rates(const struct desk *d, struct perf_desk *p)
{
    uint32_t i = 0;
    const struct qf_rate *r;
    while ((r = tab_next(&d->rates, &i)) != NULL) {
        struct perf_rate *to = &p->rates[p->rate_n++];
        qf_str_copy(to->currency, sizeof to->currency, r->currency);
        if (QF_HAS(r, rate, symbol) && !QF_HAS(r, rate, value))
            qf_str_copy(to->symbol, sizeof to->symbol, r->symbol);
        to->inverse = r->inverse;
        to->now = desk_rate(d, r->currency);
    }
}

const struct perf_desk *performance_desk(const struct desk *d, struct qf_arena *arena)
{
    struct perf_desk *p = qf_arena_alloc(arena, sizeof *p);
    if (!p)
        return NULL;
    p->accounts = qf_arena_alloc(arena, (d->accounts.count + 1) * sizeof *p->accounts);
    p->symbols = qf_arena_alloc(arena, (d->instruments.count + 1) * sizeof *p->symbols);
    p->rates = qf_arena_alloc(arena, (d->rates.count + 1) * sizeof *p->rates);
    if (!p->accounts || !p->symbols || !p->rates)
        return NULL;
    qf_str_copy(p->base, sizeof p->base, d->conf.base);
    p->live = d->market_now != 0 && d->market_now >= d->points->firm.at;
    p->now = p->live ? d->market_now : d->points->firm.at;
    desk_equity_row(d, NULL, 0, &p->firm);
    copy_accounts(d, p);
    copy_symbols(d, p);
    copy_rates(d, p);
    return p;
}

/* --- the time asked for */

qf_time perf_range_start(enum qf_perf_range range, qf_time now)
{
    struct qf_civil c;
    static const int months[QF_perf_range_COUNT] = { [QF_RANGE_M1] = 1, [QF_RANGE_M3] = 3, [QF_RANGE_Y1] = 12 };
    qf_time_civil(now - 1, &c); /* midnight is the end of a day */
    if (now == 0 || range == QF_RANGE_ALL)
        return 0;
    if (range == QF_RANGE_D1)
        return qf_time_day(now - 1);
    if (range == QF_RANGE_W1)
        return now - 7 * QF_DAY;
    if (range == QF_RANGE_YTD)
        return qf_time_from_civil(c.year, 1, 1);
    int month = c.year * 12 + c.month - 1 - months[range];
    qf_time first = qf_time_from_civil(month / 12, month % 12 + 1, 1), next = qf_time_from_civil((month + 1) / 12, (month + 1) % 12 + 1, 1);
    qf_time then = first + (c.day - 1) * QF_DAY + (now - qf_time_day(now - 1));
    return then < next ? then : next; /* a month back from the 31st is the end of a shorter one */
}

static void take_range(struct perf *w, const struct qf_performance_query *q)
{
    bool from = QF_HAS(q, performance_query, from);
    enum qf_perf_range range = QF_HAS(q, performance_query, range) ? (enum qf_perf_range)q->range : QF_RANGE_ALL;
    w->to = QF_HAS(q, performance_query, to) && q->to < w->desk->now ? q->to : 0;
    w->from = from ? q->from : perf_range_start(range, w->to ? w->to : w->desk->now);
    w->intraday = !from && range == QF_RANGE_D1 && w->scope != QF_SCOPE_SYMBOL;
}

/* Points of the firm keep flows at the rate of now: where there are several currencies its accounts tell what they were worth. */
static bool read_firm(struct perf *w, struct perf_list *points)
{
    bool several = false;
    for (size_t i = 0; i < w->desk->account_n; i++)
        several = several || !qf_str_eq(w->desk->accounts[i].currency, w->desk->base);
    return perf_read_points(w, "", points) && (!several || perf_read_points(w, NULL, points));
}

/* A symbol and everything before: its quantity comes from its first fill on. */
static bool read_series(struct perf *w, struct perf_series *s, struct perf_list *traded)
{
    struct perf_list points = { 0 };
    const char *account = w->scope == QF_SCOPE_ACCOUNT ? w->name : NULL;
    const bool *members = NULL;
    if (w->scope == QF_SCOPE_SYMBOL)
        return perf_read_traded(w, NULL, w->name, 0, traded) && perf_symbol_series(w, w->name, traded->p, traded->n, s);
    if (w->scope != QF_SCOPE_FIRM && (members = perf_members(w, w->scope, w->name)) == NULL)
        return perf_full(w);
    if (!(members ? perf_read_points(w, account, &points) : read_firm(w, &points)))
        return false;
    return perf_book_series(w, &points, members, s);
}

/* --- benchmark: its level on each day of the series */

static double level_of_equal(const struct qf_perf_mean *rows, size_t n, int32_t day, size_t *at, double *level)
{
    while (*at < n && (int32_t)(rows[*at].day / QF_DAY) <= day)
        *level *= 1 + rows[(*at)++].r;
    return *level;
}

static bool equal_levels(struct perf *w, const struct perf_series *s, double *out)
{
    struct perf_list means = { 0 };
    size_t at = 0;
    double level = 1;
    if (!perf_read_equal(w, &means))
        return false;
    for (size_t i = 0; i < s->n; i++) {
        out[i] = level_of_equal(means.p, means.n, s->day[i], &at, &level);
        if (at == 0)
            out[i] = (double)NAN; /* before the first of them */
    }
    return true;
}

static bool symbol_levels(struct perf *w, const struct perf_series *s, const char *symbol, double *out)
{
    const struct perf_prices *p = perf_prices(w, symbol);
    for (size_t i = 0; p && i < s->n; i++) {
        qf_price close = perf_close(p, s->day[i]);
        out[i] = close > 0 ? (double)close : (double)NAN;
    }
    return p != NULL;
}

/* b: n - 1 returns, and one more of now. */
static bool read_benchmark(struct perf *w, const struct perf_series *s, const char *name, double *b)
{
    double *levels = qf_arena_alloc(w->arena, (s->n + 1) * sizeof *levels);
    const struct perf_symbol *symbol = perf_symbol(w->desk, name);
    if (!levels)
        return perf_full(w);
    if (!(qf_str_eq(name, "EQUAL") ? equal_levels(w, s, levels) : symbol_levels(w, s, name, levels)))
        return false;
    for (size_t i = 1; i < s->n; i++)
        b[i - 1] = levels[i] / levels[i - 1] - 1;
    b[s->n - 1] = s->now && w->desk->live && symbol && symbol->priced ? (double)symbol->price / levels[s->n - 1] - 1 : (double)NAN;
    return true;
}

/* --- trades */

static bool counts(const struct perf *w, const bool *members, uint32_t account)
{
    return !members || (account < w->desk->account_n && members[account]);
}

static bool fill_trades(struct perf *w, const struct perf_list *list, const bool *members, struct sheet_in *in)
{
    const struct perf_trade *t = list->p;
    double *profits = qf_arena_alloc(w->arena, (list->n + 1) * sizeof *profits), *days = qf_arena_alloc(w->arena, (list->n + 1) * sizeof *days);
    if (!profits || !days)
        return perf_full(w);
    for (size_t i = 0; i < list->n; i++) {
        if (!counts(w, members, t[i].account))
            continue;
        profits[in->trades] = perf_double(t[i].profit);
        days[in->trades++] = (double)(t[i].closed - t[i].opened) / (double)QF_DAY;
    }
    in->has_trades = true;
    in->profits = profits;
    in->days = days;
    return true;
}

static bool fill_traded(struct perf *w, const struct perf_list *list, const bool *members, qf_time from, struct sheet_in *in)
{
    const struct qf_perf_traded *t = list->p;
    for (size_t i = 0; i < list->n; i++) {
        qf_money v;
        if (t[i].day + QF_DAY <= from || !counts(w, members, perf_account(w->desk, t[i].account, 0)))
            continue;
        if (perf_convert(w, t[i].currency, t[i].bought + t[i].sold, perf_day(t[i].day + 1), false, &v))
            in->traded += perf_double(v);
        else if (w->refusal->reason)
            return false;
    }
    return true;
}

static bool read_trades(struct perf *w, const struct perf_series *s, struct perf_list *traded, struct sheet_in *in)
{
    const char *account = w->scope == QF_SCOPE_ACCOUNT ? w->name : NULL, *symbol = w->scope == QF_SCOPE_SYMBOL ? w->name : NULL;
    bool part = w->scope == QF_SCOPE_STRATEGY || w->scope == QF_SCOPE_TRADER;
    const bool *members = part ? perf_members(w, w->scope, w->name) : NULL;
    struct perf_list trades = { 0 };
    if (part && !members)
        return perf_full(w);
    return perf_read_trades(w, account, symbol, s->at[0], &trades) && fill_trades(w, &trades, members, in) &&
           (symbol || perf_read_traded(w, account, NULL, s->at[0], traded)) && fill_traded(w, traded, members, s->at[0], in);
}

static double mean_capital(const struct perf_series *s)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = s->capital ? 1 : 0; i < s->n; i++) {
        sum += s->capital ? s->capital[i] : perf_double(s->equity[i]);
        n++;
    }
    return n > 0 ? sum / (double)n : (double)NAN;
}

/* --- the record */

static void say_basis(const struct perf *w, const struct perf_series *s, struct qf_performance *out)
{
    const char *what = w->scope == QF_SCOPE_SYMBOL
        ? "close to close on capital employed: the most of |value| at both closes, bought, sold that day; net of fees"
        : "close to close (last point of each market day, UTC), flows taken out at the beginning of their day, net of fees; undefined where"
          " a base is <= 0 or below 1 % of gross held";
    if (w->intraday)
        what = "point to point of one day, flows taken out at the beginning of their step, net of fees";
    qf_str_fmt(out->basis, sizeof out->basis, "%s%s", what, s->now ? "; last point: now, its day goes on" : "");
}

static void fill_money(const struct perf_series *s, struct qf_performance *out)
{
    out->start = s->equity[0];
    out->end = s->now ? s->now_equity : s->equity[s->n - 1];
    for (size_t i = 1; i < s->n; i++)
        out->flows += s->flow[i];
    out->flows += s->now ? s->now_flow : 0;
    out->pnl = out->end - out->start - out->flows;
    out->has |= QF_BIT(performance, start) | QF_BIT(performance, end) | QF_BIT(performance, flows) | QF_BIT(performance, pnl);
}

static void say_closes(struct perf *w, const struct perf_series *s, struct qf_performance *out)
{
    out->incomplete = w->incomplete;
    if (s->n < 2 && !w->intraday)
        qf_str_fmt(out->reason, sizeof out->reason, "needs 2 closes, has %zu", s->n);
    else if (s->n == 0)
        qf_str_copy(out->reason, sizeof out->reason, "no points of this day yet");
    else
        qf_str_copy(out->reason, sizeof out->reason, s->unfunded ? PERF_UNFUNDED : w->missing);
    if (*out->reason)
        QF_SET(out, performance, reason);
}

static bool fill_sheet(struct perf *w, const struct perf_series *s, const struct qf_performance_query *q, struct perf_list *traded,
                       struct qf_performance *out)
{
    double *b = NULL, periods = perf_periods(w, s);
    if (isnan(periods))
        return false;
    if (*out->benchmark && (b = qf_arena_alloc(w->arena, (s->n + 1) * sizeof *b)) == NULL)
        return perf_full(w);
    if (b && !w->intraday && !read_benchmark(w, s, out->benchmark, b))
        return false;
    struct sheet_in in = {
        .day = s->day, .at = s->at, .equity = s->equity, .r = s->r, .b = w->intraday ? NULL : b, .n = s->n - 1,
        .now = s->now, .now_at = s->now_at, .now_equity = s->now_equity, .now_r = s->now_r, .now_b = b && !w->intraday ? b[s->n - 1] : (double)NAN,
        .daily = !w->intraday && s->n >= 2, .periods = periods,
        .window = QF_HAS(q, performance_query, window) ? (size_t)q->window : WINDOW, .capital = s->unfunded ? (double)NAN : mean_capital(s),
        .start = perf_double(s->equity[0]), .undefined = s->unfunded ? PERF_UNFUNDED : NULL,
        .span = (double)((s->now ? s->now_at : s->at[s->n - 1]) - s->at[0]) / (double)QF_DAY,
    };
    fill_money(s, out);
    if (!read_trades(w, s, traded, &in))
        return false;
    return sheet_fill(&in, w->arena, out) ? true : perf_full(w);
}

static void name_it(struct perf *w, const struct qf_performance_query *q, struct qf_performance *out)
{
    w->scope = QF_HAS(q, performance_query, scope) ? (enum qf_scope)q->scope : QF_SCOPE_FIRM;
    w->name = QF_HAS(q, performance_query, name) && w->scope != QF_SCOPE_FIRM ? q->name : "";
    w->currency = w->desk->base;
    for (size_t i = 0; w->scope == QF_SCOPE_ACCOUNT && i < w->desk->account_n; i++)
        if (qf_str_eq(w->desk->accounts[i].name, w->name))
            w->currency = w->desk->accounts[i].currency;
    out->scope = (int32_t)w->scope;
    qf_str_copy(out->name, sizeof out->name, w->name);
    qf_str_copy(out->currency, sizeof out->currency, w->currency);
    if (QF_HAS(q, performance_query, benchmark)) {
        qf_str_copy(out->benchmark, sizeof out->benchmark, q->benchmark);
        QF_SET(out, performance, benchmark);
    }
}

/* The list at the foot: strategies, or what is asked for. Of strategies and traders in the base currency, whatever the answer's is. */
static bool fill_groups(const struct perf *like, struct qf_performance *out)
{
    struct perf w = *like;
    enum qf_scope scope = w.scope == QF_SCOPE_FIRM ? QF_SCOPE_STRATEGY : w.scope;
    w.currency = w.desk->base;
    w.incomplete = w.intraday = false;
    if (!perf_groups(&w, scope, &out->groups, &out->groups_n))
        return false;
    if (out->groups_n > GROUPS_MAX)
        out->groups_n = GROUPS_MAX; /* by profit: performance.groups has all of them */
    return true;
}

bool performance_make(struct scan *scan, const struct perf_desk *desk, const struct qf_performance_query *q, struct qf_arena *arena,
                      struct qf_performance *ret, struct qf_refusal *ret_refusal)
{
    struct perf w = { .scan = scan, .desk = desk, .arena = arena, .refusal = ret_refusal };
    struct perf_series s;
    struct perf_list traded = { 0 };
    memset(ret, 0, sizeof *ret);
    name_it(&w, q, ret);
    take_range(&w, q);
    if (!read_series(&w, &s, &traded))
        return false;
    say_basis(&w, &s, ret);
    if (s.n > 0 && !fill_sheet(&w, &s, q, &traded, ret))
        return false;
    say_closes(&w, &s, ret);
    return fill_groups(&w, ret);
}
