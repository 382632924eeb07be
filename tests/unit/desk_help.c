#include "tests/unit/desk_help.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"

#define GOOD(call) assert_int_equal((call), QF_OK)

qf_money num(const char *text)
{
    qf_i128 v;
    if (qf_dec_parse(text, strlen(text), QF_SCALE, QF_MONEY_MAX, &v) != QF_OK) {
        fprintf(stderr, "no decimal: %s\n", text);
        abort();
    }
    return v;
}

uint64_t chance(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15ULL; /* SplitMix64 */
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ z >> 27) * 0x94D049BB133111EBULL;
    return z ^ z >> 31;
}

/* --- making */

static void person(struct kit *k, struct actor *a, const char *name, int role)
{
    struct qf_user u = { .role = role, .created = k->wall, .updated = k->wall };
    qf_rec_fill(&qf_rec_user, &u);
    qf_str_copy(u.name, sizeof(u.name), name);
    GOOD(desk_put_user(k->d, k->b, &u));
    *a = (struct actor){ .user = name, .role = role, .session = 1, .wall = k->wall };
}

struct kit *kit_bare(void)
{
    struct desk_conf conf = {
        .name = "test", .base = "USD", .mode = QF_MODE_SIMULATED, .duplicate_window_us = QF_SEC, .fee_bp_e2 = 100};
    struct kit *k = calloc(1, sizeof(*k));
    void *desk = qf_map_lazy(desk_size()), *batch = qf_map_lazy(batch_size());
    assert_non_null(k);
    assert_non_null(desk);
    assert_non_null(batch);
    k->d = desk_init(desk, &conf);
    k->b = batch_init(batch);
    k->wall = k->market = KIT_START;
    batch_reset(k->b, ++k->no);
    person(k, &k->bo, "bo", QF_ROLE_TRADER);
    person(k, &k->cy, "cy", QF_ROLE_TRADER);
    person(k, &k->ana, "ana", QF_ROLE_RISK);
    person(k, &k->sys, "sys", QF_ROLE_ADMIN);
    return k;
}

void kit_free(struct kit *k)
{
    qf_unmap(k->d, desk_size());
    qf_unmap(k->b, batch_size());
    free(k);
}

void kit_commit(struct kit *k)
{
    batch_seal(k->b);
    batch_reset(k->b, ++k->no);
}

void kit_wait(struct kit *k, int64_t us)
{
    k->wall += us;
    k->market += us;
    k->bo.wall = k->cy.wall = k->ana.wall = k->sys.wall = k->wall;
    if (k->d->market_now != 0)
        desk_clock(k->d, k->market);
}

void kit_instrument(struct kit *k, const char *symbol, const char *sector, const char *currency, const char *tick,
                    const char *lot, int64_t multiplier, bool negative)
{
    struct qf_instrument i = { .tick = num64(tick), .lot = num64(lot), .multiplier = multiplier, .negative = negative,
                               .status = QF_INST_OPEN };
    qf_rec_fill(&qf_rec_instrument, &i);
    qf_str_copy(i.symbol, sizeof(i.symbol), symbol);
    qf_str_copy(i.sector, sizeof(i.sector), sector);
    qf_str_copy(i.currency, sizeof(i.currency), currency);
    qf_str_copy(i.venue, sizeof(i.venue), "paper");
    GOOD(desk_put_instrument(k->d, k->b, &i));
}

void kit_account(struct kit *k, const char *name, const char *owner, const char *strategy)
{
    struct qf_account a = { .created = k->wall };
    qf_rec_fill(&qf_rec_account, &a);
    qf_str_copy(a.name, sizeof(a.name), name);
    qf_str_copy(a.owner, sizeof(a.owner), owner);
    qf_str_copy(a.book, sizeof(a.book), "main");
    qf_str_copy(a.currency, sizeof(a.currency), "USD");
    if (strategy != NULL) {
        qf_str_copy(a.strategy, sizeof(a.strategy), strategy);
        QF_SET(&a, account, strategy);
    }
    GOOD(desk_put_account(k->d, k->b, &a));
}

void kit_cash(struct kit *k, const char *account, const char *currency, const char *amount)
{
    GOOD(desk_cash_move(k->d, k->b, &k->sys, account, currency, QF_LEDGER_DEPOSIT, num(amount), "begin", NULL));
}

void kit_rate(struct kit *k, const char *currency, const char *value, const char *symbol)
{
    struct qf_rate r = { .updated = k->wall };
    qf_rec_fill(&qf_rec_rate, &r);
    qf_str_copy(r.currency, sizeof(r.currency), currency);
    if (value != NULL) {
        r.value = num64(value);
        QF_SET(&r, rate, value);
    }
    if (symbol != NULL) {
        qf_str_copy(r.symbol, sizeof(r.symbol), symbol);
        QF_SET(&r, rate, symbol);
    }
    GOOD(desk_put_rate(k->d, k->b, &r));
}

void kit_limit(struct kit *k, enum qf_scope scope, const char *name, enum qf_control_code control, const char *hard)
{
    struct qf_limit l = { .scope = (int32_t)scope, .control = (int32_t)control, .hard = num(hard), .updated = k->wall };
    qf_rec_fill(&qf_rec_limit, &l);
    qf_str_copy(l.name, sizeof(l.name), name);
    GOOD(desk_put_limit(k->d, k->b, &l));
}

void kit_price(struct kit *k, const char *symbol, const char *bid, const char *ask)
{
    const struct core_instrument *i = desk_instrument(k->d, symbol);
    struct tick t = { .has_bid = true,
                     .has_ask = true,
                     .bid = num64(bid),
                     .ask = num64(ask),
                     .bid_size = QF_ONE,
                     .ask_size = QF_ONE,
                     .at = k->market };
    assert_non_null(i);
    desk_mark(k->d, tab_slot(&k->d->instruments, i), &t, k->wall, QF_HOUR);
}

void kit_prices(struct kit *k)
{
    kit_price(k, "AAPL", "100", "100.02");
    kit_price(k, "NVDA", "120", "120.02");
    kit_price(k, "JPM", "210", "210.02");
    kit_price(k, "ES", "5000", "5000.25");
    kit_price(k, "SAP", "180", "180.02");
    kit_price(k, "BTC", "60000", "60000.10");
    kit_price(k, "OIL", "70", "70.01");
}

struct kit *kit_new(void)
{
    struct kit *k = kit_bare();
    kit_instrument(k, "AAPL", "Tech", "USD", "0.01", "1", 1, false);
    kit_instrument(k, "NVDA", "Tech", "USD", "0.01", "1", 1, false);
    kit_instrument(k, "JPM", "Bank", "USD", "0.01", "1", 1, false);
    kit_instrument(k, "ES", "Index", "USD", "0.25", "1", 50, false);
    kit_instrument(k, "SAP", "Tech", "EUR", "0.01", "1", 1, false);
    kit_instrument(k, "BTC", "Crypto", "USD", "0.01", "0.00000001", 1, false);
    kit_instrument(k, "OIL", "", "USD", "0.01", "1", 1, true);
    kit_account(k, "desk", "bo", NULL);
    kit_account(k, "alpha", "bo", "mom");
    kit_account(k, "beta", "cy", "mom");
    kit_account(k, "gamma", "cy", NULL);
    kit_rate(k, "EUR", "1.10", NULL);
    const char *const accounts[] = { "desk", "alpha", "beta", "gamma" };
    for (size_t i = 0; i < QF_LEN(accounts); i++)
        kit_cash(k, accounts[i], "USD", "1000000");
    kit_commit(k);
    return k;
}

/* --- trading */

void kit_intent(const struct kit *k, const struct actor *who, const char *account, enum qf_side side,
                const char *quantity, const char *symbol, const char *price, struct intent *ret)
{
    struct qf_order_check req = { .side = (int32_t)side, .quantity = num64(quantity) };
    struct qf_refusal refusal;
    qf_rec_fill(&qf_rec_order_check, &req);
    qf_str_copy(req.symbol, sizeof(req.symbol), symbol);
    if (account != NULL) {
        qf_str_copy(req.account, sizeof(req.account), account);
        QF_SET(&req, order_check, account);
    }
    if (price != NULL) {
        req.price = num64(price);
        QF_SET(&req, order_check, price);
    }
    assert_true(order_intent(k->d, who, &req, ret, &refusal));
}

int64_t kit_place(struct kit *k, const struct actor *who, const char *account, enum qf_side side, const char *quantity,
                  const char *symbol, const char *price)
{
    struct intent in;
    struct qf_order o;
    kit_intent(k, who, account, side, quantity, symbol, price, &in);
    return order_place(k->d, k->b, &in, "ref", &o, &k->refusal) ? o.id : 0;
}

int kit_ask(struct kit *k, const struct actor *who, const char *account, enum qf_side side, const char *quantity,
            const char *symbol, const char *price)
{
    struct intent in;
    struct gate_answer a;
    kit_intent(k, who, account, side, quantity, symbol, price, &in);
    gate_ask(k->d, &in, false, &a);
    if (a.pass)
        return -1;
    gate_refusal(k->d, &in, &a, &k->refusal);
    return k->refusal.control;
}

static void empty_report(const struct kit *k, int64_t order, enum report_kind kind, struct report *r)
{
    memset(r, 0, sizeof(*r));
    r->kind = kind;
    r->order_id = order;
    r->at = k->market;
    qf_str_copy(r->venue, sizeof(r->venue), "paper");
}

bool kit_report(struct kit *k, int64_t order, enum report_kind kind)
{
    struct report r;
    empty_report(k, order, kind, &r);
    return order_report(k->d, k->b, &k->sys, &r, NULL, &k->refusal);
}

bool kit_fill(struct kit *k, int64_t order, const char *quantity, const char *price, const char *fee)
{
    struct report r;
    empty_report(k, order, REPORT_FILL, &r);
    r.quantity = num64(quantity);
    r.price = num64(price);
    r.fee = num(fee);
    qf_str_fmt(r.exec_id, sizeof(r.exec_id), "x%lld", (long long)++k->fills);
    return order_report(k->d, k->b, &k->sys, &r, NULL, &k->refusal);
}

enum qf_err kit_book(struct kit *k, const char *account, enum qf_side side, const char *quantity, const char *symbol,
                     const char *price, const char *fee)
{
    char id[24];
    qf_str_fmt(id, sizeof(id), "b%lld", (long long)++k->fills);
    struct fill f = { .account = desk_account(k->d, account),
                     .instrument = desk_instrument(k->d, symbol),
                     .side = side,
                     .quantity = num64(quantity),
                     .price = num64(price),
                     .fee = num(fee),
                     .venue = "broker",
                     .exec_id = id,
                     .at = k->market };
    return fill_book(k->d, k->b, &k->sys, &f, NULL);
}

struct qf_position kit_position(const struct kit *k, const char *account, const char *symbol)
{
    struct qf_position row = { 0 };
    const struct core_position *p = desk_position(k->d, account, symbol);
    if (p != NULL)
        desk_position_row(k->d, p, &row);
    return row;
}

struct qf_cash kit_cash_row(const struct kit *k, const char *account, const char *currency)
{
    struct qf_cash like = { 0 }, row = { 0 };
    qf_str_copy(like.account, sizeof(like.account), account);
    qf_str_copy(like.currency, sizeof(like.currency), currency);
    const struct qf_cash *c = tab_find(&k->d->cash, &like);
    if (c != NULL)
        desk_cash_row(k->d, c, &row);
    return row;
}

struct qf_order kit_order(const struct kit *k, int64_t id)
{
    const struct core_order *o = desk_order(k->d, id);
    assert_non_null(o);
    return o->row;
}

/* --- sums */

/* What is derived, as it was before the rebuild. */
struct derived {
    struct group *groups;
    struct net *nets;
    struct currency *currencies;
    struct core_position *positions;
    uint32_t group_count, net_count, currency_count, position_count, open_count, ended_count, unpriced, not_flat;
    int64_t open_ids; /* sum of id x place, so that a changed order of the list shows */
};

static void *copy_of(const void *p, size_t n)
{
    void *c = malloc(n + 1);
    assert_non_null(c);
    memcpy(c, p, n);
    return c;
}

static int64_t list_sum(const struct desk *d)
{
    int64_t sum = 0, place = 0;
    for (uint32_t i = d->first_open; i != TAB_NONE; place++) {
        const struct core_order *o = tab_at(&d->orders, i);
        sum += o->row.id * (1 + place % 1009);
        i = o->next_open;
    }
    assert_int_equal(place, d->open_count);
    return sum;
}

static void take_derived(const struct desk *d, struct derived *v)
{
    v->groups = copy_of(d->groups, d->group_count * sizeof(struct group));
    v->nets = copy_of(d->nets, d->net_count * sizeof(struct net));
    v->currencies = copy_of(d->currencies, d->currency_count * sizeof(struct currency));
    v->positions = copy_of(d->positions.rows, (size_t)d->positions.top * sizeof(struct core_position));
    v->group_count = d->group_count;
    v->net_count = d->net_count;
    v->currency_count = d->currency_count;
    v->position_count = d->positions.top;
    v->open_count = d->open_count;
    v->ended_count = d->ended_count;
    v->unpriced = d->unpriced;
    v->not_flat = d->not_flat;
    v->open_ids = list_sum(d);
}

static void check_groups(const struct desk *d, const struct derived *v)
{
    for (uint32_t i = 0; i < v->group_count; i++) {
        const struct group *was = &v->groups[i], *is = desk_group(d, was->scope, was->name);
        if (is == NULL) { /* nothing belongs to it any more: then nothing was left in it */
            assert_true(was->gross == 0 && was->value_net == 0 && was->reserved == 0 && was->open_orders == 0);
            continue;
        }
        if (was->gross != is->gross || was->value_gross != is->value_gross || was->value_net != is->value_net ||
            was->value_long != is->value_long || was->value_short != is->value_short || was->reserved != is->reserved ||
            was->net_high != is->net_high || was->net_low != is->net_low || was->unpriced != is->unpriced ||
            was->open_orders != is->open_orders || was->state != is->state || was->account != is->account ||
            was->rate_count != is->rate_count || memcmp(was->limit, is->limit, sizeof(is->limit)) != 0)
            fail_msg("group %d %s is not what it was", (int)was->scope, was->name);
    }
}

static void check_nets(const struct desk *d, const struct derived *v)
{
    for (uint32_t i = 0; i < v->net_count; i++) {
        const struct net *was = &v->nets[i];
        const struct group *g = desk_group(d, v->groups[was->group].scope, v->groups[was->group].name);
        uint32_t k = 0;
        while (k < d->net_count && (&d->groups[d->nets[k].group] != g || d->nets[k].instrument != was->instrument))
            k++;
        if (k == d->net_count) {
            assert_true(was->quantity == 0 && was->open_buy == 0 && was->open_sell == 0);
            continue;
        }
        const struct net *is = &d->nets[k];
        assert_true(was->quantity == is->quantity && was->open_buy == is->open_buy && was->open_sell == is->open_sell);
    }
}

static void check_positions(const struct desk *d, const struct derived *v)
{
    for (uint32_t i = 0; i < v->position_count; i++) {
        const struct core_position *was = &v->positions[i], *is = tab_at(&d->positions, i);
        if (is == NULL)
            continue;
        assert_int_equal(was->open_buy, is->open_buy);
        assert_int_equal(was->open_sell, is->open_sell);
        assert_true(was->reserved == is->reserved && was->gross == is->gross && was->value == is->value);
        assert_true(was->base_reserved == is->base_reserved && was->priced == is->priced);
        assert_int_equal(was->first_lot, is->first_lot);
        assert_int_equal(was->last_lot, is->last_lot);
        assert_int_equal(was->counted, is->counted);
        assert_int_equal(was->counted_unpriced, is->counted_unpriced);
    }
}

void kit_check_sums(struct kit *k)
{
    struct derived v;
    take_derived(k->d, &v);
    desk_rebuild(k->d);
    check_groups(k->d, &v);
    check_nets(k->d, &v);
    check_positions(k->d, &v);
    assert_int_equal(v.currency_count, k->d->currency_count);
    for (uint32_t i = 0; i < v.currency_count; i++) {
        const struct currency *was = &v.currencies[i], *is = &k->d->currencies[i];
        assert_true(was->now == is->now && was->cash == is->cash && was->flows == is->flows &&
                    was->realized == is->realized);
        assert_true(was->fees == is->fees && was->cost == is->cost);
    }
    assert_int_equal(v.open_count, k->d->open_count);
    assert_int_equal(v.ended_count, k->d->ended_count);
    assert_int_equal(v.unpriced, k->d->unpriced);
    assert_int_equal(v.not_flat, k->d->not_flat);
    assert_int_equal(v.open_ids, list_sum(k->d));
    free(v.groups);
    free(v.nets);
    free(v.currencies);
    free(v.positions);
}

/* --- identity */

void kit_check_identity(const struct kit *k)
{
    struct qf_equity e;
    uint32_t i = 0;
    for (const struct core_account *a; (a = tab_next(&k->d->accounts, &i)) != NULL;) {
        desk_equity_row(k->d, a, k->wall, &e);
        assert_true(e.equity == e.cash + e.net);
        assert_true(e.equity == e.flows + e.realized - e.fees + e.unrealized);
    }
    desk_equity_row(k->d, NULL, k->wall, &e);
    assert_true(e.equity == e.cash + e.net);
    assert_true(e.equity == e.flows + e.realized - e.fees + e.unrealized);
}

/* --- undo */

#define SNAPSHOT_TABS 12
struct snapshot {
    struct tab tab[SNAPSHOT_TABS];
    uint32_t *index[SNAPSHOT_TABS], *next[SNAPSHOT_TABS];
    char *rows[SNAPSHOT_TABS];
    struct desk_seq seq;
};

/* All but the states, which are not undone. */
static void undone_tabs(const struct desk *d, const struct tab *ret[SNAPSHOT_TABS])
{
    const struct tab *const all[SNAPSHOT_TABS] = {&d->users,    &d->sessions,  &d->instruments, &d->rates,
                                                  &d->accounts, &d->limits,    &d->approvals,   &d->orders,
                                                  &d->lots,     &d->positions, &d->trades,      &d->cash};
    memcpy(ret, all, sizeof(all));
}

struct snapshot *kit_snapshot(const struct kit *k)
{
    const struct tab *tabs[SNAPSHOT_TABS];
    struct snapshot *s = calloc(1, sizeof(*s));
    assert_non_null(s);
    undone_tabs(k->d, tabs);
    for (size_t i = 0; i < SNAPSHOT_TABS; i++) {
        s->tab[i] = *tabs[i];
        s->index[i] = copy_of(tabs[i]->index, ((size_t)tabs[i]->mask + 1) * sizeof(uint32_t));
        s->next[i] = copy_of(tabs[i]->next, (size_t)tabs[i]->cap * sizeof(uint32_t));
        s->rows[i] = copy_of(tabs[i]->rows, (size_t)tabs[i]->top * tabs[i]->row_size);
    }
    s->seq = k->d->seq;
    return s;
}

static void check_table(const struct snapshot *s, size_t i, const struct tab *t)
{
    if (s->tab[i].top != t->top || s->tab[i].count != t->count || s->tab[i].free != t->free)
        fail_msg("%s: %u rows of %u, were %u of %u", qf_tables[t->table].name, t->count, t->top, s->tab[i].count,
                 s->tab[i].top);
    assert_memory_equal(s->index[i], t->index, ((size_t)t->mask + 1) * sizeof(uint32_t));
    assert_memory_equal(s->next[i], t->next, (size_t)t->cap * sizeof(uint32_t));
    for (uint32_t slot = 0; slot < t->top; slot++)
        if (t->next[slot] == TAB_LIVE &&
            memcmp(s->rows[i] + (size_t)slot * t->row_size, t->rows + (size_t)slot * t->row_size, t->rec->size) != 0)
            fail_msg("%s: row %u is not what it was", qf_tables[t->table].name, slot);
}

void kit_check_same(const struct kit *k, struct snapshot *s)
{
    const struct tab *tabs[SNAPSHOT_TABS];
    undone_tabs(k->d, tabs);
    for (size_t i = 0; i < SNAPSHOT_TABS; i++) {
        check_table(s, i, tabs[i]);
        free(s->index[i]);
        free(s->next[i]);
        free(s->rows[i]);
    }
    assert_memory_equal(&s->seq, &k->d->seq, sizeof(s->seq));
    free(s);
}
