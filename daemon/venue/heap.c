#include "daemon/venue/heap.h"

static bool before(const struct heap_node *a, const struct heap_node *b)
{
    return a->key != b->key ? a->key < b->key : a->tie < b->tie;
}

/* One heap of two; either may be none. Neither has siblings. */
static uint32_t meld(struct heap_node *nodes, uint32_t a, uint32_t b)
{
    if (a == 0 || b == 0)
        return a != 0 ? a : b;
    uint32_t top = before(&nodes[b], &nodes[a]) ? b : a;
    uint32_t under = top == a ? b : a;
    nodes[under].next = nodes[top].child;
    nodes[under].prev = top;
    if (nodes[top].child != 0)
        nodes[nodes[top].child].prev = under;
    nodes[top].child = under;
    return top;
}

/* One heap of a row of siblings: melded in pairs from the left, the pairs then from the right. */
static uint32_t combine(struct heap_node *nodes, uint32_t first)
{
    uint32_t pairs = 0, root = 0;

    while (first != 0) {
        uint32_t a = first, b = nodes[a].next;
        first = b != 0 ? nodes[b].next : 0;
        nodes[a].next = nodes[a].prev = 0;
        if (b != 0)
            nodes[b].next = nodes[b].prev = 0;
        uint32_t pair = meld(nodes, a, b);
        nodes[pair].next = pairs;
        pairs = pair;
    }
    while (pairs != 0) {
        uint32_t rest = nodes[pairs].next;
        nodes[pairs].next = 0;
        root = meld(nodes, root, pairs);
        pairs = rest;
    }
    return root;
}

void heap_add(struct heap_node *nodes, uint32_t *root, uint32_t n)
{
    nodes[n].child = nodes[n].next = nodes[n].prev = 0;
    *root = meld(nodes, *root, n);
}

static void unlink_node(struct heap_node *nodes, uint32_t n)
{
    uint32_t prev = nodes[n].prev, next = nodes[n].next;

    qf_assert(prev != 0);
    if (nodes[prev].child == n)
        nodes[prev].child = next;
    else
        nodes[prev].next = next;
    if (next != 0)
        nodes[next].prev = prev;
}

void heap_remove(struct heap_node *nodes, uint32_t *root, uint32_t n)
{
    uint32_t children = combine(nodes, nodes[n].child);

    if (n == *root) {
        *root = children;
    } else {
        unlink_node(nodes, n);
        *root = meld(nodes, *root, children);
    }
    nodes[n].child = nodes[n].next = nodes[n].prev = 0;
}
