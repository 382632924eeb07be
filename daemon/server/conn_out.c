/* Bytes to and from the peer: plain descriptors directly (a request and its answer are one read and one write), TLS
 * through a bufferevent. Both queue in an evbuffer, so that a line for many is held once. */
#include "daemon/server/conn_impl.h"
#include "daemon/server/tls.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The queue is short again: whoever held back goes on. */
static void after_flush(struct conn *c)
{
    size_t left = conn_out(c);
    if (left > CONN_OUT_LOW || c->dead)
        return;
    if (c->high) {
        c->high = false;
        if (c->pending)
            conn_want_more(c);
    }
    if (c->above_low && !c->closing) {
        c->above_low = false;
        c->t->cb.drained(c->t->cb.arg, c);
    }
    if (left == 0 && c->eof && !c->pending && c->who.in_flight == 0)
        conn_close(c);
}

/* All is out: say so and wait for the peer to have read it. TLS peers know the end by close_notify. */
static void finish_closing(struct conn *c)
{
    if (c->tls) {
        tls_bye(c->ssl);
        conn_kill(c);
    } else if (c->eof || shutdown(c->fd, SHUT_WR) != 0) {
        conn_kill(c);
    }
}

void conn_flush(struct conn *c)
{
    if (c->dead)
        return;
    if (!c->tls && evbuffer_get_length(c->out) > 0) {
        int n = evbuffer_write(c->out, c->fd);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            conn_kill(c);
            return;
        }
    }
    c->blocked = !c->tls && evbuffer_get_length(c->out) > 0;
    if (c->closing && evbuffer_get_length(c->out) == 0)
        finish_closing(c);
    after_flush(c);
    conn_io_update(c);
}

static void want_flush(struct conn *c)
{
    if (c->tls || c->in_dirty || c->blocked)
        return;
    c->in_dirty = true;
    c->next_dirty = c->t->dirty;
    c->t->dirty = c;
    conn_soon(c->t);
}

/* After anything was queued. */
static void queued(struct conn *c, size_t n)
{
    size_t out = conn_out(c);
    c->t->stats.bytes_out += n;
    if (out > QF_MAX_OUT_BYTES) {
        c->t->stats.slow++;
        conn_kill(c);
        return;
    }
    c->above_low |= out > CONN_OUT_LOW;
    if (out > CONN_OUT_HIGH && !c->high) {
        c->high = true;
        conn_io_update(c);
    }
}

static void add(struct conn *c, const void *p, size_t n)
{
    if (evbuffer_add(c->out, p, n) != 0)
        conn_kill(c);
    else
        want_flush(c);
}

/* The cork into the queue, without writing. */
static void spill(struct conn *c)
{
    size_t n = c->t->cork_n;
    c->t->cork_n = 0;
    if (n > 0)
        add(c, c->t->cork, n);
}

void conn_send(struct conn *c, const void *p, size_t n)
{
    if (!conn_alive(c) || n == 0)
        return;
    struct conn_table *t = c->t;
    if (t->corked == c && t->cork_n + n <= sizeof t->cork) {
        memcpy(t->cork + t->cork_n, p, n);
        t->cork_n += n;
    } else {
        if (t->corked == c)
            spill(c);
        add(c, p, n);
    }
    if (!c->dead)
        queued(c, n);
}

void conn_send_shared(struct conn *c, const void *p, size_t n, conn_release_fn release, void *arg)
{
    if (conn_alive(c) && c->t->corked == c)
        spill(c);
    if (!conn_alive(c) || n == 0) {
        release(p, n, arg);
        return;
    }
    if (evbuffer_add_reference(c->out, p, n, release, arg) != 0) {
        release(p, n, arg);
        conn_kill(c);
        return;
    }
    want_flush(c);
    queued(c, n);
}

/* What gathered while lines were delivered leaves now, usually without ever being in a queue. */
void conn_uncork(struct conn *c)
{
    struct conn_table *t = c->t;
    size_t n = t->cork_n;
    t->cork_n = 0;
    if (c->dead)
        return;
    if (n > 0 && !c->tls && !c->blocked && evbuffer_get_length(c->out) == 0) {
        ssize_t sent = send(c->fd, t->cork, n, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            conn_kill(c);
            return;
        }
        size_t done = sent > 0 ? (size_t)sent : 0;
        if (done < n)
            add(c, t->cork + done, n - done);
    } else if (n > 0) {
        add(c, t->cork, n);
    }
    if (c->closing || c->in_dirty)
        conn_flush(c);
}

size_t conn_out(const struct conn *c)
{
    return evbuffer_get_length(c->out) + (c->t->corked == c ? c->t->cork_n : 0);
}

/* --- plain */
static void discard(struct conn *c)
{
    ssize_t n = recv(c->fd, c->t->scratch, sizeof c->t->scratch, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        conn_kill(c);
}

static void receive(struct conn *c)
{
    ssize_t n = recv(c->fd, c->t->scratch, sizeof c->t->scratch, 0);
    if (n > 0)
        conn_bytes(c, c->t->scratch, (size_t)n);
    else if (n == 0)
        conn_eof(c);
    else if (errno != EAGAIN && errno != EINTR)
        conn_kill(c);
}

static void on_ready(int fd, int what, void *arg)
{
    struct conn *c = arg;
    (void)fd;
    if ((what & QF_WRITE) && !c->dead) {
        c->blocked = false;
        conn_flush(c);
    }
    if (!(what & QF_READ) || c->dead)
        return;
    if (c->closing)
        discard(c);
    else if (conn_reads(c) && !c->pending && !c->eof)
        receive(c);
}

/* --- TLS. The handshake's end, bytes and faults come as callbacks, deferred, so none of them runs inside a call of
 * ours. */
static void tls_readable(struct bufferevent *b, void *arg)
{
    struct conn *c = arg;
    struct evbuffer *in = bufferevent_get_input(b);
    if (c->closing)
        evbuffer_drain(in, evbuffer_get_length(in));
    while (conn_reads(c) && !c->pending && evbuffer_get_length(in) > 0) {
        int n = evbuffer_remove(in, c->t->scratch, sizeof c->t->scratch);
        if (n <= 0)
            break;
        conn_bytes(c, c->t->scratch, (size_t)n);
    }
}

/* At the end nothing more will call for what libevent still holds: all of it is ours now. */
static void tls_take_rest(struct conn *c, struct evbuffer *in)
{
    int n;
    while (conn_alive(c) && (n = evbuffer_remove(in, c->t->scratch, sizeof c->t->scratch)) > 0)
        conn_bytes(c, c->t->scratch, (size_t)n);
}

static void tls_written(struct bufferevent *b, void *arg)
{
    (void)b;
    conn_flush(arg);
}

static void tls_event(struct bufferevent *b, short what, void *arg)
{
    struct conn *c = arg;
    if (c->dead)
        return;
    if (what & BEV_EVENT_CONNECTED) {
        c->handshake = false;
    } else if (what & BEV_EVENT_EOF) {
        tls_take_rest(c, bufferevent_get_input(b));
        if (c->closing)
            conn_kill(c);
        else if (!c->dead)
            conn_eof(c);
    } else if (what & BEV_EVENT_ERROR) {
        if (c->handshake)
            c->t->stats.tls_failed++;
        conn_kill(c);
    }
}

static bool open_tls(struct conn *c)
{
    struct event_base *base = qf_loop_base(c->t->loop);
    c->tls = bufferevent_openssl_socket_new(base, c->fd, c->ssl, BUFFEREVENT_SSL_ACCEPTING,
                                            BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    if (!c->tls)
        return false;
    c->out = bufferevent_get_output(c->tls);
    c->handshake = true;
    bufferevent_setwatermark(c->tls, EV_READ, 0, CONN_SCRATCH);
    bufferevent_setwatermark(c->tls, EV_WRITE, CONN_OUT_LOW, 0);
    bufferevent_setcb(c->tls, tls_readable, tls_written, tls_event, c);
    bufferevent_enable(c->tls, EV_READ | EV_WRITE);
    return true;
}

/* --- both */
bool conn_io_open(struct conn *c)
{
    if (c->ssl)
        return open_tls(c);
    c->out = evbuffer_new();
    if (!c->out)
        return false;
    c->watch = qf_watch_new(c->t->loop, c->fd, QF_READ, on_ready, c);
    return c->watch != NULL;
}

void conn_io_update(struct conn *c)
{
    if (c->dead)
        return;
    bool read = !c->eof && (c->closing || (conn_reads(c) && !c->pending));
    if (!c->tls) {
        qf_watch_set(c->watch, (read ? QF_READ : 0) | (c->blocked ? QF_WRITE : 0));
        return;
    }
    if (c->closing)
        bufferevent_setwatermark(c->tls, EV_WRITE, 0, 0);
    if (read && !(bufferevent_get_enabled(c->tls) & EV_READ)) {
        bufferevent_enable(c->tls, EV_READ);
        if (evbuffer_get_length(bufferevent_get_input(c->tls)) > 0)
            bufferevent_trigger(c->tls, EV_READ, BEV_TRIG_DEFER_CALLBACKS | BEV_TRIG_IGNORE_WATERMARKS);
    } else if (!read) {
        bufferevent_disable(c->tls, EV_READ);
    }
}

void conn_io_stop(struct conn *c)
{
    if (c->tls) {
        bufferevent_setcb(c->tls, NULL, NULL, NULL, NULL);
        bufferevent_disable(c->tls, EV_READ | EV_WRITE);
    } else if (c->watch) {
        qf_watch_free(c->watch);
        c->watch = NULL;
    }
}

void conn_io_free(struct conn *c)
{
    if (c->tls) {
        bufferevent_free(c->tls); /* and the SSL and the descriptor */
        return;
    }
    if (c->out)
        evbuffer_free(c->out);
    if (c->ssl)
        tls_discard(c->ssl);
    close(c->fd);
}
