/* A plot in dots, and the three back ends that turn columns of dots into cells. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "tui/chart_in.h"

void chart_plot_init(struct chart_plot *p, const struct tui_canvas *c, struct tui_rect cells, qf_time from, qf_time to)
{
    static const int size[3][2] = {[TUI_BRAILLE] = {2, 4}, [TUI_BLOCKS] = {1, 8}, [TUI_ASCII] = {1, 3}};
    memset(p, 0, sizeof *p);
    p->cells = cells;
    p->dots_w = size[tui_canvas_charset(c)][0];
    p->dots_h = size[tui_canvas_charset(c)][1];
    p->w = cells.w * p->dots_w;
    p->h = cells.h * p->dots_h;
    p->low = INFINITY;
    p->high = -INFINITY;
    p->from = from;
    p->to = to;
}

int chart_plot_widen(struct chart_plot *p, const struct tui_point *points, int n)
{
    int known = 0;
    for (int i = 0; i < n; i++)
        if (!isnan(points[i].v) && points[i].at >= p->from && points[i].at <= p->to) {
            p->low = fmin(p->low, points[i].v);
            p->high = fmax(p->high, points[i].v);
            known++;
        }
    return known;
}

void chart_plot_settle(struct chart_plot *p)
{
    if (!(p->low <= p->high)) {
        p->low = 0;
        p->high = 1;
    }
    if (p->high - p->low < 1e-9 * fmax(1e-3, fabs(p->high))) {
        double half = p->high == 0 ? 0.5 : fabs(p->high) * 0.001;
        p->low -= half;
        p->high += half;
    }
}

int chart_dot_y(const struct chart_plot *p, double v)
{
    int y = (int)lround((p->high - v) / (p->high - p->low) * (p->h - 1));
    return y < 0 ? 0 : y >= p->h ? p->h - 1 : y;
}

int chart_dot_x(const struct chart_plot *p, qf_time at)
{
    double share = p->to > p->from ? (double)(at - p->from) / (double)(p->to - p->from) : 0;
    return (int)lround(fmax(-1e6, fmin(1e6, share * (p->w - 1))));
}

double chart_row_value(const struct chart_plot *p, int row)
{
    double dot = row * p->dots_h + (p->dots_h - 1) / 2.0;
    return p->high - dot / (p->h - 1) * (p->high - p->low);
}

/* --- a line as one height for each column of dots */

/* Nights, weekends and a holiday behind them are no gaps in a chart of days: nothing could be known of them. */
#define CLOSED (4 * QF_DAY + QF_DAY / 2)

static int64_t longest_step(const struct tui_point *points, int n)
{
    if (n < 3)
        return INT64_MAX;
    int64_t span = points[n - 1].at - points[0].at, longest = span / (n - 1) * 6;
    return span > 6 * QF_DAY && longest < CLOSED ? CLOSED : longest;
}

static void fill_between(double *column, int w, int from, int to, double a, double b)
{
    for (int x = from + 1 > 0 ? from + 1 : 0; x < to && x < w; x++)
        column[x] = a + (b - a) * (x - from) / (to - from);
}

/* column[x] = value of the line there, NaN where there is none. Points outside the plot still pull the line to its
 * edge, so that a zoomed line does not end short of it. */
static void sample(const struct chart_plot *p, const struct tui_point *points, int n, double *column)
{
    int64_t longest = longest_step(points, n);
    int last = -1;
    for (int x = 0; x < p->w; x++)
        column[x] = NAN;
    for (int i = 0; i < n; i++) {
        int x = chart_dot_x(p, points[i].at);
        if (isnan(points[i].v)) {
            last = -1;
            continue;
        }
        if (x >= 0 && x < p->w)
            column[x] = points[i].v;
        if (last >= 0 && points[i].at - points[last].at <= longest)
            fill_between(column, p->w, chart_dot_x(p, points[last].at), x, points[last].v, points[i].v);
        last = i;
    }
}

/* --- back ends: dots collected a cell, then drawn */

static void braille_dot(uint8_t *bits, const struct chart_plot *p, int x, int y)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    bits[y / 4 * p->cells.w + x / 2] |= bit[y % 4][x % 2];
}

/* Two lines that share a cell share its dots too: the second one must not wipe out the first. */
static uint32_t with_dots_there(const struct tui_canvas *c, int x, int y, uint8_t bits)
{
    uint32_t there = tui_canvas_cell(c, x, y)->cp;
    return 0x2800U + (bits | (there > 0x2800 && there <= 0x28ff ? there - 0x2800U : 0U));
}

static void draw_braille(struct tui_canvas *c, const struct chart_plot *p, const double *column, enum tui_role role,
                         bool dotted)
{
    size_t size = (size_t)p->cells.w * (size_t)p->cells.h;
    uint8_t *bits = qf_xalloc(size);
    memset(bits, 0, size);
    for (int x = 0; x < p->w; x++) {
        if (isnan(column[x]) || (dotted && x % 3 != 0))
            continue;
        int y = chart_dot_y(p, column[x]), y0 = y;
        if (!dotted && x > 0 && !isnan(column[x - 1]))
            y0 = chart_dot_y(p, column[x - 1]);
        int from = y0 < y ? y0 + 1 : y, to = y0 > y ? y0 - 1 : y;
        for (int k = from; k <= to; k++)
            braille_dot(bits, p, x, k);
    }
    for (int i = 0; i < (int)size; i++) {
        int x = p->cells.x + i % p->cells.w, y = p->cells.y + i / p->cells.w;
        if (bits[i])
            tui_glyph(c, x, y, role, with_dots_there(c, x, y, bits[i]), '.');
    }
    free(bits);
}

static void draw_blocks(struct tui_canvas *c, const struct chart_plot *p, const double *column, enum tui_role role,
                        bool dotted)
{
    for (int x = 0; x < p->w; x++) {
        if (isnan(column[x]) || (dotted && x % 2 != 0))
            continue;
        int up = p->h - chart_dot_y(p, column[x]); /* eighths from the bottom, at least 1 */
        for (int row = p->cells.h - 1; row >= 0 && up > 0; row--, up -= 8)
            if (!dotted)
                tui_glyph(c, p->cells.x + x, p->cells.y + row, role, 0x2580U + (uint32_t)(up > 8 ? 8 : up), '#');
            else if (up <= 8)
                tui_glyph(c, p->cells.x + x, p->cells.y + row, role, '.', '.');
    }
}

static void draw_ascii(struct tui_canvas *c, const struct chart_plot *p, const double *column, enum tui_role role,
                       bool dotted)
{
    static const char third[3] = {'\'', '-', '_'};
    for (int x = 0; x < p->w; x++) {
        if (isnan(column[x]) || (dotted && x % 2 != 0))
            continue;
        int y = chart_dot_y(p, column[x]), row = y / 3;
        int row0 = !dotted && x > 0 && !isnan(column[x - 1]) ? chart_dot_y(p, column[x - 1]) / 3 : row;
        for (int k = row0 < row ? row0 + 1 : row + 1; k < (row0 < row ? row : row0); k++)
            tui_glyph(c, p->cells.x + x, p->cells.y + k, role, '|', '|');
        char mark = dotted ? '.' : third[y % 3];
        tui_glyph(c, p->cells.x + x, p->cells.y + row, role, (uint32_t)mark, mark);
    }
}

void chart_draw_line(struct tui_canvas *c, const struct chart_plot *p, const struct tui_point *points, int n,
                     enum tui_role role, bool dotted)
{
    double *column = qf_xalloc(sizeof *column * (size_t)p->w);
    sample(p, points, n, column);
    if (tui_canvas_charset(c) == TUI_BRAILLE)
        draw_braille(c, p, column, role, dotted);
    else if (tui_canvas_charset(c) == TUI_BLOCKS)
        draw_blocks(c, p, column, role, dotted);
    else
        draw_ascii(c, p, column, role, dotted);
    free(column);
}
