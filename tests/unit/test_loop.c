#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/loop.h"

static struct qf_loop *loop;

struct counter {
    int calls;
    int last;
    struct qf_timer *timer;
    struct qf_watch *watch;
};

static void count(void *arg)
{
    ((struct counter *)arg)->calls++;
}

static void count_and_stop(void *arg)
{
    count(arg);
    qf_loop_stop(loop);
}

/* Rounds of the loop until something has been called so often, or two seconds have gone. */
static void rounds_until(const struct counter *c, int calls)
{
    for (int64_t end = qf_now_mono() + 2000000000LL; c->calls < calls && qf_now_mono() < end;)
        qf_loop_once(loop, 10000);
    assert_true(c->calls >= calls);
}

/* --- timers */

static void a_timer_fires_once_when_its_time_has_come(void **state)
{
    (void)state;
    struct counter c = { 0 };
    struct qf_timer *t = qf_timer_new(loop, count, &c);
    qf_loop_once(loop, 0);
    assert_int_equal(c.calls, 0); /* not running yet */
    int64_t start = qf_now_mono();
    qf_timer_once(t, 3000);
    rounds_until(&c, 1);
    assert_true(qf_now_mono() - start >= 3000000);
    qf_loop_once(loop, 6000);
    assert_int_equal(c.calls, 1);
    qf_timer_once(t, 0);
    qf_loop_once(loop, 100000);
    assert_int_equal(c.calls, 2);
    qf_timer_free(t);
    qf_timer_free(NULL);
}

static void timers_are_finer_than_a_millisecond(void **state)
{
    (void)state;
    struct counter c = { 0 };
    struct qf_timer *t = qf_timer_new(loop, count, &c);
    int64_t best = INT64_MAX;
    for (int i = 1; i <= 30; i++) {
        int64_t start = qf_now_mono();
        qf_timer_once(t, 200);
        rounds_until(&c, i);
        int64_t took = qf_now_mono() - start;
        assert_true(took >= 200000);
        best = took < best ? took : best;
    }
    assert_true(best < 900000);
    qf_timer_free(t);
}

static void a_timer_repeats_until_it_is_stopped(void **state)
{
    (void)state;
    struct counter c = { 0 };
    struct qf_timer *t = qf_timer_new(loop, count, &c);
    qf_timer_every(t, 1000);
    rounds_until(&c, 3);
    qf_timer_stop(t);
    int seen = c.calls;
    qf_loop_once(loop, 5000);
    assert_int_equal(c.calls, seen);
    qf_timer_once(t, 1000); /* what repeated does not repeat any more */
    rounds_until(&c, seen + 1);
    qf_loop_once(loop, 5000);
    assert_int_equal(c.calls, seen + 1);
    qf_timer_free(t);
}

static void restart(void *arg)
{
    struct counter *c = arg;
    if (++c->calls < 3)
        qf_timer_once(c->timer, 500);
}

static void free_own(void *arg)
{
    struct counter *c = arg;
    c->calls++;
    qf_timer_free(c->timer);
}

static void a_timer_may_restart_and_free_itself(void **state)
{
    (void)state;
    struct counter c = { 0 };
    c.timer = qf_timer_new(loop, restart, &c);
    qf_timer_once(c.timer, 500);
    rounds_until(&c, 3);
    qf_loop_once(loop, 2000);
    assert_int_equal(c.calls, 3);
    qf_timer_free(c.timer);
    c.calls = 0;
    c.timer = qf_timer_new(loop, free_own, &c);
    qf_timer_every(c.timer, 500);
    rounds_until(&c, 1);
    qf_loop_once(loop, 2000);
    assert_int_equal(c.calls, 1);
}

/* --- descriptors */

static void on_io(int fd, int what, void *arg)
{
    struct counter *c = arg;
    char byte;
    c->calls++;
    c->last = what;
    if (what & QF_READ)
        assert_int_equal(read(fd, &byte, 1), 1);
}

static void a_descriptor_is_watched_for_what_was_asked(void **state)
{
    (void)state;
    int pair[2];
    struct counter c = { 0 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct qf_watch *w = qf_watch_new(loop, pair[0], QF_READ, on_io, &c);
    assert_non_null(w);
    qf_loop_once(loop, 0);
    assert_int_equal(c.calls, 0);
    assert_int_equal(write(pair[1], "ab", 2), 2);
    qf_loop_once(loop, 100000);
    assert_int_equal(c.last, QF_READ);
    rounds_until(&c, 2); /* still there: called again */
    qf_watch_set(w, 0);
    assert_int_equal(write(pair[1], "c", 1), 1);
    qf_loop_once(loop, 2000);
    assert_int_equal(c.calls, 2);
    qf_watch_set(w, QF_READ | QF_WRITE);
    qf_loop_once(loop, 100000);
    assert_int_equal(c.last, QF_READ | QF_WRITE);
    qf_watch_set(w, QF_WRITE);
    qf_loop_once(loop, 100000);
    assert_int_equal(c.last, QF_WRITE);
    qf_watch_free(w);
    qf_watch_free(NULL);
    close(pair[0]);
    close(pair[1]);
}

static void free_watch(int fd, int what, void *arg)
{
    struct counter *c = arg;
    (void)fd;
    (void)what;
    c->calls++;
    qf_watch_free(c->watch);
}

static void a_watch_may_free_itself_and_begin_paused(void **state)
{
    (void)state;
    int pair[2];
    struct counter c = { 0 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    c.watch = qf_watch_new(loop, pair[0], 0, free_watch, &c);
    qf_loop_once(loop, 1000);
    assert_int_equal(c.calls, 0);
    qf_watch_set(c.watch, QF_WRITE);
    qf_loop_once(loop, 100000);
    qf_loop_once(loop, 1000);
    assert_int_equal(c.calls, 1);
    close(pair[0]);
    close(pair[1]);
}

static void a_file_on_disk_cannot_be_watched(void **state)
{
    (void)state;
    struct counter c = { 0 };
    FILE *f = tmpfile();
    assert_non_null(f);
    errno = 0;
    assert_null(qf_watch_new(loop, fileno(f), QF_READ, on_io, &c));
    assert_int_equal(errno, EPERM);
    fclose(f);
}

/* --- the loop itself */

static void on_signal(int signo, void *arg)
{
    struct counter *c = arg;
    c->calls++;
    c->last = signo;
}

static void signals_come_in_the_loop(void **state)
{
    (void)state;
    struct counter c = { 0 };
    struct qf_watch *w = qf_signal_new(loop, SIGUSR1, on_signal, &c);
    raise(SIGUSR1);
    assert_int_equal(c.calls, 0); /* not in the handler */
    rounds_until(&c, 1);
    assert_int_equal(c.last, SIGUSR1);
    qf_watch_free(w);
}

static void the_loop_runs_until_it_is_stopped(void **state)
{
    (void)state;
    struct counter c = { 0 };
    struct qf_timer *t = qf_timer_new(loop, count_and_stop, &c);
    qf_timer_once(t, 2000);
    qf_loop_run(loop);
    assert_int_equal(c.calls, 1);
    qf_timer_once(t, 2000); /* and runs again afterwards */
    qf_loop_run(loop);
    assert_int_equal(c.calls, 2);
    qf_loop_stop(loop);
    qf_loop_run(loop); /* stopped before it began */
    assert_int_equal(c.calls, 2);
    qf_timer_free(t);
}

static void one_round_waits_no_longer_than_it_may(void **state)
{
    (void)state;
    int64_t start = qf_now_mono();
    qf_loop_once(loop, 3000);
    int64_t took = qf_now_mono() - start;
    assert_true(took >= 3000000 && took < 1000000000);
    start = qf_now_mono();
    qf_loop_once(loop, 0);
    assert_true(qf_now_mono() - start < 500000000);
}

static int start_loop(void **state)
{
    (void)state;
    loop = qf_loop_new();
    return qf_loop_base(loop) == NULL;
}

static int stop_loop(void **state)
{
    (void)state;
    qf_loop_free(loop);
    qf_loop_free(NULL);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_when_its_time_has_come),
        cmocka_unit_test(timers_are_finer_than_a_millisecond),
        cmocka_unit_test(a_timer_repeats_until_it_is_stopped),
        cmocka_unit_test(a_timer_may_restart_and_free_itself),
        cmocka_unit_test(a_descriptor_is_watched_for_what_was_asked),
        cmocka_unit_test(a_watch_may_free_itself_and_begin_paused),
        cmocka_unit_test(a_file_on_disk_cannot_be_watched),
        cmocka_unit_test(signals_come_in_the_loop),
        cmocka_unit_test(the_loop_runs_until_it_is_stopped),
        cmocka_unit_test(one_round_waits_no_longer_than_it_may),
    };
    return cmocka_run_group_tests(tests, start_loop, stop_loop);
}
