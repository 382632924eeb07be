/* The way of a key: to the dialog on top, else by the key table to the console or to the screen in front. */
#include <string.h>

#include "common/str.h"
#include "tui/app_in.h"
#include "tui/overlays.h"

#define TYPE_AHEAD (300 * QF_MS) /* keys so soon after a dialog opened were meant for what was there before */

static const char *need_text(enum qf_perm perm, char *out, size_t cap)
{
    char who[64];
    tui_who_may(perm, who, sizeof who);
    qf_str_fmt(out, cap, "needs %s", who);
    return out;
}

static bool changes_something(enum qf_perm perm)
{
    return perm == QF_P_TRADE || perm == QF_P_RISK || perm == QF_P_HALT || perm == QF_P_ADMIN;
}

/* What only a list can do. */
static bool needs_list(enum tui_action action)
{
    return action == TUI_DO_SORT || action == TUI_DO_TURN || action == TUI_DO_FILTER || action == TUI_DO_MARK ||
           action == TUI_DO_COPY || action == TUI_DO_COPY_ALL || action == TUI_DO_COLUMNS;
}

const char *tui_app_why_not(const struct tui_app *app, enum tui_action action, enum qf_perm perm)
{
    static char text[96];
    void *state;
    const struct tui_screen *s = tui_app_screen(app, &state);
    if (!tui_app_may(app, perm))
        return need_text(perm, text, sizeof text);
    if (changes_something(perm) && app->state != TUI_LINK_READY)
        return "the link is lost, nothing can be sent";
    if (needs_list(action) && s && state && s->list && !s->list(state))
        return "this panel is no list";
    return s && state && s->why_not ? s->why_not(state, action) : "";
}

static void freeze(struct tui_app *app)
{
    app->frozen = !app->frozen;
    app->frozen_at = tui_app_now(app);
}

static void refetch(struct tui_app *app)
{
    for (int t = 0; t < QF_TOPIC_COUNT; t++)
        if (app->wanted[t])
            app->o.link->ops->refetch(app->o.link->impl, (enum qf_topic_id)t);
    tui_app_show(app, app->digit);
    tui_app_say(app, TUI_TEXT, "asked for everything again");
}

/* Actions that mean the same on every screen. False: it is the screen's. */
static bool do_everywhere(struct tui_app *app, enum tui_action action)
{
    switch (action) {
    case TUI_DO_BACK:
        if (app->before && app->before != app->digit)
            tui_app_show(app, app->before);
        return true;
    case TUI_DO_FILTER:
        tui_open_filter(app);
        return true;
    case TUI_DO_GO:
        tui_app_open(app, tui_palette_new(app));
        return true;
    case TUI_DO_HELP:
        tui_app_open(app, tui_help_new(app));
        return true;
    case TUI_DO_ALERTS:
        tui_app_open(app, tui_alerts_new(app));
        return true;
    case TUI_DO_INBOX:
        tui_app_open(app, tui_inbox_new(app));
        return true;
    case TUI_DO_STOP:
        tui_app_open(app, tui_stop_new(app));
        return true;
    case TUI_DO_STOPS:
        tui_open_newest_stop(app);
        return true;
    case TUI_DO_PASSWORD:
        tui_app_open(app, tui_password_new(app, false));
        return true;
    case TUI_DO_SIGN_OUT:
        tui_open_sign_out(app);
        return true;
    case TUI_DO_COPY:
    case TUI_DO_COPY_ALL:
        tui_copy_list(app, action == TUI_DO_COPY_ALL);
        return true;
    case TUI_DO_COLUMNS:
        tui_open_columns(app);
        return true;
    case TUI_DO_OWN:
        tui_open_own(app);
        return true;
    case TUI_DO_EXPORT:
    case TUI_DO_EXPORT_LIST:
        tui_open_export(app);
        return true;
    case TUI_DO_FREEZE:
        freeze(app);
        return true;
    case TUI_DO_REDRAW:
        if (app->o.repaint)
            app->o.repaint(app->o.arg);
        return true;
    case TUI_DO_REFETCH:
        refetch(app);
        return true;
    case TUI_DO_QUIT:
        tui_app_leave(app);
        return true;
    default:
        return false;
    }
}

static const struct tui_key_row *row_of(enum tui_action action)
{
    for (int i = 0; i < tui_keys_n; i++)
        if (tui_keys[i].action == action)
            return &tui_keys[i];
    return NULL;
}

void tui_app_do(struct tui_app *app, enum tui_action action)
{
    const struct tui_key_row *row = row_of(action);
    const char *why = tui_app_why_not(app, action, row ? row->perm : QF_P_SIGNED_IN);
    void *state;
    const struct tui_screen *s = tui_app_screen(app, &state);
    if (why[0])
        tui_app_say(app, TUI_WARN, "%s: %s", row ? (row->line[0] ? row->line : row->help) : "this", why);
    else if (!do_everywhere(app, action) && !(s && state && s->act(state, action)) && row && row->line[0])
        tui_app_say(app, TUI_TEXT, "%s: %s does nothing in this panel", row->label, row->help);
}

static void go_screen(struct tui_app *app, int digit)
{
    if (tui_app_has_screen(app, digit)) {
        tui_app_show(app, digit);
        return;
    }
    const struct tui_screen *s = app->slots[digit].screen;
    char need[80];
    tui_app_say(app, TUI_TEXT, "%d: %s", digit, s ? need_text(s->perm, need, sizeof need) : "there is no such screen");
}

static void set_theme(struct tui_app *app, const char *word)
{
    int theme = tui_style_find(word);
    if (theme < 0 || !app->o.set_theme) {
        tui_app_say(app, TUI_WARN, "no theme \"%s\": dark light high-contrast colour-blind mono", word);
        return;
    }
    bool kept = tui_prefs_set(app->prefs, app->user, "theme", word) == QF_OK;
    tui_app_say(app, TUI_TEXT, "colours: %s%s", tui_style_word(app->o.set_theme(app->o.arg, (enum tui_theme)theme)),
                kept ? "" : ", for this run only: the file with settings cannot be written");
}

void tui_app_kept_theme(struct tui_app *app)
{
    int theme = tui_style_find(tui_prefs_get(app->prefs, app->user, "theme"));
    if (theme >= 0 && app->o.set_theme && !app->o.theme_fixed)
        (void)app->o.set_theme(app->o.arg, (enum tui_theme)theme);
}

const char *tui_app_kept(const struct tui_app *app, const char *key)
{
    return tui_prefs_get(app->prefs, app->user, key);
}

void tui_app_keep(struct tui_app *app, const char *key, const char *value)
{
    if (tui_prefs_set(app->prefs, app->user, key, value) != QF_OK)
        tui_app_say(app, TUI_WARN, "%s: this run only; the file with settings cannot be written", key);
    else
        tui_app_say(app, TUI_TEXT, "%s: kept for %s", key, app->user);
}

void tui_app_word(struct tui_app *app, const struct tui_word_row *row, const char *arg)
{
    if (!tui_app_may(app, row->perm)) {
        char need[80];
        tui_app_say(app, TUI_WARN, "%s: %s", row->word, need_text(row->perm, need, sizeof need));
        return;
    }
    if (row->action == TUI_DO_THEME) {
        set_theme(app, arg);
        return;
    }
    if (row->screen && row->screen != app->digit)
        go_screen(app, row->screen);
    if (row->action == TUI_DO_SCREEN || app->digit != (row->screen ? row->screen : app->digit))
        return;
    void *state;
    const struct tui_screen *s = tui_app_screen(app, &state);
    if ((row->arg[0] || row->action == TUI_DO_GOTO) && s && s->go)
        s->go(state, row->word, arg);
    if (row->action != TUI_DO_GOTO)
        tui_app_do(app, row->action);
}

static void dialog_key(struct tui_app *app, tui_key key)
{
    struct tui_dialog *d = app->top;
    if (tui_app_now(app) - d->opened < TYPE_AHEAD)
        return;
    if (key == TUI_CTRL('L') && app->o.repaint)
        app->o.repaint(app->o.arg);
    else if (d->ops->key(d, key) == TUI_CLOSE) {
        struct tui_dialog **at = &app->top; /* the key may have opened another one above */
        while (*at && *at != d)
            at = &(*at)->below;
        if (*at) {
            *at = d->below;
            d->ops->free(d);
        }
    }
}

static void screen_key(struct tui_app *app, tui_key key)
{
    if (app->frozen && key != 'F' && key != 'q' && key != TUI_CTRL('C')) {
        if (key == TUI_KEY_ESC)
            freeze(app);
        return; /* the picture stands: no message could show that a key did nothing, line 1 says FROZEN */
    }
    const struct tui_key_row *row = tui_key_find(key, app->digit);
    if (!row) {
        if (key > ' ' && key <= 0x10ffff)
            tui_app_say(app, TUI_TEXT, "this key does nothing here; ? lists those that do");
        return;
    }
    if (row->action == TUI_DO_SCREEN)
        go_screen(app, (int)(key - '0'));
    else
        tui_app_do(app, row->action);
}

void tui_app_key(struct tui_app *app, tui_key key)
{
    app->dirty = app->urgent = true;
    const struct tui_slot *slot = &app->slots[app->digit];
    if (app->top)
        dialog_key(app, key);
    else if (slot->screen && slot->screen->key && slot->screen->key(slot->state, key))
        return;
    else if (app->digit == 0 && (key == TUI_KEY_ESC || key == TUI_CTRL('C')))
        tui_app_leave(app);
    else if (app->digit != 0)
        screen_key(app, key);
}
