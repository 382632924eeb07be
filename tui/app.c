#include "tui/app.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/app_in.h"
#include "tui/overlays.h"
#include "tui/transfer.h"

/* --- lifecycle */

struct tui_app *tui_app_new(const struct tui_app_options *options)
{
    struct tui_app *app = qf_xalloc(sizeof *app);
    memset(app, 0, sizeof *app);
    app->o = *options;
    app->cache = tui_cache_new();
    app->history = tui_history_new();
    app->prefs = tui_prefs_new(options->prefs);
    app->slots[0].screen = options->login;
    for (const struct tui_screen *const *s = options->screens; *s; s++) {
        qf_assert((*s)->digit > 0 && (*s)->digit < TUI_DIGITS);
        app->slots[(*s)->digit].screen = *s;
    }
    app->dirty = true;
    app->next_second = tui_app_now(app);
    tui_follow_listen(app);
    tui_app_link_changed(app);
    return app;
}

static void close_dialog(struct tui_app *app)
{
    struct tui_dialog *d = app->top;
    app->top = d->below;
    d->ops->free(d);
    app->dirty = true;
}

static void close_all(struct tui_app *app)
{
    while (app->top)
        close_dialog(app);
    for (int i = 0; i < TUI_DIGITS; i++) {
        if (app->slots[i].state)
            app->slots[i].screen->close(app->slots[i].state);
        app->slots[i].state = NULL;
    }
}

void tui_app_free(struct tui_app *app)
{
    if (!app)
        return;
    close_all(app);
    tui_transfer_free(app->transfer);
    tui_own_free(app);
    tui_prefs_free(app->prefs);
    free(app->instruments);
    tui_cache_free(app->cache);
    tui_history_free(app->history);
    free(app);
}

/* --- what screens ask */

const struct tui_cache *tui_app_cache(const struct tui_app *app)
{
    return app->cache;
}

struct tui_history *tui_app_history(const struct tui_app *app)
{
    return app->history;
}

const struct qf_instrument *tui_app_instruments(const struct tui_app *app, size_t *ret_n)
{
    *ret_n = app->instruments ? app->instruments->instruments_n : 0;
    return app->instruments ? app->instruments->instruments : NULL;
}

const struct tui_link_status *tui_app_status(const struct tui_app *app)
{
    return tui_link_status(app->o.link);
}

static int by_symbol(const void *a, const void *b)
{
    return strcmp(((const struct qf_instrument *)a)->symbol, ((const struct qf_instrument *)b)->symbol);
}

static void on_instruments(void *arg, const struct tui_answer *answer)
{
    struct tui_app *app = arg;
    app->instruments_call = 0;
    if (answer->kind != TUI_ANSWER_OK)
        return;
    free(app->instruments);
    app->instruments = tui_record_copy(&qf_rec_instrument_list, answer->rep);
    qsort(app->instruments->instruments, app->instruments->instruments_n, sizeof(struct qf_instrument), by_symbol);
    tui_app_touch(app);
}

static void ask_instruments(struct tui_app *app)
{
    tui_app_forget(app, app->instruments_call);
    app->instruments_call = tui_app_call(app, QF_CMD_instrument_list, NULL, on_instruments, app);
}

const struct qf_instrument *tui_app_instrument(const struct tui_app *app, const char *symbol)
{
    struct qf_instrument key;
    if (!app->instruments)
        return NULL;
    qf_str_copy(key.symbol, sizeof key.symbol, symbol);
    return bsearch(&key, app->instruments->instruments, app->instruments->instruments_n, sizeof key, by_symbol);
}

qf_time tui_app_now(const struct tui_app *app)
{
    return app->o.now(app->o.arg);
}

qf_time tui_app_desk_now(const struct tui_app *app)
{
    return tui_app_now(app) + tui_app_status(app)->clock_offset_us;
}

qf_time tui_app_market_now(const struct tui_app *app)
{
    const struct qf_desk_status *d = tui_cache_desk(app->cache);
    return d && QF_HAS(d, desk_status, market_time) ? d->market_time : tui_app_desk_now(app);
}

bool tui_app_may(const struct tui_app *app, enum qf_perm perm)
{
    /* while the link is lost the role is the one we had: the screen stays, what acts is refused for the link's sake */
    bool in = app->user[0] != '\0';
    return qf_may(in, in ? tui_app_status(app)->who.role : 0, perm);
}

const char *tui_app_user(const struct tui_app *app)
{
    return app->user;
}

bool tui_app_live(const struct tui_app *app)
{
    return app->state == TUI_LINK_READY && !app->frozen;
}

bool tui_app_covered(const struct tui_dialog *d)
{
    return d->app->top != d;
}

bool tui_app_has_dialog(const struct tui_app *app)
{
    return app->top != NULL;
}

void tui_app_touch(struct tui_app *app)
{
    app->dirty = true;
    if (app->o.wake)
        app->o.wake(app->o.arg);
}

void tui_app_retry(struct tui_app *app)
{
    app->o.link->ops->retry(app->o.link->impl);
}

void tui_app_leave(struct tui_app *app)
{
    app->done = true;
}

int tui_app_digit(const struct tui_app *app)
{
    return app->digit;
}

const struct tui_screen *tui_app_screen(const struct tui_app *app, void **ret_state)
{
    *ret_state = app->slots[app->digit].state;
    return app->slots[app->digit].screen;
}

struct tui_table *tui_app_list(struct tui_app *app)
{
    void *state;
    const struct tui_screen *s = tui_app_screen(app, &state);
    if (!s || !state || !s->list)
        return NULL;
    (void)s->act(state, TUI_DO_NOTHING); /* every action begins with the rows there are now */
    return s->list(state);
}

bool tui_app_dirty(const struct tui_app *app)
{
    return app->dirty || (!app->frozen && app->drawn != tui_cache_changes(app->cache));
}

bool tui_app_urgent(const struct tui_app *app)
{
    return app->urgent;
}

bool tui_app_done(const struct tui_app *app)
{
    return app->done;
}

int64_t tui_app_call(struct tui_app *app, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg)
{
    bool own = qf_cmds[cmd].cls == QF_CLASS_WRITE || qf_cmds[cmd].cls == QF_CLASS_STOP;
    int64_t id = own ? tui_own_call(app, cmd, req, fn, arg) : tui_link_call(app->o.link, cmd, req, fn, arg);
    if (id == 0)
        tui_app_say(app, TUI_WARN, "%s was not sent: the link is lost", qf_cmds[cmd].name);
    return id;
}

void tui_app_forget(struct tui_app *app, int64_t id)
{
    if (!id)
        return;
    tui_own_forget(app, id);
    app->o.link->ops->forget(app->o.link->impl, id);
}

void tui_app_ref(char out[65])
{
    uint64_t r = 0;
    while (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
        qf_assert(errno == EINTR);
    qf_str_fmt(out, 65, "qf-%016llx", (unsigned long long)r);
}

bool tui_app_refused(struct tui_app *app, const char *what, const struct tui_answer *answer)
{
    if (answer->kind == TUI_ANSWER_OK)
        return false;
    if (answer->kind == TUI_ANSWER_LOST)
        tui_app_say(app, TUI_WARN, "%s: no answer, the link went; look whether it was done", what);
    else
        tui_app_say(app, TUI_WARN, "%s refused, %s: %s", what, answer->reason, qf_refusal_text(answer->refusal));
    return true;
}

/* --- alerts */

bool tui_app_is_unread(const struct tui_app *app, const struct qf_event *e)
{
    return e->severity >= QF_SEV_WARN && e->id > app->read_id && tui_app_desk_now(app) - e->at < QF_DAY;
}

int tui_app_unread(const struct tui_app *app)
{
    const void *const *rows;
    size_t n = tui_cache_rows(app->cache, QF_TOPIC_events, &rows);
    int unread = 0;
    for (size_t i = 0; i < n; i++)
        unread += tui_app_is_unread(app, rows[i]);
    return unread;
}

void tui_app_read_alerts(struct tui_app *app)
{
    const void *const *rows;
    size_t n = tui_cache_rows(app->cache, QF_TOPIC_events, &rows);
    for (size_t i = 0; i < n; i++)
        if (((const struct qf_event *)rows[i])->id > app->read_id)
            app->read_id = ((const struct qf_event *)rows[i])->id;
    app->dirty = true;
}

/* --- screens and dialogs */

void tui_app_show(struct tui_app *app, int digit)
{
    struct tui_slot *slot = &app->slots[digit];
    if (digit != app->digit) {
        app->before = app->digit;
        app->digit = digit;
        if (app->message.note) /* it was about the screen that is left */
            memset(&app->message, 0, sizeof app->message);
    }
    if (!slot->state)
        slot->state = slot->screen->open(app);
    if (digit > 0)
        tui_follow(app);
    if (slot->screen->show)
        slot->screen->show(slot->state);
    app->dirty = true;
}

bool tui_app_has_screen(const struct tui_app *app, int digit)
{
    const struct tui_screen *s = digit > 0 && digit < TUI_DIGITS ? app->slots[digit].screen : NULL;
    return s && tui_app_may(app, s->perm);
}

static int first_screen(const struct tui_app *app)
{
    for (int i = 1; i < TUI_DIGITS; i++)
        if (tui_app_has_screen(app, i))
            return i;
    return 0;
}

void tui_app_open(struct tui_app *app, struct tui_dialog *d)
{
    d->app = app;
    if (!app->user[0]) { /* an answer that came after the session ended: nobody may read it */
        d->ops->free(d);
        return;
    }
    d->opened = tui_app_now(app);
    d->below = app->top;
    app->top = d;
    app->dirty = true;
}

/* --- the link's state */

static void say_link_back(struct tui_app *app)
{
    char span[TUI_FMT];
    tui_fmt_span(span, tui_app_now(app) - app->lost_at);
    tui_app_say(app, TUI_TEXT, "link back after %s, all topics refetched", span);
}

static void signed_in(struct tui_app *app)
{
    const struct tui_link_status *s = tui_app_status(app);
    ask_instruments(app);
    if (!qf_str_eq(app->user, s->who.user)) { /* somebody else: nothing of the one before may show */
        close_all(app);
        app->read_id = 0;
        qf_str_copy(app->user, sizeof app->user, s->who.user);
        tui_app_kept_theme(app);
        app->own_first = app->own_n;
        app->digit = app->before = first_screen(app);
        tui_app_show(app, app->digit);
    } else {
        tui_app_show(app, app->digit ? app->digit : first_screen(app));
        if (app->lost_at)
            say_link_back(app);
    }
    if (s->who.must_change)
        tui_app_open(app, tui_password_new(app, true));
}

/* The same person, perhaps with another role: what may not be seen any more goes. */
static void role_changed(struct tui_app *app)
{
    if (!tui_app_has_screen(app, app->digit)) {
        close_all(app);
        app->digit = app->before = first_screen(app);
        tui_app_show(app, app->digit);
    }
    tui_follow(app);
}

static void signed_out(struct tui_app *app)
{
    bool was_in = app->user[0] != '\0';
    close_all(app);
    tui_transfer_free(app->transfer);
    app->transfer = NULL;
    tui_follow_none(app);
    app->user[0] = '\0';
    app->frozen = false;
    app->digit = app->before = 0;
    tui_app_show(app, 0);
    if (was_in)
        tui_app_say(app, TUI_WARN, "the session has ended");
}

void tui_app_link_changed(struct tui_app *app)
{
    enum tui_link_state now = tui_app_status(app)->state, was = app->state;
    tui_app_touch(app);
    app->state = now;
    if (now == TUI_LINK_DOWN) {
        if (was != TUI_LINK_DOWN || !app->lost_at)
            app->lost_at = tui_app_now(app);
        if (!app->user[0] && !app->slots[0].state)
            tui_app_show(app, 0);
        return;
    }
    if (now == TUI_LINK_READY && (was != TUI_LINK_READY || !qf_str_eq(app->user, tui_app_status(app)->who.user)))
        signed_in(app);
    else if (now == TUI_LINK_OPEN && (was != TUI_LINK_OPEN || !app->slots[0].state))
        signed_out(app);
    else if (now == TUI_LINK_READY)
        role_changed(app);
    app->lost_at = 0;
}

/* --- time */

static void tick_dialogs(struct tui_app *app)
{
    for (struct tui_dialog **at = &app->top; *at;) {
        struct tui_dialog *d = *at;
        if (d->ops->tick && d->ops->tick(d, tui_app_now(app)) == TUI_CLOSE) {
            *at = d->below;
            d->ops->free(d);
            app->dirty = true;
        } else {
            at = &d->below;
        }
    }
}

static void link_dialog(struct tui_app *app)
{
    if (!app->lost_at || !app->user[0] || app->lost_told == app->lost_at || tui_app_now(app) - app->lost_at < QF_SEC)
        return;
    app->lost_told = app->lost_at; /* once a loss: who closed it wants to look at the screen */
    tui_open_link_lost(app, app->lost_at);
}

void tui_app_tick(struct tui_app *app)
{
    qf_time now = tui_app_now(app);
    tick_dialogs(app);
    if (now < app->next_second)
        return;
    app->next_second = now - now % QF_SEC + QF_SEC;
    link_dialog(app);
    tui_transfer_tick(app->transfer);
    const struct tui_slot *slot = &app->slots[app->digit];
    if (slot->state && slot->screen->tick)
        slot->screen->tick(slot->state);
    app->dirty = true;
}

qf_time tui_app_due(const struct tui_app *app)
{
    qf_time soon = tui_app_now(app) + 50 * QF_MS;
    bool waiting = false;
    for (const struct tui_dialog *d = app->top; d; d = d->below)
        waiting = waiting || d->ops->tick;
    return waiting && soon < app->next_second ? soon : app->next_second;
}

/* --- drawing */

static bool is_docked(const struct tui_dialog *d, const struct tui_canvas *c, struct tui_rect *ret)
{
    return d->ops->dock && d->ops->dock(d, tui_canvas_w(c), tui_canvas_h(c), ret);
}

static void draw_docked(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    struct tui_heading h = {.title = d->title, .focused = true};
    struct tui_rect inside = {r.x + 1, r.y + 1, r.w - 1, r.h - 1};
    tui_fill(v->canvas, r, TUI_TEXT, ' ', ' ');
    tui_heading(v->canvas, r.x, r.y, r.w, &h);
    struct tui_rect clip = tui_canvas_clip(v->canvas, inside);
    d->ops->draw(d, v, inside);
    tui_canvas_clip(v->canvas, clip);
}

static void draw_dialog(struct tui_dialog *d, const struct tui_view *v)
{
    struct tui_canvas *c = v->canvas;
    int w = tui_canvas_w(c), h = tui_canvas_h(c), dw, dh;
    struct tui_rect dock;
    if (is_docked(d, c, &dock)) {
        draw_docked(d, v, dock);
        return;
    }
    d->ops->size(d, w, h, &dw, &dh);
    dw = dw > w ? w : dw;
    dh = dh > h - 2 ? h - 2 : dh;
    struct tui_rect box = {(w - dw) / 2, 1 + (h - 1 - dh) / 2, dw, dh};
    tui_box(c, box, d->title);
    struct tui_rect inside = {box.x + 2, box.y + 1, box.w - 4, box.h - 2}, clip = tui_canvas_clip(c, inside);
    d->ops->draw(d, v, inside);
    tui_canvas_clip(c, clip);
}

static void draw_dialogs(struct tui_dialog *d, const struct tui_view *v)
{
    if (!d)
        return;
    draw_dialogs(d->below, v);
    struct tui_rect dock;
    tui_canvas_cursor(v->canvas, -1, -1);
    if (!is_docked(d, v->canvas, &dock))
        tui_mark(v->canvas, (struct tui_rect){0, 1, tui_canvas_w(v->canvas), tui_canvas_h(v->canvas) - 1},
                 TUI_F_BEHIND);
    draw_dialog(d, v);
}

static void draw_body(struct tui_app *app, const struct tui_view *v, struct tui_rect body)
{
    const struct tui_slot *slot = &app->slots[app->digit];
    struct tui_rect clip = tui_canvas_clip(v->canvas, body);
    if (slot->state)
        slot->screen->draw(slot->state, v, body);
    tui_canvas_clip(v->canvas, clip);
    if (app->digit && app->state != TUI_LINK_READY)
        tui_mark(v->canvas, body, TUI_F_STALE);
}

void tui_app_draw(struct tui_app *app, struct tui_canvas *c)
{
    struct tui_view v = {app, c, tui_app_desk_now(app)};
    bool small = tui_canvas_w(c) < TUI_MIN_W || tui_canvas_h(c) < TUI_MIN_H;
    app->dirty = app->urgent = false;
    app->drawn = tui_cache_changes(app->cache);
    if (app->w != tui_canvas_w(c) || app->h != tui_canvas_h(c))
        app->frozen = false; /* the frozen picture had another size */
    app->w = tui_canvas_w(c);
    app->h = tui_canvas_h(c);
    if (app->frozen && !small) { /* the picture below stays as it is */
        tui_frame_draw(&v, true);
        return;
    }
    tui_canvas_clear(c);
    if (small) {
        tui_frame_too_small(&v);
        return;
    }
    if (app->digit == 0) {
        draw_body(app, &v, (struct tui_rect){0, 0, tui_canvas_w(c), tui_canvas_h(c)});
    } else {
        tui_frame_draw(&v, false);
        draw_body(app, &v, tui_frame_body(c));
    }
    draw_dialogs(app->top, &v);
}
