#include "common/money.h"

#include <string.h>

#define I128_MAX ((qf_i128)(~(qf_u128)0 >> 1))
#define U64_DIGITS 18 /* so many digits fit in an uint64 whatever they are */

static const uint64_t pow10_64[20] = {
    1ULL, 10ULL, 100ULL, 1000ULL, 10000ULL, 100000ULL, 1000000ULL, 10000000ULL, 100000000ULL, 1000000000ULL,
    10000000000ULL, 100000000000ULL, 1000000000000ULL, 10000000000000ULL, 100000000000000ULL, 1000000000000000ULL,
    10000000000000000ULL, 100000000000000000ULL, 1000000000000000000ULL, 10000000000000000000ULL,
};

/* |v|, also of the one value whose negation does not fit. */
static qf_u128 magnitude(qf_i128 v)
{
    return v < 0 ? -(qf_u128)v : (qf_u128)v;
}

/* --- reading */

/* Digits read so far. Up to 18 of them are kept in 64 bits, which is where nearly every price ends. */
struct digits {
    qf_u128 v;
    unsigned count;
    bool over;
};

static const char *take_digits(struct digits *d, const char *p, const char *end, unsigned most)
{
    uint64_t low = 0;
    unsigned n = 0;
    for (; p < end && *p >= '0' && *p <= '9' && n < most && d->count + n < U64_DIGITS; p++, n++)
        low = low * 10 + (uint64_t)(*p - '0');
    d->v = d->v * pow10_64[n] + low;
    d->count += n;
    for (; p < end && *p >= '0' && *p <= '9' && n < most; p++, n++, d->count++) {
        d->over = d->over || d->v > (qf_u128)I128_MAX / 10;
        d->v = d->over ? 0 : d->v * 10 + (unsigned)(*p - '0');
    }
    return p;
}

/* Multiplies by 10^n, n <= 18. */
static void shift_left(struct digits *d, unsigned n)
{
    if (d->v > (qf_u128)I128_MAX / pow10_64[n])
        d->over = true;
    else
        d->v *= pow10_64[n];
}

enum qf_err qf_dec_parse(const char *p, size_t n, int scale, qf_i128 max, qf_i128 *ret)
{
    qf_assert(scale >= 0 && scale <= 18 && max >= 0);
    const char *end = p + n;
    bool negative = p < end && *p == '-';
    const char *start = p + negative;
    struct digits d = { 0 };
    p = take_digits(&d, start, end, UINT32_MAX);
    if (p == start || (*start == '0' && p - start > 1))
        return QF_ESYNTAX;
    unsigned decimals = 0;
    bool too_fine = false;
    if (p < end && *p == '.') {
        const char *point = p++;
        p = take_digits(&d, p, end, (unsigned)scale);
        decimals = (unsigned)(p - point - 1);
        for (; p < end && *p >= '0' && *p <= '9'; p++)
            too_fine = too_fine || *p != '0';
        if (p == point + 1)
            return QF_ESYNTAX;
    }
    if (p != end)
        return QF_ESYNTAX;
    shift_left(&d, (unsigned)scale - decimals);
    if (too_fine || d.over || d.v > (qf_u128)max)
        return QF_ERANGE;
    *ret = negative ? -(qf_i128)d.v : (qf_i128)d.v;
    return QF_OK;
}

static enum qf_err parse64(const char *p, size_t n, int64_t *ret)
{
    qf_i128 v;
    enum qf_err err = qf_dec_parse(p, n, QF_SCALE, QF_PRICE_MAX, &v);
    if (err == QF_OK)
        *ret = (int64_t)v;
    return err;
}

enum qf_err qf_price_parse(const char *p, size_t n, qf_price *ret)
{
    return parse64(p, n, ret);
}

enum qf_err qf_qty_parse(const char *p, size_t n, qf_qty *ret)
{
    return parse64(p, n, ret);
}

enum qf_err qf_money_parse(const char *p, size_t n, qf_money *ret)
{
    return qf_dec_parse(p, n, QF_SCALE, QF_MONEY_MAX, ret);
}

/* --- writing */

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354"
                            "5556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
                            "99";

/* Exactly `width` digits of v, ending before `end`. */
static void put_fixed(char *end, uint64_t v, unsigned width)
{
    for (; width >= 2; width -= 2, v /= 100)
        memcpy(end -= 2, pairs + v % 100 * 2, 2);
    if (width > 0)
        *--end = (char)('0' + v % 10);
}

/* 1233 / 4096 is just above log10(2): the guess from the number of bits is right or one too small. */
static unsigned digits_of(uint64_t v)
{
    v |= 1; /* 0 has one digit; no other number gains one */
    unsigned n = (64U - (unsigned)__builtin_clzll(v)) * 1233 >> 12;
    return n + (v >= pow10_64[n]);
}

static char *put_u64(char *p, uint64_t v)
{
    unsigned n = digits_of(v);
    put_fixed(p + n, v, n);
    return p + n;
}

/* At most 39 digits: the highest 18 or fewer, then 18 a step. */
static char *put_u128(char *p, qf_u128 v)
{
    if (v <= UINT64_MAX)
        return put_u64(p, (uint64_t)v);
    p = put_u128(p, v / pow10_64[18]);
    put_fixed(p + 18, (uint64_t)(v % pow10_64[18]), 18);
    return p + 18;
}

size_t qf_dec_format(qf_i128 v, int scale, char *out)
{
    qf_assert(scale >= 0 && scale <= 18);
    qf_u128 u = magnitude(v), whole;
    uint64_t fraction, unit = pow10_64[scale];
    char *p = out;
    if (v < 0)
        *p++ = '-';
    if (scale == QF_SCALE && u <= UINT64_MAX) { /* nearly always; a division by a constant is a multiplication */
        whole = (uint64_t)u / QF_ONE;
        fraction = (uint64_t)u % QF_ONE;
    } else if (u <= UINT64_MAX) { /* the 128-bit division below costs ten times as much */
        whole = (uint64_t)u / unit;
        fraction = (uint64_t)u % unit;
    } else {
        whole = u / unit;
        fraction = (uint64_t)(u % unit);
    }
    p = whole <= UINT64_MAX ? put_u64(p, (uint64_t)whole) : put_u128(p, whole);
    if (fraction != 0) {
        *p = '.';
        put_fixed(p + 1 + scale, fraction, (unsigned)scale);
        for (p += scale; *p == '0'; p--) {
        }
        p++;
    }
    *p = '\0';
    return (size_t)(p - out);
}

/* Copies n digits with a comma before each group of three. */
static char *put_grouped(char *p, const char *digits, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            *p++ = ',';
        *p++ = digits[i];
    }
    return p;
}

size_t qf_dec_pretty(qf_i128 v, int scale, int decimals, bool group, bool sign, char *out)
{
    qf_assert(scale >= 0 && scale <= 18 && decimals >= 0 && decimals <= 18);
    if (decimals < scale)
        v = qf_div_even(v, (qf_i128)pow10_64[scale - decimals]);
    int kept = decimals < scale ? decimals : scale;
    qf_u128 u = magnitude(v);
    char whole[40], *p = out;
    size_t n = (size_t)(put_u128(whole, u / pow10_64[kept]) - whole);
    if (v < 0)
        *p++ = '-';
    else if (sign && v > 0)
        *p++ = '+';
    if (group) {
        p = put_grouped(p, whole, n);
    } else {
        memcpy(p, whole, n);
        p += n;
    }
    if (decimals > 0) {
        *p = '.';
        put_fixed(p + 1 + kept, (uint64_t)(u % pow10_64[kept]), (unsigned)kept);
        memset(p + 1 + kept, '0', (size_t)(decimals - kept));
        p += 1 + decimals;
    }
    *p = '\0';
    return (size_t)(p - out);
}

/* --- arithmetic */

struct u256 {
    qf_u128 hi, lo;
};

/* Schoolbook with 64-bit digits: four products, the two middle ones carry into the upper half. */
static struct u256 multiply(qf_u128 a, qf_u128 b)
{
    qf_u128 a0 = (uint64_t)a, a1 = a >> 64, b0 = (uint64_t)b, b1 = b >> 64;
    qf_u128 low = a0 * b0;
    qf_u128 mid = a1 * b0 + (low >> 64);
    qf_u128 mid2 = a0 * b1 + (uint64_t)mid;
    return (struct u256){ .hi = a1 * b1 + (mid >> 64) + (mid2 >> 64), .lo = mid2 << 64 | (uint64_t)low };
}

/* One digit of long division in base 2^64 (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D): divides *rem * 2^64 +
 * next by c, where *rem < c and the top bit of c is set. The guess from the upper digits is at most two too large. */
static uint64_t divide_step(qf_u128 *rem, uint64_t next, qf_u128 c)
{
    uint64_t c1 = (uint64_t)(c >> 64), c0 = (uint64_t)c;
    qf_u128 guess = *rem / c1, left = *rem % c1;
    while (guess >> 64 != 0 || guess * c0 > (left << 64 | next)) {
        guess--;
        left += c1;
        if (left >> 64 != 0)
            break;
    }
    *rem = (*rem << 64 | next) - guess * c; /* modulo 2^128; the true difference is below c */
    return (uint64_t)guess;
}

static unsigned leading_zeros(qf_u128 v)
{
    uint64_t high = (uint64_t)(v >> 64);
    return (unsigned)(high != 0 ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)v));
}

/* x / c for x.hi < c, so that the quotient fits. */
static qf_u128 divide(struct u256 x, qf_u128 c, qf_u128 *ret_rem)
{
    if (x.hi == 0) {
        *ret_rem = x.lo % c;
        return x.lo / c;
    }
    unsigned shift = leading_zeros(c);
    qf_u128 divisor = c << shift, lo = x.lo << shift;
    qf_u128 rem = shift == 0 ? x.hi : x.hi << shift | x.lo >> (128 - shift);
    qf_u128 high = divide_step(&rem, (uint64_t)(lo >> 64), divisor);
    qf_u128 low = divide_step(&rem, (uint64_t)lo, divisor);
    *ret_rem = rem >> shift;
    return high << 64 | low;
}

/* Must a quotient with this remainder be one further from zero? rem < c <= 2^127, so twice rem fits. */
static bool rounds_away(qf_u128 quotient, qf_u128 rem, qf_u128 c)
{
    return 2 * rem > c || (2 * rem == c && (quotient & 1) != 0);
}

enum qf_err qf_muldiv(qf_i128 a, qf_i128 b, qf_i128 c, qf_i128 *ret)
{
    qf_assert(c != 0);
    bool negative = (a < 0) ^ (b < 0) ^ (c < 0);
    qf_u128 divisor = magnitude(c), rem;
    struct u256 product = multiply(magnitude(a), magnitude(b));
    if (product.hi >= divisor)
        return QF_ERANGE;
    qf_u128 q = divide(product, divisor, &rem);
    if (q > (qf_u128)I128_MAX)
        return QF_ERANGE;
    q += rounds_away(q, rem, divisor);
    if (q > (qf_u128)I128_MAX)
        return QF_ERANGE;
    *ret = negative ? -(qf_i128)q : (qf_i128)q;
    return QF_OK;
}

qf_i128 qf_div_even(qf_i128 a, qf_i128 c)
{
    qf_assert(c > 0);
    qf_u128 u = magnitude(a), divisor = (qf_u128)c;
    qf_u128 q = u / divisor;
    q += rounds_away(q, u % divisor, divisor);
    return a < 0 ? (qf_i128)-q : (qf_i128)q;
}

enum qf_err qf_add(qf_i128 a, qf_i128 b, qf_i128 max, qf_i128 *ret)
{
    qf_i128 sum;
    if (__builtin_add_overflow(a, b, &sum) || sum > max || sum < -max)
        return QF_ERANGE;
    *ret = sum;
    return QF_OK;
}

/* Two int64 always fit in an int128; the multiplier may carry it over. */
enum qf_err qf_cost_try(qf_price price, qf_qty qty, int64_t mult, qf_cost *ret)
{
    qf_cost cost;
    if (__builtin_mul_overflow((qf_i128)price * qty, (qf_i128)mult, &cost) || cost > QF_COST_MAX || cost < -QF_COST_MAX)
        return QF_ERANGE;
    *ret = cost;
    return QF_OK;
}

qf_cost qf_cost_of(qf_price price, qf_qty qty, int64_t mult)
{
    qf_cost cost = 0;
    qf_assert(qf_cost_try(price, qty, mult, &cost) == QF_OK);
    return cost;
}

qf_money qf_cost_money(qf_cost cost)
{
    return qf_div_even(cost, QF_ONE);
}
