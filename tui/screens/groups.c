#include "tui/screens/groups.h"

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "tui/chart.h"
#include "tui/screens/cells.h"

#define MAX_GROUPS 64

struct group {
    const char *name;
    qf_money net, day;
};

static const char *name_of(const struct tui_app *app, const struct qf_position *p, enum groups_by by)
{
    if (by == GROUPS_BOOK)
        return p->account;
    const struct qf_instrument *i = tui_app_instrument(app, p->symbol);
    return i && i->sector[0] ? i->sector : "other";
}

/* The group of that name, made when there is none; the last one takes what is beyond the maximum. */
static struct group *find(struct group *g, int *n, const char *name)
{
    for (int i = 0; i < *n; i++)
        if (strcmp(g[i].name, name) == 0)
            return &g[i];
    if (*n == MAX_GROUPS)
        return &g[MAX_GROUPS - 1];
    g[*n] = (struct group){name, 0, 0};
    return &g[(*n)++];
}

static int by_net(const void *pa, const void *pb)
{
    const struct group *a = pa, *b = pb;
    qf_money x = qf_abs128(a->net), y = qf_abs128(b->net);
    return x != y ? (x < y) - (x > y) : strcmp(a->name, b->name);
}

static int collect(const struct tui_app *app, enum groups_by by, struct group *g)
{
    const void *const *rows;
    size_t n = tui_cache_rows(tui_app_cache(app), QF_TOPIC_positions, &rows);
    int count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct qf_position *p = rows[i];
        if (p->quantity == 0)
            continue;
        struct group *to = find(g, &count, name_of(app, p, by));
        to->net += QF_HAS(p, position, base_value) ? p->base_value : 0;
        to->day += QF_HAS(p, position, base_day_pnl) ? p->base_day_pnl : 0;
    }
    if (count)
        qsort(g, (size_t)count, sizeof *g, by_net);
    return count;
}

int groups_count(const struct tui_app *app, enum groups_by by)
{
    struct group g[MAX_GROUPS];
    return collect(app, by, g);
}

static void draw_group(const struct tui_view *v, struct tui_rect r, const struct group *g, qf_money equity)
{
    char text[TUI_FMT];
    int at = r.x + 35, day = r.w >= 60 ? 15 : 0, bar = r.w - 36 - day;
    qf_i128 share = 0;
    tui_text_fit(v->canvas, r.x, r.y, 13, TUI_TEXT, g->name);
    tui_fmt_money(text, g->net, 0, 12);
    tui_text_right(v->canvas, r.x + 14, r.y, 12, TUI_TEXT, text);
    tui_fmt_share(text, g->net, equity, 1, false);
    tui_text_right(v->canvas, r.x + 27, r.y, 7, TUI_DIM, text);
    if (day) {
        tui_fmt_pnl(text, g->day, 2, 13);
        tui_glyph(v->canvas, at, r.y, tui_sign_role(g->day), tui_sign_glyph(g->day), g->day > 0 ? '^' : 'v');
        tui_text_right(v->canvas, at + 1, r.y, 13, tui_sign_role(g->day), text);
    }
    if (bar > 4 && equity && qf_muldiv(qf_abs128(g->net), 1000, qf_abs128(equity), &share) == QF_OK)
        tui_bar(v->canvas, at + day, r.y, bar > 24 ? 24 : bar, TUI_INFO, (int64_t)(share > 1000 ? 1000 : share));
}

void groups_draw(const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look, enum groups_by by)
{
    const struct qf_desk_status *d = tui_cache_desk(tui_app_cache(v->app));
    struct group g[MAX_GROUPS];
    char title[48], others[32];
    int n = collect(v->app, by, g);
    qf_str_fmt(title, sizeof title, "%s %d, by net", by == GROUPS_BOOK ? "Books" : "Sectors", n);
    struct tui_rect inside = tui_app_panel(v, r, title, look);
    int shown = n <= inside.h ? n : inside.h - 1;
    if (n == 0 && !look->look.loading)
        tui_text_fit(v->canvas, inside.x + 1, inside.y, inside.w - 1, TUI_DIM, "no positions");
    if (!d || shown < 0)
        return;
    for (int i = 0; i < shown; i++)
        draw_group(v, (struct tui_rect){inside.x, inside.y + i, inside.w, 1}, &g[i], d->equity);
    if (shown == n)
        return;
    cells_others(others, sizeof others, (size_t)(n - shown));
    struct group rest = {others, 0, 0};
    for (int i = shown; i < n; i++) {
        rest.net += g[i].net;
        rest.day += g[i].day;
    }
    draw_group(v, (struct tui_rect){inside.x, inside.y + shown, inside.w, 1}, &rest, d->equity);
}
