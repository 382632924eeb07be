#include "tui/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/str.h"

#define SYSTEM_SOCKET "/run/quantumfond/qfd.sock"
#define PAUSE_MIN (200 * QF_MS)
#define PAUSE_MAX (5 * QF_SEC)
#define LINK_EVERY_NS (2 * 1000000000LL) /* how long the link takes is measured also while topics come */
#define WAITING_MAX 4096 /* calls without an answer; the daemon takes no more from one connection */

/* A call that waits for its answer. */
struct waiting {
    int64_t id;
    int cmd;            /* enum qf_cmd_id, -1 = raw */
    tui_answer_fn fn;
    client_raw_fn raw;
    void *arg;
    qf_time sent;
};

struct client {
    struct qf_loop *loop;
    struct client_conf conf;
    struct tui_link_events events;
    struct tui_link_status status;
    struct sock *sock;
    struct qf_timer *again; /* reconnect; also frees a dead sock outside of its own callbacks */
    struct qf_timer *beat;  /* once a second: something is said, the session renewed */
    int64_t measured;       /* monotonic: when the link was measured last */
    struct qf_arena arena;  /* of the answer or push being delivered */
    struct qf_buf line;
    struct waiting *waiting;
    uint32_t waiting_n;
    int64_t last_id;
    bool wants[QF_TOPIC_COUNT];
    bool fresh[QF_TOPIC_COUNT]; /* subscribed on this connection */
    int64_t pause;
    bool dead;
    bool resumed; /* auth.resume was tried on this connection */
    bool settled;
};

/* ---------------------------------------------------------------- addresses and the token file */

void client_default_address(char *out, size_t cap)
{
    const char *env = getenv("QF_SOCKET");
    const char *run = getenv("XDG_RUNTIME_DIR");
    if (env && *env)
        qf_str_copy(out, cap, env);
    else if (access(SYSTEM_SOCKET, F_OK) == 0 || !run || !*run)
        qf_str_copy(out, cap, SYSTEM_SOCKET);
    else
        qf_str_fmt(out, cap, "%s/quantumfond/qfd.sock", run);
}

void client_default_token_file(char *out, size_t cap)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    out[0] = 0;
    if (state && *state)
        qf_str_fmt(out, cap, "%s/quantumfond/token", state);
    else if (home && *home)
        qf_str_fmt(out, cap, "%s/.local/state/quantumfond/token", home);
}

/* The token of this address: the file holds one line "ADDRESS TOKEN". A file others can read is not used. */
static bool token_load(const struct client *c, struct qf_resume *ret)
{
    char text[1400];
    struct stat st;
    int fd = c->conf.token_file[0] ? open(c->conf.token_file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd < 0) return false;
    ssize_t n = fstat(fd, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & 077) == 0 ? read(fd, text, sizeof text - 1) : -1;
    close(fd);
    size_t address = strlen(c->conf.sock.address);
    if (n <= (ssize_t)address + 1 || memcmp(text, c->conf.sock.address, address) != 0 || text[address] != ' ') return false;
    text[n] = 0;
    text[strcspn(text, "\n")] = 0;
    return qf_str_copy(ret->token, sizeof ret->token, text + address + 1) && ret->token[0];
}

static void make_folders(char *path)
{
    for (char *p = path + 1; *p; p++) {
        if (*p != '/') continue;
        *p = 0;
        (void)mkdir(path, 0700);
        *p = '/';
    }
}

static void token_save(const struct client *c, const char *token)
{
    char path[256], text[1400], temp[300];
    if (!c->conf.token_file[0]) return;
    qf_str_copy(path, sizeof path, c->conf.token_file);
    make_folders(path);
    qf_str_fmt(temp, sizeof temp, "%s.%ld", path, (long)getpid());
    size_t n = qf_str_fmt(text, sizeof text, "%s %s\n", c->conf.sock.address, token);
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return;
    bool ok = write(fd, text, n) == (ssize_t)n;
    close(fd);
    if (!ok || rename(temp, path) != 0) (void)unlink(temp);
}

/* ---------------------------------------------------------------- state */

static void changed(struct client *c)
{
    if (c->events.changed) c->events.changed(c->events.arg);
}

static void set_state(struct client *c, enum tui_link_state state)
{
    c->settled = true;
    if (c->status.state != state) c->status.since = qf_now_wall();
    c->status.state = state;
    changed(c);
}

static void subscribe_now(struct client *c, enum qf_topic_id topic);

static void set_ready(struct client *c, const struct qf_signed_in *who)
{
    c->status.who = *who;
    if (QF_HAS(who, signed_in, token)) token_save(c, who->token);
    set_state(c, TUI_LINK_READY);
    for (int t = 0; t < QF_TOPIC_COUNT; t++)
        if (c->wants[t] && !c->fresh[t]) subscribe_now(c, (enum qf_topic_id)t);
}

static void set_open(struct client *c)
{
    memset(c->fresh, 0, sizeof c->fresh);
    memset(&c->status.who, 0, sizeof c->status.who);
    set_state(c, TUI_LINK_OPEN);
}

/* ---------------------------------------------------------------- calls */

static struct waiting *add_waiting(struct client *c, int cmd)
{
    if (!c->sock || c->dead || c->status.state == TUI_LINK_DOWN || c->waiting_n == WAITING_MAX) return NULL;
    struct waiting *w = &c->waiting[c->waiting_n++];
    *w = (struct waiting){.id = ++c->last_id, .cmd = cmd, .sent = qf_now_mono()};
    return w;
}

static int64_t call(void *impl, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg)
{
    struct client *c = impl;
    struct waiting *w = add_waiting(c, (int)cmd);
    if (!w) return 0;
    w->fn = fn;
    w->arg = arg;
    int64_t id = w->id;
    qf_buf_clear(&c->line);
    qf_frame_request(&c->line, id, qf_cmds[cmd].name, req ? qf_cmds[cmd].req : NULL, req);
    sock_send(c->sock, c->line.p, c->line.len);
    return id;
}

int64_t client_raw(struct client *c, const char *method, const char *params, size_t n, client_raw_fn fn, void *arg)
{
    struct waiting *w = add_waiting(c, -1);
    if (!w) return 0;
    w->raw = fn;
    w->arg = arg;
    int64_t id = w->id;
    qf_buf_clear(&c->line);
    qf_buf_fmt(&c->line, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"method\":", (long long)id);
    qf_json_put_string(&c->line, method, strlen(method));
    if (params) {
        qf_buf_str(&c->line, ",\"params\":");
        qf_buf_add(&c->line, params, n);
    }
    qf_buf_str(&c->line, "}\n");
    sock_send(c->sock, c->line.p, c->line.len);
    return id;
}

static bool take_waiting(struct client *c, int64_t id, struct waiting *ret)
{
    for (uint32_t i = 0; i < c->waiting_n; i++) {
        if (c->waiting[i].id != id) continue;
        *ret = c->waiting[i];
        memmove(&c->waiting[i], &c->waiting[i + 1], (c->waiting_n - i - 1) * sizeof *ret);
        c->waiting_n--;
        return true;
    }
    return false;
}

static void forget(void *impl, int64_t id)
{
    struct client *c = impl;
    for (uint32_t i = 0; i < c->waiting_n; i++)
        if (c->waiting[i].id == id) c->waiting[i].fn = NULL, c->waiting[i].raw = NULL;
}

/* The connection has gone: nobody waits in vain. */
static void lose_all(struct client *c)
{
    struct waiting w;
    while (c->waiting_n > 0 && take_waiting(c, c->waiting[0].id, &w)) {
        struct tui_answer a = {.cmd = (enum qf_cmd_id)w.cmd, .kind = TUI_ANSWER_LOST, .reason = ""};
        if (w.raw) w.raw(w.arg, NULL);
        if (w.fn) w.fn(w.arg, &a);
    }
}

/* ---------------------------------------------------------------- signing in */

static void on_whoami(void *arg, const struct tui_answer *a);

static void ask_who(struct client *c)
{
    struct qf_resume resume = {0};
    if (!c->resumed && token_load(c, &resume)) {
        c->resumed = true;
        qf_rec_fill(&qf_rec_resume, &resume);
        (void)call(c, QF_CMD_auth_resume, &resume, on_whoami, c);
    } else {
        (void)call(c, QF_CMD_auth_whoami, NULL, on_whoami, c);
    }
}

static void on_whoami(void *arg, const struct tui_answer *a)
{
    struct client *c = arg;
    if (a->kind == TUI_ANSWER_REFUSED && a->cmd == QF_CMD_auth_resume)
        (void)call(c, QF_CMD_auth_whoami, NULL, on_whoami, c);
    else if (a->kind == TUI_ANSWER_OK && a->cmd == QF_CMD_auth_whoami)
        set_ready(c, a->rep);
    else if (a->kind == TUI_ANSWER_REFUSED)
        set_open(c);
}

static void on_hello(void *arg, const struct tui_answer *a)
{
    struct client *c = arg;
    if (a->kind != TUI_ANSWER_OK) return;
    c->status.hello = *(const struct qf_hello *)a->rep;
    c->status.clock_offset_us = c->status.hello.now - qf_now_wall();
    c->pause = PAUSE_MIN;
    if (c->conf.no_sign_in)
        set_open(c);
    else if (c->status.hello.peer_known)
        (void)call(c, QF_CMD_auth_whoami, NULL, on_whoami, c);
    else
        ask_who(c);
}

/* Answers that say who sits here, or that nobody does any more. */
static void watch_answer(struct client *c, const struct tui_answer *a)
{
    if (a->kind == TUI_ANSWER_OK && (a->cmd == QF_CMD_auth_login || a->cmd == QF_CMD_auth_resume))
        set_ready(c, a->rep);
    else if (a->kind == TUI_ANSWER_OK && a->cmd == QF_CMD_auth_logout)
        set_open(c);
    else if (a->kind == TUI_ANSWER_REFUSED && c->status.state == TUI_LINK_READY &&
             (a->refusal->reason == QF_R_NOT_SIGNED_IN || a->refusal->reason == QF_R_SESSION_ENDED))
        set_open(c);
}

/* ---------------------------------------------------------------- what comes in */

static void answer_record(struct client *c, const struct waiting *w, const struct qf_line *line)
{
    struct tui_answer a = {.cmd = (enum qf_cmd_id)w->cmd, .reason = line->reason};
    const struct qf_rec *rec = qf_cmds[w->cmd].rep;
    void *rep = qf_arena_alloc(&c->arena, rec->size);
    struct qf_refusal odd = {.reason = QF_R_INTERNAL, .control = -1};
    struct qf_wire_error error;
    struct qf_json j;
    a.took_us = (qf_now_mono() - w->sent) / 1000;
    a.kind = line->kind == QF_LINE_RESULT ? TUI_ANSWER_OK : TUI_ANSWER_REFUSED;
    a.refusal = &line->refusal;
    a.rep = rep;
    qf_json_begin(&j, line->body, line->body_n);
    if (a.kind == TUI_ANSWER_OK &&
        (!rep || qf_wire_decode(&j, rec, QF_WIRE_LENIENT, rep, &c->arena, &error) != QF_OK)) {
        qf_str_copy(odd.message, sizeof odd.message, "the daemon's answer cannot be read by this version of qf");
        a.kind = TUI_ANSWER_REFUSED;
        a.refusal = &odd;
        a.reason = "INTERNAL";
    }
    if (w->cmd == QF_CMD_auth_whoami || w->cmd == QF_CMD_hello) /* others may wait for the database: that is not the link */
        c->status.latency_us = a.took_us;
    watch_answer(c, &a);
    if (w->fn) w->fn(w->arg, &a);
}

static void take_answer(struct client *c, const struct qf_line *line)
{
    struct waiting w;
    if (!take_waiting(c, line->id, &w)) return;
    if (w.cmd >= 0)
        answer_record(c, &w, line);
    else if (w.raw)
        w.raw(w.arg, line);
}

/* Decodes an array of records; *ret_n rows in the arena. False when one of them cannot be read. */
static bool read_rows(struct client *c, const struct qf_rec *rec, struct qf_json *j, const char **ret_rows, uint32_t *ret_n)
{
    struct qf_wire_error error;
    struct qf_buf rows;
    bool more = true;
    uint32_t n = 0;
    char *row = qf_arena_alloc(&c->arena, rec->size);
    qf_buf_init(&rows, 256u << 20);
    bool ok = row && qf_json_open(j, '[') == QF_OK;
    while (ok && (ok = qf_json_next_item(j, n == 0, &more) == QF_OK) && more) {
        ok = qf_wire_decode(j, rec, QF_WIRE_LENIENT, row, &c->arena, &error) == QF_OK;
        qf_buf_add(&rows, row, rec->size);
        n++;
    }
    char *copy = ok && !rows.failed ? qf_arena_alloc(&c->arena, rows.len + 1) : NULL;
    if (copy && rows.len) memcpy(copy, rows.p, rows.len);
    qf_buf_release(&rows);
    *ret_rows = copy;
    *ret_n = n;
    return copy != NULL;
}

static void take_push(struct client *c, const struct qf_line *line)
{
    int topic = qf_topic_find(line->topic, strlen(line->topic));
    struct tui_push push = {.topic = (enum qf_topic_id)topic, .from = line->from, .seq = line->seq};
    const char *rows = NULL, *deleted = NULL;
    struct qf_json j;
    if (topic < 0 || !c->events.push) return;
    qf_json_begin(&j, line->body, line->body_n);
    if (!read_rows(c, qf_topics[topic].rec, &j, &rows, &push.rows_n)) return;
    if (line->deleted_n) {
        qf_json_begin(&j, line->deleted, line->deleted_n);
        if (!read_rows(c, qf_topics[topic].rec, &j, &deleted, &push.deleted_n)) return;
    }
    push.rows = rows;
    push.deleted = deleted;
    c->events.push(c->events.arg, &push);
}

static void on_line(void *arg, const char *p, size_t n)
{
    struct client *c = arg;
    static _Thread_local struct qf_line line; /* 600 bytes: not on the stack of each callback */
    c->status.heard = qf_now_wall();
    qf_arena_reset(&c->arena);
    if (qf_line_read(p, n, &line) != QF_OK) return;
    if (line.kind == QF_LINE_PUSH) {
        take_push(c, &line);
    } else if (line.kind == QF_LINE_DROP) {
        int topic = qf_topic_find(line.topic, strlen(line.topic));
        if (topic < 0) return;
        c->fresh[topic] = false;
        if (c->events.dropped) c->events.dropped(c->events.arg, (enum qf_topic_id)topic, line.reason);
    } else {
        take_answer(c, &line);
    }
}

/* ---------------------------------------------------------------- the connection */

static void on_opened(void *arg)
{
    struct client *c = arg;
    c->status.heard = qf_now_wall();
    c->resumed = c->settled = false;
    c->status.state = TUI_LINK_OPEN; /* so that hello may be sent; told to the owner when it is answered */
    (void)call(c, QF_CMD_hello, NULL, on_hello, c);
}

static void on_closed(void *arg, const char *why)
{
    struct client *c = arg;
    c->dead = true;
    memset(c->fresh, 0, sizeof c->fresh);
    qf_str_copy(c->status.why, sizeof c->status.why, why);
    c->status.latency_us = -1;
    c->status.attempt++;
    c->status.retry_at = qf_now_wall() + c->pause;
    set_state(c, TUI_LINK_DOWN);
    lose_all(c);
    if (!c->conf.once) qf_timer_once(c->again, c->pause);
    c->pause = c->pause * 2 > PAUSE_MAX ? PAUSE_MAX : c->pause * 2;
}

static void connect_now(void *arg)
{
    struct client *c = arg;
    const struct sock_callbacks cb = {.opened = on_opened, .line = on_line, .closed = on_closed, .arg = c};
    const char *why = "";
    sock_free(c->sock);
    c->dead = false;
    c->sock = sock_new(c->loop, &c->conf.sock, &cb, &why);
    if (!c->sock) on_closed(c, why);
}

static void on_beat(void *arg)
{
    struct client *c = arg;
    if (!c->sock || c->dead || c->status.state == TUI_LINK_DOWN) return;
    int64_t now = qf_now_mono();
    if (c->status.heard + QF_SEC > qf_now_wall() && now - c->measured < LINK_EVERY_NS) return;
    c->measured = now;
    (void)call(c, c->status.state == TUI_LINK_READY ? QF_CMD_auth_whoami : QF_CMD_hello, NULL, NULL, NULL);
}

/* ---------------------------------------------------------------- topics */

static void on_subscribed(void *arg, const struct tui_answer *a)
{
    (void)arg;
    (void)a; /* a refusal here means the role may not see it: the screen that asked is not shown to it either */
}

static void subscribe_now(struct client *c, enum qf_topic_id topic)
{
    struct qf_subscribe req = {0};
    qf_str_copy(req.topic, sizeof req.topic, qf_topics[topic].name);
    qf_rec_fill(&qf_rec_subscribe, &req);
    c->fresh[topic] = call(c, QF_CMD_topic_subscribe, &req, on_subscribed, c) != 0;
}

static void subscribe(void *impl, enum qf_topic_id topic)
{
    struct client *c = impl;
    c->wants[topic] = true;
    if (c->status.state == TUI_LINK_READY && !c->fresh[topic]) subscribe_now(c, topic);
}

static void unsubscribe(void *impl, enum qf_topic_id topic)
{
    struct client *c = impl;
    struct qf_subscribe req = {0};
    c->wants[topic] = false;
    if (!c->fresh[topic]) return;
    qf_str_copy(req.topic, sizeof req.topic, qf_topics[topic].name);
    qf_rec_fill(&qf_rec_subscribe, &req);
    (void)call(c, QF_CMD_topic_unsubscribe, &req, on_subscribed, c);
    c->fresh[topic] = false;
}

static void refetch(void *impl, enum qf_topic_id topic)
{
    struct client *c = impl;
    unsubscribe(c, topic);
    subscribe(c, topic);
}

static void retry(void *impl)
{
    struct client *c = impl;
    if (c->dead || !c->sock) qf_timer_once(c->again, 0);
}

static void listen_to(void *impl, const struct tui_link_events *events)
{
    struct client *c = impl;
    c->events = *events;
}

static const struct tui_link_status *status(void *impl)
{
    const struct client *c = impl;
    return &c->status;
}

struct tui_link client_link(struct client *c)
{
    static const struct tui_link_ops ops = {.listen = listen_to,
                                            .status = status,
                                            .call = call,
                                            .forget = forget,
                                            .subscribe = subscribe,
                                            .unsubscribe = unsubscribe,
                                            .refetch = refetch,
                                            .retry = retry};
    return (struct tui_link){.ops = &ops, .impl = c};
}

void client_keep_token(struct client *c, const struct qf_signed_in *who)
{
    if (QF_HAS(who, signed_in, token)) token_save(c, who->token);
}

bool client_settled(const struct client *c)
{
    return c->settled;
}

struct client *client_new(struct qf_loop *loop, const struct client_conf *conf)
{
    struct client *c = qf_xalloc(sizeof *c);
    *c = (struct client){.loop = loop, .conf = *conf, .pause = PAUSE_MIN};
    c->waiting = qf_xalloc(WAITING_MAX * sizeof *c->waiting);
    c->status.latency_us = -1;
    c->status.since = qf_now_wall();
    sock_where(&conf->sock, c->status.where, sizeof c->status.where);
    qf_arena_init(&c->arena, 64u << 20);
    qf_buf_init(&c->line, QF_FRAME_MAX + 4096);
    c->again = qf_timer_new(loop, connect_now, c);
    c->beat = qf_timer_new(loop, on_beat, c);
    qf_timer_once(c->again, 0);
    qf_timer_every(c->beat, QF_SEC);
    return c;
}

void client_free(struct client *c)
{
    if (!c) return;
    sock_free(c->sock);
    qf_timer_free(c->again);
    qf_timer_free(c->beat);
    qf_arena_release(&c->arena);
    qf_buf_release(&c->line);
    free(c->waiting);
    free(c);
}
