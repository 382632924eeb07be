#include "daemon/store/lane.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/lane_open.h"
#include "daemon/store/row.h"
#include "daemon/store/verdict.h"

#define PAUSE_FIRST_US (50 * QF_MS)
#define PAUSE_MAX_US (2 * QF_SEC)
#define CONNECT_MS 3000
#define STATEMENT_MS 30000             /* a batch nobody waits for any more must end by itself */
#define ENCODED_MAX (2048ULL * 1024 * 1024)
#define ENCODED_KEEP (8ULL * 1024 * 1024) /* after a larger batch the memory is given back */

enum lane_state { LANE_DOWN, LANE_OPENING, LANE_FREE, LANE_SENT, LANE_ROLLBACK };

struct lane {
    struct qf_loop *loop;
    struct lane_callbacks cb;
    char *conninfo;
    int64_t slow_us, doubt_us, pause_us;
    enum lane_state state;
    struct db *db;
    struct lane_open open;
    struct qf_timer *timer;  /* SENT: slow, then doubt; ROLLBACK: its patience; DOWN: the pause before the next try */
    struct qf_buf encoded;
    struct batch *batch;     /* SENT, ROLLBACK */
    struct verdict verdict;
    bool slow;
    char why[DB_WHY];        /* of the loss that is being told */
};

static void connect_lane(struct lane *l);

/* --- losing the connection */
static void go_down(struct lane *l, const char *why)
{
    qf_str_copy(l->why, sizeof l->why, why);
    l->state = LANE_DOWN;
    l->slow = false;
    lane_open_stop(&l->open);
    db_close(l->db);
    l->db = NULL;
    qf_timer_stop(l->timer);
    if (!l->open.fenced) { /* fenced off: another daemon has taken over, this one never comes back */
        qf_timer_once(l->timer, l->pause_us);
        l->pause_us = l->pause_us * 2 < PAUSE_MAX_US ? l->pause_us * 2 : PAUSE_MAX_US;
    }
}

/* The batch goes back to the caller before it hears that the connection is gone: what it does with it depends on
 * nothing else. */
static void lose(struct lane *l, const char *why)
{
    struct batch *b = l->batch;
    const enum lane_state state = l->state;
    const struct verdict v = l->verdict;
    /* A statement before the COMMIT was refused: then the transaction ended with it, whatever became of the connection.
     */
    const bool surely_not = state == LANE_ROLLBACK || verdict_of(&v, v.warnings) == VERDICT_FAILED;
    l->batch = NULL;
    go_down(l, why);
    if (b != NULL && !surely_not)
        l->cb.doubt(l->cb.arg, b);
    else if (b != NULL)
        l->cb.failed(l->cb.arg, b, v.how, v.state, v.message);
    l->cb.lost(l->cb.arg, l->why);
}

static void on_down(void *arg, const char *why)
{
    lose(arg, why);
}

/* --- the answer to a batch */
static void be_free(struct lane *l)
{
    qf_timer_stop(l->timer);
    l->batch = NULL;
    l->state = LANE_FREE;
    if (l->encoded.cap > ENCODED_KEEP)
        qf_buf_release(&l->encoded);
    if (l->slow) {
        l->slow = false;
        l->cb.slow(l->cb.arg, false);
    }
}

static void tell_durable(struct lane *l)
{
    struct batch *b = l->batch;
    be_free(l);
    l->cb.durable(l->cb.arg, b);
}

static void tell_failed(struct lane *l)
{
    struct batch *b = l->batch;
    be_free(l);
    l->cb.failed(l->cb.arg, b, l->verdict.how, l->verdict.state, l->verdict.message);
}

static void on_rolled_back(void *arg, const struct db_answer *a)
{
    struct lane *l = arg;
    if (a->kind == DB_SYNC && l->verdict.how == LANE_FENCED) {
        l->open.fenced = true;
        qf_str_fmt(l->open.refused, sizeof l->open.refused, "another daemon has taken over; epoch %lld is over",
                   (long long)l->open.epoch);
        lose(l, l->open.refused);
    } else if (a->kind == DB_SYNC) {
        tell_failed(l);
    }
}

/* In a pipeline of its own: what stands behind a failure in the same pipeline is skipped, a ROLLBACK too. */
static void roll_back(struct lane *l)
{
    l->state = LANE_ROLLBACK;
    qf_timer_once(l->timer, l->doubt_us);
    if (db_send(l->db, "rollback", NULL, 0, NULL, NULL) != QF_OK || db_sync(l->db, on_rolled_back, l) != QF_OK)
        lose(l, "the rollback could not be sent");
}

static void on_settled(void *arg, const struct db_answer *a)
{
    struct lane *l = arg;
    if (a->kind != DB_SYNC)
        return; /* lost: on_down follows */
    switch (verdict_of(&l->verdict, db_warnings(l->db))) {
    case VERDICT_DURABLE:
        tell_durable(l);
        break;
    case VERDICT_FAILED:
        roll_back(l);
        break;
    case VERDICT_DOUBT:
        lose(l, "the server's answer leaves open whether the batch was committed");
    }
}

static void on_begun(void *arg, const struct db_answer *a)
{
    verdict_take(&((struct lane *)arg)->verdict, VERDICT_BEGIN, a);
}

static void on_fence(void *arg, const struct db_answer *a)
{
    verdict_take(&((struct lane *)arg)->verdict, VERDICT_FENCE, a);
}

static void on_rows(void *arg, const struct db_answer *a)
{
    verdict_take(&((struct lane *)arg)->verdict, VERDICT_ROWS, a);
}

static void on_committed(void *arg, const struct db_answer *a)
{
    verdict_take(&((struct lane *)arg)->verdict, VERDICT_COMMIT, a);
}

/* --- time */
static void on_wait(struct lane *l)
{
    if (!l->slow) {
        l->slow = true;
        qf_timer_once(l->timer, l->doubt_us - l->slow_us);
        l->cb.slow(l->cb.arg, true);
        return;
    }
    /* If it was this process that stood still, the answer lies in the socket already. */
    const struct batch *b = l->batch;
    db_pump(l->db);
    if (l->state == LANE_SENT && l->batch == b)
        lose(l, "a batch was not answered in time");
}

static void on_timer(void *arg)
{
    struct lane *l = arg;
    if (l->state == LANE_SENT)
        on_wait(l);
    else if (l->state == LANE_ROLLBACK)
        lose(l, "the connection was closed after a batch that failed");
    else if (l->state == LANE_DOWN)
        connect_lane(l);
}

/* --- sending */
static enum qf_err send_fence(struct lane *l)
{
    unsigned char room[8];
    const struct db_param epoch = db_i64(l->open.epoch, room);
    enum qf_err err = db_send(l->db, "begin", NULL, 0, on_begun, l);
    return err == QF_OK ? db_send(l->db, "fence", &epoch, 1, on_fence, l) : err;
}

static enum qf_err send_rows(struct lane *l, enum qf_table_id t, const void *rows, uint32_t n)
{
    struct db_param params[ROW_COLUMNS_MAX];
    uint8_t cols[ROW_COLUMNS_MAX];
    if (!row_encode(qf_tables[t].rec, rows, n, &l->encoded, params))
        return QF_ENOMEM;
    return db_send(l->db, qf_tables[t].name, params, row_columns(qf_tables[t].rec, cols), on_rows, l);
}

static enum qf_err send_batch(struct lane *l, const struct batch *b)
{
    enum qf_err err = send_fence(l);
    for (int t = 0; t < QF_TABLE_COUNT && err == QF_OK; t++) {
        const void *rows = NULL;
        uint32_t n = batch_rows(b, (enum qf_table_id)t, &rows);
        if (n > 0)
            err = send_rows(l, (enum qf_table_id)t, rows, n);
    }
    if (err == QF_OK)
        err = db_send(l->db, "commit", NULL, 0, on_committed, l);
    return err == QF_OK ? db_sync(l->db, on_settled, l) : err;
}

void lane_send(struct lane *l, struct batch *b)
{
    qf_assert(lane_idle(l));
    l->batch = b;
    l->state = LANE_SENT;
    verdict_begin(&l->verdict, db_warnings(l->db));
    qf_timer_once(l->timer, l->slow_us);
    enum qf_err err = send_batch(l, b);
    if (err == QF_OK)
        return;
    /* The COMMIT never left this process: surely not done. The connection is in the middle of a transaction, so it has
     * to go; what follows is told from the loop, a caller does not expect it before lane_send returns. */
    qf_str_copy(l->verdict.state, sizeof l->verdict.state, err == QF_ENOMEM ? "54000" : "08006");
    qf_str_copy(l->verdict.message, sizeof l->verdict.message,
                err == QF_ENOMEM ? "the batch is too large" : "the connection is closed");
    l->verdict.how = verdict_class(l->verdict.state);
    l->verdict.failed = true;
    l->state = LANE_ROLLBACK;
    qf_timer_once(l->timer, 0);
}

/* --- connecting */
static void on_up(void *arg)
{
    struct lane *l = arg;
    lane_open_begin(&l->open, l->db);
}

static void on_ready(void *arg, int64_t epoch)
{
    struct lane *l = arg;
    l->state = LANE_FREE;
    l->pause_us = PAUSE_FIRST_US;
    l->cb.connected(l->cb.arg, epoch);
}

static void on_refused(void *arg, const char *why)
{
    lose(arg, why);
}

static void connect_lane(struct lane *l)
{
    const struct db_conf conf = { .conninfo = l->conninfo, .name = "qfd lane", .connect_ms = CONNECT_MS,
                                  .statement_ms = STATEMENT_MS, .lock_ms = LANE_LOCK_MS, .plans = DB_PLANS_GENERIC };
    const struct db_events ev = { .up = on_up, .down = on_down, .arg = l };
    l->state = LANE_OPENING;
    l->db = db_open(l->loop, &conf, &ev);
}

struct lane *lane_new(struct qf_loop *loop, const struct lane_conf *conf, const struct lane_callbacks *cb)
{
    struct lane *l = qf_xalloc(sizeof *l);
    *l = (struct lane){
        .loop = loop, .cb = *cb, .slow_us = conf->slow_us, .doubt_us = conf->doubt_us, .pause_us = PAUSE_FIRST_US
    };
    qf_assert(conf->slow_us > 0 && conf->doubt_us > conf->slow_us);
    l->conninfo = qf_xstrdup(conf->conninfo);
    l->timer = qf_timer_new(loop, on_timer, l);
    qf_buf_init(&l->encoded, ENCODED_MAX);
    lane_open_init(&l->open, loop, conf->takeover, on_ready, on_refused, l);
    connect_lane(l);
    return l;
}

void lane_free(struct lane *l)
{
    if (l == NULL)
        return;
    db_close(l->db);
    lane_open_release(&l->open);
    qf_timer_free(l->timer);
    qf_buf_release(&l->encoded);
    free(l->conninfo);
    free(l);
}

bool lane_idle(const struct lane *l)
{
    return l->state == LANE_FREE;
}

int64_t lane_epoch(const struct lane *l)
{
    return l->open.epoch;
}

const char *lane_refused(const struct lane *l)
{
    return l->open.refused;
}
