/* A pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986) inside an array of nodes: the smallest key on top, ties by the smaller
 * `tie`; adding in constant time, taking any node out in logarithmic time (amortised). No memory of its own. Index 0 is "none", so
 * zero pages are empty heaps; nodes are numbered from 1. */
#ifndef QF_VENUE_HEAP_H
#define QF_VENUE_HEAP_H

#include "common/base.h"

struct heap_node {
    int64_t key, tie;
    uint32_t child, next, prev; /* prev: the sibling before, or the parent of a first child */
};

/* *root: the top, 0 = empty. n is in no heap; its key and tie are set. */
void heap_add(struct heap_node *nodes, uint32_t *root, uint32_t n);
/* n is in this heap. */
void heap_remove(struct heap_node *nodes, uint32_t *root, uint32_t n);

#endif
