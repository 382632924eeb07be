#include "daemon/server/periodic.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/adduser.h"
#include "daemon/server/breakers.h"
#include "daemon/server/flatten.h"
#include "daemon/server/inside.h"
#include "daemon/server/marketdoor.h"
#include "daemon/server/reload.h"
#include "daemon/server/start.h"
#include "daemon/server/stops.h"

#define FAST_US (100 * QF_MS)
#define SLOW_US QF_SEC
#define FAST_A_SECOND 10

struct periodic {
    struct qf_timer *fast, *slow, *flush, *slice;
    uint32_t round;         /* of the fast one */
    bool quotes, positions; /* a round of them is under way */
    uint64_t shown_version; /* of the desk, when its first line was made last */
    uint32_t seconds;
};

/* --- ten times a second */

static void push_status(struct server *s)
{
    struct qf_desk_status row;
    server_status(s, &row);
    server_push(s, QF_TOPIC_desk, &row);
}

/* Thousands of rows are shown in slices, and between them the loop does what else has come. */
static void on_slice(void *arg)
{
    struct server *s = arg;
    struct periodic *p = s->periodic;
    if (!s->loaded)
        return;
    if (p->quotes)
        p->quotes = !market_push_quotes(s);
    else if (p->positions)
        p->positions = !market_push_positions(s);
    topics_flush(s->topics);
    if (p->quotes || p->positions)
        qf_timer_once(p->slice, 0);
}

/* A tenth of the limits: all of them once a second. */
static void push_limits(struct server *s, qf_time wall, uint32_t part)
{
    const struct tab *t = &s->desk->limits;
    uint32_t i = t->top * part / FAST_A_SECOND, to = t->top * (part + 1) / FAST_A_SECOND;
    const struct qf_limit *l;
    while (i < to && (l = tab_next(t, &i)) != NULL) {
        struct qf_limit row;
        if (QF_HAS(l, limit, until) && l->until <= wall) {
            topic_delete(s->topics, QF_TOPIC_limits, l);
            continue;
        }
        desk_limit_row(s->desk, l, &row);
        server_push(s, QF_TOPIC_limits, &row);
    }
}

static void on_fast(void *arg)
{
    struct server *s = arg;
    struct periodic *p = s->periodic;
    qf_time wall = qf_now_wall();
    if (!s->loaded)
        return;
    uint32_t part = ++p->round % FAST_A_SECOND;
    market_look(s, part, FAST_A_SECOND);
    push_limits(s, wall, part);
    p->quotes = true;
    if (p->round % 5 == 0) {
        p->positions = true;
        adduser_look(s);
    }
    if (s->desk->version != p->shown_version || part == 0) {
        p->shown_version = s->desk->version;
        push_status(s);
    }
    stops_tick(s, wall);
    breakers_tick(s, wall);
    flattens_tick(s, wall);
    on_slice(s);
}

static void on_flush(void *arg)
{
    struct server *s = arg;
    topics_flush(s->topics);
}

void periodic_flush_soon(struct server *s)
{
    if (s->periodic)
        qf_timer_once(s->periodic->flush, 0);
}

/* --- once a second */

static enum handled expire_approval(struct ctx *c, const void *in, void *out)
{
    struct qf_approval row = *(const struct qf_approval *)in;
    (void)out;
    row.state = QF_APPROVAL_EXPIRED;
    row.decided = c->actor.wall;
    QF_SET(&row, approval, decided);
    qf_str_fmt(c->detail, sizeof c->detail, "A-%lld %s by %s: nobody answered in time", (long long)row.id, row.method, row.asked_by);
    return desk_put_approval(c->desk, c->batch, &row) == QF_OK ? HANDLED : REFUSED;
}

static void expire_approvals(struct server *s, qf_time wall)
{
    uint32_t i = 0;
    const struct qf_approval *a;
    struct qf_refusal r = { 0 };
    while ((a = tab_next(&s->desk->approvals, &i)) != NULL && commit_room(s->commit))
        if (a->state == QF_APPROVAL_PENDING && a->expires <= wall)
            (void)door(s, SYSTEM_USER, "approval.expire", expire_approval, a, &r);
}

static void take_sample(struct server *s, qf_time wall)
{
    struct sampler_in in = {
        .requests = s->requests_total, .pushes = topics_pushed(s->topics), .commands = (int64_t)commit_done(s->commit),
        .connections = conn_count(s->conns), .push_queue = (int64_t)conn_queued(s->conns),
        .bar_queue = bars_waiting(market_bars(s)), .db = server_db(s),
    };
    reload_sample(s, &in);
    sampler_take(s->sampler, wall, &in);
    topic_row(s->topics, QF_TOPIC_system, sampler_now(s->sampler));
}

static void on_slow(void *arg)
{
    struct server *s = arg;
    qf_time wall = qf_now_wall();
    take_sample(s, wall);
    if (!s->loaded)
        return;
    breakers_push(s);
    market_push_feeds(s);
    session_tick(s, wall);
    refuse_tick(s, wall);
    expire_approvals(s, wall);
    start_late_account(s);
    if (s->second && commit_room(s->commit))
        s->second(s, wall);
    market_write_bars(s);
    if (++s->periodic->seconds % 60 == 0)
        reload_prune(s, wall);
}

struct periodic *periodic_new(struct server *s)
{
    struct periodic *p = qf_xalloc(sizeof *p);
    p->fast = qf_timer_new(s->loop, on_fast, s);
    p->slow = qf_timer_new(s->loop, on_slow, s);
    p->flush = qf_timer_new(s->loop, on_flush, s);
    p->slice = qf_timer_new(s->loop, on_slice, s);
    take_sample(s, qf_now_wall());
    qf_timer_every(p->fast, FAST_US);
    qf_timer_every(p->slow, SLOW_US);
    return p;
}

void periodic_free(struct periodic *p)
{
    if (!p)
        return;
    qf_timer_free(p->fast);
    qf_timer_free(p->slow);
    qf_timer_free(p->flush);
    qf_timer_free(p->slice);
    free(p);
}
