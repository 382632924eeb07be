/* Batches with a fake database: what leaves when, and what is undone, decided again or kept in doubt. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

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

static bool toy_idle(void *arg)
{
    return ((struct toy *)arg)->sent == NULL;
}

static void toy_send(void *arg, struct batch *b)
{
    struct toy *t = arg;
    assert_null(t->sent);
    t->sent = b;
    t->sent_jobs = batch_commands(b);
    t->batches++;
}

static void put_control(struct batch *b, int64_t n)
{
    struct qf_control row = { .cmd_no = n };
    batch_append(b, QF_TABLE_control_log, &row);
}

static enum job_end toy_decide(void *arg, struct job *j)
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

static void tell(struct toy *t, const struct waiter *w, const char *body, size_t n, enum qf_reason reason)
{
    assert_true(t->told_n < TOLD);
    t->told[t->told_n].conn = w->conn;
    t->told[t->told_n].reason = reason;
    qf_str_copyn(t->told[t->told_n].body, sizeof t->told[0].body, body, n);
    t->told_n++;
}

static void toy_answer(void *arg, const struct waiter *w)
{
    tell(arg, w, w->body, w->n, QF_R_COUNT);
}

static void toy_refuse(void *arg, const struct waiter *w, enum qf_reason reason)
{
    tell(arg, w, "", 0, reason);
}

/* The desk as the batch leaves it is copied when it is sealed and seen when it is durable. */
static void toy_sealed(void *arg, struct batch *b)
{
    struct toy *t = arg;
    (void)b;
    struct qf_event row = { .id = t->sum };
    assert_true(commit_push(t->commit, QF_TOPIC_events, &row));
}

static void toy_settled(void *arg, struct batch *b)
{
    struct toy *t = arg;
    t->settled = batch_no(b);
    t->told_before = t->told_n;
}

static void toy_durable(void *arg, struct batch *b, const struct push *pushes, int64_t took_us)
{
    struct toy *t = arg;
    assert_int_equal(t->settled, batch_no(b));
    assert_true(took_us >= 0);
    for (const struct push *p = pushes; p; p = p->next)
        t->durable_sum = ((const struct qf_event *)p->row)->id;
}

static void toy_undone(void *arg, struct batch *b)
{
    (void)b;
    ((struct toy *)arg)->undone++;
}

static void toy_rebuild(void *arg)
{
    ((struct toy *)arg)->rebuilt++;
}

static void toy_reopened(void *arg)
{
    struct toy *t = arg;
    assert_non_null(commit_batch(t->commit));
    t->reopened++;
}

static void toy_guilty(void *arg, struct job *j, const char *sqlstate, const char *message);

static void toy_drop(void *arg, struct job *j)
{
    ((struct toy *)arg)->dropped++;
    free((void *)(uintptr_t)j->in);
    free(j);
}

static void toy_moved(void *arg)
{
    ((struct toy *)arg)->moved++;
}

static int setup(void **state)
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

static int teardown(void **state)
{
    struct toy *t = *state;
    commit_free(t->commit);
    qf_loop_free(t->loop);
    free(t);
    return 0;
}

static void turn(struct toy *t)
{
    for (int i = 0; i < 3; i++)
        qf_loop_once(t->loop, 0);
}

/* A person's command: its memory is the open batch's. */
static void add(struct toy *t, uint64_t conn, int64_t n)
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
static void fact(struct toy *t, int64_t n)
{
    struct job *j = qf_xalloc(sizeof *j);
    struct add *in = qf_xalloc(sizeof *in);
    in->n = n;
    j->in = in;
    j->owned = j->system = true;
    assert_int_equal(commit_backlog(t->commit, j), QF_OK);
}

static void toy_guilty(void *arg, struct job *j, const char *sqlstate, const char *message)
{
    struct toy *t = arg;
    fact(t, 100000); /* the incident: written from inside */
    qf_str_fmt(t->guilty, sizeof t->guilty, "%lld %s %s", (long long)((const struct add *)j->in)->n, sqlstate, message);
}

static void durable(struct toy *t)
{
    struct batch *b = t->sent;
    assert_non_null(b);
    t->sent = NULL;
    commit_on_durable(t->commit, b);
}

static void failed(struct toy *t, enum lane_failure how)
{
    struct batch *b = t->sent;
    assert_non_null(b);
    t->sent = NULL;
    commit_on_failed(t->commit, b, how, "23505", "duplicate");
}

/* What the lane does, with a database that refuses t->bad. */
static void database(struct toy *t)
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

static void settle_all(struct toy *t)
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

static void an_answer_leaves_only_when_its_batch_is_durable(void **state)
{
    struct toy *t = *state;
    add(t, 7, 5);
    assert_int_equal(t->told_n, 0);
    turn(t);
    assert_non_null(t->sent);
    assert_int_equal(t->told_n, 0);
    assert_int_equal(commit_unsettled(t->commit), 1);
    durable(t);
    assert_int_equal(t->told_n, 1);
    assert_int_equal(t->told[0].conn, 7);
    assert_string_equal(t->told[0].body, "sum 5");
    assert_int_equal(t->durable_sum, 5);
    assert_int_equal(t->told_before, 0); /* sessions and requests are settled before anybody is told */
    assert_int_equal(commit_unsettled(t->commit), 0);
    assert_true(commit_idle(t->commit));
}

static void commands_gather_while_a_batch_is_out(void **state)
{
    struct toy *t = *state;
    add(t, 1, 1);
    turn(t);
    for (int i = 0; i < 100; i++)
        add(t, 2, 1);
    turn(t);
    assert_int_equal(t->batches, 1);
    durable(t);
    assert_int_equal(t->batches, 2); /* at once, without waiting for another turn */
    assert_int_equal(t->sent_jobs, 100);
    durable(t);
    assert_int_equal(t->told_n, 101);
    assert_int_equal(commit_done(t->commit), 101);
}

static void a_full_batch_takes_no_more(void **state)
{
    struct toy *t = *state;
    add(t, 1, 1);
    turn(t);
    int n = 0;
    while (commit_room(t->commit)) {
        add(t, 2, 1);
        n++;
    }
    assert_int_equal(n, QF_BATCH_COMMANDS);
    assert_true(commit_wait_helps(t->commit));
    durable(t);
    assert_true(commit_room(t->commit));
}

static void a_read_leaves_with_what_it_saw(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 9, .cmd = QF_CMD_order_list };
    assert_int_equal(commit_hold(t->commit, &w, "r", 1), QF_ENOENT); /* nothing is open */
    add(t, 1, 1);
    turn(t);
    assert_int_equal(commit_hold(t->commit, &w, "first", 5), QF_OK);
    add(t, 1, 1);
    w.conn = 10;
    assert_int_equal(commit_hold(t->commit, &w, "second", 6), QF_OK);
    durable(t);
    assert_int_equal(t->told_n, 2);
    assert_string_equal(t->told[1].body, "first");
    durable(t);
    assert_int_equal(t->told_n, 4);
    assert_string_equal(t->told[3].body, "second");
}

static void held_reads_are_bounded(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 9, .cmd = QF_CMD_order_list };
    add(t, 1, 1);
    char *big = qf_xalloc(1024 * 1024);
    int n = 0;
    while (commit_hold(t->commit, &w, big, 1024 * 1024) == QF_OK)
        n++;
    assert_int_equal(n, 16);
    free(big);
    turn(t);
    durable(t);
    assert_int_equal(commit_hold(t->commit, &w, "x", 1), QF_ENOENT);
}

static void a_failed_batch_and_the_one_behind_it_are_undone(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    turn(t);
    add(t, 2, 7);
    assert_int_equal(t->sum, 12);
    failed(t, LANE_NOT_DONE);
    assert_int_equal(t->sum, 0);
    assert_int_equal(t->undone, 2);
    assert_int_equal(t->rebuilt, 1);
    assert_int_equal(t->reopened, 2); /* at the start and now */
    assert_int_equal(t->told_n, 2);
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_int_equal(t->told[1].reason, QF_R_NOT_DONE);
    add(t, 1, 3);
    settle_all(t);
    assert_int_equal(t->durable_sum, 3);
}

static void facts_survive_a_failed_batch_in_order(void **state)
{
    struct toy *t = *state;
    fact(t, 5);
    turn(t);
    fact(t, 7);
    add(t, 2, 100);
    failed(t, LANE_NOT_DONE);
    settle_all(t);
    assert_int_equal(t->durable_sum, 12);
    assert_int_equal(t->dropped, 2);
}

static void assert_order(struct toy *t, int n)
{
    assert_int_equal(t->order_n, n);
    for (int i = 0; i < n; i++)
        assert_int_equal(t->order[i], i + 1);
}

/* The batch behind the doubtful one is given up first; its facts came later all the same. */
static void facts_of_two_failed_batches_keep_their_order(void **state)
{
    struct toy *t = *state;
    fact(t, 1);
    fact(t, 2);
    turn(t);
    fact(t, 3);
    fact(t, 4);
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    fact(t, 5);
    commit_connected(t->commit);
    commit_settled(t->commit, false);
    fact(t, 6);
    t->order_n = 0;
    commit_ready(t->commit);
    settle_all(t);
    assert_order(t, 6);
    assert_int_equal(t->durable_sum, 21);
}

static void facts_that_waited_stay_behind_those_of_a_failed_batch(void **state)
{
    struct toy *t = *state;
    fact(t, 1);
    turn(t);
    fact(t, 2);
    failed(t, LANE_NOT_DONE);
    turn(t);
    fact(t, 3);
    t->order_n = 0;
    failed(t, LANE_NOT_DONE);
    fact(t, 4);
    settle_all(t);
    assert_order(t, 4);
    assert_int_equal(t->durable_sum, 10);
    assert_int_equal(t->dropped, 4);
}

static void only_the_guilty_command_is_refused(void **state)
{
    struct toy *t = *state;
    t->bad = 50;
    add(t, 999, 1000);
    turn(t);
    for (int64_t i = 1; i <= 60; i++)
        add(t, (uint64_t)i, i);
    fact(t, 2000);
    settle_all(t);
    assert_string_equal(t->guilty, "50 23505 duplicate");
    assert_int_equal(t->told_n, 60); /* 59 and the first; the guilty one is told by who handles `guilty` */
    for (int i = 0; i < t->told_n; i++)
        assert_int_equal(t->told[i].reason, QF_R_COUNT);
    assert_int_equal(t->durable_sum, 1000 + 2000 + 60 * 61 / 2 - 50 + 100000);
    assert_int_equal(t->sum, t->durable_sum);
    assert_true(commit_idle(t->commit));
    assert_int_equal(commit_unsettled(t->commit), 0);
}

static void commands_wait_while_others_are_decided_again(void **state)
{
    struct toy *t = *state;
    t->bad = 2;
    add(t, 1, 1);
    add(t, 2, 2);
    add(t, 3, 3);
    turn(t);
    database(t);
    assert_false(commit_room(t->commit));
    assert_true(commit_wait_helps(t->commit));
    settle_all(t);
    assert_true(commit_room(t->commit));
    assert_int_equal(t->sum, 4 + 100000);
}

static void losing_the_connection_while_deciding_again_answers_everybody(void **state)
{
    struct toy *t = *state;
    t->bad = 2;
    for (int64_t i = 1; i <= 4; i++)
        add(t, (uint64_t)i, i);
    fact(t, 40);
    turn(t);
    database(t); /* guilty: now one by one, the first is out */
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    assert_int_equal(t->told_n, 3);
    commit_connected(t->commit);
    commit_settled(t->commit, true);
    assert_int_equal(t->told_n, 4);
    assert_string_equal(t->told[3].body, "sum 1");
    commit_ready(t->commit);
    settle_all(t);
    assert_int_equal(t->durable_sum, 41);
}

static void a_doubtful_batch_stays_until_the_database_tells(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 9, .cmd = QF_CMD_order_list };
    add(t, 1, 5);
    turn(t);
    assert_int_equal(commit_hold(t->commit, &w, "read", 4), QF_OK);
    add(t, 2, 7);
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    assert_int_equal(t->sum, 5); /* the open one is undone, the doubtful one stands */
    assert_int_equal(commit_trouble(t->commit), TROUBLE_DOUBT);
    assert_int_equal(commit_unsettled(t->commit), 1);
    assert_null(commit_batch(t->commit));
    assert_int_equal(t->told_n, 2); /* NOT_DONE to the second, the read goes on */
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_string_equal(t->told[1].body, "read");
    commit_connected(t->commit);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_LOADING);
    commit_settled(t->commit, false);
    assert_int_equal(t->sum, 0);
    assert_int_equal(t->told[2].reason, QF_R_NOT_DONE);
    commit_ready(t->commit);
    assert_true(commit_room(t->commit));
}

static void a_repeat_joins_the_batch_of_the_first(void **state)
{
    struct toy *t = *state;
    struct waiter w = { .conn = 3, .cmd = QF_CMD_order_place };
    add(t, 1, 5);
    uint64_t no = batch_no(commit_batch(t->commit));
    turn(t);
    assert_true(commit_join(t->commit, no, &w, "same", 4));
    assert_false(commit_join(t->commit, no + 5, &w, "same", 4));
    struct batch *b = t->sent;
    t->sent = NULL;
    commit_on_doubt(t->commit, b);
    w.conn = 4;
    assert_true(commit_join(t->commit, no, &w, "same", 4));
    assert_int_equal(t->told_n, 0);
    commit_connected(t->commit);
    commit_settled(t->commit, true);
    assert_int_equal(t->told_n, 3);
    assert_string_equal(t->told[2].body, "same");
}

static void a_fenced_daemon_takes_nothing_any_more(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    turn(t);
    failed(t, LANE_FENCED);
    assert_true(commit_fenced(t->commit));
    assert_false(commit_room(t->commit));
    assert_false(commit_wait_helps(t->commit));
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_int_equal(t->sum, 0);
}

static void a_lost_connection_with_nothing_out_undoes_the_open_batch(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    fact(t, 9);
    commit_on_lost(t->commit);
    assert_int_equal(t->sum, 0);
    assert_int_equal(t->told[0].reason, QF_R_NOT_DONE);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_DOWN);
    fact(t, 1);
    assert_int_equal(commit_waiting(t->commit), 2);
    commit_connected(t->commit);
    commit_ready(t->commit);
    settle_all(t);
    assert_int_equal(t->durable_sum, 10);
}

static void a_fact_alone_waits_a_moment_for_company(void **state)
{
    struct toy *t = *state;
    turn(t); /* the hurry of the start is over */
    fact(t, 5);
    turn(t);
    assert_null(t->sent);
    for (int i = 0; i < 100 && !t->sent; i++)
        qf_loop_once(t->loop, 1000);
    durable(t);
    fact(t, 6);
    add(t, 1, 7); /* takes it along at once */
    turn(t);
    assert_int_equal(t->sent_jobs, 2);
    durable(t);
    assert_int_equal(t->durable_sum, 18);
}

static void slow_is_said_and_ends(void **state)
{
    struct toy *t = *state;
    add(t, 1, 5);
    turn(t);
    commit_on_slow(t->commit, true);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_SLOW);
    assert_false(commit_wait_helps(t->commit));
    assert_true(commit_room(t->commit));
    durable(t);
    assert_int_equal(commit_trouble(t->commit), TROUBLE_NONE);
}

static void a_job_without_rows_sends_no_batch(void **state)
{
    struct toy *t = *state;
    add(t, 1, 0);
    fact(t, 0);
    turn(t);
    assert_null(t->sent);
    assert_int_equal(t->dropped, 1);
    assert_int_equal(commit_unsettled(t->commit), 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_answer_leaves_only_when_its_batch_is_durable),
        CASE(commands_gather_while_a_batch_is_out),
        CASE(a_full_batch_takes_no_more),
        CASE(a_read_leaves_with_what_it_saw),
        CASE(held_reads_are_bounded),
        CASE(a_failed_batch_and_the_one_behind_it_are_undone),
        CASE(facts_survive_a_failed_batch_in_order),
        CASE(facts_of_two_failed_batches_keep_their_order),
        CASE(facts_that_waited_stay_behind_those_of_a_failed_batch),
        CASE(only_the_guilty_command_is_refused),
        CASE(commands_wait_while_others_are_decided_again),
        CASE(losing_the_connection_while_deciding_again_answers_everybody),
        CASE(a_doubtful_batch_stays_until_the_database_tells),
        CASE(a_repeat_joins_the_batch_of_the_first),
        CASE(a_fenced_daemon_takes_nothing_any_more),
        CASE(a_lost_connection_with_nothing_out_undoes_the_open_batch),
        CASE(a_fact_alone_waits_a_moment_for_company),
        CASE(slow_is_said_and_ends),
        CASE(a_job_without_rows_sends_no_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
