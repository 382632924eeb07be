#include "tui/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"
#include "tui/app_in.h"
#include "tui/fetch.h"

struct tui_transfer {
    struct tui_app *app;
    struct tui_transfer_status s;
    struct fetch *fetch;
    struct fetch_file *file; /* NULL when it is kept or dropped */
    uint64_t line;           /* of the own commands */
};

const struct tui_transfer_status *tui_transfer_status(const struct tui_transfer *t)
{
    return &t->s;
}

static void drop_file(struct tui_transfer *t)
{
    fetch_file_drop(t->file);
    t->file = NULL;
}

static void fail(struct tui_transfer *t, const char *why)
{
    t->s.state = TUI_TRANSFER_FAILED;
    qf_str_copy(t->s.why, sizeof t->s.why, why);
    drop_file(t);
    tui_app_say(t->app, TUI_WARN, "%s: %s; no file was kept", t->s.title, why);
}

static void finish(struct tui_transfer *t)
{
    char why[QF_WHY_TEXT], size[TUI_FMT];
    struct fetch_file *file = t->file;
    t->file = NULL;
    if (!fetch_file_keep(file, why)) {
        fail(t, why);
        return;
    }
    t->s.state = TUI_TRANSFER_DONE;
    tui_fmt_bytes(size, t->s.bytes);
    tui_app_say(t->app, TUI_TEXT, "%s is in %s, %s", t->s.title, t->s.path, size);
}

static void refused(struct tui_transfer *t, const struct fetch_status *f)
{
    char why[160];
    qf_str_fmt(why, sizeof why, "%s%s%s", f->reason, f->reason[0] ? ", " : "", qf_refusal_text(&f->refusal));
    fail(t, why);
}

static void set_outcome(struct tui_transfer *t, enum fetch_state state, const char *reason)
{
    static const char *const words[] = {[FETCH_RUNS] = "under way",    [FETCH_DONE] = "done",
                                        [FETCH_REFUSED] = "refused",   [FETCH_LOST] = "no answer",
                                        [FETCH_CANCELLED] = "cancelled", [FETCH_STOPPED] = "stopped"};
    tui_own_outcome(t->app, t->line, state == FETCH_DONE ? TUI_UP : state == FETCH_RUNS ? TUI_DIM : TUI_WARN,
                    reason[0] ? reason : words[state]);
}

static void on_moved(void *arg)
{
    struct tui_transfer *t = arg;
    const struct fetch_status *f = fetch_status(t->fetch);
    if (f->started && f->job.title[0])
        qf_str_copy(t->s.title, sizeof t->s.title, f->job.title);
    t->s.bytes = f->bytes;
    tui_app_touch(t->app);
    if (t->s.state != TUI_TRANSFER_RUNS)
        return;
    set_outcome(t, f->state, f->reason);
    if (f->state == FETCH_DONE)
        finish(t);
    else if (f->state == FETCH_REFUSED)
        refused(t, f);
    else if (f->state == FETCH_LOST)
        fail(t, "the link went");
    else if (f->state == FETCH_STOPPED)
        fail(t, "the file cannot take it");
}

/* How far the daemon is, from the topic of jobs. */
void tui_transfer_tick(struct tui_transfer *t)
{
    if (!t || t->s.state != TUI_TRANSFER_RUNS)
        return;
    struct qf_job key = {.id = fetch_status(t->fetch)->job.id};
    const struct qf_job *job = key.id ? tui_cache_find(tui_app_cache(t->app), QF_TOPIC_jobs, &key) : NULL;
    if (!job)
        return;
    t->s.done = job->done;
    t->s.total = QF_HAS(job, job, total) ? job->total : 0;
}

void tui_transfer_cancel(struct tui_transfer *t)
{
    if (t->s.state != TUI_TRANSFER_RUNS)
        return;
    t->s.state = TUI_TRANSFER_CANCELLED;
    drop_file(t);
    set_outcome(t, FETCH_CANCELLED, "");
    tui_app_say(t->app, TUI_TEXT, "%s: cancelled, no file was kept", t->s.title);
    fetch_cancel(t->fetch);
}

/* Bytes that come after a cancel go nowhere. */
static bool take(void *arg, const void *p, size_t n)
{
    struct tui_transfer *t = arg;
    return t->file && fetch_file_take(t->file, p, n);
}

struct tui_transfer *tui_transfer_new(struct tui_app *app, enum qf_cmd_id cmd, const void *req, const char *path,
                                      char *ret_why, size_t cap)
{
    char why[QF_WHY_TEXT];
    struct fetch_file *file = fetch_file_new(path, false, why);
    if (!file) {
        qf_str_copyn(ret_why, cap, why, strcspn(why, ";")); /* what follows is advice for the command line */
        return NULL;
    }
    struct tui_transfer *t = qf_xalloc(sizeof *t);
    memset(t, 0, sizeof *t);
    t->app = app;
    t->file = file;
    t->line = tui_own_note(app, cmd, req);
    t->s.began = tui_app_now(app);
    qf_str_copy(t->s.path, sizeof t->s.path, path);
    qf_str_copy(t->s.title, sizeof t->s.title, cmd == QF_CMD_report_make ? "report" : "export");
    struct fetch_conf conf = {
        .link = app->o.link, .start = cmd, .req = req, .take = take, .moved = on_moved, .arg = t};
    t->fetch = fetch_new(&conf);
    if (fetch_status(t->fetch)->state != FETCH_RUNS)
        on_moved(t);
    return t;
}

void tui_transfer_free(struct tui_transfer *t)
{
    if (!t)
        return;
    if (t->s.state == TUI_TRANSFER_RUNS)
        fetch_cancel(t->fetch); /* sent at once; its answer is not waited for */
    t->s.state = TUI_TRANSFER_CANCELLED;
    fetch_free(t->fetch);
    drop_file(t);
    free(t);
}
