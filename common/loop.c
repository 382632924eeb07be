#include "common/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"

struct qf_loop {
    struct event_base *base;
    struct event *deadline; /* ends the wait of qf_loop_once */
    bool stopped;
};

struct qf_watch {
    struct event *ev;
    struct event_base *base;
    int fd, what;
    qf_io_fn io;
    qf_signal_fn on_signal;
    void *arg;
};

struct qf_timer {
    struct event *ev;
    struct event_base *base;
    qf_timer_fn fn;
    void *arg;
};

/* libevent gives NULL for want of memory only: the same end as in qf_xalloc. */
static void *or_exit(void *p)
{
    if (p == NULL)
        exit(70);
    return p;
}

static struct timeval interval(int64_t us)
{
    qf_assert(us >= 0);
    return (struct timeval){ .tv_sec = us / QF_SEC, .tv_usec = us % QF_SEC };
}

/* --- loop */

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    (void)arg;
}

/* libevent would print its warnings, such as of a descriptor that cannot be watched; the caller is told those by our return values.
 * What is left is what libevent does not survive itself. */
static void on_message(int severity, const char *message)
{
    if (severity == EVENT_LOG_ERR)
        fprintf(stderr, "%s\n", message);
}

static void set_log(void)
{
    event_set_log_callback(on_message);
}

/* Timers count in microseconds: a paper venue's latency and the lane's deadlines are finer than epoll's milliseconds. */
struct qf_loop *qf_loop_new(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* a thread may have a loop of its own */
    qf_assert(pthread_once(&once, set_log) == 0);
    struct qf_loop *loop = qf_xalloc(sizeof *loop);
    struct event_config *config = or_exit(event_config_new());
    qf_assert(event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER) == 0);
    loop->base = or_exit(event_base_new_with_config(config));
    event_config_free(config);
    loop->deadline = or_exit(event_new(loop->base, -1, 0, on_deadline, NULL));
    return loop;
}

void qf_loop_free(struct qf_loop *loop)
{
    if (loop == NULL)
        return;
    event_free(loop->deadline);
    event_base_free(loop->base);
    free(loop);
}

void qf_loop_run(struct qf_loop *loop)
{
    while (!loop->stopped)
        qf_assert(event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) == 0);
    loop->stopped = false;
}

void qf_loop_once(struct qf_loop *loop, int64_t wait_us)
{
    struct timeval tv = interval(wait_us);
    if (wait_us > 0)
        qf_assert(event_add(loop->deadline, &tv) == 0);
    qf_assert(event_base_loop(loop->base, wait_us > 0 ? EVLOOP_ONCE : EVLOOP_NONBLOCK) >= 0);
    event_del(loop->deadline);
}

void qf_loop_stop(struct qf_loop *loop)
{
    loop->stopped = true;
    event_base_loopbreak(loop->base);
}

void *qf_loop_base(struct qf_loop *loop)
{
    return loop->base;
}

/* --- descriptors and signals */

static void on_io(evutil_socket_t fd, short what, void *arg)
{
    struct qf_watch *w = arg;
    w->io((int)fd, (what & EV_READ ? QF_READ : 0) | (what & EV_WRITE ? QF_WRITE : 0), w->arg);
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
    struct qf_watch *w = arg;
    (void)what;
    w->on_signal((int)signo, w->arg);
}

static short event_flags(int what)
{
    return (short)(EV_PERSIST | (what & QF_READ ? EV_READ : 0) | (what & QF_WRITE ? EV_WRITE : 0));
}

struct qf_watch *qf_watch_new(struct qf_loop *loop, int fd, int what, qf_io_fn fn, void *arg)
{
    struct qf_watch *w = qf_xalloc(sizeof *w);
    *w = (struct qf_watch){ .base = loop->base, .fd = fd, .what = what, .io = fn, .arg = arg };
    w->ev = or_exit(event_new(loop->base, fd, event_flags(what), on_io, w));
    if (what != 0 && event_add(w->ev, NULL) != 0) {
        int why = errno;
        qf_watch_free(w);
        errno = why;
        return NULL;
    }
    return w;
}

/* An event's flags cannot be changed while it is pending, so it is taken out and put back. */
void qf_watch_set(struct qf_watch *w, int what)
{
    if (what == w->what)
        return;
    event_del(w->ev);
    w->what = what;
    if (what == 0)
        return;
    qf_assert(event_assign(w->ev, w->base, w->fd, event_flags(what), on_io, w) == 0);
    qf_assert(event_add(w->ev, NULL) == 0);
}

void qf_watch_free(struct qf_watch *w)
{
    if (w == NULL)
        return;
    event_free(w->ev);
    free(w);
}

struct qf_watch *qf_signal_new(struct qf_loop *loop, int signo, qf_signal_fn fn, void *arg)
{
    struct qf_watch *w = qf_xalloc(sizeof *w);
    *w = (struct qf_watch){ .base = loop->base, .fd = signo, .on_signal = fn, .arg = arg };
    w->ev = or_exit(evsignal_new(loop->base, signo, on_signal, w));
    qf_assert(event_add(w->ev, NULL) == 0);
    return w;
}

/* --- timers */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct qf_timer *t = arg;
    (void)fd;
    (void)what;
    t->fn(t->arg);
}

struct qf_timer *qf_timer_new(struct qf_loop *loop, qf_timer_fn fn, void *arg)
{
    struct qf_timer *t = qf_xalloc(sizeof *t);
    *t = (struct qf_timer){ .base = loop->base, .fn = fn, .arg = arg };
    t->ev = or_exit(event_new(loop->base, -1, 0, on_timer, t));
    return t;
}

static void timer_start(struct qf_timer *t, int64_t us, short flags)
{
    struct timeval tv = interval(us);
    event_del(t->ev);
    qf_assert(event_assign(t->ev, t->base, -1, flags, on_timer, t) == 0);
    qf_assert(event_add(t->ev, &tv) == 0);
}

void qf_timer_once(struct qf_timer *t, int64_t us)
{
    timer_start(t, us, 0);
}

void qf_timer_every(struct qf_timer *t, int64_t us)
{
    qf_assert(us > 0);
    timer_start(t, us, EV_PERSIST);
}

void qf_timer_stop(struct qf_timer *t)
{
    event_del(t->ev);
}

void qf_timer_free(struct qf_timer *t)
{
    if (t == NULL)
        return;
    event_free(t->ev);
    free(t);
}
