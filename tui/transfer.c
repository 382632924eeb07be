#include "tui/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"

#define AGAIN (300 * QF_MS) /* a job that has nothing yet is asked again after this */

struct tui_transfer {
    struct tui_app *app;
    struct tui_transfer_status s;
    int fd;
    int64_t job, call;
    qf_time again; /* our wall time of the next question; 0 = an answer is awaited */
};

const struct tui_transfer_status *tui_transfer_status(const struct tui_transfer *t)
{
    return &t->s;
}

/* --- the end of it */

static void close_file(struct tui_transfer *t, bool whole)
{
    bool good = t->fd < 0 || close(t->fd) == 0;
    if (t->fd >= 0 && (!whole || !good))
        (void)unlink(t->s.path);
    t->fd = -1;
    if (whole && !good) {
        t->s.state = TUI_TRANSFER_FAILED;
        qf_str_fmt(t->s.why, sizeof t->s.why, "%s: %s", t->s.path, strerror(errno));
    }
}

static void fail(struct tui_transfer *t, const char *why)
{
    if (t->s.state != TUI_TRANSFER_RUNS)
        return;
    t->s.state = TUI_TRANSFER_FAILED;
    t->again = 0;
    qf_str_copy(t->s.why, sizeof t->s.why, why);
    close_file(t, false);
    tui_app_say(t->app, TUI_WARN, "%s: %s; no file was kept", t->s.title, why);
}

static void finish(struct tui_transfer *t)
{
    t->s.state = TUI_TRANSFER_DONE;
    t->again = 0;
    if (fsync(t->fd) != 0 && errno != EINVAL) { /* a pipe or device cannot be synced and need not be */
        t->s.state = TUI_TRANSFER_RUNS;
        fail(t, strerror(errno));
        return;
    }
    close_file(t, true);
    char size[TUI_FMT];
    tui_fmt_bytes(size, t->s.bytes);
    if (t->s.state == TUI_TRANSFER_DONE)
        tui_app_say(t->app, TUI_TEXT, "%s is in %s, %s", t->s.title, t->s.path, size);
}

/* --- pieces */

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *p = c ? strchr(digits, c) : NULL;
    return p ? (int)(p - digits) : -1;
}

/* Bytes of base64 text; -1 when it is none. out has room for n * 3 / 4 + 3. */
static ssize_t from_base64(const char *p, size_t n, char *out)
{
    uint32_t bits = 0;
    size_t have = 0, done = 0;
    for (size_t i = 0; i < n && p[i] != '='; i++) {
        int v = base64_value(p[i]);
        if (v < 0)
            return -1;
        bits = bits << 6 | (uint32_t)v;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        out[done++] = (char)(bits >> have & 0xff);
    }
    return (ssize_t)done;
}

static bool write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* False: the piece is not what it says, or the disk is full; the transfer has then failed. */
static bool take_piece(struct tui_transfer *t, const struct qf_job_piece *piece)
{
    char *bytes = qf_xalloc((size_t)piece->data.n * 3 / 4 + 3);
    ssize_t n = piece->base64 ? from_base64(piece->data.p, piece->data.n, bytes) : (ssize_t)piece->data.n;
    bool fits = n >= 0 && n == piece->size && piece->offset == t->s.bytes;
    bool good = fits && write_all(t->fd, piece->base64 ? bytes : piece->data.p, (size_t)n);
    int error = errno;
    free(bytes);
    if (good)
        t->s.bytes += n;
    else
        fail(t, fits ? strerror(error) : "a piece came that does not fit the one before it");
    return good;
}

static void ask(struct tui_transfer *t);

static void on_piece(void *arg, const struct tui_answer *answer)
{
    struct tui_transfer *t = arg;
    t->call = 0;
    tui_app_touch(t->app);
    if (answer->kind == TUI_ANSWER_LOST) { /* the piece can be asked for again: the next tick does */
        t->again = tui_app_now(t->app) + QF_SEC;
        return;
    }
    if (answer->kind == TUI_ANSWER_REFUSED) {
        fail(t, qf_refusal_text(answer->refusal));
        return;
    }
    const struct qf_job_piece *piece = answer->rep;
    if (!take_piece(t, piece))
        return;
    if (piece->end)
        finish(t);
    else if (piece->size)
        ask(t);
    else
        t->again = tui_app_now(t->app) + AGAIN;
}

static void ask(struct tui_transfer *t)
{
    struct qf_job_read q;
    memset(&q, 0, sizeof q);
    q.id = t->job;
    q.offset = t->s.bytes;
    qf_rec_fill(&qf_rec_job_read, &q);
    t->again = 0;
    if (tui_app_status(t->app)->state == TUI_LINK_READY)
        t->call = tui_app_call(t->app, QF_CMD_job_read, &q, on_piece, t);
    if (!t->call)
        t->again = tui_app_now(t->app) + QF_SEC;
}

/* --- start, progress, end */

static void on_started(void *arg, const struct tui_answer *answer)
{
    struct tui_transfer *t = arg;
    t->call = 0;
    tui_app_touch(t->app);
    if (answer->kind == TUI_ANSWER_LOST) {
        fail(t, "no answer, the link went");
        return;
    }
    if (answer->kind == TUI_ANSWER_REFUSED) {
        char why[160];
        qf_str_fmt(why, sizeof why, "%s, %s", answer->reason, qf_refusal_text(answer->refusal));
        fail(t, why);
        return;
    }
    const struct qf_job *job = answer->rep;
    t->job = job->id;
    qf_str_copy(t->s.title, sizeof t->s.title, job->title[0] ? job->title : job->kind);
    ask(t);
}

/* How far the daemon is, from the topic of jobs. */
static void look_at_job(struct tui_transfer *t)
{
    struct qf_job key = {.id = t->job};
    const struct qf_job *job = tui_cache_find(tui_app_cache(t->app), QF_TOPIC_jobs, &key);
    if (!job)
        return;
    t->s.done = job->done;
    t->s.total = QF_HAS(job, job, total) ? job->total : 0;
}

void tui_transfer_tick(struct tui_transfer *t)
{
    if (!t || t->s.state != TUI_TRANSFER_RUNS)
        return;
    if (t->job)
        look_at_job(t);
    if (t->job && !t->call && t->again && tui_app_now(t->app) >= t->again)
        ask(t);
}

static void on_cancelled(void *arg, const struct tui_answer *answer)
{
    (void)tui_app_refused(arg, "cancel", answer);
}

static void cancel_job(const struct tui_transfer *t)
{
    struct qf_job_id id;
    memset(&id, 0, sizeof id);
    id.id = t->job;
    tui_app_ref(id.client_ref);
    qf_rec_fill(&qf_rec_job_id, &id);
    QF_SET(&id, job_id, client_ref);
    if (t->job && tui_app_status(t->app)->state == TUI_LINK_READY)
        (void)tui_app_call(t->app, QF_CMD_job_cancel, &id, on_cancelled, t->app);
}

void tui_transfer_cancel(struct tui_transfer *t)
{
    if (t->s.state != TUI_TRANSFER_RUNS)
        return;
    tui_app_forget(t->app, t->call);
    t->call = t->again = 0;
    t->s.state = TUI_TRANSFER_CANCELLED;
    close_file(t, false);
    cancel_job(t);
    tui_app_say(t->app, TUI_TEXT, "%s: cancelled, no file was kept", t->s.title);
}

struct tui_transfer *tui_transfer_new(struct tui_app *app, enum qf_cmd_id cmd, const void *req, const char *path,
                                      char *ret_why, size_t cap)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0) {
        qf_str_fmt(ret_why, cap, "%s: %s", path, errno == EEXIST ? "there is such a file already" : strerror(errno));
        return NULL;
    }
    struct tui_transfer *t = qf_xalloc(sizeof *t);
    memset(t, 0, sizeof *t);
    t->app = app;
    t->fd = fd;
    t->s.began = tui_app_now(app);
    qf_str_copy(t->s.path, sizeof t->s.path, path);
    qf_str_copy(t->s.title, sizeof t->s.title, cmd == QF_CMD_report_make ? "report" : "export");
    t->call = tui_app_call(app, cmd, req, on_started, t);
    if (!t->call)
        fail(t, "the link is lost");
    return t;
}

void tui_transfer_free(struct tui_transfer *t)
{
    if (!t)
        return;
    tui_app_forget(t->app, t->call);
    if (t->s.state == TUI_TRANSFER_RUNS) {
        close_file(t, false);
        cancel_job(t);
    }
    free(t);
}
