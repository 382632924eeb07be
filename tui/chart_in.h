/* Inside of the charts: a plot and the back ends that fill its cells (chart_plot.c), for chart.c and its neighbours. */
#ifndef QF_TUI_CHART_IN_H
#define QF_TUI_CHART_IN_H

#include "tui/chart.h"

#define CHART_LABEL_W 6

/* Where a plot stands and how values and times become dots. Dots are numbered from the plot's upper left corner. */
struct chart_plot {
    struct tui_rect cells;
    int dots_w, dots_h; /* dots a cell: braille 2 x 4, blocks 1 x 8, ASCII 1 x 3 */
    int w, h;           /* in dots */
    double low, high;
    qf_time from, to;
};

/* A plot over these cells and times; low and high are still to be widened. */
void chart_plot_init(struct chart_plot *p, const struct tui_canvas *c, struct tui_rect cells, qf_time from, qf_time to);
/* Takes the points between from and to into low and high. Returns how many are known. */
int chart_plot_widen(struct chart_plot *p, const struct tui_point *points, int n);
/* After the last widen: a flat line stands in the middle, no data is 0 to 1. */
void chart_plot_settle(struct chart_plot *p);
/* Column of dots of a time; not clipped. */
int chart_dot_x(const struct chart_plot *p, qf_time at);
/* Row of dots of a value; clipped. */
int chart_dot_y(const struct chart_plot *p, double v);
/* Value of the middle of a row of cells: what its label must say. */
double chart_row_value(const struct chart_plot *p, int row);
/* Neighbours more than six usual steps apart are not joined: nothing is known between them. In a chart of more than six
 * days it takes more than a long weekend. */
void chart_draw_line(struct tui_canvas *c, const struct chart_plot *p, const struct tui_point *points, int n,
                     enum tui_role role, bool dotted);

/* The rule at the left with its labels; percent: values are fractions. */
void chart_axis_y(struct tui_canvas *c, const struct chart_plot *p, bool percent);
/* Dates under the plot: first and last always, between them as many as have room and differ. */
void chart_axis_x(struct tui_canvas *c, const struct chart_plot *p);

#endif
