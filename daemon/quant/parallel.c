#include "daemon/quant/parallel.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct loop {
    parallel_fn fn;
    void *arg;
    size_t n, block;
    atomic_size_t next; /* first of the next block */
};

static void *work(void *arg)
{
    struct loop *l = arg;
    for (;;) {
        size_t first = atomic_fetch_add(&l->next, l->block);
        if (first >= l->n)
            return NULL;
        l->fn(l->arg, first, l->n - first < l->block ? l->n - first : l->block);
    }
}

/* Signals stay the caller's: a thread inherits what is blocked while it is made. */
static unsigned start(struct loop *l, pthread_t *threads, unsigned wanted)
{
    sigset_t all, before;
    unsigned n = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (n < wanted && pthread_create(&threads[n], NULL, work, l) == 0)
        n++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return n;
}

void parallel_blocks(unsigned threads, size_t n, size_t block, parallel_fn fn, void *arg)
{
    struct loop l = { .fn = fn, .arg = arg, .n = n, .block = block };
    pthread_t others[PARALLEL_THREADS];
    qf_assert(block > 0 && n <= SIZE_MAX / 2);
    size_t blocks = (n + block - 1) / block;
    unsigned most = threads < PARALLEL_THREADS ? threads : PARALLEL_THREADS;
    unsigned wanted = blocks < most ? (unsigned)blocks : most;
    unsigned started = wanted > 1 ? start(&l, others, wanted - 1) : 0;
    work(&l);
    for (unsigned i = 0; i < started; i++)
        pthread_join(others[i], NULL);
}
