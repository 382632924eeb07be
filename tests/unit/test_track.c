/* Track records from plain CSV: what is taken, what is refused and with which words, and the benchmark on their days. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tui/cli_track.h"

static char path[] = "/tmp/qf-track-XXXXXX", said[1024];
static struct cli cli;

static int begin(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    qf_arena_init(&cli.arena, 64 * 1024 * 1024);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unlink(path);
    qf_arena_release(&cli.arena);
    return 0;
}

static void write_file(const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* Reads it; what was said on standard error is in `said`. */
static bool read_text(const char *text, const char *column, bool levels, struct track *t)
{
    const struct track_file f = { path, column, levels };
    char err[] = "/tmp/qf-track-XXXXXX";
    write_file(text);
    qf_arena_reset(&cli.arena);
    fflush(stderr);
    int fd = mkstemp(err), keep = dup(2);
    assert_true(fd >= 0 && keep >= 0);
    dup2(fd, 2);
    bool ok = track_read(&cli, &f, t);
    fflush(stderr);
    dup2(keep, 2);
    ssize_t n = pread(fd, said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = 0;
    close(keep);
    close(fd);
    unlink(err);
    return ok;
}

static void taken(const char *text, const char *column, bool levels, struct track *t)
{
    if (!read_text(text, column, levels, t))
        fail_msg("not taken: %s", said);
}

static void refused(const char *text, const char *words)
{
    struct track t;
    assert_false(read_text(text, NULL, false, &t));
    if (!strstr(said, words))
        fail_msg("\"%s\" does not say \"%s\"", said, words);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1); /* one line */
}

static void forms_that_are_taken(void **state)
{
    (void)state;
    struct track t;
    taken("2024-01-02,0.01\n2024-01-03,-0.02\n", NULL, false, &t);
    assert_true(t.n == 2 && !t.based && t.r[0] == 0.01 && t.r[1] == -0.02);
    taken("Date,Return\r\n2024-01-02,+1e-2\r\n2024-01-03,\r\n2024-01-04,.5", NULL, false, &t);
    assert_true(t.n == 3 && t.r[0] == 0.01 && isnan(t.r[1]) && t.r[2] == 0.5);
    taken("date,close\n2024-01-02,100\n2024-01-03,110\n2024-01-05,\n2024-01-08,99\n", NULL, false, &t);
    assert_true(t.n == 3 && t.based && t.day[0] == t.base + 1);
    assert_true(fabs(t.r[0] - 0.1) < 1e-15 && isnan(t.r[1]) && fabs(t.r[2] + 0.1) < 1e-15);
    taken("2024-01-02,100\n2024-01-03,110\n", NULL, true, &t);
    assert_true(t.n == 1 && fabs(t.r[0] - 0.1) < 1e-15);
    taken("symbol,date,AAA,BBB\nx,2024-01-02,5,7\ny,2024-01-03,6,14\n", "BBB", true, &t);
    assert_true(t.n == 1 && t.r[0] == 1);
    taken("time,volume,ret\n2024-01-02T15:00:00Z,9,0.25\n", NULL, false, &t);
    assert_true(t.n == 1 && t.r[0] == 0.25);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
    (void)state;
    refused("", "no returns");
    refused("date,return\n", "no returns");
    refused("2024-01-02,0.01\n2024-01-02,0.02\n", ":2: column 1: must be later");
    refused("2024-01-03,0.01\n2024-01-02,0.02\n", ":2: column 1: must be later");
    refused("2024-02-30,0.01\n", "date");
    refused("2024-01-02,0.01\n2023-02-29,0.02\n", ":2: column 1: not a day");
    refused("2024-01-02,1.5%\n", ":1: column 2: not a number");
    refused("2024-01-02,nan\n", "not a number");
    refused("2024-01-02,0x10\n", "not a number");
    refused("2024-01-02,1e999\n", "not a number");
    refused("2024-01-02,--1\n", "not a number");
    refused("2024-01-02,1,5\n", "a header");
    refused("2024-01-02,-1.01\n", "loses more than there is");
    refused("date,close\n2024-01-02,0\n", ":2: column 2: a level or price must be above 0");
    refused("date,a,b\n2024-01-02,1,2\n", "which column");
    refused("when,return\n2024-01-02,1\n", "column called date");
    refused("date\n2024-01-02\n", "two columns");
    refused("date,return\n2024-01-02,0.1,7\n", ":2");
    refused("date,return\n2024-01-02,\"0.1\n", ":2");
}

static void more_than_there_is_room_for_is_said(void **state)
{
    (void)state;
    struct track t;
    struct qf_buf b;
    qf_buf_init(&b, 1 << 20);
    for (int i = 0; i <= TRACK_ROWS; i++) {
        struct qf_civil c;
        qf_time_civil((qf_time)i * QF_DAY, &c);
        qf_buf_fmt(&b, "%04d-%02d-%02d,0\n", c.year, c.month, c.day);
    }
    assert_false(read_text(qf_buf_cstr(&b), NULL, false, &t));
    assert_non_null(strstr(said, ":20001: column 1: more than 20,000 returns"));
    qf_buf_release(&b);
}

static void a_point_is_a_point_in_every_locale(void **state)
{
    (void)state;
    struct track t;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        (void)setlocale(LC_NUMERIC, "C"); /* not installed here: the numbers are the same then */
    taken("2024-01-02,0.125\n", NULL, false, &t);
    (void)setlocale(LC_NUMERIC, "C");
    assert_true(t.r[0] == 0.125);
}

static void bytes_of_all_kinds_never_do_harm(void **state)
{
    (void)state;
    static const char pieces[][12] = { "2024-01-0", "1", "2", ",", "\n", "\"", "-", "date", "close", "return", "e5", ".", "\r\n", "9", "\x01", "\xff" };
    struct track t;
    char text[400];
    srand(11);
    for (int round = 0; round < 3000; round++) {
        text[0] = 0;
        for (int i = rand() % 40; i > 0; i--)
            qf_str_copy(text + strlen(text), sizeof text - strlen(text), pieces[(size_t)rand() % QF_LEN(pieces)]);
        if (!read_text(text, NULL, rand() % 2, &t))
            assert_true(said[0] != 0);
        for (size_t i = 1; said[0] == 0 && i < t.n; i++)
            assert_true(t.day[i] > t.day[i - 1]);
    }
}

static void a_benchmark_is_compounded_into_the_tracks_periods(void **state)
{
    (void)state;
    struct track t = { .day = (int32_t[]){ 10, 20, 30, 40 }, .r = (double[]){ 0, 0, 0, 0 }, .n = 4, .based = true, .base = 5 };
    struct track b = { .day = (int32_t[]){ 3, 7, 9, 20, 35, 50 }, .r = (double[]){ 9, 0.1, 0.1, -0.5, NAN, 9 }, .n = 6 };
    double out[4];
    track_align(&t, &b, out);
    assert_true(fabs(out[0] - 0.21) < 1e-15);
    assert_true(out[1] == -0.5);
    assert_true(isnan(out[2]) && isnan(out[3]));
    t.based = false; /* plain returns: the first period began nobody knows when */
    track_align(&t, &b, out);
    assert_true(isnan(out[0]) && out[1] == -0.5);
    struct track daily = { .day = (int32_t[]){ 9, 10, 20 }, .r = (double[]){ 9, 0.3, 0.4 }, .n = 3 };
    track_align(&t, &daily, out);
    assert_true(out[0] == 0.3 || fabs(out[0] - 0.3) < 1e-15);
    assert_true(fabs(out[1] - 0.4) < 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_that_are_taken),
        cmocka_unit_test(what_is_wrong_is_said_with_its_line),
        cmocka_unit_test(more_than_there_is_room_for_is_said),
        cmocka_unit_test(a_point_is_a_point_in_every_locale),
        cmocka_unit_test(bytes_of_all_kinds_never_do_harm),
        cmocka_unit_test(a_benchmark_is_compounded_into_the_tracks_periods),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
