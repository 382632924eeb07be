/* What every panel says about its data: how old, whether it may be believed, and what it waits for. */
#include <string.h>

#include "common/str.h"
#include "tui/app_in.h"

/* How old the rows of a topic are. A topic of prices is as old as its newest price; one that is sent on a clock as its
 * last push; one that is sent on change is as old as the last word from the daemon, for silence says that nothing
 * changed. */
enum clock { ON_CHANGE, ON_PRICE, ON_CLOCK };

static enum clock clock_of(enum qf_topic_id topic)
{
    switch (topic) {
    case QF_TOPIC_quotes:
    case QF_TOPIC_positions:
    case QF_TOPIC_desk:
        return ON_PRICE;
    case QF_TOPIC_system:
        return ON_CLOCK;
    default:
        return ON_CHANGE;
    }
}

static int64_t topic_age(const struct tui_app *app, enum qf_topic_id topic, bool *ret_stale)
{
    qf_time now = tui_app_now(app), got = tui_cache_got(app->cache, topic), heard = tui_app_status(app)->heard;
    const struct qf_desk_status *d = tui_cache_desk(app->cache);
    *ret_stale = false;
    if (clock_of(topic) == ON_PRICE && d && QF_HAS(d, desk_status, received) && !app->lost_at) {
        *ret_stale = d->stale;
        return tui_app_desk_now(app) - d->received;
    }
    if (clock_of(topic) != ON_CLOCK && heard > got)
        got = heard;
    *ret_stale = now - got > 5 * QF_SEC;
    return now - got;
}

static void say_loading(const struct tui_app *app, enum qf_topic_id topic, const char *name, struct tui_panel_look *ret)
{
    int64_t waited = tui_app_now(app) - app->asked[topic];
    char age[TUI_FMT];
    tui_fmt_age(age, waited);
    if (waited < 5 * QF_SEC)
        qf_str_fmt(ret->loading, sizeof ret->loading, "waiting for %s, %s", name, age);
    else
        qf_str_fmt(ret->loading, sizeof ret->loading, "no answer, Ctrl-R asks again");
    ret->look.loading = ret->loading;
}

void tui_app_look(const struct tui_app *app, enum qf_topic_id topic, const char *name, bool focused,
                  struct tui_panel_look *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->look.focused = focused && !app->top;
    if (!tui_cache_loaded(app->cache, topic)) {
        say_loading(app, topic, name, ret);
        return;
    }
    bool stale;
    int64_t age = topic_age(app, topic, &stale);
    tui_fmt_age(ret->age, age);
    ret->look.age = ret->age;
    ret->look.age_role = stale ? TUI_WARN : age > 2 * QF_SEC ? TUI_TEXT : TUI_DIM;
    ret->look.stale = stale || app->lost_at;
}

struct tui_rect tui_app_panel(const struct tui_view *v, struct tui_rect r, const char *title,
                              const struct tui_panel_look *look)
{
    struct tui_heading h = {
        title, look->look.note, look->look.age, look->look.note_role, look->look.age_role, look->look.focused};
    tui_heading(v->canvas, r.x, r.y, r.w, &h);
    if (look->look.loading)
        tui_text_fit(v->canvas, r.x + 1, r.y + 1, r.w - 1, TUI_DIM, look->look.loading);
    return (struct tui_rect){r.x, r.y + 1, r.w, r.h > 0 ? r.h - 1 : 0};
}
