/* Inside of the risk screen: risk.c keeps and acts, risk_layout.c places, risk_lists.c, risk_breakers.c and
 * risk_exposure.c have the lists, risk_var.c and risk_requests.c draw, risk_dialogs.c, risk_stress.c and risk_flatten.c
 * ask. */
#ifndef QF_TUI_RISK_IN_H
#define QF_TUI_RISK_IN_H

#include "tui/screens/board.h"
#include "tui/screens/cells.h"
#include "tui/screens/lists.h"

enum {
    PANE_STATES,
    PANE_BREAKERS,
    PANE_LIMITS,
    PANE_VAR,
    PANE_DAYS,
    PANE_COMPONENTS,
    PANE_STRESS,
    PANE_SIDES,
    PANE_EXPOSURE,
    PANE_CORRELATION,
    PANE_APPROVALS,
    PANE_STOPS,
    PANE_COUNT
};

struct risk {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
    int64_t run_call, correlation_call;
    char error[160];                          /* why the last risk.run gave nothing; "" = it did */
    struct qf_correlation_list *correlations; /* NULL until answered */
    int64_t correlations_of;                  /* number of the run they were asked for */
    qf_time correlations_next;                /* our wall time before which they are not asked for again */
    bool since_in_level; /* tripped breakers say since when in place of their level: there is no line below for it */
};

#define RISK_STATE(row) ((const struct qf_trading_state *)(row))
#define RISK_LIMIT(row) ((const struct qf_limit *)(row))
#define RISK_BREAKER(row) ((const struct qf_breaker *)(row))

/* risk_states and risk_breakers need a struct risk as their ctx; the others any struct cells. */
extern const struct tui_table_def risk_states, risk_limits, risk_breakers, tui_risk_components, risk_stresses,
    risk_exposures, risk_stops;

/* --- the newest run (risk_var.c); NULL while there is none */
const struct qf_risk_run *risk_run_of(const struct tui_app *app);
/* A panel's look with the age of the run, and the reason when it could not be had. */
void risk_run_look(const struct risk *x, const struct tui_view *v, const struct tui_panel_look *look,
                   struct tui_panel_look *ret);
/* The sentence that stands where figures would, "" when there are figures. */
const char *risk_run_missing(const struct qf_risk_run *run);
void risk_draw_var(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_days(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);

/* --- panels drawn by hand round a list */
void risk_draw_states(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_limits(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_breakers(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_components(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_stress(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_sides(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_exposure(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);
void risk_draw_correlation(void *screen, const struct tui_view *v, struct tui_rect r,
                           const struct tui_panel_look *look);
void risk_draw_requests(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look);

/* "Daily loss"; in a list of the whole desk "mrv-us loss". */
void risk_breaker_name(const struct qf_breaker *b, char *out, size_t cap);
/* A figure or level of that breaker in its unit. width as in format.h. */
void risk_breaker_value(int32_t code, qf_money v, bool level, char out[TUI_FMT], int width);

void risk_layout(struct risk *x, const struct tui_view *v, struct tui_rect body);

/* --- dialogs */
void risk_edit_limit(struct tui_app *app, const struct qf_limit *l); /* NULL: a new one */
void risk_edit_breaker(struct tui_app *app, const struct qf_breaker *b);
void risk_ask_rearm(struct tui_app *app, const struct qf_breaker *b);
void risk_ask_resume(struct tui_app *app, const struct qf_trading_state *s);
void risk_say_state(struct tui_app *app, const struct qf_trading_state *s);
void risk_say_limit(struct tui_app *app, const struct qf_limit *l);
void risk_say_breaker(struct tui_app *app, const struct qf_breaker *b);
void risk_say_component(struct tui_app *app, const struct qf_risk_component *k);
void risk_say_run(struct tui_app *app);
/* The scenarios and what they would do; one of them name by name; a new one. */
void risk_open_stress(struct tui_app *app);
void risk_open_scenario(struct tui_app *app, const char *name);
/* The plan that closes all positions, or those of a strategy; then its own confirmation. */
void risk_open_flatten(struct tui_app *app, const char *strategy);

#endif
