/* What jobs.c (the table and the threads) and jobs_read.c (who takes the pieces) share. */
#ifndef QF_SERVER_JOBS_INSIDE_H
#define QF_SERVER_JOBS_INSIDE_H

#include "daemon/server/jobs.h"

#define JOBS_ASKS 4 /* of one job that wait for a piece: two of its reader, and two it left behind on a lost connection */

struct jobs_ask {
    struct later *later;
    uint64_t conn;
    int64_t offset;
};

enum jobs_phase {
    JOBS_WAITS,  /* for its batch to be durable */
    JOBS_RUNS,   /* on its thread */
    JOBS_IS_OVER /* the thread has let go of it */
};

struct jobs_run {
    struct jobs *jobs;
    struct server *s;
    struct qf_job row;
    struct jobs_work work;
    struct pieces *pieces;      /* NULL: not kept any more */
    atomic_llong done, total;   /* the producer's */
    bool ok;                    /* the producer's, until it is over */
    char why[161];
    enum jobs_phase phase;
    uint64_t conn;              /* asked last; it is its owner's */
    int64_t gone_ns;            /* that connection has gone since; 0 = it is there */
    int64_t asked_ns;           /* last ask */
    int64_t over_ns;
    struct jobs_ask ask[JOBS_ASKS];
    int asks;
};

struct jobs_run *jobs_find(struct jobs *j, int64_t id);
/* Ends it; why NULL: somebody wanted it so. Nothing when it is over. */
void jobs_end(struct jobs_run *r, const char *why);
/* Answers those that wait for a piece, as far as that can be done now. */
void jobs_serve(struct jobs_run *r);

#endif
