#include "daemon/server/stops.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/effects.h"
#include "daemon/server/inside.h"
#include "daemon/server/stops_inside.h"

struct stops *stops_new(void)
{
    return qf_xalloc(sizeof(struct stops));
}

static void stop_free(struct stop *p)
{
    for (struct stop_waiter *w = p->waiters, *next; w; w = next) {
        next = w->next;
        later_free(w->later);
        free(w);
    }
    free(p->orders);
    free(p);
}

void stops_free(struct stops *st)
{
    if (!st)
        return;
    for (struct stop *p = st->first, *next; p; p = next) {
        next = p->next;
        stop_free(p);
    }
    free(st->recovered);
    free(st);
}

/* --- the report */

static void count(const struct stop *p, struct qf_stop_report *ret)
{
    for (uint32_t i = 0; i < p->orders_n; i++) {
        const struct stop_track *t = &p->orders[i];
        ret->confirmed += t->end == END_CANCELLED;
        ret->filled += t->end == END_FILLED;
        ret->failed += t->end == END_FAILED;
        ret->open += t->end == END_NONE;
    }
    ret->requested = p->orders_n;
}

static void say_scope(const struct stop *p, struct qf_stop_report *ret)
{
    qf_str_fmt(ret->scope, sizeof ret->scope, "%s%s", *p->strategy ? "strategy " : "firm", p->strategy);
}

/* The list of orders lies in the stop and lives as long as it. */
void stop_fill(struct stop *p, struct qf_stop_report *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->id = p->n;
    ret->blocked = p->blocked;
    ret->state = p->state;
    say_scope(p, ret);
    ret->journaled = p->journaled;
    count(p, ret);
    ret->orders_n = p->orders_n < STOP_LISTED ? p->orders_n : STOP_LISTED;
    for (uint32_t i = 0; i < ret->orders_n; i++) {
        p->listed[i] = p->orders[i].row;
        qf_rec_fill(&qf_rec_stop_order, &p->listed[i]);
        if (p->orders[i].end != END_NONE)
            QF_SET(&p->listed[i], stop_order, answered);
    }
    ret->orders = p->listed;
    qf_rec_fill(&qf_rec_stop_report, ret);
}

static void push_stop(struct server *s, struct stop *p)
{
    struct qf_stop_report report;
    stop_fill(p, &report);
    topic_row(s->topics, QF_TOPIC_stops, &report); /* a stop waits for no batch */
    p->moved = false;
}

/* --- a stop begins */

static struct stop *stop_of(struct stops *st, const char *strategy)
{
    struct stop *p = st->first;
    while (p && !qf_str_eq(p->strategy, strategy))
        p = p->next;
    return p;
}

/* The newest of a scope stands first; an older one goes, unless the journal still has its line. */
static void drop_older(struct server *s, const char *strategy)
{
    for (struct stop **at = &s->stops->first, *p; (p = *at) != NULL;) {
        if (p->writing || !qf_str_eq(p->strategy, strategy)) {
            at = &p->next;
            continue;
        }
        struct qf_stop_report key = { .id = p->n };
        say_scope(p, &key);
        topic_delete(s->topics, QF_TOPIC_stops, &key);
        *at = p->next;
        stop_free(p);
    }
}

static struct stop *stop_new(struct server *s, const struct qf_trading_state *row, const char *strategy)
{
    drop_older(s, strategy);
    struct stop *p = qf_xalloc(sizeof *p);
    p->server = s;
    qf_str_copy(p->strategy, sizeof p->strategy, strategy);
    qf_str_copy(p->by, sizeof p->by, row->by);
    p->n = row->n;
    p->blocked = row->since;
    p->state = row->state;
    p->next = s->stops->first;
    s->stops->first = p;
    return p;
}

static void add_order(void *arg, const struct core_order *o)
{
    struct stop *p = arg;
    if (p->orders_n == p->orders_cap) {
        p->orders_cap = p->orders_cap ? p->orders_cap * 2 : 64;
        p->orders = qf_xrealloc(p->orders, p->orders_cap * sizeof *p->orders);
    }
    struct stop_track *t = &p->orders[p->orders_n++];
    memset(t, 0, sizeof *t);
    t->row.id = o->row.id;
    qf_str_copy(t->row.symbol, sizeof t->row.symbol, o->row.symbol);
    t->row.left = o->row.quantity - o->row.filled;
    t->row.state = o->row.state;
    t->row.asked = p->cancel_at;
}

/* The journal is on the disk, or could not be written: trading is blocked in either case, and the cancels leave now. */
static void on_journaled(void *arg, bool ok)
{
    struct stop *p = arg;
    struct server *s = p->server;
    const char *strategy = *p->strategy ? p->strategy : NULL;
    p->writing = false;
    p->journaled = ok;
    if (!ok)
        server_event(s, QF_SEV_ERROR, "stop", "the stop is in force, but state/stop.journal could not be written");
    p->cancel_at = qf_now_wall();
    if (p->state == QF_STATE_HALTED)
        state_cancel_orders(s->desk, strategy, p->cancel_at, add_order, p);
    for (uint32_t i = 0; i < p->orders_n; i++)
        effects_cancel(s, p->orders[i].row.id);
    struct qf_stop_report report;
    stop_fill(p, &report);
    struct stop_waiter *w = p->waiters;
    p->waiters = NULL;
    for (struct stop_waiter *next; w; w = next) {
        next = w->next;
        later_done(w->later, &report);
        free(w);
    }
    push_stop(s, p);
    server_event(s, QF_SEV_WARN, "stop", "%s %s by %s: %" PRIu32 " cancels asked for", report.scope,
                 qf_enum_text(&qf_enum_desk_state, p->state), p->by, p->orders_n);
}

static void wait_for(struct stop *p, struct ctx *c)
{
    struct stop_waiter *w = qf_xalloc(sizeof *w);
    w->later = later_take(c);
    w->next = p->waiters;
    p->waiters = w;
}

/* The row of the state and the row of the trail, whenever the database can. */
static enum handled write_stop(struct ctx *c, const void *in, void *out)
{
    const struct qf_trading_state *row = in;
    (void)out;
    state_write(c->desk, c->batch);
    qf_str_fmt(c->detail, sizeof c->detail, "%s%s %s, n %" PRId64, row->scope == QF_SCOPE_FIRM ? "firm" : "strategy ", row->name,
               qf_enum_text(&qf_enum_desk_state, row->state), row->n);
    return HANDLED;
}

static bool sensible(struct ctx *c, const char *strategy, enum qf_desk_state state)
{
    if (state == QF_STATE_ACTIVE) {
        qf_refuse(&c->refusal, QF_R_INVALID_PARAMS, "state", "a stop cannot make the desk ACTIVE; use risk.resume");
        return false;
    }
    if (strategy && !desk_group(c->desk, QF_SCOPE_STRATEGY, strategy)) {
        qf_refuse(&c->refusal, QF_R_NOT_FOUND, "strategy", NULL);
        return false;
    }
    return true;
}

/* The state was there already. Its stop may still be running, or be one of before the last start: then its cancels are asked anew. */
static enum handled again(struct ctx *c, const char *strategy, struct qf_stop_report *out)
{
    struct server *s = c->s;
    struct stop *p = stop_of(s->stops, strategy ? strategy : "");
    const struct qf_trading_state *row = state_row(c->desk, strategy);
    if (p && p->writing) {
        wait_for(p, c);
        return LATER;
    }
    if (!p || !row || p->n != row->n) {
        if (!row) {
            qf_refuse(&c->refusal, QF_R_BAD_STATE, "", NULL);
            return REFUSED;
        }
        p = stop_new(s, row, strategy ? strategy : "");
        wait_for(p, c);
        on_journaled(p, true);
        return LATER;
    }
    stop_fill(p, out);
    return HANDLED;
}

/* What is journaled is the row, not what rules: a degradation that lies above it lifts itself. */
static struct stop *block(struct server *s, const struct qf_trading_state *row, const char *strategy)
{
    struct qf_trading_state shown;
    struct stop *p = stop_new(s, row, strategy ? strategy : "");
    p->writing = true;
    if (state_shown(s->desk, strategy, &shown))
        topic_row(s->topics, QF_TOPIC_states, &shown);
    return p;
}

enum handled stops_begin(struct ctx *c, const struct qf_risk_stop *in, struct qf_stop_report *out)
{
    struct server *s = c->s;
    const char *strategy = QF_HAS(in, risk_stop, strategy) ? in->strategy : NULL;
    enum qf_desk_state state = QF_HAS(in, risk_stop, state) ? (enum qf_desk_state)in->state : QF_STATE_HALTED;
    if (!sensible(c, strategy, state))
        return REFUSED;
    if (!state_raise(c->desk, NULL, strategy, state, true, in->reason, c->actor.user, c->actor.wall, NULL))
        return again(c, strategy, out);
    const struct qf_trading_state row = *state_row(c->desk, strategy);
    struct stop *p = block(s, &row, strategy);
    wait_for(p, c);
    journal_state(s->journal, &row, on_journaled, p);
    (void)door_fact_of(s, c->job, write_stop, &row, sizeof row);
    return LATER;
}

bool stops_raise(struct server *s, const char *strategy, enum qf_desk_state state, const char *reason, const char *user)
{
    if (!state_raise(s->desk, NULL, strategy, state, true, reason, user, qf_now_wall(), NULL))
        return false;
    const struct qf_trading_state row = *state_row(s->desk, strategy);
    journal_state(s->journal, &row, on_journaled, block(s, &row, strategy));
    if (!door_fact(s, user, "risk.stop", write_stop, &row, sizeof row))
        server_event(s, QF_SEV_ERROR, "stop", "the row of a stop by %s could not be kept: too many wait", user);
    return true;
}

void stops_command(struct server *s, struct job *j)
{
    struct ctx c;
    struct waiter w = job_waiter(j);
    job_ctx(s, &c, j);
    c.arena = &s->arena;
    struct qf_stop_report *out = qf_arena_alloc(&s->arena, sizeof *out);
    qf_assert(out && qf_cmds[j->cmd].rep == &qf_rec_stop_report);
    enum handled h = s->handlers[j->cmd](&c, j->in, out);
    if (h == HANDLED) {
        answer_body(s, j->cmd, out, NULL);
        answer_now(s, &w, s->body.p, s->body.len);
    } else if (h != LATER) {
        answer_refusal(s, &w, &c.refusal);
    }
}

/* --- what venues say */

/* Orders lie as they were found, newest first: by falling number. */
static struct stop_track *track_of(struct stop *p, int64_t id)
{
    uint32_t low = 0, high = p->orders_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->orders[middle].row.id == id)
            return &p->orders[middle];
        if (p->orders[middle].row.id > id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void end_track(struct stop_track *t, enum stop_end end, enum qf_order_state state)
{
    t->end = end;
    t->row.state = (int32_t)state;
    t->row.answered = qf_now_wall();
}

static void take_word(struct stop_track *t, const struct report *r)
{
    switch (r->kind) {
    case REPORT_FILL:
        t->row.filled_since += r->quantity;
        if (t->row.filled_since >= t->row.left)
            end_track(t, END_FILLED, QF_ORDER_FILLED);
        break;
    case REPORT_CANCELLED: end_track(t, END_CANCELLED, QF_ORDER_CANCELLED); break;
    case REPORT_REJECTED: end_track(t, END_CANCELLED, QF_ORDER_REJECTED); break;
    case REPORT_EXPIRED: end_track(t, END_CANCELLED, QF_ORDER_EXPIRED); break;
    case REPORT_CANCEL_REJECTED: end_track(t, END_FAILED, (enum qf_order_state)t->row.state); break;
    case REPORT_ACK: break;
    }
}

void stops_report(struct server *s, const struct report *r)
{
    for (struct stop *p = s->stops->first; p; p = p->next) {
        struct stop_track *t = track_of(p, r->order_id);
        if (!t || (t->end != END_NONE && r->kind != REPORT_FILL))
            continue;
        take_word(t, r);
        p->moved = true;
    }
}

static void ask_again(struct server *s, struct stop *p, qf_time wall)
{
    static const int64_t after[] = { 2 * QF_SEC, 4 * QF_SEC, 8 * QF_SEC, 10 * QF_SEC };
    if (p->writing || p->asked_again >= QF_LEN(after) || wall - p->cancel_at < after[p->asked_again])
        return;
    bool last = ++p->asked_again == QF_LEN(after);
    uint32_t open = 0;
    for (uint32_t i = 0; i < p->orders_n; i++) {
        if (p->orders[i].end != END_NONE)
            continue;
        open++;
        if (!last)
            effects_cancel(s, p->orders[i].row.id);
    }
    if (last && open > 0)
        server_event(s, QF_SEV_ERROR, "stop", "%" PRIu32 " cancels of stop %" PRId64 " are still without an answer", open, p->n);
}

void stops_tick(struct server *s, qf_time wall)
{
    for (struct stop *p = s->stops->first; p; p = p->next) {
        ask_again(s, p, wall);
        if (p->moved)
            push_stop(s, p);
    }
    stops_journal(s, wall);
}
