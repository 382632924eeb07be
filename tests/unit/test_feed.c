/* The registry of feeds and the simulated one: settings, owning, pacing, pausing, the same ticks again. */
#include "tests/unit/feed_world.h"

/* --- the registry */

static void test_wrong_settings(void **state)
{
    char why[QF_WHY_TEXT];
    struct feed_conf conf = { .name = "a", .kind = QF_FEED_PUBLISH };

    (void)state;
    assert_int_equal(feeds_add(w.feeds, &conf, why), 0);
    assert_int_equal(feeds_add(w.feeds, &conf, why), -1);
    assert_string_equal(why, "there are two feeds of the name a");
    conf.name[0] = '\0';
    assert_int_equal(feeds_add(w.feeds, &conf, why), -1);
    conf = (struct feed_conf){ .name = "b", .speed = 1000001 };
    assert_int_equal(feeds_add(w.feeds, &conf, why), -1);
    assert_string_equal(why, "the speed of b is not from 0 to 1000000");
    assert_int_equal(feeds_find(w.feeds, "a"), 0);
    assert_int_equal(feeds_find(w.feeds, "b"), -1);
    for (int i = 1; i < QF_MAX_FEEDS; i++) {
        conf = (struct feed_conf){ .kind = QF_FEED_PUBLISH };
        (void)snprintf(conf.name, sizeof conf.name, "f%d", i);
        assert_int_equal(feeds_add(w.feeds, &conf, why), i);
    }
    qf_str_copy(conf.name, sizeof conf.name, "more");
    assert_int_equal(feeds_add(w.feeds, &conf, why), -1);
    assert_string_equal(why, "more than 64 feeds");
}

static void test_one_feed_owns_an_instrument(void **state)
{
    char why[QF_WHY_TEXT];
    int sim = add(&(struct feed_conf){ .name = "sim", .kind = QF_FEED_SIMULATED, .speed = 1 });
    int pub = add(&(struct feed_conf){ .name = "pub", .kind = QF_FEED_PUBLISH });
    struct feed_instrument in = { .slot = 3, .symbol = "AAPL", .tick = 1 };

    (void)state;
    assert_int_equal(feeds_owner(w.feeds, 3), -1);
    assert_true(feeds_own(w.feeds, sim, &in, why));
    assert_true(feeds_own(w.feeds, sim, &in, why)); /* again is fine */
    assert_int_equal(feeds_owner(w.feeds, 3), sim);
    assert_false(feeds_own(w.feeds, pub, &in, why));
    assert_string_equal(why, "AAPL has its prices from the feed sim already");
    in.slot = 4;
    assert_false(feeds_own(w.feeds, pub, &in, why)); /* the same symbol in another slot is the same instrument */
    in.symbol = "BTCUSD";
    assert_false(feeds_own(w.feeds, sim, &in, why));
    assert_string_equal(why, "the simulated market has no BTCUSD");
    assert_true(feeds_own(w.feeds, pub, &in, why));
    feeds_disown(w.feeds, 3);
    feeds_disown(w.feeds, 3);
    in = (struct feed_instrument){ .slot = 3, .symbol = "AAPL", .tick = 1 };
    assert_true(feeds_own(w.feeds, pub, &in, why));
    w.feed = pub;
    assert_int_equal(row().symbols, 2);
    w.feed = sim;
    assert_int_equal(row().symbols, 0);
}

static void test_many_owners_come_and_go(void **state)
{
    char why[QF_WHY_TEXT], symbol[17];
    int pub = add(&(struct feed_conf){ .name = "pub", .kind = QF_FEED_PUBLISH });

    (void)state;
    for (int round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < QF_MAX_INSTRUMENTS; i++) {
            (void)snprintf(symbol, sizeof symbol, "S%u", i * 7919);
            struct feed_instrument in = { .slot = i, .symbol = symbol, .tick = 1 };
            if (round == 0 || i % 64 == 0)
                assert_true(feeds_own(w.feeds, pub, &in, why));
        }
        for (uint32_t i = 0; i < QF_MAX_INSTRUMENTS; i += 64)
            feeds_disown(w.feeds, i);
    }
    w.feed = pub;
    assert_int_equal(row().symbols, QF_MAX_INSTRUMENTS - 64);
}

/* --- simulated */

static void begin_sim(int64_t speed, qf_time at)
{
    w.feed = add(&(struct feed_conf){ .name = "sim", .kind = QF_FEED_SIMULATED, .speed = speed, .seed = 11 });
    own(w.feed, 5, "AAPL");
    own(w.feed, 9, "XOM");
    start(at);
}

static void test_simulated_runs(void **state)
{
    qf_time t0 = when("2024-01-01T10:00:00Z");
    int64_t begin = qf_now_mono();

    (void)state;
    begin_sim(100, t0);
    spin(200);
    struct qf_feed r = row();
    qf_time most = (qf_now_mono() - begin) / 1000 * 100; /* market time that can have gone by */
    assert_int_equal(r.status, QF_FEEDST_RUNNING);
    assert_true(r.market_time - t0 >= 10 * QF_SEC && r.market_time - t0 <= most);
    assert_true(r.ticks >= 10 && r.ticks <= 2 * (most / SIM_QUOTE_LEAST + 1)); /* two names */
    assert_int_equal(r.ticks, w.ticks);
    assert_true(w.last.slot == 5 || w.last.slot == 9);
    assert_int_equal(r.max_age, 2000);
    assert_true(QF_HAS(&r, feed, market_time) && QF_HAS(&r, feed, received) && !QF_HAS(&r, feed, reason));
    assert_int_equal(r.bad_zero + r.bad_crossed + r.bad_jump + r.bad_time, 0);
}

/* The same seed, start and names: the same ticks, however the loop's time is cut. */
static void test_simulated_is_the_same_again(void **state)
{
    uint64_t first = 0;
    qf_time at = 0;

    for (int64_t speed = 0; speed <= 5000; speed += 5000) {
        (void)teardown(state);
        (void)setup(state);
        w.stop_at = 1500;
        begin_sim(speed, when("2024-01-01T10:00:00Z"));
        spin_while(QF_FEEDST_IDLE);
        spin_while(QF_FEEDST_RUNNING);
        assert_int_equal(row().status, QF_FEEDST_PAUSED);
        assert_int_equal(w.ticks, 1500);
        if (speed == 0) {
            first = w.hash;
            at = w.last.price.at;
        } else {
            assert_int_equal(w.hash, first);
            assert_int_equal(w.last.price.at, at);
        }
    }
}

static void test_simulated_goes_on_from_the_stored_price(void **state)
{
    char why[QF_WHY_TEXT];
    struct feed_instrument in = { .slot = 0, .symbol = "AAPL", .tick = QF_ONE / 100, .last = 777 * QF_ONE };

    (void)state;
    w.feed = add(&(struct feed_conf){ .name = "sim", .kind = QF_FEED_SIMULATED, .speed = 10, .seed = 11 });
    assert_true(feeds_own(w.feeds, w.feed, &in, why));
    start(QF_DAY);
    in = (struct feed_instrument){ .slot = 1, .symbol = "KO", .tick = QF_ONE / 100, .last = 55 * QF_ONE };
    assert_true(feeds_own(w.feeds, w.feed, &in, why)); /* also one that joins later */
    w.stop_at = 1;
    spin_while(QF_FEEDST_IDLE);
    assert_int_equal(w.last.slot, 0);
    assert_true(w.last.price.bid > 770 * QF_ONE && w.last.price.ask < 784 * QF_ONE);
    feeds_disown(w.feeds, 0);
    w.stop_at = 2;
    assert_true(feeds_resume(w.feeds, w.feed, why));
    spin(200);
    assert_int_equal(w.last.slot, 1);
    assert_true(w.last.price.bid > 54 * QF_ONE && w.last.price.ask < 56 * QF_ONE);
}

static void test_pause_and_resume(void **state)
{
    char why[QF_WHY_TEXT];

    (void)state;
    w.feed = add(&(struct feed_conf){ .name = "sim", .kind = QF_FEED_SIMULATED, .speed = 100 });
    assert_false(feeds_pause(w.feeds, w.feed, why));
    assert_string_equal(why, "the feed sim is not running");
    own(w.feed, 0, "AAPL");
    start(QF_DAY);
    spin(60);
    assert_false(feeds_resume(w.feeds, w.feed, why));
    assert_true(feeds_pause(w.feeds, w.feed, why));
    qf_time stood = row().market_time;
    int64_t ticks = w.ticks;
    spin(60);
    assert_int_equal(w.ticks, ticks);
    assert_int_equal(row().market_time, stood);
    assert_int_equal(row().status, QF_FEEDST_PAUSED);
    assert_true(feeds_set_speed(w.feeds, w.feed, 50, why));
    assert_int_equal(row().status, QF_FEEDST_PAUSED); /* a new speed does not wake it */
    int64_t begin = qf_now_mono();
    assert_true(feeds_resume(w.feeds, w.feed, why));
    spin(100);
    /* it goes on where it stood, at the new speed; the pause is not made up for */
    assert_true(row().market_time > stood + QF_SEC);
    assert_true(row().market_time <= stood + (qf_now_mono() - begin) / 1000 * 50);
    assert_int_equal(row().speed, 50);
    assert_false(feeds_set_speed(w.feeds, w.feed, -1, why));
}

static void test_started_paused(void **state)
{
    char why[QF_WHY_TEXT];

    (void)state;
    w.feed = add(&(struct feed_conf){ .name = "sim", .kind = QF_FEED_SIMULATED, .speed = 100 });
    own(w.feed, 0, "AAPL");
    assert_true(feeds_start(w.feeds, w.feed, QF_DAY, true, why));
    spin(30);
    assert_int_equal(w.ticks, 0);
    assert_int_equal(row().status, QF_FEEDST_PAUSED);
    assert_true(feeds_resume(w.feeds, w.feed, why));
    spin(60);
    assert_true(w.ticks > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_wrong_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_feed_owns_an_instrument, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_owners_come_and_go, setup, teardown),
        cmocka_unit_test_setup_teardown(test_simulated_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(test_simulated_is_the_same_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_simulated_goes_on_from_the_stored_price, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_and_resume, setup, teardown),
        cmocka_unit_test_setup_teardown(test_started_paused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
