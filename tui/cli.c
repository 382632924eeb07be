#include "tui/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/proto/doc.h"
#include "common/str.h"
#include "tui/cli_cell.h"

/* What people type for what the table calls NOUN.VERB. */
static const struct {
    const char *word;
    enum qf_cmd_id cmd;
} short_forms[] = {
    {"positions", QF_CMD_position_list},   {"orders", QF_CMD_order_list},       {"quotes", QF_CMD_quote_list},
    {"fills", QF_CMD_execution_list},      {"trades", QF_CMD_trade_list},       {"cash", QF_CMD_cash_list},
    {"ledger", QF_CMD_ledger_list},        {"lots", QF_CMD_lot_list},           {"limits", QF_CMD_limit_list},
    {"feeds", QF_CMD_feed_list},           {"rates", QF_CMD_rate_list},         {"users", QF_CMD_user_list},
    {"sessions", QF_CMD_session_list},     {"accounts", QF_CMD_account_list},   {"instruments", QF_CMD_instrument_list},
    {"audit", QF_CMD_audit_list},          {"events", QF_CMD_system_events},    {"approvals", QF_CMD_approval_list},
    {"cancel", QF_CMD_order_cancel},       {"whoami", QF_CMD_auth_whoami},      {"logout", QF_CMD_auth_logout},
    {"passwd", QF_CMD_user_password},      {"equity", QF_CMD_equity_points},    {"resume", QF_CMD_risk_resume},
    {"system", QF_CMD_system_sample},      {"jobs", QF_CMD_job_list},           {"breakers", QF_CMD_breaker_list},
    {"rearm", QF_CMD_breaker_rearm},       {"scenarios", QF_CMD_scenario_list}, {"stress", QF_CMD_risk_stress},
    {"grant", QF_CMD_approval_grant},      {"deny", QF_CMD_approval_deny},      {"degrade", QF_CMD_risk_degrade},
};

/* Commands whose words or answer are more than a record. */
static const struct {
    const char *first, *second; /* second NULL: any */
    int (*run)(struct cli *cli, int argc, char **argv);
    int skip; /* words taken by the name */
} special[] = {
    {"overview", "get", cli_overview, 2}, {"overview", NULL, cli_overview, 1}, {"risk", "stop", cli_stop, 2},      {"stop", NULL, cli_stop, 1},
    {"order", "check", cli_check, 2},    {"check", NULL, cli_check, 1},      {"watch", NULL, cli_watch, 1},
    {"call", NULL, cli_raw, 1},          {"login", NULL, cli_login, 1},      {"auth", "login", cli_login, 2},
    {"position", "list", cli_positions, 2}, {"positions", NULL, cli_positions, 1},
    {"performance", NULL, cli_performance, 1}, {"flatten", NULL, cli_flatten, 1},
    {"fill", "import", cli_import, 2},   {"import", NULL, cli_import, 1},
    {"export", "start", cli_export, 2},  {"export", NULL, cli_export, 1},     {"report", "make", cli_report, 2},  {"report", NULL, cli_report, 1},
};

void cli_make_safe(char *s)
{
    for (size_t n = strlen(s), i = 0; i < n;) {
        uint32_t cp = 0;
        size_t k = qf_utf8_next(s + i, n - i, &cp);
        if (k == 0 || qf_cp_forbidden(cp))
            for (size_t e = k ? k : 1; e > 0; e--) s[i++] = '?';
        else
            i += k;
    }
}

/* What is said may quote arguments and answers that others have typed: nothing of it reaches the terminal as a control. */
void cli_say(const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    cli_make_safe(text);
    fprintf(stderr, "qf: %s\n", text);
}

void cli_flush(struct cli *cli)
{
    const char *p = cli->out.p;
    size_t left = cli->out.len;
    while (left > 0) {
        ssize_t w = write(STDOUT_FILENO, p, left);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) { /* with EPIPE nobody reads any more, and that is fine */
            if (errno != EPIPE) cli_say("the answer cannot be written: %s", strerror(errno));
            cli->lost = errno != EPIPE;
            break;
        }
        p += w;
        left -= (size_t)w;
    }
    qf_buf_clear(&cli->out);
}

/* ---------------------------------------------------------------- connecting and calling */

int cli_connect(struct cli *cli, bool who)
{
    int64_t until = qf_now_mono() + 10000000000LL;
    cli->conf.no_sign_in = !who;
    cli->client = client_new(cli->loop, &cli->conf);
    cli->link = client_link(cli->client);
    const struct tui_link_status *s = tui_link_status(&cli->link);
    while (!client_settled(cli->client) && qf_now_mono() < until) qf_loop_once(cli->loop, 50000);
    if (!client_settled(cli->client)) {
        cli_say("no answer from the desk at %s", cli->conf.sock.address);
        return CLI_NO_DAEMON;
    }
    if (s->state == TUI_LINK_DOWN) {
        cli_say("no desk at %s: %s", cli->conf.sock.address, s->why[0] ? s->why : "no answer");
        return CLI_NO_DAEMON;
    }
    if (who && s->state != TUI_LINK_READY) {
        cli_say("not signed in: this system user is not known to the desk; sign in with `qf login`");
        return CLI_NOT_ALLOWED;
    }
    return CLI_DONE;
}

struct wait {
    struct cli *cli;
    bool done, lost;
    struct qf_line line;
};

static void on_line(void *arg, const struct qf_line *line)
{
    struct wait *w = arg;
    w->done = true;
    w->lost = !line;
    if (!line) return;
    w->line = *line;
    w->line.body = qf_arena_copy(&w->cli->arena, line->body, line->body_n);
}

/* One line of numbers under the sentence, as far as the refusal has them, in the unit of the control that said no. */
static void say_numbers(const struct qf_refusal *r, const char *reason)
{
    const int control = qf_enum_find(&qf_enum_control_code, reason, strlen(reason));
    const struct {
        const char *word;
        bool has;
        qf_i128 v;
        int control;
    } parts[] = {{"limit", r->has_limit, r->limit, control}, {"used", r->has_used, r->used, control}, {"after", r->has_after, r->after, control},
                 {"largest that passes", r->has_largest, r->largest, QF_CTL_MAX_QTY}};
    char text[CLI_CELL];
    bool any = false;
    for (size_t i = 0; i < QF_LEN(parts); i++) {
        if (!parts[i].has) continue;
        cli_control_level(parts[i].control, parts[i].v, text);
        fprintf(stderr, "%s%s %s", any ? "   " : "    ", parts[i].word, text);
        any = true;
    }
    if (any) fputc('\n', stderr);
}

int cli_refused(const struct qf_line *line)
{
    const struct qf_refusal *r = &line->refusal;
    char text[200];
    qf_str_copy(text, sizeof text, qf_refusal_text(r));
    if (qf_str_eq(line->reason, "TOO_LOOSE")) { /* as any other change that was asked for in place of made */
        cli_say("%s", text);
        return CLI_WAITS;
    }
    cli_say("refused %s: %s", line->reason[0] ? line->reason : qf_refusal_word(r), text);
    say_numbers(r, line->reason[0] ? line->reason : qf_refusal_word(r));
    int known = qf_reason_find(line->reason, strlen(line->reason));
    return known >= 0 ? qf_reasons[known].status : CLI_REFUSED;
}

/* The reference of a write, so that a lost answer can be asked for again. */
static const char *ref_of(const struct qf_cmd *cmd, const void *req)
{
    const struct qf_field *f = req ? qf_rec_field(cmd->req, "client_ref", 10) : NULL;
    return f ? (const char *)req + f->off : "";
}

int cli_call(struct cli *cli, enum qf_cmd_id id, const void *req, struct cli_answer *ret)
{
    const struct qf_cmd *cmd = &qf_cmds[id];
    struct wait w = {.cli = cli};
    struct qf_buf params;
    struct qf_wire_error error;
    struct qf_json j;
    *ret = (struct cli_answer){0};
    qf_buf_init(&params, QF_FRAME_MAX);
    if (req && cmd->req->count > 0) qf_wire_encode(&params, cmd->req, req, false);
    int64_t call = client_raw(cli->client, cmd->name, params.len ? params.p : NULL, params.len, on_line, &w);
    while (call && !w.done) qf_loop_once(cli->loop, 100000);
    qf_buf_release(&params);
    if (!call || w.lost) {
        cli_say("the link was lost before an answer came%s%s", ref_of(cmd, req)[0] ? "; ask again with --ref " : "", ref_of(cmd, req));
        return CLI_NO_DAEMON;
    }
    if (w.line.kind == QF_LINE_ERROR) {
        int status = cli_refused(&w.line);
        if (qf_str_eq(w.line.reason, "UNKNOWN_OUTCOME")) fprintf(stderr, "    ask again with --ref %s\n", ref_of(cmd, req));
        return status;
    }
    ret->body = w.line.body;
    ret->body_n = w.line.body_n;
    if (id == QF_CMD_rpc_discover) return CLI_DONE;
    void *rep = qf_arena_alloc(&cli->arena, cmd->rep->size);
    qf_json_begin(&j, ret->body, ret->body_n);
    if (!rep || qf_wire_decode(&j, cmd->rep, QF_WIRE_LENIENT, rep, &cli->arena, &error) != QF_OK) {
        cli_say("the answer cannot be read by this version of qf: %s", error.message);
        return CLI_REFUSED;
    }
    ret->rep = rep;
    return CLI_DONE;
}

/* ---------------------------------------------------------------- finding the command */

/* Lists of money and risk say what kind of money it is. */
static bool has_header(enum qf_cmd_id id)
{
    static const enum qf_cmd_id with[] = {QF_CMD_position_list, QF_CMD_order_list, QF_CMD_quote_list, QF_CMD_execution_list,
                                          QF_CMD_trade_list, QF_CMD_cash_list, QF_CMD_limit_list, QF_CMD_lot_list,
                                          QF_CMD_ledger_list, QF_CMD_equity_points, QF_CMD_breaker_list, QF_CMD_risk_run,
                                          QF_CMD_risk_stress, QF_CMD_risk_flatten_plan};
    for (size_t i = 0; i < QF_LEN(with); i++)
        if (with[i] == id) return true;
    return false;
}

/* The request for a second person that an answer tells of: the answer is one, or names one. 0 = none. */
static long long request_of(const struct qf_rec *rec, const void *rep)
{
    const struct qf_approval *a = rec == &qf_rec_approval ? rep : NULL;
    const struct qf_field *f = rep ? qf_rec_field(rec, "approval", 8) : NULL;
    if (a) return a->state == QF_APPROVAL_PENDING ? a->id : 0;
    return f && f->type == QF_T_i64 && qf_rec_has(rec, rep, f) ? *(const int64_t *)((const char *)rep + f->off) : 0;
}

/* It was not done but asked for: neither people nor scripts may take it for done. */
static int say_request(const struct qf_rec *rec, const void *rep)
{
    long long n = request_of(rec, rep);
    if (n == 0) return CLI_DONE;
    cli_say("it waits for a second person: request A-%lld (`qf approval grant %lld`)", n, n);
    return CLI_WAITS;
}

static int run_command(struct cli *cli, enum qf_cmd_id id, int argc, char **argv)
{
    const struct qf_cmd *cmd = &qf_cmds[id];
    struct cli_answer a;
    void *req = qf_arena_alloc(&cli->arena, cmd->req->size);
    bool ticket = id == QF_CMD_order_place;
    int status = !req ? CLI_USAGE : ticket ? cli_order_args(cli, cmd, argc, argv, req) : cli_args(cli, cmd, argc, argv, req);
    if (status == CLI_DONE) status = cli_connect(cli, cmd->perm != QF_P_ANYONE);
    if (status == CLI_DONE && has_header(id)) cli_header(cli);
    if (status == CLI_DONE) status = cli_call(cli, id, req, &a);
    if (status == CLI_DONE) {
        cli_print(cli, id, &a);
        cli_flush(cli);
        status = say_request(cmd->rep, a.rep);
    }
    return status;
}

static int find_short(const char *word)
{
    for (size_t i = 0; i < QF_LEN(short_forms); i++)
        if (qf_str_eq(short_forms[i].word, word)) return (int)short_forms[i].cmd;
    return -1;
}

/* "order place" or "order.place"; `order cancel-all` is taken for order.cancel_all. Returns words used, 0 = none. */
static int find_table(int argc, char **argv, int *ret_cmd)
{
    char name[64];
    *ret_cmd = qf_cmd_find(argv[0], strlen(argv[0]));
    if (*ret_cmd >= 0) return 1;
    if (argc < 2) return 0;
    size_t n = qf_str_fmt(name, sizeof name, "%s.%s", argv[0], argv[1]);
    for (char *p = name; *p; p++)
        if (*p == '-') *p = '_';
    *ret_cmd = qf_cmd_find(name, n);
    return *ret_cmd >= 0 ? 2 : 0;
}

/* What `help` says of a word that is typed for more than one row of the table. */
static const struct {
    const char *word;
    enum qf_cmd_id cmd;
} long_forms[] = {{"buy", QF_CMD_order_place},   {"sell", QF_CMD_order_place},   {"check", QF_CMD_order_check}, {"stop", QF_CMD_risk_stop},
                  {"flatten", QF_CMD_risk_flatten}, {"login", QF_CMD_auth_login}, {"import", QF_CMD_fill_import},
                  {"export", QF_CMD_export_start}, {"report", QF_CMD_report_make}};

int cli_find_short(const char *word)
{
    for (size_t i = 0; i < QF_LEN(long_forms); i++)
        if (qf_str_eq(long_forms[i].word, word)) return (int)long_forms[i].cmd;
    return find_short(word);
}

/* `qf orders --help` */
static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (qf_str_eq(argv[i], "--help")) return true;
    return false;
}

/* What the command line itself takes for a command, beside the fields of its row. */
static const struct {
    enum qf_cmd_id cmd;
    const char *usage;
} usages[] = {
    {QF_CMD_performance_compute, "qf performance compute --returns FILE [--benchmark FILE] [--column NAME] [--levels]\n"
                                 "      FILE: CSV of a day and a return, or a price or level where the header says so or --levels does"},
    {QF_CMD_export_start, "qf export WHAT [--format csv|ndjson] [-o FILE] [--force]"},
    {QF_CMD_report_make, "qf report KIND [--format text|json|html|pdf] [-o FILE] [--force]"},
    {QF_CMD_fill_import, "qf import FILE --account NAME --broker NAME"},
    {QF_CMD_risk_flatten, "qf flatten [--strategy NAME] [--yes]      shows the plan, then asks for the word FLATTEN"},
};

static void say_usage(int cmd)
{
    for (size_t i = 0; i < QF_LEN(usages); i++)
        if ((int)usages[i].cmd == cmd) printf("  on the command line:\n      %s\n", usages[i].usage);
}

static int help_of(int argc, char **argv)
{
    int cmd = cli_find_short(argv[0]);
    if (cmd < 0) (void)find_table(argc, argv, &cmd);
    if (cmd < 0) return cli_help(1, argv);
    cli_help_command(&qf_cmds[cmd], true);
    say_usage(cmd);
    return CLI_DONE;
}

static void list_verbs(const char *noun)
{
    size_t n = strlen(noun);
    bool any = false;
    for (int i = 0; i < QF_CMD_COUNT; i++) {
        if (strncmp(qf_cmds[i].name, noun, n) != 0 || qf_cmds[i].name[n] != '.') continue;
        if (!any) fprintf(stderr, "    %s takes:\n", noun);
        fprintf(stderr, "      %-14s %s\n", qf_cmds[i].name + n + 1, qf_cmds[i].words);
        any = true;
    }
}

int cli_main(struct cli *cli, int argc, char **argv)
{
    int cmd = -1;
    if (wants_help(argc - 1, argv + 1)) return help_of(argc, argv);
    for (size_t i = 0; i < QF_LEN(special); i++) {
        if (!qf_str_eq(special[i].first, argv[0])) continue;
        if (special[i].second && (argc < 2 || !qf_str_eq(special[i].second, argv[1]))) continue;
        return special[i].run(cli, argc - special[i].skip, argv + special[i].skip);
    }
    if (qf_str_eq(argv[0], "risk") && (argc == 1 || argv[1][0] == '-')) return cli_risk(cli, argc - 1, argv + 1);
    if (qf_str_eq(argv[0], "buy") || qf_str_eq(argv[0], "sell")) return run_command(cli, QF_CMD_order_place, argc, argv);
    int used = find_table(argc, argv, &cmd);
    if (used > 0) return run_command(cli, (enum qf_cmd_id)cmd, argc - used, argv + used);
    cmd = find_short(argv[0]);
    if (cmd >= 0) return run_command(cli, (enum qf_cmd_id)cmd, argc - 1, argv + 1);
    cli_say("there is no command `%s%s%s`; `qf help` lists them", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
    list_verbs(argv[0]);
    return CLI_USAGE;
}
