/* The table of degradations, row by row: the cause is brought about, the state or the refusal is seen, the cause goes, it lifts itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "daemon/core/degrade.h"
#include "tests/unit/desk_help.h"

#define PASS (-1)

static struct kit *k;

static int setup(void **state)
{
    (void)state;
    k = kit_new();
    kit_prices(k);
    kit_book(k, "desk", QF_SIDE_BUY, "10", "AAPL", "100", "0");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_free(k);
    return 0;
}

/* An order that opens, an order that closes, in the symbol; the reason word of the control that refuses, "" when it passes. */
static const char *word(int control)
{
    return control == PASS ? "" : qf_enum_text(&qf_enum_control_code, control);
}

static const char *opening(const char *symbol)
{
    return word(kit_ask(k, &k->bo, "desk", QF_SIDE_BUY, "1", symbol, NULL));
}

static const char *closing(const char *symbol)
{
    return word(kit_ask(k, &k->bo, "desk", QF_SIDE_SELL, "10", symbol, NULL));
}

static struct qf_degradation row(enum qf_cause cause)
{
    struct qf_degradation r;
    degrade_show(k->d, cause, &r);
    return r;
}

static struct qf_trading_state firm(void)
{
    struct qf_trading_state s;
    state_or_active(k->d, NULL, 0, &s);
    return s;
}

/* --- how each cause comes and goes */

static void of_firm(enum qf_cause cause, bool on)
{
    assert_true(degrade_set(k->d, cause, on, k->wall));
    assert_false(degrade_set(k->d, cause, on, k->wall)); /* said twice is said once */
}

static void of_feed(enum qf_cause cause, bool on)
{
    (void)cause;
    if (on) {
        kit_wait(k, QF_HOUR + 1);
        for (size_t i = 0; i < 6; i++) {
            static const char *const others[] = { "NVDA", "JPM", "ES", "SAP", "BTC", "OIL" };
            kit_price(k, others[i], "100", "100");
        }
    } else {
        kit_price(k, "AAPL", "100", "100.02");
    }
}

static void of_price(enum qf_cause cause, bool on)
{
    (void)cause;
    if (on) {
        kit_instrument(k, "NEW", "Tech", "USD", "0.01", "1", 1, false);
        kit_book(k, "desk", QF_SIDE_BUY, "10", "NEW", "100", "0");
    } else {
        kit_price(k, "NEW", "100", "100");
    }
}

static void of_rate(enum qf_cause cause, bool on)
{
    (void)cause;
    if (on) {
        kit_instrument(k, "TOYO", "Auto", "JPY", "1", "1", 1, false);
        kit_price(k, "TOYO", "3000", "3001");
        kit_book(k, "desk", QF_SIDE_BUY, "10", "TOYO", "3000", "0");
    } else {
        kit_rate(k, "JPY", "0.0066", NULL);
    }
}

/* Open trips are the smallest thing to fill up: only their count is looked at. */
static void of_room(enum qf_cause cause, bool on)
{
    static uint32_t was;
    (void)cause;
    if (on) {
        was = k->d->trades.count;
        k->d->trades.count = k->d->trades.cap - k->d->trades.cap / 10;
    } else {
        k->d->trades.count = was;
    }
}

static const struct walk {
    void (*turn)(enum qf_cause cause, bool on);
    const char *symbol;  /* that it is about; another one is not touched unless all are */
    bool all;
    const char *opens, *closes; /* reason words meanwhile */
} walks[] = {
    [QF_CAUSE_DATABASE_LOST] = { of_firm, "AAPL", true, "HALTED", "HALTED" },
    [QF_CAUSE_DATABASE_DOUBT] = { of_firm, "AAPL", true, "HALTED", "HALTED" },
    [QF_CAUSE_DATABASE_SLOW] = { of_firm, "AAPL", true, "HALTED", "HALTED" },
    [QF_CAUSE_FEED_LOST] = { of_feed, "AAPL", false, "MD_STALE", "" },
    [QF_CAUSE_NO_PRICE] = { of_price, "NEW", false, "MD_STALE", "MD_STALE" },
    [QF_CAUSE_NO_RATE] = { of_rate, "TOYO", false, "NO_RATE", "NO_RATE" },
    [QF_CAUSE_TABLE_FULL] = { of_room, "AAPL", true, "CAPACITY", "" },
    [QF_CAUSE_JOURNAL_FAILED] = { of_firm, "AAPL", true, "HALTED", "" },
};
_Static_assert(QF_LEN(walks) == QF_cause_COUNT, "each cause is walked");

static void check_during(enum qf_cause cause, const struct walk *w)
{
    const struct degrade_row *r = &degrade_rows[cause];
    struct qf_degradation is = row(cause);
    assert_true(is.active && is.count >= 1);
    if (r->count != NULL)
        assert_non_null(strstr(is.detail, cause == QF_CAUSE_NO_RATE ? "JPY" : cause == QF_CAUSE_TABLE_FULL ? "trades" : w->symbol));
    assert_string_equal(opening(w->symbol), w->opens);
    assert_string_equal(closing(w->symbol), w->closes);
    assert_int_equal(degrade_allows(cause, false), w->opens[0] == '\0'); /* the row says what was seen */
    assert_int_equal(degrade_allows(cause, true), w->closes[0] == '\0');
    assert_string_equal(opening("NVDA"), w->all ? w->opens : "");
    if (r->reason == NULL)
        return;
    assert_int_equal(firm().state, r->state);
    assert_false(firm().latched);
    assert_string_equal(firm().reason, r->reason);
    assert_string_equal(firm().by, r->by);
}

static void every_row_comes_and_lifts_itself(void **state)
{
    (void)state;
    for (int c = 0; c < QF_cause_COUNT; c++) {
        const struct walk *w = &walks[c];
        assert_non_null(w->turn);
        assert_int_equal(degrade_rows[c].cause, c);
        assert_false(row((enum qf_cause)c).active);
        w->turn((enum qf_cause)c, true);
        check_during((enum qf_cause)c, w);
        assert_true(strcmp(row((enum qf_cause)c).control, w->opens) == 0 || degrade_rows[c].reason != NULL);
        w->turn((enum qf_cause)c, false);
        assert_false(row((enum qf_cause)c).active);
        assert_int_equal(row((enum qf_cause)c).count, 0);
        assert_string_equal(opening(w->symbol), "");
        assert_string_equal(closing(w->symbol), "");
        assert_int_equal(firm().state, QF_STATE_ACTIVE);
        teardown(NULL);
        setup(NULL);
    }
}

/* Several at once: the most severe rules, and each goes by itself. */
static void the_most_severe_rules(void **state)
{
    (void)state;
    assert_true(degrade_set(k->d, QF_CAUSE_JOURNAL_FAILED, true, k->wall));
    assert_true(degrade_set(k->d, QF_CAUSE_DATABASE_SLOW, true, k->wall));
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY);
    assert_false(degrade_set(k->d, QF_CAUSE_DATABASE_LOST, true, k->wall)); /* the same state by the same: nothing is new */
    assert_false(degrade_set(k->d, QF_CAUSE_DATABASE_SLOW, false, k->wall));
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY);
    assert_true(degrade_set(k->d, QF_CAUSE_DATABASE_LOST, false, k->wall));
    assert_int_equal(firm().state, QF_STATE_CLOSE_ONLY);
    assert_string_equal(firm().by, "journal");
    assert_true(degrade_set(k->d, QF_CAUSE_JOURNAL_FAILED, false, k->wall));
    assert_int_equal(firm().state, QF_STATE_ACTIVE);
}

/* What people set lies under it and is neither hidden when it is more severe nor lifted. */
static void it_never_lifts_what_people_set(void **state)
{
    (void)state;
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_CLOSE_ONLY, true, "audit", "ana", k->wall, NULL));
    assert_true(degrade_set(k->d, QF_CAUSE_DATABASE_LOST, true, k->wall));
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY);
    assert_true(state_raise(k->d, k->b, NULL, QF_STATE_HALTED, true, "stop", "ana", k->wall, NULL));
    assert_int_equal(firm().state, QF_STATE_HALTED);
    assert_string_equal(firm().by, "ana");
    degrade_set(k->d, QF_CAUSE_DATABASE_LOST, false, k->wall);
    assert_int_equal(firm().state, QF_STATE_HALTED);
}

/* A new desk is read because the database was lost: the causes go over to it. */
static void a_new_desk_takes_the_causes_over(void **state)
{
    (void)state;
    degrade_set(k->d, QF_CAUSE_DATABASE_LOST, true, k->wall);
    struct kit *next = kit_new(), *first = k;
    desk_inherit(next->d, k->d);
    k = next;
    assert_true(row(QF_CAUSE_DATABASE_LOST).active);
    assert_int_equal(firm().state, QF_STATE_CANCEL_ONLY);
    assert_true(degrade_set(k->d, QF_CAUSE_DATABASE_LOST, false, k->wall));
    assert_int_equal(firm().state, QF_STATE_ACTIVE);
    kit_free(next);
    k = first;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_row_comes_and_lifts_itself),
        T(the_most_severe_rules),
        T(it_never_lifts_what_people_set),
        T(a_new_desk_takes_the_causes_over),
    };
    return cmocka_run_group_tests_name("degrade", tests, NULL, NULL);
}
