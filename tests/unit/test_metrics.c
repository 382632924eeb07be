/* The table of metrics: each row on numbers worked out by hand. */
#include "common/clock.h"
#include "tests/unit/metric_ask.h"

static void one_series_by_hand(void **state)
{
    const struct {
        const char *name;
        double want;
    } cases[] = {
        { "cum_return_final", 0.144 },
        { "max_drawdown", -0.2 },
        { "annual_return", 0.144 },
        { "cagr", 0.144 },
        { "annual_volatility", 2 * sqrt(0.13 / 3) },
        { "sharpe_ratio", 0.05 / sqrt(0.13 / 3) * 2 },
        { "downside_risk", 0.2 },
        { "sortino_ratio", 1 },
        { "calmar_ratio", 0.72 },
        { "omega_ratio", 2 },
        { "tail_ratio", 0.27 / 0.17 },
        { "downside_deviation", 0.1 },
        { "downside_potential", 0.05 },
        { "downside_frequency", 0.25 },
        { "upside_risk", sqrt(0.1 / 4) },
        { "upside_potential", 0.1 },
        { "upside_frequency", 0.5 },
        { "volatility_skewness", 2.5 },
        { "variability_skewness", sqrt(2.5) },
        { "omega_sharpe_ratio", 1 },
        { "kappa", 0.5 },
        { "bernardo_ledoit", 2 },
        { "d_ratio", 0.25 },
        { "pain_index", 0.05 },
        { "ulcer_index", 0.1 },
        { "kurtosis_sample", 20.0 / 6 * 0.007825 / (0.13 / 3 * 0.13 / 3) },
        { "kurtosis_sample_excess", 20.0 / 6 * 0.007825 / (0.13 / 3 * 0.13 / 3) - 13.5 },
        { "skewness_kurtosis_ratio", 0 },
    };
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++)
        assert_near(one(cases[i].name, hand()), cases[i].want, 1e-14);
    double s = 0.144 / (2 * sqrt(0.13 / 3)), kurtosis = 0.00195625 / (0.0325 * 0.0325);
    assert_near(one("adjusted_sharpe_ratio", hand()), s * (1 - (kurtosis - 3) / 24 * s * s), 1e-14);
    const double skewed[] = { 0.01, 0.01, 0.01, 0.05 }, spike[] = { 0, 0, 0, 0, 5 };
    assert_near(one("skewness_kurtosis_ratio", of(skewed, 4)), 2 / sqrt(3) / (7.0 / 3), 1e-12);
    assert_near(one("kurtosis_sample", of(spike, 5)), 13, 1e-13); /* 30/24 x 260/25 */
    assert_near(one("kurtosis_sample_excess", of(spike, 5)), 5, 1e-13);
}

/* The peak before the first return is the capital. */
static void a_first_loss_is_a_drawdown(void **state)
{
    const double x[] = { -0.5, 0.2, 1 }; /* level 0.5 0.6 1.2 */
    (void)state;
    assert_near(one("max_drawdown", of(x, 3)), -0.5, 0);
    assert_near(one("pain_index", of(x, 3)), 0.3, 1e-15);
    assert_near(one("ulcer_index", of(x, 3)), sqrt((0.25 + 0.16) / 3), 1e-15);
}

static void against_a_benchmark_by_hand(void **state)
{
    double out[2];
    const double up = (1.43 * 1.43 - 1) / (1.32 * 1.32 - 1), down = (pow(0.8, 4) - 1) / (pow(0.9, 4) - 1);
    const double specific = sqrt(0.058 / 4) * 2, jensen = 0.144 - 1.2 * 0.188;
    const struct {
        const char *name;
        double want;
    } cases[] = {
        { "beta", 1.2 },
        { "alpha", pow(0.99, 4) - 1 },
        { "information_ratio", 0 },
        { "capture", 0.144 / 0.188 },
        { "up_capture", up },
        { "down_capture", down },
        { "up_down_capture", up / down },
        { "beta_fragility_heuristic", -0.4 },
        { "jensen_alpha", jensen },
        { "specific_risk", specific },
        { "appraisal_ratio", jensen / specific },
        { "treynor_ratio_modified", 0.144 / (1.2 * sqrt(0.05 / 4) * 2) },
        { "fama_beta", sqrt(0.13 / 0.05) },
        { "m_squared", 0.144 * sqrt(0.05 / 0.13) },
    };
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++)
        assert_near(one(cases[i].name, hand()), cases[i].want, 1e-13);
    const double gap[] = { NAN, 0.01, 0.02, 0.03 }, line[] = { 1, 0.01, 0.02, 0.03 };
    struct metric_in in = of(gap, 4);
    in.benchmark = line; /* without the first pair they are the same */
    assert_near(one("beta", in), 1, 1e-14);
    assert_near(one("alpha", in), 0, 1e-14);
    assert_near(one("specific_risk", in), 0, 1e-15);
    assert_int_equal(numbers("alpha_beta", hand(), out), 2);
    assert_near(out[0], pow(0.99, 4) - 1, 1e-14);
    assert_near(out[1], 1.2, 1e-14);
    assert_int_equal(numbers("up_alpha_beta", hand(), out), 2); /* (0.1, 0.2), (0.3, 0.1): beta -2, mean 0.2 + 2 x 0.15 */
    assert_near(out[1], -2, 1e-14);
    assert_near(out[0], pow(1.5, 4) - 1, 1e-12);
    assert_int_equal(numbers("down_alpha_beta", hand(), out), 2); /* one pair only */
    assert_near(out[0], NAN, 0);
    assert_near(out[1], NAN, 0);
}

static double fragility(const double *values, const double *benchmark, size_t n)
{
    struct metric_in in = of(values, n);
    in.benchmark = benchmark;
    return one("beta_fragility_heuristic", in);
}

/* The middle is n/2 rounded half to even; pairs with the same b keep their order. */
static void fragility_by_hand(void **state)
{
    const double x3[] = { 0.1, 0.5, 0.2 }, b3[] = { 1, 2, 4 };
    const double x5[] = { 0.7, 0.1, 0.2, 0.5, 0.3 }, b5[] = { 2, 0, 1, 4, 3 };
    const double x7[] = { 1, 2, 4, 8, 16, 32, 64 }, b7[] = { 1, 1, 1, 2, 2, 2, 3 };
    const double gaps[] = { NAN, 0.1, 0.5, 0.2, 0.9 }, b_gaps[] = { -9, 1, 2, 4, NAN }, flat[] = { 5, 5, 5 };
    (void)state;
    assert_near(fragility(x3, b3, 3), 0.1 - 0.2, 1e-15);                 /* the middle is the last */
    assert_near(fragility(x5, b5, 5), 0.5 * 0.1 + 0.5 * 0.5 - 0.7, 1e-15);
    assert_near(fragility(x7, b7, 7), 0.5 * 1 + 0.5 * 64 - 16, 1e-14);    /* place 4: the second of b = 2 */
    assert_near(fragility(gaps, b_gaps, 5), 0.1 - 0.2, 1e-15);
    assert_near(fragility(x3, flat, 3), 0.5 * 0.1 + 0.5 * 0.2 - 0.2, 1e-15);
}

static void parameters_have_their_effect(void **state)
{
    struct metric_in in = hand();
    const double flat[] = { 0.05, 0.05, 0.05, 0.05 };
    (void)state;
    in.risk_free_rate = 0.02;
    assert_near(one("sharpe_ratio", in), 0.03 / sqrt(0.13 / 3) * 2, 1e-14);
    in.risk_free = flat; /* a series rules over the constant */
    assert_near(one("sharpe_ratio", in), 0, 1e-14);
    in = hand();
    in.required_return = 0.1;
    assert_near(one("downside_risk", in), sqrt((0.09 + 0.01) / 4) * 2, 1e-14);
    in.required = flat;
    assert_near(one("sortino_ratio", in), 0, 1e-14);
    in = hand();
    in.required_return = pow(1.05, 4) - 1; /* 0.05 a period */
    assert_near(one("omega_ratio", in), 0.3 / 0.3, 1e-12);
    in.required_return = -1;
    assert_near(one("omega_ratio", in), NAN, 0);
    in = hand();
    in.benchmark = NULL;
    in.benchmark_constant = 0.01;
    assert_near(one("information_ratio", in), 0.04 / sqrt(0.13 / 3), 1e-14);
    in.cutoff = 0;
    assert_near(one("value_at_risk", in), -0.2, 0);
    in.cutoff = 0.5;
    assert_near(one("value_at_risk", in), 0.05, 1e-15);
    assert_near(one("conditional_value_at_risk", in), -0.1, 1e-15);
    in.mar = 0.05;
    assert_near(one("downside_potential", in), 0.075, 1e-15);
    assert_near(one("upside_frequency", in), 0.5, 0);
    in.mar = 0;
    in.order = 1;
    assert_near(one("kappa", in), 1, 1e-14);
    in.order = 3;
    assert_near(one("kappa", in), 0.05 / cbrt(0.008 / 4), 1e-14);
}

static void series_by_hand(void **state)
{
    const double prices[] = { 100, 110, 99, 0, 5 }, gaps[] = { NAN, 0.1, NAN, 0.5 };
    double out[5];
    (void)state;
    assert_int_equal(numbers("simple_returns", of(prices, 5), out), 4);
    assert_near(out[0], 0.1, 1e-15);
    assert_near(out[1], -0.1, 1e-15);
    assert_near(out[2], -1, 0);
    assert_near(out[3], INFINITY, 0);
    struct metric_in in = of(gaps, 4);
    assert_int_equal(numbers("cum_returns", in, out), 4);
    assert_near(out[0], 0, 0);
    assert_near(out[2], 0.1, 1e-15);
    assert_near(out[3], 0.65, 1e-15);
    in.starting_value = 100;
    assert_int_equal(numbers("cum_returns", in, out), 4);
    assert_near(out[3], 165, 1e-12);
    assert_near(one("cum_return_final", in), 165, 1e-12);
    const double zigzag[] = { exp(1) - 1, exp(-1) - 1, exp(1) - 1 };
    assert_near(one("stability_of_timeseries", of(zigzag, 3)), 0, 1e-15);
    const double steady[] = { 0.01, 0.01, 0.01 };
    assert_near(one("stability_of_timeseries", of(steady, 3)), 1, 1e-12);
}

static void trades_by_hand(void **state)
{
    const double pnl[] = { 0.5, -0.25, 0, 0.25 }, falls[] = { -50, 950, -100 }, won[] = { 5, 7 }, lost[] = { -5, -7 };
    double out[4];
    (void)state;
    assert_near(one("expectancy", of(pnl, 4)), 0.125, 1e-15);
    assert_near(one("expectancy_ratio", of(pnl, 4)), 0.25, 1e-14);
    assert_near(one("expectancy", of(lost, 2)), -6, 1e-14);
    assert_near(one("expectancy_ratio", of(lost, 2)), -1, 0);
    assert_near(one("expectancy_ratio", of(won, 2)), INFINITY, 0);
    assert_near(one("expectancy", of(won, 0)), NAN, 0);
    struct metric_in in = of(falls, 3);
    in.start = 100;
    assert_int_equal(numbers("equity_drawdown", in, out), 4);
    assert_true(out[0] == 100 && out[1] == 0.1 && out[2] == 1 && out[3] == 2);
    in.relative = true;
    assert_int_equal(numbers("equity_drawdown", in, out), 4);
    assert_true(out[0] == 50 && out[1] == 0.5 && out[2] == -1 && out[3] == 0);
    in.values = won;
    in.n = 2;
    assert_int_equal(numbers("equity_drawdown", in, out), 4);
    assert_true(out[0] == 0 && out[1] == 0 && isnan(out[2]) && isnan(out[3]));
    in = of(NULL, 0);
    in.start = 100;
    in.end = 121;
    in.days = 730;
    assert_near(one("cagr_levels", in), 0.1, 1e-14);
}

/* --- the calendar */

static int32_t day(int year, int month, int d)
{
    return (int32_t)(qf_time_from_civil(year, month, d) / QF_DAY);
}

/* ISO 8601: 2020-12-28 to 2021-01-03 is week 53 of 2020, 2024-12-30 begins week 1 of 2025. */
static void weeks_begin_on_monday_also_across_a_year(void **state)
{
    const enum metric_bucket w = METRIC_WEEK;
    (void)state;
    assert_int_equal(metric_bucket_of(day(2020, 12, 28), w), metric_bucket_of(day(2021, 1, 3), w));
    assert_int_equal(metric_bucket_of(day(2021, 1, 3), w) + 1, metric_bucket_of(day(2021, 1, 4), w));
    assert_int_equal(metric_bucket_of(day(2024, 12, 29), w) + 1, metric_bucket_of(day(2024, 12, 30), w));
    assert_int_equal(metric_bucket_of(-3, w) - 1, metric_bucket_of(-4, w)); /* 1969-12-29 was a Monday */
    assert_int_equal(metric_bucket_of(-3, w), metric_bucket_of(3, w));
    assert_int_equal(metric_bucket_of(-4, w), metric_bucket_of(-10, w));
    assert_int_equal(metric_bucket_of(-10, w) - 1, metric_bucket_of(-11, w));
}

/* Day by day a bucket stays or becomes the next one, and as many come as the calendar has. */
static void buckets_follow_each_other(void **state)
{
    const int32_t from = day(1999, 1, 1), until = day(2025, 1, 1);
    const int32_t count[] = { [METRIC_MONTH] = 26 * 12, [METRIC_QUARTER] = 26 * 4, [METRIC_YEAR] = 26 };
    (void)state;
    for (enum metric_bucket to = METRIC_MONTH; to <= METRIC_YEAR; to++) {
        for (int32_t d = from + 1; d < until; d++) {
            int32_t step = metric_bucket_of(d, to) - metric_bucket_of(d - 1, to);
            assert_true(step == 0 || step == 1);
        }
        assert_int_equal(metric_bucket_of(until, to) - metric_bucket_of(from, to), count[to]);
    }
}

static void returns_are_compounded_by_bucket(void **state)
{
    const double x[] = { 0.1, 0.1, -0.5, NAN, 0.2, 0.3 };
    const int32_t days[] = { day(2023, 12, 30), day(2023, 12, 31), day(2024, 1, 1), day(2024, 2, 1), day(2024, 4, 1), day(2024, 4, 2) };
    const struct {
        enum metric_bucket to;
        size_t n;
        double want[5];
    } cases[] = { { METRIC_MONTH, 4, { 0.21, -0.5, 0, 0.56 } },
                  { METRIC_QUARTER, 3, { 0.21, -0.5, 0.56 } },
                  { METRIC_YEAR, 2, { 0.21, -0.22 } },
                  { METRIC_WEEK, 4, { 0.21, -0.5, 0, 0.56 } } };
    (void)state;
    struct metric_in single = of(x, 3);
    double out3[3];
    single.dates = days + 1;
    assert_int_equal(numbers("aggregate_returns", single, out3), 3); /* a bucket of one day at the beginning */
    assert_near(out3[0], 0.1, 1e-15);
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        struct metric_in in = of(x, 6);
        double out[6];
        in.dates = days;
        in.to = cases[i].to;
        assert_int_equal(numbers("aggregate_returns", in, out), cases[i].n);
        for (size_t k = 0; k < cases[i].n; k++)
            assert_near(out[k], cases[i].want[k], 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_series_by_hand),
        cmocka_unit_test(a_first_loss_is_a_drawdown),
        cmocka_unit_test(against_a_benchmark_by_hand),
        cmocka_unit_test(fragility_by_hand),
        cmocka_unit_test(parameters_have_their_effect),
        cmocka_unit_test(series_by_hand),
        cmocka_unit_test(trades_by_hand),
        cmocka_unit_test(weeks_begin_on_monday_also_across_a_year),
        cmocka_unit_test(buckets_follow_each_other),
        cmocka_unit_test(returns_are_compounded_by_bucket),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
