#include "common/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/str.h"

#define LINE_MAX_BYTES 2048
#define TAIL_BYTES 32 /* kept back for what closes the line, also when it is cut */

/* Until the program has opened its log, lines go to the terminal. */
static struct {
    int fd;
    const char *service;
    enum qf_log_level least;
    bool text;
} log_to = { .fd = STDERR_FILENO, .service = "", .least = QF_LOG_INFO, .text = true };

static const char *const level_names[] = { "debug", "info", "warn", "error" };

void qf_log_open(int fd, const char *service, enum qf_log_level least, bool text)
{
    log_to.fd = fd;
    log_to.service = service;
    log_to.least = least;
    log_to.text = text;
}

/* A line of fixed size. What does not fit is left out as a whole, and the line says so. */
struct line {
    char b[LINE_MAX_BYTES];
    size_t n;
    bool cut;
};

static void put(struct line *l, const char *p, size_t n)
{
    if (l->cut || n > sizeof l->b - TAIL_BYTES - l->n) {
        l->cut = true;
        return;
    }
    memcpy(l->b + l->n, p, n);
    l->n += n;
}

static void put_str(struct line *l, const char *s)
{
    put(l, s, strlen(s));
}

/* One character of a text that may hold anything: itself, an escape, or U+FFFD. What would move a terminal's cursor or turn text
 * around never reaches the log as it is: logs are read on terminals. Returns the bytes that are done. */
static size_t put_char(struct line *l, const char *p, size_t left)
{
    char escaped[16];
    uint32_t cp = 0xFFFD;
    size_t n = qf_utf8_next(p, left, &cp);
    if (n == 0)
        put_str(l, "\xEF\xBF\xBD");
    else if (log_to.text && qf_cp_forbidden(cp))
        put(l, "?", 1);
    else if (!log_to.text && (qf_cp_forbidden(cp) || cp == '"' || cp == '\\'))
        put(l, escaped, qf_str_fmt(escaped, sizeof escaped, cp < 0x10000 ? "\\u%04x" : "\\ufffd", (unsigned)cp));
    else
        put(l, p, n);
    return n == 0 ? 1 : n;
}

static void put_text(struct line *l, const char *s)
{
    for (size_t left = strlen(s), k; left > 0 && !l->cut; s += k, left -= k)
        k = put_char(l, s, left);
}

/* A member whose value is a text: `head` is what stands before it, opening quote included. Without room for its head it is left out. */
static void put_member(struct line *l, const char *head, const char *s)
{
    put_str(l, head);
    if (l->cut)
        return;
    put_text(l, s);
    if (l->cut)
        l->b[l->n++] = '"'; /* of the bytes kept back */
    else
        put(l, "\"", 1);
}

static void format_json(struct line *l, const char *at, const char *level, const char *where, const char *message)
{
    put_str(l, "{\"@timestamp\":\"");
    put_str(l, at);
    put_str(l, "\",\"log.level\":\"");
    put_str(l, level);
    put_str(l, "\",\"ecs.version\":\"8.11.0");
    put_member(l, "\",\"service.name\":\"", log_to.service);
    put_member(l, ",\"event.dataset\":\"", where);
    put_member(l, ",\"message\":\"", message);
}

static void format_text(struct line *l, const char *at, const char *level, const char *where, const char *message)
{
    put_str(l, at);
    put(l, " ", 1);
    put_str(l, level);
    put(l, " ", 1);
    put_text(l, where);
    put(l, ": ", 2);
    put_text(l, message);
}

static void close_line(struct line *l)
{
    const char *tail = log_to.text ? (l->cut ? " ...\n" : "\n") : (l->cut ? ",\"log.cut\":true}\n" : "}\n");
    size_t n = strlen(tail);
    qf_assert(n <= sizeof l->b - l->n);
    memcpy(l->b + l->n, tail, n);
    l->n += n;
}

/* One write(2) a line: lines of several writers on one descriptor do not mix. A log that cannot be written stops nobody. */
static void send_line(const struct line *l)
{
    ssize_t done;
    do
        done = write(log_to.fd, l->b, l->n);
    while (done < 0 && errno == EINTR);
}

void qf_log(enum qf_log_level level, const char *where, const char *fmt, ...)
{
    if (level < log_to.least)
        return;
    int before = errno; /* callers look at it after they have logged */
    char message[2 * LINE_MAX_BYTES], at[QF_TIME_TEXT];
    struct line l = { .n = 0 };
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(message, sizeof message, fmt, ap);
    va_end(ap);
    qf_assert(n >= 0 && (size_t)level < QF_LEN(level_names));
    qf_time_format(qf_now_wall(), at);
    (log_to.text ? format_text : format_json)(&l, at, level_names[level], where, message);
    close_line(&l);
    send_line(&l);
    errno = before;
}
