#include "daemon/server/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/proto/wire.h"
#include "common/str.h"
#include "daemon/server/digest.h"

#define SUM_HEX 16
#define LINE_MAX_BYTES 2048 /* a state with its longest reason, escaped */
#define FILE_MAX_BYTES ((size_t)JOURNAL_LINES * 512)
#define QUEUE_MAX_BYTES (64u * 1024 * 1024)

/* --- a line */

static void sum_of(const char *p, size_t n, char ret[SUM_HEX + 1])
{
    unsigned char out[DIGEST_BYTES];
    digest_of(p, n, out);
    digest_hex(out, SUM_HEX / 2, ret);
}

static void line_add(struct qf_buf *out, const char *record, size_t n)
{
    char sum[SUM_HEX + 1];
    sum_of(record, n, sum);
    qf_buf_add(out, sum, SUM_HEX);
    qf_buf_char(out, ' ');
    qf_buf_add(out, record, n);
    qf_buf_char(out, '\n');
}

static void line_state(struct qf_buf *out, const struct qf_trading_state *row)
{
    struct qf_trading_state image = *row;
    qf_rec_fill(&qf_rec_trading_state, &image);
    struct qf_buf b;
    qf_buf_init(&b, LINE_MAX_BYTES);
    qf_buf_str(&b, "S ");
    qf_wire_encode(&b, &qf_rec_trading_state, &image, false);
    qf_assert(!b.failed);
    line_add(out, b.p, b.len);
    qf_buf_release(&b);
}

static bool take_state(const char *p, size_t n, const struct journal_reader *reader)
{
    struct qf_json json;
    struct qf_trading_state row;
    struct qf_wire_error error;
    struct qf_arena arena;
    qf_arena_init(&arena, LINE_MAX_BYTES);
    qf_json_begin(&json, p, n);
    bool ok = qf_wire_decode(&json, &qf_rec_trading_state, QF_WIRE_STRICT, &row, &arena, &error) == QF_OK;
    qf_arena_release(&arena);
    if (ok)
        reader->state(reader->arg, &row);
    return ok;
}

static bool take_cancel(const char *p, size_t n, const struct journal_reader *reader)
{
    struct qf_json json;
    int64_t order;
    qf_json_begin(&json, p, n);
    if (qf_json_i64(&json, &order) != QF_OK || qf_json_finish(&json) != QF_OK || order < 1)
        return false;
    reader->cancel(reader->arg, order);
    return true;
}

static bool take_line(const char *p, size_t n, const struct journal_reader *reader)
{
    char sum[SUM_HEX + 1];
    if (n < SUM_HEX + 4 || n > LINE_MAX_BYTES || p[SUM_HEX] != ' ' || p[SUM_HEX + 2] != ' ')
        return false;
    sum_of(p + SUM_HEX + 1, n - SUM_HEX - 1, sum);
    if (memcmp(sum, p, SUM_HEX) != 0)
        return false;
    const char *record = p + SUM_HEX + 3;
    size_t size = n - SUM_HEX - 3;
    switch (p[SUM_HEX + 1]) {
    case 'S': return take_state(record, size, reader);
    case 'C': return take_cancel(record, size, reader);
    default: return false;
    }
}

/* --- the file as a whole */

static enum qf_err slurp(int fd, struct qf_buf *b)
{
    for (;;) {
        char *room = qf_buf_room(b, 65536);
        if (!room)
            return QF_EFULL;
        ssize_t n = read(fd, room, 65536);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return QF_EIO;
        if (n == 0)
            return QF_OK;
        b->len += (size_t)n;
    }
}

static void take_lines(const struct qf_buf *b, const struct journal_reader *reader, bool *ret_cut)
{
    size_t at = 0;
    while (at < b->len) {
        const char *p = b->p + at, *end = memchr(p, '\n', b->len - at);
        if (!end || !take_line(p, (size_t)(end - p), reader))
            break;
        at += (size_t)(end - p) + 1;
    }
    if (ret_cut)
        *ret_cut = at < b->len;
}

enum qf_err journal_read(const char *path, const struct journal_reader *reader, bool *ret_cut)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT)
        return QF_EIO;
    struct qf_buf b;
    qf_buf_init(&b, FILE_MAX_BYTES);
    enum qf_err err = fd < 0 ? QF_OK : slurp(fd, &b);
    if (fd >= 0)
        close(fd);
    if (err == QF_OK)
        take_lines(&b, reader, ret_cut);
    qf_buf_release(&b);
    return err;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return false;
        p += w;
        n -= (size_t)w;
    }
    return true;
}

/* A renamed file is safe only when its folder is on the disk too. */
static bool sync_folder(const char *path)
{
    char folder[256];
    const char *slash = strrchr(path, '/');
    if (!slash || !qf_str_copyn(folder, sizeof folder, path, slash == path ? 1 : (size_t)(slash - path)))
        return false;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

enum qf_err journal_rewrite(const char *path, const struct qf_trading_state *states, size_t n)
{
    char beside[264];
    qf_str_fmt(beside, sizeof beside, "%s.new", path);
    struct qf_buf b;
    qf_buf_init(&b, FILE_MAX_BYTES);
    for (size_t i = 0; i < n; i++)
        line_state(&b, &states[i]);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && !b.failed && write_all(fd, b.p, b.len) && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    qf_buf_release(&b);
    return ok && rename(beside, path) == 0 && sync_folder(path) ? QF_OK : QF_EIO;
}

/* --- appending */

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
    struct worker *worker;
    struct load next;    /* gathers */
    struct load running; /* with the worker */
    bool busy, ok;
};

static void load_init(struct load *l)
{
    qf_buf_init(&l->lines, QUEUE_MAX_BYTES);
    l->first = NULL;
    l->last = &l->first;
}

struct journal *journal_open(const char *path, struct worker *worker)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return NULL;
    struct journal *j = qf_xalloc(sizeof *j);
    j->fd = fd;
    j->worker = worker;
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
    free(j);
}

static void start(struct journal *j);

/* On a worker's thread: touches fd, running.lines and ok, which the loop leaves alone while busy. */
static void run(void *job)
{
    struct journal *j = job;
    j->ok = !j->running.lines.failed && write_all(j->fd, j->running.lines.p, j->running.lines.len) && fdatasync(j->fd) == 0;
}

static void finished(void *job)
{
    struct journal *j = job;
    bool ok = j->ok;
    struct waiting *w = j->running.first;
    qf_buf_clear(&j->running.lines);
    j->running.first = NULL;
    j->running.last = &j->running.first;
    j->busy = false;
    while (w) {
        struct waiting *next = w->next;
        w->done(w->arg, ok);
        free(w);
        w = next;
    }
    start(j);
}

static void start(struct journal *j)
{
    if (j->busy || !j->next.first)
        return;
    struct load swap = j->running;
    j->running = j->next; /* not empty: its last points at the end of its list, not into j */
    j->next = swap;
    j->next.last = &j->next.first;
    j->busy = true;
    if (worker_add(j->worker, run, finished, j) != QF_OK) { /* no thread is free for it: the stop matters more than 40 us */
        run(j);
        finished(j);
    }
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
    line_state(&j->next.lines, row);
    append(j, done, arg);
}

void journal_cancel(struct journal *j, int64_t order, journal_done_fn done, void *arg)
{
    char record[32];
    size_t n = qf_str_fmt(record, sizeof record, "C %" PRId64, order);
    line_add(&j->next.lines, record, n);
    append(j, done, arg);
}
