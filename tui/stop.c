/* 'X': the STOP dialog, and the report of a stop while its cancels come in. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/form.h"
#include "tui/overlays.h"

enum { WORD, REASON, SCOPE, BUTTON, PLACES };

struct stop {
    struct tui_dialog d;
    struct tui_form form; /* the word and the reason */
    int focus;            /* one of the places above */
    char strategy[25];    /* "" = the firm */
    int64_t call;
    bool done;
    char why[160];
};

/* --- what would happen */

static int64_t working_orders(const struct tui_app *app, size_t *ret_venues)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(app), QF_TOPIC_orders, &rows), venues = 0;
    for (size_t i = 0; i < n; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = qf_str_eq(((const struct qf_order *)rows[i])->venue, ((const struct qf_order *)rows[k])->venue);
        venues += !seen;
        if (venues > 9)
            break; /* more than that is "many" */
    }
    *ret_venues = venues;
    return (int64_t)n;
}

static const struct qf_trading_state *state_of(const struct tui_app *app, const char *strategy)
{
    struct qf_trading_state key;
    memset(&key, 0, sizeof key);
    key.scope = strategy[0] ? QF_SCOPE_STRATEGY : QF_SCOPE_FIRM;
    qf_str_copy(key.name, sizeof key.name, strategy);
    return tui_cache_find(tui_app_cache(app), QF_TOPIC_states, &key);
}

/* Firm, then each strategy there is a state of, by name, and round again. */
static void next_scope(struct stop *x)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->d.app), QF_TOPIC_states, &rows);
    const char *best = "";
    for (size_t i = 0; i < n; i++) {
        const struct qf_trading_state *s = rows[i];
        if (s->scope == QF_SCOPE_STRATEGY && strcmp(s->name, x->strategy) > 0 &&
            (best[0] == '\0' || strcmp(s->name, best) < 0))
            best = s->name;
    }
    qf_str_copy(x->strategy, sizeof x->strategy, best);
}

static void effect(const struct stop *x, struct tui_lines *l)
{
    const struct tui_app *app = x->d.app;
    const struct qf_desk_status *desk = tui_cache_desk(tui_app_cache(app));
    const struct qf_trading_state *s = state_of(app, x->strategy);
    char gross[TUI_FMT] = "n/a", net[TUI_FMT] = "n/a";
    size_t venues;
    int64_t orders = working_orders(app, &venues);
    if (desk) {
        tui_fmt_money(gross, desk->gross, 0, 0);
        tui_fmt_money(net, desk->net, 0, 0);
    }
    tui_lines_add(l, TUI_HEADING, "will happen, in this order");
    tui_lines_add(l, TUI_TEXT, "  1 block      no new order leaves, from now on");
    if (x->strategy[0])
        tui_lines_add(l, TUI_TEXT, "  2 cancel     the working orders of %s", x->strategy);
    else
        tui_lines_add(l, TUI_TEXT, "  2 cancel     %lld working orders at %zu venue%s", (long long)orders, venues,
                      venues == 1 ? "" : "s");
    tui_lines_add(l, TUI_TEXT, "  3 confirm    each cancel is waited for and listed");
    tui_lines_add(l, TUI_TEXT, "    state      %s to HALTED, kept over a restart",
                  s ? qf_enum_text(&qf_enum_desk_state, s->state) : "ACTIVE");
    tui_lines_add(l, TUI_HEADING, "will not happen");
    tui_lines_add(l, TUI_TEXT, "  positions stay: gross %s  net %s", gross, net);
    tui_lines_add(l, TUI_TEXT, "to resume      another risk officer must agree");
    if (desk && desk->db != QF_DB_READY)
        tui_lines_add(l, TUI_WARN, "database %s: kept in file, database later",
                      qf_enum_text(&qf_enum_db_state, desk->db));
}

/* --- the dialog */

static void stop_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d, (void)h;
    *ret_w = w < 60 ? w : 60;
    *ret_h = 16;
}

static void draw_scope(const struct stop *x, struct tui_canvas *c, int px, int py)
{
    bool firm = x->strategy[0] == '\0';
    unsigned before = tui_canvas_flags(c, x->focus == SCOPE ? TUI_F_REVERSE : 0);
    tui_textf(c, px + 9, py, TUI_TEXT, "(%c) firm", firm ? 'o' : ' ');
    tui_textf(c, px + 20, py, TUI_TEXT, "(%c) strategy", firm ? ' ' : 'o');
    tui_canvas_flags(c, before);
    tui_text(c, px, py, TUI_DIM, "scope");
    tui_text_fit(c, px + 34, py, 22, TUI_ACCENT, firm ? "" : x->strategy);
}

static void stop_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct stop *x = (struct stop *)d;
    struct tui_canvas *c = v->canvas;
    struct tui_lines l = {0};
    const char *leave = "Leave it";
    int y = r.y + r.h - 3;
    draw_scope(x, c, r.x, r.y);
    effect(x, &l);
    tui_lines_draw(&l, c, (struct tui_rect){r.x, r.y + 2, r.w, y - r.y - 2});
    tui_text(c, r.x, y, TUI_TEXT, "type STOP to do it");
    tui_form_draw(&x->form, WORD, c, r.x + 21, y, 7, true, x->focus == WORD);
    tui_text(c, r.x + 31, y, TUI_DIM, "reason");
    tui_form_draw(&x->form, REASON, c, r.x + 38, y, r.w - 38, true, x->focus == REASON);
    tui_text_fit(c, r.x, y + 1, r.w, x->why[0] ? TUI_WARN : TUI_DIM,
                 x->why[0] ? x->why
                 : x->call ? "sent, waiting for the desk"
                           : "");
    tui_text(c, r.x, y + 2, TUI_DIM,
             strcmp(tui_form_text(&x->form, WORD), "STOP") == 0 ? "Enter stops" : "Tab moves  Space turns scope");
    tui_buttons(c, (struct tui_rect){r.x, y + 2, r.w, 1}, &leave, 1, x->focus == BUTTON ? 0 : -1);
}

static void stop_answer(void *arg, const struct tui_answer *answer)
{
    struct stop *x = arg;
    x->call = 0;
    tui_app_touch(x->d.app);
    if (answer->kind == TUI_ANSWER_OK) {
        const struct qf_stop_report *report = answer->rep;
        x->done = true;
        tui_app_say(x->d.app, TUI_BAD, "stopped: %s %s", report->scope,
                    qf_enum_text(&qf_enum_desk_state, report->state));
        tui_open_stop_report(x->d.app, report);
    } else if (answer->kind == TUI_ANSWER_REFUSED) {
        qf_str_fmt(x->why, sizeof x->why, "%s: %s", answer->reason, qf_refusal_text(answer->refusal));
    } else {
        qf_str_copy(x->why, sizeof x->why, "no answer, the link went; Enter sends it again, twice is once");
    }
}

static void stop_send(struct stop *x)
{
    struct qf_risk_stop req;
    if (strcmp(tui_form_text(&x->form, WORD), "STOP") != 0) {
        qf_str_copy(x->why, sizeof x->why, "type STOP in capital letters, or Esc");
        return;
    }
    memset(&req, 0, sizeof req);
    if (x->strategy[0]) {
        qf_str_copy(req.strategy, sizeof req.strategy, x->strategy);
        QF_SET(&req, risk_stop, strategy);
    }
    if (tui_form_text(&x->form, REASON)[0]) {
        qf_str_copy(req.reason, sizeof req.reason, tui_form_text(&x->form, REASON));
        QF_SET(&req, risk_stop, reason);
    }
    x->why[0] = '\0';
    x->call = tui_app_call(x->d.app, QF_CMD_risk_stop, &req, stop_answer, x);
    if (!x->call)
        qf_str_copy(x->why, sizeof x->why, "not sent: the link is lost; qf stop works on the desk's machine");
}

static void stop_move(struct stop *x, int step)
{
    x->focus = (x->focus + step + PLACES) % PLACES;
    if (x->focus == WORD || x->focus == REASON)
        x->form.focus = x->focus;
}

static enum tui_verdict stop_key(struct tui_dialog *d, tui_key key)
{
    struct stop *x = (struct stop *)d;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (x->call)
        return TUI_STAY;
    if (key == TUI_KEY_ENTER && x->focus == BUTTON)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER)
        stop_send(x);
    else if (key == TUI_KEY_TAB || key == TUI_KEY_DOWN)
        stop_move(x, 1);
    else if (key == TUI_KEY_BACKTAB || key == TUI_KEY_UP)
        stop_move(x, -1);
    else if (x->focus == SCOPE && (key == ' ' || key == TUI_KEY_LEFT || key == TUI_KEY_RIGHT))
        next_scope(x);
    else if (x->focus == WORD || x->focus == REASON)
        (void)tui_form_key(&x->form, key);
    return TUI_STAY;
}

static enum tui_verdict stop_tick(struct tui_dialog *d, qf_time now)
{
    (void)now;
    return ((struct stop *)d)->done ? TUI_CLOSE : TUI_STAY;
}

static void stop_free(struct tui_dialog *d)
{
    struct stop *x = (struct stop *)d;
    tui_app_forget(d->app, x->call);
    free(x);
}

struct tui_dialog *tui_stop_new(struct tui_app *app)
{
    return tui_stop_of(app, "");
}

struct tui_dialog *tui_stop_of(struct tui_app *app, const char *strategy)
{
    static const struct tui_dialog_ops ops = {stop_size, stop_draw, stop_key, stop_tick, stop_free, NULL};
    struct stop *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->d.ops = &ops;
    x->d.app = app;
    tui_form_init(&x->form, NULL);
    tui_form_add_text(&x->form, "STOP", 4, false);
    tui_form_add_text(&x->form, "reason", 120, false);
    qf_str_copy(x->strategy, sizeof x->strategy, strategy);
    qf_str_copy(x->d.title, sizeof x->d.title, "STOP");
    return &x->d;
}
