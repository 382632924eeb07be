/* What the risk screen asks and tells about one row: limits, breakers, states, parts. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/screens/command_form.h"
#include "tui/screens/risk_in.h"

/* --- is it looser than what stands? The desk decides; this says beforehand what it will decide. */

#define AT_ONCE "tighter: done at once"
#define SECOND "looser: becomes a request, second person"

static bool form_money(const struct tui_form *form, int i, qf_money *ret)
{
    char text[TUI_FIELD_TEXT];
    size_t n = 0;
    for (const char *p = tui_form_text(form, i); *p; p++)
        if (*p != ',' && *p != ' ')
            text[n++] = *p;
    return qf_money_parse(text, n, ret) == QF_OK;
}

enum { L_SCOPE, L_NAME, L_CONTROL, L_HARD, L_WARN, L_UNTIL, L_REASON };

/* Without a limit before it there is nothing to loosen. */
static enum tui_role judge_limit(const void *before, const struct tui_form *form, char *out, size_t cap)
{
    const struct qf_limit *was = before;
    qf_money hard;
    qf_time until;
    const char *text = tui_form_text(form, L_UNTIL);
    bool ends = text[0] != '\0', ended = QF_HAS(was, limit, until);
    if (!form_money(form, L_HARD, &hard) || (ends && qf_time_parse(text, strlen(text), &until) != QF_OK))
        return TUI_DIM;
    if (hard > was->hard || (ends && (!ended || until < was->until))) {
        qf_str_copy(out, cap, hard > was->hard ? SECOND : "it would end earlier: becomes a request, second person");
        return TUI_WARN;
    }
    qf_str_copy(out, cap, hard < was->hard ? AT_ONCE : "not looser: done at once");
    return TUI_TEXT;
}

void risk_edit_limit(struct tui_app *app, const struct qf_limit *l)
{
    struct command_def def = {
        .title = l ? "Edit limit" : "New limit",
        .cmd = QF_CMD_limit_set,
        .act = "Set",
        .done = "the limit is set",
        .words = {"tighter is done at once", "looser becomes a request: a second person decides", NULL}};
    const struct command_judge judge = {judge_limit, l, sizeof *l};
    char hard[QF_DEC_TEXT] = "", warn[QF_DEC_TEXT] = "", until[QF_TIME_TEXT] = "";
    if (l) {
        qf_dec_format(l->hard, QF_SCALE, hard);
        if (QF_HAS(l, limit, warn))
            qf_dec_format(l->warn, QF_SCALE, warn);
        if (QF_HAS(l, limit, until))
            qf_time_format(l->until, until);
    }
    const struct command_field fields[] = {
        [L_SCOPE] = {"scope", "scope", l ? qf_enum_text(&qf_enum_scope, l->scope) : "firm", l != NULL},
        [L_NAME] = {"name", "name", l ? l->name : "", l != NULL},
        [L_CONTROL] = {"control", "control", l ? qf_enum_text(&qf_enum_control_code, l->control) : "GROSS_EXPOSURE",
                       l != NULL},
        [L_HARD] = {"hard", "hard", hard, false},
        [L_WARN] = {"warn", "warn", warn, false},
        [L_UNTIL] = {"until", "until, UTC", until, false},
        [L_REASON] = {"reason", "reason", "", false},
    };
    tui_app_open(app, command_form_judged(app, &def, l ? &judge : NULL, fields, (int)QF_LEN(fields)));
}

/* --- breakers */

enum { B_CODE, B_SCOPE, B_NAME, B_LEVEL, B_ACTION, B_REASON, B_WINDOW };

/* Does it look back less far than now? Only a storm of refusals has a window that can be set. */
static bool shorter(const struct qf_breaker *was, const struct tui_form *form)
{
    qf_money window;
    return form->n > B_WINDOW && was->code == QF_BRK_REJECT_STORM && form_money(form, B_WINDOW, &window) &&
           window < was->window_s * (qf_money)QF_ONE;
}

/* What was off can only become tighter. */
static enum tui_role judge_breaker(const void *before, const struct tui_form *form, char *out, size_t cap)
{
    const struct qf_breaker *was = before;
    const char *level = tui_form_text(form, B_LEVEL);
    qf_money v = 0;
    bool off = level[0] == '\0', was_off = !QF_HAS(was, breaker, level);
    if (!off && !form_money(form, B_LEVEL, &v))
        return TUI_DIM;
    int action = tui_form_choice(form, B_ACTION);
    bool milder = action >= 0 && action < was->action;
    if (!was_off && (off || v > was->level || milder || shorter(was, form))) {
        qf_str_copy(out, cap, off ? "off: becomes a request, second person" : SECOND);
        return TUI_WARN;
    }
    qf_str_copy(out, cap, off ? "it is off" : was_off || v < was->level ? AT_ONCE : "not looser: done at once");
    return TUI_TEXT;
}

static const char *level_unit(int32_t code)
{
    static const char *const units[QF_breaker_code_COUNT] = {
        [QF_BRK_DAY_LOSS] = "level: loss of the day, base currency",
        [QF_BRK_DRAWDOWN] = "level: 0.08 = 8 % below the peak",
        [QF_BRK_LOSS_STREAK] = "level: round trips lost in a row",
        [QF_BRK_REJECT_STORM] = "level: refusals within the window",
        [QF_BRK_MESSAGE_RATE] = "level: orders and cancels a second",
        [QF_BRK_STALE_FEED] = "level: seconds without a good price",
        [QF_BRK_DATABASE] = "level: milliseconds a batch waits",
    };
    return code >= 0 && code < QF_breaker_code_COUNT ? units[code] : "";
}

static const char *scope_name(const struct qf_breaker *b)
{
    return b->scope == QF_SCOPE_FIRM ? "" : b->name;
}

void risk_edit_breaker(struct tui_app *app, const struct qf_breaker *b)
{
    struct command_def def = {.title = "Set breaker",
                              .cmd = QF_CMD_breaker_set,
                              .act = "Set",
                              .done = "the breaker is set",
                              .words = {level_unit(b->code), "no level switches it off: that is looser too", NULL}};
    const struct command_judge judge = {judge_breaker, b, sizeof *b};
    char level[QF_DEC_TEXT] = "", window[24] = "";
    if (QF_HAS(b, breaker, level))
        qf_dec_format(b->level, QF_SCALE, level);
    bool windowed = b->code == QF_BRK_REJECT_STORM;
    if (b->window_s > 0)
        qf_str_fmt(window, sizeof window, "%lld", (long long)b->window_s);
    const struct command_field fields[] = {
        [B_CODE] = {"code", "breaker", qf_enum_text(&qf_enum_breaker_code, b->code), true},
        [B_SCOPE] = {"scope", "scope", qf_enum_text(&qf_enum_scope, b->scope), true},
        [B_NAME] = {"name", "name", scope_name(b), true},
        [B_LEVEL] = {"level", "level", level, false},
        [B_WINDOW] = {"window_s", "window, s", window, false},
        [B_ACTION] = {"action", "raises to", qf_enum_text(&qf_enum_desk_state, b->action), false},
        [B_REASON] = {"reason", "reason", "", false},
    };
    tui_app_open(app, command_form_judged(app, &def, &judge, fields, windowed ? B_WINDOW + 1 : B_WINDOW));
}

void risk_ask_rearm(struct tui_app *app, const struct qf_breaker *b)
{
    static const struct command_def rearm = {.title = "Re-arm (request)",
                                             .cmd = QF_CMD_breaker_rearm,
                                             .act = "Request",
                                             .done = "asked; another person has to agree",
                                             .words = {"this is a request: another risk officer or admin decides",
                                                       "the state it raised stays until people lift it", NULL}};
    const struct command_field fields[] = {
        {"code", "breaker", qf_enum_text(&qf_enum_breaker_code, b->code), true},
        {"scope", "scope", qf_enum_text(&qf_enum_scope, b->scope), true},
        {"name", "name", scope_name(b), true},
        {"reason", "reason", "", false},
    };
    tui_app_open(app, command_form_new(app, &rearm, fields, (int)QF_LEN(fields)));
}

/* --- states */

void risk_ask_resume(struct tui_app *app, const struct qf_trading_state *s)
{
    const char *to = s->state == QF_STATE_HALTED ? "CLOSE_ONLY" : "ACTIVE";
    char title[64];
    qf_str_fmt(title, sizeof title, "Request %s", to);
    const struct command_def resume = {.title = title,
                                       .cmd = QF_CMD_risk_resume,
                                       .act = "Request",
                                       .done = "asked; another person has to agree",
                                       .words = {"this is a request: another risk officer or admin decides",
                                                 "out of HALTED the way leads to CLOSE_ONLY first", NULL}};
    const struct command_field fields[] = {
        {"strategy", "strategy", s->scope == QF_SCOPE_STRATEGY ? s->name : "", true},
        {"state", "to state", to, false},
        {"reason", "reason", "", false},
    };
    tui_app_open(app, command_form_new(app, &resume, fields, (int)QF_LEN(fields)));
}

/* --- telling */

void risk_say_state(struct tui_app *app, const struct qf_trading_state *s)
{
    struct tui_lines l = {0};
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(app));
    char since[TUI_FMT];
    tui_fmt_time(since, s->since, tui_app_desk_now(app));
    tui_lines_add(&l, TUI_HEADING, "%s %s", s->scope == QF_SCOPE_FIRM ? "firm" : s->name,
                  qf_enum_text(&qf_enum_desk_state, s->state));
    tui_lines_wrap(&l, TUI_DIM,
                   qf_enum_desk_state.words[s->state >= 0 && s->state < QF_desk_state_COUNT ? s->state : 0], 56);
    tui_lines_add(&l, TUI_TEXT, "since    %s UTC, by %s", since, s->by);
    tui_lines_wrap(&l, TUI_TEXT, s->reason[0] ? s->reason : "no reason given", 56);
    if (d && d->state > s->state)
        tui_lines_add(&l, TUI_WARN, "effective %s: the firm's state rules",
                      qf_enum_text(&qf_enum_desk_state, d->state));
    tui_lines_add(&l, TUI_TEXT,
                  s->latched ? "latched: only people can lift it" : "lifts itself when its cause is gone");
    tui_lines_add(&l, TUI_DIM, "change %lld", (long long)s->n);
    tui_app_open(app, tui_text_new("State", &l));
}

void risk_say_limit(struct tui_app *app, const struct qf_limit *l)
{
    struct tui_lines t = {0};
    char hard[TUI_FMT], used[TUI_FMT] = "asked per order", when[TUI_FMT];
    cells_control(hard, l->control, l->hard, 0);
    if (QF_HAS(l, limit, used))
        cells_control(used, l->control, l->used, 0);
    tui_fmt_time(when, l->updated, tui_app_desk_now(app));
    tui_lines_add(&t, TUI_HEADING, "%s %s %s", qf_enum_text(&qf_enum_scope, l->scope), l->name,
                  qf_enum_text(&qf_enum_control_code, l->control));
    if (l->control >= 0 && l->control < QF_control_code_COUNT)
        tui_lines_wrap(&t, TUI_DIM, qf_enum_control_code.words[l->control], 56);
    tui_lines_add(&t, TUI_TEXT, "used     %s of %s", used, hard);
    if (QF_HAS(l, limit, incomplete) && l->incomplete)
        tui_lines_add(&t, TUI_BAD, "INCOMPLETE: positions without price or rate are missing");
    if (QF_HAS(l, limit, until)) {
        char until[TUI_FMT];
        tui_fmt_time(until, l->until, tui_app_desk_now(app));
        tui_lines_add(&t, TUI_TEXT, "until    %s UTC", until);
    }
    tui_lines_add(&t, TUI_TEXT, "set by   %s, %s", l->owner, when);
    tui_lines_wrap(&t, TUI_TEXT, l->reason, 56);
    tui_app_open(app, tui_text_new("Limit", &t));
}

void risk_say_breaker(struct tui_app *app, const struct qf_breaker *b)
{
    struct tui_lines t = {0};
    char name[64], now[TUI_FMT] = "n/a", level[TUI_FMT] = "off", when[TUI_FMT];
    risk_breaker_name(b, name, sizeof name);
    if (QF_HAS(b, breaker, now))
        risk_breaker_value(b->code, b->now, false, now, 0);
    if (QF_HAS(b, breaker, level))
        risk_breaker_value(b->code, b->level, true, level, 0);
    tui_lines_add(&t, TUI_HEADING, "%s, %s %s", name, qf_enum_text(&qf_enum_scope, b->scope),
                  strcmp(scope_name(b), "*") == 0 ? "(each)" : scope_name(b));
    if (b->code >= 0 && b->code < QF_breaker_code_COUNT)
        tui_lines_wrap(&t, TUI_DIM, qf_enum_breaker_code.words[b->code], 56);
    tui_lines_add(&t, TUI_TEXT, "now      %s%s%s", now, QF_HAS(b, breaker, subject) && b->subject[0] ? ", of " : "",
                  QF_HAS(b, breaker, subject) ? b->subject : "");
    tui_lines_add(&t, TUI_TEXT, "trips at %s, raises to %s", level, qf_enum_text(&qf_enum_desk_state, b->action));
    if (b->tripped) {
        tui_fmt_time(when, b->since, tui_app_desk_now(app));
        tui_lines_add(&t, TUI_BAD, "tripped  %s UTC; latched until two people re-arm it", when);
        if (QF_HAS(b, breaker, trip))
            tui_lines_wrap(&t, TUI_TEXT, b->trip, 56);
    }
    tui_fmt_time(when, b->updated, tui_app_desk_now(app));
    if (b->owner[0])
        tui_lines_add(&t, TUI_DIM, "set by   %s, %s", b->owner, when);
    else
        tui_lines_add(&t, TUI_DIM, "never set");
    if (b->reason[0])
        tui_lines_wrap(&t, TUI_DIM, b->reason, 56);
    tui_app_open(app, tui_text_new("Breaker", &t));
}

void risk_say_component(struct tui_app *app, const struct qf_risk_component *k)
{
    struct tui_lines t = {0};
    char value[TUI_FMT], part[TUI_FMT], share[TUI_FMT];
    tui_fmt_money(value, k->value, 2, 0);
    tui_fmt_money(part, k->component, 2, 0);
    tui_fmt_bp(share, k->share_bp, 2, false);
    tui_lines_add(&t, TUI_HEADING, "%s", k->symbol);
    tui_lines_add(&t, TUI_TEXT, "value    %s", value);
    tui_lines_add(&t, TUI_TEXT, "part     %s, %s of VaR 99", part, share);
    if (QF_HAS(k, risk_component, marginal) && !isnan(k->marginal))
        tui_lines_add(&t, TUI_TEXT, "one more unit of it adds %.4f", k->marginal);
    tui_lines_add(&t, TUI_DIM, "99 %%, 1 day, sample covariance: the parts add up to it");
    if (k->component < 0)
        tui_lines_add(&t, TUI_DIM, "negative: the position takes risk away from the others");
    tui_app_open(app, tui_text_new("Part of the value at risk", &t));
}

void risk_say_run(struct tui_app *app)
{
    const struct qf_risk_run *run = risk_run_of(app);
    struct tui_lines t = {0};
    char at[TUI_FMT], took[TUI_FMT];
    if (!run)
        return;
    tui_fmt_time(at, run->at, tui_app_desk_now(app));
    tui_fmt_latency(took, run->took_us);
    tui_lines_add(&t, TUI_HEADING, "run %lld, prices of %s UTC", (long long)run->id, at);
    tui_lines_add(&t, TUI_TEXT, "took %s, %lld names, %lld daily returns", took, (long long)run->names,
                  (long long)run->window);
    tui_lines_add(&t, TUI_TEXT, "Monte Carlo %lld paths, seed %lld", (long long)run->paths, (long long)run->seed);
    for (int m = 0; m < QF_var_method_COUNT; m++) {
        tui_lines_add(&t, TUI_HEADING, "%s", qf_enum_text(&qf_enum_var_method, m));
        tui_lines_wrap(&t, TUI_DIM, qf_enum_var_method.words[m], 56);
    }
    for (uint32_t i = 0; i < run->missing_n && i < 8; i++)
        tui_lines_add(&t, TUI_BAD, "not counted: %s, %s", run->missing[i].symbol, run->missing[i].reason);
    tui_app_open(app, tui_text_new("Value at risk", &t));
}
