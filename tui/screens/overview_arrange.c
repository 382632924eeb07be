/* 'E': where the panels of the overview stand; the picture behind the box follows each key. */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/overlays.h"
#include "tui/screens/overview_in.h"

struct arrange {
    struct tui_dialog d;
    struct overview *screen;
    struct overview_plan before; /* what holds when the box goes without an Enter */
    int at; /* in the plan */
};

static void arrange_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h)
{
    (void)d;
    *ret_w = w < 64 ? w : 64;
    *ret_h = h < PANE_N + 7 ? h : PANE_N + 7;
}

static int below_in(const struct overview_plan *p, int at)
{
    int n = 0;
    for (int i = 0; i < at; i++)
        n += p->place[i].column == p->place[at].column;
    return n;
}

static void draw_place(const struct tui_view *v, struct tui_rect cell, const struct overview_place *p, bool here)
{
    unsigned before = tui_canvas_flags(v->canvas, here ? TUI_F_SELECTED : 0);
    if (here)
        tui_fill(v->canvas, cell, TUI_TEXT, ' ', ' ');
    tui_textf(v->canvas, cell.x, cell.y, TUI_TEXT, "%c%s", here ? '>' : ' ', overview_pane_names[p->pane]);
    tui_textf(v->canvas, cell.x + cell.w - 2, cell.y, TUI_DIM, "%d", p->weight);
    tui_canvas_flags(v->canvas, before);
}

static void arrange_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r)
{
    static const char *const names[ARRANGE_COLUMNS] = {"left", "middle", "right"};
    const struct arrange *x = (const struct arrange *)d;
    const struct overview_plan *p = &x->screen->plan;
    int cell = r.w / ARRANGE_COLUMNS;
    for (int c = 0; c < ARRANGE_COLUMNS; c++)
        tui_text(v->canvas, r.x + c * cell + 1, r.y, TUI_DIM, names[c]);
    for (int i = 0; i < p->n; i++) {
        struct tui_rect at = {r.x + p->place[i].column * cell, r.y + 1 + below_in(p, i), cell - 1, 1};
        if (at.y < r.y + r.h - 3)
            draw_place(v, at, &p->place[i], i == x->at);
    }
    int columns = overview_plan_columns(p, tui_canvas_w(v->canvas)), y = r.y + r.h - 3;
    tui_textf(v->canvas, r.x + 1, y, TUI_DIM, "%d column%s at this width; the number is the height", columns,
              columns == 1 ? "" : "s");
    tui_text_right(v->canvas, r.x, y + 1, r.w, TUI_DIM, "arrows move   < > size   x removes   n adds   Tab next");
    tui_text_right(v->canvas, r.x, y + 2, r.w, TUI_DIM, "r as it was made   Enter keeps   Esc back");
}

/* --- keys */

static void add_named(void *arg, const char *name)
{
    struct arrange *x = arg;
    for (int i = 0; i < PANE_N; i++)
        if (strcmp(overview_pane_names[i], name) == 0) {
            overview_plan_add(&x->screen->plan, x->at, i);
            x->at = overview_plan_at(&x->screen->plan, i);
        }
}

static void ask_new(struct arrange *x)
{
    const char *names[PANE_N];
    int n = 0;
    for (int i = 0; i < PANE_N; i++)
        if (overview_plan_at(&x->screen->plan, i) < 0)
            names[n++] = overview_pane_names[i];
    if (n)
        tui_app_open(x->d.app, tui_pick_new("Add a panel", names, n, add_named, x));
    else
        tui_app_say(x->d.app, TUI_TEXT, "every panel is shown already");
}

static bool change(struct arrange *x, tui_key key)
{
    struct overview_plan *p = &x->screen->plan;
    switch (key) {
    case TUI_KEY_UP:
    case 'k':
        return overview_plan_move(p, &x->at, 0, -1);
    case TUI_KEY_DOWN:
    case 'j':
        return overview_plan_move(p, &x->at, 0, 1);
    case TUI_KEY_LEFT:
    case 'h':
        return overview_plan_move(p, &x->at, -1, 0);
    case TUI_KEY_RIGHT:
    case 'l':
        return overview_plan_move(p, &x->at, 1, 0);
    case '<':
        return overview_plan_weigh(p, x->at, -1);
    case '>':
        return overview_plan_weigh(p, x->at, 1);
    default:
        return false;
    }
}

static void remove_here(struct arrange *x)
{
    if (!overview_plan_remove(&x->screen->plan, x->at))
        tui_app_say(x->d.app, TUI_TEXT, "the last panel stays");
    if (x->at >= x->screen->plan.n)
        x->at = x->screen->plan.n - 1;
}

/* The program's own arrangement again: it follows the width, so nothing is kept. */
static void as_made(struct arrange *x)
{
    x->screen->plan.n = 0;
    overview_plan_keep(x->screen);
    tui_app_say(x->d.app, TUI_TEXT, "the overview stands as it was made");
}

static enum tui_verdict arrange_key(struct tui_dialog *d, tui_key key)
{
    struct arrange *x = (struct arrange *)d;
    int n = x->screen->plan.n;
    if (key == TUI_KEY_ESC)
        return TUI_CLOSE;
    if (key == TUI_KEY_ENTER || key == 'r') {
        if (key == 'r')
            as_made(x);
        else
            overview_plan_keep(x->screen);
        x->before = x->screen->plan;
        return TUI_CLOSE;
    }
    if (key == TUI_KEY_TAB || key == TUI_KEY_BACKTAB)
        x->at = (x->at + (key == TUI_KEY_TAB ? 1 : n - 1)) % n;
    else if (key == 'x' || key == TUI_KEY_DELETE)
        remove_here(x);
    else if (key == 'n')
        ask_new(x);
    else
        (void)change(x, key);
    return TUI_STAY;
}

static void arrange_free(struct tui_dialog *d)
{
    struct arrange *x = (struct arrange *)d;
    x->screen->plan = x->before;
    free(x);
}

void overview_arrange(struct overview *x)
{
    static const struct tui_dialog_ops ops = {arrange_size, arrange_draw, arrange_key, NULL, arrange_free, NULL};
    struct arrange *a = qf_xalloc(sizeof *a);
    memset(a, 0, sizeof *a);
    a->d.ops = &ops;
    a->d.app = x->cells.app;
    a->d.keeps_link = true;
    a->screen = x;
    a->before = x->plan;
    if (x->plan.n == 0)
        overview_plan_first(&x->plan);
    int here = overview_plan_at(&x->plan, x->board.focus);
    a->at = here < 0 ? 0 : here;
    x->board.zoom = false;
    qf_str_fmt(a->d.title, sizeof a->d.title, "Panels of the overview, kept for %s", tui_app_user(x->cells.app));
    tui_app_open(x->cells.app, &a->d);
}
