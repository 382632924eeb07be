/* Starting and ending the server, for main. */
#ifndef QF_SERVER_RUN_H
#define QF_SERVER_RUN_H

#include "daemon/server/http.h"
#include "daemon/server/server.h"

struct server_start {
    struct qf_loop *loop;
    const struct conf *conf;
    const handler_fn *handlers;  /* by command: daemon/api/table.c */
    const char *conninfo;        /* of the daemon's own role; must live as long as the server */
    bool takeover;
    bool without_market;         /* for one command: no feeds, nothing is seeded */
    void (*second)(struct server *s, qf_time wall); /* once a second while commands are taken; may be NULL */
    void (*ready)(void *arg);    /* once: the desk is loaded, connections may be taken */
    void (*ended)(void *arg);    /* another daemon has taken over, or what was read at the start cannot be used */
    void *arg;
};
/* Connects to the database by itself; nothing listens yet. NULL: why. */
struct server *server_new(const struct server_start *start, char *why, size_t why_cap);
void server_free(struct server *s);
/* No new commands; true when nothing is open any more (or the database does not answer): the server can be freed. */
bool server_drain(struct server *s);
bool server_ready(struct server *s);
/* Why the start could not go on: another daemon runs ..., "" when nothing is wrong. */
const char *server_failure(struct server *s);
/* The newest sample; false before the first. */
bool server_sample(struct server *s, struct qf_sample *ret);
/* For http.h. */
void server_metrics(struct server *s, http_add_fn add, void *to);
bool server_readiness(struct server *s, char *why, size_t why_cap);

#endif
