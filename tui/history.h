/* Series the screens draw: equity over time, the last hour of each price, the last hour of the machine. They begin with
 * an answer of the daemon and go on with the pushes. */
#ifndef QF_TUI_HISTORY_H
#define QF_TUI_HISTORY_H

#include "common/proto/proto.h"
#include "tui/chart.h"

#define TUI_SPARK_MAX 120
#define TUI_EQUITY_MAX 2400
#define TUI_SAMPLES_MAX 240

struct tui_history;

struct tui_history *tui_history_new(void);
void tui_history_free(struct tui_history *h);
void tui_history_clear(struct tui_history *h);

/* --- spark lines */
void tui_history_sparks(struct tui_history *h, const struct qf_spark_list *list);
/* A quote: the minute's point moves, or a new minute begins. */
void tui_history_quote(struct tui_history *h, const struct qf_quote *q);
/* Points of a symbol, oldest first; returns how many, *ret valid until the next change. */
int tui_history_spark(const struct tui_history *h, const char *symbol, const double **ret);

/* --- equity of the firm */
void tui_history_equity(struct tui_history *h, const struct qf_equity_list *list);
void tui_history_equity_add(struct tui_history *h, const struct qf_equity *e);
int tui_history_equity_points(const struct tui_history *h, const struct tui_point **ret);

/* --- the machine */
void tui_history_samples(struct tui_history *h, const struct qf_sample_list *list);
/* One a half minute is kept; the newest is always the last. */
void tui_history_sample_add(struct tui_history *h, const struct qf_sample *s);
int tui_history_machine(const struct tui_history *h, const struct qf_sample **ret);

#endif
