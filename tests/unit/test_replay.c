/* Recorded data: the formats, their times, exact numbers, what is refused and how; and every file of the shared data. */
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
    const char *but = arg;

    if (but != NULL && qf_str_eqn(but, p, n))
        return false;
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

static qf_price num(const char *text)
{
    qf_price p = 0;

    assert_int_equal(qf_price_parse(text, strlen(text), &p), QF_OK);
    return p;
}

static struct replay *open_text(const char *text, const struct replay_conf *conf)
{
    char why[MARKET_WHY] = "";
    struct replay_conf c = conf != NULL ? *conf : (struct replay_conf){ 0 };

    c.resolve = meet;
    struct replay *r = replay_open_memory(&c, "f", text, strlen(text), why);
    if (r == NULL)
        fail_msg("%s", why);
    return r;
}

static struct market_tick next(struct replay *r)
{
    struct market_tick t;
    qf_time at = 0;

    assert_int_equal(replay_peek(r, &at), QF_OK);
    assert_int_equal(replay_next(r, &t), QF_OK);
    assert_int_equal(t.price.at, at);
    return t;
}

static void ends(struct replay *r)
{
    struct market_tick t;

    assert_int_equal(replay_next(r, &t), QF_ENOENT);
    assert_int_equal(replay_next(r, &t), QF_ENOENT);
    replay_close(r);
}

/* --- formats */

static void test_daily_closes(void **state)
{
    struct replay_conf conf = { .spread = { .bp_e2 = 500 } }; /* 5 basis points */
    struct replay *r = open_text("date,AAA,BBB\n2005-01-03,0.961,21.41\n2005-01-04,,20.21\n", &conf);

    (void)state;
    struct market_tick t = next(r);
    assert_int_equal(t.price.at, when("2005-01-03T21:00:00Z"));
    assert_int_equal(t.slot, 0);
    assert_int_equal(t.price.last, num("0.961"));
    assert_int_equal(t.price.bid, num("0.9605195")); /* 0.961 x 0.9995 */
    assert_int_equal(t.price.ask, num("0.9614805"));
    assert_int_equal(t.bar.period, MARKET_DAY);
    assert_int_equal(t.bar.at, when("2005-01-03"));
    assert_int_equal(t.bar.low, num("0.961"));
    assert_int_equal(next(r).slot, 1);
    t = next(r); /* the empty cell is no price */
    assert_int_equal(t.slot, 1);
    assert_int_equal(t.bar.slot, 1);
    assert_int_equal(t.price.at, when("2005-01-04T21:00:00Z"));
    assert_int_equal(replay_rows(r), 2);
    assert_int_equal(replay_max_age(r), 5 * QF_DAY);
    ends(r);
}

static void test_daily_bars(void **state)
{
    struct replay_conf conf = { .spread = { .ticks = 2 } };
    struct replay *r = open_text("date,symbol,open,high,low,close,volume,dividend,split\n"
                                 "2012-01-03,AAPL,58.485714,58.92857,58.42857,58.747143,75555200,0.0,1.0\n", &conf);

    (void)state;
    struct market_tick t = next(r);
    assert_int_equal(t.price.at, when("2012-01-03T21:00:00Z"));
    assert_int_equal(t.bar.open, num("58.485714"));
    assert_int_equal(t.bar.high, num("58.92857"));
    assert_int_equal(t.bar.low, num("58.42857"));
    assert_int_equal(t.bar.close, num("58.747143"));
    assert_int_equal(t.bar.volume, num("75555200"));
    assert_int_equal(t.price.volume, num("75555200"));
    assert_int_equal(t.price.bid, num("58.727143")); /* two ticks of 0.01 */
    assert_int_equal(t.price.ask, num("58.767143"));
    ends(r);
}

static void test_daily_bars_of_one_symbol(void **state)
{
    const char *text = "date,open,high,low,close\n2005-01-03,14.50,14.23,13.25,14.08\n";
    struct replay_conf conf = { .symbol = "VIX", .resolve = meet };
    char why[MARKET_WHY];
    struct replay *r = open_text(text, &conf);

    (void)state;
    struct market_tick t = next(r);
    assert_string_equal(met.names[t.slot], "VIX");
    assert_int_equal(t.bar.open, num("14.5"));
    assert_int_equal(t.bar.high, num("14.5")); /* an open above the high widens the bar */
    assert_int_equal(t.price.bid, t.price.ask); /* no spread configured */
    ends(r);
    conf.symbol = NULL;
    assert_null(replay_open_memory(&conf, "f", text, strlen(text), why));
    assert_string_equal(why, "f:1: column 1: the file names no symbol and none was given beside it");
}

static void test_minute_bars(void **state)
{
    struct replay *r = open_text("ts,symbol,open,high,low,close,volume\n"
                                 "2018-01-20T04:52:00Z,XMRBTC,0.02995009,0.03000002,0.029931,0.029931,18.94196128\n", NULL);

    (void)state;
    struct market_tick t = next(r);
    assert_int_equal(t.price.at, when("2018-01-20T04:53:00Z")); /* known a minute after its open */
    assert_int_equal(t.bar.at, when("2018-01-20T04:52:00Z"));
    assert_int_equal(t.bar.period, MARKET_MINUTE);
    assert_int_equal(t.bar.open, 2995009);
    assert_int_equal(t.price.last, 2993100);
    assert_int_equal(t.price.volume, 1894196128);
    assert_int_equal(replay_max_age(r), 5 * QF_MIN);
    ends(r);
}

static void test_minute_quotes(void **state)
{
    struct replay *r = open_text("ts,symbol,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close\n"
                                 "2014-05-01T05:00:00Z,EURUSD,1.38727,1.38729,1.38723,1.38724,1.38729,1.38730,1.38727,1.38727\n", NULL);

    (void)state;
    struct market_tick t = next(r);
    assert_int_equal(t.price.at, when("2014-05-01T05:01:00Z"));
    assert_int_equal(t.price.bid, num("1.38724"));
    assert_int_equal(t.price.ask, num("1.38727"));
    assert_false(t.price.has_last);
    assert_int_equal(t.bar.open, num("1.38728"));
    assert_int_equal(t.bar.close, num("1.387255"));
    ends(r);
}

static void test_quotes_and_trades(void **state)
{
    struct replay *r = open_text("recv_ts,symbol,update_id,bid,bid_size,ask,ask_size\n"
                                 "2024-08-08T23:54:14.024619568Z,ETHUSDT,35346513501,2683.8,3.0292,2683.81,31.4395\n", NULL);

    (void)state;
    struct market_tick t = next(r);
    assert_int_equal(t.price.at, when("2024-08-08T23:54:14.024619Z")); /* nanoseconds are cut */
    assert_int_equal(t.price.bid, num("2683.8"));
    assert_int_equal(t.price.ask_size, num("31.4395"));
    assert_int_equal(t.bar.period, 0);
    assert_int_equal(replay_max_age(r), 5 * QF_SEC);
    ends(r);

    const char *trades = "recv_ts,exch_ts,symbol,trade_id,price,size,aggressor\n"
                         "2024-08-08T23:54:14.087896568Z,2024-08-08T23:54:15.342Z,BTCUSDT,3735683259,61837.63,0.02,sell\n";
    r = open_text(trades, NULL);
    t = next(r);
    assert_int_equal(t.price.at, when("2024-08-08T23:54:14.087896Z"));
    assert_int_equal(t.price.last, num("61837.63"));
    assert_int_equal(t.price.volume, num("0.02"));
    assert_false(t.price.has_bid);
    ends(r);

    struct replay_conf conf = { .exchange_time = true };
    r = open_text(trades, &conf);
    assert_int_equal(next(r).price.at, when("2024-08-08T23:54:15.342Z"));
    ends(r);
}

/* A spread wider than the price is not given: the bid would fall below zero. */
static void test_spread_of_a_tiny_price(void **state)
{
    struct replay_conf conf = { .spread = { .ticks = 5 } };
    struct replay *r = open_text("date,AAA\n2005-01-03,0.05\n2005-01-04,0.06\n", &conf);

    (void)state;
    struct market_tick t = next(r);
    assert_int_equal(t.price.bid, num("0.05"));
    assert_int_equal(t.price.ask, num("0.05"));
    t = next(r);
    assert_int_equal(t.price.bid, num("0.01"));
    assert_int_equal(t.price.ask, num("0.11"));
    ends(r);
}

/* --- refusals */

static void refused(const char *text, const char *want)
{
    char why[MARKET_WHY] = "";
    struct replay_conf conf = { .resolve = meet };
    struct market_tick t;
    struct replay *r = replay_open_memory(&conf, "f", text, strlen(text), why);

    if (r != NULL) {
        enum qf_err err;
        while ((err = replay_next(r, &t)) == QF_OK)
            ;
        assert_int_not_equal(err, QF_ENOENT);
        qf_str_copy(why, sizeof why, replay_why(r));
        replay_close(r);
    }
    assert_string_equal(why, want);
}

#define TICKS "ts,symbol,bid,ask\n"

static void test_refusals(void **state)
{
    (void)state;
    refused("", "f:1: column 1: the file is empty");
    refused("a,b,c\n1,2,3\n",
            "f:1: column 1: the header is none of: daily closes, daily bars, 1-minute bars, 1-minute quotes, quotes, trades");
    refused("ts,symbol,bid,ask,bid\n", "f:1: column 1: a column stands twice in the header");
    refused("date,AAA,B B\n",
            "f:1: column 1: the header is none of: daily closes, daily bars, 1-minute bars, 1-minute quotes, quotes, trades");
    refused("date,AAA\n2005-01-03,1.123456789\n", "f:2: column 2: more than 8 decimals");
    refused("date,AAA\n2005-01-03,92000000001\n", "f:2: column 2: larger than 92000000000");
    refused("date,AAA\n2005-01-03T10:00:00Z,1\n", "f:2: column 1 (date): a date with a time of day");
    refused("date,AAA\n2005-02-30,1\n",
            "f:2: column 1 (date): not a date or time of the form 2024-08-08T23:54:13Z");
    refused(TICKS "2014-05-07T05:00:01Z,EURUSD,1.1,1.2\n2014-05-07T05:00:02Z,EURUSD,1.1,x\n",
            "f:3: column 4 (ask): not a decimal number");
    refused(TICKS "2014-05-07T05:00:01Z,EURUSD,,1\n", "f:2: column 3 (bid): empty");
    refused(TICKS "2014-05-07T05:00:01Z,EURUSD,1e3,1\n", "f:2: column 3 (bid): not a decimal number");
    refused(TICKS "2014-05-07T05:00:01Z,EUR USD,1,1\n", "f:2: column 2 (symbol): not a symbol");
    refused(TICKS "2014-05-07T05:00:01Z,ABCDEFGHIJKLMNOPQ,1,1\n", "f:2: column 2 (symbol): not a symbol");
    refused(TICKS "2014-05-07 05:00,EURUSD,1,1\n",
            "f:2: column 1 (ts): not a date or time of the form 2024-08-08T23:54:13Z");
    refused("ts,symbol,price,size\n2014-05-07T05:00:01Z,AAA,1,-1\n", "f:2: column 4 (size): negative");
    refused(TICKS "2014-05-07T05:00:01Z,EURUSD,1\n", "f:2: 3 columns where the first line has 4");
}

static void test_order_book_depth_is_no_price_feed(void **state)
{
    (void)state;
    refused("recv_ts,exch_ts,symbol,kind,first_update_id,last_update_id,side,price,size\n",
            "f:1: column 1: the header is none of: daily closes, daily bars, 1-minute bars, 1-minute quotes, quotes, trades");
}

/* --- order and patience */

static void write_file(char path[64], const char *text)
{
    (void)snprintf(path, 64, "/tmp/qf_replay_XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void test_files_are_merged_by_time(void **state)
{
    char a[64], b[64], why[MARKET_WHY];
    const char *want[] = { "A1", "B1", "A2", "B2", "B3", "A3" };

    (void)state;
    write_file(a, TICKS "2014-05-07T05:00:01Z,A1,1,1\n2014-05-07T05:00:02Z,A2,1,1\n2014-05-07T05:00:09Z,A3,1,1\n");
    write_file(b, TICKS "2014-05-07T05:00:01Z,B1,1,1\n2014-05-07T05:00:02Z,B2,1,1\n2014-05-07T05:00:02Z,B3,1,1\n");
    struct replay_conf conf = { .files = { a, b }, .file_count = 2, .resolve = meet };
    struct replay *r = replay_open(&conf, why);
    assert_non_null(r);
    for (size_t i = 0; i < QF_LEN(want); i++)
        assert_string_equal(met.names[next(r).slot], want[i]);
    ends(r);
    assert_int_equal(remove(b), 0);
    assert_null(replay_open(&conf, why));
    assert_non_null(strstr(why, "No such file"));
    assert_int_equal(remove(a), 0);
}

static void test_an_earlier_row_keeps_its_time(void **state)
{
    struct replay *r = open_text(TICKS "2014-05-07T05:00:05Z,A,1,1\n2014-05-07T05:00:01Z,A,1,1\n", NULL);

    (void)state;
    assert_int_equal(next(r).price.at, when("2014-05-07T05:00:05Z"));
    assert_int_equal(next(r).price.at, when("2014-05-07T05:00:01Z"));
    ends(r);
}

/* Rows that are not ours are passed over, but never too many in one call. */
static void test_rows_of_others(void **state)
{
    char text[64 * 3600];
    size_t n = qf_str_fmt(text, sizeof text, "%s", TICKS);
    struct replay_conf conf = { .arg = (void *)(uintptr_t)"OTHER" };
    struct market_tick t;
    int asked = 0;
    enum qf_err err;

    (void)state;
    for (int i = 0; i < 3500; i++)
        n += qf_str_fmt(text + n, sizeof text - n, "2014-05-07T05:00:01Z,OTHER,1,1\n");
    (void)qf_str_fmt(text + n, sizeof text - n, "2014-05-07T05:00:02Z,MINE,1,1\n");
    struct replay *r = open_text(text, &conf);
    while ((err = replay_next(r, &t)) == QF_EBUSY)
        asked++;
    assert_int_equal(err, QF_OK);
    assert_true(asked >= 2 && asked <= 4);
    assert_string_equal(met.names[t.slot], "MINE");
    assert_int_equal(replay_passed(r), 3500);
    assert_int_equal(replay_rows(r), 3501);
    ends(r);
}

/* --- survey */

static void heard(void *arg, const char *symbol, enum format_kind kind, int price_decimals, int size_decimals)
{
    struct qf_buf *out = arg;

    qf_buf_fmt(out, "%s %s %d %d\n", symbol, format_name(kind), price_decimals, size_decimals);
}

static void test_survey(void **state)
{
    char a[64], b[64], why[MARKET_WHY] = "";
    struct qf_buf out;

    (void)state;
    write_file(a, "ts,symbol,open,high,low,close,volume\n2018-01-20T04:52:00Z,XMR,0.02995009,1,1,1.50,18.941\n"
                  "2018-01-20T04:52:00Z,ZEC,1.10,1,1,1.1,10\n2018-01-20T04:53:00Z,ZEC,1.10,1,1,1.123,10.5\n");
    write_file(b, "date,AAA,BBB\n2005-01-03,1.25,3\n2005-01-04,1.5,3.125\n");
    struct replay_conf conf = { .files = { a, b }, .file_count = 2 };
    qf_buf_init(&out, 4096);
    assert_int_equal(replay_survey(&conf, 1000, heard, &out, why), QF_OK);
    assert_string_equal(qf_buf_cstr(&out), "XMR 1-minute bars 8 3\nZEC 1-minute bars 3 1\nAAA daily closes 2 0\nBBB daily closes 3 0\n");
    qf_buf_clear(&out);
    assert_int_equal(replay_survey(&conf, 2, heard, &out, why), QF_OK); /* the first two rows of each only */
    assert_string_equal(qf_buf_cstr(&out), "XMR 1-minute bars 8 3\nZEC 1-minute bars 1 0\nAAA daily closes 2 0\nBBB daily closes 3 0\n");
    qf_buf_clear(&out);
    assert_int_equal(remove(b), 0);
    write_file(b, "date,AAA,AAA\n");
    assert_int_equal(replay_survey(&conf, 2, heard, &out, why), QF_ESYNTAX);
    assert_non_null(strstr(why, ":1: column 3: the symbol stands twice in the header"));
    qf_buf_release(&out);
    assert_int_equal(remove(a), 0);
    assert_int_equal(remove(b), 0);
}

/* --- the shared data */

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
    char why[MARKET_WHY] = "";
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
        cmocka_unit_test_setup(test_daily_closes, fresh),
        cmocka_unit_test_setup(test_daily_bars, fresh),
        cmocka_unit_test_setup(test_daily_bars_of_one_symbol, fresh),
        cmocka_unit_test_setup(test_minute_bars, fresh),
        cmocka_unit_test_setup(test_minute_quotes, fresh),
        cmocka_unit_test_setup(test_quotes_and_trades, fresh),
        cmocka_unit_test_setup(test_spread_of_a_tiny_price, fresh),
        cmocka_unit_test_setup(test_refusals, fresh),
        cmocka_unit_test_setup(test_order_book_depth_is_no_price_feed, fresh),
        cmocka_unit_test_setup(test_files_are_merged_by_time, fresh),
        cmocka_unit_test_setup(test_an_earlier_row_keeps_its_time, fresh),
        cmocka_unit_test_setup(test_rows_of_others, fresh),
        cmocka_unit_test_setup(test_survey, fresh),
        cmocka_unit_test_setup(test_every_shared_file, fresh),
        cmocka_unit_test_setup(test_sums_of_prices, fresh),
        cmocka_unit_test_setup(test_golden_quality, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
