#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/perm.h"

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct qf_arena a;
    qf_arena_init(&a, 1 << 20);
    for (size_t round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *p = qf_arena_alloc(&a, size);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, size);
        }
        qf_arena_reset(&a);
        assert_int_equal(a.used, 0);
    }
    qf_arena_release(&a);
}

static void arena_keeps_to_its_maximum(void **state)
{
    (void)state;
    struct qf_arena a;
    qf_arena_init(&a, 10000);
    assert_null(qf_arena_alloc(&a, 10001));
    assert_null(qf_arena_alloc(&a, SIZE_MAX));
    assert_null(qf_arena_alloc(&a, SIZE_MAX - 8));
    assert_null(qf_arena_copy(&a, "x", SIZE_MAX));
    assert_int_equal(a.used, 0);
    assert_non_null(qf_arena_alloc(&a, 9984));
    assert_non_null(qf_arena_alloc(&a, 16));
    assert_null(qf_arena_alloc(&a, 1));
    qf_arena_reset(&a);
    assert_non_null(qf_arena_alloc(&a, 9984));
    qf_arena_release(&a);
    assert_non_null(qf_arena_alloc(&a, 1)); /* usable after release */
    qf_arena_release(&a);
}

static void arena_pieces_stay_as_they_were(void **state)
{
    (void)state;
    struct qf_arena a;
    qf_arena_init(&a, 1 << 22);
    char *pieces[2000];
    char text[32];
    for (int i = 0; i < 2000; i++) {
        int n = snprintf(text, sizeof text, "piece %d", i);
        pieces[i] = qf_arena_copy(&a, text, (size_t)n);
        assert_non_null(pieces[i]);
        if (i % 100 == 0)
            assert_non_null(qf_arena_alloc(&a, 8000)); /* larger than a block's rest */
    }
    for (int i = 0; i < 2000; i++) {
        snprintf(text, sizeof text, "piece %d", i);
        assert_string_equal(pieces[i], text);
    }
    assert_string_equal(qf_arena_copy(&a, "a\0b", 3), "a");
    qf_arena_release(&a);
}

static void arena_changes_only_its_last_piece(void **state)
{
    (void)state;
    struct qf_arena a;
    qf_arena_init(&a, 3000);
    char *first = qf_arena_alloc(&a, 20), *last = qf_arena_alloc(&a, 20);
    memset(first, 'x', 20);
    memset(last, 'y', 20);
    assert_false(qf_arena_resize(&a, first, 20, 40));
    assert_true(qf_arena_resize(&a, last, 20, 100));
    assert_int_equal(a.used, 32 + 112);
    assert_memory_equal(last, "yyyyyyyyyyyyyyyyyyyy\0\0\0\0", 24);
    memset(last, 'y', 100);
    assert_true(qf_arena_resize(&a, last, 100, 17));
    assert_int_equal(a.used, 64);
    char *next = qf_arena_alloc(&a, 100); /* where the piece ended before */
    assert_ptr_equal(next, last + 32);
    for (int i = 0; i < 100; i++)
        assert_int_equal(next[i], 0);
    assert_false(qf_arena_resize(&a, next, 100, 3001));
    assert_false(qf_arena_resize(&a, next, 100, SIZE_MAX));
    assert_false(qf_arena_resize(&a, next, 100, 2990)); /* with what is used already, above the maximum */
    assert_int_equal(a.used, 64 + 112);
    qf_arena_release(&a);
    qf_arena_init(&a, 100000);
    char *p = qf_arena_alloc(&a, 4000);
    assert_false(qf_arena_resize(&a, p, 4000, 5000)); /* beyond its block */
    assert_false(qf_arena_resize(&(struct qf_arena){ .max = 10 }, p, 0, 1));
    qf_arena_release(&a);
}

static void buffer_grows_to_its_maximum_and_then_fails(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 1000);
    for (int i = 0; i < 100; i++)
        qf_buf_str(&b, "0123456789");
    assert_false(b.failed);
    assert_int_equal(b.len, 1000);
    assert_int_equal(strlen(qf_buf_cstr(&b)), 1000);
    assert_int_equal(b.cap, 1001); /* never more memory than content and one NUL */
    qf_buf_char(&b, 'x');
    assert_true(b.failed);
    assert_int_equal(b.len, 1000);
    qf_buf_add(&b, "", 0); /* the failure stays */
    assert_true(b.failed);
    qf_buf_clear(&b);
    assert_false(b.failed);
    qf_buf_str(&b, "again");
    assert_string_equal(qf_buf_cstr(&b), "again");
    qf_buf_release(&b);
}

static void buffer_takes_all_or_nothing(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 8);
    qf_buf_str(&b, "12345");
    qf_buf_str(&b, "6789");
    assert_true(b.failed);
    qf_buf_str(&b, "6"); /* would fit, but the text has a hole by now */
    assert_string_equal(qf_buf_cstr(&b), "12345");
    qf_buf_clear(&b);
    assert_null(qf_buf_room(&b, SIZE_MAX));
    qf_buf_release(&b);
}

static void buffer_formats_and_drops(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 600);
    assert_string_equal(qf_buf_cstr(&b), "");
    qf_buf_fmt(&b, "%s-%d", "order", 42);
    assert_string_equal(qf_buf_cstr(&b), "order-42");
    qf_buf_fmt(&b, "%500s", "");
    assert_int_equal(b.len, 508);
    qf_buf_drop(&b, 6);
    assert_memory_equal(b.p, "42   ", 5);
    qf_buf_drop(&b, 0);
    qf_buf_fmt(&b, "%98d", 7); /* exactly to the maximum: 502 + 98 */
    assert_false(b.failed);
    qf_buf_fmt(&b, "%d", 7);
    assert_true(b.failed);
    assert_int_equal(b.len, 600);
    qf_buf_release(&b);
}

static void buffer_hands_out_room(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 100);
    assert_non_null(qf_buf_room(&b, 0));
    char *p = qf_buf_room(&b, 100);
    assert_non_null(p);
    memset(p, 'a', 100);
    b.len += 100;
    assert_int_equal(strlen(qf_buf_cstr(&b)), 100);
    assert_null(qf_buf_room(&b, 1));
    assert_true(b.failed);
    qf_buf_release(&b);
}

static void lazy_tables_are_zero_and_cost_nothing(void **state)
{
    (void)state;
    size_t size = (size_t)1 << 36; /* 64 GiB of address space: only possible because nothing backs it */
#if defined(__SANITIZE_ADDRESS__)
    size = (size_t)1 << 30;
#endif
    unsigned char *p = qf_map_lazy(size);
    assert_non_null(p);
    assert_int_equal(p[0] | p[size / 2] | p[size - 1], 0);
    p[size - 1] = 1;
    qf_unmap(p, size);
    assert_null(qf_map_lazy(SIZE_MAX / 2));
}

static void start_up_memory_is_there(void **state)
{
    (void)state;
    char *p = qf_xalloc(0);
    assert_non_null(p);
    p = qf_xrealloc(p, 10);
    free(p);
    p = qf_xstrdup("abc");
    assert_string_equal(p, "abc");
    free(p);
}

static void every_error_has_its_own_phrase(void **state)
{
    (void)state;
    for (int i = 0; i < QF_ERR_COUNT; i++)
        for (int k = 0; k < i; k++)
            assert_string_not_equal(qf_err_text((enum qf_err)i), qf_err_text((enum qf_err)k));
    assert_string_equal(qf_err_text((enum qf_err)99), "unknown error");
    assert_string_equal(qf_err_text((enum qf_err)-1), "unknown error");
}

enum { VIEWER, TRADER, RISK, ADMIN, FEED, STRATEGY };

static void roles_have_their_rights_and_no_others(void **state)
{
    (void)state;
    assert_true(qf_may(false, ADMIN, QF_P_ANYONE));
    for (int p = QF_P_ANYONE + 1; p < QF_P_COUNT; p++)
        assert_false(qf_may(false, ADMIN, (enum qf_perm)p));
    for (int p = 0; p < QF_P_COUNT; p++) {
        assert_true(qf_may(true, ADMIN, (enum qf_perm)p));
        assert_false(qf_may(true, -1, (enum qf_perm)p));
        assert_false(qf_may(true, 6, (enum qf_perm)p));
    }
    assert_true(qf_may(true, VIEWER, QF_P_VIEW));
    assert_false(qf_may(true, VIEWER, QF_P_TRADE));
    assert_true(qf_may(true, TRADER, QF_P_TRADE));
    assert_false(qf_may(true, TRADER, QF_P_HALT));
    assert_true(qf_may(true, RISK, QF_P_HALT));
    assert_false(qf_may(true, RISK, QF_P_ADMIN));
    assert_true(qf_may(true, FEED, QF_P_FEED));
    assert_false(qf_may(true, FEED, QF_P_VIEW));
    assert_true(qf_may(true, STRATEGY, QF_P_TRADE));
    assert_false(qf_may(true, ADMIN, QF_P_COUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(arena_keeps_to_its_maximum),
        cmocka_unit_test(arena_pieces_stay_as_they_were),
        cmocka_unit_test(arena_changes_only_its_last_piece),
        cmocka_unit_test(buffer_grows_to_its_maximum_and_then_fails),
        cmocka_unit_test(buffer_takes_all_or_nothing),
        cmocka_unit_test(buffer_formats_and_drops),
        cmocka_unit_test(buffer_hands_out_room),
        cmocka_unit_test(lazy_tables_are_zero_and_cost_nothing),
        cmocka_unit_test(start_up_memory_is_there),
        cmocka_unit_test(every_error_has_its_own_phrase),
        cmocka_unit_test(roles_have_their_rights_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
