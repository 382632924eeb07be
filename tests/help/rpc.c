#include "tests/help/rpc.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/str.h"

void rpc_init(struct rpc *r)
{
    *r = (struct rpc){.fd = -1, .timeout_ms = 20000};
    qf_buf_init(&r->in, 64u << 20);
    qf_buf_init(&r->out, 16u << 20);
    qf_arena_init(&r->arena, 64u << 20);
}

void rpc_close(struct rpc *r)
{
    if (r->fd >= 0) close(r->fd);
    r->fd = -1;
    qf_buf_clear(&r->in);
}

void rpc_release(struct rpc *r)
{
    rpc_close(r);
    qf_buf_release(&r->in);
    qf_buf_release(&r->out);
    qf_arena_release(&r->arena);
}

bool rpc_connect(struct rpc *r, const char *socket_path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    rpc_close(r);
    qf_str_copy(sa.sun_path, sizeof sa.sun_path, socket_path);
    r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (r->fd >= 0 && connect(r->fd, (struct sockaddr *)&sa, sizeof sa) == 0) return true;
    rpc_close(r);
    return false;
}

static bool write_all(struct rpc *r)
{
    size_t at = 0;
    while (at < r->out.len) {
        ssize_t w = send(r->fd, r->out.p + at, r->out.len - at, MSG_NOSIGNAL);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return false;
        at += (size_t)w;
    }
    return true;
}

int64_t rpc_send(struct rpc *r, enum qf_cmd_id cmd, const void *req)
{
    if (r->fd < 0) return 0;
    qf_buf_clear(&r->out);
    qf_frame_request(&r->out, ++r->id, qf_cmds[cmd].name, req ? qf_cmds[cmd].req : NULL, req);
    if (write_all(r)) return r->id;
    rpc_close(r);
    return 0;
}

/* One line into the arena; NULL when the peer is gone or silent. */
static char *read_line(struct rpc *r, size_t *ret_n)
{
    for (;;) {
        char *nl = r->in.len ? memchr(r->in.p, '\n', r->in.len) : NULL;
        if (nl) {
            *ret_n = (size_t)(nl - r->in.p);
            char *line = qf_arena_copy(&r->arena, r->in.p, *ret_n);
            qf_buf_drop(&r->in, *ret_n + 1);
            return line;
        }
        struct pollfd p = {.fd = r->fd, .events = POLLIN};
        int ready = poll(&p, 1, r->timeout_ms);
        if (ready < 0 && errno == EINTR) continue;
        char *room = ready > 0 ? qf_buf_room(&r->in, 65536) : NULL;
        ssize_t n = room ? recv(r->fd, room, 65536, 0) : 0;
        if (n <= 0) return NULL;
        r->in.len += (size_t)n;
    }
}

enum rpc_result rpc_receive(struct rpc *r, struct qf_line *ret_line)
{
    size_t n = 0;
    qf_arena_reset(&r->arena);
    while (r->fd >= 0) {
        char *line = read_line(r, &n);
        if (!line || qf_line_read(line, n, ret_line) != QF_OK) break;
        if (ret_line->kind == QF_LINE_RESULT) return RPC_OK;
        if (ret_line->kind == QF_LINE_ERROR) return RPC_REFUSED;
    }
    rpc_close(r);
    return RPC_LOST;
}

enum rpc_result rpc_call(struct rpc *r, enum qf_cmd_id cmd, const void *req, const void **ret_rep, struct qf_line *ret_line)
{
    static _Thread_local struct qf_line own;
    struct qf_line *line = ret_line ? ret_line : &own;
    struct qf_wire_error error;
    struct qf_json j;
    int64_t id = rpc_send(r, cmd, req);
    enum rpc_result e = id ? rpc_receive(r, line) : RPC_LOST;
    while (e != RPC_LOST && line->id != id) e = rpc_receive(r, line);
    if (e != RPC_OK || !ret_rep) return e;
    void *rep = qf_arena_alloc(&r->arena, qf_cmds[cmd].rep->size);
    qf_json_begin(&j, line->body, line->body_n);
    qf_assert(rep && qf_wire_decode(&j, qf_cmds[cmd].rep, QF_WIRE_LENIENT, rep, &r->arena, &error) == QF_OK);
    *ret_rep = rep;
    return RPC_OK;
}
