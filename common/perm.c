#include "common/perm.h"

const struct qf_perm_row qf_perms[QF_P_COUNT] = {
#define PERM(name, word, viewer, trader, risk, admin, feed, strategy, about) \
    [QF_P_##name] = { .text = word, .role = { viewer, trader, risk, admin, feed, strategy }, .words = about },
#include "common/proto/perms.def"
};

/* A role or permission that is not in the table has no right to anything: roles come from the database. */
bool qf_may(bool signed_in, int role, enum qf_perm perm)
{
    if (!signed_in)
        return perm == QF_P_ANYONE;
    if ((unsigned)perm >= QF_P_COUNT || role < 0 || role >= (int)QF_LEN(qf_perms[0].role))
        return false;
    return qf_perms[perm].role[role];
}
