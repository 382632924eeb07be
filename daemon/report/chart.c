#include "daemon/report/chart.h"

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "daemon/report/words.h"

#define GUTTER 40.0 /* labels at the left */
#define RIGHT 6.0
#define TOP 13.0    /* names of the lines */
#define BOTTOM 13.0 /* dates */
#define BETWEEN 9.0 /* between curves and the area under them */

/* One plot: a rectangle, its scale, and who draws. */
struct plot {
    const struct doc_chart *c;
    const struct chart_pen *pen;
    double x, y, w, h;
    struct chart_scale scale;
};

static double x_of(const struct plot *p, size_t i)
{
    const struct doc_chart *c = p->c;
    if (c->bars != NULL)
        return p->x + p->w * ((double)i + 0.5) / (double)c->n;
    qf_time span = c->at[c->n - 1] - c->at[0];
    return p->x + (span > 0 ? p->w * (double)(c->at[i] - c->at[0]) / (double)span : p->w / 2);
}

static double y_of(const struct plot *p, double v)
{
    return p->y + p->h * (p->scale.high - v) / (p->scale.high - p->scale.low);
}

static void line(const struct chart_pen *pen, enum chart_ink ink, double x1, double y1, double x2, double y2)
{
    pen->begin(pen->arg, ink, false);
    pen->point(pen->arg, x1, y1);
    pen->point(pen->arg, x2, y2);
    pen->end(pen->arg);
}

static void box(const struct chart_pen *pen, enum chart_ink ink, double x, double y, double w, double h)
{
    pen->begin(pen->arg, ink, true);
    pen->point(pen->arg, x, y);
    pen->point(pen->arg, x + w, y);
    pen->point(pen->arg, x + w, y + h);
    pen->point(pen->arg, x, y + h);
    pen->end(pen->arg);
}

static void grid(const struct plot *p, enum chart_unit unit)
{
    int steps = (int)nearbyint((p->scale.high - p->scale.low) / p->scale.step);
    for (int i = 0; i <= steps; i++) {
        double v = p->scale.low + i * p->scale.step, y = y_of(p, v);
        if (fabs(v) < p->scale.step * 1e-6)
            v = 0;
        line(p->pen, v == 0 ? INK_FRAME : INK_GRID, p->x, y, p->x + p->w, y);
        char text[WORDS];
        p->pen->text(p->pen->arg, INK_LABEL, 1, p->x - 4, y + CHART_FONT * 0.35,
                     words_axis(text, v, p->scale.step, unit));
    }
}

/* A gap (NaN) ends one path and begins another. */
static void curve(const struct plot *p, const double *y, enum chart_ink ink)
{
    const struct chart_pen *pen = p->pen;
    bool open = false;
    for (size_t i = 0; i < p->c->n; i++) {
        bool there = isfinite(y[i]);
        if (there && !open)
            pen->begin(pen->arg, ink, false);
        if (there)
            pen->point(pen->arg, x_of(p, i), y_of(p, y[i]));
        else if (open)
            pen->end(pen->arg);
        open = there;
    }
    if (open)
        pen->end(pen->arg);
}

static void area(const struct plot *p, const double *y)
{
    const struct chart_pen *pen = p->pen;
    pen->begin(pen->arg, INK_FALL, true);
    pen->point(pen->arg, x_of(p, 0), y_of(p, 0));
    for (size_t i = 0; i < p->c->n; i++)
        if (isfinite(y[i]))
            pen->point(pen->arg, x_of(p, i), y_of(p, y[i]));
    pen->point(pen->arg, x_of(p, p->c->n - 1), y_of(p, 0));
    pen->end(pen->arg);
}

static void bars(const struct plot *p)
{
    const struct doc_chart *c = p->c;
    double w = p->w / (double)c->n * 0.7, zero = y_of(p, 0);
    for (size_t i = 0; i < c->n; i++) {
        if (!isfinite(c->bars[i]))
            continue;
        double y = y_of(p, c->bars[i]), x = x_of(p, i);
        bool marked = c->marks != NULL && c->marks[i];
        box(p->pen,
            marked            ? INK_MARK
            : c->bars[i] >= 0 ? INK_GAIN
                              : INK_LOSS,
            x - w / 2, y < zero ? y : zero, w, fabs(y - zero));
        if (marked)
            p->pen->text(p->pen->arg, INK_MARK, 0, x, y + CHART_FONT + 1, "\xe2\x96\xb2");
    }
}

/* Labels that would run over an end are moved inside. */
static void date_at(const struct plot *p, double x, double baseline, const char *text)
{
    double half = (double)strlen(text) * CHART_FONT * 0.3;
    line(p->pen, INK_FRAME, x, p->y + p->h, x, p->y + p->h + 2.5);
    int anchor = x - half < p->x - GUTTER ? -1 : x + half > p->x + p->w + RIGHT ? 1 : 0;
    p->pen->text(p->pen->arg, INK_LABEL, anchor, x, baseline, text);
}

static void dates(const struct plot *p, double baseline)
{
    const struct doc_chart *c = p->c;
    size_t most = (size_t)(p->w / 62);
    if (c->bars == NULL) {
        struct chart_date d[CHART_DATES];
        size_t n = chart_dates(c->at[0], c->at[c->n - 1], most, d);
        for (size_t i = 0; i < n; i++)
            date_at(p, p->x + p->w * (double)(d[i].at - c->at[0]) / (double)(c->at[c->n - 1] - c->at[0]), baseline,
                    d[i].text);
        return;
    }
    size_t step = c->n / (most > 0 ? most : 1) + 1; /* days of trading are not evenly spaced: every so many of them */
    for (size_t i = 0; i < c->n; i += step) {
        char text[WORDS];
        struct qf_civil day;
        qf_time_civil(c->at[i], &day);
        qf_str_fmt(text, sizeof text, "%d %s", day.day, words_month(day.month));
        date_at(p, x_of(p, i), baseline, text);
    }
}

static double name_of(const struct chart_pen *pen, double x, enum chart_ink ink, bool filled, const char *name)
{
    if (filled)
        box(pen, ink, x, 3, 9, 4);
    else
        line(pen, ink, x, 5, x + 9, 5);
    pen->text(pen->arg, INK_LABEL, -1, x + 12, 7.5, name);
    return x + 22 + (double)strlen(name) * CHART_FONT * 0.56;
}

static const enum chart_ink inks[] = {[CHART_LINE] = INK_LINE, [CHART_LINE2] = INK_LINE2, [CHART_LIMIT] = INK_LIMIT};

static void names(const struct doc_chart *c, const struct chart_pen *pen)
{
    double x = GUTTER;
    for (size_t i = 0; i < c->n_lines; i++)
        x = name_of(pen, x, inks[c->lines[i].style], false, c->lines[i].name);
    if (c->bars != NULL)
        x = name_of(pen, x, INK_GAIN, true, c->bars_name);
    if (c->bars != NULL && c->marks != NULL)
        x = name_of(pen, x, INK_MARK, true, c->marks_name);
    if (c->under != NULL)
        (void)name_of(pen, x, INK_FALL, true, c->under_name);
}

void chart_draw(const struct doc_chart *c, double w, double h, const struct chart_pen *pen)
{
    qf_assert(c->n >= 2);
    double room = h - TOP - BOTTOM;
    struct plot p = {c,        pen, GUTTER, TOP, w - GUTTER - RIGHT, c->under == NULL ? room : (room - BETWEEN) * 0.68,
                     {0, 0, 0}};
    p.scale = chart_main_scale(c, (int)(p.h / 24) + 1);
    names(c, pen);
    grid(&p, c->unit);
    if (c->bars != NULL)
        bars(&p);
    for (size_t i = 0; i < c->n_lines; i++)
        curve(&p, c->lines[i].y, inks[c->lines[i].style]);
    if (c->under != NULL) {
        struct plot u = {c, pen, p.x, p.y + p.h + BETWEEN, p.w, room - BETWEEN - p.h, {0, 0, 0}};
        u.scale = chart_under_scale(c, (int)(u.h / 22) + 1);
        grid(&u, CHART_SHARE);
        area(&u, c->under);
        p = u;
    }
    dates(&p, h - 3);
}
