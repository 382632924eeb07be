#include "tui/chart.h"

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/chart_in.h"

/* The window: what the caller wants, else from the first point to the last. */
static void window(const struct tui_line_chart *chart, qf_time *ret_from, qf_time *ret_to)
{
    *ret_from = chart->from ? chart->from : chart->points[0].at;
    *ret_to = chart->to ? chart->to : chart->points[chart->n - 1].at;
}

static int known_points(const struct tui_line_chart *chart)
{
    int known = 0;
    for (int i = 0; i < chart->n; i++)
        known += !isnan(chart->points[i].v);
    return known;
}

static void crosshair_rule(struct tui_canvas *c, const struct chart_plot *p, qf_time at)
{
    int x = p->cells.x + chart_dot_x(p, at) / p->dots_w;
    if (at < p->from || at > p->to)
        return;
    for (int row = 0; row < p->cells.h; row++)
        if (tui_canvas_cell(c, x, p->cells.y + row)->cp == ' ')
            tui_glyph(c, x, p->cells.y + row, TUI_RULE, 0x2502, ':');
}

/* Date and value in the first row, at the side where the rule is not. */
static void crosshair_words(struct tui_canvas *c, const struct chart_plot *p, const struct tui_line_chart *chart)
{
    char date[TUI_FMT], value[TUI_FMT], text[2 * TUI_FMT + 8];
    const struct tui_point *point = &chart->points[chart->crosshair];
    tui_fmt_axis(date, point->at, p->to - p->from);
    if (isnan(point->v))
        qf_str_copy(value, sizeof value, "n/a");
    else
        tui_fmt_money(value, (qf_money)llround(point->v * 100) * (QF_ONE / 100), 2, 0);
    qf_str_fmt(text, sizeof text, " %s  %s ", date, value);
    const char *say = chart->say ? chart->say : text;
    int len = (int)qf_str_columns(say), at = chart_dot_x(p, point->at) / p->dots_w;
    bool right = at <= len && len < p->cells.w - at - 1;
    tui_text_fit(c, right ? p->cells.x + p->cells.w - len : p->cells.x, p->cells.y, p->cells.w, TUI_TEXT, say);
}

/* The second chart: its title on a line of its own, the same dates. */
static void draw_lower(struct tui_canvas *c, struct chart_plot *p, struct tui_rect r, const struct tui_line_chart *chart)
{
    qf_time from, to;
    window(chart, &from, &to);
    tui_text_fit(c, r.x + CHART_LABEL_W + 1, r.y, r.w - CHART_LABEL_W - 1, TUI_DIM,
                 chart->lower_title ? chart->lower_title : "");
    struct tui_rect cells = {r.x + CHART_LABEL_W + 1, r.y + 1, r.w - CHART_LABEL_W - 1, r.h - 1};
    chart_plot_init(p, c, cells, from, to);
    (void)chart_plot_widen(p, chart->lower, chart->lower_n);
    chart_plot_settle(p);
    chart_axis_y(c, p, chart->lower_percent);
    chart_draw_line(c, p, chart->lower, chart->lower_n, chart->lower_role, false);
}

static void draw_upper(struct tui_canvas *c, struct chart_plot *p, const struct tui_line_chart *chart)
{
    bool second = chart->second_n > 1, over = tui_canvas_charset(c) == TUI_BLOCKS;
    chart_axis_y(c, p, chart->percent);
    if (second && !over)
        chart_draw_line(c, p, chart->second, chart->second_n, TUI_LINE2, true);
    chart_draw_line(c, p, chart->points, chart->n, chart->role, false);
    if (second && over) /* blocks are filled down to the axis: what lies under them would never be seen */
        chart_draw_line(c, p, chart->second, chart->second_n, TUI_LINE2, true);
}

/* Rows of the lower chart with its title: about a third. 0 when there is no room for both. */
static int lower_rows(const struct tui_line_chart *chart, int h)
{
    int rows = (h + 2) / 3 > 4 ? (h + 2) / 3 : 4;
    return chart->lower_n > 1 && h - rows >= 4 ? rows : 0;
}

void tui_chart_lines(struct tui_canvas *c, struct tui_rect r, const struct tui_line_chart *chart)
{
    struct chart_plot p, q;
    int known = known_points(chart);
    if (known < 2 || r.w < 16 || r.h < 4) {
        tui_text_fit(c, r.x, r.y, r.w, TUI_DIM,
                     known < 2 ? "no two points yet to draw a line" : "too small for a chart; z zooms");
        return;
    }
    int low = lower_rows(chart, r.h - 1), up = r.h - 1 - low;
    qf_time from, to;
    window(chart, &from, &to);
    struct tui_rect cells = {r.x + CHART_LABEL_W + 1, r.y, r.w - CHART_LABEL_W - 1, up};
    chart_plot_init(&p, c, cells, from, to);
    (void)chart_plot_widen(&p, chart->points, chart->n);
    (void)chart_plot_widen(&p, chart->second, chart->second_n);
    chart_plot_settle(&p);
    draw_upper(c, &p, chart);
    if (low)
        draw_lower(c, &q, (struct tui_rect){r.x, r.y + up, r.w, low}, chart);
    chart_axis_x(c, low ? &q : &p);
    if (chart->crosshair < 0 || chart->crosshair >= chart->n)
        return;
    crosshair_rule(c, &p, chart->points[chart->crosshair].at);
    if (low)
        crosshair_rule(c, &q, chart->points[chart->crosshair].at);
    crosshair_words(c, &p, chart);
}
