/* The writers of a finished document. Each appends to `out` (which turns `failed` when its maximum is passed). */
#ifndef QF_REPORT_WRITERS_H
#define QF_REPORT_WRITERS_H

#include "daemon/report/model.h"

#define TEXT_COLUMNS 80

/* UTF-8, 80 columns, newlines only; no trailing blanks. */
void text_write(const struct doc *d, struct qf_buf *out);
/* The curves of a chart as dots (braille, 2 by 4 in a character), bars as blocks, with axis and dates. For text_write.
 */
void text_chart(const struct doc_chart *c, struct qf_buf *out);

/* One page that is well-formed XML too: style and drawings inside, no script, nothing fetched; light or dark as the
 * reader's system. */
void html_write(const struct doc *d, struct qf_buf *out);
void html_chart(const struct doc_chart *c, double w, double h, const char *what, struct qf_buf *out);
/* Escaped for text and for attributes in double quotes. */
void html_text(struct qf_buf *out, const char *s);

/* A4. QF_EIO: cairo could not (no font, no memory); *ret_why then says so, for as long as the program runs. The bytes
 * depend on the document and the installed fonts only. */
enum qf_err pdf_write(const struct doc *d, struct qf_buf *out, const char **ret_why) QF_MUST_CHECK;

#endif
