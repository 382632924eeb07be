#include "tests/bench/load.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"

#define IN_FLIGHT_MAX 8192
#define SAMPLES_MAX 4000000

struct line_conn {
    int fd;
    struct qf_buf in, out;
    int64_t *sent; /* ring of send times, ns */
    uint32_t head, count;
    int newlines;  /* of the answer being read */
};

struct run {
    const struct load *l;
    struct line_conn *conns;
    int epoll;
    uint64_t next, answers;
    uint32_t *samples; /* us */
    uint32_t samples_n;
    int64_t begin, end;
};

static bool open_one(struct run *r, struct line_conn *c)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    qf_str_copy(sa.sun_path, sizeof sa.sun_path, r->l->path);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->sent = qf_xalloc(IN_FLIGHT_MAX * sizeof *c->sent);
    qf_buf_init(&c->in, 64u << 20);
    qf_buf_init(&c->out, 64u << 20);
    return c->fd >= 0 && connect(c->fd, (struct sockaddr *)&sa, sizeof sa) == 0 && fcntl(c->fd, F_SETFL, O_NONBLOCK) == 0 &&
           epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &e) == 0;
}

static void close_one(struct line_conn *c)
{
    if (c->fd >= 0) close(c->fd);
    free(c->sent);
    qf_buf_release(&c->in);
    qf_buf_release(&c->out);
}

/* May another request go out now? With a rate they are spread evenly over time. */
static bool due(const struct run *r)
{
    if (r->l->rate <= 0) return true;
    return (double)r->next <= (double)(qf_now_mono() - r->begin) / 1e9 * r->l->rate;
}

static void fill(struct run *r, struct line_conn *c)
{
    int64_t now = qf_now_mono();
    while (now < r->end && c->count < (uint32_t)r->l->in_flight && due(r)) {
        char *room = qf_buf_room(&c->out, 4096);
        if (!room) return;
        c->out.len += r->l->make(r->l->arg, r->next++, room, 4096);
        c->sent[(c->head + c->count++) % IN_FLIGHT_MAX] = now;
    }
}

static bool flush(struct line_conn *c)
{
    size_t at = 0;
    while (at < c->out.len) {
        ssize_t w = send(c->fd, c->out.p + at, c->out.len - at, MSG_NOSIGNAL);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0 && errno == EAGAIN) break;
        if (w <= 0) return false;
        at += (size_t)w;
    }
    qf_buf_drop(&c->out, at);
    return true;
}

static void answered(struct run *r, struct line_conn *c)
{
    if (c->count == 0) return;
    int64_t us = (qf_now_mono() - c->sent[c->head % IN_FLIGHT_MAX]) / 1000;
    c->head++;
    c->count--;
    r->answers++;
    if (r->samples_n < SAMPLES_MAX) r->samples[r->samples_n++] = (uint32_t)us;
}

static void take_lines(struct run *r, struct line_conn *c)
{
    size_t at = 0;
    char *nl;
    while (c->in.len > at && (nl = memchr(c->in.p + at, '\n', c->in.len - at)) != NULL) {
        size_t n = (size_t)(nl - (c->in.p + at));
        bool counts = !r->l->look || r->l->look(r->l->arg, c->in.p + at, n);
        at += n + 1;
        if (!counts || ++c->newlines < r->l->lines) continue;
        c->newlines = 0;
        answered(r, c);
    }
    qf_buf_drop(&c->in, at);
}

static bool readable(struct run *r, struct line_conn *c)
{
    char *room = qf_buf_room(&c->in, 65536);
    ssize_t n = room ? recv(c->fd, room, 65536, 0) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (n <= 0) return false;
    c->in.len += (size_t)n;
    take_lines(r, c);
    return true;
}

static bool pending(const struct run *r)
{
    for (int i = 0; i < r->l->connections; i++)
        if (r->conns[i].count > 0) return true;
    return false;
}

static bool turn(struct run *r)
{
    struct epoll_event e[256];
    int n = epoll_wait(r->epoll, e, 256, r->l->rate > 0 ? 0 : 100);
    for (int i = 0; i < n; i++) {
        struct line_conn *c = e[i].data.ptr;
        if (!readable(r, c)) return false;
        fill(r, c);
        if (!flush(c)) return false;
    }
    for (int i = 0; i < r->l->connections && (r->l->rate > 0 || n == 0); i++) {
        fill(r, &r->conns[i]);
        if (!flush(&r->conns[i])) return false;
    }
    return true;
}

static int up(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double at_share(const struct run *r, double share)
{
    return r->samples_n ? r->samples[(uint32_t)(share * (double)(r->samples_n - 1))] : 0;
}

bool load_run(const struct load *l, struct load_result *ret)
{
    struct run r = {.l = l, .epoll = epoll_create1(EPOLL_CLOEXEC)};
    bool ok = r.epoll >= 0;
    r.conns = qf_xalloc((size_t)l->connections * sizeof *r.conns);
    memset(r.conns, 0, (size_t)l->connections * sizeof *r.conns);
    r.samples = qf_xalloc(SAMPLES_MAX * sizeof *r.samples);
    for (int i = 0; i < l->connections; i++) ok = open_one(&r, &r.conns[i]) && ok;
    r.begin = qf_now_mono();
    r.end = r.begin + (int64_t)(l->seconds * 1e9);
    for (int i = 0; i < l->connections && ok; i++) {
        fill(&r, &r.conns[i]);
        ok = flush(&r.conns[i]);
    }
    while (ok && qf_now_mono() < r.end) ok = turn(&r);
    double took = (double)(qf_now_mono() - r.begin) / 1e9;
    ret->answers = r.answers;
    ret->rate = (double)r.answers / took;
    for (int64_t until = r.end + 5000000000LL; ok && pending(&r) && qf_now_mono() < until;) ok = turn(&r);
    qsort(r.samples, r.samples_n, sizeof *r.samples, up);
    ret->p50 = at_share(&r, 0.5), ret->p99 = at_share(&r, 0.99), ret->p999 = at_share(&r, 0.999), ret->max = at_share(&r, 1.0);
    for (int i = 0; i < l->connections; i++) close_one(&r.conns[i]);
    close(r.epoll);
    free(r.conns);
    free(r.samples);
    return ok;
}

/* ---------------------------------------------------------------- series */

void series_add(struct series *s, double v)
{
    if (s->n < (int)QF_LEN(s->v)) s->v[s->n++] = v;
}

static int up_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at(const struct series *s, int i)
{
    struct series copy = *s;
    qsort(copy.v, (size_t)copy.n, sizeof copy.v[0], up_double);
    return copy.n ? copy.v[i] : 0;
}

double series_median(const struct series *s)
{
    return at(s, s->n / 2);
}

double series_min(const struct series *s)
{
    return at(s, 0);
}

double series_max(const struct series *s)
{
    return at(s, s->n - 1);
}
