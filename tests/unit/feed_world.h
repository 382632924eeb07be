/* What the tests of feeds share: a registry on a real loop, and a listener that checks the order of clock and price. */
#ifndef QF_TESTS_FEED_WORLD_H
#define QF_TESTS_FEED_WORLD_H

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
    char why[QF_WHY_TEXT];

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
    char why[QF_WHY_TEXT] = "";
    int feed = feeds_add(w.feeds, conf, why);

    if (feed < 0)
        fail_msg("%s", why);
    return feed;
}

static void own(int feed, uint32_t slot, const char *symbol)
{
    struct feed_instrument in = { .slot = slot, .symbol = symbol, .tick = QF_ONE / 100 };
    char why[QF_WHY_TEXT] = "";

    if (!feeds_own(w.feeds, feed, &in, why))
        fail_msg("%s", why);
}

static void start(qf_time market)
{
    char why[QF_WHY_TEXT] = "";

    if (!feeds_start(w.feeds, w.feed, market, false, why))
        fail_msg("%s", why);
}

static qf_time when(const char *text)
{
    qf_time t = 0;

    assert_int_equal(qf_time_parse(text, strlen(text), &t), QF_OK);
    return t;
}

#endif
