/* Recorded data as it is in the world: every file of the shared data, its counts, sums and the golden counters of its quality. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/market/quality.h"
#include "daemon/market/replay.h"

/* Every symbol gets a slot when it is met. */
static struct {
    char names[64][17];
    uint32_t count;
} met;

static bool meet(void *arg, const char *p, size_t n, struct replay_name *ret)
{
    (void)arg;
    ret->tick_size = QF_ONE / 100;
    for (ret->slot = 0; ret->slot < met.count; ret->slot++) {
        if (qf_str_eqn(met.names[ret->slot], p, n))
            return true;
    }
    assert_true(met.count < 64);
    (void)qf_str_copyn(met.names[met.count++], 17, p, n);
    return true;
}

static int fresh(void **state)
{
    (void)state;
    memset(&met, 0, sizeof met);
    return 0;
}

static qf_time when(const char *text)
{
    qf_time t = 0;

    assert_int_equal(qf_time_parse(text, strlen(text), &t), QF_OK);
    return t;
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

static struct replay *open_shared(const char *dir, const char *file, const char *symbol)
{
    static char path[512];
    char why[QF_WHY_TEXT] = "";
    struct replay_conf conf = { .files = { path }, .file_count = 1, .symbol = symbol, .resolve = meet };

    (void)snprintf(path, sizeof path, "%s/data/%s", dir, file);
    struct replay *r = replay_open(&conf, why);
    if (r == NULL)
        fail_msg("%s", why);
    return r;
}

/* Rows, ticks, symbols, first and last published instants, as the data's own README and files have them. */
static const struct {
    const char *file, *symbol;
    int64_t rows, ticks;
    uint32_t symbols;
    const char *first, *last;
} known[] = {
    { "daily/us_equity_close.csv.gz", NULL, 3523, 70460, 20, "2005-01-03T21:00:00Z", "2018-12-31T21:00:00Z" },
    { "daily/factor_etf_close.csv.gz", NULL, 1258, 6290, 5, "2014-01-02T21:00:00Z", "2018-12-31T21:00:00Z" },
    { "daily/sp500_index_close.csv.gz", NULL, 3523, 3523, 1, "2005-01-03T21:00:00Z", "2018-12-31T21:00:00Z" },
    { "daily/vix_ohlc.csv.gz", "VIX", 3523, 3523, 1, "2005-01-03T21:00:00Z", "2018-12-31T21:00:00Z" },
    { "daily/us_equity_ohlcv.csv.gz", NULL, 3016, 3016, 4, "2012-01-03T21:00:00Z", "2014-12-31T21:00:00Z" },
    { "daily/btcusd_ohlcv.csv.gz", NULL, 1318, 1318, 1, "2014-12-01T21:00:00Z", "2018-08-13T21:00:00Z" },
    { "intraday/crypto_btc_1m.csv.gz", NULL, 108966, 108966, 8, "2018-01-20T04:53:00Z", "2018-01-30T04:52:00Z" },
    { "intraday/eurusd_1m_quotes.csv.gz", NULL, 15857, 15857, 1, "2014-05-01T05:01:00Z", "2014-05-16T05:00:00Z" },
    { "ticks/binance_spot_quotes.csv.gz", NULL, 52117, 52117, 2, "2024-08-08T23:54:14.024619Z", "2024-08-08T23:59:59.999231Z" },
    { "ticks/binance_spot_trades.csv.gz", NULL, 15863, 15863, 2, "2024-08-08T23:54:14.087896Z", "2024-08-08T23:59:59.997948Z" },
    { "ticks/eurusd_quotes_20140507.csv.gz", NULL, 89504, 89504, 1, "2014-05-07T05:00:01.014Z", "2014-05-08T04:59:59.234Z" },
};

static void test_every_shared_file(void **state)
{
    const char *dir = shared();

    (void)state;
    if (dir == NULL)
        return;
    for (size_t i = 0; i < QF_LEN(known); i++) {
        struct market_tick t;
        int64_t ticks = 0;
        qf_time first = 0, last = 0;
        enum qf_err err;
        (void)fresh(NULL);
        struct replay *r = open_shared(dir, known[i].file, known[i].symbol);
        while ((err = replay_next(r, &t)) == QF_OK) {
            assert_true(t.price.at >= last);
            last = t.price.at;
            first = ticks++ == 0 ? last : first;
        }
        assert_string_equal(replay_why(r), "");
        assert_int_equal(err, QF_ENOENT);
        assert_int_equal(replay_rows(r), known[i].rows);
        assert_int_equal(ticks, known[i].ticks);
        assert_int_equal(met.count, known[i].symbols);
        assert_int_equal(first, when(known[i].first));
        assert_int_equal(last, when(known[i].last));
        replay_close(r);
    }
}

/* Sums of closes, computed once from the files by other means (decimal arithmetic, outside of this program). */
static void test_sums_of_prices(void **state)
{
    static const struct {
        const char *file, *close_sum, *volume_sum;
    } sums[] = {
        { "daily/us_equity_close.csv.gz", "3143485.877", "0" },
        { "intraday/crypto_btc_1m.csv.gz", "3390.2425003", "988072588.69795769" },
        { "ticks/binance_spot_trades.csv.gz", "618560069.35", "2473.34805" },
    };
    const char *dir = shared();

    (void)state;
    if (dir == NULL)
        return;
    for (size_t i = 0; i < QF_LEN(sums); i++) {
        struct market_tick t;
        qf_i128 close = 0, volume = 0;
        char text[QF_DEC_TEXT];
        struct replay *r = open_shared(dir, sums[i].file, NULL);
        while (replay_next(r, &t) == QF_OK) {
            close += t.price.last;
            volume += t.price.volume;
        }
        replay_close(r);
        (void)qf_dec_format(close, QF_SCALE, text);
        assert_string_equal(text, sums[i].close_sum);
        (void)qf_dec_format(volume, QF_SCALE, text);
        assert_string_equal(text, sums[i].volume_sum);
    }
}

/* --- quality, against the golden counters */

static int64_t golden(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;

    assert_true(json_object_object_get_ex(o, key, &v));
    return json_object_get_int64(v);
}

static void check_symbol(struct json_object *want, const struct quality_count *c, bool quotes, bool nanoseconds)
{
    struct json_object *v = NULL;

    assert_int_equal(c->taken + quality_bad(c), golden(want, "rows"));
    assert_int_equal(c->time, golden(want, "out_of_order"));
    /* instants that differ by less than a microsecond are the same here */
    if (!nanoseconds)
        assert_int_equal(c->same_time, golden(want, "same_time"));
    assert_int_equal(c->gaps, golden(want, "gaps"));
    assert_int_equal(c->zero, 0);
    assert_int_equal(c->jump, 0);
    if (quotes) {
        assert_int_equal(c->crossed, golden(want, "crossed"));
        assert_int_equal(c->locked, golden(want, "locked"));
    }
    /* the golden gap is in seconds with nanoseconds behind the point; ours is cut to microseconds at both ends */
    assert_true(json_object_object_get_ex(want, "max_gap_s", &v));
    double gap = json_object_get_double(v) * 1e6;
    assert_true((double)c->max_gap > gap - 1.001 && (double)c->max_gap < gap + 1.001);
}

static void check_file(const char *dir, const char *file, struct json_object *want)
{
    static struct quality_state states[64];
    static struct quality_count counts[64];
    struct quality_count all = { 0 };
    struct market_tick t = { 0 };

    (void)fresh(NULL);
    memset(states, 0, sizeof states);
    memset(counts, 0, sizeof counts);
    struct replay *r = open_shared(dir, file, NULL);
    struct quality_rule rule = { .jump_bp = replay_jump_bp(r), .accept = QUALITY_ACCEPT, .gap = QUALITY_GAP };
    while (replay_next(r, &t) == QF_OK)
        (void)quality_check(&rule, false, &states[t.slot], &t, &counts[t.slot], &all);
    assert_string_equal(replay_why(r), "");
    replay_close(r);
    assert_int_equal(met.count, json_object_object_length(want));
    for (uint32_t i = 0; i < met.count; i++) {
        struct json_object *row = NULL;
        assert_true(json_object_object_get_ex(want, met.names[i], &row));
        check_symbol(row, &counts[i], json_object_object_get_ex(row, "crossed", NULL), strstr(file, "binance") != NULL);
    }
}

static void test_golden_quality(void **state)
{
    const char *dir = shared();
    char path[512];
    struct json_object *files = NULL;
    int checked = 0;

    (void)state;
    if (dir == NULL)
        return;
    (void)snprintf(path, sizeof path, "%s/vectors/golden_ticks.json", dir);
    struct json_object *doc = json_object_from_file(path);
    assert_non_null(doc);
    assert_true(json_object_object_get_ex(doc, "quality", &files));
    json_object_object_foreach(files, file, want) {
        check_file(dir, file, want);
        checked++;
    }
    assert_int_equal(checked, 5);
    json_object_put(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_shared_file, fresh),
        cmocka_unit_test_setup(test_sums_of_prices, fresh),
        cmocka_unit_test_setup(test_golden_quality, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
