/* Judging a track record: every metric is there with its words, what cannot be is refused with its row, and what must hold does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/quant/metrics.h"
#include "daemon/server/performance.h"

#define MOST 20000
static struct qf_return_row rows[MOST];
static struct qf_performance_compute in;
static struct qf_performance out;
static struct qf_refusal refusal;
static struct qf_arena arena;

static int begin(void **state)
{
    (void)state;
    qf_arena_init(&arena, 256 * 1024 * 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    qf_arena_release(&arena);
    return 0;
}

static void set_day(uint32_t i, int64_t day)
{
    struct qf_civil c;
    qf_time_civil(day * QF_DAY, &c);
    qf_str_fmt(rows[i].day, sizeof rows[i].day, "%04d-%02d-%02d", c.year, c.month, c.day);
}

static void fill(uint32_t n, bool bench)
{
    memset(rows, 0, sizeof rows);
    in = (struct qf_performance_compute){ .rows = rows, .rows_n = n };
    for (uint32_t i = 0; i < n; i++) {
        set_day(i, 10957 + i);
        rows[i].r = (double)(rand() % 2001 - 1000) / 50000;
        rows[i].b = (double)(rand() % 2001 - 1000) / 60000 + rows[i].r / 3;
        rows[i].has = QF_BIT(return_row, day) | QF_BIT(return_row, r) | (bench ? QF_BIT(return_row, b) : 0);
    }
}

static bool judge(void)
{
    qf_arena_reset(&arena);
    refusal = (struct qf_refusal){ .reason = 0 };
    return performance_judge(&in, &arena, &out, &refusal);
}

static const struct qf_metric_row *row_of(const char *metric)
{
    for (uint32_t i = 0; i < out.metrics_n; i++)
        if (qf_str_eq(out.metrics[i].metric, metric))
            return &out.metrics[i];
    fail_msg("no metric %s", metric);
    return NULL;
}

static double value_of(const char *metric)
{
    const struct qf_metric_row *row = row_of(metric);
    if (!QF_HAS(row, metric_row, value))
        fail_msg("%s: %s", metric, row->reason);
    return row->value;
}

static void every_metric_is_there_with_its_words(void **state)
{
    (void)state;
    size_t n;
    const struct metric *all = metric_rows(&n);
    fill(500, true);
    assert_true(judge());
    for (size_t i = 0; i < n; i++) {
        char name[60];
        if (all[i].shape == METRIC_SERIES)
            continue;
        qf_str_fmt(name, sizeof name, "%s%s", all[i].name, all[i].shape == METRIC_PAIR ? "[beta]" : all[i].shape == METRIC_FOUR ? "[fall]" : "");
        const struct qf_metric_row *row = row_of(name);
        assert_int_equal(strncmp(row->convention, all[i].convention, strlen(all[i].convention)), 0);
        assert_int_equal(QF_HAS(row, metric_row, value), (all[i].needs & METRIC_PROFITS) == 0);
        assert_int_equal(QF_HAS(row, metric_row, value), !QF_HAS(row, metric_row, reason));
        assert_true(!all[i].annualised || strstr(row->convention, "A = 365"));
    }
}

/* The figures are those of the table of metrics, on the same numbers. */
static void figures_are_those_of_the_table(void **state)
{
    (void)state;
    static double r[500], b[500], work[METRIC_WORK(500)];
    struct metric_in m = metric_defaults();
    size_t n, count;
    const struct metric *all = metric_rows(&n);
    fill(500, true);
    for (uint32_t i = 0; i < 500; i++) {
        if (i % 50 == 7)
            QF_DROP(&rows[i], return_row, r);
        if (i % 70 == 9)
            QF_DROP(&rows[i], return_row, b);
        r[i] = i % 50 == 7 ? (double)NAN : rows[i].r;
        b[i] = i % 70 == 9 ? (double)NAN : rows[i].b;
    }
    assert_true(judge());
    m.values = r;
    m.benchmark = b;
    m.n = 500;
    m.periods_per_year = 365;
    m.work = work;
    for (size_t i = 0; i < n; i++) {
        double want[4];
        if (all[i].shape != METRIC_ONE || (all[i].needs & (METRIC_PROFITS | METRIC_LEVELS | METRIC_PRICES)))
            continue;
        assert_int_equal(metric_eval(&all[i], &m, want, &count), QF_OK);
        assert_true(value_of(all[i].name) == want[0]);
    }
}

static void too_little_has_a_reason_and_no_figure(void **state)
{
    (void)state;
    fill(0, false);
    assert_true(judge());
    assert_string_equal(out.reason, "needs 1 return, has 0");
    assert_int_equal(out.metrics_n, 0);
    fill(1, false);
    assert_true(judge());
    assert_string_equal(row_of("sharpe_ratio")->reason, "fewer than 2 values");
    assert_string_equal(row_of("beta")->reason, "no benchmark was asked for");
    assert_string_equal(row_of("expectancy")->reason, "a track record has no trades");
    fill(40, false);
    for (uint32_t i = 0; i < 40; i++)
        rows[i].r = 0.001;
    assert_true(judge());
    assert_string_equal(row_of("sharpe_ratio")->reason, "the returns do not differ");
    assert_string_equal(row_of("calmar_ratio")->reason, "no drawdown");
    assert_int_equal(out.drawdowns_n, 0);
}

static void wrong(uint32_t row, const char *field, const char *words)
{
    char place[40], line[40];
    qf_str_fmt(place, sizeof place, "rows[%u].%s", (unsigned)row, field);
    qf_str_fmt(line, sizeof line, "row %u", (unsigned)row + 1);
    assert_false(judge());
    assert_int_equal(refusal.reason, QF_R_INVALID_PARAMS);
    assert_string_equal(refusal.field, place);
    assert_non_null(strstr(refusal.message, line));
    assert_non_null(strstr(refusal.message, words));
}

static void what_cannot_be_is_refused_with_its_row(void **state)
{
    (void)state;
    fill(30, true);
    set_day(9, 10957 + 8);
    wrong(9, "day", "later than the row before");
    qf_str_copy(rows[9].day, sizeof rows[9].day, "2000-02-30");
    wrong(9, "day", "a day that exists");
    qf_str_copy(rows[9].day, sizeof rows[9].day, "20000110");
    wrong(9, "day", "a day that exists");
    fill(30, true);
    rows[29].r = -1.0001;
    wrong(29, "r", "loses more than there is");
    fill(30, true);
    rows[0].b = HUGE_VAL;
    wrong(0, "b", "must be a number");
}

/* Numbers the level cannot be reckoned with would come out as figures that look right. */
static void what_no_record_can_have_is_refused(void **state)
{
    (void)state;
    fill(30, true);
    rows[7].r = 1e300;
    wrong(7, "r", "more than");
    fill(30, true);
    rows[7].b = 2e6;
    wrong(7, "b", "more than");
    fill(100, false);
    for (uint32_t i = 0; i < 100; i++)
        rows[i].r = 1e6;
    assert_false(judge());
    assert_int_equal(refusal.reason, QF_R_INVALID_PARAMS);
    assert_non_null(strstr(refusal.message, "grows"));
    fill(30, false);
    rows[7].r = 1e6;
    assert_true(judge());
}

static const struct qf_perf_month *month_of(int64_t year, int64_t month)
{
    for (uint32_t i = 0; i < out.months_n; i++)
        if (out.months[i].year == year && out.months[i].month == month)
            return &out.months[i];
    fail_msg("no month %lld-%lld", (long long)year, (long long)month);
    return NULL;
}

static void ends_of(const char *const *days, uint32_t n)
{
    fill(n, false);
    for (uint32_t i = 0; i < n; i++)
        qf_str_copy(rows[i].day, sizeof rows[i].day, days[i]);
    assert_true(judge());
}

/* The first period of a record by months, quarters or years is a whole one like the others. */
static void the_first_period_is_whole(void **state)
{
    (void)state;
    static const char *const months[] = { "2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30" };
    static const char *const ends[] = { "2024-03-31", "2024-06-30", "2024-09-30", "2024-12-31" };
    static const char *const years[] = { "2020-12-31", "2021-12-31", "2022-12-31" };
    ends_of(months, 4);
    assert_true(out.periods_per_year == 12);
    for (int m = 1; m <= 4; m++)
        assert_false(month_of(2024, m)->partial);
    assert_true(month_of(2024, 0)->partial);
    ends_of(ends, 4);
    assert_true(out.periods_per_year == 4);
    assert_false(month_of(2024, 0)->partial);
    ends_of(years, 3);
    assert_true(out.periods_per_year == 1);
    assert_false(month_of(2020, 0)->partial);
}

/* Whatever the record: no drawdown above 0, falls in order, the last point is the total, months make the total. */
static void what_holds_for_any_record(void **state)
{
    (void)state;
    srand(21);
    for (int round = 0; round < 60; round++) {
        fill(2 + (uint32_t)rand() % 3000, round % 2);
        assert_true(judge());
        double total = value_of("total_return"), years = 1, worst = 0;
        assert_true(fabs(total - value_of("cum_return_final")) <= 1e-12 * (1 + fabs(total)));
        assert_true(fabs(out.points[out.points_n - 1].level - 1 - total) <= 1e-12 * (1 + fabs(total)));
        assert_true(out.points_n <= 2000);
        for (uint32_t i = 0; i < out.points_n; i++) {
            assert_true(out.points[i].drawdown <= 0);
            worst = fmin(worst, out.points[i].drawdown);
        }
        assert_true(fabs(worst - value_of("max_drawdown")) < 1e-12); /* thinned or not, the deepest point stays */
        for (uint32_t i = 1; i < out.drawdowns_n; i++)
            assert_true(out.drawdowns[i].depth >= out.drawdowns[i - 1].depth);
        for (uint32_t i = 0; i < out.months_n; i++)
            years *= out.months[i].month == 0 ? 1 + out.months[i].value : 1;
        assert_true(fabs(years - 1 - total) <= 1e-10 * (1 + fabs(total)));
        assert_true(value_of("conditional_value_at_risk") <= value_of("value_at_risk"));
    }
}

static void the_longest_record_fits(void **state)
{
    (void)state;
    fill(MOST, true);
    in.periods_per_year = 12;
    in.risk_free = 0.0001;
    in.mar = 0.0002;
    in.window = 1000;
    in.has = QF_BIT(performance_compute, periods_per_year) | QF_BIT(performance_compute, risk_free) | QF_BIT(performance_compute, mar) |
             QF_BIT(performance_compute, window);
    assert_true(judge());
    assert_int_equal(out.n, MOST);
    assert_true(out.periods_per_year == 12);
    assert_non_null(strstr(row_of("sharpe_ratio")->convention, "rf = 0.0001"));
    assert_non_null(strstr(row_of("kappa")->convention, "mar = 0.0002"));
    assert_true(QF_HAS(&out.points[out.points_n - 1], perf_point, sharpe) && !QF_HAS(&out.points[0], perf_point, sharpe));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_metric_is_there_with_its_words),
        cmocka_unit_test(figures_are_those_of_the_table),
        cmocka_unit_test(too_little_has_a_reason_and_no_figure),
        cmocka_unit_test(what_cannot_be_is_refused_with_its_row),
        cmocka_unit_test(what_no_record_can_have_is_refused),
        cmocka_unit_test(the_first_period_is_whole),
        cmocka_unit_test(what_holds_for_any_record),
        cmocka_unit_test(the_longest_record_fits),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
