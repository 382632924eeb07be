/* Long work: begins when it is durable, goes on by asking, is ended by who may and by nobody's interest. The batch, the connections
 * and the topics are played by the test; threads, pieces and the clock are real. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/server/inside.h"

#define P ((int64_t)QF_PIECE_BYTES)

static struct server server;
static struct qf_arena arena;
static bool there;          /* the owner's connection */
static struct {
    void (*fn)(void *arg, bool ok);
    void *arg;
} hooks[8];
static int hooks_n;
static struct qf_job pushed[4096];
static int pushed_n, deleted;
static int released;

/* --- what the daemon's other parts would be */

void commit_tell_me(struct commit *c, void (*fn)(void *arg, bool ok), void *arg)
{
    (void)c;
    hooks[hooks_n].fn = fn;
    hooks[hooks_n++].arg = arg;
}

static void settle_batch(bool ok)
{
    int n = hooks_n;
    hooks_n = 0;
    for (int i = 0; i < n; i++)
        hooks[i].fn(hooks[i].arg, ok);
}

void server_push(struct server *s, enum qf_topic_id topic, const void *row)
{
    (void)s;
    assert_int_equal(topic, QF_TOPIC_jobs);
    if (pushed_n < (int)QF_LEN(pushed))
        pushed[pushed_n++] = *(const struct qf_job *)row;
}

void topic_delete(struct topics *t, enum qf_topic_id id, const void *key)
{
    (void)t, (void)id, (void)key;
    deleted++;
}

int64_t server_audit_head(struct server *s)
{
    (void)s;
    return 1000;
}

struct conn *conn_find(struct conn_table *t, uint64_t number)
{
    (void)t, (void)number;
    return there ? (struct conn *)&there : NULL;
}

static struct who who = { .signed_in = true, .role = QF_ROLE_TRADER };
struct who *conn_who(struct conn *c)
{
    (void)c;
    return &who;
}

struct later {
    int unused;
};
static struct qf_job_piece answers[8];
static struct qf_refusal refusals[8];
static int answers_n, refusals_n;
struct later *later_take(struct ctx *c)
{
    (void)c;
    return qf_xalloc(sizeof(struct later));
}
void later_done(struct later *l, void *out)
{
    answers[answers_n++] = *(struct qf_job_piece *)out;
    free(l);
}
void later_refuse(struct later *l, const struct qf_refusal *r)
{
    refusals[refusals_n++] = *r;
    free(l);
}

/* --- a producer: so many bytes, or a failure, or steps without bytes */

struct work {
    int64_t bytes;
    int steps;
    bool fail;
    atomic_bool begun;
};

static bool produce(struct jobs_run *run, void *arg)
{
    struct work *x = arg;
    char block[4096];
    memset(block, 'x', sizeof block);
    atomic_store(&x->begun, true);
    for (int i = 0; i < x->steps && !atomic_load(jobs_cancelled(run)); i++) {
        jobs_progress(run, i + 1, x->steps);
        usleep(1000);
    }
    for (int64_t at = 0; at < x->bytes; at += (int64_t)sizeof block)
        if (!jobs_write(run, block, sizeof block))
            return false;
    if (x->fail)
        jobs_failed(run, "the %s broke", "thing");
    return !x->fail;
}

static void release(void *arg)
{
    released++;
    free(arg);
}

static struct ctx ctx_of(const char *user, enum qf_role role)
{
    return (struct ctx){ .s = &server, .signed_in = true, .actor = { user, (int)role, 1, 1000000 }, .conn = 7, .arena = &arena };
}

static enum handled begin(struct ctx *c, const struct work *like, enum qf_cmd_id cmd, struct qf_job *ret)
{
    struct work *x = qf_xalloc(sizeof *x);
    x->bytes = like->bytes;
    x->steps = like->steps;
    x->fail = like->fail;
    const struct jobs_work work = { .kind = "export", .title = "a thing", .like = cmd, .run = produce, .release = release, .arg = x };
    return jobs_start(c, &work, ret);
}

static int64_t run_durable(const char *user, const struct work *like)
{
    struct ctx c = ctx_of(user, QF_ROLE_TRADER);
    struct qf_job job;
    assert_int_equal(begin(&c, like, QF_CMD_order_list, &job), HANDLED);
    settle_batch(true);
    return job.id;
}

static void spin(int ms)
{
    int64_t until = qf_now_mono() + ms * 1000000LL;
    while (qf_now_mono() < until)
        qf_loop_once(server.loop, 5000);
}

static struct qf_job row(int64_t id)
{
    struct qf_job rows[JOBS_KEPT];
    uint32_t n = jobs_rows(&server, rows);
    for (uint32_t i = 0; i < n; i++)
        if (rows[i].id == id)
            return rows[i];
    return (struct qf_job){ .id = -1 };
}

static struct qf_job wait_over(int64_t id)
{
    for (int i = 0; i < 1000 && row(id).state == QF_JOB_RUNNING; i++)
        spin(10);
    spin(20);
    return row(id);
}

static enum handled ask(struct ctx *c, int64_t id, int64_t offset, struct qf_job_piece *out)
{
    const struct qf_job_read in = { .has = qf_rec_job_read.must, .id = id, .offset = offset };
    return jobs_read(c, &in, out);
}

/* --- tests */

static void nothing_begins_before_it_is_durable(void **state)
{
    struct ctx c = ctx_of("bob", QF_ROLE_TRADER);
    struct qf_job job, rows[JOBS_KEPT];
    (void)state;
    assert_int_equal(begin(&c, &(struct work){ .bytes = 10 }, QF_CMD_order_list, &job), HANDLED);
    assert_int_equal(job.id, 1001); /* behind the trail's last number */
    spin(50);
    assert_int_equal(jobs_rows(&server, rows), 0);
    settle_batch(false); /* undone: as if nobody had asked */
    assert_int_equal(released, 1);
    assert_int_equal(jobs_rows(&server, rows), 0);
    assert_int_equal(pushed_n, 0);
    assert_int_equal(begin(&c, &(struct work){ .bytes = 10 }, QF_CMD_order_list, &job), HANDLED); /* decided again */
    assert_int_equal(job.id, 1002);
    settle_batch(true);
    assert_int_equal(wait_over(job.id).state, QF_JOB_DONE);
    assert_int_equal(released, 2);
    assert_string_equal(row(job.id).by, "bob");
}

static void four_at_once_and_only_what_one_may_see(void **state)
{
    struct ctx c = ctx_of("bob", QF_ROLE_TRADER);
    struct qf_job job;
    int64_t ids[JOBS_RUNNING];
    (void)state;
    int before = released;
    assert_int_equal(begin(&c, &(struct work){ .bytes = 1 }, QF_CMD_audit_list, &job), REFUSED);
    assert_int_equal(c.refusal.reason, QF_R_FORBIDDEN);
    assert_int_equal(released, before + 1);
    for (int i = 0; i < JOBS_RUNNING; i++)
        ids[i] = run_durable("bob", &(struct work){ .bytes = 10 * P });
    assert_int_equal(begin(&c, &(struct work){ .bytes = 1 }, QF_CMD_order_list, &job), REFUSED);
    assert_int_equal(c.refusal.reason, QF_R_BUSY);
    for (int i = 0; i < JOBS_RUNNING; i++) {
        assert_int_equal(jobs_cancel(&c, ids[i], &job), HANDLED);
        assert_int_equal(job.state, QF_JOB_CANCELLED);
        assert_int_equal(row(ids[i]).state, QF_JOB_RUNNING); /* until that is durable */
    }
    settle_batch(true);
    for (int i = 0; i < JOBS_RUNNING; i++)
        assert_string_equal(wait_over(ids[i]).reason, "cancelled by bob");
    assert_int_equal(released, before + 2 + JOBS_RUNNING);
}

static void two_asks_wait_and_are_answered_in_order(void **state)
{
    struct ctx bob = ctx_of("bob", QF_ROLE_TRADER), ann = ctx_of("ann", QF_ROLE_RISK), boss = ctx_of("boss", QF_ROLE_ADMIN);
    struct qf_job_piece out;
    (void)state;
    int64_t id = run_durable("bob", &(struct work){ .bytes = 2 * P + 4096, .steps = 50 });
    answers_n = 0;
    assert_int_equal(ask(&bob, id, 0, &out), LATER);
    assert_int_equal(ask(&bob, id, P, &out), LATER);
    assert_int_equal(ask(&bob, id, 2 * P, &out), REFUSED);
    assert_int_equal(bob.refusal.reason, QF_R_INVALID_PARAMS);
    assert_int_equal(ask(&ann, id, 0, &out), REFUSED);
    assert_int_equal(ann.refusal.reason, QF_R_FORBIDDEN);
    for (int i = 0; i < 300 && answers_n < 2; i++)
        spin(10);
    assert_int_equal(answers_n, 2);
    assert_int_equal(answers[0].offset, 0);
    assert_int_equal(answers[1].offset, P);
    assert_false(answers[1].end);
    spin(50);
    assert_int_equal(ask(&boss, id, 2 * P, &out), HANDLED);
    assert_true(out.end);
    assert_int_equal(out.size, 4096);
    assert_int_equal(ask(&bob, id, 3 * P, &out), HANDLED);
    assert_true(out.end && out.size == 0);
    assert_int_equal(wait_over(id).state, QF_JOB_DONE);
}

/* Somebody who waits loses the right, or his connection: he gets nothing, and the piece is still there for who comes next. */
static void who_waits_is_asked_again(void **state)
{
    struct ctx bob = ctx_of("bob", QF_ROLE_TRADER);
    struct qf_job_piece out;
    (void)state;
    int64_t id = run_durable("bob", &(struct work){ .bytes = P, .steps = 60 });
    answers_n = refusals_n = 0;
    assert_int_equal(ask(&bob, id, 0, &out), LATER);
    who.role = QF_ROLE_FEED;
    for (int i = 0; i < 300 && refusals_n == 0; i++)
        spin(10);
    assert_int_equal(refusals_n, 1);
    assert_int_equal(refusals[0].reason, QF_R_FORBIDDEN);
    assert_int_equal(answers_n, 0);
    who.role = QF_ROLE_TRADER;
    spin(50);
    assert_int_equal(ask(&bob, id, 0, &out), HANDLED);
    assert_int_equal(out.size, P);
}

static void a_failure_has_a_reason(void **state)
{
    struct ctx bob = ctx_of("bob", QF_ROLE_TRADER);
    struct qf_job_piece out;
    (void)state;
    int64_t id = run_durable("bob", &(struct work){ .bytes = 4096, .steps = 30, .fail = true });
    refusals_n = 0;
    assert_int_equal(ask(&bob, id, 0, &out), LATER);
    assert_int_equal(wait_over(id).state, QF_JOB_FAILED);
    assert_string_equal(row(id).reason, "the thing broke");
    assert_int_equal(refusals_n, 1);
    assert_int_equal(refusals[0].reason, QF_R_BAD_STATE);
    assert_string_equal(refusals[0].message, "the export failed: the thing broke");
    assert_int_equal(ask(&bob, id, 0, &out), REFUSED); /* not even what was made */
}

static void progress_is_told_four_times_a_second(void **state)
{
    (void)state;
    pushed_n = 0;
    int64_t id = run_durable("bob", &(struct work){ .steps = 1000 });
    spin(1000);
    assert_true(pushed_n >= 3 && pushed_n <= 6);
    assert_true(pushed[pushed_n - 1].done > pushed[0].done);
    assert_int_equal(pushed[pushed_n - 1].total, 1000);
    assert_int_equal(wait_over(id).done, 1000);
    assert_int_equal(pushed[pushed_n - 1].state, QF_JOB_DONE);
}

static void nobody_reads(void **state)
{
    struct ctx bob = ctx_of("bob", QF_ROLE_TRADER);
    struct qf_job_piece out;
    (void)state;
    jobs_patience(server.jobs, 60 * QF_SEC, 700 * QF_MS);
    int64_t id = run_durable("bob", &(struct work){ .bytes = 10 * P }), small = run_durable("bob", &(struct work){ .bytes = 4096 });
    spin(400);
    assert_int_equal(ask(&bob, id, 0, &out), HANDLED); /* asking counts anew */
    assert_int_equal(ask(&bob, small, 0, &out), HANDLED);
    spin(500);
    assert_int_equal(row(id).state, QF_JOB_RUNNING);
    assert_string_equal(wait_over(id).reason, "nobody came for its bytes");
    spin(500);
    assert_int_equal(row(small).state, QF_JOB_DONE); /* that it was made stays so; its bytes do not */
    assert_int_equal(row(small).bytes, 4096);
    assert_int_equal(ask(&bob, small, 0, &out), REFUSED);
    assert_int_equal(bob.refusal.reason, QF_R_NOT_FOUND);
    jobs_patience(server.jobs, JOBS_GONE_US, JOBS_UNREAD_US);
}

static void its_owner_has_gone(void **state)
{
    (void)state;
    jobs_patience(server.jobs, 600 * QF_MS, 60 * QF_SEC);
    int64_t id = run_durable("bob", &(struct work){ .bytes = 10 * P });
    there = false;
    spin(400);
    there = true; /* back in time */
    spin(400);
    assert_int_equal(row(id).state, QF_JOB_RUNNING);
    there = false;
    assert_string_equal(wait_over(id).reason, "the connection it was for has gone");
    there = true;
    jobs_patience(server.jobs, JOBS_GONE_US, JOBS_UNREAD_US);
}

/* The newest stay; nothing that runs is ever pushed out. */
static void the_table_is_bounded(void **state)
{
    struct qf_job rows[JOBS_KEPT];
    (void)state;
    int64_t running = run_durable("bob", &(struct work){ .bytes = 10 * P });
    deleted = 0;
    for (int i = 0; i < 2 * JOBS_KEPT; i++)
        assert_int_equal(wait_over(run_durable("bob", &(struct work){ .bytes = 1 })).state, QF_JOB_DONE);
    assert_int_equal(jobs_rows(&server, rows), JOBS_KEPT);
    assert_true(deleted >= JOBS_KEPT);
    assert_int_equal(rows[JOBS_KEPT - 1].id, running);
    for (int i = 1; i < JOBS_KEPT; i++)
        assert_true(rows[i - 1].id > rows[i].id);
}

static int start(void **state)
{
    (void)state;
    server.loop = qf_loop_new();
    server.jobs = jobs_new(&server);
    qf_arena_init(&arena, 64u << 20);
    there = true;
    return 0;
}

/* One still runs, and one waits for its batch: both are let go. */
static int stop(void **state)
{
    struct ctx c = ctx_of("bob", QF_ROLE_TRADER);
    struct qf_job job;
    int before = released;
    (void)state;
    (void)begin(&c, &(struct work){ .bytes = 1 }, QF_CMD_order_list, &job);
    jobs_free(server.jobs);
    qf_arena_release(&arena);
    qf_loop_free(server.loop);
    return released == before + 2 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_begins_before_it_is_durable), cmocka_unit_test(four_at_once_and_only_what_one_may_see),
        cmocka_unit_test(two_asks_wait_and_are_answered_in_order), cmocka_unit_test(who_waits_is_asked_again),
        cmocka_unit_test(a_failure_has_a_reason),
        cmocka_unit_test(progress_is_told_four_times_a_second), cmocka_unit_test(nobody_reads),
        cmocka_unit_test(its_owner_has_gone), cmocka_unit_test(the_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
