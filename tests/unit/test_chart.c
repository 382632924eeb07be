#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/chart.h"
#include "tui/history.h"

#define T0 1782000000000000LL

static const char *row(const struct tui_canvas *c, int y)
{
    static struct qf_buf b;
    if (!b.max)
        qf_buf_init(&b, 65536);
    qf_buf_clear(&b);
    tui_canvas_row(c, y, &b);
    return qf_buf_cstr(&b);
}

/* A straight rise of n points a day apart from 100 to 100 + n - 1. */
static void rise(struct tui_point *p, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = (struct tui_point){T0 + i * QF_DAY, 100 + i};
}

static bool is_dot(uint32_t cp)
{
    return cp > 0x2800 && cp <= 0x28ff;
}

/* Dots of braille in column x of the plot, as a mask from the top. */
static bool column_has_dots(const struct tui_canvas *c, int x, int h)
{
    for (int y = 0; y < h; y++)
        if (is_dot(tui_canvas_cell(c, x, y)->cp))
            return true;
    return false;
}

static void a_line_runs_from_corner_to_corner_without_a_hole(void **state)
{
    struct tui_canvas *c = tui_canvas_new(47, 9, TUI_BRAILLE);
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    struct tui_line_chart chart = {.points = p, .n = 40, .role = TUI_CHART, .crosshair = -1};
    tui_chart_lines(c, (struct tui_rect){0, 0, 47, 9}, &chart);
    assert_true(is_dot(tui_canvas_cell(c, 7, 7)->cp));
    assert_true(is_dot(tui_canvas_cell(c, 46, 0)->cp));
    for (int x = 7; x < 47; x++)
        assert_true(column_has_dots(c, x, 8));
    tui_canvas_free(c);
}

static void labels_are_the_values_of_their_rows(void **state)
{
    struct tui_canvas *c = tui_canvas_new(47, 9, TUI_BRAILLE);
    struct tui_point p[2] = {{T0, 1000000}, {T0 + 90 * QF_DAY, 1310000}};
    (void)state;
    struct tui_line_chart chart = {.points = p, .n = 2, .role = TUI_CHART, .crosshair = -1};
    tui_chart_lines(c, (struct tui_rect){0, 0, 47, 9}, &chart);
    /* 8 rows of 4 dots: the middle of the top row lies 1.5 of 31 dots under the top */
    assert_memory_equal(row(c, 0), " 1.29M", 6);
    assert_memory_equal(row(c, 7), " 1.01M", 6);
    assert_non_null(strstr(row(c, 8), "21 Jun"));
    assert_non_null(strstr(row(c, 8), "19 Sep"));
    tui_canvas_free(c);
}

static void a_gap_in_data_is_a_gap(void **state)
{
    struct tui_canvas *c = tui_canvas_new(47, 9, TUI_BRAILLE);
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    for (int i = 15; i < 25; i++)
        p[i].v = NAN;
    struct tui_line_chart chart = {.points = p, .n = 40, .role = TUI_CHART, .crosshair = -1};
    tui_chart_lines(c, (struct tui_rect){0, 0, 47, 9}, &chart);
    assert_true(column_has_dots(c, 7 + 10, 8));
    assert_false(column_has_dots(c, 7 + 20, 8));
    assert_true(column_has_dots(c, 7 + 30, 8));
    tui_canvas_free(c);
}

/* Ten points a day for three weeks, none on two days in seven: the line runs on. Two weeks without any are a gap. */
static void a_weekend_is_no_gap(void **state)
{
    struct tui_canvas *c = tui_canvas_new(107, 9, TUI_BRAILLE);
    struct tui_point p[300];
    int n = 0;
    (void)state;
    for (int day = 0; day < 40; day++)
        for (int i = 0; i < 10 && day % 7 < 5 && (day < 14 || day > 28); i++)
            p[n++] = (struct tui_point){T0 + day * QF_DAY + i * QF_HOUR, 100 + day};
    struct tui_line_chart chart = {.points = p, .n = n, .role = TUI_CHART, .crosshair = -1};
    tui_chart_lines(c, (struct tui_rect){0, 0, 107, 9}, &chart);
    for (int x = 7; x < 7 + 28; x++)
        assert_true(column_has_dots(c, x, 8));
    assert_false(column_has_dots(c, 7 + 50, 8));
    assert_true(column_has_dots(c, 106, 8));
    tui_canvas_free(c);
}

static void flat_and_empty_data_are_no_error(void **state)
{
    static const enum tui_charset all[] = {TUI_BRAILLE, TUI_BLOCKS, TUI_ASCII};
    struct tui_point flat[3] = {{T0, 5}, {T0 + QF_MIN, 5}, {T0 + 2 * QF_MIN, 5}};
    struct tui_point none[2] = {{T0, NAN}, {T0 + QF_MIN, NAN}};
    (void)state;
    for (size_t i = 0; i < QF_LEN(all); i++) {
        struct tui_canvas *c = tui_canvas_new(40, 8, all[i]);
        struct tui_line_chart chart = {.points = flat, .n = 3, .role = TUI_CHART, .crosshair = -1};
        tui_chart_lines(c, (struct tui_rect){0, 0, 40, 8}, &chart);
        for (int y = 0; y < 8; y++)
            assert_null(strstr(row(c, y), "nan"));
        tui_canvas_clear(c);
        chart = (struct tui_line_chart){.points = none, .n = 2, .role = TUI_CHART, .crosshair = -1};
        tui_chart_lines(c, (struct tui_rect){0, 0, 40, 8}, &chart);
        assert_non_null(strstr(row(c, 0), "no two points"));
        tui_canvas_clear(c);
        chart = (struct tui_line_chart){.points = flat, .n = 3, .role = TUI_CHART, .crosshair = -1};
        tui_chart_lines(c, (struct tui_rect){0, 0, 12, 3}, &chart);
        assert_non_null(strstr(row(c, 0), "too small"));
        tui_canvas_free(c);
    }
}

static void all_back_ends_have_the_same_labels(void **state)
{
    static const enum tui_charset all[] = {TUI_BRAILLE, TUI_BLOCKS, TUI_ASCII};
    char first[3][8];
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    for (size_t i = 0; i < QF_LEN(all); i++) {
        struct tui_canvas *c = tui_canvas_new(47, 9, all[i]);
        struct tui_line_chart chart = {.points = p, .n = 40, .role = TUI_CHART, .crosshair = -1};
        tui_chart_lines(c, (struct tui_rect){0, 0, 47, 9}, &chart);
        memcpy(first[i], row(c, 7), 6);
        first[i][6] = '\0';
        assert_non_null(strstr(row(c, 8), "21 Jun"));
        tui_canvas_free(c);
    }
    /* dots differ in height, so the labelled value may differ by less than a row: the whole number is the same */
    assert_memory_equal(first[0], first[1], 4);
    assert_memory_equal(first[0], first[2], 4);
}

static void the_crosshair_says_date_and_value(void **state)
{
    struct tui_canvas *c = tui_canvas_new(60, 9, TUI_BRAILLE);
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    struct tui_line_chart chart = {.points = p, .n = 40, .role = TUI_CHART, .crosshair = 10};
    tui_chart_lines(c, (struct tui_rect){0, 0, 60, 9}, &chart);
    assert_non_null(strstr(row(c, 0), "01 Jul  110.00"));
    tui_canvas_free(c);
}

/* --- two charts on one axis, and looking closer */

static struct tui_line_chart pair(const struct tui_point *p, int n, const struct tui_point *low)
{
    return (struct tui_line_chart){.points = p,
                                   .n = n,
                                   .role = TUI_CHART,
                                   .crosshair = -1,
                                   .lower = low,
                                   .lower_n = n,
                                   .lower_role = TUI_DOWN,
                                   .lower_title = "drawdown",
                                   .lower_percent = true};
}

static void a_chart_below_has_its_own_labels_and_the_same_dates(void **state)
{
    static const enum tui_charset all[] = {TUI_BRAILLE, TUI_BLOCKS, TUI_ASCII};
    struct tui_point p[40], low[40];
    (void)state;
    rise(p, 40);
    for (int i = 0; i < 40; i++)
        low[i] = (struct tui_point){p[i].at, i == 20 ? -0.08 : 0};
    for (size_t i = 0; i < QF_LEN(all); i++) {
        struct tui_canvas *c = tui_canvas_new(47, 11, all[i]);
        struct tui_line_chart chart = pair(p, 40, low);
        tui_chart_lines(c, (struct tui_rect){0, 0, 47, 11}, &chart);
        assert_non_null(strstr(row(c, 6), "       drawdown"));
        /* the label is the middle of its row of cells, a little under the upper edge */
        assert_non_null(strstr(row(c, 7), all[i] == TUI_BRAILLE ? "-1.1%" : "-1."));
        assert_non_null(strstr(row(c, 9), all[i] == TUI_BRAILLE ? "-6.9%" : "-"));
        assert_non_null(strstr(row(c, 10), "21 Jun"));
        assert_null(strstr(row(c, 6), "21 Jun"));
        tui_canvas_free(c);
    }
}

static void a_low_panel_drops_the_chart_below(void **state)
{
    struct tui_canvas *c = tui_canvas_new(47, 8, TUI_BRAILLE);
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    struct tui_line_chart chart = pair(p, 40, p);
    tui_chart_lines(c, (struct tui_rect){0, 0, 47, 8}, &chart);
    for (int y = 0; y < 8; y++)
        assert_null(strstr(row(c, y), "drawdown"));
    assert_non_null(strstr(row(c, 7), "21 Jun"));
    tui_canvas_free(c);
}

static void the_same_date_is_never_said_twice(void **state)
{
    struct tui_point p[3] = {{T0, 1}, {T0 + QF_DAY, 2}, {T0 + 3 * QF_DAY, 3}};
    (void)state;
    for (int w = 16; w < 160; w++) {
        struct tui_canvas *c = tui_canvas_new(w, 6, TUI_BRAILLE);
        struct tui_line_chart chart = {.points = p, .n = 3, .role = TUI_CHART, .crosshair = -1};
        tui_chart_lines(c, (struct tui_rect){0, 0, w, 6}, &chart);
        const char *text = row(c, 5), *first = strstr(text, "22 Jun");
        assert_non_null(strstr(text, "24 Jun")); /* the last one always stands */
        assert_true(!first || !strstr(first + 1, "22 Jun"));
        assert_null(strstr(text, "Jun2"));
        tui_canvas_free(c);
    }
}

static void the_lowest_row_is_always_labelled(void **state)
{
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    for (int h = 4; h < 40; h++) {
        struct tui_canvas *c = tui_canvas_new(60, h, TUI_BRAILLE);
        struct tui_line_chart chart = {.points = p, .n = 40, .role = TUI_CHART, .crosshair = -1};
        tui_chart_lines(c, (struct tui_rect){0, 0, 60, h}, &chart);
        assert_true(tui_canvas_cell(c, 5, h - 2)->cp >= '0' && tui_canvas_cell(c, 5, h - 2)->cp <= '9');
        tui_canvas_free(c);
    }
}

static void zoom_halves_what_is_shown_round_the_crosshair(void **state)
{
    struct tui_point p[101];
    struct tui_chart_eye eye = {0};
    (void)state;
    rise(p, 101);
    assert_true(tui_eye_move(&eye, p, 101, -1)); /* the first step: the newest point */
    assert_int_equal(tui_eye_index(&eye, p, 101), 100);
    eye.at = p[50].at;
    assert_false(tui_eye_zoom(&eye, p, 101, false)); /* all of it already */
    assert_true(tui_eye_zoom(&eye, p, 101, true));
    assert_true(eye.from == p[25].at && eye.to == p[75].at);
    for (int i = 0; i < 40; i++)
        assert_true(tui_eye_move(&eye, p, 101, 1)); /* what is shown follows */
    assert_int_equal(tui_eye_index(&eye, p, 101), 90);
    assert_true(eye.to == p[90].at && eye.from == p[40].at);
    while (tui_eye_zoom(&eye, p, 101, true))
        assert_true(eye.to - eye.from >= 3 * QF_DAY);
    while (tui_eye_zoom(&eye, p, 101, false))
        assert_true(eye.from >= p[0].at || eye.from == 0);
    assert_true(eye.from == 0 && eye.to == 0);
    assert_int_equal(tui_eye_index(&eye, p, 101), 90);
    assert_false(tui_eye_move(&eye, p, 1, 1));
}

static void a_zoomed_line_reaches_both_edges(void **state)
{
    struct tui_canvas *c = tui_canvas_new(47, 9, TUI_BRAILLE);
    struct tui_point p[40];
    (void)state;
    rise(p, 40);
    struct tui_line_chart chart = {.points = p,
                                   .n = 40,
                                   .role = TUI_CHART,
                                   .crosshair = -1,
                                   .from = p[10].at + QF_HOUR,
                                   .to = p[20].at - QF_HOUR};
    tui_chart_lines(c, (struct tui_rect){0, 0, 47, 9}, &chart);
    assert_true(column_has_dots(c, 7, 8));
    assert_true(column_has_dots(c, 46, 8));
    assert_memory_equal(row(c, 8), "       01 Jul", 13);
    tui_canvas_free(c);
}

static void months_are_numbers_first(void **state)
{
    static const struct tui_month m[] = {{2026, 1, 0.027}, {2026, 2, -0.00001}, {2026, 0, 0.0954}, {2025, 12, -0.012},
                                         {2025, 0, 0.1368}, {2024, 3, 0.03}};
    static const enum tui_charset all[] = {TUI_BRAILLE, TUI_ASCII};
    int years;
    (void)state;
    for (size_t i = 0; i < QF_LEN(all); i++) {
        struct tui_canvas *c = tui_canvas_new(80, 3, all[i]);
        assert_int_equal(tui_chart_months(c, (struct tui_rect){0, 0, 80, 3}, m, 6, &years), 2);
        assert_int_equal(years, 3);
        assert_string_equal(row(c, 0), "       Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec    Year       ");
        assert_string_equal(row(c, 1), "2026  +2.7  0.0    .    .    .    .    .    .    .    .    .    .  +9.54%       ");
        assert_string_equal(row(c, 2), "2025     .    .    .    .    .    .    .    .    .    .    . -1.2 +13.68%       ");
        assert_int_equal(tui_canvas_cell(c, 9, 1)->role, TUI_GAIN3);
        assert_int_equal(tui_canvas_cell(c, 64, 2)->role, TUI_LOSS2);
        tui_canvas_free(c);
    }
}

static void a_wild_month_costs_its_column_a_decimal(void **state)
{
    static const struct tui_month m[] = {{2026, 1, 0.127}, {2026, 2, -0.018}, {2026, 0, 12.3456}, {2025, 1, 0.002}};
    struct tui_canvas *c = tui_canvas_new(80, 3, TUI_ASCII);
    int years;
    (void)state;
    tui_chart_months(c, (struct tui_rect){0, 0, 80, 3}, m, 4, &years);
    assert_memory_equal(row(c, 1), "2026   +13 -1.8 ", 16);
    assert_memory_equal(row(c, 2), "2025     0    . ", 16);
    assert_non_null(strstr(row(c, 1), " +1235%"));
    tui_canvas_free(c);
}

static void a_spark_is_scaled_to_itself(void **state)
{
    struct tui_canvas *c = tui_canvas_new(14, 3, TUI_BRAILLE);
    double up[14], flat[3] = {7, 7, 7};
    (void)state;
    for (int i = 0; i < 14; i++)
        up[i] = 1e9 + i;
    tui_spark(c, 0, 0, 14, TUI_CHART, up, 14);
    assert_string_equal(row(c, 0), "▁▁▂▂▃▃▄▄▅▅▆▆▇▇");
    tui_spark(c, 0, 1, 14, TUI_CHART, flat, 3);
    assert_string_equal(row(c, 1), "           ▄▄▄");
    tui_spark(c, 0, 2, 14, TUI_CHART, NULL, 0);
    assert_string_equal(row(c, 2), "              ");
    tui_canvas_free(c);
}

static void a_full_bar_means_the_limit_is_reached(void **state)
{
    struct tui_canvas *c = tui_canvas_new(10, 5, TUI_BRAILLE);
    static const struct {
        int64_t permille;
        const char *text;
    } cases[] = {{0, "▁▁▁▁▁▁▁▁▁▁"}, {1, "▆▁▁▁▁▁▁▁▁▁"}, {500, "▆▆▆▆▆▁▁▁▁▁"}, {999, "▆▆▆▆▆▆▆▆▆▁"}, {1500, "▆▆▆▆▆▆▆▆▆▆"}};
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        tui_bar(c, 0, (int)i, 10, TUI_UP, cases[i].permille);
        assert_string_equal(row(c, (int)i), cases[i].text);
    }
    tui_canvas_free(c);
}

static void a_spark_goes_on_with_the_quotes(void **state)
{
    struct tui_history *h = tui_history_new();
    struct qf_price_point points[3] = {{~0ULL, 100}, {~0ULL, 110}, {~0ULL, 120}};
    struct qf_spark spark = {.has = ~0ULL, .symbol = "AMD", .points = points, .points_n = 3};
    struct qf_spark_list list = {~0ULL, &spark, 1};
    struct qf_quote q = {.has = ~0ULL, .symbol = "AMD", .last = 130, .at = T0};
    const double *v;
    (void)state;
    tui_history_sparks(h, &list);
    assert_int_equal(tui_history_spark(h, "AMD", &v), 3);
    tui_history_quote(h, &q); /* of the minute the line ended with */
    assert_int_equal(tui_history_spark(h, "AMD", &v), 3);
    assert_true(v[2] == 130);
    q.at += QF_MIN;
    q.last = 140;
    tui_history_quote(h, &q);
    assert_int_equal(tui_history_spark(h, "AMD", &v), 4);
    for (int i = 0; i < 200; i++) {
        q.at += QF_MIN;
        tui_history_quote(h, &q);
    }
    assert_int_equal(tui_history_spark(h, "AMD", &v), 60);
    assert_int_equal(tui_history_spark(h, "XYZ", &v), 0);
    tui_history_free(h);
}

static void equity_never_goes_back_in_time(void **state)
{
    struct tui_history *h = tui_history_new();
    struct qf_equity e = {.has = ~0ULL, .at = T0, .equity = 5 * QF_ONE};
    const struct tui_point *p;
    (void)state;
    tui_history_equity_add(h, &e);
    e.at -= QF_SEC;
    tui_history_equity_add(h, &e);
    assert_int_equal(tui_history_equity_points(h, &p), 1);
    e.at = T0;
    e.equity = 6 * QF_ONE;
    tui_history_equity_add(h, &e);
    assert_int_equal(tui_history_equity_points(h, &p), 1);
    assert_true(p[0].v == 6);
    for (int i = 1; i < 3000; i++) {
        e.at = T0 + i * QF_SEC;
        tui_history_equity_add(h, &e);
    }
    assert_in_range(tui_history_equity_points(h, &p), 1000, TUI_EQUITY_MAX);
    assert_true(p[tui_history_equity_points(h, &p) - 1].at == T0 + 2999 * QF_SEC);
    snprintf(e.account, sizeof e.account, "core"); /* of one account: not the firm's */
    e.at += QF_DAY;
    int before = tui_history_equity_points(h, &p);
    tui_history_equity_add(h, &e);
    assert_int_equal(tui_history_equity_points(h, &p), before);
    tui_history_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_runs_from_corner_to_corner_without_a_hole),
        cmocka_unit_test(labels_are_the_values_of_their_rows),
        cmocka_unit_test(a_gap_in_data_is_a_gap),
        cmocka_unit_test(a_weekend_is_no_gap),
        cmocka_unit_test(flat_and_empty_data_are_no_error),
        cmocka_unit_test(all_back_ends_have_the_same_labels),
        cmocka_unit_test(the_crosshair_says_date_and_value),
        cmocka_unit_test(a_chart_below_has_its_own_labels_and_the_same_dates),
        cmocka_unit_test(a_low_panel_drops_the_chart_below),
        cmocka_unit_test(the_same_date_is_never_said_twice),
        cmocka_unit_test(the_lowest_row_is_always_labelled),
        cmocka_unit_test(zoom_halves_what_is_shown_round_the_crosshair),
        cmocka_unit_test(a_zoomed_line_reaches_both_edges),
        cmocka_unit_test(months_are_numbers_first),
        cmocka_unit_test(a_wild_month_costs_its_column_a_decimal),
        cmocka_unit_test(a_spark_is_scaled_to_itself),
        cmocka_unit_test(a_full_bar_means_the_limit_is_reached),
        cmocka_unit_test(a_spark_goes_on_with_the_quotes),
        cmocka_unit_test(equity_never_goes_back_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
