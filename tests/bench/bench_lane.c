/* Durable orders a second through the write lane, beside libpq by itself with the same schema, statements and bytes, in
 * interleaved rounds on one server. Prints a line a batch size: orders a second of the lane and of libpq (median,
 * min-max), their ratio, and the median time of a batch. Not a test: it fails only when it cannot measure. $QF_ROUNDS
 * (5), $QF_SECONDS (1 a cell); $QF_BENCH_SQL: a statement run first, to try another schema ("DROP INDEX
 * orders_symbol"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/lane.h"
#include "tests/bench/load.h"
#include "tests/bench/raw.h"
#include "tests/it/pg.h"

#define BATCHES_MAX 200000

static struct qf_loop *loop;
static struct lane *lane;
static struct batch *batch;
static uint64_t number;
static bool connected, answered;
static int64_t next_id = 1;
static double times[BATCHES_MAX];

static void on_connected(void *arg, int64_t epoch)
{
    (void)arg, (void)epoch;
    connected = true;
}

static void on_durable(void *arg, struct batch *b)
{
    (void)arg, (void)b;
    answered = true;
}

static void on_failed(void *arg, struct batch *b, enum lane_failure how, const char *state, const char *message)
{
    (void)arg, (void)b, (void)how;
    fprintf(stderr, "a batch failed: %s %s\n", state, message);
    exit(1);
}

static void on_doubt(void *arg, struct batch *b)
{
    (void)arg, (void)b;
    fprintf(stderr, "a batch was not answered\n");
    exit(1);
}

static void on_slow(void *arg, bool slow)
{
    (void)arg, (void)slow;
}

static void on_lost(void *arg, const char *why)
{
    (void)arg;
    fprintf(stderr, "connection: %s\n", why);
    exit(1);
}

static void take_row(void *arg, enum qf_table_id table, const void *row)
{
    (void)arg;
    if (qf_tables[table].mode == QF_MODE_APPEND)
        batch_append(batch, table, row);
    else
        batch_put(batch, table, row);
}

static void lane_batch(enum orders_kind kind, int64_t from, int n)
{
    batch_reset(batch, ++number);
    batch_command(batch);
    orders_make(kind, from, n, take_row, NULL);
    batch_seal(batch);
    answered = false;
    lane_send(lane, batch);
    while (!answered)
        qf_loop_once(loop, QF_SEC);
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Orders a second; *ret_p50 = median of a batch in ms. raw NULL: through the lane. */
static double run(struct raw *raw, enum orders_kind kind, int n, double seconds, double *ret_p50)
{
    const int64_t began = qf_now_mono(), end = began + (int64_t)(seconds * 1e9);
    int64_t now = began;
    size_t count = 0;
    int64_t done = 0;
    while (now < end && count < BATCHES_MAX) {
        if (raw != NULL)
            raw_batch(raw, kind, next_id, n);
        else
            lane_batch(kind, next_id, n);
        next_id += n;
        done += n;
        const int64_t after = qf_now_mono();
        times[count++] = (double)(after - now) / 1e6;
        now = after;
    }
    qsort(times, count, sizeof times[0], by_value);
    *ret_p50 = times[count / 2];
    return (double)done / ((double)(now - began) / 1e9);
}

static void pair(struct raw *raw, enum orders_kind kind, int n, int rounds, double seconds)
{
    struct series ours = { .n = 0 }, theirs = { .n = 0 }, p_ours = { .n = 0 }, p_theirs = { .n = 0 };
    for (int i = 0; i < rounds; i++) {
        double p;
        series_add(&ours, run(NULL, kind, n, seconds, &p));
        series_add(&p_ours, p);
        series_add(&theirs, run(raw, kind, n, seconds, &p));
        series_add(&p_theirs, p);
    }
    printf(
        "%-6s batch %5d  lane %7.0f/s (%.0f-%.0f) p50 %.2f ms   libpq %7.0f/s (%.0f-%.0f) p50 %.2f ms   ratio %.2f\n",
        kind == ORDERS_PLACED ? "placed" : "filled", n, series_median(&ours), series_min(&ours), series_max(&ours),
        series_median(&p_ours), series_median(&theirs), series_min(&theirs), series_max(&theirs),
        series_median(&p_theirs), series_median(&ours) / series_median(&theirs));
    fflush(stdout);
}

static double setting(const char *name, double otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtod(text, NULL) : otherwise;
}

static void try_schema(const struct pg_base *base)
{
    const char *text = getenv("QF_BENCH_SQL");
    if (text == NULL)
        return;
    struct db_wait *w = pg_connect(base->owner);
    pg_do(w, text);
    db_wait_close(w);
}

int main(void)
{
    static const int sizes[] = { 1, 8, 64, 256, 1000 };
    const struct lane_callbacks cb = { .connected = on_connected,
                                       .durable = on_durable,
                                       .failed = on_failed,
                                       .slow = on_slow,
                                       .doubt = on_doubt,
                                       .lost = on_lost };
    const int rounds = (int)setting("QF_ROUNDS", 5);
    const double seconds = setting("QF_SECONDS", 1);
    struct pg_base base;
    pg_begin();
    pg_fresh(&base);
    try_schema(&base);
    loop = qf_loop_new();
    batch = batch_init(qf_map_lazy(batch_size()));
    const struct lane_conf conf = { .conninfo = base.daemon, .slow_us = 5 * QF_SEC, .doubt_us = 20 * QF_SEC };
    lane = lane_new(loop, &conf, &cb);
    while (!connected)
        qf_loop_once(loop, QF_SEC);
    char conninfo[PG_CONNINFO + 64];
    qf_str_fmt(conninfo, sizeof conninfo, "%s options='-c search_path=qf -c jit=off'", base.daemon);
    struct raw *raw = raw_open(conninfo);
    for (int kind = ORDERS_PLACED; kind <= ORDERS_FILLED; kind++)
        for (size_t i = 0; i < QF_LEN(sizes); i++)
            pair(raw, (enum orders_kind)kind, sizes[i], rounds, seconds);
    raw_close(raw);
    lane_free(lane);
    qf_loop_free(loop);
    pg_end();
    return 0;
}
