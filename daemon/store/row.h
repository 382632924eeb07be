/* Records as rows of PostgreSQL, in binary, made from their descriptors: arrays of columns on the way in, result rows
 * on the way out, and the texts of the statements. Stored fields are those that are neither VIRTUAL nor lists. */
#ifndef QF_STORE_ROW_H
#define QF_STORE_ROW_H

#include "common/proto/proto.h"
#include "daemon/store/db.h"

#define ROW_COLUMNS_MAX 63             /* `has` is 64 bits */
#define ROW_BYTES_MAX (1024u * 1024 * 1024 - 1) /* a value may have less than 1 GiB (PostgreSQL, MaxAllocSize) */

/* Indexes of the stored fields, in order. Returns how many. */
int row_columns(const struct qf_rec *rec, uint8_t ret[ROW_COLUMNS_MAX]);
/* The SQL type of a stored field: "bigint", "numeric(19,8)" … and its OID. */
const char *row_type(const struct qf_field *f);
uint32_t row_oid(const struct qf_field *f);

/* INSERT INTO t (…) SELECT … FROM unnest($1::bigint[], …), for UPSERT tables with ON CONFLICT (keys) DO UPDATE of all
 * others. */
void row_insert_text(const struct qf_table *t, struct qf_buf *out);

/* The parameters of that statement for n > 0 records that lie one behind the other (rec->size bytes each). The bytes go
 * into `buf` (emptied first), ret_params point into it until it changes. Returns false when buf's maximum is too small.
 */
bool row_encode(const struct qf_rec *rec, const void *rows, uint32_t n, struct qf_buf *buf,
                struct db_param ret_params[ROW_COLUMNS_MAX]) QF_MUST_CHECK;

/* Which column of a result is which field. Columns are found by name; each field that is not OPT must be there, unless
 * only `part` of the record was asked for (the others are zero and without their bit). Columns whose names begin with _
 * are the schema's own. */
struct row_map {
    const struct qf_rec *rec;
    int16_t column[ROW_COLUMNS_MAX]; /* by field; -1 = not in the result */
};
#define ROW_WHY 160
/* QF_EVERSION: a column is missing, of another type, or no field has its name; ret_why says which. */
enum qf_err row_map(const struct qf_rec *rec, const struct db_rows *rows, bool part, struct row_map *ret,
                    char ret_why[ROW_WHY]) QF_MUST_CHECK;
/* One result row into a record (rec->size bytes). Bytes of str fields lie in the arena. What is stored is not trusted:
 * QF_ERANGE for a value that does not fit, a word its enum does not know, text that is no UTF-8 or NULL where there
 * must be a value; QF_ENOMEM when the arena is full. ret_why then names the field. */
enum qf_err row_decode(const struct row_map *map, const struct db_rows *rows, int row, void *ret,
                       struct qf_arena *arena, char ret_why[ROW_WHY]) QF_MUST_CHECK;

#endif
