/* Charts of a line or a cell: spark lines, bars, the steps of a latency map. */
#include <math.h>

#include "tui/chart.h"

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
