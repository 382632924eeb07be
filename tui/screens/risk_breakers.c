/* The breakers: what each sees now against where it trips, and since when it is tripped. */
#include <string.h>

#include "common/str.h"
#include "tui/screens/risk_in.h"

#define BREAKER RISK_BREAKER

static const struct {
    const char *name, *of; /* "Daily loss"; "mrv-us loss" */
} names[QF_breaker_code_COUNT] = {
    [QF_BRK_DAY_LOSS] = {"Daily loss", "loss"},       [QF_BRK_DRAWDOWN] = {"Drawdown", "drawdown"},
    [QF_BRK_LOSS_STREAK] = {"Loss streak", ""},       [QF_BRK_REJECT_STORM] = {"Reject storm", "rejects"},
    [QF_BRK_MESSAGE_RATE] = {"Message rate", "rate"}, [QF_BRK_STALE_FEED] = {"Stale feed", "feed"},
    [QF_BRK_DATABASE] = {"Database", "database"},
};

static bool is_known(int32_t code)
{
    return code >= 0 && code < QF_breaker_code_COUNT;
}

/* One that is about one strategy, not about each or about the firm. */
static bool is_one(const struct qf_breaker *b)
{
    return b->scope == QF_SCOPE_STRATEGY && b->name[0] && strcmp(b->name, "*") != 0;
}

void risk_breaker_name(const struct qf_breaker *b, char *out, size_t cap)
{
    const char *name = is_known(b->code) ? names[b->code].name : "?", *of = is_known(b->code) ? names[b->code].of : "?";
    if (is_one(b) && b->code != QF_BRK_LOSS_STREAK)
        qf_str_fmt(out, cap, "%s %s", b->name, of);
    else
        qf_str_copy(out, cap, name);
}

/* Losses and falls are watched as positive figures and shown as what they are: -28,454, -1.10%. */
void risk_breaker_value(int32_t code, qf_money v, bool level, char out[TUI_FMT], int width)
{
    int64_t small = v > INT32_MAX * (qf_money)QF_ONE ? INT32_MAX : (int64_t)(v / QF_ONE);
    switch (code) {
    case QF_BRK_DAY_LOSS:
        tui_fmt_pnl(out, -v, 0, width);
        break;
    case QF_BRK_DRAWDOWN:
        tui_fmt_share(out, -v, QF_ONE, 2, true);
        break;
    case QF_BRK_MESSAGE_RATE:
        qf_str_fmt(out, TUI_FMT, "%lld/s", (long long)small);
        break;
    case QF_BRK_STALE_FEED:
        if (level)
            tui_fmt_span(out, (int64_t)(v / (QF_ONE / QF_SEC)));
        else
            tui_fmt_age(out, (int64_t)(v / (QF_ONE / QF_SEC)));
        break;
    case QF_BRK_DATABASE:
        tui_fmt_latency(out, (int64_t)(v / (QF_ONE / QF_MS)));
        break;
    default:
        tui_fmt_money(out, v, 0, width);
    }
}

/* --- columns */

static void breaker_label(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_breaker *b = BREAKER(row);
    bool off = !QF_HAS(b, breaker, level);
    (void)ctx;
    risk_breaker_name(b, v->text, sizeof v->text);
    v->glyph = b->tripped ? 0x2588 : off ? 0x25cb : 0x25cf;
    v->ascii = b->tripped ? '#' : off ? 'o' : '*';
    v->glyph_role = b->tripped ? TUI_BAD : off ? TUI_DIM : TUI_UP;
    v->role = off ? TUI_DIM : TUI_TEXT;
}

/* "mrv-us 6", "1 in 60s", "PFE 14s": whose figure it is stands before it where there is room. */
static void breaker_now(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_breaker *b = BREAKER(row);
    char figure[TUI_FMT] = "n/a";
    (void)ctx;
    v->role = b->tripped ? TUI_BAD : QF_HAS(b, breaker, now) ? TUI_TEXT : TUI_DIM;
    if (QF_HAS(b, breaker, now))
        risk_breaker_value(b->code, b->now, false, figure, v->width);
    if (b->code == QF_BRK_REJECT_STORM && b->window_s > 0)
        qf_str_fmt(figure + strlen(figure), sizeof figure - strlen(figure), " in %llds", (long long)b->window_s);
    const char *whose = b->code == QF_BRK_LOSS_STREAK && is_one(b)                        ? b->name
                        : QF_HAS(b, breaker, subject) && strcmp(b->subject, b->name) != 0 ? b->subject
                                                                                          : "";
    if (whose[0] && strlen(whose) + 1 + strlen(figure) <= (size_t)v->width)
        qf_str_fmt(v->text, sizeof v->text, "%s %s", whose, figure);
    else if (whose[0] && b->code == QF_BRK_LOSS_STREAK && strlen(figure) + 3 < (size_t)v->width)
        qf_str_fmt(v->text, sizeof v->text, "%.*s~ %s", v->width - 2 - (int)strlen(figure), whose, figure);
    else
        qf_str_copy(v->text, sizeof v->text, figure);
}

static void breaker_level(void *ctx, const void *row, struct tui_value *v)
{
    const struct risk *x = ctx;
    const struct qf_breaker *b = BREAKER(row);
    v->role = TUI_DIM;
    if (b->tripped && x->since_in_level && QF_HAS(b, breaker, since)) {
        tui_fmt_brief(v->text, b->since, tui_app_desk_now(x->cells.app));
        v->role = TUI_BAD;
    } else if (QF_HAS(b, breaker, level)) {
        risk_breaker_value(b->code, b->level, true, v->text, v->width);
    } else {
        qf_str_copy(v->text, sizeof v->text, "off");
    }
}

static void breaker_bar(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_breaker *b = BREAKER(row);
    (void)ctx;
    if (!QF_HAS(b, breaker, used_bp) || !QF_HAS(b, breaker, level))
        return;
    v->kind = TUI_V_BAR;
    v->role = b->tripped || b->used_bp >= 10000 ? TUI_BAD : b->used_bp >= 8500 ? TUI_WARN : TUI_UP;
    v->permille = b->used_bp / 10;
}

static void breaker_action(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = qf_enum_text(&qf_enum_desk_state, BREAKER(row)->action);
    v->role = TUI_DIM;
}

static void breaker_since(void *ctx, const void *row, struct tui_value *v)
{
    const struct qf_breaker *b = BREAKER(row);
    if (b->tripped && QF_HAS(b, breaker, since))
        tui_fmt_since(v->text, b->since, tui_app_desk_now(((struct cells *)ctx)->app));
    v->role = TUI_BAD;
}

static void breaker_trip(void *ctx, const void *row, struct tui_value *v)
{
    (void)ctx;
    v->more = QF_HAS(BREAKER(row), breaker, trip) ? BREAKER(row)->trip : "";
    v->role = TUI_DIM;
}

static int by_kind(void *ctx, const void *a, const void *b)
{
    const struct qf_breaker *x = BREAKER(a), *y = BREAKER(b);
    (void)ctx;
    return x->code != y->code     ? x->code - y->code
           : x->scope != y->scope ? x->scope - y->scope
                                  : strcmp(x->name, y->name);
}

static const struct tui_column columns[] = {
    {"Breaker", 14, 0, TUI_LEFT, 0, 0, 75, "by kind", breaker_label, by_kind},
    {"Breaker", 24, 0, TUI_LEFT, 0, 76, 0, "by kind", breaker_label, by_kind},
    {"Now", 9, 1, TUI_RIGHT, 2, 0, 47, NULL, breaker_now, NULL},
    {"Now", 14, 1, TUI_RIGHT, 0, 48, 0, NULL, breaker_now, NULL},
    {"Trips at", 8, 1, TUI_RIGHT, 0, 0, 0, NULL, breaker_level, NULL},
    {"Used", 8, 2, TUI_LEFT, 0, 60, 0, NULL, breaker_bar, NULL},
    {"Raises to", 11, 2, TUI_LEFT, 0, 52, 0, NULL, breaker_action, NULL},
    {"Since", 10, 1, TUI_RIGHT, 0, 90, 0, NULL, breaker_since, NULL},
    {"What it saw", 30, 2, TUI_LEFT, 2, 120, 0, NULL, breaker_trip, NULL},
};
const struct tui_table_def risk_breakers = {.title = "Breakers",
                                            .empty = "no breakers: the desk has none",
                                            .rec = &qf_rec_breaker,
                                            .columns = columns,
                                            .columns_n = (int)QF_LEN(columns),
                                            .sort = 0,
                                            .bare = true,
                                            .plain = true};

/* --- the panel: tripped ones in the heading, and a last line that says since when */

static const struct qf_breaker *newest_trip(const struct tui_table *t, int *ret_tripped)
{
    const void *const *rows;
    size_t n = tui_table_view(t, &rows);
    const struct qf_breaker *newest = NULL;
    *ret_tripped = 0;
    for (size_t i = 0; i < n; i++) {
        const struct qf_breaker *b = rows[i];
        *ret_tripped += b->tripped;
        if (b->tripped && (!newest || b->since > newest->since))
            newest = b;
    }
    return newest;
}

static void draw_line(const struct tui_view *v, struct tui_rect r, const struct qf_breaker *trip, int tripped)
{
    char since[TUI_FMT] = "", text[96];
    if (!trip) {
        tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, "none tripped");
        return;
    }
    tui_fmt_brief(since, trip->since, v->now);
    qf_str_fmt(text, sizeof text, tripped > 1 ? "newest %s; people re-arm" : "since %s; people re-arm", since);
    tui_text_fit(v->canvas, r.x, r.y, r.w, TUI_DIM, text);
}

void risk_draw_breakers(void *screen, const struct tui_view *v, struct tui_rect r, const struct tui_panel_look *look)
{
    struct risk *x = screen;
    struct tui_table *t = x->board.panes[PANE_BREAKERS].table;
    struct tui_panel_look own = *look;
    char title[96];
    int tripped, inner = r.x + r.w < tui_canvas_w(v->canvas) ? r.w - 1 : r.w;
    const struct qf_breaker *trip = newest_trip(t, &tripped);
    const void *const *rows;
    size_t n = tui_table_view(t, &rows);
    bool line = !look->look.loading && n > 0 && r.h > tui_table_height(t);
    own.look.age = look->look.age ? own.age : NULL;
    x->since_in_level = !line && inner < 90;
    if (n == tui_table_all(t) && !look->look.loading) {
        int room = r.h - 1 - line;
        char cut[16] = "";
        if (room < (int)n)
            qf_str_fmt(cut, sizeof cut, " %d of", room);
        qf_str_fmt(title, sizeof title, "Breakers%s %zu, %d tripped", cut, n, tripped);
        own.look.title = title;
    }
    tui_table_draw(t, v->canvas, (struct tui_rect){r.x, r.y, r.w, r.h - line}, &own.look);
    if (line)
        draw_line(v, (struct tui_rect){r.x, r.y + tui_table_height(t), inner, 1}, trip, tripped);
}
