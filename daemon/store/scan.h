/* Blocking reads for a worker's thread: everything a piece of long work reads comes from one snapshot. A connection of its own
 * with one read-only REPEATABLE READ transaction, cursors, and so many rows in memory at a time; while the caller looks at
 * a portion the server makes the next one.
 *
 * Belongs to one thread from scan_open to scan_close; never the loop's. */
#ifndef QF_STORE_SCAN_H
#define QF_STORE_SCAN_H

#include <stdatomic.h>

#include "common/proto/proto.h"
#include "daemon/store/db.h"

#define SCAN_ROWS 1000                        /* a portion */
#define SCAN_TEXTS (64 * 1024 * 1024)         /* bytes of str fields of a portion at most; then QF_ENOMEM */

struct scan;

/* Connects and takes the snapshot. cancel (may be NULL) is looked at between portions and ten times a second while waiting;
 * it has to live until scan_close. QF_ECLOSED: no connection, or cancelled; QF_ESTATE: the server refuses. why says which. */
enum qf_err scan_open(const char *conninfo, const atomic_bool *cancel, struct scan **ret, char *why, size_t why_cap) QF_MUST_CHECK;
void scan_close(struct scan *s); /* NULL is fine */
/* How long one answer is waited for before the connection counts as lost, in ms (> 0): a server that stands still says nothing, and its
 * own time limits do not run. At first a little longer than it may take over a portion. */
void scan_patience(struct scan *s, int ms);
/* What went wrong last, one line; "cancelled" when that is what it was. */
const char *scan_why(const struct scan *s);

/* Every row of a statement of sql/queries, in its order, as struct qf_<rec>. The row and the bytes of its str fields live until fn
 * returns; false ends it (that is no error). The result must have all fields of the record that are not OPT.
 * Errors: QF_ECLOSED the connection broke or cancelled; QF_ESTATE the server refused (the whole scan has failed then);
 * QF_ERANGE, QF_EVERSION, QF_ESYNTAX what is stored is not what the record can hold; QF_ENOMEM above SCAN_TEXTS. After an error
 * nothing more can be read from this scan. */
typedef bool (*scan_fn)(void *arg, const void *row);
enum qf_err scan_rows(struct scan *s, const char *query, const struct qf_rec *rec, const struct db_param *params, int n, scan_fn fn,
                      void *arg) QF_MUST_CHECK;
/* Only some fields of the record are in the result: the others are zero and without their bit. */
enum qf_err scan_part(struct scan *s, const char *query, const struct qf_rec *rec, const struct db_param *params, int n, scan_fn fn,
                      void *arg) QF_MUST_CHECK;

/* The same portion by portion, for who may have to wait between them (for a reader that does not take more): begin, next until
 * *ret_n is 0. A portion lives until the next call of any function here. Errors as above. What was begun before ends. */
enum qf_err scan_begin(struct scan *s, const char *query, const struct qf_rec *rec, bool part, const struct db_param *params,
                       int n) QF_MUST_CHECK;
enum qf_err scan_next(struct scan *s, const void **ret_rows, uint32_t *ret_n) QF_MUST_CHECK;

#endif
