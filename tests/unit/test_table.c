#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "common/proto/proto.h"
#include "common/str.h"
#include "tui/table.h"

#define ROWS 6

static struct qf_event rows[ROWS];
static const void *all[ROWS];

static void make_rows(void)
{
    static const char *const messages[ROWS] = {"alpha", "bravo", "charlie", "delta stale", "echo", "foxtrot stale"};
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < ROWS; i++) {
        rows[i].has = ~0ULL;
        rows[i].id = i + 1;
        rows[i].severity = i % 3;
        rows[i].at = 1790260327000000LL - i * QF_SEC;
        qf_str_copy(rows[i].message, sizeof rows[i].message, messages[i]);
        qf_str_copy(rows[i].source, sizeof rows[i].source, i < 3 ? "gate" : "feed");
        all[i] = &rows[i];
    }
}

static void id_cell(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    snprintf(v->text, sizeof v->text, "%d", (int)((const struct qf_event *)row)->id);
}

static void message_cell(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = ((const struct qf_event *)row)->message;
}

static int by_id(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (int)(((const struct qf_event *)a)->id - ((const struct qf_event *)b)->id);
}

static int by_message(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(((const struct qf_event *)b)->message, ((const struct qf_event *)a)->message);
}

static void total(void *ctx, int column, struct tui_value *v)
{
    (void)ctx;
    if (column == 0)
        qf_str_copy(v->text, sizeof v->text, "Total of everything");
}

static const struct tui_column columns[] = {
    {"Id", 4, 0, TUI_RIGHT, 0, 0, 0, "by id", id_cell, by_id},
    {"Message", 8, 1, TUI_LEFT, 2, 0, 0, "by message", message_cell, by_message},
};
static const struct tui_table_def def = {
    .title = "Events", .empty = "nothing has happened", .rec = &qf_rec_event, .columns = columns, .columns_n = 2};
static const struct tui_column total_columns[] = {
    {"Message", 8, 0, TUI_LEFT, 1, 0, 0, "by message", message_cell, by_message},
    {"Id", 4, 1, TUI_RIGHT, 0, 0, 0, NULL, id_cell, NULL},
};
static const struct tui_table_def total_def = {
    .title = "Events", .empty = "", .rec = &qf_rec_event, .columns = total_columns, .columns_n = 2, .total = total};

static const char *row_text(const struct tui_canvas *c, int y)
{
    static struct qf_buf b;
    if (!b.max)
        qf_buf_init(&b, 65536);
    qf_buf_clear(&b);
    tui_canvas_row(c, y, &b);
    return qf_buf_cstr(&b);
}

static void draw(struct tui_table *t, struct tui_canvas *c, bool focused)
{
    struct tui_table_look look = {.age = "0.3s", .focused = focused};
    tui_canvas_clear(c);
    tui_table_draw(t, c, (struct tui_rect){0, 0, tui_canvas_w(c), tui_canvas_h(c)}, &look);
}

static int64_t selected(const struct tui_table *t)
{
    return ((const struct qf_event *)tui_table_selected(t))->id;
}

static void the_selection_follows_its_record(void **state)
{
    struct tui_table *t = tui_table_new(&def, NULL);
    (void)state;
    make_rows();
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    assert_int_equal(selected(t), 1);
    tui_table_act(t, TUI_DO_DOWN);
    tui_table_act(t, TUI_DO_DOWN);
    assert_int_equal(selected(t), 3);
    tui_table_act(t, TUI_DO_SORT); /* by message, turned round: the record is elsewhere now */
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    assert_int_equal(selected(t), 3);
    const void *without[] = {&rows[0], &rows[1], &rows[3], &rows[4], &rows[5]};
    tui_table_fill(t, without, 5, QF_DAY, false); /* it has gone: the row that took its place is selected */
    assert_int_not_equal(selected(t), 3);
    tui_table_fill(t, NULL, 0, QF_DAY, false);
    assert_null(tui_table_selected(t));
    tui_table_act(t, TUI_DO_DOWN);
    assert_null(tui_table_selected(t));
    tui_table_free(t);
}

static void the_order_settles_once_a_second_and_never_under_a_mark(void **state)
{
    struct tui_table *t = tui_table_new(&def, NULL);
    const void *const *view;
    (void)state;
    make_rows();
    tui_table_act(t, TUI_DO_SORT); /* by message, z first */
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    tui_table_view(t, &view);
    assert_int_equal(((const struct qf_event *)view[0])->id, 6);
    qf_str_copy(rows[0].message, sizeof rows[0].message, "zulu"); /* alpha is the last no more */
    tui_table_fill(t, all, ROWS, QF_DAY + QF_SEC / 2, false);
    tui_table_view(t, &view);
    assert_int_equal(((const struct qf_event *)view[0])->id, 6);
    tui_table_fill(t, all, ROWS, QF_DAY + 2 * QF_SEC, true); /* a dialog is open */
    tui_table_view(t, &view);
    assert_int_equal(((const struct qf_event *)view[0])->id, 6);
    tui_table_act(t, TUI_DO_MARK);
    tui_table_fill(t, all, ROWS, QF_DAY + 3 * QF_SEC, false);
    tui_table_view(t, &view);
    assert_int_equal(((const struct qf_event *)view[0])->id, 6);
    const void *marked[4];
    assert_int_equal(tui_table_marked(t, marked, 4), 1);
    tui_table_unmark(t);
    tui_table_fill(t, all, ROWS, QF_DAY + 4 * QF_SEC, false);
    tui_table_view(t, &view);
    assert_int_equal(((const struct qf_event *)view[0])->id, 1);
    tui_table_act(t, TUI_DO_TURN);
    tui_table_fill(t, all, ROWS, QF_DAY + 4 * QF_SEC, false);
    tui_table_view(t, &view);
    assert_int_equal(((const struct qf_event *)view[ROWS - 1])->id, 1);
    tui_table_free(t);
}

static void the_heading_says_how_many_of_how_many(void **state)
{
    struct tui_table *t = tui_table_new(&def, NULL);
    struct tui_canvas *c = tui_canvas_new(50, 5, TUI_BRAILLE);
    char why[100];
    (void)state;
    make_rows();
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    draw(t, c, true);
    assert_non_null(strstr(row_text(c, 0), "Events 3 of 6, by id"));
    assert_non_null(strstr(row_text(c, 0), "0.3s"));
    assert_memory_equal(row_text(c, 2), ">   1 alpha", 11);
    assert_true(tui_table_filter(t, "stale", why, sizeof why));
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    draw(t, c, false);
    assert_non_null(strstr(row_text(c, 0), "Events 2 of 6, by id, / stale"));
    assert_non_null(strstr(row_text(c, 2), "delta stale"));
    assert_true(tui_table_filter(t, "nothing like it", why, sizeof why));
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    draw(t, c, false);
    assert_non_null(strstr(row_text(c, 1), "no row passes the filter"));
    assert_true(tui_table_filter(t, "", why, sizeof why));
    tui_table_fill(t, NULL, 0, QF_DAY, false);
    draw(t, c, false);
    assert_non_null(strstr(row_text(c, 1), "nothing has happened"));
    tui_canvas_free(c);
    tui_table_free(t);
}

static void scrolling_keeps_the_selected_row_in_sight(void **state)
{
    struct tui_table *t = tui_table_new(&def, NULL);
    struct tui_canvas *c = tui_canvas_new(40, 4, TUI_BRAILLE);
    (void)state;
    make_rows();
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    for (int i = 0; i < 20; i++) {
        tui_table_act(t, TUI_DO_DOWN);
        draw(t, c, true);
        assert_true(row_text(c, 2)[0] == '>' || row_text(c, 3)[0] == '>');
    }
    assert_int_equal(selected(t), ROWS);
    tui_table_act(t, TUI_DO_FIRST);
    draw(t, c, true);
    assert_int_equal(row_text(c, 2)[0], '>');
    tui_table_act(t, TUI_DO_LAST);
    assert_int_equal(selected(t), ROWS);
    tui_table_act(t, TUI_DO_HALF_UP);
    assert_int_equal(selected(t), ROWS - 1);
    tui_canvas_free(c);
    tui_table_free(t);
}

static void words_of_a_total_run_over_blank_columns(void **state)
{
    struct tui_table *t = tui_table_new(&total_def, NULL);
    struct tui_canvas *c = tui_canvas_new(40, 9, TUI_BRAILLE);
    (void)state;
    make_rows();
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    draw(t, c, false);
    assert_non_null(strstr(row_text(c, 8), "Total of everything"));
    tui_canvas_free(c);
    tui_table_free(t);
}

static void states_of_a_panel_have_their_sentences(void **state)
{
    struct tui_table *t = tui_table_new(&def, NULL);
    struct tui_canvas *c = tui_canvas_new(50, 6, TUI_BRAILLE);
    struct tui_table_look look = {.loading = "waiting for events, 0.4s"};
    (void)state;
    make_rows();
    tui_table_fill(t, all, ROWS, QF_DAY, false);
    tui_table_draw(t, c, (struct tui_rect){0, 0, 50, 6}, &look);
    assert_non_null(strstr(row_text(c, 1), "waiting for events, 0.4s"));
    tui_canvas_clear(c);
    look = (struct tui_table_look){.error = "BUSY: too much is waiting"};
    tui_table_draw(t, c, (struct tui_rect){0, 0, 50, 6}, &look);
    assert_non_null(strstr(row_text(c, 1), "BUSY: too much is waiting"));
    assert_true(tui_canvas_cell(c, 6, 3)->flags & TUI_F_STALE); /* the last good data stay, grey */
    tui_canvas_free(c);
    tui_table_free(t);
}

/* --- filters */

static bool passes(const char *filter, int row)
{
    char why[100];
    struct tui_filter *f = tui_filter_new(&qf_rec_event, filter, why, sizeof why);
    assert_non_null(f);
    bool pass = tui_filter_match(f, &rows[row]);
    tui_filter_free(f);
    return pass;
}

static void filters_take_words_expressions_and_fields(void **state)
{
    (void)state;
    make_rows();
    assert_true(passes("ALPHA", 0));
    assert_false(passes("alpha", 1));
    assert_true(passes("!alpha", 1));
    assert_true(passes("/^(alpha|bravo)$/", 1));
    assert_false(passes("/^(alpha|bravo)$/", 2));
    assert_true(passes("id >= 3 && id < 5", 2));
    assert_false(passes("id >= 3 && id < 5", 4));
    assert_true(passes("id = 1 || id = 6", 5));
    assert_false(passes("id = 1 || id = 6", 3));
    assert_true(passes("severity >= warn", 1));
    assert_false(passes("severity >= warn", 0));
    assert_true(passes("sev = error", 2));
    assert_true(passes("message ~ STALE && source != gate", 3));
    assert_false(passes("message ~ stale && source != feed", 3));
    assert_true(passes("", 0));
}

static void a_wrong_filter_says_at_which_character(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {{"id >", "at character 5"},        {"pnl < 3", "at character 1: no field pnl"},
                 {"/abc", "has no end /"},          {"/a(/", "not a regular"},
                 {"a && ", "something is missing"}, {"a || && b", "at character 6"},
                 {"id < x", "at character 6"}};
    char why[100];
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        struct tui_filter *f = tui_filter_new(&qf_rec_event, cases[i].text, why, sizeof why);
        assert_null(f);
        if (!strstr(why, cases[i].why))
            fail_msg("\"%s\" gave \"%s\"", cases[i].text, why);
    }
    struct tui_table *t = tui_table_new(&def, NULL);
    assert_true(tui_table_filter(t, "alpha", why, sizeof why));
    assert_false(tui_table_filter(t, "pnl < 3", why, sizeof why));
    assert_string_equal(tui_table_filter_text(t), "alpha"); /* the list stays as it was */
    tui_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_selection_follows_its_record),
        cmocka_unit_test(the_order_settles_once_a_second_and_never_under_a_mark),
        cmocka_unit_test(the_heading_says_how_many_of_how_many),
        cmocka_unit_test(scrolling_keeps_the_selected_row_in_sight),
        cmocka_unit_test(words_of_a_total_run_over_blank_columns),
        cmocka_unit_test(states_of_a_panel_have_their_sentences),
        cmocka_unit_test(filters_take_words_expressions_and_fields),
        cmocka_unit_test(a_wrong_filter_says_at_which_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
