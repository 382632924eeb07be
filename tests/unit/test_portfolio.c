/* Laws that hold for every book: drawn by chance, the same every time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "daemon/quant/drawdown.h"
#include "daemon/quant/parallel.h"
#include "daemon/quant/portfolio.h"
#include "tests/unit/near.h"

#define ROWS 161 /* closes */
#define COLS 9
#define BOOKS 60

/* A book and what came out of it. */
struct book {
    double mv[COLS], units[COLS], closes[ROWS * COLS];
    double component[COLS], marginal[COLS], day_pnl[PORTFOLIO_BACKTEST], day_var[PORTFOLIO_BACKTEST];
    struct portfolio_in in;
    struct portfolio_out out;
};

/* Closes that wander, with moves in common; positions of both signs. */
static void draw(struct book *b, uint64_t *seed, size_t rows, size_t cols)
{
    for (size_t t = 0; t < rows; t++) {
        double all = random_one(seed);
        for (size_t i = 0; i < cols; i++) {
            double move = 0.02 * (0.5 * all + random_one(seed));
            b->closes[t * cols + i] = t == 0 ? 50 + 40 * random_one(seed) : b->closes[(t - 1) * cols + i] * (1 + move);
        }
    }
    for (size_t i = 0; i < cols; i++) {
        b->units[i] = 1e4 * random_one(seed);
        b->mv[i] = b->units[i] * b->closes[(rows - 1) * cols + i];
    }
    b->in = (struct portfolio_in){ b->mv, b->units, b->closes, rows, cols, 7, 4000, 1 };
}

static void run(struct book *b)
{
    b->out = (struct portfolio_out){ .component = b->component, .marginal = b->marginal, .day_pnl = b->day_pnl, .day_var = b->day_var };
    double *work = malloc(portfolio_work(&b->in) * sizeof *work);
    assert_non_null(work);
    assert_int_equal(portfolio_run(&b->in, &b->out, work), QF_OK);
    free(work);
}

static struct book *drawn(uint64_t seed)
{
    static struct book b;
    draw(&b, &seed, ROWS, COLS);
    run(&b);
    return &b;
}

static double of(const struct book *b, size_t method, size_t c, size_t h)
{
    return b->out.figure[method][c][h].var;
}

static void shortfall_is_at_least_value_at_risk(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        const struct book *b = drawn(k);
        for (size_t m = 0; m < PORTFOLIO_METHODS; m++)
            for (size_t c = 0; c < PORTFOLIO_CONFIDENCES; c++)
                for (size_t h = 0; h < PORTFOLIO_HORIZONS; h++)
                    assert_true(b->out.figure[m][c][h].es >= of(b, m, c, h) * (1 - 1e-12));
    }
}

static void more_confidence_is_more_risk(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        const struct book *b = drawn(k);
        for (size_t m = 0; m < PORTFOLIO_METHODS; m++)
            for (size_t c = 1; c < PORTFOLIO_CONFIDENCES; c++) {
                assert_true(of(b, m, c, 0) >= of(b, m, c - 1, 0));
                assert_true(b->out.figure[m][c][0].es >= b->out.figure[m][c - 1][0].es);
            }
    }
}

static void ten_days_are_the_root_of_ten(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        const struct book *b = drawn(k);
        for (size_t m = 0; m < PORTFOLIO_METHODS; m++)
            for (size_t c = 0; c < PORTFOLIO_CONFIDENCES; c++)
                assert_near(of(b, m, c, 1), sqrt(10) * of(b, m, c, 0), 1e-9 * fabs(of(b, m, c, 0)) + 1e-9);
    }
}

static void components_add_up(void **state)
{
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        const struct book *b = drawn(k);
        double sum = 0, whole = of(b, PORTFOLIO_SAMPLE, PORTFOLIO_99, 0);
        for (size_t i = 0; i < COLS; i++) {
            sum += b->component[i];
            assert_near(b->component[i], b->marginal[i] * b->mv[i], 1e-9 * whole);
        }
        assert_near(sum, whole, 1e-9 * whole);
        assert_true(b->out.undiversified >= whole * (1 - 1e-12));
    }
}

/* Twice the book is twice the risk; the other side of the book has the same normal risk. */
static void risk_scales_with_the_book(void **state)
{
    static struct book b, twice, other;
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        uint64_t seed = k;
        draw(&b, &seed, ROWS, COLS);
        run(&b);
        for (int way = 0; way < 2; way++) {
            struct book *to = way == 0 ? &twice : &other;
            *to = b;
            for (size_t i = 0; i < COLS; i++) {
                to->mv[i] *= way == 0 ? 2 : -1;
                to->units[i] *= way == 0 ? 2 : -1;
            }
            to->in.mv = to->mv;
            to->in.units = to->units;
            to->in.closes = to->closes;
            run(to);
        }
        for (size_t m = 0; m < PORTFOLIO_METHODS; m++)
            assert_near(of(&twice, m, PORTFOLIO_99, 0), 2 * of(&b, m, PORTFOLIO_99, 0), 1e-9 * fabs(of(&b, m, PORTFOLIO_99, 0)));
        assert_int_equal(twice.out.backtest.exceptions, b.out.backtest.exceptions);
        for (size_t m = PORTFOLIO_EWMA; m <= PORTFOLIO_SAMPLE; m++)
            assert_near(of(&other, m, PORTFOLIO_99, 0), of(&b, m, PORTFOLIO_99, 0), 1e-9 * of(&b, m, PORTFOLIO_99, 0));
    }
}

/* The order of names is nobody's business, that of days matters to EWMA and the back-test only. */
static void names_may_stand_in_any_order(void **state)
{
    static struct book b, turned;
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        uint64_t seed = k;
        draw(&b, &seed, ROWS, COLS);
        run(&b);
        turned = b;
        for (size_t i = 0; i < COLS; i++) {
            turned.mv[i] = b.mv[COLS - 1 - i];
            turned.units[i] = b.units[COLS - 1 - i];
            for (size_t t = 0; t < ROWS; t++)
                turned.closes[t * COLS + i] = b.closes[t * COLS + COLS - 1 - i];
        }
        turned.in.mv = turned.mv;
        turned.in.units = turned.units;
        turned.in.closes = turned.closes;
        run(&turned);
        for (size_t m = 0; m < PORTFOLIO_MONTE_CARLO; m++) /* its normals go to the names as they stand */
            assert_near(of(&turned, m, PORTFOLIO_99, 0), of(&b, m, PORTFOLIO_99, 0), 1e-9 * fabs(of(&b, m, PORTFOLIO_99, 0)));
        assert_near(of(&turned, PORTFOLIO_MONTE_CARLO, 1, 0), of(&b, PORTFOLIO_MONTE_CARLO, 1, 0), 0.1 * of(&b, PORTFOLIO_MONTE_CARLO, 1, 0));
        for (size_t i = 0; i < COLS; i++)
            assert_near(turned.component[i], b.component[COLS - 1 - i], 1e-7 * of(&b, PORTFOLIO_SAMPLE, PORTFOLIO_99, 0));
        assert_int_equal(turned.out.backtest.exceptions, b.out.backtest.exceptions);
    }
}

static void days_may_stand_in_any_order(void **state)
{
    double pnl[100], mixed[100], work[100];
    struct risk_tail a, b;
    uint64_t seed = 5;
    (void)state;
    for (int k = 0; k < BOOKS; k++) {
        for (size_t i = 0; i < 100; i++)
            mixed[i] = pnl[i] = random_one(&seed);
        shuffle(mixed, 100, &seed);
        assert_int_equal(risk_historical(pnl, 100, 0.975, 1, &a, work), QF_OK);
        assert_int_equal(risk_historical(mixed, 100, 0.975, 1, &b, work), QF_OK);
        assert_true(a.var == b.var && a.es == b.es);
    }
}

/* Normal draws with the sample covariance come near to the sample's own figures. */
static void monte_carlo_is_near_the_formula(void **state)
{
    static struct book b;
    (void)state;
    for (uint64_t k = 1; k <= 5; k++) {
        uint64_t seed = k;
        draw(&b, &seed, ROWS, COLS);
        b.in.paths = 100000;
        run(&b);
        assert_near(of(&b, PORTFOLIO_MONTE_CARLO, PORTFOLIO_99, 0), of(&b, PORTFOLIO_SAMPLE, PORTFOLIO_99, 0),
                    0.03 * of(&b, PORTFOLIO_SAMPLE, PORTFOLIO_99, 0));
    }
}

/* More names than days: the days are the factors. The deviation is the same. */
static void more_names_than_days_are_drawn_too(void **state)
{
    static struct book b;
    enum { rows = 8, cols = COLS };
    (void)state;
    for (uint64_t k = 1; k <= 5; k++) {
        uint64_t seed = k;
        draw(&b, &seed, rows, cols);
        b.in.paths = 100000;
        run(&b);
        assert_near(of(&b, PORTFOLIO_MONTE_CARLO, PORTFOLIO_99, 0), of(&b, PORTFOLIO_SAMPLE, PORTFOLIO_99, 0),
                    0.03 * of(&b, PORTFOLIO_SAMPLE, PORTFOLIO_99, 0));
        assert_int_equal(b.out.backtest.days, 0);
    }
}

/* All days in one product give what the back-test gives day by day. */
static void the_back_test_is_the_back_test(void **state)
{
    double work[BACKTEST_WORK(PORTFOLIO_BACKTEST, COLS)], var[ROWS];
    size_t exceptions[ROWS];
    (void)state;
    for (uint64_t k = 1; k <= BOOKS; k++) {
        const struct book *b = drawn(k);
        size_t window = b->out.backtest_window;
        const struct backtest_in in = { b->closes, b->units, ROWS, COLS, window, 0.99, window, ROWS - 2 };
        struct backtest_verdict v;
        assert_int_equal(window, (ROWS - 1) / 2);
        assert_int_equal(b->out.backtest.days, ROWS - 1 - window);
        assert_int_equal(b->out.first_day, window + 1);
        assert_int_equal(backtest_run(&in, &v, var, exceptions, work), QF_OK);
        assert_int_equal(v.days, b->out.backtest.days);
        assert_int_equal(v.exceptions, b->out.backtest.exceptions);
        assert_true(v.lr == b->out.backtest.lr && v.light == b->out.backtest.light);
        for (size_t d = 0; d < v.days; d++)
            assert_near(b->day_var[d], var[d], 1e-9 * fabs(var[d]));
    }
}

/* The same bytes from one, two and four threads. */
static void threads_change_nothing(void **state)
{
    static struct book b, first;
    (void)state;
    for (unsigned threads = 1; threads <= 4; threads *= 2) {
        uint64_t seed = 3;
        memset(&b, 0, sizeof b);
        draw(&b, &seed, ROWS, COLS);
        b.in.paths = 20001;
        b.in.threads = threads;
        run(&b);
        if (threads == 1)
            first = b;
        assert_memory_equal(b.out.figure, first.out.figure, sizeof b.out.figure);
        assert_memory_equal(b.component, first.component, sizeof b.component);
        assert_memory_equal(b.day_var, first.day_var, sizeof b.day_var);
    }
}

static void count_block(void *arg, size_t begin, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ((unsigned char *)arg)[begin + i]++;
}

static void a_long_loop_meets_everything_once(void **state)
{
    static unsigned char seen[10007];
    (void)state;
    for (unsigned threads = 0; threads <= 20; threads += 5) {
        memset(seen, 0, sizeof seen);
        parallel_blocks(threads, sizeof seen - 7, 64, count_block, seen);
        for (size_t i = 0; i < sizeof seen; i++)
            assert_int_equal(seen[i], i < sizeof seen - 7);
    }
    parallel_blocks(4, 0, 64, count_block, seen);
    assert_int_equal(seen[0], 1);
}

/* A level is never above its highest so far. */
static void a_fall_is_never_above_zero(void **state)
{
    double under[ROWS], levels[ROWS];
    struct drawdown worst[5];
    uint64_t seed = 9;
    (void)state;
    for (int k = 0; k < BOOKS; k++) {
        levels[0] = 100;
        for (size_t i = 1; i < ROWS; i++)
            levels[i] = levels[i - 1] * (1 + 0.05 * random_one(&seed));
        drawdown_underwater(levels, ROWS, under);
        double least = 0;
        for (size_t i = 0; i < ROWS; i++) {
            assert_true(under[i] <= 0 && under[i] > -1);
            least = fmin(least, under[i]);
        }
        assert_true(drawdown_max(levels, ROWS) == least);
        size_t n = drawdown_worst(levels, ROWS, worst, 5);
        for (size_t i = 0; i < n; i++)
            assert_true(worst[i].depth < 0 && (i == 0 || worst[i].depth >= worst[i - 1].depth));
    }
}

static void correlations_lie_between_one_and_minus_one(void **state)
{
    static struct book b;
    static double work[PORTFOLIO_CORRELATION_WORK(ROWS, 4)];
    const size_t which[] = { 2, 0, 5, 2 };
    double c[16];
    uint64_t seed = 4;
    (void)state;
    draw(&b, &seed, ROWS, COLS);
    assert_int_equal(portfolio_correlation(b.closes, ROWS, COLS, which, 4, c, work), QF_OK);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            assert_true(fabs(c[i * 4 + j]) <= 1 + 1e-12);
            assert_near(c[i * 4 + j], c[j * 4 + i], 1e-14);
        }
    assert_near(c[0 * 4 + 3], 1, 1e-12); /* the same name twice */
    assert_true(fabs(c[1]) < 0.9);
    for (size_t t = 0; t < ROWS; t++)
        b.closes[t * COLS] = 10; /* does not move */
    assert_int_equal(portfolio_correlation(b.closes, ROWS, COLS, which, 4, c, work), QF_OK);
    assert_true(isnan(c[1]) && isnan(c[5]) && isfinite(c[2]));
    assert_int_equal(portfolio_correlation(b.closes, 2, COLS, which, 4, c, work), QF_ERANGE);
}

static void what_cannot_be_reckoned_is_refused(void **state)
{
    static struct book b;
    uint64_t seed = 2;
    (void)state;
    draw(&b, &seed, ROWS, COLS);
    double *work = malloc(portfolio_work(&b.in) * sizeof *work), kept = b.closes[17];
    b.out = (struct portfolio_out){ .component = b.component, .marginal = b.marginal, .day_pnl = b.day_pnl, .day_var = b.day_var };
    const double bad[] = { 0, -1, NAN, INFINITY };
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        b.closes[17] = bad[i];
        assert_int_equal(portfolio_run(&b.in, &b.out, work), QF_ERANGE);
    }
    b.closes[17] = kept;
    assert_int_equal(portfolio_run(&b.in, &b.out, work), QF_OK);
    b.mv[3] = INFINITY;
    assert_int_equal(portfolio_run(&b.in, &b.out, work), QF_ERANGE);
    b.mv[3] = 1;
    b.in.rows = 2;
    assert_int_equal(portfolio_run(&b.in, &b.out, work), QF_ERANGE);
    free(work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shortfall_is_at_least_value_at_risk),
        cmocka_unit_test(more_confidence_is_more_risk),
        cmocka_unit_test(ten_days_are_the_root_of_ten),
        cmocka_unit_test(components_add_up),
        cmocka_unit_test(risk_scales_with_the_book),
        cmocka_unit_test(names_may_stand_in_any_order),
        cmocka_unit_test(days_may_stand_in_any_order),
        cmocka_unit_test(monte_carlo_is_near_the_formula),
        cmocka_unit_test(more_names_than_days_are_drawn_too),
        cmocka_unit_test(the_back_test_is_the_back_test),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(a_long_loop_meets_everything_once),
        cmocka_unit_test(a_fall_is_never_above_zero),
        cmocka_unit_test(correlations_lie_between_one_and_minus_one),
        cmocka_unit_test(what_cannot_be_reckoned_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
