/* Asking for a second person: the request as a row. */
#include <inttypes.h>
#include <string.h>

#include "daemon/api/approvals.h"
#include "daemon/api/help.h"

static bool keep_args(struct ctx *c, const struct approval_kind *kind, const void *in, struct qf_str *ret)
{
    struct qf_buf b;
    qf_buf_init(&b, 4000);
    qf_wire_encode(&b, qf_cmds[kind->cmd].req, in, true);
    bool ok = !b.failed;
    ret->p = ok ? qf_arena_copy(c->arena, b.p, b.len) : NULL;
    ret->n = (uint32_t)b.len;
    qf_buf_release(&b);
    return ret->p != NULL;
}

/* Decided ones give way (desk_put_approval), so only those that wait count; and nobody can take all the room for themselves. */
bool approvals_room(const struct ctx *c)
{
    uint32_t i = 0, waiting = 0, own = 0;
    for (const struct qf_approval *a; (a = tab_next(&c->desk->approvals, &i)) != NULL;) {
        bool pending = a->state == QF_APPROVAL_PENDING;
        waiting += pending;
        own += pending && qf_str_eq(a->asked_by, c->actor.user);
    }
    return own < APPROVALS_OWN && waiting < c->desk->approvals.cap - c->desk->approvals.cap / 10;
}

enum handled approvals_full(struct ctx *c)
{
    help_refuse(c, QF_R_REFUSED, "", "too many requests wait for a second person already (%d of yours at most)", APPROVALS_OWN);
    c->refusal.control = QF_CTL_CAPACITY;
    return REFUSED;
}

enum handled approvals_ask(struct ctx *c, const struct approval_kind *kind, const void *in, const char *after, const char *reason,
                           struct qf_approval *ret)
{
    memset(ret, 0, sizeof *ret);
    if (!keep_args(c, kind, in, &ret->args))
        return help_refuse(c, QF_R_INVALID_PARAMS, "", "too long for a request to a second person");
    if (!approvals_room(c))
        return approvals_full(c);
    ret->id = desk_next(c->desk, c->batch, &c->desk->seq.approval);
    qf_str_copy(ret->method, sizeof ret->method, qf_cmds[kind->cmd].name);
    kind->before(c, in, ret->before);
    qf_str_copy(ret->after, sizeof ret->after, after);
    qf_str_copy(ret->asked_by, sizeof ret->asked_by, c->actor.user);
    qf_str_copy(ret->reason, sizeof ret->reason, reason);
    ret->asked = c->actor.wall;
    ret->expires = c->actor.wall + APPROVAL_KEEP_US;
    ret->state = QF_APPROVAL_PENDING;
    qf_rec_fill(&qf_rec_approval, ret);
    enum qf_err err = desk_put_approval(c->desk, c->batch, ret);
    qf_assert(err == QF_OK); /* there was room */
    qf_str_fmt(c->detail, sizeof c->detail, "A-%" PRId64 " %s: %s, now %s", ret->id, ret->method, ret->after, ret->before);
    return HANDLED;
}

enum handled approvals_wait(struct ctx *c, const struct qf_approval *a, const char *field)
{
    help_refuse(c, QF_R_TOO_LOOSE, field, "it waits for a second person: request A-%" PRId64 " (`qf approval grant %" PRId64 "`)", a->id, a->id);
    return REFUSED_NOTED;
}
