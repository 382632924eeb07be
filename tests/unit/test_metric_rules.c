/* What the table of metrics must keep for any series: short, empty, missing, rolled, shuffled. */
#include <string.h>

#include "tests/unit/metric_ask.h"

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
    const double flat[] = { 0.01, NAN, 0.01, NAN }, lone[] = { 0.01, NAN, NAN, NAN };
    in = of(flat, 4);
    assert_string_equal(metric_reason(row("sharpe_ratio"), &in, INFINITY), "the returns do not differ");
    in = of(flat, 4);
    in.values = (double[]){ 0.01, 0.01 };
    in.n = 2;
    assert_string_equal(metric_reason(row("sharpe_ratio"), &in, INFINITY), "the returns do not differ");
    in = of(lone, 4);
    assert_string_equal(metric_reason(row("sharpe_ratio"), &in, NAN), "too many values are missing");
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
    const int32_t back[] = { 5, 6, 7, 6 };
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
    assert_null(metric_find("most_sharpe_ratio", &roll));
    in = of(NULL, 4);
    in.work = work;
    assert_int_equal(metric_eval(row("sharpe_ratio"), &in, out, &n), QF_ENOENT);
    assert_int_equal(metric_roll(row("sharpe_ratio"), &in, 2, out, &n), QF_ENOENT);
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

static void whatever_looks_at_returns_rolls(void **state)
{
    static const char *const rolling[] = { "roll_max_drawdown", "roll_sharpe_ratio", "roll_annual_volatility", "roll_beta", "roll_alpha",
                                           "roll_alpha_beta", "roll_up_alpha_beta", "roll_down_alpha_beta", "roll_capture",
                                           "roll_up_capture", "roll_down_capture", "roll_up_down_capture" };
    bool roll = false;
    (void)state;
    for (size_t i = 0; i < QF_LEN(rolling); i++) {
        assert_ptr_equal(metric_find(rolling[i], &roll), row(rolling[i] + strlen("roll_")));
        assert_true(roll);
    }
}

/* Those, and only those, whose numbers change with the periods of a year say so. */
static void rows_say_whether_they_are_annualised(void **state)
{
    const double x[] = { 0.01, -0.02, 0.03, 0.005, -0.015 }, y[] = { 0.02, -0.01, 0.01, 0.004, -0.02 };
    const int32_t days[] = { 1, 2, 3, 4, 5 };
    size_t n;
    const struct metric *all = metric_rows(&n);
    (void)state;
    for (size_t m = 0; m < n; m++) {
        struct metric_in in = of(x, 5);
        double daily[5], monthly[5];
        in.benchmark = y;
        in.dates = days;
        in.start = in.end = in.days = 2;
        in.required_return = all[m].fn == row("omega_ratio")->fn ? 0.1 : 0; /* the only yearly parameter */
        size_t count = numbers(all[m].name, in, daily);
        in.periods_per_year = 12;
        assert_int_equal(numbers(all[m].name, in, monthly), count);
        bool same = true;
        for (size_t i = 0; i < count; i++)
            same = same && near_to(daily[i], monthly[i], 1e-15);
        if (same == all[m].annualised)
            fail_msg("%s says it is %sannualised", all[m].name, all[m].annualised ? "" : "not ");
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
        cmocka_unit_test(too_little_is_undefined),
        cmocka_unit_test(division_by_zero_follows_the_convention),
        cmocka_unit_test(an_undefined_number_has_a_reason),
        cmocka_unit_test(every_row_takes_every_series),
        cmocka_unit_test(what_is_not_there_is_an_error),
        cmocka_unit_test(rows_are_named_once_and_explained),
        cmocka_unit_test(whatever_looks_at_returns_rolls),
        cmocka_unit_test(rows_say_whether_they_are_annualised),
        cmocka_unit_test(rolling_equals_each_window),
        cmocka_unit_test(order_of_the_days_does_not_matter),
        cmocka_unit_test(any_series),
        cmocka_unit_test(buckets_compound_to_the_whole),
    };
    return cmocka_run_group_tests_name("metric rules", tests, NULL, NULL);
}
