/* Lots, first in first out: kept beside the average method, for every position. */
#include "daemon/core/core.h"

static qf_qty smaller(qf_qty a, qf_qty b)
{
    return a < b ? a : b;
}

bool lots_cost(const struct desk *d, const struct core_position *p, qf_qty closed, int64_t mult, qf_cost *ret)
{
    qf_cost sum = 0, one;
    for (uint32_t i = p->first_lot; i != TAB_NONE && closed > 0; i = lot_at(d, i)->next) {
        const struct qf_lot *l = &lot_at(d, i)->row;
        qf_qty part = smaller(closed, qf_abs64(l->remaining));
        if (!cost_fits(l->price, l->remaining < 0 ? -part : part, mult, &one) ||
            qf_add(sum, one, QF_COST_MAX - 1, &sum) != QF_OK)
            return false;
        closed -= part;
    }
    *ret = sum;
    return true;
}

/* --- lists */

static void append(struct desk *d, struct core_position *p, struct core_lot *l)
{
    uint32_t slot = tab_slot(&d->lots, l);
    l->next = TAB_NONE;
    l->position = tab_slot(&d->positions, p);
    *(p->last_lot == TAB_NONE ? &p->first_lot : &lot_at(d, p->last_lot)->next) = slot;
    p->last_lot = slot;
}

static void sort_lots(struct desk *d, struct core_position *p)
{
    struct links l = { .rows = d->lots.rows, .stride = d->lots.row_size, .next = offsetof(struct core_lot, next),
                       .key = offsetof(struct core_lot, row.id) };
    p->first_lot = links_sort(&l, p->first_lot);
    p->last_lot = p->first_lot;
    while (lot_at(d, p->last_lot)->next != TAB_NONE)
        p->last_lot = lot_at(d, p->last_lot)->next;
}

/* Slots are taken again in any order, so a list made in their order need not be one by age. */
void lots_link(struct desk *d)
{
    uint32_t i = 0;
    for (struct core_lot *l; (l = tab_next(&d->lots, &i)) != NULL;) {
        struct core_position *p = desk_position(d, l->row.account, l->row.symbol);
        l->position = l->next = TAB_NONE;
        if (p != NULL)
            append(d, p, l);
    }
    i = 0;
    for (struct core_position *p; (p = tab_next(&d->positions, &i)) != NULL;)
        if (p->first_lot != p->last_lot)
            sort_lots(d, p);
}

/* --- room when the table is full */

/* Puts the second lot of a list into the first: their quantities together, at the price that comes nearest to their
 * cost. */
static void join_first_two(struct desk *d, struct batch *b, struct core_position *p)
{
    struct core_lot *first = lot_at(d, p->first_lot), *second = lot_at(d, first->next);
    int64_t mult = instrument_at(d, p->instrument)->row.multiplier;
    qf_i128 weighted =
        (qf_i128)first->row.price * first->row.remaining + (qf_i128)second->row.price * second->row.remaining;
    qf_qty together = first->row.remaining + second->row.remaining;
    qf_price price =
        (qf_price)(together < 0 ? qf_div_even(-weighted, -(qf_i128)together) : qf_div_even(weighted, together));
    qf_cost was = 0, is = 0;
    qf_assert(lots_cost(d, p, qf_abs64(together), mult, &was) && cost_fits(price, together, mult, &is));
    tab_edit(&d->lots, b, first);
    tab_edit(&d->lots, b, second);
    tab_edit(&d->positions, b, p);
    first->row.quantity = first->row.remaining = together;
    first->row.price = price;
    first->next = second->next;
    if (p->last_lot == tab_slot(&d->lots, second))
        p->last_lot = p->first_lot;
    second->row.remaining = 0;
    tab_drop(&d->lots, b, second);
    p->row.fifo_realized += qf_cost_money(p->row.fifo_cost + is - was) - qf_cost_money(p->row.fifo_cost);
    p->row.fifo_cost += is - was;
}

/* New risk is refused long before the table is full, an execution never is: so two old lots of some position become
 * one. There are more places for lots than for positions, so one that has two lots exists; the fill's own position is
 * looked at first, and its booking, worked out before, follows. What the rounding of the price moves between cost and
 * realised is below 10^-8 a unit of quantity; the sum of both stays. */
static void make_room(struct desk *d, struct batch *b, struct booking *k)
{
    uint32_t i = 0;
    struct core_position *p = k->position;
    while (p != NULL && p->first_lot == p->last_lot)
        p = tab_next(&d->positions, &i);
    qf_assert(p != NULL);
    qf_cost before = p->row.fifo_cost;
    join_first_two(d, b, p);
    if (p != k->position)
        return;
    k->fifo_cost += p->row.fifo_cost - before;
    k->fifo_realized = k->amount + qf_cost_money(k->fifo_cost) - qf_cost_money(p->row.fifo_cost);
}

/* --- booking */

static void close_lots(struct desk *d, struct batch *b, struct core_position *p, qf_qty closed)
{
    while (closed > 0 && p->first_lot != TAB_NONE) {
        struct core_lot *l = lot_at(d, p->first_lot);
        qf_qty part = smaller(closed, qf_abs64(l->row.remaining));
        tab_edit(&d->lots, b, l);
        l->row.remaining -= l->row.remaining < 0 ? -part : part;
        closed -= part;
        if (l->row.remaining != 0)
            return;
        p->first_lot = l->next;
        if (p->first_lot == TAB_NONE)
            p->last_lot = TAB_NONE;
        tab_drop(&d->lots, b, l);
    }
}

static void open_lot(struct desk *d, struct batch *b, struct booking *k)
{
    struct qf_lot image = { .price = k->fill->price, .execution = k->execution, .opened = k->at };
    qf_rec_fill(&qf_rec_lot, &image);
    image.id = desk_next(d, b, &d->seq.lot);
    qf_str_copy(image.account, sizeof(image.account), k->position->row.account);
    qf_str_copy(image.symbol, sizeof(image.symbol), k->position->row.symbol);
    image.quantity = image.remaining = k->signed_qty < 0 ? -k->opened : k->opened;
    if (d->lots.count == d->lots.cap)
        make_room(d, b, k);
    struct core_lot *l = tab_add(&d->lots, b, &image);
    qf_assert(l != NULL);
    append(d, k->position, l);
}

void lots_book(struct desk *d, struct batch *b, struct booking *k)
{
    if (k->closed > 0)
        close_lots(d, b, k->position, k->closed);
    if (k->opened > 0)
        open_lot(d, b, k);
}
