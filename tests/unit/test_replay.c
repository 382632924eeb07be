/* Recorded data: the formats, their times, exact numbers, what is refused and how. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
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
    char why[QF_WHY_TEXT] = "";
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
    char why[QF_WHY_TEXT];
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
    char why[QF_WHY_TEXT] = "";
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
    refused("recv_ts,exch_ts,symbol,kind,first_update_id,last_update_id,side,price,size\n", /* depth is no price feed */
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
    char a[64], b[64], why[QF_WHY_TEXT];
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
    char a[64], b[64], why[QF_WHY_TEXT] = "";
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
        cmocka_unit_test_setup(test_files_are_merged_by_time, fresh),
        cmocka_unit_test_setup(test_an_earlier_row_keeps_its_time, fresh),
        cmocka_unit_test_setup(test_rows_of_others, fresh),
        cmocka_unit_test_setup(test_survey, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
