/* Connections: bytes in lines, out with limits. One object for Unix socket, TCP and TLS; the only room that names
 * bufferevents. A connection is referred to by its number, which is never used twice: a number whose connection has
 * gone is simply not found.
 *
 * What is queued leaves in the next round of the loop at the latest, all of one connection in one system call; what a
 * `line` callback queues for its own connection leaves when the lines read with it have been handled. Nothing is freed
 * and no `closed` is called from inside any function of this file: both happen in the next round of the loop. */
#ifndef QF_SERVER_CONN_H
#define QF_SERVER_CONN_H

#include "common/loop.h"
#include "common/mem.h"
#include "common/proto/proto.h"

#define CONN_OUT_LOW (64 * 1024)    /* waiting for a peer: below this it keeps up */
#define CONN_OUT_HIGH (1024 * 1024) /* above this nothing more is read from it until it is below CONN_OUT_LOW again */

struct conn;
struct conn_table; /* all of them */

struct conn_callbacks {
    /* One line without '\n', only until it returns. */
    void (*line)(void *arg, struct conn *c, const char *line, size_t n);
    void (*opened)(void *arg, struct conn *c);
    /* Once for each `opened`; conn_find does not know it any more. */
    void (*closed)(void *arg, struct conn *c);
    /* More than CONN_OUT_LOW bytes were queued and are below it again. */
    void (*drained)(void *arg, struct conn *c);
    void *arg;
};

/* Counted since the start. */
struct conn_stats {
    uint64_t taken;       /* connections */
    uint64_t full;        /* refused because there was no room */
    uint64_t slow;        /* closed with QF_MAX_OUT_BYTES unread */
    uint64_t idle;        /* closed because nobody signed in, or the TLS handshake took too long */
    uint64_t tls_failed;  /* handshakes that failed */
    uint64_t lines, long_lines;
    uint64_t bytes_in, bytes_out; /* bytes_out: queued */
};

struct conn_table *conn_table_new(struct qf_loop *loop, const struct conn_callbacks *cb);
/* Closes all; `closed` is called for each. */
void conn_table_free(struct conn_table *t);
/* NULL when it is gone or closing. O(1). */
struct conn *conn_find(struct conn_table *t, uint64_t number);
uint32_t conn_count(const struct conn_table *t);
uint64_t conn_queued(const struct conn_table *t); /* bytes waiting for all readers */
const struct conn_stats *conn_stats(const struct conn_table *t);
/* Walk all: calls fn for each. */
void conn_each(struct conn_table *t, void (*fn)(void *arg, struct conn *c), void *arg);
/* Writes what has been queued for all now instead of in the next round: at the end of whatever answers many at once. */
void conn_table_flush(struct conn_table *t);
/* How long, in us, a peer that is not signed in may say nothing (60 s), and how long a TLS handshake may take (10 s).
 * For tests. */
void conn_table_patience(struct conn_table *t, int64_t unsigned_us, int64_t handshake_us);

/* Takes an accepted descriptor, also when it fails: NULL when there is no room or no memory (fd and ssl are closed
 * then). ssl: an SSL * from tls_accept or NULL. source: "unix" or "ADDRESS:PORT tls". The last QF_RESERVED_UNIX places
 * are for the Unix socket, so that nobody on the network can keep the people on the machine from stopping the desk. */
struct conn *conn_take(struct conn_table *t, int fd, void *ssl, const char *source);

uint64_t conn_number(const struct conn *c);
/* A number below QF_MAX_CONNECTIONS, no other living connection's; used again later. For arrays beside the table. */
uint32_t conn_slot(const struct conn *c);
const char *conn_source(const struct conn *c);      /* "unix", "127.0.0.1:4711 tls" */
int64_t conn_since(const struct conn *c);           /* CLOCK_MONOTONIC of its begin, ns */
bool conn_peer(const struct conn *c, int64_t *ret_uid, int64_t *ret_pid); /* Unix socket only */
size_t conn_out(const struct conn *c);              /* bytes not yet taken by the peer */
/* Queues bytes. A peer with more than QF_MAX_OUT_BYTES waiting is closed. */
void conn_send(struct conn *c, const void *p, size_t n);
/* Queues bytes shared by many connections: `p` stays valid until `release` has been called once for each send (with
 * what was given here). release may be called before this returns (a connection that is closing). */
typedef void (*conn_release_fn)(const void *p, size_t n, void *arg);
void conn_send_shared(struct conn *c, const void *p, size_t n, conn_release_fn release, void *arg);
/* Stop and go on reading (back-pressure). Lines already read wait. */
void conn_pause(struct conn *c, bool paused);
/* Sends what is queued, then closes. why goes to nobody but the log. No further line is delivered. */
void conn_close(struct conn *c);
/* A place for the server: who is signed in on it (struct who of session.h). */
struct who *conn_who(struct conn *c);

#endif
