#include "tui/cache.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"

struct topic {
    void **rows;
    size_t n, cap;
    uint32_t *index; /* row number + 1 by hash of its key, open addressing; 0 = free */
    size_t slots;    /* a power of two, more than half of it free */
    uint64_t seq, version;
    qf_time got;
    bool loaded;
};

struct tui_cache {
    struct topic topics[QF_TOPIC_COUNT];
    uint64_t changes;
    tui_cache_fn fn;
    void *arg;
};

/* --- copies of records */

static size_t round16(size_t n)
{
    return (n + 15) & ~(size_t)15;
}

static bool is_text(const struct qf_field *f)
{
    return f->type == QF_T_str || f->type == QF_T_json;
}

static uint32_t list_count(const struct qf_field *f, const void *o)
{
    uint32_t n;
    memcpy(&n, (const char *)o + f->off_n, sizeof n);
    return n;
}

static void *list_at(const struct qf_field *f, const void *o)
{
    void *p;
    memcpy(&p, (const char *)o + f->off, sizeof p);
    return p;
}

/* Bytes behind the struct itself. */
static size_t extra_bytes(const struct qf_rec *rec, const void *o)
{
    size_t n = 0;
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (is_text(f)) {
            n += round16(((const struct qf_str *)(const void *)((const char *)o + f->off))->n);
        } else if (f->type == QF_T_list) {
            uint32_t count = list_count(f, o);
            n += round16((size_t)count * f->item->size);
            for (uint32_t k = 0; k < count; k++)
                n += extra_bytes(f->item, (const char *)list_at(f, o) + (size_t)k * f->item->size);
        }
    }
    return n;
}

/* o is a shallow copy already; its texts and lists move to *at. */
static void copy_extra(const struct qf_rec *rec, void *o, char **at)
{
    for (int i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (is_text(f)) {
            struct qf_str *s = (struct qf_str *)(void *)((char *)o + f->off);
            if (s->n)
                memcpy(*at, s->p, s->n);
            s->p = *at;
            *at += round16(s->n);
        } else if (f->type == QF_T_list) {
            uint32_t count = list_count(f, o);
            char *items = *at;
            if (count)
                memcpy(items, list_at(f, o), (size_t)count * f->item->size);
            memcpy((char *)o + f->off, &items, sizeof items);
            *at += round16((size_t)count * f->item->size);
            for (uint32_t k = 0; k < count; k++)
                copy_extra(f->item, items + (size_t)k * f->item->size, at);
        }
    }
}

void *tui_record_copy(const struct qf_rec *rec, const void *o)
{
    char *copy = qf_xalloc(round16(rec->size) + extra_bytes(rec, o));
    char *at = copy + round16(rec->size);
    memcpy(copy, o, rec->size);
    copy_extra(rec, copy, &at);
    return copy;
}

/* --- one topic's table */

static const struct qf_rec *rec_of(enum qf_topic_id topic)
{
    return qf_topics[topic].rec;
}

/* The slot that holds the key, or the free one where it would go. */
static size_t find_slot(const struct topic *t, const struct qf_rec *rec, const void *key)
{
    size_t at = (size_t)qf_rec_hash_key(rec, key) & (t->slots - 1);
    while (t->index[at] && !qf_rec_same_key(rec, t->rows[t->index[at] - 1], key))
        at = (at + 1) & (t->slots - 1);
    return at;
}

static void reindex(struct topic *t, const struct qf_rec *rec, size_t slots)
{
    t->slots = slots;
    t->index = qf_xrealloc(t->index, slots * sizeof *t->index);
    memset(t->index, 0, slots * sizeof *t->index);
    for (size_t i = 0; i < t->n; i++)
        t->index[find_slot(t, rec, t->rows[i])] = (uint32_t)(i + 1);
}

static void grow(struct topic *t, const struct qf_rec *rec)
{
    if (t->n < t->cap)
        return;
    t->cap = t->cap ? t->cap * 2 : 32;
    t->rows = qf_xrealloc(t->rows, t->cap * sizeof *t->rows);
    reindex(t, rec, t->cap * 4);
}

static void clear_rows(struct topic *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->rows[i]);
    t->n = 0;
    if (t->index)
        memset(t->index, 0, t->slots * sizeof *t->index);
}

static void tell(const struct tui_cache *c, enum qf_topic_id topic, const void *before, const void *now, bool initial)
{
    if (c->fn)
        c->fn(c->arg, topic, before, now, initial);
}

/* Closes the hole at `hole`: entries of the same run that may not stand behind a hole move up. */
static void close_hole(struct topic *t, const struct qf_rec *rec, size_t hole)
{
    size_t mask = t->slots - 1;
    for (size_t at = (hole + 1) & mask; t->index[at]; at = (at + 1) & mask) {
        size_t home = (size_t)qf_rec_hash_key(rec, t->rows[t->index[at] - 1]) & mask;
        if (((at - home) & mask) < ((at - hole) & mask))
            continue;
        t->index[hole] = t->index[at];
        hole = at;
    }
    t->index[hole] = 0;
}

static void remove_at(struct topic *t, const struct qf_rec *rec, size_t slot)
{
    size_t row = t->index[slot] - 1, last = t->n - 1;
    size_t last_slot = find_slot(t, rec, t->rows[last]);
    free(t->rows[row]);
    t->rows[row] = t->rows[last];
    t->index[last_slot] = (uint32_t)(row + 1);
    t->n = last;
    close_hole(t, rec, slot);
}

bool tui_order_open(const struct qf_order *o)
{
    switch (o->state) {
    case QF_ORDER_FILLED:
    case QF_ORDER_CANCELLED:
    case QF_ORDER_EXPIRED:
    case QF_ORDER_REJECTED:
        return false;
    default:
        return true;
    }
}

/* Rows that are told of and then not kept: what has ended. */
static bool is_over(enum qf_topic_id topic, const void *row)
{
    if (topic == QF_TOPIC_orders)
        return !tui_order_open(row);
    if (topic == QF_TOPIC_sessions)
        return QF_HAS((const struct qf_session *)row, session, ended);
    return false;
}

static void delete_row(struct tui_cache *c, enum qf_topic_id topic, const void *key, const void *now, bool initial)
{
    struct topic *t = &c->topics[topic];
    const struct qf_rec *rec = rec_of(topic);
    size_t slot = t->slots ? find_slot(t, rec, key) : 0;
    bool there = t->slots && t->index[slot];
    if (there || now)
        tell(c, topic, there ? t->rows[t->index[slot] - 1] : NULL, now, initial);
    if (there)
        remove_at(t, rec, slot);
}

static void take_row(struct tui_cache *c, enum qf_topic_id topic, const void *row, bool initial)
{
    struct topic *t = &c->topics[topic];
    const struct qf_rec *rec = rec_of(topic);
    if (is_over(topic, row)) {
        delete_row(c, topic, row, row, initial);
        return;
    }
    grow(t, rec);
    size_t slot = find_slot(t, rec, row);
    void *before = t->index[slot] ? t->rows[t->index[slot] - 1] : NULL;
    void *copy = tui_record_copy(rec, row);
    if (!before)
        t->index[slot] = (uint32_t)++t->n;
    t->rows[t->index[slot] - 1] = copy;
    tell(c, topic, before, copy, initial);
    free(before);
}

/* --- topics that only grow: the newest stay */

#define KEEP_NEWEST 500

static int by_id_down(const void *a, const void *b)
{
    /* id is the first field behind `has` of all records that come here */
    int64_t x, y;
    memcpy(&x, *(const char *const *)a + sizeof(uint64_t), sizeof x);
    memcpy(&y, *(const char *const *)b + sizeof(uint64_t), sizeof y);
    return x < y ? 1 : x > y ? -1 : 0;
}

_Static_assert(offsetof(struct qf_event, id) == 8 && offsetof(struct qf_control, cmd_no) == 8 &&
                   offsetof(struct qf_execution, id) == 8 && offsetof(struct qf_sample, at) == 8 &&
                   offsetof(struct qf_approval, id) == 8 && offsetof(struct qf_stop_report, id) == 8,
               "the key is the first field");

static bool only_grows(enum qf_topic_id topic)
{
    return topic == QF_TOPIC_events || topic == QF_TOPIC_audit || topic == QF_TOPIC_executions ||
           topic == QF_TOPIC_system || topic == QF_TOPIC_approvals || topic == QF_TOPIC_stops;
}

static void trim(struct topic *t, const struct qf_rec *rec)
{
    if (t->n <= KEEP_NEWEST + KEEP_NEWEST / 4)
        return;
    qsort(t->rows, t->n, sizeof *t->rows, by_id_down);
    while (t->n > KEEP_NEWEST)
        free(t->rows[--t->n]);
    reindex(t, rec, t->slots);
}

/* --- the cache */

struct tui_cache *tui_cache_new(void)
{
    struct tui_cache *c = qf_xalloc(sizeof *c);
    memset(c, 0, sizeof *c);
    return c;
}

void tui_cache_free(struct tui_cache *c)
{
    if (!c)
        return;
    for (int i = 0; i < QF_TOPIC_COUNT; i++) {
        clear_rows(&c->topics[i]);
        free(c->topics[i].rows);
        free(c->topics[i].index);
    }
    free(c);
}

void tui_cache_watch(struct tui_cache *c, tui_cache_fn fn, void *arg)
{
    c->fn = fn;
    c->arg = arg;
}

bool tui_cache_push(struct tui_cache *c, const struct tui_push *push, qf_time now)
{
    struct topic *t = &c->topics[push->topic];
    const struct qf_rec *rec = rec_of(push->topic);
    bool all = push->from == 0;
    if (!all && (!t->loaded || push->from != t->seq))
        return false;
    if (all)
        clear_rows(t);
    for (uint32_t i = 0; i < push->rows_n; i++)
        take_row(c, push->topic, (const char *)push->rows + (size_t)i * rec->size, all);
    for (uint32_t i = 0; i < push->deleted_n; i++)
        delete_row(c, push->topic, (const char *)push->deleted + (size_t)i * rec->size, NULL, all);
    if (only_grows(push->topic))
        trim(t, rec);
    t->seq = push->seq;
    t->loaded = true;
    t->got = now;
    t->version++;
    c->changes++;
    return true;
}

void tui_cache_drop(struct tui_cache *c, enum qf_topic_id topic)
{
    struct topic *t = &c->topics[topic];
    clear_rows(t);
    t->loaded = false;
    t->seq = 0;
    t->got = 0;
    t->version++;
    c->changes++;
}

size_t tui_cache_rows(const struct tui_cache *c, enum qf_topic_id topic, const void *const **ret)
{
    *ret = (const void *const *)c->topics[topic].rows;
    return c->topics[topic].n;
}

const void *tui_cache_find(const struct tui_cache *c, enum qf_topic_id topic, const void *key)
{
    const struct topic *t = &c->topics[topic];
    if (!t->slots)
        return NULL;
    uint32_t at = t->index[find_slot(t, rec_of(topic), key)];
    return at ? t->rows[at - 1] : NULL;
}

const void *tui_cache_one(const struct tui_cache *c, enum qf_topic_id topic)
{
    return c->topics[topic].n ? c->topics[topic].rows[0] : NULL;
}

bool tui_cache_loaded(const struct tui_cache *c, enum qf_topic_id topic)
{
    return c->topics[topic].loaded;
}

qf_time tui_cache_got(const struct tui_cache *c, enum qf_topic_id topic)
{
    return c->topics[topic].got;
}

uint64_t tui_cache_version(const struct tui_cache *c, enum qf_topic_id topic)
{
    return c->topics[topic].version;
}

uint64_t tui_cache_changes(const struct tui_cache *c)
{
    return c->changes;
}

const struct qf_desk_status *tui_cache_desk(const struct tui_cache *c)
{
    return tui_cache_one(c, QF_TOPIC_desk);
}

const struct qf_quote *tui_cache_quote(const struct tui_cache *c, const char *symbol)
{
    struct qf_quote key;
    memset(&key, 0, sizeof key);
    qf_str_copy(key.symbol, sizeof key.symbol, symbol);
    return tui_cache_find(c, QF_TOPIC_quotes, &key);
}
