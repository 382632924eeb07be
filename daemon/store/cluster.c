#include "daemon/store/cluster.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/cluster_files.h"
#include "daemon/store/cluster_roles.h"

#ifdef QF_PG_BINDIR
#define BIN_DIR QF_PG_BINDIR /* found by configure */
#else
#define BIN_DIR "/usr/lib/postgresql/15/bin"
#endif
#define READY_MS 60000      /* recovery after a crash reads at most max_wal_size of log */
#define FAST_MS 15000       /* a fast shutdown ends with a checkpoint */
#define IMMEDIATE_MS 5000
#define RETRY_MS 10000      /* so long the processes of a killed server may take to end */
#define LOOK_MS 10
#define AGAIN_FIRST_US (100 * QF_MS)
#define AGAIN_MAX_US (5 * QF_SEC)
#define AGAIN_CALM_US (30 * QF_SEC) /* after running so long the next pause is a short one again */

struct cluster {
    struct cluster_paths paths;
    char conninfo[3][CLUSTER_PATH + 128];
    int pid;               /* of the postmaster, 0 = none */
    int pidfd;             /* tells its end, also when it is not our child; -1 = none */
    int lock;              /* while starting: nobody else makes or starts the same cluster; -1 = not held */
    bool adopted;
    struct qf_loop *loop;
    struct qf_watch *watch;
    struct qf_timer *timer;
    int64_t pause_us, began_ns;
    void (*said)(void *arg, const char *line);
    void *said_arg;
};

static const char *const role_names[] = { CLUSTER_ADMIN, CLUSTER_OWNER, CLUSTER_DAEMON };

static void make_conninfos(struct cluster *c)
{
    for (size_t i = 0; i < QF_LEN(role_names); i++)
        qf_str_fmt(c->conninfo[i], sizeof c->conninfo[i], "host='%s' port=5432 user=%s dbname=%s", c->paths.run,
                   role_names[i], i == 0 ? "postgres" : CLUSTER_DATABASE);
}

const char *cluster_conninfo(const struct cluster *c, const char *role)
{
    for (size_t i = 0; i < QF_LEN(role_names); i++)
        if (qf_str_eq(role, role_names[i]))
            return c->conninfo[i];
    qf_bug("no such role", __FILE__, __LINE__);
}

int cluster_pid(const struct cluster *c)
{
    return c->pid;
}

bool cluster_adopted(const struct cluster *c)
{
    return c->adopted;
}

/* --- the server's process */
static void forget(struct cluster *c)
{
    qf_watch_free(c->watch);
    c->watch = NULL;
    if (c->pidfd >= 0)
        close(c->pidfd);
    if (c->pid > 0)
        waitpid(c->pid, NULL, WNOHANG); /* takes the status of our child; for an adopted one there is none */
    c->pidfd = -1;
    c->pid = 0;
}

/* Ended, also when nobody has asked for its status yet: then kill() would still find it. */
static bool ended(const struct cluster *c, int wait_ms)
{
    struct pollfd p = { .fd = c->pidfd, .events = POLLIN };
    return c->pidfd < 0 || poll(&p, 1, wait_ms) > 0;
}

static bool hold(struct cluster *c, int pid, bool adopted)
{
    int fd = pidfd_open(pid, 0);
    if (fd < 0)
        return false;
    c->pid = pid;
    c->pidfd = fd;
    c->adopted = adopted;
    c->began_ns = qf_now_mono();
    return true;
}

static bool spawn(struct cluster *c)
{
    char program[CLUSTER_PATH + 16];
    qf_str_fmt(program, sizeof program, "%s/postgres", c->paths.bin);
    char *const argv[] = { program, (char *)(uintptr_t)"-D", c->paths.data, NULL };
    pid_t pid = proc_spawn(&c->paths.user, c->paths.dir, c->paths.start_log, argv);
    if (pid < 0)
        return false;
    if (hold(c, pid, false))
        return true;
    kill(pid, SIGINT);
    proc_wait(pid);
    return false;
}

static bool stop_by(struct cluster *c, int signo, int wait_ms)
{
    return kill(c->pid, signo) == 0 && ended(c, wait_ms);
}

static void stop_server(struct cluster *c)
{
    if (c->pid == 0 || ended(c, 0))
        return;
    if (!stop_by(c, SIGINT, FAST_MS))
        stop_by(c, SIGQUIT, IMMEDIATE_MS);
}

/* --- making one */
static enum qf_err run_initdb(struct cluster *c, char why[PROC_WHY])
{
    char program[CLUSTER_PATH + 16];
    qf_str_fmt(program, sizeof program, "%s/initdb", c->paths.bin);
    const char *const argv[] = { program, "-D", c->paths.fresh, "-U", CLUSTER_ADMIN, "-E", "UTF8", "--locale=C.UTF-8",
                                 "--lc-collate=C", "--data-checksums", "--auth-local=peer",
                                 "--auth-host=scram-sha-256", "--no-instructions", NULL };
    if (access(program, X_OK) != 0) {
        qf_str_fmt(why, PROC_WHY, "PostgreSQL's programs are not in %s", c->paths.bin);
        return QF_ENOENT;
    }
    pid_t pid = proc_spawn(&c->paths.user, c->paths.dir, c->paths.start_log, (char *const *)(uintptr_t)argv);
    if (pid < 0 || proc_wait(pid) != 0) {
        cluster_last_words(&c->paths, why, PROC_WHY);
        return QF_EIO;
    }
    return QF_OK;
}

/* In a folder beside, renamed when it is complete: a crash in between leaves no half cluster. */
static enum qf_err make_cluster(struct cluster *c, char why[PROC_WHY])
{
    enum qf_err err = cluster_clear_fresh(&c->paths, why);
    if (err == QF_OK)
        err = run_initdb(c, why);
    if (err == QF_OK)
        err = cluster_write_settings(&c->paths, c->paths.fresh, why);
    return err == QF_OK ? cluster_take_fresh(&c->paths, why) : err;
}

/* --- starting */
/* A server that runs is taken over, unless it listens somewhere else: then it is an old one and has to make room. */
static bool adopt(struct cluster *c)
{
    struct cluster_pid_file f;
    if (cluster_read_pid(&c->paths, &f) != QF_OK || !hold(c, f.pid, true))
        return false;
    if (!cluster_is_server(&c->paths, f.pid)) { /* asked while we hold it: the number cannot go to another now */
        c->pid = 0;
        forget(c);
        return false;
    }
    if (qf_str_eq(f.socket_dir, c->paths.run))
        return true;
    stop_server(c);
    forget(c);
    return false;
}

static bool is_ready(const struct cluster *c)
{
    struct cluster_pid_file f;
    return cluster_read_pid(&c->paths, &f) == QF_OK && f.pid == c->pid && f.ready;
}

/* After a kill the old server's processes may hold its shared memory for a moment: it is tried again for a while. */
static bool start_over(struct cluster *c, int64_t began_ns)
{
    forget(c);
    if (qf_now_mono() - began_ns > RETRY_MS * 1000000LL)
        return false;
    poll(NULL, 0, 20 * LOOK_MS);
    return spawn(c);
}

static enum qf_err wait_ready(struct cluster *c, char why[PROC_WHY])
{
    const int64_t began = qf_now_mono();
    while (!is_ready(c)) {
        if (ended(c, LOOK_MS) && !start_over(c, began)) {
            cluster_last_words(&c->paths, why, PROC_WHY);
            return QF_EIO;
        }
        if (qf_now_mono() - began > READY_MS * 1000000LL) {
            qf_str_copy(why, PROC_WHY, "the server does not become ready");
            return QF_ETIMEOUT;
        }
    }
    return QF_OK;
}

/* On the folder itself: there is nothing to be left behind. It goes with the descriptor, also when we are killed. */
static enum qf_err take_lock(struct cluster *c, char why[PROC_WHY])
{
    c->lock = open(c->paths.dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (int waited = 0; c->lock >= 0 && waited < READY_MS; waited += LOOK_MS) {
        if (flock(c->lock, LOCK_EX | LOCK_NB) == 0)
            return QF_OK;
        poll(NULL, 0, LOOK_MS);
    }
    qf_str_copy(why, PROC_WHY, "somebody else is starting this cluster, for a minute now");
    return c->lock >= 0 ? QF_EBUSY : QF_EIO;
}

static void drop_lock(struct cluster *c)
{
    if (c->lock >= 0)
        close(c->lock);
    c->lock = -1;
}

static enum qf_err bring_up(struct cluster *c, char why[PROC_WHY])
{
    enum qf_err err = cluster_make_folders(&c->paths, why);
    if (err == QF_OK)
        err = take_lock(c, why);
    if (err == QF_OK && !cluster_exists(&c->paths))
        err = make_cluster(c, why);
    if (err == QF_OK && !adopt(c)) {
        /* Whatever postmaster.pid says, that server is dead. Left alone, a zombie or another process with its number
         * would pass for it; against processes of the old server that still live, PostgreSQL looks at its shared
         * memory. */
        err = cluster_drop_pid(&c->paths, why);
        if (err == QF_OK)
            err = cluster_write_settings(&c->paths, c->paths.data, why);
        if (err == QF_OK && !spawn(c)) {
            qf_str_copy(why, PROC_WHY, "no child process");
            err = QF_EIO;
        }
    }
    return err == QF_OK ? wait_ready(c, why) : err;
}

enum qf_err cluster_start(const struct cluster_conf *conf, struct cluster **ret, char ret_why[CLUSTER_WHY])
{
    char why[PROC_WHY] = "";
    struct cluster *c = qf_xalloc(sizeof *c);
    *c = (struct cluster){ .pidfd = -1, .lock = -1, .pause_us = AGAIN_FIRST_US };
    enum qf_err err = proc_user_find(conf->user, &c->paths.user);
    if (err != QF_OK)
        qf_str_fmt(why, sizeof why, "no user to run PostgreSQL as: %s",
                   conf->user != NULL ? conf->user : "(none given)");
    if (err == QF_OK)
        err = cluster_paths(conf->dir, conf->socket_dir, conf->bin_dir != NULL ? conf->bin_dir : BIN_DIR, &c->paths,
                            why);
    if (err == QF_OK)
        err = bring_up(c, why);
    qf_str_copy(ret_why, CLUSTER_WHY, why);
    if (err == QF_OK) {
        make_conninfos(c);
        err = cluster_make_roles(c->conninfo[0], ret_why);
    }
    drop_lock(c);
    if (err == QF_OK) {
        *ret = c;
    } else if (c->adopted) {
        cluster_leave(c); /* somebody else's daemon may be at work on it */
    } else {
        cluster_stop(c);
    }
    return err;
}

/* --- watching */
static void say(struct cluster *c, const char *line)
{
    if (c->said != NULL)
        c->said(c->said_arg, line);
}

static void on_end(int fd, int what, void *arg);

static void watch_end(struct cluster *c)
{
    c->watch = qf_watch_new(c->loop, c->pidfd, QF_READ, on_end, c);
}

static void again(struct cluster *c)
{
    char line[CLUSTER_WHY], words[PROC_WHY];
    cluster_last_words(&c->paths, words, sizeof words);
    qf_str_fmt(line, sizeof line, "the database server has ended; starting it again in %lld ms (%s)",
               (long long)(c->pause_us / QF_MS), words);
    say(c, line);
    qf_timer_once(c->timer, c->pause_us);
    c->pause_us = c->pause_us * 2 < AGAIN_MAX_US ? c->pause_us * 2 : AGAIN_MAX_US;
}

static void on_end(int fd, int what, void *arg)
{
    struct cluster *c = arg;
    (void)fd, (void)what;
    if ((qf_now_mono() - c->began_ns) / 1000 > AGAIN_CALM_US)
        c->pause_us = AGAIN_FIRST_US;
    forget(c);
    again(c);
}

static void on_again(void *arg)
{
    struct cluster *c = arg;
    if (adopt(c) || spawn(c)) /* somebody else may have started it meanwhile */
        watch_end(c);
    else
        again(c);
}

void cluster_watch(struct cluster *c, struct qf_loop *loop, void (*said)(void *arg, const char *line), void *arg)
{
    c->loop = loop;
    c->said = said;
    c->said_arg = arg;
    c->timer = qf_timer_new(loop, on_again, c);
    watch_end(c);
}

void cluster_leave(struct cluster *c)
{
    if (c == NULL)
        return;
    if (c->timer != NULL)
        qf_timer_free(c->timer);
    forget(c);
    free(c);
}

void cluster_stop(struct cluster *c)
{
    if (c != NULL)
        stop_server(c);
    cluster_leave(c);
}
