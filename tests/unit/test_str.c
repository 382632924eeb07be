#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"

static void copies_are_bounded_and_terminated(void **state)
{
    (void)state;
    char out[8];
    assert_true(qf_str_copy(out, sizeof out, "1234567"));
    assert_string_equal(out, "1234567");
    assert_false(qf_str_copy(out, sizeof out, "12345678"));
    assert_string_equal(out, "1234567");
    assert_true(qf_str_copyn(out, sizeof out, "abcdef", 3));
    assert_string_equal(out, "abc");
    assert_false(qf_str_copy(out, 1, "a"));
    assert_string_equal(out, "");
    assert_true(qf_str_copyn(out, 1, NULL, 0));
}

static void a_cut_never_splits_a_character(void **state)
{
    (void)state;
    char out[8];
    assert_false(qf_str_copy(out, 4, "ab\xC3\xA9"));
    assert_string_equal(out, "ab");
    assert_false(qf_str_copy(out, 6, "ab\xE2\x82\xAC\xE2\x82\xAC"));
    assert_string_equal(out, "ab\xE2\x82\xAC");
    assert_false(qf_str_copy(out, 5, "a\xF0\x9F\x92\xB0"));
    assert_string_equal(out, "a");
    assert_false(qf_str_copy(out, 4, "\x80\x80\x80\x80\x80\x80")); /* no UTF-8: cut where it is */
    assert_int_equal(strlen(out), 3);
}

static void formatting_is_cut_to_fit(void **state)
{
    (void)state;
    char out[8];
    assert_int_equal(qf_str_fmt(out, sizeof out, "%d/%d", 12, 34), 5);
    assert_string_equal(out, "12/34");
    assert_int_equal(qf_str_fmt(out, sizeof out, "%s", "123456789"), 7);
    assert_string_equal(out, "1234567");
    assert_int_equal(qf_str_fmt(out, sizeof out, "12345\xE2\x82\xAC"), 5);
    assert_string_equal(out, "12345");
    assert_int_equal(qf_str_fmt(out, sizeof out, "1234\xE2\x82\xACz"), 7);
    assert_string_equal(out, "1234\xE2\x82\xAC");
}

static void strings_are_compared(void **state)
{
    (void)state;
    assert_true(qf_str_eq("a", "a"));
    assert_false(qf_str_eq("a", "A"));
    assert_true(qf_str_eqn("abc", "abcdef", 3));
    assert_false(qf_str_eqn("abcd", "abcdef", 3));
    assert_false(qf_str_eqn("ab", "abcdef", 3));
    assert_true(qf_str_eqn("", "x", 0));
    assert_false(qf_str_eqn("ab", "ab\0", 3));
}

static void utf8_is_decoded_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        uint32_t cp;
    } cases[] = {
        { "A", 1, 'A' },
        { "\xC2\x80", 2, 0x80 },
        { "\xDF\xBF", 2, 0x7FF },
        { "\xE0\xA0\x80", 3, 0x800 },
        { "\xED\x9F\xBF", 3, 0xD7FF },
        { "\xEE\x80\x80", 3, 0xE000 },
        { "\xEF\xBF\xBF", 3, 0xFFFF },
        { "\xF0\x90\x80\x80", 4, 0x10000 },
        { "\xF4\x8F\xBF\xBF", 4, 0x10FFFF },
        { "\x80", 0, 0 },
        { "\xC0\x80", 0, 0 },             /* overlong NUL */
        { "\xC1\xBF", 0, 0 },             /* overlong */
        { "\xE0\x9F\xBF", 0, 0 },         /* overlong */
        { "\xED\xA0\x80", 0, 0 },         /* surrogate */
        { "\xED\xBF\xBF", 0, 0 },         /* surrogate */
        { "\xF0\x8F\xBF\xBF", 0, 0 },     /* overlong */
        { "\xF4\x90\x80\x80", 0, 0 },     /* above U+10FFFF */
        { "\xF5\x80\x80\x80", 0, 0 },
        { "\xFF", 0, 0 },
        { "\xE2\x82", 0, 0 },             /* cut */
        { "\xE2\x28\xA1", 0, 0 },
        { "\xF0\x9F\x92\x41", 0, 0 },
    };
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        uint32_t cp = 0;
        size_t len = qf_utf8_next(cases[i].bytes, strlen(cases[i].bytes), &cp);
        if (len != cases[i].len || cp != cases[i].cp)
            fail_msg("case %zu: length %zu, U+%04X", i, len, cp);
        assert_int_equal(qf_utf8_valid(cases[i].bytes, strlen(cases[i].bytes)), cases[i].len != 0);
    }
    uint32_t cp;
    assert_int_equal(qf_utf8_next("", 0, &cp), 0);
    assert_int_equal(qf_utf8_next("\xE2\x82\xAC", 2, &cp), 0);
    assert_true(qf_utf8_valid("a\xE2\x82\xAC\0z", 6));
}

static void every_character_goes_round(void **state)
{
    (void)state;
    char out[4];
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        if (cp == 0xD800)
            cp = 0xE000;
        uint32_t back = 1;
        size_t n = qf_utf8_put(cp, out);
        if (qf_utf8_next(out, n, &back) != n || back != cp)
            fail_msg("U+%04X came back as U+%04X", cp, back);
    }
}

static void forbidden_characters_are_known(void **state)
{
    (void)state;
    static const uint32_t bad[] = { 0,      0x1B,   0x1F,   0x7F,   0x80,   0x9F,   0x61C,  0x200E, 0x200F,  0x2028,
                                    0x2029, 0x202A, 0x202E, 0x2066, 0x2069, 0xFEFF, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF, 0xFDD0, 0xFDEF };
    static const uint32_t good[] = { ' ', '~', 0xA0, 0xE9, 0x61B, 0x200D, 0x2010, 0x2027,
                                      0x202F, 0x2065, 0x206A, 0x20AC, 0xFDCF, 0xFDF0, 0xFFFD, 0x1F4B0 };
    for (size_t i = 0; i < QF_LEN(bad); i++)
        if (!qf_cp_forbidden(bad[i]))
            fail_msg("U+%04X is let through", bad[i]);
    for (size_t i = 0; i < QF_LEN(good); i++)
        if (qf_cp_forbidden(good[i]))
            fail_msg("U+%04X is kept out", good[i]);
}

static void columns_are_counted(void **state)
{
    (void)state;
    assert_int_equal(qf_str_columns(""), 0);
    assert_int_equal(qf_str_columns("AAPL 190.25"), 11);
    assert_int_equal(qf_str_columns("caf\xC3\xA9"), 4);
    assert_int_equal(qf_str_columns("cafe\xCC\x81"), 4);                 /* combining acute */
    assert_int_equal(qf_str_columns("\xE6\x9D\xB1\xE4\xBA\xAC"), 4);     /* two ideographs */
    assert_int_equal(qf_str_columns("\xEF\xBC\xA1"), 2);                 /* full-width A */
    assert_int_equal(qf_str_columns("\xF0\x9F\x92\xB0"), 2);
    assert_int_equal(qf_str_columns("\xE2\xA0\xBF\xE2\x96\x88\xE2\x94\x80"), 3); /* braille, block, line */
    assert_int_equal(qf_str_columns("a\x1B[2J"), 5);
    assert_int_equal(qf_str_columns("\xE2\x80\xAE"), 1);                 /* a forbidden one is shown as something */
    assert_int_equal(qf_str_columns("\xFF\xFE"), 2);
    assert_int_equal(qf_cp_columns(0xAC00), 2);
    assert_int_equal(qf_cp_columns(0x1160), 0);
    assert_int_equal(qf_cp_columns(0xFE0F), 0);
}

static void hashes_are_fnv1a(void **state)
{
    (void)state;
    assert_true(qf_hash("", 0) == 0xCBF29CE484222325ULL);
    assert_true(qf_hash("a", 1) == 0xAF63DC4C8601EC8CULL);
    assert_true(qf_hash("foobar", 6) == 0x85944171F73967E8ULL);
}

/* Nothing in a name may look like nothing or like another name. */
static void names_that_look_alike_are_refused(void **state)
{
    (void)state;
    static const char *const good[] = { "desk", "a0", "mom-us", "BRK.B", "EUR/USD", "^GSPC", "ES=F", "7203.T", "crash 2008", "x_1" };
    static const char *const bad[] = { "", " desk", "desk ", "a  b", "a\tb", "de\xe2\x80\x8bsk", "d\xd0\xb5sk", "Z\xc3\xbcrich", "-x", "*", "a;b",
                                       "a\"b", "a\xc2\xa0" "b", "a\n", "\xef\xbb\xbf" "a", "a\\b", "a$b" };
    for (size_t i = 0; i < QF_LEN(good); i++)
        assert_true(qf_name_ok(good[i]));
    for (size_t i = 0; i < QF_LEN(bad); i++)
        assert_false(qf_name_ok(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_bounded_and_terminated),
        cmocka_unit_test(a_cut_never_splits_a_character),
        cmocka_unit_test(formatting_is_cut_to_fit),
        cmocka_unit_test(strings_are_compared),
        cmocka_unit_test(utf8_is_decoded_strictly),
        cmocka_unit_test(every_character_goes_round),
        cmocka_unit_test(forbidden_characters_are_known),
        cmocka_unit_test(columns_are_counted),
        cmocka_unit_test(hashes_are_fnv1a),
        cmocka_unit_test(names_that_look_alike_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
