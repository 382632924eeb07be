/* One value of a record as people read it. */
#include "tui/cli_cell.h"

#include <math.h>
#include <string.h>

#include "common/str.h"
#include "tui/format.h"

const char *cli_money(qf_i128 v, int decimals, bool sign)
{
    static char text[8][QF_DEC_TEXT + 16];
    static unsigned at;
    char *out = text[at++ % 8];
    qf_dec_pretty(v, QF_SCALE, decimals, true, sign, out);
    return out;
}

bool cli_is_decimal(enum qf_type t)
{
    return t == QF_T_price || t == QF_T_qty || t == QF_T_money || t == QF_T_cost;
}

qf_i128 cli_decimal(const struct qf_field *f, const void *row)
{
    const char *p = (const char *)row + f->off;
    return f->type == QF_T_price || f->type == QF_T_qty ? (qf_i128)*(const int64_t *)p : *(const qf_i128 *)p;
}

/* Decimals its shortest exact form has, at least so many. */
static int shortest(qf_i128 v, int scale, int least)
{
    int d = scale;
    for (; d > least && v % 10 == 0; d--) v /= 10;
    return d;
}

/* ---------------------------------------------------------------- statistics: no printf of a double, a point stays a point */

static int figures_after_point(double v)
{
    int d = 3;
    v = fabs(v);
    if (v == trunc(v)) return 0;
    if (v >= 1000) return 2;
    for (; v >= 10 && d > 1; d--) v /= 10;
    for (; v > 0 && v < 1 && d < 8; d++) v *= 10;
    return d;
}

void cli_ratio(double v, int decimals, bool sign, char *out)
{
    if (!isfinite(v)) {
        qf_str_copy(out, CLI_CELL, "n/a");
        return;
    }
    if (fabs(v) >= 1e29) { /* beyond what is counted exactly here, and no figure of a desk */
        qf_str_copy(out, CLI_CELL, v > 0 ? "> 10^29" : "< -10^29");
        return;
    }
    int d = decimals >= 0 ? decimals : figures_after_point(v);
    qf_i128 exact = (qf_i128)v * 100000000 + llround((v - trunc(v)) * 1e8);
    qf_dec_pretty(exact, 8, d, true, sign, out);
}

static void percent(qf_i128 v, int scale, int decimals, bool sign, char *out)
{
    size_t n = qf_dec_pretty(v, scale, decimals, true, sign, out);
    qf_str_copy(out + n, CLI_CELL - n, "%");
}

static void share(double v, int decimals, bool sign, char *out)
{
    cli_ratio(v * 100, decimals < 0 ? 2 : decimals, sign, out);
    if (isfinite(v)) qf_str_copy(out + strlen(out), 2, "%");
}

/* ---------------------------------------------------------------- levels of controls and breakers */

static void pieces(qf_i128 v, const char *unit, char *out)
{
    size_t n = qf_dec_pretty(v, QF_SCALE, shortest(v, QF_SCALE, 0), true, false, out);
    qf_str_copy(out + n, CLI_CELL - n, unit);
}

static void seconds(qf_i128 v, char *out)
{
    pieces(v / (QF_ONE / 10) * (QF_ONE / 10), "s", out);
}

static void span(qf_i128 us, char *out)
{
    if (us < QF_SEC)
        tui_fmt_latency(out, us < 0 ? 0 : (int64_t)us);
    else
        seconds(us * (QF_ONE / QF_SEC), out);
}

void cli_control_level(int32_t control, qf_i128 v, char *out)
{
    switch (control) {
    case QF_CTL_PRICE_BAND: percent(v, QF_SCALE - 2, 2, false, out); break;
    case QF_CTL_MD_STALE: seconds(v, out); break;
    case QF_CTL_MSG_RATE: pieces(v, "/s", out); break;
    case QF_CTL_MAX_QTY:
    case QF_CTL_POSITION:
    case QF_CTL_LOT:
    case QF_CTL_DUPLICATE:
    case QF_CTL_CAPACITY: pieces(v, "", out); break;
    case QF_CTL_TICK: qf_dec_pretty(v, QF_SCALE, shortest(v, QF_SCALE, 2), true, false, out); break;
    default: qf_dec_pretty(v, QF_SCALE, 2, true, false, out);
    }
}

void cli_breaker_level(int32_t code, qf_i128 v, char *out)
{
    switch (code) {
    case QF_BRK_DAY_LOSS: qf_dec_pretty(v, QF_SCALE, 2, true, false, out); break;
    case QF_BRK_DRAWDOWN: percent(v, QF_SCALE - 2, 2, false, out); break;
    case QF_BRK_MESSAGE_RATE: pieces(v, "/s", out); break;
    case QF_BRK_STALE_FEED: seconds(v, out); break;
    case QF_BRK_DATABASE: span(v / (QF_ONE / 1000), out); break;
    default: pieces(v, "", out);
    }
}

/* What the row is about says in which unit its figures are. */
static void level(const struct qf_rec *rec, const void *row, qf_i128 v, char *out)
{
    const struct qf_field *control = qf_rec_field(rec, "control", 7), *code = qf_rec_field(rec, "code", 4);
    if (control && control->en == &qf_enum_control_code)
        cli_control_level(*(const int32_t *)((const char *)row + control->off), v, out);
    else if (code && code->en == &qf_enum_breaker_code)
        cli_breaker_level(*(const int32_t *)((const char *)row + code->off), v, out);
    else
        pieces(v, "", out);
}

/* ---------------------------------------------------------------- decimals and times */

/* Decimals a tick of 0.01 asks for: 2. */
static int tick_decimals(const struct qf_rec *rec, const void *row)
{
    const struct qf_field *f = qf_rec_field(rec, "tick", 4);
    return tui_decimals(f ? *(const int64_t *)((const char *)row + f->off) : 0);
}

/* A crypto currency is counted in its eighth decimal; two would show nothing of it. */
static int money_decimals(const struct qf_rec *rec, const void *row, int otherwise)
{
    static const char *const fine[] = {"BTC", "XBT", "ETH"};
    const struct qf_field *f = qf_rec_field(rec, "currency", 8);
    for (size_t i = 0; f && i < QF_LEN(fine); i++)
        if (qf_str_eq(fine[i], (const char *)row + f->off)) return QF_SCALE;
    return otherwise;
}

static void decimal_text(const struct cli_column *c, const struct qf_rec *rec, const void *row, char *out)
{
    const struct qf_field *f = c->f;
    const qf_i128 v = cli_decimal(f, row);
    int scale = f->type == QF_T_cost ? 2 * QF_SCALE : QF_SCALE, d = c->decimals;
    if (d >= 0 && f->type == QF_T_money) d = money_decimals(rec, row, d);
    if (c->tick) d = tick_decimals(rec, row) + c->more;
    if (d < 0) d = shortest(v, scale, f->type == QF_T_qty ? 0 : 2); /* the shortest exact form; prices have at least two */
    qf_dec_pretty(v, scale, d > scale ? scale : d, true, c->sign, out);
}

void cli_sum(const struct cli_column *c, const struct qf_rec *rec, const void *rows, char *out)
{
    qf_dec_pretty(c->sum, QF_SCALE, money_decimals(rec, rows, c->decimals < 0 ? 2 : c->decimals), true, c->sign, out);
}

void cli_time(qf_time t, char *out)
{
    tui_fmt_time(out, t, qf_now_wall());
}

static void age_text(qf_time t, char *out)
{
    tui_fmt_span(out, qf_now_wall() - t);
}

static void day_text(qf_time t, char *out)
{
    struct qf_civil c;
    qf_time_civil(t, &c);
    qf_str_fmt(out, CLI_CELL, "%04d-%02d-%02d", c.year, c.month, c.day);
}

/* ---------------------------------------------------------------- a cell */

static void special_text(const struct cli_column *c, const struct qf_rec *rec, const void *row, char *out)
{
    const void *p = (const char *)row + c->f->off;
    const int64_t n = c->f->type == QF_T_i64 || c->f->type == QF_T_time ? *(const int64_t *)p : 0;
    switch (c->kind) {
    case CLI_BP: percent(n, 2, c->decimals < 0 ? shortest(n, 2, 0) : c->decimals, c->sign, out); break;
    case CLI_CENTI: qf_dec_pretty(n, 2, 2, true, c->sign, out); break;
    case CLI_SHARE: share(*(const double *)p, c->decimals, c->sign, out); break;
    case CLI_AGE: age_text(n, out); break;
    case CLI_DAY: day_text(n, out); break;
    case CLI_SPAN: span(n, out); break;
    case CLI_SECONDS: qf_str_fmt(out, CLI_CELL, n ? "%llds" : "-", (long long)n); break;
    case CLI_BYTES: tui_fmt_bytes(out, n); break;
    case CLI_COUNT: qf_dec_pretty(n, 0, 0, true, false, out); break;
    default: level(rec, row, cli_decimal(c->f, row), out);
    }
}

static void plain_text(const struct cli_column *c, const struct qf_rec *rec, const void *row, char *out)
{
    const void *p = (const char *)row + c->f->off;
    if (cli_is_decimal(c->f->type))
        decimal_text(c, rec, row, out);
    else if (c->f->type == QF_T_real)
        cli_ratio(*(const double *)p, c->decimals, c->sign, out);
    else if (c->f->type == QF_T_time)
        cli_time(*(const qf_time *)p, out);
    else
        qf_field_text(c->f, rec, row, out, CLI_CELL);
}

void cli_cell(const struct cli_column *c, const struct qf_rec *rec, const void *row, char *out)
{
    out[0] = 0;
    if (!qf_rec_has(rec, row, c->f))
        qf_str_copy(out, CLI_CELL, c->defined ? "n/a" : "-");
    else if (c->kind == CLI_PLAIN)
        plain_text(c, rec, row, out);
    else
        special_text(c, rec, row, out);
    cli_make_safe(out); /* it may have been typed by anybody */
}
