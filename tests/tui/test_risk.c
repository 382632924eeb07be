/* The risk screen: what its keys may do and for whom, and that its figures are those of the desk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/tui/world.h"
#include "tui/chart_days.h"

static void open_risk(struct world *w, int role, int columns, int rows)
{
    world_open(w, role, columns, rows, TUI_BRAILLE);
    world_wait(w, 100 * QF_MS);
    world_keys(w, "3");
    (void)fake_sent(w->fake);
}

static void type(struct world *w, const char *text)
{
    world_wait(w, 400 * QF_MS);
    world_type(w, text);
}

/* --- flatten */

static void flattening_wants_its_word(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "f");
    assert_true(world_shows(&w, "Flatten plan, firm"));
    assert_true(world_shows(&w, "12 orders, 1 stays"));
    world_keys(&w, "Enter"); /* the harmless button has the focus */
    assert_false(world_shows(&w, "Flatten plan"));
    world_keys(&w, "f Tab Enter");
    assert_true(world_shows(&w, "type FLATTEN to do it"));
    type(&w, "flatten");
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "type FLATTEN in capital letters"));
    assert_string_equal(fake_sent(w.fake), "");
    world_keys(&w, "C-u");
    type(&w, "FLATTEN");
    world_keys(&w, "Tab");
    type(&w, "drill");
    world_keys(&w, "Tab Enter"); /* on the harmless button again */
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void flattening_sends_the_plan_that_was_shown_once(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_ADMIN, 80, 24);
    world_keys(&w, "f Tab Enter");
    type(&w, "FLATTEN");
    world_keys(&w, "Tab");
    type(&w, "drill");
    world_keys(&w, "Enter");
    const char *sent = fake_sent(w.fake);
    const char *first = strstr(sent, "risk.flatten plan=p-100 reason=drill client_ref=qf-");
    assert_non_null(first);
    assert_null(strstr(first + 1, "risk.flatten"));
    assert_true(world_shows(&w, "Flattened, firm"));
    assert_true(world_shows(&w, "12 orders sent"));
    assert_true(world_shows(&w, "48230"));
    assert_true(world_shows(&w, "13 of 13 still held"));
    world_keys(&w, "Enter");
    assert_false(world_shows(&w, "Flattened"));
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void another_plan_asks_again(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "f Tab Enter");
    type(&w, "FLATTEN");
    fake_replan(w.fake);
    world_wait(&w, 3 * QF_SEC);
    assert_true(world_shows(&w, "the plan has become another one"));
    assert_false(world_shows(&w, "type FLATTEN to do it"));
    world_keys(&w, "Enter"); /* what was typed for the other plan is gone: this closes */
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void an_unknown_outcome_sends_the_same_again(void **state)
{
    struct world w;
    char first[4096];
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "f Tab Enter");
    type(&w, "FLATTEN");
    fake_refuse(w.fake, QF_R_COUNT); /* the link goes before the answer */
    world_keys(&w, "Enter");
    qf_str_copy(first, sizeof first, fake_sent(w.fake));
    assert_true(world_shows(&w, "not known whether it was done"));
    type(&w, "X"); /* what goes out again is the same to the letter */
    fake_refuse(w.fake, -1);
    world_keys(&w, "Enter");
    assert_string_equal(first, fake_sent(w.fake));
    assert_non_null(strstr(first, "client_ref=qf-"));
    assert_true(world_shows(&w, "Flattened, firm"));
    world_close(&w);
}

static void keys_typed_ahead_of_the_plan_are_thrown_away(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "f");
    world_type(&w, "\t\r"); /* 50 ms after it opened */
    assert_true(world_shows(&w, "Flatten plan, firm"));
    assert_false(world_shows(&w, "type FLATTEN"));
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "\t\rFLATTEN\r"); /* faster than anybody reads what the second box says */
    assert_true(world_shows(&w, "type FLATTEN to do it"));
    assert_string_equal(fake_sent(w.fake), "");
    world_close(&w);
}

static void a_strategy_has_its_own_plan(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "BTab BTab G a f");
    assert_true(world_shows(&w, "Flatten plan, xgb-5m"));
    world_keys(&w, "Esc a X");
    assert_true(world_shows(&w, "(o) strategy"));
    assert_true(world_shows(&w, "the working orders of xgb-5m"));
    world_close(&w);
}

/* --- roles */

static void who_may_not_act_is_told_who_may(void **state)
{
    static const int roles[] = {QF_ROLE_VIEWER, QF_ROLE_TRADER};
    (void)state;
    for (size_t i = 0; i < QF_LEN(roles); i++) {
        static const char *const keys[] = {"f", "e", "a", "X", "i"};
        struct world w;
        open_risk(&w, roles[i], 80, 24);
        for (size_t k = 0; k < QF_LEN(keys); k++) {
            world_keys(&w, keys[k]);
            assert_true(world_shows(&w, "needs risk or admin"));
            world_wait(&w, 5 * QF_SEC);
        }
        assert_null(strstr(world_row(&w, 23), "STOP"));
        assert_null(strstr(world_row(&w, 23), "Inbox"));
        assert_false(world_shows(&w, "Approvals"));
        assert_false(world_shows(&w, "A-31"));
        world_keys(&w, "w n");
        assert_true(world_shows(&w, "changing them needs risk or admin"));
        assert_string_equal(fake_sent(w.fake), "");
        world_close(&w);
    }
}

/* --- breakers, states, limits */

static void only_a_tripped_breaker_is_rearmed_and_by_a_request(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "BTab a r"); /* Daily loss has not tripped */
    assert_true(world_shows(&w, "it has not tripped"));
    world_keys(&w, "Esc Down Down a r");
    assert_true(world_shows(&w, "Re-arm (request)"));
    type(&w, "looked at it");
    world_keys(&w, "Tab Tab Enter");
    assert_non_null(
        strstr(fake_sent(w.fake),
               "breaker.rearm code=LOSS_STREAK scope=strategy name=mrv-us reason=looked at it client_ref="));
    assert_true(world_shows(&w, "another person has to agree"));
    world_close(&w);
}

static void a_form_says_beforehand_whether_a_level_is_looser(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "BTab e");
    assert_true(world_shows(&w, "not looser: done at once"));
    type(&w, "0");
    assert_true(world_shows(&w, "looser: becomes a request, second person"));
    world_keys(&w, "BSpace BSpace");
    assert_true(world_shows(&w, "tighter: done at once"));
    world_keys(&w, "C-u");
    assert_true(world_shows(&w, "off: becomes a request, second person"));
    world_keys(&w, "Esc Tab e"); /* the limits come next; the first is mrv-us 3,000,000 */
    type(&w, "0");
    assert_true(world_shows(&w, "looser: becomes a request, second person"));
    world_keys(&w, "BSpace BSpace");
    assert_true(world_shows(&w, "tighter: done at once"));
    world_close(&w);
}

static void a_looser_limit_becomes_a_request_and_says_so(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    world_keys(&w, "e");
    type(&w, "0");
    world_keys(&w, "Tab Tab Tab");
    type(&w, "Friday");
    fake_refuse(w.fake, QF_R_TOO_LOOSE);
    world_keys(&w, "Tab Tab Enter");
    assert_non_null(
        strstr(fake_sent(w.fake), "limit.set scope=strategy name=mrv-us control=GROSS_EXPOSURE hard=30000000"));
    assert_false(world_shows(&w, "Edit limit"));
    assert_true(world_shows(&w, "a looser limit needs a second person"));
    world_close(&w);
}

static void own_requests_can_only_be_withdrawn(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    fake_ask(w.fake, "ana");
    world_wait(&w, 100 * QF_MS);
    assert_true(world_shows(&w, "your own request"));
    world_keys(&w, "i Enter");
    assert_true(world_shows(&w, "[ Withdraw ]"));
    assert_false(world_shows(&w, "Grant"));
    assert_true(world_shows(&w, "before           30,000,000.00   used 79%"));
    assert_true(world_shows(&w, "after            34,000,000.00   used 69%"));
    world_keys(&w, "Tab Enter");
    assert_non_null(strstr(fake_sent(w.fake), "approval.deny id=31"));
    world_close(&w);
}

/* --- figures */

static void parts_add_up_at_every_height(void **state)
{
    (void)state;
    for (int rows = 18; rows <= 60; rows += 3) {
        struct world w;
        open_risk(&w, QF_ROLE_VIEWER, 120, rows);
        assert_true(world_shows(&w, "331,122             100%"));
        assert_true(world_shows(&w, "87,298"));
        world_close(&w);
    }
}

static void incomplete_figures_say_so_everywhere(void **state)
{
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_RISK, 80, 24);
    fake_unpriced(w.fake);
    world_wait(&w, 100 * QF_MS);
    assert_true(world_shows(&w, "INCOMPLETE: 2 unpriced: LLY KO"));
    world_resize(&w, 200, 60);
    assert_true(world_shows(&w, "INCOMPLETE: 2 unpriced: LLY KO"));
    assert_false(world_shows(&w, "n 500 ─"));
    world_keys(&w, ": V A R Enter Enter");
    assert_true(world_shows(&w, "not counted: KO, no price"));
    world_close(&w);
}

static void words_of_the_palette_bring_their_panel(void **state)
{
    static const struct {
        const char *word, *shows;
    } words[] = {{": V A R X Enter", "Day P&L against VaR 99"},
                 {": S T R E S S Enter", "2020-03 window"},
                 {": B R K Enter", "Breakers 7, 1 tripped"},
                 {": E X P O Enter", "Exposures 2 of 27, by scope"},
                 {": V A R Enter", "VaR and ES 1d"}};
    struct world w;
    (void)state;
    open_risk(&w, QF_ROLE_VIEWER, 80, 24);
    world_keys(&w, "1");
    for (size_t i = 0; i < QF_LEN(words); i++) {
        world_keys(&w, words[i].word);
        assert_true(world_shows(&w, words[i].shows));
    }
    world_close(&w);
}

/* A frame of random keys at random sizes: nothing crosses the edge, nothing that is no number shows. */
static void no_keys_break_the_screen(void **state)
{
    static const char keys[] = "]]]]]][zwfeaioO/jkgG\r\033\033\033\t ";
    static const int widths[] = {60, 80, 100, 120, 161, 200, 240}, heights[] = {18, 24, 31, 40, 60};
    uint32_t r = 7;
    (void)state;
    for (int role = QF_ROLE_VIEWER; role <= QF_ROLE_ADMIN; role++) {
        struct world w;
        open_risk(&w, role, 80, 24);
        for (int i = 0; i < 600; i++) {
            r = r * 1664525u + 1013904223u;
            tui_app_key(w.app, (tui_key)(unsigned char)keys[(r >> 16) % (sizeof keys - 1)]);
            if (i % 40 == 0)
                world_resize(&w, widths[(r >> 8) % QF_LEN(widths)], heights[(r >> 12) % QF_LEN(heights)]);
            if (i % 100 == 50)
                fake_unpriced(w.fake);
            world_wait(&w, 150 * QF_MS);
            assert_false(world_shows(&w, " nan"));
            assert_false(world_shows(&w, "1970-"));
        }
        assert_null(strstr(fake_sent(w.fake), "risk.flatten"));
        world_close(&w);
    }
}

/* --- the chart of days */

static void chart(struct tui_canvas *c, const struct tui_day *days, int n, double limit)
{
    struct tui_day_chart chart = {days, n, limit};
    tui_canvas_clear(c);
    tui_chart_days(c, (struct tui_rect){0, 0, tui_canvas_w(c), tui_canvas_h(c)}, &chart);
}

static int rows_with(const struct tui_canvas *c, int x, uint32_t cp, enum tui_role role)
{
    int n = 0;
    for (int y = 0; y < tui_canvas_h(c); y++)
        n += tui_canvas_cell(c, x, y)->cp == cp && tui_canvas_cell(c, x, y)->role == role;
    return n;
}

static void equal_gains_and_losses_have_equal_bars(void **state)
{
    (void)state;
    for (double size = 1; size < 1e9; size *= 3.7) {
        const struct tui_day days[] = {{QF_DAY, size, size * 3, false}, {2 * QF_DAY, -size, size * 3, false}};
        struct tui_canvas *c = tui_canvas_new(60, 14, TUI_BRAILLE);
        chart(c, days, 2, size * 4);
        int step = 4; /* two days take four columns each */
        int up = rows_with(c, 8, 0x2588, TUI_UP), down = rows_with(c, 8 + step, 0x2588, TUI_DOWN);
        assert_true(up > 0);
        assert_int_equal(up, down);
        tui_canvas_free(c);
    }
}

static void an_exception_is_marked_and_counted(void **state)
{
    struct tui_day days[40];
    struct tui_canvas *c = tui_canvas_new(60, 14, TUI_ASCII);
    struct qf_buf row;
    (void)state;
    for (int i = 0; i < 40; i++)
        days[i] = (struct tui_day){i * QF_DAY, i == 20 ? -500 : 30, 200, i == 20};
    chart(c, days, 40, 300);
    assert_int_equal(rows_with(c, 8 + 20, 'v', TUI_BAD), 1);
    qf_buf_init(&row, 4096);
    tui_canvas_row(c, 13, &row);
    assert_non_null(strstr(qf_buf_cstr(&row), "v worse than VaR: 1"));
    qf_buf_release(&row);
    tui_canvas_free(c);
}

/* The loss of an ordinary day stays above the line of the value at risk, whatever the sizes. */
static void value_at_risk_and_limit_keep_their_own_rows(void **state)
{
    (void)state;
    for (double limit = 100; limit < 1e7; limit *= 1.9)
        for (int h = 6; h < 30; h++) {
            const struct tui_day days[] = {{QF_DAY, h % 3 ? 40 : 4e6, 100, false}, {2 * QF_DAY, -60, 100, false}};
            struct tui_canvas *c = tui_canvas_new(60, h, TUI_BRAILLE);
            int var = -1, cap = -1;
            chart(c, days, 2, limit);
            for (int y = 0; y < h; y++) {
                if (tui_canvas_cell(c, 1, y)->cp == 'V')
                    var = y;
                if (tui_canvas_cell(c, 2, y)->cp == 'l')
                    cap = y;
            }
            assert_true(var > 0 && cap > 0 && var != cap);
            assert_true(limit <= 100 || var < cap);
            tui_canvas_free(c);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flattening_wants_its_word),
        cmocka_unit_test(flattening_sends_the_plan_that_was_shown_once),
        cmocka_unit_test(another_plan_asks_again),
        cmocka_unit_test(an_unknown_outcome_sends_the_same_again),
        cmocka_unit_test(keys_typed_ahead_of_the_plan_are_thrown_away),
        cmocka_unit_test(a_strategy_has_its_own_plan),
        cmocka_unit_test(who_may_not_act_is_told_who_may),
        cmocka_unit_test(only_a_tripped_breaker_is_rearmed_and_by_a_request),
        cmocka_unit_test(a_form_says_beforehand_whether_a_level_is_looser),
        cmocka_unit_test(a_looser_limit_becomes_a_request_and_says_so),
        cmocka_unit_test(own_requests_can_only_be_withdrawn),
        cmocka_unit_test(parts_add_up_at_every_height),
        cmocka_unit_test(incomplete_figures_say_so_everywhere),
        cmocka_unit_test(words_of_the_palette_bring_their_panel),
        cmocka_unit_test(no_keys_break_the_screen),
        cmocka_unit_test(equal_gains_and_losses_have_equal_bars),
        cmocka_unit_test(an_exception_is_marked_and_counted),
        cmocka_unit_test(value_at_risk_and_limit_keep_their_own_rows),
    };
    return cmocka_run_group_tests_name("risk screen", tests, NULL, NULL);
}
