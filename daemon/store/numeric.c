#include "daemon/store/numeric.h"

#define BASE 10000u
#define GROUPS_MAX 10
#define NEGATIVE 0x4000u
#define NOT_A_NUMBER 0xC000u /* NaN and both infinities have these two bits */

static void put16(unsigned char *p, unsigned v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static unsigned get16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Groups of the magnitude, least first; most values fit 64 bits, where division is cheap. Returns how many. */
static int split(qf_u128 m, uint16_t groups[GROUPS_MAX])
{
    int n = 0;
    for (; m > UINT64_MAX; m /= BASE)
        groups[n++] = (uint16_t)(m % BASE);
    for (uint64_t small = (uint64_t)m; small > 0; small /= BASE)
        groups[n++] = (uint16_t)(small % BASE);
    return n;
}

size_t numeric_put(qf_i128 v, int scale, unsigned char out[NUMERIC_BYTES])
{
    uint16_t groups[GROUPS_MAX];
    int n = split(v < 0 ? -(qf_u128)v : (qf_u128)v, groups);
    int low = 0; /* groups of zeros at the end are not sent */
    while (low < n && groups[low] == 0)
        low++;
    put16(out, (unsigned)(n - low));
    put16(out + 2, (unsigned)(n - 1 - scale / 4)); /* weight of the first group */
    put16(out + 4, v < 0 ? NEGATIVE : 0);
    put16(out + 6, (unsigned)scale);
    for (int i = n - 1; i >= low; i--)
        put16(out + 8 + 2 * (n - 1 - i), groups[i]);
    return 8 + 2 * (size_t)(n - low);
}

/* *acc = *acc * BASE + digit, unless that passes 2^127 - 1. */
static bool shift_in(qf_u128 *acc, unsigned digit)
{
    const qf_u128 max = ((qf_u128)1 << 127) - 1;
    if (*acc >> 64 == 0) { /* nearly always, and far from the end: the division below costs more than all the rest */
        *acc = *acc * BASE + digit;
        return true;
    }
    if (*acc > (max - digit) / BASE)
        return false;
    *acc = *acc * BASE + digit;
    return true;
}

enum qf_err numeric_get(const unsigned char *p, size_t n, int scale, qf_i128 *ret)
{
    if (n < 8 || n != 8 + 2 * (size_t)get16(p))
        return QF_ESYNTAX;
    if ((get16(p + 4) & NOT_A_NUMBER) == NOT_A_NUMBER)
        return QF_ERANGE;
    int count = (int)get16(p), weight = (int16_t)get16(p + 2);
    int last = -(scale / 4); /* weight of the last group that fits */
    qf_u128 acc = 0;
    for (int i = 0; i < count; i++) {
        unsigned digit = get16(p + 8 + 2 * i);
        if (digit >= BASE)
            return QF_ESYNTAX;
        if (weight - i < last ? digit != 0 : !shift_in(&acc, digit))
            return QF_ERANGE;
    }
    for (int w = weight - count; acc > 0 && w >= last; w--)
        if (!shift_in(&acc, 0))
            return QF_ERANGE;
    *ret = get16(p + 4) == NEGATIVE ? -(qf_i128)acc : (qf_i128)acc;
    return QF_OK;
}
