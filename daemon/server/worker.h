/* A few threads for what is slow (Argon2id, reports, fsync of the journal). Work gets copies, runs without the desk, and its
 * end is called on the loop's thread. Bounded queue. */
#ifndef QF_SERVER_WORKER_H
#define QF_SERVER_WORKER_H

#include "common/loop.h"

struct worker;
struct worker *worker_new(struct qf_loop *loop, int threads, int queue_max);
void worker_free(struct worker *w); /* waits for what runs */
/* run: on a worker's thread; done: on the loop. Both get job. QF_EFULL when the queue is full (nothing is called then). */
enum qf_err worker_add(struct worker *w, void (*run)(void *job), void (*done)(void *job), void *job) QF_MUST_CHECK;
int worker_queued(const struct worker *w);

#endif
