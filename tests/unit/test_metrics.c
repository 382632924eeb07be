/* The table of metrics: each row on numbers worked out by hand, then what must hold for any series. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/clock.h"
#include "daemon/quant/metrics.h"
#include "tests/unit/near.h"

#define MOST 512

static double work[METRIC_WORK(MOST)];

static const struct metric *row(const char *name)
{
    bool roll;
    const struct metric *m = metric_find(name, &roll);
    if (m == NULL || roll)
        fail_msg("no row %s", name);
    return m;
}

static size_t numbers(const char *name, struct metric_in in, double *out)
{
    size_t n = 99;
    in.work = work;
    assert_int_equal(metric_eval(row(name), &in, out, &n), QF_OK);
    return n;
}

static double one(const char *name, struct metric_in in)
{
    double out[4];
    assert_int_equal(numbers(name, in, out), 1);
    return out[0];
}

static struct metric_in of(const double *values, size_t n)
{
    struct metric_in in = metric_defaults();
    in.values = values;
    in.n = n;
    in.periods_per_year = 4;
    return in;
}

/* r: mean 0.05, squared distances 0.13, level 1.1 0.88 1.144 1.144. b: mean 0.05, squared distances 0.05; cov sum
 * 0.06: beta 1.2. */
static const double r[] = { 0.1, -0.2, 0.3, 0 }, b[] = { 0.2, -0.1, 0.1, 0 };

static struct metric_in hand(void)
{
    struct metric_in in = of(r, 4);
    in.benchmark = b;
    return in;
}

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
    const double skewed[] = { 0.01, 0.01, 0.01, 0.05 };
    assert_near(one("skewness_kurtosis_ratio", of(skewed, 4)), 2 / sqrt(3) / (7.0 / 3), 1e-12);
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
    const double pnl[] = { 100, -50, 0, 50 }, falls[] = { -50, 950, -100 }, won[] = { 5, 7 }, lost[] = { -5, -7 };
    double out[4];
    (void)state;
    assert_near(one("expectancy", of(pnl, 4)), 25, 1e-13);
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

/* --- short, empty, missing, undefined */

static void too_little_is_undefined(void **state)
{
    static const char *const short_one[] = { "annual_volatility", "sharpe_ratio", "sortino_ratio", "omega_ratio", "information_ratio",
                                             "beta", "alpha", "stability_of_timeseries", "beta_fragility_heuristic", "calmar_ratio" };
    static const char *const short_none[] = { "cum_return_final", "max_drawdown", "annual_return", "cagr", "downside_risk", "tail_ratio",
                                              "value_at_risk", "conditional_value_at_risk", "capture", "pain_index", "fama_beta" };
    struct metric_in in = hand();
    double out[2];
    (void)state;
    in.n = 1;
    for (size_t i = 0; i < QF_LEN(short_one); i++)
        assert_near(one(short_one[i], in), NAN, 0);
    in.n = 0;
    for (size_t i = 0; i < QF_LEN(short_none); i++)
        assert_near(one(short_none[i], in), NAN, 0);
    assert_int_equal(numbers("cum_returns", in, out), 0);
    assert_int_equal(numbers("simple_returns", in, out), 0);
    in.n = 1;
    assert_int_equal(numbers("simple_returns", in, out), 0);
    assert_near(one("max_drawdown", in), 0, 0);
    assert_near(one("downside_risk", in), 0, 0);
    assert_near(one("tail_ratio", in), 1, 1e-15);
}

static void division_by_zero_follows_the_convention(void **state)
{
    const double same[] = { 0.01, 0.01, 0.01 }, zero[] = { 0, 0, 0 };
    struct metric_in in = of(same, 3);
    (void)state;
    assert_near(one("sharpe_ratio", in), INFINITY, 0);
    assert_near(one("sortino_ratio", in), INFINITY, 0);
    assert_near(one("calmar_ratio", in), NAN, 0);
    assert_near(one("omega_ratio", in), NAN, 0);
    in.benchmark = same;
    assert_near(one("beta", in), NAN, 0);
    assert_near(one("information_ratio", in), NAN, 0);
    in.values = zero;
    assert_near(one("sharpe_ratio", in), NAN, 0);
    assert_near(one("sortino_ratio", in), NAN, 0);
    assert_near(one("bernardo_ledoit", in), NAN, 0);
}

static void an_undefined_number_has_a_reason(void **state)
{
    struct metric_in in = hand();
    const double missing[] = { NAN, NAN, NAN, NAN };
    (void)state;
    in.n = 1;
    assert_string_equal(metric_reason(row("sharpe_ratio"), &in, NAN), "fewer than 2 values");
    in.n = 0;
    assert_string_equal(metric_reason(row("max_drawdown"), &in, NAN), "no values");
    in = of(missing, 4);
    assert_string_equal(metric_reason(row("value_at_risk"), &in, NAN), "all values are missing");
    in = hand();
    assert_string_equal(metric_reason(row("calmar_ratio"), &in, NAN), "no drawdown");
    assert_null(metric_reason(row("calmar_ratio"), &in, 0.5));
}

/* No row may break on any of these, and what it cannot tell it must be able to explain. */
static void every_row_takes_every_series(void **state)
{
    const double series[][4] = { { NAN, NAN, NAN, NAN }, { 0, 0, 0, 0 }, { -1, -1, -1, -1 }, { -2, 3, -4, 1 }, { 1e300, 1e300, 1e300, 1 },
                                 { NAN, 0.1, NAN, NAN }, { INFINITY, 0, -INFINITY, NAN }, { 0.1, -0.1, 0.2, 0.3 } };
    const int32_t days[] = { 10, 10, 40, 400 };
    size_t n;
    const struct metric *all = metric_rows(&n);
    (void)state;
    for (size_t m = 0; m < n; m++)
        for (size_t s = 0; s < QF_LEN(series); s++)
            for (size_t length = 0; length <= 4; length++) {
                struct metric_in in = of(series[s], length);
                double out[4];
                size_t count = 99;
                in.benchmark = series[QF_LEN(series) - 1 - s];
                in.dates = days;
                in.work = work;
                assert_int_equal(metric_eval(&all[m], &in, out, &count), QF_OK);
                assert_true(count <= metric_room(&all[m], false, length));
                for (size_t i = 0; i < count; i++)
                    assert_true(isfinite(out[i]) == (metric_reason(&all[m], &in, out[i]) == NULL));
            }
}

static void what_is_not_there_is_an_error(void **state)
{
    struct metric_in in = of(r, 4);
    const int32_t back[] = { 5, 4, 6, 7 };
    double out[8] = { 7 };
    size_t n = 9;
    bool roll;
    (void)state;
    in.work = work;
    assert_int_equal(metric_eval(row("beta"), &in, out, &n), QF_ENOENT);
    assert_int_equal(metric_eval(row("aggregate_returns"), &in, out, &n), QF_ENOENT);
    in.dates = back;
    assert_int_equal(metric_eval(row("aggregate_returns"), &in, out, &n), QF_ERANGE);
    in.cutoff = 1.5;
    assert_int_equal(metric_eval(row("value_at_risk"), &in, out, &n), QF_ERANGE);
    in.cutoff = NAN;
    assert_int_equal(metric_eval(row("value_at_risk"), &in, out, &n), QF_ERANGE);
    in = of(r, 4);
    in.periods_per_year = 0;
    assert_int_equal(metric_eval(row("sharpe_ratio"), &in, out, &n), QF_ERANGE);
    in = of(r, 4);
    assert_int_equal(metric_roll(row("sharpe_ratio"), &in, 0, out, &n), QF_ERANGE);
    assert_int_equal(metric_roll(row("expectancy"), &in, 2, out, &n), QF_ENOENT);
    assert_true(out[0] == 7 && n == 9);
    assert_null(metric_find("sharp_ratio", &roll));
    assert_null(metric_find("roll_expectancy", &roll));
    assert_null(metric_find("roll_", &roll));
    assert_null(metric_find("", &roll));
}

/* --- the table */

static void rows_are_named_once_and_explained(void **state)
{
    size_t n;
    const struct metric *all = metric_rows(&n);
    (void)state;
    assert_true(n >= 55);
    for (size_t i = 0; i < n; i++) {
        bool roll;
        assert_ptr_equal(metric_find(all[i].name, &roll), &all[i]);
        assert_false(roll);
        assert_true(strlen(all[i].convention) > 5 && strlen(all[i].convention) < 120);
        assert_true(all[i].needs != 0 && all[i].fn != NULL);
    }
}

/* Rolling is asking each window by itself. */
static void rolling_equals_each_window(void **state)
{
    double x[40], y[40], rolled[80], alone[2];
    uint64_t seed = 4;
    size_t rows, n, k;
    const struct metric *all = metric_rows(&rows);
    (void)state;
    for (size_t i = 0; i < 40; i++) {
        x[i] = random_one(&seed) / 20;
        y[i] = random_one(&seed) / 20;
    }
    x[7] = NAN;
    for (size_t m = 0; m < rows; m++) {
        struct metric_in in = of(x, 40);
        in.benchmark = y;
        in.work = work;
        if (!all[m].rolls)
            continue;
        size_t width = all[m].shape == METRIC_PAIR ? 2 : 1;
        assert_int_equal(metric_roll(&all[m], &in, 12, rolled, &n), QF_OK);
        assert_int_equal(n, 29 * width);
        assert_true(n <= metric_room(&all[m], true, 40));
        for (size_t first = 0; first < 29; first++) {
            in = of(x + first, 12);
            in.benchmark = y + first;
            in.work = work;
            assert_int_equal(metric_eval(&all[m], &in, alone, &k), QF_OK);
            for (size_t w = 0; w < width; w++)
                assert_near(rolled[first * width + w], alone[w], 0);
        }
        in = of(x, 11);
        in.benchmark = y;
        assert_int_equal(metric_roll(&all[m], &in, 12, rolled, &n), QF_OK);
        assert_int_equal(n, 0);
    }
}

/* --- what must hold for any series */

/* Metrics that look at the returns as a set, not as a way. */
static void order_of_the_days_does_not_matter(void **state)
{
    static const char *const sets[] = { "sharpe_ratio", "annual_volatility", "sortino_ratio", "omega_ratio", "value_at_risk",
                                        "conditional_value_at_risk", "tail_ratio", "kappa", "annual_return", "bernardo_ledoit",
                                        "d_ratio", "skewness_kurtosis_ratio", "adjusted_sharpe_ratio", "downside_frequency" };
    uint64_t seed = 9;
    double x[250], y[250];
    (void)state;
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < 250; i++)
            x[i] = y[i] = random_one(&seed) / 50;
        shuffle(y, 250, &seed);
        for (size_t m = 0; m < QF_LEN(sets); m++)
            assert_near(one(sets[m], of(y, 250)), one(sets[m], of(x, 250)), 1e-10);
    }
}

static void any_series(void **state)
{
    uint64_t seed = 10;
    double x[300];
    (void)state;
    for (int round = 0; round < 200; round++) {
        size_t n = 5 + (size_t)round;
        for (size_t i = 0; i < n; i++)
            x[i] = random_one(&seed) / 10;
        struct metric_in in = of(x, n);
        double down = one("max_drawdown", in), var = one("value_at_risk", in);
        assert_true(down <= 0 && down >= -1);
        assert_true(one("conditional_value_at_risk", in) <= var);
        assert_true(one("ulcer_index", in) >= one("pain_index", in) && one("ulcer_index", in) <= -down);
        assert_true(one("downside_risk", in) >= 0 && one("stability_of_timeseries", in) <= 1);
        assert_near(one("upside_potential", in) - one("downside_potential", in), one("kappa", in) * one("downside_deviation", in), 1e-12);
        assert_near(one("omega_ratio", in), one("bernardo_ledoit", in), 1e-9); /* both are gains over losses here */
        in.benchmark = x; /* against itself */
        assert_near(one("beta", in), 1, 1e-12);
        assert_near(one("alpha", in), 0, 1e-12);
        assert_near(one("capture", in), 1, 1e-12);
        assert_near(one("fama_beta", in), 1, 1e-12);
    }
}

static void buckets_compound_to_the_whole(void **state)
{
    uint64_t seed = 12;
    double x[MOST], parts[MOST];
    int32_t days[MOST];
    (void)state;
    for (size_t i = 0; i < MOST; i++) {
        x[i] = random_one(&seed) / 40;
        days[i] = 10950 + (int32_t)i;
    }
    for (enum metric_bucket to = METRIC_WEEK; to <= METRIC_YEAR; to++) {
        struct metric_in in = of(x, MOST);
        in.dates = days;
        in.to = to;
        size_t n = numbers("aggregate_returns", in, parts);
        assert_true(n > 1 && n < 80);
        assert_near(one("cum_return_final", of(parts, n)), one("cum_return_final", of(x, MOST)), 1e-11);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_series_by_hand),
        cmocka_unit_test(against_a_benchmark_by_hand),
        cmocka_unit_test(parameters_have_their_effect),
        cmocka_unit_test(series_by_hand),
        cmocka_unit_test(trades_by_hand),
        cmocka_unit_test(weeks_begin_on_monday_also_across_a_year),
        cmocka_unit_test(returns_are_compounded_by_bucket),
        cmocka_unit_test(too_little_is_undefined),
        cmocka_unit_test(division_by_zero_follows_the_convention),
        cmocka_unit_test(an_undefined_number_has_a_reason),
        cmocka_unit_test(every_row_takes_every_series),
        cmocka_unit_test(what_is_not_there_is_an_error),
        cmocka_unit_test(rows_are_named_once_and_explained),
        cmocka_unit_test(rolling_equals_each_window),
        cmocka_unit_test(order_of_the_days_does_not_matter),
        cmocka_unit_test(any_series),
        cmocka_unit_test(buckets_compound_to_the_whole),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
