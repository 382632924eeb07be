/* Inside of the flatten dialog: risk_flatten.c keeps, asks and sends; risk_flatten_draw.c draws. */
#ifndef QF_TUI_FLATTEN_H
#define QF_TUI_FLATTEN_H

#include "tui/app.h"
#include "tui/form.h"

#define FLATTEN_WORD "FLATTEN"

enum flatten_stage {
    FLATTEN_PLAN,    /* what would be done, asked for again all the time it shows */
    FLATTEN_CONFIRM, /* its own confirmation, by the typed word */
    FLATTEN_SENT,    /* waiting for the answer */
    FLATTEN_DONE     /* what was done, as the answer said */
};
enum { FLATTEN_TYPED, FLATTEN_REASON, FLATTEN_LEAVE, FLATTEN_PLACES }; /* of the confirmation */

struct flatten {
    struct tui_dialog d;
    char strategy[25]; /* "" = the firm */
    enum flatten_stage stage;
    struct qf_flatten_plan *plan; /* NULL until the first answer; then also the report */
    struct tui_form form;
    int focus, top, page;
    int64_t plan_call, do_call;
    qf_time planned, next_plan; /* our wall time of the plan, and when to ask again */
    char why[160], ref[65];
    bool unknown; /* nobody knows whether it was done: only the same again may be sent */
};

/* Sums of a plan. Profit is known only where all rows are in the desk's own currency. */
struct flatten_sums {
    int64_t buys, sells;
    qf_money buy_value, sell_value, fees, realizes;
    bool one_currency;
};
void flatten_add_up(const struct tui_app *app, const struct qf_flatten_plan *plan, struct flatten_sums *ret);

void flatten_size(const struct tui_dialog *d, int w, int h, int *ret_w, int *ret_h);
void flatten_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r);

#endif
