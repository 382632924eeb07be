/* Closes in the base currency. A position in another currency wins and loses with its rate as well: where that rate is an instrument's
 * price, its stored closes tell what it was on each day. */
#include <math.h>

#include "daemon/quant/window.h"
#include "daemon/server/risk_inside.h"

static double rate_of(const struct risk_fx *fx, double close)
{
    if (!(isfinite(close) && close > 0))
        return NAN;
    return fx->inverse ? 1 / close : close;
}

/* Days on which both have a close; both are in order. */
static size_t both(const struct risk_name *name, int32_t *days, double *closes)
{
    const struct risk_series *own = name->series, *rate = name->fx.series;
    size_t n = 0;
    for (uint32_t i = 0, k = 0; i < own->n; i++) {
        while (k < rate->n && rate->days[k] < own->days[i])
            k++;
        if (k == rate->n || rate->days[k] != own->days[i])
            continue;
        days[n] = own->days[i];
        closes[n++] = own->closes[i] * rate_of(&name->fx, rate->closes[k]);
    }
    return n;
}

void risk_base_closes(const struct risk_name *name, struct qf_arena *arena, struct window_name *ret)
{
    const struct risk_series *own = name->series;
    if (!own || (*name->fx.symbol && !name->fx.series))
        return;
    if (!*name->fx.symbol) {
        ret->days = own->days;
        ret->closes = own->closes;
        ret->n = own->n;
        return;
    }
    int32_t *days = qf_arena_alloc(arena, (own->n + 1) * sizeof *days);
    double *closes = qf_arena_alloc(arena, (own->n + 1) * sizeof *closes);
    qf_assert(days && closes);
    ret->n = both(name, days, closes);
    ret->days = days;
    ret->closes = closes;
}

static double base_close(const struct risk_name *name, const struct risk_day *day)
{
    double close = day_close(day, name->symbol);
    return *name->fx.symbol ? close * rate_of(&name->fx, day_close(day, name->fx.symbol)) : close;
}

double risk_base_move(const struct risk_name *name, const struct risk_day *since, const struct risk_day *until)
{
    double was = base_close(name, since), is = base_close(name, until);
    return was > 0 ? is / was - 1 : (double)NAN;
}
