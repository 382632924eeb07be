/* Where the panels of the risk screen stand: three bands; more of them side by side on wider terminals. A panel that
 * has no place of its own on a small one takes its neighbour's while it has the focus. */
#include "tui/screens/risk_in.h"

static int height_of(const struct risk *x, int pane)
{
    return tui_table_height(x->board.panes[pane].table);
}

static void place(struct risk *x, int pane, int px, int py, int w, int h)
{
    x->board.panes[pane].r = (struct tui_rect){px, py, w, h};
}

static void rule(const struct risk *x, const struct tui_view *v, int px, int py, int h)
{
    if (!x->board.zoom)
        board_rule(v, px, (struct tui_rect){0, py, 0, h});
}

static bool has_focus(const struct risk *x, int pane)
{
    return x->board.focus == pane;
}

/* Of panels that share a place the one with the focus, else the first. */
static int front(const struct risk *x, const int *panes, int n)
{
    for (int i = 0; i < n; i++)
        if (has_focus(x, panes[i]))
            return panes[i];
    return panes[0];
}

static bool may_requests(const struct risk *x)
{
    return !x->board.panes[PANE_APPROVALS].absent;
}

/* Which band has the focus: what neighbours do not need it takes. */
static int band_of(const struct risk *x, const int bands[PANE_COUNT])
{
    return bands[x->board.focus];
}

/* --- small: states and limits; breakers and value at risk; parts and requests */

static void small(struct risk *x, const struct tui_view *v, struct tui_rect b)
{
    static const int bands[PANE_COUNT] = {
        [PANE_STATES] = 0,      [PANE_LIMITS] = 0,     [PANE_BREAKERS] = 1,  [PANE_VAR] = 1,
        [PANE_DAYS] = 1,        [PANE_STRESS] = 2,     [PANE_SIDES] = 2,     [PANE_EXPOSURE] = 2,
        [PANE_CORRELATION] = 2, [PANE_COMPONENTS] = 2, [PANE_APPROVALS] = 2, [PANE_STOPS] = 2};
    static const int parts[] = {PANE_COMPONENTS, PANE_STRESS, PANE_EXPOSURE, PANE_CORRELATION};
    static const int figures[] = {PANE_VAR, PANE_DAYS}, requests[] = {PANE_APPROVALS, PANE_STOPS},
                     sides[] = {PANE_SIDES, PANE_STOPS};
    int least[3] = {8, 8, 4}, h[3];
    int top = height_of(x, PANE_LIMITS) > height_of(x, PANE_STATES) + 1 ? height_of(x, PANE_LIMITS)
                                                                        : height_of(x, PANE_STATES) + 1;
    const int need[3] = {top, height_of(x, PANE_BREAKERS) + 1, height_of(x, PANE_COMPONENTS)};
    for (int i = 0; i < 3 && b.h < 20; i++)
        least[i] = i == 2 ? b.h - least[0] - least[1] : b.h * 2 / 5;
    if (least[2] < 3)
        least[1] -= 3 - least[2], least[2] = 3;
    const int all[3] = {need[0] > least[0] ? need[0] : least[0], need[1] > least[1] ? need[1] : least[1],
                        need[2] > least[2] ? need[2] : least[2]};
    board_share(b.h, 3, least, all, band_of(x, bands), h);
    int left = b.w < 80 ? 23 : 24, half = b.w * 38 / 80, y = b.y;
    place(x, PANE_STATES, b.x, y, left, h[0]);
    place(x, PANE_LIMITS, b.x + left + 1, y, b.w - left - 1, h[0]);
    rule(x, v, b.x + left, y, h[0]);
    y += h[0];
    place(x, PANE_BREAKERS, b.x, y, half, h[1]);
    place(x, front(x, figures, 2), b.x + half + 1, y, b.w - half - 1, h[1]);
    rule(x, v, b.x + half, y, h[1]);
    y += h[1];
    place(x, front(x, parts, 4), b.x, y, half, h[2]);
    place(x, may_requests(x) ? front(x, requests, 2) : front(x, sides, 2), b.x + half + 1, y, b.w - half - 1, h[2]);
    rule(x, v, b.x + half, y, h[2]);
}

/* --- from 120 columns: states above breakers beside all limits; figures beside their days; parts, stress, requests */

static void left_column(struct risk *x, const struct tui_view *v, struct tui_rect r)
{
    int breakers = height_of(x, PANE_BREAKERS) + 1, states = height_of(x, PANE_STATES);
    const int least[2] = {4, 5}, need[2] = {states, breakers};
    int h[2];
    board_share(r.h, 2, least, need, has_focus(x, PANE_BREAKERS) ? 1 : 0, h);
    if (h[1] > breakers && states > h[0]) { /* what the breakers do not need the states take */
        h[0] += h[1] - breakers;
        h[1] = breakers;
    }
    place(x, PANE_STATES, r.x, r.y, r.w, h[0]);
    place(x, PANE_BREAKERS, r.x, r.y + h[0], r.w, h[1]);
    rule(x, v, r.x + r.w, r.y, r.h);
}

static void top_band(struct risk *x, const struct tui_view *v, struct tui_rect r, int left)
{
    left_column(x, v, (struct tui_rect){r.x, r.y, left, r.h});
    place(x, PANE_LIMITS, r.x + left + 1, r.y, r.w - left - 1, r.h);
}

static void middle_band(struct risk *x, const struct tui_view *v, struct tui_rect r, int left)
{
    place(x, PANE_VAR, r.x, r.y, left, r.h);
    place(x, PANE_DAYS, r.x + left + 1, r.y, r.w - left - 1, r.h);
    rule(x, v, r.x + left, r.y, r.h);
}

static int stress_height(const struct risk *x, const struct tui_rect *r)
{
    int need = height_of(x, PANE_STRESS), most = r->h - 4;
    need -= need > 2 && r->w < 60 ? 1 : 0; /* narrow ones have no titles */
    need = need < 2 ? 2 : need;
    return need > most ? most : need;
}

static void wide_foot(struct risk *x, const struct tui_view *v, struct tui_rect r)
{
    static const int parts[] = {PANE_COMPONENTS, PANE_CORRELATION};
    static const int requests[] = {PANE_APPROVALS, PANE_STOPS};
    int a = r.w * 38 / 120, c = r.w - 2 * a - 2, x2 = r.x + a + 1, x3 = x2 + a + 1;
    place(x, front(x, parts, 2), r.x, r.y, a, r.h);
    rule(x, v, r.x + a, r.y, r.h);
    if (has_focus(x, PANE_EXPOSURE)) {
        place(x, PANE_EXPOSURE, x2, r.y, a, r.h);
    } else {
        int stress = stress_height(x, &(struct tui_rect){x2, r.y, a, r.h});
        place(x, PANE_STRESS, x2, r.y, a, stress);
        place(x, PANE_SIDES, x2, r.y + stress, a, r.h - stress);
    }
    rule(x, v, x2 + a, r.y, r.h);
    place(x, may_requests(x) ? front(x, requests, 2) : PANE_STOPS, x3, r.y, c, r.h);
}

/* --- from 200 columns: exposures and correlations too */

static void widest_foot(struct risk *x, const struct tui_view *v, struct tui_rect r)
{
    int a = r.w * 42 / 200, s = r.w * 54 / 200, k = r.w * 57 / 200, q = r.w - a - s - k - 3;
    int x2 = r.x + a + 1, x3 = x2 + s + 1, x4 = x3 + k + 1;
    int stress = stress_height(x, &(struct tui_rect){x2, r.y, s, r.h / 2}), requests = may_requests(x) ? r.h / 2 : 0;
    place(x, PANE_COMPONENTS, r.x, r.y, a, r.h);
    place(x, PANE_STRESS, x2, r.y, s, stress);
    place(x, PANE_EXPOSURE, x2, r.y + stress, s, r.h - stress);
    place(x, PANE_CORRELATION, x3, r.y, k, r.h - 7);
    place(x, PANE_SIDES, x3, r.y + r.h - 7, k, 7);
    if (requests)
        place(x, PANE_APPROVALS, x4, r.y, q, requests);
    place(x, PANE_STOPS, x4, r.y + requests, q, r.h - requests);
    rule(x, v, r.x + a, r.y, r.h);
    rule(x, v, x2 + s, r.y, r.h);
    rule(x, v, x3 + k, r.y, r.h);
}

static void wide(struct risk *x, const struct tui_view *v, struct tui_rect b, bool widest)
{
    static const int bands[PANE_COUNT] = {
        [PANE_STATES] = 0,      [PANE_LIMITS] = 0,     [PANE_BREAKERS] = 0,  [PANE_VAR] = 1,
        [PANE_DAYS] = 1,        [PANE_STRESS] = 2,     [PANE_SIDES] = 2,     [PANE_EXPOSURE] = 2,
        [PANE_CORRELATION] = 2, [PANE_COMPONENTS] = 2, [PANE_APPROVALS] = 2, [PANE_STOPS] = 2};
    int left = height_of(x, PANE_STATES) + height_of(x, PANE_BREAKERS) + 1, limits = height_of(x, PANE_LIMITS);
    int top = left > limits ? left : limits, band = band_of(x, bands);
    if (band != 0 && top > b.h * 4 / 9)
        top = b.h * 4 / 9;
    const int least[3] = {b.h * 4 / 9 < top ? b.h * 4 / 9 : top, widest ? 18 : 11, 6};
    const int need[3] = {top, least[1], widest ? 20 : height_of(x, PANE_COMPONENTS)};
    int h[3], y = b.y;
    board_share(b.h, 3, least, need, band, h);
    top_band(x, v, (struct tui_rect){b.x, y, b.w, h[0]}, widest ? b.w * 66 / 200 : b.w * 34 / 120);
    y += h[0];
    middle_band(x, v, (struct tui_rect){b.x, y, b.w, h[1]}, widest ? b.w * 94 / 200 : b.w * 57 / 120);
    y += h[1];
    if (widest)
        widest_foot(x, v, (struct tui_rect){b.x, y, b.w, h[2]});
    else
        wide_foot(x, v, (struct tui_rect){b.x, y, b.w, h[2]});
}

void risk_layout(struct risk *x, const struct tui_view *v, struct tui_rect body)
{
    if (body.w < 120 || body.h < 30)
        small(x, v, body);
    else
        wide(x, v, body, body.w >= 200 && body.h >= 50);
}
