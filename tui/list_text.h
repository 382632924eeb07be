/* Rows of a list as text: tab-separated for the clipboard, CSV for a file. All fields of the record, with their full
 * values: what a screen cuts or rounds is whole here. */
#ifndef QF_TUI_LIST_TEXT_H
#define QF_TUI_LIST_TEXT_H

#include "common/mem.h"
#include "common/proto/record.h"

/* csv: RFC 4180, and text that a spreadsheet would take for a formula begins with '. Else tabs, with blanks in place of
 * tabs and line ends inside texts. Lists inside a record are left out. */
void tui_list_head(struct qf_buf *out, const struct qf_rec *rec, bool csv);
void tui_list_row(struct qf_buf *out, const struct qf_rec *rec, const void *row, bool csv);

#endif
