/* The pairing heap under the paper venue. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "common/mem.h"
#include "daemon/venue/heap.h"

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

static void test_smallest_first_after_many_removals(void **state)
{
    enum { N = 2000 };
    struct heap_node *nodes = qf_xalloc((N + 1) * sizeof *nodes);
    bool in[N + 1] = { false };
    uint64_t x = 1234567;
    uint32_t root = 0;

    (void)state;
    for (int step = 0; step < 50000; step++) {
        uint32_t n = 1 + (uint32_t)(next_random(&x) % N);
        if (in[n]) {
            heap_remove(nodes, &root, n);
        } else {
            nodes[n].key = (int64_t)(next_random(&x) % 50);
            nodes[n].tie = n;
            heap_add(nodes, &root, n);
        }
        in[n] = !in[n];
    }
    int64_t key = INT64_MIN, tie = 0;
    uint32_t left = 0, out = 0;
    for (uint32_t i = 1; i <= N; i++)
        left += in[i];
    for (; root != 0; out++) {
        assert_true(nodes[root].key > key || (nodes[root].key == key && nodes[root].tie > tie));
        key = nodes[root].key;
        tie = nodes[root].tie;
        assert_true(in[root]);
        heap_remove(nodes, &root, root);
    }
    assert_int_equal(out, left);
    free(nodes);
}

static void test_ties_go_to_the_smaller(void **state)
{
    struct heap_node nodes[4] = { { 0 }, { .key = 5, .tie = 9 }, { .key = 5, .tie = 2 }, { .key = 5, .tie = 4 } };
    uint32_t root = 0;

    (void)state;
    for (uint32_t i = 1; i <= 3; i++)
        heap_add(nodes, &root, i);
    assert_int_equal(root, 2);
    heap_remove(nodes, &root, 2);
    assert_int_equal(root, 3);
    heap_remove(nodes, &root, 1); /* not the top */
    assert_int_equal(root, 3);
    heap_remove(nodes, &root, 3);
    assert_int_equal(root, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smallest_first_after_many_removals),
        cmocka_unit_test(test_ties_go_to_the_smaller),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
