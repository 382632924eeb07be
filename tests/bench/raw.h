/* What the desk is measured against: libpq by itself, blocking, with the same schema, the same statements and the same
 * bytes, one transaction a batch. Nothing is decided, nothing fenced, nobody answered. */
#ifndef QF_BENCH_RAW_H
#define QF_BENCH_RAW_H

#include "common/proto/proto.h"

/* What one order writes. */
enum orders_kind {
    ORDERS_PLACED, /* order, answered request, audit row: what an order.place has to make durable */
    ORDERS_FILLED  /* and its fill: execution, lot, position, round trip, cash, two ledger rows, a second audit row */
};

/* Rows of n orders that begin with number `from`, as the desk would write them. Calls row for each, tables in any
 * order. Positions, round trips and cash come once a key. */
typedef void (*orders_fn)(void *arg, enum qf_table_id table, const void *row);
void orders_make(enum orders_kind kind, int64_t from, int n, orders_fn row, void *arg);

struct raw;
/* conninfo of a database with the schema. Ends the program when it cannot. */
struct raw *raw_open(const char *conninfo);
void raw_close(struct raw *r);
/* One batch, durable when it returns. */
void raw_batch(struct raw *r, enum orders_kind kind, int64_t from, int n);

#endif
