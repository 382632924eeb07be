/* Reports from one fixed record: four writers that say the same numbers, the same bytes twice, nothing hostile let through. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "common/proto/json.h"
#include "common/proto/wire.h"
#include "tests/unit/report_world.h"

/* The caller releases it. */
static struct qf_buf made(const struct qf_report *r, int32_t format)
{
    struct qf_arena arena;
    struct qf_buf out;
    const char *why = "";
    qf_arena_init(&arena, REPORT_MEMORY);
    qf_buf_init(&out, REPORT_MAX);
    enum qf_err err = report_write(r, format, &arena, &out, &why);
    qf_arena_release(&arena);
    if (err != QF_OK)
        fail_msg("%s: %s", qf_err_text(err), why);
    return out;
}

static bool has(struct qf_buf *b, const char *needle)
{
    return memmem(b->p, b->len, needle, strlen(needle)) != NULL;
}

#define WITH_REPORT(w, kind) \
    struct world *w = world_new(kind); \
    assert_int_equal(report_sign(&w->r), QF_OK)

/* --- text */

static void text_has_eighty_columns(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind < QF_report_kind_COUNT; kind++) {
        WITH_REPORT(w, kind);
        struct qf_buf b = made(&w->r, QF_REPF_TEXT);
        size_t lines = 0;
        for (const char *p = qf_buf_cstr(&b), *end; (end = strchr(p, '\n')) != NULL; p = end + 1, lines++) {
            char line[1024];
            assert_true(qf_str_copyn(line, sizeof line, p, (size_t)(end - p)));
            if (qf_str_columns(line) > 80)
                fail_msg("%zu columns: %s", qf_str_columns(line), line);
            assert_true(end == p || end[-1] != ' ');
        }
        assert_true(lines > 40);
        qf_buf_release(&b);
        free(w);
    }
}

static void text_of_a_day_is_as_agreed(void **state)
{
    static const char *const lines[] = {
        "QuantumFond daily report, 2026-09-23, SIMULATED, snapshot ",
        "Equity      25,099,309.50 USD           Day            -69,328.03 -0.28%\n",
        "Identity -69,328.03 = realised + unrealised change - fees + flows    holds\n",
        "realised +12,400.25, unrealised change -81,528.28, fees 200.00, flows 0.00\n",
        "VaR 99 326,321.94 of 450,000.00, 73% ok, historical, 1 day, n 500; ES 97.5\n",
        "momentum      2    802,005.00  -10,025.06  -30,050.19  25.00  -40,100.25\n",
        "mom-us   NVDA      +1,000  100.7150  101.25    101,250.00   +4,210.11       0.00\n",
        "15:00:00  48200  mom-us   BUY   NVDA         600  121.20  3.64       0.00\n",
        "sector Tech  GROSS_EXPOSURE  10,968,780.00  12,000,000.00  10,200,000.00     91%\n",
        "TRIPPED 2026-09-23\n",
        "Prices are invented.\n",
    };
    (void)state;
    WITH_REPORT(w, QF_REPORT_DAILY);
    struct qf_buf b = made(&w->r, QF_REPF_TEXT);
    for (size_t i = 0; i < QF_LEN(lines); i++)
        if (!has(&b, lines[i]))
            fail_msg("not in it: %s\n%s", lines[i], qf_buf_cstr(&b));
    qf_buf_release(&b);
    free(w);
}

/* 100 of the day's loss were made by a rate, and the line and the table say so. */
static void rates_are_a_term_where_they_moved(void **state)
{
    (void)state;
    WITH_REPORT(w, QF_REPORT_DAILY);
    struct qf_buf b = made(&w->r, QF_REPF_TEXT);
    assert_false(has(&b, "rates"));
    assert_false(has(&b, "Rates "));
    qf_buf_release(&b);
    w->day.rates = MONEY(-100);
    w->day.realized += MONEY(100);
    b = made(&w->r, QF_REPF_TEXT);
    if (!has(&b, "Identity -69,328.03 = realised + unrealised change - fees + flows + rates") ||
        !has(&b, "realised +12,500.25, unrealised change -81,528.28, fees 200.00, flows 0.00") ||
        !has(&b, "rates -100.00\n") || !has(&b, "\nRates "))
        fail_msg("%s", qf_buf_cstr(&b));
    qf_buf_release(&b);
    free(w);
}

static void decimal_points_stand_under_each_other(void **state)
{
    static const char *const rows[] = {"\nTrades ", "\nWin rate ", "\nAverage win ", "\nMean holding days "};
    int point[4];
    (void)state;
    WITH_REPORT(w, QF_REPORT_TEARSHEET);
    struct qf_buf b = made(&w->r, QF_REPF_TEXT);
    for (size_t i = 0; i < QF_LEN(rows); i++) {
        const char *row = strstr(qf_buf_cstr(&b), rows[i]);
        while (row != NULL && strstr(row + 1, rows[i]) != NULL) /* headline and head have them, too */
            row = strstr(row + 1, rows[i]);
        assert_non_null(row);
        row++;
        const char *p = row + strlen(rows[i]) - 1;
        while (*p == ' ')
            p++;
        point[i] = (int)(strcspn(p, ". ") + (size_t)(p - row));
    }
    for (size_t i = 1; i < QF_LEN(rows); i++)
        if (point[i] != point[0])
            fail_msg("%s: %d, not %d\n%s", rows[i] + 1, point[i], point[0], qf_buf_cstr(&b));
    qf_buf_release(&b);
    free(w);
}

/* --- JSON */

static void json_is_the_record(void **state)
{
    struct qf_arena arena;
    struct qf_report back;
    struct qf_wire_error why;
    (void)state;
    for (int32_t kind = 0; kind < QF_report_kind_COUNT; kind++) {
        WITH_REPORT(w, kind);
        struct qf_buf b = made(&w->r, QF_REPF_JSON);
        assert_int_equal(qf_json_validate(b.p, b.len, NULL), QF_OK);
        qf_arena_init(&arena, REPORT_MEMORY);
        struct qf_json j;
        qf_json_begin(&j, b.p, b.len);
        if (qf_wire_decode(&j, &qf_rec_report, QF_WIRE_LENIENT, &back, &arena, &why) != QF_OK)
            fail_msg("%s: %s", why.field, why.message);
        assert_int_equal(back.kind, kind);
        assert_string_equal(back.snapshot, w->r.snapshot);
        assert_int_equal(back.positions_n, w->r.positions_n);
        assert_true(back.day[0].equity == w->day.equity);
        assert_true(back.risk[0].var_99 == w->risk.var_99);
        assert_int_equal(back.performance[0].points_n, WORLD_CLOSES);
        qf_arena_release(&arena);
        qf_buf_release(&b);
        free(w);
    }
}

static void snapshot_tells_data_apart(void **state)
{
    (void)state;
    WITH_REPORT(w, QF_REPORT_DAILY);
    char before[17];
    qf_str_copy(before, sizeof before, w->r.snapshot);
    assert_int_equal(strlen(before), 12);
    assert_int_equal(report_sign(&w->r), QF_OK);
    assert_string_equal(before, w->r.snapshot);
    w->positions[3].quantity++;
    assert_int_equal(report_sign(&w->r), QF_OK);
    assert_string_not_equal(before, w->r.snapshot);
    free(w);
}

/* --- HTML: a small reader that asks for well-formed elements, quoted attributes and known entities */

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static const char *entity(const char *p)
{
    static const char *const known[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
    for (size_t i = 0; i < QF_LEN(known); i++)
        if (strncmp(p, known[i], strlen(known[i])) == 0)
            return p + strlen(known[i]);
    return NULL;
}

static void well_formed(const char *page)
{
    char open[64][24];
    size_t depth = 0;
    const char *p = page + strlen("<!DOCTYPE html>\n");
    assert_int_equal(strncmp(page, "<!DOCTYPE html>\n", 16), 0);
    while (*p != '\0') {
        if (*p == '&' && (p = entity(p)) == NULL)
            fail_msg("an unknown entity");
        if (*p != '<') {
            assert_true(*p != '>' || (depth > 0 && strcmp(open[depth - 1], "style") == 0));
            p += *p != '\0';
            continue;
        }
        bool ends = p[1] == '/';
        const char *name = p + 1 + ends, *q = name;
        while (name_char(*q) || (*q >= 'A' && *q <= 'Z'))
            q++;
        assert_true(q > name && q - name < 24);
        if (ends) {
            assert_true(depth > 0 && strlen(open[depth - 1]) == (size_t)(q - name) && strncmp(open[depth - 1], name,
                (size_t)(q - name)) == 0);
            depth--;
            assert_int_equal(*q, '>');
            p = q + 1;
            continue;
        }
        assert_true(depth < 64 && qf_str_copyn(open[depth], 24, name, (size_t)(q - name)));
        while (*q == ' ') {
            for (q++; name_char(*q) || (*q >= 'A' && *q <= 'Z'); q++)
                ;
            assert_int_equal(strncmp(q, "=\"", 2), 0);
            for (q += 2; *q != '"'; q++)
                assert_true(*q != '\0' && *q != '<' && *q != '>');
            q++;
        }
        depth += *q != '/';
        q += *q == '/';
        assert_int_equal(*q, '>');
        p = q + 1;
    }
    assert_int_equal(depth, 0);
}

static void html_is_well_formed_and_alone(void **state)
{
    static const char *const never[] = {"http:", "https:", "//", "<script", "src=", "href=", "url(", "@import", "nan",
        "-0.00<", "onload"};
    (void)state;
    for (int32_t kind = 0; kind < QF_report_kind_COUNT; kind++) {
        WITH_REPORT(w, kind);
        struct qf_buf b = made(&w->r, QF_REPF_HTML);
        well_formed(qf_buf_cstr(&b));
        for (size_t i = 0; i < QF_LEN(never); i++)
            if (has(&b, never[i]))
                fail_msg("kind %d has %s", kind, never[i]);
        assert_true(has(&b, "prefers-color-scheme:dark") && has(&b, "<svg "));
        qf_buf_release(&b);
        free(w);
    }
}

static void hostile_names_do_no_harm(void **state)
{
    (void)state;
    for (int32_t format = QF_REPF_TEXT; format <= QF_REPF_PDF; format++)
        for (int32_t kind = 0; kind < QF_report_kind_COUNT; kind++) {
            struct world *w = world_new(kind);
            qf_str_copy(w->r.desk, sizeof w->r.desk, "<b>\"&'\x1b[2J\xe2\x80\xae");
            qf_str_copy(w->positions[0].symbol, sizeof w->positions[0].symbol, "\x1b]0;x\x07\xff");
            qf_str_copy(w->executions[0].symbol, sizeof w->executions[0].symbol, "</td><script>");
            qf_str_copy(w->parts[0].name, sizeof w->parts[0].name, "\xe2\x80\xae<img src=x>");
            qf_str_copy(w->groups[0].name, sizeof w->groups[0].name, "<script>alert(1)");
            qf_str_copy(w->components[0].symbol, sizeof w->components[0].symbol, "a\tb\nc<d>");
            qf_str_copy(w->stress[0].scenario, sizeof w->stress[0].scenario, "\" onload=\"x");
            qf_str_copy(w->correlations[0].a, sizeof w->correlations[0].a, "<x\x01>");
            qf_str_copy(w->breakers[2].trip, sizeof w->breakers[2].trip, "]]><![CDATA[\x9b" "31m");
            assert_int_equal(report_sign(&w->r), QF_OK);
            struct qf_buf b = made(&w->r, format);
            if (format != QF_REPF_PDF) {
                assert_false(has(&b, "\x1b") || has(&b, "\x07") || has(&b, "\xe2\x80\xae") || has(&b, "\xff"));
                assert_true(qf_utf8_valid(b.p, b.len));
            }
            if (format == QF_REPF_HTML) {
                well_formed(qf_buf_cstr(&b));
                assert_false(has(&b, "<script") || has(&b, "<img") || has(&b, "<b>\""));
                assert_true(has(&b, "&lt;b&gt;&quot;&amp;&#39;?[2J?"));
            }
            if (format == QF_REPF_JSON)
                assert_int_equal(qf_json_validate(b.p, b.len, NULL), QF_OK);
            if (format == QF_REPF_TEXT)
                assert_true(has(&b, "<b>\"&'?[2J?"));
            qf_buf_release(&b);
            free(w);
        }
}

/* --- PDF */

static void pdf_is_the_same_twice(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind < QF_report_kind_COUNT; kind++) {
        WITH_REPORT(w, kind);
        struct qf_buf a = made(&w->r, QF_REPF_PDF), b = made(&w->r, QF_REPF_PDF);
        assert_true(a.len > 5000 && a.len < 400000);
        assert_memory_equal(a.p, "%PDF-1.5", 8);
        assert_int_equal(a.len, b.len);
        assert_memory_equal(a.p, b.p, a.len);
        assert_true(has(&a, "20260924000000Z")); /* as of, not now */
        assert_true(has(&a, "/Count 2"));
        qf_buf_release(&a);
        qf_buf_release(&b);
        free(w);
    }
}

struct writing {
    const struct qf_report *r;
    struct qf_buf out[5];
};

static void *write_some(void *arg)
{
    struct writing *w = arg;
    for (size_t i = 0; i < QF_LEN(w->out); i++)
        w->out[i] = made(w->r, QF_REPF_PDF);
    return NULL;
}

static void four_at_once_are_the_same(void **state)
{
    struct writing writings[4];
    pthread_t threads[4];
    (void)state;
    WITH_REPORT(w, QF_REPORT_TEARSHEET);
    struct qf_buf alone = made(&w->r, QF_REPF_PDF);
    for (size_t i = 0; i < 4; i++) {
        writings[i] = (struct writing){.r = &w->r};
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, &writings[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        for (size_t k = 0; k < QF_LEN(writings[i].out); k++) {
            assert_int_equal(writings[i].out[k].len, alone.len);
            assert_memory_equal(writings[i].out[k].p, alone.p, alone.len);
            qf_buf_release(&writings[i].out[k]);
        }
    }
    qf_buf_release(&alone);
    free(w);
}

static void long_report_has_many_pages(void **state)
{
    enum { FILLS = 400 };
    (void)state;
    struct world *w = world_new(QF_REPORT_DAILY);
    struct qf_execution *many = qf_xalloc(FILLS * sizeof *many);
    for (int i = 0; i < FILLS; i++)
        many[i] = w->executions[i % 6];
    w->r.executions = many;
    w->r.executions_n = FILLS;
    assert_int_equal(report_sign(&w->r), QF_OK);
    struct qf_buf b = made(&w->r, QF_REPF_PDF);
    assert_true(has(&b, "/Count 8") || has(&b, "/Count 7"));
    qf_buf_release(&b);
    free(many);
    free(w);
}

/* --- all of them */

static void writers_agree(void **state)
{
    static const struct {
        int32_t kind;
        const char *figure;
    } figures[] = {{QF_REPORT_DAILY, "25,099,309.50"}, {QF_REPORT_DAILY, "-69,328.03"}, {QF_REPORT_DAILY,
        "-40,100.25"}, {QF_REPORT_DAILY, "10,968,780.00"},
                   {QF_REPORT_TEARSHEET, "+12.12%"}, {QF_REPORT_TEARSHEET, "1.8612"}, {QF_REPORT_TEARSHEET,
                       "+1,204,310.42"}, {QF_REPORT_TEARSHEET, "-7.42%"},
                   {QF_REPORT_RISK, "326,321.94"}, {QF_REPORT_RISK, "349,099.13"}, {QF_REPORT_RISK, "-1,951,857"},
                       {QF_REPORT_RISK, "GREEN"}};
    (void)state;
    for (size_t i = 0; i < QF_LEN(figures); i++) {
        WITH_REPORT(w, figures[i].kind);
        struct qf_buf text = made(&w->r, QF_REPF_TEXT), page = made(&w->r, QF_REPF_HTML);
        if (!has(&text, figures[i].figure) || !has(&page, figures[i].figure))
            fail_msg("%s", figures[i].figure);
        qf_buf_release(&text);
        qf_buf_release(&page);
        free(w);
    }
}

static void what_is_missing_is_said(void **state)
{
    struct qf_unpriced missing[2] = {{.symbol = "LLY", .reason = "no price"}, {.symbol = "KO",
        .reason = "no daily close"}};
    (void)state;
    struct world *w = world_new(QF_REPORT_DAILY);
    qf_rec_fill(&qf_rec_unpriced, &missing[0]);
    qf_rec_fill(&qf_rec_unpriced, &missing[1]);
    w->r.missing = missing;
    w->r.missing_n = 2;
    w->r.incomplete = true;
    QF_DROP(&w->parts[0], report_part, pnl);
    QF_DROP(&w->day, report_day, year_pnl);
    QF_DROP(&w->positions[1], position, value);
    w->day.holds = false;
    w->day.gap = 1;
    assert_int_equal(report_sign(&w->r), QF_OK);
    struct qf_buf b = made(&w->r, QF_REPF_TEXT);
    assert_true(has(&b, "INCOMPLETE: 2 without a price or rate at this close: LLY KO"));
    assert_true(has(&b, "Total, incomplete"));
    assert_true(has(&b, "flows    BROKEN\n"));
    assert_true(has(&b, "+0.00000001 of the change is in none of them"));
    assert_true(has(&b, "Year                  n/a no close before it"));
    assert_true(has(&b, "LLY     no price\n"));
    qf_buf_release(&b);
    free(w);
}

static void nothing_at_all_is_a_report(void **state)
{
    (void)state;
    for (int32_t kind = 0; kind < QF_report_kind_COUNT; kind++)
        for (int32_t format = 0; format < QF_report_format_COUNT; format++) {
            struct qf_report r = {.kind = kind, .as_of = QF_DAY, .base = "USD", .desk = "empty"};
            struct qf_performance p = {.n = 0};
            struct qf_risk_run k = {.names = 0};
            qf_str_copy(p.reason, sizeof p.reason, "needs 2 closes, has 1");
            QF_SET(&p, performance, reason);
            r.performance = &p, r.performance_n = 1;
            r.risk = &k, r.risk_n = 1;
            qf_rec_fill(&qf_rec_performance, &p);
            qf_rec_fill(&qf_rec_risk_run, &k);
            qf_rec_fill(&qf_rec_report, &r);
            assert_int_equal(report_sign(&r), QF_OK);
            struct qf_buf b = made(&r, format);
            assert_true(b.len > 100);
            if (kind == QF_REPORT_TEARSHEET && format == QF_REPF_TEXT)
                assert_true(has(&b, "No figures: needs 2 closes, has 1"));
            assert_false(has(&b, "nan"));
            qf_buf_release(&b);
        }
}

static void memory_that_ends_is_an_error(void **state)
{
    (void)state;
    WITH_REPORT(w, QF_REPORT_TEARSHEET);
    for (int32_t format = 0; format < QF_report_format_COUNT; format++)
        for (size_t most = 100; most < 6000; most += 1477) {
            struct qf_arena arena;
            struct qf_buf out;
            const char *why = NULL;
            qf_arena_init(&arena, most);
            qf_buf_init(&out, 64 * 1024 * 1024);
            if (format != QF_REPF_JSON)
                assert_int_equal(report_write(&w->r, format, &arena, &out, &why), QF_ENOMEM);
            qf_buf_release(&out);
            qf_arena_release(&arena);
            qf_arena_init(&arena, REPORT_MEMORY);
            qf_buf_init(&out, most);
            assert_int_not_equal(report_write(&w->r, format, &arena, &out, &why), QF_OK);
            assert_non_null(why);
            qf_buf_release(&out);
            qf_arena_release(&arena);
        }
    free(w);
}

static void sections_are_rows(void **state)
{
    (void)state;
    assert_string_equal(report_section(QF_REPORT_DAILY, 1), "day");
    assert_string_equal(report_section(QF_REPORT_TEARSHEET, 1), "performance");
    assert_null(report_section(QF_REPORT_RISK, 100));
}

/* What fontconfig and cairo keep for the next page is no leak. */
static int give_back(void **state)
{
    (void)state;
    report_forget();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_has_eighty_columns),
        cmocka_unit_test(text_of_a_day_is_as_agreed),
        cmocka_unit_test(rates_are_a_term_where_they_moved),
        cmocka_unit_test(decimal_points_stand_under_each_other),
        cmocka_unit_test(json_is_the_record),
        cmocka_unit_test(snapshot_tells_data_apart),
        cmocka_unit_test(html_is_well_formed_and_alone),
        cmocka_unit_test(hostile_names_do_no_harm),
        cmocka_unit_test(pdf_is_the_same_twice),
        cmocka_unit_test(four_at_once_are_the_same),
        cmocka_unit_test(long_report_has_many_pages),
        cmocka_unit_test(writers_agree),
        cmocka_unit_test(what_is_missing_is_said),
        cmocka_unit_test(nothing_at_all_is_a_report),
        cmocka_unit_test(memory_that_ends_is_an_error),
        cmocka_unit_test(sections_are_rows),
    };
    return cmocka_run_group_tests(tests, NULL, give_back);
}
