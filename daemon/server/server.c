#include "daemon/server/server.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/str.h"
#include "daemon/report/report.h"
#include "daemon/server/breakers.h"
#include "daemon/server/effects.h"
#include "daemon/server/flatten.h"
#include "daemon/server/inside.h"
#include "daemon/server/marketdoor.h"
#include "daemon/server/periodic.h"
#include "daemon/server/performance.h"
#include "daemon/server/publish.h"
#include "daemon/server/reload.h"
#include "daemon/server/risk_run.h"
#include "daemon/server/run.h"
#include "daemon/server/stops.h"
#include "daemon/server/trouble.h"
#include "daemon/store/reader.h"

#define WORKERS 3         /* Argon2id takes 64 MiB and an eighth of a second each */
#define WORKER_QUEUE 256

/* --- from the lane */

static void on_connected(void *arg, int64_t epoch)
{
    struct server *s = arg;
    qf_log(QF_LOG_INFO, "lane", "connected, epoch %lld", (long long)epoch);
    commit_connected(s->commit);
    reload_begin(s, epoch);
}

static void on_durable(void *arg, struct batch *b)
{
    commit_on_durable(((struct server *)arg)->commit, b);
}

static void on_failed(void *arg, struct batch *b, enum lane_failure how, const char *sqlstate, const char *message)
{
    struct server *s = arg;
    qf_log(QF_LOG_WARN, "lane", "a batch of %u commands failed: %s %s", batch_commands(b), sqlstate, message);
    commit_on_failed(s->commit, b, how, sqlstate, message);
    if (commit_fenced(s->commit)) {
        qf_log(QF_LOG_ERROR, "lane", "another daemon has taken over; this one ends");
        s->ended(s->ended_arg);
    }
}

static void on_slow(void *arg, bool slow)
{
    commit_on_slow(((struct server *)arg)->commit, slow);
}

static void on_doubt(void *arg, struct batch *b)
{
    struct server *s = arg;
    qf_log(QF_LOG_WARN, "lane", "a batch of %u commands is in doubt", batch_commands(b));
    commit_on_doubt(s->commit, b);
}

static void on_lost(void *arg, const char *why)
{
    struct server *s = arg;
    qf_log(QF_LOG_WARN, "lane", "no connection: %s", why);
    reload_abandon(s);
    commit_on_lost(s->commit);
    if (s->lane && *lane_refused(s->lane)) { /* kept out at the start, or taken over meanwhile: two desks are one too many */
        qf_str_copy(s->failure, sizeof s->failure, lane_refused(s->lane));
        s->ended(s->ended_arg);
    }
}

/* --- from commit */

static void ev_sealed(void *arg, struct batch *b)
{
    publish_sealed(arg, b);
    risk_sealed(arg, b);
}

static void ev_settled(void *arg, struct batch *b)
{
    publish_settled(arg, b);
}

static void ev_durable(void *arg, struct batch *b, const struct push *pushes, int64_t took_us)
{
    struct server *s = arg;
    sampler_commit(s->sampler, took_us, batch_commands(b), qf_now_wall());
    publish_rows(s, b);
    publish_pushes(s, pushes);
    effects_run(s, b);
    periodic_flush_soon(s);
}

static void ev_undone(void *arg, struct batch *b)
{
    struct server *s = arg;
    requests_undone(s->requests, batch_no(b));
    if (state_keep_raises(s->desk))
        stops_write_anew(s);
}

/* What was undone has not been sent: decided again it must not count twice in MSG_RATE. */
static void ev_rebuild(void *arg)
{
    struct server *s = arg;
    desk_rebuild(s->desk);
    for (uint32_t i = 0; i < s->desk->group_count; i++)
        s->desk->groups[i].rate_count = 0;
    breaker_forget_messages(s->desk);
    session_changed(s, NULL);
    risk_touch(s);
}

static void ev_drop(void *arg, struct job *j)
{
    (void)arg;
    job_free(j);
}

/* After an undo the cancels it took away, and raised states it was to write, go with the next batch. */
static void ev_reopened(void *arg)
{
    struct server *s = arg;
    struct batch *b = commit_batch(s->commit);
    state_write(s->desk, b);
    uint32_t due = order_cancels_due(s->desk, b);
    if (due > 0) /* effects are no reason to send a batch, an event is */
        server_event(s, QF_SEV_INFO, "commit", "%u cancels are asked again", due);
}

static void ev_moved(void *arg)
{
    struct server *s = arg;
    trouble_moved(s);
    dispatch_moved(s);
}

static bool port_idle(void *arg)
{
    struct server *s = arg;
    return s->lane && lane_idle(s->lane);
}

static void port_send(void *arg, struct batch *b)
{
    lane_send(((struct server *)arg)->lane, b);
}

static void make_commit(struct server *s, const struct commit_port *port)
{
    const struct commit_port lane = { port_idle, port_send, s };
    const struct commit_events ev = {
        .decide = door_decide, .answer = answer_waiter, .refuse = answer_refused, .sealed = ev_sealed, .settled = ev_settled,
        .durable = ev_durable, .undone = ev_undone, .rebuild = ev_rebuild, .reopened = ev_reopened, .guilty = door_guilty,
        .drop = ev_drop, .moved = ev_moved, .arg = s,
    };
    s->commit = commit_new(s->loop, port ? port : &lane, &ev);
}

/* --- from connections */

static void on_opened(void *arg, struct conn *c)
{
    session_opened(arg, c);
}

static void on_closed(void *arg, struct conn *c)
{
    struct server *s = arg;
    topic_leave(s->topics, c);
    session_closed(s, c);
}

static void on_drained(void *arg, struct conn *c)
{
    topic_drained(((struct server *)arg)->topics, c);
}

/* --- life */

static void make_desk(struct server *s)
{
    s->desk_memory = qf_map_lazy(desk_size());
    qf_assert(s->desk_memory);
    struct desk_conf conf;
    server_desk_conf(s, &conf);
    s->desk = desk_init(s->desk_memory, &conf);
    desk_rebuild(s->desk);
}

void server_desk_conf(const struct server *s, struct desk_conf *ret)
{
    *ret = (struct desk_conf){ .mode = (enum qf_money_mode)s->conf->mode, .duplicate_window_us = s->conf->duplicate_window_ms * QF_MS,
                               .fee_bp_e2 = s->conf->fee_bp_e2 };
    qf_str_copy(ret->name, sizeof ret->name, s->conf->name);
    qf_str_copy(ret->base, sizeof ret->base, s->conf->base_currency);
}

static void make_parts(struct server *s, const struct commit_port *port)
{
    const struct conn_callbacks cb = { dispatch_line, on_opened, on_closed, on_drained, s };
    qf_arena_init(&s->arena, QF_ARENA_REQUEST);
    qf_buf_init(&s->body, QF_ANSWER_MAX);
    qf_buf_init(&s->frame, QF_ANSWER_MAX + 256);
    qf_buf_init(&s->args, QF_ANSWER_MAX);
    s->parked_last = &s->parked;
    audit_init(&s->audit);
    make_desk(s);
    s->requests = requests_new();
    s->events = events_new();
    s->stops = stops_new();
    s->breakers = breakers_new();
    s->flattens = flattens_new();
    s->worker = worker_new(s->loop, WORKERS, WORKER_QUEUE);
    s->jobs = jobs_new(s);
    s->writer = worker_new(s->loop, 1, 2);
    qf_assert(s->worker && s->writer);
    s->conns = conn_table_new(s->loop, &cb);
    s->topics = topics_new(s->conns);
    s->sampler = sampler_new(s->loop, s->conf->state_dir, qf_now_wall());
    make_commit(s, port);
    s->venues = venues_new(s);
}

struct server *server_bare(const struct server_start *start, const struct commit_port *port, char *why, size_t why_cap)
{
    struct server *s = qf_xalloc(sizeof *s);
    s->conf = start->conf;
    s->handlers = start->handlers;
    s->loop = start->loop;
    s->without_market = start->without_market;
    s->second = start->second;
    s->ready = start->ready;
    s->ended = start->ended;
    s->ready_arg = s->ended_arg = start->arg;
    qf_str_fmt(s->journal_path, sizeof s->journal_path, "%s/stop.journal", s->conf->state_dir);
    make_parts(s, port);
    s->sessions = sessions_new(s, s->conf, why, why_cap);
    s->market = s->sessions ? market_new(s, why, why_cap) : NULL;
    if (s->market)
        return s;
    server_free(s);
    return NULL;
}

struct server *server_new(const struct server_start *start, char *why, size_t why_cap)
{
    struct server *s = server_bare(start, NULL, why, why_cap);
    if (!s)
        return NULL;
    s->conninfo = start->conninfo;
    s->reader = reader_new(s->loop, start->conninfo);
    s->reload = reload_new(s, start->conninfo);
    s->performance = performance_new(s, start->conninfo);
    s->periodic = periodic_new(s);
    if (!start->without_market)
        s->risk = risk_new(s);
    const struct lane_callbacks cb = { on_connected, on_durable, on_failed, on_slow, on_doubt, on_lost, s };
    const struct lane_conf lane = { start->conninfo, start->takeover, QF_DB_SLOW_US, QF_DB_DOUBT_US };
    s->lane = lane_new(s->loop, &lane, &cb);
    return s;
}

void server_free(struct server *s)
{
    if (!s)
        return;
    periodic_free(s->periodic);
    qf_timer_free(s->start_timer);
    lane_free(s->lane);
    reload_free(s->reload);
    reader_free(s->reader);
    risk_free(s->risk);
    s->risk = NULL;
    jobs_free(s->jobs);
    report_forget();
    performance_free(s->performance); /* everybody who waits is answered */
    worker_free(s->worker); /* what runs comes to its end, and its people are still there */
    worker_free(s->writer);
    stops_free(s->stops);
    breakers_free(s->breakers);
    flattens_free(s->flattens);
    dispatch_free(s);
    commit_free(s->commit);
    market_free(s->market);
    venues_free(s->venues);
    journal_close(s->journal);
    conn_table_free(s->conns);
    topics_free(s->topics);
    sessions_free(s->sessions);
    sampler_free(s->sampler);
    requests_free(s->requests);
    events_free(s->events);
    qf_buf_release(&s->body);
    qf_buf_release(&s->frame);
    qf_buf_release(&s->args);
    qf_arena_release(&s->arena);
    qf_unmap(s->desk_memory, desk_size());
    free(s);
}

/* --- stopping in good order */

/* The market stands first, or there would always be another fill; its open bars are written. */
bool server_drain(struct server *s)
{
    bool first = !s->stopping;
    s->stopping = true;
    if (first && s->loaded && !s->without_market)
        market_finish(s);
    if (commit_trouble(s->commit) != TROUBLE_NONE)
        return true;
    market_write_bars(s);
    return commit_idle(s->commit) && (s->without_market || bars_waiting(market_bars(s)) == 0);
}

/* --- parts, for handlers */

struct qf_loop *server_loop(struct server *s)
{
    return s->loop;
}

const struct conf *server_conf(struct server *s)
{
    return s->conf;
}

struct desk *server_desk(struct server *s)
{
    return s->desk;
}

struct topics *server_topics(struct server *s)
{
    return s->topics;
}

struct worker *server_worker(struct server *s)
{
    return s->worker;
}

struct conn_table *server_conns(struct server *s)
{
    return s->conns;
}

struct sampler *server_sampler(struct server *s)
{
    return s->sampler;
}

struct reader *server_reader(struct server *s)
{
    return s->reader;
}

const char *server_conninfo(struct server *s)
{
    return s->conninfo;
}

int64_t server_audit_head(struct server *s)
{
    return s->audit.cmd_no;
}

struct sessions *server_sessions(struct server *s)
{
    return s->sessions;
}

uint32_t server_unsettled(struct server *s)
{
    return commit_unsettled(s->commit);
}

const char *server_failure(struct server *s)
{
    return s->failure;
}

bool server_sample(struct server *s, struct qf_sample *ret)
{
    *ret = *sampler_now(s->sampler);
    return ret->at != 0;
}

bool server_ready(struct server *s)
{
    return s->loaded;
}

bool server_readiness(struct server *s, char *why, size_t why_cap)
{
    static const char *const words[] = { "", "the database is slow", "a batch is in doubt", "the database is away", "the desk is loading" };
    qf_str_copy(why, why_cap, s->stopping ? "the daemon is stopping" : words[commit_trouble(s->commit)]);
    return !s->stopping && s->loaded && commit_trouble(s->commit) == TROUBLE_NONE;
}

enum qf_db_state server_db(struct server *s)
{
    static const enum qf_db_state states[] = { [TROUBLE_NONE] = QF_DB_READY, [TROUBLE_SLOW] = QF_DB_SLOW, [TROUBLE_DOUBT] = QF_DB_DOUBT,
                                               [TROUBLE_DOWN] = QF_DB_DOWN, [TROUBLE_LOADING] = QF_DB_LOADING };
    return states[commit_trouble(s->commit)];
}
