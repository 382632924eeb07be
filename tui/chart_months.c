/* The table of monthly returns. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/chart.h"

#define YEAR_W 5
#define MAX_YEARS 64

struct grid {
    int cell, total; /* columns of a month and of the year */
    int decimals[13]; /* of the year, and of each month: one column has one number of them */
};

static enum tui_role tone(double v)
{
    static const enum tui_role gain[] = {TUI_GAIN1, TUI_GAIN2, TUI_GAIN3}, loss[] = {TUI_LOSS1, TUI_LOSS2, TUI_LOSS3};
    int step = fabs(v) < 0.0075 ? 0 : fabs(v) < 0.0175 ? 1 : 2;
    return v >= 0 ? gain[step] : loss[step];
}

/* "+2.7"; what rounds to nothing has no sign. */
static void percent(char out[TUI_FMT], double v, int decimals, const char *unit)
{
    char digits[TUI_FMT];
    qf_str_fmt(digits, sizeof digits, "%.*f", decimals, fabs(v) * 100);
    bool zero = strspn(digits, "0.") == strlen(digits);
    qf_str_fmt(out, TUI_FMT, "%s%s%s", zero ? "" : v > 0 ? "+" : "-", digits, unit);
}

/* As many decimals in a column as leave a blank before the widest of its numbers. */
static void measure(struct grid *g, const struct tui_month *m, int n, int w)
{
    char text[TUI_FMT];
    bool tight = w < YEAR_W + 12 * 5 + 8;
    g->cell = tight ? 4 : w >= YEAR_W + 12 * 8 + 8 ? 8 : w >= YEAR_W + 12 * 6 + 9 ? 6 : 5;
    g->total = tight ? 7 : 8;
    for (int i = 0; i < 13; i++)
        g->decimals[i] = i ? 1 : 2;
    for (int i = 0; i < n; i++) {
        int *decimals = &g->decimals[m[i].month], room = m[i].month ? g->cell : g->total;
        for (; *decimals > 0; (*decimals)--) {
            percent(text, m[i].value, *decimals, m[i].month ? "" : "%");
            if ((int)strlen(text) < room)
                break;
        }
    }
}

static const struct tui_month *find(const struct tui_month *m, int n, int year, int month)
{
    for (int i = 0; i < n; i++)
        if (m[i].year == year && m[i].month == month && !isnan(m[i].value))
            return &m[i];
    return NULL;
}

/* Years there are, newest first. */
static int list_years(const struct tui_month *m, int n, int years[MAX_YEARS])
{
    int count = 0;
    for (int i = 0; i < n; i++) {
        int at = 0;
        while (at < count && years[at] > m[i].year)
            at++;
        if ((at < count && years[at] == m[i].year) || count == MAX_YEARS)
            continue;
        memmove(&years[at + 1], &years[at], sizeof years[0] * (size_t)(count - at));
        years[at] = m[i].year;
        count++;
    }
    return count;
}

static void draw_month(struct tui_canvas *c, int x, int y, const struct grid *g, const struct tui_month *m)
{
    char text[TUI_FMT];
    if (!m) {
        tui_text_right(c, x, y, g->cell, TUI_DIM, ".");
        return;
    }
    percent(text, m->value, g->decimals[m->month], "");
    enum tui_role role = strspn(text, "0.") == strlen(text) ? TUI_TEXT : tone(m->value); /* nothing has no tone */
    tui_fill(c, (struct tui_rect){x, y, g->cell, 1}, role, ' ', ' ');
    tui_text_right(c, x, y, g->cell, role, text);
}

static void draw_year(struct tui_canvas *c, int x, int y, const struct grid *g, const struct tui_month *m)
{
    char text[TUI_FMT];
    if (!m)
        return;
    percent(text, m->value, g->decimals[0], "%");
    tui_text_right(c, x, y, g->total, m->value > 0 ? TUI_UP : m->value < 0 ? TUI_DOWN : TUI_DIM, text);
}

static void draw_titles(struct tui_canvas *c, struct tui_rect r, const struct grid *g)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++)
        tui_text_right(c, r.x + YEAR_W + i * g->cell, r.y, g->cell, TUI_DIM, names[i]);
    tui_text_right(c, r.x + YEAR_W + 12 * g->cell, r.y, g->total, TUI_DIM, "Year");
}

int tui_chart_months(struct tui_canvas *c, struct tui_rect r, const struct tui_month *months, int n, int *ret_years)
{
    int years[MAX_YEARS], count = list_years(months, n, years), drawn = 0;
    struct grid g;
    for (int i = 0; i < n; i++)
        qf_assert(months[i].month >= 0 && months[i].month <= 12);
    measure(&g, months, n, r.w);
    *ret_years = count;
    if (r.h > 0 && count)
        draw_titles(c, r, &g);
    for (; drawn < count && drawn < r.h - 1; drawn++) {
        int y = r.y + 1 + drawn;
        tui_textf(c, r.x, y, TUI_TEXT, "%d", years[drawn]);
        for (int month = 1; month <= 12; month++)
            draw_month(c, r.x + YEAR_W + (month - 1) * g.cell, y, &g, find(months, n, years[drawn], month));
        draw_year(c, r.x + YEAR_W + 12 * g.cell, y, &g, find(months, n, years[drawn], 0));
    }
    return drawn;
}
