#include "daemon/report/paper.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <stdlib.h>
#include <string.h>

#define FONT "DejaVu Sans"

struct paper {
    cairo_surface_t *surface;
    cairo_t *c;
    struct qf_buf *out;
    bool rehearsal, bold;
    double size;
    char *text; /* the piece being measured or shown, terminated: cairo wants it so */
    size_t text_cap;
    bool filling;
    enum chart_ink ink;
};

static const double colours[PAPER_INKS][3] = {
    [PAPER_INK] = {.10, .14, .19},       [PAPER_DIM] = {.40, .44, .49},   [PAPER_HEAD] = {.06, .23, .40},  [PAPER_RULE] = {.80, .83, .86},
    [PAPER_ZEBRA] = {.957, .965, .973},  [PAPER_UP] = {.09, .47, .25},    [PAPER_DOWN] = {.70, .15, .12},  [PAPER_WARN] = {.60, .36, 0},
    [PAPER_BAD] = {.70, .15, .12},       [PAPER_WHITE] = {1, 1, 1},       [PAPER_SIMULATED] = {.48, .29, .63},
    [PAPER_PAPER] = {.12, .44, .70},     [PAPER_REAL] = {.70, .15, .12},  [PAPER_BAR] = {.06, .30, .51},
    [PAPER_P1] = {.863, .937, .882},     [PAPER_P2] = {.706, .867, .753}, [PAPER_P3] = {.514, .773, .592},
    [PAPER_M1] = {.976, .871, .859},     [PAPER_M2] = {.945, .722, .698}, [PAPER_M3] = {.898, .545, .514},
};

static void ink_of(struct paper *p, enum paper_ink ink)
{
    cairo_set_source_rgb(p->c, colours[ink][0], colours[ink][1], colours[ink][2]);
}

static cairo_status_t collect(void *arg, const unsigned char *bytes, unsigned n)
{
    struct qf_buf *out = arg;
    qf_buf_add(out, bytes, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void describe(struct paper *p, const struct paper_about *about)
{
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, about->title);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_SUBJECT, about->subject);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "QuantumFond");
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, about->created);
}

/* Widths must not depend on a screen that is not there. */
static void plain_metrics(struct paper *p)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_set_font_options(p->c, options);
    cairo_font_options_destroy(options);
}

struct paper *paper_new(struct qf_buf *out, const struct paper_about *about, const char **ret_why)
{
    struct paper *p = qf_xalloc(sizeof *p);
    p->out = out;
    p->surface = cairo_pdf_surface_create_for_stream(collect, out, PAPER_W, PAPER_H);
    p->c = cairo_create(p->surface);
    if (cairo_status(p->c) != CAIRO_STATUS_SUCCESS) {
        *ret_why = cairo_status_to_string(cairo_status(p->c));
        cairo_destroy(p->c);
        cairo_surface_destroy(p->surface);
        free(p);
        return NULL;
    }
    cairo_pdf_surface_restrict_to_version(p->surface, CAIRO_PDF_VERSION_1_5);
    describe(p, about);
    plain_metrics(p);
    return p;
}

enum qf_err paper_end(struct paper *p, const char **ret_why)
{
    cairo_status_t drawing = cairo_status(p->c); /* what went wrong stays with the pen, whatever was drawn after it */
    cairo_destroy(p->c);
    cairo_surface_finish(p->surface);
    cairo_status_t status = drawing != CAIRO_STATUS_SUCCESS ? drawing : cairo_surface_status(p->surface);
    cairo_surface_destroy(p->surface);
    free(p->text);
    free(p);
    if (status == CAIRO_STATUS_SUCCESS)
        return QF_OK;
    *ret_why = cairo_status_to_string(status);
    return QF_EIO;
}

bool paper_rehearse(struct paper *p, bool on)
{
    bool was = p->rehearsal;
    p->rehearsal = on;
    return was;
}

void paper_page(struct paper *p)
{
    if (!p->rehearsal)
        cairo_show_page(p->c);
}

static void font(struct paper *p, double size, bool bold)
{
    if (size == p->size && bold == p->bold)
        return;
    cairo_select_font_face(p->c, FONT, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(p->c, size);
    p->size = size;
    p->bold = bold;
}

static const char *terminated(struct paper *p, const char *text, size_t n)
{
    if (n + 1 > p->text_cap) {
        p->text_cap = 2 * n + 64;
        p->text = qf_xrealloc(p->text, p->text_cap);
    }
    memcpy(p->text, text, n);
    p->text[n] = '\0';
    return p->text;
}

double paper_width(struct paper *p, double size, bool bold, const char *text, size_t n)
{
    cairo_text_extents_t e;
    font(p, size, bold);
    cairo_text_extents(p->c, terminated(p, text, n), &e);
    return e.x_advance;
}

void paper_text(struct paper *p, double size, bool bold, enum paper_ink ink, int anchor, double x, double y, const char *text, size_t n)
{
    if (p->rehearsal || n == 0)
        return;
    double w = anchor < 0 ? 0 : paper_width(p, size, bold, text, n);
    font(p, size, bold);
    ink_of(p, ink);
    cairo_move_to(p->c, anchor < 0 ? x : anchor == 0 ? x - w / 2 : x - w, y);
    cairo_show_text(p->c, terminated(p, text, n));
    cairo_new_path(p->c);
}

void paper_line(struct paper *p, enum paper_ink ink, double width, double x1, double y1, double x2, double y2)
{
    if (p->rehearsal)
        return;
    ink_of(p, ink);
    cairo_set_line_width(p->c, width);
    cairo_move_to(p->c, x1, y1);
    cairo_line_to(p->c, x2, y2);
    cairo_stroke(p->c);
}

void paper_box(struct paper *p, enum paper_ink ink, double x, double y, double w, double h)
{
    if (p->rehearsal)
        return;
    ink_of(p, ink);
    cairo_rectangle(p->c, x, y, w, h);
    cairo_fill(p->c);
}

/* --- charts */
static const struct {
    double colour[3], width, dash, space;
} pens[INK_COUNT] = {
    [INK_GRID] = {{.85, .87, .90}, .4, 0, 0},     [INK_FRAME] = {{.45, .49, .54}, .4, 0, 0},     [INK_LINE] = {{.06, .30, .51}, 1.1, 0, 0},
    [INK_LINE2] = {{.54, .31, .68}, .9, 1.5, 1.8}, [INK_LIMIT] = {{.60, .36, 0}, .8, 4, 2},       [INK_FALL] = {{.86, .52, .49}, .5, 0, 0},
    [INK_GAIN] = {{.09, .47, .25}, .5, 0, 0},     [INK_LOSS] = {{.70, .15, .12}, .5, 0, 0},      [INK_MARK] = {{.70, .15, .12}, .5, 0, 0},
    [INK_LABEL] = {{.40, .44, .49}, .5, 0, 0},
};

static void begin(void *arg, enum chart_ink ink, bool fill)
{
    struct paper *p = arg;
    p->ink = ink;
    p->filling = fill;
    cairo_new_path(p->c);
}

static void point(void *arg, double x, double y)
{
    struct paper *p = arg;
    cairo_line_to(p->c, x, y);
}

static void end(void *arg)
{
    struct paper *p = arg;
    const double *rgb = pens[p->ink].colour, dashes[2] = {pens[p->ink].dash, pens[p->ink].space};
    cairo_set_source_rgb(p->c, rgb[0], rgb[1], rgb[2]);
    if (p->filling) {
        cairo_fill(p->c);
        return;
    }
    cairo_set_line_width(p->c, pens[p->ink].width);
    cairo_set_line_join(p->c, CAIRO_LINE_JOIN_ROUND);
    cairo_set_dash(p->c, dashes, dashes[0] > 0 ? 2 : 0, 0);
    cairo_stroke(p->c);
    cairo_set_dash(p->c, NULL, 0, 0);
}

static void text(void *arg, enum chart_ink ink, int anchor, double x, double y, const char *words)
{
    paper_text(arg, CHART_FONT, false, ink == INK_MARK ? PAPER_BAD : PAPER_DIM, anchor, x, y, words, strlen(words));
}

void paper_chart(struct paper *p, const struct doc_chart *c, double x, double y, double w, double h)
{
    if (p->rehearsal)
        return;
    const struct chart_pen pen = {p, begin, point, end, text};
    cairo_save(p->c);
    cairo_translate(p->c, x, y);
    chart_draw(c, w, h, &pen);
    cairo_restore(p->c);
    p->size = 0; /* restore took the font back as well */
}
