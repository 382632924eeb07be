/* What is used of a limit now. Asked by readers once a second, so it may walk. */
#include "daemon/core/core.h"

static qf_money larger(qf_money a, qf_money b)
{
    return a > b ? a : b;
}

static qf_money worst_of(qf_money quantity, qf_money open_buy, qf_money open_sell)
{
    return larger(qf_abs128(quantity + open_buy), qf_abs128(quantity - open_sell));
}

/* Does this net count for the limit's group? Firm, sector and symbol look at symbols over all accounts. */
static bool net_counts(const struct desk *d, const struct net *n, const struct group *g)
{
    if (g->scope == QF_SCOPE_TRADER || g->scope == QF_SCOPE_STRATEGY)
        return n->group == (uint32_t)(g - d->groups);
    if (d->groups[n->group].scope != QF_SCOPE_SYMBOL)
        return false;
    const struct core_instrument *i = instrument_at(d, n->instrument);
    return g->scope == QF_SCOPE_FIRM || (g->scope == QF_SCOPE_SYMBOL && n->group == (uint32_t)(g - d->groups)) ||
           (g->scope == QF_SCOPE_SECTOR && i->group_sector == (uint32_t)(g - d->groups));
}

/* The largest quantity of one symbol. */
static qf_money position_used(const struct desk *d, const struct group *g)
{
    qf_money used = 0;
    if (g->scope == QF_SCOPE_ACCOUNT) {
        const struct core_account *a = desk_account(d, g->name);
        for (uint32_t i = a == NULL ? TAB_NONE : a->first_position; i != TAB_NONE;
             i = position_at(d, i)->next_account) {
            const struct core_position *p = position_at(d, i);
            used = larger(used, worst_of(p->row.quantity, p->open_buy, p->open_sell));
        }
        return used;
    }
    for (uint32_t i = 0; i < d->net_count; i++)
        if (net_counts(d, &d->nets[i], g))
            used = larger(used, worst_of(d->nets[i].quantity, d->nets[i].open_buy, d->nets[i].open_sell));
    return used;
}

static qf_money group_used(const struct desk *d, const struct qf_limit *l, const struct group *g)
{
    switch (l->control) {
    case QF_CTL_POSITION: return position_used(d, g);
    case QF_CTL_NET_EXPOSURE: return larger(g->net_high, -g->net_low);
    case QF_CTL_VAR_99_1D: return d->var_99;
    default: return g->gross;
    }
}

/* Does the limit stand above a sum that goes on from order to order? The others are about one order, or one second. */
static bool has_sum(const struct desk *d, int32_t control)
{
    return control == QF_CTL_POSITION || control == QF_CTL_GROSS_EXPOSURE || control == QF_CTL_NET_EXPOSURE ||
           (control == QF_CTL_VAR_99_1D && d->has_var);
}

/* Quantities need no price. */
static bool lacks_prices(const struct desk *d, const struct qf_limit *l, const struct group *g)
{
    return l->control != QF_CTL_POSITION && (g->unpriced > 0 || (l->control == QF_CTL_VAR_99_1D && d->var_incomplete));
}

/* A '*' row shows the most used of the groups it binds. */
static qf_money limit_used(const struct desk *d, const struct qf_limit *l, bool *ret_incomplete)
{
    const struct group *own = desk_group(d, (enum qf_scope)l->scope, l->name);
    uint32_t slot = tab_slot(&d->limits, l);
    qf_money used = 0;
    if (strcmp(l->name, "*") != 0) {
        *ret_incomplete = own != NULL && lacks_prices(d, l, own);
        return own == NULL ? 0 : group_used(d, l, own);
    }
    for (uint32_t i = 0; i < d->group_count; i++) {
        const struct group *g = &d->groups[i];
        if (g->scope != (enum qf_scope)l->scope || g->limit[l->control] != slot)
            continue;
        used = larger(used, group_used(d, l, g));
        *ret_incomplete = *ret_incomplete || lacks_prices(d, l, g);
    }
    return used;
}

void desk_limit_row(const struct desk *d, const struct qf_limit *l, struct qf_limit *ret)
{
    qf_i128 share;
    const struct qf_limit *row = tab_find(&d->limits, l);
    *ret = *l;
    ret->incomplete = false;
    if (row == NULL || !has_sum(d, l->control))
        return;
    ret->used = limit_used(d, row, &ret->incomplete);
    QF_SET(ret, limit, used);
    QF_SET(ret, limit, incomplete);
    if (l->hard <= 0 || qf_muldiv(ret->used, 10000, l->hard, &share) != QF_OK || share > INT64_MAX)
        return;
    ret->used_bp = (int64_t)share;
    QF_SET(ret, limit, used_bp);
}
