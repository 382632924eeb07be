/* Rows of a report, from one snapshot. */
#include <stdlib.h>
#include <string.h>

#include "daemon/server/report_inside.h"

void *report_room(struct report_making *m, size_t n, size_t size)
{
    void *p = qf_arena_alloc(&m->arena, n * size + 1);
    if (p == NULL)
        jobs_failed(m->run, "there is more than a report can hold");
    return p;
}

/* --- rows into lists */

struct collecting {
    struct report_making *m;
    struct perf_list *into;
    size_t size, most;
    int64_t left; /* rows beyond the most that are kept */
    bool full;
};

static bool on_row(void *arg, const void *row)
{
    struct collecting *c = arg;
    if (c->into->n == c->most) {
        c->left++;
        return true;
    }
    void *to = perf_more(&c->m->arena, c->into, c->size);
    c->full = to == NULL;
    if (!c->full)
        memcpy(to, row, c->size);
    return !c->full;
}

/* ret_left NULL: all of them are wanted. */
static bool read_some(struct report_making *m, const char *query, const struct qf_rec *rec, const struct db_param *params,
                      int n, struct perf_list *into, int64_t *ret_left)
{
    struct collecting c = {.m = m, .into = into, .size = rec->size, .most = ret_left != NULL ? REPORT_FILLS : SIZE_MAX};
    if (scan_part(m->scan, query, rec, params, n, on_row, &c) != QF_OK) {
        jobs_failed(m->run, "%s", scan_why(m->scan));
        return false;
    }
    if (c.full) {
        jobs_failed(m->run, "there is more than a report can hold");
        return false;
    }
    if (ret_left != NULL)
        *ret_left = c.left;
    return true;
}

static bool read_rows(struct report_making *m, const char *query, const struct qf_rec *rec, const struct db_param *params,
                      int n, struct perf_list *into)
{
    return read_some(m, query, rec, params, n, into, NULL);
}

/* --- the close */

static bool read_point(struct report_making *m, const char *query, const struct db_param *params, int n,
                       struct qf_equity *ret, bool *ret_found)
{
    struct perf_list rows = {0};
    if (!read_rows(m, query, &qf_rec_equity, params, n, &rows))
        return false;
    *ret_found = rows.n > 0;
    if (rows.n > 0)
        *ret = *(const struct qf_equity *)rows.p;
    return true;
}

bool report_read_point(struct report_making *m, qf_time at, struct qf_equity *ret, bool *ret_found)
{
    unsigned char room[8];
    const struct db_param p = db_time(at, room);
    return read_point(m, "report_point", &p, 1, ret, ret_found);
}

static void no_close(struct report_making *m)
{
    struct qf_equity first;
    char at[QF_TIME_TEXT], since[QF_TIME_TEXT];
    bool found = false;
    if (!read_point(m, "report_first_close", NULL, 0, &first, &found))
        return;
    qf_time_format(m->ask->as_of, at);
    qf_time_format(found ? first.at : 0, since);
    if (found)
        jobs_failed(m->run, "no close at or before %s: the first one is of %s", at, since);
    else
        jobs_failed(m->run, "no market day has ended yet: a report is made of a close");
}

bool report_read_close(struct report_making *m)
{
    unsigned char room[2][8];
    bool found = false;
    struct db_param p[] = {m->ask->has_as_of ? db_time(m->ask->as_of, room[0]) : db_text(NULL), db_text(NULL)};
    if (!m->ask->has_as_of) /* the newest close is one whose prices are stored */
        p[1] = db_time(m->ask->wall - REPORT_SETTLED_US, room[1]);
    if (!read_point(m, "report_close", p, 2, &m->close, &found))
        return false;
    p[1] = db_text(NULL);
    if (!found && !read_point(m, "report_close", p, 2, &m->close, &found))
        return false;
    if (!found) {
        no_close(m);
        return false;
    }
    return report_read_point(m, qf_time_day(m->close.at - 1), &m->before, &m->has_before);
}

/* --- names, limits, sums of fills: as they were known when the close was recorded */

static bool known(struct report_making *m, const char *query, const struct qf_rec *rec, struct perf_list *into)
{
    unsigned char room[8];
    const struct db_param p = db_time(m->close.recorded, room);
    return read_rows(m, query, rec, &p, 1, into);
}

static bool holdings(struct report_making *m, qf_time at, struct perf_list *into)
{
    unsigned char room[2][8];
    const struct db_param p[] = {db_time(at, room[0]), db_time(m->close.recorded, room[1])};
    return read_rows(m, "report_holdings", &qf_rec_report_holding, p, 2, into);
}

/* What the close knew and the point before did not. */
static bool moves(struct report_making *m)
{
    unsigned char room[2][8];
    const struct db_param p[] = {db_time(m->has_before ? m->before.at : 0, room[0]), db_time(m->close.at, room[1])};
    return read_rows(m, "report_moves", &qf_rec_report_moves, p, 2, &m->moves);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct perf_account *)a)->name, ((const struct perf_account *)b)->name);
}

/* The rows as performance wants them; of now it is told nothing. */
static bool fill_desk(struct report_making *m)
{
    struct perf_desk *d = &m->desk;
    const struct qf_account *a = m->accounts.p;
    const struct qf_instrument *k = m->instruments.p;
    const struct qf_rate *r = m->rates.p;
    d->accounts = report_room(m, m->accounts.n, sizeof *d->accounts);
    d->symbols = report_room(m, m->instruments.n, sizeof *d->symbols);
    d->rates = report_room(m, m->rates.n, sizeof *d->rates);
    if (!d->accounts || !d->symbols || !d->rates)
        return false;
    qf_str_copy(d->base, sizeof d->base, m->ask->base);
    d->now = m->close.at + 1; /* the time asked for is over */
    for (size_t i = 0; i < m->accounts.n; i++) {
        struct perf_account *to = &d->accounts[d->account_n++];
        qf_str_copy(to->name, sizeof to->name, a[i].name);
        qf_str_copy(to->strategy, sizeof to->strategy, a[i].strategy);
        qf_str_copy(to->owner, sizeof to->owner, a[i].owner);
        qf_str_copy(to->currency, sizeof to->currency, a[i].currency);
    }
    if (d->account_n > 0) /* the database may have another alphabet */
        qsort(d->accounts, d->account_n, sizeof *d->accounts, by_name);
    for (size_t i = 0; i < m->instruments.n; i++) {
        struct perf_symbol *to = &d->symbols[d->symbol_n++];
        qf_str_copy(to->name, sizeof to->name, k[i].symbol);
        qf_str_copy(to->currency, sizeof to->currency, k[i].currency);
        to->multiplier = k[i].multiplier;
    }
    for (size_t i = 0; i < m->rates.n; i++) {
        struct perf_rate *to = &d->rates[d->rate_n++];
        bool fixed = QF_HAS(&r[i], rate, value);
        qf_str_copy(to->currency, sizeof to->currency, r[i].currency);
        qf_str_copy(to->symbol, sizeof to->symbol, fixed ? "" : r[i].symbol);
        to->inverse = r[i].inverse;
        to->now = fixed ? r[i].value : 0;
    }
    return true;
}

bool report_read_desk(struct report_making *m)
{
    if (!known(m, "report_accounts", &qf_rec_account, &m->accounts) ||
        !known(m, "report_instruments", &qf_rec_instrument, &m->instruments) ||
        !known(m, "report_rates", &qf_rec_rate, &m->rates) || !known(m, "report_limits", &qf_rec_limit, &m->limits) ||
        !known(m, "report_breakers", &qf_rec_breaker, &m->breakers) ||
        !known(m, "report_scenarios", &qf_rec_scenario, &m->scenarios) || !holdings(m, m->close.at, &m->held) ||
        !moves(m))
        return false;
    if (m->has_before && !holdings(m, m->before.at, &m->was))
        return false;
    if (!fill_desk(m))
        return false;
    m->perf = (struct perf){.scan = m->scan,
                            .desk = &m->desk,
                            .arena = &m->arena,
                            .refusal = &m->refusal,
                            .scope = QF_SCOPE_FIRM,
                            .name = "",
                            .currency = m->desk.base,
                            .to = m->close.at};
    return true;
}

/* --- fills of the day */

bool report_read_fills(struct report_making *m)
{
    unsigned char room[3][8];
    struct perf_list fills = {0}, trades = {0};
    struct qf_report *r = &m->report;
    const struct db_param p[] = {db_time(m->has_before ? m->before.at : 0, room[0]), db_time(m->close.at, room[1]),
                                 db_time(m->close.recorded, room[2])};
    if (!read_some(m, "report_executions", &qf_rec_execution, p, 3, &fills, &r->executions_left) ||
        !read_some(m, "report_trades", &qf_rec_trade, p, 2, &trades, &r->trades_left))
        return false;
    r->executions = fills.p;
    r->executions_n = (uint32_t)fills.n;
    r->trades = trades.p;
    r->trades_n = (uint32_t)trades.n;
    return true;
}

/* --- closes of one day */

static int by_symbol(const void *a, const void *b)
{
    return strcmp(((const struct risk_close *)a)->symbol, ((const struct risk_close *)b)->symbol);
}

bool report_read_day(struct report_making *m, qf_time day, struct risk_day **ret)
{
    unsigned char room[8];
    struct perf_list rows = {0};
    const struct db_param p = db_time(day, room);
    if (!read_rows(m, "closes_on", &qf_rec_bar, &p, 1, &rows))
        return false;
    const struct qf_bar *bars = rows.p;
    struct risk_day *d = qf_xalloc(sizeof *d);
    *d = (struct risk_day){.holders = 1, .day = day, .n = (uint32_t)rows.n};
    d->rows = qf_xalloc((rows.n + 1) * sizeof *d->rows);
    for (size_t i = 0; i < rows.n; i++) {
        qf_str_copy(d->rows[i].symbol, sizeof d->rows[i].symbol, bars[i].symbol);
        d->rows[i].close = (double)bars[i].close / (double)QF_ONE;
    }
    qsort(d->rows, rows.n, sizeof *d->rows, by_symbol);
    *ret = d;
    return true;
}

/* --- looking up */

const struct qf_account *report_account(const struct report_making *m, const char *name)
{
    const struct qf_account *rows = m->accounts.p;
    for (size_t i = 0; i < m->accounts.n; i++)
        if (qf_str_eq(rows[i].name, name))
            return &rows[i];
    return NULL;
}

const struct qf_instrument *report_instrument(const struct report_making *m, const char *symbol)
{
    const struct qf_instrument *rows = m->instruments.p;
    for (size_t i = 0; i < m->instruments.n; i++)
        if (qf_str_eq(rows[i].symbol, symbol))
            return &rows[i];
    return NULL;
}
