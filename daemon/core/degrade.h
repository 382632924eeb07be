/* What the desk does by itself while something is missing, as one table. Two kinds of row:
 *
 *   the firm      something only the server can see (the database, the journal): it tells with degrade_set, and the most severe state of
 *                 those that hold lies over the firm, above what people have set, until they are gone
 *   a part        something the desk sees itself (prices, rates, room): the gate's control asks the row what is still allowed there, order
 *                 by order, so it begins and ends with its cause
 *
 * A new degradation: a value of `cause` in common/proto/risk.def, a row here, and a case in tests/unit/test_degrade.c, which walks all
 * rows and fails for one without. */
#ifndef QF_CORE_DEGRADE_H
#define QF_CORE_DEGRADE_H

#include "daemon/core/desk.h"

#define DEGRADE_DETAIL 121

struct degrade_row {
    enum qf_cause cause;
    const char *applies;       /* to what */
    enum qf_desk_state state;  /* what is still allowed there */
    const char *control;       /* reason word an order is refused with meanwhile */
    const char *ends;          /* when it lifts itself */
    const char *reason, *by;   /* of the firm's state; NULL: a part */
    /* How many instruments, currencies or tables it is about now; names: which, as many as fit (DEGRADE_DETAIL bytes). NULL: the firm. */
    int64_t (*count)(const struct desk *d, char *names);
};
extern const struct degrade_row degrade_rows[QF_cause_COUNT];

/* A cause of the firm is there, or is gone. Returns whether what rules for the firm has changed. */
bool degrade_set(struct desk *d, enum qf_cause cause, bool on, qf_time wall);
/* Is an order let through where this cause holds? closes: it only closes. */
bool degrade_allows(enum qf_cause cause, bool closes);
/* The row and whether it is so now. */
void degrade_show(const struct desk *d, enum qf_cause cause, struct qf_degradation *ret);

#endif
