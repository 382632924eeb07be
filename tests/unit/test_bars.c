/* Bars: what a tick does to them, when they close, the queue, the sparks; and the golden bars of recorded trades. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "daemon/market/bars.h"
#include "daemon/market/replay.h"

#define T0 (1700000000LL * QF_SEC - 1700000000LL * QF_SEC % QF_DAY) /* a midnight */

static struct bars *b;

static int setup(void **state)
{
    (void)state;
    b = bars_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bars_free(b);
    return 0;
}

static uint32_t trade(uint32_t slot, qf_time at, qf_price p, qf_qty volume)
{
    struct market_tick t = { .slot = slot, .price = { .has_last = true, .last = p, .volume = volume, .at = at } };

    return bars_tick(b, &t);
}

static uint32_t quote(uint32_t slot, qf_time at, qf_price bid, qf_price ask)
{
    struct market_tick t = { .slot = slot, .price = { .has_bid = true, .has_ask = true, .bid = bid, .ask = ask, .at = at } };

    return bars_tick(b, &t);
}

static struct market_bar pop(void)
{
    const struct market_bar *p = NULL;

    assert_int_equal(bars_peek(b, 1, &p), 1);
    struct market_bar bar = *p;
    bars_taken(b, 1);
    return bar;
}

static void is_bar(struct market_bar bar, uint32_t period, qf_time at, qf_price o, qf_price h, qf_price l, qf_price c, qf_qty v)
{
    assert_int_equal(bar.period, period);
    assert_int_equal(bar.at, at);
    assert_int_equal(bar.open, o);
    assert_int_equal(bar.high, h);
    assert_int_equal(bar.low, l);
    assert_int_equal(bar.close, c);
    assert_int_equal(bar.volume, v);
}

static void test_a_minute(void **state)
{
    (void)state;
    (void)trade(3, T0 + QF_SEC, 100, 5);
    (void)trade(3, T0 + 20 * QF_SEC, 110, 1);
    (void)trade(3, T0 + 30 * QF_SEC, 90, 0);
    (void)trade(3, T0 + 59 * QF_SEC + 999999, 95, 2);
    assert_int_equal(bars_waiting(b), 0);
    (void)bars_clock(b, 3, T0 + QF_MIN - 1);
    assert_int_equal(bars_waiting(b), 0);
    (void)bars_clock(b, 3, T0 + QF_MIN);
    assert_int_equal(bars_waiting(b), 1);
    struct market_bar bar = pop();
    assert_int_equal(bar.slot, 3);
    is_bar(bar, MARKET_MINUTE, T0, 100, 110, 90, 95, 8);
}

static void test_the_next_tick_closes_it_too(void **state)
{
    (void)state;
    (void)trade(0, T0 + QF_SEC, 100, 1);
    (void)trade(0, T0 + QF_MIN, 101, 2); /* the end belongs to the next */
    is_bar(pop(), MARKET_MINUTE, T0, 100, 100, 100, 100, 1);
    (void)trade(0, T0 + 10 * QF_MIN, 102, 3); /* minutes without a price have no bar */
    is_bar(pop(), MARKET_MINUTE, T0 + QF_MIN, 101, 101, 101, 101, 2);
    assert_int_equal(bars_waiting(b), 0);
}

static void test_a_day(void **state)
{
    struct market_bar day;

    (void)state;
    (void)trade(0, T0 + QF_HOUR, 100, 1);
    (void)trade(0, T0 + 5 * QF_HOUR, 120, 1);
    (void)trade(0, T0 + 23 * QF_HOUR, 80, 1);
    assert_true(bars_open(b, 0, MARKET_DAY, &day));
    is_bar(day, MARKET_DAY, T0, 100, 120, 80, 80, 3);
    (void)bars_clock(b, 0, T0 + QF_DAY);
    (void)pop();
    (void)pop();
    (void)pop();
    is_bar(pop(), MARKET_DAY, T0, 100, 120, 80, 80, 3);
    assert_false(bars_open(b, 0, MARKET_DAY, &day));
}

static void test_quotes_count_until_the_first_trade(void **state)
{
    struct market_bar bar;

    (void)state;
    (void)quote(0, T0 + QF_SEC, 100, 102);
    (void)quote(0, T0 + 2 * QF_SEC, 104, 106);
    assert_true(bars_open(b, 0, MARKET_MINUTE, &bar));
    is_bar(bar, MARKET_MINUTE, T0, 101, 105, 101, 105, 0);
    (void)trade(0, T0 + 3 * QF_SEC, 104, 7);
    (void)quote(0, T0 + 4 * QF_SEC, 200, 202);
    assert_true(bars_open(b, 0, MARKET_MINUTE, &bar));
    is_bar(bar, MARKET_MINUTE, T0, 101, 105, 101, 104, 7);
}

static void test_a_late_tick_changes_nothing(void **state)
{
    struct market_bar bar;

    (void)state;
    (void)trade(0, T0 + QF_SEC, 100, 1);
    (void)bars_clock(b, 0, T0 + QF_MIN);
    (void)trade(0, T0 + 59 * QF_SEC, 500, 1);
    assert_int_equal(bars_late(b), 1); /* the day is still open and takes it */
    assert_false(bars_open(b, 0, MARKET_MINUTE, &bar));
    assert_true(bars_open(b, 0, MARKET_DAY, &bar));
    assert_int_equal(bar.high, 500);
    is_bar(pop(), MARKET_MINUTE, T0, 100, 100, 100, 100, 1);
}

static uint32_t whole(uint32_t slot, qf_time open_at, qf_price close, qf_qty volume)
{
    struct market_tick t = { .slot = slot,
                             .price = { .has_last = true, .last = close, .volume = volume, .at = open_at + QF_MIN },
                             .bar = { .slot = slot, .period = MARKET_MINUTE, .at = open_at, .open = close - 1, .high = close + 2,
                                      .low = close - 3, .close = close, .volume = volume } };

    return bars_tick(b, &t);
}

/* Whole bars go through as they are and make the day; the day's last minute comes at the very instant the day ends. */
static void test_whole_minutes(void **state)
{
    (void)state;
    (void)bars_clock(b, 0, T0 + QF_MIN);
    (void)whole(0, T0, 100, 4);
    is_bar(pop(), MARKET_MINUTE, T0, 99, 102, 97, 100, 4);
    (void)bars_clock(b, 0, T0 + QF_DAY);
    assert_int_equal(bars_waiting(b), 0);
    (void)whole(0, T0 + QF_DAY - QF_MIN, 200, 5);
    is_bar(pop(), MARKET_MINUTE, T0 + QF_DAY - QF_MIN, 199, 202, 197, 200, 5);
    (void)bars_clock(b, 0, T0 + QF_DAY + QF_MIN);
    is_bar(pop(), MARKET_DAY, T0, 99, 202, 97, 200, 9);
    (void)whole(0, T0 + QF_DAY, 201, 1);
    (void)pop();
    struct market_bar day;
    assert_true(bars_open(b, 0, MARKET_DAY, &day));
    is_bar(day, MARKET_DAY, T0 + QF_DAY, 200, 203, 198, 201, 1);
    assert_int_equal(bars_late(b), 0);
}

static void test_a_stored_day_goes_on(void **state)
{
    struct market_bar day = { .slot = 1, .period = MARKET_DAY, .at = T0, .open = 50, .high = 60, .low = 40, .close = 55, .volume = 9 };

    (void)state;
    bars_load_day(b, &day);
    (void)trade(1, T0 + 3 * QF_HOUR, 61, 1);
    (void)bars_finish(b, 1);
    (void)pop();
    is_bar(pop(), MARKET_DAY, T0, 50, 61, 40, 61, 10);
    assert_int_equal(bars_finish(b, 1), 0);
    assert_int_equal(bars_waiting(b), 0);
}

static void test_sparks(void **state)
{
    qf_price out[BARS_SPARK + 1], load[100];

    (void)state;
    assert_int_equal(bars_spark(b, 0, out), 0);
    for (int i = 0; i < 100; i++)
        load[i] = 1000 + i;
    bars_load_spark(b, 0, load, 100);
    assert_int_equal(bars_spark(b, 0, out), 60);
    assert_int_equal(out[0], 1040);
    assert_int_equal(out[59], 1099);
    (void)trade(0, T0, 7, 1);
    assert_int_equal(bars_spark(b, 0, out), 61);
    assert_int_equal(out[60], 7); /* the running minute */
    (void)trade(0, T0 + QF_MIN, 8, 1);
    assert_int_equal(bars_spark(b, 0, out), 61);
    assert_int_equal(out[0], 1041);
    assert_int_equal(out[59], 7);
    assert_int_equal(out[60], 8);
    bars_forget(b, 0);
    assert_int_equal(bars_spark(b, 0, out), 0);
}

static void test_the_queue_is_bounded(void **state)
{
    const struct market_bar *p = NULL;
    uint32_t drops = 0;

    (void)state;
    for (int i = 0; i < QF_BAR_QUEUE / 2 - 1; i++)
        drops += whole(0, T0 + i * QF_MIN, 100, 1);
    /* the days among them are bars too */
    while (bars_waiting(b) < QF_BAR_QUEUE / 2) {
        assert_false(bars_half_full(b));
        drops += whole(1, T0 + (qf_time)bars_waiting(b) * QF_MIN, 100, 1);
    }
    assert_true(bars_half_full(b));
    for (int i = 0; i < QF_BAR_QUEUE; i++)
        drops += whole(2, T0 + i * QF_MIN, 100, 1);
    assert_int_equal(bars_waiting(b), QF_BAR_QUEUE);
    assert_true(drops > 30000);
    assert_int_equal(bars_dropped(b), drops);
    /* it is a ring: what lies side by side comes out, oldest first, until all are out */
    assert_int_equal(bars_peek(b, 1000, &p), 1000);
    assert_int_equal(p[0].at, T0);
    bars_taken(b, 1000);
    assert_int_equal(whole(3, T0, 100, 1), 0);
    uint32_t n = 0, all = 0;
    while ((n = bars_peek(b, QF_BAR_QUEUE, &p)) > 0) {
        all += n;
        assert_true(n < QF_BAR_QUEUE);
        if (all == QF_BAR_QUEUE - 1000 + 1)
            assert_int_equal(p[n - 1].slot, 3);
        bars_taken(b, n);
    }
    assert_int_equal(all, QF_BAR_QUEUE - 1000 + 1);
}

static void test_volume_stays_within_its_maximum(void **state)
{
    struct market_bar day;

    (void)state;
    for (int i = 0; i < 4; i++)
        (void)trade(0, T0 + i, 5, QF_PRICE_MAX / 3);
    assert_true(bars_open(b, 0, MARKET_DAY, &day));
    assert_int_equal(day.volume, QF_PRICE_MAX);
}

/* --- golden bars */

static const char *const golden_symbols[] = { "BTCUSDT", "ETHUSDT" };

static bool resolve(void *arg, const char *p, size_t n, struct replay_name *ret)
{
    (void)arg;
    for (uint32_t i = 0; i < 2; i++) {
        if (strlen(golden_symbols[i]) == n && memcmp(golden_symbols[i], p, n) == 0) {
            *ret = (struct replay_name){ .slot = i, .tick_size = QF_ONE / 100 };
            return true;
        }
    }
    return false;
}

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

static int64_t decimal(struct json_object *bar, const char *key)
{
    struct json_object *v = NULL;
    qf_price p = 0;

    assert_true(json_object_object_get_ex(bar, key, &v));
    const char *text = json_object_to_json_string(v);
    assert_int_equal(qf_price_parse(text, strlen(text), &p), QF_OK);
    return p;
}

static void run_trades(const char *dir)
{
    char path[512], why[QF_WHY_TEXT];
    struct market_tick t;
    struct replay_conf conf = { .files = { path }, .file_count = 1, .exchange_time = true, .resolve = resolve };
    enum qf_err err;

    (void)snprintf(path, sizeof path, "%s/data/ticks/binance_spot_trades.csv.gz", dir);
    struct replay *r = replay_open(&conf, why);
    assert_non_null(r);
    while ((err = replay_next(r, &t)) == QF_OK)
        assert_int_equal(bars_tick(b, &t), 0);
    assert_int_equal(err, QF_ENOENT);
    assert_int_equal(replay_rows(r), 15863);
    replay_close(r);
    (void)bars_finish(b, 0);
    (void)bars_finish(b, 1);
}

static const struct market_bar *find_bar(const struct market_bar *bars, uint32_t n, uint32_t slot, qf_time at)
{
    for (uint32_t i = 0; i < n; i++) {
        if (bars[i].slot == slot && bars[i].at == at && bars[i].period == MARKET_MINUTE)
            return &bars[i];
    }
    return NULL;
}

static void test_golden_bars_of_trades(void **state)
{
    char path[512];
    const char *dir = shared();
    const struct market_bar *bars = NULL;
    struct json_object *section = NULL, *rows = NULL, *v = NULL;

    (void)state;
    if (dir == NULL)
        return;
    run_trades(dir);
    uint32_t n = bars_peek(b, QF_BAR_QUEUE, &bars);
    (void)snprintf(path, sizeof path, "%s/vectors/golden_ticks.json", dir);
    struct json_object *doc = json_object_from_file(path);
    assert_non_null(doc);
    assert_true(json_object_object_get_ex(doc, "bars_1m", &section));
    assert_true(json_object_object_get_ex(section, "bars", &rows));
    size_t count = json_object_array_length(rows);
    assert_int_equal(count, 14);
    assert_int_equal(n, count + 4); /* two days of two symbols */
    for (size_t i = 0; i < count; i++) {
        struct json_object *row = json_object_array_get_idx(rows, i);
        qf_time at = 0;
        assert_true(json_object_object_get_ex(row, "ts", &v));
        assert_int_equal(qf_time_parse(json_object_get_string(v), (size_t)json_object_get_string_len(v), &at), QF_OK);
        assert_true(json_object_object_get_ex(row, "symbol", &v));
        uint32_t slot = strcmp(json_object_get_string(v), "ETHUSDT") == 0;
        const struct market_bar *bar = find_bar(bars, n, slot, at);
        assert_non_null(bar);
        is_bar(*bar, MARKET_MINUTE, at, decimal(row, "open"), decimal(row, "high"), decimal(row, "low"), decimal(row, "close"),
               decimal(row, "volume"));
    }
    json_object_put(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_minute, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_next_tick_closes_it_too, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_day, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quotes_count_until_the_first_trade, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_late_tick_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_whole_minutes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stored_day_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sparks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_queue_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_volume_stays_within_its_maximum, setup, teardown),
        cmocka_unit_test_setup_teardown(test_golden_bars_of_trades, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
