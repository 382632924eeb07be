/* Exact decimals. Price and quantity: int64 at 10^-8. Money: int128 at 10^-8. Exact cost: int128 at 10^-16. No floating point. */
#ifndef QF_MONEY_H
#define QF_MONEY_H

#include "common/base.h"

typedef int64_t qf_price;  /* at 10^-8 */
typedef int64_t qf_qty;    /* at 10^-8 */
typedef qf_i128 qf_money;  /* at 10^-8 */
typedef qf_i128 qf_cost;   /* price x quantity x multiplier, at 10^-16 */

#define QF_SCALE 8
#define QF_ONE 100000000LL                   /* 1.00000000 */
#define QF_PRICE_MAX 9200000000000000000LL   /* 9.2e10, the largest price or quantity */
#define QF_MULT_MAX 1000000LL                /* the largest contract multiplier */
#define QF_MONEY_MAX ((qf_i128)1000000000000000000LL * 1000000000000LL) /* 10^30 units of 10^-8 = 10^22 */
#define QF_COST_MAX (QF_MONEY_MAX * QF_ONE)              /* 10^38 units of 10^-16, the same amount as QF_MONEY_MAX */
#define QF_DEC_TEXT 72 /* longest text of a decimal, with commas, 18 decimals and its NUL */

/* Reads a decimal: -?digits[.digits], no exponent, no blank, no leading '+', no leading zeros but one. More than `scale`
 * decimals that are not zero are refused (QF_ERANGE), as is |x| > max. QF_ESYNTAX for anything else. */
enum qf_err qf_dec_parse(const char *p, size_t n, int scale, qf_i128 max, qf_i128 *ret) QF_MUST_CHECK;
enum qf_err qf_price_parse(const char *p, size_t n, qf_price *ret) QF_MUST_CHECK;
enum qf_err qf_qty_parse(const char *p, size_t n, qf_qty *ret) QF_MUST_CHECK;
enum qf_err qf_money_parse(const char *p, size_t n, qf_money *ret) QF_MUST_CHECK;

/* Shortest exact text ("100.25", "-3", "0"); never "-0". Returns the length. out holds QF_DEC_TEXT bytes. scale 0 to 18. */
size_t qf_dec_format(qf_i128 v, int scale, char *out);
/* For people: exactly `decimals` decimals (rounded half-even), thousands separated by commas when `group`,
 * '+' in front of positive values when `sign`. Never "-0.00". Returns the length. */
size_t qf_dec_pretty(qf_i128 v, int scale, int decimals, bool group, bool sign, char *out);

/* a * b / c rounded half-even, with a 256-bit intermediate. c != 0. QF_ERANGE when it does not fit in 127 bits. */
enum qf_err qf_muldiv(qf_i128 a, qf_i128 b, qf_i128 c, qf_i128 *ret) QF_MUST_CHECK;
/* a / c rounded half-even. c > 0. */
qf_i128 qf_div_even(qf_i128 a, qf_i128 c);
/* a + b, QF_ERANGE when |a + b| > max. */
enum qf_err qf_add(qf_i128 a, qf_i128 b, qf_i128 max, qf_i128 *ret) QF_MUST_CHECK;

/* price x quantity x multiplier, exact, at 10^-16. QF_ERANGE when |it| > QF_COST_MAX: largest price x largest quantity fits
 * with a multiplier of 1 but not with a large one. Whatever comes from outside (an order, a fill) is asked here first. */
enum qf_err qf_cost_try(qf_price price, qf_qty qty, int64_t mult, qf_cost *ret) QF_MUST_CHECK;
/* The same for values known to fit; asserts when they do not. */
qf_cost qf_cost_of(qf_price price, qf_qty qty, int64_t mult);
/* An exact cost as money, rounded half-even once. */
qf_money qf_cost_money(qf_cost cost);

static inline qf_i128 qf_abs128(qf_i128 v) { return v < 0 ? -v : v; }
static inline int64_t qf_abs64(int64_t v) { return v < 0 ? -v : v; }

#endif
