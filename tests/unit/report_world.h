/* One fixed report with everything in it, for the tests of the writers: two years of closes, a day of fills, a run of
 * the risk. */
#ifndef QF_TESTS_REPORT_WORLD_H
#define QF_TESTS_REPORT_WORLD_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/report/report.h"

#define WORLD_CLOSES 520
#define WORLD_NAMES 8
#define MONEY(x) ((qf_money)llround((x)*100.0) * (QF_ONE / 100))

static const char *const world_symbols[WORLD_NAMES] = {"NVDA", "AMD", "MSFT", "AAPL", "AMZN", "JPM", "PFE", "KO"};

struct world {
    struct qf_report r;
    struct qf_report_day day;
    struct qf_report_part parts[WORLD_NAMES + 2];
    struct qf_execution executions[6];
    struct qf_trade trades[2];
    struct qf_position positions[WORLD_NAMES];
    struct qf_limit limits[4];
    struct qf_breaker breakers[3];
    struct qf_performance performance;
    struct qf_metric_row metrics[12];
    struct qf_perf_point points[WORLD_CLOSES];
    struct qf_perf_month months[27];
    struct qf_perf_drawdown drawdowns[5];
    struct qf_perf_group groups[2];
    struct qf_risk_run risk;
    struct qf_var_row vars[32];
    struct qf_risk_component components[WORLD_NAMES];
    struct qf_exposure exposures[7];
    struct qf_stress_result stress[3];
    struct qf_risk_day days[60];
    struct qf_correlation correlations[WORLD_NAMES * (WORLD_NAMES - 1) / 2];
};

static uint64_t world_seed;
/* -1 to 1, always the same ones. */
static double world_random(void)
{
    world_seed = world_seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(world_seed >> 11) / 4503599627370496.0 - 1;
}

static void world_day(struct world *w)
{
    struct qf_report_day *d = &w->day;
    *d = (struct qf_report_day){.from = w->r.as_of - QF_DAY,
                                .to = w->r.as_of,
                                .start = MONEY(25168637.53),
                                .equity = MONEY(25099309.50),
                                .change = MONEY(-69328.03),
                                .realized = MONEY(12400.25),
                                .unrealized = MONEY(-81528.28),
                                .fees = MONEY(200),
                                .flows = 0,
                                .holds = true,
                                .pnl = MONEY(-69328.03),
                                .pnl_share = -0.002755,
                                .month_pnl = MONEY(303497.81),
                                .month_share = 0.0122,
                                .year_pnl = MONEY(2108175.01),
                                .year_share = 0.0917,
                                .drawdown = -0.0143,
                                .cash = MONEY(10481242.60),
                                .gross = MONEY(22921190),
                                .net = MONEY(14618066.90)};
    qf_rec_fill(&qf_rec_report_day, d);
    d->has |= QF_BIT(report_day, from) | QF_BIT(report_day, start) | QF_BIT(report_day, pnl_share) |
              QF_BIT(report_day, month_pnl) | QF_BIT(report_day, month_share) | QF_BIT(report_day, year_pnl) |
              QF_BIT(report_day, year_share) | QF_BIT(report_day, drawdown);
    w->r.day = d;
    w->r.day_n = 1;
}

static void world_part(struct world *w, int32_t scope, const char *name, double pnl)
{
    struct qf_report_part *p = &w->parts[w->r.parts_n++];
    *p = (struct qf_report_part){.scope = scope,
                                 .fills = 2,
                                 .traded = MONEY(fabs(pnl) * 20),
                                 .realized = MONEY(pnl / 4),
                                 .unrealized = MONEY(pnl) - MONEY(pnl / 4) + MONEY(25),
                                 .fees = MONEY(25),
                                 .pnl = MONEY(pnl),
                                 .value = MONEY(1826000)};
    qf_str_copy(p->name, sizeof p->name, name);
    qf_rec_fill(&qf_rec_report_part, p);
    p->has |= QF_BIT(report_part, unrealized) | QF_BIT(report_part, pnl) | QF_BIT(report_part, value);
}

static void world_positions(struct world *w)
{
    for (uint32_t i = 0; i < WORLD_NAMES; i++) {
        struct qf_position *p = &w->positions[i];
        double sign = i == 6 ? -1 : 1;
        *p = (struct qf_position){.quantity = (qf_qty)(sign * (1000 + 700 * i)) * QF_ONE,
                                  .cost = MONEY(100000) * QF_ONE,
                                  .realized = MONEY(i * 210.5),
                                  .fees = MONEY(12.25),
                                  .average = (qf_price)(100 + i) * QF_ONE + 7150 * 10000,
                                  .last = (qf_price)(101 + i) * QF_ONE + 25000000,
                                  .value = MONEY(sign * (1000 + 700 * i) * (101.25 + i)),
                                  .unrealized = MONEY(sign * 4210.11 - i * 900)};
        qf_str_copy(p->account, sizeof p->account, i % 2 ? "core" : "mom-us");
        qf_str_copy(p->symbol, sizeof p->symbol, world_symbols[i]);
        qf_str_copy(p->currency, sizeof p->currency, "USD");
        qf_rec_fill(&qf_rec_position, p);
        p->has |=
            QF_BIT(position, average) | QF_BIT(position, last) | QF_BIT(position, value) | QF_BIT(position, unrealized);
        world_part(w, QF_SCOPE_SYMBOL, p->symbol, 21000 - 8500.5 * i);
    }
    world_part(w, QF_SCOPE_STRATEGY, "momentum", -40100.25);
    world_part(w, QF_SCOPE_STRATEGY, "", -29227.78);
    w->r.parts = w->parts;
    w->r.positions = w->positions;
    w->r.positions_n = WORLD_NAMES;
}

static void world_fills(struct world *w)
{
    for (uint32_t i = 0; i < 6; i++) {
        struct qf_execution *x = &w->executions[i];
        *x = (struct qf_execution){.id = 4800 + i,
                                   .order_id = 48200 + i,
                                   .side = (int32_t)(i % 2),
                                   .quantity = (600 + 50 * (qf_qty)i) * QF_ONE,
                                   .price = (qf_price)(121 + i) * QF_ONE + 20000000,
                                   .fee = MONEY(3.64),
                                   .amount = MONEY(-72720),
                                   .realized = i % 2 ? MONEY(1200.5 - 900 * i) : 0,
                                   .at = w->r.as_of - (9 - (qf_time)i) * QF_HOUR,
                                   .recorded = w->r.as_of};
        qf_str_copy(x->account, sizeof x->account, "mom-us");
        qf_str_copy(x->symbol, sizeof x->symbol, world_symbols[i]);
        qf_str_copy(x->currency, sizeof x->currency, "USD");
        qf_str_copy(x->venue, sizeof x->venue, "paper");
        qf_rec_fill(&qf_rec_execution, x);
        x->has |= QF_BIT(execution, order_id);
    }
    for (uint32_t i = 0; i < 2; i++) {
        struct qf_trade *t = &w->trades[i];
        *t = (struct qf_trade){.id = 90 + i,
                               .side = (int32_t)i,
                               .state = QF_TRADE_CLOSED,
                               .opened = w->r.as_of - 9 * QF_DAY,
                               .closed = w->r.as_of - QF_HOUR,
                               .quantity = 600 * QF_ONE,
                               .closed_quantity = 600 * QF_ONE,
                               .realized = i ? MONEY(-411.2) : MONEY(902.75),
                               .fees = MONEY(7.28),
                               .executions = 2};
        qf_str_copy(t->account, sizeof t->account, "mom-us");
        qf_str_copy(t->symbol, sizeof t->symbol, world_symbols[i]);
        qf_str_copy(t->currency, sizeof t->currency, "USD");
        qf_rec_fill(&qf_rec_trade, t);
        t->has |= QF_BIT(trade, closed);
    }
    w->r.executions = w->executions;
    w->r.executions_n = 6;
    w->r.trades = w->trades;
    w->r.trades_n = 2;
}

static void world_limits(struct world *w)
{
    static const struct {
        int32_t scope, control;
        const char *name;
        double used, warn, hard;
    } rows[] = {{QF_SCOPE_SECTOR, QF_CTL_GROSS_EXPOSURE, "Tech", 10968780, 10200000, 12000000},
                {QF_SCOPE_FIRM, QF_CTL_VAR_99_1D, "", 326321.94, 382500, 450000},
                {QF_SCOPE_SYMBOL, QF_CTL_POSITION, "NVDA", 19400, 34000, 40000},
                {QF_SCOPE_TRADER, QF_CTL_MSG_RATE, "*", 0, 0, 50}};
    for (uint32_t i = 0; i < 4; i++) {
        struct qf_limit *l = &w->limits[i];
        *l = (struct qf_limit){.scope = rows[i].scope,
                               .control = rows[i].control,
                               .hard = MONEY(rows[i].hard),
                               .warn = MONEY(rows[i].warn),
                               .used = MONEY(rows[i].used),
                               .used_bp = (int64_t)(rows[i].used / rows[i].hard * 10000),
                               .updated = w->r.as_of - 40 * QF_DAY};
        qf_str_copy(l->name, sizeof l->name, rows[i].name);
        qf_str_copy(l->owner, sizeof l->owner, "ana");
        qf_rec_fill(&qf_rec_limit, l);
        if (i < 3)
            l->has |= QF_BIT(limit, used) | QF_BIT(limit, used_bp) | QF_BIT(limit, warn);
        else
            QF_DROP(l, limit, used_bp);
    }
    for (uint32_t i = 0; i < 3; i++) {
        struct qf_breaker *b = &w->breakers[i];
        *b = (struct qf_breaker){.code = i == 0   ? QF_BRK_DAY_LOSS
                                         : i == 1 ? QF_BRK_DRAWDOWN
                                                  : QF_BRK_LOSS_STREAK,
                                 .scope = i == 2 ? QF_SCOPE_STRATEGY : QF_SCOPE_FIRM,
                                 .level = i == 0   ? MONEY(250000)
                                          : i == 1 ? QF_ONE * 8 / 100
                                                   : 6 * QF_ONE,
                                 .action = QF_STATE_CLOSE_ONLY,
                                 .tripped = i == 2,
                                 .since = w->r.as_of - 3 * QF_HOUR};
        qf_str_copy(b->name, sizeof b->name, i == 2 ? "mrv-us" : "");
        qf_str_copy(b->trip, sizeof b->trip, "6 round trips lost one after the other");
        qf_rec_fill(&qf_rec_breaker, b);
        b->has |= QF_BIT(breaker, level) | QF_BIT(breaker, since) | QF_BIT(breaker, trip);
    }
    w->r.limits = w->limits;
    w->r.limits_n = 4;
    w->r.breakers = w->breakers;
    w->r.breakers_n = 3;
}

static void world_metric(struct world *w, const char *name, const char *unit, double value, const char *convention,
                         const char *reason)
{
    struct qf_metric_row *m = &w->metrics[w->performance.metrics_n++];
    *m = (struct qf_metric_row){.value = value, .n = WORLD_CLOSES - 1};
    qf_str_copy(m->metric, sizeof m->metric, name);
    qf_str_copy(m->unit, sizeof m->unit, unit);
    qf_str_copy(m->convention, sizeof m->convention, convention);
    qf_rec_fill(&qf_rec_metric_row, m);
    if (reason == NULL)
        m->has |= QF_BIT(metric_row, value);
    else {
        qf_str_copy(m->reason, sizeof m->reason, reason);
        m->has |= QF_BIT(metric_row, reason);
    }
}

static void world_curve(struct world *w)
{
    double level = 1, bench = 1, high = 1;
    for (uint32_t i = 0; i < WORLD_CLOSES; i++) {
        struct qf_perf_point *p = &w->points[i];
        level *= i == 0 ? 1 : 1 + 0.0004 + 0.006 * world_random();
        bench *= i == 0 ? 1 : 1 + 0.0002 + 0.008 * world_random();
        high = level > high ? level : high;
        *p = (struct qf_perf_point){.at = w->r.as_of - (WORLD_CLOSES - 1 - (qf_time)i) * 7 * QF_DAY / 5,
                                    .equity = MONEY(20000000 * level),
                                    .level = level,
                                    .drawdown = level / high - 1,
                                    .benchmark = bench,
                                    .sharpe = 1.2 + sin(i / 30.0),
                                    .volatility = 0.09 + 0.02 * cos(i / 40.0)};
        p->at = qf_time_day(p->at);
        qf_rec_fill(&qf_rec_perf_point, p);
        p->has |= QF_BIT(perf_point, equity) | QF_BIT(perf_point, level) | QF_BIT(perf_point, drawdown) |
                  QF_BIT(perf_point, benchmark);
        if (i > 63)
            p->has |= QF_BIT(perf_point, sharpe) | QF_BIT(perf_point, volatility);
    }
}

static void world_months(struct world *w)
{
    for (int year = 2026; year >= 2024; year--)
        for (int month = 0; month <= (year == 2026 ? 9 : 12); month++) {
            if (year == 2024 && month > 0 && month < 10)
                continue;
            struct qf_perf_month *m = &w->months[w->performance.months_n++];
            *m = (struct qf_perf_month){.year = year,
                                        .month = month,
                                        .value = month == 0 ? 0.0954 : 0.05 * world_random(),
                                        .partial = year == 2024};
            qf_rec_fill(&qf_rec_perf_month, m);
            m->has |= QF_BIT(perf_month, value);
        }
    for (uint32_t i = 0; i < 5; i++) {
        struct qf_perf_drawdown *f = &w->drawdowns[i];
        *f = (struct qf_perf_drawdown){.peak = w->points[60 * i].at,
                                       .trough = w->points[60 * i + 20].at,
                                       .recovery = w->points[60 * i + 45].at,
                                       .depth = -0.0742 + 0.011 * i,
                                       .days = 63 + i};
        qf_rec_fill(&qf_rec_perf_drawdown, f);
        if (i > 0)
            f->has |= QF_BIT(perf_drawdown, recovery);
    }
}

static void world_performance(struct world *w)
{
    struct qf_performance *p = &w->performance;
    *p = (struct qf_performance){.scope = QF_SCOPE_FIRM,
                                 .n = WORLD_CLOSES - 1,
                                 .periods_per_year = 252,
                                 .pnl = MONEY(6730000),
                                 .start = MONEY(20000000),
                                 .end = MONEY(25099309.50)};
    qf_str_copy(p->currency, sizeof p->currency, "USD");
    qf_str_copy(p->basis, sizeof p->basis,
                "close to close, flows taken out at the beginning of their day, net of fees");
    qf_str_copy(p->benchmark, sizeof p->benchmark, "EQUAL");
    world_curve(w);
    world_months(w);
    world_metric(w, "total_return", "fraction", 0.2549, "product of 1 + r, to the last close", NULL);
    world_metric(w, "annual_return", "fraction", 0.1212, "(product of 1 + r)^(A/N) - 1", NULL);
    world_metric(w, "annual_volatility", "fraction", 0.092, "sd x sqrt(A)", NULL);
    world_metric(w, "sharpe_ratio", "number", 1.24, "mean(r - rf)/sd(r - rf) x sqrt(A)", NULL);
    world_metric(w, "sortino_ratio", "number", 1.8612, "mean(r - required)/downside risk x A", NULL);
    world_metric(w, "max_drawdown", "fraction", -0.0742, "lowest level / highest before - 1, from 1", NULL);
    world_metric(w, "beta", "number", 0.4711, "cov(r, b)/var(b) on pairs", NULL);
    world_metric(w, "trades", "count", 3418, "round trips closed in the range", NULL);
    world_metric(w, "win_rate", "fraction", 0.538, "trades with a profit net of fees / trades", NULL);
    world_metric(w, "profit_factor", "number", NAN, "sum of won / sum of lost, net of fees", "no trade lost");
    world_metric(w, "average_win", "money", 3418.06, "mean of the trades won, net of fees", NULL);
    world_metric(w, "mean_holding_days", "days", 4.75, "mean time from first to last fill, market time", NULL);
    for (uint32_t i = 0; i < 2; i++) {
        struct qf_perf_group *g = &w->groups[i];
        *g = (struct qf_perf_group){.scope = QF_SCOPE_STRATEGY,
                                    .pnl = i ? MONEY(-163148.49) : MONEY(1204310.42),
                                    .value = i ? -0.0376 : 0.1982,
                                    .sharpe = i ? -0.42 : 1.61,
                                    .max_drawdown = -0.041,
                                    .trades = 402,
                                    .win_rate = 0.561};
        qf_str_copy(g->name, sizeof g->name, i ? "mrv-us" : "mom-us");
        qf_rec_fill(&qf_rec_perf_group, g);
        g->has |= QF_BIT(perf_group, pnl) | QF_BIT(perf_group, value) | QF_BIT(perf_group, sharpe) |
                  QF_BIT(perf_group, max_drawdown) | QF_BIT(perf_group, win_rate);
    }
    p->metrics = w->metrics;
    p->points = w->points, p->points_n = WORLD_CLOSES;
    p->months = w->months;
    p->drawdowns = w->drawdowns, p->drawdowns_n = 5;
    p->groups = w->groups, p->groups_n = 2;
    p->from = w->points[0].at, p->to = w->r.as_of;
    qf_rec_fill(&qf_rec_performance, p);
    p->has |= QF_BIT(performance, from) | QF_BIT(performance, to) | QF_BIT(performance, benchmark) |
              QF_BIT(performance, pnl) | QF_BIT(performance, start) | QF_BIT(performance, end);
    w->r.performance = p;
    w->r.performance_n = 1;
}

static void world_vars(struct world *w)
{
    static const int64_t confidences[] = {9000, 9500, 9750, 9900};
    for (int32_t m = 0; m < 4; m++)
        for (int32_t h = 0; h < 2; h++)
            for (int32_t c = 0; c < 4; c++) {
                struct qf_var_row *v = &w->vars[w->risk.vars_n++];
                double var = (140000 + 9000 * m) * (1 + 0.45 * c) * (h ? sqrt(10) : 1);
                *v = (struct qf_var_row){.method = m,
                                         .confidence_bp = confidences[c],
                                         .days = h ? 10 : 1,
                                         .var = MONEY(var),
                                         .es = MONEY(var * 1.2)};
                qf_rec_fill(&qf_rec_var_row, v);
                v->has |= QF_BIT(var_row, var) | QF_BIT(var_row, es);
            }
    w->vars[3].var = MONEY(326321.94);
    w->vars[2].es = MONEY(349099.13);
}

static void world_risk_lists(struct world *w)
{
    static const int64_t shares[WORLD_NAMES] = {2620, 1710, 1380, 1270, 980, 1220, -350, 1170};
    for (uint32_t i = 0; i < WORLD_NAMES; i++) {
        struct qf_risk_component *c = &w->components[i];
        *c = (struct qf_risk_component){
            .value = w->positions[i].value, .component = MONEY(326321.94) * shares[i] / 10000, .share_bp = shares[i]};
        qf_str_copy(c->symbol, sizeof c->symbol, world_symbols[i]);
        qf_rec_fill(&qf_rec_risk_component, c);
    }
    static const struct {
        int32_t scope;
        const char *name;
    } exposures[7] = {{QF_SCOPE_FIRM, ""},      {QF_SCOPE_STRATEGY, "momentum"}, {QF_SCOPE_STRATEGY, ""},
                      {QF_SCOPE_TRADER, "bo"},  {QF_SCOPE_SECTOR, "Tech"},       {QF_SCOPE_SECTOR, "Health"},
                      {QF_SCOPE_SYMBOL, "NVDA"}};
    for (uint32_t i = 0; i < 7; i++) {
        struct qf_exposure *e = &w->exposures[i];
        *e = (struct qf_exposure){.scope = exposures[i].scope,
                                  .gross = MONEY(22921190.0 / (1 + i)),
                                  .net = MONEY(14703070.0 / (1 + i)),
                                  .long_value = MONEY(18812130.0 / (1 + i)),
                                  .short_value = MONEY(-4109060.0 / (1 + i)),
                                  .share_bp = 9101 / (1 + (int64_t)i)};
        qf_str_copy(e->name, sizeof e->name, exposures[i].name);
        qf_rec_fill(&qf_rec_exposure, e);
        e->has |= QF_BIT(exposure, share_bp);
    }
    static const char *const stress[] = {"2020-03 window", "Tech -10%", "All -5%"};
    for (uint32_t i = 0; i < 3; i++) {
        struct qf_stress_result *s = &w->stress[i];
        *s = (struct qf_stress_result){
            .kind = i == 0, .pnl = MONEY(-1951857.0 / (1 + i)), .equity_bp = -775 / (1 + (int64_t)i)};
        qf_str_copy(s->scenario, sizeof s->scenario, stress[i]);
        qf_str_copy(s->worst, sizeof s->worst, "NVDA");
        qf_rec_fill(&qf_rec_stress_result, s);
        s->has |= QF_BIT(stress_result, pnl) | QF_BIT(stress_result, equity_bp) | QF_BIT(stress_result, worst);
    }
    for (uint32_t i = 0; i < 60; i++) {
        struct qf_risk_day *d = &w->days[i];
        double pnl = i == 41 ? -391000 : 240000 * world_random();
        *d = (struct qf_risk_day){.day = w->points[WORLD_CLOSES - 60 + i].at,
                                  .pnl = MONEY(pnl),
                                  .var = MONEY(310000 + 400 * (double)i),
                                  .exception = i == 41};
        qf_rec_fill(&qf_rec_risk_day, d);
    }
    uint32_t k = 0;
    for (uint32_t i = 0; i < WORLD_NAMES; i++)
        for (uint32_t j = i + 1; j < WORLD_NAMES; j++, k++) {
            struct qf_correlation *c = &w->correlations[k];
            *c = (struct qf_correlation){.value = 0.9 - 0.13 * (double)j};
            qf_str_copy(c->a, sizeof c->a, world_symbols[i]);
            qf_str_copy(c->b, sizeof c->b, world_symbols[j]);
            qf_rec_fill(&qf_rec_correlation, c);
            c->has |= QF_BIT(correlation, value);
        }
    w->r.correlations = w->correlations;
    w->r.correlations_n = k;
}

static void world_risk(struct world *w)
{
    struct qf_risk_run *k = &w->risk;
    *k = (struct qf_risk_run){.at = w->r.as_of,
                              .recorded = w->r.as_of,
                              .window = 500,
                              .seed = 7,
                              .paths = 100000,
                              .names = WORLD_NAMES,
                              .equity = w->day.equity,
                              .var_99 = MONEY(326321.94),
                              .es_975 = MONEY(349099.13),
                              .var_limit = MONEY(450000),
                              .var_used_bp = 7252,
                              .status = QF_RISKST_OK,
                              .undiversified = MONEY(611200),
                              .hhi = 0.1124,
                              .largest_bp = 1113,
                              .backtest_days = 250,
                              .exceptions = 3,
                              .expected = 2.5,
                              .kupiec_lr = 0.0949,
                              .kupiec_p = 0.758,
                              .light = QF_LIGHT_GREEN};
    qf_str_copy(k->largest, sizeof k->largest, "MSFT");
    world_vars(w);
    world_risk_lists(w);
    k->vars = w->vars;
    k->components = w->components, k->components_n = WORLD_NAMES;
    k->exposures = w->exposures, k->exposures_n = 7;
    k->stress = w->stress, k->stress_n = 3;
    k->days = w->days, k->days_n = 60;
    k->window_from = w->points[20].at, k->window_to = w->r.as_of;
    qf_rec_fill(&qf_rec_risk_run, k);
    k->has |= QF_BIT(risk_run, window_from) | QF_BIT(risk_run, window_to) | QF_BIT(risk_run, var_99) |
              QF_BIT(risk_run, es_975) | QF_BIT(risk_run, var_limit) | QF_BIT(risk_run, var_used_bp) |
              QF_BIT(risk_run, undiversified) | QF_BIT(risk_run, hhi) | QF_BIT(risk_run, largest) |
              QF_BIT(risk_run, largest_bp) | QF_BIT(risk_run, expected) | QF_BIT(risk_run, kupiec_lr) |
              QF_BIT(risk_run, kupiec_p);
    w->r.risk = k;
    w->r.risk_n = 1;
}

/* The caller frees it with free(). */
static inline struct world *world_new(int32_t kind)
{
    struct world *w = qf_xalloc(sizeof *w);
    world_seed = 20260923;
    w->r.kind = kind;
    w->r.mode = QF_MODE_SIMULATED;
    w->r.as_of = qf_time_from_civil(2026, 9, 24);
    qf_str_copy(w->r.desk, sizeof w->r.desk, "main");
    qf_str_copy(w->r.base, sizeof w->r.base, "USD");
    world_day(w);
    world_positions(w);
    world_fills(w);
    world_limits(w);
    world_performance(w);
    world_risk(w);
    qf_rec_fill(&qf_rec_report, &w->r);
    return w;
}

#endif
