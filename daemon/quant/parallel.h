/* A long loop on several threads. It is cut into blocks of fixed size; whoever is free takes the next one. What a block writes depends on
 * the block alone, never on who took it: the same bytes come out for any number of threads. */
#ifndef QF_PARALLEL_H
#define QF_PARALLEL_H

#include "common/base.h"

#define PARALLEL_THREADS 16

typedef void (*parallel_fn)(void *arg, size_t first, size_t count);

/* fn(arg, first, count) for all of 0 .. n - 1, in blocks of `block` (> 0, the last one shorter). threads: the caller's and up to
 * PARALLEL_THREADS - 1 others; fewer when the system gives none, down to the caller's alone. Returns when all is done. fn must not write
 * what another block reads or writes. */
void parallel_blocks(unsigned threads, size_t n, size_t block, parallel_fn fn, void *arg);

#endif
