#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/money.h"
#include "common/proto/json.h"
#include "common/proto/scan.h"

/* The bytes in a block of just their size: a sanitizer then sees one byte read too many. */
static struct qf_json begin(const char *text, size_t n)
{
    static char *block;
    struct qf_json j;
    free(block);
    block = n == 0 ? NULL : malloc(n);
    if (n > 0)
        memcpy(block, text, n);
    qf_json_begin(&j, block, n);
    return j;
}

static struct qf_json on(const char *text)
{
    return begin(text, strlen(text));
}

/* --- validator */

static void validator_says_where_it_broke(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at;
    } cases[] = { { "", 0 },          { "  ", 2 },        { "[1,]", 3 },      { "{\"a\":1,}", 7 }, { "[1 2]", 3 },      { "{\"a\" 1}", 5 },
                  { "01", 1 },        { "1.", 2 },        { "-", 1 },         { "1e", 2 },         { "tru", 0 },        { "\"a\\x\"", 2 },
                  { "\"\\u12g4\"", 1 }, { "\"abc", 4 },   { "\"a\nb\"", 2 },  { "[1] 2", 4 },      { "{1:2}", 1 },      { "\"\xFF\"", 1 },
                  { "[", 1 },         { "{\"a\":", 5 },   { "nul", 0 },       { "+1", 0 },         { "'a'", 0 },        { "\xEF\xBB\xBF{}", 0 } };
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        size_t where = SIZE_MAX;
        if (qf_json_validate(cases[i].text, strlen(cases[i].text), &where) != QF_ESYNTAX || where != cases[i].at)
            fail_msg("\"%s\" broke at %zu, not %zu", cases[i].text, where, cases[i].at);
    }
}

static void nesting_has_its_limit(void **state)
{
    (void)state;
    char text[200];
    for (int depth = 1; depth <= 80; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(qf_json_validate(text, (size_t)depth * 2, NULL), depth <= QF_JSON_DEPTH ? QF_OK : QF_ESYNTAX);
    }
    struct qf_json j = on("[[[[[");
    for (int i = 0; i < 5; i++)
        assert_int_equal(qf_json_open(&j, '['), QF_OK);
    j.depth = QF_JSON_DEPTH; /* brackets opened by the cursor count as well */
    const char *p;
    size_t n;
    struct qf_json inner = on("[]");
    inner.depth = QF_JSON_DEPTH;
    assert_int_equal(qf_json_skip(&inner, &p, &n), QF_ESYNTAX);
    assert_int_equal(qf_json_open(&j, '['), QF_ESYNTAX);
}

/* Objects and lists must close each with its own bracket, at every depth. */
static void brackets_do_not_mix(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum qf_err err;
    } cases[] = { { "[{\"a\":[{\"b\":[]}]}]", QF_OK }, { "[{\"a\":[{\"b\":[]]]}]", QF_ESYNTAX }, { "[{\"a\":[{\"b\":[]}]]]", QF_ESYNTAX },
                  { "[{\"a\":1]", QF_ESYNTAX },      { "{\"a\":[1}", QF_ESYNTAX },             { "[]]", QF_ESYNTAX } };
    for (size_t i = 0; i < QF_LEN(cases); i++)
        assert_int_equal(qf_json_validate(cases[i].text, strlen(cases[i].text), NULL), cases[i].err);
}

/* --- plain runs */

static void plain_runs_end_where_they_should(void **state)
{
    (void)state;
    char text[40];
    for (int c = 0; c < 256; c++) {
        bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
        for (int at = 0; at < 20; at++) {
            for (int second = at + 1; second < 22; second++) { /* a special byte above must not hide or fake one below */
                memset(text, 'x', sizeof text);
                text[at] = (char)c;
                text[second] = '"';
                assert_ptr_equal(qf_scan_plain(text, text + 30), text + (plain ? second : at));
            }
        }
    }
    memset(text, 0x20, sizeof text);
    assert_ptr_equal(qf_scan_plain(text, text + 19), text + 19);
    assert_ptr_equal(qf_scan_plain(text, text), text);
}

/* --- cursor */

static void the_cursor_walks_a_document(void **state)
{
    (void)state;
    struct qf_json j = on(" { \"id\" : 7 , \"list\":[ true,false , null ],\"o\":{} } ");
    char key[8];
    size_t n;
    bool more, yes = false;
    int64_t v = 0;
    const char *p;
    assert_int_equal(qf_json_peek(&j), QF_J_OBJECT);
    assert_int_equal(qf_json_open(&j, '['), QF_ESYNTAX);
    j = on(" { \"id\" : 7 , \"list\":[ true,false , null ],\"o\":{} } ");
    assert_int_equal(qf_json_open(&j, '{'), QF_OK);
    assert_int_equal(qf_json_next_key(&j, true, key, sizeof key, &n, &more), QF_OK);
    assert_true(more && n == 2);
    assert_string_equal(key, "id");
    assert_int_equal(qf_json_peek(&j), QF_J_NUMBER);
    assert_int_equal(qf_json_i64(&j, &v), QF_OK);
    assert_int_equal(v, 7);
    assert_int_equal(qf_json_next_key(&j, false, key, sizeof key, &n, &more), QF_OK);
    assert_string_equal(key, "list");
    assert_int_equal(qf_json_open(&j, '['), QF_OK);
    assert_int_equal(j.depth, 2);
    assert_int_equal(qf_json_next_item(&j, true, &more), QF_OK);
    assert_int_equal(qf_json_bool(&j, &yes), QF_OK);
    assert_true(yes && more);
    assert_int_equal(qf_json_next_item(&j, false, &more), QF_OK);
    assert_int_equal(qf_json_bool(&j, &yes), QF_OK);
    assert_false(yes);
    assert_int_equal(qf_json_next_item(&j, false, &more), QF_OK);
    assert_int_equal(qf_json_peek(&j), QF_J_NULL);
    assert_int_equal(qf_json_skip(&j, &p, &n), QF_OK);
    assert_memory_equal(p, "null", 4);
    assert_int_equal(qf_json_next_item(&j, false, &more), QF_OK);
    assert_false(more);
    assert_false(qf_json_take_key(&j, false, "\"p\":", 4));
    assert_true(qf_json_take_key(&j, false, "\"o\":", 4));
    assert_int_equal(qf_json_skip(&j, &p, &n), QF_OK);
    assert_int_equal(n, 2);
    assert_int_equal(qf_json_next_key(&j, false, key, sizeof key, &n, &more), QF_OK);
    assert_false(more);
    assert_int_equal(j.depth, 0);
    assert_int_equal(qf_json_finish(&j), QF_OK);
    assert_int_equal(qf_json_peek(&j), QF_J_END);
}

static void commas_are_not_forgotten(void **state)
{
    (void)state;
    char key[8];
    size_t n;
    bool more = false;
    struct qf_json j = on("{\"a\":1 \"b\":2}");
    int64_t v;
    assert_int_equal(qf_json_open(&j, '{'), QF_OK);
    assert_int_equal(qf_json_next_key(&j, true, key, sizeof key, &n, &more), QF_OK);
    assert_int_equal(qf_json_i64(&j, &v), QF_OK);
    assert_int_equal(qf_json_next_key(&j, false, key, sizeof key, &n, &more), QF_ESYNTAX);
    j = on("{,\"a\":1}");
    assert_int_equal(qf_json_open(&j, '{'), QF_OK);
    assert_int_equal(qf_json_next_key(&j, true, key, sizeof key, &n, &more), QF_ESYNTAX);
    j = on("{\"a\":1,}");
    assert_int_equal(qf_json_open(&j, '{'), QF_OK);
    assert_int_equal(qf_json_next_key(&j, true, key, sizeof key, &n, &more), QF_OK);
    assert_int_equal(qf_json_i64(&j, &v), QF_OK);
    assert_int_equal(qf_json_next_key(&j, false, key, sizeof key, &n, &more), QF_ESYNTAX);
}

static void a_key_that_cannot_be_a_name_can_be_passed(void **state)
{
    (void)state;
    static const char *const docs[] = { "{\"much too long\":1,\"b\":2}", "{\"\\u0000\":1,\"b\":2}", "{\"\\ud800\" :1,\"b\":2}" };
    for (size_t i = 0; i < QF_LEN(docs); i++) {
        char key[8];
        size_t n = 0;
        bool more = false;
        int64_t v = 0;
        struct qf_json j = on(docs[i]);
        assert_int_equal(qf_json_open(&j, '{'), QF_OK);
        assert_int_equal(qf_json_next_key(&j, true, key, sizeof key, &n, &more), QF_ERANGE);
        assert_true(more);
        assert_int_equal(qf_json_i64(&j, &v), QF_OK);
        assert_int_equal(qf_json_next_key(&j, false, key, sizeof key, &n, &more), QF_OK);
        assert_string_equal(key, "b");
    }
}

static void assert_string(const char *json, bool strict, enum qf_err want, const char *text)
{
    char out[32];
    size_t n = 99;
    struct qf_json j = on(json);
    enum qf_err err = qf_json_string(&j, strict, out, sizeof out, &n);
    if (err != want)
        fail_msg("%s: %s", json, qf_err_text(err));
    if (want == QF_OK) {
        assert_string_equal(out, text);
        assert_int_equal(n, strlen(text));
        assert_int_equal(qf_json_finish(&j), QF_OK);
    } else {
        assert_int_equal(n, 99);
    }
}

static void strings_are_decoded(void **state)
{
    (void)state;
    assert_string("\"\"", true, QF_OK, "");
    assert_string(" \"AAPL\"", true, QF_OK, "AAPL");
    assert_string("\"caf\xC3\xA9 \\u20AC \\ud83d\\ude00 12345678\"", true, QF_OK, "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80 12345678");
    assert_string("\"\\\"\\\\\\/\"", true, QF_OK, "\"\\/");
    assert_string("\"a\\n\\t\\b\\f\\r\"", false, QF_OK, "a\n\t\b\f\r");
    assert_string("\"\\u000a\"", false, QF_OK, "\n");
    assert_string("\"0123456789012345678901234567890\"", true, QF_OK, "0123456789012345678901234567890");
    assert_string("\"01234567890123456789012345678901\"", true, QF_ERANGE, NULL);
    assert_string("\"012345678901234567890123456789\xC3\xA9\"", true, QF_ERANGE, NULL);
}

static void bad_strings_are_refused(void **state)
{
    (void)state;
    assert_string("7", false, QF_ESYNTAX, NULL);
    assert_string("\"\\u0000\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\ud800\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\ud800x\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\ud800\\n\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\ud800\\u0041\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\ud800\\ud800\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\udc00\\ud800\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\\ud800\\udc0\"", false, QF_ESYNTAX, NULL);
    assert_string("\"a\tb\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\xED\xA0\x80\"", false, QF_ESYNTAX, NULL);
    assert_string("\"\xC0\x80\"", false, QF_ESYNTAX, NULL);
    assert_string("\"abc", false, QF_ESYNTAX, NULL);
    assert_string("\"abc\\", false, QF_ESYNTAX, NULL);
    assert_string("\"abc\\u00", false, QF_ESYNTAX, NULL);
}

static void strict_text_keeps_more_out(void **state)
{
    (void)state;
    static const char *const texts[] = { "\"\\n\"", "\"\x7F\"", "\"\xC2\x85\"", "\"\\u009b\"", "\"\xE2\x80\xAE\"", "\"\\u202e\"", "\"\\u2066\"",
                                         "\"\\ufeff\"", "\"\xEF\xBF\xBF\"", "\"\\u200F\"", "\"\\u2028\"" };
    for (size_t i = 0; i < QF_LEN(texts); i++) {
        char out[8];
        size_t n;
        struct qf_json j = on(texts[i]);
        assert_int_equal(qf_json_string(&j, true, out, sizeof out, &n), QF_ESYNTAX);
        j = on(texts[i]);
        assert_int_equal(qf_json_string(&j, false, out, sizeof out, &n), QF_OK);
    }
}

static void integers_are_whole_and_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum qf_err err;
        int64_t v;
    } cases[] = { { "0", QF_OK, 0 }, { "-0", QF_OK, 0 }, { "12", QF_OK, 12 }, { "-7 ", QF_OK, -7 },
                  { "9223372036854775807", QF_OK, INT64_MAX }, { "-9223372036854775808", QF_OK, INT64_MIN },
                  { "9223372036854775808", QF_ERANGE, 0 }, { "-9223372036854775809", QF_ERANGE, 0 },
                  { "99999999999999999999999999", QF_ERANGE, 0 }, { "1.0", QF_ESYNTAX, 0 }, { "1e3", QF_ESYNTAX, 0 },
                  { "01", QF_ESYNTAX, 0 }, { "-", QF_ESYNTAX, 0 }, { "", QF_ESYNTAX, 0 }, { "\"1\"", QF_ESYNTAX, 0 }, { "+1", QF_ESYNTAX, 0 } };
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        int64_t v = 4711;
        struct qf_json j = on(cases[i].text);
        if (qf_json_i64(&j, &v) != cases[i].err || v != (cases[i].err == QF_OK ? cases[i].v : 4711))
            fail_msg("\"%s\" gave %lld", cases[i].text, (long long)v);
    }
}

static void numbers_come_as_bytes(void **state)
{
    (void)state;
    const char *p;
    size_t n;
    struct qf_json j = on(" -12.5e+3,");
    assert_int_equal(qf_json_number(&j, &p, &n), QF_OK);
    assert_int_equal(n, 8);
    assert_memory_equal(p, "-12.5e+3", 8);
    j = on("true");
    assert_int_equal(qf_json_number(&j, &p, &n), QF_ESYNTAX);
    j = on("trxe");
    bool yes = false;
    assert_int_equal(qf_json_bool(&j, &yes), QF_ESYNTAX);
}

/* --- writer */

static void assert_written(const char *text, size_t n, const char *want)
{
    struct qf_buf b;
    qf_buf_init(&b, 1000);
    qf_json_put_string(&b, text, n);
    assert_string_equal(qf_buf_cstr(&b), want);
    assert_int_equal(qf_json_validate(b.p, b.len, NULL), QF_OK);
    qf_buf_release(&b);
}

static void strings_are_escaped(void **state)
{
    (void)state;
    assert_written("AAPL", 4, "\"AAPL\"");
    assert_written("", 0, "\"\"");
    assert_written("say \"no\" \\ now", 14, "\"say \\\"no\\\" \\\\ now\"");
    assert_written("\n\t\r\b\f\x01\x1B\x7F", 8, "\"\\n\\t\\r\\b\\f\\u0001\\u001b\\u007f\"");
    assert_written("a\0b", 3, "\"a\\u0000b\"");
    assert_written("caf\xC3\xA9 \xF0\x9F\x98\x80", 10, "\"caf\xC3\xA9 \xF0\x9F\x98\x80\"");
    assert_written("\xFF\xC3(\xE2\x82", 5, "\"\xEF\xBF\xBD\xEF\xBF\xBD(\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 4096);
    for (uint32_t c = 1; c < 0x3000; c += 7) {
        char text[64], back[64];
        size_t n = 0, back_n = 0;
        for (int i = 0; i < 10; i++) {
            uint32_t cp = (c * 2654435761U >> (i * 2)) % 0x10FFFF + 1;
            if (cp < 0x80) {
                text[n++] = (char)cp;
            } else {
                text[n++] = (char)(0xC2 + cp % 30);
                text[n++] = (char)(0x80 + cp % 64);
            }
        }
        qf_buf_clear(&b);
        qf_json_put_string(&b, text, n);
        struct qf_json j = begin(b.p, b.len);
        assert_int_equal(qf_json_string(&j, false, back, sizeof back, &back_n), QF_OK);
        assert_int_equal(back_n, n);
        assert_memory_equal(back, text, n);
    }
    qf_buf_release(&b);
}

static void numbers_are_written(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 200);
    qf_json_put_i64(&b, INT64_MIN);
    qf_buf_char(&b, ' ');
    qf_json_put_i64(&b, 0);
    qf_buf_char(&b, ' ');
    qf_json_put_dec(&b, 10025000000, 8);
    qf_json_put_dec(&b, -1, 16);
    assert_string_equal(qf_buf_cstr(&b), "-9223372036854775808 0 \"100.25\"\"-0.0000000000000001\"");
    qf_buf_release(&b);
}

static void a_full_buffer_says_so(void **state)
{
    (void)state;
    struct qf_buf b;
    qf_buf_init(&b, 6);
    qf_json_put_string(&b, "1234", 4);
    assert_false(b.failed); /* exactly to its maximum */
    qf_buf_clear(&b);
    qf_json_put_string(&b, "12345", 5);
    assert_true(b.failed);
    qf_buf_clear(&b);
    qf_json_put_dec(&b, 1234, 0);
    assert_false(b.failed);
    qf_json_put_i64(&b, 1);
    assert_true(b.failed);
    qf_buf_release(&b);
}

static int drop_block(void **state)
{
    (void)state;
    begin("", 0);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validator_says_where_it_broke),
        cmocka_unit_test(nesting_has_its_limit),
        cmocka_unit_test(brackets_do_not_mix),
        cmocka_unit_test(plain_runs_end_where_they_should),
        cmocka_unit_test(the_cursor_walks_a_document),
        cmocka_unit_test(commas_are_not_forgotten),
        cmocka_unit_test(a_key_that_cannot_be_a_name_can_be_passed),
        cmocka_unit_test(strings_are_decoded),
        cmocka_unit_test(bad_strings_are_refused),
        cmocka_unit_test(strict_text_keeps_more_out),
        cmocka_unit_test(integers_are_whole_and_fit),
        cmocka_unit_test(numbers_come_as_bytes),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(numbers_are_written),
        cmocka_unit_test(a_full_buffer_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, drop_block);
}
