/* The event loop, as far as this project needs it: one thread, descriptors, timers, signals. A thin cover over libevent so
 * that no other file but the ones that move bytes names it. */
#ifndef QF_LOOP_H
#define QF_LOOP_H

#include "common/base.h"

struct qf_loop;
struct qf_timer;
struct qf_watch;

#define QF_READ 1
#define QF_WRITE 2

typedef void (*qf_timer_fn)(void *arg);
typedef void (*qf_io_fn)(int fd, int what, void *arg);
typedef void (*qf_signal_fn)(int signo, void *arg);

/* Never NULL: without memory or descriptors for a loop no program can start, so it ends (exit 70). */
struct qf_loop *qf_loop_new(void);
/* After everything made with it has been freed. NULL is fine. */
void qf_loop_free(struct qf_loop *loop);
/* Runs until qf_loop_stop; at once back when that was called before. */
void qf_loop_run(struct qf_loop *loop);
/* Handles what is ready now and returns; waits at most `wait_us` when nothing is. */
void qf_loop_once(struct qf_loop *loop, int64_t wait_us);
/* Ends qf_loop_run, or the qf_loop_once that is running, after the callback that calls this. */
void qf_loop_stop(struct qf_loop *loop);
/* The struct event_base behind it, for conn.c and http.c. */
void *qf_loop_base(struct qf_loop *loop);

/* Calls fn every time fd is ready for `what` (QF_READ | QF_WRITE) until it is freed; what = 0: paused from the start. fn may free
 * it. NULL with errno when the descriptor is of a kind that cannot be watched (EPERM: a file on disk). */
struct qf_watch *qf_watch_new(struct qf_loop *loop, int fd, int what, qf_io_fn fn, void *arg);
void qf_watch_set(struct qf_watch *w, int what); /* what = 0 pauses it */
void qf_watch_free(struct qf_watch *w);          /* before close(fd); NULL is fine */

/* A timer that is not running. fn may start it again, stop it or free it. */
struct qf_timer *qf_timer_new(struct qf_loop *loop, qf_timer_fn fn, void *arg);
void qf_timer_once(struct qf_timer *t, int64_t us);   /* (re)starts it for one shot; 0 = in the next round of the loop */
void qf_timer_every(struct qf_timer *t, int64_t us);  /* (re)starts it, repeating */
void qf_timer_stop(struct qf_timer *t);
void qf_timer_free(struct qf_timer *t); /* NULL is fine */

/* Calls fn in the loop, not in the signal handler, each time the signal comes; freed by qf_watch_free. One a signal. */
struct qf_watch *qf_signal_new(struct qf_loop *loop, int signo, qf_signal_fn fn, void *arg);

#endif
