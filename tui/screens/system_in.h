/* Inside of the system screen: system.c keeps and asks, system_panes.c draws. */
#ifndef QF_TUI_SYSTEM_IN_H
#define QF_TUI_SYSTEM_IN_H

#include "tui/screens/board.h"
#include "tui/screens/cells.h"

enum { PANE_MACHINE, PANE_QFD, PANE_LATENCY, PANE_DB, PANE_EVENTS, PANE_FEEDS };

struct system_screen {
    struct cells cells; /* first: it is the ctx of all columns */
    struct board board;
    int method;                 /* enum qf_cmd_id whose latency shows */
    struct qf_latency *latency; /* NULL until answered */
    qf_time latency_at;
    struct qf_event_list *older; /* a page from before the topic's first row */
    const void **event_rows;
    int64_t samples_call, latency_call, events_call;
};

void system_panes(struct system_screen *x);
void system_layout(struct system_screen *x, const struct tui_view *v, struct tui_rect body);

#endif
