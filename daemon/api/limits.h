/* A limit that two people loosened for a time. */
#ifndef QF_API_LIMITS_H
#define QF_API_LIMITS_H

#include "daemon/core/desk.h"

/* Where the hard level of this limit, which has a time, goes back to when the time is over: what stood there before the granted request
 * that gave it the time, the lowest when several did. false: no request did, or none stood there. */
bool limits_back_to(const struct desk *d, const struct qf_limit *l, qf_money *ret_hard);

#endif
