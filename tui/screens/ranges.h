/* How far back a chart looks: the words, and where it begins. */
#ifndef QF_TUI_RANGES_H
#define QF_TUI_RANGES_H

#include "tui/app.h"

/* range: enum qf_perf_range. "3 months" */
const char *range_words(int range);
/* The range `step` further, round and round. */
int range_turn(int range, int step);
/* First instant of the range, market time: a replay lies in the past. 1 for everything. */
qf_time range_from(const struct tui_app *app, int range);

#endif
