/* The rows of one topic: the newest encoded row of each key, in the order of the sequence number that brought it. Pure
 * memory: no connection, no clock. A deleted key stays as a mark until nobody needs to be told any more. */
#ifndef QF_SERVER_ROWS_H
#define QF_SERVER_ROWS_H

#include "common/proto/proto.h"

#define ROWS_KEY_MAX 160         /* bytes of a packed key: the longest records have three short fields */
#define ROWS_ROW_MAX (256 * 1024) /* bytes of an encoded row: a stop's report with 500 orders has 100 KB */
#define ROWS_MARKS 4096          /* deleted keys kept for readers that are behind */

struct row {
    struct row *prev, *next;   /* by seq, oldest first */
    struct row *chain;         /* same bucket */
    struct row_list *in;       /* marks or ended ones; NULL for most */
    struct row *newer, *older; /* of that list */
    uint64_t hash, seq;
    uint32_t n, cap, key_n;
    bool deleted;
    char *bytes;               /* the object as JSON; of a deleted one its KEY fields */
    char key[];
};

struct row_list {
    struct row *oldest, *newest;
    uint32_t n;
};

struct rows {
    const struct qf_rec *rec;
    int keep;                  /* a stream: so many of the newest; 0 = a row a key */
    bool (*is_ended)(const void *record);
    int keep_ended;
    struct row *first, *last;
    struct row **bucket;
    uint32_t mask;             /* buckets - 1 */
    uint32_t live;
    struct row_list marks;     /* deleted keys, by seq */
    struct row_list ended;     /* by when they ended */
    uint64_t forgotten;        /* rows or marks up to this seq are gone: a reader behind it needs everything */
    struct qf_buf scratch;
    void *space;               /* one record */
};

void rows_init(struct rows *r, const struct qf_rec *rec, int keep, bool (*is_ended)(const void *record),
               int keep_ended);
void rows_release(struct rows *r);
/* A new or changed row, with number seq (never smaller than one before). Returns its bytes, 0 when nothing changed. */
size_t rows_put(struct rows *r, const void *record, uint64_t seq);
/* The key is gone. Returns the bytes of its mark, 0 when it was not there. */
size_t rows_delete(struct rows *r, const void *record, uint64_t seq);
/* Ended rows beyond keep_ended become marks with number seq. Returns their bytes. */
size_t rows_retire(struct rows *r, uint64_t seq);
/* Drops a stream's rows beyond keep, and marks that no reader needs: every reader has at least `least`. */
void rows_trim(struct rows *r, uint64_t least);
void rows_clear(struct rows *r);
/* The first row with a number above seq. */
struct row *rows_after(const struct rows *r, uint64_t seq);

#endif
