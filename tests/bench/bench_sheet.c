/* Tear sheets by this program beside numpy, on the same data: 20 names x 3,500 days, each with all metrics against a benchmark, curve,
 * falls, months, rolling Sharpe ratio and volatility, as performance.compute makes them. numpy does a part of it (bench_sheet.py says
 * which). Median with the smallest and the largest. bench_sheet SCRIPT [rounds]; without /usr/bin/python3 or its numpy that column is
 * skipped. Fails when the two do not find the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/server/performance_in.h"

#define NAMES 20
#define DAYS 3500
#define WINDOW 63
#define PYTHON "/usr/bin/python3"

struct figures {
    double sharpe, fall, volatility; /* sums over the names */
};
struct cell {
    bool there;
    double median, least, most;
    struct figures f;
};

static double series[NAMES + 1][DAYS]; /* the last one is the benchmark */
static int32_t days[DAYS + 1];

static void make_data(void)
{
    uint64_t seed = 5;
    int32_t day = 12000;
    for (size_t i = 0; i <= DAYS; i++) {
        days[i] = day++;
        day += (day + 4) % 7 == 6 ? 2 : 0; /* Saturday and Sunday are left out */
    }
    for (size_t k = 0; k <= NAMES; k++)
        for (size_t i = 0; i < DAYS; i++) {
            seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
            series[k][i] = ((double)(seed >> 11) / 9007199254740992.0 - 0.49) * 0.04;
        }
}

/* --- ours */

static double value_of(const struct qf_performance *p, const char *metric)
{
    for (uint32_t i = 0; i < p->metrics_n; i++)
        if (qf_str_eq(p->metrics[i].metric, metric) && QF_HAS(&p->metrics[i], metric_row, value))
            return p->metrics[i].value;
    fprintf(stderr, "no %s\n", metric);
    exit(1);
}

static void one_sheet(size_t name, struct figures *sum)
{
    struct qf_arena arena;
    struct qf_performance out;
    const struct sheet_in in = { .day = days, .r = series[name], .b = series[NAMES], .n = DAYS, .daily = true, .periods = 252, .window = WINDOW,
                                 .now_r = (double)NAN, .now_b = (double)NAN };
    memset(&out, 0, sizeof out);
    qf_arena_init(&arena, 64 * 1024 * 1024);
    if (!sheet_fill(&in, &arena, &out))
        exit(1);
    sum->sharpe += value_of(&out, "sharpe_ratio");
    sum->fall += value_of(&out, "max_drawdown");
    sum->volatility += out.points[out.points_n - 1].volatility;
    qf_arena_release(&arena);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct cell ours(int rounds)
{
    double *took = calloc((size_t)rounds, sizeof *took);
    struct cell c = { .there = true };
    if (!took)
        exit(1);
    for (int i = 0; i < rounds; i++) {
        int64_t began = qf_now_mono();
        c.f = (struct figures){ 0, 0, 0 };
        for (size_t k = 0; k < NAMES; k++)
            one_sheet(k, &c.f);
        took[i] = (double)(qf_now_mono() - began) / 1e6;
    }
    qsort(took, (size_t)rounds, sizeof *took, by_size);
    c.median = took[rounds / 2];
    c.least = took[0];
    c.most = took[rounds - 1];
    free(took);
    return c;
}

/* --- numpy */

static void exec_numpy(const char *script, const char *file, int rounds, int to)
{
    char numbers[4][24];
    const int values[] = { NAMES, DAYS, WINDOW, rounds };
    for (size_t i = 0; i < QF_LEN(values); i++)
        qf_str_fmt(numbers[i], sizeof numbers[i], "%d", values[i]);
    if (dup2(to, STDOUT_FILENO) < 0 || !freopen("/dev/null", "w", stderr))
        _exit(127);
    execl(PYTHON, "python3", script, file, numbers[0], numbers[1], numbers[2], numbers[3], (char *)NULL);
    _exit(127);
}

static void write_data(int fd)
{
    if (write(fd, series, sizeof series) != (ssize_t)sizeof series || close(fd) != 0)
        exit(1);
}

static struct cell run_numpy(const char *script, int rounds)
{
    char file[] = "/tmp/qf-bench-sheet.XXXXXX";
    struct cell c = { .there = false };
    int to[2], fd = mkstemp(file), status;
    if (fd < 0 || pipe(to) != 0)
        exit(1);
    write_data(fd);
    pid_t pid = fork();
    if (pid == 0)
        exec_numpy(script, file, rounds, to[1]);
    close(to[1]);
    FILE *from = fdopen(to[0], "r");
    if (pid < 0 || !from)
        exit(1);
    c.there = fscanf(from, "sheets %lf %lf %lf %lf %lf %lf", &c.median, &c.least, &c.most, &c.f.sharpe, &c.f.fall, &c.f.volatility) == 6;
    fclose(from);
    (void)waitpid(pid, &status, 0);
    unlink(file);
    return c;
}

/* --- the line */

static int differ(const char *what, double here, double there)
{
    if (fabs(here - there) <= 1e-9 * fabs(there))
        return 0;
    printf("%s: %.17g here, %.17g there\n", what, here, there);
    return 1;
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 9;
    if (argc < 2 || rounds < 1) {
        fprintf(stderr, "usage: bench_sheet SCRIPT [rounds]\n");
        return 2;
    }
    make_data();
    struct cell other = run_numpy(argv[1], rounds), c = ours(rounds);
    printf("tear sheets, %d names x %d days %12s %9.3f ms   %.3f-%.3f", NAMES, DAYS, "", c.median, c.least, c.most);
    if (!other.there) {
        printf("   numpy   skipped, no " PYTHON " with numpy\n");
        return 0;
    }
    printf("   numpy (a part of them) %9.3f ms   %.3f-%.3f   x %.2f\n", other.median, other.least, other.most, other.median / c.median);
    return differ("Sharpe ratios", c.f.sharpe, other.f.sharpe) + differ("deepest falls", c.f.fall, other.f.fall) +
           differ("rolling volatility", c.f.volatility, other.f.volatility) != 0;
}
