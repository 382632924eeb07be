/* One batch: everything one database transaction will hold, the way back if it fails, and what may leave once it is
 * durable.
 *
 * Core fills it while it applies commands; the lane (store) writes its rows; the server sends its effects. The memory
 * is handed in, mapped lazily and large enough that a batch within its row limits never runs out: each table has its
 * own array. */
#ifndef QF_CORE_BATCH_H
#define QF_CORE_BATCH_H

#include "common/limits.h"
#include "common/proto/proto.h"

/* Rows a table may have in one batch: a cancel of all 65,536 open orders fits beside 1,023 other commands. */
#define BATCH_ROWS 131072u
/* Of lots: one fill may close every lot there is. */
#define BATCH_LOTS (QF_MAX_LOTS + BATCH_ROWS)
/* Address space of the undo log: one fill that closes every lot takes 300 MiB of it. */
#define BATCH_UNDO (512ULL * 1024 * 1024)
/* Address space for the bytes of str fields: 1,024 answers of 64 KiB take 64 MiB. */
#define BATCH_TEXT (256ULL * 1024 * 1024)
/* Places of the index over keys of batch_put; half of them may be taken. */
#define BATCH_PUTS 262144u

enum effect_kind { EFFECT_SEND, EFFECT_CANCEL };
struct effect {
    enum effect_kind kind;
    int64_t order_id;
};

struct batch;
struct tab;

/* Bytes of address space one batch takes; map them with qf_map_lazy and hand them in. */
size_t batch_size(void);
struct batch *batch_init(void *mem);
/* Empty again, with a number of its own (counted up by the caller, from 1). */
void batch_reset(struct batch *b, uint64_t no);
uint64_t batch_no(const struct batch *b);

/* --- filled by core and server */
/* Counts one command; its rows follow. */
void batch_command(struct batch *b);
uint32_t batch_commands(const struct batch *b);
/* Is there anything to write? (Rows that were only touched, such as SENT, do not count: they go
 * with what comes next.) */
bool batch_wanted(const struct batch *b);
/* No further command fits: the row, command or byte limit is near. */
bool batch_full(const struct batch *b);
/* Remembers n bytes at p so that batch_undo can put them back. */
void batch_save(struct batch *b, void *p, size_t n);
/* A row of an APPEND table: copied, with the bytes of its str fields. */
void batch_append(struct batch *b, enum qf_table_id table, const void *row);
/* A row of an UPSERT table that lives in no tab (equity points, incidents): copied as it is now;
 * one per key and batch. */
void batch_put(struct batch *b, enum qf_table_id table, const void *row);
/* A row of an UPSERT table whose key no other row of this batch has. */
void batch_image(struct batch *b, enum qf_table_id table, const void *row);
/* Called by tab: slot of t has changed and is written when the batch is sealed. */
void batch_dirty(struct batch *b, struct tab *t, uint32_t slot);
/* Called by tab: it forgets the row in slot of t; when this batch changed it, its last image is taken now. */
void batch_last(struct batch *b, struct tab *t, uint32_t slot);
/* As batch_dirty, but the row alone is no reason to send the batch. */
void batch_touch(struct batch *b, struct tab *t, uint32_t slot);
void batch_effect(struct batch *b, enum effect_kind kind, int64_t order_id);

/* --- when it goes out */
/* Copies the last image of every dirty row into the batch. After this nothing in the desk is read for it. */
void batch_seal(struct batch *b);
/* Rows of a table: count, and the array of records (stride qf_tables[table].rec->size). Valid until batch_reset. */
uint32_t batch_rows(const struct batch *b, enum qf_table_id table, const void **ret_rows);
uint32_t batch_effects(const struct batch *b, const struct effect **ret);
/* Approximate bytes of its rows on the wire. */
size_t batch_bytes(const struct batch *b);

/* Puts every saved byte back, newest first. Derived state (desk.h) must be rebuilt afterwards with desk_rebuild. */
void batch_undo(struct batch *b);

#endif
