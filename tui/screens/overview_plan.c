/* The overview as a user placed its panels: columns, order, heights. */
#include <string.h>

#include "common/str.h"
#include "tui/screens/overview_in.h"

#define KEY "panels of the overview"
#define NARROWEST 38 /* a column of panels */
#define LOWEST 3     /* a panel: its heading and two lines */

/* They stand in the settings too: a name once given stays. */
const char *const overview_pane_names[PANE_N] = {
    [PANE_EQUITY] = "Equity",   [PANE_DESK] = "Desk",   [PANE_MOVERS] = "Movers",
    [PANE_ORDERS] = "Orders",   [PANE_STATES] = "Strategies", [PANE_SECTORS] = "Sectors",
    [PANE_BOOKS] = "Books",     [PANE_LIMITS] = "Limits", [PANE_FILLS] = "Fills",
    [PANE_ALERTS] = "Alerts",
};

/* --- changing it */

int overview_plan_at(const struct overview_plan *p, int pane)
{
    for (int i = 0; i < p->n; i++)
        if (p->place[i].pane == pane)
            return i;
    return -1;
}

void overview_plan_first(struct overview_plan *p)
{
    static const struct overview_place first[] = {{PANE_EQUITY, 0, 4}, {PANE_MOVERS, 0, 4}, {PANE_ALERTS, 0, 2},
                                                  {PANE_DESK, 1, 4},   {PANE_ORDERS, 1, 3}, {PANE_STATES, 1, 3}};
    memset(p, 0, sizeof *p);
    memcpy(p->place, first, sizeof first);
    p->n = (int)QF_LEN(first);
}

static void swap(struct overview_plan *p, int a, int b)
{
    struct overview_place keep = p->place[a];
    p->place[a] = p->place[b];
    p->place[b] = keep;
}

/* The next one of the same column in that direction; -1 = it is the last. */
static int neighbour(const struct overview_plan *p, int at, int step)
{
    int i = at + step;
    while (i >= 0 && i < p->n && p->place[i].column != p->place[at].column)
        i += step;
    return i >= 0 && i < p->n ? i : -1;
}

bool overview_plan_move(struct overview_plan *p, int *at, int dx, int dy)
{
    int column = p->place[*at].column + dx, beside = dy ? neighbour(p, *at, dy) : -1;
    if (dy && beside >= 0) {
        swap(p, *at, beside);
        *at = beside;
        return true;
    }
    if (!dx || column < 0 || column >= ARRANGE_COLUMNS)
        return false;
    p->place[*at].column = (int8_t)column;
    return true;
}

bool overview_plan_weigh(struct overview_plan *p, int at, int step)
{
    int weight = p->place[at].weight + step;
    if (weight < 1 || weight > 9)
        return false;
    p->place[at].weight = (int8_t)weight;
    return true;
}

bool overview_plan_remove(struct overview_plan *p, int at)
{
    if (p->n < 2) /* an overview without any panel could not be told from a broken one */
        return false;
    p->n--;
    memmove(&p->place[at], &p->place[at + 1], (size_t)(p->n - at) * sizeof p->place[0]);
    return true;
}

void overview_plan_add(struct overview_plan *p, int at, int pane)
{
    if (p->n == PANE_N || overview_plan_at(p, pane) >= 0)
        return;
    memmove(&p->place[at + 2], &p->place[at + 1], (size_t)(p->n - at - 1) * sizeof p->place[0]);
    p->place[at + 1] = (struct overview_place){(int8_t)pane, p->place[at].column, 3};
    p->n++;
}

/* --- as kept: "Equity 0 4,Desk 1 4": name, column, weight; in their order */

static int pane_named(const char *name, size_t n)
{
    for (int i = 0; i < PANE_N; i++)
        if (strlen(overview_pane_names[i]) == n && strncmp(overview_pane_names[i], name, n) == 0)
            return i;
    return -1;
}

/* One entry; false when it is none. */
static bool take(struct overview_plan *p, const char *text, size_t n)
{
    size_t name = strcspn(text, " ,");
    int pane = pane_named(text, name);
    if (n != name + 4 || pane < 0 || overview_plan_at(p, pane) >= 0 || p->n == PANE_N)
        return false;
    int column = text[name + 1] - '0', weight = text[name + 3] - '0';
    if (column < 0 || column >= ARRANGE_COLUMNS || weight < 1 || weight > 9)
        return false;
    p->place[p->n++] = (struct overview_place){(int8_t)pane, (int8_t)column, (int8_t)weight};
    return true;
}

void overview_plan_kept(struct overview *x)
{
    const char *at = tui_app_kept(x->cells.app, KEY);
    struct overview_plan p = {.n = 0};
    while (*at) {
        size_t n = strcspn(at, ",");
        if (!take(&p, at, n))
            return;
        at += n + (at[n] == ',');
    }
    x->plan = p;
}

void overview_plan_keep(struct overview *x)
{
    char text[256] = "";
    size_t n = 0;
    for (int i = 0; i < x->plan.n; i++)
        n += qf_str_fmt(text + n, sizeof text - n, "%s%s %d %d", i ? "," : "",
                        overview_pane_names[x->plan.place[i].pane], x->plan.place[i].column, x->plan.place[i].weight);
    tui_app_keep(x->cells.app, KEY, text);
}

/* --- where they stand */

/* Columns that hold a panel, from the left; a column that has no room joins the one before. */
static int columns_of(const struct overview_plan *p, int w, int *ret_of)
{
    bool used[ARRANGE_COLUMNS] = {false};
    int most = w / NARROWEST < 1 ? 1 : w / NARROWEST, n = 0;
    for (int i = 0; i < p->n; i++)
        used[p->place[i].column] = true;
    for (int c = 0; c < ARRANGE_COLUMNS; c++) {
        n += used[c] && n < most;
        ret_of[c] = n ? n - 1 : 0;
    }
    return n;
}

int overview_plan_columns(const struct overview_plan *p, int w)
{
    int of[ARRANGE_COLUMNS];
    return columns_of(p, w, of);
}

/* Heights by weight, none below LOWEST; those for which there is no room are left out, the last ones first. */
static void place_column(struct overview *x, struct tui_rect r, const struct overview_place **in, int n)
{
    int most = r.h / LOWEST, left, weights = 0, y = r.y;
    n = n > most ? most : n;
    left = r.h - n * LOWEST;
    for (int i = 0; i < n; i++)
        weights += in[i]->weight;
    for (int i = 0; i < n; i++) {
        int more = i == n - 1 ? left : left * in[i]->weight / weights;
        x->board.panes[in[i]->pane].r = (struct tui_rect){r.x, y, r.w, LOWEST + more};
        y += LOWEST + more;
        left -= more;
        weights -= in[i]->weight;
    }
}

void overview_plan_layout(struct overview *x, const struct tui_view *v, struct tui_rect b)
{
    int of[ARRANGE_COLUMNS], n = columns_of(&x->plan, b.w, of), at = b.x;
    for (int c = 0; c < n; c++) {
        const struct overview_place *in[PANE_N];
        int w = (b.x + b.w - at - (n - 1 - c)) / (n - c), count = 0;
        for (int i = 0; i < x->plan.n; i++)
            if (of[x->plan.place[i].column] == c)
                in[count++] = &x->plan.place[i];
        place_column(x, (struct tui_rect){at, b.y, w, b.h}, in, count);
        at += w;
        if (c + 1 < n && !x->board.zoom)
            board_rule(v, at, b);
        at++;
    }
}
