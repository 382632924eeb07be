/* The table of connections: numbers, the round after each event, and what has taken too long. */
#include "daemon/server/conn_impl.h"

#include "common/str.h"
#include "daemon/server/tls.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define UNSIGNED_NS 60000000000LL
#define HANDSHAKE_NS 10000000000LL
#define EVICT_NS 10000000000LL /* when all places are taken, one who has not signed in for so long gives way */

/* --- rounds */
void conn_soon(struct conn_table *t)
{
    if (t->soon_set)
        return;
    t->soon_set = true;
    qf_timer_once(t->soon, 0);
}

static void flush_dirty(struct conn_table *t)
{
    struct conn *c = t->dirty;
    t->dirty = NULL;
    for (struct conn *next; c; c = next) {
        next = c->next_dirty;
        c->in_dirty = false;
        conn_flush(c);
    }
}

static void deliver_more(struct conn_table *t)
{
    struct conn *c = t->more;
    t->more = NULL;
    for (struct conn *next; c; c = next) {
        next = c->next_more;
        c->in_more = false;
        if (c->pending && !c->dead)
            conn_more(c);
    }
}

static void bury(struct conn_table *t)
{
    struct conn *c;
    while ((c = t->dead) != NULL && !c->in_dirty && !c->in_more) {
        t->dead = c->next_dead;
        t->cb.closed(t->cb.arg, c);
        t->slot[c->slot] = NULL;
        t->free_slot[t->free_count++] = c->slot;
        t->count--;
        conn_io_free(c);
        qf_buf_release(&c->in);
        free(c);
    }
    if (t->dead)
        conn_soon(t);
}

static void on_soon(void *arg)
{
    struct conn_table *t = arg;
    t->soon_set = false;
    flush_dirty(t);
    deliver_more(t);
    flush_dirty(t);
    bury(t);
}

void conn_table_flush(struct conn_table *t)
{
    flush_dirty(t);
}

/* --- endings */
void conn_kill(struct conn *c)
{
    if (c->dead)
        return;
    c->dead = true;
    conn_io_stop(c);
    c->next_dead = c->t->dead;
    c->t->dead = c;
    conn_soon(c->t);
}

void conn_close(struct conn *c)
{
    if (!conn_alive(c))
        return;
    c->linger = qf_now_mono() + CONN_LINGER_NS;
    bool corked = c->t->corked == c;
    c->closing = true;
    if (!corked)
        conn_flush(c); /* else when its lines have been handled */
    conn_io_update(c);
}

static bool too_slow(struct conn *c, int64_t now)
{
    const struct conn_table *t = c->t;
    if (c->handshake)
        return now - c->since > t->handshake_ns;
    return !c->who.signed_in && c->who.in_flight == 0 && now - c->heard > t->unsigned_ns;
}

static void sweep_one(struct conn *c, int64_t now)
{
    if (c->dead)
        return;
    if (c->closing) {
        if (now > c->linger)
            conn_kill(c);
    } else if (too_slow(c, now)) {
        c->t->stats.idle++;
        conn_kill(c);
    } else if (c->eof && !c->pending && c->who.in_flight == 0) {
        conn_close(c);
    }
}

static void on_sweep(void *arg)
{
    struct conn_table *t = arg;
    int64_t now = qf_now_mono();
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++)
        if (t->slot[i])
            sweep_one(t->slot[i], now);
}

/* --- the table */
struct conn_table *conn_table_new(struct qf_loop *loop, const struct conn_callbacks *cb)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that is gone is an error code, not the end of the program */
    struct conn_table *t = qf_xalloc(sizeof *t);
    t->loop = loop;
    t->cb = *cb;
    t->soon = qf_timer_new(loop, on_soon, t);
    t->sweep = qf_timer_new(loop, on_sweep, t);
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++)
        t->free_slot[i] = QF_MAX_CONNECTIONS - 1 - i;
    t->free_count = QF_MAX_CONNECTIONS;
    conn_table_patience(t, UNSIGNED_NS / 1000, HANDSHAKE_NS / 1000);
    return t;
}

void conn_table_patience(struct conn_table *t, int64_t unsigned_us, int64_t handshake_us)
{
    t->unsigned_ns = unsigned_us * 1000;
    t->handshake_ns = handshake_us * 1000;
    int64_t least = unsigned_us < handshake_us ? unsigned_us : handshake_us;
    int64_t every = least / 4 < QF_SEC ? least / 4 + 1 : QF_SEC;
    qf_timer_every(t->sweep, every);
}

void conn_table_free(struct conn_table *t)
{
    if (!t)
        return;
    flush_dirty(t);
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++)
        if (t->slot[i])
            conn_kill(t->slot[i]);
    flush_dirty(t);
    deliver_more(t);
    bury(t);
    qf_assert(t->count == 0);
    qf_timer_free(t->soon);
    qf_timer_free(t->sweep);
    free(t);
}

/* The longest-connected of those who have not signed in gives way. */
static void evict(struct conn_table *t)
{
    struct conn *oldest = NULL;
    int64_t now = qf_now_mono();
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++) {
        struct conn *c = t->slot[i];
        if (c && conn_alive(c) && !c->who.signed_in && now - c->since > EVICT_NS &&
            (!oldest || c->since < oldest->since))
            oldest = c;
    }
    if (oldest) {
        t->stats.idle++;
        conn_kill(oldest);
    }
}

static bool has_room(struct conn_table *t, bool local)
{
    uint32_t reserved = local ? 0 : QF_RESERVED_UNIX;
    if (t->free_count <= reserved)
        evict(t);
    return t->free_count > reserved;
}

static void read_peer(struct conn *c)
{
    struct ucred u;
    socklen_t n = sizeof u;
    if (getsockopt(c->fd, SOL_SOCKET, SO_PEERCRED, &u, &n) != 0 || n != sizeof u)
        return;
    c->peer = true;
    c->uid = u.uid;
    c->pid = u.pid;
}

static struct conn *make(struct conn_table *t, int fd, void *ssl, const char *source)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->t = t;
    c->fd = fd;
    c->ssl = ssl;
    c->since = c->heard = qf_now_mono();
    qf_str_copy(c->source, sizeof c->source, source);
    if (!conn_io_open(c)) {
        conn_io_stop(c);
        conn_io_free(c);
        free(c);
        return NULL;
    }
    return c;
}

static void enter(struct conn_table *t, struct conn *c)
{
    c->slot = t->free_slot[--t->free_count];
    t->slot[c->slot] = c;
    t->count++;
    t->stats.taken++;
    c->number = ++t->serial * QF_MAX_CONNECTIONS + c->slot;
}

struct conn *conn_take(struct conn_table *t, int fd, void *ssl, const char *source)
{
    bool local = qf_str_eq(source, "unix");
    if (!has_room(t, local)) {
        t->stats.full++;
        if (ssl)
            tls_discard(ssl);
        close(fd);
        return NULL;
    }
    struct conn *c = make(t, fd, ssl, source);
    if (!c)
        return NULL;
    if (local)
        read_peer(c);
    enter(t, c);
    t->cb.opened(t->cb.arg, c);
    return c;
}

struct conn *conn_find(struct conn_table *t, uint64_t number)
{
    struct conn *c = t->slot[number % QF_MAX_CONNECTIONS];
    return c && c->number == number && conn_alive(c) ? c : NULL;
}

void conn_each(struct conn_table *t, void (*fn)(void *arg, struct conn *c), void *arg)
{
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++)
        if (t->slot[i] && conn_alive(t->slot[i]))
            fn(arg, t->slot[i]);
}

uint64_t conn_queued(const struct conn_table *t)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < QF_MAX_CONNECTIONS; i++)
        if (t->slot[i] && !t->slot[i]->dead)
            sum += conn_out(t->slot[i]);
    return sum;
}

void conn_pause(struct conn *c, bool paused)
{
    c->paused = paused;
    if (!paused && c->pending && !c->dead)
        conn_want_more(c);
    conn_io_update(c);
}

/* --- getters */
uint32_t conn_count(const struct conn_table *t)
{
    return t->count;
}

const struct conn_stats *conn_stats(const struct conn_table *t)
{
    return &t->stats;
}

uint64_t conn_number(const struct conn *c)
{
    return c->number;
}

uint32_t conn_slot(const struct conn *c)
{
    return c->slot;
}

const char *conn_source(const struct conn *c)
{
    return c->source;
}

int64_t conn_since(const struct conn *c)
{
    return c->since;
}

bool conn_peer(const struct conn *c, int64_t *ret_uid, int64_t *ret_pid)
{
    if (c->peer) {
        *ret_uid = c->uid;
        *ret_pid = c->pid;
    }
    return c->peer;
}

struct who *conn_who(struct conn *c)
{
    return &c->who;
}
