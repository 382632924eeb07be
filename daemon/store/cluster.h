/* The private PostgreSQL: a cluster in the state folder, reached over a Unix socket only, run by an unprivileged user,
 * started and stopped with the daemon, adopted when it is already running and started again when it dies. */
#ifndef QF_STORE_CLUSTER_H
#define QF_STORE_CLUSTER_H

#include "common/loop.h"

#define CLUSTER_WHY 320
#define CLUSTER_SOCKET_MAX 93 /* PostgreSQL appends "/.s.PGSQL.5432", sun_path holds 107 bytes */
#define CLUSTER_ADMIN "qf_admin"   /* superuser, for setting up only */
#define CLUSTER_OWNER "qf_owner"   /* owns the database and its tables: migrations */
#define CLUSTER_DAEMON "qf_daemon" /* the daemon's own: rows, no DDL */
#define CLUSTER_DATABASE "quantumfond"

struct cluster;

struct cluster_conf {
    const char
        *dir; /* absolute; data/, log/ and (without socket_dir) run/ lie in it. Made when missing, parent must exist */
    const char *socket_dir; /* absolute, at most CLUSTER_SOCKET_MAX bytes; NULL = dir/run */
    const char *bin_dir;    /* of initdb and postgres; NULL = where Debian has them */
    const char *user;       /* when we are root: the operating system's user that runs it */
};

/* Makes the cluster if there is none, starts it or adopts the one that runs, and sees to roles and database. Blocks:
 * about 0.2 s, 1 s the first time, up to 60 s when it has to recover. The strings are copied.
 * Errors: QF_ERANGE socket path too long, QF_ENOENT no such user or program, QF_EBUSY another program has been starting
 * it for a minute, QF_EIO anything of the system, QF_ETIMEOUT it does not become ready, QF_ECLOSED and QF_ESTATE roles and
 * database cannot be made. ret_why is one line. */
enum qf_err cluster_start(const struct cluster_conf *conf, struct cluster **ret,
                          char ret_why[CLUSTER_WHY]) QF_MUST_CHECK;

/* From now on, when the server ends by itself, it is started again with growing pauses (0.1 s to 5 s). said: one line
 * for the log each time (may be NULL). */
void cluster_watch(struct cluster *c, struct qf_loop *loop, void (*said)(void *arg, const char *line), void *arg);

/* Fast shutdown, waits up to 15 s, then an immediate one (which recovers at the next start). Frees c; NULL is fine. */
void cluster_stop(struct cluster *c);
/* Lets it run on and frees c. */
void cluster_leave(struct cluster *c);

/* Connection strings; valid until the cluster is freed. */
const char *cluster_conninfo(const struct cluster *c, const char *role);
/* The postmaster; 0 while there is none. */
int cluster_pid(const struct cluster *c);
/* Was it running before us? */
bool cluster_adopted(const struct cluster *c);

#endif
