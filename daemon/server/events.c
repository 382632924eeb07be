/* Events: what the system wants remembered. The newest stay in memory; rows go through the door as facts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/server/inside.h"

struct events {
    struct qf_event ring[QF_MAX_EVENTS];
    uint64_t taken; /* ever; the newest is at taken - 1 */
};

struct events *events_new(void)
{
    return qf_xalloc(sizeof(struct events));
}

void events_free(struct events *e)
{
    free(e);
}

void events_take(struct events *e, const struct qf_event *row)
{
    if (e->taken > 0 && row->id <= e->ring[(e->taken - 1) % QF_MAX_EVENTS].id)
        return; /* loaded again after a reconnect */
    e->ring[e->taken++ % QF_MAX_EVENTS] = *row;
}

/* The i-th newest, NULL beyond the oldest kept. */
static const struct qf_event *newest(const struct events *e, uint64_t i)
{
    if (i >= e->taken || i >= QF_MAX_EVENTS)
        return NULL;
    return &e->ring[(e->taken - 1 - i) % QF_MAX_EVENTS];
}

uint32_t server_events(struct server *s, struct qf_event *out, uint32_t max, enum qf_severity least)
{
    uint32_t n = 0;
    const struct qf_event *e;
    for (uint64_t i = 0; n < max && (e = newest(s->events, i)) != NULL; i++)
        if (e->severity >= (int32_t)least)
            out[n++] = *e;
    return n;
}

int64_t server_alerts(struct server *s, qf_time wall)
{
    int64_t n = 0;
    const struct qf_event *e;
    for (uint64_t i = 0; (e = newest(s->events, i)) != NULL && e->at > wall - QF_HOUR; i++)
        n += e->severity >= QF_SEV_WARN;
    return n;
}

static enum handled write_event(struct ctx *c, const void *in, void *out)
{
    struct qf_event row = *(const struct qf_event *)in;
    (void)out;
    row.id = desk_next(c->desk, c->batch, &c->desk->seq.event);
    qf_rec_fill(&qf_rec_event, &row);
    batch_append(c->batch, QF_TABLE_system_events, &row);
    c->audited = AUDITED_NOT;
    return HANDLED;
}

static void log_event(enum qf_severity severity, const char *source, const char *message)
{
    static const enum qf_log_level levels[] = { QF_LOG_INFO, QF_LOG_WARN, QF_LOG_ERROR };
    qf_log(levels[severity], source, "%s", message);
}

void server_event(struct server *s, enum qf_severity severity, const char *source, const char *fmt, ...)
{
    struct qf_event row = { .at = qf_now_wall(), .severity = (int32_t)severity };
    char message[1024]; /* longer than the row takes: it is then cut between characters, not inside one */
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    qf_str_copy(row.message, sizeof row.message, message);
    qf_str_copy(row.source, sizeof row.source, source);
    log_event(severity, row.source, row.message);
    (void)door_fact(s, SYSTEM_USER, "event", write_event, &row, sizeof row); /* when too many wait, the log has it */
}

struct incident {
    struct qf_incident row;
    char detail[1024];
};

static enum handled write_incident(struct ctx *c, const void *in_, void *out)
{
    const struct incident *in = in_;
    struct qf_incident row = in->row;
    (void)out;
    row.id = desk_next(c->desk, c->batch, &c->desk->seq.incident);
    row.detail = (struct qf_str){ in->detail, (uint32_t)strlen(in->detail) };
    qf_rec_fill(&qf_rec_incident, &row);
    QF_SET(&row, incident, detail);
    batch_put(c->batch, QF_TABLE_incidents, &row);
    qf_str_fmt(c->detail, sizeof c->detail, "INC-%lld %s", (long long)row.id, row.title);
    return HANDLED;
}

void server_incident(struct server *s, enum qf_severity severity, const char *fingerprint, const char *title, const char *detail)
{
    struct incident in = { .row = { .opened = qf_now_wall(), .severity = (int32_t)severity, .state = QF_INCIDENT_OPEN } };
    qf_str_copy(in.row.fingerprint, sizeof in.row.fingerprint, fingerprint);
    qf_str_copy(in.row.title, sizeof in.row.title, title);
    qf_str_copy(in.detail, sizeof in.detail, detail);
    (void)door_fact(s, SYSTEM_USER, "incident", write_incident, &in, sizeof in);
    server_event(s, severity, "incident", "%s", title);
}
