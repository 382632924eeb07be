#include "daemon/server/report_run.h"

#include <stdlib.h>

#include "daemon/report/report.h"
#include "daemon/server/report_inside.h"

#define STEPS 6

/* Right behind midnight the day's bars may still be on their way; a report made now would differ from one made later.
 */
static bool bars_are_there(struct report_making *m)
{
    const struct qf_report_holding *h = m->held.p;
    char date[QF_TIME_TEXT];
    if (m->ask->wall - m->close.recorded > REPORT_WRITTEN_US)
        return true;
    for (size_t i = 0; i < m->held.n; i++) {
        const struct perf_prices *p = h[i].quantity == 0 ? NULL : perf_prices(&m->perf, h[i].symbol);
        const struct perf_price *rows = p == NULL ? NULL : p->rows.p;
        bool there =
            h[i].quantity == 0 || (p != NULL && p->rows.n > 0 && rows[p->rows.n - 1].day >= perf_day(m->close.at));
        if (there)
            continue;
        qf_time_format(qf_time_day(m->close.at - 1), date);
        date[10] = '\0';
        jobs_failed(m->run, "%s has just ended and its last prices are being stored: ask again in a few seconds", date);
        return false;
    }
    return true;
}

static bool performance(struct report_making *m)
{
    struct qf_performance_query q = {.has = QF_BIT(performance_query, to), .to = m->close.at};
    struct qf_refusal r = {0};
    struct qf_performance *p = report_room(m, 1, sizeof *p);
    if (p == NULL)
        return false;
    if (m->ask->has_benchmark) {
        qf_str_copy(q.benchmark, sizeof q.benchmark, m->ask->benchmark);
        QF_SET(&q, performance_query, benchmark);
    }
    if (!performance_make(m->scan, &m->desk, &q, &m->arena, p, &r)) {
        jobs_failed(m->run, "%s%s%s", r.field, r.field[0] != '\0' ? ": " : "", qf_refusal_text(&r));
        return false;
    }
    qf_rec_fill(&qf_rec_performance, p);
    m->report.performance = p;
    m->report.performance_n = 1;
    return true;
}

typedef bool (*step_fn)(struct report_making *m);
static const step_fn steps[STEPS] = {report_read_desk, report_read_fills, performance,
                                     report_book,      report_risk,       report_limits};

static void head(struct report_making *m)
{
    struct qf_report *r = &m->report;
    qf_rec_fill(&qf_rec_report, r);
    r->kind = m->ask->kind;
    r->mode = m->ask->mode;
    r->as_of = m->close.at;
    qf_str_copy(r->desk, sizeof r->desk, m->ask->desk);
    qf_str_copy(r->base, sizeof r->base, m->ask->base);
}

static bool gather(struct report_making *m)
{
    if (!report_read_close(m))
        return false;
    head(m);
    for (int i = 0; i < STEPS; i++) {
        jobs_progress(m->run, i, STEPS + 2);
        if (atomic_load(jobs_cancelled(m->run)) || !steps[i](m) || (i == 0 && !bars_are_there(m)))
            return false;
    }
    return report_day(m);
}

static bool write_out(struct report_making *m)
{
    struct qf_buf out;
    const char *why = "there is more than a report can hold";
    struct qf_arena arena;
    jobs_progress(m->run, STEPS + 1, STEPS + 2);
    qf_buf_init(&out, REPORT_MAX);
    qf_arena_init(&arena, REPORT_MEMORY);
    bool done =
        report_sign(&m->report) == QF_OK && report_write(&m->report, m->ask->format, &arena, &out, &why) == QF_OK;
    if (!done)
        jobs_failed(m->run, "%s", why);
    done = done && jobs_write(m->run, out.p, out.len);
    if (done)
        jobs_progress(m->run, STEPS + 2, STEPS + 2);
    qf_arena_release(&arena);
    qf_buf_release(&out);
    return done;
}

static bool make(struct jobs_run *run, void *arg)
{
    struct report_making *m = qf_xalloc(sizeof *m);
    char why[QF_WHY_TEXT];
    bool done = false;
    m->ask = arg;
    m->run = run;
    qf_arena_init(&m->arena, PERFORMANCE_ARENA);
    if (scan_open(m->ask->conninfo, jobs_cancelled(run), &m->scan, why, sizeof why) == QF_OK)
        done = gather(m) && write_out(m);
    else
        jobs_failed(run, "%s", why);
    scan_close(m->scan);
    report_risk_free(m);
    qf_arena_release(&m->arena);
    free(m);
    return done;
}

/* --- on the loop */

static struct report_ask *ask_of(struct ctx *c, const struct qf_report_make *in)
{
    const struct conf *conf = server_conf(c->s);
    struct report_ask *a = qf_xalloc(sizeof *a);
    *a = (struct report_ask){.kind = in->kind,
                             .format = QF_HAS(in, report_make, format) ? in->format : QF_REPF_TEXT,
                             .mode = conf->mode,
                             .has_as_of = QF_HAS(in, report_make, as_of),
                             .as_of = in->as_of,
                             .wall = c->actor.wall,
                             .has_benchmark = QF_HAS(in, report_make, benchmark),
                             .conninfo = server_conninfo(c->s),
                             .window = (size_t)conf->risk_window,
                             .paths = (size_t)conf->risk_paths,
                             .seed = (uint64_t)conf->risk_seed};
    qf_str_copy(a->benchmark, sizeof a->benchmark, in->benchmark);
    qf_str_copy(a->desk, sizeof a->desk, conf->name);
    qf_str_copy(a->base, sizeof a->base, conf->base_currency);
    return a;
}

enum handled report_start(struct ctx *c, const struct qf_report_make *in, struct qf_job *ret)
{
    char title[81];
    qf_time now = c->desk->market_now != 0 ? c->desk->market_now : c->desk->points->firm.at; /* no price since the start */
    if (QF_HAS(in, report_make, as_of) && now != 0 && in->as_of > now) {
        char at[QF_TIME_TEXT];
        qf_time_format(now, at);
        qf_refuse(&c->refusal, QF_R_INVALID_PARAMS, "as_of",
                  "as_of lies behind the market's clock, %s: that time is not over", at);
        return REFUSED;
    }
    if (server_conninfo(c->s) == NULL) {
        qf_refuse(&c->refusal, QF_R_NOT_READY, "", NULL);
        return REFUSED;
    }
    qf_str_fmt(title, sizeof title, "%s report as %s", qf_enum_text(&qf_enum_report_kind, in->kind),
               qf_enum_text(&qf_enum_report_format, QF_HAS(in, report_make, format) ? in->format : QF_REPF_TEXT));
    const struct jobs_work work = {.kind = "report",
                                   .title = title,
                                   .like = QF_CMD_report_make,
                                   .run = make,
                                   .release = free,
                                   .arg = ask_of(c, in)};
    enum handled h = jobs_start(c, &work, ret);
    if (h == HANDLED)
        qf_str_fmt(c->detail, sizeof c->detail, "job %lld, %s", (long long)ret->id, title);
    return h;
}
