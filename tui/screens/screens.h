/* The table of screens of this release, and what they open across their borders. */
#ifndef QF_TUI_SCREENS_H
#define QF_TUI_SCREENS_H

#include "tui/app.h"

extern const struct tui_screen screen_login, screen_overview, screen_live, screen_risk, screen_performance,
    screen_system, screen_admin;
extern const struct tui_screen *const screens_all[]; /* NULL at the end; without login */

/* The order ticket for a symbol (may be ""), side a value of enum qf_side. docked: at the right of wide screens. */
struct tui_dialog *ticket_new(struct tui_app *app, int32_t side, const char *symbol);
/* What stands where a docked ticket would, while none is open. */
void ticket_idle(const struct tui_view *v, struct tui_rect r, const char *symbol);
/* Why a ticket cannot be opened in the desk's present state ("" = it can). */
const char *trading_why_not(struct tui_app *app, enum tui_action action);
/* An order, its fills and where it stands. */
void order_detail_open(struct tui_app *app, int64_t id);
/* What the gate says to a working order now. */
void why_open(struct tui_app *app, int64_t id);
/* The live screen with its positions filtered by a symbol. */
void positions_open(struct tui_app *app, const char *symbol);
/* An instrument and its market. */
void instrument_open(struct tui_app *app, const char *symbol);
/* Cancel these orders / close this position, after the effect was shown. */
void cancel_open(struct tui_app *app, const struct qf_order *const *orders, size_t n);
void close_open(struct tui_app *app, const struct qf_position *position);

#endif
