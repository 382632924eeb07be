/* The inside of sessions, shared by session.c (who sits on a connection) and session_row.c (the rows behind them). */
#ifndef QF_SERVER_SESSION_IMPL_H
#define QF_SERVER_SESSION_IMPL_H

#include "daemon/server/passwd.h"
#include "daemon/server/server.h"
#include "daemon/server/throttle.h"
#include "daemon/server/token.h"

/* What living connections say of a row, by its slot in desk.sessions. */
struct session_use {
    bool connected;
    qf_time seen;
    int last_cmd; /* enum qf_cmd_id + 1 */
};

struct sessions {
    struct token_key *key;
    struct throttle *throttle;
    struct passwd_cost cost;
    char nobodys[PASSWD_STRING];
    int64_t lasts_us;    /* without a command */
    struct session_use use[QF_MAX_SESSIONS];
};

/* The live row who is signed in with; NULL when it has none, or that one is gone. */
struct qf_session *session_row_of(const struct desk *d, const struct who *w);
/* Signed out for good, until somebody signs in again. */
void session_out(struct server *s, struct conn *c);
/* Can rows be written? */
bool session_lane(struct server *s);
/* The part of session_tick that walks connections. */
void session_tick_conns(struct server *s, qf_time wall);
/* May this user be signed in by uid now? */
bool session_peer_may(struct server *s, const struct qf_user *u);
void session_fill(struct server *s, const struct qf_user *u, const struct qf_session *row, bool must_change,
                  qf_time wall, bool with_token, struct qf_signed_in *ret);

#endif
