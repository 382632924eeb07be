/* user.list, user.add, user.set: taking rights away is one person's and instant, giving them needs a second person. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/approvals.h"
#include "daemon/api/help.h"
#include "daemon/api/users.h"
#include "daemon/server/passwd.h"
#include "daemon/server/worker.h"

#define NO_UID (-1) /* user.set: takes the operating-system user away */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct qf_user *)a)->name, ((const struct qf_user *)b)->name);
}

static void count_sessions(const struct desk *d, struct qf_user *users, uint32_t n)
{
    uint32_t i = 0;
    for (const struct qf_session *row; (row = tab_next(&d->sessions, &i)) != NULL;) {
        struct qf_user like;
        qf_str_copy(like.name, sizeof like.name, row->username);
        struct qf_user *u = bsearch(&like, users, n, sizeof *users, by_name);
        if (u && session_live(row))
            u->sessions++;
    }
}

HANDLER(user_list, none, user_list)
{
    uint32_t i = 0;
    (void)in;
    out->users = help_rows(c, c->desk->users.count, sizeof *out->users);
    if (!out->users)
        return REFUSED;
    for (const struct qf_user *u; (u = tab_next(&c->desk->users, &i)) != NULL;) {
        out->users[out->users_n] = *u;
        out->users[out->users_n].sessions = 0;
        QF_SET(&out->users[out->users_n++], user, sessions);
    }
    qsort(out->users, out->users_n, sizeof *out->users, by_name);
    count_sessions(c->desk, out->users, out->users_n);
    return HANDLED;
}

/* Letters, digits and . _ - behind a letter: names stand in logs, on screens and in command lines. "system" is the
 * daemon itself in the audit trail. */
static bool is_name(const char *s)
{
    if (!isalpha((unsigned char)*s) || qf_str_eq(s, "system"))
        return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && !strchr("._-", *s))
            return false;
    return true;
}

static bool uid_is_free(struct ctx *c, int64_t uid, const char *user)
{
    const struct qf_user *u = desk_user_uid(c->desk, uid);
    if (!u || qf_str_eq(u->name, user))
        return true;
    help_refuse(c, QF_R_ALREADY, "os_uid", "that operating-system user is %s", u->name);
    return false;
}

static enum handled put_user(struct ctx *c, struct qf_user *image, struct qf_user *out)
{
    image->updated = c->actor.wall;
    qf_rec_fill(&qf_rec_user, image);
    enum qf_err err = desk_put_user(c->desk, c->batch, image);
    if (err != QF_OK)
        return help_failed(c, err, "name");
    if (out) {
        *out = *image;
        QF_DROP(out, user, password);
    }
    return HANDLED;
}

/* --- what a request for a second person says */

/* The time of the last change is part of what stood there: whoever set a password after the request was made, and so knows it, must not
 * grant that request and be two people. */
static void words(const struct qf_user *u, bool after, char out[APPROVAL_TEXT])
{
    char uid[40] = "", changed[QF_TIME_TEXT + 16] = "", at[QF_TIME_TEXT];
    if (QF_HAS(u, user, os_uid))
        qf_str_fmt(uid, sizeof uid, ", OS user id %" PRId64, u->os_uid);
    if (!after) {
        qf_time_format(u->updated, at);
        qf_str_fmt(changed, sizeof changed, ", changed %s", at);
    }
    qf_str_fmt(out, APPROVAL_TEXT, "%s: %s%s%s%s", u->name, u->disabled ? "disabled, " : after ? "enabled as " : "",
               qf_enum_text(&qf_enum_role, u->role), uid, changed);
}

static void before(struct ctx *c, const void *in, char out[APPROVAL_TEXT])
{
    const struct qf_user_set *set = in;
    const struct qf_user *u = desk_user(c->desk, set->name);
    if (u)
        words(u, false, out);
    else
        qf_str_copy(out, APPROVAL_TEXT, "no such user");
}

/* --- changing one */

static uint32_t admins_but(const struct desk *d, const char *name)
{
    uint32_t i = 0, n = 0;
    for (const struct qf_user *o; (o = tab_next(&d->users, &i)) != NULL;)
        n += o->role == QF_ROLE_ADMIN && !o->disabled && !qf_str_eq(o->name, name);
    return n;
}

static bool is_last_admin(const struct desk *d, const struct qf_user *u)
{
    return u->role == QF_ROLE_ADMIN && !u->disabled && admins_but(d, u->name) == 0;
}

static void image_of(const struct qf_user_set *in, const struct qf_user *u, struct qf_user *image)
{
    *image = *u;
    if (QF_HAS(in, user_set, role))
        image->role = in->role;
    if (QF_HAS(in, user_set, disabled))
        image->disabled = in->disabled;
    if (QF_HAS(in, user_set, os_uid) && in->os_uid == NO_UID) {
        image->os_uid = 0;
        QF_DROP(image, user, os_uid);
    } else if (QF_HAS(in, user_set, os_uid)) {
        image->os_uid = in->os_uid;
        QF_SET(image, user, os_uid);
    }
}

static bool has_uid(const struct qf_user *u, int64_t uid)
{
    return QF_HAS(u, user, os_uid) && u->os_uid == uid;
}

/* A right or a way to sign in that was not there before. */
static bool gives(const struct qf_user *was, const struct qf_user *is)
{
    return (is->role != was->role && is->role != QF_ROLE_VIEWER) || (was->disabled && !is->disabled) ||
           (QF_HAS(is, user, os_uid) && !has_uid(was, is->os_uid));
}

static bool takes(const struct qf_user *was, const struct qf_user *is)
{
    return (is->role != was->role && is->role == QF_ROLE_VIEWER) || (!was->disabled && is->disabled) ||
           (QF_HAS(was, user, os_uid) && !QF_HAS(is, user, os_uid));
}

static bool may_change(struct ctx *c, const struct qf_user *was, const struct qf_user *is)
{
    bool role = is->role != was->role;
    if (role && qf_str_eq(was->name, c->actor.user))
        help_refuse(c, QF_R_SECOND_PERSON, "role", "nobody changes their own role");
    else if ((role || is->disabled) && is_last_admin(c->desk, was))
        help_refuse(c, QF_R_LAST_ADMIN, role ? "role" : "disabled", NULL);
    else
        return !QF_HAS(is, user, os_uid) || uid_is_free(c, is->os_uid, was->name);
    return false;
}

static enum handled put_change(struct ctx *c, struct qf_user *image, struct qf_user *out)
{
    uint32_t ended = image->disabled ? session_end_all(c, image->name, 0, "disabled") : 0;
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s%s, %u sessions ended", image->name,
               qf_enum_text(&qf_enum_role, image->role), image->disabled ? " disabled" : "", ended);
    return put_user(c, image, out);
}

static enum handled apply(struct ctx *c, const void *in, const struct qf_approval *a)
{
    const struct qf_user_set *set = in;
    const struct qf_user *u = desk_user(c->desk, set->name);
    struct qf_user image;
    (void)a;
    if (!u)
        return help_refuse(c, QF_R_NOT_FOUND, "name", NULL);
    image_of(set, u, &image);
    return may_change(c, u, &image) ? put_change(c, &image, NULL) : REFUSED;
}

/* Rights that could be used as somebody's own second person are an admin's to give; where there is no other admin, a risk officer's. */
static bool may_grant(struct ctx *c, const void *in, const struct qf_approval *a)
{
    const struct qf_user_set *set = in;
    const struct qf_user *u = desk_user(c->desk, set->name);
    struct qf_user image;
    if (!u)
        return true; /* STALE will be said */
    image_of(set, u, &image);
    bool strong = image.role == QF_ROLE_ADMIN || image.role == QF_ROLE_RISK;
    if (!strong || c->actor.role == QF_ROLE_ADMIN || admins_but(c->desk, a->asked_by) == 0)
        return true;
    help_refuse(c, QF_R_FORBIDDEN, "id", "rights of %s are granted by another admin", qf_enum_text(&qf_enum_role, image.role));
    return false;
}

const struct approval_kind approval_user_set = { QF_CMD_user_set, before, apply, may_grant };

static enum handled ask(struct ctx *c, const struct qf_user_set *in, const struct qf_user *image, struct qf_user *out)
{
    struct qf_approval a;
    char after[APPROVAL_TEXT];
    words(image, true, after);
    if (approvals_ask(c, &approval_user_set, in, after, "", &a) != HANDLED)
        return REFUSED;
    out->approval = a.id;
    QF_SET(out, user, approval);
    return HANDLED;
}

HANDLER(user_set, user_set, user)
{
    const struct qf_user *u = desk_user(c->desk, in->name);
    struct qf_user image;
    if (!u)
        return help_refuse(c, QF_R_NOT_FOUND, "name", "there is no user %s", in->name);
    image_of(in, u, &image);
    if (!may_change(c, u, &image))
        return REFUSED;
    if (!gives(u, &image))
        return put_change(c, &image, out);
    if (takes(u, &image))
        return help_refuse(c, QF_R_INVALID_PARAMS, "", "one at a time: taking rights away is done at once, giving rights waits for a "
                                                       "second person");
    *out = *u;
    QF_DROP(out, user, password);
    return ask(c, in, &image, out);
}

/* --- a user to be added, whose first password (when there is one) is hashed on a worker. The user is disabled, and so holds no right,
 * until another person has agreed. */
struct add {
    struct later *later;
    struct qf_user_add in;
    struct passwd_cost cost;
    char hash[PASSWD_STRING]; /* "" = it could not be made, or no password */
};

enum handled users_put_disabled(struct ctx *c, struct qf_user *image, struct qf_user *out)
{
    struct qf_user_set enable = { .disabled = false };
    struct qf_user enabled = *image;
    image->disabled = true;
    if (!approvals_room(c))
        return approvals_full(c);
    if (put_user(c, image, out) != HANDLED)
        return REFUSED;
    qf_str_copy(enable.name, sizeof enable.name, image->name);
    qf_str_copy(enable.client_ref, sizeof enable.client_ref, c->ref);
    qf_rec_fill(&qf_rec_user_set, &enable);
    QF_SET(&enable, user_set, disabled);
    enum handled h = ask(c, &enable, &enabled, out);
    qf_assert(h == HANDLED); /* there is room, and the request is short */
    return h;
}

static enum handled add_decide(struct ctx *c, const void *job, void *out)
{
    const struct add *a = job;
    struct qf_user image = { .role = a->in.role, .created = c->actor.wall };
    if (desk_user(c->desk, a->in.name))
        return help_refuse(c, QF_R_ALREADY, "name", "there is a user %s", a->in.name);
    if (QF_HAS(&a->in, user_add, os_uid) && !uid_is_free(c, a->in.os_uid, a->in.name))
        return REFUSED;
    if (QF_HAS(&a->in, user_add, password) && !*a->hash)
        return help_refuse(c, QF_R_BUSY, "password", "there is no memory for the password");
    qf_str_copy(image.name, sizeof image.name, a->in.name);
    if (QF_HAS(&a->in, user_add, os_uid)) {
        image.os_uid = a->in.os_uid;
        QF_SET(&image, user, os_uid);
    }
    if (*a->hash) {
        qf_str_copy(image.password, sizeof image.password, a->hash);
        QF_SET(&image, user, password);
        image.must_change = true;
    }
    return users_put_disabled(c, &image, out);
}

static void add_run(void *job)
{
    struct add *a = job;
    if (passwd_hash(a->in.password, &a->cost, a->hash) != QF_OK)
        *a->hash = '\0';
    passwd_wipe(a->in.password, sizeof a->in.password);
}

static void add_free(void *job)
{
    passwd_wipe(job, sizeof(struct add));
    free(job);
}

static void add_done(void *job)
{
    struct add *a = job;
    later_write(a->later, add_decide, a, add_free);
}

static enum handled add_later(struct ctx *c, const struct qf_user_add *in)
{
    struct add *a = qf_xalloc(sizeof *a);
    a->in = *in;
    a->cost = *session_cost(server_sessions(c->s));
    if (worker_add(server_worker(c->s), add_run, add_done, a) != QF_OK) {
        add_free(a);
        return help_refuse(c, QF_R_BUSY, "", NULL);
    }
    a->later = later_take(c);
    return LATER;
}

HANDLER(user_add, user_add, user)
{
    bool password = QF_HAS(in, user_add, password);
    const char *broken = password ? passwd_rule(in->name, in->password) : NULL;
    if (!is_name(in->name))
        return help_refuse(c, QF_R_INVALID_PARAMS, "name",
                           "a user name has letters, digits and . _ - behind a letter, and is not system");
    if (broken)
        return help_refuse(c, QF_R_BAD_PASSWORD, "password", "%s", broken);
    if (desk_user(c->desk, in->name))
        return help_refuse(c, QF_R_ALREADY, "name", "there is a user %s", in->name);
    if (password)
        return add_later(c, in);
    struct add a = { .in = *in };
    return add_decide(c, &a, out);
}
