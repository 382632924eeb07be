/* From a question to its answer: the desk is copied on the loop, the rest is done on a thread of its own, the answer leaves on the
 * loop. One piece at a time; what is asked meanwhile waits its turn. */
#include "daemon/server/performance.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"
#include "daemon/server/later.h"

#define WAITING_MAX 64 /* then BUSY: each is a screen that looks at it */
#define PATIENCE_MS 30000 /* for one answer of the database: behind this question stand those of all others */

struct performance {
    struct server *server;
    const char *conninfo;
    struct worker *worker;
    atomic_bool stop;
};

union question {
    struct qf_performance_query get;
    struct qf_performance_groups groups;
    struct qf_performance_compute compute;
};
union answer {
    struct qf_performance get;
    struct qf_performance_group_list groups;
};

struct inquiry {
    struct performance *part;
    struct later *later;
    struct qf_arena arena;
    const struct perf_desk *desk;
    union question in;
    union answer out;
    bool (*make)(struct inquiry *p, struct scan *scan);
    struct qf_refusal refusal;
    bool done;
};

struct performance *performance_new(struct server *s, const char *conninfo)
{
    struct performance *p = qf_xalloc(sizeof *p);
    p->server = s;
    p->conninfo = conninfo;
    atomic_init(&p->stop, false);
    p->worker = worker_new(s->loop, 1, WAITING_MAX);
    qf_assert(p->worker);
    return p;
}

void performance_free(struct performance *p)
{
    if (!p)
        return;
    atomic_store(&p->stop, true);
    worker_free(p->worker);
    free(p);
}

/* --- on the worker */

static bool make_get(struct inquiry *p, struct scan *scan)
{
    return performance_make(scan, p->desk, &p->in.get, &p->arena, &p->out.get, &p->refusal);
}

static bool make_groups(struct inquiry *p, struct scan *scan)
{
    const struct qf_performance_groups *in = &p->in.groups;
    enum qf_perf_range range = QF_HAS(in, performance_groups, range) ? (enum qf_perf_range)in->range : QF_RANGE_YTD;
    return performance_make_groups(scan, p->desk, (enum qf_scope)in->scope, range, 0, &p->arena, &p->out.groups, &p->refusal);
}

static void run_read(void *arg)
{
    struct inquiry *p = arg;
    struct scan *scan = NULL;
    char why[DB_WHY];
    if (scan_open(p->part->conninfo, &p->part->stop, &scan, why, sizeof why) == QF_OK) {
        scan_patience(scan, PATIENCE_MS);
        p->done = p->make(p, scan);
    } else {
        qf_refuse(&p->refusal, QF_R_DB_SLOW, "", "%s", why);
    }
    scan_close(scan);
}

static void run_compute(void *arg)
{
    struct inquiry *p = arg;
    p->done = performance_judge(&p->in.compute, &p->arena, &p->out.get, &p->refusal);
}

/* --- on the loop */

static void inquiry_free(struct inquiry *p)
{
    qf_arena_release(&p->arena);
    free(p);
}

static void on_done(void *arg)
{
    struct inquiry *p = arg;
    if (!p->done && p->refusal.reason == 0) /* it had not begun when the daemon was stopped */
        qf_refuse(&p->refusal, QF_R_NOT_READY, "", "the daemon is stopping");
    if (p->done)
        later_done(p->later, &p->out);
    else
        later_refuse(p->later, &p->refusal);
    inquiry_free(p);
}

static enum handled refuse(struct ctx *c, enum qf_reason reason, const char *field, const char *message)
{
    qf_refuse(&c->refusal, reason, field, message ? "%s" : NULL, message);
    return REFUSED;
}

static struct inquiry *inquiry_new(struct ctx *c)
{
    struct inquiry *p = qf_xalloc(sizeof *p);
    p->part = c->s->performance;
    qf_arena_init(&p->arena, PERFORMANCE_ARENA);
    return p;
}

static enum handled begin(struct ctx *c, struct inquiry *p, void (*run)(void *job))
{
    if (!p->part || worker_add(p->part->worker, run, on_done, p) != QF_OK) {
        inquiry_free(p);
        return refuse(c, QF_R_BUSY, "", NULL);
    }
    p->later = later_take(c); /* the worker does not touch it, and its end comes by the loop */
    return LATER;
}

static enum handled begin_read(struct ctx *c, struct inquiry *p)
{
    p->desk = performance_desk(c->desk, &p->arena);
    if (p->desk && p->part && p->part->conninfo)
        return begin(c, p, run_read);
    inquiry_free(p);
    return refuse(c, QF_R_NOT_READY, "", NULL);
}

/* --- who there is */

static bool named(const struct desk *d, enum qf_scope scope, const char *name)
{
    uint32_t i = 0;
    const struct core_account *a;
    if (scope == QF_SCOPE_FIRM)
        return true;
    if (scope == QF_SCOPE_SYMBOL)
        return desk_instrument(d, name) != NULL;
    while ((a = tab_next(&d->accounts, &i)) != NULL)
        if (qf_str_eq(name, scope == QF_SCOPE_TRADER ? a->row.owner : scope == QF_SCOPE_ACCOUNT ? a->row.name
                            : QF_HAS(&a->row, account, strategy) ? a->row.strategy : ""))
            return true;
    return false;
}

static bool good_benchmark(const struct desk *d, const struct qf_performance_query *in)
{
    return !QF_HAS(in, performance_query, benchmark) || qf_str_eq(in->benchmark, "EQUAL") || desk_instrument(d, in->benchmark);
}

enum handled performance_get(struct ctx *c, const struct qf_performance_query *in)
{
    enum qf_scope scope = QF_HAS(in, performance_query, scope) ? (enum qf_scope)in->scope : QF_SCOPE_FIRM;
    const char *name = QF_HAS(in, performance_query, name) ? in->name : "";
    if (scope == QF_SCOPE_SECTOR)
        return refuse(c, QF_R_INVALID_PARAMS, "scope", "there is no performance of a sector: firm, strategy, trader, account or symbol");
    if (!named(c->desk, scope, name))
        return refuse(c, QF_R_NOT_FOUND, "name", NULL);
    if (!good_benchmark(c->desk, in))
        return refuse(c, QF_R_NOT_FOUND, "benchmark", "a symbol, or EQUAL for all of them");
    if (QF_HAS(in, performance_query, from) && QF_HAS(in, performance_query, to) && in->from >= in->to)
        return refuse(c, QF_R_INVALID_PARAMS, "to", "must be later than from");
    struct inquiry *p = inquiry_new(c);
    p->in.get = *in;
    p->make = make_get;
    return begin_read(c, p);
}

enum handled performance_groups(struct ctx *c, const struct qf_performance_groups *in)
{
    if (in->scope == QF_SCOPE_FIRM || in->scope == QF_SCOPE_SECTOR)
        return refuse(c, QF_R_INVALID_PARAMS, "scope", "strategy, trader, account or symbol");
    struct inquiry *p = inquiry_new(c);
    p->in.groups = *in;
    p->make = make_groups;
    return begin_read(c, p);
}

enum handled performance_compute(struct ctx *c, const struct qf_performance_compute *in)
{
    struct inquiry *p = inquiry_new(c);
    p->in.compute = *in;
    p->in.compute.rows = qf_arena_alloc(&p->arena, (in->rows_n + 1) * sizeof *in->rows);
    if (!p->in.compute.rows) {
        inquiry_free(p);
        return refuse(c, QF_R_TOO_LARGE, "rows", NULL);
    }
    if (in->rows_n > 0)
        memcpy(p->in.compute.rows, in->rows, in->rows_n * sizeof *in->rows);
    return begin(c, p, run_compute);
}
