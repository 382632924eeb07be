#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/proto/frame.h"
#include "common/str.h"
#include "daemon/server/session.h"
#include "daemon/server/topic.h"

#define ACCOUNTS 40
#define ORDERS 3000

/* A client that mirrors topics from what it reads. */
struct client {
    int fd;
    uint64_t number;
    struct qf_buf in;
    uint64_t seq;
    int lines, whole;            /* updates read, and those of them that began anew */
    bool lost_step;              /* an update did not follow the one before: a real client would refetch */
    char dropped[32];
    bool has[ACCOUNTS];
    int64_t balance[ACCOUNTS];   /* topic cash, by account number */
    bool order[ORDERS + 1];      /* topic orders, by id */
    int64_t ids[4096];           /* topic executions, in the order they came */
    int ids_n;
};

struct world {
    struct qf_loop *loop;
    struct conn_table *conns;
    struct topics *topics;
};

static void on_line(void *arg, struct conn *c, const char *line, size_t n)
{
    (void)arg, (void)c, (void)line, (void)n;
}

static void on_opened(void *arg, struct conn *c)
{
    (void)arg;
    conn_who(c)->signed_in = true;
}

static void on_closed(void *arg, struct conn *c)
{
    struct world *w = arg;
    topic_leave(w->topics, c);
}

static void on_drained(void *arg, struct conn *c)
{
    struct world *w = arg;
    topic_drained(w->topics, c);
}

static int set_up(void **state)
{
    static struct world w;
    const struct conn_callbacks cb = { on_line, on_opened, on_closed, on_drained, &w };
    w.loop = qf_loop_new();
    w.conns = conn_table_new(w.loop, &cb);
    w.topics = topics_new(w.conns);
    *state = &w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    conn_table_free(w->conns);
    topics_free(w->topics);
    qf_loop_free(w->loop);
    return 0;
}

static void turn(struct world *w)
{
    for (int i = 0; i < 3; i++)
        qf_loop_once(w->loop, 0);
}

/* --- the client */
static struct client *join(struct world *w)
{
    int sv[2], small = 4096;
    struct client *c = calloc(1, sizeof *c);
    assert_non_null(c);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
    setsockopt(sv[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small); /* so that the kernel hides little */
    struct conn *conn = conn_take(w->conns, sv[0], NULL, "unix");
    assert_non_null(conn);
    c->fd = sv[1];
    c->number = conn_number(conn);
    qf_buf_init(&c->in, 64 * 1024 * 1024);
    return c;
}

static void part(struct world *w, struct client *c)
{
    close(c->fd);
    turn(w);
    turn(w);
    assert_null(conn_find(w->conns, c->number));
    qf_buf_release(&c->in);
    free(c);
}

static uint64_t subscribe(struct world *w, struct client *c, enum qf_topic_id topic)
{
    uint64_t seq = 0;
    struct conn *conn = conn_find(w->conns, c->number);
    assert_int_equal(topic_subscribe(w->topics, topic, conn, &seq), QF_OK);
    topic_start(w->topics, topic, conn);
    return seq;
}

static void take_cash(struct client *c, const struct qf_cash *r, bool there)
{
    int i = (int)strtol(r->account + 1, NULL, 10);
    assert_in_range(i, 0, ACCOUNTS - 1);
    c->has[i] = there;
    if (there)
        c->balance[i] = (int64_t)(r->balance / QF_ONE);
}

static void take_record(struct client *c, enum qf_topic_id topic, const void *r, bool there)
{
    if (topic == QF_TOPIC_cash)
        take_cash(c, r, there);
    else if (topic == QF_TOPIC_orders)
        c->order[((const struct qf_order *)r)->id] = there;
    else if (there)
        c->ids[c->ids_n++ % 4096] = ((const struct qf_execution *)r)->id;
}

static void take_rows(struct client *c, enum qf_topic_id topic, const char *p, size_t n, bool there)
{
    static union {
        struct qf_cash cash;
        struct qf_order order;
        struct qf_execution execution;
    } r;
    struct qf_wire_error error;
    struct qf_arena arena;
    struct qf_json j;
    bool more;
    qf_arena_init(&arena, 1 << 20);
    qf_json_begin(&j, p, n);
    assert_int_equal(qf_json_open(&j, '['), QF_OK);
    for (bool first = true;; first = false) {
        assert_int_equal(qf_json_next_item(&j, first, &more), QF_OK);
        if (!more)
            break;
        assert_int_equal(qf_wire_decode(&j, qf_topics[topic].rec, QF_WIRE_LENIENT, &r, &arena, &error), QF_OK);
        take_record(c, topic, &r, there);
    }
    qf_arena_release(&arena);
}

static void take_push(struct client *c, const struct qf_line *l)
{
    enum qf_topic_id topic = (enum qf_topic_id)qf_topic_find(l->topic, strlen(l->topic));
    c->lines++;
    if (l->from == 0) {
        c->whole++;
        memset(c->has, 0, sizeof c->has);
        memset(c->order, 0, sizeof c->order);
    } else if (l->from != c->seq) {
        c->lost_step = true;
    }
    assert_true(l->seq > l->from);
    c->seq = l->seq;
    take_rows(c, topic, l->body, l->body_n, true);
    if (l->deleted)
        take_rows(c, topic, l->deleted, l->deleted_n, false);
}

static void take_line(struct client *c, const char *p, size_t n)
{
    struct qf_line l;
    assert_int_equal(qf_line_read(p, n, &l), QF_OK);
    assert_true(n < QF_ANSWER_MAX);
    if (l.kind == QF_LINE_DROP) {
        qf_str_copy(c->dropped, sizeof c->dropped, l.reason);
        return;
    }
    assert_int_equal(l.kind, QF_LINE_PUSH);
    take_push(c, &l);
}

/* Reads at most `most` bytes and applies whole lines. Returns false when nothing was there. */
static bool read_some(struct client *c, size_t most)
{
    char *room = qf_buf_room(&c->in, most), *end;
    ssize_t n = recv(c->fd, room, most, 0);
    if (n <= 0)
        return false;
    c->in.len += (size_t)n;
    size_t at = 0;
    while ((end = memchr(c->in.p + at, '\n', c->in.len - at)) != NULL) {
        take_line(c, c->in.p + at, (size_t)(end - c->in.p) - at);
        at = (size_t)(end - c->in.p) + 1;
    }
    qf_buf_drop(&c->in, at);
    return true;
}

static void read_all(struct world *w, struct client *c)
{
    do
        turn(w);
    while (read_some(c, 65536));
}

/* --- rows */
static void put_cash(struct world *w, int account, int64_t balance)
{
    struct qf_cash r = { .balance = balance * QF_ONE };
    qf_str_fmt(r.account, sizeof r.account, "A%d", account);
    qf_str_copy(r.currency, sizeof r.currency, "USD");
    qf_rec_fill(&qf_rec_cash, &r);
    topic_row(w->topics, QF_TOPIC_cash, &r);
}

static void delete_cash(struct world *w, int account)
{
    struct qf_cash r = { 0 };
    qf_str_fmt(r.account, sizeof r.account, "A%d", account);
    qf_str_copy(r.currency, sizeof r.currency, "USD");
    topic_delete(w->topics, QF_TOPIC_cash, &r);
}

static void put_order(struct world *w, int64_t id, enum qf_order_state order_state, char filler)
{
    struct qf_order r = { .id = id, .state = (int32_t)order_state };
    memset(r.ref, filler, sizeof r.ref - 1);
    memset(r.by, filler, sizeof r.by - 1);
    qf_rec_fill(&qf_rec_order, &r);
    topic_row(w->topics, QF_TOPIC_orders, &r);
}

static void put_execution(struct world *w, int64_t id)
{
    struct qf_execution r = { .id = id };
    qf_rec_fill(&qf_rec_execution, &r);
    topic_row(w->topics, QF_TOPIC_executions, &r);
}

/* --- tests */
static void the_first_update_has_all_rows_also_when_there_are_none(void **state)
{
    struct world *w = *state;
    struct client *a = join(w), *b = join(w);
    uint64_t seq = subscribe(w, a, QF_TOPIC_cash);
    read_all(w, a);
    assert_int_equal(a->whole, 1);
    assert_int_equal(a->seq, seq);
    put_cash(w, 1, 100);
    put_cash(w, 2, 200);
    topics_flush(w->topics);
    read_all(w, a);
    assert_int_equal(a->lines, 2);
    assert_int_equal(a->whole, 1);
    assert_int_equal(a->seq, seq + 1);
    seq = subscribe(w, b, QF_TOPIC_cash);
    read_all(w, b);
    assert_int_equal(b->whole, 1);
    assert_int_equal(b->seq, seq);
    assert_true(b->has[1] && b->balance[2] == 200 && !b->has[3]);
    part(w, a);
    part(w, b);
}

static void a_change_is_one_step_and_equal_bytes_are_none(void **state)
{
    struct world *w = *state;
    struct client *c = join(w);
    put_cash(w, 1, 1);
    subscribe(w, c, QF_TOPIC_cash);
    read_all(w, c);
    uint64_t seq = c->seq;
    put_cash(w, 1, 1);
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(c->seq, seq);
    put_cash(w, 1, 5);
    put_cash(w, 1, 6);
    put_cash(w, 1, 7); /* the last one counts */
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(c->seq, seq + 1);
    assert_int_equal(c->balance[1], 7);
    delete_cash(w, 1);
    delete_cash(w, 1);
    delete_cash(w, 9); /* never was there */
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(c->seq, seq + 2);
    assert_false(c->has[1]);
    assert_int_equal(c->whole, 1);
    assert_int_equal(topic_rows(w->topics, QF_TOPIC_cash), 0);
    put_cash(w, 1, 7); /* comes back though the bytes are those it had */
    topics_flush(w->topics);
    read_all(w, c);
    assert_true(c->has[1]);
    part(w, c);
}

static void a_slow_reader_gets_wider_steps_and_the_newest_rows(void **state)
{
    struct world *w = *state;
    struct client *slow = join(w), *quick = join(w);
    subscribe(w, slow, QF_TOPIC_orders);
    subscribe(w, quick, QF_TOPIC_orders);
    for (int round = 0; round < 400; round++) {
        for (int64_t id = 1; id <= 20; id++)
            put_order(w, id, QF_ORDER_WORKING, (char)('a' + (round + id) % 26));
        topics_flush(w->topics);
        read_all(w, quick);
    }
    struct conn *conn = conn_find(w->conns, slow->number);
    assert_non_null(conn);
    assert_true(conn_out(conn) < CONN_OUT_LOW + 2 * 20 * 500); /* what it does not read does not pile up */
    read_all(w, slow);
    assert_int_equal(quick->lines, 401);
    assert_false(quick->lost_step);
    assert_true(slow->lines < 100);
    assert_false(slow->lost_step);
    assert_int_equal(slow->seq, quick->seq);
    assert_int_equal(slow->whole, 1);
    part(w, slow);
    part(w, quick);
}

static void a_burst_goes_in_lines_of_bounded_size(void **state)
{
    struct world *w = *state;
    struct client *early = join(w), *late = join(w);
    subscribe(w, early, QF_TOPIC_orders);
    for (int64_t id = 1; id <= ORDERS; id++)
        put_order(w, id, QF_ORDER_WORKING, 'x');
    topics_flush(w->topics);
    read_all(w, early);
    subscribe(w, late, QF_TOPIC_orders);
    read_all(w, late);
    for (int64_t id = 1; id <= ORDERS; id++)
        assert_true(early->order[id] && late->order[id]);
    assert_false(early->lost_step || late->lost_step);
    assert_int_equal(early->seq, late->seq);
    assert_true(early->lines >= 3); /* over 1 MiB of rows */
    part(w, early);
    part(w, late);
}

static void ended_orders_make_room(void **state)
{
    struct world *w = *state;
    struct client *c = join(w);
    subscribe(w, c, QF_TOPIC_orders);
    for (int64_t id = 1; id <= 300; id++) {
        put_order(w, id, QF_ORDER_WORKING, 'x');
        if (id > 10)
            put_order(w, id, QF_ORDER_FILLED, 'x');
        if (id % 7 == 0)
            topics_flush(w->topics);
    }
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(topic_rows(w->topics, QF_TOPIC_orders), 10 + TOPIC_ENDED);
    for (int64_t id = 1; id <= 300; id++)
        assert_int_equal(c->order[id], id <= 10 || id > 300 - TOPIC_ENDED);
    part(w, c);
}

static void a_stream_keeps_its_newest_and_says_when_some_were_missed(void **state)
{
    struct world *w = *state;
    struct client *quick = join(w), *late = join(w);
    subscribe(w, quick, QF_TOPIC_executions);
    for (int64_t id = 1; id <= 1000; id++) {
        put_execution(w, id);
        if (id % 10 == 0) {
            topics_flush(w->topics);
            read_all(w, quick);
        }
    }
    assert_int_equal(quick->ids_n, 1000); /* everybody who keeps up sees each */
    for (int i = 0; i < 1000; i++)
        assert_int_equal(quick->ids[i], i + 1);
    assert_int_equal(topic_rows(w->topics, QF_TOPIC_executions), TOPIC_STREAM);
    subscribe(w, late, QF_TOPIC_executions);
    read_all(w, late);
    assert_int_equal(late->ids_n, TOPIC_STREAM);
    assert_int_equal(late->ids[0], 1000 - TOPIC_STREAM + 1);
    for (int64_t id = 1001; id <= 9000; id++) { /* nobody reads */
        put_execution(w, id);
        if (id % 10 == 0)
            topics_flush(w->topics);
    }
    late->ids_n = 0;
    read_all(w, late);
    assert_int_equal(late->ids[(late->ids_n - 1) % 4096], 9000);
    assert_int_equal(late->whole, 2); /* began anew: it knows that some are missing */
    assert_false(late->lost_step);
    part(w, quick);
    part(w, late);
}

static void clearing_begins_anew(void **state)
{
    struct world *w = *state;
    struct client *c = join(w);
    put_cash(w, 1, 1);
    put_cash(w, 2, 2);
    subscribe(w, c, QF_TOPIC_cash);
    read_all(w, c);
    topic_clear(w->topics, QF_TOPIC_cash);
    put_cash(w, 2, 3);
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(c->whole, 2);
    assert_false(c->has[1]);
    assert_int_equal(c->balance[2], 3);
    topic_clear(w->topics, QF_TOPIC_cash); /* and nothing comes back */
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(c->whole, 3);
    assert_false(c->has[2]);
    part(w, c);
}

static void subscriptions_are_kept_in_order(void **state)
{
    struct world *w = *state;
    struct client *c = join(w);
    struct conn *conn = conn_find(w->conns, c->number);
    uint64_t seq;
    assert_false(topic_wanted(w->topics, QF_TOPIC_cash));
    subscribe(w, c, QF_TOPIC_cash);
    assert_true(topic_wanted(w->topics, QF_TOPIC_cash));
    assert_int_equal(topic_subscribe(w->topics, QF_TOPIC_cash, conn, &seq), QF_EEXIST);
    assert_int_equal(topic_unsubscribe(w->topics, QF_TOPIC_orders, conn), QF_ENOENT);
    assert_int_equal(topic_unsubscribe(w->topics, QF_TOPIC_cash, conn), QF_OK);
    assert_false(topic_wanted(w->topics, QF_TOPIC_cash));
    read_all(w, c);
    int lines = c->lines;
    put_cash(w, 1, 1);
    topics_flush(w->topics);
    read_all(w, c);
    assert_int_equal(c->lines, lines);
    subscribe(w, c, QF_TOPIC_cash);
    part(w, c);
    assert_false(topic_wanted(w->topics, QF_TOPIC_cash));
}

static void who_may_not_see_any_more_is_dropped(void **state)
{
    struct world *w = *state;
    struct client *c = join(w);
    struct conn *conn = conn_find(w->conns, c->number);
    subscribe(w, c, QF_TOPIC_users); /* admin's */
    subscribe(w, c, QF_TOPIC_cash);  /* view */
    topic_recheck(w->topics, conn, true, QF_ROLE_ADMIN);
    assert_true(topic_wanted(w->topics, QF_TOPIC_users));
    topic_recheck(w->topics, conn, true, QF_ROLE_VIEWER);
    assert_false(topic_wanted(w->topics, QF_TOPIC_users));
    assert_true(topic_wanted(w->topics, QF_TOPIC_cash));
    read_all(w, c);
    assert_string_equal(c->dropped, "FORBIDDEN");
    topic_recheck(w->topics, conn, false, QF_ROLE_ADMIN);
    assert_false(topic_wanted(w->topics, QF_TOPIC_cash));
    read_all(w, c);
    assert_string_equal(c->dropped, "SESSION_ENDED");
    part(w, c);
}

static void who_takes_nothing_is_dropped_with_a_reason(void **state)
{
    struct world *w = *state;
    struct client *stuck = join(w), *reads = join(w);
    topics_patience(w->topics, 50000000);
    subscribe(w, stuck, QF_TOPIC_orders);
    subscribe(w, reads, QF_TOPIC_orders);
    int64_t end = qf_now_mono() + 10000000000LL;
    for (int round = 0; topics_dropped(w->topics) == 0 && qf_now_mono() < end; round++) {
        for (int64_t id = 1; id <= 200; id++)
            put_order(w, id, QF_ORDER_WORKING, (char)('a' + (round + id) % 26));
        topics_flush(w->topics);
        read_all(w, reads);
    }
    assert_int_equal(topics_dropped(w->topics), 1);
    assert_string_equal(reads->dropped, "");
    read_all(w, stuck);
    assert_string_equal(stuck->dropped, "BEHIND");
    assert_false(stuck->lost_step);
    assert_non_null(conn_find(w->conns, stuck->number)); /* the connection stays: it may subscribe again */
    subscribe(w, stuck, QF_TOPIC_orders);
    read_all(w, stuck);
    assert_int_equal(stuck->seq, reads->seq);
    part(w, stuck);
    part(w, reads);
}

/* Random changes, random patience; in the end everybody has the same. */
static void mirrors_agree_after_any_history(void **state)
{
    struct world *w = *state;
    enum { READERS = 6 };
    struct client *c[READERS];
    bool has[ACCOUNTS] = { false };
    int64_t balance[ACCOUNTS] = { 0 };
    unsigned seed = 20260925;
    for (int i = 0; i < READERS; i++) {
        c[i] = join(w);
        subscribe(w, c[i], QF_TOPIC_cash);
    }
    for (int step = 0; step < 60000; step++) {
        int what = rand_r(&seed) % 100, a = rand_r(&seed) % ACCOUNTS;
        if (what < 60) {
            has[a] = true;
            balance[a] = rand_r(&seed) % 1000000;
            put_cash(w, a, balance[a]);
        } else if (what < 70) {
            has[a] = false;
            delete_cash(w, a);
        } else if (what < 95) {
            topics_flush(w->topics);
        } else if (step % 5000 == 7) {
            memset(has, 0, sizeof has);
            topic_clear(w->topics, QF_TOPIC_cash);
        } else {
            int i = rand_r(&seed) % READERS; /* 0 reads often, the last hardly ever */
            if (rand_r(&seed) % (1 + i * i * i) == 0)
                read_some(c[i], (size_t)(1 + rand_r(&seed) % 20000));
            qf_loop_once(w->loop, 0);
        }
    }
    topics_flush(w->topics);
    for (int i = 0; i < READERS; i++) {
        read_all(w, c[i]);
        assert_false(c[i]->lost_step);
        for (int a = 0; a < ACCOUNTS; a++) {
            assert_int_equal(c[i]->has[a], has[a]);
            if (has[a])
                assert_int_equal(c[i]->balance[a], balance[a]);
        }
    }
    assert_true(c[0]->lines > c[READERS - 1]->lines);
    for (int i = 0; i < READERS; i++)
        part(w, c[i]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_first_update_has_all_rows_also_when_there_are_none),
        TEST(a_change_is_one_step_and_equal_bytes_are_none),
        TEST(a_slow_reader_gets_wider_steps_and_the_newest_rows),
        TEST(a_burst_goes_in_lines_of_bounded_size),
        TEST(ended_orders_make_room),
        TEST(a_stream_keeps_its_newest_and_says_when_some_were_missed),
        TEST(clearing_begins_anew),
        TEST(subscriptions_are_kept_in_order),
        TEST(who_may_not_see_any_more_is_dropped),
        TEST(who_takes_nothing_is_dropped_with_a_reason),
        TEST(mirrors_agree_after_any_history),
    };
    return cmocka_run_group_tests_name("topic", tests, NULL, NULL);
}
