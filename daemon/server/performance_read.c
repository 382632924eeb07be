/* Rows from the database, as performance wants them. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/performance_in.h"

#define ROWS_MAX 8000000 /* 10 years of closes of 2,000 books; more is no question for a screen */
#define NEAR_DAYS 7      /* a close stands for the days behind it as long as a holiday lasts */

void *perf_more(struct qf_arena *arena, struct perf_list *l, size_t size)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 256;
        void *p = cap > ROWS_MAX ? NULL : qf_arena_alloc(arena, cap * size);
        if (!p)
            return NULL;
        if (l->n)
            memcpy(p, l->p, l->n * size);
        l->p = p;
        l->cap = cap;
        l->size = size;
    }
    return (char *)l->p + size * l->n++;
}

int32_t perf_day(qf_time at)
{
    return (int32_t)(qf_time_day(at - 1) / QF_DAY);
}

double perf_double(qf_money v)
{
    return (double)v / (double)QF_ONE;
}

void perf_missing(struct perf *w, const char *fmt, ...)
{
    va_list ap;
    w->incomplete = true;
    if (*w->missing)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(w->missing, sizeof w->missing, fmt, ap);
    va_end(ap);
}

bool perf_failed(struct perf *w)
{
    qf_refuse(w->refusal, QF_R_DB_SLOW, "", "%s", scan_why(w->scan));
    return false;
}

bool perf_full(struct perf *w)
{
    qf_refuse(w->refusal, QF_R_TOO_LARGE, "", "there is more than can be worked out at once; ask for a shorter time");
    return false;
}

/* --- reading */

struct reading {
    struct perf *work;
    struct perf_list *into;
    bool full;
    uint32_t account; /* of the row before: points come by account */
};

/* Parameters: account, from, to, symbol. */
struct ask {
    struct db_param p[4];
    unsigned char room[2][8];
};

static void ask_fill(struct ask *a, const char *account, qf_time from, qf_time to, const char *symbol)
{
    a->p[0] = db_text(account);
    a->p[1] = from == 0 ? db_text(NULL) : db_time(from, a->room[0]);
    a->p[2] = to == 0 ? db_text(NULL) : db_time(to, a->room[1]);
    a->p[3] = db_text(symbol);
}

static bool read_all(struct reading *r, const char *query, const struct qf_rec *rec, const struct ask *a, int n, scan_fn fn)
{
    if (scan_part(r->work->scan, query, rec, a->p, n, fn, r) != QF_OK)
        return perf_failed(r->work);
    return r->full ? perf_full(r->work) : true;
}

/* --- points */

uint32_t perf_account(const struct perf_desk *d, const char *name, uint32_t guess)
{
    if (guess < d->account_n && qf_str_eq(d->accounts[guess].name, name))
        return guess;
    size_t low = 0, high = d->account_n; /* by name: performance_desk sorts them */
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(d->accounts[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    bool found = low < d->account_n && qf_str_eq(d->accounts[low].name, name);
    return (uint32_t)(found ? low : d->account_n); /* one that was made since: nobody counts it */
}

static bool on_point(void *arg, const void *row_)
{
    struct reading *r = arg;
    const struct qf_equity *row = row_;
    struct perf_row *p = perf_more(r->work->arena, r->into, sizeof *p);
    r->full = p == NULL;
    if (r->full)
        return false;
    r->account = *row->account ? perf_account(r->work->desk, row->account, r->account) : PERF_FIRM;
    *p = (struct perf_row){ row->at, row->equity, row->flows, row->gross, r->account, row->incomplete };
    return true;
}

bool perf_read_points(struct perf *w, const char *account, struct perf_list *ret)
{
    struct reading r = { .work = w, .into = ret };
    struct ask a;
    ask_fill(&a, account, w->from, w->to, NULL);
    return read_all(&r, w->intraday ? "performance_points" : "performance_closes", &qf_rec_equity, &a, 3, on_point);
}

/* --- trades */

static bool on_trade(void *arg, const void *row_)
{
    struct reading *r = arg;
    const struct qf_trade *row = row_;
    struct perf_trade *t = perf_more(r->work->arena, r->into, sizeof *t);
    r->full = t == NULL;
    if (r->full)
        return false;
    *t = (struct perf_trade){ .opened = row->opened, .closed = row->closed, .profit = row->realized - row->fees };
    t->account = r->account = perf_account(r->work->desk, row->account, r->account);
    qf_str_copy(t->symbol, sizeof t->symbol, row->symbol);
    return true;
}

/* A trade's currency is its symbol's: converted when all are read, for that may need closes to be read. */
static bool convert_trades(struct perf *w, struct perf_list *l)
{
    struct perf_trade *t = l->p;
    size_t kept = 0;
    for (size_t i = 0; i < l->n; i++) {
        const struct perf_symbol *s = perf_symbol(w->desk, t[i].symbol);
        qf_money base;
        if (!s)
            continue;
        if (perf_convert(w, s->currency, t[i].profit, perf_day(t[i].closed + 1), false, &base)) {
            t[kept] = t[i];
            t[kept++].profit = base;
        } else if (w->refusal->reason) {
            return false;
        }
    }
    l->n = kept;
    return true;
}

bool perf_read_trades(struct perf *w, const char *account, const char *symbol, qf_time from, struct perf_list *ret)
{
    struct reading r = { .work = w, .into = ret };
    struct ask a;
    ask_fill(&a, account, from, w->to, symbol);
    return read_all(&r, "performance_trades", &qf_rec_trade, &a, 4, on_trade) && convert_trades(w, ret);
}

static bool on_traded(void *arg, const void *row)
{
    struct reading *r = arg;
    struct qf_perf_traded *t = perf_more(r->work->arena, r->into, sizeof *t);
    r->full = t == NULL;
    if (!r->full)
        *t = *(const struct qf_perf_traded *)row;
    return !r->full;
}

bool perf_read_traded(struct perf *w, const char *account, const char *symbol, qf_time from, struct perf_list *ret)
{
    struct reading r = { .work = w, .into = ret };
    struct ask a;
    ask_fill(&a, account, from, w->to, symbol);
    return read_all(&r, "performance_traded", &qf_rec_perf_traded, &a, 4, on_traded);
}

/* --- prices */

static bool on_mean(void *arg, const void *row)
{
    struct reading *r = arg;
    struct qf_perf_mean *m = perf_more(r->work->arena, r->into, sizeof *m);
    r->full = m == NULL;
    if (!r->full)
        *m = *(const struct qf_perf_mean *)row;
    return !r->full;
}

bool perf_read_equal(struct perf *w, struct perf_list *ret)
{
    struct reading r = { .work = w, .into = ret };
    struct ask a;
    ask_fill(&a, NULL, 0, w->to, NULL);
    a.p[0] = a.p[2];
    return read_all(&r, "performance_equal", &qf_rec_perf_mean, &a, 1, on_mean);
}

static bool on_bar(void *arg, const void *row_)
{
    struct reading *r = arg;
    const struct qf_bar *row = row_;
    struct perf_price *p = perf_more(r->work->arena, r->into, sizeof *p);
    r->full = p == NULL;
    if (!r->full)
        *p = (struct perf_price){ (int32_t)(qf_time_day(row->at) / QF_DAY), row->close };
    return !r->full;
}

const struct perf_prices *perf_prices(struct perf *w, const char *symbol)
{
    struct perf_prices *p = w->prices.p;
    struct ask a;
    for (size_t i = 0; i < w->prices.n; i++)
        if (qf_str_eq(p[i].name, symbol))
            return &p[i];
    p = perf_more(w->arena, &w->prices, sizeof *p);
    if (!p) {
        (void)perf_full(w);
        return NULL;
    }
    struct reading r = { .work = w, .into = &p->rows };
    qf_str_copy(p->name, sizeof p->name, symbol);
    ask_fill(&a, symbol, 0, w->to, NULL);
    return read_all(&r, "performance_bars", &qf_rec_bar, &a, 3, on_bar) ? p : NULL;
}

qf_price perf_close(const struct perf_prices *p, int32_t day)
{
    const struct perf_price *rows = p->rows.p;
    size_t low = 0, high = p->rows.n;
    while (low < high) { /* the first one behind that day */
        size_t mid = low + (high - low) / 2;
        if (rows[mid].day <= day)
            low = mid + 1;
        else
            high = mid;
    }
    return low > 0 && day - rows[low - 1].day <= NEAR_DAYS ? rows[low - 1].close : 0;
}

const struct perf_symbol *perf_symbol(const struct perf_desk *d, const char *name)
{
    for (size_t i = 0; i < d->symbol_n; i++)
        if (qf_str_eq(d->symbols[i].name, name))
            return &d->symbols[i];
    return NULL;
}

/* --- rates */

static const struct perf_rate *rate_of(const struct perf_desk *d, const char *currency)
{
    for (size_t i = 0; i < d->rate_n; i++)
        if (qf_str_eq(d->rates[i].currency, currency))
            return &d->rates[i];
    return NULL;
}

/* Worth of one unit in the base currency at that day's close; 0 = not known. */
static qf_price rate_at(struct perf *w, const char *currency, int32_t day, bool now)
{
    const struct perf_rate *r = rate_of(w->desk, currency);
    if (qf_str_eq(currency, w->desk->base))
        return QF_ONE;
    if (!r)
        return 0;
    if (now || !*r->symbol) /* a fixed rate was always what it is now: nobody keeps its history */
        return r->now > 0 ? r->now : 0;
    const struct perf_prices *p = perf_prices(w, r->symbol);
    qf_price close = p ? perf_close(p, day) : 0;
    return close <= 0 ? 0 : r->inverse ? (qf_price)qf_div_even((qf_i128)QF_ONE * QF_ONE, close) : close;
}

bool perf_convert(struct perf *w, const char *currency, qf_money v, int32_t day, bool now, qf_money *ret)
{
    if (qf_str_eq(currency, w->currency)) {
        *ret = v;
        return true;
    }
    qf_price from = rate_at(w, currency, day, now), to = rate_at(w, w->currency, day, now);
    if (from > 0 && to > 0 && qf_muldiv(v, from, to, ret) == QF_OK)
        return true;
    perf_missing(w, "no rate of %s to %s on some days", currency, w->currency);
    return false;
}
