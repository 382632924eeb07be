#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/proto/proto.h"
#include "tui/form.h"

static void type(struct tui_form *f, const char *text)
{
    for (; *text; text++)
        assert_true(tui_form_key(f, (tui_key)(unsigned char)*text));
}

static enum qf_err read_order(const struct tui_form *f, struct qf_order_check *o, int *bad, const char **why)
{
    struct qf_arena arena;
    memset(o, 0, sizeof *o);
    qf_arena_init(&arena, 4096);
    enum qf_err err = tui_form_read(f, o, &arena, bad, why);
    qf_arena_release(&arena);
    return err;
}

static void a_form_is_made_from_the_rows_of_its_record(void **state)
{
    struct tui_form f;
    struct qf_order_check o;
    int bad = -1;
    const char *why = "";
    (void)state;
    tui_form_init(&f, &qf_rec_order_check);
    tui_form_add(&f, "symbol", "symbol");
    int quantity = tui_form_add(&f, "quantity", "quantity");
    int side = tui_form_add(&f, "side", "side");
    tui_form_add(&f, "price", "price");
    type(&f, "NVDA");
    f.focus = quantity;
    type(&f, "12,000");
    f.focus = side;
    type(&f, "s");
    assert_string_equal(tui_form_text(&f, side), "SELL");
    assert_int_equal(read_order(&f, &o, &bad, &why), QF_OK);
    assert_string_equal(o.symbol, "NVDA");
    assert_true(o.quantity == 12000 * QF_ONE);
    assert_int_equal(o.side, QF_SIDE_SELL);
    assert_false(QF_HAS(&o, order_check, price)); /* empty and optional: not there */
}

static void what_is_wrong_is_said_of_its_field(void **state)
{
    struct tui_form f;
    struct qf_order_check o;
    int bad = -1;
    const char *why = "";
    (void)state;
    tui_form_init(&f, &qf_rec_order_check);
    int symbol = tui_form_add(&f, "symbol", "symbol");
    int quantity = tui_form_add(&f, "quantity", "quantity");
    assert_int_not_equal(read_order(&f, &o, &bad, &why), QF_OK);
    assert_int_equal(bad, symbol);
    assert_string_equal(why, "is needed");
    tui_form_set(&f, symbol, "KO");
    tui_form_set(&f, quantity, "twelve");
    assert_int_not_equal(read_order(&f, &o, &bad, &why), QF_OK);
    assert_int_equal(bad, quantity);
    assert_true(strlen(why) > 0);
    tui_form_set(&f, quantity, "99999999999999999999");
    assert_int_not_equal(read_order(&f, &o, &bad, &why), QF_OK);
    assert_int_equal(bad, quantity);
}

static void choices_turn_and_texts_are_edited(void **state)
{
    struct tui_form f;
    (void)state;
    tui_form_init(&f, &qf_rec_order_check);
    int tif = tui_form_add(&f, "tif", "until");
    assert_int_equal(tui_form_choice(&f, tif), -1);
    assert_true(tui_form_key(&f, ' '));
    assert_string_equal(tui_form_text(&f, tif), "DAY");
    assert_true(tui_form_key(&f, TUI_KEY_RIGHT));
    assert_string_equal(tui_form_text(&f, tif), "GTC");
    assert_true(tui_form_key(&f, TUI_KEY_LEFT));
    assert_true(tui_form_key(&f, TUI_KEY_LEFT));
    assert_string_equal(tui_form_text(&f, tif), "FOK");
    int text = tui_form_add_text(&f, "free", 4, false);
    f.focus = text;
    type(&f, "ab");
    assert_true(tui_form_key(&f, 0xe9)); /* é: two bytes */
    assert_true(tui_form_key(&f, 'x'));  /* full: swallowed, not lost into another meaning */
    assert_string_equal(tui_form_text(&f, text), "ab\xc3\xa9");
    assert_true(tui_form_key(&f, TUI_KEY_BACKSPACE));
    assert_string_equal(tui_form_text(&f, text), "ab");
    assert_false(tui_form_key(&f, 0x1b));
    assert_false(tui_form_key(&f, 0x202e)); /* would turn the text round */
    assert_true(tui_form_key(&f, TUI_CTRL('U')));
    assert_string_equal(tui_form_text(&f, text), "");
    f.fields[text].fixed = true;
    assert_false(tui_form_key(&f, 'a'));
}

static void secrets_are_never_drawn(void **state)
{
    struct tui_form f;
    struct tui_canvas *c = tui_canvas_new(30, 1, TUI_BRAILLE);
    (void)state;
    tui_form_init(&f, &qf_rec_login);
    tui_form_add(&f, "user", "user");
    f.focus = tui_form_add(&f, "password", "password");
    type(&f, "hunter2");
    tui_form_draw(&f, 1, c, 0, 0, 20, true, true);
    for (int x = 1; x <= 7; x++)
        assert_int_equal(tui_canvas_cell(c, x, 0)->cp, '*');
    int x, y;
    tui_canvas_cursor_at(c, &x, &y);
    assert_int_equal(x, 8);
    tui_form_wipe(&f);
    assert_string_equal(tui_form_text(&f, 1), "");
    tui_canvas_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_made_from_the_rows_of_its_record),
        cmocka_unit_test(what_is_wrong_is_said_of_its_field),
        cmocka_unit_test(choices_turn_and_texts_are_edited),
        cmocka_unit_test(secrets_are_never_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
