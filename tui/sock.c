#include "tui/sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/proto/frame.h"
#include "common/str.h"

enum phase { PHASE_CONNECT, PHASE_TLS, PHASE_OPEN, PHASE_DEAD };

struct sock {
    struct qf_loop *loop;
    struct sock_callbacks cb;
    struct qf_watch *watch;
    struct qf_timer *kick; /* reports a death from the loop, never from inside a call */
    int fd;
    enum phase phase;
    SSL_CTX *ctx;
    SSL *ssl;
    struct qf_buf in, out;
    size_t scanned; /* bytes of `in` known to hold no newline */
    const char *why;
};

static bool is_loopback(const char *host)
{
    return qf_str_eq(host, "localhost") || qf_str_eq(host, "::1") || strncmp(host, "127.", 4) == 0;
}

static bool split_host(const char *text, char *host, size_t cap, const char **ret_port)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1]) return false;
    const char *begin = text;
    const char *end = colon;
    if (*begin == '[' && end[-1] == ']') begin++, end--;
    *ret_port = colon + 1;
    if (strspn(*ret_port, "0123456789") != strlen(*ret_port) || strlen(*ret_port) > 5 || strtol(*ret_port, NULL, 10) < 1 ||
        strtol(*ret_port, NULL, 10) > 65535)
        return false;
    return qf_str_copyn(host, cap, begin, (size_t)(end - begin));
}

bool sock_address(const char *text, struct sock_conf *ret, const char **ret_why)
{
    struct sock_conf c = {0};
    char host[200];
    const char *port;
    const char *rest = text;
    if (strncmp(text, "tls:", 4) == 0) {
        c.tls = true;
        rest = text + 4;
    }
    *ret_why = "the address is too long";
    if (!qf_str_copy(c.address, sizeof c.address, rest)) return false;
    if (!strchr(rest, '/')) {
        *ret_why = "an address is PATH, HOST:PORT or tls:HOST:PORT, a port from 1 to 65535";
        if (!split_host(rest, host, sizeof host, &port)) return false;
        *ret_why = "plain TCP is only for this machine; use tls:HOST:PORT";
        if (!c.tls && !is_loopback(host)) return false;
    } else if (strlen(rest) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        *ret_why = "the path of the socket is longer than 107 bytes";
        return false;
    }
    qf_str_copy(c.ca, sizeof c.ca, ret->ca);
    *ret = c;
    return true;
}

void sock_where(const struct sock_conf *conf, char *out, size_t cap)
{
    if (strchr(conf->address, '/'))
        qf_str_copy(out, cap, "local socket");
    else
        qf_str_fmt(out, cap, "%s%s", conf->address, conf->tls ? ", TLS" : "");
}

/* The stream is over; the owner hears of it in the next round of the loop. */
static void die(struct sock *s, const char *why)
{
    if (s->phase == PHASE_DEAD) return;
    s->phase = PHASE_DEAD;
    s->why = why;
    qf_watch_free(s->watch);
    s->watch = NULL;
    qf_timer_once(s->kick, 0);
}

static void on_kick(void *arg)
{
    struct sock *s = arg;
    s->cb.closed(s->cb.arg, s->why);
}

/* What the system or the TLS library says, as one phrase. */
static const char *io_why(struct sock *s, ssize_t r)
{
    if (s->ssl && SSL_get_error(s->ssl, (int)r) == SSL_ERROR_SSL) {
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        return reason ? reason : "TLS failed";
    }
    if (r == 0) return "the daemon closed the connection";
    return errno == ECONNRESET || errno == EPIPE ? "the connection was lost" : "reading or writing failed";
}

/* Would it only have to wait? */
static bool io_again(struct sock *s, ssize_t r)
{
    if (!s->ssl) return r < 0 && (errno == EAGAIN || errno == EINTR);
    int e = SSL_get_error(s->ssl, (int)r);
    return e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE;
}

static ssize_t io_read(struct sock *s, char *p, size_t n)
{
    ERR_clear_error();
    return s->ssl ? SSL_read(s->ssl, p, (int)n) : read(s->fd, p, n);
}

static ssize_t io_write(struct sock *s, const char *p, size_t n)
{
    ERR_clear_error();
    return s->ssl ? SSL_write(s->ssl, p, (int)(n > 65536 ? 65536 : n)) : send(s->fd, p, n, MSG_NOSIGNAL);
}

static void flush(struct sock *s)
{
    while (s->out.len > 0) {
        ssize_t w = io_write(s, s->out.p, s->out.len);
        if (w <= 0) {
            if (!io_again(s, w)) die(s, io_why(s, w));
            break;
        }
        qf_buf_drop(&s->out, (size_t)w);
    }
    if (s->phase == PHASE_OPEN) qf_watch_set(s->watch, s->out.len ? QF_READ | QF_WRITE : QF_READ);
}

/* Hands out whole lines; what is left waits for its newline. */
static void deliver(struct sock *s)
{
    size_t at = 0;
    while (s->phase == PHASE_OPEN) {
        char *nl = memchr(s->in.p + at + s->scanned, '\n', s->in.len - at - s->scanned);
        if (!nl) {
            s->scanned = s->in.len - at;
            break;
        }
        size_t n = (size_t)(nl - (s->in.p + at));
        s->scanned = 0;
        s->cb.line(s->cb.arg, s->in.p + at, n);
        at += n + 1;
    }
    qf_buf_drop(&s->in, at);
}

static void readable(struct sock *s)
{
    for (int round = 0; round < 16 && s->phase == PHASE_OPEN; round++) { /* then the loop has its turn */
        char *room = qf_buf_room(&s->in, 65536);
        if (!room) {
            die(s, "the daemon sent a line that is too long");
            return;
        }
        ssize_t r = io_read(s, room, 65536);
        if (r <= 0) {
            if (!io_again(s, r)) die(s, io_why(s, r));
            return;
        }
        s->in.len += (size_t)r;
        deliver(s);
    }
}

static void open_now(struct sock *s)
{
    s->phase = PHASE_OPEN;
    qf_watch_set(s->watch, QF_READ);
    s->cb.opened(s->cb.arg);
}

static void handshake(struct sock *s)
{
    ERR_clear_error();
    int r = SSL_connect(s->ssl);
    if (r == 1) {
        open_now(s);
        return;
    }
    int e = SSL_get_error(s->ssl, r);
    if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE)
        qf_watch_set(s->watch, e == SSL_ERROR_WANT_READ ? QF_READ : QF_WRITE);
    else
        die(s, SSL_get_verify_result(s->ssl) == X509_V_OK ? io_why(s, r)
                                                          : X509_verify_cert_error_string(SSL_get_verify_result(s->ssl)));
}

static const char *connect_why(int error)
{
    switch (error) {
    case ENOENT: return "no socket there: the daemon is not running";
    case ECONNREFUSED: return "nobody listens there: the daemon is not running";
    case EACCES: return "not allowed to open the socket";
    case ETIMEDOUT: return "no answer";
    case EADDRNOTAVAIL: return "there is no such host";
    default: return "cannot connect";
    }
}

static void connected(struct sock *s)
{
    int error = 0;
    socklen_t n = sizeof error;
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0 || error != 0) {
        die(s, connect_why(error));
        return;
    }
    if (s->ssl) {
        s->phase = PHASE_TLS;
        handshake(s);
    } else {
        open_now(s);
    }
}

static void on_ready(int fd, int what, void *arg)
{
    struct sock *s = arg;
    (void)fd;
    if (s->phase == PHASE_CONNECT) {
        connected(s);
    } else if (s->phase == PHASE_TLS) {
        handshake(s);
    } else if (s->phase == PHASE_OPEN) {
        if (what & QF_WRITE) flush(s);
        if (s->phase == PHASE_OPEN && (what & QF_READ)) readable(s);
    }
}

static int start_unix(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    qf_str_copy(sa.sun_path, sizeof sa.sun_path, path);
    if (connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0 || errno == EINPROGRESS || errno == EAGAIN) return fd;
    int keep = errno;
    close(fd);
    errno = keep;
    return -1;
}

static int start_tcp(const char *address)
{
    char host[200];
    const char *port;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    int fd = -1, one = 1;
    if (!split_host(address, host, sizeof host, &port) || getaddrinfo(host, port, &hints, &list) != 0) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) continue;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (connect(fd, a->ai_addr, a->ai_addrlen) != 0 && errno != EINPROGRESS) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

/* TLS 1.3 or nothing; chain and host name are checked. */
static bool prepare_tls(struct sock *s, const struct sock_conf *conf)
{
    char host[200];
    const char *port;
    s->ctx = SSL_CTX_new(TLS_client_method());
    if (!s->ctx || !split_host(conf->address, host, sizeof host, &port)) return false;
    SSL_CTX_set_min_proto_version(s->ctx, TLS1_3_VERSION);
    SSL_CTX_set_verify(s->ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(s->ctx, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(s->ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (conf->ca[0] ? SSL_CTX_load_verify_locations(s->ctx, conf->ca, NULL) != 1 : SSL_CTX_set_default_verify_paths(s->ctx) != 1)
        return false;
    s->ssl = SSL_new(s->ctx);
    return s->ssl && SSL_set_tlsext_host_name(s->ssl, host) == 1 && SSL_set1_host(s->ssl, host) == 1 &&
           SSL_set_fd(s->ssl, s->fd) == 1;
}

struct sock *sock_new(struct qf_loop *loop, const struct sock_conf *conf, const struct sock_callbacks *cb, const char **ret_why)
{
    int fd = strchr(conf->address, '/') ? start_unix(conf->address) : start_tcp(conf->address);
    if (fd < 0) {
        *ret_why = connect_why(errno);
        return NULL;
    }
    struct sock *s = qf_xalloc(sizeof *s);
    *s = (struct sock){.loop = loop, .cb = *cb, .fd = fd, .phase = PHASE_CONNECT};
    qf_buf_init(&s->in, QF_ANSWER_MAX + 131072);
    qf_buf_init(&s->out, QF_MAX_OUT_BYTES);
    s->kick = qf_timer_new(loop, on_kick, s);
    if (conf->tls && !prepare_tls(s, conf)) {
        *ret_why = "TLS could not be set up: are the certificates readable?";
        sock_free(s);
        return NULL;
    }
    s->watch = qf_watch_new(loop, fd, QF_WRITE, on_ready, s);
    return s;
}

void sock_free(struct sock *s)
{
    if (!s) return;
    qf_watch_free(s->watch);
    qf_timer_free(s->kick);
    SSL_free(s->ssl);
    SSL_CTX_free(s->ctx);
    close(s->fd);
    qf_buf_release(&s->in);
    qf_buf_release(&s->out);
    free(s);
}

void sock_send(struct sock *s, const char *p, size_t n)
{
    if (s->phase == PHASE_DEAD) return;
    qf_buf_add(&s->out, p, n);
    if (s->out.failed)
        die(s, "the daemon does not take what we send");
    else if (s->phase == PHASE_OPEN)
        flush(s);
}
