#include "common/clock.h"

#include <string.h>
#include <time.h>

#define DAYS_TO_MARCH_0000 719468 /* from 0000-03-01 to 1970-01-01 */
#define DAYS_IN_ERA 146097        /* 400 years */
#define TIME_LAST 253402300799999999LL /* 9999-12-31T23:59:59.999999Z */

static qf_time clock_us(clockid_t id)
{
    struct timespec ts;
    qf_assert(clock_gettime(id, &ts) == 0);
    return (qf_time)ts.tv_sec * QF_SEC + ts.tv_nsec / 1000;
}

qf_time qf_now_wall(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t qf_now_mono(void)
{
    struct timespec ts;
    qf_assert(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
    return (int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* --- calendar
 * Years are counted from March, so that the leap day is the last of its year and the months' lengths follow one rule:
 * month m (0 = March) begins at day (153 m + 2) / 5. An era is 400 years, after which the calendar repeats. */

static int64_t days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t in_era = y - era * 400;
    int64_t in_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * DAYS_IN_ERA + in_era * 365 + in_era / 4 - in_era / 100 + in_year - DAYS_TO_MARCH_0000;
}

static void civil_from_days(int64_t days, struct qf_civil *ret)
{
    int64_t z = days + DAYS_TO_MARCH_0000;
    int64_t era = (z >= 0 ? z : z - (DAYS_IN_ERA - 1)) / DAYS_IN_ERA;
    int64_t in_era = z - era * DAYS_IN_ERA;
    int64_t year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int64_t in_year = in_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * in_year + 2) / 153;
    ret->day = (int)(in_year - (153 * month + 2) / 5 + 1);
    ret->month = (int)(month < 10 ? month + 3 : month - 9);
    ret->year = (int)(year + era * 400 + (ret->month <= 2));
}

/* Whole days before t, also for times before the epoch. */
static int64_t day_number(qf_time t)
{
    return t / QF_DAY - (t % QF_DAY < 0);
}

qf_time qf_time_day(qf_time t)
{
    /* The very first day an int64 of microseconds can name begins before the first microsecond it can name. */
    qf_time start;
    return __builtin_mul_overflow(day_number(t), QF_DAY, &start) ? INT64_MIN : start;
}

void qf_time_civil(qf_time t, struct qf_civil *ret)
{
    int64_t day = day_number(t);
    int64_t us = (t % QF_DAY + QF_DAY) % QF_DAY;
    civil_from_days(day, ret);
    ret->hour = (int)(us / QF_HOUR);
    ret->minute = (int)(us / QF_MIN % 60);
    ret->second = (int)(us / QF_SEC % 60);
    ret->us = (int)(us % QF_SEC);
    ret->weekday = (int)(((day + 4) % 7 + 7) % 7); /* the epoch was a Thursday */
}

qf_time qf_time_from_civil(int year, int month, int day)
{
    return days_from_civil(year, month, day) * QF_DAY;
}

/* --- text */

static char *put_two(char *p, unsigned v, char behind)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
    p[2] = behind;
    return p + 3;
}

/* Three decimals when the last three of six are zero. */
static char *put_decimals(char *p, unsigned us)
{
    unsigned ms = us / 1000, rest = us % 1000;
    *p++ = '.';
    put_two(p, ms / 10, (char)('0' + ms % 10));
    if (rest == 0)
        return p + 3;
    put_two(p + 3, rest / 10, (char)('0' + rest % 10));
    return p + 6;
}

size_t qf_time_format(qf_time t, char out[QF_TIME_TEXT])
{
    struct qf_civil c;
    qf_time_civil(t < 0 ? 0 : t > TIME_LAST ? TIME_LAST : t, &c);
    char *p = put_two(out, (unsigned)c.year / 100, '0') - 1;
    p = put_two(p, (unsigned)c.year % 100, '-');
    p = put_two(p, (unsigned)c.month, '-');
    p = put_two(p, (unsigned)c.day, 'T');
    p = put_two(p, (unsigned)c.hour, ':');
    p = put_two(p, (unsigned)c.minute, ':');
    p = put_two(p, (unsigned)c.second, 'Z') - 1;
    if (c.us != 0)
        p = put_decimals(p, (unsigned)c.us);
    *p++ = 'Z';
    *p = '\0';
    return (size_t)(p - out);
}

struct scan {
    const char *p, *end;
};

static bool take(struct scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

/* Exactly `width` digits, between low and high. */
static bool take_digits(struct scan *s, int width, int low, int high, int *ret)
{
    int v = 0;
    if (s->end - s->p < width)
        return false;
    for (int i = 0; i < width; i++, s->p++) {
        if (*s->p < '0' || *s->p > '9')
            return false;
        v = v * 10 + (*s->p - '0');
    }
    *ret = v;
    return v >= low && v <= high;
}

static int days_in_month(int year, int month)
{
    static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool take_date(struct scan *s, struct qf_civil *c)
{
    return take_digits(s, 4, 1970, 9999, &c->year) && take(s, '-') && take_digits(s, 2, 1, 12, &c->month) && take(s, '-') &&
           take_digits(s, 2, 1, days_in_month(c->year, c->month), &c->day);
}

/* 1 to 9 decimals of a second; what is beyond microseconds is cut. */
static bool take_decimals(struct scan *s, int *ret_us)
{
    int count = 0, us = 0;
    for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++, count++)
        us = count < 6 ? us * 10 + (*s->p - '0') : us;
    for (int i = count; i < 6; i++)
        us *= 10;
    *ret_us = us;
    return count >= 1 && count <= 9;
}

static bool take_clock(struct scan *s, struct qf_civil *c)
{
    if (!take(s, 'T') && !take(s, ' '))
        return false;
    if (!take_digits(s, 2, 0, 23, &c->hour) || !take(s, ':') || !take_digits(s, 2, 0, 59, &c->minute) || !take(s, ':') ||
        !take_digits(s, 2, 0, 59, &c->second))
        return false;
    if (take(s, '.') && !take_decimals(s, &c->us))
        return false;
    return take(s, 'Z');
}

enum qf_err qf_time_parse(const char *p, size_t n, qf_time *ret)
{
    struct scan s = { p, p + n };
    struct qf_civil c = { 0 };
    if (!take_date(&s, &c) || (s.p != s.end && !take_clock(&s, &c)) || s.p != s.end)
        return QF_ESYNTAX;
    *ret = qf_time_from_civil(c.year, c.month, c.day) + c.hour * QF_HOUR + c.minute * QF_MIN + c.second * QF_SEC + c.us;
    return QF_OK;
}
