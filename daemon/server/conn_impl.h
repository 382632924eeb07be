/* The inside of connections, shared by conn.c (the table and its clock), conn_in.c (bytes to lines) and conn_out.c
 * (bytes to the peer, the only one of them that names libevent). */
#ifndef QF_SERVER_CONN_IMPL_H
#define QF_SERVER_CONN_IMPL_H

#include "common/proto/frame.h"
#include "daemon/server/conn.h"
#include "daemon/server/session.h"

struct evbuffer;
struct bufferevent;

#define CONN_SCRATCH (64 * 1024) /* read at once */
#define CONN_ROUND 64 /* lines of one connection in one round of the loop, so that the others get their turn */
#define CONN_LINGER_NS 2000000000LL /* how long a closing connection may take to read what it was sent */

struct conn {
    struct who who;
    struct conn_table *t;
    uint64_t number;
    uint32_t slot;
    int fd;
    struct qf_watch *watch;  /* plain ones */
    struct bufferevent *tls; /* the others */
    void *ssl;               /* belongs to tls */
    struct evbuffer *out;    /* of tls when there is one */
    char source[65];
    bool peer;
    int64_t uid, pid;
    int64_t since, heard, linger; /* CLOCK_MONOTONIC ns: begin, last whole line, end of a closing one's patience */
    /* in */
    struct qf_buf in;        /* read and not yet delivered */
    size_t scanned;          /* bytes of it known to hold no '\n' */
    bool pending;            /* it may hold whole lines: nothing more is read before they are delivered */
    bool skipping;           /* inside a line that was too long */
    uint32_t long_lines;
    /* state */
    bool paused;             /* by conn_pause */
    bool high;               /* the peer does not read: neither do we */
    bool above_low;          /* `drained` is owed */
    bool blocked;            /* the kernel takes no more: wait for QF_WRITE */
    bool handshake;          /* TLS is not there yet */
    bool eof;                /* the peer has closed its side */
    bool closing, dead;
    bool in_dirty, in_more;
    struct conn *next_dirty, *next_more, *next_dead;
};

struct conn_table {
    struct qf_loop *loop;
    struct conn_callbacks cb;
    struct conn_stats stats;
    struct qf_timer *soon;  /* the next round: flush, more lines, bury */
    bool soon_set;
    struct qf_timer *sweep;
    int64_t unsigned_ns, handshake_ns;
    struct conn *slot[QF_MAX_CONNECTIONS];
    uint32_t free_slot[QF_MAX_CONNECTIONS];
    uint32_t free_count, count;
    uint64_t serial;
    struct conn *dirty, *more, *dead;
    struct conn *corked;    /* its lines are being delivered; what it is sent gathers in cork */
    size_t cork_n;
    char cork[CONN_SCRATCH];
    char scratch[CONN_SCRATCH];
};

/* conn.c */
void conn_soon(struct conn_table *t);
void conn_kill(struct conn *c); /* at once; buried in the next round */
static inline bool conn_alive(const struct conn *c)
{
    return !c->dead && !c->closing;
}
static inline bool conn_reads(const struct conn *c)
{
    return conn_alive(c) && !c->paused && !c->high;
}

/* conn_in.c */
void conn_bytes(struct conn *c, const char *p, size_t n); /* what was read */
void conn_more(struct conn *c);      /* delivers what is pending */
void conn_want_more(struct conn *c); /* does so in the next round */
void conn_eof(struct conn *c);

/* conn_out.c */
bool conn_io_open(struct conn *c);   /* watch or bufferevent; false without memory */
void conn_io_stop(struct conn *c);   /* no event any more */
void conn_io_free(struct conn *c);
void conn_io_update(struct conn *c); /* what is waited for follows from the state */
void conn_flush(struct conn *c);
void conn_uncork(struct conn *c);

#endif
