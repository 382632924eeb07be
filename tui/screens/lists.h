/* Lists that more than one screen shows. Their ctx is a struct cells. */
#ifndef QF_TUI_LISTS_H
#define QF_TUI_LISTS_H

#include "tui/table.h"

extern const struct tui_table_def risk_approvals, overview_fills;

#endif
