#include "tui/request.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/format.h"

/* Room for the arguments of one request. */
#define ARENA 16384

/* --- figures in the texts "hard 30000000 warn none until none" */

/* The word behind `label`. False: it is not there, or it is no figure. */
static bool figure_after(const char *text, const char *label, qf_money *ret)
{
    size_t n = strlen(label);
    for (const char *p = strstr(text, label); p; p = strstr(p + 1, label)) {
        bool whole = (p == text || p[-1] == ' ') && p[n] == ' ';
        const char *word = p + n + 1;
        if (whole && qf_money_parse(word, strcspn(word, " "), ret) == QF_OK)
            return true;
    }
    return false;
}

static void put_figure(char *out, size_t cap, qf_money v)
{
    char text[TUI_FMT];
    int decimals = 2;
    if (v > -QF_PRICE_MAX && v < QF_PRICE_MAX && tui_decimals_of((int64_t)v) > 2)
        decimals = tui_decimals_of((int64_t)v);
    tui_fmt_money(text, v, decimals, 0);
    qf_str_copy(out, cap, text);
}

static void put_time(char *out, size_t cap, qf_time t)
{
    char text[QF_TIME_TEXT];
    qf_time_format(t, text);
    qf_str_fmt(out, cap, "%.10s %.8s UTC", text, text + 11);
}

static const char *name_or_each(bool there, const char *name)
{
    return there && name[0] ? name : "";
}

/* --- kinds of requests */

static void used_of_limit(const struct tui_app *app, const struct qf_limit_set *in, qf_money hard, qf_money was,
                          struct tui_request *ret)
{
    struct qf_limit key;
    memset(&key, 0, sizeof key);
    key.scope = in->scope;
    key.control = in->control;
    qf_str_copy(key.name, sizeof key.name, name_or_each(QF_HAS(in, limit_set, name), in->name));
    const struct qf_limit *l = tui_cache_find(tui_app_cache(app), QF_TOPIC_limits, &key);
    char text[TUI_FMT];
    if (!l || !QF_HAS(l, limit, used) || hard <= 0 || was <= 0)
        return;
    tui_fmt_share(text, l->used, was, 0, false);
    qf_str_copy(ret->used_before, sizeof ret->used_before, text);
    tui_fmt_share(text, l->used, hard, 0, false);
    qf_str_copy(ret->used_after, sizeof ret->used_after, text);
}

static void read_limit(const struct tui_app *app, const struct qf_approval *a, const void *args,
                       struct tui_request *ret)
{
    const struct qf_limit_set *in = args;
    const char *name = name_or_each(QF_HAS(in, limit_set, name), in->name);
    qf_money was = 0;
    qf_str_copy(ret->what, sizeof ret->what, "loosen a limit");
    qf_str_fmt(ret->subject, sizeof ret->subject, "%s%s%s %s", qf_enum_text(&qf_enum_scope, in->scope),
               name[0] ? " " : "", name, qf_enum_text(&qf_enum_control_code, in->control));
    if (QF_HAS(in, limit_set, until))
        put_time(ret->until, sizeof ret->until, in->until);
    if (!figure_after(a->before, "hard", &was))
        return;
    put_figure(ret->before, sizeof ret->before, was);
    put_figure(ret->after, sizeof ret->after, in->hard);
    ret->number = true;
    used_of_limit(app, in, in->hard, was, ret);
}

static void read_resume(const struct tui_app *app, const struct qf_approval *a, const void *args,
                        struct tui_request *ret)
{
    const struct qf_risk_resume *in = args;
    (void)app, (void)a;
    qf_str_copy(ret->what, sizeof ret->what, "resume trading");
    if (QF_HAS(in, risk_resume, strategy) && in->strategy[0])
        qf_str_fmt(ret->subject, sizeof ret->subject, "strategy %s", in->strategy);
    else
        qf_str_copy(ret->subject, sizeof ret->subject, "firm");
}

static void breaker_subject(int32_t code, int32_t scope, const char *name, struct tui_request *ret)
{
    qf_str_fmt(ret->subject, sizeof ret->subject, "%s%s%s %s", qf_enum_text(&qf_enum_scope, scope), name[0] ? " " : "",
               strcmp(name, "*") == 0 ? "each" : name, qf_enum_text(&qf_enum_breaker_code, code));
}

static void read_breaker(const struct tui_app *app, const struct qf_approval *a, const void *args,
                         struct tui_request *ret)
{
    const struct qf_breaker_set *in = args;
    (void)app, (void)a;
    qf_str_copy(ret->what, sizeof ret->what, "loosen a breaker");
    breaker_subject(in->code, QF_HAS(in, breaker_set, scope) ? in->scope : QF_SCOPE_FIRM,
                    name_or_each(QF_HAS(in, breaker_set, name), in->name), ret);
}

static void read_rearm(const struct tui_app *app, const struct qf_approval *a, const void *args,
                       struct tui_request *ret)
{
    const struct qf_breaker_rearm *in = args;
    (void)app, (void)a;
    qf_str_copy(ret->what, sizeof ret->what, "re-arm a breaker");
    breaker_subject(in->code, QF_HAS(in, breaker_rearm, scope) ? in->scope : QF_SCOPE_FIRM,
                    name_or_each(QF_HAS(in, breaker_rearm, name), in->name), ret);
}

/* A kind that is not here is shown as its command with the daemon's own words. */
static const struct {
    enum qf_cmd_id cmd;
    void (*read)(const struct tui_app *app, const struct qf_approval *a, const void *args, struct tui_request *ret);
} kinds[] = {{QF_CMD_limit_set, read_limit},
             {QF_CMD_risk_resume, read_resume},
             {QF_CMD_breaker_set, read_breaker},
             {QF_CMD_breaker_rearm, read_rearm}};

static void read_args(const struct tui_app *app, const struct qf_approval *a, size_t kind, struct tui_request *ret)
{
    struct qf_arena arena;
    struct qf_json json;
    struct qf_wire_error error;
    const struct qf_rec *rec = qf_cmds[kinds[kind].cmd].req;
    void *args = qf_xalloc(rec->size);
    qf_arena_init(&arena, ARENA);
    qf_json_begin(&json, a->args.p, a->args.n);
    if (qf_wire_decode(&json, rec, QF_WIRE_LENIENT, args, &arena, &error) == QF_OK)
        kinds[kind].read(app, a, args, ret);
    qf_arena_release(&arena);
    free(args);
}

void tui_request_read(const struct tui_app *app, const struct qf_approval *a, struct tui_request *ret)
{
    memset(ret, 0, sizeof *ret);
    qf_str_copy(ret->what, sizeof ret->what, a->method);
    for (size_t i = 0; i < QF_LEN(kinds); i++)
        if (strcmp(qf_cmds[kinds[i].cmd].name, a->method) == 0)
            read_args(app, a, i, ret);
    if (!ret->before[0])
        qf_str_copy(ret->before, sizeof ret->before, a->before);
    if (!ret->after[0])
        qf_str_copy(ret->after, sizeof ret->after, a->after);
}

bool tui_request_own(const struct tui_app *app, const struct qf_approval *a)
{
    return qf_str_eq(a->asked_by, tui_app_user(app));
}

void tui_request_who(const struct tui_app *app, const struct qf_approval *a, char *out, size_t cap)
{
    char who[64];
    tui_who_may(QF_P_RISK, who, sizeof who);
    if (a->state != QF_APPROVAL_PENDING)
        qf_str_fmt(out, cap, "%s by %s", qf_enum_text(&qf_enum_approval_state, a->state),
                   QF_HAS(a, approval, decided_by) ? a->decided_by : "nobody");
    else if (tui_request_own(app, a))
        qf_str_fmt(out, cap, "your own request: another person, %s, decides", who);
    else if (tui_app_may(app, QF_P_RISK))
        qf_str_fmt(out, cap, "you may decide: %s, and not %s",
                   qf_enum_text(&qf_enum_role, tui_app_status(app)->who.role), a->asked_by);
    else
        qf_str_fmt(out, cap, "%s decides, not %s", who, a->asked_by);
}
