/* The portfolio's risk while the desk runs: when a run begins, and what it leaves. A snapshot is copied on the loop, a worker of its own does
 * the mathematics, the result comes back through the door. One run at a time; it begins at once after positions have changed, every five
 * seconds while prices move, and every minute in any case. */
#ifndef QF_SERVER_RISK_RUN_H
#define QF_SERVER_RISK_RUN_H

#include "daemon/server/server.h"

struct risk;

struct risk *risk_new(struct server *s);
/* Waits for a run that is under way; who waits for its answer gets none any more. NULL is fine. */
void risk_free(struct risk *r);
/* Something the figures depend on has changed: a run begins soon. NULL is fine (a server without a database). */
void risk_touch(struct server *s);
/* A batch is sealed: does it hold rows the figures depend on? */
void risk_sealed(struct server *s, const struct batch *b);

/* The limit of VAR_99_1D that is valid now; false: there is none. */
bool risk_limit(const struct desk *d, qf_money *ret);

/* --- for handlers */
/* The newest run, valid until this returns to the loop; NULL when there is none as new as the positions. */
const struct qf_risk_run *risk_newest(struct server *s);
/* Answers l with the run that is under way or begins now. */
void risk_answer_later(struct server *s, struct later *l);
/* One scenario name by name, worked out from the newest run's names; rows in arena. QF_R_COUNT: done; else the reason why not (NOT_FOUND: no
 * such scenario; NOT_READY: no run, or its closes are not read yet; TOO_LARGE). */
enum qf_reason risk_stress_report(struct server *s, const struct qf_scenario *scenario, struct qf_arena *arena, struct qf_stress_report *ret);
/* Correlations of the newest run, valid until this returns to the loop; false when there is no run. */
bool risk_correlations(struct server *s, struct qf_correlation_list *ret);

/* --- what a new simulated desk begins with */
void risk_seed(struct server *s);
/* The worst week of its stored past, when there is one: rows are daily bars among others. */
void risk_seed_history(struct server *s, const struct qf_bar *rows, uint32_t n);

#endif
