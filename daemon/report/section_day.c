/* The day: what it made, of what, and with which fills. */
#include <math.h>

#include "common/str.h"
#include "daemon/report/sections.h"
#include "daemon/report/words.h"

static const struct qf_report_day *day_of(const struct qf_report *r)
{
    return r->day_n > 0 ? &r->day[0] : NULL;
}

/* Names of what is missing, as many as fit. */
static void names(const struct qf_unpriced *rows, uint32_t n, char *out, size_t cap)
{
    size_t used = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < n; i++) {
        if (used + sizeof rows[i].symbol + 24 > cap) {
            qf_str_fmt(out + used, cap - used, " and %u more", n - i);
            return;
        }
        used += qf_str_fmt(out + used, cap - used, "%s%s", i > 0 ? " " : "", rows[i].symbol);
    }
}

void section_incomplete(struct doc *d, const struct qf_report *r)
{
    char list[240];
    const struct qf_risk_run *risk = r->risk_n > 0 && r->risk[0].incomplete ? &r->risk[0] : NULL;
    names(r->missing, r->missing_n, list, sizeof list);
    if (r->missing_n > 0)
        doc_sentence(d, DOC_BAD, "INCOMPLETE: %u without a price or rate at this close: %s", r->missing_n, list);
    else if (r->incomplete)
        doc_sentence(d, DOC_BAD, "INCOMPLETE: a price or rate was missing when the close was taken");
    if (risk == NULL || (r->kind == QF_REPORT_TEARSHEET))
        return;
    names(risk->missing, risk->missing_n, list, sizeof list);
    doc_sentence(d, DOC_BAD, "INCOMPLETE: value at risk leaves out %u: %s", risk->missing_n, list);
}

static void change(struct doc *d, const char *label, bool there, qf_money v, bool share_there, double share)
{
    char a[WORDS], b[WORDS];
    if (!there)
        doc_fact(d, DOC_DIM, label, "n/a", "no close before it");
    else
        doc_fact(d, words_tone(v), label, words_money(a, v, 2, true),
                 share_there ? words_share(b, share, 2, true) : "");
}

static void part_of_equity(struct doc *d, const char *label, const struct qf_report_day *day, qf_money v,
                           enum doc_tone tone)
{
    char a[WORDS], b[WORDS];
    double share = (double)v / (double)day->equity;
    doc_fact(d, tone, label, words_money(a, v, 2, false), day->equity > 0 ? words_share(b, share, 2, false) : "");
}

void section_day_facts(struct doc *d, const struct qf_report *r)
{
    const struct qf_report_day *day = day_of(r);
    char a[WORDS];
    if (day == NULL)
        return;
    doc_panel(d, DOC_FACTS, "", "", false);
    doc_fact(d, DOC_STRONG, "Equity", words_money(a, day->equity, 2, false), r->base);
    change(d, "Day", true, day->pnl, QF_HAS(day, report_day, pnl_share), day->pnl_share);
    change(d, "Month", QF_HAS(day, report_day, month_pnl), day->month_pnl, QF_HAS(day, report_day, month_share),
           day->month_share);
    change(d, "Year", QF_HAS(day, report_day, year_pnl), day->year_pnl, QF_HAS(day, report_day, year_share),
           day->year_share);
    bool fall = QF_HAS(day, report_day, drawdown);
    doc_fact(d, fall ? words_tone_real(day->drawdown) : DOC_DIM, "Drawdown",
             fall ? words_share(a, day->drawdown, 2, false) : "n/a", "");
    part_of_equity(d, "Cash", day, day->cash, DOC_PLAIN);
    part_of_equity(d, "Gross", day, day->gross, DOC_PLAIN);
    part_of_equity(d, "Net", day, day->net, DOC_PLAIN);
}

void section_identity(struct doc *d, const struct qf_report *r)
{
    const struct qf_report_day *day = day_of(r);
    char c[WORDS], x[WORDS], u[WORDS], f[WORDS], w[WORDS], g[WORDS], m[WORDS];
    if (day == NULL)
        return;
    words_money(c, day->change, 2, true);
    doc_sentence(d, day->holds ? DOC_PLAIN : DOC_BAD, "Identity %s = realised + unrealised change - fees + flows%s    %s",
                 c, day->rates != 0 ? " + rates" : "", day->holds ? "holds" : "BROKEN");
    doc_note(d, DOC_DIM, "realised %s, unrealised change %s, fees %s, flows %s%s%s",
             words_money(x, day->realized, 2, true), words_money(u, day->unrealized, 2, true),
             words_money(f, day->fees, 2, false), words_money(w, day->flows, 2, true),
             day->rates != 0 ? ", rates " : "", day->rates != 0 ? words_money(m, day->rates, 2, true) : "");
    if (!day->holds)
        doc_note(d, DOC_BAD, "%s of the change is in none of them: cash and positions do not agree",
                 words_money(g, day->gap, 8, true));
}

/* --- parts of the day's profit */
static const struct doc_column part_columns[] = {
    {"", DOC_TEXT, 0, false},           {"Fills", DOC_NUMBER, 2, false},      {"Traded", DOC_NUMBER, 4, false},
    {"Realised", DOC_NUMBER, 1, false}, {"Unrealised", DOC_NUMBER, 1, false}, {"Fees", DOC_NUMBER, 3, false},
    {"P&L", DOC_NUMBER, 0, false},
};

struct part_sum {
    qf_money traded, realized, unrealized, fees, pnl;
    int64_t fills;
    bool missing;
};

static void part_row(struct doc_table *t, const struct qf_report_part *p, struct part_sum *sum)
{
    char a[WORDS];
    bool there = QF_HAS(p, report_part, pnl), open = QF_HAS(p, report_part, unrealized);
    doc_row(t);
    doc_cell(t, DOC_PLAIN, p->name[0] != '\0' ? p->name : "(none)");
    doc_cell(t, DOC_PLAIN, words_count(a, p->fills));
    doc_cell(t, DOC_PLAIN, words_money(a, p->traded, 2, false));
    doc_cell(t, DOC_PLAIN, words_money(a, p->realized, 2, true));
    doc_cell(t, DOC_PLAIN, open ? words_money(a, p->unrealized, 2, true) : "n/a");
    doc_cell(t, DOC_PLAIN, words_money(a, p->fees, 2, false));
    doc_cell(t, there ? words_tone(p->pnl) : DOC_BAD, there ? words_money(a, p->pnl, 2, true) : "n/a");
    sum->fills += p->fills;
    sum->traded += p->traded;
    sum->realized += p->realized;
    sum->unrealized += p->unrealized;
    sum->fees += p->fees;
    sum->pnl += p->pnl;
    sum->missing |= !there;
}

static void part_total(struct doc_table *t, const struct part_sum *s)
{
    char a[WORDS];
    doc_total(t);
    doc_cell(t, DOC_PLAIN, s->missing ? "Total, incomplete" : "Total");
    doc_cell(t, DOC_PLAIN, words_count(a, s->fills));
    doc_cell(t, DOC_PLAIN, words_money(a, s->traded, 2, false));
    doc_cell(t, DOC_PLAIN, words_money(a, s->realized, 2, true));
    doc_cell(t, DOC_PLAIN, words_money(a, s->unrealized, 2, true));
    doc_cell(t, DOC_PLAIN, words_money(a, s->fees, 2, false));
    doc_cell(t, words_tone(s->pnl), words_money(a, s->pnl, 2, true));
}

/* What rates made of cash and of what positions cost is nobody's trade. */
static void part_rates(struct doc_table *t, const struct qf_report_day *day, struct part_sum *sum)
{
    char a[WORDS];
    if (day == NULL || day->rates == 0)
        return;
    doc_row(t);
    doc_cell(t, DOC_DIM, "Rates");
    for (int i = 0; i < 5; i++)
        doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_DIM, words_money(a, day->rates, 2, true));
    sum->pnl += day->rates;
}

/* The equity point was taken at the marks of its instant, the rows are at the daily bars' closes. What lies between
 * them is a row of its own, so that the total is the day's profit. */
static qf_money part_rest(struct doc_table *t, const struct qf_report_day *day, struct part_sum *sum)
{
    char a[WORDS];
    qf_money rest = day == NULL || sum->missing ? 0 : day->pnl - sum->pnl;
    if (rest == 0)
        return 0;
    doc_row(t);
    doc_cell(t, DOC_DIM, "Prices");
    for (int i = 0; i < 3; i++)
        doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_DIM, words_money(a, rest, 2, true));
    doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_DIM, words_money(a, rest, 2, true));
    sum->unrealized += rest;
    sum->pnl += rest;
    return rest;
}

static void parts_of(struct doc *d, const struct qf_report *r, int32_t scope, const char *title)
{
    uint32_t n = 0;
    struct part_sum sum = {0};
    for (uint32_t i = 0; i < r->parts_n; i++)
        n += r->parts[i].scope == scope;
    struct doc_table *t = doc_table(d, title, n == 0 ? "" : doc_fmt(d, "%u, by profit", n), false, part_columns,
                                    QF_LEN(part_columns), n + 3);
    if (t != NULL)
        t->empty = "nothing was held or traded";
    for (uint32_t i = 0; i < r->parts_n; i++)
        if (r->parts[i].scope == scope)
            part_row(t, &r->parts[i], &sum);
    if (n > 0)
        part_rates(t, day_of(r), &sum);
    qf_money rest = n > 0 ? part_rest(t, day_of(r), &sum) : 0;
    if (n > 0)
        part_total(t, &sum);
    if (rest != 0)
        doc_note(d, DOC_DIM,
                 "Prices: rows are at the closes of the daily bars, equity at the marks of the instant its point was "
                 "taken.");
    for (uint32_t i = 0; i < r->parts_n; i++)
        if (r->parts[i].scope == scope && QF_HAS(&r->parts[i], report_part, reason))
            doc_note(d, DOC_WARN, "%s: %s", r->parts[i].name, r->parts[i].reason);
}

void section_parts(struct doc *d, const struct qf_report *r)
{
    parts_of(d, r, QF_SCOPE_SYMBOL, "Day P&L by symbol");
    parts_of(d, r, QF_SCOPE_STRATEGY, "Day P&L by strategy");
}

/* --- positions */
static const struct doc_column position_columns[] = {
    {"Account", DOC_TEXT, 0, false},      {"Symbol", DOC_TEXT, 0, false},     {"Quantity", DOC_NUMBER, 0, false},
    {"Average", DOC_NUMBER, 5, false},    {"Close", DOC_NUMBER, 1, false},    {"Value", DOC_NUMBER, 0, false},
    {"Unrealised", DOC_NUMBER, 0, false}, {"Realised", DOC_NUMBER, 6, false}, {"Fees", DOC_NUMBER, 7, false},
};

static void position_row(struct doc_table *t, const struct qf_position *p)
{
    char a[WORDS];
    doc_row(t);
    doc_cell(t, DOC_PLAIN, p->account);
    doc_cell(t, DOC_STRONG, p->symbol);
    doc_cell(t, DOC_PLAIN, words_exact(a, p->quantity, 0, true));
    doc_cell(t, DOC_PLAIN, QF_HAS(p, position, average) ? words_money(a, p->average, 4, false) : "n/a");
    bool last = QF_HAS(p, position, last), value = QF_HAS(p, position, value), open = QF_HAS(p, position, unrealized);
    doc_cell(t, last ? DOC_PLAIN : DOC_BAD, last ? words_exact(a, p->last, 2, false) : "n/a");
    doc_cell(t, value ? DOC_PLAIN : DOC_BAD, value ? words_money(a, p->value, 2, false) : "n/a");
    doc_cell(t, open ? words_tone(p->unrealized) : DOC_BAD, open ? words_money(a, p->unrealized, 2, true) : "n/a");
    doc_cell(t, words_tone(p->realized), words_money(a, p->realized, 2, true));
    doc_cell(t, DOC_PLAIN, words_money(a, p->fees, 2, false));
}

/* One sum is a sum only when all of it is in one currency and all of it is there. */
static bool one_currency(const struct qf_report *r, qf_money *ret_value, qf_money *ret_open)
{
    *ret_value = *ret_open = 0;
    for (uint32_t i = 0; i < r->positions_n; i++) {
        const struct qf_position *p = &r->positions[i];
        if (!QF_HAS(p, position, value) || !QF_HAS(p, position, unrealized) || !qf_str_eq(p->currency, r->base))
            return false;
        *ret_value += p->value;
        *ret_open += p->unrealized;
    }
    return true;
}

void section_positions(struct doc *d, const struct qf_report *r)
{
    const struct qf_report_day *day = day_of(r);
    char a[WORDS];
    qf_money value, open;
    struct doc_table *t =
        doc_table(d, "Positions", doc_fmt(d, "%u held at the close, in their own currencies", r->positions_n), false,
                  position_columns, QF_LEN(position_columns), r->positions_n + 1);
    if (t != NULL)
        t->empty = "nothing is held";
    for (uint32_t i = 0; i < r->positions_n; i++)
        position_row(t, &r->positions[i]);
    if (r->positions_n == 0 || !one_currency(r, &value, &open))
        return;
    doc_total(t);
    doc_cell(t, DOC_PLAIN, "Total");
    for (int i = 0; i < 4; i++)
        doc_cell(t, DOC_PLAIN, "");
    doc_cell(t, DOC_PLAIN, words_money(a, value, 2, false));
    doc_cell(t, words_tone(open), words_money(a, open, 2, true));
    if (day != NULL && value != day->net)
        doc_note(d, DOC_DIM,
                 "Prices are the closes of the daily bars; at the marks of the equity point the value is %s.",
                 words_money(a, day->net, 2, false));
}

/* --- fills and round trips */
static const struct doc_column execution_columns[] = {
    {"Time", DOC_TEXT, 0, false},    {"Order", DOC_NUMBER, 4, false}, {"Account", DOC_TEXT, 2, false},
    {"Side", DOC_TEXT, 0, false},    {"Symbol", DOC_TEXT, 0, false},  {"Quantity", DOC_NUMBER, 0, false},
    {"Price", DOC_NUMBER, 0, false}, {"Fee", DOC_NUMBER, 1, false},   {"Realised", DOC_NUMBER, 0, false},
};

void section_executions(struct doc *d, const struct qf_report *r)
{
    char a[WORDS];
    struct doc_table *t = doc_table(d, "Executions", doc_fmt(d, "%u of the day, market time", r->executions_n), false,
                                    execution_columns, QF_LEN(execution_columns), r->executions_n);
    if (t != NULL)
        t->empty = "none in the day";
    for (uint32_t i = 0; i < r->executions_n; i++) {
        const struct qf_execution *x = &r->executions[i];
        doc_row(t);
        doc_cell(t, DOC_PLAIN, words_clock(a, x->at));
        doc_cell(t, DOC_PLAIN, QF_HAS(x, execution, order_id) ? doc_fmt(d, "%lld", (long long)x->order_id) : "");
        doc_cell(t, DOC_PLAIN, x->account);
        doc_cell(t, DOC_PLAIN, qf_enum_text(&qf_enum_side, x->side));
        doc_cell(t, DOC_STRONG, x->symbol);
        doc_cell(t, DOC_PLAIN, words_exact(a, x->quantity, 0, false));
        doc_cell(t, DOC_PLAIN, words_exact(a, x->price, 2, false));
        doc_cell(t, DOC_PLAIN, words_money(a, x->fee, 2, false));
        doc_cell(t, words_tone(x->realized), words_money(a, x->realized, 2, true));
    }
    if (r->executions_left > 0)
        doc_note(d, DOC_WARN, "%s more are not listed; qf export executions has them all.",
                 words_count(a, r->executions_left));
}

static const struct doc_column trade_columns[] = {
    {"Opened", DOC_TEXT, 1, false},     {"Closed", DOC_TEXT, 0, false}, {"Account", DOC_TEXT, 3, false},
    {"Side", DOC_TEXT, 0, false},       {"Symbol", DOC_TEXT, 0, false}, {"Quantity", DOC_NUMBER, 0, false},
    {"Realised", DOC_NUMBER, 2, false}, {"Fees", DOC_NUMBER, 4, false}, {"Net", DOC_NUMBER, 0, false},
};

void section_trades(struct doc *d, const struct qf_report *r)
{
    char a[WORDS];
    struct doc_table *t = doc_table(d, "Round trips closed", doc_fmt(d, "%u in the day", r->trades_n), false,
                                    trade_columns, QF_LEN(trade_columns), r->trades_n);
    if (t != NULL)
        t->empty = "none in the day";
    for (uint32_t i = 0; i < r->trades_n; i++) {
        const struct qf_trade *x = &r->trades[i];
        qf_money net = x->realized - x->fees;
        doc_row(t);
        doc_cell(t, DOC_PLAIN, words_time(a, x->opened));
        doc_cell(t, DOC_PLAIN, words_clock(a, x->closed));
        doc_cell(t, DOC_PLAIN, x->account);
        doc_cell(t, DOC_PLAIN, x->side == QF_SIDE_BUY ? "long" : "short");
        doc_cell(t, DOC_STRONG, x->symbol);
        doc_cell(t, DOC_PLAIN, words_exact(a, x->quantity, 0, false));
        doc_cell(t, DOC_PLAIN, words_money(a, x->realized, 2, true));
        doc_cell(t, DOC_PLAIN, words_money(a, x->fees, 2, false));
        doc_cell(t, words_tone(net), words_money(a, net, 2, true));
    }
    if (r->trades_left > 0)
        doc_note(d, DOC_WARN, "%s more are not listed; qf export trades has them all.", words_count(a, r->trades_left));
}

static const struct doc_column missing_columns[] = {{"Symbol", DOC_TEXT, 0, false},
                                                    {"What is missing", DOC_TEXT, 0, true}};

static void missing(struct doc *d, const char *title, const struct qf_unpriced *rows, uint32_t n)
{
    if (n == 0)
        return;
    struct doc_table *t = doc_table(d, title, doc_fmt(d, "%u", n), false, missing_columns, QF_LEN(missing_columns), n);
    for (uint32_t i = 0; i < n; i++) {
        doc_row(t);
        doc_cell(t, DOC_STRONG, rows[i].symbol);
        doc_cell(t, DOC_PLAIN, rows[i].reason);
    }
}

void section_missing(struct doc *d, const struct qf_report *r)
{
    missing(d, "Not in the totals", r->missing, r->missing_n);
}

void section_risk_missing(struct doc *d, const struct qf_report *r)
{
    if (r->risk_n > 0)
        missing(d, "Not in the risk figures", r->risk[0].missing, r->risk[0].missing_n);
}
