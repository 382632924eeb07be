/* From a line to an answer, with a database that answers when the test says so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/str.h"
#include "daemon/api/table.h"
#include "daemon/core/degrade.h"
#include "daemon/server/inside.h"
#include "daemon/server/passwd.h"
#include "daemon/server/run.h"
#include "daemon/server/stops.h"

#define PEERS 4

struct peer {
    int fd;
    struct qf_buf in;
};
struct world {
    char dir[64];
    struct conf conf;
    struct qf_loop *loop;
    struct server *server;
    struct batch *sent;
    int batches;
    struct peer peer[PEERS];
    int peers;
};

static bool idle(void *arg)
{
    return ((struct world *)arg)->sent == NULL;
}

static void send_batch(void *arg, struct batch *b)
{
    struct world *w = arg;
    w->sent = b;
    w->batches++;
}

static void load(struct world *w, enum qf_table_id table, void *row)
{
    qf_rec_fill(qf_tables[table].rec, row);
    assert_int_equal(desk_load(w->server->desk, table, row), QF_OK);
}

static void load_user(struct world *w, const char *name, enum qf_role role, int64_t uid)
{
    struct qf_user u = { .role = (int32_t)role, .os_uid = uid };
    qf_str_copy(u.name, sizeof u.name, name);
    if (uid >= 0)
        QF_SET(&u, user, os_uid);
    load(w, QF_TABLE_users, &u);
}

static void load_desk(struct world *w)
{
    struct qf_instrument i = { .tick = QF_ONE / 100, .lot = QF_ONE, .multiplier = 1 };
    struct qf_account a = { .has = 0 };
    struct qf_cash c = { .balance = (qf_money)1000000 * QF_ONE, .flows = (qf_money)1000000 * QF_ONE };
    struct tick t = { .has_bid = true, .has_ask = true, .bid = 99 * QF_ONE, .ask = 101 * QF_ONE, .at = qf_now_wall() };
    load_user(w, "boss", QF_ROLE_ADMIN, (int64_t)getuid());
    qf_str_copy(i.symbol, sizeof i.symbol, "ACME");
    qf_str_copy(i.currency, sizeof i.currency, "USD");
    qf_str_copy(i.venue, sizeof i.venue, "paper");
    load(w, QF_TABLE_instruments, &i);
    qf_str_copy(a.name, sizeof a.name, "desk");
    qf_str_copy(a.owner, sizeof a.owner, "boss");
    qf_str_copy(a.book, sizeof a.book, "main");
    qf_str_copy(a.currency, sizeof a.currency, "USD");
    load(w, QF_TABLE_accounts, &a);
    qf_str_copy(c.account, sizeof c.account, "desk");
    qf_str_copy(c.currency, sizeof c.currency, "USD");
    load(w, QF_TABLE_cash, &c);
    desk_rebuild(w->server->desk);
    desk_mark(w->server->desk, 0, &t, qf_now_wall(), QF_DAY);
}

static void nothing(void *arg)
{
    (void)arg;
}

static int setup(void **state)
{
    struct world *w = qf_xalloc(sizeof *w);
    char text[256], why[256];
    const struct commit_port port = { idle, send_batch, w };
    qf_str_copy(w->dir, sizeof w->dir, "/tmp/qf-dispatch.XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    size_t n = qf_str_fmt(text, sizeof text, "[desk]\nname = test\nstate_dir = %s\n[auth]\nargon_ops = 1\nargon_mem_kib = 8\n", w->dir);
    assert_true(conf_parse("test", text, n, &w->conf, why, sizeof why));
    assert_int_equal(passwd_init(), QF_OK);
    w->loop = qf_loop_new();
    const struct server_start start = { .loop = w->loop, .conf = &w->conf, .handlers = api_table, .ready = nothing, .ended = nothing };
    w->server = server_bare(&start, &port, why, sizeof why);
    assert_non_null(w->server);
    load_desk(w);
    w->server->journal = journal_open(w->server->journal_path, w->server->writer);
    commit_connected(w->server->commit);
    commit_ready(w->server->commit);
    w->server->loaded = true;
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    char path[128];
    server_free(w->server);
    qf_loop_free(w->loop);
    for (int i = 0; i < w->peers; i++) {
        close(w->peer[i].fd);
        qf_buf_release(&w->peer[i].in);
    }
    static const char *const files[] = { "stop.journal", "token.key" };
    for (size_t i = 0; i < QF_LEN(files); i++) {
        qf_str_fmt(path, sizeof path, "%s/%s", w->dir, files[i]);
        unlink(path);
    }
    rmdir(w->dir);
    free(w);
    return 0;
}

static void turn(struct world *w, int times)
{
    for (int i = 0; i < times; i++)
        qf_loop_once(w->loop, 0);
}

/* A connection over the Unix socket of this process: signed in by uid as boss. */
static int peer(struct world *w)
{
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    assert_non_null(conn_take(w->server->conns, ends[0], NULL, "unix"));
    w->peer[w->peers].fd = ends[1];
    qf_buf_init(&w->peer[w->peers].in, 16u << 20);
    turn(w, 3);
    return w->peers++;
}

static void say(struct world *w, int p, const char *line)
{
    size_t n = strlen(line);
    assert_int_equal(send(w->peer[p].fd, line, n, MSG_NOSIGNAL), n);
    turn(w, 6);
}

/* The next line that came, "" when there is none. */
static const char *heard(struct world *w, int p)
{
    static char line[65536];
    struct qf_buf *in = &w->peer[p].in;
    char *room = qf_buf_room(in, 65536);
    ssize_t n = recv(w->peer[p].fd, room, 65536, 0);
    if (n > 0)
        in->len += (size_t)n;
    char *end = in->len ? memchr(in->p, '\n', in->len) : NULL;
    if (!end)
        return "";
    size_t size = (size_t)(end - in->p);
    assert_true(size < sizeof line);
    memcpy(line, in->p, size);
    line[size] = '\0';
    qf_buf_drop(in, size + 1);
    return line;
}

static void assert_says(const char *line, const char *part)
{
    if (!strstr(line, part))
        fail_msg("not in it: %s\n%s", part, *line ? line : "(nothing came)");
}

static void durable(struct world *w)
{
    struct batch *b = w->sent;
    assert_non_null(b);
    w->sent = NULL;
    commit_on_durable(w->server->commit, b);
    turn(w, 6);
}

static void order(char *out, int id, const char *ref, int quantity)
{
    qf_str_fmt(out, 512, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"order.place\",\"params\":{\"symbol\":\"ACME\",\"side\":\"BUY\","
               "\"quantity\":\"%d\",\"price\":\"99.5\",\"client_ref\":\"%s\"}}\n", id, quantity, ref);
}

static void an_order_is_answered_when_it_is_durable(void **state)
{
    struct world *w = *state;
    char line[512];
    int p = peer(w);
    order(line, 1, "a", 5);
    say(w, p, line);
    assert_non_null(w->sent);
    assert_string_equal(heard(w, p), "");
    durable(w);
    assert_says(heard(w, p), "\"id\":1,\"result\":{\"id\":1,");
}

static void a_repeat_gets_the_same_bytes_under_its_own_id(void **state)
{
    struct world *w = *state;
    char line[512], first[2048];
    int p = peer(w), q = peer(w);
    order(line, 1, "a", 5);
    say(w, p, line);
    order(line, 7, "a", 5);
    say(w, q, line); /* while it is in flight: joins */
    assert_string_equal(heard(w, q), "");
    durable(w);
    qf_str_copy(first, sizeof first, heard(w, p));
    const char *second = heard(w, q);
    assert_says(second, "\"id\":7,");
    assert_string_equal(strstr(second, "\"result\""), strstr(first, "\"result\""));
    order(line, 8, "a", 5);
    say(w, q, line); /* afterwards: at once */
    second = heard(w, q);
    assert_says(second, "\"id\":8,");
    assert_string_equal(strstr(second, "\"result\""), strstr(first, "\"result\""));
    order(line, 9, "a", 6);
    say(w, q, line);
    if (w->sent)
        durable(w);
    assert_says(heard(w, q), "REF_REUSED");
    assert_int_equal(w->server->desk->open_count, 1);
}

static void a_read_behind_a_change_waits_with_it(void **state)
{
    struct world *w = *state;
    char line[512];
    int p = peer(w), q = peer(w);
    say(w, q, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"order.list\"}\n");
    assert_says(heard(w, q), "\"total\":0");
    order(line, 1, "a", 5);
    say(w, p, line);
    say(w, q, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"order.list\"}\n");
    say(w, q, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"hello\"}\n"); /* looks at nothing that could be undone */
    assert_says(heard(w, q), "\"id\":3,");
    assert_string_equal(heard(w, q), "");
    durable(w);
    assert_says(heard(w, q), "\"id\":2,\"result\":{\"orders\":[{");
}

/* Writes as much as the socket takes of the orders from..to; returns where it stopped. */
static int pour(struct world *w, int p, int from, int to)
{
    char line[512], ref[32];
    for (; from < to; from++) {
        qf_str_fmt(ref, sizeof ref, "r%d", from);
        order(line, from, ref, from % 3 + 1);
        size_t n = strlen(line);
        ssize_t sent = send(w->peer[p].fd, line, n, MSG_NOSIGNAL);
        if (sent < 0)
            break;
        assert_int_equal(sent, n);
        turn(w, 1);
    }
    turn(w, 200);
    return from;
}

static void a_full_batch_holds_back_whoever_wants_more(void **state)
{
    enum { ALL = 3 * QF_BATCH_COMMANDS };
    struct world *w = *state;
    int p = peer(w), q = peer(w), answers = 0;
    int poured = pour(w, p, 0, ALL);
    assert_true(poured < ALL); /* it is not even read any more */
    assert_in_range(w->server->desk->open_count, 200, QF_BATCH_COMMANDS + 1); /* one went alone; 1 MiB may fill sooner */
    say(w, q, "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"hello\"}\n");
    assert_says(heard(w, q), "\"id\":3,"); /* others are not held up */
    for (int i = 0; i < 200 && answers < ALL; i++) {
        if (w->sent)
            durable(w);
        poured = pour(w, p, poured, ALL);
        while (*heard(w, p))
            answers++;
    }
    assert_int_equal(answers, ALL);
    assert_int_equal(w->server->desk->open_count, ALL);
}

static void what_cannot_be_read_is_answered_and_the_connection_kept(void **state)
{
    struct world *w = *state;
    int p = peer(w);
    static const struct { const char *line, *says; } cases[] = {
        { "rubbish\n", "\"id\":null,\"error\":{\"code\":-32700" },
        { "[]\n", "\"code\":-32600" },
        { "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"no.such\"}\n", "\"id\":5,\"error\":{\"code\":-32601" },
        { "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"order.place\",\"params\":{}}\n", "\"code\":-32602" },
        { "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"order.list\",\"params\":{\"limit\":1,\"limit\":2}}\n", "\"code\":-32602" },
        { "{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"order.list\",\"params\":{\"limit\":501}}\n", "\"field\":\"limit\"" },
        { "{\"jsonrpc\":\"2.0\",\"method\":\"order.list\"}\n", "INVALID_REQUEST" },
        { "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"hello\"}\n", "\"result\"" },
    };
    for (size_t i = 0; i < QF_LEN(cases); i++) {
        say(w, p, cases[i].line);
        assert_says(heard(w, p), cases[i].says);
    }
}

/* Each refusal is a row of the trail, up to ten a second; then they are only counted. */
static void refusals_are_rows_until_there_are_too_many(void **state)
{
    struct world *w = *state;
    const void *rows;
    uint32_t all = 0, counted = 0;
    int p = peer(w);
    for (int i = 0; i < 40; i++)
        say(w, p, "[]\n");
    refuse_tick(w->server, 0);
    usleep(1100000);
    refuse_tick(w->server, 0);
    for (int i = 0; i < 200; i++) {
        qf_loop_once(w->loop, 5000);
        if (!w->sent)
            continue;
        uint32_t n = batch_rows(w->sent, QF_TABLE_control_log, &rows);
        for (uint32_t k = 0; k < n; k++) {
            const struct qf_control *row = (const struct qf_control *)rows + k;
            all += qf_str_eq(row->method, "?");
            counted += row->outcome == QF_OUTCOME_COUNTED;
        }
        durable(w);
    }
    assert_in_range(counted, 1, 2); /* the second may have turned while they came */
    assert_in_range(all, 11, 22);
}

static void a_stranger_is_cut_off_after_ten_errors(void **state)
{
    struct world *w = *state;
    struct qf_user *boss = desk_user(w->server->desk, "boss");
    QF_DROP(boss, user, os_uid);
    int p = peer(w);
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"order.list\"}\n");
    assert_says(heard(w, p), "NOT_SIGNED_IN");
    int answers = 1;
    for (int i = 0; i < 30; i++) {
        if (send(w->peer[p].fd, "[]\n", 3, MSG_NOSIGNAL) != 3)
            break;
        turn(w, 6);
        answers += *heard(w, p) != '\0';
    }
    assert_in_range(answers, QF_MAX_UNSIGNED_ERRORS, QF_MAX_UNSIGNED_ERRORS + 1);
    assert_int_equal(w->batches, 0); /* and nobody can fill the disk that way */
}

static void while_the_database_is_slow_only_new_risk_is_refused(void **state)
{
    struct world *w = *state;
    char line[512];
    int p = peer(w);
    order(line, 1, "a", 5);
    say(w, p, line);
    commit_on_slow(w->server->commit, true);
    order(line, 2, "b", 5);
    say(w, p, line);
    assert_says(heard(w, p), "DB_SLOW");
    assert_int_equal(state_effective(w->server->desk, NULL), QF_STATE_CANCEL_ONLY);
    order(line, 3, "a", 5);
    say(w, p, line); /* a repeat joins all the same */
    commit_on_slow(w->server->commit, false);
    assert_int_equal(state_effective(w->server->desk, NULL), QF_STATE_ACTIVE);
    durable(w);
    assert_says(heard(w, p), "\"id\":1,");
    assert_says(heard(w, p), "\"id\":3,");
    order(line, 4, "b", 5);
    say(w, p, line);
    durable(w);
    assert_says(heard(w, p), "\"id\":4,\"result\"");
}

static void in_doubt_reads_go_on_and_say_so(void **state)
{
    struct world *w = *state;
    char line[512];
    int p = peer(w);
    order(line, 1, "a", 5);
    say(w, p, line);
    struct batch *b = w->sent;
    w->sent = NULL;
    commit_on_doubt(w->server->commit, b);
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"overview.get\"}\n");
    const char *o = heard(w, p);
    assert_says(o, "\"unsettled\":");
    assert_says(o, "\"db\":\"doubt\"");
    order(line, 3, "a", 5);
    say(w, p, line); /* nobody knows yet: it waits with the first */
    order(line, 4, "b", 5);
    say(w, p, line);
    assert_says(heard(w, p), "DB_SLOW");
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"account.add\",\"params\":{\"name\":\"x\",\"owner\":\"boss\","
              "\"client_ref\":\"z\"}}\n");
    assert_says(heard(w, p), "DB_SLOW");
    commit_connected(w->server->commit);
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"account.add\",\"params\":{\"name\":\"x\",\"owner\":\"boss\","
              "\"client_ref\":\"z\"}}\n");
    assert_says(heard(w, p), "NOT_READY");
    commit_settled(w->server->commit, true);
    turn(w, 6);
    assert_says(heard(w, p), "\"id\":1,\"result\"");
    assert_says(heard(w, p), "\"id\":3,\"result\"");
}

static void the_stop_needs_no_database(void **state)
{
    struct world *w = *state;
    char line[512];
    int p = peer(w);
    order(line, 1, "a", 5);
    say(w, p, line);
    durable(w);
    (void)heard(w, p);
    for (int i = 0; i < 20; i++)
        qf_loop_once(w->loop, 2000); /* the venue acknowledges */
    while (w->sent)
        durable(w);
    commit_on_lost(w->server->commit);
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"risk.stop\",\"params\":{}}\n");
    const char *report = "";
    for (int i = 0; i < 200 && !*report; i++) {
        qf_loop_once(w->loop, 5000);
        report = heard(w, p);
    }
    assert_says(report, "\"id\":9,\"result\"");
    assert_says(report, "\"state\":\"HALTED\"");
    assert_says(report, "\"requested\":1,");
    assert_says(report, "\"journaled\":true");
    assert_int_equal(state_effective(w->server->desk, NULL), QF_STATE_HALTED);
}

static void slow_work(void *job)
{
    (void)job;
    usleep(300000);
}

static void work_done(void *job)
{
    ++*(int *)job;
}

/* Sign-ins keep every worker busy for a tenth of a second each; the stop's line must be on the disk long before. */
static void the_stop_does_not_queue_behind_passwords(void **state)
{
    static int over; /* the last pieces of work end with the server */
    struct world *w = *state;
    int p = peer(w);
    over = 0;
    for (int i = 0; i < 9; i++)
        assert_int_equal(worker_add(w->server->worker, slow_work, work_done, &over), QF_OK);
    int64_t began = qf_now_mono();
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"risk.stop\",\"params\":{}}\n");
    const char *report = "";
    for (int i = 0; i < 400 && !*report; i++) {
        qf_loop_once(w->loop, 5000);
        report = heard(w, p);
    }
    assert_says(report, "\"journaled\":true");
    assert_true((qf_now_mono() - began) / 1000000 < 280);
    assert_int_equal(over, 0);
}

static bool degraded(const struct world *w, enum qf_cause cause)
{
    struct qf_degradation row;
    degrade_show(w->server->desk, cause, &row);
    return row.active;
}

/* The tick looks after the journal: what could not be written is in the file as soon as the disk takes it. */
static void a_stop_the_disk_did_not_take_is_written_later(void **state)
{
    struct world *w = *state;
    struct rlimit full;
    int p = peer(w);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &full), 0);
    full.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    say(w, p, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"risk.stop\",\"params\":{}}\n");
    const char *report = "";
    for (int i = 0; i < 400 && !*report; i++) {
        qf_loop_once(w->loop, 5000);
        report = heard(w, p);
    }
    assert_says(report, "\"state\":\"HALTED\"");
    assert_says(report, "\"journaled\":false");
    assert_true(journal_failed(w->server->journal));
    assert_false(degraded(w, QF_CAUSE_JOURNAL_FAILED));
    stops_tick(w->server, qf_now_wall()); /* no new risk while a stop would not survive; and it is tried again, in vain */
    assert_true(degraded(w, QF_CAUSE_JOURNAL_FAILED));
    for (int i = 0; i < 40; i++)
        qf_loop_once(w->loop, 5000);
    assert_true(journal_failed(w->server->journal));
    full.rlim_cur = RLIM_INFINITY;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    stops_tick(w->server, qf_now_wall() + 2 * QF_SEC);
    for (int i = 0; i < 400 && journal_failed(w->server->journal); i++)
        qf_loop_once(w->loop, 5000);
    stops_tick(w->server, qf_now_wall() + 2 * QF_SEC);
    assert_false(degraded(w, QF_CAUSE_JOURNAL_FAILED)); /* lifted by itself */
    char text[2048] = "";
    FILE *f = fopen(w->server->journal_path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof text - 1, f) > 0);
    fclose(f);
    assert_says(text, "HALTED");
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(an_order_is_answered_when_it_is_durable),
        CASE(a_repeat_gets_the_same_bytes_under_its_own_id),
        CASE(a_read_behind_a_change_waits_with_it),
        CASE(a_full_batch_holds_back_whoever_wants_more),
        CASE(what_cannot_be_read_is_answered_and_the_connection_kept),
        CASE(refusals_are_rows_until_there_are_too_many),
        CASE(a_stranger_is_cut_off_after_ten_errors),
        CASE(while_the_database_is_slow_only_new_risk_is_refused),
        CASE(in_doubt_reads_go_on_and_say_so),
        CASE(the_stop_needs_no_database),
        CASE(the_stop_does_not_queue_behind_passwords),
        CASE(a_stop_the_disk_did_not_take_is_written_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
