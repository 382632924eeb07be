/* 'f': close all positions. First a plan, position by position; then a confirmation of its own, by a typed word; then
 * what was done. The plan is asked for again while it shows: nobody confirms what has become another plan. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/screens/flatten.h"
#include "tui/screens/risk_in.h"

#define AGAIN (2 * QF_SEC)

/* --- the plan */

static void back_to_plan(struct flatten *x, const char *why)
{
    x->stage = FLATTEN_PLAN;
    x->focus = 0;
    tui_form_wipe(&x->form);
    qf_str_copy(x->why, sizeof x->why, why);
    x->d.opened = tui_app_now(x->d.app); /* nothing typed for the other plan counts for this one */
}

static void take_plan(struct flatten *x, const struct qf_flatten_plan *plan)
{
    bool another = x->plan && strcmp(x->plan->plan, plan->plan) != 0;
    free(x->plan);
    x->plan = tui_record_copy(&qf_rec_flatten_plan, plan);
    x->planned = tui_app_now(x->d.app);
    if (another)
        back_to_plan(x, "the plan has become another one: look again");
}

static void plan_answer(void *arg, const struct tui_answer *answer)
{
    struct flatten *x = arg;
    x->plan_call = 0;
    tui_app_touch(x->d.app);
    if (x->stage != FLATTEN_PLAN && x->stage != FLATTEN_CONFIRM)
        return;
    if (answer->kind == TUI_ANSWER_OK)
        take_plan(x, answer->rep);
    else if (answer->kind == TUI_ANSWER_REFUSED)
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    else
        qf_str_copy(x->why, sizeof x->why, "no plan: the link went");
}

static void ask_plan(struct flatten *x)
{
    struct qf_flatten_query req;
    memset(&req, 0, sizeof req);
    if (x->strategy[0]) {
        qf_str_copy(req.strategy, sizeof req.strategy, x->strategy);
        QF_SET(&req, flatten_query, strategy);
    }
    x->next_plan = tui_app_now(x->d.app) + AGAIN;
    if (tui_app_live(x->d.app) && !x->plan_call)
        x->plan_call = tui_app_call(x->d.app, QF_CMD_risk_flatten_plan, &req, plan_answer, x);
}

/* --- doing it */

static void do_refused(struct flatten *x, const struct tui_answer *answer)
{
    bool another = strcmp(answer->refusal->field, "plan") == 0 || answer->refusal->reason == QF_R_STALE_APPROVAL;
    x->stage = FLATTEN_CONFIRM;
    x->unknown = answer->refusal->reason == QF_R_UNKNOWN_OUTCOME;
    if (x->unknown)
        qf_str_copy(x->why, sizeof x->why, "not known whether it was done; Enter sends the same, twice is once");
    else
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    if (!another)
        return;
    x->ref[0] = '\0';
    back_to_plan(x, x->why);
    ask_plan(x);
}

static void do_answer(void *arg, const struct tui_answer *answer)
{
    struct flatten *x = arg;
    x->do_call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        const struct qf_flatten_plan *done = answer->rep;
        free(x->plan);
        x->plan = tui_record_copy(&qf_rec_flatten_plan, done);
        x->stage = FLATTEN_DONE;
        x->why[0] = '\0';
        x->top = 0;
        tui_app_say(x->d.app, TUI_WARN, "flatten %s: %lld orders sent, %lld cancels asked, %lld refused",
                    x->strategy[0] ? x->strategy : "firm", (long long)done->orders, (long long)done->cancels,
                    (long long)done->refused);
    } else if (answer->kind == TUI_ANSWER_REFUSED) {
        do_refused(x, answer);
    } else {
        x->stage = FLATTEN_CONFIRM;
        x->unknown = true;
        qf_str_copy(x->why, sizeof x->why, "not known whether it was done; Enter sends the same, twice is once");
    }
}

static void fill_request(const struct flatten *x, struct qf_flatten_do *req)
{
    memset(req, 0, sizeof *req);
    qf_str_copy(req->plan, sizeof req->plan, x->plan->plan);
    QF_SET(req, flatten_do, plan);
    if (x->strategy[0]) {
        qf_str_copy(req->strategy, sizeof req->strategy, x->strategy);
        QF_SET(req, flatten_do, strategy);
    }
    if (tui_form_text(&x->form, FLATTEN_REASON)[0]) {
        qf_str_copy(req->reason, sizeof req->reason, tui_form_text(&x->form, FLATTEN_REASON));
        QF_SET(req, flatten_do, reason);
    }
    qf_str_copy(req->client_ref, sizeof req->client_ref, x->ref);
    QF_SET(req, flatten_do, client_ref);
}

static void send(struct flatten *x)
{
    struct qf_flatten_do req;
    if (strcmp(tui_form_text(&x->form, FLATTEN_TYPED), FLATTEN_WORD) != 0) {
        qf_str_copy(x->why, sizeof x->why, "type FLATTEN in capital letters, or Esc");
        return;
    }
    if (!x->ref[0])
        tui_app_ref(x->ref);
    fill_request(x, &req);
    x->do_call = tui_app_call(x->d.app, QF_CMD_risk_flatten, &req, do_answer, x);
    if (!x->do_call) {
        qf_str_copy(x->why, sizeof x->why, "not sent: the link is lost");
        return;
    }
    x->why[0] = '\0';
    x->stage = FLATTEN_SENT;
}

/* --- keys */

static void scroll(struct flatten *x, tui_key key)
{
    int n = x->plan ? (int)x->plan->rows_n : 0, last = n > x->page ? n - x->page : 0;
    int step = key == TUI_CTRL('D') || key == TUI_KEY_PAGEDOWN ? x->page / 2 + 1
               : key == TUI_CTRL('U') || key == TUI_KEY_PAGEUP ? -x->page / 2 - 1
               : key == TUI_KEY_DOWN || key == 'j'             ? 1
               : key == TUI_KEY_UP || key == 'k'               ? -1
                                                               : 0;
    x->top = x->top + step > last ? last : x->top + step < 0 ? 0 : x->top + step;
}

static enum tui_verdict plan_key(struct flatten *x, tui_key key)
{
    bool can = x->plan && x->plan->orders > 0;
    if (key == TUI_KEY_TAB || key == TUI_KEY_BACKTAB || key == TUI_KEY_LEFT || key == TUI_KEY_RIGHT) {
        x->focus = can ? !x->focus : 0;
    } else if (key == TUI_KEY_ENTER && x->focus == 1 && can) {
        x->stage = FLATTEN_CONFIRM;
        x->focus = x->form.focus = FLATTEN_TYPED;
        x->why[0] = '\0';
        x->d.opened = tui_app_now(x->d.app); /* a second dialog in all but its box */
    } else if (key == TUI_KEY_ENTER) {
        return TUI_CLOSE;
    } else {
        scroll(x, key);
    }
    return TUI_STAY;
}

static void confirm_move(struct flatten *x, int step)
{
    x->focus = (x->focus + step + FLATTEN_PLACES) % FLATTEN_PLACES;
    if (x->focus != FLATTEN_LEAVE)
        x->form.focus = x->focus;
}

static enum tui_verdict confirm_key(struct flatten *x, tui_key key)
{
    if (key == TUI_KEY_ENTER && x->focus == FLATTEN_LEAVE)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER)
        send(x);
    else if (key == TUI_KEY_TAB || key == TUI_KEY_DOWN)
        confirm_move(x, 1);
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_UP)
        confirm_move(x, -1);
    else if (x->focus != FLATTEN_LEAVE && !x->unknown) /* what is sent again is the same to the letter */
        (void)tui_form_key(&x->form, key);
    return TUI_STAY;
}

static enum tui_verdict flatten_key(struct tui_dialog *d, tui_key key)
{
    struct flatten *x = (struct flatten *)d;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (x->stage == FLATTEN_PLAN)
        return key == 'q' ? TUI_CLOSE : plan_key(x, key);
    if (x->stage == FLATTEN_CONFIRM)
        return confirm_key(x, key);
    if (x->stage == FLATTEN_DONE && (key == TUI_KEY_ENTER || key == 'q'))
        return TUI_CLOSE;
    scroll(x, key);
    return TUI_STAY;
}

/* --- lifecycle */

static enum tui_verdict flatten_tick(struct tui_dialog *d, qf_time now)
{
    struct flatten *x = (struct flatten *)d;
    static const char *const titles[] = {"Flatten plan", "Flatten", "Flatten", "Flattened"};
    qf_str_fmt(d->title, sizeof d->title, "%s, %s", titles[x->stage], x->strategy[0] ? x->strategy : "firm");
    if (now >= x->next_plan && !x->unknown && (x->stage == FLATTEN_PLAN || x->stage == FLATTEN_CONFIRM))
        ask_plan(x);
    return TUI_STAY;
}

static void flatten_free(struct tui_dialog *d)
{
    struct flatten *x = (struct flatten *)d;
    tui_app_forget(d->app, x->plan_call);
    tui_app_forget(d->app, x->do_call);
    free(x->plan);
    free(x);
}

void risk_open_flatten(struct tui_app *app, const char *strategy)
{
    static const struct tui_dialog_ops ops = {flatten_size, flatten_draw, flatten_key,
                                              flatten_tick, flatten_free, NULL};
    struct flatten *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    x->page = 1;
    qf_str_copy(x->strategy, sizeof x->strategy, strategy);
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, FLATTEN_WORD, sizeof FLATTEN_WORD - 1, false);
    tui_form_add_text(&x->form, "reason", 120, false);
    ask_plan(x);
    (void)flatten_tick(&x->d, tui_app_now(app));
    tui_app_open(app, &x->d);
}
