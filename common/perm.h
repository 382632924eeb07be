/* Permissions and roles: made from proto/perms.def; asked in one function. */
#ifndef QF_PERM_H
#define QF_PERM_H

#include "common/base.h"

enum qf_perm {
#define PERM(name, text, viewer, trader, risk, admin, feed, strategy, words) QF_P_##name,
#include "common/proto/perms.def"
    QF_P_COUNT
};
struct qf_perm_row {
    const char *text;
    bool role[6]; /* by enum qf_role: viewer trader risk admin feed strategy */
    const char *words;
};
extern const struct qf_perm_row qf_perms[QF_P_COUNT];

/* The one question. signed_in = false: only ANYONE passes; role (enum qf_role) is then not looked at. */
bool qf_may(bool signed_in, int role, enum qf_perm perm);

#endif
