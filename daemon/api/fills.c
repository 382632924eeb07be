/* fill.import: a broker's statement, in pieces, each fill exactly once however often it is sent. */
#include "daemon/api/help.h"
#include "daemon/core/order.h"

struct place {
    struct core_account *account;
    const char *broker;
};

/* Everything that can be known to be wrong is found before anything is booked. */
static bool sensible(struct ctx *c, const struct qf_fill_row *row, uint32_t at)
{
    const struct core_instrument *i = desk_instrument(c->desk, row->symbol);
    qf_cost cost;
    if (!i)
        help_refuse(c, QF_R_NOT_FOUND, "rows", "row %u: there is no %s", at + 1, row->symbol);
    else if (row->price <= 0 && !i->row.negative)
        help_refuse(c, QF_R_INVALID_PARAMS, "rows", "row %u: the price is not above zero", at + 1);
    else if (qf_cost_try(row->price, row->quantity, i->row.multiplier, &cost) != QF_OK)
        help_refuse(c, QF_R_INVALID_PARAMS, "rows", "row %u: the amount is too large", at + 1);
    else
        return true;
    return false;
}

static enum qf_err book(struct ctx *c, const struct place *p, const struct qf_fill_row *row)
{
    struct fill f = { .account = p->account, .instrument = desk_instrument(c->desk, row->symbol), .side = (enum qf_side)row->side,
                      .quantity = row->quantity, .price = row->price, .fee = row->fee, .venue = p->broker, .exec_id = row->fill_id,
                      .at = row->ts };
    return fill_book(c->desk, c->batch, &c->actor, &f, NULL);
}

HANDLER(fill_import, fill_import, imported)
{
    struct place p = { desk_account(c->desk, in->account), in->broker };
    if (!p.account)
        return help_refuse(c, QF_R_NOT_FOUND, "account", NULL);
    for (uint32_t i = 0; i < in->rows_n; i++)
        if (!sensible(c, &in->rows[i], i))
            return REFUSED;
    for (uint32_t i = 0; i < in->rows_n; i++) {
        enum qf_err err = book(c, &p, &in->rows[i]);
        out->taken += err == QF_OK;
        out->known += err == QF_EEXIST;
        if (err == QF_OK || err == QF_EEXIST)
            continue;
        help_refuse(c, QF_R_INVALID_PARAMS, "rows", "row %u cannot be booked; %lld before it are", i + 1, (long long)out->taken);
        return out->taken > 0 ? REFUSED_NOTED : REFUSED;
    }
    qf_str_fmt(c->detail, sizeof c->detail, "%lld taken, %lld known, %s into %s", (long long)out->taken, (long long)out->known,
               in->broker, in->account);
    return HANDLED;
}
