/* The daemon put together: one object that all of server/ and api/ share, and what a command's handler sees of it. */
#ifndef QF_SERVER_SERVER_H
#define QF_SERVER_SERVER_H

#include "common/proto/frame.h"
#include "daemon/core/state.h"
#include "daemon/server/conf.h"
#include "daemon/server/conn.h"
#include "daemon/server/session.h"

struct server;
struct job;      /* job.h */
struct sampler;  /* sampler.h */
struct reader;   /* store/reader.h */
struct sessions; /* session.h */
struct commit;   /* commit.h */
struct topics;   /* topic.h */
struct worker;   /* worker.h */
struct audit;    /* audit.h */
struct requests; /* requests.h */
struct jobs;     /* jobs.h */
struct sampler;  /* sampler.h */
struct reader;   /* store/reader.h */

enum handled {
    HANDLED,      /* out is filled */
    REFUSED,      /* c->refusal is filled; nothing was changed */
    LATER,        /* an answer comes later, through what later_take gave; nothing was changed */
    REFUSED_NOTED /* c->refusal is filled, and something was written all the same (a request for a second person) */
};
/* What the audit trail says of a command that is done. */
enum audited {
    AUDITED,        /* a row */
    AUDITED_NOT,    /* no row of its own, but it changed something (an event) */
    AUDITED_NOTHING /* it changed nothing that is worth a row (a report that was known already) */
};

/* One command being handled. */
struct ctx {
    struct server *s;
    enum qf_cmd_id cmd;
    struct desk *desk;
    struct batch *batch;        /* the open batch: class WRITE only, else NULL */
    struct actor actor;         /* who, and wall time */
    bool signed_in;
    uint64_t conn;              /* number; 0 = the system itself */
    const char *source;
    const char *ref;            /* client_ref, "" when the command has none */
    struct qf_frame_id id;
    struct qf_arena *arena;     /* for lists of the answer; gone afterwards */
    struct qf_refusal refusal;
    char detail[256];           /* what the audit row says of a done command ("48213 BUY NVDA 2,000") */
    struct qf_buf *raw;         /* a handler that writes its result as JSON itself appends here (rpc.discover) */
    enum audited audited;
    bool counted;               /* outcome "counted" instead of "done" or "refused" */
    bool plain;                 /* a read that looks at nothing a batch could still undo: its answer need not wait for one */
    void (*after)(struct ctx *c, const void *in); /* called when the answer has been queued at once (plain) */
    const struct job *job;      /* of door.c and later.c */
};

/* Handlers: daemon/api/MODULE.c, one short function each, named api_<ident>. in: struct qf_<request>; out: struct qf_<reply>, zeroed;
 * qf_rec_fill is called on it by dispatch after HANDLED (OPT fields: QF_SET them yourself). Permission, decoding, idempotency,
 * audit and waiting for the batch are not theirs. A handler that refuses must not have changed the desk before. */
typedef enum handled (*handler_fn)(struct ctx *c, const void *in, void *out);
#define API(ident) \
    enum { api_row_##ident = QF_CMD_##ident }; \
    enum handled api_##ident(struct ctx *c, const void *in_, void *out_); \
    enum handled api_##ident(struct ctx *c, const void *in_, void *out_)

/* --- answers that come later (worker, database page) */
struct later;
/* Keeps what is needed to answer c after the handler has returned LATER. Freed by one of the three below. */
struct later *later_take(struct ctx *c);
void later_done(struct later *l, void *out); /* out: the reply record */
void later_refuse(struct later *l, const struct qf_refusal *r);
/* Goes back through the door as a write of the same command and person: fn is called like a handler with the open batch (in = the
 * pointer given here, which must live until then), is audited and answered when durable. Permission and session are asked again; fn
 * is not called when they do not hold any more, nor when no write can be taken (NOT_READY, DB_SLOW). release(in), when not NULL, is
 * called once, whether fn was or not. */
void later_write(struct later *l, handler_fn fn, void *in, void (*release)(void *in));

/* --- what the system does through the same door: fn is called with a ctx whose actor is the system user `user`; what it does is
 * one audit row with this method and detail. Returns what fn returned; QF_R_NOT_READY as REFUSED when no write can be taken.
 * It is passing: when its batch fails it is not done again. Works from inside a handler too. out of fn is NULL. */
enum handled door(struct server *s, const char *user, const char *method, handler_fn fn, const void *in, struct qf_refusal *ret);
/* The same for facts, which are never lost: a fill has happened whether the database answers or not. `in` (size bytes) is copied; fn is
 * called when there is room, in order, and again should its batch fail. false: too many wait. */
bool door_fact(struct server *s, const char *user, const char *method, handler_fn fn, const void *in, size_t size);

/* Something to be remembered: a row of system_events in the open batch (kept and written later when there is none), topic `events`. */
void server_event(struct server *s, enum qf_severity severity, const char *source, const char *fmt, ...) QF_PRINTF(4, 5);

/* A row of a topic made from the desk as it is now: pushed when what it may show is durable. */
void server_push(struct server *s, enum qf_topic_id topic, const void *row);
/* The first line of every screen. */
void server_status(struct server *s, struct qf_desk_status *ret);
/* The newest events in memory, newest first; and how many of warn and above came in the last hour of wall time. */
uint32_t server_events(struct server *s, struct qf_event *out, uint32_t max, enum qf_severity least);
int64_t server_alerts(struct server *s, qf_time wall);

/* --- parts, for handlers */
struct qf_loop *server_loop(struct server *s);
const struct conf *server_conf(struct server *s);
struct desk *server_desk(struct server *s);
struct topics *server_topics(struct server *s);
struct worker *server_worker(struct server *s);
struct conn_table *server_conns(struct server *s);
enum qf_db_state server_db(struct server *s);
uint32_t server_unsettled(struct server *s); /* commands not yet durable */
struct sampler *server_sampler(struct server *s);
struct reader *server_reader(struct server *s); /* store/reader.h */
const char *server_conninfo(struct server *s);  /* of the daemon's own role: for store/scan.h; lives as long as s. NULL: no database */
int64_t server_audit_head(struct server *s);    /* number of the last row of the trail, durable or not */
struct sessions *server_sessions(struct server *s);
struct sampler *server_sampler(struct server *s); /* sampler.h */

#endif
