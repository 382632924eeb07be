/* Cells of events, and how limits, controls and states look. */
#include <string.h>

#include "common/str.h"
#include "tui/screens/cells.h"

#define EVENT(row) ((const struct qf_event *)(row))

CELL(event_glyph)
{
    (void)ctx;
    int32_t s = EVENT(row)->severity;
    v->glyph = s == QF_SEV_ERROR ? 0x2588 : s == QF_SEV_WARN ? 0x25b2 : 0x25cf;
    v->ascii = s == QF_SEV_ERROR ? '#' : s == QF_SEV_WARN ? '!' : '*';
    v->glyph_role = s == QF_SEV_ERROR ? TUI_BAD : s == QF_SEV_WARN ? TUI_WARN : TUI_INFO;
}

CELL(event_time)
{
    tui_fmt_brief(v->text, EVENT(row)->at, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

CELL(event_when)
{
    tui_fmt_short(v->text, EVENT(row)->at, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_DIM;
}

CELL(event_source)
{
    (void)ctx;
    v->more = EVENT(row)->source;
    v->role = TUI_INFO;
}

CELL(event_message)
{
    (void)ctx;
    v->more = EVENT(row)->message;
}

CELL(event_read)
{
    bool unread = tui_app_is_unread(((struct cells *)ctx)->app, row);
    qf_str_copy(v->text, sizeof v->text, unread ? "unread" : "");
    v->role = TUI_ACCENT;
}

ORDER_BY(event_newest)
{
    (void)ctx;
    return (EVENT(a)->id < EVENT(b)->id) - (EVENT(a)->id > EVENT(b)->id);
}

void cells_control(char out[TUI_FMT], int32_t control, qf_money v, int width)
{
    switch (control) {
    case QF_CTL_PRICE_BAND:
        tui_fmt_share(out, v, QF_ONE, 2, false);
        break;
    case QF_CTL_MD_STALE:
        tui_fmt_age(out, (int64_t)(v / (QF_ONE / QF_SEC)));
        break;
    case QF_CTL_MSG_RATE:
        tui_fmt_money(out, v, 0, width - 2);
        qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), "/s");
        break;
    case QF_CTL_MAX_QTY:
    case QF_CTL_POSITION:
        tui_fmt_qty(out,
                    (qf_qty)(v > QF_PRICE_MAX    ? QF_PRICE_MAX
                             : v < -QF_PRICE_MAX ? -QF_PRICE_MAX
                                                 : v),
                    v > -QF_PRICE_MAX && v < QF_PRICE_MAX ? tui_decimals_of((int64_t)v) : 0, false, width);
        break;
    default:
        tui_fmt_money(out, v, 0, width);
    }
}

void cells_state(int32_t state, uint32_t *ret_cp, char *ret_ascii, enum tui_role *ret_role)
{
    static const struct {
        uint32_t cp;
        char ascii;
        enum tui_role role;
    } look[QF_desk_state_COUNT] = {
        [QF_STATE_ACTIVE] = {0x25cf, '*', TUI_UP},
        [QF_STATE_CLOSE_ONLY] = {0x2583, '-', TUI_WARN},
        [QF_STATE_CANCEL_ONLY] = {0x2585, '=', TUI_WARN},
        [QF_STATE_HALTED] = {0x2588, '#', TUI_BAD},
    };
    int32_t s = state >= 0 && state < QF_desk_state_COUNT ? state : QF_STATE_HALTED;
    *ret_cp = look[s].cp;
    *ret_ascii = look[s].ascii;
    *ret_role = look[s].role;
}

void cells_limit_scope(const struct qf_limit *l, char *out, size_t cap)
{
    bool plain = l->name[0] && (l->scope == QF_SCOPE_STRATEGY || l->scope == QF_SCOPE_SYMBOL);
    if (plain)
        qf_str_copy(out, cap, l->name);
    else
        qf_str_fmt(out, cap, "%s%s%s", qf_enum_text(&qf_enum_scope, l->scope), l->name[0] ? " " : "", l->name);
}

enum tui_role cells_limit_role(const struct qf_limit *l)
{
    if (!QF_HAS(l, limit, used))
        return TUI_DIM;
    if (l->used >= l->hard)
        return TUI_BAD;
    bool warned = QF_HAS(l, limit, warn) && l->used > l->warn;
    return warned ? TUI_WARN : TUI_UP;
}

const char *cells_name(const char *name)
{
    return name[0] ? name : "(none)";
}

void cells_others(char *out, size_t cap, size_t n)
{
    qf_str_fmt(out, cap, "%zu other%s", n, n == 1 ? "" : "s");
}
