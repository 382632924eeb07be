/* Inside of the performance screen: performance.c keeps, asks and takes keys; performance_panes.c draws the charts;
 * performance_lists.c has the tables. */
#ifndef QF_TUI_PERFORMANCE_IN_H
#define QF_TUI_PERFORMANCE_IN_H

#include "tui/chart.h"
#include "tui/screens/benchmark.h"
#include "tui/screens/board.h"
#include "tui/screens/cells.h"

enum { PERF_EQUITY, PERF_METRICS, PERF_FALLS, PERF_MONTHS, PERF_GROUPS, PERF_ROLLING };

/* One question to the daemon and its last good answer. */
struct perf_answer {
    int64_t call;
    qf_time asked;   /* our wall time; 0 = never */
    void *rec;       /* a copy of the answer; NULL until there is one */
    char error[160]; /* why the last question got none; "" = it did */
};

struct performance {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
    struct perf_answer data, list;
    int range, list_range;         /* enum qf_perf_range */
    int scope, list_scope;         /* enum qf_scope: whose figures; what the rows below are */
    char name[33];                 /* which one; "" = the firm */
    char benchmark[17];            /* "" = none */
    struct tui_chart_eye eye;
    uint64_t seen;                 /* version of the equity topic the figures were asked for */
    /* made of data when it comes */
    int points_n, closes_n; /* closes_n of them came from the daemon */
    struct tui_point *equity, *drawdown, *bench, *sharpe, *volatility;
    bool has_bench;
    const void **metrics, **falls, **groups;
};

static inline const struct qf_performance *perf_data(const struct performance *x)
{
    return x->data.rec;
}
static inline const struct qf_performance_group_list *perf_list(const struct performance *x)
{
    return x->list.rec;
}

/* performance_series.c: the points of the charts and the rows of the lists, made new from data and list */
void perf_series(struct performance *x);
/* The firm's line ends now: its closes go up to yesterday, line 1 knows better. At every draw. */
void perf_now(struct performance *x);
void perf_rows(struct performance *x);
void perf_settle(struct performance *x); /* the same, when another order or filter was asked for */
void perf_series_free(struct performance *x);

/* performance_panes.c */
void perf_panes(struct performance *x);
void perf_layout(struct performance *x, const struct tui_view *v, struct tui_rect body);
/* What stands round a panel made of an answer: its age is the equity topic's, for what it shows changes with that. */
void perf_look(const struct performance *x, const struct perf_answer *of, const struct tui_panel_look *look,
               struct tui_panel_look *ret);

/* performance_lists.c */
extern const struct tui_table_def perf_metrics_def, perf_falls_def, perf_groups_def;
const char *perf_scope_title(int scope); /* "Strategies" */
const char *perf_metric_label(const struct qf_metric_row *m);
/* Its value with its unit; "n/a" when there is none. width as in format.h. */
void perf_metric_text(char out[TUI_FMT], const struct qf_metric_row *m, int width);

#endif
