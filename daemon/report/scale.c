#include <math.h>

#include "common/str.h"
#include "daemon/report/chart.h"
#include "daemon/report/words.h"

void chart_feed(struct chart_scale *s, const double *y, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(y[i]))
            continue;
        s->low = isnan(s->low) || y[i] < s->low ? y[i] : s->low;
        s->high = isnan(s->high) || y[i] > s->high ? y[i] : s->high;
    }
}

/* 1, 2 or 5 times a power of ten, at least `least`. */
static double round_step(double least)
{
    double power = pow(10, floor(log10(least)));
    static const double rounds[] = {1, 2, 5, 10};
    for (size_t i = 0; i < QF_LEN(rounds); i++)
        if (rounds[i] * power >= least * (1 - 1e-9))
            return rounds[i] * power;
    return 10 * power;
}

void chart_round(struct chart_scale *s, int steps)
{
    if (isnan(s->low))
        s->low = 0, s->high = 1;
    double span = s->high - s->low;
    if (!(span > fabs(s->high) * 1e-12 + 1e-12)) { /* a flat line still wants room above and below */
        double pad = s->high == 0 ? 1 : fabs(s->high) * 0.01;
        s->low -= pad;
        s->high += pad;
        span = 2 * pad;
    }
    s->step = round_step(span / steps);
    s->low = floor(s->low / s->step + 1e-9) * s->step;
    s->high = ceil(s->high / s->step - 1e-9) * s->step;
}

struct chart_scale chart_main_scale(const struct doc_chart *c, int steps)
{
    struct chart_scale s = {c->bars == NULL ? NAN : 0, c->bars == NULL ? NAN : 0, 0};
    for (size_t i = 0; i < c->n_lines; i++)
        chart_feed(&s, c->lines[i].y, c->n);
    if (c->bars != NULL)
        chart_feed(&s, c->bars, c->n);
    chart_round(&s, steps);
    return s;
}

struct chart_scale chart_under_scale(const struct doc_chart *c, int steps)
{
    struct chart_scale s = {0, 0, 0};
    chart_feed(&s, c->under, c->n);
    if (s.low == 0) /* it never fell */
        s.low = -0.01;
    chart_round(&s, steps);
    s.high = 0;
    return s;
}

/* --- dates */

enum date_unit { DATE_HOURS, DATE_DAYS, DATE_MONTHS };
struct date_step {
    enum date_unit unit;
    int n;
};

static qf_time step_from(qf_time t, const struct date_step *step)
{
    struct qf_civil c;
    qf_time_civil(t, &c);
    if (step->unit == DATE_HOURS)
        return t + step->n * QF_HOUR;
    if (step->unit == DATE_DAYS)
        return qf_time_day(t) + step->n * QF_DAY;
    int month = c.year * 12 + c.month - 1 + step->n;
    return qf_time_from_civil(month / 12, month % 12 + 1, 1);
}

/* The first round date at or after `from`. */
static qf_time first_from(qf_time from, const struct date_step *step)
{
    struct qf_civil c;
    qf_time_civil(from, &c);
    if (step->unit == DATE_HOURS) {
        qf_time unit = step->n * QF_HOUR;
        return (from + unit - 1) / unit * unit;
    }
    if (step->unit == DATE_DAYS)
        return from == qf_time_day(from) ? from : qf_time_day(from) + QF_DAY;
    int month = c.year * 12 + c.month - 1;
    if (from != qf_time_from_civil(c.year, c.month, 1))
        month++;
    month = (month + step->n - 1) / step->n * step->n;
    return qf_time_from_civil(month / 12, month % 12 + 1, 1);
}

static void date_text(struct chart_date *d, const struct date_step *step)
{
    struct qf_civil c;
    qf_time_civil(d->at, &c);
    if (step->unit == DATE_HOURS)
        qf_str_fmt(d->text, sizeof d->text, "%02d:%02d", c.hour, c.minute);
    else if (step->unit == DATE_DAYS)
        qf_str_fmt(d->text, sizeof d->text, "%d %s", c.day, words_month(c.month));
    else if (step->n >= 12)
        qf_str_fmt(d->text, sizeof d->text, "%d", c.year);
    else
        qf_str_fmt(d->text, sizeof d->text, "%s %d", words_month(c.month), c.year);
}

size_t chart_dates(qf_time from, qf_time to, size_t most, struct chart_date *ret)
{
    static const struct date_step steps[] = {
        {DATE_HOURS, 1},    {DATE_HOURS, 3},    {DATE_HOURS, 6},   {DATE_DAYS, 1},    {DATE_DAYS, 2},
        {DATE_DAYS, 7},     {DATE_DAYS, 14},    {DATE_MONTHS, 1},  {DATE_MONTHS, 2},  {DATE_MONTHS, 3},
        {DATE_MONTHS, 6},   {DATE_MONTHS, 12},  {DATE_MONTHS, 24}, {DATE_MONTHS, 60}, {DATE_MONTHS, 120},
        {DATE_MONTHS, 600}, {DATE_MONTHS, 6000}};
    most = most > CHART_DATES ? CHART_DATES : most;
    for (size_t k = 0; k < QF_LEN(steps); k++) {
        size_t n = 0;
        qf_time t = first_from(from, &steps[k]);
        for (; t <= to && n < most; t = step_from(t, &steps[k])) {
            ret[n].at = t;
            date_text(&ret[n++], &steps[k]);
        }
        if (t > to)
            return n;
    }
    return 0;
}
