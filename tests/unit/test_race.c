/* A hundred thousand orders race for the last unit of every limit; fills, cancels and rejects give room back in
 * between. Whatever the order of things, nothing is ever above its limit. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "common/str.h"
#include "tests/unit/desk_help.h"

#define STEPS 100000
#define LIMITS 16

struct race {
    struct kit *k;
    uint64_t seed;
    int64_t accepted, refused[QF_control_code_COUNT];
    int64_t exec, undone;
    qf_money used[LIMITS], committed[LIMITS];
};

static const char *const symbols[] = { "AAPL", "NVDA", "JPM", "SAP" };
static const char *const accounts[] = { "desk", "alpha", "beta", "gamma" };

static struct race new_race(uint64_t seed)
{
    struct race r = { .k = kit_new(), .seed = seed };
    kit_price(r.k, "AAPL", "100", "100"); /* no spread: a market order fills at the middle it is held at */
    kit_price(r.k, "NVDA", "120", "120");
    kit_price(r.k, "JPM", "200", "200");
    kit_price(r.k, "SAP", "150", "150");
    for (size_t i = 0; i < QF_LEN(accounts); i++)
        kit_cash(r.k, accounts[i], "EUR", "100000");
    return r;
}

static void set_limits(struct race *r)
{
    kit_limit(r->k, QF_SCOPE_SYMBOL, "AAPL", QF_CTL_POSITION, "900");
    kit_limit(r->k, QF_SCOPE_FIRM, "", QF_CTL_POSITION, "1500");
    kit_limit(r->k, QF_SCOPE_ACCOUNT, "*", QF_CTL_POSITION, "700");
    kit_limit(r->k, QF_SCOPE_TRADER, "bo", QF_CTL_POSITION, "1100");
    kit_limit(r->k, QF_SCOPE_STRATEGY, "mom", QF_CTL_POSITION, "1000");
    kit_limit(r->k, QF_SCOPE_SECTOR, "Tech", QF_CTL_GROSS_EXPOSURE, "300000");
    kit_limit(r->k, QF_SCOPE_FIRM, "", QF_CTL_GROSS_EXPOSURE, "450000");
    kit_limit(r->k, QF_SCOPE_ACCOUNT, "gamma", QF_CTL_GROSS_EXPOSURE, "50000");
    kit_limit(r->k, QF_SCOPE_FIRM, "", QF_CTL_NET_EXPOSURE, "150000");
    kit_limit(r->k, QF_SCOPE_STRATEGY, "*", QF_CTL_NET_EXPOSURE, "90000");
    kit_limit(r->k, QF_SCOPE_FIRM, "", QF_CTL_MSG_RATE, "6");
    kit_limit(r->k, QF_SCOPE_TRADER, "*", QF_CTL_MSG_RATE, "4");
}

/* Half the orders go for exactly what is left, or one more. */
static void choose(struct race *r, struct intent *in)
{
    qf_qty largest;
    const struct actor *who = chance_below(&r->seed, 2) ? &r->k->bo : &r->k->cy;
    const char *account =
        who == &r->k->bo ? accounts[chance_below(&r->seed, 2)] : accounts[2 + chance_below(&r->seed, 2)];
    size_t s = chance_below(&r->seed, QF_LEN(symbols));
    static const char *const at[] = { "100", "120", "200", "150" };
    kit_intent(r->k, who, account, chance_below(&r->seed, 2) ? QF_SIDE_BUY : QF_SIDE_SELL, "1", symbols[s],
               chance_below(&r->seed, 2) ? at[s] : NULL, in);
    if (chance_below(&r->seed, 2) && gate_largest(r->k->d, in, NULL, &largest))
        in->quantity = largest + (qf_qty)chance_below(&r->seed, 2) * QF_ONE;
    else
        in->quantity = (qf_qty)(1 + chance_below(&r->seed, 400)) * QF_ONE;
}

/* The sum of values with every open order of one side filled, by a walk over all of it. */
static qf_money net_at_worst(const struct kit *k, const char *strategy, enum qf_side side)
{
    uint32_t i = 0;
    qf_money sum = 0, base;
    qf_price mark;
    for (const struct core_position *p; (p = tab_next(&k->d->positions, &i)) != NULL;) {
        const struct core_account *a = desk_account(k->d, p->row.account);
        qf_qty q = p->row.quantity;
        if (strategy != NULL && (!QF_HAS(&a->row, account, strategy) || strcmp(a->row.strategy, strategy) != 0))
            continue;
        for (uint32_t o = k->d->first_open; o != TAB_NONE; o = ((const struct core_order *)tab_at(&k->d->orders, o))->next_open) {
            const struct qf_order *row = &((const struct core_order *)tab_at(&k->d->orders, o))->row;
            if (row->side == (int32_t)side && strcmp(row->account, p->row.account) == 0 && strcmp(row->symbol, p->row.symbol) == 0)
                q += side == QF_SIDE_BUY ? row->quantity - row->filled : row->filled - row->quantity;
        }
        assert_true(desk_mark_price(k->d, p->instrument, &mark));
        assert_true(desk_to_base(k->d, p->row.currency, qf_cost_money(qf_cost_of(mark, q, 1)), &base));
        sum += base;
    }
    return side == QF_SIDE_BUY ? sum : -sum;
}

/* What only closes may pass a sum that is beyond its limit; nothing else ever brings it there. */
static void net_is_kept(const struct race *r, const struct intent *in)
{
    assert_true(net_at_worst(r->k, NULL, in->side) <= num("150000"));
    if (QF_HAS(&in->account->row, account, strategy))
        assert_true(net_at_worst(r->k, "mom", in->side) <= num("90000"));
}

/* Returns whether an order went through that only closes. */
static bool try_order(struct race *r)
{
    struct intent in;
    struct gate_answer a;
    choose(r, &in);
    gate_ask(r->k->d, &in, false, &a);
    if (!order_place(r->k->d, r->k->b, &in, "r", NULL, &r->k->refusal)) {
        r->refused[r->k->refusal.control]++;
        return false;
    }
    r->accepted++;
    if (!a.reduces)
        net_is_kept(r, &in);
    return a.reduces;
}

static int64_t some_open(struct race *r)
{
    uint64_t steps = r->k->d->open_count == 0 ? 0 : chance_below(&r->seed, r->k->d->open_count);
    uint32_t i = r->k->d->first_open;
    for (; i != TAB_NONE && steps > 0; steps--)
        i = ((const struct core_order *)tab_at(&r->k->d->orders, i))->next_open;
    return i == TAB_NONE ? 0 : ((const struct core_order *)tab_at(&r->k->d->orders, i))->row.id;
}

/* At its limit or at the market, for at most the fee that was reckoned with. */
static void fill_some(struct race *r, int64_t id)
{
    struct report rep = { .kind = REPORT_FILL, .order_id = id, .at = r->k->market, .venue = "paper" };
    struct qf_order o = kit_order(r->k, id);
    qf_qty left = (o.quantity - o.filled) / QF_ONE;
    rep.quantity = (qf_qty)(1 + chance_below(&r->seed, (uint64_t)left)) * QF_ONE;
    rep.price = QF_HAS(&o, order, price) ? o.price : o.arrival;
    qf_str_fmt(rep.exec_id, sizeof(rep.exec_id), "%lld", (long long)++r->exec);
    assert_true(order_report(r->k->d, r->k->b, &r->k->sys, &rep, NULL, &r->k->refusal));
}

static void move_some(struct race *r)
{
    int64_t id = some_open(r);
    if (id == 0)
        return;
    switch (chance_below(&r->seed, 5)) {
    case 0: assert_true(kit_report(r->k, id, REPORT_CANCELLED)); break;
    case 1: assert_true(kit_report(r->k, id, kit_order(r->k, id).filled > 0 ? REPORT_EXPIRED : REPORT_REJECTED)); break;
    default: fill_some(r, id); break;
    }
}

/* What is held and asked for, by a walk over all of it: nothing here comes from the sums under test. */
static qf_money cash_less_held(const struct kit *k, const char *account)
{
    qf_money left = kit_cash_row(k, account, "USD").balance, base;
    assert_true(desk_to_base(k->d, "EUR", kit_cash_row(k, account, "EUR").balance, &base));
    left += base;
    for (uint32_t i = k->d->first_open; i != TAB_NONE;) {
        const struct core_order *o = tab_at(&k->d->orders, i);
        i = o->next_open;
        if (o->row.side != QF_SIDE_BUY || strcmp(o->row.account, account) != 0)
            continue;
        qf_price price = QF_HAS(&o->row, order, price) ? o->row.price : o->row.arrival;
        qf_money value = qf_cost_money(qf_cost_of(price, o->row.quantity - o->row.filled, 1));
        assert_true(
            desk_to_base(k->d, strcmp(o->row.symbol, "SAP") == 0 ? "EUR" : "USD", value + value / 10000, &base));
        left -= base;
    }
    return left;
}

/* What is used of each limit, by its slot. */
static void read_used(const struct kit *k, qf_money ret[LIMITS])
{
    for (uint32_t i = 0; i < LIMITS; i++) {
        const struct qf_limit *l = tab_at(&k->d->limits, i);
        struct qf_limit row = { .used = 0 };
        if (l != NULL)
            desk_limit_row(k->d, l, &row);
        ret[i] = row.used;
    }
}

/* No step brings a limit's figure above it, and none raises one that is above already. One kind of step may: an order that only closes in
 * its own account passes although the symbol, or the sum of values, over all accounts gets larger by it (gate.h says why). */
static void nothing_is_above(struct race *r, bool closes)
{
    qf_money now[LIMITS];
    read_used(r->k, now);
    for (uint32_t i = 0; i < LIMITS; i++) {
        const struct qf_limit *l = tab_at(&r->k->d->limits, i);
        if (l == NULL)
            continue;
        bool sums = l->control == QF_CTL_NET_EXPOSURE || (l->control == QF_CTL_POSITION && l->scope != QF_SCOPE_ACCOUNT);
        if (now[i] > l->hard && now[i] > r->used[i] && !(closes && sums))
            fail_msg("%s %s is above its limit", qf_enum_text(&qf_enum_control_code, l->control), l->name);
        r->used[i] = now[i];
    }
    for (uint32_t i = 0; i < r->k->d->group_count; i++) {
        const struct group *g = &r->k->d->groups[i];
        assert_true(g->rate_count <= (g->scope == QF_SCOPE_FIRM ? 6 : 4));
    }
}

/* The batch fails: everything since the last commit is undone, and all that is used is what it was then, to the last unit. */
static void take_back(struct race *r)
{
    batch_undo(r->k->b);
    desk_rebuild(r->k->d);
    batch_reset(r->k->b, ++r->k->no);
    read_used(r->k, r->used);
    assert_memory_equal(r->used, r->committed, sizeof(r->used));
    r->undone++;
}

static void commit(struct race *r)
{
    kit_commit(r->k);
    read_used(r->k, r->committed);
}

static void prices(struct race *r)
{
    kit_price(r->k, "AAPL", "100", "100");
    kit_price(r->k, "NVDA", "120", "120");
    kit_price(r->k, "JPM", "200", "200");
    kit_price(r->k, "SAP", "150", "150");
}

static void race(struct race *r)
{
    commit(r);
    for (int i = 0; i < STEPS; i++) {
        bool closes = try_order(r);
        nothing_is_above(r, closes);
        if (chance_below(&r->seed, 3) == 0)
            move_some(r);
        nothing_is_above(r, false);
        kit_wait(r->k, (int64_t)chance_below(&r->seed, 80000));
        if (i % 50 == 0)
            prices(r);
        if (chance_below(&r->seed, 500) == 0)
            take_back(r);
        if (i % 1000 == 0)
            commit(r);
    }
}

static void nothing_is_ever_above_its_limit(void **state)
{
    (void)state;
    struct race r = new_race(99);
    set_limits(&r);
    race(&r);
    kit_check_sums(r.k);
    print_message("%lld accepted, refused by POSITION %lld, GROSS_EXPOSURE %lld, NET_EXPOSURE %lld, CASH %lld, MSG_RATE %lld\n",
                  (long long)r.accepted, (long long)r.refused[QF_CTL_POSITION],
                  (long long)r.refused[QF_CTL_GROSS_EXPOSURE], (long long)r.refused[QF_CTL_NET_EXPOSURE], (long long)r.refused[QF_CTL_CASH],
                  (long long)r.refused[QF_CTL_MSG_RATE]);
    /* it was a race: many went through, and each of these said no many times */
    assert_true(r.accepted > 5000 && r.undone > 100);
    assert_true(r.refused[QF_CTL_POSITION] > 1000 && r.refused[QF_CTL_GROSS_EXPOSURE] > 1000 &&
                r.refused[QF_CTL_MSG_RATE] > 200 && r.refused[QF_CTL_NET_EXPOSURE] > 500);
    kit_free(r.k);
}

/* With nothing but cash to stop them: what is there less what is held never goes below zero, unless a short was bought
 * back. */
static void cash_is_never_spent_twice(void **state)
{
    (void)state;
    struct race r = new_race(100);
    int64_t checked = 0;
    for (int i = 0; i < STEPS; i++) {
        struct intent in;
        choose(&r, &in);
        const struct core_position *p = desk_position(r.k->d, in.account->row.name, in.symbol);
        if (in.side == QF_SIDE_SELL && (p == NULL || p->row.quantity - p->open_sell < in.quantity))
            continue; /* no shorts: buying them back may cost what is not there */
        r.accepted += order_place(r.k->d, r.k->b, &in, "r", NULL, &r.k->refusal);
        if (chance_below(&r.seed, 2) == 0)
            move_some(&r);
        if (i % 20 == 0)
            for (size_t a = 0; a < QF_LEN(accounts); a++, checked++)
                assert_true(cash_less_held(r.k, accounts[a]) >=
                            -2); /* the value of each fill is rounded, two units at most */
        if (i % 1000 == 0)
            kit_commit(r.k);
    }
    assert_true(r.accepted > 1000 && checked > 10000);
    kit_free(r.k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_ever_above_its_limit),
        cmocka_unit_test(cash_is_never_spent_twice),
    };
    return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
