/* Doubles into records. */
#include <math.h>

#include "common/str.h"
#include "daemon/quant/portfolio.h"
#include "daemon/server/risk_inside.h"

#define MONEY_MOST 1e21 /* in whole units: below QF_MONEY_MAX */

double risk_double(qf_money v)
{
    return (double)v / QF_ONE;
}

bool risk_money(double v, qf_money *ret)
{
    if (!isfinite(v) || fabs(v) > MONEY_MOST)
        return false;
    double whole = trunc(v); /* apart, so that cents of large amounts stay exact */
    *ret = (qf_money)whole * QF_ONE + (qf_money)llround((v - whole) * QF_ONE);
    return true;
}

int64_t risk_bp(double part, double whole)
{
    double bp = whole != 0 ? part / whole * 10000 : 0;
    return isfinite(bp) && fabs(bp) < 1e15 ? (int64_t)llround(bp) : 0;
}

enum qf_risk_status risk_status_of(bool has_limit, double limit, bool has_warn, double warn, double value)
{
    if (!has_limit)
        return QF_RISKST_NONE;
    if (value > limit)
        return QF_RISKST_BREACH;
    return has_warn && value > warn ? QF_RISKST_WARN : QF_RISKST_OK;
}

/* --- risk_metrics: one row a key figure */

struct figure {
    const char *metric, *method;
    bool there;
    double value;
    bool has_limit;
    double limit;
    enum qf_risk_status status;
};

static void put(struct risk_result *x, const struct figure *f)
{
    struct qf_risk_metric *m = &x->metrics[x->metrics_n++];
    qf_assert(x->metrics_n <= RISK_METRICS);
    *m = (struct qf_risk_metric){ .scope = QF_SCOPE_FIRM, .at = x->snapshot.at, .status = (int32_t)f->status };
    qf_str_copy(m->metric, sizeof m->metric, f->metric);
    qf_str_copy(m->method, sizeof m->method, f->method);
    qf_rec_fill(&qf_rec_risk_metric, m);
    m->value = f->value;
    if (f->there && isfinite(f->value)) {
        QF_SET(m, risk_metric, value);
    } else {
        m->value = 0;
        qf_str_copy(m->reason, sizeof m->reason, *x->run.reason ? x->run.reason : "not defined for these positions");
        QF_SET(m, risk_metric, reason);
    }
    m->threshold = f->limit;
    if (f->has_limit)
        QF_SET(m, risk_metric, threshold);
}

static const char *const var_names[] = { [QF_VARM_HISTORICAL] = "VAR_99_1D", [QF_VARM_EWMA] = "VAR_99_1D_EWMA",
                                         [QF_VARM_SAMPLE] = "VAR_99_1D_SAMPLE", [QF_VARM_MONTE_CARLO] = "VAR_99_1D_MC" };
static const char *const es_names[] = { [QF_VARM_HISTORICAL] = "ES_975_1D", [QF_VARM_EWMA] = "ES_975_1D_EWMA",
                                        [QF_VARM_SAMPLE] = "ES_975_1D_SAMPLE", [QF_VARM_MONTE_CARLO] = "ES_975_1D_MC" };

static const struct qf_var_row *row_of(const struct qf_risk_run *run, int32_t method, int64_t bp)
{
    for (uint32_t i = 0; i < run->vars_n; i++)
        if (run->vars[i].method == method && run->vars[i].confidence_bp == bp && run->vars[i].days == 1)
            return &run->vars[i];
    return NULL;
}

static void put_methods(struct risk_result *x)
{
    const struct risk_snapshot *s = &x->snapshot;
    for (int32_t m = 0; m < QF_var_method_COUNT; m++) {
        const struct qf_var_row *var = row_of(&x->run, m, 9900), *es = row_of(&x->run, m, 9750);
        char words[81];
        qf_str_fmt(words, sizeof words, "%s, %lld daily returns, loss positive", qf_enum_text(&qf_enum_var_method, m),
                   (long long)x->run.window);
        bool first = m == QF_VARM_HISTORICAL, limited = first && s->has_limit;
        put(x, &(struct figure){ var_names[m], words, var && QF_HAS(var, var_row, var), var ? risk_double(var->var) : 0, limited,
                                 limited ? risk_double(s->limit) : 0, first ? (enum qf_risk_status)x->run.status : QF_RISKST_NONE });
        put(x, &(struct figure){ es_names[m], words, es && QF_HAS(es, var_row, es), es ? risk_double(es->es) : 0, false, 0, QF_RISKST_NONE });
    }
}

static void put_limited(struct risk_result *x, const char *metric, const char *method, qf_money value, bool limited, qf_money limit)
{
    double v = risk_double(value), l = risk_double(limit);
    put(x, &(struct figure){ metric, method, true, v, limited, limited ? l : 0, risk_status_of(limited, l, false, 0, fabs(v)) });
}

void risk_metrics_of(struct risk_result *x)
{
    const struct risk_snapshot *s = &x->snapshot;
    const struct qf_risk_run *run = &x->run;
    const struct qf_exposure *firm = run->exposures_n > 0 ? &run->exposures[0] : NULL;
    put_methods(x);
    put_limited(x, "GROSS", "sum of |market value|, open orders not counted", firm ? firm->gross : 0, s->has_gross, s->gross_limit);
    put_limited(x, "NET", "sum of market value, open orders not counted", firm ? firm->net : 0, s->has_net, s->net_limit);
    put(x, &(struct figure){ "HHI", "sum of squared shares of gross by name, accounts together", QF_HAS(run, risk_run, hhi), run->hhi, false, 0,
                             QF_RISKST_NONE });
    put(x, &(struct figure){ "UNDIVERSIFIED_99_1D", "sample, z sum of |value| deviation", QF_HAS(run, risk_run, undiversified),
                             risk_double(run->undiversified), false, 0, QF_RISKST_NONE });
    const struct qf_stress_result *worst = run->stress_n > 0 ? &run->stress[0] : NULL;
    put(x, &(struct figure){ "STRESS_WORST", worst ? worst->scenario : "no scenario", worst && QF_HAS(worst, stress_result, pnl),
                             worst ? risk_double(worst->pnl) : 0, false, 0, QF_RISKST_NONE });
    put(x, &(struct figure){ "BACKTEST_EXCEPTIONS", "historical 99 % 1 day, today's positions", run->backtest_days > 0, (double)run->exceptions,
                             false, 0, QF_RISKST_NONE });
}
