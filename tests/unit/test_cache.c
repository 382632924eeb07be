#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tui/cache.h"

static struct qf_quote quote(const char *symbol, qf_price last)
{
    struct qf_quote q = {.has = ~0ULL, .last = last};
    qf_str_copy(q.symbol, sizeof q.symbol, symbol);
    return q;
}

static struct tui_push push(uint64_t from, uint64_t seq, const void *rows, uint32_t n)
{
    return (struct tui_push){.topic = QF_TOPIC_quotes, .from = from, .seq = seq, .rows = rows, .rows_n = n};
}

static void rows_are_taken_by_key_in_their_order(void **state)
{
    struct tui_cache *c = tui_cache_new();
    struct qf_quote first[] = {quote("AMD", 1), quote("KO", 2)}, next[] = {quote("AMD", 3), quote("XOM", 4)};
    struct tui_push p = push(0, 7, first, 2);
    (void)state;
    assert_false(tui_cache_loaded(c, QF_TOPIC_quotes));
    assert_true(tui_cache_push(c, &p, 100));
    assert_true(tui_cache_loaded(c, QF_TOPIC_quotes));
    assert_int_equal(tui_cache_got(c, QF_TOPIC_quotes), 100);
    p = push(7, 9, next, 2);
    assert_true(tui_cache_push(c, &p, 200));
    assert_int_equal(tui_cache_quote(c, "AMD")->last, 3);
    assert_int_equal(tui_cache_quote(c, "KO")->last, 2);
    assert_int_equal(tui_cache_quote(c, "XOM")->last, 4);
    assert_null(tui_cache_quote(c, "PFE"));
    const void *const *rows;
    assert_int_equal(tui_cache_rows(c, QF_TOPIC_quotes, &rows), 3);
    tui_cache_free(c);
}

static void a_gap_is_refused_and_changes_nothing(void **state)
{
    struct tui_cache *c = tui_cache_new();
    struct qf_quote first = quote("AMD", 1), late = quote("AMD", 9);
    struct tui_push p = push(3, 4, &first, 1);
    (void)state;
    assert_false(tui_cache_push(c, &p, 100)); /* nothing before it */
    p = push(0, 7, &first, 1);
    assert_true(tui_cache_push(c, &p, 100));
    uint64_t version = tui_cache_version(c, QF_TOPIC_quotes);
    p = push(8, 9, &late, 1);
    assert_false(tui_cache_push(c, &p, 200));
    p = push(6, 7, &late, 1); /* one that was had already */
    assert_false(tui_cache_push(c, &p, 200));
    assert_int_equal(tui_cache_quote(c, "AMD")->last, 1);
    assert_int_equal(tui_cache_version(c, QF_TOPIC_quotes), version);
    struct qf_quote other = quote("KO", 5);
    p = push(0, 12, &other, 1); /* from 0 replaces all */
    assert_true(tui_cache_push(c, &p, 300));
    assert_null(tui_cache_quote(c, "AMD"));
    assert_int_equal(tui_cache_quote(c, "KO")->last, 5);
    tui_cache_free(c);
}

static void deleted_keys_go(void **state)
{
    struct tui_cache *c = tui_cache_new();
    struct qf_quote first[] = {quote("AMD", 1), quote("KO", 2)}, gone = quote("AMD", 0), unknown = quote("ZZZ", 0);
    struct tui_push p = push(0, 1, first, 2);
    (void)state;
    assert_true(tui_cache_push(c, &p, 1));
    p = (struct tui_push){.topic = QF_TOPIC_quotes, .from = 1, .seq = 2, .deleted = &gone, .deleted_n = 1};
    assert_true(tui_cache_push(c, &p, 2));
    assert_null(tui_cache_quote(c, "AMD"));
    assert_int_equal(tui_cache_quote(c, "KO")->last, 2);
    p = (struct tui_push){.topic = QF_TOPIC_quotes, .from = 2, .seq = 3, .deleted = &unknown, .deleted_n = 1};
    assert_true(tui_cache_push(c, &p, 3));
    tui_cache_drop(c, QF_TOPIC_quotes);
    assert_null(tui_cache_quote(c, "KO"));
    assert_false(tui_cache_loaded(c, QF_TOPIC_quotes));
    tui_cache_free(c);
}

/* Many keys in and out, beside a plain array: the index never loses one. */
static void the_index_survives_thousands_of_changes(void **state)
{
    enum { KEYS = 700, STEPS = 20000 };
    struct tui_cache *c = tui_cache_new();
    static int64_t there[KEYS];
    uint32_t r = 7;
    (void)state;
    memset(there, 0, sizeof there);
    struct tui_push p = {.topic = QF_TOPIC_orders, .seq = 1};
    assert_true(tui_cache_push(c, &p, 1));
    for (uint64_t i = 1; i <= STEPS; i++) {
        r = r * 1664525u + 1013904223u;
        struct qf_order o = {
            .has = ~0ULL, .id = 1 + (int64_t)(r >> 8) % KEYS, .state = QF_ORDER_WORKING, .filled = (int64_t)i};
        bool end = r >> 31;
        if (end)
            o.state = QF_ORDER_CANCELLED; /* over: told of, not kept */
        p = (struct tui_push){.topic = QF_TOPIC_orders, .from = i, .seq = i + 1, .rows = &o, .rows_n = 1};
        assert_true(tui_cache_push(c, &p, 2));
        there[o.id - 1] = end ? 0 : (int64_t)i;
    }
    size_t n = 0;
    for (int64_t k = 0; k < KEYS; k++) {
        struct qf_order key = {.id = k + 1};
        const struct qf_order *o = tui_cache_find(c, QF_TOPIC_orders, &key);
        assert_int_equal(o != NULL, there[k] != 0);
        if (o)
            assert_int_equal(o->filled, there[k]);
        n += o != NULL;
    }
    const void *const *rows;
    assert_int_equal(tui_cache_rows(c, QF_TOPIC_orders, &rows), n);
    assert_true(n > 100);
    tui_cache_free(c);
}

static int news, news_initial;
static int64_t last_before, last_now;

static void watch(void *arg, enum qf_topic_id topic, const void *before, const void *now, bool initial)
{
    (void)arg;
    if (topic != QF_TOPIC_orders)
        return;
    news++;
    news_initial += initial;
    last_before = before ? ((const struct qf_order *)before)->filled : -1;
    last_now = now ? ((const struct qf_order *)now)->filled : -1;
}

static void who_watches_sees_before_and_after(void **state)
{
    struct tui_cache *c = tui_cache_new();
    struct qf_order o = {.has = ~0ULL, .id = 5, .state = QF_ORDER_WORKING, .filled = 0};
    (void)state;
    news = news_initial = 0;
    tui_cache_watch(c, watch, NULL);
    struct tui_push p = {.topic = QF_TOPIC_orders, .seq = 1, .rows = &o, .rows_n = 1};
    assert_true(tui_cache_push(c, &p, 1));
    assert_int_equal(news_initial, 1);
    o.filled = 600;
    p.from = 1;
    p.seq = 2;
    assert_true(tui_cache_push(c, &p, 1));
    assert_int_equal(last_before, 0);
    assert_int_equal(last_now, 600);
    o.state = QF_ORDER_FILLED;
    o.filled = 2000;
    p.from = 2;
    p.seq = 3;
    assert_true(tui_cache_push(c, &p, 1));
    assert_int_equal(last_before, 600);
    assert_int_equal(last_now, 2000);
    assert_int_equal(news, 3);
    assert_int_equal(news_initial, 1);
    tui_cache_free(c);
}

static void streams_keep_their_newest(void **state)
{
    struct tui_cache *c = tui_cache_new();
    (void)state;
    struct tui_push p = {.topic = QF_TOPIC_events, .seq = 1};
    assert_true(tui_cache_push(c, &p, 1));
    for (uint64_t i = 1; i <= 3000; i++) {
        struct qf_event e = {.has = ~0ULL, .id = (int64_t)i};
        p = (struct tui_push){.topic = QF_TOPIC_events, .from = i, .seq = i + 1, .rows = &e, .rows_n = 1};
        assert_true(tui_cache_push(c, &p, 1));
    }
    const void *const *rows;
    size_t n = tui_cache_rows(c, QF_TOPIC_events, &rows);
    assert_in_range(n, 500, 700);
    struct qf_event key = {.id = 3000};
    assert_non_null(tui_cache_find(c, QF_TOPIC_events, &key));
    key.id = 1;
    assert_null(tui_cache_find(c, QF_TOPIC_events, &key));
    tui_cache_free(c);
}

static void copies_own_their_texts_and_lists(void **state)
{
    char text[] = "{\"a\":1}";
    struct qf_stop_order orders[2] = {{.has = ~0ULL, .id = 1}, {.has = ~0ULL, .id = 2}};
    struct qf_stop_report report = {.has = ~0ULL, .id = 9, .orders = orders, .orders_n = 2};
    struct qf_approval approval = {.has = ~0ULL, .id = 3, .args = {text, sizeof text - 1}};
    (void)state;
    struct qf_stop_report *r = tui_record_copy(&qf_rec_stop_report, &report);
    struct qf_approval *a = tui_record_copy(&qf_rec_approval, &approval);
    memset(orders, 0xff, sizeof orders);
    memset(text, 'x', sizeof text);
    assert_int_equal(r->orders_n, 2);
    assert_int_equal(r->orders[1].id, 2);
    assert_int_equal(a->args.n, 7);
    assert_memory_equal(a->args.p, "{\"a\":1}", 7);
    free(r);
    free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_taken_by_key_in_their_order),
        cmocka_unit_test(a_gap_is_refused_and_changes_nothing),
        cmocka_unit_test(deleted_keys_go),
        cmocka_unit_test(the_index_survives_thousands_of_changes),
        cmocka_unit_test(who_watches_sees_before_and_after),
        cmocka_unit_test(streams_keep_their_newest),
        cmocka_unit_test(copies_own_their_texts_and_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
