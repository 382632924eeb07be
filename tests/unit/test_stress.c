/* Scenarios: their text, and what they do to names. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/quant/stress.h"
#include "tests/unit/near.h"

static void reads(const char *text, struct stress_plan *plan)
{
    char why[QF_WHY_TEXT] = "";
    if (stress_parse(text, plan, why, sizeof why) != QF_OK)
        fail_msg("%s: %s", text, why);
}

static void refuses(const char *text, const char *words)
{
    struct stress_plan plan = { .n = 77 };
    char why[QF_WHY_TEXT] = "";
    if (stress_parse(text, &plan, why, sizeof why) == QF_OK)
        fail_msg("%s was read", text);
    if (!strstr(why, words))
        fail_msg("%s: %s, wanted %s", text, why, words);
    assert_int_equal(plan.n, 77);
}

static void the_most_special_shock_counts(void **state)
{
    struct stress_plan p;
    (void)state;
    reads("all -5, sector Tech -10, symbol NVDA -20", &p);
    assert_int_equal(p.n, 3);
    assert_near(stress_move(&p, "NVDA", "Tech"), -0.20, 0);
    assert_near(stress_move(&p, "AMD", "Tech"), -0.10, 0);
    assert_near(stress_move(&p, "KO", "Staples"), -0.05, 0);
    assert_near(stress_move(&p, "KO", ""), -0.05, 0);
    reads("symbol NVDA -20, all -5", &p); /* in whatever order */
    assert_near(stress_move(&p, "NVDA", "Tech"), -0.20, 0);
    reads("sector Tech -10", &p);
    assert_near(stress_move(&p, "KO", "Staples"), 0, 0);
    reads("  sector   Consumer Staples   +2.5  ,symbol BRK.B 1000 ", &p);
    assert_string_equal(p.shocks[0].name, "Consumer Staples");
    assert_near(stress_move(&p, "KO", "Consumer Staples"), 0.025, 0);
    assert_near(stress_move(&p, "BRK.B", "Consumer Staples"), 10, 0);
    reads("all -100", &p);
    assert_near(p.shocks[0].move, -1, 0);
    reads("all 0.0001", &p);
    assert_near(p.shocks[0].move, 1e-6, 1e-22);
}

static void wrong_text_is_named(void **state)
{
    (void)state;
    refuses("", "empty piece");
    refuses("all -5,", "empty piece");
    refuses("all -5,,symbol A 1", "empty piece");
    refuses("all", "wanted all, sector NAME");
    refuses("all -5%", "\"all -5%\": its move is no number");
    refuses("all five", "no number");
    refuses("all -100.01", "from -100 to 1000");
    refuses("all 1000.5", "from -100 to 1000");
    refuses("all 1.00001", "no number");
    refuses("all 1.", "no number");
    refuses("all .5", "no number");
    refuses("all --5", "no number");
    refuses("all 1e2", "no number");
    refuses("all nan", "no number");
    refuses("all 99999999999999999999", "no number");
    refuses("all X -5", "all takes a move only");
    refuses("symbol -5", "the name is missing");
    refuses("sector -5", "the name is missing");
    refuses("All -5", "begins with none of");
    refuses("name X -5", "begins with none of");
    refuses("all -5, all -6", "\"all -6\": the same is said twice");
    refuses("symbol A 1, sector A 1, symbol A 2", "\"symbol A 2\": the same");
    refuses("symbol ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH 1", "too long");
    refuses("bananas and a very long piece that goes on and on and on 5", "~\": begins");
}

static void many_pieces_are_too_many(void **state)
{
    char text[2000] = "";
    size_t at = 0;
    struct stress_plan p;
    char why[QF_WHY_TEXT];
    (void)state;
    for (int i = 0; i < STRESS_SHOCKS; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%ssymbol S%d %d", i ? ", " : "", i, i);
    assert_int_equal(stress_parse(text, &p, why, sizeof why), QF_OK);
    assert_int_equal(p.n, STRESS_SHOCKS);
    (void)snprintf(text + at, sizeof text - at, ", all 1");
    assert_int_equal(stress_parse(text, &p, why, sizeof why), QF_EFULL);
}

static void missing_names_are_counted_and_count_nothing(void **state)
{
    const double mv[] = { 1000, -500, 200, 300 }, moves[] = { -0.1, 0.2, NAN, 0.05 };
    struct stress_sum s;
    (void)state;
    stress_add_up(mv, moves, 4, &s);
    assert_near(s.pnl, -100 - 100 + 15, 1e-12);
    assert_int_equal(s.missing, 1);
    assert_int_equal(s.worst, 0); /* equal losses: the first */
    stress_add_up(mv + 3, moves + 3, 1, &s);
    assert_int_equal(s.worst, 1); /* nobody loses */
    stress_add_up(NULL, NULL, 0, &s);
    assert_true(s.pnl == 0 && s.missing == 0);
}

static void the_worst_span_is_found(void **state)
{
    const double r[] = { 0.01, -0.02, -0.03, 0.04, -0.04, -0.01, 0.02 };
    (void)state;
    assert_int_equal(stress_worst_span(r, 7, 1), 4);
    assert_int_equal(stress_worst_span(r, 7, 2), 4); /* 0.96 x 0.99 against 0.98 x 0.97 */
    assert_int_equal(stress_worst_span(r, 7, 7), 0);
    assert_int_equal(stress_worst_span((double[]){ -0.1, 0.2, -0.1 }, 3, 1), 0); /* equal: the first */
    assert_int_equal(stress_worst_span(r, 7, 8), 7);
    assert_int_equal(stress_worst_span((double[]){ 0.1, NAN }, 2, 1), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_special_shock_counts),
        cmocka_unit_test(wrong_text_is_named),
        cmocka_unit_test(many_pieces_are_too_many),
        cmocka_unit_test(missing_names_are_counted_and_count_nothing),
        cmocka_unit_test(the_worst_span_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
