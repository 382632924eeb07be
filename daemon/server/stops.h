/* The stop: block in memory, write the journal, cancel, confirm. Works without the database; rows follow with their own time.
 * Also the cancels that cannot wait for the lane. */
#ifndef QF_SERVER_STOPS_H
#define QF_SERVER_STOPS_H

#include "daemon/core/state.h"
#include "daemon/server/job.h"

struct stops;
struct stops *stops_new(void);
void stops_free(struct stops *st);

/* risk.stop, from its handler: LATER while the journal is being written, HANDLED with the progress of one that is running. */
enum handled stops_begin(struct ctx *c, const struct qf_risk_stop *in, struct qf_stop_report *out);
/* The same by a part of the system (a breaker): latched, in the journal, its orders cancelled when it is HALTED, a row of the trail. false:
 * that state or a more severe one is there already. */
bool stops_raise(struct server *s, const char *strategy, enum qf_desk_state state, const char *reason, const char *user);
/* A command of class STOP: its handler is called without a batch. */
void stops_command(struct server *s, struct job *j);
/* order.cancel and order.cancel_all while the database is in trouble: false when j is another command. */
bool stops_cancel(struct server *s, struct job *j);

/* A venue's word about an order: counts in the stops that asked for its cancel. */
void stops_report(struct server *s, const struct report *r);
/* A state was raised by the undo of a lowering: the journal begins anew with what stands now. */
void stops_write_anew(struct server *s);
/* Ten times a second: pushes what has moved; asks again after 2, 4 and 8 s, then raises an alert. */
void stops_tick(struct server *s, qf_time wall);

/* At start, after the desk was loaded: states and cancels of the journal are taken over, the file begins anew with the states. */
enum qf_err stops_recover(struct server *s, const char *path) QF_MUST_CHECK;
/* Cancels of the journal that are still to be asked, after the orders were offered to their venues. */
void stops_ask_recovered(struct server *s);

#endif
