#include "daemon/store/verdict.h"

#include <string.h>

#include "common/str.h"

/* Classes that say something about the server and nothing about our rows: connection, transaction state, authorisation,
 * rollback (serialization, deadlock), resources, object in use, intervention, system error, configuration, internal
 * error. */
static const char *const worlds[] = { "08", "25", "28", "40", "53", "55", "57", "58", "F0", "XX" };

enum lane_failure verdict_class(const char *state)
{
    for (size_t i = 0; i < QF_LEN(worlds); i++)
        if (strncmp(state, worlds[i], 2) == 0)
            return LANE_NOT_DONE;
    return state[0] == '\0' ? LANE_NOT_DONE : LANE_GUILTY;
}

void verdict_begin(struct verdict *v, uint64_t warnings)
{
    *v = (struct verdict){ .warnings = warnings };
}

static void fail(struct verdict *v, enum lane_failure how, const char *state, const char *message)
{
    if (v->failed)
        return; /* the first one is the cause, the others follow from it */
    v->failed = true;
    v->how = how;
    qf_str_copy(v->state, sizeof v->state, state);
    qf_str_copy(v->message, sizeof v->message, message);
}

void verdict_take(struct verdict *v, enum verdict_step step, const struct db_answer *a)
{
    if (a->kind == DB_FAIL && step == VERDICT_FENCE && strcmp(a->state, "22012") == 0) {
        fail(v, LANE_FENCED, a->state,
             "another daemon has taken over"); /* the fence divides by the rows it found: none */
    } else if (a->kind == DB_FAIL) {
        fail(v, verdict_class(a->state), a->state, a->message);
        v->unsure = v->unsure || (step == VERDICT_COMMIT && verdict_class(a->state) == LANE_NOT_DONE &&
                                  strncmp(a->state, "40", 2) != 0);
    } else if (step == VERDICT_COMMIT && a->kind == DB_DONE && strcmp(a->tag, "COMMIT") == 0) {
        v->committed = true;
    } else if (step == VERDICT_COMMIT && a->kind == DB_DONE) {
        fail(v, LANE_NOT_DONE, "40000", "the server answered COMMIT with a rollback");
    }
}

enum verdict_end verdict_of(const struct verdict *v, uint64_t warnings)
{
    if (v->unsure)
        return VERDICT_DOUBT;
    if (v->committed)
        return v->failed || warnings != v->warnings ? VERDICT_DOUBT : VERDICT_DURABLE;
    return v->failed ? VERDICT_FAILED : VERDICT_DOUBT;
}
