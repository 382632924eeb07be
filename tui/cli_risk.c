/* `qf risk`: states, value at risk against its limit, the limits used most, what has tripped and who is waited for. */
#include <string.h>

#include "common/str.h"
#include "tui/cli_cell.h"
#include "tui/format.h"

static void limit_line(struct cli *cli, const struct qf_limit *l)
{
    char scope[64], used[CLI_CELL] = "-", hard[CLI_CELL], share[TUI_FMT];
    qf_str_fmt(scope, sizeof scope, "%s%s%s", qf_enum_text(&qf_enum_scope, l->scope), l->name[0] ? " " : "", l->name);
    if (QF_HAS(l, limit, used)) cli_control_level(l->control, l->used, used);
    cli_control_level(l->control, l->hard, hard);
    qf_buf_fmt(&cli->out, "limit   %-18s %-15s %16s of %16s", scope, qf_enum_text(&qf_enum_control_code, l->control), used, hard);
    if (QF_HAS(l, limit, used_bp)) qf_buf_fmt(&cli->out, " %5s", (tui_fmt_bp(share, l->used_bp, 0, false), share));
    if (QF_HAS(l, limit, used) && l->used >= l->hard)
        qf_buf_str(&cli->out, "  full");
    else if (QF_HAS(l, limit, warn) && QF_HAS(l, limit, used) && l->used > l->warn)
        qf_buf_str(&cli->out, "  warn");
    if (QF_HAS(l, limit, incomplete) && l->incomplete) qf_buf_str(&cli->out, "  INCOMPLETE");
    qf_buf_char(&cli->out, '\n');
}

/* "strategy mrv-us CLOSE_ONLY since 14:21:40 by breaker: LOSS_STREAK 6, level 6" */
static void state_lines(struct cli *cli, const void *rep)
{
    const struct qf_risk_state *s = rep;
    struct qf_buf *b = &cli->out;
    for (uint32_t i = 0; i < s->states_n; i++) {
        const struct qf_trading_state *t = &s->states[i];
        char since[CLI_CELL];
        cli_time(t->since, since);
        qf_buf_fmt(b, "%-8s%s%s%s %s", i ? "" : "state", qf_enum_text(&qf_enum_scope, t->scope), t->name[0] ? " " : "", t->name,
                   qf_enum_text(&qf_enum_desk_state, t->state));
        if (t->by[0]) qf_buf_fmt(b, " since %s by %s", since, t->by);
        if (t->reason[0]) qf_buf_fmt(b, ": %s", t->reason);
        qf_buf_char(b, '\n');
    }
    if (s->states_n == 0) qf_buf_fmt(b, "state   firm %s\n", qf_enum_text(&qf_enum_desk_state, s->effective));
}

/* Total and what is not in it: a figure that leaves names out says so itself. */
static void missing_line(struct cli *cli, const struct qf_risk_run *r)
{
    if (!r->incomplete) return;
    qf_buf_fmt(&cli->out, "        INCOMPLETE: %u not counted:", r->missing_n);
    for (uint32_t i = 0; i < r->missing_n && i < 5; i++)
        qf_buf_fmt(&cli->out, "%s %s (%s)", i ? "," : "", r->missing[i].symbol, r->missing[i].reason);
    qf_buf_str(&cli->out, r->missing_n > 5 ? ", ...\n" : "\n");
}

static void var_line(struct cli *cli, const struct qf_risk_run *r)
{
    const char *why = QF_HAS(r, risk_run, reason) ? r->reason : "not defined for these positions";
    char share[TUI_FMT];
    if (!QF_HAS(r, risk_run, var_99)) {
        qf_buf_fmt(&cli->out, "VaR 99  n/a: %s\n", why);
        return;
    }
    qf_buf_fmt(&cli->out, "VaR 99  %s", cli_money(r->var_99, 2, false));
    if (QF_HAS(r, risk_run, var_limit)) qf_buf_fmt(&cli->out, " of %s", cli_money(r->var_limit, 2, false));
    if (QF_HAS(r, risk_run, var_used_bp)) qf_buf_fmt(&cli->out, ", %s", (tui_fmt_bp(share, r->var_used_bp, 0, false), share));
    if (r->status == QF_RISKST_WARN || r->status == QF_RISKST_BREACH)
        qf_buf_fmt(&cli->out, " %s", qf_enum_text(&qf_enum_risk_status, r->status));
    if (QF_HAS(r, risk_run, reason))
        qf_buf_fmt(&cli->out, "   %s\n", why);
    else
        qf_buf_fmt(&cli->out, "   historical, 1 day, n %lld, loss positive\n", (long long)r->window);
}

static void es_line(struct cli *cli, const struct qf_risk_run *r)
{
    if (QF_HAS(r, risk_run, es_975))
        qf_buf_fmt(&cli->out, "ES 97.5 %s", cli_money(r->es_975, 2, false));
    else
        qf_buf_str(&cli->out, "ES 97.5 n/a");
    if (r->backtest_days == 0)
        qf_buf_str(&cli->out, "   back-test n/a: too few days\n");
    else
        qf_buf_fmt(&cli->out, "   back-test %lld days: %lld exceptions, %s\n", (long long)r->backtest_days, (long long)r->exceptions,
                   r->light == QF_LIGHT_NONE ? "too few days for a light" : qf_enum_text(&qf_enum_light, r->light));
}

static void limit_lines(struct cli *cli, const void *rep)
{
    const struct qf_limit_list *l = rep;
    uint32_t show = cli->all || l->limits_n < 2 ? l->limits_n : 2;
    for (uint32_t i = 0; i < show; i++) limit_line(cli, &l->limits[i]);
    if (show < l->limits_n) qf_buf_fmt(&cli->out, "%u more limits: qf limits\n", l->limits_n - show);
}

static void breaker_lines(struct cli *cli, const void *rep)
{
    const struct qf_breaker_list *l = rep;
    for (uint32_t i = 0; i < l->breakers_n; i++) {
        const struct qf_breaker *k = &l->breakers[i];
        char since[CLI_CELL] = "";
        if (!k->tripped) continue;
        if (QF_HAS(k, breaker, since)) cli_time(k->since, since);
        qf_buf_fmt(&cli->out, "tripped %s%s%s %s since %s: %s\n", qf_enum_text(&qf_enum_scope, k->scope), k->name[0] ? " " : "", k->name,
                   qf_enum_text(&qf_enum_breaker_code, k->code), since, QF_HAS(k, breaker, trip) ? k->trip : "");
    }
}

static void approval_lines(struct cli *cli, const void *rep)
{
    const struct qf_approval_list *l = rep;
    for (uint32_t i = 0; i < l->approvals_n; i++) {
        const struct qf_approval *a = &l->approvals[i];
        char expires[CLI_CELL];
        if (a->state != QF_APPROVAL_PENDING) continue;
        cli_time(a->expires, expires);
        qf_buf_fmt(&cli->out, "waits   A-%lld %s by %s until %s: %s\n", (long long)a->id, a->method, a->asked_by, expires, a->after);
    }
}

static void run_lines(struct cli *cli, const void *rep)
{
    var_line(cli, rep);
    es_line(cli, rep);
    missing_line(cli, rep);
}

/* What the text is made of, in this order. */
static const struct {
    enum qf_cmd_id cmd;
    void (*put)(struct cli *cli, const void *rep);
} parts[] = {{QF_CMD_risk_state, state_lines},
             {QF_CMD_risk_run, run_lines},
             {QF_CMD_limit_list, limit_lines},
             {QF_CMD_breaker_list, breaker_lines},
             {QF_CMD_approval_list, approval_lines}};

static int risk_text(struct cli *cli)
{
    const int role = tui_link_status(&cli->link)->who.role;
    int status = CLI_DONE;
    cli_header(cli);
    for (size_t i = 0; i < QF_LEN(parts) && status == CLI_DONE; i++) {
        struct cli_answer a;
        if (!qf_may(true, role, qf_cmds[parts[i].cmd].perm)) continue; /* not everybody sees what waits for whom */
        status = cli_call(cli, parts[i].cmd, NULL, &a);
        if (status == CLI_DONE) parts[i].put(cli, a.rep);
    }
    return status;
}

int cli_risk(struct cli *cli, int argc, char **argv)
{
    struct qf_none req = {0};
    struct cli_answer a;
    int status = cli_args(cli, &qf_cmds[QF_CMD_risk_run], argc, argv, &req);
    if (status == CLI_DONE) status = cli_connect(cli, true);
    if (status == CLI_DONE && cli->format == CLI_TEXT) {
        status = risk_text(cli);
    } else if (status == CLI_DONE) {
        status = cli_call(cli, QF_CMD_risk_run, NULL, &a);
        if (status == CLI_DONE) cli_print(cli, QF_CMD_risk_run, &a);
    }
    cli_flush(cli);
    return status;
}
