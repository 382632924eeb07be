/* Has the desk make a file (an export, a report) and takes it piece by piece, two under way at a time. Works over any link, in the
 * loop of whoever uses it: the command line and the console's dialogs. */
#ifndef QF_TUI_FETCH_H
#define QF_TUI_FETCH_H

#include "tui/link.h"

struct fetch;

enum fetch_state {
    FETCH_RUNS,
    FETCH_DONE,      /* all of it has been taken */
    FETCH_REFUSED,   /* the desk said no, or the job failed: refusal holds */
    FETCH_LOST,      /* the link went */
    FETCH_CANCELLED, /* by fetch_cancel, and the desk knows */
    FETCH_STOPPED    /* `take` could not keep what came; the desk was told to end it */
};
struct fetch_status {
    enum fetch_state state;
    bool started;              /* job holds */
    struct qf_job job;         /* as the desk told last */
    int64_t bytes;             /* taken */
    struct qf_refusal refusal; /* FETCH_REFUSED */
    char reason[32];           /* its word as it came */
};

struct fetch_conf {
    const struct tui_link *link;  /* READY; must outlive it */
    enum qf_cmd_id start;         /* QF_CMD_export_start, QF_CMD_report_make: replies with a job */
    const void *req;              /* its request, with its client_ref */
    bool (*take)(void *arg, const void *p, size_t n); /* the next bytes; false: they cannot be kept */
    void (*moved)(void *arg);     /* the status is another one; may be NULL. Not to free it in here */
    void *arg;
};
struct fetch *fetch_new(const struct fetch_conf *conf);
/* Forgets what is under way; the desk ends the job by itself when nobody asks for pieces. NULL is fine. */
void fetch_free(struct fetch *f);
const struct fetch_status *fetch_status(const struct fetch *f);
/* Ends the job on the desk; the state changes when that is answered. */
void fetch_cancel(struct fetch *f);
/* Rows of the topic `jobs`, for progress: whoever listens to the link hands them on. The topic has to be subscribed to. */
void fetch_push(struct fetch *f, const struct tui_push *push);

/* --- a file that is there as a whole or not at all: written beside its name and renamed when complete */
struct fetch_file;
/* NULL: why says what is wrong (it is there already, unless `replace`; no such folder). */
struct fetch_file *fetch_file_new(const char *path, bool replace, char why[QF_WHY_TEXT]);
/* For fetch_conf.take: arg is the file. */
bool fetch_file_take(void *file, const void *p, size_t n);
/* On disk and under its name now. Frees it in any case. */
bool fetch_file_keep(struct fetch_file *file, char why[QF_WHY_TEXT]);
/* Nothing of it stays. NULL is fine. */
void fetch_file_drop(struct fetch_file *file);

#endif
