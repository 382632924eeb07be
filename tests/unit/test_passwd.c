#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/clock.h"
#include "daemon/server/passwd.h"

static const struct passwd_cost least = { .ops = 1, .mem_kib = 8 };

static void a_password_is_known_again(void **state)
{
    (void)state;
    char a[PASSWD_STRING], b[PASSWD_STRING];
    assert_int_equal(passwd_hash("correct horse battery", &least, a), QF_OK);
    assert_int_equal(passwd_hash("correct horse battery", &least, b), QF_OK);
    assert_memory_equal(a, "$argon2id$v=19$m=8,t=1,p=1$", 27);
    assert_string_not_equal(a, b); /* salted */
    assert_true(passwd_verify(a, "correct horse battery"));
    assert_true(passwd_verify(b, "correct horse battery"));
    assert_false(passwd_verify(a, "correct horse batterx"));
    assert_false(passwd_verify(a, "correct horse batter"));
    assert_false(passwd_verify(a, ""));
}

static void stored_rubbish_never_matches(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$", "$argon2i$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "$argon2id$v=19$m=99999999999,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$AAAA", "plain text password",
    };
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        assert_false(passwd_verify(bad[i], "plain text password"));
        assert_false(passwd_verify(bad[i], ""));
    }
    char lengthy[400];
    memset(lengthy, 'a', sizeof lengthy - 1);
    lengthy[sizeof lengthy - 1] = '\0';
    assert_false(passwd_verify(lengthy, "x"));
}

/* A row somebody wrote into the database must not keep a worker busy for hours. */
static void an_absurd_cost_is_not_paid(void **state)
{
    (void)state;
    int64_t begin = qf_now_mono();
    assert_false(passwd_verify("$argon2id$v=19$m=8,t=4000000000,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"));
    assert_false(passwd_verify("$argon2id$v=19$m=8,t=999999999,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"));
    assert_true(qf_now_mono() - begin < 1000000000LL);
}

static void another_cost_is_noticed(void **state)
{
    (void)state;
    char a[PASSWD_STRING];
    const struct passwd_cost more = { .ops = 2, .mem_kib = 8 }, larger = { .ops = 1, .mem_kib = 16 };
    assert_int_equal(passwd_hash("x", &least, a), QF_OK);
    assert_false(passwd_outdated(a, &least));
    assert_true(passwd_outdated(a, &more));
    assert_true(passwd_outdated(a, &larger));
    assert_true(passwd_outdated("nonsense", &least));
}

static void memory_that_cannot_be_had_is_an_error(void **state)
{
    (void)state;
    char a[PASSWD_STRING] = "untouched";
    const struct passwd_cost absurd = { .ops = 1, .mem_kib = 1LL << 50 };
    assert_int_equal(passwd_hash("x", &absurd, a), QF_ENOMEM);
    assert_string_equal(a, "untouched");
}

static void the_rule_names_what_is_wrong(void **state)
{
    (void)state;
    assert_null(passwd_rule("ana", "fifteen letters"));
    assert_null(passwd_rule("ana", "               ")); /* any characters */
    assert_string_equal(passwd_rule("ana", "fourteen chars"), "the password has fewer than 15 characters");
    assert_non_null(passwd_rule("ana", ""));
    assert_string_equal(passwd_rule("a-name-of-fifteen", "A-Name-Of-Fifteen"), "the password is the user name");
    /* characters, not bytes: fourteen of two bytes are too few, fifteen are enough */
    assert_non_null(passwd_rule("ana", "ääääääääääääää"));
    assert_null(passwd_rule("ana", "äääääääääääääää"));
}

static int set_up(void **state)
{
    (void)state;
    return passwd_init() == QF_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_known_again),
        cmocka_unit_test(stored_rubbish_never_matches),
        cmocka_unit_test(an_absurd_cost_is_not_paid),
        cmocka_unit_test(another_cost_is_noticed),
        cmocka_unit_test(memory_that_cannot_be_had_is_an_error),
        cmocka_unit_test(the_rule_names_what_is_wrong),
    };
    return cmocka_run_group_tests_name("passwd", tests, set_up, NULL);
}
