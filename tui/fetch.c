#include "tui/fetch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/base64.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/proto/wire.h"
#include "common/str.h"

#define UNDER_WAY 2 /* pieces asked for at once: one travels while the next is made ready */

struct ask {
    struct fetch *f;
    int64_t call; /* 0 = none */
    int64_t offset;
    bool here;    /* it came before the one in front of it */
    bool end;
    char *bytes;  /* then: a copy */
    size_t n;
};

struct fetch {
    struct fetch_conf conf;
    struct fetch_status status;
    int64_t start_call, cancel_call;
    enum fetch_state ending;  /* what it is when the desk has answered the cancel */
    int64_t next;             /* offset of the next piece to be asked for */
    struct ask ask[UNDER_WAY];
    struct qf_buf scratch;    /* a piece out of base64 */
};

static void moved(struct fetch *f)
{
    if (f->conf.moved) f->conf.moved(f->conf.arg);
}

static void forget(struct fetch *f, int64_t *call)
{
    if (*call) f->conf.link->ops->forget(f->conf.link->impl, *call);
    *call = 0;
}

static void ask_drop(struct fetch *f, struct ask *a)
{
    forget(f, &a->call);
    free(a->bytes);
    a->bytes = NULL;
    a->here = false;
}

/* Nothing is under way any more. */
static void end(struct fetch *f, enum fetch_state state)
{
    if (f->status.state != FETCH_RUNS) return;
    f->status.state = state;
    forget(f, &f->start_call);
    for (int i = 0; i < UNDER_WAY; i++) ask_drop(f, &f->ask[i]);
    moved(f);
}

static void end_by_answer(struct fetch *f, const struct tui_answer *answer)
{
    if (answer->kind == TUI_ANSWER_REFUSED) {
        f->status.refusal = *answer->refusal;
        qf_str_copy(f->status.reason, sizeof f->status.reason, answer->reason);
    }
    end(f, answer->kind == TUI_ANSWER_REFUSED ? FETCH_REFUSED : FETCH_LOST);
}

/* --- cancelling */

static void on_cancelled(void *arg, const struct tui_answer *answer)
{
    struct fetch *f = arg;
    f->cancel_call = 0;
    end(f, answer->kind == TUI_ANSWER_LOST ? FETCH_LOST : f->ending); /* refused: it had ended by itself */
}

static int64_t send_cancel(struct fetch *f)
{
    struct qf_job_id req = {.id = f->status.job.id};
    unsigned char r[8];
    if (getrandom(r, sizeof r, 0) != (ssize_t)sizeof r) memset(r, 0, sizeof r);
    qf_str_fmt(req.client_ref, sizeof req.client_ref, "c-%02x%02x%02x%02x%02x%02x%02x%02x", r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7]);
    qf_rec_fill(&qf_rec_job_id, &req);
    return tui_link_call(f->conf.link, QF_CMD_job_cancel, &req, on_cancelled, f);
}

static void end_on_desk(struct fetch *f, enum fetch_state state)
{
    if (f->status.state != FETCH_RUNS || f->cancel_call) return;
    f->ending = state;
    for (int i = 0; i < UNDER_WAY; i++) ask_drop(f, &f->ask[i]);
    if (f->status.started) f->cancel_call = send_cancel(f);
    if (!f->cancel_call) end(f, state); /* not begun, or no link: the desk ends it when nobody comes */
}

void fetch_cancel(struct fetch *f)
{
    end_on_desk(f, FETCH_CANCELLED);
}

/* --- pieces */

static void on_piece(void *arg, const struct tui_answer *answer);

static void ask_next(struct fetch *f, struct ask *a)
{
    const struct qf_job_read req = {.has = qf_rec_job_read.must, .id = f->status.job.id, .offset = f->next};
    a->f = f;
    a->offset = f->next;
    a->call = tui_link_call(f->conf.link, QF_CMD_job_read, &req, on_piece, a);
    f->next += QF_PIECE_BYTES;
    if (!a->call) end(f, FETCH_LOST);
}

/* What the text says: as it is, or out of base64. */
static bool bytes_of(struct fetch *f, const struct qf_job_piece *piece, const char **ret, size_t *ret_n)
{
    *ret = piece->data.p;
    *ret_n = piece->data.n;
    if (piece->base64) {
        qf_buf_clear(&f->scratch);
        char *room = qf_buf_room(&f->scratch, piece->data.n + 1);
        if (!room || qf_base64_get(piece->data.p, piece->data.n, room, ret_n) != QF_OK) return false;
        *ret = room;
    }
    return (int64_t)*ret_n == piece->size;
}

/* Takes what comes next, and what came before its turn behind it; asks for more in its place. */
static void take(struct fetch *f, struct ask *a, const char *p, size_t n, bool last)
{
    if (n > 0 && !f->conf.take(f->conf.arg, p, n)) {
        end_on_desk(f, FETCH_STOPPED);
        return;
    }
    f->status.bytes += (int64_t)n;
    ask_drop(f, a);
    if (last) {
        end(f, FETCH_DONE);
        return;
    }
    ask_next(f, a);
    moved(f);
    for (int i = 0; i < UNDER_WAY && f->status.state == FETCH_RUNS; i++)
        if (f->ask[i].here && f->ask[i].offset == f->status.bytes) {
            struct ask early = f->ask[i];
            f->ask[i].bytes = NULL;
            take(f, &f->ask[i], early.bytes, early.n, early.end);
            free(early.bytes);
            return;
        }
}

static void keep_early(struct ask *a, const char *p, size_t n, bool last)
{
    a->here = true;
    a->end = last;
    a->n = n;
    a->bytes = qf_xalloc(n + 1);
    memcpy(a->bytes, p, n);
}

static void on_piece(void *arg, const struct tui_answer *answer)
{
    struct ask *a = arg;
    struct fetch *f = a->f;
    const char *p;
    size_t n;
    a->call = 0;
    if (answer->kind != TUI_ANSWER_OK) {
        end_by_answer(f, answer);
        return;
    }
    const struct qf_job_piece *piece = answer->rep;
    if (!bytes_of(f, piece, &p, &n) || piece->offset != a->offset || (!piece->end && n != QF_PIECE_BYTES)) {
        qf_refuse(&f->status.refusal, QF_R_INTERNAL, "", "the desk sent a piece that does not fit");
        end(f, FETCH_REFUSED);
    } else if (a->offset == f->status.bytes) {
        take(f, a, p, n, piece->end);
    } else {
        keep_early(a, p, n, piece->end);
    }
}

static void on_started(void *arg, const struct tui_answer *answer)
{
    struct fetch *f = arg;
    f->start_call = 0;
    if (answer->kind != TUI_ANSWER_OK) {
        end_by_answer(f, answer);
        return;
    }
    f->status.started = true;
    f->status.job = *(const struct qf_job *)answer->rep;
    for (int i = 0; i < UNDER_WAY && f->status.state == FETCH_RUNS; i++) ask_next(f, &f->ask[i]);
    moved(f);
}

/* --- life */

struct fetch *fetch_new(const struct fetch_conf *conf)
{
    struct fetch *f = qf_xalloc(sizeof *f);
    f->conf = *conf;
    qf_buf_init(&f->scratch, 2 * QF_PIECE_BYTES);
    f->start_call = tui_link_call(conf->link, conf->start, conf->req, on_started, f);
    if (!f->start_call) f->status.state = FETCH_LOST;
    return f;
}

void fetch_free(struct fetch *f)
{
    if (!f) return;
    f->conf.moved = NULL;
    forget(f, &f->cancel_call);
    end(f, FETCH_CANCELLED);
    qf_buf_release(&f->scratch);
    free(f);
}

const struct fetch_status *fetch_status(const struct fetch *f)
{
    return &f->status;
}

void fetch_push(struct fetch *f, const struct tui_push *push)
{
    const struct qf_job *rows = push->rows;
    if (push->topic != QF_TOPIC_jobs || !f->status.started) return;
    for (uint32_t i = 0; i < push->rows_n; i++) {
        if (rows[i].id != f->status.job.id) continue;
        f->status.job = rows[i];
        moved(f);
    }
}
