/* Inside of the overview: overview.c keeps and asks, overview_desk.c draws equity and totals, overview_panes.c the
 * rest. */
#ifndef QF_TUI_OVERVIEW_IN_H
#define QF_TUI_OVERVIEW_IN_H

#include "tui/chart.h"
#include "tui/screens/benchmark.h"
#include "tui/screens/board.h"
#include "tui/screens/cells.h"
#include "tui/screens/lists.h"

enum {
    PANE_EQUITY,
    PANE_DESK,
    PANE_MOVERS,
    PANE_ORDERS,
    PANE_STATES,
    PANE_SECTORS,
    PANE_BOOKS,
    PANE_LIMITS,
    PANE_FILLS,
    PANE_ALERTS
};

#define PANE_N (PANE_ALERTS + 1)
#define MAX_STATES 64
#define TOTALS_W 60 /* numbers farther from the names they belong to are hard to read */

/* Panels as a user placed them: which column, how high against its neighbours. In their order from above. */
#define ARRANGE_COLUMNS 3
struct overview_place {
    int8_t pane, column, weight; /* weight 1 to 9 */
};
struct overview_plan {
    struct overview_place place[PANE_N];
    int n; /* 0: as the program places them */
};

struct overview_strategy {
    char name[33];
    int32_t state; /* its own; enum qf_desk_state */
    qf_money day;
    int place; /* in the order it was drawn in before */
};

struct overview {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
    struct qf_position *movers; /* by symbol, account empty */
    const void **mover_rows;
    int movers_n, movers_cap;
    int range; /* enum qf_perf_range */
    struct tui_chart_eye eye;
    char benchmark[17]; /* "" = none */
    struct tui_point *bench;
    int bench_n;
    bool equity_loaded, blind; /* blind: asked for before the desk's clock was known */
    struct overview_plan plan;
    int64_t equity_call, sparks_call, bench_call, accounts_call;
    struct qf_account_list *accounts; /* NULL until answered */
    char order[MAX_STATES][33];       /* of the strategies, as they were settled last */
    int order_n;
    qf_time ordered_at;
};

/* overview_desk.c */
void overview_draw_equity(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void overview_draw_desk(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void overview_panes(struct overview *x);                                                  /* overview_panes.c */
void overview_layout(struct overview *x, const struct tui_view *v, struct tui_rect body); /* overview_layout.c */


/* overview_plan.c: what the user chose */
void overview_plan_kept(struct overview *x); /* from the settings; what is broken there is as if never set */
void overview_plan_keep(struct overview *x);
/* Those of the program at a usual width, to begin from. */
void overview_plan_first(struct overview_plan *p);
int overview_plan_at(const struct overview_plan *p, int pane); /* -1: it is not shown */
bool overview_plan_move(struct overview_plan *p, int *at, int dx, int dy);
bool overview_plan_weigh(struct overview_plan *p, int at, int step);
bool overview_plan_remove(struct overview_plan *p, int at);
/* Below the one at `at`. */
void overview_plan_add(struct overview_plan *p, int at, int pane);
/* Columns there are in so many columns of the screen. */
int overview_plan_columns(const struct overview_plan *p, int w);
void overview_plan_layout(struct overview *x, const struct tui_view *v, struct tui_rect body);
extern const char *const overview_pane_names[PANE_N];

/* overview_arrange.c: the dialog */
void overview_arrange(struct overview *x);

/* overview_strategies.c */
void overview_ask_accounts(struct overview *x);
/* All of them, at most MAX_STATES, by profit of the day. */
int overview_strategies(struct overview *x, struct overview_strategy *s);

/* overview_side.c: what wider terminals show besides */
void overview_draw_states(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void overview_draw_sectors(void *screen, const struct tui_view *v, struct tui_rect r,
                           const struct tui_panel_look *look);
void overview_draw_books(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
extern const struct tui_table_def overview_limits;

#endif
