/* Paper of A4 and the pens that write on it. The only part of the room that knows cairo. Lengths are points, y down. */
#ifndef QF_REPORT_PAPER_H
#define QF_REPORT_PAPER_H

#include "daemon/report/chart.h"

#define PAPER_W 595.28
#define PAPER_H 841.89

enum paper_ink {
    PAPER_INK, PAPER_DIM, PAPER_HEAD, PAPER_RULE, PAPER_ZEBRA, PAPER_UP, PAPER_DOWN, PAPER_WARN, PAPER_BAD, PAPER_WHITE,
    PAPER_SIMULATED, PAPER_PAPER, PAPER_REAL, PAPER_BAR,
    PAPER_P1, PAPER_P2, PAPER_P3, PAPER_M1, PAPER_M2, PAPER_M3, PAPER_INKS
};

struct paper;

/* What stands in the file about itself. created: ISO-8601; without it cairo would write the time of day. */
struct paper_about {
    const char *title, *subject, *created;
};
/* Pages are appended to out. NULL: cairo could not; *ret_why says why (valid as long as the program). */
struct paper *paper_new(struct qf_buf *out, const struct paper_about *about, const char **ret_why);
/* Finishes the file and frees the paper. QF_EIO: the file is no good, *ret_why says why. */
enum qf_err paper_end(struct paper *p, const char **ret_why) QF_MUST_CHECK;

/* A rehearsal: while on, everything is measured and nothing drawn. Returns what it was. */
bool paper_rehearse(struct paper *p, bool on);
void paper_page(struct paper *p); /* this page is full: the next one */

double paper_width(struct paper *p, double size, bool bold, const char *text, size_t n);
/* anchor: -1 begins at x, 0 is centred, 1 ends there; y is the baseline. */
void paper_text(struct paper *p, double size, bool bold, enum paper_ink ink, int anchor, double x, double y, const char *text, size_t n);
void paper_line(struct paper *p, enum paper_ink ink, double width, double x1, double y1, double x2, double y2);
void paper_box(struct paper *p, enum paper_ink ink, double x, double y, double w, double h);
void paper_chart(struct paper *p, const struct doc_chart *c, double x, double y, double w, double h);

#endif
