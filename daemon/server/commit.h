/* Group commit: commands are decided one after the other and gather in the open batch while the one before is being written; what
 * came of them leaves when their batch is durable. Also what happens when a batch does not become durable.
 *
 *   OPEN -> SENT -> durable            answers leave, rows are pushed, orders go to their venues
 *                -> NOT_DONE           undone in memory together with the open one; people are told NOT_DONE, the system's own
 *                                      commands (a venue's reports) are decided again
 *                -> GUILTY             both undone, their commands decided again one a transaction; the one that fails again is refused
 *                -> doubt              stays as it is, at its worst, until the database tells (commit_settled); the open one is undone
 *
 * Knows neither sockets nor PostgreSQL: both are handed in. */
#ifndef QF_SERVER_COMMIT_H
#define QF_SERVER_COMMIT_H

#include "daemon/core/batch.h"
#include "daemon/server/job.h"
#include "daemon/store/lane.h"

struct commit;

/* Who waits for an answer. */
struct waiter {
    struct waiter *next;
    uint64_t conn;
    struct qf_frame_id id;
    enum qf_cmd_id cmd;
    int64_t began;            /* monotonic ns */
    bool of_job;              /* the answer to a job of this batch: a job decided again brings a new one */
    const char *body;         /* from "result" or "error" on */
    size_t n;
};

/* Somebody inside who wants to know what became of a batch. */
struct hook {
    struct hook *next;
    void (*fn)(void *arg, bool ok);
    void *arg;
};

/* A row of a topic that leaves when its batch is durable. */
struct push {
    struct push *next;
    enum qf_topic_id topic;
    void *row;
};

/* How deciding a job ended. */
enum job_end {
    JOB_COMMAND, /* its rows are in the open batch: it stays with it */
    JOB_OVER     /* nothing is in the batch: it was answered, or will be by other means */
};

/* How batches reach the database. */
struct commit_port {
    bool (*idle)(void *arg);
    void (*send)(void *arg, struct batch *b);
    void *arg;
};

struct commit_events {
    /* Decides a job on the desk; rows go to commit_batch, answers through commit_reply. */
    enum job_end (*decide)(void *arg, struct job *j);
    void (*answer)(void *arg, const struct waiter *w);
    void (*refuse)(void *arg, const struct waiter *w, enum qf_reason reason);
    /* b is sealed and the desk is as b leaves it: rows that need more than b holds go out by commit_push. */
    void (*sealed)(void *arg, struct batch *b);
    /* b is durable: before its answers leave, and after. In both a new open batch is there. took_us: since it was sent. */
    void (*settled)(void *arg, struct batch *b);
    void (*durable)(void *arg, struct batch *b, const struct push *pushes, int64_t took_us);
    /* b was undone. Derived state is not yet rebuilt. */
    void (*undone)(void *arg, struct batch *b);
    void (*rebuild)(void *arg);
    /* The first open batch after something was undone, or after a reconnect. */
    void (*reopened)(void *arg);
    /* A job whose rows the database refuses also when it is alone: answer INTERNAL, write it down. */
    void (*guilty)(void *arg, struct job *j, const char *sqlstate, const char *message);
    /* An owned job is over. */
    void (*drop)(void *arg, struct job *j);
    /* What commit_room or commit_trouble say may be another thing now. */
    void (*moved)(void *arg);
    void *arg;
};

enum commit_trouble {
    TROUBLE_NONE,
    TROUBLE_SLOW,    /* a batch has no answer for 250 ms: no new risk */
    TROUBLE_DOUBT,   /* a batch is in doubt */
    TROUBLE_DOWN,    /* no connection, or another daemon has taken over */
    TROUBLE_LOADING  /* connected, the desk is being read */
};

struct commit *commit_new(struct qf_loop *loop, const struct commit_port *port, const struct commit_events *events);
void commit_free(struct commit *c);

/* --- asking */
enum commit_trouble commit_trouble(const struct commit *c);
/* Can a command be decided now? false while in trouble (but SLOW), while the open batch is full, and while commands are decided
 * again one by one. commit_wait_helps: it will go on by itself soon. */
bool commit_room(const struct commit *c);
bool commit_wait_helps(const struct commit *c);
/* Drops the system's jobs that wait and have this method. */
void commit_forget(struct commit *c, const char *method);
/* Gives back the open batch's memory when it is tight with what no command in it needs: repeats that were answered from what is
 * stored leave their arguments there, and a batch without commands is never sent. */
void commit_unclog(struct commit *c);
/* The open batch, NULL while there is none to be had (trouble other than SLOW). */
struct batch *commit_batch(struct commit *c);
struct qf_arena *commit_arena(struct commit *c); /* lives as long as the open batch */
int64_t commit_oldest_us(const struct commit *c);  /* how long the batch with the database, or in doubt, has been waiting; 0 = none */
uint32_t commit_unsettled(const struct commit *c); /* commands not yet durable */
uint64_t commit_done(const struct commit *c);      /* commands made durable, ever */
bool commit_idle(const struct commit *c);          /* nothing is open, sent, waiting or in doubt */

/* --- commands. Only with commit_room. A job that is not owned lies in commit_arena. */
void commit_take(struct commit *c, struct job *j);
/* Inside decide or between commands: a command of the system that has put its rows into the open batch. It is not decided again. */
void commit_add(struct commit *c, struct job *j);
/* Owned jobs wait here, in order, until there is room. QF_EFULL: too many wait; the job stays the caller's. */
enum qf_err commit_backlog(struct commit *c, struct job *j) QF_MUST_CHECK;
uint32_t commit_waiting(const struct commit *c);

/* --- answers. The body is copied. */
/* Inside decide: leaves when the open batch is durable. */
void commit_reply(struct commit *c, const struct waiter *w, const char *body, size_t n);
/* Joins the batch of that number: false when it is not waited for any more. */
bool commit_join(struct commit *c, uint64_t batch, const struct waiter *w, const char *body, size_t n);
/* A read that may have seen what is not durable: QF_OK it is held, QF_ENOENT nothing is open: answer now; QF_EFULL: BUSY. */
enum qf_err commit_hold(struct commit *c, const struct waiter *w, const char *body, size_t n) QF_MUST_CHECK;
/* For the system's own: fn(arg, true) when what was put into the open batch is durable, false when it was undone. */
void commit_tell_me(struct commit *c, void (*fn)(void *arg, bool ok), void *arg);
/* A row made from the desk as it is now: leaves with the newest batch that is not durable. false: there is none, push it now. */
bool commit_push(struct commit *c, enum qf_topic_id topic, const void *row);
/* Something without a command (a state row) joined the open batch: let it go soon. */
void commit_kick(struct commit *c);

/* --- what the lane says */
void commit_connected(struct commit *c); /* LOADING until commit_ready */
void commit_on_durable(struct commit *c, struct batch *b);
void commit_on_failed(struct commit *c, struct batch *b, enum lane_failure how, const char *sqlstate, const char *message);
void commit_on_slow(struct commit *c, bool slow);
void commit_on_doubt(struct commit *c, struct batch *b);
void commit_on_lost(struct commit *c);

/* --- after a reconnect */
/* The batch in doubt, NULL when there is none. */
struct batch *commit_in_doubt(const struct commit *c);
/* The database has told: it is there, or it is not (then it is undone on the old desk's memory, which must still be mapped). */
void commit_settled(struct commit *c, bool durable);
/* The desk is loaded: commands are taken again. */
void commit_ready(struct commit *c);
bool commit_fenced(const struct commit *c);

#endif
