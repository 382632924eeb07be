#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/clock.h"

static void assert_parse(const char *text, qf_time want)
{
    qf_time t = -1;
    if (qf_time_parse(text, strlen(text), &t) != QF_OK || t != want)
        fail_msg("\"%s\" gave %lld, not %lld", text, (long long)t, (long long)want);
}

static void reads_times(void **state)
{
    (void)state;
    assert_parse("1970-01-01T00:00:00Z", 0);
    assert_parse("1970-01-01", 0);
    assert_parse("2026-09-24T14:32:07Z", 1790260327LL * QF_SEC);
    assert_parse("2026-09-24 14:32:07Z", 1790260327LL * QF_SEC);
    assert_parse("2026-09-24T14:32:07.5Z", 1790260327LL * QF_SEC + 500000);
    assert_parse("2026-09-24T14:32:07.123456Z", 1790260327LL * QF_SEC + 123456);
    assert_parse("2026-09-24T14:32:07.123456999Z", 1790260327LL * QF_SEC + 123456);
    assert_parse("2000-02-29", 951782400LL * QF_SEC);
    assert_parse("2024-02-29T23:59:59Z", 1709251199LL * QF_SEC);
    assert_parse("9999-12-31T23:59:59.999999Z", 253402300799999999LL);
}

static void refuses_what_is_no_time(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "2026", "2026-9-24", "2026-13-01", "2026-00-01", "2026-02-29", "2100-02-29", "2026-04-31", "2026-01-00", "1969-12-31",
        "10000-01-01", "2026-01-01T", "2026-01-01T00:00Z", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1234567890Z", "2026-01-01T00:00:00+00:00",
        "2026-01-01t00:00:00Z", "2026-01-01T00:00:00Z ", " 2026-01-01", "2026-01-01Z", "-026-01-01", "2026-01-01T-1:00:00Z",
        "2026/01/01", "2026-01-01T00:00:00,5Z" };
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        qf_time t = 7;
        if (qf_time_parse(bad[i], strlen(bad[i]), &t) != QF_ESYNTAX || t != 7)
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

static void assert_format(qf_time t, const char *want)
{
    char out[QF_TIME_TEXT];
    assert_int_equal(qf_time_format(t, out), strlen(want));
    assert_string_equal(out, want);
}

static void writes_times(void **state)
{
    (void)state;
    assert_format(0, "1970-01-01T00:00:00Z");
    assert_format(1790260327LL * QF_SEC, "2026-09-24T14:32:07Z");
    assert_format(1790260327LL * QF_SEC + 5000, "2026-09-24T14:32:07.005Z");
    assert_format(1790260327LL * QF_SEC + 5, "2026-09-24T14:32:07.000005Z");
    assert_format(253402300799999999LL, "9999-12-31T23:59:59.999999Z");
    assert_format(INT64_MAX, "9999-12-31T23:59:59.999999Z");
    assert_format(-1, "1970-01-01T00:00:00Z");
}

/* The C library is the independent witness, a step that hits every weekday, month and hour. */
static void agrees_with_the_c_library(void **state)
{
    (void)state;
    for (int64_t s = 0; s <= 253402300799LL; s += 86400LL * 3 + 12347) {
        char want[64], got[QF_TIME_TEXT];
        struct tm tm;
        struct qf_civil c;
        time_t when = (time_t)s;
        gmtime_r(&when, &tm);
        strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm);
        qf_time_format(s * QF_SEC, got);
        assert_string_equal(got, want);
        qf_time_civil(s * QF_SEC, &c);
        assert_int_equal(c.weekday, tm.tm_wday);
        qf_time back = 0;
        assert_int_equal(qf_time_parse(want, strlen(want), &back), QF_OK);
        assert_true(back == s * QF_SEC);
        assert_true(qf_time_from_civil(c.year, c.month, c.day) == qf_time_day(s * QF_SEC));
    }
}

static void days_begin_at_midnight(void **state)
{
    (void)state;
    assert_true(qf_time_day(0) == 0);
    assert_true(qf_time_day(QF_DAY - 1) == 0);
    assert_true(qf_time_day(QF_DAY) == QF_DAY);
    assert_true(qf_time_day(-1) == -QF_DAY);
    assert_true(qf_time_day(-QF_DAY) == -QF_DAY);
    assert_true(qf_time_day(INT64_MIN) == INT64_MIN);
}

static void civil_fields_hold_before_the_epoch_too(void **state)
{
    (void)state;
    struct qf_civil c;
    qf_time_civil(-1, &c);
    assert_int_equal(c.year, 1969);
    assert_int_equal(c.month, 12);
    assert_int_equal(c.day, 31);
    assert_int_equal(c.hour, 23);
    assert_int_equal(c.us, 999999);
    assert_int_equal(c.weekday, 3);
    qf_time_civil(INT64_MIN, &c);
    assert_int_equal(c.year, -290308);
    qf_time_civil(INT64_MAX, &c);
    assert_int_equal(c.year, 294247);
}

static void clocks_go_on(void **state)
{
    (void)state;
    int64_t before = qf_now_mono();
    assert_true(qf_now_mono() >= before);
    time_t libc = time(NULL);
    assert_in_range(qf_now_wall() / QF_SEC, libc - 1, libc + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_times),
        cmocka_unit_test(refuses_what_is_no_time),
        cmocka_unit_test(writes_times),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(days_begin_at_midnight),
        cmocka_unit_test(civil_fields_hold_before_the_epoch_too),
        cmocka_unit_test(clocks_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
