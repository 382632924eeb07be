/* `qf flatten`: the plan is shown, a word is typed, and what was shown is done. */
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "common/str.h"
#include "tui/cli.h"

#define WORD "FLATTEN"

/* Takes --yes out of the words; the others stay. */
static int take_yes(int argc, char **argv, bool *ret_yes)
{
    int left = 0;
    *ret_yes = false;
    for (int i = 0; i < argc; i++) {
        if (qf_str_eq(argv[i], "--yes"))
            *ret_yes = true;
        else
            argv[left++] = argv[i];
    }
    return left;
}

static void query_of(const struct qf_flatten_do *in, struct qf_flatten_query *ret)
{
    *ret = (struct qf_flatten_query){.has = 0};
    qf_str_copy(ret->strategy, sizeof ret->strategy, in->strategy);
    qf_str_copy(ret->account, sizeof ret->account, in->account);
    qf_str_copy(ret->symbol, sizeof ret->symbol, in->symbol);
    if (QF_HAS(in, flatten_do, strategy)) QF_SET(ret, flatten_query, strategy);
    if (QF_HAS(in, flatten_do, account)) QF_SET(ret, flatten_query, account);
    if (QF_HAS(in, flatten_do, symbol)) QF_SET(ret, flatten_query, symbol);
}

/* Is it meant? What was typed before the question does not count. */
static bool meant(const struct qf_flatten_plan *p)
{
    char typed[64] = "";
    fprintf(stderr, "qf: market orders %lld, cancels %lld; type " WORD " to do it: ", (long long)p->orders, (long long)p->cancels);
    fflush(stderr);
    (void)tcflush(STDIN_FILENO, TCIFLUSH);
    if (!fgets(typed, sizeof typed, stdin)) return false;
    typed[strcspn(typed, "\r\n")] = 0;
    return qf_str_eq(typed, WORD);
}

static int confirm(struct cli *cli, const struct qf_flatten_plan *p, bool yes)
{
    if (p->orders + p->cancels == 0) {
        if (p->refused == 0) return cli_say("nothing to close"), CLI_DONE;
        cli_say("none of them can be closed now: Refused by says why");
        return CLI_REFUSED;
    }
    if (yes) return CLI_DONE;
    if (!isatty(STDIN_FILENO) || cli->format != CLI_TEXT) {
        cli_say("nothing was done: --yes says that it is meant");
        return CLI_USAGE;
    }
    if (meant(p)) return CLI_DONE;
    cli_say("nothing was done");
    return CLI_REFUSED;
}

/* The plan that is now; in *ret until the next call. */
static int ask_plan(struct cli *cli, const struct qf_flatten_do *in, const struct qf_flatten_plan **ret)
{
    struct qf_flatten_query query;
    struct cli_answer a;
    query_of(in, &query);
    int status = cli_call(cli, QF_CMD_risk_flatten_plan, &query, &a);
    if (status != CLI_DONE) return status;
    *ret = a.rep;
    if (cli->format == CLI_TEXT) {
        cli_header(cli);
        cli_table(cli, &qf_rec_flatten_row, (*ret)->rows, (*ret)->rows_n);
    }
    cli_flush(cli);
    return CLI_DONE;
}

static int carry_out(struct cli *cli, struct qf_flatten_do *in, const char *plan)
{
    struct cli_answer a;
    qf_str_copy(in->plan, sizeof in->plan, plan);
    int status = cli_call(cli, QF_CMD_risk_flatten, in, &a);
    if (status != CLI_DONE) return status;
    const struct qf_flatten_plan *done = a.rep;
    if (cli->format == CLI_TEXT)
        qf_buf_fmt(&cli->out, "orders sent %lld, cancels asked %lld, refused %lld; what is left follows by itself\n",
                   (long long)done->orders, (long long)done->cancels, (long long)done->refused);
    else
        cli_print(cli, QF_CMD_risk_flatten, &a);
    cli_flush(cli);
    return done->refused > 0 ? CLI_REFUSED : CLI_DONE;
}

int cli_flatten(struct cli *cli, int argc, char **argv)
{
    struct qf_flatten_do in = {.plan = "-"}; /* which plan is known when it has been shown */
    const struct qf_flatten_plan *plan = NULL;
    bool yes;
    QF_SET(&in, flatten_do, plan);
    argc = take_yes(argc, argv, &yes);
    int status = cli_args(cli, &qf_cmds[QF_CMD_risk_flatten], argc, argv, &in);
    if (status == CLI_DONE) status = cli_connect(cli, true);
    if (status == CLI_DONE) status = ask_plan(cli, &in, &plan);
    if (status == CLI_DONE) status = confirm(cli, plan, yes);
    if (status != CLI_DONE || plan->orders + plan->cancels == 0) return status;
    return carry_out(cli, &in, plan->plan);
}
