#include "tests/help/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"
#include "tests/help/rpc.h"

static void run_quiet(char *const argv[])
{
    pid_t pid = fork();
    if (pid == 0) {
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    if (pid > 0) (void)waitpid(pid, &status, 0);
}

void proc_make(struct proc *p, const char *more)
{
    const char *qfd = getenv("QFD");
    *p = (struct proc){0};
    qf_str_copy(p->program, sizeof p->program, qfd ? qfd : "./qfd");
    qf_str_copy(p->dir, sizeof p->dir, "/tmp/qft.XXXXXX");
    qf_assert(mkdtemp(p->dir) != NULL);
    qf_assert(chmod(p->dir, 0755) == 0); /* the cluster's own user has to get through */
    qf_str_fmt(p->conf, sizeof p->conf, "%s/qfd.conf", p->dir);
    qf_str_fmt(p->socket, sizeof p->socket, "%s/run/qfd.sock", p->dir);
    FILE *f = fopen(p->conf, "w");
    qf_assert(f != NULL);
    fprintf(f, "[log]\nfile = %s/qfd.log\n", p->dir);
    if (geteuid() == 0) fputs("[database]\ncluster_user = postgres\n", f); /* PostgreSQL refuses to run as root */
    if (more) fputs(more, f);
    fprintf(f, "[desk]\nname = test\nstate_dir = %s/state\nruntime_dir = %s/run\n", p->dir, p->dir);
    qf_assert(fclose(f) == 0);
}

void proc_set(struct proc *p, const char *key, const char *value)
{
    FILE *f = fopen(p->conf, "a"); /* [desk] stands last in the file */
    qf_assert(f != NULL);
    fprintf(f, "%s = %s\n", key, value);
    qf_assert(fclose(f) == 0);
}

static pid_t spawn(struct proc *p, char *const argv[])
{
    char err[128];
    qf_str_fmt(err, sizeof err, "%s/stderr", p->dir);
    pid_t pid = fork();
    if (pid != 0) return pid;
    int fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (fd >= 0) {
        (void)dup2(fd, STDOUT_FILENO);
        (void)dup2(fd, STDERR_FILENO);
    }
    execv(p->program, argv);
    _exit(127);
}

static int run_qfd(struct proc *p, char *const argv[])
{
    int status = 0;
    pid_t pid = spawn(p, argv);
    if (pid < 0 || waitpid(pid, &status, 0) != pid) return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool proc_adduser(struct proc *p, const char *name, const char *role, long uid)
{
    char n[40], r[20], u[24];
    qf_str_copy(n, sizeof n, name);
    qf_str_copy(r, sizeof r, role);
    qf_str_fmt(u, sizeof u, "%ld", uid);
    char *argv[] = {p->program, "adduser", "--config", p->conf, n, r, "--os-uid", u, NULL};
    return run_qfd(p, argv) == 0;
}

bool proc_adduser_password(struct proc *p, const char *name, const char *role, const char *password)
{
    char slip[160], n[40], r[20];
    qf_str_fmt(slip, sizeof slip, "%s/slip", p->dir);
    qf_str_copy(n, sizeof n, name);
    qf_str_copy(r, sizeof r, role);
    FILE *f = fopen(slip, "w");
    if (!f) return false;
    bool written = fprintf(f, "%s\n", password) > 0;
    written = fclose(f) == 0 && written;
    char *argv[] = {p->program, "adduser", "--config", p->conf, n, r, "--password-file", slip, NULL};
    bool ok = written && run_qfd(p, argv) == 0;
    (void)unlink(slip);
    return ok;
}

static void show_log(const struct proc *p)
{
    char path[128], line[1024];
    static const char *const names[] = {"stderr", "qfd.log"};
    for (size_t i = 0; i < QF_LEN(names); i++) {
        qf_str_fmt(path, sizeof path, "%s/%s", p->dir, names[i]);
        FILE *f = fopen(path, "r");
        while (f && fgets(line, sizeof line, f)) printf("# %s: %s", names[i], line);
        if (f) fclose(f);
    }
}

bool proc_start(struct proc *p)
{
    char *argv[] = {p->program, "run", "--config", p->conf, NULL};
    struct rpc r;
    int status;
    p->pid = spawn(p, argv);
    rpc_init(&r);
    for (int i = 0; i < 1200 && p->pid > 0; i++) {
        if (rpc_connect(&r, p->socket) && rpc_call(&r, QF_CMD_hello, NULL, NULL, NULL) == RPC_OK &&
            rpc_call(&r, QF_CMD_overview_get, NULL, NULL, NULL) == RPC_OK) {
            rpc_release(&r);
            return true;
        }
        if (waitpid(p->pid, &status, WNOHANG) == p->pid) p->pid = 0;
        usleep(50000);
    }
    rpc_release(&r);
    show_log(p);
    return false;
}

void proc_signal(struct proc *p, int signo)
{
    int status;
    if (p->pid <= 0) return;
    (void)kill(p->pid, signo);
    if (signo == SIGSTOP || signo == SIGCONT || signo == SIGHUP) return;
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR) {}
    p->pid = 0;
}

void proc_stop(struct proc *p)
{
    proc_signal(p, SIGTERM);
}

pid_t proc_postmaster(const struct proc *p)
{
    char path[160], text[32] = "";
    qf_str_fmt(path, sizeof path, "%s/state/pg/data/postmaster.pid", p->dir);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    bool ok = fgets(text, sizeof text, f) != NULL;
    fclose(f);
    return ok ? (pid_t)strtol(text, NULL, 10) : 0;
}

static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    long ppid = 0;
    qf_str_fmt(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *f = fopen(path, "r");
    if (!f) return 0;
    const char *close_paren = fgets(text, sizeof text, f) ? strrchr(text, ')') : NULL;
    fclose(f);
    if (close_paren && close_paren[1]) ppid = strtol(close_paren + 4, NULL, 10); /* ") S 123" */
    return (pid_t)ppid;
}

void proc_signal_postgres(const struct proc *p, int signo)
{
    pid_t master = proc_postmaster(p);
    DIR *d = master > 0 ? opendir("/proc") : NULL;
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
        if (pid > 0 && parent_of(pid) == master) (void)kill(pid, signo);
    }
    if (d) closedir(d);
    if (master > 0) (void)kill(master, signo);
}

int proc_verify(struct proc *p)
{
    char *argv[] = {p->program, "verify", "--config", p->conf, NULL};
    return run_qfd(p, argv);
}

void proc_free(struct proc *p)
{
    if (p->pid > 0) proc_stop(p);
    pid_t master = proc_postmaster(p);
    if (master > 0 && kill(master, SIGINT) == 0)
        for (int i = 0; i < 100 && kill(master, 0) == 0 && proc_postmaster(p) > 0; i++) usleep(50000);
    if (getenv("QF_KEEP")) {
        printf("# kept: %s\n", p->dir);
        return;
    }
    char *argv[] = {"rm", "-rf", p->dir, NULL};
    run_quiet(argv);
}
