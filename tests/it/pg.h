/* A private PostgreSQL for a test program: one cluster for the run, a database of its own with the whole schema for
 * each test. */
#ifndef QF_TEST_PG_H
#define QF_TEST_PG_H

#include "common/loop.h"
#include "daemon/store/cluster.h"
#include "daemon/store/db_wait.h"

#define PG_CONNINFO 512

/* Starts the cluster (as user postgres when root, $QF_PGUSER names another) under /tmp and migrates its first database,
 * which the others are copies of. Ends the program with a message when it cannot: a test without a database is no test.
 * It is stopped and removed when the program ends, however it ends. */
void pg_begin(void);
void pg_end(void);
struct cluster *pg_cluster(void);
const char *pg_dir(void);

struct pg_base {
    char name[32];
    char owner[PG_CONNINFO], daemon[PG_CONNINFO], admin[PG_CONNINFO];
};
/* A new database with the schema, and nothing in it but the lease. */
void pg_fresh(struct pg_base *ret);
/* The same without schema. */
void pg_empty(struct pg_base *ret);

/* Waiting connections; each asserts that it works. */
struct db_wait *pg_connect(const char *conninfo);
void pg_do(struct db_wait *w, const char *text);
int64_t pg_i64(struct db_wait *w, const char *text);
void pg_text(struct db_wait *w, const char *text, char *out, size_t cap);
/* SQLSTATE of a statement that must fail. */
const char *pg_fails(struct db_wait *w, const char *text);

/* A small desk that agrees with itself: users ann (admin) and bob (risk), instruments X and F (multiplier 50), accounts
 * a and b, n orders to buy, each filled at once, and everything that follows from them. Numbers count from 1. */
void pg_sample(struct db_wait *w, int n);

/* One database for all tests of a program: pg_begin, pg_fresh, its owner's connection, and a sample of n orders unless n is 0. */
struct db_wait *pg_begin_one(struct pg_base *ret, int n);
void pg_end_one(struct db_wait *w);

/* Runs the loop until *done or for ms; returns *done. */
bool pg_wait(struct qf_loop *loop, const bool *done, int ms);

/* Ends the backends of that application_name. */
void pg_terminate(const struct pg_base *b, const char *name);
/* Pids of the backends of the test's cluster that serve application_name `like` (LIKE pattern). */
int pg_backends(struct db_wait *w, const char *like, int *ret, int max);

#endif
