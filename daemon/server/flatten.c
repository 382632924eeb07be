#include "daemon/server/flatten.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/core/state.h"
#include "daemon/server/inside.h"

#define AGAIN_US (500 * QF_MS) /* between two orders of a position: a thin book fills up again */

struct flat {
    struct flat *next;
    struct server *server;
    char user[33], account[25], symbol[17];
    char ref[65];          /* of the command: its orders carry it too */
    int role;
    qf_time until, again;
};

struct flattens {
    struct flat *first;
};

struct flattens *flattens_new(void)
{
    return qf_xalloc(sizeof(struct flattens));
}

void flattens_free(struct flattens *f)
{
    if (!f)
        return;
    for (struct flat *p = f->first, *next; p; p = next) {
        next = p->next;
        free(p);
    }
    free(f);
}

static struct flat **find(struct server *s, const struct flat *like)
{
    struct flat **at = &s->flattens->first;
    while (*at && !(qf_str_eq((*at)->account, like->account) && qf_str_eq((*at)->symbol, like->symbol)))
        at = &(*at)->next;
    return at;
}

/* The command is durable: from now on it is done to its end. An older one of the same position gives way. */
static void on_durable(void *arg, bool ok)
{
    struct flat *p = arg;
    struct server *s = p->server;
    if (!ok) {
        free(p);
        return;
    }
    struct flat **at = find(s, p), *older = *at;
    p->next = older ? older->next : NULL;
    *at = p;
    free(older);
}

void flattens_add(struct ctx *c, const char *account, const char *symbol)
{
    struct flat *p = qf_xalloc(sizeof *p);
    *p = (struct flat){ .server = c->s, .role = c->actor.role, .until = c->actor.wall + FLATTEN_KEEP_US };
    qf_str_copy(p->user, sizeof p->user, c->actor.user);
    qf_str_copy(p->account, sizeof p->account, account);
    qf_str_copy(p->symbol, sizeof p->symbol, symbol);
    qf_str_copy(p->ref, sizeof p->ref, c->ref);
    commit_tell_me(c->s->commit, on_durable, p);
}

/* --- one more order */

static enum handled send_order(struct ctx *c, const void *in, void *out)
{
    struct flat *p = *(struct flat *const *)in;
    struct intent intent;
    struct qf_order row;
    char quantity[QF_DEC_TEXT];
    (void)out;
    c->actor.role = p->role;
    if (flatten_next(c->desk, &c->actor, p->account, p->symbol, &intent, &c->refusal) != FLATTEN_ORDER)
        return REFUSED;
    if (!order_place(c->desk, c->batch, &intent, p->ref, &row, &c->refusal))
        return REFUSED;
    qf_dec_format(row.quantity, QF_SCALE, quantity);
    qf_str_fmt(c->detail, sizeof c->detail, "%" PRId64 " %s %s %s MARKET IOC in %s, closes", row.id,
               qf_enum_text(&qf_enum_side, row.side), quantity, row.symbol, row.account);
    return HANDLED;
}

/* Who asked may not do so any more: then nothing goes on in his name. */
static bool may_go_on(const struct server *s, const struct flat *p)
{
    const struct qf_user *u = desk_user(s->desk, p->user);
    return u && !u->disabled && qf_may(true, u->role, qf_cmds[QF_CMD_risk_flatten].perm);
}

/* Is it over? */
static bool step(struct server *s, struct flat *p, qf_time wall)
{
    struct actor who = { p->user, p->role, 0, wall };
    struct intent in;
    struct qf_refusal r = { 0 };
    if (!may_go_on(s, p))
        return true;
    switch (flatten_next(s->desk, &who, p->account, p->symbol, &in, &r)) {
    case FLATTEN_DONE: return true;
    case FLATTEN_REFUSED:
        server_event(s, QF_SEV_WARN, "flatten", "%s in %s is not closed further: %s", p->symbol, p->account, r.message);
        return true;
    case FLATTEN_ORDER:
        if (wall < p->again || !commit_room(s->commit))
            break;
        p->again = wall + AGAIN_US;
        (void)door(s, p->user, "risk.flatten", send_order, &p, &r);
        break;
    case FLATTEN_WAIT:
    case FLATTEN_LATER: break;
    }
    if (wall < p->until)
        return false;
    server_event(s, QF_SEV_WARN, "flatten", "%s in %s could not be closed within 30 s; what is left stays", p->symbol, p->account);
    return true;
}

void flattens_tick(struct server *s, qf_time wall)
{
    for (struct flat **at = &s->flattens->first, *p; (p = *at) != NULL;) {
        if (!step(s, p, wall)) {
            at = &p->next;
            continue;
        }
        *at = p->next;
        free(p);
    }
}
