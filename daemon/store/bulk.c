#include "daemon/store/bulk.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/queries.h"
#include "daemon/store/row.h"
#include "daemon/store/verdict.h"

#define PAUSE_FIRST_US (100 * QF_MS)
#define PAUSE_MAX_US (5 * QF_SEC)
#define STATEMENT_MS 60000
#define LOCK_MS 10000
#define TEXT_MAX 4096
#define MONTHS (230 * 12)      /* 1970 to 2199, as bars_make_partitions takes them */
#define MONTHS_AHEAD 4         /* it makes the month of a bar and three more */

/* Bars are no table of the lane, but a record like any other. */
static const struct qf_table bars_table = { .name = "bars", .rec = &qf_rec_bar, .mode = QF_MODE_UPSERT, .words = "" };

/* Without a lock, unlike the lane's: it must not wait for a batch, and a bar too many does no harm. */
static const char fence_text[] = "SELECT 1/count(*) FROM lease WHERE epoch = $1::bigint";

struct bulk {
    struct qf_loop *loop;
    char *conninfo;
    struct db *db;
    struct qf_timer *timer;
    int64_t pause_us;
    bool up, busy;
    char why[DB_WHY];
    /* under way */
    bulk_fn fn;
    void *arg;
    int64_t epoch;
    struct qf_bar *rows;        /* BULK_BARS */
    uint32_t n, one, bad;       /* one: index of the row that is tried by itself; n = all at once */
    bool failed, guilty;
    uint8_t months[MONTHS / 8 + 1]; /* partitions made on this connection */
    struct qf_buf encoded;
};

static void send_rows(struct bulk *b);

/* --- the end of a call */
static void finish(struct bulk *b, bool ok)
{
    b->busy = false;
    b->fn(b->arg, ok, b->bad);
}

static void lose(struct bulk *b, const char *why)
{
    qf_str_copy(b->why, sizeof b->why, why);
    b->up = false;
    db_close(b->db);
    b->db = NULL;
    memset(b->months, 0, sizeof b->months);
    qf_timer_once(b->timer, b->pause_us);
    b->pause_us = b->pause_us * 2 < PAUSE_MAX_US ? b->pause_us * 2 : PAUSE_MAX_US;
    if (b->busy)
        finish(b, false);
}

static void on_down(void *arg, const char *why)
{
    lose(arg, why);
}

/* --- answers */
static void on_fence(void *arg, const struct db_answer *a)
{
    struct bulk *b = arg;
    b->failed = b->failed || a->kind == DB_FAIL;
}

static void on_written(void *arg, const struct db_answer *a)
{
    struct bulk *b = arg;
    if (a->kind != DB_FAIL)
        return;
    b->failed = true;
    b->guilty = b->guilty || verdict_class(a->state) == LANE_GUILTY;
}

static void on_settled(void *arg, const struct db_answer *a)
{
    struct bulk *b = arg;
    if (a->kind != DB_SYNC)
        return; /* lost: on_down follows */
    if (b->failed)
        memset(b->months, 0, sizeof b->months); /* partitions made in it are gone with it */
    if (!b->failed || (b->guilty && b->one < b->n)) {
        b->bad += b->failed ? 1 : 0;
        b->one++;
        if (b->one >= b->n)
            finish(b, true);
        else
            send_rows(b);
    } else if (b->guilty) {
        b->one = 0; /* one of them is wrong: each by itself, so that the others are not lost with it */
        send_rows(b);
    } else {
        finish(b, false);
    }
}

static void on_pruned(void *arg, const struct db_answer *a)
{
    struct bulk *b = arg;
    if (a->kind == DB_SYNC)
        finish(b, !b->failed);
}

/* --- sending */
static enum qf_err send_fence(struct bulk *b)
{
    unsigned char room[8];
    const struct db_param epoch = db_i64(b->epoch, room);
    b->failed = b->guilty = false;
    return db_send(b->db, "fence", &epoch, 1, on_fence, b);
}

static uint32_t month_of(qf_time at)
{
    struct qf_civil c;
    qf_time_civil(at, &c);
    return (uint32_t)((c.year - 1970) * 12 + c.month - 1);
}

/* The partition of a bar's month, unless it was made already. What cannot have one (before 1970) goes into the default.
 */
static enum qf_err send_partition(struct bulk *b, const struct qf_bar *bar)
{
    unsigned char room[8];
    const uint32_t month = bar->at >= 0 ? month_of(bar->at) : MONTHS;
    if (month >= MONTHS || (b->months[month / 8] >> month % 8 & 1) != 0)
        return QF_OK;
    for (uint32_t m = month; m < month + MONTHS_AHEAD && m < MONTHS; m++)
        b->months[m / 8] |= (uint8_t)(1U << m % 8);
    const struct db_param at = db_time(bar->at, room);
    return db_send(b->db, "partitions", &at, 1, on_written, b);
}

static void send_rows(struct bulk *b)
{
    struct db_param params[ROW_COLUMNS_MAX];
    uint8_t cols[ROW_COLUMNS_MAX];
    const bool all = b->one >= b->n;
    const uint32_t from = all ? 0 : b->one, n = all ? b->n : 1;
    enum qf_err err = send_fence(b);
    for (uint32_t i = from; i < from + n && err == QF_OK; i++)
        err = send_partition(b, &b->rows[i]);
    qf_assert(row_encode(&qf_rec_bar, b->rows + from, n, &b->encoded, params));
    if (err == QF_OK)
        err = db_send(b->db, "bars", params, row_columns(&qf_rec_bar, cols), on_written, b);
    if (err == QF_OK)
        err = db_sync(b->db, on_settled, b);
    if (err != QF_OK)
        qf_timer_once(b->timer, 0); /* told from the loop: the caller does not expect it yet */
}

/* Of several bars with one key the last stays: a statement may touch a row only once. */
static uint32_t without_repeats(struct qf_bar *rows, uint32_t n)
{
    enum { PLACES = 2 * BULK_BARS };
    static uint16_t place[PLACES]; /* index + 1; one loop, one thread */
    uint32_t kept = 0;
    memset(place, 0, sizeof place);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = (uint32_t)(qf_rec_hash_key(&qf_rec_bar, &rows[i]) % PLACES);
        while (place[h] != 0 && !qf_rec_same_key(&qf_rec_bar, &rows[place[h] - 1], &rows[i]))
            h = (h + 1) % PLACES;
        if (place[h] == 0) {
            place[h] = (uint16_t)(kept + 1);
            rows[kept++] = rows[i];
        } else {
            rows[place[h] - 1] = rows[i];
        }
    }
    return kept;
}

static void begin(struct bulk *b, int64_t epoch, bulk_fn fn, void *arg)
{
    qf_assert(bulk_idle(b));
    b->busy = true;
    b->epoch = epoch;
    b->fn = fn;
    b->arg = arg;
    b->bad = 0;
}

void bulk_bars(struct bulk *b, int64_t epoch, const struct qf_bar *rows, uint32_t n, bulk_fn fn, void *arg)
{
    qf_assert(n > 0 && n <= BULK_BARS);
    begin(b, epoch, fn, arg);
    memcpy(b->rows, rows, n * sizeof *rows);
    b->n = without_repeats(b->rows, n);
    b->one = b->n;
    send_rows(b);
}

void bulk_prune(struct bulk *b, int64_t epoch, qf_time before, bulk_fn fn, void *arg)
{
    unsigned char room[8];
    const struct db_param at = db_time(before, room);
    begin(b, epoch, fn, arg);
    enum qf_err err = send_fence(b);
    if (err == QF_OK)
        err = db_send(b->db, "prune", &at, 1, on_written, b);
    if (err == QF_OK)
        err = db_sync(b->db, on_pruned, b);
    if (err != QF_OK)
        qf_timer_once(b->timer, 0);
}

/* --- connecting */
static void on_prepared(void *arg, const struct db_answer *a)
{
    struct bulk *b = arg;
    if (a->kind == DB_FAIL && b->why[0] == '\0')
        qf_str_copy(b->why, sizeof b->why, a->message);
}

static void on_ready(void *arg, const struct db_answer *a)
{
    struct bulk *b = arg;
    if (a->kind != DB_SYNC)
        return;
    if (b->why[0] != '\0') {
        char why[DB_WHY];
        qf_str_copy(why, sizeof why, b->why);
        lose(b, why);
        return;
    }
    b->up = true;
    b->pause_us = PAUSE_FIRST_US;
}

static void on_up(void *arg)
{
    struct bulk *b = arg;
    struct qf_buf text;
    qf_buf_init(&text, TEXT_MAX);
    row_insert_text(&bars_table, &text);
    b->why[0] = '\0';
    enum qf_err err = db_prepare(b->db, "fence", fence_text, on_prepared, b);
    if (err == QF_OK)
        err = db_prepare(b->db, "partitions", query_text("bars_partitions"), on_prepared, b);
    if (err == QF_OK)
        err = db_prepare(b->db, "prune", query_text("requests_prune"), on_prepared, b);
    if (err == QF_OK)
        err = db_prepare(b->db, "bars", qf_buf_cstr(&text), on_prepared, b);
    qf_buf_release(&text);
    if (err == QF_OK)
        err = db_sync(b->db, on_ready, b);
    if (err != QF_OK)
        lose(b, qf_err_text(err));
}

static void connect_bulk(struct bulk *b)
{
    const struct db_conf conf = {
        .conninfo = b->conninfo, .name = "qfd bulk", .statement_ms = STATEMENT_MS, .lock_ms = LOCK_MS
    };
    b->db = db_open(b->loop, &conf, &(struct db_events){ .up = on_up, .down = on_down, .arg = b });
}

/* Either the pause before the next try is over, or a statement could not be sent. */
static void on_timer(void *arg)
{
    struct bulk *b = arg;
    if (b->db != NULL)
        lose(b, "the connection is closed");
    else
        connect_bulk(b);
}

struct bulk *bulk_new(struct qf_loop *loop, const char *conninfo)
{
    struct bulk *b = qf_xalloc(sizeof *b);
    *b = (struct bulk){ .loop = loop, .pause_us = PAUSE_FIRST_US, .why = "not connected yet" };
    b->conninfo = qf_xstrdup(conninfo);
    b->rows = qf_xalloc(BULK_BARS * sizeof *b->rows);
    b->timer = qf_timer_new(loop, on_timer, b);
    qf_buf_init(&b->encoded, 8 * 1024 * 1024);
    connect_bulk(b);
    return b;
}

void bulk_free(struct bulk *b)
{
    if (b == NULL)
        return;
    db_close(b->db);
    qf_timer_free(b->timer);
    qf_buf_release(&b->encoded);
    free(b->rows);
    free(b->conninfo);
    free(b);
}

bool bulk_idle(const struct bulk *b)
{
    return b->up && !b->busy;
}

const char *bulk_why(const struct bulk *b)
{
    return b->up ? "" : b->why;
}
