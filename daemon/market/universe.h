/* The twenty names of the simulated market. Prices are invented near what such names once cost; nothing is a quotation. */
#ifndef QF_MARKET_UNIVERSE_H
#define QF_MARKET_UNIVERSE_H

#include "common/money.h"

#define UNIVERSE_NAMES 20
#define UNIVERSE_SECTORS 7
#define UNIVERSE_CURRENCY "USD"

struct universe_name {
    const char *symbol, *name, *sector;
    int sector_no;        /* 0 .. UNIVERSE_SECTORS - 1 */
    qf_price price;       /* where a first start begins */
    qf_price tick;
    qf_qty lot;
    int32_t spread;       /* ticks, on a quiet day */
    int32_t day_volume;   /* shares of a usual day, thousands */
    double beta;          /* to the market's return */
    double own;           /* deviation of its own return over a year of 365 days */
};

extern const struct universe_name universe[UNIVERSE_NAMES];

/* Index by symbol (n bytes), -1 when there is no such name. */
int universe_find(const char *symbol, size_t n);

#endif
