/* The registry of feeds on a real loop: owning, pacing, pausing, waiting, failing, publishing, and the order of clock and price. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/market/feed.h"

static struct {
    struct qf_loop *loop;
    struct bars *bars;
    struct feeds *feeds;
    int feed;                      /* the one under test */
    qf_time clock[8];
    int64_t clocks, ticks;
    struct market_tick last;
    uint64_t hash;
    int64_t stop_at;               /* pause the feed from within after so many ticks */
    bool held;
    int statuses;
    char path[64];
} w;

static void on_clock(void *arg, int feed, qf_time market)
{
    (void)arg;
    assert_true(market > w.clock[feed]); /* never back, and only when it moves */
    w.clock[feed] = market;
    w.clocks++;
}

static void on_tick(void *arg, int feed, const struct market_tick *t, int64_t max_age)
{
    char why[MARKET_WHY];

    (void)arg;
    assert_true(w.clock[feed] >= t->price.at); /* the clock first */
    assert_true(max_age > 0 && t->received > 0);
    if (w.stop_at != 0 && w.ticks >= w.stop_at)
        return; /* the rest of the instant it was paused in */
    w.last = *t;
    w.ticks++;
    w.hash = (w.hash ^ (uint64_t)t->price.bid ^ (uint64_t)t->price.at << 20 ^ t->slot) * 1099511628211ULL;
    if (w.ticks == w.stop_at)
        assert_true(feeds_pause(w.feeds, feed, why));
}

static void on_status(void *arg, int feed)
{
    (void)arg;
    (void)feed;
    w.statuses++;
}

static bool on_hold(void *arg)
{
    (void)arg;
    return w.held;
}

static int setup(void **state)
{
    struct feed_sink sink = { .clock = on_clock, .tick = on_tick, .status = on_status, .hold = on_hold };

    (void)state;
    memset(&w, 0, sizeof w);
    w.loop = qf_loop_new();
    w.bars = bars_new();
    w.feeds = feeds_new(w.loop, w.bars, &sink);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    feeds_free(w.feeds);
    bars_free(w.bars);
    qf_loop_free(w.loop);
    if (w.path[0] != '\0')
        assert_int_equal(unlink(w.path), 0);
    return 0;
}

static void spin(int64_t ms)
{
    int64_t end = qf_now_mono() + ms * 1000000;

    while (qf_now_mono() < end)
        qf_loop_once(w.loop, 1000);
}

static struct qf_feed row(void)
{
    struct qf_feed r;

    feeds_row(w.feeds, w.feed, &r);
    return r;
}

/* Until the feed has another status, 10 s at most. */
static void spin_while(enum qf_feed_status status)
{
    int64_t end = qf_now_mono() + 10000000000LL;

    while (row().status == (int32_t)status && qf_now_mono() < end)
        qf_loop_once(w.loop, 1000);
}

static int add(const struct feed_conf *conf)
{
    char why[MARKET_WHY] = "";
    int feed = feeds_add(w.feeds, conf, why);

    if (feed < 0)
        fail_msg("%s", why);
    return feed;
}

static void own(int feed, uint32_t slot, const char *symbol)
{
    struct feed_instrument in = { .slot = slot, .symbol = symbol, .tick = QF_ONE / 100 };
    char why[MARKET_WHY] = "";

    if (!feeds_own(w.feeds, feed, &in, why))
        fail_msg("%s", why);
}

static void start(qf_time market)
{
    char why[MARKET_WHY] = "";

    if (!feeds_start(w.feeds, w.feed, market, false, why))
        fail_msg("%s", why);
}

static qf_time when(const char *text)
{
    qf_time t = 0;

    assert_int_equal(qf_time_parse(text, strlen(text), &t), QF_OK);
    return t;
}

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

/* --- the registry */

static void test_wrong_settings(void **state)
{
    char why[MARKET_WHY];
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
    char why[MARKET_WHY];
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
    char why[MARKET_WHY], symbol[17];
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

    (void)state;
    begin_sim(100, t0);
    spin(200);
    struct qf_feed r = row();
    assert_int_equal(r.status, QF_FEEDST_RUNNING);
    assert_true(r.ticks >= 10 && r.ticks <= 60); /* two names, about 20 s */
    assert_int_equal(r.ticks, w.ticks);
    assert_true(w.last.slot == 5 || w.last.slot == 9);
    assert_int_equal(r.max_age, 2000);
    assert_true(QF_HAS(&r, feed, market_time) && QF_HAS(&r, feed, received) && !QF_HAS(&r, feed, reason));
    assert_true(r.market_time - t0 >= 15 * QF_SEC && r.market_time - t0 <= 60 * QF_SEC);
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
    char why[MARKET_WHY];
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
    char why[MARKET_WHY];

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
    assert_true(feeds_resume(w.feeds, w.feed, why));
    spin(100);
    /* it goes on where it stood, at the new speed: 100 ms are 5 s, not 8 more for the pause */
    assert_true(row().market_time > stood + QF_SEC && row().market_time < stood + 8 * QF_SEC);
    assert_int_equal(row().speed, 50);
    assert_false(feeds_set_speed(w.feeds, w.feed, -1, why));
}

static void test_started_paused(void **state)
{
    char why[MARKET_WHY];

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
    (void)state;
    replay_of(TICKS "2014-05-07T05:00:01Z,EURUSD,1.10,1.20\n2014-05-07T05:05:01Z,EURUSD,1.11,1.21\n", 1000);
    own(w.feed, 0, "EURUSD");
    start(0);
    spin_while(QF_FEEDST_IDLE);
    int64_t begin = qf_now_mono();
    assert_int_equal(w.ticks, 1);
    int64_t clocks = w.clocks;
    spin(100);
    assert_int_equal(w.ticks, 1);
    qf_time between = w.clock[w.feed];
    /* the first price of the five minutes ages meanwhile */
    assert_true(w.clocks > clocks || between > when("2014-05-07T05:00:01Z") || row().status == QF_FEEDST_RUNNING);
    spin_while(QF_FEEDST_RUNNING);
    int64_t took = (qf_now_mono() - begin) / 1000000;
    assert_true(took >= 290 && took < 2000);
    assert_int_equal(w.ticks, 2);
    assert_true(w.clocks >= clocks + 2);
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
    char why[MARKET_WHY];

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
    char why[MARKET_WHY] = "";
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
    struct qf_published ret;

    feeds_publish(w.feeds, -1, rows, n, wall, &ret);
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
    char why[MARKET_WHY];
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
    feeds_publish(w.feeds, sim, q, 1, wall, &named);
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
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_wrong_settings),
        T(test_one_feed_owns_an_instrument),
        T(test_many_owners_come_and_go),
        T(test_simulated_runs),
        T(test_simulated_is_the_same_again),
        T(test_simulated_goes_on_from_the_stored_price),
        T(test_pause_and_resume),
        T(test_started_paused),
        T(test_replay_as_fast_as_possible),
        T(test_replay_is_paced),
        T(test_replay_waits_for_the_bars),
        T(test_replay_fails_with_a_reason),
        T(test_replay_that_cannot_open),
        T(test_publish),
        T(test_publish_clock_goes_on),
        T(test_finish_closes_bars),
        T(test_a_whole_recording),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
