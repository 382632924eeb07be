/* Labels round a plot. */
#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/chart_in.h"

/* "25.46M": as many figures as tell neighbouring labels apart. Where they do not fit, the next smaller unit: "24993k". */
static void y_label(char out[TUI_FMT], double v, double step)
{
    static const struct {
        double at;
        char unit;
    } units[] = {{1e12, 'T'}, {1e9, 'G'}, {1e6, 'M'}, {1e3, 'k'}, {1, '\0'}};
    size_t u = 0;
    while (u + 1 < QF_LEN(units) && fabs(v) < units[u].at)
        u++;
    for (;; u++) {
        int decimals = 0;
        while (decimals < 3 && step / units[u].at * pow(10, decimals) < 1)
            decimals++;
        if (decimals < 2 && units[u].unit && fabs(v) < 1000 * units[u].at)
            decimals = 2;
        int wanted = decimals > 2 || !units[u].unit ? decimals : 0; /* two may be dropped, what tells apart may not */
        do
            qf_str_fmt(out, TUI_FMT, "%.*f%c", decimals, v / units[u].at, units[u].unit);
        while (strlen(out) > CHART_LABEL_W && decimals-- > 0);
        if (decimals >= wanted || u + 1 == QF_LEN(units) || fabs(v) >= 1e6 * units[u + 1].at)
            return;
    }
}

/* "-4.5%", with more decimals where labels lie closer than that. */
static void percent_label(char out[TUI_FMT], double v, double step)
{
    int decimals = step >= 0.0008 ? 1 : 2;
    do
        qf_str_fmt(out, TUI_FMT, "%.*f%%", decimals, v * 100);
    while (strlen(out) > CHART_LABEL_W && decimals-- > 0);
    if (out[0] == '-' && strspn(out + 1, "0.%") == strlen(out + 1))
        memmove(out, out + 1, strlen(out));
}

void chart_axis_y(struct tui_canvas *c, const struct chart_plot *p, bool percent)
{
    int rows = p->cells.h, labels = rows >= 5 ? (rows / 6 + 1 > 3 ? rows / 6 + 1 : 3) : rows >= 3 && percent ? 3 : 2;
    for (int row = 0; row < rows; row++)
        tui_glyph(c, p->cells.x - 1, p->cells.y + row, TUI_RULE, 0x2502, '|');
    for (int i = 0; i < labels; i++) {
        char text[TUI_FMT];
        int row = i * (rows - 1) / (labels - 1);
        double step = (p->high - p->low) / labels;
        (percent ? percent_label : y_label)(text, chart_row_value(p, row), step);
        tui_text_right(c, p->cells.x - 1 - CHART_LABEL_W, p->cells.y + row, CHART_LABEL_W, TUI_DIM, text);
        tui_glyph(c, p->cells.x - 1, p->cells.y + row, TUI_RULE, 0x2524, '+');
    }
}

struct label {
    char text[TUI_FMT];
    int x, end;
};

/* Neither touches what stands there nor says the same again. */
static bool has_room(const struct label *l, const struct label *left, const struct label *right)
{
    return l->x > left->end + 1 && l->end + 1 < right->x && strcmp(l->text, left->text) != 0 &&
           strcmp(l->text, right->text) != 0;
}

static void make_label(struct label *l, const struct chart_plot *p, int i, int n)
{
    int column = i * (p->cells.w - 1) / (n - 1);
    qf_time at = i == n - 1 ? p->to : p->from + (p->to - p->from) / (n - 1) * i;
    tui_fmt_axis(l->text, at, p->to - p->from);
    int len = (int)strlen(l->text);
    l->x = i == 0 ? 0 : i == n - 1 ? p->cells.w - len : column - len / 2;
    l->end = l->x + len - 1;
}

void chart_axis_x(struct tui_canvas *c, const struct chart_plot *p)
{
    int n = p->cells.w / 13 < 2 ? 2 : p->cells.w / 13 > 8 ? 8 : p->cells.w / 13, y = p->cells.y + p->cells.h;
    struct label last, before, l;
    make_label(&last, p, n - 1, n);
    make_label(&before, p, 0, n);
    bool first = before.end + 1 < last.x && strcmp(before.text, last.text) != 0;
    if (first)
        tui_text(c, p->cells.x, y, TUI_DIM, before.text);
    else
        before.text[0] = '\0';
    for (int i = 1; i + 1 < n; i++) {
        make_label(&l, p, i, n);
        if (!has_room(&l, &before, &last))
            continue;
        tui_text(c, p->cells.x + l.x, y, TUI_DIM, l.text);
        before = l;
    }
    tui_text(c, p->cells.x + last.x, y, TUI_DIM, last.text);
}
