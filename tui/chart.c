#include "tui/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"

#define LABEL_W 6

/* Where a plot stands and how values and times become dots. Dots are numbered from the plot's upper left corner. */
struct plot {
    struct tui_rect cells;
    int dots_w, dots_h; /* dots a cell: braille 2 x 4, blocks 1 x 8, ASCII 1 x 3 */
    int w, h;           /* in dots */
    double low, high;
    qf_time from, to;
};

static int dot_y(const struct plot *p, double v)
{
    int y = (int)lround((p->high - v) / (p->high - p->low) * (p->h - 1));
    return y < 0 ? 0 : y >= p->h ? p->h - 1 : y;
}

static int dot_x(const struct plot *p, qf_time at)
{
    double share = p->to > p->from ? (double)(at - p->from) / (double)(p->to - p->from) : 0;
    return (int)lround(share * (p->w - 1));
}

/* Value of the middle of a cell row: what its label must say. */
static double row_value(const struct plot *p, int row)
{
    double dot = row * p->dots_h + (p->dots_h - 1) / 2.0;
    return p->high - dot / (p->h - 1) * (p->high - p->low);
}

static void widen(struct plot *p, const struct tui_point *points, int n)
{
    for (int i = 0; i < n; i++)
        if (!isnan(points[i].v)) {
            p->low = fmin(p->low, points[i].v);
            p->high = fmax(p->high, points[i].v);
        }
}

/* --- a line as one height for each column of dots */

/* Two neighbours further apart than this are not joined: nothing is known between them. */
static int64_t longest_step(const struct tui_point *points, int n)
{
    if (n < 3)
        return INT64_MAX;
    int64_t span = points[n - 1].at - points[0].at;
    return span / (n - 1) * 6;
}

static void fill_between(double *column, int from, int to, double a, double b)
{
    for (int x = from + 1; x < to; x++)
        column[x] = a + (b - a) * (x - from) / (to - from);
}

/* column[x] = value of the line there, NaN where there is none. */
static void sample(const struct plot *p, const struct tui_point *points, int n, double *column)
{
    int64_t longest = longest_step(points, n);
    int last = -1;
    for (int x = 0; x < p->w; x++)
        column[x] = NAN;
    for (int i = 0; i < n; i++) {
        int x = dot_x(p, points[i].at);
        if (isnan(points[i].v) || x < 0 || x >= p->w) {
            last = -1;
            continue;
        }
        column[x] = points[i].v;
        if (last >= 0 && points[i].at - points[last].at <= longest)
            fill_between(column, dot_x(p, points[last].at), x, points[last].v, points[i].v);
        last = i;
    }
}

/* --- back ends: dots collected a cell, then drawn */

static void braille_dot(uint8_t *bits, const struct plot *p, int x, int y)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    bits[y / 4 * p->cells.w + x / 2] |= bit[y % 4][x % 2];
}

static void draw_braille(struct tui_canvas *c, const struct plot *p, const double *column, enum tui_role role,
                         bool dotted)
{
    size_t size = (size_t)p->cells.w * (size_t)p->cells.h;
    uint8_t *bits = qf_xalloc(size);
    memset(bits, 0, size);
    for (int x = 0; x < p->w; x++) {
        if (isnan(column[x]) || (dotted && x % 3 != 0))
            continue;
        int y = dot_y(p, column[x]), y0 = y;
        if (!dotted && x > 0 && !isnan(column[x - 1]))
            y0 = dot_y(p, column[x - 1]);
        int from = y0 < y ? y0 + 1 : y, to = y0 > y ? y0 - 1 : y;
        for (int k = from; k <= to; k++)
            braille_dot(bits, p, x, k);
    }
    for (int i = 0; i < (int)size; i++)
        if (bits[i])
            tui_glyph(c, p->cells.x + i % p->cells.w, p->cells.y + i / p->cells.w, role, 0x2800U + bits[i], '.');
    free(bits);
}

static void draw_blocks(struct tui_canvas *c, const struct plot *p, const double *column, enum tui_role role,
                        bool dotted)
{
    for (int x = 0; x < p->w; x++) {
        if (isnan(column[x]) || (dotted && x % 2 != 0))
            continue;
        int up = p->h - dot_y(p, column[x]); /* eighths from the bottom, at least 1 */
        for (int row = p->cells.h - 1; row >= 0 && up > 0; row--, up -= 8)
            if (!dotted || up <= 8)
                tui_glyph(c, p->cells.x + x, p->cells.y + row, role, 0x2580U + (uint32_t)(up > 8 ? 8 : up), '#');
    }
}

static void draw_ascii(struct tui_canvas *c, const struct plot *p, const double *column, enum tui_role role,
                       bool dotted)
{
    static const char third[3] = {'\'', '-', '_'};
    for (int x = 0; x < p->w; x++) {
        if (isnan(column[x]) || (dotted && x % 2 != 0))
            continue;
        int y = dot_y(p, column[x]), row = y / 3;
        int row0 = !dotted && x > 0 && !isnan(column[x - 1]) ? dot_y(p, column[x - 1]) / 3 : row;
        for (int k = row0 < row ? row0 + 1 : row + 1; k < (row0 < row ? row : row0); k++)
            tui_glyph(c, p->cells.x + x, p->cells.y + k, role, '|', '|');
        tui_glyph(c, p->cells.x + x, p->cells.y + row, role, (uint32_t)third[y % 3], third[y % 3]);
    }
}

static void draw_line(struct tui_canvas *c, const struct plot *p, const struct tui_point *points, int n,
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

/* --- axes */

/* "25.46M": as many figures as tell neighbouring labels apart. Where they do not fit, the next smaller unit: "24993k". */
static void y_label(char out[TUI_FMT], double v, double step)
{
    static const struct {
        double at;
        char unit;
    } units[] = {{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}, {1, '\0'}};
    size_t u = 0;
    while (u + 1 < QF_LEN(units) && fabs(v) < units[u].at)
        u++;
    for (;; u++) {
        int decimals = 0;
        while (decimals < 3 && step / units[u].at * pow(10, decimals) < 1)
            decimals++;
        if (decimals < 2 && units[u].unit && fabs(v) < 1000 * units[u].at)
            decimals = 2;
        int wanted = decimals > 2 || !units[u].unit ? decimals : 0; /* two may be dropped, what tells apart may not */
        do
            qf_str_fmt(out, TUI_FMT, "%.*f%c", decimals, v / units[u].at, units[u].unit);
        while (strlen(out) > LABEL_W && decimals-- > 0);
        if (decimals >= wanted || u + 1 == QF_LEN(units) || fabs(v) >= 1e6 * units[u + 1].at)
            return;
    }
}

static void y_axis(struct tui_canvas *c, const struct plot *p)
{
    int rows = p->cells.h, labels = rows >= 5 ? (rows / 6 + 1 > 3 ? rows / 6 + 1 : 3) : 2;
    for (int row = 0; row < rows; row++)
        tui_glyph(c, p->cells.x - 1, p->cells.y + row, TUI_RULE, 0x2502, '|');
    for (int i = 0; i < labels; i++) {
        char text[TUI_FMT];
        int row = i * (rows - 1) / (labels - 1);
        y_label(text, row_value(p, row), (p->high - p->low) / labels);
        tui_text_right(c, p->cells.x - 1 - LABEL_W, p->cells.y + row, LABEL_W, TUI_DIM, text);
        tui_glyph(c, p->cells.x - 1, p->cells.y + row, TUI_RULE, 0x2524, '+');
    }
}

static void x_axis(struct tui_canvas *c, const struct plot *p)
{
    int labels = p->cells.w / 13 < 2 ? 2 : p->cells.w / 13 > 8 ? 8 : p->cells.w / 13;
    for (int i = 0; i < labels; i++) {
        char text[TUI_FMT];
        int column = i * (p->cells.w - 1) / (labels - 1);
        qf_time at = p->from + (p->to - p->from) / (labels - 1) * i;
        tui_fmt_axis(text, at, p->to - p->from);
        int len = (int)strlen(text);
        int x = i == 0 ? 0 : i == labels - 1 ? p->cells.w - len : column - len / 2;
        tui_text(c, p->cells.x + x, p->cells.y + p->cells.h, TUI_DIM, text);
    }
}

static void crosshair(struct tui_canvas *c, const struct plot *p, const struct tui_point *point, int64_t span)
{
    char date[TUI_FMT], value[TUI_FMT];
    int x = p->cells.x + dot_x(p, point->at) / p->dots_w;
    for (int row = 0; row < p->cells.h; row++)
        if (tui_canvas_cell(c, x, p->cells.y + row)->cp == ' ')
            tui_glyph(c, x, p->cells.y + row, TUI_RULE, 0x2502, ':');
    tui_fmt_axis(date, point->at, span);
    if (isnan(point->v))
        qf_str_copy(value, sizeof value, "n/a");
    else
        tui_fmt_money(value, (qf_money)llround(point->v * 100) * (QF_ONE / 100), 2, 0);
    tui_textf(c, p->cells.x, p->cells.y, TUI_TEXT, " %s  %s ", date, value);
}

static void make_plot(struct plot *p, const struct tui_canvas *c, struct tui_rect r, const struct tui_line_chart *chart)
{
    static const int size[3][2] = {[TUI_BRAILLE] = {2, 4}, [TUI_BLOCKS] = {1, 8}, [TUI_ASCII] = {1, 3}};
    memset(p, 0, sizeof *p);
    p->cells = (struct tui_rect){r.x + LABEL_W + 1, r.y, r.w - LABEL_W - 1, r.h - 1};
    p->dots_w = size[tui_canvas_charset(c)][0];
    p->dots_h = size[tui_canvas_charset(c)][1];
    p->w = p->cells.w * p->dots_w;
    p->h = p->cells.h * p->dots_h;
    p->low = INFINITY;
    p->high = -INFINITY;
    widen(p, chart->points, chart->n);
    widen(p, chart->second, chart->second_n);
    if (p->high - p->low < 1e-9 * fmax(1, fabs(p->high))) { /* a flat line stands in the middle */
        double half = fmax(1, fabs(p->high) * 0.001);
        p->low -= half;
        p->high += half;
    }
    p->from = chart->points[0].at;
    p->to = chart->points[chart->n - 1].at;
}

void tui_chart_lines(struct tui_canvas *c, struct tui_rect r, const struct tui_line_chart *chart)
{
    int known = 0;
    for (int i = 0; i < chart->n; i++)
        known += !isnan(chart->points[i].v);
    if (known < 2 || r.w < 16 || r.h < 4) {
        tui_text_fit(c, r.x, r.y, r.w, TUI_DIM,
                     known < 2 ? "no two points yet to draw a line" : "too small for a chart; z zooms");
        return;
    }
    struct plot p;
    make_plot(&p, c, r, chart);
    y_axis(c, &p);
    x_axis(c, &p);
    if (chart->second_n > 1)
        draw_line(c, &p, chart->second, chart->second_n, TUI_LINE2, true);
    draw_line(c, &p, chart->points, chart->n, chart->role, false);
    if (chart->crosshair >= 0 && chart->crosshair < chart->n)
        crosshair(c, &p, &chart->points[chart->crosshair], p.to - p.from);
}

/* --- small ones */

/* Mean of the points that fall into column x of w; NaN when none does. */
static double spark_mean(const double *v, int n, int w, int x)
{
    int from = n * x / w, to = n * (x + 1) / w, used = 0;
    double sum = 0;
    if (n < w) { /* fewer points than columns: they stand at the right */
        from = x - (w - n);
        to = from + 1;
    }
    for (int i = from < 0 ? 0 : from; i < to && i >= 0; i++)
        if (!isnan(v[i])) {
            sum += v[i];
            used++;
        }
    return used && from >= 0 ? sum / used : NAN;
}

void tui_spark(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const double *v, int n)
{
    static const char ascii[] = "_.-~=+*";
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < w; i++) {
        double m = n > 0 ? spark_mean(v, n, w, i) : NAN;
        low = isnan(m) ? low : fmin(low, m);
        high = isnan(m) ? high : fmax(high, m);
    }
    for (int i = 0; i < w && n > 0; i++) {
        double m = spark_mean(v, n, w, i);
        if (isnan(m))
            continue;
        int step = high > low ? (int)lround((m - low) / (high - low) * 6) : 3;
        tui_glyph(c, x + i, y, role, 0x2581U + (uint32_t)step, ascii[step]);
    }
}

void tui_bar(struct tui_canvas *c, int x, int y, int w, enum tui_role role, int64_t permille)
{
    int64_t fill = permille <= 0 ? 0 : permille >= 1000 ? w : (permille * w + 500) / 1000;
    if (permille > 0 && fill == 0)
        fill = 1;
    if (permille < 1000 && fill >= w)
        fill = w - 1; /* a full bar means the limit is reached */
    for (int i = 0; i < w; i++) {
        if (i < fill)
            tui_glyph(c, x + i, y, role, 0x2586, '#');
        else
            tui_glyph(c, x + i, y, TUI_RULE, 0x2581, '.');
    }
}

void tui_heat(struct tui_canvas *c, int x, int y, enum tui_role role, double share)
{
    if (share < 0.004)
        return;
    if (share < 0.03)
        tui_glyph(c, x, y, role, 0x2581, '.');
    else if (share < 0.10)
        tui_glyph(c, x, y, role, 0x2583, '-');
    else if (share < 0.30)
        tui_glyph(c, x, y, role, 0x2585, '+');
    else
        tui_glyph(c, x, y, role, 0x2587, '#');
}
