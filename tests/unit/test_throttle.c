#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "daemon/server/passwd.h"
#include "daemon/server/throttle.h"

#define T0 (1000 * QF_SEC)

static void the_delay_of_a_user_grows_to_a_minute(void **state)
{
    (void)state;
    static const int64_t waits[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
    struct throttle *t = throttle_new();
    qf_time now = T0;
    char source[16];
    for (int i = 0; i < THROTTLE_FREE_USER; i++)
        assert_int_equal(throttle_try(t, "ana", "10.0.0.1:1", now), 0);
    for (size_t i = 0; i < QF_LEN(waits); i++) {
        snprintf(source, sizeof source, "10.0.1.%zu:1", i); /* from elsewhere each time: it is the user that waits */
        assert_int_equal(throttle_try(t, "ana", source, now), waits[i] * QF_SEC);
        assert_int_equal(throttle_try(t, "ana", source, now + waits[i] * QF_SEC - 1), 1);
        now += waits[i] * QF_SEC;
        assert_int_equal(throttle_try(t, "ana", source, now), 0);
    }
    assert_int_equal(throttle_try(t, "bo", "10.0.0.9:1", now), 0);
    throttle_free(t);
}

static void a_source_that_tries_many_names_waits(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    char user[16], source[32];
    for (int i = 0; i < THROTTLE_FREE_SOURCE; i++) {
        snprintf(user, sizeof user, "u%d", i);
        snprintf(source, sizeof source, "10.0.0.1:%d tls", 1000 + i); /* the port does not matter */
        assert_int_equal(throttle_try(t, user, source, T0), 0);
    }
    assert_int_equal(throttle_try(t, "v", "10.0.0.1:77", T0), QF_SEC);
    assert_int_equal(throttle_try(t, "v", "10.0.0.2:77", T0), 0);
    throttle_free(t);
}

static void a_network_of_version_6_is_one_source(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    char user[16], source[64];
    for (int i = 0; i < THROTTLE_FREE_SOURCE; i++) {
        snprintf(user, sizeof user, "u%d", i);
        snprintf(source, sizeof source, "[2001:db8:1:2:%x::1]:%d tls", i + 1, 1000 + i);
        assert_int_equal(throttle_try(t, user, source, T0), 0);
    }
    assert_int_equal(throttle_try(t, "v", "[2001:db8:1:2:ffff::9]:1", T0), QF_SEC);
    assert_int_equal(throttle_try(t, "v", "[2001:db8:1:3::9]:1", T0), 0);
    throttle_free(t);
}

static void success_forgets_the_user_and_gives_the_source_back(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(throttle_try(t, "ana", "10.0.0.1:1", T0), 0);
        throttle_passed(t, "ana", "10.0.0.1:1");
    }
    for (int i = 0; i < THROTTLE_FREE_USER; i++)
        assert_int_equal(throttle_try(t, "ana", "10.0.0.1:1", T0), 0);
    assert_true(throttle_try(t, "ana", "10.0.0.1:1", T0) > 0);
    throttle_free(t);
}

static void an_attempt_that_was_not_made_does_not_count(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    for (int i = 0; i < 100; i++) {
        assert_int_equal(throttle_try(t, "ana", "unix 7", T0), 0);
        throttle_cancel(t, "ana", "unix 7");
    }
    throttle_free(t);
}

static void attempts_at_the_same_time_count_each_other(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    int let_through = 0;
    for (int i = 0; i < 50; i++)
        let_through += throttle_try(t, "ana", "10.0.0.1:1", T0) == 0;
    assert_int_equal(let_through, THROTTLE_FREE_USER);
    throttle_free(t);
}

static void quiet_is_forgiven(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    qf_time now = T0;
    for (int i = 0; i < 9; i++) {
        throttle_try(t, "ana", "10.0.0.1:1", now);
        now += THROTTLE_MAX_US;
    }
    assert_true(throttle_try(t, "ana", "10.0.0.1:1", now - THROTTLE_MAX_US) > 30 * QF_SEC);
    now += THROTTLE_QUIET_US;
    for (int i = 0; i < THROTTLE_FREE_USER; i++)
        assert_int_equal(throttle_try(t, "ana", "10.0.0.1:1", now), 0);
    throttle_free(t);
}

static void a_flood_of_names_does_not_free_the_one_under_attack(void **state)
{
    (void)state;
    struct throttle *t = throttle_new();
    char user[32], source[32];
    qf_time now = T0;
    for (int i = 0; i < 8; i++) {
        now += THROTTLE_MAX_US;
        throttle_try(t, "ana", "10.9.9.9:1", now);
    }
    for (int i = 0; i < 2 * THROTTLE_ENTRIES;
         i++) { /* older than ana's last failure, as a table full of yesterday's is */
        snprintf(user, sizeof user, "x%d", i);
        snprintf(source, sizeof source, "10.%d.%d.%d:1", i >> 16, i >> 8 & 255, i & 255);
        throttle_try(t, user, source, now - 10 * QF_SEC);
    }
    assert_true(throttle_try(t, "ana", "10.9.9.8:1", now) > 0);
    throttle_free(t);
}

static int set_up(void **state)
{
    (void)state;
    return passwd_init() == QF_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_of_a_user_grows_to_a_minute),
        cmocka_unit_test(a_source_that_tries_many_names_waits),
        cmocka_unit_test(a_network_of_version_6_is_one_source),
        cmocka_unit_test(success_forgets_the_user_and_gives_the_source_back),
        cmocka_unit_test(an_attempt_that_was_not_made_does_not_count),
        cmocka_unit_test(attempts_at_the_same_time_count_each_other),
        cmocka_unit_test(quiet_is_forgiven),
        cmocka_unit_test(a_flood_of_names_does_not_free_the_one_under_attack),
    };
    return cmocka_run_group_tests_name("throttle", tests, set_up, NULL);
}
