/* Inside of the live screen, as far as the ticket needs it. */
#ifndef QF_TUI_LIVE_IN_H
#define QF_TUI_LIVE_IN_H

#include "tui/app.h"

/* Where a ticket is docked on a terminal of w x h; false when it is too small for that. */
bool live_dock(int w, int h, struct tui_rect *ret);
struct tui_dialog *ticket_check_new(struct tui_app *app, int32_t side, const char *symbol);

#endif
