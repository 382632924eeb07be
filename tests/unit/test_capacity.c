/* What happens at the edges of the memory: execution ids beyond what is kept, a table of lots that is full, tables at
 * 90 %. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define KEPT (QF_MAX_EXEC_IDS / 2)

static void load_ids(struct kit *k, int64_t from, int64_t to)
{
    struct qf_execution e = { .venue = "v" };
    for (e.id = from; e.id < to; e.id++) {
        qf_str_fmt(e.exec_id, sizeof(e.exec_id), "%lld", (long long)e.id);
        assert_int_equal(desk_load(k->d, QF_TABLE_executions, &e), QF_OK);
    }
}

static bool known(const struct kit *k, int64_t id)
{
    char text[24];
    qf_str_fmt(text, sizeof(text), "%lld", (long long)id);
    return fill_known(k->d, "v", text);
}

/* At least the newest two million ids are known for certain, however many came; that older ones are not is said. */
static void old_execution_ids_are_forgotten_by_the_million(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    int64_t last = 3LL * KEPT + KEPT / 2;
    load_ids(k, 1, KEPT + 1);
    assert_false(fill_forgotten(k->d));
    assert_true(known(k, 1));
    load_ids(k, KEPT + 1, last);
    assert_true(fill_forgotten(k->d));
    for (int64_t id = last - KEPT; id < last; id += 997)
        assert_true(known(k, id));
    assert_false(known(k, 1));
    assert_false(known(k, last));
    kit_free(k);
}

/* Filling the last ids of a generation and the first of the next in one batch, and taking it back. */
static void undo_reaches_over_the_turn(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    char id[24];
    load_ids(k, 1, KEPT - 4);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 10; i++) {
            qf_str_fmt(id, sizeof(id), "new%d", i);
            struct fill f = { .account = desk_account(k->d, "desk"),
                             .instrument = desk_instrument(k->d, "AAPL"),
                             .side = QF_SIDE_BUY,
                             .quantity = QF_ONE,
                             .price = QF_ONE,
                             .venue = "v",
                             .exec_id = id,
                             .at = k->market };
            assert_int_equal(fill_book(k->d, k->b, &k->sys, &f, NULL), QF_OK);
            assert_true(fill_known(k->d, "v", id));
        }
        assert_true(known(k, 1) && known(k, KEPT - 5));
        batch_undo(k->b);
        desk_rebuild(k->d);
        batch_reset(k->b, ++k->no);
        for (int i = 0; i < 10; i++) {
            qf_str_fmt(id, sizeof(id), "new%d", i);
            assert_false(fill_known(k->d, "v", id));
        }
        assert_true(known(k, 1) && known(k, KEPT - 5));
    }
    kit_free(k);
}

static void ids_that_were_never_loaded_are_missed(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    load_ids(k, 5, 6);
    assert_true(fill_forgotten(k->d));
    kit_free(k);
}

/* --- lots */

static void load_lots(struct kit *k, const char *account, const char *symbol, int64_t from, uint32_t n)
{
    struct qf_lot l = { .quantity = QF_ONE, .remaining = QF_ONE, .price = 100 * QF_ONE, .opened = k->market };
    struct qf_position p = { .quantity = (qf_qty)n * QF_ONE };
    qf_rec_fill(&qf_rec_lot, &l);
    qf_rec_fill(&qf_rec_position, &p);
    qf_str_copy(l.account, sizeof(l.account), account);
    qf_str_copy(l.symbol, sizeof(l.symbol), symbol);
    qf_str_copy(p.account, sizeof(p.account), account);
    qf_str_copy(p.symbol, sizeof(p.symbol), symbol);
    qf_str_copy(p.currency, sizeof(p.currency), "USD");
    for (uint32_t i = 0; i < n; i++) {
        l.id = l.execution = from + i;
        l.price = 100 * QF_ONE + i % 7; /* so that two of them have no exact middle */
        p.cost += qf_cost_of(l.price, QF_ONE, 1);
        assert_int_equal(desk_load(k->d, QF_TABLE_lots, &l), QF_OK);
    }
    p.fifo_cost = p.cost;
    assert_int_equal(desk_load(k->d, QF_TABLE_positions, &p), QF_OK);
}

static qf_cost cost_of_lots(const struct kit *k, const char *account, const char *symbol)
{
    const struct core_position *p = desk_position(k->d, account, symbol);
    qf_cost sum = 0;
    for (uint32_t i = p->first_lot; i != TAB_NONE;) {
        const struct core_lot *l = tab_at(&k->d->lots, i);
        sum += qf_cost_of(l->row.price, l->row.remaining, 1);
        i = l->next;
    }
    return sum;
}

/* A full table refuses new risk, and books every execution all the same: old lots are put together. */
static void a_full_table_of_lots_takes_executions(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_prices(k);
    load_lots(k, "beta", "AAPL", 1, QF_MAX_LOTS - QF_MAX_LOTS / 10);
    desk_rebuild(k->d);
    assert_int_equal(kit_ask(k, &k->bo, "desk", QF_SIDE_BUY, "1", "JPM", NULL), QF_CTL_CAPACITY);
    assert_string_equal(k->refusal.scope, "lots");
    assert_int_equal(kit_ask(k, &k->cy, "beta", QF_SIDE_SELL, "1", "AAPL", NULL), -1); /* closing goes on */
    load_lots(k, "gamma", "NVDA", QF_MAX_LOTS, QF_MAX_LOTS - k->d->lots.count);
    desk_rebuild(k->d);
    assert_int_equal(k->d->lots.count, QF_MAX_LOTS);
    kit_commit(k);
    struct snapshot *s = kit_snapshot(k);
    assert_int_equal(kit_book(k, "desk", QF_SIDE_BUY, "3", "JPM", "210", "1"), QF_OK);    /* a position without lots */
    assert_int_equal(kit_book(k, "gamma", QF_SIDE_BUY, "3", "NVDA", "121.5", "1"), QF_OK); /* one with many */
    assert_int_equal(kit_book(k, "gamma", QF_SIDE_BUY, "0.5", "NVDA", "33.33333333", "1"), QF_OK);
    assert_int_equal(kit_book(k, "gamma", QF_SIDE_BUY, "7", "NVDA", "33.33333333", "1"), QF_OK);
    assert_int_equal(k->d->lots.count, QF_MAX_LOTS);
    static const char *const where[][2] = { { "desk", "JPM" }, { "gamma", "NVDA" }, { "beta", "AAPL" } };
    for (size_t i = 0; i < QF_LEN(where); i++)
        assert_true(cost_of_lots(k, where[i][0], where[i][1]) ==
                    desk_position(k->d, where[i][0], where[i][1])->row.fifo_cost);
    const struct qf_position *gamma = &desk_position(k->d, "gamma", "NVDA")->row;
    assert_true(gamma->realized - qf_cost_money(gamma->cost) == gamma->fifo_realized - qf_cost_money(gamma->fifo_cost));
    kit_check_sums(k);
    batch_undo(k->b);
    desk_rebuild(k->d);
    kit_check_same(k, s);
    batch_reset(k->b, ++k->no);
    kit_free(k);
}

/* One fill may close every lot there is; it is one batch. */
static void one_fill_closes_every_lot(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    const void *rows;
    char all[24];
    load_lots(k, "desk", "AAPL", 1, QF_MAX_LOTS);
    desk_rebuild(k->d);
    qf_str_fmt(all, sizeof(all), "%d", QF_MAX_LOTS);
    assert_int_equal(kit_book(k, "desk", QF_SIDE_SELL, all, "AAPL", "101", "0"), QF_OK);
    assert_int_equal(k->d->lots.count, 0);
    assert_true(kit_position(k, "desk", "AAPL").fifo_cost == 0);
    assert_true(batch_full(k->b));
    batch_seal(k->b);
    assert_int_equal(batch_rows(k->b, QF_TABLE_lots, &rows), QF_MAX_LOTS);
    batch_undo(k->b);
    desk_rebuild(k->d);
    assert_int_equal(k->d->lots.count, QF_MAX_LOTS);
    kit_check_sums(k);
    kit_free(k);
}

/* Lots whose numbers do not follow their places: the oldest still closes first. */
static void lots_are_found_by_age_whatever_their_place(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    for (int i = 0; i < 300; i++)
        assert_int_equal(kit_book(k, "desk", i % 5 == 4 ? QF_SIDE_SELL : QF_SIDE_BUY, i % 5 == 4 ? "2" : "1",
                                  i % 2 ? "AAPL" : "JPM", "10", "0"),
                         QF_OK);
    kit_commit(k);
    desk_rebuild(k->d);
    const struct core_position *p = desk_position(k->d, "desk", "AAPL");
    int64_t before = 0;
    for (uint32_t i = p->first_lot; i != TAB_NONE;) {
        const struct core_lot *l = tab_at(&k->d->lots, i);
        assert_true(l->row.id > before);
        before = l->row.id;
        i = l->next;
    }
    assert_int_equal(before, ((const struct core_lot *)tab_at(&k->d->lots, p->last_lot))->row.id);
    kit_free(k);
}

/* --- orders */

static void open_orders_stop_at_nine_tenths(void **state)
{
    (void)state;
    struct kit *k = kit_new();
    kit_prices(k);
    int64_t placed = 0, id = 0;
    assert_int_equal(kit_book(k, "desk", QF_SIDE_BUY, "100000", "AAPL", "1", "0"), QF_OK);
    while ((id = kit_place(k, &k->bo, "desk", QF_SIDE_BUY, "1", "NVDA", "1")) != 0)
        if (++placed % 10000 == 0)
            kit_commit(k);
    assert_int_equal(k->refusal.control, QF_CTL_CAPACITY);
    assert_string_equal(k->refusal.scope, "orders");
    assert_int_equal(placed, QF_MAX_ORDERS - QF_MAX_ORDERS / 10);
    kit_commit(k);
    while ((id = kit_place(k, &k->bo, "desk", QF_SIDE_SELL, "1", "AAPL", "200")) != 0)
        placed++; /* closing may take the rest */
    assert_int_equal(placed, QF_MAX_ORDERS);
    assert_int_equal(k->refusal.control, QF_CTL_CAPACITY);
    kit_check_sums(k);
    kit_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_execution_ids_are_forgotten_by_the_million),
        cmocka_unit_test(undo_reaches_over_the_turn),
        cmocka_unit_test(ids_that_were_never_loaded_are_missed),
        cmocka_unit_test(a_full_table_of_lots_takes_executions),
        cmocka_unit_test(one_fill_closes_every_lot),
        cmocka_unit_test(lots_are_found_by_age_whatever_their_place),
        cmocka_unit_test(open_orders_stop_at_nine_tenths),
    };
    return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
