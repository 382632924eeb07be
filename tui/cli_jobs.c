/* `qf export WHAT` and `qf report KIND`: the desk makes a file, and it goes to standard output or, complete or not at all, to a file. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/str.h"
#include "tui/cli.h"
#include "tui/fetch.h"

#define BAR 24
#define DRAW_NS 100000000LL /* the line of progress is drawn anew so often at most */

/* Where the bytes go and what is said meanwhile. */
struct out {
    struct cli *cli;
    struct fetch *fetch;
    const char *path;        /* NULL = standard output */
    bool force;
    struct fetch_file *file;
    bool clean;              /* standard output is a terminal: nothing in it may steer it */
    bool progress;           /* standard error is one, and the bytes do not go there too */
    bool drawn;
    int64_t began, drawn_ns;
    const char *unit;        /* "rows" */
    char what[24];           /* "export 48113" */
};

static volatile sig_atomic_t interrupted;
/* It may come between looking and writing, and the write then stands for ever: an alarm a second breaks it off. */
static void on_interrupt(int signo)
{
    if (signo != SIGALRM) interrupted = interrupted + 1;
    (void)alarm(1);
}

/* --- words: ours first, the rest are the request's */

/* Takes -o FILE, --output FILE, --force out of the words; the others move up. -1: wrong use. */
static int take_output(struct out *o, int argc, char **argv)
{
    int n = 0;
    for (int i = 0; i < argc; i++) {
        if (qf_str_eq(argv[i], "--force")) {
            o->force = true;
        } else if (qf_str_eq(argv[i], "-o") || qf_str_eq(argv[i], "--output")) {
            if (++i == argc) {
                cli_say("%s needs the name of a file", argv[i - 1]);
                return -1;
            }
            o->path = argv[i];
        } else if (strncmp(argv[i], "--output=", 9) == 0) {
            o->path = argv[i] + 9;
        } else {
            argv[n++] = argv[i];
        }
    }
    if (o->path && qf_str_eq(o->path, "-")) o->path = NULL;
    if (o->force && !o->path) cli_say("--force says that a file may be replaced: there is none without -o FILE");
    return o->force && !o->path ? -1 : n;
}

/* --csv and --ndjson mean the same as --format. */
static int export_format(struct cli *cli, struct qf_export_start *req)
{
    const bool given = QF_HAS(req, export_start, format);
    if (cli->formats == 0) return CLI_DONE;
    if (given || (cli->format != CLI_CSV && cli->format != CLI_NDJSON)) {
        cli_say("an export is made as csv or as ndjson");
        return CLI_USAGE;
    }
    req->format = cli->format == CLI_CSV ? QF_FORMAT_CSV : QF_FORMAT_NDJSON;
    QF_SET(req, export_start, format);
    return CLI_DONE;
}

/* --- where it goes */

static bool write_out(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(STDOUT_FILENO, p, n);
        if (w < 0 || interrupted) return false; /* nobody reads any more, or Ctrl-C while he did not read */
        p += w;
        n -= (size_t)w;
    }
    return true;
}

/* Stored text was typed by others: on a terminal its controls are shown as question marks. Line ends and tabs are layout. */
static bool write_clean(struct out *o, const char *p, size_t n)
{
    struct qf_buf *b = &o->cli->out;
    qf_buf_clear(b);
    for (size_t i = 0, k; i < n; i += k) {
        uint32_t cp = 0;
        k = qf_utf8_next(p + i, n - i, &cp);
        bool layout = k == 1 && (cp == '\n' || cp == '\t' || (cp == '\r' && i + 1 < n && p[i + 1] == '\n'));
        if (k > 0 && (layout || !qf_cp_forbidden(cp)))
            qf_buf_add(b, p + i, k);
        else
            qf_buf_char(b, '?');
        k = k > 0 ? k : 1;
    }
    bool ok = !b->failed && write_out(b->p, b->len);
    qf_buf_clear(b);
    return ok;
}

static bool take(void *arg, const void *p, size_t n)
{
    struct out *o = arg;
    if (o->file) return fetch_file_take(o->file, p, n);
    return o->clean ? write_clean(o, p, n) : write_out(p, n);
}

/* --- progress */

/* 2,148,000 as 2.1M */
static const char *short_count(int64_t n, char room[24])
{
    static const char unit[] = {'k', 'M', 'G', 'T'};
    int64_t scale = 1000;
    int u = 0;
    if (n < 10000) {
        qf_str_fmt(room, 24, "%lld", (long long)n);
        return room;
    }
    for (; u < 3 && n / scale >= 1000; u++) scale *= 1000;
    int64_t tenths = n / (scale / 10);
    qf_str_fmt(room, 24, "%lld.%lld%c", (long long)(tenths / 10), (long long)(tenths % 10), unit[u]);
    return room;
}

static void bar_text(struct qf_buf *b, int64_t done, int64_t total)
{
    int full = (int)(done * BAR / total);
    qf_buf_str(b, "[");
    for (int i = 0; i < BAR; i++) qf_buf_char(b, i < full ? '#' : '.');
    qf_buf_fmt(b, "] %3d%%   ", (int)(done * 100 / total));
}

static void line_text(const struct out *o, struct qf_buf *b)
{
    const struct fetch_status *s = fetch_status(o->fetch);
    const struct qf_job *job = &s->job;
    const bool known = QF_HAS(job, job, total) && job->total > 0;
    int64_t done = known && job->done > job->total ? job->total : job->done, seconds = (qf_now_mono() - o->began) / 1000000000;
    char one[24], other[24];
    qf_buf_fmt(b, "%s  ", o->what);
    if (known) bar_text(b, done, job->total);
    qf_buf_str(b, short_count(job->done, one));
    if (known) qf_buf_fmt(b, " of %s", short_count(job->total, other));
    qf_buf_fmt(b, " %s   %sB   %llds", o->unit, short_count(s->bytes, one), (long long)seconds);
    if (known && done > 0 && seconds >= 2) qf_buf_fmt(b, ", %llds left", (long long)((job->total - done) * seconds / done));
    qf_buf_str(b, "   Ctrl-C cancels");
}

static int terminal_width(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col : 80;
}

static void draw(struct out *o)
{
    int64_t now = qf_now_mono();
    struct qf_buf b;
    if (!o->progress || !fetch_status(o->fetch)->started || now - o->drawn_ns < DRAW_NS) return;
    qf_buf_init(&b, 512);
    line_text(o, &b);
    fprintf(stderr, "\r%.*s\x1b[K", terminal_width() - 1, qf_buf_cstr(&b)); /* all of it is ASCII */
    fflush(stderr);
    qf_buf_release(&b);
    o->drawn = true;
    o->drawn_ns = now;
}

static void wipe(struct out *o)
{
    if (o->drawn) fputs("\r\x1b[K", stderr);
    o->drawn = false;
}

static void on_push(void *arg, const struct tui_push *push)
{
    struct out *o = arg;
    if (o->fetch) fetch_push(o->fetch, push);
}

/* --- the run */

static int status_of(struct out *o)
{
    const struct fetch_status *s = fetch_status(o->fetch);
    struct qf_line line = {.refusal = s->refusal};
    char why[QF_WHY_TEXT];
    switch (s->state) {
    case FETCH_DONE: return CLI_DONE;
    case FETCH_REFUSED:
        qf_str_copy(line.reason, sizeof line.reason, s->reason);
        return cli_refused(&line);
    case FETCH_RUNS: /* two times Ctrl-C */
    case FETCH_CANCELLED:
        cli_say("cancelled%s", o->file ? "; nothing was kept" : "");
        return CLI_REFUSED;
    case FETCH_STOPPED:
        if (o->file && !fetch_file_keep(o->file, why)) cli_say("%s", why);
        if (interrupted) cli_say("cancelled");
        o->file = NULL;
        return CLI_REFUSED;
    default:
        cli_say("the link was lost%s", o->file ? "; nothing was kept" : "");
        return CLI_NO_DAEMON;
    }
}

static void catch_signals(void)
{
    const struct sigaction a = {.sa_handler = on_interrupt};
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGALRM};
    for (size_t i = 0; i < QF_LEN(signals); i++) (void)sigaction(signals[i], &a, NULL);
}

/* The first Ctrl-C waits until the desk has ended the job; a second one does not: the desk notices by itself. */
static void follow(struct out *o)
{
    while (fetch_status(o->fetch)->state == FETCH_RUNS && interrupted < 2) {
        if (interrupted) fetch_cancel(o->fetch);
        qf_loop_once(o->cli->loop, 50000);
        if (fetch_status(o->fetch)->started && !o->what[0])
            qf_str_fmt(o->what, sizeof o->what, "%s %lld", fetch_status(o->fetch)->job.kind, (long long)fetch_status(o->fetch)->job.id);
        draw(o);
    }
    wipe(o);
}

static int keep(struct out *o)
{
    char why[QF_WHY_TEXT], size[24];
    if (!o->file) return CLI_DONE;
    bool kept = fetch_file_keep(o->file, why);
    o->file = NULL;
    if (!kept) {
        cli_say("%s", why);
        return CLI_REFUSED;
    }
    const struct fetch_status *s = fetch_status(o->fetch);
    if (isatty(STDERR_FILENO)) cli_say("%s: %sB in %.1f s", o->path, short_count(s->bytes, size), (double)(qf_now_mono() - o->began) / 1e9);
    return CLI_DONE;
}

static int run(struct out *o, enum qf_cmd_id start, const void *req)
{
    const struct tui_link_events events = {.push = on_push, .arg = o};
    char why[QF_WHY_TEXT];
    int status = cli_connect(o->cli, true);
    if (status != CLI_DONE) return status;
    if (o->path && !(o->file = fetch_file_new(o->path, o->force, why))) {
        cli_say("%s", why);
        return CLI_USAGE;
    }
    o->clean = !o->path && o->cli->tty;
    o->progress = isatty(STDERR_FILENO) && (o->path || !o->cli->tty);
    o->began = qf_now_mono();
    catch_signals();
    o->cli->link.ops->listen(o->cli->link.impl, &events);
    if (o->progress) o->cli->link.ops->subscribe(o->cli->link.impl, QF_TOPIC_jobs);
    o->fetch = fetch_new(&(struct fetch_conf){.link = &o->cli->link, .start = start, .req = req, .take = take, .arg = o});
    follow(o);
    status = status_of(o);
    if (status == CLI_DONE) status = keep(o);
    fetch_file_drop(o->file);
    fetch_free(o->fetch);
    o->fetch = NULL;
    return status;
}

int cli_export(struct cli *cli, int argc, char **argv)
{
    struct out o = {.cli = cli, .unit = "rows"};
    struct qf_export_start req = {.has = 0};
    int n = take_output(&o, argc, argv);
    int status = n < 0 ? CLI_USAGE : cli_args(cli, &qf_cmds[QF_CMD_export_start], n, argv, &req);
    if (status == CLI_DONE) status = export_format(cli, &req);
    return status == CLI_DONE ? run(&o, QF_CMD_export_start, &req) : status;
}

int cli_report(struct cli *cli, int argc, char **argv)
{
    struct out o = {.cli = cli, .unit = "steps"};
    struct qf_report_make req = {.has = 0};
    int n = take_output(&o, argc, argv);
    int status = n < 0 ? CLI_USAGE : cli_args(cli, &qf_cmds[QF_CMD_report_make], n, argv, &req);
    if (status == CLI_DONE && cli->formats > 0) {
        if (cli->format != CLI_JSON || QF_HAS(&req, report_make, format)) {
            cli_say("a report is made as text, json, html or pdf: --format says which");
            return CLI_USAGE;
        }
        req.format = QF_REPF_JSON;
        QF_SET(&req, report_make, format);
    }
    if (status == CLI_DONE && !o.path && cli->tty && QF_HAS(&req, report_make, format) && req.format == QF_REPF_PDF) {
        cli_say("a PDF is nothing for a terminal: -o FILE");
        return CLI_USAGE;
    }
    return status == CLI_DONE ? run(&o, QF_CMD_report_make, &req) : status;
}
