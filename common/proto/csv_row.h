/* Records as lines of CSV (RFC 4180), for spreadsheets: what lies in a file is opened by people, so no text may become a formula.
 * Numbers and times stand as on the wire; a value that is not there is empty, an optional text that is there and empty is "". */
#ifndef QF_CSV_ROW_H
#define QF_CSV_ROW_H

#include "common/proto/record.h"

#define QF_CSV_COLUMNS 64
#define QF_CSV_DAYS 8 /* a row has two times or three, which are days apart */

/* Which fields are columns, in their order; made once for many rows. Lists and HIDDEN fields never are. */
struct qf_csv {
    const struct qf_rec *rec;
    uint8_t field[QF_CSV_COLUMNS];
    int columns;
    size_t room;             /* bytes of a row at most, but for its str fields */
    struct {
        int64_t day;         /* since 1970; -1 = none yet */
        char text[16];
    } days[QF_CSV_DAYS];     /* texts of the days that came last, by their number */
};
/* without: flags of fields that are left out (QF_F_VIRTUAL for what is not stored). */
void qf_csv_init(struct qf_csv *c, const struct qf_rec *rec, unsigned without);
/* The names of the columns. Lines have no end: that is the caller's, as he likes it. */
void qf_csv_head(const struct qf_csv *c, struct qf_buf *b);
void qf_csv_row(struct qf_csv *c, struct qf_buf *b, const void *o);

/* Would a spreadsheet take it for a formula? It begins with = + - @, also in their wide forms, with a tab or a carriage return, or
 * with blanks and one of these behind them. Such a text is written with a ' in front. */
bool qf_csv_risky(const char *p, size_t n);

#endif
