#include "daemon/server/pieces.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

#define AGAIN 2 /* pieces handed out that can be asked for again */
#define ROOMS (PIECES_AHEAD + AGAIN)

/* Piece i lies in room i % ROOMS. The writer fills piece `made`; it may as long as made < taken + PIECES_AHEAD, and then lies in the room
 * of made - ROOMS < taken - AGAIN, which nobody may ask for any more: so bytes are copied and read without the lock. */
struct pieces {
    void (*wake)(void *arg);
    void *arg;
    atomic_bool cancelled;
    atomic_llong written;
    char *room[ROOMS];
    size_t filled;          /* the writer's: bytes in piece `made` */
    pthread_mutex_t mu;
    pthread_cond_t cv;
    int64_t made;           /* complete pieces */
    int64_t taken;          /* handed out: all below */
    size_t last;            /* bytes of the last piece, when it is not full */
    bool ended;
};

struct pieces *pieces_new(void (*wake)(void *arg), void *arg)
{
    struct pieces *p = qf_xalloc(sizeof *p);
    p->wake = wake;
    p->arg = arg;
    pthread_mutex_init(&p->mu, NULL);
    pthread_cond_init(&p->cv, NULL);
    return p;
}

void pieces_free(struct pieces *p)
{
    if (!p)
        return;
    for (int i = 0; i < ROOMS; i++)
        free(p->room[i]);
    pthread_cond_destroy(&p->cv);
    pthread_mutex_destroy(&p->mu);
    free(p);
}

/* --- the writer */

/* Waits until the piece that is to be filled may be. */
static bool credit(struct pieces *p)
{
    pthread_mutex_lock(&p->mu);
    while (p->made >= p->taken + PIECES_AHEAD && !pieces_cancelled(p))
        pthread_cond_wait(&p->cv, &p->mu);
    pthread_mutex_unlock(&p->mu);
    return !pieces_cancelled(p);
}

static void complete(struct pieces *p)
{
    pthread_mutex_lock(&p->mu);
    p->made++;
    pthread_mutex_unlock(&p->mu);
    p->filled = 0;
    p->wake(p->arg);
}

/* Bytes that fit into the piece that is being filled. A full one is complete at once: its reader may be waiting. */
static size_t fill(struct pieces *p, const char *bytes, size_t n)
{
    char **room = &p->room[p->made % ROOMS]; /* only the writer changes made */
    if (!*room)
        *room = qf_xalloc(QF_PIECE_BYTES);
    size_t k = n < QF_PIECE_BYTES - p->filled ? n : QF_PIECE_BYTES - p->filled;
    memcpy(*room + p->filled, bytes, k);
    p->filled += k;
    atomic_fetch_add_explicit(&p->written, (long long)k, memory_order_relaxed);
    if (p->filled == QF_PIECE_BYTES)
        complete(p);
    return k;
}

bool pieces_write(struct pieces *p, const void *bytes, size_t n)
{
    const char *from = bytes;
    while (n > 0) {
        if (p->filled == 0 && !credit(p))
            return false;
        size_t k = fill(p, from, n);
        from += k;
        n -= k;
    }
    return !pieces_cancelled(p);
}

void pieces_end(struct pieces *p)
{
    pthread_mutex_lock(&p->mu);
    p->ended = true;
    p->last = p->filled;
    p->made += p->filled > 0;
    pthread_mutex_unlock(&p->mu);
    p->wake(p->arg);
}

/* --- any thread */

void pieces_cancel(struct pieces *p)
{
    pthread_mutex_lock(&p->mu);
    atomic_store(&p->cancelled, true);
    pthread_cond_broadcast(&p->cv);
    pthread_mutex_unlock(&p->mu);
}

bool pieces_cancelled(const struct pieces *p)
{
    return atomic_load_explicit(&p->cancelled, memory_order_relaxed);
}

const atomic_bool *pieces_flag(const struct pieces *p)
{
    return &p->cancelled;
}

int64_t pieces_written(const struct pieces *p)
{
    return atomic_load_explicit(&p->written, memory_order_relaxed);
}

/* --- the reader */

/* Under the lock. */
static int64_t total(const struct pieces *p)
{
    return p->last > 0 ? (p->made - 1) * QF_PIECE_BYTES + (int64_t)p->last : p->made * QF_PIECE_BYTES;
}

static void hand_out(struct pieces *p, int64_t i, struct piece *ret)
{
    bool last = p->ended && i == p->made - 1;
    *ret = (struct piece){ p->room[i % ROOMS], last && p->last > 0 ? p->last : QF_PIECE_BYTES, last };
    if (i >= p->taken) {
        p->taken = i + 1;
        pthread_cond_signal(&p->cv);
    }
}

static enum pieces_got ask(struct pieces *p, int64_t offset, struct piece *ret)
{
    int64_t i = offset / QF_PIECE_BYTES;
    if (pieces_cancelled(p))
        return PIECES_WRONG;
    if (p->ended && offset >= total(p)) {
        *ret = (struct piece){ "", 0, true };
        return PIECES_READY;
    }
    if (offset < 0 || offset % QF_PIECE_BYTES != 0 || i < p->taken - AGAIN || i > p->taken + 1)
        return PIECES_WRONG;
    if (i > p->taken || i >= p->made) /* in order */
        return PIECES_LATER;
    hand_out(p, i, ret);
    return PIECES_READY;
}

enum pieces_got pieces_ask(struct pieces *p, int64_t offset, struct piece *ret)
{
    pthread_mutex_lock(&p->mu);
    enum pieces_got got = ask(p, offset, ret);
    pthread_mutex_unlock(&p->mu);
    return got;
}

int64_t pieces_next(struct pieces *p)
{
    pthread_mutex_lock(&p->mu);
    int64_t at = p->ended && p->taken * QF_PIECE_BYTES > total(p) ? total(p) : p->taken * QF_PIECE_BYTES;
    pthread_mutex_unlock(&p->mu);
    return at;
}

bool pieces_ready(struct pieces *p)
{
    pthread_mutex_lock(&p->mu);
    bool ready = p->made > p->taken;
    pthread_mutex_unlock(&p->mu);
    return ready;
}
