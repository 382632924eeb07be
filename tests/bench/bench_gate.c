/* Nanoseconds of one whole decision of the gate with a usual set of limits, and of what follows: an order placed and
 * filled, a tick. Each figure is the median of many rounds, with the quickest and the slowest beside it. bench_gate
 * [rounds] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define BATCH 1000 /* calls a round */
#define AIM_NS 500
#define WARM_NS 200000000 /* until the processor runs at its speed */

typedef void (*round_fn)(struct kit *k, int calls);

/* Twelve rows: what a desk of this size usually has. */
static void usual_limits(struct kit *k)
{
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "100000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_NOTIONAL, "10000000");
    kit_limit(k, QF_SCOPE_TRADER, "*", QF_CTL_MAX_NOTIONAL, "5000000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_PRICE_BAND, "0.05");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "3");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MSG_RATE, "90000000000");
    kit_limit(k, QF_SCOPE_TRADER, "*", QF_CTL_MSG_RATE, "90000000000");
    kit_limit(k, QF_SCOPE_SYMBOL, "*", QF_CTL_POSITION, "10000000");
    kit_limit(k, QF_SCOPE_ACCOUNT, "*", QF_CTL_POSITION, "10000000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "9000000000");
    kit_limit(k, QF_SCOPE_SECTOR, "*", QF_CTL_GROSS_EXPOSURE, "9000000000");
    kit_limit(k, QF_SCOPE_STRATEGY, "*", QF_CTL_GROSS_EXPOSURE, "9000000000");
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t measure(struct kit *k, const char *what, round_fn fn, int rounds)
{
    int64_t *times = calloc((size_t)rounds, sizeof(*times));
    if (times == NULL)
        exit(1);
    for (int64_t until = qf_now_mono() + WARM_NS; qf_now_mono() < until;)
        fn(k, BATCH);
    for (int i = 0; i < rounds; i++) {
        int64_t begin = qf_now_mono();
        fn(k, BATCH);
        times[i] = (qf_now_mono() - begin) / BATCH;
    }
    qsort(times, (size_t)rounds, sizeof(*times), by_time);
    int64_t median = times[rounds / 2];
    printf("%-44s %6lld ns   %lld-%lld\n", what, (long long)median, (long long)times[0], (long long)times[rounds - 1]);
    free(times);
    return median;
}

static const char *const symbols[] = { "AAPL", "NVDA", "JPM", "ES" };

static void decide(struct kit *k, int calls)
{
    struct intent in[4];
    struct gate_answer a;
    for (size_t s = 0; s < 4; s++)
        kit_intent(k, &k->bo, "alpha", s % 2 ? QF_SIDE_SELL : QF_SIDE_BUY, "2", symbols[s], s < 2 ? "100" : NULL,
                   &in[s]);
    for (int i = 0; i < calls; i++) {
        struct intent *one = &in[i % 4];
        if (one->has_price)
            one->price = k->d->marks[tab_slot(&k->d->instruments, one->instrument)].bid;
        gate_ask(k->d, one, false, &a);
        if (!a.pass) {
            printf("refused: %s\n", qf_enum_text(&qf_enum_control_code, (int32_t)a.lines[0].control));
            exit(1);
        }
    }
}

static void whole_answer(struct kit *k, int calls)
{
    struct intent in;
    struct gate_answer a;
    kit_intent(k, &k->bo, "alpha", QF_SIDE_BUY, "2", "AAPL", "100", &in);
    for (int i = 0; i < calls; i++)
        gate_ask(k->d, &in, true, &a);
}

static void largest(struct kit *k, int calls)
{
    struct intent in;
    qf_qty q;
    kit_intent(k, &k->bo, "alpha", QF_SIDE_BUY, "2", "AAPL", "100", &in);
    for (int i = 0; i < calls; i++)
        if (!gate_largest(k->d, &in, NULL, &q))
            exit(1);
}

/* Buying and selling in turn, so that the position stays small, each time another quantity, or it would be a duplicate.
 * The batch is sealed as the lane would. */
static void place_and_fill(struct kit *k, int calls)
{
    for (int i = 0; i < calls; i++) {
        struct intent in;
        struct qf_order o;
        int64_t pair = k->d->seq.order / 2;
        kit_intent(k, &k->bo, "alpha", k->d->seq.order % 2 ? QF_SIDE_SELL : QF_SIDE_BUY, "1", symbols[pair % 3], NULL,
                   &in);
        in.quantity = (1 + pair / 3 % 4000) * QF_ONE;
        if (!order_place(k->d, k->b, &in, "ref", &o, &k->refusal)) {
            printf("refused: %s\n", k->refusal.message);
            exit(1);
        }
        struct report r = { .kind = REPORT_FILL,
                           .order_id = o.id,
                           .quantity = o.quantity,
                           .price = o.arrival,
                           .fee = 100,
                           .venue = "paper",
                           .at = k->market };
        qf_str_fmt(r.exec_id, sizeof(r.exec_id), "%lld", (long long)o.id);
        if (!order_report(k->d, k->b, &k->sys, &r, NULL, &k->refusal))
            exit(1);
        if (i % 500 == 499)
            kit_commit(k);
        kit_wait(k, 20);
    }
}

static void tick(struct kit *k, int calls)
{
    struct tick t = {
        .has_bid = true, .has_ask = true, .bid = 100 * QF_ONE, .ask = 100 * QF_ONE + 2000000, .at = k->market};
    uint32_t slot = tab_slot(&k->d->instruments, desk_instrument(k->d, "AAPL"));
    for (int i = 0; i < calls; i++) {
        t.bid = 100 * QF_ONE + i % 2 * 1000000;
        t.at = ++k->market;
        desk_mark(k->d, slot, &t, k->wall, QF_HOUR);
    }
}

static void hold_something(struct kit *k)
{
    static const char *const accounts[] = { "desk", "alpha", "beta", "gamma" };
    for (size_t a = 0; a < QF_LEN(accounts); a++)
        for (size_t s = 0; s < QF_LEN(symbols); s++)
            if (kit_book(k, accounts[a], a % 2 ? QF_SIDE_BUY : QF_SIDE_SELL, "10", symbols[s], "100", "0.01") != QF_OK)
                exit(1);
    kit_commit(k);
}

/* A busy desk: what an undo and a reload cost, for the loop stands still meanwhile. */
static void fill_desk(struct kit *k, int orders, int lots)
{
    for (int i = 0; i < orders; i++) {
        kit_wait(k, QF_MS);
        if (kit_place(k, &k->bo, "desk", QF_SIDE_SELL, "1", symbols[i % 4], "6000") == 0)
            exit(1);
        if (i % 500 == 499)
            kit_commit(k);
    }
    for (int i = 0; i < lots; i++) {
        if (kit_book(k, "gamma", QF_SIDE_BUY, "1", symbols[i % 4], "100", "0") != QF_OK)
            exit(1);
        if (i % 1000 == 999)
            kit_commit(k);
    }
}

static void measure_rebuild(struct kit *k, const char *what)
{
    int64_t begin = qf_now_mono();
    desk_rebuild(k->d);
    printf("%-44s %6lld us\n", what, (long long)((qf_now_mono() - begin) / 1000));
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 200;
    struct kit *k = kit_new();
    rounds = rounds < 1 ? 1 : rounds;
    kit_prices(k);
    usual_limits(k);
    hold_something(k);
    int64_t decision = measure(k, "gate: a decision that passes, 12 limit rows", decide, rounds);
    measure(k, "gate: the whole answer with every line", whole_answer, rounds);
    measure(k, "gate: the largest quantity that passes", largest, rounds / 10 + 1);
    measure(k, "order: place, fill, seal of the batch", place_and_fill, rounds);
    measure(k, "price: a tick, 4 positions in it", tick, rounds);
    measure_rebuild(k, "desk: rebuilt, 4,096 ended orders");
    kit_price(k, "ES", "6000", "6000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_PRICE_BAND, "1000000");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_DUPLICATE, "1000000");
    fill_desk(k, 10000, 100000);
    measure_rebuild(k, "desk: rebuilt, 10,000 orders, 100,000 lots");
    printf("aim for a decision: at most %d ns: %s\n", AIM_NS, decision <= AIM_NS ? "met" : "missed");
    kit_free(k);
    return 0;
}
