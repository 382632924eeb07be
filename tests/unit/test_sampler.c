#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/str.h"
#include "daemon/server/latency.h"
#include "daemon/server/machine.h"
#include "daemon/server/sampler.h"

#define T0 (1790000100 * QF_SEC) /* begin of a slot and of a half minute */

/* --- latencies */
static void percentiles_are_close_from_above(void **state)
{
    (void)state;
    static struct latency l;
    struct latency_sum s;
    memset(&l, 0, sizeof l);
    for (int64_t us = 1; us <= 1000; us++)
        latency_add(&l, us, T0);
    latency_sum(&l, T0, 1, &s);
    assert_true(s.p50 >= 500 && s.p50 <= 500 + 500 / 8);
    assert_true(s.p99 >= 990 && s.p99 <= 1000); /* never above the largest */
    assert_int_equal(s.max, 1000);
}

static void small_and_huge_values_have_a_place(void **state)
{
    (void)state;
    static struct latency l;
    struct latency_sum s;
    memset(&l, 0, sizeof l);
    latency_add(&l, 0, T0);
    latency_add(&l, -5, T0);
    latency_add(&l, INT64_MAX, T0);
    latency_sum(&l, T0, 1, &s);
    assert_int_equal(s.p50, 0);
    assert_true(s.max == INT64_MAX);
    memset(&l, 0, sizeof l);
    latency_add(&l, 3, T0);
    latency_sum(&l, T0, 1, &s);
    assert_int_equal(s.p50, 3);
    assert_int_equal(s.p99, 3);
}

static void every_size_is_counted_between_its_neighbours(void **state)
{
    (void)state;
    static struct latency l;
    struct latency_sum s;
    for (int64_t us = 1; us < 1LL << 27; us += us / 7 + 1) {
        memset(&l, 0, sizeof l);
        latency_add(&l, us, T0);
        latency_add(&l, INT64_MAX, T0);
        latency_sum(&l, T0, 1, &s); /* p50 is the lower one */
        assert_true(s.p50 >= us && s.p50 <= us + us / 8);
    }
}

static void slots_are_fifteen_seconds_and_forty(void **state)
{
    (void)state;
    static struct latency l;
    struct qf_latency_slot rows[SAMPLER_SLOTS];
    memset(&l, 0, sizeof l);
    latency_add(&l, 400, T0);
    latency_add(&l, 500, T0);
    latency_add(&l, 501, T0);
    latency_add(&l, 2000, T0);
    latency_add(&l, 3999, T0);
    latency_add(&l, 8001, T0);
    latency_add(&l, 7777, T0 + 15 * QF_SEC);
    latency_rows(&l, T0 + 29 * QF_SEC, rows);
    const struct qf_latency_slot *last = &rows[SAMPLER_SLOTS - 1], *before = last - 1;
    assert_int_equal(last->at, T0 + 15 * QF_SEC);
    assert_int_equal(last->le_8ms, 1);
    assert_int_equal(last->le_500us, 0);
    assert_int_equal(before->at, T0);
    assert_int_equal(before->le_500us, 2);
    assert_int_equal(before->le_1ms, 1);
    assert_int_equal(before->le_2ms, 1);
    assert_int_equal(before->le_4ms, 1);
    assert_int_equal(before->more, 1);
    assert_int_equal(before->max_us, 8001);
    assert_int_equal(rows[0].at, T0 + 15 * QF_SEC - 39 * 15 * QF_SEC);
    assert_int_equal(rows[0].le_500us, 0);
    /* ten minutes later nothing of it is left, though the places are the same */
    latency_rows(&l, T0 + 600 * QF_SEC, rows);
    for (int i = 0; i < SAMPLER_SLOTS; i++)
        assert_int_equal(rows[i].le_500us + rows[i].more, 0);
    struct latency_sum s;
    latency_sum(&l, T0 + 700 * QF_SEC, SAMPLER_SLOTS, &s);
    assert_int_equal(s.max, 0);
}

static void commands_are_kept_apart(void **state)
{
    (void)state;
    struct sampler *s = sampler_new(NULL, "/", T0);
    struct qf_latency_slot slots[SAMPLER_SLOTS];
    struct qf_latency a, b;
    sampler_record(s, QF_CMD_order_place, 700, T0);
    sampler_record(s, QF_CMD_order_place, 900, T0);
    sampler_latency(s, QF_CMD_order_place, T0, slots, &a);
    assert_string_equal(a.method, "order.place");
    assert_int_equal(a.max_us, 900);
    assert_int_equal(a.slots_n, SAMPLER_SLOTS);
    assert_int_equal(a.slots[SAMPLER_SLOTS - 1].le_1ms, 2);
    sampler_latency(s, QF_CMD_hello, T0, slots, &b);
    assert_int_equal(b.max_us, 0);
    assert_int_equal(b.p50_us, 0);
    sampler_free(s);
}

/* --- samples */
static void rates_come_from_differences(void **state)
{
    (void)state;
    struct sampler *s = sampler_new(NULL, "/", T0);
    struct sampler_in in = { .requests = 1000,
                             .pushes = 50,
                             .commands = 7,
                             .connections = 3,
                             .db = QF_DB_READY,
                             .db_epoch = 4,
                             .db_wal_bytes = 1000000,
                             .db_version = "15.20" };
    sampler_take(s, T0, &in);
    assert_int_equal(sampler_now(s)->requests_per_s, 0); /* no second figure yet */
    usleep(100000);
    in.requests += 100;
    in.pushes += 20;
    in.db_wal_bytes += 5000;
    sampler_commit(s, 300, 12, T0);
    sampler_commit(s, 500, 40, T0);
    sampler_take(s, T0 + QF_SEC, &in);
    const struct qf_sample *o = sampler_now(s);
    assert_true(o->requests_per_s > 10 && o->requests_per_s <= 1000); /* 100 in a little over 0.1 s */
    assert_true(o->pushes_per_s > 2 && o->pushes_per_s <= 200);
    assert_true(o->db_wal_per_s > 500 && o->db_wal_per_s <= 50000);
    assert_int_equal(o->batches, 2);
    assert_int_equal(o->batch_commands_max, 40);
    assert_int_equal(o->commit_max_us, 500);
    assert_int_equal(o->db, QF_DB_READY);
    assert_string_equal(o->db_version, "15.20");
    assert_int_equal(o->connections_max, QF_MAX_CONNECTIONS);
    in.requests = 5; /* a counter that went back gives no rate */
    sampler_take(s, T0 + 2 * QF_SEC, &in);
    assert_int_equal(sampler_now(s)->requests_per_s, 0);
    assert_int_equal(sampler_now(s)->batches, 0);
    sampler_free(s);
}

static void the_machine_is_looked_at(void **state)
{
    (void)state;
    struct sampler *s = sampler_new(NULL, "/", T0);
    sampler_take(s, T0, &(struct sampler_in){ 0 });
    const struct qf_sample *o = sampler_now(s);
    assert_true(o->cpus >= 1);
    assert_true(o->memory_total > 1 << 26 && o->memory_used > 0 && o->memory_used <= o->memory_total);
    assert_true(o->disk_total > 0 && o->disk_used <= o->disk_total);
    assert_true(o->qfd_rss > 1 << 18);
    assert_true(o->files >= 3 && o->files < o->files_max);
    sampler_free(s);
}

static void the_last_hour_is_kept_at_half_minutes(void **state)
{
    (void)state;
    static struct qf_sample out[SAMPLER_HISTORY];
    struct sampler *s = sampler_new(NULL, "/", T0);
    struct sampler_in in = { 0 };
    assert_int_equal(sampler_history(s, out), 0);
    for (int i = 0; i < 7200; i += 10) { /* two hours, a sample each 10 s */
        in.commands = i;
        sampler_take(s, T0 + i * QF_SEC, &in);
    }
    assert_int_equal(sampler_history(s, out), SAMPLER_HISTORY);
    assert_int_equal(out[SAMPLER_HISTORY - 1].at, T0 + 7190 * QF_SEC); /* the newest as it is */
    for (int i = 0; i < SAMPLER_HISTORY - 1; i++) {
        assert_int_equal(out[i].at, T0 + (7190 - 30 * (SAMPLER_HISTORY - 1 - i)) * QF_SEC);
        assert_int_equal(out[i].commands, (out[i].at - T0) / QF_SEC);
    }
    sampler_free(s);
}

static void a_pause_of_the_loop_is_seen(void **state)
{
    (void)state;
    struct qf_loop *loop = qf_loop_new();
    struct sampler *s = sampler_new(loop, "/", T0);
    struct sampler_in in = { 0 };
    qf_loop_once(loop, 40000);
    usleep(120000);
    qf_loop_once(loop, 40000);
    sampler_take(s, T0, &in);
    assert_true(sampler_now(s)->loop_stall_us >= 80000);
    sampler_take(s, T0 + QF_SEC, &in);
    assert_int_equal(sampler_now(s)->loop_stall_us, 0); /* said once */
    sampler_free(s);
    qf_loop_free(loop);
}

/* --- a folder like /proc with what should not be there */
static void put(const char *dir, const char *name, const char *text)
{
    char path[128];
    qf_str_fmt(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static void what_proc_says_is_read_with_care(void **state)
{
    (void)state;
    char dir[] = "/tmp/qf_proc.XXXXXX", sub[64];
    struct machine m = { 0 };
    assert_non_null(mkdtemp(dir));
    qf_str_fmt(sub, sizeof sub, "%s/self", dir);
    assert_int_equal(mkdir(sub, 0700), 0);
    put(dir, "stat", "cpu  100 20 30 800 50 1 2 3 0 0\ncpu0 1 1 1 1\n");
    put(dir, "loadavg", "1.25 0.5 0.1 2/300 12345\n");
    put(dir, "meminfo", "MemTotal:     1000 kB\nMemFree: 1 kB\nMemAvailable:  400 kB\n");
    put(dir, "self/statm", "500 10 5 1 0 7 0\n");
    machine_read(&m, dir, "/");
    assert_int_equal(m.cpu_total, 1006);
    assert_int_equal(m.cpu_busy, 156);
    assert_int_equal(m.load_centi, 125);
    assert_int_equal(m.memory_total, 1024000);
    assert_int_equal(m.memory_used, 614400);
    assert_int_equal(m.rss, 10 * sysconf(_SC_PAGESIZE));
    /* nonsense leaves the figures as they were */
    put(dir, "stat", "cpu  99999999999999999999999 1 1 1\n");
    put(dir, "loadavg", "many\n");
    put(dir, "meminfo", "MemTotal: 5 kB\nMemAvailable: 999 kB\n");
    put(dir, "self/statm", "");
    machine_read(&m, dir, "/");
    assert_int_equal(m.cpu_total, 1006);
    assert_int_equal(m.load_centi, 125);
    assert_int_equal(m.memory_total, 1024000);
    assert_int_equal(m.rss, 10 * sysconf(_SC_PAGESIZE));
    static const char *const names[] = { "stat", "loadavg", "meminfo", "self/statm" };
    for (size_t i = 0; i < QF_LEN(names); i++) {
        char path[128];
        qf_str_fmt(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    machine_read(&m, dir, "/nowhere/at/all");
    assert_int_equal(m.cpu_total, 1006);
    rmdir(sub);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentiles_are_close_from_above),
        cmocka_unit_test(small_and_huge_values_have_a_place),
        cmocka_unit_test(every_size_is_counted_between_its_neighbours),
        cmocka_unit_test(slots_are_fifteen_seconds_and_forty),
        cmocka_unit_test(commands_are_kept_apart),
        cmocka_unit_test(rates_come_from_differences),
        cmocka_unit_test(the_machine_is_looked_at),
        cmocka_unit_test(the_last_hour_is_kept_at_half_minutes),
        cmocka_unit_test(a_pause_of_the_loop_is_seen),
        cmocka_unit_test(what_proc_says_is_read_with_care),
    };
    return cmocka_run_group_tests_name("sampler", tests, NULL, NULL);
}
