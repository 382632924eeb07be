/* What a desk does through its socket, beside the program it is compared with, in interleaved rounds on the same machine: durable
 * orders that are filled at once beside libpq writing the same rows with the same statements, their latency, what-if orders and
 * overviews beside redis, updates to subscribers beside redis pub/sub, memory.
 * Prints one line a figure: name, median (min-max) of ours, of theirs, ratio. Not a test: it fails only when it cannot measure.
 * $QF_ROUNDS (3), $QF_SECONDS (2 a cell). redis-server must be installed for the comparisons with it. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/bench/load.h"
#include "tests/bench/raw.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"
#include "tests/it/pg.h"

static struct proc desk;
static char redis_socket[160];
static pid_t redis_pid;
static double seconds = 2;
static int rounds = 3;

/* ---------------------------------------------------------------- requests */

static size_t make_order(void *arg, uint64_t n, char *out, size_t cap)
{
    const char *tag = arg;
    return qf_str_fmt(out, cap,
                      "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"order.place\",\"params\":{\"symbol\":\"BENCH\",\"side\":\"%s\","
                      "\"quantity\":\"100\",\"price\":\"%s\",\"type\":\"LIMIT\",\"tif\":\"IOC\",\"account\":\"bench\","
                      "\"client_ref\":\"%s-%llu\"}}\n",
                      (unsigned long long)n + 1, n % 2 ? "SELL" : "BUY", n % 2 ? "99.00" : "101.00", tag, (unsigned long long)n);
}

static size_t make_check(void *arg, uint64_t n, char *out, size_t cap)
{
    (void)arg;
    return qf_str_fmt(out, cap,
                      "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"order.check\",\"params\":{\"symbol\":\"BENCH\",\"side\":\"BUY\","
                      "\"quantity\":\"100\",\"price\":\"99.00\",\"type\":\"LIMIT\",\"tif\":\"DAY\",\"account\":\"bench\"}}\n",
                      (unsigned long long)n + 1);
}

static size_t make_overview(void *arg, uint64_t n, char *out, size_t cap)
{
    (void)arg;
    return qf_str_fmt(out, cap, "{\"jsonrpc\":\"2.0\",\"id\":%llu,\"method\":\"overview.get\"}\n", (unsigned long long)n + 1);
}

static size_t make_ping(void *arg, uint64_t n, char *out, size_t cap)
{
    (void)arg, (void)n;
    return qf_str_fmt(out, cap, "*1\r\n$4\r\nPING\r\n");
}

static size_t make_get(void *arg, uint64_t n, char *out, size_t cap)
{
    (void)arg, (void)n;
    return qf_str_fmt(out, cap, "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
}

static uint64_t failed_answers;
static bool look_answer(void *arg, const char *line, size_t n)
{
    (void)arg;
    if (n > 40 && memmem(line, n < 64 ? n : 64, "topic.update", 12)) return false;
    if (memmem(line, n < 96 ? n : 96, "\"error\"", 7)) {
        if (failed_answers++ == 0) fprintf(stderr, "# an error: %.*s\n", (int)(n < 300 ? n : 300), line);
    }
    return true;
}

/* ---------------------------------------------------------------- the two servers */

static bool rpc_ok(struct rpc *r, enum qf_cmd_id cmd, const void *req)
{
    static struct qf_line line;
    if (rpc_call(r, cmd, req, NULL, &line) == RPC_OK) return true;
    fprintf(stderr, "# %s: %s %s\n", qf_cmds[cmd].name, line.reason, line.refusal.message);
    return false;
}

static bool set_up(struct rpc *r)
{
    struct qf_instrument_set i = {.tick = QF_ONE / 100, .lot = QF_ONE};
    struct qf_account_add a = {0};
    struct qf_cash_move m = {.amount = (qf_money)1000000000000LL * QF_ONE};
    struct qf_quote_in q = {.bid = 100 * QF_ONE, .ask = 100 * QF_ONE + QF_ONE / 50, .at = qf_now_wall(),
                            .bid_size = 100000000 * QF_ONE, .ask_size = 100000000 * QF_ONE};
    struct qf_quote_publish p = {.quotes = &q, .quotes_n = 1};
    qf_str_copy(i.symbol, sizeof i.symbol, "BENCH");
    qf_str_copy(i.feed, sizeof i.feed, "pub");
    qf_str_copy(i.currency, sizeof i.currency, "USD");
    qf_str_copy(i.client_ref, sizeof i.client_ref, "bench-i");
    qf_rec_fill(&qf_rec_instrument_set, &i);
    i.has |= QF_BIT(instrument_set, tick) | QF_BIT(instrument_set, lot) | QF_BIT(instrument_set, feed) | QF_BIT(instrument_set, currency);
    qf_str_copy(a.name, sizeof a.name, "bench");
    qf_str_copy(a.owner, sizeof a.owner, "tester");
    qf_str_copy(a.client_ref, sizeof a.client_ref, "bench-a");
    qf_rec_fill(&qf_rec_account_add, &a);
    qf_str_copy(m.account, sizeof m.account, "bench");
    qf_str_copy(m.client_ref, sizeof m.client_ref, "bench-m");
    qf_rec_fill(&qf_rec_cash_move, &m);
    qf_str_copy(q.symbol, sizeof q.symbol, "BENCH");
    qf_rec_fill(&qf_rec_quote_in, &q);
    q.has |= QF_BIT(quote_in, bid) | QF_BIT(quote_in, ask) | QF_BIT(quote_in, at) | QF_BIT(quote_in, bid_size) | QF_BIT(quote_in, ask_size);
    qf_rec_fill(&qf_rec_quote_publish, &p);
    return rpc_ok(r, QF_CMD_instrument_set, &i) && rpc_ok(r, QF_CMD_account_add, &a) && rpc_ok(r, QF_CMD_cash_deposit, &m) &&
           rpc_ok(r, QF_CMD_quote_publish, &p);
}

static bool start_desk(void)
{
    struct rpc r;
    proc_make(&desk, "[feed pub]\nkind = publish\nmax_age_ms = 864000000\n");
    if (!proc_adduser(&desk, "tester", "admin", (long)getuid()) || !proc_start(&desk)) return false;
    rpc_init(&r);
    bool ok = rpc_connect(&r, desk.socket) && set_up(&r);
    rpc_release(&r);
    return ok;
}

/* The key that GET reads, as large as a small answer. */
static size_t make_set(void *arg, uint64_t n, char *out, size_t cap)
{
    (void)arg, (void)n;
    return qf_str_fmt(out, cap, "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$200\r\n%0200d\r\n", 7);
}

static bool start_redis(void)
{
    struct load_result result;
    struct load probe = {.path = redis_socket, .connections = 1, .in_flight = 1, .lines = 1, .seconds = 0.01, .make = make_ping};
    char dir[100];
    qf_str_fmt(dir, sizeof dir, "%s", desk.dir);
    qf_str_fmt(redis_socket, sizeof redis_socket, "%s/redis.sock", desk.dir);
    redis_pid = fork();
    if (redis_pid == 0) {
        int null = open("/dev/null", O_WRONLY);
        (void)dup2(null, STDOUT_FILENO);
        execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", redis_socket, "--save", "", "--appendonly", "no", "--dir",
               dir, (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < 100; i++) {
        usleep(50000);
        if (!load_run(&probe, &result)) continue;
        probe.make = make_set;
        return load_run(&probe, &result);
    }
    return false;
}

static void stop_redis(void)
{
    if (redis_pid > 0) {
        (void)kill(redis_pid, SIGTERM);
        (void)waitpid(redis_pid, NULL, 0);
    }
}

/* ---------------------------------------------------------------- figures */

static void report(const char *name, const struct series *ours, const char *other, const struct series *theirs, const char *unit)
{
    printf("%-44s %12.1f (%.1f-%.1f) %s", name, series_median(ours), series_min(ours), series_max(ours), unit);
    if (other)
        printf("   %s %.1f (%.1f-%.1f)   ratio %.2f", other, series_median(theirs), series_min(theirs), series_max(theirs),
               series_median(theirs) > 0 ? series_median(ours) / series_median(theirs) : 0);
    printf("\n");
    fflush(stdout);
}

static double cell(const char *path, int connections, int in_flight, double rate,
                   size_t (*make)(void *, uint64_t, char *, size_t), void *arg, int lines, struct load_result *ret)
{
    struct load l = {.path = path, .connections = connections, .in_flight = in_flight, .lines = lines, .seconds = seconds, .rate = rate,
                     .make = make, .look = path == desk.socket ? look_answer : NULL, .arg = arg};
    if (!load_run(&l, ret)) {
        fprintf(stderr, "# a connection broke\n");
        exit(1);
    }
    return ret->rate;
}

static double orders(int connections, int in_flight, double rate, struct load_result *ret)
{
    static int run;
    char tag[32];
    qf_str_fmt(tag, sizeof tag, "b%d", run++);
    return cell(desk.socket, connections, in_flight, rate, make_order, tag, 1, ret);
}

/* libpq by itself, n orders and their fills a transaction: orders a second, and the median time of a transaction in us. */
static double raw_orders(struct raw *raw, int n, double *ret_p50)
{
    static int64_t next = 1;
    static double us[200000];
    struct series mid = {0};
    int64_t began = qf_now_mono(), now = began, done = 0;
    size_t count = 0;
    for (; (double)(now - began) < seconds * 1e9 && count < QF_LEN(us); count++) {
        int64_t before = now;
        raw_batch(raw, ORDERS_FILLED, next, n);
        next += n;
        done += n;
        now = qf_now_mono();
        us[count] = (double)(now - before) / 1e3;
    }
    for (size_t i = 0; i < 63 && count > 0; i++) series_add(&mid, us[i * count / 63]);
    *ret_p50 = series_median(&mid);
    return (double)done / ((double)(now - began) / 1e9);
}

static void pair_orders(struct raw *raw, int connections, int in_flight, int batch, const char *name, struct series *ours)
{
    struct series theirs = {0}, p_ours = {0}, p_theirs = {0};
    struct load_result res;
    for (int k = 0; k < rounds; k++) {
        double p50;
        series_add(ours, orders(connections, in_flight, 0, &res));
        series_add(&p_ours, res.p50);
        series_add(&theirs, raw_orders(raw, batch, &p50));
        series_add(&p_theirs, p50);
    }
    report(name, ours, "libpq", &theirs, "/s");
    if (connections == 1) report("one order alone, to its acknowledgement, p50", &p_ours, "libpq", &p_theirs, "us");
}

static void bench_orders(struct raw *raw)
{
    static const int connections[] = {1, 8, 64};
    struct load_result res;
    struct series p50 = {0}, p99 = {0}, p999 = {0}, full = {0};
    for (size_t i = 0; i < QF_LEN(connections); i++) {
        struct series s = {0};
        char name[64];
        qf_str_fmt(name, sizeof name, "durable orders/s, %d connections, 1 in flight", connections[i]);
        pair_orders(raw, connections[i], 1, connections[i], name, &s);
    }
    pair_orders(raw, 64, 64, 1000, "durable orders/s, 4,096 in flight", &full);
    for (int k = 0; k < rounds; k++) {
        (void)orders(64, 64, series_median(&full) / 2, &res);
        series_add(&p50, res.p50), series_add(&p99, res.p99), series_add(&p999, res.p999);
    }
    report("order to acknowledgement at half load, p50", &p50, NULL, NULL, "us");
    report("order to acknowledgement at half load, p99", &p99, NULL, NULL, "us");
    report("order to acknowledgement at half load, p99.9", &p999, NULL, NULL, "us");
}

static void bench_reads(bool redis)
{
    struct series check = {0}, overview = {0}, ping = {0}, get = {0};
    struct load_result res;
    for (int k = 0; k < rounds; k++) {
        series_add(&check, cell(desk.socket, 50, 1, 0, make_check, NULL, 1, &res));
        if (redis) series_add(&ping, cell(redis_socket, 50, 1, 0, make_ping, NULL, 1, &res));
        series_add(&overview, cell(desk.socket, 50, 1, 0, make_overview, NULL, 1, &res));
        if (redis) series_add(&get, cell(redis_socket, 50, 1, 0, make_get, NULL, 2, &res));
    }
    report("what-if orders/s, 50 connections", &check, redis ? "redis PING" : NULL, &ping, "/s");
    report("overview.get/s, 50 connections", &overview, redis ? "redis GET" : NULL, &get, "/s");
}

/* ---------------------------------------------------------------- fan-out: 200 readers in a process of their own */

#define READERS 200

struct fan {
    const char *path, *hello; /* what a reader sends to subscribe */
    const char *mark;         /* bytes that stand once in each update counted */
    int out;                  /* pipe: the count at the end */
};

static uint64_t count_marks(const char *p, size_t n, const char *mark)
{
    uint64_t c = 0;
    size_t m = strlen(mark);
    for (const char *q; n >= m && (q = memmem(p, n, mark, m)) != NULL; c++) {
        n -= (size_t)(q - p) + m;
        p = q + m;
    }
    return c;
}

static uint64_t fan_child(const struct fan *f)
{
    struct rpc r[READERS];
    static char chunk[1 << 20];
    uint64_t count = 0;
    int64_t until = qf_now_mono() + (int64_t)((seconds + 1) * 1e9);
    for (int i = 0; i < READERS; i++) {
        rpc_init(&r[i]);
        if (!rpc_connect(&r[i], f->path) || write(r[i].fd, f->hello, strlen(f->hello)) < 0) return 0;
        (void)fcntl(r[i].fd, F_SETFL, O_NONBLOCK);
    }
    while (qf_now_mono() < until) {
        bool any = false;
        for (int i = 0; i < READERS; i++) {
            ssize_t n = read(r[i].fd, chunk, sizeof chunk);
            if (n > 0) count += count_marks(chunk, (size_t)n, f->mark), any = true;
        }
        if (!any) usleep(200);
    }
    return count;
}

/* Runs the readers, then `load` for so many seconds; updates that reached readers, a second. */
static double fan_run(const char *path, const char *hello, const char *mark, void (*load)(void))
{
    int ends[2];
    uint64_t count = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) exit(1);
    pid_t pid = fork();
    if (pid == 0) {
        struct fan f = {.path = path, .hello = hello, .mark = mark};
        count = fan_child(&f);
        _exit(write(ends[1], &count, sizeof count) != (ssize_t)sizeof count);
    }
    usleep(500000);
    load();
    (void)waitpid(pid, NULL, 0);
    if (read(ends[0], &count, sizeof count) != (ssize_t)sizeof count) count = 0;
    close(ends[0]);
    close(ends[1]);
    return (double)count / seconds;
}

static void load_orders(void)
{
    struct load_result res;
    (void)orders(8, 64, 0, &res);
}

static size_t make_publish(void *arg, uint64_t n, char *out, size_t cap)
{
    (void)arg, (void)n;
    return qf_str_fmt(out, cap, "*3\r\n$7\r\nPUBLISH\r\n$1\r\nt\r\n$200\r\n@%0199d\r\n", 7);
}

static void load_publish(void)
{
    struct load_result res;
    (void)cell(redis_socket, 8, 16, 0, make_publish, NULL, 1, &res);
}

static void bench_fan(bool redis)
{
    static const char ours[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"topic.subscribe\",\"params\":{\"topic\":\"orders\"}}\n";
    struct series a = {0}, b = {0};
    for (int k = 0; k < rounds; k++) {
        series_add(&a, fan_run(desk.socket, ours, "\"ref\":", load_orders)); /* each row of the topic has one */
        if (redis) series_add(&b, fan_run(redis_socket, "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nt\r\n", "@", load_publish));
    }
    report("updates/s to 200 subscribers", &a, redis ? "redis pub/sub" : NULL, &b, "/s");
}

/* ---------------------------------------------------------------- memory */

static double rss_kb(pid_t pid)
{
    char path[64], line[256];
    double kb = 0;
    qf_str_fmt(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0) kb = strtod(line + 6, NULL);
    if (f) fclose(f);
    return kb;
}

static void bench_memory(void)
{
    struct rpc r[100];
    struct series idle = {0}, one = {0};
    double before = rss_kb(desk.pid);
    series_add(&idle, before / 1024);
    for (int i = 0; i < 100; i++) {
        rpc_init(&r[i]);
        if (!rpc_connect(&r[i], desk.socket) || rpc_call(&r[i], QF_CMD_hello, NULL, NULL, NULL) != RPC_OK) exit(1);
    }
    series_add(&one, (rss_kb(desk.pid) - before) / 100);
    for (int i = 0; i < 100; i++) rpc_release(&r[i]);
    report("memory of the daemon before any load", &idle, NULL, NULL, "MiB");
    report("memory of an idle connection", &one, NULL, NULL, "KiB");
}

int main(void)
{
    struct pg_base base;
    char conninfo[PG_CONNINFO + 64];
    if (getenv("QF_ROUNDS")) rounds = (int)strtol(getenv("QF_ROUNDS"), NULL, 10);
    if (getenv("QF_SECONDS")) seconds = strtod(getenv("QF_SECONDS"), NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    if (!start_desk()) return 1;
    bool redis = start_redis();
    if (!redis) printf("redis: skipped, redis-server is not installed\n");
    bench_memory();
    pg_begin();
    pg_fresh(&base);
    qf_str_fmt(conninfo, sizeof conninfo, "%s options='-c search_path=qf -c jit=off'", base.daemon);
    struct raw *raw = raw_open(conninfo);
    bench_orders(raw);
    raw_close(raw);
    pg_end();
    bench_reads(redis);
    bench_fan(redis);
    if (failed_answers) printf("# %llu answers were errors\n", (unsigned long long)failed_answers);
    stop_redis();
    proc_free(&desk);
    return 0;
}
