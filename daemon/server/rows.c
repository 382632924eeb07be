#include "daemon/server/rows.h"

#include "common/proto/wire.h"
#include "common/str.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 64

/* --- keys: the values of the KEY fields behind each other */
static size_t field_size(const struct qf_field *f, const void *value)
{
    switch (f->type) {
    case QF_T_text:
        return strlen(value) + 1;
    case QF_T_enum:
        return sizeof(int32_t);
    default:
        qf_assert(f->type == QF_T_i64 || f->type == QF_T_time);
        return sizeof(int64_t);
    }
}

static uint32_t pack_key(const struct qf_rec *rec, const void *record, char out[ROWS_KEY_MAX])
{
    size_t n = 0;
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (!(f->flags & QF_F_KEY))
            continue;
        const char *value = (const char *)record + f->off;
        size_t size = field_size(f, value);
        qf_assert(n + size <= ROWS_KEY_MAX);
        memcpy(out + n, value, size);
        n += size;
    }
    if (n == 0)
        out[n++] = 0; /* a record without KEY fields has one row only */
    return (uint32_t)n;
}

/* A record of which only the KEY fields hold. */
static void unpack_key(const struct qf_rec *rec, const char *key, void *record)
{
    memset(record, 0, rec->size);
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (!(f->flags & QF_F_KEY))
            continue;
        size_t size = field_size(f, key);
        memcpy((char *)record + f->off, key, size);
        *(uint64_t *)record |= 1ULL << i;
        key += size;
    }
}

/* --- order by seq */
static void unlink_row(struct rows *r, struct row *w)
{
    *(w->prev ? &w->prev->next : &r->first) = w->next;
    *(w->next ? &w->next->prev : &r->last) = w->prev;
}

static void append(struct rows *r, struct row *w, uint64_t seq)
{
    qf_assert(!r->last || r->last->seq <= seq);
    w->seq = seq;
    w->prev = r->last;
    w->next = NULL;
    *(r->last ? &r->last->next : &r->first) = w;
    r->last = w;
}

static void touch(struct rows *r, struct row *w, uint64_t seq)
{
    unlink_row(r, w);
    append(r, w, seq);
}

/* --- a row is in at most one of the two lists */
static void leave(struct row *w)
{
    struct row_list *l = w->in;
    if (!l)
        return;
    *(w->older ? &w->older->newer : &l->oldest) = w->newer;
    *(w->newer ? &w->newer->older : &l->newest) = w->older;
    l->n--;
    w->in = NULL;
}

static void join(struct row_list *l, struct row *w)
{
    if (w->in == l)
        return;
    leave(w);
    w->in = l;
    w->older = l->newest;
    w->newer = NULL;
    *(l->newest ? &l->newest->newer : &l->oldest) = w;
    l->newest = w;
    l->n++;
}

/* --- by key */
static struct row **place(const struct rows *r, uint64_t hash, const char *key, uint32_t n)
{
    struct row **p = &r->bucket[hash & r->mask];
    while (*p && !((*p)->hash == hash && (*p)->key_n == n && memcmp((*p)->key, key, n) == 0))
        p = &(*p)->chain;
    return p;
}

static void grow(struct rows *r)
{
    uint32_t buckets = (r->mask + 1) * 2;
    struct row **b = qf_xalloc(buckets * sizeof *b);
    for (struct row *w = r->first; w; w = w->next) {
        struct row **p = &b[w->hash & (buckets - 1)];
        w->chain = *p;
        *p = w;
    }
    free(r->bucket);
    r->bucket = b;
    r->mask = buckets - 1;
}

static struct row *find(const struct rows *r, const void *record)
{
    char key[ROWS_KEY_MAX];
    uint32_t n = pack_key(r->rec, record, key);
    return *place(r, qf_hash(key, n), key, n);
}

static struct row *add(struct rows *r, const void *record, uint64_t seq)
{
    char key[ROWS_KEY_MAX];
    uint32_t n = pack_key(r->rec, record, key);
    if (r->live + r->marks.n > r->mask)
        grow(r);
    struct row *w = qf_xalloc(sizeof *w + n);
    w->hash = qf_hash(key, n);
    w->key_n = n;
    memcpy(w->key, key, n);
    w->chain = r->bucket[w->hash & r->mask];
    r->bucket[w->hash & r->mask] = w;
    append(r, w, seq);
    r->live++;
    return w;
}

static void forget(struct rows *r, struct row *w)
{
    struct row **p = place(r, w->hash, w->key, w->key_n);
    *p = w->chain;
    leave(w);
    unlink_row(r, w);
    if (!w->deleted)
        r->live--;
    if (r->forgotten < w->seq)
        r->forgotten = w->seq;
    free(w->bytes);
    free(w);
}

static void set_bytes(struct row *w, const struct qf_buf *b)
{
    if (w->cap < b->len) {
        w->bytes = qf_xrealloc(w->bytes, b->len);
        w->cap = (uint32_t)b->len;
    }
    memcpy(w->bytes, b->p, b->len);
    w->n = (uint32_t)b->len;
}

/* --- what topics do */
void rows_init(struct rows *r, const struct qf_rec *rec, int keep, bool (*is_ended)(const void *record), int keep_ended)
{
    *r = (struct rows){ .rec = rec, .keep = keep, .is_ended = is_ended, .keep_ended = keep_ended, .mask = BUCKETS - 1 };
    r->bucket = qf_xalloc(BUCKETS * sizeof *r->bucket);
    r->space = qf_xalloc(rec->size);
    qf_buf_init(&r->scratch, ROWS_ROW_MAX);
}

void rows_clear(struct rows *r)
{
    while (r->first)
        forget(r, r->first);
    r->forgotten = 0;
}

void rows_release(struct rows *r)
{
    rows_clear(r);
    free(r->bucket);
    free(r->space);
    qf_buf_release(&r->scratch);
}

static void encode(struct rows *r, const void *record)
{
    qf_buf_clear(&r->scratch);
    qf_wire_encode(&r->scratch, r->rec, record, false);
    qf_assert(!r->scratch.failed);
}

size_t rows_put(struct rows *r, const void *record, uint64_t seq)
{
    struct row *w = find(r, record);
    encode(r, record);
    if (w && !w->deleted && w->n == r->scratch.len && memcmp(w->bytes, r->scratch.p, w->n) == 0)
        return 0;
    if (w)
        touch(r, w, seq);
    else
        w = add(r, record, seq);
    if (w->deleted) {
        w->deleted = false;
        r->live++;
    }
    set_bytes(w, &r->scratch);
    if (r->is_ended && r->is_ended(record))
        join(&r->ended, w);
    else
        leave(w);
    return w->n;
}

static size_t mark(struct rows *r, struct row *w, uint64_t seq)
{
    unpack_key(r->rec, w->key, r->space);
    encode(r, r->space);
    set_bytes(w, &r->scratch);
    touch(r, w, seq);
    join(&r->marks, w);
    w->deleted = true;
    r->live--;
    return w->n;
}

size_t rows_delete(struct rows *r, const void *record, uint64_t seq)
{
    struct row *w = find(r, record);
    return w && !w->deleted ? mark(r, w, seq) : 0;
}

size_t rows_retire(struct rows *r, uint64_t seq)
{
    size_t n = 0;
    while (r->keep_ended > 0 && r->ended.n > (uint32_t)r->keep_ended)
        n += mark(r, r->ended.oldest, seq);
    return n;
}

void rows_trim(struct rows *r, uint64_t least)
{
    while (r->keep > 0 && r->live > (uint32_t)r->keep)
        forget(r, r->first);
    while (r->marks.oldest && (r->marks.oldest->seq <= least || r->marks.n > ROWS_MARKS))
        forget(r, r->marks.oldest);
}

struct row *rows_after(const struct rows *r, uint64_t seq)
{
    if (seq == 0)
        return r->first;
    struct row *w = r->last;
    while (w && w->seq > seq)
        w = w->prev;
    return w ? w->next : r->first;
}
