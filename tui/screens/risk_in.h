/* Inside of the risk screen: risk.c keeps and acts, risk_lists.c has the lists. */
#ifndef QF_TUI_RISK_IN_H
#define QF_TUI_RISK_IN_H

#include "tui/screens/board.h"
#include "tui/screens/cells.h"
#include "tui/screens/lists.h"

enum { PANE_STATES, PANE_LIMITS, PANE_EXPOSURE, PANE_NAMES, PANE_SECTORS, PANE_BOOKS, PANE_STOPS, PANE_APPROVALS };

struct risk {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
};

/* risk_states needs a struct risk as its ctx, for the tree; the others any struct cells. */
extern const struct tui_table_def risk_states, risk_limits, risk_names, risk_stops;

#endif
