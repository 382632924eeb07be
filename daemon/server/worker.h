/* A few threads for what is slow (Argon2id, reports, fsync of the journal). Work gets copies, runs without the desk,
 * and its end is called on the loop's thread. Bounded queue. */
#ifndef QF_SERVER_WORKER_H
#define QF_SERVER_WORKER_H

#include "common/loop.h"

#define WORKER_THREADS_MAX 16

struct worker;
/* threads: 1 to WORKER_THREADS_MAX. queue_max: pieces of work that may wait or run, from 1. NULL: the system has no
 * thread or descriptor for it (errno). All signals are blocked in the threads: they stay the loop's. */
struct worker *worker_new(struct qf_loop *loop, int threads, int queue_max);
/* Waits for what runs. `done` is called for everything that was added, here at the latest: what had not begun is not
 * run. */
void worker_free(struct worker *w);
/* run: on a worker's thread; done: on the loop. Both get job. QF_EFULL when the queue is full (nothing is called then).
 */
enum qf_err worker_add(struct worker *w, void (*run)(void *job), void (*done)(void *job), void *job) QF_MUST_CHECK;
/* Added and not yet done. */
int worker_queued(const struct worker *w);

#endif
