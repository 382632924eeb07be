/* Exposure, value at risk by three methods, and its parts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "daemon/quant/risk.h"
#include "daemon/quant/stats.h"
#include "tests/unit/near.h"

/* A portfolio drawn by chance; sizes change from round to round. */
#define ROWS 120
#define COLS 7
static double returns[ROWS * COLS], mv[COLS], pnl[ROWS], c_mv[COLS], component[COLS], marginal[COLS];
static double work[RISK_COVARIANCE_WORK(ROWS, COLS) + RISK_VARIANCE_WORK(ROWS, COLS)];

static struct risk_window draw(uint64_t *seed, size_t rows, size_t cols)
{
    for (size_t i = 0; i < rows * cols; i++)
        returns[i] = random_one(seed) / 20;
    for (size_t i = 0; i < cols; i++)
        mv[i] = random_one(seed) * 1e6;
    return (struct risk_window){ returns, mv, rows, cols };
}

/* --- exposure */

static void exposure_by_hand(void **state)
{
    struct risk_exposure e;
    (void)state;
    assert_int_equal(risk_exposure((double[]){ 300, -100, 0, 100 }, 4, &e), QF_OK);
    assert_true(e.gross == 500 && e.net == 300 && e.long_side == 400 && e.short_side == -100);
    assert_near(e.largest, 0.6, 1e-15);
    assert_near(e.hhi, 0.36 + 0.04 + 0.04, 1e-15);
    assert_int_equal(risk_exposure((double[]){ 0.5, -0.25 }, 2, &e), QF_OK);
    assert_true(e.long_side == 0.5 && e.short_side == -0.25 && e.gross == 0.75);
    assert_near(e.hhi, 5.0 / 9, 1e-15);
    assert_int_equal(risk_exposure(NULL, 0, &e), QF_OK);
    assert_true(e.gross == 0 && e.net == 0 && e.largest == 0 && e.hhi == 0);
    e.gross = 7;
    assert_int_equal(risk_exposure((double[]){ 1, NAN }, 2, &e), QF_ERANGE);
    assert_int_equal(risk_exposure((double[]){ NAN, 1 }, 2, &e), QF_ERANGE);
    assert_true(e.gross == 7);
}

/* --- historical */

static void historical_by_hand(void **state)
{
    const double x[] = { 10, -50, 30, -20, 0 }; /* sorted: -50 -20 0 10 30 */
    struct risk_tail t;
    (void)state;
    assert_int_equal(risk_historical(x, 5, 0.75, 1, &t, work), QF_OK); /* position 1 */
    assert_near(t.var, 20, 1e-12);
    assert_near(t.es, 35, 1e-12);
    assert_true(t.worst == -50 && t.best == 30);
    assert_near(t.mean, -6, 1e-14);
    assert_int_equal(risk_historical(x, 5, 0.9, 1, &t, work), QF_OK); /* position 0.4: -50 + 0.4 x 30 */
    assert_near(t.var, 38, 1e-12);
    assert_near(t.es, 50, 0);
    assert_int_equal(risk_historical(x, 5, 0.75, 4, &t, work), QF_OK); /* four days: twice */
    assert_near(t.var, 40, 1e-12);
    assert_near(t.es, 70, 1e-12);
    assert_true(t.worst == -50);
}

/* A portfolio that only gained has a VaR below 0: it is not cut off there. */
static void gains_are_not_floored(void **state)
{
    const double x[] = { 5, 6, 7 };
    struct risk_tail t;
    (void)state;
    assert_int_equal(risk_historical(x, 3, 0.5, 1, &t, work), QF_OK);
    assert_near(t.var, -6, 0);
    assert_near(t.es, -5.5, 0);
}

static void pnl_is_value_times_return(void **state)
{
    const double r[] = { 0.1, 0.2, -0.1, -0.5, 0, 1 }, v[] = { 100, -10, 1 };
    double out[2];
    (void)state;
    assert_int_equal(risk_pnl(&(struct risk_window){ r, v, 2, 3 }, out), QF_OK);
    assert_near(out[0], 10 - 2 - 0.1, 1e-14);
    assert_near(out[1], -50 + 0 + 1, 1e-14);
    assert_int_equal(risk_pnl(&(struct risk_window){ r, v, 1, 3 }, out), QF_OK);
    assert_int_equal(risk_pnl(&(struct risk_window){ r, v, 0, 3 }, out), QF_ERANGE);
    assert_int_equal(risk_pnl(&(struct risk_window){ r, v, 1, 0 }, out), QF_ERANGE);
}

static void a_shortfall_is_no_smaller_than_the_value_at_risk(void **state)
{
    uint64_t seed = 21;
    struct risk_tail t, wider;
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct risk_window w = draw(&seed, 3 + (size_t)round % 100, COLS);
        double c = 0.5 + (random_one(&seed) + 1) / 4.01;
        assert_int_equal(risk_pnl(&w, pnl), QF_OK);
        assert_int_equal(risk_historical(pnl, w.rows, c, 1, &t, work), QF_OK);
        assert_int_equal(risk_historical(pnl, w.rows, (1 + c) / 2, 1, &wider, work), QF_OK);
        assert_true(t.es >= t.var && t.var <= -t.worst && t.var >= -t.best && t.es <= -t.worst + 1e-6);
        assert_true(wider.var >= t.var && wider.es >= t.es - 1e-6); /* a higher confidence is no smaller */
        shuffle(pnl, w.rows, &seed);
        struct risk_tail again;
        assert_int_equal(risk_historical(pnl, w.rows, c, 1, &again, work), QF_OK);
        assert_true(again.var == t.var && again.es == t.es);
    }
}

/* --- parametric */

/* Two positions over three days: r = (1, 0), (0, 2), (-1, -2) per cent. */
static const double small[] = { 0.01, 0, 0, 0.02, -0.01, -0.02 }, held[] = { 100, -50 };

static void sample_covariance_by_hand(void **state)
{
    const struct risk_window w = { small, held, 3, 2 };
    struct risk_variance v;
    double cov[4];
    (void)state;
    /* means 0; C = (1e-4, 1e-4; 1e-4, 4e-4); C mv = (0.01 - 0.005, 0.01 - 0.02) */
    assert_int_equal(risk_variance(&w, RISK_SAMPLE, 0, &v, c_mv, work), QF_OK);
    assert_near(c_mv[0], 0.005, 1e-17);
    assert_near(c_mv[1], -0.01, 1e-17);
    assert_near(v.variance, 1, 1e-15);
    assert_near(v.undiversified, 100 * 0.01 + 50 * 0.02, 1e-14);
    assert_int_equal(risk_covariance(&w, RISK_SAMPLE, 0, cov, work), QF_OK);
    assert_near(cov[0], 1e-4, 1e-18);
    assert_true(cov[1] == cov[2]);
    assert_near(cov[1], 1e-4, 1e-18);
    assert_near(cov[3], 4e-4, 1e-18);
    risk_correlation(cov, 2, cov);
    assert_near(cov[1], 0.5, 1e-15);
    assert_near(cov[2], 0.5, 1e-15);
    assert_true(cov[0] == 1 && cov[3] == 1);
}

/* Weights 0.25, 0.5, 1 over 1.75; no mean removed. */
static void ewma_by_hand(void **state)
{
    const struct risk_window w = { small, held, 3, 2 };
    struct risk_variance v;
    double cov[4];
    (void)state;
    assert_int_equal(risk_covariance(&w, RISK_EWMA, 0.5, cov, work), QF_OK);
    assert_near(cov[0], 1.25e-4 / 1.75, 1e-18);
    assert_near(cov[1], 2e-4 / 1.75, 1e-18);
    assert_near(cov[3], 6e-4 / 1.75, 1e-18);
    assert_int_equal(risk_variance(&w, RISK_EWMA, 0.5, &v, c_mv, work), QF_OK);
    assert_near(c_mv[0], (0.0125 - 0.01) / 1.75, 1e-17);
    assert_near(v.variance, (1.25 - 2 * 1 + 1.5) / 1.75, 1e-15);
}

static void normal_by_hand(void **state)
{
    const struct risk_variance v = { .variance = 100, .undiversified = 13 };
    struct risk_normal r;
    (void)state;
    assert_int_equal(risk_normal(&v, 0.99, 1, &r), QF_OK);
    assert_near(r.sigma, 10, 0);
    assert_near(r.var, 23.263478740408408, 1e-12);
    assert_near(r.es, 26.65214220345808, 1e-11);
    assert_near(r.undiversified_var, 30.242522362530931, 1e-12);
    assert_int_equal(risk_normal(&v, 0.99, 10, &r), QF_OK);
    assert_near(r.var, 23.263478740408408 * sqrt(10), 1e-12);
    assert_near(r.undiversified_var, 30.242522362530931 * sqrt(10), 1e-12);
}

/* The matrix that is never made gives what the matrix gives. */
static void assert_same_as_matrix(const struct risk_window *w, enum risk_weights how)
{
    double cov[COLS * COLS];
    struct risk_variance v;
    assert_int_equal(risk_covariance(w, how, 0.94, cov, work), QF_OK);
    assert_int_equal(risk_variance(w, how, 0.94, &v, c_mv, work), QF_OK);
    double undiversified = 0;
    for (size_t i = 0; i < w->cols; i++)
        undiversified += fabs(w->mv[i]) * sqrt(cov[i * w->cols + i]);
    assert_near(v.undiversified, undiversified, 1e-9 * undiversified);
    for (size_t i = 0; i < w->cols; i++) {
        double sum = 0;
        for (size_t k = 0; k < w->cols; k++)
            sum += cov[i * w->cols + k] * w->mv[k];
        assert_near(c_mv[i], sum, 1e-9);
        assert_true(cov[i * w->cols + i] >= 0);
    }
}

static void components_add_up(void **state)
{
    uint64_t seed = 22;
    struct risk_variance v;
    struct risk_normal r;
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct risk_window w = draw(&seed, 2 + (size_t)round % 100, 1 + (size_t)round % COLS);
        enum risk_weights how = round % 2 == 0 ? RISK_EWMA : RISK_SAMPLE;
        double days = round % 3 == 0 ? 10 : 1, sum = 0;
        assert_same_as_matrix(&w, how);
        assert_int_equal(risk_variance(&w, how, 0.94, &v, c_mv, work), QF_OK);
        assert_int_equal(risk_normal(&v, 0.975, days, &r), QF_OK);
        risk_components(&r, c_mv, mv, w.cols, days, component, marginal);
        for (size_t i = 0; i < w.cols; i++) {
            sum += component[i];
            assert_near(component[i], marginal[i] * mv[i], 1e-6);
        }
        assert_near(sum, r.var, 1e-9 * r.var + 1e-9);
        assert_true(r.es >= r.var && r.undiversified_var >= r.var * (1 - 1e-12));
    }
}

static void a_correlation_is_that_of_the_columns(void **state)
{
    uint64_t seed = 27;
    double cov[COLS * COLS], x[ROWS], y[ROWS];
    struct risk_window w = draw(&seed, ROWS, COLS);
    (void)state;
    assert_int_equal(risk_covariance(&w, RISK_SAMPLE, 0, cov, work), QF_OK);
    risk_correlation(cov, COLS, cov);
    for (size_t i = 0; i < COLS; i++)
        for (size_t k = 0; k < COLS; k++) {
            for (size_t t = 0; t < ROWS; t++) {
                x[t] = returns[t * COLS + i];
                y[t] = returns[t * COLS + k];
            }
            assert_near(cov[i * COLS + k], stat_corr(x, y, ROWS), 1e-12);
        }
    risk_correlation((double[]){ 1, 0, 0, 0 }, 2, cov);
    assert_true(cov[0] == 1 && isnan(cov[1]) && isnan(cov[3]));
}

/* Marginal VaR is a slope: a little more of one position changes VaR by that much. */
static void marginal_is_the_slope(void **state)
{
    uint64_t seed = 23;
    struct risk_window w = draw(&seed, ROWS, COLS);
    struct risk_variance v;
    struct risk_normal was, is;
    (void)state;
    assert_int_equal(risk_variance(&w, RISK_SAMPLE, 0, &v, c_mv, work), QF_OK);
    assert_int_equal(risk_normal(&v, 0.95, 1, &was), QF_OK);
    risk_components(&was, c_mv, mv, COLS, 1, NULL, marginal);
    mv[3] += 10;
    assert_int_equal(risk_variance(&w, RISK_SAMPLE, 0, &v, c_mv, work), QF_OK);
    assert_int_equal(risk_normal(&v, 0.95, 1, &is), QF_OK);
    assert_near((is.var - was.var) / 10, marginal[3], 1e-5);
}

static void a_portfolio_that_does_not_move(void **state)
{
    const double r[] = { 0.01, 0.01, 0.01, 0.01 }, v[] = { 100, -100 };
    struct risk_variance s;
    struct risk_normal n;
    (void)state;
    assert_int_equal(risk_variance(&(struct risk_window){ r, v, 2, 2 }, RISK_EWMA, 0.94, &s, c_mv, work), QF_OK);
    assert_int_equal(risk_normal(&s, 0.99, 1, &n), QF_OK);
    risk_components(&n, c_mv, v, 2, 1, component, marginal);
    assert_true(n.var == 0 && component[0] == 0 && marginal[1] == 0);
}

/* A cent at risk has components too. */
static void a_small_portfolio(void **state)
{
    const double v[] = { 0.5, 0.25 };
    struct risk_variance s;
    struct risk_normal n;
    (void)state;
    assert_int_equal(risk_variance(&(struct risk_window){ small, v, 3, 2 }, RISK_SAMPLE, 0, &s, c_mv, work), QF_OK);
    assert_int_equal(risk_normal(&s, 0.99, 1, &n), QF_OK);
    risk_components(&n, c_mv, v, 2, 1, component, NULL);
    assert_true(n.var > 0 && component[0] > 0);
    assert_near(component[0] + component[1], n.var, 1e-15);
}

static void nonsense_is_refused(void **state)
{
    uint64_t seed = 24;
    struct risk_window w = draw(&seed, 5, 2);
    struct risk_tail t = { .var = 7 };
    struct risk_variance v = { .variance = 1 };
    struct risk_normal r;
    double cov[4];
    const double bad[] = { 0, 1, -0.5, 1.5, NAN };
    (void)state;
    for (size_t i = 0; i < QF_LEN(bad); i++) {
        assert_int_equal(risk_historical(pnl, 5, bad[i], 1, &t, work), QF_ERANGE);
        assert_int_equal(risk_normal(&v, bad[i], 1, &r), QF_ERANGE);
    }
    assert_int_equal(risk_historical(pnl, 0, 0.9, 1, &t, work), QF_ERANGE);
    assert_int_equal(risk_historical((double[]){ 1, NAN }, 2, 0.9, 1, &t, work), QF_ERANGE);
    assert_int_equal(risk_historical(pnl, 5, 0.9, 0, &t, work), QF_ERANGE);
    assert_int_equal(risk_variance(&w, RISK_EWMA, 0, &v, c_mv, work), QF_ERANGE);
    assert_int_equal(risk_variance(&w, RISK_EWMA, 1.1, &v, c_mv, work), QF_ERANGE);
    w.rows = 1;
    assert_int_equal(risk_variance(&w, RISK_SAMPLE, 0, &v, c_mv, work), QF_ERANGE);
    assert_int_equal(risk_covariance(&w, RISK_SAMPLE, 0, cov, work), QF_ERANGE);
    w.rows = 5;
    returns[3] = NAN;
    assert_int_equal(risk_pnl(&w, pnl), QF_ERANGE);
    assert_int_equal(risk_covariance(&w, RISK_EWMA, 0.94, cov, work), QF_ERANGE);
    returns[3] = 0;
    mv[1] = INFINITY;
    assert_int_equal(risk_pnl(&w, pnl), QF_ERANGE);
    assert_true(t.var == 7 && v.variance == 1);
}

/* --- the root of a covariance */

static void assert_root(const double *cov, const double *l, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double sum = 0;
            for (size_t c = 0; c < n; c++)
                sum += l[i * n + c] * l[k * n + c];
            assert_near(sum, cov[i * n + k], 1e-9 * (fabs(cov[i * n + i]) + fabs(cov[k * n + k])));
            if (k > i)
                assert_true(l[i * n + k] == 0);
        }
}

static void cholesky_by_hand(void **state)
{
    double a[] = { 4, 2, 2, 5 };
    (void)state;
    assert_int_equal(risk_cholesky(a, 2), QF_OK);
    assert_true(a[0] == 2 && a[1] == 0 && a[2] == 1 && a[3] == 2);
    double little[] = { 1e-8 };
    assert_int_equal(risk_cholesky(little, 1), QF_OK);
    assert_near(little[0], 1e-4, 1e-19);
    double wrong[] = { 1, 2, 2, 1 };
    assert_int_equal(risk_cholesky(wrong, 2), QF_ERANGE);
    double negative[] = { -1 };
    assert_int_equal(risk_cholesky(negative, 1), QF_ERANGE);
}

/* Fewer days than positions, twins and a position that never moves: singular, and no reason to fail. */
static void singular_covariances_have_a_root(void **state)
{
    uint64_t seed = 25;
    (void)state;
    for (size_t rows = 2; rows < 20; rows++) {
        double cov[COLS * COLS], l[COLS * COLS];
        struct risk_window w = draw(&seed, rows, COLS);
        for (size_t t = 0; t < rows; t++) {
            returns[t * COLS + 3] = 2 * returns[t * COLS + 1];
            returns[t * COLS + 5] = 0;
        }
        assert_int_equal(risk_covariance(&w, RISK_SAMPLE, 0, cov, work), QF_OK);
        memcpy(l, cov, sizeof(l));
        assert_int_equal(risk_cholesky(l, COLS), QF_OK);
        assert_root(cov, l, COLS);
    }
}

/* --- Monte Carlo */

/* The first three normals of a path weighed 1, 2 and -0.5: worked out apart from this program, so that a seed keeps its meaning. */
static void a_seed_keeps_its_paths(void **state)
{
    const double v[] = { 1, 2, -0.5 };
    double out[2], sum;
    (void)state;
    risk_mc_paths(v, 3, 7, 0, 2, out);
    assert_near(out[0], -0.7986248289570979, 1e-14);
    assert_near(out[1], -2.022162542164164, 1e-14);
    risk_mc_paths(v, 3, 7, 1000000000000, 1, out);
    assert_near(out[0], 1.6016492085366507, 1e-14);
    double ones[50];
    for (size_t i = 0; i < 50; i++)
        ones[i] = 1;
    risk_mc_paths(ones, 50, 7, 0, 1, &sum);
    assert_near(sum, 4.98864492515472, 1e-13);
}

static void loadings_by_hand(void **state)
{
    const double chol[] = { 2, 0, 1, 2 }, v[] = { 3, 5 };
    double out[] = { 77, 77 };
    (void)state;
    risk_mc_loadings(chol, v, 2, 4, out);
    assert_near(out[0], 22, 1e-14);
    assert_near(out[1], 20, 1e-14);
}

#define PATHS 40000
static double paths[PATHS], pieces[PATHS];
static double loadings[COLS];

static void make_loadings(double days)
{
    uint64_t seed = 26;
    double l[COLS * COLS];
    struct risk_window w = draw(&seed, ROWS, COLS);
    assert_int_equal(risk_covariance(&w, RISK_SAMPLE, 0, l, work), QF_OK);
    assert_int_equal(risk_cholesky(l, COLS), QF_OK);
    risk_mc_loadings(l, mv, COLS, days, loadings);
}

/* The length of the loadings is the deviation of the portfolio, and the paths come out with it. */
static void paths_have_the_portfolios_deviation(void **state)
{
    static double scratch[PATHS];
    uint64_t seed = 26;
    struct risk_window w = draw(&seed, ROWS, COLS);
    struct risk_variance v;
    struct risk_normal r;
    struct risk_tail t;
    double length = 0;
    (void)state;
    make_loadings(10);
    assert_int_equal(risk_variance(&w, RISK_SAMPLE, 0, &v, c_mv, work), QF_OK);
    assert_int_equal(risk_normal(&v, 0.99, 10, &r), QF_OK);
    for (size_t i = 0; i < COLS; i++)
        length += loadings[i] * loadings[i];
    assert_near(sqrt(length), r.sigma, 1e-9 * r.sigma);
    risk_mc_paths(loadings, COLS, 7, 0, PATHS, paths);
    assert_near(stat_mean(paths, PATHS) / r.sigma, 0, 4 / sqrt(PATHS));
    assert_near(stat_sd(paths, PATHS, 1) / r.sigma, 1, 4 / sqrt(2.0 * PATHS));
    assert_near(stat_skewness(paths, PATHS), 0, 4 * sqrt(6.0 / PATHS));
    assert_near(stat_kurtosis(paths, PATHS), 3, 4 * sqrt(24.0 / PATHS));
    assert_int_equal(risk_historical(paths, PATHS, 0.99, 1, &t, scratch), QF_OK);
    assert_near(t.var / r.var, 1, 0.02);
    assert_near(t.es / r.es, 1, 0.02);
}

struct piece {
    uint64_t first;
    size_t count;
};

static void *run_piece(void *arg)
{
    const struct piece *p = arg;
    risk_mc_paths(loadings, COLS, 7, p->first, p->count, pieces + p->first);
    return NULL;
}

/* However many threads share the work, the same numbers come out. */
static void paths_do_not_depend_on_threads(void **state)
{
    (void)state;
    make_loadings(1);
    risk_mc_paths(loadings, COLS, 7, 0, PATHS, paths);
    for (size_t threads = 1; threads <= 8; threads++) {
        pthread_t id[8];
        struct piece piece[8];
        memset(pieces, 0, sizeof(pieces));
        for (size_t i = 0; i < threads; i++) {
            uint64_t from = PATHS * i / threads, to = PATHS * (i + 1) / threads;
            piece[i] = (struct piece){ from, to - from };
            assert_int_equal(pthread_create(&id[i], NULL, run_piece, &piece[i]), 0);
        }
        for (size_t i = 0; i < threads; i++)
            assert_int_equal(pthread_join(id[i], NULL), 0);
        assert_memory_equal(pieces, paths, sizeof(paths));
    }
}

static void seeds_and_paths_differ(void **state)
{
    (void)state;
    make_loadings(1);
    risk_mc_paths(loadings, COLS, 7, 0, 1000, paths);
    risk_mc_paths(loadings, COLS, 8, 0, 1000, pieces);
    assert_true(fabs(stat_corr(paths, pieces, 1000)) < 0.13);
    risk_mc_paths(loadings, COLS, 7, 1, 1000, pieces); /* one further on */
    assert_memory_equal(pieces, paths + 1, 999 * sizeof(double));
    assert_true(fabs(stat_corr(paths, pieces, 1000)) < 0.13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exposure_by_hand),
        cmocka_unit_test(historical_by_hand),
        cmocka_unit_test(gains_are_not_floored),
        cmocka_unit_test(pnl_is_value_times_return),
        cmocka_unit_test(a_shortfall_is_no_smaller_than_the_value_at_risk),
        cmocka_unit_test(sample_covariance_by_hand),
        cmocka_unit_test(ewma_by_hand),
        cmocka_unit_test(normal_by_hand),
        cmocka_unit_test(components_add_up),
        cmocka_unit_test(a_correlation_is_that_of_the_columns),
        cmocka_unit_test(marginal_is_the_slope),
        cmocka_unit_test(a_portfolio_that_does_not_move),
        cmocka_unit_test(a_small_portfolio),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(cholesky_by_hand),
        cmocka_unit_test(singular_covariances_have_a_root),
        cmocka_unit_test(a_seed_keeps_its_paths),
        cmocka_unit_test(loadings_by_hand),
        cmocka_unit_test(paths_have_the_portfolios_deviation),
        cmocka_unit_test(paths_do_not_depend_on_threads),
        cmocka_unit_test(seeds_and_paths_differ),
    };
    return cmocka_run_group_tests_name("risk", tests, NULL, NULL);
}
