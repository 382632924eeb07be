#include "daemon/core/tab.h"

#include <string.h>

#define PAGE 4096ULL

static size_t pages(size_t n)
{
    return (n + PAGE - 1) & ~(PAGE - 1);
}

/* At most half of the index is taken: an unsuccessful look-up reads 2.5 places on average (Knuth, TAOCP 3, 6.4, linear
 * probing). */
static uint32_t index_places(uint32_t cap)
{
    uint32_t n = 16;
    while (n < 2 * cap)
        n *= 2;
    return n;
}

size_t tab_size(uint32_t row_size, uint32_t cap)
{
    qf_assert(cap > 0 && cap <= 1U << 29);
    return pages((size_t)row_size * cap) + pages((size_t)index_places(cap) * sizeof(uint32_t)) +
           pages((size_t)cap * sizeof(uint32_t)) + pages((size_t)cap * sizeof(uint64_t));
}

static uint16_t key_kind(enum qf_type type)
{
    if (type == QF_T_time)
        return QF_T_i64;
    qf_assert(type == QF_T_text || type == QF_T_i64 || type == QF_T_enum);
    return (uint16_t)type;
}

static void find_keys(struct tab *t)
{
    t->keys = 0;
    for (size_t i = 0; i < t->rec->count; i++) {
        const struct qf_field *f = &t->rec->fields[i];
        if ((f->flags & QF_F_KEY) == 0)
            continue;
        qf_assert(t->keys < TAB_KEYS);
        t->key[t->keys++] = (struct tab_key){ .off = f->off, .kind = key_kind(f->type) };
    }
    qf_assert(t->keys > 0);
}

void tab_init(struct tab *t, enum qf_table_id table, uint32_t row_size, uint32_t cap, bool undo, void *mem)
{
    memset(t, 0, sizeof(*t));
    t->rec = qf_tables[table].rec;
    t->table = table;
    t->undo = undo;
    qf_assert(row_size >= t->rec->size && row_size % 8 == 0);
    find_keys(t);
    t->row_size = row_size;
    t->cap = cap;
    t->free = TAB_NONE;
    t->mask = index_places(cap) - 1;
    char *p = mem;
    t->rows = p;
    t->index = (uint32_t *)(void *)(p += pages((size_t)row_size * cap));
    t->next = (uint32_t *)(void *)(p += pages(((size_t)t->mask + 1) * sizeof(uint32_t)));
    t->dirty = (uint64_t *)(void *)(p + pages((size_t)cap * sizeof(uint32_t)));
}

/* --- keys */

static uint64_t stir(uint64_t h)
{
    h *= 0x9E3779B97F4A7C15ULL;
    return h ^ h >> 32;
}

static uint64_t hash_text(uint64_t h, const char *p)
{
    for (; *p != '\0'; p++)
        h = (h ^ (unsigned char)*p) * 0x100000001B3ULL;
    return h;
}

static uint64_t hash_key(const struct tab *t, const char *o)
{
    uint64_t h = 0xCBF29CE484222325ULL;
    for (uint32_t i = 0; i < t->keys; i++) {
        const char *p = o + t->key[i].off;
        int64_t wide;
        int32_t narrow;
        if (t->key[i].kind == QF_T_text) {
            h = hash_text(h, p);
        } else if (t->key[i].kind == QF_T_i64) {
            memcpy(&wide, p, sizeof(wide));
            h ^= (uint64_t)wide;
        } else {
            memcpy(&narrow, p, sizeof(narrow));
            h ^= (uint64_t)narrow;
        }
        h = stir(h);
    }
    return h;
}

static bool same_key(const struct tab *t, const char *a, const char *b)
{
    for (uint32_t i = 0; i < t->keys; i++) {
        const char *pa = a + t->key[i].off, *pb = b + t->key[i].off;
        bool same = t->key[i].kind == QF_T_text  ? strcmp(pa, pb) == 0
                    : t->key[i].kind == QF_T_i64 ? memcmp(pa, pb, sizeof(int64_t)) == 0
                                                 : memcmp(pa, pb, sizeof(int32_t)) == 0;
        if (!same)
            return false;
    }
    return true;
}

static char *row_at(const struct tab *t, uint32_t slot)
{
    return t->rows + (size_t)slot * t->row_size;
}

/* The place of the index where the key is, or the empty one where it belongs. */
static uint32_t place_of(const struct tab *t, const char *like)
{
    uint32_t i = (uint32_t)hash_key(t, like) & t->mask;
    while (t->index[i] != 0 && !same_key(t, row_at(t, t->index[i] - 1), like))
        i = (i + 1) & t->mask;
    return i;
}

void *tab_find(const struct tab *t, const void *like)
{
    uint32_t slot = t->index[place_of(t, like)];
    return slot == 0 ? NULL : row_at(t, slot - 1);
}

/* --- changing */

/* Remembers bytes for undo, when this table is undone at all. */
static void save(const struct tab *t, struct batch *b, void *p, size_t n)
{
    if (b != NULL && t->undo)
        batch_save(b, p, n);
}

static void save_counters(struct tab *t, struct batch *b)
{
    if (b == NULL || t->saved == batch_no(b))
        return;
    save(t, b, &t->top, sizeof(t->top));
    save(t, b, &t->count, sizeof(t->count));
    save(t, b, &t->free, sizeof(t->free));
    t->saved = batch_no(b);
}

static void set_index(struct tab *t, struct batch *b, uint32_t place, uint32_t value)
{
    save(t, b, &t->index[place], sizeof(uint32_t));
    t->index[place] = value;
}

static void set_next(struct tab *t, struct batch *b, uint32_t slot, uint32_t value)
{
    save(t, b, &t->next[slot], sizeof(uint32_t));
    t->next[slot] = value;
}

/* A dropped slot's record is saved before it is written over: undoing the drop brings the row back. */
static uint32_t take_slot(struct tab *t, struct batch *b)
{
    if (t->free == TAB_NONE)
        return t->top++;
    uint32_t slot = t->free;
    save(t, b, row_at(t, slot), t->rec->size);
    t->free = t->next[slot];
    return slot;
}

void *tab_add(struct tab *t, struct batch *b, const void *image)
{
    if (t->free == TAB_NONE && t->top == t->cap)
        return NULL;
    uint32_t place = place_of(t, image);
    qf_assert(t->index[place] == 0);
    save_counters(t, b);
    uint32_t slot = take_slot(t, b);
    char *row = row_at(t, slot);
    memcpy(row, image, t->rec->size);
    memset(row + t->rec->size, 0, t->row_size - t->rec->size);
    set_index(t, b, place, slot + 1);
    set_next(t, b, slot, TAB_LIVE);
    t->count++;
    if (b != NULL)
        batch_dirty(b, t, slot);
    return row;
}

/* The record as it was before the batch is saved once, with its first change. */
static void save_row(struct tab *t, struct batch *b, void *row)
{
    if (b != NULL && t->dirty[tab_slot(t, row)] != batch_no(b))
        save(t, b, row, t->rec->size);
}

void tab_edit(struct tab *t, struct batch *b, void *row)
{
    save_row(t, b, row);
    if (b != NULL)
        batch_dirty(b, t, tab_slot(t, row));
}

void tab_touch(struct tab *t, struct batch *b, void *row)
{
    save_row(t, b, row);
    if (b != NULL)
        batch_touch(b, t, tab_slot(t, row));
}

/* Takes a key out of the index and closes the hole: whatever stands behind it and was pushed on by it moves back
 * (Knuth, TAOCP 3, 6.4, algorithm R). */
static void unindex(struct tab *t, struct batch *b, uint32_t hole)
{
    for (uint32_t i = (hole + 1) & t->mask; t->index[i] != 0; i = (i + 1) & t->mask) {
        uint32_t home = (uint32_t)hash_key(t, row_at(t, t->index[i] - 1)) & t->mask;
        if (((i - home) & t->mask) < ((i - hole) & t->mask))
            continue;
        set_index(t, b, hole, t->index[i]);
        hole = i;
    }
    set_index(t, b, hole, 0);
}

void tab_drop(struct tab *t, struct batch *b, void *row)
{
    uint32_t slot = tab_slot(t, row);
    qf_assert(slot < t->top && t->next[slot] == TAB_LIVE);
    if (b != NULL)
        batch_last(b, t, slot);
    save_counters(t, b);
    unindex(t, b, place_of(t, row));
    set_next(t, b, slot, t->free);
    t->free = slot;
    t->count--;
}

void *tab_next(const struct tab *t, uint32_t *i)
{
    while (*i < t->top) {
        uint32_t slot = (*i)++;
        if (t->next[slot] == TAB_LIVE)
            return row_at(t, slot);
    }
    return NULL;
}
