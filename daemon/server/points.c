#include "daemon/server/points.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/inside.h"

/* All books at one instant. */
struct instant {
    uint32_t n;
    struct qf_equity rows[];
};

static size_t instant_size(uint32_t n)
{
    return sizeof(struct instant) + n * sizeof(struct qf_equity);
}

/* What follows from prices is no command: it has no row in the trail. */
static enum handled write_points(struct ctx *c, const void *in_, void *out)
{
    const struct instant *in = in_;
    (void)out;
    for (uint32_t i = 0; i < in->n; i++)
        batch_put(c->batch, QF_TABLE_equity, &in->rows[i]);
    c->audited = AUDITED_NOT;
    return HANDLED;
}

/* --- the identity */

static void tell_break(struct server *s, const struct qf_equity *row, const struct equity_change *k)
{
    char gap[QF_DEC_TEXT], change[QF_DEC_TEXT], parts[QF_DEC_TEXT], at[QF_TIME_TEXT], title[128], detail[512], print[64];
    const char *who = *row->account ? row->account : "the firm";
    qf_dec_format(k->gap, QF_SCALE, gap);
    qf_dec_format(k->equity, QF_SCALE, change);
    qf_dec_format(k->equity - k->gap, QF_SCALE, parts);
    qf_time_format(row->at, at);
    qf_str_fmt(title, sizeof title, "Equity identity of %s is broken by %s", who, gap);
    qf_str_fmt(detail, sizeof detail, "At %s the equity of %s had changed by %s since the point before; realised + unrealised - fees + "
               "flows + rates make %s. Cash and positions do not agree.", at, who, change, parts);
    qf_str_fmt(print, sizeof print, "equity-identity %s", row->account);
    server_incident(s, QF_SEV_ERROR, print, title, detail);
}

static void take_point(struct server *s, const struct core_account *a, qf_time at, struct qf_equity *row)
{
    struct equity_change change;
    desk_equity_row(s->desk, a, qf_now_wall(), row);
    row->at = at;
    if (desk_points_take(s->desk, a, row, &change) && change.broken)
        tell_break(s, row, &change); /* once: the next change is counted from here */
    if (!a)
        desk_equity_taken(s->desk, row);
}

/* --- taking them */

static struct instant *take_all(struct server *s, qf_time at)
{
    uint32_t i = 0;
    const struct core_account *a;
    struct instant *t = qf_xalloc(instant_size(s->desk->accounts.count + 1));
    take_point(s, NULL, at, &t->rows[t->n++]);
    while ((a = tab_next(&s->desk->accounts, &i)) != NULL)
        take_point(s, a, at, &t->rows[t->n++]);
    desk_points_rates(s->desk);
    return t;
}

static void write_close(struct server *s, struct instant *t)
{
    char at[QF_TIME_TEXT];
    qf_time_format(t->rows[0].at, at);
    if (!door_fact(s, SYSTEM_USER, "equity", write_points, t, instant_size(t->n)))
        server_event(s, QF_SEV_ERROR, "equity", "the close of %s could not be kept: too much waits for the database", at);
    free(t);
}

/* A point on the way is worth less than a close: where it cannot be written now, the next one will do. */
static void write_passing(struct server *s, struct instant *t)
{
    struct qf_refusal r = { 0 };
    (void)door(s, SYSTEM_USER, "equity", write_points, t, &r);
    free(t);
}

/* The daemon was not there when that day ended: its close is what the day's last point says. */
static struct instant *take_stored(struct server *s, qf_time at)
{
    uint32_t i = 0;
    const struct core_account *a;
    const struct core_points *kept = s->desk->points;
    struct instant *t = qf_xalloc(instant_size(s->desk->accounts.count + 1));
    t->rows[t->n++] = kept->firm;
    while ((a = tab_next(&s->desk->accounts, &i)) != NULL)
        if (kept->accounts[tab_slot(&s->desk->accounts, a)].at > at - QF_DAY)
            t->rows[t->n++] = kept->accounts[tab_slot(&s->desk->accounts, a)];
    for (uint32_t k = 0; k < t->n; k++) {
        t->rows[k].at = at;
        t->rows[k].recorded = qf_now_wall();
    }
    s->desk->points->firm.at = at;
    desk_equity_taken(s->desk, &t->rows[0]);
    return t;
}

/* The end of the market day a time lies in; a time at midnight is an end itself. */
static qf_time end_of_day(qf_time at)
{
    return qf_time_day(at - 1) + QF_DAY;
}

void points_clock(struct server *s, qf_time at)
{
    qf_time every = s->conf->equity_every_s * QF_SEC, now = s->desk->market_now, newest = s->desk->points->firm.at;
    if (s->desk->accounts.count == 0)
        return;
    if (newest != 0 && newest < end_of_day(newest) && qf_time_day(at) >= end_of_day(newest) &&
        (now == 0 || end_of_day(newest) <= qf_time_day(now)))
        write_close(s, take_stored(s, end_of_day(newest)));
    newest = s->desk->points->firm.at;
    if (now == 0)
        return;
    /* History is not written anew: a recording that is played once more makes no points before the newest. */
    if (qf_time_day(at) > qf_time_day(now)) {
        if (qf_time_day(now) + QF_DAY > newest)
            write_close(s, take_all(s, qf_time_day(now) + QF_DAY));
        return;
    }
    at = every > 0 ? at / every * every : now;
    if (at > now && at > newest && commit_room(s->commit))
        write_passing(s, take_all(s, at));
}
