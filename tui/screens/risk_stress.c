/* 'w': what if. The list of scenarios with what each would do, one of them name by name, and the form that adds one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/screens/command_form.h"
#include "tui/screens/risk_in.h"

/* --- one scenario, name by name */

struct result {
    struct tui_dialog d;
    char scenario[33], why[160];
    int64_t call;
    struct qf_stress_report *report; /* NULL until answered */
    int top, page;
};

static void result_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    const struct result *x = (const struct result *)d;
    int rows = x->report ? (int)x->report->names_n : 1, most = h - 10 > 1 ? h - 10 : 1;
    *ret_w = w < 72 ? w : 72;
    *ret_h = 6 + (rows < 1 ? 1 : rows > most ? most : rows);
}

static void draw_name(const struct tui_view *v, struct tui_rect r, const struct qf_stress_name *n)
{
    char text[TUI_FMT];
    tui_text_fit(v->canvas, r.x, r.y, 12, TUI_TEXT, n->symbol);
    if (QF_HAS(n, stress_name, value)) {
        tui_fmt_money(text, n->value, 0, 14);
        tui_text_right(v->canvas, r.x + 13, r.y, 14, TUI_DIM, text);
    }
    if (QF_HAS(n, stress_name, shock) && !isnan(n->shock)) {
        qf_str_fmt(text, sizeof text, "%+.2f%%", n->shock * 100);
        tui_text_right(v->canvas, r.x + 28, r.y, 9, TUI_TEXT, fabs(n->shock) < 0.00005 ? "0.00%" : text);
    }
    if (QF_HAS(n, stress_name, pnl)) {
        tui_fmt_pnl(text, n->pnl, 0, 14);
        tui_text_right(v->canvas, r.x + 38, r.y, 14, tui_sign_role(n->pnl), text);
    } else {
        tui_text_fit(v->canvas, r.x + 30, r.y, r.w - 30, TUI_BAD,
                     QF_HAS(n, stress_name, reason) ? n->reason : "no figure");
    }
}

static void draw_result_total(const struct tui_view *v, struct tui_rect r, const struct qf_stress_report *rep)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    char text[TUI_FMT];
    tui_textf(v->canvas, r.x, r.y, TUI_HEADING, "Total %u", (unsigned)rep->names_n);
    if (!QF_HAS(rep, stress_report, pnl)) {
        tui_text_right(v->canvas, r.x + 38, r.y, 14, TUI_DIM, "n/a");
        return;
    }
    tui_fmt_pnl(text, rep->pnl, 0, 14);
    tui_text_right(v->canvas, r.x + 38, r.y, 14, tui_sign_role(rep->pnl), text);
    if (d && d->equity > 0) {
        tui_fmt_share(text, rep->pnl, d->equity, 2, true);
        tui_text_right(v->canvas, r.x + 53, r.y, 8, tui_sign_role(rep->pnl), text);
        tui_text_fit(v->canvas, r.x + 62, r.y, r.w - 62, TUI_DIM, "of NAV");
    }
}

static void result_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct result *x = (struct result *)d;
    const struct qf_stress_report *rep = x->report;
    int foot = r.y + r.h - 1;
    tui_text_right(v->canvas, r.x, foot, r.w, TUI_DIM,
                   rep && (int)rep->names_n > x->page ? "Up Down   Esc back" : "Esc back");
    if (!rep) {
        tui_text_fit(v->canvas, r.x, r.y, r.w, x->why[0] ? TUI_BAD : TUI_DIM,
                     x->why[0] ? x->why : "waiting for the desk");
        return;
    }
    x->page = r.h - 3;
    tui_text(v->canvas, r.x, r.y, TUI_DIM, "Name                Value      Shock            P&L");
    if (rep->names_n == 0)
        tui_text(v->canvas, r.x, r.y + 1, TUI_DIM, "no positions");
    for (int i = 0; i < x->page && i + x->top < (int)rep->names_n; i++)
        draw_name(v, (struct tui_rect){r.x, r.y + 1 + i, r.w, 1}, &rep->names[i + x->top]);
    draw_result_total(v, (struct tui_rect){r.x, foot - 1, r.w, 1}, rep);
    if (rep->incomplete)
        tui_text_fit(v->canvas, r.x, foot, r.w - 20, TUI_BAD, "INCOMPLETE: names without a figure count nothing");
}

static enum tui_verdict result_key(struct tui_dialog *d, tui_key key)
{
    struct result *x = (struct result *)d;
    int n = x->report ? (int)x->report->names_n : 0, last = n > x->page ? n - x->page : 0;
    int step = key == TUI_CTRL('D') || key == TUI_KEY_PAGEDOWN ? x->page / 2 + 1
               : key == TUI_CTRL('U') || key == TUI_KEY_PAGEUP ? -x->page / 2 - 1
               : key == TUI_KEY_DOWN || key == 'j'             ? 1
               : key == TUI_KEY_UP || key == 'k'               ? -1
                                                               : 0;
    x->top = x->top + step > last ? last : x->top + step < 0 ? 0 : x->top + step;
    return key == TUI_KEY_ESC || key == TUI_KEY_ENTER || key == 'q' ? TUI_CLOSE : TUI_STAY;
}

static void result_answer(void *arg, const struct tui_answer *answer)
{
    struct result *x = arg;
    x->call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK)
        x->report = tui_record_copy(&qf_rec_stress_report, answer->rep);
    else if (answer->kind == TUI_ANSWER_REFUSED)
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    else
        qf_str_copy(x->why, sizeof x->why, "no answer, the link went");
}

static void result_free(struct tui_dialog *d)
{
    struct result *x = (struct result *)d;
    tui_app_forget(d->app, x->call);
    free(x->report);
    free(x);
}

void risk_open_scenario(struct tui_app *app, const char *name)
{
    static const struct tui_dialog_ops ops = {result_size, result_draw, result_key, NULL, result_free, NULL};
    struct qf_stress_query req;
    struct result *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    memset(&req, 0, sizeof req);
    x->d.ops = &ops;
    x->d.app = app;
    x->page = 1;
    qf_str_copy(x->scenario, sizeof x->scenario, name);
    qf_str_fmt(x->d.title, sizeof x->d.title, "Stress: %s", name);
    qf_str_copy(req.scenario, sizeof req.scenario, name);
    QF_SET(&req, stress_query, scenario);
    x->call = tui_app_call(app, QF_CMD_risk_stress, &req, result_answer, x);
    if (!x->call)
        qf_str_copy(x->why, sizeof x->why, "not asked: the link is lost");
    tui_app_open(app, &x->d);
}

/* --- the form */

static void open_form(struct tui_app *app, const struct qf_scenario *s, bool off)
{
    struct command_def def = {
        .title = s ? "Change scenario" : "New scenario",
        .cmd = QF_CMD_scenario_set,
        .act = off ? "Take out" : "Save",
        .done = off ? "the scenario is out of the list" : "the scenario is saved",
        .words = {"shocks in per cent, the most special one counts:", "  all -5, sector Tech -10, symbol NVDA -20",
                  "or two days: what happened between their closes", NULL}};
    char since[QF_TIME_TEXT] = "", until[QF_TIME_TEXT] = "";
    if (s && QF_HAS(s, scenario, since)) {
        qf_time_format(s->since, since);
        since[10] = '\0';
    }
    if (s && QF_HAS(s, scenario, until)) {
        qf_time_format(s->until, until);
        until[10] = '\0';
    }
    const struct command_field fields[] = {
        {"name", "name", s ? s->name : "", s != NULL},
        {"shocks", "shocks", s && QF_HAS(s, scenario, shocks) ? s->shocks : "", off},
        {"since", "since", since, off},
        {"until", "until", until, off},
        {"off", "take out", off ? "true" : "", true},
    };
    tui_app_open(app, command_form_new(app, &def, fields, (int)QF_LEN(fields) - !off));
}

/* --- the list */

struct list {
    struct tui_dialog d;
    struct qf_scenario_list *scenarios; /* NULL until answered */
    int64_t call;
    int at, top;
    bool asked_dirty; /* a form was opened above: ask again when it has gone */
    char why[160];
};

static void list_answer(void *arg, const struct tui_answer *answer)
{
    struct list *x = arg;
    x->call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        free(x->scenarios);
        x->scenarios = tui_record_copy(&qf_rec_scenario_list, answer->rep);
        x->at = x->at < (int)x->scenarios->scenarios_n ? x->at : 0;
    } else if (answer->kind == TUI_ANSWER_REFUSED) {
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    } else {
        qf_str_copy(x->why, sizeof x->why, "no answer, the link went");
    }
}

static void list_ask(struct list *x)
{
    if (!x->call)
        x->call = tui_app_call(x->d.app, QF_CMD_scenario_list, NULL, list_answer, x);
}

static int count_of(const struct list *x)
{
    return x->scenarios ? (int)x->scenarios->scenarios_n : 0;
}

static void list_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    int n = count_of((const struct list *)d), most = h - 9 > 1 ? h - 9 : 1;
    *ret_w = w < 78 ? w : 78;
    *ret_h = 5 + (n < 1 ? 1 : n > most ? most : n);
}

static const struct qf_stress_result *result_of(const struct tui_app *app, const char *name)
{
    const struct qf_risk_run *run = risk_run_of(app);
    for (uint32_t i = 0; run && i < run->stress_n; i++)
        if (strcmp(run->stress[i].scenario, name) == 0)
            return &run->stress[i];
    return NULL;
}

static void kind_words(const struct qf_scenario *s, char *out, size_t cap)
{
    char since[QF_TIME_TEXT] = "?", until[QF_TIME_TEXT] = "?";
    if (QF_HAS(s, scenario, shocks)) {
        qf_str_copy(out, cap, s->shocks);
        return;
    }
    if (QF_HAS(s, scenario, since))
        qf_time_format(s->since, since);
    if (QF_HAS(s, scenario, until))
        qf_time_format(s->until, until);
    qf_str_fmt(out, cap, "%.10s to %.10s", since, until);
}

static void draw_scenario(const struct tui_view *v, struct tui_rect r, const struct qf_scenario *s, bool selected)
{
    const struct qf_stress_result *k = result_of(v->app, s->name);
    char text[TUI_FMT], kind[401];
    unsigned before = tui_canvas_flags(v->canvas, selected ? TUI_F_SELECTED : 0);
    tui_fill(v->canvas, r, TUI_TEXT, ' ', ' ');
    tui_text(v->canvas, r.x, r.y, TUI_TEXT, selected ? ">" : " ");
    tui_text_fit(v->canvas, r.x + 2, r.y, 20, s->off ? TUI_DIM : TUI_TEXT, s->name);
    kind_words(s, kind, sizeof kind);
    tui_text_fit(v->canvas, r.x + 23, r.y, r.w - 23 - 23, TUI_DIM, kind);
    if (s->off) {
        tui_text_right(v->canvas, r.x + r.w - 22, r.y, 22, TUI_DIM, "taken out");
    } else if (!k) {
        tui_text_right(v->canvas, r.x + r.w - 22, r.y, 22, TUI_DIM, "not in the last run");
    } else if (QF_HAS(k, stress_result, pnl)) {
        tui_fmt_pnl(text, k->pnl, 0, 13);
        tui_text_right(v->canvas, r.x + r.w - 22, r.y, 13, tui_sign_role(k->pnl), text);
        tui_fmt_bp(text, QF_HAS(k, stress_result, equity_bp) ? k->equity_bp : 0, 2, true);
        tui_text_right(v->canvas, r.x + r.w - 8, r.y, 8, tui_sign_role(k->pnl), text);
    } else {
        tui_text_right(v->canvas, r.x + r.w - 22, r.y, 22, TUI_BAD, "no figure; Enter says why");
    }
    tui_canvas_flags(v->canvas, before);
}

static void list_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct list *x = (struct list *)d;
    int page = r.h - 2, n = count_of(x);
    bool may = tui_app_may(v->app, QF_P_RISK);
    x->top = x->at < x->top ? x->at : x->at >= x->top + page ? x->at - page + 1 : x->top;
    tui_text(v->canvas, r.x + 2, r.y, TUI_DIM, "Scenario");
    tui_text_right(v->canvas, r.x + r.w - 22, r.y, 13, TUI_DIM, "P&L");
    tui_text_right(v->canvas, r.x + r.w - 8, r.y, 8, TUI_DIM, "% NAV");
    if (n == 0)
        tui_text_fit(v->canvas, r.x + 2, r.y + 1, r.w - 2, x->why[0] ? TUI_BAD : TUI_DIM,
                     x->why[0]       ? x->why
                     : !x->scenarios ? "waiting for scenarios"
                     : may           ? "no scenarios; n adds one"
                                     : "no scenarios yet");
    for (int i = 0; i < page && i + x->top < n; i++)
        draw_scenario(v, (struct tui_rect){r.x, r.y + 1 + i, r.w, 1}, &x->scenarios->scenarios[i + x->top],
                      i + x->top == x->at);
    tui_text_right(v->canvas, r.x, r.y + r.h - 1, r.w, TUI_DIM,
                   may ? "Enter by name   n new   e change   d take out   Esc back" : "Enter by name   Esc back");
}

static void change(struct list *x, tui_key key)
{
    if (!tui_app_may(x->d.app, QF_P_RISK)) {
        char who[64];
        tui_who_may(QF_P_RISK, who, sizeof who);
        tui_app_say(x->d.app, TUI_WARN, "scenarios: changing them needs %s", who);
        return;
    }
    const struct qf_scenario *s = count_of(x) ? &x->scenarios->scenarios[x->at] : NULL;
    if (key != 'n' && !s)
        return;
    x->asked_dirty = true;
    open_form(x->d.app, key == 'n' ? NULL : s, key == 'd');
}

static enum tui_verdict list_key(struct tui_dialog *d, tui_key key)
{
    struct list *x = (struct list *)d;
    int n = count_of(x);
    if ((key == TUI_KEY_DOWN || key == 'j') && x->at + 1 < n)
        x->at++;
    else if ((key == TUI_KEY_UP || key == 'k') && x->at > 0)
        x->at--;
    else if (key == TUI_KEY_ENTER && n)
        risk_open_scenario(d->app, x->scenarios->scenarios[x->at].name);
    else if (key == 'n' || key == 'e' || key == 'd')
        change(x, key);
    return key == TUI_KEY_ESC || key == 'q' || key == 'w' ? TUI_CLOSE : TUI_STAY;
}

/* When the form above has gone, what it changed is fetched. */
static enum tui_verdict list_tick(struct tui_dialog *d, qf_time now)
{
    struct list *x = (struct list *)d;
    (void)now;
    if (x->asked_dirty && !tui_app_covered(d)) {
        x->asked_dirty = false;
        list_ask(x);
    }
    return TUI_STAY;
}

static void list_free(struct tui_dialog *d)
{
    struct list *x = (struct list *)d;
    tui_app_forget(d->app, x->call);
    free(x->scenarios);
    free(x);
}

void risk_open_stress(struct tui_app *app)
{
    static const struct tui_dialog_ops ops = {list_size, list_draw, list_key, list_tick, list_free, NULL};
    struct list *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    qf_str_copy(x->d.title, sizeof x->d.title, "Stress: what if");
    list_ask(x);
    tui_app_open(app, &x->d);
}
