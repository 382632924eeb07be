/* A table in memory: rows of one record by key, with undo and dirty marks. The row begins with the record's struct; a
 * room may keep private members behind it (derived, never stored, never undone piecewise). Fixed capacity, memory
 * handed in. */
#ifndef QF_CORE_TAB_H
#define QF_CORE_TAB_H

#include "daemon/core/batch.h"

#define TAB_NONE UINT32_MAX
#define TAB_KEYS 3

/* Where a KEY field lies in the record, and how it is compared. Kept here because a walk over the rows of the record
 * for each look-up costs more than the look-up. */
struct tab_key {
    uint16_t off;
    uint16_t kind; /* QF_T_text, QF_T_i64 (also time) or QF_T_enum */
};

struct tab {
    const struct qf_rec *rec;
    enum qf_table_id table;
    bool undo;         /* false: its rows are never put back (states) */
    struct tab_key key[TAB_KEYS];
    uint32_t keys;
    uint32_t row_size; /* >= rec->size */
    uint32_t cap;      /* rows */
    uint32_t top;      /* slots ever used: walk 0 .. top - 1 and skip those that are not live */
    uint32_t count;    /* live rows */
    uint32_t free;     /* head of the list of dropped slots, TAB_NONE */
    uint32_t mask;     /* of the index */
    uint32_t *index;   /* open addressing: slot + 1, 0 = empty */
    uint32_t *next;    /* by slot: next free one, or TAB_NONE; TAB_LIVE for live rows */
    uint64_t *dirty;   /* by slot: number of the batch it is in already */
    uint64_t saved;    /* number of the batch that holds top, count and free for undo */
    char *rows;
};
#define TAB_LIVE (UINT32_MAX - 1)

/* Address space a table of cap rows takes (cap <= 2^31). */
size_t tab_size(uint32_t row_size, uint32_t cap);
/* mem: zero pages of tab_size bytes, aligned to 4096. */
void tab_init(struct tab *t, enum qf_table_id table, uint32_t row_size, uint32_t cap, bool undo, void *mem);

/* The row with the key of `like` (a record with its KEY fields filled), or NULL. */
void *tab_find(const struct tab *t, const void *like);
/* A new row: a copy of `image` (rec->size bytes; private members zero). NULL when full; asserts that the key is new.
 * b = NULL while loading: no undo, nothing dirty. */
void *tab_add(struct tab *t, struct batch *b, const void *image);
/* Say so before changing a row: its record is saved for undo and will be written. KEY fields must not change. */
void tab_edit(struct tab *t, struct batch *b, void *row);
/* The same for a change that is written with the batch but no reason to send it (SENT). */
void tab_touch(struct tab *t, struct batch *b, void *row);
/* Forget a row in memory (it stays in the database); when it changed in b its last image goes with b. */
void tab_drop(struct tab *t, struct batch *b, void *row);

static inline uint32_t tab_slot(const struct tab *t, const void *row)
{
    return (uint32_t)((size_t)((const char *)row - t->rows) / t->row_size);
}
static inline void *tab_at(const struct tab *t, uint32_t slot)
{
    return slot < t->top && t->next[slot] == TAB_LIVE ? (void *)(t->rows + (size_t)slot * t->row_size) : NULL;
}
/* Is it 90 % full? Then new risk is refused with CAPACITY. */
static inline bool tab_tight(const struct tab *t)
{
    return t->count >= t->cap - t->cap / 10;
}
/* Walk: for (struct X *r; (r = tab_next(&t, &i)) != NULL;) with uint32_t i = 0 before. */
void *tab_next(const struct tab *t, uint32_t *i);

#endif
