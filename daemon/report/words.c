#include "daemon/report/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"

const char *words_money(char out[WORDS], qf_money v, int decimals, bool sign)
{
    qf_dec_pretty(v, QF_SCALE, decimals, true, sign, out);
    return out;
}

const char *words_cost(char out[WORDS], qf_cost v, int decimals)
{
    qf_dec_pretty(v, 2 * QF_SCALE, decimals, true, false, out);
    return out;
}

const char *words_exact(char out[WORDS], int64_t v, int least, bool sign)
{
    int decimals = QF_SCALE;
    for (int64_t rest = v; decimals > least && rest % 10 == 0; rest /= 10)
        decimals--;
    return words_money(out, v, decimals, sign);
}

const char *words_count(char out[WORDS], int64_t v)
{
    qf_dec_pretty(v, 0, 0, true, false, out);
    return out;
}

/* Through the decimal writer, so that commas and zero look the same everywhere. */
const char *words_number(char out[WORDS], double v, int decimals, bool sign)
{
    if (!isfinite(v)) {
        qf_str_copy(out, WORDS, "n/a");
        return out;
    }
    if (fabs(v) >= 1e20) { /* beyond any amount of money */
        qf_str_fmt(out, WORDS, sign ? "%+.3e" : "%.3e", v);
        return out;
    }
    double unit = pow(10, decimals), whole = floor(fabs(v)), part = (fabs(v) - whole) * unit;
    qf_i128 scaled = (qf_i128)whole * (int64_t)unit + (qf_i128)nearbyint(part);
    qf_dec_pretty(v < 0 ? -scaled : scaled, decimals, decimals, true, sign, out);
    return out;
}

const char *words_share(char out[WORDS], double v, int decimals, bool sign)
{
    words_number(out, v * 100, decimals, sign);
    if (isfinite(v)) {
        size_t n = strlen(out);
        qf_str_copy(out + n, WORDS - n, "%");
    }
    return out;
}

const char *words_bp(char out[WORDS], int64_t bp, int decimals, bool sign)
{
    size_t n = qf_dec_pretty(bp, 2, decimals, true, sign, out);
    qf_str_copy(out + n, WORDS - n, "%");
    return out;
}

const char *words_metric(char out[WORDS], double v, const char *unit)
{
    if (strcmp(unit, "fraction") == 0)
        return words_share(out, v, 2, false);
    if (strcmp(unit, "money") == 0)
        return words_number(out, v, 2, false);
    if (strcmp(unit, "count") == 0)
        return words_number(out, v, 0, false);
    return words_number(out, v, strcmp(unit, "days") == 0 ? 2 : 4, false);
}

const char *words_date(char out[WORDS], qf_time t)
{
    struct qf_civil c;
    qf_time_civil(t, &c);
    qf_str_fmt(out, WORDS, "%04d-%02d-%02d", c.year, c.month, c.day);
    return out;
}

const char *words_time(char out[WORDS], qf_time t)
{
    struct qf_civil c;
    qf_time_civil(t, &c);
    qf_str_fmt(out, WORDS, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
    return out;
}

const char *words_clock(char out[WORDS], qf_time t)
{
    struct qf_civil c;
    qf_time_civil(t, &c);
    qf_str_fmt(out, WORDS, "%02d:%02d:%02d", c.hour, c.minute, c.second);
    return out;
}

const char *words_month(int month)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return month >= 1 && month <= 12 ? names[month - 1] : "?";
}

static int decimals_of(double step)
{
    int n = 0;
    while (n < 6 && step > 0 && fabs(step - nearbyint(step)) > 1e-6 * step) {
        step *= 10;
        n++;
    }
    return n;
}

const char *words_axis(char out[WORDS], double v, double step, enum chart_unit unit)
{
    if (unit == CHART_SHARE)
        return words_share(out, v, decimals_of(step * 100), false);
    static const struct {
        double from;
        const char *letter;
    } sizes[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}, {0, ""}};
    size_t k = 0;
    while (fabs(v) < sizes[k].from)
        k++;
    double by = sizes[k].from > 0 ? sizes[k].from : 1;
    words_number(out, v / by, decimals_of(step / by), false);
    size_t n = strlen(out);
    qf_str_copy(out + n, WORDS - n, sizes[k].letter);
    return out;
}

enum doc_tone words_tone(qf_i128 v)
{
    return v > 0 ? DOC_UP : v < 0 ? DOC_DOWN : DOC_PLAIN;
}

enum doc_tone words_tone_real(double v)
{
    return v > 0 ? DOC_UP : v < 0 ? DOC_DOWN : DOC_PLAIN;
}
