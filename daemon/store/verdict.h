/* What became of a batch, from the answers to its statements. Pure: no connection, no clock.
 *
 * Durable is only what was answered by COMMIT with the tag COMMIT, without any failure, without a warning, and by the
 * sync after it. A failed transaction answers COMMIT with success too, but with the tag ROLLBACK. */
#ifndef QF_STORE_VERDICT_H
#define QF_STORE_VERDICT_H

#include "daemon/store/db.h"
#include "daemon/store/lane.h"

enum verdict_step { VERDICT_BEGIN, VERDICT_FENCE, VERDICT_ROWS, VERDICT_COMMIT };
enum verdict_end {
    VERDICT_DURABLE,
    VERDICT_FAILED, /* surely not in the database; how, state and message say why */
    VERDICT_DOUBT   /* may be in the database */
};

struct verdict {
    bool committed, failed;
    bool unsure; /* COMMIT itself was answered by an error of the server's own: it may have been too late to stop it */
    enum lane_failure how;
    char state[6];
    char message[DB_WHY];
    uint64_t warnings; /* of the connection when the batch was sent */
};

void verdict_begin(struct verdict *v, uint64_t warnings);
void verdict_take(struct verdict *v, enum verdict_step step, const struct db_answer *a);
/* After the sync, or when the connection broke before it (then durable cannot be said: treat it as doubt). warnings: of
 * the connection now. */
enum verdict_end verdict_of(const struct verdict *v, uint64_t warnings);
/* Is a failure with this SQLSTATE the database's (safe to repeat) or a wrong row of ours? */
enum lane_failure verdict_class(const char *state);

#endif
