/* Charts on one canvas. Each kind has a braille, a block and an ASCII form with the same axes, labels and numbers;
 * which one is drawn follows the canvas's charset. */
#ifndef QF_TUI_CHART_H
#define QF_TUI_CHART_H

#include "common/clock.h"
#include "tui/canvas.h"
#include "tui/format.h"

struct tui_point {
    qf_time at;
    double v; /* NaN = nothing known here: a gap */
};

struct tui_line_chart {
    const struct tui_point *points; /* by time */
    int n;
    const struct tui_point *second; /* dotted, under the first; NULL = none */
    int second_n;
    enum tui_role role;
    int crosshair; /* index of a point of the first line, -1 = none; its date and value stand in the first row */
};

/* Labels at the left ("25.46M") and a rule take 7 columns, dates the last row; the rest is the plot. Needs at least 16
 * x 4 and two points; with fewer points it says so. */
void tui_chart_lines(struct tui_canvas *c, struct tui_rect r, const struct tui_line_chart *chart);

/* A spark line in w columns, scaled to its own lowest and highest value, with seven steps (the eighth would touch the
 * row above). Fewer points than columns stand at the right; NaN is blank. */
void tui_spark(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const double *v, int n);

/* A bar of w columns, filled to permille / 1000 (never empty above 0, never over-full), on a track. */
void tui_bar(struct tui_canvas *c, int x, int y, int w, enum tui_role role, int64_t permille);

/* One cell of a latency map: share (0 to 1) of the calls of that column. Blank under 0.4 %, then steps at 3, 10 and 30
 * %. */
void tui_heat(struct tui_canvas *c, int x, int y, enum tui_role role, double share);

#endif
