/* Portfolio risk, breakers, stress and the flatten plan of the fixed desk. Figures are invented; parts add up to their
 * totals. */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tests/tui/fake_in.h"

#define UNITS(n) ((qf_money)(n)*QF_ONE)

/* --- value at risk */

static const int bps[FAKE_BPS] = {9000, 9500, 9750, 9900};

static const struct {
    int method;
    int64_t var[FAKE_BPS], es[FAKE_BPS];
} methods[] = {
    {QF_VARM_HISTORICAL, {163407, 219204, 278911, 326322}, {236118, 290417, 349099, 429360}},
    {QF_VARM_EWMA, {136041, 174609, 208060, 246953}, {186302, 218964, 248169, 282925}},
    {QF_VARM_SAMPLE, {179911, 230913, 275152, 331122}, {246383, 289577, 332807, 380950}},
    {QF_VARM_MONTE_CARLO, {181027, 233684, 279610, 338076}, {250008, 294420, 338797, 390093}},
};

static void make_vars(struct fake_risk *r)
{
    int n = 0;
    for (size_t m = 0; m < QF_LEN(methods); m++)
        for (int i = 0; i < FAKE_BPS; i++)
            for (int days = 1; days <= 10; days += 9) {
                struct qf_var_row *v = &r->vars[n++];
                double root = sqrt(days);
                v->method = methods[m].method;
                v->confidence_bp = bps[i];
                v->days = days;
                v->var = UNITS(llround((double)methods[m].var[i] * root));
                v->es = UNITS(llround((double)methods[m].es[i] * root));
                v->has = ~0ULL;
            }
}

/* The parts are those of the sample covariance's 99 %: 331,122. */
static const struct {
    const char *symbol;
    int64_t part;
} parts[FAKE_POSITIONS] = {
    {"NVDA", 87298}, {"AMD", 56201}, {"MSFT", 45632}, {"AAPL", 41943}, {"AMZN", 32380}, {"META", 27058}, {"JPM", 24110},
    {"AVGO", 19450}, {"LLY", 11240}, {"TSLA", -9310}, {"XOM", 8020},   {"PFE", -6780},  {"KO", -6120},
};

static void make_components(struct fake *f, struct fake_risk *r)
{
    for (int i = 0; i < FAKE_POSITIONS; i++) {
        struct qf_risk_component *c = &r->components[i];
        qf_str_copy(c->symbol, sizeof c->symbol, parts[i].symbol);
        c->component = UNITS(parts[i].part);
        c->share_bp = llround((double)parts[i].part * 10000 / 331122.0);
        for (int k = 0; k < FAKE_POSITIONS; k++)
            if (strcmp(f->positions[k].symbol, parts[i].symbol) == 0)
                c->value = f->positions[k].base_value;
        c->marginal = (double)parts[i].part / ((double)(int64_t)(c->value / QF_ONE));
        c->has = ~0ULL;
    }
}

/* --- exposures: added up from the positions */

static const char *sector_of(const struct fake *f, const char *symbol)
{
    for (int i = 0; i < FAKE_SYMBOLS; i++)
        if (strcmp(f->instruments[i].symbol, symbol) == 0)
            return f->instruments[i].sector;
    return "other";
}

static void add_exposure(struct fake *f, struct fake_risk *r, int scope, const char *name, qf_money value)
{
    int i = 0;
    while (i < r->exposures_n && !(r->exposures[i].scope == scope && strcmp(r->exposures[i].name, name) == 0))
        i++;
    qf_assert(i < FAKE_EXPOSURES);
    struct qf_exposure *e = &r->exposures[i];
    if (i == r->exposures_n) {
        r->exposures_n++;
        e->scope = scope;
        qf_str_copy(e->name, sizeof e->name, name);
        e->has = ~0ULL;
    }
    e->gross += qf_abs128(value);
    e->net += value;
    *(value > 0 ? &e->long_value : &e->short_value) += value;
    qf_i128 bp = 0;
    qf_assert(qf_muldiv(e->gross, 10000, f->desk.equity, &bp) == QF_OK);
    e->share_bp = (int64_t)bp;
}

static void make_exposures(struct fake *f, struct fake_risk *r)
{
    static const int scopes[] = {QF_SCOPE_FIRM, QF_SCOPE_SECTOR, QF_SCOPE_STRATEGY, QF_SCOPE_TRADER, QF_SCOPE_SYMBOL};
    for (size_t s = 0; s < QF_LEN(scopes); s++)
        for (int i = 0; i < FAKE_POSITIONS; i++) {
            const struct qf_position *p = &f->positions[i];
            const char *name = scopes[s] == QF_SCOPE_FIRM       ? ""
                               : scopes[s] == QF_SCOPE_SECTOR   ? sector_of(f, p->symbol)
                               : scopes[s] == QF_SCOPE_STRATEGY ? p->account
                               : scopes[s] == QF_SCOPE_TRADER   ? (i % 3 ? "bo" : "max")
                                                                : p->symbol;
            add_exposure(f, r, scopes[s], name, p->base_value);
        }
}

/* --- stress and back-test */

static const struct {
    const char *name, *worst;
    int kind;
    int64_t pnl, bp, missing;
} stresses[FAKE_STRESS] = {
    {"2020-03 window", "NVDA", QF_SCEN_WINDOW, -1951857, -775, 0},
    {"Tech -10%", "MSFT", QF_SCEN_SHOCK, -1079910, -429, 0},
    {"All -5%", "MSFT", QF_SCEN_SHOCK, -735154, -292, 0},
    {"Rates +100bp", "JPM", QF_SCEN_SHOCK, -279358, -111, 0},
};

static void make_stress(struct fake_risk *r)
{
    for (int i = 0; i < FAKE_STRESS; i++) {
        struct qf_stress_result *s = &r->stress[i];
        struct qf_scenario *c = &r->scenarios[i];
        qf_str_copy(s->scenario, sizeof s->scenario, stresses[i].name);
        qf_str_copy(s->worst, sizeof s->worst, stresses[i].worst);
        s->kind = stresses[i].kind;
        s->pnl = UNITS(stresses[i].pnl);
        s->equity_bp = stresses[i].bp;
        s->has = ~0ULL & ~QF_BIT(stress_result, reason);
        qf_str_copy(c->name, sizeof c->name, stresses[i].name);
        qf_str_copy(c->owner, sizeof c->owner, "max");
        c->has = QF_BIT(scenario, name) | QF_BIT(scenario, owner) | QF_BIT(scenario, updated) | QF_BIT(scenario, off);
        if (c->name[0] == '2') {
            c->since = qf_time_from_civil(2020, 2, 19);
            c->until = qf_time_from_civil(2020, 3, 23);
            c->has |= QF_BIT(scenario, since) | QF_BIT(scenario, until);
        } else {
            qf_str_copy(c->shocks, sizeof c->shocks, i == 1 ? "sector Tech -10" : i == 2 ? "all -5" : "all -1.9");
            QF_SET(c, scenario, shocks);
        }
    }
}

static void make_days(struct fake *f, struct fake_risk *r)
{
    uint32_t seed = 77;
    for (int i = 0; i < FAKE_DAYS; i++) {
        struct qf_risk_day *d = &r->days[i];
        seed = seed * 1664525u + 1013904223u;
        double a = (double)(seed >> 8) / 16777216.0, v = (a - 0.46) * 420000;
        d->day = qf_time_day(f->now) - (FAKE_DAYS - i) * QF_DAY;
        d->var = UNITS(285000 + i * 690);
        d->pnl = UNITS(i == 17 ? -341200 : llround(v));
        d->exception = i == 17;
        d->has = ~0ULL;
    }
}

static void make_run(struct fake *f, struct fake_risk *r)
{
    struct qf_risk_run *x = &r->run;
    x->id = 1181;
    x->at = f->now - QF_SEC;
    x->recorded = f->now - 1100 * QF_MS;
    x->took_us = 3120;
    x->window = 500;
    x->window_from = qf_time_from_civil(2024, 9, 24);
    x->window_to = qf_time_from_civil(2026, 9, 23);
    x->seed = 7;
    x->paths = 10000;
    x->names = FAKE_POSITIONS;
    x->equity = f->desk.equity;
    x->var_99 = UNITS(326322);
    x->es_975 = UNITS(349099);
    x->var_limit = UNITS(450000);
    x->var_used_bp = 7252;
    x->status = QF_RISKST_OK;
    x->undiversified = UNITS(612480);
    x->hhi = 0.0842;
    qf_str_copy(x->largest, sizeof x->largest, "MSFT");
    x->largest_bp = 1223;
    x->backtest_days = 250;
    x->exceptions = 3;
    x->expected = 2.5;
    x->kupiec_lr = 0.0949;
    x->kupiec_p = 0.7580;
    x->light = QF_LIGHT_GREEN;
    x->vars = r->vars;
    x->vars_n = QF_LEN(r->vars);
    x->components = r->components;
    x->components_n = FAKE_POSITIONS;
    x->exposures = r->exposures;
    x->exposures_n = (uint32_t)r->exposures_n;
    x->stress = r->stress;
    x->stress_n = FAKE_STRESS;
    x->days = r->days;
    x->days_n = FAKE_DAYS;
    x->has = ~0ULL & ~QF_BIT(risk_run, reason);
}

static void make_correlation(struct fake_risk *r)
{
    int n = 0;
    for (int a = 0; a < FAKE_POSITIONS; a++)
        for (int b = a + 1; b < FAKE_POSITIONS; b++) {
            struct qf_correlation *c = &r->pairs[n++];
            qf_str_copy(c->a, sizeof c->a, parts[a].symbol);
            qf_str_copy(c->b, sizeof c->b, parts[b].symbol);
            c->value = 0.92 - 0.09 * (b - a) - 0.045 * a;
            c->has = ~0ULL;
        }
    r->correlation = (struct qf_correlation_list){~0ULL, 500, r->pairs, (uint32_t)n};
}

/* --- breakers */

static const struct {
    int code, scope, action;
    const char *name, *subject, *level, *now;
    int64_t window, bp;
} breakers[FAKE_BREAKERS] = {
    {QF_BRK_DAY_LOSS, QF_SCOPE_FIRM, QF_STATE_HALTED, "", "", "250000", "-85003.10", 0, 0},
    {QF_BRK_DRAWDOWN, QF_SCOPE_FIRM, QF_STATE_HALTED, "", "", "0.08", "0.0110", 0, 1375},
    {QF_BRK_LOSS_STREAK, QF_SCOPE_STRATEGY, QF_STATE_CLOSE_ONLY, "mrv-us", "", "6", "6", 0, 10000},
    {QF_BRK_REJECT_STORM, QF_SCOPE_FIRM, QF_STATE_CANCEL_ONLY, "", "", "10", "1", 60, 1000},
    {QF_BRK_MESSAGE_RATE, QF_SCOPE_FIRM, QF_STATE_CANCEL_ONLY, "", "", "50", "12", 1, 2400},
    {QF_BRK_STALE_FEED, QF_SCOPE_FIRM, QF_STATE_CLOSE_ONLY, "", "PFE", "30", "14", 0, 4667},
    {QF_BRK_DATABASE, QF_SCOPE_FIRM, QF_STATE_CANCEL_ONLY, "", "", "250", "1.9", 0, 76},
};

static qf_money money(const char *text)
{
    qf_money v = 0;
    qf_assert(qf_money_parse(text, strlen(text), &v) == QF_OK);
    return v;
}

static void make_breaker(struct fake *f, int i)
{
    struct qf_breaker *b = &f->risk.breakers[i];
    bool tripped = breakers[i].code == QF_BRK_LOSS_STREAK;
    b->code = breakers[i].code;
    b->scope = breakers[i].scope;
    b->action = breakers[i].action;
    qf_str_copy(b->name, sizeof b->name, breakers[i].name);
    qf_str_copy(b->subject, sizeof b->subject, breakers[i].subject);
    qf_str_copy(b->owner, sizeof b->owner, "max");
    qf_str_copy(b->reason, sizeof b->reason, "set when the desk was opened");
    b->level = money(breakers[i].level);
    b->now = money(breakers[i].now);
    b->window_s = breakers[i].window;
    b->used_bp = breakers[i].bp;
    b->updated = f->now - 3 * QF_DAY;
    b->tripped = b->follows = tripped;
    b->has = ~0ULL & ~(QF_BIT(breaker, since) | QF_BIT(breaker, trip));
    if (!tripped)
        return;
    b->since = f->now - 627 * QF_SEC;
    qf_str_copy(b->trip, sizeof b->trip, "6 round trips lost one after the other, the last one KO -6,460.10");
    b->has = ~0ULL;
}

/* --- the flatten plan: every position by a market order, at what the book pays now */

static void make_plan_row(struct fake *f, struct fake_risk *r, int i)
{
    const struct qf_position *p = &f->positions[i];
    struct qf_flatten_row *x = &r->rows[i];
    qf_cost gain = 0;
    qf_str_copy(x->account, sizeof x->account, p->account);
    qf_str_copy(x->symbol, sizeof x->symbol, p->symbol);
    x->side = p->quantity > 0 ? QF_SIDE_SELL : QF_SIDE_BUY;
    x->quantity = qf_abs64(p->quantity);
    x->price = p->last + (p->quantity > 0 ? -1 : 1) * p->tick;
    x->value = qf_abs128(p->base_value);
    x->fee = x->value / 10000;
    gain = qf_cost_of(x->price - p->average, p->quantity, 1);
    x->realizes = qf_cost_money(gain);
    for (int k = 0; k < f->orders_n; k++)
        x->cancels += strcmp(f->orders[k].symbol, p->symbol) == 0 && strcmp(f->orders[k].account, p->account) == 0;
    x->has = ~0ULL & ~(QF_BIT(flatten_row, reason) | QF_BIT(flatten_row, order_id));
    if (p->stale) {
        qf_str_copy(x->reason, sizeof x->reason, "MD_STALE");
        QF_SET(x, flatten_row, reason);
        r->plan.refused++;
    } else {
        r->plan.orders++;
    }
    r->plan.cancels += x->cancels;
}

static void make_plan(struct fake *f)
{
    struct fake_risk *r = &f->risk;
    memset(&r->plan, 0, sizeof r->plan);
    memset(r->rows, 0, sizeof r->rows);
    for (int i = 0; i < f->positions_n; i++)
        make_plan_row(f, r, i);
    qf_str_fmt(r->plan.plan, sizeof r->plan.plan, "p-%d", 100 + r->plan_no);
    r->plan.gross = f->desk.gross;
    r->plan.rows = r->rows;
    r->plan.rows_n = (uint32_t)f->positions_n;
    r->plan.has = ~0ULL;
}

static void flatten_done(struct fake *f)
{
    struct fake_risk *r = &f->risk;
    make_plan(f);
    for (int i = 0; i < f->positions_n; i++)
        if (!QF_HAS(&r->rows[i], flatten_row, reason)) {
            r->rows[i].order_id = 48230 + i;
            QF_SET(&r->rows[i], flatten_row, order_id);
        }
}

/* --- one scenario name by name */

static void stress_report(struct fake *f, const struct qf_stress_query *q, struct qf_stress_report *ret,
                          struct qf_arena *a)
{
    struct qf_stress_name *names = qf_arena_alloc(a, sizeof *names * FAKE_POSITIONS);
    qf_str_copy(ret->scenario, sizeof ret->scenario, q->scenario);
    for (int i = 0; i < FAKE_POSITIONS; i++) {
        const struct qf_position *p = &f->positions[i];
        int shock = strcmp(sector_of(f, p->symbol), "Tech") == 0 ? 10 : 1;
        qf_str_copy(names[i].symbol, sizeof names[i].symbol, p->symbol);
        names[i].value = p->base_value;
        names[i].shock = -shock / 100.0;
        names[i].pnl = -p->base_value / 100 * shock;
        names[i].has = ~0ULL & ~QF_BIT(stress_name, reason);
        ret->pnl += names[i].pnl;
    }
    ret->names = names;
    ret->names_n = FAKE_POSITIONS;
    ret->has = ~0ULL;
}

/* --- for fake.c */

void *fake_risk_reply(struct fake *f, enum qf_cmd_id cmd, const void *req, void *rep, struct qf_arena *a)
{
    struct fake_risk *r = &f->risk;
    switch (cmd) {
    case QF_CMD_risk_run:
        return &r->run;
    case QF_CMD_risk_correlation:
        return &r->correlation;
    case QF_CMD_scenario_list:
        *(struct qf_scenario_list *)rep = (struct qf_scenario_list){~0ULL, r->scenarios, FAKE_STRESS};
        return rep;
    case QF_CMD_risk_stress:
        stress_report(f, req, rep, a);
        return rep;
    case QF_CMD_risk_flatten_plan:
        make_plan(f);
        return &r->plan;
    case QF_CMD_risk_flatten:
        flatten_done(f);
        return &r->plan;
    case QF_CMD_breaker_rearm:
    case QF_CMD_risk_resume:
        return &f->approval;
    default:
        return NULL;
    }
}

void fake_unpriced(struct fake *f)
{
    static const char *const names[] = {"LLY", "KO"};
    struct fake_risk *r = &f->risk;
    for (int i = 0; i < 2; i++) {
        qf_str_copy(r->missing[i].symbol, sizeof r->missing[i].symbol, names[i]);
        qf_str_copy(r->missing[i].reason, sizeof r->missing[i].reason, "no price");
        r->missing[i].has = ~0ULL;
    }
    r->run.incomplete = true;
    r->run.missing = r->missing;
    r->run.missing_n = 2;
    r->run.light = QF_LIGHT_YELLOW;
    r->run.exceptions = 6;
    f->pending[QF_TOPIC_risk] = f->followed[QF_TOPIC_risk];
}

void fake_ask(struct fake *f, const char *by)
{
    qf_str_copy(f->approval.asked_by, sizeof f->approval.asked_by, by);
    f->pending[QF_TOPIC_approvals] = f->followed[QF_TOPIC_approvals];
}

void fake_replan(struct fake *f)
{
    f->risk.plan_no++;
}

void fake_risk_empty(struct fake *f)
{
    struct qf_risk_run *x = &f->risk.run;
    x->names = x->components_n = x->exposures_n = x->stress_n = x->days_n = x->vars_n = 0;
    x->backtest_days = x->exceptions = 0;
    x->light = QF_LIGHT_NONE;
    x->has &= ~(QF_BIT(risk_run, var_99) | QF_BIT(risk_run, es_975) | QF_BIT(risk_run, var_used_bp) |
                QF_BIT(risk_run, expected) | QF_BIT(risk_run, kupiec_lr) | QF_BIT(risk_run, kupiec_p) |
                QF_BIT(risk_run, undiversified) | QF_BIT(risk_run, hhi) | QF_BIT(risk_run, largest) |
                QF_BIT(risk_run, largest_bp));
    qf_str_copy(x->reason, sizeof x->reason, "no positions");
    QF_SET(x, risk_run, reason);
    f->risk.correlation.pairs_n = 0;
}

void fake_risk_fill(struct fake *f)
{
    make_vars(&f->risk);
    make_components(f, &f->risk);
    make_exposures(f, &f->risk);
    make_stress(&f->risk);
    make_days(f, &f->risk);
    make_run(f, &f->risk);
    make_correlation(&f->risk);
    for (int i = 0; i < FAKE_BREAKERS; i++)
        make_breaker(f, i);
}
