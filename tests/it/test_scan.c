/* Long reads from one snapshot on a thread of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/str.h"
#include "daemon/store/scan.h"
#include "tests/it/pg.h"

#define ORDERS 2500 /* two full portions and a part of one */

static struct pg_base base;
static struct db_wait *w;
static atomic_bool cancel;

static struct scan *open_scan(void)
{
    struct scan *s = NULL;
    char why[DB_WHY] = "";
    atomic_store(&cancel, false);
    if (scan_open(base.daemon, &cancel, &s, why, sizeof why) != QF_OK)
        fail_msg("%s", why);
    return s;
}

struct count {
    uint32_t n, stop_at;
    int64_t last;
    bool ordered;
    qf_money amount;
    size_t args;
};

static bool count_execution(void *arg, const void *row)
{
    struct count *c = arg;
    const struct qf_execution *e = row;
    c->ordered = c->ordered && e->id > c->last;
    c->last = e->id;
    c->amount += e->amount;
    return ++c->n != c->stop_at;
}

static struct count count(struct scan *s, const char *query, int64_t number)
{
    struct count c = { .ordered = true };
    unsigned char room[8];
    const struct db_param p = db_i64(number, room);
    assert_int_equal(scan_rows(s, query, &qf_rec_execution, &p, 1, count_execution, &c), QF_OK);
    return c;
}

static const struct db_param *all(void)
{
    static unsigned char before[8], limit[8];
    static struct db_param p[4];
    p[0] = db_i64(INT64_MAX, before);
    p[1] = p[2] = (struct db_param){ .p = NULL };
    p[3] = db_i64(INT64_MAX, limit);
    return p;
}

static bool count_down(void *arg, const void *row)
{
    struct count *c = arg;
    const struct qf_execution *e = row;
    c->ordered = c->ordered && (c->n == 0 || e->id == c->last - 1);
    c->last = e->id;
    return ++c->n != c->stop_at;
}

static void test_all_rows(void **state)
{
    struct count c = { .ordered = true };
    struct scan *s = open_scan();
    (void)state;
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, count_down, &c), QF_OK);
    assert_int_equal(c.n, ORDERS);
    assert_int_equal(c.last, 1);
    assert_true(c.ordered);
    assert_int_equal(count(s, "executions_of_order", 7).n, 1); /* one statement behind the other */
    assert_int_equal(count(s, "executions_of_order", ORDERS + 7).n, 0);
    scan_close(s);
}

/* What fn does not want any more is left, and the next statement is not mixed up with it. */
static void test_stop_early(void **state)
{
    struct count c = { .ordered = true, .stop_at = 10 };
    struct scan *s = open_scan();
    (void)state;
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, count_down, &c), QF_OK);
    assert_int_equal(c.n, 10);
    assert_int_equal(count(s, "executions_of_order", 8).last, 8);
    scan_close(s);
}

static void test_portions(void **state)
{
    struct scan *s = open_scan();
    const void *rows;
    uint32_t n = 0, sizes[8], k = 0;
    (void)state;
    assert_int_equal(scan_begin(s, "executions_page", &qf_rec_execution, false, all(), 4), QF_OK);
    do {
        assert_true(k < 8);
        assert_int_equal(scan_next(s, &rows, &n), QF_OK);
        sizes[k++] = n;
    } while (n > 0);
    assert_int_equal(k, 4);
    assert_int_equal(sizes[0], SCAN_ROWS);
    assert_int_equal(sizes[1], SCAN_ROWS);
    assert_int_equal(sizes[2], ORDERS - 2 * SCAN_ROWS);
    assert_int_equal(scan_next(s, &rows, &n), QF_OK); /* asked again there is still nothing */
    assert_int_equal(n, 0);
    scan_close(s);
}

/* Rows written after scan_open are not seen, however late the reading begins. */
static void test_one_snapshot(void **state)
{
    struct count c = { .ordered = true };
    struct scan *s = open_scan();
    (void)state;
    pg_do(w, "INSERT INTO executions (id, account, symbol, side, quantity, price, fee, currency, amount, realized, venue, exec_id, at,"
             " recorded) SELECT 100000, account, symbol, side, quantity, price, fee, currency, amount, realized, venue, 'late', at,"
             " recorded FROM executions WHERE id = 1");
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, count_down, &c), QF_OK);
    assert_int_equal(c.n, ORDERS);
    scan_close(s);
    s = open_scan();
    c = (struct count){ .stop_at = 1 };
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, count_down, &c), QF_OK);
    assert_int_equal(c.last, 100000);
    scan_close(s);
}

/* Texts of any length come whole. */
static bool count_args(void *arg, const void *row)
{
    struct count *c = arg;
    const struct qf_control *r = row;
    c->args += r->args.n;
    c->ordered = c->ordered && r->args.n > 0 && memchr(r->args.p, 0, r->args.n) == NULL;
    c->n++;
    return true;
}

static void test_texts(void **state)
{
    struct count c = { .ordered = true };
    unsigned char from[8], limit[8];
    const struct db_param p[] = { db_i64(1, from), db_i64(INT64_MAX, limit) };
    struct scan *s = open_scan();
    (void)state;
    assert_int_equal(scan_rows(s, "audit_range", &qf_rec_control, p, 2, count_args, &c), QF_OK);
    assert_true(c.ordered);
    assert_int_equal(c.n, pg_i64(w, "SELECT count(*) FROM control_log"));
    assert_int_equal(c.args, pg_i64(w, "SELECT sum(length(args))::bigint FROM control_log"));
    scan_close(s);
}

static bool cancel_it(void *arg, const void *row)
{
    struct count *c = arg;
    (void)row;
    atomic_store(&cancel, true);
    c->n++;
    return true;
}

static void test_cancel(void **state)
{
    struct count c = { .n = 0 };
    struct scan *s = open_scan();
    (void)state;
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, cancel_it, &c), QF_ECLOSED);
    assert_string_equal(scan_why(s), "cancelled");
    assert_int_equal(c.n, SCAN_ROWS); /* no further portion */
    scan_close(s);
    char why[DB_WHY];
    assert_int_equal(scan_open(base.daemon, &cancel, &s, why, sizeof why), QF_ECLOSED);
    assert_string_equal(why, "cancelled");
}

/* A server that stands still ends nothing by itself: neither the statement nor the connection. */
static void test_silence(void **state)
{
    struct count c = { .n = 0 };
    (void)state;
    struct scan *s = open_scan();
    struct db_wait *admin = pg_connect(base.admin);
    pid_t backend = (pid_t)pg_i64(admin, "SELECT coalesce(max(pid), 0)::bigint FROM pg_stat_activity WHERE application_name = 'qfd scan' "
                                         "AND datname = current_database()");
    db_wait_close(admin);
    assert_true(backend > 1);
    scan_patience(s, 300);
    int64_t began = qf_now_mono();
    assert_int_equal(kill(backend, SIGSTOP), 0);
    enum qf_err err = scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, count_down, &c);
    int64_t took = qf_now_mono() - began;
    assert_int_equal(kill(backend, SIGCONT), 0);
    assert_int_equal(err, QF_ECLOSED);
    assert_string_equal(scan_why(s), "the database does not answer");
    assert_true(took >= 300000000LL && took < 5000000000LL);
    scan_close(s);
    s = open_scan(); /* who takes his time over a portion is not the server's silence */
    scan_patience(s, 300);
    const void *rows;
    uint32_t n = 0, all_rows = 0;
    assert_int_equal(scan_begin(s, "executions_page", &qf_rec_execution, false, all(), 4), QF_OK);
    do {
        assert_int_equal(scan_next(s, &rows, &n), QF_OK);
        all_rows += n;
        usleep(n > 0 ? 400000 : 0);
    } while (n > 0);
    assert_true(all_rows == ORDERS);
    scan_close(s);
}

static void test_failures(void **state)
{
    struct count c = { .n = 0 };
    struct scan *s = NULL;
    char why[DB_WHY] = "";
    (void)state;
    assert_int_equal(scan_open("host=/nowhere dbname=x", NULL, &s, why, sizeof why), QF_ECLOSED);
    assert_true(why[0] != '\0');
    s = open_scan(); /* the result is no order */
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_order, all(), 4, count_down, &c), QF_EVERSION);
    assert_int_equal(c.n, 0);
    assert_int_equal(scan_rows(s, "executions_page", &qf_rec_execution, all(), 4, count_down, &c), QF_EVERSION); /* it stays so */
    scan_close(s);
    s = open_scan();
    assert_int_equal(scan_begin(s, "executions_page", &qf_rec_execution, false, all(), 4), QF_OK);
    pg_terminate(&base, "qfd scan");
    const void *rows;
    uint32_t n = 1;
    enum qf_err err = QF_OK;
    while (err == QF_OK && n > 0)
        err = scan_next(s, &rows, &n);
    assert_true(err == QF_ECLOSED || err == QF_ESTATE); /* the server's last words may still come as an answer */
    scan_close(s);
}

/* The role of a scan is the daemon's, which may write: the transaction may not. */
static void test_read_only(void **state)
{
    struct scan *s = open_scan();
    struct count c = { .n = 0 };
    unsigned char at[8];
    const struct db_param p = db_time(0, at);
    (void)state;
    assert_int_equal(scan_part(s, "bars_partitions", &qf_rec_execution, &p, 1, count_down, &c), QF_ESTATE);
    scan_close(s);
}

static int begin(void **state)
{
    (void)state;
    w = pg_begin_one(&base, ORDERS);
    return 0;
}

static int end(void **state)
{
    (void)state;
    pg_end_one(w);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_rows), cmocka_unit_test(test_stop_early), cmocka_unit_test(test_portions),
        cmocka_unit_test(test_texts),    cmocka_unit_test(test_cancel),     cmocka_unit_test(test_failures),
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_read_only), cmocka_unit_test(test_one_snapshot),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
