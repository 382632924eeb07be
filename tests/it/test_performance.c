/* Performance, for real: a desk that trades for some weeks of market time; what performance.get says of it against what the test
 * works out by itself from the stored points, fills and round trips. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/store/cluster.h"
#include "daemon/store/db_wait.h"
#include "tests/it/desk_world.h"

#define DAYS 40
#define ORDERS_MAX 200 /* fewer round trips than a page has rows */

static struct desk_world world;
static qf_time first_day;
static char recording[160];
static const char *const symbols[3] = { "AAA", "BBB", "CCC" };
static const char *const accounts[2] = { "one", "two" };

/* --- the story */

static void move_cash(const char *account, enum qf_cmd_id cmd, int64_t amount)
{
    struct qf_cash_move in = { .amount = (qf_money)amount * QF_ONE };
    qf_str_copy(in.account, sizeof in.account, account);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_cash_move, &in);
    world_do(&world, &world.boss, cmd, &in);
}

static void add_account(const char *name, const char *strategy)
{
    struct qf_account_add in = { .has = QF_BIT(account_add, strategy) };
    qf_str_copy(in.name, sizeof in.name, name);
    qf_str_copy(in.owner, sizeof in.owner, "bob");
    qf_str_copy(in.strategy, sizeof in.strategy, strategy);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_account_add, &in);
    world_do(&world, &world.boss, QF_CMD_account_add, &in);
}

/* Refused is all right: the day may just have ended. */
static void order(const char *account, const char *symbol, enum qf_side side, int64_t quantity)
{
    struct qf_order_place in = { .side = (int32_t)side, .quantity = quantity * QF_ONE, .type = QF_TYPE_MARKET };
    qf_str_copy(in.symbol, sizeof in.symbol, symbol);
    qf_str_copy(in.account, sizeof in.account, account);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_order_place, &in);
    QF_SET(&in, order_place, account);
    QF_SET(&in, order_place, type);
    if (rpc_call(&world.boss, QF_CMD_order_place, &in, NULL, &world.line) == RPC_LOST)
        fail_msg("the desk is gone");
}

static uint64_t seed = 20260924;

static int64_t draw(int64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)(seed % (uint64_t)below);
}

/* One bar an hour, each name moves within 1.5 % at each. */
static void record(int from, int to)
{
    static int64_t last[3] = { 5000, 15000, 25000 };
    FILE *f = fopen(recording, "w");
    assert_non_null(f);
    fputs("ts,symbol,open,high,low,close,volume\n", f);
    for (int hour = from * 24; hour < to * 24; hour++) {
        struct qf_civil c;
        qf_time_civil(first_day + hour * QF_HOUR, &c);
        for (int i = 0; i < 3; i++) {
            last[i] += last[i] * (draw(301) - 149) / 10000;
            fprintf(f, "%04d-%02d-%02dT%02d:%02d:00Z,%s,%lld.%02lld,%lld.%02lld,%lld.%02lld,%lld.%02lld,100000\n", c.year, c.month, c.day, c.hour,
                    30, symbols[i], (long long)last[i] / 100, (long long)last[i] % 100, (long long)last[i] / 100, (long long)last[i] % 100,
                    (long long)last[i] / 100, (long long)last[i] % 100, (long long)last[i] / 100, (long long)last[i] % 100);
        }
    }
    assert_int_equal(fclose(f), 0);
}

static void resume(int64_t speed)
{
    struct qf_feed_set in = { .speed = speed, .has = QF_BIT(feed_set, speed) };
    qf_str_copy(in.name, sizeof in.name, "past");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_feed_set, &in);
    world_do(&world, &world.boss, QF_CMD_feed_resume, &in);
}

static bool ended(void)
{
    const struct qf_feed_list *l = world_do(&world, &world.boss, QF_CMD_feed_list, NULL);
    return l->feeds[0].status == QF_FEEDST_ENDED;
}

/* Day of the story the market clock is in. */
static int64_t today(void)
{
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    return QF_HAS(&o->desk[0], desk_status, market_time) ? (o->desk[0].market_time - first_day) / QF_DAY : -1;
}

static void live(void)
{
    bool paid_in = false, paid_out = false;
    resume(250000);
    for (int placed = 0; !ended(); usleep(20000)) {
        int64_t day = today();
        if (day >= 0 && placed++ < ORDERS_MAX)
            order(accounts[draw(2)], symbols[draw(3)], draw(2) ? QF_SIDE_BUY : QF_SIDE_SELL, 1 + draw(400));
        if (day >= 12 && !paid_in)
            move_cash("one", QF_CMD_cash_deposit, 400000);
        if (day >= 25 && !paid_out)
            move_cash("two", QF_CMD_cash_withdraw, 150000);
        paid_in = paid_in || day >= 12;
        paid_out = paid_out || day >= 25;
    }
    assert_true(paid_in && paid_out);
    assert_int_equal(today(), DAYS - 1);
    sleep(2); /* bars are written once a second */
}

static int start(void **state)
{
    static const char conf[] = "[auth]\nargon_ops = 1\nargon_mem_kib = 8\n[feed past]\nkind = replay\npaused = yes\nautocreate = yes\n"
                               "max_age_ms = 864000000\nfile = ";
    char more[512];
    *state = &world;
    first_day = qf_time_from_civil(2024, 2, 5);
    qf_str_fmt(recording, sizeof recording, "/tmp/qft-past-%ld.csv", (long)getpid());
    qf_str_fmt(more, sizeof more, "%s%s\n", conf, recording);
    record(0, DAYS);
    proc_make(&world.proc, more);
    proc_set(&world.proc, "equity_every_s", "7200");
    assert_true(proc_adduser(&world.proc, "boss", "admin", (long)getuid()));
    assert_true(proc_start(&world.proc));
    assert_true(proc_adduser_password(&world.proc, "bob", "trader", WORLD_PASSWORD));
    rpc_init(&world.boss);
    assert_true(rpc_connect(&world.boss, world.proc.socket));
    add_account("one", "alpha");
    add_account("two", "beta");
    move_cash("one", QF_CMD_cash_deposit, 1000000);
    move_cash("two", QF_CMD_cash_deposit, 600000);
    live();
    return 0;
}

static int stop(void **state)
{
    (void)state;
    (void)unlink(recording);
    world_stop(&world);
    return 0;
}

/* --- what is stored */

static const struct qf_equity_list *points_of(const char *account)
{
    struct qf_equity_query q = { .limit = 2000, .has = QF_BIT(equity_query, limit) | QF_BIT(equity_query, account) };
    qf_str_copy(q.account, sizeof q.account, account);
    return world_do(&world, &world.boss, QF_CMD_equity_points, &q);
}

struct closes {
    size_t n;
    qf_time at[DAYS + 2];
    qf_money equity[DAYS + 2], flows[DAYS + 2];
};

static void add_closes(const char *account, struct closes *c)
{
    const struct qf_equity_list *l = points_of(account);
    size_t n = 0;
    for (uint32_t i = 0; i < l->points_n; i++) {
        if (l->points[i].at % QF_DAY != 0)
            continue;
        assert_false(l->points[i].incomplete);
        assert_true(n < DAYS + 2);
        c->at[n] = l->points[i].at;
        c->equity[n] += l->points[i].equity;
        c->flows[n] += l->points[i].flows;
        n++;
    }
    c->n = n;
}

static void every_market_day_has_one_close(void **state)
{
    (void)state;
    struct closes c = { 0 };
    add_closes("", &c);
    assert_int_equal(c.n, DAYS - 1); /* the last day goes on */
    for (size_t i = 0; i < c.n; i++)
        assert_int_equal(c.at[i], first_day + ((qf_time)i + 1) * QF_DAY);
}

/* --- performance */

static const struct qf_performance *ask(enum qf_scope scope, const char *name, enum qf_perf_range range, const char *benchmark)
{
    struct qf_performance_query q = { .scope = (int32_t)scope, .range = (int32_t)range };
    q.has = QF_BIT(performance_query, scope) | QF_BIT(performance_query, range) | QF_BIT(performance_query, name);
    qf_str_copy(q.name, sizeof q.name, name);
    if (benchmark) {
        qf_str_copy(q.benchmark, sizeof q.benchmark, benchmark);
        QF_SET(&q, performance_query, benchmark);
    }
    return world_do(&world, &world.boss, QF_CMD_performance_get, &q);
}

static const struct qf_metric_row *row_of(const struct qf_performance *p, const char *metric)
{
    for (uint32_t i = 0; i < p->metrics_n; i++)
        if (qf_str_eq(p->metrics[i].metric, metric))
            return &p->metrics[i];
    fail_msg("no metric %s", metric);
    return NULL;
}

static double value_of(const struct qf_performance *p, const char *metric)
{
    const struct qf_metric_row *row = row_of(p, metric);
    if (!QF_HAS(row, metric_row, value))
        fail_msg("%s: %s", metric, row->reason);
    assert_true(row->convention[0] != 0);
    return row->value;
}

static void near(const char *what, double got, double want)
{
    if (!(fabs(got - want) <= 1e-9 * fmax(1e-3, fabs(want))))
        fail_msg("%s is %.17g, not %.17g", what, got, want);
}

struct figures {
    double total, mean, sd, down, fall;
    size_t n;
};

/* Returns with the flows of a day at its beginning, in the plainest way there is. */
static struct figures figures_of(const struct closes *c)
{
    struct figures f = { .n = c->n - 1 };
    long double level = 1, peak = 1, sum = 0, square = 0, down = 0, fall = 0;
    for (int round = 0; round < 2; round++)
        for (size_t i = 1; i < c->n; i++) {
            long double r = (long double)c->equity[i] / (long double)(c->equity[i - 1] + c->flows[i] - c->flows[i - 1]) - 1;
            if (round == 1) {
                square += (r - sum / (long double)f.n) * (r - sum / (long double)f.n);
                continue;
            }
            sum += r;
            down += r < 0 ? r * r : 0;
            level *= 1 + r;
            peak = level > peak ? level : peak;
            fall = level / peak - 1 < fall ? level / peak - 1 : fall;
        }
    f.total = (double)(level - 1);
    f.mean = (double)(sum / (long double)f.n);
    f.sd = sqrt((double)(square / (long double)(f.n - 1)));
    f.down = sqrt((double)(down / (long double)f.n));
    f.fall = (double)fall;
    return f;
}

static void agree(const struct qf_performance *p, const struct closes *c)
{
    struct figures f = figures_of(c);
    double a = p->periods_per_year;
    assert_true(a == 365); /* prices come on every day of the week */
    assert_int_equal(p->n, f.n);
    near("cum_return_final", value_of(p, "cum_return_final"), f.total);
    near("annual_volatility", value_of(p, "annual_volatility"), f.sd * sqrt(a));
    near("sharpe_ratio", value_of(p, "sharpe_ratio"), f.mean / f.sd * sqrt(a));
    near("sortino_ratio", value_of(p, "sortino_ratio"), f.mean * sqrt(a) / f.down);
    near("max_drawdown", value_of(p, "max_drawdown"), f.fall);
    near("annual_return", value_of(p, "annual_return"), pow(1 + f.total, a / (double)f.n) - 1);
    assert_true(p->drawdowns_n > 0);
    near("deepest fall", p->drawdowns[0].depth, f.fall);
    assert_true(p->start == c->equity[0]);
    assert_int_equal(p->from, c->at[0]);
}

static void the_firm_is_what_its_closes_say(void **state)
{
    (void)state;
    struct closes c = { 0 };
    add_closes("", &c);
    const struct qf_performance *p = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, NULL);
    agree(p, &c);
    assert_true(QF_HAS(p, performance, now)); /* the last day goes on: one more point, no metric of it */
    assert_int_equal(p->points_n, c.n + 1);
    qf_money end = p->end, start_ = p->start, pnl = p->pnl, flows = p->flows;
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    assert_true(o->desk[0].equity == end);
    assert_true(flows == (qf_money)(400000 - 150000) * QF_ONE);
    assert_true(pnl == end - start_ - flows);
}

static void strategies_and_accounts_are_what_theirs_say(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct closes c = { 0 };
        add_closes(accounts[i], &c);
        agree(ask(QF_SCOPE_ACCOUNT, accounts[i], QF_RANGE_ALL, NULL), &c);
        agree(ask(QF_SCOPE_STRATEGY, i ? "beta" : "alpha", QF_RANGE_ALL, NULL), &c);
    }
    struct closes both = { 0 };
    add_closes(accounts[0], &both);
    add_closes(accounts[1], &both);
    agree(ask(QF_SCOPE_TRADER, "bob", QF_RANGE_ALL, NULL), &both);
}

static void groups_add_up_to_the_firm(void **state)
{
    (void)state;
    const enum qf_scope scopes[] = { QF_SCOPE_STRATEGY, QF_SCOPE_TRADER, QF_SCOPE_ACCOUNT };
    qf_money whole = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, NULL)->pnl;
    for (size_t i = 0; i < QF_LEN(scopes); i++) {
        struct qf_performance_groups q = { .scope = (int32_t)scopes[i], .range = QF_RANGE_ALL, .has = QF_BIT(performance_groups, range) };
        qf_rec_fill(&qf_rec_performance_groups, &q);
        const struct qf_performance_group_list *l = world_do(&world, &world.boss, QF_CMD_performance_groups, &q);
        assert_int_equal(l->groups_n, scopes[i] == QF_SCOPE_TRADER ? 1 : 2);
        assert_true(l->pnl == whole);
        for (uint32_t k = 0; k < l->groups_n; k++)
            assert_true(QF_HAS(&l->groups[k], perf_group, sharpe) && l->groups[k].spark_n > 10);
    }
}

/* What a symbol made so far is what its positions say. */
static void symbols_are_what_their_positions_say(void **state)
{
    (void)state;
    struct qf_position_query q = { .flat = true, .has = QF_BIT(position_query, flat) };
    qf_money made[3] = { 0 }, whole = 0;
    const struct qf_position_list *l = world_do(&world, &world.boss, QF_CMD_position_list, &q);
    for (uint32_t i = 0; i < l->positions_n; i++)
        for (int k = 0; k < 3; k++)
            if (qf_str_eq(l->positions[i].symbol, symbols[k]))
                made[k] += l->positions[i].realized - l->positions[i].fees +
                           (QF_HAS(&l->positions[i], position, unrealized) ? l->positions[i].unrealized : 0);
    for (int k = 0; k < 3; k++) {
        const struct qf_performance *p = ask(QF_SCOPE_SYMBOL, symbols[k], QF_RANGE_ALL, NULL);
        if (qf_abs128(p->pnl - made[k]) > 1000) /* what is held is valued once, here; there price by price */
            fail_msg("%s: %f, not %f", symbols[k], (double)p->pnl / 1e8, (double)made[k] / 1e8);
        assert_true(p->n > 20);
        assert_false(p->incomplete);
        whole += p->pnl;
    }
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    assert_true(qf_abs128(whole - (o->desk[0].realized + o->desk[0].unrealized - o->desk[0].fees)) < 3000);
}

static void trades_are_what_the_list_says(void **state)
{
    (void)state;
    struct qf_page_query q = { .limit = 500, .has = QF_BIT(page_query, limit) };
    const struct qf_trade_list *l = world_do(&world, &world.boss, QF_CMD_trade_list, &q);
    double n = 0, won = 0, gain = 0, loss = 0, held = 0;
    for (uint32_t i = 0; i < l->trades_n; i++) {
        double net = (double)(l->trades[i].realized - l->trades[i].fees) / 1e8;
        if (l->trades[i].state != QF_TRADE_CLOSED || l->trades[i].closed <= first_day + QF_DAY)
            continue;
        n++;
        won += net > 0;
        gain += net > 0 ? net : 0;
        loss -= net < 0 ? net : 0;
        held += (double)(l->trades[i].closed - l->trades[i].opened) / (double)QF_DAY;
    }
    const struct qf_performance *p = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, NULL);
    near("trades", value_of(p, "trades"), n);
    assert_true(n > 3);
    near("win_rate", value_of(p, "win_rate"), won / n);
    near("expectancy", value_of(p, "expectancy"), (gain - loss) / n);
    near("mean_holding_days", value_of(p, "mean_holding_days"), held / n);
    if (loss > 0)
        near("profit_factor", value_of(p, "profit_factor"), gain / loss);
    assert_true(value_of(p, "turnover") > 0);
}

/* Against itself a symbol's closes have the benchmark's beta. */
static void a_benchmark_is_on_the_same_days(void **state)
{
    (void)state;
    const struct qf_performance *p = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, "AAA");
    assert_string_equal(p->benchmark, "AAA");
    assert_true(isfinite(value_of(p, "beta")) && isfinite(value_of(p, "alpha")));
    assert_true(QF_HAS(&p->points[p->points_n - 1], perf_point, benchmark));
    struct qf_bar_query q = { .period = 86400, .limit = 500, .has = QF_BIT(bar_query, period) | QF_BIT(bar_query, limit) };
    double level = p->points[p->points_n - 2].benchmark;
    qf_str_copy(q.symbol, sizeof q.symbol, "AAA");
    qf_rec_fill(&qf_rec_bar_query, &q);
    const struct qf_bar_list *bars = world_do(&world, &world.boss, QF_CMD_bar_list, &q);
    double first = 0, end = 0;
    for (uint32_t i = 0; i < bars->bars_n; i++) {
        first = bars->bars[i].at == first_day ? (double)bars->bars[i].close : first;
        end = bars->bars[i].at == first_day + (DAYS - 2) * QF_DAY ? (double)bars->bars[i].close : end;
    }
    near("benchmark", level, end / first);
    p = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, "EQUAL");
    assert_true(isfinite(value_of(p, "beta")));
    p = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, NULL);
    const struct qf_metric_row *row = row_of(p, "beta");
    assert_false(QF_HAS(row, metric_row, value));
    assert_string_equal(row->reason, "no benchmark was asked for");
}

static void a_day_is_its_points(void **state)
{
    (void)state;
    const struct qf_performance *p = ask(QF_SCOPE_FIRM, "", QF_RANGE_D1, NULL);
    assert_true(p->points_n >= 4);
    assert_int_equal(p->from, first_day + (DAYS - 1) * QF_DAY);
    assert_int_equal(p->n, 0);
    p = ask(QF_SCOPE_FIRM, "", QF_RANGE_W1, NULL);
    assert_true(p->n >= 6 && p->n <= 7);
    assert_true(p->periods_per_year == 365);
}

static void months_of_the_status_agree(void **state)
{
    (void)state;
    const struct qf_performance *p = ask(QF_SCOPE_FIRM, "", QF_RANGE_ALL, NULL);
    uint32_t at = 0;
    while (at < p->months_n && p->months[at].month != 0)
        at++;
    assert_true(at >= 1 && p->months_n >= 3); /* forty days touch two months at least */
    assert_true(p->months[at - 1].partial);
    struct closes c = { 0 };
    add_closes("", &c);
    struct qf_civil now;
    qf_time_civil(first_day + (DAYS - 1) * QF_DAY, &now);
    qf_time month = qf_time_from_civil(now.year, now.month, 1);
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    for (size_t i = 0; i < c.n; i++)
        if (c.at[i] == month) {
            assert_true(QF_HAS(&o->desk[0], desk_status, month_pnl));
            qf_money flows = c.flows[c.n - 1] - c.flows[i];
            assert_true(o->desk[0].month_pnl == o->desk[0].equity - c.equity[i] - flows);
            return;
        }
    fail_msg("no close of the month before");
}

static void play(int from, int to)
{
    record(from, to);
    world_restart(&world);
    resume(0);
    while (!ended())
        usleep(20000);
    usleep(300000); /* the last batch */
}

static void a_restart_changes_nothing_that_is_stored(void **state)
{
    (void)state;
    struct closes before = { 0 }, again = { 0 }, after = { 0 };
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    qf_money month = o->desk[0].month_start;
    add_closes("", &before);
    play(0, DAYS); /* played once more, at other prices: the past stays what it was */
    add_closes("", &again);
    assert_int_equal(again.n, before.n);
    assert_memory_equal(again.equity, before.equity, sizeof again.equity);
    o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    assert_true(o->desk[0].month_start == month);
    play(DAYS + 2, DAYS + 4); /* a day has ended while nobody was there */
    add_closes("", &after);
    assert_int_equal(after.n, before.n + 2);
    assert_memory_equal(after.equity, before.equity, before.n * sizeof *after.equity);
    assert_int_equal(after.at[before.n], first_day + DAYS * QF_DAY);
    assert_int_equal(after.at[before.n + 1], first_day + (DAYS + 3) * QF_DAY);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    struct qf_performance_query q = { .scope = QF_SCOPE_STRATEGY, .has = QF_BIT(performance_query, scope) | QF_BIT(performance_query, name) };
    qf_str_copy(q.name, sizeof q.name, "nobody");
    world_refused(&world, &world.boss, QF_CMD_performance_get, &q, "NOT_FOUND");
    q.scope = QF_SCOPE_SECTOR;
    world_refused(&world, &world.boss, QF_CMD_performance_get, &q, "INVALID_PARAMS");
    struct qf_performance_query b = { .has = QF_BIT(performance_query, benchmark) };
    qf_str_copy(b.benchmark, sizeof b.benchmark, "NONE");
    world_refused(&world, &world.boss, QF_CMD_performance_get, &b, "NOT_FOUND");
}

/* Events that speak of the identity and of whom. */
static int broken(const char *whose)
{
    struct qf_event_query q = { .limit = 500, .has = QF_BIT(event_query, limit) };
    const struct qf_event_list *l = world_do(&world, &world.boss, QF_CMD_system_events, &q);
    int n = 0;
    for (uint32_t i = 0; i < l->events_n; i++)
        n += strstr(l->events[i].message, "identity") && strstr(l->events[i].message, whose);
    return n;
}

static void no_identity_was_broken(void **state)
{
    (void)state;
    assert_int_equal(broken(""), 0);
    assert_int_equal(proc_verify(&world.proc), 0);
}

/* Somebody changes a balance behind the daemon's back: told once of the account and once of the firm, with the amount. */
static void books_that_were_tampered_with_are_an_alert(void **state)
{
    (void)state;
    char conninfo[256];
    struct db_error error;
    struct db_wait *w = NULL;
    qf_str_fmt(conninfo, sizeof conninfo, "host='%s/run/pg' port=5432 user=" CLUSTER_ADMIN " dbname=" CLUSTER_DATABASE, world.proc.dir);
    const struct db_conf conf = { .conninfo = conninfo, .name = "test" };
    if (db_wait_open(&conf, &w, &error) != QF_OK)
        fail_msg("%s", error.why);
    if (db_wait_query(w, "UPDATE qf.cash SET balance = balance + 1.5 WHERE account = 'one'", NULL, 0, NULL, NULL, &error) != QF_OK)
        fail_msg("%s", error.why);
    db_wait_close(w);
    play(DAYS + 4, DAYS + 6);
    assert_int_equal(broken("of one is broken by 1.5"), 1);
    assert_int_equal(broken("of the firm is broken by 1.5"), 1);
    assert_int_equal(broken(""), 2);
    play(DAYS + 6, DAYS + 7); /* the stored points have it by now: nothing new */
    assert_int_equal(broken(""), 2);
}

/* --- track records from outside */

/* 20,000 days are 1.4 MB in one line; what is judged of them is tests/unit/test_judge's. */
static void a_long_track_record_goes_through(void **state)
{
    (void)state;
    struct qf_performance_compute in = { .rows_n = 20000 };
    in.rows = calloc(in.rows_n, sizeof *in.rows);
    assert_non_null(in.rows);
    for (uint32_t i = 0; i < in.rows_n; i++) {
        struct qf_civil c;
        qf_time_civil((qf_time)i * QF_DAY, &c);
        qf_str_fmt(in.rows[i].day, sizeof in.rows[i].day, "%04d-%02d-%02d", c.year, c.month, c.day);
        in.rows[i].r = (double)(draw(2001) - 1000) / 77777.0;
        in.rows[i].b = -0.012345678901234567 * in.rows[i].r;
        in.rows[i].has = QF_BIT(return_row, r) | QF_BIT(return_row, b);
        qf_rec_fill(&qf_rec_return_row, &in.rows[i]);
    }
    qf_rec_fill(&qf_rec_performance_compute, &in);
    const struct qf_performance *p = world_do(&world, &world.boss, QF_CMD_performance_compute, &in);
    assert_int_equal(p->n, 20000);
    near("beta", value_of(p, "beta"), 1 / -0.012345678901234567);
    qf_str_copy(in.rows[7].day, sizeof in.rows[7].day, "1970-01-07"); /* the day of the row before it */
    world_refused(&world, &world.boss, QF_CMD_performance_compute, &in, "INVALID_PARAMS");
    assert_string_equal(world.line.refusal.field, "rows[7].day");
    free(in.rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_market_day_has_one_close),
        cmocka_unit_test(the_firm_is_what_its_closes_say),
        cmocka_unit_test(strategies_and_accounts_are_what_theirs_say),
        cmocka_unit_test(groups_add_up_to_the_firm),
        cmocka_unit_test(symbols_are_what_their_positions_say),
        cmocka_unit_test(trades_are_what_the_list_says),
        cmocka_unit_test(a_benchmark_is_on_the_same_days),
        cmocka_unit_test(a_day_is_its_points),
        cmocka_unit_test(months_of_the_status_agree),
        cmocka_unit_test(what_is_not_there_is_refused),
        cmocka_unit_test(a_long_track_record_goes_through),
        cmocka_unit_test(a_restart_changes_nothing_that_is_stored),
        cmocka_unit_test(no_identity_was_broken),
        cmocka_unit_test(books_that_were_tampered_with_are_an_alert),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
