/* A chart inside a page: the pen of chart.h writes elements. */
#include "common/money.h"
#include "daemon/report/chart.h"
#include "daemon/report/writers.h"

static const struct {
    const char *line, *area;
} classes[INK_COUNT] = {
    [INK_GRID] = {"g", "g"},     [INK_FRAME] = {"f", "f"}, [INK_LINE] = {"l", "an"}, [INK_LINE2] = {"l2", "an"},
    [INK_LIMIT] = {"lim", "an"}, [INK_FALL] = {"l", "af"}, [INK_GAIN] = {"l", "ag"}, [INK_LOSS] = {"l", "al"},
    [INK_MARK] = {"l", "am"},    [INK_LABEL] = {"t", "t"},
};

struct svg {
    struct qf_buf *out;
    bool fill, first;
};

/* A number by itself: the program's locale must not decide what a decimal point is. */
static void put(struct qf_buf *out, double v)
{
    char text[QF_DEC_TEXT];
    qf_i128 scaled = (qf_i128)(v * 100 + (v < 0 ? -0.5 : 0.5));
    qf_buf_add(out, text, qf_dec_format(scaled, 2, text));
}

static void begin(void *arg, enum chart_ink ink, bool fill)
{
    struct svg *s = arg;
    qf_buf_fmt(s->out, "<path class=\"%s\" d=\"", fill ? classes[ink].area : classes[ink].line);
    s->fill = fill;
    s->first = true;
}

static void point(void *arg, double x, double y)
{
    struct svg *s = arg;
    qf_buf_char(s->out, s->first ? 'M' : 'L');
    put(s->out, x);
    qf_buf_char(s->out, ' ');
    put(s->out, y);
    s->first = false;
}

static void end(void *arg)
{
    struct svg *s = arg;
    qf_buf_str(s->out, s->fill ? "Z\"/>" : "\"/>");
}

static void text(void *arg, enum chart_ink ink, int anchor, double x, double y, const char *words)
{
    struct svg *s = arg;
    qf_buf_fmt(s->out, "<text%s text-anchor=\"%s\" x=\"", ink == INK_MARK ? " class=\"am\"" : "",
               anchor < 0   ? "start"
               : anchor > 0 ? "end"
                            : "middle");
    put(s->out, x);
    qf_buf_str(s->out, "\" y=\"");
    put(s->out, y);
    qf_buf_str(s->out, "\">");
    html_text(s->out, words);
    qf_buf_str(s->out, "</text>");
}

void html_chart(const struct doc_chart *c, double w, double h, const char *what, struct qf_buf *out)
{
    struct svg s = {.out = out};
    const struct chart_pen pen = {&s, begin, point, end, text};
    qf_buf_str(out, "<svg role=\"img\" viewBox=\"0 0 ");
    put(out, w);
    qf_buf_char(out, ' ');
    put(out, h);
    qf_buf_str(out, "\" aria-label=\"");
    html_text(out, what);
    qf_buf_str(out, "\">");
    chart_draw(c, w, h, &pen);
    qf_buf_str(out, "</svg>");
}
