/* Sockets that take connections: the Unix socket, and TCP where it is configured. */
#ifndef QF_SERVER_LISTEN_H
#define QF_SERVER_LISTEN_H

#include "daemon/server/conf.h"
#include "daemon/server/conn.h"

struct listen;

/* Opens what conf says and hands every connection to conns. The Unix socket is made with mode 0660 and conf's group; a
 * dead one (nobody answers) is taken over, a live one or a file that is no socket is refused. TCP beyond loopback is
 * refused without TLS. NULL: why holds one sentence; nothing is left open. */
struct listen *listen_start(struct qf_loop *loop, const struct conf *conf, struct conn_table *conns, char *why,
                            size_t why_cap);
/* Takes no more connections; removes the socket file if it is still ours. Connections stay. */
void listen_stop(struct listen *l);
/* The TCP port in use (conf may say 0 in tests); 0 = none. */
int listen_port(const struct listen *l);
/* Times the process had no descriptor left for a connection. */
uint64_t listen_starved(const struct listen *l);
/* A numeric loopback address (127.0.0.0/8, ::1)? */
bool listen_is_loopback(const char *address);

#endif
