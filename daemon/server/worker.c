#include "daemon/server/worker.h"

#include "common/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct piece {
    struct piece *next;
    void (*run)(void *job);
    void (*done)(void *job);
    void *job;
};

struct fifo {
    struct piece *first, **last;
};

struct worker {
    struct qf_watch *watch;
    int fd;     /* an eventfd: something is finished */
    int queued; /* the loop's: added and not yet done */
    int queue_max;
    int threads;
    pthread_t thread[WORKER_THREADS_MAX];
    /* shared with the threads, under mu */
    pthread_mutex_t mu;
    pthread_cond_t cv;
    struct fifo todo, finished;
    bool stop;
};

static void fifo_clear(struct fifo *f)
{
    f->first = NULL;
    f->last = &f->first;
}

static void fifo_put(struct fifo *f, struct piece *p)
{
    p->next = NULL;
    *f->last = p;
    f->last = &p->next;
}

static struct piece *fifo_take(struct fifo *f)
{
    struct piece *p = f->first;
    if (p && !(f->first = p->next))
        f->last = &f->first;
    return p;
}

static void wake_loop(struct worker *w)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(w->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
    qf_assert(n == sizeof one || errno == EAGAIN); /* EAGAIN: 2^64 - 2 wake-ups wait, the loop will look anyway */
}

static void *thread_main(void *arg)
{
    struct worker *w = arg;
    pthread_mutex_lock(&w->mu);
    for (;;) {
        while (!w->todo.first && !w->stop)
            pthread_cond_wait(&w->cv, &w->mu);
        if (w->stop)
            break;
        struct piece *p = fifo_take(&w->todo);
        pthread_mutex_unlock(&w->mu);
        p->run(p->job);
        pthread_mutex_lock(&w->mu);
        fifo_put(&w->finished, p);
        wake_loop(w);
    }
    pthread_mutex_unlock(&w->mu);
    return NULL;
}

/* Calls `done` of all that f holds. done may add more work. */
static void finish(struct worker *w, struct fifo *f)
{
    struct piece *p;
    while ((p = fifo_take(f)) != NULL) {
        w->queued--;
        p->done(p->job);
        free(p);
    }
}

static void on_finished(int fd, int what, void *arg)
{
    struct worker *w = arg;
    (void)what;
    uint64_t n;
    if (read(fd, &n, sizeof n) != sizeof n)
        return;
    struct fifo f;
    fifo_clear(&f);
    pthread_mutex_lock(&w->mu);
    if (w->finished.first) {
        f = w->finished;
        fifo_clear(&w->finished);
    }
    pthread_mutex_unlock(&w->mu);
    finish(w, &f);
}

/* Threads begin with every signal blocked, so that each is delivered to the loop's thread. */
static int start_threads(struct worker *w, int threads)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = 0;
    while (w->threads < threads && rc == 0) {
        rc = pthread_create(&w->thread[w->threads], NULL, thread_main, w);
        if (rc == 0)
            w->threads++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

struct worker *worker_new(struct qf_loop *loop, int threads, int queue_max)
{
    qf_assert(threads >= 1 && threads <= WORKER_THREADS_MAX && queue_max >= 1);
    struct worker *w = qf_xalloc(sizeof *w);
    w->queue_max = queue_max;
    fifo_clear(&w->todo);
    fifo_clear(&w->finished);
    pthread_mutex_init(&w->mu, NULL);
    pthread_cond_init(&w->cv, NULL);
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (w->fd >= 0)
        w->watch = qf_watch_new(loop, w->fd, QF_READ, on_finished, w);
    int rc = w->fd < 0 ? errno : start_threads(w, threads);
    if (rc != 0) {
        worker_free(w);
        errno = rc;
        return NULL;
    }
    return w;
}

static void join(struct worker *w)
{
    pthread_mutex_lock(&w->mu);
    w->stop = true;
    pthread_cond_broadcast(&w->cv);
    pthread_mutex_unlock(&w->mu);
    for (int i = 0; i < w->threads; i++)
        pthread_join(w->thread[i], NULL);
}

void worker_free(struct worker *w)
{
    if (!w)
        return;
    join(w);
    w->queue_max = 0; /* `done` can add nothing any more */
    finish(w, &w->finished);
    finish(w, &w->todo);
    qf_assert(w->queued == 0);
    qf_watch_free(w->watch);
    if (w->fd >= 0)
        close(w->fd);
    pthread_cond_destroy(&w->cv);
    pthread_mutex_destroy(&w->mu);
    free(w);
}

enum qf_err worker_add(struct worker *w, void (*run)(void *job), void (*done)(void *job), void *job)
{
    if (w->queued >= w->queue_max)
        return QF_EFULL;
    struct piece *p = qf_xalloc(sizeof *p);
    *p = (struct piece){ .run = run, .done = done, .job = job };
    w->queued++;
    pthread_mutex_lock(&w->mu);
    fifo_put(&w->todo, p);
    pthread_cond_signal(&w->cv);
    pthread_mutex_unlock(&w->mu);
    return QF_OK;
}

int worker_queued(const struct worker *w)
{
    return w->queued;
}
