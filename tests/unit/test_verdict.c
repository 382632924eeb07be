/* What became of a batch, from the answers to its statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/store/verdict.h"

static const struct db_answer done = { .kind = DB_DONE, .state = "", .message = "", .tag = "INSERT 0 1" };
static const struct db_answer rows = { .kind = DB_ROWS, .state = "", .message = "", .tag = "" };
static const struct db_answer commit = { .kind = DB_DONE, .state = "", .message = "", .tag = "COMMIT" };
static const struct db_answer rollback = { .kind = DB_DONE, .state = "", .message = "", .tag = "ROLLBACK" };
static const struct db_answer skipped = { .kind = DB_SKIPPED, .state = "", .message = "", .tag = "" };
static const struct db_answer lost = { .kind = DB_LOST, .state = "", .message = "gone", .tag = "" };

static struct db_answer failure(const char *state)
{
    return (struct db_answer){ .kind = DB_FAIL, .state = state, .message = "no", .tag = "" };
}

static struct verdict after(const struct db_answer *fence, const struct db_answer *insert, const struct db_answer *end)
{
    struct verdict v;
    verdict_begin(&v, 3);
    verdict_take(&v, VERDICT_BEGIN, &done);
    verdict_take(&v, VERDICT_FENCE, fence);
    verdict_take(&v, VERDICT_ROWS, insert);
    verdict_take(&v, VERDICT_COMMIT, end);
    return v;
}

static void test_durable(void **state)
{
    struct verdict v = after(&rows, &done, &commit);
    (void)state;
    assert_int_equal(verdict_of(&v, 3), VERDICT_DURABLE);
}

/* The server may say COMMIT and warn that the standby has not got it. */
static void test_warned(void **state)
{
    struct verdict v = after(&rows, &done, &commit);
    (void)state;
    assert_int_equal(verdict_of(&v, 4), VERDICT_DOUBT);
}

/* A failed transaction answers COMMIT with success - and the tag ROLLBACK. */
static void test_commit_that_rolled_back(void **state)
{
    struct verdict v = after(&rows, &done, &rollback);
    (void)state;
    assert_int_equal(verdict_of(&v, 3), VERDICT_FAILED);
    assert_int_equal(v.how, LANE_NOT_DONE);
}

static void test_first_failure_is_the_cause(void **state)
{
    struct db_answer duplicate = failure("23505");
    struct verdict v = after(&rows, &duplicate, &skipped);
    (void)state;
    assert_int_equal(verdict_of(&v, 3), VERDICT_FAILED);
    assert_int_equal(v.how, LANE_GUILTY);
    assert_string_equal(v.state, "23505");
    struct db_answer other = failure("40001");
    verdict_take(&v, VERDICT_ROWS, &other);
    assert_string_equal(v.state, "23505");
}

static void test_fence(void **state)
{
    struct db_answer zero = failure("22012");
    struct verdict v = after(&zero, &skipped, &skipped);
    (void)state;
    assert_int_equal(verdict_of(&v, 3), VERDICT_FAILED);
    assert_int_equal(v.how, LANE_FENCED);
    v = after(&rows, &zero, &skipped); /* a division by zero anywhere else is a fault of ours */
    assert_int_equal(v.how, LANE_GUILTY);
}

static void test_classes(void **state)
{
    (void)state;
    static const char *const not_done[] = { "40001", "40P01", "53100", "53300", "57014",
                                            "57P01", "55P03", "58030", "XX000", "25006" };
    static const char *const guilty[] = { "22001", "22003", "23502", "23503", "23505",
                                          "23514", "42P01", "42501", "P0001", "21000" };
    for (size_t i = 0; i < QF_LEN(not_done); i++)
        assert_int_equal(verdict_class(not_done[i]), LANE_NOT_DONE);
    for (size_t i = 0; i < QF_LEN(guilty); i++)
        assert_int_equal(verdict_class(guilty[i]), LANE_GUILTY);
}

/* Nothing but a refusal before the COMMIT is sure. */
static void test_doubt(void **state)
{
    struct db_answer shutdown = failure("57P01"), deferred = failure("23503"), serial = failure("40001");
    struct verdict v = after(&rows, &done, &lost);
    (void)state;
    assert_int_equal(verdict_of(&v, 3), VERDICT_DOUBT);
    v = after(&rows, &done, &shutdown); /* ended in the middle of the COMMIT */
    assert_int_equal(verdict_of(&v, 3), VERDICT_DOUBT);
    v = after(&rows, &shutdown, &lost); /* ended before it */
    assert_int_equal(verdict_of(&v, 3), VERDICT_FAILED);
    assert_int_equal(v.how, LANE_NOT_DONE);
    v = after(&rows, &done, &deferred);
    assert_int_equal(verdict_of(&v, 3), VERDICT_FAILED);
    v = after(&rows, &done, &serial);
    assert_int_equal(verdict_of(&v, 3), VERDICT_FAILED);
    v = after(&lost, &lost, &lost);
    assert_int_equal(verdict_of(&v, 3), VERDICT_DOUBT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_durable), cmocka_unit_test(test_warned),  cmocka_unit_test(test_commit_that_rolled_back),
        cmocka_unit_test(test_first_failure_is_the_cause), cmocka_unit_test(test_fence), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_doubt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
