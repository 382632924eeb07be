/* Inside of the order ticket: ticket.c keeps, asks and sends; ticket_draw.c draws. */
#ifndef QF_TUI_TICKET_H
#define QF_TUI_TICKET_H

#include "tui/form.h"
#include "tui/screens/cells.h"
#include "tui/screens/screens.h"

enum { TICKET_QUANTITY, TICKET_TYPE, TICKET_PRICE, TICKET_TIF, TICKET_ACCOUNT, TICKET_SYMBOL, TICKET_FIELDS };

enum ticket_stage {
    TICKET_EDIT,
    TICKET_REVIEW,  /* said in words; y sends */
    TICKET_SENT,    /* waiting for the answer */
    TICKET_REFUSED, /* the refusal, with its numbers */
    TICKET_UNKNOWN, /* nobody knows whether it was taken: asked again with the same reference */
    TICKET_OVER
};

struct ticket {
    struct tui_dialog d;
    struct cells cells;
    struct tui_form form;
    int32_t side;
    bool check_only;
    enum ticket_stage stage;
    /* pre-check */
    uint64_t typed, asked, answered; /* hash of what the form holds, was asked for, and the report answers */
    qf_time typed_at, asked_at;      /* our wall time */
    int64_t check_call;
    struct qf_gate_report *report; /* NULL until the first answer */
    char why[160];                 /* what is wrong with the form or the check */
    /* sending */
    struct qf_order_place order;
    int64_t place_call;
    qf_time retry_at;
    struct qf_refusal refusal;
    char reason[40];
};

/* The order as typed; false and why when a field is wrong. */
bool ticket_read(const struct ticket *x, struct qf_order_check *ret, char *why, size_t cap);
/* The report answers what the form holds now. */
bool ticket_checked(const struct ticket *x);
/* Both sides of the market in one line: "bid 121.44 x 1,200   ask 121.46 x 900". */
void ticket_market(const struct cells *cells, const char *symbol, char *out, size_t cap);
/* The controls that fit into r, worst first; the last line names those that simply pass. */
void ticket_draw_checks(const struct tui_view *v, struct tui_rect r, const struct qf_gate_report *g);
void ticket_draw(struct tui_dialog *d, const struct tui_view *v, struct tui_rect r);

#endif
