/* One connection to PostgreSQL inside the event loop. Always in pipeline mode: every statement sent is answered exactly
 * once, in order, through the function handed in with it. Only db.c and db_rows.c name libpq.
 *
 * Everything is binary: parameters and results. Statements are constant texts or made from descriptors, never from
 * input. */
#ifndef QF_STORE_DB_H
#define QF_STORE_DB_H

#include "common/loop.h"

#define DB_WHY 256          /* a message of the server, cut to one line */
#define DB_OWED_MAX 8192    /* statements that wait for an answer: 8 pages of 1,024 connections */

struct db;
struct db_rows;

enum db_kind {
    DB_DONE,    /* a statement without rows; tag says what it did */
    DB_ROWS,    /* rows (maybe none) */
    DB_FAIL,    /* the server refused the statement: state and message */
    DB_SKIPPED, /* not run, because one before it in the same pipeline failed */
    DB_SYNC,    /* the answer to db_sync: everything before it is settled */
    DB_LOST     /* the connection is gone, nobody knows */
};

struct db_answer {
    enum db_kind kind;
    const char *state;   /* DB_FAIL: SQLSTATE, 5 characters; "" otherwise */
    const char *message; /* DB_FAIL, DB_LOST: one line */
    const char *tag;     /* DB_DONE: "COMMIT", "INSERT 0 3"; "" otherwise */
    const struct db_rows *rows; /* DB_ROWS; valid during the call only */
};
/* Called once for every statement or sync. It may send more, or close the connection. */
typedef void (*db_fn)(void *arg, const struct db_answer *a);

struct db_param {
    const void *p; /* NULL = SQL NULL */
    int n;
};

enum db_plans {
    DB_PLANS_AUTO,    /* the server's choice */
    DB_PLANS_CUSTOM,  /* each execution anew, with its values: for pages with optional filters */
    DB_PLANS_GENERIC  /* once: for statements that have only one sensible plan */
};
struct db_conf {
    const char *conninfo;  /* socket folder or hostaddr; a host name would block in the resolver */
    const char *name;      /* application_name, seen in pg_stat_activity */
    int connect_ms;        /* 0 = 5,000 */
    int statement_ms;      /* statement_timeout, 0 = none */
    int lock_ms;           /* lock_timeout, 0 = none */
    enum db_plans plans;
};
struct db_events {
    void (*up)(void *arg);                    /* connected, session settings are in force */
    void (*down)(void *arg, const char *why); /* once; every statement owed was answered DB_LOST before */
    void *arg;
};

/* Starts connecting. Never NULL: what goes wrong comes through down, never before this returns. The strings are copied.
 */
struct db *db_open(struct qf_loop *loop, const struct db_conf *conf, const struct db_events *ev);
/* At once, without waiting for the server; what is owed gets no answer any more. May be called from any callback. NULL
 * is fine. */
void db_close(struct db *d);

/* The four below queue; nothing waits in memory longer than until the next db_sync. QF_ECLOSED when the connection is
 * not up, QF_EFULL when too much is owed. fn may be NULL. Bytes behind p are copied before the call returns. */
enum qf_err db_prepare(struct db *d, const char *name, const char *text, db_fn fn, void *arg) QF_MUST_CHECK;
enum qf_err db_send(struct db *d, const char *name, const struct db_param *params, int n, db_fn fn,
                    void *arg) QF_MUST_CHECK;
enum qf_err db_query(struct db *d, const char *text, const struct db_param *params, int n, db_fn fn,
                     void *arg) QF_MUST_CHECK;
enum qf_err db_sync(struct db *d, db_fn fn, void *arg) QF_MUST_CHECK;
/* Several statements at once by the simple protocol (migrations). Only when nothing is owed (QF_EBUSY). One answer: the
 * first failure, else DB_DONE. */
enum qf_err db_script(struct db *d, const char *text, db_fn fn, void *arg) QF_MUST_CHECK;

/* Handles what has already arrived, without waiting. Answers may be delivered before it returns. */
void db_pump(struct db *d);
/* Process id of the backend; 0 when not connected. */
int db_backend(const struct db *d);
/* In no transaction, neither open nor failed, as of the last answer? */
bool db_outside_transaction(const struct db *d);
/* Warnings the server has sent on this connection so far. A batch that saw one was not plainly committed. */
uint64_t db_warnings(const struct db *d);

/* --- rows of an answer */
int db_rows_count(const struct db_rows *r);
int db_rows_columns(const struct db_rows *r);
const char *db_rows_name(const struct db_rows *r, int column);
uint32_t db_rows_type(const struct db_rows *r, int column); /* OID */
/* Bytes of a value and their number; NULL for SQL NULL. */
const void *db_rows_value(const struct db_rows *r, int row, int column, int *ret_n);

/* --- single values, big-endian as the protocol wants them */
#define DB_OID_BOOL 16u
#define DB_OID_INT8 20u
#define DB_OID_FLOAT8 701u
#define DB_OID_INT4 23u
#define DB_OID_TEXT 25u
#define DB_OID_TIMESTAMPTZ 1184u
#define DB_OID_NUMERIC 1700u
struct db_param db_text(const char *s); /* NULL = SQL NULL */
struct db_param db_i64(int64_t v, unsigned char room[8]);
struct db_param db_time(int64_t us, unsigned char room[8]); /* us since 1970, as a timestamptz */
#define DB_EPOCH_US 946684800000000LL /* PostgreSQL counts from 2000-01-01 */
/* A bigint, integer or boolean of a result; `otherwise` for NULL and any other width. */
int64_t db_rows_i64(const struct db_rows *r, int row, int column, int64_t otherwise);
/* A text of a result, cut to fit; "" for NULL. */
void db_rows_text(const struct db_rows *r, int row, int column, char *out, size_t cap);

#endif
