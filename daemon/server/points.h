/* Equity points: the firm and every account at fixed market times and at each market day's close, each held against the one before. */
#ifndef QF_SERVER_POINTS_H
#define QF_SERVER_POINTS_H

#include "common/clock.h"

struct server;

/* Called before the market clock moves to `at`: takes the points that lie on the way. A close is never lost: it waits where the
 * database cannot take it now. It lies at the end of its market day (midnight), whenever the next price comes, and belongs to the
 * prices before it. */
void points_clock(struct server *s, qf_time at);

#endif
