/* Changes that wait for a second person. A kind of change is one row: how to say what stands there, and how to do it. */
#ifndef QF_API_APPROVALS_H
#define QF_API_APPROVALS_H

#include "daemon/server/server.h"

#define APPROVAL_TEXT 121 /* bytes of the words before and after */
#define APPROVAL_KEEP_US (2 * QF_HOUR)

struct approval_kind {
    enum qf_cmd_id cmd;
    /* What stands there now, in words that change when it does: asked when the request is made and again when it is granted. */
    void (*before)(struct ctx *c, const void *in, char out[APPROVAL_TEXT]);
    /* Does it, as the second person, in the open batch. REFUSED: nothing was changed. */
    enum handled (*apply)(struct ctx *c, const void *in, const struct qf_approval *a);
    /* May this person decide about it, beyond being another one? NULL: whoever has the permission of approval.grant. */
    bool (*may)(struct ctx *c, const void *in, const struct qf_approval *a);
};

#define APPROVALS_OWN 32 /* requests of one person that may wait at a time */
/* Is there room for another request of this person? */
bool approvals_room(const struct ctx *c);
/* Says that there is none. REFUSED. */
enum handled approvals_full(struct ctx *c);
/* Makes the request in the open batch: QF_R_INVALID_PARAMS, CAPACITY as REFUSED. in: the request record of the command; its arguments,
 * with secrets masked, are kept. */
enum handled approvals_ask(struct ctx *c, const struct approval_kind *kind, const void *in, const char *after, const char *reason,
                           struct qf_approval *ret);
/* Says that the change was not made but asked for, as request `a`: TOO_LOOSE, REFUSED_NOTED. field: the one that was too loose. */
enum handled approvals_wait(struct ctx *c, const struct qf_approval *a, const char *field);

extern const struct approval_kind approval_limit_set;   /* limits.c */
extern const struct approval_kind approval_risk_resume; /* risk.c */
extern const struct approval_kind approval_breaker_set; /* breakers.c */
extern const struct approval_kind approval_breaker_rearm;
extern const struct approval_kind approval_user_set;    /* users.c */

#endif
