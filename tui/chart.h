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

/* One line, perhaps with a dotted second one, perhaps with another chart below on the same dates. Zeroed members mean
 * what is usual. */
struct tui_line_chart {
    const struct tui_point *points; /* by time */
    int n;
    const struct tui_point *second; /* dotted, under the first; NULL = none */
    int second_n;
    enum tui_role role;
    bool percent;     /* labels at the left: values are fractions, 0.01 = 1 % */
    int crosshair;    /* index of a point of the first line, -1 = none; its date and value stand in the first row */
    const char *say;  /* what stands there instead */
    qf_time from, to; /* only this part of the time is drawn; 0 = all of it */
    const struct tui_point *lower; /* the chart below; NULL = none. It is left out where there is no room */
    int lower_n;
    enum tui_role lower_role;
    const char *lower_title; /* on the line between the two */
    bool lower_percent;
};

/* Labels at the left ("25.46M") and a rule take 7 columns, dates the last row; the rest is the plot. Needs at least 16
 * x 4 and two points; with fewer points it says so. */
void tui_chart_lines(struct tui_canvas *c, struct tui_rect r, const struct tui_line_chart *chart);

/* --- which part of a chart one looks at, and where: the crosshair and the zoom round it. Times, not indexes, so that a
 * new point moves nothing. Zeroed = all of it, no crosshair. */
struct tui_chart_eye {
    qf_time at;       /* of the crosshair; 0 = none */
    qf_time from, to; /* the part shown; 0 = all */
};
/* Index of the point under the crosshair, -1 = none. */
int tui_eye_index(const struct tui_chart_eye *eye, const struct tui_point *points, int n);
/* Moves the crosshair by about a column; the first step puts it on the newest point shown. The part shown follows it.
 * False when there are no two points. */
bool tui_eye_move(struct tui_chart_eye *eye, const struct tui_point *points, int n, int step);
/* Half or twice as much round the crosshair, else round the newest point. False when it is all or as little as can be
 * seen already. */
bool tui_eye_zoom(struct tui_chart_eye *eye, const struct tui_point *points, int n, bool in);

/* --- months: the signed number first, its tone second */
struct tui_month {
    int year, month; /* month 0 = the whole year */
    double value;    /* 0.01 = 1 % */
};
/* Heading line and a line a year, newest first, as many as have room. Cells get wider where there is room. Returns how
 * many years were drawn of *ret_years. */
int tui_chart_months(struct tui_canvas *c, struct tui_rect r, const struct tui_month *months, int n, int *ret_years);

/* A spark line in w columns, scaled to its own lowest and highest value, with seven steps (the eighth would touch the
 * row above). Fewer points than columns stand at the right; NaN is blank. */
void tui_spark(struct tui_canvas *c, int x, int y, int w, enum tui_role role, const double *v, int n);

/* A bar of w columns, filled to permille / 1000 (never empty above 0, never over-full), on a track. */
void tui_bar(struct tui_canvas *c, int x, int y, int w, enum tui_role role, int64_t permille);

/* One cell of a latency map: share (0 to 1) of the calls of that column. Blank under 0.4 %, then steps at 3, 10 and 30
 * %. */
void tui_heat(struct tui_canvas *c, int x, int y, enum tui_role role, double share);

#endif
