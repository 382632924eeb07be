/* The console in a terminal: colours, alternate screen, resize, terminals that can less, and how little it sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/tui/vt.h"

static char demo[512];

/* The demo stands beside this program. */
static int find_demo(void **state)
{
    (void)state;
    ssize_t n = readlink("/proc/self/exe", demo, sizeof demo - 8);
    assert_true(n > 0);
    demo[n] = '\0';
    char *slash = strrchr(demo, '/');
    assert_non_null(slash);
    qf_str_copy(slash + 1, sizeof demo - (size_t)(slash + 1 - demo), "demo");
    return access(demo, X_OK);
}

static struct vt *start(int rows, int columns, const char *term, const char *lang, const char *env, const char *option)
{
    char still[] = "-s", moving[] = "-rrisk", other[64];
    qf_str_copy(other, sizeof other, option ? option : "-rrisk");
    char *argv[] = {demo, strcmp(other, "-s") == 0 ? still : moving, other, NULL};
    struct vt *t = vt_open(rows, columns, term, lang, env, argv);
    assert_non_null(t);
    return t;
}

static void colours_come_from_the_palette(void **state)
{
    struct vt *t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "mrv-us"));
    vt_run(t, 300);
    assert_true(vt_alt_screen(t));
    assert_false(vt_cursor_shown(t));
    struct vt_cell c = vt_cell_at(t, 0, 2); /* ACTIVE: ink on green */
    assert_int_equal(c.cp, 'A');
    assert_int_equal(c.bg, 78);
    assert_int_equal(c.fg, 16);
    c = vt_cell_at(t, 0, 14); /* SIMULATED */
    assert_int_equal(c.bg, 141);
    assert_true(c.bold);
    c = vt_cell_at(t, 0, 42); /* the day's profit, green on the bar */
    assert_int_equal(c.fg, 78);
    assert_int_equal(c.bg, 236);
    bool braille = false;
    for (int x = 7; x < 46; x++)
        braille = braille || (vt_cell_at(t, 3, x).cp > 0x2800 && vt_cell_at(t, 3, x).cp <= 0x28ff);
    assert_true(braille);
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
}

static void a_lone_escape_a_wide_window_and_a_small_one(void **state)
{
    struct vt *t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "X STOP"));
    vt_type(t, "?");
    assert_true(vt_wait(t, "Help, for ana@risk"));
    vt_run(t, 1000); /* past the time in which keys are thrown away, also on a busy machine */
    vt_type(t, "\x1b");
    assert_true(vt_wait(t, "Movers"));
    vt_resize(t, 40, 120);
    assert_true(vt_wait(t, "[1 Overview]"));
    assert_true(vt_wait(t, "Sectors"));
    vt_resize(t, 14, 52);
    assert_true(vt_wait(t, "This terminal is 52 x 14."));
    for (int y = 5; y < 14; y++)
        assert_string_equal(vt_row(t, y), ""); /* no cells left over */
    vt_resize(t, 24, 80);
    assert_true(vt_wait(t, "[1Over]"));
    vt_type(t, "\x1b[B\x1bOB"); /* both ways a terminal says Down */
    vt_type(t, "2");
    assert_true(vt_wait(t, "Quotes"));
    vt_type(t, "\x03");
    assert_int_equal(vt_close(t), 0);
}

static void without_utf8_there_is_only_ascii(void **state)
{
    struct vt *t = start(24, 80, "xterm-256color", "C", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "X STOP"));
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 80; x++)
            assert_true(vt_cell_at(t, y, x).cp < 0x80);
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
}

static void eight_colours_and_none(void **state)
{
    struct vt *t = start(24, 80, "xterm", "C.UTF-8", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "X STOP"));
    vt_run(t, 200);
    assert_int_equal(vt_cell_at(t, 0, 79).bg, 7);
    assert_int_equal(vt_cell_at(t, 23, 79).bg, 7); /* also the last cell of all */
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 80; x++) {
            struct vt_cell c = vt_cell_at(t, y, x);
            assert_true(c.fg < 16 && c.bg < 16); /* bold may show a bright one */
            assert_false(c.cp > ' ' && c.fg >= 0 && c.fg == c.bg);
        }
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
    t = start(24, 80, "xterm-256color", "C.UTF-8", "NO_COLOR=1", NULL);
    assert_true(vt_wait(t, "X STOP"));
    for (int y = 0; y < 24; y++)
        for (int x = 0; x < 80; x++)
            assert_true(vt_cell_at(t, y, x).fg == -1 && vt_cell_at(t, y, x).bg == -1);
    assert_true(vt_cell_at(t, 0, 30).reverse); /* the bar */
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
    t = start(24, 80, "vt100", "C.UTF-8", NULL, NULL);
    assert_true(vt_wait(t, "X STOP"));
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
}

static void themes_can_be_chosen(void **state)
{
    struct vt *t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, "-tlight");
    (void)state;
    assert_true(vt_wait(t, "X STOP"));
    assert_int_equal(vt_cell_at(t, 0, 30).bg, 254);
    vt_type(t, ":");
    assert_true(vt_wait(t, "Up Down choose"));
    vt_run(t, 1000); /* past the time in which keys are thrown away, also on a busy machine */
    vt_type(t, "THEME high-contrast\r");
    assert_true(vt_wait(t, "colours: high-contrast"));
    vt_run(t, 200);
    assert_int_equal(vt_cell_at(t, 0, 30).bg, 231);
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
}

static void terminals_that_cannot_are_refused_with_a_reason(void **state)
{
    struct vt *t = start(24, 80, "dumb", "C.UTF-8", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "cannot move the cursor"));
    assert_int_equal(vt_close(t), 2);
    t = start(24, 80, "no-such-terminal", "C.UTF-8", NULL, NULL); /* taken for xterm-256color */
    assert_true(vt_wait(t, "X STOP"));
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
    t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, "-tpurple");
    assert_true(vt_wait(t, "no theme \"purple\""));
    assert_int_equal(vt_close(t), 2);
}

static void a_terminal_that_goes_takes_the_console_with_it(void **state)
{
    struct vt *t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "X STOP"));
    kill(vt_pid(t), SIGTERM);
    assert_int_equal(vt_close(t), 0);
    t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, NULL);
    assert_true(vt_wait(t, "X STOP"));
    kill(vt_pid(t), SIGHUP);
    assert_int_equal(vt_close(t), 0);
}

static double cpu_seconds(int pid)
{
    char path[64], line[1024];
    unsigned long user = 0, system_ticks = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(line, sizeof line, f))
        return -1;
    fclose(f);
    char *p = strrchr(line, ')');
    for (int i = 0; p && i < 12; i++)
        p = strchr(p + 1, ' ');
    if (p) {
        user = strtoul(p, &p, 10);
        system_ticks = strtoul(p, NULL, 10);
    }
    return (double)(user + system_ticks) / (double)sysconf(_SC_CLK_TCK);
}

/* Twenty names ten times a second is more than a desk gives: even so little is sent and little is computed. */
static void it_sends_little_and_computes_little(void **state)
{
    struct vt *t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, NULL);
    (void)state;
    assert_true(vt_wait(t, "X STOP"));
    uint64_t first = vt_bytes(t);
    vt_type(t, "2");
    assert_true(vt_wait(t, "Quotes"));
    vt_run(t, 500);
    uint64_t begin = vt_bytes(t);
    double cpu = cpu_seconds(vt_pid(t));
    vt_run(t, 3000);
    uint64_t moving = (vt_bytes(t) - begin) / 3;
    cpu = (cpu_seconds(vt_pid(t)) - cpu) / 3;
    print_message("first screen %lu bytes; 20 names ten times a second: %lu bytes and %.1f %% of a processor a second\n",
                  (unsigned long)first, (unsigned long)moving, cpu * 100);
    assert_true(first < 12000);
    assert_true(moving < 40000);
    assert_true(cpu < 0.25); /* sanitizers make it slow; without them it is a few percent */
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
    t = start(24, 80, "xterm-256color", "C.UTF-8", NULL, "-s");
    assert_true(vt_wait(t, "X STOP"));
    vt_run(t, 500);
    begin = vt_bytes(t);
    vt_run(t, 2000);
    assert_true(vt_bytes(t) - begin < 200); /* nothing moves: nothing is sent */
    vt_type(t, "q");
    assert_int_equal(vt_close(t), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_come_from_the_palette),
        cmocka_unit_test(a_lone_escape_a_wide_window_and_a_small_one),
        cmocka_unit_test(without_utf8_there_is_only_ascii),
        cmocka_unit_test(eight_colours_and_none),
        cmocka_unit_test(themes_can_be_chosen),
        cmocka_unit_test(terminals_that_cannot_are_refused_with_a_reason),
        cmocka_unit_test(a_terminal_that_goes_takes_the_console_with_it),
        cmocka_unit_test(it_sends_little_and_computes_little),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, find_demo, NULL);
}
