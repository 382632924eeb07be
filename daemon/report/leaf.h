/* Paper of A4 and the pens that write on it. The only part of the room that knows cairo. Lengths are points, y down. */
#ifndef QF_REPORT_LEAF_H
#define QF_REPORT_LEAF_H

#include "daemon/report/chart.h"

#define LEAF_W 595.28
#define LEAF_H 841.89

enum leaf_ink {
    LEAF_INK,
    LEAF_DIM,
    LEAF_HEAD,
    LEAF_RULE,
    LEAF_ZEBRA,
    LEAF_UP,
    LEAF_DOWN,
    LEAF_WARN,
    LEAF_BAD,
    LEAF_WHITE,
    LEAF_SIMULATED,
    LEAF_PAPER,
    LEAF_REAL,
    LEAF_BAR,
    LEAF_P1,
    LEAF_P2,
    LEAF_P3,
    LEAF_M1,
    LEAF_M2,
    LEAF_M3,
    LEAF_INKS
};

struct leaf;

/* What stands in the file about itself. created: ISO-8601; without it cairo would write the time of day. */
struct leaf_about {
    const char *title, *subject, *created;
};
/* Pages are appended to out. NULL: cairo could not; *ret_why says why (valid as long as the program). */
struct leaf *leaf_new(struct qf_buf *out, const struct leaf_about *about, const char **ret_why);
/* Finishes the file and frees the paper. QF_EIO: the file is no good, *ret_why says why. */
enum qf_err leaf_end(struct leaf *p, const char **ret_why) QF_MUST_CHECK;

/* Gives back what cairo and fontconfig keep for the next page, once nothing is being written any more. */
void leaf_forget(void);

/* A rehearsal: while on, everything is measured and nothing drawn. Returns what it was. */
bool leaf_rehearse(struct leaf *p, bool on);
void leaf_page(struct leaf *p); /* this page is full: the next one */

double leaf_width(struct leaf *p, double size, bool bold, const char *text, size_t n);
/* anchor: -1 begins at x, 0 is centred, 1 ends there; y is the baseline. */
void leaf_text(struct leaf *p, double size, bool bold, enum leaf_ink ink, int anchor, double x, double y,
               const char *text, size_t n);
void leaf_line(struct leaf *p, enum leaf_ink ink, double width, double x1, double y1, double x2, double y2);
void leaf_box(struct leaf *p, enum leaf_ink ink, double x, double y, double w, double h);
void leaf_chart(struct leaf *p, const struct doc_chart *c, double x, double y, double w, double h);

#endif
