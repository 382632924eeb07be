/* Crosshair and zoom of a line chart. */
#include "tui/chart.h"

#define LEAST_POINTS 8 /* fewer in sight say nothing more */

/* Points from *ret_first to *ret_last are shown. */
static void shown(const struct tui_chart_eye *eye, const struct tui_point *points, int n, int *ret_first, int *ret_last)
{
    int first = 0, last = n - 1;
    while (first < last && eye->from && points[first].at < eye->from)
        first++;
    while (last > first && eye->to && points[last].at > eye->to)
        last--;
    *ret_first = first;
    *ret_last = last;
}

int tui_eye_index(const struct tui_chart_eye *eye, const struct tui_point *points, int n)
{
    int best = -1;
    for (int i = 0; i < n && eye->at; i++)
        if (best < 0 || points[i].at <= eye->at)
            best = i;
    return best;
}

/* The part shown keeps its length and is moved just so far that the crosshair is in it. */
static void follow(struct tui_chart_eye *eye)
{
    int64_t by = eye->from && eye->at < eye->from ? eye->at - eye->from
                 : eye->to && eye->at > eye->to   ? eye->at - eye->to
                                                  : 0;
    if (eye->from && eye->to) {
        eye->from += by;
        eye->to += by;
    }
}

bool tui_eye_move(struct tui_chart_eye *eye, const struct tui_point *points, int n, int step)
{
    int first, last;
    if (n < 2)
        return false;
    shown(eye, points, n, &first, &last);
    int at = tui_eye_index(eye, points, n), jump = (last - first) / 60 > 1 ? (last - first) / 60 : 1;
    at = at < 0 ? last : at + step * jump;
    at = at < 0 ? 0 : at >= n ? n - 1 : at;
    eye->at = points[at].at;
    follow(eye);
    return true;
}

bool tui_eye_zoom(struct tui_chart_eye *eye, const struct tui_point *points, int n, bool in)
{
    int first, last;
    if (n < 2)
        return false;
    shown(eye, points, n, &first, &last);
    qf_time low = points[0].at, high = points[n - 1].at;
    int64_t span = (eye->from && eye->to ? eye->to - eye->from : high - low);
    if (in ? last - first < LEAST_POINTS : !eye->from)
        return false;
    span = in ? span / 2 : span * 2;
    if (span >= high - low) {
        eye->from = eye->to = 0;
        return true;
    }
    qf_time middle = eye->at ? eye->at : high;
    eye->from = middle - span / 2 < low ? low : middle + span / 2 > high ? high - span : middle - span / 2;
    eye->to = eye->from + span;
    return true;
}
