/* What was held at the close and what the day made of it: sums of fills, at the prices of the daily bars. */
#include <stdlib.h>
#include <string.h>

#include "daemon/server/report_inside.h"

/* --- worth */

bool report_value_of(struct report_making *m, const struct qf_report_holding *h, int32_t day, struct report_value *ret)
{
    const struct qf_instrument *k = report_instrument(m, h->symbol);
    qf_money cost = h->realized - h->amount;
    *ret = (struct report_value){0};
    if (h->quantity == 0)
        return true;
    ret->lacks = "no such instrument at that time";
    if (k == NULL)
        return true;
    const struct perf_prices *prices = perf_prices(&m->perf, h->symbol);
    if (prices == NULL) {
        jobs_failed(m->run, "%s", m->refusal.message);
        return false;
    }
    ret->price = perf_close(prices, day);
    ret->lacks = "no daily close within a week";
    if (ret->price == 0)
        return true;
    ret->lacks = "its value is too large";
    if (qf_muldiv(h->quantity * k->multiplier, ret->price, QF_ONE, &ret->value) != QF_OK)
        return true;
    ret->open = ret->value - cost;
    ret->lacks = "no rate to the base currency";
    if (perf_convert(&m->perf, h->currency, ret->value, day, false, &ret->base) &&
        perf_convert(&m->perf, h->currency, ret->open, day, false, &ret->base_open))
        ret->lacks = NULL;
    return true;
}

static bool missing(struct report_making *m, const char *symbol, const char *why)
{
    struct qf_report *r = &m->report;
    r->incomplete = true;
    if (r->missing_n == 500 || (r->missing_n > 0 && qf_str_eq(r->missing[r->missing_n - 1].symbol, symbol)))
        return true;
    if (r->missing == NULL && (r->missing = report_room(m, 500, sizeof *r->missing)) == NULL)
        return false;
    for (uint32_t i = 0; i < r->missing_n; i++)
        if (qf_str_eq(r->missing[i].symbol, symbol))
            return true;
    struct qf_unpriced *u = &r->missing[r->missing_n++];
    qf_str_copy(u->symbol, sizeof u->symbol, symbol);
    qf_str_copy(u->reason, sizeof u->reason, why);
    qf_rec_fill(&qf_rec_unpriced, u);
    return true;
}

/* --- positions */

/* Only what can be told of a day that is over; the rest of the record stays away. */
static void position_row(const struct report_making *m, const struct qf_report_holding *h, const struct report_value *v,
                         struct qf_position *p)
{
    const struct qf_instrument *k = report_instrument(m, h->symbol);
    qf_i128 average;
    qf_str_copy(p->account, sizeof p->account, h->account);
    qf_str_copy(p->symbol, sizeof p->symbol, h->symbol);
    qf_str_copy(p->currency, sizeof p->currency, h->currency);
    p->quantity = (qf_qty)h->quantity;
    p->cost = (h->realized - h->amount) * QF_ONE;
    p->realized = h->realized;
    p->fees = h->fees;
    p->has = QF_BIT(position, account) | QF_BIT(position, symbol) | QF_BIT(position, currency) |
             QF_BIT(position, quantity) | QF_BIT(position, cost) | QF_BIT(position, realized) | QF_BIT(position, fees);
    if (k != NULL && qf_muldiv(h->realized - h->amount, QF_ONE, h->quantity * k->multiplier, &average) == QF_OK) {
        p->average = (qf_price)average;
        QF_SET(p, position, average);
    }
    if (v->price != 0) {
        p->last = v->price;
        p->value = v->value;
        p->unrealized = v->open;
        p->has |= QF_BIT(position, last) | QF_BIT(position, value) | QF_BIT(position, unrealized);
    }
    if (v->lacks == NULL) {
        p->base_value = v->base;
        QF_SET(p, position, base_value);
    }
}

static bool positions(struct report_making *m)
{
    const struct qf_report_holding *h = m->held.p;
    struct qf_report *r = &m->report;
    struct report_value v;
    r->positions = report_room(m, m->held.n, sizeof *r->positions);
    for (size_t i = 0; i < m->held.n; i++) {
        if (r->positions == NULL || !report_value_of(m, &h[i], perf_day(m->close.at), &v))
            return false;
        if (h[i].quantity == 0)
            continue;
        if (v.lacks != NULL && !missing(m, h[i].symbol, v.lacks))
            return false;
        position_row(m, &h[i], &v, &r->positions[r->positions_n++]);
    }
    return r->positions != NULL;
}

/* --- parts of the day's profit */

static const struct qf_report_holding *was_of(const struct report_making *m, const struct qf_report_holding *h)
{
    static const struct qf_report_holding nothing;
    const struct qf_report_holding *rows = m->was.p;
    for (size_t i = 0; i < m->was.n; i++)
        if (qf_str_eq(rows[i].account, h->account) && qf_str_eq(rows[i].symbol, h->symbol) &&
            qf_str_eq(rows[i].currency, h->currency))
            return &rows[i];
    return &nothing;
}

static struct qf_report_part *part_of(struct report_making *m, int32_t scope, const char *name)
{
    struct qf_report *r = &m->report;
    for (uint32_t i = 0; i < r->parts_n; i++)
        if (r->parts[i].scope == scope && qf_str_eq(r->parts[i].name, name))
            return &r->parts[i];
    struct qf_report_part *p = &r->parts[r->parts_n++];
    *p = (struct qf_report_part){.scope = scope};
    qf_str_copy(p->name, sizeof p->name, name);
    qf_rec_fill(&qf_rec_report_part, p);
    p->has |= QF_BIT(report_part, unrealized) | QF_BIT(report_part, pnl) | QF_BIT(report_part, value);
    return p;
}

struct move {
    int64_t fills;
    qf_money traded, realized, fees, unrealized, value;
    const char *lacks;
};

static void add_part(struct qf_report_part *p, const struct move *k)
{
    p->fills += k->fills;
    p->traded += k->traded;
    p->realized += k->realized;
    p->fees += k->fees;
    if (k->lacks != NULL) {
        p->has &= ~(QF_BIT(report_part, unrealized) | QF_BIT(report_part, pnl) | QF_BIT(report_part, value));
        qf_str_copy(p->reason, sizeof p->reason, k->lacks);
        QF_SET(p, report_part, reason);
    }
    p->unrealized += k->unrealized;
    p->value += k->value;
    p->pnl = p->realized + p->unrealized - p->fees;
}

/* What one holding did in the day, in the base currency: its flows at the rate of the close, its unrealised at that of
 * either end. */
static bool move_of(struct report_making *m, const struct qf_report_holding *h, struct move *ret)
{
    const struct qf_report_holding *was = was_of(m, h);
    struct report_value before, now;
    int32_t day = perf_day(m->close.at);
    if (!report_value_of(m, was, perf_day(m->before.at), &before) || !report_value_of(m, h, day, &now))
        return false;
    *ret = (struct move){.fills = h->fills - was->fills,
                         .unrealized = now.base_open - before.base_open,
                         .value = now.base,
                         .lacks = now.lacks != NULL ? now.lacks : before.lacks};
    if (!perf_convert(&m->perf, h->currency, h->traded - was->traded, day, false, &ret->traded) ||
        !perf_convert(&m->perf, h->currency, h->realized - was->realized, day, false, &ret->realized) ||
        !perf_convert(&m->perf, h->currency, h->fees - was->fees, day, false, &ret->fees))
        ret->lacks = "no rate to the base currency";
    return true;
}

static int by_profit(const void *a_, const void *b_)
{
    const struct qf_report_part *a = a_, *b = b_;
    if (a->scope != b->scope)
        return a->scope > b->scope ? -1 : 1; /* symbols, then strategies */
    return a->pnl != b->pnl ? (a->pnl < b->pnl ? 1 : -1) : strcmp(a->name, b->name);
}

static bool parts(struct report_making *m)
{
    const struct qf_report_holding *h = m->held.p;
    struct move k;
    m->report.parts = report_room(m, 2 * m->held.n, sizeof *m->report.parts);
    for (size_t i = 0; i < m->held.n; i++) {
        if (m->report.parts == NULL || !move_of(m, &h[i], &k))
            return false;
        if (k.fills == 0 && h[i].quantity == 0)
            continue; /* flat all day */
        const struct qf_account *a = report_account(m, h[i].account);
        if (k.lacks != NULL && !missing(m, h[i].symbol, k.lacks))
            return false;
        add_part(part_of(m, QF_SCOPE_SYMBOL, h[i].symbol), &k);
        add_part(part_of(m, QF_SCOPE_STRATEGY, a != NULL ? a->strategy : ""), &k);
    }
    if (m->report.parts_n > 0)
        qsort(m->report.parts, m->report.parts_n, sizeof *m->report.parts, by_profit);
    return m->report.parts != NULL;
}

bool report_book(struct report_making *m)
{
    return positions(m) && parts(m);
}
