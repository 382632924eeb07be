/* Shared by marketdoor.c (prices in) and market_start.c (instruments, history, bars out). */
#ifndef QF_SERVER_MARKET_INSIDE_H
#define QF_SERVER_MARKET_INSIDE_H

#include "daemon/server/marketdoor.h"

/* What the database has of one instrument: where its prices left off. */
struct market_close {
    qf_price last;         /* newest close of any period */
    qf_time last_at;
    qf_price day_close[2]; /* the two newest daily closes, older first */
    qf_time day_at[2];
    struct market_bar day; /* the newest daily bar whole */
};

struct market {
    struct feeds *feeds;
    struct bars *bars;
    struct market_close *closes; /* by slot, while starting */
    bool started;
    uint32_t writing;            /* bars with the database */
    qf_time newest;              /* stored market time */
    bool quote_moved[QF_MAX_INSTRUMENTS];    /* to be shown, or at least looked at */
    bool position_moved[QF_MAX_INSTRUMENTS];
    uint32_t quotes_at, positions_at;        /* slots where the next slice begins */
};

/* Market time at which feeds begin: the later of the wall clock and the last stored one. */
qf_time market_begin(struct server *s);

#endif
