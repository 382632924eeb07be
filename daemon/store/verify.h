/* Do the tables agree with each other? Sums recomputed from executions and ledger, anti-joins in place of the keys the
 * hot tables do without, numbers and links of the audit trail. For `qfd verify`, after storms, and nightly. */
#ifndef QF_STORE_VERIFY_H
#define QF_STORE_VERIFY_H

#include "common/loop.h"
#include "common/proto/proto.h"

#define VERIFY_WHY 256

struct verify;

/* report->findings hold one event a check that found something (id: how many rows, at most 1,000; source: the check;
 * message: what does not hold and the first keys). The report lives until verify_free. */
struct verify_callbacks {
    /* Once, one of them. */
    void (*done)(void *arg, const struct qf_verify_report *report);
    void (*failed)(void *arg, const char *why);
    void *arg;
};
/* Begins, in one snapshot on a connection of its own. conninfo: any role that may read; copied. */
struct verify *verify_new(struct qf_loop *loop, const char *conninfo, const struct verify_callbacks *cb);
/* Stops it. NULL is fine. */
void verify_free(struct verify *v);

/* The same, waiting. found (may be NULL) is called for each finding. QF_ECLOSED: no connection, or it broke; QF_ESTATE:
 * a statement was refused; ret_why says why. */
enum qf_err verify_wait(const char *conninfo, struct qf_verify_report *ret,
                        void (*found)(void *arg, const struct qf_event *finding), void *arg,
                        char ret_why[VERIFY_WHY]) QF_MUST_CHECK;

#endif
