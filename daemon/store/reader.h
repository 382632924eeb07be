/* Reads that memory cannot answer: pages of the big tables, old orders, stored bars, answers of yesterday. One
 * read-only connection of its own with every statement of sql/queries prepared; it connects again by itself. The write
 * lane never waits for it. */
#ifndef QF_STORE_READER_H
#define QF_STORE_READER_H

#include "common/clock.h"
#include "common/loop.h"
#include "common/proto/proto.h"
#include "daemon/store/db.h"

#define READER_ASKS 2048                      /* unanswered at most; then QF_EFULL, which people see as BUSY */
#define READER_ANSWER (16 * 1024 * 1024)      /* bytes of one answer: 500 answers of 32 KiB */

struct reader;

/* conninfo: of the daemon's role; copied. */
struct reader *reader_new(struct qf_loop *loop, const char *conninfo);
/* Unanswered asks get no answer any more. NULL is fine. */
void reader_free(struct reader *r);
/* Connected and prepared? Otherwise every ask is QF_ECLOSED. */
bool reader_up(const struct reader *r);
/* Why not; "" when it is up. */
const char *reader_why(const struct reader *r);

/* n records (struct qf_<rec>) one behind the other; they and the bytes of their str fields live until fn returns.
 * err: QF_OK; QF_ECLOSED the connection broke; QF_ESTATE the server refused; QF_ERANGE or QF_EVERSION what is stored is
 * not what a record can hold; QF_ENOMEM more than READER_ANSWER. With an error rows is NULL. */
typedef void (*reader_fn)(void *arg, enum qf_err err, const void *rows, uint32_t n);

/* Any statement of sql/queries by its name, with its parameters in binary. fn is called once, never before this
 * returns. QF_ECLOSED or QF_EFULL: not asked, fn is not called. */
enum qf_err reader_ask(struct reader *r, const char *query, const struct qf_rec *rec, const struct db_param *params,
                       int n, reader_fn fn, void *arg) QF_MUST_CHECK;

/* --- the same with parameters spelled out. NULL filters are none. */
/* Newest first, numbers below `before` (0 = from the newest). orders_page, executions_page, trades_page, ledger_page:
 * account and symbol; audit_page: user and method. */
struct reader_page {
    int64_t before;
    const char *first, *second;
    int64_t limit;
};
enum qf_err reader_page(struct reader *r, const char *query, const struct qf_rec *rec, const struct reader_page *page,
                        reader_fn fn, void *arg) QF_MUST_CHECK;
/* Rows with a number: order_by_id, executions_of_order. */
enum qf_err reader_number(struct reader *r, const char *query, const struct qf_rec *rec, int64_t number, reader_fn fn,
                          void *arg) QF_MUST_CHECK;
/* Rows with two names: request_by_ref (user, ref), execution_by_exec_id (venue, exec_id). */
enum qf_err reader_names(struct reader *r, const char *query, const struct qf_rec *rec, const char *first,
                         const char *second, reader_fn fn, void *arg) QF_MUST_CHECK;
/* qf_event below `before`, at least that severe. */
enum qf_err reader_events(struct reader *r, int64_t before, enum qf_severity least, int64_t limit, reader_fn fn,
                          void *arg) QF_MUST_CHECK;
/* qf_control from number `from` on, oldest first. */
enum qf_err reader_audit(struct reader *r, int64_t from, int64_t limit, reader_fn fn, void *arg) QF_MUST_CHECK;
/* qf_equity, oldest first, evenly thinned; qf_bar, the newest `limit`, oldest first. from NULL = from the beginning. */
enum qf_err reader_equity(struct reader *r, const char *account, const qf_time *from, int64_t limit, reader_fn fn,
                          void *arg) QF_MUST_CHECK;
enum qf_err reader_bars(struct reader *r, const char *symbol, int64_t period, const qf_time *from, int64_t limit,
                        reader_fn fn, void *arg) QF_MUST_CHECK;

/* What the server says of itself. */
struct reader_sample {
    int64_t size, connections, locks_waiting, wal_bytes; /* wal_bytes: written, ever */
    char version[32];
};
typedef void (*reader_sample_fn)(void *arg, enum qf_err err, const struct reader_sample *sample);
enum qf_err reader_server(struct reader *r, reader_sample_fn fn, void *arg) QF_MUST_CHECK;

#endif
