/* The database is slow, in doubt, away or back: what follows for trading, and what people are told. */
#include "daemon/server/trouble.h"

#include "common/log.h"
#include "daemon/server/inside.h"

static void show_state(struct server *s)
{
    struct qf_trading_state row;
    if (state_shown(s->desk, NULL, &row))
        topic_row(s->topics, QF_TOPIC_states, &row);
}

/* No new risk while nobody knows what is durable. It lies above what people have set, and goes by itself. */
static void degrade(struct server *s)
{
    if (state_raise(s->desk, NULL, NULL, QF_STATE_CANCEL_ONLY, false, "the database does not answer", "database", qf_now_wall(), NULL))
        show_state(s);
}

static void recover(struct server *s)
{
    if (state_lift(s->desk, NULL, NULL))
        show_state(s);
}

static const char *words(enum commit_trouble t)
{
    static const char *const w[] = {
        [TROUBLE_NONE] = "answers", [TROUBLE_SLOW] = "is slow: no new risk", [TROUBLE_DOUBT] = "did not answer: a batch is in doubt",
        [TROUBLE_DOWN] = "is away: no new risk", [TROUBLE_LOADING] = "is back: the desk is being read",
    };
    return w[t];
}

/* Slow for a moment is for the log; everything worse is an event. */
static void tell(struct server *s, enum commit_trouble was, enum commit_trouble is)
{
    if (is == TROUBLE_DOUBT || is == TROUBLE_DOWN)
        server_event(s, QF_SEV_ERROR, "database", "the database %s", words(is));
    else if (is == TROUBLE_NONE && was != TROUBLE_SLOW)
        server_event(s, QF_SEV_INFO, "database", "the database %s", words(is));
    else
        qf_log(QF_LOG_INFO, "commit", "the database %s", words(is));
}

void trouble_moved(struct server *s)
{
    enum commit_trouble was = s->trouble, is = commit_trouble(s->commit);
    if (was == is || !s->loaded)
        return;
    s->trouble = is;
    if (is == TROUBLE_NONE)
        recover(s);
    else
        degrade(s);
    tell(s, was, is);
}
