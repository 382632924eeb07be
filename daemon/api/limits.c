/* limit.*: tighter at once, looser by a second person. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/approvals.h"
#include "daemon/api/help.h"
#include "daemon/api/limits.h"
#include "daemon/core/gate.h"

/* --- reading */

static int by_share(const void *a, const void *b)
{
    int64_t x = ((const struct qf_limit *)a)->used_bp, y = ((const struct qf_limit *)b)->used_bp;
    return (x < y) - (x > y);
}

static bool is_over(const struct qf_limit *l, qf_time wall)
{
    return QF_HAS(l, limit, until) && l->until <= wall;
}

HANDLER(limit_list, none, limit_list)
{
    uint32_t i = 0;
    const struct qf_limit *l;
    (void)in;
    out->limits = help_rows(c, c->desk->limits.count, sizeof *out->limits);
    if (!out->limits)
        return REFUSED;
    while ((l = tab_next(&c->desk->limits, &i)) != NULL)
        if (!is_over(l, c->actor.wall))
            desk_limit_row(c->desk, l, &out->limits[out->limits_n++]);
    qsort(out->limits, out->limits_n, sizeof *out->limits, by_share);
    return HANDLED;
}

/* --- setting */

static const struct qf_limit *in_force(const struct ctx *c, const struct qf_limit_set *in, const char *name)
{
    struct qf_limit like = { .scope = in->scope, .control = in->control };
    qf_str_copy(like.name, sizeof like.name, name);
    const struct qf_limit *l = tab_find(&c->desk->limits, &like);
    return l && !is_over(l, c->actor.wall) ? l : NULL;
}

/* The row of exactly this name. */
static const struct qf_limit *own_row(const struct ctx *c, const struct qf_limit_set *in)
{
    return in_force(c, in, QF_HAS(in, limit_set, name) ? in->name : "");
}

/* A row of its own rules in place of that of all names. */
static const struct qf_limit *star_row(const struct ctx *c, const struct qf_limit_set *in)
{
    return in->scope == QF_SCOPE_FIRM ? NULL : in_force(c, in, "*");
}

/* Who only moves the hard level keeps the warning below it: the same one, or at the same share when that would lie above. */
static void keep_warn(const struct qf_limit *was, struct qf_limit *ret)
{
    qf_i128 warn;
    if (!was || !QF_HAS(was, limit, warn))
        return;
    ret->warn = was->warn;
    if (ret->warn > ret->hard)
        ret->warn = was->hard > 0 && qf_muldiv(was->warn, ret->hard, was->hard, &warn) == QF_OK ? warn : ret->hard;
    QF_SET(ret, limit, warn);
}

static void image_of(const struct ctx *c, const struct qf_limit_set *in, const char *owner, struct qf_limit *ret)
{
    *ret = (struct qf_limit){ .scope = in->scope, .control = in->control, .hard = in->hard, .updated = c->actor.wall };
    qf_str_copy(ret->name, sizeof ret->name, QF_HAS(in, limit_set, name) ? in->name : "");
    qf_str_copy(ret->owner, sizeof ret->owner, owner);
    qf_str_copy(ret->reason, sizeof ret->reason, in->reason);
    qf_rec_fill(&qf_rec_limit, ret);
    if (QF_HAS(in, limit_set, warn)) {
        ret->warn = in->warn;
        QF_SET(ret, limit, warn);
    } else {
        keep_warn(own_row(c, in), ret);
    }
    if (QF_HAS(in, limit_set, until)) {
        ret->until = in->until;
        QF_SET(ret, limit, until);
    }
}

static void words(const struct qf_limit *l, char out[APPROVAL_TEXT])
{
    char hard[QF_DEC_TEXT], warn[QF_DEC_TEXT] = "none", until[QF_TIME_TEXT] = "none";
    if (QF_HAS(l, limit, warn))
        help_dec(l->warn, warn);
    if (QF_HAS(l, limit, until))
        qf_time_format(l->until, until);
    qf_str_fmt(out, APPROVAL_TEXT, "hard %s warn %s until %s", help_dec(l->hard, hard), warn, until);
}

/* Without a row of its own what all names have is said, behind a '*': nothing is put back then when a time runs out, it rules again. */
static void before(struct ctx *c, const void *in, char out[APPROVAL_TEXT])
{
    const struct qf_limit *own = own_row(c, in), *star = star_row(c, in);
    char all[APPROVAL_TEXT];
    if (own) {
        words(own, out);
    } else if (star) {
        words(star, all);
        qf_str_fmt(out, APPROVAL_TEXT, "* %s", all);
    } else {
        qf_str_copy(out, APPROVAL_TEXT, "none");
    }
}

static enum handled apply(struct ctx *c, const void *in, const struct qf_approval *a)
{
    struct qf_limit image;
    image_of(c, in, a->asked_by, &image);
    enum qf_err err = desk_put_limit(c->desk, c->batch, &image);
    return err == QF_OK ? HANDLED : help_failed(c, err, "");
}

const struct approval_kind approval_limit_set = { QF_CMD_limit_set, before, apply, NULL };

/* Would it stand longer than the present one, above what was to rule when that one's time is over? Two people agreed to a time. */
static bool outlasts(const struct ctx *c, const struct qf_limit *own, const struct qf_limit_set *in)
{
    const struct qf_limit *star = star_row(c, in);
    qf_money then;
    if (!QF_HAS(own, limit, until) || (QF_HAS(in, limit_set, until) && in->until <= own->until))
        return false;
    if (!limits_back_to(c->desk, own, &then)) {
        if (!star)
            return false;
        then = star->hard;
    }
    return in->hard > then;
}

/* A limit that ends earlier than the one it replaces gives way then: that is looser too. */
static bool is_looser(const struct ctx *c, const struct qf_limit_set *in)
{
    const struct qf_limit *own = own_row(c, in), *star = star_row(c, in);
    if (!own)
        return star && in->hard > star->hard;
    bool ends = QF_HAS(in, limit_set, until), ended = QF_HAS(own, limit, until);
    return in->hard > own->hard || (ends && (!ended || in->until < own->until)) || outlasts(c, own, in);
}

/* Is there such a thing? A limit of what does not exist would never bind, and nobody would see why. */
static bool exists(const struct ctx *c, enum qf_scope scope, const char *name)
{
    switch (scope) {
    case QF_SCOPE_FIRM: return true;
    case QF_SCOPE_ACCOUNT: return desk_account(c->desk, name) != NULL;
    case QF_SCOPE_SYMBOL: return desk_instrument(c->desk, name) != NULL;
    default: return desk_group(c->desk, scope, name) != NULL;
    }
}

static bool sensible(struct ctx *c, const struct qf_limit_set *in)
{
    bool named = QF_HAS(in, limit_set, name) && *in->name;
    if (!*gate_unit((enum qf_control_code)in->control))
        help_refuse(c, QF_R_INVALID_PARAMS, "control", "%s has no number", qf_enum_text(&qf_enum_control_code, in->control));
    else if (in->hard < 0)
        help_refuse(c, QF_R_INVALID_PARAMS, "hard", "a limit is not negative");
    else if (QF_HAS(in, limit_set, warn) && in->warn > in->hard)
        help_refuse(c, QF_R_INVALID_PARAMS, "warn", "it would warn above the limit");
    else if (named == (in->scope == QF_SCOPE_FIRM))
        help_refuse(c, QF_R_INVALID_PARAMS, "name", named ? "the firm has no name" : "which one? * = each one");
    else if (in->control == QF_CTL_VAR_99_1D && in->scope != QF_SCOPE_FIRM)
        help_refuse(c, QF_R_INVALID_PARAMS, "scope", "the value at risk is that of the firm");
    else if (named && !qf_str_eq(in->name, "*") && !exists(c, (enum qf_scope)in->scope, in->name))
        help_refuse(c, QF_R_NOT_FOUND, "name", "there is no %s %s", qf_enum_text(&qf_enum_scope, in->scope), in->name);
    else if (QF_HAS(in, limit_set, until) && in->until <= c->actor.wall)
        help_refuse(c, QF_R_INVALID_PARAMS, "until", "that is over already");
    else
        return true;
    return false;
}

HANDLER(limit_set, limit_set, limit)
{
    struct qf_limit image;
    struct qf_approval a;
    char after[APPROVAL_TEXT];
    if (!sensible(c, in))
        return REFUSED;
    image_of(c, in, c->actor.user, &image);
    words(&image, after);
    if (is_looser(c, in)) {
        if (approvals_ask(c, &approval_limit_set, in, after, in->reason, &a) != HANDLED)
            return REFUSED;
        return approvals_wait(c, &a, "hard");
    }
    enum qf_err err = desk_put_limit(c->desk, c->batch, &image);
    if (err != QF_OK)
        return help_failed(c, err, "");
    desk_limit_row(c->desk, &image, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s %s: %s", qf_enum_text(&qf_enum_scope, image.scope), image.name,
               qf_enum_text(&qf_enum_control_code, image.control), after);
    return HANDLED;
}
