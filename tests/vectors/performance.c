/* quantumfond/golden-performance: metrics, falls and rolling ratios of price series against a benchmark. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/quant/drawdown.h"
#include "daemon/quant/metrics.h"
#include "tests/vectors/judge.h"

struct stage {
    struct judge *j;
    struct json_object *doc;
    struct tolerance t;
    struct closes *file, *benchmark_file;
    size_t first, n;     /* rows of `file` in the range */
    double *levels;      /* n of the series that is judged */
    double *returns;     /* n - 1; dated by the later row */
    double *benchmark;   /* n - 1 */
    double periods;
    const char *series;
};

/* --- the range and the benchmark */

static bool read_range(struct stage *s)
{
    size_t last;
    qf_time from, to;
    const char *first = member_text(s->doc, "first"), *until = member_text(s->doc, "last");
    if (qf_time_parse(first, strlen(first), &from) != QF_OK || qf_time_parse(until, strlen(until), &to) != QF_OK) {
        judge_fail(s->j, "no range");
        return false;
    }
    (void)closes_row(s->file, from, &s->first);
    if (!closes_row(s->file, to, &last)) /* the first row behind it */
        last = last > 0 ? last - 1 : 0;
    if (s->file->rows == 0 || last <= s->first || last >= s->file->rows) {
        judge_fail(s->j, "no rows from %s to %s", first, until);
        return false;
    }
    s->n = last - s->first + 1;
    return true;
}

static bool read_benchmark(struct stage *s)
{
    size_t column, row;
    const struct closes *b = s->benchmark_file;
    double *levels = qf_xalloc(s->n * sizeof(*levels));
    s->benchmark = qf_xalloc(s->n * sizeof(*s->benchmark));
    if (!closes_column(b, member_text(s->doc, "benchmark_column"), &column)) {
        judge_fail(s->j, "no benchmark column");
        free(levels);
        return false;
    }
    for (size_t i = 0; i < s->n; i++)
        levels[i] = closes_row(b, s->file->times[s->first + i], &row) ? b->values[row * b->cols + column] : NAN;
    for (size_t i = 1; i < s->n; i++)
        s->benchmark[i - 1] = levels[i] / levels[i - 1] - 1;
    free(levels);
    return true;
}

/* --- levels of a series */

static double close_at(const struct stage *s, size_t i, size_t column)
{
    return s->file->values[(s->first + i) * s->file->cols + column];
}

/* As many units of each name as 1e6 / names buys at the first close, held to the end. */
static void equal_notional(struct stage *s)
{
    size_t names = s->file->cols;
    for (size_t i = 0; i < s->n; i++) {
        s->levels[i] = 0;
        for (size_t c = 0; c < names; c++)
            s->levels[i] += 1e6 / (double)names / close_at(s, 0, c) * close_at(s, i, c);
    }
}

static bool read_levels(struct stage *s)
{
    size_t column;
    if (closes_column(s->file, s->series, &column)) {
        for (size_t i = 0; i < s->n; i++)
            s->levels[i] = close_at(s, i, column);
    } else if (strcmp(s->series, "buy_and_hold_equal_notional") == 0) {
        equal_notional(s);
    } else {
        judge_fail(s->j, "no series of this name");
        return false;
    }
    for (size_t i = 1; i < s->n; i++)
        s->returns[i - 1] = s->levels[i] / s->levels[i - 1] - 1;
    return true;
}

static struct metric_in returns_in(const struct stage *s)
{
    struct metric_in in = metric_defaults();
    in.values = s->returns;
    in.benchmark = s->benchmark;
    in.n = s->n - 1;
    in.periods_per_year = s->periods;
    return in;
}

/* --- what is listed of a series */

static void judge_metric(struct stage *s, struct json_object *m)
{
    struct metric_in in = returns_in(s);
    size_t window = 0, n;
    double *got, want;
    judge_begin(s->j, "%s %s", s->series, member_text(m, "metric"));
    if (metric_params(s->j, member(m, "params"), &in, &window) && metric_numbers(s->j, member_text(m, "metric"), &in, window, &got, &n)) {
        if (n != 1 || !number_of(member(m, "value"), &want))
            judge_fail(s->j, "not one number");
        else
            judge_number(s->j, "value", got[0], want, s->t);
        free(got);
    }
    judge_end(s->j);
}

static void judge_metric_list(struct stage *s, const char *key, struct json_object *list)
{
    (void)key;
    for (size_t i = 0; i < list_length(list); i++)
        judge_metric(s, item(list, i));
}

static const char *date_of(const struct stage *s, size_t i, char out[QF_TIME_TEXT])
{
    return closes_date(s->file, s->first + i, out);
}

/* null: not recovered. */
static void compare_recovery(struct stage *s, struct json_object *want, const struct drawdown *d)
{
    char date[QF_TIME_TEXT];
    judge_text(s->j, "recovery", d->recovered ? date_of(s, d->recovery, date) : "", member_text(want, "recovery"));
    judge_number(s->j, "rows to recovery", d->recovered ? (double)(d->recovery - d->trough) : NAN,
                 member_number(want, "rows_to_recovery", NAN), s->t);
}

static void judge_worst(struct stage *s, const char *key, struct json_object *list)
{
    size_t cap = list_length(list);
    struct drawdown *d = qf_xalloc((cap + 1) * sizeof(*d));
    char date[QF_TIME_TEXT];
    size_t n = drawdown_worst(s->levels, s->n, d, cap);
    judge_begin(s->j, "%s %s", s->series, key);
    judge_number(s->j, "episodes", (double)n, (double)cap, s->t);
    for (size_t i = 0; i < n; i++) {
        struct json_object *want = item(list, i);
        judge_text(s->j, "peak", date_of(s, d[i].peak, date), member_text(want, "peak"));
        judge_text(s->j, "trough", date_of(s, d[i].trough, date), member_text(want, "trough"));
        judge_number(s->j, "depth", d[i].depth, member_number(want, "depth", INFINITY), s->t);
        judge_number(s->j, "rows to trough", (double)(d[i].trough - d[i].peak), member_number(want, "rows_to_trough", NAN), s->t);
        compare_recovery(s, want, &d[i]);
    }
    judge_end(s->j);
    free(d);
}

/* A list of dates and values against one value for each row of the range; NaN where there is none. */
static void compare_dated(struct stage *s, struct json_object *list, const double *values)
{
    for (size_t i = 0; i < list_length(list); i++) {
        const char *date = member_text(item(list, i), "date");
        qf_time t;
        size_t row;
        double want;
        if (qf_time_parse(date, strlen(date), &t) != QF_OK || !closes_row(s->file, t, &row) || row < s->first ||
            row - s->first >= s->n || !number_of(member(item(list, i), "value"), &want))
            judge_fail(s->j, "no row or value of %s", date);
        else
            judge_number(s->j, date, values[row - s->first], want, s->t);
    }
    if (list_length(list) == 0)
        judge_fail(s->j, "nothing to compare");
}

static void judge_underwater(struct stage *s, const char *key, struct json_object *list)
{
    double *values = qf_xalloc(s->n * sizeof(*values));
    drawdown_underwater(s->levels, s->n, values);
    judge_begin(s->j, "%s %s", s->series, key);
    compare_dated(s, list, values);
    judge_end(s->j);
    free(values);
}

/* rolling_sharpe_63: windows of 63 returns, each dated by its last. */
static void judge_rolling(struct stage *s, const char *key, struct json_object *list, const char *metric, size_t window)
{
    struct metric_in in = returns_in(s);
    double *rolled, *values = qf_xalloc(s->n * sizeof(*values));
    size_t n;
    judge_begin(s->j, "%s %s", s->series, key);
    for (size_t i = 0; i < s->n; i++)
        values[i] = NAN;
    if (metric_numbers(s->j, metric, &in, window, &rolled, &n)) {
        for (size_t i = 0; i < n; i++)
            values[window + i] = rolled[i];
        compare_dated(s, list, values);
        free(rolled);
    }
    judge_end(s->j);
    free(values);
}

/* Splits "rolling_NAME_N". */
static bool rolling_key(const char *key, const char **ret_metric, size_t *ret_window)
{
    static const struct {
        const char *prefix, *metric;
    } known[] = { { "rolling_sharpe_", "roll_sharpe_ratio" }, { "rolling_volatility_", "roll_annual_volatility" } };
    for (size_t i = 0; i < QF_LEN(known); i++) {
        size_t n = strlen(known[i].prefix);
        char *end;
        if (strncmp(key, known[i].prefix, n) != 0)
            continue;
        long window = strtol(key + n, &end, 10);
        *ret_metric = known[i].metric;
        *ret_window = window > 0 && window < 1000000 ? (size_t)window : 0;
        return *end == '\0' && *ret_window > 0;
    }
    return false;
}

static void judge_entry(struct stage *s, const char *key, struct json_object *list)
{
    static const struct {
        const char *key;
        void (*fn)(struct stage *s, const char *key, struct json_object *list);
    } known[] = { { "metrics", judge_metric_list }, { "worst_drawdowns", judge_worst }, { "drawdown", judge_underwater } };
    const char *metric;
    size_t window;
    if (rolling_key(key, &metric, &window)) {
        judge_rolling(s, key, list, metric, window);
        return;
    }
    for (size_t i = 0; i < QF_LEN(known); i++)
        if (strcmp(known[i].key, key) == 0) {
            known[i].fn(s, key, list);
            return;
        }
    judge_broken(s->j, key, "%s: not known", s->series);
}

static void judge_series(struct stage *s, struct json_object *entries)
{
    judge_begin(s->j, "%s levels", s->series);
    bool good = read_levels(s);
    judge_end(s->j);
    json_object_object_foreach(object_of(entries), key, list)
    {
        if (good)
            judge_entry(s, key, list);
    }
}

static bool set_up(struct stage *s)
{
    char why[QF_WHY_TEXT];
    s->file = closes_read(s->j, member_text(s->doc, "file"), why);
    s->benchmark_file = s->file == NULL ? NULL : closes_read(s->j, member_text(s->doc, "benchmark_file"), why);
    if (s->benchmark_file == NULL) {
        judge_fail(s->j, "%s", why);
        return false;
    }
    if (!read_range(s) || !read_benchmark(s))
        return false;
    s->levels = qf_xalloc(s->n * sizeof(*s->levels));
    s->returns = qf_xalloc(s->n * sizeof(*s->returns));
    return true;
}

void judge_performance(struct judge *j, struct json_object *doc)
{
    struct stage s = { .j = j, .doc = doc, .t = tolerance_of(doc), .periods = member_number(doc, "periods_per_year", 252) };
    judge_begin(j, "files and range");
    bool good = set_up(&s);
    judge_end(j);
    json_object_object_foreach(object_of(member(doc, "series")), name, entries)
    {
        s.series = name;
        if (good)
            judge_series(&s, entries);
    }
    closes_free(s.file);
    closes_free(s.benchmark_file);
    free(s.levels);
    free(s.returns);
    free(s.benchmark);
}
