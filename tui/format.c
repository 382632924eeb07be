#include "tui/format.h"

#include <string.h>

#include "common/str.h"

/* Rounding can leave a sign before nothing but zeros. */
static void drop_sign_of_zero(char *text)
{
    if ((text[0] == '+' || text[0] == '-') && strspn(text + 1, "0.,") == strlen(text + 1))
        memmove(text, text + 1, strlen(text));
}

static void decimal(char *out, qf_i128 v, int scale, int decimals, bool sign)
{
    char text[QF_DEC_TEXT * 2];
    qf_dec_pretty(v, scale, decimals, true, sign, text);
    drop_sign_of_zero(text);
    qf_str_copy(out, TUI_FMT, text);
}

static void compact(char *out, qf_i128 v, int scale, bool sign)
{
    static const struct {
        int shift;
        const char *unit;
    } units[] = {{3, "k"}, {6, "M"}, {9, "G"}, {12, "T"}};
    qf_i128 limit = 1000;
    for (int i = 0; i < scale; i++)
        limit *= 10;
    size_t u = 0;
    for (qf_i128 a = qf_abs128(v) / 1000; a >= limit && u + 1 < QF_LEN(units); a /= 1000)
        u++;
    int shift = scale + units[u].shift;
    for (; shift > 18; shift--) /* more decimals than can be written; two are */
        v = qf_div_even(v, 10);
    decimal(out, v, shift, 2, sign);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), units[u].unit);
}

static void amount(char *out, qf_i128 v, int decimals, int width, bool sign)
{
    decimal(out, v, QF_SCALE, decimals, sign);
    if (width > 0 && strlen(out) > (size_t)width)
        compact(out, v, QF_SCALE, sign);
}

void tui_fmt_money(char out[TUI_FMT], qf_money v, int decimals, int width)
{
    amount(out, v, decimals, width, false);
}

void tui_fmt_pnl(char out[TUI_FMT], qf_money v, int decimals, int width)
{
    amount(out, v, decimals, width, true);
}

enum tui_role tui_sign_role(qf_i128 v)
{
    return v > 0 ? TUI_UP : v < 0 ? TUI_DOWN : TUI_DIM;
}

uint32_t tui_sign_glyph(qf_i128 v)
{
    return v > 0 ? 0x25b2 : v < 0 ? 0x25bc : ' ';
}

qf_money tui_cost_money(qf_cost v)
{
    return qf_div_even(v, QF_ONE);
}

int tui_decimals_of(int64_t v)
{
    int n = 8;
    if (v == 0)
        return 0;
    while (n > 0 && v % 10 == 0) {
        v /= 10;
        n--;
    }
    return n;
}

int tui_decimals(int64_t step)
{
    return step <= 0 ? 2 : tui_decimals_of(step);
}

static void drop_commas(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if (*p != ',')
            *to++ = *p;
    *to = '\0';
}

/* A price or quantity in a column that may be too narrow: without commas, then with fewer decimals, then in k, M or G.
 */
static void squeeze(char *out, qf_i128 v, int decimals, bool sign, int width)
{
    decimal(out, v, QF_SCALE, decimals, sign);
    if (width <= 0 || strlen(out) <= (size_t)width)
        return;
    drop_commas(out);
    for (int d = decimals - 1; d >= 0 && strlen(out) > (size_t)width; d--) {
        decimal(out, v, QF_SCALE, d, sign);
        drop_commas(out);
    }
    if (strlen(out) > (size_t)width)
        compact(out, v, QF_SCALE, sign);
}

void tui_fmt_price(char out[TUI_FMT], qf_price v, int decimals, int width)
{
    squeeze(out, v, decimals, false, width);
}

void tui_fmt_qty(char out[TUI_FMT], qf_qty v, int decimals, bool sign, int width)
{
    squeeze(out, v, decimals, sign, width);
}

void tui_fmt_size(char out[TUI_FMT], qf_qty v)
{
    static const char *const units[] = {"", "k", "M", "G", "T"};
    int64_t whole = qf_abs64(v) / QF_ONE, unit = 1;
    size_t u = 0;
    if (v != 0 && whole < 10) {
        decimal(out, v, QF_SCALE, whole < 1 ? 4 : 2, false);
        return;
    }
    while (whole / unit >= 1000 && u + 1 < QF_LEN(units)) {
        unit *= 1000;
        u++;
    }
    int64_t figures = whole / unit;
    int decimals = u == 0 || figures >= 100 ? 0 : figures >= 10 ? 1 : 2;
    int shift = QF_SCALE + (int)u * 3;
    decimal(out, shift > 18 ? v / 100 : v, shift > 18 ? 18 : shift, decimals, false);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), units[u]);
}

void tui_fmt_count(char out[TUI_FMT], int64_t v)
{
    decimal(out, v, 0, 0, false);
}

void tui_fmt_bp(char out[TUI_FMT], int64_t bp, int decimals, bool sign)
{
    decimal(out, bp, 2, decimals, sign);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), "%");
}

void tui_fmt_share(char out[TUI_FMT], qf_i128 part, qf_i128 whole, int decimals, bool sign)
{
    qf_i128 share;
    if (whole == 0 || qf_muldiv(part, 1000000, whole, &share) != QF_OK) {
        qf_str_copy(out, TUI_FMT, "n/a");
        return;
    }
    decimal(out, share, 4, decimals, sign);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), "%");
}

void tui_fmt_age(char out[TUI_FMT], int64_t us)
{
    us = us < 0 ? 0 : us;
    if (us < 9950000)
        qf_str_fmt(out, TUI_FMT, "%lld.%llds", (long long)((us + 50000) / QF_SEC),
                   (long long)((us + 50000) / 100000 % 10));
    else if (us < QF_MIN)
        qf_str_fmt(out, TUI_FMT, "%llds", (long long)(us / QF_SEC));
    else if (us < QF_HOUR)
        qf_str_fmt(out, TUI_FMT, "%lldm", (long long)(us / QF_MIN));
    else if (us < QF_DAY)
        qf_str_fmt(out, TUI_FMT, "%lldh", (long long)(us / QF_HOUR));
    else
        qf_str_fmt(out, TUI_FMT, "%lldd", (long long)(us / QF_DAY));
}

void tui_fmt_span(char out[TUI_FMT], int64_t us)
{
    us = us < 0 ? 0 : us;
    if (us < QF_MIN)
        qf_str_fmt(out, TUI_FMT, "%llds", (long long)(us / QF_SEC));
    else
        tui_fmt_age(out, us);
}

void tui_fmt_deadline(char out[TUI_FMT], int64_t us)
{
    us = us < 0 ? 0 : us;
    long long d = us / QF_DAY, h = us / QF_HOUR % 24, m = us / QF_MIN % 60, s = us / QF_SEC % 60;
    if (d > 0)
        qf_str_fmt(out, TUI_FMT, "%lldd %lldh", d, h);
    else if (h > 0)
        qf_str_fmt(out, TUI_FMT, "%lldh %02lldm", h, m);
    else if (m > 0)
        qf_str_fmt(out, TUI_FMT, "%lldm %02llds", m, s);
    else
        qf_str_fmt(out, TUI_FMT, "%llds", s);
}

void tui_fmt_latency(char out[TUI_FMT], int64_t us)
{
    us = us < 0 ? 0 : us;
    if (us < 995)
        decimal(out, us, 3, 2, false);
    else if (us < 9950)
        decimal(out, us, 3, 1, false);
    else if (us < 1000000)
        decimal(out, us, 3, 0, false);
    else
        decimal(out, us, 6, 1, false);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), us < 1000000 ? "ms" : "s");
}

void tui_fmt_link(char out[TUI_FMT], int64_t us)
{
    if (us >= 1000000) {
        tui_fmt_latency(out, us);
        return;
    }
    decimal(out, us < 0 ? 0 : us, 3, us < 9950 ? 1 : 0, false);
    qf_str_copy(out + strlen(out), TUI_FMT - strlen(out), "ms");
}

void tui_fmt_clock(char out[TUI_FMT], qf_time t)
{
    struct qf_civil v;
    qf_time_civil(t, &v);
    qf_str_fmt(out, TUI_FMT, "%02d:%02d:%02d", v.hour, v.minute, v.second);
}

void tui_fmt_exact(char out[TUI_FMT], qf_time t)
{
    struct qf_civil v;
    qf_time_civil(t, &v);
    qf_str_fmt(out, TUI_FMT, "%02d:%02d:%02d.%03d", v.hour, v.minute, v.second, v.us / 1000);
}

static bool same_day(qf_time a, qf_time b)
{
    return qf_time_day(a) == qf_time_day(b);
}

void tui_fmt_time(char out[TUI_FMT], qf_time t, qf_time now)
{
    struct qf_civil v;
    out[0] = '\0';
    if (t == 0)
        return;
    if (same_day(t, now)) {
        tui_fmt_clock(out, t);
        return;
    }
    qf_time_civil(t, &v);
    qf_str_fmt(out, TUI_FMT, "%04d-%02d-%02d %02d:%02d", v.year, v.month, v.day, v.hour, v.minute);
}

void tui_fmt_since(char out[TUI_FMT], qf_time t, qf_time now)
{
    tui_fmt_time(out, t, now);
    if (strlen(out) > 10)
        out[10] = '\0';
}

static const char *month_name(int month)
{
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return months[month - 1];
}

void tui_fmt_brief(char out[TUI_FMT], qf_time t, qf_time now)
{
    struct qf_civil v, n;
    qf_time_civil(t, &v);
    qf_time_civil(now, &n);
    if (t == 0)
        out[0] = '\0';
    else if (same_day(t, now))
        tui_fmt_clock(out, t);
    else if (v.year == n.year)
        qf_str_fmt(out, TUI_FMT, "%02d %s", v.day, month_name(v.month));
    else
        qf_str_fmt(out, TUI_FMT, "%s %d", month_name(v.month), v.year);
}

void tui_fmt_short(char out[TUI_FMT], qf_time t, qf_time now)
{
    struct qf_civil v, n;
    qf_time_civil(t, &v);
    qf_time_civil(now, &n);
    if (t == 0)
        out[0] = '\0';
    else if (same_day(t, now))
        tui_fmt_clock(out, t);
    else if (v.year == n.year)
        qf_str_fmt(out, TUI_FMT, "%02d %s %02d:%02d", v.day, month_name(v.month), v.hour, v.minute);
    else
        qf_str_fmt(out, TUI_FMT, "%02d %s %d", v.day, month_name(v.month), v.year);
}

void tui_fmt_axis(char out[TUI_FMT], qf_time t, int64_t span)
{
    struct qf_civil v;
    qf_time_civil(t, &v);
    if (span < 2 * QF_DAY)
        qf_str_fmt(out, TUI_FMT, "%02d:%02d", v.hour, v.minute);
    else if (span > 300 * QF_DAY)
        qf_str_fmt(out, TUI_FMT, "%s %02d", month_name(v.month), v.year % 100);
    else
        qf_str_fmt(out, TUI_FMT, "%02d %s", v.day, month_name(v.month));
}

void tui_fmt_bytes(char out[TUI_FMT], int64_t v)
{
    static const char units[] = "BKMGTPE";
    size_t u = 0;
    double x = (double)(v < 0 ? 0 : v);
    while (x >= 1023.5 && u + 2 < sizeof units) {
        x /= 1024;
        u++;
    }
    qf_str_fmt(out, TUI_FMT, u > 0 && x < 9.95 ? "%.1f%c" : "%.0f%c", x, units[u]);
}
