/* Who is signed in: connections, sessions, permissions as asked by dispatch and topics.
 *
 * Three ways in. By name and password (auth.login), by a token that is still valid (auth.resume), and on the Unix
 * socket by the operating system's user (os_uid of a desk user): such a connection is signed in when it is accepted,
 * and its row in `sessions` is written before its first change, or when it has lasted two seconds.
 *
 * What is signed in on a connection (struct who) is a copy: role change, disable, kill and log-out reach it when their
 * batch is durable, through session_changed. A log-in takes effect then as well: nobody acts on one that may still be
 * undone. */
#ifndef QF_SERVER_SESSION_H
#define QF_SERVER_SESSION_H

#include "daemon/core/desk.h"

struct server;
struct conn;
struct conf;
struct ctx;

enum session_via { VIA_NONE, VIA_TOKEN, VIA_PEER };

/* The one sitting on a connection; lives in struct conn. */
struct who {
    bool signed_in;
    int64_t session;          /* number in desk.sessions; 0 = signed in by uid and no row yet */
    char user[33];
    int role;                 /* enum qf_role, refreshed when the user's row changes */
    bool must_change;         /* may only change the password */
    bool halt_only;           /* signed in while the database was away: read and stop only */
    /* counting */
    uint32_t errors_unsigned; /* malformed or unknown before signing in */
    int64_t second;           /* wall second of the counters below */
    uint32_t refused_in_second[3]; /* MSG_RATE, malformed, FORBIDDEN */
    uint32_t in_flight; /* requests without an answer yet; a peer that has closed its side is kept until it is 0 */
    /* of session.c */
    enum session_via via;
    bool ended;               /* was signed in and is not any more: SESSION_ENDED, and not again by uid */
    int64_t next_session;     /* signed in with this row as soon as it is durable; 0 = none */
    char next_user[33];
    qf_time next_started;
    qf_time started;          /* of the row: with number and user it tells a row from a later one of the same number */
    qf_time seen;             /* wall time of the last command */
    int last_cmd;             /* the last command, enum qf_cmd_id + 1; 0 = none */
};

/* Everything the sessions of one daemon share: the key of tokens, the cost of passwords, the delays after failures. */
struct sessions;

/* Reads the token key from (or makes it in) conf's state_dir. Starts no timer. NULL: why holds one sentence. libsodium
 * is initialised by this. */
struct sessions *sessions_new(struct server *s, const struct conf *conf, char *why, size_t why_cap);
void sessions_free(struct sessions *ss);

/* --- what dispatch calls */
/* A connection was accepted (conn's `opened`) or has gone (`closed`). */
void session_opened(struct server *s, struct conn *c);
void session_closed(struct server *s, struct conn *c);
/* Before each command: counts as use, ends what has run out, signs a known uid in (again). Cheap. conn_who then holds.
 * cmd: -1 when the line was no command. */
void session_use(struct server *s, struct conn *c, int cmd, qf_time wall);
/* May it? After session_use. Asks qf_may, and says why not: NOT_SIGNED_IN, SESSION_ENDED, MUST_CHANGE, FORBIDDEN,
 * NOT_READY. */
bool session_may(const struct who *w, enum qf_cmd_id cmd, struct qf_refusal *ret);
bool session_may_topic(const struct who *w, enum qf_topic_id topic, struct qf_refusal *ret);
/* Before a command of class WRITE or STOP of this connection is decided, also when it is decided again: sees to its row
 * in `sessions` (through door()), so that what it does carries a number. Does nothing when it has one or the lane is
 * not ready. */
void session_row(struct server *s, struct conn *c);
/* auth.resume while no write can be taken: a user with the permission to stop signs in by a live token, to read and to
 * stop. Otherwise false and *ret_refusal (LOGIN_FAILED, or NOT_READY when the token is good but the user may not stop).
 */
bool session_resume_halt(struct server *s, struct conn *c, const struct qf_resume *in, struct qf_signed_in *ret,
                         struct qf_refusal *ret_refusal);
/* Would the uid at the other end be signed in without a password? For `hello`. */
bool session_peer_known(struct server *s, const struct conn *c);

/* --- what commit and main call */
/* Rows of `users` or `sessions` of this user are durable: roles, ends and new log-ins reach its connections and their
 * subscriptions. Before the answers of that batch are sent. user NULL: everybody (the desk was loaded anew, a batch was
 * undone). */
void session_changed(struct server *s, const char *user);
/* Once a second: rows for long uid connections, ends those without a connection, renews and expires. */
void session_tick(struct server *s, qf_time wall);

/* --- what api/people.c calls */
/* A new row for this user in the open batch; c's connection is signed in with it when it is durable. QF_EFULL. */
enum qf_err session_begin(struct ctx *c, const struct qf_user *u, struct qf_session *ret) QF_MUST_CHECK;
/* The row ends in the open batch. QF_ENOENT when there is no such live row. */
enum qf_err session_end(struct ctx *c, int64_t id, const char *reason) QF_MUST_CHECK;
/* All of a user's, but not `except` (0 = none). Returns how many. */
uint32_t session_end_all(struct ctx *c, const char *user, int64_t except, const char *reason);
/* The answer of login, resume and whoami. row NULL: signed in by uid without one; with_token: a new token is made. */
void session_reply(struct ctx *c, const struct qf_user *u, const struct qf_session *row, bool with_token,
                   struct qf_signed_in *ret);
/* The live row a token belongs to, and its user; false and *ret_refusal otherwise. */
bool session_of_token(struct server *s, const char *token, qf_time wall, struct qf_session **ret_row,
                      struct qf_user **ret_user, struct qf_refusal *ret_refusal);
/* c's connection is signed in with this live row when the batch is durable. */
void session_join(struct ctx *c, const struct qf_session *row);
/* Live rows as readers get them (last command, last use as of now), most recently used first. In the arena; NULL when
 * it is full. */
struct qf_session *session_rows(struct server *s, struct qf_arena *arena, uint32_t *ret_n) QF_MUST_CHECK;
/* Is the row live? */
bool session_live(const struct qf_session *row);

struct throttle;
struct passwd_cost;
struct throttle *session_throttle(struct sessions *ss);
const struct passwd_cost *session_cost(const struct sessions *ss);
/* An Argon2id string of nobody's password at the present cost: what a log-in of an unknown user is verified against. */
const char *session_dummy(const struct sessions *ss);
/* Where c's connection comes from, as throttles count it: its address, or the uid at the other end of the Unix socket.
 */
void session_source(struct ctx *c, char *out, size_t cap);

#endif
