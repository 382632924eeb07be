/* Long random lives of a desk: what is counted step by step equals what is counted anew, and undo leaves no trace. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

static const char *const symbols[] = { "AAPL", "NVDA", "JPM", "ES", "SAP", "BTC", "OIL" };
static const char *const accounts[] = { "desk", "alpha", "beta", "gamma" };
static const char *const prices[] = { "100", "120", "210", "5000", "180", "60000", "70" };

struct life {
    struct kit *k;
    uint64_t seed;
    bool settings; /* owners, sectors, limits and rates change too */
};

static uint64_t below(struct life *l, uint64_t n)
{
    return chance_below(&l->seed, n);
}

static int64_t some_order(struct life *l)
{
    int64_t newest = l->k->d->seq.order;
    return newest == 0 ? 1 : newest - (int64_t)below(l, newest < 60 ? (uint64_t)newest : 60);
}

/* Near its usual price, on the tick. */
static qf_price some_price(struct life *l, size_t symbol)
{
    qf_price tick = desk_instrument(l->k->d, symbols[symbol])->row.tick;
    qf_price p = num64(prices[symbol]) / 100 * (qf_price)(95 + below(l, 11));
    return p / tick * tick;
}

static qf_qty some_quantity(struct life *l, size_t symbol)
{
    return strcmp(symbols[symbol], "BTC") == 0 ? (qf_qty)(1 + below(l, 300000000))
                                               : (qf_qty)(1 + below(l, 30)) * QF_ONE;
}

static void do_place(struct life *l)
{
    size_t s = below(l, QF_LEN(symbols));
    struct intent in;
    kit_intent(l->k, &l->k->sys, accounts[below(l, QF_LEN(accounts))], below(l, 2) ? QF_SIDE_BUY : QF_SIDE_SELL, "1",
               symbols[s], NULL, &in);
    in.quantity = some_quantity(l, s);
    if (below(l, 3) > 0) {
        in.type = QF_TYPE_LIMIT;
        in.has_price = true;
        in.price = some_price(l, s);
    }
    order_place(l->k->d, l->k->b, &in, "r", NULL, &l->k->refusal);
}

static void do_report(struct life *l)
{
    static const enum report_kind kinds[] = {REPORT_ACK, REPORT_CANCELLED, REPORT_CANCEL_REJECTED, REPORT_REJECTED,
                                             REPORT_EXPIRED};
    kit_report(l->k, some_order(l), kinds[below(l, QF_LEN(kinds))]);
}

/* Part of it, all of it, sometimes too much, sometimes twice. */
static void do_fill(struct life *l)
{
    const struct core_order *o = desk_order(l->k->d, some_order(l));
    struct report r = {
        .kind = REPORT_FILL, .at = l->k->market, .fee = (qf_money)below(l, 1000000000), .venue = "paper"};
    if (o == NULL)
        return;
    r.order_id = o->row.id;
    r.quantity = below(l, 3) ? o->row.quantity / 2 + 1 : o->row.quantity + (qf_qty)below(l, 2);
    r.price = o->row.price != 0 ? o->row.price : 100 * QF_ONE + (qf_price)below(l, 100000000);
    qf_str_fmt(r.exec_id, sizeof(r.exec_id), "x%lld", (long long)(l->k->fills += below(l, 10) != 0));
    order_report(l->k->d, l->k->b, &l->k->sys, &r, NULL, &l->k->refusal);
}

static void do_book(struct life *l)
{
    size_t s = below(l, QF_LEN(symbols));
    char id[24];
    qf_str_fmt(id, sizeof(id), "b%lld", (long long)++l->k->fills);
    struct fill f = { .account = desk_account(l->k->d, accounts[below(l, QF_LEN(accounts))]),
                     .instrument = desk_instrument(l->k->d, symbols[s]),
                     .side = below(l, 2) ? QF_SIDE_BUY : QF_SIDE_SELL,
                     .quantity = some_quantity(l, s),
                     .price = some_price(l, s),
                     .fee = (qf_money)below(l, 100),
                     .venue = "broker",
                     .exec_id = id,
                     .at = l->k->market - (below(l, 20) == 0 ? QF_DAY : 0) };
    assert_int_equal(fill_book(l->k->d, l->k->b, &l->k->sys, &f, NULL), QF_OK);
}

static void do_tick(struct life *l)
{
    size_t s = below(l, QF_LEN(symbols));
    qf_price p = some_price(l, s);
    struct tick t = { .has_bid = true,
                     .has_ask = true,
                     .has_last = below(l, 2),
                     .bid = p,
                     .ask = p + QF_ONE / 4,
                     .last = p,
                     .at = l->k->market };
    desk_mark(l->k->d, tab_slot(&l->k->d->instruments, desk_instrument(l->k->d, symbols[s])), &t, l->k->wall,
              QF_HOUR * 48);
}

static void do_cancel(struct life *l)
{
    order_cancel(l->k->d, l->k->b, &l->k->sys, some_order(l), NULL, &l->k->refusal);
    order_sent(l->k->d, l->k->b, some_order(l), l->k->wall);
}

static void do_cash(struct life *l)
{
    enum qf_err err = desk_cash_move(
        l->k->d, l->k->b, &l->k->sys, accounts[below(l, QF_LEN(accounts))], below(l, 4) ? "USD" : "EUR",
        below(l, 2) ? QF_LEDGER_DEPOSIT : QF_LEDGER_WITHDRAWAL, (qf_money)below(l, 100000000000), "", NULL);
    assert_true(err == QF_OK || err == QF_EDENIED || err == QF_ERANGE);
}

static void do_setting(struct life *l)
{
    struct desk *d = l->k->d;
    struct qf_account a = desk_account(d, accounts[below(l, QF_LEN(accounts))])->row;
    struct qf_instrument i = desk_instrument(d, symbols[below(l, QF_LEN(symbols))])->row;
    static const char *const sectors[] = { "Tech", "Bank", "Toys", "" }, *const owners[] = { "bo", "cy", "ana" };
    static const char *const rates[] = { "1.1", "1.3", "0.97" };
    switch (below(l, 6)) {
    case 0:
        qf_str_copy(a.owner, sizeof(a.owner), owners[below(l, 3)]);
        assert_int_equal(desk_put_account(d, l->k->b, &a), QF_OK);
        break;
    case 1:
        qf_str_copy(i.sector, sizeof(i.sector), sectors[below(l, 4)]);
        assert_int_equal(desk_put_instrument(d, l->k->b, &i), QF_OK);
        break;
    case 2: kit_rate(l->k, "EUR", rates[below(l, 3)], NULL); break;
    case 3:
        kit_limit(l->k, QF_SCOPE_SYMBOL, below(l, 2) ? "*" : "AAPL", QF_CTL_POSITION, below(l, 2) ? "500" : "100");
        break;
    case 4: kit_limit(l->k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, below(l, 2) ? "2000000" : "90000"); break;
    default: kit_account(l->k, "new", "cy", "fresh"); break;
    }
}

typedef void (*step_fn)(struct life *l);
static void live(struct life *l, int steps)
{
    static const step_fn usual[] = { do_place, do_place, do_place, do_report, do_fill, do_fill,
                                     do_fill,  do_book,  do_tick,  do_tick,   do_cancel, do_cash };
    for (int i = 0; i < steps; i++) {
        usual[below(l, QF_LEN(usual))](l);
        if (l->settings && below(l, 40) == 0)
            do_setting(l);
        kit_wait(l->k, below(l, 500) == 0 ? QF_DAY : (int64_t)below(l, 1000));
    }
}

static struct life new_life(uint64_t seed, bool settings)
{
    struct life l = { .k = kit_new(), .seed = seed, .settings = settings };
    kit_prices(l.k);
    return l;
}

static void sums_step_by_step_equal_sums_anew(void **state)
{
    (void)state;
    struct life l = new_life(11, false);
    for (int round = 0; round < 300; round++) {
        live(&l, 100);
        kit_check_sums(l.k);
        kit_commit(l.k);
    }
    kit_free(l.k);
}

static void the_same_while_settings_change(void **state)
{
    (void)state;
    struct life l = new_life(12, true);
    for (int round = 0; round < 200; round++) {
        live(&l, 100);
        kit_check_sums(l.k);
        kit_commit(l.k);
    }
    kit_free(l.k);
}

static void undo_leaves_no_trace(void **state)
{
    (void)state;
    struct life l = new_life(13, true);
    for (int round = 0; round < 120; round++) {
        live(&l, 60);
        kit_commit(l.k);
        struct snapshot *s = kit_snapshot(l.k);
        live(&l, 100);
        batch_undo(l.k->b);
        desk_rebuild(l.k->d);
        kit_check_same(l.k, s);
        kit_check_sums(l.k);
        batch_reset(l.k->b, ++l.k->no);
    }
    kit_free(l.k);
}

/* The batch that failed, sealed and on its way, and the one filled behind it: both are taken back,
 * the newer one first. */
static void two_batches_are_undone(void **state)
{
    (void)state;
    struct life l = new_life(14, true);
    struct batch *spare = batch_init(qf_map_lazy(batch_size()));
    for (int round = 0; round < 60; round++) {
        live(&l, 60);
        kit_commit(l.k);
        struct snapshot *s = kit_snapshot(l.k);
        live(&l, 80);
        batch_seal(l.k->b);
        struct batch *sent = l.k->b;
        l.k->b = spare;
        batch_reset(l.k->b, ++l.k->no);
        live(&l, 80);
        batch_undo(l.k->b);
        batch_undo(sent);
        desk_rebuild(l.k->d);
        kit_check_same(l.k, s);
        spare = sent;
        batch_reset(l.k->b, ++l.k->no);
    }
    qf_unmap(spare, batch_size());
    kit_free(l.k);
}

/* What the batches say, laid over each other, is what memory holds: the database would be loaded into the same desk. */
struct stored {
    struct qf_order orders[40000];
    struct qf_position positions[64];
    uint32_t position_n;
};

static void store(struct stored *s, const struct batch *b)
{
    const void *rows;
    uint32_t n = batch_rows(b, QF_TABLE_orders, &rows);
    for (uint32_t i = 0; i < n; i++)
        s->orders[((const struct qf_order *)rows)[i].id] = ((const struct qf_order *)rows)[i];
    n = batch_rows(b, QF_TABLE_positions, &rows);
    for (uint32_t i = 0; i < n; i++) {
        const struct qf_position *p = (const struct qf_position *)rows + i;
        uint32_t at = 0;
        while (at < s->position_n && !qf_rec_same_key(&qf_rec_position, &s->positions[at], p))
            at++;
        s->position_n += at == s->position_n;
        s->positions[at] = *p;
    }
}

static void batches_hold_every_change(void **state)
{
    (void)state;
    struct life l = new_life(15, false);
    struct stored *s = calloc(1, sizeof(*s));
    for (int round = 0; round < 200; round++) {
        live(&l, 50);
        batch_seal(l.k->b);
        store(s, l.k->b);
        batch_reset(l.k->b, ++l.k->no);
    }
    uint32_t i = 0;
    for (const struct core_order *o; (o = tab_next(&l.k->d->orders, &i)) != NULL;)
        assert_memory_equal(&o->row, &s->orders[o->row.id], sizeof(o->row));
    for (uint32_t at = 0; at < s->position_n; at++) {
        const struct core_position *p = desk_position(l.k->d, s->positions[at].account, s->positions[at].symbol);
        assert_memory_equal(&p->row, &s->positions[at], sizeof(p->row));
    }
    assert_int_equal(s->position_n, l.k->d->positions.count);
    free(s);
    kit_free(l.k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_step_by_step_equal_sums_anew),
        cmocka_unit_test(the_same_while_settings_change),
        cmocka_unit_test(undo_leaves_no_trace),
        cmocka_unit_test(two_batches_are_undone),
        cmocka_unit_test(batches_hold_every_change),
    };
    return cmocka_run_group_tests_name("undo", tests, NULL, NULL);
}
