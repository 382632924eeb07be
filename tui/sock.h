/* One stream to the daemon: a Unix socket, or TCP with TLS 1.3 (plain TCP only to loopback). Bytes out, lines in. */
#ifndef QF_TUI_SOCK_H
#define QF_TUI_SOCK_H

#include "common/loop.h"

struct sock;

struct sock_callbacks {
    void (*opened)(void *arg);
    void (*line)(void *arg, const char *line, size_t n); /* without '\n'; lives until it returns */
    void (*closed)(void *arg, const char *why);          /* also when it could not be opened; the sock is still to be freed */
    void *arg;
};

struct sock_conf {
    char address[200]; /* a path with a '/', or HOST:PORT */
    char ca[256];      /* file of trusted certificates for TLS; "" = the system's */
    bool tls;          /* HOST:PORT with TLS */
};

/* Reads "PATH", "HOST:PORT" or "tls:HOST:PORT". false: *ret_why says what is wrong. Plain TCP beyond loopback is refused. */
bool sock_address(const char *text, struct sock_conf *ret, const char **ret_why);
/* "local socket", "127.0.0.1:7443, TLS": for people. */
void sock_where(const struct sock_conf *conf, char *out, size_t cap);

/* Starts connecting; callbacks come from the loop only. NULL and *ret_why when it cannot even start. */
struct sock *sock_new(struct qf_loop *loop, const struct sock_conf *conf, const struct sock_callbacks *cb, const char **ret_why);
void sock_free(struct sock *s);
/* Queues bytes. After more than QF_MAX_OUT_BYTES that the daemon does not take, the stream is closed. */
void sock_send(struct sock *s, const char *p, size_t n);

#endif
