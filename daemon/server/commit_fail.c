/* What happens to batches that do not become durable. */
#include "daemon/server/commit_inside.h"

static void undo(struct commit *c, struct slot *s)
{
    batch_undo(s->rows);
    c->ev.undone(c->ev.arg, s->rows);
    commit_hooks(s, false);
}

/* In front of whatever came later. *at: where the one before it went; a list of facts is in order itself. */
static struct job **put_back(struct commit *c, struct job **at, struct job *j)
{
    while (*at && (*at)->came < j->came)
        at = &(*at)->next;
    j->next = *at;
    *at = j;
    if (!j->next)
        c->backlog_last = &j->next;
    c->backlog_n++;
    return &j->next;
}

/* The system's own commands are facts (a fill has happened): they wait and are decided again, in the order they came, also when the
 * batch behind theirs was given up before theirs was. They were let in once and are not counted again. People's commands are theirs
 * to send again. */
static void keep_facts(struct commit *c, struct job **list)
{
    struct job *j = *list, **at = &c->backlog;
    *list = NULL;
    for (struct job *next; j; j = next) {
        next = j->next;
        if (j->owned && j->system)
            at = put_back(c, at, j);
        else if (j->owned)
            c->ev.drop(c->ev.arg, j);
    }
}

static void not_done(struct commit *c, struct slot *s)
{
    commit_tell(c, s, QF_R_NOT_DONE);
    keep_facts(c, &s->first_job);
    commit_slot_free(c, s);
}

/* Whoever joined or only read is told to ask again; the answers of jobs come anew. */
static void tell_others(struct commit *c, struct slot *s)
{
    struct waiter *w = s->first_waiter;
    s->first_waiter = NULL;
    s->last_waiter = &s->first_waiter;
    for (; w; w = w->next)
        if (!w->of_job)
            c->ev.refuse(c->ev.arg, w, QF_R_NOT_DONE);
}

/* The system's passing commands (a session's row) are done again by whoever needs them. */
static void drop_passing(struct slot *s)
{
    struct job *j = s->first_job, *next;
    s->first_job = NULL;
    s->last_job = &s->first_job;
    s->jobs = 0;
    for (; j; j = next) {
        next = j->next;
        if (j->owned || !j->system)
            commit_attach(s, j);
    }
}

static void keep_for_again(struct commit *c, struct slot *s)
{
    tell_others(c, s);
    drop_passing(s);
    if (!s->first_job) {
        commit_slot_free(c, s);
        return;
    }
    struct job **end = &c->again;
    while (*end)
        end = &(*end)->next;
    *end = s->first_job;
    c->again_n += s->jobs;
    s->jobs = 0;
    s->state = SLOT_KEPT;
    c->redoing = true;
}

/* Whatever still waits to be decided again, when the connection is lost meanwhile. The kept slots hold the memory of those jobs. */
static void drop_again(struct commit *c)
{
    if (!c->redoing)
        return;
    for (const struct job *j = c->again; j; j = j->next) {
        struct waiter w = { .conn = j->conn, .id = j->id, .cmd = j->cmd, .began = j->began };
        if (!j->system)
            c->ev.refuse(c->ev.arg, &w, QF_R_NOT_DONE);
    }
    keep_facts(c, &c->again);
    c->again_n = 0;
    c->redoing = false;
    for (int i = 0; i < SLOTS; i++)
        if (c->slots[i].state == SLOT_KEPT) {
            c->slots[i].first_job = NULL;
            commit_slot_free(c, &c->slots[i]);
        }
}

/* The batch held one job, decided again alone: it is the guilty one. What else was open are notes about orders sent. */
static void guilty(struct commit *c, struct slot *s, const char *sqlstate, const char *message)
{
    tell_others(c, s);
    drop_passing(s);
    struct job *j = s->first_job;
    if (j)
        c->ev.guilty(c->ev.arg, j, sqlstate, message);
    commit_slot_free(c, s);
}

void commit_on_failed(struct commit *c, struct batch *b, enum lane_failure how, const char *sqlstate, const char *message)
{
    struct slot *sent = c->sent, *open = c->open;
    qf_assert(sent && sent->rows == b && open);
    bool alone = c->redoing;
    undo(c, open);
    undo(c, sent);
    c->ev.rebuild(c->ev.arg);
    c->sent = c->open = NULL;
    c->slow = false;
    if (how == LANE_FENCED) {
        c->fenced = true;
        c->up = false;
    }
    if (how == LANE_GUILTY && alone) {
        guilty(c, sent, sqlstate, message);
        not_done(c, open);
    } else if (how == LANE_GUILTY) {
        keep_for_again(c, sent);
        keep_for_again(c, open);
    } else {
        not_done(c, sent);
        not_done(c, open);
        if (c->fenced)
            drop_again(c);
    }
    if (c->up) {
        commit_slot_open(c);
        c->ev.reopened(c->ev.arg);
    }
    commit_pump(c);
    c->ev.moved(c->ev.arg);
    commit_kick(c);
}

void commit_on_slow(struct commit *c, bool slow)
{
    c->slow = slow;
    c->ev.moved(c->ev.arg);
}

static void down(struct commit *c)
{
    c->up = c->slow = c->loading = false;
    if (c->open) {
        undo(c, c->open);
        c->ev.rebuild(c->ev.arg);
        struct slot *open = c->open;
        c->open = NULL;
        not_done(c, open);
    }
    drop_again(c);
}

/* Jobs of people are not needed any more (their answers are); a job decided again lies in memory that goes now. */
static void keep_owned(struct slot *s)
{
    struct job *j = s->first_job, *next;
    s->first_job = NULL;
    s->last_job = &s->first_job;
    for (; j; j = next) {
        next = j->next;
        j->next = NULL;
        if (!j->owned)
            continue;
        *s->last_job = j;
        s->last_job = &j->next;
    }
}

/* A read held for the doubtful batch carries its `unsettled`: it may leave. Commands wait for the database's word. */
static void free_readers(struct commit *c, struct slot *s)
{
    struct waiter *w = s->first_waiter, *next;
    s->first_waiter = NULL;
    s->last_waiter = &s->first_waiter;
    for (; w; w = next) {
        next = w->next;
        w->next = NULL;
        if (!w->of_job && qf_cmds[w->cmd].cls == QF_CLASS_READ) {
            c->ev.answer(c->ev.arg, w);
            continue;
        }
        *s->last_waiter = w;
        s->last_waiter = &w->next;
    }
    s->held = 0;
    s->held_bytes = 0;
}

void commit_on_doubt(struct commit *c, struct batch *b)
{
    struct slot *s = c->sent;
    qf_assert(s && s->rows == b && !c->doubt);
    c->sent = NULL;
    c->doubt = s;
    s->state = SLOT_DOUBT;
    keep_owned(s);
    down(c);
    free_readers(c, s);
    qf_timer_once(c->tell_timer, TELL_AFTER_US);
    c->ev.moved(c->ev.arg);
}

void commit_on_lost(struct commit *c)
{
    qf_assert(!c->sent); /* the lane has said doubt or failed before */
    down(c);
    c->ev.moved(c->ev.arg);
}

void commit_connected(struct commit *c)
{
    qf_assert(!c->sent);
    down(c);
    c->loading = true;
    c->ev.moved(c->ev.arg);
}

void commit_settled(struct commit *c, bool durable)
{
    struct slot *s = c->doubt;
    qf_assert(s && !c->open && !c->sent);
    qf_timer_stop(c->tell_timer);
    c->doubt = NULL;
    if (durable) {
        c->done += s->jobs;
        c->ev.settled(c->ev.arg, s->rows);
        commit_hooks(s, true);
        commit_tell(c, s, QF_R_COUNT);
        commit_slot_free(c, s);
    } else {
        undo(c, s);
        not_done(c, s);
    }
}

void commit_ready(struct commit *c)
{
    qf_assert(!c->doubt && !c->open && !c->fenced);
    c->loading = false;
    c->up = true;
    commit_slot_open(c);
    c->ev.reopened(c->ev.arg);
    commit_pump(c);
    c->ev.moved(c->ev.arg);
    commit_kick(c);
}
