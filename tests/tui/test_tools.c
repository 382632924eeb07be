/* What every list and chart can do besides: copy, columns, export with progress, own commands, settings that are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/tui/world.h"
#include "tui/list_text.h"
#include "tui/prefs.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    qf_str_copy(folder, sizeof folder, "/tmp/qf-tools-XXXXXX");
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void open_world(struct world *w, int role)
{
    world_open(w, role, 120, 40, TUI_BRAILLE);
}

/* Size of a file, -1 when it is not there. */
static long size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

static const char *text_of(const char *path)
{
    static char text[65536];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

/* --- copy */

static void a_row_is_copied_with_its_full_values(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2 ] ] y");
    assert_true(world_shows(&w, "row copied"));
    assert_non_null(strstr(w.copied, "NVDA\t"));
    assert_non_null(strstr(w.copied, "\t18000\t"));
    assert_non_null(strstr(w.copied, "57145.7"));
    assert_ptr_equal(strchr(w.copied, '\n'), w.copied + w.copied_n - 1); /* one line */
    world_close(&w);
}

static void a_table_is_copied_with_its_head_line_as_it_is_filtered(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2 ] ] /");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "symbol = AMD");
    world_keys(&w, "Enter Y");
    assert_true(world_shows(&w, "table copied: 1 rows"));
    assert_true(strncmp(w.copied, "account\tsymbol\t", 15) == 0);
    assert_non_null(strstr(w.copied, "\nxgb-5m\tAMD\t"));
    assert_null(strstr(w.copied, "NVDA"));
    world_close(&w);
}

static void where_there_is_no_list_nothing_is_copied(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "6 y");
    assert_true(world_shows(&w, "this panel is no list"));
    assert_int_equal(w.copied_n, 0);
    world_close(&w);
}

static void text_that_would_be_a_formula_is_not(void **state)
{
    struct qf_event e = {.id = 7, .at = FAKE_NOW, .severity = QF_SEV_WARN};
    struct qf_buf out;
    (void)state;
    qf_buf_init(&out, 65536);
    qf_str_copy(e.source, sizeof e.source, "-x");
    qf_str_copy(e.message, sizeof e.message, "=cmd(\"a\",1)");
    e.has = ~0ULL;
    tui_list_row(&out, &qf_rec_event, &e, true);
    assert_non_null(strstr(qf_buf_cstr(&out), "\"'=cmd(\"\"a\"\",1)\""));
    assert_non_null(strstr(qf_buf_cstr(&out), "'-x"));
    qf_buf_clear(&out);
    tui_list_row(&out, &qf_rec_event, &e, false);
    assert_non_null(strstr(qf_buf_cstr(&out), "\t=cmd(\"a\",1)"));
    qf_buf_release(&out);
}

/* --- columns, colours: kept for the user */

static void columns_are_chosen_moved_and_kept(void **state)
{
    struct world w;
    (void)state;
    world_prefs = "settings";
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2 ] ]");
    assert_true(world_shows(&w, "Unrealised"));
    assert_false(world_shows(&w, "FIFO unreal."));
    world_keys(&w, "c");
    assert_true(world_shows(&w, "Columns of Positions, kept for kim"));
    world_keys(&w, "Right Right Space < < Enter"); /* no average, and its place is the first */
    assert_true(world_shows(&w, "columns of Positions are kept"));
    assert_false(world_shows(&w, "108.7150"));
    world_close(&w);
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2");
    assert_false(world_shows(&w, "108.7150"));
    world_keys(&w, "] ] c r Enter");
    assert_true(world_shows(&w, "108.7150"));
    world_close(&w);
    open_world(&w, QF_ROLE_TRADER); /* another user has his own */
    world_keys(&w, "2");
    assert_true(world_shows(&w, "108.7150"));
    world_close(&w);
    world_prefs = NULL;
    assert_int_equal(unlink("settings"), 0);
}

static void a_column_no_width_would_show_can_be_asked_for(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2 ] ] c");
    for (int i = 0; i < 9; i++)
        world_keys(&w, "Right");
    world_keys(&w, "Space"); /* FIFO: from 160 columns on by itself */
    world_keys(&w, "Left Left Left Space Right Space Enter"); /* two others make room */
    assert_true(world_shows(&w, "FIFO unreal."));
    world_keys(&w, "c Space Esc"); /* Esc takes back what was tried */
    assert_true(world_shows(&w, "FIFO unreal."));
    world_close(&w);
}

/* --- the overview's panels */

static void panels_are_arranged_and_kept(void **state)
{
    struct world w;
    (void)state;
    world_prefs = "settings";
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "1 E");
    assert_true(world_shows(&w, "Panels of the overview, kept for kim"));
    world_keys(&w, "Tab x Right > Enter"); /* begins at the movers: the alerts go, the desk moves to a third column */
    assert_true(world_shows(&w, "panels of the overview: kept for kim"));
    assert_false(world_shows(&w, "Alerts"));
    assert_non_null(strstr(world_row(&w, 2), "Desk"));
    world_close(&w);
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "1");
    assert_false(world_shows(&w, "Alerts"));
    world_keys(&w, "E n Enter"); /* the first of those that are not shown */
    world_keys(&w, "Esc");
    assert_false(world_shows(&w, "Sectors")); /* Esc takes back what was tried */
    world_keys(&w, "E n Enter Enter");
    assert_true(world_shows(&w, "Sectors 6"));
    world_keys(&w, "E r");
    assert_true(world_shows(&w, "Alerts 2 unread"));
    world_close(&w);
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "1");
    assert_true(world_shows(&w, "Alerts 2 unread"));
    world_close(&w);
    world_prefs = NULL;
}

/* Where three columns have no room the last ones go below, and what is then too much is left out. */
static void arranged_panels_fit_every_width(void **state)
{
    static const int sizes[][2] = {{60, 18}, {80, 24}, {100, 30}, {120, 40}, {200, 60}};
    struct world w;
    (void)state;
    world_prefs = "settings";
    FILE *f = fopen("settings", "w");
    assert_non_null(f);
    assert_true(fputs("kim\tpanels of the overview\tEquity 0 9,Movers 1 1,Orders 1 1,Fills 1 1,Limits 1 1,Books 1 1,"
                      "Sectors 1 1,Alerts 1 1,Strategies 2 1,Desk 2 9\n",
                      f) >= 0);
    assert_int_equal(fclose(f), 0);
    for (size_t i = 0; i < QF_LEN(sizes); i++) {
        world_open(&w, QF_ROLE_VIEWER, sizes[i][0], sizes[i][1], TUI_BRAILLE);
        world_wait(&w, QF_SEC);
        world_keys(&w, "1");
        assert_true(world_shows(&w, "Equity, "));
        assert_true(world_shows(&w, "Day P&L") || world_shows(&w, "by day P&L"));
        assert_true(strstr(world_row(&w, sizes[i][1] - 1), "Help"));
        assert_true(world_shows(&w, " Desk ") == (sizes[i][0] >= 120));
        world_close(&w);
    }
    world_prefs = NULL;
    assert_int_equal(unlink("settings"), 0);
}

static void a_broken_arrangement_is_as_none(void **state)
{
    static const char *const bad[] = {"Equity 0 4,Equity 0 4", "Equity 3 4", "Equity 0 0", "Nothing 0 4", "Equity 0 4,,", ",", "Equity"};
    struct world w;
    (void)state;
    world_prefs = "settings";
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        FILE *f = fopen("settings", "w");
        assert_non_null(f);
        assert_true(fprintf(f, "kim\tpanels of the overview\t%s\n", bad[i]) > 0);
        assert_int_equal(fclose(f), 0);
        open_world(&w, QF_ROLE_VIEWER);
        world_keys(&w, "1");
        assert_true(world_shows(&w, "Movers") && world_shows(&w, "Desk") && world_shows(&w, "Alerts"));
        world_close(&w);
    }
    world_prefs = NULL;
    assert_int_equal(unlink("settings"), 0);
}

static void a_broken_file_of_settings_does_no_harm(void **state)
{
    static const char bad[] = "kim\tcolumns Positions\t+Symbol,+Symbol,-,,,+Nothing,-Average,Average,+Symbol\n\tx\nkim\n\0kim\ttheme\tx\n";
    struct world w;
    (void)state;
    FILE *f = fopen("settings", "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bad, 1, sizeof bad - 1, f), sizeof bad - 1);
    assert_int_equal(fclose(f), 0);
    world_prefs = "settings";
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2");
    assert_true(world_shows(&w, "Unrealised"));
    assert_false(world_shows(&w, "108.7150"));
    world_close(&w);
    assert_int_equal(chmod("settings", 0666), 0); /* others could have written it: it is not read */
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2");
    assert_true(world_shows(&w, "108.7150"));
    world_close(&w);
    world_prefs = NULL;
    assert_int_equal(unlink("settings"), 0);
}

static void colours_are_kept(void **state)
{
    struct world w;
    (void)state;
    world_prefs = "settings";
    open_world(&w, QF_ROLE_VIEWER);
    assert_int_equal(w.themes, 0);
    world_keys(&w, ": T H E M E Space l i g h t Enter");
    assert_int_equal(w.theme, TUI_THEME_LIGHT);
    world_close(&w);
    open_world(&w, QF_ROLE_VIEWER);
    assert_int_equal(w.themes, 1);
    assert_int_equal(w.theme, TUI_THEME_LIGHT);
    world_close(&w);
    world_prefs = NULL;
    assert_int_equal(unlink("settings"), 0);
}

/* --- a list is ordered anew only when something asks for it */

static int by_id(void *ctx, const void *a, const void *b)
{
    int64_t x = ((const struct qf_event *)a)->id, y = ((const struct qf_event *)b)->id;
    (void)ctx;
    return (x > y) - (x < y);
}

static void show_id(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    qf_str_fmt(v->text, sizeof v->text, "%lld", (long long)((const struct qf_event *)row)->id);
}

static void a_list_waits_for_nothing_while_nothing_changed(void **state)
{
    static const struct tui_column columns[] = {{"Id", 6, 0, TUI_RIGHT, 0, 0, 0, "by id", show_id, by_id},
                                                {"Again", 6, 1, TUI_RIGHT, 0, 0, 0, "again", show_id, by_id}};
    static const struct tui_table_def def = {.title = "T", .empty = "", .rec = &qf_rec_event, .columns = columns, .columns_n = 2};
    struct qf_event e[3] = {{.has = ~0ULL, .id = 3}, {.has = ~0ULL, .id = 1}, {.has = ~0ULL, .id = 2}};
    const void *rows[3] = {&e[0], &e[1], &e[2]};
    struct tui_table *t = tui_table_new(&def, NULL);
    (void)state;
    tui_table_fill(t, rows, 3, FAKE_NOW, false);
    assert_false(tui_table_waits(t, FAKE_NOW + 10 * QF_SEC, false));
    tui_table_fill(t, rows, 3, FAKE_NOW + QF_SEC / 2, false); /* the order settles once a second */
    assert_false(tui_table_waits(t, FAKE_NOW + QF_SEC / 2, false));
    assert_true(tui_table_waits(t, FAKE_NOW + QF_SEC, false));
    assert_false(tui_table_waits(t, FAKE_NOW + QF_SEC, true)); /* not while a dialog is open */
    tui_table_fill(t, rows, 3, FAKE_NOW + QF_SEC, false);
    assert_false(tui_table_waits(t, FAKE_NOW + 10 * QF_SEC, false));
    assert_true(tui_table_act(t, TUI_DO_SORT));
    assert_true(tui_table_waits(t, FAKE_NOW + QF_SEC, true));
    tui_table_free(t);
}

/* The rows of the list are those of the last push until the next one. */
static void a_draw_with_nothing_new_orders_nothing(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2");
    uint64_t before = tui_cache_version(tui_app_cache(w.app), QF_TOPIC_orders);
    const struct tui_table *t = tui_app_list(w.app);
    const void *const *rows, *first;
    assert_true(tui_table_view(t, &rows) > 0);
    first = rows[0];
    world_wait(&w, 5 * QF_SEC);
    assert_int_equal(tui_cache_version(tui_app_cache(w.app), QF_TOPIC_orders), before);
    assert_true(tui_table_view(tui_app_list(w.app), &rows) > 0);
    assert_ptr_equal(rows[0], first);
    fake_step(w.fake); /* new prices are new rows */
    world_wait(&w, 100 * QF_MS);
    assert_true(tui_table_view(tui_app_list(w.app), &rows) > 0);
    assert_ptr_not_equal(rows[0], first);
    world_close(&w);
}

/* --- own commands */

static void own_commands_are_command_lines_with_their_outcome(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, "2 ] d y");
    fake_refuse(w.fake, QF_R_REFUSED);
    world_keys(&w, "d y L");
    assert_true(world_shows(&w, "Commands of bo in this session"));
    assert_true(world_shows(&w, "qf order cancel --id 48219"));
    assert_true(world_shows(&w, "done"));
    assert_true(world_shows(&w, "MAX_NOTIONAL"));
    assert_false(world_shows(&w, "client-ref"));
    world_keys(&w, "Down y");
    assert_string_equal(w.copied, "qf order cancel --id 48219");
    world_close(&w);
}

static void a_secret_is_never_among_them(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_TRADER);
    world_keys(&w, ": P A S S Enter");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "old secret word");
    world_keys(&w, "Tab");
    world_type(&w, "a new secret word");
    world_keys(&w, "Tab");
    world_type(&w, "a new secret word");
    world_keys(&w, "Enter Enter Esc Esc L");
    assert_true(world_shows(&w, "Commands of bo"));
    assert_false(world_shows(&w, "secret word"));
    world_close(&w);
}

/* --- export */

static void a_list_is_written_at_once(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "2 ] ] >");
    assert_true(world_shows(&w, "this list: Positions, 13 rows"));
    world_keys(&w, "Tab Tab C-u");
    world_type(&w, "rows.csv");
    world_keys(&w, "Tab Tab Enter");
    assert_true(world_shows(&w, "13 rows are in rows.csv"));
    const char *text = text_of("rows.csv");
    assert_true(strncmp(text, "account,symbol,", 15) == 0);
    assert_non_null(strstr(text, "\r\nmom-us,NVDA,"));
    world_keys(&w, "> Tab Tab C-u");
    world_type(&w, "rows.csv");
    world_keys(&w, "Tab Tab Enter");
    assert_true(world_shows(&w, "is there already"));
    world_close(&w);
    assert_int_equal(unlink("rows.csv"), 0);
}

/* Chooses the table of executions and a file of that name. */
static void begin_export(struct world *w, const char *file)
{
    world_keys(w, "2 > Right Right Right Right Right");
    assert_true(world_shows(w, "table executions"));
    world_keys(w, "Tab Tab C-u");
    world_type(w, file);
    world_keys(w, "Tab Tab");
}

static void an_export_comes_in_pieces_and_says_where_it_is(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    begin_export(&w, "fills.csv");
    world_keys(&w, "Enter");
    world_wait(&w, 2 * QF_SEC);
    assert_true(world_shows(&w, "export of executions, csv is in fills.csv, 391K"));
    assert_int_equal(size_of("fills.csv"), 400000);
    assert_non_null(strstr(fake_sent(w.fake), "export.start what=executions format=csv"));
    world_close(&w);
    assert_int_equal(unlink("fills.csv"), 0);
}

static void an_export_goes_on_while_its_dialog_is_closed_and_can_be_cancelled(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    begin_export(&w, "fills.csv");
    fake_slow(w.fake, true);
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "a cancels   Esc leaves it running"));
    assert_int_equal(size_of("fills.csv"), -1); /* under its name only when it is whole */
    world_keys(&w, "Esc 3 >");
    assert_true(world_shows(&w, "a cancels   Esc leaves it running"));
    world_keys(&w, "a");
    assert_true(world_shows(&w, "cancelled, no file was kept"));
    assert_int_equal(size_of("fills.csv"), -1);
    assert_non_null(strstr(fake_sent(w.fake), "job.cancel id=7"));
    world_close(&w);
}

static void a_refused_export_leaves_no_file(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    begin_export(&w, "fills.csv");
    fake_refuse(w.fake, QF_R_REFUSED);
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "no file was kept"));
    assert_int_equal(size_of("fills.csv"), -1);
    world_close(&w);
}

static void who_leaves_leaves_no_half_file(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    begin_export(&w, "fills.csv");
    fake_slow(w.fake, true);
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "a cancels"));
    world_close(&w);
    assert_int_equal(size_of("fills.csv"), -1); /* nor anything else: the folder can be removed at the end */
}

/* --- charts and figures */

static void the_crosshair_says_date_value_and_drawdown(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "6 Left");
    assert_true(world_shows(&w, "24 Sep 2026  equity 25,184,312.60  dd -1.10%"));
    world_keys(&w, "Left");
    assert_false(world_shows(&w, "24 Sep 2026  equity"));
    world_keys(&w, "+ + +");
    assert_true(world_shows(&w, "a part, _ shows more"));
    world_keys(&w, "_ _ _ _");
    assert_true(world_shows(&w, "this is all of it"));
    world_keys(&w, "Esc");
    assert_false(world_shows(&w, "2026  equity"));
    world_close(&w);
}

static void a_row_shows_its_own_figures_and_esc_the_firms(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "6 BTab BTab Down Enter");
    assert_true(world_shows(&w, "Equity core, all, USD"));
    world_keys(&w, "Esc");
    assert_true(world_shows(&w, "Equity, all, USD, close + now"));
    world_keys(&w, "v");
    assert_true(world_shows(&w, "Traders 3, year to date, by P&L"));
    world_keys(&w, "v");
    assert_true(world_shows(&w, "nothing was traded in this time"));
    world_keys(&w, "t"); /* the range of the rows, which have the focus */
    assert_true(world_shows(&w, "Symbols 0, 1 year"));
    assert_true(world_shows(&w, "Equity, all, USD"));
    world_close(&w);
}

static void a_benchmark_that_is_none_is_said_and_changes_nothing(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "6 :");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "BM NOPE");
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "no instrument NOPE; m shows all"));
    assert_true(world_shows(&w, "Sharpe"));
    assert_false(world_shows(&w, "benchmark NOPE"));
    world_keys(&w, ":");
    world_wait(&w, 400 * QF_MS);
    world_type(&w, "BM equal");
    world_keys(&w, "Enter");
    assert_true(world_shows(&w, "dotted = benchmark EQUAL"));
    world_close(&w);
}

static void a_metric_says_how_it_is_worked_out(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, QF_ROLE_VIEWER);
    world_keys(&w, "6 ] Down Down Down Enter");
    assert_true(world_shows(&w, "Sharpe  1.24"));
    assert_true(world_shows(&w, "mean(r - rf)/sd(r - rf) x sqrt(A); rf 0 per period, ddof 1, A = 252"));
    world_keys(&w, "Esc G Up Up Enter");
    assert_true(world_shows(&w, "not defined: no flows yet"));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_copied_with_its_full_values),
        cmocka_unit_test(a_table_is_copied_with_its_head_line_as_it_is_filtered),
        cmocka_unit_test(where_there_is_no_list_nothing_is_copied),
        cmocka_unit_test(text_that_would_be_a_formula_is_not),
        cmocka_unit_test(columns_are_chosen_moved_and_kept),
        cmocka_unit_test(a_column_no_width_would_show_can_be_asked_for),
        cmocka_unit_test(panels_are_arranged_and_kept),
        cmocka_unit_test(arranged_panels_fit_every_width),
        cmocka_unit_test(a_broken_arrangement_is_as_none),
        cmocka_unit_test(a_broken_file_of_settings_does_no_harm),
        cmocka_unit_test(colours_are_kept),
        cmocka_unit_test(a_list_waits_for_nothing_while_nothing_changed),
        cmocka_unit_test(a_draw_with_nothing_new_orders_nothing),
        cmocka_unit_test(own_commands_are_command_lines_with_their_outcome),
        cmocka_unit_test(a_secret_is_never_among_them),
        cmocka_unit_test(a_list_is_written_at_once),
        cmocka_unit_test(an_export_comes_in_pieces_and_says_where_it_is),
        cmocka_unit_test(an_export_goes_on_while_its_dialog_is_closed_and_can_be_cancelled),
        cmocka_unit_test(a_refused_export_leaves_no_file),
        cmocka_unit_test(who_leaves_leaves_no_half_file),
        cmocka_unit_test(the_crosshair_says_date_value_and_drawdown),
        cmocka_unit_test(a_row_shows_its_own_figures_and_esc_the_firms),
        cmocka_unit_test(a_benchmark_that_is_none_is_said_and_changes_nothing),
        cmocka_unit_test(a_metric_says_how_it_is_worked_out),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
