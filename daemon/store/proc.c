#include "daemon/store/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/str.h"

static const struct passwd *who(const char *name)
{
    return geteuid() == 0 ? getpwnam(name) : getpwuid(geteuid());
}

enum qf_err proc_user_find(const char *name, struct proc_user *ret)
{
    const struct passwd *pw = who(name);
    if (pw == NULL || pw->pw_uid == 0)
        return QF_ENOENT;
    struct proc_user u = { .uid = pw->pw_uid, .gid = pw->pw_gid, .group_count = PROC_GROUPS, .drop = geteuid() == 0 };
    if (!qf_str_copy(u.name, sizeof u.name, pw->pw_name))
        return QF_ENOENT;
    if (u.drop && getgrouplist(u.name, u.gid, u.groups, &u.group_count) < 0)
        return QF_ERANGE;
    *ret = u;
    return QF_OK;
}

/* In the child: nothing but system calls between fork and exec, the daemon may have threads. */
static bool become(const struct proc_user *u)
{
    umask(077);
    if (!u->drop)
        return true;
    return setgroups((size_t)u->group_count, u->groups) == 0 && setresgid(u->gid, u->gid, u->gid) == 0 &&
           setresuid(u->uid, u->uid, u->uid) == 0;
}

static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL); /* an ignored SIGPIPE would be inherited through exec */
}

static bool redirect(const char *log_path)
{
    int in = open("/dev/null", O_RDONLY);
    int out = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    return in >= 0 && out >= 0 && dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(out, 2) == 2 &&
           close_range(3, ~0U, 0) == 0;
}

pid_t proc_spawn(const struct proc_user *u, const char *cwd, const char *log_path, char *const argv[])
{
    static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";
    char *const env[] = { path, locale, NULL };
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    setsid(); /* a Ctrl-C meant for the daemon must not reach the database behind its back */
    reset_signals();
    if (become(u) && chdir(cwd) == 0 && redirect(log_path))
        execve(argv[0], argv, env);
    _exit(127);
}

int proc_wait(pid_t pid)
{
    int status = 0;
    pid_t got;
    do
        got = waitpid(pid, &status, 0);
    while (got < 0 && errno == EINTR);
    if (got != pid)
        return 127;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

struct reply {
    enum qf_err err;
    char why[PROC_WHY];
};

static void run_child(const struct proc_user *u, proc_fn fn, void *arg, int out)
{
    struct reply r = { .err = QF_EDENIED, .why = "cannot become that user" };
    if (become(u)) {
        r.why[0] = '\0';
        r.err = fn(arg, r.why);
    }
    ssize_t n = write(out, &r, sizeof r); /* fits a pipe whole */
    _exit(n == (ssize_t)sizeof r ? 0 : 1);
}

static enum qf_err read_reply(int in, char ret_why[PROC_WHY])
{
    struct reply r;
    ssize_t n;
    do
        n = read(in, &r, sizeof r);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof r) {
        qf_str_copy(ret_why, PROC_WHY, "the child process ended without an answer");
        return QF_EIO;
    }
    qf_str_copy(ret_why, PROC_WHY, r.err != QF_OK ? r.why : "");
    return r.err;
}

enum qf_err proc_call(const struct proc_user *u, proc_fn fn, void *arg, char ret_why[PROC_WHY])
{
    int ends[2];
    qf_str_fmt(ret_why, PROC_WHY, "no child process");
    if (pipe2(ends, O_CLOEXEC) != 0)
        return QF_EIO;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_child(u, fn, arg, ends[1]);
    }
    close(ends[1]);
    enum qf_err err = pid < 0 ? QF_EIO : read_reply(ends[0], ret_why);
    close(ends[0]);
    if (pid > 0)
        proc_wait(pid);
    return err;
}
