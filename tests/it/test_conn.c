#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/it/echo.h"

#include <sys/resource.h>

#include "common/proto/frame.h"

/* --- lines */
static void lines_are_cut_wherever_reads_end(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    put_text(e, fd, "one\ntwo\n\nthr");
    assert_string_equal(got(e, fd), "one\ntwo\n\n");
    put_text(e, fd, "ee\nfour");
    assert_string_equal(got(e, fd), "three\n");
    put_text(e, fd, "\n");
    assert_string_equal(got(e, fd), "four\n");
    assert_int_equal(conn_stats(e->conns)->lines, 5);
    close(fd);
    turn(e);
}

static void any_chunks_give_the_same_lines(void **state)
{
    struct echo *e = *state;
    struct qf_buf in, out;
    unsigned seed = 7;
    int fd = echo_pair(e);
    qf_buf_init(&in, 64 * 1024 * 1024);
    qf_buf_init(&out, 64 * 1024 * 1024);
    e->sign_in = true;
    for (int i = 0; i < 3000; i++) {
        size_t n = rand_r(&seed) % 100 == 0 ? (size_t)rand_r(&seed) % 200000 : (size_t)rand_r(&seed) % 300;
        char *p = qf_buf_room(&in, n + 1);
        for (size_t k = 0; k < n; k++)
            p[k] = (char)('a' + (i + (int)k) % 26);
        p[n] = '\n';
        in.len += n + 1;
    }
    for (size_t at = 0; at < in.len;) {
        size_t n = (size_t)rand_r(&seed) % (rand_r(&seed) % 4 ? 100 : 150000) + 1;
        n = n < in.len - at ? n : in.len - at;
        ssize_t sent = send(fd, in.p + at, n, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        qf_loop_once(e->loop, 0);
        assert_true(take(e, fd, &out));
    }
    for (int i = 0; i < 1000 && out.len < in.len; i++) {
        turn(e);
        assert_true(take(e, fd, &out));
    }
    assert_int_equal(out.len, in.len);
    assert_memory_equal(out.p, in.p, in.len);
    qf_buf_release(&in);
    qf_buf_release(&out);
    close(fd);
    turn(e);
}

static void put_long(struct echo *e, int fd, size_t n)
{
    char *p = malloc(n);
    assert_non_null(p);
    memset(p, 'x', n);
    put(e, fd, p, n);
    free(p);
    put_text(e, fd, "\n");
}

static void the_longest_line_is_taken_and_one_byte_more_is_not(void **state)
{
    struct echo *e = *state;
    e->sign_in = true;
    int fd = echo_pair(e);
    e->silent = true;
    put_long(e, fd, QF_FRAME_MAX);
    assert_int_equal(e->lines, 1);
    assert_string_equal(got(e, fd), "");
    put_long(e, fd, QF_FRAME_MAX + 1);
    const char *answer = got(e, fd);
    assert_int_equal(e->lines, 1);
    assert_non_null(strstr(answer, "\"id\":null"));
    assert_non_null(strstr(answer, "\"reason\":\"TOO_LARGE\""));
    assert_ptr_equal(strchr(answer, '\n') + 1, answer + strlen(answer)); /* one line */
    e->silent = false;
    put_text(e, fd, "next\n");
    assert_string_equal(got(e, fd), "next\n");
    close(fd);
    turn(e);
}

static void a_stranger_may_send_less(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    e->silent = true;
    put_long(e, fd, QF_FRAME_STRANGER);
    assert_int_equal(e->lines, 1);
    put_long(e, fd, QF_FRAME_STRANGER + 1);
    assert_int_equal(e->lines, 1);
    assert_non_null(strstr(got(e, fd), "\"reason\":\"TOO_LARGE\""));
    close(fd);
    turn(e);
}

static void a_stranger_who_does_it_twice_is_cut_off(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    put_long(e, fd, 3 * QF_FRAME_MAX);
    assert_false(at_end(e, fd));
    put_long(e, fd, QF_FRAME_MAX + 7);
    assert_true(at_end(e, fd));
    close(fd);
    turn(e);
    assert_int_equal(e->closed, 1);
    e->sign_in = true;
    fd = echo_pair(e);
    for (int i = 0; i < 5; i++)
        put_long(e, fd, QF_FRAME_MAX + 1);
    assert_false(at_end(e, fd)); /* somebody we know may be clumsy */
    assert_int_equal(conn_stats(e->conns)->long_lines, 7);
    close(fd);
    turn(e);
}

/* --- turns */
static void one_who_sends_much_does_not_keep_the_others_waiting(void **state)
{
    struct echo *e = *state;
    int a = echo_pair(e), b = echo_pair(e);
    char many[2 * 5000 + 1];
    for (int i = 0; i < 5000; i++)
        memcpy(many + 2 * i, "a\n", 3);
    put(e, a, many, 2 * 5000);
    put(e, b, "b\n", 2);
    for (int i = 0; i < 1000 && e->lines < 5001; i++)
        turn(e);
    assert_int_equal(e->lines, 5001);
    const char *order = qf_buf_cstr(&e->order);
    assert_true(strchr(order, 'b') - order <= 128); /* two rounds of the other at most */
    assert_int_equal(strlen(got(e, a)), 10000);
    close(a);
    close(b);
    turn(e);
}

static bool pause_at_p(struct echo *e, struct conn *c, const char *line, size_t n)
{
    (void)e, (void)n;
    if (n > 0 && line[0] == 'p')
        conn_pause(c, true);
    return false;
}

static void a_paused_connection_keeps_its_lines(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    e->special = pause_at_p;
    put_text(e, fd, "1\np\n2\n3\n");
    assert_string_equal(got(e, fd), "1\np\n");
    put_text(e, fd, "4\n");
    assert_string_equal(got(e, fd), "");
    conn_pause(conn_find(e->conns, e->last), false);
    assert_string_equal(got(e, fd), "2\n3\n4\n");
    put_text(e, fd, "5\n");
    assert_string_equal(got(e, fd), "5\n");
    close(fd);
    turn(e);
}

static bool close_at_c(struct echo *e, struct conn *c, const char *line, size_t n)
{
    (void)n;
    if (n > 0 && line[0] == 'c') {
        conn_send(c, "bye\n", 4);
        conn_close(c);
        assert_null(conn_find(e->conns, conn_number(c)));
        conn_send(c, "lost\n", 5);
        return true;
    }
    return false;
}

static void closing_inside_a_line_sends_what_was_said_before(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    e->special = close_at_c;
    put_text(e, fd, "1\nc\n2\n");
    assert_string_equal(got(e, fd), "1\nbye\n");
    assert_true(at_end(e, fd));
    assert_int_equal(e->lines, 2);
    close(fd);
    turn(e);
    assert_int_equal(e->closed, 1);
}

static void numbers_are_never_used_twice(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    uint64_t first = e->last;
    struct conn *c = conn_find(e->conns, first);
    uint32_t slot = conn_slot(c);
    assert_non_null(c);
    close(fd);
    turn(e);
    assert_null(conn_find(e->conns, first));
    assert_int_equal(e->closed_number, first);
    fd = echo_pair(e);
    assert_int_equal(conn_slot(conn_find(e->conns, e->last)), slot);
    assert_true(e->last != first);
    assert_null(conn_find(e->conns, first));
    assert_null(conn_find(e->conns, 0));
    assert_null(conn_find(e->conns, UINT64_MAX));
    close(fd);
    turn(e);
}

static void the_peer_is_known(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    int64_t uid = -1, pid = -1;
    assert_true(conn_peer(conn_find(e->conns, e->last), &uid, &pid));
    assert_int_equal(uid, getuid());
    assert_int_equal(pid, getpid());
    assert_string_equal(conn_source(conn_find(e->conns, e->last)), "unix");
    close(fd);
    turn(e);
}

/* --- endings */
static bool answer_later(struct echo *e, struct conn *c, const char *line, size_t n)
{
    (void)e, (void)line, (void)n;
    conn_who(c)->in_flight++;
    return true;
}

static void a_script_may_close_its_side_before_the_answer(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    e->special = answer_later;
    put(e, fd, "1\n2\n", 4);
    shutdown(fd, SHUT_WR);
    turn(e);
    assert_int_equal(e->lines, 2);
    assert_int_equal(e->closed, 0);
    struct conn *c = conn_find(e->conns, e->last);
    assert_non_null(c);
    conn_who(c)->in_flight = 0;
    conn_send(c, "both\n", 5);
    assert_string_equal(got(e, fd), "both\n");
    assert_true(at_end(e, fd));
    assert_int_equal(e->closed, 1);
    close(fd);
}

static void strangers_who_say_nothing_are_shown_out(void **state)
{
    struct echo *e = *state;
    conn_table_patience(e->conns, 60000, 60000);
    int quiet = echo_pair(e), talks = echo_pair(e);
    e->sign_in = true;
    int known = echo_pair(e);
    int64_t end = qf_now_mono() + 250000000;
    while (qf_now_mono() < end) {
        qf_loop_once(e->loop, 5000);
        send(talks, "x\n", 2, MSG_NOSIGNAL);
    }
    assert_true(at_end(e, quiet));
    assert_false(at_end(e, talks));
    assert_false(at_end(e, known));
    assert_int_equal(conn_stats(e->conns)->idle, 1);
    close(quiet);
    close(talks);
    close(known);
    turn(e);
}

/* --- slow readers */
static void who_does_not_read_is_not_read_from(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    char line[60001];
    memset(line, 'z', sizeof line);
    line[60000] = '\n';
    size_t sent = 0;
    for (int quiet = 0; quiet < 50;) {
        ssize_t n = send(fd, line + sent % sizeof line, sizeof line - sent % sizeof line, MSG_NOSIGNAL);
        quiet = n > 0 ? 0 : quiet + 1;
        sent += n > 0 ? (size_t)n : 0;
        turn(e);
    }
    struct conn *c = conn_find(e->conns, e->last);
    assert_true(conn_out(c) > CONN_OUT_HIGH && conn_out(c) < CONN_OUT_HIGH + 200000);
    assert_int_equal(e->drained, 0);
    assert_int_equal(conn_queued(e->conns), conn_out(c));
    struct qf_buf b;
    qf_buf_init(&b, 64 * 1024 * 1024);
    for (int i = 0; i < 1000 && b.len < sent / sizeof line * sizeof line; i++) {
        turn(e);
        assert_true(take(e, fd, &b));
    }
    assert_int_equal(b.len, sent / sizeof line * sizeof line); /* all the same, nothing is lost */
    assert_true(e->drained >= 1);
    assert_int_equal(conn_out(c), 0);
    qf_buf_release(&b);
    close(fd);
    turn(e);
}

static void sixteen_unread_megabytes_are_the_end(void **state)
{
    struct echo *e = *state;
    int fd = echo_pair(e);
    static char mega[1024 * 1024];
    struct conn *c = conn_find(e->conns, e->last);
    for (int i = 0; i < 16; i++) {
        conn_send(c, mega, sizeof mega);
        assert_non_null(conn_find(e->conns, e->last));
    }
    turn(e);
    conn_send(c, mega, sizeof mega);
    conn_send(c, mega, sizeof mega); /* not even freed under our hands */
    assert_null(conn_find(e->conns, e->last));
    turn(e);
    assert_int_equal(e->closed, 1);
    assert_int_equal(conn_stats(e->conns)->slow, 1);
    close(fd);
}

static int released;

static void on_release(const void *p, size_t n, void *arg)
{
    assert_ptr_equal(p, arg);
    assert_int_equal(n, 100000);
    released++;
}

static void shared_bytes_are_given_back_once_for_each_send(void **state)
{
    struct echo *e = *state;
    static char shared[100000];
    int fd[4];
    struct conn *c[4];
    memset(shared, 's', sizeof shared);
    released = 0;
    for (int i = 0; i < 4; i++) {
        fd[i] = echo_pair(e);
        c[i] = conn_find(e->conns, e->last);
    }
    conn_close(c[3]);
    static const int to[] = { 0, 0, 1, 3 };
    for (size_t i = 0; i < QF_LEN(to); i++)
        conn_send_shared(c[to[i]], shared, sizeof shared, on_release, shared);
    assert_int_equal(released, 1); /* the closed one at once */
    assert_int_equal(strlen(got(e, fd[0])), 200000);
    assert_int_equal(strlen(got(e, fd[1])), 100000);
    assert_int_equal(released, 4);
    for (int i = 0; i < 30; i++)
        conn_send_shared(c[2], shared, sizeof shared, on_release, shared);
    close(fd[2]); /* never read them */
    turn(e);
    turn(e);
    assert_int_equal(released, 34);
    close(fd[0]);
    close(fd[1]);
    close(fd[3]);
    turn(e);
}

static void order_is_kept_between_plain_and_shared(void **state)
{
    struct echo *e = *state;
    static char shared[100000];
    int fd = echo_pair(e);
    struct conn *c = conn_find(e->conns, e->last);
    memset(shared, 's', sizeof shared);
    released = 0;
    conn_send(c, "a", 1);
    conn_send_shared(c, shared, sizeof shared, on_release, shared);
    conn_send(c, "b", 1);
    const char *text = got(e, fd);
    assert_int_equal(strlen(text), 100002);
    assert_true(text[0] == 'a' && text[1] == 's' && text[100000] == 's' && text[100001] == 'b');
    close(fd);
    turn(e);
}

/* --- places */
static void the_last_places_are_for_the_machine_itself(void **state)
{
    struct echo *e = *state;
    static int fd[QF_MAX_CONNECTIONS];
    struct rlimit lim;
    getrlimit(RLIMIT_NOFILE, &lim);
    lim.rlim_cur = lim.rlim_max < 4096 ? lim.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &lim);
    if (lim.rlim_cur < 2 * QF_MAX_CONNECTIONS + 64) {
        print_message("skipped: this account may not have %d descriptors\n", 2 * QF_MAX_CONNECTIONS + 64);
        skip();
    }
    int n = 0, sv[2];
    for (; n < QF_MAX_CONNECTIONS - QF_RESERVED_UNIX; n++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
        assert_non_null(conn_take(e->conns, sv[0], NULL, "10.0.0.1:1 tls"));
        fd[n] = sv[1];
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
    assert_null(conn_take(e->conns, sv[0], NULL, "10.0.0.1:2 tls"));
    assert_true(at_end(e, sv[1])); /* closed for it */
    close(sv[1]);
    for (; n < QF_MAX_CONNECTIONS; n++)
        fd[n] = echo_pair(e);
    assert_int_equal(conn_count(e->conns), QF_MAX_CONNECTIONS);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sv), 0);
    assert_null(conn_take(e->conns, sv[0], NULL, "unix"));
    close(sv[1]);
    assert_int_equal(conn_stats(e->conns)->full, 2);
    close(fd[5]);
    turn(e);
    fd[5] = echo_pair(e);
    put_text(e, fd[5], "hi\n");
    assert_string_equal(got(e, fd[5]), "hi\n");
    for (int i = 0; i < n; i++)
        close(fd[i]);
    for (int i = 0; i < 100 && e->closed < e->opened; i++)
        turn(e);
    assert_int_equal(conn_count(e->conns), 0);
}

static void the_end_of_the_table_is_the_end_of_all(void **state)
{
    struct echo *e = *state;
    int a = echo_pair(e), b = echo_pair(e);
    conn_send(conn_find(e->conns, e->last), "last words\n", 11);
    conn_table_free(e->conns);
    assert_int_equal(e->closed, 2);
    char buf[32] = "";
    assert_int_equal(recv(b, buf, sizeof buf, 0), 11);
    assert_int_equal(recv(b, buf, sizeof buf, 0), 0);
    assert_int_equal(recv(a, buf, sizeof buf, 0), 0);
    close(a);
    close(b);
    e->conns = NULL;
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, echo_set_up, echo_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(lines_are_cut_wherever_reads_end),
        TEST(any_chunks_give_the_same_lines),
        TEST(the_longest_line_is_taken_and_one_byte_more_is_not),
        TEST(a_stranger_may_send_less),
        TEST(a_stranger_who_does_it_twice_is_cut_off),
        TEST(one_who_sends_much_does_not_keep_the_others_waiting),
        TEST(a_paused_connection_keeps_its_lines),
        TEST(closing_inside_a_line_sends_what_was_said_before),
        TEST(numbers_are_never_used_twice),
        TEST(the_peer_is_known),
        TEST(a_script_may_close_its_side_before_the_answer),
        TEST(strangers_who_say_nothing_are_shown_out),
        TEST(who_does_not_read_is_not_read_from),
        TEST(sixteen_unread_megabytes_are_the_end),
        TEST(shared_bytes_are_given_back_once_for_each_send),
        TEST(order_is_kept_between_plain_and_shared),
        TEST(the_last_places_are_for_the_machine_itself),
        TEST(the_end_of_the_table_is_the_end_of_all),
    };
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
