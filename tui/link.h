/* The console's only way to the daemon. A screen sends a command as a record and gets the answer as a record; topics
 * arrive as whole rows. What carries them (a Unix socket, TCP with TLS, a fixed desk in a test) stands behind one table
 * of functions.
 *
 * Rules for who implements it:
 *   - It connects by itself, asks `hello`, and signs in where no password is needed (the socket knows the operating
 * system's user, or a saved token is still valid). After that the state is READY, else OPEN and the login screen shows.
 *   - It looks at the answers it carries: a good auth.login or auth.resume makes it READY, a good auth.logout or an
 * answer NOT_SIGNED_IN or SESSION_ENDED makes it OPEN. It renews the session before it ends.
 *   - It sends something at least once a second when nothing else was said, so that `heard` and `latency_us` are alive.
 *   - After a lost connection all subscriptions are made again by itself; every topic then begins with a push from = 0.
 *   - Callbacks are never called from inside `call`, `subscribe` or `refetch`, only from the event loop. */
#ifndef QF_TUI_LINK_H
#define QF_TUI_LINK_H

#include "common/proto/proto.h"

enum tui_link_state {
    TUI_LINK_DOWN, /* no connection; the next try is at retry_at */
    TUI_LINK_OPEN, /* connected and hello answered, but nobody is signed in */
    TUI_LINK_READY /* signed in: `who` holds */
};

struct tui_link_status {
    enum tui_link_state state;
    char where[80];          /* "local socket", "desk.example:7443, TLS" */
    char why[96];            /* the last failure in one phrase; "" = none */
    int64_t latency_us;      /* last round trip; -1 = not known */
    qf_time since;           /* our wall time at which this state began */
    qf_time heard;           /* our wall time of the last byte that came in; 0 = never */
    qf_time retry_at;        /* DOWN: our wall time of the next try */
    int attempt;             /* DOWN: number of that try, from 1 */
    int64_t clock_offset_us; /* the daemon's wall clock less ours, from hello */
    struct qf_hello hello;   /* OPEN and READY */
    struct qf_signed_in who; /* READY */
};

enum tui_answer_kind {
    TUI_ANSWER_OK,      /* rep holds */
    TUI_ANSWER_REFUSED, /* refusal and reason hold */
    TUI_ANSWER_LOST     /* the connection went before an answer: a write may or may not be done */
};

struct tui_answer {
    enum qf_cmd_id cmd;
    enum tui_answer_kind kind;
    const void *rep;                  /* struct qf_<reply record>; lives until the callback returns */
    const struct qf_refusal *refusal; /* the same */
    const char *reason;               /* the stable word as it came, also when this program does not know it */
    int64_t took_us;
};
typedef void (*tui_answer_fn)(void *arg, const struct tui_answer *answer);

/* One update of a topic. Rows are an array of the topic's record (qf_topics[topic].rec->size bytes each) and live, with
 * their lists and texts, until the callback returns. */
struct tui_push {
    enum qf_topic_id topic;
    uint64_t from, seq;
    const void *rows;
    uint32_t rows_n;
    const void *deleted; /* records of which only the KEY fields hold */
    uint32_t deleted_n;
};

struct tui_link_events {
    void (*changed)(void *arg); /* the status is another one */
    void (*push)(void *arg, const struct tui_push *push);
    void (*dropped)(void *arg, enum qf_topic_id topic, const char *reason); /* the daemon ended this subscription */
    void *arg;
};

struct tui_link_ops {
    /* Who is told; copied. Called once, before anything else. */
    void (*listen)(void *impl, const struct tui_link_events *events);
    const struct tui_link_status *(*status)(void *impl);
    /* Sends cmd with its request record (NULL for `none`), which is encoded before this returns. fn is called exactly
     * once, unless forgotten. Returns the number of the call, > 0, or 0 when there is no connection: then fn is not
     * called. */
    int64_t (*call)(void *impl, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn, void *arg);
    /* The answer of that call is thrown away when it comes. A number that is not waiting is ignored. */
    void (*forget)(void *impl, int64_t id);
    void (*subscribe)(void *impl, enum qf_topic_id topic); /* kept over reconnects; twice is once */
    void (*unsubscribe)(void *impl, enum qf_topic_id topic);
    void (*refetch)(void *impl, enum qf_topic_id topic); /* all rows again, from = 0 */
    void (*retry)(void *impl);                           /* DOWN: try to connect now */
};

struct tui_link {
    const struct tui_link_ops *ops;
    void *impl;
};

static inline const struct tui_link_status *tui_link_status(const struct tui_link *l)
{
    return l->ops->status(l->impl);
}
static inline int64_t tui_link_call(const struct tui_link *l, enum qf_cmd_id cmd, const void *req, tui_answer_fn fn,
                                    void *arg)
{
    return l->ops->call(l->impl, cmd, req, fn, arg);
}

#endif
