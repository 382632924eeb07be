/* Time is int64 microseconds since 1970-01-01 UTC. Two clocks: market time comes with the feed's events, wall time from here. */
#ifndef QF_CLOCK_H
#define QF_CLOCK_H

#include "common/base.h"

typedef int64_t qf_time; /* us since the epoch, UTC */

#define QF_US 1LL
#define QF_MS 1000LL
#define QF_SEC 1000000LL
#define QF_MIN (60 * QF_SEC)
#define QF_HOUR (60 * QF_MIN)
#define QF_DAY (24 * QF_HOUR)
#define QF_TIME_TEXT 28 /* "2026-09-24T14:32:07.123456Z" and its NUL */

qf_time qf_now_wall(void);      /* CLOCK_REALTIME */
int64_t qf_now_mono(void);      /* CLOCK_MONOTONIC, ns */
/* ISO-8601 UTC, with as many decimals as are not zero: none, 3 or 6. Returns the length. Times outside the years 1970 to 9999
 * are written as the nearest that is inside. */
size_t qf_time_format(qf_time t, char out[QF_TIME_TEXT]);
/* Reads "YYYY-MM-DD", "YYYY-MM-DDTHH:MM:SS[.f{1,9}]Z" (a blank for T is taken too); further decimals than 6 are cut.
 * QF_ESYNTAX otherwise; years 1970 to 9999. */
enum qf_err qf_time_parse(const char *p, size_t n, qf_time *ret) QF_MUST_CHECK;
/* First microsecond of the UTC day t lies in. */
qf_time qf_time_day(qf_time t);

struct qf_civil {
    int year, month, day, hour, minute, second, us, weekday; /* month and day from 1; weekday 0 = Sunday */
};
/* The calendar fields of t; any t. */
void qf_time_civil(qf_time t, struct qf_civil *ret);
/* Midnight UTC of a day that exists. */
qf_time qf_time_from_civil(int year, int month, int day);

#endif
