#include "daemon/server/http.h"

#include "common/mem.h"
#include "common/str.h"
#include "daemon/server/listen.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HEADERS_MAX 8192
#define BODY_MAX 1024
#define TIMEOUT_S 5
#define METRICS_MAX (1024 * 1024)

struct http {
    struct evhttp *server;
    struct http_callbacks cb;
    int port;
};

/* --- /metrics */
struct writer {
    struct qf_buf *out;
    const char *last; /* name of the figure before: HELP and TYPE stand once */
};

static void put_value(struct qf_buf *out, const struct http_metric *m)
{
    char text[QF_DEC_TEXT];
    qf_dec_format(m->value, m->decimals, text);
    qf_buf_str(out, text);
}

static void put_metric(void *to, const struct http_metric *m)
{
    struct writer *w = to;
    if (!w->last || !qf_str_eq(w->last, m->name))
        qf_buf_fmt(w->out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, m->counter ? "counter" : "gauge");
    w->last = m->name;
    qf_buf_str(w->out, m->name);
    if (m->labels)
        qf_buf_fmt(w->out, "{%s}", m->labels);
    qf_buf_char(w->out, ' ');
    put_value(w->out, m);
    qf_buf_char(w->out, '\n');
}

/* What is taken from the sample: all of it are int64_t members. */
static const struct {
    const char *name, *help;
    size_t off;
    int decimals;
    bool counter;
} figures[] = {
#define FIGURE(name, member, decimals, counter, help) \
    { name, help, offsetof(struct qf_sample, member), decimals, counter }
    FIGURE("qf_machine_cpus", cpus, 0, false, "Processors of the machine."),
    FIGURE("qf_machine_cpu_ratio", cpu_bp, 4, false, "Share of the machine's processors that is busy."),
    FIGURE("qf_machine_load1", load_centi, 2, false, "Load average of one minute."),
    FIGURE("qf_machine_memory_used_bytes", memory_used, 0, false, "Memory in use."),
    FIGURE("qf_machine_memory_bytes", memory_total, 0, false, "Memory of the machine."),
    FIGURE("qf_state_disk_used_bytes", disk_used, 0, false, "Disk in use where the state folder lies."),
    FIGURE("qf_state_disk_bytes", disk_total, 0, false, "Size of that disk."),
    FIGURE("qf_cpu_ratio", qfd_cpu_bp, 4, false, "Share of one processor qfd uses."),
    FIGURE("qf_resident_memory_bytes", qfd_rss, 0, false, "Resident memory of qfd."),
    FIGURE("qf_open_fds", files, 0, false, "Open descriptors of qfd."),
    FIGURE("qf_max_fds", files_max, 0, false, "Descriptors qfd may have."),
    FIGURE("qf_uptime_seconds", uptime, 0, false, "Time since qfd was started."),
    FIGURE("qf_loop_stall_seconds", loop_stall_us, 6, false, "Longest pause of the event loop in the last second."),
    FIGURE("qf_commit_p50_seconds", commit_p50_us, 6, false,
           "Half of the batches of the last minute were durable within."),
    FIGURE("qf_commit_p99_seconds", commit_p99_us, 6, false,
           "99 of 100 batches of the last minute were durable within."),
    FIGURE("qf_commit_max_seconds", commit_max_us, 6, false, "All batches of the last minute were durable within."),
    FIGURE("qf_commands_total", commands, 0, true, "Commands made durable."),
    FIGURE("qf_connections", connections, 0, false, "Connections."),
    FIGURE("qf_connections_max", connections_max, 0, false, "Connections there can be."),
    FIGURE("qf_push_queue_bytes", push_queue, 0, false, "Bytes waiting for readers."),
    FIGURE("qf_bar_queue", bar_queue, 0, false, "Bars waiting for the database."),
    FIGURE("qf_database_epoch", db_epoch, 0, false, "Epoch of the write lane's lease."),
    FIGURE("qf_database_size_bytes", db_size, 0, false, "Size of the database."),
    FIGURE("qf_database_connections", db_connections, 0, false, "Backends of the database."),
    FIGURE("qf_database_locks_waiting", db_locks_waiting, 0, false, "Backends that wait for a lock."),
    FIGURE("qf_database_wal_bytes_per_second", db_wal_per_s, 0, false, "Write-ahead log written in a second."),
};

/* One gauge a state, 1 for the present one. */
static void put_db_state(struct writer *w, const struct qf_sample *s)
{
    for (int i = 0; i < qf_enum_db_state.count; i++) {
        char labels[40];
        qf_str_fmt(labels, sizeof labels, "state=\"%s\"", qf_enum_db_state.texts[i]);
        put_metric(w, &(struct http_metric){ .name = "qf_database_state",
                                             .help = "State of the write lane.",
                                             .labels = labels,
                                             .value = i == s->db });
    }
}

void http_metrics(const struct http_callbacks *cb, struct qf_buf *out)
{
    struct writer w = { .out = out };
    struct qf_sample s;
    char why[160];
    put_metric(&w, &(struct http_metric){ .name = "qf_ready",
                                          .help = "Whether commands are taken.",
                                          .value = cb->ready(cb->arg, why, sizeof why) });
    if (cb->sample(cb->arg, &s)) {
        for (size_t i = 0; i < QF_LEN(figures); i++) {
            int64_t v = *(const int64_t *)((const char *)&s + figures[i].off);
            put_metric(&w, &(struct http_metric){ .name = figures[i].name,
                                                  .help = figures[i].help,
                                                  .counter = figures[i].counter,
                                                  .value = v,
                                                  .decimals = figures[i].decimals });
        }
        put_db_state(&w, &s);
    }
    if (cb->metrics)
        cb->metrics(cb->arg, put_metric, &w);
}

/* --- requests */
static void answer(struct evhttp_request *req, int code, const char *reason, const char *type, const char *text,
                   size_t n)
{
    struct evbuffer *b = evbuffer_new();
    struct evkeyvalq *h = evhttp_request_get_output_headers(req);
    if (!b || evbuffer_add(b, text, n) != 0 || evhttp_add_header(h, "Content-Type", type) != 0 ||
        evhttp_add_header(h, "Cache-Control", "no-store") != 0)
        evhttp_send_error(req, 500, NULL);
    else
        evhttp_send_reply(req, code, reason, b);
    if (b)
        evbuffer_free(b);
}

static void answer_text(struct evhttp_request *req, int code, const char *reason, const char *text)
{
    char line[200];
    size_t n = qf_str_fmt(line, sizeof line, "%s\n", text);
    answer(req, code, reason, "text/plain; charset=utf-8", line, n);
}

static void on_live(struct evhttp_request *req, void *arg)
{
    (void)arg;
    answer_text(req, 200, "OK", "alive");
}

static void on_ready(struct evhttp_request *req, void *arg)
{
    struct http *h = arg;
    char why[160] = "not ready";
    if (h->cb.ready(h->cb.arg, why, sizeof why))
        answer_text(req, 200, "OK", "ready");
    else
        answer_text(req, 503, "Service Unavailable", why);
}

static void on_metrics(struct evhttp_request *req, void *arg)
{
    struct http *h = arg;
    struct qf_buf out;
    qf_buf_init(&out, METRICS_MAX);
    http_metrics(&h->cb, &out);
    if (out.failed)
        evhttp_send_error(req, 500, NULL);
    else
        answer(req, 200, "OK", "text/plain; version=0.0.4; charset=utf-8", out.p, out.len);
    qf_buf_release(&out);
}

static void on_other(struct evhttp_request *req, void *arg)
{
    (void)arg;
    answer_text(req, 404, "Not Found", "/livez /readyz /metrics");
}

/* Everything evhttp leaves unlimited is limited. */
static void set_up(struct http *h)
{
    evhttp_set_allowed_methods(h->server, EVHTTP_REQ_GET);
    evhttp_set_max_headers_size(h->server, HEADERS_MAX);
    evhttp_set_max_body_size(h->server, BODY_MAX);
    evhttp_set_timeout(h->server, TIMEOUT_S);
    evhttp_set_cb(h->server, "/livez", on_live, h);
    evhttp_set_cb(h->server, "/readyz", on_ready, h);
    evhttp_set_cb(h->server, "/metrics", on_metrics, h);
    evhttp_set_gencb(h->server, on_other, h);
}

static int bound_port(struct evhttp_bound_socket *s)
{
    struct sockaddr_storage sa;
    socklen_t n = sizeof sa;
    if (getsockname(evhttp_bound_socket_get_fd(s), (struct sockaddr *)&sa, &n) != 0)
        return 0;
    return ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port
                                          : ((struct sockaddr_in *)&sa)->sin_port);
}

struct http *http_start(struct qf_loop *loop, const char *address, int port, const struct http_callbacks *cb, char *why,
                        size_t why_cap)
{
    if (!listen_is_loopback(address)) {
        qf_str_fmt(why, why_cap, "health and figures: \"%s\" is not a numeric loopback address", address);
        return NULL;
    }
    struct http *h = qf_xalloc(sizeof *h);
    h->cb = *cb;
    h->server = evhttp_new(qf_loop_base(loop));
    struct evhttp_bound_socket *s = NULL;
    if (h->server) {
        set_up(h);
        s = evhttp_bind_socket_with_handle(h->server, address, (uint16_t)port);
    }
    if (!s) {
        qf_str_fmt(why, why_cap, "health and figures: port %d of %s cannot be had", port, address);
        http_stop(h);
        return NULL;
    }
    h->port = bound_port(s);
    return h;
}

void http_stop(struct http *h)
{
    if (!h)
        return;
    if (h->server)
        evhttp_free(h->server);
    free(h);
}

int http_port(const struct http *h)
{
    return h->port;
}
