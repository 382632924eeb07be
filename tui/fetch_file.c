/* A file that is there as a whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/str.h"
#include "tui/fetch.h"

#define SOON (4 * 1024 * 1024) /* so many bytes are begun to be written to the disk at once: the end then waits for the last only */

struct fetch_file {
    char path[4096], beside[4096 + 16];
    bool replace;
    int fd;
    int error; /* errno of the first write that failed */
    off_t at, begun;
};

static struct fetch_file *failed(struct fetch_file *f, const char *path, const char *what, char why[QF_WHY_TEXT])
{
    qf_str_fmt(why, QF_WHY_TEXT, "%s: %s", path, what);
    free(f);
    return NULL;
}

struct fetch_file *fetch_file_new(const char *path, bool replace, char why[QF_WHY_TEXT])
{
    struct fetch_file *f = qf_xalloc(sizeof *f);
    struct stat st;
    f->replace = replace;
    if (!qf_str_copy(f->path, sizeof f->path, path) || path[0] == '\0') return failed(f, path, "no name for a file", why);
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) return failed(f, path, "is no plain file", why);
    if (!replace && lstat(path, &st) == 0) return failed(f, path, "is there already; --force replaces it", why);
    qf_str_fmt(f->beside, sizeof f->beside, "%s.part-XXXXXX", path);
    f->fd = mkostemp(f->beside, O_CLOEXEC);
    if (f->fd < 0) return failed(f, path, strerror(errno), why);
    mode_t mask = umask(0); /* mkostemp gives it to its owner only; what is exported is a file like any other */
    (void)umask(mask);
    (void)fchmod(f->fd, 0666 & ~mask);
    return f;
}

bool fetch_file_take(void *file, const void *p, size_t n)
{
    struct fetch_file *f = file;
    const char *from = p;
    while (n > 0) {
        ssize_t w = write(f->fd, from, n);
        if (w < 0 && errno == EINTR) continue;
        if (w < 0) {
            f->error = errno;
            return false;
        }
        from += w;
        n -= (size_t)w;
        f->at += w;
    }
    if (f->at - f->begun >= SOON) {
        (void)sync_file_range(f->fd, f->begun, f->at - f->begun, SYNC_FILE_RANGE_WRITE);
        f->begun = f->at;
    }
    return true;
}

void fetch_file_drop(struct fetch_file *f)
{
    if (!f) return;
    if (f->fd >= 0) (void)close(f->fd);
    (void)unlink(f->beside);
    free(f);
}

/* Without `replace` also when somebody else has made it meanwhile. */
static int give_name(const struct fetch_file *f)
{
    if (f->replace) return rename(f->beside, f->path);
    if (renameat2(AT_FDCWD, f->beside, AT_FDCWD, f->path, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
    return link(f->beside, f->path) == 0 ? unlink(f->beside) : -1; /* a file system that cannot do it in one step */
}

bool fetch_file_keep(struct fetch_file *f, char why[QF_WHY_TEXT])
{
    bool ok = f->error == 0 && fsync(f->fd) == 0;
    ok = close(f->fd) == 0 && ok;
    f->fd = -1;
    ok = ok && give_name(f) == 0;
    if (!ok) qf_str_fmt(why, QF_WHY_TEXT, "%s: %s", f->path, strerror(f->error ? f->error : errno));
    if (ok)
        free(f);
    else
        fetch_file_drop(f);
    return ok;
}
