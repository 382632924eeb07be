/* The command line as a program: what it refuses before it asks any desk. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/proto/proto.h"
#include "common/str.h"

#define WORDS 12

/* Runs qf with these words; what it says on standard error goes to err. Returns its exit status. */
static int qf(const char *const words[], char *err, size_t cap)
{
    char *argv[WORDS + 4];
    const char *program = getenv("QF") ? getenv("QF") : "./qf";
    int n = 0, status = -1, pipe_[2];
    argv[n++] = strdup(program);
    argv[n++] = strdup("--socket");
    argv[n++] = strdup("/nonexistent/qfd.sock");
    for (int i = 0; i < WORDS && words[i]; i++)
        argv[n++] = strdup(words[i]);
    argv[n] = NULL;
    assert_int_equal(pipe(pipe_), 0);
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        if (dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(pipe_[1], STDERR_FILENO) < 0)
            _exit(126);
        close(pipe_[0]);
        close(pipe_[1]);
        execv(argv[0], argv);
        _exit(127);
    }
    close(pipe_[1]);
    size_t got = 0;
    for (ssize_t k; got + 1 < cap && (k = read(pipe_[0], err + got, cap - got - 1)) > 0;)
        got += (size_t)k;
    err[got] = '\0';
    close(pipe_[0]);
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    while (n > 0)
        free(argv[--n]);
    return WEXITSTATUS(status);
}

static void says(const char *const words[], int status, const char *what)
{
    char err[2048];
    assert_int_equal(qf(words, err, sizeof err), status);
    if (!strstr(err, what))
        fail_msg("`%s %s` says: %s", words[0], words[1] ? words[1] : "", err);
}

/* Which of two values is meant nobody can know. */
static void an_option_given_twice_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][WORDS] = {
        { "orders", "--symbol", "KO", "--symbol", "JPM" },
        { "order", "place", "--side", "BUY", "--symbol=KO", "--quantity", "1", "--quantity", "100" },
        { "buy", "1", "KO", "--quantity", "100" },
        { "orders", "--all", "--all" },
        { "orders", "--json", "--csv" },
    };
    for (size_t i = 0; i < QF_LEN(cases); i++)
        says(cases[i], 2, "given twice");
}

static void once_is_fine_and_asks_the_desk(void **state)
{
    (void)state;
    static const char *const words[WORDS] = { "orders", "--symbol", "KO", "--json" };
    says(words, 3, "no desk at");
}

static void help_about_nothing_says_so(void **state)
{
    (void)state;
    static const char *const nosuch[WORDS] = { "help", "nosuch" }, *const order[WORDS] = { "help", "order" };
    char err[256];
    says(nosuch, 2, "nosuch");
    assert_int_equal(qf(order, err, sizeof err), 0);
    assert_string_equal(err, "");
}

/* What cannot be meant: one line that says which word is wrong, nothing of it steers the terminal, and no desk is asked. */
static void wrong_words_are_one_line_and_status_2(void **state)
{
    (void)state;
    static const struct {
        const char *words[WORDS];
        const char *what;
    } cases[] = {
        { { "buy", "nan", "KO" }, "quantity" },
        { { "buy", "1e9", "KO" }, "quantity" },
        { { "buy", "-5", "KO" }, "above zero" },
        { { "buy", "999999999999999999999999999999", "KO" }, "at most" },
        { { "buy", "1", "KO", "@", "inf" }, "price" },
        { { "buy", "1", "KO", "@" }, "must follow @" },
        { { "buy", "1", "KO", "@", "10", "--tif", "XXX" }, "must be one of" },
        { { "buy", "1", "K\x1b[31mO" }, "characters that cannot be shown" },
        { { "sell", "1", "KO", "--book", "\xff\xfe" }, "account" },
        { { "buy" }, "needs --symbol" },
        { { "orders", "--limit" }, "needs a value" },
        { { "orders", "--limit", "0" }, "at least 1" },
        { { "orders", "--limit", "99999999999999999999" }, "limit" },
        { { "orders", "--nosuch", "1" }, "has no option --nosuch" },
        { { "orders", "word" }, "takes no word" },
        { { "orders", "" }, "takes no word" },
        { { "positions", "--limit", "0" }, "above zero" },
        { { "positions", "--limit", "1x" }, "above zero" },
        { { "positions", "--limit" }, "above zero" },
        { { "grant", "x" }, "must be a whole number" },
        { { "rearm", "NOSUCH", "--reason", "x" }, "must be one of" },
        { { "flatten", "x", "--yes" }, "takes no word" },
        { { "flatten", "--plan", "abc" }, "given twice" },
        { { "breaker", "set", "DRAWDOWN", "--level", "nan" }, "level" },
        { { "limit", "set", "firm", "GROSS_EXPOSURE", "much" }, "hard" },
        { { "performance", "--range", "99Y" }, "must be one of" },
        { { "performance", "compute" }, "--returns" },
        { { "report", "nosuch" }, "must be one of" },
        { { "export", "orders", "--json" }, "csv or as ndjson" },
        { { "watch", "" }, "no topic" },
        { { "" }, "no command" },
    };
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        char err[4096];
        int status = qf(cases[i].words, err, sizeof err);
        const char *end = strchr(err, '\n');
        bool list = qf_str_eq(cases[i].words[0], "watch"); /* and which ones there are */
        if (status != 2 || strncmp(err, "qf: ", 4) != 0 || !strstr(err, cases[i].what) || !end || (end[1] && !list) || strchr(err, '\x1b'))
            fail_msg("`%s %s` ends with %d and says: %s", cases[i].words[0], cases[i].words[1] ? cases[i].words[1] : "", status, err);
    }
}

/* An address that cannot be one is wrong use, one where nobody is means no daemon; the words say which. */
static void an_address_is_looked_at_first(void **state)
{
    (void)state;
    static const char *const bad[][WORDS] = { { "--socket", "tls:desk:99999", "orders" },
                                              { "--socket", "tls:desk:0", "orders" },
                                              { "--socket", "tls:desk:x", "orders" },
                                              { "--socket", "nothing", "orders" } },
                      *const far[WORDS] = { "--socket", "desk.example:7443", "orders" },
                      *const nobody[WORDS] = { "--socket", "127.0.0.1:1", "orders" };
    for (size_t i = 0; i < QF_LEN(bad); i++)
        says(bad[i], 2, "an address is PATH");
    says(far, 2, "only for this machine");
    says(nobody, 3, "no desk at");
}

static void every_command_has_help(void **state)
{
    (void)state;
    for (int i = 0; i < QF_CMD_COUNT; i++) {
        const char *const words[WORDS] = { "help", qf_cmds[i].name }, *const behind[WORDS] = { qf_cmds[i].name, "--help" };
        char err[256];
        if (qf(words, err, sizeof err) != 0 || qf(behind, err, sizeof err) != 0)
            fail_msg("no help about %s: %s", qf_cmds[i].name, err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_option_given_twice_is_refused),
        cmocka_unit_test(once_is_fine_and_asks_the_desk),
        cmocka_unit_test(help_about_nothing_says_so),
        cmocka_unit_test(wrong_words_are_one_line_and_status_2),
        cmocka_unit_test(an_address_is_looked_at_first),
        cmocka_unit_test(every_command_has_help),
    };
    return cmocka_run_group_tests_name("cli", tests, NULL, NULL);
}
