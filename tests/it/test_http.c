/* Health and figures over HTTP on loopback. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/it/echo.h"

#include <arpa/inet.h>

#include "daemon/server/http.h"

static char why[300];

static int dial_tcp(struct echo *e, int port)
{
    struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_true(connect(fd, (struct sockaddr *)&in, sizeof in) == 0 || errno == EINPROGRESS);
    turn(e);
    return fd;
}

static bool is_ready;

static bool on_ready(void *arg, char *out, size_t cap)
{
    (void)arg;
    qf_str_copy(out, cap, "the desk is loading");
    return is_ready;
}

static bool on_sample(void *arg, struct qf_sample *ret)
{
    (void)arg;
    *ret = (struct qf_sample){ .cpu_bp = 1234, .load_centi = 5, .commands = 42, .commit_p99_us = 1500, .db = QF_DB_READY };
    return true;
}

static void on_metrics(void *arg, http_add_fn add, void *to)
{
    (void)arg;
    add(to, &(struct http_metric){ .name = "qf_topic_readers", .help = "Readers.", .labels = "topic=\"desk\"", .value = 3 });
    add(to, &(struct http_metric){ .name = "qf_topic_readers", .help = "Readers.", .labels = "topic=\"orders\"", .value = 4 });
}

static const struct http_callbacks http_cb = { on_ready, on_sample, on_metrics, NULL };

static const char *ask(struct echo *e, int port, const char *request)
{
    static char text[65536];
    int fd = dial_tcp(e, port);
    struct qf_buf b;
    qf_buf_init(&b, 1 << 20);
    put_text(e, fd, request);
    int64_t end = qf_now_mono() + 3000000000LL;
    while (take(e, fd, &b) && qf_now_mono() < end)
        qf_loop_once(e->loop, 1000);
    qf_str_copy(text, sizeof text, qf_buf_cstr(&b));
    qf_buf_release(&b);
    close(fd);
    turn(e);
    return text;
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

static void health_and_figures_are_served(void **state)
{
    struct echo *e = *state;
    struct http *h = http_start(e->loop, "127.0.0.1", 0, &http_cb, why, sizeof why);
    assert_non_null(h);
    int port = http_port(h);
    is_ready = false;
    assert_non_null(strstr(ask(e, port, GET("/livez")), "200 OK"));
    const char *text = ask(e, port, GET("/readyz"));
    assert_non_null(strstr(text, "503 "));
    assert_non_null(strstr(text, "the desk is loading"));
    is_ready = true;
    assert_non_null(strstr(ask(e, port, GET("/readyz")), "200 OK"));
    text = ask(e, port, GET("/metrics"));
    assert_non_null(strstr(text, "200 OK"));
    assert_non_null(strstr(text, "Content-Type: text/plain; version=0.0.4"));
    assert_non_null(strstr(text, "# HELP qf_ready Whether commands are taken.\n# TYPE qf_ready gauge\nqf_ready 1\n"));
    assert_non_null(strstr(text, "\nqf_machine_cpu_ratio 0.1234\n"));
    assert_non_null(strstr(text, "\nqf_machine_load1 0.05\n"));
    assert_non_null(strstr(text, "# TYPE qf_commands_total counter\nqf_commands_total 42\n"));
    assert_non_null(strstr(text, "\nqf_commit_p99_seconds 0.0015\n"));
    assert_non_null(strstr(text, "qf_database_state{state=\"down\"} 0\n"));
    assert_non_null(strstr(text, "qf_database_state{state=\"ready\"} 1\n"));
    assert_non_null(strstr(text, "# TYPE qf_topic_readers gauge\nqf_topic_readers{topic=\"desk\"} 3\nqf_topic_readers{topic=\"orders\"} 4\n"));
    http_stop(h);
}

static void nothing_else_is_served(void **state)
{
    struct echo *e = *state;
    struct http *h = http_start(e->loop, "127.0.0.1", 0, &http_cb, why, sizeof why);
    assert_non_null(h);
    int port = http_port(h);
    assert_non_null(strstr(ask(e, port, GET("/")), "404 "));
    assert_non_null(strstr(ask(e, port, GET("/metrics/../secret")), "404 "));
    assert_non_null(strstr(ask(e, port, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), "501 "));
    assert_null(strstr(ask(e, port, "nonsense\r\n\r\n"), "200 OK"));
    struct qf_buf b;
    qf_buf_init(&b, 1 << 20);
    qf_buf_str(&b, "GET /livez HTTP/1.1\r\nX: ");
    for (int i = 0; i < 20000; i++)
        qf_buf_char(&b, 'x');
    qf_buf_str(&b, "\r\n\r\n");
    assert_null(strstr(ask(e, port, qf_buf_cstr(&b)), "200 OK")); /* headers have a limit */
    qf_buf_release(&b);
    assert_non_null(strstr(ask(e, port, GET("/livez")), "200 OK"));
    http_stop(h);
    assert_null(http_start(e->loop, "0.0.0.0", 0, &http_cb, why, sizeof why));
    assert_non_null(strstr(why, "not a numeric loopback address"));
    assert_null(http_start(e->loop, "localhost", 0, &http_cb, why, sizeof why));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, echo_set_up, echo_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(health_and_figures_are_served),
        TEST(nothing_else_is_served),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
