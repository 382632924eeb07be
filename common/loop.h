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

struct qf_loop *qf_loop_new(void);
void qf_loop_free(struct qf_loop *loop);
/* Runs until qf_loop_stop. */
void qf_loop_run(struct qf_loop *loop);
/* Handles what is ready now and returns; waits at most `wait_us` when nothing is. */
void qf_loop_once(struct qf_loop *loop, int64_t wait_us);
void qf_loop_stop(struct qf_loop *loop);
/* The struct event_base behind it, for conn.c and http.c. */
void *qf_loop_base(struct qf_loop *loop);

/* Calls fn every time fd is ready for `what` (QF_READ | QF_WRITE) until it is freed. */
struct qf_watch *qf_watch_new(struct qf_loop *loop, int fd, int what, qf_io_fn fn, void *arg);
void qf_watch_set(struct qf_watch *w, int what); /* what = 0 pauses it */
void qf_watch_free(struct qf_watch *w);          /* before close(fd); NULL is fine */

/* A timer that is not running. */
struct qf_timer *qf_timer_new(struct qf_loop *loop, qf_timer_fn fn, void *arg);
void qf_timer_once(struct qf_timer *t, int64_t us);   /* (re)starts it for one shot; 0 = in the next round of the loop */
void qf_timer_every(struct qf_timer *t, int64_t us);  /* (re)starts it, repeating */
void qf_timer_stop(struct qf_timer *t);
void qf_timer_free(struct qf_timer *t);

struct qf_watch *qf_signal_new(struct qf_loop *loop, int signo, qf_signal_fn fn, void *arg);

#endif
