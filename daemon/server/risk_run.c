#include "daemon/server/risk_run.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/server/later.h"
#include "daemon/server/periodic.h"
#include "daemon/server/publish.h"
#include "daemon/server/risk_inside.h"
#include "daemon/store/reader.h"

#define SOON_US (20 * QF_MS)           /* what comes together is one run */
#define GAP_NS 250000000LL             /* between two runs, however many fills there are: four a second keep the promise */
#define MOVED_NS 5000000000LL          /* between two runs while prices move */
#define ALWAYS_NS 60000000000LL
#define CLOSES_NS 400000000LL          /* a run waits so long for closes that are on their way */
#define ARENA_MAX (256 * 1024 * 1024)  /* 4,096 names take 10 MiB */
#define WAITERS 1024                   /* people who wait for a run; as many as connections */

struct risk {
    struct server *s;
    struct worker *worker;             /* its own: nobody's password delays a run, and a run no password */
    struct closes *closes;
    struct qf_timer *soon, *second;
    struct risk_result *kept;          /* the newest */
    struct later *waiters[WAITERS];
    uint32_t waiters_n;
    uint64_t touched;                  /* +1 with each change of what the figures depend on */
    int64_t touched_ns;
    int64_t ended_ns;                  /* of the newest run; 0: none */
    uint64_t version;                  /* of the desk when it had ended */
    int64_t number;                    /* of the newest run */
    bool running, numbered, asked_number;
};

static void look(struct risk *r);

/* --- numbers go on where the stored ones end */

static void on_number(void *arg, enum qf_err err, const void *rows, uint32_t n)
{
    struct risk *r = arg;
    r->asked_number = false;
    if (err != QF_OK)
        return;
    if (n > 0 && ((const struct qf_risk_metric *)rows)->run > r->number)
        r->number = ((const struct qf_risk_metric *)rows)->run;
    r->numbered = true;
    look(r);
}

static bool has_number(struct risk *r)
{
    if (!r->numbered && !r->asked_number)
        r->asked_number = reader_ask(r->s->reader, "risk_last_run", &qf_rec_risk_metric, NULL, 0, on_number, r) == QF_OK;
    return r->numbered;
}

/* --- the result, through the door */

static void answer_waiters(struct risk *r)
{
    uint32_t n = r->waiters_n;
    if (r->kept->touched != r->touched)
        return; /* positions have changed meanwhile: the next run answers */
    r->waiters_n = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct qf_risk_run out = r->kept->run;
        later_done(r->waiters[i], &out);
    }
}

static void show(struct risk *r)
{
    topic_row(r->s->topics, QF_TOPIC_risk, &r->kept->run);
    periodic_flush_soon(r->s);
    answer_waiters(r);
}

/* Like every answer it leaves when what it may have seen is durable; after an undo another run is due. */
static void on_durable(void *arg, bool ok)
{
    if (ok)
        show(arg);
}

static void take(struct desk *d, const struct qf_risk_run *run)
{
    desk_risk_taken(d, QF_HAS(run, risk_run, var_99), run->var_99, run->es_975, run->incomplete);
}

/* What follows from positions and prices is no command: it has no row in the trail. */
static enum handled enter(struct ctx *c, const void *in, void *out)
{
    const struct risk_result *x = in;
    (void)out;
    c->audited = AUDITED_NOT;
    take(c->desk, &x->run);
    for (uint32_t i = 0; i < x->metrics_n; i++)
        batch_put(c->batch, QF_TABLE_risk_metrics, &x->metrics[i]);
    commit_tell_me(c->s->commit, on_durable, x->owner);
    return HANDLED;
}

static void stamp(struct risk *r, struct risk_result *x)
{
    x->run.id = ++r->number;
    x->run.recorded = qf_now_wall();
    for (uint32_t i = 0; i < x->metrics_n; i++) {
        x->metrics[i].run = x->run.id;
        x->metrics[i].recorded = x->run.recorded;
    }
}

static void free_result(struct risk_result *x)
{
    if (!x)
        return;
    risk_drop(&x->snapshot);
    qf_arena_release(&x->arena);
    free(x);
}

/* Without the database the figures are kept and shown all the same; only their rows are not written. */
static void publish(struct risk *r, struct risk_result *x)
{
    struct qf_refusal refusal = { 0 };
    if (commit_room(r->s->commit) && door(r->s, SYSTEM_USER, "risk.run", enter, x, &refusal) == HANDLED)
        return;
    take(r->s->desk, &x->run);
    show(r);
}

static void on_done(void *arg)
{
    struct risk_result *x = arg;
    struct risk *r = x->owner;
    if (!r->running) { /* the daemon ends */
        free_result(x);
        return;
    }
    r->running = false;
    r->ended_ns = qf_now_mono();
    stamp(r, x);
    free_result(r->kept);
    r->kept = x;
    publish(r, x);
    r->version = r->s->desk->version;
    if (x->touched != r->touched)
        look(r);
}

/* Is the newest run as new as what it depends on? Prices move all the time; one that comes or goes counts at once. */
static bool fresh(const struct risk *r)
{
    return r->kept && r->kept->touched == r->touched && r->kept->unpriced == r->s->desk->unpriced;
}

/* --- beginning a run */

static void on_run(void *arg)
{
    risk_math(arg);
}

static void begin(struct risk *r, struct risk_result *x)
{
    x->owner = r;
    x->touched = r->touched;
    x->unpriced = r->s->desk->unpriced;
    r->running = true;
    if (worker_add(r->worker, on_run, on_done, x) == QF_OK)
        return;
    r->running = false;
    free_result(x);
}

/* Closes that are on their way are waited for a moment; their arrival calls this again. */
static void try_run(struct risk *r)
{
    int64_t now = qf_now_mono();
    struct risk_result *x = qf_xalloc(sizeof *x);
    qf_arena_init(&x->arena, ARENA_MAX);
    risk_take(r->s, r->closes, &x->snapshot);
    if (!x->snapshot.waits || now - r->touched_ns >= CLOSES_NS) {
        begin(r, x);
        return;
    }
    free_result(x);
    qf_timer_once(r->soon, (r->touched_ns + CLOSES_NS - now) / 1000 + 1);
}

static bool due(const struct risk *r)
{
    int64_t since = qf_now_mono() - r->ended_ns;
    if (!fresh(r) || since >= ALWAYS_NS)
        return true;
    return since >= MOVED_NS && r->version != r->s->desk->version && r->kept->snapshot.names_n > 0;
}

static void look(struct risk *r)
{
    int64_t rest = r->ended_ns + GAP_NS - qf_now_mono();
    if (r->running || r->s->stopping || !r->s->loaded || !has_number(r) || !due(r))
        return;
    if (r->kept && rest > 0)
        qf_timer_once(r->soon, rest / 1000 + 1);
    else
        try_run(r);
}

static void on_soon(void *arg)
{
    look(arg);
}

static void on_second(void *arg)
{
    struct risk *r = arg;
    if (!r->s->loaded)
        return;
    closes_tick(r->closes);
    look(r);
}

/* New closes: what was missing may be there now. */
static void on_closes(void *arg)
{
    struct risk *r = arg;
    risk_touch(r->s);
}

/* --- from outside */

struct risk *risk_new(struct server *s)
{
    struct risk *r = qf_xalloc(sizeof *r);
    r->s = s;
    r->worker = worker_new(s->loop, 1, 2);
    qf_assert(r->worker);
    r->closes = closes_new(s, on_closes, r);
    r->soon = qf_timer_new(s->loop, on_soon, r);
    r->second = qf_timer_new(s->loop, on_second, r);
    qf_timer_every(r->second, QF_SEC);
    return r;
}

void risk_free(struct risk *r)
{
    if (!r)
        return;
    qf_timer_free(r->soon);
    qf_timer_free(r->second);
    r->running = false;
    worker_free(r->worker);
    for (uint32_t i = 0; i < r->waiters_n; i++)
        later_free(r->waiters[i]);
    free_result(r->kept);
    closes_free(r->closes);
    free(r);
}

void risk_touch(struct server *s)
{
    struct risk *r = s->risk;
    if (!r)
        return;
    if (!r->kept || r->kept->touched == r->touched)
        r->touched_ns = qf_now_mono();
    r->touched++;
    if (!r->running)
        qf_timer_once(r->soon, SOON_US);
}

void risk_sealed(struct server *s, const struct batch *b)
{
    static const enum qf_table_id tables[] = { QF_TABLE_positions, QF_TABLE_limits, QF_TABLE_scenarios, QF_TABLE_instruments, QF_TABLE_accounts,
                                               QF_TABLE_rates };
    const void *rows;
    uint32_t n = 0;
    for (size_t i = 0; i < QF_LEN(tables); i++)
        n += batch_rows(b, tables[i], &rows);
    if (n > 0)
        risk_touch(s);
}

const struct risk_result *risk_kept(struct server *s)
{
    return s->risk ? s->risk->kept : NULL;
}

const struct qf_risk_run *risk_newest(struct server *s)
{
    const struct risk *r = s->risk;
    return r && fresh(r) ? &r->kept->run : NULL;
}

bool risk_correlations(struct server *s, struct qf_correlation_list *ret)
{
    const struct risk_result *x = risk_kept(s);
    if (x)
        *ret = x->correlations;
    return x;
}

void risk_answer_later(struct server *s, struct later *l)
{
    struct risk *r = s->risk;
    struct qf_refusal busy = { 0 };
    if (r && r->waiters_n < WAITERS) {
        r->waiters[r->waiters_n++] = l;
        look(r);
        return;
    }
    qf_refuse(&busy, r ? QF_R_BUSY : QF_R_NOT_READY, "", NULL);
    later_refuse(l, &busy);
}
