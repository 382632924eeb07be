/* How far a market clock may run by now: speed times real time, from where it was last set. */
#ifndef QF_MARKET_PACE_H
#define QF_MARKET_PACE_H

#include "common/clock.h"

struct pace {
    qf_time market;  /* the clock when it was set */
    int64_t mono;    /* ns, at that moment */
    int64_t speed;   /* times real time; 0 = no limit */
};

/* From here and now on. */
void pace_set(struct pace *p, qf_time market, int64_t mono, int64_t speed);
/* The market time that is due; INT64_MAX at speed 0. */
qf_time pace_due(const struct pace *p, int64_t mono);
/* Real time until `market` is due, us, from 0 to `most`. */
int64_t pace_wait(const struct pace *p, int64_t mono, qf_time market, int64_t most);

#endif
