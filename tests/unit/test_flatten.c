/* Flattening: what a plan says, when it is another one, and that orders never exceed what is held, whatever fills meanwhile. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "daemon/core/flatten.h"
#include "tests/unit/desk_help.h"

#define BUY QF_SIDE_BUY
#define SELL QF_SIDE_SELL

static struct kit *k;
static struct qf_flatten_row rows[64];
static char plan[FLATTEN_PLAN_TEXT];
static const struct flatten_what everything;

static int setup(void **state)
{
    (void)state;
    k = kit_new();
    kit_prices(k);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_free(k);
    return 0;
}

static uint32_t make(const struct flatten_what *what)
{
    return flatten_plan(k->d, &k->ana, what, rows, QF_LEN(rows), plan);
}

static enum flatten_step next(const char *account, const char *symbol, struct intent *in)
{
    return flatten_next(k->d, &k->ana, account, symbol, in, &k->refusal);
}

static void a_plan_shows_each_position(void **state)
{
    (void)state;
    kit_book(k, "gamma", SELL, "30", "NVDA", "110", "0");
    kit_book(k, "desk", BUY, "60", "AAPL", "90", "0");
    kit_book(k, "alpha", BUY, "10", "SAP", "170", "0");
    kit_book(k, "alpha", BUY, "5", "AAPL", "90", "0");
    kit_book(k, "beta", BUY, "5", "AAPL", "90", "0");
    kit_book(k, "beta", SELL, "5", "AAPL", "90", "0"); /* flat */
    assert_true(kit_place(k, &k->bo, "desk", SELL, "20", "AAPL", "101") > 0);
    assert_true(kit_place(k, &k->bo, "desk", BUY, "20", "AAPL", "99") > 0);
    assert_true(kit_place(k, &k->bo, "desk", BUY, "20", "NVDA", "99") > 0); /* no position: not its business */
    assert_int_equal(make(&everything), 4);
    static const char *const names[] = { "alpha AAPL", "alpha SAP", "desk AAPL", "gamma NVDA" };
    for (int i = 0; i < 4; i++) {
        char name[48];
        qf_str_fmt(name, sizeof(name), "%s %s", rows[i].account, rows[i].symbol);
        assert_string_equal(name, names[i]);
        assert_false(QF_HAS(&rows[i], flatten_row, reason));
    }
    const struct qf_flatten_row *a = &rows[2], *n = &rows[3], *s = &rows[1];
    assert_int_equal(a->side, SELL);
    assert_true(a->quantity == num("60") && a->price == num("100") && a->value == num("6000") && a->realizes == num("600"));
    assert_true(a->fee == num("0.6"));
    assert_int_equal(a->cancels, 2);
    assert_int_equal(n->side, BUY);
    assert_true(n->quantity == num("30") && n->price == num("120.02") && n->value == num("3600.6") && n->realizes == num("-300.6"));
    assert_true(s->value == num("1980") && s->realizes == num("100")); /* 1,800 EUR at 1.10; profit in its own currency */
    assert_int_equal(make(&(struct flatten_what){ .strategy = "mom" }), 2);
    assert_int_equal(make(&(struct flatten_what){ .account = "desk" }), 1);
    assert_int_equal(make(&(struct flatten_what){ .symbol = "AAPL" }), 2);
    assert_int_equal(make(&(struct flatten_what){ .symbol = "JPM" }), 0);
    assert_int_equal(flatten_plan(k->d, &k->ana, &everything, rows, 3, plan), 4); /* too many for the room */
}

/* Another plan as soon as something else would be done; prices alone make none. */
static void a_plan_is_another_one_when_something_moved(void **state)
{
    (void)state;
    char first[FLATTEN_PLAN_TEXT];
    kit_book(k, "desk", BUY, "60", "AAPL", "90", "0");
    kit_book(k, "alpha", BUY, "60", "NVDA", "90", "0");
    make(&everything);
    qf_str_copy(first, sizeof(first), plan);
    assert_int_equal(strlen(first), 16);
    kit_price(k, "AAPL", "90", "90.02");
    make(&everything);
    assert_string_equal(plan, first);
    int64_t id = kit_place(k, &k->bo, "desk", SELL, "20", "AAPL", "101");
    make(&everything);
    assert_string_not_equal(plan, first);
    assert_true(kit_report(k, id, REPORT_CANCELLED));
    make(&everything);
    assert_string_equal(plan, first);
    kit_book(k, "desk", SELL, "1", "AAPL", "90", "0");
    make(&everything);
    assert_string_not_equal(plan, first);
    kit_book(k, "desk", BUY, "1", "AAPL", "90", "0");
    make(&everything);
    assert_string_equal(plan, first);
    make(&(struct flatten_what){ .account = "desk" });
    assert_string_not_equal(plan, first);
}

static void a_plan_says_what_cannot_be_closed(void **state)
{
    (void)state;
    kit_instrument(k, "NEW", "Tech", "USD", "0.01", "1", 1, false);
    kit_book(k, "desk", BUY, "60", "NEW", "90", "0");
    kit_book(k, "desk", BUY, "60", "AAPL", "90", "0");
    kit_book(k, "alpha", BUY, "60", "AAPL", "90", "0");
    assert_true(state_raise(k->d, k->b, "mom", QF_STATE_CANCEL_ONLY, true, "", "ana", k->wall, NULL));
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, true, "", "ana", k->wall, NULL));
    assert_int_equal(make(&everything), 3);
    assert_string_equal(rows[0].reason, "HALTED");
    assert_false(QF_HAS(&rows[1], flatten_row, reason)); /* closing is what CLOSE_ONLY lets through */
    assert_string_equal(rows[2].reason, "MD_STALE");
    assert_false(QF_HAS(&rows[2], flatten_row, value));
    /* a resting order in the way is cancelled first: no reason */
    assert_true(state_lower(k->d, k->b, NULL, QF_STATE_ACTIVE, "", "cy", k->wall, NULL, &k->refusal));
    assert_true(kit_place(k, &k->bo, "desk", SELL, "60", "AAPL", "101") > 0);
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, true, "", "ana", k->wall, NULL));
    make(&everything);
    assert_false(QF_HAS(&rows[1], flatten_row, reason));
}

static void the_next_order_waits_for_what_is_open(void **state)
{
    (void)state;
    struct intent in;
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_DONE);
    kit_book(k, "desk", BUY, "60", "AAPL", "90", "0");
    int64_t id = kit_place(k, &k->bo, "desk", SELL, "20", "AAPL", "101");
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_WAIT);
    assert_true(order_cancel(k->d, k->b, &k->ana, id, NULL, &k->refusal));
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_WAIT); /* asked for is not done */
    assert_true(kit_fill(k, id, "15", "101", "0"));           /* the venue was quicker */
    assert_true(kit_report(k, id, REPORT_CANCELLED));
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_ORDER);
    assert_true(in.quantity == num("45") && in.side == SELL && in.type == QF_TYPE_MARKET && in.tif == QF_TIF_IOC);
    int64_t close = order_place(k->d, k->b, &in, "f", NULL, &k->refusal) ? k->d->seq.order : 0;
    assert_true(close > 0);
    assert_string_equal(kit_order(k, close).by, "ana");
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_WAIT); /* never two at once */
    assert_true(kit_fill(k, close, "45", "100", "0"));
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_DONE);
}

static void one_order_that_is_too_large_goes_in_parts(void **state)
{
    (void)state;
    struct intent in;
    kit_book(k, "desk", BUY, "60", "AAPL", "90", "0");
    kit_limit(k, QF_SCOPE_FIRM, "", QF_CTL_MAX_QTY, "25");
    make(&everything);
    assert_false(QF_HAS(&rows[0], flatten_row, reason));
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_ORDER);
    assert_true(in.quantity == num("25"));
    kit_limit(k, QF_SCOPE_TRADER, "ana", QF_CTL_MSG_RATE, "0");
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_LATER);
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_HALTED, true, "", "ana", k->wall, NULL));
    assert_int_equal(next("desk", "AAPL", &in), FLATTEN_REFUSED);
    assert_int_equal(k->refusal.control, QF_CTL_HALTED);
}

/* Resting orders on both sides, cancels that are late, fills in any order and any part: closing goes on until nothing is held, and no
 * order of it ever takes the position through zero. */
static void nothing_ever_closes_more_than_is_held(void **state)
{
    (void)state;
    uint64_t seed = 7;
    int64_t sent = 0, raced = 0;
    for (int round = 0; round < 2000; round++) {
        char quantity[24];
        struct intent in;
        int64_t resting[4];
        bool cancelled = false;
        qf_str_fmt(quantity, sizeof(quantity), "%d", 1 + (int)chance_below(&seed, 100));
        kit_book(k, "desk", chance_below(&seed, 2) ? BUY : SELL, quantity, "AAPL", "100", "0");
        for (int i = 0; i < 4; i++) {
            qf_str_fmt(quantity, sizeof(quantity), "%d", 1 + (int)chance_below(&seed, 120));
            resting[i] = kit_place(k, &k->bo, "desk", i % 2 ? BUY : SELL, quantity, "AAPL", i % 2 ? "99" : "101");
            kit_wait(k, 2 * QF_SEC);
        }
        for (int steps = 0; steps < 400; steps++) {
            enum flatten_step step = next("desk", "AAPL", &in);
            qf_qty held = kit_position(k, "desk", "AAPL").quantity;
            if (step == FLATTEN_DONE)
                break;
            assert_true(step == FLATTEN_WAIT || step == FLATTEN_ORDER);
            if (step == FLATTEN_ORDER) {
                assert_true(in.quantity == (held < 0 ? -held : held) && (in.side == BUY) == (held < 0));
                assert_true(order_place(k->d, k->b, &in, "f", NULL, &k->refusal));
                int64_t id = k->d->seq.order;
                sent++;
                if (chance_below(&seed, 2)) { /* part of it, the rest is cancelled: IOC */
                    struct report r = { .kind = REPORT_FILL, .order_id = id, .price = num64("100"), .at = k->market, .venue = "paper" };
                    r.quantity = (qf_qty)(1 + chance_below(&seed, (uint64_t)(in.quantity / QF_ONE))) * QF_ONE;
                    qf_str_fmt(r.exec_id, sizeof(r.exec_id), "x%lld", (long long)++k->fills);
                    assert_true(order_report(k->d, k->b, &k->sys, &r, NULL, &k->refusal));
                } else {
                    assert_true(kit_fill(k, id, "1", "100", "0"));
                }
                qf_qty now = kit_position(k, "desk", "AAPL").quantity;
                assert_true(held > 0 ? now >= 0 : now <= 0);
                if (order_is_open(kit_order(k, id).state))
                    assert_true(kit_report(k, id, REPORT_CANCELLED));
                kit_wait(k, 2 * QF_SEC);
                continue;
            }
            if (!cancelled)
                for (int i = 0; i < 4; i++)
                    if (resting[i] > 0 && order_is_open(kit_order(k, resting[i]).state))
                        assert_true(order_cancel(k->d, k->b, &k->ana, resting[i], NULL, &k->refusal));
            cancelled = true;
            int64_t id = resting[chance_below(&seed, 4)];
            if (id == 0 || !order_is_open(kit_order(k, id).state))
                continue;
            raced++;
            if (chance_below(&seed, 2))
                assert_true(kit_report(k, id, REPORT_CANCELLED));
            else
                assert_true(kit_fill(k, id, "1", "100", "0"));
        }
        assert_true(kit_position(k, "desk", "AAPL").quantity == 0);
        kit_price(k, "AAPL", "100", "100.02");
        if (round % 50 == 0)
            kit_commit(k);
    }
    assert_true(sent > 2000 && raced > 2000);
    kit_check_sums(k);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_plan_shows_each_position),
        T(a_plan_is_another_one_when_something_moved),
        T(a_plan_says_what_cannot_be_closed),
        T(the_next_order_waits_for_what_is_open),
        T(one_order_that_is_too_large_goes_in_parts),
        T(nothing_ever_closes_more_than_is_held),
    };
    return cmocka_run_group_tests_name("flatten", tests, NULL, NULL);
}
