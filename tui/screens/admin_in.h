/* Inside of the admin screen: admin.c keeps and acts, admin_lists.c has the lists. */
#ifndef QF_TUI_ADMIN_IN_H
#define QF_TUI_ADMIN_IN_H

#include "tui/screens/board.h"
#include "tui/screens/cells.h"

enum { PANE_USERS, PANE_SESSIONS, PANE_REQUESTS, PANE_AUDIT };

struct admin {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
    struct qf_audit_page *page; /* rows from before the topic's first; NULL until answered */
    const void **audit_rows;
    int64_t page_call, verify_call;
    int verified; /* 1 holds, -1 broken, 0 not asked */
    qf_time verified_at;
    char verdict[48];
};

void admin_panes(struct admin *x);

#endif
