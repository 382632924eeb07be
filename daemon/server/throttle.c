#include "daemon/server/throttle.h"

#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/digest.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define WAYS 8
#define SETS (THROTTLE_ENTRIES / WAYS)

struct entry {
    uint64_t key;   /* 0 = free */
    qf_time last;   /* of the newest failure */
    uint32_t fails;
};

struct throttle {
    unsigned char secret[16]; /* nobody outside can choose names that push others out */
    struct entry set[SETS][WAYS];
};

struct throttle *throttle_new(void)
{
    struct throttle *t = qf_xalloc(sizeof *t);
    ssize_t got = getrandom(t->secret, sizeof t->secret, 0); /* so few bytes come whole or not at all */
    qf_assert(got == (ssize_t)sizeof t->secret);
    return t;
}

void throttle_free(struct throttle *t)
{
    free(t);
}

/* --- what counts together */
static uint64_t key_of(const struct throttle *t, char kind, const void *p, size_t n)
{
    struct digest d;
    unsigned char out[DIGEST_BYTES];
    uint64_t key;
    digest_begin(&d);
    digest_add(&d, t->secret, sizeof t->secret);
    digest_add(&d, &kind, 1);
    digest_add(&d, p, n);
    digest_end(&d, out);
    memcpy(&key, out, sizeof key);
    return key ? key : 1;
}

static uint64_t user_key(const struct throttle *t, const char *user)
{
    return key_of(t, 'u', user, strlen(user));
}

/* The address without its port; of IPv6 the first 64 bits, which one person has to himself. */
static uint64_t source_key(const struct throttle *t, const char *source)
{
    const char *end = *source == '[' ? strchr(source, ']') : strchr(source, ':');
    char ip[INET6_ADDRSTRLEN] = "";
    struct in6_addr v6;
    if (*source == '[' && end && qf_str_copyn(ip, sizeof ip, source + 1, (size_t)(end - source - 1)) &&
        inet_pton(AF_INET6, ip, &v6) == 1)
        return key_of(t, '6', v6.s6_addr, 8);
    return key_of(t, 's', source, end ? (size_t)(end - source) : strlen(source));
}

/* --- the table */
static struct entry *find(struct throttle *t, uint64_t key)
{
    struct entry *set = t->set[key % SETS];
    for (int i = 0; i < WAYS; i++)
        if (set[i].key == key)
            return &set[i];
    return NULL;
}

static struct entry *find_or_make(struct throttle *t, uint64_t key)
{
    struct entry *e = find(t, key), *set = t->set[key % SETS];
    if (e)
        return e;
    e = &set[0];
    for (int i = 1; i < WAYS; i++)
        if (set[i].key == 0 || (e->key != 0 && set[i].last < e->last))
            e = &set[i];
    *e = (struct entry){ .key = key };
    return e;
}

static int64_t delay(const struct entry *e, uint32_t free_tries)
{
    if (!e || e->fails < free_tries)
        return 0;
    uint32_t over = e->fails - free_tries;
    int64_t us = over < 10 ? QF_SEC << over : THROTTLE_MAX_US;
    return us < THROTTLE_MAX_US ? us : THROTTLE_MAX_US;
}

/* us until an attempt may be made. */
static int64_t wait_for(const struct entry *e, uint32_t free_tries, qf_time now)
{
    int64_t us = delay(e, free_tries);
    if (us == 0)
        return 0;
    int64_t left = e->last + us - now;
    return left > 0 ? left : 0;
}

static void count(struct throttle *t, uint64_t key, qf_time now)
{
    struct entry *e = find_or_make(t, key);
    if (now - e->last > THROTTLE_QUIET_US)
        e->fails = 0;
    e->last = now;
    if (e->fails < UINT32_MAX)
        e->fails++;
}

static void uncount(struct throttle *t, uint64_t key)
{
    struct entry *e = find(t, key);
    if (e && e->fails > 0)
        e->fails--;
}

int64_t throttle_try(struct throttle *t, const char *user, const char *source, qf_time now)
{
    uint64_t u = user_key(t, user), s = source_key(t, source);
    int64_t wait_u = wait_for(find(t, u), THROTTLE_FREE_USER, now);
    int64_t wait_s = wait_for(find(t, s), THROTTLE_FREE_SOURCE, now);
    if (wait_u > 0 || wait_s > 0)
        return wait_u > wait_s ? wait_u : wait_s;
    count(t, u, now);
    count(t, s, now);
    return 0;
}

void throttle_passed(struct throttle *t, const char *user, const char *source)
{
    struct entry *e = find(t, user_key(t, user));
    if (e)
        e->fails = 0;
    uncount(t, source_key(t, source));
}

void throttle_cancel(struct throttle *t, const char *user, const char *source)
{
    uncount(t, user_key(t, user));
    uncount(t, source_key(t, source));
}
