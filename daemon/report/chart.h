/* The geometry of a chart, once: where each line, area, bar and label goes. Page and paper only differ in the pen they
 * hand in. The text writer, whose dots are characters, takes the scales from here. */
#ifndef QF_REPORT_CHART_H
#define QF_REPORT_CHART_H

#include "daemon/report/model.h"

enum chart_ink {
    INK_GRID,
    INK_FRAME,
    INK_LINE,
    INK_LINE2,
    INK_LIMIT,
    INK_FALL,
    INK_GAIN,
    INK_LOSS,
    INK_MARK,
    INK_LABEL,
    INK_COUNT
};

/* Lengths are points; x to the right, y down, from the upper left corner. Between begin and end come the points of one
 * path: a line, or with `fill` an area that is closed by itself. text: anchor -1 = begins at x, 0 = is centred there, 1
 * = ends there; y is its baseline. */
#define CHART_FONT 6.5
struct chart_pen {
    void *arg;
    void (*begin)(void *arg, enum chart_ink ink, bool fill);
    void (*point)(void *arg, double x, double y);
    void (*end)(void *arg);
    void (*text)(void *arg, enum chart_ink ink, int anchor, double x, double y, const char *text);
};
void chart_draw(const struct doc_chart *c, double w, double h, const struct chart_pen *pen);

/* A scale with round steps that holds what was fed to it. */
struct chart_scale {
    double low, high, step;
};
/* Begins with what must be in it (NaN: nothing); values are fed by chart_feed; chart_round makes it round with about
 * `steps` steps. */
void chart_feed(struct chart_scale *s, const double *y, size_t n);
void chart_round(struct chart_scale *s, int steps);
struct chart_scale chart_main_scale(const struct doc_chart *c, int steps);
struct chart_scale chart_under_scale(const struct doc_chart *c, int steps);

/* Dates for an axis from `from` to `to`, at most `most` of them, at the beginning of days, months or years. Returns how
 * many; ret_text: "14 Sep", "Sep 2024", "2024". */
#define CHART_DATES 12
struct chart_date {
    qf_time at;
    char text[16];
};
size_t chart_dates(qf_time from, qf_time to, size_t most, struct chart_date *ret);

#endif
