/* Days of profit as bars from zero, against the value at risk of each day and its limit. */
#ifndef QF_TUI_CHART_DAYS_H
#define QF_TUI_CHART_DAYS_H

#include "common/clock.h"
#include "tui/canvas.h"

struct tui_day {
    qf_time day;
    double pnl, var; /* in units of money; a loss is negative, the value at risk positive */
    bool exception;  /* it lost more than the value at risk */
};

struct tui_day_chart {
    const struct tui_day *days; /* oldest first */
    int n;
    double limit; /* of the value at risk, positive; NaN = there is none */
};

/* Labels and a rule take 8 columns at the left, dates the last row, the rest is the plot: a column or more a day. When
 * there is no room for all days the newest show. Needs at least 24 x 6 and one day, else it says why not. */
void tui_chart_days(struct tui_canvas *c, struct tui_rect r, const struct tui_day_chart *chart);
/* How many of n days such a chart shows in w columns. */
int tui_chart_days_shown(int w, int n);

#endif
