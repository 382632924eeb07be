/* Topics: which are followed, what a push changes, and the messages that news make. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/str.h"
#include "tui/app_in.h"

#define HOLD (4 * QF_SEC) /* an answer to the user's own act stays readable so long */

/* What the frame itself needs: line 1, messages, the count of the inbox. */
static const int always[] = {QF_TOPIC_desk,       QF_TOPIC_states, QF_TOPIC_events,   QF_TOPIC_orders,
                             QF_TOPIC_executions, QF_TOPIC_stops,  QF_TOPIC_approvals,
                             QF_TOPIC_jobs};

static void mark(bool *wanted, const int *topics, int n, const struct tui_app *app)
{
    for (int i = 0; i < n; i++)
        if (tui_app_may(app, qf_topics[topics[i]].perm))
            wanted[topics[i]] = true;
}

void tui_follow(struct tui_app *app)
{
    bool wanted[QF_TOPIC_COUNT] = {false};
    const struct tui_screen *s = app->slots[app->digit].screen;
    const struct tui_link *link = app->o.link;
    mark(wanted, always, (int)QF_LEN(always), app);
    if (s)
        mark(wanted, s->topics, s->topics_n, app);
    for (int t = 0; t < QF_TOPIC_COUNT; t++) {
        if (wanted[t] && !app->wanted[t]) {
            app->asked[t] = tui_app_now(app);
            link->ops->subscribe(link->impl, (enum qf_topic_id)t);
        } else if (!wanted[t] && app->wanted[t]) {
            link->ops->unsubscribe(link->impl, (enum qf_topic_id)t);
            tui_cache_drop(app->cache, (enum qf_topic_id)t);
        }
        app->wanted[t] = wanted[t];
    }
}

void tui_follow_none(struct tui_app *app)
{
    for (int t = 0; t < QF_TOPIC_COUNT; t++) {
        if (app->wanted[t])
            app->o.link->ops->unsubscribe(app->o.link->impl, (enum qf_topic_id)t);
        app->wanted[t] = false;
        tui_cache_drop(app->cache, (enum qf_topic_id)t);
    }
    tui_history_clear(app->history);
}

/* --- messages */

static void put_message(struct tui_app *app, enum tui_role role, qf_time until, const char *text)
{
    struct tui_message *m = &app->message;
    m->role = role;
    m->at = tui_app_desk_now(app);
    m->until = until;
    m->note = false;
    qf_str_copy(m->text, sizeof m->text, text);
    tui_app_touch(app);
}

void tui_app_say(struct tui_app *app, enum tui_role role, const char *fmt, ...)
{
    char text[TUI_MESSAGE];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put_message(app, role, tui_app_now(app) + HOLD, text);
}

void tui_app_note(struct tui_app *app, enum tui_role role, qf_time at, const char *text)
{
    struct tui_message *m = &app->message;
    if (m->text[0] && !m->note)
        return;
    m->role = role;
    m->at = at;
    m->until = 0;
    m->note = true;
    qf_str_copy(m->text, sizeof m->text, text);
}

void tui_news(struct tui_app *app, enum tui_role role, const char *fmt, ...)
{
    char text[TUI_MESSAGE];
    va_list ap;
    if (tui_app_now(app) < app->message.until && role <= app->message.role)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put_message(app, role, 0, text);
}

/* --- news */

static void news_execution(struct tui_app *app, const struct qf_execution *e)
{
    char quantity[TUI_FMT], price[TUI_FMT], of[TUI_FMT + 8] = "", what[TUI_FMT] = "fill";
    const struct qf_quote *q = tui_cache_quote(app->cache, e->symbol);
    tui_fmt_qty(quantity, e->quantity, tui_decimals_of(e->quantity), false, 0);
    int tick = q ? tui_decimals(q->tick) : 2, own = tui_decimals_of(e->price);
    tui_fmt_price(price, e->price, own > tick ? own : tick, 0);
    if (QF_HAS(e, execution, order_id)) {
        struct qf_order key = {.id = e->order_id};
        const struct qf_order *o = tui_cache_find(app->cache, QF_TOPIC_orders, &key);
        char all[TUI_FMT];
        qf_str_fmt(what, sizeof what, "order %lld", (long long)e->order_id);
        if (o) {
            tui_fmt_qty(all, o->quantity, tui_decimals_of(o->quantity), false, 0);
            qf_str_fmt(of, sizeof of, " of %s", all);
        }
    }
    tui_news(app, TUI_TEXT, "%s %s: %s %s%s at %s", what, e->symbol, e->side == QF_SIDE_BUY ? "bought" : "sold",
             quantity, of, price);
}

static void news_order(struct tui_app *app, const struct qf_order *before, const struct qf_order *now)
{
    if (!before || !now || tui_order_open(now) || now->state == QF_ORDER_FILLED)
        return;
    char left[TUI_FMT];
    qf_qty rest = now->quantity - now->filled;
    tui_fmt_qty(left, rest, tui_decimals_of(rest), false, 0);
    bool bad = now->state == QF_ORDER_REJECTED;
    tui_news(app, bad ? TUI_WARN : TUI_TEXT, "order %lld %s: %s, %s not filled%s%s", (long long)now->id, now->symbol,
             qf_enum_text(&qf_enum_order_state, now->state), left, QF_HAS(now, order, reason) ? ", " : "",
             QF_HAS(now, order, reason) ? now->reason : "");
}

static void news_state(struct tui_app *app, const struct qf_trading_state *before, const struct qf_trading_state *now)
{
    if (!now || (before && before->state == now->state))
        return;
    enum tui_role role = now->state == QF_STATE_HALTED ? TUI_BAD : now->state == QF_STATE_ACTIVE ? TUI_TEXT : TUI_WARN;
    const char *who = now->scope == QF_SCOPE_FIRM ? "firm" : now->name;
    tui_news(app, role, "%s %s by %s%s%s", who, qf_enum_text(&qf_enum_desk_state, now->state), now->by,
             now->reason[0] ? ": " : "", now->reason);
}

static void news_event(struct tui_app *app, const struct qf_event *e)
{
    if (e && e->severity >= QF_SEV_WARN)
        tui_news(app, e->severity == QF_SEV_ERROR ? TUI_BAD : TUI_WARN, "%s: %s", e->source, e->message);
}

static void news_approval(struct tui_app *app, const struct qf_approval *before, const struct qf_approval *now)
{
    if (!now || before || now->state != QF_APPROVAL_PENDING || qf_str_eq(now->asked_by, tui_app_user(app)))
        return;
    tui_news(app, TUI_WARN, "%s asks for %s, A-%lld; i opens the inbox", now->asked_by, now->method,
             (long long)now->id);
}

static void on_row(void *arg, enum qf_topic_id topic, const void *before, const void *now, bool initial)
{
    struct tui_app *app = arg;
    if (topic == QF_TOPIC_quotes && now)
        tui_history_quote(app->history, now);
    else if (topic == QF_TOPIC_equity && now)
        tui_history_equity_add(app->history, now);
    else if (topic == QF_TOPIC_system && now)
        tui_history_sample_add(app->history, now);
    if (initial)
        return;
    if (topic == QF_TOPIC_executions && now && !before)
        news_execution(app, now);
    else if (topic == QF_TOPIC_orders)
        news_order(app, before, now);
    else if (topic == QF_TOPIC_states)
        news_state(app, before, now);
    else if (topic == QF_TOPIC_events && !before)
        news_event(app, now);
    else if (topic == QF_TOPIC_approvals)
        news_approval(app, before, now);
}

/* --- what the link tells */

static void on_push(void *arg, const struct tui_push *push)
{
    struct tui_app *app = arg;
    if (!app->wanted[push->topic])
        return; /* it crossed our leaving */
    if (!tui_cache_push(app->cache, push, tui_app_now(app)))
        app->o.link->ops->refetch(app->o.link->impl, push->topic);
    else if (!app->frozen)
        tui_app_touch(app);
}

static void on_dropped(void *arg, enum qf_topic_id topic, const char *reason)
{
    struct tui_app *app = arg;
    tui_news(app, TUI_WARN, "%s: the daemon stopped sending (%s); asking again", qf_topics[topic].name, reason);
    app->o.link->ops->refetch(app->o.link->impl, topic);
}

static void on_changed(void *arg)
{
    tui_app_link_changed(arg);
}

void tui_follow_listen(struct tui_app *app)
{
    struct tui_link_events events = {on_changed, on_push, on_dropped, app};
    tui_cache_watch(app->cache, on_row, app);
    app->o.link->ops->listen(app->o.link->impl, &events);
}
