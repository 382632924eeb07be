/* The private PostgreSQL: made, started, adopted, stopped, and back after a crash. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/str.h"
#include "tests/it/pg.h"

static struct cluster_conf conf_of(char path[96])
{
    const char *user = getenv("QF_PGUSER");
    qf_str_fmt(path, 96, "%s/pg", pg_dir());
    return (struct cluster_conf){ .dir = path, .user = user != NULL ? user : "postgres" };
}

static void check_setting(struct db_wait *w, const char *query, const char *wanted)
{
    char text[200];
    pg_text(w, query, text, sizeof text);
    assert_string_equal(text, wanted);
}

static void test_settings(void **state)
{
    struct db_wait *w = pg_connect(cluster_conninfo(pg_cluster(), CLUSTER_ADMIN));
    (void)state;
    check_setting(w, "SELECT current_setting('fsync')", "on");
    check_setting(w, "SELECT current_setting('full_page_writes')", "on");
    check_setting(w, "SELECT current_setting('synchronous_commit')", "on");
    check_setting(w, "SELECT current_setting('data_checksums')", "on");
    check_setting(w, "SELECT current_setting('listen_addresses')", "");
    check_setting(w, "SELECT current_setting('unix_socket_permissions')", "0700");
    check_setting(w, "SELECT current_setting('dynamic_shared_memory_type')", "mmap");
    check_setting(w, "SELECT current_setting('shared_buffers')", "128MB");
    check_setting(w, "SELECT current_setting('server_encoding')", "UTF8");
    check_setting(w, "SELECT string_agg(rolname || CASE WHEN rolsuper THEN '!' ELSE '' END, ' ' ORDER BY rolname)"
                     " FROM pg_roles WHERE rolname LIKE 'qf%'", "qf_admin! qf_daemon qf_owner");
    check_setting(w, "SELECT datcollate || ' ' || datctype FROM pg_database WHERE datname = 'quantumfond'",
                  "C C.UTF-8");
    db_wait_close(w);
}

static void test_nobody_else_gets_in(void **state)
{
    char path[160];
    struct stat st;
    (void)state;
    qf_str_fmt(path, sizeof path, "%s/pg/run", pg_dir());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_not_equal(st.st_uid, 0);
    qf_str_fmt(path, sizeof path, "%s/pg/data", pg_dir());
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

/* A second start finds the server and takes it as it is. */
static void test_adopts_running(void **state)
{
    char path[96], why[CLUSTER_WHY];
    struct cluster_conf conf = conf_of(path);
    struct cluster *second = NULL;
    (void)state;
    assert_int_equal(cluster_start(&conf, &second, why), QF_OK);
    assert_true(cluster_adopted(second));
    assert_false(cluster_adopted(pg_cluster()));
    assert_int_equal(cluster_pid(second), cluster_pid(pg_cluster()));
    cluster_leave(second);
    struct db_wait *w = pg_connect(cluster_conninfo(pg_cluster(), CLUSTER_DAEMON));
    db_wait_close(w);
}

struct watched {
    bool said;
    char line[CLUSTER_WHY];
};

static void on_said(void *arg, const char *line)
{
    struct watched *w = arg;
    w->said = true;
    qf_str_copy(w->line, sizeof w->line, line);
}

static bool answers(void)
{
    const struct db_conf conf = { .conninfo = cluster_conninfo(pg_cluster(), CLUSTER_DAEMON),
                                  .name = "test",
                                  .connect_ms = 1000 };
    struct db_error error;
    struct db_wait *w = NULL;
    bool ok = db_wait_open(&conf, &w, &error) == QF_OK;
    db_wait_close(w);
    return ok;
}

static void kill_and_wait(struct qf_loop *loop, struct watched *seen)
{
    int old = cluster_pid(pg_cluster());
    seen->said = false;
    assert_int_equal(kill(old, SIGKILL), 0);
    assert_true(pg_wait(loop, &seen->said, 5000));
    bool back = false;
    for (int i = 0; i < 200 && !back; i++) {
        qf_loop_once(loop, 50 * QF_MS);
        back = cluster_pid(pg_cluster()) > 0 && cluster_pid(pg_cluster()) != old && answers();
    }
    assert_true(back);
}

/* The server is killed, twice, with a transaction open: it comes back by itself and has what was committed. */
static void test_back_after_kill(void **state)
{
    struct qf_loop *loop = qf_loop_new();
    struct watched seen = { .said = false };
    (void)state;
    cluster_watch(pg_cluster(), loop, on_said, &seen);
    for (int i = 1; i <= 2; i++) {
        struct db_wait *w = pg_connect(cluster_conninfo(pg_cluster(), CLUSTER_OWNER));
        pg_do(w, "CREATE TABLE IF NOT EXISTS kept (i int)");
        pg_do(w, "INSERT INTO kept VALUES (1)");
        pg_do(w, "BEGIN");
        pg_do(w, "INSERT INTO kept VALUES (1000)");
        kill_and_wait(loop, &seen);
        db_wait_close(w);
        w = pg_connect(cluster_conninfo(pg_cluster(), CLUSTER_OWNER));
        assert_int_equal(pg_i64(w, "SELECT sum(i) FROM kept"), i);
        db_wait_close(w);
    }
    assert_non_null(strstr(seen.line, "starting it again"));
    qf_loop_free(loop);
}

/* A cluster of its own in another folder, driven by hand. */
struct own {
    char dir[64], path[96];
    struct cluster_conf conf;
    struct cluster *c;
    char why[CLUSTER_WHY];
};

static void own_make(struct own *o)
{
    const char *user = getenv("QF_PGUSER");
    qf_str_copy(o->dir, sizeof o->dir, "/tmp/qfpg.XXXXXX");
    assert_non_null(mkdtemp(o->dir));
    assert_int_equal(chmod(o->dir, 0755), 0);
    qf_str_fmt(o->path, sizeof o->path, "%s/pg", o->dir);
    o->conf = (struct cluster_conf){ .dir = o->path, .user = user != NULL ? user : "postgres" };
    o->c = NULL;
}

static void remove_tree(const char *path)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", path, (char *)NULL);
        _exit(127);
    }
    waitpid(pid, NULL, 0);
}

/* The daemon is killed and leaves the server; then that is killed too and leaves its postmaster.pid - and a zombie,
 * because nobody has asked for its status. A new daemon must not take the zombie for a server. */
static void test_zombie_is_no_server(void **state)
{
    struct own o;
    (void)state;
    own_make(&o);
    pid_t parent = fork();
    if (parent == 0) {
        bool ok = cluster_start(&o.conf, &o.c, o.why) == QF_OK;
        if (ok)
            kill(cluster_pid(o.c), SIGKILL);
        pause(); /* never waits for its child: that stays a zombie until this process ends */
        _exit(0);
    }
    char file[160];
    struct stat st;
    qf_str_fmt(file, sizeof file, "%s/data/postmaster.pid", o.path);
    for (int i = 0; i < 500 && stat(file, &st) != 0; i++)
        usleep(20000);
    usleep(1500000); /* started, then killed */
    enum qf_err err = cluster_start(&o.conf, &o.c, o.why);
    if (err != QF_OK)
        print_message("%s\n", o.why);
    assert_int_equal(err, QF_OK);
    assert_false(cluster_adopted(o.c));
    cluster_stop(o.c);
    kill(parent, SIGKILL);
    waitpid(parent, NULL, 0);
    remove_tree(o.dir);
}

/* postmaster.pid names a process that lives but is no server: the number was given out again. */
static void test_number_of_another(void **state)
{
    struct own o;
    char file[160];
    (void)state;
    own_make(&o);
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_OK);
    int pid = cluster_pid(o.c);
    cluster_stop(o.c);
    assert_int_equal(kill(pid, 0), -1); /* stop waits until it is gone, and takes its status */
    qf_str_fmt(file, sizeof file, "%s/data/postmaster.pid", o.path);
    assert_int_not_equal(access(file, F_OK), 0);
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fprintf(f, "%d\n%s/data\n1\n5432\n%s/run\n\n 1 1\nready   \n", (int)getpid(), o.path, o.path);
    fclose(f);
    enum qf_err err = cluster_start(&o.conf, &o.c, o.why);
    assert_string_equal(err == QF_OK ? "" : o.why, "");
    assert_false(cluster_adopted(o.c));
    assert_int_not_equal(cluster_pid(o.c), getpid());
    cluster_stop(o.c);
    remove_tree(o.dir);
}

/* initdb was interrupted: what it left is taken away and made anew. */
static void test_half_made(void **state)
{
    struct own o;
    char path[160];
    (void)state;
    own_make(&o);
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_OK);
    cluster_stop(o.c);
    char data[160];
    qf_str_fmt(data, sizeof data, "%s/data", o.path);
    qf_str_fmt(path, sizeof path, "%s/data.new", o.path);
    assert_int_equal(rename(data, path), 0); /* as if the rename had never come */
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_OK);
    assert_int_not_equal(access(path, F_OK), 0);
    cluster_stop(o.c);
    remove_tree(o.dir);
}

/* Two programs at once on an empty folder: one makes the cluster, the other finds it running. */
static void test_two_at_once(void **state)
{
    struct own o;
    pid_t child[2];
    int adopted = 0;
    (void)state;
    own_make(&o);
    for (int i = 0; i < 2; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            enum qf_err err = cluster_start(&o.conf, &o.c, o.why);
            _exit(err != QF_OK ? 99 : cluster_adopted(o.c) ? 1 : 0);
        }
    }
    for (int i = 0; i < 2; i++) {
        int status;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFEXITED(status));
        assert_int_not_equal(WEXITSTATUS(status), 99);
        adopted += WEXITSTATUS(status);
    }
    assert_int_equal(adopted, 1);
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_OK);
    assert_true(cluster_adopted(o.c));
    cluster_stop(o.c); /* an adopted one too, when told so */
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_OK);
    assert_false(cluster_adopted(o.c));
    cluster_stop(o.c);
    remove_tree(o.dir);
}

static void test_refusals(void **state)
{
    struct own o;
    char deep[200];
    (void)state;
    own_make(&o);
    o.conf.bin_dir = "/nonexistent";
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_ENOENT);
    assert_non_null(strstr(o.why, "/nonexistent"));
    o.conf.bin_dir = NULL;
    memset(deep, 'x', sizeof deep);
    memcpy(deep, "/tmp/", 5);
    deep[CLUSTER_SOCKET_MAX + 1] = '\0';
    o.conf.socket_dir = deep;
    assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_ERANGE);
    assert_non_null(strstr(o.why, "93"));
    o.conf.socket_dir = NULL;
    if (geteuid() == 0) {
        o.conf.user = "no-such-user";
        assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_ENOENT);
        o.conf.user = "root";
        assert_int_equal(cluster_start(&o.conf, &o.c, o.why), QF_ENOENT);
    }
    remove_tree(o.dir);
}

static int begin(void **state)
{
    (void)state;
    pg_begin();
    return 0;
}

static int end(void **state)
{
    (void)state;
    pg_end();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_nobody_else_gets_in),
        cmocka_unit_test(test_adopts_running),
        cmocka_unit_test(test_back_after_kill),
        cmocka_unit_test(test_zombie_is_no_server),
        cmocka_unit_test(test_number_of_another),
        cmocka_unit_test(test_half_made),
        cmocka_unit_test(test_two_at_once),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
