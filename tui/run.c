#include "tui/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "tui/app.h"
#include "tui/term.h"

#define FRAME (50 * QF_MS)       /* 20 draws a second */
#define SLOW_FRAME (500 * QF_MS) /* 2, while the line does not keep up */
#define NOT_DRAINED (200 * QF_MS)
#define SLOW_FOR (5 * QF_SEC) /* after it did not */

struct run {
    const struct tui_run_options *o;
    struct qf_loop *loop;
    struct tui_term *term;
    struct tui_canvas *canvas;
    struct tui_app *app;
    struct qf_timer *draw_timer, *tick_timer;
    int64_t drawn_at;   /* monotonic us of the last draw */
    int64_t slow_until; /* the line did not take the last draws in time */
    bool pending;       /* the draw timer runs */
};

static int64_t mono_us(void)
{
    return qf_now_mono() / 1000;
}

static qf_time wall(void *arg)
{
    const struct run *r = arg;
    return r->o->now ? r->o->now(r->o->arg) : qf_now_wall();
}

/* --- drawing */

static void draw_now(struct run *r)
{
    int64_t begin = mono_us();
    tui_app_draw(r->app, r->canvas);
    (void)tui_term_draw(r->term, r->canvas);
    r->drawn_at = mono_us();
    if (r->drawn_at - begin > NOT_DRAINED)
        r->slow_until = r->drawn_at + SLOW_FOR;
}

/* Draws when something is new and it is time for it; else sees to it that the timer comes back. */
static void draw_soon(struct run *r)
{
    int64_t now = mono_us(), frame = now < r->slow_until ? SLOW_FRAME : FRAME;
    if (!tui_app_dirty(r->app))
        return;
    if (!tui_term_ready(r->term)) { /* drawing would stop us: wait until it has taken what it has */
        if (now - r->drawn_at > NOT_DRAINED)
            r->slow_until = now + SLOW_FOR;
    } else if (tui_app_urgent(r->app) || now - r->drawn_at >= frame) {
        draw_now(r);
        return;
    }
    if (!r->pending) {
        int64_t left = r->drawn_at + frame - now;
        r->pending = true;
        qf_timer_once(r->draw_timer, left > FRAME / 5 ? left : FRAME / 5);
    }
}

static void on_draw_timer(void *arg)
{
    struct run *r = arg;
    r->pending = false;
    draw_soon(r);
}

static void plan_tick(struct run *r)
{
    int64_t left = tui_app_due(r->app) - wall(r);
    qf_timer_once(r->tick_timer, left < QF_MS ? QF_MS : left > QF_SEC ? QF_SEC : left);
}

static void on_tick(void *arg)
{
    struct run *r = arg;
    tui_app_tick(r->app);
    draw_soon(r);
    plan_tick(r);
}

/* --- what comes in */

static void leave_when_done(struct run *r)
{
    if (tui_app_done(r->app) || tui_term_gone(r->term))
        qf_loop_stop(r->loop);
}

static void on_key(int fd, int what, void *arg)
{
    struct run *r = arg;
    tui_key key;
    (void)fd, (void)what;
    while (!tui_app_done(r->app) && tui_term_key(r->term, &key))
        tui_app_key(r->app, key);
    leave_when_done(r);
    draw_soon(r);
    plan_tick(r); /* a dialog may want to be asked sooner */
}

static void on_winch(int signo, void *arg)
{
    struct run *r = arg;
    int w, h;
    (void)signo;
    if (!tui_term_resize(r->term))
        return;
    tui_term_size(r->term, &w, &h);
    tui_canvas_resize(r->canvas, w, h);
    tui_app_touch(r->app);
    draw_now(r);
}

static void on_end(int signo, void *arg)
{
    (void)signo;
    qf_loop_stop(((struct run *)arg)->loop);
}

/* News from the link: drawn when its time has come, never from inside the call that brings it. */
static void wake(void *arg)
{
    struct run *r = arg;
    int64_t left = r->drawn_at + (mono_us() < r->slow_until ? SLOW_FRAME : FRAME) - mono_us();
    if (r->pending || !r->draw_timer)
        return;
    r->pending = true;
    qf_timer_once(r->draw_timer, left > 0 ? left : 0);
}

static void repaint(void *arg)
{
    tui_term_repaint(((struct run *)arg)->term);
}

static enum tui_theme set_theme(void *arg, enum tui_theme theme)
{
    return tui_term_set_theme(((struct run *)arg)->term, theme);
}

static void copy(void *arg, const char *text, size_t n)
{
    tui_term_copy(((struct run *)arg)->term, text, n);
}

/* --- the whole */

static void run_loop(struct run *r)
{
    struct qf_watch *in = qf_watch_new(r->loop, STDIN_FILENO, QF_READ, on_key, r);
    struct qf_watch *winch = qf_signal_new(r->loop, SIGWINCH, on_winch, r),
                    *term = qf_signal_new(r->loop, SIGTERM, on_end, r),
                    *hup = qf_signal_new(r->loop, SIGHUP, on_end, r);
    r->draw_timer = qf_timer_new(r->loop, on_draw_timer, r);
    r->tick_timer = qf_timer_new(r->loop, on_tick, r);
    draw_now(r);
    plan_tick(r);
    if (!tui_app_done(r->app))
        qf_loop_run(r->loop);
    qf_timer_free(r->draw_timer);
    qf_timer_free(r->tick_timer);
    r->draw_timer = NULL; /* closing screens may still say something */
    qf_watch_free(in);
    qf_watch_free(winch);
    qf_watch_free(term);
    qf_watch_free(hup);
}

static bool open_term(struct run *r)
{
    struct tui_term_options to = {.theme = TUI_THEME_DARK, .ascii = r->o->ascii};
    char why[160];
    int theme = r->o->theme ? tui_style_find(r->o->theme) : TUI_THEME_DARK;
    if (theme < 0) {
        fprintf(stderr, "qf: no theme \"%s\"; there are dark light high-contrast colour-blind mono\n", r->o->theme);
        return false;
    }
    to.theme = (enum tui_theme)theme;
    if (tui_term_open(&to, &r->term, why, sizeof why) == QF_OK)
        return true;
    fprintf(stderr, "qf: %s\n", why);
    return false;
}

int tui_run(struct qf_loop *loop, const struct tui_run_options *options)
{
    struct run r;
    int w, h;
    memset(&r, 0, sizeof r);
    r.o = options;
    r.loop = loop;
    if (!open_term(&r))
        return 2;
    tui_term_size(r.term, &w, &h);
    r.canvas = tui_canvas_new(w, h, tui_term_charset(r.term));
    struct tui_app_options ao = {.link = options->link,
                                 .screens = options->screens,
                                 .login = options->login,
                                 .now = wall,
                                 .arg = &r,
                                 .theme = tui_term_theme(r.term),
                                 .wake = wake,
                                 .repaint = repaint,
                                 .set_theme = set_theme,
                                 .copy = copy,
                                 .prefs = options->prefs,
                                 .theme_fixed = options->theme != NULL};
    r.app = tui_app_new(&ao);
    run_loop(&r);
    tui_app_free(r.app);
    tui_canvas_free(r.canvas);
    tui_term_close(r.term);
    return 0;
}
