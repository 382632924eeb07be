/* Appending to the journal: lines gather while others are being written. */
#include "daemon/server/journal_inside.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/str.h"

#define QUEUE_MAX_BYTES (64u * 1024 * 1024)

struct waiting {
    struct waiting *next;
    journal_done_fn done;
    void *arg;
};
struct load { /* lines and who waits for them */
    struct qf_buf lines;
    struct waiting *first, **last;
};

struct journal {
    int fd;
    char path[256];
    struct worker *worker;
    struct load next;    /* gathers */
    struct load running; /* with the worker */
    struct qf_buf fresh; /* what is to stand in the place of everything written so far */
    bool renew;          /* fresh waits */
    bool busy, ok;
    bool anew;           /* the worker writes fresh, not running */
    bool failed;         /* lines are missing in the file */
    bool full;           /* its disk has no room for a line */
    bool torn;           /* there may be half a line behind `good` */
    off_t good;          /* bytes of whole lines */
};

static void load_init(struct load *l)
{
    qf_buf_init(&l->lines, QUEUE_MAX_BYTES);
    l->first = NULL;
    l->last = &l->first;
}

struct journal *journal_open(const char *path, struct worker *worker)
{
    off_t good;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return NULL;
    if (!journal_cut_tail(fd, &good)) {
        close(fd);
        return NULL;
    }
    struct journal *j = qf_xalloc(sizeof *j);
    bool fits = qf_str_copy(j->path, sizeof j->path, path);
    qf_assert(fits);
    j->fd = fd;
    j->good = good;
    j->worker = worker;
    qf_buf_init(&j->fresh, JOURNAL_FILE_MAX);
    load_init(&j->next);
    load_init(&j->running);
    return j;
}

static void load_drop(struct load *l)
{
    for (struct waiting *w = l->first, *next; w; w = next) {
        next = w->next;
        free(w);
    }
    qf_buf_release(&l->lines);
}

void journal_close(struct journal *j)
{
    if (!j)
        return;
    close(j->fd);
    load_drop(&j->next);
    load_drop(&j->running);
    qf_buf_release(&j->fresh);
    free(j);
}

bool journal_failed(const struct journal *j)
{
    return j->failed || j->full;
}

bool journal_wants_new(const struct journal *j)
{
    return (j->failed || j->good > JOURNAL_GROWN_BYTES) && !j->anew && !j->renew;
}

static void start(struct journal *j);

/* Half a line must not swallow the next one: it is cut off, and where that cannot be done the next line begins on a line of its own. */
static bool write_lines(struct journal *j)
{
    const struct qf_buf *b = &j->running.lines;
    struct stat st;
    if (j->torn && ftruncate(j->fd, j->good) == 0)
        j->torn = false;
    if (b->failed || (j->torn && !journal_write_all(j->fd, "\n", 1)) || !journal_write_all(j->fd, b->p, b->len) || fdatasync(j->fd) != 0 ||
        fstat(j->fd, &st) != 0) {
        j->torn = ftruncate(j->fd, j->good) != 0;
        return false;
    }
    j->good = st.st_size;
    j->torn = false;
    return true;
}

static bool write_fresh(struct journal *j)
{
    bool ok;
    int fd = journal_write_anew(j->path, &j->fresh, &ok);
    if (fd < 0)
        return false;
    close(j->fd);
    j->fd = fd;
    j->good = (off_t)j->fresh.len;
    j->torn = false;
    return ok;
}

/* On a worker's thread: touches the file, what is to be written, and ok, which the loop leaves alone while busy. */
static void run(void *job)
{
    struct journal *j = job;
    j->ok = j->anew ? write_fresh(j) : write_lines(j);
}

static void tell(struct load *l, bool ok)
{
    struct waiting *w = l->first;
    qf_buf_clear(&l->lines);
    l->first = NULL;
    l->last = &l->first;
    for (struct waiting *next; w; w = next) {
        next = w->next;
        w->done(w->arg, ok);
        free(w);
    }
}

static void finished(void *job)
{
    struct journal *j = job;
    j->busy = false;
    if (j->anew) {
        qf_buf_clear(&j->fresh);
        j->anew = false;
        j->failed = !j->ok;
    } else {
        j->failed = j->failed || !j->ok;
        tell(&j->running, j->ok);
    }
    start(j);
}

static void start(struct journal *j)
{
    if (j->busy || (!j->next.first && !j->renew))
        return;
    j->busy = true;
    j->anew = j->renew; /* first: the lines that gather were said after it */
    j->renew = false;
    if (!j->anew) {
        struct load swap = j->running;
        j->running = j->next; /* not empty: its last points at the end of its list, not into j */
        j->next = swap;
        j->next.last = &j->next.first;
    }
    if (worker_add(j->worker, run, finished, j) != QF_OK) { /* no thread is free for it: the stop matters more than 40 us */
        run(j);
        finished(j);
    }
}

void journal_renew(struct journal *j, const struct journal_rows *rows)
{
    if (j->anew || j->renew)
        return;
    journal_lines(&j->fresh, rows);
    j->renew = true;
    start(j);
}

static void append(struct journal *j, journal_done_fn done, void *arg)
{
    struct waiting *w = qf_xalloc(sizeof *w);
    w->done = done;
    w->arg = arg;
    *j->next.last = w;
    j->next.last = &w->next;
    start(j);
}

void journal_state(struct journal *j, const struct qf_trading_state *row, journal_done_fn done, void *arg)
{
    journal_line_state(&j->next.lines, row);
    append(j, done, arg);
}

void journal_cancel(struct journal *j, int64_t order, journal_done_fn done, void *arg)
{
    journal_line_cancel(&j->next.lines, order);
    append(j, done, arg);
}

void journal_trip(struct journal *j, const struct qf_breaker *row, journal_done_fn done, void *arg)
{
    journal_line_trip(&j->next.lines, row);
    append(j, done, arg);
}

/* --- looking after it */

static bool in_place(const struct journal *j)
{
    struct stat open_one, named;
    return fstat(j->fd, &open_one) == 0 && stat(j->path, &named) == 0 && open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

/* A file system that counts no blocks says nothing about room. */
static bool has_room(const struct journal *j)
{
    struct statvfs fs;
    if (fstatvfs(j->fd, &fs) != 0)
        return false;
    return (fs.f_flag & ST_RDONLY) == 0 && (fs.f_blocks == 0 || (geteuid() == 0 ? fs.f_bfree : fs.f_bavail) > 0);
}

void journal_look(struct journal *j)
{
    if (j->busy)
        return; /* its answer is on the way, and the file may be another one by then */
    j->failed = j->failed || !in_place(j);
    j->full = !has_room(j);
}
