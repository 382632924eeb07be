/* The simulated market: the same seed gives the same bytes, and its numbers look like a market's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/market/returns.h"
#include "daemon/market/simulated.h"

#define T0 (1700000000LL * QF_SEC - 1700000000LL * QF_SEC % QF_DAY) /* a midnight */

/* --- determinism */

static uint64_t add(uint64_t h, uint64_t v)
{
    return (h ^ v) * 1099511628211ULL;
}

static uint64_t add_tick(uint64_t h, const struct market_tick *t)
{
    const struct tick *p = &t->price;

    h = add(add(add(h, t->slot), (uint64_t)p->at), (uint64_t)p->bid);
    h = add(add(add(h, (uint64_t)p->ask), (uint64_t)p->bid_size), (uint64_t)p->ask_size);
    return add(add(add(h, p->has_last), (uint64_t)p->last), (uint64_t)p->volume);
}

/* Hash of the first n ticks. */
static uint64_t run(uint64_t seed, qf_time start, int n)
{
    struct sim_conf conf = { .seed = seed, .start = start };
    struct sim *s = sim_new(&conf);
    struct market_tick ticks[UNIVERSE_NAMES];
    uint64_t h = 14695981039346656037ULL;
    int seen = 0;

    for (qf_time t = start + 100 * QF_MS; seen < n; t += 100 * QF_MS) {
        size_t k = sim_step(s, t, ticks);
        for (size_t i = 0; i < k && seen < n; i++, seen++)
            h = add_tick(h, &ticks[i]);
    }
    sim_free(s);
    return h;
}

/* The number was written down once; another compiler, optimisation or processor must give it too. */
static void test_ten_thousand_ticks(void **state)
{
    (void)state;
    assert_int_equal(run(42, T0, 10000), 0xfeda3e28ec02883aULL);
    assert_int_equal(run(42, T0, 10000), 0xfeda3e28ec02883aULL);
}

static void test_seed_and_start_matter(void **state)
{
    uint64_t h = run(1, T0, 1000);

    (void)state;
    assert_int_not_equal(run(2, T0, 1000), h);
    assert_int_not_equal(run(1, T0 + QF_SEC, 1000), h);
}

static void test_random_numbers(void **state)
{
    struct rng r;
    double sum = 0, sum2 = 0, sum4 = 0;
    int n = 200000;

    (void)state;
    rng_seed(&r, 7);
    for (int i = 0; i < n; i++) {
        double t = rng_student(&r);
        sum += t;
        sum2 += t * t;
        sum4 += t * t * t * t;
        assert_true(rng_below(&r, 10) < 10);
    }
    assert_true(fabs(sum / n) < 0.01);
    assert_true(fabs(sum2 / n - 1) < 0.03);
    assert_true(sum4 / n / (sum2 / n * sum2 / n) > 5); /* a normal has 3, t with 5 degrees of freedom 9 */
}

/* --- two days of minutes */

#define MINUTES 2880

static struct {
    double mid[UNIVERSE_NAMES][MINUTES + 1]; /* at the end of each minute; [0] = the start */
    double spread[UNIVERSE_NAMES][MINUTES];  /* mean of the minute, ticks */
    double volume[24];
    qf_time longest;                         /* without a quote of a name */
    int64_t ticks, trades;
} two_days;

static void check_tick(const struct market_tick *t, qf_time at)
{
    const struct tick *p = &t->price;
    qf_price grid = universe[t->slot].tick;

    assert_int_equal(p->at, at);
    assert_true(p->has_bid && p->has_ask && p->bid > 0 && p->bid < p->ask);
    assert_int_equal(p->bid % grid, 0);
    assert_int_equal(p->ask % grid, 0);
    assert_true(p->bid_size > 0 && p->ask_size > 0 && p->volume >= 0);
    assert_int_equal(p->volume % universe[t->slot].lot, 0);
    assert_true(!p->has_last || p->last == p->bid || p->last == p->ask);
    assert_true(p->has_last || p->volume == 0);
}

static void record(const struct market_tick *t, int minute, qf_time quoted[UNIVERSE_NAMES], int count[UNIVERSE_NAMES])
{
    const struct tick *p = &t->price;
    double grid = (double)universe[t->slot].tick;

    if (quoted[t->slot] != 0 && p->at - quoted[t->slot] > two_days.longest)
        two_days.longest = p->at - quoted[t->slot];
    quoted[t->slot] = p->at;
    two_days.mid[t->slot][minute + 1] = (double)(p->bid + p->ask) / 2;
    two_days.spread[t->slot][minute] += (double)(p->ask - p->bid) / grid;
    count[t->slot]++;
    two_days.volume[(p->at - T0) / QF_HOUR % 24] += (double)p->volume / (double)QF_ONE / universe[t->slot].day_volume;
    two_days.ticks++;
    two_days.trades += p->has_last;
}

static int run_two_days(void **state)
{
    struct sim_conf conf = { .seed = 3, .start = T0 };
    struct sim *s = sim_new(&conf);
    struct market_tick ticks[UNIVERSE_NAMES];
    qf_time quoted[UNIVERSE_NAMES] = { 0 };

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        two_days.mid[i][0] = (double)universe[i].price;
    for (int m = 0; m < MINUTES; m++) {
        int count[UNIVERSE_NAMES] = { 0 };
        for (int k = 0; k < 120; k++) {
            qf_time at = T0 + m * QF_MIN + (k + 1) * 500 * QF_MS - 1;
            size_t n = sim_step(s, at, ticks);
            for (size_t i = 0; i < n; i++) {
                check_tick(&ticks[i], at);
                record(&ticks[i], m, quoted, count);
            }
        }
        for (int i = 0; i < UNIVERSE_NAMES; i++) {
            assert_true(count[i] > 0);
            two_days.spread[i][m] /= count[i];
        }
    }
    sim_free(s);
    return 0;
}

static double returns_of(int name, int m)
{
    return two_days.mid[name][m + 1] / two_days.mid[name][m] - 1;
}

static double correlation(const double *a, const double *b, int n)
{
    double ma = 0, mb = 0, ab = 0, aa = 0, bb = 0;

    for (int i = 0; i < n; i++) {
        ma += a[i] / n;
        mb += b[i] / n;
    }
    for (int i = 0; i < n; i++) {
        ab += (a[i] - ma) * (b[i] - mb);
        aa += (a[i] - ma) * (a[i] - ma);
        bb += (b[i] - mb) * (b[i] - mb);
    }
    return ab / sqrt(aa * bb);
}

static void test_tails_are_fat(void **state)
{
    int fat = 0;

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        double m2 = 0, m4 = 0;
        for (int m = 0; m < MINUTES; m++) {
            double r = returns_of(i, m);
            m2 += r * r / MINUTES;
            m4 += r * r * r * r / MINUTES;
        }
        fat += m4 / (m2 * m2) > 3.5;
        /* and the deviation over a year is a share's: between 10 % and 80 % */
        double year = sqrt(m2 * 60 * 24 * 365);
        assert_true(year > 0.10 && year < 0.80);
    }
    assert_true(fat >= UNIVERSE_NAMES - 2);
}

static void test_names_move_together(void **state)
{
    static double five[UNIVERSE_NAMES][MINUTES / 5];
    double same = 0, other = 0;
    int same_n = 0, other_n = 0;

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        for (int m = 0; m < MINUTES / 5; m++)
            five[i][m] = two_days.mid[i][m * 5 + 5] / two_days.mid[i][m * 5] - 1;
    }
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        for (int k = 0; k < i; k++) {
            double c = correlation(five[i], five[k], MINUTES / 5);
            bool sector = universe[i].sector_no == universe[k].sector_no;
            *(sector ? &same : &other) += c;
            *(sector ? &same_n : &other_n) += 1;
        }
    }
    assert_true(other / other_n > 0.15);
    assert_true(same / same_n > other / other_n + 0.05);
    assert_true(same / same_n < 0.9);
}

static void test_volume_is_a_u(void **state)
{
    double edge = 0, middle = 0;

    (void)state;
    for (int h = 0; h < 3; h++) {
        edge += two_days.volume[h] + two_days.volume[23 - h];
        middle += two_days.volume[9 + h] + two_days.volume[12 + h];
    }
    assert_true(edge > 2 * middle);
    assert_true(edge < 5 * middle);
    /* a day's volume of all is what they usually have: 20 names x 2 days, in thousands of shares */
    double all = 0;
    for (int h = 0; h < 24; h++)
        all += two_days.volume[h];
    assert_true(fabs(all / 40000 - 1) < 0.02);
}

static void test_spreads_widen_with_volatility(void **state)
{
    int wider = 0;

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        static double size[MINUTES];
        for (int m = 0; m < MINUTES; m++) {
            assert_true(two_days.spread[i][m] >= 1);
            size[m] = fabs(returns_of(i, m));
        }
        if (universe[i].spread >= 2) /* a spread of one tick can only be one or two */
            wider += correlation(two_days.spread[i], size, MINUTES) > 0.05;
        else
            wider++;
    }
    assert_int_equal(wider, UNIVERSE_NAMES);
}

/* A newcomer sees it move: every name quotes within 1.5 s and a step, about once a second. */
static void test_it_always_moves(void **state)
{
    (void)state;
    assert_true(two_days.longest <= 2 * QF_SEC);
    double per_second = (double)two_days.ticks / UNIVERSE_NAMES / (MINUTES * 60.0);
    assert_true(per_second > 0.7 && per_second < 1.3);
    assert_true(two_days.trades * 10 > two_days.ticks * 8);
}

/* --- steering */

static void test_goes_on_from_a_stored_price(void **state)
{
    struct sim_conf conf = { .seed = 1, .start = T0 };
    struct sim *s = sim_new(&conf);
    struct market_tick ticks[UNIVERSE_NAMES];
    int name = universe_find("NVDA", 4);

    (void)state;
    assert_true(name >= 0);
    sim_set_name(s, name, 900 * QF_ONE, QF_ONE / 4);
    assert_int_equal(sim_step(s, T0 + 100 * QF_MS, ticks), UNIVERSE_NAMES); /* all quote at first */
    assert_true(ticks[name].price.bid > 895 * QF_ONE && ticks[name].price.ask < 905 * QF_ONE);
    assert_int_equal(ticks[name].price.bid % (QF_ONE / 4), 0);
    assert_true(ticks[name].price.has_last);
    assert_int_equal(sim_step(s, T0 + 100 * QF_MS, ticks), 0); /* time does not stand for it, nor go back */
    assert_int_equal(sim_step(s, T0, ticks), 0);
    assert_int_equal(sim_time(s), T0 + 100 * QF_MS);
    sim_free(s);
}

/* A long sleep is one large move of a believable size. */
static void test_a_long_step(void **state)
{
    struct sim_conf conf = { .seed = 1, .start = T0 };
    struct sim *s = sim_new(&conf);
    struct market_tick ticks[UNIVERSE_NAMES];

    (void)state;
    (void)sim_step(s, T0 + QF_SEC, ticks);
    assert_int_equal(sim_step(s, T0 + 300 * QF_DAY, ticks), UNIVERSE_NAMES);
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        double ratio = (double)ticks[i].price.bid / (double)universe[i].price;
        assert_true(ratio > 0.6 && ratio < 1.4);
    }
    sim_free(s);
}

static void test_cheap_shares_stay_above_zero(void **state)
{
    struct sim_conf conf = { .seed = 9, .start = T0 };
    struct sim *s = sim_new(&conf);
    struct market_tick ticks[UNIVERSE_NAMES];

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        sim_set_name(s, i, universe[i].tick * (1 + i), universe[i].tick);
    for (int d = 1; d < 2000; d++) {
        size_t n = sim_step(s, T0 + d * QF_DAY, ticks);
        for (size_t i = 0; i < n; i++)
            assert_true(ticks[i].price.bid > 0 && ticks[i].price.ask > ticks[i].price.bid);
    }
    sim_free(s);
}

static void test_a_shorter_day(void **state)
{
    struct sim_conf conf = { .seed = 1, .start = T0, .day = QF_HOUR };
    struct sim *s = sim_new(&conf);

    (void)state;
    assert_true(sim_activity(s, T0) == 2.0);
    assert_true(sim_activity(s, T0 + QF_HOUR / 2) == 0.5);
    assert_true(sim_activity(s, T0 + QF_HOUR) == 2.0);
    sim_free(s);
}

/* --- the past */

#define DAYS 250

static struct {
    struct market_bar bars[(DAYS + SIM_HISTORY_MINUTES) * UNIVERSE_NAMES];
    size_t count;
} past;

static void keep(void *arg, const struct market_bar *bar)
{
    (void)arg;
    assert_true(past.count < QF_LEN(past.bars));
    past.bars[past.count++] = *bar;
}

static void check_bar(const struct market_bar *bar)
{
    qf_price grid = universe[bar->slot].tick;

    assert_true(bar->low > 0 && bar->low <= bar->open && bar->low <= bar->close);
    assert_true(bar->high >= bar->open && bar->high >= bar->close && bar->volume >= 0);
    assert_int_equal(bar->open % grid, 0);
    assert_int_equal(bar->high % grid, 0);
    assert_int_equal(bar->low % grid, 0);
    assert_int_equal(bar->close % grid, 0);
}

static void test_history(void **state)
{
    qf_time start = T0 + 10 * QF_HOUR + 123456789;
    struct sim_conf conf = { .seed = 5, .start = start };
    qf_price prices[UNIVERSE_NAMES];

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        prices[i] = universe[i].price;
    past.count = 0;
    sim_history(&conf, prices, DAYS, keep, NULL);
    assert_int_equal(past.count, QF_LEN(past.bars));
    for (size_t k = 0; k < past.count; k++) {
        const struct market_bar *bar = &past.bars[k];
        bool day = k < DAYS * UNIVERSE_NAMES;
        assert_int_equal(bar->slot, k % UNIVERSE_NAMES);
        assert_int_equal(bar->period, day ? MARKET_DAY : MARKET_MINUTE);
        check_bar(bar);
        qf_time period = (qf_time)bar->period * QF_SEC;
        if (k >= UNIVERSE_NAMES && k != DAYS * UNIVERSE_NAMES && k % (DAYS * UNIVERSE_NAMES) >= UNIVERSE_NAMES) {
            const struct market_bar *before = &past.bars[k - UNIVERSE_NAMES];
            assert_int_equal(bar->at, before->at + period);
            assert_int_equal(bar->open, before->close);
            double r = fabs((double)bar->close / (double)bar->open - 1);
            assert_true(r < (day ? 0.35 : 0.05));
        }
    }
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        const struct market_bar *yesterday = &past.bars[(DAYS - 1) * UNIVERSE_NAMES + i];
        const struct market_bar *minute = &past.bars[past.count - UNIVERSE_NAMES + (size_t)i];
        assert_int_equal(yesterday->at, T0 - QF_DAY);
        assert_int_equal(minute->at, start - start % QF_MIN - QF_MIN);
        assert_int_equal(minute->close, prices[i]); /* it ends where the market begins */
        double r = fabs((double)prices[i] / (double)yesterday->close - 1);
        assert_true(r < 0.2);
    }
}

static void test_history_is_the_same_again(void **state)
{
    struct sim_conf conf = { .seed = 5, .start = T0 };
    qf_price prices[UNIVERSE_NAMES];
    static struct market_bar first[QF_LEN(past.bars)];

    (void)state;
    for (int i = 0; i < UNIVERSE_NAMES; i++)
        prices[i] = universe[i].price;
    past.count = 0;
    sim_history(&conf, prices, DAYS, keep, NULL);
    memcpy(first, past.bars, sizeof first);
    past.count = 0;
    sim_history(&conf, prices, DAYS, keep, NULL);
    assert_memory_equal(first, past.bars, sizeof first);
    past.count = 0;
    sim_history(&conf, prices, 0, keep, NULL);
    assert_int_equal(past.count, SIM_HISTORY_MINUTES * UNIVERSE_NAMES);
}

static void test_universe(void **state)
{
    (void)state;
    assert_int_equal(universe_find("ZZZ", 3), -1);
    for (int i = 0; i < UNIVERSE_NAMES; i++) {
        const struct universe_name *n = &universe[i];
        assert_int_equal(universe_find(n->symbol, strlen(n->symbol)), i);
        assert_true(i == 0 || strcmp(universe[i - 1].symbol, n->symbol) < 0);
        assert_true(n->price > 0 && n->price % n->tick == 0 && n->spread >= 1 && n->sector_no < UNIVERSE_SECTORS);
        assert_true(strlen(n->sector) <= 24 && strlen(n->name) <= 48);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ten_thousand_ticks),
        cmocka_unit_test(test_seed_and_start_matter),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_tails_are_fat),
        cmocka_unit_test(test_names_move_together),
        cmocka_unit_test(test_volume_is_a_u),
        cmocka_unit_test(test_spreads_widen_with_volatility),
        cmocka_unit_test(test_it_always_moves),
        cmocka_unit_test(test_goes_on_from_a_stored_price),
        cmocka_unit_test(test_a_long_step),
        cmocka_unit_test(test_cheap_shares_stay_above_zero),
        cmocka_unit_test(test_a_shorter_day),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_history_is_the_same_again),
        cmocka_unit_test(test_universe),
    };
    return cmocka_run_group_tests(tests, run_two_days, NULL);
}
