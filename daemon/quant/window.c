#include "daemon/quant/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/quant/stats.h"

#define ENOUGH 0.9   /* of gross, and of the calendar */
#define HALF 0.5
#define WEEK 7

/* Days of the span, counted from its first one. */
struct span {
    int32_t first;
    double weight[WINDOW_SPAN]; /* of the names with a close that day */
    bool chosen[WINDOW_SPAN];   /* it belongs to the calendar */
    size_t lack[WINDOW_SPAN];   /* names taking part without a close that day */
};

static bool usable(double close)
{
    return isfinite(close) && close > 0;
}

/* 1970-01-01 was a Thursday. */
static bool is_weekend(int32_t day)
{
    int32_t of_week = ((day + 4) % WEEK + WEEK) % WEEK;
    return of_week == 0 || of_week == 6;
}

/* Place of the k-th close in the span, WINDOW_SPAN when it is none there. */
static size_t place(const struct span *s, const struct window_name *name, size_t k)
{
    return name->days[k] < s->first || !usable(name->closes[k]) ? WINDOW_SPAN : (size_t)(name->days[k] - s->first);
}

static size_t usable_closes(const struct window_name *name)
{
    size_t n = 0;
    for (size_t k = 0; k < name->n; k++)
        n += usable(name->closes[k]);
    return n;
}

static bool trades_on_weekends(const struct window_name *name)
{
    for (size_t k = 0; k < name->n; k++)
        if (is_weekend(name->days[k]) && usable(name->closes[k]))
            return true;
    return false;
}

static void find_span(struct span *s, const struct window_name *names, size_t n)
{
    int32_t newest = INT32_MIN + WINDOW_SPAN;
    for (size_t i = 0; i < n; i++)
        if (names[i].n > 0 && names[i].days[names[i].n - 1] > newest)
            newest = names[i].days[names[i].n - 1];
    s->first = newest - WINDOW_SPAN + 1;
}

/* --- the calendar */

static double weigh(struct span *s, const struct window_name *names, size_t n, const enum window_fate *fate)
{
    double total = 0, all = 0;
    bool weekends = true;
    for (size_t i = 0; i < n; i++)
        all += fate[i] == WINDOW_IN ? fabs(names[i].weight) : 0;
    for (size_t i = 0; i < n; i++) {
        if (fate[i] != WINDOW_IN)
            continue;
        double weight = all > 0 ? fabs(names[i].weight) : 1;
        total += weight;
        weekends = weekends && trades_on_weekends(&names[i]);
        for (size_t k = 0; k < names[i].n; k++)
            if (place(s, &names[i], k) < WINDOW_SPAN)
                s->weight[place(s, &names[i], k)] += weight;
    }
    for (size_t d = 0; d < WINDOW_SPAN && !weekends; d++)
        if (is_weekend(s->first + (int32_t)d))
            s->weight[d] = 0;
    return total;
}

static size_t choose(struct span *s, double least, size_t most)
{
    size_t days = 0;
    memset(s->chosen, 0, sizeof s->chosen);
    for (size_t d = WINDOW_SPAN; d-- > 0 && days < most;)
        if (s->weight[d] > 0 && s->weight[d] >= least * (1 - 1e-12)) { /* weights added in another order */
            s->chosen[d] = true;
            days++;
        }
    return days;
}

static size_t make_calendar(struct span *s, double total, size_t most)
{
    size_t days = choose(s, ENOUGH * total, most);
    return days >= WINDOW_LEAST ? days : choose(s, HALF * total, most);
}

/* --- names */

static size_t covered(const struct span *s, const struct window_name *name)
{
    size_t days = 0;
    for (size_t k = 0; k < name->n; k++) {
        size_t d = place(s, name, k);
        days += d < WINDOW_SPAN && s->chosen[d];
    }
    return days;
}

static void add_lack(struct span *s, const struct window_name *name, bool joins)
{
    for (size_t d = 0; d < WINDOW_SPAN; d++)
        s->lack[d] = joins ? s->lack[d] + 1 : s->lack[d] - 1;
    for (size_t k = 0; k < name->n; k++) {
        size_t d = place(s, name, k);
        if (d < WINDOW_SPAN)
            s->lack[d] = joins ? s->lack[d] - 1 : s->lack[d] + 1;
    }
}

static size_t common_days(const struct span *s)
{
    size_t days = 0;
    for (size_t d = 0; d < WINDOW_SPAN; d++)
        days += s->chosen[d] && s->lack[d] == 0;
    return days;
}

/* The name taking part that has the fewest of the calendar's days; equal ones: the last. n: none. */
static size_t poorest(const enum window_fate *fate, const size_t *have, size_t n)
{
    size_t at = n;
    for (size_t i = 0; i < n; i++)
        if (fate[i] == WINDOW_IN && (at == n || have[i] <= have[at]))
            at = i;
    return at;
}

static void take_names(struct span *s, const struct window_name *names, size_t n, size_t calendar, enum window_fate *fate, size_t *have)
{
    for (size_t i = 0; i < n; i++) {
        if (fate[i] != WINDOW_IN)
            continue;
        have[i] = covered(s, &names[i]);
        if ((double)have[i] < ENOUGH * (double)calendar)
            fate[i] = WINDOW_GAPS;
        else
            add_lack(s, &names[i], true);
    }
    for (;;) {
        size_t days = common_days(s), i = poorest(fate, have, n);
        if (i == n || have[i] == calendar || (days >= WINDOW_LEAST && 2 * days >= calendar))
            return;
        fate[i] = WINDOW_GAPS;
        add_lack(s, &names[i], false);
    }
}

/* Nobody has enough of the calendar: the days of the heaviest name are taken instead. */
static size_t heaviest(const struct window_name *names, size_t n, enum window_fate *fate)
{
    size_t at = n;
    for (size_t i = 0; i < n; i++) {
        if (fate[i] == WINDOW_IN)
            return n;
        if (fate[i] == WINDOW_GAPS && (at == n || fabs(names[i].weight) > fabs(names[at].weight)))
            at = i;
    }
    return at;
}

static void begin_again(struct span *s, const struct window_name *names, size_t n, size_t only, size_t most, enum window_fate *fate,
                        struct window *ret)
{
    memset(s->weight, 0, sizeof s->weight);
    memset(s->lack, 0, sizeof s->lack);
    for (size_t k = 0; k < names[only].n; k++)
        if (place(s, &names[only], k) < WINDOW_SPAN)
            s->weight[place(s, &names[only], k)] = 1;
    for (size_t i = 0; i < n; i++)
        fate[i] = fate[i] == WINDOW_GAPS ? WINDOW_IN : fate[i];
    ret->calendar = choose(s, 1, most);
}

static void take_days(const struct span *s, const enum window_fate *fate, size_t n, struct window *ret)
{
    for (size_t d = 0; d < WINDOW_SPAN; d++)
        if (s->chosen[d] && s->lack[d] == 0)
            ret->days[ret->rows++] = s->first + (int32_t)d;
    for (size_t i = 0; i < n; i++)
        ret->cols += fate[i] == WINDOW_IN;
    if (ret->cols == 0 || ret->rows < WINDOW_LEAST)
        ret->rows = 0;
}

void window_align(const struct window_name *names, size_t n, size_t most, struct window *ret, enum window_fate *ret_fate, size_t *ret_have)
{
    struct span s = { 0 };
    qf_assert(most >= WINDOW_LEAST && most <= WINDOW_MOST);
    memset(ret, 0, sizeof *ret);
    find_span(&s, names, n);
    for (size_t i = 0; i < n; i++) {
        ret_have[i] = usable_closes(&names[i]);
        ret_fate[i] = ret_have[i] < WINDOW_LEAST ? WINDOW_FEW : WINDOW_IN;
    }
    ret->calendar = make_calendar(&s, weigh(&s, names, n, ret_fate), most);
    take_names(&s, names, n, ret->calendar, ret_fate, ret_have);
    size_t only = heaviest(names, n, ret_fate);
    if (only < n) {
        begin_again(&s, names, n, only, most, ret_fate, ret);
        take_names(&s, names, n, ret->calendar, ret_fate, ret_have);
    }
    take_days(&s, ret_fate, n, ret);
}

/* --- numbers */

void window_fill(const struct window *w, const struct window_name *names, size_t n, const enum window_fate *fate, double *ret)
{
    size_t col = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        if (fate[i] != WINDOW_IN)
            continue;
        for (size_t row = 0; row < w->rows; row++) {
            while (names[i].days[k] < w->days[row])
                k++;
            ret[row * w->cols + col] = names[i].closes[k];
        }
        col++;
    }
}

void window_returns(const double *closes, size_t rows, size_t cols, double *ret)
{
    for (size_t i = 0; i + cols < rows * cols; i++)
        ret[i] = closes[i + cols] / closes[i] - 1;
}
