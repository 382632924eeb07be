/* Figures as people read them in a report: commas, one number of decimals a column, a sign on every change, zero
 * without one, n/a for what is not defined. Each function returns `out`. */
#ifndef QF_REPORT_WORDS_H
#define QF_REPORT_WORDS_H

#include "common/clock.h"
#include "common/money.h"
#include "daemon/report/model.h"

#define WORDS QF_DEC_TEXT /* bytes of a figure */

/* "25,099,309.50"; with a sign "+85,003.10", "-69,328.03", "0.00". */
const char *words_money(char out[WORDS], qf_money v, int decimals, bool sign);
/* An exact cost (10^-16) the same way. */
const char *words_cost(char out[WORDS], qf_cost v, int decimals);
/* Quantities and prices at 10^-8 with as many decimals as they have, at least `least`. */
const char *words_exact(char out[WORDS], int64_t v, int least, bool sign);
const char *words_count(char out[WORDS], int64_t v);
/* 0.0034 -> "+0.34%". NaN, infinite: "n/a". */
const char *words_share(char out[WORDS], double v, int decimals, bool sign);
/* 1/10,000: 9101 -> "91.01%". */
const char *words_bp(char out[WORDS], int64_t bp, int decimals, bool sign);
const char *words_number(char out[WORDS], double v, int decimals, bool sign);
/* A metric by its unit: number, fraction, money, days, count. */
const char *words_metric(char out[WORDS], double v, const char *unit);
/* "2026-09-23", and "2026-09-23 17:02:31". */
const char *words_date(char out[WORDS], qf_time t);
const char *words_time(char out[WORDS], qf_time t);
/* "14:31:52" */
const char *words_clock(char out[WORDS], qf_time t);
/* "JAN" .. as "Jan"; month 1 to 12. */
const char *words_month(int month);
/* For axes: "1.2M", "450k", "-0.5%"; decimals so that steps of `step` can be told apart. */
const char *words_axis(char out[WORDS], double v, double step, enum chart_unit unit);

enum doc_tone words_tone(qf_i128 v); /* up, down, plain for zero */
enum doc_tone words_tone_real(double v);

#endif
