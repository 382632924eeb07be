/* How the console behaves: what a key may do, what it may not, and what happens when the world does not answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/tui/world.h"

static void open_world(struct world *w, int role)
{
    world_open(w, role, 80, 24, TUI_BRAILLE);
    world_wait(w, 100 * QF_MS);
    (void)fake_sent(w->fake);
}

/* --- nothing dangerous sits on one key */

static void keys_typed_ahead_of_a_dialog_are_thrown_away(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 ] d");
    world_type(&w, "yyyy"); /* 50 ms after it opened */
    assert_true(world_shows(&w, "Cancel order"));
    assert_string_equal(fake_sent(w.fake), "");
    world_wait(&w, 300 * QF_MS);
    world_type(&w, "y");
    assert_non_null(strstr(fake_sent(w.fake), "order.cancel id=48219"));
    assert_false(world_shows(&w, "Cancel order"));
    assert_true(world_shows(&w, "cancel asked"));
    world_close(&w);
}

static void the_harmless_answer_has_the_focus(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_RISK);
    world_keys(&w, "2 ] d Enter");
    world_keys(&w, "d Esc f Enter f Esc X Enter X Esc i Enter Enter Esc");
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void marked_orders_are_cancelled_together(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 ] Space Down Space d");
    assert_true(world_shows(&w, "Cancel 2 orders"));
    assert_true(world_shows(&w, "316,350.00"));
    world_keys(&w, "y");
    const char *sent = fake_sent(w.fake);
    assert_non_null(strstr(sent, "id=48219"));
    assert_non_null(strstr(sent, "id=48215"));
    assert_null(strstr(sent, "id=48213"));
    world_close(&w);
}

static void closing_shows_what_it_does_first(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 ] ] Down f");
    assert_true(world_shows(&w, "sends       SELL 11,000 AMD  MARKET  book xgb-5m"));
    assert_true(world_shows(&w, "order 48215 SELL 3,000 rests"));
    assert_true(world_shows(&w, "realises    +47,177.85 after fee")); /* (156.19 - 151.90) x 11,000 - 12.15 */
    world_keys(&w, "y");
    assert_non_null(strstr(fake_sent(w.fake), "position.close account=xgb-5m symbol=AMD"));
    world_close(&w);
}

/* --- the ticket */

static void a_ticket_the_gate_refuses_cannot_be_sent(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 b");
    world_type(&w, ""); /* AAPL is selected */
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "12000");
    world_wait(&w, 400 * QF_MS);
    assert_true(world_shows(&w, "REFUSED: GROSS_EXPOSURE sector Tech"));
    assert_true(world_shows(&w, "8,490 would pass: Ctrl-N takes it"));
    assert_false(world_shows(&w, "Enter reviews"));
    world_keys(&w, "Enter y");
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void the_largest_that_passes_is_reviewed_and_sent_once(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 Down b");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "12000");
    world_wait(&w, 400 * QF_MS);
    world_keys(&w, "C-n");
    world_type(&w, "");
    world_wait(&w, 100 * QF_MS);
    world_keys(&w, "BSpace BSpace");
    world_wait(&w, 400 * QF_MS);
    assert_true(world_shows(&w, "Enter reviews"));
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "BUY 84 AMD LIMIT 156.21 DAY, book mom-us, 13,121.64 USD, SIMULATED"));
    assert_string_equal(fake_sent(w.fake), "");
    world_keys(&w, "y");
    const char *sent = fake_sent(w.fake);
    assert_non_null(
        strstr(sent, "order.place symbol=AMD side=BUY quantity=84 type=LIMIT price=156.21 tif=DAY account=mom-us"));
    assert_null(strstr(strstr(sent, "order.place") + 1, "order.place"));
    assert_true(world_shows(&w, "order 48220 taken: BUY 84 AMD"));
    world_close(&w);
}

static void an_unknown_outcome_is_asked_again_with_the_same_reference(void **state)
{
    struct world w;
    char first[200], second[4096];
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 b");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "100");
    world_wait(&w, 400 * QF_MS);
    fake_refuse(w.fake, QF_R_COUNT); /* the link goes before the answer */
    world_keys(&w, "Enter y");
    qf_str_copy(first, sizeof first, fake_sent(w.fake));
    assert_true(world_shows(&w, "not known whether it was taken"));
    world_keys(&w, "Esc b y Enter"); /* no second order is offered */
    assert_string_equal(fake_sent(w.fake), "");
    fake_refuse(w.fake, -1);
    world_wait(&w, 3 * QF_SEC);
    qf_str_copy(second, sizeof second, fake_sent(w.fake));
    assert_non_null(strstr(first, "client_ref=qf-"));
    assert_string_equal(first, second);
    assert_true(world_shows(&w, "order 48220 taken"));
    world_close(&w);
}

static void a_refusal_shows_its_numbers(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 b");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "100");
    world_wait(&w, 400 * QF_MS);
    fake_refuse(w.fake, QF_R_REFUSED);
    world_keys(&w, "Enter y");
    assert_true(world_shows(&w, "MAX_NOTIONAL"));
    assert_true(world_shows(&w, "limit 2,500,000"));
    assert_true(world_shows(&w, "largest quantity that passes: 20,582"));
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "quantity"));
    world_close(&w);
}

/* --- the stop */

static void the_stop_wants_its_word(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_RISK);
    world_keys(&w, "X");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "stop");
    world_keys(&w, "Enter");
    assert_string_equal(fake_sent(w.fake), "");
    world_keys(&w, "C-u");
    world_type(&w, "STOP");
    world_keys(&w, "Tab");
    world_type(&w, "drill");
    world_keys(&w, "Enter");
    assert_non_null(strstr(fake_sent(w.fake), "risk.stop reason=drill"));
    assert_true(world_shows(&w, "Stop S-14, firm HALTED"));
    assert_true(world_shows(&w, "requested 4  confirmed 2  filled 1  open 1"));
    assert_true(world_shows(&w, "1 unconfirmed"));
    assert_true(strncmp(world_row(&w, 0), "█ HALTED", strlen("█ HALTED")) == 0);
    world_close(&w);
}

/* Each scope counts its own stops: the firm's and a strategy's may have the same number. */
static void a_stop_is_known_by_its_number_and_its_scope(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_RISK);
    fake_two_stops(w.fake);
    world_wait(&w, 100 * QF_MS);
    world_keys(&w, ": S T O P S Enter");
    assert_true(world_shows(&w, "Stop S-14, firm HALTED since 14:32:07"));
    world_keys(&w, "Esc 3");
    for (int i = 0; i < 12 && !world_shows(&w, ">S-14"); i++)
        world_keys(&w, "Tab");
    assert_true(world_shows(&w, "14:32:07 firm"));
    world_keys(&w, "Down Enter");
    assert_true(world_shows(&w, "Stop S-14, strategy mrv-us CANCEL_ONLY since 13:32:07"));
    assert_true(world_shows(&w, "requested 1  confirmed 1  filled 0  open 0"));
    world_close(&w);
}

static void the_firms_state_rules_those_of_the_strategies(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_RISK);
    world_keys(&w, "1");
    assert_true(world_shows(&w, "state 4 of 5 strategies active"));
    fake_halt(w.fake);
    world_wait(&w, 100 * QF_MS);
    assert_true(world_shows(&w, "state firm HALTED rules all strategies"));
    world_close(&w);
}

static void who_may_not_stop_is_told_who_may(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    assert_null(strstr(world_row(&w, 23), "X STOP"));
    world_keys(&w, "X");
    assert_true(world_shows(&w, "needs risk or admin"));
    world_keys(&w, "8");
    assert_true(world_shows(&w, "needs risk or admin"));
    world_keys(&w, "4");
    assert_true(world_shows(&w, "there is no such screen"));
    world_close(&w);
    open_world(&w, QF_ROLE_RISK);
    assert_non_null(strstr(world_row(&w, 23), "X STOP"));
    world_close(&w);
}

static void a_role_that_is_taken_away_takes_its_screens_along(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_ADMIN);
    world_keys(&w, "8");
    assert_true(world_shows(&w, "Users 6"));
    fake_role(w.fake, QF_ROLE_VIEWER);
    world_wait(&w, 100 * QF_MS);
    assert_false(world_shows(&w, "Users"));
    assert_false(world_shows(&w, "8Admin"));
    assert_true(world_shows(&w, "[1Over]"));
    world_keys(&w, "2 b d f X");
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void halted_desks_open_no_ticket(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    fake_halt(w.fake);
    world_wait(&w, 100 * QF_MS);
    world_keys(&w, "2 b");
    assert_true(world_shows(&w, "HALTED since 14:21:4"));
    assert_true(world_shows(&w, "by ana: drawdown"));
    assert_null(strstr(world_row(&w, 23), "b Buy"));
    assert_non_null(strstr(world_row(&w, 23), "d Cancel"));
    world_close(&w);
}

/* --- approvals */

static void a_request_is_granted_by_another_person(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_RISK);
    assert_non_null(strstr(world_row(&w, 23), "Inbox 1"));
    world_keys(&w, "i Enter");
    assert_true(world_shows(&w, "you may decide: risk, and not max"));
    world_keys(&w, "Tab Tab Enter");
    assert_non_null(strstr(fake_sent(w.fake), "approval.grant id=31"));
    assert_true(world_shows(&w, "A-31 GRANTED"));
    world_close(&w);
}

/* --- the link */

static void a_lost_link_greys_the_screen_and_sends_nothing(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2");
    fake_lose(w.fake);
    fake_pump(w.fake);
    world_wait(&w, 500 * QF_MS);
    assert_true(tui_canvas_cell(w.canvas, 10, 5)->flags & TUI_F_STALE);
    assert_non_null(strstr(world_row(&w, 0), "LINK"));
    world_keys(&w, "b");
    assert_true(world_shows(&w, "the link is lost"));
    world_wait(&w, 3 * QF_SEC);
    assert_true(world_shows(&w, "Link lost"));
    assert_true(world_shows(&w, "trying again in"));
    world_keys(&w, "Esc Down Down"); /* one may still look around */
    assert_false(world_shows(&w, "trying again in"));
    world_wait(&w, 3 * QF_SEC);
    assert_false(world_shows(&w, "trying again in")); /* said once a loss */
    fake_back(w.fake);
    fake_pump(w.fake);
    world_wait(&w, 100 * QF_MS);
    assert_true(world_shows(&w, "link back after"));
    assert_false(tui_canvas_cell(w.canvas, 10, 5)->flags & TUI_F_STALE);
    world_close(&w);
}

static void a_gap_in_a_topic_is_fetched_again(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    assert_int_equal(fake_refetches(w.fake), 0);
    fake_gap(w.fake, QF_TOPIC_orders);
    world_wait(&w, 100 * QF_MS);
    assert_int_equal(fake_refetches(w.fake), 1);
    assert_true(world_shows(&w, "48219"));
    world_close(&w);
}

static void waiting_says_so_and_then_how_to_ask_again(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, QF_ROLE_ADMIN, 80, 24, TUI_BRAILLE);
    fake_silent(w.fake, true);
    tui_app_key(w.app, '8');
    world_wait(&w, 500 * QF_MS);
    assert_true(world_shows(&w, "waiting for users, 0.5s"));
    world_wait(&w, 6 * QF_SEC);
    assert_true(world_shows(&w, "no answer, Ctrl-R asks again"));
    world_close(&w);
}

static void stale_prices_look_stale(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    fake_stale(w.fake, true);
    world_keys(&w, "2");
    assert_true(world_shows(&w, "STALE"));
    assert_true(tui_canvas_cell(w.canvas, 16, 5)->flags & TUI_F_STALE);
    world_close(&w);
}

/* --- signing in */

static void signing_in_says_nothing_about_what_was_wrong(void **state)
{
    struct world w;
    (void)state;
    world_open(&w, -1, 80, 24, TUI_BRAILLE);
    assert_true(world_shows(&w, "Sign in"));
    world_type(&w, "ana");
    world_keys(&w, "Tab");
    world_type(&w, "wrong");
    assert_false(world_shows(&w, "wrong"));
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "user or password is"));
    world_type(&w, "correct horse battery");
    assert_true(world_shows(&w, "*********************"));
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "[1Over]"));
    assert_true(world_shows(&w, "ana@risk"));
    world_close(&w);
}

/* --- all keys */

static void every_key_on_the_key_line_does_something(void **state)
{
    static const int roles[] = {QF_ROLE_VIEWER, QF_ROLE_TRADER, QF_ROLE_RISK, QF_ROLE_ADMIN};
    static const int digits[] = {1, 2, 3, 7, 8};
    int pressed = 0;
    (void)state;
    for (size_t r = 0; r < QF_LEN(roles); r++)
        for (size_t d = 0; d < QF_LEN(digits); d++)
            for (int i = 0; i < tui_keys_n; i++) {
                struct world w;
                const struct tui_key_row *row = &tui_keys[i];
                world_open(&w, roles[r], 200, 40, TUI_BRAILLE);
                tui_app_key(w.app, (tui_key)('0' + digits[d]));
                world_wait(&w, 50 * QF_MS);
                bool listed = row->weight && (row->where == TUI_AT_ANY || row->where & (1U << digits[d])) &&
                              tui_app_digit(w.app) == digits[d] && !tui_app_why_not(w.app, row->action, row->perm)[0];
                if (listed) {
                    pressed++;
                    tui_app_key(w.app, row->code);
                    world_wait(&w, 50 * QF_MS);
                    if (world_shows(&w, "does nothing"))
                        fail_msg("%s on screen %d: %s", row->label, digits[d], world_row(&w, 38));
                }
                world_close(&w);
            }
    assert_true(pressed > 100);
}

static void no_key_has_two_meanings_in_one_place(void **state)
{
    (void)state;
    for (int i = 0; i < tui_keys_n; i++)
        for (int k = 0; k < i; k++) {
            const struct tui_key_row *a = &tui_keys[i], *b = &tui_keys[k];
            bool same = a->code && (a->code == b->code || a->code == b->code2);
            same = same || (a->code2 && (a->code2 == b->code || a->code2 == b->code2));
            if (same && (a->where & b->where))
                fail_msg("%s and %s", a->help, b->help);
        }
    for (int d = 1; d <= 9; d++)
        assert_int_equal(tui_key_find((tui_key)('0' + d), 1)->action, TUI_DO_SCREEN);
    assert_null(tui_key_find('~', 1));
}

static void every_word_of_the_palette_goes_somewhere(void **state)
{
    (void)state;
    for (int i = 0; i < tui_words_n; i++) {
        struct world w;
        char typed[64];
        open_world(&w, QF_ROLE_ADMIN);
        world_keys(&w, ":");
        qf_str_fmt(typed, sizeof typed, "%s", tui_words[i].word);
        world_wait(&w, 400 * QF_MS);
        world_type(&w, typed);
        world_keys(&w, "Enter");
        if (tui_words[i].screen)
            assert_int_equal(tui_app_digit(w.app), tui_words[i].screen);
        if (tui_words[i].action == TUI_DO_QUIT)
            assert_true(tui_app_done(w.app));
        world_close(&w);
    }
}

static void the_filter_shows_its_effect_while_one_types(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 /");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "last > 400");
    assert_true(world_shows(&w, "6 of 20"));
    world_type(&w, " && x");
    assert_true(world_shows(&w, "1 of 20")); /* NFLX */
    world_keys(&w, "Esc");
    assert_false(world_shows(&w, "/ last"));
    world_keys(&w, ":");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "POS NVDA");
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "Positions 1 of 13"));
    assert_true(world_shows(&w, "Total 1"));
    world_close(&w);
}

static void a_frozen_picture_stands(void **state)
{
    struct world w;
    char before[8192];
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2");
    world_keys(&w, "F");
    qf_str_copy(before, sizeof before, world_row(&w, 5));
    fake_advance(w.fake, QF_SEC);
    fake_step(w.fake);
    world_wait(&w, 2 * QF_SEC);
    assert_non_null(strstr(world_row(&w, 0), "FROZEN"));
    assert_string_equal(world_row(&w, 5), before);
    world_keys(&w, "b"); /* nothing can be sent from an old picture */
    assert_string_equal(world_row(&w, 5), before);
    world_keys(&w, "F");
    assert_null(strstr(world_row(&w, 0), "FROZEN"));
    world_close(&w);
}

/* --- anything at all */

static void check_widths(struct world *w)
{
    for (int y = 0; y < tui_canvas_h(w->canvas); y++)
        assert_int_equal(qf_str_columns(world_row(w, y)), tui_canvas_w(w->canvas));
}

static void no_keys_and_no_window_size_break_it(void **state)
{
    static const tui_key special[] = {TUI_KEY_TAB,  TUI_KEY_ENTER, TUI_KEY_ESC,     TUI_KEY_UP,       TUI_KEY_DOWN,
                                      TUI_KEY_LEFT, TUI_KEY_RIGHT, TUI_KEY_BACKTAB, TUI_KEY_BACKSPACE};
    static const int roles[] = {QF_ROLE_VIEWER, QF_ROLE_TRADER, QF_ROLE_RISK, QF_ROLE_ADMIN, -1};
    uint32_t r = 42;
    (void)state;
    for (size_t k = 0; k < QF_LEN(roles); k++) {
        struct world w;
        world_open(&w, roles[k], 80, 24, k == 1 ? TUI_ASCII : k == 2 ? TUI_BLOCKS : TUI_BRAILLE);
        for (int i = 0; i < 4000; i++) {
            r = r * 1664525u + 1013904223u;
            unsigned pick = r >> 24;
            tui_key key = pick < 120 ? special[pick % QF_LEN(special)] : (tui_key)(32 + (r >> 8) % 95);
            if (key == 'q' || (key == 'y' && pick % 2))
                continue;
            tui_app_key(w.app, key);
            fake_advance(w.fake, (int64_t)((r >> 4) % 400) * QF_MS);
            fake_pump(w.fake);
            tui_app_tick(w.app);
            if (pick % 16 == 0)
                fake_step(w.fake);
            if (i % 700 == 350)
                fake_lose(w.fake);
            if (i % 700 == 380 && roles[k] >= 0)
                fake_back(w.fake);
            if (pick % 32 == 1)
                tui_canvas_resize(w.canvas, 40 + (int)(r % 190), 10 + (int)((r >> 6) % 60));
            fake_pump(w.fake);
            tui_app_draw(w.app, w.canvas);
            if (i % 8 == 0)
                check_widths(&w);
        }
        world_close(&w);
    }
}

/* Any key also presses '>': what is exported lands in a folder of this test and goes with it. */
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    qf_str_copy(folder, sizeof folder, "/tmp/qf-console-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    DIR *d = opendir(folder);
    (void)state;
    for (const struct dirent *e; d && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            (void)unlink(e->d_name);
    if (d)
        (void)closedir(d);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_typed_ahead_of_a_dialog_are_thrown_away),
        cmocka_unit_test(the_harmless_answer_has_the_focus),
        cmocka_unit_test(marked_orders_are_cancelled_together),
        cmocka_unit_test(closing_shows_what_it_does_first),
        cmocka_unit_test(a_ticket_the_gate_refuses_cannot_be_sent),
        cmocka_unit_test(the_largest_that_passes_is_reviewed_and_sent_once),
        cmocka_unit_test(an_unknown_outcome_is_asked_again_with_the_same_reference),
        cmocka_unit_test(a_refusal_shows_its_numbers),
        cmocka_unit_test(the_stop_wants_its_word),
        cmocka_unit_test(a_stop_is_known_by_its_number_and_its_scope),
        cmocka_unit_test(the_firms_state_rules_those_of_the_strategies),
        cmocka_unit_test(who_may_not_stop_is_told_who_may),
        cmocka_unit_test(a_role_that_is_taken_away_takes_its_screens_along),
        cmocka_unit_test(halted_desks_open_no_ticket),
        cmocka_unit_test(a_request_is_granted_by_another_person),
        cmocka_unit_test(a_lost_link_greys_the_screen_and_sends_nothing),
        cmocka_unit_test(a_gap_in_a_topic_is_fetched_again),
        cmocka_unit_test(waiting_says_so_and_then_how_to_ask_again),
        cmocka_unit_test(stale_prices_look_stale),
        cmocka_unit_test(signing_in_says_nothing_about_what_was_wrong),
        cmocka_unit_test(every_key_on_the_key_line_does_something),
        cmocka_unit_test(no_key_has_two_meanings_in_one_place),
        cmocka_unit_test(every_word_of_the_palette_goes_somewhere),
        cmocka_unit_test(the_filter_shows_its_effect_while_one_types),
        cmocka_unit_test(a_frozen_picture_stands),
        cmocka_unit_test(no_keys_and_no_window_size_break_it),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
