/* Who is signed in: connections, sessions, permissions as asked by dispatch and topics. */
#ifndef QF_SERVER_SESSION_H
#define QF_SERVER_SESSION_H

#include "daemon/core/desk.h"

/* The one sitting on a connection; lives in struct conn. */
struct who {
    bool signed_in;
    int64_t session;          /* number in desk.sessions; 0 = a halt-only sign-in without the database */
    char user[33];
    int role;                 /* enum qf_role, refreshed when the user's row changes */
    bool must_change;         /* may only change the password */
    bool halt_only;           /* signed in while the database was away: read and stop only */
    /* counting */
    uint32_t errors_unsigned; /* malformed or unknown before signing in */
    int64_t second;           /* wall second of the counters below */
    uint32_t refused_in_second[3]; /* MSG_RATE, malformed, FORBIDDEN */
    uint32_t in_flight;       /* requests without an answer yet */
};

#endif
