#include "daemon/market/bars.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { MINUTE, DAY, PERIODS };
static const uint32_t seconds[PERIODS] = { MARKET_MINUTE, MARKET_DAY };

struct slot {
    struct market_bar open[PERIODS]; /* period 0 = none */
    qf_time closed[PERIODS];         /* end of the newest closed bar */
    bool trades;                     /* has ever traded: quotes do not count */
    bool whole;                      /* its feed gives whole minutes, each published at its end */
    uint32_t spark_at, spark_n;
    qf_price spark[BARS_SPARK];
};

struct bars {
    struct slot *slots;          /* QF_MAX_INSTRUMENTS, mapped lazily */
    struct market_bar *queue;    /* QF_BAR_QUEUE, a ring, mapped lazily */
    uint32_t first, count;
    int64_t dropped, late;
};

struct bars *bars_new(void)
{
    struct bars *b = qf_xalloc(sizeof *b);

    memset(b, 0, sizeof *b);
    b->slots = qf_map_lazy(QF_MAX_INSTRUMENTS * sizeof *b->slots);
    b->queue = qf_map_lazy(QF_BAR_QUEUE * sizeof *b->queue);
    qf_assert(b->slots != NULL && b->queue != NULL);
    return b;
}

void bars_free(struct bars *b)
{
    if (b == NULL)
        return;
    qf_unmap(b->slots, QF_MAX_INSTRUMENTS * sizeof *b->slots);
    qf_unmap(b->queue, QF_BAR_QUEUE * sizeof *b->queue);
    free(b);
}

static struct slot *slot_of(const struct bars *b, uint32_t slot)
{
    qf_assert(slot < QF_MAX_INSTRUMENTS);
    return &b->slots[slot];
}

/* --- the queue */

static uint32_t push(struct bars *b, const struct market_bar *bar)
{
    if (b->count == QF_BAR_QUEUE) {
        b->dropped++;
        return 1;
    }
    b->queue[(b->first + b->count) % QF_BAR_QUEUE] = *bar;
    b->count++;
    return 0;
}

uint32_t bars_waiting(const struct bars *b)
{
    return b->count;
}

bool bars_half_full(const struct bars *b)
{
    return b->count >= QF_BAR_QUEUE / 2;
}

uint32_t bars_peek(const struct bars *b, uint32_t max, const struct market_bar **ret)
{
    uint32_t side_by_side = QF_BAR_QUEUE - b->first;
    uint32_t n = b->count < side_by_side ? b->count : side_by_side;

    *ret = &b->queue[b->first];
    return n < max ? n : max;
}

void bars_taken(struct bars *b, uint32_t n)
{
    qf_assert(n <= b->count);
    b->first = (b->first + n) % QF_BAR_QUEUE;
    b->count -= n;
}

int64_t bars_dropped(const struct bars *b)
{
    return b->dropped;
}

int64_t bars_late(const struct bars *b)
{
    return b->late;
}

/* --- sparks */

static void spark_add(struct slot *s, qf_price close)
{
    s->spark[s->spark_at] = close;
    s->spark_at = (s->spark_at + 1) % BARS_SPARK;
    if (s->spark_n < BARS_SPARK)
        s->spark_n++;
}

void bars_load_spark(struct bars *b, uint32_t slot, const qf_price *closes, uint32_t n)
{
    struct slot *s = slot_of(b, slot);

    s->spark_at = s->spark_n = 0;
    for (uint32_t i = n > BARS_SPARK ? n - BARS_SPARK : 0; i < n; i++)
        spark_add(s, closes[i]);
}

uint32_t bars_spark(const struct bars *b, uint32_t slot, qf_price out[BARS_SPARK + 1])
{
    const struct slot *s = slot_of(b, slot);
    uint32_t from = (s->spark_at + BARS_SPARK - s->spark_n) % BARS_SPARK;

    for (uint32_t i = 0; i < s->spark_n; i++)
        out[i] = s->spark[(from + i) % BARS_SPARK];
    if (s->open[MINUTE].period == 0)
        return s->spark_n;
    out[s->spark_n] = s->open[MINUTE].close;
    return s->spark_n + 1;
}

/* --- bars */

static qf_time end_of(const struct market_bar *bar)
{
    return bar->at + (qf_time)bar->period * QF_SEC;
}

static uint32_t close_bar(struct bars *b, struct slot *s, int p)
{
    struct market_bar *bar = &s->open[p];

    s->closed[p] = end_of(bar);
    if (p == MINUTE)
        spark_add(s, bar->close);
    uint32_t drops = push(b, bar);
    bar->period = 0;
    return drops;
}

uint32_t bars_clock(struct bars *b, uint32_t slot, qf_time market)
{
    struct slot *s = slot_of(b, slot);
    uint32_t drops = 0;

    for (int p = 0; p < PERIODS; p++) {
        /* a whole minute comes at the instant it ends: the day's last one when the day is just over */
        qf_time until = market - s->whole;
        if (s->open[p].period != 0 && until >= end_of(&s->open[p]))
            drops += close_bar(b, s, p);
    }
    return drops;
}

uint32_t bars_finish(struct bars *b, uint32_t slot)
{
    struct slot *s = slot_of(b, slot);
    uint32_t drops = 0;

    for (int p = 0; p < PERIODS; p++) {
        if (s->open[p].period != 0)
            drops += close_bar(b, s, p);
    }
    return drops;
}

/* Adds a piece (a tick is one whose four prices are the same) to the bar of its period; opens it when there is none. */
static void merge(struct bars *b, struct slot *s, int p, const struct market_bar *piece)
{
    qf_time length = (qf_time)seconds[p] * QF_SEC;
    struct market_bar *bar = &s->open[p];

    if (piece->at < s->closed[p]) {
        b->late++;
        return;
    }
    if (bar->period == 0) {
        *bar = *piece;
        bar->period = seconds[p];
        bar->at = piece->at - ((piece->at % length) + length) % length;
        return;
    }
    if (piece->at < bar->at) {
        b->late++;
        return;
    }
    bar->high = piece->high > bar->high ? piece->high : bar->high;
    bar->low = piece->low < bar->low ? piece->low : bar->low;
    bar->close = piece->close;
    bar->volume = qf_abs64(bar->volume) > QF_PRICE_MAX - piece->volume ? QF_PRICE_MAX : bar->volume + piece->volume;
}

/* The price a tick counts with; false: it does not count. */
static bool tick_price(struct slot *s, const struct tick *p, qf_price *ret)
{
    if (p->has_last) {
        s->trades = true;
        *ret = p->last;
        return true;
    }
    if (s->trades)
        return false;
    if (p->has_bid && p->has_ask)
        *ret = market_middle(p->bid, p->ask);
    else
        *ret = p->has_bid ? p->bid : p->ask;
    return p->has_bid || p->has_ask;
}

static uint32_t whole_bar(struct bars *b, struct slot *s, const struct market_bar *bar)
{
    s->whole = bar->period == MARKET_MINUTE;
    uint32_t drops = bars_clock(b, bar->slot, bar->at + s->whole);
    if (s->whole) {
        spark_add(s, bar->close);
        merge(b, s, DAY, bar);
        s->closed[MINUTE] = end_of(bar);
    }
    return drops + push(b, bar);
}

uint32_t bars_tick(struct bars *b, const struct market_tick *t)
{
    struct slot *s = slot_of(b, t->slot);
    qf_price price = 0;

    if (t->bar.period != 0)
        return whole_bar(b, s, &t->bar);
    uint32_t drops = bars_clock(b, t->slot, t->price.at);
    if (!tick_price(s, &t->price, &price))
        return drops;
    struct market_bar piece = { .slot = t->slot, .at = t->price.at, .open = price, .high = price, .low = price, .close = price,
                                .volume = t->price.volume };
    for (int p = 0; p < PERIODS; p++)
        merge(b, s, p, &piece);
    return drops;
}

void bars_load_day(struct bars *b, const struct market_bar *day)
{
    struct slot *s = slot_of(b, day->slot);

    qf_assert(day->period == MARKET_DAY);
    if (s->open[DAY].period == 0 && day->at >= s->closed[DAY])
        s->open[DAY] = *day;
}

void bars_forget(struct bars *b, uint32_t slot)
{
    memset(slot_of(b, slot), 0, sizeof(struct slot));
}

bool bars_open(const struct bars *b, uint32_t slot, uint32_t period, struct market_bar *ret)
{
    const struct slot *s = slot_of(b, slot);
    int p = period == MARKET_MINUTE ? MINUTE : DAY;

    if (s->open[p].period == 0)
        return false;
    *ret = s->open[p];
    return true;
}
