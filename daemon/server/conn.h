/* Connections: bytes in lines, out with limits. One object for Unix socket, TCP and TLS; the only room that names bufferevents.
 * A connection is referred to by its number, which is never used twice: a number whose connection has gone is simply not found. */
#ifndef QF_SERVER_CONN_H
#define QF_SERVER_CONN_H

#include "common/loop.h"
#include "common/mem.h"
#include "common/proto/proto.h"

struct conn;
struct conn_table; /* all of them */

struct conn_callbacks {
    /* One line without '\n', only until it returns. */
    void (*line)(void *arg, struct conn *c, const char *line, size_t n);
    void (*opened)(void *arg, struct conn *c);
    void (*closed)(void *arg, struct conn *c);
    /* What was queued has gone out to below the low mark again. */
    void (*drained)(void *arg, struct conn *c);
    void *arg;
};

struct conn_table *conn_table_new(struct qf_loop *loop, const struct conn_callbacks *cb);
void conn_table_free(struct conn_table *t);
struct conn *conn_find(struct conn_table *t, uint64_t number);
uint32_t conn_count(const struct conn_table *t);
uint64_t conn_queued(const struct conn_table *t); /* bytes waiting for all readers */
/* Walk all: calls fn for each. */
void conn_each(struct conn_table *t, void (*fn)(void *arg, struct conn *c), void *arg);

/* Takes an accepted descriptor. ssl: an SSL * of libssl or NULL. */
struct conn *conn_take(struct conn_table *t, int fd, void *ssl, const char *source);

uint64_t conn_number(const struct conn *c);
const char *conn_source(const struct conn *c);      /* "unix", "127.0.0.1:4711 tls" */
bool conn_peer(const struct conn *c, int64_t *ret_uid, int64_t *ret_pid); /* Unix socket only */
size_t conn_out(const struct conn *c);              /* bytes not yet taken by the peer */
/* Queues bytes. A peer with more than QF_MAX_OUT_BYTES waiting is closed. */
void conn_send(struct conn *c, const void *p, size_t n);
/* Queues bytes shared by many connections: `p` stays valid until `release` has been called once for each send. */
void conn_send_shared(struct conn *c, const void *p, size_t n, void (*release)(void *arg), void *arg);
/* Stop and go on reading (back-pressure). Lines already read wait. */
void conn_pause(struct conn *c, bool paused);
/* Sends what is queued, then closes. why goes to nobody but the log. */
void conn_close(struct conn *c);
/* A place for the server: who is signed in on it (struct who of session.h). */
struct who *conn_who(struct conn *c);

#endif
