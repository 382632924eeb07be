/* Means, moments, orders and distributions: values worked out by hand, and what must hold for any numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/quant/stats.h"
#include "tests/unit/near.h"

#define TINY 1e-15

static void missing_values_are_passed_over(void **state)
{
    const double x[] = { NAN, 1, NAN, 2, 6, NAN };
    (void)state;
    assert_int_equal(stat_count(x, 6), 3);
    assert_near(stat_sum(x, 6), 9, 0);
    assert_near(stat_mean(x, 6), 3, TINY);
    assert_near(stat_var(x, 6, 1), 7, TINY);          /* (4 + 1 + 9) / 2 */
    assert_near(stat_var(x, 6, 0), 14.0 / 3, TINY);
    assert_near(stat_moment(x, 6, 3), 6, TINY);       /* (-8 - 1 + 27) / 3 */
}

static void nothing_and_one(void **state)
{
    const double none[] = { NAN, NAN }, one[] = { NAN, 0.7 };
    (void)state;
    for (size_t n = 0; n <= 2; n++) {
        assert_near(stat_mean(none, n), NAN, 0);
        assert_near(stat_sd(none, n, 0), NAN, 0);
        assert_near(stat_moment(none, n, 2), NAN, 0);
        assert_near(stat_sum(none, n), 0, 0);
    }
    assert_near(stat_mean(one, 2), 0.7, 0);
    assert_near(stat_sd(one, 2, 1), NAN, 0);
    assert_near(stat_sd(one, 2, 0), 0, 0);
    assert_near(stat_moment(one, 2, 2), 0, 0);
    assert_near(stat_cov(one, one, 2, 0), 0, 0);
    assert_near(stat_skewness(one, 2), NAN, 0);
}

/* 0.1 added ten times is not 1: a mean about zero would leave a deviation of 1e-17, and ratios of 1e16. */
static void equal_values_have_no_deviation(void **state)
{
    double x[1000];
    (void)state;
    for (double v = 0.1; v < 1e6; v *= 7.3) {
        for (size_t i = 0; i < 1000; i++)
            x[i] = v;
        for (size_t n = 2; n <= 1000; n += 71) {
            assert_true(stat_mean(x, n) == v);
            assert_true(stat_sd(x, n, 1) == 0);
        }
    }
}

static void shape_of_a_distribution(void **state)
{
    const double x[] = { 1, 1, 1, 5 }; /* mean 2; m2 = 3, m3 = 6, m4 = 21 */
    (void)state;
    assert_near(stat_skewness(x, 4), 6 / (3 * sqrt(3)), TINY);
    assert_near(stat_kurtosis(x, 4), 21.0 / 9, TINY);
    assert_near(stat_mean((double[]){ INFINITY, 1 }, 2), INFINITY, 0);
}

static void pairs_need_both(void **state)
{
    const double x[] = { 1, NAN, 2, 3, 9 }, y[] = { 2, 5, 4, 6, NAN }, flat[] = { 1, 1, 1, 1, 1 };
    (void)state;
    assert_int_equal(stat_pairs(x, y, 5), 3);
    assert_near(stat_pair_mean(x, y, 5), 2, 0);
    assert_near(stat_pair_mean(y, x, 5), 4, 0);
    assert_near(stat_cov(x, y, 5, 1), 2, TINY);
    assert_near(stat_cov(x, y, 5, 0), 4.0 / 3, TINY);
    assert_near(stat_corr(x, y, 5), 1, TINY);
    assert_near(stat_corr(x, flat, 5), NAN, 0);
    assert_near(stat_cov(x, y, 2, 1), NAN, 0);
}

static void correlation_lies_between_minus_one_and_one(void **state)
{
    uint64_t seed = 5;
    (void)state;
    for (int round = 0; round < 200; round++) {
        double x[7], y[7];
        for (size_t i = 0; i < 7; i++) {
            x[i] = random_one(&seed);
            y[i] = round % 2 == 0 ? 3 - 1e-9 * x[i] : random_one(&seed);
        }
        double r = stat_corr(x, y, 7);
        assert_true(r >= -1 && r <= 1);
        if (round % 2 == 0)
            assert_near(r, -1, 1e-6);
    }
}

/* --- order */

static bool ascending(const double *x, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (x[i] < x[i - 1])
            return false;
    return true;
}

/* Orders that have slowed quicksorts down: already sorted, reversed, all equal, few values, an organ pipe. */
static void fill(double *x, size_t n, int kind, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        double up = (double)i;
        const double kinds[] = { up, -up, 3, (double)(i % 3), i < n / 2 ? up : (double)(n - i), random_one(seed) };
        x[i] = kinds[kind];
    }
}

static void sorting_sorts(void **state)
{
    static double x[3000], was[3000];
    uint64_t seed = 1;
    (void)state;
    for (int kind = 0; kind < 6; kind++)
        for (size_t n = 0; n <= 3000; n = n < 60 ? n + 1 : n * 7 / 3) {
            fill(x, n, kind, &seed);
            memcpy(was, x, n * sizeof(*x));
            stat_sort(x, n);
            assert_true(ascending(x, n));
            assert_near(stat_sum(x, n), stat_sum(was, n), 1e-9); /* nothing lost */
        }
}

static void selecting_finds_what_sorting_finds(void **state)
{
    static double x[900], sorted[900];
    uint64_t seed = 2;
    (void)state;
    for (int kind = 0; kind < 6; kind++)
        for (size_t n = 1; n <= 900; n = n < 30 ? n + 1 : n * 5 / 2)
            for (size_t k = 0; k < n; k += 1 + n / 13) {
                fill(x, n, kind, &seed);
                memcpy(sorted, x, n * sizeof(*x));
                stat_sort(sorted, n);
                stat_select(x, n, k);
                assert_true(x[k] == sorted[k]);
                for (size_t i = 0; i < n; i++)
                    assert_true(i < k ? x[i] <= x[k] : x[i] >= x[k]);
            }
}

/* A million values in an order made against the middle-of-three choice are sorted within a second or so, not in a
 * day. */
static void no_order_makes_sorting_slow(void **state)
{
    enum { N = 200000 };
    static double x[N];
    (void)state;
    for (size_t i = 0; i < N; i++) { /* Musser's killer of median-of-three */
        size_t half = N / 2;
        x[i] = i < half ? (double)(i % 2 == 0 ? i + 1 : half + i + (half % 2 == 0 ? 0 : 1)) : (double)((i - half + 1) * 2);
    }
    stat_sort(x, N);
    assert_true(ascending(x, N));
}

static void quantiles_are_linear_between_neighbours(void **state)
{
    const struct {
        double q, want;
    } cases[] = { { 0, 1 }, { 0.25, 2 }, { 0.3, 2.2 }, { 0.5, 3 }, { 0.875, 4.5 }, { 1, 5 } };
    (void)state;
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        double x[] = { 5, 3, 1, 4, 2 };
        assert_near(stat_quantile(x, 5, cases[i].q), cases[i].want, 1e-14);
    }
    assert_near(stat_quantile(NULL, 0, 0.5), NAN, 0);
    assert_near(stat_quantile((double[]){ 7 }, 1, 0.01), 7, 0);
}

static void a_tail_is_the_mean_of_the_smallest(void **state)
{
    (void)state;
    assert_near(stat_tail_mean((double[]){ 5, 3, 1, 4, 2 }, 5, 0.25), 1.5, TINY); /* k = 1 */
    assert_near(stat_tail_mean((double[]){ 5, 3, 1, 4, 2 }, 5, 0.24), 1, 0);      /* k = 0 */
    assert_near(stat_tail_mean((double[]){ 5, 3, 1, 4, 2 }, 5, 1), 3, TINY);
    assert_near(stat_tail_mean(NULL, 0, 0.5), NAN, 0);
}

/* 1 - 0.9 is a little less than 0.1, and 500 times that a little less than 50. */
static void rounding_does_not_move_a_position(void **state)
{
    (void)state;
    assert_int_equal(stat_position(501, 1 - 0.9), 50);
    assert_int_equal(stat_position(101, 0.29), 29);
    assert_int_equal(stat_position(250, 1 - 0.99), 2);
    assert_int_equal(stat_position(1, 0.5), 0);
    assert_int_equal(stat_position(10, 0.999), 8);
    for (size_t n = 1; n < 2000; n++)
        assert_int_equal(stat_position(10 * n + 1, 1 - 0.9), n);
}

static void order_of_the_values_does_not_matter(void **state)
{
    uint64_t seed = 3;
    (void)state;
    for (int round = 0; round < 100; round++) {
        double x[301], y[301], q = (random_one(&seed) + 1) / 2;
        fill(x, 301, 5, &seed);
        memcpy(y, x, sizeof(x));
        shuffle(y, 301, &seed);
        double tail = stat_tail_mean(x, 301, q), quantile = stat_quantile(x, 301, q);
        assert_true(tail == stat_tail_mean(y, 301, q));
        shuffle(y, 301, &seed);
        assert_true(quantile == stat_quantile(y, 301, q));
        assert_true(tail <= quantile);
    }
}

static void present_values_are_copied(void **state)
{
    const double x[] = { NAN, 3, 1, NAN };
    double out[4];
    (void)state;
    assert_int_equal(stat_present(x, 4, out), 2);
    assert_true(out[0] == 3 && out[1] == 1);
}

/* --- distributions: tables of Abramowitz and Stegun */

static void normal_quantiles(void **state)
{
    (void)state;
    assert_near(stat_normal_quantile(0.5), 0, 0);
    assert_near(stat_normal_quantile(0.95), 1.6448536269514722, 1e-14);
    assert_near(stat_normal_quantile(0.975), 1.9599639845400545, 1e-14);
    assert_near(stat_normal_quantile(0.99), 2.3263478740408408, 1e-14);
    assert_near(stat_normal_quantile(1e-9), -5.9978070150076869, 1e-13);
    assert_near(stat_normal_quantile(0), -INFINITY, 0);
    assert_near(stat_normal_quantile(1), INFINITY, 0);
    assert_near(stat_normal_quantile(-0.1), NAN, 0);
    assert_near(stat_normal_quantile(1.1), NAN, 0);
    assert_near(stat_normal_quantile(NAN), NAN, 0);
}

/* The quantile of a probability has that probability below it (the C library's erfc says so), and is odd about one
 * half. */
static void a_normal_quantile_inverts_the_distribution(void **state)
{
    (void)state;
    for (double p = 1e-300; p < 0.5; p *= 1.37) {
        double z = stat_normal_quantile(p);
        assert_near(erfc(-z / sqrt(2)) / 2 / p, 1, 1e-15 * (20 + z * z));
        assert_true(z < stat_normal_quantile(p * 1.001));
    }
    for (double p = 0.01; p < 0.5; p += 0.01)
        assert_near(stat_normal_quantile(1 - p), -stat_normal_quantile(p), 1e-13);
}

/* A block is the same as one by one, to the last bit. */
static void normal_quantiles_of_a_block(void **state)
{
    double p[STAT_BLOCK], z[STAT_BLOCK];
    uint64_t seed = 17;
    (void)state;
    for (int k = 0; k < 200; k++) {
        for (int i = 0; i < STAT_BLOCK; i++)
            p[i] = k < 199 ? (random_one(&seed) + 1) / 2 : i < 32 ? pow(10, -i * 9.0) : (i - 32) / 31.0;
        p[7] = k == 5 ? NAN : p[7];
        stat_normal_quantiles(p, z);
        for (int i = 0; i < STAT_BLOCK; i++)
            assert_near(z[i], stat_normal_quantile(p[i]), 0);
    }
}

static void densities_and_tails(void **state)
{
    (void)state;
    assert_near(stat_normal_density(0), 0.3989422804014327, 1e-16);
    assert_near(stat_normal_density(1), 0.24197072451914337, 1e-16);
    assert_near(stat_normal_density(-1), stat_normal_density(1), 0);
    assert_near(stat_chi2_1_tail(3.841458820694124), 0.05, 1e-12);
    assert_near(stat_chi2_1_tail(6.634896601021213), 0.01, 1e-12);
    assert_near(stat_chi2_1_tail(0), 1, 0);
    assert_near(stat_chi2_1_tail(-1), 1, 0);
    assert_near(stat_chi2_1_tail(NAN), NAN, 0);
}

static void binomial_sums(void **state)
{
    (void)state;
    assert_near(stat_binomial_cdf(0, 3, 0.5), 0.125, TINY);
    assert_near(stat_binomial_cdf(1, 3, 0.5), 0.5, TINY);
    assert_near(stat_binomial_cdf(3, 3, 0.5), 1, TINY);
    assert_near(stat_binomial_cdf(9, 3, 0.5), 1, TINY);
    assert_near(stat_binomial_cdf(4, 250, 0.01), 0.8922, 5e-5); /* the Basel table */
    assert_near(stat_binomial_cdf(5000, 100000, 0.05), 0.5037, 5e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_values_are_passed_over),
        cmocka_unit_test(nothing_and_one),
        cmocka_unit_test(equal_values_have_no_deviation),
        cmocka_unit_test(shape_of_a_distribution),
        cmocka_unit_test(pairs_need_both),
        cmocka_unit_test(correlation_lies_between_minus_one_and_one),
        cmocka_unit_test(sorting_sorts),
        cmocka_unit_test(selecting_finds_what_sorting_finds),
        cmocka_unit_test(no_order_makes_sorting_slow),
        cmocka_unit_test(quantiles_are_linear_between_neighbours),
        cmocka_unit_test(a_tail_is_the_mean_of_the_smallest),
        cmocka_unit_test(rounding_does_not_move_a_position),
        cmocka_unit_test(order_of_the_values_does_not_matter),
        cmocka_unit_test(present_values_are_copied),
        cmocka_unit_test(normal_quantiles),
        cmocka_unit_test(a_normal_quantile_inverts_the_distribution),
        cmocka_unit_test(normal_quantiles_of_a_block),
        cmocka_unit_test(densities_and_tails),
        cmocka_unit_test(binomial_sums),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
