#include "common/proto/value.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/money.h"
#include "common/proto/json.h"
#include "common/str.h"

/* --- numbers */

int qf_value_scale(enum qf_type type)
{
    switch (type) {
    case QF_T_i64:
        return 0;
    case QF_T_price:
    case QF_T_qty:
    case QF_T_money:
        return QF_SCALE;
    case QF_T_cost:
        return 2 * QF_SCALE;
    default:
        return -1;
    }
}

void qf_value_store(const struct qf_field *f, void *o, qf_i128 v)
{
    if (f->type == QF_T_money || f->type == QF_T_cost)
        *(qf_i128 *)qf_value_at(f, o) = v;
    else
        *(int64_t *)qf_value_at(f, o) = (int64_t)v;
}

qf_i128 qf_value_load(const struct qf_field *f, const void *o)
{
    if (f->type == QF_T_money || f->type == QF_T_cost)
        return *(const qf_i128 *)qf_value_of(f, o);
    return *(const int64_t *)qf_value_of(f, o);
}

static void number_why(const struct qf_field *f, bool too_low, char why[QF_PHRASE])
{
    char bound[QF_DEC_TEXT];
    int scale = qf_value_scale(f->type);
    if (too_low && f->min == 1 && scale > 0) {
        qf_str_copy(why, QF_PHRASE, "must be above zero");
        return;
    }
    qf_dec_format(too_low ? f->min : f->max, scale, bound);
    qf_str_fmt(why, QF_PHRASE, "must be at %s %s", too_low ? "least" : "most", bound);
}

static void length_why(const struct qf_field *f, bool too_low, char why[QF_PHRASE])
{
    if (too_low && f->min == 1)
        qf_str_copy(why, QF_PHRASE, "must not be empty");
    else
        qf_str_fmt(why, QF_PHRASE, "must be at %s %lld bytes long", too_low ? "least" : "most",
                   (long long)(too_low ? f->min : f->max));
}

enum qf_err qf_value_range(const struct qf_field *f, qf_i128 v, char why[QF_PHRASE])
{
    if (v >= f->min && v <= f->max)
        return QF_OK;
    if (f->type == QF_T_list)
        qf_str_fmt(why, QF_PHRASE, "must have at most %lld rows", (long long)f->max);
    else if (qf_value_scale(f->type) >= 0)
        number_why(f, v < f->min, why);
    else
        length_why(f, v < f->min, why);
    return QF_ERANGE;
}

/* Decimals behind the point that count, of a text that is a decimal. */
static size_t decimals_of(const char *p, size_t n)
{
    const char *point = memchr(p, '.', n);
    if (point == NULL)
        return 0;
    while (p[n - 1] == '0')
        n--;
    return (size_t)(p + n - point - 1);
}

enum qf_err qf_value_decimal(const struct qf_field *f, const char *p, size_t n, qf_i128 *ret, char why[QF_PHRASE])
{
    int scale = qf_value_scale(f->type);
    qf_i128 v, most = qf_abs128(f->min) > qf_abs128(f->max) ? qf_abs128(f->min) : qf_abs128(f->max);
    enum qf_err err = qf_dec_parse(p, n, scale, most, &v);
    if (err == QF_OK)
        err = qf_value_range(f, v, why);
    else if (err == QF_ERANGE && decimals_of(p, n) > (size_t)scale)
        qf_str_fmt(why, QF_PHRASE, "must have at most %d decimals", scale);
    else if (err == QF_ERANGE)
        number_why(f, p[0] == '-', why);
    if (err == QF_OK)
        *ret = v;
    return err;
}

/* --- reals. A terminal program follows the user's locale, in which a point may be a comma; the wire does not. */

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void c_locale_init(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    qf_assert(c_locale != (locale_t)0);
}

size_t qf_value_real_text(double v, char out[QF_REAL_TEXT])
{
    qf_assert(isfinite(v) && pthread_once(&c_locale_once, c_locale_init) == 0);
    locale_t before = uselocale(c_locale);
    size_t n = 0;
    for (int digits = 15; digits <= 17; digits++) { /* 17 always read back as the same bits, fewer often do */
        n = qf_str_fmt(out, QF_REAL_TEXT, "%.*g", digits, v);
        if (strtod(out, NULL) == v)
            break;
    }
    uselocale(before);
    return n;
}

enum qf_err qf_value_real(const char *p, size_t n, double *ret)
{
    char text[400]; /* the longest double written out in full has 325 characters; what is longer is not meant as one */
    if (!qf_str_copyn(text, sizeof text, p, n))
        return QF_ERANGE;
    qf_assert(pthread_once(&c_locale_once, c_locale_init) == 0);
    double v = strtod_l(text, NULL, c_locale);
    if (!isfinite(v))
        return QF_ERANGE;
    *ret = v;
    return QF_OK;
}

/* --- text and words */

bool qf_value_text_clean(const char *p, size_t n)
{
    uint32_t cp;
    for (size_t i = 0, k; i < n; i += k) {
        k = qf_utf8_next(p + i, n - i, &cp);
        if (k == 0 || qf_cp_forbidden(cp))
            return false;
    }
    return true;
}

void qf_value_enum_why(const struct qf_enum *en, char why[QF_PHRASE])
{
    size_t n = qf_str_fmt(why, QF_PHRASE, "must be one of ");
    for (int i = 0; i < en->count; i++)
        n += qf_str_fmt(why + n, QF_PHRASE - n, "%s%s", i > 0 ? ", " : "", en->texts[i]);
}

/* --- a field as text */

static size_t put_time(const struct qf_field *f, const void *o, char *out, size_t cap)
{
    char text[QF_TIME_TEXT];
    size_t n = qf_time_format(*(const qf_time *)qf_value_of(f, o), text);
    qf_str_copyn(out, cap, text, n);
    return strlen(out);
}

static size_t put_real(const struct qf_field *f, const void *o, char *out, size_t cap)
{
    char text[QF_REAL_TEXT];
    double v = *(const double *)qf_value_of(f, o);
    if (isfinite(v))
        qf_value_real_text(v, text);
    qf_str_copy(out, cap, isfinite(v) ? text : "n/a");
    return strlen(out);
}

static size_t put_number(const struct qf_field *f, const void *o, char *out, size_t cap)
{
    char text[QF_DEC_TEXT];
    qf_dec_format(qf_value_load(f, o), qf_value_scale(f->type), text);
    qf_str_copy(out, cap, text);
    return strlen(out);
}

size_t qf_field_text(const struct qf_field *f, const struct qf_rec *rec, const void *o, char *out, size_t cap)
{
    const void *p = qf_value_of(f, o);
    qf_assert(cap > 0);
    out[0] = '\0';
    if (!qf_rec_has(rec, o, f))
        return 0;
    switch (f->type) {
    case QF_T_bool:
        qf_str_copy(out, cap, *(const bool *)p ? "yes" : "no");
        break;
    case QF_T_text:
        qf_str_copy(out, cap, p);
        break;
    case QF_T_str:
    case QF_T_json:
        qf_str_copyn(out, cap, ((const struct qf_str *)p)->p, ((const struct qf_str *)p)->n);
        break;
    case QF_T_enum:
        qf_str_copy(out, cap, qf_enum_text(f->en, *(const int32_t *)p));
        break;
    case QF_T_list:
        return qf_str_fmt(out, cap, "%u", *(const uint32_t *)(const void *)((const char *)o + f->off_n));
    case QF_T_time:
        return put_time(f, o, out, cap);
    case QF_T_real:
        return put_real(f, o, out, cap);
    default:
        return put_number(f, o, out, cap);
    }
    return strlen(out);
}
