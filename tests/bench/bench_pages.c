/* The big tables: pages by key of the trades list at 10^4 and 10^6 rows through the socket, beside OFFSET in SQL; and one million
 * executions as a CSV file by `qf export`, beside psql's COPY and what a Python script needs for the same file, in interleaved rounds.
 * bench_pages SCRIPT [rounds [rows]]. Not a test: it fails only when it cannot measure; without /usr/bin/python3 or its numpy their
 * lines are missing. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/store/db_wait.h"
#include "tests/bench/load.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"

#ifndef QF_PG_BINDIR
#define QF_PG_BINDIR "/usr/lib/postgresql/15/bin"
#endif
#define FIRST 10000 /* rows at first */
#define PAGE 100
#define ASKS 200    /* of each page */

static struct proc desk;
static struct rpc rpc;
static int rounds = 3;
static long rows = 1000000;

static void die(const char *what)
{
    fprintf(stderr, "cannot measure: %s\n", what);
    proc_free(&desk);
    exit(1);
}

/* --- filling: beside the daemon, which has nothing to do with these rows until somebody asks for them */

static struct db_wait *connect_db(void)
{
    char conninfo[256];
    struct db_wait *db;
    struct db_error error;
    qf_str_fmt(conninfo, sizeof conninfo, "host=%s/run/pg user=qf_admin dbname=quantumfond", desk.dir);
    const struct db_conf conf = { .conninfo = conninfo, .name = "bench" };
    if (db_wait_open(&conf, &db, &error) != QF_OK)
        die(error.why);
    return db;
}

static void sql(struct db_wait *db, const char *text)
{
    struct db_error error;
    if (db_wait_script(db, text, &error) != QF_OK)
        die(error.why);
}

static void fill(struct db_wait *db, long from, long to)
{
    char text[2000];
    qf_str_fmt(text, sizeof text,
               "SET search_path = qf; SET synchronous_commit = off;"
               "INSERT INTO trades SELECT i, 'desk', 'S' || i %% 20, 'BUY', 'CLOSED', timestamptz '2026-01-01 UTC' + i * interval '7 s',"
               " timestamptz '2026-01-01 UTC' + i * interval '8 s', 100 + i %% 50, 100 + i %% 50, (100 + i %% 50) * (100 + i %% 1000 * 0.01),"
               " (100 + i %% 50) * (100 + i %% 1000 * 0.01) + 1, 1, 0.5, 2, 'USD' FROM generate_series(%ld, %ld) i;"
               "INSERT INTO executions SELECT i, NULL, 'desk', 'S' || i %% 20, CASE i %% 2 WHEN 0 THEN 'BUY' ELSE 'SELL' END, 100 + i %% 50,"
               " 100 + i %% 1000 * 0.01, 0.5 + i %% 7 * 0.01, 'USD', (CASE i %% 2 WHEN 0 THEN -1 ELSE 1 END) * (100 + i %% 50)"
               " * (100 + i %% 1000 * 0.01), (i %% 100 - 50) * 1.37, 'paper', i || '-1', timestamptz '2026-01-01 UTC' + i"
               " * interval '7.123456 s', timestamptz '2026-01-01 UTC' + i * interval '7.223456 s' FROM generate_series(%ld, %ld) i;"
               "ANALYZE trades, executions",
               from, to, from, to);
    sql(db, text);
}

/* --- pages */

static double page_us(int64_t before)
{
    struct qf_page_query in = { .limit = PAGE, .before = before };
    const void *rep = NULL;
    qf_rec_fill(&qf_rec_page_query, &in);
    QF_SET(&in, page_query, limit);
    if (before)
        QF_SET(&in, page_query, before);
    int64_t began = qf_now_mono();
    if (rpc_call(&rpc, QF_CMD_trade_list, &in, &rep, NULL) != RPC_OK || ((const struct qf_trade_list *)rep)->trades_n != PAGE)
        die("a page did not come");
    return (double)(qf_now_mono() - began) / 1000;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Page n (from 1) of the newest first. */
static void pages(long total, long n)
{
    static double us[ASKS];
    int64_t before = n == 1 ? 0 : total - (n - 1) * PAGE + 1;
    for (int i = 0; i < 20; i++)
        (void)page_us(before);
    for (int i = 0; i < ASKS; i++)
        us[i] = page_us(before);
    qsort(us, ASKS, sizeof *us, by_value);
    printf("trade.list, %d rows, page %-6ld of %8ld rows   median %7.1f us   p99 %7.1f us\n", PAGE, n, total, us[ASKS / 2], us[ASKS * 99 / 100]);
}

static void by_offset(struct db_wait *db, long total)
{
    char text[160];
    struct db_error error;
    double best = 1e18;
    qf_str_fmt(text, sizeof text, "SELECT * FROM qf.trades ORDER BY id DESC OFFSET %ld LIMIT %d", total - PAGE, PAGE);
    for (int i = 0; i < 5; i++) {
        int64_t began = qf_now_mono();
        if (db_wait_query(db, text, NULL, 0, NULL, NULL, &error) != QF_OK)
            die(error.why);
        double us = (double)(qf_now_mono() - began) / 1000;
        best = us < best ? us : best;
    }
    printf("the same last page in SQL by OFFSET, of %8ld rows   best   %7.1f us\n", total, best);
}

/* --- exports */

/* Runs a program with its output in a file; seconds, or -1 with *ret_status. */
static double run(char *const argv[], const char *out, int *ret_status)
{
    int64_t began = qf_now_mono();
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
            _exit(126);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status = 0;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        die("no process");
    *ret_status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return *ret_status == 0 ? (double)(qf_now_mono() - began) / 1e9 : -1;
}

struct files {
    char ours[160], copy[160], python[160], out[160], host[160], script[600], count[24];
};

static double by_qf(const struct files *f)
{
    char program[512];
    int status;
    qf_str_copy(program, sizeof program, getenv("QF") ? getenv("QF") : "./qf");
    char ours[160];
    qf_str_copy(ours, sizeof ours, f->ours);
    char *argv[] = { program, "export", "executions", "--force", "-o", ours, NULL };
    double s = run(argv, f->out, &status);
    if (s < 0)
        die("qf export");
    return s;
}

static double by_copy(const struct files *f)
{
    static char psql[] = QF_PG_BINDIR "/psql";
    char host[160];
    int status;
    qf_str_copy(host, sizeof host, f->host);
    char *argv[] = { psql, "-qX", "-h", host, "-U", "qf_admin", "-d", "quantumfond", "-c",
                     "COPY (SELECT * FROM qf.executions ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", NULL };
    double s = run(argv, f->copy, &status);
    if (s < 0)
        die("psql");
    return s;
}

/* What the script says it took; -1 when it has not what it needs. */
static double by_python(const struct files *f, char *what, const char *from)
{
    char text[64] = "", script[600], source[160], target[160];
    int status;
    qf_str_copy(script, sizeof script, f->script);
    qf_str_copy(source, sizeof source, from);
    qf_str_copy(target, sizeof target, f->python);
    char *argv[] = { "/usr/bin/python3", script, what, source, target, NULL };
    if (run(argv, f->out, &status) < 0)
        return -1;
    FILE *in = fopen(f->out, "r");
    if (!in || !fgets(text, sizeof text, in))
        text[0] = '\0';
    if (in)
        fclose(in);
    return strtod(text, NULL);
}

static void say(const char *what, const struct series *s, double ours)
{
    if (s->n == 0)
        return;
    printf("%-58s %6.2f s (%.2f-%.2f)   %9.0f rows/s", what, series_median(s), series_min(s), series_max(s), (double)rows / series_median(s));
    if (ours > 0)
        printf("   %.2f times as long", series_median(s) / ours);
    putchar('\n');
}

static void exports(const struct files *f)
{
    struct series ours = { .n = 0 }, copy = { .n = 0 }, python = { .n = 0 }, numpy = { .n = 0 };
    struct stat st;
    for (int k = 0; k < rounds; k++) {
        series_add(&ours, by_qf(f));
        series_add(&copy, by_copy(f));
        double py = by_python(f, "csv", f->copy), np = by_python(f, "numpy", f->count);
        if (py > 0)
            series_add(&python, py + copy.v[copy.n - 1]); /* it has to get the rows first */
        if (np > 0)
            series_add(&numpy, np);
    }
    printf("%ld executions as CSV, %.1f MB\n", rows, stat(f->ours, &st) == 0 ? (double)st.st_size / 1e6 : 0.0);
    say("qf export executions -o FILE", &ours, 0);
    say("psql COPY ... CSV (no protection against formulas)", &copy, series_median(&ours));
    say("psql COPY, then python3 csv.reader and csv.writer", &python, series_median(&ours));
    say("numpy.savetxt, 15 columns already in memory", &numpy, series_median(&ours));
    if (python.n == 0)
        printf("python3: skipped, /usr/bin/python3 is not installed\n");
    if (numpy.n == 0)
        printf("numpy: skipped, not installed for /usr/bin/python3\n");
}

static void begin(struct files *f, const char *script)
{
    proc_make(&desk, "");
    if (!proc_adduser(&desk, "bench", "admin", (long)getuid()) || !proc_start(&desk))
        die("no desk");
    setenv("QF_SOCKET", desk.socket, 1);
    rpc_init(&rpc);
    if (!rpc_connect(&rpc, desk.socket))
        die("no socket");
    qf_str_fmt(f->ours, sizeof f->ours, "%s/ours.csv", desk.dir);
    qf_str_fmt(f->copy, sizeof f->copy, "%s/copy.csv", desk.dir);
    qf_str_fmt(f->python, sizeof f->python, "%s/python.csv", desk.dir);
    qf_str_fmt(f->out, sizeof f->out, "%s/out", desk.dir);
    qf_str_fmt(f->host, sizeof f->host, "%s/run/pg", desk.dir);
    qf_str_copy(f->script, sizeof f->script, script);
    qf_str_fmt(f->count, sizeof f->count, "%ld", rows);
}

int main(int argc, char **argv)
{
    struct files f;
    rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : rounds;
    rows = argc > 3 ? strtol(argv[3], NULL, 10) : rows;
    if (argc < 2 || rounds < 1 || rounds > 60 || rows <= FIRST) {
        fprintf(stderr, "usage: bench_pages SCRIPT [rounds, 1 to 60 [rows, more than %d]]\n", FIRST);
        return 2;
    }
    begin(&f, argv[1]);
    struct db_wait *db = connect_db();
    fill(db, 1, FIRST);
    pages(FIRST, 1);
    pages(FIRST, FIRST / PAGE);
    fill(db, FIRST + 1, rows);
    pages(rows, 1);
    pages(rows, rows / PAGE);
    by_offset(db, rows);
    exports(&f);
    db_wait_close(db);
    rpc_release(&rpc);
    proc_free(&desk);
    return 0;
}
