/* What users.c (who may do what) and people.c (signing in, passwords) share. */
#ifndef QF_API_USERS_H
#define QF_API_USERS_H

#include "daemon/server/server.h"

/* Writes the user disabled, and asks for a second person to enable it as image says (disabled aside). out: the user without password,
 * `approval` is the request. REFUSED: nothing was changed. */
enum handled users_put_disabled(struct ctx *c, struct qf_user *image, struct qf_user *out);

#endif
