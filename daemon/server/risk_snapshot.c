/* What a run is worked out from, copied on the loop: nothing here is slow, and nothing here is mathematics. */
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/risk_inside.h"

/* --- positions, accounts together */

/* Sums by slot of the instrument, while they gather. */
struct held {
    qf_money value, quantity;
    bool some, unpriced;
};

static void gather(const struct desk *d, struct held *by_slot)
{
    uint32_t i = 0;
    const struct core_position *p;
    while ((p = tab_next(&d->positions, &i)) != NULL) {
        struct held *h = &by_slot[p->instrument];
        if (p->row.quantity == 0)
            continue;
        h->some = true;
        h->value += p->value;
        h->quantity += p->row.quantity;
        h->unpriced |= !p->priced;
    }
}

static const char *lack_of(const struct desk *d, const struct core_instrument *i, const struct held *h, uint32_t slot)
{
    qf_price price;
    if (!h->unpriced)
        return NULL;
    if (!desk_mark_price(d, slot, &price))
        return "no price";
    return desk_rate(d, i->row.currency) == DESK_NO_RATE ? "no rate to the base currency" : "its value is too large";
}

/* An instrument's price is the rate: its closes are wanted as well. */
static void take_fx(const struct desk *d, struct closes *c, const struct core_instrument *i, struct risk_fx *ret, bool *ret_waits)
{
    uint32_t slot = d->currencies[i->currency].rate;
    const struct qf_rate *rate = slot == TAB_NONE ? NULL : tab_at(&d->rates, slot);
    *ret_waits = false;
    if (!rate || QF_HAS(rate, rate, value) || !QF_HAS(rate, rate, symbol))
        return;
    const struct core_instrument *price = desk_instrument(d, rate->symbol);
    qf_str_copy(ret->symbol, sizeof ret->symbol, rate->symbol);
    ret->inverse = rate->inverse;
    if (price)
        ret->series = closes_hold(c, tab_slot(&d->instruments, price), price->row.symbol, ret_waits);
}

static void take_names(struct server *s, struct closes *c, const struct held *by_slot, struct risk_snapshot *ret)
{
    const struct desk *d = s->desk;
    for (uint32_t slot = 0; slot < d->instruments.top; slot++) {
        const struct core_instrument *i = tab_at(&d->instruments, slot);
        bool waits = false, rate_waits = false;
        if (!i || !by_slot[slot].some || (by_slot[slot].quantity == 0 && !by_slot[slot].unpriced))
            continue;
        struct risk_name *n = &ret->names[ret->names_n++];
        qf_str_copy(n->symbol, sizeof n->symbol, i->row.symbol);
        qf_str_copy(n->sector, sizeof n->sector, i->row.sector);
        n->value = by_slot[slot].value;
        n->quantity = by_slot[slot].quantity;
        n->multiplier = i->row.multiplier;
        n->rate = desk_rate(d, i->row.currency);
        n->lacks = lack_of(d, i, &by_slot[slot], slot);
        n->series = closes_hold(c, slot, i->row.symbol, &waits);
        take_fx(d, c, i, &n->fx, &rate_waits);
        ret->waits |= waits || rate_waits;
    }
}

static uint32_t held_names(const struct desk *d, const struct held *by_slot)
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < d->instruments.top; slot++)
        n += by_slot[slot].some;
    return n;
}

/* --- groups: what the desk sums up anyway */

static void take_groups(const struct desk *d, struct risk_snapshot *ret)
{
    ret->groups = qf_xalloc((d->group_count + 1) * sizeof *ret->groups);
    for (uint32_t i = 0; i < d->group_count; i++) {
        const struct group *g = &d->groups[i];
        if (g->scope != QF_SCOPE_FIRM && g->value_gross == 0)
            continue;
        struct qf_exposure *e = &ret->groups[ret->groups_n++];
        *e = (struct qf_exposure){ .scope = (int32_t)g->scope, .gross = g->value_gross, .net = g->value_net, .long_value = g->value_long,
                                   .short_value = g->value_short };
        qf_str_copy(e->name, sizeof e->name, g->name);
        qf_rec_fill(&qf_rec_exposure, e);
    }
}

/* --- limits and scenarios */

static const struct qf_limit *firm_limit(const struct desk *d, enum qf_control_code control, qf_time wall)
{
    struct qf_limit like = { .scope = QF_SCOPE_FIRM, .control = (int32_t)control };
    const struct qf_limit *l = tab_find(&d->limits, &like);
    return l && !(QF_HAS(l, limit, until) && l->until <= wall) ? l : NULL;
}

bool risk_limit(const struct desk *d, qf_money *ret)
{
    const struct qf_limit *l = firm_limit(d, QF_CTL_VAR_99_1D, qf_now_wall());
    if (l)
        *ret = l->hard;
    return l;
}

static void take_limits(const struct desk *d, struct risk_snapshot *ret)
{
    qf_time wall = qf_now_wall();
    const struct qf_limit *var = firm_limit(d, QF_CTL_VAR_99_1D, wall), *gross = firm_limit(d, QF_CTL_GROSS_EXPOSURE, wall);
    const struct qf_limit *net = firm_limit(d, QF_CTL_NET_EXPOSURE, wall);
    ret->has_limit = var != NULL;
    ret->limit = var ? var->hard : 0;
    ret->has_warn = var && QF_HAS(var, limit, warn);
    ret->warn = ret->has_warn ? var->warn : 0;
    ret->has_gross = gross != NULL;
    ret->gross_limit = gross ? gross->hard : 0;
    ret->has_net = net != NULL;
    ret->net_limit = net ? net->hard : 0;
}

static void take_scenarios(const struct desk *d, struct closes *c, struct risk_snapshot *ret)
{
    uint32_t i = 0;
    const struct qf_scenario *row;
    ret->scenarios = qf_xalloc((d->scenarios.count + 1) * sizeof *ret->scenarios);
    while ((row = tab_next(&d->scenarios, &i)) != NULL) {
        bool first = false, second = false;
        if (row->off)
            continue;
        struct risk_scenario *x = &ret->scenarios[ret->scenarios_n++];
        x->row = *row;
        if (QF_HAS(row, scenario, since)) {
            x->since = closes_day(c, row->since, &first);
            x->until = closes_day(c, row->until, &second);
        }
        ret->waits |= first || second;
    }
}

void risk_take(struct server *s, struct closes *c, struct risk_snapshot *ret)
{
    struct held *by_slot = qf_xalloc(QF_MAX_INSTRUMENTS * sizeof *by_slot);
    struct qf_equity equity;
    memset(ret, 0, sizeof *ret);
    gather(s->desk, by_slot);
    ret->names = qf_xalloc((held_names(s->desk, by_slot) + 1) * sizeof *ret->names);
    take_names(s, c, by_slot, ret);
    free(by_slot);
    take_groups(s->desk, ret);
    take_limits(s->desk, ret);
    take_scenarios(s->desk, c, ret);
    desk_equity_row(s->desk, NULL, qf_now_wall(), &equity);
    ret->equity = equity.equity;
    ret->at = equity.at;
    ret->window = (size_t)s->conf->risk_window;
    ret->paths = (size_t)s->conf->risk_paths;
    ret->seed = (uint64_t)s->conf->risk_seed;
}

void risk_drop(struct risk_snapshot *x)
{
    for (uint32_t i = 0; i < x->names_n; i++)
        series_release(x->names[i].series), series_release(x->names[i].fx.series);
    for (uint32_t i = 0; i < x->scenarios_n; i++) {
        day_release(x->scenarios[i].since);
        day_release(x->scenarios[i].until);
    }
    free(x->names);
    free(x->groups);
    free(x->scenarios);
    memset(x, 0, sizeof *x);
}
