/* The file that must hold when the database does not answer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/core/breaker.h"
#include "daemon/server/digest.h"
#include "daemon/server/journal.h"

struct world {
    char dir[64], path[96];
    struct qf_loop *loop;
    struct worker *worker;
    struct journal *journal;
    int done, failed;
    /* read back */
    struct qf_trading_state states[16];
    int64_t cancels[16];
    struct qf_breaker trips[16];
    int states_n, cancels_n, trips_n;
};

static int setup(void **state)
{
    struct world *w = qf_xalloc(sizeof *w);
    qf_str_copy(w->dir, sizeof w->dir, "/tmp/qf-journal.XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    qf_str_fmt(w->path, sizeof w->path, "%s/stop.journal", w->dir);
    w->loop = qf_loop_new();
    w->worker = worker_new(w->loop, 2, 16);
    w->journal = journal_open(w->path, w->worker);
    assert_non_null(w->journal);
    *state = w;
    return digest_init() != QF_OK;
}

static int teardown(void **state)
{
    struct world *w = *state;
    worker_free(w->worker);
    journal_close(w->journal);
    qf_loop_free(w->loop);
    unlink(w->path);
    rmdir(w->dir);
    free(w);
    return 0;
}

static void on_done(void *arg, bool ok)
{
    struct world *w = arg;
    w->done++;
    w->failed += !ok;
}

static void wait_done(struct world *w, int n)
{
    for (int i = 0; i < 500 && w->done < n; i++)
        qf_loop_once(w->loop, 10000);
    assert_int_equal(w->done, n);
}

static void take_state(void *arg, const struct qf_trading_state *row)
{
    struct world *w = arg;
    assert_true(w->states_n < 16);
    w->states[w->states_n++] = *row;
}

static void take_cancel(void *arg, int64_t order)
{
    struct world *w = arg;
    assert_true(w->cancels_n < 16);
    w->cancels[w->cancels_n++] = order;
}

static void take_trip(void *arg, const struct qf_breaker *row)
{
    struct world *w = arg;
    assert_true(w->trips_n < 16);
    w->trips[w->trips_n++] = *row;
}

static bool read_back(struct world *w)
{
    const struct journal_reader reader = { take_state, take_cancel, take_trip, w };
    bool cut = false;
    w->states_n = w->cancels_n = w->trips_n = 0;
    assert_int_equal(journal_read(w->path, &reader, &cut), QF_OK);
    return cut;
}

static struct qf_trading_state halted(int64_t n, const char *strategy)
{
    struct qf_trading_state s = { .scope = *strategy ? QF_SCOPE_STRATEGY : QF_SCOPE_FIRM, .state = QF_STATE_HALTED, .n = n, .latched = true,
                                  .since = 1700000000000000 + n };
    qf_str_copy(s.name, sizeof s.name, strategy);
    qf_str_copy(s.reason, sizeof s.reason, "draw\"down\\ \xc3\xa4");
    qf_str_copy(s.by, sizeof s.by, "ana");
    qf_rec_fill(&qf_rec_trading_state, &s);
    return s;
}

static void append(const struct world *w, const char *text)
{
    int fd = open(w->path, O_WRONLY | O_APPEND);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void what_was_written_is_read_in_order(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(1, ""), b = halted(2, "mom-us");
    journal_state(w->journal, &a, on_done, w);
    journal_cancel(w->journal, 48213, on_done, w);
    journal_state(w->journal, &b, on_done, w);
    wait_done(w, 3);
    assert_int_equal(w->failed, 0);
    assert_false(read_back(w));
    assert_int_equal(w->states_n, 2);
    assert_memory_equal(&w->states[0], &a, sizeof a);
    assert_memory_equal(&w->states[1], &b, sizeof b);
    assert_int_equal(w->cancels_n, 1);
    assert_int_equal(w->cancels[0], 48213);
}

static void it_is_on_the_disk_before_anybody_is_told(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(1, "");
    struct stat st;
    journal_state(w->journal, &a, on_done, w);
    assert_int_equal(w->done, 0); /* never from inside */
    wait_done(w, 1);
    assert_int_equal(stat(w->path, &st), 0);
    assert_true(st.st_size > 100);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void many_lines_go_out_together(void **state)
{
    struct world *w = *state;
    for (int i = 1; i <= 2000; i++)
        journal_cancel(w->journal, i, on_done, w);
    wait_done(w, 2000);
    assert_int_equal(w->failed, 0);
    FILE *f = fopen(w->path, "r");
    char line[256];
    int lines = 0;
    while (fgets(line, sizeof line, f))
        lines++;
    fclose(f);
    assert_int_equal(lines, 2000);
}

static void a_line_cut_by_a_crash_ends_the_reading(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(1, "");
    journal_state(w->journal, &a, on_done, w);
    wait_done(w, 1);
    append(w, "0123456789abcdef S {\"scope\":\"fi");
    assert_true(read_back(w));
    assert_int_equal(w->states_n, 1);
}

static int64_t size_of(const struct world *w)
{
    struct stat st;
    assert_int_equal(stat(w->path, &st), 0);
    return st.st_size;
}

/* After a crash in the middle of a line: what is said next must be read back as well. */
static void a_cut_line_is_gone_when_it_is_opened_again(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(1, ""), b = halted(2, "");
    journal_state(w->journal, &a, on_done, w);
    wait_done(w, 1);
    int64_t good = size_of(w);
    append(w, "0123456789abcdef S {\"scope\":\"fi");
    journal_close(w->journal);
    w->journal = journal_open(w->path, w->worker);
    assert_non_null(w->journal);
    assert_int_equal(size_of(w), good);
    journal_state(w->journal, &b, on_done, w);
    wait_done(w, 2);
    assert_false(read_back(w));
    assert_int_equal(w->states_n, 2);
    assert_int_equal(w->states[1].n, 2);
}

/* A file of at most that many bytes: the disk is full behind them. */
static void limit_files(rlim_t bytes)
{
    struct rlimit r;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
    r.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

static void a_disk_that_was_full_hides_nothing_that_comes_later(void **state)
{
    struct world *w = *state;
    journal_cancel(w->journal, 1, on_done, w);
    wait_done(w, 1);
    assert_false(journal_failed(w->journal));
    int64_t good = size_of(w);
    limit_files((rlim_t)good + 11);
    journal_cancel(w->journal, 2, on_done, w);
    wait_done(w, 2);
    limit_files(RLIM_INFINITY);
    assert_int_equal(w->failed, 1);
    assert_true(journal_failed(w->journal));
    assert_true(journal_wants_new(w->journal));
    assert_int_equal(size_of(w), good);
    journal_cancel(w->journal, 3, on_done, w);
    wait_done(w, 3);
    assert_int_equal(w->failed, 1);
    assert_false(read_back(w));
    assert_int_equal(w->cancels_n, 2);
    assert_int_equal(w->cancels[1], 3);
    assert_true(journal_failed(w->journal)); /* 2 is still missing */
}

static void run_loop_until_renewed(struct world *w)
{
    for (int i = 0; i < 500 && journal_failed(w->journal); i++)
        qf_loop_once(w->loop, 10000);
    assert_false(journal_failed(w->journal));
}

static void begun_anew_it_is_whole_again_and_goes_on(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(4, "mom-us");
    const int64_t cancels[] = { 2, 3 };
    const struct journal_rows all = { .states = &a, .states_n = 1, .cancels = cancels, .cancels_n = 2 };
    limit_files(5);
    journal_cancel(w->journal, 2, on_done, w);
    wait_done(w, 1);
    journal_renew(w->journal, &all); /* the disk is still full */
    for (int i = 0; i < 20; i++)
        qf_loop_once(w->loop, 5000);
    assert_true(journal_failed(w->journal));
    limit_files(RLIM_INFINITY);
    journal_renew(w->journal, &all);
    journal_cancel(w->journal, 9, on_done, w);
    run_loop_until_renewed(w);
    wait_done(w, 2);
    assert_int_equal(w->failed, 1);
    assert_false(read_back(w));
    assert_int_equal(w->states_n, 1);
    assert_memory_equal(&w->states[0], &a, sizeof a);
    assert_int_equal(w->cancels_n, 3);
    assert_int_equal(w->cancels[2], 9);
}

static void a_breaker_that_tripped_stands_in_it(void **state)
{
    struct world *w = *state;
    struct breaker_trip t = { .code = QF_BRK_LOSS_STREAK, .strategy = "mom-us", .action = QF_STATE_CLOSE_ONLY, .since = 1700000000000000 };
    struct qf_breaker row;
    memset(t.words, '"', sizeof t.words - 1); /* as long as it gets */
    breaker_trip_row(&t, &row);
    const struct journal_rows all = { .trips = &row, .trips_n = 1 };
    journal_trip(w->journal, &row, on_done, w);
    journal_cancel(w->journal, 5, on_done, w);
    wait_done(w, 2);
    for (int round = 0; round < 2; round++) {
        assert_false(read_back(w));
        assert_int_equal(w->trips_n, 1);
        assert_int_equal(w->trips[0].code, QF_BRK_LOSS_STREAK);
        assert_int_equal(w->trips[0].scope, QF_SCOPE_STRATEGY);
        assert_string_equal(w->trips[0].name, "mom-us");
        assert_string_equal(w->trips[0].trip, t.words);
        assert_int_equal(w->trips[0].action, QF_STATE_CLOSE_ONLY);
        assert_true(w->trips[0].tripped && w->trips[0].since == t.since);
        assert_int_equal(journal_rewrite(w->path, &all), QF_OK);
    }
    assert_int_equal(w->cancels_n, 0); /* begun anew with the trip alone */
}

/* Lines would be written where nobody finds them: it is noticed before one is, and the file comes back. */
static void a_file_that_is_taken_away_is_noticed_and_written_again(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(4, "");
    const struct journal_rows all = { .states = &a, .states_n = 1 };
    journal_state(w->journal, &a, on_done, w);
    wait_done(w, 1);
    journal_look(w->journal);
    assert_false(journal_failed(w->journal));
    assert_int_equal(unlink(w->path), 0);
    journal_look(w->journal);
    assert_true(journal_failed(w->journal));
    assert_true(journal_wants_new(w->journal));
    journal_renew(w->journal, &all);
    run_loop_until_renewed(w);
    assert_false(read_back(w));
    assert_int_equal(w->states_n, 1);
    char other[128];
    qf_str_fmt(other, sizeof other, "%s.other", w->path);
    int fd = open(other, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(rename(other, w->path), 0); /* another file in its place */
    journal_look(w->journal);
    assert_true(journal_failed(w->journal));
    journal_renew(w->journal, &all);
    run_loop_until_renewed(w);
    journal_cancel(w->journal, 6, on_done, w);
    wait_done(w, 2);
    assert_false(read_back(w));
    assert_int_equal(w->states_n + w->cancels_n, 2);
}

static void a_long_file_asks_to_begin_anew(void **state)
{
    struct world *w = *state;
    const struct journal_rows nothing = { .states_n = 0 };
    int n = JOURNAL_GROWN_BYTES / 20;
    for (int i = 1; i <= n; i++)
        journal_cancel(w->journal, i, on_done, w);
    for (int i = 0; i < 2000 && w->done < n; i++)
        qf_loop_once(w->loop, 10000);
    assert_int_equal(w->done, n);
    assert_true(journal_wants_new(w->journal));
    journal_renew(w->journal, &nothing);
    for (int i = 0; i < 500 && size_of(w) > 0; i++)
        qf_loop_once(w->loop, 10000);
    assert_int_equal(size_of(w), 0);
    assert_false(journal_wants_new(w->journal));
    journal_cancel(w->journal, 7, on_done, w);
    for (int i = 0; i < 500 && w->done < n + 1; i++)
        qf_loop_once(w->loop, 10000);
    assert_false(read_back(w));
    assert_int_equal(w->cancels_n, 1);
}

static void a_damaged_line_hides_no_other(void **state)
{
    struct world *w = *state;
    static const char *const rubbish[] = { "\n", "x\n", "0123456789abcdef S {}\n", "0123456789abcdef C 7\n", "ffffffffffffffffffffffffffff\n" };
    for (size_t i = 0; i < QF_LEN(rubbish); i++) {
        const struct journal_rows none = { .states_n = 0 };
        w->done = 0;
        journal_cancel(w->journal, 1, on_done, w);
        wait_done(w, 1);
        append(w, rubbish[i]);
        journal_cancel(w->journal, 2, on_done, w);
        wait_done(w, 2);
        assert_true(read_back(w));
        assert_int_equal(w->cancels_n, 2);
        assert_int_equal(w->cancels[1], 2);
        assert_int_equal(journal_rewrite(w->path, &none), QF_OK);
        journal_close(w->journal);
        w->journal = journal_open(w->path, w->worker);
    }
}

/* Any single byte changed is noticed. */
static void any_changed_byte_is_noticed(void **state)
{
    struct world *w = *state;
    struct qf_trading_state a = halted(3, "mom-us");
    char text[1024];
    journal_state(w->journal, &a, on_done, w);
    wait_done(w, 1);
    int fd = open(w->path, O_RDWR);
    ssize_t n = read(fd, text, sizeof text);
    assert_true(n > 100);
    for (ssize_t i = 0; i < n - 1; i++) {
        char other = (char)(text[i] ^ 1);
        assert_int_equal(pwrite(fd, &other, 1, i), 1);
        assert_true(read_back(w));
        assert_int_equal(w->states_n, 0);
        assert_int_equal(pwrite(fd, &text[i], 1, i), 1);
    }
    close(fd);
    assert_false(read_back(w));
}

static void a_new_beginning_holds_only_what_it_was_given(void **state)
{
    struct world *w = *state;
    struct qf_trading_state states[] = { halted(7, ""), halted(9, "mom-us") };
    const struct journal_rows both = { .states = states, .states_n = 2 };
    for (int i = 0; i < 10; i++)
        journal_cancel(w->journal, i + 1, on_done, w);
    wait_done(w, 10);
    assert_int_equal(journal_rewrite(w->path, &both), QF_OK);
    assert_false(read_back(w));
    assert_int_equal(w->cancels_n, 0);
    assert_int_equal(w->states_n, 2);
    assert_int_equal(w->states[1].n, 9);
}

static void a_file_that_is_not_there_is_empty(void **state)
{
    struct world *w = *state;
    unlink(w->path);
    assert_false(read_back(w));
    assert_int_equal(w->states_n, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_read_in_order),
        CASE(it_is_on_the_disk_before_anybody_is_told),
        CASE(many_lines_go_out_together),
        CASE(a_line_cut_by_a_crash_ends_the_reading),
        CASE(a_cut_line_is_gone_when_it_is_opened_again),
        CASE(a_damaged_line_hides_no_other),
        CASE(any_changed_byte_is_noticed),
        CASE(a_new_beginning_holds_only_what_it_was_given),
        CASE(a_file_that_is_not_there_is_empty),
        CASE(a_disk_that_was_full_hides_nothing_that_comes_later),
        CASE(begun_anew_it_is_whole_again_and_goes_on),
        CASE(a_breaker_that_tripped_stands_in_it),
        CASE(a_file_that_is_taken_away_is_noticed_and_written_again),
        CASE(a_long_file_asks_to_begin_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
