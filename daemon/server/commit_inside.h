/* What commit.c (the way of a batch that goes well) and commit_fail.c (of one that does not) share. */
#ifndef QF_SERVER_COMMIT_INSIDE_H
#define QF_SERVER_COMMIT_INSIDE_H

#include "daemon/server/commit.h"

#define SLOTS 4 /* open and sent; while commands are decided again one by one two more keep the batches they come from */
#define ARENA_MAX (96u * 1024 * 1024)  /* 1,024 requests of 24 KiB, held answers and pushes */
#define ARENA_TIGHT (24u * 1024 * 1024) /* no further command beyond; the rest is for answers and pushes */
#define BACKLOG_MAX 131072 /* a fill and an end for every open order */
#define FACTS_ALONE 64 /* of a burst of facts so many go with a batch, and */
#define FACTS_PART 16 /* one in so many of those that wait: people wait for their commands, and yet the facts of commands never pile up */
#define LAZY_US (2 * QF_MS) /* a venue's report waits so long for company: then a lone order costs one transaction, not two */
#define TELL_AFTER_US (5 * QF_SEC) /* a batch in doubt for so long: its people are told that nobody knows */

enum slot_state { SLOT_FREE, SLOT_OPEN, SLOT_SENT, SLOT_KEPT, SLOT_DOUBT };

struct slot {
    enum slot_state state;
    void *memory;
    struct batch *rows;
    struct qf_arena arena;
    struct job *first_job, **last_job;
    struct waiter *first_waiter, **last_waiter;
    uint32_t jobs, held;
    uint32_t facts; /* decided here */
    size_t held_bytes;
    struct push *first_push, **last_push;
    struct hook *first_hook;
    int64_t sent_ns;
};

struct commit {
    struct commit_port port;
    struct commit_events ev;
    struct slot slots[SLOTS];
    struct slot *open, *sent, *doubt;
    struct qf_timer *seal_timer, *tell_timer;
    uint64_t next_no, done;
    bool urgent;          /* the open batch holds more than facts */
    bool lazy_set;        /* its timer runs for facts */
    bool up;              /* connected and loaded */
    bool loading, slow, fenced;
    /* the system's jobs that wait */
    struct job *backlog, **backlog_last;
    uint32_t backlog_n;
    uint64_t came;        /* jobs that ever waited */
    /* deciding again: jobs of the kept slots, in order */
    struct job *again;
    uint32_t again_n;
    bool redoing;
    bool pumping, deciding, sealing;
};

void commit_slot_open(struct commit *c);
void commit_slot_free(struct commit *c, struct slot *s);
void commit_attach(struct slot *s, struct job *j);
void commit_seal(struct commit *c);
/* Decides what waits: jobs again, then the backlog. */
void commit_pump(struct commit *c);
/* Sends the waiters of s their answers (reason QF_R_COUNT) or this refusal, and empties the list. */
void commit_tell(struct commit *c, struct slot *s, enum qf_reason reason);
void commit_hooks(struct slot *s, bool ok);

#endif
