/* What the tests of the lane share: a database and a lane for each test, what the lane said last, and batches of orders. */
#ifndef QF_TEST_LANE_WORLD_H
#define QF_TEST_LANE_WORLD_H

#include "daemon/store/lane.h"
#include "tests/it/pg.h"

#define LONG_MS 20000

struct seen {
    bool connected, durable, failed, doubt, lost, slow, quick;
    int connects, losts;
    int64_t epoch;
    struct batch *batch;
    enum lane_failure how;
    char state[6], why[160];
};

extern struct qf_loop *loop;
extern struct pg_base base;
extern struct db_wait *w; /* somebody else's connection, as the owner */
extern struct lane *lane;
extern struct seen seen;  /* of `lane` */
extern struct batch *batch;
extern uint64_t batch_number;

/* A lane of the test's database whose words go into s. */
struct lane *open_lane(struct seen *s, bool takeover);
/* Fails the test when it does not come. */
void wait_for(const bool *what);
void run_for(int ms);

struct qf_order order_of(int64_t id);
/* The batch, emptied, with n orders from that number on. */
void fill_orders(int64_t from, int n);
void add_execution(int64_t id, int64_t order_id, const char *exec_id);
void lane_world_send(void);
/* Rows in the table. */
int64_t lane_world_orders(void);
void expect_durable(void);
/* Process id of the lane's backend. */
int lane_backend(void);
/* In w: nobody can write an order until it rolls back. */
void block_orders(void);

int lane_world_begin(void **state); /* once a program */
int lane_world_end(void **state);
int lane_world_setup(void **state); /* once a test */
int lane_world_teardown(void **state);
#define LANE_TEST(fn) cmocka_unit_test_setup_teardown(fn, lane_world_setup, lane_world_teardown)

#endif
