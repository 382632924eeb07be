/* Every screen as readable text: drawn from the fixed desk and compared with tests/tui/golden/NAME.txt, line by line.
 * After a change that was meant: QF_GOLDEN=write tests/run .../test_screens, and look at the difference before it is
 * committed. A file whose name ends in .roles holds one letter a cell in place of its character: what is meant, so that
 * a wrong colour is seen as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/tui/world.h"

#define FOLDER "tests/tui/golden/"

struct scene {
    const char *name;
    int role, w, h;
    enum tui_charset charset;
    const char *keys;  /* pressed one after the other */
    const char *typed; /* then typed into the field in focus; then a pause */
    const char *more;  /* then pressed */
    void (*before)(struct world *w);
    bool empty, silent; /* a desk without anything; one that does not answer */
    bool roles;         /* also the meanings of the cells */
};

static void halted(struct world *w)
{
    fake_halt(w->fake);
    world_wait(w, 100 * QF_MS);
}

static void stale(struct world *w)
{
    fake_stale(w->fake, true);
    world_wait(w, 100 * QF_MS);
}

static void lost(struct world *w)
{
    world_keys(w, "2");
    fake_lose(w->fake);
    fake_pump(w->fake);
    world_wait(w, 12 * QF_SEC);
}

static void unpriced(struct world *w)
{
    fake_unpriced(w->fake);
    world_wait(w, 100 * QF_MS);
}

static void own_request(struct world *w)
{
    fake_ask(w->fake, "ana");
    world_wait(w, 100 * QF_MS);
}

/* The figures were there; then the daemon has none: the last good ones stay, grey, under the reason. */
static void no_figures(struct world *w)
{
    world_keys(w, "6");
    fake_refuse_reads(w->fake, QF_R_DB_SLOW);
    world_keys(w, "C-r");
}

static void lost_figures(struct world *w)
{
    world_keys(w, "6");
    fake_lose(w->fake);
    fake_pump(w->fake);
    world_wait(w, 12 * QF_SEC);
    world_keys(w, "Esc");
}

static const struct scene scenes[] = {
    {.name = "overview-80x24", .role = QF_ROLE_RISK, .w = 80, .h = 24, .roles = true},
    {.name = "overview-120x40", .role = QF_ROLE_RISK, .w = 120, .h = 40},
    {.name = "overview-200x60", .role = QF_ROLE_RISK, .w = 200, .h = 60},
    {.name = "overview-ascii", .role = QF_ROLE_RISK, .w = 80, .h = 24, .charset = TUI_ASCII},
    {.name = "overview-blocks", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .charset = TUI_BLOCKS},
    {.name = "overview-60x18", .role = QF_ROLE_VIEWER, .w = 60, .h = 18},
    {.name = "overview-crosshair", .role = QF_ROLE_RISK, .w = 100, .h = 30, .keys = "BTab Left Left Left Left"},
    {.name = "overview-empty", .role = QF_ROLE_RISK, .w = 80, .h = 24, .empty = true},
    {.name = "overview-waiting", .role = QF_ROLE_RISK, .w = 80, .h = 24, .silent = true},
    {.name = "live-80x24", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2", .roles = true},
    {.name = "live-120x40", .role = QF_ROLE_TRADER, .w = 120, .h = 40, .keys = "2"},
    {.name = "live-200x60", .role = QF_ROLE_TRADER, .w = 200, .h = 60, .keys = "2"},
    {.name = "live-viewer", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "2 ] ]"},
    {.name = "live-halted", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 b", .before = halted},
    {.name = "live-stale", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2", .before = stale, .roles = true},
    {.name = "live-lost", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .before = lost},
    {.name = "live-zoom-sorted", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 z o O"},
    {.name = "risk-80x24", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3", .roles = true},
    {.name = "risk-120x40", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "3"},
    /* keys that give time for a second answer */
    {.name = "risk-200x60", .role = QF_ROLE_RISK, .w = 200, .h = 60, .keys = "3 j k j k"},
    {.name = "risk-60x18", .role = QF_ROLE_TRADER, .w = 60, .h = 18, .keys = "3"},
    {.name = "risk-ascii", .role = QF_ROLE_RISK, .w = 120, .h = 40, .charset = TUI_ASCII, .keys = "3"},
    {.name = "risk-blocks", .role = QF_ROLE_RISK, .w = 120, .h = 40, .charset = TUI_BLOCKS, .keys = "3"},
    {.name = "risk-empty", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "3", .empty = true},
    {.name = "risk-waiting", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3", .silent = true},
    {.name = "risk-halted", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3", .before = halted},
    {.name = "risk-incomplete", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "3", .before = unpriced},
    {.name = "risk-incomplete-80",
     .role = QF_ROLE_RISK,
     .w = 80,
     .h = 24,
     .keys = "3",
     .before = unpriced,
     .roles = true},
    {.name = "risk-days", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "3 ] ]"},
    {.name = "risk-days-zoom", .role = QF_ROLE_VIEWER, .w = 120, .h = 40, .keys = "3 ] ] z"},
    {.name = "risk-var-zoom", .role = QF_ROLE_VIEWER, .w = 120, .h = 40, .keys = "3 ] z"},
    {.name = "risk-parts-zoom", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "3 ] ] ] z"},
    {.name = "risk-stress", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 ] ] ] ]"},
    {.name = "risk-exposure-zoom", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "3 ] ] ] ] ] z"},
    {.name = "risk-breakers-zoom", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "3 BTab z"},
    {.name = "risk-viewer", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "3"},
    {.name = "performance-80x24", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "6", .roles = true},
    {.name = "performance-120x40", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "6 m Enter Left Left Left Left Left"},
    {.name = "performance-200x60", .role = QF_ROLE_VIEWER, .w = 200, .h = 60, .keys = "6"},
    {.name = "performance-ascii", .role = QF_ROLE_RISK, .w = 80, .h = 24, .charset = TUI_ASCII, .keys = "6 m Enter Left Left"},
    {.name = "performance-blocks", .role = QF_ROLE_VIEWER, .w = 100, .h = 30, .charset = TUI_BLOCKS, .keys = "6 m Enter"},
    {.name = "performance-60x18", .role = QF_ROLE_VIEWER, .w = 60, .h = 18, .keys = "6"},
    {.name = "performance-zoomed", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "6 Left Left Left + + z"},
    {.name = "performance-traders", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "6 v"},
    {.name = "performance-rolling", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "6 BTab Enter"},
    {.name = "performance-strategy", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "6 BTab BTab Enter"},
    {.name = "performance-metrics", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "6 ] z"},
    {.name = "performance-empty", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "6", .empty = true},
    {.name = "performance-waiting", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "6", .silent = true},
    {.name = "performance-error", .role = QF_ROLE_RISK, .w = 80, .h = 24, .before = no_figures, .roles = true},
    {.name = "performance-lost", .role = QF_ROLE_RISK, .w = 80, .h = 24, .before = lost_figures, .roles = true},
    {.name = "dialog-export", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "6 >"},
    {.name = "dialog-columns", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "2 c Right Space"},
    {.name = "dialog-arrange", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "1 E Right >"},
    {.name = "overview-arranged", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "1 E Right > Enter"},
    {.name = "dialog-benchmark", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "6 m", .typed = "m"},
    {.name = "dialog-own", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 ] d y L"},
    {.name = "dialog-why", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 ] w"},
    {.name = "system-80x24", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "7"},
    {.name = "system-120x40", .role = QF_ROLE_RISK, .w = 120, .h = 40, .keys = "7"},
    {.name = "system-feeds", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "7 ]"},
    {.name = "admin-80x24", .role = QF_ROLE_ADMIN, .w = 80, .h = 24, .keys = "8"},
    {.name = "admin-120x40", .role = QF_ROLE_ADMIN, .w = 120, .h = 40, .keys = "8"},
    {.name = "admin-risk", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "8"},
    {.name = "login-80x24", .role = -1, .w = 80, .h = 24, .typed = "ana", .more = "Tab x x Enter"},
    {.name = "ticket-refused", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 Down b", .typed = "12000"},
    {.name = "ticket-docked", .role = QF_ROLE_TRADER, .w = 120, .h = 40, .keys = "2 Down b", .typed = "2500"},
    {.name = "ticket-review",
     .role = QF_ROLE_TRADER,
     .w = 80,
     .h = 24,
     .keys = "2 Down b",
     .typed = "2500",
     .more = "Enter"},
    {.name = "ticket-ascii",
     .role = QF_ROLE_TRADER,
     .w = 80,
     .h = 24,
     .charset = TUI_ASCII,
     .keys = "2 Down s",
     .typed = "100"},
    {.name = "dialog-cancel", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 ] Space Down Down Space d"},
    {.name = "dialog-close", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 ] ] Down f", .typed = ""},
    {.name = "dialog-order", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "2 ] Enter"},
    {.name = "dialog-actions", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 ] a"},
    {.name = "dialog-stop", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "X", .typed = "STO"},
    {.name = "dialog-stop-report",
     .role = QF_ROLE_RISK,
     .w = 80,
     .h = 24,
     .keys = "X",
     .typed = "STOP",
     .more = "Enter"},
    {.name = "dialog-limit", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 Down e"},
    {.name = "dialog-resume", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 BTab BTab Down Down Down Down a r"},
    {.name = "dialog-breaker", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "3 BTab Down Down Enter"},
    {.name = "dialog-breaker-set", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 BTab e", .typed = "0"},
    {.name = "dialog-breaker-actions", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 BTab Down Down a"},
    {.name = "dialog-rearm", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 BTab Down Down a r"},
    {.name = "dialog-state-actions", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 BTab BTab G a"},
    {.name = "dialog-flatten", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 f"},
    {.name = "dialog-flatten-confirm",
     .role = QF_ROLE_RISK,
     .w = 80,
     .h = 24,
     .keys = "3 f Tab Enter",
     .typed = "FLATTEN"},
    {.name = "dialog-flatten-report",
     .role = QF_ROLE_RISK,
     .w = 80,
     .h = 24,
     .keys = "3 f Tab Enter",
     .typed = "FLATTEN",
     .more = "Enter"},
    {.name = "dialog-stress", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 w Down"},
    {.name = "dialog-stress-names", .role = QF_ROLE_VIEWER, .w = 80, .h = 24, .keys = "3 w Down Enter"},
    {.name = "dialog-scenario", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 w n", .typed = "rates up"},
    {.name = "dialog-own-request", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "3 i Enter", .before = own_request},
    {.name = "dialog-inbox", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "i"},
    {.name = "dialog-approval", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "i Enter"},
    {.name = "dialog-user", .role = QF_ROLE_ADMIN, .w = 80, .h = 24, .keys = "8 n"},
    {.name = "dialog-audit", .role = QF_ROLE_RISK, .w = 80, .h = 24, .keys = "8 Enter"},
    {.name = "dialog-help", .role = QF_ROLE_TRADER, .w = 80, .h = 40, .keys = "2 ?"},
    {.name = "dialog-palette", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = ":", .typed = "st"},
    {.name = "dialog-filter", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "2 /", .typed = "bid < x"},
    {.name = "dialog-alerts", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = "!"},
    {.name = "dialog-password", .role = QF_ROLE_TRADER, .w = 80, .h = 24, .keys = ": P A S S Enter", .typed = "old"},
    {.name = "too-small", .role = QF_ROLE_TRADER, .w = 52, .h = 14},
};

/* --- drawing */

static void play(struct world *w, const struct scene *s)
{
    world_open_as(w, s->role, s->w, s->h, s->charset, s->empty, s->silent);
    if (s->before)
        s->before(w);
    world_wait(w, 100 * QF_MS);
    if (s->keys)
        world_keys(w, s->keys);
    if (s->typed) {
        world_wait(w, 400 * QF_MS);
        world_type(w, s->typed);
        world_wait(w, 500 * QF_MS);
    }
    if (s->more)
        world_keys(w, s->more);
    world_wait(w, 100 * QF_MS);
}

static char letter(const struct tui_cell *cell)
{
    static const char letters[] = ".d-h+_wbiac2BSsfroMPRjklJKL";
    _Static_assert(sizeof letters == TUI_ROLE_COUNT + 1, "a letter for each role");
    if (cell->flags & TUI_F_STALE)
        return 'x';
    if (cell->cp == ' ' && !(cell->flags & (TUI_F_SELECTED | TUI_F_BAR)))
        return ' ';
    return letters[cell->role];
}

static void roles_of(struct world *w, struct qf_buf *out)
{
    for (int y = 0; y < tui_canvas_h(w->canvas); y++) {
        for (int x = 0; x < tui_canvas_w(w->canvas); x++)
            qf_buf_char(out, letter(tui_canvas_cell(w->canvas, x, y)));
        qf_buf_char(out, '\n');
    }
}

/* --- comparing */

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static char *read_file(const char *path)
{
    static char text[1 << 17];
    FILE *f = fopen(path, "r");
    if (!f)
        return NULL;
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

static void show_difference(const char *path, const char *want, const char *have)
{
    for (int line = 1; *want || *have; line++) {
        size_t a = strcspn(want, "\n"), b = strcspn(have, "\n");
        if (a != b || memcmp(want, have, a) != 0) {
            print_error("%s:%d\n  wanted |%.*s|\n  drawn  |%.*s|\n", path, line, (int)a, want, (int)b, have);
            return;
        }
        want += a + (want[a] == '\n');
        have += b + (have[b] == '\n');
    }
}

static void compare(const char *path, const char *have)
{
    const char *mode = getenv("QF_GOLDEN");
    if (mode && strcmp(mode, "write") == 0) {
        write_file(path, have);
        return;
    }
    const char *want = read_file(path);
    if (!want)
        fail_msg("%s is not there; QF_GOLDEN=write makes it", path);
    if (strcmp(want, have) == 0)
        return;
    show_difference(path, want, have);
    fail_msg("%s is drawn otherwise", path);
}

static void check_widths(const char *name, const char *text, int w, int h)
{
    int lines = 0;
    for (; *text; lines++) {
        char line[4096];
        size_t n = strcspn(text, "\n");
        qf_str_copyn(line, sizeof line, text, n);
        if (qf_str_columns(line) != (size_t)w)
            fail_msg("%s line %d has %zu columns, not %d", name, lines + 1, qf_str_columns(line), w);
        text += n + 1;
    }
    assert_int_equal(lines, h);
}

static void check_words(const char *name, const char *text, bool ascii)
{
    static const char *const never[] = {" nan", "nan%", " -0.00", "null", "e+0", " ####", "1970-01-01", "inf%"};
    for (size_t i = 0; i < QF_LEN(never); i++)
        if (strstr(text, never[i]) && !(ascii && strchr(never[i], '#'))) /* there it is a bar */
            fail_msg("%s shows \"%s\"", name, never[i]);
}

static void scene_is_drawn_as_it_was(void **state)
{
    const struct scene *s = *state;
    struct world w;
    char path[200];
    play(&w, s);
    const char *text = world_text(&w);
    check_widths(s->name, text, s->w, s->h);
    check_words(s->name, text, s->charset == TUI_ASCII);
    qf_str_fmt(path, sizeof path, FOLDER "%s.txt", s->name);
    compare(path, text);
    if (s->roles) {
        struct qf_buf roles;
        qf_buf_init(&roles, 1 << 17);
        roles_of(&w, &roles);
        qf_str_fmt(path, sizeof path, FOLDER "%s.roles", s->name);
        compare(path, qf_buf_cstr(&roles));
        qf_buf_release(&roles);
    }
    world_close(&w);
}

/* Every line of every file has the width its name or its neighbours say: a golden edited by hand does not slip through.
 */
static void goldens_are_rectangles(void **state)
{
    (void)state;
    for (size_t i = 0; i < QF_LEN(scenes); i++) {
        char path[200];
        qf_str_fmt(path, sizeof path, FOLDER "%s.txt", scenes[i].name);
        const char *text = read_file(path);
        assert_non_null(text);
        check_widths(scenes[i].name, text, scenes[i].w, scenes[i].h);
    }
}

int main(void)
{
    static struct CMUnitTest tests[QF_LEN(scenes) + 1];
    for (size_t i = 0; i < QF_LEN(scenes); i++)
        tests[i] =
            (struct CMUnitTest){scenes[i].name, scene_is_drawn_as_it_was, NULL, NULL, (void *)(uintptr_t)&scenes[i]};
    tests[QF_LEN(scenes)] = (struct CMUnitTest)cmocka_unit_test(goldens_are_rectangles);
    return _cmocka_run_group_tests("screens", tests, QF_LEN(tests), NULL, NULL);
}
