/* Risk by this program beside numpy, on the same data: historical value at risk of 500 positions x 1,000 days, their covariance, and a Monte
 * Carlo of 100,000 paths x 500 names (covariance, its factor, paths, quantile). Then whole runs as the daemon makes them. Each figure is the
 * median with the smallest and the largest. bench_quant SCRIPT [rounds]: SCRIPT is bench_quant.py; without /usr/bin/python3 or its numpy that
 * column is skipped. Fails when the two do not find the same. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/quant/portfolio.h"
#include "daemon/quant/stats.h"
#include "tests/unit/near.h"

#define ROWS 1000
#define COLS 500
#define PYTHON "/usr/bin/python3"

static double *returns, *mv, *pnl, *work, *cov, *loadings;
static size_t paths = 100000;
static unsigned threads;

static double *room(size_t n)
{
    double *p = malloc(n * sizeof *p);
    if (!p)
        exit(1);
    return p;
}

static void check(enum qf_err err)
{
    if (err != QF_OK) {
        fprintf(stderr, "not worked out: %s\n", qf_err_text(err));
        exit(1);
    }
}

/* --- what is measured; each gives its figure */

static double historical(void)
{
    struct risk_tail tail;
    const struct risk_window w = { returns, mv, ROWS, COLS };
    check(risk_pnl(&w, pnl));
    check(risk_historical(pnl, ROWS, 0.99, 1, &tail, work));
    return tail.var;
}

static double covariance(void)
{
    const struct risk_window w = { returns, mv, ROWS, COLS };
    check(risk_covariance(&w, RISK_SAMPLE, 0, cov, work));
    return cov[0];
}

static double monte_carlo(void)
{
    struct risk_tail tail;
    covariance();
    check(risk_cholesky(cov, COLS));
    risk_mc_loadings(cov, mv, COLS, 1, loadings);
    risk_mc_run(loadings, COLS, 7, paths, threads, pnl);
    check(risk_historical(pnl, paths, 0.99, 1, &tail, work));
    return tail.var;
}

/* --- times */

struct cell {
    bool there;
    double median, least, most, value;
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct cell measure(double (*figure)(void), int rounds)
{
    double *took = room((size_t)rounds);
    struct cell c = { .there = true };
    for (int i = 0; i < rounds; i++) {
        int64_t began = qf_now_mono();
        c.value = figure();
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

static const char *const names[] = { "historical", "covariance", "monte-carlo" };
static struct cell numpy[QF_LEN(names)];

static void write_data(const char *file)
{
    FILE *f = fopen(file, "wb");
    bool good = f && fwrite(returns, sizeof *returns, ROWS * COLS, f) == ROWS * COLS && fwrite(mv, sizeof *mv, COLS, f) == COLS;
    if (!f || fclose(f) != 0 || !good)
        exit(1);
}

static void read_cells(FILE *from)
{
    char name[40];
    struct cell c = { .there = true };
    while (fscanf(from, "%39s %lf %lf %lf %lf", name, &c.median, &c.least, &c.most, &c.value) == 5)
        for (size_t i = 0; i < QF_LEN(names); i++)
            if (strcmp(name, names[i]) == 0)
                numpy[i] = c;
}

static void exec_numpy(const char *script, const char *file, int rounds, int to)
{
    char numbers[4][24];
    const int64_t values[] = { ROWS, COLS, (int64_t)paths, rounds };
    for (size_t i = 0; i < QF_LEN(values); i++)
        qf_str_fmt(numbers[i], sizeof numbers[i], "%lld", (long long)values[i]);
    if (dup2(to, STDOUT_FILENO) < 0 || !freopen("/dev/null", "w", stderr))
        _exit(127);
    execl(PYTHON, "python3", script, file, numbers[0], numbers[1], numbers[2], numbers[3], (char *)NULL);
    _exit(127);
}

static void run_numpy(const char *script, int rounds)
{
    char file[] = "/tmp/qf-bench-quant.XXXXXX";
    int to[2], fd = mkstemp(file), status;
    if (fd < 0 || close(fd) != 0 || pipe(to) != 0)
        exit(1);
    write_data(file);
    pid_t pid = fork();
    if (pid == 0)
        exec_numpy(script, file, rounds, to[1]);
    close(to[1]);
    FILE *from = fdopen(to[0], "r");
    if (pid < 0 || !from)
        exit(1);
    read_cells(from);
    fclose(from);
    (void)waitpid(pid, &status, 0);
    unlink(file);
    if (!numpy[0].there)
        printf("numpy: skipped, no " PYTHON " with numpy\n");
}

/* --- the table */

static void show(const char *what, struct cell ours, const struct cell *other)
{
    printf("%-44s %9.3f ms   %.3f-%.3f", what, ours.median, ours.least, ours.most);
    if (other && other->there)
        printf("   numpy %9.3f ms   %.3f-%.3f   x %.2f", other->median, other->least, other->most, other->median / ours.median);
    else if (other)
        printf("   numpy   skipped");
    printf("\n");
}

/* Draws differ: two Monte Carlos of as many paths agree within a few of their own deviations. */
static int differ(const char *what, double ours, const struct cell *other, double within)
{
    if (!other->there || near_to(ours, other->value, within * fabs(other->value)))
        return 0;
    printf("%s: %.17g here, %.17g there\n", what, ours, other->value);
    return 1;
}

static void whole_run(size_t cols, size_t closes, int rounds)
{
    struct portfolio_in in = { .mv = mv, .units = room(cols), .closes = room(closes * cols), .rows = closes, .cols = cols, .seed = 7,
                               .paths = 20000, .threads = 2 };
    struct portfolio_out out = { .component = room(cols), .marginal = room(cols), .day_pnl = room(PORTFOLIO_BACKTEST),
                                 .day_var = room(PORTFOLIO_BACKTEST) };
    double *values = (double *)(uintptr_t)in.closes, *units = (double *)(uintptr_t)in.units, *space = room(portfolio_work(&in));
    double *took = room((size_t)rounds), *value = room(cols);
    uint64_t seed = 11;
    char what[64];
    for (size_t i = 0; i < cols; i++) {
        values[i] = 100;
        units[i] = 1000 * random_one(&seed);
        value[i] = units[i] * 100;
    }
    in.mv = value;
    for (size_t i = cols; i < closes * cols; i++)
        values[i] = values[i - cols] * (1 + 0.02 * random_one(&seed));
    for (int i = 0; i < rounds; i++) {
        int64_t began = qf_now_mono();
        check(portfolio_run(&in, &out, space));
        took[i] = (double)(qf_now_mono() - began) / 1e6;
    }
    qsort(took, (size_t)rounds, sizeof *took, by_size);
    qf_str_fmt(what, sizeof what, "whole run, %zu names x %zu days", cols, closes - 1);
    show(what, (struct cell){ true, took[rounds / 2], took[0], took[rounds - 1], 0 }, NULL);
    double *all[] = { units, values, out.component, out.marginal, out.day_pnl, out.day_var, space, took, value };
    for (size_t i = 0; i < QF_LEN(all); i++)
        free(all[i]);
}

static void make_data(void)
{
    uint64_t seed = 5;
    returns = room(ROWS * COLS);
    mv = room(COLS);
    cov = room(COLS * COLS);
    loadings = room(COLS);
    pnl = room(paths > ROWS ? paths : ROWS);
    work = room(RISK_COVARIANCE_WORK(ROWS, COLS) + paths);
    for (size_t i = 0; i < ROWS * COLS; i++)
        returns[i] = 0.02 * random_one(&seed);
    for (size_t i = 0; i < COLS; i++)
        mv[i] = 1e5 * random_one(&seed);
}

int main(int argc, char **argv)
{
    int rounds = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 5, bad = 0;
    char what[64];
    if (argc < 2 || rounds < 1) {
        fprintf(stderr, "usage: bench_quant SCRIPT [rounds]\n");
        return 2;
    }
    if (rounds == 1)
        paths = 5000; /* quick: can it still be measured? */
    make_data();
    run_numpy(argv[1], rounds);
    struct cell c = measure(historical, rounds * 20);
    show("historical VaR and ES, 500 x 1,000 days", c, &numpy[0]);
    bad += differ("historical", c.value, &numpy[0], 1e-9);
    c = measure(covariance, rounds * 4);
    show("covariance, 500 x 1,000 days", c, &numpy[1]);
    bad += differ("covariance", c.value, &numpy[1], 1e-9);
    for (threads = 1; threads <= 4; threads *= 2) {
        c = measure(monte_carlo, rounds);
        qf_str_fmt(what, sizeof what, "Monte Carlo, %zu x 500, threads %u", paths, threads);
        show(what, c, &numpy[2]);
        bad += differ("Monte Carlo", c.value, &numpy[2], 8 / sqrt((double)paths));
    }
    whole_run(20, 501, rounds * 4);
    whole_run(500, 501, rounds);
    if (rounds > 1)
        whole_run(4096, 501, 3);
    return bad ? 1 : 0;
}
