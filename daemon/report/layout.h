/* How wide the columns of a table are, for writers with a fixed width: in characters or in points, as the measure says.
 */
#ifndef QF_REPORT_LAYOUT_H
#define QF_REPORT_LAYOUT_H

#include "daemon/report/model.h"

struct layout_column {
    double left, right; /* of the widest number: before its decimal point, from it on */
    double width;
    bool shown;
};
struct layout_measure {
    void *arg;
    double (*width)(void *arg, const char *text, size_t n, bool strong); /* n bytes of text */
    double gap;                                                          /* between two columns */
    double bar;                                                          /* width of a bar */
    double least;                                                        /* of a column that flows */
};
/* Fits the table into `room`: columns that may drop do so, the highest first, until the rest fits; the column that
 * flows takes what is left, or is cut to it. ret: n_columns. Returns the width used. */
double layout_table(const struct doc_table *t, double room, const struct layout_measure *m, struct layout_column *ret);

/* The next line of text that fits into `room`, broken at blanks where there is one: bytes taken (at least one character
 * of a text that is not empty), *ret_skip = blanks to skip after it. */
size_t layout_line(const char *text, double room, const struct layout_measure *m, bool strong, size_t *ret_skip);

#endif
