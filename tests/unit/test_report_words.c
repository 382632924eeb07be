/* Figures as a report says them, and the scales of its charts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "daemon/report/chart.h"
#include "daemon/report/layout.h"
#include "daemon/report/words.h"

static void figures_are_read_by_people(void **state)
{
    char a[WORDS];
    (void)state;
    assert_string_equal(words_money(a, (qf_money)2509930950 * (QF_ONE / 100), 2, false), "25,099,309.50");
    assert_string_equal(words_money(a, -(qf_money)6932803 * (QF_ONE / 100), 2, true), "-69,328.03");
    assert_string_equal(words_money(a, 0, 2, true), "0.00");
    assert_string_equal(words_exact(a, 121 * QF_ONE + QF_ONE / 5, 2, false), "121.20");
    assert_string_equal(words_exact(a, QF_ONE / 1000, 2, false), "0.001");
    assert_string_equal(words_exact(a, -20000 * QF_ONE, 0, true), "-20,000");
    assert_string_equal(words_share(a, 0.0034, 2, true), "+0.34%");
    assert_string_equal(words_share(a, -0.00001, 2, true), "0.00%");
    assert_string_equal(words_share(a, NAN, 2, true), "n/a");
    assert_string_equal(words_bp(a, 7252, 0, false), "73%");
    assert_string_equal(words_number(a, 0.9999999, 2, false), "1.00");
    assert_string_equal(words_number(a, 1234567.891, 2, false), "1,234,567.89");
    assert_string_equal(words_number(a, INFINITY, 2, false), "n/a");
    assert_string_equal(words_number(a, -1.5e300, 2, false), "-1.500e+300");
    assert_string_equal(words_metric(a, 0.0742, "fraction"), "7.42%");
    assert_string_equal(words_metric(a, 3418, "count"), "3,418");
    assert_string_equal(words_metric(a, 1.24, "number"), "1.2400");
    assert_string_equal(words_date(a, qf_time_from_civil(2026, 9, 24) - 1), "2026-09-23");
}

static void axes_have_round_labels(void **state)
{
    char a[WORDS];
    (void)state;
    assert_string_equal(words_axis(a, 25.4e6, 0.2e6, CHART_MONEY), "25.4M");
    assert_string_equal(words_axis(a, -450e3, 50e3, CHART_MONEY), "-450k");
    assert_string_equal(words_axis(a, 0, 50e3, CHART_MONEY), "0");
    assert_string_equal(words_axis(a, -0.005, 0.005, CHART_SHARE), "-0.5%");
    assert_string_equal(words_axis(a, 1.5, 0.5, CHART_NUMBER), "1.5");
}

static void scale_of(double low, double high, int steps)
{
    const double y[] = {low, NAN, high};
    struct chart_scale s = {NAN, NAN, 0};
    chart_feed(&s, y, 3);
    chart_round(&s, steps);
    assert_true(s.low <= low && s.high >= high);
    assert_true(s.high > s.low && s.step > 0);
    double n = (s.high - s.low) / s.step;
    assert_true(n >= 1 && n < 2 * steps + 3 && fabs(n - nearbyint(n)) < 1e-6);
}

static void scales_hold_what_they_are_fed(void **state)
{
    (void)state;
    scale_of(19.3e6, 25.1e6, 5);
    scale_of(-0.0742, 0.31, 4);
    scale_of(7, 7, 4);   /* a flat line */
    scale_of(0, 0, 4);
    scale_of(-1e-9, 1e-9, 4);
    scale_of(1e15, 1e15 + 3, 6);
    struct chart_scale s = {NAN, NAN, 0};
    chart_feed(&s, NULL, 0);
    chart_round(&s, 4);
    assert_true(s.high > s.low);
}

static void dates_of(qf_time from, qf_time to, size_t most, const char *first, const char *last)
{
    struct chart_date d[CHART_DATES];
    size_t n = chart_dates(from, to, most, d);
    assert_true(n >= 1 && n <= most);
    assert_string_equal(d[0].text, first);
    assert_string_equal(d[n - 1].text, last);
    for (size_t i = 0; i < n; i++)
        assert_true(d[i].at >= from && d[i].at <= to && (i == 0 || d[i].at > d[i - 1].at));
}

static void dates_begin_days_months_and_years(void **state)
{
    (void)state;
    dates_of(qf_time_from_civil(2026, 9, 24) + 9 * QF_HOUR + 1, qf_time_from_civil(2026, 9, 24) + 14 * QF_HOUR, 6, "10:00", "14:00");
    dates_of(qf_time_from_civil(2026, 9, 10) + 1, qf_time_from_civil(2026, 9, 16), 6, "11 Sep", "16 Sep");
    dates_of(qf_time_from_civil(2026, 1, 15), qf_time_from_civil(2026, 6, 20), 6, "Feb 2026", "Jun 2026");
    dates_of(qf_time_from_civil(2000, 3, 1), qf_time_from_civil(2026, 3, 1), 6, "2005", "2025");
    struct chart_date d[CHART_DATES];
    assert_int_equal(chart_dates(5, 4, 6, d), 0);
}

/* --- the layout of tables */

static double letters(void *arg, const char *text, size_t n, bool strong)
{
    (void)arg;
    (void)text;
    (void)strong;
    return (double)n;
}

static void lines_break_at_blanks(void **state)
{
    const struct layout_measure m = {.width = letters, .gap = 2, .bar = 10, .least = 10};
    size_t skip;
    (void)state;
    assert_int_equal(layout_line("one two three", 20, &m, false, &skip), 13);
    assert_int_equal(layout_line("one two three", 9, &m, false, &skip), 7);
    assert_int_equal(skip, 1);
    assert_int_equal(layout_line("one two", 3, &m, false, &skip), 3);
    assert_int_equal(skip, 1);
    assert_int_equal(layout_line("unbreakable", 4, &m, false, &skip), 4);
    assert_int_equal(skip, 0);
    assert_int_equal(layout_line("xy", 0, &m, false, &skip), 1); /* some of it, or it would never end */
    assert_int_equal(layout_line("", 5, &m, false, &skip), 0);
}

static void numbers_are_never_cut(void **state)
{
    static const struct doc_column columns[] = {{"A", DOC_TEXT, 0, false}, {"N", DOC_NUMBER, 1, false}, {"M", DOC_NUMBER, 0, false},
                                                {"T", DOC_TEXT, 0, true}};
    const struct layout_measure m = {.width = letters, .gap = 2, .bar = 10, .least = 10};
    struct layout_column l[4];
    struct qf_arena arena;
    struct doc d;
    (void)state;
    qf_arena_init(&arena, 1 << 20);
    doc_begin(&d, &arena);
    struct doc_table *t = doc_table(&d, "t", "", false, columns, 4, 2);
    for (int i = 0; i < 2; i++) {
        doc_row(t);
        doc_cell(t, DOC_PLAIN, "name");
        doc_cell(t, DOC_PLAIN, i == 0 ? "1,234.50" : "7");
        doc_cell(t, DOC_PLAIN, i == 0 ? "n/a" : "-3.25%");
        doc_cell(t, DOC_PLAIN, "a text that flows over several lines");
    }
    assert_true(layout_table(t, 100, &m, l) == 4 + 2 + 8 + 2 + 6 + 2 + 36);
    assert_true(l[1].left == 5 && l[1].right == 3 && l[2].left == 2 && l[2].right == 4);
    assert_true(layout_table(t, 40, &m, l) == 40 && l[3].width == 16 && l[1].shown);
    assert_true(layout_table(t, 30, &m, l) <= 30 && !l[1].shown && l[2].width == 6);
    qf_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_read_by_people), cmocka_unit_test(axes_have_round_labels),
        cmocka_unit_test(scales_hold_what_they_are_fed), cmocka_unit_test(dates_begin_days_months_and_years),
        cmocka_unit_test(lines_break_at_blanks), cmocka_unit_test(numbers_are_never_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
