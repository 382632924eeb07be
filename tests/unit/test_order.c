/* Orders from the request to their end: defaults, placing, cancelling, and whatever a venue may say at any time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define BUY QF_SIDE_BUY
#define SELL QF_SIDE_SELL
#define assert_num(got, text) assert_true((got) == num(text))

static struct kit *k;

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
    kit_check_sums(k);
    kit_free(k);
    return 0;
}

static int64_t place(enum qf_side side, const char *quantity, const char *price)
{
    int64_t id = kit_place(k, &k->bo, "desk", side, quantity, "AAPL", price);
    assert_true(id > 0);
    return id;
}

static int state_of(int64_t id)
{
    return kit_order(k, id).state;
}

/* Closes the other account of bo's, so that one is left. */
static void own_only(const char *name)
{
    struct qf_account a = desk_account(k->d, strcmp(name, "alpha") == 0 ? "desk" : "alpha")->row;
    a.closed = true;
    assert_int_equal(desk_put_account(k->d, k->b, &a), QF_OK);
}

/* An order that could mean several accounts must say which; guessing one by its name has surprised people. */
static void with_several_accounts_an_order_names_one(void **state)
{
    (void)state;
    struct qf_order_check req = { .side = BUY, .quantity = num64("5"), .symbol = "AAPL" };
    struct actor dee = k->bo;
    struct intent in;
    struct qf_refusal r;
    assert_false(order_intent(k->d, &k->bo, &req, &in, &r));
    assert_int_equal(r.reason, QF_R_INVALID_PARAMS);
    assert_string_equal(r.field, "account");
    assert_string_equal(r.message, "which account? alpha, desk");
    assert_false(order_intent(k->d, &k->ana, &req, &in, &r)); /* risk: all are open to it */
    assert_string_equal(r.message, "which account? alpha, beta, desk, gamma");
    kit_account(k, "zeta", "cy", NULL);
    assert_false(order_intent(k->d, &k->ana, &req, &in, &r));
    assert_string_equal(r.message, "which account? alpha, beta, desk, gamma, ...");
    dee.user = "nobody"; /* a trader without an account has nothing to choose: the gate says so */
    assert_true(order_intent(k->d, &dee, &req, &in, &r));
    assert_null(in.account);
    own_only("desk");
    assert_true(order_intent(k->d, &k->bo, &req, &in, &r));
    assert_string_equal(in.account->row.name, "desk");
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    struct qf_order_check req = { .side = BUY, .quantity = num64("5"), .symbol = "AAPL" };
    struct intent in;
    struct qf_refusal r;
    own_only("alpha");
    assert_true(order_intent(k->d, &k->bo, &req, &in, &r));
    assert_int_equal(in.type, QF_TYPE_MARKET);
    assert_int_equal(in.tif, QF_TIF_DAY);
    assert_string_equal(in.account->row.name, "alpha");
    assert_string_equal(in.account_name, "alpha");
    req.price = num64("99");
    QF_SET(&req, order_check, price);
    assert_true(order_intent(k->d, &k->bo, &req, &in, &r));
    assert_int_equal(in.type, QF_TYPE_LIMIT);
    req.type = QF_TYPE_MARKET;
    QF_SET(&req, order_check, type);
    assert_false(order_intent(k->d, &k->bo, &req, &in, &r));
    assert_int_equal(r.reason, QF_R_INVALID_PARAMS);
    assert_string_equal(r.field, "price");
    req.type = QF_TYPE_LIMIT;
    QF_DROP(&req, order_check, price);
    assert_false(order_intent(k->d, &k->bo, &req, &in, &r));
}

/* The default account is the only open one. */
static void the_own_account_follows_what_is_open(void **state)
{
    (void)state;
    assert_null(desk_own_account(k->d, "bo"));
    own_only("desk");
    assert_string_equal(desk_own_account(k->d, "bo")->row.name, "desk");
    kit_account(k, "book", "bo", NULL);
    assert_null(desk_own_account(k->d, "bo"));
    assert_null(desk_own_account(k->d, "ana"));
    assert_null(desk_own_account(k->d, "nobody"));
}

static void an_accepted_order_is_pending_and_goes_out(void **state)
{
    (void)state;
    const struct effect *e;
    uint32_t before = batch_effects(k->b, &e);
    int64_t id = place(BUY, "100", "99.5");
    struct qf_order o = kit_order(k, id);
    assert_int_equal(o.state, QF_ORDER_PENDING);
    assert_string_equal(o.ref, "ref");
    assert_string_equal(o.by, "bo");
    assert_string_equal(o.venue, "paper");
    assert_num(o.arrival, "100.01");
    assert_int_equal(o.at, k->market);
    assert_int_equal(batch_effects(k->b, &e), before + 1);
    assert_int_equal(e[before].kind, EFFECT_SEND);
    assert_int_equal(e[before].order_id, id);
    const struct group *g = desk_group(k->d, QF_SCOPE_ACCOUNT, "desk");
    assert_num(g->reserved, "9950.995");
    assert_int_equal(g->open_orders, 1);
    assert_num(g->gross, "10001");
    assert_num(g->value_gross, "0");
}

static void a_refused_order_changes_nothing(void **state)
{
    (void)state;
    struct snapshot *s = kit_snapshot(k);
    uint64_t version = k->d->version;
    const struct effect *e;
    assert_int_equal(kit_place(k, &k->bo, "desk", BUY, "1.5", "AAPL", NULL), 0);
    assert_int_equal(k->refusal.reason, QF_R_REFUSED);
    assert_int_equal(k->refusal.control, QF_CTL_LOT);
    kit_check_same(k, s);
    assert_int_equal(batch_effects(k->b, &e), 0);
    assert_int_equal(k->d->version, version);
}

/* --- cancelling */

static void cancel_asks_the_venue(void **state)
{
    (void)state;
    const struct effect *e;
    int64_t id = place(BUY, "100", "99");
    struct qf_order o;
    assert_true(order_cancel(k->d, k->b, &k->bo, id, &o, &k->refusal));
    assert_int_equal(o.state, QF_ORDER_PENDING); /* until the venue says so */
    assert_string_equal(o.cancel_by, "bo");
    uint32_t n = batch_effects(k->b, &e);
    assert_int_equal(e[n - 1].kind, EFFECT_CANCEL);
    assert_true(order_cancel(k->d, k->b, &k->ana, id, NULL, &k->refusal)); /* again, and risk may */
    assert_int_equal(batch_effects(k->b, &e), n + 1);
    assert_false(order_cancel(k->d, k->b, &k->cy, id, NULL, &k->refusal));
    assert_int_equal(k->refusal.reason, QF_R_NOT_OWNER);
    assert_false(order_cancel(k->d, k->b, &k->bo, 999, NULL, &k->refusal));
    assert_int_equal(k->refusal.reason, QF_R_NOT_FOUND);
    assert_true(kit_report(k, id, REPORT_CANCELLED));
    assert_false(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal));
    assert_int_equal(k->refusal.reason, QF_R_BAD_STATE);
}

static void a_cancelled_order_holds_nothing(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "99");
    assert_true(kit_fill(k, id, "40", "99", "0"));
    assert_int_equal(state_of(id), QF_ORDER_PARTIAL);
    const struct group *g = desk_group(k->d, QF_SCOPE_ACCOUNT, "desk");
    assert_num(g->reserved, "5940.594");
    assert_true(kit_report(k, id, REPORT_CANCELLED));
    assert_int_equal(state_of(id), QF_ORDER_CANCELLED);
    assert_true(g->reserved == 0 && g->open_orders == 0);
    assert_num(kit_order(k, id).filled, "40");
    assert_int_equal(k->d->open_count, 0);
}

static void a_cancel_request_that_was_undone_is_made_again(void **state)
{
    (void)state;
    const struct effect *e;
    int64_t a = place(BUY, "100", "99"), b = place(BUY, "100", "98");
    kit_commit(k);
    assert_true(order_cancel(k->d, k->b, &k->bo, a, NULL, &k->refusal));
    batch_undo(k->b);
    desk_rebuild(k->d);
    batch_reset(k->b, ++k->no);
    assert_false(QF_HAS(&desk_order(k->d, a)->row, order, cancel_by));
    assert_false(venue_may_send(k->d, a)); /* the request itself outlives the undo */
    assert_true(venue_may_send(k->d, b));
    assert_int_equal(order_cancels_due(k->d, k->b), 1);
    assert_int_equal(batch_effects(k->b, &e), 1);
    assert_int_equal(e[0].kind, EFFECT_CANCEL);
    assert_int_equal(e[0].order_id, a);
}

/* --- reports */

static void an_order_is_acknowledged_and_filled(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "100.02");
    order_sent(k->d, k->b, id, k->wall + 1);
    assert_int_equal(state_of(id), QF_ORDER_SENT);
    assert_true(kit_report(k, id, REPORT_ACK));
    assert_int_equal(state_of(id), QF_ORDER_WORKING);
    order_sent(k->d, k->b, id, k->wall + 2); /* too late to say so */
    assert_int_equal(state_of(id), QF_ORDER_WORKING);
    assert_true(kit_fill(k, id, "30", "100.01", "0.3"));
    assert_int_equal(state_of(id), QF_ORDER_PARTIAL);
    assert_true(kit_fill(k, id, "70", "100.02", "0.7"));
    struct qf_order o = kit_order(k, id);
    assert_int_equal(o.state, QF_ORDER_FILLED);
    assert_int_equal(o.fills, 2);
    assert_num(o.fees, "1");
    assert_true(o.value == (qf_cost)num("10001.7") * QF_ONE);
    assert_int_equal(k->refusal.message[0], '\0');
    assert_num(kit_position(k, "desk", "AAPL").quantity, "100");
    assert_true(desk_group(k->d, QF_SCOPE_FIRM, "")->reserved == 0);
}

static void the_same_execution_twice_is_booked_once(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "100.02");
    assert_true(kit_fill(k, id, "30", "100.01", "0"));
    k->fills--;
    assert_false(kit_fill(k, id, "30", "100.01", "0"));
    assert_int_equal(k->refusal.reason, QF_R_ALREADY);
    assert_num(kit_order(k, id).filled, "30");
    assert_num(kit_position(k, "desk", "AAPL").quantity, "30");
}

static void more_than_was_ordered_is_booked_and_said(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "100.02");
    assert_true(kit_fill(k, id, "130", "100.01", "0"));
    assert_int_equal(state_of(id), QF_ORDER_FILLED);
    assert_non_null(strstr(k->refusal.message, "over-fill"));
    assert_num(kit_position(k, "desk", "AAPL").quantity, "130");
    assert_true(kit_fill(k, id, "1", "100.01", "0")); /* and once more when it was filled already */
    assert_non_null(strstr(k->refusal.message, "over-fill"));
    assert_num(kit_order(k, id).filled, "131");
    const struct core_position *p = desk_position(k->d, "desk", "AAPL");
    assert_true(p->open_buy == 0 && p->reserved == 0);
}

static void a_fill_may_come_after_the_end(void **state)
{
    (void)state;
    static const enum report_kind ends[] = { REPORT_CANCELLED, REPORT_EXPIRED, REPORT_REJECTED };
    for (size_t i = 0; i < QF_LEN(ends); i++) {
        int64_t id = place(BUY, "100", "99");
        assert_true(kit_report(k, id, ends[i]));
        int32_t end = state_of(id);
        assert_true(kit_fill(k, id, "60", "99", "0"));
        assert_non_null(strstr(k->refusal.message, "ended"));
        assert_int_equal(state_of(id), end);
        assert_true(kit_fill(k, id, "40", "99", "0")); /* whole after all */
        assert_int_equal(state_of(id), QF_ORDER_FILLED);
    }
    assert_num(kit_position(k, "desk", "AAPL").quantity, "300");
}

static void a_fill_races_a_cancel(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "100.02");
    assert_true(kit_report(k, id, REPORT_ACK));
    assert_true(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal));
    assert_true(kit_fill(k, id, "100", "100.02", "0"));
    assert_int_equal(state_of(id), QF_ORDER_FILLED);
    assert_false(kit_report(k, id, REPORT_CANCELLED)); /* it was filled before */
    assert_int_equal(k->refusal.reason, QF_R_BAD_STATE);
    assert_false(kit_report(k, id, REPORT_CANCEL_REJECTED));
    assert_int_equal(k->refusal.reason, QF_R_ALREADY);
    assert_int_equal(state_of(id), QF_ORDER_FILLED);
}

static void a_refused_cancel_leaves_the_order_working(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "99");
    uint32_t slot = tab_slot(&k->d->orders, desk_order(k->d, id));
    assert_true(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal));
    assert_true(kit_report(k, id, REPORT_CANCEL_REJECTED));
    assert_int_equal(state_of(id), QF_ORDER_PENDING);
    assert_false(venue_may_send(k->d, id)); /* it has not been there: it must not go out now */
    assert_true(kit_report(k, id, REPORT_ACK));
    assert_true(order_cancel(k->d, k->b, &k->bo, id, NULL, &k->refusal));
    assert_true(kit_report(k, id, REPORT_CANCEL_REJECTED));
    assert_int_equal(state_of(id), QF_ORDER_WORKING);
    assert_int_equal(k->d->cancel_asked[slot], 0);
}

static void an_unknown_order_counts_until_somebody_knows(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "99");
    struct core_order *o = desk_order(k->d, id);
    tab_edit(&k->d->orders, k->b, o);
    o->row.state = QF_ORDER_UNKNOWN;
    kit_check_sums(k);
    assert_true(desk_group(k->d, QF_SCOPE_FIRM, "")->reserved > 0);
    assert_true(kit_fill(k, id, "10", "99", "0"));
    assert_int_equal(state_of(id), QF_ORDER_PARTIAL);
    tab_edit(&k->d->orders, k->b, o);
    o->row.state = QF_ORDER_UNKNOWN;
    assert_true(kit_report(k, id, REPORT_ACK));
    assert_int_equal(state_of(id), QF_ORDER_PARTIAL); /* something is filled */
    assert_true(kit_report(k, id, REPORT_REJECTED));
    assert_int_equal(state_of(id), QF_ORDER_CANCELLED); /* what has filled was not refused */
}

/* Every report in every state: the answer, and where the order stands then. */
static void every_report_in_every_state(void **state)
{
    (void)state;
    enum { B = -1, A = -2 }; /* BAD_STATE, ALREADY */
    static const int after[QF_order_state_COUNT][6] = {
        {QF_ORDER_WORKING, QF_ORDER_PARTIAL, QF_ORDER_CANCELLED, QF_ORDER_PENDING, QF_ORDER_REJECTED, QF_ORDER_EXPIRED},
        {QF_ORDER_WORKING, QF_ORDER_PARTIAL, QF_ORDER_CANCELLED, QF_ORDER_SENT, QF_ORDER_REJECTED, QF_ORDER_EXPIRED},
        {A, QF_ORDER_PARTIAL, QF_ORDER_CANCELLED, QF_ORDER_WORKING, QF_ORDER_REJECTED, QF_ORDER_EXPIRED},
        {A, QF_ORDER_PARTIAL, QF_ORDER_CANCELLED, QF_ORDER_PARTIAL, QF_ORDER_CANCELLED, QF_ORDER_EXPIRED},
        {A, QF_ORDER_FILLED, B, A, B, B},
        {B, QF_ORDER_CANCELLED, A, A, B, B},
        {B, QF_ORDER_EXPIRED, B, A, B, A},
        {B, QF_ORDER_REJECTED, B, A, A, B},
        {QF_ORDER_WORKING, QF_ORDER_PARTIAL, QF_ORDER_CANCELLED, QF_ORDER_UNKNOWN, QF_ORDER_REJECTED, QF_ORDER_EXPIRED},
    };
    for (int from = 0; from < QF_order_state_COUNT; from++)
        for (int kind = 0; kind < 6; kind++) {
            int64_t id = place(SELL, "100", "101");
            struct core_order *o = desk_order(k->d, id);
            o->row.state = from;
            o->row.filled = from == QF_ORDER_FILLED ? o->row.quantity : 0;
            desk_rebuild(k->d);
            bool ok =
                kind == REPORT_FILL ? kit_fill(k, id, "1", "101", "0") : kit_report(k, id, (enum report_kind)kind);
            int want = after[from][kind];
            if (ok != (want >= 0) || (ok && state_of(id) != want))
                fail_msg("report %d in state %d: %s, state %d", kind, from, ok ? "taken" : "refused", state_of(id));
            if (!ok)
                assert_int_equal(k->refusal.reason, want == B ? QF_R_BAD_STATE : QF_R_ALREADY);
            if (k->no % 2 == 0)
                kit_check_sums(k);
            kit_commit(k);
            kit_wait(k, QF_SEC);
        }
}

static void a_report_about_no_order_is_not_found(void **state)
{
    (void)state;
    assert_false(kit_report(k, 4711, REPORT_ACK));
    assert_int_equal(k->refusal.reason, QF_R_NOT_FOUND);
    assert_false(kit_fill(k, 4711, "1", "1", "0"));
    assert_int_equal(k->refusal.reason, QF_R_NOT_FOUND);
}

/* --- the door to the venue */

static void nothing_leaves_after_a_stop(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "99"), own = kit_place(k, &k->bo, "alpha", BUY, "10", "AAPL", "99");
    assert_true(venue_may_send(k->d, id));
    assert_false(venue_may_send(k->d, 4711));
    assert_true(state_raise(k->d, NULL, "mom", QF_STATE_CANCEL_ONLY, true, "t", "ana", k->wall, NULL));
    assert_true(venue_may_send(k->d, id));
    assert_false(venue_may_send(k->d, own));
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_HALTED, true, "t", "ana", k->wall, NULL));
    assert_false(venue_may_send(k->d, id));
    batch_undo(k->b); /* neither a failed batch nor its undo brings the desk back to trading */
    desk_rebuild(k->d);
    assert_int_equal(state_effective(k->d, NULL), QF_STATE_HALTED);
}

static void only_what_closes_leaves_in_close_only(void **state)
{
    (void)state;
    kit_book(k, "desk", BUY, "100", "AAPL", "100", "0");
    int64_t closing = place(SELL, "60", "101"), opening = place(BUY, "10", "99");
    assert_true(state_raise(k->d, NULL, NULL, QF_STATE_CLOSE_ONLY, true, "t", "ana", k->wall, NULL));
    assert_true(venue_may_send(k->d, closing));
    assert_false(venue_may_send(k->d, opening));
    assert_true(kit_fill(k, closing, "60", "101", "0"));
    assert_false(venue_may_send(k->d, closing));
}

static void an_order_that_works_or_ended_is_not_sent(void **state)
{
    (void)state;
    int64_t id = place(BUY, "100", "99");
    order_sent(k->d, k->b, id, k->wall);
    assert_true(venue_may_send(k->d, id)); /* it may be offered again under the same id */
    assert_true(kit_report(k, id, REPORT_ACK));
    assert_false(venue_may_send(k->d, id));
    assert_true(kit_report(k, id, REPORT_EXPIRED));
    assert_false(venue_may_send(k->d, id));
}

/* --- memory */

static void the_newest_ended_orders_stay(void **state)
{
    (void)state;
    int64_t first = 0, last = 0;
    for (int i = 0; i < QF_KEEP_CLOSED_ORDERS + 10; i++) {
        last = place(BUY, "1", "99");
        first = first == 0 ? last : first;
        assert_true(kit_report(k, last, REPORT_CANCELLED));
        if (i % 500 == 0)
            kit_commit(k);
    }
    assert_int_equal(k->d->ended_count, QF_KEEP_CLOSED_ORDERS);
    assert_int_equal(k->d->orders.count, QF_KEEP_CLOSED_ORDERS);
    assert_null(desk_order(k->d, first + 9));
    assert_non_null(desk_order(k->d, first + 10));
    assert_non_null(desk_order(k->d, last));
}

int main(void)
{
#define ORDER_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        ORDER_TEST(with_several_accounts_an_order_names_one),
        ORDER_TEST(defaults_are_filled_in),
        ORDER_TEST(the_own_account_follows_what_is_open),
        ORDER_TEST(an_accepted_order_is_pending_and_goes_out),
        ORDER_TEST(a_refused_order_changes_nothing),
        ORDER_TEST(cancel_asks_the_venue),
        ORDER_TEST(a_cancelled_order_holds_nothing),
        ORDER_TEST(a_cancel_request_that_was_undone_is_made_again),
        ORDER_TEST(an_order_is_acknowledged_and_filled),
        ORDER_TEST(the_same_execution_twice_is_booked_once),
        ORDER_TEST(more_than_was_ordered_is_booked_and_said),
        ORDER_TEST(a_fill_may_come_after_the_end),
        ORDER_TEST(a_fill_races_a_cancel),
        ORDER_TEST(a_refused_cancel_leaves_the_order_working),
        ORDER_TEST(an_unknown_order_counts_until_somebody_knows),
        ORDER_TEST(every_report_in_every_state),
        ORDER_TEST(a_report_about_no_order_is_not_found),
        ORDER_TEST(nothing_leaves_after_a_stop),
        ORDER_TEST(only_what_closes_leaves_in_close_only),
        ORDER_TEST(an_order_that_works_or_ended_is_not_sent),
        ORDER_TEST(the_newest_ended_orders_stay),
    };
    return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
