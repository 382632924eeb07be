#include "daemon/core/flatten.h"

#include "daemon/core/core.h"

/* --- which */

static bool wanted(const struct desk *d, const struct flatten_what *w, const struct core_position *p)
{
    const struct qf_account *a = &account_at(d, p->account)->row;
    if (p->row.quantity == 0)
        return false;
    return (w->account == NULL || strcmp(w->account, p->row.account) == 0) && (w->symbol == NULL || strcmp(w->symbol, p->row.symbol) == 0) &&
           (w->strategy == NULL || (QF_HAS(a, account, strategy) && strcmp(w->strategy, a->strategy) == 0));
}

static bool is_of(const struct core_order *o, const struct core_position *p)
{
    return o->account == p->account;
}

/* --- one order */

static void close_intent(const struct desk *d, const struct actor *who, const struct core_position *p, struct intent *ret)
{
    *ret = (struct intent){ .who = who, .instrument = instrument_at(d, p->instrument), .account = account_at(d, p->account),
                            .side = p->row.quantity > 0 ? QF_SIDE_SELL : QF_SIDE_BUY, .type = QF_TYPE_MARKET, .tif = QF_TIF_IOC,
                            .quantity = qf_abs64(p->row.quantity) };
    qf_str_copy(ret->symbol, sizeof(ret->symbol), p->row.symbol);
    qf_str_copy(ret->account_name, sizeof(ret->account_name), p->row.account);
}

/* Controls that look at one order's size: a part of it passes. */
static bool by_size(int32_t control)
{
    return control == QF_CTL_MAX_QTY || control == QF_CTL_MAX_NOTIONAL;
}

/* Controls that look at how much came within a moment. */
static bool passing(int32_t control)
{
    return control == QF_CTL_MSG_RATE || control == QF_CTL_DUPLICATE;
}

/* Makes it as large as passes. false: refused. */
static bool fit(const struct desk *d, struct intent *in, struct qf_refusal *r)
{
    struct gate_answer a;
    gate_ask(d, in, false, &a);
    if (a.pass)
        return true;
    gate_refusal(d, in, &a, r);
    if (!by_size(r->control))
        return false;
    bool some = r->has_largest && r->largest > 0 && r->largest < in->quantity;
    in->quantity = some ? r->largest : in->instrument->row.lot;
    gate_ask(d, in, false, &a); /* a part may be refused by what looks at no size: then that is why */
    if (!a.pass)
        gate_refusal(d, in, &a, r);
    return a.pass;
}

enum flatten_step flatten_next(const struct desk *d, const struct actor *who, const char *account, const char *symbol, struct intent *ret_in,
                               struct qf_refusal *ret_refusal)
{
    const struct core_position *p = desk_position(d, account, symbol);
    if (p == NULL || (p->row.quantity == 0 && p->open_buy == 0 && p->open_sell == 0))
        return FLATTEN_DONE;
    if (p->open_buy != 0 || p->open_sell != 0)
        return FLATTEN_WAIT;
    close_intent(d, who, p, ret_in);
    if (fit(d, ret_in, ret_refusal))
        return FLATTEN_ORDER;
    return passing(ret_refusal->control) ? FLATTEN_LATER : FLATTEN_REFUSED;
}

/* --- the plan */

static uint64_t stir(uint64_t h, const void *p, size_t n)
{
    const unsigned char *c = p;
    for (size_t i = 0; i < n; i++)
        h = (h ^ c[i]) * 0x100000001B3ULL;
    return h;
}

/* The sum does not depend on the order the list happens to be in. */
static int64_t resting(const struct desk *d, const struct core_position *p, uint64_t *ret_sum)
{
    int64_t n = 0;
    uint64_t sum = 0;
    for (uint32_t i = instrument_at(d, p->instrument)->first_order; i != TAB_NONE; i = order_at(d, i)->next_inst) {
        const struct core_order *o = order_at(d, i);
        if (!is_of(o, p))
            continue;
        n++;
        sum += stir(0xCBF29CE484222325ULL, &o->row.id, sizeof(o->row.id));
    }
    *ret_sum = sum;
    return n;
}

static void row_money(const struct desk *d, const struct core_position *p, const struct intent *in, struct qf_flatten_row *ret)
{
    qf_cost cost;
    const struct core_instrument *i = in->instrument;
    if (!desk_touch(d, p->instrument, in->side, &ret->price))
        return;
    QF_SET(ret, flatten_row, price);
    if (!cost_fits(ret->price, p->row.quantity, i->row.multiplier, &cost))
        return;
    qf_money worth = qf_cost_money(cost);
    ret->realizes = worth - qf_cost_money(p->row.cost);
    ret->fee = fee_of(d, qf_abs128(worth));
    QF_SET(ret, flatten_row, realizes);
    QF_SET(ret, flatten_row, fee);
    if (currency_base(currency_of(d, i), qf_abs128(worth), &ret->value))
        QF_SET(ret, flatten_row, value);
}

/* Would the gate let it through once the resting orders are gone? Those on the other side do not matter to an order that closes; those on
 * its own side would, so what only they refuse is not said. */
static void row_gate(const struct desk *d, struct intent *in, int64_t cancels, struct qf_flatten_row *ret)
{
    struct qf_refusal r;
    if (fit(d, in, &r) || passing(r.control))
        return;
    enum qf_desk_state rules = state_effective(d, in->account);
    if (cancels > 0 && (r.control == QF_CTL_POSITION || r.control == QF_CTL_GROSS_EXPOSURE || r.control == QF_CTL_NET_EXPOSURE ||
                        r.control == QF_CTL_VAR_99_1D || r.control == QF_CTL_CASH || r.control == QF_CTL_MD_STALE ||
                        (r.control == QF_CTL_HALTED && rules == QF_STATE_CLOSE_ONLY)))
        return;
    qf_str_copy(ret->reason, sizeof(ret->reason), qf_enum_text(&qf_enum_control_code, r.control));
    QF_SET(ret, flatten_row, reason);
}

static void plan_row(const struct desk *d, const struct actor *who, const struct core_position *p, struct qf_flatten_row *ret, uint64_t *hash)
{
    struct intent in;
    uint64_t orders;
    close_intent(d, who, p, &in);
    *ret = (struct qf_flatten_row){ .side = (int32_t)in.side, .quantity = in.quantity, .cancels = resting(d, p, &orders) };
    qf_rec_fill(&qf_rec_flatten_row, ret);
    qf_str_copy(ret->account, sizeof(ret->account), p->row.account);
    qf_str_copy(ret->symbol, sizeof(ret->symbol), p->row.symbol);
    row_money(d, p, &in, ret);
    row_gate(d, &in, ret->cancels, ret);
    uint64_t h = stir(0xCBF29CE484222325ULL, p->row.account, strlen(p->row.account) + 1);
    h = stir(h, p->row.symbol, strlen(p->row.symbol) + 1);
    h = stir(h, &p->row.quantity, sizeof(p->row.quantity));
    *hash += stir(h, &orders, sizeof(orders));
}

static bool goes_before(const struct qf_flatten_row *a, const struct qf_flatten_row *b)
{
    int order = strcmp(a->account, b->account);
    return order < 0 || (order == 0 && strcmp(a->symbol, b->symbol) < 0);
}

/* Shell sort: no memory, no recursion, and quick enough for what a plan may hold. */
static void sort_rows(struct qf_flatten_row *rows, uint32_t n)
{
    static const uint32_t gaps[] = { 1750, 701, 301, 132, 57, 23, 10, 4, 1 };
    for (size_t g = 0; g < QF_LEN(gaps); g++)
        for (uint32_t i = gaps[g]; i < n; i++) {
            struct qf_flatten_row row = rows[i];
            uint32_t at = i;
            for (; at >= gaps[g] && goes_before(&row, &rows[at - gaps[g]]); at -= gaps[g])
                rows[at] = rows[at - gaps[g]];
            rows[at] = row;
        }
}

static void plan_text(uint64_t hash, uint32_t n, char out[FLATTEN_PLAN_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t h = stir(hash, &n, sizeof(n));
    for (int i = 0; i < 16; i++)
        out[i] = digits[h >> (60 - 4 * i) & 15];
    out[16] = '\0';
}

uint32_t flatten_plan(const struct desk *d, const struct actor *who, const struct flatten_what *what, struct qf_flatten_row *out,
                      uint32_t most, char plan[FLATTEN_PLAN_TEXT])
{
    uint32_t i = 0, n = 0;
    uint64_t hash = 0;
    for (const struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;)
        n += wanted(d, what, p);
    if (n > most)
        return n;
    uint32_t at = 0;
    i = 0;
    for (const struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;)
        if (wanted(d, what, p))
            plan_row(d, who, p, &out[at++], &hash);
    sort_rows(out, n);
    plan_text(hash, n, plan);
    return n;
}
