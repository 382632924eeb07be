#include "tui/screens/board.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tui/overlays.h"

int board_add(struct board *b, const struct board_pane *pane)
{
    qf_assert(b->n < BOARD_PANES);
    b->panes[b->n] = *pane;
    if (pane->table)
        tui_columns_kept(b->app, pane->table);
    return b->n++;
}

void board_free(struct board *b)
{
    for (int i = 0; i < b->n; i++)
        tui_table_free(b->panes[i].table);
    free(b->kept);
    b->kept = NULL;
    b->kept_cap = 0;
    b->n = 0;
}

void board_clear(struct board *b)
{
    for (int i = 0; i < b->n; i++) {
        b->panes[i].r = (struct tui_rect){0, 0, 0, 0};
        b->panes[i].note = NULL;
    }
}

static bool can_focus(const struct board_pane *p)
{
    return !p->passive && !p->absent && (p->r.h > 0 || p->hides);
}

/* A panel that is not shown any more (another window size) hands the focus on. */
static void mend_focus(struct board *b)
{
    for (int i = 0; i < b->n && !can_focus(&b->panes[b->focus]); i++)
        b->focus = (b->focus + 1) % b->n;
}

static void draw_pane(struct board *b, int i, const struct tui_view *v, struct tui_rect r)
{
    struct board_pane *p = &b->panes[i];
    struct tui_panel_look look;
    memset(&look, 0, sizeof look);
    if (p->topic >= 0)
        tui_app_look(b->app, (enum qf_topic_id)p->topic, p->name, i == b->focus, &look);
    look.look.focused = i == b->focus && !p->passive && !tui_app_has_dialog(b->app);
    look.look.note = p->note;
    look.look.note_role = p->note_role;
    struct tui_rect clip = tui_canvas_clip(v->canvas, r);
    if (p->draw)
        p->draw(b->screen, v, r, &look);
    else
        tui_table_draw(p->table, v->canvas, r, &look.look);
    tui_canvas_clip(v->canvas, clip);
}

void board_draw(struct board *b, const struct tui_view *v, struct tui_rect body)
{
    mend_focus(b);
    if (b->zoom) {
        tui_fill(v->canvas, body, TUI_TEXT, ' ', ' ');
        draw_pane(b, b->focus, v, body);
        return;
    }
    for (int i = 0; i < b->n; i++)
        if (b->panes[i].r.h > 0)
            draw_pane(b, i, v, b->panes[i].r);
}

void board_focus(struct board *b, int pane)
{
    b->focus = pane;
    b->zoom = false;
}

static void step_focus(struct board *b, int step)
{
    for (int i = 0; i < b->n; i++) {
        b->focus = (b->focus + step + b->n) % b->n;
        if (can_focus(&b->panes[b->focus]))
            return;
    }
}

bool board_act(struct board *b, enum tui_action action)
{
    struct tui_table *t = board_list(b);
    switch (action) {
    case TUI_DO_NEXT_PANEL:
        step_focus(b, 1);
        return true;
    case TUI_DO_PREV_PANEL:
        step_focus(b, -1);
        return true;
    case TUI_DO_ZOOM:
        b->zoom = !b->zoom;
        return true;
    case TUI_DO_ESCAPE:
        if (b->zoom)
            b->zoom = false;
        else if (t)
            tui_table_unmark(t);
        return true;
    default:
        return t && tui_table_act(t, action);
    }
}

struct tui_table *board_list(const struct board *b)
{
    return b->panes[b->focus].table;
}

/* The table shows these very rows already and has no wish to order them anew. */
static bool is_filled(const struct board *b, struct board_pane *p, enum qf_topic_id topic, qf_time now)
{
    uint64_t version = tui_cache_version(tui_app_cache(b->app), topic) + 1; /* 0 = never filled */
    bool same = p->filled == version && !tui_table_waits(p->table, now, tui_app_has_dialog(b->app));
    p->filled = version;
    return same;
}

void board_fill(struct board *b, int pane, enum qf_topic_id topic, qf_time now)
{
    const void *const *rows;
    if (is_filled(b, &b->panes[pane], topic, now))
        return;
    size_t n = tui_cache_rows(tui_app_cache(b->app), topic, &rows);
    tui_table_fill(b->panes[pane].table, rows, n, now, tui_app_has_dialog(b->app));
}

void board_fill_some(struct board *b, int pane, enum qf_topic_id topic, board_keep_fn keep, qf_time now)
{
    const void *const *rows;
    if (is_filled(b, &b->panes[pane], topic, now))
        return;
    size_t n = tui_cache_rows(tui_app_cache(b->app), topic, &rows), k = 0;
    if (n > b->kept_cap) {
        b->kept_cap = n * 2;
        b->kept = qf_xrealloc(b->kept, b->kept_cap * sizeof *b->kept);
    }
    for (size_t i = 0; i < n; i++)
        if (keep(rows[i]))
            b->kept[k++] = rows[i];
    tui_table_fill(b->panes[pane].table, (const void *const *)b->kept, k, now, tui_app_has_dialog(b->app));
}

static int give(int *left, int want)
{
    int n = want < 0 ? 0 : want < *left ? want : *left;
    *left -= n;
    return n;
}

void board_share(int h, int n, const int *least, const int *need, int focus, int *ret)
{
    int left = h;
    for (int i = 0; i < n; i++) {
        int first = need[i] < least[i] ? need[i] : least[i];
        ret[i] = give(&left, first);
    }
    if (focus >= 0 && focus < n)
        ret[focus] += give(&left, need[focus] - ret[focus]);
    for (int i = 0; i < n; i++)
        ret[i] += give(&left, need[i] - ret[i]);
    ret[n - 1] += left;
}

void board_rule(const struct tui_view *v, int x, struct tui_rect of)
{
    if (of.h > 1)
        tui_vrule(v->canvas, x, of.y + 1, of.h - 1);
}
