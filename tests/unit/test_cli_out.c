/* What the command line prints: units, signs, missing values, totals, narrow terminals; and that CSV and JSON stay exact. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tui/cli_cell.h"

#define M(x) ((qf_money)(x) * QF_ONE)

static struct cli cli;

static int begin(void **state)
{
    (void)state;
    cli = (struct cli){.no_header = true};
    qf_arena_init(&cli.arena, 1u << 20);
    qf_buf_init(&cli.out, 1u << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    qf_buf_release(&cli.out);
    qf_arena_release(&cli.arena);
    return 0;
}

static const char *printed(const struct qf_rec *rec, const void *rows, uint32_t n)
{
    qf_buf_clear(&cli.out);
    cli_table(&cli, rec, rows, n);
    return qf_buf_cstr(&cli.out);
}

static void answer(enum qf_cmd_id cmd, const void *rep)
{
    struct cli_answer a = {.body = "{}", .body_n = 2, .rep = rep};
    qf_buf_clear(&cli.out);
    cli_print(&cli, cmd, &a);
}

/* ---------------------------------------------------------------- single values */

static void ratio_is(double v, int decimals, const char *want)
{
    char text[CLI_CELL];
    cli_ratio(v, decimals, false, text);
    assert_string_equal(text, want);
}

static void a_ratio_has_four_figures_and_no_exponent(void **state)
{
    (void)state;
    ratio_is(0.2665641681770563, -1, "0.2666");
    ratio_is(-1.2345678, -1, "-1.235");
    ratio_is(12.345678, -1, "12.35");
    ratio_is(123.45678, -1, "123.5");
    ratio_is(-0.0191966931, -1, "-0.01920");
    ratio_is(229385.27762285, -1, "229,385.28");
    ratio_is(2, -1, "2");
    ratio_is(0, -1, "0");
    ratio_is(-0.0, 2, "0.00");
    ratio_is(1e-12, -1, "0.00000000");
    ratio_is(0.5, 4, "0.5000");
    ratio_is(1e20, -1, "100,000,000,000,000,000,000");
    ratio_is(-1e28, 2, "-9,999,999,999,999,999,583,119,736,832.00");
    ratio_is(1e300, -1, "> 10^29");
    ratio_is(-1e300, -1, "< -10^29");
}

static void what_is_no_number_is_not_available(void **state)
{
    (void)state;
    ratio_is((double)NAN, -1, "n/a");
    ratio_is((double)INFINITY, 2, "n/a");
}

static void control_is(int32_t control, qf_i128 v, const char *want)
{
    char text[CLI_CELL];
    cli_control_level(control, v, text);
    assert_string_equal(text, want);
}

static void a_limit_stands_in_the_unit_of_its_control(void **state)
{
    (void)state;
    control_is(QF_CTL_GROSS_EXPOSURE, M(12000000), "12,000,000.00");
    control_is(QF_CTL_MAX_QTY, M(20000), "20,000");
    control_is(QF_CTL_POSITION, M(1) / 2, "0.5");
    control_is(QF_CTL_PRICE_BAND, M(1) / 20, "5.00%");
    control_is(QF_CTL_MSG_RATE, M(50), "50/s");
    control_is(QF_CTL_DUPLICATE, M(3), "3");
    control_is(QF_CTL_MD_STALE, M(1) / 2, "0.5s");
}

static void breaker_is(int32_t code, qf_i128 v, const char *want)
{
    char text[CLI_CELL];
    cli_breaker_level(code, v, text);
    assert_string_equal(text, want);
}

static void a_breaker_stands_in_the_unit_of_what_it_watches(void **state)
{
    (void)state;
    breaker_is(QF_BRK_DAY_LOSS, M(750000), "750,000.00");
    breaker_is(QF_BRK_DRAWDOWN, 2198923, "2.20%");
    breaker_is(QF_BRK_LOSS_STREAK, M(6), "6");
    breaker_is(QF_BRK_MESSAGE_RATE, M(5000), "5,000/s");
    breaker_is(QF_BRK_STALE_FEED, M(60), "60s");
    breaker_is(QF_BRK_DATABASE, M(30000), "30s");
    breaker_is(QF_BRK_DATABASE, 53800000, "0.54ms");
}

/* ---------------------------------------------------------------- tables */

static struct qf_var_row var_row(int64_t bp, qf_money var)
{
    struct qf_var_row r = {.method = QF_VARM_HISTORICAL, .confidence_bp = bp, .days = 1, .var = var};
    qf_rec_fill(&qf_rec_var_row, &r);
    QF_SET(&r, var_row, var);
    return r;
}

static void a_confidence_is_per_cent_and_what_is_not_defined_says_so(void **state)
{
    (void)state;
    struct qf_var_row rows[] = {var_row(9900, 21842547126056), var_row(9750, M(10))};
    assert_string_equal(printed(&qf_rec_var_row, rows, 2), "Method      Confidence  Days         VaR   ES\n"
                                                           "historical         99%     1  218,425.47  n/a\n"
                                                           "historical       97.5%     1       10.00  n/a\n");
}

static void components_add_up_at_the_foot(void **state)
{
    (void)state;
    struct qf_risk_component rows[] = {{.symbol = "KO", .value = M(100), .component = M(3), .marginal = 0.012345678, .share_bp = 7500},
                                       {.symbol = "PEP", .value = M(-50), .component = M(1), .share_bp = 2500}};
    for (int i = 0; i < 2; i++) qf_rec_fill(&qf_rec_risk_component, &rows[i]);
    QF_SET(&rows[0], risk_component, marginal);
    assert_string_equal(printed(&qf_rec_risk_component, rows, 2), "Symbol    Value  Component  Marginal  Share\n"
                                                                  "KO       100.00      +3.00   0.01235  75.0%\n"
                                                                  "PEP      -50.00      +1.00       n/a  25.0%\n"
                                                                  "Total 2   50.00      +4.00\n");
}

static void beyond_the_limit_one_row_makes_the_total_add_up(void **state)
{
    (void)state;
    struct qf_risk_component rows[] = {{.symbol = "KO", .value = M(100), .component = M(3), .share_bp = 6000},
                                       {.symbol = "PEP", .value = M(-50), .component = M(1), .share_bp = 2000},
                                       {.symbol = "XOM", .value = M(-10), .component = M(1), .share_bp = 2000}};
    for (int i = 0; i < 3; i++) qf_rec_fill(&qf_rec_risk_component, &rows[i]);
    cli.limit = 1;
    assert_string_equal(printed(&qf_rec_risk_component, rows, 3), "Symbol    Value  Component  Marginal  Share\n"
                                                                  "KO       100.00      +3.00       n/a  60.0%\n"
                                                                  "2 more   -60.00      +2.00\n"
                                                                  "Total 3   40.00      +5.00\n");
    cli.limit = 3;
    assert_null(strstr(printed(&qf_rec_risk_component, rows, 3), "more"));
    cli.limit = 0;
}

static void a_missing_value_is_a_dash_and_no_line_ends_in_blanks(void **state)
{
    (void)state;
    struct qf_limit l = {.scope = QF_SCOPE_FIRM, .control = QF_CTL_PRICE_BAND, .hard = M(1) / 20, .owner = "ana"};
    qf_rec_fill(&qf_rec_limit, &l);
    QF_DROP(&l, limit, used);
    assert_string_equal(printed(&qf_rec_limit, &l, 1), "Scope  Name  Control     Now  Limit  Warn  Used  Owner  Until  Incomplete\n"
                                                       "firm         PRICE_BAND    -  5.00%     -     -  ana    -      -\n");
}

static void an_empty_list_says_none(void **state)
{
    (void)state;
    assert_string_equal(printed(&qf_rec_order, NULL, 0), "none\n");
}

static void controls_in_a_text_never_reach_the_terminal(void **state)
{
    (void)state;
    struct qf_account a = {.name = "x\x1b[2J", .owner = "bo", .book = "main", .currency = "USD"};
    qf_rec_fill(&qf_rec_account, &a);
    assert_null(strchr(printed(&qf_rec_account, &a, 1), '\x1b'));
    assert_non_null(strstr(qf_buf_cstr(&cli.out), "x?[2J"));
}

/* ---------------------------------------------------------------- narrow terminals */

static size_t widest_line(const char *text)
{
    size_t most = 0;
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        char line[512];
        n = strcspn(text, "\n");
        assert_true(qf_str_copyn(line, sizeof line, text, n));
        if (qf_str_columns(line) > most) most = qf_str_columns(line);
    }
    return most;
}

static struct qf_approval long_approval(void)
{
    struct qf_approval a = {.id = 1, .method = "breaker.rearm", .state = QF_APPROVAL_PENDING, .asked_by = "root"};
    qf_str_copy(a.before, sizeof a.before, "tripped 2026-11-22T20:05:15.369387Z: REJECT_STORM 100, level 100");
    qf_str_copy(a.after, sizeof a.after, "armed again \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
    qf_rec_fill(&qf_rec_approval, &a);
    return a;
}

static void on_a_terminal_texts_are_cut_and_columns_go_from_the_right(void **state)
{
    (void)state;
    struct qf_approval a = long_approval();
    for (size_t width = 40; width <= 200; width += 7) {
        cli.width = width;
        const char *text = printed(&qf_rec_approval, &a, 1);
        if (widest_line(text) > width) fail_msg("%zu columns for %zu:\n%s", widest_line(text), width, text);
        assert_non_null(strstr(text, "PENDING"));
    }
    cli.width = 80;
    assert_non_null(strstr(printed(&qf_rec_approval, &a, 1), "~"));
    cli.width = 0;
    assert_null(strstr(printed(&qf_rec_approval, &a, 1), "~"));
    assert_non_null(strstr(qf_buf_cstr(&cli.out), "level 100"));
}

static void one_account_and_what_is_empty_go_first(void **state)
{
    (void)state;
    struct qf_position rows[] = {{.account = "desk", .symbol = "KO", .quantity = 5 * QF_ONE, .currency = "USD"},
                                 {.account = "desk", .symbol = "PEP", .quantity = 7 * QF_ONE, .currency = "USD"}};
    for (int i = 0; i < 2; i++) qf_rec_fill(&qf_rec_position, &rows[i]);
    cli.width = 80;
    assert_null(strstr(printed(&qf_rec_position, rows, 2), "desk"));
    assert_non_null(strstr(qf_buf_cstr(&cli.out), "\nTotal 2 "));
    qf_str_copy(rows[1].account, sizeof rows[1].account, "other");
    assert_non_null(strstr(printed(&qf_rec_position, rows, 2), "desk"));
    cli.width = 0;
}

static void a_number_is_never_cut(void **state)
{
    (void)state;
    struct qf_var_row row = var_row(9900, M(123456789012));
    cli.width = 48;
    assert_non_null(strstr(printed(&qf_rec_var_row, &row, 1), "123,456,789,012.00"));
    cli.width = 0;
}

static void long_lines_are_cut_only_on_a_terminal(void **state)
{
    (void)state;
    for (cli.width = 0; cli.width <= 10; cli.width += 10) {
        qf_buf_clear(&cli.out);
        qf_buf_str(&cli.out, "kept as it is, whatever its length\n");
        size_t from = cli.out.len;
        qf_buf_str(&cli.out, "short\n0123456789\n0123456789a\n");
        cli_fit_lines(&cli, from);
        assert_string_equal(qf_buf_cstr(&cli.out) + from, cli.width ? "short\n0123456789\n012345678~\n" : "short\n0123456789\n0123456789a\n");
        assert_memory_equal(cli.out.p, "kept as it is, whatever its length\n", from);
    }
    cli.width = 0;
}

/* ---------------------------------------------------------------- whole answers */

static void figures_come_first_and_lists_have_titles(void **state)
{
    (void)state;
    struct qf_var_row rows[] = {var_row(9900, M(7))};
    struct qf_risk_run run = {.id = 3, .took_us = 7100, .window = 432, .hhi = 0.12115716919169343, .reason = "", .vars = rows, .vars_n = 1,
                              .largest = "KO", .largest_bp = 2793};
    qf_rec_fill(&qf_rec_risk_run, &run);
    QF_SET(&run, risk_run, hhi);
    QF_SET(&run, risk_run, largest);
    QF_SET(&run, risk_run, largest_bp);
    answer(QF_CMD_risk_run, &run);
    const char *text = qf_buf_cstr(&cli.out);
    static const char *const lines[] = {"\nTook               7.1ms\n", "\nConcentration      0.1212\n", "\nIts share          27.9%\n",
                                        "\nVaR 99             n/a\n", "\n\nValue at risk: by method, confidence and horizon\nMethod "};
    for (size_t i = 0; i < QF_LEN(lines); i++)
        if (!strstr(text, lines[i])) fail_msg("no `%s` in\n%s", lines[i], text);
    assert_null(strstr(text, "_bp"));
}

static void csv_and_ndjson_stay_exact(void **state)
{
    (void)state;
    struct qf_var_row rows[] = {var_row(9900, 21842547126056)};
    struct qf_risk_run run = {.vars = rows, .vars_n = 1};
    qf_rec_fill(&qf_rec_risk_run, &run);
    cli.format = CLI_CSV;
    answer(QF_CMD_risk_run, &run);
    assert_string_equal(qf_buf_cstr(&cli.out), "method,confidence_bp,days,var,es\nhistorical,9900,1,218425.47126056,\n");
    cli.format = CLI_NDJSON;
    answer(QF_CMD_risk_run, &run);
    assert_string_equal(qf_buf_cstr(&cli.out), "{\"method\":\"historical\",\"confidence_bp\":9900,\"days\":1,\"var\":\"218425.47126056\"}\n");
    cli.format = CLI_TEXT;
}

static void every_record_prints_whatever_is_in_it(void **state)
{
    (void)state;
    for (size_t i = 0; qf_recs[i]; i++) {
        const struct qf_rec *rec = qf_recs[i];
        struct cli_column cols[CLI_COLUMNS];
        char text[CLI_CELL];
        void *o = calloc(1, rec->size);
        assert_non_null(o);
        *(uint64_t *)o = rec->count < 64 ? (1ULL << rec->count) - 1 : UINT64_MAX;
        int n = cli_columns(rec, cols);
        for (int k = 0; k < n; k++) {
            if (!cols[k].f || !cols[k].head[0]) fail_msg("%s: column %d has no field or no heading", rec->name, k);
            cli_cell(&cols[k], rec, o, text);
            if (strstr(text, "nan") || strstr(text, "-0.0") || strstr(cols[k].head, "_bp"))
                fail_msg("%s.%s under `%s` is `%s`", rec->name, cols[k].f->name, cols[k].head, text);
            if (cols[k].total && !cli_is_decimal(cols[k].f->type)) fail_msg("%s.%s has no sum", rec->name, cols[k].f->name);
        }
        free(o);
    }
}

int main(void)
{
    (void)setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ratio_has_four_figures_and_no_exponent),
        cmocka_unit_test(what_is_no_number_is_not_available),
        cmocka_unit_test(a_limit_stands_in_the_unit_of_its_control),
        cmocka_unit_test(a_breaker_stands_in_the_unit_of_what_it_watches),
        cmocka_unit_test(a_confidence_is_per_cent_and_what_is_not_defined_says_so),
        cmocka_unit_test(components_add_up_at_the_foot),
        cmocka_unit_test(beyond_the_limit_one_row_makes_the_total_add_up),
        cmocka_unit_test(a_missing_value_is_a_dash_and_no_line_ends_in_blanks),
        cmocka_unit_test(an_empty_list_says_none),
        cmocka_unit_test(controls_in_a_text_never_reach_the_terminal),
        cmocka_unit_test(on_a_terminal_texts_are_cut_and_columns_go_from_the_right),
        cmocka_unit_test(one_account_and_what_is_empty_go_first),
        cmocka_unit_test(a_number_is_never_cut),
        cmocka_unit_test(long_lines_are_cut_only_on_a_terminal),
        cmocka_unit_test(figures_come_first_and_lists_have_titles),
        cmocka_unit_test(csv_and_ndjson_stay_exact),
        cmocka_unit_test(every_record_prints_whatever_is_in_it),
    };
    return cmocka_run_group_tests_name("cli_out", tests, begin, end);
}
