#include "tui/screens/ranges.h"

static const struct {
    const char *words;
    int64_t span; /* 0 = since the year began, -1 = all */
} ranges[QF_perf_range_COUNT] = {[QF_RANGE_D1] = {"1 day", QF_DAY},      [QF_RANGE_W1] = {"1 week", 7 * QF_DAY},
                                 [QF_RANGE_M1] = {"1 month", 31 * QF_DAY}, [QF_RANGE_M3] = {"3 months", 92 * QF_DAY},
                                 [QF_RANGE_YTD] = {"year to date", 0},    [QF_RANGE_Y1] = {"1 year", 366 * QF_DAY},
                                 [QF_RANGE_ALL] = {"all", -1}};

const char *range_words(int range)
{
    qf_assert(range >= 0 && range < QF_perf_range_COUNT);
    return ranges[range].words;
}

int range_turn(int range, int step)
{
    return (range + step + QF_perf_range_COUNT) % QF_perf_range_COUNT;
}

qf_time range_from(const struct tui_app *app, int range)
{
    qf_time now = tui_app_market_now(app);
    struct qf_civil c;
    if (ranges[range].span > 0)
        return now - ranges[range].span;
    if (ranges[range].span < 0)
        return 1;
    qf_time_civil(now, &c);
    return qf_time_from_civil(c.year, 1, 1);
}
