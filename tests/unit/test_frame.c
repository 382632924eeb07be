#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/proto/frame.h"
#include "common/str.h"

static struct qf_buf out;
static struct qf_frame frame;
static struct qf_refusal refusal;

static enum qf_err read_line(const char *line)
{
    memset(&frame, 'x', sizeof frame);
    memset(&refusal, 0, sizeof refusal);
    return qf_frame_read(line, strlen(line), &frame, &refusal);
}

/* --- requests */

static void a_request_is_read(void **state)
{
    (void)state;
    assert_int_equal(read_line("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"order.place\",\"params\":{\"symbol\":\"A\"}}"), QF_OK);
    assert_string_equal(frame.id.text, "7");
    assert_int_equal(frame.id.n, 1);
    assert_string_equal(frame.method, "order.place");
    assert_int_equal(frame.params_n, 14);
    assert_memory_equal(frame.params, "{\"symbol\":\"A\"}", 14);
    assert_int_equal(refusal.message[0], 0);
}

static void members_come_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(read_line(" { \"params\" : { } , \"met\\u0068od\":\"hello\",\"id\" : \"a b\" ,\"jsonrpc\":\"2.0\" } \r"), QF_OK);
    assert_string_equal(frame.id.text, "\"a b\"");
    assert_string_equal(frame.method, "hello");
    assert_int_equal(frame.params_n, 3);
}

static void id_and_params_may_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(read_line("{\"jsonrpc\":\"2.0\",\"method\":\"hello\"}"), QF_OK);
    assert_int_equal(frame.id.n, 0);
    assert_string_equal(frame.id.text, "");
    assert_null(frame.params);
}

static void ids_go_back_byte_for_byte(void **state)
{
    (void)state;
    static const char *const ids[] = { "0", "-0", "-12", "9223372036854775807", "-9223372036854775808", "\"\"", "\"x\\u0041\\/\"", "\"caf\xC3\xA9\"",
                                       "\"0123456789012345678901234567890123456789012345678901234567890123\"" };
    for (size_t i = 0; i < QF_LEN(ids); i++) {
        char line[200], want[200];
        qf_str_fmt(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"hello\"}", ids[i]);
        assert_int_equal(read_line(line), QF_OK);
        assert_string_equal(frame.id.text, ids[i]);
        qf_buf_clear(&out);
        qf_frame_answer(&out, &frame.id, "\"result\":{}", 11);
        qf_str_fmt(want, sizeof want, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}\n", ids[i]);
        assert_string_equal(qf_buf_cstr(&out), want);
    }
}

static void bad_ids_are_refused(void **state)
{
    (void)state;
    static const char *const ids[] = { "null", "1.0", "1e2", "true", "[]", "{}", "9223372036854775808", "\"a\\u0000\"", "\"\\u202e\"", "\"\\ud800\"",
                                       "\"01234567890123456789012345678901234567890123456789012345678901234\"",
                                       "\"\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\\u0041\"" };
    for (size_t i = 0; i < QF_LEN(ids); i++) {
        char line[300];
        qf_str_fmt(line, sizeof line, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"hello\"}", ids[i]);
        assert_int_equal(read_line(line), QF_ESYNTAX);
        assert_int_equal(refusal.reason, QF_R_INVALID_REQUEST);
        assert_string_equal(refusal.field, "id");
        assert_int_equal(frame.id.n, 0);
    }
}

static void assert_fault(const char *line, enum qf_reason reason, const char *field, const char *message, const char *id)
{
    assert_int_equal(read_line(line), QF_ESYNTAX);
    assert_int_equal(refusal.reason, reason);
    assert_int_equal(refusal.control, -1);
    assert_string_equal(refusal.field, field);
    assert_string_equal(refusal.message, message);
    assert_string_equal(frame.id.text, id);
}

/* The id is read even when it stands behind what is wrong. */
static void faults_of_the_envelope_are_named(void **state)
{
    (void)state;
    const enum qf_reason r = QF_R_INVALID_REQUEST;
    assert_fault("{\"jsonrpc\":\"1.0\",\"method\":\"a\",\"id\":5}", r, "jsonrpc", "jsonrpc must be \"2.0\"", "5");
    assert_fault("{\"jsonrpc\":2.0,\"method\":\"a\",\"id\":5}", r, "jsonrpc", "jsonrpc must be \"2.0\"", "5");
    assert_fault("{\"method\":\"a\",\"id\":5}", r, "jsonrpc", "jsonrpc is missing; it must be \"2.0\"", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"id\":5}", r, "method", "method is missing", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":7,\"id\":5}", r, "method", "method must be a name in quotes, such as \"order.place\"", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"0123456789012345678901234567890123456789012345678\",\"id\":5}", r, "method",
                 "method must be a name in quotes, such as \"order.place\"", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":[1],\"id\":5}", r, "params", "params must be an object, or left out", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":null,\"id\":5}", r, "params", "params must be an object, or left out", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"method\":\"b\",\"id\":5}", r, "method", "method is given twice", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":5,\"i\\u0064\":6}", r, "id", "id is given twice", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"auth\":\"x\",\"id\":5}", r, "", "a request has jsonrpc, method, params and id, and nothing else", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"\\u0000\":\"x\",\"id\":5}", r, "", "a request has jsonrpc, method, params and id, and nothing else",
                 "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"a key that is far too long\":{},\"id\":5}", r, "",
                 "a request has jsonrpc, method, params and id, and nothing else", "5");
    assert_fault("[{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"id\":5}]", r, "", "several requests in one list are not taken; send a line for each", "");
    assert_fault("\"hello\"", r, "", "a request is an object", "");
    assert_fault("null", r, "", "a request is an object", "");
}

static void bytes_that_are_no_json_are_told_so(void **state)
{
    (void)state;
    const enum qf_reason r = QF_R_PARSE;
    assert_fault("", r, "", "the line is not valid JSON: it ends too early, at byte 0", "");
    assert_fault("hello", r, "", "the line is not valid JSON: a value is missing, at byte 0", "");
    assert_fault("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"a\"", r, "", "the line is not valid JSON: it ends too early, at byte 36", "5");
    assert_fault("{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"a\"}}", r, "", "the line is not valid JSON: something stands behind its end, at byte 37", "5");
    assert_fault("[{\"jsonrpc\":\"2.0\"", r, "", "the line is not valid JSON: it ends too early, at byte 17", "");
    assert_fault("{\"id\":5,\"params\":{\"a\":01}}", r, "", "the line is not valid JSON: a number begins with 0, at byte 23", "5");
    assert_fault("{\"id\":5,\"params\":{\"a\":\"\xFF\"}}", r, "", "the line is not valid JSON: a text that is not UTF-8, at byte 23", "5");
}

static void a_line_with_a_nul_is_no_json(void **state)
{
    (void)state;
    static const char line[] = "{\"jsonrpc\":\"2.0\",\0\"method\":\"a\"}";
    assert_int_equal(qf_frame_read(line, sizeof line - 1, &frame, &refusal), QF_ESYNTAX);
    assert_int_equal(refusal.reason, QF_R_PARSE);
}

/* --- writing and reading back */

static struct qf_line line;

static enum qf_err read_back(void)
{
    assert_false(out.failed);
    assert_true(out.len > 0 && out.p[out.len - 1] == '\n');
    memset(&line, 'x', sizeof line);
    return qf_line_read(out.p, out.len - 1, &line);
}

static void requests_go_round(void **state)
{
    (void)state;
    struct qf_order_cancel c = { .id = 42 };
    qf_str_copy(c.client_ref, sizeof c.client_ref, "r");
    qf_rec_fill(&qf_rec_order_cancel, &c);
    qf_buf_clear(&out);
    qf_frame_request(&out, 9, "order.cancel", &qf_rec_order_cancel, &c);
    assert_string_equal(qf_buf_cstr(&out),
                        "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"order.cancel\",\"params\":{\"id\":42,\"client_ref\":\"r\"}}\n");
    assert_int_equal(qf_frame_read(out.p, out.len - 1, &frame, &refusal), QF_OK);
    assert_string_equal(frame.id.text, "9");
    qf_buf_clear(&out);
    qf_frame_request(&out, 10, "hello", NULL, NULL);
    assert_string_equal(qf_buf_cstr(&out), "{\"jsonrpc\":\"2.0\",\"id\":10,\"method\":\"hello\"}\n");
}

static void results_go_round(void **state)
{
    (void)state;
    struct qf_buf body;
    struct qf_cancelled c = { .requested = 3 };
    struct qf_frame_id id = { "12", 2 }, none = { "", 0 };
    qf_rec_fill(&qf_rec_cancelled, &c);
    qf_buf_init(&body, 1000);
    qf_frame_result(&body, &qf_rec_cancelled, &c);
    qf_buf_clear(&out);
    qf_frame_answer(&out, &id, body.p, body.len);
    assert_string_equal(qf_buf_cstr(&out), "{\"jsonrpc\":\"2.0\",\"id\":12,\"result\":{\"requested\":3}}\n");
    assert_int_equal(read_back(), QF_OK);
    assert_int_equal(line.kind, QF_LINE_RESULT);
    assert_int_equal(line.id, 12);
    assert_int_equal(line.body_n, 15);
    assert_memory_equal(line.body, "{\"requested\":3}", 15);
    qf_buf_clear(&out);
    qf_frame_answer(&out, &none, body.p, body.len);
    assert_memory_equal(out.p, "{\"jsonrpc\":\"2.0\",\"id\":null,", 27);
    assert_int_equal(read_back(), QF_OK);
    assert_int_equal(line.id, 0);
    qf_buf_release(&body);
}

static void errors_go_round(void **state)
{
    (void)state;
    struct qf_buf body;
    struct qf_refusal r;
    struct qf_frame_id id = { "12", 2 };
    qf_refuse(&r, QF_R_REFUSED, "quantity", "value %d is above the limit", 7);
    r.control = QF_CTL_MAX_NOTIONAL;
    qf_str_copy(r.scope, sizeof r.scope, "firm");
    r.has_limit = r.has_after = r.has_largest = true;
    r.limit = QF_MONEY_MAX;
    r.after = -1;
    r.largest = QF_ONE;
    qf_buf_init(&body, 1000);
    qf_frame_error(&body, &r);
    qf_buf_clear(&out);
    qf_frame_answer(&out, &id, body.p, body.len);
    qf_buf_release(&body);
    assert_int_equal(read_back(), QF_OK);
    assert_int_equal(line.kind, QF_LINE_ERROR);
    assert_int_equal(line.id, 12);
    assert_int_equal(line.code, -32010);
    assert_string_equal(line.reason, "MAX_NOTIONAL");
    assert_int_equal(line.refusal.reason, QF_R_REFUSED);
    assert_int_equal(line.refusal.control, QF_CTL_MAX_NOTIONAL);
    assert_string_equal(line.refusal.field, "quantity");
    assert_string_equal(line.refusal.scope, "firm");
    assert_string_equal(line.refusal.message, "value 7 is above the limit");
    assert_true(line.refusal.has_limit && !line.refusal.has_used && line.refusal.has_after && line.refusal.has_largest);
    assert_true(line.refusal.limit == QF_MONEY_MAX && line.refusal.after == -1 && line.refusal.largest == QF_ONE);
}

static enum qf_err read_text(const char *text)
{
    return qf_line_read(text, strlen(text), &line);
}

static void reasons_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(read_text("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32002,\"message\":\"no\",\"data\":{\"reason\":\"FORBIDDEN\"}}}"), QF_OK);
    assert_int_equal(line.refusal.reason, QF_R_FORBIDDEN);
    assert_int_equal(line.refusal.control, -1);
    assert_int_equal(read_text("{\"id\":1,\"error\":{\"code\":-1,\"message\":\"no\",\"data\":{\"reason\":\"NEWER\",\"more\":[1]},\"x\":2},\"y\":{}}"), QF_OK);
    assert_int_equal(line.refusal.reason, QF_R_INTERNAL);
    assert_string_equal(line.reason, "NEWER");
    assert_string_equal(line.refusal.message, "no");
    assert_int_equal(read_text("{\"id\":1,\"error\":{}}"), QF_OK);
    assert_int_equal(line.refusal.reason, QF_R_INTERNAL);
}

static void pushes_go_round(void **state)
{
    (void)state;
    struct qf_order_id a = { .id = 1 }, b = { .id = 2 };
    qf_rec_fill(&qf_rec_order_id, &a);
    qf_rec_fill(&qf_rec_order_id, &b);
    qf_buf_clear(&out);
    qf_frame_push_begin(&out, "orders", 41, 42);
    qf_frame_push_row(&out, &qf_rec_order_id, &a, true);
    qf_frame_push_row(&out, &qf_rec_order_id, &b, false);
    qf_frame_push_end(&out);
    assert_string_equal(qf_buf_cstr(&out), "{\"jsonrpc\":\"2.0\",\"method\":\"topic.update\",\"params\":{\"topic\":\"orders\",\"from\":41,"
                                           "\"seq\":42,\"rows\":[{\"id\":1},{\"id\":2}],\"deleted\":[]}}\n");
    assert_int_equal(read_back(), QF_OK);
    assert_int_equal(line.kind, QF_LINE_PUSH);
    assert_string_equal(line.topic, "orders");
    assert_true(line.from == 41 && line.seq == 42 && line.id == 0);
    assert_int_equal(line.body_n, 19);
    assert_memory_equal(line.body, "[{\"id\":1},{\"id\":2}]", 19);
    assert_int_equal(read_text("{\"params\":{\"topic\":\"quotes\",\"reason\":\"SLOW\"},\"jsonrpc\":\"2.0\",\"method\":\"topic.dropped\"}"), QF_OK);
    assert_int_equal(line.kind, QF_LINE_DROP);
    assert_string_equal(line.topic, "quotes");
    assert_string_equal(line.reason, "SLOW");
}

static void bad_lines_of_a_daemon_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "[]", "7", "{}", "{\"id\":1}", "{\"id\":1.5,\"result\":{}}", "{\"id\":1,\"result\":{}", "{\"id\":1,\"result\":{}}x",
                                       "{\"method\":\"topic.update\"}", "{\"method\":\"topic.update\",\"params\":{\"topic\":\"a\"}}",
                                       "{\"method\":\"topic.update\",\"params\":{\"topic\":\"a\",\"rows\":{}}}",
                                       "{\"method\":\"topic.update\",\"params\":{\"topic\":\"a\",\"from\":-1,\"rows\":[]}}",
                                       "{\"method\":\"topic.update\",\"params\":{\"rows\":[]}}", "{\"method\":\"topic.update\",\"params\":[]}",
                                       "{\"id\":1,\"error\":7}" };
    for (size_t i = 0; i < QF_LEN(bad); i++)
        if (read_text(bad[i]) != QF_ESYNTAX)
            fail_msg("%s was taken", bad[i]);
    assert_int_equal(read_text("{\"method\":\"desk.waves\",\"params\":{}}"), QF_EVERSION);
}

static int start(void **state)
{
    (void)state;
    qf_buf_init(&out, 1 << 16);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    qf_buf_release(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(members_come_in_any_order),
        cmocka_unit_test(id_and_params_may_be_left_out),
        cmocka_unit_test(ids_go_back_byte_for_byte),
        cmocka_unit_test(bad_ids_are_refused),
        cmocka_unit_test(faults_of_the_envelope_are_named),
        cmocka_unit_test(bytes_that_are_no_json_are_told_so),
        cmocka_unit_test(a_line_with_a_nul_is_no_json),
        cmocka_unit_test(requests_go_round),
        cmocka_unit_test(results_go_round),
        cmocka_unit_test(errors_go_round),
        cmocka_unit_test(reasons_are_told_apart),
        cmocka_unit_test(pushes_go_round),
        cmocka_unit_test(bad_lines_of_a_daemon_are_refused),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
