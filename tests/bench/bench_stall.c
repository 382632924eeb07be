/* How long the loop of a large desk pauses: 4,096 names whose prices all move once a second, 200 readers of them, and then a track
 * record of 20,000 days to be judged. Prints the longest pause of each second as the daemon itself measures it (system.sample): the
 * middle and the worst second of a cell. The rule is 10 ms; on a busy machine the figure holds the time others ran, too. Not a test:
 * it fails only when it cannot measure. $QF_SECONDS (2): a cell is five times as long. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/bench/load.h"
#include "tests/help/proc.h"
#include "tests/help/rpc.h"

#define NAMES 4096
#define A_LINE 256
#define READERS 200
#define DAYS 20000

static struct proc desk;
static struct rpc rpc;

static bool call(enum qf_cmd_id cmd, const void *req, const void **ret)
{
    static struct qf_line line;
    if (rpc_call(&rpc, cmd, req, ret, &line) == RPC_OK)
        return true;
    fprintf(stderr, "# %s: %s %s\n", qf_cmds[cmd].name, line.reason, line.refusal.message);
    return false;
}

static void symbol_of(int i, char *out, size_t cap)
{
    qf_str_fmt(out, cap, "N%04d", i);
}

static bool add_names(void)
{
    for (int i = 0; i < NAMES; i++) {
        struct qf_instrument_set in = { 0 };
        symbol_of(i, in.symbol, sizeof in.symbol);
        qf_str_copy(in.feed, sizeof in.feed, "pub");
        qf_str_fmt(in.client_ref, sizeof in.client_ref, "stall-%d", i);
        qf_rec_fill(&qf_rec_instrument_set, &in);
        in.has |= QF_BIT(instrument_set, feed);
        if (rpc_send(&rpc, QF_CMD_instrument_set, &in) == 0)
            return false;
        static struct qf_line line;
        if (i >= 64 && rpc_receive(&rpc, &line) != RPC_OK)
            return false;
    }
    for (int i = 0; i < 64; i++) {
        static struct qf_line line;
        if (rpc_receive(&rpc, &line) != RPC_OK)
            return false;
    }
    return true;
}

static bool publish_all(int round)
{
    static struct qf_quote_in q[A_LINE];
    for (int from = 0; from < NAMES; from += A_LINE) {
        struct qf_quote_publish p = { .quotes = q, .quotes_n = A_LINE };
        for (int i = 0; i < A_LINE; i++) {
            q[i] = (struct qf_quote_in){ .bid = 100 * QF_ONE + round % 10 * QF_ONE / 100, .at = qf_now_wall() };
            q[i].ask = q[i].bid + QF_ONE / 50;
            symbol_of(from + i, q[i].symbol, sizeof q[i].symbol);
            qf_rec_fill(&qf_rec_quote_in, &q[i]);
            q[i].has |= QF_BIT(quote_in, bid) | QF_BIT(quote_in, ask) | QF_BIT(quote_in, at);
        }
        qf_rec_fill(&qf_rec_quote_publish, &p);
        if (!call(QF_CMD_quote_publish, &p, NULL))
            return false;
    }
    return true;
}

static bool stall(double *ret)
{
    const void *rep;
    if (!call(QF_CMD_system_sample, NULL, &rep))
        return false;
    const struct qf_sample_list *l = rep;
    *ret = l->samples_n ? (double)l->samples[l->samples_n - 1].loop_stall_us / 1000 : 0;
    return true;
}

static void show(const char *name, const struct series *s)
{
    printf("%-44s %12.1f (%.1f-%.1f) ms   aim 10   %s\n", name, series_median(s), series_min(s), series_max(s),
           series_median(s) <= 10 ? "kept" : "MISSED");
    fflush(stdout);
}

static bool judge_record(void)
{
    static struct qf_return_row rows[DAYS];
    struct qf_performance_compute in = { .rows = rows, .rows_n = DAYS };
    for (int i = 0; i < DAYS; i++) {
        char text[QF_TIME_TEXT];
        rows[i] = (struct qf_return_row){ .r = (double)(i * 7919 % 401 - 200) / 10000 };
        (void)qf_time_format((qf_time)i * QF_DAY, text);
        qf_str_fmt(rows[i].day, sizeof rows[i].day, "%.10s", text);
        qf_rec_fill(&qf_rec_return_row, &rows[i]);
        rows[i].has |= QF_BIT(return_row, r);
    }
    qf_rec_fill(&qf_rec_performance_compute, &in);
    return call(QF_CMD_performance_compute, &in, NULL);
}

static bool cell(const char *name, int seconds, bool prices, bool record)
{
    struct series s = { 0 };
    for (int k = 0; k <= seconds; k++) {
        int64_t until = qf_now_mono() + 1000000000;
        double ms;
        if ((prices && !publish_all(k)) || (record && !judge_record()))
            return false;
        while (qf_now_mono() < until)
            usleep(10000);
        if (!stall(&ms))
            return false;
        if (k > 0) /* the first second also holds what was before */
            series_add(&s, ms);
    }
    show(name, &s);
    return true;
}

/* Readers of all prices, in a process of their own that ends with us. */
static pid_t start_readers(void)
{
    static const char hello[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"topic.subscribe\",\"params\":{\"topic\":\"quotes\"}}\n";
    static struct rpc r[READERS];
    static char chunk[1 << 20];
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < READERS; i++) {
        rpc_init(&r[i]);
        if (!rpc_connect(&r[i], desk.socket) || write(r[i].fd, hello, strlen(hello)) < 0)
            _exit(1);
        (void)fcntl(r[i].fd, F_SETFL, O_NONBLOCK);
    }
    for (;;) {
        bool any = false;
        for (int i = 0; i < READERS; i++)
            any = read(r[i].fd, chunk, sizeof chunk) > 0 || any;
        if (!any)
            usleep(500);
    }
}

static bool run(int seconds)
{
    if (!cell("pause of the loop, 4,096 names at rest", seconds, false, false) ||
        !cell("pause of the loop, 4,096 prices a second", seconds, true, false))
        return false;
    pid_t readers = start_readers();
    sleep(1);
    bool ok = cell("the same to 200 readers", seconds, true, false);
    (void)kill(readers, SIGKILL);
    (void)waitpid(readers, NULL, 0);
    return ok && cell("pause of the loop, 20,000 days to be judged", seconds, false, true);
}

int main(void)
{
    double seconds = getenv("QF_SECONDS") ? strtod(getenv("QF_SECONDS"), NULL) : 2;
    (void)signal(SIGPIPE, SIG_IGN);
    proc_make(&desk, "[feed pub]\nkind = publish\nmax_age_ms = 2000\n");
    rpc_init(&rpc);
    bool ok = proc_adduser(&desk, "tester", "admin", (long)getuid()) && proc_start(&desk) && rpc_connect(&rpc, desk.socket) && add_names() &&
              run(seconds * 5 < 1 ? 1 : (int)(seconds * 5));
    rpc_release(&rpc);
    proc_free(&desk);
    return ok ? 0 : 1;
}
