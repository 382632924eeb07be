/* breaker.*: what the breakers see, where they trip, and how they are made to watch again. */
#include <inttypes.h>
#include <string.h>

#include "daemon/api/approvals.h"
#include "daemon/api/help.h"
#include "daemon/core/breaker.h"
#include "daemon/server/breakers.h"

HANDLER(breaker_list, none, breaker_list)
{
    struct breaker_world w;
    uint32_t most = c->desk->breakers.count + 2 * QF_breaker_code_COUNT + 64;
    (void)in;
    if (most > 2048)
        most = 2048;
    out->breakers = help_rows(c, most, sizeof *out->breakers);
    if (!out->breakers)
        return REFUSED;
    breakers_world(c->s, &w);
    out->breakers_n = breaker_rows(c->desk, &w, out->breakers, most);
    return HANDLED;
}

/* --- setting */

static const char *strategy_of(const struct qf_breaker_set *in)
{
    return QF_HAS(in, breaker_set, name) ? in->name : "";
}

/* What rules now for what is to be set: its own row, else '*', else nothing. */
static void present(const struct ctx *c, const struct qf_breaker_set *in, struct qf_breaker *ret)
{
    const struct qf_breaker *own = breaker_find(c->desk, (enum qf_breaker_code)in->code, strategy_of(in)), *rules = own;
    breaker_blank((enum qf_breaker_code)in->code, strategy_of(in), ret);
    if (own)
        *ret = *own;
    if (*strategy_of(in) && (!own || own->follows))
        rules = breaker_find(c->desk, (enum qf_breaker_code)in->code, "*");
    QF_DROP(ret, breaker, level);
    if (!rules)
        return;
    ret->window_s = rules->window_s;
    ret->action = rules->action;
    if (!QF_HAS(rules, breaker, level))
        return;
    ret->level = rules->level;
    QF_SET(ret, breaker, level);
}

static void image_of(const struct ctx *c, const struct qf_breaker_set *in, const char *owner, struct qf_breaker *ret)
{
    present(c, in, ret);
    ret->follows = false;
    ret->updated = c->actor.wall;
    qf_str_copy(ret->owner, sizeof ret->owner, owner);
    qf_str_copy(ret->reason, sizeof ret->reason, in->reason);
    if (QF_HAS(in, breaker_set, window_s))
        ret->window_s = in->window_s;
    if (QF_HAS(in, breaker_set, action))
        ret->action = in->action;
    QF_DROP(ret, breaker, level);
    ret->level = 0;
    if (!QF_HAS(in, breaker_set, level))
        return;
    ret->level = in->level;
    QF_SET(ret, breaker, level);
}

static void words(const struct qf_breaker *b, char out[APPROVAL_TEXT])
{
    char level[QF_DEC_TEXT] = "none", window[40] = "";
    if (QF_HAS(b, breaker, level))
        help_dec(b->level, level);
    if (breaker_kinds[b->code].window)
        qf_str_fmt(window, sizeof window, " in %" PRId64 " s", b->window_s);
    qf_str_fmt(out, APPROVAL_TEXT, "level %s%s, %s", level, window, qf_enum_text(&qf_enum_desk_state, b->action));
}

static void before_set(struct ctx *c, const void *in, char out[APPROVAL_TEXT])
{
    struct qf_breaker b;
    present(c, in, &b);
    words(&b, out);
}

static enum handled apply_set(struct ctx *c, const void *in, const struct qf_approval *a)
{
    struct qf_breaker image;
    image_of(c, in, a->asked_by, &image);
    enum qf_err err = desk_put_breaker(c->desk, c->batch, &image);
    return err == QF_OK ? HANDLED : help_failed(c, err, "");
}

const struct approval_kind approval_breaker_set = { QF_CMD_breaker_set, before_set, apply_set, NULL };

/* Off, a higher level, a shorter look back or a milder action let more happen. What was off can only become tighter. */
static bool is_looser(const struct qf_breaker *was, const struct qf_breaker *is)
{
    if (!QF_HAS(was, breaker, level))
        return false;
    return !QF_HAS(is, breaker, level) || is->level > was->level || is->window_s < was->window_s || is->action < was->action;
}

static bool sensible_scope(struct ctx *c, const struct qf_breaker_set *in)
{
    const char *name = strategy_of(in);
    bool strategy = QF_HAS(in, breaker_set, scope) ? in->scope == QF_SCOPE_STRATEGY : *name != '\0';
    if (QF_HAS(in, breaker_set, scope) && in->scope != QF_SCOPE_FIRM && in->scope != QF_SCOPE_STRATEGY)
        help_refuse(c, QF_R_INVALID_PARAMS, "scope", "a breaker is about the firm or a strategy");
    else if (strategy != (*name != '\0'))
        help_refuse(c, QF_R_INVALID_PARAMS, "name", strategy ? "which strategy? * = each one" : "the firm has no name");
    else if (strategy && !breaker_kinds[in->code].strategies)
        help_refuse(c, QF_R_INVALID_PARAMS, "scope", "%s watches the firm only", qf_enum_text(&qf_enum_breaker_code, in->code));
    else if (strategy && !qf_str_eq(name, "*") && !desk_group(c->desk, QF_SCOPE_STRATEGY, name))
        help_refuse(c, QF_R_NOT_FOUND, "name", "no account belongs to a strategy of that name");
    else
        return true;
    return false;
}

static bool sensible(struct ctx *c, const struct qf_breaker_set *in)
{
    const struct breaker_kind *k = &breaker_kinds[in->code];
    char most[QF_DEC_TEXT];
    if (!sensible_scope(c, in))
        return false;
    if (QF_HAS(in, breaker_set, level) && in->level <= 0)
        help_refuse(c, QF_R_INVALID_PARAMS, "level", "a level is above zero; leave it out to switch the breaker off");
    else if (QF_HAS(in, breaker_set, level) && in->level > k->most)
        help_refuse(c, QF_R_INVALID_PARAMS, "level", "it could never be reached: at most %s", help_dec(k->most, most));
    else if (QF_HAS(in, breaker_set, window_s) && !k->window)
        help_refuse(c, QF_R_INVALID_PARAMS, "window_s", "%s has no window to set", qf_enum_text(&qf_enum_breaker_code, in->code));
    else if (QF_HAS(in, breaker_set, action) && in->action == QF_STATE_ACTIVE)
        help_refuse(c, QF_R_INVALID_PARAMS, "action", "ACTIVE would stop nothing");
    else
        return true;
    return false;
}

HANDLER(breaker_set, breaker_set, breaker)
{
    struct qf_breaker was, image;
    struct qf_approval a;
    struct breaker_world w;
    char after[APPROVAL_TEXT];
    if (!sensible(c, in))
        return REFUSED;
    present(c, in, &was);
    image_of(c, in, c->actor.user, &image);
    words(&image, after);
    if (is_looser(&was, &image)) {
        if (approvals_ask(c, &approval_breaker_set, in, after, in->reason, &a) != HANDLED)
            return REFUSED;
        return approvals_wait(c, &a, "level");
    }
    enum qf_err err = desk_put_breaker(c->desk, c->batch, &image);
    if (err != QF_OK)
        return help_failed(c, err, "");
    breakers_world(c->s, &w);
    breaker_row(c->desk, &w, &image, out);
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s%s: %s", qf_enum_text(&qf_enum_breaker_code, image.code),
               *image.name ? "strategy " : "firm", image.name, after);
    return HANDLED;
}

/* --- watching again */

static const char *rearmed(const struct qf_breaker_rearm *in)
{
    return QF_HAS(in, breaker_rearm, name) ? in->name : "";
}

static void before_rearm(struct ctx *c, const void *in_, char out[APPROVAL_TEXT])
{
    const struct qf_breaker_rearm *in = in_;
    const struct qf_breaker *b = breaker_find(c->desk, (enum qf_breaker_code)in->code, rearmed(in));
    char since[QF_TIME_TEXT];
    if (!b || !b->tripped) {
        qf_str_copy(out, APPROVAL_TEXT, "armed");
        return;
    }
    qf_time_format(b->since, since);
    qf_str_fmt(out, APPROVAL_TEXT, "tripped %s: %s", since, b->trip);
}

static enum handled apply_rearm(struct ctx *c, const void *in_, const struct qf_approval *a)
{
    const struct qf_breaker_rearm *in = in_;
    struct breaker_world w;
    (void)a;
    breakers_world(c->s, &w);
    return breaker_rearm(c->desk, c->batch, &w, (enum qf_breaker_code)in->code, rearmed(in), &c->refusal) ? HANDLED : REFUSED;
}

const struct approval_kind approval_breaker_rearm = { QF_CMD_breaker_rearm, before_rearm, apply_rearm, NULL };

/* Asked now and again when it is granted: a breaker whose figure is still beyond its level would trip at once. */
HANDLER(breaker_rearm, breaker_rearm, approval)
{
    struct breaker_world w;
    breakers_world(c->s, &w);
    if (!breaker_rearm(c->desk, NULL, &w, (enum qf_breaker_code)in->code, rearmed(in), &c->refusal))
        return REFUSED;
    return approvals_ask(c, &approval_breaker_rearm, in, breaker_kinds[in->code].resets ? "armed, counting from 0" : "armed", in->reason, out);
}
