/* The daemon's inside: what the files of server/ that put it together share. The api sees server.h only. */
#ifndef QF_SERVER_INSIDE_H
#define QF_SERVER_INSIDE_H

#include "common/proto/wire.h"
#include "daemon/server/audit.h"
#include "daemon/server/commit.h"
#include "daemon/server/jobs.h"
#include "daemon/server/journal.h"
#include "daemon/server/requests.h"
#include "daemon/server/sampler.h"
#include "daemon/server/topic.h"
#include "daemon/server/worker.h"

#define SYSTEM_USER "qfd" /* what the daemon does by itself */

struct breakers; /* breakers.c */
struct flattens; /* flatten.c */
struct parked;   /* dispatch.c: lines that wait for room */
struct events;   /* events.c */
struct stops;    /* stops.c */
struct venues;   /* effects.c */
struct periodic; /* periodic.c */
struct market;   /* marketdoor.c */
struct reload;   /* reload.c */
struct performance; /* performance.c */
struct risk;     /* risk_run.c */
struct reader;   /* store/reader.h */

struct server {
    const struct conf *conf;
    const handler_fn *handlers; /* by command */
    const char *conninfo;       /* of the daemon's own role; NULL = no database */
    struct qf_loop *loop;
    struct desk *desk;
    void *desk_memory;
    struct commit *commit;
    struct lane *lane;
    struct reader *reader;
    struct audit audit;
    struct requests *requests;
    struct journal *journal;
    struct worker *worker;
    struct worker *writer; /* of the journal alone: a stop must not queue behind passwords */
    struct conn_table *conns;
    struct topics *topics;
    struct sessions *sessions;
    struct sampler *sampler;
    struct parked *parked, **parked_last;
    struct events *events;
    struct stops *stops;
    struct breakers *breakers;
    struct flattens *flattens;
    struct venues *venues;
    struct periodic *periodic;
    struct market *market;
    struct reload *reload;
    struct performance *performance;
    struct jobs *jobs;
    struct risk *risk;               /* NULL without a database */
    struct qf_buf body, frame, args; /* scratch of one answer */
    struct qf_arena arena;           /* of one request that is no write */
    uint64_t requests_total;
    uint64_t answers_total;
    enum commit_trouble trouble;     /* as people were told last */
    bool loaded;                     /* the desk has been loaded once: reads can be answered */
    bool stopping;
    char journal_path[256];
    char failure[200];               /* why the start cannot go on, "" = nothing is wrong */
    bool without_market;             /* for one command only */
    struct qf_timer *start_timer;
    void (*second)(struct server *s, qf_time wall);
    void (*ready)(void *arg);
    void *ready_arg;
    void (*ended)(void *arg);
    void *ended_arg;
};

struct server_start;
/* The server without a database: no lane, no reader, no timers. port NULL: batches go to s->lane, which is the caller's to make. */
struct server *server_bare(const struct server_start *start, const struct commit_port *port, char *why, size_t why_cap);
void server_desk_conf(const struct server *s, struct desk_conf *ret);

/* --- dispatch.c */
void dispatch_line(void *arg, struct conn *c, const char *line, size_t n);
/* What waited for room goes on, or is refused when waiting does not help any more. */
void dispatch_moved(struct server *s);
void dispatch_free(struct server *s);

/* --- refuse.c: refusals before a command's handler */
enum refused_kind { REFUSED_RATE, REFUSED_MALFORMED, REFUSED_FORBIDDEN };
/* Answers r at once; the audit trail gets a row of it, or a count beyond ten a second. j: as far as it is known. */
void refuse_line(struct server *s, struct conn *c, struct job *j, enum refused_kind kind, const struct qf_refusal *r);
/* A command is refused by MSG_RATE: is it among the first ten of its second, which have rows of their own? */
bool refuse_uncounted(struct server *s, const struct job *j);
/* Once a second: rows for what was only counted. */
void refuse_tick(struct server *s, qf_time wall);

/* --- door.c */
/* Everything a job needs that is the same for each command of a connection. */
void job_begin(struct server *s, struct job *j, struct conn *c, enum qf_cmd_id cmd, const struct qf_frame_id *id, qf_time wall);
/* The arguments as the trail shows them, and their hash. arena: where they lie. */
void job_args(struct server *s, struct job *j, struct qf_arena *arena);
/* A copy with memory of its own; in: size bytes that become its request. */
struct job *job_own(const struct job *like, const void *in, size_t size);
void job_free(struct job *j);
void job_ctx(struct server *s, struct ctx *c, const struct job *j);
struct waiter job_waiter(const struct job *j);
enum job_end door_decide(void *arg, struct job *j);
void door_guilty(void *arg, struct job *j, const char *sqlstate, const char *message);
/* Was this ref answered before? Then the answer is on its way and true is returned. */
bool door_repeated(struct server *s, const struct job *j);
/* A fact of which the trail says who, from where and what as j does. false: too many wait. */
bool door_fact_of(struct server *s, const struct job *like, handler_fn fn, const void *in, size_t size);
/* Fills j for a command of the system. */
void job_system(struct job *j, const char *user, const char *method, qf_time wall);

/* --- answers */
/* At once: a connection that has gone is not told. body: from "result" or "error" on. */
void answer_now(struct server *s, const struct waiter *w, const char *body, size_t n);
void answer_refusal(struct server *s, const struct waiter *w, const struct qf_refusal *r);
/* A record as the body's result, in s->body; its fields that are not OPT are taken to be there. raw (may be NULL): written already.
 * false: it is too large, and the body holds that refusal. */
bool answer_body(struct server *s, enum qf_cmd_id cmd, void *out, const struct qf_buf *raw);
void answer_waiter(void *arg, const struct waiter *w);
void answer_refused(void *arg, const struct waiter *w, enum qf_reason reason);

/* --- events.c */
struct events *events_new(void);
void events_free(struct events *e);
/* A row that is durable, or was loaded (oldest first). */
void events_take(struct events *e, const struct qf_event *row);
/* An incident and its event, in the open batch as soon as there is one. */
void server_incident(struct server *s, enum qf_severity severity, const char *fingerprint, const char *title, const char *detail);

#endif
