/* approval.*: what waits for a second person, and what that person decides. */
#include "daemon/api/approvals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/help.h"

static const struct approval_kind *const kinds[] = { &approval_limit_set, &approval_user_set, &approval_risk_resume, &approval_breaker_set,
                                                   &approval_breaker_rearm };

static const struct approval_kind *kind_of(const char *method)
{
    for (size_t i = 0; i < QF_LEN(kinds); i++)
        if (qf_str_eq(qf_cmds[kinds[i]->cmd].name, method))
            return kinds[i];
    return NULL;
}

static int newest_first(const void *a, const void *b)
{
    int64_t x = ((const struct qf_approval *)a)->id, y = ((const struct qf_approval *)b)->id;
    return (x < y) - (x > y);
}

HANDLER(approval_list, none, approval_list)
{
    uint32_t i = 0, n = 0;
    const struct qf_approval *a;
    (void)in;
    out->approvals = help_rows(c, c->desk->approvals.count, sizeof *out->approvals);
    if (!out->approvals)
        return REFUSED;
    while ((a = tab_next(&c->desk->approvals, &i)) != NULL)
        out->approvals[n++] = *a;
    qsort(out->approvals, n, sizeof *out->approvals, newest_first);
    out->approvals_n = n < 500 ? n : 500;
    return HANDLED;
}

/* --- deciding */

static const struct qf_approval *pending(struct ctx *c, int64_t id)
{
    const struct qf_approval like = { .id = id };
    const struct qf_approval *a = tab_find(&c->desk->approvals, &like);
    if (!a) {
        help_refuse(c, QF_R_NOT_FOUND, "id", NULL);
        return NULL;
    }
    if (a->state != QF_APPROVAL_PENDING || a->expires <= c->actor.wall) {
        help_refuse(c, QF_R_BAD_STATE, "id", "it is %s",
                    a->state == QF_APPROVAL_PENDING ? "EXPIRED" : qf_enum_text(&qf_enum_approval_state, a->state));
        return NULL;
    }
    return a;
}

static void decide(struct ctx *c, const struct qf_approval *a, enum qf_approval_state state, struct qf_approval *out)
{
    *out = *a;
    out->state = (int32_t)state;
    qf_str_copy(out->decided_by, sizeof out->decided_by, c->actor.user);
    out->decided = c->actor.wall;
    QF_SET(out, approval, decided_by);
    QF_SET(out, approval, decided);
    enum qf_err err = desk_put_approval(c->desk, c->batch, out);
    qf_assert(err == QF_OK); /* the row is there already */
}

/* The arguments were checked when they came; what stands in the table is checked again. */
static void *read_args(struct ctx *c, const struct approval_kind *kind, const struct qf_approval *a)
{
    struct qf_json json;
    struct qf_wire_error error;
    const struct qf_rec *rec = qf_cmds[kind->cmd].req;
    void *in = qf_arena_alloc(c->arena, rec->size);
    qf_json_begin(&json, a->args.p, a->args.n);
    if (in && qf_wire_decode(&json, rec, QF_WIRE_STRICT, in, c->arena, &error) == QF_OK && qf_json_finish(&json) == QF_OK)
        return in;
    help_refuse(c, QF_R_INTERNAL, "args", "the stored request cannot be read");
    return NULL;
}

/* Two people: whoever asked must still be one who may ask, or one of them is missing. */
static bool may_ask(struct ctx *c, const struct approval_kind *kind, const struct qf_approval *a)
{
    const struct qf_user *first = desk_user(c->desk, a->asked_by);
    if (first && !first->disabled && qf_may(true, first->role, qf_cmds[kind->cmd].perm))
        return true;
    help_refuse(c, QF_R_FORBIDDEN, "id", "%s, who asked for it, may not any more: somebody who may has to ask again", a->asked_by);
    return false;
}

/* Who may decide at all is the permission of approval.grant; here it is about being somebody else. */
static bool may_decide(struct ctx *c, const struct approval_kind *kind, const struct qf_approval *a)
{
    if (!qf_str_eq(a->asked_by, c->actor.user))
        return may_ask(c, kind, a);
    help_refuse(c, QF_R_SECOND_PERSON, "id", "%s asked for it", a->asked_by);
    return false;
}

HANDLER(approval_grant, approval_id, approval)
{
    const struct qf_approval *a = pending(c, in->id);
    const struct approval_kind *kind = a ? kind_of(a->method) : NULL;
    char now[APPROVAL_TEXT];
    if (!a)
        return REFUSED;
    if (!kind)
        return help_refuse(c, QF_R_INTERNAL, "id", "nobody knows how to do a %s", a->method);
    void *args = may_decide(c, kind, a) ? read_args(c, kind, a) : NULL;
    if (!args || (kind->may && !kind->may(c, args, a)))
        return REFUSED;
    kind->before(c, args, now);
    if (!qf_str_eq(now, a->before)) {
        decide(c, a, QF_APPROVAL_STALE, out);
        help_refuse(c, QF_R_STALE_APPROVAL, "id", "it was %s, it is %s", out->before, now);
        return REFUSED_NOTED;
    }
    enum handled h = kind->apply(c, args, a);
    if (h != HANDLED)
        return h;
    decide(c, a, QF_APPROVAL_GRANTED, out);
    qf_str_fmt(c->detail, sizeof c->detail, "A-%" PRId64 " %s of %s: %s, was %s", out->id, out->method, out->asked_by, out->after,
               out->before);
    return HANDLED;
}

HANDLER(approval_deny, approval_id, approval)
{
    const struct qf_approval *a = pending(c, in->id);
    if (!a)
        return REFUSED;
    bool own = qf_str_eq(a->asked_by, c->actor.user);
    decide(c, a, own ? QF_APPROVAL_WITHDRAWN : QF_APPROVAL_DENIED, out);
    qf_str_fmt(c->detail, sizeof c->detail, "A-%" PRId64 " %s of %s %s %s", out->id, out->method, out->asked_by,
               own ? "withdrawn" : "denied", QF_HAS(in, approval_id, reason) ? in->reason : "");
    return HANDLED;
}
