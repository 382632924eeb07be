/* From a snapshot to the record of a run: what is listed, what is left out, what adds up. No desk, no database. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/risk_inside.h"
#include "tests/unit/near.h"

#define DAYS 120

static struct risk_result x;

static struct risk_series *series(uint64_t seed, uint32_t n)
{
    struct risk_series *s = qf_xalloc(sizeof *s);
    double price = 100;
    s->holders = 1;
    s->n = n;
    s->days = qf_xalloc(n * sizeof *s->days);
    s->closes = qf_xalloc(n * sizeof *s->closes);
    for (uint32_t i = 0; i < n; i++) {
        price *= 1 + 0.02 * random_one(&seed);
        s->days[i] = (int32_t)(20000 + i);
        s->closes[i] = price;
    }
    return s;
}

/* n names of 1,000 each, the i-th with i + 1 shares; every third is short. */
static void begin(uint32_t n)
{
    memset(&x, 0, sizeof x);
    qf_arena_init(&x.arena, 64 * 1024 * 1024);
    struct risk_snapshot *s = &x.snapshot;
    s->names = qf_xalloc((n + 1) * sizeof *s->names);
    s->groups = qf_xalloc(2 * sizeof *s->groups);
    s->scenarios = qf_xalloc(4 * sizeof *s->scenarios);
    s->names_n = n;
    s->groups_n = 1;
    qf_rec_fill(&qf_rec_exposure, &s->groups[0]);
    s->equity = 1000000 * QF_ONE;
    s->window = 500;
    s->paths = 2000;
    s->seed = 7;
    s->at = 20200 * QF_DAY;
    for (uint32_t i = 0; i < n; i++) {
        struct risk_name *name = &s->names[i];
        qf_str_fmt(name->symbol, sizeof name->symbol, "N%u", i);
        qf_str_copy(name->sector, sizeof name->sector, i % 2 ? "Odd" : "Even");
        name->multiplier = 1;
        name->rate = QF_ONE;
        name->series = series(i + 1, DAYS);
        name->quantity = (qf_money)(i % 3 == 2 ? -10 : 10) * QF_ONE;
        name->value = name->quantity * 100;
        s->groups[0].gross += qf_abs128(name->value);
        s->groups[0].net += name->value;
    }
}

static void end(void)
{
    risk_drop(&x.snapshot);
    qf_arena_release(&x.arena);
}

static const char *missing(const char *symbol)
{
    for (uint32_t i = 0; i < x.run.missing_n; i++)
        if (qf_str_eq(x.run.missing[i].symbol, symbol))
            return x.run.missing[i].reason;
    return NULL;
}

static const struct qf_var_row *sample_99(void)
{
    for (uint32_t i = 0; i < x.run.vars_n; i++)
        if (x.run.vars[i].method == QF_VARM_SAMPLE && x.run.vars[i].confidence_bp == 9900 && x.run.vars[i].days == 1)
            return &x.run.vars[i];
    fail_msg("no sample covariance");
    return NULL;
}

static qf_money sum_of_parts(void)
{
    qf_money sum = 0;
    for (uint32_t i = 0; i < x.run.components_n; i++)
        sum += x.run.components[i].component;
    return sum;
}

static void all_of_a_small_book_is_there(void **state)
{
    (void)state;
    begin(5);
    risk_math(&x);
    assert_false(x.run.incomplete);
    assert_false(QF_HAS(&x.run, risk_run, reason));
    assert_int_equal(x.run.window, DAYS - 1);
    assert_true(x.run.window_from == 20001 * QF_DAY && x.run.window_to == (20000 + DAYS - 1) * QF_DAY);
    assert_int_equal(x.run.components_n, 5);
    assert_true(qf_abs128(sum_of_parts() - sample_99()->var) <= 5);
    assert_int_equal(x.run.backtest_window, 59);
    assert_int_equal(x.run.backtest_days, 60);
    assert_int_equal(x.run.days_n, 60);
    assert_true(x.run.days[59].day == x.run.window_to);
    assert_int_equal(x.run.largest_bp, 2000);
    assert_near(x.run.hhi, 0.2, 1e-12);
    assert_int_equal(x.correlations.pairs_n, 10);
    assert_true(x.metrics_n > 10);
    end();
}

/* Of 600 names 499 have a row, the others one together: the whole is kept. */
static void what_is_beyond_the_list_is_others(void **state)
{
    (void)state;
    begin(600);
    risk_math(&x);
    assert_int_equal(x.run.names, 600);
    assert_int_equal(x.run.components_n, 500);
    assert_string_equal(x.run.components[499].symbol, "OTHERS");
    assert_true(qf_abs128(sum_of_parts() - sample_99()->var) <= 600);
    qf_money value = 0;
    for (uint32_t i = 0; i < 500; i++)
        value += x.run.components[i].value;
    assert_true(value == x.snapshot.groups[0].net);
    assert_int_equal(x.correlations.pairs_n, 4950);
    end();
}

static void what_is_left_out_is_listed_with_its_reason(void **state)
{
    (void)state;
    begin(6);
    x.snapshot.names[0].lacks = "no price";
    x.snapshot.names[0].value = 0;
    series_release(x.snapshot.names[1].series);
    x.snapshot.names[1].series = NULL;
    x.snapshot.names[2].series->n = 30;
    x.snapshot.names[2].value /= 100; /* small: it does not decide about the calendar */
    x.snapshot.names[3].series->n = 60;
    x.snapshot.names[3].value /= 100;
    risk_math(&x);
    assert_true(x.run.incomplete);
    assert_int_equal(x.run.missing_n, 4);
    assert_string_equal(missing("N0"), "no price");
    assert_string_equal(missing("N1"), "its daily closes are not read yet");
    assert_string_equal(missing("N2"), "30 daily closes, 31 are needed");
    assert_string_equal(missing("N3"), "daily closes of 60 of the window's 120 days");
    assert_int_equal(x.run.components_n, 2);
    assert_true(QF_HAS(&x.run, risk_run, var_99));
    assert_string_equal(x.run.largest, "N1"); /* it has a value, only no past */
    end();
}

static void without_any_past_there_is_a_reason(void **state)
{
    (void)state;
    begin(2);
    x.snapshot.has_limit = true;
    x.snapshot.limit = QF_ONE;
    for (uint32_t i = 0; i < 2; i++)
        x.snapshot.names[i].series->n = 5;
    risk_math(&x);
    assert_false(QF_HAS(&x.run, risk_run, var_99));
    assert_true(QF_HAS(&x.run, risk_run, reason));
    assert_int_equal(x.run.vars_n, 0);
    assert_int_equal(x.run.status, QF_RISKST_NONE); /* not "ok": nobody knows */
    assert_int_equal(x.run.light, QF_LIGHT_NONE);
    for (uint32_t i = 0; i < x.metrics_n; i++)
        assert_true(QF_HAS(&x.metrics[i], risk_metric, value) != QF_HAS(&x.metrics[i], risk_metric, reason));
    end();
}

static int32_t status_with(qf_money limit, bool has_warn, qf_money warn)
{
    begin(3);
    x.snapshot.has_limit = true;
    x.snapshot.limit = limit;
    x.snapshot.has_warn = has_warn;
    x.snapshot.warn = warn;
    risk_math(&x);
    int32_t status = x.run.status;
    for (uint32_t i = 0; i < x.metrics_n; i++)
        if (qf_str_eq(x.metrics[i].metric, "VAR_99_1D")) {
            assert_int_equal(x.metrics[i].status, status);
            assert_near(x.metrics[i].threshold, (double)limit / QF_ONE, 1e-9);
        }
    end();
    return status;
}

static void the_limit_gives_a_status(void **state)
{
    (void)state;
    assert_int_equal(status_with(QF_ONE, false, 0), QF_RISKST_BREACH);
    assert_int_equal(status_with(1000000 * QF_ONE, false, 0), QF_RISKST_OK);
    assert_int_equal(status_with(1000000 * QF_ONE, true, QF_ONE), QF_RISKST_WARN);
    assert_int_equal(status_with(1000000 * QF_ONE, true, 999999 * QF_ONE), QF_RISKST_OK);
}

/* --- a rate that moves */

/* The name stands at 50 all the time; its rate, an instrument's price, goes up and down by what N1 moves by. */
static void rate_that_moves(struct risk_name *n, const struct risk_series *like, bool inverse)
{
    n->rate = QF_ONE;
    n->fx.series = series(1, DAYS);
    n->fx.inverse = inverse;
    qf_str_copy(n->fx.symbol, sizeof n->fx.symbol, "EURUSD");
    for (uint32_t i = 0; i < DAYS; i++) {
        n->series->closes[i] = 50;
        n->fx.series->closes[i] = inverse ? 100 / like->closes[i] : like->closes[i] / 100;
    }
}

/* A name whose price never moves has the risk of its rate, and of nothing else: it is as risky as a name that moves as the rate does. */
static void rate_that_moves_is_risk(void **state)
{
    (void)state;
    for (int inverse = 0; inverse < 2; inverse++) {
        double var[2], worst[2];
        for (int fx = 0; fx < 2; fx++) {
            begin(2);
            x.snapshot.names_n = 1;
            struct risk_name *n = &x.snapshot.names[0];
            if (fx) {
                rate_that_moves(n, x.snapshot.names[1].series, inverse);
                n->quantity = 20 * QF_ONE;
            } else
                memcpy(n->series->closes, x.snapshot.names[1].series->closes, DAYS * sizeof *n->series->closes);
            risk_math(&x);
            assert_false(x.run.incomplete);
            assert_int_equal(x.run.window, DAYS - 1);
            var[fx] = risk_double(x.run.var_99);
            worst[fx] = risk_double(x.run.days[59].pnl); /* 20 at 50 at about 1, and 10 at about 100: the same */
            x.snapshot.names_n = 2;
            end();
        }
        assert_true(var[0] > 10);
        assert_near(var[1], var[0], 1e-6);
        assert_true(worst[0] != 0);
        assert_near(worst[1], worst[0], 1e-6);
    }
}

static void day_without_a_rate_is_no_day(void **state)
{
    (void)state;
    begin(2);
    struct risk_name *n = &x.snapshot.names[0];
    rate_that_moves(n, x.snapshot.names[1].series, false);
    n->fx.series->n -= 2;          /* the two newest are not there */
    n->fx.series->closes[50] = 0;  /* one that is no price */
    risk_math(&x);
    assert_false(x.run.incomplete);
    assert_int_equal(x.run.window, DAYS - 1 - 3);
    end();
    begin(2);
    rate_that_moves(&x.snapshot.names[0], x.snapshot.names[1].series, false);
    x.snapshot.names[0].fx.series->n = 10;
    risk_math(&x);
    assert_true(x.run.incomplete);
    assert_string_equal(missing("N0"), "10 daily closes, 31 are needed");
    end();
    begin(2);
    qf_str_copy(x.snapshot.names[0].fx.symbol, 17, "EURUSD");
    risk_math(&x);
    assert_true(x.run.incomplete);
    assert_string_equal(missing("N0"), "daily closes of its rate EURUSD are not read yet");
    end();
}

/* --- scenarios */

static struct risk_day *closes_of(uint32_t n, double price)
{
    struct risk_day *d = qf_xalloc(sizeof *d);
    d->holders = 1;
    d->rows = qf_xalloc((n + 2) * sizeof *d->rows);
    for (d->n = 0; d->n < n; d->n++) { /* fewer than ten: N0 ... N9 are in order */
        qf_str_fmt(d->rows[d->n].symbol, sizeof d->rows[d->n].symbol, "N%u", d->n);
        d->rows[d->n].close = price;
    }
    return d;
}

static struct risk_scenario *add_scenario(const char *name, const char *shocks)
{
    struct risk_scenario *s = &x.snapshot.scenarios[x.snapshot.scenarios_n++];
    qf_str_copy(s->row.name, sizeof s->row.name, name);
    qf_str_copy(s->row.shocks, sizeof s->row.shocks, shocks);
    if (*shocks)
        QF_SET(&s->row, scenario, shocks);
    return s;
}

static void scenarios_are_worst_first(void **state)
{
    (void)state;
    begin(4); /* 1,000, 1,000, -1,000, 1,000 */
    add_scenario("up", "all 5");
    add_scenario("odd", "sector Odd -10");
    struct risk_scenario *window = add_scenario("window", "");
    window->since = closes_of(3, 100); /* N3 has none */
    window->until = closes_of(4, 80);
    struct risk_scenario *unread = add_scenario("unread", "");
    (void)unread;
    x.snapshot.names[0].lacks = "no rate to the base currency";
    risk_math(&x);
    const struct qf_stress_result *r = x.run.stress;
    assert_int_equal(x.run.stress_n, 4);
    assert_string_equal(r[0].scenario, "odd");
    assert_true(r[0].pnl == -200 * QF_ONE && r[0].missing == 1 && r[0].equity_bp == -2);
    assert_string_equal(r[0].worst, "N1");
    assert_string_equal(r[1].scenario, "window"); /* -20 % of 1,000 and of -1,000 */
    assert_true(r[1].pnl == 0 && r[1].missing == 2);
    assert_string_equal(r[2].scenario, "up");
    assert_true(r[2].pnl == 50 * QF_ONE);
    assert_string_equal(r[2].worst, "N2");
    assert_false(QF_HAS(&r[3], stress_result, pnl));
    assert_true(QF_HAS(&r[3], stress_result, reason) && r[3].missing == 4);
    end();
}

static void add_close(struct risk_day *d, const char *symbol, double close)
{
    for (uint32_t i = d->n++; i > 0; i--)
        d->rows[i] = d->rows[i - 1]; /* EURUSD is before N0 */
    qf_str_copy(d->rows[0].symbol, sizeof d->rows[0].symbol, symbol);
    d->rows[0].close = close;
}

/* Prices fall by 20 %, the rate by 10 %: 28 %. The other way round is 1/0.9. */
static void windows_know_the_rate(void **state)
{
    (void)state;
    begin(4); /* 1,000, 1,000, -1,000, 1,000 */
    struct risk_scenario *w = add_scenario("window", "");
    w->since = closes_of(3, 100);
    w->until = closes_of(3, 80);
    add_close(w->since, "EURUSD", 1.2);
    add_close(w->until, "EURUSD", 1.08);
    struct risk_name *n = x.snapshot.names;
    qf_str_copy(n[0].fx.symbol, sizeof n[0].fx.symbol, "EURUSD");
    qf_str_copy(n[1].fx.symbol, sizeof n[1].fx.symbol, "EURUSD");
    n[1].fx.inverse = true;
    qf_str_copy(n[2].fx.symbol, sizeof n[2].fx.symbol, "JPYUSD"); /* it has no closes */
    double moves[4];
    const char *why;
    assert_true(risk_moves(w, n, 4, moves, &why));
    assert_near(moves[0], 0.8 * 0.9 - 1, 1e-12);
    assert_near(moves[1], 0.8 / 0.9 - 1, 1e-12);
    assert_true(isnan(moves[2]) && isnan(moves[3]));
    struct risk_scenario *shock = add_scenario("shock", "all -10"); /* of prices: the rate stays */
    assert_true(risk_moves(shock, n, 4, moves, &why));
    assert_near(moves[0], -0.1, 1e-12);
    end();
}

/* --- numbers */

static void doubles_become_money(void **state)
{
    qf_money m = 5;
    (void)state;
    assert_true(risk_money(1.5, &m) && m == 150000000);
    assert_true(risk_money(-0.000000014, &m) && m == -1);
    assert_true(risk_money(-123456789012.25, &m) && m == (qf_money)-123456789012 * QF_ONE - QF_ONE / 4);
    assert_true(risk_money(9e20, &m) && m == (qf_money)900000000000000000 * 1000 * QF_ONE);
    m = 5;
    assert_false(risk_money(INFINITY, &m));
    assert_false(risk_money(NAN, &m));
    assert_false(risk_money(1e22, &m));
    assert_true(m == 5);
    assert_near(risk_double((qf_money)-3 * QF_ONE / 2), -1.5, 0);
    assert_int_equal(risk_bp(1, 3), 3333);
    assert_int_equal(risk_bp(-1, 3), -3333);
    assert_int_equal(risk_bp(1, 0), 0);
    assert_int_equal(risk_bp(1e300, 1e-300), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_of_a_small_book_is_there),
        cmocka_unit_test(what_is_beyond_the_list_is_others),
        cmocka_unit_test(what_is_left_out_is_listed_with_its_reason),
        cmocka_unit_test(without_any_past_there_is_a_reason),
        cmocka_unit_test(the_limit_gives_a_status),
        cmocka_unit_test(rate_that_moves_is_risk),
        cmocka_unit_test(day_without_a_rate_is_no_day),
        cmocka_unit_test(windows_know_the_rate),
        cmocka_unit_test(scenarios_are_worst_first),
        cmocka_unit_test(doubles_become_money),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
