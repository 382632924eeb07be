#include "daemon/server/listen.h"

#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 256
#define ACCEPT_ROUND 64           /* connections taken in one round of the loop */
#define STARVED_US (100 * QF_MS)  /* no descriptor left: look again after this */

struct port {
    struct listen *l;
    int fd;
    struct qf_watch *watch;
    bool local;
};

struct listen {
    struct conn_table *conns;
    struct tls *tls;
    struct port unix_port, tcp_port;
    struct qf_timer *again;
    int spare; /* given up for a moment so that a connection can be taken and closed when no descriptor is left */
    uint64_t starved;
    char path[108];
    dev_t dev; /* of the socket file, to remove only our own */
    ino_t ino;
};

static bool say(char *why, size_t cap, const char *what, const char *where)
{
    qf_str_fmt(why, cap, "%s %s: %s", what, where, strerror(errno));
    return false;
}

/* --- taking connections */
static void name_peer(const struct sockaddr_storage *sa, bool tls, char *out, size_t cap)
{
    char ip[INET6_ADDRSTRLEN] = "?";
    int port = 0;
    if (sa->ss_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)sa;
        inet_ntop(AF_INET, &in->sin_addr, ip, sizeof ip);
        port = ntohs(in->sin_port);
    } else if (sa->ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)sa;
        inet_ntop(AF_INET6, &in6->sin6_addr, ip, sizeof ip);
        port = ntohs(in6->sin6_port);
    }
    qf_str_fmt(out, cap, sa->ss_family == AF_INET6 ? "[%s]:%d%s" : "%s:%d%s", ip, port, tls ? " tls" : "");
}

/* A peer whose machine has gone is noticed within two minutes instead of two hours. */
static void tune_tcp(int fd)
{
    int on = 1, idle = 60, every = 15, tries = 4;
    unsigned unread_ms = 120000;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof every);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof tries);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof unread_ms);
}

static void take(struct port *p, int fd, const struct sockaddr_storage *sa)
{
    struct listen *l = p->l;
    char source[64] = "unix";
    void *ssl = NULL;
    if (!p->local) {
        tune_tcp(fd);
        name_peer(sa, l->tls != NULL, source, sizeof source);
    }
    if (!p->local && l->tls && !(ssl = tls_accept(l->tls))) {
        close(fd);
        return;
    }
    conn_take(l->conns, fd, ssl, source);
}

/* No descriptor is left. With the spare one the first waiting peer is told so by a close instead of hanging; then all
 * wait a little, or the loop would spin. */
static void starve(struct port *p)
{
    struct listen *l = p->l;
    l->starved++;
    if (l->spare >= 0) {
        close(l->spare);
        int fd = accept4(p->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            close(fd);
        l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    qf_watch_set(p->watch, 0);
    qf_timer_once(l->again, STARVED_US);
}

static void on_ready(int fd, int what, void *arg)
{
    struct port *p = arg;
    (void)what;
    for (int i = 0; i < ACCEPT_ROUND; i++) {
        struct sockaddr_storage sa = { 0 };
        socklen_t n = sizeof sa;
        int got = accept4(fd, (struct sockaddr *)&sa, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (got >= 0) {
            take(p, got, &sa);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
            starve(p);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

static void on_again(void *arg)
{
    struct listen *l = arg;
    if (l->spare < 0)
        l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (l->unix_port.watch)
        qf_watch_set(l->unix_port.watch, QF_READ);
    if (l->tcp_port.watch)
        qf_watch_set(l->tcp_port.watch, QF_READ);
}

static void open_port(struct listen *l, struct qf_loop *loop, struct port *p, int fd, bool local)
{
    *p = (struct port){ .l = l, .fd = fd, .local = local };
    p->watch = qf_watch_new(loop, fd, QF_READ, on_ready, p);
}

/* --- the Unix socket */
static bool fill_path(struct sockaddr_un *un, const char *path, char *why, size_t cap)
{
    *un = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof un->sun_path) {
        qf_str_fmt(why, cap, "the socket's path has %zu bytes, at most %zu can be", strlen(path),
                   sizeof un->sun_path - 1);
        return false;
    }
    qf_str_copy(un->sun_path, sizeof un->sun_path, path);
    return true;
}

/* Is anybody behind the socket file? 1 yes, 0 no (ECONNREFUSED), -1 cannot tell. A full queue means somebody is. */
static int is_live(const struct sockaddr_un *un)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    int rc = connect(fd, (const struct sockaddr *)un, sizeof *un);
    int e = errno;
    close(fd);
    errno = e;
    if (rc == 0 || e == EAGAIN || e == EINPROGRESS)
        return 1;
    return e == ECONNREFUSED ? 0 : -1;
}

/* Makes room for our socket: only a socket nobody answers on is removed. */
static bool clear_path(const struct sockaddr_un *un, char *why, size_t cap)
{
    struct stat st;
    if (lstat(un->sun_path, &st) != 0)
        return errno == ENOENT ? true : say(why, cap, "the socket", un->sun_path);
    if (!S_ISSOCK(st.st_mode)) {
        qf_str_fmt(why, cap, "the socket %s: something that is no socket is there", un->sun_path);
        return false;
    }
    int live = is_live(un);
    if (live > 0) {
        qf_str_fmt(why, cap, "the socket %s: another program answers there", un->sun_path);
        return false;
    }
    if (live < 0)
        return say(why, cap, "the socket", un->sun_path);
    return unlink(un->sun_path) == 0 || errno == ENOENT ||
           say(why, cap, "the dead socket cannot be removed:", un->sun_path);
}

static bool find_group(const char *name, gid_t *ret, char *why, size_t cap)
{
    errno = 0;
    struct group *g = getgrnam(name);
    if (!g) {
        qf_str_fmt(why, cap, "there is no group \"%s\" for the socket", name);
        return false;
    }
    *ret = g->gr_gid;
    return true;
}

/* Born with mode 0600 and opened to its group only when the group is right. */
static bool set_access(const char *path, const char *group, char *why, size_t cap)
{
    gid_t gid;
    if (*group && (!find_group(group, &gid, why, cap) ||
                   (chown(path, (uid_t)-1, gid) != 0 && !say(why, cap, "the socket's group", path))))
        return false;
    return chmod(path, 0660) == 0 || say(why, cap, "the socket's mode", path);
}

static int bind_unix(const struct sockaddr_un *un, char *why, size_t cap)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        say(why, cap, "the socket", un->sun_path);
        return -1;
    }
    mode_t old = umask(0177);
    int rc = bind(fd, (const struct sockaddr *)un, sizeof *un);
    umask(old);
    if (rc != 0) {
        say(why, cap, "the socket", un->sun_path);
        close(fd);
        return -1;
    }
    return fd;
}

static bool start_unix(struct listen *l, struct qf_loop *loop, const struct conf *conf, char *why, size_t cap)
{
    struct sockaddr_un un;
    if (!fill_path(&un, conf->socket, why, cap) || !clear_path(&un, why, cap))
        return false;
    int fd = bind_unix(&un, why, cap);
    if (fd < 0)
        return false;
    struct stat st;
    bool ok = set_access(un.sun_path, conf->socket_group, why, cap) &&
              (stat(un.sun_path, &st) == 0 || say(why, cap, "the socket", un.sun_path)) &&
              (listen(fd, BACKLOG) == 0 || say(why, cap, "the socket", un.sun_path));
    if (!ok) {
        close(fd);
        unlink(un.sun_path);
        return false;
    }
    qf_str_copy(l->path, sizeof l->path, un.sun_path);
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    open_port(l, loop, &l->unix_port, fd, true);
    return true;
}

/* --- TCP */
static bool parse_address(const char *text, int port, struct sockaddr_storage *ret, socklen_t *ret_n)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    *ret = (struct sockaddr_storage){ 0 };
    if (inet_pton(AF_INET, text, &in.sin_addr) == 1) {
        memcpy(ret, &in, sizeof in);
        *ret_n = sizeof in;
        return true;
    }
    if (inet_pton(AF_INET6, text, &in6.sin6_addr) == 1) {
        memcpy(ret, &in6, sizeof in6);
        *ret_n = sizeof in6;
        return true;
    }
    return false;
}

bool listen_is_loopback(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

static int bind_tcp(const struct sockaddr_storage *sa, socklen_t n, const char *where, char *why, size_t cap)
{
    int on = 1;
    int fd = socket(sa->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        (sa->ss_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) == 0) &&
        bind(fd, (const struct sockaddr *)sa, n) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    say(why, cap, "TCP", where);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool start_tcp(struct listen *l, struct qf_loop *loop, const struct conf *conf, char *why, size_t cap)
{
    struct sockaddr_storage sa;
    socklen_t n;
    if (!parse_address(conf->tcp_address, (int)conf->tcp_port, &sa, &n)) {
        qf_str_fmt(why, cap, "TCP: \"%s\" is no numeric address", conf->tcp_address);
        return false;
    }
    if (*conf->tls_cert && !(l->tls = tls_new(conf->tls_cert, conf->tls_key, conf->tls_ca, why, cap)))
        return false;
    if (!l->tls && !listen_is_loopback(conf->tcp_address)) {
        qf_str_fmt(why, cap, "TCP on %s goes beyond this machine and needs tls_cert and tls_key", conf->tcp_address);
        return false;
    }
    int fd = bind_tcp(&sa, n, conf->tcp_address, why, cap);
    if (fd < 0)
        return false;
    open_port(l, loop, &l->tcp_port, fd, false);
    return true;
}

/* --- all */
struct listen *listen_start(struct qf_loop *loop, const struct conf *conf, struct conn_table *conns, char *why,
                            size_t why_cap)
{
    struct listen *l = qf_xalloc(sizeof *l);
    l->conns = conns;
    l->unix_port.fd = l->tcp_port.fd = -1;
    l->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    l->again = qf_timer_new(loop, on_again, l);
    bool ok =
        (!*conf->tcp_address || start_tcp(l, loop, conf, why, why_cap)) && start_unix(l, loop, conf, why, why_cap);
    if (ok)
        return l;
    listen_stop(l);
    return NULL;
}

static void close_port(struct port *p)
{
    qf_watch_free(p->watch);
    if (p->fd >= 0)
        close(p->fd);
}

static void remove_path(const struct listen *l)
{
    struct stat st;
    if (*l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(l->path);
}

void listen_stop(struct listen *l)
{
    if (!l)
        return;
    remove_path(l);
    close_port(&l->unix_port);
    close_port(&l->tcp_port);
    qf_timer_free(l->again);
    tls_free(l->tls);
    if (l->spare >= 0)
        close(l->spare);
    free(l);
}

int listen_port(const struct listen *l)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    if (l->tcp_port.fd < 0 || getsockname(l->tcp_port.fd, (struct sockaddr *)&sa, &n) != 0)
        return 0;
    return ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
                                          : ((struct sockaddr_in *)&sa)->sin_port);
}

uint64_t listen_starved(const struct listen *l)
{
    return l->starved;
}
