/* A limit that a second person loosened until a time goes back by itself: what stood there before is in the request that was granted.
 * Looked at once a second, and so also after a start: a limit whose time ran out while nothing ran is set again. */
#include <string.h>

#include "daemon/api/approvals.h"
#include "daemon/api/help.h"
#include "daemon/api/limits.h"
#include "daemon/api/table.h"

struct back {
    struct qf_limit row;
    int64_t approval;
};

/* "hard 30000000 warn none until none": the words limits.c wrote. */
static bool next_word(const char **at, const char *name, char *out, size_t cap)
{
    size_t n = strlen(name);
    if (strncmp(*at, name, n) != 0 || (*at)[n] != ' ')
        return false;
    const char *word = *at + n + 1;
    size_t size = strcspn(word, " ");
    *at = word + size + (word[size] == ' ');
    return size > 0 && qf_str_copyn(out, cap, word, size);
}

static bool read_words(const char *text, struct qf_limit *ret)
{
    char hard[QF_DEC_TEXT], warn[QF_DEC_TEXT], until[QF_TIME_TEXT];
    if (!next_word(&text, "hard", hard, sizeof hard) || !next_word(&text, "warn", warn, sizeof warn) ||
        !next_word(&text, "until", until, sizeof until) || qf_money_parse(hard, strlen(hard), &ret->hard) != QF_OK)
        return false;
    if (!qf_str_eq(warn, "none")) {
        if (qf_money_parse(warn, strlen(warn), &ret->warn) != QF_OK)
            return false;
        QF_SET(ret, limit, warn);
    }
    if (!qf_str_eq(until, "none")) {
        if (qf_time_parse(until, strlen(until), &ret->until) != QF_OK)
            return false;
        QF_SET(ret, limit, until);
    }
    return true;
}

static bool read_request(const struct qf_approval *a, struct qf_limit_set *ret)
{
    struct qf_json json;
    struct qf_wire_error error;
    struct qf_arena arena;
    qf_arena_init(&arena, 64 * 1024);
    qf_json_begin(&json, a->args.p, a->args.n);
    bool ok = qf_wire_decode(&json, &qf_rec_limit_set, QF_WIRE_STRICT, ret, &arena, &error) == QF_OK;
    qf_arena_release(&arena); /* the record has no lists and no long texts */
    return ok && QF_HAS(ret, limit_set, until);
}

/* Is it this request's time that has run out, and has nobody set the limit since? */
static bool is_due(const struct desk *d, const struct qf_limit_set *in, struct qf_limit *key, qf_time wall)
{
    if (in->until > wall)
        return false;
    *key = (struct qf_limit){ .scope = in->scope, .control = in->control };
    qf_str_copy(key->name, sizeof key->name, QF_HAS(in, limit_set, name) ? in->name : "");
    const struct qf_limit *now = tab_find(&d->limits, key); /* there for ever, also when its time is over */
    return now && QF_HAS(now, limit, until) && now->until == in->until;
}

static enum handled put_back(struct ctx *c, const void *in_, void *out)
{
    const struct back *in = in_;
    struct qf_limit row = in->row;
    (void)out;
    row.updated = c->actor.wall;
    qf_rec_fill(&qf_rec_limit, &row);
    enum qf_err err = desk_put_limit(c->desk, c->batch, &row);
    qf_str_fmt(c->detail, sizeof c->detail, "%s %s %s: the time of A-%lld is over", qf_enum_text(&qf_enum_scope, row.scope), row.name,
               qf_enum_text(&qf_enum_control_code, row.control), (long long)in->approval);
    return err == QF_OK ? HANDLED : help_failed(c, err, "");
}

static bool granted_limit(const struct qf_approval *a, struct qf_limit_set *ret)
{
    return a->state == QF_APPROVAL_GRANTED && qf_str_eq(a->method, qf_cmds[QF_CMD_limit_set].name) && read_request(a, ret);
}

bool limits_back_to(const struct desk *d, const struct qf_limit *l, qf_money *ret_hard)
{
    uint32_t i = 0;
    bool found = false;
    struct qf_limit_set in;
    for (const struct qf_approval *a; (a = tab_next(&d->approvals, &i)) != NULL;) {
        struct qf_limit was = { .scope = l->scope };
        if (!granted_limit(a, &in) || in.scope != l->scope || in.control != l->control || in.until != l->until ||
            !qf_str_eq(QF_HAS(&in, limit_set, name) ? in.name : "", l->name) || !read_words(a->before, &was))
            continue;
        if (!found || was.hard < *ret_hard)
            *ret_hard = was.hard;
        found = true;
    }
    return found;
}

static void look(struct server *s, const struct qf_approval *a, qf_time wall)
{
    struct qf_limit_set in;
    struct back back = { .approval = a->id };
    struct qf_refusal r = { 0 };
    if (!granted_limit(a, &in) || !is_due(server_desk(s), &in, &back.row, wall) || !read_words(a->before, &back.row))
        return;
    if (QF_HAS(&back.row, limit, until) && back.row.until <= wall)
        return; /* that one's time is over as well: it is gone */
    qf_str_copy(back.row.owner, sizeof back.row.owner, a->asked_by);
    qf_str_copy(back.row.reason, sizeof back.row.reason, "goes back by itself");
    (void)door(s, "qfd", "limit.set", put_back, &back, &r);
}

void api_second(struct server *s, qf_time wall)
{
    uint32_t i = 0;
    const struct qf_approval *a;
    while ((a = tab_next(&server_desk(s)->approvals, &i)) != NULL)
        look(s, a, wall);
}
