/* Taking what the desk makes: pieces in any order, refusals, a lost link, cancelling; and files that are whole or not there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/limits.h"
#include "common/str.h"
#include "tui/fetch.h"

#define P ((int64_t)QF_PIECE_BYTES)

/* --- a link played by the test */

struct call {
    enum qf_cmd_id cmd;
    int64_t id, offset; /* of the job and the piece */
    tui_answer_fn fn;
    void *arg;
    bool open;
};
static struct call calls[64];
static int calls_n;
static bool no_link;

static int64_t on_call(void *impl, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg)
{
    (void)impl;
    if (no_link)
        return 0;
    struct call *c = &calls[calls_n++];
    *c = (struct call){ .cmd = cmd, .fn = fn, .arg = arg, .open = true };
    if (cmd == QF_CMD_job_read) {
        c->id = ((const struct qf_job_read *)req)->id;
        c->offset = ((const struct qf_job_read *)req)->offset;
    }
    if (cmd == QF_CMD_job_cancel)
        assert_true(QF_HAS((const struct qf_job_id *)req, job_id, client_ref) && ((const struct qf_job_id *)req)->client_ref[0]);
    return calls_n;
}

static void on_forget(void *impl, int64_t id)
{
    (void)impl;
    assert_true(calls[id - 1].open);
    calls[id - 1].open = false;
}

static const struct tui_link_ops ops = { .call = on_call, .forget = on_forget };
static const struct tui_link link_ = { .ops = &ops };

static int open_calls(enum qf_cmd_id cmd)
{
    int n = 0;
    for (int i = 0; i < calls_n; i++)
        n += calls[i].open && calls[i].cmd == cmd;
    return n;
}

static struct call *the_call(enum qf_cmd_id cmd, int64_t offset)
{
    for (int i = 0; i < calls_n; i++)
        if (calls[i].open && calls[i].cmd == cmd && (cmd != QF_CMD_job_read || calls[i].offset == offset))
            return &calls[i];
    fail_msg("%s at %lld was not asked", qf_cmds[cmd].name, (long long)offset);
    return NULL;
}

static void answer(struct call *c, enum tui_answer_kind kind, const void *rep, const struct qf_refusal *r)
{
    const struct tui_answer a = { .cmd = c->cmd, .kind = kind, .rep = rep, .refusal = r, .reason = r ? "BAD_STATE" : "" };
    c->open = false;
    c->fn(c->arg, &a);
}

static char byte_at(int64_t at)
{
    return (char)('a' + at % 23);
}

/* The piece of a file of `total` bytes, as the desk would send it. */
static void send_piece(int64_t offset, int64_t total, bool base64)
{
    static char bytes[QF_PIECE_BYTES], text[QF_BASE64_TEXT(QF_PIECE_BYTES)];
    int64_t n = offset >= total ? 0 : total - offset < P ? total - offset : P;
    for (int64_t i = 0; i < n; i++)
        bytes[i] = byte_at(offset + i);
    struct qf_job_piece out = { .id = 5, .offset = offset, .size = n, .end = offset + n >= total, .base64 = base64 };
    out.data = (struct qf_str){ bytes, (uint32_t)n };
    if (base64)
        out.data = (struct qf_str){ text, (uint32_t)qf_base64_put(bytes, (size_t)n, text) };
    answer(the_call(QF_CMD_job_read, offset), TUI_ANSWER_OK, &out, NULL);
}

/* --- what comes of it */

static int64_t taken, full_at;
static bool take(void *arg, const void *p, size_t n)
{
    (void)arg;
    if (full_at >= 0 && taken + (int64_t)n > full_at)
        return false;
    for (size_t i = 0; i < n; i++)
        if (((const char *)p)[i] != byte_at(taken + (int64_t)i))
            fail_msg("byte %lld is another one", (long long)(taken + (int64_t)i));
    taken += (int64_t)n;
    return true;
}

static struct fetch *begin(bool start)
{
    const struct qf_export_start req = { .has = 0 };
    const struct qf_job job = { .id = 5 };
    calls_n = 0;
    taken = 0;
    full_at = -1;
    no_link = false;
    struct fetch *f = fetch_new(&(struct fetch_conf){ .link = &link_, .start = QF_CMD_export_start, .req = &req, .take = take });
    if (start)
        answer(the_call(QF_CMD_export_start, 0), TUI_ANSWER_OK, &job, NULL);
    return f;
}

static void done(struct fetch *f, int64_t total)
{
    assert_int_equal(fetch_status(f)->state, FETCH_DONE);
    assert_int_equal(taken, total);
    assert_int_equal(fetch_status(f)->bytes, total);
    assert_int_equal(open_calls(QF_CMD_job_read), 0); /* what was asked beyond the end is forgotten */
    fetch_free(f);
}

static void two_are_under_way(void **state)
{
    (void)state;
    struct fetch *f = begin(true);
    for (int64_t at = 0; at < 5 * P + 100; at += P) {
        assert_int_equal(open_calls(QF_CMD_job_read), 2);
        send_piece(at, 5 * P + 100, at == 2 * P);
    }
    done(f, 5 * P + 100);
}

static void the_second_comes_first(void **state)
{
    (void)state;
    struct fetch *f = begin(true);
    send_piece(P, 4 * P, false);
    assert_int_equal(taken, 0);
    send_piece(0, 4 * P, true);
    assert_int_equal(taken, 2 * P);
    assert_int_equal(open_calls(QF_CMD_job_read), 2);
    send_piece(3 * P, 4 * P, false); /* the last before the last but one */
    assert_int_equal(fetch_status(f)->state, FETCH_RUNS);
    send_piece(2 * P, 4 * P, false);
    done(f, 4 * P);
}

static void ends_of_every_kind(void **state)
{
    static const int64_t totals[] = { 0, 1, QF_PIECE_BYTES - 1, QF_PIECE_BYTES, QF_PIECE_BYTES + 1 };
    (void)state;
    for (size_t i = 0; i < QF_LEN(totals); i++)
        for (int early = 0; early < 2; early++) { /* the empty piece behind the end may be the first that comes */
            struct fetch *f = begin(true);
            if (early && totals[i] <= P)
                send_piece(P, totals[i], false);
            send_piece(0, totals[i], false);
            if (fetch_status(f)->state == FETCH_RUNS)
                send_piece(P, totals[i], false);
            done(f, totals[i]);
        }
}

static void what_goes_wrong(void **state)
{
    struct qf_refusal r = { .reason = QF_R_BAD_STATE, .message = "the export failed" };
    struct qf_job_piece odd = { .id = 5, .size = 3, .data = { "abc", 3 } }; /* short, and not the last */
    (void)state;
    struct fetch *f = begin(false);
    answer(the_call(QF_CMD_export_start, 0), TUI_ANSWER_REFUSED, NULL, &r);
    assert_int_equal(fetch_status(f)->state, FETCH_REFUSED);
    assert_string_equal(fetch_status(f)->refusal.message, "the export failed");
    assert_string_equal(fetch_status(f)->reason, "BAD_STATE");
    fetch_free(f);
    f = begin(true);
    answer(the_call(QF_CMD_job_read, 0), TUI_ANSWER_LOST, NULL, NULL);
    assert_int_equal(fetch_status(f)->state, FETCH_LOST);
    assert_int_equal(open_calls(QF_CMD_job_read), 0);
    fetch_free(f);
    f = begin(true);
    answer(the_call(QF_CMD_job_read, 0), TUI_ANSWER_OK, &odd, NULL);
    assert_int_equal(fetch_status(f)->state, FETCH_REFUSED);
    assert_int_equal(taken, 0);
    fetch_free(f);
    f = begin(true);
    odd = (struct qf_job_piece){ .id = 5, .size = 3, .end = true, .base64 = true, .data = { "!!!!", 4 } };
    answer(the_call(QF_CMD_job_read, 0), TUI_ANSWER_OK, &odd, NULL);
    assert_int_equal(fetch_status(f)->state, FETCH_REFUSED);
    fetch_free(f);
    f = begin(true); /* given up in the middle: nothing is called afterwards */
    send_piece(P, 9 * P, false);
    fetch_free(f);
    assert_int_equal(open_calls(QF_CMD_job_read), 0);
}

static void cancelling(void **state)
{
    struct qf_job job = { .id = 5, .state = QF_JOB_CANCELLED };
    (void)state;
    struct fetch *f = begin(true);
    send_piece(0, 9 * P, false);
    fetch_cancel(f);
    fetch_cancel(f);
    assert_int_equal(open_calls(QF_CMD_job_cancel), 1);
    assert_int_equal(open_calls(QF_CMD_job_read), 0);
    assert_int_equal(fetch_status(f)->state, FETCH_RUNS); /* until the desk knows */
    answer(the_call(QF_CMD_job_cancel, 0), TUI_ANSWER_OK, &job, NULL);
    assert_int_equal(fetch_status(f)->state, FETCH_CANCELLED);
    fetch_free(f);
    f = begin(true);
    full_at = P + 10; /* the disk is full */
    send_piece(0, 9 * P, false);
    send_piece(P, 9 * P, false);
    assert_int_equal(open_calls(QF_CMD_job_cancel), 1);
    answer(the_call(QF_CMD_job_cancel, 0), TUI_ANSWER_OK, &job, NULL);
    assert_int_equal(fetch_status(f)->state, FETCH_STOPPED);
    fetch_free(f);
    f = begin(true);
    no_link = true;
    fetch_cancel(f);
    assert_int_equal(fetch_status(f)->state, FETCH_CANCELLED);
    fetch_free(f);
}

static void progress_by_pushes(void **state)
{
    const struct qf_job rows[] = { { .id = 4, .done = 1 }, { .id = 5, .done = 77, .total = 100 } };
    const struct tui_push push = { .topic = QF_TOPIC_jobs, .rows = rows, .rows_n = 2 }, other = { .topic = QF_TOPIC_orders, .rows_n = 1 };
    (void)state;
    struct fetch *f = begin(true);
    fetch_push(f, &other);
    fetch_push(f, &push);
    assert_int_equal(fetch_status(f)->job.done, 77);
    fetch_free(f);
}

/* --- files */

static char dir[64];

static bool holds(const char *path, const char *text)
{
    char got[64] = "";
    FILE *f = fopen(path, "r");
    if (!f)
        return false;
    size_t n = fread(got, 1, sizeof got - 1, f);
    fclose(f);
    return n == strlen(text) && memcmp(got, text, n) == 0;
}

static void a_file_is_whole_or_not_there(void **state)
{
    char path[128], why[QF_WHY_TEXT];
    struct stat st;
    (void)state;
    qf_str_fmt(path, sizeof path, "%s/x.csv", dir);
    struct fetch_file *f = fetch_file_new(path, false, why);
    assert_non_null(f);
    assert_true(fetch_file_take(f, "one", 3));
    assert_int_not_equal(stat(path, &st), 0);
    fetch_file_drop(f);
    assert_int_not_equal(stat(path, &st), 0);
    assert_int_equal(rmdir(dir), 0); /* nothing stays beside it either */
    assert_int_equal(mkdir(dir, 0700), 0);
    f = fetch_file_new(path, false, why);
    assert_true(fetch_file_take(f, "two", 3) && fetch_file_take(f, "", 0) && fetch_file_keep(f, why));
    assert_true(holds(path, "two"));
    assert_null(fetch_file_new(path, false, why));
    assert_non_null(strstr(why, "is there already"));
    f = fetch_file_new(path, true, why);
    assert_true(fetch_file_take(f, "three", 5));
    assert_true(holds(path, "two")); /* until the new one is complete */
    assert_true(fetch_file_keep(f, why));
    assert_true(holds(path, "three"));
    assert_null(fetch_file_new(dir, true, why));
    assert_null(fetch_file_new("/nowhere/at/all", false, why));
    assert_int_equal(unlink(path), 0);
    f = fetch_file_new(path, false, why); /* somebody makes one meanwhile: his stays */
    FILE *his = fopen(path, "w");
    assert_true(his && fputs("his", his) >= 0 && fclose(his) == 0);
    assert_true(fetch_file_take(f, "mine", 4));
    assert_false(fetch_file_keep(f, why));
    assert_true(holds(path, "his"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_are_under_way), cmocka_unit_test(the_second_comes_first), cmocka_unit_test(ends_of_every_kind),
        cmocka_unit_test(what_goes_wrong),   cmocka_unit_test(cancelling),             cmocka_unit_test(progress_by_pushes),
        cmocka_unit_test(a_file_is_whole_or_not_there),
    };
    qf_str_copy(dir, sizeof dir, "/tmp/qf-fetch.XXXXXX");
    if (!mkdtemp(dir))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
