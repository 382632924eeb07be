/* Numbers and times as people read them, from exact decimals. Never "nan", "-0.00" or an epoch date: what is not there
 * is "n/a" or empty, and zero has no sign. Every text ends within TUI_FMT bytes. */
#ifndef QF_TUI_FORMAT_H
#define QF_TUI_FORMAT_H

#include "common/clock.h"
#include "common/money.h"
#include "tui/style.h"

#define TUI_FMT 64

/* --- amounts. width: columns there are; a text too long for them is given in k, M or G with two decimals (10.97M); 0 =
 * any. */
/* "2,186,100.00" */
void tui_fmt_money(char out[TUI_FMT], qf_money v, int decimals, int width);
/* Profit or change: "+57,145.70", "-15,193.40", "0.00". */
void tui_fmt_pnl(char out[TUI_FMT], qf_money v, int decimals, int width);
/* Up, down, or dim for zero. */
enum tui_role tui_sign_role(qf_i128 v);
/* The glyph that stands left of a profit: U+25B2, U+25BC, blank for zero. */
uint32_t tui_sign_glyph(qf_i128 v);
/* An exact cost at 10^-16 as money. */
qf_money tui_cost_money(qf_cost v);

/* --- prices and quantities */
/* Decimals a step needs: 0.01 -> 2, 5 -> 0, 0.00000001 -> 8. 2 when the step is not known (<= 0). */
int tui_decimals(int64_t step);
/* Decimals this very value needs, 0 to 8. */
int tui_decimals_of(int64_t v);
/* width as above; before anything is rounded the commas go, then decimals. */
void tui_fmt_price(char out[TUI_FMT], qf_price v, int decimals, int width);
void tui_fmt_qty(char out[TUI_FMT], qf_qty v, int decimals, bool sign, int width);
/* Three figures and k, M or G: "41.9M", "412k", "38". */
void tui_fmt_size(char out[TUI_FMT], qf_qty v);
void tui_fmt_count(char out[TUI_FMT], int64_t v);

/* --- shares */
/* From 1/10,000: 9101 -> "91.01%", with decimals 0 "91%". */
void tui_fmt_bp(char out[TUI_FMT], int64_t bp, int decimals, bool sign);
/* part / whole; "n/a" when whole is 0. */
void tui_fmt_share(char out[TUI_FMT], qf_i128 part, qf_i128 whole, int decimals, bool sign);

/* --- spans and times */
/* One unit: "0.3s" "14s" "3m" "2h" "4d". Negative spans (clocks differ a little) are 0. */
void tui_fmt_age(char out[TUI_FMT], int64_t us);
/* The same in whole seconds: "0s" "14s" "3m". */
void tui_fmt_span(char out[TUI_FMT], int64_t us);
/* Two units, for deadlines: "1h 12m" "3m 05s" "14s". */
void tui_fmt_deadline(char out[TUI_FMT], int64_t us);
/* "0.61ms" "2.1ms" "250ms" "1.2s" */
void tui_fmt_latency(char out[TUI_FMT], int64_t us);
/* The link's: "0.4ms", from 10 ms on "12ms", from a second on "1.3s". */
void tui_fmt_link(char out[TUI_FMT], int64_t us);
/* "14:31:52" on the day of now, else "2026-09-23 17:02". 0 gives "". */
void tui_fmt_time(char out[TUI_FMT], qf_time t, qf_time now);
/* "14:31:52" on the day of now, else "2026-09-23". */
void tui_fmt_since(char out[TUI_FMT], qf_time t, qf_time now);
/* In 8 columns: "14:31:52" on the day of now, else "23 Sep", in another year "Dec 2025". */
void tui_fmt_brief(char out[TUI_FMT], qf_time t, qf_time now);
/* In 12 columns: "14:31:52" on the day of now, else "23 Sep 17:02", in another year "31 Dec 2025". */
void tui_fmt_short(char out[TUI_FMT], qf_time t, qf_time now);
/* "14:33:02.118" */
void tui_fmt_exact(char out[TUI_FMT], qf_time t);
void tui_fmt_clock(char out[TUI_FMT], qf_time t); /* "14:32:07" */
/* An axis label: "26 Jun", "14:30" when the axis is shorter than two days, "Jan 24" when longer than 300. */
void tui_fmt_axis(char out[TUI_FMT], qf_time t, int64_t span);

/* Bytes: "3.1G", "41G", "512M", in powers of 1,024. */
void tui_fmt_bytes(char out[TUI_FMT], int64_t v);

#endif
