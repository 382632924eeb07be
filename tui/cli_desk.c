/* Commands whose answer has a form of its own: the desk at a glance, the gate's answer, the stop. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/cli_cell.h"
#include "tui/format.h"

static void clock_text(qf_time t, int decimals, char *out, size_t cap)
{
    struct qf_civil c;
    qf_time_civil(t, &c);
    if (decimals)
        qf_str_fmt(out, cap, "%02d:%02d:%02d.%03d", c.hour, c.minute, c.second, c.us / 1000);
    else
        qf_str_fmt(out, cap, "%02d:%02d:%02d", c.hour, c.minute, c.second);
}

/* "as of 2026-09-24 14:32:07 UTC, data 0.3s, SIMULATED" */
static void header(struct cli *cli, const struct qf_desk_status *d)
{
    struct qf_civil c;
    qf_time now = qf_now_wall();
    qf_time_civil(now, &c);
    if (cli->no_header) return;
    qf_buf_fmt(&cli->out, "as of %04d-%02d-%02d %02d:%02d:%02d UTC", c.year, c.month, c.day, c.hour, c.minute, c.second);
    if (QF_HAS(d, desk_status, received) && d->received <= now)
        qf_buf_fmt(&cli->out, ", data %lld.%llds", (long long)((now - d->received) / QF_SEC), (long long)((now - d->received) / 100000 % 10));
    qf_buf_fmt(&cli->out, ", %s%s\n\n", qf_enum_text(&qf_enum_money_mode, d->mode), d->stale ? ", STALE" : "");
}

void cli_header(struct cli *cli)
{
    struct cli_answer a;
    if (cli->format != CLI_TEXT || cli->no_header || cli_call(cli, QF_CMD_overview_get, NULL, &a) != CLI_DONE) return;
    const struct qf_overview *o = a.rep;
    if (o->desk_n == 1) header(cli, &o->desk[0]);
}

/* A part of the whole as "12.34%"; "n/a" without a whole. */
static const char *share(qf_money part, qf_money whole, bool sign)
{
    qf_i128 pct = 0;
    static char text[4][32];
    static unsigned at;
    char *out = text[at++ % 4];
    if (whole <= 0 || qf_muldiv(part, 100 * (qf_i128)QF_ONE, whole, &pct) != QF_OK) return "n/a";
    size_t n = qf_dec_pretty(pct, QF_SCALE, 2, false, sign, out);
    qf_str_copy(out + n, 32 - n, "%");
    return out;
}

static void desk_lines(struct cli *cli, const struct qf_desk_status *d)
{
    const struct {
        const char *label;
        qf_money v;
        bool sign;
        qf_money of;
    } rows[] = {{"Equity", d->equity, false, 0},       {"Day P&L", d->day_pnl, true, d->day_start}, {"Gross", d->gross, false, d->equity},
                {"Net", d->net, false, d->equity},     {"Cash", d->cash, false, d->equity},          {"Unrealised", d->unrealized, true, 0},
                {"Realised", d->realized, true, 0},    {"Fees", d->fees, false, 0},                  {"Buys reserve", d->reserved, false, 0}};
    struct qf_buf *b = &cli->out;
    char since[CLI_CELL];
    qf_buf_fmt(b, "State         %s", qf_enum_text(&qf_enum_desk_state, d->state));
    if (d->state != QF_STATE_ACTIVE && QF_HAS(d, desk_status, state_since)) qf_buf_fmt(b, " since %s", (cli_time(d->state_since, since), since));
    if (d->state != QF_STATE_ACTIVE && QF_HAS(d, desk_status, state_reason)) qf_buf_fmt(b, " by %s: %s", d->state_by, d->state_reason);
    qf_buf_char(b, '\n');
    for (size_t i = 0; i < QF_LEN(rows); i++)
        qf_buf_fmt(b, "%-12s%20s %s%s%s\n", rows[i].label, cli_money(rows[i].v, 2, rows[i].sign), d->base, rows[i].of ? "  " : "",
                   rows[i].of ? share(rows[i].v, rows[i].of, rows[i].sign) : "");
    if (QF_HAS(d, desk_status, month_pnl))
        qf_buf_fmt(b, "%-12s%20s %s  %s\n", "Month P&L", cli_money(d->month_pnl, 2, true), d->base, share(d->month_pnl, d->month_start, true));
    if (QF_HAS(d, desk_status, year_pnl))
        qf_buf_fmt(b, "%-12s%20s %s  %s\n", "Year P&L", cli_money(d->year_pnl, 2, true), d->base, share(d->year_pnl, d->year_start, true));
    qf_buf_fmt(b, "%-12s%20s%%\n", "Drawdown", cli_money((qf_i128)d->drawdown_bp * (QF_ONE / 100), 2, false));
    if (d->unpriced) qf_buf_fmt(b, "INCOMPLETE: %lld positions without a price or rate\n", (long long)d->unpriced);
    if (d->unsettled) qf_buf_fmt(b, "%lld commands not yet durable\n", (long long)d->unsettled);
}

int cli_overview(struct cli *cli, int argc, char **argv)
{
    struct qf_none req = {0};
    struct cli_answer a;
    int status = cli_args(cli, &qf_cmds[QF_CMD_overview_get], argc, argv, &req);
    if (status == CLI_DONE) status = cli_connect(cli, true);
    if (status == CLI_DONE) status = cli_call(cli, QF_CMD_overview_get, NULL, &a);
    if (status != CLI_DONE) return status;
    const struct qf_overview *o = a.rep;
    if (cli->format != CLI_TEXT || o->desk_n != 1) {
        cli_print(cli, QF_CMD_overview_get, &a);
    } else {
        header(cli, &o->desk[0]);
        desk_lines(cli, &o->desk[0]);
        qf_buf_str(&cli->out, "\nMovers, by day P&L\n");
        cli_table(cli, &qf_rec_position, o->movers, o->movers_n);
        qf_buf_fmt(&cli->out, "\nWorking orders %lld, newest first\n", (long long)o->desk[0].working);
        cli_table(cli, &qf_rec_order, o->orders, o->orders_n);
        qf_buf_str(&cli->out, "\nAlerts, newest first\n");
        cli_table(cli, &qf_rec_event, o->alerts, o->alerts_n);
    }
    cli_flush(cli);
    return CLI_DONE;
}

/* ---------------------------------------------------------------- positions */

static qf_i128 moved(const struct qf_position *p)
{
    qf_i128 v = QF_HAS(p, position, base_day_pnl) ? p->base_day_pnl : 0;
    return v < 0 ? -v : v;
}

static int by_day_pnl(const void *a, const void *b)
{
    qf_i128 x = moved(a), y = moved(b);
    return x != y ? (x < y) - (x > y) : strcmp(((const struct qf_position *)a)->symbol, ((const struct qf_position *)b)->symbol);
}

/* All of them as the desk has them; the first few are those that moved the day. */
int cli_positions(struct cli *cli, int argc, char **argv)
{
    const enum qf_cmd_id id = QF_CMD_position_list;
    struct cli_answer a;
    void *req = qf_arena_alloc(&cli->arena, qf_cmds[id].req->size);
    int status = req ? cli_args(cli, &qf_cmds[id], argc, argv, req) : CLI_USAGE;
    if (status == CLI_DONE) status = cli_connect(cli, true);
    if (status == CLI_DONE) cli_header(cli);
    if (status == CLI_DONE) status = cli_call(cli, id, req, &a);
    if (status != CLI_DONE) return status;
    const struct qf_position_list *l = a.rep;
    if (cli->limit && l->positions_n > 1) qsort(l->positions, l->positions_n, sizeof *l->positions, by_day_pnl);
    cli_print(cli, id, &a);
    cli_flush(cli);
    return CLI_DONE;
}

/* ---------------------------------------------------------------- the gate's answer */

static void check_line(struct cli *cli, const struct qf_gate_check *c)
{
    char used[TUI_FMT] = "", now[CLI_CELL] = "", after[CLI_CELL] = "", limit[CLI_CELL] = "";
    if (QF_HAS(c, gate_check, now)) cli_control_level(c->control, c->now, now);
    if (QF_HAS(c, gate_check, after)) cli_control_level(c->control, c->after, after);
    if (QF_HAS(c, gate_check, limit)) cli_control_level(c->control, c->limit, limit);
    if (QF_HAS(c, gate_check, used_bp)) tui_fmt_bp(used, c->used_bp, 0, false);
    qf_buf_fmt(&cli->out, "%-15s %-20s %16s %16s %16s %6s  %s\n", qf_enum_text(&qf_enum_control_code, c->control), c->scope,
               now, after, limit, used, c->pass ? "pass" : "REFUSED");
}

static void gate_text(struct cli *cli, const struct qf_gate_report *g)
{
    uint32_t hidden = 0;
    qf_buf_fmt(&cli->out, "%-15s %-20s %16s %16s %16s %6s  %s\n", "Control", "Scope", "Now", "After", "Limit", "Used", "Answer");
    for (uint32_t i = 0; i < g->checks_n; i++) {
        const struct qf_gate_check *c = &g->checks[i];
        bool close = QF_HAS(c, gate_check, used_bp) && c->used_bp >= 5000;
        if (!c->pass || close || cli->all)
            check_line(cli, c);
        else
            hidden++;
    }
    if (hidden) qf_buf_fmt(&cli->out, "%u more pass: --all shows them\n", hidden);
    if (QF_HAS(g, gate_report, notional))
        qf_buf_fmt(&cli->out, "worth %s, fee about %s\n", cli_money(g->notional, 2, false), cli_money(g->fee, 2, false));
    if (!g->pass && QF_HAS(g, gate_report, largest)) qf_buf_fmt(&cli->out, "largest quantity that passes: %s\n", cli_money(g->largest, 0, false));
}

int cli_check(struct cli *cli, int argc, char **argv)
{
    struct qf_order_check req = {0};
    struct cli_answer a;
    int status = cli_order_args(cli, &qf_cmds[QF_CMD_order_check], argc, argv, &req);
    if (status == CLI_DONE) status = cli_connect(cli, true);
    if (status == CLI_DONE) status = cli_call(cli, QF_CMD_order_check, &req, &a);
    if (status != CLI_DONE) return status;
    const struct qf_gate_report *g = a.rep;
    if (cli->format == CLI_TEXT)
        gate_text(cli, g);
    else
        cli_print(cli, QF_CMD_order_check, &a);
    cli_flush(cli);
    return g->pass ? CLI_DONE : CLI_REFUSED;
}

/* ---------------------------------------------------------------- the stop */

static volatile sig_atomic_t interrupted;
static void on_interrupt(int signo)
{
    (void)signo;
    interrupted = 1;
}

static void stop_line(struct cli *cli, const struct qf_stop_order *o)
{
    qf_buf_fmt(&cli->out, "%lld %-8s ", (long long)o->id, o->symbol);
    if (!QF_HAS(o, stop_order, answered))
        qf_buf_fmt(&cli->out, "no answer yet");
    else
        qf_buf_fmt(&cli->out, "%s after %lld ms", qf_enum_text(&qf_enum_order_state, o->state), (long long)((o->answered - o->asked) / 1000));
    if (o->filled_since > 0) qf_buf_fmt(&cli->out, ", %s filled meanwhile", cli_money(o->filled_since, 0, false));
    qf_buf_char(&cli->out, '\n');
}

static void stop_text(struct cli *cli, const struct qf_stop_report *r)
{
    char at[16];
    clock_text(r->blocked, 1, at, sizeof at);
    qf_buf_fmt(&cli->out, "%s %s   blocked %s   requested %lld   confirmed %lld   filled %lld   failed %lld   open %lld\n", r->scope,
               qf_enum_text(&qf_enum_desk_state, r->state), at, (long long)r->requested, (long long)r->confirmed, (long long)r->filled,
               (long long)r->failed, (long long)r->open);
    for (uint32_t i = 0; i < r->orders_n; i++) stop_line(cli, &r->orders[i]);
    if (r->requested > r->orders_n) qf_buf_fmt(&cli->out, "%lld more\n", (long long)(r->requested - r->orders_n));
}

/* The newest word about one stop, with its own copy of the list. */
struct stop_watch {
    struct qf_stop_report last;
    struct qf_stop_order orders[500];
};

static void stop_keep(struct stop_watch *w, const struct qf_stop_report *r)
{
    uint32_t n = r->orders_n < QF_LEN(w->orders) ? r->orders_n : (uint32_t)QF_LEN(w->orders);
    w->last = *r;
    if (n > 0) memcpy(w->orders, r->orders, n * sizeof *w->orders);
    w->last.orders = w->orders;
    w->last.orders_n = n;
}

static void on_stop_push(void *arg, const struct tui_push *push)
{
    struct stop_watch *w = arg;
    if (push->topic != QF_TOPIC_stops) return;
    for (uint32_t i = 0; i < push->rows_n; i++) {
        const struct qf_stop_report *r = (const struct qf_stop_report *)push->rows + i;
        if (r->id == w->last.id && qf_str_eq(r->scope, w->last.scope)) stop_keep(w, r);
    }
}

/* Waits until every cancel has an answer; Ctrl-C leaves that to the desk. */
static void stop_follow(struct cli *cli, struct stop_watch *w)
{
    const struct tui_link_events events = {.push = on_stop_push, .arg = w};
    cli->link.ops->listen(cli->link.impl, &events);
    cli->link.ops->subscribe(cli->link.impl, QF_TOPIC_stops);
    (void)signal(SIGINT, on_interrupt);
    while (w->last.open > 0 && !interrupted && tui_link_status(&cli->link)->state == TUI_LINK_READY) qf_loop_once(cli->loop, 100000);
}

static void stop_print(struct cli *cli, const struct qf_stop_report *r)
{
    struct qf_buf body;
    qf_buf_init(&body, 1u << 20);
    qf_wire_encode(&body, &qf_rec_stop_report, r, false);
    const struct cli_answer a = {.body = body.p, .body_n = body.len, .rep = r};
    if (cli->format == CLI_TEXT)
        stop_text(cli, r);
    else
        cli_print(cli, QF_CMD_risk_stop, &a);
    cli_flush(cli);
    qf_buf_release(&body);
}

/* Done only when every cancel has its answer and none was refused: until then the exit status is not zero. */
int cli_stop(struct cli *cli, int argc, char **argv)
{
    static struct stop_watch w;
    struct qf_risk_stop req = {0};
    struct cli_answer a;
    int status = cli_args(cli, &qf_cmds[QF_CMD_risk_stop], argc, argv, &req);
    if (status == CLI_DONE) status = cli_connect(cli, true);
    if (status == CLI_DONE) status = cli_call(cli, QF_CMD_risk_stop, &req, &a);
    if (status != CLI_DONE) return status;
    stop_keep(&w, a.rep);
    if (w.last.open > 0 && cli->format == CLI_TEXT) stop_print(cli, &w.last); /* trading has stopped: that is said at once */
    if (w.last.open > 0) stop_follow(cli, &w);
    stop_print(cli, &w.last);
    if (!w.last.journaled) cli_say("the stop is in force, but state/stop.journal could not be written");
    if (w.last.open > 0) cli_say("%lld order%s unconfirmed; the desk goes on asking", (long long)w.last.open, w.last.open == 1 ? "" : "s");
    return w.last.open > 0 || w.last.failed > 0 ? CLI_REFUSED : CLI_DONE;
}
