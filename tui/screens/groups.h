/* Positions added up by sector or by book: a panel of rows that together are the desk's net. */
#ifndef QF_TUI_GROUPS_H
#define QF_TUI_GROUPS_H

#include "tui/app.h"

enum groups_by { GROUPS_SECTOR, GROUPS_BOOK };

/* How many there are now. */
int groups_count(const struct tui_app *app, enum groups_by by);
/* The panel with its heading. Rows without room are one ("3 others"), so that the column still adds up. */
void groups_draw(const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look, enum groups_by by);

#endif
