/* References that were used already. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/requests.h"

#define NOW (1700000000LL * QF_SEC)

struct world {
    struct requests *r;
    void *memory;
    struct batch *b;
    uint64_t no;
};

static int setup(void **state)
{
    struct world *w = qf_xalloc(sizeof *w);
    w->r = requests_new();
    w->memory = qf_map_lazy(batch_size());
    w->b = batch_init(w->memory);
    batch_reset(w->b, ++w->no);
    *state = w;
    return digest_init() != QF_OK;
}

static int teardown(void **state)
{
    struct world *w = *state;
    requests_free(w->r);
    qf_unmap(w->memory, batch_size());
    free(w);
    return 0;
}

static const unsigned char *hash_of(const char *content)
{
    static unsigned char hash[DIGEST_BYTES];
    digest_of(content, strlen(content), hash);
    return hash;
}

static void add(struct world *w, const char *ref, const char *content, const char *answer)
{
    requests_add(w->r, w->b, "bo", ref, hash_of(content), NOW, answer, strlen(answer));
}

static enum request_found find(struct world *w, const char *ref, const char *content, struct request_answer *ret)
{
    return requests_find(w->r, "bo", ref, hash_of(content), ret);
}

static void a_reference_is_new_flying_done(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    assert_int_equal(find(w, "c-1", "x", &a), REQUEST_NEW);
    add(w, "c-1", "x", "\"result\":{}");
    assert_int_equal(find(w, "c-1", "x", &a), REQUEST_FLYING);
    assert_int_equal(a.batch, 1);
    requests_durable(w->r, 1);
    assert_int_equal(find(w, "c-1", "x", &a), REQUEST_DONE);
    assert_int_equal(a.n, 11);
    assert_memory_equal(a.body, "\"result\":{}", a.n);
}

static void another_content_is_told_apart(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    add(w, "c-1", "x", "1");
    assert_int_equal(find(w, "c-1", "y", &a), REQUEST_OTHER);
    requests_durable(w->r, 1);
    assert_int_equal(find(w, "c-1", "y", &a), REQUEST_OTHER);
}

static void each_user_has_references_of_his_own(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    add(w, "c-1", "x", "1");
    assert_int_equal(requests_find(w->r, "ana", "c-1", hash_of("x"), &a), REQUEST_NEW);
    assert_int_equal(requests_find(w->r, "boc", "-1", hash_of("x"), &a), REQUEST_NEW); /* not the same letters in a row */
}

static void an_undone_batch_takes_its_references_with_it(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    add(w, "c-1", "x", "1");
    requests_durable(w->r, 1);
    batch_reset(w->b, ++w->no);
    add(w, "c-2", "x", "2");
    add(w, "c-3", "x", "3");
    batch_undo(w->b);
    requests_undone(w->r, 2);
    assert_int_equal(find(w, "c-2", "x", &a), REQUEST_NEW);
    assert_int_equal(find(w, "c-3", "x", &a), REQUEST_NEW);
    assert_int_equal(find(w, "c-1", "x", &a), REQUEST_DONE);
    assert_int_equal(requests_count(w->r), 1);
}

static void what_was_loaded_is_asked_of_the_database(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    assert_int_equal(requests_load(w->r, "bo", "old", NOW - QF_DAY), QF_OK);
    assert_int_equal(requests_load(w->r, "bo", "old", NOW - QF_DAY), QF_OK); /* loaded again after a reconnect */
    assert_int_equal(requests_count(w->r), 1);
    assert_int_equal(find(w, "old", "x", &a), REQUEST_STORED);
    requests_forget(w->r, "bo", "old");
    assert_int_equal(find(w, "old", "x", &a), REQUEST_NEW);
}

static void a_reference_is_forgotten_after_four_days(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    assert_int_equal(requests_load(w->r, "bo", "old", NOW), QF_OK);
    for (int day = 0; day <= 3; day++) {
        assert_true(requests_room(w->r, NOW + day * QF_DAY));
        assert_int_equal(find(w, "old", "x", &a), REQUEST_STORED);
    }
    assert_true(requests_room(w->r, NOW + 4 * QF_DAY));
    assert_int_equal(find(w, "old", "x", &a), REQUEST_NEW);
    assert_false(requests_room(w->r, NOW)); /* a clock that was set back so far cannot be served */
}

static void only_the_newest_answers_stay_in_memory(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    char ref[32];
    for (int i = 0; i < REQUESTS_KEPT + 100; i++) {
        if (i % 1000 == 0) {
            requests_durable(w->r, w->no);
            batch_reset(w->b, ++w->no);
        }
        qf_str_fmt(ref, sizeof ref, "c-%d", i);
        add(w, ref, "x", "1");
    }
    requests_durable(w->r, w->no);
    assert_int_equal(find(w, "c-0", "x", &a), REQUEST_STORED);
    assert_int_equal(find(w, "c-99", "x", &a), REQUEST_STORED);
    assert_int_equal(find(w, "c-100", "x", &a), REQUEST_DONE);
    qf_str_fmt(ref, sizeof ref, "c-%d", REQUESTS_KEPT + 99);
    assert_int_equal(find(w, ref, "x", &a), REQUEST_DONE);
    assert_int_equal(requests_count(w->r), REQUESTS_KEPT + 100);
}

static void what_flies_is_never_dropped(void **state)
{
    struct world *w = *state;
    struct request_answer a;
    char big[8192];
    memset(big, 'a', sizeof big);
    for (int i = 0; i < 1000; i++) {
        char ref[32];
        qf_str_fmt(ref, sizeof ref, "c-%d", i);
        for (int k = 0; k < 8; k++) { /* 64 MiB in flight: twice what is kept */
            char sub[40];
            qf_str_fmt(sub, sizeof sub, "%s-%d", ref, k);
            requests_add(w->r, w->b, "bo", sub, hash_of("x"), NOW, big, sizeof big);
        }
    }
    assert_int_equal(find(w, "c-0-0", "x", &a), REQUEST_FLYING);
    requests_durable(w->r, 1);
    assert_int_equal(find(w, "c-0-0", "x", &a), REQUEST_STORED);
    assert_int_equal(find(w, "c-999-7", "x", &a), REQUEST_DONE);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_reference_is_new_flying_done),
        CASE(another_content_is_told_apart),
        CASE(each_user_has_references_of_his_own),
        CASE(an_undone_batch_takes_its_references_with_it),
        CASE(what_was_loaded_is_asked_of_the_database),
        CASE(a_reference_is_forgotten_after_four_days),
        CASE(only_the_newest_answers_stay_in_memory),
        CASE(what_flies_is_never_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
