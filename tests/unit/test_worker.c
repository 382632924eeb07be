#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "common/clock.h"
#include "daemon/server/worker.h"

struct piece {
    int sleep_us;
    bool ran, done;
    pthread_t ran_on, done_on;
    sigset_t blocked;
    int *finished;
    struct worker *again;
    struct piece *next;
};

static void run(void *arg)
{
    struct piece *p = arg;
    if (p->sleep_us)
        usleep((useconds_t)p->sleep_us);
    p->ran = true;
    p->ran_on = pthread_self();
    pthread_sigmask(SIG_SETMASK, NULL, &p->blocked);
}

static void done(void *arg)
{
    struct piece *p = arg;
    p->done = true;
    p->done_on = pthread_self();
    ++*p->finished;
    if (p->next)
        assert_int_equal(worker_add(p->again, run, done, p->next), QF_OK);
}

static void wait_for(struct qf_loop *loop, const int *n, int want)
{
    int64_t end = qf_now_mono() + 10000000000LL;
    while (*n < want && qf_now_mono() < end)
        qf_loop_once(loop, 10000);
    assert_int_equal(*n, want);
}

static void work_runs_elsewhere_and_ends_on_the_loop(void **state)
{
    (void)state;
    struct qf_loop *loop = qf_loop_new();
    struct worker *w = worker_new(loop, 2, 10);
    int finished = 0;
    struct piece p[5] = { 0 };
    assert_non_null(w);
    for (int i = 0; i < 5; i++) {
        p[i].finished = &finished;
        assert_int_equal(worker_add(w, run, done, &p[i]), QF_OK);
    }
    assert_int_equal(worker_queued(w), 5);
    wait_for(loop, &finished, 5);
    assert_int_equal(worker_queued(w), 0);
    for (int i = 0; i < 5; i++) {
        assert_true(p[i].ran && p[i].done);
        assert_false(pthread_equal(p[i].ran_on, pthread_self()));
        assert_true(pthread_equal(p[i].done_on, pthread_self()));
        assert_int_equal(sigismember(&p[i].blocked, SIGTERM), 1);
    }
    worker_free(w);
    qf_loop_free(loop);
}

static void a_full_queue_refuses_and_calls_nothing(void **state)
{
    (void)state;
    struct qf_loop *loop = qf_loop_new();
    struct worker *w = worker_new(loop, 1, 2);
    int finished = 0;
    struct piece p[3] = { { .sleep_us = 20000, .finished = &finished },
                          { .finished = &finished },
                          { .finished = &finished } };
    assert_int_equal(worker_add(w, run, done, &p[0]), QF_OK);
    assert_int_equal(worker_add(w, run, done, &p[1]), QF_OK);
    assert_int_equal(worker_add(w, run, done, &p[2]), QF_EFULL);
    wait_for(loop, &finished, 2);
    assert_false(p[2].ran || p[2].done);
    assert_int_equal(worker_add(w, run, done, &p[2]), QF_OK);
    wait_for(loop, &finished, 3);
    worker_free(w);
    qf_loop_free(loop);
}

static void done_may_add_the_next_piece(void **state)
{
    (void)state;
    struct qf_loop *loop = qf_loop_new();
    struct worker *w = worker_new(loop, 1, 1);
    int finished = 0;
    struct piece second = { .finished = &finished }, first = { .finished = &finished, .again = w, .next = &second };
    assert_int_equal(worker_add(w, run, done, &first), QF_OK);
    wait_for(loop, &finished, 2);
    assert_true(second.ran);
    worker_free(w);
    qf_loop_free(loop);
}

static void freeing_waits_for_what_runs_and_ends_the_rest(void **state)
{
    (void)state;
    struct qf_loop *loop = qf_loop_new();
    struct worker *w = worker_new(loop, 1, 10);
    int finished = 0;
    struct piece p[3] = { { .sleep_us = 50000, .finished = &finished },
                          { .finished = &finished },
                          { .finished = &finished } };
    for (int i = 0; i < 3; i++)
        assert_int_equal(worker_add(w, run, done, &p[i]), QF_OK);
    usleep(10000); /* the first one has begun */
    worker_free(w);
    assert_int_equal(finished, 3);
    assert_true(p[0].ran);
    assert_false(p[2].ran);
    assert_true(p[2].done);
    qf_loop_free(loop);
}

static void the_loop_is_not_held_up(void **state)
{
    (void)state;
    struct qf_loop *loop = qf_loop_new();
    struct worker *w = worker_new(loop, 1, 1);
    int finished = 0, rounds = 0;
    struct piece p = { .sleep_us = 100000, .finished = &finished };
    assert_int_equal(worker_add(w, run, done, &p), QF_OK);
    for (; finished == 0 && rounds < 10000; rounds++)
        qf_loop_once(loop, 1000);
    assert_int_equal(finished, 1);
    assert_true(rounds >= 20);
    worker_free(w);
    qf_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(work_runs_elsewhere_and_ends_on_the_loop),
        cmocka_unit_test(a_full_queue_refuses_and_calls_nothing),
        cmocka_unit_test(done_may_add_the_next_piece),
        cmocka_unit_test(freeing_waits_for_what_runs_and_ends_the_rest),
        cmocka_unit_test(the_loop_is_not_held_up),
    };
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
