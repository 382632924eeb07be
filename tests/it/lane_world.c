#include "tests/it/lane_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"

struct qf_loop *loop;
struct pg_base base;
struct db_wait *w; /* somebody else's connection, as the owner */
struct lane *lane;
struct seen seen;
static void *memory;
struct batch *batch;
uint64_t batch_number;

static void on_connected(void *arg, int64_t epoch)
{
    struct seen *s = arg;
    s->connected = true;
    s->connects++;
    s->epoch = epoch;
}

static void on_durable(void *arg, struct batch *b)
{
    struct seen *s = arg;
    s->durable = true;
    s->batch = b;
}

static void on_failed(void *arg, struct batch *b, enum lane_failure how, const char *sqlstate, const char *message)
{
    struct seen *s = arg;
    s->failed = true;
    s->batch = b;
    s->how = how;
    qf_str_copy(s->state, sizeof s->state, sqlstate);
    qf_str_copy(s->why, sizeof s->why, message);
}

static void on_slow(void *arg, bool slow)
{
    struct seen *s = arg;
    *(slow ? &s->slow : &s->quick) = true;
}

static void on_doubt(void *arg, struct batch *b)
{
    struct seen *s = arg;
    s->doubt = true;
    s->batch = b;
}

static void on_lost(void *arg, const char *why)
{
    struct seen *s = arg;
    s->lost = true;
    s->losts++;
    qf_str_copy(s->why, sizeof s->why, why);
}

/* In doubt a little before the server's lock_timeout of a second, which would answer a blocked batch with a plain failure. */
struct lane *open_lane(struct seen *s, bool takeover)
{
    const struct lane_conf conf = { .conninfo = base.daemon, .takeover = takeover, .slow_us = 250 * QF_MS, .doubt_us = 800 * QF_MS };
    const struct lane_callbacks cb = { .connected = on_connected, .durable = on_durable, .failed = on_failed, .slow = on_slow,
                                       .doubt = on_doubt, .lost = on_lost, .arg = s };
    memset(s, 0, sizeof *s);
    return lane_new(loop, &conf, &cb);
}

void wait_for(const bool *what)
{
    if (!pg_wait(loop, what, LONG_MS))
        fail_msg("it did not come (last word: %s)", seen.why);
}

void run_for(int ms)
{
    const bool never = false;
    pg_wait(loop, &never, ms);
}

/* --- batches */
struct qf_order order_of(int64_t id)
{
    struct qf_order o = { .id = id, .ref = "r", .account = "a", .symbol = "X", .quantity = QF_ONE, .by = "u", .venue = "paper",
                          .type = QF_TYPE_MARKET };
    qf_rec_fill(&qf_rec_order, &o);
    return o;
}

void fill_orders(int64_t from, int n)
{
    batch_reset(batch, ++batch_number);
    for (int i = 0; i < n; i++) {
        struct qf_order o = order_of(from + i);
        batch_command(batch);
        batch_put(batch, QF_TABLE_orders, &o);
    }
}

void add_execution(int64_t id, int64_t order_id, const char *exec_id)
{
    struct qf_execution e = { .id = id, .order_id = order_id, .account = "a", .symbol = "X", .quantity = QF_ONE, .price = QF_ONE,
                              .currency = "USD", .amount = -QF_ONE, .venue = "paper" };
    qf_str_copy(e.exec_id, sizeof e.exec_id, exec_id);
    qf_rec_fill(&qf_rec_execution, &e);
    QF_SET(&e, execution, order_id);
    batch_append(batch, QF_TABLE_executions, &e);
}

void lane_world_send(void)
{
    batch_seal(batch);
    seen.durable = seen.failed = seen.doubt = seen.lost = seen.slow = seen.quick = seen.connected = false;
    seen.batch = NULL;
    assert_true(lane_idle(lane));
    lane_send(lane, batch);
    assert_false(lane_idle(lane));
}

int64_t lane_world_orders(void)
{
    return pg_i64(w, "SELECT count(*) FROM orders");
}

void expect_durable(void)
{
    wait_for(&seen.durable);
    assert_false(seen.failed || seen.doubt || seen.lost);
    assert_ptr_equal(seen.batch, batch);
    assert_true(lane_idle(lane));
}

int lane_backend(void)
{
    int pid = 0;
    assert_int_equal(pg_backends(w, "qfd lane", &pid, 1), 1);
    return pid;
}

/* --- a database and a lane for each test */
int lane_world_setup(void **state)
{
    (void)state;
    pg_fresh(&base);
    w = pg_connect(base.admin);
    pg_do(w, "SET search_path = qf");
    lane = open_lane(&seen, false);
    wait_for(&seen.connected);
    return 0;
}

int lane_world_teardown(void **state)
{
    (void)state;
    lane_free(lane);
    db_wait_close(w);
    return 0;
}

void block_orders(void)
{
    pg_do(w, "BEGIN");
    pg_do(w, "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
}

int lane_world_begin(void **state)
{
    (void)state;
    pg_begin();
    loop = qf_loop_new();
    cluster_watch(pg_cluster(), loop, NULL, NULL);
    memory = qf_map_lazy(batch_size());
    batch = batch_init(memory);
    return 0;
}

int lane_world_end(void **state)
{
    (void)state;
    qf_unmap(memory, batch_size());
    pg_end();
    qf_loop_free(loop);
    return 0;
}
