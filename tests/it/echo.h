/* A server that answers each line with itself, driven by the test: nothing happens but in turn(). Clients are plain
 * non-blocking sockets of the same process. Included by one file a program. */
#ifndef QF_TESTS_IT_ECHO_H
#define QF_TESTS_IT_ECHO_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/conn.h"
#include "daemon/server/session.h"

struct echo {
    struct qf_loop *loop;
    struct conn_table *conns;
    char dir[64], path[100];
    bool sign_in;             /* every connection counts as signed in */
    bool silent;              /* lines are counted, not answered */
    bool (*special)(struct echo *e, struct conn *c, const char *line, size_t n); /* true: handled */
    int opened, closed, drained;
    long lines;
    uint64_t last;            /* number of the connection opened last */
    uint64_t closed_number;
    struct qf_buf order;      /* first byte of each line, as they came */
};

static void echo_line(void *arg, struct conn *c, const char *line, size_t n)
{
    struct echo *e = arg;
    e->lines++;
    qf_buf_char(&e->order, n > 0 ? line[0] : '-');
    if ((e->special && e->special(e, c, line, n)) || e->silent)
        return;
    conn_send(c, line, n);
    conn_send(c, "\n", 1);
}

static void echo_opened(void *arg, struct conn *c)
{
    struct echo *e = arg;
    e->opened++;
    e->last = conn_number(c);
    conn_who(c)->signed_in = e->sign_in;
}

static void echo_closed(void *arg, struct conn *c)
{
    struct echo *e = arg;
    e->closed++;
    e->closed_number = conn_number(c);
}

static void echo_drained(void *arg, struct conn *c)
{
    (void)c;
    ((struct echo *)arg)->drained++;
}

static int echo_set_up(void **state)
{
    static struct echo e;
    memset(&e, 0, sizeof e);
    const struct conn_callbacks cb = { echo_line, echo_opened, echo_closed, echo_drained, &e };
    qf_str_copy(e.dir, sizeof e.dir, "/tmp/qf_edge.XXXXXX");
    if (!mkdtemp(e.dir))
        return -1;
    qf_str_fmt(e.path, sizeof e.path, "%s/s", e.dir);
    qf_buf_init(&e.order, 64 * 1024 * 1024);
    e.loop = qf_loop_new();
    e.conns = conn_table_new(e.loop, &cb);
    *state = &e;
    return 0;
}

static int echo_tear_down(void **state)
{
    struct echo *e = *state;
    conn_table_free(e->conns);
    qf_loop_free(e->loop);
    qf_buf_release(&e->order);
    unlink(e->path);
    return rmdir(e->dir) == 0 && e->opened == e->closed ? 0 : -1;
}

static void turn(struct echo *e)
{
    for (int i = 0; i < 4; i++)
        qf_loop_once(e->loop, 0);
}

/* Turns until *n is at least want, at most ten seconds. */
static inline void turn_until(struct echo *e, const int *n, int want)
{
    int64_t end = qf_now_mono() + 10000000000LL;
    while (*n < want && qf_now_mono() < end)
        qf_loop_once(e->loop, 2000);
    assert_true(*n >= want);
}

/* A connection over a socket pair: the server's end is taken, the client's returned. */
static inline int echo_pair(struct echo *e)
{
    int sv[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sv), 0);
    assert_non_null(conn_take(e->conns, sv[0], NULL, "unix"));
    return sv[1];
}

/* Writes all of it, letting the server work when the socket is full. */
static inline void put(struct echo *e, int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent > 0) {
            p += sent;
            n -= (size_t)sent;
            continue;
        }
        assert_true(errno == EAGAIN);
        turn(e);
    }
}

static inline void put_text(struct echo *e, int fd, const char *text)
{
    put(e, fd, text, strlen(text));
    turn(e);
}

/* What has come, appended; false at the end of the stream. */
static inline bool take(struct echo *e, int fd, struct qf_buf *b)
{
    for (;;) {
        char *room = qf_buf_room(b, 65536);
        assert_non_null(room);
        ssize_t n = recv(fd, room, 65536, 0);
        if (n > 0)
            b->len += (size_t)n;
        else if (n == 0 || errno != EAGAIN)
            return false;
        else
            return true;
        turn(e);
    }
}

/* Everything that comes, as text (static); "" when nothing does. */
static inline const char *got(struct echo *e, int fd)
{
    static struct qf_buf b;
    if (b.max == 0)
        qf_buf_init(&b, 64 * 1024 * 1024);
    qf_buf_clear(&b);
    turn(e);
    take(e, fd, &b);
    return qf_buf_cstr(&b);
}

/* Is the stream at its end (after what may still come)? */
static inline bool at_end(struct echo *e, int fd)
{
    struct qf_buf b;
    qf_buf_init(&b, 64 * 1024 * 1024);
    turn(e);
    bool more = take(e, fd, &b);
    qf_buf_release(&b);
    return !more;
}

#endif
