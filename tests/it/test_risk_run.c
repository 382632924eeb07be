/* The portfolio's risk on a real desk: soon after a fill, on the topic, in the table; what is missing is said. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/it/desk_world.h"

#define SOON_NS 5000000000LL /* the promise is one second; a machine that builds beside the test is slow */

static struct desk_world world;
static struct rpc bob, ann, tick, listener;
static int64_t last_id; /* of the newest run before the restart */

static int start(void **state)
{
    *state = &world;
    world_start(&world);
    world_wait_prices(&world);
    world_sign_in(&world, &bob, "bob");
    world_sign_in(&world, &ann, "ann");
    world_sign_in(&world, &tick, "tick");
    world_sign_in(&world, &listener, "vic");
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rpc_release(&bob);
    rpc_release(&ann);
    rpc_release(&tick);
    rpc_release(&listener);
    world_stop(&world);
    return 0;
}

static const struct qf_risk_run *run_now(void)
{
    return world_do(&world, &world.boss, QF_CMD_risk_run, NULL);
}

static const struct qf_var_row *var_of(const struct qf_risk_run *r, enum qf_var_method method, int64_t bp, int64_t days)
{
    for (uint32_t i = 0; i < r->vars_n; i++)
        if (r->vars[i].method == (int32_t)method && r->vars[i].confidence_bp == bp && r->vars[i].days == days)
            return &r->vars[i];
    fail_msg("no such figure");
    return NULL;
}

static const struct qf_risk_component *part_of(const struct qf_risk_run *r, const char *symbol)
{
    for (uint32_t i = 0; i < r->components_n; i++)
        if (qf_str_eq(r->components[i].symbol, symbol))
            return &r->components[i];
    return NULL;
}

static const char *missing(const struct qf_risk_run *r, const char *symbol)
{
    for (uint32_t i = 0; i < r->missing_n; i++)
        if (qf_str_eq(r->missing[i].symbol, symbol))
            return r->missing[i].reason;
    return NULL;
}

/* A run in which `fits` holds, within the time that is allowed. */
static const struct qf_risk_run *wait_run(bool (*fits)(const struct qf_risk_run *r))
{
    for (int64_t until = qf_now_mono() + SOON_NS; qf_now_mono() < until; usleep(20000)) {
        const struct qf_risk_run *r = run_now();
        if (fits(r))
            return r;
    }
    fail_msg("no run within the time");
    return NULL;
}

/* --- nothing held */

static void an_empty_desk_loses_nothing(void **state)
{
    (void)state;
    const struct qf_risk_run *r = run_now();
    assert_string_equal(r->reason, "no positions");
    assert_true(QF_HAS(r, risk_run, var_99) && r->var_99 == 0);
    assert_true(r->names == 0 && !r->incomplete && r->vars_n == 0);
    assert_int_equal(r->status, QF_RISKST_OK); /* a new desk begins with a limit */
    assert_int_equal(r->exposures_n, 1);
}

/* --- a fill */

/* The next push whose text has all of these in it. */
static void wait_push(struct rpc *r, const char *one, const char *other)
{
    bool seen = false;
    for (int64_t until = qf_now_mono() + SOON_NS; !seen && qf_now_mono() < until;) {
        char *room = qf_buf_room(&r->in, 65536);
        ssize_t n = read(r->fd, room, 65536);
        assert_true(n > 0);
        r->in.len += (size_t)n;
        const char *text = qf_buf_cstr(&r->in);
        seen = strstr(text, one) && strstr(text, other) && text[r->in.len - 1] == '\n';
        if (!seen && text[r->in.len - 1] == '\n')
            qf_buf_clear(&r->in);
    }
    assert_true(seen);
    qf_buf_clear(&r->in);
}

static void a_fill_is_on_the_topic_soon(void **state)
{
    struct qf_subscribe in = { .has = 0 };
    (void)state;
    qf_str_copy(in.topic, sizeof in.topic, "risk");
    qf_rec_fill(&qf_rec_subscribe, &in);
    world_do(&world, &listener, QF_CMD_topic_subscribe, &in);
    world_wait_state(&world, world_order(&world, &bob, "AAPL", QF_SIDE_BUY, 1000, 0), QF_ORDER_FILLED);
    int64_t filled = qf_now_mono();
    wait_push(&listener, "\"topic\":\"risk\"", "{\"symbol\":\"AAPL\"");
    assert_true(qf_now_mono() - filled < SOON_NS);
    world_do(&world, &listener, QF_CMD_topic_unsubscribe, &in);
    const struct qf_risk_run *r = run_now(); /* asked for, it is never older than the fill */
    assert_int_equal(r->names, 1);
    assert_non_null(part_of(r, "AAPL"));
    assert_false(r->incomplete);
    assert_int_equal(r->missing_n, 0);
    assert_true(r->window >= 300 && r->backtest_days > 100 && r->light != QF_LIGHT_NONE);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const struct qf_bar_list *stored(const char *symbol)
{
    struct qf_bar_query q = { .period = 86400, .limit = 500 };
    qf_str_copy(q.symbol, sizeof q.symbol, symbol);
    qf_rec_fill(&qf_rec_bar_query, &q);
    q.has |= QF_BIT(bar_query, period) | QF_BIT(bar_query, limit);
    return world_do(&world, &world.boss, QF_CMD_bar_list, &q);
}

/* The same figure from the stored bars, worked out here. */
static void the_value_at_risk_is_that_of_the_stored_closes(void **state)
{
    static double pnl[500];
    struct qf_risk_run r = *run_now();
    double value = (double)r.components[0].value / QF_ONE, got = (double)r.var_99 / QF_ONE;
    size_t n = 0;
    (void)state;
    assert_int_equal(r.components_n, 1);
    const struct qf_bar_list *l = stored("AAPL");
    for (uint32_t i = 1; i < l->bars_n; i++)
        if (l->bars[i].at <= r.window_to)
            pnl[n++] = value * ((double)l->bars[i].close / (double)l->bars[i - 1].close - 1);
    assert_int_equal(n, r.window);
    qsort(pnl, n, sizeof *pnl, by_value);
    double at = (double)(n - 1) * 0.01, k = floor(at);
    double want = -(pnl[(size_t)k] + (at - k) * (pnl[(size_t)k + 1] - pnl[(size_t)k]));
    if (fabs(got - want) > 1e-6 * want)
        fail_msg("%f, wanted %f", got, want);
}

static void parts_add_up_and_methods_agree(void **state)
{
    static const char *const symbols[] = { "NVDA", "JPM", "KO", "XOM" };
    qf_money sum = 0, gross = 0;
    (void)state;
    for (size_t i = 0; i < QF_LEN(symbols); i++)
        world_wait_state(&world, world_order(&world, &bob, symbols[i], QF_SIDE_BUY, 500, 0), QF_ORDER_FILLED);
    const struct qf_risk_run *r = run_now();
    assert_int_equal(r->components_n, 5);
    for (uint32_t i = 0; i < r->components_n; i++) {
        sum += r->components[i].component;
        gross += qf_abs128(r->components[i].value);
    }
    const struct qf_var_row *sample = var_of(r, QF_VARM_SAMPLE, 9900, 1);
    assert_true(qf_abs128(sum - sample->var) <= 5); /* each part is rounded to 10^-8 */
    assert_true(r->exposures[0].scope == QF_SCOPE_FIRM && r->exposures[0].gross == gross);
    for (uint32_t i = 0; i < r->vars_n; i++)
        assert_true(r->vars[i].es >= r->vars[i].var);
    assert_true(r->undiversified >= sample->var);
    assert_int_equal(r->vars_n, 32);
    assert_true(r->days_n > 0 && r->days_n <= 60);
    for (uint32_t i = 1; i < r->days_n; i++)
        assert_true(r->days[i].day > r->days[i - 1].day);
    const struct qf_correlation_list *c = world_do(&world, &world.boss, QF_CMD_risk_correlation, NULL);
    assert_int_equal(c->pairs_n, 10);
    for (uint32_t i = 0; i < c->pairs_n; i++)
        assert_true(QF_HAS(&c->pairs[i], correlation, value) && fabs(c->pairs[i].value) <= 1);
}

/* --- scenarios */

static const struct qf_scenario *set_scenario(struct rpc *who, const char *name, const char *shocks, bool off)
{
    struct qf_scenario_set in = { .off = off };
    qf_str_copy(in.name, sizeof in.name, name);
    qf_str_copy(in.shocks, sizeof in.shocks, shocks);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_scenario_set, &in);
    if (*shocks)
        QF_SET(&in, scenario_set, shocks);
    QF_SET(&in, scenario_set, off);
    return world_do(&world, who, QF_CMD_scenario_set, &in);
}

static void refuse_scenario(struct rpc *who, const char *shocks, const char *word, const char *message)
{
    struct qf_scenario_set in = { .has = 0 };
    qf_str_copy(in.name, sizeof in.name, "wrong");
    qf_str_copy(in.shocks, sizeof in.shocks, shocks);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_scenario_set, &in);
    QF_SET(&in, scenario_set, shocks);
    world_refused(&world, who, QF_CMD_scenario_set, &in, word);
    assert_non_null(strstr(world.line.refusal.message, message));
}

static const struct qf_stress_result *result_of(const struct qf_risk_run *r, const char *name)
{
    for (uint32_t i = 0; i < r->stress_n; i++)
        if (qf_str_eq(r->stress[i].scenario, name))
            return &r->stress[i];
    return NULL;
}

static void a_new_desk_has_scenarios_its_past_can_bear(void **state)
{
    (void)state;
    const struct qf_scenario_list *l = world_do(&world, &world.boss, QF_CMD_scenario_list, NULL);
    assert_int_equal(l->scenarios_n, 3);
    assert_string_equal(l->scenarios[2].name, "Worst week");
    assert_true(l->scenarios[2].until > l->scenarios[2].since);
    const struct qf_risk_run *r = run_now();
    const struct qf_stress_result *all = result_of(r, "All -5%"), *week = result_of(r, "Worst week");
    assert_true(all->pnl == -r->exposures[0].net / 20);
    assert_true(QF_HAS(week, stress_result, pnl) && week->pnl < 0 && week->missing == 0);
    for (uint32_t i = 1; i < r->stress_n; i++)
        assert_true(r->stress[i].pnl >= r->stress[i - 1].pnl);
}

static bool has_mine(const struct qf_risk_run *r)
{
    return result_of(r, "mine");
}

static bool has_not_mine(const struct qf_risk_run *r)
{
    return !result_of(r, "mine");
}

static void scenarios_are_set_by_risk_and_felt_at_once(void **state)
{
    struct qf_stress_query q = { .scenario = "mine" };
    (void)state;
    refuse_scenario(&listener, "all -5", "FORBIDDEN", "");
    refuse_scenario(&bob, "all -5", "FORBIDDEN", "");
    refuse_scenario(&ann, "all -5, symbol AAPL", "INVALID_PARAMS", "\"symbol AAPL\"");
    refuse_scenario(&ann, "symbol NOSUCH -5", "INVALID_PARAMS", "NOSUCH");
    refuse_scenario(&ann, "sector Nothing -5", "INVALID_PARAMS", "Nothing");
    set_scenario(&ann, "mine", "all -1, sector Technology -10, symbol AAPL -20", false);
    const struct qf_risk_run *r = wait_run(has_mine);
    qf_money want = 0;
    for (uint32_t i = 0; i < r->components_n; i++) {
        bool aapl = qf_str_eq(r->components[i].symbol, "AAPL"), nvda = qf_str_eq(r->components[i].symbol, "NVDA");
        want -= r->components[i].value / (aapl ? 5 : nvda ? 10 : 100);
    }
    assert_true(qf_abs128(result_of(r, "mine")->pnl - want) < 100);
    assert_string_equal(result_of(r, "mine")->worst, "AAPL");
    qf_rec_fill(&qf_rec_stress_query, &q);
    const struct qf_stress_report *p = world_do(&world, &world.boss, QF_CMD_risk_stress, &q);
    assert_int_equal(p->names_n, 5);
    assert_string_equal(p->names[0].symbol, "AAPL");
    assert_true(fabs(p->names[0].shock + 0.2) < 1e-15 && !p->incomplete);
    qf_money sum = 0;
    for (uint32_t i = 0; i < p->names_n; i++)
        sum += p->names[i].pnl;
    assert_true(sum == p->pnl);
    qf_str_copy(q.scenario, sizeof q.scenario, "nobody's");
    world_refused(&world, &world.boss, QF_CMD_risk_stress, &q, "NOT_FOUND");
    const struct qf_scenario *off = set_scenario(&ann, "mine", "", true);
    assert_true(off->off && QF_HAS(off, scenario, shocks));
    wait_run(has_not_mine);
    qf_str_copy(q.scenario, sizeof q.scenario, "mine");
    world_refused(&world, &world.boss, QF_CMD_risk_stress, &q, "BAD_STATE");
    set_scenario(&ann, "mine", "", false);
}

static void set_days(struct qf_scenario_set *in, qf_time since, qf_time until)
{
    *in = (struct qf_scenario_set){ .name = "days", .since = since, .until = until };
    world_ref(&world, in->client_ref);
    qf_rec_fill(&qf_rec_scenario_set, in);
    in->has |= QF_BIT(scenario_set, since) | QF_BIT(scenario_set, until);
}

static bool has_days(const struct qf_risk_run *r)
{
    const struct qf_stress_result *s = result_of(r, "days");
    return s && QF_HAS(s, stress_result, pnl);
}

/* Stored closes of a name on two days, the one over the other. */
static double stored_move(const char *symbol, qf_time since, qf_time until)
{
    const struct qf_bar_list *l = stored(symbol);
    double first = 0, last = 0;
    for (uint32_t i = 0; i < l->bars_n; i++) {
        first = l->bars[i].at == since ? (double)l->bars[i].close : first;
        last = l->bars[i].at == until ? (double)l->bars[i].close : last;
    }
    assert_true(first > 0 && last > 0);
    return last / first;
}

/* The whole window: each name has moved from its first close to its last. */
static void what_happened_between_two_days(void **state)
{
    struct qf_scenario_set in;
    struct qf_stress_query name = { .scenario = "days" };
    qf_time since = run_now()->window_from, until = run_now()->window_to;
    (void)state;
    set_days(&in, until, since);
    world_refused(&world, &ann, QF_CMD_scenario_set, &in, "INVALID_PARAMS");
    set_days(&in, since, qf_now_wall());
    world_refused(&world, &ann, QF_CMD_scenario_set, &in, "INVALID_PARAMS");
    set_days(&in, since, until);
    QF_DROP(&in, scenario_set, until);
    world_refused(&world, &ann, QF_CMD_scenario_set, &in, "INVALID_PARAMS");
    set_days(&in, since + QF_HOUR, until + QF_MIN); /* days, whatever the hour */
    const struct qf_scenario *row = world_do(&world, &ann, QF_CMD_scenario_set, &in);
    assert_true(row->since == since && row->until == until);
    const struct qf_stress_result *s = result_of(wait_run(has_days), "days");
    assert_true(s->kind == QF_SCEN_WINDOW && s->missing == 0);
    double want = stored_move("AAPL", since, until) - 1;
    qf_rec_fill(&qf_rec_stress_query, &name);
    const struct qf_stress_report *p = world_do(&world, &world.boss, QF_CMD_risk_stress, &name);
    for (uint32_t i = 0; i < p->names_n; i++)
        if (qf_str_eq(p->names[i].symbol, "AAPL"))
            assert_true(fabs(p->names[i].shock - want) < 1e-12);
    set_days(&in, QF_DAY, 2 * QF_DAY); /* 1970: nobody has closes */
    world_do(&world, &ann, QF_CMD_scenario_set, &in);
    for (int i = 0; i < 100; i++, usleep(20000)) {
        s = result_of(run_now(), "days");
        if (s && QF_HAS(s, stress_result, reason) && strstr(s->reason, "no name held"))
            return;
    }
    fail_msg("no reason is given");
}

/* --- what is missing */

static void publish_price(void)
{
    struct qf_quote_in quote = { .bid = 10 * QF_ONE, .ask = 10 * QF_ONE + QF_ONE / 100, .at = qf_now_wall() };
    struct qf_quote_publish in = { .quotes = &quote, .quotes_n = 1 };
    qf_str_copy(quote.symbol, sizeof quote.symbol, "NEW");
    qf_rec_fill(&qf_rec_quote_in, &quote);
    quote.has |= QF_BIT(quote_in, bid) | QF_BIT(quote_in, ask);
    qf_rec_fill(&qf_rec_quote_publish, &in);
    const struct qf_published *p = world_do(&world, &tick, QF_CMD_quote_publish, &in);
    assert_int_equal(p->taken, 1);
}

static void buy_a_name_without_a_past(void)
{
    struct qf_instrument_set in = { .has = 0 };
    qf_str_copy(in.symbol, sizeof in.symbol, "NEW");
    qf_str_copy(in.feed, sizeof in.feed, "outside");
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_instrument_set, &in);
    QF_SET(&in, instrument_set, feed);
    world_do(&world, &world.boss, QF_CMD_instrument_set, &in);
    publish_price();
    int64_t id = world_order(&world, &bob, "NEW", QF_SIDE_BUY, 10, 0);
    for (int i = 0; i < 50 && world_state(&world, id, NULL) != QF_ORDER_FILLED; i++) {
        usleep(50000);
        publish_price();
    }
    world_wait_state(&world, id, QF_ORDER_FILLED);
}

static void a_name_without_closes_is_listed(void **state)
{
    (void)state;
    buy_a_name_without_a_past();
    const struct qf_risk_run *r = run_now();
    assert_true(r->incomplete);
    assert_non_null(missing(r, "NEW"));
    assert_int_equal(r->missing_n, 1);
    assert_int_equal(r->names, 6);
    assert_int_equal(r->components_n, 5); /* the others have their figures */
    assert_true(QF_HAS(r, risk_run, var_99));
    assert_string_equal(missing(r, "NEW"), "0 daily closes, 31 are needed");
    last_id = r->id;
}

/* After a restart nobody has published a price of it. */
static void a_name_without_a_price_is_listed(void **state)
{
    struct qf_scenario_list l;
    (void)state;
    rpc_close(&bob);
    rpc_close(&ann);
    rpc_close(&tick);
    rpc_close(&listener);
    world_restart(&world);
    world_wait_prices(&world);
    rpc_release(&ann);
    world_sign_in(&world, &ann, "ann");
    const struct qf_risk_run *r = run_now();
    assert_true(r->incomplete);
    assert_string_equal(missing(r, "NEW"), "no price");
    assert_true(r->id > last_id); /* numbers go on */
    assert_int_equal(r->components_n, 5);
    l = *(const struct qf_scenario_list *)world_do(&world, &world.boss, QF_CMD_scenario_list, NULL);
    assert_int_equal(l.scenarios_n, 5);
    assert_string_equal(l.scenarios[4].name, "mine");
}

/* --- a second currency, whose rate is 1/price of a name with a past */

static void euro_by_price(const char *name, const char *symbol)
{
    struct qf_instrument_set in = { .currency = "EUR", .has = 0 };
    struct qf_rate_set rate = { .currency = "EUR", .inverse = true };
    qf_str_copy(rate.symbol, sizeof rate.symbol, symbol);
    qf_str_copy(in.symbol, sizeof in.symbol, name);
    world_ref(&world, rate.client_ref);
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_rate_set, &rate);
    qf_rec_fill(&qf_rec_instrument_set, &in);
    rate.has |= QF_BIT(rate_set, symbol) | QF_BIT(rate_set, inverse);
    QF_SET(&in, instrument_set, currency);
    world_do(&world, &world.boss, QF_CMD_rate_set, &rate);
    world_do(&world, &world.boss, QF_CMD_instrument_set, &in);
}

static void a_rate_that_moves_is_in_the_figures(void **state)
{
    struct qf_scenario_set in;
    struct qf_stress_query name = { .scenario = "days" };
    (void)state;
    euro_by_price("AMD", "KO");
    world_wait_state(&world, world_order(&world, &world.boss, "AMD", QF_SIDE_BUY, 100, 0), QF_ORDER_FILLED);
    const struct qf_risk_run *r = run_now();
    assert_int_equal(r->missing_n, 1); /* NEW, as before */
    qf_time since = r->window_from, until = r->window_to;
    set_days(&in, since, until);
    world_do(&world, &ann, QF_CMD_scenario_set, &in), wait_run(has_days);
    double want = stored_move("AMD", since, until) / stored_move("KO", since, until) - 1;
    qf_rec_fill(&qf_rec_stress_query, &name);
    const struct qf_stress_report *p = world_do(&world, &world.boss, QF_CMD_risk_stress, &name);
    uint32_t i = 0;
    while (i < p->names_n && !qf_str_eq(p->names[i].symbol, "AMD"))
        i++;
    assert_true(i < p->names_n && QF_HAS(&p->names[i], stress_name, shock) && fabs(p->names[i].shock - want) < 1e-12);
}

/* --- the limit */

static void set_limit(qf_money hard)
{
    struct qf_limit_set in = { .scope = QF_SCOPE_FIRM, .control = QF_CTL_VAR_99_1D, .hard = hard, .reason = "a test" };
    world_ref(&world, in.client_ref);
    qf_rec_fill(&qf_rec_limit_set, &in);
    world_do(&world, &ann, QF_CMD_limit_set, &in);
}

static bool is_breach(const struct qf_risk_run *r)
{
    return r->status == QF_RISKST_BREACH;
}

static void a_tiny_limit_is_breached_and_kept(void **state)
{
    struct qf_risk_metric_query q = { .metric = "VAR_99_1D", .limit = 5 };
    (void)state;
    set_limit(100 * QF_ONE);
    struct qf_risk_run r = *wait_run(is_breach);
    assert_true(r.var_limit == 100 * QF_ONE && r.var_used_bp > 10000);
    const struct qf_overview *o = world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
    assert_true(QF_HAS(&o->desk[0], desk_status, var_99) && o->desk[0].var_99 > 100 * QF_ONE && o->desk[0].var_incomplete);
    assert_true(QF_HAS(&o->desk[0], desk_status, var_limit) && o->desk[0].var_limit == 100 * QF_ONE);
    qf_rec_fill(&qf_rec_risk_metric_query, &q);
    q.has |= QF_BIT(risk_metric_query, metric) | QF_BIT(risk_metric_query, limit);
    const struct qf_risk_metric_list *l = NULL;
    for (int i = 0; i < 100; i++, usleep(20000)) {
        l = world_do(&world, &world.boss, QF_CMD_risk_metrics, &q);
        if (l->metrics_n > 0 && l->metrics[0].run >= r.id)
            break;
    }
    assert_true(l->metrics_n > 1 && l->metrics_n <= 5);
    const struct qf_risk_metric *m = &l->metrics[0];
    assert_int_equal(m->status, QF_RISKST_BREACH);
    assert_true(QF_HAS(m, risk_metric, threshold) && m->threshold > 99.999 && m->threshold < 100.001);
    assert_true(m->value > m->threshold);
    for (uint32_t i = 1; i < l->metrics_n; i++)
        assert_true(l->metrics[i].at <= l->metrics[i - 1].at);
    q.has &= ~QF_BIT(risk_metric_query, metric);
    QF_SET(&q, risk_metric_query, before);
    q.before = l->metrics[0].at;
    l = world_do(&world, &world.boss, QF_CMD_risk_metrics, &q);
    assert_int_equal(l->metrics_n, 5);
    assert_true(l->metrics[0].at < q.before);
}

/* --- the same on the command line */

static void qf_risk(char *out, size_t cap, const char *option)
{
    const char *program = getenv("QF") ? getenv("QF") : "./qf";
    char *argv[] = { strdup(program), strdup("--socket"), strdup(world.proc.socket), strdup("risk"), option ? strdup(option) : NULL, NULL };
    int to[2], status = -1;
    size_t got = 0;
    assert_int_equal(pipe(to), 0);
    pid_t pid = fork();
    if (pid == 0) {
        if (dup2(to[1], STDOUT_FILENO) < 0)
            _exit(126);
        close(to[0]);
        execv(argv[0], argv);
        _exit(127);
    }
    close(to[1]);
    for (ssize_t k; got + 1 < cap && (k = read(to[0], out + got, cap - got - 1)) > 0;)
        got += (size_t)k;
    out[got] = '\0';
    close(to[0]);
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_int_equal(status, 0);
    for (size_t i = 0; i < QF_LEN(argv); i++)
        free(argv[i]);
}

static void the_command_line_says_the_same(void **state)
{
    static char out[65536];
    char var[QF_DEC_TEXT + 16];
    (void)state;
    qf_risk(out, sizeof out, "--no-header");
    assert_non_null(strstr(out, "VaR 99 "));
    assert_non_null(strstr(out, " of 100.00, "));
    assert_non_null(strstr(out, "% breach   historical, 1 day, n "));
    assert_non_null(strstr(out, "\nES 97.5 "));
    assert_non_null(strstr(out, "INCOMPLETE: 1 not counted: NEW (no price)"));
    assert_non_null(strstr(out, "limit   firm               VAR_99_1D"));
    qf_risk(out, sizeof out, "--json");
    assert_non_null(strstr(out, "\"missing\":[{\"symbol\":\"NEW\""));
    bool same = false; /* a run may end between the two */
    for (int i = 0; i < 5 && !same; i++) {
        const struct qf_risk_run *r = run_now();
        size_t n = qf_str_fmt(var, sizeof var, "\"var_99\":\"");
        qf_dec_format(r->var_99, QF_SCALE, var + n);
        qf_risk(out, sizeof out, "--json");
        same = strstr(out, var) != NULL;
    }
    assert_true(same);
}

static void the_tables_agree(void **state)
{
    (void)state;
    assert_int_equal(proc_verify(&world.proc), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_desk_loses_nothing),
        cmocka_unit_test(a_fill_is_on_the_topic_soon),
        cmocka_unit_test(the_value_at_risk_is_that_of_the_stored_closes),
        cmocka_unit_test(parts_add_up_and_methods_agree),
        cmocka_unit_test(a_new_desk_has_scenarios_its_past_can_bear),
        cmocka_unit_test(scenarios_are_set_by_risk_and_felt_at_once),
        cmocka_unit_test(what_happened_between_two_days),
        cmocka_unit_test(a_name_without_closes_is_listed),
        cmocka_unit_test(a_name_without_a_price_is_listed),
        cmocka_unit_test(a_rate_that_moves_is_in_the_figures),
        cmocka_unit_test(a_tiny_limit_is_breached_and_kept),
        cmocka_unit_test(the_command_line_says_the_same),
        cmocka_unit_test(the_tables_agree),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
