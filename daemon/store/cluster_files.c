#include "daemon/store/cluster_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "common/str.h"
#include "daemon/store/cluster.h"

#define FILE_MAX (64 * 1024)

static bool join(char out[CLUSTER_PATH], const char *dir, const char *name)
{
    int n = snprintf(out, CLUSTER_PATH, "%s/%s", dir, name);
    return n > 0 && n < CLUSTER_PATH;
}

enum qf_err cluster_paths(const char *dir, const char *socket_dir, const char *bin, struct cluster_paths *ret,
                          char why[PROC_WHY])
{
    bool fits = qf_str_copy(ret->dir, sizeof ret->dir, dir) && join(ret->data, dir, "data") &&
                join(ret->fresh, dir, "data.new") && join(ret->log, dir, "log") &&
                join(ret->start_log, dir, "log/start.log") && qf_str_copy(ret->bin, sizeof ret->bin, bin);
    fits = fits &&
           (socket_dir != NULL ? qf_str_copy(ret->run, sizeof ret->run, socket_dir) : join(ret->run, dir, "run"));
    if (!fits || strlen(ret->run) > CLUSTER_SOCKET_MAX) {
        qf_str_fmt(why, PROC_WHY, "the folder of the socket has %zu bytes, at most %d fit: %s",
                   fits ? strlen(ret->run) : strlen(dir), CLUSTER_SOCKET_MAX, fits ? ret->run : dir);
        return QF_ERANGE;
    }
    if (strchr(ret->run, '\'') != NULL || strchr(ret->run, '\n') != NULL || strchr(ret->run, ',') != NULL ||
        ret->run[0] != '/') {
        qf_str_fmt(why, PROC_WHY, "the folder of the socket must be absolute, without quotes and commas");
        return QF_ERANGE;
    }
    const struct passwd *pw = getpwuid(geteuid());
    qf_str_copy(ret->daemon_user, sizeof ret->daemon_user, pw != NULL ? pw->pw_name : ret->user.name);
    return QF_OK;
}

static enum qf_err failed(char why[PROC_WHY], const char *what, const char *path)
{
    qf_str_fmt(why, PROC_WHY, "%s %s: %s", what, path, strerror(errno));
    return QF_EIO;
}

/* --- folders */
static enum qf_err make_folder(const char *path, char why[PROC_WHY])
{
    struct stat st;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return failed(why, "cannot make", path);
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
        errno = EPERM;
        return failed(why, "not a folder of the database's user:", path);
    }
    return chmod(path, 0700) == 0 ? QF_OK : failed(why, "cannot protect", path);
}

static enum qf_err make_inner(void *arg, char why[PROC_WHY])
{
    const struct cluster_paths *p = arg;
    enum qf_err err = make_folder(p->dir, why);
    if (err == QF_OK)
        err = make_folder(p->log, why);
    return err == QF_OK ? make_folder(p->run, why) : err;
}

/* Root makes the outermost folders and gives them away, because their parents may be root's own. */
static void give_folder(const struct cluster_paths *p, const char *path)
{
    if (p->user.drop && mkdir(path, 0700) == 0 && lchown(path, p->user.uid, p->user.gid) != 0)
        rmdir(path);
}

enum qf_err cluster_make_folders(const struct cluster_paths *p, char why[PROC_WHY])
{
    give_folder(p, p->dir);
    give_folder(p, p->run);
    return proc_call(&p->user, make_inner, (void *)(uintptr_t)p, why);
}

bool cluster_exists(const struct cluster_paths *p)
{
    char path[CLUSTER_PATH];
    return join(path, p->data, "PG_VERSION") && access(path, F_OK) == 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static enum qf_err clear_fresh(void *arg, char why[PROC_WHY])
{
    const struct cluster_paths *p = arg;
    if (nftw(p->fresh, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0 && errno != ENOENT)
        return failed(why, "cannot remove", p->fresh);
    return QF_OK;
}

enum qf_err cluster_clear_fresh(const struct cluster_paths *p, char why[PROC_WHY])
{
    return proc_call(&p->user, clear_fresh, (void *)(uintptr_t)p, why);
}

static enum qf_err take_fresh(void *arg, char why[PROC_WHY])
{
    const struct cluster_paths *p = arg;
    return rename(p->fresh, p->data) == 0 ? QF_OK : failed(why, "cannot rename", p->fresh);
}

enum qf_err cluster_take_fresh(const struct cluster_paths *p, char why[PROC_WHY])
{
    return proc_call(&p->user, take_fresh, (void *)(uintptr_t)p, why);
}

/* --- settings */
static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t k = write(fd, p, n);
        if (k < 0 && errno != EINTR)
            return false;
        if (k > 0) {
            p += k;
            n -= (size_t)k;
        }
    }
    return fsync(fd) == 0;
}

/* Whole or not at all: a crash in between must not leave half a configuration. */
static enum qf_err replace_file(const char *dir, const char *name, const struct qf_buf *text, char why[PROC_WHY])
{
    char path[CLUSTER_PATH], part[CLUSTER_PATH];
    if (!join(path, dir, name) || (size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part)
        return failed(why, "path too long:", dir);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(why, "cannot write", part);
    bool ok = write_all(fd, text->p, text->len);
    ok = close(fd) == 0 && ok;
    return ok && rename(part, path) == 0 ? QF_OK : failed(why, "cannot write", path);
}

static void settings_text(const struct cluster_paths *p, struct qf_buf *b)
{
    qf_buf_fmt(b, "# Written anew by qfd at each start.\n"
                  "cluster_name = 'quantumfond'\n"
                  "listen_addresses = ''\n"
                  "port = 5432\n"
                  "unix_socket_directories = '%s'\n"
                  "unix_socket_permissions = 0700\n"
                  "max_connections = 32\n"
                  "superuser_reserved_connections = 3\n"
                  "shared_buffers = '128MB'\n"
                  "dynamic_shared_memory_type = mmap\n", p->run);
    qf_buf_str(b, "# What was acknowledged stays: never weaken these.\n"
                  "fsync = on\n"
                  "full_page_writes = on\n"
                  "synchronous_commit = on\n"
                  "# A checkpoint in the middle of a busy day is spread out instead of stalling the write lane.\n"
                  "max_wal_size = '2GB'\n"
                  "checkpoint_timeout = '15min'\n"
                  "checkpoint_completion_target = 0.9\n"
                  "jit = off\n"
                  "timezone = 'UTC'\n"
                  "log_timezone = 'UTC'\n"
                  "password_encryption = 'scram-sha-256'\n");
    qf_buf_str(b, "# One file a day of the week, so that the log cannot grow for ever.\n"
                  "logging_collector = on\n"
                  "log_directory = '../log'\n"
                  "log_filename = 'postgresql-%a.log'\n"
                  "log_file_mode = 0600\n"
                  "log_truncate_on_rotation = on\n"
                  "log_rotation_age = '1d'\n"
                  "log_rotation_size = 0\n"
                  "log_line_prefix = '%m [%p] %a '\n"
                  "log_checkpoints = off\n"
                  "log_min_duration_statement = '1s'\n"
                  "log_parameter_max_length = 0\n");
}

static enum qf_err include_settings(const char *data, char why[PROC_WHY])
{
    static const char line[] = "\ninclude 'quantumfond.conf'\n";
    char path[CLUSTER_PATH], text[FILE_MAX];
    if (!join(path, data, "postgresql.conf"))
        return failed(why, "path too long:", data);
    int fd = open(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return failed(why, "cannot open", path);
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    bool ok = n >= 0 && (strstr(text, line) != NULL || write_all(fd, line, sizeof line - 1));
    close(fd);
    return ok ? QF_OK : failed(why, "cannot write", path);
}

/* peer wants the operating system's name and the role to be the same; the map lets the users that may come in act as
 * our roles. */
static void ident_text(const struct cluster_paths *p, struct qf_buf *b)
{
    const char *const users[] = { p->user.name, p->daemon_user, "root" };
    const char *const roles[] = { CLUSTER_ADMIN, CLUSTER_OWNER, CLUSTER_DAEMON };
    qf_buf_str(b, "# map  system user  role\n");
    for (size_t u = 0; u < QF_LEN(users); u++)
        for (size_t r = 0; r < QF_LEN(roles); r++)
            qf_buf_fmt(b, "quantumfond \"%s\" %s\n", users[u], roles[r]);
}

struct settings_job {
    const struct cluster_paths *p;
    const char *data;
};

static enum qf_err write_settings(void *arg, char why[PROC_WHY])
{
    const struct settings_job *job = arg;
    struct qf_buf b;
    qf_buf_init(&b, FILE_MAX);
    settings_text(job->p, &b);
    enum qf_err err = replace_file(job->data, "quantumfond.conf", &b, why);
    qf_buf_clear(&b);
    ident_text(job->p, &b);
    if (err == QF_OK)
        err = replace_file(job->data, "pg_ident.conf", &b, why);
    qf_buf_clear(&b);
    qf_buf_str(&b, "local all all peer map=quantumfond\n");
    if (err == QF_OK)
        err = replace_file(job->data, "pg_hba.conf", &b, why);
    qf_buf_release(&b);
    return err == QF_OK ? include_settings(job->data, why) : err;
}

enum qf_err cluster_write_settings(const struct cluster_paths *p, const char *data, char why[PROC_WHY])
{
    struct settings_job job = { .p = p, .data = data };
    return proc_call(&p->user, write_settings, &job, why);
}

/* --- postmaster.pid: pid, data folder, start time, port, socket folder, address, shared memory, status; a line each */
static enum qf_err read_file(const char *path, char *out, size_t cap)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return QF_ENOENT;
    ssize_t n = read(fd, out, cap - 1);
    close(fd);
    if (n < 0)
        return QF_EIO;
    out[n] = '\0';
    return QF_OK;
}

static void line_of(const char *text, int number, char *out, size_t cap)
{
    for (int i = 1; i < number && text != NULL; i++) {
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
    size_t n = text != NULL ? strcspn(text, "\n") : 0;
    while (n > 0 && text[n - 1] == ' ')
        n--;
    qf_str_copyn(out, cap, text != NULL ? text : "", n);
}

enum qf_err cluster_read_pid(const struct cluster_paths *p, struct cluster_pid_file *ret)
{
    char path[CLUSTER_PATH], text[4096], word[32];
    if (!join(path, p->data, "postmaster.pid") || read_file(path, text, sizeof text) != QF_OK)
        return QF_ENOENT;
    line_of(text, 1, word, sizeof word);
    long pid = strtol(word, NULL, 10);
    if (pid <= 1 || pid > 1 << 22) /* the largest pid Linux gives; negative: a single-user server */
        return QF_ENOENT;
    struct cluster_pid_file f = { .pid = (int)pid };
    line_of(text, 5, f.socket_dir, sizeof f.socket_dir);
    line_of(text, 8, word, sizeof word);
    f.ready = qf_str_eq(word, "ready");
    *ret = f;
    return QF_OK;
}

/* The state letter stands behind the name, which is in brackets and may itself hold brackets. */
static bool is_alive(int pid)
{
    char path[64], text[512];
    qf_str_fmt(path, sizeof path, "/proc/%d/stat", pid);
    if (read_file(path, text, sizeof text) != QF_OK)
        return false;
    const char *end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' && end[2] != 'Z' && end[2] != 'X';
}

bool cluster_is_server(const struct cluster_paths *p, int pid)
{
    char path[64];
    struct stat ours, its;
    if (!is_alive(pid))
        return false;
    qf_str_fmt(path, sizeof path, "/proc/%d/cwd", pid); /* a server works inside its data folder */
    return stat(p->data, &ours) == 0 && stat(path, &its) == 0 && ours.st_ino == its.st_ino && ours.st_dev == its.st_dev;
}

/* The lock beside the socket repeats pid and data folder of postmaster.pid; one of another cluster's stays. */
static bool lock_is_ours(const struct cluster_paths *p, const char *path)
{
    char text[4096], data[CLUSTER_PATH];
    if (read_file(path, text, sizeof text) != QF_OK)
        return false;
    line_of(text, 2, data, sizeof data);
    return qf_str_eq(data, p->data);
}

static enum qf_err drop_pid(void *arg, char why[PROC_WHY])
{
    const struct cluster_paths *p = arg;
    char path[CLUSTER_PATH];
    if (!join(path, p->run, ".s.PGSQL.5432.lock"))
        return QF_ERANGE;
    if (lock_is_ours(p, path) && unlink(path) != 0)
        return failed(why, "cannot remove", path);
    if (!join(path, p->data, "postmaster.pid"))
        return QF_ERANGE;
    return unlink(path) == 0 || errno == ENOENT ? QF_OK : failed(why, "cannot remove", path);
}

enum qf_err cluster_drop_pid(const struct cluster_paths *p, char why[PROC_WHY])
{
    return proc_call(&p->user, drop_pid, (void *)(uintptr_t)p, why);
}

/* --- last words */
static size_t read_tail(const char *path, char *out, size_t cap)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    off_t from = size > (off_t)cap - 1 ? size - (off_t)cap + 1 : 0;
    ssize_t n = size > 0 ? pread(fd, out, cap - 1, from) : 0;
    if (fd >= 0)
        close(fd);
    while (n > 0 && (out[n - 1] == '\n' || out[n - 1] == ' '))
        n--;
    out[n > 0 ? n : 0] = '\0';
    return n > 0 ? (size_t)n : 0;
}

/* Today's file of the server's own log (log_filename in settings_text). */
static bool todays_log(const struct cluster_paths *p, char out[CLUSTER_PATH])
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    struct qf_civil now;
    char name[32];
    qf_time_civil(qf_now_wall(), &now);
    qf_str_fmt(name, sizeof name, "postgresql-%s.log", days[now.weekday]);
    return join(out, p->log, name);
}

void cluster_last_words(const struct cluster_paths *p, char *out, size_t cap)
{
    char text[4096], path[CLUSTER_PATH];
    const char *words = NULL;
    if (todays_log(p, path) && read_tail(path, text, sizeof text) > 0)
        for (const char *at = strstr(text, "FATAL:"); at != NULL; at = strstr(at + 1, "FATAL:"))
            words = at;
    if (words == NULL && read_tail(p->start_log, text, sizeof text) > 0) {
        words = strrchr(text, '\n');
        words = words != NULL ? words + 1 : text;
    }
    qf_str_copyn(out, cap, words != NULL ? words : "", words != NULL ? strcspn(words, "\n") : 0);
}
