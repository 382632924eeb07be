/* Replayed and published prices on a real loop: pace, waiting, failing, going on, and a whole recording. */
#include "tests/unit/feed_world.h"

static void replay_of(const char *text, int64_t speed)
{
    struct feed_conf conf = { .name = "rec", .kind = QF_FEED_REPLAY, .speed = speed, .file_count = 1 };

    (void)snprintf(w.path, sizeof w.path, "/tmp/qf_feed_XXXXXX");
    int fd = mkstemp(w.path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(close(fd), 0);
    qf_str_copy(conf.files[0], sizeof conf.files[0], w.path);
    w.feed = add(&conf);
}

#define TICKS "ts,symbol,bid,ask\n"

/* --- replay */

static void test_replay_as_fast_as_possible(void **state)
{
    struct market_bar const *bars = NULL;

    (void)state;
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n2014-05-07T05:00:02Z,EURUSD,1.30,1.20\n"
                    "2014-05-07T05:00:02Z,OTHER,1,2\n2014-05-07T05:59:03Z,EURUSD,1.12,1.22\n", 0);
    own(w.feed, 0, "EURUSD");
    start(0);
    spin_while(QF_FEEDST_IDLE);
    spin_while(QF_FEEDST_RUNNING);
    struct qf_feed r = row();
    assert_int_equal(r.status, QF_FEEDST_ENDED);
    assert_int_equal(r.ticks, 2);
    assert_int_equal(r.bad_crossed, 1);
    assert_int_equal(r.market_time, when("2014-05-07T05:59:03Z"));
    assert_int_equal(r.max_age, 5000);
    assert_int_equal(w.statuses, 2); /* running, ended */
    /* at its end what is open is closed: two minutes and the day */
    assert_int_equal(bars_peek(w.bars, 10, &bars), 3);
    assert_int_equal(bars[1].at, when("2014-05-07T05:59:00Z"));
    assert_int_equal(bars[2].period, MARKET_DAY);
    spin(30);
    assert_int_equal(row().market_time, r.market_time); /* the clock stands */
}

static void test_replay_is_paced(void **state)
{
    qf_time first = when("2014-05-07T05:00:01Z"), second = when("2014-05-07T05:20:01Z");

    (void)state;
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n2014-05-07T05:20:01Z,EURUSD,1.11,1.21\n", 1000);
    own(w.feed, 0, "EURUSD");
    int64_t begin = qf_now_mono();
    start(0);
    spin_while(QF_FEEDST_IDLE);
    assert_int_equal(w.ticks, 1);
    assert_true(w.clock[w.feed] >= first);
    spin(600);
    /* the first price ages meanwhile, and the second is not there before its time: 20 minutes are 1.2 s */
    if (w.ticks == 1)
        assert_true(w.clock[w.feed] > first && w.clock[w.feed] < second);
    else
        assert_true((qf_now_mono() - begin) / 1000000 >= 1200);
    spin_while(QF_FEEDST_RUNNING);
    assert_true((qf_now_mono() - begin) / 1000000 >= 1200);
    assert_int_equal(w.ticks, 2);
    assert_true(w.clocks >= 4);
    assert_int_equal(row().status, QF_FEEDST_ENDED);
}

/* After a restart a recording goes on behind what was seen. */
static void test_replay_goes_on(void **state)
{
    (void)state;
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n2014-05-07T05:00:02Z,EURUSD,0,1.20\n"
                    "2014-05-07T05:00:02Z,EURUSD,1.10,1.20\n2014-05-07T05:00:03Z,EURUSD,1.12,1.22\n", 0);
    own(w.feed, 0, "EURUSD");
    feeds_replay_from(w.feeds, w.feed, when("2014-05-07T05:00:02Z"));
    start(0);
    spin_while(QF_FEEDST_IDLE);
    spin_while(QF_FEEDST_RUNNING);
    assert_int_equal(w.ticks, 1);
    assert_int_equal(w.clocks, 1);
    assert_int_equal(w.last.price.at, when("2014-05-07T05:00:03Z"));
    assert_int_equal(row().bad_zero, 0);
}

/* The price read ahead for an instrument that has another feed by now is nobody's. */
static void test_an_instrument_leaves(void **state)
{
    char why[QF_WHY_TEXT];

    (void)state;
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n2014-05-07T05:00:02Z,EURUSD,1.11,1.21\n"
                    "2014-05-07T05:00:03Z,USDJPY,100,101\n", 0);
    own(w.feed, 0, "EURUSD");
    own(w.feed, 1, "USDJPY");
    w.stop_at = 1;
    start(0);
    spin_while(QF_FEEDST_IDLE);
    spin_while(QF_FEEDST_RUNNING);
    feeds_disown(w.feeds, 0);
    w.stop_at = 0;
    assert_true(feeds_resume(w.feeds, w.feed, why));
    spin_while(QF_FEEDST_RUNNING);
    assert_int_equal(row().status, QF_FEEDST_ENDED);
    assert_int_equal(w.ticks, 2);
    assert_int_equal(w.last.slot, 1);
}

static void test_replay_waits_for_the_bars(void **state)
{
    struct market_tick filler = { .slot = 100, .price = { .has_last = true, .last = 1 },
                                  .bar = { .slot = 100, .period = MARKET_MINUTE, .open = 1, .high = 1, .low = 1, .close = 1 } };

    (void)state;
    while (!bars_half_full(w.bars)) {
        filler.bar.at += QF_MIN;
        assert_int_equal(bars_tick(w.bars, &filler), 0);
    }
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n", 0);
    own(w.feed, 0, "EURUSD");
    start(0);
    spin(30);
    assert_int_equal(w.ticks, 0);
    w.held = true;
    bars_taken(w.bars, 1);
    spin(30);
    assert_int_equal(w.ticks, 0); /* the layer above asks it to wait, too */
    w.held = false;
    spin(30);
    assert_int_equal(w.ticks, 1);
    assert_int_equal(row().dropped, 0);
}

static void test_replay_fails_with_a_reason(void **state)
{
    char why[QF_WHY_TEXT];

    (void)state;
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n2014-05-07T05:00:02Z,EURUSD,1.10,1.20\n"
                    "2014-05-07T05:00:03Z,EURUSD,1.1234567891,1.20\n", 0);
    own(w.feed, 0, "EURUSD");
    start(0);
    spin_while(QF_FEEDST_IDLE);
    spin_while(QF_FEEDST_RUNNING);
    struct qf_feed r = row();
    assert_int_equal(r.status, QF_FEEDST_FAILED);
    assert_true(QF_HAS(&r, feed, reason));
    assert_non_null(strstr(r.reason, ":4: column 3 (bid): more than 8 decimals"));
    assert_true(w.ticks >= 1);
    assert_false(feeds_resume(w.feeds, w.feed, why));
}

static void test_replay_that_cannot_open(void **state)
{
    char why[QF_WHY_TEXT] = "";
    struct feed_conf conf = { .name = "rec", .kind = QF_FEED_REPLAY, .file_count = 1, .files = { "/nonexistent.csv" } };

    (void)state;
    w.feed = add(&conf);
    assert_false(feeds_start(w.feeds, w.feed, 0, false, why));
    assert_string_equal(why, "/nonexistent.csv: No such file or directory");
    assert_int_equal(row().status, QF_FEEDST_FAILED);
    assert_string_equal(row().reason, why);
}

/* --- publish */

static struct qf_published publish(const struct qf_quote_in *rows, size_t n, qf_time wall)
{
    static struct qf_kept_out kept[16];
    struct qf_published ret;

    assert_true(n <= QF_LEN(kept));
    feeds_publish(w.feeds, -1, rows, n, wall, kept, &ret);
    assert_int_equal(ret.kept_n, ret.bad);
    return ret;
}

static struct qf_quote_in quote(const char *symbol, qf_price bid, qf_price ask, qf_time at)
{
    struct qf_quote_in q = { .bid = bid, .ask = ask, .at = at };

    qf_str_copy(q.symbol, sizeof q.symbol, symbol);
    QF_SET(&q, quote_in, symbol);
    QF_SET(&q, quote_in, bid);
    QF_SET(&q, quote_in, ask);
    if (at != 0)
        QF_SET(&q, quote_in, at);
    return q;
}

static void test_publish(void **state)
{
    qf_time wall = qf_now_wall();
    char why[QF_WHY_TEXT];
    int sim = add(&(struct feed_conf){ .name = "sim", .kind = QF_FEED_SIMULATED, .speed = 1 });

    (void)state;
    w.feed = add(&(struct feed_conf){ .name = "pub", .kind = QF_FEED_PUBLISH });
    own(sim, 0, "AAPL");
    own(w.feed, 1, "BTCUSD");
    own(w.feed, 2, "ETHUSD");
    struct qf_quote_in q[] = { quote("BTCUSD", 100, 101, wall - QF_SEC), quote("ETHUSD", 50, 51, 0),
                               quote("BTCUSD", 102, 101, wall),                   /* crossed */
                               quote("BTCUSD", 100, 101, wall - 2 * QF_SEC),      /* back in time */
                               quote("AAPL", 100, 101, wall),                     /* another feed's */
                               quote("NOSUCH", 100, 101, wall),
                               quote("ETHUSD", 50, 51, wall + QF_HOUR),           /* from the future */
                               quote("ETHUSD", 50, 51, wall + FEED_AHEAD) };      /* clocks differ a little */
    assert_int_equal(publish(q, QF_LEN(q), wall).taken, 0); /* not started */
    start(0);
    struct qf_published p = publish(q, QF_LEN(q), wall);
    assert_int_equal(p.taken, 3);
    assert_int_equal(p.bad, 5);
    static const struct { int64_t row; const char *symbol, *why; } out[] = {
        { 2, "BTCUSD", "above the ask" }, { 3, "BTCUSD", "earlier" }, { 4, "AAPL", "another feed" }, { 5, "NOSUCH", "no feed" },
        { 6, "ETHUSD", "ahead of the clock" } };
    for (size_t i = 0; i < QF_LEN(out); i++) {
        assert_int_equal(p.kept[i].row, out[i].row);
        assert_string_equal(p.kept[i].symbol, out[i].symbol);
        assert_non_null(strstr(p.kept[i].reason, out[i].why));
    }
    assert_int_equal(w.last.slot, 2);
    assert_int_equal(w.last.received, wall);
    struct qf_feed r = row();
    assert_int_equal(r.ticks, 3);
    assert_int_equal(r.bad_crossed, 1);
    assert_int_equal(r.bad_time, 2);
    assert_int_equal(r.status, QF_FEEDST_RUNNING);
    assert_int_equal(r.market_time, wall + FEED_AHEAD);
    assert_int_equal(quality_bad(feeds_symbol_quality(w.feeds, 1)), 2);
    /* by name of the feed */
    struct qf_published named;
    struct qf_kept_out kept;
    feeds_publish(w.feeds, sim, q, 1, wall, &kept, &named);
    assert_int_equal(named.bad, 1);
    /* paused: kept out */
    assert_true(feeds_pause(w.feeds, w.feed, why));
    q[0] = quote("BTCUSD", 100, 101, 0);
    assert_int_equal(publish(q, 1, wall + QF_SEC).bad, 1);
    assert_false(feeds_set_speed(w.feeds, w.feed, 5, why));
}

/* When the publisher is gone its prices must age: the clock goes on with the wall's. */
static void test_publish_clock_goes_on(void **state)
{
    (void)state;
    w.feed = add(&(struct feed_conf){ .name = "pub", .kind = QF_FEED_PUBLISH });
    own(w.feed, 1, "BTCUSD");
    start(0);
    spin(30);
    assert_int_equal(w.clocks, 0); /* no price, no clock */
    qf_time wall = qf_now_wall();
    struct qf_quote_in q = quote("BTCUSD", 100, 101, 0);
    assert_int_equal(publish(&q, 1, wall).taken, 1);
    spin(600);
    assert_true(row().market_time >= wall + 250 * QF_MS);
    assert_int_equal(row().max_age, 5000);
}

static void test_finish_closes_bars(void **state)
{
    (void)state;
    w.feed = add(&(struct feed_conf){ .name = "pub", .kind = QF_FEED_PUBLISH });
    own(w.feed, 1, "BTCUSD");
    start(0);
    struct qf_quote_in q = quote("BTCUSD", 100, 101, 0);
    assert_int_equal(publish(&q, 1, qf_now_wall()).taken, 1);
    assert_int_equal(bars_waiting(w.bars), 0);
    feeds_finish(w.feeds);
    assert_int_equal(bars_waiting(w.bars), 2);
}

/* --- the shared data, at full speed */

static const char *shared(void)
{
    const char *dir = getenv("QF_SHARED");
    const char *must = getenv("QF_REQUIRE_SHARED");

    if (dir != NULL && dir[0] == '/')
        return dir;
    if (must != NULL && strcmp(must, "1") == 0)
        fail_msg("QF_SHARED is not set, and QF_REQUIRE_SHARED wants it");
    print_message("skipped: QF_SHARED names no folder of recorded data\n");
    skip();
    return NULL;
}

static void test_a_whole_recording(void **state)
{
    static const char *const pairs[] = { "ADABTC", "DASHBTC", "ETCBTC", "ETHBTC", "LTCBTC", "XLMBTC", "XMRBTC", "ZECBTC" };
    struct feed_conf conf = { .name = "crypto", .kind = QF_FEED_REPLAY, .file_count = 1, .spread = { .bp_e2 = 500 } };
    const char *dir = shared();
    int64_t minutes = 0, days = 0, turns = 0;

    (void)state;
    if (dir == NULL)
        return;
    (void)snprintf(conf.files[0], sizeof conf.files[0], "%s/data/intraday/crypto_btc_1m.csv.gz", dir);
    w.feed = add(&conf);
    for (uint32_t i = 0; i < QF_LEN(pairs); i++)
        own(w.feed, i, pairs[i]);
    start(0);
    while (row().status == QF_FEEDST_IDLE || row().status == QF_FEEDST_RUNNING || bars_waiting(w.bars) > 0) {
        const struct market_bar *bars = NULL;
        qf_loop_once(w.loop, 1000);
        turns++;
        uint32_t n = bars_peek(w.bars, 4000, &bars);
        for (uint32_t i = 0; i < n; i++)
            *(bars[i].period == MARKET_DAY ? &days : &minutes) += 1;
        bars_taken(w.bars, n);
        assert_true(turns < 100000);
    }
    struct qf_feed r = row();
    assert_int_equal(r.status, QF_FEEDST_ENDED);
    assert_int_equal(r.ticks, 108966);
    assert_int_equal(w.ticks, 108966);
    assert_int_equal(minutes, 108966);
    assert_int_equal(days, 8 * 11); /* 20 to 30 January */
    assert_int_equal(r.dropped, 0);
    assert_int_equal(r.bad_jump + r.bad_time + r.bad_zero + r.bad_crossed, 0);
    assert_int_equal(r.market_time, when("2018-01-30T04:52:00Z"));
    assert_int_equal(r.max_age, 300000);
    assert_int_equal(bars_late(w.bars), 0);
    assert_true(turns > 20); /* in slices: 108,966 events are at least 22 of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replay_as_fast_as_possible, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replay_is_paced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replay_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_instrument_leaves, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replay_waits_for_the_bars, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replay_fails_with_a_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replay_that_cannot_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_publish, setup, teardown),
        cmocka_unit_test_setup_teardown(test_publish_clock_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_finish_closes_bars, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_whole_recording, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
