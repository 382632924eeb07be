/* A desk of one counter and a database that answers when the test says so, for the tests of batches. Included by one file a program,
 * after cmocka. */
#ifndef QF_TESTS_COMMIT_TOY_H
#define QF_TESTS_COMMIT_TOY_H

#include <stdlib.h>
#include <string.h>

#include "common/str.h"
#include "daemon/server/commit.h"

#define TOLD 4096

/* A desk of one counter, and a database that answers when the test says so. */
struct toy {
    struct qf_loop *loop;
    struct commit *commit;
    struct batch *sent;      /* with the database */
    uint32_t sent_jobs;
    int64_t sum;             /* the desk */
    int64_t durable_sum;     /* what a durable batch left */
    int batches, undone, rebuilt, reopened, moved, dropped;
    int64_t bad;             /* adding this number is refused by the database */
    /* told to people */
    struct { uint64_t conn; char body[64]; enum qf_reason reason; } told[TOLD];
    int told_n;
    char guilty[64];
    uint64_t settled;
    int told_before;
    int64_t order[64];       /* what was decided, in order */
    int order_n;
};
struct add {
    int64_t n;
};

static inline bool toy_idle(void *arg)
{
    return ((struct toy *)arg)->sent == NULL;
}

static inline void toy_send(void *arg, struct batch *b)
{
    struct toy *t = arg;
    assert_null(t->sent);
    t->sent = b;
    t->sent_jobs = batch_commands(b);
    t->batches++;
}

static inline void put_control(struct batch *b, int64_t n)
{
    struct qf_control row = { .cmd_no = n };
    batch_append(b, QF_TABLE_control_log, &row);
}

static inline enum job_end toy_decide(void *arg, struct job *j)
{
    struct toy *t = arg;
    const struct add *in = j->in;
    if (in->n == 0)
        return JOB_OVER;
    struct batch *b = commit_batch(t->commit);
    batch_command(b);
    batch_save(b, &t->sum, sizeof t->sum);
    t->order[t->order_n++ % 64] = in->n;
    t->sum += in->n;
    put_control(b, in->n);
    char body[64];
    size_t n = qf_str_fmt(body, sizeof body, "sum %lld", (long long)t->sum);
    struct waiter w = { .conn = j->conn, .cmd = QF_CMD_order_place };
    if (!j->system)
        commit_reply(t->commit, &w, body, n);
    return JOB_COMMAND;
}

static inline void tell(struct toy *t, const struct waiter *w, const char *body, size_t n, enum qf_reason reason)
{
    assert_true(t->told_n < TOLD);
    t->told[t->told_n].conn = w->conn;
    t->told[t->told_n].reason = reason;
    qf_str_copyn(t->told[t->told_n].body, sizeof t->told[0].body, body, n);
    t->told_n++;
}

static inline void toy_answer(void *arg, const struct waiter *w)
{
    tell(arg, w, w->body, w->n, QF_R_COUNT);
}

static inline void toy_refuse(void *arg, const struct waiter *w, enum qf_reason reason)
{
    tell(arg, w, "", 0, reason);
}

/* The desk as the batch leaves it is copied when it is sealed and seen when it is durable. */
static inline void toy_sealed(void *arg, struct batch *b)
{
    struct toy *t = arg;
    (void)b;
    struct qf_event row = { .id = t->sum };
    assert_true(commit_push(t->commit, QF_TOPIC_events, &row));
}

static inline void toy_settled(void *arg, struct batch *b)
{
    struct toy *t = arg;
    t->settled = batch_no(b);
    t->told_before = t->told_n;
}

static inline void toy_durable(void *arg, struct batch *b, const struct push *pushes, int64_t took_us)
{
    struct toy *t = arg;
    assert_int_equal(t->settled, batch_no(b));
    assert_true(took_us >= 0);
    for (const struct push *p = pushes; p; p = p->next)
        t->durable_sum = ((const struct qf_event *)p->row)->id;
}

static inline void toy_undone(void *arg, struct batch *b)
{
    (void)b;
    ((struct toy *)arg)->undone++;
}

static inline void toy_rebuild(void *arg)
{
    ((struct toy *)arg)->rebuilt++;
}

static inline void toy_reopened(void *arg)
{
    struct toy *t = arg;
    assert_non_null(commit_batch(t->commit));
    t->reopened++;
}

static inline void toy_guilty(void *arg, struct job *j, const char *sqlstate, const char *message);

static inline void toy_drop(void *arg, struct job *j)
{
    ((struct toy *)arg)->dropped++;
    free((void *)(uintptr_t)j->in);
    free(j);
}

static inline void toy_moved(void *arg)
{
    ((struct toy *)arg)->moved++;
}

static inline int setup(void **state)
{
    struct toy *t = qf_xalloc(sizeof *t);
    t->loop = qf_loop_new();
    struct commit_port port = { toy_idle, toy_send, t };
    struct commit_events ev = { toy_decide, toy_answer, toy_refuse, toy_sealed, toy_settled, toy_durable, toy_undone,
                                toy_rebuild, toy_reopened, toy_guilty, toy_drop, toy_moved, t };
    t->commit = commit_new(t->loop, &port, &ev);
    commit_connected(t->commit);
    commit_ready(t->commit);
    *state = t;
    return 0;
}

static inline int teardown(void **state)
{
    struct toy *t = *state;
    commit_free(t->commit);
    qf_loop_free(t->loop);
    free(t);
    return 0;
}

static inline void turn(struct toy *t)
{
    for (int i = 0; i < 3; i++)
        qf_loop_once(t->loop, 0);
}

/* A person's command: its memory is the open batch's. */
static inline void add(struct toy *t, uint64_t conn, int64_t n)
{
    assert_true(commit_room(t->commit));
    struct job *j = qf_arena_alloc(commit_arena(t->commit), sizeof *j);
    struct add *in = qf_arena_alloc(commit_arena(t->commit), sizeof *in);
    in->n = n;
    j->in = in;
    j->conn = conn;
    commit_take(t->commit, j);
}

/* A fact the system brings. */
static inline void fact(struct toy *t, int64_t n)
{
    struct job *j = qf_xalloc(sizeof *j);
    struct add *in = qf_xalloc(sizeof *in);
    in->n = n;
    j->in = in;
    j->owned = j->system = true;
    assert_int_equal(commit_backlog(t->commit, j), QF_OK);
}

static inline void toy_guilty(void *arg, struct job *j, const char *sqlstate, const char *message)
{
    struct toy *t = arg;
    fact(t, 100000); /* the incident: written from inside */
    qf_str_fmt(t->guilty, sizeof t->guilty, "%lld %s %s", (long long)((const struct add *)j->in)->n, sqlstate, message);
}

static inline void durable(struct toy *t)
{
    struct batch *b = t->sent;
    assert_non_null(b);
    t->sent = NULL;
    commit_on_durable(t->commit, b);
}

static inline void failed(struct toy *t, enum lane_failure how)
{
    struct batch *b = t->sent;
    assert_non_null(b);
    t->sent = NULL;
    commit_on_failed(t->commit, b, how, "23505", "duplicate");
}

/* What the lane does, with a database that refuses t->bad. */
static inline void database(struct toy *t)
{
    const void *rows;
    uint32_t n = batch_rows(t->sent, QF_TABLE_control_log, &rows);
    for (uint32_t i = 0; i < n; i++)
        if (((const struct qf_control *)rows)[i].cmd_no == t->bad) {
            failed(t, LANE_GUILTY);
            return;
        }
    durable(t);
}

static inline void settle_all(struct toy *t)
{
    for (int i = 0, quiet = 0; i < 5000; i++) {
        qf_loop_once(t->loop, 200);
        quiet = t->sent ? 0 : quiet + 1;
        if (quiet > 30) /* longer than facts wait for company */
            return;
        if (t->sent)
            database(t);
    }
    fail_msg("the batches never end");
}

#endif
