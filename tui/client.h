/* The client of the socket: keeps the connection, signs in where no password is needed, matches answers to calls, keeps
 * subscriptions over reconnects. The console sees it as a tui_link; the command line also sends raw JSON. */
#ifndef QF_TUI_CLIENT_H
#define QF_TUI_CLIENT_H

#include "common/loop.h"
#include "common/proto/frame.h"
#include "tui/link.h"
#include "tui/sock.h"

struct client;

struct client_conf {
    struct sock_conf sock;
    bool once;            /* a lost or refused connection is final: no retry (command line) */
    bool no_sign_in;      /* leave the connection OPEN */
    char token_file[256]; /* where a token is kept between runs, mode 0600; "" = nowhere */
};

/* The default address: $QF_SOCKET, else the system desk's socket when it is there, else the one of this user's own desk. */
void client_default_address(char *out, size_t cap);
/* Where tokens are kept: under $XDG_STATE_HOME or ~/.local/state. "" when there is no home. */
void client_default_token_file(char *out, size_t cap);

/* Connecting begins in the loop. */
struct client *client_new(struct qf_loop *loop, const struct client_conf *conf);
void client_free(struct client *c);
struct tui_link client_link(struct client *c);
/* Keeps the token of a sign-in that was made by client_raw, for the next runs. */
void client_keep_token(struct client *c, const struct qf_signed_in *who);
/* Has it come as far as it can by itself: signed in, known to be not signed in, or down? */
bool client_settled(const struct client *c);

/* Sends a command with its arguments as JSON text (an object, or NULL). fn gets the line as it came, or NULL when the connection
 * was lost first. Returns the number of the call, 0 when there is no connection. */
typedef void (*client_raw_fn)(void *arg, const struct qf_line *line);
int64_t client_raw(struct client *c, const char *method, const char *params, size_t n, client_raw_fn fn, void *arg);

#endif
