/* Shared by stops.c (the stop itself) and stops_cancel.c (single cancels without the lane, and what the journal brings back). */
#ifndef QF_SERVER_STOPS_INSIDE_H
#define QF_SERVER_STOPS_INSIDE_H

#include "daemon/server/later.h"
#include "daemon/server/stops.h"

#define STOP_LISTED 500 /* orders a report lists; all are counted */

enum stop_end { END_NONE, END_CANCELLED, END_FILLED, END_FAILED };
struct stop_track {
    struct qf_stop_order row;
    enum stop_end end;
};
struct stop_waiter {
    struct stop_waiter *next;
    struct later *later;
};
struct stop {
    struct stop *next;
    struct server *server;
    char strategy[25];     /* "" = the firm; one stop each, the newest */
    char by[33];
    int64_t n;
    qf_time blocked, cancel_at;
    int32_t state;
    bool writing;          /* the journal has not answered yet */
    bool journaled, moved;
    uint32_t asked_again;
    struct stop_track *orders;
    uint32_t orders_n, orders_cap;
    struct qf_stop_order listed[STOP_LISTED];
    struct stop_waiter *waiters;
};
struct stops {
    struct stop *first;
    int64_t *recovered;    /* orders whose cancel stands in the journal */
    uint32_t recovered_n;
    qf_time renewed;       /* when the journal was begun anew last, or it was tried */
    qf_time looked;        /* when it was seen after last */
    bool failed;           /* the journal could not be written, and people were told */
};

/* Begins the journal anew when it is too long or lines are missing in it; tells when it can or cannot be written. */
void stops_journal(struct server *s, qf_time wall);
void stop_fill(struct stop *p, struct qf_stop_report *ret);

#endif
