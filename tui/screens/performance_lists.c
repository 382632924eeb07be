/* The tables of the performance screen: metrics, worst drawdowns, strategies or traders or symbols. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/screens/performance_in.h"

#define METRIC(row) ((const struct qf_metric_row *)(row))
#define FALL(row) ((const struct qf_perf_drawdown *)(row))
#define GROUP(row) ((const struct qf_perf_group *)(row))

/* --- numbers */

/* A share as "+36.61%": of gains with a sign. */
static void fmt_percent(char out[TUI_FMT], double v, int decimals, bool sign)
{
    if (!isfinite(v)) {
        qf_str_copy(out, TUI_FMT, "n/a");
        return;
    }
    qf_str_fmt(out, TUI_FMT, "%.*f", decimals, fabs(v) * 100);
    bool zero = strspn(out, "0.") == strlen(out);
    if (strlen(out) > 9)
        qf_str_fmt(out, TUI_FMT, "%.1f", fabs(v) * 100);
    char digits[TUI_FMT];
    qf_str_copy(digits, sizeof digits, out);
    qf_str_fmt(out, TUI_FMT, "%s%s%%", zero ? "" : v < 0 ? "-" : sign ? "+" : "", digits);
}

static void fmt_number(char out[TUI_FMT], double v, int decimals)
{
    if (!isfinite(v) || fabs(v) >= 1e15) {
        qf_str_copy(out, TUI_FMT, "n/a");
        return;
    }
    qf_money m = (qf_money)llround(v * pow(10, decimals));
    for (int i = decimals; i < QF_SCALE; i++)
        m *= 10;
    tui_fmt_money(out, m, decimals, 0);
}

/* --- metrics: those known here stand first, under short names; what else the daemon works out follows */

static const struct {
    const char *name, *label;
    const char *brief; /* its convention in few words, for narrow panels; NULL = the daemon's own */
    bool sign;         /* a gain: with its sign */
    uint8_t decimals;  /* of a share */
} known[] = {
    {"total_return", "Total return", "to now", true, 2},
    {"cagr", "CAGR", "compounded", true, 2},
    {"annual_volatility", "Volatility", "sd x sqrt A", false, 2},
    {"sharpe_ratio", "Sharpe", "rf 0, ddof 1", false, 2},
    {"sortino_ratio", "Sortino", "MAR 0, all n", false, 2},
    {"calmar_ratio", "Calmar", "CAGR/max dd", false, 2},
    {"max_drawdown", "Max drawdown", "on closes", true, 2},
    {"drawdown_now", "Drawdown now", "to now", true, 2},
    {"win_rate", "Win rate", "net of fees", false, 1},
    {"profit_factor", "Profit factor", "net of fees", false, 2},
    {"expectancy", "Expectancy", "a trade", true, 2},
    {"payoff", "Payoff", "win / loss", false, 2},
    {"payoff_ratio", "Payoff", "win / loss", false, 2},
    {"beta", "Beta", "to benchmark", false, 2},
    {"alpha", "Alpha", "a year", true, 2},
    {"information_ratio", "Info ratio", "not annual", false, 2},
    {"money_weighted_return", "MWR", "a year", true, 2},
    {"cum_return_final", "Return, closes", "to last close", true, 2},
    {"annual_return", "Annual return", "compounded", true, 2},
    {"downside_risk", "Downside risk", "a year", false, 2},
    {"omega_ratio", "Omega", "gain / loss", false, 2},
};

static size_t known_as(const struct qf_metric_row *m)
{
    size_t i = 0;
    while (i < QF_LEN(known) && strcmp(known[i].name, m->metric) != 0)
        i++;
    return i;
}

const char *perf_metric_label(const struct qf_metric_row *m)
{
    static char text[44];
    size_t k = known_as(m);
    if (k < QF_LEN(known))
        return known[k].label;
    qf_str_copy(text, sizeof text, m->metric);
    for (char *p = text; *p; p++)
        *p = *p == '_' || *p == '[' ? ' ' : *p;
    text[strcspn(text, "]")] = '\0';
    if (text[0] >= 'a' && text[0] <= 'z')
        text[0] = (char)(text[0] - 'a' + 'A');
    return text;
}

void perf_metric_text(char out[TUI_FMT], const struct qf_metric_row *m, int width)
{
    size_t k = known_as(m);
    bool sign = k < QF_LEN(known) && known[k].sign;
    int decimals = k < QF_LEN(known) ? known[k].decimals : 2;
    if (!QF_HAS(m, metric_row, value))
        qf_str_copy(out, TUI_FMT, "n/a");
    else if (strcmp(m->unit, "fraction") == 0)
        fmt_percent(out, m->value, decimals, sign);
    else if (strcmp(m->unit, "money") == 0 && fabs(m->value) < 1e15)
        tui_fmt_pnl(out, (qf_money)llround(m->value * 100) * (QF_ONE / 100), 2, width);
    else
        fmt_number(out, m->value, strcmp(m->unit, "count") == 0 ? 0 : strcmp(m->unit, "days") == 0 ? 1 : 2);
}

static void metric_name(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    qf_str_copy(v->text, sizeof v->text, perf_metric_label(row));
    v->role = TUI_DIM;
}

static void metric_value(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    perf_metric_text(v->text, METRIC(row), v->width);
    v->role = QF_HAS(METRIC(row), metric_row, value) ? TUI_TEXT : TUI_DIM;
}

static void metric_n(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_count(v->text, METRIC(row)->n);
    v->role = TUI_DIM;
}

/* Why there is no value, in the words there is room for; the whole sentence opens with Enter. */
static const char *reason_words(const struct qf_metric_row *m, int width)
{
    static const char *const brief[][2] = {{"no benchmark was asked for", "no benchmark"},
                                           {"no round trip was closed", "no trades"},
                                           {"a track record has no trades", "no trades"}};
    const char *why = QF_HAS(m, metric_row, reason) ? m->reason : "not defined";
    for (size_t i = 0; i < QF_LEN(brief) && (int)strlen(why) > width; i++)
        if (strcmp(why, brief[i][0]) == 0)
            return brief[i][1];
    return why;
}

/* Where there is no value, why; else how it is worked out, in few words where columns are few. */
static void metric_convention(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_metric_row *m = row;
    size_t k = known_as(m);
    (void)ctx;
    v->role = TUI_DIM;
    if (!QF_HAS(m, metric_row, value))
        v->more = reason_words(m, v->width);
    else
        v->more = k < QF_LEN(known) && known[k].brief && v->width < 20 ? known[k].brief : m->convention;
}

static int by_place(void *ctx, const void *a, const void *b)
{
    size_t x = known_as(METRIC(a)), y = known_as(METRIC(b));
    (void)ctx;
    if (x != y)
        return x < y ? -1 : 1;
    return a < b ? -1 : a > b; /* both are rows of one array: as the daemon lists them */
}

static int by_metric_name(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(METRIC(a)->metric, METRIC(b)->metric);
}

static const struct tui_column metric_columns[] = {
    {"Metric", 13, 0, TUI_LEFT, 2, 0, 35, NULL, metric_name, by_metric_name},
    {"Metric", 14, 0, TUI_LEFT, 0, 36, 47, NULL, metric_name, by_metric_name},
    {"Metric", 22, 0, TUI_LEFT, 0, 48, 79, NULL, metric_name, by_metric_name},
    {"Metric", 30, 0, TUI_LEFT, 0, 80, 0, "by name", metric_name, by_metric_name},
    {"Value", 9, 1, TUI_RIGHT, 0, 0, 27, NULL, metric_value, by_place},
    {"Value", 10, 1, TUI_RIGHT, 0, 28, 79, NULL, metric_value, by_place},
    {"Value", 16, 1, TUI_RIGHT, 0, 80, 0, "as listed", metric_value, by_place},
    {"n", 6, 1, TUI_RIGHT, 0, 48, 0, NULL, metric_n, NULL},
    {"Convention", 10, 1, TUI_LEFT, 2, 36, 0, NULL, metric_convention, NULL},
};
const struct tui_table_def perf_metrics_def = {.title = "Metrics",
                                               .empty = "no figures yet",
                                               .rec = &qf_rec_metric_row,
                                               .columns = metric_columns,
                                               .columns_n = (int)QF_LEN(metric_columns),
                                               .sort = 6,
                                               .bare = true};

/* --- worst drawdowns */

static void day_text(char *out, qf_time t)
{
    char text[TUI_FMT];
    tui_fmt_since(text, t, 0);
    qf_str_copy(out, TUI_FMT, text);
}

static void fall_peak(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    day_text(v->text, FALL(row)->peak);
}

static void fall_trough(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    day_text(v->text, FALL(row)->trough);
    v->role = TUI_DIM;
}

static void fall_days(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    qf_str_fmt(v->text, sizeof v->text, "%lldd", (long long)FALL(row)->days);
}

static void fall_recovery(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    if (QF_HAS(FALL(row), perf_drawdown, recovery))
        day_text(v->text, FALL(row)->recovery);
    else
        qf_str_copy(v->text, sizeof v->text, "not yet");
    v->role = TUI_DIM;
}

static void fall_depth(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    fmt_percent(v->text, FALL(row)->depth, 2, false);
    v->role = FALL(row)->depth < 0 ? TUI_DOWN : TUI_DIM;
}

static int by_depth(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (FALL(a)->depth > FALL(b)->depth) - (FALL(a)->depth < FALL(b)->depth);
}

static int by_peak(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (FALL(a)->peak < FALL(b)->peak) - (FALL(a)->peak > FALL(b)->peak);
}

static int by_days(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (FALL(a)->days < FALL(b)->days) - (FALL(a)->days > FALL(b)->days);
}

static const struct tui_column fall_columns[] = {
    {"Peak", 10, 0, TUI_LEFT, 0, 0, 0, "newest first", fall_peak, by_peak},
    {"Trough", 10, 1, TUI_LEFT, 0, 46, 0, NULL, fall_trough, NULL},
    {"Recovered", 10, 1, TUI_LEFT, 1, 0, 0, NULL, fall_recovery, NULL},
    {"Days", 5, 1, TUI_RIGHT, 0, 0, 0, "longest first", fall_days, by_days},
    {"Depth", 8, 1, TUI_RIGHT, 0, 0, 0, "by depth", fall_depth, by_depth},
};
const struct tui_table_def perf_falls_def = {.title = "Worst drawdowns",
                                             .empty = "no fall in this time",
                                             .rec = &qf_rec_perf_drawdown,
                                             .columns = fall_columns,
                                             .columns_n = (int)QF_LEN(fall_columns),
                                             .sort = 4};

/* --- strategies, traders, symbols */

const char *perf_scope_title(int scope)
{
    static const char *const titles[] = {[QF_SCOPE_FIRM] = "Firm",       [QF_SCOPE_STRATEGY] = "Strategies",
                                         [QF_SCOPE_TRADER] = "Traders",  [QF_SCOPE_ACCOUNT] = "Accounts",
                                         [QF_SCOPE_SECTOR] = "Sectors",  [QF_SCOPE_SYMBOL] = "Symbols"};
    return scope >= 0 && scope < (int)QF_LEN(titles) ? titles[scope] : "Groups";
}

static void group_name(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = cells_name(GROUP(row)->name);
}

static void put_share(struct tui_value *v, bool there, double value, int decimals, bool gain)
{
    fmt_percent(v->text, there ? value : NAN, decimals, gain);
    v->role = !there ? TUI_DIM : gain ? (value > 0 ? TUI_UP : value < 0 ? TUI_DOWN : TUI_DIM) : TUI_TEXT;
}

static void group_return(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    put_share(v, QF_HAS(GROUP(row), perf_group, value), GROUP(row)->value, 2, true);
}

static void group_sharpe(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    fmt_number(v->text, QF_HAS(GROUP(row), perf_group, sharpe) ? GROUP(row)->sharpe : NAN, 2);
    v->role = QF_HAS(GROUP(row), perf_group, sharpe) ? TUI_TEXT : TUI_DIM;
}

static void group_fall(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    put_share(v, QF_HAS(GROUP(row), perf_group, max_drawdown), GROUP(row)->max_drawdown, 2, false);
}

/* With their names beside them: narrow panels have no line of titles. */
static void group_sharpe_said(void *ctx, const void *row, struct tui_value *v)
{
    struct tui_value n = {0};
    group_sharpe(ctx, row, &n);
    qf_str_fmt(v->text, sizeof v->text, "Sharpe %s", n.text);
}

static void group_fall_said(void *ctx, const void *row, struct tui_value *v)
{
    struct tui_value n = {0};
    group_fall(ctx, row, &n);
    qf_str_fmt(v->text, sizeof v->text, "max dd %s", n.text);
}

static void group_trades(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    tui_fmt_count(v->text, GROUP(row)->trades);
}

static void group_win(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    put_share(v, QF_HAS(GROUP(row), perf_group, win_rate), GROUP(row)->win_rate, 1, false);
}

/* The values lie in records; the spark line wants them in a row. */
static void group_spark(void *ctx, const void *row, struct tui_value *v)
{
    static double points[64];
    const struct qf_perf_group *g = row;
    (void)ctx;
    v->kind = TUI_V_SPARK;
    v->role = TUI_CHART;
    v->points = points;
    for (uint32_t i = 0; i < g->spark_n && v->points_n < (int)QF_LEN(points); i++)
        points[v->points_n++] = QF_HAS(&g->spark[i], perf_value, v) ? g->spark[i].v : NAN;
}

static void put_pnl(struct tui_value *v, bool there, qf_money m)
{
    if (!there) {
        qf_str_copy(v->text, sizeof v->text, "n/a");
        v->role = TUI_DIM;
        return;
    }
    tui_fmt_pnl(v->text, m, 2, v->width - 1);
    v->role = v->glyph_role = tui_sign_role(m);
    v->glyph = tui_sign_glyph(m);
    v->ascii = m > 0 ? '^' : 'v';
}

static void group_pnl(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    put_pnl(v, QF_HAS(GROUP(row), perf_group, pnl), GROUP(row)->pnl);
}

static void group_reason(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = QF_HAS(GROUP(row), perf_group, reason) ? GROUP(row)->reason : "";
    v->role = TUI_DIM;
}

static int by_pnl(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return (GROUP(a)->pnl < GROUP(b)->pnl) - (GROUP(a)->pnl > GROUP(b)->pnl);
}

static int by_name(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return strcmp(GROUP(a)->name, GROUP(b)->name);
}

static int by_real(double x, bool has_x, double y, bool has_y)
{
    if (has_x != has_y)
        return has_x ? -1 : 1; /* what is not known stands last */
    return has_x ? (x < y) - (x > y) : 0;
}

static int by_return(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return by_real(GROUP(a)->value, QF_HAS(GROUP(a), perf_group, value), GROUP(b)->value,
                   QF_HAS(GROUP(b), perf_group, value));
}

static int by_sharpe(void *ctx, const void *a, const void *b)
{
    (void)ctx;
    return by_real(GROUP(a)->sharpe, QF_HAS(GROUP(a), perf_group, sharpe), GROUP(b)->sharpe,
                   QF_HAS(GROUP(b), perf_group, sharpe));
}

/* The foot: trades and profit add up; a return does not, the fund's stands there when it covers the same time. */
static void group_total(void *ctx, int column, struct tui_value *v);

enum { G_NAME, G_RETURN = 5, G_TRADES = 8, G_PNL = 12 };
static const struct tui_column group_columns[] = {
    [G_NAME] = {"Name", 10, 0, TUI_LEFT, 1, 0, 0, "by name", group_name, by_name},
    {"Level", 16, 1, TUI_LEFT, 0, 0, 85, NULL, group_spark, NULL},
    {"Level", 22, 1, TUI_LEFT, 0, 86, 99, NULL, group_spark, NULL},
    {"Sharpe", 12, 3, TUI_LEFT, 0, 76, 99, NULL, group_sharpe_said, NULL},
    {"Max dd", 15, 2, TUI_LEFT, 0, 76, 99, NULL, group_fall_said, NULL},
    [G_RETURN] = {"Return", 9, 1, TUI_RIGHT, 0, 100, 0, "by return", group_return, by_return},
    {"Sharpe", 9, 1, TUI_RIGHT, 0, 100, 0, "by Sharpe", group_sharpe, by_sharpe},
    {"Max dd", 10, 1, TUI_RIGHT, 0, 100, 0, NULL, group_fall, NULL},
    [G_TRADES] = {"Trades", 9, 1, TUI_RIGHT, 0, 100, 0, NULL, group_trades, NULL},
    {"Win", 8, 1, TUI_RIGHT, 0, 100, 0, NULL, group_win, NULL},
    {"Level", 18, 2, TUI_LEFT, 0, 100, 119, NULL, group_spark, NULL},
    {"Level", 26, 2, TUI_LEFT, 0, 120, 0, NULL, group_spark, NULL},
    [G_PNL] = {"P&L", 17, 1, TUI_RIGHT, 0, 0, 0, "by P&L", group_pnl, by_pnl},
    {"Note", 30, 2, TUI_LEFT, 2, 160, 0, NULL, group_reason, NULL},
};
const struct tui_table_def perf_groups_def = {.title = "Strategies",
                                              .empty = "nothing was traded in this time",
                                              .rec = &qf_rec_perf_group,
                                              .columns = group_columns,
                                              .columns_n = (int)QF_LEN(group_columns),
                                              .sort = G_PNL,
                                              .total = group_total};

/* The fund's return over the time of the rows, where line 1 or the figures above have it. */
static bool fund_return(const struct performance *x, char out[TUI_FMT])
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->cells.app));
    if (!d || x->list_range != QF_RANGE_YTD || !QF_HAS(d, desk_status, year_pnl) || !QF_HAS(d, desk_status, year_start))
        return false;
    tui_fmt_share(out, d->year_pnl, d->year_start, 2, true);
    return true;
}

static void group_total(void *ctx, int column, struct tui_value *v)
{
    const struct performance *x = ctx;
    const struct qf_performance_group_list *list = perf_list(x);
    int64_t trades = 0;
    for (uint32_t i = 0; list && i < list->groups_n; i++)
        trades += list->groups[i].trades;
    if (column == G_NAME)
        qf_str_fmt(v->text, sizeof v->text, "Total %u", list ? list->groups_n : 0);
    else if (column == G_RETURN && fund_return(x, v->text))
        v->role = v->text[0] == '+' ? TUI_UP : v->text[0] == '-' ? TUI_DOWN : TUI_DIM;
    else if (column == G_TRADES)
        tui_fmt_count(v->text, trades);
    else if (column == G_PNL)
        put_pnl(v, list && QF_HAS(list, performance_group_list, pnl), list ? list->pnl : 0);
}
