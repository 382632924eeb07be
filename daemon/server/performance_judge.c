/* A track record from outside: returns by day, judged as our own are. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/curve.h"
#include "daemon/server/performance_in.h"

#define WINDOW 63
#define RETURN_MOST 1e6 /* of one period: beyond it numbers run out of digits before anybody had such a year */

struct record {
    int32_t *day; /* [0]: the day before the first return */
    double *r, *b;
    size_t n;
    bool has_b;
};

static bool wrong(struct qf_refusal *r, uint32_t row, const char *field, const char *what)
{
    char place[32];
    qf_str_fmt(place, sizeof place, "rows[%u].%s", row, field);
    qf_refuse(r, QF_R_INVALID_PARAMS, place, "row %u: %s", row + 1, what);
    return false;
}

static bool take_day(const struct qf_return_row *row, uint32_t i, struct record *out, struct qf_refusal *r)
{
    qf_time day;
    if (strlen(row->day) != 10 || qf_time_parse(row->day, 10, &day) != QF_OK)
        return wrong(r, i, "day", "must be a day that exists, 1970 or later, such as 2024-01-31");
    out->day[i + 1] = (int32_t)(day / QF_DAY);
    if (i > 0 && out->day[i + 1] <= out->day[i])
        return wrong(r, i, "day", "must be later than the row before it");
    return true;
}

static bool take_real(bool has, double v, uint32_t i, const char *field, double *out, struct qf_refusal *r)
{
    *out = has ? v : (double)NAN;
    if (has && !isfinite(v))
        return wrong(r, i, field, "must be a number");
    if (has && v > RETURN_MOST)
        return wrong(r, i, field, "is more than 1,000,000: returns are fractions, 0.01 = 1 %");
    return !has || v >= -1 ? true : wrong(r, i, field, "loses more than there is: returns are fractions, -0.01 = -1 %");
}

/* A level that is no number any more would make falls and ratios that look like some. */
static bool can_compound(const struct record *k, struct qf_refusal *r)
{
    double level = 1, bench = 1;
    for (size_t i = 0; i < k->n; i++) {
        level *= isnan(k->r[i]) ? 1 : 1 + k->r[i];
        bench *= isnan(k->b[i]) ? 1 : 1 + k->b[i];
    }
    if (isfinite(level) && isfinite(bench))
        return true;
    qf_refuse(r, QF_R_INVALID_PARAMS, "rows", "the record grows beyond what can be reckoned with");
    return false;
}

static bool take_rows(const struct qf_performance_compute *in, struct record *out, struct qf_refusal *r)
{
    for (uint32_t i = 0; i < in->rows_n; i++) {
        const struct qf_return_row *row = &in->rows[i];
        bool b = QF_HAS(row, return_row, b);
        if (!take_day(row, i, out, r) || !take_real(QF_HAS(row, return_row, r), row->r, i, "r", &out->r[i], r) ||
            !take_real(b, row->b, i, "b", &out->b[i], r))
            return false;
        out->has_b = out->has_b || b;
    }
    out->n = in->rows_n;
    return can_compound(out, r);
}

/* Nobody says when the first period began: on the weekday, or as many days before as the longest period has, so that one that ends with
 * its month, quarter or year begins with it. */
static int32_t day_before(int32_t day, double periods)
{
    int32_t before = day - (periods >= 200 ? 1 : periods >= 50 ? 7 : periods >= 10 ? 31 : periods >= 3 ? 92 : 366);
    while (periods >= 200 && periods < 360 && ((before % 7 + 11) % 7 == 0 || (before % 7 + 11) % 7 == 6))
        before--; /* 1970-01-01 was a Thursday */
    return before;
}

static bool make_room(struct record *k, size_t n, struct qf_arena *arena, struct qf_refusal *r)
{
    k->day = qf_arena_alloc(arena, (n + 1) * sizeof *k->day);
    k->r = qf_arena_alloc(arena, (n + 1) * sizeof *k->r);
    k->b = qf_arena_alloc(arena, (n + 1) * sizeof *k->b);
    if (k->day && k->r && k->b)
        return true;
    qf_refuse(r, QF_R_TOO_LARGE, "rows", NULL);
    return false;
}

static void describe(const struct record *k, double periods, struct qf_performance *out)
{
    qf_str_fmt(out->basis, sizeof out->basis, "returns as given, A = %s", curve_periods_words(periods));
    if (k->has_b) {
        qf_str_copy(out->benchmark, sizeof out->benchmark, "given");
        QF_SET(out, performance, benchmark);
    }
    if (k->n > 0)
        return;
    qf_str_copy(out->reason, sizeof out->reason, "needs 1 return, has 0");
    QF_SET(out, performance, reason);
}

bool performance_judge(const struct qf_performance_compute *in, struct qf_arena *arena, struct qf_performance *ret,
                       struct qf_refusal *ret_refusal)
{
    struct record k = { .n = 0 };
    memset(ret, 0, sizeof *ret);
    if (!make_room(&k, in->rows_n, arena, ret_refusal) || !take_rows(in, &k, ret_refusal))
        return false;
    double periods = QF_HAS(in, performance_compute, periods_per_year) ? (double)in->periods_per_year : curve_periods(k.day + 1, k.n);
    ret->scope = QF_SCOPE_FIRM;
    describe(&k, periods, ret);
    if (k.n == 0)
        return true;
    k.day[0] = day_before(k.day[1], periods);
    const struct sheet_in sheet = { .day = k.day, .r = k.r, .b = k.has_b ? k.b : NULL, .n = k.n, .daily = true, .periods = periods,
                                    .now_r = (double)NAN, .now_b = (double)NAN,
                                    .risk_free = QF_HAS(in, performance_compute, risk_free) ? in->risk_free : 0,
                                    .mar = QF_HAS(in, performance_compute, mar) ? in->mar : 0,
                                    .window = QF_HAS(in, performance_compute, window) ? (size_t)in->window : WINDOW };
    if (sheet_fill(&sheet, arena, ret))
        return true;
    qf_refuse(ret_refusal, QF_R_TOO_LARGE, "rows", NULL);
    return false;
}
