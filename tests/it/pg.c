#include "tests/it/pg.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/store/migrate.h"

static struct cluster *cluster;
static char dir[64];
static pid_t owner_process;
static int count;

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

void pg_end(void)
{
    if (getpid() != owner_process)
        return; /* a child of the test that exits */
    cluster_stop(cluster);
    cluster = NULL;
    if (dir[0] != '\0')
        nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    dir[0] = '\0';
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "no database for the test: %s: %s\n", what, why);
    exit(1);
}

static void end_server(void)
{
    char path[160], line[32] = "";
    qf_str_fmt(path, sizeof path, "%s/pg/data/postmaster.pid", dir);
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return;
    long pid = fgets(line, sizeof line, f) != NULL ? strtol(line, NULL, 10) : 0;
    fclose(f);
    if (pid > 1) {
        kill((pid_t)pid, SIGCONT);
        kill((pid_t)pid, SIGQUIT);
        usleep(500000);
    }
}

/* A child that outlives the test, however that ends - killed, aborted, out of time - and clears up behind it. */
static void hire_janitor(void)
{
    int ends[2];
    char byte;
    if (pipe2(ends, O_CLOEXEC) != 0)
        die("pipe", strerror(errno));
    if (fork() != 0) {
        close(ends[0]);
        return; /* the other end stays open until this process is gone */
    }
    setsid();
    for (int fd = 0; fd < 3; fd++)
        close(fd); /* whoever reads the test's output must see its end */
    close(ends[1]);
    while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
        ;
    end_server();
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    _exit(0);
}

static void migrate_first(void)
{
    struct migrate_report report;
    char why[MIGRATE_WHY];
    if (migrate_run(cluster_conninfo(cluster, CLUSTER_OWNER), qf_migrations, &report, why) != QF_OK)
        die("migrations", why);
}

void pg_begin(void)
{
    char why[CLUSTER_WHY] = "", path[96];
    const char *user = getenv("QF_PGUSER");
    owner_process = getpid();
    qf_str_copy(dir, sizeof dir, "/tmp/qfpg.XXXXXX");
    if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0) /* the server's user has to get through */
        die("/tmp", strerror(errno));
    atexit(pg_end);
    hire_janitor();
    qf_str_fmt(path, sizeof path, "%s/pg", dir);
    const struct cluster_conf conf = { .dir = path, .user = user != NULL ? user : "postgres" };
    if (cluster_start(&conf, &cluster, why) != QF_OK)
        die("cluster", why);
    migrate_first();
}

struct cluster *pg_cluster(void)
{
    return cluster;
}

const char *pg_dir(void)
{
    return dir;
}

static void conninfo(char out[PG_CONNINFO], const char *role, const char *database)
{
    qf_str_fmt(out, PG_CONNINFO, "host='%s/pg/run' port=5432 user=%s dbname=%s", dir, role, database);
}

static void create(struct pg_base *b, const char *template)
{
    char text[200];
    struct db_wait *w = pg_connect(cluster_conninfo(cluster, CLUSTER_ADMIN));
    qf_str_fmt(b->name, sizeof b->name, "t%d", ++count);
    qf_str_fmt(text, sizeof text, "CREATE DATABASE %s OWNER " CLUSTER_OWNER " TEMPLATE %s", b->name, template);
    pg_do(w, text);
    qf_str_fmt(text, sizeof text, "ALTER DATABASE %s SET search_path = qf", b->name);
    pg_do(w, text);
    qf_str_fmt(text, sizeof text, "REVOKE ALL ON DATABASE %s FROM PUBLIC", b->name); /* a copy does not inherit these */
    pg_do(w, text);
    qf_str_fmt(text, sizeof text, "GRANT CONNECT ON DATABASE %s TO " CLUSTER_DAEMON, b->name);
    pg_do(w, text);
    db_wait_close(w);
    conninfo(b->owner, CLUSTER_OWNER, b->name);
    conninfo(b->daemon, CLUSTER_DAEMON, b->name);
    conninfo(b->admin, CLUSTER_ADMIN, b->name);
}

void pg_fresh(struct pg_base *ret)
{
    create(ret, CLUSTER_DATABASE);
}

void pg_empty(struct pg_base *ret)
{
    create(ret, "template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'");
}

struct db_wait *pg_connect(const char *conninfo_text)
{
    const struct db_conf conf = { .conninfo = conninfo_text, .name = "test", .statement_ms = 60000 };
    struct db_error error;
    struct db_wait *w = NULL;
    if (db_wait_open(&conf, &w, &error) != QF_OK)
        die(conninfo_text, error.why);
    return w;
}

static void failed(const char *text, const struct db_error *error)
{
    fprintf(stderr, "%s\n  %s %s\n", text, error->state, error->why);
    qf_bug("a statement of the test failed", __FILE__, __LINE__);
}

void pg_do(struct db_wait *w, const char *text)
{
    struct db_error error;
    if (db_wait_query(w, text, NULL, 0, NULL, NULL, &error) != QF_OK)
        failed(text, &error);
}

int64_t pg_i64(struct db_wait *w, const char *text)
{
    struct db_error error;
    int64_t v = 0;
    if (db_wait_i64(w, text, NULL, 0, INT64_MIN, &v, &error) != QF_OK)
        failed(text, &error);
    return v;
}

struct text_out {
    char *out;
    size_t cap;
};

static void keep_text(void *arg, const struct db_answer *a)
{
    struct text_out *t = arg;
    if (a->kind == DB_ROWS && db_rows_count(a->rows) > 0)
        db_rows_text(a->rows, 0, 0, t->out, t->cap);
}

void pg_text(struct db_wait *w, const char *text, char *out, size_t cap)
{
    struct db_error error;
    struct text_out t = { out, cap };
    out[0] = '\0';
    if (db_wait_query(w, text, NULL, 0, keep_text, &t, &error) != QF_OK)
        failed(text, &error);
}

const char *pg_fails(struct db_wait *w, const char *text)
{
    static struct db_error error;
    enum qf_err err = db_wait_query(w, text, NULL, 0, NULL, NULL, &error);
    if (err != QF_ESTATE) {
        fprintf(stderr, "%s\n  did not fail\n", text);
        return "";
    }
    return error.state;
}

static const char *const sample[] = {
    "INSERT INTO users SELECT u, r, NULL, NULL, false, false, now(), now(), NULL FROM (VALUES ('ann', 'admin'), "
    "('bob', 'risk')) x (u, r)",
    "INSERT INTO instruments SELECT s, s, 0.01, 1, 'USD', m, 'paper', 'Tech', 'sim', 'OPEN', false, now() FROM (VALUES "
    "('X', 1), ('F', 50)) x (s, m)",
    "INSERT INTO accounts SELECT a, 'ann', NULL, 'main', 'USD', false, now() FROM (VALUES ('a'), ('b')) x (a)",
    "INSERT INTO orders SELECT i, 'ref' || i, CASE i % 2 WHEN 0 THEN 'a' ELSE 'b' END, CASE i / 2 % 2 WHEN 0 THEN 'X' "
    "ELSE 'F' END, 'BUY', 'LIMIT',"
    " 'DAY', 1 + i % 3, 10 + i % 7 * 0.25, 1 + i % 3, 0, 0.05, 'FILLED', NULL, 'ann', 'paper', NULL, now(), now(), "
    "now(), 1, NULL"
    " FROM generate_series(1, (SELECT n FROM sample)) i",
    "UPDATE orders o SET value = price * quantity * multiplier FROM instruments i WHERE i.symbol = o.symbol",
    "INSERT INTO executions SELECT o.id, o.id, account, o.symbol, side, quantity, price, 0.05, 'USD', -value, 0, "
    "'paper', o.id || '-1', now(), now()"
    " FROM orders o",
    "INSERT INTO lots SELECT id, account, symbol, quantity, quantity, price, id, at FROM executions",
    "INSERT INTO trades SELECT row_number() OVER (ORDER BY account, symbol), account, symbol, 'BUY', 'OPEN', min(at), "
    "NULL, sum(quantity), 0,"
    " sum(-amount), 0, 0, sum(fee), count(*), 'USD' FROM executions GROUP BY account, symbol",
    "INSERT INTO positions SELECT t.account, t.symbol, quantity, entry_cost, entry_cost, 0, 0, fees, 'USD', id, "
    "date_trunc('day', now()), 0, NULL, 0, now()"
    " FROM trades t",
    "INSERT INTO ledger SELECT row_number() OVER (), account, 'USD', kind, amount, execution, NULL, 'ann', now(), "
    "now() FROM ("
    " SELECT account, 'TRADE' AS kind, amount, id AS execution FROM executions UNION ALL SELECT account, 'FEE', -fee, "
    "id FROM executions"
    " UNION ALL SELECT name, 'DEPOSIT', 1000000, NULL FROM accounts) x",
    "INSERT INTO cash SELECT account, currency, sum(amount), 1000000, now() FROM ledger GROUP BY account, currency",
    "INSERT INTO control_log SELECT i, now(), 'ann', 'admin', NULL, 'unix', 'order.place', 'ref' || i, 'done', NULL, "
    "'{}', NULL,"
    " CASE i WHEN 1 THEN repeat('0', 64) ELSE encode(sha256((i - 1)::text::bytea), 'hex') END, "
    "encode(sha256(i::text::bytea), 'hex')"
    " FROM generate_series(1, (SELECT n FROM sample)) i",
    "INSERT INTO requests SELECT 'ann', ref, 'order.place', repeat('a', 64), cmd_no, '\"result\":{}', now() FROM "
    "control_log",
    "DROP TABLE sample",
};

void pg_sample(struct db_wait *w, int n)
{
    char text[80];
    qf_str_fmt(text, sizeof text, "CREATE TABLE sample AS SELECT %d AS n", n);
    pg_do(w, text);
    for (size_t i = 0; i < QF_LEN(sample); i++)
        pg_do(w, sample[i]);
    pg_do(w, "ANALYZE");
}

bool pg_wait(struct qf_loop *loop, const bool *done, int ms)
{
    const int64_t until = qf_now_mono() + ms * 1000000LL;
    while (!*done && qf_now_mono() < until)
        qf_loop_once(loop, 20 * QF_MS);
    return *done;
}

struct pid_out {
    int *pids;
    int max, n;
};

static void keep_pids(void *arg, const struct db_answer *a)
{
    struct pid_out *p = arg;
    for (int i = 0; a->kind == DB_ROWS && i < db_rows_count(a->rows) && p->n < p->max; i++)
        p->pids[p->n++] = (int)db_rows_i64(a->rows, i, 0, 0);
}

int pg_backends(struct db_wait *w, const char *like, int *ret, int max)
{
    struct db_error error;
    struct pid_out p = { ret, max, 0 };
    const struct db_param name = db_text(like);
    const char *text = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1 AND pid <> pg_backend_pid()";
    if (db_wait_query(w, text, &name, 1, keep_pids, &p, &error) != QF_OK)
        failed(text, &error);
    return p.n;
}

void pg_terminate(const struct pg_base *b, const char *name)
{
    char text[160];
    struct db_wait *admin = pg_connect(b->admin);
    qf_str_fmt(text, sizeof text,
               "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '%s'", name);
    pg_do(admin, text);
    db_wait_close(admin);
}

struct db_wait *pg_begin_one(struct pg_base *ret, int n)
{
    pg_begin();
    pg_fresh(ret);
    struct db_wait *w = pg_connect(ret->owner);
    if (n > 0)
        pg_sample(w, n);
    return w;
}

void pg_end_one(struct db_wait *w)
{
    db_wait_close(w);
    pg_end();
}
