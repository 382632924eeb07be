/* Commands about the link itself: signing in, raw calls, watching topics. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tui/cli.h"

int cli_login(struct cli *cli, int argc, char **argv)
{
    struct qf_login req = {0};
    struct cli_answer a;
    int status = cli_args(cli, &qf_cmds[QF_CMD_auth_login], argc, argv, &req);
    if (status == CLI_DONE) status = cli_connect(cli, false);
    if (status != CLI_DONE) return status;
    /* Through the link, which keeps the token for the next commands. */
    status = cli_call(cli, QF_CMD_auth_login, &req, &a);
    explicit_bzero(req.password, sizeof req.password);
    if (status != CLI_DONE) return status;
    const struct qf_signed_in *who = a.rep;
    client_keep_token(cli->client, who);
    qf_buf_fmt(&cli->out, "signed in as %s (%s)%s\n", who->user, qf_enum_text(&qf_enum_role, who->role),
               who->must_change ? "; choose a new password with `qf passwd` first" : "");
    cli_flush(cli);
    return CLI_DONE;
}

struct raw_wait {
    struct cli *cli;
    bool done;
    int status;
};

static void on_raw(void *arg, const struct qf_line *line)
{
    struct raw_wait *w = arg;
    w->done = true;
    w->status = CLI_NO_DAEMON;
    if (!line) return;
    w->status = CLI_DONE;
    if (line->kind == QF_LINE_ERROR) {
        w->status = cli_refused(line);
        return;
    }
    qf_buf_add(&w->cli->out, line->body, line->body_n);
    qf_buf_char(&w->cli->out, '\n');
}

/* Reads standard input to its end when the JSON is "-". */
static bool params_of(const char *word, struct qf_buf *ret)
{
    char chunk[4096];
    ssize_t n;
    if (!qf_str_eq(word, "-")) {
        qf_buf_str(ret, word);
        return true;
    }
    while ((n = read(STDIN_FILENO, chunk, sizeof chunk)) != 0) {
        if (n < 0 && errno != EINTR) return false;
        if (n > 0) qf_buf_add(ret, chunk, (size_t)n);
    }
    return !ret->failed;
}

int cli_raw(struct cli *cli, int argc, char **argv)
{
    struct raw_wait w = {.cli = cli};
    struct qf_buf params;
    size_t at = 0;
    if (argc < 1 || argc > 2) {
        cli_say("usage: qf call METHOD [JSON]   (- reads the JSON from standard input)");
        return CLI_USAGE;
    }
    qf_buf_init(&params, QF_FRAME_MAX);
    int status = CLI_DONE;
    if (argc == 2 && (!params_of(argv[1], &params) || qf_json_validate(params.p, params.len, &at) != QF_OK)) {
        cli_say("the parameters are not valid JSON at byte %zu", at);
        status = CLI_USAGE;
    }
    if (status == CLI_DONE) status = cli_connect(cli, !qf_str_eq(argv[0], "hello") && !qf_str_eq(argv[0], "rpc.discover"));
    if (status == CLI_DONE && client_raw(cli->client, argv[0], argc == 2 ? params.p : NULL, params.len, on_raw, &w)) {
        while (!w.done) qf_loop_once(cli->loop, 100000);
        status = w.status;
    }
    qf_buf_release(&params);
    cli_flush(cli);
    return status;
}

/* ---------------------------------------------------------------- watching */

static volatile sig_atomic_t interrupted;
static void on_interrupt(int signo)
{
    (void)signo;
    interrupted = 1;
}

static void print_row(struct cli *cli, enum qf_topic_id topic, const char *what, const struct qf_rec *rec, const void *row)
{
    qf_buf_fmt(&cli->out, "{\"topic\":\"%s\",\"%s\":", qf_topics[topic].name, what);
    qf_wire_encode(&cli->out, rec, row, false);
    qf_buf_str(&cli->out, "}\n");
    cli_flush(cli);
}

static void on_push(void *arg, const struct tui_push *push)
{
    struct cli *cli = arg;
    const struct qf_rec *rec = qf_topics[push->topic].rec;
    for (uint32_t i = 0; i < push->rows_n; i++)
        print_row(cli, push->topic, "row", rec, (const char *)push->rows + (size_t)i * rec->size);
    for (uint32_t i = 0; i < push->deleted_n; i++)
        print_row(cli, push->topic, "deleted", rec, (const char *)push->deleted + (size_t)i * rec->size);
}

static void on_dropped(void *arg, enum qf_topic_id topic, const char *reason)
{
    (void)arg;
    cli_say("the desk ended topic %s: %s", qf_topics[topic].name, reason);
    interrupted = 1;
}

int cli_watch(struct cli *cli, int argc, char **argv)
{
    int topics[QF_TOPIC_COUNT], n = 0;
    for (int i = 0; i < argc && n < QF_TOPIC_COUNT; i++) {
        if (qf_str_eq(argv[i], "--json") || qf_str_eq(argv[i], "--ndjson")) continue;
        topics[n] = qf_topic_find(argv[i], strlen(argv[i]));
        if (topics[n++] >= 0) continue;
        cli_say("there is no topic %s; there are:", argv[i]);
        for (int t = 0; t < QF_TOPIC_COUNT; t++) fprintf(stderr, "      %-12s %s\n", qf_topics[t].name, qf_topics[t].words);
        return CLI_USAGE;
    }
    if (n == 0) {
        cli_say("usage: qf watch TOPIC...");
        return CLI_USAGE;
    }
    int status = cli_connect(cli, true);
    if (status != CLI_DONE) return status;
    const struct tui_link_events events = {.push = on_push, .dropped = on_dropped, .arg = cli};
    cli->link.ops->listen(cli->link.impl, &events);
    for (int i = 0; i < n; i++) cli->link.ops->subscribe(cli->link.impl, (enum qf_topic_id)topics[i]);
    (void)signal(SIGINT, on_interrupt);
    (void)signal(SIGPIPE, SIG_DFL);
    while (!interrupted && tui_link_status(&cli->link)->state == TUI_LINK_READY) qf_loop_once(cli->loop, 1000000);
    if (interrupted) return CLI_DONE;
    cli_say("the link was lost: %s", tui_link_status(&cli->link)->why);
    return CLI_NO_DAEMON;
}
