/* The table of long work, its threads and its end. */
#include "daemon/server/jobs_inside.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/server/inside.h"

#define TICK_US (250 * QF_MS) /* rows are pushed so often at most */

struct jobs {
    struct server *s;
    struct worker *worker;  /* NULL: the system had no threads for it */
    struct qf_watch *watch;
    int fd;                 /* an eventfd: a piece is there */
    struct qf_timer *tick;
    int64_t last_id;
    int64_t gone_ns, unread_ns;
    int count;
    struct jobs_run *run[JOBS_KEPT]; /* oldest first */
};

/* --- rows */

static void refresh(struct jobs_run *r)
{
    int64_t done = atomic_load_explicit(&r->done, memory_order_relaxed), total = atomic_load_explicit(&r->total, memory_order_relaxed);
    int64_t bytes = r->pieces ? pieces_written(r->pieces) : r->row.bytes;
    if (done != r->row.done || bytes != r->row.bytes)
        r->row.updated = qf_now_wall();
    r->row.done = done;
    r->row.bytes = bytes;
    r->row.total = total;
    if (total >= 0)
        QF_SET(&r->row, job, total);
}

static void push(struct jobs_run *r)
{
    refresh(r);
    server_push(r->jobs->s, QF_TOPIC_jobs, &r->row);
}

static void set_reason(struct jobs_run *r, const char *why)
{
    qf_str_copy(r->row.reason, sizeof r->row.reason, why);
    QF_SET(&r->row, job, reason);
}

uint32_t jobs_rows(struct server *s, struct qf_job out[JOBS_KEPT])
{
    struct jobs *j = s->jobs;
    uint32_t n = 0;
    for (int i = j->count - 1; i >= 0; i--) {
        if (j->run[i]->phase == JOBS_WAITS)
            continue;
        refresh(j->run[i]);
        out[n++] = j->run[i]->row;
    }
    return n;
}

struct jobs_run *jobs_find(struct jobs *j, int64_t id)
{
    for (int i = 0; i < j->count; i++)
        if (j->run[i]->row.id == id && j->run[i]->phase != JOBS_WAITS)
            return j->run[i];
    return NULL;
}

/* --- life */

static void run_free(struct jobs_run *r)
{
    if (r->work.release)
        r->work.release(r->work.arg);
    pieces_free(r->pieces);
    free(r);
}

static void take_out(struct jobs *j, int at)
{
    j->count--;
    memmove(&j->run[at], &j->run[at + 1], (size_t)(j->count - at) * sizeof *j->run);
}

static void forget(struct jobs *j, int at)
{
    struct jobs_run *r = j->run[at];
    take_out(j, at);
    topic_delete(j->s->topics, QF_TOPIC_jobs, &r->row);
    run_free(r);
}

void jobs_end(struct jobs_run *r, const char *why)
{
    if (r->phase == JOBS_IS_OVER || r->row.state != QF_JOB_RUNNING)
        return;
    r->row.state = QF_JOB_CANCELLED;
    if (why)
        set_reason(r, why);
    pieces_cancel(r->pieces);
    jobs_serve(r);
    push(r);
}

/* On its thread. */
static void on_thread(void *arg)
{
    struct jobs_run *r = arg;
    r->ok = r->work.run(r, r->work.arg);
    if (r->ok)
        pieces_end(r->pieces);
}

static void on_over(void *arg)
{
    struct jobs_run *r = arg;
    r->phase = JOBS_IS_OVER;
    r->over_ns = qf_now_mono();
    if (r->row.state == QF_JOB_RUNNING) {
        r->row.state = r->ok ? QF_JOB_DONE : QF_JOB_FAILED;
        if (!r->ok)
            set_reason(r, r->why[0] ? r->why : "it gave no reason");
        if (!r->ok)
            pieces_cancel(r->pieces);
    }
    r->row.updated = qf_now_wall();
    jobs_serve(r);
    push(r);
    if (r->work.release)
        r->work.release(r->work.arg);
    r->work.release = NULL;
}

static void on_durable(void *arg, bool ok)
{
    struct jobs_run *r = arg;
    struct jobs *j = r->jobs;
    int at = 0;
    while (j->run[at] != r)
        at++;
    if (!ok) { /* as if nobody had asked; the command may be decided again and begin another one */
        take_out(j, at);
        run_free(r);
        return;
    }
    r->phase = JOBS_RUNS;
    r->asked_ns = qf_now_mono();
    if (worker_add(j->worker, on_thread, on_over, r) != QF_OK)
        qf_assert(false); /* as many threads as may run at once, and room for as many */
    push(r);
}

/* --- the clock */

static bool is_gone(struct jobs_run *r, int64_t now)
{
    if (r->conn == 0 || conn_find(r->jobs->s->conns, r->conn))
        r->gone_ns = 0;
    else if (r->gone_ns == 0)
        r->gone_ns = now;
    return r->gone_ns > 0 && now - r->gone_ns >= r->jobs->gone_ns;
}

/* A piece is there and nobody comes for it. */
static bool is_unread(struct jobs_run *r, int64_t now)
{
    if (r->asks > 0 || !pieces_ready(r->pieces))
        return false;
    return now - r->asked_ns >= r->jobs->unread_ns;
}

/* The bytes of what is over are kept as long as somebody takes them, and a while after the last one for who lost his answer. */
static void drop_bytes(struct jobs_run *r, int64_t now)
{
    int64_t since = r->asked_ns > r->over_ns ? r->asked_ns : r->over_ns;
    if (!r->pieces || now - since < r->jobs->unread_ns)
        return;
    r->row.bytes = pieces_written(r->pieces);
    pieces_free(r->pieces);
    r->pieces = NULL;
}

static void look(struct jobs_run *r, int64_t now)
{
    int64_t done = r->row.done, bytes = r->row.bytes;
    if (r->phase == JOBS_IS_OVER) {
        drop_bytes(r, now);
        return;
    }
    if (r->phase == JOBS_WAITS)
        return;
    if (is_gone(r, now))
        jobs_end(r, "the connection it was for has gone");
    else if (is_unread(r, now))
        jobs_end(r, "nobody came for its bytes");
    refresh(r);
    if (r->row.done != done || r->row.bytes != bytes)
        push(r);
}

static void on_tick(void *arg)
{
    struct jobs *j = arg;
    int64_t now = qf_now_mono();
    for (int i = j->count - 1; i >= 0; i--) {
        struct jobs_run *r = j->run[i];
        look(r, now);
        if (r->phase == JOBS_IS_OVER && now - r->over_ns >= JOBS_KEEP_US * 1000)
            forget(j, i);
    }
    if (j->count > 0)
        qf_timer_once(j->tick, TICK_US);
}

static void on_wake(int fd, int what, void *arg)
{
    struct jobs *j = arg;
    uint64_t n;
    (void)what;
    if (read(fd, &n, sizeof n) != sizeof n)
        return;
    for (int i = 0; i < j->count; i++)
        jobs_serve(j->run[i]);
}

/* --- starting one */

static bool has_room(struct jobs *j)
{
    int busy = 0;
    for (int i = 0; i < j->count; i++)
        busy += j->run[i]->phase != JOBS_IS_OVER;
    if (!j->worker || busy >= JOBS_RUNNING)
        return false;
    for (int i = 0; i < j->count && j->count == JOBS_KEPT; i++)
        if (j->run[i]->phase == JOBS_IS_OVER)
            forget(j, i);
    return j->count < JOBS_KEPT;
}

/* On the producer's thread. */
static void wake(void *arg)
{
    const struct jobs *j = arg;
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(j->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
    qf_assert(n == sizeof one || errno == EAGAIN);
}

/* Numbers are those of the audit trail or above: also after a restart none is given twice. */
static int64_t next_id(struct jobs *j)
{
    int64_t head = server_audit_head(j->s);
    j->last_id = j->last_id > head ? j->last_id + 1 : head + 1;
    return j->last_id;
}

static struct jobs_run *run_new(struct ctx *c, const struct jobs_work *work)
{
    struct jobs *j = c->s->jobs;
    struct jobs_run *r = qf_xalloc(sizeof *r);
    r->jobs = j;
    r->s = c->s;
    r->work = *work;
    r->conn = c->conn;
    r->pieces = pieces_new(wake, j);
    atomic_init(&r->total, -1);
    r->row.id = next_id(j);
    r->row.state = QF_JOB_RUNNING;
    r->row.started = r->row.updated = c->actor.wall;
    qf_str_copy(r->row.kind, sizeof r->row.kind, work->kind);
    qf_str_copy(r->row.title, sizeof r->row.title, work->title);
    qf_str_copy(r->row.by, sizeof r->row.by, c->actor.user);
    qf_rec_fill(&qf_rec_job, &r->row);
    return r;
}

enum handled jobs_start(struct ctx *c, const struct jobs_work *work, struct qf_job *ret)
{
    struct jobs *j = c->s->jobs;
    bool may = qf_may(c->signed_in, c->actor.role, qf_cmds[work->like].perm);
    if (!may || !has_room(j)) {
        qf_refuse(&c->refusal, may ? QF_R_BUSY : QF_R_FORBIDDEN, "", may ? "%d jobs are running already" : NULL, JOBS_RUNNING);
        if (work->release)
            work->release(work->arg);
        return REFUSED;
    }
    struct jobs_run *r = run_new(c, work);
    j->run[j->count++] = r;
    commit_tell_me(c->s->commit, on_durable, r);
    qf_timer_once(j->tick, TICK_US);
    *ret = r->row;
    return HANDLED;
}

/* --- the producer's side */

bool jobs_write(struct jobs_run *run, const void *bytes, size_t n)
{
    return pieces_write(run->pieces, bytes, n);
}

void jobs_progress(struct jobs_run *run, int64_t done, int64_t total)
{
    atomic_store_explicit(&run->done, done, memory_order_relaxed);
    atomic_store_explicit(&run->total, total, memory_order_relaxed);
}

void jobs_failed(struct jobs_run *run, const char *fmt, ...)
{
    va_list ap;
    if (run->why[0])
        return;
    va_start(ap, fmt);
    (void)vsnprintf(run->why, sizeof run->why, fmt, ap);
    va_end(ap);
}

const atomic_bool *jobs_cancelled(const struct jobs_run *run)
{
    return pieces_flag(run->pieces);
}

/* --- the table itself */

struct jobs *jobs_new(struct server *s)
{
    struct jobs *j = qf_xalloc(sizeof *j);
    j->s = s;
    j->gone_ns = JOBS_GONE_US * 1000;
    j->unread_ns = JOBS_UNREAD_US * 1000;
    j->tick = qf_timer_new(s->loop, on_tick, j);
    j->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (j->fd < 0)
        return j;
    j->watch = qf_watch_new(s->loop, j->fd, QF_READ, on_wake, j);
    j->worker = worker_new(s->loop, JOBS_RUNNING, JOBS_RUNNING);
    return j;
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    for (int i = 0; i < j->count; i++)
        jobs_end(j->run[i], "the daemon ends");
    worker_free(j->worker);
    for (int i = 0; i < j->count; i++)
        run_free(j->run[i]);
    qf_timer_free(j->tick);
    qf_watch_free(j->watch);
    if (j->fd >= 0)
        close(j->fd);
    free(j);
}

void jobs_patience(struct jobs *j, int64_t gone_us, int64_t unread_us)
{
    j->gone_ns = gone_us * 1000;
    j->unread_ns = unread_us * 1000;
}
