#include "daemon/venue/paper.h"

#include "common/str.h"

const struct paper_fee *paper_fee_find(const struct paper_fee *rows, size_t n, const char *venue)
{
    const struct paper_fee *other = NULL;

    for (size_t i = 0; i < n; i++) {
        if (qf_str_eq(rows[i].venue, venue))
            return &rows[i];
        if (qf_str_eq(rows[i].venue, "*"))
            other = &rows[i];
    }
    return other;
}

/* Notional and per_unit x quantity are exact at 10^-16; each part is rounded once. A notional that does not fit (the gate's limits
 * lie far below) has no fee in basis points. */
qf_money paper_fee_of(const struct paper_fee *fee, qf_price price, qf_qty quantity, int64_t multiplier, bool first)
{
    qf_money part = 0, money = 0;
    qf_cost notional = 0;

    if (qf_cost_try(price, quantity, multiplier, &notional) == QF_OK &&
        qf_muldiv(qf_abs128(notional), fee->bp_e2, (qf_i128)1000000 * QF_ONE, &part) == QF_OK)
        money += part;
    if (qf_muldiv(fee->per_unit, quantity, QF_ONE, &part) == QF_OK)
        money += part;
    return first && money < fee->minimum ? fee->minimum : money;
}
