/* Exports of a real desk with 300,000 fills: one snapshot while orders flow, credit, memory, cancelling, who may, and `qf export`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base64.h"
#include "common/limits.h"
#include "common/str.h"
#include "daemon/store/db_wait.h"
#include "tests/it/desk_world.h"

#define FILLS 300000
#define PIECE ((int64_t)QF_PIECE_BYTES)
#define GROWTH_MAX_KIB (50 * 1024)

static struct desk_world world;
static struct rpc ann, bob, vic;
static int64_t killed_job; /* of a qf that was killed at the beginning: it must have ended by the end */

/* --- SQL beside the daemon */

static struct db_wait *db_open_as(const char *user)
{
    char conninfo[256];
    struct db_wait *db = NULL;
    struct db_error error;
    qf_str_fmt(conninfo, sizeof conninfo, "host=%s/run/pg user=%s dbname=quantumfond", world.proc.dir, user);
    const struct db_conf conf = { .conninfo = conninfo, .name = "test" };
    if (db_wait_open(&conf, &db, &error) != QF_OK)
        fail_msg("%s", error.why);
    return db;
}

static void sql(const char *text)
{
    struct db_error error;
    struct db_wait *db = db_open_as("qf_owner");
    if (db_wait_script(db, text, &error) != QF_OK)
        fail_msg("%s", error.why);
    db_wait_close(db);
}

static int64_t number(const char *text)
{
    struct db_error error;
    int64_t v = -1;
    struct db_wait *db = db_open_as("qf_admin"); /* may see what the others run */
    if (db_wait_i64(db, text, NULL, 0, 0, &v, &error) != QF_OK)
        fail_msg("%s", error.why);
    db_wait_close(db);
    return v;
}

static const char fill[] =
    "SET search_path = qf;"
    "INSERT INTO executions (id, account, symbol, side, quantity, price, fee, currency, amount, realized, venue, exec_id, at, recorded)"
    " SELECT i, 'desk', CASE i % 2 WHEN 0 THEN 'KO' ELSE 'PFE' END, 'BUY', 100 + i % 50, 100 + (i % 1000) * 0.01, 0.5, 'USD',"
    " -(100 + i % 50) * (100 + (i % 1000) * 0.01), 0, 'import', CASE i WHEN 7 THEN '=1+1' ELSE i || '-1' END,"
    " timestamptz '2026-01-01 UTC' + i * interval '1.5 s', timestamptz '2026-01-02 UTC'"
    " FROM generate_series(1, 300000) i; ANALYZE executions";

/* --- asking */

static struct qf_export_start request(enum qf_export_what what, enum qf_export_format format)
{
    struct qf_export_start in = { .what = (int32_t)what, .format = (int32_t)format };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_export_start, &in);
    QF_SET(&in, export_start, format);
    return in;
}

static int64_t start_export(struct rpc *r, enum qf_export_what what, enum qf_export_format format)
{
    const struct qf_export_start in = request(what, format);
    const struct qf_job *job = world_do(&world, r, QF_CMD_export_start, &in);
    assert_int_equal(job->state, QF_JOB_RUNNING);
    assert_string_equal(job->kind, "export");
    return job->id;
}

static struct qf_job_read piece_of(int64_t id, int64_t offset)
{
    return (struct qf_job_read){ .has = qf_rec_job_read.must, .id = id, .offset = offset };
}

static struct qf_job job_now(int64_t id)
{
    const struct qf_job_list *l = world_do(&world, &world.boss, QF_CMD_job_list, NULL);
    for (uint32_t i = 0; i < l->jobs_n; i++)
        if (l->jobs[i].id == id)
            return l->jobs[i];
    fail_msg("job %lld is in no list", (long long)id);
    return (struct qf_job){ .id = 0 };
}

static struct qf_job wait_until_over(int64_t id, int seconds)
{
    struct qf_job j = job_now(id);
    for (int i = 0; i < seconds * 20 && j.state == QF_JOB_RUNNING; i++) {
        usleep(50000);
        j = job_now(id);
    }
    return j;
}

/* What came, as far as it is looked at. */
struct got {
    int64_t bytes, lines;
    char first[400], last[400]; /* the first two lines; the last bytes */
    bool dangerous;             /* a cell begins with = */
};

static void look_at(struct got *g, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g->lines += p[i] == '\n';
        g->dangerous = g->dangerous || (i > 0 && p[i] == '=' && p[i - 1] == ',');
    }
    if (g->bytes == 0)
        qf_str_copyn(g->first, sizeof g->first, p, n < sizeof g->first ? n : sizeof g->first - 1);
    size_t k = n < sizeof g->last ? n : sizeof g->last - 1;
    if (n > 0)
        qf_str_copyn(g->last, sizeof g->last, p + n - k, k);
    g->bytes += (int64_t)n;
}

/* One piece; returns its `end`. */
static bool read_piece(struct rpc *r, int64_t id, struct got *g, FILE *to)
{
    const struct qf_job_read in = piece_of(id, g->bytes);
    const struct qf_job_piece *p = world_do(&world, r, QF_CMD_job_read, &in);
    static char plain[2 * QF_PIECE_BYTES];
    size_t n = p->data.n;
    assert_int_equal(p->offset, g->bytes);
    assert_true(p->end || p->size == PIECE);
    if (p->base64)
        assert_int_equal(qf_base64_get(p->data.p, p->data.n, plain, &n), QF_OK);
    assert_int_equal(n, p->size);
    const bool end = p->end;
    if (to)
        assert_int_equal(fwrite(p->base64 ? plain : p->data.p, 1, n, to), n);
    look_at(g, p->base64 ? plain : p->data.p, n);
    return end;
}

static struct got read_all(struct rpc *r, int64_t id, struct got g)
{
    while (!read_piece(r, id, &g, NULL)) {
    }
    return g;
}

static int64_t memory_kib(const char *field)
{
    char path[64], line[200];
    long long kib = -1;
    qf_str_fmt(path, sizeof path, "/proc/%ld/status", (long)world.proc.pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, field, strlen(field)) == 0)
            kib = strtoll(line + strlen(field) + 1, NULL, 10);
    fclose(f);
    return kib;
}

/* --- qf */

static pid_t spawn_qf(char *const argv[], int out, const char *err)
{
    const char *program = getenv("QF") ? getenv("QF") : "./qf";
    pid_t pid = fork();
    if (pid == 0) {
        setenv("QF_SOCKET", world.proc.socket, 1);
        int fd = open(err, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (out >= 0)
            (void)dup2(out, STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
        execv(program, argv);
        _exit(127);
    }
    assert_true(pid > 0);
    return pid;
}

static int status_of(pid_t pid)
{
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int64_t newest_job(void)
{
    const struct qf_job_list *l = world_do(&world, &world.boss, QF_CMD_job_list, NULL);
    return l->jobs_n > 0 ? l->jobs[0].id : 0;
}

static int64_t wait_for_job_above(int64_t id)
{
    for (int i = 0; i < 400 && newest_job() <= id; i++)
        usleep(20000);
    assert_true(newest_job() > id);
    return newest_job();
}

/* --- tests. The first one leaves a job whose owner was killed; the last one looks what became of it. */

static void a_qf_is_killed(void **state)
{
    static char *const argv[] = { "qf", "export", "executions", NULL };
    int pipes[2];
    (void)state;
    int64_t before = newest_job();
    assert_int_equal(pipe(pipes), 0); /* nobody reads: it stands in the middle */
    pid_t pid = spawn_qf(argv, pipes[1], "/dev/null");
    killed_job = wait_for_job_above(before);
    usleep(300000);
    assert_int_equal(job_now(killed_job).state, QF_JOB_RUNNING);
    kill(pid, SIGKILL);
    assert_int_equal(status_of(pid), 128 + SIGKILL);
    close(pipes[0]);
    close(pipes[1]);
}

static void all_rows_once_with_bounded_memory(void **state)
{
    struct got g = { .bytes = 0 };
    (void)state;
    int64_t before = memory_kib("VmRSS:");
    for (int i = 0; i < 2; i++) {
        g = read_all(&ann, start_export(&ann, QF_EXPORT_EXECUTIONS, i == 0 ? QF_FORMAT_CSV : QF_FORMAT_NDJSON), (struct got){ .bytes = 0 });
        assert_int_equal(g.lines, FILLS + (i == 0));
        assert_false(g.dangerous);
        assert_non_null(strstr(g.last, "300000-1"));
        assert_true(g.bytes > 50 * PIECE);
    }
    assert_true(strncmp(g.first, "{\"id\":1,\"account\":\"desk\",\"symbol\":\"PFE\",", 40) == 0);
#ifndef __SANITIZE_ADDRESS__ /* its quarantine keeps what was freed */
    printf("# the daemon grew by %lld KiB\n", (long long)(memory_kib("VmRSS:") - before));
    assert_true(memory_kib("VmRSS:") - before < GROWTH_MAX_KIB);
#endif
    int64_t id = newest_job();
    struct qf_job j = wait_until_over(id, 5);
    assert_int_equal(j.state, QF_JOB_DONE);
    assert_int_equal(j.done, FILLS);
    assert_int_equal(j.bytes, g.bytes);
    assert_string_equal(j.by, "ann");
    (void)before;
}

static void a_formula_is_only_a_text(void **state)
{
    struct qf_export_start in = request(QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    (void)state;
    qf_str_copy(in.symbol, sizeof in.symbol, "PFE");
    in.from = 1767225600000000LL + 9 * QF_SEC; /* 2026-01-01 and 9 s: from the sixth on */
    in.to = in.from + 3 * QF_SEC;
    QF_SET(&in, export_start, symbol);
    QF_SET(&in, export_start, from);
    QF_SET(&in, export_start, to);
    const struct qf_job *job = world_do(&world, &ann, QF_CMD_export_start, &in);
    assert_string_equal(job->title, "executions as csv, PFE, from 2026-01-01T00:00:09Z, to 2026-01-01T00:00:12Z");
    struct got g = read_all(&ann, job->id, (struct got){ .bytes = 0 });
    assert_string_equal(strchr(g.first, '\n') + 1,
                        "7,,desk,PFE,BUY,107,100.07,0.5,USD,-10707.49,0,import,\"'=1+1\",2026-01-01T00:00:10.500Z,2026-01-02T00:00:00Z\r\n");
}

/* Fills that come while it runs are not in it, and nothing that was there is missing. */
static void one_snapshot_while_orders_flow(void **state)
{
    struct got g = { .bytes = 0 };
    (void)state;
    int64_t before = number("SELECT count(*) FROM qf.executions");
    int64_t id = start_export(&ann, QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    assert_false(read_piece(&ann, id, &g, NULL));
    for (int i = 0; i < 20; i++)
        world_wait_state(&world, world_order(&world, &bob, "KO", QF_SIDE_BUY, 10 + i, 0), QF_ORDER_FILLED);
    g = read_all(&ann, id, g);
    assert_int_equal(g.lines, before + 1);
    assert_true(number("SELECT count(*) FROM qf.executions") >= before + 20);
    id = start_export(&bob, QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    g = read_all(&bob, id, (struct got){ .bytes = 0 });
    assert_int_equal(g.lines, number("SELECT count(*) FROM qf.executions") + 1);
}

static void cancel(struct rpc *r, int64_t id, const char *word)
{
    struct qf_job_id in = { .id = id };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_job_id, &in);
    if (word)
        world_refused(&world, r, QF_CMD_job_cancel, &in, word);
    else
        assert_int_equal(((const struct qf_job *)world_do(&world, r, QF_CMD_job_cancel, &in))->state, QF_JOB_CANCELLED);
}

static void cancelled_mid_way(void **state)
{
    struct got g = { .bytes = 0 };
    (void)state;
    int64_t id = start_export(&ann, QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    assert_false(read_piece(&ann, id, &g, NULL));
    cancel(&bob, id, "FORBIDDEN"); /* hers */
    cancel(&ann, id, NULL);
    const struct qf_job_read next = piece_of(id, PIECE);
    world_refused(&world, &ann, QF_CMD_job_read, &next, "BAD_STATE");
    assert_string_equal(world.line.refusal.message, "the export was cancelled: cancelled by ann");
    struct qf_job j = job_now(id);
    assert_int_equal(j.state, QF_JOB_CANCELLED);
    assert_true(j.done < FILLS);
    cancel(&ann, id, "ALREADY");
    id = start_export(&ann, QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    cancel(&world.boss, id, NULL); /* admin: any */
    for (int i = 0; i < 100 && number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qfd scan'") > 1; i++)
        usleep(50000);
    assert_true(number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qfd scan'") <= 1); /* of the killed qf */
}

/* The writer stands two pieces ahead of its reader, however long that takes, and goes on with him. */
static void a_reader_that_stops(void **state)
{
    struct got g = { .bytes = 0 };
    int64_t ids[4];
    int n = 0;
    (void)state;
    for (int others = job_now(killed_job).state == QF_JOB_RUNNING; n + others < 4; n++)
        ids[n] = start_export(&ann, QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    const struct qf_export_start fifth = request(QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    world_refused(&world, &ann, QF_CMD_export_start, &fifth, "BUSY");
    while (--n > 0)
        cancel(&ann, ids[n], NULL);
    sleep(1);
    struct qf_job j = job_now(ids[0]);
    assert_int_equal(j.state, QF_JOB_RUNNING);
    assert_int_equal(j.bytes, 2 * PIECE);
    assert_true(number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qfd scan'") >= 1);
    assert_false(read_piece(&ann, ids[0], &g, NULL));
    usleep(300000);
    assert_int_equal(job_now(ids[0]).bytes, 3 * PIECE);
    const struct qf_job_read wrong = piece_of(ids[0], 5 * PIECE), half = piece_of(ids[0], PIECE / 2);
    world_refused(&world, &ann, QF_CMD_job_read, &wrong, "INVALID_PARAMS");
    assert_string_equal(world.line.refusal.field, "offset");
    assert_string_equal(world.line.refusal.message, "the next piece begins at 262144");
    world_refused(&world, &ann, QF_CMD_job_read, &half, "INVALID_PARAMS");
    struct got again = { .bytes = 0 };
    assert_false(read_piece(&ann, ids[0], &again, NULL)); /* the one before can be had again */
    assert_string_equal(again.first, g.first);
    assert_int_equal(read_all(&ann, ids[0], g).lines, number("SELECT count(*) FROM qf.executions") + 1);
}

static void who_may(void **state)
{
    struct qf_export_start audit = request(QF_EXPORT_AUDIT, QF_FORMAT_NDJSON);
    (void)state;
    world_refused(&world, &vic, QF_CMD_export_start, &audit, "FORBIDDEN");
    audit = request(QF_EXPORT_AUDIT, QF_FORMAT_NDJSON);
    world_refused(&world, &bob, QF_CMD_export_start, &audit, "FORBIDDEN");
    int64_t id = start_export(&ann, QF_EXPORT_AUDIT, QF_FORMAT_NDJSON);
    const struct qf_job_read first = piece_of(id, 0);
    world_refused(&world, &vic, QF_CMD_job_read, &first, "FORBIDDEN");
    struct got g = read_all(&world.boss, id, (struct got){ .bytes = 0 }); /* admin: any */
    assert_true(g.lines > 10);
    assert_int_equal(strncmp(g.first, "{\"cmd_no\":1,", 12), 0);
    id = start_export(&vic, QF_EXPORT_POSITIONS, QF_FORMAT_CSV); /* what one sees one may take along */
    g = read_all(&vic, id, (struct got){ .bytes = 0 });
    assert_int_equal(strncmp(g.first, "account,symbol,quantity,cost,fifo_cost,", 39), 0);
    assert_int_equal(g.lines, 2); /* KO, by the orders above */
    assert_true(number("SELECT count(*) FROM qf.control_log WHERE method = 'export.start' AND username = 'vic' AND outcome = 'refused'"
                       " AND reason = 'FORBIDDEN'") == 1);
    assert_true(number("SELECT count(*) FROM qf.control_log WHERE method = 'export.start' AND username = 'vic' AND outcome = 'done'"
                       " AND detail LIKE 'job % positions as csv'") == 1);
}

static void senseless_requests(void **state)
{
    struct qf_export_start in = request(QF_EXPORT_EQUITY, QF_FORMAT_CSV);
    (void)state;
    qf_str_copy(in.symbol, sizeof in.symbol, "KO");
    QF_SET(&in, export_start, symbol);
    world_refused(&world, &ann, QF_CMD_export_start, &in, "INVALID_PARAMS");
    assert_string_equal(world.line.refusal.field, "symbol");
    in = request(QF_EXPORT_ORDERS, QF_FORMAT_CSV);
    qf_str_copy(in.account, sizeof in.account, "nobody");
    QF_SET(&in, export_start, account);
    world_refused(&world, &ann, QF_CMD_export_start, &in, "NOT_FOUND");
    const struct qf_job_read none = piece_of(1LL << 40, 0);
    world_refused(&world, &ann, QF_CMD_job_read, &none, "NOT_FOUND");
}

/* The same reference again: the same job, no second one. */
static void asked_twice(void **state)
{
    const struct qf_export_start in = request(QF_EXPORT_ORDERS, QF_FORMAT_CSV);
    (void)state;
    int64_t id = ((const struct qf_job *)world_do(&world, &bob, QF_CMD_export_start, &in))->id;
    assert_int_equal(((const struct qf_job *)world_do(&world, &bob, QF_CMD_export_start, &in))->id, id);
    assert_int_equal(newest_job(), id);
    struct got g = read_all(&bob, id, (struct got){ .bytes = 0 });
    assert_int_equal(g.lines, number("SELECT count(*) FROM qf.orders") + 1);
}

static void every_kind(void **state)
{
    static const char *const tables[] = { "orders", "executions", "trades", "positions", "control_log", "ledger", "equity" };
    (void)state;
    assert_int_equal(QF_LEN(tables), QF_export_what_COUNT);
    for (int i = 0; i < QF_export_what_COUNT; i++) {
        char text[80];
        qf_str_fmt(text, sizeof text, "SELECT count(*) FROM qf.%s", tables[i]);
        int64_t low = number(text);
        struct got g = read_all(&ann, start_export(&ann, (enum qf_export_what)i, QF_FORMAT_NDJSON), (struct got){ .bytes = 0 });
        int64_t high = number(text); /* the market goes on */
        assert_true(g.lines >= low && g.lines <= high);
    }
}

/* --- the command line */

static void a_whole_file_or_none(void **state)
{
    char file[160], err[160], other[160];
    struct stat st;
    (void)state;
    qf_str_fmt(file, sizeof file, "%s/fills.csv", world.proc.dir);
    qf_str_fmt(other, sizeof other, "%s/again.csv", world.proc.dir);
    qf_str_fmt(err, sizeof err, "%s/err", world.proc.dir);
    char *argv[] = { "qf", "export", "executions", "-o", file, NULL };
    assert_int_equal(status_of(spawn_qf(argv, -1, err)), 0);
    assert_int_equal(stat(file, &st), 0);
    assert_true(stat(err, &st) == 0 && st.st_size == 0); /* no terminal: nothing is said */
    FILE *f = fopen(other, "w");
    struct got g = { .bytes = 0 };
    int64_t id = start_export(&world.boss, QF_EXPORT_EXECUTIONS, QF_FORMAT_CSV);
    while (!read_piece(&world.boss, id, &g, f)) {
    }
    assert_int_equal(fclose(f), 0);
    char *same[] = { "cmp", "-s", file, other, NULL };
    pid_t pid = fork();
    if (pid == 0) {
        execvp(same[0], same);
        _exit(127);
    }
    assert_int_equal(status_of(pid), 0);
    assert_int_equal(status_of(spawn_qf(argv, -1, err)), 2); /* it is there */
    char *force[] = { "qf", "export", "orders", "--ndjson", "-o", file, "--force", NULL };
    assert_int_equal(status_of(spawn_qf(force, -1, err)), 0);
    assert_true(stat(file, &st) == 0 && st.st_size < g.bytes);
}

static void ctrl_c_leaves_nothing(void **state)
{
    char file[160], left[200];
    int pipes[2];
    (void)state;
    qf_str_fmt(file, sizeof file, "%s/half.csv", world.proc.dir);
    int64_t before = newest_job();
    assert_int_equal(pipe(pipes), 0); /* nobody reads */
    char *const argv[] = { "qf", "export", "executions", NULL };
    pid_t pid = spawn_qf(argv, pipes[1], "/dev/null");
    int64_t id = wait_for_job_above(before);
    usleep(300000);
    kill(pid, SIGINT);
    assert_int_equal(status_of(pid), 1);
    assert_int_equal(wait_until_over(id, 5).state, QF_JOB_CANCELLED);
    close(pipes[0]);
    close(pipes[1]);
    char *const to_file[] = { "qf", "export", "executions", "-o", file, NULL };
    pid = spawn_qf(to_file, -1, "/dev/null");
    id = wait_for_job_above(id);
    kill(pid, SIGINT);
    int status = status_of(pid);
    if (status == 0) /* it was quicker: then the file is whole */
        assert_int_equal(access(file, R_OK), 0);
    else
        assert_int_not_equal(access(file, F_OK), 0);
    qf_str_fmt(left, sizeof left, "ls %s | grep -q part-", world.proc.dir);
    pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", left, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(status_of(pid), 1);
}

/* The killed qf's job: thirty seconds after its connection went, and not at once. */
static void the_killed_qf_left_nothing(void **state)
{
    (void)state;
    struct qf_job j = wait_until_over(killed_job, 40);
    assert_int_equal(j.state, QF_JOB_CANCELLED);
    assert_string_equal(j.reason, "the connection it was for has gone");
    assert_true(j.updated - j.started < 60 * QF_SEC);
    for (int i = 0; i < 100 && number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qfd scan'") > 0; i++)
        usleep(50000);
    assert_int_equal(number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qfd scan'"), 0);
}

static int start(void **state)
{
    (void)state;
    world_start(&world);
    world_wait_prices(&world);
    sql(fill);
    world_restart(&world); /* so that its numbers go on behind them */
    world_wait_prices(&world);
    world_sign_in(&world, &ann, "ann");
    world_sign_in(&world, &bob, "bob");
    world_sign_in(&world, &vic, "vic");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rpc_release(&ann);
    rpc_release(&bob);
    rpc_release(&vic);
    world_stop(&world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_qf_is_killed),
        cmocka_unit_test(all_rows_once_with_bounded_memory),
        cmocka_unit_test(a_formula_is_only_a_text),
        cmocka_unit_test(one_snapshot_while_orders_flow),
        cmocka_unit_test(cancelled_mid_way),
        cmocka_unit_test(a_reader_that_stops),
        cmocka_unit_test(who_may),
        cmocka_unit_test(senseless_requests),
        cmocka_unit_test(asked_twice),
        cmocka_unit_test(every_kind),
        cmocka_unit_test(a_whole_file_or_none),
        cmocka_unit_test(ctrl_c_leaves_nothing),
        cmocka_unit_test(the_killed_qf_left_nothing),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
