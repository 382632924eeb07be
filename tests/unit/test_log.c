#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/proto/json.h"

static int ends[2];
static char line[8192];

/* The bytes of one log line, as the other end of a pipe sees them. */
static size_t receive(void)
{
    ssize_t n = read(ends[0], line, sizeof line - 1);
    assert_true(n > 0);
    line[n] = '\0';
    assert_int_equal(line[n - 1], '\n');
    assert_int_equal(strcspn(line, "\n"), n - 1);
    return (size_t)n;
}

static const char *member(struct json_object *o, const char *key)
{
    const char *s = json_object_get_string(json_object_object_get(o, key));
    return s == NULL ? "" : s;
}

static struct json_object *receive_json(void)
{
    size_t n = receive();
    assert_int_equal(qf_json_validate(line, n, NULL), QF_OK);
    struct json_object *o = json_tokener_parse(line);
    assert_non_null(o);
    return o;
}

static void a_line_has_the_names_of_ecs(void **state)
{
    (void)state;
    qf_log_open(ends[1], "qfd", QF_LOG_INFO, false);
    qf_log(QF_LOG_WARN, "lane", "batch %d waits, says \"%s\"", 7, "db\\1");
    struct json_object *o = receive_json();
    qf_time at = 0;
    assert_int_equal(qf_time_parse(member(o, "@timestamp"), strlen(member(o, "@timestamp")), &at), QF_OK);
    assert_in_range(qf_now_wall() - at, 0, 60 * QF_SEC);
    assert_string_equal(member(o, "log.level"), "warn");
    assert_string_equal(member(o, "ecs.version"), "8.11.0");
    assert_string_equal(member(o, "service.name"), "qfd");
    assert_string_equal(member(o, "event.dataset"), "lane");
    assert_string_equal(member(o, "message"), "batch 7 waits, says \"db\\1\"");
    assert_null(json_object_object_get(o, "log.cut"));
    json_object_put(o);
}

static void hostile_bytes_stay_one_harmless_line(void **state)
{
    (void)state;
    qf_log_open(ends[1], "qfd", QF_LOG_INFO, false);
    qf_log(QF_LOG_INFO, "conn", "a\nb\x1B[2J\xFF\xE2\x80\xAE\xE2\x82\xAC\xF0\x9F\xBF\xBF\x7F");
    struct json_object *o = receive_json();
    assert_string_equal(member(o, "message"), "a\nb\x1B[2J\xEF\xBF\xBD\xE2\x80\xAE\xE2\x82\xAC\xEF\xBF\xBD\x7F");
    for (const char *p = line; p[1] != '\0'; p++)
        assert_true((unsigned char)*p >= 0x20 && *p != 0x7F);
    assert_null(strstr(line, "\xE2\x80\xAE"));
    json_object_put(o);
}

static void long_lines_are_cut_and_say_so(void **state)
{
    (void)state;
    static char text[6000];
    qf_log_open(ends[1], "qfd", QF_LOG_INFO, false);
    for (size_t n = 1800; n < 2100; n += 7) { /* around the limit, with characters of one, two and six bytes on the line */
        memset(text, n % 3 == 0 ? 'x' : n % 3 == 1 ? '"' : '\x01', n);
        text[n] = '\0';
        qf_log(QF_LOG_ERROR, "x", "%s", text);
        struct json_object *o = receive_json();
        assert_true(strlen(line) <= 2048);
        bool cut = json_object_get_boolean(json_object_object_get(o, "log.cut"));
        assert_int_equal(cut, strlen(member(o, "message")) < n);
        json_object_put(o);
    }
    memset(text, 'x', sizeof text - 1);
    qf_log(QF_LOG_ERROR, text, "never seen"); /* cut before its message */
    struct json_object *o = receive_json();
    assert_true(json_object_get_boolean(json_object_object_get(o, "log.cut")));
    assert_string_equal(member(o, "message"), "");
    json_object_put(o);
}

static void a_terminal_gets_plain_lines(void **state)
{
    (void)state;
    qf_log_open(ends[1], "qfd", QF_LOG_DEBUG, true);
    qf_log(QF_LOG_DEBUG, "main", "hello\x1B[2J \"caf\xC3\xA9\"\n");
    receive();
    const char *rest = strchr(line, ' ');
    assert_non_null(rest);
    assert_string_equal(rest, " debug main: hello?[2J \"caf\xC3\xA9\"?\n");
}

static void lower_levels_are_left_out_and_errno_is_kept(void **state)
{
    (void)state;
    qf_log_open(ends[1], "qfd", QF_LOG_WARN, true);
    qf_log(QF_LOG_INFO, "main", "not this one");
    errno = EBUSY;
    qf_log(QF_LOG_WARN, "main", "this one");
    assert_int_equal(errno, EBUSY);
    receive();
    assert_non_null(strstr(line, "this one"));
    assert_null(strstr(line, "not"));
    qf_log_open(-1, "qfd", QF_LOG_WARN, true); /* a log that cannot be written */
    qf_log(QF_LOG_WARN, "main", "lost");
    assert_int_equal(errno, EBUSY);
}

static int start(void **state)
{
    (void)state;
    return pipe(ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_the_names_of_ecs),
        cmocka_unit_test(hostile_bytes_stay_one_harmless_line),
        cmocka_unit_test(long_lines_are_cut_and_say_so),
        cmocka_unit_test(a_terminal_gets_plain_lines),
        cmocka_unit_test(lower_levels_are_left_out_and_errno_is_kept),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
