/* 7 System: the machine, qfd, latency, PostgreSQL, events, feeds. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/screens.h"
#include "tui/screens/system_in.h"

/* --- asking */

static void on_samples(void *arg, const struct tui_answer *answer)
{
    struct system_screen *x = arg;
    x->samples_call = 0;
    if (answer->kind == TUI_ANSWER_OK)
        tui_history_samples(tui_app_history(x->cells.app), answer->rep);
    tui_app_touch(x->cells.app);
}

static void on_latency(void *arg, const struct tui_answer *answer)
{
    struct system_screen *x = arg;
    x->latency_call = 0;
    if (answer->kind == TUI_ANSWER_OK) {
        free(x->latency);
        x->latency = tui_record_copy(&qf_rec_latency, answer->rep);
        x->latency_at = tui_app_now(x->cells.app);
    }
    tui_app_touch(x->cells.app);
}

static void ask_latency(struct system_screen *x)
{
    struct qf_latency_query q;
    memset(&q, 0, sizeof q);
    qf_str_copy(q.method, sizeof q.method, qf_cmds[x->method].name);
    QF_SET(&q, latency_query, method);
    tui_app_forget(x->cells.app, x->latency_call);
    x->latency_call =
        tui_app_live(x->cells.app) ? tui_app_call(x->cells.app, QF_CMD_system_latency, &q, on_latency, x) : 0;
}

static void on_events(void *arg, const struct tui_answer *answer)
{
    struct system_screen *x = arg;
    x->events_call = 0;
    if (answer->kind == TUI_ANSWER_OK) {
        free(x->older);
        x->older = tui_record_copy(&qf_rec_event_list, answer->rep);
    }
    tui_app_touch(x->cells.app);
}

static void system_show(void *state)
{
    struct system_screen *x = state;
    struct qf_event_query q;
    memset(&q, 0, sizeof q);
    q.limit = 200;
    QF_SET(&q, event_query, limit);
    tui_app_forget(x->cells.app, x->samples_call);
    tui_app_forget(x->cells.app, x->events_call);
    x->samples_call = tui_app_call(x->cells.app, QF_CMD_system_sample, NULL, on_samples, x);
    x->events_call = tui_app_call(x->cells.app, QF_CMD_system_events, &q, on_events, x);
    ask_latency(x);
}

static void system_tick(void *state)
{
    struct system_screen *x = state;
    if (tui_app_digit(x->cells.app) == 7 && tui_app_now(x->cells.app) - x->latency_at >= 5 * QF_SEC && !x->latency_call)
        ask_latency(x);
}

/* --- events: the stream of the topic, and the page of older ones behind it */

static void fill_events(struct system_screen *x, qf_time now)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(x->cells.app), QF_TOPIC_events, &rows), k = 0;
    size_t older = x->older ? x->older->events_n : 0;
    int64_t oldest = INT64_MAX;
    x->event_rows = qf_xrealloc(x->event_rows, (n + older + 1) * sizeof *x->event_rows);
    for (size_t i = 0; i < n; i++) {
        const struct qf_event *e = rows[i];
        oldest = e->id < oldest ? e->id : oldest;
        x->event_rows[k++] = e;
    }
    for (size_t i = 0; i < older; i++)
        if (x->older->events[i].id < oldest)
            x->event_rows[k++] = &x->older->events[i];
    tui_table_fill(x->board.panes[PANE_EVENTS].table, (const void *const *)x->event_rows, k, now,
                   tui_app_has_dialog(x->cells.app));
}

/* --- lifecycle */

static void *system_open(struct tui_app *app)
{
    struct system_screen *x = qf_xalloc(sizeof *x);
    memset(x, 0, sizeof *x);
    x->cells.app = app;
    x->board.app = app;
    x->board.screen = x;
    x->method = QF_CMD_order_place;
    system_panes(x);
    x->board.focus = PANE_EVENTS;
    return x;
}

static void system_close(void *state)
{
    struct system_screen *x = state;
    tui_app_forget(x->cells.app, x->samples_call);
    tui_app_forget(x->cells.app, x->latency_call);
    tui_app_forget(x->cells.app, x->events_call);
    board_free(&x->board);
    free(x->latency);
    free(x->older);
    free(x->event_rows);
    free(x);
}

static void update(struct system_screen *x)
{
    qf_time now = tui_app_now(x->cells.app);
    fill_events(x, now);
    board_fill(&x->board, PANE_FEEDS, QF_TOPIC_feeds, now);
}

static void system_draw(void *state, const struct tui_view *v, struct tui_rect body)
{
    struct system_screen *x = state;
    update(x);
    board_clear(&x->board);
    system_layout(x, v, body);
    board_draw(&x->board, v, body);
}

/* --- keys */

static bool turn_method(struct system_screen *x, int step)
{
    if (x->board.focus != PANE_LATENCY)
        return false;
    x->method = (x->method + step + QF_CMD_COUNT) % QF_CMD_COUNT;
    free(x->latency);
    x->latency = NULL;
    ask_latency(x);
    return true;
}

static void say_event(struct system_screen *x, const struct qf_event *e)
{
    struct tui_lines l = {0};
    char at[TUI_FMT], title[32];
    tui_fmt_time(at, e->at, tui_app_desk_now(x->cells.app));
    tui_lines_add(&l, TUI_DIM, "%s UTC   %s   %s", at, e->source, qf_enum_text(&qf_enum_severity, e->severity));
    tui_lines_add(&l, TUI_TEXT, "%s", "");
    tui_lines_wrap(&l, TUI_TEXT, e->message, 74);
    qf_str_fmt(title, sizeof title, "Event %lld", (long long)e->id);
    tui_app_open(x->cells.app, tui_text_new(title, &l));
}

static void say_feed(struct system_screen *x, const struct qf_feed *f)
{
    struct tui_lines l = {0};
    char at[TUI_FMT] = "n/a", got[TUI_FMT] = "n/a", ticks[TUI_FMT];
    if (QF_HAS(f, feed, market_time))
        tui_fmt_time(at, f->market_time, 0);
    if (QF_HAS(f, feed, received))
        tui_fmt_time(got, f->received, tui_app_desk_now(x->cells.app));
    tui_fmt_count(ticks, f->ticks);
    tui_lines_add(&l, TUI_HEADING, "%s, %s, %s", f->name, qf_enum_text(&qf_enum_feed_kind, f->kind),
                  qf_enum_text(&qf_enum_feed_status, f->status));
    tui_lines_add(&l, TUI_TEXT, "market clock %s UTC, last price %s", at, got);
    tui_lines_add(&l, TUI_TEXT, "%s prices taken, %lld instruments", ticks, (long long)f->symbols);
    tui_lines_add(&l, TUI_TEXT, "kept out: %lld zero, %lld crossed, %lld jumps, %lld back in time",
                  (long long)f->bad_zero, (long long)f->bad_crossed, (long long)f->bad_jump, (long long)f->bad_time);
    tui_lines_add(&l, TUI_TEXT, "bars dropped %lld, stale after %lld ms", (long long)f->dropped, (long long)f->max_age);
    if (QF_HAS(f, feed, reason))
        tui_lines_wrap(&l, TUI_WARN, f->reason, 56);
    tui_app_open(x->cells.app, tui_text_new("Feed", &l));
}

static bool open_row(struct system_screen *x)
{
    const void *row = board_list(&x->board) ? tui_table_selected(board_list(&x->board)) : NULL;
    if (x->board.focus == PANE_LATENCY)
        return turn_method(x, 1);
    if (!row)
        return false;
    if (x->board.focus == PANE_EVENTS)
        say_event(x, row);
    else
        say_feed(x, row);
    return true;
}

static bool system_act(void *state, enum tui_action action)
{
    struct system_screen *x = state;
    update(x);
    if (action == TUI_DO_LEFT || action == TUI_DO_RIGHT)
        return turn_method(x, action == TUI_DO_LEFT ? -1 : 1);
    if (action == TUI_DO_OPEN)
        return open_row(x);
    return board_act(&x->board, action);
}

static void system_go(void *state, const char *word, const char *arg)
{
    struct system_screen *x = state;
    char why[120];
    (void)word;
    update(x);
    board_focus(&x->board, PANE_EVENTS);
    if (!tui_table_filter(x->board.panes[PANE_EVENTS].table, arg, why, sizeof why))
        tui_app_say(x->cells.app, TUI_WARN, "%s", why);
}

static struct tui_table *system_list(void *state)
{
    return board_list(&((struct system_screen *)state)->board);
}

static const int topics[] = {QF_TOPIC_system, QF_TOPIC_feeds};

const struct tui_screen screen_system = {
    .digit = 7,
    .perm = QF_P_VIEW,
    .topics = topics,
    .topics_n = (int)QF_LEN(topics),
    .open = system_open,
    .close = system_close,
    .show = system_show,
    .draw = system_draw,
    .act = system_act,
    .tick = system_tick,
    .go = system_go,
    .list = system_list,
};
