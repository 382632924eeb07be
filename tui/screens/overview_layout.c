/* Where the overview's panels stand at each size. */
#include "tui/screens/groups.h"
#include "tui/screens/overview_in.h"

static void side_by_side(struct overview *x, const struct tui_view *v, int left, int right, struct tui_rect r,
                         int right_w)
{
    struct board_pane *p = x->board.panes;
    p[left].r = (struct tui_rect){r.x, r.y, r.w - right_w - 1, r.h};
    p[right].r = (struct tui_rect){r.x + r.w - right_w, r.y, right_w, r.h};
    if (!x->board.zoom)
        board_rule(v, r.x + r.w - right_w - 1, r);
}

static void layout_narrow(struct overview *x, const struct tui_view *v, struct tui_rect b)
{
    int spare = b.h - 20, alerts = 3 + (spare > 0 ? spare / 4 : spare < -3 ? -1 : 0);
    int mid = 8 + (spare > 0 ? spare / 3 : spare / 2), top = b.h - mid - alerts;
    side_by_side(x, v, PANE_EQUITY, PANE_DESK, (struct tui_rect){b.x, b.y, b.w, top}, b.w < 80 ? 26 : 33);
    side_by_side(x, v, PANE_MOVERS, PANE_ORDERS, (struct tui_rect){b.x, b.y + top, b.w, mid}, b.w < 80 ? 30 : 40);
    x->board.panes[PANE_ALERTS].r = (struct tui_rect){b.x, b.y + top + mid, b.w, alerts};
}

/* A column of panels, each as high as it needs to be as far as there is room. */
static void column(struct overview *x, struct tui_rect r, const int *panes, const int *least, const int *need, int n)
{
    int h[BOARD_PANES], y = r.y;
    board_share(r.h, n, least, need, -1, h);
    for (int i = 0; i < n; i++) {
        x->board.panes[panes[i]].r = (struct tui_rect){r.x, y, r.w, h[i]};
        y += h[i];
    }
}

static int order_lines(const struct overview *x)
{
    return tui_table_height(x->board.panes[PANE_ORDERS].table) + 1;
}

static int state_lines(struct overview *x)
{
    struct overview_strategy s[MAX_STATES];
    int n = overview_strategies(x, s);
    return n ? n + 2 : 2;
}

static void layout_medium(struct overview *x, const struct tui_view *v, struct tui_rect b)
{
    static const int panes[] = {PANE_ORDERS, PANE_STATES, PANE_SECTORS}, least[] = {4, 5, 3};
    int spare = b.h - 36, alerts = spare >= 0 ? 6 + spare / 4 : b.h / 6,
        top = spare >= 0 ? 14 + spare / 3 : b.h * 14 / 36;
    struct tui_rect mid = {b.x, b.y + top, b.w, b.h - top - alerts};
    int need[] = {order_lines(x), state_lines(x), groups_count(x->cells.app, GROUPS_SECTOR) + 1};
    side_by_side(x, v, PANE_EQUITY, PANE_DESK, (struct tui_rect){b.x, b.y, b.w, top}, 43);
    side_by_side(x, v, PANE_MOVERS, PANE_ORDERS, mid, 43);
    column(x, (struct tui_rect){b.x + b.w - 43, mid.y, 43, mid.h}, panes, least, need, 3);
    x->board.panes[PANE_ALERTS].r = (struct tui_rect){b.x, b.y + b.h - alerts, b.w, alerts};
}

static void layout_wide(struct overview *x, const struct tui_view *v, struct tui_rect b)
{
    static const int mid_panes[] = {PANE_DESK, PANE_ORDERS, PANE_STATES, PANE_BOOKS}, mid_least[] = {16, 5, 6, 4};
    static const int right_panes[] = {PANE_LIMITS, PANE_SECTORS, PANE_FILLS}, right_least[] = {6, 4, 5};
    int alerts = b.h / 6, h = b.h - alerts, top = h / 2, cw = 49, rw = 53, lw = b.w - cw - rw - 2;
    struct board_pane *p = x->board.panes;
    int mid_need[] = {16, order_lines(x) + 2, state_lines(x) + 1, groups_count(x->cells.app, GROUPS_BOOK) + 1};
    int right_need[] = {tui_table_height(p[PANE_LIMITS].table), groups_count(x->cells.app, GROUPS_SECTOR) + 1,
                        tui_table_height(p[PANE_FILLS].table)};
    p[PANE_EQUITY].r = (struct tui_rect){b.x, b.y, lw, top};
    p[PANE_MOVERS].r = (struct tui_rect){b.x, b.y + top, lw, h - top};
    column(x, (struct tui_rect){b.x + lw + 1, b.y, cw, h}, mid_panes, mid_least, mid_need, 4);
    column(x, (struct tui_rect){b.x + lw + cw + 2, b.y, rw, h}, right_panes, right_least, right_need, 3);
    p[PANE_ALERTS].r = (struct tui_rect){b.x, b.y + h, b.w, alerts};
    if (x->board.zoom)
        return;
    board_rule(v, b.x + lw, (struct tui_rect){b.x, b.y, 1, h});
    board_rule(v, b.x + lw + cw + 1, (struct tui_rect){b.x, b.y, 1, h});
}

void overview_layout(struct overview *x, const struct tui_view *v, struct tui_rect body)
{
    if (x->plan.n)
        overview_plan_layout(x, v, body);
    else if (body.w >= 200)
        layout_wide(x, v, body);
    else if (body.w >= 120)
        layout_medium(x, v, body);
    else
        layout_narrow(x, v, body);
}
