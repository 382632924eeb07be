#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/report/chart.h"
#include "daemon/report/words.h"
#include "daemon/report/writers.h"

#define GUTTER 9 /* columns of labels, the axis included */
#define WIDE (TEXT_COLUMNS - GUTTER)
#define HIGH 9  /* lines of curves with an area below them */
#define LOW 7   /* of curves or bars alone */
#define UNDER 4 /* lines of the area below them */
#define DOTS_X (WIDE * 2)

struct dots {
    uint8_t cell[HIGH][WIDE]; /* bits of U+2800 */
    int lines;
    struct chart_scale scale;
};

static void dot(struct dots *d, int x, int y)
{
    static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    if (x >= 0 && x < DOTS_X && y >= 0 && y < d->lines * 4)
        d->cell[y / 4][x / 2] |= bits[y % 4][x % 2];
}

static int dot_y(const struct dots *d, double v)
{
    return (int)nearbyint((d->scale.high - v) / (d->scale.high - d->scale.low) * (d->lines * 4 - 1));
}

static int dot_x(const struct doc_chart *c, size_t i)
{
    if (c->bars != NULL)
        return (int)(((double)i + 0.5) / (double)c->n * DOTS_X);
    qf_time span = c->at[c->n - 1] - c->at[0];
    return span > 0 ? (int)nearbyint((double)(c->at[i] - c->at[0]) / (double)span * (DOTS_X - 1)) : DOTS_X / 2;
}

static void stroke(struct dots *d, int x0, int y0, int x1, int y1)
{
    int n = x1 - x0 > (y1 > y0 ? y1 - y0 : y0 - y1) ? x1 - x0 : y1 > y0 ? y1 - y0 : y0 - y1;
    for (int i = 0; i <= n; i++)
        dot(d, n == 0 ? x0 : x0 + (x1 - x0) * i / n, n == 0 ? y0 : y0 + (y1 - y0) * i / n);
}

/* every: 1 = a line, more = only so many of its dots, so that a second line can be told from the first */
static void curve(struct dots *d, const struct doc_chart *c, const double *y, int every)
{
    bool open = false;
    int x0 = 0, y0 = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (!isfinite(y[i])) {
            open = false;
            continue;
        }
        int x1 = dot_x(c, i), y1 = dot_y(d, y[i]);
        if (every == 1 && open)
            stroke(d, x0, y0, x1, y1);
        else if (every == 1 || x1 % every == 0)
            dot(d, x1, y1);
        x0 = x1, y0 = y1;
        open = true;
    }
}

static void columns(struct dots *d, const struct doc_chart *c, const double *y)
{
    int zero = dot_y(d, 0), wide = (int)(DOTS_X / c->n) * 7 / 10;
    for (size_t i = 0; i < c->n; i++) {
        if (!isfinite(y[i]))
            continue;
        int x = dot_x(c, i), to = dot_y(d, y[i]);
        for (int k = 0; k < (wide > 1 ? wide : 1); k++)
            stroke(d, x - wide / 2 + k, zero, x - wide / 2 + k, to);
    }
}

static void put_cp(struct qf_buf *out, uint32_t cp)
{
    char text[4];
    qf_buf_add(out, text, qf_utf8_put(cp, text));
}

/* Labels stand at the first line, the last, and where zero is. */
static void show(const struct dots *d, enum chart_unit unit, struct qf_buf *out)
{
    int zero = d->scale.low < 0 && d->scale.high > 0 ? dot_y(d, 0) / 4 : -1;
    for (int r = 0; r < d->lines; r++) {
        char label[WORDS] = "";
        bool edge = r == 0 || r == d->lines - 1 || r == zero;
        double v = r == 0 ? d->scale.high : r == d->lines - 1 ? d->scale.low : 0;
        if (edge)
            words_axis(label, v, d->scale.step, unit);
        qf_buf_fmt(out, "%*s%s", GUTTER - 1, label, edge ? "\xe2\x94\xa4" : "\xe2\x94\x82");
        int last = WIDE;
        while (last > 0 && d->cell[r][last - 1] == 0)
            last--;
        for (int x = 0; x < last; x++)
            put_cp(out, d->cell[r][x] == 0 ? ' ' : 0x2800U + d->cell[r][x]);
        qf_buf_char(out, '\n');
    }
}

static void dates(const struct doc_chart *c, struct qf_buf *out)
{
    char line[TEXT_COLUMNS + 1], from[WORDS], to[WORDS];
    memset(line, ' ', sizeof line);
    line[TEXT_COLUMNS] = '\0';
    words_date(from, c->at[0]);
    words_date(to, c->at[c->n - 1]);
    struct chart_date d[CHART_DATES];
    qf_time span = c->at[c->n - 1] - c->at[0];
    size_t n = c->bars != NULL || span <= 0 ? 0 : chart_dates(c->at[0], c->at[c->n - 1], 6, d);
    memcpy(line + GUTTER, from, strlen(from));
    memcpy(line + TEXT_COLUMNS - strlen(to), to, strlen(to));
    for (size_t i = 0; i < n; i++) {
        int x = GUTTER + (int)((double)(d[i].at - c->at[0]) / (double)span * (WIDE - 1)) - (int)strlen(d[i].text) / 2;
        int len = (int)strlen(d[i].text);
        if (x > GUTTER + 11 && x + len + 1 < TEXT_COLUMNS - 11)
            memcpy(line + x, d[i].text, (size_t)len);
    }
    qf_buf_fmt(out, "%s\n", line);
}

static void names(const struct doc_chart *c, struct qf_buf *out)
{
    const char *between = "";
    qf_buf_fmt(out, "%*s", GUTTER, "");
    for (size_t i = 0; i < c->n_lines; i++, between = ", ")
        qf_buf_fmt(out, "%s%s%s", between, c->lines[i].name, c->lines[i].style == CHART_LINE ? "" : " (dotted)");
    if (c->bars != NULL)
        qf_buf_fmt(out, "%s%s (columns)", between, c->bars_name);
    if (c->under != NULL)
        qf_buf_fmt(out, "; below: %s", c->under_name);
    qf_buf_char(out, '\n');
}

void text_chart(const struct doc_chart *c, struct qf_buf *out)
{
    struct dots d = {.lines = c->under != NULL ? HIGH : LOW, .scale = chart_main_scale(c, 4)};
    names(c, out);
    if (c->bars != NULL)
        columns(&d, c, c->bars);
    for (size_t i = 0; i < c->n_lines; i++)
        curve(&d, c, c->lines[i].y, c->lines[i].style == CHART_LINE ? 1 : 3);
    show(&d, c->unit, out);
    if (c->under != NULL) {
        struct dots u = {.lines = UNDER, .scale = chart_under_scale(c, 2)};
        curve(&u, c, c->under, 1);
        show(&u, CHART_SHARE, out);
    }
    dates(c, out);
    if (c->marks == NULL)
        return;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += c->marks[i];
    qf_buf_fmt(out, "%*s%s: %zu\n", GUTTER, "", c->marks_name, n);
}
