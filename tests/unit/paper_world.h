/* What the tests of the paper venue share: a market of four names, a clock, and a listener that writes every report down. */
#ifndef QF_TESTS_PAPER_WORLD_H
#define QF_TESTS_PAPER_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/loop.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/venue/paper.h"

#define T0 (1700000000LL * QF_SEC - 1700000000LL * QF_SEC % QF_DAY) /* a midnight */
#define NAMES 4

static struct {
    struct venue *v;
    struct paper_conf conf;
    qf_time now;
    struct paper_quote quotes[NAMES];
    bool known[NAMES];
    struct qf_buf said;      /* every report, one a line */
    int64_t cancel_on_fill;  /* the listener asks for this cancel when a fill comes */
    bool send_on_fill;
} w;

static const char *const words[] = { "ACK", "FILL", "CANCELLED", "CANCEL_REJECTED", "REJECTED", "EXPIRED" };

static bool give_quote(void *arg, uint32_t instrument, struct paper_quote *ret)
{
    (void)arg;
    assert_true(instrument < NAMES);
    *ret = w.quotes[instrument];
    return w.known[instrument];
}

static qf_time give_now(void *arg)
{
    (void)arg;
    return w.now;
}

static struct venue_order order(int64_t id, enum qf_side side, qf_qty q, qf_price price)
{
    return (struct venue_order){ .id = id, .side = side, .type = price != 0 ? QF_TYPE_LIMIT : QF_TYPE_MARKET, .tif = QF_TIF_GTC,
                                 .quantity = q, .price = price, .lot = 1, .multiplier = 1, .at = w.now };
}

static void hear(void *arg, const struct report *r)
{
    (void)arg;
    qf_buf_fmt(&w.said, "%s %lld", words[r->kind], (long long)r->order_id);
    if (r->kind == REPORT_FILL)
        qf_buf_fmt(&w.said, " %lld@%lld fee %lld %s", (long long)r->quantity, (long long)r->price, (long long)r->fee, r->exec_id);
    qf_buf_fmt(&w.said, " +%lld", (long long)(r->at - T0));
    if (r->reason[0] != '\0')
        qf_buf_fmt(&w.said, " (%s)", r->reason);
    qf_buf_char(&w.said, '\n');
    assert_string_equal(r->venue, "paper");
    if (r->kind == REPORT_FILL && w.cancel_on_fill != 0) {
        w.v->ops->cancel(w.v, w.cancel_on_fill);
        w.cancel_on_fill = 0;
    }
    if (r->kind == REPORT_FILL && w.send_on_fill) {
        struct venue_order o = order(99, QF_SIDE_SELL, 1, 0);
        w.send_on_fill = false;
        assert_int_equal(w.v->ops->send(w.v, &o), QF_OK);
    }
}

static void build(void)
{
    if (w.v != NULL)
        w.v->ops->free(w.v);
    w.v = paper_new(&w.conf, NULL);
}

static int setup(void **state)
{
    (void)state;
    memset(&w, 0, sizeof w);
    w.now = T0;
    w.conf = (struct paper_conf){ .name = "paper", .seed = 1, .share_bp = 10000, .quote = give_quote, .now = give_now,
                                  .report = hear };
    qf_buf_init(&w.said, 64 << 20);
    build();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    w.v->ops->free(w.v);
    qf_buf_release(&w.said);
    return 0;
}

static void send(const struct venue_order *o)
{
    assert_int_equal(w.v->ops->send(w.v, o), QF_OK);
}

/* The order the daemon keeps: the clock first, then the price. */
static void clock_to(qf_time at)
{
    w.now = T0 + at;
    w.v->ops->clock(w.v);
}

static void market(uint32_t i, qf_price bid, qf_price ask, qf_qty bid_size, qf_qty ask_size)
{
    w.known[i] = true;
    w.quotes[i] = (struct paper_quote){ .has_bid = bid != 0, .has_ask = ask != 0, .bid = bid, .ask = ask, .bid_size = bid_size,
                                        .ask_size = ask_size, .at = w.now };
    w.v->ops->quote(w.v, i);
}

/* What was said since the last time. */
static void said(const char *want)
{
    (void)paper_run(w.v, UINT32_MAX);
    assert_string_equal(qf_buf_cstr(&w.said), want);
    qf_buf_clear(&w.said);
}

/* Fills in a text of reports. */
static int64_t fills_of(const char *text)
{
    int64_t n = 0;

    for (const char *p = strstr(text, "FILL"); p != NULL; p = strstr(p + 1, "FILL"))
        n++;
    return n;
}

#endif
