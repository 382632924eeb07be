/* Strategies with their state and profit of the day, which together are the desk's. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/screens/overview_in.h"

/* --- what belongs to which */

static void on_accounts(void *arg, const struct tui_answer *answer)
{
    struct overview *x = arg;
    x->accounts_call = 0;
    if (answer->kind != TUI_ANSWER_OK)
        return;
    free(x->accounts);
    x->accounts = tui_record_copy(&qf_rec_account_list, answer->rep);
    tui_app_touch(x->cells.app);
}

void overview_ask_accounts(struct overview *x)
{
    tui_app_forget(x->cells.app, x->accounts_call);
    x->accounts_call = tui_app_call(x->cells.app, QF_CMD_account_list, NULL, on_accounts, x);
}

/* "" when it has none, or when that is not known yet. */
static const char *strategy_of(const struct overview *x, const char *account)
{
    for (uint32_t i = 0; x->accounts && i < x->accounts->accounts_n; i++)
        if (qf_str_eq(x->accounts->accounts[i].name, account))
            return QF_HAS(&x->accounts->accounts[i], account, strategy) ? x->accounts->accounts[i].strategy : "";
    return "";
}

static struct overview_strategy *find(struct overview_strategy *s, int *n, int max, const char *name)
{
    for (int i = 0; i < *n; i++)
        if (qf_str_eq(s[i].name, name))
            return &s[i];
    if (*n == max)
        return &s[max - 1];
    memset(&s[*n], 0, sizeof s[*n]);
    qf_str_copy(s[*n].name, sizeof s[*n].name, name);
    s[*n].state = QF_STATE_ACTIVE;
    return &s[(*n)++];
}

static int collect(const struct overview *x, struct overview_strategy *s, int max)
{
    const struct tui_cache *cache = tui_app_cache(x->cells.app);
    const void *const *rows;
    int n = 0;
    size_t count = tui_cache_rows(cache, QF_TOPIC_states, &rows);
    for (size_t i = 0; i < count; i++) {
        const struct qf_trading_state *state = rows[i];
        if (state->scope == QF_SCOPE_STRATEGY)
            find(s, &n, max, state->name)->state = state->state;
    }
    for (uint32_t i = 0; x->accounts && i < x->accounts->accounts_n; i++)
        if (strategy_of(x, x->accounts->accounts[i].name)[0])
            (void)find(s, &n, max, strategy_of(x, x->accounts->accounts[i].name));
    count = tui_cache_rows(cache, QF_TOPIC_positions, &rows);
    for (size_t i = 0; i < count; i++) {
        const struct qf_position *p = rows[i];
        const char *name = strategy_of(x, p->account);
        if (name[0] && QF_HAS(p, position, base_day_pnl))
            find(s, &n, max, name)->day += p->base_day_pnl;
    }
    return n;
}

/* --- their order: by profit, settled once a second */

static int place_of(const struct overview *x, const char *name)
{
    int i = 0;
    while (i < x->order_n && !qf_str_eq(x->order[i], name))
        i++;
    return i;
}

static int by_day(const void *pa, const void *pb)
{
    const struct overview_strategy *a = pa, *b = pb;
    return a->day != b->day ? (a->day < b->day) - (a->day > b->day) : strcmp(a->name, b->name);
}

static int by_place(const void *pa, const void *pb)
{
    const struct overview_strategy *a = pa, *b = pb;
    return a->place - b->place;
}

int overview_strategies(struct overview *x, struct overview_strategy *s)
{
    qf_time now = tui_app_now(x->cells.app);
    int n = collect(x, s, MAX_STATES);
    bool settle = n != x->order_n || now - x->ordered_at >= QF_SEC || now < x->ordered_at;
    for (int i = 0; i < n; i++) {
        s[i].place = place_of(x, s[i].name);
        settle = settle || s[i].place == x->order_n;
    }
    if (n)
        qsort(s, (size_t)n, sizeof *s, settle ? by_day : by_place);
    if (!settle)
        return n;
    for (int i = 0; i < n; i++)
        qf_str_copy(x->order[i], sizeof x->order[i], s[i].name);
    x->order_n = n;
    x->ordered_at = now;
    return n;
}

/* --- the panel */

static void draw_amount(const struct tui_view *v, struct tui_rect r, enum tui_role role, qf_money m)
{
    char text[TUI_FMT];
    tui_fmt_pnl(text, m, 2, 14);
    tui_glyph(v->canvas, r.x + r.w - 16, r.y, tui_sign_role(m), tui_sign_glyph(m), m > 0 ? '^' : 'v');
    tui_text_right(v->canvas, r.x + r.w - 14, r.y, 14, role, text);
}

/* Its own state; dim while a more severe one of the firm rules. */
static void draw_strategy(const struct tui_view *v, struct tui_rect r, const struct overview_strategy *s, int32_t firm)
{
    uint32_t cp;
    char ascii;
    enum tui_role role;
    cells_state(s->state, &cp, &ascii, &role);
    role = firm > s->state ? TUI_DIM : role;
    tui_text_fit(v->canvas, r.x, r.y, 9, TUI_TEXT, s->name);
    tui_glyph(v->canvas, r.x + 10, r.y, role, cp, ascii);
    tui_text(v->canvas, r.x + 12, r.y, role, qf_enum_text(&qf_enum_desk_state, s->state));
    draw_amount(v, r, tui_sign_role(s->day), s->day);
}

/* Rows that have no room, and accounts of no strategy: what is missing to the desk's profit. */
static void draw_rest(const struct tui_view *v, struct tui_rect r, int hidden, bool outside, qf_money rest)
{
    char text[48] = "";
    if (hidden)
        cells_others(text, sizeof text, (size_t)hidden);
    tui_textf(v->canvas, r.x, r.y, TUI_DIM, "%s%s%s", text, hidden && outside ? ", " : "",
              outside ? cells_name("") : "");
    draw_amount(v, r, tui_sign_role(rest), rest);
}

/* Where not all have room, those that may not trade freely come first: a halted one never hides among the others. */
static void stopped_first(struct overview_strategy *s, int n)
{
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && s[k].state > s[k - 1].state; k--) {
            struct overview_strategy moved = s[k];
            s[k] = s[k - 1];
            s[k - 1] = moved;
        }
}

void overview_draw_states(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct overview *x = screen;
    struct overview_strategy s[MAX_STATES];
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(x->cells.app));
    int n = overview_strategies(x, s), shown;
    qf_money sum = 0, above = 0;
    char title[48];
    qf_str_fmt(title, sizeof title, "Strategies %d, by day P&L", n);
    struct tui_rect in = tui_app_panel(v, r, title, look), line = {in.x, in.y, in.w > TOTALS_W ? TOTALS_W : in.w - 1, 1};
    for (int i = 0; i < n; i++)
        sum += s[i].day;
    bool others = d && sum != d->day_pnl;
    shown = n + others + 1 <= in.h ? n : in.h > 2 ? in.h - 2 : 0;
    if (shown < n)
        stopped_first(s, n);
    if (n == 0 && !look->look.loading)
        tui_text_fit(v->canvas, in.x + 1, in.y, in.w - 1, TUI_DIM, "no strategies yet");
    if (n == 0 || !d || in.h < 1)
        return;
    unsigned before = tui_canvas_flags(v->canvas, look->look.stale ? TUI_F_STALE : 0);
    for (int i = 0; i < shown; i++, line.y++) {
        draw_strategy(v, line, &s[i], d->state);
        above += s[i].day;
    }
    bool rest = in.h > 1 && (others || shown < n);
    if (rest)
        draw_rest(v, line, n - shown, others, d->day_pnl - above);
    line.y += rest;
    tui_textf(v->canvas, line.x, line.y, TUI_HEADING, "Total %d", n);
    draw_amount(v, line, tui_sign_role(d->day_pnl), d->day_pnl);
    tui_canvas_flags(v->canvas, before);
}
