#include "daemon/server/requests.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define DAYS 4 /* 72 hours touch four days */
#define SLOTS ((size_t)QF_MAX_REFS)
#define SLOT_FULL (SLOTS - SLOTS / 8) /* linear probing stays short below seven eighths */
#define BUCKETS (2u * REQUESTS_KEPT)

/* One day's refs: open addressing, two words an entry, both zero = empty. Only written while a batch holds the way back. */
struct day {
    int64_t number; /* days since 1970 */
    uint64_t count;
    uint64_t (*slots)[2];
};

struct answer {
    struct answer *bucket_next;
    struct answer *older, *newer; /* by age */
    uint64_t key[2];
    uint64_t batch;
    bool flying;
    unsigned char hash[DIGEST_BYTES];
    size_t n;
    char body[];
};

struct requests {
    struct day days[DAYS];
    struct answer *buckets[BUCKETS];
    struct answer *oldest, *newest;
    uint32_t kept;
    size_t kept_bytes;
};

struct requests *requests_new(void)
{
    struct requests *r = qf_xalloc(sizeof *r);
    for (int i = 0; i < DAYS; i++) {
        r->days[i].number = -1;
        r->days[i].slots = qf_map_lazy(SLOTS * sizeof *r->days[i].slots);
        qf_assert(r->days[i].slots);
    }
    return r;
}

void requests_free(struct requests *r)
{
    if (!r)
        return;
    for (struct answer *a = r->oldest, *next; a; a = next) {
        next = a->newer;
        free(a);
    }
    for (int i = 0; i < DAYS; i++)
        qf_unmap(r->days[i].slots, SLOTS * sizeof *r->days[i].slots);
    free(r);
}

/* --- the days' sets */

static void key_of(const char *user, const char *ref, uint64_t ret[2])
{
    digest_pair(user, ref, ret);
    ret[0] |= 1; /* never the empty entry */
}

/* The set of this day; takes over that of a day four days back. */
static struct day *day_of(struct requests *r, qf_time at)
{
    int64_t number = at / QF_DAY;
    struct day *d = &r->days[(uint64_t)number % DAYS];
    if (d->number == number)
        return d;
    if (d->number > number)
        return NULL; /* older than anything kept */
    if (d->count > 0) { /* zero pages at the same address: a batch may still hold the way back into them */
        int rc = madvise(d->slots, SLOTS * sizeof *d->slots, MADV_DONTNEED);
        qf_assert(rc == 0);
    }
    d->number = number;
    d->count = 0;
    return d;
}

/* The entry that holds key, or the empty one where it would go. */
static uint64_t *slot_of(const struct day *d, const uint64_t key[2])
{
    for (size_t i = key[1] & (SLOTS - 1);; i = (i + 1) & (SLOTS - 1))
        if (d->slots[i][0] == 0 || (d->slots[i][0] == key[0] && d->slots[i][1] == key[1]))
            return d->slots[i];
}

static bool known(const struct requests *r, const uint64_t key[2])
{
    for (int i = 0; i < DAYS; i++)
        if (r->days[i].count > 0 && slot_of(&r->days[i], key)[0] != 0)
            return true;
    return false;
}

static void put(struct day *d, struct batch *b, const uint64_t key[2])
{
    uint64_t *slot = slot_of(d, key);
    if (slot[0] != 0)
        return;
    if (b) {
        batch_save(b, slot, 2 * sizeof *slot);
        batch_save(b, &d->count, sizeof d->count);
    }
    slot[0] = key[0];
    slot[1] = key[1];
    d->count++;
}

enum qf_err requests_load(struct requests *r, const char *user, const char *ref, qf_time at)
{
    struct day *d = day_of(r, at);
    if (!d)
        return QF_OK;
    if (d->count >= SLOT_FULL)
        return QF_EFULL;
    uint64_t key[2];
    key_of(user, ref, key);
    put(d, NULL, key);
    return QF_OK;
}

bool requests_room(struct requests *r, qf_time at)
{
    struct day *d = day_of(r, at);
    return d && d->count < SLOT_FULL;
}

void requests_forget(struct requests *r, const char *user, const char *ref)
{
    uint64_t key[2];
    key_of(user, ref, key);
    for (int i = 0; i < DAYS; i++) {
        uint64_t *slot = slot_of(&r->days[i], key);
        if (slot[0] != 0)
            slot[0] = 2; /* even: no key is like it, and the entries behind it are still found */
    }
}

uint64_t requests_count(const struct requests *r)
{
    uint64_t n = 0;
    for (int i = 0; i < DAYS; i++)
        n += r->days[i].count;
    return n;
}

/* --- the newest answers */

static struct answer **bucket_of(struct requests *r, const uint64_t key[2])
{
    return &r->buckets[key[1] >> 20 & (BUCKETS - 1)];
}

static struct answer *find(struct requests *r, const uint64_t key[2])
{
    struct answer *a = *bucket_of(r, key);
    while (a && (a->key[0] != key[0] || a->key[1] != key[1]))
        a = a->bucket_next;
    return a;
}

static void forget(struct requests *r, struct answer *a)
{
    struct answer **at = bucket_of(r, a->key);
    while (*at != a)
        at = &(*at)->bucket_next;
    *at = a->bucket_next;
    *(a->older ? &a->older->newer : &r->oldest) = a->newer;
    *(a->newer ? &a->newer->older : &r->newest) = a->older;
    r->kept--;
    r->kept_bytes -= a->n;
    free(a);
}

/* The oldest go first; those that fly stay, a batch bounds them. */
static void shrink(struct requests *r)
{
    while (r->oldest && !r->oldest->flying && (r->kept > REQUESTS_KEPT || r->kept_bytes > REQUESTS_KEPT_BYTES))
        forget(r, r->oldest);
}

enum request_found requests_find(struct requests *r, const char *user, const char *ref, const unsigned char hash[DIGEST_BYTES],
                                 struct request_answer *ret)
{
    uint64_t key[2];
    key_of(user, ref, key);
    struct answer *a = find(r, key);
    if (!a)
        return known(r, key) ? REQUEST_STORED : REQUEST_NEW;
    if (memcmp(a->hash, hash, DIGEST_BYTES) != 0)
        return REQUEST_OTHER;
    *ret = (struct request_answer){ .body = a->body, .n = a->n, .batch = a->batch };
    return a->flying ? REQUEST_FLYING : REQUEST_DONE;
}

void requests_add(struct requests *r, struct batch *b, const char *user, const char *ref, const unsigned char hash[DIGEST_BYTES],
                  qf_time at, const char *body, size_t n)
{
    struct day *d = day_of(r, at);
    qf_assert(d);
    struct answer *a = qf_xalloc(sizeof *a + n + 1);
    key_of(user, ref, a->key);
    put(d, b, a->key);
    memcpy(a->hash, hash, DIGEST_BYTES);
    memcpy(a->body, body, n);
    a->n = n;
    a->batch = batch_no(b);
    a->flying = true;
    struct answer **bucket = bucket_of(r, a->key);
    a->bucket_next = *bucket;
    *bucket = a;
    a->older = r->newest;
    *(r->newest ? &r->newest->newer : &r->oldest) = a;
    r->newest = a;
    r->kept++;
    r->kept_bytes += n;
}

/* Flying answers are the newest ones: the walk ends at the first that does not fly. */
void requests_durable(struct requests *r, uint64_t batch)
{
    for (struct answer *a = r->newest; a && a->flying; a = a->older)
        if (a->batch == batch)
            a->flying = false;
    shrink(r);
}

void requests_undone(struct requests *r, uint64_t batch)
{
    for (struct answer *a = r->newest, *older; a && a->flying; a = older) {
        older = a->older;
        if (a->batch == batch)
            forget(r, a);
    }
}
