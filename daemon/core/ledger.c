/* What a fill does to position, cash and ledger.
 *
 * The cash identity, exact to the last digit. money(x) is an exact cost (10^-16) as money (10^-8), rounded half-even.
 *
 *     amount of a fill            a  = -money(price x signed quantity x multiplier), rounded once, stored, from then on
 * only summed realised by a fill          r  = a + money(cost after) - money(cost before) so at every moment sum of r =
 * sum of a + money(cost)                        (cost is 0 when flat) cash                           = flows + sum of a
 * - fees unrealised                     = market value - money(cost) equity = cash + market value   = flows + realised
 * - fees + unrealised
 *
 * The same holds for the first-in-first-out figures with the cost of the open lots in place of the average cost, so
 * that both methods agree in the total. A fill that only opens may realise one unit of 10^-8 when its price x quantity
 * has more than eight decimals: that is where the rounding of its cash stands. */
#include "daemon/core/core.h"

bool fill_known(const struct desk *d, const char *venue, const char *exec_id)
{
    return seen_has(d->seen, venue, exec_id);
}

bool fill_forgotten(const struct desk *d)
{
    return seen_forgot(d->seen);
}

static bool fill_valid(const struct fill *f)
{
    return f->quantity > 0 && f->quantity <= QF_PRICE_MAX && qf_abs64(f->price) <= QF_PRICE_MAX &&
           f->price != INT64_MIN && qf_abs128(f->fee) <= QF_MONEY_MAX && f->exec_id[0] != '\0' && f->venue[0] != '\0' &&
           (f->side == QF_SIDE_BUY || f->side == QF_SIDE_SELL);
}

/* --- working it out */

/* How the fill divides into what closes and what opens. `was`: the position's quantity. */
static bool divide(struct booking *k, qf_qty was)
{
    qf_qty q = k->fill->quantity;
    bool against = was != 0 && (was > 0) != (k->signed_qty > 0);
    k->closed = !against ? 0 : q < qf_abs64(was) ? q : qf_abs64(was);
    k->opened = q - k->closed;
    qf_i128 is = (qf_i128)was + k->signed_qty;
    k->quantity = (qf_qty)is;
    return qf_abs128(is) <= QF_PRICE_MAX;
}

/* Average method: a reduction takes cost x closed / quantity, rounded half-even at 10^-16, and the rest stays. All of
 * it goes when the position is closed, because then nothing may stay. */
static bool average_cost(struct booking *k, const struct qf_position *p, qf_cost opened_cost)
{
    qf_cost cost = p->cost, taken;
    if (k->closed == qf_abs64(p->quantity))
        cost = 0;
    else if (k->closed > 0 && qf_muldiv(cost, k->closed, qf_abs64(p->quantity), &taken) == QF_OK)
        cost -= taken;
    return qf_add(cost, opened_cost, QF_COST_MAX - 1, &k->cost) == QF_OK;
}

static bool fifo_cost(const struct desk *d, struct booking *k, const struct core_position *p, qf_cost opened_cost)
{
    qf_cost taken;
    if (!lots_cost(d, p, k->closed, k->mult, &taken) ||
        qf_add(p->row.fifo_cost, -taken, QF_COST_MAX - 1, &k->fifo_cost) != QF_OK)
        return false;
    return qf_add(k->fifo_cost, opened_cost, QF_COST_MAX - 1, &k->fifo_cost) == QF_OK;
}

static bool sums_fit(const struct booking *k, const struct qf_position *p, const struct core_cash *c)
{
    qf_money v;
    return qf_add(p->realized, k->realized, QF_MONEY_MAX, &v) == QF_OK &&
           qf_add(p->fifo_realized, k->fifo_realized, QF_MONEY_MAX, &v) == QF_OK &&
           qf_add(p->fees, k->fill->fee, QF_MONEY_MAX, &v) == QF_OK &&
           qf_add(p->day_flow, k->amount - k->fill->fee, QF_MONEY_MAX, &v) == QF_OK &&
           qf_add(c == NULL ? 0 : c->row.balance, k->amount - k->fill->fee, QF_MONEY_MAX, &v) == QF_OK;
}

/* Everything the fill changes, or false when a number would not fit. p may be a flat stand-in for a position that is
 * not there. */
static bool work_out(const struct desk *d, struct booking *k, const struct core_position *p, const struct core_cash *c)
{
    const struct fill *f = k->fill;
    qf_cost whole, opened_cost;
    k->signed_qty = f->side == QF_SIDE_BUY ? f->quantity : -f->quantity;
    if (!divide(k, p->row.quantity) || !cost_fits(f->price, k->signed_qty, k->mult, &whole) ||
        !cost_fits(f->price, k->signed_qty < 0 ? -k->opened : k->opened, k->mult, &opened_cost))
        return false;
    k->amount = -qf_cost_money(whole);
    if (!average_cost(k, &p->row, opened_cost) || !fifo_cost(d, k, p, opened_cost))
        return false;
    k->realized = k->amount + qf_cost_money(k->cost) - qf_cost_money(p->row.cost);
    k->fifo_realized = k->amount + qf_cost_money(k->fifo_cost) - qf_cost_money(p->row.fifo_cost);
    return sums_fit(k, &p->row, c);
}

/* --- putting it down */

static void book_execution(struct batch *b, const struct booking *k, qf_time wall, struct qf_execution *ret)
{
    const struct fill *f = k->fill;
    struct qf_execution e = { .id = k->execution,
                             .side = (int32_t)f->side,
                             .quantity = f->quantity,
                             .price = f->price,
                             .fee = f->fee,
                             .amount = k->amount,
                             .realized = k->realized,
                             .at = k->at,
                             .recorded = wall };
    qf_rec_fill(&qf_rec_execution, &e);
    if (f->order_id != 0) {
        e.order_id = f->order_id;
        QF_SET(&e, execution, order_id);
    }
    qf_str_copy(e.account, sizeof(e.account), f->account->row.name);
    qf_str_copy(e.symbol, sizeof(e.symbol), f->instrument->row.symbol);
    qf_str_copy(e.currency, sizeof(e.currency), f->instrument->row.currency);
    qf_str_copy(e.venue, sizeof(e.venue), f->venue);
    qf_str_copy(e.exec_id, sizeof(e.exec_id), f->exec_id);
    batch_append(b, QF_TABLE_executions, &e);
    if (ret != NULL)
        *ret = e;
}

/* One row of the ledger. The cash row carries account and currency. */
static void book_ledger(struct desk *d, struct batch *b, const struct actor *who, const struct core_cash *c,
                        struct qf_ledger *l)
{
    qf_rec_fill(&qf_rec_ledger, l);
    l->id = desk_next(d, b, &d->seq.ledger);
    l->recorded = who->wall;
    qf_str_copy(l->account, sizeof(l->account), c->row.account);
    qf_str_copy(l->currency, sizeof(l->currency), c->row.currency);
    qf_str_copy(l->by, sizeof(l->by), who->user);
    batch_append(b, QF_TABLE_ledger, l);
}

static void book_cash(struct desk *d, struct batch *b, const struct actor *who, const struct booking *k,
                      struct core_cash *c)
{
    struct qf_ledger trade = { .kind = QF_LEDGER_TRADE, .amount = k->amount, .execution = k->execution, .at = k->at };
    struct qf_ledger fee = { .kind = QF_LEDGER_FEE, .amount = -k->fill->fee, .execution = k->execution, .at = k->at };
    QF_SET(&trade, ledger, execution);
    QF_SET(&fee, ledger, execution);
    book_ledger(d, b, who, c, &trade);
    if (k->fill->fee != 0)
        book_ledger(d, b, who, c, &fee);
    tab_edit(&d->cash, b, c);
    c->row.balance += k->amount - k->fill->fee;
    c->row.updated = who->wall;
    d->currencies[c->currency].cash += k->amount - k->fill->fee;
}

/* The figures of the day are rolled when the first fill of a new market day comes. A fill that comes late, for a day
 * before, counts as held when the day began. */
static void book_day(const struct desk *d, const struct booking *k, struct core_position *p)
{
    struct qf_position *row = &p->row;
    qf_time day = qf_time_day(k->at);
    qf_price close;
    if (day > row->day) {
        row->day = day;
        row->day_quantity = row->quantity;
        row->day_flow = 0;
        QF_DROP(row, position, day_close);
        if (close_before(d, p->instrument, day, &close) || average_of(row->cost, row->quantity, k->mult, &close)) {
            row->day_close = close;
            QF_SET(row, position, day_close);
        }
    }
    if (day == row->day)
        row->day_flow += k->amount - k->fill->fee;
    else if (__builtin_add_overflow(row->day_quantity, k->signed_qty, &row->day_quantity) ||
             qf_abs64(row->day_quantity) > QF_PRICE_MAX)
        row->day_quantity = k->quantity;
}

static void book_position(struct desk *d, const struct booking *k, struct core_position *p, qf_time wall)
{
    struct currency *c = currency_of(d, instrument_at(d, p->instrument));
    book_day(d, k, p);
    c->cost += qf_cost_money(k->cost) - qf_cost_money(p->row.cost);
    c->realized += k->realized;
    c->fees += k->fill->fee;
    p->row.quantity = k->quantity;
    p->row.cost = k->cost;
    p->row.fifo_cost = k->fifo_cost;
    p->row.realized += k->realized;
    p->row.fifo_realized += k->fifo_realized;
    p->row.fees += k->fill->fee;
    p->row.updated = wall;
    position_quantity_add(d, p, k->signed_qty);
    position_recount(d, p);
}

static void put_down(struct desk *d, struct batch *b, const struct actor *who, struct booking *k, struct core_cash *c,
                     struct qf_execution *ret)
{
    k->execution = desk_next(d, b, &d->seq.execution);
    seen_add(d->seen, b, k->fill->venue, k->fill->exec_id);
    book_execution(b, k, who->wall, ret);
    tab_edit(&d->positions, b, k->position);
    lots_book(d, b, k);
    trade_book(d, b, k);
    book_position(d, k, k->position, who->wall);
    book_cash(d, b, who, k, c);
    d->version++;
}

/* Order of things: what can fail first, then the rows that may have to be made, then the changes, which cannot fail. */
enum qf_err fill_book(struct desk *d, struct batch *b, const struct actor *who, const struct fill *f,
                      struct qf_execution *ret)
{
    static const struct core_position flat = { .first_lot = TAB_NONE, .last_lot = TAB_NONE };
    if (!fill_valid(f))
        return QF_ERANGE;
    if (fill_known(d, f->venue, f->exec_id))
        return QF_EEXIST;
    qf_time at = f->at != 0 ? f->at : d->market_now != 0 ? d->market_now : who->wall;
    struct booking k = { .fill = f, .mult = f->instrument->row.multiplier, .at = at };
    struct core_position *p = position_find(d, f->account, f->instrument);
    struct core_cash *c = cash_find(d, f->account, f->instrument->row.currency);
    if (!work_out(d, &k, p == NULL ? &flat : p, c))
        return QF_ERANGE;
    if ((p == NULL && d->positions.count == d->positions.cap) || (c == NULL && d->cash.count == d->cash.cap))
        return QF_EFULL;
    k.position = position_get(d, b, f->account, f->instrument, who->wall);
    c = cash_get(d, b, f->account, f->instrument->row.currency, who->wall);
    qf_assert(k.position != NULL && c != NULL);
    put_down(d, b, who, &k, c, ret);
    return QF_OK;
}

/* --- money in and out */

static bool covers(const struct desk *d, const struct core_cash *c, qf_money amount)
{
    struct qf_cash row;
    desk_cash_row(d, &c->row, &row);
    return row.balance - row.reserved >= amount;
}

enum qf_err desk_cash_move(struct desk *d, struct batch *b, const struct actor *who, const char *account,
                           const char *currency, enum qf_ledger_kind kind, qf_money amount, const char *note,
                           struct qf_cash *ret)
{
    qf_assert(kind == QF_LEDGER_DEPOSIT || kind == QF_LEDGER_WITHDRAWAL);
    struct core_account *a = desk_account(d, account);
    struct core_cash *c = a == NULL ? NULL : cash_find(d, a, currency);
    qf_money signed_amount = kind == QF_LEDGER_DEPOSIT ? amount : -amount, sum;
    if (a == NULL)
        return QF_ENOENT;
    if (amount <= 0 || amount > QF_MONEY_MAX ||
        qf_add(c == NULL ? 0 : c->row.balance, signed_amount, QF_MONEY_MAX, &sum) != QF_OK ||
        qf_add(c == NULL ? 0 : c->row.flows, signed_amount, QF_MONEY_MAX, &sum) != QF_OK)
        return QF_ERANGE;
    if (kind == QF_LEDGER_WITHDRAWAL && (c == NULL || !covers(d, c, amount)))
        return QF_EDENIED;
    if (c == NULL && (c = cash_get(d, b, a, currency, who->wall)) == NULL)
        return QF_EFULL;
    struct qf_ledger l = {
        .kind = (int32_t)kind, .amount = signed_amount, .at = d->market_now != 0 ? d->market_now : who->wall};
    if (note != NULL && note[0] != '\0') {
        qf_str_copy(l.note, sizeof(l.note), note);
        QF_SET(&l, ledger, note);
    }
    book_ledger(d, b, who, c, &l);
    tab_edit(&d->cash, b, c);
    c->row.balance += signed_amount;
    c->row.flows += signed_amount;
    c->row.updated = who->wall;
    d->currencies[c->currency].cash += signed_amount;
    d->currencies[c->currency].flows += signed_amount;
    d->version++;
    if (ret != NULL)
        desk_cash_row(d, &c->row, ret);
    return QF_OK;
}
