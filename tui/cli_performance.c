/* `qf performance`: how well it went, and `qf performance compute`: the same judgement of any track record. */
#include <math.h>
#include <string.h>

#include "common/proto/value.h"
#include "common/str.h"
#include "tui/cli_track.h"

#define DRAWDOWNS 5 /* shown of them; --all: every one */
#define DAY 11 /* 2024-01-31 */

/* --- numbers as people read them. No printf of a double: a point must stay a point in every locale. */

static void real_text(double v, int decimals, bool sign, char out[QF_DEC_TEXT])
{
    char exact[QF_REAL_TEXT];
    if (fabs(v) < 1e12) {
        qf_dec_pretty((qf_i128)llround(v * 1e6), 6, decimals, true, sign, out);
        return;
    }
    (void)qf_value_real_text(v, exact);
    qf_str_copy(out, QF_DEC_TEXT, exact);
}

static void share_text(double v, bool sign, char out[QF_DEC_TEXT])
{
    real_text(v * 100, 2, sign, out);
    qf_str_copy(out + strlen(out), 2, "%");
}

static void metric_text(const struct qf_metric_row *m, char out[QF_DEC_TEXT])
{
    if (!QF_HAS(m, metric_row, value))
        qf_str_copy(out, QF_DEC_TEXT, "n/a");
    else if (qf_str_eq(m->unit, "fraction"))
        share_text(m->value, false, out);
    else
        real_text(m->value, qf_str_eq(m->unit, "count") ? 0 : qf_str_eq(m->unit, "money") || qf_str_eq(m->unit, "days") ? 2 : 4,
                  qf_str_eq(m->unit, "money"), out);
}

static void day_text(qf_time t, char out[DAY])
{
    struct qf_civil c;
    qf_time_civil(t - 1, &c); /* a close at midnight belongs to the day that ended */
    qf_str_fmt(out, DAY, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* --- the parts of an answer */

/* A third of the metrics compares with a benchmark; where none was asked for, a screen full of n/a would hide the others. */
static bool needs_benchmark(const struct qf_performance *p, const struct qf_metric_row *m)
{
    return !QF_HAS(p, performance, benchmark) && !QF_HAS(m, metric_row, value) && QF_HAS(m, metric_row, reason) &&
           strstr(m->reason, "benchmark");
}

static void put_metrics(struct cli *cli, const struct qf_performance *p)
{
    char value[QF_DEC_TEXT + 2];
    const size_t from = cli->out.len;
    unsigned without = 0;
    qf_buf_fmt(&cli->out, "\n%-28s %18s %7s  %s\n", "Metric", "Value", "N", "Convention");
    for (uint32_t i = 0; i < p->metrics_n; i++) {
        const struct qf_metric_row *m = &p->metrics[i];
        if (cli->width && !cli->all && needs_benchmark(p, m)) {
            without++;
            continue;
        }
        metric_text(m, value);
        qf_buf_fmt(&cli->out, "%-28s %18s %7lld  %s", m->metric, value, (long long)m->n, m->convention);
        if (QF_HAS(m, metric_row, reason)) qf_buf_fmt(&cli->out, "  (%s)", m->reason);
        qf_buf_char(&cli->out, '\n');
    }
    if (without) qf_buf_fmt(&cli->out, "%u more need a benchmark: --benchmark says which, --all shows them\n", without);
    cli_fit_lines(cli, from);
}

static void put_month(struct cli *cli, const struct qf_perf_month *m, bool year)
{
    char text[QF_DEC_TEXT] = "n/a";
    if (QF_HAS(m, perf_month, value)) real_text(m->value * 100, 2, true, text);
    qf_buf_fmt(&cli->out, year ? " %9s%s" : " %7s%s", text, m->partial ? "*" : " ");
}

/* One line a year; its months in their places, the year at the end. */
static void put_months(struct cli *cli, const struct qf_performance *p)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (p->months_n == 0) return;
    qf_buf_str(&cli->out, "\nMonths, %; * = not all of it\n     ");
    for (size_t i = 0; i < QF_LEN(names); i++) qf_buf_fmt(&cli->out, " %7s ", names[i]);
    qf_buf_fmt(&cli->out, " %9s\n", "Year");
    for (uint32_t i = 0; i < p->months_n;) {
        qf_buf_fmt(&cli->out, "%04lld ", (long long)p->months[i].year);
        for (int64_t month = 1; month <= 12; month++) {
            if (i < p->months_n && p->months[i].month == month)
                put_month(cli, &p->months[i++], false);
            else
                qf_buf_fmt(&cli->out, " %7s ", ".");
        }
        if (i < p->months_n && p->months[i].month == 0) put_month(cli, &p->months[i++], true);
        qf_buf_char(&cli->out, '\n');
    }
}

static void put_drawdowns(struct cli *cli, const struct qf_performance *p)
{
    char depth[QF_DEC_TEXT + 2], peak[DAY], trough[DAY], recovery[DAY];
    uint32_t n = cli->all || p->drawdowns_n < DRAWDOWNS ? p->drawdowns_n : DRAWDOWNS;
    if (n > 0) qf_buf_fmt(&cli->out, "\n%-12s %-12s %-12s %9s %6s\n", "Fall from", "Deepest", "Recovered", "Depth", "Days");
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_perf_drawdown *d = &p->drawdowns[i];
        day_text(d->peak, peak);
        day_text(d->trough, trough);
        qf_str_copy(recovery, sizeof recovery, "not yet");
        if (QF_HAS(d, perf_drawdown, recovery)) day_text(d->recovery, recovery);
        share_text(d->depth, false, depth);
        qf_buf_fmt(&cli->out, "%-12s %-12s %-12s %9s %6lld\n", peak, trough, recovery, depth, (long long)d->days);
    }
}

static void cell(bool has, double v, bool share, bool sign, char out[QF_DEC_TEXT + 2])
{
    qf_str_copy(out, QF_DEC_TEXT, "n/a");
    if (has && share) share_text(v, sign, out);
    if (has && !share) real_text(v, 2, sign, out);
}

static void put_group(struct cli *cli, const struct qf_perf_group *g)
{
    char value[QF_DEC_TEXT + 2], sharpe[QF_DEC_TEXT + 2], fall[QF_DEC_TEXT + 2], win[QF_DEC_TEXT + 2];
    cell(QF_HAS(g, perf_group, value), g->value, true, true, value);
    cell(QF_HAS(g, perf_group, sharpe), g->sharpe, false, false, sharpe);
    cell(QF_HAS(g, perf_group, max_drawdown), g->max_drawdown, true, false, fall);
    cell(QF_HAS(g, perf_group, win_rate), g->win_rate, true, false, win);
    qf_buf_fmt(&cli->out, "%-20s %10s %8s %9s %7lld %9s %20s%s%s\n", *g->name ? g->name : "(none)", value, sharpe, fall, (long long)g->trades,
               win, QF_HAS(g, perf_group, pnl) ? cli_money(g->pnl, 2, true) : "n/a", QF_HAS(g, perf_group, reason) ? "  " : "",
               QF_HAS(g, perf_group, reason) ? g->reason : "");
}

static void put_groups(struct cli *cli, const struct qf_perf_group *rows, uint32_t n)
{
    static const char *const names[QF_scope_COUNT] = {"Firm", "Strategy", "Trader", "Account", "Sector", "Symbol"};
    if (n == 0) return;
    qf_buf_fmt(&cli->out, "%-20s %10s %8s %9s %7s %9s %20s\n", names[rows[0].scope], "Return", "Sharpe", "Max dd", "Trades", "Win", "P&L");
    for (uint32_t i = 0; i < n; i++) put_group(cli, &rows[i]);
}

static void put_head(struct cli *cli, const struct qf_performance *p)
{
    char from[DAY] = "", to[DAY] = "";
    struct qf_buf *b = &cli->out;
    if (QF_HAS(p, performance, from)) day_text(p->from, from);
    if (QF_HAS(p, performance, to)) day_text(p->to, to);
    if (QF_HAS(p, performance, from))
        qf_buf_fmt(b, "%s to %s%s, %lld returns, A = %lld\n", from, to, QF_HAS(p, performance, now) ? " (now, that day goes on)" : "",
                   (long long)p->n, (long long)p->periods_per_year);
    else
        qf_buf_str(b, "no closes yet\n");
    qf_buf_fmt(b, "%s\n", p->basis);
    if (QF_HAS(p, performance, benchmark)) qf_buf_fmt(b, "benchmark %s\n", p->benchmark);
    if (p->incomplete) qf_buf_fmt(b, "INCOMPLETE%s%s\n", QF_HAS(p, performance, reason) ? ": " : "", p->reason);
    else if (QF_HAS(p, performance, reason)) qf_buf_fmt(b, "%s\n", p->reason);
    if (!QF_HAS(p, performance, pnl)) return;
    qf_buf_fmt(b, "\nStart %24s %s\n", cli_money(p->start, 2, false), p->currency);
    qf_buf_fmt(b, "Flows %24s %s\nP&L   %24s %s\n", cli_money(p->flows, 2, true), p->currency, cli_money(p->pnl, 2, true), p->currency);
    qf_buf_fmt(b, "End   %24s %s\n", cli_money(p->end, 2, false), p->currency);
}

static void put_all(struct cli *cli, const struct qf_performance *p)
{
    put_head(cli, p);
    if (p->metrics_n > 0) put_metrics(cli, p);
    put_months(cli, p);
    put_drawdowns(cli, p);
    if (p->groups_n > 0) qf_buf_char(&cli->out, '\n');
    put_groups(cli, p->groups, p->groups_n);
}

/* --- commands */

static int asked(struct cli *cli, enum qf_cmd_id cmd, const void *req, struct cli_answer *a)
{
    int status = cli_connect(cli, true);
    if (status == CLI_DONE && cmd != QF_CMD_performance_compute) cli_header(cli);
    return status == CLI_DONE ? cli_call(cli, cmd, req, a) : status;
}

static int get(struct cli *cli, int argc, char **argv)
{
    struct qf_performance_query in = {.has = 0};
    struct cli_answer a;
    int status = cli_args(cli, &qf_cmds[QF_CMD_performance_get], argc, argv, &in);
    if (status == CLI_DONE) status = asked(cli, QF_CMD_performance_get, &in, &a);
    if (status != CLI_DONE) return status;
    const struct qf_performance *p = a.rep;
    if (cli->format == CLI_TEXT) {
        qf_buf_fmt(&cli->out, "%s%s%s  ", qf_enum_text(&qf_enum_scope, p->scope), *p->name ? " " : "", p->name);
        put_all(cli, p);
    } else {
        cli_print(cli, QF_CMD_performance_get, &a);
    }
    cli_flush(cli);
    return CLI_DONE;
}

static int groups(struct cli *cli, int argc, char **argv)
{
    struct qf_performance_groups in = {.has = 0};
    struct cli_answer a;
    int status = cli_args(cli, &qf_cmds[QF_CMD_performance_groups], argc, argv, &in);
    if (status == CLI_DONE) status = asked(cli, QF_CMD_performance_groups, &in, &a);
    if (status != CLI_DONE) return status;
    const struct qf_performance_group_list *l = a.rep;
    if (cli->format == CLI_TEXT) {
        put_groups(cli, l->groups, l->groups_n);
        if (QF_HAS(l, performance_group_list, pnl)) qf_buf_fmt(&cli->out, "%-20s %68s\n", "Total", cli_money(l->pnl, 2, true));
        if (l->groups_n == 0) qf_buf_str(&cli->out, "none\n");
    } else {
        cli_print(cli, QF_CMD_performance_groups, &a);
    }
    cli_flush(cli);
    return CLI_DONE;
}

/* --- compute */

struct files {
    struct track_file returns, benchmark;
};

/* Takes our own options out of the words; the others stay. Returns how many are left, -1: one of ours is wrong. */
static int take_files(int argc, char **argv, struct files *f)
{
    const struct { const char *name; const char **text; bool *flag; } ours[] = {
        {"--returns", &f->returns.path, NULL},         {"--benchmark", &f->benchmark.path, NULL},
        {"--column", &f->returns.column, NULL},        {"--benchmark-column", &f->benchmark.column, NULL},
        {"--levels", NULL, &f->returns.levels},        {"--benchmark-levels", NULL, &f->benchmark.levels},
    };
    int left = 0;
    for (int i = 0; i < argc; i++) {
        size_t k = 0, n = strcspn(argv[i], "=");
        while (k < QF_LEN(ours) && !(strlen(ours[k].name) == n && strncmp(ours[k].name, argv[i], n) == 0)) k++;
        if (k == QF_LEN(ours)) {
            argv[left++] = argv[i];
            continue;
        }
        const char *value = argv[i][n] == '=' ? argv[i] + n + 1 : NULL;
        if (ours[k].flag && !value) {
            *ours[k].flag = true;
            continue;
        }
        if (ours[k].flag || (!value && i + 1 == argc) || *ours[k].text) {
            cli_say("%s %s", ours[k].name, ours[k].flag ? "takes no value" : *ours[k].text ? "is given twice" : "needs a value");
            return -1;
        }
        *ours[k].text = value ? value : argv[++i];
    }
    return left;
}

static bool fill_rows(struct cli *cli, const struct track *t, const struct track *bench, struct qf_performance_compute *in)
{
    double *b = qf_arena_alloc(&cli->arena, t->n * sizeof *b);
    in->rows = qf_arena_alloc(&cli->arena, t->n * sizeof *in->rows);
    if (!b || !in->rows) return false;
    if (bench) track_align(t, bench, b);
    for (size_t i = 0; i < t->n; i++) {
        struct qf_return_row *row = &in->rows[in->rows_n++];
        day_text((qf_time)(t->day[i] + 1) * QF_DAY, row->day);
        QF_SET(row, return_row, day);
        if (isfinite(t->r[i])) row->r = t->r[i], QF_SET(row, return_row, r);
        if (bench && isfinite(b[i])) row->b = b[i], QF_SET(row, return_row, b);
    }
    QF_SET(in, performance_compute, rows);
    return true;
}

static uint32_t with_benchmark(const struct qf_performance_compute *in)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < in->rows_n; i++) n += QF_HAS(&in->rows[i], return_row, b) ? 1 : 0;
    return n;
}

static void put_track(struct cli *cli, const struct files *f, const struct track *t, const struct qf_performance_compute *in,
                      const struct qf_performance *p)
{
    qf_buf_fmt(&cli->out, "%s%s\n", f->returns.path, t->based ? ", levels: a return is from one to the next" : "");
    if (f->benchmark.path)
        qf_buf_fmt(&cli->out, "benchmark %s: %u of %u periods\n", f->benchmark.path, (unsigned)with_benchmark(in), (unsigned)in->rows_n);
    put_all(cli, p);
}

static int compute(struct cli *cli, int argc, char **argv)
{
    struct files f = {.returns = {.path = NULL}};
    struct qf_performance_compute in = {.has = 0};
    struct track t, bench;
    struct cli_answer a;
    argc = take_files(argc, argv, &f);
    if (argc < 0) return CLI_USAGE;
    if (!f.returns.path) {
        cli_say("usage: qf performance compute --returns FILE [--benchmark FILE] [--levels] [--column NAME]");
        return CLI_USAGE;
    }
    int status = cli_args(cli, &qf_cmds[QF_CMD_performance_compute], argc, argv, &in);
    if (status != CLI_DONE) return status;
    if (!track_read(cli, &f.returns, &t) || (f.benchmark.path && !track_read(cli, &f.benchmark, &bench))) return CLI_USAGE;
    if (!fill_rows(cli, &t, f.benchmark.path ? &bench : NULL, &in)) return CLI_USAGE;
    if (f.benchmark.path && with_benchmark(&in) == 0) {
        cli_say("%s and %s have no day in common", f.returns.path, f.benchmark.path);
        return CLI_USAGE;
    }
    status = asked(cli, QF_CMD_performance_compute, &in, &a);
    if (status != CLI_DONE) return status;
    if (cli->format == CLI_TEXT)
        put_track(cli, &f, &t, &in, a.rep);
    else
        cli_print(cli, QF_CMD_performance_compute, &a);
    cli_flush(cli);
    return CLI_DONE;
}

int cli_performance(struct cli *cli, int argc, char **argv)
{
    if (argc > 0 && qf_str_eq(argv[0], "compute")) return compute(cli, argc - 1, argv + 1);
    if (argc > 0 && qf_str_eq(argv[0], "groups")) return groups(cli, argc - 1, argv + 1);
    if (argc > 0 && qf_str_eq(argv[0], "get")) return get(cli, argc - 1, argv + 1);
    return get(cli, argc, argv);
}
