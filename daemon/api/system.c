/* hello, rpc.discover, topic.*, overview.get, system.* */
#include <stdlib.h>
#include <string.h>

#include "common/proto/doc.h"
#include "common/version.h"
#include "daemon/api/help.h"
#include "daemon/api/pages.h"
#include "daemon/server/sampler.h"
#include "daemon/server/topic.h"

#define PROTOCOL_VERSION 1

HANDLER(hello, none, hello)
{
    const struct conf *conf = server_conf(c->s);
    const struct conn *conn = conn_find(server_conns(c->s), c->conn);
    (void)in;
    qf_str_copy(out->name, sizeof out->name, "qfd");
    qf_str_copy(out->version, sizeof out->version, QF_VERSION);
    qf_str_copy(out->desk, sizeof out->desk, conf->name);
    out->protocol = PROTOCOL_VERSION;
    out->mode = conf->mode;
    out->now = c->actor.wall;
    out->peer_known = conn && session_peer_known(c->s, conn);
    c->plain = true;
    return HANDLED;
}

HANDLER(rpc_discover, none, none)
{
    (void)in;
    (void)out;
    qf_doc_openrpc(c->raw);
    c->plain = true;
    return HANDLED;
}

/* --- topics. Their rows are pushed when they are durable, so that the answer need not wait for a batch. */

static struct conn *reader(struct ctx *c, const char *topic, int *ret_id)
{
    struct conn *conn = conn_find(server_conns(c->s), c->conn);
    *ret_id = qf_topic_find(topic, strlen(topic));
    if (*ret_id < 0) {
        help_refuse(c, QF_R_NOT_FOUND, "topic", "there is no such topic");
        return NULL;
    }
    return conn && session_may_topic(conn_who(conn), (enum qf_topic_id)*ret_id, &c->refusal) ? conn : NULL;
}

static void start(struct ctx *c, const void *in_)
{
    const struct qf_subscribe *in = in_;
    struct conn *conn = conn_find(server_conns(c->s), c->conn);
    int id = qf_topic_find(in->topic, strlen(in->topic));
    if (conn)
        topic_start(server_topics(c->s), (enum qf_topic_id)id, conn);
}

HANDLER(topic_subscribe, subscribe, subscribed)
{
    int id;
    uint64_t seq = 0;
    struct conn *conn = reader(c, in->topic, &id);
    if (!conn)
        return REFUSED;
    enum qf_err err = topic_subscribe(server_topics(c->s), (enum qf_topic_id)id, conn, &seq);
    if (err != QF_OK)
        return err == QF_EEXIST ? help_refuse(c, QF_R_ALREADY, "topic", NULL)
                                : help_refuse(c, QF_R_BUSY, "topic", "this connection has too many topics");
    qf_str_copy(out->topic, sizeof out->topic, in->topic);
    out->seq = (int64_t)seq;
    c->plain = true;
    c->after = start;
    return HANDLED;
}

HANDLER(topic_unsubscribe, subscribe, subscribed)
{
    struct conn *conn = conn_find(server_conns(c->s), c->conn);
    int id = qf_topic_find(in->topic, strlen(in->topic));
    if (id < 0 || !conn || topic_unsubscribe(server_topics(c->s), (enum qf_topic_id)id, conn) != QF_OK)
        return help_refuse(c, QF_R_NOT_FOUND, "topic", NULL);
    qf_str_copy(out->topic, sizeof out->topic, in->topic);
    c->plain = true;
    return HANDLED;
}

/* --- the machine */

HANDLER(system_sample, none, sample_list)
{
    (void)in;
    out->samples = help_rows(c, SAMPLER_HISTORY, sizeof *out->samples);
    if (!out->samples)
        return REFUSED;
    out->samples_n = sampler_history(server_sampler(c->s), out->samples);
    for (uint32_t i = 0; i < out->samples_n; i++)
        qf_rec_fill(&qf_rec_sample, &out->samples[i]);
    c->plain = true;
    return HANDLED;
}

HANDLER(system_latency, latency_query, latency)
{
    int cmd = QF_HAS(in, latency_query, method) ? qf_cmd_find(in->method, strlen(in->method)) : QF_CMD_order_place;
    if (cmd < 0)
        return help_refuse(c, QF_R_NOT_FOUND, "method", NULL);
    struct qf_latency_slot *slots = help_rows(c, SAMPLER_SLOTS, sizeof *slots);
    if (!slots)
        return REFUSED;
    sampler_latency(server_sampler(c->s), (enum qf_cmd_id)cmd, c->actor.wall, slots, out);
    c->plain = true;
    return HANDLED;
}

HANDLER(system_events, event_query, event_list)
{
    bool paged = QF_HAS(in, event_query, before);
    uint32_t limit = (uint32_t)(QF_HAS(in, event_query, limit) ? in->limit : 100);
    enum qf_severity least = QF_HAS(in, event_query, severity) ? (enum qf_severity)in->severity : QF_SEV_INFO;
    if (paged)
        return pages_events(c, in);
    out->events = help_rows(c, limit, sizeof *out->events);
    if (!out->events)
        return REFUSED;
    out->events_n = server_events(c->s, out->events, limit, least);
    c->plain = true;
    return HANDLED;
}
