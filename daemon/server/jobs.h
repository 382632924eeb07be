/* Long work: exports, reports. Each piece of it is a row that people see (topic `jobs`), runs on a thread of its own outside of the
 * pool that passwords and the journal use, and makes bytes that its owner takes piece by piece with job.read (pieces.h).
 *
 * It begins when the command that asked for it is durable. It ends when its producer does, when its owner or an admin cancels it,
 * when its owner's connection has been gone for JOBS_GONE_US, or when nobody has asked for a piece that is there for JOBS_UNREAD_US. */
#ifndef QF_SERVER_JOBS_H
#define QF_SERVER_JOBS_H

#include "daemon/server/pieces.h"
#include "daemon/server/server.h"

#define JOBS_RUNNING 4                /* at once: each has a thread and maybe a connection to the database; then BUSY */
#define JOBS_KEPT 64                  /* rows in memory; the oldest that has ended makes room */
#define JOBS_KEEP_US (60 * QF_MIN)    /* a row that has ended */
#define JOBS_GONE_US (30 * QF_SEC)
#define JOBS_UNREAD_US (60 * QF_SEC)

struct jobs;
struct jobs_run; /* one piece of work as its producer sees it */

/* --- for producers: handlers of class WRITE (export.start, report.make) */
struct jobs_work {
    const char *kind;        /* "export", "report"; at most 16 bytes. Copied, as is title */
    const char *title;       /* "executions as csv", at most 80 bytes */
    enum qf_cmd_id like;     /* whoever asks for it, and for its pieces, must be allowed to do this command (QF_CMD_audit_list) */
    /* On a thread of its own, without the desk: takes what it needs in arg. true: all of it has been written. false: it failed
     * (jobs_failed has said why) or was cancelled. */
    bool (*run)(struct jobs_run *run, void *arg);
    void (*release)(void *arg); /* on the loop, once, whatever became of it */
    void *arg;
};
/* Takes work->arg in any case. HANDLED: *ret is its row, and it begins when the open batch is durable. REFUSED: FORBIDDEN (like),
 * BUSY. Call it last in the handler: nothing may be refused behind it. */
enum handled jobs_start(struct ctx *c, const struct jobs_work *work, struct qf_job *ret);

/* On its thread: */
/* More bytes; waits for the reader. false: cancelled, come to an end. */
bool jobs_write(struct jobs_run *run, const void *bytes, size_t n) QF_MUST_CHECK;
/* How far it is: steps or rows. total -1: not known. Cheap, call it as often as you like. */
void jobs_progress(struct jobs_run *run, int64_t done, int64_t total);
/* Why it cannot go on, one sentence of at most 160 bytes; the first one counts. */
void jobs_failed(struct jobs_run *run, const char *fmt, ...) QF_PRINTF(2, 3);
/* For scan_open, and to be looked at in long loops. */
const atomic_bool *jobs_cancelled(const struct jobs_run *run);

/* --- for api/jobs.c */
enum handled jobs_read(struct ctx *c, const struct qf_job_read *in, struct qf_job_piece *out);
enum handled jobs_cancel(struct ctx *c, int64_t id, struct qf_job *out);
/* Newest first; returns how many. */
uint32_t jobs_rows(struct server *s, struct qf_job out[JOBS_KEPT]);

/* --- for server.c */
struct jobs *jobs_new(struct server *s);
/* Cancels all of them and waits for their threads. */
void jobs_free(struct jobs *j);
/* Another patience than JOBS_GONE_US and JOBS_UNREAD_US, for tests. */
void jobs_patience(struct jobs *j, int64_t gone_us, int64_t unread_us);

#endif
