#include "daemon/server/commit_inside.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"

static void on_seal(void *arg)
{
    struct commit *c = arg;
    c->lazy_set = false;
    commit_pump(c);
    commit_seal(c);
    if (c->open && !batch_wanted(c->open->rows))
        c->urgent = false; /* there was nothing to hurry for */
}

static void on_tell(void *arg)
{
    struct commit *c = arg;
    if (c->doubt)
        commit_tell(c, c->doubt, QF_R_UNKNOWN_OUTCOME);
}

struct commit *commit_new(struct qf_loop *loop, const struct commit_port *port, const struct commit_events *events)
{
    struct commit *c = qf_xalloc(sizeof *c);
    c->port = *port;
    c->ev = *events;
    c->backlog_last = &c->backlog;
    for (int i = 0; i < SLOTS; i++) {
        c->slots[i].memory = qf_map_lazy(batch_size());
        qf_assert(c->slots[i].memory);
        c->slots[i].rows = batch_init(c->slots[i].memory);
        qf_arena_init(&c->slots[i].arena, ARENA_MAX);
    }
    c->seal_timer = qf_timer_new(loop, on_seal, c);
    c->tell_timer = qf_timer_new(loop, on_tell, c);
    return c;
}

static void drop_jobs(struct commit *c, struct job *j)
{
    for (struct job *next; j; j = next) {
        next = j->next;
        if (j->owned)
            c->ev.drop(c->ev.arg, j);
    }
}

void commit_free(struct commit *c)
{
    if (!c)
        return;
    qf_timer_free(c->seal_timer);
    qf_timer_free(c->tell_timer);
    for (int i = 0; i < SLOTS; i++) {
        if (!c->redoing || c->slots[i].state != SLOT_KEPT)
            drop_jobs(c, c->slots[i].first_job);
        qf_arena_release(&c->slots[i].arena);
        qf_unmap(c->slots[i].memory, batch_size());
    }
    drop_jobs(c, c->again);
    drop_jobs(c, c->backlog);
    free(c);
}

/* --- slots */

static void slot_clear(struct slot *s)
{
    s->first_job = NULL;
    s->last_job = &s->first_job;
    s->first_waiter = NULL;
    s->last_waiter = &s->first_waiter;
    s->jobs = s->held = s->facts = 0;
    s->held_bytes = 0;
    s->first_push = NULL;
    s->last_push = &s->first_push;
    s->first_hook = NULL;
}

void commit_slot_open(struct commit *c)
{
    qf_assert(!c->open);
    for (int i = 0; i < SLOTS && !c->open; i++)
        if (c->slots[i].state == SLOT_FREE)
            c->open = &c->slots[i];
    qf_assert(c->open);
    c->open->state = SLOT_OPEN;
    slot_clear(c->open);
    batch_reset(c->open->rows, ++c->next_no);
    c->urgent = false;
}

void commit_slot_free(struct commit *c, struct slot *s)
{
    drop_jobs(c, s->first_job);
    slot_clear(s);
    qf_arena_reset(&s->arena);
    s->state = SLOT_FREE;
}

void commit_attach(struct slot *s, struct job *j)
{
    j->next = NULL;
    *s->last_job = j;
    s->last_job = &j->next;
    s->jobs++;
}

/* --- asking */

enum commit_trouble commit_trouble(const struct commit *c)
{
    if (c->doubt && !c->loading)
        return TROUBLE_DOUBT;
    if (c->loading)
        return TROUBLE_LOADING;
    if (!c->up)
        return TROUBLE_DOWN;
    return c->slow ? TROUBLE_SLOW : TROUBLE_NONE;
}

bool commit_room(const struct commit *c)
{
    return c->up && c->open && !c->redoing && !batch_full(c->open->rows) && c->open->arena.used < ARENA_TIGHT;
}

void commit_unclog(struct commit *c)
{
    struct slot *s = c->open;
    if (c->up && s && !c->deciding && s->arena.used >= ARENA_TIGHT && !batch_wanted(s->rows) && !s->jobs && !s->first_waiter &&
        !s->first_push && !s->first_hook)
        qf_arena_reset(&s->arena);
}

bool commit_wait_helps(const struct commit *c)
{
    return c->up && !c->slow;
}

struct batch *commit_batch(struct commit *c)
{
    return c->up && c->open ? c->open->rows : NULL;
}

struct qf_arena *commit_arena(struct commit *c)
{
    qf_assert(c->open);
    return &c->open->arena;
}

uint32_t commit_unsettled(const struct commit *c)
{
    uint32_t n = c->again_n;
    for (int i = 0; i < SLOTS; i++)
        n += c->slots[i].jobs;
    return n;
}

uint64_t commit_done(const struct commit *c)
{
    return c->done;
}

bool commit_idle(const struct commit *c)
{
    return !c->sent && !c->doubt && !c->redoing && !c->backlog && !(c->open && batch_wanted(c->open->rows));
}

int64_t commit_oldest_us(const struct commit *c)
{
    const struct slot *s = c->doubt ? c->doubt : c->sent;
    return s ? (qf_now_mono() - s->sent_ns) / 1000 : 0;
}

uint32_t commit_waiting(const struct commit *c)
{
    return c->backlog_n;
}

bool commit_fenced(const struct commit *c)
{
    return c->fenced;
}

struct batch *commit_in_doubt(const struct commit *c)
{
    return c->doubt ? c->doubt->rows : NULL;
}

/* --- commands */

void commit_kick(struct commit *c)
{
    c->urgent = true;
    c->lazy_set = false;
    if (c->up && (!c->sent || c->backlog))
        qf_timer_once(c->seal_timer, 0);
}

/* Facts alone are in no hurry: nobody waits for an answer. */
static void kick_lazily(struct commit *c)
{
    if (c->urgent || c->lazy_set || !c->up)
        return;
    c->lazy_set = true;
    qf_timer_once(c->seal_timer, LAZY_US);
}

void commit_take(struct commit *c, struct job *j)
{
    qf_assert(c->up && c->open && !c->deciding);
    bool fact = j->owned && j->system;
    c->deciding = true; /* what a venue reports from inside waits in the backlog */
    enum job_end end = c->ev.decide(c->ev.arg, j);
    c->deciding = false;
    c->open->facts += fact;
    if (end == JOB_COMMAND)
        commit_attach(c->open, j);
    else if (j->owned)
        c->ev.drop(c->ev.arg, j);
    if (fact && !c->redoing)
        kick_lazily(c);
    else
        commit_kick(c);
}

void commit_add(struct commit *c, struct job *j)
{
    qf_assert(c->up && c->open && !j->owned && j->system);
    commit_attach(c->open, j);
    commit_kick(c);
}

enum qf_err commit_backlog(struct commit *c, struct job *j)
{
    qf_assert(j->owned);
    if (c->backlog_n >= BACKLOG_MAX)
        return QF_EFULL;
    j->next = NULL;
    j->came = ++c->came;
    *c->backlog_last = j;
    c->backlog_last = &j->next;
    c->backlog_n++;
    commit_pump(c);
    return QF_OK;
}

void commit_forget(struct commit *c, const char *method)
{
    struct job **at = &c->backlog;
    for (struct job *j; (j = *at) != NULL;) {
        if (!qf_str_eq(j->method, method)) {
            at = &j->next;
            continue;
        }
        *at = j->next;
        c->backlog_n--;
        if (j->owned)
            c->ev.drop(c->ev.arg, j);
    }
    c->backlog_last = at;
}

static struct job *backlog_first(struct commit *c)
{
    struct job *j = c->backlog;
    c->backlog = j->next;
    if (!c->backlog)
        c->backlog_last = &c->backlog;
    c->backlog_n--;
    return j;
}

/* One job at a time, alone in its transaction: so the database points at the guilty one. */
static void decide_again(struct commit *c)
{
    while (c->again && !c->sent && c->port.idle(c->port.arg)) {
        struct job *j = c->again;
        c->again = j->next;
        c->again_n--;
        commit_take(c, j);
        if (batch_wanted(c->open->rows))
            commit_seal(c);
    }
    if (c->again || c->sent)
        return;
    c->redoing = false;
    for (int i = 0; i < SLOTS; i++)
        if (c->slots[i].state == SLOT_KEPT) {
            slot_clear(&c->slots[i]); /* its jobs have gone on */
            commit_slot_free(c, &c->slots[i]);
        }
    c->ev.moved(c->ev.arg);
}

/* A thousand reports at once would make one batch of them that takes tens of milliseconds, and every command behind it would wait so
 * long. So they go in pieces, larger ones the more of them wait. */
static bool facts_room(const struct commit *c)
{
    return commit_room(c) && (!batch_wanted(c->open->rows) || c->open->facts < FACTS_ALONE + c->backlog_n / FACTS_PART);
}

void commit_pump(struct commit *c)
{
    if (c->pumping || c->deciding || !c->up || !c->open)
        return;
    c->pumping = true;
    if (c->redoing)
        decide_again(c);
    while (c->backlog && facts_room(c))
        commit_take(c, backlog_first(c));
    c->pumping = false;
    if (c->backlog && !c->redoing && !c->urgent)
        commit_kick(c); /* the rest follows at once */
}

/* --- answers */

static struct waiter *wait_in(struct slot *s, const struct waiter *like, const char *body, size_t n)
{
    struct waiter *w = qf_arena_alloc(&s->arena, sizeof *w);
    char *copy = qf_arena_copy(&s->arena, body, n);
    qf_assert(w && copy); /* ARENA_TIGHT and the limits of held answers keep room for it */
    *w = *like;
    w->next = NULL;
    w->body = copy;
    w->n = n;
    *s->last_waiter = w;
    s->last_waiter = &w->next;
    return w;
}

void commit_reply(struct commit *c, const struct waiter *w, const char *body, size_t n)
{
    wait_in(c->open, w, body, n)->of_job = true;
}

bool commit_join(struct commit *c, uint64_t batch, const struct waiter *w, const char *body, size_t n)
{
    struct slot *of[] = { c->open, c->sent, c->doubt };
    for (size_t i = 0; i < QF_LEN(of); i++)
        if (of[i] && batch_no(of[i]->rows) == batch) {
            wait_in(of[i], w, body, n)->of_job = false;
            return true;
        }
    return false;
}

/* The newest batch that holds a command: what a reader may have seen is durable when it is. */
static struct slot *newest(struct commit *c)
{
    if (!c->up)
        return NULL;
    if (c->open && c->open->jobs > 0)
        return c->open;
    return c->sent;
}

enum qf_err commit_hold(struct commit *c, const struct waiter *w, const char *body, size_t n)
{
    struct slot *s = newest(c);
    if (!s)
        return QF_ENOENT;
    uint32_t held = (c->open ? c->open->held : 0) + (c->sent ? c->sent->held : 0);
    size_t bytes = (c->open ? c->open->held_bytes : 0) + (c->sent ? c->sent->held_bytes : 0);
    if (held >= QF_MAX_HELD_ANSWERS || bytes + n > QF_MAX_HELD_BYTES)
        return QF_EFULL;
    wait_in(s, w, body, n)->of_job = false;
    s->held++;
    s->held_bytes += n;
    return QF_OK;
}

static void push_in(struct slot *s, enum qf_topic_id topic, const void *row)
{
    size_t size = qf_topics[topic].rec->size;
    struct push *p = qf_arena_alloc(&s->arena, sizeof *p);
    void *copy = qf_arena_alloc(&s->arena, size);
    if (!p || !copy)
        return; /* what is not pushed now comes with the next change of its row */
    memcpy(copy, row, size);
    *p = (struct push){ .topic = topic, .row = copy };
    *s->last_push = p;
    s->last_push = &p->next;
}

bool commit_push(struct commit *c, enum qf_topic_id topic, const void *row)
{
    struct slot *s = c->sealing ? c->open : newest(c);
    if (!s)
        return false;
    push_in(s, topic, row);
    return true;
}

void commit_tell_me(struct commit *c, void (*fn)(void *arg, bool ok), void *arg)
{
    struct hook *h = qf_arena_alloc(&c->open->arena, sizeof *h);
    qf_assert(h);
    *h = (struct hook){ c->open->first_hook, fn, arg };
    c->open->first_hook = h;
}

void commit_hooks(struct slot *s, bool ok)
{
    struct hook *h = s->first_hook;
    s->first_hook = NULL;
    for (; h; h = h->next)
        h->fn(h->arg, ok);
}

void commit_tell(struct commit *c, struct slot *s, enum qf_reason reason)
{
    struct waiter *w = s->first_waiter;
    s->first_waiter = NULL;
    s->last_waiter = &s->first_waiter;
    for (; w; w = w->next) {
        if (reason == QF_R_COUNT)
            c->ev.answer(c->ev.arg, w);
        else
            c->ev.refuse(c->ev.arg, w, reason);
    }
}

/* --- sealing and the good end */

void commit_seal(struct commit *c)
{
    if (!c->up || c->sent || !c->open || !batch_wanted(c->open->rows) || !c->port.idle(c->port.arg))
        return;
    struct slot *s = c->open;
    batch_seal(s->rows);
    c->sealing = true;
    c->ev.sealed(c->ev.arg, s->rows);
    c->sealing = false;
    s->state = SLOT_SENT;
    s->sent_ns = qf_now_mono();
    c->sent = s;
    c->open = NULL;
    commit_slot_open(c);
    c->port.send(c->port.arg, s->rows);
    if (c->pumping)
        return;
    commit_pump(c);
    c->ev.moved(c->ev.arg);
}

void commit_on_durable(struct commit *c, struct batch *b)
{
    struct slot *s = c->sent;
    qf_assert(s && s->rows == b);
    c->sent = NULL;
    c->slow = false;
    if (!c->redoing && c->urgent)
        commit_seal(c); /* the database works while the answers leave */
    c->done += s->jobs;
    c->ev.settled(c->ev.arg, b);
    commit_tell(c, s, QF_R_COUNT);
    commit_hooks(s, true);
    c->ev.durable(c->ev.arg, b, s->first_push, (qf_now_mono() - s->sent_ns) / 1000);
    commit_slot_free(c, s);
    commit_pump(c);
    c->ev.moved(c->ev.arg);
    if (c->urgent)
        commit_kick(c);
    else if (c->open && batch_wanted(c->open->rows))
        kick_lazily(c);
}
