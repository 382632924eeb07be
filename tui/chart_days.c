#include "tui/chart_days.h"

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/format.h"

#define LABEL_W 7

/* Rows of the plot: gains above the zero row, losses below it. */
struct days {
    struct tui_rect cells;
    const struct tui_day *day;
    int n, step;    /* days shown; columns a day */
    double row;     /* money a row stands for */
    int zero;       /* row of the zero line, from the top */
    int var, limit; /* rows of the last value at risk and of the limit; limit -1 = none */
    double most;    /* the limit itself */
};

int tui_chart_days_shown(int w, int n)
{
    int room = w - LABEL_W - 1;
    return room < 1 ? 0 : n < room ? n : room;
}

/* "+300k", "-1.2M": two figures are enough for an axis. */
static void label_of(char out[TUI_FMT], double v)
{
    static const struct {
        double at;
        char unit;
    } units[] = {{1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}, {1, '\0'}};
    size_t u = 0;
    while (u + 1 < QF_LEN(units) && fabs(v) < units[u].at)
        u++;
    double figure = v / units[u].at;
    qf_str_fmt(out, TUI_FMT, fabs(figure) < 9.95 && fmod(fabs(figure), 1) > 0.04 ? "%+.1f%c" : "%+.0f%c", figure,
               units[u].unit);
}

/* The next value that a row can stand for and a label can say in two figures. */
static double round_up(double v)
{
    static const double steps[] = {1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    double unit = pow(10, floor(log10(v)));
    for (size_t i = 0; i < QF_LEN(steps); i++)
        if (v <= steps[i] * unit * 1.0001)
            return steps[i] * unit;
    return 10 * unit;
}

static int rows_of(double v, double row)
{
    return (int)ceil(v / row - 1e-9);
}

/* Below zero there are at least two: one for each line. */
static int rows_below(double v, double row)
{
    return rows_of(v, row) < 2 ? 2 : rows_of(v, row);
}

/* The smallest round value a row may stand for, so that gains, losses, value at risk and limit all have their rows. */
static void scale(struct days *p, const struct tui_day_chart *chart, double gain, double loss)
{
    bool limited = !isnan(chart->limit) && chart->limit > 0;
    double deepest = fmax(loss, limited ? fmin(chart->limit, 3 * fmax(loss, 1)) : 0);
    int rows = p->cells.h - 1 - (limited && loss > chart->limit); /* room for a line below the limit's */
    p->most = chart->limit;
    p->row = round_up(fmax(gain + deepest, 1) / rows);
    while (rows_of(gain, p->row) + (limited ? rows_below(deepest, p->row) : rows_of(deepest, p->row)) > rows)
        p->row = round_up(p->row * 1.001);
    p->zero = rows_of(gain, p->row);
    p->limit = limited ? p->cells.h - 1 : -1;
    if (limited && chart->limit / p->row < p->cells.h - 1 - p->zero)
        p->limit = p->zero + (int)fmax(2, (double)lround(chart->limit / p->row));
}

/* Two lines never share a row: a value at risk above the limit stands below its line, one within it above. */
static int var_row(const struct days *p, double var)
{
    int row = p->zero + (int)lround(var / p->row), last = p->cells.h - 1;
    if (p->limit >= 0 && var > p->most && row <= p->limit)
        row = p->limit + 1;
    else if (p->limit >= 0 && var <= p->most && row >= p->limit)
        row = p->limit - 1;
    return row <= p->zero ? p->zero + 1 : row > last ? last : row;
}

static bool make(struct days *p, const struct tui_canvas *c, struct tui_rect r, const struct tui_day_chart *chart)
{
    double gain = 0, loss = 0;
    (void)c;
    memset(p, 0, sizeof *p);
    p->cells = (struct tui_rect){r.x + LABEL_W + 1, r.y, r.w - LABEL_W - 1, r.h - 1};
    p->n = tui_chart_days_shown(r.w, chart->n);
    p->day = chart->days + (chart->n - p->n);
    p->step = p->n ? p->cells.w / p->n : 1;
    p->step = p->step > 4 ? 4 : p->step;
    int used = p->n * p->step < 30 ? 30 : p->n * p->step; /* the foot needs so much */
    p->cells.w = used < p->cells.w ? used : p->cells.w;
    for (int i = 0; i < p->n; i++) {
        gain = fmax(gain, p->day[i].pnl);
        loss = fmax(loss, fmax(-p->day[i].pnl, p->day[i].var));
    }
    scale(p, chart, gain, loss);
    p->var = p->n ? var_row(p, p->day[p->n - 1].var) : p->zero + 1;
    return p->n > 0;
}

/* --- axes and lines */

static void label_at(struct tui_canvas *c, const struct days *p, int row, enum tui_role role, const char *text)
{
    if (row >= 0 && row < p->cells.h)
        tui_text_right(c, p->cells.x - 1 - LABEL_W, p->cells.y + row, LABEL_W, role, text);
}

static void draw_axes(struct tui_canvas *c, const struct days *p)
{
    char text[TUI_FMT];
    for (int row = 0; row < p->cells.h; row++)
        tui_glyph(c, p->cells.x - 1, p->cells.y + row, TUI_RULE, 0x2502, '|');
    tui_fill(c, (struct tui_rect){p->cells.x, p->cells.y + p->zero, p->cells.w, 1}, TUI_RULE, 0x2500, '-');
    label_at(c, p, p->zero, TUI_DIM, "0");
    if (p->zero > 0) {
        label_of(text, p->zero * p->row);
        label_at(c, p, 0, TUI_DIM, text);
    }
    int half = (p->zero + p->cells.h) / 2; /* a loss that is not a line has its label too, where there is room */
    if (half > p->zero + 1 && half < p->var - 1) {
        label_of(text, (p->zero - half) * p->row);
        label_at(c, p, half, TUI_DIM, text);
    }
}

static void draw_limit(struct tui_canvas *c, const struct days *p)
{
    if (p->limit < 0)
        return;
    tui_fill(c, (struct tui_rect){p->cells.x, p->cells.y + p->limit, p->cells.w, 1}, TUI_DOWN, 0x2500, '=');
    label_at(c, p, p->limit, TUI_DOWN, "limit");
}

static int day_x(const struct days *p, int i)
{
    return p->cells.x + i * p->step;
}

/* The value at risk of each evening, as it stood then: a line in steps. */
static void draw_var(struct tui_canvas *c, const struct days *p)
{
    for (int i = 0; i < p->n; i++) {
        int y = p->cells.y + var_row(p, p->day[i].var);
        int w = i + 1 < p->n ? p->step : p->cells.x + p->cells.w - day_x(p, i);
        tui_fill(c, (struct tui_rect){day_x(p, i), y, w, 1}, TUI_WARN, 0x2500, '-');
    }
    label_at(c, p, p->var, TUI_WARN, "VaR 99");
}

/* --- bars */

static int bar_w(const struct days *p)
{
    return p->step > 1 ? p->step - 1 : 1;
}

static void put(struct tui_canvas *c, const struct days *p, int i, int row, enum tui_role role, uint32_t cp, char ascii)
{
    if (row >= 0 && row < p->cells.h)
        tui_fill(c, (struct tui_rect){day_x(p, i), p->cells.y + row, bar_w(p), 1}, role, cp, ascii);
}

/* Whole rows both ways, so that a gain and a loss of one size look the same. What is smaller than half a row is a mark
 * on the zero line: a gain stands on it, a loss lies in it. */
static int draw_bar(struct tui_canvas *c, const struct days *p, int i)
{
    double v = p->day[i].pnl;
    int rows = (int)lround(fabs(v) / p->row), step = v > 0 ? -1 : 1, row = p->zero + step;
    enum tui_role role = v > 0 ? TUI_UP : TUI_DOWN;
    if (rows == 0 && v != 0)
        put(c, p, i, p->zero, role, v > 0 ? 0x2584 : 0x2581, v > 0 ? '+' : '_');
    for (; rows > 0; rows--, row += step)
        put(c, p, i, row, role, 0x2588, '#');
    return row;
}

static void draw_day(struct tui_canvas *c, const struct days *p, int i)
{
    int end = draw_bar(c, p, i);
    if (p->day[i].exception)
        put(c, p, i, end < p->cells.h ? end : p->cells.h - 1, TUI_BAD, 0x25bc, 'v');
}

/* --- the foot: first and last day, and how many were worse */

static void draw_foot(struct tui_canvas *c, const struct days *p)
{
    char first[TUI_FMT], last[TUI_FMT], worse[TUI_FMT];
    int y = p->cells.y + p->cells.h, exceptions = 0, end = p->cells.w;
    for (int i = 0; i < p->n; i++)
        exceptions += p->day[i].exception;
    int64_t span = p->day[p->n - 1].day - p->day[0].day;
    span = span < 3 * QF_DAY ? 3 * QF_DAY : span; /* days have dates, however few they are */
    tui_fmt_axis(first, p->day[0].day, span);
    tui_fmt_axis(last, p->day[p->n - 1].day, span);
    tui_text(c, p->cells.x, y, TUI_DIM, first);
    if (p->n > 1 && end >= 14)
        tui_text_right(c, p->cells.x + end - 6, y, 6, TUI_DIM, last);
    if (end < 36)
        return;
    tui_glyph(c, p->cells.x + 8, y, exceptions ? TUI_BAD : TUI_DIM, 0x25bc, 'v');
    qf_str_fmt(worse, sizeof worse, "worse than VaR: %d", exceptions);
    tui_text(c, p->cells.x + 10, y, exceptions ? TUI_BAD : TUI_DIM, worse);
}

void tui_chart_days(struct tui_canvas *c, struct tui_rect r, const struct tui_day_chart *chart)
{
    struct days p;
    if (r.w < 24 || r.h < 6 || !make(&p, c, r, chart)) {
        tui_text_fit(c, r.x + 1, r.y, r.w - 1, TUI_DIM,
                     chart->n < 1 ? "no day of the back-test yet" : "too small for a chart; z zooms");
        return;
    }
    draw_axes(c, &p);
    draw_limit(c, &p);
    draw_var(c, &p);
    for (int i = 0; i < p.n; i++)
        draw_day(c, &p, i);
    draw_foot(c, &p);
}
