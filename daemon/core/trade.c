/* Round trips from flat to flat, average method. A fill through zero belongs to two of them: it ends one and begins the
 * next. */
#include "daemon/core/core.h"

/* The part of a fill that belongs to one round trip. */
struct part {
    qf_qty closed, opened;
    qf_money fee, realized;
};

static struct qf_trade *trade_of(const struct desk *d, const struct core_position *p)
{
    struct qf_trade like;
    like.id = p->row.trade_id;
    return QF_HAS(&p->row, position, trade_id) ? tab_find(&d->trades, &like) : NULL;
}

static struct qf_trade *begin(struct desk *d, struct batch *b, const struct booking *k)
{
    struct core_position *p = k->position;
    struct qf_trade image = { .side = (int32_t)k->fill->side, .state = QF_TRADE_OPEN, .opened = k->at };
    qf_rec_fill(&qf_rec_trade, &image);
    image.id = desk_next(d, b, &d->seq.trade);
    qf_str_copy(image.account, sizeof(image.account), p->row.account);
    qf_str_copy(image.symbol, sizeof(image.symbol), p->row.symbol);
    qf_str_copy(image.currency, sizeof(image.currency), p->row.currency);
    struct qf_trade *t = tab_add(&d->trades, b, &image);
    qf_assert(t != NULL); /* as many places as positions, and each has one at most */
    p->row.trade_id = image.id;
    QF_SET(&p->row, position, trade_id);
    return t;
}

/* Sums of exact values over a trade of many fills may pass what a NUMERIC(38,16) holds, though no position could: then
 * they stay at the largest value rather than wrap. */
static void add_cost(qf_cost *sum, qf_price price, qf_qty quantity, int64_t mult)
{
    qf_cost one = 0;
    if (!cost_fits(price, quantity, mult, &one) || qf_add(*sum, one, QF_COST_MAX - 1, sum) != QF_OK)
        *sum = price < 0 ? 1 - QF_COST_MAX : QF_COST_MAX - 1;
}

static void add_quantity(qf_qty *sum, qf_qty quantity)
{
    *sum = *sum > QF_PRICE_MAX - quantity ? QF_PRICE_MAX : *sum + quantity;
}

static void take_part(struct qf_trade *t, const struct booking *k, const struct part *part)
{
    add_quantity(&t->quantity, part->opened);
    add_quantity(&t->closed_quantity, part->closed);
    if (part->opened > 0)
        add_cost(&t->entry_cost, k->fill->price, part->opened, k->mult);
    if (part->closed > 0)
        add_cost(&t->exit_value, k->fill->price, part->closed, k->mult);
    t->fees += part->fee;
    t->realized += part->realized;
    t->executions++;
}

static void end(struct desk *d, struct batch *b, struct core_position *p, struct qf_trade *t, qf_time at)
{
    watch_round_trip(d, b, account_at(d, p->account), t->realized < t->fees);
    t->state = QF_TRADE_CLOSED;
    t->closed = at;
    QF_SET(t, trade, closed);
    p->row.trade_id = 0;
    QF_DROP(&p->row, position, trade_id);
    tab_drop(&d->trades, b, t);
}

/* The position's row has been opened for editing by fill_book. */
static void book_part(struct desk *d, struct batch *b, const struct booking *k, const struct part *part, bool ends)
{
    struct qf_trade *t = trade_of(d, k->position);
    if (t == NULL)
        t = begin(d, b, k);
    else
        tab_edit(&d->trades, b, t);
    take_part(t, k, part);
    if (ends)
        end(d, b, k->position, t, k->at);
}

void trade_book(struct desk *d, struct batch *b, const struct booking *k)
{
    struct part all = { k->closed, k->opened, k->fill->fee, k->realized };
    if (k->closed == 0 || k->opened == 0) {
        book_part(d, b, k, &all, k->quantity == 0);
        return;
    }
    qf_money share = 0;
    qf_assert(qf_muldiv(k->fill->fee, k->closed, k->fill->quantity, &share) == QF_OK);
    struct part first = { k->closed, 0, share, k->realized }, second = { 0, k->opened, k->fill->fee - share, 0 };
    book_part(d, b, k, &first, true);
    book_part(d, b, k, &second, false);
}
