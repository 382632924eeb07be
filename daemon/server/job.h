/* One command on its way through a batch, kept with it so that it can be decided again. */
#ifndef QF_SERVER_JOB_H
#define QF_SERVER_JOB_H

#include "daemon/server/digest.h"
#include "daemon/server/server.h"

struct job {
    struct job *next;
    bool owned;              /* the system's own or a late one: memory of its own, decided again whatever happens to its batch */
    bool system;             /* nobody waits for it */
    uint64_t came;           /* its place in the order in which owned jobs came; 0 = it has not waited yet */
    enum qf_cmd_id cmd;      /* QF_CMD_COUNT: no row, a door of the system */
    const char *method;      /* as the audit trail names it */
    handler_fn fn;
    const void *in;          /* the request, decoded */
    struct later *later;     /* begun by a handler that said LATER: its memory */
    bool daemon;             /* the daemon's own, not a person's */
    /* who and from where, as it was when the command came */
    bool signed_in;
    char user[33];
    int role;
    int64_t session;
    qf_time wall;
    const char *source;
    const char *ref;         /* "" when the command has none */
    uint64_t conn;
    struct qf_frame_id id;
    int64_t began;           /* monotonic ns */
    /* its arguments as the audit trail shows them, and their hash */
    struct qf_str args;
    unsigned char hash[DIGEST_BYTES];
};

#endif
