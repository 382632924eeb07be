#include "daemon/report/leaf.h"

#include <cairo-pdf.h>
#include <cairo.h>
#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

#define FONT "DejaVu Sans"

struct leaf {
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

static const double colours[LEAF_INKS][3] = {
    [LEAF_INK] = {.10, .14, .19},   [LEAF_DIM] = {.40, .44, .49},       [LEAF_HEAD] = {.06, .23, .40},
    [LEAF_RULE] = {.80, .83, .86},  [LEAF_ZEBRA] = {.957, .965, .973},  [LEAF_UP] = {.09, .47, .25},
    [LEAF_DOWN] = {.70, .15, .12},  [LEAF_WARN] = {.60, .36, 0},        [LEAF_BAD] = {.70, .15, .12},
    [LEAF_WHITE] = {1, 1, 1},       [LEAF_SIMULATED] = {.48, .29, .63}, [LEAF_PAPER] = {.12, .44, .70},
    [LEAF_REAL] = {.70, .15, .12},  [LEAF_BAR] = {.06, .30, .51},       [LEAF_P1] = {.863, .937, .882},
    [LEAF_P2] = {.706, .867, .753}, [LEAF_P3] = {.514, .773, .592},     [LEAF_M1] = {.976, .871, .859},
    [LEAF_M2] = {.945, .722, .698}, [LEAF_M3] = {.898, .545, .514},
};

static void ink_of(struct leaf *p, enum leaf_ink ink)
{
    cairo_set_source_rgb(p->c, colours[ink][0], colours[ink][1], colours[ink][2]);
}

static cairo_status_t collect(void *arg, const unsigned char *bytes, unsigned n)
{
    struct qf_buf *out = arg;
    qf_buf_add(out, bytes, n);
    return out->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void describe(struct leaf *p, const struct leaf_about *about)
{
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, about->title);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_SUBJECT, about->subject);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATOR, "QuantumFond");
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, about->created);
}

/* Widths must not depend on a screen that is not there. */
static void plain_metrics(struct leaf *p)
{
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_set_font_options(p->c, options);
    cairo_font_options_destroy(options);
}

struct leaf *leaf_new(struct qf_buf *out, const struct leaf_about *about, const char **ret_why)
{
    struct leaf *p = qf_xalloc(sizeof *p);
    p->out = out;
    p->surface = cairo_pdf_surface_create_for_stream(collect, out, LEAF_W, LEAF_H);
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

enum qf_err leaf_end(struct leaf *p, const char **ret_why)
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

void leaf_forget(void)
{
    cairo_debug_reset_static_data();
    FcFini();
}

bool leaf_rehearse(struct leaf *p, bool on)
{
    bool was = p->rehearsal;
    p->rehearsal = on;
    return was;
}

void leaf_page(struct leaf *p)
{
    if (!p->rehearsal)
        cairo_show_page(p->c);
}

static void font(struct leaf *p, double size, bool bold)
{
    if (size == p->size && bold == p->bold)
        return;
    cairo_select_font_face(p->c, FONT, CAIRO_FONT_SLANT_NORMAL,
                           bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(p->c, size);
    p->size = size;
    p->bold = bold;
}

static const char *terminated(struct leaf *p, const char *text, size_t n)
{
    if (n + 1 > p->text_cap) {
        p->text_cap = 2 * n + 64;
        p->text = qf_xrealloc(p->text, p->text_cap);
    }
    memcpy(p->text, text, n);
    p->text[n] = '\0';
    return p->text;
}

double leaf_width(struct leaf *p, double size, bool bold, const char *text, size_t n)
{
    cairo_text_extents_t e;
    font(p, size, bold);
    cairo_text_extents(p->c, terminated(p, text, n), &e);
    return e.x_advance;
}

void leaf_text(struct leaf *p, double size, bool bold, enum leaf_ink ink, int anchor, double x, double y,
               const char *text, size_t n)
{
    if (p->rehearsal || n == 0)
        return;
    double w = anchor < 0 ? 0 : leaf_width(p, size, bold, text, n);
    font(p, size, bold);
    ink_of(p, ink);
    cairo_move_to(p->c, anchor < 0 ? x : anchor == 0 ? x - w / 2 : x - w, y);
    cairo_show_text(p->c, terminated(p, text, n));
    cairo_new_path(p->c);
}

void leaf_line(struct leaf *p, enum leaf_ink ink, double width, double x1, double y1, double x2, double y2)
{
    if (p->rehearsal)
        return;
    ink_of(p, ink);
    cairo_set_line_width(p->c, width);
    cairo_move_to(p->c, x1, y1);
    cairo_line_to(p->c, x2, y2);
    cairo_stroke(p->c);
}

void leaf_box(struct leaf *p, enum leaf_ink ink, double x, double y, double w, double h)
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
    [INK_GRID] = {{.85, .87, .90}, .4, 0, 0},  [INK_FRAME] = {{.45, .49, .54}, .4, 0, 0},
    [INK_LINE] = {{.06, .30, .51}, 1.1, 0, 0}, [INK_LINE2] = {{.54, .31, .68}, .9, 1.5, 1.8},
    [INK_LIMIT] = {{.60, .36, 0}, .8, 4, 2},   [INK_FALL] = {{.86, .52, .49}, .5, 0, 0},
    [INK_GAIN] = {{.35, .65, .47}, .5, 0, 0},  [INK_LOSS] = {{.86, .52, .49}, .5, 0, 0},
    [INK_MARK] = {{.70, .15, .12}, .5, 0, 0},  [INK_LABEL] = {{.40, .44, .49}, .5, 0, 0},
};

static void begin(void *arg, enum chart_ink ink, bool fill)
{
    struct leaf *p = arg;
    p->ink = ink;
    p->filling = fill;
    cairo_new_path(p->c);
}

static void point(void *arg, double x, double y)
{
    struct leaf *p = arg;
    cairo_line_to(p->c, x, y);
}

static void end(void *arg)
{
    struct leaf *p = arg;
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
    leaf_text(arg, CHART_FONT, false, ink == INK_MARK ? LEAF_BAD : LEAF_DIM, anchor, x, y, words, strlen(words));
}

void leaf_chart(struct leaf *p, const struct doc_chart *c, double x, double y, double w, double h)
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
