/* `qf performance` and `qf performance compute` as somebody at a terminal has them: figures, words for what is wrong, exit status. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/it/desk_world.h"

static struct desk_world world;
static char returns[160], bench[160], out[200000], err[2000];

static int start(void **state)
{
    *state = &world;
    world_start(&world);
    qf_str_fmt(returns, sizeof returns, "%s/returns.csv", world.proc.dir);
    qf_str_fmt(bench, sizeof bench, "%s/bench.csv", world.proc.dir);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    world_stop(&world);
    return 0;
}

static void read_into(int fd, char *to, size_t cap)
{
    size_t got = 0;
    for (ssize_t k; got + 1 < cap && (k = read(fd, to + got, cap - got - 1)) > 0;)
        got += (size_t)k;
    to[got] = 0;
    close(fd);
}

/* Runs qf; what it writes goes to out and err. Returns its exit status. */
static int qf(const char *const words[])
{
    char *argv[16] = { strdup("qf") };
    const char *program = getenv("QF") ? getenv("QF") : "./qf";
    char errors[160];
    int n = 1, status = -1, to[2];
    for (; n < 15 && words[n - 1]; n++)
        argv[n] = strdup(words[n - 1]);
    qf_str_fmt(errors, sizeof errors, "%s/stderr-qf", world.proc.dir);
    assert_int_equal(pipe(to), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int fd = open(errors, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        setenv("QF_SOCKET", world.proc.socket, 1);
        if (dup2(to[1], STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
            _exit(126);
        close(to[0]);
        close(to[1]);
        execv(program, argv);
        _exit(127);
    }
    close(to[1]);
    read_into(to[0], out, sizeof out);
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    read_into(open(errors, O_RDONLY), err, sizeof err);
    while (n > 0)
        free(argv[--n]);
    return WEXITSTATUS(status);
}

#define QF(...) qf((const char *const[]){ __VA_ARGS__, NULL })

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* The value of a metric's line. */
static double value_of(const char *metric)
{
    size_t n = strlen(metric);
    for (const char *p = out; p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
        if (strncmp(p, metric, n) == 0 && p[n] == ' ')
            return strtod(p + n, NULL);
    fail_msg("no line %s", metric);
    return 0;
}

static void a_record_is_judged(void **state)
{
    (void)state;
    write_file(returns, "date,return\n2024-01-01,0.01\n2024-01-02,-0.02\n2024-01-03,0.03\n2024-01-04,0.01\n2024-01-05,-0.01\n");
    assert_int_equal(QF("performance", "compute", "--returns", returns), 0);
    /* mean 0.004, sample deviation sqrt(0.00148/4 - ...): worked out by hand */
    double r[] = { 0.01, -0.02, 0.03, 0.01, -0.01 }, square = 0;
    for (int i = 0; i < 5; i++)
        square += (r[i] - 0.004) * (r[i] - 0.004);
    assert_true(fabs(value_of("sharpe_ratio") - 0.004 / sqrt(square / 4) * sqrt(252)) < 5e-5);
    assert_true(fabs(value_of("max_drawdown") + 2.0) < 0.005);
    assert_non_null(strstr(out, "A = 252 (no closes on weekends)"));
    assert_non_null(strstr(out, "(no benchmark was asked for)"));
    assert_non_null(strstr(out, "2024-01-01   2024-01-02   2024-01-03"));
    assert_int_equal(QF("performance", "compute", "--returns", returns, "--periods_per_year", "12", "--risk_free", "0.001"), 0);
    assert_true(fabs(value_of("sharpe_ratio") - 0.003 / sqrt(square / 4) * sqrt(12)) < 5e-5);
    assert_int_equal(QF("performance", "compute", "--returns", returns, "--json"), 0);
    assert_non_null(strstr(out, "\"metric\":\"sharpe_ratio\""));
    assert_int_equal(QF("performance", "compute", "--returns", returns, "--csv"), 0);
    assert_int_equal(strncmp(out, "metric,value,unit,n,convention,reason\n", 38), 0);
}

static void a_benchmark_is_laid_beside_it(void **state)
{
    (void)state;
    write_file(returns, "2024-01-02,0.02\n2024-01-03,-0.04\n2024-01-04,0.06\n");
    write_file(bench, "date,close\n2024-01-01,100\n2024-01-02,101\n2024-01-03,98.98\n2024-01-04,101.9494\n");
    assert_int_equal(QF("performance", "compute", "--returns", returns, "--benchmark", bench), 0);
    assert_true(fabs(value_of("beta") - 2) < 5e-5);
    assert_non_null(strstr(out, "3 of 3 periods"));
    write_file(bench, "2020-01-02,0.02\n");
    assert_int_equal(QF("performance", "compute", "--returns", returns, "--benchmark", bench), 2);
    assert_non_null(strstr(err, "no day in common"));
}

static void what_is_wrong_is_one_line(void **state)
{
    (void)state;
    static const struct { const char *text, *words; } bad[] = {
        { "2024-01-02,0.01\n2024-01-03,nonsense\n", "returns.csv:2: column 2" },
        { "2024-01-02,0.01\n2024-01-01,0.01\n", "returns.csv:2: column 1: must be later" },
        { "2024-01-02,0.01\n2024-01-03,0.01,7\n", "returns.csv:2" },
        { "\x01\x02\x03", "returns.csv:1" },
        { "2024-01-02,-3\n", "returns.csv:1: column 2" },
        { "", "no returns" },
    };
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        write_file(returns, bad[i].text);
        assert_int_equal(QF("performance", "compute", "--returns", returns), 2);
        if (!strstr(err, bad[i].words))
            fail_msg("%s", err);
        assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);
        assert_string_equal(out, "");
    }
    assert_int_equal(QF("performance", "compute", "--returns", "/nonexistent.csv"), 2);
    assert_int_equal(QF("performance", "compute"), 2);
    assert_non_null(strstr(err, "usage"));
    assert_int_equal(QF("performance", "compute", "--returns", returns, "--returns", returns), 2);
    assert_non_null(strstr(err, "twice"));
}

static void a_new_desk_says_what_it_needs(void **state)
{
    (void)state;
    world_wait_prices(&world);
    assert_int_equal(QF("performance", "--no-header"), 0);
    assert_non_null(strstr(out, "needs 2 closes, has 0"));
    assert_int_equal(QF("performance", "--range", "1D"), 0);
    assert_int_equal(QF("performance", "groups", "account"), 0);
    assert_non_null(strstr(out, "desk"));
    assert_int_equal(QF("performance", "--scope", "account", "--name", "nobody"), 1);
    assert_non_null(strstr(err, "NOT_FOUND"));
    assert_int_equal(QF("performance", "--range", "2Y"), 2);
}

/* Not done but asked for is neither done nor refused, whichever command it was. */
static void what_waits_for_a_second_person_ends_with_5(void **state)
{
    (void)state;
    assert_int_equal(QF("limit", "set", "--scope", "firm", "--control", "MAX_QTY", "--hard", "99000000", "--reason", "more"), 5);
    assert_non_null(strstr(err, "qf: it waits for a second person: request A-1 (`qf approval grant 1`)"));
    assert_int_equal(QF("user", "add", "--name", "newman", "--role", "viewer"), 5);
    assert_non_null(strstr(err, "qf: it waits for a second person: request A-2 (`qf approval grant 2`)"));
    assert_int_equal(QF("equity", "--account", "nosuch"), 1);
    assert_non_null(strstr(err, "there is no account nosuch"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_judged),
        cmocka_unit_test(a_benchmark_is_laid_beside_it),
        cmocka_unit_test(what_is_wrong_is_one_line),
        cmocka_unit_test(a_new_desk_says_what_it_needs),
        cmocka_unit_test(what_waits_for_a_second_person_ends_with_5),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
