#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/money.h"

#define I128_MAX ((qf_i128)(~(qf_u128)0 >> 1))
#define I128_MIN (-I128_MAX - 1)

/* Plain decimal text to a number, by a way that shares nothing with the code under test. */
static qf_i128 number(const char *s)
{
    bool negative = *s == '-';
    qf_i128 v = 0;
    for (s += negative; *s != '\0'; s++)
        v = v * 10 - (*s - '0');
    return negative ? v : -v;
}

/* --- text */

static void assert_parse(const char *text, enum qf_err want, qf_i128 value)
{
    qf_i128 got = 4711;
    enum qf_err err = qf_dec_parse(text, strlen(text), 8, QF_MONEY_MAX, &got);
    if (err != want)
        fail_msg("\"%s\" gave \"%s\"", text, qf_err_text(err));
    assert_true(got == (want == QF_OK ? value : 4711));
}

static void reads_decimals(void **state)
{
    (void)state;
    assert_parse("0", QF_OK, 0);
    assert_parse("-0", QF_OK, 0);
    assert_parse("0.0", QF_OK, 0);
    assert_parse("1", QF_OK, QF_ONE);
    assert_parse("-1.5", QF_OK, -150000000);
    assert_parse("100.25", QF_OK, 10025000000);
    assert_parse("0.00000001", QF_OK, 1);
    assert_parse("0.000000010000", QF_OK, 1);
    assert_parse("9223372036854775807.99999999", QF_OK, number("922337203685477580799999999"));
    assert_parse("10000000000000000000000", QF_OK, QF_MONEY_MAX);
    assert_parse("-10000000000000000000000.00000000", QF_OK, -QF_MONEY_MAX);
}

static void refuses_what_is_no_decimal(void **state)
{
    (void)state;
    static const char *const bad[] = { "", "-", "+1", " 1", "1 ", ".5", "5.", "-.5", "00", "01", "-01", "1e3", "1E3", "0x10", "1,000",
                                       "1.2.3", "--1", "1-", "NaN", "inf", "1.", "1.5x", "1_0", "\xD9\xA1" };
    for (size_t i = 0; i < QF_LEN(bad); i++)
        assert_parse(bad[i], QF_ESYNTAX, 0);
    qf_i128 v = 1;
    assert_int_equal(qf_dec_parse("1\0002", 3, 8, QF_MONEY_MAX, &v), QF_ESYNTAX);
}

static void refuses_what_is_too_fine_or_too_large(void **state)
{
    (void)state;
    static const char *const bad[] = { "0.000000001", "1.123456789", "10000000000000000000000.00000001", "-10000000000000000000000.00000001",
                                       "99999999999999999999999999999999999999999999999999999999999999",
                                       "170141183460469231731687303715884105728", "340282366920938463463374607431768211456" };
    for (size_t i = 0; i < QF_LEN(bad); i++)
        assert_parse(bad[i], QF_ERANGE, 0);
}

static void prices_have_their_maximum(void **state)
{
    (void)state;
    qf_price p = 0;
    assert_int_equal(qf_price_parse("92000000000", 11, &p), QF_OK);
    assert_true(p == QF_PRICE_MAX);
    assert_int_equal(qf_price_parse("-92000000000", 12, &p), QF_OK);
    assert_true(p == -QF_PRICE_MAX);
    assert_int_equal(qf_price_parse("92000000000.00000001", 20, &p), QF_ERANGE);
    assert_int_equal(qf_qty_parse("92000000001", 11, &p), QF_ERANGE);
    assert_true(p == -QF_PRICE_MAX);
    qf_money m = 0;
    assert_int_equal(qf_money_parse("10000000000000000000001", 23, &m), QF_ERANGE);
}

static void assert_format(qf_i128 v, int scale, const char *want)
{
    char out[QF_DEC_TEXT];
    size_t n = qf_dec_format(v, scale, out);
    assert_string_equal(out, want);
    assert_int_equal(n, strlen(want));
}

static void writes_the_shortest_text(void **state)
{
    (void)state;
    assert_format(0, 8, "0");
    assert_format(10025000000, 8, "100.25");
    assert_format(-3 * QF_ONE, 8, "-3");
    assert_format(1, 8, "0.00000001");
    assert_format(-1, 8, "-0.00000001");
    assert_format(-1, 16, "-0.0000000000000001");
    assert_format(99, 0, "99");
    assert_format(100, 0, "100");
    assert_format(INT64_MAX, 8, "92233720368.54775807");
    assert_format((qf_i128)UINT64_MAX, 0, "18446744073709551615");
    assert_format((qf_i128)UINT64_MAX + 1, 0, "18446744073709551616");
    assert_format(number("1000000000000000000"), 0, "1000000000000000000");
    assert_format(number("10000000000000000000"), 0, "10000000000000000000");
    assert_format(I128_MAX, 0, "170141183460469231731687303715884105727");
    assert_format(I128_MIN, 0, "-170141183460469231731687303715884105728");
    assert_format(I128_MIN, 16, "-17014118346046923173168.7303715884105728");
    assert_format(number("100000000000000000000000000000000000000"), 18, "100000000000000000000");
}

static void assert_pretty(qf_i128 v, int scale, int decimals, bool group, bool sign, const char *want)
{
    char out[QF_DEC_TEXT];
    size_t n = qf_dec_pretty(v, scale, decimals, group, sign, out);
    assert_string_equal(out, want);
    assert_int_equal(n, strlen(want));
}

static void writes_for_people(void **state)
{
    (void)state;
    assert_pretty(123456789012345678, 8, 2, true, false, "1,234,567,890.12");
    assert_pretty(123456789012345678, 8, 2, false, true, "+1234567890.12");
    assert_pretty(0, 8, 2, true, true, "0.00");
    assert_pretty(-1, 8, 2, true, true, "0.00");
    assert_pretty(-500000, 8, 2, true, false, "0.00");   /* half to even */
    assert_pretty(-500001, 8, 2, true, false, "-0.01");
    assert_pretty(1500000, 8, 2, true, false, "0.02");
    assert_pretty(2500000, 8, 2, true, false, "0.02");
    assert_pretty(99999999999, 8, 0, true, false, "1,000");
    assert_pretty(5, 0, 3, true, true, "+5.000");
    assert_pretty(123, 1, 4, true, false, "12.3000");
    assert_pretty(-100000000000, 8, 0, true, true, "-1,000");
    assert_pretty(I128_MIN, 0, 18, true, true, "-170,141,183,460,469,231,731,687,303,715,884,105,728.000000000000000000");
}

static uint64_t seed = 88172645463325252ULL;

static uint64_t random64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    return seed ^= seed << 17;
}

/* A random number of at most `bits` bits with either sign. */
static qf_i128 random_signed(unsigned bits)
{
    qf_u128 u = ((qf_u128)random64() << 64 | random64()) >> (128 - bits);
    return random64() & 1 ? -(qf_i128)u : (qf_i128)u;
}

static void text_and_number_agree(void **state)
{
    (void)state;
    char out[QF_DEC_TEXT];
    for (int i = 0; i < 20000; i++) {
        int scale = (int)(random64() % 19);
        qf_i128 back = 0, v = random_signed(1 + (unsigned)(random64() % 127));
        size_t n = qf_dec_format(v, scale, out);
        assert_int_equal(qf_dec_parse(out, n, scale, I128_MAX, &back), QF_OK);
        assert_true(back == v);
    }
}

/* --- arithmetic */

/* a * b / c bit by bit: slow, and in no way like the code under test. */
static bool slow_muldiv(qf_i128 a, qf_i128 b, qf_i128 c, qf_i128 *ret)
{
    qf_u128 x = a < 0 ? -(qf_u128)a : (qf_u128)a, y = b < 0 ? -(qf_u128)b : (qf_u128)b, z = c < 0 ? -(qf_u128)c : (qf_u128)c;
    qf_u128 hi = 0, lo = 0, q = 0, rem = 0;
    for (int i = 127; i >= 0; i--) {
        hi = hi << 1 | lo >> 127;
        lo <<= 1;
        if (x >> i & 1) {
            lo += y;
            hi += lo < y;
        }
    }
    for (int i = 255; i >= 0; i--) {
        rem = rem << 1 | ((i >= 128 ? hi >> (i - 128) : lo >> i) & 1);
        if (q >> 127 != 0)
            return false;
        q <<= 1;
        if (rem >= z) {
            rem -= z;
            q |= 1;
        }
    }
    if (rem > z - rem || (rem == z - rem && (q & 1)))
        q++;
    if (q > (qf_u128)I128_MAX)
        return false;
    *ret = (a < 0) ^ (b < 0) ^ (c < 0) ? -(qf_i128)q : (qf_i128)q;
    return true;
}

static void muldiv_gives_the_computed_cases(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *c, *want;
    } cases[] = {
#define CASE(a, b, c, want) { a, b, c, want },
#include "tests/unit/muldiv_cases.def"
    };
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        qf_i128 got = 4711;
        enum qf_err err = qf_muldiv(number(cases[i].a), number(cases[i].b), number(cases[i].c), &got);
        if (err != (cases[i].want == NULL ? QF_ERANGE : QF_OK) || got != (cases[i].want == NULL ? 4711 : number(cases[i].want)))
            fail_msg("%s * %s / %s is not %s", cases[i].a, cases[i].b, cases[i].c, cases[i].want == NULL ? "refused" : cases[i].want);
    }
}

static void muldiv_agrees_with_schoolbook(void **state)
{
    (void)state;
    int fitted = 0;
    for (int i = 0; i < 40000; i++) {
        qf_i128 a = random_signed(1 + (unsigned)(random64() % 127)), b = random_signed(1 + (unsigned)(random64() % 127));
        qf_i128 c = random_signed(1 + (unsigned)(random64() % 127)), want = 0, got = 0;
        if (c == 0)
            continue;
        bool fits = slow_muldiv(a, b, c, &want);
        assert_int_equal(qf_muldiv(a, b, c, &got), fits ? QF_OK : QF_ERANGE);
        assert_true(got == want);
        fitted += fits;
    }
    assert_in_range(fitted, 10000, 39000); /* both ways were walked */
}

/* Divisors next to a power of 2^64 are where the digit guess of long division goes wrong. */
static void muldiv_survives_hard_divisors(void **state)
{
    (void)state;
    for (int i = 0; i < 40000; i++) {
        qf_i128 edge = ((qf_i128)1 << 64) << (random64() % 63), want = 0, got = 0;
        qf_i128 c = edge + (qf_i128)(random64() % 5) - 2;
        qf_i128 a = edge - 1 - (qf_i128)(random64() % 3), b = c + (qf_i128)(random64() % 7) - 3;
        bool fits = slow_muldiv(a, b, c, &want);
        assert_int_equal(qf_muldiv(a, b, c, &got), fits ? QF_OK : QF_ERANGE);
        assert_true(got == want);
    }
}

static void division_rounds_half_to_even(void **state)
{
    (void)state;
    static const struct {
        int a, c, want;
    } cases[] = { { 0, 3, 0 },  { 1, 2, 0 },   { 3, 2, 2 },   { 5, 2, 2 },   { 7, 2, 4 },   { -1, 2, 0 }, { -3, 2, -2 },
                  { -5, 2, -2 }, { 1, 3, 0 },  { 2, 3, 1 },   { -2, 3, -1 }, { -1, 3, 0 },  { 6, 3, 2 },  { 15, 10, 2 }, { 25, 10, 2 } };
    for (size_t i = 0; i < QF_LEN(cases); i++)
        assert_true(qf_div_even(cases[i].a, cases[i].c) == cases[i].want);
    assert_true(qf_div_even(I128_MIN, 1) == I128_MIN);
    assert_true(qf_div_even(I128_MIN, I128_MAX) == -1);
    assert_true(qf_div_even(I128_MAX, 2) == ((qf_i128)1 << 126));
}

static void sums_are_checked(void **state)
{
    (void)state;
    qf_i128 v = 7;
    assert_int_equal(qf_add(QF_MONEY_MAX - 1, 1, QF_MONEY_MAX, &v), QF_OK);
    assert_true(v == QF_MONEY_MAX);
    assert_int_equal(qf_add(QF_MONEY_MAX, 1, QF_MONEY_MAX, &v), QF_ERANGE);
    assert_int_equal(qf_add(-QF_MONEY_MAX, -1, QF_MONEY_MAX, &v), QF_ERANGE);
    assert_int_equal(qf_add(I128_MAX, 1, I128_MAX, &v), QF_ERANGE);
    assert_int_equal(qf_add(I128_MIN, -1, I128_MAX, &v), QF_ERANGE);
    assert_true(v == QF_MONEY_MAX);
}

static void costs_are_exact(void **state)
{
    (void)state;
    assert_true(qf_cost_of(10025000000, 3 * QF_ONE, 1) == number("3007500000000000000"));
    assert_true(qf_cost_of(1, -1, 50) == -50);
    assert_true(qf_cost_of(QF_PRICE_MAX, QF_PRICE_MAX, 1) == number("84640000000000000000000000000000000000"));
    qf_cost c = 9;
    assert_int_equal(qf_cost_try(QF_PRICE_MAX, QF_PRICE_MAX, 2, &c), QF_ERANGE);
    assert_int_equal(qf_cost_try(QF_PRICE_MAX, -QF_PRICE_MAX, QF_MULT_MAX, &c), QF_ERANGE);
    assert_true(c == 9);
    assert_true(QF_COST_MAX == number("100000000000000000000000000000000000000"));
}

static void cost_becomes_money_rounded_once(void **state)
{
    (void)state;
    assert_true(qf_cost_money(150000000) == 2);
    assert_true(qf_cost_money(250000000) == 2);
    assert_true(qf_cost_money(-150000000) == -2);
    assert_true(qf_cost_money(QF_COST_MAX) == QF_MONEY_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_decimals),
        cmocka_unit_test(refuses_what_is_no_decimal),
        cmocka_unit_test(refuses_what_is_too_fine_or_too_large),
        cmocka_unit_test(prices_have_their_maximum),
        cmocka_unit_test(writes_the_shortest_text),
        cmocka_unit_test(writes_for_people),
        cmocka_unit_test(text_and_number_agree),
        cmocka_unit_test(muldiv_gives_the_computed_cases),
        cmocka_unit_test(muldiv_agrees_with_schoolbook),
        cmocka_unit_test(muldiv_survives_hard_divisors),
        cmocka_unit_test(division_rounds_half_to_even),
        cmocka_unit_test(sums_are_checked),
        cmocka_unit_test(costs_are_exact),
        cmocka_unit_test(cost_becomes_money_rounded_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
