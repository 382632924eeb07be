/* The portfolio's risk: the newest run, earlier figures, correlations, scenarios. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"
#include "daemon/quant/stress.h"
#include "daemon/server/risk_run.h"
#include "daemon/store/reader.h"

#define METRICS 100

/* --- runs */

HANDLER(risk_run, none, risk_run)
{
    const struct qf_risk_run *run = risk_newest(c->s);
    (void)in;
    if (!run) {
        risk_answer_later(c->s, later_take(c));
        return LATER;
    }
    *out = *run;
    return HANDLED;
}

HANDLER(risk_correlation, none, correlation_list)
{
    (void)in;
    return risk_correlations(c->s, out) ? HANDLED : help_refuse(c, QF_R_NOT_READY, "", "no run yet");
}

/* --- earlier figures, from the database */

static void on_metrics(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct later *l = arg;
    struct qf_refusal r = { 0 };
    struct qf_risk_metric_list out = { .metrics_n = n };
    if (err != QF_OK) {
        qf_refuse(&r, err == QF_EFULL ? QF_R_BUSY : err == QF_ENOMEM ? QF_R_TOO_LARGE : QF_R_DB_SLOW, "", NULL);
        later_refuse(l, &r);
        return;
    }
    out.metrics = (struct qf_risk_metric *)(uintptr_t)rows;
    qf_rec_fill(&qf_rec_risk_metric_list, &out);
    later_done(l, &out);
}

HANDLER(risk_metrics, risk_metric_query, risk_metric_list)
{
    unsigned char before[8], limit[8];
    int32_t scope = QF_HAS(in, risk_metric_query, scope) ? in->scope : QF_SCOPE_FIRM;
    const struct db_param p[] = {
        db_text(QF_HAS(in, risk_metric_query, metric) ? in->metric : NULL), db_text(qf_enum_text(&qf_enum_scope, scope)),
        db_text(QF_HAS(in, risk_metric_query, name) ? in->name : ""),
        QF_HAS(in, risk_metric_query, before) ? db_time(in->before, before) : (struct db_param){ .p = NULL },
        db_i64(QF_HAS(in, risk_metric_query, limit) ? in->limit : METRICS, limit),
    };
    struct later *l = later_take(c);
    (void)out;
    enum qf_err err = reader_ask(server_reader(c->s), "risk_metrics_page", &qf_rec_risk_metric, p, (int)QF_LEN(p), on_metrics, l);
    if (err != QF_OK)
        on_metrics(l, err, NULL, 0);
    return LATER;
}

/* --- scenarios */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct qf_scenario *)a)->name, ((const struct qf_scenario *)b)->name);
}

HANDLER(scenario_list, none, scenario_list)
{
    uint32_t i = 0;
    const struct qf_scenario *row;
    (void)in;
    out->scenarios = help_rows(c, c->desk->scenarios.count, sizeof *out->scenarios);
    if (!out->scenarios)
        return REFUSED;
    while ((row = tab_next(&c->desk->scenarios, &i)) != NULL)
        out->scenarios[out->scenarios_n++] = *row;
    qsort(out->scenarios, out->scenarios_n, sizeof *out->scenarios, by_name);
    return HANDLED;
}

static const struct qf_scenario *scenario_of(const struct desk *d, const char *name)
{
    struct qf_scenario like = { .has = 0 };
    qf_str_copy(like.name, sizeof like.name, name);
    return tab_find(&d->scenarios, &like);
}

HANDLER(risk_stress, stress_query, stress_report)
{
    const struct qf_scenario *row = scenario_of(c->desk, in->scenario);
    if (!row)
        return help_refuse(c, QF_R_NOT_FOUND, "scenario", "no scenario of this name: qf scenario list");
    if (row->off)
        return help_refuse(c, QF_R_BAD_STATE, "scenario", "it is taken out of the list");
    enum qf_reason r = risk_stress_report(c->s, row, c->arena, out);
    return r == QF_R_COUNT ? HANDLED : help_refuse(c, r, "", r == QF_R_NOT_READY ? "the run that knows it is under way" : NULL);
}

/* --- setting one */

static bool sector_known(const struct desk *d, const char *sector)
{
    return desk_group(d, QF_SCOPE_SECTOR, sector) != NULL;
}

/* A shock of a name nobody has would be read and never felt. */
static bool names_known(struct ctx *c, const struct stress_plan *plan)
{
    for (size_t i = 0; i < plan->n; i++) {
        const struct stress_shock *s = &plan->shocks[i];
        bool known = s->on == STRESS_ALL || (s->on == STRESS_SECTOR ? sector_known(c->desk, s->name) : desk_instrument(c->desk, s->name) != NULL);
        if (known)
            continue;
        help_refuse(c, QF_R_INVALID_PARAMS, "shocks", "no instrument has the %s %s", s->on == STRESS_SECTOR ? "sector" : "symbol", s->name);
        return false;
    }
    return true;
}

static bool take_shocks(struct ctx *c, const struct qf_scenario_set *in, struct qf_scenario *image)
{
    struct stress_plan plan;
    char why[QF_WHY_TEXT];
    if (stress_parse(in->shocks, &plan, why, sizeof why) != QF_OK) {
        help_refuse(c, QF_R_INVALID_PARAMS, "shocks", "%s", why);
        return false;
    }
    qf_str_copy(image->shocks, sizeof image->shocks, in->shocks);
    QF_SET(image, scenario, shocks);
    image->has &= ~(QF_BIT(scenario, since) | QF_BIT(scenario, until));
    return names_known(c, &plan);
}

static bool take_days(struct ctx *c, const struct qf_scenario_set *in, struct qf_scenario *image)
{
    image->since = qf_time_day(in->since);
    image->until = qf_time_day(in->until);
    image->has |= QF_BIT(scenario, since) | QF_BIT(scenario, until);
    QF_DROP(image, scenario, shocks);
    qf_time today = qf_time_day(c->desk->market_now ? c->desk->market_now : c->actor.wall);
    if (image->since >= image->until)
        help_refuse(c, QF_R_INVALID_PARAMS, "until", "it is not after since");
    else if (image->until >= today)
        help_refuse(c, QF_R_INVALID_PARAMS, "until", "that day has no close yet");
    else
        return true;
    return false;
}

/* What is not said stays as it was. */
static bool image_of(struct ctx *c, const struct qf_scenario_set *in, struct qf_scenario *image)
{
    bool shocks = QF_HAS(in, scenario_set, shocks), since = QF_HAS(in, scenario_set, since), until = QF_HAS(in, scenario_set, until);
    const struct qf_scenario *was = scenario_of(c->desk, in->name);
    *image = was ? *was : (struct qf_scenario){ .has = 0 };
    qf_str_copy(image->name, sizeof image->name, in->name);
    qf_str_copy(image->owner, sizeof image->owner, c->actor.user);
    image->updated = c->actor.wall;
    if (QF_HAS(in, scenario_set, off))
        image->off = in->off;
    qf_rec_fill(&qf_rec_scenario, image);
    if (since != until || (shocks && since) || (!shocks && !since && !was)) {
        help_refuse(c, QF_R_INVALID_PARAMS, "shocks", "give shocks, or since and until");
        return false;
    }
    return shocks ? take_shocks(c, in, image) : since ? take_days(c, in, image) : true;
}

HANDLER(scenario_set, scenario_set, scenario)
{
    struct qf_scenario image;
    char since[QF_TIME_TEXT], until[QF_TIME_TEXT];
    if (!qf_name_ok(in->name))
        return help_refuse(c, QF_R_INVALID_PARAMS, "name", "%s", QF_NAME_RULE);
    if (!image_of(c, in, &image))
        return REFUSED;
    enum qf_err err = desk_put_scenario(c->desk, c->batch, &image);
    if (err != QF_OK)
        return help_failed(c, err, "name");
    *out = image;
    qf_time_format(image.since, since);
    qf_time_format(image.until, until);
    if (QF_HAS(&image, scenario, shocks))
        qf_str_fmt(c->detail, sizeof c->detail, "%s: %s%s", image.name, image.shocks, image.off ? ", off" : "");
    else
        qf_str_fmt(c->detail, sizeof c->detail, "%s: %.10s to %.10s%s", image.name, since, until, image.off ? ", off" : "");
    return HANDLED;
}
