/* The frame: line 1 (state of the desk), line 2 (tabs, who, clock), the message strip and the key line. */
#include <string.h>

#include "common/str.h"
#include "tui/app_in.h"

#define RIGHT(c, from_right) (tui_canvas_w(c) - (from_right))

struct tui_rect tui_frame_body(const struct tui_canvas *c)
{
    return (struct tui_rect){0, 2, tui_canvas_w(c), tui_canvas_h(c) - 4};
}

void tui_frame_too_small(const struct tui_view *v)
{
    struct tui_canvas *c = v->canvas;
    tui_text(c, 0, 0, TUI_HEADING, "QuantumFond needs 60 x 18 or more.");
    tui_textf(c, 0, 1, TUI_TEXT, "This terminal is %d x %d.", tui_canvas_w(c), tui_canvas_h(c));
    tui_text(c, 0, 2, TUI_TEXT, "The desk runs on; make the window larger,");
    tui_text(c, 0, 3, TUI_TEXT, "or use: qf COMMAND      q leaves");
}

/* --- line 1 */

/* The bar of a state rises with its severity. */
static void draw_state(struct tui_canvas *c, const struct qf_desk_status *d)
{
    static const struct {
        uint32_t cp;
        char ascii;
        enum tui_role role;
    } look[] = {[QF_STATE_ACTIVE] = {0x25cf, '*', TUI_UP},
                [QF_STATE_CLOSE_ONLY] = {0x2583, '-', TUI_WARN},
                [QF_STATE_CANCEL_ONLY] = {0x2585, '=', TUI_WARN},
                [QF_STATE_HALTED] = {0x2588, '#', TUI_BAD}};
    unsigned before = tui_canvas_flags(c, TUI_F_BAR | TUI_F_REVERSE);
    int state = d->state >= 0 && d->state < QF_desk_state_COUNT ? d->state : QF_STATE_HALTED;
    tui_fill(c, (struct tui_rect){0, 0, 13, 1}, look[state].role, ' ', ' ');
    tui_glyph(c, 0, 0, look[state].role, look[state].cp, look[state].ascii);
    tui_text(c, 2, 0, look[state].role, qf_enum_text(&qf_enum_desk_state, state));
    tui_canvas_flags(c, before);
}

static void draw_mode(struct tui_canvas *c, int32_t mode)
{
    static const enum tui_role roles[] = {
        [QF_MODE_SIMULATED] = TUI_SIMULATED, [QF_MODE_PAPER] = TUI_PAPER, [QF_MODE_REAL] = TUI_REAL};
    bool known = mode >= 0 && mode < QF_money_mode_COUNT;
    tui_text(c, 14, 0, known ? roles[mode] : TUI_REAL, qf_enum_text(&qf_enum_money_mode, mode));
}

/* "+85,003"; over 9,999,999 in k. */
static void fmt_day(char out[TUI_FMT], qf_money v)
{
    bool wide = qf_abs128(v) > (qf_money)9999999 * QF_ONE;
    tui_fmt_pnl(out, wide ? v / 1000 : v, 0, 0);
    if (wide)
        qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), "k");
}

static void draw_pnl(struct tui_canvas *c, const struct qf_desk_status *d, int edge, int share_edge)
{
    char text[TUI_FMT];
    enum tui_role role = d->unpriced ? TUI_WARN : tui_sign_role(d->day_pnl);
    fmt_day(text, d->day_pnl);
    int len = (int)strlen(text);
    tui_text_right(c, edge - 11, 0, 12, role, text);
    tui_glyph(c, edge - len, 0, role, tui_sign_glyph(d->day_pnl), d->day_pnl > 0 ? '^' : 'v');
    tui_fmt_share(text, d->day_pnl, d->day_start, 2, true);
    if (share_edge)
        tui_text_right(c, share_edge - 6, 0, 7, role, text);
}

static void draw_equity(struct tui_canvas *c, const struct qf_desk_status *d, int edge, int room)
{
    char number[TUI_FMT], text[TUI_FMT + 16];
    tui_fmt_money(number, d->equity, 0, room - 1 - (int)strlen(d->base));
    qf_str_fmt(text, sizeof text, "%s %s", number, d->base);
    tui_text_right(c, edge - room + 1, 0, room, TUI_TEXT, text);
}

static void draw_alerts(const struct tui_view *v, int x, bool words)
{
    int unread = tui_app_unread(v->app);
    enum tui_role role = unread ? TUI_WARN : TUI_DIM;
    char number[16];
    qf_str_fmt(number, sizeof number, unread > 9 ? "9+" : "%d", unread);
    tui_textf(v->canvas, x, 0, role, words ? "alerts %s" : "!%s", number);
}

static enum tui_role age_role(int64_t age, bool stale)
{
    return stale || age > 5 * QF_SEC ? TUI_WARN : age > 2 * QF_SEC ? TUI_TEXT : TUI_DIM;
}

/* Age of the newest price, or how long the link has been gone, or how long the picture has been frozen. */
static void draw_data(const struct tui_view *v, int edge)
{
    struct tui_app *app = v->app;
    const struct qf_desk_status *d = tui_cache_desk(app->cache);
    char age[TUI_FMT], text[TUI_FMT + 8] = "";
    enum tui_role role = TUI_BAD;
    unsigned before = tui_canvas_flags(v->canvas, TUI_F_BAR | TUI_F_REVERSE);
    if (app->frozen) {
        tui_fmt_span(age, tui_app_now(app) - app->frozen_at);
        qf_str_fmt(text, sizeof text, "FROZEN%3s", age);
        role = TUI_WARN;
    } else if (app->lost_at) {
        tui_fmt_age(age, tui_app_now(app) - app->lost_at);
        qf_str_fmt(text, sizeof text, "LINK %s", age);
    } else if (d && QF_HAS(d, desk_status, received)) {
        int64_t old = v->now - d->received;
        tui_fmt_age(age, old);
        bool tight = tui_canvas_w(v->canvas) < 120 && tui_app_unread(app) > 9; /* "!9+" stands right before it */
        qf_str_fmt(text, sizeof text, tight ? "age %s" : "data %s", age);
        role = d->stale ? TUI_WARN : age_role(old, false) == TUI_DIM ? TUI_UP : TUI_TEXT;
        tui_canvas_flags(v->canvas, TUI_F_BAR);
    }
    tui_text_right(v->canvas, edge - 10, 0, 11, role, text);
    tui_canvas_flags(v->canvas, before);
}

static void draw_link(const struct tui_view *v, int x)
{
    const struct tui_link_status *s = tui_app_status(v->app);
    char text[TUI_FMT];
    bool up = s->state == TUI_LINK_READY;
    int at = x + tui_text(v->canvas, x, 0, up ? TUI_DIM : TUI_BAD, "link ");
    tui_glyph(v->canvas, at, 0, up ? TUI_UP : TUI_BAD, up ? 0x25cf : 0x25cb, up ? '*' : 'o');
    if (!up || s->latency_us < 0)
        return;
    tui_fmt_link(text, s->latency_us);
    tui_text_right(v->canvas, at + 1, 0, 6, TUI_DIM, text);
}

/* A label and a value that ends at an edge of its own: nothing moves because a number changed. */
static void labelled(struct tui_canvas *c, int x, int edge, const char *label, enum tui_role role, const char *text)
{
    int used = tui_text(c, x, 0, TUI_DIM, label);
    tui_text_right(c, x + used, 0, edge - x - used + 1, role, text);
}

static void draw_since(struct tui_canvas *c, int x, int edge, const char *label, bool there, qf_money pnl)
{
    char text[TUI_FMT] = "n/a";
    if (there)
        fmt_day(text, pnl);
    labelled(c, x, edge, label, there ? tui_sign_role(pnl) : TUI_DIM, text);
}

static void draw_var_used(struct tui_canvas *c, int x, int edge, const struct qf_desk_status *d)
{
    char text[TUI_FMT] = "n/a";
    bool known = QF_HAS(d, desk_status, var_99) && QF_HAS(d, desk_status, var_limit) && d->var_limit > 0;
    enum tui_role role = TUI_DIM;
    if (known) {
        tui_fmt_share(text, d->var_99, d->var_limit, 0, false);
        role = d->var_99 >= d->var_limit || d->var_incomplete ? TUI_BAD : d->var_99 * 20 >= d->var_limit * 17 ? TUI_WARN : TUI_TEXT;
    }
    labelled(c, x, edge, "VaR", role, text);
}

/* What only wide terminals have room for. */
static void draw_more(const struct tui_view *v, const struct qf_desk_status *d)
{
    char text[TUI_FMT];
    draw_since(v->canvas, 97, 113, "month", QF_HAS(d, desk_status, month_pnl), d->month_pnl);
    draw_since(v->canvas, 116, 132, "year", QF_HAS(d, desk_status, year_pnl), d->year_pnl);
    tui_fmt_share(text, d->gross, d->equity, 1, false);
    labelled(v->canvas, 135, 147, "gross", TUI_TEXT, text);
    draw_var_used(v->canvas, 150, 158, d);
    tui_fmt_count(text, d->working);
    labelled(v->canvas, 161, 172, "orders", TUI_TEXT, text);
}

static void draw_drawdown(struct tui_canvas *c, const struct qf_desk_status *d, int x, int edge)
{
    char text[TUI_FMT];
    tui_fmt_bp(text, d->drawdown_bp, 2, true);
    if ((int)strlen(text) > edge - x - 2) /* a blank stays between label and number */
        tui_fmt_bp(text, d->drawdown_bp, 1, true);
    tui_text(c, x, 0, TUI_DIM, "dd");
    tui_text_right(c, edge - 6, 0, 7, TUI_TEXT, text);
}

static void draw_first_narrow(const struct tui_view *v, const struct qf_desk_status *d)
{
    bool tight = tui_canvas_w(v->canvas) < 80; /* percent and drawdown are the first to go */
    if (d) {
        if (!tight)
            draw_equity(v->canvas, d, 37, 14);
        draw_pnl(v->canvas, d, tight ? 36 : 48, tight ? 0 : 55);
        if (!tight)
            draw_drawdown(v->canvas, d, 58, 66);
    }
    draw_alerts(v, tight ? 40 : 68, false);
    draw_data(v, RIGHT(v->canvas, 1));
}

static void draw_first_wide(const struct tui_view *v, const struct qf_desk_status *d)
{
    if (d) {
        tui_text(v->canvas, 25, 0, TUI_DIM, "equity");
        draw_equity(v->canvas, d, 45, 14);
        tui_text(v->canvas, 48, 0, TUI_DIM, "day");
        draw_pnl(v->canvas, d, 62, 70);
        draw_drawdown(v->canvas, d, 73, 82);
        if (tui_canvas_w(v->canvas) >= 200)
            draw_more(v, d);
    }
    draw_alerts(v, 85, true);
    draw_data(v, RIGHT(v->canvas, 16));
    draw_link(v, RIGHT(v->canvas, 12));
}

static void draw_first(const struct tui_view *v)
{
    const struct qf_desk_status *d = tui_cache_desk(v->app->cache);
    tui_fill(v->canvas, (struct tui_rect){0, 0, tui_canvas_w(v->canvas), 1}, TUI_BAR, ' ', ' ');
    if (d)
        draw_state(v->canvas, d);
    else
        tui_text(v->canvas, 0, 0, TUI_DIM, "waiting");
    draw_mode(v->canvas, d ? d->mode : tui_app_status(v->app)->hello.mode);
    if (tui_canvas_w(v->canvas) < 120)
        draw_first_narrow(v, d);
    else
        draw_first_wide(v, d);
}

/* --- line 2 */

/* The places of all nine screens: one that does not exist, or that the role may not see, leaves its place empty. */
static const struct {
    const char *name, *word;
} tabs[TUI_DIGITS] = {{"", ""},           {"Overview", "Over"},  {"Live", "Live"},        {"Risk", "Risk"},
                      {"AI", "AI"},       {"Strategy", "Strat"}, {"Performance", "Perf"}, {"System", "Sys"},
                      {"Admin", "Admin"}, {"Incident", "Inc"}};

static void draw_tabs(const struct tui_view *v)
{
    int w = tui_canvas_w(v->canvas), x = 0;
    for (int i = 1; i < TUI_DIGITS; i++) {
        char text[24];
        bool here = i == v->app->digit;
        qf_str_fmt(text, sizeof text,
                   w < 80    ? "%d"
                   : w < 120 ? "%d%s"
                             : "%d %s",
                   i, w < 120 ? tabs[i].word : tabs[i].name);
        int len = (int)strlen(text);
        if (here) {
            unsigned before = tui_canvas_flags(v->canvas, TUI_F_BAR | TUI_F_REVERSE);
            tui_textf(v->canvas, x, 1, TUI_ACCENT, "[%s]", text);
            tui_canvas_flags(v->canvas, before);
        } else if (tui_app_has_screen(v->app, i)) {
            tui_text(v->canvas, x + 1, 1, TUI_TEXT, text);
        }
        x += len + 2;
    }
}

/* user@role: the user is cut when there is no room, the role never. */
static void draw_who(const struct tui_view *v, int edge, int room)
{
    char text[64];
    const char *role = qf_enum_text(&qf_enum_role, tui_app_status(v->app)->who.role);
    int user = (int)strlen(v->app->user), left = room - 1 - (int)strlen(role);
    if (user > left)
        qf_str_fmt(text, sizeof text, "%.*s~@%s", left > 1 ? left - 1 : 0, v->app->user, role);
    else
        qf_str_fmt(text, sizeof text, "%s@%s", v->app->user, role);
    tui_text_right(v->canvas, edge - room + 1, 1, room, TUI_ACCENT, text);
}

static void draw_second(const struct tui_view *v)
{
    struct tui_canvas *c = v->canvas;
    char clock[TUI_FMT];
    int w = tui_canvas_w(c);
    tui_fill(c, (struct tui_rect){0, 1, w, 1}, TUI_BAR, ' ', ' ');
    draw_tabs(v);
    tui_fmt_clock(clock, v->now);
    if (w < 120) {
        tui_text_right(c, w - 8, 1, 8, TUI_TEXT, clock);
        draw_who(v, w - 10, w < 80 ? 20 : 10 + (w - 80));
        return;
    }
    tui_textf(c, w - 12, 1, TUI_TEXT, "%s UTC", clock);
    draw_who(v, w - 15, 13 + (w < 134 ? w - 120 : 14));
    if (w < 200)
        return;
    char date[TUI_FMT], session[32] = "";
    int64_t number = tui_app_status(v->app)->who.session;
    tui_fmt_since(date, v->now, 0);
    if (number > 0)
        qf_str_fmt(session, sizeof session, "session %lld   ", (long long)number);
    tui_textf(c, 100, 1, TUI_DIM, "%s%s   %s", session, date, tui_app_status(v->app)->where);
}

/* --- message strip */

static void draw_strip(const struct tui_view *v)
{
    struct tui_canvas *c = v->canvas;
    const struct tui_message *m = &v->app->message;
    int y = tui_canvas_h(c) - 2, w = tui_canvas_w(c), right = w, unread = tui_app_unread(v->app);
    if (unread) {
        char note[48];
        qf_str_fmt(note, sizeof note, "%d unread, ! reads", unread);
        right = w - (int)strlen(note);
        tui_text(c, right, y, TUI_DIM, note);
    }
    if (m->text[0] == '\0')
        return;
    char time[TUI_FMT];
    tui_fmt_clock(time, m->at);
    if (m->role == TUI_BAD)
        tui_glyph(c, 0, y, TUI_BAD, 0x2588, '#');
    else
        tui_glyph(c, 0, y, m->role, m->role == TUI_TEXT ? 0x25cf : 0x25b2, m->role == TUI_TEXT ? '*' : '!');
    tui_text(c, 2, y, TUI_DIM, time);
    tui_text_fit(c, 11, y, right - 12, m->role, m->text);
}

/* --- key line */

static int open_requests(const struct tui_app *app)
{
    const void *const *rows;
    size_t n = tui_cache_rows(app->cache, QF_TOPIC_approvals, &rows);
    int waiting = 0;
    for (size_t i = 0; i < n; i++)
        waiting += ((const struct qf_approval *)rows[i])->state == QF_APPROVAL_PENDING;
    return waiting;
}

static bool is_listed(const struct tui_app *app, const struct tui_key_row *row)
{
    if (row->weight == 0 || !(row->where == TUI_AT_ANY || row->where & (1U << app->digit)))
        return false;
    return tui_app_why_not(app, row->action, row->perm)[0] == '\0';
}

/* The next row of the table by weight, or NULL. */
static const struct tui_key_row *next_listed(const struct tui_app *app, int after)
{
    const struct tui_key_row *best = NULL;
    for (int i = 0; i < tui_keys_n; i++)
        if (tui_keys[i].weight > after && (!best || tui_keys[i].weight < best->weight) && is_listed(app, &tui_keys[i]))
            best = &tui_keys[i];
    return best;
}

static void key_text(const struct tui_app *app, const struct tui_key_row *row, char *key, size_t key_cap, char *word,
                     size_t word_cap)
{
    size_t n = row->code ? strcspn(row->label, " ") : strlen(row->label);
    qf_str_copyn(key, key_cap, row->label, n);
    qf_str_copy(word, word_cap, row->line);
    if (row->action == TUI_DO_INBOX && open_requests(app))
        qf_str_fmt(word, word_cap, "%s %d", row->line, open_requests(app));
}

static void draw_keys(const struct tui_view *v)
{
    struct tui_canvas *c = v->canvas;
    int y = tui_canvas_h(c) - 1, w = tui_canvas_w(c), x = 1;
    bool may_stop = tui_app_may(v->app, QF_P_HALT);
    int room = (may_stop ? w - 9 : w - 1) - 8; /* help always has its place */
    tui_fill(c, (struct tui_rect){0, y, w, 1}, TUI_BAR, ' ', ' ');
    if (may_stop)
        tui_text(c, w - 7, y, TUI_DOWN, "X STOP");
    const struct tui_key_row *row = NULL;
    while ((row = next_listed(v->app, row ? row->weight : 0)) != NULL) {
        char key[16], word[32];
        key_text(v->app, row, key, sizeof key, word, sizeof word);
        int need = (int)(strlen(key) + 1 + strlen(word));
        if (x + need > room + (row->action == TUI_DO_HELP ? 8 : 0))
            continue; /* a shorter one may still fit */
        x += tui_text(c, x, y, TUI_ACCENT, key) + 1;
        x += tui_text(c, x, y, TUI_TEXT, word) + 2;
    }
}

void tui_frame_draw(const struct tui_view *v, bool only_first)
{
    unsigned before = tui_canvas_flags(v->canvas, TUI_F_BAR);
    draw_first(v);
    if (!only_first) {
        draw_second(v);
        draw_keys(v);
        tui_canvas_flags(v->canvas, 0);
        draw_strip(v);
    }
    tui_canvas_flags(v->canvas, before);
}
