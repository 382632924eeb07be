/* What goes wrong around a desk: a row the database will not take, a second daemon, a killed one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/store/db_wait.h"
#include "tests/it/desk_world.h"

#define ORDERS 45 /* the desk begins with 50 orders a second and trader */
#define BAD 20

static struct desk_world world;

static int start(void **state)
{
    *state = &world;
    world_start(&world);
    world_wait_prices(&world);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    world_stop(&world);
    return 0;
}

/* As the owner of the tables, beside the daemon. */
static void sql(const char *text)
{
    char conninfo[256];
    struct db_wait *db;
    struct db_error error;
    qf_str_fmt(conninfo, sizeof conninfo, "host=%s/run/pg user=qf_owner dbname=quantumfond", world.proc.dir);
    const struct db_conf conf = { .conninfo = conninfo, .name = "test" };
    if (db_wait_open(&conf, &db, &error) != QF_OK)
        fail_msg("%s", error.why);
    if (db_wait_script(db, text, &error) != QF_OK)
        fail_msg("%s", error.why);
    db_wait_close(db);
}

static void bad_order(struct qf_order_place *in, int i)
{
    *in = (struct qf_order_place){ .side = QF_SIDE_BUY, .quantity = (i == BAD ? 13 : 100 + i) * QF_ONE, .price = 0 };
    qf_str_copy(in->symbol, sizeof in->symbol, "KO");
    qf_str_copy(in->account, sizeof in->account, "desk");
    qf_str_fmt(in->client_ref, sizeof in->client_ref, "fault-%d", i);
    qf_rec_fill(&qf_rec_order_place, in);
    QF_SET(in, order_place, account);
}

static void one_bad_row_among_many_costs_one_order(void **state)
{
    (void)state;
    struct qf_order_place in;
    int64_t bad_id = 0;
    int done = 0, internal = 0;
    sql("ALTER TABLE qf.orders ADD CONSTRAINT not_thirteen CHECK (quantity <> 13)");
    for (int i = 0; i < ORDERS; i++) {
        bad_order(&in, i);
        int64_t id = rpc_send(&world.boss, QF_CMD_order_place, &in);
        assert_true(id > 0);
        if (i == BAD)
            bad_id = id;
    }
    for (int i = 0; i < ORDERS; i++) {
        enum rpc_result e = rpc_receive(&world.boss, &world.line);
        assert_int_not_equal(e, RPC_LOST);
        done += e == RPC_OK;
        if (e == RPC_OK)
            continue;
        assert_string_equal(world.line.reason, "INTERNAL");
        assert_int_equal(world.line.id, bad_id);
        internal++;
    }
    assert_int_equal(done, ORDERS - 1);
    assert_int_equal(internal, 1);
    bad_order(&in, BAD - 1);
    world_do(&world, &world.boss, QF_CMD_order_place, &in); /* the others stay done, and are done once */
    bool seen = false;
    for (int k = 0; k < 100 && !seen; k++) {
        const struct qf_event_list *e = world_do(&world, &world.boss, QF_CMD_system_events, &(struct qf_event_query){ .has = 0 });
        for (uint32_t i = 0; i < e->events_n; i++)
            seen = seen || qf_str_eq(e->events[i].source, "incident");
        usleep(20000);
    }
    assert_true(seen);
    sql("ALTER TABLE qf.orders DROP CONSTRAINT not_thirteen");
    bad_order(&in, BAD);
    world_do(&world, &world.boss, QF_CMD_order_place, &in); /* nothing was remembered of it: now it goes */
}

static pid_t second_daemon(bool takeover)
{
    char err[160];
    qf_str_fmt(err, sizeof err, "%s/second", world.proc.dir);
    char *argv[] = { world.proc.program, "run", "--config", world.proc.conf, takeover ? "--takeover" : NULL, NULL };
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    int fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);
    (void)dup2(fd, STDOUT_FILENO);
    (void)dup2(fd, STDERR_FILENO);
    execv(argv[0], argv);
    _exit(127);
}

static int end_of(pid_t pid, int seconds)
{
    int status = 0;
    for (int i = 0; i < seconds * 20; i++) {
        if (waitpid(pid, &status, WNOHANG) == pid)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        usleep(50000);
    }
    return -1;
}

static void a_second_daemon_is_kept_out_and_harms_nothing(void **state)
{
    (void)state;
    pid_t pid = second_daemon(false);
    assert_int_equal(end_of(pid, 30), 1);
    int64_t id = world_order(&world, &world.boss, "KO", QF_SIDE_BUY, 1, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
}

static void a_daemon_that_was_taken_over_writes_nothing_any_more(void **state)
{
    (void)state;
    struct qf_order_place in;
    pid_t pid = second_daemon(true);
    int status = end_of(world.proc.pid, 20); /* the old one notices, and ends by itself */
    assert_int_equal(status, 1);
    bad_order(&in, 7000);
    assert_int_equal(rpc_call(&world.boss, QF_CMD_order_place, &in, NULL, &world.line), RPC_LOST);
    world.proc.pid = pid;
    for (int i = 0; i < 400 && !rpc_connect(&world.boss, world.proc.socket); i++)
        usleep(50000);
    const struct qf_order_list *l = world_do(&world, &world.boss, QF_CMD_order_list, &(struct qf_order_query){ .has = 0 });
    for (uint32_t i = 0; i < l->orders_n; i++)
        assert_string_not_equal(l->orders[i].ref, in.client_ref);
    world_do(&world, &world.boss, QF_CMD_overview_get, NULL);
}

static void a_killed_daemon_leaves_a_database_the_next_one_takes(void **state)
{
    (void)state;
    pid_t master = proc_postmaster(&world.proc);
    assert_true(master > 0);
    proc_signal(&world.proc, SIGKILL);
    assert_int_equal(kill(master, 0), 0);
    rpc_close(&world.boss);
    assert_true(proc_start(&world.proc));
    assert_true(rpc_connect(&world.boss, world.proc.socket));
    assert_int_equal(proc_postmaster(&world.proc), master); /* adopted, not started again */
    world_wait_prices(&world);
    int64_t id = world_order(&world, &world.boss, "KO", QF_SIDE_BUY, 2, 0);
    world_wait_state(&world, id, QF_ORDER_FILLED);
}

static void ending_the_daemon_ends_its_database(void **state)
{
    (void)state;
    pid_t master = proc_postmaster(&world.proc);
    proc_stop(&world.proc);
    for (int i = 0; i < 100 && kill(master, 0) == 0; i++)
        usleep(50000);
    assert_int_not_equal(kill(master, 0), 0);
    assert_int_equal(proc_verify(&world.proc), 0);
    assert_true(proc_start(&world.proc));
    assert_true(rpc_connect(&world.boss, world.proc.socket));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bad_row_among_many_costs_one_order),
        cmocka_unit_test(a_second_daemon_is_kept_out_and_harms_nothing),
        cmocka_unit_test(a_killed_daemon_leaves_a_database_the_next_one_takes),
        cmocka_unit_test(ending_the_daemon_ends_its_database),
        cmocka_unit_test(a_daemon_that_was_taken_over_writes_nothing_any_more),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
