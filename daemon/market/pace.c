#include "daemon/market/pace.h"

void pace_set(struct pace *p, qf_time market, int64_t mono, int64_t speed)
{
    qf_assert(speed >= 0);
    *p = (struct pace){ .market = market, .mono = mono, .speed = speed };
}

qf_time pace_due(const struct pace *p, int64_t mono)
{
    if (p->speed == 0)
        return INT64_MAX;
    /* a million times real time passes an int64 within a few months */
    qf_i128 due = (qf_i128)p->market + (qf_i128)(mono - p->mono) * p->speed / 1000;
    return due > INT64_MAX ? INT64_MAX : (qf_time)due;
}

int64_t pace_wait(const struct pace *p, int64_t mono, qf_time market, int64_t most)
{
    qf_time due = pace_due(p, mono);

    if (market <= due)
        return 0;
    qf_i128 us = ((qf_i128)market - due) / p->speed + 1;
    return us < most ? (int64_t)us : most;
}
