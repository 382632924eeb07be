#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "tui/canvas.h"

static const char *row(const struct tui_canvas *c, int y)
{
    static struct qf_buf b;
    if (!b.max)
        qf_buf_init(&b, 65536);
    qf_buf_clear(&b);
    tui_canvas_row(c, y, &b);
    return qf_buf_cstr(&b);
}

static void stored_text_cannot_move_the_cursor(void **state)
{
    struct tui_canvas *c = tui_canvas_new(20, 1, TUI_BRAILLE);
    (void)state;
    tui_text(c, 0, 0, TUI_TEXT,
             "a\x1b[2Jb\nc\x7f\xe2\x80\xae"
             "d\xc2\x9b");
    assert_string_equal(row(c, 0), "a?[2Jb?c??d?        ");
    tui_canvas_clear(c);
    tui_text(c, 0, 0, TUI_TEXT, "x\xff\xc0\xafy\xed\xa0\x80z");
    assert_string_equal(row(c, 0), "x???y???z           ");
    tui_canvas_free(c);
}

static void cut_text_ends_in_a_tilde_and_never_in_half_a_character(void **state)
{
    struct tui_canvas *c = tui_canvas_new(10, 1, TUI_BRAILLE);
    (void)state;
    assert_int_equal(tui_text_fit(c, 0, 0, 6, TUI_TEXT, "abcdefgh"), 6);
    assert_string_equal(row(c, 0), "abcde~    ");
    tui_canvas_clear(c);
    assert_int_equal(tui_text_fit(c, 0, 0, 4, TUI_TEXT, "日本語"), 3);
    assert_string_equal(row(c, 0), "日~       ");
    tui_canvas_clear(c);
    assert_int_equal(tui_text_fit(c, 0, 0, 6, TUI_TEXT, "日本語"), 6);
    assert_string_equal(row(c, 0), "日本語    ");
    tui_canvas_clear(c);
    tui_text_right(c, 0, 0, 10, TUI_TEXT, "12.50");
    assert_string_equal(row(c, 0), "     12.50");
    assert_int_equal(tui_text_fit(c, 0, 0, 0, TUI_TEXT, "a"), 0);
    tui_canvas_free(c);
}

static void wide_characters_leave_no_half_behind(void **state)
{
    struct tui_canvas *c = tui_canvas_new(6, 1, TUI_BRAILLE);
    (void)state;
    tui_text(c, 0, 0, TUI_TEXT, "日本語");
    tui_text(c, 1, 0, TUI_TEXT, "a");
    assert_string_equal(row(c, 0), " a本語");
    tui_text(c, 4, 0, TUI_TEXT, "b");
    assert_string_equal(row(c, 0), " a本b ");
    tui_text(c, 5, 0, TUI_TEXT, "日");
    assert_string_equal(row(c, 0), " a本b ");
    tui_canvas_free(c);
}

static void nothing_is_drawn_outside_the_clip(void **state)
{
    struct tui_canvas *c = tui_canvas_new(8, 3, TUI_BRAILLE);
    (void)state;
    struct tui_rect before = tui_canvas_clip(c, (struct tui_rect){2, 1, 3, 1});
    for (int y = -1; y < 4; y++)
        tui_text(c, -3, y, TUI_TEXT, "xxxxxxxxxxxxxxxxxxx");
    tui_canvas_clip(c, before);
    assert_string_equal(row(c, 0), "        ");
    assert_string_equal(row(c, 1), "  xxx   ");
    assert_string_equal(row(c, 2), "        ");
    tui_canvas_free(c);
}

static void without_utf8_every_glyph_has_a_stand_in(void **state)
{
    struct tui_canvas *c = tui_canvas_new(16, 1, TUI_ASCII);
    (void)state;
    tui_text(c, 0, 0, TUI_TEXT, "─│┌▲▼●○▁▇é日");
    assert_memory_equal(row(c, 0), "-|+^v*o_*", 9);
    for (int x = 0; x < 16; x++)
        assert_true(tui_canvas_cell(c, x, 0)->cp < 0x80);
    tui_canvas_clear(c);
    tui_glyph(c, 0, 0, TUI_WARN, 0x25b2, '!');
    assert_int_equal(tui_canvas_cell(c, 0, 0)->cp, '!');
    tui_canvas_free(c);
}

static void a_heading_is_as_wide_as_it_was_asked_to_be(void **state)
{
    (void)state;
    for (int w = 4; w <= 60; w++) {
        struct tui_canvas *c = tui_canvas_new(w, 1, TUI_BRAILLE);
        struct tui_heading h = {.title = "Working orders 4, newest first", .age = "0.3s", .note = "SIMULATED"};
        tui_heading(c, 0, 0, w, &h);
        assert_int_equal(qf_str_columns(row(c, 0)), w);
        assert_int_equal(tui_canvas_cell(c, 0, 0)->cp, 0x2500);
        tui_canvas_free(c);
    }
    struct tui_canvas *c = tui_canvas_new(40, 1, TUI_BRAILLE);
    struct tui_heading h = {.title = "Working orders 4, newest first", .age = "0.3s"};
    tui_heading(c, 0, 0, 40, &h);
    assert_string_equal(row(c, 0), "─ Working orders 4, newest first  0.3s ─");
    tui_canvas_free(c);
}

static void behind_a_dialog_everything_is_dim_but_keeps_its_place(void **state)
{
    struct tui_canvas *c = tui_canvas_new(4, 2, TUI_BRAILLE);
    (void)state;
    tui_text(c, 0, 0, TUI_UP, "+1");
    tui_mark(c, (struct tui_rect){0, 0, 4, 1}, TUI_F_BEHIND);
    assert_true(tui_canvas_cell(c, 0, 0)->flags & TUI_F_BEHIND);
    assert_false(tui_canvas_cell(c, 0, 1)->flags & TUI_F_BEHIND);
    assert_int_equal(tui_canvas_cell(c, 0, 0)->cp, '+');
    tui_canvas_free(c);
}

static void every_theme_shows_every_role_and_reading_never_needs_colour(void **state)
{
    (void)state;
    for (int theme = 0; theme < TUI_THEME_COUNT; theme++)
        for (int role = 0; role < TUI_ROLE_COUNT; role++) {
            static const unsigned flags[] = {
                0, TUI_F_SELECTED, TUI_F_BAR, TUI_F_REVERSE, TUI_F_BAR | TUI_F_REVERSE, TUI_F_STALE};
            for (size_t i = 0; i < QF_LEN(flags); i++) {
                struct tui_look l = tui_style_look((enum tui_theme)theme, (enum tui_role)role, flags[i]);
                assert_false(l.fg >= 0 && l.fg == l.bg); /* ink that vanishes into its ground */
                if (theme == TUI_THEME_MONO)
                    assert_true(l.fg == -1 && l.bg == -1);
            }
        }
    assert_int_equal(tui_style_choose(TUI_THEME_LIGHT, 256, false), TUI_THEME_LIGHT);
    assert_int_equal(tui_style_choose(TUI_THEME_LIGHT, 8, false), TUI_THEME_SIXTEEN);
    assert_int_equal(tui_style_choose(TUI_THEME_LIGHT, 256, true), TUI_THEME_MONO);
    assert_int_equal(tui_style_choose(TUI_THEME_DARK, 0, false), TUI_THEME_MONO);
    assert_int_equal(tui_style_find("high-contrast"), TUI_THEME_CONTRAST);
    assert_int_equal(tui_style_find("sixteen"), -1);
    assert_int_equal(tui_style_find("no such"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_text_cannot_move_the_cursor),
        cmocka_unit_test(cut_text_ends_in_a_tilde_and_never_in_half_a_character),
        cmocka_unit_test(wide_characters_leave_no_half_behind),
        cmocka_unit_test(nothing_is_drawn_outside_the_clip),
        cmocka_unit_test(without_utf8_every_glyph_has_a_stand_in),
        cmocka_unit_test(a_heading_is_as_wide_as_it_was_asked_to_be),
        cmocka_unit_test(behind_a_dialog_everything_is_dim_but_keeps_its_place),
        cmocka_unit_test(every_theme_shows_every_role_and_reading_never_needs_colour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
