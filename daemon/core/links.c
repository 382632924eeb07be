#include "daemon/core/core.h"

static uint32_t *next_of(const struct links *l, uint32_t i)
{
    return (uint32_t *)(void *)(l->rows + (size_t)i * l->stride + l->next);
}

static int64_t key_of(const struct links *l, uint32_t i)
{
    return *(const int64_t *)(const void *)(l->rows + (size_t)i * l->stride + l->key);
}

/* Two sorted lists into one; of equal keys those of a come first. */
static uint32_t merge(const struct links *l, uint32_t a, uint32_t b)
{
    uint32_t head = TAB_NONE, *tail = &head;
    while (a != TAB_NONE && b != TAB_NONE) {
        uint32_t *from = key_of(l, b) < key_of(l, a) ? &b : &a;
        *tail = *from;
        tail = next_of(l, *from);
        *from = *tail;
    }
    *tail = a != TAB_NONE ? a : b;
    return head;
}

/* Cuts off the longest part at the front that is sorted already. */
static uint32_t cut_run(const struct links *l, uint32_t *head)
{
    uint32_t run = *head, last = run;
    uint32_t next = *next_of(l, last);
    while (next != TAB_NONE && key_of(l, next) >= key_of(l, last)) {
        last = next;
        next = *next_of(l, last);
    }
    *next_of(l, last) = TAB_NONE;
    *head = next;
    return run;
}

/* Natural merge sort. bins[k] holds a merge of 2^k runs, as the digits of a counter, so that runs of like size meet. */
uint32_t links_sort(const struct links *l, uint32_t head)
{
    uint32_t bins[33], sorted = TAB_NONE;
    for (size_t k = 0; k < QF_LEN(bins); k++)
        bins[k] = TAB_NONE;
    while (head != TAB_NONE) {
        uint32_t run = cut_run(l, &head);
        size_t k = 0;
        for (; bins[k] != TAB_NONE; k++) {
            run = merge(l, bins[k], run);
            bins[k] = TAB_NONE;
        }
        bins[k] = run;
    }
    for (size_t k = 0; k < QF_LEN(bins); k++)
        if (bins[k] != TAB_NONE)
            sorted = merge(l, bins[k], sorted);
    return sorted;
}
