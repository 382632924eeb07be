#include "daemon/core/batch.h"

#include <string.h>

#include "daemon/core/tab.h"

#define ALIGN 64ULL /* the images hold int128 and are read by the row: a cache line */

/* One table's part of the batch. */
struct part {
    char *rows;        /* images, rec->size apart: appended rows, and at the seal the dirty ones */
    uint32_t *dirty;   /* slots of tab that changed */
    struct tab *tab;
    uint32_t rows_n, dirty_n, cap;
};

/* Finds the row batch_put made for a key. An entry of another batch's number counts as empty, so nothing has to be
 * cleared. */
struct put {
    uint64_t no;
    uint32_t table, row;
};

struct batch {
    uint64_t no;
    bool sealed;
    uint32_t commands;
    uint32_t wanted;   /* changes that have to be written */
    uint32_t effects_n, puts_n;
    size_t bytes, undo_n, text_n;
    struct part part[QF_TABLE_COUNT];
    struct effect *effects;
    struct put *puts;
    char *undo;
    char *text;
};

/* Lies behind the bytes it saved, so that the log is read from its end. */
struct saved {
    void *p;
    size_t n;
};

static uint32_t part_cap(size_t table)
{
    return table == QF_TABLE_lots ? BATCH_LOTS : BATCH_ROWS;
}

static size_t aligned(size_t n)
{
    return (n + ALIGN - 1) & ~(ALIGN - 1);
}

/* Gives the next n bytes of the memory; with base NULL only counts. */
static void *carve(char *base, size_t *used, size_t n)
{
    char *p = base == NULL ? NULL : base + *used;
    *used += aligned(n);
    return p;
}

/* Lays the batch out over its memory, or, without memory, says how much that is. */
static size_t lay_out(struct batch *b, char *mem)
{
    size_t used = aligned(sizeof(struct batch));
    for (size_t i = 0; i < QF_TABLE_COUNT; i++) {
        char *rows = carve(mem, &used, (size_t)part_cap(i) * qf_tables[i].rec->size);
        uint32_t *dirty = carve(mem, &used, (size_t)part_cap(i) * sizeof(uint32_t));
        if (b != NULL)
            b->part[i] = (struct part){ .rows = rows, .dirty = dirty, .cap = part_cap(i) };
    }
    struct effect *effects = carve(mem, &used, (size_t)BATCH_ROWS * sizeof(struct effect));
    struct put *puts = carve(mem, &used, (size_t)BATCH_PUTS * sizeof(struct put));
    char *undo = carve(mem, &used, BATCH_UNDO);
    char *text = carve(mem, &used, BATCH_TEXT);
    if (b != NULL) {
        b->effects = effects;
        b->puts = puts;
        b->undo = undo;
        b->text = text;
    }
    return used;
}

size_t batch_size(void)
{
    return lay_out(NULL, NULL);
}

struct batch *batch_init(void *mem)
{
    struct batch *b = mem;
    memset(b, 0, sizeof(*b));
    lay_out(b, mem);
    return b;
}

void batch_reset(struct batch *b, uint64_t no)
{
    qf_assert(no > 0);
    for (size_t i = 0; i < QF_TABLE_COUNT; i++) {
        b->part[i].rows_n = b->part[i].dirty_n = 0;
        b->part[i].tab = NULL;
    }
    b->no = no;
    b->sealed = false;
    b->commands = b->wanted = b->effects_n = b->puts_n = 0;
    b->bytes = b->undo_n = b->text_n = 0;
}

uint64_t batch_no(const struct batch *b)
{
    return b->no;
}

void batch_command(struct batch *b)
{
    b->commands++;
}

uint32_t batch_commands(const struct batch *b)
{
    return b->commands;
}

bool batch_wanted(const struct batch *b)
{
    return b->commands > 0 || b->wanted > 0;
}

size_t batch_bytes(const struct batch *b)
{
    return b->bytes;
}

/* The largest single command is a cancel of every open order: so many rows and effects have to be left. What a fill
 * does to lots has a table of its own size. */
bool batch_full(const struct batch *b)
{
    const uint32_t most = BATCH_ROWS - QF_MAX_OPEN_ORDERS - 1;
    for (size_t i = 0; i < QF_TABLE_COUNT; i++)
        if (b->part[i].rows_n + b->part[i].dirty_n > most)
            return true;
    return b->commands >= QF_BATCH_COMMANDS || b->bytes >= QF_BATCH_BYTES || b->effects_n > most ||
           b->undo_n > BATCH_UNDO / 4 || b->text_n > BATCH_TEXT / 2;
}

void batch_save(struct batch *b, void *p, size_t n)
{
    size_t padded = (n + 15) & ~(size_t)15;
    struct saved s = { p, n };
    qf_assert(!b->sealed && b->undo_n + padded + sizeof(s) <= BATCH_UNDO);
    memcpy(b->undo + b->undo_n, p, n);
    memcpy(b->undo + b->undo_n + padded, &s, sizeof(s));
    b->undo_n += padded + sizeof(s);
}

void batch_undo(struct batch *b)
{
    while (b->undo_n > 0) {
        struct saved s;
        b->undo_n -= sizeof(s);
        memcpy(&s, b->undo + b->undo_n, sizeof(s));
        b->undo_n -= (s.n + 15) & ~(size_t)15;
        memcpy(s.p, b->undo + b->undo_n, s.n);
    }
}

/* Moves the bytes of str fields into the batch: where they lie now may be gone before the lane sends them. */
static void keep_text(struct batch *b, const struct qf_rec *rec, char *row)
{
    for (size_t i = 0; i < rec->count; i++) {
        const struct qf_field *f = &rec->fields[i];
        if (f->type != QF_T_str && f->type != QF_T_json)
            continue;
        struct qf_str s;
        memcpy(&s, row + f->off, sizeof(s));
        qf_assert(b->text_n + s.n <= BATCH_TEXT);
        if (s.n > 0)
            memcpy(b->text + b->text_n, s.p, s.n);
        s.p = b->text + b->text_n;
        memcpy(row + f->off, &s, sizeof(s));
        b->text_n += s.n;
        b->bytes += s.n;
    }
}

static void image(struct batch *b, size_t table, uint32_t at, const void *row)
{
    const struct qf_rec *rec = qf_tables[table].rec;
    char *to = b->part[table].rows + (size_t)at * rec->size;
    memcpy(to, row, rec->size);
    keep_text(b, rec, to);
}

static uint32_t add_image(struct batch *b, size_t table, const void *row)
{
    struct part *part = &b->part[table];
    qf_assert(part->rows_n + part->dirty_n < part->cap);
    image(b, table, part->rows_n, row);
    return part->rows_n++;
}

static uint32_t new_image(struct batch *b, size_t table, const void *row)
{
    qf_assert(!b->sealed);
    b->wanted++;
    b->bytes += qf_tables[table].rec->size;
    return add_image(b, table, row);
}

void batch_append(struct batch *b, enum qf_table_id table, const void *row)
{
    qf_assert(qf_tables[table].mode == QF_MODE_APPEND);
    new_image(b, table, row);
}

/* The place in the index where the key of `row` is or belongs. */
static struct put *put_place(struct batch *b, enum qf_table_id table, const void *row)
{
    const struct qf_rec *rec = qf_tables[table].rec;
    uint64_t i = qf_rec_hash_key(rec, row) + (uint64_t)table;
    for (;; i++) {
        struct put *p = &b->puts[i & (BATCH_PUTS - 1)];
        if (p->no != b->no)
            return p;
        if (p->table == (uint32_t)table && qf_rec_same_key(rec, b->part[table].rows + (size_t)p->row * rec->size, row))
            return p;
    }
}

void batch_put(struct batch *b, enum qf_table_id table, const void *row)
{
    qf_assert(qf_tables[table].mode == QF_MODE_UPSERT && b->part[table].tab == NULL);
    struct put *p = put_place(b, table, row);
    if (p->no == b->no) {
        b->wanted++;
        image(b, table, p->row, row);
        return;
    }
    qf_assert(b->puts_n++ < BATCH_PUTS / 2);
    *p = (struct put){ .no = b->no, .table = (uint32_t)table, .row = new_image(b, table, row) };
}

void batch_image(struct batch *b, enum qf_table_id table, const void *row)
{
    qf_assert(qf_tables[table].mode == QF_MODE_UPSERT);
    new_image(b, table, row);
}

void batch_touch(struct batch *b, struct tab *t, uint32_t slot)
{
    struct part *part = &b->part[t->table];
    qf_assert(!b->sealed && (part->tab == NULL || part->tab == t));
    if (t->dirty[slot] == b->no)
        return;
    qf_assert(part->rows_n + part->dirty_n < part->cap);
    part->tab = t;
    part->dirty[part->dirty_n++] = slot;
    t->dirty[slot] = b->no;
    b->bytes += t->rec->size;
}

void batch_dirty(struct batch *b, struct tab *t, uint32_t slot)
{
    batch_touch(b, t, slot);
    b->wanted++;
}

/* The place in the list stays behind and finds no mark at the seal, unless it is the newest: then it is given back, so
 * that a fill that closes a million lots needs a place for each, not two. */
void batch_last(struct batch *b, struct tab *t, uint32_t slot)
{
    struct part *part = &b->part[t->table];
    if (t->dirty[slot] != b->no)
        return;
    t->dirty[slot] = 0;
    if (part->dirty_n > 0 && part->dirty[part->dirty_n - 1] == slot)
        part->dirty_n--;
    new_image(b, t->table, tab_at(t, slot));
}

void batch_effect(struct batch *b, enum effect_kind kind, int64_t order_id)
{
    qf_assert(!b->sealed && b->effects_n < BATCH_ROWS);
    b->effects[b->effects_n++] = (struct effect){ kind, order_id };
}

/* A slot stands twice in the list when its row was dropped and the place taken anew; the mark is cleared with the first
 * image, so that the second finds nothing to do. A slot that was only dropped has no mark any more. */
static void seal_part(struct batch *b, size_t table)
{
    struct part *part = &b->part[table];
    uint32_t dirty = part->dirty_n;
    part->dirty_n = 0;
    for (uint32_t i = 0; i < dirty; i++) {
        uint32_t slot = part->dirty[i];
        if (part->tab->dirty[slot] != b->no)
            continue;
        const void *row = tab_at(part->tab, slot);
        qf_assert(row != NULL);
        add_image(b, table, row);
        part->tab->dirty[slot] = 0;
    }
}

void batch_seal(struct batch *b)
{
    qf_assert(!b->sealed);
    for (size_t i = 0; i < QF_TABLE_COUNT; i++)
        seal_part(b, i);
    b->sealed = true;
}

uint32_t batch_rows(const struct batch *b, enum qf_table_id table, const void **ret_rows)
{
    *ret_rows = b->part[table].rows;
    return b->part[table].rows_n;
}

uint32_t batch_effects(const struct batch *b, const struct effect **ret)
{
    *ret = b->effects;
    return b->effects_n;
}
