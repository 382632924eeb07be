/* Filters of lists: words, !words, /regular expressions/ and comparisons of a record's fields, joined by && and ||.
 *   nvda     !closed     /^(AMD|NVDA)$/     day_pnl < -1000 && account = mrv-us     message ~ stale
 * Words and expressions look at texts, words of enums and numbers of the key; letters of any case are the same. */
#ifndef QF_TUI_FILTER_H
#define QF_TUI_FILTER_H

#include "common/proto/record.h"

#define TUI_FILTER_MAX 120

struct tui_filter;

/* NULL and a reason ("at character 5: no field pnl") when the text is not a filter. An empty text matches all. */
struct tui_filter *tui_filter_new(const struct qf_rec *rec, const char *text, char *why, size_t cap);
void tui_filter_free(struct tui_filter *f);
bool tui_filter_match(const struct tui_filter *f, const void *row);

#endif
